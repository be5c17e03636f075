"""Amazon Translate in real time: one call a text, several at once.

https://docs.aws.amazon.com/translate/latest/APIReference/API_TranslateText.html: at most 10,000 bytes of UTF-8 a call,
one terminology, no parallel data. There is no content type; `translate="no"` is honoured all the same
(https://docs.aws.amazon.com/translate/latest/dg/customizing-translations-tags.html).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from amts_action.engines.aws import clients as aws
from amts_action.engines.languages import amazon_pair, check_formality
from amts_action.engines.model import EngineSettings, Usage
from amts_action.engines.service.acceptance import EngineRequest, Reply
from amts_action.engines.service.machine import Arrived, MachineEngine
from amts_action.engines.service.pool import Stopped, pooled
from amts_action.engines.service.prices import cost_of
from amts_action.errors import AmtsError, InputError

__all__ = ["AmazonTranslate", "aws_is_hopeless", "failed"]

MAX_BYTES = 10_000
ATTEMPTS = 8
"""Of one call; botocore waits longer before each."""
REPORT_EVERY = 500
"""Texts."""


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

    def depends_on(self, request: EngineRequest, source_lang: str, target_lang: str) -> Sequence[object]:
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

    def estimate(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Usage:
        """Every character of a request is counted, those of its marks, too: an upper bound of the bill."""
        billed = sum(len(request.text) for request in requests)
        return Usage(
            billed_characters=billed, calls=len(requests), cost=cost_of({self.name: billed}, self.settings.prices)
        )

    def send(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Iterator[Arrived]:
        """The replies, each as soon as it is there.

        Raises:
            AmtsError: the service gave nothing at all.
        """
        client, parameters = self._service(), self._parameters(source_lang, target_lang)

        def call(request: EngineRequest) -> str:
            with aws.aws_errors(self.name):
                return str(client.translate_text(Text=request.text, **parameters)["TranslatedText"])

        def report(count: int) -> None:
            if count % REPORT_EVERY == 0:
                self.settings.report(f"{count} of {len(requests)} texts translated")

        done = pooled(call, requests, workers=self.settings.concurrency, is_hopeless=aws_is_hopeless, report=report)
        for number, result in done:
            if isinstance(result, str):
                used = self.estimate([requests[number]], source_lang, target_lang)
                yield Arrived(number, Reply(result), used)
            else:
                yield Arrived(number, failed(result))

    def _parameters(self, source_lang: str, target_lang: str) -> dict[str, Any]:
        source, target = amazon_pair(source_lang, target_lang)
        out: dict[str, Any] = {"SourceLanguageCode": source, "TargetLanguageCode": target}
        if self.settings.terminology:
            out["TerminologyNames"] = [self.settings.terminology]
        if self.settings.formality:
            out["Settings"] = {"Formality": self.settings.formality.upper()}
        return out


def aws_is_hopeless(error: AmtsError) -> bool:
    """Whether an error of an AWS service means that other calls fail, too: rights, credentials, settings."""
    if not isinstance(error, aws.AwsError):
        return True  # what the user has set up wrongly
    return error.kind in ("expired", "denied", "missing") or error.code == "UnsupportedLanguagePairException"


def failed(error: AmtsError) -> Reply:
    """The reply to a text whose call failed; a text that was refused may be taken in another form."""
    if isinstance(error, Stopped):
        return Reply(None, f"no reply: {error.what}", was_sent=False, is_final=True)
    is_refusal = isinstance(error, aws.AwsError) and error.kind == "other" and not aws_is_hopeless(error)
    return Reply(None, f"{'refused' if is_refusal else 'no reply'}: {error.what}", is_final=not is_refusal)
