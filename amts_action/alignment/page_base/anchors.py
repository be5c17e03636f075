"""What a whole text offers for telling its versions apart, cheaply: pieces, and the anchors of each piece counted.

The pieces are cruder than blocks on purpose. A history of hundreds of versions repeats nearly all of its paragraphs
and programs from one version to the next, so a piece is looked at once however many versions have it, and nothing is
parsed that only a splice would need.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from amts_action.documents.anchors import Anchors, anchors
from amts_action.documents.files import is_notebook
from amts_action.documents.model import Block, Span

__all__ = ["Fingerprint", "fingerprint"]

PieceKind = Literal["prose", "code", "math", "id"]

_BLANK = re.compile(r"\n(?:[ \t>]*\n)+")
_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})[ \t]*(.*)$", re.M)
_PROGRAM = re.compile(r"\{(?:\.|code|math|raw|eval)|[^{]")
_LETTERS = re.compile(r"[^\W_]+")
_CAPITALS = re.compile(r"(?<![A-Za-z])[A-Z]{1,2}(?![A-Za-z])")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is countable in one text. The first letter of an anchor is its kind (`documents.anchors`), and further
    `i` for the id of a cell and `u` for one or two capitals by themselves (a Roman numeral, a name)."""

    pieces: Counter[tuple[PieceKind, str]]
    anchors: Anchors

    def new_prose(self, older: Fingerprint) -> int:
        """How many paragraphs and headings `older` has not; only letters and digits count, not form."""
        left: Counter[str] = Counter()
        for (kind, piece), n in (self.pieces - older.pieces).items():
            if kind == "prose":
                left[_letters(piece)] += n
        if left:
            for (kind, piece), n in (older.pieces - self.pieces).items():
                if kind == "prose":
                    left[_letters(piece)] -= n
        return sum(n for n in left.values() if n > 0)

    def prose(self) -> int:
        """How many paragraphs and headings there are."""
        return sum(n for (kind, _), n in self.pieces.items() if kind == "prose")

    def programs(self) -> Counter[str]:
        """The code and the formulas, without white space; and the ids of the cells."""
        found: Counter[str] = Counter()
        for (kind, piece), n in self.pieces.items():
            if kind != "prose":
                found["".join(piece.split())] += n
        return found


def fingerprint(text: str, *, name: str, near: Fingerprint | None = None) -> Fingerprint:
    """Counts the pieces and anchors of a text, whatever state it is in.

    Args:
        name: path of the document; its suffix says which format the text has.
        near: that of a similar text; makes it faster, not different.
    """
    pieces = Counter(_pieces(text.replace("\r\n", "\n").lstrip("\ufeff"), name))
    found = Counter(near.anchors) if near else Counter()
    for piece, n in (pieces - near.pieces if near else pieces).items():
        for anchor, times in _anchors(*piece).items():
            found[anchor] += n * times
    for piece, n in (near.pieces - pieces if near else Counter()).items():
        for anchor, times in _anchors(*piece).items():
            found[anchor] -= n * times
            if not found[anchor]:
                del found[anchor]
    return Fingerprint(pieces, found)


def _pieces(text: str, name: str) -> Iterator[tuple[PieceKind, str]]:
    cells = _cells(text) if is_notebook(name) else None
    if cells is None:
        yield from _markdown(text)
        return
    for cell in cells:
        source, metadata = cell.get("source", ""), cell.get("metadata")
        source = "".join(map(str, source)) if isinstance(source, list) else str(source)
        own = cell.get("id") or (metadata.get("id") if isinstance(metadata, dict) else None)
        if isinstance(own, str):
            yield "id", own
        if cell.get("cell_type") == "markdown":
            yield from _markdown(source)
        else:
            yield "code", source


def _cells(text: str) -> list[dict[str, Any]] | None:
    """The cells of a notebook; None when it is none, so that it is looked at as plain text."""
    try:
        found = json.loads(text)["cells"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return [cell for cell in found if isinstance(cell, dict)] if isinstance(found, list) else None


def _markdown(text: str) -> Iterator[tuple[PieceKind, str]]:
    """Fenced programs whole, the rest cut at blank lines. A fence around prose (a directive) is only two lines."""
    at = opened = 0
    while fence := _FENCE.search(text, at):
        mark, info = fence.groups()
        if (not info and opened) or (info and not _PROGRAM.match(info)):
            opened += 1 if info else -1
            yield from _paragraphs(text[at : fence.end()])
            at = fence.end()
            continue
        yield from _paragraphs(text[at : fence.start()])
        close = re.compile(rf"^[ \t>]*{mark[0]}{{{len(mark)},}}[ \t]*$", re.M).search(text, fence.end())
        at = close.end() if close else len(text)
        yield ("math" if info.startswith("{math") else "code"), text[fence.start() : at]
    yield from _paragraphs(text[at:])


def _paragraphs(text: str) -> Iterator[tuple[PieceKind, str]]:
    for piece in _BLANK.split(text):
        piece = piece.strip()
        if piece:
            yield ("math" if piece.startswith("$$") else "prose"), piece


@lru_cache(maxsize=50_000)
def _letters(piece: str) -> str:
    return "".join(_LETTERS.findall(piece)).casefold()


@lru_cache(maxsize=50_000)
def _anchors(kind: PieceKind, piece: str) -> Anchors:
    """The anchors of one piece; the same object every time, so not to be changed."""
    if kind == "id":
        return Counter({"i" + piece: 1})
    span = Span(0, len(piece))
    if kind != "prose":
        return anchors(Block("math" if kind == "math" else "code", span, span, piece))
    found = Counter(anchors(Block("paragraph", span, span, piece)))
    found.update("u" + word for word in _CAPITALS.findall(piece))
    return found
