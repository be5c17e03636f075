"""Spans that changed places: a formula where another one belongs, told by the words around it and by the order.

Languages turn spans round, and people do so in a fifth of all sentences that have two: another order alone says little.
So each two spans of a translation are compared with the same two exchanged: do the words around a span stand for those
around it in the original, does the book have such a span after such a word, do they stand in the original's order, and
do the words between them turn it round? What each of these says is weighed by a logistic regression on the book itself,
which knows only that people put their spans where they belong.
"""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from operator import sub
from typing import NamedTuple

from amts_action.documents.inline import tokens
from amts_action.engines.gate.score.lengths import Lengths
from amts_action.engines.gate.score.measures import Knowledge
from amts_action.engines.gate.score.weights import Scale, fitted
from amts_action.engines.gate.score.words import Word, Words, WordSign, words_of
from amts_action.engines.gate.signs import Fault, Pairing

__all__ = ["Orders", "exchanges", "learn_orders", "most_doubtful", "order_faults", "weighed"]

_NUMBER = re.compile(r"(?<![\w.,])\d+(?:\.\d+)?(?![\w.,]?\d)")
_KINDS = ("code", "math", "reference", "citation", "number")
"""A number is a span, too: what is plain in one language is a formula in the other."""
MOST_PLACES = 8
"""Spans of a text that are looked at. Our own limit."""
WINDOWS = ((1, 2), (3, 4))
"""Words on either side of a span that say what it is, of the original and of the translation, where a wide character
is half a word. Measured: with both, 83 % of exchanged spans are seen in QuantEcon's lectures, with the second alone
79."""


class _Span(NamedTuple):
    raw: str
    kind: str
    start: int
    end: int


def _spans(text: str) -> list[_Span]:
    out, at = [], 0
    for token in tokens(text):
        end = at + len(token.raw)
        if token.type == "text":
            out += [_Span(m.group(), "number", at + m.start(), at + m.end()) for m in _NUMBER.finditer(token.raw)]
        elif token.type == "span" and token.kind in _KINDS:
            raw = "".join(unicodedata.normalize("NFKC", token.raw).split())
            number = raw.strip("$")
            is_number = _NUMBER.fullmatch(number) is not None
            out.append(_Span(number if is_number else raw, "number" if is_number else token.kind, at, end))
        at = end
    return out


@dataclass(frozen=True, slots=True)
class _Placed:
    """A text with its words and where they stand."""

    text: str
    words: Sequence[Word]
    places: Sequence[int]

    @classmethod
    def of(cls, text: str) -> _Placed:
        words = words_of(text)
        return cls(text, words, [word.place for word in words])

    def around(self, span: _Span, most: int) -> Sequence[Word]:
        """So many words before a span, and after it."""
        before, after = bisect_left(self.places, span.start), bisect_left(self.places, span.end)
        return [*self.words[max(0, before - most) : before], *self.words[after : after + most]]

    def between(self, one: _Span, other: _Span) -> set[str]:
        """What stands between two spans."""
        low, high = sorted((one.start, other.start))
        return {w.key for w in self.words[bisect_left(self.places, low) : bisect_left(self.places, high)]} or {NOTHING}


NOTHING = ""
LEAST_SEEN = 3
"""Times that a word must stand between spans to say something. By hand, held to `benchmarks/gate.py`."""
NEAR = 12
"""Characters between a span and a word that is its neighbour. By hand, held to `benchmarks/gate.py`."""
DOUBT = 3.0
"""Times that every neighbour of a span counts as seen where chance has it. By hand, held to `benchmarks/gate.py`."""


def _beside(text: _Placed, span: _Span) -> list[str]:
    """What stands beside a span: a character and two words on either side."""
    before, after = bisect_left(text.places, span.start), bisect_left(text.places, span.end)
    left, right = text.text[: span.start].rstrip()[-1:], text.text[span.end :].lstrip()[:1]
    lefts = text.words[max(0, before - 2) : before]
    rights = text.words[after : after + 2]
    return [
        f"({left}",
        f"){right}",
        *(f"<{w.key}" for w in lefts if span.start - w.place <= NEAR),
        *(f">{w.key}" for w in rights if w.place - span.end <= NEAR),
    ]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What stands beside which spans in the translation."""

    together: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Span, or its kind, and neighbour → how often."""
    spans: Mapping[str, int] = field(default_factory=dict)
    beside: Mapping[str, int] = field(default_factory=dict)
    total: int = 0

    def likely(self, name: str, beside: Sequence[str]) -> float:
        """How much likelier a span, or a span of a kind, has these neighbours than any span has; a logarithm."""
        seen = self.spans.get(name, 0)
        if not seen:
            return 0.0
        out = 0.0
        for one in beside:
            anyway = (self.beside.get(one, 0) + 0.5) / (self.total + 1)
            out += math.log((self.together.get((name, one), 0) + DOUBT * anyway) / ((seen + DOUBT) * anyway))
        return out


@dataclass(frozen=True, slots=True)
class Orders:
    """What is known of where spans stand in a book."""

    turns: Mapping[str, float] = field(default_factory=dict)
    """Word → logarithm of how much oftener it stands between spans that change their order; the empty word: nothing."""
    near: Neighbours = field(default_factory=Neighbours)
    scale: Scale | None = None
    """What the figures of two spans weigh; above its threshold they may have changed places."""


def learn_orders(pairs: Iterable[Pairing]) -> Orders:
    """What pairs of a book's people tell."""
    kept: Counter[str] = Counter()
    turned: Counter[str] = Counter()
    total = [0, 0]
    together: Counter[tuple[str, str]] = Counter()
    seen: Counter[str] = Counter()
    beside: Counter[str] = Counter()
    for pair in pairs:
        here, there = _spans(pair.source), _spans(pair.target)
        text = _Placed.of(pair.target) if there else None
        for span in there if text is not None else ():
            around = _beside(text, span)  # type: ignore[arg-type]
            beside.update(around)
            seen.update((span.raw, span.kind))
            together.update((name, one) for name in (span.raw, span.kind) for one in around)
        places = {s.raw: n for n, s in enumerate(there)}
        if len(here) < 2 or not len(here) == len(there) == len(places) or {s.raw for s in here} != places.keys():
            continue
        source = _Placed.of(pair.source)
        for one, other in pairwise(here):
            is_turned = places[one.raw] > places[other.raw]
            (turned if is_turned else kept).update(source.between(one, other))
            total[is_turned] += 1
    turns = {
        word: math.log((turned[word] + 0.5) / (total[1] + 1)) - math.log((kept[word] + 0.5) / (total[0] + 1))
        for word in kept.keys() | turned.keys()
        if kept[word] + turned[word] >= LEAST_SEEN
    }
    return Orders(turns, Neighbours(together, seen, beside, sum(seen[kind] for kind in _KINDS)))


class Exchange(NamedTuple):
    """Two spans of a translation, and what speaks for them as they stand."""

    first: str
    second: str
    figures: list[float]


def exchanges(pair: Pairing, orders: Orders, known: Knowledge) -> Iterator[Exchange]:
    """Each two spans of a translation that the original has, too, and what speaks against exchanging them."""
    here, there = _spans(pair.source), _spans(pair.target)
    often, given = Counter(s.raw for s in here), Counter(s.raw for s in there)
    places = [s for s in there if s.raw in often][:MOST_PLACES]
    if len(given.keys() & often.keys()) < 2:
        return
    source, target = _Placed.of(pair.source), _Placed.of(pair.target)
    sources: dict[str, list[_Span]] = {}
    for span in here:
        sources.setdefault(span.raw, []).append(span)
    around = {
        s: [_window(source.around(s, most), known.backward) for most, _ in WINDOWS] for s in here if s.raw in given
    }
    kinds = {s.raw: s.kind for s in places}
    speaks: list[dict[str, list[float]]] = []
    for place in places:
        beside = _beside(target, place)
        words = [_window(target.around(place, most), known.forward) for _, most in WINDOWS]
        speaks.append(
            {
                raw: [
                    *max((_fit(one, around[one], place, words, pair) for one in sources[raw]), key=sum),
                    orders.near.likely(raw, beside),
                    orders.near.likely(kind, beside),
                ]
                for raw, kind in kinds.items()
            }
        )
    for (n, one), (k, other) in combinations(enumerate(places), 2):
        if one.raw == other.raw:
            continue
        kept = turn = 0.0
        if often[one.raw] == given[one.raw] == often[other.raw] == given[other.raw] == 1:
            (mine,), (its,) = sources[one.raw], sources[other.raw]
            kept = 1.0 if mine.start < its.start else -1.0
            turn = -kept * math.fsum(orders.turns.get(word, 0.0) for word in source.between(mine, its))
        as_is = map(sum, zip(speaks[n][one.raw], speaks[k][other.raw], strict=True))
        exchanged = map(sum, zip(speaks[n][other.raw], speaks[k][one.raw], strict=True))
        yield Exchange(one.raw, other.raw, [kept, turn, *map(sub, as_is, exchanged)])


class _Window(NamedTuple):
    """Words around a span: which there are, and what those that are known say."""

    keys: frozenset[str]
    signs: list[WordSign]


def _window(words: Sequence[Word], known: Words) -> _Window:
    keys = frozenset(word.key for word in words)
    return _Window(keys, [sign for word in words if (sign := known.signs.get(word.key)) is not None])


def _fit(mine: _Span, around: Sequence[_Window], place: _Span, words: Sequence[_Window], pair: Pairing) -> list[float]:
    """How well a span of the source fits a place of the target, by the words around and by where they stand."""
    out = [-abs(mine.start / len(pair.source) - place.start / len(pair.target))]
    for here, there in zip(around, words, strict=True):
        out += [_evidence(here.signs, there.keys), _evidence(there.signs, here.keys)]
    return out


def _evidence(signs: Sequence[WordSign], keys: frozenset[str]) -> float:
    total = 0.0
    for sign in signs:
        total += sign.absent if sign.others.isdisjoint(keys) else sign.there
    return total


WEIGHTS = (-1.37, -0.76, -0.67, -0.70, -0.52, -0.62, -0.10, -0.62, -0.41)
"""Of the figures of an exchange, measured by `benchmarks/gate_weights.py`: the mean of five books, near each other."""
WIDTHS = (1.0, 1.0, 0.2, 2.0, 2.0, 3.0, 3.0, 3.0, 3.0)
"""Of the same: what a weight is the weight of. By hand, held to `benchmarks/gate.py`."""
UNLEARNT = Scale((0.0,) * len(WEIGHTS), WIDTHS, WEIGHTS, 0.0, 0.0)
"""What is taken where a book tells nothing."""


def weighed(found: Iterable[Exchange]) -> Scale:
    """What the figures weigh in a book: people's spans stand where they belong, and exchanged ones do not."""
    good = [one.figures for one in found]
    return fitted(UNLEARNT, good, [[-value for value in row] for row in good])


def most_doubtful(found: Iterable[Exchange], scale: Scale) -> tuple[float, Exchange] | None:
    """The two spans that most likely changed places, and how likely they did; None when there are no two."""
    return max(((scale.score(one.figures), one) for one in found), key=lambda item: item[0], default=None)


_NOTHING_KNOWN = Knowledge(Words(), Words(), Lengths(), Lengths())


def order_faults(pair: Pairing, orders: Orders, known: Knowledge | None) -> Iterator[Fault]:
    """Two spans of which each fits better where the other stands."""
    scale = orders.scale or UNLEARNT
    found = most_doubtful(exchanges(pair, orders, known or _NOTHING_KNOWN), scale)
    if found is not None and found[0] > scale.threshold and (orders.scale is not None or found[1].figures[0] < 0):
        one = found[1]
        yield Fault("order", f"{one.first[:30]} and {one.second[:30]} may have changed places", (one.first, one.second))
