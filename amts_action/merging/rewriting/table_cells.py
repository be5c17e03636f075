"""Rows of tables, cell by cell: only cells whose English changed are sent; a new column leaves the others alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from amts_action.documents.model import Block
from amts_action.merging.english.small_changes import cosmetic_key
from amts_action.merging.flags import Flag, flag
from amts_action.merging.pieces import Piece, has_language
from amts_action.merging.rewriting.span_merge import patch_text

__all__ = ["Columns", "cells", "columns", "merged_cell", "merged_row", "table_of"]

_BAR = re.compile(r"(?<!\\)\|")


def cells(row: str) -> list[str]:
    """The cells of a row's text, blanks at their ends included."""
    return _BAR.split(row)


def table_of(blocks: Sequence[Block], index: int) -> range:
    """Indexes of the rows (and the rule) of the table that the row `index` stands in."""

    def belongs(k: int) -> bool:
        return 0 <= k < len(blocks) and (blocks[k].kind == "table_row" or blocks[k].info == "table")

    first, last = index, index + 1
    while belongs(first - 1) and not _starts(blocks, first):
        first -= 1
    while belongs(last) and not _starts(blocks, last):
        last += 1
    return range(first, last)


def _starts(blocks: Sequence[Block], k: int) -> bool:
    """Whether the row is the head of a table: the rule comes behind it."""
    return blocks[k].kind == "table_row" and k + 1 < len(blocks) and blocks[k + 1].info == "table"


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of the base each column of the head was; None for a new one."""

    of: tuple[int | None, ...]
    width: int
    """Number of the base's columns."""


def columns(old: Sequence[Sequence[str]], new: Sequence[Sequence[str]]) -> Columns:
    """The columns of two versions of a table, paired by the cells that they share.

    Args:
        old, new: the cells of rows that are versions of each other, side by side.
    """
    width, count = max(map(len, old), default=0), max(map(len, new), default=0)
    shared = {
        (i, j): sum(_alike(a, i, b, j) for a, b in zip(old, new, strict=True))
        for i in range(width)
        for j in range(count)
    }
    of: list[int | None] = [None] * count
    for (i, j), n in sorted(shared.items(), key=lambda item: (-item[1], abs(item[0][0] - item[0][1]), item[0])):
        if n and of[j] is None and i not in of:
            of[j] = i
    if width == count:
        left = [i for i in range(width) if i not in of]
        for j in range(count):
            if of[j] is None and j in left:
                of[j] = j
    return Columns(tuple(of), width)


def _alike(left: Sequence[str], i: int, right: Sequence[str], j: int) -> bool:
    return i < len(left) and j < len(right) and cosmetic_key(left[i]) == cosmetic_key(right[j])


def merged_row(base: str, head: str, own: str, found: Columns) -> tuple[tuple[Piece, ...], tuple[Flag, ...]] | None:
    """The pieces of the translated row, and flags; None when its cells are not those of the base.

    A cell whose English stands keeps its words; one that holds no language follows the English.
    """
    old, new, mine = cells(base), cells(head), cells(own)
    if not len(old) == len(mine) == found.width or len(new) != len(found.of):
        return None
    flags: list[Flag] = []
    out: list[Piece] = []
    kept = found.of == tuple(range(found.width))
    for j, (i, cell) in enumerate(zip(found.of, new, strict=True)):
        piece = Piece(cell.strip(), has_language(cell)) if i is None else merged_cell(old[i], cell, mine[i], flags)
        lead, tail = _blanks(mine[i]) if i is not None and kept else _edges(mine, j, len(new))
        out += [Piece(("|" if j else "") + lead, False), piece, Piece(tail, False)]
    return tuple(_joined([p for p in out if p.text])), tuple(flags)


def merged_cell(base: str, head: str, own: str, flags: list[Flag]) -> Piece:
    """One cell of the translation."""
    if cosmetic_key(base) == cosmetic_key(head):
        return Piece(own.strip(), False)
    patched = patch_text(base.strip(), head.strip(), own.strip())
    if patched is not None:
        flags += patched.flags
        return Piece(patched.text, False)
    if not has_language(head):
        if own.strip() != base.strip() and own.strip() != head.strip():
            flags.append(flag("cell-replaced", own.strip()))
        return Piece(head.strip(), False)
    return Piece(head.strip(), True)


def _blanks(cell: str) -> tuple[str, str]:
    """The blanks at the two ends of a cell."""
    text = cell.strip()
    if not text:
        return cell, ""
    at = cell.index(text)
    return cell[:at], cell[at + len(text) :]


def _edges(own: Sequence[str], j: int, count: int) -> tuple[str, str]:
    """The blanks of a cell in a row that has other columns than before: as the row has them beside its bars."""
    inner = [_blanks(cell) for cell in own]
    lead = next((b[0] for _, b in pairwise(inner)), " ")
    tail = next((a[1] for a, _ in pairwise(inner)), " ")
    return (lead[:1] if j else ""), (tail[:1] if j + 1 < count else "")


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    out: list[Piece] = []
    for piece in pieces:
        if out and not piece.is_language and not out[-1].is_language:
            out[-1] = Piece(out[-1].text + piece.text, False)
        else:
            out.append(piece)
    return out
