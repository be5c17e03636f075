"""Programs that the English joins into one cell or cuts into several, joined and cut in base and translation as well.

A program is merged as a whole, so the two sides have to have it in the same pieces first. Only whole cells are joined,
and a translated program is cut where the lines before the cut are, comments and texts apart, those of the English.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from amts_action.alignment.cells import align_cells
from amts_action.documents.anchors import canonical_code
from amts_action.documents.notebooks.notebook import Notebook
from amts_action.documents.notebooks.unrolled import CellPiece, pieces_of

__all__ = ["recut"]

_LIKE = 0.85
"""Least likeness (0 to 1) of a program to the cells that it is said to be made of. By hand, held by
`tests/fixtures/notebooks`."""
_BETTER = 0.05
"""By so much more it must be like all of them than like one. By hand, held by `tests/fixtures/notebooks`."""
_MOST = 4
"""Most cells that are taken for one. By hand, held by `tests/fixtures/notebooks`."""
_LONGEST = 4000
"""Characters that are compared. Our own limit."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Cells of one version that are one cell, or several in another way, in the other."""

    many: tuple[int, ...]
    one: int


def recut(base: Notebook, head: Notebook, target: Notebook) -> tuple[Sequence[CellPiece], Sequence[CellPiece]]:
    """The cells of base and target, programs in the pieces that the head has them in."""
    joined = list(_groups(base, head))
    cut = list(_groups(head, base))
    left, right = pieces_of(base), pieces_of(target)
    if not joined and not cut:
        return left, right
    there = _counterparts(base, target)
    for group in joined:
        own = [there[i] for i in group.many if i in there]
        if len(own) == len(group.many) and own == sorted(own):
            left, right = _joined(left, group.many), _joined(right, own)
    for group in cut:
        parts = [head.cells[h].source for h in group.many]
        english = _cut(base.cells[group.one].source, parts)
        translated = _cut(target.cells[there[group.one]].source, parts) if group.one in there else None
        if english is not None and translated is not None:
            left, right = _with(left, group.one, english), _with(right, there[group.one], translated)
    return left, right


def _groups(several: Notebook, single: Notebook) -> Iterator[_Group]:
    """Programs of `single` that are several neighbouring programs of `several`."""
    from rapidfuzz.fuzz import ratio

    known = {c.source for c in several.cells if c.kind == "code"}
    others = {c.source for c in single.cells if c.kind == "code"}
    programs = [i for i, c in enumerate(several.cells) if c.kind == "code" and c.source.strip()]
    taken: set[int] = set()
    for k, cell in enumerate(single.cells):
        if cell.kind != "code" or cell.source in known or not cell.source.strip():
            continue
        best: tuple[float, tuple[int, ...]] = (_LIKE, ())
        for at in range(len(programs)):
            for count in range(2, _MOST + 1):
                run = tuple(programs[at : at + count])
                texts = [several.cells[i].source for i in run]
                if len(run) < count or taken & set(run) or any(text in others for text in texts):
                    break
                if sum(map(len, texts)) > 2 * len(cell.source):
                    break
                whole = ratio("\n".join(texts)[:_LONGEST], cell.source[:_LONGEST]) / 100
                alone = max(ratio(text[:_LONGEST], cell.source[:_LONGEST]) / 100 for text in texts)
                if whole >= alone + _BETTER and whole > best[0]:
                    best = (whole, run)
        if best[1]:
            taken |= set(best[1])
            yield _Group(best[1], k)


def _counterparts(base: Notebook, target: Notebook) -> Mapping[int, int]:
    """Program of the base to its counterpart, where that is one."""
    return {
        bead.source[0]: bead.target[0]
        for bead in align_cells(base, target)
        if len(bead.source) == len(bead.target) == 1
        and base.cells[bead.source[0]].kind == target.cells[bead.target[0]].kind == "code"
    }


def _joined(pieces: Sequence[CellPiece], cells: Sequence[int]) -> list[CellPiece]:
    """The pieces with some cells as one, in the place of the first."""
    own = [piece for piece in pieces if piece.cell in cells]
    one = own[0]._replace(source="\n".join(piece.source.rstrip("\n") for piece in own))
    return [one if piece is own[0] else piece for piece in pieces if piece is own[0] or piece not in own]


def _with(pieces: Sequence[CellPiece], cell: int, parts: Sequence[tuple[int, str]]) -> list[CellPiece]:
    """The pieces with one cell as several, each with its place in the cell."""
    out: list[CellPiece] = []
    for piece in pieces:
        cut = [piece._replace(source=part, at=at) for at, part in parts]
        out += cut if piece.cell == cell else [piece]
    return out


def _cut(source: str, parts: Sequence[str]) -> list[tuple[int, str]] | None:
    """The program cut where the parts end, each piece with its place; None when its lines are others."""
    lines = source.split("\n")
    keys = [canonical_code(line) for line in lines]
    ends: list[int] = []
    at = 0
    for part in parts[:-1]:
        wanted = [key for line in part.split("\n") if (key := canonical_code(line))]
        while at < len(lines) and wanted:
            if keys[at] and keys[at] != wanted.pop(0):
                return None
            at += 1
        if wanted or at == len(lines):
            return None
        ends.append(at)
    out = []
    for first, last in zip([0, *ends], [*ends, len(lines)], strict=True):
        before = sum(len(line) + 1 for line in lines[:first])
        text = "\n".join(lines[first:last])
        inner = text.strip("\n")
        out.append((before + len(text) - len(text.lstrip("\n")), inner))
    return out
