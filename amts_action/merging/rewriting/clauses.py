"""Where, in a sentence that a translator made of several, the words of one of them end.

Chinese joins with a comma what English has as two sentences. All ways to give each English sentence a run of the
clauses are weighed (`alignment.versions.fit`, the logarithm of a likelihood ratio), and an end is as certain as its
share of all of them together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["ClauseEnd", "divide"]

_MOST = 16
"""Clauses of a sentence at most. Our own limit: the work grows with their square, and no sentence that a person joined
of several has as many."""


@dataclass(frozen=True, slots=True)
class ClauseEnd:
    """Where the words of one English sentence end in the translation."""

    clauses: int
    """Clauses before it."""
    share: float
    """0 to 1: how certain it is."""


def divide(count: int, clauses: int, weigh: Callable[[int, int, int], float]) -> list[ClauseEnd]:
    """The ends of all English sentences but the last in the likeliest division; none where there is no way.

    Args:
        count: English sentences.
        clauses: clauses of the translation.
        weigh: how well an English sentence fits the clauses from one (included) to another (not): the logarithm of a
            likelihood ratio.
    """
    if not 1 < count <= clauses <= _MOST:
        return []
    weights = {
        (k, a, b): weigh(k, a, b)
        for k in range(count)
        for a in range(k, clauses - count + k + 1)
        for b in range(a + 1, clauses - count + k + 2)
    }
    before = _sums(count, clauses, weights)
    after = _sums(count, clauses, {(count - 1 - k, clauses - b, clauses - a): w for (k, a, b), w in weights.items()})
    total = before[count, clauses]
    ends = []
    for k in range(1, count):
        shares = {
            m: math.exp(before[k, m] + after[count - k, clauses - m] - total) for m in range(k, clauses - count + k + 1)
        }
        best = max(shares, key=lambda m: shares[m])
        ends.append(ClauseEnd(best, shares[best]))
    is_rising = all(a.clauses < b.clauses for a, b in pairwise(ends))
    return ends if is_rising else []


def _sums(count: int, clauses: int, weights: dict[tuple[int, int, int], float]) -> dict[tuple[int, int], float]:
    """By sentences and clauses: the logarithm of the sum over all ways to give the first of them each other."""
    sums = {(0, 0): 0.0}
    for k in range(count):
        for m in range(k + 1, clauses - count + k + 2):
            sums[k + 1, m] = _log_sum([sums[k, a] + weights[k, a, m] for a in range(k, m) if (k, a) in sums])
    return sums


def _log_sum(values: Sequence[float]) -> float:
    top = max(values)
    return top + math.log(sum(math.exp(v - top) for v in values))
