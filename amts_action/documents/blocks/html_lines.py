"""Lines of HTML and of components: which are tags, which are language, and where in a line the language stands.

CommonMark takes everything from `<details>` to the next empty line for one block of HTML. To a reader it is text with
tags around it: `<summary>Hint</summary>` is a sentence, and a line between two tags is a paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

__all__ = ["MOST_LINES", "LineRun", "holds_opaque", "is_tag_lines", "runs"]

INLINE = frozenset(
    "a abbr b bdi bdo br cite code data del dfn em font i img input ins kbd label map mark q s samp small span strong "
    "sub sup time tt u var wbr".split()
)
"""Elements that stand inside a sentence."""
OPAQUE = "script|style|pre|textarea|svg|math|iframe|object|template|noscript|canvas|video|audio|code|head"
"""Elements whose content is no markup of ours."""
_TAG_BODY = r"(?:\"[^\"]*\"|'[^']*'|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}|[^\"'<>{}])*"
_MASK = re.compile(
    rf"""
    (?P<dead><!--[\s\S]*?(?:-->|\Z)|<[!?][^<>]*>|<!\[CDATA\[[\s\S]*?(?:\]\]>|\Z)|\{{/\*[\s\S]*?\*/\}})
  | (?P<opaque><(?P<name>{OPAQUE})\b{_TAG_BODY}(?<!/)>[\s\S]*?(?:</(?P=name)\s*>|\Z))
  | (?P<tag><(?P<end>/?)(?P<element>[A-Za-z][\w.:-]*)?{_TAG_BODY}>)
    """,
    re.X | re.I,
)
_LONGEST = 200_000
"""Characters of one block of HTML that are looked into; a longer one is data. Our own limit."""


_OPAQUE_START = re.compile(rf"<(?:{OPAQUE})\b", re.I)


def holds_opaque(text: str) -> bool:
    """Whether there is an element in the text whose content is a program or data."""
    return _OPAQUE_START.search(text) is not None


class LineRun(NamedTuple):
    """Some lines that belong together."""

    is_prose: bool
    first: int
    last: int
    """End exclusive."""
    start: int = 0
    """Where the language begins in the first line."""
    end: int = 0
    """Where it ends in the last line."""


def runs(lines: Sequence[str]) -> list[LineRun]:
    """The lines of a block of HTML as runs of tags and of language, in order and without gap."""
    text = "\n".join(lines)
    if len(text) > _LONGEST:
        return [LineRun(False, 0, len(lines))]
    said = list(_language(text))
    out: list[LineRun] = []
    is_open = False
    at = 0
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    for n, line in enumerate(lines):
        inside = []
        while at < len(said) and said[at][0] < starts[n] + len(line):
            inside.append(said[at])
            at += 1
        if at and said[at - 1][1] > starts[n + 1]:
            at -= 1  # goes on in the next line
        core = [(max(a, starts[n]) - starts[n], min(b, starts[n] + len(line)) - starts[n], k) for a, b, k in inside]
        found = _core(line, core)
        if found is None:
            out.append(LineRun(False, n, n + 1))
            is_open = False
            continue
        start, end = found
        if is_open and not line[:start].strip():
            out[-1] = out[-1]._replace(last=n + 1, end=end)
        else:
            out.append(LineRun(True, n, n + 1, start, end))
        is_open = not line[end:].strip()
    return _joined(out)


def _joined(found: Sequence[LineRun]) -> list[LineRun]:
    out: list[LineRun] = []
    for run in found:
        if out and not run.is_prose and not out[-1].is_prose:
            out[-1] = out[-1]._replace(last=run.last)
        else:
            out.append(run)
    return out


def _language(text: str) -> Iterator[tuple[int, int, bool]]:
    """Ranges outside of the tags of blocks and of what is opaque: (start, end, whether it is an inline tag)."""
    at = 0
    for m in _MASK.finditer(text):
        if m.start() > at:
            yield at, m.start(), False
        element = (m.group("element") or "").lower()
        if (m.group("tag") is not None and element in INLINE and m.group("element") == element) or (
            m.group("opaque") is not None and (m.group("name") or "").lower() == "code"
        ):
            yield m.start(), m.end(), True
        at = m.end()
    if at < len(text):
        yield at, len(text), False


def _core(line: str, ranges: Sequence[tuple[int, int, bool]]) -> tuple[int, int] | None:
    """Where the language of a line begins and ends, inline tags beside it included; None when it has none."""
    words = [(a, b) for a, b, is_tag in ranges if not is_tag and re.search(r"[^\W_]", line[a:b])]
    if not words:
        return None
    start, end = words[0][0], words[-1][1]
    for a, b, is_tag in reversed(ranges):
        if b == start and (is_tag or not line[a:b].strip()):
            start = a
    for a, b, is_tag in ranges:
        if a == end and (is_tag or not line[a:b].strip()):
            end = b
    text = line[start:end]
    return start + len(text) - len(text.lstrip()), end - (len(text) - len(text.rstrip()))


_COMPLETE = re.compile(rf"\s*<(?P<end>/?)(?P<element>[A-Za-z][\w.:-]*)?{_TAG_BODY}>")


def is_tag_lines(lines: Sequence[str], first: int) -> int:
    """How many lines from `first` on hold nothing but tags of blocks or components; 0 when the first holds more.

    A tag may go over several lines, as components with many attributes do.
    """
    line = lines[first].lstrip()
    m = re.match(r"</?([A-Za-z][\w.:-]*)|</?>", line)
    if m is None or ((m.group(1) or "").lower() in INLINE and m.group(1) == m.group(1).lower()):
        return 0
    for last in range(first + 1, min(len(lines), first + MOST_LINES) + 1):
        rest = "\n".join(lines[first:last])
        while rest.strip():
            tag = _COMPLETE.match(rest)
            if tag is None:
                break
            rest = rest[tag.end() :]
        if not rest.strip():
            return last - first
        if tag is None and re.match(r"\s*<[^<>]*\Z", rest) is None:
            return 0
    return 0


MOST_LINES = 40
"""Lines that one tag may have; more are no tag (our own limit, against hostile text)."""
