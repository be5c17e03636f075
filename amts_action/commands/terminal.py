"""What a terminal can do: how wide it is, and whether colours are wanted."""

from __future__ import annotations

import os
from typing import Final, TextIO

__all__ = ["STYLES", "columns", "is_coloured", "is_terminal", "painted", "state_styles"]

STYLES: Final = {"bold": "1", "red": "31", "green": "32", "yellow": "33", "faint": "2"}
"""Codes of ECMA-48 (https://ecma-international.org/publications-and-standards/standards/ecma-48, SGR)."""


def is_terminal(stream: TextIO) -> bool:
    """Whether a person looks at it."""
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # closed, or a stand-in of a test
        return False


def columns(stream: TextIO) -> int | None:
    """The columns of the terminal; None where nothing has to be cut."""
    from shutil import get_terminal_size

    return get_terminal_size().columns if is_terminal(stream) else None


def is_coloured(stream: TextIO) -> bool:
    """Whether colours are wanted there: NO_COLOR (https://no-color.org) and FORCE_COLOR (https://force-color.org) win
    over what the stream is, and the first of them over the other."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (is_terminal(stream) and os.environ.get("TERM") != "dumb")


_STATES: Final = {
    "green": "done, up to date, found, record, origin, given, declared, foreign, ok",
    "yellow": "behind, partial, unsure, new, renamed, missing, not adopted, look",
    "red": "failed, error, deleted, unreadable, unknown, wrong",
}
"""Words of tables by what they mean to whoever looks at them."""


def state_styles(stream: TextIO) -> dict[str, str]:
    """How the states in tables are shown there; nothing where no colours are wanted."""
    if not is_coloured(stream):
        return {}
    return {word: f"\x1b[{STYLES[style]}m{{}}\x1b[0m" for style, words in _STATES.items() for word in words.split(", ")}


def painted(text: str, style: str, stream: TextIO) -> str:
    """The text in a style, where that is wanted."""
    return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if text and is_coloured(stream) else text
