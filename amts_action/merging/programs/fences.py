"""The block of a program taken apart: opening line, options, body, closing line, and what stands before each line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from amts_action.merging.programs.languages import language_of

__all__ = ["Fenced", "is_fenced", "opens_directive", "taken_apart"]

_OPENING = re.compile(r"((?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*)(`{3,}|~{3,}|:{3,})([^\n]*)")
_DIRECTIVE = re.compile(r"[ \t]*(?:\{[A-Za-z]|toc\b|eval_rst\b)")
_OPTION = re.compile(r"[ \t]*:[A-Za-z][\w-]*:(?:[ \t].*)?")

_INDENTATION = re.compile(r"(?: {0,3}> )*[ \t]*")


@dataclass(frozen=True, slots=True)
class Fenced:
    """A block of code or an opaque directive. Without a fence (indented code) `mark` is empty."""

    margin: str
    """What stands before the opening fence in its line: indentation, quote marks, a bullet."""
    rest_margin: str
    """The same for every other line."""
    mark: str
    info: str
    options: tuple[str, ...]
    """The lines of options, `---` lines and all, without `option_mark`."""
    body: str
    closing: str
    """The closing fence; empty when the block has none."""
    is_empty: bool = False
    """No line at all stands between options and closing fence."""
    option_mark: str = ""
    """What every line of options starts with where they are remarks of the program, as in Quarto: `#| `."""

    @property
    def language(self) -> str:
        """The language that the info string names."""
        return language_of(self.info)

    @property
    def directive(self) -> str:
        """The name of the directive; empty for a plain fence."""
        m = re.match(r"\{([A-Za-z][\w:+.-]*)\}", self.info.strip())
        return m.group(1) if m else ""

    def written(self, opening: str, options: str, body: str) -> str:
        """The block with these parts, in its own margins: `opening` is the info string, `options` end in a newline."""
        lines = [(self.option_mark + x).rstrip() if self.option_mark else x for x in _lines(options)]
        if not self.mark:
            return "\n".join(self._placed(x) for x in [*lines, *body.split("\n")])
        lines += body.split("\n") if body or not self.is_empty else []
        out = [self.margin + self.mark + opening, *(self._placed(x) for x in lines)]
        if self.closing:
            out.append(self._placed(self.closing))
        return "\n".join(out)

    def _placed(self, line: str) -> str:
        return self.rest_margin + line if line else self.rest_margin.rstrip()


def is_fenced(text: str) -> bool:
    """Whether a block as it stands in the file starts with a fence, in a list or a quote too."""
    return _OPENING.match(text) is not None


def opens_directive(text: str) -> bool:
    """Whether it is a directive of MyST, with argument and options, and not a container of another dialect."""
    m = _OPENING.match(text)
    return m is not None and _DIRECTIVE.match(m.group(3)) is not None


def taken_apart(text: str) -> Fenced:
    """The parts of a block of code as it stands in the file, with `\\n` line ends."""
    lines = text.split("\n")
    m = _OPENING.fullmatch(lines[0])
    if m is None:
        filled = [line for line in lines if line.strip()]
        width = min((m.end() for line in filled if (m := _INDENTATION.match(line))), default=0)
        margin = filled[0][:width] if filled else ""
        inner = [line[width:] if line[:width] == margin else line.lstrip(" \t>") for line in lines]
        option_mark, options = _remarked(inner)
        return Fenced(margin, margin, "", "", options, "\n".join(inner[len(options) :]), "", option_mark=option_mark)
    margin, mark, info = m.groups()
    rest_margin = re.sub(r"[^ \t>]", " ", margin)
    inner = [_without(line, rest_margin) for line in lines[1:]]
    closing = ""
    if inner and re.fullmatch(rf"[ \t]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*", inner[-1]):
        closing = inner.pop()
    end = _after_options(inner) if info.strip().startswith("{") else 0
    option_mark, options = ("", tuple(inner[:end])) if end else _remarked(inner)
    end = len(options)
    body = "\n".join(inner[end:])
    return Fenced(margin, rest_margin, mark, info, options, body, closing, end == len(inner), option_mark)


def _lines(options: str) -> list[str]:
    return options.removesuffix("\n").split("\n") if options else []


_REMARKED = re.compile(r"(?:#|//|--|%%)\|[ \t]*")


def _remarked(lines: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The options that a program starts with as remarks (Quarto's `#| key: value`), and what each line starts with."""
    m = _REMARKED.match(lines[0]) if lines else None
    if m is None:
        return "", ()
    mark = m.group()
    found = takewhile(lambda line: line.startswith(mark) or line == mark.rstrip(), lines)
    return mark, tuple(line[len(mark) :] for line in found)


def _without(line: str, margin: str) -> str:
    """The line without its margin, or as much of it as it has."""
    if line.startswith(margin):
        return line[len(margin) :]
    at = 0
    for wanted in margin:
        if at < len(line) and (line[at] == wanted or (wanted in " \t" and line[at] in " \t")):
            at += 1
        elif wanted == ">":
            break
    return line[at:]


def _after_options(lines: list[str]) -> int:
    """Index of the first line after a directive's options: a `---` block, or `:key: value` lines."""
    if lines and lines[0].strip() == "---":
        for n in range(1, len(lines)):
            if lines[n].strip() == "---":
                return n + 1
        return 0
    n = 0
    while n < len(lines) and _OPTION.fullmatch(lines[n]):
        n += 1
    return n
