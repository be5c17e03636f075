"""Checks of a whole book: every changed page against the English that it stands at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from amts_action.books.bases import base_of
from amts_action.books.book import Book
from amts_action.books.books import BookDocument, Books
from amts_action.errors import AmtsError
from amts_action.git.repository import TreeEntry
from amts_action.merging.checking.converted import convert, differences

__all__ = ["CheckedPage", "check_book"]


class CheckedPage(NamedTuple):
    """One page."""

    path: str
    differences: tuple[str, ...]
    skipped: str = ""
    """Why it was not checked; empty when it was."""


def check_book(books: Books) -> Iterator[CheckedPage]:
    """The markdown pages that the target's branch has changed, or all where there is no such branch.

    Raises:
        InputError: d2lbook is not installed.
    """
    convert("# Bread\n")  # says so once, and not for each page
    documents = [d for d in books.documents() if (d.pair.target_path or "").lower().endswith((".md", ".markdown"))]
    if books.target.commit != books.start.default:
        before = books.target.repository.tree(books.start.default)
        documents = [d for d in documents if _is_changed(books.target, d, before)]
    books.read_ahead(documents)
    for document in documents:
        yield _checked(books, document)


def _is_changed(target: Book, document: BookDocument, before: Mapping[str, TreeEntry]) -> bool:
    path = document.pair.target_path or ""
    return path not in before or before[path].oid != target.tree[path].oid


def _checked(books: Books, document: BookDocument) -> CheckedPage:
    path = document.pair.target_path or ""
    try:
        base = base_of(books, document, search=False)
        if base is None or not base.is_usable:
            return CheckedPage(path, (), "the English it was made from is not known; run `amts adopt`")
        english = convert(base.text)
    except AmtsError as error:
        return CheckedPage(path, (), f"its English: {error}")
    try:
        translation = convert(books.target.text(path))
    except AmtsError as error:
        return CheckedPage(path, (str(error),))
    return CheckedPage(path, tuple(differences(english, translation)))
