"""`python -m amts_action` is `amts`."""

from __future__ import annotations

from amts_action.cli import entry

if __name__ == "__main__":
    entry()
