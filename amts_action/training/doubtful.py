"""Pairs that the gate would stop as translations: what a service learns from should be as good as what it writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from amts_action.engines.gate.learn import learn_gate
from amts_action.memory.harvest import CandidatePair
from amts_action.training.export import Judged, judged
from amts_action.training.filters import Limits

__all__ = ["without_doubtful"]

Found = tuple[str, list[CandidatePair] | str]


def without_doubtful(
    found: Iterable[Found], *, source_lang: str, limits: Limits
) -> Iterator[tuple[str, list[Judged] | str]]:
    """The pairs of documents after all filters, the gate last; it learns from the pairs that pass the others.

    Args:
        found: for each document, the language of its translation, and its pairs or why it could not be read.
    """
    documents = [
        (lang, pairs if isinstance(pairs, str) else list(zip(pairs, judged(pairs, lang, limits), strict=True)))
        for lang, pairs in found
    ]
    for lang in dict.fromkeys(lang for lang, _ in documents):
        good = [
            (pair.source, pair.target)
            for other, pairs in documents
            if other == lang and not isinstance(pairs, str)
            for pair, seen in pairs
            if not seen.reason
        ]
        gate = learn_gate(good, source_lang=source_lang, target_lang=lang)
        for other, pairs in documents:
            if other != lang:
                continue
            if isinstance(pairs, str):
                yield lang, pairs
                continue
            out = []
            for pair, seen in pairs:
                if not seen.reason and gate.judge(pair.source, pair.target):
                    seen = Judged("doubtful", seen.place, seen.confidence, pair.source, pair.target)
                out.append(seen)
            yield lang, out
