"""Waiting for a service, with a deadline; the clock and the pauses can be given, so that tests need not wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from amts_action.pace import rest

__all__ = ["Patience", "say_nothing"]

FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 1.0, 30.0, 1.5
"""Seconds between two looks: short at first, since small imports and jobs are quick."""


def say_nothing(line: str) -> None:
    """Progress that nobody wants to see."""


@dataclass(slots=True)
class Patience:
    """A deadline, and pauses that grow up to it."""

    seconds: float
    """How long to wait in all."""
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = rest
    say: Callable[[str], None] = say_nothing
    """Gets the lines of `tell`."""
    _told: set[str] = field(default_factory=set)
    _end: float | None = None
    _pause: float = FIRST_PAUSE

    def start(self) -> None:
        """The time runs from here; it runs from the first pause when nobody says."""
        if self._end is None:
            self._end = self.clock() + self.seconds

    def pause(self) -> bool:
        """Waits a while; False, and no waiting, when the deadline is there."""
        self.start()
        assert self._end is not None
        left = self._end - self.clock()
        if left <= 0:
            return False
        self.sleep(min(self._pause, left))
        self._pause = min(self._pause * GROWTH, LONGEST_PAUSE)
        return True

    def tell(self, line: str) -> None:
        """Says how things stand, each line once: a job may take hours."""
        if line not in self._told:
            self._told.add(line)
            self.say(line)

    def again(self) -> None:
        """Short pauses again: something else is waited for."""
        self._pause = FIRST_PAUSE
