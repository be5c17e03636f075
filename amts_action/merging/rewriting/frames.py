"""The form of a block, merged: what stands around its language (marker, box, level, id, tags) in three versions.

The form is the translation's own and stays. What in it says something (a ticked box, the level and id of a heading, the
tags around a text) follows the English where the English changed it and people had left it as it was.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from amts_action.documents.model import Block, Document
from amts_action.merging.flags import Flag
from amts_action.merging.rewriting.braces import merge_attributes

__all__ = ["Frame", "frame_flags", "frame_of", "meaning", "merged_frame", "quotes"]


class Frame(NamedTuple):
    """What stands before and behind the language of a block."""

    before: str
    after: str


_ITEM = re.compile(
    r"(?P<lead>[\s>]*)(?P<marker>[-*+]|\d{1,9}[.)]|[:|])(?P<blank>[ \t]*)(?P<box>(?:\[[ xX]\][ \t]+)?)\Z"
)
_ATTRIBUTES = re.compile(r"[ \t]*(?:\{:?\s*[#.:-][^{}\n]*\}|\{/\*[^\n]*?\*/\})")


def frame_of(document: Document, block: Block) -> Frame:
    """The form of a block of `document`."""
    text = document.text
    return Frame(text[block.outer.start : block.inner.start], text[block.inner.end : block.outer.end])


def meaning(document: Document, block: Block) -> tuple[str | bool, ...]:
    """What the form of a block says; which bullet or number, blanks and underlines say nothing."""
    before, after = frame_of(document, block)
    if block.kind == "list_item":
        m = _ITEM.match(before)
        return (m.group("box").strip().lower(), _is_counted(m.group("marker"))) if m else (before.strip(),)
    if block.kind == "heading":
        m = _ATTRIBUTES.match(after)
        return (m.group().strip() if m else "",)
    if block.info == "html":
        return ("".join(before.split()), "".join(after.split()))
    return ()


def _is_counted(marker: str) -> bool:
    return marker[-1] in ".)"


def quotes(block: Block) -> int:
    """How many quotes the block stands in."""
    return block.container.count("quote")


def merged_frame(base: Frame, head: Frame, own: Frame, kind: str) -> Frame:
    """The translation's form with what the English changed in its own, for three blocks of one kind."""
    if base == head:
        return own
    if kind == "list_item":
        items = [_ITEM.match(form.before) for form in (base, head, own)]
        if all(items):
            parts = [m.groupdict() for m in items if m]
            box = _three(*(p["box"] for p in parts))
            counted = [_is_counted(p["marker"]) for p in parts]
            marker = parts[1]["marker"] if counted[0] != counted[1] and counted[2] == counted[0] else parts[2]["marker"]
            lead = parts[1]["lead"] if parts[0]["lead"] == parts[2]["lead"] else parts[2]["lead"]
            return Frame(f"{lead}{marker}{parts[2]['blank'] or ' '}{box}", own.after)
    if kind == "heading":
        texts = [_attributes(form) for form in (base, head, own)]
        rests = [form.after[len(text) :] for form, text in zip((base, head, own), texts, strict=True)]
        is_releveled = base.before != head.before or rests[0] != rests[1]
        attributes = merge_attributes(*texts)[0]
        return Frame(head.before, attributes + rests[1]) if is_releveled else Frame(own.before, attributes + rests[2])
    return Frame(_three(base.before, head.before, own.before), _three(base.after, head.after, own.after))


def frame_flags(base: Frame, head: Frame, own: Frame, kind: str) -> tuple[Flag, ...]:
    """What of a heading's attributes people have of their own, and the English changed."""
    return merge_attributes(*map(_attributes, (base, head, own)))[1] if kind == "heading" else ()


def _attributes(frame: Frame) -> str:
    m = _ATTRIBUTES.match(frame.after)
    return m.group() if m else ""


def _three(base: str, head: str, own: str) -> str:
    """The head's where only the English changed it, else the translation's."""
    return head if own.strip() == base.strip() and head.strip() != base.strip() else own
