"""Where things stand in a JSON text, and new pieces in that text's own style.

Python's `json` tells what a text means but not where; this module walks only the levels that a caller asks for and lets
the C decoder of the standard library skip every value below. Nothing here recurses by itself: nesting is
bounded by the decoder, which raises `RecursionError`. As in `json`, `NaN` is accepted, control characters in strings
are not, and of duplicate keys the caller should take the last.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

from amts_action.documents.model import Span

__all__ = [
    "Member",
    "NewItem",
    "Shape",
    "decode",
    "edit_object",
    "encode",
    "ends_document",
    "escapes_non_ascii",
    "read_array",
    "read_object",
    "rebuild_array",
    "shape_of",
    "skip_space",
    "split_lines",
    "with_lines",
]

Reader = Callable[[Any, int], tuple[Any, int]]
"""Reads the value that starts at an offset, given its key or index: the value and the offset behind it."""

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r]*")
_PLAIN_KEY = re.compile(r'"([^"\\\x00-\x1f]*)"[ \t\n\r]*:[ \t\n\r]*')
_MARK = re.compile(r"[ \t\n\r]*([,\]}])[ \t\n\r]*")
_NEWLINE = re.compile(r"\r\n|\n|\r")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_RAW_LINE = re.compile(r"(?:[^\\]++|\\(?!n|u000[aA]).)*+(?:\\n|\\u000[aA])|.+")


class Member(NamedTuple):
    """One member of an object, or one item of an array (whose key is its index)."""

    key: Any
    key_span: Span
    """The key with its quotes; empty, before the value, for an item of an array."""
    span: Span
    """The value."""
    value: Any


def skip_space(text: str, at: int) -> int:
    """The offset of the first character at or after `at` that is not JSON white space."""
    return at if (match := _SPACE.match(text, at)) is None else match.end()


def decode(text: str, at: int) -> tuple[Any, int]:
    """The JSON value that starts at `at`, and the offset behind it.

    Raises `json.JSONDecodeError` (or `ValueError` for a number of absurd length) and `RecursionError`.
    """
    return _DECODER.raw_decode(text, at)


def read_object(text: str, at: int, read: Reader | None = None) -> tuple[list[Member], int]:
    """The members of the object that starts at `at`, in order, duplicates included, and the offset behind it.

    `read` reads each value; by default it is decoded whole.
    """
    return _read(text, at, "{}", read)


def read_array(text: str, at: int, read: Reader | None = None) -> tuple[list[Member], int]:
    """The items of the array that starts at `at`, and the offset behind it; see `read_object`."""
    return _read(text, at, "[]", read)


def _read(text: str, at: int, brackets: str, read: Reader | None) -> tuple[list[Member], int]:
    opening, closing = brackets[0], brackets[1]
    _expect(text, at, opening)
    out: list[Member] = []
    at = skip_space(text, at + 1)
    if text.startswith(closing, at):
        return out, at + 1
    while True:
        key, key_span, start = _key(text, at) if opening == "{" else (len(out), Span(at, at), at)
        value, end = read(key, start) if read else decode(text, start)
        out.append(Member(key, key_span, Span(start, end), value))
        mark = _MARK.match(text, end)
        if mark is not None and mark[1] == closing:
            return out, mark.end(1)
        if mark is None or mark[1] != ",":
            raise json.JSONDecodeError(f"Expecting ',' or {closing!r}", text, skip_space(text, end))
        at = mark.end()


def _key(text: str, at: int) -> tuple[str, Span, int]:
    """The key that starts at `at`, its span and the offset of its value."""
    if match := _PLAIN_KEY.match(text, at):
        return match[1], Span(at, match.end(1) + 1), match.end()
    _expect(text, at, '"')
    key, end = decode(text, at)
    colon = skip_space(text, end)
    _expect(text, colon, ":")
    return key, Span(at, end), skip_space(text, colon + 1)


def _expect(text: str, at: int, mark: str) -> None:
    if not text.startswith(mark, at):
        raise json.JSONDecodeError(f"Expecting {mark!r}", text, at)


def ends_document(text: str, at: int) -> None:
    """Raise `json.JSONDecodeError` if anything but white space stands at or behind `at`."""
    if (end := skip_space(text, at)) != len(text):
        raise json.JSONDecodeError("Extra data", text, end)


def escapes_non_ascii(text: str) -> bool:
    """Whether the writer of a JSON text writes `é` as `\\u00e9`.

    A text without evidence either way counts as one that does not, which is how Jupyter writes. Escapes of characters
    that cannot be printed are no evidence: many writers escape those alone.
    """
    if "\\u" not in text or not text.removeprefix("\ufeff").isascii():
        return False
    codes = (int(match[1], 16) for match in _ESCAPE.finditer(text) if match[1])
    return any(code > 0x7F and (chr(code).isprintable() or 0xD800 <= code < 0xE000) for code in codes)


def encode(value: str, *, ascii_only: bool) -> str:
    """`value` as a JSON string. Lone surrogates are always escaped, or the text could not be written as UTF-8."""
    return _escape_surrogates(json.dumps(value, ensure_ascii=ascii_only))


def _escape_surrogates(text: str) -> str:
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


@dataclass(frozen=True, slots=True)
class Shape:
    """How an object is laid out, so that another can be laid out like it."""

    newline: str
    """Line terminator between its members; empty when they share a line."""
    base: str
    """Indentation of its closing brace."""
    unit: str
    """What each level adds to the indentation."""
    comma: str
    """The comma between members with the blanks around it, without the line terminator."""
    colon: str
    """The colon between key and value with the blanks around it."""

    def break_at(self, depth: int) -> str:
        """The line break and indentation before something `depth` levels inside the object; empty on one line."""
        return self.newline + self.base + self.unit * depth if self.newline else ""

    def deeper(self, levels: int) -> Shape:
        """The shape of an object that is `levels` levels inside this one; -1 for the one that it is in."""
        base = self.base + self.unit * levels if levels >= 0 else self.base.removesuffix(self.unit)
        return replace(self, base=base)

    def dump(self, value: Any, *, ascii_only: bool) -> str:
        """`value` as JSON in this shape. Raises `RecursionError` when it is nested too deeply."""
        indent = self.unit if self.newline else None
        text = json.dumps(value, ensure_ascii=ascii_only, indent=indent, separators=(self.comma, self.colon))
        if self.newline:
            text = text.replace("\n", self.newline + self.base)
        return _escape_surrogates(text)


def shape_of(text: str, span: Span, members: Sequence[Member]) -> Shape:
    """The shape of the object at `span`, whose members (two or more) `read_object` gave."""
    first, second = members[0], members[1]
    opening = text[span.start + 1 : first.key_span.start]
    between = text[first.span.end : second.key_span.start]
    colon = text[first.key_span.end : first.span.start]
    newline = _NEWLINE.search(opening)
    if newline is None:
        return Shape("", "", "", between, colon)
    closing = text[members[-1].span.end : span.end - 1]
    base = _indentation(closing) if _NEWLINE.search(closing) else ""
    comma = _NEWLINE.split(between)[0]
    return Shape(newline[0], base, _indentation(opening).removeprefix(base), comma if "," in comma else ",", colon)


def _indentation(space: str) -> str:
    return _NEWLINE.split(space)[-1]


class NewItem(NamedTuple):
    """An item of an array that is to be written."""

    text: str
    old: int | None = None
    """Its index in the array as it was; None for a new item."""


def rebuild_array(
    text: str, span: Span, items: Sequence[Span], pieces: Sequence[NewItem], owner: Shape, *, brackets: str = "[]"
) -> str:
    """The array (or object) of `text` at `span`, whose items are at `items`, with `pieces` for items and its brackets.

    Two items that were neighbours keep what stood between them; other pairs get what most pairs of the array have.
    `owner`, the shape of the object whose member the array is, decides only what the array itself does not show.
    """
    if not pieces:
        return brackets if items else span.of(text)
    gaps = [text[before.end : after.start] for before, after in pairwise(items)]
    lead = text[span.start + 1 : items[0].start] if items else owner.break_at(2)
    tail = text[items[-1].end : span.end - 1] if items else owner.break_at(1)
    usual = Counter(gaps).most_common(1)[0][0] if gaps else _separator(lead, owner)
    out = [brackets[0], lead, pieces[0].text]
    for before, piece in pairwise(pieces):
        adjacent = before.old is not None and piece.old == before.old + 1
        out += [gaps[before.old or 0] if adjacent else usual, piece.text]
    return "".join([*out, tail, brackets[1]])


def edit_object(text: str, span: Span, changes: Mapping[str, str | None], owner: Shape) -> str:
    """The object of `text` at `span` with other values for some keys, as JSON texts; None takes a key out.

    Nothing else changes, bytes of other members included. New keys go where the alphabet puts them, or to the end when
    the others are in another order. `owner` is as in `rebuild_array`.
    """
    members, _ = read_object(text, span.start)
    colon = text[members[0].key_span.end : members[0].span.start] if members else owner.colon
    last = {member.key: k for k, member in enumerate(members)}
    pieces: list[tuple[str, NewItem]] = []
    for k, member in enumerate(members):
        if member.key not in changes or (k != last[member.key] and changes[member.key] is not None):
            pieces.append((member.key, NewItem(text[member.key_span.start : member.span.end], k)))
        elif (new := changes[member.key]) is not None:
            pieces.append((member.key, NewItem(text[member.key_span.start : member.span.start] + new, k)))
    known = [member.key for member in members]
    is_sorted = known == sorted(known)
    for key in changes:
        value = changes[key]
        if value is None or key in known:
            continue
        at = bisect_left([k for k, _ in pieces], key) if is_sorted else len(pieces)
        pieces.insert(at, (key, NewItem(f"{json.dumps(key)}{colon}{value}")))
    items = [Span(member.key_span.start, member.span.end) for member in members]
    return rebuild_array(text, span, items, [piece for _, piece in pieces], owner, brackets="{}")


def _separator(lead: str, owner: Shape) -> str:
    """What to put between the items of an array that shows only what stands before its first."""
    if _NEWLINE.search(lead):
        return (owner.comma if owner.newline else ",") + lead
    return ", " if owner.newline else owner.comma


def split_lines(source: str) -> list[str]:
    """`source` cut behind each `\\n`, and nowhere else; the pieces joined are `source`."""
    return _LINE.findall(source)


def with_lines(text: str, span: Span, source: str, owner: Shape, *, ascii_only: bool) -> str:
    """The JSON value at `span` (a string, or an array of strings to be joined) made to mean `source`.

    The form stays, and lines that were there keep their own escapes. `owner` is as in `rebuild_array`.
    """
    lines = split_lines(source)
    if text[span.start] == "[":
        items = read_array(text, span.start)[0]
        kept = _reused([item.value for item in items], lines)
        pieces = [
            NewItem(encode(line, ascii_only=ascii_only) if old is None else items[old].span.of(text), old)
            for line, old in zip(lines, kept, strict=True)
        ]
        return rebuild_array(text, span, [item.span for item in items], pieces, owner)
    raw = _RAW_LINE.findall(text[span.start + 1 : span.end - 1])
    kept = _reused([json.loads(f'"{line}"') for line in raw], lines)
    new = [
        encode(line, ascii_only=ascii_only)[1:-1] if old is None else raw[old]
        for line, old in zip(lines, kept, strict=True)
    ]
    return '"' + "".join(new) + '"'


def _reused(old: Sequence[str], new: Sequence[str]) -> list[int | None]:
    """For each new line the index of an equal old one, each used at most once; None where there is no such.

    Lines of the common start and end go to themselves, those between to the first equal one that is left:
    linear, where a real diff may be quadratic, and the choice only matters if equal lines are escaped differently.
    """
    short = min(len(old), len(new))
    head = next((i for i in range(short) if old[i] != new[i]), short)
    short -= head
    tail = next((i for i in range(short) if old[-1 - i] != new[-1 - i]), short)
    free: dict[str, list[int]] = {}
    for index in reversed(range(head, len(old) - tail)):
        free.setdefault(old[index], []).append(index)
    middle = [places.pop() if (places := free.get(line)) else None for line in new[head : len(new) - tail]]
    return [*range(head), *middle, *range(len(old) - tail, len(old))]
