"""Second half of planning: a plan for every document that is to be written.

Three steps, each for all pages, in processes that keep the plans: plan every page by itself; look on all pages for what
people have of the texts that the plans would send; put that in, and keep back what would take words from people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from posixpath import normpath

from amts_action.books.book import Book
from amts_action.books.books import Books, Start
from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.engines.model import Translation
from amts_action.errors import AmtsError
from amts_action.merging.any_document import AnyPlan, ask, blank, carry_out, make
from amts_action.merging.checking.conservation import conserved
from amts_action.merging.flags import flag
from amts_action.merging.options import MergeOptions
from amts_action.merging.sources.filling import filled, wanted
from amts_action.merging.sources.shelf import Shelf
from amts_action.processes import crew
from amts_action.runs.planning.declined import takes_page, without
from amts_action.runs.planning.elsewhere import fragments_elsewhere
from amts_action.runs.planning.job import Fate, Job
from amts_action.runs.planning.people import searched, shelf_for
from amts_action.settings import Settings

__all__ = ["plan_run"]

PARALLEL_FROM = 150_000
"""Characters of the English, old and new, from which planning is spread over processes: below, starting them takes
longer. Our own limit."""


def plan_run(books: Books, jobs: Iterable[Job], *, preview: bool = False) -> list[Job]:
    """The jobs with a plan, and on request a preview, for each document that is to be written."""
    settings = books.settings
    jobs = [_placeable(books.target, _taken(books.start, job)) for job in jobs]
    pages = {_stem(j.path) for j in jobs if j.fate not in ("missing", "deleted", "gone")}
    todo = [job for job in jobs if job.fate in ("changed", "new", "renamed")]
    sizes = [len(job.head_text) + (len(job.base.text) if job.base is not None else 0) for job in todo]
    if todo:
        parse_markdown("")  # what this brings in need not be brought in by every process
    with crew(todo, sizes, least=PARALLEL_FROM) as at_work:
        plan = partial(_planned, settings, pages, fragments_elsewhere(books, jobs), books.start.declined)
        planned = {job.path: job for job in at_work.each(plan, what="planning")}
        jobs = [planned.get(job.path, job) for job in jobs]
        look = partial(searched, settings.source_lang, settings.target_lang)
        shelf, hit = shelf_for(books, jobs, lambda sieve: at_work.each(partial(look, sieve), what="looking around"))
        finish = partial(_finished, settings.source_lang, settings.target_lang, preview, shelf, hit)
        done = at_work.each(finish, what="trying out" if preview else "finishing")
    finished = {job.path: job for job in done}
    return [finished.get(job.path, job) for job in jobs]


def _taken(start: Start, job: Job) -> Job:
    """The job, or none where people have declined the whole page as its English is now."""
    if job.fate not in ("changed", "new", "renamed", "deleted") or not takes_page(
        job.path, job.head_text, start.declined
    ):
        return job
    fate: Fate = "gone" if job.fate == "deleted" else "up to date"
    return replace(job, fate=fate, message=flag("declined").text, is_declined=True)


def _placeable(target: Book, job: Job) -> Job:
    """The job, or an error where its document cannot be written: one odd name must not stop the others."""
    if job.fate not in ("changed", "new", "renamed", "deleted"):
        return job
    try:
        target.check_place(job.path)
    except AmtsError as error:
        return replace(job, fate="error", message=str(error))
    return job


def _planned(
    settings: Settings,
    pages: set[str],
    elsewhere: Mapping[str, Mapping[tuple[str, str], str]],
    declined: frozenset[str],
    job: Job,
) -> tuple[Job, Job]:
    """The job with its plan, or as an error when the document cannot be read; and the same without the plan, which is
    large and need not leave the process."""
    name = job.document.pair.source_path or job.path
    folder = job.path.rpartition("/")[0]
    try:
        empty = blank(job.head_text, name=name) if job.fate == "new" else ""
        plan = make(
            job.base.text if job.base else empty,
            job.head_text,
            job.target_text or empty,
            MergeOptions(
                settings.source_lang,
                settings.target_lang,
                settings.fill_missing,
                settings.small_changes == "keep",
                settings.language_keys,
                available=lambda page: normpath(f"{folder}/{page}" if folder else page) in pages,
                elsewhere=elsewhere.get(job.path, {}),
            ),
            name=job.path,
            waiting=job.base.waiting if job.base else (),
        )
    except AmtsError as error:
        job = replace(job, fate="error", message=f"{job.path}: {error}")
        return job, job
    plan = without(plan, job.path, declined)
    job = replace(job, wanted=wanted(plan))
    return replace(job, plan=plan), job


def _name(job: Job) -> str:
    """The name of the page as the translation has it now."""
    return job.document.pair.target_path or job.path


def _finished(
    source_lang: str, target_lang: str, preview: bool, shelf: Shelf, hit: frozenset[str], job: Job
) -> tuple[Job, Job]:
    """The job with what people have on the shelf in its plan, and with a plan that takes no words from them without
    need, or what that would come to; twice, as a crew wants it."""
    if job.plan is None:
        return job, job
    plan = filled(job.plan, shelf, _name(job)) if job.path in hit else job.plan
    plan = conserved(plan, source_lang=source_lang, target_lang=target_lang)
    job = _previewed(replace(job, plan=None), plan) if preview else replace(job, plan=plan)
    return job, job


def _previewed(job: Job, plan: AnyPlan) -> Job:
    """The job with what its plan would come to; the plan itself is large, and need not leave the process."""
    from amts_action.markup.wire import encode

    asked = ask(plan, prefix="0", context={"path": job.path})
    pretended = {
        s.id: Translation(s.id, " ".join(s.text.split()), (), "machine", encode(s.text).characters) for s in asked
    }
    return replace(job, preview=carry_out(plan, pretended, prefix="0"), asked=tuple(asked))


def _stem(path: str) -> str:
    return path.rpartition(".")[0] or path
