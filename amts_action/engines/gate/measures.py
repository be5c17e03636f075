"""What is measured of a pair with the words and lengths that a book knows: what is translated, and what is not."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from amts_action.documents.inline import protected
from amts_action.engines.gate.lengths import Lengths, clauses_in
from amts_action.engines.gate.words import Words, words_of

__all__ = ["Measures", "measure"]

_SENTENCE = re.compile(r"[.!?](?=\s|$|[^\x00-\x7f\w])|[。！？]")
_END = re.compile(r"[.!?:;。！？：；…][\s\"'”’）)\]*_」』]*$")
FEW = 3.0
"""Added to numbers of words, so that short texts do not weigh too much. By hand, held to `benchmarks/gate.py`."""
MOST_SPANS = 3
"""Spans lost or added that are counted. By hand, held to `benchmarks/gate.py`."""


class Measures(NamedTuple):
    """Figures of one pair; those of words are evidence, above 0 for a translation and below against it."""

    off: float
    """How much longer than expected, in standard deviations."""
    source: float
    """Of all words of the source, given the target."""
    target: float
    """Of all words of the target, given the source."""
    absent: float
    """Of the words of the source that have no translation."""
    source_gap: float
    """The worst run of words of the source; 0 or less."""
    source_tail: float
    """The worst end of the source."""
    target_gap: float
    target_tail: float
    target_head: float
    lost: float
    """Protected spans of the source that the target lacks."""
    lost_share: float
    more: float
    """Protected spans that only the target has."""
    sentences: float
    """Sentences of the target less those of the source."""
    clauses: float
    """Logarithm of the ratio of the clauses."""
    ended: float
    """-1 when only the source ends with a mark, 1 when only the target does."""
    size: float
    """Words of the shorter side."""


def measure(source: str, target: str, forward: Words, backward: Words, lengths: Lengths) -> Measures:
    """The figures of a pair of marked texts.

    Args:
        forward: what is known of target words; `backward` of those of the source.
    """
    here, there = words_of(source), words_of(target)
    of_target, of_source = forward.explained(there, here), backward.explained(here, there)
    has, given = protected(source), protected(target)
    lost = sum((has - given).values())
    return Measures(
        lengths.off(source, target),
        sum(of_source) / math.sqrt(len(of_source) + FEW),
        sum(of_target) / math.sqrt(len(of_target) + FEW),
        sum(value for value in of_source if value < 0) / math.sqrt(len(of_source) + FEW),
        _gap(of_source),
        _tail(of_source),
        _gap(of_target),
        _tail(of_target),
        _tail(of_target[::-1]),
        float(min(lost, MOST_SPANS)),
        lost / (1 + sum(has.values())),
        float(min(sum((given - has).values()), MOST_SPANS)),
        float(len(_SENTENCE.findall(target)) - len(_SENTENCE.findall(source))),
        math.log((clauses_in(target) + 1) / (clauses_in(source) + 1)),
        float(bool(_END.search(target))) - float(bool(_END.search(source))),
        float(min(len(here), len(there))),
    )


def _gap(values: Sequence[float]) -> float:
    """The least sum of neighbouring values, at most 0."""
    worst = run = 0.0
    for value in values:
        run = min(0.0, run + value)
        worst = min(worst, run)
    return worst


def _tail(values: Sequence[float]) -> float:
    """The least sum of the last values, at most 0."""
    worst = run = 0.0
    for value in reversed(values):
        run += value
        worst = min(worst, run)
    return worst
