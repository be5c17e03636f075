"""Spans that changed places: a formula where another one belongs, told from word order by the words around them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from amts_action.documents.inline import tokens
from amts_action.engines.gate.signs import Fault, Pairing
from amts_action.engines.gate.words import Word, Words, words_of

__all__ = ["order_faults"]

_KINDS = ("code", "math", "reference", "citation")
NEAR_SOURCE, NEAR_TARGET = 3, 5
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


def order_faults(pair: Pairing, backward: Words | None, margin: float) -> Iterator[Fault]:
    """Spans in another order than in the original, unless the words around them explain it.

    Args:
        backward: what target words say of source words; without it no other order is believed.
        margin: how much the words must speak for the other order.
    """
    here, there = _spans(pair.source), _spans(pair.target)
    a, b = [s.raw for s in here], [s.raw for s in there]
    if a == b or Counter(a) != Counter(b) or len(set(a)) < 2:
        return
    known = words_of(pair.source), words_of(pair.target)
    for n, (mine, other) in enumerate(zip(here, there, strict=True)):
        if mine.raw == other.raw:
            continue
        rival = next((s for s in here[n + 1 :] if s.raw == other.raw), None)
        if rival is None:
            return
        if backward is None or not _is_explained(
            mine, rival, other, _place_of(there, mine.raw, n), known, backward, margin
        ):
            yield Fault(
                "order", f"{other.raw[:30]} stands where the original has {mine.raw[:30]}", (mine.raw, other.raw)
            )
        return


def _place_of(spans: Sequence[_Span], raw: str, after: int) -> _Span:
    return next(s for s in spans[after:] if s.raw == raw)


def _is_explained(
    first: _Span,
    second: _Span,
    now_first: _Span,
    now_second: _Span,
    words: tuple[Sequence[Word], Sequence[Word]],
    backward: Words,
    margin: float,
) -> bool:
    """Whether the second span's words stand at the first place now, rather than the first span's."""

    def fit(source: _Span, target: _Span) -> float:
        here = _around(words[0], source.place, NEAR_SOURCE)
        there = _around(words[1], target.place, NEAR_TARGET)
        return sum(max(0.0, value) for value in backward.explained(here, there))

    moved = fit(second, now_first) + fit(first, now_second)
    stayed = fit(first, now_first) + fit(second, now_second)
    return moved > stayed + margin


def _around(words: Sequence[Word], place: int, most: int) -> list[Word]:
    before = [w for w in words if w.place < place][-most:]
    return before + [w for w in words if w.place >= place][:most]
