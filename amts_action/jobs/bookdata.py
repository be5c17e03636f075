"""The name of a book and its parallel data, for engines that learn from them."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from amts_action.jobs.books import Books

__all__ = ["book_name", "write_corpus"]


def book_name(books: Books) -> str:
    """A name for the two books and their languages, the same on every machine, that a resource of AWS can have."""
    s = books.settings
    sides = [(books.source.address, s.source_path), (books.target.address, s.target_path)]
    exact = " ".join(f"{address.removesuffix('.git')}#{folder}" for address, folder in sides)
    plain = re.sub(r"[^A-Za-z0-9]+", "-", books.target.address.removesuffix(".git").rstrip("/").rpartition("/")[2])
    langs = f"{s.source_lang}-{s.target_lang}".replace("_", "-")
    mark = sha256(f"{exact} {langs}".encode()).hexdigest()[:8]
    return f"amts-{plain.strip('-')[:60] or 'book'}-{langs}-{mark}"


def write_corpus(books: Books, path: Path) -> int:
    """Writes the parallel data of the target's default branch, sentence by sentence, as TMX; how many records.

    Raises:
        InputError: a language is not one of Amazon Translate's.
        ServiceError: a server could not be reached.
    """
    from amts_action.jobs.parallel import texts_of_books
    from amts_action.memory.export import NoPairs, export
    from amts_action.memory.filters import Limits
    from amts_action.memory.harvest import harvest

    documents, problems = texts_of_books(books)
    books.notes.extend(problems)
    lang = books.settings.target_lang
    try:
        report = export(
            ((lang, found) for found in harvest(documents, "sentence")),
            path,
            "tmx",
            source_lang=books.settings.source_lang,
            granularity="sentence",
            limits=Limits(delimited=False),
        )
    except NoPairs:
        return 0
    return report.records
