"""Tables of contents inside pages: d2lbook's ```` ```toc ```` fences and MyST's `{toctree}`, entry by entry."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from amts_action.companions.entry_order import TocResult, is_in_place, moved_labels, place_after

__all__ = ["fences", "merge_toc_fence", "merge_toc_fences"]

_OPEN = re.compile(r"[ \t]*(`{3,}+|~{3,}+|:{3,}+)[ \t]*(\{?[A-Za-z][\w.-]*\}?)?")
_TOC = frozenset({"toc", "{toc}", "{toctree}"})
_OPTION = re.compile(r"[ \t]*:[\w-]+:")
_TITLED = re.compile(r"(.*?)[ \t]*<([^<>]+)>[ \t]*\Z", re.DOTALL)
_SUFFIX = re.compile(r"\.(?:md|ipynb|rst)\Z", re.IGNORECASE)


class _Line(NamedTuple):
    text: str
    """With its line end."""
    key: str
    """The page or address of an entry; empty for any other line."""
    titled: bool = False


def fences(text: str) -> tuple[tuple[int, int], ...]:
    """Spans (start, end) of the table-of-contents fences of a page, whole lines from opening to closing fence.

    A fence within another fence is that one's text and does not count; one that never closes does not either.
    """
    found: list[tuple[int, int]] = []
    mark, start, is_toc = "", 0, False
    for match in re.finditer(r"[^\r\n]*(?:\r\n|\r|\n|\Z)", text):
        line = _OPEN.match(match[0])
        if not line:
            continue
        rest = match[0][line.end() :].strip()
        if not mark:
            if line[1][0] != ":" or line[2] in _TOC:
                mark, start, is_toc = line[1], match.start(), line[2] in _TOC and not rest
        elif line[1].startswith(mark) and not line[2] and not rest:
            if is_toc:
                found.append((start, match.end()))
            mark = ""
    return tuple(found)


def merge_toc_fences(base: str, head: str, target: str, available: Callable[[str], bool]) -> TocResult:
    """`merge_toc_fence` for every fence of three whole pages; the n-th fences correspond. Never raises."""
    pages = [(text, fences(text)) for text in (base, head, target)]
    if len({len(spans) for _, spans in pages}) > 1:
        changed = len(pages[0][1]) != len(pages[1][1])
        why = ("the number of tables of contents on the page differs; merge them by hand",)
        return TocResult(target, flags=why if changed or _bodies(*pages[0]) != _bodies(*pages[1]) else ())
    olds, news, owns = (_bodies(*page) for page in pages)
    triples = zip(olds, news, owns, strict=True)
    results = [merge_toc_fence(old, new, own, available) for old, new, own in triples]
    text, done = "", 0
    for (start, end), result in zip(pages[2][1], results, strict=True):
        text, done = text + target[done:start] + result.text, end
    merged = TocResult(text + target[done:])
    for result in results:
        merged = replace(
            merged,
            added=merged.added + result.added,
            removed=merged.removed + result.removed,
            moved=merged.moved + result.moved,
            flags=merged.flags + result.flags,
        )
    return merged


def merge_toc_fence(base: str, head: str, target: str, available: Callable[[str], bool]) -> TocResult:
    """Make the changes of base → head in the entries of one fence of the translation.

    Args:
        base, head, target: the fence's text, with or without its fence lines: options (`:maxdepth: 2`), blank lines and
            one entry a line, `page` or `Title <page>`.
        available: as for `merge_toc`; asked with the entry's page without suffix. Absolute URLs are not asked about.

    Returns:
        The result. Names are pages without suffix. Options and titles of the target stay; changed options are flagged.
    """
    old, new, lines = _read(base), _read(head), _read(target)
    flags: list[str] = []
    was, now, have = _keys(old), _keys(new), _keys(lines)
    if any(len(set(keys)) < len(keys) for keys in (was, now, have)):
        return TocResult(target, flags=("an entry stands twice in a table of contents; merge it by hand",))
    if _options(old) != _options(new) != _options(lines):
        flags.append("the options of a table of contents changed in the source; change them by hand")
    added, moved = [], []
    pending = set(moved_labels({"": was}, {"": now}))
    for line in [line for line in new if line.key]:
        is_moved = line.key in pending
        pending.discard(line.key)
        order = [key for key in now if key not in pending]
        present = _keys(lines)
        if line.key not in was and line.key not in present:
            if "://" not in line.key and not available(line.key):
                flags.append(f"{line.key} is new in the source: add it when the translation has the page")
                continue
            _insert(lines, _entry(line, lines), place_after(present, order, line.key))
            added.append(line.key)
            flags += [f"{line.key} arrives with its English title: translate it"] if line.titled else []
        elif is_moved and line.key in present and not is_in_place(present, order, line.key):
            entry = next(one for one in lines if one.key == line.key)
            lines.remove(entry)
            _insert(lines, entry, place_after(_keys(lines), order, line.key))
            moved.append(line.key)
    removed = [key for key in was if key not in now and key in have]
    text = "".join(line.text for line in lines if line.key not in removed or not line.key)
    if not target.endswith(("\n", "\r")) and have:
        text = text.removesuffix("\n").removesuffix("\r")
    return TocResult(text, tuple(added), tuple(removed), tuple(moved), tuple(flags))


def _bodies(text: str, spans: tuple[tuple[int, int], ...]) -> list[str]:
    return [text[start:end] for start, end in spans]


def _read(text: str) -> list[_Line]:
    lines: list[_Line] = []
    in_options = False
    for match in re.finditer(r"[^\r\n]*(?:\r\n|\r|\n|\Z)", text):
        line = match[0]
        if not line:
            continue
        dashes = line.strip() == "---"
        form = dashes or in_options or not line.strip() or _OPTION.match(line) or _OPEN.match(line)
        in_options = in_options != dashes
        titled = _TITLED.match(line.strip())
        key = "" if form else (titled[2] if titled else line).strip()
        lines.append(_Line(line, key if "://" in key else _SUFFIX.sub("", key), bool(titled)))
    return lines


def _keys(lines: list[_Line]) -> list[str]:
    return [line.key for line in lines if line.key]


def _options(lines: list[_Line]) -> list[str]:
    return [line.text.strip() for line in lines if _OPTION.match(line.text)]


def _entry(line: _Line, lines: list[_Line]) -> _Line:
    """An entry of head with the indentation and line end of the target's lines."""
    model = next((one.text for one in lines if one.key), next((one.text for one in lines), line.text))
    indent = model[: len(model) - len(model.lstrip(" \t"))]
    end = "\r\n" if any(one.text.endswith("\r\n") for one in lines) else "\n"
    return line._replace(text=indent + line.text.strip() + end)


def _insert(lines: list[_Line], entry: _Line, place: int) -> None:
    """Put an entry before the `place`-th one, or after the last; the line before it gets its line end."""
    spots = [at for at, line in enumerate(lines) if line.key]
    if spots:
        at = spots[place - 1] + 1 if place else spots[0]
    else:
        closing = bool(lines) and len(lines) > 1 and _OPEN.match(lines[-1].text)
        at = len(lines) - 1 if closing else len(lines)
    if at and not lines[at - 1].text.endswith(("\n", "\r")):
        lines[at - 1] = lines[at - 1]._replace(text=lines[at - 1].text + "\n")
    if not entry.text.endswith(("\n", "\r")):
        entry = entry._replace(text=entry.text + "\n")
    lines.insert(at, entry)
