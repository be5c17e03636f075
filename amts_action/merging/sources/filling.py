"""Puts people's texts into a plan, in the place of what would be sent or written in English."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from amts_action.documents.language_codes import between_sentences
from amts_action.documents.model import Block, Span
from amts_action.documents.sentences import sentences
from amts_action.merging.flags import Flag, flag
from amts_action.merging.notebooks.notebook import NotebookPlan
from amts_action.merging.pieces import Piece, rewrapped
from amts_action.merging.planning.steps import Plan, ReadyText, Step, TextInParts
from amts_action.merging.programs.fences import taken_apart
from amts_action.merging.programs.readers import SlotForm
from amts_action.merging.rewriting.frames import frame_of
from amts_action.merging.sources.shelf import (
    LEAST_LETTERS,
    LEAST_OWN,
    LONGEST_RUN,
    Held,
    Shelf,
    block_key,
    fence_of,
    flat,
    key_of,
    said_by,
)
from amts_action.merging.sources.sieve import Wanted

__all__ = ["filled", "wanted"]


def wanted(plan: Plan | NotebookPlan) -> tuple[Wanted, ...]:
    """The English that a plan sends to an engine, or writes as it is where a translation may have its own words."""
    page = plan.page if isinstance(plan, NotebookPlan) else plan
    return tuple(want for step in page.steps for want in _wants(page, step))


_NO_WORDS = frozenset({"comment", "end", "label", "rule", "tab"})
"""Kinds of block that are the same in every language: nearly all pages have them, and none says them otherwise."""


def _wants(plan: Plan, step: Step) -> Iterator[Wanted]:
    if step.head is None:
        return
    block = plan.head.blocks[step.head]
    if step.writes and block.kind in _NO_WORDS:
        return
    if step.writes and not block.is_prose:
        yield Wanted(said_by(plan.head, block), "block")
    elif step.made is not None:
        yield Wanted(block.text, "block")
    for piece in step.pieces:
        if piece.is_language or piece.sought:
            yield Wanted(piece.sought or piece.text, "words" if isinstance(piece.form, SlotForm) else "language")


AnyPlan = TypeVar("AnyPlan", bound=Plan | NotebookPlan)


def filled(plan: AnyPlan, shelf: Shelf, page: str) -> AnyPlan:
    """The plan with what the shelf has in the place of what would be sent, or written in English.

    Args:
        page: the name that the page itself has on the shelf.
    """
    if not shelf:
        return plan
    if isinstance(plan, NotebookPlan):
        return replace(plan, page=filled(plan.page, shelf, page))
    return replace(plan, steps=tuple(_filled(plan, step, shelf, page) for step in plan.steps))


def _filled(plan: Plan, step: Step, shelf: Shelf, page: str) -> Step:
    if step.head is None or not step.writes:
        return step
    block = plan.head.blocks[step.head]
    if not block.is_prose or step.made is not None:
        held = _whole(plan, step, block, shelf, page)
        if held is not None:
            return _taking(plan, step, block, held, page)
        return _by_sentences(step, shelf, page)
    if len(step.pieces) == 1 or (block.kind == "table_row" and not step.in_place):
        held = shelf.block(plan.head, step.head, page=page)
        if held is not None:
            flags = (*step.flags, _remark([held], page))
            return replace(step, action="reuse", text=_parts(step, [Piece(held.text, False)]), flags=flags)
    return _by_sentences(step, shelf, page)


def _whole(plan: Plan, step: Step, block: Block, shelf: Shelf, page: str) -> Held | None:
    """People's text of a block that is not sent as it is. Where the translation has a counterpart, that is merged with
    the change of the English, and only what the very page had before we came is worth more."""
    if step.is_new and step.head is not None:
        return shelf.block(plan.head, step.head, page=page)
    return shelf.before(block_key(plan.head, block), page=page) if len(step.target) == 1 else None


def _taking(plan: Plan, step: Step, block: Block, held: Held, page: str) -> Step:
    """The step that writes a whole block of people's, in the place and form of the head's."""
    flags = (_remark([held], page),)
    step = replace(step, action="reuse", flags=flags)
    if block.kind == "directive":
        return replace(step, text=ReadyText(held.text, is_own=step.in_place))
    if not step.is_new:
        own = plan.target.blocks[step.target[0]]
        return replace(step, text=ReadyText(rewrapped(plan.target, own, held.text)))
    text = held.text
    fenced = fence_of(block) if block.kind == "code" else None
    if block.kind == "code" and (held.is_cell != block.is_cell or flat(held.english) != flat(block.text)):
        body = text if held.is_cell else taken_apart(text).body
        options = "".join(line + "\n" for line in fenced.options) if fenced is not None else ""
        text = fenced.written(fenced.info, options, body) if fenced is not None else body
    before, after = frame_of(plan.head, block) if block.inner != block.outer else ("", "")
    return replace(step, text=ReadyText(before + text.replace("\n", "\n" + block.prefix) + after))


def _parts(step: Step, pieces: Sequence[Piece]) -> TextInParts:
    """Other pieces in the place of a step's: within the same form, or the whole where the text was made already."""
    return TextInParts(tuple(pieces), step.text.form if isinstance(step.text, TextInParts) else "whole")


def _by_sentences(step: Step, shelf: Shelf, page: str) -> Step:
    """The step with those sentences that the shelf has."""
    if step.kind == "table_row":
        return step
    used: list[Held] = []
    out: list[Piece] = []
    for piece in step.pieces:
        if isinstance(piece.form, SlotForm):
            out.append(_worded(piece, shelf, page, used))
        else:
            out += _taken(piece, shelf, page, used) if piece.is_language else [piece]
    if not used:
        return step
    action = step.action if any(p.is_language for p in out) else "reuse"
    flags = (*step.flags, _remark(used, page))
    return replace(step, action=action, text=_parts(step, out), flags=flags)


def _worded(piece: Piece, shelf: Shelf, page: str, used: list[Held]) -> Piece:
    """Words of a program as people have them in another one, where those fit."""
    held = shelf.slot(piece.sought or piece.text, page)
    text = piece.form.holding(held.text) if held is not None and isinstance(piece.form, SlotForm) else None
    if held is None or text is None:
        return piece
    used.append(held)
    return Piece(text, False)


def _taken(piece: Piece, shelf: Shelf, page: str, used: list[Held]) -> list[Piece]:
    """A piece of language cut into the sentences that the shelf has and those that it has not."""
    if piece.form is not None:
        return [piece]
    units = _units(piece.text, shelf.source_lang)
    spans = [span for span, _ in units]
    keys = [key_of(span.of(piece.text)) if is_one else "" for span, is_one in units]
    runs: list[tuple[int, int, Held | None]] = []
    at = 0
    while at < len(spans):
        length, held = _longest(keys, at, shelf, page)
        if held is None and runs and runs[-1][2] is None:
            runs[-1] = (runs[-1][0], at + 1, None)
        else:
            runs.append((at, at + length, held))
        at += length
    if not any(held for _, _, held in runs):
        return [piece]
    head, tail = piece.text[: spans[0].start], piece.text[spans[-1].end :]
    if head.strip() or tail.strip():
        return [piece]  # what stands around is no mark of a pair
    used += [held for _, _, held in runs if held]
    out: list[Piece] = [Piece(head, False)] if head else []
    for n, (a, b, held) in enumerate(runs):
        if n:
            out.append(Piece(between_sentences(shelf.target_lang), False))
        text = held.text if held else piece.text[spans[a].start : spans[b - 1].end]
        out.append(Piece(text, held is None))
    return [p for p in (*out, Piece(tail, False)) if p.text]


def _units(text: str, lang: str) -> list[tuple[Span, bool]]:
    """The sentences of a text, and whether each is one: marks around several belong to all of them together."""
    spans = sentences(text, lang)
    ends = [0, *(span.end for span in spans)]
    starts = [*(span.start for span in spans), len(text)]
    gaps = [Span(a, b) for a, b in zip(ends, starts, strict=True)]
    marked = [k for k, gap in enumerate(gaps) if gap.of(text).strip()]
    out: list[tuple[Span, bool]] = []
    at = 0
    for a, b in zip(marked[::2], marked[1::2], strict=False):
        opening, closing = gaps[a].of(text), gaps[b].of(text)
        if len(opening.split()) > 1 or len(closing.split()) > 1:
            break  # one pair ends where another one begins
        out += [(span, True) for span in spans[at:a]]
        out.append((Span(gaps[a].end - len(opening.lstrip()), gaps[b].start + len(closing.rstrip())), False))
        at = b
    return [*out, *((span, True) for span in spans[at:])]


def _longest(keys: Sequence[str], at: int, shelf: Shelf, page: str) -> tuple[int, Held | None]:
    for length in range(min(LONGEST_RUN, len(keys) - at), 0, -1):
        key = "".join(keys[at : at + length]) if all(keys[at : at + length]) else ""
        held = shelf.sentence(key, page)
        if held is not None and sum(map(str.isalpha, key)) >= (LEAST_OWN if held.where == page else LEAST_LETTERS):
            return length, held
    return 1, None


def _remark(used: Iterable[Held], page: str) -> Flag:
    places = dict.fromkeys("this page" if held.where == page else held.where for held in used)
    return flag("reused", ", ".join(places))
