"""The judge: what is wrong with a translation, by the rules that hold in this book and by what its words say."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from amts_action.engines.gate.language import Profile
from amts_action.engines.gate.lengths import Lengths
from amts_action.engines.gate.measures import Measures, measure
from amts_action.engines.gate.order import Orders, order_faults
from amts_action.engines.gate.signs import CERTAIN, RULES, Fault, Pairing
from amts_action.engines.gate.terms import Terms
from amts_action.engines.gate.words import Word, Words, words_of

__all__ = ["Gate", "Scale", "features"]

WEIGHTS = (
    0.06, 0.16, -0.45, -0.03, -0.24, 0.02, -0.90, 0.29, -0.13, 0.28, -0.18, -0.24, -0.17, -0.22, -0.24, -0.22, -0.17,
    0.68, -0.31,
)  # fmt: skip
"""Of `features`: measured by a logistic regression on five books (d2l zh, TensorFlow ja, es and zh, QuantEcon zh; 2,700
pairs of people against the same with a half, a clause or all of it dropped or exchanged). Fitted without a book and
tried on it, they catch as much of it as fitted with it (within 1 %); a network with a hidden layer catches no more."""
BIAS = -2.8
"""The constant of the same regression, measured on the same pairs."""
CLIP = 8.0
"""Standard deviations at most of one feature. Our own limit, held to `benchmarks/gate.py`."""


class Scale(NamedTuple):
    """Where the figures of people's own pairs lie."""

    middles: tuple[float, ...]
    widths: tuple[float, ...]
    """Of each feature."""
    threshold: float
    """Score above which fewer of people's pairs lie than may be stopped in vain."""


def features(found: Measures) -> list[float]:
    """What is weighed."""
    return [
        max(-3.0, min(found.sentences, 0.0)),
        min(3.0, max(found.sentences, 0.0)),
        min(found.clauses, 0.0),
        max(found.clauses, 0.0),
        found.ended,
        math.log(found.size + 2),
        min(found.off, 0.0),
        max(found.off, 0.0),
        found.source,
        found.target,
        found.source_gap,
        found.source_tail,
        found.target_gap,
        found.target_tail,
        found.target_head,
        found.lost,
        found.more,
        found.lost_share,
        found.absent,
    ]


def score(found: Sequence[float], middles: Sequence[float], widths: Sequence[float]) -> float:
    """How much a pair looks like one that lacks something or is none; the logarithm of odds."""
    total = BIAS
    for value, middle, width, weight in zip(found, middles, widths, WEIGHTS, strict=True):
        total += weight * max(-CLIP, min(CLIP, (value - middle) / width))
    return total


@dataclass(frozen=True, slots=True)
class Gate:
    """What is known of a book and its translation. Without pairs only what needs no learning is looked at."""

    source_lang: str
    target_lang: str
    rules: frozenset[str] = frozenset(RULES) | {"language", "order"}
    """Rules that hold in the book."""
    profile: Profile = field(default_factory=Profile)
    forward: Words | None = None
    backward: Words | None = None
    lengths: Lengths = field(default_factory=Lengths)
    orders: Orders = field(default_factory=Orders)
    scale: Scale | None = None
    margin: float | None = None
    """What the words around must say for spans in another order; None: no other order is believed."""
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
            yield from self.profile.faults(pair)
        if "order" in self.rules:
            yield from order_faults(pair, self.orders, self.forward, self.backward, self.margin)
        yield from self.terms.faults(pair)

    def rate(self, pair: Pairing) -> tuple[float, Measures] | None:
        """The score of a pair and its figures; None when the book is too small, or the text."""
        if self.scale is None or self.forward is None or self.backward is None:
            return None
        found = measure(pair.source, pair.target, self.forward, self.backward, self.lengths)
        if found.size < LEAST_WORDS:
            return None
        return score(features(found), self.scale.middles, self.scale.widths), found

    def _by_words(self, pair: Pairing) -> Iterator[Fault]:
        rated = self.rate(pair)
        if rated is None or self.scale is None or rated[0] <= self.scale.threshold:
            return
        found = rated[1]
        assert self.forward is not None and self.backward is not None
        here, there = words_of(pair.source), words_of(pair.target)
        lacks = _worst(here, self.backward.explained(here, there), pair.source)
        adds = _worst(there, self.forward.explained(there, here), pair.target)
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
