"""What a text or remark of a program says, apart from how it is written; and how one is written anew."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from amts_action.merging.english.small_changes import cosmetic_key

__all__ = ["Literal", "fills_alike", "literal", "remark_words", "restyled", "with_holes"]

_LITERAL = re.compile(r"([A-Za-z@$]{0,3})(\"\"\"|'''|\"|'|`)(.*)\2", re.S)
_FIELD = re.compile(r"(%\(\w+\)[-+ #0]*[\d.]*[a-zA-Z]|%[-+#0]*[\d.]*[sdifgexXr]\b|\{\w*(?:[.\[:!][^{}\n]*)?\})")
_MARKS = re.compile(r"^\s*(?:<!--|/\*\*?|\*/|\*|\(\*|#+|//+!?|--\[?\[?|%+|;+|\"{3}|'{3})?\s?|\s*(?:\*/|-->|\*\))?\s*$")


@dataclass(frozen=True, slots=True)
class Literal:
    """One text of a program taken apart."""

    prefix: str
    quote: str
    """Empty for a text without quotes (a scalar of YAML, the words of a diagram)."""
    inner: str
    holes: tuple[tuple[int, int], ...] = ()
    """Spans of code within `inner`."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Text, hole, text, …, text: the holes are at the odd places."""
        out, at = [], 0
        for start, end in self.holes:
            out += [self.inner[at:start], self.inner[start:end]]
            at = end
        return (*out, self.inner[at:])

    @property
    def fields(self) -> tuple[str, ...]:
        """As `parts`, with what is filled in later (`%d`, `{}`, `{name}`) as holes, too."""
        if self.holes or "f" in self.prefix.lower():
            return self.parts
        return tuple(_FIELD.split(self.inner))

    @property
    def says(self) -> tuple[str, ...]:
        """What the text says: two of the same say the same, however they are quoted."""
        return tuple(p if n % 2 == 0 else "".join(p.split()) for n, p in enumerate(self.parts))

    def written(self) -> str:
        """The literal as it stands in a program."""
        return f"{self.prefix}{self.quote}{self.inner}{self.quote}"


@lru_cache(maxsize=4096)
def literal(raw: str, holes: tuple[tuple[int, int], ...] = ()) -> Literal:
    """A text of a program taken apart."""
    m = _LITERAL.fullmatch(raw)
    if m is None or re.search(rf"(?<!\\)(?:\\\\)*{m.group(2)}", m.group(3)):
        return Literal("", "", raw, holes)  # without quotes, or several in a row
    shift = len(m.group(1)) + len(m.group(2))
    return Literal(m.group(1), m.group(2), m.group(3), tuple((a - shift, b - shift) for a, b in holes))


@lru_cache(maxsize=4096)
def remark_words(raw: str) -> str:
    """The words of a remark, without its marks and without what is form only."""
    lines = (_MARKS.sub("", _MARKS.sub("", line)) for line in raw.split("\n"))
    return cosmetic_key(" ".join(" ".join(lines).split()).replace("`", ""))


def restyled(own: Literal, like: Literal) -> str:
    """`own` written with the prefix and quotes of `like` where that changes nothing of what it says."""
    if (own.prefix, own.quote) == (like.prefix, like.quote) or not own.quote or not like.quote:
        return own.written()
    raw = {side: "r" in lit.prefix.lower() for side, lit in (("own", own), ("like", like))}
    fills = {side: "f" in lit.prefix.lower() for side, lit in (("own", own), ("like", like))}
    inner = own.inner
    if (raw["own"] != raw["like"] and "\\" in inner) or (fills["own"] and not fills["like"] and own.holes):
        return own.written()
    if ("b" in own.prefix.lower()) != ("b" in like.prefix.lower()):
        return own.written()
    if fills["like"] and not fills["own"]:
        inner = inner.replace("{", "{{").replace("}", "}}")
    if fills["own"] and not fills["like"]:
        inner = inner.replace("{{", "{").replace("}}", "}")
    if len(like.quote) == 1 and "\n" in inner:
        return own.written()
    if re.search(rf"(?<!\\)(?:\\\\)*{like.quote}", inner) or (like.quote[0] == inner[-1:] and len(like.quote) == 3):
        return own.written()
    return Literal(like.prefix, like.quote, inner).written()


def with_holes(own: Literal, old: Literal, new: Literal) -> Literal | None:
    """`own` with what is filled in as `new` has it, where `old` and `new` say the same around it; None if they do not,
    or `own` does not have the same holes as `old`.

    `{n}` may become `{count}`, and `%d` a hole of an f-string.
    """
    was, now, mine = old.fields, new.fields, list(own.fields)
    if was[::2] != now[::2] or len(was) == 1:
        return None
    becomes: dict[str, str] = {}
    for a, b in zip(was[1::2], now[1::2], strict=True):
        if becomes.setdefault(_bare(a), b) != b:
            if [_bare(x) for x in mine[1::2]] != [_bare(x) for x in was[1::2]]:
                return None
            mine[1::2] = now[1::2]  # the same sign several times: their order tells
            return assembled(new.prefix, own.quote, mine)
    for k in range(1, len(mine), 2):
        if _bare(mine[k]) not in becomes:
            return None
        mine[k] = becomes[_bare(mine[k])]
    return assembled(new.prefix, own.quote, mine)


def fills_alike(one: Literal, other: Literal) -> bool:
    """Whether two texts have as much to be filled in, in the same way."""
    kinds = [sorted("f" if "f" in x.prefix.lower() else part[0] for part in x.fields[1::2]) for x in (one, other)]
    return kinds[0] == kinds[1]


def assembled(prefix: str, quote: str, parts: Sequence[str]) -> Literal:
    """The literal whose `parts` are these."""
    holes, at = [], 0
    for k, part in enumerate(parts):
        if k % 2:
            holes.append((at, at + len(part)))
        at += len(part)
    return Literal(prefix, quote, "".join(parts), tuple(holes))


def _bare(hole: str) -> str:
    return "".join(hole.split())
