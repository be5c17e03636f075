"""The aligned group, of blocks as of sentences."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Bead"]


@dataclass(frozen=True, slots=True)
class Bead:
    """An aligned group: the units `source` of the English and `target` of the translation, as indexes; one may be
    empty."""

    source: tuple[int, ...]
    target: tuple[int, ...]
    confidence: float
    """0 to 1: how sure this grouping is, as its aligner says."""
    closes: float = 1.0
    """0 to 1: how likely it is that something ends where this bead does, on both sides, whatever is inside it."""
