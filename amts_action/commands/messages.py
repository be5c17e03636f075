"""What the commands say to people: one line each, on stderr."""

from __future__ import annotations

import sys

from amts_action.commands.progress import make_room
from amts_action.commands.terminal import painted

__all__ = ["say"]


def say(text: str, *, is_error: bool = False) -> None:
    """Writes one line, whatever is in `text`: names and texts of a book may hold escape sequences (DESIGN §10)."""
    from amts_action.reports.escape import terminal_text

    make_room()
    name = painted("amts:", "red", sys.stderr) if is_error else "amts:"
    sys.stderr.write(f"{name} {terminal_text(text)}\n")
