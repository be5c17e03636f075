"""What the commands say to people: one line each, on stderr."""

from __future__ import annotations

import sys

__all__ = ["say"]


def say(text: str) -> None:
    """Writes one line, whatever is in `text`: names and texts of a book may hold escape sequences (DESIGN §10)."""
    from amts_action.reports.escape import terminal_text

    sys.stderr.write(f"amts: {terminal_text(text)}\n")
