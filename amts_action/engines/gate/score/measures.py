"""What is measured of a pair with the words and lengths that a book knows: what is translated, and what is not."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from amts_action.documents.inline import protected, tokens
from amts_action.engines.gate.score.lengths import Lengths, clauses_in, learn_lengths, length_of
from amts_action.engines.gate.score.words import Words, learn_words, words_of

__all__ = ["Knowledge", "Measures", "learn_knowledge", "measure"]

_SENTENCE = re.compile(r"[.!?](?=\s|$|[^\x00-\x7f\w])|[。！？]")
_END = re.compile(r"[.!?:;。！？：；…][\s\"'”’）)\]*_」』]*$")
_BOUND = re.compile(
    r"[,.;:!?…()—–]+(?=\s|$|[^\x00-\x7f])|[，。；：！？、（）]"
    r"|\s(?=(?:and|or|but|which|that|so|because|when|where|if|to|for|with|while|in|by|of)\s)"
)
"""Where a stretch of text may begin or end that an engine leaves out or adds: marks, and joining words of English."""
FEW = 3.0
"""Added to numbers of words, so that short texts do not weigh too much. By hand, held to `benchmarks/gate.py`."""
MOST_SPANS = 3
"""Spans lost or added that are counted. By hand, held to `benchmarks/gate.py`."""
SPAN = 1.5
"""Evidence of a protected span that is there, or not, where neighbouring words are summed up. By hand, held to
`benchmarks/gate.py`."""
MOST_BOUNDS, LONGEST = 14, 4
"""Places that are looked at, and how many of them a stretch in the middle may span. By hand, held to
`benchmarks/gate.py`."""
SURE = 2.0
"""Evidence of all words with a translation, below which their places say nothing. By hand, held to
`benchmarks/gate.py`."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a book's pairs tell of its words and lengths, both ways."""

    forward: Words
    """Of target words, seen from the source."""
    backward: Words
    """Of source words, seen from the target."""
    lengths: Lengths
    """How long a translation is."""
    originals: Lengths
    """How long an original is, by its translation."""


def learn_knowledge(pairs: Sequence[tuple[str, str]]) -> Knowledge:
    """What pairs of a book's people tell."""
    forward, backward = learn_words(pairs)
    return Knowledge(forward, backward, learn_lengths(pairs), learn_lengths([(b, a) for a, b in pairs]))


class Measures(NamedTuple):
    """Figures of one pair; those of words are evidence, above 0 for a translation and below against it."""

    off: float
    """How much longer than expected, in standard deviations."""
    back: float
    """How much longer the original is than its translation lets expect."""
    source: float
    """Of all words of the source, given the target."""
    target: float
    """Of all words of the target, given the source."""
    absent: float
    """Of the words of the source that have no translation."""
    source_gap: float
    """The worst run of words and spans of the source; 0 or less."""
    source_tail: float
    """The worst end of the source."""
    source_head: float
    """The worst beginning."""
    target_gap: float
    target_tail: float
    target_head: float
    source_cut: Cut
    """What speaks for a part of the source that nothing translates."""
    target_cut: Cut
    """What speaks for a part of the target that translates nothing."""
    places: Places
    lost: float
    """Protected spans of the source that the target lacks."""
    lost_share: float
    more: float
    """Protected spans that only the target has."""
    sentences: float
    """Sentences of the target less those of the source."""
    clauses: float
    """Logarithm of the ratio of the clauses."""
    ended: float
    """-1 when only the source ends with a mark, 1 when only the target does."""
    size: float
    """Words of the shorter side."""


class Cut(NamedTuple):
    """Logarithms of how much likelier words and length of the other side are when a stretch has no part in it."""

    tail: float
    """The likeliest stretch to the end."""
    head: float
    """From the beginning."""
    middle: float
    """Anywhere."""


class Places(NamedTuple):
    """Where the words stand that have a translation, from 0 (first) to 1."""

    moved: float = 0.0
    """Their middle, less that of all words that are known: below 0 when the end of the source has none."""
    later: float = 0.0
    """Their middle less that of their translations."""
    apart: float = 0.3
    """How far they are from their translations."""


def measure(source: str, target: str, known: Knowledge) -> Measures:
    """The figures of a pair of marked texts."""
    here, there = words_of(source), words_of(target)
    of_target, of_source = known.forward.explained(there, here), known.backward.explained(here, there)
    length, original = known.lengths.expected(source), known.originals.expected(target)
    has, given = protected(source), protected(target)
    lost = sum((has - given).values())
    mine, other = _with_spans(source, of_source, target), _with_spans(target, of_target, source)
    return Measures(
        known.lengths.off(length, target),
        known.originals.off(original, source),
        sum(of_source) / math.sqrt(len(of_source) + FEW),
        sum(of_target) / math.sqrt(len(of_target) + FEW),
        sum(value for value in of_source if value < 0) / math.sqrt(len(of_source) + FEW),
        _gap(mine.values),
        _tail(mine.values),
        _tail(mine.values[::-1]),
        _gap(other.values),
        _tail(other.values),
        _tail(other.values[::-1]),
        _cut(source, mine, target, known.lengths, length),
        _cut(target, other, source, known.originals, original),
        _places(source, target, known.backward),
        float(min(lost, MOST_SPANS)),
        lost / (1 + sum(has.values())),
        float(min(sum((given - has).values()), MOST_SPANS)),
        float(len(_SENTENCE.findall(target)) - len(_SENTENCE.findall(source))),
        math.log((clauses_in(target) + 1) / (clauses_in(source) + 1)),
        float(bool(_END.search(target))) - float(bool(_END.search(source))),
        float(min(len(here), len(there))),
    )


class _Row(NamedTuple):
    """Words and spans in order."""

    places: Sequence[int]
    """Offsets in the text."""
    values: Sequence[float]
    """Evidence of each."""


@lru_cache(maxsize=20_000)
def _spans(text: str) -> tuple[tuple[str, int], ...]:
    """Protected spans without their blanks, and their offsets."""
    out, at = [], 0
    for token in tokens(text):
        if token.type == "span" and token.kind != "escape":
            out.append(("".join(token.raw.split()), at))
        at += len(token.raw)
    return tuple(out)


def _with_spans(text: str, values: Sequence[float], other: str) -> _Row:
    """The words of a text and their evidence, with its spans among them."""
    places = [word.place for word in words_of(text)]
    spans = _spans(text)
    if not spans:
        return _Row(places, values)
    left = Counter(raw for raw, _ in _spans(other))
    found = list(zip(places, values, strict=True))
    for raw, at in spans:
        found.append((at, SPAN if left[raw] > 0 else -SPAN))
        left[raw] -= 1
    found.sort()
    return _Row([place for place, _ in found], [value for _, value in found])


@lru_cache(maxsize=20_000)
def _bounds(text: str) -> tuple[int, ...]:
    """Offsets between two stretches, at most `MOST_BOUNDS`, evenly."""
    ends = [m.end() for m in _BOUND.finditer(text)]
    step = -(-len(ends) // MOST_BOUNDS) or 1
    return tuple(ends[::-step])


def _cut(text: str, row: _Row, other: str, lengths: Lengths, whole: float) -> Cut:
    """What words and lengths together say for a stretch that has no part in the other text.

    Args:
        whole: how long the other text should be.
    """
    size = len(row.values)
    bounds = sorted({bisect_left(row.places, end) for end in _bounds(text)} - {0, size})
    if not bounds:
        return Cut(0.0, 0.0, 0.0)
    sums = [0.0]
    for value in row.values:
        sums.append(sums[-1] + value)
    found = math.log(length_of(other) + 2)

    def likely(expected: float) -> float:
        variance = lengths.spread[0] + lengths.spread[1] / (expected + 10)
        return -0.5 * (found - math.log(expected + 2)) ** 2 / variance - 0.5 * math.log(variance)

    as_whole = likely(whole)
    shares = [place / (len(text) + 1) for place in row.places] + [1.0]

    def speaks(first: int, end: int) -> float:
        rest = max(3.0, whole * (1 - (shares[end] - (shares[first] if first else 0.0))))
        return sums[first] - sums[end] + likely(rest) - as_whole

    return Cut(
        max(speaks(k, size) for k in bounds),
        max(speaks(0, k) for k in bounds),
        max((speaks(a, b) for a, b in _stretches(bounds)), default=0.0),
    )


def _stretches(bounds: Sequence[int]) -> Iterator[tuple[int, int]]:
    for n, first in enumerate(bounds):
        for end in bounds[n + 1 : n + 1 + LONGEST]:
            yield first, end


def _places(source: str, target: str, backward: Words) -> Places:
    here, there = words_of(source), words_of(target)
    where: dict[str, list[float]] = {}
    for n, word in enumerate(there):
        where.setdefault(word.key, []).append((n + 0.5) / len(there))
    every = middle = weight = mine = other = apart = 0.0
    for n, word in enumerate(here):
        sign = backward.signs.get(word.key)
        if sign is None:
            continue
        place = (n + 0.5) / len(here)
        every += sign.there
        middle += sign.there * place
        found = [at for key in sign.others for at in where.get(key, ())]
        if found:
            nearest = min(found, key=lambda at: abs(at - place))
            weight += sign.there
            mine += sign.there * place
            other += sign.there * nearest
            apart += sign.there * abs(nearest - place)
    if weight <= SURE:
        return Places()
    return Places(mine / weight - middle / every, (mine - other) / weight, apart / weight)


def _gap(values: Sequence[float]) -> float:
    """The least sum of neighbouring values, at most 0."""
    worst = run = 0.0
    for value in values:
        run = min(0.0, run + value)
        worst = min(worst, run)
    return worst


def _tail(values: Sequence[float]) -> float:
    """The least sum of the last values, at most 0."""
    worst = run = 0.0
    for value in reversed(values):
        run += value
        worst = min(worst, run)
    return worst
