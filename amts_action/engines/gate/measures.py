"""What is measured of a pair with the words that a book knows: how much the texts explain each other, and lengths."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from amts_action.engines.gate.words import Words, words_of

__all__ = ["Measures", "measure"]

_CLAUSE = re.compile(r"[,.;:!?，。；：！？、…]+(?=\s|$|[^\x00-\x7f])|[，。；：！？、…]")
_SENTENCE = re.compile(r"[.!?](?=\s|$|[^\x00-\x7f\w])|[。！？]")
_END = re.compile(r"[.!?:;。！？：；…][\s\"'”’）)\]*_」』]*$")


class Measures(NamedTuple):
    """Figures of one pair. What fits well is high, but for the lengths."""

    target_explained: float
    """Mean evidence of the target's words, given the source."""
    source_explained: float
    """Mean evidence of the source's words, given the target."""
    source_gap: float
    """The worst run of words of the source that nothing in the target explains; 0 or less."""
    source_tail: float
    """The worst end of the source."""
    target_gap: float
    """The worst run of words of the target."""
    target_tail: float
    """The worst end of the target."""
    longer: float
    """Logarithm of the ratio of the lengths, target to source."""
    sentences: float
    """Sentences of the target less those of the source."""
    clauses: float
    """Logarithm of the ratio of the clauses."""
    ended: float
    """-1 when only the source ends with a mark, 1 when only the target does."""
    size: float
    """Words of the shorter side."""


def measure(source: str, target: str, forward: Words, backward: Words) -> Measures:
    """The figures of a pair of marked texts.

    Args:
        forward: what source words say of target words; `backward` the other way round.
    """
    here, there = words_of(source), words_of(target)
    of_target, of_source = forward.explained(there, here), backward.explained(here, there)
    a, b = (len(_CLAUSE.findall(text)) + 1 for text in (source, target))
    return Measures(
        _mean(of_target),
        _mean(of_source),
        _gap(of_source),
        _tail(of_source),
        _gap(of_target),
        _tail(of_target),
        math.log((_length(target) + 2) / (_length(source) + 2)),
        float(len(_SENTENCE.findall(target)) - len(_SENTENCE.findall(source))),
        math.log(b / a),
        float(bool(_END.search(target))) - float(bool(_END.search(source))),
        float(min(len(here), len(there))),
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / (len(values) + 1)


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


_SPAN = re.compile(r"\$\$?[^$]+\$\$?|`[^`]+`|\{[\w:-]+\}`[^`]*`|\]\([^)]*\)|https?://\S+|:\w+:`[^`]*`")


def _length(text: str) -> float:
    """Characters of language; a span as 4, a wide character as itself."""
    return len(_SPAN.sub("", text)) + 4 * len(_SPAN.findall(text))
