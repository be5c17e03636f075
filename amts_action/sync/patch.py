"""Changes of protected spans made in people's translation without an engine."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from amts_action.documents.features import canonical_math
from amts_action.documents.inline import Token, tokens

__all__ = ["ALREADY", "Patched", "patch_math", "patch_spans"]

ALREADY = "already made in the translation"
"""Flag of a change that the translator has made before us."""


@dataclass(frozen=True, slots=True)
class Patched:
    """The target's new text, with remarks for the report."""

    text: str
    flags: tuple[str, ...] = ()


def _is_protected(token: Token) -> bool:
    return token.type == "span" or (token.type == "close" and token.kind in ("link", "image", "role"))


def _canonical(token: Token) -> tuple[str, str]:
    return token.kind, re.sub(r"\s+", "", token.raw)


def patch_spans(base: str, head: str, target: str) -> Patched | None:
    """`target` with the protected spans that differ between `base` and `head` replaced in the same way.

    `base` and `head` must have the same words around the same number of spans. None when the target does not show
    plainly which of its spans are meant: a span that is not there as often as in the base, or one of several equal
    ones.
    """
    old = [t for t in tokens(base) if _is_protected(t)]
    new = [t for t in tokens(head) if _is_protected(t)]
    if len(old) != len(new):
        return None
    becomes: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    raw: dict[tuple[str, str], str] = {}
    for before, after in zip(old, new, strict=True):
        becomes[_canonical(before)].add(_canonical(after))
        raw[_canonical(after)] = " ".join(after.raw.split())
    changed = {a: next(iter(bs)) for a, bs in becomes.items() if bs != {a}}
    if any(len(becomes[a]) > 1 for a in changed):
        return None
    own = tokens(target)
    held = {_canonical(t) for t in own if _is_protected(t)}
    todo = {a: b for a, b in changed.items() if a in held}
    for a, b in changed.items():
        if a not in held and b not in held:
            return None
    if not todo:
        return Patched(target, (ALREADY,))
    text = "".join(raw[todo[_canonical(t)]] if _is_protected(t) and _canonical(t) in todo else t.raw for t in own)
    return Patched(text)


_WORDS = re.compile(r"(\\(?:text|textrm|textit|textbf|mbox)\s*\{)([^{}]*)(\})")


def patch_math(base: str, head: str, target: str) -> Patched:
    """The head's equation, with the words that the translator put into it (`\\text{…}`) kept where they still fit.

    An equation that the translator had otherwise changed gives way, and is flagged.
    """
    if "".join(target.split()) == "".join(head.split()):
        return Patched(target, (ALREADY,))
    if canonical_math(base) != canonical_math(target):
        return Patched(head, ("the translation's equation differed from the old English one",))
    ours = [m.group(2) for m in _WORDS.finditer(base)]
    theirs = [m.group(2) for m in _WORDS.finditer(target)]
    if len(ours) != len(theirs):
        return Patched(head)
    words = {a: b for a, b in zip(ours, theirs, strict=True) if a != b}
    return Patched(_WORDS.sub(lambda m: m.group(1) + words.get(m.group(2), m.group(2)) + m.group(3), head))
