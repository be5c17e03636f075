"""What the code of a language says about its texts."""

from __future__ import annotations

import re

__all__ = ["between_sentences", "primary"]

_SOLID = frozenset({"zh", "ja"})
"""Languages without blanks between sentences."""


def primary(lang: str) -> str:
    """The language without script and region: `zh` of `zh-Hant`, `pt` of `pt_BR`."""
    return re.split("[-_]", lang.strip().lower())[0]


def between_sentences(lang: str) -> str:
    """What a language puts between two sentences."""
    return "" if primary(lang) in _SOLID else " "
