"""A badge for a README: how much of the English the translation follows, as SVG that needs nothing else."""

from __future__ import annotations

from amts_action.reports.escape import attribute, html_text, one_line
from amts_action.reports.table import BlockCount, display_width

__all__ = ["badge", "share"]

_CHAR, _PAD, _HEIGHT = 6.6, 7, 20
"""Width of a letter of 11 pixels, room at both sides of a text, height of the badge, in pixels."""
_COLOURS = ((95, "#007a4d"), (75, "#5f6f00"), (50, "#9a6700"), (0, "#b3361b"))
"""From so many per cent on; white text on each has a contrast of at least 4.5 (WCAG 2.2, 1.4.3)."""


def share(count: BlockCount) -> int | None:
    """Blocks that are up to date, in per cent, rounded down, so that 100 means all; None when there are none."""
    return 100 * (count.people + count.machine) // count.total if count.total else None


def badge(count: BlockCount, *, label: str = "translation") -> str:
    """The picture: the label at the left, the share at the right.

    Args:
        label: any text; it is cut to 60 characters.
    """
    percent = share(count)
    words = "not started" if percent is None else f"{percent} % up to date"
    colour = next(name for least, name in _COLOURS if (percent or 0) >= least)
    label = one_line(label)[:60]
    left, right = (round(display_width(text) * _CHAR) + 2 * _PAD for text in (label, words))
    width = left + right
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{_HEIGHT}" role="img" \
aria-label="{attribute(f"{label}: {words}")}">
<title>{html_text(f"{label}: {words}")}</title>
<clipPath id="r"><rect width="{width}" height="{_HEIGHT}" rx="3"/></clipPath>
<g clip-path="url(#r)">
<rect width="{left}" height="{_HEIGHT}" fill="#444"/>
<rect x="{left}" width="{right}" height="{_HEIGHT}" fill="{colour}"/>
</g>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,Noto Sans CJK SC,sans-serif" font-size="11">
<text x="{left / 2:g}" y="14">{html_text(label)}</text>
<text x="{left + right / 2:g}" y="14">{html_text(words)}</text>
</g>
</svg>
"""
