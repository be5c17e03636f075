"""Any service that speaks the chat completions of OpenAI, also one on this machine (llama.cpp, Ollama, vLLM …).

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from amts_action.engines.llm.chat import FILTERED, Answer, Chat, no_model
from amts_action.engines.llm.prompt import SCHEMA, implausible, tokens_in
from amts_action.engines.llm.refusals import TOO_LONG, fitted
from amts_action.engines.model import EngineSettings
from amts_action.engines.service.http import JsonClient, Refused, address_of, is_hopeless, key_of_service, message_in
from amts_action.engines.service.machine import MachineEngine
from amts_action.errors import AmtsError, InputError

__all__ = ["OpenAI"]

ADDRESS = "https://api.openai.com/v1"
THINKING = 8_192
"""Tokens that a model may use before it answers."""
FORMATS = ("schema", "object", "none")
"""What may be asked of the answer's form: a JSON schema, JSON of any form, nothing."""


UNLIKED = (400, 422)
"""States with which services refuse a question for what is in it."""
ADAPTATIONS = 4
"""Times that one question is asked in another way, because the service does not take it as it was."""


@dataclass(slots=True)
class OpenAI:
    """Calls one model of one service."""

    client: JsonClient
    model: str
    format: str = "schema"
    more: dict[str, float] = field(default_factory=dict)
    """Further fields of a request: `temperature`, for services that take it."""
    api: str = "chat"
    """`chat` for chat completions, `responses` for the Responses API."""
    name: str = "openai"
    _limit_name: str = ""
    """What the service calls the most tokens of an answer; `-` when it takes no such limit."""

    @classmethod
    def from_settings(cls, settings: EngineSettings) -> MachineEngine:
        """The engine that `settings` describe; of `options` it takes `response_format`, `temperature` and `api`.

        Raises:
            InputError: the model is missing, or the address or an option is unusable.
        """
        address = address_of(settings, ADDRESS)
        if not settings.model:
            raise no_model()
        key = _key(settings, address)
        form, api = settings.options.get("response_format", "schema"), settings.options.get("api", "chat")
        for value, option, known in ((form, "response_format", FORMATS), (api, "api", ("chat", "responses"))):
            if value not in known:
                mend = f"choose one of: {', '.join(known)}"
                raise InputError(f"{value!r} is no {option}", where="--engine-options", mend=mend)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        client = JsonClient(address, headers, settings.timeout_seconds, settings.concurrency, key)
        made = cls(client, settings.model, form, api=api)
        if temperature := settings.options.get("temperature"):
            made.more["temperature"] = _number(temperature)
        return MachineEngine(Chat(made, settings), settings, judge=implausible)

    @property
    def identity(self) -> Sequence[str]:
        """Service, model and what else changes an answer."""
        api = () if self.api == "chat" else (self.api,)
        return self.client.address, self.model, self.format, json.dumps(self.more, sort_keys=True), *api

    def ask(self, system: str, user: str, most_tokens: int) -> Answer:
        """One question; what the service does not take is left out or called otherwise, and it is asked again.

        Raises:
            EngineError: no answer, or one that is none.
        """
        most = THINKING + most_tokens
        for _ in range(ADAPTATIONS):
            sent = self.more.keys() & {"temperature"}
            try:
                return self._asked(system, user, most)
            except Refused as error:
                if error.status not in UNLIKED:
                    raise
                fewer = self._adapted(error, most, sent, tokens_in(system) + tokens_in(user))
                if fewer is None:
                    raise
                most = fewer
        return self._asked(system, user, most)

    def _asked(self, system: str, user: str, most: int) -> Answer:
        if self.api == "responses":
            body: dict[str, Any] = {"model": self.model, "instructions": system, "input": user, **self.more}
            if self._limit_name != "-":
                body["max_output_tokens"] = most
            if self.format == "schema":
                form = {"type": "json_schema", "name": "translations", "strict": True, "schema": SCHEMA}
                body["text"] = {"format": form}
            elif self.format == "object":
                body["text"] = {"format": {"type": "json_object"}}
            return _response(self.client.post("/responses", body))
        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        body = {"model": self.model, "messages": messages, **self.more}
        # Newer models of OpenAI refuse the one name, other services do not know the other.
        usual = "max_completion_tokens" if self.client.where == "api.openai.com" else "max_tokens"
        if self._limit_name != "-":
            body[self._limit_name or usual] = most
        if self.format == "schema":
            schema = {"name": "translations", "strict": True, "schema": SCHEMA}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif self.format == "object":
            body["response_format"] = {"type": "json_object"}
        try:
            return _answer(self.client.post("/chat/completions", body))
        except Refused as error:
            if error.status in UNLIKED and "response_format" in error.said:
                mend = "try --engine-options response_format=object, or =none"
                raise InputError(error.what, where=error.where, mend=mend) from None
            raise

    def _adapted(self, error: Refused, most: int, sent: Set[str], own: int) -> int | None:
        """Changes how questions are asked by what a service says that it does not take; the most tokens of the next
        one, or None when it says nothing that can be helped.
        """
        said = error.said
        if (room := fitted(said, own=own, most=most)) is not None:
            if not room:
                error.code = TOO_LONG
            return room or None
        if "temperature" in said and "temperature" in sent:
            self.more.pop("temperature", None)  # another question may have had the same answer meanwhile
            return most
        names = [name for name in ("max_completion_tokens", "max_tokens", "max_output_tokens") if name in said]
        if not names or self._limit_name == "-":
            return None
        instead = re.search(r"(?:use|try|mean)\W{1,4}(max_completion_tokens|max_tokens)", said, re.I)
        self._limit_name = instead.group(1) if instead and instead.group(1) != self._limit_name else "-"
        return most

    def is_hopeless(self, error: AmtsError) -> bool:
        """Keys, addresses, and a service that is not there."""
        return is_hopeless(error, also=405)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{text[:20]!r} is no temperature", where="--engine-options", mend="give a number") from None


def _key(settings: EngineSettings, address: str) -> str:
    """The key; a service at an address of one's own may need none."""
    if not settings.api_key_variable:
        return ""
    return key_of_service(settings, address, settings.api_key_variable, is_needed=not settings.base_url)


def _answer(data: Any) -> Answer:
    """A chat completion as an answer.

    Raises:
        Refused: it is none.
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
        raise Refused("the answer is no chat completion", status=200) from None
    why = "the model would not answer" if refusal else FILTERED if reason == "content_filter" else ""
    return Answer(content, reason not in CUT, why, counts[0], counts[1], cached)


CUT = ("length", "max_tokens", "model_length", "content_filter")
"""Reasons to stop before the end; services have a dozen words for having come to it."""


def _response(data: Any) -> Answer:
    """An answer of the Responses API: https://platform.openai.com/docs/api-reference/responses.

    Raises:
        Refused: it is none.
    """
    try:
        parts = [part for item in data["output"] if item.get("type") == "message" for part in item["content"]]
        said = "".join(part.get("text", "") for part in parts if part.get("type") == "output_text")
        refusal = any(part.get("type") == "refusal" for part in parts)
        usage = data.get("usage") or {}
        counts = [int(usage.get(name) or 0) for name in ("input_tokens", "output_tokens")]
        cached = int((usage.get("input_tokens_details") or {}).get("cached_tokens") or 0)
        is_whole = data.get("status") in ("completed", None)
        failed = message_in(json.dumps({"error": data.get("error")}).encode(), "")
        is_filtered = (data.get("incomplete_details") or {}).get("reason") == "content_filter"
    except (KeyError, TypeError, AttributeError, ValueError):
        raise Refused("the answer is no response", status=200) from None
    if data.get("status") == "failed":
        raise Refused(f"the service failed{f': {failed[0]}' if failed[0] else ''}", status=200, code=failed[1])
    why = "the model would not answer" if refusal else FILTERED if is_filtered else ""
    return Answer(said, is_whole, why, counts[0], counts[1], cached)
