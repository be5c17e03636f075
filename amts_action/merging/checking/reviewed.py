"""A reviewer's texts put into a page: each where the text still stands that it is for, and only if the page around it
reads as before.

A person may write what a person wants; so what the ledger misses is said, and only what would change other blocks is
refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.files import is_notebook
from amts_action.documents.model import PROSE, Block, Document, Span
from amts_action.documents.notebooks.notebook import parse_notebook
from amts_action.documents.notebooks.notebook_edits import SetSource, apply
from amts_action.merging.checking.ledger import missing_spans

__all__ = ["Reviewed", "TextEdit", "put_in"]


@dataclass(frozen=True, slots=True)
class TextEdit:
    """A text in the place of another; empty to take the block out."""

    place: tuple[int, ...]
    """Start and end in the page, or cell, start and end; where to look first for `was`."""
    was: str
    text: str
    english: str = ""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A page with what could be put in."""

    text: str
    done: tuple[TextEdit, ...] = ()
    refused: tuple[tuple[TextEdit, str], ...] = ()
    """What was not put in, and why."""
    remarks: tuple[tuple[TextEdit, str], ...] = ()
    """What the ledger says of what was."""


def put_in(text: str, edits: Sequence[TextEdit], *, name: str) -> Reviewed:
    """The page with the edits; the suffix of `name` says which format it has.

    Raises:
        InputError: it is a notebook that cannot be read.
    """
    if not is_notebook(name):
        return _page(text, edits)
    notebook = parse_notebook(text, where=name)
    out, sources = Reviewed(text, refused=tuple((edit, _GONE) for edit in edits if len(edit.place) != 3)), {}
    for cell in sorted({edit.place[0] for edit in edits if len(edit.place) == 3}):
        mine = [edit for edit in edits if len(edit.place) == 3 and edit.place[0] == cell]
        if cell >= len(notebook.cells):
            found = Reviewed("", refused=tuple((edit, _GONE) for edit in mine))
        elif notebook.cells[cell].kind == "markdown":
            found = _page(notebook.cells[cell].source, mine)
        else:
            found = _program(notebook.cells[cell].source, mine)
        if found.done:
            sources[cell] = found.text
        out = replace(
            out,
            done=(*out.done, *found.done),
            refused=(*out.refused, *found.refused),
            remarks=(*out.remarks, *found.remarks),
        )
    return replace(out, text=apply(notebook, [SetSource(cell, source) for cell, source in sources.items()]))


_GONE = "its text does not stand there any more"


def _page(text: str, edits: Sequence[TextEdit]) -> Reviewed:
    done: list[TextEdit] = []
    refused: list[tuple[TextEdit, str]] = []
    remarks: list[tuple[TextEdit, str]] = []
    page = parse_markdown(text)
    for edit in sorted(edits, key=lambda edit: edit.place, reverse=True):  # from the end: places before it stay
        span = _found(page.text, edit)
        if span is None:
            refused.append((edit, _GONE))
            continue
        span = Span(span.start, _end_of_removal(page.text, span)) if not edit.text else span
        now = parse_markdown(page.text[: span.start] + edit.text + page.text[span.end :])
        if wrong := _fault(page, span, now, len(edit.text)):
            refused.append((edit, wrong))
            continue
        inside = [block for block in page.blocks if span.start <= block.outer.start < span.end]
        if edit.text and edit.english and all(block.kind in PROSE for block in inside):
            remarks += [(edit, flag.text) for flag in missing_spans(edit.english, edit.text)]
        page = now
        done.append(edit)
    return Reviewed(page.text, tuple(reversed(done)), tuple(reversed(refused)), tuple(reversed(remarks)))


def _program(text: str, edits: Iterable[TextEdit]) -> Reviewed:
    """A cell that is no markdown: it is one block."""
    out = Reviewed(text)
    for edit in edits:
        if edit.was == out.text:
            out = replace(out, text=edit.text, done=(*out.done, edit))
        else:
            out = replace(out, refused=(*out.refused, (edit, _GONE)))
    return out


def _found(text: str, edit: TextEdit) -> Span | None:
    """Where the text stands that the edit is for: at its place, else at the one place that has it."""
    if not edit.was or len(edit.place) < 2:
        return None
    span = Span(*edit.place[-2:])
    if span.of(text) == edit.was:
        return span
    at = text.find(edit.was)
    if at < 0 or text.find(edit.was, at + 1) >= 0:
        return None
    return Span(at, at + len(edit.was))


_LINE_END = re.compile(r"\r?\n")
_BLANK_BEFORE = re.compile(r"\n\r?\n\Z")


def _end_of_removal(text: str, span: Span) -> int:
    """The end of what goes with a block: its line end, and one of the two blank lines that would stand together."""
    end = span.end
    if ending := _LINE_END.match(text, end):
        end = ending.end()
    if span.start == 0 or _BLANK_BEFORE.search(text, max(0, span.start - 4), span.start):
        blank = _LINE_END.match(text, end)
        end = blank.end() if blank else end
    return end


def _fault(page: Document, span: Span, now: Document, length: int) -> str:
    """Why a text cannot stand in the place of `span`; empty when it can."""
    before, inside, after = _parts(page, span)
    if any(block.outer.start < span.start or block.outer.end > span.end for block in inside):
        return "it is not a whole block any more"
    grown = length - (span.end - span.start)
    new_before, new_inside, new_after = _parts(now, Span(span.start, span.start + length))
    if _shapes(before, 0) != _shapes(new_before, 0) or _shapes(after, grown) != _shapes(new_after, 0):
        return "it would change how the page around it reads"
    kinds = {(block.kind, block.level) for block in inside}
    strange = [block.kind for block in new_inside if (block.kind, block.level) not in kinds]
    return f"it would read as {strange[0].replace('_', ' ')}" if strange else ""


def _parts(page: Document, span: Span) -> tuple[list[Block], list[Block], list[Block]]:
    """The blocks before a span, in it and after it."""
    before = [block for block in page.blocks if block.outer.end <= span.start]
    after = [block for block in page.blocks if block.outer.start >= span.end]
    return before, list(page.blocks[len(before) : len(page.blocks) - len(after)]), after


def _shapes(blocks: Iterable[Block], shift: int) -> list[tuple[str, int, Span]]:
    return [(block.kind, block.level, block.outer.shifted(shift)) for block in blocks]
