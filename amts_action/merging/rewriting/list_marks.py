"""Markers and numbers of lists, as the translation has them.

A new item takes the marker of the list that it comes into: in Markdown another marker starts another list. Where items
came, went or moved, the numbers of the list go on counting as the translation's did.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from amts_action.documents.model import Block

__all__ = ["ListLine", "Mark", "lists", "mark_of", "marked", "renumbered", "with_mark"]

_MARK = re.compile(
    r"(?P<lead>(?:[\s>]|(?:[-*+]|\d{1,9}[.)])[ \t]+(?=(?:[-*+]|\d{1,9}[.)])[ \t]+\S))*)"
    r"(?P<number>\d{1,9})?(?P<sign>[-*+.)])(?P<blank>[ \t]+)(?=\S)"
)


class Mark(NamedTuple):
    """What an item starts with."""

    lead: str
    """Indentation, and the marks of outer items that start in the same line, as the rows of a `list-table` do."""
    number: int | None
    """None for a bullet."""
    sign: str
    blank: str

    @property
    def text(self) -> str:
        """The mark as it stands in the file, without what is before it."""
        return f"{'' if self.number is None else self.number}{self.sign}"

    @property
    def outer(self) -> str:
        """The marks of outer items that start in the same line; empty when there are none."""
        return self.lead.strip(" \t\r\n>")


def mark_of(item: str) -> Mark | None:
    """The mark of an item's text; None when it has none, as definitions and line blocks."""
    m = _MARK.match(item)
    if m is None or (m.group("number") is None) == (m.group("sign") in ".)"):
        return None
    number = m.group("number")
    return Mark(m.group("lead"), None if number is None else int(number), m.group("sign"), m.group("blank"))


def with_mark(item: str, mark: Mark, number: int | None = None) -> str:
    """The item with another mark, its further lines kept as far in as the new one asks."""
    old = mark_of(item)
    if old is None:
        return item
    new = mark._replace(number=number if number is not None else mark.number)
    start = len(old.lead) + len(old.text)
    rest = item[start + len(old.blank) :]
    shift = sum(map(len, (new.lead, new.text, new.blank))) - sum(map(len, (old.lead, old.text, old.blank)))
    if shift and re.search(r"[\r\n]", rest):
        rest = _shifted(rest, shift)
    return f"{new.lead}{new.text}{new.blank}{rest}"


def _shifted(text: str, by: int) -> str:
    """The lines after the first moved in or out, as far as they have blanks for it."""
    if by > 0:
        return re.sub(r"(\r\n?|\n)(?=[ \t])", lambda m: m.group() + " " * by, text)
    return re.sub(rf"(\r\n?|\n)([ \t]{{0,{-by}}})", lambda m: m.group(1), text)


def renumbered(now: Sequence[int], before: Sequence[int]) -> list[int]:
    """The numbers that the items of a list should have.

    Args:
        now: the numbers that they have, new items with the English ones.
        before: the numbers of the translation's list as it was; empty for a list that is new.
    """
    if len(before) > 1 and len(set(before)) == 1:
        return [before[0]] * len(now)
    if before and list(before) == list(range(before[0], before[0] + len(before))):
        return list(range(before[0], before[0] + len(now)))
    return list(now)


class ListLine(NamedTuple):
    """A block in the order of a document, as far as lists are concerned."""

    block: Block
    text: str
    """The whole block as it stands in the file."""
    old: int | None
    """Index of the target block that it is; None for a new one."""
    cells: tuple[int | None, int | None] = (None, None)
    """The cell of the translation's notebook and of the English one that it stands in."""


def lists(entries: Sequence[ListLine]) -> list[list[int]]:
    """Indexes of the items of every list, each level by itself.

    What is indented below an item does not end its list; another kind of mark starts another one, as in Markdown.
    """
    out: list[list[int]] = []
    open_now: dict[int, list[int]] = {}
    for k, (block, text, old, cells) in enumerate(entries):
        if k and any(a != b for a, b in zip(entries[k - 1].cells, cells, strict=True) if None not in (a, b)):
            open_now.clear()
        mark = mark_of(text) if block.kind == "list_item" else None
        if mark is None:
            if not text[:1].isspace():
                open_now.clear()
            continue
        open_now = {level: run for level, run in open_now.items() if level <= block.level}
        run = open_now.get(block.level) if not mark.outer else None
        if run is not None and old is not None:
            last = next((entries[i] for i in reversed(run) if entries[i].old is not None), None)
            before = mark_of(last.text) if last else None
            if before is not None and before.sign != mark.sign:
                run = None
        if run is None:
            run = open_now[block.level] = []
            out.append(run)
        run.append(k)
    return out


def marked(entries: Sequence[ListLine], target: Sequence[ListLine]) -> dict[int, str]:
    """New texts of items, by index, with the marks of the translation's lists; `target` is the document as it was."""
    was = {target[k].old: run for run in lists(target) for k in run}
    out: dict[int, str] = {}
    for run in lists(entries):
        known = [k for k in run if entries[k].old in was]
        if not known:
            continue
        before = was[entries[known[0]].old]
        if [entries[k].old for k in run] == [target[k].old for k in before]:
            continue
        out |= _marked_run(entries, run, known[0], [m for k in before if (m := mark_of(target[k].text))])
    return out | _outer_marks(entries, out)


def _outer_marks(entries: Sequence[ListLine], made: Mapping[int, str]) -> dict[int, str]:
    """New items that start with their outer item, with the translation's bullet for that one."""
    found = [(k, line, mark_of(made.get(k, line.text))) for k, line in enumerate(entries)]
    items = [(k, line, mark) for k, line, mark in found if line.block.kind == "list_item" and mark and mark.outer]
    own = {line.block.level: mark.outer for _, line, mark in items if line.old is not None}
    out = {}
    for k, line, mark in items:
        bullet = own.get(line.block.level, "")
        if line.old is None and len(mark.outer) == len(bullet) == 1 and mark.outer != bullet:
            out[k] = with_mark(made.get(k, line.text), mark._replace(lead=mark.lead.replace(mark.outer, bullet)))
    return out


def _marked_run(entries: Sequence[ListLine], run: Sequence[int], known: int, before: Sequence[Mark]) -> dict[int, str]:
    """The items of one list that need another mark; those behind one whose contents would have to move stay."""
    like = mark_of(entries[known].text)
    if like is None:
        return {}
    counted = [m.number for m in before if m.number is not None]
    now = [m.number if (m := mark_of(entries[k].text)) and m.number is not None else 0 for k in run]
    numbers = renumbered(now, counted) if like.number is not None else [None] * len(run)
    out: dict[int, str] = {}
    for k, number in zip(run, numbers, strict=True):
        own = mark_of(entries[k].text)
        want = like._replace(number=number)
        is_new = entries[k].old is None
        if own is not None and (own.outer or like.outer):
            want = want._replace(lead=own.lead)  # where an outer item starts is the list's structure
        if own is None or own == want._replace(blank=own.blank, lead=want.lead if is_new else own.lead):
            continue
        if not is_new and own.sign != want.sign:
            continue
        text = with_mark(entries[k].text, want if is_new else own, number)
        is_moved = len(text) != len(entries[k].text) or len(own.text) != len(want.text)
        if is_moved and not is_new and k + 1 < len(entries) and entries[k + 1].text[:1].isspace():
            break
        out[k] = text
    return out
