"""The name of a book and its parallel data, for engines that learn from them."""

from __future__ import annotations

import re
from collections.abc import Collection
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from amts_action.books.books import Books

if TYPE_CHECKING:
    from amts_action.memory.harvest import Granularity
    from amts_action.training.held_out import HeldOut

__all__ = ["book_name", "shelf_name", "write_corpus"]


def book_name(books: Books) -> str:
    """A name for the two books and their languages, the same on every machine, that a resource of AWS can have."""
    s = books.settings
    exact = f"{_exact(books.source.address, s.source_path)} {_exact(books.target.address, s.target_path)}"
    langs = f"{s.source_lang}-{s.target_lang}".replace("_", "-")
    return _named(books.target.address, langs, f"{exact} {langs}")


def shelf_name(books: Books) -> str:
    """The same for the English book and its language alone, whatever translations there are of it."""
    s = books.settings
    lang = s.source_lang.replace("_", "-")
    return _named(books.source.address, lang, f"{_exact(books.source.address, s.source_path)} {lang}")


def _exact(address: str, folder: str) -> str:
    return f"{address.removesuffix('.git')}#{folder}"


def _named(address: str, langs: str, exact: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9]+", "-", address.removesuffix(".git").rstrip("/").rpartition("/")[2])
    mark = sha256(exact.encode()).hexdigest()[:8]
    return f"amts-{plain.strip('-')[:60] or 'book'}-{langs}-{mark}"


def write_corpus(
    books: Books,
    path: Path,
    *,
    granularity: Granularity = "sentence",
    without: Collection[str] = (),
    held: HeldOut | None = None,
    is_reversed: bool = False,
) -> int:
    """Writes the parallel data of the target's default branch as TMX; how many records.

    Args:
        without: paths of the target whose text is left out.
        held: sentences that are left out wherever they stand.
        is_reversed: from the target's language into the source's.

    Raises:
        InputError: a language is not one of Amazon Translate's.
        ServiceError: a server could not be reached.
    """
    from amts_action.memory.harvest import PageTexts, harvest
    from amts_action.training.doubtful import without_doubtful
    from amts_action.training.export import NoPairs, export
    from amts_action.training.filters import Limits
    from amts_action.training.sources import texts_of_books

    documents, problems = texts_of_books(books)
    books.notes.add(*problems)
    documents = [texts for texts in documents if texts.path not in without]
    languages = (books.settings.source_lang, books.settings.target_lang)
    if is_reversed:
        languages = languages[::-1]
        documents = [PageTexts(t.path, t.target, t.source, t.target_lang, t.source_lang) for t in documents]
    limits = Limits(delimited=False)
    candidates = (
        (languages[1], found if isinstance(found, str) or held is None else held.without(found, languages))
        for found in harvest(documents, granularity)
    )
    is_judged = books.settings.gate != "off"
    found = without_doubtful(candidates, source_lang=languages[0], limits=limits) if is_judged else candidates
    try:
        report = export(
            found,
            path,
            "tmx",
            source_lang=languages[0],
            granularity=granularity,
            limits=limits,
        )
    except NoPairs:
        return 0
    return report.records
