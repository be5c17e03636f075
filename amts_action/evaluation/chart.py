"""An evaluation as a picture: bars of BLEU for every article and system, as SVG that needs nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from amts_action.evaluation.model import Evaluation, System, Table
from amts_action.reports.escape import html_text
from amts_action.reports.table import display_width

__all__ = ["as_svg"]

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#000000")
"""Told apart by colour-blind readers too (Okabe & Ito 2008, "Color Universal Design"); the next eight systems have them
as frames."""
BAR, GAP, HEIGHT, HEAD, LEFT = 16, 14, 220, 28, 44
"""Width of a bar, gap between articles, height of a panel's grid, room above it for the heading and the same for
values on bars, and least room at its left, in pixels."""
COLUMN = 8
"""Pixels of a column of text at most: the widest letters of 12 pixels, and half a wide character."""
ROW = 20
"""Pixels of a line of the legend."""
MOST_WIDE = 760
"""Pixels that a legend takes before it goes on in another line, when the bars need no more."""
SLOPE = 0.71
"""Of a name at 45 degrees, the share of its length that it takes across and down."""
METRIC = "BLEU"
"""What the bars show."""
STEP = 20
"""BLEU from one line of the grid to the next."""
COLUMNS = 32
"""Of an article's name; of a longer one the middle is left out, since names of a book often begin alike."""


class _Layout(NamedTuple):
    """Where the parts of a panel are, in pixels."""

    names: tuple[str, ...]
    legend: tuple[tuple[int, int], ...]
    """Place of every system in the legend: pixels from the left of the bars, and line."""
    left: int
    width: int
    top: int
    """Of the grid."""
    height: int


def as_svg(found: Evaluation) -> str:
    """One panel for each direction, each with a group of bars for every article and one for the average."""
    panels = [_layout(one) for one in found.tables]
    width = max((panel.width for panel in panels), default=200)
    height = sum(panel.height for panel in panels)
    out = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" font-family="sans-serif" font-size="12" role="img" '
            f'aria-label="{METRIC} of each article and system">'
        ),
        "<style>text{fill:#222}.grid{stroke:#ccc}.value{font-size:9px}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    above = 0
    for one, panel in zip(found.tables, panels, strict=True):
        out += [f'<g transform="translate(0 {above})">', *_panel(one, panel), "</g>"]
        above += panel.height
    return "\n".join([*out, "</svg>"]) + "\n"


def _layout(one: Table) -> _Layout:
    names = (*_names([row.path for row in one.rows]), "average")
    ends = [SLOPE * COLUMN * display_width(name) for name in names]
    left = max(LEFT, *(int(end - _middle(one, g)) + 4 for g, end in enumerate(ends)))
    bars = len(names) * _step(one)
    widest = max(MOST_WIDE, bars)
    legend, at, line = [], 0, 0
    for room in map(_room, one.systems):
        if at and at + room > widest:
            at, line = 0, line + 1
        legend.append((at, line))
        at += room
    right = max((x + _room(system) for (x, _), system in zip(legend, one.systems, strict=True)), default=0)
    top = HEAD + (line + 1) * ROW + HEAD
    height = top + HEIGHT + 24 + int(max(ends))
    return _Layout(names, tuple(legend), left, left + max(bars, right, 200) + 20, top, height)


def _room(system: System) -> int:
    """That a system takes in the legend."""
    return 30 + COLUMN * display_width(system.name)


def _names(paths: Sequence[str]) -> list[str]:
    """Of the files without folder and suffix; with the folder for an `index`, and where two would be the same."""
    pure = [PurePosixPath(path) for path in paths]
    stems = Counter(path.stem for path in pure)
    names = [
        f"{p.parent.name}/{p.stem}" if p.parent.name and (p.stem == "index" or stems[p.stem] > 1) else p.stem
        for p in pure
    ]
    return [_shortened(name) for name in names]


def _shortened(name: str) -> str:
    if display_width(name) <= COLUMNS:
        return name
    ends = ["", ""]
    letters = list(name)
    while letters:
        side = len(ends[0]) > len(ends[1])
        ends[side] = letters.pop() + ends[1] if side else ends[0] + letters.pop(0)
        if display_width("".join(ends)) >= COLUMNS - 2:
            break
    return "…".join(ends)


def _step(one: Table) -> int:
    return max(len(one.systems) * BAR + GAP, 40)


def _middle(one: Table, g: int) -> float:
    """Where a group's name ends, from the left of the panel's bars."""
    return g * _step(one) + GAP / 2 + len(one.systems) * BAR / 2


def _panel(one: Table, at: _Layout) -> Iterator[str]:
    heading = html_text(f"{METRIC}, {one.source_lang} → {one.target_lang}")
    yield f'<text x="{at.left}" y="20" font-size="15">{heading}</text>'
    for k, (x, line) in enumerate(at.legend):
        y = HEAD + 4 + line * ROW
        yield f'<rect x="{at.left + x}" y="{y}" width="12" height="12" {_colour(k)}/>'
        yield f'<text x="{at.left + x + 17}" y="{y + 10}">{html_text(one.systems[k].name)}</text>'
    groups = [[row.scores[k][METRIC].value for k in range(len(one.systems))] for row in one.rows]
    groups.append([one.average(k, METRIC) for k in range(len(one.systems))])
    most = STEP * max(1, -int(-max(max(values, default=0.0) for values in groups) // STEP))
    for value in range(0, most + 1, STEP):
        y_line = _y(value, most, at)
        right = at.left + len(groups) * _step(one)
        yield f'<line class="grid" x1="{at.left}" x2="{right}" y1="{y_line:.1f}" y2="{y_line:.1f}"/>'
        yield f'<text x="{at.left - 6}" y="{y_line + 4:.1f}" text-anchor="end">{value}</text>'
    for g, values in enumerate(groups):
        yield from _group(one, at, g, values, most)


def _group(one: Table, at: _Layout, g: int, values: Sequence[float], most: int) -> Iterator[str]:
    start = at.left + g * _step(one) + GAP / 2
    for k, value in enumerate(values):
        x, y = start + k * BAR, _y(value, most, at)
        title = html_text(f"{at.names[g]}, {one.systems[k].name}: {value:.1f}")
        yield (
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{BAR - 2}" height="{at.top + HEIGHT - y:.1f}" '
            f"{_colour(k)}><title>{title}</title></rect>"
        )
        yield f'<text class="value" transform="translate({x + 10:.1f} {y - 3:.1f}) rotate(-90)">{value:.1f}</text>'
    x, y = at.left + _middle(one, g), at.top + HEIGHT + 14
    label = html_text(at.names[g])
    yield f'<text transform="translate({x:.1f} {y}) rotate(-45)" text-anchor="end">{label}</text>'


def _y(value: float, most: int, at: _Layout) -> float:
    return at.top + HEIGHT * (1 - value / most)


def _colour(k: int) -> str:
    colour = COLOURS[k % len(COLOURS)]
    if k // len(COLOURS) % 2:
        return f'fill="{colour}" fill-opacity="0.2" stroke="{colour}" stroke-width="2"'
    return f'fill="{colour}"'
