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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from amts_action.documents.inline import protected, tokens

__all__ = ["Lexicon", "anchor_features", "learn_lexicon", "word_features"]

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?|[?!]")
_BIGRAM_SCRIPTS = re.compile("[\u2e80-\u2fff\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af\u3040-\u309f]+")
_STEM = 6
"""Letters kept of a word: a poor man's stemmer that works for every alphabet (plural s, case endings, tenses)."""

_MOST = 12
"""Translations kept of each word."""

_KEPT = {"math": 0.9, "code": 0.85, "reference": 0.9, "citation": 0.9, "label": 0.9, "image": 0.7, "link": 0.7}
"""How often a translation holds the same span (d2l and QuantEcon books, Chinese: 0.93 to 0.99 for the first four)."""


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
    """What a translation of `text` keeps, with the probability that it does; the second `$x$` is another than the first."""
    found: list[tuple[str, float]] = []
    for (kind, raw), count in protected(text).items():
        if kind in ("escape", "html"):
            continue
        if kind == "image":
            raw = raw.rsplit("/", 1)[-1]
        found += [(f"\x00{kind} {raw} {k}", _KEPT.get(kind, 0.7) * 0.9 ** min(k, 5)) for k in range(min(count, 20))]
    return tuple(found)


def is_wide(word: str) -> bool:
    """Whether the feature is a pair of Han, kana or Hangul characters; neighbouring pairs share a character."""
    return _BIGRAM_SCRIPTS.match(word) is not None


Gains = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What the words of one language say about the words of the other.

    All values are natural logarithms of likelihood ratios. A lexicon without pairs is empty and says nothing.
    """

    forward: Gains = field(default_factory=dict)
    """Target word → source word → evidence when both are there, as seen from the source word."""
    backward: Gains = field(default_factory=dict)
    """Source word → target word → evidence when both are there, as seen from the target word."""
    missing_source: Mapping[str, float] = field(default_factory=dict)
    """Source word → evidence (negative) when none of its translations is there."""
    missing_target: Mapping[str, float] = field(default_factory=dict)
    """Target word → the same the other way."""
    pairs: int = 0
    """Number of pairs it was learnt from."""

    def score(self, source_text: str, target_text: str) -> float:
        """How well the words fit: 0 for chance or nothing known, towards 1 for a full translation, down to -1."""
        source, target = word_features(source_text), word_features(target_text)
        here = explain(source, best_of(self.forward, target), self.missing_source)
        there = explain(target, best_of(self.backward, source), self.missing_target)
        gain = sum(here) / max(1, len(here)) + sum(there) / max(1, len(there))
        return math.tanh(gain / 2)


def best_of(gains: Gains, words: Iterable[str]) -> dict[str, float]:
    """For each word of the other language that any of `words` explains: the best evidence."""
    best: dict[str, float] = {}
    for word in words:
        for other, gain in gains.get(word, {}).items():
            if gain > best.get(other, 0.0):
                best[other] = gain
    return best


def explain(words: Sequence[str], best: Mapping[str, float], missing: Mapping[str, float]) -> list[float]:
    """Evidence for each of `words`, 0 for the unknown ones; pairs of wide characters count half."""
    return [(best[w] if w in best else missing.get(w, 0.0)) * (0.5 if is_wide(w) else 1.0) for w in words]


def learn_lexicon(pairs: Iterable[tuple[str, str]]) -> Lexicon:
    """Learns from pairs of texts that are translations of each other; some of them may be wrong.

    The cost is proportional to the sum over pairs of (source words × target words): about 0.1 ms a sentence pair.
    """
    bags = [(word_features(a), word_features(b)) for a, b in dict.fromkeys(pairs)]
    forward, missing_source = _one_way([a for a, _ in bags], [b for _, b in bags])
    backward, missing_target = _one_way([b for _, b in bags], [a for a, _ in bags])
    return Lexicon(_turned(forward), _turned(backward), missing_source, missing_target, len(bags))


def _turned(gains: Gains) -> dict[str, dict[str, float]]:
    out: dict[str, dict[str, float]] = {}
    for word, others in gains.items():
        for other, gain in others.items():
            out.setdefault(other, {})[word] = gain
    return out


def _one_way(here: Sequence[tuple[str, ...]], there: Sequence[tuple[str, ...]]) -> tuple[Gains, dict[str, float]]:
    """Word of `here` → word of `there` → log P(other|word) / P(other); and log P(no translation|word)."""
    total = len(here)
    count = Counter(w for words in there for w in words)
    places: dict[str, list[int]] = {}
    for n, words in enumerate(here):
        for w in words:
            places.setdefault(w, []).append(n)
    gains: dict[str, dict[str, float]] = {}
    missing: dict[str, float] = {}
    for word, where in places.items():
        if 2 <= len(where) <= 0.6 * total:
            together: Counter[str] = Counter()
            for n in where:
                together.update(there[n])
            found = _translations(together, len(where), count, total)
            if found:
                gains[word] = {t: gain for t, gain, _ in found}
                missing[word] = max(-2.0, math.log(1.0 - max(p for _, _, p in found)))
    return gains, missing


def _translations(together: Counter[str], n: int, count: Counter[str], total: int) -> list[tuple[str, float, float]]:
    """The best translations of a word that occurs in `n` pairs: (word, evidence, probability).

    One occurrence is taken off each count, so that a pair is no evidence for itself.
    """
    found = []
    for other, c in together.items():
        if c < 2 or c * 5 < n:
            continue
        p = (c - 1.0) / (n - 0.5)
        chance = (count[other] + 0.5) / (total + 1.0)
        if p > 2.0 * chance:
            found.append((other, math.log(p / chance), p))
    found.sort(key=lambda f: (-f[1] * f[2], f[0]))
    return [(other, min(gain, 5.0), min(p, 0.95)) for other, gain, p in found[:_MOST]]
