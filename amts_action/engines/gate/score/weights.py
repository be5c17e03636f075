"""What the figures of a pair weigh: a logistic regression on people's pairs of the book and the same pairs spoilt.

Each book has its own weights, drawn to those that five books gave together: the fewer pairs, the nearer to these.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from amts_action.engines.gate.score.measures import Measures

__all__ = ["Scale", "features", "fitted", "scale_of"]

WEIGHTS = (
    0.10, 0.25, -0.32, 0.11, -0.04, 0.46, -0.38, 0.24, -0.82, 0.69, -0.39, 0.56, -0.24, -0.20, -0.08, 0.13, -0.28,
    -0.09, -0.11, 0.06, -0.05, 0.13, 0.02, 0.09, 0.07, 0.12, -0.12, -0.01, -0.11, 0.03, 0.36, -0.15,
)  # fmt: skip
"""Of `features`, measured by `benchmarks/gate_weights.py` on five books (d2l zh, TensorFlow ja, es and zh, QuantEcon
zh). Of a book that was left out they catch 2 to 9 of a hundred less than weights of its own."""
BIAS = -2.75
"""The constant of the same regression, measured on the same pairs."""
CLIP = 8.0
"""Standard deviations at most of one feature. Our own limit, held to `benchmarks/gate.py`."""
RIDGE = 10.0
"""Pairs that the weights of all books count for. By hand, held to `benchmarks/gate.py`."""
ROUNDS = 12
"""Steps of Newton's method; it has converged long before. Our own limit."""


def features(found: Measures) -> list[float]:
    """What is weighed."""
    return [
        max(-3.0, min(found.sentences, 0.0)),
        min(3.0, max(found.sentences, 0.0)),
        min(found.clauses, 0.0),
        max(found.clauses, 0.0),
        found.ended,
        math.log(found.size + 2),
        min(found.off, 0.0),
        max(found.off, 0.0),
        min(found.back, 0.0),
        max(found.back, 0.0),
        found.source,
        found.target,
        found.source_gap,
        found.source_tail,
        found.source_head,
        found.target_gap,
        found.target_tail,
        found.target_head,
        *found.source_cut,
        *found.target_cut,
        min(found.places.moved, 0.0),
        max(found.places.moved, 0.0),
        found.places.later,
        found.places.apart,
        found.lost,
        found.more,
        found.lost_share,
        found.absent,
    ]


@dataclass(frozen=True, slots=True)
class Scale:
    """Where the figures of people's own pairs lie, and what they weigh."""

    middles: tuple[float, ...]
    widths: tuple[float, ...]
    """Of each feature."""
    weights: tuple[float, ...] = WEIGHTS
    bias: float = BIAS
    threshold: float = math.inf
    """Score above which fewer of people's pairs lie than may be stopped in vain."""

    def score(self, found: Sequence[float]) -> float:
        """How much a pair looks like one that is spoilt; the logarithm of odds."""
        total = self.bias
        for value, middle, width, weight in zip(found, self.middles, self.widths, self.weights, strict=True):
            total += weight * max(-CLIP, min(CLIP, (value - middle) / width))
        return total


def scale_of(good: Sequence[Sequence[float]]) -> Scale:
    """Where the features of people's pairs lie, with the weights of all books."""
    from amts_action.engines.gate.score.arrays import np

    rows = np.array(good)
    return Scale(tuple(rows.mean(0).tolist()), tuple(np.maximum(1e-3, rows.std(0)).tolist()))


def fitted(scale: Scale, good: Sequence[Sequence[float]], spoilt: Sequence[Sequence[float]]) -> Scale:
    """The scale with the book's own weights; spoilt pairs count as much as the good ones, however many they are."""
    from amts_action.engines.gate.score.arrays import np

    if not good or not spoilt:
        return scale
    rows = (np.array([*good, *spoilt]) - np.array(scale.middles)) / np.array(scale.widths)
    rows = np.hstack([np.clip(rows, -CLIP, CLIP), np.ones((len(rows), 1))])
    wanted = np.repeat([0.0, 1.0], [len(good), len(spoilt)])
    counts = np.repeat([1.0, len(good) / len(spoilt)], [len(good), len(spoilt)])
    prior = np.array([*scale.weights, scale.bias])
    weights = prior.copy()
    for _ in range(ROUNDS):
        odds = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (counts * (odds - wanted)) + RIDGE * (weights - prior)
        curve = (rows * (counts * odds * (1 - odds))[:, None]).T @ rows + RIDGE * np.eye(len(weights))
        weights = weights - np.linalg.solve(curve, slope)
    return replace(scale, weights=tuple(weights[:-1].tolist()), bias=float(weights[-1]))
