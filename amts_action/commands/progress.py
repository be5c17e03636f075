"""The line on a terminal that says how far long work is, how fast it goes, and how long it will take."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, TextIO

from amts_action.commands.messages import MAKE_ROOM
from amts_action.commands.terminal import columns, is_terminal
from amts_action.pace import watched

__all__ = ["ProgressLine", "said", "shown_progress"]

EVERY: Final = 0.1
"""Seconds between two states of the line: faster nobody reads."""
PATIENCE: Final = 0.5
"""Seconds that work may take without a line."""
_CLEAR: Final = "\r\x1b[K"
"""Back to the start of the line, and all of it away (ECMA-48: CR, EL)."""


@dataclass
class ProgressLine:
    """What is written over itself."""

    stream: TextIO
    _what: str = ""
    _begun: float = 0.0
    _written: float = field(default=0.0)
    _is_shown: bool = False

    def watch(self, what: str, done: int, total: int) -> None:
        """A new state of the work."""
        now = time.monotonic()
        if what != self._what or done == 0:
            self._what, self._begun, self._written = what, now, now + PATIENCE - EVERY
        if done >= total:
            self.clear()
        elif now - self._written >= EVERY:
            self._written, self._is_shown = now, True
            text = f"amts: {said(what, done, total, now - self._begun)}"
            self.stream.write(_CLEAR + text[: (columns(self.stream) or len(text) + 1) - 1])
            self.stream.flush()

    def clear(self) -> None:
        """Takes the line away, so that something else can be written."""
        if self._is_shown:
            self.stream.write(_CLEAR)
            self.stream.flush()
            self._is_shown = False


def said(what: str, done: int, total: int, seconds: float) -> str:
    """`translating: 120 of 844, 14 a second, 52 s left`."""
    text = f"{what}: {done:,} of {total:,}"
    if not done or seconds <= 0:
        return text
    rate = done / seconds
    left = round((total - done) / rate)
    pace = f"{rate:.0f} a second" if rate >= 1 else f"one in {1 / rate:.0f} s"
    return f"{text}, {pace}, {f'{left // 60} min {left % 60} s' if left >= 60 else f'{left} s'} left"


@contextmanager
def shown_progress() -> Iterator[None]:
    """Shows on a terminal how far the work inside is; elsewhere nothing."""
    if not is_terminal(sys.stderr):
        yield
        return
    line = ProgressLine(sys.stderr)
    MAKE_ROOM.append(line.clear)
    try:
        with watched(line.watch):
            yield
    finally:
        MAKE_ROOM.remove(line.clear)
        line.clear()
