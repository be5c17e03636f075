"""First half of a run: what is to be done with every document. Reads, decides, costs nothing."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence

from amts_action.books.bases import base_of
from amts_action.books.book import Book
from amts_action.books.books import BookDocument, Books
from amts_action.books.languages import check_languages
from amts_action.books.pairing import PagePair as Pages
from amts_action.books.pairing import matches, source_for, unread
from amts_action.books.records import Owed, Record, state_path, write_record
from amts_action.documents.files import SUFFIXES
from amts_action.documents.inline import tokens
from amts_action.engines.model import Pair, Segment
from amts_action.errors import AmtsError, InputError
from amts_action.git.repository import case_collisions
from amts_action.merging.any_document import ask, make, people_pairs
from amts_action.merging.options import MergeOptions
from amts_action.merging.sources.sieve import Sieve, Wanted, look
from amts_action.pace import counted
from amts_action.runs.planning.job import Job
from amts_action.runs.planning.removed import why_kept
from amts_action.settings import Settings

__all__ = ["book_pairs", "check_head", "check_sane", "reminder", "run_segments", "survey"]


def survey(books: Books, *, search: bool = True) -> list[Job]:
    """The fate of every document of both books, in the order of the source, without plans.

    What cannot be read or has no known base is a job too, with the reason; it does not stop the others.
    """
    from amts_action.runs.planning.renamed import with_names_followed
    from amts_action.runs.planning.taken_back import with_take_backs

    documents = books.documents()
    books.read_ahead(documents)
    if search:
        from amts_action.books.base_search import fetch_versions

        fetch_versions(books, documents)
    twins = {path for group in case_collisions(d.target_path for d in documents) for path in group}
    looked_at = counted("reading pages", documents, len(documents))
    jobs = [_guarded(books, document, twins, search) for document in looked_at]
    jobs = with_names_followed(books.source, with_take_backs(books, jobs, search=search))
    check_head(books, jobs)
    newest = _newest_base(books.source, jobs)
    before = set(books.source.at(newest).tree) if newest else None
    jobs = [_arrival(books, job, before) if job.fate == "missing" else job for job in jobs]
    return [*jobs, *_unread(books)]


def _unread(books: Books) -> list[Job]:
    """The pages of both books in formats that are not read, so that nobody takes them for brought along."""
    out = []
    for pair in unread(books.source.tree, books.target.tree, books.settings):
        path = pair.target_path or ""
        what = f"{path}: pages of this format are not read; bring it by hand, or name it in `exclude`"
        out.append(Job(BookDocument(pair, path), "error", what))
    return out


def check_head(books: Books, jobs: Sequence[Job]) -> None:
    """Refuses a head that is older than what the documents have been brought to: they would go backwards.

    Raises:
        InputError: the newest recorded commit has the head in its history.
    """
    head, repository = books.source.commit, books.source.repository
    records = (books.records.get(job.document.pair.target_path or "") for job in jobs)
    dates = repository.dates({record.commit for record in records if record is not None})
    newest = max(dates, key=lambda commit: dates[commit], default=head)
    if newest == head or books.settings.force or not repository.is_ancestor(head, newest):
        return
    raise InputError(
        f"{head[:10]} is older than {newest[:10]}, which the translation has been brought to already",
        where="--head",
        mend="give a newer one; --force takes the translation back to it",
    )


def check_sane(books: Books, jobs: list[Job]) -> list[Job]:
    """The jobs, unless they are likelier a mistake in the settings than a change of the book; a pattern that matches
    nothing is a job that failed.

    Raises:
        InputError: `paths` names a page that neither book has, no page is left at all, the source has none of the
            translated pages, or a book is in another language than it is said to be.
    """
    check_languages(books, [job.document for job in jobs])
    jobs = [*jobs, *_unmatched(books.settings, jobs)]
    gone = [job.path for job in jobs if job.fate == "deleted"]
    nothing_left = len(gone) > 1 and all(job.fate in ("deleted", "gone", "missing") for job in jobs)
    if nothing_left and not (books.settings.paths or books.settings.force):
        raise InputError(
            f"the source has none of the {len(gone)} translated pages any more",
            where="--source, --source-path",
            mend="check them; --force removes the pages from the translation",
        )
    return jobs


def _unmatched(settings: Settings, jobs: Sequence[Job]) -> Iterator[Job]:
    """A failed job for each pattern of `paths` that no page of either book matches.

    Raises:
        InputError: such a pattern is the name of one page, or there is no page at all.
    """
    if not jobs:
        raise _nothing(settings)
    places = {
        (path, prefix)
        for job in jobs
        for path, prefix in (
            (job.document.pair.source_path, settings.source_path),
            (job.document.pair.target_path, settings.target_path),
            (job.document.target_path, settings.target_path),
        )
        if path
    }
    for glob in settings.paths:
        if not any(matches(path, [glob.strip().removeprefix("./")], prefix) for path, prefix in places):
            if not set("*?[") & set(glob):
                raise InputError("neither book has such a page", where=f"--paths {glob}", mend="correct its name")
            what = f"--paths {glob}: no page of either book matches it; correct the pattern, or take it out"
            yield Job(BookDocument(Pages(None, None), glob), "error", what)


def _nothing(settings: Settings) -> InputError:
    """Why there is no page to look at."""
    for names, option in ((settings.paths, "--paths"), (settings.exclude, "--exclude")):
        if names and option == "--paths" and not any(set("*?[") & set(name) for name in names):
            where = f"--paths {' '.join(names)}"[:_LONGEST_PLACE]
            return InputError("neither book has such a page", where=where, mend="correct the name")
        if names:
            where = f"{option} {' '.join(names)}"[:_LONGEST_PLACE]
            return InputError("no page of either book is left by this", where=where, mend="correct the patterns")
    what = f"neither book has a page in a format that is read ({', '.join(SUFFIXES)})"
    return InputError(what, where="--source, --target", mend="check the folders, --source-path and --target-path")


_LONGEST_PLACE = 200
"""Characters of patterns that a message repeats."""


def _guarded(books: Books, document: BookDocument, twins: set[str], search: bool) -> Job:
    if document.target_path in twins:
        what = "another document has the same name in different case; rename one of them"
        return Job(document, "error", f"{document.target_path}: {what}")
    try:
        return _job(books, document, search)
    except AmtsError as error:
        return Job(document, "error", str(error))


def _job(books: Books, document: BookDocument, search: bool) -> Job:
    pair = document.pair
    if pair.target_path is None:
        return Job(document, "missing", "never translated; name it with --paths to have it translated")
    if pair.source_path is None:
        return _orphan(books, document, search)
    base = base_of(books, document, search=search)
    if base is None or not base.is_usable:
        nothing = "no version of the source resembles it" if search else "nothing records it; run `amts adopt`"
        reason = base.reason if base else nothing
        return Job(document, "not adopted", f"the English it was made from is not known: {reason}", base)
    warnings = () if base.is_certain else (f"the English it was made from is a guess: {base.reason}",)
    head = books.source.text(pair.source_path)
    if head == base.text and not document.is_renamed:
        return Job(document, "up to date", "", base, head, warnings=warnings)
    target = books.target.text(pair.target_path)
    return Job(document, "renamed" if document.is_renamed else "changed", "", base, head, target, warnings=warnings)


def _orphan(books: Books, document: BookDocument, search: bool) -> Job:
    """A translation whose source is not there: deleted upstream, or a page of the translators' own."""
    path = document.pair.target_path or ""
    name = source_for(path, books.settings)
    followed = path in books.records or document.pair.origin_path is not None
    if name not in books.source.history and not followed:
        return Job(document, "gone", "only the translation has this page")
    record = books.records.get(path)
    if record is not None and record.path in books.source.tree and not books.same_repository:
        what = f"its English is at {record.path}, which is no page of the book as --source-path and exclude are set"
        return Job(document, "error", f"{path}: {what}")
    base = base_of(books, document, search=search)
    if base is None or not base.is_usable:
        return Job(document, "gone", "the English page was removed, and nothing tells that this is its translation")
    if kept := why_kept(books, record.path if record is not None else name, path):
        books.notes.add(f"{path}: {kept}")
        return Job(document, "gone", kept, base)
    target = books.target.text(path)
    return Job(document, "deleted", "removed in the source", base, "", target)


def _newest_base(source: Book, jobs: Sequence[Job]) -> str:
    """The newest commit that any translation corresponds to: a page that came after it is new, not just missing."""
    dates = source.repository.dates({job.base.commit for job in jobs if job.base and job.base.commit})
    return max(dates, key=lambda commit: dates[commit], default="")


def _arrival(books: Books, job: Job, before: Container[str] | None) -> Job:
    """A page that the translation lacks: to be translated when it is new in the source or asked for by name.

    `before` holds the source's paths at the newest base; None when no base is known.
    """
    path = job.document.pair.source_path or ""
    names = set(books.source.names(path))
    is_new = before is not None and not any(name in before for name in names)
    is_new = is_new or is_reminder(books.records.get(job.path))
    plain = [glob for glob in books.settings.paths if not set("*?[") & set(glob)]
    if not (is_new or books.settings.fill_missing or matches(path, plain, books.settings.source_path)):
        return job
    try:
        head = books.source.text(path)
    except AmtsError as error:
        return Job(job.document, "error", str(error), is_arrival=True)
    return Job(job.document, "new", "", None, head, is_arrival=True)


def reminder(books: Books, job: Job) -> dict[str, bytes]:
    """The record of a new page that could not be delivered at all: the whole of it is owed.

    Without it the next run would take the page for one that nobody wants, since other pages have come further.
    """
    path = job.document.pair.source_path or ""
    try:
        books.target.check_place(job.path)
    except AmtsError:
        return {}
    owed = (Owed((0, len(job.head_text)), None, _WHOLE),)
    record = Record(books.source.address, path, books.source.commit, books.source.tree[path].oid, owed)
    return {state_path(job.path): write_record(record)}


def is_reminder(record: Record | None) -> bool:
    """Whether a record says that its page is still to be translated for the first time."""
    return record is not None and any(owed.text is None and owed.reason == _WHOLE for owed in record.owed)


_WHOLE = "the whole page"


def run_segments(jobs: Iterable[Job]) -> list[Segment]:
    """Everything that the engine has to translate, for all documents at once."""
    out: list[Segment] = []
    for n, job in enumerate(jobs):
        if job.plan is not None:
            out += ask(job.plan, prefix=str(n), context={"path": job.path})
    return out


def _without_spans(text: str) -> str:
    """What a text says between its protected spans, each part a piece of its own."""
    return " . ".join(token.raw for token in tokens(text) if token.type == "text")


MOST_ALIGNED = 300
"""Pages without a plan that are aligned for what people have translated, evenly over the book: some 20 pairs each, of
which the gate learns from 1,500 at most. What is wanted was looked for in all of them before (`people.shelf_for`)."""


def book_pairs(books: Books, jobs: Iterable[Job], texts: Sequence[str] | None = None) -> Iterator[Pair]:
    """What people have translated in the book, block by block; documents that need no plan get one for this, in a very
    large book only some of them. The engine `memory`, which has nothing else, gets all.

    Args:
        texts: only pages that may have one of these, with other spans perhaps.
    """
    jobs = list(jobs)
    quiet = [job for job in jobs if job.fate == "up to date" and job.base is not None]
    if texts is None:
        most = len(quiet) if books.settings.engine == "memory" else MOST_ALIGNED
        chosen = {job.path for job in quiet[:: max(1, -(-len(quiet) // max(1, most)))]}
    else:
        sieve = Sieve(Wanted(_without_spans(text)) for text in texts)
        chosen = {job.path for job in quiet if job.base and sieve.left(look(job.base.text, job.path))}
    for job in jobs:
        plan = job.plan
        if plan is None and job.fate == "up to date" and job.path not in chosen:
            continue
        if plan is None and job.fate == "up to date" and job.base is not None:
            path = job.document.pair.target_path or job.path
            try:
                target = books.target.text(path)
                plan = make(job.base.text, job.base.text, target, MergeOptions(), name=path)
            except AmtsError:
                continue
        if plan is not None:
            yield from people_pairs(plan, job.path)
