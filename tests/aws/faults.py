"""Scripted misfortune: which request fails, how, and before or after it took effect."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

When = Literal["before", "after"]


@dataclass(frozen=True)
class Fault:
    """What happens to a request."""

    code: str = ""
    """Error code of the answer; empty: the connection is cut, or (with `seconds`) nothing but a delay."""
    status: int = 400
    cut: bool = False
    """The connection is closed without an answer."""
    when: When = "before"
    """Before the request takes effect (it then has none), or after."""
    seconds: float = 0.0
    """The answer comes so much later."""
    message: str = "scripted"


THROTTLED_400 = Fault("TooManyRequestsException", 400, message="Rate exceeded")
THROTTLED_429 = Fault("TooManyRequestsException", 429, message="Rate exceeded")
THROTTLING = Fault("ThrottlingException", 400, message="Rate exceeded")
INTERNAL = Fault("InternalServerException", 500, message="An internal server error occurred")
UNAVAILABLE = Fault("ServiceUnavailableException", 503, message="The service is unavailable")
EXPIRED = Fault("ExpiredTokenException", 400, message="The security token included in the request is expired")
CUT = Fault(cut=True)
CUT_AFTER = Fault(cut=True, when="after")


@dataclass
class Faults:
    """Decides for each request. A rule is used up after `times` uses; rates are drawn from a seeded generator."""

    rules: list[tuple[str, int, int, Fault]] = field(default_factory=list)
    """Operation (empty: any), how many matching requests pass first, how often it then strikes, the fault."""
    rates: list[tuple[float, Fault]] = field(default_factory=list)
    seed: int = 1
    struck: list[tuple[str, Fault]] = field(default_factory=list)
    """What has happened so far."""

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def add(self, fault: Fault, *, operation: str = "", after: int = 0, times: int = 1) -> None:
        """From now on, `after` more requests of the operation pass, and the next `times` suffer the fault."""
        self.rules.append((operation, after, times, fault))

    def rate(self, share: float, fault: Fault) -> None:
        """From now on, this share of all requests suffers the fault."""
        self.rates.append((share, fault))

    def next(self, operation: str) -> Fault | None:
        """The fault of a request that has just come in."""
        chosen = None
        for n, (name, after, times, fault) in enumerate(self.rules):
            if name not in ("", operation) or not times:
                continue
            if after:
                self.rules[n] = (name, after - 1, times, fault)
            elif chosen is None:
                self.rules[n] = (name, after, times - 1, fault)
                chosen = fault
        draw = self._random.random()
        for share, fault in self.rates if chosen is None else ():
            if draw < share:
                chosen = fault
                break
            draw -= share
        if chosen is not None:
            self.struck.append((operation, chosen))
        return chosen

    def codes(self) -> Iterable[str]:
        """The codes of what has happened; `cut` for cut connections."""
        return [fault.code or "cut" for _, fault in self.struck]
