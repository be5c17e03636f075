"""The visible part of a page: its text with code blanked, the directives and the roles in it.

Works for CommonMark, d2lbook and MyST pages and for markdown cells. One pass over lines, one over backtick runs, both
linear in the length of the text however it is nested, so that a hostile page costs no more than a long one. Where a
fence closes follows CommonMark 0.31 (§4.5): the outermost open fence that a closing line fits is the one it closes.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["Directive", "Role", "Visible", "visible"]

OPAQUE = frozenset(
    "code code-block sourcecode code-cell math mermaid eval-rst eval_rst literalinclude include doctest "
    "parsed-literal bibliography toctree tableofcontents contents csv-table download image".split()
)
"""Directives whose body is not markdown; every other name in braces is taken to hold prose."""

_MAX_DEPTH = 100
"""Our own limit on nested fences and list levels; what is deeper is read as if it were not nested."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_QUOTE = re.compile(r" {0,3}> ?")
_MARKER = re.compile(r" *(?:[-*+]|\d{1,9}[.)]) +(?=\S)")
_FENCE = re.compile(r"[ \t]*(`{3,}+|~{3,}+|:{3,}+)([^\r\n]*)")
_NAMED = re.compile(r"[ \t]*\{([A-Za-z][\w:+.-]*)\}(.*)", re.DOTALL)
_OPTION = re.compile(r"[ \t]*:?([A-Za-z][\w-]*):[ \t]*([^\r\n]*)")
_ROLE = re.compile(r"(?:\{([A-Za-z][\w:.+-]*)\}|:([A-Za-z][\w.+-]*(?::[\w.+-]+)*):)\Z")
_RST = re.compile(r"[ \t]*\.\. ([A-Za-z][\w-]*)::[ \t]*([^\r\n]*)")
_CODE_OR_COMMENT = re.compile(r"`++|<!--")


class Directive(NamedTuple):
    """The opening of a directive: backtick or colon fence, or `.. name::` inside an `eval-rst` fence."""

    name: str
    argument: str
    options: tuple[tuple[str, str], ...]
    at: int
    """Offset of its line in the text."""


class Role(NamedTuple):
    """A MyST role (`` {name}`content` ``) or a d2lbook one (`` :name:`content` ``)."""

    name: str
    content: str
    at: int


@dataclass(frozen=True, slots=True)
class Visible:
    """What a reader of the page sees."""

    prose: str
    """The text with code, comments, roles and the fences' own lines replaced by blanks: offsets stay true."""
    directives: tuple[Directive, ...]
    roles: tuple[Role, ...]


class _Fence(NamedTuple):
    mark: str
    quotes: int
    floor: int
    indent: int
    opaque: bool
    rst: bool


@dataclass(slots=True)
class _LineState:
    """State of the walk over lines."""

    fences: list[_Fence] = field(default_factory=list)
    lists: list[int] = field(default_factory=list)
    """Content columns of the open list items."""
    after_blank: bool = True
    in_indented: bool = False
    options: str = ""
    """`""` outside, `":"` among `:key: value` lines, `"---"` inside a YAML option block of the last directive."""
    prose: list[str] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    """Offsets where inline code cannot run across."""
    found: list[tuple[str, str, list[tuple[str, str]], int]] = field(default_factory=list)

    def hide(self, line: str, at: int) -> None:
        """Blank a line that is no prose."""
        body = line.rstrip("\r\n")
        self.prose.append(" " * len(body) + line[len(body) :])
        self.breaks.append(at)

    def show(self, line: str, at: int, offset: int, *, is_break: bool) -> None:
        """Keep a prose line, its quote marks blanked."""
        self.prose.append(" " * offset + line[offset:])
        if is_break:
            self.breaks.append(at)


def visible(text: str) -> Visible:
    """Split a page or markdown cell into what is shown and what is code. Never raises."""
    state = _LineState()
    for match in _LINE.finditer(text):
        if match[0]:
            _read_line(state, match[0], match.start())
    prose, roles = _inline("".join(state.prose), state.breaks)
    directives = tuple(Directive(n, a, tuple(o), at) for n, a, o, at in state.found)
    return Visible(prose, directives, roles)


def _read_line(state: _LineState, line: str, at: int) -> None:
    quotes, offset = _unquote(line, next((f.quotes for f in state.fences if f.opaque), None))
    body = line[offset:]
    blank = not body.strip()
    indent = len(body) - len(body.lstrip(" \t"))
    _leave(state, quotes, indent, blank)
    if state.fences and _closes(state, body, indent):
        state.options = ""
        state.hide(line, at)
    elif state.options and _read_option(state, body, blank) and not blank:
        state.hide(line, at)
    elif state.fences and state.fences[-1].opaque:
        rst = _RST.match(body) if state.fences[-1].rst else None
        if rst:
            state.found.append((rst[1], rst[2].strip(), [], at))
        state.hide(line, at)
    else:
        _read_prose(state, line, at, quotes, offset)


def _read_prose(state: _LineState, line: str, at: int, quotes: int, offset: int) -> None:
    body = line[offset:]
    if not body.strip():
        state.after_blank = True
        state.hide(line, at)
        return
    indent = len(body) - len(body.lstrip(" \t"))
    columns = indent + 3 * body[:indent].count("\t")
    inner = state.lists[-1] if state.lists else 0
    if columns >= inner + 4 and (state.after_blank or state.in_indented):
        state.in_indented = True
        state.hide(line, at)
        return
    state.in_indented = state.after_blank = False
    rest, starts_item = _enter_lists(state, body)
    if _opens(state, rest, quotes, len(body) - len(rest.lstrip(" \t")), at) or body.startswith("%"):
        state.hide(line, at)
    else:
        is_break = starts_item or body.lstrip()[:1] in {"#", "|"}
        state.show(line, at, offset, is_break=is_break)


def _unquote(line: str, limit: int | None) -> tuple[int, int]:
    """How many quote marks (at most `limit`) the line starts with, and the offset after them."""
    count = offset = 0
    while limit is None or count < limit:
        match = _QUOTE.match(line, offset)
        if not match:
            break
        count, offset = count + 1, match.end()
    return count, offset


def _leave(state: _LineState, quotes: int, indent: int, blank: bool) -> None:
    """Close fences and lists whose container has ended before this line."""
    for place, fence in enumerate(state.fences):
        if quotes < fence.quotes or (not blank and indent < fence.floor):
            del state.fences[place:]
            state.options = ""
            break
    if not blank and (state.after_blank or state.fences):
        while state.lists and indent < state.lists[-1]:
            state.lists.pop()


def _closes(state: _LineState, body: str, indent: int) -> bool:
    match = _FENCE.match(body)
    if not match or match[2].strip():
        return False
    for place, fence in enumerate(state.fences):
        same = match[1][0] == fence.mark[0] and len(match[1]) >= len(fence.mark)
        if same and indent <= fence.indent + 3:
            del state.fences[place:]
            state.after_blank = True
            return True
    return False


def _enter_lists(state: _LineState, body: str) -> tuple[str, bool]:
    """Follow the list markers at the start of a line; the rest of the line, and whether there was one."""
    offset = 0
    for _ in range(_MAX_DEPTH):
        match = _MARKER.match(body, offset)
        if not match:
            break
        while state.lists and match.end() <= state.lists[-1]:
            state.lists.pop()
        offset = match.end()
        if len(state.lists) < _MAX_DEPTH:
            state.lists.append(offset)
    return body[offset:], offset > 0


def _opens(state: _LineState, rest: str, quotes: int, indent: int, at: int) -> bool:
    """Open the fence that a line starts with; a colon fence keeps its title visible (it may hold roles)."""
    match = _FENCE.match(rest)
    if not match or (match[1][0] == "`" and "`" in match[2]):
        return False
    named = _NAMED.match(match[2])
    if match[1][0] == ":" and not named:
        return not match[2].strip()
    name = named[1] if named else ""
    if named:
        state.found.append((name, named[2].strip(), [], at))
        state.options = ":"
    opaque = not named or name in OPAQUE
    if len(state.fences) < _MAX_DEPTH:
        floor = state.lists[-1] if state.lists and state.lists[-1] <= indent else 0
        rst = name in {"eval-rst", "eval_rst"} or match[2].strip() in {"eval_rst", "eval-rst"}
        state.fences.append(_Fence(match[1], quotes, floor, indent, opaque, rst))
    state.after_blank = True
    return not (match[1][0] == ":" and "`" in match[2])


def _read_option(state: _LineState, body: str, blank: bool) -> bool:
    """Read an option line of the directive just opened; whether the line was one."""
    options = state.found[-1][2]
    dashes = body.strip() == "---"
    if state.options == "---":
        state.options = "" if dashes else "---"
    elif dashes and not options:
        state.options = "---"
        return True
    elif blank or not body.lstrip().startswith(":"):
        state.options = ""
        return False
    match = _OPTION.match(body)
    if match and not dashes:
        options.append((match[1], match[2].strip().strip("'\"")))
    return bool(match) or dashes or state.options == "---"


def _inline(prose: str, breaks: list[int]) -> tuple[str, tuple[Role, ...]]:
    """Blank inline code, roles and HTML comments, left to right (CommonMark §6.1: the first opener wins)."""
    closers = _closers(prose, breaks)
    out: list[str] = []
    roles: list[Role] = []
    done = 0
    no_comment = False
    for match in _CODE_OR_COMMENT.finditer(prose):
        at = match.start()
        if at < done:
            continue
        if match[0] == "<!--":
            end = -1 if no_comment else prose.find("-->", at)
            no_comment = end < 0
            end = end + 3 if end >= 0 else end
        else:
            start = at + _is_escaped(prose, at)
            end = _closer(closers, bisect_right(breaks, at), match.end() - start, match.end())
            if end >= 0:
                roles += _role(prose, start, match.end(), end)
        if end >= 0:
            out += [prose[done:at], re.sub(r"[^\r\n]", " ", prose[at:end])]
            done = end
    return "".join([*out, prose[done:]]), tuple(roles)


def _closers(prose: str, breaks: list[int]) -> dict[tuple[int, int], list[int]]:
    """Starts of the backtick runs by (paragraph, length), ascending."""
    table: dict[tuple[int, int], list[int]] = defaultdict(list)
    for match in re.finditer("`++", prose):
        table[bisect_right(breaks, match.start()), len(match[0])].append(match.start())
    return table


def _closer(table: dict[tuple[int, int], list[int]], paragraph: int, length: int, after: int) -> int:
    """End of the run that closes a span opened before `after`; -1 if there is none."""
    starts = table.get((paragraph, length), ())
    place = bisect_left(starts, after)
    return starts[place] + length if place < len(starts) else -1


def _role(prose: str, start: int, inner: int, end: int) -> list[Role]:
    match = _ROLE.search(prose[max(0, start - 80) : start])
    if not match:
        return []
    return [Role(match[1] or match[2], prose[inner : end - (inner - start)], start)]


def _is_escaped(text: str, at: int) -> int:
    """1 if an odd number of backslashes stands before `at`, else 0."""
    before = at
    while before > 0 and text[before - 1] == "\\":
        before -= 1
    return (at - before) % 2
