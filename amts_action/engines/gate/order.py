"""Spans that changed places: a formula where another one belongs, told from word order by the words around them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from amts_action.documents.inline import tokens
from amts_action.engines.gate.score.measures import Knowledge
from amts_action.engines.gate.score.words import Word, words_of
from amts_action.engines.gate.signs import Fault, Pairing

__all__ = ["Orders", "learn_orders", "order_faults", "swap_in"]

_KINDS = ("code", "math", "reference", "citation")
NEAR_SOURCE, NEAR_TARGET = 2, 3
"""Words on either side of a span that say what it is; of wide characters a word is two of them. By hand, held to
`benchmarks/gate.py`."""


class _Span(NamedTuple):
    raw: str
    place: int


def _spans(text: str) -> list[_Span]:
    out, at = [], 0
    for token in tokens(text):
        if token.type == "span" and token.kind in _KINDS:
            out.append(_Span("".join(token.raw.split()), at))
        at += len(token.raw)
    return out


class Swap(NamedTuple):
    """The first two spans that stand the other way round in the translation."""

    first: _Span
    """Of the source."""
    second: _Span
    now_first: _Span
    """Where the second span stands in the target."""
    now_second: _Span


def swap_in(pair: Pairing) -> Swap | None:
    """The first two spans in another order than in the original; None when there are none, or other spans."""
    here, there = _spans(pair.source), _spans(pair.target)
    a, b = [s.raw for s in here], [s.raw for s in there]
    if a == b or Counter(a) != Counter(b) or len(set(a)) < 2:
        return None
    for n, (mine, other) in enumerate(zip(here, there, strict=True)):
        if mine.raw != other.raw:
            rival = next((s for s in here[n + 1 :] if s.raw == other.raw), None)
            return None if rival is None else Swap(mine, rival, other, next(s for s in there[n:] if s.raw == mine.raw))
    return None


@dataclass(frozen=True, slots=True)
class Orders:
    """What is known of the order of spans in a book: which words between two spans turn them round."""

    turns: Mapping[str, float] = field(default_factory=dict)
    """Word → logarithm of how much oftener it stands between spans that change their order; the empty word: nothing."""

    def explained(self, pair: Pairing, swap: Swap, known: Knowledge) -> float:
        """How much speaks for the order of the translation: words around the spans, and those between them."""
        here, there = words_of(pair.source), words_of(pair.target)

        def fit(source: _Span, target: _Span) -> float:
            mine, other = _around(here, source.place, NEAR_SOURCE), _around(there, target.place, NEAR_TARGET)
            return sum(known.backward.explained(mine, other)) + sum(known.forward.explained(other, mine)) / 2

        moved = fit(swap.second, swap.now_first) + fit(swap.first, swap.now_second)
        stayed = fit(swap.first, swap.now_first) + fit(swap.second, swap.now_second)
        between = _between(here, swap.first, swap.second)
        return moved - stayed + TURN * math.fsum(self.turns.get(word, 0.0) for word in between)


NOTHING = ""
LEAST_SEEN = 3
"""Times that a word must stand between spans to say something. By hand, held to `benchmarks/gate.py`."""
TURN = 3.0
"""Weight of the words between two spans. By hand, held to `benchmarks/gate.py`: with them more exchanged spans are seen
where people turn a fifth of all such sentences round (d2l 38 to 64 %, QuantEcon 39 to 67 %)."""


def learn_orders(pairs: Iterable[Pairing]) -> Orders:
    """What pairs of a book's people tell, by neighbouring spans."""
    kept: Counter[str] = Counter()
    turned: Counter[str] = Counter()
    total = [0, 0]
    for pair in pairs:
        here, there = _spans(pair.source), _spans(pair.target)
        places = {s.raw: n for n, s in enumerate(there)}
        if len(here) < 2 or not len(here) == len(there) == len(places) or {s.raw for s in here} != places.keys():
            continue
        words = words_of(pair.source)
        for one, other in pairwise(here):
            is_turned = places[one.raw] > places[other.raw]
            (turned if is_turned else kept).update(_between(words, one, other))
            total[is_turned] += 1
    return Orders(
        {
            word: math.log((turned[word] + 0.5) / (total[1] + 1)) - math.log((kept[word] + 0.5) / (total[0] + 1))
            for word in kept.keys() | turned.keys()
            if kept[word] + turned[word] >= LEAST_SEEN
        }
    )


def order_faults(pair: Pairing, orders: Orders, known: Knowledge | None, margin: float | None) -> Iterator[Fault]:
    """Spans in another order than in the original, unless the words around and between them explain it.

    Args:
        margin: what must speak for another order; None: none is believed.
    """
    swap = swap_in(pair)
    if swap is None:
        return
    if margin is None or known is None or orders.explained(pair, swap, known) < margin:
        mine, other = swap.first.raw, swap.now_first.raw
        yield Fault("order", f"{other[:30]} stands where the original has {mine[:30]}", (mine, other))


def _between(words: Sequence[Word], one: _Span, other: _Span) -> set[str]:
    low, high = sorted((one.place, other.place))
    return {w.key for w in words if low < w.place < high} or {NOTHING}


def _around(words: Sequence[Word], place: int, most: int) -> list[Word]:
    before = [w for w in words if w.place < place][-most:]
    return before + [w for w in words if w.place >= place][:most]
