"""A run over two folders: scan, match, learn words from a sample, align pair by pair, export.

What a task gives depends on the task alone, tasks come in an order that the names decide, and their results are kept
as they come. So a run that was killed goes on where it was when it is started again, and its file is the same.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amts_action.corpora.executors import Executor, open_executor, results
from amts_action.corpora.journal import Journal
from amts_action.corpora.matching.match import DocumentMatch, match, matched
from amts_action.corpora.matching.scan import MOST_TOLD, Folders, Scanned, read, scan
from amts_action.corpora.model import CorpusRequest
from amts_action.corpora.work import Result, Task, outcome_of, packed_words, refusal, words_of
from amts_action.engines.languages import amazon_code
from amts_action.errors import InputError
from amts_action.training.export import Judged, Report, export
from amts_action.training.validate import Format

__all__ = ["CorpusJob", "CorpusOutcome", "as_tsv", "build", "find"]

_SAMPLE_PAIRS, _SAMPLE_LETTERS = 300, 3_000_000
"""Pairs of documents that words are learnt from at most, and the letters of both sides."""


@dataclass(frozen=True, slots=True)
class CorpusJob:
    """What is to be done, and with what."""

    folders: Folders
    request: CorpusRequest
    work_dir: Path
    """Where the journal is kept."""
    paths: Sequence[str] = ()
    exclude: Sequence[str] = ()
    scheduler: str = ""
    """Address of a cluster; empty for processes of this machine."""
    workers: int = 1
    keep: bool = False
    """Whether the journal stays after a run that came to its end."""


@dataclass(slots=True)
class CorpusOutcome:
    """What became of the documents."""

    documents: tuple[int, int] = (0, 0)
    """Those that were read, in the source and in the target folder."""
    matched: dict[str, int] = field(default_factory=dict)
    """Pairs of documents by how they were found, those that are not wanted included."""
    unmatched: tuple[int, int] = (0, 0)
    not_wanted: int = 0
    """Pairs that are not on the subject, or excluded."""
    other_language: int = 0
    """Documents that say that they are in another language than their side's."""
    unlike: int = 0
    """Pairs of documents that turned out to be no translations of each other; nothing of them is taken."""
    unlike_pairs: list[tuple[str, str]] = field(default_factory=list)
    """The first thousand."""
    problem_count: int = 0
    problems: list[str] = field(default_factory=list)
    """The first thousand."""

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        sides = {name: dict(zip(("source", "target"), getattr(self, name), strict=True)) for name in _SIDES}
        rest = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in _SIDES}
        return {"version": 1, "status": "partial" if self.problem_count else "done", **sides, **rest}


_SIDES = ("documents", "unmatched")


def find(job: CorpusJob) -> tuple[list[DocumentMatch], CorpusOutcome]:
    """The pairs of documents.

    Raises:
        InputError: a folder is not there, or the work folder is in use.
        ServiceError: the cluster failed.
    """
    with _Run(job) as run:
        return [found for found, _ in matched(run.journal)], run.found()


def as_tsv(found: Iterable[DocumentMatch]) -> bytes:
    """Pairs of documents as a list: source, target, how, confidence."""
    out = io.StringIO()
    rows = csv.writer(out, delimiter="\t", lineterminator="\n")
    rows.writerow(["source", "target", "how", "confidence"])
    rows.writerows([m.source, m.target, m.how, f"{m.confidence:.2f}"] for m in found)
    return out.getvalue().encode()


def build(
    job: CorpusJob,
    output: Path,
    form: Format,
    *,
    rejected: Path | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Report, CorpusOutcome]:
    """Writes the sentence pairs of all pairs of documents to `output`, at once, when all are done.

    Args:
        tell: takes a line about the progress.

    Raises:
        InputError: as `find`; or no document has a counterpart, or no pair passed the filters.
        ServiceError: the cluster failed.
        LimitError: the file would be larger than Amazon Translate takes.
    """
    for lang in (job.request.source_lang, job.request.target_lang):
        amazon_code(lang)
    with _Run(job) as run:
        found = run.found()
        total = sum(found.matched.values()) - found.not_wanted
        tell(f"{total} pairs of documents")
        if not total:
            run.is_done = True
            raise InputError(
                f"no document of {job.folders.source} has a counterpart that is wanted",
                where=str(job.folders.target),
                mend="see `amts corpus match`",
            )
        report = _exported(run, total, output, form, rejected, tell)
        if job.keep:
            run.journal.forget()
        run.is_done = True
        return report, run.found()


def _exported(
    run: _Run, total: int, output: Path, form: Format, rejected: Path | None, tell: Callable[[str], None]
) -> Report:
    new, reasons = run.job.work_dir / f"pairs.{form}", run.job.work_dir / "rejected.tsv"
    try:
        report = export(
            run.judged(total, tell),
            new,
            form,
            source_lang=run.job.request.source_lang,
            granularity=run.job.request.granularity,
            limits=run.job.request.limits,
            rejected=reasons if rejected else None,
        )
    except InputError as error:
        run.is_done = True
        where, mend = (str(output), "see `amts corpus match`") if error.where == str(new) else (error.where, error.mend)
        raise InputError(error.what, where=where, mend=mend) from error
    finally:
        if rejected and reasons.exists():
            _placed(reasons, rejected)
    _placed(new, output)
    return report


def _placed(new: Path, place: Path) -> None:
    """Puts a finished file in its place, at once."""
    if place.is_symlink() or (place.exists() and not place.is_file()):
        raise InputError("not a regular file", where=str(place), mend="give another output path")
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f".{place.name}.new")
    shutil.move(new, beside)
    beside.replace(place)


class _Run:
    """Folders scanned and matched. Use it as a context manager."""

    def __init__(self, job: CorpusJob) -> None:
        self.job = job
        self.is_done = False
        self.stack = ExitStack()
        self.unlike = 0
        self.unlike_pairs: list[tuple[str, str]] = []

    def __enter__(self) -> _Run:
        job = self.job
        with ExitStack() as stack:
            self.journal = stack.enter_context(Journal(job.work_dir))
            self.executor: Executor = stack.enter_context(open_executor(job.scheduler, job.workers))
            self.scanned: Scanned = scan(job.folders, job.request, self.journal, self.executor)
            match(self.journal, job.request, tuple(job.paths), tuple(job.exclude))
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self.stack.close()
        if self.is_done and not self.job.keep:
            shutil.rmtree(self.job.work_dir)

    def found(self) -> CorpusOutcome:
        """What became of the documents so far."""
        base, scanned = self.journal.base, self.scanned
        how = dict(base.execute("SELECT how, count(*) FROM pair GROUP BY how ORDER BY how").fetchall())
        free = dict(base.execute("SELECT side, count(*) FROM page WHERE free GROUP BY side").fetchall())
        (not_wanted,) = base.execute("SELECT count(*) FROM pair WHERE NOT wanted").fetchone()
        return CorpusOutcome(
            documents=(scanned.documents[0], scanned.documents[1]),
            matched={name: how.get(name, 0) for name in ("link", "name", "content")},
            unmatched=(free.get(0, 0), free.get(1, 0)),
            not_wanted=not_wanted,
            other_language=scanned.other_language,
            unlike=self.unlike,
            unlike_pairs=self.unlike_pairs,
            problem_count=scanned.problem_count,
            problems=scanned.problems,
        )

    def judged(self, total: int, tell: Callable[[str], None]) -> Iterator[tuple[str, list[Judged]]]:
        """The language and the pairs of each pair of documents that has some."""
        words = packed_words(self._words()) if self.job.request.granularity == "sentence" else b""
        clock = _Clock(tell)
        for n, (pair, _, result) in enumerate(results(self.executor, self._tasks("align"), words, self.journal), 1):
            found = outcome_of(result)
            if found.problem:
                self.scanned.add_problem(found.problem)
            elif found.is_unlike:
                self.unlike += 1
                if len(self.unlike_pairs) < MOST_TOLD:
                    self.unlike_pairs.append((pair.source, pair.target))
            else:
                yield self.job.request.target_lang, found.pairs
            clock.tick(n, total)

    def _words(self) -> list[tuple[str, str]]:
        """Pairs to learn words from: of some documents, taken by lot, the same in every run."""
        found: dict[tuple[str, str], None] = {}
        for _, _, result in results(self.executor, self._tasks("learn"), b"", self.journal):
            found.update(dict.fromkeys(words_of(result)))
        return list(found)

    def _tasks(self, kind: Any) -> Iterator[tuple[DocumentMatch, Task | Result]]:
        letters = 0
        for n, (pair, size) in enumerate(matched(self.journal, "lot" if kind == "learn" else "path")):
            if kind == "learn" and n and (n >= _SAMPLE_PAIRS or letters + size > _SAMPLE_LETTERS):
                return
            letters += size
            yield pair, self._task(kind, pair)

    def _task(self, kind: Any, pair: DocumentMatch) -> Task | Result:
        paths = (pair.source, pair.target)
        texts = [read(self.job.folders, side, path) for side, path in enumerate(paths)]
        problem = next((text for text in texts if isinstance(text, str)), "")
        if problem:
            return refusal(problem)
        documents = tuple((path, text) for path, text in zip(paths, texts, strict=True) if isinstance(text, bytes))
        return Task(kind, documents, self.job.request)


class _Clock:
    """Tells how far a run is, now and then."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        from time import monotonic

        self.tell, self.now = tell, monotonic
        self.last = monotonic()

    def tick(self, done: int, total: int) -> None:
        """Says it when half a minute has gone by."""
        if self.now() - self.last >= 30:
            self.last = self.now()
            self.tell(f"{done} of {total} pairs of documents done")
