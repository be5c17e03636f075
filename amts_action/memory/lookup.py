"""Looking up a text in a translation memory.

Ranking (scores 0 to 101): 101 the same text between the same neighbours, 100 the same text, 99 the same text but for
numbers and protected spans, which are put back; below that, likeness in per cent: `rapidfuzz.fuzz.ratio` of the
abstracted texts, twice their longest common subsequence over the sum of their lengths. Of equals, what people wrote
comes first, then the order of books and documents.

Which pairs are compared: all of them in a small memory; in a large one those that share the rarest words with the
text, most of them first. A pair that shares only words that very many pairs have can be missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import islice
from math import log

from amts_action.documents.inline import protected
from amts_action.memory.abstraction import abstract_key, flat, mended, normal, parts_of, replaced
from amts_action.memory.store import Hit, Memory, Row, digest, search_words

__all__ = ["CONTEXT", "EXACT", "NORMALISED", "Match", "look_up"]

CONTEXT, EXACT, NORMALISED = 101, 100, 99
LEAST = 75
"""Least score of a fuzzy match when nothing else is asked for."""
SCANNED = 2_000
"""Up to so many pairs of a pair of languages, all are compared."""
READ = 20_000
"""Entries of the index that are read for one text, rarest words first."""
COMPARED = 250
"""Pairs that are compared for one text in a large memory."""
MAX_SAME = 20
"""Pairs of the same text, or the same abstracted text, that are tried."""


@dataclass(frozen=True, slots=True)
class Match:
    """A pair that was found for a text."""

    score: int
    """0 to 101."""
    text: str | None
    """The translation with the numbers and protected spans of the text that was looked up, on one line; None when it
    is not certain how, so that it only serves people as an example."""
    row: Row


def look_up(
    memory: Memory,
    text: str,
    *,
    source_lang: str,
    target_lang: str,
    before: str = "",
    after: str = "",
    least: int = LEAST,
    limit: int = 5,
) -> list[Match]:
    """The best matches of a text, best first; of several with the same two texts only the first.

    Args:
        before, after: the source units around it, for the context match; empty at the ends of a document.
        least: least score, 1 to 101.
        limit: greatest number of matches.
    """
    languages = memory.languages(source_lang, target_lang)
    if not languages or not text.strip() or limit < 1:
        return []
    found: list[Match] = []
    seen: set[tuple[str, str]] = set()
    for match in _matches(memory, languages, text, (digest(before), digest(after)), least, limit):
        both = normal(match.row.entry.source), normal(match.row.entry.target)
        if match.score >= least and both not in seen:
            seen.add(both)
            found.append(match)
    return sorted(found, key=_rank)[:limit]


def _matches(
    memory: Memory, languages: int, text: str, context: tuple[int, int], least: int, limit: int
) -> Iterator[Match]:
    """All matches of every kind; one pair may come twice, its better match first."""
    want, parts = protected(text), parts_of(text)
    same = memory.with_text(text, languages, 10 * MAX_SAME)
    for row in sorted(same, key=lambda row: row.context != context)[:MAX_SAME]:
        usable = protected(row.entry.target) == want
        yield Match(CONTEXT if row.context == context else EXACT, flat(row.entry.target) if usable else None, row)
    key = abstract_key(parts)
    if least > NORMALISED:
        return
    for row in memory.with_key(key, languages, MAX_SAME):
        result = replaced(parts_of(row.entry.source), parts, parts_of(row.entry.target))
        if result is not None and protected(result) == want:
            yield Match(NORMALISED, flat(result), row)
    scores = similar(memory, languages, key, least=least, limit=2 * limit + len(same))
    rows = memory.with_ids(list(scores))
    for number, score in scores.items():
        row = rows[number]
        result = mended(row.entry.source, row.entry.target, text, want)
        yield Match(min(int(score), NORMALISED - 1), None if result is None else flat(result), row)


def _rank(match: Match) -> tuple[object, ...]:
    """Sorts the best first."""
    entry, origin = match.row.entry, match.row.provenance
    machine = entry.origin == "machine", not entry.is_reviewed
    return (
        -match.score,
        match.text is None,
        *machine,
        origin.book,
        origin.target_path,
        entry.block,
        entry.sentence or 0,
    )


def similar(memory: Memory, languages: int, key: str, *, least: int, limit: int) -> Mapping[int, float]:
    """Ids and likenesses (0 to 100) of the pairs whose keys are most like `key`.

    Likeness of texts of lengths a and b is at most 2 min(a, b) / (a + b), so others need no look.
    """
    from rapidfuzz import fuzz, process

    ratio = least / (200 - least)
    bounds = int(len(key) * ratio), int(len(key) / ratio) + 1 if ratio else 1 << 40
    hits = _candidates(memory, languages, key, *bounds)
    choices = {hit.id: hit.key for hit in hits}
    found = process.extract(key, choices, scorer=fuzz.ratio, score_cutoff=least, limit=limit)
    return {number: score for _, score, number in found}


def _candidates(memory: Memory, languages: int, key: str, shortest: int, longest: int) -> Sequence[Hit]:
    """The pairs to compare with `key`."""
    total = memory.size(languages)
    if total <= SCANNED:
        return memory.all_hits(languages, shortest, longest)
    counts = sorted(memory.word_counts(search_words(key), languages).values(), key=lambda found: found[1])
    weights: dict[int, float] = {}
    read = 0
    for word, uses in counts:
        if read and read + uses > READ:
            break
        read += uses
        weight = log(1.0 + total / uses)
        for number in islice(memory.pairs_with(word), READ):
            weights[number] = weights.get(number, 0.0) + weight
    best = nlargest(len(weights) if len(weights) <= COMPARED else 4 * COMPARED, weights, key=weights.__getitem__)
    out: list[Hit] = []
    for at in range(0, len(best), COMPARED):
        out += memory.hits(best[at : at + COMPARED], shortest, longest)
        if len(out) >= COMPARED:
            break
    return out
