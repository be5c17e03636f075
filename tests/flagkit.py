"""Flags for tests, from the texts that people read."""

from __future__ import annotations

from collections.abc import Iterable

from amts_action.merging.flags import CODES, Flag, said_by_engine

__all__ = ["flagged"]


def flagged(texts: Iterable[str]) -> tuple[Flag, ...]:
    """The flags with these texts: those of the table where a text is one of its, else those of an engine."""
    return tuple(_flag(text) for text in texts)


def _flag(text: str) -> Flag:
    for code, (level, form) in CODES.items():
        start = form.partition("{")[0]
        if text == form or (form != start and start.strip() and text.startswith(start)):
            return Flag(code, text, level)
    return said_by_engine(text)
