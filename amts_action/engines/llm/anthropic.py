"""Language models of Anthropic, by the Messages API: https://docs.anthropic.com/en/api/messages.

The answer is the input of a tool that the model has to use, which gives it its form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amts_action.engines.llm.chat import Answer, Chat, no_model
from amts_action.engines.llm.prompt import SCHEMA, implausible, tokens_in
from amts_action.engines.llm.refusals import TOO_LONG, fitted
from amts_action.engines.model import EngineSettings
from amts_action.engines.service.http import JsonClient, Refused, address_of, is_hopeless, key_of_service
from amts_action.engines.service.machine import MachineEngine
from amts_action.errors import AmtsError

__all__ = ["Anthropic"]

ADDRESS = "https://api.anthropic.com"
VERSION = "2023-06-01"
TOOL = "give_translations"
MOST_TOKENS = 8_192
"""Of an answer: what all models can give."""
CUT = ("max_tokens", "model_context_window_exceeded")
"""Reasons to stop before the end: https://docs.claude.com/en/api/handling-stop-reasons."""
ADAPTATIONS = 3
"""Times that one question is asked in another way, because the service does not take it as it was."""


@dataclass(slots=True)
class Anthropic:
    """Calls one model."""

    client: JsonClient
    model: str
    name: str = "anthropic"
    forces_tool: bool = True
    """Whether the model takes being told to use the tool; one that thinks first does not."""

    @classmethod
    def from_settings(cls, settings: EngineSettings) -> MachineEngine:
        """The engine that `settings` describe.

        Raises:
            InputError: the model or the key is missing, or the address is unusable.
        """
        address = address_of(settings, ADDRESS)
        if not settings.model:
            raise no_model()
        key = key_of_service(settings, address, "ANTHROPIC_API_KEY", is_needed=not settings.base_url)
        headers = {"anthropic-version": VERSION, **({"x-api-key": key} if key else {})}
        client = JsonClient(address, headers, settings.timeout_seconds, settings.concurrency, key)
        return MachineEngine(Chat(cls(client, settings.model), settings), settings, judge=implausible)

    @property
    def identity(self) -> Sequence[str]:
        """Service and model."""
        return self.client.address, self.model

    def ask(self, system: str, user: str, most_tokens: int) -> Answer:
        """One question.

        Raises:
            EngineError: no answer, or one that is no message.
        """
        most = min(MOST_TOKENS, max(1024, most_tokens))
        for _ in range(ADAPTATIONS):
            is_forced = self.forces_tool
            try:
                return self._asked(system, user, most, is_forced)
            except Refused as error:
                if error.status == 400 and "tool_choice" in error.said and is_forced:
                    self.forces_tool = False  # a model that thinks first chooses itself
                    continue
                own = tokens_in(system) + tokens_in(user)
                room = fitted(error.said, own=own, most=most) if error.status == 400 else None
                if room:
                    most = room
                    continue
                error.code = TOO_LONG if room == 0 else error.code
                raise
        return self._asked(system, user, most, self.forces_tool)

    def _asked(self, system: str, user: str, most: int, is_forced: bool) -> Answer:
        body = {
            "model": self.model,
            "max_tokens": most,
            "system": system,
            "messages": [{"role": "user", "content": user}],
            "tools": [{"name": TOOL, "description": "Gives the translations.", "input_schema": SCHEMA}],
        }
        choice = {"type": "tool", "name": TOOL} if is_forced else {"type": "auto"}
        return _answer(self.client.post("/v1/messages", {**body, "tool_choice": choice}))

    def is_hopeless(self, error: AmtsError) -> bool:
        """Keys, addresses, and a service that is not there."""
        return is_hopeless(error, also=405)


def _answer(found: Any) -> Answer:
    """A message as an answer.

    Raises:
        Refused: it is none.
    """
    try:
        parts = found["content"]
        used = [part["input"] for part in parts if part["type"] == "tool_use" and part["name"] == TOOL]
        said = "".join(part.get("text", "") for part in parts)
        usage, reason = found.get("usage") or {}, found.get("stop_reason")
        cached = int(usage.get("cache_read_input_tokens") or 0)
        written = int(usage.get("cache_creation_input_tokens") or 0)
        counts = int(usage.get("input_tokens") or 0) + cached + written, int(usage.get("output_tokens") or 0)
    except (KeyError, TypeError, AttributeError, ValueError):
        raise Refused("the answer is no message", status=200) from None
    why = "the model would not answer" if reason == "refusal" else ""
    return Answer(used[0] if used else said, reason not in CUT, why, *counts, cached)
