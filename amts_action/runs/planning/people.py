"""What people have translated anywhere in the book, in the place of what would be sent to an engine (DESIGN §2).

Nothing is done while nothing is wanted. Then a cheap look tells which pages may have it, and only those are aligned.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from pathlib import Path

from amts_action.books.bases import base_of
from amts_action.books.books import Books
from amts_action.errors import AmtsError
from amts_action.merging.any_document import AnyPlan
from amts_action.merging.sources.search import gathered
from amts_action.merging.sources.shelf import Shelf, TranslatedPage
from amts_action.merging.sources.sieve import Sieve, Wanted, look, stands_in_english
from amts_action.runs.planning.job import Job
from amts_action.runs.planning.taken_back import proposed_pages
from amts_action.settings import Settings

__all__ = ["Found", "searched", "shelf_for"]

Found = tuple[str, Shelf | None, Sequence[Wanted]]
"""The path of a page, what it has, and the texts of which it may have something."""


def shelf_for(
    books: Books, jobs: Sequence[Job], search: Callable[[Sieve], Sequence[Found]]
) -> tuple[Shelf, frozenset[str]]:
    """What people have of the texts that the jobs want, and the paths of the jobs that want some of it.

    Args:
        search: `searched` for each page that has a plan, where its plan is.
    """
    shelf = Shelf(books.settings.source_lang, books.settings.target_lang)
    wanted = [want for job in jobs for want in job.wanted]
    if not wanted:
        if books.settings.memory:
            _kept(books.settings, ())  # a file that is not there is a mistake, whether something is wanted or not
        return shelf, frozenset()
    sieve = Sieve(wanted)
    there = {path: (more, texts) for path, more, texts in search(sieve)}
    found: set[Wanted] = set()
    for path, page in _pages(books, jobs, there):
        more, texts = there[path] if page is None else _looked(page, sieve, shelf.source_lang, shelf.target_lang)
        if more:
            shelf.add(more)
            found.update(texts)
    if books.settings.memory:
        left = [want for want in wanted if want not in found]
        kept = _kept(books.settings, [want.text for want in left])
        shelf.add(kept)
        found.update(left if kept else ())
    return shelf, frozenset(job.path for job in jobs if not found.isdisjoint(job.wanted))


def searched(source_lang: str, target_lang: str, sieve: Sieve, job: Job) -> tuple[Job, Found]:
    """The job, and what its page has of what the sieve lets through."""
    if job.plan is None:
        return job, (job.path, None, ())
    return job, (job.path, *_looked(job.translated_page(), sieve, source_lang, target_lang, job.plan))


def _looked(
    page: TranslatedPage, sieve: Sieve, source_lang: str, target_lang: str, plan: AnyPlan | None = None
) -> tuple[Shelf | None, Sequence[Wanted]]:
    texts = sieve.left(look(page.base, page.name))
    english = stands_in_english(page, texts)
    texts = [want for want in texts if want not in english]
    try:
        more = gathered(page, texts, source_lang=source_lang, target_lang=target_lang, plan=plan) if texts else None
    except AmtsError:
        more = None
    return more, texts


def _kept(settings: Settings, texts: Sequence[str]) -> Shelf:
    """What the translation memory that the settings name has of the texts."""
    from amts_action.runs.memory.shelf import shelf_of_memory

    s = settings
    return shelf_of_memory(Path(s.memory), texts, source_lang=s.source_lang, target_lang=s.target_lang)


def _pages(books: Books, jobs: Sequence[Job], there: Container[str]) -> Iterator[tuple[str, TranslatedPage | None]]:
    """The pages of the translation whose English is known; first as they are on its own branch, where ours differs.

    None for those that are `there` and have been looked at.
    """
    wanting = {job.document.pair.source_path: job for job in jobs if job.wanted}
    for source, document in proposed_pages(books).items():
        path = document.pair.target_path or ""
        if (job := wanting.get(source)) is None:
            continue
        try:
            base = base_of(books.at_default, document)
            text = books.at_default.target.text(path)
        except AmtsError:
            continue
        if base is not None and base.is_usable:
            yield job.path, TranslatedPage(job.path, base.text, text, path, job.head_text, rank=0)
    for job in jobs:
        own = job.document.pair.target_path or ""
        if job.base is None or not job.base.is_usable or own not in books.target.tree:
            continue
        if job.path in there:
            yield job.path, None
            continue
        try:
            text = job.target_text or books.target.text(own)
        except AmtsError:
            continue
        yield job.path, job.translated_page(text)
