"""Whether a document is on a subject.

The rule: a keyword is in the title, or keywords occur often enough in the prose, code left out. Letters in capitals
or not are the same, a hyphen is a blank, and only whole words count; scripts without blanks have no words, so there
any occurrence counts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from amts_action.alignment.lexicon import is_wide

__all__ = ["is_on_subject", "occurrences"]

_BLANK = re.compile(r"[\s\u00ad\u2010\u2011-]+")


def is_on_subject(title: str, prose: Iterable[str], keywords: Sequence[str], count: int) -> bool:
    """Whether the document is on one of the subjects; True when there are no keywords.

    Args:
        count: how often keywords must occur in the prose, all of them together, when none is in the title.
    """
    if not keywords or occurrences(title, keywords):
        return True
    found = 0
    for text in prose:
        found += occurrences(text, keywords)
        if found >= count:
            return True
    return False


def occurrences(text: str, keywords: Sequence[str]) -> int:
    """How often keywords stand in a text; those that overlap count once."""
    return len(_pattern(tuple(keywords)).findall(_folded(text)))


def _folded(text: str) -> str:
    return _BLANK.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


@lru_cache(maxsize=8)
def _pattern(keywords: tuple[str, ...]) -> re.Pattern[str]:
    words = sorted({_folded(k) for k in keywords} - {""}, key=lambda k: (-len(k), k))
    return re.compile("|".join(map(_bounded, words)) or r"(?!)")


def _bounded(word: str) -> str:
    left, right = ("" if is_wide(c) or not re.match(r"\w", c) else r"\b" for c in (word[0], word[-1]))
    return f"{left}{re.escape(word)}{right}"
