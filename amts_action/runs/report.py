"""From a run to what the reports show of it."""

from __future__ import annotations

from amts_action.books.book import Book
from amts_action.books.books import Books
from amts_action.errors import AmtsError
from amts_action.merging.document import Result
from amts_action.merging.flags import has_code
from amts_action.reports.model import Companion, DocumentReport, Lines, RunReport, Status, lines_of
from amts_action.reports.single import parts_of
from amts_action.runs.engine_setup import glossary_of, instructions_file
from amts_action.runs.planning.job import Job
from amts_action.runs.run import Outcome, Run

__all__ = ["present", "web_of"]

MOST_NAMES = 12
"""Most pages that one line names."""
_FATES: dict[str, Status] = {
    "new": "new",
    "renamed": "renamed",
    "deleted": "deleted",
    "taken back": "taken-back",
    "error": "error",
}


def present(run: Run) -> RunReport:
    """The report's view of a run: public names and addresses only, nothing of this machine."""
    books = run.books
    shown = [
        _document(books.source, o)
        for o in run.outcomes
        if not o.is_pending and (o.job.fate not in ("up to date", "missing", "gone") or _is_lost(o.job))
    ]
    companions = [Companion(line) for line in run.companions.lines]
    companions += [Companion(flag, True) for flag in run.companions.flags]
    notes = [*books.notes]
    notes += _guesses(run)
    notes += [run.pending] if run.pending else []
    if missing := [o.job.path for o in run.outcomes if o.job.fate == "missing"]:
        said = "page of the source was" if len(missing) == 1 else "pages of the source were"
        mend = "name one in `paths` to have it translated"
        notes.append(f"{len(missing):,} {said} never translated: {_few(missing)}; {mend}.")
    notes += _about_engine(run)
    notes += _declined(run)
    return RunReport(
        target_lang=books.settings.target_lang,
        documents=tuple(shown),
        companions=tuple(companions),
        source=_name(books.source.address),
        target=_name(books.target.address),
        source_web=web_of(books.source.address),
        target_web=web_of(books.target.address),
        target_before=books.target.commit,
        target_after=run.commit,
        engine=books.settings.engine,
        branch=books.settings.branch,
        characters_sent=run.characters,
        collisions=tuple(run.conflicts),
        notes=tuple(notes),
        terms=_terms(books),
    )


def _terms(books: Books) -> tuple[tuple[str, str], ...]:
    """The book's glossary; a report is made without one that cannot be read, which the run has told of."""
    try:
        return tuple(glossary_of(books))
    except AmtsError:
        return ()


def _is_lost(job: Job) -> bool:
    """Whether a page only seems up to date, since the English that it was made from is gone."""
    return job.fate == "up to date" and job.base is not None and job.base.is_lost and bool(job.warnings)


def _guesses(run: Run) -> list[str]:
    """A line about the pages that count as up to date for a guess."""
    names = [o.job.path for o in run.outcomes if o.job.fate == "up to date" and o.job.warnings and not _is_lost(o.job)]
    return [f"Counted as up to date, but the English they were made from is a guess: {_few(names)}."] if names else []


def _few(names: list[str]) -> str:
    """The first of the names, and how many more there are."""
    return ", ".join(names[:MOST_NAMES]) + (f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else "")


def _about_engine(run: Run) -> list[str]:
    """What the reader must know of the engine: refused replies, repairs, money."""
    ledger, cost = run.spent.ledger, run.spent.usage.cost
    path = instructions_file(run.books.settings)
    follows = getattr(getattr(run.engine, "backend", None), "takes_instructions", False)
    is_told = bool(path and follows and run.characters)
    out = [f"The model was told what {path} of the translation asks for."] if is_told else []
    for kind, what in (("rejected", "replies of the engine were refused"), ("repaired", "texts were repaired")):
        counts = {n.partition(": ")[2]: c for n, c in sorted(ledger.items()) if n.startswith(f"{kind}: ")}
        if counts:
            details = ", ".join(f"{name} {count}" for name, count in counts.items())
            out.append(f"{sum(counts.values())} {what}: {details}.")
    return [*out, f"The engine cost about {cost:.2f} USD."] if run.commit and cost else out


def _declined(run: Run) -> list[str]:
    """A line about what people did not want, so that nobody wonders where it is."""
    pages = sum(outcome.job.is_declined for outcome in run.outcomes)
    blocks = sum(has_code(e.flags, "declined") for o in run.outcomes if o.result for e in o.result.entries)
    said = ", ".join(f"{n:,} {noun}{'' if n == 1 else 's'}" for n, noun in ((pages, "page"), (blocks, "block")) if n)
    return [f"Left as before, because a closed pull request had proposed the same: {said}."] if said else []


def _stands(outcome: Outcome, result: Result) -> bool:
    """Whether the translation is as the result has it: not when it is only planned, or failed."""
    return outcome.status != "failed" and (bool(outcome.edits) or result.text == outcome.job.target_text)


def _document(source: Book, outcome: Outcome) -> DocumentReport:
    job, result = outcome.job, outcome.result
    status: Status = "failed" if outcome.status == "failed" else "partial" if outcome.status == "partial" else "done"
    if job.fate in _FATES and outcome.status != "failed":
        status = _FATES[job.fate]
    if job.fate in ("error", "not adopted"):
        status = "error"
    base = job.base.text if job.base else ""
    lines: tuple[Lines, ...] = ()
    if result is not None:
        lines = lines_of(result.entries, base=base, head=job.head_text, target=job.target_text, output=result.text)
    return DocumentReport(
        path=job.path,
        source_path=job.document.pair.source_path or "",
        status=status,
        message=job.message or (f"renamed from {job.document.pair.target_path}" if job.document.is_renamed else ""),
        entries=result.entries if result else (),
        lines=lines,
        base=job.base.commit if job.base else "",
        head=source.commit,
        warnings=outcome.warnings,
        parts=parts_of(job.path, result.text) if result is not None and _stands(outcome, result) else (),
        leaving=outcome.leaving,
    )


def _name(address: str) -> str:
    """`owner/name` of an address, or the folder's name."""
    plain = address.removesuffix(".git").rstrip("/")
    return "/".join(plain.replace(":", "/").split("/")[-2:]) if "://" in plain or "@" in plain else plain


def web_of(address: str) -> str:
    """The web page of a repository that was given by an https address; empty for all others."""
    return address.removesuffix(".git").rstrip("/") if address.startswith("https://") else ""
