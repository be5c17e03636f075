"""Rules for markdown-it-py: fenced and indented containers of all dialects, and display equations."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from amts_action.documents.blocks.containers import fence_end, opening
from amts_action.documents.blocks.html_lines import MOST_LINES, is_tag_lines

if TYPE_CHECKING:
    from markdown_it.rules_block import StateBlock

__all__ = ["container_rule", "math_rule", "tag_rule"]

_DIRECTIVE = re.compile(r"(:{3,})[ \t]*(\{[A-Za-z][\w:+.-]*\}.*)")
_STARTS = frozenset({":::", "///", "!!!", "???", "==="})
_INDENT = 4
"""Blanks by which Python-Markdown wants a body indented (its `tab_length`)."""


def container_rule(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """A token `container` over the lines of a container; what opens one is told in `documents.blocks.containers`.

    A fence that nothing closes is none, but for a MyST directive, which then goes to the end, as MyST has it.
    """
    begin = state.bMarks[first] + state.tShift[first]
    if state.src[begin : begin + 3] not in _STARTS or state.sCount[first] - state.blkIndent >= _INDENT:
        return False
    line = state.src[begin : state.eMarks[first]]
    directive = _DIRECTIVE.fullmatch(line.rstrip())
    found = opening(line) if directive is None else None
    mark = directive.group(1) if directive else found.mark if found else ""
    if found is None and directive is None:
        return False
    end = _fence_end(state, first, last, mark) if mark else _indented_end(state, first, last)
    if end is None and directive is None:
        return False
    if silent:
        return True
    token = state.push("container", "", 0)
    token.info = directive.group(2) if directive else found.name if found else ""
    token.markup = mark
    token.map = [first, end if end is not None else last]
    state.line = token.map[1]
    return True


def _fence_end(state: StateBlock, first: int, last: int, mark: str) -> int | None:
    """Number of the line after the closing one; None when no line closes the fence."""

    def text(n: int) -> str | None:
        if n >= last or (state.sCount[n] < state.blkIndent and not state.isEmpty(n)):
            return None
        return state.src[state.bMarks[n] + state.tShift[n] : state.eMarks[n]]

    end = fence_end(text, first, mark)
    return None if end is None else end + 1


def _indented_end(state: StateBlock, first: int, last: int) -> int | None:
    """Number of the line after an indented body; None when the opening line has none."""
    least, end = state.sCount[first] + _INDENT, first + 1
    for n in range(first + 1, last):
        if state.isEmpty(n):
            continue
        if state.sCount[n] < least:
            break
        end = n + 1
    return end if end > first + 1 else None


def tag_rule(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """A tag that goes over several lines, as components with many attributes do: a block of HTML of just these lines.

    To CommonMark it is a paragraph, and a quotation where the last line is the closing `>`.
    """
    begin = state.bMarks[first] + state.tShift[first]
    if silent or not state.src.startswith("<", begin) or ">" in state.src[begin : state.eMarks[first]]:
        return False
    if state.sCount[first] - state.blkIndent >= _INDENT:
        return False
    lines = [state.src[state.bMarks[n] : state.eMarks[n]] for n in range(first, min(last, first + MOST_LINES))]
    count = is_tag_lines(lines, 0)
    if count < 2:
        return False
    token = state.push("html_block", "", 0)
    token.map = [first, first + count]
    token.content = "\n".join(lines[:count])
    state.line = first + count
    return True


def math_rule() -> Callable[[StateBlock, int, int, bool], bool]:
    """dollarmath's rule for display equations, made fit to interrupt a paragraph, as equations do in real books.

    The plug-in's own rule ignores `silent`, with which markdown-it-py asks whether a paragraph ends here.
    """
    from mdit_py_plugins.dollarmath.index import math_block_dollar

    rule = math_block_dollar(True, None, True)

    def interrupting(state: StateBlock, first: int, last: int, silent: bool) -> bool:
        line, count = state.line, len(state.tokens)
        found = bool(rule(state, first, last, silent))
        if silent:
            state.line = line
            del state.tokens[count:]
        return found

    return interrupting
