"""A notebook as one document: the blocks of all its cells in one text, so that what works on a page works on it.

A separator stands before every cell and says of which kind it is and where it comes from. It starts with a character
that no text of the notebooks has, so that such a text can be taken apart into cells again, whatever was written into
it. The text of a cell stands in it as it is: a place in a cell and a place in the document are one shift apart.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple, get_args

from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.files import is_notebook
from amts_action.documents.model import Block, CellText, Document, Kind, Span
from amts_action.documents.notebooks.notebook import CellKind, Notebook, parse_notebook

__all__ = [
    "CellPiece",
    "cell_at",
    "cell_of",
    "free_mark",
    "margins_of",
    "origin_of",
    "pieces_of",
    "place_in_cell",
    "read_document",
    "read_unrolled",
    "separator",
    "span_of_place",
    "unroll",
    "without_separators",
]

_NONCHARACTERS = "".join(map(chr, (*range(0xFDD0, 0xFDF0), 0xFFFE, 0xFFFF)))
"""Never a character of a text, by the Unicode standard (§23.7); a file may hold one all the same."""
_LETTER: dict[CellKind, str] = {kind: kind[0] for kind in get_args(CellKind)}
_SEPARATOR = re.compile(rf"[{_NONCHARACTERS}]\w+")
_ORIGIN = re.compile(r"([a-z]*)(\d+)_(\d+)")
_KIND = {letter: kind for kind, letter in _LETTER.items()}


def free_mark(texts: Iterable[str]) -> str:
    """A character to start separators with that none of the texts has.

    Raises `ValueError` when they have all noncharacters, which no text that was ever written does.
    """
    used = set("".join(texts)).intersection(_NONCHARACTERS)
    free = [c for c in _NONCHARACTERS if c not in used]
    if not free:
        raise ValueError("the notebook holds every noncharacter of Unicode")
    return free[0]


def separator(mark: str, kind: CellKind, origin: str) -> str:
    """What stands before the text of a cell; `origin` is anything of letters and digits."""
    return f"\n{mark}{_LETTER[kind]}{origin}\n"


class CellPiece(NamedTuple):
    """A cell, or what is to be looked at as one: several cells, or a part of one."""

    cell: int
    """Number of the cell, or of the first of several."""
    kind: CellKind
    source: str
    language: str = "python"
    """The language of programs."""
    at: int = 0
    """Where the part begins in the cell."""


def pieces_of(notebook: Notebook) -> list[CellPiece]:
    """The cells as they are."""
    language = notebook.language or "python"
    return [CellPiece(k, cell.kind, cell.source, language) for k, cell in enumerate(notebook.cells)]


def unroll(
    cells: Notebook | Iterable[CellPiece], mark: str, side: str = "", hints: Mapping[int, str] = MappingProxyType({})
) -> Document:
    """The cells as one document; the origin of each is the name of the side, its number and where it begins.

    `hints` are the ids of cells that are evidence for what they translate.
    """
    pieces = pieces_of(cells) if isinstance(cells, Notebook) else list(cells)
    parts = (separator(mark, p.kind, f"{side}{p.cell}_{p.at}") + p.source for p in pieces)
    language = next((p.language for p in pieces), "")
    return read_unrolled("".join(parts), mark, hints, language)


def read_document(text: str, name: str) -> Document:
    """The blocks of a page or of all cells of a notebook; the suffix of `name` says which it is.

    Raises:
        InputError: a notebook cannot be read.
    """
    if not is_notebook(name):
        return parse_markdown(text)
    pieces = pieces_of(parse_notebook(text, where=name))
    return unroll(pieces, free_mark([piece.source for piece in pieces]))


def without_separators(text: str) -> str:
    """A part of the text of several cells as the cells have it."""
    return _SEPARATOR.sub("", text)


def origin_of(cell: CellText) -> tuple[str, int, int]:
    """The name of the side that a cell is from, its number there and where it begins in it."""
    match = _ORIGIN.match(cell.origin)
    return (match[1], int(match[2]), int(match[3])) if match is not None else ("", 0, 0)


def read_unrolled(
    text: str, mark: str, hints: Mapping[int, str] = MappingProxyType({}), language: str = ""
) -> Document:
    """The document of a text that consists of separators and cells; `language` is that of its programs."""
    found = list(re.finditer(rf"\r?\n{mark}([{''.join(_KIND)}])(\w*)\r?\n", text))
    ends = [*(m.start() for m in found[1:]), len(text)]
    cells = tuple(
        CellText(_KIND[m[1]], Span(m.end(), end), m[2]) for m, end in zip(found, ends[: len(found)], strict=True)
    )
    blocks = (
        block
        for k, cell in enumerate(cells)
        for block in _blocks(text, cell, k, hints.get(origin_of(cell)[1], ""), language)
    )
    return Document(text, tuple(blocks), cells)


_KIND_OF_CELL: dict[CellKind, Kind] = {"markdown": "comment", "code": "code", "raw": "raw"}


def _blocks(text: str, cell: CellText, number: int, hint: str, language: str) -> Iterator[Block]:
    """The blocks of a cell, one at least: an empty cell is there all the same."""
    source, at = cell.span.of(text), cell.span.start
    blocks = parse_markdown(source).blocks if cell.kind == "markdown" else ()
    for block in blocks:
        yield replace(block, outer=block.outer.shifted(at), inner=block.inner.shifted(at), part=number, hint=hint)
    if not blocks:
        plain = re.sub(r"\r\n?", "\n", source)
        info = language if cell.kind == "code" else ""
        span = cell.span
        yield Block(_KIND_OF_CELL[cell.kind], span, span, plain, info=info, is_cell=True, part=number, hint=hint)


def cell_at(document: Document, at: int) -> int:
    """The cell that the offset is in, or the one before it."""
    return max(0, bisect_right(document.cells, at, key=lambda cell: cell.span.start) - 1)


def cell_of(document: Document) -> tuple[int, ...]:
    """For every block the cell of the notebook that it is in; 0 for all of a page."""
    numbers = [origin_of(cell)[1] for cell in document.cells] or [0]
    return tuple(numbers[block.part] for block in document.blocks)


def margins_of(document: Document) -> list[tuple[str, str]]:
    """For every cell what stands before its first block and behind its last."""
    text = document.text
    first, last = list[int](), list[int]()
    for block in document.blocks:
        if block.part == len(first):
            first.append(block.outer.start)
            last.append(block.outer.end)
        last[block.part] = block.outer.end
    return [
        (text[cell.span.start : start], text[end : cell.span.end])
        for cell, start, end in zip(document.cells, first, last, strict=True)
    ]


def place_in_cell(document: Document, span: tuple[int, ...]) -> tuple[int, int, int]:
    """The number of the cell in the notebook that it is from, and the span in its source, cut off at its end."""
    start, end = span
    cell = document.cells[cell_at(document, start)]
    low, high = cell.span
    _, number, at = origin_of(cell)
    return number, at + max(start, low) - low, at + max(min(end, high), low) - low


def span_of_place(document: Document, place: tuple[int, ...]) -> Span | None:
    """The span of a place in a cell; None when there is no such cell."""
    number, start, end = place
    for cell in document.cells:
        _, own, at = origin_of(cell)
        if own == number and at <= start <= at + len(cell.span.of(document.text)):
            return Span(start - at, end - at).shifted(cell.span.start)
    return None
