"""Which of the book's terms a block has, in whatever form they stand there, and whether the translation has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from amts_action.documents.model import PROSE
from amts_action.engines.term_forms import key, occurs, pattern
from amts_action.merging.document import Entry

__all__ = ["Glossary", "TermHit"]


class TermHit(NamedTuple):
    """A term of a block's English."""

    term: str
    """As it stands there."""
    agreed: tuple[str, ...]
    used: str
    """The agreed translation that the proposal has; empty when it has none."""


class Glossary:
    """Finds terms in blocks. A term inside a longer one of the glossary does not count."""

    def __init__(self, terms: Sequence[tuple[str, str]]) -> None:
        self._agreed: dict[str, tuple[str, ...]] = {}
        for source, target in terms:
            if source.strip() and target.strip():
                self._agreed[key(source)] = (*self._agreed.get(key(source), ()), target.strip())
        self._any = pattern(source for source, target in terms if source.strip() and target.strip())

    def hits(self, entry: Entry) -> list[TermHit]:
        """The terms of a block's English, each once."""
        if not self._agreed or entry.kind not in PROSE:
            return []
        found = {key(m[0]): m[0] for m in self._any.finditer(entry.head_text)}
        return [
            TermHit(term, agreed, next((one for one in agreed if occurs(one, entry.output_text)), ""))
            for name, term in found.items()
            if (agreed := self._agreed.get(name, ()))
        ]
