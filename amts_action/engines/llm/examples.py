"""What a book can show a language model: people's translations of texts most like the one at hand, and agreed terms."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from amts_action.engines.model import EngineSettings, Pair
from amts_action.engines.term_forms import key, pattern
from amts_action.markup.abstraction import abstract_key, parts_of

if TYPE_CHECKING:
    from amts_action.memory.store import Memory

__all__ = ["Examples"]

LEAST = 40
"""Least likeness (0 to 100) of an example."""
MOST = 3
"""Examples for one text."""
MAX_TERMS = 30
"""Terms for one text."""
MAX_LENGTH = 1_500
"""Characters of an example, on either side."""


@dataclass(slots=True)
class Examples:
    """The book's pairs and terms, read when the first text asks for them."""

    settings: EngineSettings
    source_lang: str
    target_lang: str
    _pairs: list[Pair] | None = None
    _keys: list[str] = field(default_factory=list)
    _terms: list[tuple[str, str]] | None = None
    _pattern: re.Pattern[str] | None = None
    _memory: Memory | None = None

    def near(self, text: str) -> list[tuple[str, str]]:
        """The nearest pairs, best first; the text's own translation, if there is one, is among them.

        Raises:
            InputError: the translation memory cannot be read.
        """
        found = [*self._in_book(text), *self._in_memory(text)]
        best: dict[tuple[str, str], float] = {}
        for score, source, target in found:
            if len(source) <= MAX_LENGTH and len(target) <= MAX_LENGTH:
                best[source, target] = max(score, best.get((source, target), 0))
        return sorted(best, key=lambda pair: (-best[pair], pair))[:MOST]

    def _in_book(self, text: str) -> list[tuple[float, str, str]]:
        from rapidfuzz import fuzz, process

        if self._pairs is None:
            self._pairs = [pair for pair in self.settings.pairs() if pair.source.strip() and pair.target.strip()]
            self._keys = [abstract_key(parts_of(pair.source)) for pair in self._pairs]
        key = abstract_key(parts_of(text))
        hits = process.extract(key, self._keys, scorer=fuzz.ratio, score_cutoff=LEAST, limit=MOST)
        return [(score, self._pairs[n].source, self._pairs[n].target) for _, score, n in hits]

    def _in_memory(self, text: str) -> list[tuple[float, str, str]]:
        if self.settings.memory_path is None:
            return []
        from amts_action.memory.lookup import look_up
        from amts_action.memory.store import Memory

        if self._memory is None:
            self._memory = Memory.open(self.settings.memory_path)
        languages = {"source_lang": self.source_lang, "target_lang": self.target_lang}
        matches = look_up(self._memory, text, **languages, least=LEAST, limit=MOST)
        return [(float(m.score), m.row.entry.source, m.row.entry.target) for m in matches]

    def terms(self, text: str) -> list[tuple[str, str]]:
        """The agreed terms that occur in a text.

        Raises:
            InputError: the glossary cannot be read.
        """
        if self._terms is None:
            self._terms = list(self.settings.terms())
            self._pattern = pattern(source for source, _ in self._terms)
        if self._pattern is None or not self._terms:
            return []
        found = {key(m.group()) for m in self._pattern.finditer(text)}
        return [term for term in self._terms if key(term[0]) in found][:MAX_TERMS]

    def close(self) -> None:
        """Lets go of the memory."""
        if self._memory is not None:
            with closing(self._memory):
                self._memory = None
