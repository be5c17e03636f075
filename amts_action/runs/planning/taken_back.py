"""What the English takes back while a proposal is open, the branch takes back too (DESIGN §2).

A page whose English is again what the translation on its own branch was made from gets the bytes that it has there,
unless a person has been at it on our branch: then it is planned like any other, and block by block what people had
before comes first among the sources (`runs.planning.people`). A page that we had removed and that the English has
again comes back the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from amts_action.books.bases import base_of
from amts_action.books.books import BookDocument, Books
from amts_action.books.records import state_path
from amts_action.errors import AmtsError
from amts_action.git.authors import touched_by_people
from amts_action.runs.planning.job import Job

__all__ = ["proposed_pages", "restored_files", "taken_back_note", "with_take_backs"]

BACK = "its English is again as the translation has it: the proposal is taken back"
"""Message of a page that gets the bytes of the translation's own branch again."""


def proposed_pages(books: Books) -> dict[str, BookDocument]:
    """The documents in which our branch differs from the translation's own, as they are there, by source path."""
    if books.target.commit == books.start.default:
        return {}
    here, there = books.target.tree, books.at_default.target.tree
    if here == there:
        return {}
    out = {}
    for document in books.at_default.documents():
        path, source = document.pair.target_path, document.pair.source_path
        if path is not None and source is not None and here.get(path) != there[path]:
            out[source] = document
    return out


def with_take_backs(books: Books, jobs: Sequence[Job], *, search: bool) -> list[Job]:
    """The jobs, with those pages restored whose English was taken back."""
    pages = proposed_pages(books)
    return [_restored(books, job, pages, search) for job in jobs] if pages else list(jobs)


MOST_NAMES = 12
"""So many pages one line names."""


def taken_back_note(jobs: Iterable[Job]) -> str:
    """One line about the pages whose proposals are taken back; empty when there are none."""
    names = [job.path for job in jobs if job.fate == "taken back"]
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    what = "Taken back, for the English is again what the translation was made from"
    return f"{what}: {', '.join(names[:MOST_NAMES])}{more}." if names else ""


def _restored(books: Books, job: Job, pages: Mapping[str, BookDocument], search: bool) -> Job:
    before = pages.get(job.document.pair.source_path or "")
    if before is None or job.fate not in ("up to date", "changed", "missing", "not adopted"):
        return job
    path = before.pair.target_path or ""
    is_removed = path not in books.target.tree
    if (is_removed and job.document.pair.target_path is not None) or job.path != path:
        return job
    try:
        base = base_of(books.at_default, before, search=search)
        head = books.source.text(before.pair.source_path or "")
        is_back = base is not None and (base.text == head or base.blob == _blob(books, before))
        if base is None or not base.is_usable or not (is_back or is_removed):
            return job
        if touched_by_people(books.target.repository, books.start.default, books.target.commit, path):
            return job
        if base.text == head and not books.settings.fill_missing:
            return Job(before, "taken back", BACK, base, head)
        text = books.at_default.target.text(path)
    except AmtsError:
        return job
    # What was owed is tried again, and a page that comes back with other words is planned from what people had.
    return Job(before, "changed", "", base, head, text, is_returned=True)


def _blob(books: Books, document: BookDocument) -> str:
    return books.source.tree[document.pair.source_path or ""].oid


def restored_files(books: Books, job: Job) -> dict[str, bytes | None]:
    """The files of a page as they are on the translation's own branch."""
    path = job.document.pair.target_path or job.path
    there = books.at_default.target
    names = (path, job.document.pair.origin_path, state_path(path))
    return {
        name: there.read(name) if name in there.tree else None
        for name in names
        if name and (name in there.tree or name in books.target.tree)
    }
