"""Aligned pairs of documents as CSV: what `amts pairs` writes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from amts_action.alignment.blocks import Bead, align_blocks
from amts_action.documents.files import is_notebook, read_document
from amts_action.documents.markdown import parse_markdown
from amts_action.documents.model import Block
from amts_action.errors import AmtsError, InputError
from amts_action.repositories.book import SUFFIXES

__all__ = ["aligned_pairs", "pairs_csv"]


def pairs_csv(
    source: Path, target: Path, *, granularity: str, source_lang: str, target_lang: str
) -> tuple[bytes, list[str]]:
    """UTF-8 CSV of the pairs of two documents, or of the documents with the same path in two folders, and problems.

    The first row holds the language codes; fields have no line breaks.

    Raises:
        InputError: one is a folder and the other a file, or a single document cannot be read.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([source_lang, target_lang])
    problems: list[str] = []
    single = not source.is_dir()
    for left, right in _documents(source, target):
        try:
            pairs = aligned_pairs(
                read_document(left), read_document(right), str(right), granularity, source_lang, target_lang
            )
            writer.writerows([" ".join(a.split()), " ".join(b.split())] for a, b in pairs)
        except AmtsError as error:
            if single:
                raise
            problems.append(str(error))
    return out.getvalue().encode("utf-8", "backslashreplace"), problems


def _documents(source: Path, target: Path) -> Iterator[tuple[Path, Path]]:
    if source.is_dir() != target.is_dir():
        raise InputError(
            "one is a folder and the other is not", where=str(target), mend="give two files or two folders"
        )
    if not source.is_dir():
        yield source, target
        return
    found = False
    for path in sorted(source.rglob("*")):
        twin = target / path.relative_to(source)
        if path.suffix.lower() in SUFFIXES and path.is_file() and not path.is_symlink() and twin.is_file():
            found = True
            yield path, twin
    if not found:
        raise InputError(f"no document has a counterpart in {target}", where=str(source))


def aligned_pairs(
    source: str, target: str, name: str, granularity: str, source_lang: str, target_lang: str
) -> Iterator[tuple[str, str]]:
    """The pairs of language of two documents, by block or by sentence, in the order of the source.

    Raises:
        InputError: a notebook cannot be read.
    """
    left, right, beads = _aligned(source, target, name)
    if granularity == "block":
        for bead in beads:
            a, b = [left[i] for i in bead.base], [right[j] for j in bead.target]
            if a and b and a[0].is_prose and b[0].is_prose:
                yield "\n".join(x.text for x in a), "\n".join(x.text for x in b)
        return
    from amts_action.sync.revise import Reviser

    reviser = Reviser(left, right, beads, source_lang=source_lang, target_lang=target_lang)
    yield from reviser.pairs()


def _aligned(source: str, target: str, name: str) -> tuple[list[Block], list[Block], list[Bead]]:
    if not is_notebook(name):
        left, right = list(parse_markdown(source).blocks), list(parse_markdown(target).blocks)
        return left, right, list(align_blocks(left, right))
    from amts_action.documents.notebook import parse_notebook
    from amts_action.sync.notebook import align_cells

    books = parse_notebook(source, where=name), parse_notebook(target, where=name)
    left, right, beads = [], [], []
    for bead in align_cells(*books):
        inner = [
            [b for k in cells for b in _cell_blocks(book.cells[k].kind, book.cells[k].source)]
            for book, cells in zip(books, (bead.base, bead.target), strict=True)
        ]
        for found in align_blocks(*inner):
            base = tuple(i + len(left) for i in found.base)
            beads.append(Bead(base, tuple(j + len(right) for j in found.target), found.confidence))
        left += inner[0]
        right += inner[1]
    return left, right, beads


def _cell_blocks(kind: str, source: str) -> tuple[Block, ...]:
    return parse_markdown(source).blocks if kind == "markdown" else ()
