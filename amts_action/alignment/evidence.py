"""How well groups of sentences fit each other: the scores that `alignment.sentences` adds up.

Everything is the logarithm of a likelihood ratio, translations against strangers; 0 is indifferent.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import accumulate

from amts_action.alignment.lexicon import (
    MOST_GAIN,
    Lexicon,
    Odds,
    anchor_features,
    is_wide,
    word_features,
)
from amts_action.alignment.units import SentenceUnit
from amts_action.documents.inline import tokens
from amts_action.documents.model import PROSE

__all__ = ["Evidence", "Side"]


_FLOW = frozenset({"paragraph", "list_item", "footnote"})
_LATIN = re.compile(r"[a-z][a-z'’]+\Z")
_SPREAD, _SPREAD_SHORT, _SPREAD_STRANGERS = 0.22, 1.6, 1.0
"""Standard deviation of the logarithm of the length ratio, for translations: variance `_SPREAD² + _SPREAD_SHORT / n`,
where n is the length of both; for strangers, what comes on top. Measured on 1,900 pairs of a Chinese book: 0.26 at
n = 50, 0.25 at 89, 0.44 below 30; 1.05 for random pairs."""
_CROSSING = -2.5
"""For every block boundary inside one side of a bead: paragraphs are merged and split, but rarely. By hand, held to
`benchmarks/sentence_pairs.py`."""
_TOGETHER = 0.4
"""Both begin a block or neither does. By hand, held to `benchmarks/sentence_pairs.py`."""
_ALONE = -1.2
"""Only one begins a block. By hand, held to `benchmarks/sentence_pairs.py`."""


class Side:
    """One document's units with what is read from each of them once."""

    def __init__(self, units: Sequence[SentenceUnit]) -> None:
        self.units = tuple(units)
        self.kinds = [u.kind for u in units]
        self.words = [word_features(u.text) if u.kind in PROSE else () for u in units]
        self.anchors = [anchor_features(u.text) if u.kind in PROSE else _milestone(u) for u in units]
        count = Counter(w for words in self.words for w in words)
        count.update(a for found in self.anchors for a, _ in found)
        self.count = dict(count)
        """Feature → how many units have it."""
        self.first = [k == 0 or units[k - 1].block_index != u.block_index for k, u in enumerate(units)]
        self.lengths = [0.0, *accumulate(_length(u.text) for u in units)]
        """Running sum: the length of units `a … b` is `lengths[b] - lengths[a]`."""
        self.starts = [0, *accumulate(map(int, self.first))]
        """Running count of units that begin a block."""
        self.wide = sum(is_wide(w) for words in self.words for w in words) * 2 > sum(map(len, self.words))

    def chance(self, feature: str) -> float:
        """The probability that a unit of this side has the feature."""
        return (self.count.get(feature, 0) + 0.5) / (len(self.units) + 1.0)


def _milestone(unit: SentenceUnit) -> tuple[tuple[str, float], ...]:
    return (("\x00" + unit.kind + "".join(unit.text.split()), 0.8),)


@lru_cache(maxsize=100_000)
def _length(text: str) -> float:
    """Length for comparison: characters, a protected span as 6."""
    total = 0.0
    for token in tokens(text):
        if token.type == "span":
            total += 6
        elif token.type == "text":
            total += len(token.raw.strip())
    return max(1.0, total)


class Evidence:
    """Scores of candidate beads between two sides."""

    def __init__(self, source: Side, target: Side, lexicon: Lexicon) -> None:
        self.source, self.target = source, target
        self.ratio = _ratio(source, target)
        self._source = _FeatureEvidence(source, target, lexicon.forward)
        self._target = _FeatureEvidence(target, source, lexicon.backward)

    def content(self, i: int, m: int, j: int, n: int) -> float:
        """Evidence from words and anchors for source units `i … i+m` and target units `j … j+n` (ends exclusive).

        Each word takes the best of what the units of the other side say about it.
        """
        if m == n == 1:
            return (self._source.total(i, j, 1) + self._target.total(j, i, 1)) / 2
        total = 0.0
        for a in range(i, i + m):
            total += self._source.total(a, j, n)
        for b in range(j, j + n):
            total += self._target.total(b, i, m)
        return total / 2

    def length(self, i: int, m: int, j: int, n: int) -> float:
        """Evidence from the lengths: normal in the logarithm, wider for short sentences."""
        here = (self.source.lengths[i + m] - self.source.lengths[i]) * self.ratio
        there = self.target.lengths[j + n] - self.target.lengths[j]
        spread = _SPREAD**2 + _SPREAD_SHORT / (here + there + 4)
        wide = spread + _SPREAD_STRANGERS**2
        x = math.log((there + 2) / (here + 2)) ** 2
        return 0.5 * (math.log(wide / spread) - x / spread + x / wide)

    def form(self, i: int, m: int, j: int, n: int) -> float:
        """Evidence from kinds and block boundaries; -inf where the kinds cannot be the same thing."""
        source, target = self.source, self.target
        kind = source.kinds[i]
        crossings = source.starts[i + m] - source.starts[i + 1] + target.starts[j + n] - target.starts[j + 1]
        score = _TOGETHER if source.first[i] == target.first[j] else _ALONE
        if kind == target.kinds[j] and (not crossings or kind == "paragraph"):
            score += 0.5 * (kind == "heading")
            if not crossings:
                return score
        kinds = {*source.kinds[i : i + m], *target.kinds[j : j + n]}
        if len(kinds) > 1 and not kinds <= _FLOW:
            return -4.0 if kinds <= PROSE and m == n == 1 else -math.inf
        if crossings and not kinds <= _FLOW:
            return -math.inf
        return score - 0.7 * (len(kinds) > 1) + _CROSSING * crossings


class _FeatureEvidence:
    """Evidence for the features of the units of one side (`here`), given units of the other (`there`).

    Strangers are other units of the same document, so the chance of a word is its share of this document's units:
    in a chapter on matrices "matrix" says little.
    """

    def __init__(self, here: Side, there: Side, odds: Odds) -> None:
        self.here, self.there = here, there
        self.columns = len(there.units)
        self.sums: dict[int, float] = {}
        """What `total` has found: beads that overlap ask for the same."""
        self.explained: list[dict[str, float] | None] = [None] * len(there.units)
        """Of each unit of `there`: what it explains here, feature → evidence."""
        self.by_other: dict[str, list[tuple[str, float]]] = {}
        self.missing: dict[str, float] = {}
        for word in here.count:
            translations = odds.get(word)
            if translations:
                self._learn(word, translations)
        self.absent: list[dict[str, float]] = []
        """Of each unit: feature → evidence when nothing explains it."""
        for words, found in zip(here.words, here.anchors, strict=True):
            absent = {w: self._absent(w) for w in words}
            absent.update((a, _exact(_ANCHOR_ABSENT * math.log(1.0 - kept))) for a, kept in found)
            self.absent.append(absent)
        self.least = [sum(absent.values()) for absent in self.absent]

    def _learn(self, word: str, translations: Mapping[str, float]) -> None:
        weight = 0.5 if is_wide(word) else 1.0
        count, size = self.there.count, len(self.there.units) + 1.0
        likeliest, its_chance = 0.0, 0.0
        for other, p in translations.items():
            c = count.get(other, 0)
            q = (c + 0.5) / size
            if p > likeliest:
                likeliest, its_chance = p, q
            if c and p > q:  # mostly a paragraph has none of them
                gain = _exact(weight * min(MOST_GAIN, math.log(p / q)))
                self.by_other.setdefault(other, []).append((word, gain))
        self.missing[word] = _exact(weight * math.log((1.0 - likeliest) / (1.0 - min(its_chance, likeliest))))

    def _absent(self, word: str) -> float:
        """Evidence when nothing explains the word; a name in Latin script in wide text comes from the other side."""
        known = self.missing.get(word, 0.0)
        foreign = self.here.wide and not self.there.wide and _LATIN.match(word)
        return min(known, _FOREIGN) if foreign else known

    def total(self, k: int, other: int, n: int) -> float:
        """The sum over the features of unit `k`, given units `other … other+n` together.

        More units explain more by chance: what they do explain counts log n less.
        """
        key = (k * self.columns + other) * len(_LESS) + n
        found = self.sums.get(key)
        if found is None:
            found = self.sums[key] = self._one(k, other) if n == 1 else self._several(k, other, n)
        return found

    def _one(self, k: int, other: int) -> float:
        absent, total, known = self.absent[k], self.least[k], self.explained[other] or self._explained(other)
        for feature in absent.keys() & known.keys():
            total += known[feature] - absent[feature]
        return total

    def _several(self, k: int, other: int, n: int) -> float:
        absent, total, less = self.absent[k], self.least[k], _LESS[n]
        best: dict[str, float] = {}
        for o in range(other, other + n):
            known = self.explained[o] or self._explained(o)
            for feature in absent.keys() & known.keys():
                if known[feature] > best.get(feature, 0.0):
                    best[feature] = known[feature]
        for feature, gain in best.items():
            total += max(0.0, gain - less) - absent[feature]
        return total

    def _explained(self, other: int) -> dict[str, float]:
        """What the unit `other` explains on this side: feature → evidence."""
        best: dict[str, float] = {}
        for word in self.there.words[other]:
            for mine, gain in self.by_other.get(word, ()):
                if gain > best.get(mine, 0.0):
                    best[mine] = gain
        kept_word = 0.8 if self.here.wide != self.there.wide else 0.4
        same = [(w, kept_word) for w in self.there.words[other] if w in self.here.count and not is_wide(w)]
        for feature, kept in (*same, *self.there.anchors[other]):
            if feature in self.here.count:
                gain = _exact(min(MOST_GAIN, math.log(kept / self.there.chance(feature))))
                if gain > best.get(feature, 0.0):
                    best[feature] = gain
        self.explained[other] = best
        return best


_ANCHOR_ABSENT = 1.4
"""A missing anchor shows in one direction only, so it counts twice; 0.7 of that, for translators do rewrite. By hand,
held to `benchmarks/sentence_pairs.py`."""


def _exact(value: float) -> float:
    """A multiple of 2⁻²⁰, so that sums do not depend on the order of a set."""
    return round(value * 1048576.0) / 1048576.0


_FOREIGN = _exact(-0.7)
"""Least evidence of a name in Latin letters that nothing explains, in text of wide characters. By hand, held to
`benchmarks/sentence_pairs.py`."""
_LESS = {n: _exact(math.log(n)) for n in (1, 2, 3)}


def _ratio(source: Side, target: Side) -> float:
    here, there = _prose_length(source), _prose_length(target)
    return min(5.0, max(0.2, there / here)) if here and there else 1.0


def _prose_length(side: Side) -> float:
    return sum(side.lengths[k + 1] - side.lengths[k] for k, kind in enumerate(side.kinds) if kind in PROSE)
