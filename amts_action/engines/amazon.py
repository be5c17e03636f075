"""Amazon Translate in real time: one call a text, several at once.

https://docs.aws.amazon.com/translate/latest/APIReference/API_TranslateText.html: at most 10,000 bytes of UTF-8 a call,
one terminology, no parallel data. There is no content type; `translate="no"` is honoured all the same
(https://docs.aws.amazon.com/translate/latest/dg/customizing-translations-tags.html).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import Any

from amts_action.engines import aws
from amts_action.engines.acceptance import Reply, Request
from amts_action.engines.languages import amazon_pair, check_formality
from amts_action.engines.machine import Arrived, MachineEngine
from amts_action.engines.model import EngineSettings, Usage
from amts_action.engines.prices import cost_of
from amts_action.errors import AmtsError, InputError

__all__ = ["AmazonTranslate"]

MAX_BYTES = 10_000
ATTEMPTS = 8
"""Of one call; botocore waits longer before each."""
IN_A_ROW = 10
"""So many failed calls without a good one between them end the run."""


@dataclass(slots=True)
class AmazonTranslate:
    """The backend of the engine `amazon-translate`."""

    settings: EngineSettings
    name: str = "amazon-translate"
    limit: int | None = MAX_BYTES
    _client: Any = None
    _version: str | None = None

    @classmethod
    def from_settings(cls, settings: EngineSettings) -> MachineEngine:
        """The engine that `settings` describe.

        Raises:
            InputError: the number of calls at once is not positive.
        """
        if settings.concurrency < 1:
            raise InputError("no call at once is too few", where="--concurrency", mend="give a number above 0")
        return MachineEngine(cls(settings), settings)

    def check(self, source_lang: str, target_lang: str) -> None:
        """Languages, direction and formality.

        Raises:
            InputError: Amazon Translate does not have one of them.
        """
        check_formality(self.settings.formality, amazon_pair(source_lang, target_lang)[1])

    def depends_on(self, request: Request, source_lang: str, target_lang: str) -> Sequence[object]:
        """Formality, terminology and the day of its last change.

        Raises:
            InputError: there is no such terminology, or it lacks the language.
            ServiceError: the service cannot be asked.
        """
        return amazon_pair(source_lang, target_lang)[1], self.settings.formality, self._terminology(target_lang)

    def _terminology(self, target_lang: str) -> str:
        """Name and version of the terminology; empty without one. Asked for once."""
        name = self.settings.terminology
        if not name:
            return ""
        if self._version is None:
            try:
                with aws.aws_errors(f"terminology {name}"):
                    found = self._service().get_terminology(Name=name)["TerminologyProperties"]
            except aws.AwsError as error:
                if error.kind != "missing":
                    raise
                mend = "import it with `amts terminology push`, or leave --terminology out"
                raise InputError(f"there is no terminology {name}", where="--terminology", mend=mend) from None
            target = amazon_pair("en" if target_lang != "en" else "fr", target_lang)[1]
            if target not in found.get("TargetLanguageCodes", [target]):
                codes = ", ".join(found["TargetLanguageCodes"])
                what = f"the terminology {name} has no {target}, only {codes}"
                raise InputError(what, where="--terminology", mend="import one that has, or leave it out")
            self._version = f"{name}@{found.get('LastUpdatedAt', '')}"
        return self._version

    def _service(self) -> Any:
        if self._client is None:
            settings = self.settings
            self._client = aws.client(
                "translate",
                region=settings.region,
                mode="adaptive",
                attempts=ATTEMPTS,
                connections=settings.concurrency,
            )
        return self._client

    def estimate(self, requests: Sequence[Request], source_lang: str, target_lang: str) -> Usage:
        """Every character of a request is counted, those of its marks, too: an upper bound of the bill."""
        billed = sum(len(request.text) for request in requests)
        return Usage(
            billed_characters=billed, calls=len(requests), cost=cost_of({self.name: billed}, self.settings.prices)
        )

    def send(self, requests: Sequence[Request], source_lang: str, target_lang: str) -> Iterator[Arrived]:
        """The replies, each as soon as it is there.

        Raises:
            AmtsError: the service gave nothing at all.
        """
        client, calls = self._service(), _Calls(total=len(requests), report=self.settings.report)
        parameters = self._parameters(source_lang, target_lang)
        with ThreadPoolExecutor(min(self.settings.concurrency, len(requests))) as pool:
            try:
                waiting = {pool.submit(calls.one, client, r, parameters): n for n, r in enumerate(requests)}
                for future in as_completed(waiting):
                    number = waiting.pop(future)
                    reply = future.result()
                    used = self.estimate([requests[number]], source_lang, target_lang) if reply.text else Usage()
                    yield Arrived(number, reply, used)
            finally:
                calls.stopped = calls.stopped or "the run was ended"
        if calls.error is not None and not calls.good:
            raise calls.error

    def _parameters(self, source_lang: str, target_lang: str) -> dict[str, Any]:
        source, target = amazon_pair(source_lang, target_lang)
        out: dict[str, Any] = {"SourceLanguageCode": source, "TargetLanguageCode": target}
        if self.settings.terminology:
            out["TerminologyNames"] = [self.settings.terminology]
        if self.settings.formality:
            out["Settings"] = {"Formality": self.settings.formality.upper()}
        return out


@dataclass(slots=True)
class _Calls:
    """The calls of one run, made by several threads; what makes one useless makes the others useless, too."""

    total: int
    report: Any
    good: int = 0
    bad_in_a_row: int = 0
    stopped: str = ""
    """Why no more calls are made; empty while they are."""
    error: AmtsError | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def one(self, client: Any, request: Request, parameters: dict[str, Any]) -> Reply:
        if self.stopped:
            return Reply(None, f"no reply: {self.stopped}", was_sent=False, is_final=True)
        try:
            with aws.aws_errors("amazon-translate"):
                text = str(client.translate_text(Text=request.text, **parameters)["TranslatedText"])
        except AmtsError as error:
            return self._failed(error)
        with self._lock:
            self.good += 1
            self.bad_in_a_row = 0
            if self.good % 500 == 0:
                self.report(f"{self.good} of {self.total} texts translated")
        return Reply(text)

    def _failed(self, error: AmtsError) -> Reply:
        kind = error.kind if isinstance(error, aws.AwsError) else "denied"
        code = error.code if isinstance(error, aws.AwsError) else ""
        hopeless = kind in ("expired", "denied", "missing") or code == "UnsupportedLanguagePairException"
        with self._lock:
            self.bad_in_a_row += 1
            if hopeless or self.bad_in_a_row >= IN_A_ROW:
                self.error = self.error or error
                self.stopped = self.stopped or error.what
        word = "refused" if kind == "other" else "no reply"
        return Reply(None, f"{word}: {error.what}", is_final=hopeless or kind == "passing")
