"""Which words stand for which, learnt from the pairs of a book, and what they say about a new pair.

IBM model 1 (Brown et al. 1993, "The Mathematics of Statistical Machine Translation") in both directions, on bags of
stems, of words in katakana and of pairs of Han and Hangul characters. Links that co-occurrence does not explain better
than chance are dropped before the first round, which makes learning ten times as fast; a word that came once says
nothing anyway. What is kept is how often a word's likeliest translations are there when it is, and how often they are
anyway: so what is missing speaks as clearly as what is there.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from amts_action.documents.inline import tokens

__all__ = ["Word", "WordSign", "Words", "learn_words", "words_of"]

_STEM = 6
"""Letters kept of a word, as in `alignment.lexicon`."""
_ROUNDS = 3
"""Rounds of expectation and maximisation. By hand, held to `benchmarks/gate.py`."""
_LEAST = 0.02
"""Probability below which a link is forgotten. By hand, held to `benchmarks/gate.py`."""
_MOST = 3.0
"""Evidence of one word at most, for or against. By hand, held to `benchmarks/gate.py`."""
_SUREST = 0.97
"""Of words that people always translate so, how many are taken to be so the next time. By hand, held to
`benchmarks/gate.py`."""
_TELLING = 1.3
"""Times oftener than anyway that a translation must be there for its word to say anything. By hand, held to
`benchmarks/gate.py`."""

_WIDE = re.compile("[\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]+")
_PART = re.compile("(?P<borrowed>[\u30a0-\u30ff]+)|[^\u30a0-\u30ff]+")
"""A word in katakana is borrowed, and one word; other wide characters are read in pairs."""
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


class Word(NamedTuple):
    """A word of a text, by its stem or as a pair of wide characters."""

    key: str
    place: int
    """Offset in the text, markup included."""


@lru_cache(maxsize=20_000)
def words_of(text: str) -> tuple[Word, ...]:
    """The words of a marked text in order, markup and protected spans left out."""
    out: list[Word] = []
    at = 0
    for token in tokens(text):
        if token.type == "text":
            out += _words(token.raw, at)
        at += len(token.raw)
    return tuple(out)


def _words(raw: str, start: int) -> Iterable[Word]:
    if raw.isascii():
        for match in _WORD.finditer(raw.lower()):
            yield Word(match.group()[:_STEM], start + match.start())
        return
    folded = unicodedata.normalize("NFKC", raw).lower()
    if len(folded) != len(raw):
        folded = raw.lower() if len(raw.lower()) == len(raw) else raw
    for match in _WORD.finditer(folded):
        word, at = match.group(), 0
        for wide in _WIDE.finditer(word):
            if wide.start() > at:
                yield Word(word[at : wide.start()][:_STEM], start + match.start() + at)
            for part in _PART.finditer(wide.group()):
                run, first = part.group(), start + match.start() + wide.start() + part.start()
                if part.lastgroup == "borrowed":
                    yield Word(run[:_STEM], first)
                else:
                    for k in range(max(1, len(run) - 1)):
                        yield Word(run[k : k + 2], first + k)
            at = wide.end()
        if at < len(word):
            yield Word(word[at:][:_STEM], start + match.start() + at)


Links = Mapping[str, Mapping[str, float]]
"""Word → word of the other language → probability that the first makes the second."""


class WordSign(NamedTuple):
    """What a word says when its translations are there, and when they are not."""

    others: frozenset[str]
    """Its likeliest translations."""
    there: float
    """Logarithm of how much likelier one of them is in its translation than in any text of the book."""
    absent: float
    """The same for none of them."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is known of the words of one language, seen from the other."""

    signs: Mapping[str, WordSign] = field(default_factory=dict)

    def explained(self, here: Sequence[Word], there: Sequence[Word]) -> list[float]:
        """For each word of `here` (the language that is known) what speaks for it being translated in `there`: above 0
        when a translation is there, below when none is, 0 for a word of which nothing is known.
        """
        keys = {word.key for word in there}
        known = (self.signs.get(word.key) for word in here)
        return [0.0 if s is None else s.absent if s.others.isdisjoint(keys) else s.there for s in known]


def learn_words(pairs: Sequence[tuple[str, str]]) -> tuple[Words, Words]:
    """What is known of the words of the target, by those of the source, and the other way round."""
    bags = [
        (sorted({w.key for w in words_of(a)}), sorted({w.key for w in words_of(b)})) for a, b in dict.fromkeys(pairs)
    ]
    back = [(b, a) for a, b in bags]
    return _signs(back, _learnt(back)), _signs(bags, _learnt(bags))


Bags = Sequence[tuple[list[str], list[str]]]


def _signs(bags: Bags, links: Links) -> Words:
    """How often one of a word's likeliest translations is there when the word is, and how often it is anyway."""
    total = len(bags)
    common = Counter(t for _, there in bags for t in there)
    best = {s: _best(row) for s, row in links.items()}
    seen: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    for here, there in bags:
        keys = set(there)
        for s in here:
            if s in best:
                seen[s] += 1
                kept[s] += not best[s].isdisjoint(keys)
    out = {}
    for s, others in best.items():
        anyway = 1 - math.prod(1 - common[t] / total for t in sorted(others))
        # Towards chance and a little below: a word that was seen twice proves less than its figures say.
        with_it = min(_SUREST, max(0.02, (kept[s] + anyway) / (seen[s] + 1.5)))
        anyway = min(0.9, max(0.002, anyway))
        if with_it > _TELLING * anyway:
            said = math.log(with_it / anyway), math.log((1 - with_it) / (1 - anyway))
            out[s] = WordSign(others, min(_MOST, said[0]), max(-_MOST, said[1]))
    return Words(out)


def _best(row: Mapping[str, float]) -> frozenset[str]:
    """The likeliest translations of a word: at most four, none much less likely than the first."""
    found = sorted(row.items(), key=lambda item: (-item[1], item[0]))[:4]
    return frozenset(t for t, p in found if p >= max(0.08, found[0][1] / 4))


def _learnt(bags: Bags) -> Links:
    """The words of the one language and what they make in the other."""
    here, there = (Counter(w for bag in bags for w in bag[side]) for side in (0, 1))
    total = sum(there.values()) + 1
    together: dict[str, Counter[str]] = {}
    for a, b in bags:
        for s in a:
            if here[s] >= 2:
                together.setdefault(s, Counter()).update(b)
    size = len(bags) + 1.0
    links: dict[str, dict[str, float]] = {}
    for s, found in together.items():
        n = here[s]
        kept = {t: c for t, c in found.items() if c >= 2 and c / n > 1.5 * there[t] / size}
        if kept:
            links[s] = {t: c / n for t, c in kept.items()}
    null = {t: n / total for t, n in there.items()}
    for _ in range(_ROUNDS):
        links, null = _round(bags, links, null)
    return links


def _round(
    bags: Bags, links: Mapping[str, Mapping[str, float]], null: Mapping[str, float]
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    counts: dict[str, dict[str, float]] = {}
    of_null: dict[str, float] = {}
    for a, b in bags:
        rows = [(s, links[s]) for s in a if s in links]
        for t in b:
            shares = [(s, row[t]) for s, row in rows if t in row]
            none = null.get(t, 1e-9)
            z = none + sum(p for _, p in shares)
            of_null[t] = of_null.get(t, 0.0) + none / z
            for s, p in shares:
                row = counts.setdefault(s, {})
                row[t] = row.get(t, 0.0) + p / z
    out = {}
    for s, row in counts.items():
        total = sum(row.values())
        out[s] = {t: c / total for t, c in row.items() if c > _LEAST * total}
    all_null = sum(of_null.values()) or 1.0
    return out, {t: c / all_null for t, c in of_null.items()}
