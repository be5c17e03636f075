"""A text taken apart into what an author can change by itself: words, numbers, stops, marks, protected spans."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from amts_action.documents.inline import Token, tokens

__all__ = ["Atom", "atoms"]


class Atom(NamedTuple):
    kind: str
    """`word number hyphen dash comma quote stop mark span`."""
    text: str
    """What counts of it; two atoms of one kind with the same text are equal."""
    is_first: bool
    """Whether it begins a sentence."""


_PLAIN = re.compile(
    r"(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*)"
    r"|(?P<number>(?:(?<![\w)\]])[-−])?\d+(?:[.,:]\d+)*)"
    r"|(?P<hyphen>(?<=[^\W_])[-‐‑](?=[^\W_]))"
    r"|(?P<dash>-{1,3}|[–—‐‑−])"
    r"|(?P<comma>[,;])"
    r"|(?P<quote>``|''|[\"“”„‟«»‘’‚'`])"
    r"|(?P<stop>…|([^\s\w])\8*|_+)"
)


@lru_cache(maxsize=2_000)
def atoms(text: str) -> tuple[Atom, ...]:
    out: list[Atom] = []
    first = True
    for token in tokens(text):
        for kind, raw in _pieces(token):
            out.append(Atom(kind, raw, first))
            if kind in ("word", "number", "span"):
                first = False
            elif kind == "stop" and raw[-1] in ".!?:…":
                first = True
    return tuple(out)


def _pieces(token: Token) -> Iterator[tuple[str, str]]:
    if token.type == "text":
        for match in _PLAIN.finditer(token.raw):
            kind, raw = match.lastgroup or "stop", match.group()
            yield _normal(kind, raw)
    elif token.kind in ("emphasis", "strong", "slide"):
        yield "mark", "*" * len(token.raw) if token.kind != "slide" else token.raw
    elif token.kind == "escape":
        plain = token.raw.removeprefix("\\")
        if plain.strip() and token.raw not in ("&nbsp;", "~"):
            yield "stop", _ENTITIES.get(token.raw, plain)
    elif token.type == "open":
        yield "mark" if token.kind == "strike" else "span", token.kind
    else:
        yield "span", f"{token.kind} {' '.join(token.raw.split())}"


_ENTITIES = {"&amp;": "&", "&quot;": '"', "&mdash;": "—", "&ndash;": "–"}


def _normal(kind: str, raw: str) -> tuple[str, str]:
    if kind == "word":
        return kind, raw.replace("’", "'")
    if kind == "number":
        return kind, raw.replace("−", "-")
    if kind == "stop":
        return kind, "..." if raw == "…" else raw
    return kind, {"hyphen": "-", "dash": "—", "quote": '"'}.get(kind, raw)
