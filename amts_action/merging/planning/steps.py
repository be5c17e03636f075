"""The plan of one document: a step for each block, with its action and its text (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from amts_action.alignment.beads import Bead
from amts_action.documents.model import Document
from amts_action.merging.english.small_changes import SmallChange
from amts_action.merging.flags import Flag
from amts_action.merging.pieces import Piece

__all__ = ["Action", "Plan", "ReadyText", "SharedText", "Step", "TextInParts", "beads_of"]

Action = Literal[
    "keep", "cosmetic", "patch", "revise", "translate", "reuse", "move", "delete", "code", "conflict", "owed"
]


@dataclass(frozen=True, slots=True)
class ReadyText:
    """A new text that needs no engine: the whole block as it stands in the file."""

    text: str
    sought: tuple[Piece, ...] = ()
    """The same in pieces, where people may have other words for some of it elsewhere in the book."""
    is_own: bool = False
    """The block stays of the counterpart's kind, whatever the head's is."""


@dataclass(frozen=True, slots=True)
class TextInParts:
    """What a new text is made of: language for an engine, and text that is copied (people's sentences that stay, a
    table's bars)."""

    pieces: tuple[Piece, ...]
    form: Literal["head", "own", "whole"] = "head"
    """What stands around the pieces: what the head's change makes of the block's form; the counterpart's own, which
    they revise sentence by sentence; nothing, for they are the whole block as it stands in the file."""


@dataclass(frozen=True, slots=True)
class SharedText:
    """The text of another step, when a translator has merged the paragraphs of both."""

    step: int
    """Index of that step."""


@dataclass(frozen=True, slots=True)
class Step:
    """One action on one block. Indexes point into the blocks of the documents of those names."""

    action: Action
    kind: str
    base: int | None = None
    head: int | None = None
    target: tuple[int, ...] = ()
    """Run of neighbouring target blocks that are the counterpart; empty when there is none."""
    confidence: float = 1.0
    flags: tuple[Flag, ...] = ()
    text: ReadyText | TextInParts | SharedText | None = None
    """What the block is to be; None when nothing is written."""
    is_new: bool = False
    """The target has no counterpart: the block is put after its neighbour's."""
    moves: bool = False
    strays: bool = False
    """The English moved, but the counterpart stays where it is: what comes next in the head does not follow it."""
    small: tuple[SmallChange, ...] = ()
    """What changed in the English without giving a translator anything to do: shown, never asked about."""

    @property
    def writes(self) -> bool:
        """Whether the step puts new text into the target."""
        return isinstance(self.text, ReadyText | TextInParts)

    @property
    def made(self) -> str | None:
        """The new text, where it needs no engine."""
        return self.text.text if isinstance(self.text, ReadyText) else None

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """What is sent or looked for, with what stands between."""
        match self.text:
            case TextInParts(pieces=pieces) | ReadyText(sought=pieces):
                return pieces
        return ()

    @property
    def in_place(self) -> bool:
        """Whether the text revises the counterpart, so that its own form stays, whatever the head's is."""
        match self.text:
            case TextInParts(form="own") | ReadyText(is_own=True):
                return True
        return False


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps for one document: those of the head's blocks in their order, each deletion at its old place."""

    base: Document
    head: Document
    target: Document
    steps: tuple[Step, ...]
    elsewhere: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """As in `MergeOptions`."""


def beads_of(plan: Plan) -> list[Bead]:
    """The groups of blocks of base and target that the steps of a plan put together."""
    groups: dict[tuple[str, int], list[Step]] = {}
    for step in plan.steps:
        if step.base is None or not step.target:
            continue
        ends = [("base", step.base), *(("target", j) for j in step.target)]
        joined = [step]
        for known in {id(groups[end]): groups[end] for end in ends if end in groups}.values():
            joined += known
        for one in joined:
            groups.update(dict.fromkeys([("base", one.base or 0), *(("target", j) for j in one.target)], joined))
    out = []
    for steps in {id(group): group for group in groups.values()}.values():
        base = sorted({s.base for s in steps if s.base is not None})
        target = sorted({j for s in steps for j in s.target})
        out.append(Bead(tuple(base), tuple(target), min(s.confidence for s in steps)))
    return sorted(out, key=lambda bead: bead.source)
