"""What the translation memory is made of: pairs, where they come from, and what they are found by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

from amts_action.markup.abstraction import normal

__all__ = [
    "Count",
    "DocumentPair",
    "Hit",
    "Origin",
    "Provenance",
    "StoredPair",
    "columns_of",
    "digest",
    "mark_of",
    "row_of",
    "search_words",
]

Origin = Literal["people", "machine"]

_WORD = re.compile(r"[^\W_]+")
_WIDE_RUN = re.compile("[\u2e80-\u2fff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+")


@dataclass(frozen=True, slots=True)
class DocumentPair:
    """One pair of a document."""

    source: str
    target: str
    block: int
    """Place of its (first) source block among the blocks of the document."""
    sentence: int | None = None
    """Place of its (first) source sentence in that block; None when the pair is a pair of blocks."""
    before: str = ""
    """The source unit before it; empty at the beginning."""
    after: str = ""
    """The source unit after it; empty at the end."""
    origin: Origin = "people"
    is_reviewed: bool = True
    """A person has approved it: it is on the default branch."""
    confidence: float = 1.0
    """Of the alignment, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the pairs of one document come from."""

    book: str
    """The two books and the language; documents of one book are kept up to date together."""
    source_lang: str
    target_lang: str
    source_repository: str
    source_path: str
    source_commit: str
    """Commit of the source text; empty when only the text is known."""
    source_blob: str
    """Id of the source file; empty when the text is no version of it."""
    target_repository: str
    target_path: str
    target_blob: str


@dataclass(frozen=True, slots=True)
class StoredPair:
    """A pair as it is kept."""

    id: int
    entry: DocumentPair
    """Without `before` and `after`, of which only `context` is kept."""
    context: tuple[int, int]
    """Digests of the units before and after it."""
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Hit:
    """A pair that may be like a text, before it is looked at closely."""

    id: int
    key: str


@dataclass(frozen=True, slots=True)
class Count:
    """What the memory has of one language pair."""

    source_lang: str
    target_lang: str
    documents: int
    blocks: int
    sentences: int
    machine: int


def digest(text: str) -> int:
    """64 bits that stand for a text, as SQLite keeps integers."""
    data = normal(text).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big", signed=True)


def search_words(key: str) -> tuple[str, ...]:
    """The words by which a key is found, each once, in lower case; pairs of letters in scripts without blanks."""
    found: dict[str, None] = {}
    for match in _WORD.finditer(key.lower()):
        word, at = match.group(), 0
        for wide in _WIDE_RUN.finditer(word):
            run = wide.group()
            if wide.start() > at:
                found[word[at : wide.start()]] = None
            for k in range(max(1, len(run) - 1)):
                found[run[k : k + 2]] = None
            at = wide.end()
        if at < len(word):
            found[word[at:]] = None
    return tuple(found)


def mark_of(text: str, languages: int) -> int:
    """What a text of a pair of languages is found by."""
    return digest(f"{languages} {text}")


def columns_of(entry: DocumentPair, key: str, languages: int) -> tuple[object, ...]:
    """The columns of the table `pairs` after its ids; a key that is the source itself is not kept twice."""
    stored = None if key == entry.source else key
    marks = (mark_of(entry.source, languages), mark_of(key, languages), digest(entry.before), digest(entry.after))
    place = (entry.sentence, entry.block, entry.source, entry.target, stored, len(key))
    return (*place, *marks, entry.origin, entry.is_reviewed, entry.confidence)


def row_of(found: Sequence[object]) -> StoredPair:
    """A pair from what `Memory` selects."""
    number, source, target, block, sentence, origin, reviewed, confidence, before, after, *rest = found
    entry = DocumentPair(source, target, block, sentence, "", "", origin, bool(reviewed), confidence)  # type: ignore[arg-type]
    return StoredPair(number, entry, (before, after), Provenance(*rest))  # type: ignore[arg-type]
