"""Where the documents of parallel data come from: two files, two folders, or two repositories with their records.

Only people's text counts: of a repository, the translation is read from its default branch, and the English is the
text that the translation was made from (`books.bases`). In plain folders it is `NAME_origin.md` beside the translation
where there is one, else the file of the same name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from amts_action.books.pairing import matches
from amts_action.documents.files import SUFFIXES, decode, read_document
from amts_action.errors import AmtsError, InputError
from amts_action.memory.harvest import Aligned, CandidatePair, Granularity, PageTexts, harvest
from amts_action.merging.checking.reader_values import paired_values
from amts_action.settings import load

if TYPE_CHECKING:
    from amts_action.books.books import Books

__all__ = ["Source", "book_candidates", "texts_of", "texts_of_books"]


@dataclass(frozen=True, slots=True)
class Source:
    """A book, or a document, and its translation."""

    source: str
    """A file, a folder, or an address of a git repository."""
    target: str
    target_lang: str = ""


def is_repository(place: str) -> bool:
    """Whether a place is a git repository: an address, or a folder that holds one."""
    path = Path(place)
    if not path.exists():
        return "://" in place or place.startswith("git@")
    return (path / ".git").exists() or ((path / "HEAD").is_file() and (path / "objects").is_dir())


def texts_of(
    book: Source, arguments: Mapping[str, object], environ: Mapping[str, str]
) -> tuple[list[PageTexts], list[str]]:
    """The documents of a book that have a translation, and what could not be read.

    Args:
        arguments: settings from the command line (`source_lang`, `paths`, `exclude`, `source_path` …).

    Raises:
        InputError: nothing is there, or the two places do not go together.
        ServiceError: a server could not be reached.
    """
    given = {k: v for k, v in arguments.items() if k not in ("source", "target")}
    given["target_lang"] = book.target_lang or given.get("target_lang")
    same = book.source == book.target
    if is_repository(book.source) and is_repository(book.target) and not (same and not given.get("source_path")):
        return _repositories(book, given, environ)
    settings = load(environ=environ, arguments=given)
    if not settings.target_lang:
        raise InputError("the language of the translation is not known", where="--target-lang", mend="give its code")
    out: list[PageTexts] = []
    problems: list[str] = []
    for name, left, right in _files(Path(book.source), Path(book.target), settings.paths, settings.exclude):
        try:
            texts = read_document(left), read_document(right)
            out.append(PageTexts(name, *texts, settings.source_lang, settings.target_lang))
        except AmtsError as error:
            if Path(book.source).is_file():
                raise
            problems.append(str(error))
    return out, problems


def _files(
    source: Path, target: Path, paths: Sequence[str], exclude: Sequence[str]
) -> Iterator[tuple[str, Path, Path]]:
    """(name, English, translation) of two files, or of the files of two folders."""
    for path in (source, target):
        if not path.exists():
            raise InputError("no such file or folder", where=str(path))
    if source.is_dir() != target.is_dir():
        raise InputError(
            "one is a folder and the other is not", where=str(target), mend="give two files or two folders"
        )
    if not source.is_dir():
        yield str(target), source, target
        return
    found = False
    for path in sorted(target.rglob("*")):
        name = path.relative_to(target).as_posix()
        if not _is_document(path, name) or matches(name, exclude) or (paths and not matches(name, paths)):
            continue
        origin = path.with_name(f"{path.stem}_origin{path.suffix}")
        english = origin if origin.is_file() else source / name
        if english.is_file() and english != path:
            found = True
            yield name, english, path
    if not found:
        raise InputError(f"no document has a counterpart in {target}", where=str(source))


def _is_document(path: Path, name: str) -> bool:
    hidden = any(part.startswith((".", "_build")) for part in name.split("/"))
    is_file = path.suffix.lower() in SUFFIXES and path.is_file() and not path.is_symlink()
    return is_file and not hidden and not path.stem.endswith("_origin")


def _repositories(
    book: Source, given: Mapping[str, object], environ: Mapping[str, str]
) -> tuple[list[PageTexts], list[str]]:
    from amts_action.books.opening import open_books

    cache = environ.get("AMTS_CACHE_DIR")
    books = open_books(
        {**given, "source": book.source, "target": book.target},
        environ=environ,
        cache_dir=Path(cache) if cache else None,
        source_token=environ.get("AMTS_SOURCE_TOKEN") or environ.get("AMTS_TOKEN"),
        target_token=environ.get("AMTS_TOKEN"),
    )
    return texts_of_books(books)


def texts_of_books(books: Books) -> tuple[list[PageTexts], list[str]]:
    """The documents of opened books that have a translation, and what could not be read."""
    from amts_action.books.bases import base_of

    # What lies on our own branch is no person's translation yet.
    books = replace(books, target=books.target.at(books.start.default))
    documents = [d for d in books.documents() if d.pair.target_path]
    books.read_ahead(documents)
    out: list[PageTexts] = []
    problems: list[str] = []
    for document in documents:
        path = document.pair.target_path or ""
        try:
            base = base_of(books, document)
            if base is not None and base.is_usable:
                text = base.text
            elif document.pair.source_path:
                text = decode(books.source.read(document.pair.source_path), where=document.pair.source_path)
            else:
                continue
            target = books.target.text(path)
            out.append(PageTexts(path, text, target, books.settings.source_lang, books.settings.target_lang))
        except AmtsError as error:
            problems.append(str(error))
    return out, problems


def book_candidates(
    books: Iterable[Source], granularity: Granularity, arguments: Mapping[str, object], environ: Mapping[str, str]
) -> Iterator[tuple[str, list[CandidatePair] | str]]:
    """For each document of all books, one book after the other: its language, and its pairs or why there are none."""
    for book in books:
        documents, problems = texts_of(book, arguments, environ)
        lang = documents[0].target_lang if documents else ""
        for problem in problems:
            yield lang, problem
        for pairs in harvest(documents, granularity, also=option_pairs):
            yield lang, pairs


def option_pairs(aligned: Aligned, texts: PageTexts) -> Iterator[CandidatePair]:
    """Captions, titles and the like, which stand in options and front matter and are no blocks."""
    for bead in aligned.beads:
        if len(bead.source) == len(bead.target) == 1:
            i, j = bead.source[0], bead.target[0]
            sides = (aligned.source[i], aligned.written[0][i]), (aligned.target[j], aligned.written[1][j])
            cell, line = aligned.places[j]
            for english, own in paired_values(bead, *sides):
                yield CandidatePair(english, own, bead.confidence, texts.path, line, cell)
