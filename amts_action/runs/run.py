"""The main job: plan, translate, merge, check, commit (DESIGN §3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from amts_action.books.book import Book
from amts_action.books.books import Books
from amts_action.books.opening import branch_commit
from amts_action.books.pairing import page_of
from amts_action.books.records import Record, effective_text, state_path, write_record
from amts_action.documents.files import is_notebook
from amts_action.documents.model import PROSE
from amts_action.engines.model import Engine, Translation, Usage
from amts_action.engines.registry import create_engine, delivered
from amts_action.engines.service.limits import check_limits
from amts_action.errors import ForbiddenError, InputError, PendingError, ServiceError
from amts_action.git.partial import about_merge, bring_in
from amts_action.merging.any_document import carry_out
from amts_action.merging.checking.conservation import Leaving, held_back
from amts_action.merging.checking.titles import stale_titles
from amts_action.merging.commit_keys import with_commit_keys
from amts_action.merging.document import Result
from amts_action.runs.companions import Companions, bring_companions
from amts_action.runs.conservation import BookPage, losses
from amts_action.runs.engine_setup import Spent, characters_of, engine_settings, estimate, estimates, of_book, spent
from amts_action.runs.planning.job import Job
from amts_action.runs.planning.page_plans import plan_run
from amts_action.runs.planning.plan import book_pairs, check_sane, reminder, run_segments, survey
from amts_action.runs.planning.taken_back import restored_files, taken_back_note

__all__ = ["Outcome", "Run", "book_page", "commit", "finish", "on_top_of_default", "run_plan", "run_sync"]

MUCH = 0.4
"""Share of a renamed page's translated texts that go, from which on people are told."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document."""

    job: Job
    result: Result | None = None
    edits: Mapping[str, bytes | None] = field(default_factory=dict)
    """Files of the target to write (None: to remove)."""
    is_quiet: bool = False
    """Only records would change, which alone is not worth a commit."""
    is_pending: bool = False
    """The engine is not done with it."""
    leaving: tuple[Leaving, ...] = ()
    """People's sentences that the page loses, with their English and why."""
    held_back: str = ""
    """Why some of it is not carried out, or all of a removal."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person must look at, of the document as a whole."""
        held = (self.held_back,) if self.held_back else ()
        return (*self.job.warnings, *held, *_about_rename(self.job, self.result), *_about_titles(self.job, self.result))

    @property
    def status(self) -> str:
        """`done`, `partial`, `failed` or `pending`."""
        if self.job.fate in ("error", "not adopted"):
            return "failed"
        if self.held_back and self.result is None:
            return "partial"
        if self.is_pending:
            return "pending"
        return self.result.status if self.result else "done"


@dataclass(frozen=True, slots=True)
class Run:
    """What a whole run found, and what it would write."""

    books: Books
    outcomes: tuple[Outcome, ...]
    companions: Companions
    characters: int
    """Characters that were sent; in a plan, that would be."""
    spent: Spent = field(default_factory=Spent)
    """What the engine used and did; in a plan, what it would use."""
    estimates: Mapping[str, Usage] = field(default_factory=dict)
    """In a plan: what each engine would use."""
    commit: str = ""
    """The commit made; empty when nothing was."""
    pending: str = ""
    """Why nothing is written yet: the engine's job goes on, and a later run collects it."""
    failure: str = ""
    """Why the engine gave nothing at all; what needs none is delivered all the same."""
    engine: Engine | None = field(default=None, repr=False, compare=False)
    """What translated; it may have to be told when its work is safe (`finish`)."""

    @property
    def conflicts(self) -> tuple[str, ...]:
        """Paths in which the default branch could not be merged into ours."""
        return self.books.start.conflicts

    @property
    def edits(self) -> dict[str, bytes | None]:
        """All files to write; empty when no document or companion changes."""
        if all(o.is_quiet or not o.edits for o in self.outcomes) and not self.companions.edits:
            return {}
        # Names change hands when chapters are renumbered: what one page leaves another may take.
        gone: dict[str, bytes | None] = {}
        written: dict[str, bytes | None] = {}
        for edits in (*(o.edits for o in self.outcomes), self.companions.edits):
            for path, data in edits.items():
                (gone if data is None else written)[path] = data
        return {**gone, **written}

    @property
    def is_idle(self) -> bool:
        """Whether there was nothing to write and nothing new to say: what is owed was owed before."""
        is_quiet = not (self.edits or self.commit or self.conflicts or self.pending or self.failure)
        return is_quiet and not any(o.status == "failed" or o.held_back for o in self.outcomes)

    @property
    def exit_code(self) -> int:
        """0 when everything was done, 1 when something is owed, in conflict, failed or pending, 3 without an engine."""
        if self.failure:
            return ServiceError.exit_code
        return 0 if self.status == "done" else 1

    @property
    def status(self) -> str:
        """`done`, `partial` (something owed, in conflict or failed), `failed` (nothing at all could be done) or
        `pending` (the engine is not done, nothing is written).
        """
        if self.pending:
            return "pending"
        worked = [
            o
            for o in self.outcomes
            if o.job.fate in ("changed", "new", "renamed", "deleted", "taken back", "error", "not adopted")
        ]
        if worked and all(o.status == "failed" for o in worked):
            return "failed"
        if self.conflicts or any(o.status != "done" for o in worked):
            return "partial"
        return "done"


def run_plan(books: Books) -> Run:
    """What `run_sync` would do, as far as it is known without asking an engine. Costs nothing, writes nothing."""
    jobs = plan_run(books, check_sane(books, survey(books)), preview=True)
    asked = [replace(s, id=f"{n}:{s.id}") for n, job in enumerate(jobs) for s in job.asked]
    outcomes = tuple(
        Outcome(job, job.preview, _removal(books.target, job) if job.fate == "deleted" else {}) for job in jobs
    )
    settings = books.settings
    told = of_book(engine_settings(settings, pairs=tuple), books)
    languages = {"source_lang": settings.source_lang, "target_lang": settings.target_lang}
    costs, why = estimates(settings.engine, told, asked, **languages)
    if why:
        books.notes.add(why)
    usage = costs.get(settings.engine)
    count = usage.characters if usage and settings.engine != "memory" else characters_of(asked)
    return Run(books, outcomes, Companions(), count, Spent(settings.engine, usage or Usage(count)), estimates=costs)


def run_sync(
    books: Books,
    *,
    report: Callable[[str], None] | None = None,
    before_paying: Callable[[], None] | None = None,
    choose: Callable[[list[Job]], list[Job]] | None = None,
) -> Run:
    """Translates and merges every document that is behind. Nothing is committed yet.

    Args:
        report: gets one line about what takes long.
        before_paying: called before an engine is asked for anything; what it raises ends the run.
        choose: leaves out those of the planned pages that are to wait.

    Raises:
        LimitError: more characters or money than allowed would be used; nothing was.
        ServiceError: the engine gave nothing at all, and nothing can be done without it.
    """
    jobs = plan_run(books, check_sane(books, survey(books)))
    jobs = choose(jobs) if choose is not None else jobs
    if back := taken_back_note(jobs):
        books.notes.add(back)
    asked = run_segments(jobs)
    settings = books.settings
    told = of_book(engine_settings(settings, pairs=lambda: book_pairs(books, jobs), report=report), books)
    told = replace(told, pairs_for=lambda texts: book_pairs(books, jobs, texts))
    engine = create_engine(settings.engine, told)
    languages = {"source_lang": settings.source_lang, "target_lang": settings.target_lang}
    if told.max_characters or told.max_cost is not None:
        check_limits(engine.name, told, estimate(engine, told, asked, **languages))
    failure: ServiceError | ForbiddenError | None = None
    if asked and before_paying is not None:
        before_paying()
    try:
        given = engine.translate(asked, **languages) if asked else []
    except (ServiceError, ForbiddenError) as error:
        failure = error
        given = [Translation(s.id, None, (f"no reply: {error.what}",)) for s in asked]
    except PendingError as error:
        outcomes = tuple(Outcome(job, is_pending=job.plan is not None) for job in jobs)
        return Run(books, outcomes, Companions(), 0, pending=str(error), engine=engine)
    translations = {t.id: t for t in given}
    outcomes = _conserved(books, [_outcome(books, n, job, translations) for n, job in enumerate(jobs)], translations)
    written = [o.job for o in outcomes if o.status != "failed"]
    failed = [o.job.path for o in outcomes if o.status == "failed"]
    companions = bring_companions(books, written, failed=failed)
    made = sum(t.characters for t in given)
    told_why = str(failure) if failure else ""
    run = Run(books, outcomes, companions, made, spent(engine, told, given), failure=told_why, engine=engine)
    if failure is not None and not run.edits:
        raise failure  # nothing is left that could be delivered without an engine
    return run


def _conserved(
    books: Books, outcomes: Sequence[Outcome], translations: Mapping[str, Translation]
) -> tuple[Outcome, ...]:
    """The outcomes without what takes words from people though their English stands in the book."""
    languages = {"source_lang": books.settings.source_lang, "target_lang": books.settings.target_lang}
    found = losses([book_page(books.target, o) for o in outcomes if o.job.fate != "taken back"], **languages)
    out = []
    for n, outcome in enumerate(outcomes):
        gone = found.get(outcome.job.path, ())
        broken = [item for item in gone if item.is_broken]
        if broken:
            outcome = _held_back(books, n, outcome, translations, broken)
            # What goes all the same is told before all else.
            still = losses([book_page(books.target, outcome)], **languages).get(outcome.job.path, ())
            gone = (*(item for item in gone if not item.is_broken), *(item for item in still if item.is_broken))
        out.append(replace(outcome, leaving=gone) if outcome.edits else outcome)
    return tuple(out)


def book_page(target: Book, outcome: Outcome) -> BookPage:
    """A page before and after the run, as conservation looks at it."""
    job, result = outcome.job, outcome.result

    def output() -> str:
        if job.fate == "deleted" and outcome.edits:
            return ""
        if result is not None:
            return result.text
        path = job.document.pair.target_path or ""
        return target.read(path).decode("utf-8", "replace") if path in target.tree else ""

    is_changed = job.fate == "deleted" or (result is not None and result.text != job.target_text)
    base = job.base.text if job.base is not None else ""
    return BookPage(job.path, base, job.head_text, job.target_text, output, is_changed)


def _held_back(
    books: Books, n: int, outcome: Outcome, translations: Mapping[str, Translation], broken: Sequence[Leaving]
) -> Outcome:
    """The outcome without the steps that take away the sentences."""
    first = " ".join(broken[0].english.split())[:_SHOWN]
    many = f"{len(broken)} sentences of people, the first of" if len(broken) > 1 else "a sentence of people for"
    why = f"held back what would take away {many} “{first}”, for its English stands in the book"
    if outcome.job.plan is None:
        return Outcome(outcome.job, held_back=why)
    plan = held_back(outcome.job.plan, (b.english for b in broken), source_lang=books.settings.source_lang)
    again = _outcome(books, n, replace(outcome.job, plan=plan), translations)
    return replace(again, held_back=why)


_SHOWN = 80
"""Characters of a sentence that a warning quotes."""


def _outcome(books: Books, n: int, job: Job, translations: Mapping[str, Translation]) -> Outcome:
    if job.fate == "deleted":
        return Outcome(job, None, _removal(books.target, job))
    if job.fate == "taken back":
        return Outcome(job, None, restored_files(books, job))
    result = carry_out(job.plan, translations, prefix=str(n)) if job.plan is not None else None
    if result is None or result.status == "failed":
        is_lost = job.is_arrival and (result is not None or job.fate == "error")
        return Outcome(job, result, reminder(books, job) if is_lost else {}, is_quiet=True)
    quiet = result.text == job.target_text and not (job.document.is_renamed or job.is_returned)
    if not quiet and books.settings.commit_keys and not is_notebook(job.path):
        result = with_commit_keys(result, books.settings.commit_keys, books.source.commit)
    edits = {} if quiet and result.status != "done" else _edits(books, job, result)
    return Outcome(job, result, edits, quiet)


def _about_rename(job: Job, result: Result | None) -> Iterator[str]:
    """A remark on a page that git calls renamed although little of it came along: it may have become two."""
    if result is None or not job.document.is_renamed:
        return
    texts = {e.target: e.action == "delete" for e in result.entries if e.kind in PROSE and e.target}
    gone = sum(texts.values())
    if gone > MUCH * len(texts):
        yield (
            f"counts as {job.document.pair.target_path} renamed, but {gone} of its {len(texts)} translated "
            "texts have no place there and go; look whether another new page needs them"
        )


def _about_titles(job: Job, result: Result | None) -> Iterator[str]:
    """What the page's own front matter says of its titles and is not so any more."""
    if result is not None and job.base is not None and not is_notebook(job.path) and "translation:" in result.text:
        yield from stale_titles(job.base.text, job.head_text, result.text)


def _removal(target: Book, job: Job) -> dict[str, bytes | None]:
    """A page that the source has removed goes, with what is kept about it."""
    path = job.document.pair.target_path or job.path
    gone = (path, job.document.pair.origin_path, state_path(path))
    return {name: None for name in gone if name and name in target.tree}


def _edits(books: Books, job: Job, result: Result) -> dict[str, bytes | None]:
    pair = job.document.pair
    edits: dict[str, bytes | None] = {}
    if result.text != job.target_text or job.document.is_renamed or job.is_returned or job.fate == "new":
        edits[job.path] = result.text.encode("utf-8")
    source = pair.source_path or ""
    owed = tuple(sorted(result.owing, key=lambda item: item.span))
    record = Record(books.source.address, source, books.source.commit, books.source.tree[source].oid, owed)
    edits[state_path(job.path)] = write_record(record)
    if pair.origin_path is not None:
        origin = _origin_path(job.path, books.settings.origin_suffix)
        edits[origin] = effective_text(job.head_text, owed, source).encode("utf-8")
        if origin != pair.origin_path:
            edits[pair.origin_path] = None
    if (old := state_path(books.moved_from.get(job.path, ""))) in books.target.tree:
        edits.setdefault(old, None)
    if job.document.is_renamed and pair.target_path:
        for old in (pair.target_path, state_path(pair.target_path)):
            if old in books.target.tree:
                edits.setdefault(old, None)
    return edits


def _origin_path(path: str, suffix: str) -> str:
    stem, dot, end = path.rpartition(".")
    return f"{stem}{suffix}{dot}{end}"


def commit(run: Run, message: str) -> Run:
    """Commits the run's edits to the branch, and sends it to the server when the target was given by address.

    Raises:
        InputError: the branch is checked out or has moved.
        ServiceError: the server refused.
    """
    branch, target, edits = run.books.settings.branch, run.books.target, run.edits
    repository = target.repository
    before = branch_commit(repository, branch)
    new = repository.commit(branch, target.commit, edits, message) if edits else target.commit
    if new == target.commit and before and before != new:
        # Without edits, too, the default branch was merged into ours.
        repository.move(branch, new)
    if repository.is_clone and new != (before or run.books.start.default):
        repository.push(branch)
    return replace(run, commit=new) if new != target.commit else run


def finish(run: Run) -> list[str]:
    """Tells the engine that the run's result is delivered, so that it can remove what it kept elsewhere; what could
    not be removed, in words. To be called when the commit or pull request is safe, and not before.
    """
    if run.pending:
        return []
    return delivered(run.engine, is_whole=not run.books.settings.paths and not run.books.settings.head)


def on_top_of_default(books: Books) -> Books:
    """The run on top of our branch with the default branch merged in; of files in conflict ours stays (DESIGN §9).

    The branch moves when the run is committed, not before.

    Raises:
        InputError: the branch is checked out, or its name is no branch name.
    """
    books.target.repository.check_branch(books.settings.branch)
    if books.target.commit == books.start.default:
        return books
    message = f"Merge the default branch into {books.settings.branch}"
    if not books.target.repository.is_related(books.target.commit, books.start.default):
        what = f"the branch {books.settings.branch} and the translation's have no common history any more"
        raise InputError(what, where="--branch", mend="give it another name, or remove the old branch")
    group = partial(page_of, settings=books.settings)
    merged = bring_in(books.target.repository, books.target.commit, books.start.default, message, group=group)
    books.notes.add(*about_merge(merged, "the default branch"))
    start = replace(books.start, conflicts=merged.conflicts)
    return replace(books, target=books.target.at(merged.commit), start=start)
