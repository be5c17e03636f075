"""The English commit in a page's own front matter, as other projects' readers and scripts look for it.

A key such as `l10n.sourceCommit` is set where the page stands whole at a commit of the English. A page to which
something is owed stands at none, so its commit stays what it was, and `drifted_from_default` says so. All other bytes
of the front matter stay; one that is not understood is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from amts_action.merging.document import Entry, Result
from amts_action.merging.key_values.placing import Form, placed
from amts_action.merging.key_values.tree import KeyEntry, Mapping, Scalar, written
from amts_action.merging.key_values.yaml_spans import read_yaml

__all__ = ["in_front_matter", "with_commit_keys"]

DRIFTED: Final = "drifted_from_default"
"""`true` on a page that the English has left behind; pages that follow it do not have the key (OpenTelemetry)."""
_TRUE = "true"
_HEADER = re.compile(r"\A(\ufeff?---[ \t]*\r?\n)(.*?)^(?=(?:---|\.\.\.)[ \t]*\r?$)", re.S | re.M)
_NUMBER = re.compile(r"\d+(e\d+)?", re.I)
"""A commit id that some reader of YAML takes for a number."""


def with_commit_keys(result: Result, keys: Sequence[str], commit: str) -> Result:
    """The result with the keys in its front matter, and its places where they are then."""
    # What the translators never took is owed to nobody, and leaves a page in part all the same.
    text = in_front_matter(result.text, keys, commit, is_whole=not result.owing)
    if text == result.text:
        return result
    found = _HEADER.match(result.text)
    behind, grown = found.end() if found else 0, len(text) - len(result.text)

    def moved(entry: Entry) -> Entry:
        """The entry after the change, which all lies before `behind`: what is behind moves, the front matter grows."""
        if entry.output is None or entry.output[1] < behind:
            return entry
        start, end = entry.output
        if start >= behind:
            return replace(entry, output=(start + grown, end + grown))
        return replace(entry, output=(start, end + grown), output_text=text[start : end + grown])

    return replace(result, text=text, entries=tuple(map(moved, result.entries)))


def in_front_matter(text: str, keys: Sequence[str], commit: str, *, is_whole: bool) -> str:
    """`text` with the keys in its front matter; a page without one gets one, if there is a commit to name.

    Args:
        keys: of `settings.values.COMMIT_KEYS`.
        is_whole: the page stands at the commit in all its parts.
    """
    found = _HEADER.match(text)
    line_end = "\r\n" if "\r\n" in text[:2000] else "\n"
    tree = read_yaml(found[2]) if found else Mapping(())
    if tree is None or (found is None and text.startswith(("---", "+++", "\ufeff"))):
        return text
    for key in keys:
        if key == DRIFTED:
            tree = _without(tree, key) if is_whole else _set(tree, [key], _TRUE, line_end)
        elif is_whole:
            tree = _set(tree, key.split("."), commit, line_end)
    made = written(tree)
    if found is None and not is_whole:
        return text
    if found is None:
        return f"---{line_end}{made}---{line_end}{line_end}{text}" if made else text
    if read_yaml(made) is None:
        return text
    return text[: found.start(2)] + made + text[found.end(2) :]


def _without(tree: Mapping, key: str) -> Mapping:
    return replace(tree, entries=tuple(e for e in tree.entries if e.key != key))


def _set(tree: Mapping, path: Sequence[str], value: str, line_end: str, indent: str = "") -> Mapping:
    """The tree with a value; what stands in its place and is no mapping or text of one line is left alone."""
    key, *rest = path
    entry = tree.get(key)
    if entry is None:
        made = _entry(key, rest, value, line_end, indent)
        return Mapping((*_closed(tree.entries, line_end), made), tree.rest)
    if rest and isinstance(entry.value, Mapping):
        first = entry.value.entries[0].opening
        deeper = first[: len(first) - len(first.lstrip())]
        changed = replace(entry, value=_set(entry.value, rest, value, line_end, deeper))
    elif not rest and isinstance(entry.value, Scalar) and entry.value.style in ("plain", "single", "double"):
        changed = replace(entry, value=Scalar(_quoted(value, entry.value.style), value))
        if not entry.opening[-1:].isspace():
            changed = replace(changed, opening=f"{entry.opening} ")
    else:
        return tree
    return Mapping(tuple(changed if e is entry else e for e in tree.entries), tree.rest)


def _closed(entries: tuple[KeyEntry, ...], line_end: str) -> tuple[KeyEntry, ...]:
    """The entries, the last of which ends its line."""
    last = entries[-1] if entries else None
    if last is None or last.written().endswith("\n"):
        return entries
    return (*entries[:-1], replace(last, after=last.after + line_end))


def _entry(key: str, rest: Sequence[str], value: str, line_end: str, indent: str) -> KeyEntry:
    if not rest:
        return KeyEntry(key, "", f"{indent}{key}: ", Scalar(_quoted(value, "plain"), value), line_end)
    inner = _entry(rest[0], rest[1:], value, line_end, f"{indent}  ")
    return KeyEntry(key, "", f"{indent}{key}:{line_end}", Mapping((inner,)), "")


def _quoted(value: str, style: str) -> str:
    form = "double" if style == "plain" and _NUMBER.fullmatch(value) else style
    return value if value == _TRUE else placed(value, Form(form))
