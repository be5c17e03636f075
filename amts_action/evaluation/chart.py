"""An evaluation as a picture: bars of BLEU for every article and system, as SVG that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from amts_action.evaluation.model import Evaluation, Table
from amts_action.evaluation.tables import short_name
from amts_action.reports.escape import html_text
from amts_action.reports.table import cut, display_width

__all__ = ["as_svg"]

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#000000")
"""Told apart by colour-blind readers too (Okabe & Ito 2008, "Color Universal Design")."""
BAR, GAP, HEIGHT, TOP, LEFT = 16, 14, 220, 64, 44
"""Width of a bar, gap between articles, height of a panel, room above it and least room at its left, in pixels."""
COLUMN = 8
"""Pixels of a column of text at most: the widest letters of 12 pixels, and half a wide character."""
SLOPE = 0.71
"""Of a name at 45 degrees, the share of its length that it takes across and down."""
FOOT = 150
"""Room below a panel, for the names of the articles, which stand at an angle."""
METRIC = "BLEU"
"""What the bars show."""
LETTERS = 22
"""Columns of an article's name; the rest is cut."""


def as_svg(found: Evaluation) -> str:
    """One panel for each direction, each with a group of bars for every article and one for the average."""
    left = max((_left(one) for one in found.tables), default=LEFT)
    width = max((_width(one) for one in found.tables), default=0) + left + 20
    panel = TOP + HEIGHT + FOOT
    out = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {panel * len(found.tables)}" '
            f'width="{width}" height="{panel * len(found.tables)}" font-family="sans-serif" font-size="12" role="img" '
            f'aria-label="{METRIC} of each article and system">'
        ),
        "<style>text{fill:#222}.grid{stroke:#ccc}svg{background:#fff}</style>",
    ]
    for n, one in enumerate(found.tables):
        out += [f'<g transform="translate(0 {n * panel})">', *_panel(one, left), "</g>"]
    return "\n".join([*out, "</svg>"]) + "\n"


def _groups(one: Table) -> int:
    return len(one.rows) + 1


def _step(one: Table) -> int:
    return max(len(one.systems) * BAR + GAP, 40)


def _width(one: Table) -> int:
    legend = sum(30 + COLUMN * display_width(system.name) for system in one.systems)
    return max(_groups(one) * _step(one), legend, 200)


def _left(one: Table) -> int:
    """Room at the left, so that no name reaches out of the picture."""
    names = [cut(short_name(row.path), LETTERS) for row in one.rows]
    out = [SLOPE * COLUMN * display_width(name) - _middle(one, g) for g, name in enumerate(names)]
    return max(LEFT, *(int(reach) + 4 for reach in out)) if out else LEFT


def _middle(one: Table, g: int) -> float:
    """Where a group's name ends, from the left of the panel's bars."""
    return g * _step(one) + GAP / 2 + len(one.systems) * BAR / 2


def _panel(one: Table, left: int) -> Iterator[str]:
    heading = html_text(f"{METRIC}, {one.source_lang} → {one.target_lang}")
    yield f'<text x="{left}" y="20" font-size="15">{heading}</text>'
    at = left
    for k, system in enumerate(one.systems):
        yield f'<rect x="{at}" y="32" width="12" height="12" fill="{_colour(k)}"/>'
        yield f'<text x="{at + 17}" y="42">{html_text(system.name)}</text>'
        at += 30 + COLUMN * display_width(system.name)
    top = max([100.0, *(row.scores[k][METRIC].value for row in one.rows for k in range(len(one.systems)))])
    for value in range(0, 101, 20):
        y = _y(value, top)
        yield f'<line class="grid" x1="{left}" x2="{left + _groups(one) * _step(one)}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{value}</text>'
    for g, row in enumerate(one.rows):
        values = [row.scores[k][METRIC].value for k in range(len(one.systems))]
        yield from _group(one, g, short_name(row.path), values, top, left)
    averages = [one.average(k, METRIC) for k in range(len(one.systems))]
    yield from _group(one, len(one.rows), "average", averages, top, left)


def _group(one: Table, g: int, name: str, values: list[float], top: float, left: int) -> Iterator[str]:
    start = left + g * _step(one) + GAP / 2
    for k, value in enumerate(values):
        y = _y(value, top)
        title = html_text(f"{name}, {one.systems[k].name}: {value:.1f}")
        yield (
            f'<rect x="{start + k * BAR:.1f}" y="{y:.1f}" width="{BAR - 2}" height="{TOP + HEIGHT - y:.1f}" '
            f'fill="{_colour(k)}"><title>{title}</title></rect>'
        )
    x, y = left + _middle(one, g), TOP + HEIGHT + 14
    label = html_text(cut(name, LETTERS))
    yield f'<text transform="translate({x:.1f} {y}) rotate(-45)" text-anchor="end">{label}</text>'


def _y(value: float, top: float) -> float:
    return TOP + HEIGHT * (1 - value / top)


def _colour(k: int) -> str:
    return COLOURS[k % len(COLOURS)]
