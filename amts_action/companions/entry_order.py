"""Where an entry of a list belongs after a change of another list, and what of such a change is a move."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["TocResult", "is_in_place", "moved_labels", "place_after"]


@dataclass(frozen=True, slots=True)
class TocResult:
    """The merged table. Names are as in `Item.name` (`file:intro`); a group is `part:` and its caption."""

    text: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    """One line each: what a person must do or know."""


def place_after(present: Sequence[str], order: Sequence[str], label: str) -> int:
    """Index at which `label` goes into `present`: after its nearest earlier sibling of `order`, else before the nearest
    later one, else at the end."""
    at = order.index(label)
    index = {name: place for place, name in enumerate(present)}
    for sibling in reversed(order[:at]):
        if sibling in index:
            return index[sibling] + 1
    return next((index[sibling] for sibling in order[at + 1 :] if sibling in index), len(present))


def moved_labels(old: dict[str, list[str]], new: dict[str, list[str]]) -> frozenset[str]:
    """Labels whose list changed, or that are out of the longest run that kept its order within one list."""
    home = {label: owner for owner, labels in old.items() for label in labels}
    moved = {label for owner, labels in new.items() for label in labels if home.get(label, owner) != owner}
    for owner, labels in new.items():
        ranks = {label: rank for rank, label in enumerate(old.get(owner, ()))}
        stay = _longest_rising([ranks[label] for label in labels if label in ranks])
        moved.update(label for label in labels if label in ranks and ranks[label] not in stay)
    return frozenset(moved)


def _longest_rising(values: Sequence[int]) -> frozenset[int]:
    """A longest strictly rising subsequence (patience sorting, n log n)."""
    tails: list[int] = []
    before: dict[int, int | None] = {}
    for value in values:
        place = bisect_left(tails, value)
        before[value] = tails[place - 1] if place else None
        tails[place : place + 1] = [value]
    kept: list[int] = []
    at = tails[-1] if tails else None
    while at is not None:
        kept.append(at)
        at = before[at]
    return frozenset(kept)


def is_in_place(labels: Sequence[str], order: Sequence[str], label: str) -> bool:
    """Whether `label` already follows the sibling that it follows in `order`, other entries aside."""
    ordered = set(order)
    common = [name for name in labels if name in ordered]
    shared = set(common)
    wanted = [name for name in order if name in shared]
    at, there = common.index(label), wanted.index(label)
    return common[at - 1 : at] == wanted[there - 1 : there] if at and there else at == there
