"""What a system is tested on must be in nothing that it learns from: not on another page either, nor nearly so.

Books say things twice: a summary repeats a sentence of another chapter, two pages introduce the same data set in the
same words. Such a pair is kept out as a whole, whichever side says it. Short texts (`Summary`, `Exercises`) are in
every article and tell nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from amts_action.documents.sentences import sentences
from amts_action.memory.harvest import CandidatePair
from amts_action.memory.readable import readable

__all__ = ["HeldOut"]

NEAR = 90.0
"""Least likeness (0 to 100, rapidfuzz's ratio of the letters) of two sentences that say the same. Our own limit: one
word of ten is another."""
LEAST = 24
"""Letters of a sentence that counts; a wide one counts as three. Our own limit: about five words."""


class HeldOut:
    """The sentences of a test, on both sides."""

    def __init__(self, documents: Iterable[tuple[Iterable[str], str]]) -> None:
        """Takes the texts of each side of each document, with their language."""
        found: dict[str, None] = {}
        for texts, lang in documents:
            for text in texts:
                found.update(dict.fromkeys(_keys(text, lang)))
        self._known = frozenset(found)
        self._keys = list(found)
        self._seen: dict[str, bool] = {}
        self._pairs: set[tuple[str, str]] = set()

    @property
    def count(self) -> int:
        """Different pairs that were kept out so far."""
        return len(self._pairs)

    def holds(self, source: str, target: str, languages: tuple[str, str]) -> bool:
        """Whether a sentence of one of the texts is one of the test, or nearly so."""
        pair = (source, target)
        if found := any(
            self._is_near(key) for text, lang in zip(pair, languages, strict=True) for key in _keys(text, lang)
        ):
            self._pairs.add(pair)
        return found

    def without(self, pairs: Iterable[CandidatePair], languages: tuple[str, str]) -> list[CandidatePair]:
        """The pairs that may be learnt from."""
        return [pair for pair in pairs if not self.holds(pair.source, pair.target, languages)]

    def _is_near(self, key: str) -> bool:
        if key not in self._seen:
            from rapidfuzz import fuzz, process

            near = process.extractOne(key, self._keys, scorer=fuzz.ratio, score_cutoff=NEAR)
            self._seen[key] = key in self._known or near is not None
        return self._seen[key]


def _keys(text: str, lang: str) -> list[str]:
    """The letters and digits of each sentence that is long enough to tell something."""
    out = []
    for span in sentences(text, lang):
        plain = unicodedata.normalize("NFKC", readable(span.of(text))).casefold()
        key = "".join(c for c in plain if c.isalnum())
        if sum(3 if unicodedata.east_asian_width(c) in "WF" else 1 for c in key) >= LEAST:
            out.append(key)
    return out
