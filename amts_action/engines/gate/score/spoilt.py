"""People's pairs made worse on purpose: what an engine may do to a text, so that a book can tell how it looks there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from amts_action.engines.gate.score.lengths import clauses_of
from amts_action.engines.gate.score.words import words_of

__all__ = ["spoilt"]

LEAST_WORDS = 4
"""Words of a text, and of a clause, that is worth spoiling; less may be gone rightly. By hand, held to
`benchmarks/gate.py`."""
_END = re.compile(r"[.。!！?？:：]\s*\Z")
_WIDE = re.compile("[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7af]")

Spoiling = Callable[[str, str], str]
"""Of a translation and of that of another text makes a bad translation."""


def _joined(parts: Sequence[str], whole: str) -> str:
    """Clauses as one text that ends as the whole did."""
    text = "".join(parts).strip()
    end = _END.search(whole)
    return text.rstrip(" ，,；;、：:") + end.group().strip() if end and not _END.search(text) else text


def _halves(text: str) -> tuple[str, str]:
    parts = clauses_of(text)
    if len(parts) > 1:
        at = min(range(1, len(parts)), key=lambda k: abs(2 * len("".join(parts[:k])) - len(text)))
        return "".join(parts[:at]), "".join(parts[at:])
    middle = len(text) // 2
    at = text.find(" ", middle) if " " in text[middle:] and not _WIDE.search(text) else middle
    return text[:at], text[at:]


def _first(text: str, other: str) -> str:
    return _joined([_halves(text)[0]], text)


def _second(text: str, other: str) -> str:
    return _halves(text)[1].strip()


def _without(text: str, which: Callable[[int], int]) -> str:
    parts = clauses_of(text)
    at = which(len(parts))
    is_worth_it = len(parts) > 1 and len(words_of(parts[at])) >= LEAST_WORDS - 1
    return _joined([*parts[:at], *parts[at + 1 :]], text) if is_worth_it else ""


def _beginning(text: str, other: str) -> str:
    return _without(text, lambda count: count - 1)


def _around(text: str, other: str) -> str:
    return _without(text, lambda count: count // 2)


def _twice(text: str, other: str) -> str:
    return text + text if _WIDE.search(text) else f"{text} {text}"


def _clause_twice(text: str, other: str) -> str:
    parts = clauses_of(text)
    at = max(range(len(parts)), key=lambda k: len(parts[k]), default=0)
    return "".join([*parts[: at + 1], *parts[at:]]) if len(parts) > 1 else ""


def _another(text: str, other: str) -> str:
    return other


def _cut(text: str, other: str) -> str:
    at = len(text) * 6 // 10
    return text[: text.rfind(" ", 0, at)] if " " in text[:at] and not _WIDE.search(text) else text[:at]


SPOILINGS: tuple[Spoiling, ...] = (_first, _beginning, _another, _second, _clause_twice, _around, _twice, _cut)


def spoilt(pairs: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Each pair spoilt in two of the ways, in turn, where it is long enough for that."""
    for n, (source, target) in enumerate(pairs):
        if min(len(words_of(source)), len(words_of(target))) < LEAST_WORDS:
            continue
        other = pairs[(n + 1 + len(pairs) // 2) % len(pairs)][1]
        for spoiling in (SPOILINGS[n % len(SPOILINGS)], SPOILINGS[(n + 3) % len(SPOILINGS)]):
            made = spoiling(target, other)
            if made.strip() and made != target:
                yield source, made
