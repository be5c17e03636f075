"""Amazon Translate in batch jobs, with parallel data (Active Custom Translation): the engine of the house.

All texts of a run go into one job, as HTML documents in S3. A job may outlive the run that started it: then the run
ends as pending, and the next one that wants any of its texts finds the job there and waits for it or collects it;
only texts that are in no job are sent (and paid). What a job gave stays in S3 until the run says that it is delivered,
so a run that dies at any moment costs nothing but time. A job may be for several translations of one English book: it
is started for all (`BatchEngine.start`), and each run, whichever comes when, collects its own language.
https://docs.aws.amazon.com/translate/latest/dg/async.html
"""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from amts_action.engines.aws import clients as aws
from amts_action.engines.aws.deadline import Patience
from amts_action.engines.aws.documents import key_of, pages
from amts_action.engines.aws.jobs import Collected, Manifest
from amts_action.engines.aws.parallel_data import describe
from amts_action.engines.aws.regions import check_name, check_region
from amts_action.engines.aws.s3 import Folder, open_folder
from amts_action.engines.aws.shelf import JobShelf, kind_of
from amts_action.engines.aws.training_data import NO_DATA, check_resource, resource_for
from amts_action.engines.languages import amazon_pair, check_formality
from amts_action.engines.model import EngineSettings, Segment, Translation, Usage
from amts_action.engines.service.acceptance import EngineRequest, Reply
from amts_action.engines.service.machine import Arrived, MachineEngine
from amts_action.engines.service.prices import cost_of
from amts_action.errors import InputError
from amts_action.pace import rest

__all__ = ["MOST_LANGUAGES", "AmazonBatch", "BatchEngine"]

NAME = "amazon-translate-batch"
MOST_LANGUAGES = 10
"""Target languages of one job."""
ROUNDS = 2
"""The job, and one more for texts whose reply was not accepted, in another form."""
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
        self._batch.begin()
        return MachineEngine.translate(self, segments, source_lang=source_lang, target_lang=target_lang)

    def unsent(self, segments: Sequence[Segment], *, source_lang: str, target_lang: str) -> dict[str, EngineRequest]:
        """Texts that `translate` would begin a job for, by key: neither known nor kept, and in no job so far.

        Raises:
            InputError: the settings or the languages cannot be used.
            ServiceError: the service failed.
        """
        self.backend.check(source_lang, target_lang)
        texts = self.unpaid(segments, source_lang=source_lang, target_lang=target_lang)
        return self._batch.in_no_job({key_of(text): text for text in texts}, source_lang, target_lang)

    def start(self, texts: Mapping[str, EngineRequest], *, source_lang: str, books: Mapping[str, str]) -> None:
        """Begins one job for several translations; each finds its part there when it translates.

        Args:
            books: the name of the translated book (`EngineSettings.book`) by language.

        Raises:
            InputError: the settings or the languages cannot be used.
            ServiceError: the service failed.
        """
        self._batch.begin_job(texts, source_lang, books)

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
    sleep: Callable[[float], None] = rest
    now: Callable[[], float] = time.time
    name: str = NAME
    limit: int | None = None
    _rounds: int = 0
    _joined: dict[str, Manifest] = field(default_factory=dict)
    """Jobs whose results this run has taken."""
    _is_cut: bool = False
    """A call ended before all was taken that the jobs have: what lies in S3 is still of use."""
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)
    _patience: Patience | None = None

    @classmethod
    def from_settings(cls, settings: EngineSettings) -> BatchEngine:
        """The engine that `settings` describe; what it lacks is told when there is something to translate."""
        return BatchEngine(cls(settings), settings)

    def begin(self) -> None:
        """A new call of the engine."""
        self._rounds = 0

    # What `MachineEngine` asks for -----------------------------------------------------------------------------------

    def check(self, source_lang: str, target_lang: str) -> None:
        """Languages and formality; nobody is asked.

        Raises:
            InputError: Amazon Translate does not have one of them.
        """
        check_formality(self.settings.formality, amazon_pair(source_lang, target_lang)[1])

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
        billed = sum(len(request.text) for request in requests)
        price = NAME if self.settings.parallel_data in NO_DATA else f"{NAME}:parallel-data"
        cost = cost_of({price: billed}, self.settings.prices)
        return Usage(billed_characters=billed, calls=1 if requests else 0, cost=cost)

    def is_paid(self, request: EngineRequest, source_lang: str, target_lang: str) -> bool:
        """Whether a job that this run has taken has the text in this language."""
        key, target = key_of(request), amazon_pair(source_lang, target_lang)[1]
        return any(key in job.keys and target in job.readers for job in self._joined.values())

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
        source, target = amazon_pair(source_lang, target_lang)
        texts = {key_of(request): request for request in requests}
        before = dict(self._joined)
        try:
            given, paid = self._gathered(texts, source, target)
        except BaseException:
            # Nobody got what was taken just now.
            self._joined.clear()
            self._joined.update(before)
            self._is_cut = True
            raise
        for n, request in enumerate(requests):
            key = key_of(request)
            reply, was_sent = given.replies.get(key), key in paid
            if reply is None:
                why = given.problems.get(key, "no reply")
                yield Arrived(n, Reply(None, why, was_sent=was_sent, is_final=True), Usage())
                continue
            text = reply if request.is_html else html.unescape(reply)
            used = self.estimate([request], source_lang, target_lang) if was_sent else Usage()
            yield Arrived(n, Reply(text, was_sent=was_sent), used)

    # One call --------------------------------------------------------------------------------------------------------

    def _gathered(
        self, texts: Mapping[str, EngineRequest], source: str, target: str
    ) -> tuple[Collected, frozenset[str]]:
        """What all jobs together gave for a language, and the keys of the texts that this run has to account for: those
        that were sent just now, or by a run that ended before it could.
        """
        self._check_place(source, (target,))
        shelf = self._shelf(source)
        jobs, missing = shelf.found(texts, target)
        late = {key for job in jobs if job.key not in shelf.joined for key in job.keys}
        problems: dict[str, str] = {}
        if missing:
            wanted = {key: texts[key] for key in texts if key in missing}
            started, too_long = self._started(wanted, source, {target: self.settings.book})
            problems = dict.fromkeys(too_long, "too long for the service")
            missing -= set(too_long)
            jobs += [started] if started is not None else []
        given: dict[str, str] = {}
        for job, status in shelf.finished(jobs).items():
            got = shelf.taken(job, target, status)
            if got is None:  # of several languages this one has nothing there: it gets a job of its own
                return self._gathered(texts, source, target)
            given |= got.replies
            stopped = "no reply: the job was stopped" if status == "STOPPED" else ""
            problems |= {key: stopped or why for key, why in got.problems.items()}
        return Collected(given, problems), frozenset(missing | late)

    def in_no_job(
        self, texts: Mapping[str, EngineRequest], source_lang: str, target_lang: str
    ) -> dict[str, EngineRequest]:
        """Those of the texts that no job has for this book and language."""
        source, target = amazon_pair(source_lang, target_lang)
        self._check_place(source, (target,))
        missing = self._shelf(source).found(texts, target, starts=False)[1]
        return {key: text for key, text in texts.items() if key in missing}

    def begin_job(self, texts: Mapping[str, EngineRequest], source_lang: str, books: Mapping[str, str]) -> None:
        """A new job for several translations of the book."""
        readers = {amazon_pair(source_lang, lang)[1]: book for lang, book in books.items()}
        source = amazon_pair(source_lang, next(iter(books)))[0]
        self._check_place(source, tuple(readers))
        self._started(texts, source, readers)

    def _started(
        self, texts: Mapping[str, EngineRequest], source: str, readers: Mapping[str, str]
    ) -> tuple[Manifest | None, Sequence[str]]:
        """A new job with the texts, for these books by language, and the keys of texts that are too long for one."""
        groups: dict[str, dict[str, EngineRequest]] = {}
        for key, text in texts.items():
            groups.setdefault(text.segment.context.get("path", ""), {})[key] = text
        documents, too_long = pages(list(groups.values()))
        if not documents:
            return None, too_long
        return self._shelf(source).begun(texts, documents, readers, self._request(source, tuple(readers))), too_long

    def _shelf(self, source: str) -> JobShelf:
        """The jobs of all translations of the English book, as this one sees them."""
        s = self.settings
        kind = kind_of(source, s.terminology, s.formality, s.parallel_data)
        folder = self._bucket().within(s.shelf or s.book)
        return JobShelf(folder, self._translate(), kind, s.book, self._wait(), self.now, s.report, self._joined)

    def _wait(self) -> Patience:
        """The time runs from the first call on."""
        if self._patience is None:
            seconds = 60.0 * self.settings.wait_minutes
            self._patience = Patience(seconds, clock=self.clock, sleep=self.sleep, say=self.settings.report)
            self._patience.start()
        return self._patience

    def _request(self, source: str, targets: Sequence[str]) -> dict[str, Any]:
        """The request of a new job, but for what its folder decides; brings the parallel data up to date first."""
        s = self.settings
        out: dict[str, Any] = {
            "SourceLanguageCode": source,
            "TargetLanguageCodes": list(targets),
            "DataAccessRoleArn": s.role_arn,
        }
        name = resource_for(s, self._translate(), self._data_folder(), self._wait())
        if name:
            out["ParallelDataNames"] = [name]
        if s.terminology:
            out["TerminologyNames"] = [s.terminology]
        if s.formality:
            out["Settings"] = {"Formality": s.formality.upper()}
        if s.kms_key:
            out["OutputDataConfig"] = {"EncryptionKey": {"Type": "KMS", "Id": s.kms_key}}
        return out

    # Afterwards ------------------------------------------------------------------------------------------------------

    def delivered(self, *, is_whole: bool) -> None:
        """Removes from S3 what is of no use any more; raises as `BatchEngine.delivered`."""
        if not self.settings.s3_uri:
            return
        self._shelf("").delivered(is_whole=is_whole and not self._is_cut)
        data = self._data_folder().within("parallel-data")
        if any(True for _ in data.names()):
            found = describe(self._translate(), self.settings.book)
            if found is None or not found.is_busy:
                data.clear()

    def _data_folder(self) -> Folder:
        """What is of this translation alone."""
        return self._bucket().within(self.settings.book)

    def _bucket(self) -> Folder:
        s = self.settings
        if "s3" not in self._clients:
            self._clients["s3"] = open_folder(s.s3_uri, region=s.region, kms_key=s.kms_key)
        folder: Folder = self._clients["s3"]
        return folder

    def _translate(self) -> Any:
        if "translate" not in self._clients:
            self._clients["translate"] = aws.client("translate", region=self.settings.region)
        return self._clients["translate"]
