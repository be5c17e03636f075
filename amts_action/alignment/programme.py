"""The dynamic programme of sentence alignment: the best way through a corridor, and how sure each bead of it is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from amts_action.alignment.evidence import Evidence, Side
from amts_action.alignment.patience import increasing
from amts_action.documents.model import PROSE

__all__ = ["BlockGroup", "Corridor", "Groups", "Programme", "Scores", "Way"]

BlockGroup = tuple[Sequence[int], Sequence[int]]
"""Block indexes of the source and of the target that belong together."""
Corridor = Sequence[tuple[int, int]]
"""For each row (0 … number of source units) the first and the last column to look at."""
Way = list[tuple[int, int, int, int]]
"""Beads in order: (first source unit, how many, first target unit, how many)."""

_SHAPES = {
    (1, 1): 0.89,
    (1, 0): 0.0099,
    (0, 1): 0.0099,
    (2, 1): 0.0445,
    (1, 2): 0.0445,
    (2, 2): 0.011,
    (3, 1): 0.004,
    (1, 3): 0.004,
}
"""Gale & Church's priors; for 3-1 and 1-3, which they do not have, about a tenth of 2-1."""
_PRIOR = {shape: math.log(p) for shape, p in _SHAPES.items()}
_NUMBERED = tuple(_SHAPES)
_MERGED = tuple((s, m, n) for s, (m, n) in enumerate(_SHAPES) if m + n > 2)
_OMITTED, _ADDED = _NUMBERED.index((1, 0)), _NUMBERED.index((0, 1))
_GAP_GOES_ON = math.log(0.2)
"""Omitting a unit after another: left out and added text comes in runs. By hand, held to
`benchmarks/sentence_pairs.py`."""
_OTHER_GROUP = -5.0
"""For a bead across groups of blocks that were aligned otherwise: they may be wrong, but seldom are. By hand, held to
`benchmarks/sentence_pairs.py`."""
_LONELY, _GAP_OTHER = -0.1, -1.0
"""A unit without counterpart: of a block that has none; of a block that is not language. By hand, held to
`benchmarks/sentence_pairs.py`."""
_TEMPER = 0.4
"""Scores are multiplied by this before they become probabilities: words of a sentence are not independent. By hand,
held to `benchmarks/sentence_pairs.py`."""
_LENGTH_FLOOR = -3.0
"""Merged beads whose lengths are less likely than this are not looked at. Our own limit, held to
`benchmarks/sentence_pairs.py`."""
_NEVER = -math.inf


class Groups:
    """What the block alignment says about units."""

    def __init__(self, source: Side, target: Side, groups: Sequence[BlockGroup] | None) -> None:
        self.known = groups is not None
        here = {b: g for g, (blocks, others) in enumerate(groups or ()) if blocks and others for b in blocks}
        there = {b: g for g, (others, blocks) in enumerate(groups or ()) if blocks and others for b in blocks}
        self.source = [here.get(u.block_index) for u in source.units]
        self.target = [there.get(u.block_index) for u in target.units]

    def score(self, i: int, m: int, j: int, n: int) -> float:
        """0 inside one group; less for every unit that is of another group than the first."""
        if not self.known:
            return 0.0
        group = self.source[i]
        others = [*self.source[i + 1 : i + m], *self.target[j : j + n]]
        return _OTHER_GROUP * sum(g != group or g is None for g in others)

    def points(self) -> list[tuple[int, int]]:
        """Where groups begin in both: (source unit, target unit), both rising."""
        first: dict[int, int] = {}
        for k, g in enumerate(self.source):
            if g is not None:
                first.setdefault(g, k)
        starts: dict[int, int] = {}
        for j, g in enumerate(self.target):
            if g is not None and g in first:
                starts.setdefault(g, j)
        return increasing(sorted((first[g], j) for g, j in starts.items()))


class Scores:
    """Logarithms of likelihood ratios of beads; those of single pairs are kept, for they are asked for again."""

    def __init__(self, evidence: Evidence, groups: Groups) -> None:
        self.evidence, self.groups = evidence, groups
        self.rows, self.columns = len(evidence.source.units), len(evidence.target.units)
        self.omitted = _gaps(evidence.source, groups.source, groups.known)
        self.added = _gaps(evidence.target, groups.target, groups.known)
        self._pairs: dict[int, float] = {}

    def pair(self, i: int, j: int) -> float:
        """The score of the bead 1-1 of source unit `i` and target unit `j`."""
        key = i * self.columns + j
        score = self._pairs.get(key)
        if score is None:
            score = self._pairs[key] = self._pair(i, j)
        return score

    def _pair(self, i: int, j: int) -> float:
        evidence, groups = self.evidence, self.groups
        score = evidence.form(i, 1, j, 1)
        if score == _NEVER:
            return score
        if evidence.source.kinds[i] in PROSE:
            score += evidence.length(i, 1, j, 1)
        if groups.known and (groups.source[i] is None or groups.source[i] != groups.target[j]):
            score += _OTHER_GROUP
        return score + _PRIOR[1, 1] + evidence.content(i, 1, j, 1)

    def merged(self, i: int, m: int, j: int, n: int) -> float:
        """The score of a bead of several units on one side at least."""
        evidence = self.evidence
        score = evidence.form(i, m, j, n)
        if score == _NEVER:
            return score
        if evidence.source.kinds[i] in PROSE:
            length = evidence.length(i, m, j, n)
            if length < _LENGTH_FLOOR:
                return _NEVER
            score += length
        return score + _PRIOR[m, n] + evidence.content(i, m, j, n) + self.groups.score(i, m, j, n)

    def fits(self, i: int, j: int) -> float:
        """What words and lengths alone say of a pair."""
        return self.evidence.content(i, 1, j, 1) + self.evidence.length(i, 1, j, 1)


def _gaps(side: Side, groups: Sequence[int | None], known: bool) -> list[float]:
    """The score of leaving out each unit."""
    return [
        _LONELY if known and group is None else _PRIOR[1, 0] if kind in PROSE else _GAP_OTHER
        for kind, group in zip(side.kinds, groups, strict=True)
    ]


class Programme:
    """The dynamic programme in a corridor; a coarse one only has the beads 1-1, 1-0 and 0-1."""

    def __init__(self, scores: Scores, corridor: Corridor, *, is_coarse: bool = False) -> None:
        self.scores, self.corridor, self.is_coarse = scores, corridor, is_coarse
        self.moves: list[tuple[int, int, list[tuple[int, int, int, float]]]] = []
        """For each cell, the beads that may end there: (number of the shape, units, units, score)."""

    def _moves(self, i: int, j: int) -> list[tuple[int, int, int, float]]:
        scores, corridor = self.scores, self.corridor
        found = []
        if i:
            low, high = corridor[i - 1]
            if low < j <= high + 1:
                score = scores.pair(i - 1, j - 1)
                if score > _NEVER:
                    found.append((0, 1, 1, score))
            if low <= j <= high:
                found.append((_OMITTED, 1, 0, scores.omitted[i - 1]))
        if j > corridor[i][0]:
            found.append((_ADDED, 0, 1, scores.added[j - 1]))
        if self.is_coarse:
            return found
        for s, m, n in _MERGED:
            if i >= m:
                low, high = corridor[i - m]
                if low <= j - n <= high:
                    score = scores.merged(i - m, m, j - n, n)
                    if score > _NEVER:
                        found.append((s, m, n, score))
        return found

    def best(self) -> Way:
        """The best way."""
        total: list[list[float]] = []
        back: list[bytearray] = []
        for i, (low, high) in enumerate(self.corridor):
            values, steps = [_NEVER] * (high - low + 1), bytearray(high - low + 1)
            total.append(values)
            back.append(steps)
            for j in range(low, high + 1):
                moves = self._moves(i, j)
                value, step = (0.0, 0) if i == j == 0 else (_NEVER, 0)
                for s, m, n, score in moves:
                    at = j - n - self.corridor[i - m][0]
                    if s in (_OMITTED, _ADDED) and back[i - m][at] == s and score < _GAP_GOES_ON:
                        score = _GAP_GOES_ON
                    score += total[i - m][at]
                    if score > value:
                        value, step = score, s
                values[j - low], steps[j - low] = value, step
                if not self.is_coarse:
                    self.moves.append((i, j, moves))
        return self._trace(back)

    def _trace(self, back: Sequence[bytearray]) -> Way:
        way = []
        i, j = self.scores.rows, self.scores.columns
        while i or j:
            m, n = _NUMBERED[back[i][j - self.corridor[i][0]]]
            i, j = i - m, j - n
            way.append((i, m, j, n))
        return way[::-1]

    def shares(self) -> Mapping[tuple[int, int, int, int], float]:
        """Probability of each bead over all alignments in the corridor (forward and backward sums); after `best`."""
        lows = [low for low, _ in self.corridor]
        ahead = [[_NEVER] * (high - low + 1) for low, high in self.corridor]
        weights: list[tuple[int, int, int, int, float]] = []
        for i, j, moves in self.moves:
            found = [0.0] if i == j == 0 else []
            for _, m, n, score in moves:
                before = ahead[i - m][j - n - lows[i - m]]
                if before > _NEVER:
                    weight = _TEMPER * score
                    weights.append((i, m, j, n, weight))
                    found.append(before + weight)
            if found:
                ahead[i][j - lows[i]] = _log_sum(found)
        return self._backward(ahead, weights)

    def _backward(
        self, ahead: Sequence[Sequence[float]], weights: Sequence[tuple[int, int, int, int, float]]
    ) -> dict[tuple[int, int, int, int], float]:
        lows = [low for low, _ in self.corridor]
        end = ahead[-1][-1]
        behind: list[list[list[float]]] = [[[] for _ in row] for row in ahead]
        behind[-1][-1].append(0.0)
        shares: dict[tuple[int, int, int, int], float] = {}
        here, after = (-1, -1), 0.0
        for i, m, j, n, weight in reversed(weights):
            if (i, j) != here:
                here, after = (i, j), _log_sum(behind[i][j - lows[i]] or [_NEVER])
            value, at = weight + after, j - n - lows[i - m]
            shares[i - m, m, j - n, n] = math.exp(min(0.0, ahead[i - m][at] + value - end))
            behind[i - m][at].append(value)
        return shares


def _log_sum(values: Sequence[float]) -> float:
    if len(values) == 1:
        return values[0]
    top = max(values)
    return top if top == _NEVER else top + math.log(sum([math.exp(v - top) for v in values]))
