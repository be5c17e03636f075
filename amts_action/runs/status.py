"""How far every document is behind the source."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace

from amts_action.books.authorship import machine_changes
from amts_action.books.book import Book
from amts_action.books.books import Books
from amts_action.books.opening import branch_commit
from amts_action.documents.files import decode
from amts_action.documents.inline import plain_text
from amts_action.documents.model import Block
from amts_action.documents.notebooks.unrolled import read_document
from amts_action.errors import AmtsError
from amts_action.git.drafts import differing, fork
from amts_action.git.repository import Version
from amts_action.merging.any_document import AnyPlan
from amts_action.merging.notebooks.notebook import NotebookPlan
from amts_action.merging.planning.steps import Plan
from amts_action.reports.links import compare
from amts_action.reports.table import BlockCount, Section, State, StatusRow
from amts_action.runs.planning.job import Job
from amts_action.runs.planning.page_plans import plan_run
from amts_action.runs.planning.plan import check_sane, survey
from amts_action.runs.report import web_of

__all__ = ["in_review", "status_jobs", "status_row", "status_rows"]

_STATES: dict[str, State] = {
    "up to date": "up to date",
    "changed": "behind",
    "renamed": "behind",
    "deleted": "gone",
    "taken back": "up to date",
    "gone": "gone",
    "missing": "missing",
    "new": "missing",
    "not adopted": "not adopted",
    "error": "unreadable",
}
_KEPT = ("keep", "cosmetic")


def status_jobs(books: Books) -> list[Job]:
    """A plan for every document that is behind; where nothing records its base, this is searched for only when the
    document is in review: a run has looked for it already."""
    jobs = check_sane(books, survey(books, search=False))
    wanted = {job.path: job for job in jobs if job.fate == "not adopted"}
    sought = [wanted[path].document.pair for path in sorted(wanted.keys() & set(_open_pages(books)))]
    if sought:
        # In one repository a page and its English have different paths, and both have to be asked for.
        paths = dict.fromkeys(path for pair in sought for path in (pair.target_path, pair.source_path) if path)
        settings = replace(books.settings, paths=tuple(paths))
        found = {job.path: job for job in survey(replace(books, settings=settings))}
        jobs = [found.get(job.path, job) for job in jobs]
    return plan_run(books, jobs)


def in_review(books: Books) -> list[str]:
    """The documents that our branch proposes to change: open work, which counts for nothing until it is merged."""
    names = {path for d in books.documents() for path in (d.pair.target_path, d.target_path) if path}
    return sorted(names.intersection(_open_pages(books)))


def _open_pages(books: Books) -> list[str]:
    """The files that our branch has otherwise than the translation's own, and has changed itself."""
    target, ours = books.target.repository, branch_commit(books.target.repository, books.settings.branch)
    if not ours or ours == books.start.default:
        return []
    changed = {edit.path for edit in differing(target, books.start.default, ours)}
    own = {edit.path for edit in differing(target, fork(target, ours, books.start.default), ours)}
    return sorted(changed & own)


def status_rows(books: Books, jobs: list[Job] | None = None) -> list[StatusRow]:
    """One row per document, in the order of the source."""
    jobs = status_jobs(books) if jobs is None else jobs
    written = _written(books, {job.document.pair.target_path for job in jobs} - {None})  # type: ignore[arg-type]
    return [status_row(books, job, written.get(job.document.pair.target_path or "", frozenset())) for job in jobs]


def status_row(books: Books, job: Job, written: frozenset[str] = frozenset()) -> StatusRow:
    """How one document stands; `written` are the texts of blocks that AMTS has written into it."""
    source, target = job.document.pair.source_path or "", job.document.pair.target_path or ""
    base = job.base.commit if job.base else ""
    if job.fate not in ("up to date", "changed", "renamed"):
        unknown = len(_blocks(books.target, job)) if job.fate in ("not adopted", "error") else 0
        counts = BlockCount(unknown=unknown)
        return StatusRow(job.path, _STATES[job.fate], None, None, job.message, source, target, base, blocks=counts)
    lacked = _lacked(books.source, job)
    blocks = _blocks_behind(job.plan) if job.plan is not None else 0
    state: State = "behind" if blocks or job.document.is_renamed else "up to date"
    is_behind = state == "behind"
    commits = (None if lacked is None else len(lacked)) if is_behind else 0
    return StatusRow(
        job.path,
        state,
        commits,
        blocks,
        "renamed" * job.document.is_renamed,
        source,
        target,
        base,
        lacked[-1].date.date().isoformat() if is_behind and lacked else "",
        compare(web_of(books.source.address), base, books.source.commit) if is_behind else "",
        _count(books.target, job, written),
        _sections(job.plan) if isinstance(job.plan, Plan) and blocks else (),
    )


def _lacked(source: Book, job: Job) -> tuple[Version, ...] | None:
    """The versions of the document since its base, newest first; None when the base is no version of it."""
    versions = source.history.get(job.document.pair.source_path or "", ())
    for n, version in enumerate(versions):
        if job.base is not None and version.oid == job.base.blob:
            return versions[:n]
    return None


def _blocks_behind(plan: AnyPlan) -> int:
    """Blocks that a run would have something to do for, and cells whose tags, kind or attachments changed."""
    others = len(plan.members) if isinstance(plan, NotebookPlan) else 0
    return others + sum(step.action not in (*_KEPT, "owed") for step in _page(plan).steps)


def _page(plan: AnyPlan) -> Plan:
    """The plan over blocks."""
    return plan.page if isinstance(plan, NotebookPlan) else plan


def _count(target: Book, job: Job, written: frozenset[str]) -> BlockCount:
    """The blocks of the English and how the translation stands to each."""
    if job.plan is None:
        machine = sum(_key(block.text) in written for block in _blocks(target, job))
        return BlockCount(people=len(_blocks(target, job)) - machine, machine=machine)
    found: Counter[str] = Counter()
    plan = _page(job.plan)
    for step in plan.steps:
        if step.action in _KEPT:
            texts = [_key(plan.target.blocks[k].text) for k in step.target]
            found["machine" if texts and all(text in written for text in texts) else "people"] += 1
        else:
            found[{"owed": "missing", "conflict": "conflict"}.get(step.action, "behind")] += 1
    return BlockCount(*(found[field.name] for field in fields(BlockCount)))


def _sections(plan: Plan) -> tuple[Section, ...]:
    """The sections of the translation in which something is behind, in their order."""
    headings = [k for k, block in enumerate(plan.target.blocks) if block.kind == "heading" and not block.container]
    found, place = set(), 0
    for step in plan.steps:
        place = step.target[0] if step.target else place
        if step.action not in (*_KEPT, "owed"):
            found.add(sum(k <= place for k in headings) - 1)
    titles = [" ".join(plain_text(plan.target.blocks[k].text).split()) for k in headings]
    return tuple(Section(n, titles[n]) for n in sorted(found) if n >= 0)


def _blocks(target: Book, job: Job) -> list[Block]:
    """The blocks of a translation; none when it cannot be read."""
    path = job.document.pair.target_path or ""
    try:
        return _parsed(target.read(path), path) if path in target.tree else []
    except AmtsError:
        return []


def _parsed(data: bytes, path: str) -> list[Block]:
    text = decode(data, where=path)
    return list(read_document(text, path).blocks)


def _written(books: Books, paths: set[str]) -> dict[str, frozenset[str]]:
    """The texts of blocks that AMTS has brought into each document."""
    out: dict[str, frozenset[str]] = {}
    for path, *sides in machine_changes(books.target, paths, books.target.commit):
        texts = []
        for data in sides:
            try:
                texts.append({_key(block.text) for block in (_parsed(data, path) if data else ())})
            except AmtsError:
                texts.append(set())
        out[path] = out.get(path, frozenset()) | (texts[1] - texts[0])
    return out


def _key(text: str) -> str:
    """A block's text without what lines and blanks say."""
    return " ".join(text.split())
