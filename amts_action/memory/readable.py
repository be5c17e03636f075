"""What a reader would see of inline markdown: the text of parallel data.

Formulas and inline code stay as they are written, link texts and role texts stay, and marks of emphasis, slide marks,
labels, citations, footnote marks, tags and pictures go. A cross-reference (`:numref:`, `{ref}`) and a citation that is
part of the sentence (`{cite:t}`) become `[1]`, `[2]` …, with the same number on both sides.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from amts_action.documents.inline import Token, tokens

__all__ = ["readable", "readable_pair"]

_WIDE = "\u2e80-\u2fff\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef"
_STOP = r",.;:!?)\]。，；：！？）、」』”"
_GONE = "\x00"
"""Stands where something was dropped, until the white space around it is mended."""

_CONTROL = re.compile("[\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")
_EMPTY_BRACKETS = re.compile(rf" ?(?:\( ?{_GONE} ?\)|（ ?{_GONE} ?）)")
_RUN = re.compile(rf"{_GONE}(?: ?[,;，；、]? ?{_GONE})+")
_BEFORE_STOP = re.compile(rf" ?{_GONE} ?(?=[{_STOP}]|\Z)")
_DROPPED = re.compile(rf"(?P<a> ?){_GONE}(?P<b> ?)")
_BROKEN_LINE = re.compile(rf"(?<=[{_WIDE}])[ \t]*[\r\n]\s*(?=[{_WIDE}])")
_BETWEEN_WIDE = re.compile(rf"(?<=[{_WIDE}])\x01(?=[{_WIDE}])")
_BESIDE_NUMBER = re.compile(rf"(?<=[{_WIDE}]) (?=\[\d)|(?<=\d\]) (?=[{_WIDE}])")
_ROLE = re.compile(r"(?:\{(?P<myst>[^}]*)\}|:(?P<rst>[^:`]*):)(?P<ticks>`+)(?P<content>.*?)(?P=ticks)\Z", re.DOTALL)
_INVISIBLE = frozenset({"index", "label", "eqlabel", "nocite", "anchor"})
_SHOWN = frozenset({"term", "abbr", "any", "download"})
_CODE = frozenset({"class", "func", "meth", "mod", "attr", "file", "command", "program", "option", "envvar", "py"})


def readable_pair(source: str, target: str) -> tuple[str, str]:
    """Both sides as a reader sees them, each on one line; equal references have equal numbers."""
    numbers: dict[str, int] = {}
    return readable(source, numbers), readable(target, numbers)


def readable(text: str, numbers: dict[str, int] | None = None) -> str:
    """One side on one line, without control characters.

    Args:
        numbers: number of each reference by its target; new ones are added.
    """
    known = {} if numbers is None else numbers
    seen = "".join(_pieces(tokens(text.replace("\x00", "")), known))
    seen = " ".join(_CONTROL.sub("", _BROKEN_LINE.sub("", seen)).split())
    if _GONE in seen:
        seen = _EMPTY_BRACKETS.sub("", _RUN.sub(_GONE, seen))
        seen = _BEFORE_STOP.sub("", seen)
        seen = _DROPPED.sub(lambda m: "\x01" if m["a"] or m["b"] else "", seen)
        seen = _BETWEEN_WIDE.sub("", seen).replace("\x01", " ")
    return _BESIDE_NUMBER.sub("", " ".join(seen.split())) if known else " ".join(seen.split())


def _pieces(items: tuple[Token, ...], numbers: dict[str, int]) -> Iterator[str]:
    pictures = 0
    for token in items:
        if token.kind == "image" and token.type in ("open", "close"):
            pictures += 1 if token.type == "open" else -1
            if not pictures:
                yield _GONE
        elif pictures:
            continue
        elif token.type == "text":
            yield token.raw
        elif token.type == "span":
            yield _span(token, numbers)


def _span(token: Token, numbers: dict[str, int]) -> str:
    raw = token.raw
    if token.kind in ("code", "math", "substitution"):
        return re.sub(r"\s*\n\s*", " ", raw)
    if token.kind == "escape":
        return _character(raw)
    if token.kind == "url":
        return raw.strip("<>")
    if token.kind == "html":
        return " " if re.match(r"</?(?:br|p|div|li|tr|td|th)\b", raw, re.IGNORECASE) else _GONE
    if token.kind in ("reference", "citation", "role"):
        return _role(raw, numbers)
    return _GONE


def _character(raw: str) -> str:
    """What a backslash escape or an entity stands for."""
    if raw[0] == "\\":
        return " " if raw[1:] == "\n" else raw[1:]
    return html.unescape(raw).replace("\x00", "")


def _role(raw: str, numbers: dict[str, int]) -> str:
    found = _ROLE.match(raw)
    if found is None:
        return _GONE
    name = found["myst"] or found["rst"] or ""
    content = found["content"].strip()
    last = name.rpartition(":")[2]
    if name in _INVISIBLE or (name.startswith(("cite", "footcite")) and not _is_textual(name)):
        return _GONE
    if last in _CODE:
        return f"`{content}`"
    if last in _SHOWN or not (name.startswith(("cite", "footcite")) or _is_reference(name)):
        return content
    return f"[{numbers.setdefault(content, len(numbers) + 1)}]"


def _is_textual(name: str) -> bool:
    """Whether a citation is part of the sentence: "Smith (2020) shows"."""
    return name in ("citet", "cite:t", "cite:ts", "cite:author", "citealt")


def _is_reference(name: str) -> bool:
    return name.rpartition(":")[2] in ("ref", "numref", "eqref", "eq", "doc")
