"""How far every document is behind the source."""

from __future__ import annotations

from amts_action.jobs.books import Books
from amts_action.jobs.planning import Job, plan_run, survey
from amts_action.reports.table import State, StatusRow
from amts_action.sync.notebook import NotebookPlan
from amts_action.sync.single import AnyPlan

__all__ = ["status_rows"]

_STATES: dict[str, State] = {
    "up to date": "up to date",
    "changed": "behind",
    "renamed": "behind",
    "deleted": "gone",
    "gone": "gone",
    "missing": "missing",
    "new": "missing",
    "not adopted": "not adopted",
    "error": "unreadable",
}


def status_rows(books: Books) -> list[StatusRow]:
    """One row per document, in the order of the source; the base is not searched for where nothing records it."""
    return [_row(books, job) for job in plan_run(books, survey(books, search=False))]


def _row(books: Books, job: Job) -> StatusRow:
    if job.fate not in ("up to date", "changed", "renamed"):
        return StatusRow(job.path, _STATES[job.fate], None, None, job.message)
    commits = _commits_behind(books, job)
    blocks = _blocks_behind(job.plan) if job.plan is not None else 0
    state: State = "behind" if blocks or job.document.is_renamed else "up to date"
    return StatusRow(job.path, state, commits if state == "behind" else 0, blocks, "renamed" * job.document.is_renamed)


def _commits_behind(books: Books, job: Job) -> int | None:
    """Commits that changed the document since its base; None when the base is no version of it."""
    versions = books.history.get(job.document.pair.source_path or "", ())
    for n, version in enumerate(versions):
        if job.base is not None and version.oid == job.base.blob:
            return n
    return None


def _blocks_behind(plan: AnyPlan) -> int:
    """Blocks that a run would have something to do for."""
    if isinstance(plan, NotebookPlan):
        cells = sum(
            s.action not in ("keep", "cosmetic", "owed") for n, s in enumerate(plan.cells.steps) if n not in plan.inside
        )
        return cells + sum(_blocks_behind(p) for p in plan.inside.values())
    return sum(s.action not in ("keep", "cosmetic", "owed") for s in plan.steps)
