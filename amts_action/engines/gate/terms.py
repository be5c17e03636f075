"""Agreed terms that a translation does not use."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from amts_action.engines.gate.signs import Fault, Pairing
from amts_action.engines.term_forms import key, pattern

__all__ = ["Terms"]

USED = 0.9
"""Share of the places in which the book's own people must use a term for it to be asked of others. By hand, held to
`benchmarks/gate.py`."""
SEEN = 3
"""Places below which the glossary is believed. By hand, held to `benchmarks/gate.py`."""
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_STEM = 5
"""Letters of a word that must be there; endings are the grammar's. By hand, held to `benchmarks/gate.py`."""


@dataclass(frozen=True, slots=True)
class Terms:
    """A glossary, read for looking terms up."""

    agreed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Key of a term → its translations."""
    found: re.Pattern[str] | None = None

    @classmethod
    def of(cls, terms: Iterable[tuple[str, str]]) -> Terms:
        """The terms of a glossary."""
        agreed: dict[str, tuple[str, ...]] = {}
        for source, target in terms:
            if source.strip() and target.strip():
                agreed[key(source)] = (*agreed.get(key(source), ()), target)
        return cls(agreed, pattern(agreed) if agreed else None)

    def missing(self, pair: Pairing) -> Iterator[tuple[str, bool]]:
        """Each term of the source, and whether the translation lacks it."""
        if self.found is None:
            return
        given = _folded(pair.plain_target)
        for name in {key(m.group()) for m in self.found.finditer(pair.plain_source)} & self.agreed.keys():
            yield name, not any(_holds(given, _folded(target)) for target in self.agreed[name])

    def faults(self, pair: Pairing) -> Iterator[Fault]:
        """Terms of the source whose translation is not there."""
        for name, is_missing in sorted(self.missing(pair)):
            if is_missing:
                wanted = " / ".join(self.agreed[name])
                yield Fault("term", f"the glossary has “{wanted}” for “{name}”", (name, *self.agreed[name]))

    def without(self, name: str) -> Terms:
        """The others."""
        return replace(self, agreed={n: t for n, t in self.agreed.items() if n != name})

    def kept(self, pairs: Iterable[Pairing]) -> Terms:
        """Only the terms that the book's people use themselves."""
        seen: Counter[str] = Counter()
        lacks: Counter[str] = Counter()
        for pair in pairs:
            for name, is_missing in self.missing(pair):
                seen[name] += 1
                lacks[name] += is_missing
        agreed = {n: t for n, t in self.agreed.items() if seen[n] < SEEN or lacks[n] <= (1 - USED) * seen[n]}
        return replace(self, agreed=agreed) if agreed else Terms()


def _folded(text: str) -> str:
    """Compatible characters alike, and blanks for hyphens."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("-", " ").split())


def _holds(text: str, term: str) -> bool:
    """Whether a text has a term, whatever the endings of its words."""
    if term in text:
        return True
    if _WIDE.search(term):
        return term.replace(" ", "") in text.replace(" ", "")
    words = re.findall(r"\w+", term)
    stems = [re.escape(word[: max(_STEM, len(word) - 3)]) for word in words]
    return re.search(r"(?<!\w)" + r"\w*\W+(?:\w+\W+)?".join(stems), text) is not None if stems else False
