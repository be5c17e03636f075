"""The workload as a table, as CSV, for machines and as a picture."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from amts_action.evaluation.chart import COLOURS
from amts_action.evaluation.workload import PageEffort, total
from amts_action.reports.table import table

__all__ = ["as_csv", "as_record", "as_svg", "as_text"]

Months = Sequence[tuple[str, PageEffort]]
TOOLS = ("whole_file", "section", "paragraph", "ours")
_NAMES = {"whole_file": "whole file", "section": "section", "paragraph": "paragraph", "ours": "AMTS"}
_COLUMNS = ("changes", "changed", "whole_file", "section", "paragraph", "ours", "revise", "translate", "characters")


def as_text(months: Months, prices: dict[str, Decimal], *, width: int | None = None) -> str:
    """A row for each month and one for all, and what it comes to; `prices` in US dollars for a million characters."""
    header = ("month", *(_NAMES.get(name, name) for name in _COLUMNS))
    everything = total(effort for _, effort in months)
    rows = [(month, *_cells(effort)) for month, effort in [*months, ("all", everything)]]
    text = table(header, rows, width=width, numbers=frozenset(range(1, len(header))))
    return text + "".join(f"{line}\n" for line in _lines(everything, prices))


def _cells(effort: PageEffort) -> Iterator[str]:
    return (f"{getattr(effort, name):,}" for name in _COLUMNS)


def _lines(effort: PageEffort, prices: dict[str, Decimal]) -> Iterator[str]:
    """The product's promise, held against the numbers."""
    ours = effort.ours - effort.new_pages
    yield f"without the {effort.new_pages:,} words of new pages, which every tool translates whole:"
    for name in TOOLS[:-1]:
        other = getattr(effort, name) - effort.new_pages
        if other:
            less = 100 - 100 * ours / other
            yield f"{ours:,} words to look at instead of {other:,} of a {_NAMES[name]} tool: {less:.1f} % less"
    for name, price in prices.items():
        yield f"{effort.characters:,} characters with {name}: {price * effort.characters / 1_000_000:.2f} USD"


def as_csv(months: Months) -> str:
    """One line for each month."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = (*asdict(PageEffort()), "ours")
    writer.writerow(("month", *names))
    writer.writerows((month, *(getattr(effort, name) for name in names)) for month, effort in months)
    return out.getvalue()


def as_record(months: Months, prices: dict[str, Decimal]) -> dict[str, Any]:
    """For machines."""
    everything = total(effort for _, effort in months)
    rows = [{"month": month, **asdict(effort), "ours": effort.ours} for month, effort in months]
    cost = {name: float(price * everything.characters / 1_000_000) for name, price in prices.items()}
    return {"months": rows, "all": {**asdict(everything), "ours": everything.ours}, "cost": cost}


WIDTH, HEIGHT, LEFT, TOP = 900, 300, 70, 50


def as_svg(months: Months) -> str:
    """Words to look at per month, a line for each tool, on a logarithmic scale."""
    top = max([10, *(getattr(effort, name) for _, effort in months for name in TOOLS)])
    powers = range(int(math.log10(top)) + 2)
    out = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH + LEFT + 20} {HEIGHT + TOP + 60}" '
            f'width="{WIDTH + LEFT + 20}" height="{HEIGHT + TOP + 60}" font-family="sans-serif" font-size="12" '
            'role="img" aria-label="Words that a translator must look at, per month and tool">'
        ),
        "<style>text{fill:#222}.grid{stroke:#ddd}svg{background:#fff}path{fill:none;stroke-width:2}</style>",
        f'<text x="{LEFT}" y="18" font-size="15">Words that a translator must look at, per month</text>',
    ]
    for n, name in enumerate(TOOLS):
        x = LEFT + 130 * n
        out.append(f'<rect x="{x}" y="28" width="12" height="12" fill="{COLOURS[n]}"/>')
        out.append(f'<text x="{x + 18}" y="38">{_NAMES[name]}</text>')
    for power in powers:
        y = _y(10**power, powers[-1])
        out.append(f'<line class="grid" x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10**power:,}</text>')
    step = WIDTH / max(len(months) - 1, 1)
    for k, (month, _) in enumerate(months):
        if k % max(len(months) // 12, 1) == 0:
            out.append(f'<text x="{LEFT + k * step:.1f}" y="{TOP + HEIGHT + 20}" text-anchor="middle">{month}</text>')
    for n, name in enumerate(TOOLS):
        points = (
            f"{LEFT + k * step:.1f} {_y(getattr(effort, name), powers[-1]):.1f}" for k, (_, effort) in enumerate(months)
        )
        out.append(f'<path d="M{" L".join(points)}" stroke="{COLOURS[n]}"/>')
    return "\n".join([*out, "</svg>"]) + "\n"


def _y(value: int, power: int) -> float:
    return TOP + HEIGHT * (1 - math.log10(max(value, 1)) / power)
