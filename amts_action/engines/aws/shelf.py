"""The jobs of an English book in S3, as one of its translations sees them: found, begun, waited for, taken, left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from amts_action.engines.aws.clients import AwsError
from amts_action.engines.aws.deadline import Patience
from amts_action.engines.aws.documents import BatchDocument
from amts_action.engines.aws.jobs import (
    OVER,
    Collected,
    Manifest,
    collect,
    completed,
    discard,
    is_there,
    leave,
    manifests,
    reserve,
    start,
    status_of,
    sweep,
)
from amts_action.engines.aws.s3 import Folder
from amts_action.engines.service.acceptance import EngineRequest
from amts_action.errors import EngineError, PendingError

__all__ = ["JobShelf", "kind_of"]

KEEP_SECONDS = 14 * 86_400
"""A job that is older and that nobody collected is removed from S3."""


def kind_of(source: str, *settings: str) -> str:
    """The same for jobs that may serve each other. The content of the parallel data is left out: what was paid for with
    yesterday's is not paid for again.
    """
    return sha256("\n".join(("2", source, *settings)).encode()).hexdigest()[:20]


@dataclass(slots=True)
class JobShelf:
    """The folder, and who looks into it."""

    folder: Folder
    client: Any
    kind: str
    book: str
    """The translation whose run this is."""
    patience: Patience
    now: Callable[[], float]
    """Seconds since 1970."""
    report: Callable[[str], None]
    joined: dict[str, Manifest]
    """Jobs whose results this run has taken."""

    def found(
        self, texts: Mapping[str, EngineRequest], target: str, *, starts: bool = True
    ) -> tuple[list[Manifest], set[str]]:
        """Jobs of earlier runs that have some of the texts, and the texts that none has.

        Args:
            starts: a job that was only written down is started; else it counts as one all the same.
        """
        jobs: list[Manifest] = []
        missing = set(texts)
        for manifest in manifests(self.folder):
            if manifest.is_delivered:
                discard(self.folder, manifest)
            elif manifest.serves(self.kind, self.book, target) and manifest.keys & missing:
                is_ready = bool(manifest.job) or not starts
                found = manifest if is_ready else start(self.client, self.folder, manifest, texts)
                if found is None:
                    discard(self.folder, manifest)
                    continue
                jobs.append(found)
                missing -= found.keys
                if starts and found.key not in self.joined:
                    self.report(f"batch job {found.job}: started by an earlier run")
        return jobs, missing

    def begun(
        self,
        texts: Mapping[str, EngineRequest],
        documents: Sequence[BatchDocument],
        readers: Mapping[str, str],
        request: Mapping[str, Any],
    ) -> Manifest:
        """A new job for these books by language, started here or by another run that was quicker."""
        told = [self.kind, *(f"{target} {book}" for target, book in sorted(readers.items()))]
        key = sha256("\n".join([*told, *(k for page in documents for k in page.keys)]).encode()).hexdigest()[:20]
        own = completed(Manifest(key, self.kind, readers, tuple(documents), request, self.now()), self.folder)
        manifest = reserve(self.folder, own)
        started = start(self.client, self.folder, manifest, texts, is_new=manifest is own)
        assert started is not None  # all its texts are at hand
        count = sum(len(page.keys) for page in documents)
        langs = f" for {', '.join(readers)}" if len(readers) > 1 else ""
        self.report(f"batch job {started.job}: {count} texts in {len(documents)} documents{langs}")
        return started

    def finished(self, jobs: Sequence[Manifest]) -> dict[Manifest, str]:
        """The status of each job, when all are over.

        Raises:
            EngineError: one failed.
            PendingError: the time is over before they are.
        """
        over: dict[str, str] = {}
        self.patience.again()
        while True:
            for job in jobs:
                if job.key in over:
                    continue
                status, message = self._status(job)
                if status == "FAILED":
                    leave(self.folder, job, self.book)
                    raise EngineError(f"the job failed: {message or 'no reason given'}", where=f"batch job {job.job}")
                if status in OVER:
                    over[job.key] = status
                self.patience.tell(f"batch job {job.job}: {status or 'no answer'}")
            if len(over) == len(jobs):
                return {job: over[job.key] for job in jobs}
            if not self.patience.pause():
                raise _pending("it goes on")

    def _status(self, job: Manifest) -> tuple[str, str]:
        """Status and message of a job; empty when the service has no answer at the moment."""
        try:
            return status_of(self.client, job)
        except AwsError as error:
            if error.kind == "expired":
                raise _pending("the credentials have expired meanwhile") from None
            if error.kind == "passing":
                return "", ""
            raise

    def taken(self, job: Manifest, target: str, status: str) -> Collected | None:
        """What a job gave for a language; None when it has something for others only, which is theirs.

        Raises:
            EngineError: another run was removing the results, or the job gave nothing at all.
        """
        got = collect(self.folder, job, target)
        if not is_there(self.folder, job, self.book):
            what = "another run has just collected it"
            raise EngineError(what, where=f"batch job {job.job}", mend="run again")
        if got.replies:
            self.joined[job.key] = job
            return got
        is_good = any(collect(self.folder, job, other).replies for other in job.readers if other != target)
        leave(self.folder, job, self.book)
        if is_good:
            return None
        why = next(iter(got.problems.values()), "no reply").removeprefix("no reply: ")
        what = f"the job is {status} and gave nothing usable ({why})"
        raise EngineError(what, where=f"batch job {job.job}")

    def delivered(self, *, is_whole: bool) -> None:
        """Leaves the jobs that were taken, and what is of no use any more.

        Args:
            is_whole: no other text is wanted for the book.
        """
        for job in list(self.joined.values()):
            leave(self.folder, job, self.book)
            del self.joined[job.key]
        sweep(self.client, self.folder, book=self.book, before=self.now() - KEEP_SECONDS, is_whole=is_whole)


def _pending(why: str) -> PendingError:
    return PendingError(
        f"pending: {why}", where="batch job", mend="run again later to collect it; nothing is paid twice"
    )
