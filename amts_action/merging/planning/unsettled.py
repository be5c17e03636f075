"""What an earlier run left for a person to decide, told by the text that it left there.

While that text stands, nobody has decided: the same pairs of blocks are in conflict again, whatever a new look at the
page would make of them. When it is gone, a person has been there, and people win.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from amts_action.alignment.beads import Bead
from amts_action.documents.model import Document, Span
from amts_action.documents.notebooks.unrolled import without_separators
from amts_action.merging.flags import Flag, said_earlier
from amts_action.merging.planning.steps import Plan

__all__ = ["Owed", "Waiting", "marks_left", "marks_of", "pinned", "text_mark", "with_reasons"]

_LONGEST = 8
"""Most neighbouring blocks that are looked at as one counterpart; the aligner joins five at most. Our own limit."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A change that was not delivered: at `span` of the English, the translation still stands at `text`.

    `span` counts characters, end exclusive; in a notebook a cell index comes first. `text` is None where the
    translation has nothing yet, and `span` is empty where the English has nothing any more.
    """

    span: tuple[int, ...]
    text: str | None
    reason: str = ""
    """For people: why it is owed."""
    mark: str = ""
    """`text_mark` of what the translation has there; empty when it has nothing, or when that is not known."""
    is_conflict: bool = False
    """A person has to decide; anything else is tried again by every run."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A conflict that nobody has settled."""

    span: tuple[int, ...]
    """Where it is in the base, as an `Owed` has it."""
    mark: str
    """`text_mark` of the counterpart."""
    reason: str = ""


def text_mark(text: str) -> str:
    """Sixteen hexadecimal digits that tell the text from others; white space and borders of cells do not matter."""
    return sha256(_flat(text).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def marks_of(document: Document, lengths: Container[int] | None = None) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The marks of all runs of neighbouring blocks, short runs first, with the indexes of their blocks.

    Args:
        lengths: numbers of characters, white space and borders of cells apart; only runs of these. All when None.
    """
    blocks = document.blocks
    starts, ends = _flat_offsets(document)
    for length in range(1, _LONGEST + 1):
        for first in range(len(blocks) - length + 1):
            last = first + length - 1
            if lengths is None or ends[last] - starts[first] in lengths:
                text = document.text[blocks[first].outer.start : blocks[last].outer.end]
                yield text_mark(text), tuple(range(first, last + 1))


def _flat(text: str) -> str:
    return "".join(without_separators(text).split())


def _flat_offsets(document: Document) -> tuple[list[int], list[int]]:
    """Where each block starts and ends when only what a mark looks at is counted."""
    starts, ends, at, count = [], [], 0, 0
    for block in document.blocks:
        count += len(_flat(document.text[at : block.outer.start]))
        starts.append(count)
        count += len(_flat(block.outer.of(document.text)))
        ends.append(count)
        at = block.outer.end
    return starts, ends


def marks_left(written: Document, spans: Mapping[int, Span]) -> dict[int, str]:
    """The marks of the places of `spans`, of those that `marks_of` finds again."""
    texts = {key: span.of(written.text) for key, span in spans.items()}
    there = {mark for mark, _ in marks_of(written, {len(_flat(text)) for text in texts.values()})}
    marks = {key: text_mark(text) for key, text in texts.items()}
    return {key: mark for key, mark in marks.items() if mark in there}


def pinned(base: Document, target: Document, beads: Sequence[Bead], waiting: Sequence[Waiting]) -> tuple[Bead, ...]:
    """The beads with every waiting pair of blocks in one that is certain of nothing, and so in conflict.

    A bead that shares a target block with such a pair joins it: a change there has to wait as well.
    """
    places: dict[str, tuple[int, ...]] = {}
    for mark, run in marks_of(target) if waiting else ():
        places.setdefault(mark, run)
    pins: dict[tuple[int, ...], set[int]] = {}
    for item in waiting:
        if item.mark in places:
            pins.setdefault(places[item.mark], set()).update(_inside(base, item.span))
    for run, held in pins.items():
        if held:
            beads = _joined(beads, held, set(run))
    return tuple(beads)


def _inside(document: Document, span: tuple[int, ...]) -> Iterator[int]:
    start, end = span[-2:]
    return (k for k, b in enumerate(document.blocks) if start <= b.outer.start < end)


def _joined(beads: Sequence[Bead], base: set[int], target: set[int]) -> list[Bead]:
    out = []
    for bead in beads:
        if target & set(bead.target):
            target = target | set(bead.target) if set(bead.source) - base else target
            base = base | set(bead.source)
    for bead in beads:
        rest = replace(
            bead,
            source=tuple(i for i in bead.source if i not in base),
            target=tuple(j for j in bead.target if j not in target),
        )
        if rest.source or rest.target:
            out.append(rest)
    return [*out, Bead(tuple(sorted(base)), tuple(sorted(target)), 0.0)]


def with_reasons(plan: Plan, waiting: Collection[Waiting]) -> Plan:
    """The plan in which the conflicts of old say why they are some."""
    reasons: dict[int | None, tuple[Flag, ...]] = {
        k: (said_earlier(item.reason),) for item in waiting for k in _inside(plan.base, item.span) if item.reason
    }
    steps = (replace(s, flags=reasons.get(s.base, s.flags)) if s.action == "conflict" else s for s in plan.steps)
    return replace(plan, steps=tuple(steps))
