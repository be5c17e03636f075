"""Pages whose names changed hands: chapters renumbered, two names swapped, a new page under the name of an old one.

Git follows a file that gets a new name, but not one that gets the name of another. Such a page would be compared with
the English that stood there before, and everything people wrote would seem to belong to another text. So a page whose
English has nothing in common with what its translation was made from is put together with the translation that was
made from it, if there is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from amts_action.books.book import Book
from amts_action.books.books import BookDocument
from amts_action.books.pairing import PagePair
from amts_action.errors import AmtsError
from amts_action.runs.planning.job import Job

__all__ = ["with_names_followed"]

STRANGE = 0.25
"""Share of lines that a page has in common with its own base, below which it may be another page. Of the 2,153 changes
of a page in the histories of d2l and QuantEcon 14 are below: pages written anew."""
LIKE = 0.5
"""Share of lines in common with another page's base from which on it is that page: git's own limit for a rename."""


def with_names_followed(source: Book, jobs: Sequence[Job]) -> list[Job]:
    """The jobs, with those pages put together anew whose names changed hands."""
    strange = [job for job in jobs if job.fate == "changed" and _likeness(job.head_text, _base(job)) < STRANGE]
    if not strange:
        return list(jobs)
    # What is free: translations whose own name has another page now, or none.
    free = [*strange, *(job for job in jobs if job.fate == "deleted")]
    takers = [*strange, *(job for job in jobs if job.fate in ("missing", "new"))]
    given = _matched(source, takers, free)
    if not given:
        return list(jobs)
    taken = {other.path for other in given.values()}
    out = []
    for job in jobs:
        other = given.get(job.path)
        if other is not None:
            out.append(_renamed(source, job, other))
        elif job.path in taken and job.fate == "changed":
            pair = PagePair(job.document.pair.source_path, None)
            out.append(Job(BookDocument(pair, job.path), "new", "", None, job.head_text, is_arrival=True))
        elif job.path not in taken:
            out.append(job)
    return out


def _base(job: Job) -> str:
    return job.base.text if job.base else ""


def _matched(source: Book, takers: Sequence[Job], free: Sequence[Job]) -> dict[str, Job]:
    """Path of a page → the job that has its translation; each translation goes to the page that is most like it."""
    heads = {job.path: _head(source, job) for job in takers}
    scores = [
        (_likeness(heads[job.path], _base(other)), n, k)
        for n, job in enumerate(takers)
        for k, other in enumerate(free)
        if job.path != other.path
    ]
    found: dict[str, Job] = {}
    used: set[int] = set()
    for score, n, k in sorted(scores, reverse=True):
        if score >= LIKE and takers[n].path not in found and k not in used:
            found[takers[n].path] = free[k]
            used.add(k)
    return found


def _head(source: Book, job: Job) -> str:
    if job.head_text:
        return job.head_text
    path = job.document.pair.source_path or ""
    try:
        return source.text(path)
    except AmtsError:
        return ""


def _likeness(one: str, other: str) -> float:
    """0 to 1: the lines that two texts have in common, of those of the longer one."""
    here, there = ({line.strip() for line in text.splitlines()} - {""} for text in (one, other))
    return len(here & there) / max(len(here), len(there), 1)


def _renamed(source: Book, job: Job, other: Job) -> Job:
    """The page with the translation that lies under the other's name."""
    there = other.document.pair
    document = BookDocument(PagePair(job.document.pair.source_path, there.target_path, there.origin_path), job.path)
    return replace(other, document=document, fate="renamed", message="", head_text=_head(source, job))
