"""Proves that nothing was lost: the ledger of protected spans, and the structure of what is about to be written."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterable

from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.inline import protected
from amts_action.documents.model import Block
from amts_action.merging.flags import Flag, flag
from amts_action.merging.programs.fences import is_fenced

__all__ = ["alone", "fault", "inventory", "missing_spans"]

_STRUCTURE = {
    "code": "code_block",
    "math": "equation",
    "label": "label",
    "directive": "directive",
    "tab": "tab",
    "end": "end",
    "definition": "definition",
    "html": "html_block",
}
_CELLS = {"code": "code_cell", "raw": "raw_cell"}


def inventory(blocks: Iterable[Block]) -> Counter[str]:
    """How many of each thing that must not get lost the blocks hold, by category."""
    found: Counter[str] = Counter()
    for block in blocks:
        category = (_CELLS if block.is_cell else _STRUCTURE).get(block.kind)
        if category:
            found[category] += 1
        if block.is_prose or (block.kind == "directive" and block.inner != block.outer):
            for (kind, _), n in protected(block.text).items():
                found[kind] += n * (kind != "escape")
    return +found


def missing_spans(source: str, translation: str) -> list[Flag]:
    """Protected spans that the two texts do not have in common, as flags; empty when all are accounted for.

    A translation may hold backslash escapes of its own: what is a word there may look like markup.
    """
    here, there = protected(source), protected(translation)
    lost = [flag("lost", raw) for _, raw in (here - there).elements()]
    return lost + [flag("not-in-english", raw) for kind, raw in (there - here).elements() if kind != "escape"]


def alone(text: str) -> tuple[Block, ...]:
    """The blocks of a block's text looked at by itself, without the indentation and quote marks of its place."""
    return parse_markdown(textwrap.dedent(re.sub(r"^(?:[ \t]*>)+ ?", "", text, flags=re.M))).blocks


_PLAINLY_PROSE = re.compile(r"[^\W\d_][^\r\n]*\Z")
"""One line that starts with a letter: a paragraph whatever follows, and nothing that needs a parser to tell."""
_PLAINLY_CODE = re.compile(r"(`{3,}|~{3,})[^`\r\n]*[\r\n]((?:[\s\S]*[\r\n])?)\1[ \t]*\Z")
_INDENTED = re.compile(r"[ \t>]*(?: {4}|\t)|(?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])+(?: {4}|\t)")
_PLAINLY_LABEL = re.compile(r":(?:label|eqlabel|width|height):`[^`\r\n]*`\Z")


def _is_plain(text: str, kind: str) -> bool:
    """Whether a short look tells that `text` is one block of `kind`; False says nothing."""
    if kind == "paragraph":
        return _PLAINLY_PROSE.match(text) is not None
    if kind == "label":
        return _PLAINLY_LABEL.match(text) is not None
    m = _PLAINLY_CODE.match(text) if kind == "code" else None
    return (
        m is not None
        and m.group(1) not in m.group(2)
        and "{" not in text.split("\n", 1)[0].removeprefix(f"{m.group(1)}{{.python .input")
    )


def fault(text: str, like: Block) -> Flag | None:
    """Why `text` cannot stand where a block such as `like` does; None when it can.

    `text` is the whole block as it would be written. It must parse as one block of the same kind: a translation that
    starts with `1.` must not turn a paragraph into a list.
    """
    if like.is_cell:
        return None
    if like.kind in ("table_row", "end", "tab", "rule", "front_matter", "raw"):
        many = like.kind == "table_row" and re.search(r"[\r\n]", text)
        return flag("table-line-break") if many else None
    if _is_plain(text, like.kind):
        return None
    if like.kind == "code" and not is_fenced(like.text):
        indented = all(_INDENTED.match(line) for line in re.split(r"\r\n?|\n", text) if line.strip(" \t>"))
        return None if indented else flag("reads-as", "a paragraph")
    # `!!! note` and `=== "Tab"` open nothing where nothing is indented below them.
    blocks = alone(text if like.kind != "directive" or is_fenced(text) else f"{text}\n\n    x")
    if like.kind == "directive" and blocks and blocks[0].kind == "directive":
        return None
    if len(blocks) != 1:
        return flag("reads-as", f"{len(blocks)} blocks")
    own = blocks[0]
    if own.kind != like.kind and not {own.kind, like.kind} <= {"paragraph", "caption"}:
        return flag("reads-as", own.kind)
    if own.kind == "heading" and own.level != like.level:
        return flag("reads-as", "a heading of another level")
    return None
