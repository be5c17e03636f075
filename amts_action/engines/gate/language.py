"""Whether a text is in the language of the book's translation, by the letters and words that the book's people use."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from amts_action.engines.gate.signs import Fault, Pairing

__all__ = ["Profile", "learn_profile"]

_WORD = re.compile(r"[^\W\d_]+")
_KANA, _HAN, _HANGUL = "\u3040-\u30ff", "\u3400-\u9fff\uf900-\ufaff", "\uac00-\ud7af\u1100-\u11ff"
_SCRIPTS = {
    "zh": _HAN, "ja": _HAN + _KANA, "ko": _HANGUL,
    **dict.fromkeys(("ru", "uk", "bg", "sr", "be", "mk", "kk", "mn"), "\u0400-\u052f"),
    **dict.fromkeys(("ar", "fa", "ur", "ps"), "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc"),
    "he": "\u0590-\u05ff", "el": "\u0370-\u03ff\u1f00-\u1fff", "th": "\u0e00-\u0e7f", "ka": "\u10a0-\u10ff",
    "hy": "\u0530-\u058f", "am": "\u1200-\u137f", **dict.fromkeys(("hi", "mr", "ne"), "\u0900-\u097f"),
    "bn": "\u0980-\u09ff", "pa": "\u0a00-\u0a7f", "gu": "\u0a80-\u0aff", "ta": "\u0b80-\u0bff",
    "te": "\u0c00-\u0c7f", "kn": "\u0c80-\u0cff", "ml": "\u0d00-\u0d7f", "si": "\u0d80-\u0dff",
}  # fmt: skip
LEAST_LETTERS = 12
"""Letters below which a text may be all names. By hand, held to `benchmarks/gate.py`."""
OWN_SHARE = 0.15
"""Least share of letters in the language's script; names and abbreviations that the original has do not count. By hand,
held to `benchmarks/gate.py`."""
_OTHERS = f"{_HAN}{_KANA}{_HANGUL}\u0400-\u052f\u0600-\u06ff\u0900-\u097f\u0e00-\u0e7f"


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of how the two languages of a book look."""

    lean: dict[str, float] = field(default_factory=dict)
    """Word → how much likelier it is in the translation than in the original, as a logarithm."""
    known: frozenset[str] = frozenset()
    """Words and Han characters of the translation."""
    originals: frozenset[str] = frozenset()
    """Words of the original."""

    def faults(self, pair: Pairing) -> Iterator[Fault]:
        """Signs that the translation is in another language, or in part."""
        given = pair.own_target
        asked = {w.lower() for w in _WORD.findall(pair.plain_source)}
        letters = "".join(w for w in _WORD.findall(given) if w.lower() not in asked or w.islower())
        if len(letters) < LEAST_LETTERS and not (len(letters) >= 4 and re.search(f"[{_OTHERS}]", letters)):
            return
        script = _SCRIPTS.get(pair.target_code)
        if script is not None:
            yield from _in_script(pair, letters, script, given)
        elif len(re.findall(f"[{_OTHERS}]", letters)) * 4 > len(letters):
            yield Fault("language", "it is in another script", (given[:60],), True)
        yield from self._by_words(pair, given, asked)

    def _by_words(self, pair: Pairing, given: str, asked: set[str]) -> Iterator[Fault]:
        words = [w.lower() for w in _WORD.findall(given)]
        latin = [w for w in words if w[0] < "\u0250"]
        if pair.target_code in _SCRIPTS:
            return
        if len(latin) < 5 or not self.lean:
            return
        lean = sum(self.lean.get(w, 0.0) for w in latin) / len(latin)
        if lean < LEAST_LEAN:
            yield Fault("language", "it is still in the language of the original", (pair.plain_target[:60],), True)
            return
        strange = [w for w in latin if w not in self.known and w not in self.originals and w not in asked]
        if self.known and len(latin) >= 6 and len(strange) * 2 > len(latin):
            yield Fault("language", "most of its words are strange to this book", tuple(strange[:5]))


LEAST_LEAN = -1.2
"""Mean lean of the words of a text that is still in the language of the original; translations are above 0. By hand,
held to `benchmarks/gate.py`."""


LEAST_KANA = 8
"""Characters of Japanese without a kana among them that are none. By hand, held to `benchmarks/gate.py`."""


def _in_script(pair: Pairing, letters: str, script: str, given: str) -> Iterator[Fault]:
    own = len(re.findall(f"[{script}]", letters))
    if own < OWN_SHARE * len(letters):
        yield Fault("language", "it is not in the language of the translation", (given[:60],), True)
    elif pair.target_code == "zh" and len(re.findall(f"[{_KANA}]", letters)) * 8 > len(letters):
        yield Fault("language", "it is Japanese", (given[:60],), True)
    elif pair.target_code == "ja" and own >= LEAST_KANA and not re.search(f"[{_KANA}]", letters):
        yield Fault("language", "it holds no kana", (given[:60],))
    elif pair.target_code in ("zh", "ja") and len(re.findall(f"[{_HANGUL}]", letters)) * 8 > len(letters):
        yield Fault("language", "it is Korean", (given[:60],), True)


def learn_profile(pairs: Iterable[Pairing]) -> Profile:
    """What pairs of the book's people tell."""
    here: Counter[str] = Counter()
    there: Counter[str] = Counter()
    for pair in pairs:
        here.update(w.lower() for w in _WORD.findall(pair.plain_source))
        there.update(w.lower() for w in _WORD.findall(pair.plain_target))
    lean: dict[str, float] = {}
    a, b = sum(here.values()) + 1, sum(there.values()) + 1
    if here and there:
        from math import log

        for word in here.keys() | there.keys():
            lean[word] = max(-4.0, min(4.0, log(((there[word] + 0.2) / b) / ((here[word] + 0.2) / a))))
    return Profile(lean, frozenset(there), frozenset(here))
