"""Where the dynamic programme of sentence alignment looks: a corridor around what is already known."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from amts_action.alignment.evidence import Side
from amts_action.alignment.patience import increasing
from amts_action.alignment.programme import Corridor, Scores, Way

__all__ = ["around", "between", "rare_points"]

_CLOSE, _CLOSE_FITTING = 2, 1
"""Units that the corridor goes beyond a way; beyond a part of it that plainly fits. By hand, held to
`benchmarks/sentence_pairs.py`."""
_FITS = 3.0
"""Evidence (20 to 1) from which a pair is taken to be right for the width of the corridor. By hand, held to
`benchmarks/sentence_pairs.py`."""
_SQUARE = 40
"""Largest gap between two known points that is searched whole; in larger ones it is the width to each side. Our own
limit, held to `benchmarks/sentence_pairs.py`."""


def rare_points(source: Side, target: Side) -> list[tuple[int, int]]:
    """Pairs of units that share features which occur once on both sides, in an order that both share."""
    votes: dict[tuple[int, int], int] = {}
    here = {a: i for i, found in enumerate(source.anchors) for a, _ in found if source.count[a] == 1}
    there = {a: j for j, found in enumerate(target.anchors) for a, _ in found if target.count[a] == 1}
    for a, i in here.items():
        if a in there:
            votes[i, there[a]] = votes.get((i, there[a]), 0) + 1
    return increasing(sorted(votes))


def between(rows: int, columns: int, points: Sequence[tuple[int, int]], margin: int) -> Corridor:
    """The rectangles between neighbouring points, and `margin` units more on each side; thinner where they are large.

    Args:
        rows, columns: number of units of the source and of the target.
        points: (source unit, target unit), both rising.
    """
    low, high = [columns] * (rows + 1), [0] * (rows + 1)
    known = [(0, 0), *points, (rows, columns)]
    for (i0, j0), (i1, j1) in pairwise(known):
        slack = margin if (i1 - i0) <= _SQUARE and (j1 - j0) <= _SQUARE else _SQUARE
        slope = (j1 - j0) / max(1, i1 - i0)
        for i in range(max(0, i0 - margin), min(rows, i1 + margin) + 1):
            if slack == margin:
                a, b = j0 - slack, j1 + slack
            else:
                centre = j0 + slope * (min(max(i, i0), i1) - i0)
                a, b = int(centre - slack - slope), int(centre + slack + slope)
            low[i], high[i] = min(low[i], max(0, a)), max(high[i], min(columns, b))
    low[0], high[rows] = 0, columns
    return list(zip(low, high, strict=True))


def around(scores: Scores, way: Way) -> Corridor:
    """A narrow corridor around a way; narrower where five beads in a row are 1-1 and plainly fit."""
    rows, columns = scores.rows, scores.columns
    fits = [m == n == 1 and scores.fits(i, j) > _FITS for i, m, j, n in way]
    low, high = [columns] * (rows + 1), [0] * (rows + 1)
    for k, (i, m, j, n) in enumerate(way):
        close = _CLOSE_FITTING if all(fits[max(0, k - 2) : k + 3]) else _CLOSE
        for r in range(max(0, i - close), min(rows, i + m + close) + 1):
            low[r], high[r] = min(low[r], max(0, j - close)), max(high[r], min(columns, j + n + close))
    low[0], high[rows] = 0, columns
    return list(zip(low, high, strict=True))
