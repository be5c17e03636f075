"""Any service that speaks the chat completions of OpenAI, also one on this machine (llama.cpp, Ollama, vLLM …).

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from amts_action import __version__
from amts_action.engines.llm.chat import Answer, Chat, no_model
from amts_action.engines.llm.prompt import SCHEMA, implausible
from amts_action.engines.model import EngineSettings
from amts_action.engines.service.machine import MachineEngine
from amts_action.errors import AmtsError, EngineError, InputError

__all__ = ["OpenAI"]

ADDRESS = "https://api.openai.com/v1"
ATTEMPTS = 6
LONGEST_WAIT = 60.0
"""Seconds that a server may ask us to wait before the next attempt."""
MAX_BYTES = 20_000_000
"""Of an answer."""
CONNECT_SECONDS = 10.0
THINKING = 8_192
"""Tokens that a model may use before it answers."""
PASSING = (408, 409, 425, 429, 500, 502, 503, 504, 529)
FORMATS = ("schema", "object", "none")
"""What may be asked of the answer's form: a JSON schema, JSON of any form, nothing."""


class ModelError(EngineError):
    """The service refused a question; `status` is that of HTTP, 0 without an answer."""

    def __init__(self, what: str, *, status: int = 0, where: str = "", mend: str = "") -> None:
        super().__init__(what, where=where, mend=mend)
        self.status = status


@dataclass(slots=True)
class OpenAI:
    """Calls one model of one service."""

    address: str
    model: str
    key: str = field(repr=False)
    timeout_seconds: float
    connections: int
    format: str = "schema"
    more: dict[str, float] = field(default_factory=dict)
    """Further fields of a request: `temperature`, for services that take it."""
    name: str = "openai"
    _http: Any = None

    @classmethod
    def from_settings(cls, settings: EngineSettings) -> MachineEngine:
        """The engine that `settings` describe; of `options` it takes `response_format` and `temperature`.

        Raises:
            InputError: the model is missing, or the address or an option is unusable.
        """
        address = (settings.base_url or ADDRESS).rstrip("/")
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
            mend = "give one such as http://localhost:8080/v1"
            raise InputError("this is no address of a service", where="--base-url", mend=mend)
        if not settings.model:
            raise no_model()
        key = os.environ.get(settings.api_key_variable, "").strip() if settings.api_key_variable else ""
        if not key and not settings.base_url:
            mend = f"set {settings.api_key_variable or 'OPENAI_API_KEY'}, or give --base-url of a service without one"
            raise InputError("there is no key", where="--api-key-variable", mend=mend)
        if key and parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            mend = "use https, or --api-key-variable with an empty variable"
            raise InputError("the key would travel unencrypted", where="--base-url", mend=mend)
        form = settings.options.get("response_format", "schema")
        if form not in FORMATS:
            mend = f"choose one of: {', '.join(FORMATS)}"
            raise InputError(f"{form!r} is no response_format", where="--engine-options", mend=mend)
        made = cls(address, settings.model, key, settings.timeout_seconds, settings.concurrency, form)
        if temperature := settings.options.get("temperature"):
            made.more["temperature"] = _number(temperature)
        return MachineEngine(Chat(made, settings), settings, judge=implausible)

    @property
    def identity(self) -> Sequence[str]:
        """Service, model and what else changes an answer."""
        return self.address, self.model, self.format, json.dumps(self.more, sort_keys=True)

    def ask(self, system: str, user: str, most_tokens: int) -> Answer:
        """One question.

        Raises:
            EngineError: no answer, or one that is no chat completion.
        """
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
            # Newer models of OpenAI refuse the one name, other services do not know the other.
            "max_completion_tokens" if self._where() == "api.openai.com" else "max_tokens": THINKING + most_tokens,
            **self.more,
        }
        if self.format == "schema":
            schema = {"name": "translations", "strict": True, "schema": SCHEMA}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif self.format == "object":
            body["response_format"] = {"type": "json_object"}
        return _answer(self._post(body))

    def _post(self, body: dict[str, Any]) -> Any:
        import urllib3

        headers = {"Content-Type": "application/json", "User-Agent": f"amts/{__version__}"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        data = json.dumps(body, ensure_ascii=True).encode("ascii")
        url = f"{self.address}/chat/completions"
        try:
            response = self._pool().request("POST", url, body=data, headers=headers, preload_content=False)
            try:
                raw = response.read(MAX_BYTES + 1, decode_content=True)
            finally:
                response.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise ModelError(f"no answer from the service ({type(error).__name__})", where=self._where()) from None
        if response.status != 200:
            raise self._refusal(response.status, raw)
        try:
            return json.loads(raw) if len(raw) <= MAX_BYTES else None
        except (ValueError, RecursionError):
            raise ModelError("the answer is not JSON", status=200, where=self._where()) from None

    def _pool(self) -> Any:
        """Made once. Retries are set here, for all of them are attempts at the same question."""
        if self._http is None:
            import urllib3

            class Patient(urllib3.Retry):
                """Waits as long as the server asks, but not for ever."""

                def get_retry_after(self, response: urllib3.BaseHTTPResponse) -> float | None:
                    seconds = super().get_retry_after(response)
                    return None if seconds is None else min(seconds, LONGEST_WAIT)

            retry = Patient(
                total=ATTEMPTS - 1,
                redirect=0,
                status_forcelist=PASSING,
                allowed_methods=None,
                backoff_factor=0.5,
                backoff_max=LONGEST_WAIT,
                raise_on_status=False,
                raise_on_redirect=False,
            )
            timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=self.timeout_seconds)
            about: dict[str, Any] = {"retries": retry, "timeout": timeout, "maxsize": self.connections}
            parts = urlsplit(self.address)
            proxy = getproxies().get(parts.scheme)
            if proxy and not proxy_bypass(parts.hostname or ""):
                self._http = urllib3.ProxyManager(proxy, **about)
            else:
                self._http = urllib3.PoolManager(**about)
        return self._http

    def _where(self) -> str:
        return urlsplit(self.address).hostname or self.name

    def _refusal(self, status: int, raw: bytes) -> AmtsError:
        said = _message(raw, self.key)
        what = f"the service answered {status}{f': {said}' if said else ''}"
        if status in (401, 403):
            return InputError(what, where=self._where(), mend="check the key and its rights")
        if status == 404:
            return InputError(what, where=self._where(), mend="check --base-url and --model")
        if status == 400 and "response_format" in said:
            return InputError(what, where=self._where(), mend="try --engine-options response_format=object, or =none")
        mend = "run again" if status in PASSING else ""
        return ModelError(what, status=status, where=self._where(), mend=mend)

    def is_hopeless(self, error: AmtsError) -> bool:
        """Keys, addresses, and a service that is not there."""
        return not isinstance(error, ModelError) or error.status in (0, 402, 405)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{text[:20]!r} is no temperature", where="--engine-options", mend="give a number") from None


def _message(raw: bytes, key: str) -> str:
    """What a service says about its refusal, on one line and without the key."""
    from amts_action.engines.aws.clients import error_text

    try:
        data = json.loads(raw[:100_000])
        found = data.get("error", data) if isinstance(data, dict) else ""
        text = found.get("message", "") if isinstance(found, dict) else found
    except (ValueError, RecursionError):
        text = ""
    said = error_text(str(text or ""))
    return said.replace(key, "***") if key else said


def _answer(data: Any) -> Answer:
    """A chat completion as an answer.

    Raises:
        ModelError: it is none.
    """
    try:
        choice = data["choices"][0]
        message = choice["message"]
        usage = data.get("usage") or {}
        details = usage.get("prompt_tokens_details") or {}
        counts = [int(usage.get(n) or 0) for n in ("prompt_tokens", "completion_tokens")]
        cached = int(details.get("cached_tokens") or 0)
        reason, refusal = choice.get("finish_reason"), message.get("refusal")
        content = message.get("content")
    except (KeyError, IndexError, TypeError, AttributeError, ValueError):
        raise ModelError("the answer is no chat completion", status=200) from None
    why = "a filter stopped the answer" if reason == "content_filter" else ""
    why = "the model would not answer" if refusal else why
    return Answer(content, reason == "stop", why, counts[0], counts[1], cached)
