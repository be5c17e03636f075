"""Aligns the sentences of a document with those of its translation.

One dynamic programme over beads (1-1, 1-2, 2-1, 2-2, 1-3, 3-1, 1-0, 0-1) in a corridor around what is already known
(aligned blocks, or rare formulas and references). A bead's score is the logarithm of a likelihood ratio: how much
likelier the two sides are as translations of each other than as strangers. It adds up lengths (Gale & Church 1993),
anchors that no language changes, the words (`alignment.lexicon`), kinds, block boundaries, and the prior of its shape.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from amts_action.alignment.anchoring import increasing
from amts_action.alignment.evidence import Evidence, Side
from amts_action.alignment.lexicon import Lexicon, learn_lexicon
from amts_action.alignment.units import SentenceUnit, sentence_units
from amts_action.documents.model import PROSE

__all__ = ["Bead", "BlockGroup", "SentenceUnit", "align_sentences", "confident_pairs", "sentence_units"]


@dataclass(frozen=True, slots=True)
class Bead:
    """An aligned group: `source` and `target` are runs of unit indexes; one of them may be empty."""

    source: tuple[int, ...]
    target: tuple[int, ...]
    confidence: float
    """0 to 1: the share of this bead among all alignments that the model finds possible."""


BlockGroup = tuple[Sequence[int], Sequence[int]]
"""Block indexes of the source and of the target that belong together."""

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
_GAP_GOES_ON = math.log(0.2)
"""Omitting a unit after another: left out and added text comes in runs."""
_OTHER_GROUP = -5.0
"""For a bead across groups of blocks that were aligned otherwise: they may be wrong, but seldom are."""
_TEMPER = 0.4
"""Scores are multiplied by this before they become probabilities: words of a sentence are not independent."""
_MARGIN, _MARGIN_GROUPS, _CLOSE, _CLOSE_FITTING = 6, 1, 2, 1
"""Units that the corridor goes beyond rare points, beyond groups of blocks, and beyond the first, coarse way."""
_FITS = 3.0
"""Evidence (20 to 1) from which a pair of the coarse way is taken to be right for the width of the corridor."""
_SQUARE = 40
"""Largest gap between two known points that is searched whole; in larger ones it is the width to each side."""
_COARSE = ((1, 1), (1, 0), (0, 1))
_LENGTH_FLOOR = -3.0
"""Merged beads whose lengths are less likely than this are not looked at."""


class _Programme:
    """The dynamic programme over the units of two sides, in a corridor, with beads of some shapes."""

    def __init__(
        self,
        evidence: Evidence,
        groups: _Groups,
        corridor: Sequence[tuple[int, int]],
        shapes: Sequence[tuple[int, int]] = tuple(_SHAPES),
    ) -> None:
        self.evidence, self.groups, self.corridor, self.shapes = evidence, groups, corridor, shapes
        self.rows, self.columns = len(evidence.source.units), len(evidence.target.units)
        self.keep = len(shapes) == len(_SHAPES)
        self.moves: list[tuple[int, int, list[tuple[int, int, int, float]]]] = []

    def _score(self, i: int, m: int, j: int, n: int) -> float:
        if not m or not n:
            return self._gap(i, m, j)
        evidence = self.evidence
        score = evidence.form(i, m, j, n)
        if score == -math.inf:
            return score
        if evidence.source.kinds[i] in PROSE:
            length = evidence.length(i, m, j, n)
            if length < _LENGTH_FLOOR and m + n > 2:
                return -math.inf
            score += length
        return score + _PRIOR[m, n] + evidence.content(i, m, j, n) + self.groups.score(i, m, j, n)

    def _gap(self, i: int, m: int, j: int) -> float:
        side, k = (self.evidence.source, i) if m else (self.evidence.target, j)
        if self.groups.is_lonely(i if m else None, j):
            return -0.1
        return _PRIOR[1, 0] if side.kinds[k] in PROSE else -1.0

    def _moves(self, i: int, j: int) -> list[tuple[int, int, int, float]]:
        """The beads that may end before row `i` and column `j`: (number of the shape, units, units, score)."""
        found = []
        for s, (m, n) in enumerate(self.shapes, 1):
            if i >= m and j >= n:
                low, high = self.corridor[i - m]
                if low <= j - n <= high:
                    score = self._score(i - m, m, j - n, n)
                    if score > -math.inf:
                        found.append((s, m, n, score))
        return found

    def best(self) -> list[tuple[int, int, int, int]]:
        """The best way: (first source unit, how many, first target unit, how many) of each bead."""
        total: list[dict[int, float]] = []
        back: list[bytearray] = []
        for i, (low, high) in enumerate(self.corridor):
            total.append({})
            back.append(bytearray(high - low + 1))
            if i > 3:
                total[i - 4].clear()
            for j in range(low, high + 1):
                value, step = self._best_step(i, j, total, back)
                total[i][j], back[i][j - low] = value, step
        return self._trace(back)

    def _best_step(
        self, i: int, j: int, total: Sequence[dict[int, float]], back: Sequence[bytearray]
    ) -> tuple[float, int]:
        value, step = (0.0, 0) if i == j == 0 else (-math.inf, 0)
        moves = self._moves(i, j)
        if self.keep:
            self.moves.append((i, j, moves))
        for s, m, n, score in moves:
            if (not m or not n) and back[i - m][j - n - self.corridor[i - m][0]] == s:
                score = max(score, _GAP_GOES_ON)
            score += total[i - m].get(j - n, -math.inf)
            if score > value:
                value, step = score, s
        return value, step

    def _trace(self, back: Sequence[bytearray]) -> list[tuple[int, int, int, int]]:
        way = []
        i, j = self.rows, self.columns
        while i or j:
            m, n = self.shapes[back[i][j - self.corridor[i][0]] - 1]
            i, j = i - m, j - n
            way.append((i, m, j, n))
        return way[::-1]

    def shares(self) -> dict[tuple[int, int, int, int], float]:
        """Probability of each bead over all alignments in the corridor (forward and backward sums); after `best`."""
        ahead: dict[tuple[int, int], float] = {}
        weights: list[tuple[int, int, int, int, float]] = []
        for i, j, moves in self.moves:
            found = [0.0] if i == j == 0 else []
            for _, m, n, score in moves:
                before = ahead.get((i - m, j - n))
                if before is not None:
                    weights.append((i, m, j, n, _TEMPER * score))
                    found.append(before + _TEMPER * score)
            if found:
                ahead[i, j] = _log_sum(found)
        return self._backward(ahead, weights)

    def _backward(
        self, ahead: Mapping[tuple[int, int], float], weights: Sequence[tuple[int, int, int, int, float]]
    ) -> dict[tuple[int, int, int, int], float]:
        end = ahead[self.rows, self.columns]
        behind: dict[tuple[int, int], list[float]] = {(self.rows, self.columns): [0.0]}
        shares: dict[tuple[int, int, int, int], float] = {}
        here, after = (-1, -1), 0.0
        for i, m, j, n, weight in reversed(weights):
            if (i, j) != here:
                here, after = (i, j), _log_sum(behind.get((i, j), [-math.inf]))
            shares[i - m, m, j - n, n] = math.exp(min(0.0, ahead[i - m, j - n] + weight + after - end))
            behind.setdefault((i - m, j - n), []).append(weight + after)
        return shares


def _log_sum(values: Sequence[float]) -> float:
    top = max(values)
    return top if len(values) == 1 or top == -math.inf else top + math.log(sum(math.exp(v - top) for v in values))


class _Groups:
    """What the block alignment says about units."""

    def __init__(self, source: Side, target: Side, groups: Sequence[BlockGroup] | None) -> None:
        self.known = groups is not None
        here = {b: g for g, (blocks, others) in enumerate(groups or ()) if blocks and others for b in blocks}
        there = {b: g for g, (others, blocks) in enumerate(groups or ()) if blocks and others for b in blocks}
        self.source = [here.get(u.block_index) for u in source.units]
        self.target = [there.get(u.block_index) for u in target.units]

    def is_lonely(self, i: int | None, j: int | None) -> bool:
        """Whether the unit's block has no counterpart."""
        return self.known and (self.source[i] if i is not None else self.target[j or 0]) is None

    def score(self, i: int, m: int, j: int, n: int) -> float:
        """0 inside one group; less for every unit that is of another group than the first."""
        if not self.known:
            return 0.0
        group = self.source[i]
        others = [*self.source[i + 1 : i + m], *self.target[j : j + n]]
        return _OTHER_GROUP * sum(g != group or g is None for g in others)

    def points(self) -> list[tuple[int, int]]:
        """Where groups begin, and end, in both: (source unit, target unit), both rising."""
        ends: dict[int, list[int]] = {}
        for k, g in enumerate(self.source):
            if g is not None:
                ends.setdefault(g, [k, k, -1, -1])[1] = k
        for k, g in enumerate(self.target):
            if g is not None and g in ends:
                ends[g][2] = k if ends[g][2] < 0 else ends[g][2]
                ends[g][3] = k
        starts = sorted((e[0], e[2]) for e in ends.values() if e[2] >= 0)
        return increasing(starts)


def _corridor(rows: int, columns: int, points: Sequence[tuple[int, int]], margin: int) -> list[tuple[int, int]]:
    """For each row (0 … rows) the first and last column to look at."""
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


def _rare_points(source: Side, target: Side) -> list[tuple[int, int]]:
    """Pairs of units that share features which occur once on both sides, in an order that both share."""
    votes: dict[tuple[int, int], int] = {}
    here = {a: i for i, found in enumerate(source.anchors) for a, _ in found if source.count[a] == 1}
    there = {a: j for j, found in enumerate(target.anchors) for a, _ in found if target.count[a] == 1}
    for a, i in here.items():
        if a in there:
            votes[i, there[a]] = votes.get((i, there[a]), 0) + 1
    return increasing(sorted(votes))


def _align(source: Side, target: Side, groups: _Groups, lexicon: Lexicon) -> list[Bead]:
    """From coarse to fine: the commonest shapes in a wide corridor, then all shapes close to what was found."""
    evidence = Evidence(source, target, lexicon)
    points = groups.points() if groups.known else _rare_points(source, target)
    corridor = _corridor(len(source.units), len(target.units), points, _MARGIN_GROUPS if groups.known else _MARGIN)
    way = _Programme(evidence, groups, corridor, _COARSE).best()
    fine = _Programme(evidence, groups, _around(evidence, way))
    way = fine.best()
    shares = fine.shares()
    return [Bead(tuple(range(i, i + m)), tuple(range(j, j + n)), round(shares[i, m, j, n], 4)) for i, m, j, n in way]


def _around(evidence: Evidence, way: Sequence[tuple[int, int, int, int]]) -> list[tuple[int, int]]:
    """A narrow corridor around a way; narrower where five beads in a row are 1-1 and plainly fit."""
    rows, columns = len(evidence.source.units), len(evidence.target.units)
    fits = [m == n == 1 and evidence.content(i, m, j, n) + evidence.length(i, m, j, n) > _FITS for i, m, j, n in way]
    low, high = [columns] * (rows + 1), [0] * (rows + 1)
    for k, (i, m, j, n) in enumerate(way):
        close = _CLOSE_FITTING if all(fits[max(0, k - 2) : k + 3]) else _CLOSE
        for r in range(max(0, i - close), min(rows, i + m + close) + 1):
            low[r], high[r] = min(low[r], max(0, j - close)), max(high[r], min(columns, j + n + close))
    low[0], high[rows] = 0, columns
    return list(zip(low, high, strict=True))


def confident_pairs(
    source: Sequence[SentenceUnit], target: Sequence[SentenceUnit], beads: Iterable[Bead], *, least: float = 0.5
) -> Iterator[tuple[str, str]]:
    """The texts of beads that have two sides of language and at least the confidence `least`."""
    for bead in beads:
        if bead.source and bead.target and bead.confidence >= least and source[bead.source[0]].kind in PROSE:
            yield " ".join(source[i].text for i in bead.source), " ".join(target[j].text for j in bead.target)


def align_sentences(
    source_units: Sequence[SentenceUnit],
    target_units: Sequence[SentenceUnit],
    *,
    source_lang: str,
    target_lang: str,
    groups: Sequence[BlockGroup] | None = None,
    lexicon: Lexicon | None = None,
) -> list[Bead]:
    """Beads that cover every unit of both sides exactly once, in the order of the source.

    Args:
        source_units, target_units: the sentences of the two documents, in order.
        source_lang, target_lang: language codes, kept for rules that a language may need.
        groups: block indexes that an earlier alignment put together; a block in no group has no counterpart. Groups
            that the translation has elsewhere are aligned by themselves. Without it, rare formulas and references
            lead the way.
        lexicon: learnt from the book (`learn_lexicon` of `confident_pairs` of a first pass with an empty `Lexicon()`);
            without it one is learnt from these two documents, in a first pass.
    """
    parts = _parts(source_units, target_units, groups)
    if lexicon is None:
        first = _in_parts(source_units, target_units, parts, groups, Lexicon())
        lexicon = learn_lexicon(confident_pairs(source_units, target_units, first))
    return _in_parts(source_units, target_units, parts, groups, lexicon)


_Part = tuple[Sequence[int], Sequence[int]]


def _parts(
    source: Sequence[SentenceUnit], target: Sequence[SentenceUnit], groups: Sequence[BlockGroup] | None
) -> list[_Part]:
    """Unit indexes to align together: first all that keep their order, then each group that moved."""
    known = sorted((min(a), min(b), n) for n, (a, b) in enumerate(groups or ()) if a and b)
    chain = {a for a, _ in increasing([(a, b) for a, b, _ in known])}
    moved = [(groups or ())[n] for a, _, n in known if a not in chain]
    here = {block: k for k, (blocks, _) in enumerate(moved) for block in blocks}
    there = {block: k for k, (_, blocks) in enumerate(moved) for block in blocks}
    left = [here.get(u.block_index, -1) for u in source]
    right = [there.get(u.block_index, -1) for u in target]
    return [
        ([i for i, part in enumerate(left) if part == k], [j for j, part in enumerate(right) if part == k])
        for k in range(-1, len(moved))
    ]


def _in_parts(
    source: Sequence[SentenceUnit],
    target: Sequence[SentenceUnit],
    parts: Sequence[_Part],
    groups: Sequence[BlockGroup] | None,
    lexicon: Lexicon,
) -> list[Bead]:
    found: list[tuple[int, Bead]] = []
    for left, right in parts:
        here, there = Side([source[i] for i in left]), Side([target[j] for j in right])
        last = -1
        for bead in _align(here, there, _Groups(here, there, groups), lexicon):
            bead = Bead(tuple(left[i] for i in bead.source), tuple(right[j] for j in bead.target), bead.confidence)
            last = bead.source[-1] if bead.source else last
            found.append((last, bead))
    return [bead for _, bead in sorted(found, key=lambda f: f[0])]
