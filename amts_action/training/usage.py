"""Where a translation does not use the agreed terms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from amts_action.documents.inline import plain_text
from amts_action.engines.term_forms import forms, key, occurs, pattern
from amts_action.memory.harvest import CandidatePair
from amts_action.training.terminology import Term

__all__ = ["Finding", "misuses"]

_PHRASES = re.compile(
    r"\b(?:for (?:example|instance)|means? (?:that|to)|(?:this|that|which|it|we|they|you|not|what) means?|"
    r"by (?:no )?means|in (?:order|terms|general|particular|turn))\b",
    re.IGNORECASE,
)
"""English phrases whose words are no terms there."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A block whose source holds a term and whose translation does not hold what was agreed."""

    place: str
    """`document:line` of the translation."""
    term: str
    expected: tuple[str, ...]
    source: str
    target: str


_LEAST_CONFIDENCE = 0.5
"""Least confidence of a pair that is looked at: below it the translation may be that of another block."""


def misuses(pairs: Iterable[CandidatePair], terms: Sequence[Term]) -> Iterator[Finding]:
    """The findings of aligned blocks, in order. A longer term hides the shorter ones that it holds.

    Only language counts: what stands in code, formulas and references is not looked at.
    """
    agreed: dict[str, list[str]] = {}
    for term in terms:
        agreed.setdefault(key(term.source), []).append(term.target)
    by_form = {form: term.source for term in reversed(terms) for form in forms(term.source)}
    search = pattern(dict.fromkeys(term.source for term in terms))
    for pair in pairs:
        if pair.confidence < _LEAST_CONFIDENCE:
            continue
        source, target = _PHRASES.sub(" ", plain_text(pair.source)), plain_text(pair.target)
        found: dict[str, None] = {}
        for match in search.finditer(source):
            name = by_form.get(" ".join(match.group().casefold().replace("-", " ").split()))
            if name is not None:
                found.setdefault(name)
        for name in found:
            expected = agreed[key(name)]
            if not any(occurs(t, target) for t in expected):
                yield Finding(pair.place, name, tuple(dict.fromkeys(expected)), plain_text(pair.source), target)
