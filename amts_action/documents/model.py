"""The frozen data that the whole program passes around: spans, inline tokens, blocks and documents.

A document is never taken apart and put together again: a `Block` only *points* into `Document.text`, and what no
block points at (blank lines, list markers, quote marks) is a gap. Writing is splicing (`merging.splice`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

__all__ = ["PROSE", "Block", "CellText", "Document", "Kind", "Span"]


class Span(NamedTuple):
    """Half-open range of character offsets (not bytes) into a text."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The characters of `text` that the span covers."""
        return text[self.start : self.end]

    def shifted(self, by: int) -> Span:
        """The span moved by `by` characters."""
        return Span(self.start + by, self.end + by)


Kind = Literal[
    "heading",
    "paragraph",
    "list_item",  # the paragraph that follows a bullet or number
    "table_row",
    "caption",  # a paragraph that is one image
    "code",  # fenced or indented code, code cells
    "math",  # a display equation
    "directive",  # the opening line of a directive with its options; the whole of an opaque one
    "end",  # the closing line of a directive or a tab
    "tab",  # d2lbook's :begin_tab: line
    "label",  # a line that only holds labels, widths and the like: `:label:`, `(name)=`
    "front_matter",
    "html",
    "comment",  # `% …` and `+++` of MyST, `<!-- … -->`
    "rule",
    "definition",  # link reference definitions
    "footnote",
    "raw",  # a raw notebook cell
]

PROSE: frozenset[str] = frozenset({"heading", "paragraph", "list_item", "table_row", "caption", "footnote"})
"""Kinds whose text is language and goes to an engine."""


@dataclass(frozen=True, slots=True)
class Block:
    """One unit of a document that is kept, patched, translated, moved or removed as a whole."""

    kind: Kind
    outer: Span
    """Whole lines, first marker to last character, without the last line's terminator."""
    inner: Span
    """`outer` without what belongs to the form: bullet, `#`, quote mark, table edge, closing `#`. For kinds that are
    not language it is the same as `outer`."""
    text: str
    """The characters of `inner` with `\\n` line ends and without continuation prefixes."""
    prefix: str = ""
    """What every continuation line of `inner` starts with in the file (indentation, `> `)."""
    level: int = 0
    """Heading level 1-6; nesting depth of list items; else 0."""
    info: str = ""
    """Info string of a fence, name of a directive, name of a tab."""
    container: tuple[str, ...] = ()
    """Names of the enclosing directives, tabs and quotes, outermost first."""
    closer: bool = False
    """The block opens a container which a block of kind `end` closes."""
    is_cell: bool = False
    """The block is a whole cell of a notebook that is no Markdown: a program, a raw cell, or an empty one."""
    part: int = 0
    """Number of the cell in a notebook: blocks of two cells are never taken for one."""
    hint: str = ""
    """An id of the cell that is evidence for what it translates."""

    @property
    def is_prose(self) -> bool:
        """Whether the text is language."""
        return self.kind in PROSE


class CellText(NamedTuple):
    """Where the text of a notebook's cell is in a document that holds all cells (`documents.notebooks.unrolled`)."""

    kind: Literal["markdown", "code", "raw"]
    span: Span
    origin: str
    """Which cell of which notebook it is, or is made from."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text and its blocks, in order and without overlap."""

    text: str
    blocks: tuple[Block, ...]
    cells: tuple[CellText, ...] = ()
    """The cells of a notebook in order; none for a page."""

    def pieces(self) -> list[str]:
        """Gap, block, gap, block, …, gap: their concatenation is `text`, whatever the text."""
        out, at = [], 0
        for block in self.blocks:
            out += [self.text[at : block.outer.start], block.outer.of(self.text)]
            at = block.outer.end
        return [*out, self.text[at:]]
