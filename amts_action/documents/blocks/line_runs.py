"""What the lines of a paragraph are besides prose: what markdown-it-py knows nothing of begins and ends with a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from amts_action.documents.blocks.containers import alert_title
from amts_action.documents.blocks.html_lines import is_tag_lines
from amts_action.documents.inline import ATTRIBUTES, ENVIRONMENT, tokens
from amts_action.documents.model import Kind

__all__ = ["DESCRIBED", "LABEL", "LINE_OF_BLOCK", "line_runs"]

LABEL = re.compile(r"\s*(?::(?:label|eqlabel|width|height|bibliography):`[^`]*`\s*)+|\s*\([^()\s]+\)=\s*")
_TAB = re.compile(r"\s*:begin_tab:`([^`]*)`\s*")
_TAB_END = re.compile(r"\s*:end_tab:\s*")
_SLIDE = re.compile(r"\s*:(?:begin|end)_slide:(?:`[^`]*`)?\s*")
"""d2lbook's old marks around what goes into slides: they stand beside the text and say nothing to a reader."""
_DEFINITION = re.compile(r"\s{0,3}\[(?!\^)[^\]]+\]:\s*\S.*")
_COMMENT = re.compile(r"\s{0,3}(?:%(?![%\w])|%\s|\+\+\+).*")
_SHORTCODES = re.compile(r"\s*(?:\{\{[<%].*?[%>]\}\}\s*|\{%.*?%\}\s*)+")
_MDX_COMMENT = re.compile(r"\s*\{/\*.*\*/\}\s*")
_MDX_CODE = re.compile(
    r"import\s+(?:[\w{}*,\s$]+\s+from\s+)?['\"][^'\"]+['\"];?\s*|export\s+(?:const|let|default|function|async)\s.*"
)
DESCRIBED = re.compile(r"(?::|\*\[[^\]\n]+\]:)[ \t]+(?=\S)")
"""What stands before a definition, the caption of a table, or what an abbreviation stands for."""
LINE_OF_BLOCK = re.compile(r"\|[ \t]+(?=[^\s|])(?!.*\|\s*\Z)")
_Role = Kind | Literal["prose", "marked", "alert"]


def line_runs(contents: Sequence[str]) -> Iterator[tuple[_Role, int, int, str]]:
    """Splits the lines of a paragraph into (role, first, last, info) runs.

    `marked` is language behind a mark at the start of its first line: a definition, a line of a line block.
    """
    start = i = 0
    unclosed: set[str] = set()
    role: _Role = "prose"
    while i < len(contents):
        found = _line_kind(contents, i, unclosed)
        if found is None:
            i += 1
            continue
        kind, end, info = found
        if i > start:
            yield role, start, i, ""
        role = "prose"
        if kind == "marked":
            role, start, i = "marked", i, i + 1
            continue
        yield kind, i, end, info
        start = i = end
    if len(contents) > start:
        yield role, start, len(contents), ""


def _line_kind(contents: Sequence[str], i: int, unclosed: set[str]) -> tuple[_Role, int, str] | None:
    """Role, end and info of what starts at line `i`; None for prose.

    `unclosed` gathers the environments that no later line closes, so that a text full of them takes linear time.
    """
    line = contents[i]
    first = line.lstrip()[:1]
    look = _LOOKS.get(first)
    return look(contents, i, line, unclosed) if look else None


_Found = tuple[_Role, int, str] | None


def _at_colon(contents: Sequence[str], i: int, line: str, unclosed: set[str]) -> _Found:
    if LABEL.fullmatch(line):
        return "label", i + 1, ""
    if m := _TAB.fullmatch(line):
        return "tab", i + 1, m.group(1)
    if _TAB_END.fullmatch(line):
        return "end", i + 1, ""
    if _SLIDE.fullmatch(line):
        return "comment", i + 1, ""
    if line.startswith(":::"):
        return "directive", i + 1, ""  # a fence that has no other end
    return ("marked", i + 1, "") if DESCRIBED.match(line) else None


def _at_bracket(contents: Sequence[str], i: int, line: str, unclosed: set[str]) -> _Found:
    if i == 0 and alert_title(line) is not None:
        return "alert", i + 1, "alert"
    return ("definition", i + 1, "") if _DEFINITION.fullmatch(line) else None


def _at_parenthesis(contents: Sequence[str], i: int, line: str, unclosed: set[str]) -> _Found:
    named = LABEL.fullmatch(line) or re.fullmatch(r"\s*\([^()]+\)=\s*", line)
    return ("label", i + 1, "") if named else None


def _at_brace(contents: Sequence[str], i: int, line: str, unclosed: set[str]) -> _Found:
    if ATTRIBUTES.fullmatch(line.strip()):
        return "label", i + 1, ""
    if _SHORTCODES.fullmatch(line):
        return "html", i + 1, ""
    return ("comment", i + 1, "") if _MDX_COMMENT.fullmatch(line) else None


def _at_tag(contents: Sequence[str], i: int, line: str, unclosed: set[str]) -> _Found:
    count = is_tag_lines(contents, i)
    return ("html", i + count, "") if count else None


def _at_comment(contents: Sequence[str], i: int, line: str, unclosed: set[str]) -> _Found:
    return ("comment", i + 1, "") if _COMMENT.fullmatch(line) else None


def _at_star(contents: Sequence[str], i: int, line: str, unclosed: set[str]) -> _Found:
    return ("marked", i + 1, "") if DESCRIBED.match(line) else None


def _at_bar(contents: Sequence[str], i: int, line: str, unclosed: set[str]) -> _Found:
    return ("marked", i + 1, "") if LINE_OF_BLOCK.match(line) else None


def _at_word(contents: Sequence[str], i: int, line: str, unclosed: set[str]) -> _Found:
    """Imports and exports of MDX: the first lines of a paragraph, to its end."""
    if i or not _MDX_CODE.fullmatch(line):
        return None
    end = next((j for j, other in enumerate(contents) if not other.startswith("import ")), len(contents))
    return "html", end if line.startswith("import") else len(contents), "mdx"


def _at_backslash(contents: Sequence[str], i: int, line: str, unclosed: set[str]) -> _Found:
    """A formula in TeX's own marks that fills its lines."""
    m = ENVIRONMENT.match(line.lstrip())
    if m is None and not line.lstrip().startswith("\\["):
        return None
    end = rf"\end{{{m.group(1)}}}" if m else "\\]"
    for j in range(i, len(contents)) if end not in unclosed else ():
        if end in contents[j]:
            closes = contents[j].rstrip(" .,;").endswith(end) or m is not None
            return (
                ("math", j + 1, m.group(1) if m else "") if closes and (m or _is_formula(contents[i : j + 1])) else None
            )
    unclosed.add(end)
    return None


def _is_formula(lines: Sequence[str]) -> bool:
    """Whether `\\[ … \\]` is one formula, and not escaped brackets around words."""
    found = tokens("\n".join(lines).strip(" .,;"))
    return len(found) == 1 and found[0].kind == "math"


_LOOKS = {
    ":": _at_colon,
    "[": _at_bracket,
    "(": _at_parenthesis,
    "{": _at_brace,
    "<": _at_tag,
    "%": _at_comment,
    "+": _at_comment,
    "|": _at_bar,
    "*": _at_star,
    "i": _at_word,
    "e": _at_word,
    "\\": _at_backslash,
}
"""By the first character of a line, what it may be besides prose."""
