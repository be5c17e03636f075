"""Looking up a text in a translation memory.

Ranking (scores 0 to 101): 101 the same text between the same neighbours, 100 the same text, 99 the same text but for
numbers and protected spans, which are put back; below that, likeness in per cent: `rapidfuzz.fuzz.ratio` of the
abstracted texts, twice their longest common subsequence over the sum of their lengths. Of equals, what people wrote
comes first, then the order of books and documents.

Which pairs are compared: all of them in a small memory; in a large one those that share the rarest words with the
text, most of them first. A pair that shares only words that very many pairs have can be missed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from amts_action.documents.inline import protected
from amts_action.markup.abstraction import abstract_key, flat, mended, normal, parts_of, replaced
from amts_action.memory.pairs import Hit, StoredPair, digest, search_words
from amts_action.memory.store import Memory

__all__ = ["CONTEXT", "EXACT", "NORMALISED", "MemoryMatch", "look_up"]

CONTEXT, EXACT, NORMALISED = 101, 100, 99
"""Scores of the same text between the same neighbours, of the same text, and of one that differs in numbers and spans;
as the programs of translators count, https://en.wikipedia.org/wiki/Translation_memory"""
LEAST = 75
"""Least score of a fuzzy match when nothing else is asked for. By hand: what translators' programs are mostly set to;
held by `tests/memory/test_memory_store.py`."""
SCANNED = 2_000
"""Up to so many pairs of a pair of languages, all are compared. Our own limit, measured by
`benchmarks/memory_lookup.py`."""
READ = 10_000
"""Entries of the index that are read for one text, rarest words first. Our own limit, measured by
`benchmarks/memory_lookup.py`."""
COMPARED = 250
"""Pairs that are compared for one text in a large memory. Our own limit, measured by `benchmarks/memory_lookup.py`."""
GROUPS = 8
"""Groups of so many pairs whose lengths are looked at. Our own limit, measured by `benchmarks/memory_lookup.py`."""
MAX_SAME = 20
"""Pairs of the same text, or the same abstracted text, that are tried. Our own limit, measured by
`benchmarks/memory_lookup.py`."""


@dataclass(frozen=True, slots=True)
class MemoryMatch:
    """A pair that was found for a text."""

    score: int
    """0 to 101."""
    text: str | None
    """The translation with the numbers and protected spans of the text that was looked up, on one line; None when it
    is not certain how, so that it only serves people as an example."""
    row: StoredPair


def look_up(
    memory: Memory,
    text: str,
    *,
    source_lang: str,
    target_lang: str,
    before: str | None = None,
    after: str | None = None,
    least: int = LEAST,
    limit: int = 5,
) -> list[MemoryMatch]:
    """The best matches of a text, best first; of several with the same two texts only the first.

    Args:
        before, after: the source units around it, empty at the ends of a document; without both no context matches.
        least: least score, 1 to 101.
        limit: greatest number of matches.
    """
    languages = memory.languages(source_lang, target_lang)
    if not languages or not text.strip() or limit < 1:
        return []
    found: list[MemoryMatch] = []
    seen: set[tuple[str, str]] = set()
    context = (digest(before), digest(after)) if before is not None and after is not None else None
    for match in _same(memory, languages, text, context, least):
        if _is_new(match.row, seen):
            found.append(match)
    if len(found) < limit and least < NORMALISED:
        for score, row in _alike(memory, languages, text, least, limit + len(seen)):
            if len(found) < limit and _is_new(row, seen):
                result = mended(row.entry.source, row.entry.target, text, protected(text))
                found.append(MemoryMatch(score, None if result is None else flat(result), row))
    return sorted(found, key=_rank)[:limit]


def _is_new(row: StoredPair, seen: set[tuple[str, str]]) -> bool:
    """Whether no pair with the same two texts was seen before; now it is."""
    both = normal(row.entry.source), normal(row.entry.target)
    known = both in seen
    seen.add(both)
    return not known


def _same(
    memory: Memory, languages: int, text: str, context: tuple[int, int] | None, least: int
) -> Iterator[MemoryMatch]:
    """Context, exact and normalised matches."""
    want, parts = protected(text), parts_of(text)
    same = memory.with_text(text, languages, 10 * MAX_SAME)
    for row in sorted(same, key=lambda row: row.context != context)[:MAX_SAME]:
        usable = protected(row.entry.target) == want
        score = CONTEXT if row.context == context else EXACT
        if score >= least:
            yield MemoryMatch(score, flat(row.entry.target) if usable else None, row)
    for row in memory.with_key(abstract_key(parts), languages, MAX_SAME) if least <= NORMALISED else ():
        result = replaced(parts_of(row.entry.source), parts, parts_of(row.entry.target))
        if result is not None and protected(result) == want:
            yield MemoryMatch(NORMALISED, flat(result), row)


def _alike(memory: Memory, languages: int, text: str, least: int, limit: int) -> list[tuple[int, StoredPair]]:
    """Scores and pairs of fuzzy matches, best first."""
    scores = similar(memory, languages, abstract_key(parts_of(text)), least=least, limit=2 * limit)
    rows = memory.with_ids(list(scores))
    found = [(min(int(score), NORMALISED - 1), rows[number]) for number, score in scores.items()]
    return sorted(found, key=lambda hit: (-hit[0], *_order(hit[1])))


def _rank(match: MemoryMatch) -> tuple[object, ...]:
    """Sorts the best first."""
    return (-match.score, match.text is None, *_order(match.row))


def _order(row: StoredPair) -> tuple[object, ...]:
    """Sorts equals: what people wrote first, then by place."""
    entry, origin = row.entry, row.provenance
    is_less = entry.origin == "machine", not entry.is_reviewed
    return (*is_less, origin.book, origin.target_path, entry.block, -1 if entry.sentence is None else entry.sentence)


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
    if memory.size(languages) <= SCANNED:
        return memory.all_hits(languages, shortest, longest)
    words = sorted(memory.word_counts(search_words(key), languages).values(), key=lambda found: found[1])
    shared: Counter[int] = Counter()
    read = 0
    for word, uses in words:
        if read and read + uses > READ:
            break
        read += uses
        shared.update(memory.pairs_with(word)[:READ])
    out: list[Hit] = []
    for some in islice(_most_first(shared), GROUPS):
        out += memory.hits(some, shortest, longest)
        if len(out) >= COMPARED:
            break
    return out


def _most_first(shared: Counter[int]) -> Iterator[list[int]]:
    """The ids in groups of `COMPARED`, those with the highest counts first, of equals the first.

    Those that share one word only, the bulk of them, come last and in most cases are not looked at.
    """
    several = [(number, count) for number, count in shared.items() if count > 1]
    several.sort(key=lambda item: -item[1])
    ids = [number for number, _ in several]
    for at in range(0, len(ids), COMPARED):
        yield ids[at : at + COMPARED]
    rest = (number for number, count in shared.items() if count == 1)
    while some := list(islice(rest, COMPARED)):
        yield some
