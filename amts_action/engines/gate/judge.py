"""The judge: what is wrong with a translation, by the rules that hold in this book and by what its words say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from amts_action.engines.gate.copied import Copies
from amts_action.engines.gate.language import Profile
from amts_action.engines.gate.order import Orders, order_faults
from amts_action.engines.gate.score.measures import Knowledge, Measures, measure
from amts_action.engines.gate.score.weights import Scale, features
from amts_action.engines.gate.score.words import Word, words_of
from amts_action.engines.gate.signs import CERTAIN, RULES, Fault, Pairing
from amts_action.engines.gate.terms import Terms

__all__ = ["LEAST_WORDS", "Gate"]


@dataclass(frozen=True, slots=True)
class Gate:
    """What is known of a book and its translation. Without pairs only what needs no learning is looked at."""

    source_lang: str
    target_lang: str
    rules: frozenset[str] = frozenset(RULES) | {"language", "order"}
    """Rules that hold in the book."""
    profile: Profile = field(default_factory=Profile)
    copies: Copies = field(default_factory=Copies)
    known: Knowledge | None = None
    """What its words and lengths are; None when it is too small."""
    orders: Orders = field(default_factory=Orders)
    scale: Scale | None = None
    terms: Terms = field(default_factory=Terms)
    notes: tuple[str, ...] = ()
    """Which rules are not applied, and why."""

    def judge(self, source: str, target: str) -> tuple[Fault, ...]:
        """What is wrong with a translation, both as inline markdown; nothing when nothing is."""
        pair = Pairing(source, target, self.source_lang, self.target_lang)
        found = list(self.signs(pair))
        if not any(fault.code in ("language", "talk", "twice") for fault in found):
            found += self._by_words(pair)
        seen: set[str] = set()
        return tuple(f for f in found if not (f.code in seen or seen.add(f.code)))  # type: ignore[func-returns-value]

    def signs(self, pair: Pairing) -> Iterator[Fault]:
        """What the rules find."""
        for name, rule in RULES.items():
            if name in self.rules or name in CERTAIN:
                yield from rule(pair)
        if "language" in self.rules:
            yield from self.copies.faults(pair)
            yield from self.profile.faults(pair)
        if "order" in self.rules:
            yield from order_faults(pair, self.orders, self.known)
        yield from self.terms.faults(pair)

    def rate(self, pair: Pairing) -> tuple[float, Measures] | None:
        """The score of a pair and its figures; None when the book is too small, or the text."""
        if self.scale is None or self.known is None:
            return None
        found = measure(pair.source, pair.target, self.known)
        if found.size < LEAST_WORDS:
            return None
        return self.scale.score(features(found)), found

    def _by_words(self, pair: Pairing) -> Iterator[Fault]:
        rated = self.rate(pair)
        if rated is None or self.scale is None or self.known is None or rated[0] <= self.scale.threshold:
            return
        found = rated[1]
        here, there = words_of(pair.source), words_of(pair.target)
        lacks = _worst(here, self.known.backward.explained(here, there), pair.source)
        adds = _worst(there, self.known.forward.explained(there, here), pair.target)
        if found.source < 0 and found.target < 0:
            yield Fault("other", "it may translate another text", (lacks,))
        elif found.off > 0:
            yield Fault("added", f"“{_short(adds)}” may be added", (adds,))
        else:
            yield Fault("dropped", f"“{_short(lacks)}” may be missing", (lacks,))


LEAST_WORDS = 2
"""Words of the shorter side below which words say nothing. By hand, held to `benchmarks/gate.py`."""


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def _worst(words: Sequence[Word], values: Sequence[float], text: str) -> str:
    """The part of a text whose neighbouring words are explained worst."""
    worst = run = 0.0
    start = first = last = 0
    for n, value in enumerate(values):
        if run >= 0:
            run, start = 0.0, n
        run += value
        if run < worst:
            worst, first, last = run, start, n
    if not words:
        return ""
    end = words[last + 1].place if last + 1 < len(words) else len(text)
    return " ".join(text[words[first].place : end].split()).rstrip(" ,;")
