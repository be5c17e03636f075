"""Puts right the blanks that engines lose, double or add around the marks of a segment."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

from amts_action.markup.safe import MarkedPiece, merged

__all__ = ["BLANKS", "neighbours", "single_blanks", "stripped", "tidied"]

BLANKS = re.compile(r"[ \t\n\r\f\v\x1c-\x1f\x85\u2028\u2029]+")
"""Not the no-break and the ideographic blank: those are characters of the text."""

_ROLE = re.compile(r":[A-Za-z][\w.+-]{0,40}:`")

Side = tuple[str, str, int]
"""Id and type of a mark, and -1 for what stands before it or 1 for what stands after it."""


def single_blanks(piece: MarkedPiece) -> MarkedPiece:
    """The piece with every run of blanks in its text made one blank; marks stay as they are."""
    raw = piece.raw
    if piece.id or ("  " not in raw and raw.isprintable()):  # all other blanks are not printable
        return piece
    return MarkedPiece("text", BLANKS.sub(" ", raw))


def neighbours(pieces: Sequence[MarkedPiece]) -> Iterator[tuple[MarkedPiece, MarkedPiece]]:
    """Adjacent pieces; text that is only blanks does not stand between."""
    return pairwise(p for p in pieces if p.id or p.raw.strip(" "))


def stripped(pieces: Sequence[MarkedPiece]) -> list[MarkedPiece]:
    """The pieces without blanks at the start and the end of the whole."""
    out = list(pieces)
    if out and not out[0].id:
        out[0] = MarkedPiece("text", out[0].raw.lstrip(" "))
    if out and not out[-1].id:
        out[-1] = MarkedPiece("text", out[-1].raw.rstrip(" "))
    return merged(out)


def tidied(
    source: Sequence[MarkedPiece], pieces: Sequence[MarkedPiece], *, spaced: str = ""
) -> tuple[list[MarkedPiece], list[str]]:
    """The pieces of a reply with the engine's blanks put right, and what was done, in words for the report.

    Blanks that the source has too are never touched, so a reply that is the source stays the source.

    Args:
        source: the pieces that were sent.
        pieces: the pieces that came back, adjacent texts joined.
        spaced: punctuation that keeps a blank before it in the target language.
    """
    repairs: list[str] = []
    single = [single_blanks(p) for p in pieces]
    if any(a is not b and len(a.raw) != len(b.raw) for a, b in zip(pieces, single, strict=True)):
        repairs.append("blanks collapsed")
    sides = _blank_sides(source)
    hoisted = _hoisted(single, sides)
    if hoisted is not single:
        repairs.append("blanks moved out of marks")
    asked = "".join(p.raw for p in source)
    trimmed = [p if p.id else _trimmed(source, hoisted, i, sides, spaced, asked) for i, p in enumerate(hoisted)]
    if trimmed != hoisted:
        repairs.append("blanks beside marks removed")
    apart = list(_apart(trimmed, sides))
    if len(apart) > len(trimmed):
        repairs.append("blanks before roles put back")
    return stripped(merged(apart)), repairs


def _apart(pieces: Sequence[MarkedPiece], sides: frozenset[Side]) -> Iterator[MarkedPiece]:
    """The pieces with a blank before each role that the source has one before: reStructuredText reads no role that
    follows a letter or other markup (its rules for where inline markup may start), and engines for languages without
    blanks leave it out.
    """
    left: MarkedPiece | None = None
    for piece in pieces:
        needs = piece.type == "span" and _ROLE.match(piece.raw) and (piece.id, "span", -1) in sides
        if needs and left is not None and (left.type in ("span", "close") if left.id else left.raw[-1:].isalnum()):
            yield MarkedPiece("text", " ")
        yield piece
        left = piece


def _blank_sides(pieces: Sequence[MarkedPiece]) -> frozenset[Side]:
    """The sides of marks on which there is a blank."""
    out = set()
    for left, right in pairwise(pieces):
        if left.id and not right.id and right.raw.startswith(" "):
            out.add((left.id, left.type, 1))
        if right.id and not left.id and left.raw.endswith(" "):
            out.add((right.id, right.type, -1))
    return frozenset(out)


def _hoisted(pieces: list[MarkedPiece], sides: frozenset[Side]) -> list[MarkedPiece]:
    """Blanks at the inner edges of a pair put outside, where the source has none: `* x*` would be no emphasis."""
    if not any(_is_inside(left, right, sides) for left, right in pairwise(pieces)):
        return pieces
    out = list(pieces)
    i = 1
    while i < len(out):
        left, right = out[i - 1], out[i]
        if left.type == "open" and _is_inside(left, right, sides):
            out[i - 1 : i + 1] = [MarkedPiece("text", " "), left, *_text(right.raw[1:])]
            i = max(1, i - 1)  # the blank may now stand at the inner edge of another pair
        else:
            i += 1
    i = len(out) - 1
    while i > 0:
        left, right = out[i - 1], out[i]
        if right.type == "close" and _is_inside(left, right, sides):
            out[i - 1 : i + 1] = [*_text(left.raw[:-1]), right, MarkedPiece("text", " ")]
            i = min(len(out) - 1, i + 2)
        else:
            i -= 1
    return [single_blanks(p) for p in merged(out)]


def _text(raw: str) -> list[MarkedPiece]:
    return [MarkedPiece("text", raw)] if raw else []


def _is_inside(left: MarkedPiece, right: MarkedPiece, sides: frozenset[Side]) -> bool:
    """Whether a blank stands at the inner edge of a pair, where the source has none."""
    if left.type == "open":
        return not right.id and right.raw.startswith(" ") and (left.id, "open", 1) not in sides
    return right.type == "close" and not left.id and left.raw.endswith(" ") and (right.id, "close", -1) not in sides


def _trimmed(
    source: Sequence[MarkedPiece], pieces: Sequence[MarkedPiece], i: int, sides: frozenset[Side], spaced: str, text: str
) -> MarkedPiece:
    """The i-th piece, which is text, without the blanks that the engine put beside the marks around it.

    Args:
        text: the source as one text.
    """
    piece = pieces[i]
    left = pieces[i - 1] if i else None
    right = pieces[i + 1] if i + 1 < len(pieces) else None
    raw = piece.raw
    if left is not None and right is not None and (whole := _as_in_source(source, left, raw, right)) is not None:
        return MarkedPiece("text", whole)
    if raw == " ":
        return piece
    if left is not None and raw.startswith(" "):
        added = (left.id, left.type, 1) not in sides and _leans_left(raw[1:], spaced)
        if added or (_is_wide(raw[1]) and raw[:2] not in text):
            raw = raw[1:]
    if right is not None and raw.endswith(" "):
        added = (right.id, right.type, -1) not in sides and _leans_right(raw[:-1])
        if added or (_is_wide(raw[-2]) and raw[-2:] not in text):
            raw = raw[:-1]
    return MarkedPiece("text", raw)


def _as_in_source(source: Sequence[MarkedPiece], left: MarkedPiece, raw: str, right: MarkedPiece) -> str | None:
    """What stands between two marks, if it is a sign without letters that the source has between marks with fewer
    blanks (`a / b` for `a/b`), or nothing where the source has nothing; None when it is something else.
    """
    core = raw.strip(" ")
    if not core:
        touching = ((a.id, a.type, b.id, b.type) for a, b in pairwise(source))
        return "" if (left.id, left.type, right.id, right.type) in touching else None
    if any(c.isalnum() for c in core):
        return None
    forms = {p.raw for p in source if not p.id and p.raw.strip(" ") == core}
    form = forms.pop() if len(forms) == 1 else ""
    return form if form and form in raw and form != raw else None


def _is_wide(c: str) -> bool:
    """Punctuation that brings its own blank: full-width and CJK."""
    return unicodedata.east_asian_width(c) in "WF" and unicodedata.category(c)[0] == "P"


def _leans_left(text: str, spaced: str) -> bool:
    """Whether `text` starts with punctuation that stands close to what is before it."""
    c = text[0]
    if c in spaced:
        return False
    ending = (unicodedata.category(c) == "Pd" or c in "'’") and text[1:2].isalpha()  # `$i$'s`, `$n$-th`
    return ending or c in ",.;:?!%…" or unicodedata.category(c) == "Pe" or _is_wide(c)


def _leans_right(text: str) -> bool:
    """Whether `text` ends with a character that stands close to what follows: a bracket, a hyphen."""
    c = text[-1]
    hyphen = unicodedata.category(c) == "Pd" and text[-2:-1].isalnum()
    return hyphen or unicodedata.category(c) in ("Ps", "Pi") or _is_wide(c)
