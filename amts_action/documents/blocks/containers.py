"""Containers of all dialects: what opens one, what closes it, what its body is, and where its title stands.

dialect (body)              opens                                      closes                      nests
MyST, Jupyter Book          ``` or ::: with {name} argument            the same fence              by longer fences
d2lbook                     :begin_tab:                                :end_tab:                   no
pandoc, Quarto              ::: name, ::: {.class key="…"}             a bare :::                  by counting
Docusaurus, Starlight       :::name, :::name Title, :::name[Title]     a bare :::                  by longer fences
VitePress                   ::: name Title                             a bare :::                  by either
PyMdown blocks              /// name | Title                           a bare ///                  by longer fences
Python-Markdown, mkdocs     !!! name "Title", ??? name, === "Title"    the end of its indentation  by indentation
GitHub, Obsidian            > [!NOTE] Title                            the end of the quote        by quotes
Hugo, Liquid                a line of {{< name >}} or {% name %}       a line of its own, if any   by counting
HTML, components of MDX     <details>, <Note title="…">                </details>                  by counting

The body is a document in all of them; of a directive `directives` says so, of an element `html_lines.OPAQUE`.
Nothing in the table is a program that is not named as one: a container nobody knows holds prose.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["Opening", "alert_title", "fence_end", "opening", "reads_as_markup", "title_in"]


@dataclass(frozen=True, slots=True)
class Opening:
    """The opening line of a container that is no MyST directive."""

    name: str
    """What tells it from others: its name, or its first class or id."""
    mark: str
    """The run of `:` or `/` that opens it; empty when its body is told by indentation."""
    title: tuple[int, int] | None
    """Range of its title in the line; None when it has none."""


_COLONS = re.compile(r"\s*(:{3,})[ \t]*(?!\{[A-Za-z][\w:+.-]*\})(\S.*?)\s*:*\s*\Z")
_SLASHES = re.compile(r"\s*(/{3,})[ \t]+([A-Za-z][\w-]*)[ \t]*(?:\|[ \t]*(\S.*?))?\s*\Z")
_INDENTED = re.compile(r"\s*(?:!!!|\?\?\?\+?)[ \t]*([A-Za-z][\w -]*?)(?:[ \t]+\"([^\"]*)\")?\s*\Z")
_TAB = re.compile(r"\s*===[!+]{0,2}[ \t]+\"([^\"]+)\"\s*\Z")
_NAME = re.compile(r"\{?\s*[.#]?([\w-]+)")
_BRACKETED = re.compile(r"[\w-]+\[([^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\]")
_TITLE_KEY = re.compile(r"(?:title|label|summary|header|caption|fig-cap)=(?:\"([^\"]*)\"|'([^']*)')")
_ALERT = re.compile(r"\[![A-Za-z]{1,30}\][-+]?[ \t]*")


def opening(line: str) -> Opening | None:
    """What a line opens; None when it is no opening line of a container of this module."""
    start = line.lstrip()[:3]
    if start == ":::":
        return _colons(line)
    if start == "///":
        m = _SLASHES.fullmatch(line)
        return Opening(m.group(2), m.group(1), _filled(line, m.span(3))) if m else None
    if start in ("!!!", "???"):
        m = _INDENTED.fullmatch(line)
        return Opening(m.group(1).split()[0], "", _filled(line, m.span(2))) if m else None
    if start == "===":
        m = _TAB.fullmatch(line)
        return Opening("tab", "", m.span(1)) if m else None
    return None


def _filled(line: str, span: tuple[int, int]) -> tuple[int, int] | None:
    return span if span[0] >= 0 and line[span[0] : span[1]].strip() else None


def _colons(line: str) -> Opening | None:
    m = _COLONS.fullmatch(line)
    if m is None:
        return None
    rest, at = m.group(2), m.start(2)
    name = _NAME.match(rest)
    if name is None:
        return None
    return Opening(name.group(1), m.group(1), _shifted(_colon_title(rest, name.end()), at))


def _shifted(span: tuple[int, int] | None, by: int) -> tuple[int, int] | None:
    return (span[0] + by, span[1] + by) if span else None


def _colon_title(rest: str, after_name: int) -> tuple[int, int] | None:
    """The title in what follows the colons: `name[Title]`, `title="Title"` of attributes, or the words after a name."""
    bracketed = _BRACKETED.match(rest)
    if bracketed:
        return _filled(rest, bracketed.span(1))
    if rest.startswith("{"):
        return title_in(rest)
    words = re.match(r"[\w-]+[ \t]+([^{}\s][^{}]*?)[ \t]*(?:\{[^{}]*\}[ \t]*)?\Z", rest)
    if words and re.search(r"[^\W\d_]", words.group(1)):
        return words.span(1)
    return title_in(rest[after_name:]) and _shifted(title_in(rest[after_name:]), after_name)


def title_in(attributes: str) -> tuple[int, int] | None:
    """Range of the first value in a list of attributes that is a title for readers; None when there is none."""
    m = _TITLE_KEY.search(attributes)
    return None if m is None else _filled(attributes, m.span(1) if m.group(1) is not None else m.span(2))


def alert_title(line: str) -> tuple[int, int] | None:
    """Range of what follows the keyword of an alert (`[!NOTE] Title`), perhaps empty; None for other lines."""
    m = _ALERT.match(line.strip())
    if m is None:
        return None
    lead = len(line) - len(line.lstrip())
    return lead + m.end(), lead + len(line.strip())


def fence_end(lines: Callable[[int], str | None], first: int, mark: str) -> int | None:
    """Index of the line that closes the fence opened with `mark` at line `first`; None when none does.

    A bare fence closes the innermost open one of its own length, or else the innermost when it is longer; what stands
    in a fence of backticks or tildes closes nothing.

    Args:
        lines: the text of a line by its index, None behind the last.
    """
    open_now, code = [len(mark)], ""
    at = first
    while (line := lines(at := at + 1)) is not None:
        text = line.strip()
        if code:
            if text.startswith(code) and not text.strip(code[0]):
                code = ""
            continue
        if text[:3] in ("```", "~~~"):
            code = text[: len(text) - len(text.lstrip(text[0]))]
            continue
        width = len(text) - len(text.lstrip(mark[0]))
        if width < 3:
            continue
        if text.strip(mark[0]):
            open_now.append(width)
        elif width in open_now:
            del open_now[len(open_now) - 1 - open_now[::-1].index(width) :]
        elif width > open_now[-1]:
            open_now.pop()
        if not open_now:
            return at
    return None


_CODE_SIGN = re.compile(
    r"[;{}\\]\s*\Z|\)\s*:?\s*\Z|\A\s*(?:[#@$>{}()\[\]<]|//|--)|[\w\])]\s*(?:=|:=|\+=|->|=>|==|<-|--)\s*\S|\|.*\||\w\(|\t|,\S+,"
)
_FORMULA = re.compile(r"\$[^$]*\$|`[^`]*`|\{[\w:-]+\}`[^`]*`|!?\[[^\[\]]*\]\([^()\s]*\)|<[^<>]*>")
_MARKUP = re.compile(r"\A\s*(?:[-*+>]\s|\d+[.)]\s|#{1,6}\s|`{3}|:{3}|\$\$|!\[|\|.*\|\s*\Z|:?[\w-]+:\s)")
_MOST_CODE = 0.34
"""Share of the lines of a body from which on it is taken for a program or data: below, a sentence or two with an equals
sign are prose. By hand, held by `tests/documents/test_containers.py`."""


def reads_as_markup(lines: Sequence[str]) -> bool:
    """Whether the body of a directive that nobody knows is a document, told by signs that a translation keeps."""
    said = [line for line in lines if line.strip()]
    if not said:
        return False
    signs = [line for line in said if not _MARKUP.match(line) and _CODE_SIGN.search(_FORMULA.sub("X", line))]
    return len(signs) < _MOST_CODE * len(said) and any(re.search(r"[^\W\d_]", line) for line in said)
