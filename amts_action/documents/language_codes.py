"""What the code of a language says about its texts."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["between_sentences", "closed", "folded", "is_traditional", "joining_marks", "primary"]

_SOLID = frozenset({"zh", "ja"})
"""Languages without blanks between sentences."""


@lru_cache
def primary(lang: str) -> str:
    """The language without script and region: `zh` of `zh-Hant`, `pt` of `pt_BR`."""
    return re.split("[-_]", lang.strip().lower())[0]


def folded(lang: str) -> str:
    """The code in small letters, with hyphens."""
    return lang.strip().lower().replace("_", "-")


def is_traditional(lang: str) -> bool:
    """Whether a code is of Chinese in traditional characters, by its script or by where it is written."""
    parts = folded(lang).split("-")
    if parts[0] != "zh" or "hans" in parts:
        return False
    return not {"hant", "tw", "hk", "mo"}.isdisjoint(parts)


def between_sentences(lang: str) -> str:
    """What a language puts between two sentences."""
    return "" if primary(lang) in _SOLID else " "


def joining_marks(lang: str) -> str:
    """The marks that may stand between whole sentences: what is two in English is often one in such a language."""
    return "，；" if primary(lang) == "zh" else ""


def closed(text: str, lang: str) -> str:
    """A text that ended with such a mark, as a sentence by itself."""
    return f"{text[:-1]}。" if text[-1:] and text[-1] in joining_marks(lang) else text
