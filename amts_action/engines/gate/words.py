"""Which words stand for which, learnt from the pairs of a book, and what they say about a new pair.

IBM model 1 (Brown et al. 1993, "The Mathematics of Statistical Machine Translation") in both directions, on bags of
stems and of pairs of Han, kana and Hangul characters. Links that co-occurrence does not explain better than chance are
dropped before the first round, which makes learning ten times as fast; a word that came once says nothing anyway.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from amts_action.documents.inline import tokens

__all__ = ["Word", "Words", "learn_words", "words_of"]

_STEM = 6
"""Letters kept of a word, as `alignment.lexicon` does."""
_ROUNDS = 3
_LEAST = 0.02
"""Probability below which a link is forgotten."""
_NULL = ""
"""The empty word, for what nothing in the other text explains."""
_MOST, _WORST = 3.0, -2.0
"""Evidence of one word at most and at least."""
_SMOOTH = 0.1
"""Share of chance in every probability."""

_WIDE = re.compile("[\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]+")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


@dataclass(frozen=True, slots=True)
class Word:
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
    folded = unicodedata.normalize("NFKC", raw).lower()
    if len(folded) != len(raw):
        folded = raw.lower() if len(raw.lower()) == len(raw) else raw
    for match in _WORD.finditer(folded):
        word, at = match.group(), 0
        for wide in _WIDE.finditer(word):
            if wide.start() > at:
                yield Word(word[at : wide.start()][:_STEM], start + match.start() + at)
            run = wide.group()
            for k in range(max(1, len(run) - 1)):
                yield Word(run[k : k + 2], start + match.start() + wide.start() + k)
            at = wide.end()
        if at < len(word):
            yield Word(word[at:][:_STEM], start + match.start() + at)


Links = Mapping[str, Mapping[str, float]]
"""Word → word of the other language → probability that the first makes the second."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is known of the words of one language, seen from the other: `links[s][t]` is P(t | s)."""

    links: Links = field(default_factory=dict)
    chance: Mapping[str, float] = field(default_factory=dict)
    """Word of the other language → its share of all words there."""
    rare: float = 1e-4
    """Share of a word that was never seen."""

    def explained(self, here: Sequence[Word], there: Sequence[Word]) -> list[float]:
        """For each word of `here` (of the other language) how much better `there` explains it than chance does."""
        sources = [self.links[key] for key in {word.key for word in there} if key in self.links]
        null = self.links.get(_NULL, {})
        known: dict[str, float] = {}
        size = len(sources) + 1
        for word in here:
            if word.key in known:
                continue
            q = self.chance.get(word.key, self.rare)
            if word.key not in self.chance:
                known[word.key] = 0.0  # never seen: nothing can be said
                continue
            p = (sum(found.get(word.key, 0.0) for found in sources) + null.get(word.key, 0.0)) / size
            known[word.key] = min(_MOST, max(_WORST, math.log(((1 - _SMOOTH) * p + _SMOOTH * q) / q)))
        return [known[word.key] for word in here]


def learn_words(pairs: Sequence[tuple[str, str]]) -> tuple[Words, Words]:
    """What the words of the source say of those of the target, and the other way round."""
    bags = [
        (sorted({w.key for w in words_of(a)}), sorted({w.key for w in words_of(b)})) for a, b in dict.fromkeys(pairs)
    ]
    return _learnt(bags), _learnt([(b, a) for a, b in bags])


def _learnt(bags: Sequence[tuple[list[str], list[str]]]) -> Words:
    here, there = (Counter(w for bag in bags for w in bag[side]) for side in (0, 1))
    total = sum(there.values()) + 1
    chance = {w: n / total for w, n in there.items()}
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
    return Words({**links, _NULL: null}, chance, 0.5 / total)


def _round(
    bags: Sequence[tuple[list[str], list[str]]], links: Mapping[str, Mapping[str, float]], null: Mapping[str, float]
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
