"""How a translation stood to its English at the end of each month, as far as both histories tell.

What English a page was made from is known where the target's history has a state record or an `_origin` file of that
time; and, since the same text is made from the same English, for all times at which the page had a text whose base is
known. Everything else counts as not known. Pages are those that the English book has today.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import dropwhile

from amts_action.books.books import Books
from amts_action.books.records import read_record, state_path
from amts_action.errors import InputError
from amts_action.git.repository import Version
from amts_action.reports.pages.dashboard import Month
from amts_action.runs.planning.job import Job

__all__ = ["progress"]

Versions = Sequence[Version]


@dataclass(frozen=True, slots=True)
class _PageTimeline:
    """One page in time; all oldest first."""

    english: Versions
    translation: Versions
    made_from: Mapping[str, str]
    """Blob of the translation → blob of its English."""
    noted: Sequence[tuple[datetime, str, bool]]
    """From when on which English blob stands in a record or is the `_origin` file, and whether some of it is owed."""


def progress(books: Books, jobs: Sequence[Job]) -> list[Month]:
    """The months from the first translation to the last commit of either book; empty when nothing is translated."""
    history = books.target.repository.history("", books.target.commit)
    pages = _pages(books, jobs, history)
    starts = [page.translation[0].date for page in pages if page.translation]
    if not starts:
        return []
    dates = [v.date for page in pages for v in (*page.english[-1:], *page.translation[-1:])]
    dates += [note[-1][0] for page in pages if (note := page.noted)]
    ends = _ends(min(starts), max(dates))
    months = [_month(pages, month, end) for month, end in ends]
    return list(dropwhile(lambda m: not m.current + m.behind + m.unknown, months))


def _ends(first: datetime, last: datetime) -> list[tuple[str, datetime]]:
    """The months from one to another with the moment after each."""
    out, year, month = [], first.year, first.month
    while (year, month) <= (last.year, last.month):
        name = f"{year:04}-{month:02}"
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        out.append((name, datetime(year, month, 1, tzinfo=UTC)))
    return out


def _pages(books: Books, jobs: Sequence[Job], history: Mapping[str, Versions]) -> list[_PageTimeline]:
    jobs = [job for job in jobs if job.document.pair.source_path]
    states = {job.path: history.get(state_path(job.document.pair.target_path or ""), ()) for job in jobs}
    blobs = books.target.repository.blobs({v.oid for versions in states.values() for v in versions})
    out = []
    for job in jobs:
        pair = job.document.pair
        english = books.source.history.get(pair.source_path or "", ())[::-1]
        translation = history.get(pair.target_path or "", ())[::-1] if pair.target_path else ()
        origin = history.get(pair.origin_path or "", ()) if pair.origin_path else ()
        noted = [(v.date, v.oid, False) for v in origin[::-1]]
        for version in states[job.path][::-1]:
            try:
                record = read_record(blobs[version.oid], version.path)
            except InputError:
                continue
            noted = [note for note in noted if note[0] < version.date]  # a record counts more than the file beside it
            noted.append((version.date, record.blob, bool(record.owed)))
        noted.sort()
        made_from = _made_from(translation, noted)
        if job.base and job.base.blob and translation:
            made_from.setdefault(translation[-1].oid, job.base.blob)
        out.append(_PageTimeline(english, translation, made_from, noted))
    return out


def _made_from(translation: Versions, noted: Sequence[tuple[datetime, str, bool]]) -> dict[str, str]:
    """What is noted while a text stands, or first after it, before the text changes, is what it was made from."""
    out: dict[str, str] = {}
    for n, version in enumerate(translation):
        until = translation[n + 1].date if n + 1 < len(translation) else None
        for date, blob, _ in noted:
            if until is None or date < until:
                out[version.oid] = blob
    return out


def _month(pages: Sequence[_PageTimeline], month: str, end: datetime) -> Month:
    counts = {"current": 0, "behind": 0, "unknown": 0, "missing": 0}
    commits = 0
    for page in pages:
        known = [v for v in page.english if v.date < end]
        if not known:
            continue  # not written yet
        mine = [v for v in page.translation if v.date < end]
        if not mine:
            counts["missing"] += 1
            continue
        at = bisect_left([date for date, _, _ in page.noted], end) - 1
        blob, owed = page.noted[at][1:] if at >= 0 else (page.made_from.get(mine[-1].oid, ""), False)
        place = max((n for n, v in enumerate(page.english) if v.oid == blob), default=None)
        if place is None:
            counts["unknown"] += 1
            continue
        lacked = max(len(known) - 1 - place, 0)
        counts["behind" if lacked or owed else "current"] += 1
        commits += lacked
    return Month(month, **counts, commits=commits)
