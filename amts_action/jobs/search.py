"""Looks for the base of a translation that nothing records."""

from __future__ import annotations

from amts_action.jobs.bases import Base
from amts_action.jobs.books import Books, Document

__all__ = ["search_base"]


def search_base(books: Books, document: Document) -> Base | None:
    """The version of the source that the translation most likely corresponds to."""
    return None
