"""The second form in which text travels: plain text in which every mark is a number in brackets.

Engines that lose tags often keep `⟦3⟧`. A reply is put back into the first form (`markup.wire`), and is read,
checked and accepted as if it had come in that form.
"""

from __future__ import annotations

import html
import re

from amts_action.markup.wire import Rejection, Wire

__all__ = ["from_numbers", "to_numbers"]

_BRACKETS = (("⟦", "⟧"), ("⟪", "⟫"), ("⦃", "⦄"))
"""Rare enough not to occur in a book; letters between brackets get translated, numbers do not."""

_TAG = re.compile(r"<[A-Za-z/!][^<>]{0,2000}>")


def _brackets(wire: Wire) -> tuple[str, str] | None:
    return next((pair for pair in _BRACKETS if not any(c in wire.text for c in pair)), None)


def to_numbers(wire: Wire) -> str | None:
    """The segment with `⟦0⟧` for a span, `⟦1⟧…⟦/1⟧` for a pair; None when it has no marks or all brackets itself."""
    brackets = _brackets(wire)
    if brackets is None or not any(piece.id for piece in wire.pieces):
        return None
    left, right = brackets
    return "".join(
        f"{left}{'/' * (piece.type == 'close')}{piece.id[1:]}{right}" if piece.id else piece.raw
        for piece in wire.pieces
    )


def from_numbers(wire: Wire, reply: str) -> str | Rejection:
    """A reply to `to_numbers` in the first form; blanks inside the brackets and full-width digits are understood."""
    brackets = _brackets(wire)
    assert brackets  # else nothing was sent in this form
    if _TAG.search(reply) and not _TAG.search(wire.text):
        return Rejection("unknown tag")
    marks = {(piece.id, piece.type == "close"): wire.mark(piece) for piece in wire.pieces if piece.id}
    out, at = [], 0
    for m in re.finditer(rf"{brackets[0]}\s{{0,3}}([/／]?)\s{{0,3}}(\d{{1,4}})\s{{0,3}}{brackets[1]}", reply):
        mark = marks.get((f"x{int(m.group(2))}", bool(m.group(1))))
        if mark is None:
            return Rejection("unknown number")
        out += [html.escape(reply[at : m.start()], quote=False), mark]
        at = m.end()
    return "".join([*out, html.escape(reply[at:], quote=False)])
