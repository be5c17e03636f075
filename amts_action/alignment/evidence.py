"""How well groups of sentences fit each other: the scores that `alignment.sentences` adds up.

Everything is the logarithm of a likelihood ratio, translations against strangers; 0 is indifferent.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from amts_action.alignment.lexicon import (
    Lexicon,
    anchor_features,
    best_of,
    explain,
    is_wide,
    word_features,
)
from amts_action.documents.inline import tokens
from amts_action.documents.model import PROSE

__all__ = ["Evidence", "SentenceUnit"]


@dataclass(frozen=True, slots=True)
class SentenceUnit:
    """One sentence, or one block that is not language (a milestone: code, a display equation, a label)."""

    text: str
    block_index: int
    """Place of its block in the document; rises along the units."""
    kind: str = "paragraph"
    """Kind of its block (`documents.model.Kind`)."""


_FLOW = frozenset({"paragraph", "list_item", "footnote"})
_LATIN = re.compile(r"[a-z][a-z'’]+\Z")
_SPREAD = 0.28
"""Standard deviation of the logarithm of the length ratio of long sentences."""
_SPREAD_SHORT = 2.4
"""Its growth for short ones: variance `_SPREAD² + _SPREAD_SHORT / length`."""
_SPREAD_STRANGERS = 1.0
"""The same for two sentences that have nothing to do with each other."""
_CROSSING = -2.5
"""For every block boundary inside one side of a bead: paragraphs are merged and split, but rarely."""
_TOGETHER = 0.4
_ALONE = -1.2
"""Both begin a block or neither does; only one does."""


class Side:
    """One document's units with what is read from each of them once."""

    def __init__(self, units: Sequence[SentenceUnit]) -> None:
        self.units = tuple(units)
        self.words = [word_features(u.text) if u.kind in PROSE else () for u in units]
        self.anchors = [anchor_features(u.text) if u.kind in PROSE else _milestone(u) for u in units]
        self.sets = [frozenset(w) | {a for a, _ in found} for w, found in zip(self.words, self.anchors, strict=True)]
        self.lengths = [_length(u.text) for u in units]
        self.first = [k == 0 or units[k - 1].block_index != u.block_index for k, u in enumerate(units)]
        count = Counter(f for found in self.sets for f in found)
        self.chance = {f: (n + 0.5) / (len(units) + 1.0) for f, n in count.items()}
        self.count = count
        self.wide = sum(is_wide(w) for words in self.words for w in words) * 2 > sum(map(len, self.words))

    def rare(self, feature: str) -> float:
        """The probability that a unit of this side has the feature by chance."""
        return self.chance.get(feature, 0.5 / (len(self.units) + 1.0))


def _milestone(unit: SentenceUnit) -> tuple[tuple[str, float], ...]:
    return (("\x00" + unit.kind + "".join(unit.text.split()), 0.8),)


@lru_cache(maxsize=100_000)
def _length(text: str) -> float:
    """Length for comparison: characters, a Han or kana one as 3 (about its worth in a translation), a span as 6."""
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
        self.source, self.target, self.lexicon = source, target, lexicon
        self.ratio = _ratio(source, target)
        self._forward = [self._known(source, target, j, lexicon.forward) for j in range(len(target.units))]
        self._backward = [self._known(target, source, i, lexicon.backward) for i in range(len(source.units))]
        self._gains: dict[tuple[int, int], tuple[list[float], list[float]]] = {}

    def _known(self, here: Side, there: Side, k: int, gains: object) -> dict[str, float]:
        """What a unit `k` of `there` can explain of the units of `here`: feature → evidence."""
        best = best_of(gains, there.words[k])  # type: ignore[arg-type]
        for word in there.words[k]:
            if word in here.chance and not is_wide(word):
                kept = 0.8 if here.wide != there.wide else 0.4
                gain = math.log(kept / here.rare(word)) if here.rare(word) < kept else 0.0
                if gain > best.get(word, 0.0):
                    best[word] = min(gain, 4.0)
        for anchor, kept in there.anchors[k]:
            if anchor in here.chance:
                best[anchor] = max(0.0, math.log(kept / here.rare(anchor)))
        return best

    def _pair(self, i: int, j: int) -> tuple[list[float], list[float]]:
        found = self._gains.get((i, j))
        if found is None:
            found = self._gains[i, j] = (
                self._one_way(self.source, i, self._forward[j], self.lexicon.missing_source, self.target),
                self._one_way(self.target, j, self._backward[i], self.lexicon.missing_target, self.source),
            )
        return found

    def _one_way(self, here: Side, k: int, best: dict[str, float], missing: object, there: Side) -> list[float]:
        gains = explain(here.words[k], best, missing)  # type: ignore[arg-type]
        if here.wide and not there.wide:
            for n, word in enumerate(here.words[k]):
                if word not in best and _LATIN.match(word):
                    gains[n] = min(gains[n], -0.7)
        gains += [best[a] if a in best else math.log(1.0 - kept) * 0.7 for a, kept in here.anchors[k]]
        return gains

    def content(self, i: int, m: int, j: int, n: int) -> float:
        """Evidence from words and anchors for source units `i … i+m` and target units `j … j+n` (ends exclusive)."""
        total = 0.0
        for a in range(i, i + m):
            lists = [self._pair(a, b)[0] for b in range(j, j + n)]
            total += sum(lists[0]) if n == 1 else sum(map(max, *lists))
        for b in range(j, j + n):
            lists = [self._pair(a, b)[1] for a in range(i, i + m)]
            total += sum(lists[0]) if m == 1 else sum(map(max, *lists))
        return total / 2

    def length(self, i: int, m: int, j: int, n: int) -> float:
        """Evidence from the lengths: normal in the logarithm, wider for short sentences."""
        here = sum(self.source.lengths[i : i + m]) * self.ratio
        there = sum(self.target.lengths[j : j + n])
        spread = _SPREAD**2 + _SPREAD_SHORT / (here + there + 4)
        wide = spread + _SPREAD_STRANGERS**2
        x = math.log((there + 2) / (here + 2)) ** 2
        return 0.5 * (math.log(wide / spread) - x / spread + x / wide)

    def form(self, i: int, m: int, j: int, n: int) -> float:
        """Evidence from kinds and block boundaries; -inf where the kinds cannot be the same thing."""
        source, target = self.source, self.target
        kinds = {u.kind for u in source.units[i : i + m]} | {u.kind for u in target.units[j : j + n]}
        score = 0.0
        if len(kinds) > 1:
            if not kinds <= _FLOW:
                return -4.0 if kinds <= PROSE and m == n == 1 else -math.inf
            score = -0.7
        elif (
            m + n > 2 and not kinds <= _FLOW and (sum(source.first[i : i + m]) > 1 or sum(target.first[j : j + n]) > 1)
        ):
            return -math.inf
        score += 0.5 * ("heading" in kinds)
        score += _TOGETHER if source.first[i] == target.first[j] else _ALONE
        return score + _CROSSING * (sum(source.first[i + 1 : i + m]) + sum(target.first[j + 1 : j + n]))


def _ratio(source: Side, target: Side) -> float:
    here = sum(n for n, u in zip(source.lengths, source.units, strict=True) if u.kind in PROSE)
    there = sum(n for n, u in zip(target.lengths, target.units, strict=True) if u.kind in PROSE)
    return min(5.0, max(0.2, there / here)) if here and there else 1.0
