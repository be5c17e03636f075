"""Attributes in braces, `{#id .class key="value"}`, in three versions: each by itself, so that people's words stay.

What the English changed comes where the translation has the old English; a value that people have put into their words
stays, and is said when its English changed.
"""

from __future__ import annotations

import re

from amts_action.documents.attributes import LANGUAGE
from amts_action.merging.flags import Flag, flag

__all__ = ["merge_attributes"]

_BRACES = re.compile(r"(\s*\{:?\s*)(.*?)(\s*\}\s*)", re.S)
_ITEM = re.compile(
    r"\s*(?P<item>#[^\s{}]+|\.[^\s{}#.=]+|(?P<key>[\w:@-]+)\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'{}]+)|-(?=\s|\Z))"
)


def merge_attributes(base: str, head: str, own: str) -> tuple[str, tuple[Flag, ...]]:
    """The change from `base` to `head` made in `own`; any of them may be empty."""
    if base == head or own == head:
        return own, ()
    old, new, mine = (_items(text) for text in (base, head, own))
    if old is None or new is None or not mine:
        return (head, ()) if own == base else (own, (flag("attributes-kept", head.strip() or "gone"),))
    flags: list[Flag] = []
    out = []
    for key, raw in mine.items():
        before, after = old.get(key), new.get(key)
        if before == after or raw == after:
            out.append(raw)
        elif raw == before:
            out += [after] if after is not None else []
        else:
            out.append(raw)
            flags.append(flag("attributes-kept", after or f"{key} gone"))
    added = [key for key in new if key not in old and key not in mine]
    out += [new[key] for key in added]
    came = [key for key in new if key in added or (key in mine and mine[key] == old.get(key) != new[key])]
    flags += [flag("title-english", new[key]) for key in came if key.lower() in LANGUAGE]
    if own == base:
        return head, tuple(flags)
    m = _BRACES.fullmatch(own)
    opening, closing = (m.group(1), m.group(3)) if m else ("{", "}")
    return (opening + " ".join(out) + closing if out else ""), tuple(flags)


def _items(text: str) -> dict[str, str] | None:
    """The attributes by what names them, in order; None when they cannot be read."""
    if not text.strip():
        return {}
    m = _BRACES.fullmatch(text)
    if m is None:
        return None
    found: dict[str, str] = {}
    at, inner = 0, m.group(2)
    while at < len(inner):
        item = _ITEM.match(inner, at)
        if item is None:
            return None
        raw = item.group("item")
        key = item.group("key") or ("#" if raw.startswith("#") else raw)
        if key in found:
            return None
        found[key] = raw
        at = item.end()
    return found
