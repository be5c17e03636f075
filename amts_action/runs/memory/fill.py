"""Fills a translation memory with what people have translated in a book, and keeps it up to date.

Only the target's default branch counts: what lies on our own branch is not approved yet. What AMTS wrote and a person
merged is told from people's text by the commits that AMTS is the author of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import ExitStack
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from amts_action.books.authorship import machine_changes
from amts_action.books.base import Base
from amts_action.books.bases import base_of
from amts_action.books.books import BookDocument, Books
from amts_action.books.records import STATE_FOLDER
from amts_action.documents.files import decode
from amts_action.errors import AmtsError, InputError
from amts_action.memory.build import Choice, Pages, entries, sentence_texts
from amts_action.memory.pairs import DocumentPair, Provenance
from amts_action.memory.store import Memory
from amts_action.processes import end_with_parent, processors

__all__ = ["MemoryFilled", "fill_memory"]

METHOD = 2
"""Rises when the same documents give other pairs than before, so that memories are built again."""
PARALLEL_FROM = 150_000
"""Characters of source text from which documents are spread over processes: below, starting them takes longer."""


@dataclass(frozen=True, slots=True)
class MemoryFilled:
    """What a build did."""

    documents: int
    """Documents of the book that are in the memory now."""
    changed: int
    """Documents whose pairs were made, or made again."""
    removed: int
    """Documents that were in the memory and are not any more."""
    pairs: int
    """Pairs of the changed documents."""
    skipped: int
    """Pairs of these that were not good enough."""
    problems: tuple[str, ...]
    """Documents that could not be used, and why."""


@dataclass(frozen=True, slots=True)
class _Work:
    provenance: Provenance
    fingerprint: str
    pages: Pages


_Made = tuple[list[DocumentPair], int] | str


def fill_memory(books: Books, path: Path, *, granularity: Choice = "both", workers: int | None = None) -> MemoryFilled:
    """Brings the memory in the file `path` to the state of the target's default branch; other books in it stay.

    Only documents whose source or target changed are aligned. All of it becomes visible at once, or nothing.

    Args:
        workers: processes; as many as there are processors when None and there is enough to do.

    Raises:
        InputError: the file is no memory, or another process changed it meanwhile.
        ServiceError: a server could not be reached.
    """
    books = replace(books, target=books.target.at(books.start.default))
    book = _book(books)
    with Memory.open(path, create=True) as memory:
        generation, known = memory.generation, memory.fingerprints(book)
    documents = [d for d in books.documents() if d.pair.target_path]
    prints = {d.pair.target_path or "": _fingerprint(books, d, granularity) for d in documents}
    todo = [d for d in documents if known.get(d.pair.target_path or "") != prints[d.pair.target_path or ""]]
    books.read_ahead(todo)
    problems: list[str] = []
    works = list(_works(books, todo, prints, granularity, problems))
    stays = prints.keys() - {d.pair.target_path for d in todo}
    gone = known.keys() - stays - {work.provenance.target_path for work in works}
    if not works and not gone:
        return MemoryFilled(len(stays), 0, 0, 0, 0, tuple(problems))
    with ExitStack() as stack:
        made = _started(works, workers, stack)  # before the file is open: a connection must not cross a fork
        memory = stack.enter_context(Memory.open(path))
        stack.enter_context(memory.writing())
        if memory.generation != generation:
            raise InputError("another process changed it meanwhile", where=str(path), mend="run again")
        memory.remove(book, gone)
        counts = [_kept(memory, work, result, problems) for work, result in zip(works, made, strict=True)]
    good = [count for count in counts if count is not None]
    lost = len(gone) + sum(c is None and w.provenance.target_path in known for w, c in zip(works, counts, strict=True))
    pairs, skipped = sum(n for n, _ in good), sum(n for _, n in good)
    return MemoryFilled(len(stays) + len(good), len(good), lost, pairs, skipped, tuple(problems))


def _kept(memory: Memory, work: _Work, made: _Made, problems: list[str]) -> tuple[int, int] | None:
    """Writes the pairs of one document; how many, and how many were left out."""
    if isinstance(made, str):
        problems.append(made)
        memory.remove(work.provenance.book, [work.provenance.target_path])
        return None
    memory.replace(work.provenance, work.fingerprint, made[0], skipped=made[1])
    return len(made[0]), made[1]


def _book(books: Books) -> str:
    """The name of the two books and their languages in the memory."""
    s = books.settings
    sides = (books.source.address, s.source_path), (books.target.address, s.target_path)
    places = " ".join(f"{address}#{folder}" if folder else address for address, folder in sides)
    return f"{places} {s.source_lang}-{s.target_lang}"


def _fingerprint(books: Books, document: BookDocument, granularity: Choice) -> str:
    """Changes when the pairs may: with the translation, and with what says which English it was made from.

    Where only a search tells, a base that was found once stays until the translation changes.
    """
    pair, tree = document.pair, books.target.tree
    path = pair.target_path or ""
    names = (path, pair.origin_path or "", f"{STATE_FOLDER}{path}.json")
    parts = [tree[name].oid if name in tree else "" for name in names]
    if not parts[1] and not parts[2]:
        parts.append(books.source.repository.resolve(books.settings.base) if books.settings.base else "")
        parts.append(books.foreign.get(path, ""))
    return sha256("\n".join([str(METHOD), granularity, *parts]).encode()).hexdigest()


def _works(
    books: Books, documents: Sequence[BookDocument], prints: Mapping[str, str], granularity: Choice, problems: list[str]
) -> Iterator[_Work]:
    """What there is to align; documents without a usable base become problems."""
    machine = _machine_texts(books, {d.pair.target_path or "" for d in documents})
    for document in documents:
        path = document.pair.target_path or ""
        try:
            base = base_of(books, document)
            if base is not None and base.is_usable:
                target = books.target.text(path)
                settings = books.settings
                langs = settings.source_lang, settings.target_lang
                pages = Pages(path, base.text, target, *langs, granularity, machine.get(path, frozenset()))
                yield _Work(_provenance(books, document, base), prints[path], pages)
            elif document.pair.source_path:
                problems.append(f"{path}: the English it was made from is not known; run `amts adopt`")
        except AmtsError as error:
            problems.append(str(error))


def _provenance(books: Books, document: BookDocument, base: Base) -> Provenance:
    settings, path = books.settings, document.pair.target_path or ""
    return Provenance(
        _book(books),
        settings.source_lang,
        settings.target_lang,
        books.source.address,
        document.pair.source_path or "",
        base.commit,
        base.blob,
        books.target.address,
        path,
        books.target.tree[path].oid,
    )


def _machine_texts(books: Books, paths: set[str]) -> dict[str, frozenset[str]]:
    """The sentences that commits of AMTS brought into each document; what a person changed since is not among them."""
    out: dict[str, frozenset[str]] = {}
    for path, *sides in machine_changes(books.target, paths, books.start.default):
        old, new = (_texts_of(data, path, books.settings.target_lang) for data in sides)
        out[path] = out.get(path, frozenset()) | (new - old)
    return out


def _texts_of(data: bytes, path: str, lang: str) -> frozenset[str]:
    """The sentences of an old version; none when it cannot be read."""
    try:
        return sentence_texts(decode(data, where=path), path, lang)
    except AmtsError:
        return frozenset()


def _made(pages: Pages) -> _Made:
    """The pairs of one document, or why there are none."""
    try:
        return entries(pages)
    except AmtsError as error:
        return str(error)


def _started(works: Sequence[_Work], workers: int | None, stack: ExitStack) -> Iterator[_Made]:
    """The pairs of each document, in order; made in other processes, the largest first, where that pays."""
    size = sum(len(work.pages.source) for work in works)
    count = workers or (processors() if size >= PARALLEL_FROM else 1)
    if count < 2 or len(works) < 2:
        return (_made(work.pages) for work in works)
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    started = ProcessPoolExecutor(count, mp_context=get_context("fork"), initializer=end_with_parent)
    pool: Executor = stack.enter_context(started)
    order = sorted(range(len(works)), key=lambda k: -len(works[k].pages.source))
    running: dict[int, Future[_Made]] = {k: pool.submit(_made, works[k].pages) for k in order}
    return (running.pop(k).result() for k in range(len(works)))
