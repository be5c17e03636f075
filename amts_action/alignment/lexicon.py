"""Word translations learnt from sentence or block pairs of the book itself; no dictionary and no model is needed.

For a source word s that occurs in n pairs, and a target word t that is in the target of c of them, P(t|s) is about c/n.
What a sentence pair says is then a log-likelihood ratio: seeing t where s is, against seeing t anywhere (Moore 2002,
"Fast and Accurate Sentence Alignment of Bilingual Corpora", uses IBM model 1 in the same place; hunalign a dictionary
learnt in a first pass). Counting is linear in the size of the book.

What needs no learning goes in the same form: formulas, code, references, citations, links, numbers and names in Latin
script are "words" that translate as themselves.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Any

from amts_action.documents.inline import protected, tokens

__all__ = ["MOST_GAIN", "Lexicon", "Odds", "anchor_features", "is_wide", "learn_lexicon", "word_features"]

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?|[?!]")
_BIGRAM_SCRIPTS = re.compile("[\u2e80-\u2fff\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af\u3040-\u309f]+")
_STEM = 6
"""Letters kept of a word: a poor man's stemmer that works for every alphabet (plural s, case endings, tenses). By hand,
held to `benchmarks/sentence_pairs.py`."""

_MOST = 12
"""Translations kept of each word. By hand, held to `benchmarks/sentence_pairs.py`."""

_COMMON = 0.5
"""Words in more than this share of the pairs say nothing of a pair. By hand, held to `benchmarks/sentence_pairs.py`."""

MOST_GAIN = 5.0
"""Evidence of one word at most. The logarithm of about 150 to 1. By hand, held to `benchmarks/sentence_pairs.py`."""

_KEPT = {"math": 0.9, "code": 0.85, "reference": 0.9, "citation": 0.9, "label": 0.9, "image": 0.7, "link": 0.7}
"""How often a translation holds the same span (measured on d2l and QuantEcon books, Chinese: 0.93 to 0.99 for the first
four)."""


@lru_cache(maxsize=100_000)
def word_features(text: str) -> tuple[str, ...]:
    """The distinct words of `text`, without markup: stems for alphabets, pairs of characters for Han, kana and Hangul.

    Numbers and `?`, `!` are words too.
    """
    plain = "".join(t.raw if t.type == "text" else " " for t in tokens(text) if t.type in ("text", "span"))
    plain = unicodedata.normalize("NFKC", plain).lower()
    found: dict[str, None] = {}
    for match in _WORD.finditer(plain):
        word = match.group()
        if word.isascii():
            found[word if word[0].isdigit() else word[:_STEM]] = None
            continue
        at = 0
        for wide in _BIGRAM_SCRIPTS.finditer(word):
            if wide.start() > at:
                found[word[at : wide.start()][:_STEM]] = None
            run = wide.group()
            for k in range(max(1, len(run) - 1)):
                found[run[k : k + 2]] = None
            at = wide.end()
        if at < len(word):
            found[word[at:] if word[0].isdigit() else word[at:][:_STEM]] = None
    return tuple(found)


@lru_cache(maxsize=100_000)
def anchor_features(text: str) -> tuple[tuple[str, float], ...]:
    """What a translation of `text` keeps, with the probability that it does; a second `$x$` is another feature."""
    found: list[tuple[str, float]] = []
    for (kind, raw), count in protected(text).items():
        if kind in ("escape", "html"):
            continue
        if kind == "image":
            raw = raw.rsplit("/", 1)[-1]
        found += [(f"\x00{kind} {raw} {k}", _KEPT.get(kind, 0.7) * 0.9 ** min(k, 5)) for k in range(min(count, 20))]
    return tuple(found)


@lru_cache(maxsize=200_000)
def is_wide(word: str) -> bool:
    """Whether the feature is a pair of Han, kana or Hangul characters; neighbouring pairs share a character."""
    return _BIGRAM_SCRIPTS.match(word) is not None


Odds = Mapping[str, Mapping[str, float]]
"""Word → word of the other language → probability that the other is in a sentence's translation."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What the words of one language say about the words of the other; an empty lexicon says nothing."""

    forward: Odds = field(default_factory=dict)
    """Source word s → target word t → P(t|s)."""
    backward: Odds = field(default_factory=dict)
    """Target word t → source word s → P(s|t)."""
    source_chance: Mapping[str, float] = field(default_factory=dict)
    """Source word → share of the pairs that have it."""
    target_chance: Mapping[str, float] = field(default_factory=dict)
    """Target word → share of the pairs that have it."""
    pairs: int = 0
    """Number of pairs it was learnt from."""

    def score(self, source_text: str, target_text: str) -> float:
        """How well the words fit: 0 for chance or nothing known, towards 1 for a full translation, down to -1."""
        source, target = word_features(source_text), word_features(target_text)
        here = _mean_gain(source, target, self.forward, self.target_chance)
        there = _mean_gain(target, source, self.backward, self.source_chance)
        return math.tanh((here + there) / 2)


def _mean_gain(words: Sequence[str], others: Sequence[str], odds: Odds, chance: Mapping[str, float]) -> float:
    present = frozenset(others)
    total, known = 0.0, 0
    for word in words:
        translations = odds.get(word)
        if translations:
            known += 1
            total += evidence(translations, present, chance)
    return total / known if known else 0.0


def evidence(translations: Mapping[str, float], present: Set[str], chance: Mapping[str, float]) -> float:
    """Logarithm of a likelihood ratio: the best translation that is `present`, or that the likeliest one is not."""
    best, likeliest, its_chance = 0.0, 0.0, 0.0
    for other, p in translations.items():
        q = chance[other]
        if other in present:
            if p > best * q:
                best = p / q
        elif p > likeliest:
            likeliest, its_chance = p, q
    if best > 0.0:
        return min(MOST_GAIN, math.log(best))
    return math.log((1.0 - likeliest) / (1.0 - min(its_chance, likeliest)))


def learn_lexicon(pairs: Iterable[tuple[str, str]]) -> Lexicon:
    """Learns from pairs of texts that are translations of each other; some of them may be wrong.

    The cost of each word that is then looked up is proportional to the words of the pairs that have it. What is known
    of the last pairs is kept: the steps of planning one page ask for the same.
    """
    return _lexicon_of(tuple(dict.fromkeys(pairs)))


@lru_cache(maxsize=2)
def _lexicon_of(pairs: tuple[tuple[str, str], ...]) -> Lexicon:
    here, there = [word_features(a) for a, _ in pairs], [word_features(b) for _, b in pairs]
    total = len(pairs) + 1.0
    counts = [Counter(chain.from_iterable(side)) for side in (here, there)]
    source, target = ({w: (n + 0.5) / total for w, n in count.items()} for count in counts)
    left, right = (
        [[w for w in words if 2 <= count[w] <= _COMMON * len(pairs)] for words in side]
        for side, count in zip((here, there), counts, strict=True)
    )
    return Lexicon(_Learnt(left, right, target), _Learnt(right, left, source), source, target, len(pairs))


class _Learnt(Mapping[str, Mapping[str, float]]):
    """P(word of `there` | word of `here`) for words that are seen together more than chance explains.

    Neither side has the words of a single pair or of most pairs: they translate nothing, and are most of a text.
    A word is looked into when it is asked for: a run that revises a few paragraphs needs a few of a book's words.
    """

    def __init__(
        self, here: Sequence[Sequence[str]], there: Sequence[Sequence[str]], chance: Mapping[str, float]
    ) -> None:
        self._there, self._chance = there, chance
        self._places: dict[str, list[int]] = {}
        for n, words in enumerate(here):
            for w in words:
                self._places.setdefault(w, []).append(n)
        self._known: dict[str, Mapping[str, float]] = {}

    def _find(self, word: str) -> Mapping[str, float]:
        found = self._known.get(word)
        if found is None:
            where = self._places.get(word)
            found = {}
            if where is not None:
                together = Counter(chain.from_iterable([self._there[n] for n in where]))
                found = _translations(together, len(where), self._chance)
            self._known[word] = found
        return found

    def get(self, word: str, default: Any = None, /) -> Any:
        """What is found for a word. The inherited one asks twice, and raises an error for every unknown word."""
        return self._find(word) or default

    def __getitem__(self, word: str) -> Mapping[str, float]:
        found = self._find(word)
        if not found:
            raise KeyError(word)
        return found

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and bool(self._find(word))

    def __iter__(self) -> Iterator[str]:
        return (word for word in self._places if self._find(word))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _translations(together: Counter[str], n: int, chance: Mapping[str, float]) -> dict[str, float]:
    """The best translations of a word that occurs in `n` pairs.

    One occurrence is taken off each count, so that a pair is no evidence for itself.
    """
    found = []
    least = max(2, n / 5)
    for other, count in [item for item in together.items() if item[1] >= least]:
        p, by_chance = (count - 1.0) / (n - 0.5), chance[other]
        if p > 2.0 * by_chance:
            found.append((p * math.log(p / by_chance), other, min(p, 0.9)))
    found.sort(key=lambda f: (-f[0], f[1]))
    return {other: p for _, other, p in found[:_MOST]}
