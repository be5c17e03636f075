"""Language models of Amazon Bedrock, by the operation Converse.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html. The answer is the input of a tool
that the model has to use, which gives it its form. Credentials are those of AWS, or AWS_BEARER_TOKEN_BEDROCK.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from amts_action.engines.aws import clients as aws
from amts_action.engines.aws.translate import aws_is_hopeless
from amts_action.engines.llm.chat import FILTERED, Answer, Chat, no_model
from amts_action.engines.llm.prompt import SCHEMA, implausible, tokens_in
from amts_action.engines.llm.refusals import TOO_LONG, fitted
from amts_action.engines.model import EngineSettings
from amts_action.engines.service.machine import MachineEngine
from amts_action.errors import AmtsError, EngineError

__all__ = ["Bedrock"]

TOOL = "give_translations"
CACHING = ("anthropic.claude", "amazon.nova")
"""Parts of the names of models with prompt caching and forced tools:
https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html"""
ADAPTATIONS = 4
"""Times that one question is asked in another way, because the model does not take it as it was."""
FEATURES = {
    "caching": re.compile(r"prompt caching|cachePoint", re.I),
    "choice": re.compile(r"tool_?choice", re.I),
    "tools": re.compile(r"\btools?\b|toolConfig", re.I),
}
"""What not every model has, and how the service says so."""
LEAST_CACHED = 1_024
"""Tokens of instructions from which they can be cached; shorter ones only cost the writing."""
UNLIKED = ("ValidationException", "AccessDeniedException")
"""Errors for what a model does not have; the second one for prompt caching, as Bedrock has it."""
MOST_TOKENS = 8_192
"""Of an answer: what all models with tools can give."""


@dataclass(slots=True)
class Bedrock:
    """Calls one model."""

    model: str
    region: str = ""
    connections: int = 8
    name: str = "bedrock"
    lacks: set[str] = field(default_factory=set)
    """Of `FEATURES`, those that the model has turned out not to have."""
    _client: Any = None

    @classmethod
    def from_settings(cls, settings: EngineSettings) -> MachineEngine:
        """The engine that `settings` describe.

        Raises:
            InputError: no model is given.
        """
        if not settings.model:
            raise no_model()
        made = cls(settings.model, settings.region, settings.concurrency)
        return MachineEngine(Chat(made, settings), settings, judge=implausible)

    @property
    def identity(self) -> Sequence[str]:
        """The model."""
        return (self.model,)

    def ask(self, system: str, user: str, most_tokens: int) -> Answer:
        """One question.

        Raises:
            ServiceError: no answer.
            InputError: region or credentials are missing.
        """
        most = min(MOST_TOKENS, max(1024, most_tokens))
        for _ in range(ADAPTATIONS):
            try:
                return self._asked(system, user, most)
            except aws.AwsError as error:
                lacking = next((name for name, words in FEATURES.items() if words.search(error.said)), "")
                if error.code not in UNLIKED:
                    raise
                if lacking:
                    self.lacks.add(lacking)  # another question may have found it out meanwhile
                    continue
                own = tokens_in(system) + tokens_in(user)
                room = fitted(error.said, own=own, most=most)
                if not room:
                    error.code = TOO_LONG if room == 0 else error.code
                    raise
                most = room
        return self._asked(system, user, most)

    def _asked(self, system: str, user: str, most: int) -> Answer:
        is_able = any(part in self.model for part in CACHING)
        forces = is_able and "choice" not in self.lacks
        caches = is_able and "caching" not in self.lacks and tokens_in(system) >= LEAST_CACHED
        tool = {"toolSpec": {"name": TOOL, "description": "Gives the translations.", "inputSchema": {"json": SCHEMA}}}
        choice = {"toolChoice": {"tool": {"name": TOOL}}} if forces else {}
        tools = {} if "tools" in self.lacks else {"toolConfig": {"tools": [tool], **choice}}
        with aws.aws_errors(f"bedrock {self.model}"):
            found = self._service().converse(
                modelId=self.model,
                system=[{"text": system}, *([{"cachePoint": {"type": "default"}}] if caches else [])],
                messages=[{"role": "user", "content": [{"text": user}]}],
                inferenceConfig={"maxTokens": most},
                **tools,
            )
        return _answer(found)

    def _service(self) -> Any:
        if self._client is None:
            self._client = aws.client(
                "bedrock-runtime", region=self.region, mode="adaptive", connections=self.connections
            )
        return self._client

    def is_hopeless(self, error: AmtsError) -> bool:
        """Rights, credentials, and a model that is not there or takes no such question."""
        refused = isinstance(error, aws.AwsError) and error.code in ("ValidationException", "ResourceNotFoundException")
        return refused or (aws_is_hopeless(error) and not isinstance(error, EngineError))


def _answer(found: Any) -> Answer:
    content = found["output"].get("message", {}).get("content", [])
    used = [block["toolUse"]["input"] for block in content if block.get("toolUse", {}).get("name") == TOOL]
    said = "".join(block.get("text", "") for block in content)
    usage, reason = found["usage"], found["stopReason"]
    blocked = reason in ("guardrail_intervened", "content_filtered")
    cached = usage.get("cacheReadInputTokens") or 0
    written = usage.get("cacheWriteInputTokens") or 0
    return Answer(
        used[0] if used else said,
        reason in ("tool_use", "end_turn", "stop_sequence"),
        FILTERED if blocked else "",
        usage["inputTokens"] + cached + written,  # Converse counts those apart
        usage["outputTokens"],
        cached,
    )
