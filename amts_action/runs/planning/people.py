"""What people have translated anywhere in the book, in the place of what would be sent to an engine (DESIGN §2).

Nothing is done while nothing is wanted. Then a cheap look tells which pages may have it, and only those are aligned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from amts_action.books.bases import base_of
from amts_action.books.books import Books
from amts_action.documents.files import decode
from amts_action.errors import AmtsError
from amts_action.merging.any_document import AnyPlan
from amts_action.merging.sources import Shelf, Sieve, TranslatedPage, gathered, page_pieces
from amts_action.runs.planning.job import Job
from amts_action.runs.planning.taken_back import proposed_pages

__all__ = ["shelf_for"]


def shelf_for(books: Books, jobs: Sequence[Job]) -> tuple[Shelf, frozenset[str]]:
    """What people have of the texts that the jobs want, and the paths of the jobs that want some of it."""
    shelf = Shelf(books.settings.source_lang, books.settings.target_lang)
    wanted = [text for job in jobs for text in job.wanted]
    if not wanted:
        if books.settings.memory:
            _kept(books, ())  # a file that is not there is a mistake, whether something is wanted or not
        return shelf, frozenset()
    sieve = Sieve(wanted)
    found: set[str] = set()
    for page, plan in _pages(books, jobs):
        texts = sieve.left(page_pieces(page.base, page.name))
        if texts and (more := _gathered(page, texts, shelf, plan)):
            shelf.add(more)
            found.update(texts)
    if books.settings.memory:
        left = [text for text in wanted if text not in found]
        kept = _kept(books, left)
        shelf.add(kept)
        found.update(left if kept else ())
    return shelf, frozenset(job.path for job in jobs if not found.isdisjoint(job.wanted))


def _kept(books: Books, texts: Sequence[str]) -> Shelf:
    """What the translation memory that the settings name has of the texts."""
    from amts_action.runs.memory.shelf import shelf_of_memory

    s = books.settings
    return shelf_of_memory(Path(s.memory), texts, source_lang=s.source_lang, target_lang=s.target_lang)


def _gathered(page: TranslatedPage, texts: Sequence[str], shelf: Shelf, plan: AnyPlan | None) -> Shelf | None:
    try:
        return gathered(page, texts, source_lang=shelf.source_lang, target_lang=shelf.target_lang, plan=plan)
    except AmtsError:
        return None


def _pages(books: Books, jobs: Sequence[Job]) -> Iterator[tuple[TranslatedPage, AnyPlan | None]]:
    """The pages of the translation whose English is known; first as they are on its own branch, where ours differs."""
    wanting = {job.document.pair.source_path: job for job in jobs if job.wanted}
    for source, document in proposed_pages(books).items():
        path = document.pair.target_path or ""
        if (job := wanting.get(source)) is None:
            continue
        try:
            base = base_of(books.at_default, document)
            text = decode(books.at_default.target_bytes(path), where=path)
        except AmtsError:
            continue
        if base is not None and base.is_usable:
            yield TranslatedPage(job.path, base.text, text, path, job.head_text, rank=0), None
    for job in jobs:
        own = job.document.pair.target_path or ""
        if job.base is None or not job.base.is_usable or own not in books.target_tree:
            continue
        try:
            text = job.target_text or decode(books.target_bytes(own), where=own)
        except AmtsError:
            continue
        yield TranslatedPage(own, job.base.text, text, own, job.head_text), job.plan
