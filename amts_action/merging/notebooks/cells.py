"""Where the cells of a merged notebook begin, and which cell of the translation each of them is.

The merge of an unrolled notebook is a list of blocks. Two blocks stand in one cell where the translation has them in
one, unless it was the English that cut or joined the cells; new blocks stand with those that the English has them with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amts_action.documents.notebooks.unrolled import margins_of, origin_of, separator

if TYPE_CHECKING:
    from amts_action.merging.output_item import OutputItem
    from amts_action.merging.planning.steps import Plan

__all__ = ["COPY", "HEAD", "TARGET", "gaps_of_cells"]

TARGET, HEAD, COPY = "t", "h", "c"
"""Where a cell comes from: it is one of the target's, it is made after one of the head's, or after one of the target's
which is another cell already."""


@dataclass(frozen=True, slots=True)
class _CellPlaces:
    """The cells of one item of the output, in each notebook that has it."""

    base: int | None
    head: int | None
    target: int | None
    kind: str

    def over(self, before: _CellPlaces) -> _CellPlaces:
        """This place, with what it does not know from the item before it in the same cell."""
        return _CellPlaces(
            before.base if self.base is None else self.base,
            before.head if self.head is None else self.head,
            before.target if self.target is None else self.target,
            self.kind,
        )


def gaps_of_cells(
    plan: Plan, items: Sequence[OutputItem], gap: Callable[[OutputItem, OutputItem], str], mark: str
) -> list[str]:
    """What stands before each item, and behind the last: `gap` within a cell, and a separator between two."""
    places = _places(plan, items)
    starts = _starts(places)
    cells = [places[i:j] for i, j in zip(starts, [*starts[1:], len(items)], strict=True)]
    origins = _origins(cells, {k for k, cell in enumerate(plan.target.cells) if origin_of(cell)[2]})
    out: list[str] = []
    margins = {HEAD: margins_of(plan.head), TARGET: margins_of(plan.target)}
    opening = dict(zip(starts, origins, strict=True))
    tail = ""
    for k, item in enumerate(items):
        if k not in opening:
            inner = gap(items[k - 1], item)
            out.append("\n\n" if mark in inner else inner)
            continue
        name, cell = opening[k]
        document, lead = (plan.head, HEAD) if name == HEAD else (plan.target, TARGET)
        before, after = margins[lead][cell]
        number = origin_of(document.cells[cell])[1]
        out.append(tail + separator(mark, document.cells[cell].kind, f"{name}{number}_0") + before)
        tail = after
    return [*out, tail]


def _places(plan: Plan, items: Sequence[OutputItem]) -> list[_CellPlaces]:
    out = []
    for item in items:
        step = plan.steps[item.step] if item.step is not None else None
        old = plan.base.blocks[step.base].part if step is not None and step.base is not None else None
        there = plan.head.blocks[item.head].part if item.head is not None else None
        own = plan.target.blocks[item.old].part if item.old is not None and not _crosses(plan, item) else None
        kind = plan.target.cells[own].kind if own is not None else plan.head.cells[there or 0].kind
        out.append(_CellPlaces(old, there, own, kind))
    return out


def _crosses(plan: Plan, item: OutputItem) -> bool:
    """Whether a program in a cell of its own is written as a fence in a text, or the other way round."""
    if item.old is None or item.text is None or item.head is None:
        return False
    return plan.target.blocks[item.old].is_cell != plan.head.blocks[item.head].is_cell


def _starts(places: Sequence[_CellPlaces]) -> list[int]:
    """The items that a cell begins with."""
    out: list[int] = []
    now = None
    for k, place in enumerate(places):
        if now is None or not _is_in_one(now, place):
            out.append(k)
            now = place
        else:
            now = place.over(now)
    return out


def _is_in_one(before: _CellPlaces, place: _CellPlaces) -> bool:
    """Whether an item stands in the cell of the items before it."""
    if (before.kind, place.kind) != ("markdown", "markdown"):
        return False
    same_head, same_target = _same(before.head, place.head), _same(before.target, place.target)
    if same_head is None or same_target is None:
        return bool(same_head) or bool(same_target)
    return same_head if _same(before.base, place.base) not in (None, same_head) else same_target


def _same(one: int | None, other: int | None) -> bool | None:
    return one == other if one is not None and other is not None else None


def _origins(cells: Sequence[Sequence[_CellPlaces]], parts: Collection[int]) -> list[tuple[str, int]]:
    """Where each cell comes from. A cell of the target goes on as the one that has most of its blocks; `parts` are
    those of the target that are only parts of one, which cannot."""
    claims: Counter[tuple[int, int]] = Counter()
    for n, places in enumerate(cells):
        claims.update((n, place.target) for place in places if place.target is not None and place.target not in parts)
    found: dict[int, int] = {}
    for (n, target), _ in sorted(claims.items(), key=lambda claim: (-claim[1], claim[0])):
        if n not in found and target not in found.values():
            found[n] = target
    out = []
    for n, places in enumerate(cells):
        head = next((place.head for place in places if place.head is not None), None)
        own = next((place.target for place in places if place.target is not None), 0)
        out.append((TARGET, found[n]) if n in found else (HEAD, head) if head is not None else (COPY, own))
    return out
