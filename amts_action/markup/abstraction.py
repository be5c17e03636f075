"""Texts with their numbers and protected spans left open: what makes two sentences the same but for a formula.

`abstract_key` is what such sentences share; `filled` and `mended` put the spans of a new sentence into an old
translation. Pure functions; nothing is guessed: where it is not certain which span is which, the answer is None.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from amts_action.documents.inline import Token, protected, tokens
from amts_action.markup.wire import one_line

__all__ = ["AbstractPart", "abstract_key", "filled", "flat", "mended", "normal", "parts_of", "replaced"]

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WIDE = r"[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]"
_WIDE_BREAK = re.compile(f"(?<={_WIDE})\n(?={_WIDE})")
_PLACES: Mapping[str, str] = {
    kind: chr(0xE000 + i)
    for i, kind in enumerate(
        "number code math reference citation label role link image html footnote url substitution escape "
        "tex attributes emoji keys".split()
    )
}
"""One private-use character for each kind of open place, so that likeness counts it as one character."""

_Item = tuple[str, str]
"""Kind and raw text of a protected span or a number."""


@dataclass(frozen=True, slots=True)
class AbstractPart:
    """A piece of a text: what stays, or an open place."""

    kind: str
    """Kind of an open place; empty for what stays."""
    raw: str


def normal(text: str) -> str:
    """The text with every run of white space as one blank, and none at its ends."""
    return " ".join(text.split())


def flat(text: str) -> str:
    """The text on one line; a line break between two wide characters stands for nothing, not for a blank."""
    return one_line(_WIDE_BREAK.sub("", text))


@lru_cache(maxsize=5_000)
def parts_of(text: str) -> tuple[AbstractPart, ...]:
    """The text cut into what stays and open places; the raw texts concatenate to `text`.

    Kept for a while, as what is sent (`markup.wire`): what a run would cost is asked of every engine.
    """
    out: list[AbstractPart] = []
    for token in tokens(text):
        if token.type == "text":
            at = 0
            for m in _NUMBER.finditer(token.raw):
                out += [AbstractPart("", token.raw[at : m.start()]), AbstractPart("number", m.group())]
                at = m.end()
            out.append(AbstractPart("", token.raw[at:]))
        else:
            out.append(AbstractPart(_place(token), token.raw))
    return tuple(out)


def _place(token: Token) -> str:
    """Which open place a mark is; emphasis and the opening end of a link are none."""
    if token.type == "span" or (token.type == "close" and token.kind in ("link", "image", "role")):
        return token.kind
    return ""


def abstract_key(parts: Sequence[AbstractPart]) -> str:
    """The text with one character for each open place, white space normalised."""
    return normal("".join(_PLACES[part.kind] if part.kind else part.raw for part in parts))


def replaced(old: Sequence[AbstractPart], new: Sequence[AbstractPart], target: Sequence[AbstractPart]) -> str | None:
    """The translation `target` of `old` with the open places of `new`, which has the same key; None: not certain."""
    pairs = zip((p for p in old if p.kind), (p for p in new if p.kind), strict=True)
    return filled(target, [(before, after.raw) for before, after in pairs])


def filled(target: Sequence[AbstractPart], changes: Sequence[tuple[AbstractPart, str]]) -> str | None:
    """The target with the changed places replaced, whatever their order; None when it is not certain which they are.

    A place that changes must occur in the target as often as in the source, and everywhere become the same.
    """
    wanted = Counter(before for before, _ in changes)
    present = Counter(part for part in target if part.kind)
    becomes: dict[AbstractPart, str] = {}
    for before, after in changes:
        if becomes.setdefault(before, after) != after:
            return None
    moved = {before: after for before, after in becomes.items() if before.raw != after}
    if any(present[before] != wanted[before] for before in moved):
        return None
    return "".join(moved.get(part, part.raw) for part in target)


def mended(source: str, target: str, text: str, want: Counter[_Item]) -> str | None:
    """The translation `target` of `source` with the protected spans `want` and the numbers of `text`.

    None unless it has them, or needs at most one span of each kind, or one number, replaced by the one that is missing.
    """
    have = protected(target)
    swaps = _swaps(have - want, want - have)
    numbers = _swaps(_numbers(source) - _numbers(text), _numbers(text) - _numbers(source))
    if swaps is None or numbers is None:
        return None
    raws = {item: part for part in parts_of(text) if part.kind for item in protected(part.raw)}
    changes = [(AbstractPart("number", old[1]), new[1]) for old, new in numbers.items()]
    parts = parts_of(target)
    for part in parts:
        item = next(iter(protected(part.raw)), None) if part.kind else None
        if item is not None and item in swaps:
            after = raws.get(swaps[item])
            if after is None or after.kind != part.kind:
                return None
            changes.append((part, after.raw))
    text_out = filled(parts, changes)
    return text_out if text_out is not None and protected(text_out) == want else None


def _swaps(extra: Counter[_Item], missing: Counter[_Item]) -> dict[_Item, _Item] | None:
    """What must become what, when there is one of a kind at most; None when it is not certain."""
    old = {kind: (kind, raw) for kind, raw in extra}
    new = {kind: (kind, raw) for kind, raw in missing}
    if old.keys() != new.keys() or extra.total() != len(old) or missing.total() != len(new):
        return None
    return {old[kind]: new[kind] for kind in old}


def _numbers(text: str) -> Counter[_Item]:
    return Counter((part.kind, part.raw) for part in parts_of(text) if part.kind == "number")
