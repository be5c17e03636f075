"""Amazon Translate in batch jobs, with parallel data (Active Custom Translation): the engine of the house.

All texts of a run go into one job, as HTML documents in S3. A job may outlive the run that started it: then the run
ends as pending, and the next one that wants any of its texts finds the job there and waits for it or collects it;
only texts that are in no job are sent (and paid). What a job gave stays in S3 until the run says that it is delivered,
so a run that dies at any moment costs nothing but time. https://docs.aws.amazon.com/translate/latest/dg/async.html
"""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from amts_action.engines.aws import clients as aws
from amts_action.engines.aws.deadline import Patience
from amts_action.engines.aws.documents import key_of, pages
from amts_action.engines.aws.jobs import (
    OVER,
    Collected,
    Manifest,
    collect,
    completed,
    discard,
    is_there,
    manifests,
    reserve,
    start,
    status_of,
    sweep,
)
from amts_action.engines.aws.parallel_data import describe
from amts_action.engines.aws.regions import check_name, check_region
from amts_action.engines.aws.s3 import Folder, open_folder
from amts_action.engines.aws.training_data import NO_DATA, check_resource, resource_for
from amts_action.engines.languages import amazon_pair, check_formality
from amts_action.engines.model import EngineSettings, Segment, Translation, Usage
from amts_action.engines.service.acceptance import EngineRequest, Reply
from amts_action.engines.service.machine import Arrived, MachineEngine
from amts_action.engines.service.prices import cost_of
from amts_action.errors import EngineError, InputError, PendingError

__all__ = ["AmazonBatch", "BatchEngine"]

NAME = "amazon-translate-batch"
MOST_LANGUAGES = 10
"""Target languages of one job."""
ROUNDS = 2
"""The job, and one more for texts whose reply was not accepted, in another form."""
KEEP_SECONDS = 14 * 86_400
"""A job that is older and that nobody collected is removed from S3."""
_ROLE = re.compile(r"arn:aws(-[^:]+)?:iam::[0-9]{12}:role/.+")


@dataclass(slots=True)
class BatchEngine(MachineEngine):
    """The engine; beside translating it has to be told when its work is safe."""

    def translate(self, segments: Sequence[Segment], *, source_lang: str, target_lang: str) -> list[Translation]:
        """One translation per segment, in the same order.

        Raises:
            InputError: the settings or the languages cannot be used.
            LimitError: it would be more than is allowed; nothing was sent.
            PendingError: the job goes on; a later run collects it.
            ServiceError: the service failed.
        """
        self._batch.begin(())
        return MachineEngine.translate(self, segments, source_lang=source_lang, target_lang=target_lang)

    def translate_all(
        self, segments: Sequence[Segment], *, source_lang: str, target_langs: Sequence[str]
    ) -> dict[str, list[Translation]]:
        """The same segments in several languages, by language, from one job; raises as `translate` does.

        The parallel data have to cover all of them.
        """
        out = {}
        for lang in target_langs:
            self._batch.begin(target_langs)
            out[lang] = MachineEngine.translate(self, segments, source_lang=source_lang, target_lang=lang)
        return out

    def delivered(self, *, is_whole: bool = False) -> None:
        """Says that all translations so far are safe: what the jobs left in S3 is removed.

        Args:
            is_whole: what was asked for is all that the book needs: jobs that are over and were not asked for are of no
                use any more, and are removed as well.

        Raises:
            ServiceError: S3 refused; a later call makes up for it.
        """
        self._batch.delivered(is_whole=is_whole)

    @property
    def _batch(self) -> AmazonBatch:
        assert isinstance(self.backend, AmazonBatch)
        return self.backend


@dataclass(slots=True)
class AmazonBatch:
    """The backend of the engine."""

    settings: EngineSettings
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    name: str = NAME
    limit: int | None = None
    _langs: tuple[str, ...] = ()
    """Target languages that share the next job; empty: the one that is asked for."""
    _rounds: int = 0
    _joined: dict[str, Manifest] = field(default_factory=dict)
    """Jobs whose results this run has taken."""
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)
    _patience: Patience | None = None

    @classmethod
    def from_settings(cls, settings: EngineSettings) -> BatchEngine:
        """The engine that `settings` describe; what it lacks is told when there is something to translate."""
        return BatchEngine(cls(settings), settings)

    def begin(self, target_langs: Sequence[str]) -> None:
        """A new call of the engine, perhaps for several languages that share a job.

        Raises:
            InputError: too many languages.
        """
        if len(target_langs) > MOST_LANGUAGES:
            raise InputError(f"more than {MOST_LANGUAGES} languages in one job", where="target languages")
        self._langs, self._rounds = tuple(target_langs), 0

    # What `MachineEngine` asks for -----------------------------------------------------------------------------------

    def check(self, source_lang: str, target_lang: str) -> None:
        """Languages and formality; nobody is asked.

        Raises:
            InputError: Amazon Translate does not have one of them.
        """
        for lang in (target_lang, *self._langs):
            check_formality(self.settings.formality, amazon_pair(source_lang, lang)[1])

    def _check_place(self, source: str, targets: Sequence[str]) -> None:
        """Folder, role, region and parallel data, before anything is uploaded.

        Raises:
            InputError: one of them is missing or does not fit.
            ServiceError: the service cannot be asked.
        """
        s = self.settings
        if not s.s3_uri:
            raise InputError("not given", where="--s3-uri", mend=f"the engine {NAME} needs a folder: s3://BUCKET/DIR/")
        if not _ROLE.fullmatch(s.role_arn):
            what = "not given" if not s.role_arn else "this is no role's ARN"
            mend = "give the role that Amazon Translate takes on: arn:aws:iam::ACCOUNT:role/NAME"
            raise InputError(what, where="--role-arn", mend=mend)
        if s.parallel_data in NO_DATA:
            return
        if s.parallel_data != "auto":
            check_name(s.parallel_data, "--parallel-data")
        elif len(targets) > 1:
            what = "parallel data made from one book have one language"
            raise InputError(what, where="--parallel-data", mend="name a resource that has all languages, or use none")
        check_region(aws.region_of(self._translate()))
        if s.parallel_data != "auto":
            check_resource(self._translate(), s.parallel_data, source, targets)

    def depends_on(self, request: EngineRequest, source_lang: str, target_lang: str) -> Sequence[object]:
        """Terminology, formality and parallel data; those that are made from the book by its name."""
        s = self.settings
        book = s.book if s.parallel_data == "auto" else ""
        return amazon_pair(source_lang, target_lang)[1], s.terminology, s.formality, s.parallel_data, book

    def estimate(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Usage:
        """Every character is counted, those of marks, too: an upper bound of the bill."""
        billed = sum(len(request.text) for request in requests) * max(1, len(self._langs))
        price = NAME if self.settings.parallel_data in NO_DATA else f"{NAME}:parallel-data"
        cost = cost_of({price: billed}, self.settings.prices)
        return Usage(billed_characters=billed, calls=1 if requests else 0, cost=cost)

    def is_paid(self, request: EngineRequest, source_lang: str, target_lang: str) -> bool:
        """Whether a job of which this run has taken a part has the text in this language, too."""
        key, target = key_of(request), amazon_pair(source_lang, target_lang)[1]
        return any(key in job.keys and target in job.request["TargetLanguageCodes"] for job in self._joined.values())

    def send(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Iterator[Arrived]:
        """The replies, when the jobs are over that have them.

        Raises:
            PendingError: not all jobs are over when the time is, or the credentials expired while they ran.
            ServiceError: the service failed.
        """
        self._rounds += 1
        if self._rounds > ROUNDS:
            for n in range(len(requests)):
                yield Arrived(
                    n,
                    Reply(None, "rejected: also in another form", was_sent=False, is_final=True, is_answer=True),
                    Usage(),
                )
            return
        langs = self._langs if self._rounds == 1 and self._langs else (target_lang,)
        source, target = amazon_pair(source_lang, target_lang)
        texts = {key_of(request): request for request in requests}
        given, paid = self._gathered(texts, source, tuple(amazon_pair(source_lang, lang)[1] for lang in langs), target)
        for n, request in enumerate(requests):
            key = key_of(request)
            reply, was_sent = given.replies.get(key), key in paid
            if reply is None:
                why = given.problems.get(key, "no reply")
                # That one of several languages has nothing is no failure: its own run asks again.
                missing = Reply(None, why, was_sent=was_sent, is_final=True, is_answer=len(langs) > 1)
                yield Arrived(n, missing, Usage())
                continue
            text = reply if request.is_html else html.unescape(reply)
            used = self.estimate([request], source_lang, target_lang) if was_sent else Usage()
            yield Arrived(n, Reply(text, was_sent=was_sent), used)

    # One call --------------------------------------------------------------------------------------------------------

    def _gathered(
        self, texts: Mapping[str, EngineRequest], source: str, targets: Sequence[str], target: str
    ) -> tuple[Collected, frozenset[str]]:
        """What all jobs together gave for one language, and the keys of the texts that this run has to account for:
        those that were sent just now, or by a run that ended before it could.
        """
        self._check_place(source, targets)
        folder, client, kind = self._folder(), self._translate(), self._kind(source, targets)
        if self._patience is None:
            seconds = 60.0 * self.settings.wait_minutes
            self._patience = Patience(seconds, clock=self.clock, sleep=self.sleep, say=self.settings.report)
            self._patience.start()
        jobs, missing = self._found(folder, client, kind, texts)
        late = {key for job in jobs if job.key not in self._joined for key in job.keys}
        problems: dict[str, str] = {}
        if missing:
            groups: dict[str, dict[str, EngineRequest]] = {}
            for key, text in texts.items():
                if key in missing:
                    groups.setdefault(text.segment.context.get("path", ""), {})[key] = text
            documents, too_long = pages(list(groups.values()))
            problems = dict.fromkeys(too_long, "too long for the service")
            missing -= set(too_long)
            if documents:
                request = self._request(source, targets)
                key = sha256("\n".join([kind, *(k for page in documents for k in page.keys)]).encode()).hexdigest()[:20]
                own = completed(Manifest(key, kind, tuple(documents), request, self.now()), folder)
                manifest = reserve(folder, own)
                started = start(client, folder, manifest, texts, is_new=manifest is own)
                assert started is not None  # all its texts are at hand
                jobs.append(started)
                self.settings.report(f"batch job {started.job}: {len(missing)} texts in {len(documents)} documents")
        replies: dict[str, str] = {}
        for job, status in self._finished(client, folder, jobs).items():
            got = collect(folder, job, target)
            others = [lang for lang in job.request["TargetLanguageCodes"] if lang != target]
            self._check_collected(folder, job, got, status, others)
            replies |= got.replies
            stopped = "no reply: the job was stopped" if status == "STOPPED" else ""
            problems |= {key: stopped or why for key, why in got.problems.items()}
            self._joined[job.key] = job
        return Collected(replies, problems), frozenset(missing | late)

    def _found(
        self, folder: Folder, client: Any, kind: str, texts: Mapping[str, EngineRequest]
    ) -> tuple[list[Manifest], set[str]]:
        """Jobs of earlier runs that have some of the texts, and the texts that none has."""
        jobs: list[Manifest] = []
        missing = set(texts)
        for manifest in manifests(folder):
            if manifest.is_delivered:
                discard(folder, manifest)
            elif manifest.kind == kind and manifest.keys & missing:
                found = manifest if manifest.job else start(client, folder, manifest, texts)
                if found is None:
                    discard(folder, manifest)
                    continue
                jobs.append(found)
                missing -= found.keys
                if found.key not in self._joined:
                    self.settings.report(f"batch job {found.job}: started by an earlier run")
        return jobs, missing

    def _finished(self, client: Any, folder: Folder, jobs: Sequence[Manifest]) -> dict[Manifest, str]:
        """The status of each job, when all are over."""
        assert self._patience is not None
        over: dict[str, str] = {}
        self._patience.again()
        while True:
            for job in jobs:
                if job.key in over:
                    continue
                status, message = self._status(client, job)
                if status == "FAILED":
                    discard(folder, job)
                    raise EngineError(f"the job failed: {message or 'no reason given'}", where=f"batch job {job.job}")
                if status in OVER:
                    over[job.key] = status
                self._patience.tell(f"batch job {job.job}: {status or 'no answer'}")
            if len(over) == len(jobs):
                return {job: over[job.key] for job in jobs}
            if not self._patience.pause():
                raise _pending("it goes on")

    def _status(self, client: Any, job: Manifest) -> tuple[str, str]:
        """Status and message of a job; empty when the service has no answer at the moment."""
        try:
            return status_of(client, job)
        except aws.AwsError as error:
            if error.kind == "expired":
                raise _pending("the credentials have expired meanwhile") from None
            if error.kind == "passing":
                return "", ""
            raise

    def _check_collected(
        self, folder: Folder, job: Manifest, got: Collected, status: str, others: Sequence[str]
    ) -> None:
        """Refuses results that another run was removing, and a job that gave nothing, in the other languages neither:
        what it gave for those has been paid for.
        """
        if not is_there(folder, job):
            what = "another run has just collected it"
            raise EngineError(what, where=f"batch job {job.job}", mend="run again")
        if not got.replies and not any(collect(folder, job, lang).replies for lang in others):
            why = next(iter(got.problems.values()), "no reply").removeprefix("no reply: ")
            discard(folder, job)
            what = f"the job is {status} and gave nothing usable ({why})"
            raise EngineError(what, where=f"batch job {job.job}")

    def _request(self, source: str, targets: Sequence[str]) -> dict[str, Any]:
        """The request of a new job, but for what its folder decides; brings the parallel data up to date first."""
        s = self.settings
        out: dict[str, Any] = {
            "SourceLanguageCode": source,
            "TargetLanguageCodes": list(targets),
            "DataAccessRoleArn": s.role_arn,
        }
        assert self._patience is not None
        name = resource_for(s, self._translate(), self._folder(), self._patience)
        if name:
            out["ParallelDataNames"] = [name]
        if s.terminology:
            out["TerminologyNames"] = [s.terminology]
        if s.formality:
            out["Settings"] = {"Formality": s.formality.upper()}
        if s.kms_key:
            out["OutputDataConfig"] = {"EncryptionKey": {"Type": "KMS", "Id": s.kms_key}}
        return out

    def _kind(self, source: str, targets: Sequence[str]) -> str:
        """The same for jobs that may serve each other. The content of the parallel data is left out: what was paid
        for with yesterday's is not paid for again.
        """
        s = self.settings
        parts = ["1", source, *sorted(targets), s.terminology, s.formality, s.parallel_data]
        return sha256("\n".join(parts).encode()).hexdigest()[:20]

    # Afterwards ------------------------------------------------------------------------------------------------------

    def delivered(self, *, is_whole: bool) -> None:
        """Removes from S3 what is of no use any more; raises as `BatchEngine.delivered`."""
        if not self.settings.s3_uri:
            return
        folder, client = self._folder(), self._translate()
        for job in list(self._joined.values()):
            discard(folder, job)
            del self._joined[job.key]
        sweep(client, folder, before=self.now() - KEEP_SECONDS, is_whole=is_whole)
        data = folder.within("parallel-data")
        if any(True for _ in data.names()):
            found = describe(client, self.settings.book)
            if found is None or not found.is_busy:
                data.clear()

    def _folder(self) -> Folder:
        s = self.settings
        if "s3" not in self._clients:
            self._clients["s3"] = open_folder(s.s3_uri, region=s.region, kms_key=s.kms_key).within(s.book)
        folder: Folder = self._clients["s3"]
        return folder

    def _translate(self) -> Any:
        if "translate" not in self._clients:
            self._clients["translate"] = aws.client("translate", region=self.settings.region)
        return self._clients["translate"]


def _pending(why: str) -> PendingError:
    return PendingError(
        f"pending: {why}", where="batch job", mend="run again later to collect it; nothing is paid twice"
    )
