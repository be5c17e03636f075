"""What an output is put together from, before there is a text."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["OutputItem"]


@dataclass(frozen=True, slots=True)
class OutputItem:
    """One block of the output: the target's own (`old`) or a text that is written (`text`), or both when replaced."""

    old: int | None
    text: str | None = None
    head: int | None = None
    """The head block that the text was made from, or that it corresponds to."""
    step: int | None = None
    """Index of the step that wrote or moved it."""
