"""The texts of a run that a person should look at, one by one, as translation tools know them.

A unit's id tells its block again when the file comes back: a digest of the page's path and of the text that stands in
it, and which of several blocks with that text it is. So nothing has to be kept anywhere, and a block that somebody has
changed meanwhile is not found, which is how their words win.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal, NamedTuple

from amts_action.documents.inline import tokens
from amts_action.documents.model import PROSE
from amts_action.exchange.xml_files import holdable
from amts_action.merging.checking.ledger import alone
from amts_action.merging.document import Entry
from amts_action.reports.body.marker import digest
from amts_action.reports.cards import has_card, shortened
from amts_action.reports.model import DocumentReport, RunReport, verdict

__all__ = ["ReviewUnit", "ReviewedText", "UnitKey", "numbered_spans", "units_of"]

_OPEN = frozenset({"read", "flagged", "english", "old", "conflict"})
"""What is asked of a person about a text that stands in the page."""
LONGEST_NOTE = 1000
"""Characters of an old text that a note quotes: tools show notes in a small field."""
_KEY = re.compile(r"u(\d{1,7})\.([0-9a-f]{12})\.(\d{1,5})\.([io])")


class UnitKey(NamedTuple):
    """How a block is told again."""

    number: int
    """Tells the units of one page apart."""
    mark: str
    """Digest of path and text."""
    nth: int
    """Which of the blocks of the page with this text it is, from 0."""
    form: Literal["i", "o"]
    """`i`: the text goes inside the marks of the block (bullet, `#`, quote marks); `o`: it is the whole block."""

    def __str__(self) -> str:
        return f"u{self.number}.{self.mark}.{self.nth}.{self.form}"

    @classmethod
    def read(cls, text: str) -> UnitKey | None:
        """The key that `str` gave; None for the ids of other programs."""
        found = _KEY.fullmatch(text)
        return cls(int(found[1]), found[2], int(found[3]), "i" if found[4] == "i" else "o") if found else None


class ReviewUnit(NamedTuple):
    """A text to be reviewed."""

    key: UnitKey
    path: str
    english: str
    text: str
    """What stands in the page; for a new block that nobody has translated the English."""
    is_translated: bool
    notes: tuple[str, ...]


class ReviewedText(NamedTuple):
    """A text that has come back."""

    key: UnitKey
    path: str
    english: str
    text: str


def units_of(run: RunReport, *, everything: bool = False) -> tuple[list[ReviewUnit], int]:
    """The texts that wait for a person, page by page, and how many blocks besides are no texts, such as programs, or
    have characters that no such file can hold and that would get lost on the way.

    Args:
        everything: all texts that the run changed.
    """
    found, others = [], 0
    for document in run.documents:
        for numbers, nth in _standing(document):
            entries = [document.entries[n] for n in numbers]
            if not any(has_card(e) if everything else verdict(e) in _OPEN for e in entries):
                continue
            is_text = entries[0].kind in PROSE and any(e.head_text for e in entries)
            unit = _unit(document.path, numbers[0], nth, entries) if is_text else None
            if unit and all(holdable(text) == text for text in (unit.path, unit.english, unit.text)):
                found.append(unit)
            else:
                others += 1
    return found, others


def _standing(document: DocumentReport) -> Iterator[tuple[list[int], int]]:
    """What stands in the page, in its order: the entries of each place, and which of several of the same text it is.

    A block of the page has several entries when translators have merged what are blocks in English.
    """
    count: Counter[str] = Counter()
    placed = sorted((e.output, n) for n, e in enumerate(document.entries) if e.output and e.output_text)
    for _, group in groupby(placed, lambda pair: pair[0]):
        numbers = [n for _, n in group]
        mark = digest(document.path, document.entries[numbers[0]].output_text)
        yield numbers, count[mark]
        count[mark] += 1


def _unit(path: str, number: int, nth: int, entries: Sequence[Entry]) -> ReviewUnit:
    first = entries[0]
    inner = _inner(first, first.output_text)
    english = [e.head_text if inner is None else _inner(e, e.head_text) or e.head_text for e in entries if e.head_text]
    key = UnitKey(number, digest(path, first.output_text), nth, "o" if inner is None else "i")
    is_translated = not any(verdict(e) in ("english", "old", "conflict") for e in entries)
    text = first.output_text if inner is None else inner
    return ReviewUnit(key, path, " ".join(english), text, is_translated, tuple(map(holdable, _notes(entries))))


def _notes(entries: Sequence[Entry]) -> Iterator[str]:
    """What a reviewer should know of a text."""
    for entry in entries:
        yield f"{entry.kind}: {entry.action}"
        yield from (flag.text for flag in entry.flags)
        if entry.base_text and entry.base_text != entry.head_text:
            yield f"English before: {shortened(entry.base_text, LONGEST_NOTE)}"
        if entry.target_text and entry.target_text != entry.output_text:
            yield f"Translation before: {shortened(entry.target_text, LONGEST_NOTE)}"


def _inner(entry: Entry, whole: str) -> str | None:
    """The text of a block without its marks; None where that cannot be told from the block alone."""
    blocks = alone(whole) if entry.kind != "table_row" else ()
    return blocks[0].text if len(blocks) == 1 and blocks[0].is_prose else None


def numbered_spans(*texts: str) -> list[list[tuple[str, str]]]:
    """The texts in pieces `(id, text)`: the id is empty for language, and the same in all texts for the same span.

    A span that stands twice has an id for each time.
    """
    known: dict[tuple[str, int], str] = {}
    out = []
    for text in texts:
        seen: Counter[str] = Counter()
        pieces = []
        for token in tokens(text):
            if token.type != "span":
                pieces.append(("", token.raw))
                continue
            place = (token.raw, seen[token.raw])
            seen[token.raw] += 1
            pieces.append((known.setdefault(place, str(len(known) + 1)), token.raw))
        out.append(pieces)
    return out
