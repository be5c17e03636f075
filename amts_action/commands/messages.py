"""What the commands say to people: one line each, on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable

from amts_action.commands.terminal import painted

__all__ = ["MAKE_ROOM", "say"]

MAKE_ROOM: list[Callable[[], None]] = []
"""Called before a line is written: what takes a line of the terminal away that is written over again and again."""


def say(text: str, *, is_error: bool = False) -> None:
    """Writes one line, whatever is in `text`: names and texts of a book may hold escape sequences (DESIGN §10)."""
    from amts_action.reports.escape import terminal_text

    for clear in MAKE_ROOM:
        clear()
    name = painted("amts:", "red", sys.stderr) if is_error else "amts:"
    sys.stderr.write(f"{name} {terminal_text(text)}\n")
