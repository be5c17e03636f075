"""Changes of protected spans made in people's translation without an engine."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from amts_action.documents.anchors import TEXT_GROUP, canonical_math
from amts_action.documents.attributes import tags_of
from amts_action.documents.inline import Token, tokens
from amts_action.merging.english.small_changes import NUMERAL, Reader, Small, small_changes
from amts_action.merging.flags import Flag, flag
from amts_action.merging.rewriting.braces import merge_attributes
from amts_action.merging.rewriting.links import merge_end, parse_end
from amts_action.merging.rewriting.tag_merge import merge_tags

__all__ = ["Patched", "patch_math", "patch_spans", "patch_text", "with_formula", "words_of"]


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

    `base` and `head` must have the same words around the same number of spans. Links and pictures are merged part by
    part (`rewriting.links`), also where people have localised them. None when the target does not show plainly which
    of its spans are meant: a span that is not there as often as in the base, or one of several equal ones.
    """
    old = [t for t in tokens(base) if _is_protected(t)]
    new = [t for t in tokens(head) if _is_protected(t)]
    if len(old) != len(new):
        return None
    becomes: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    raw: dict[tuple[str, str], str] = {}
    for before, after in zip(old, new, strict=True):
        becomes[_canonical(before)].add(_canonical(after))
        raw[_canonical(after)] = re.sub(r"\s+", " ", after.raw) if after.kind != "escape" else after.raw
    changed = {a: next(iter(bs)) for a, bs in becomes.items() if bs != {a}}
    if any(len(becomes[a]) > 1 for a in changed):
        return None
    own = tokens(target)
    held = {_canonical(t) for t in own if _is_protected(t)}
    todo = {a: raw[b] for a, b in changed.items() if a in held}
    missing = [a for a, b in changed.items() if a not in held and b not in held]
    flags: list[Flag] = []
    if missing:
        localised = _localised(old, new, own)
        if localised is None or any(a not in localised for a in missing):
            return None
        for a in missing:
            key, text, told = localised[a]
            todo[key] = text
            flags += told
    result = "".join(todo.get(_canonical(t), t.raw) if _is_protected(t) else t.raw for t in own)
    if result == target and not flags:
        return Patched(target, (flag("already-made"),))
    return Patched(result, tuple(flags))


_Key = tuple[str, str]


def _localised(
    old: Sequence[Token], new: Sequence[Token], own: Sequence[Token]
) -> dict[_Key, tuple[_Key, str, tuple[Flag, ...]]] | None:
    """For links, pictures and tags of the base that the target has in its own way: what stands there, what should,
    and flags.

    Links are paired by address, then in order, when as many are left on both sides; None when not. Tags go by name.
    """
    out: dict[_Key, tuple[_Key, str, tuple[Flag, ...]]] = {}
    for kind in ("link", "image", "url"):
        here = [
            (a, b) for a, b in zip(old, new, strict=True) if a.type == b.type != "open" and a.kind == b.kind == kind
        ]
        there = [t for t in own if t.type != "open" and t.kind == kind]
        left, right = _unpaired([a for a, _ in here], there)
        if len(left) != len(right):
            return None
        after = {_canonical(a): b for a, b in here}
        for a, t in _by_address(left, right):
            ends = [parse_end(raw) for raw in (a.raw, after[_canonical(a)].raw, t.raw)]
            if ends[0] is None or ends[1] is None or ends[2] is None:
                return None
            merged, flags = merge_end(ends[0], ends[1], ends[2])
            out[_canonical(a)] = (_canonical(t), merged.raw, flags)
    for kind in ("html", "substitution"):
        pairs = [(a, b) for a, b in zip(old, new, strict=True) if a.kind == b.kind == kind]
        left, right = _unpaired([a for a, _ in pairs], [t for t in own if t.kind == kind])
        after = {_canonical(a): b for a, b in pairs}
        for a, t in zip(left, right, strict=False) if len(left) == len(right) else ():
            if [tag.name for tag in tags_of(a.raw)] == [tag.name for tag in tags_of(t.raw)]:
                out[_canonical(a)] = (_canonical(t), *merge_tags(a.raw, after[_canonical(a)].raw, t.raw))
    return out


def _unpaired(base: Sequence[Token], target: Sequence[Token]) -> tuple[list[Token], list[Token]]:
    """What is left of both sides when equal ones are taken away."""
    free = Counter(_canonical(t) for t in base) & Counter(_canonical(t) for t in target)
    return _without(base, free), _without(target, free)


def _without(items: Sequence[Token], gone: Counter[_Key]) -> list[Token]:
    left, out = Counter(gone), []
    for token in items:
        if left[_canonical(token)]:
            left[_canonical(token)] -= 1
        else:
            out.append(token)
    return out


def _by_address(base: Sequence[Token], target: Sequence[Token]) -> Iterator[tuple[Token, Token]]:
    left, right = list(base), list(target)
    for token in base:
        address = end.address if (end := parse_end(token.raw)) else ""
        same = [t for t in right if (found := parse_end(t.raw)) is not None and found.address == address]
        if len(same) == 1:
            left.remove(token)
            right.remove(same[0])
            yield token, same[0]
    yield from zip(left, right, strict=True)


def words_of(text: str) -> tuple[str, str]:
    """A text and the attributes at its end (`{#id}`), with the blank before them."""
    found = tokens(text)
    if len(found) < 2 or found[-1].kind != "attributes":
        return text, ""
    words = text[: -len(found[-1].raw)]
    return words.rstrip(), words[len(words.rstrip()) :] + found[-1].raw


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
    small = small_changes(words_of(base)[0], words_of(head)[0], reader or Reader(head=head), is_heading=is_heading)
    if small is None:
        return None
    (base, old), (head, new), (target, own) = words_of(base), words_of(head), words_of(target)
    done = _patched(small, base, head, target)
    if done is None or (not own and not new):
        return done
    tail, flags = merge_attributes(old, new, own)
    text = done.text + tail
    kept = tuple(f for f in done.flags if f.code != "already-made")
    return Patched(text, (*kept, *flags) if text != target + own or kept or flags else (flag("already-made"),))


def _patched(small: Small, base: str, head: str, target: str) -> Patched | None:
    done = Patched(target)
    if small.has_other_spans:
        spans = patch_spans(base, head, target)
        if spans is None:
            return None
        done = spans
        if done.text == target:
            done = Patched(target, done.flags or (flag("already-made"),))
    text = _emphasised(base, head, _slid(base, head, done.text))
    flags = done.flags if text == target else tuple(f for f in done.flags if f.code != "already-made")
    return Patched(_numbered(small, text), flags)


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


def patch_math(base: str, head: str, target: str) -> Patched:
    """The head's equation, with the words that the translator put into it (`\\text{…}`) kept where they still fit.

    An equation that the translator had otherwise changed gives way, and is flagged.
    """
    if "".join(target.split()) == "".join(head.split()):
        return Patched(target, (flag("already-made"),))
    if canonical_math(base) != canonical_math(target):
        return Patched(head, (flag("own-equation"),))
    ours = [m.group(2) for m in TEXT_GROUP.finditer(base)]
    theirs = [m.group(2) for m in TEXT_GROUP.finditer(target)]
    if len(ours) != len(theirs):
        return Patched(head, (flag("own-equation"),))
    words = {a: b for a, b in zip(ours, theirs, strict=True) if a != b}
    came = [m.group(2) for m in TEXT_GROUP.finditer(head) if m.group(2) not in ours and len(m.group(2).split()) > 1]
    flags = (flag("text-new", ", ".join(dict.fromkeys(came))),) if words and came else ()
    return Patched(TEXT_GROUP.sub(lambda m: m.group(1) + words.get(m.group(2), m.group(2)) + m.group(3), head), flags)


def with_formula(own: str, old: str, new: str) -> str | None:
    """A paragraph with a display formula drawn into it, that formula exchanged; None where it is not there once."""
    found = tokens(own)
    places = [n for n, t in enumerate(found) if t.kind == "math" and canonical_math(t.raw) == canonical_math(old)]
    if len(places) != 1:
        return None
    inner = new.strip().removeprefix("$$").partition("$$")[0].strip().rstrip(".,;")
    raw = [t.raw for t in found]
    raw[places[0]] = f"$${inner}$$"
    return "".join(raw)
