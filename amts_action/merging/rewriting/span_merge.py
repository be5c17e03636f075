"""Changes of protected spans made in people's translation without an engine."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from amts_action.documents.anchors import canonical_math
from amts_action.documents.inline import Token, tokens
from amts_action.merging.flags import Flag, flag
from amts_action.merging.small_changes import NUMERAL, Reader, Small, small_changes

__all__ = ["Patched", "patch_math", "patch_spans", "patch_text"]


@dataclass(frozen=True, slots=True)
class Patched:
    """The target's new text, with remarks for the report."""

    text: str
    flags: tuple[Flag, ...] = ()


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
        raw[_canonical(after)] = re.sub(r"\s+", " ", after.raw)
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
        return Patched(target, (flag("already-made"),))
    text = "".join(raw[todo[_canonical(t)]] if _is_protected(t) and _canonical(t) in todo else t.raw for t in own)
    return Patched(text)


def _unmarked(text: str) -> str:
    return "".join(t.raw for t in tokens(text) if t.kind != "slide")


def _marks(text: str) -> int:
    """How many runs of a text stand in slide marks (`[**…**]`)."""
    return sum(t.kind == "slide" and t.type == "open" for t in tokens(text))


def patch_text(
    base: str, head: str, target: str, reader: Reader | None = None, *, is_heading: bool = False
) -> Patched | None:
    """The change from `base` to `head` made in `target`, where nothing but small changes and spans differ.

    Protected spans as `patch_spans` does; marks of slides and emphasis, and the numeral of a heading, where the place
    for them is plain. None when an engine or a person has to see to it.
    """
    small = small_changes(base, head, reader or Reader(head=head), is_heading=is_heading)
    if small is None:
        return None
    done = Patched(target)
    if small.has_other_spans:
        spans = patch_spans(base, head, target)
        if spans is None:
            return None
        done = spans
        if done.text == target:
            done = Patched(target, (flag("already-made"),))
    text = _emphasised(base, head, _slid(base, head, done.text))
    return Patched(_numbered(small, text), done.flags if text == target else ())


def _slid(base: str, head: str, target: str) -> str:
    """The target with the slide marks of the head: around the whole text, or where they went."""
    if _marks(base) == _marks(head) or _marks(target) == _marks(head):
        return target
    if not _marks(head):
        return _unmarked(target)
    found = tokens(head)
    whole = found[0].kind == found[-1].kind == "slide" and _marks(head) == 1
    return f"{found[0].raw}{target}{found[-1].raw}" if whole and not _marks(target) else target


def _emphasised(base: str, head: str, target: str) -> str:
    """The target with the emphasis of the head, where all of it became something else; else as it is."""
    old, new, own = ([len(t.raw) for t in tokens(text) if _is_emphasis(t)] for text in (base, head, target))
    if (
        old == new
        or sorted(own) != sorted(old)
        or len(set(old)) > 1
        or len(set(new)) > 1
        or len(new) not in (0, len(old))
    ):
        return target
    width = new[0] if new else 0
    return "".join(t.raw[0] * width if _is_emphasis(t) else t.raw for t in tokens(target))


def _is_emphasis(token: Token) -> bool:
    return token.type in ("open", "close") and token.kind in ("emphasis", "strong")


def _numbered(small: Small, target: str) -> str:
    """The target with the numeral of the head's heading in the place of the old one, where that stands once."""
    for change in small.changes:
        old = re.compile(rf"(?<![\w.]){re.escape(change.old)}(?![\w]|\.\w)")
        if change.rule == NUMERAL and len(old.findall(target)) == 1:
            target = old.sub(change.new, target)
    return target


_WORDS = re.compile(r"(\\(?:text|textrm|textit|textbf|mbox)\s*\{)([^{}]*)(\})")


def patch_math(base: str, head: str, target: str) -> Patched:
    """The head's equation, with the words that the translator put into it (`\\text{…}`) kept where they still fit.

    An equation that the translator had otherwise changed gives way, and is flagged.
    """
    if "".join(target.split()) == "".join(head.split()):
        return Patched(target, (flag("already-made"),))
    if canonical_math(base) != canonical_math(target):
        return Patched(head, (flag("own-equation"),))
    ours = [m.group(2) for m in _WORDS.finditer(base)]
    theirs = [m.group(2) for m in _WORDS.finditer(target)]
    if len(ours) != len(theirs):
        return Patched(head)
    words = {a: b for a, b in zip(ours, theirs, strict=True) if a != b}
    return Patched(_WORDS.sub(lambda m: m.group(1) + words.get(m.group(2), m.group(2)) + m.group(3), head))
