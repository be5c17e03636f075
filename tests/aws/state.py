"""What the server remembers, its clock, and the errors that its operations raise."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/translate-data"
LANGUAGES = frozenset(
    "af sq am ar hy az bn bs bg ca zh zh-TW hr cs da fa-AF nl en et fa tl fi fr fr-CA ka de el gu ht ha he hi hu is "
    "id ga it ja kn kk ko lv lt mk ms ml mt mr mn no ps pl pt pt-PT pa ro ru sr si sk sl so es es-MX sw sv ta te th "
    "tr uk ur uz vi cy".split()
)
"""https://docs.aws.amazon.com/translate/latest/dg/what-is-languages.html"""
FORMAL = frozenset("nl fr fr-CA de hi it ja ko pt-PT es es-MX".split())
ACT_REGIONS = frozenset({"us-east-1", "us-west-2", "eu-west-1"})


class Refusal(Exception):
    """An operation's error; `code` is its shape's name."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status


class Clock:
    """Time that passes only when somebody asks: each poll of something unfinished moves it on."""

    def __init__(self, seconds_per_poll: float = 30.0) -> None:
        self.seconds_per_poll = seconds_per_poll
        self._now = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        """The time."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Lets time pass."""
        self._now += timedelta(seconds=seconds)

    def poll(self) -> None:
        """Somebody asked whether something is ready."""
        self.advance(self.seconds_per_poll)


@dataclass
class Call:
    """A request that came in."""

    operation: str
    request: dict[str, Any]
    answer: str
    """`ok`, an error code, or `cut`."""
    took_effect: bool


@dataclass
class State:
    """One account and region."""

    region: str = "us-east-1"
    clock: Clock = field(default_factory=Clock)
    s3: Any = None
    """A client of S3 with all rights."""
    roles: set[str] = field(default_factory=lambda: {ROLE})
    """Roles that Amazon Translate may assume and that can use the buckets."""
    terminologies: dict[str, Any] = field(default_factory=dict)
    parallel_data: dict[str, Any] = field(default_factory=dict)
    jobs: dict[str, Any] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    """What presigned addresses lead to, by path."""
    tokens: dict[tuple[str, str], Any] = field(default_factory=dict)
    """(operation, ClientToken) → request and answer of the call that had it."""
    manners: Any = "honest"
    address: str = ""
    lock: threading.RLock = field(default_factory=threading.RLock)
    create_seconds: float = 60.0
    job_seconds: float = 120.0
    job_script: list[dict[str, Any]] = field(default_factory=list)
    """What is to happen to the next jobs, one entry a job: see `jobs.py`."""

    def count(self, operation: str, *, effective: bool = True) -> int:
        """How many requests of an operation took effect."""
        return sum(c.operation == operation and (c.took_effect or not effective) for c in self.calls)

    def once(self, operation: str, request: dict[str, Any], work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The answer to a request with a ClientToken: the same token with the same request takes effect once."""
        key = operation, request["ClientToken"]
        if key in self.tokens:
            before, answer = self.tokens[key]
            if before != request:
                raise Refusal("InvalidParameterValueException", "The client token was used with another request.")
            return dict(answer)
        answer = work()
        self.tokens[key] = dict(request), dict(answer)
        return answer

    def put_file(self, name: str, data: bytes) -> str:
        """Address from which anybody who knows it can fetch the file, like a presigned one."""
        path = f"/files/{len(self.files)}/{name}"
        self.files[path] = data
        return f"{self.address}{path}?X-Amz-Signature=0123456789abcdef"


def check_languages(source: str, targets: list[str], *, auto: bool = True) -> None:
    """Refuses codes that Amazon Translate does not have, and a target that is the source."""
    for code in (*targets, source):
        if code not in LANGUAGES and not (auto and code == source == "auto"):
            raise Refusal("UnsupportedLanguagePairException", f"Unsupported language pair: {source} to {code}.")
    if source in targets:
        raise Refusal("InvalidRequestException", "Source and target language codes are the same.")
