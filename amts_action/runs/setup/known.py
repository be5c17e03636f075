"""What a translated book says already about the English that its pages were made from."""

from __future__ import annotations

from amts_action.books.book import Book
from amts_action.books.books import Books
from amts_action.books.records import declared_commit
from amts_action.errors import AmtsError

__all__ = ["records_known"]


def records_known(books: Books) -> list[str]:
    """One line for each kind of record that some pages have; none for a book that nobody has recorded."""
    documents = [d for d in books.documents() if d.pair.source_path and d.pair.target_path]
    books.read_ahead(documents)
    counts = {
        "a record of AMTS": sum(d.pair.target_path in books.records for d in documents),
        "the English beside them": sum(d.pair.origin_path is not None for d in documents),
        "a record of another tool": sum(d.pair.target_path in books.foreign for d in documents),
        "the commit in their front matter": sum(_declares(books.target, d.pair.target_path or "") for d in documents),
    }
    return [f"{n:,} of {len(documents):,} pages have {what}" for what, n in counts.items() if n]


def _declares(target: Book, path: str) -> bool:
    try:
        return bool(declared_commit(target.read(path).decode("utf-8", "replace")))
    except AmtsError:
        return False
