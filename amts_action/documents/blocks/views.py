"""Lines of a file as the parser of blocks sees them, with the places that they were cut from."""

from __future__ import annotations

import re
from dataclasses import dataclass

from amts_action.documents.model import Span

__all__ = ["View", "dedented", "view_of"]

_NEWLINE = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class View:
    """Lines of (a part of) a file without the marks of what encloses them."""

    lines: tuple[str, ...]
    starts: tuple[int, ...]
    """Offset in the file of the first character of each entry of `lines`."""
    margins: tuple[int, ...]
    """Offset in the file of the start of the line that each entry was cut from."""

    @property
    def end(self) -> int:
        """Offset in the file after the last line."""
        return self.starts[-1] + len(self.lines[-1]) if self.lines else 0

    def part(self, first: int, last: int) -> View:
        """Lines `first` to `last`, end exclusive."""
        return View(self.lines[first:last], self.starts[first:last], self.margins[first:last])

    def outer(self, first: int, last: int) -> Span:
        """Span in the file of lines `first` to `last` (end exclusive), blank lines at the end left out."""
        while last > first + 1 and not self.lines[last - 1].strip():
            last -= 1
        return Span(self.margins[first], self.starts[last - 1] + len(self.lines[last - 1]))


def view_of(text: str) -> View:
    """All lines of a text; a mark of the byte order is no part of the first."""
    bom = 1 if text.startswith("\ufeff") else 0
    lines, starts, at = [], [], bom
    for m in _NEWLINE.finditer(text):
        lines.append(text[at : m.start()])
        starts.append(at)
        at = m.end()
    if at < len(text):
        lines.append(text[at:])
        starts.append(at)
    return View(tuple(lines), tuple(starts), tuple(starts))


def dedented(view: View) -> View:
    """The same lines without the marks and indentation that all non-blank ones share."""
    marks = re.compile(r"[ \t>]*")
    widths = [m.end() for line in view.lines if line.strip() and (m := marks.match(line))]
    width = min(widths, default=0)
    if not width:
        return view
    cuts = [min(width, len(line)) for line in view.lines]
    return View(
        tuple(line[cut:] for line, cut in zip(view.lines, cuts, strict=True)),
        tuple(start + cut for start, cut in zip(view.starts, cuts, strict=True)),
        view.margins,
    )
