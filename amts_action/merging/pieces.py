"""What a block is made of: language for an engine, and what is copied."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from amts_action.documents.attributes import readable_values
from amts_action.documents.inline import tokens
from amts_action.documents.model import Block, Document
from amts_action.merging.key_values.placing import Form, placed
from amts_action.merging.programs.readers import SlotForm, Standby
from amts_action.merging.rewriting.frames import Frame, frame_of
from amts_action.merging.rewriting.links import definition_of

__all__ = ["Piece", "has_language", "newline_of", "pieces_of", "rewrapped"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a block: `text` to be translated, or copied when it is not language."""

    text: str
    is_language: bool
    form: Form | SlotForm | None = None
    """How language is written that stands in the place of an option's value or in a program; None in running text."""
    is_shared: bool = False
    """Some of it did not change, but the translation has it in one sentence with what did."""

    sought: str = ""
    """Of words that are copied: as what people's are looked for, who may have them elsewhere in the book."""
    standby: Standby | None = None
    """What is written in the place of language that no translation fits; without it the block is not written then."""

    def holding(self, text: str) -> str | None:
        """A translation as it is written in the place of this piece; None when it does not fit there."""
        if isinstance(self.form, SlotForm):
            return self.form.holding(text)
        return text if self.form is None else placed(text, self.form)


def rewrapped(document: Document, own: Block, text: str, frame: Frame | None = None) -> str:
    """`text` in the place of a block's inner text: the whole block, with its own form and continuation prefixes.

    A blank that stands before a role at the start, and only for it, goes with the role.

    Args:
        frame: another frame than the block's own.
    """
    before, after = frame or frame_of(document, own)
    prefix = "" if own.prefix == " " and "\n" not in own.text else own.prefix
    if own.text.startswith(":") and not text.startswith(":") and before in (" ", prefix + " "):
        before = before[:-1]
    return before + text.replace("\n", newline_of(document.text) + prefix) + after


def newline_of(text: str) -> str:
    """The line terminator that `text` uses first; `\\n` when it has none."""
    m = re.search(r"\r\n?|\n", text)
    return m.group() if m else "\n"


_CELL = re.compile(r"((?<!\\)\|)")


def pieces_of(block: Block) -> tuple[Piece, ...]:
    """The language of a block, cell by cell for a table's row; texts concatenate to the block's text."""
    if block.kind == "html":
        return tuple(_values(block.text))
    if block.kind == "definition" and (end := definition_of(block.text)) is not None and has_language(end.title):
        before, quote, inner = block.text.partition(end.title)[0], end.title[0], end.title[1:-1]
        after = block.text[len(before) + len(end.title) - 1 :]
        title = Piece(inner, True, Form("title", header=quote))
        return (Piece(before + quote, False), title, Piece(after, False))
    if not (block.is_prose or (block.kind == "directive" and block.inner != block.outer)):
        return (Piece(block.text, False),)
    parts = _CELL.split(block.text) if block.kind == "table_row" else [block.text]
    out: list[Piece] = []
    for part in parts:
        core = part.strip()
        lead = part[: len(part) - len(part.lstrip())] if core else part
        if lead:
            out.append(Piece(lead, False))
        if core:
            out.append(Piece(core, has_language(core)))
            tail = part[len(lead) + len(core) :]
            if tail:
                out.append(Piece(tail, False))
    return tuple(out)


def _values(text: str) -> Iterator[Piece]:
    """Lines of tags: the values of attributes that readers read are language."""
    at = 0
    for value in readable_values(text):
        yield Piece(text[at : value.start], False)
        yield Piece(value.text, True)
        at = value.end
    yield Piece(text[at:], False)


def has_language(text: str) -> bool:
    """Whether anything in the text, protected spans apart, is made of letters."""
    return any(t.type == "text" and re.search(r"[^\W\d_]", t.raw) for t in tokens(text))
