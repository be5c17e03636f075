"""The `:key: value` lines of a directive as a tree with places."""

from __future__ import annotations

import re

from amts_action.merging.key_values.tree import KeyEntry, Mapping, Scalar, written

__all__ = ["read_lines"]

_OPTION = re.compile(r"([ \t]*:([A-Za-z][\w-]*):[ \t]*)([^\n]*?)([ \t]*\n?)")


def read_lines(text: str) -> Mapping | None:
    """The tree of option lines; None when a line is none, or a key comes twice."""
    entries = []
    before = ""
    for line in text.splitlines(keepends=True):
        m = _OPTION.fullmatch(line)
        if m is None:
            if line.strip():
                return None
            before += line
            continue
        opening, key, value, after = m.groups()
        entries.append(KeyEntry(key, before, opening, Scalar(value, value, "line"), after))
        before = ""
    found = Mapping(tuple(entries), before)
    keys = list(found.keys())
    return found if len(set(keys)) == len(keys) and written(found) == text else None
