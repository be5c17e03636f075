"""What a service says about its refusals, as it may be shown."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["error_text"]

MAX_MESSAGE: Final = 200
"""Characters of a service's message that are shown."""


def error_text(text: str, *, most: int = MAX_MESSAGE) -> str:
    """A service's message made fit for one line: control characters removed, keys and signatures masked, cut."""
    clean = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text[: 10 * most])
    line = " ".join(clean.split())
    line = re.sub(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b", "***", line)
    line = re.sub(r"(?i)\b(X-Amz-[A-Za-z-]+|Signature|Credential)=[^&\s,]+", r"\1=***", line)
    return line if len(line) <= most else line[: most - 1] + "…"
