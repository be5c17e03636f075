"""How long a translation should be, by the words of the original: learnt from a book's people by ridge regression.

The ratio of two lengths alone varies so much between sentences (0.14 to 0.30 as a logarithm, in five books) that half a
sentence can be missing unseen; what the words add takes a third of that away.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from amts_action.engines.gate.score.words import words_of

__all__ = ["Lengths", "clauses_in", "clauses_of", "learn_lengths", "length_of"]

_SPAN = re.compile(r"\$\$?[^$]+\$\$?|`[^`]+`|\{[\w:-]+\}`[^`]*`|\]\([^)]*\)|https?://\S+|:\w+:`[^`]*`")
_CLAUSE = re.compile(r"[,.;:!?，。；：！？、…]+(?=\s|$|[^\x00-\x7f])|[，。；：！？、…]")
OWN = 150
"""Words that have a length of their own: the commonest. By hand, held to `benchmarks/gate.py`."""
RIDGE, RIDGE_OWN = 0.01, 3.0
"""Penalties of the general weights and of those of single words. By hand, held to `benchmarks/gate.py`."""
LEAST = 3.0
"""Characters that a translation has at least. By hand, held to `benchmarks/gate.py`."""
ROUNDS = 3
"""Rounds in which pairs far from what is expected lose weight. By hand, held to `benchmarks/gate.py`."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """What is known of the lengths in a book."""

    general: tuple[float, ...] = ()
    """Characters for any text, for 50 of its characters, 10 of its words, a span, a clause."""
    own: Mapping[str, float] = field(default_factory=dict)
    """Characters for a word, besides."""
    spread: tuple[float, float] = (0.05, 1.0)
    """Variance of the logarithm: the first, plus the second divided by the length."""

    def off(self, expected: float, target: str) -> float:
        """How much longer (or shorter, below 0) a translation is than expected, in standard deviations."""
        variance = self.spread[0] + self.spread[1] / (expected + 10)
        return (math.log(length_of(target) + 2) - math.log(expected + 2)) / math.sqrt(variance)

    def expected(self, source: str) -> float:
        """Characters of the translation of a text."""
        about = sum(w * x for w, x in zip(self.general, _about(source), strict=True))
        return max(LEAST, about + sum(self.own.get(word.key, 0.0) for word in words_of(source)))


@lru_cache(maxsize=20_000)
def length_of(text: str) -> float:
    """Characters of language; a span as 4, a wide character as itself."""
    return len(_SPAN.sub("", text)) + 4 * len(_SPAN.findall(text))


def clauses_in(text: str) -> int:
    """Clauses of a text, by its marks."""
    return len(_CLAUSE.findall(text))


def clauses_of(text: str) -> list[str]:
    """The clauses of a text, each with its mark; together they are the text."""
    ends = [0, *(m.end() for m in _CLAUSE.finditer(text)), len(text)]
    return [text[a:b] for a, b in pairwise(ends) if text[a:b].strip()]


def _about(text: str) -> tuple[float, ...]:
    plain = len(_SPAN.sub("", text)) / 50
    return 1.0, plain, len(words_of(text)) / 10, float(len(_SPAN.findall(text))), float(clauses_in(text))


def learn_lengths(pairs: Sequence[tuple[str, str]]) -> Lengths:
    """What the pairs of a book's people tell."""
    from amts_action.engines.gate.score.arrays import np

    common = Counter(w for source, _ in pairs for w in {word.key for word in words_of(source)})
    place = {word: n for n, (word, _) in enumerate(sorted(common.items(), key=lambda item: (-item[1], item[0]))[:OWN])}
    first = len(_about(""))
    rows = np.zeros((len(pairs), first + len(place)))
    for n, (source, _) in enumerate(pairs):
        rows[n, :first] = _about(source)
        for word in words_of(source):
            if word.key in place:
                rows[n, first + place[word.key]] += 1
    wanted = np.array([length_of(target) for _, target in pairs])
    ridge = np.diag([RIDGE] * first + [RIDGE_OWN] * len(place))
    base = 1 / np.sqrt(wanted + 5)  # longer texts vary more
    weights, found = base, np.zeros(rows.shape[1])
    for _ in range(ROUNDS + 1):
        weighed = rows * weights[:, None]
        found = np.linalg.solve(weighed.T @ weighed + ridge, weighed.T @ (wanted * weights))
        off = np.log(wanted + 2) - np.log(np.maximum(LEAST, rows @ found) + 2)
        usual = 1.48 * float(np.median(np.abs(off))) + 1e-6
        weights = base * np.sqrt(np.minimum(1, 2 * usual / np.maximum(np.abs(off), 1e-9)))
    expected = np.maximum(LEAST, rows @ found)
    short, squares = 1 / (expected + 10), np.minimum(1.0, off**2)
    slope = float(np.cov(short, squares, bias=True)[0, 1] / max(1e-12, short.var()))
    slope = max(0.05, slope)
    rest = max(0.005, float(squares.mean() - slope * short.mean()))
    own = {word: float(found[first + n]) for word, n in place.items()}
    return Lengths(tuple(float(w) for w in found[:first]), own, (rest, slope))
