"""Which aligned pairs are fit to teach a translation engine, and why the others are not.

Every rule would rather lose a good pair than keep a wrong one. Rules look at the markup as well as at the text: what a
formula, a reference or a number says about a pair is gone from the cleaned text.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from amts_action.documents.inline import protected, tokens
from amts_action.documents.language_codes import primary
from amts_action.memory.harvest import CandidatePair

__all__ = ["MAX_BYTES", "REASONS", "Limits", "reject"]

MAX_BYTES = 1_000
"""Bytes of UTF-8 above which Amazon Translate skips a segment.

https://docs.aws.amazon.com/translate/latest/dg/customizing-translations-parallel-data-input-files.html
"""

REASONS = {
    "empty": "one side has no word",
    "low confidence": "the alignment is not sure enough",
    "untranslated copy": "the translation is the source text, or nearly so",
    "wrong script": "the translation is not in the script of its language",
    "length ratio": "one side is too long for the other",
    "numbers differ": "a number is on one side only",
    "protected spans differ": "a formula, code, reference or citation is on one side only",
    "too long": f"a side has more than {MAX_BYTES} bytes",
    "leading character": "a side starts with + - = or @, which CSV and TSV may not",
    "doubtful": "the gate would stop it as a translation",
    "duplicate": "the same source comes again later; the last one wins",
}
"""Every reason, in the order in which they are looked at."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The figures of the rules."""

    least_confidence: float = 0.9
    copy: float = 0.85
    """Similarity (0 to 1) of two sides in one script from which the translation counts as a copy."""
    script: float = 0.3
    """Least share of the letters of the translation in its language's script; wide characters count three times."""
    deviations: float = 3.0
    """Standard deviations of the length ratio."""
    delimited: bool = False
    """For CSV or TSV: no leading `+ - = @`."""


def reject(pair: CandidatePair, source: str, target: str, target_lang: str, limits: Limits) -> str:
    """The reason why the pair is no good (a key of `REASONS`); empty when it is.

    Args:
        pair: with markup.
        source, target: as a reader sees them (`readable_pair`).
    """
    if not _has_word(source) or not _has_word(target):
        return "empty"
    if pair.confidence < limits.least_confidence:
        return "low confidence"
    if _is_copy(source, target, limits.copy):
        return "untranslated copy"
    if _script_share(target, target_lang) < (limits.script if script_of(target_lang) else 0.8):
        return "wrong script"
    if abs(_deviation(source, target)) > limits.deviations:
        return "length ratio"
    if not _numbers_agree(_language(pair.source), _language(pair.target)):
        return "numbers differ"
    if _kept(pair.source) != _kept(pair.target):
        return "protected spans differ"
    if len(source.encode()) > MAX_BYTES or len(target.encode()) > MAX_BYTES:
        return "too long"
    if limits.delimited and (source[0] in "+-=@" or target[0] in "+-=@"):
        return "leading character"
    return ""


_SAME_WORDS = 0.7
"""Similarity of the words, too, from which it does: `View in TensorBoard` and `Ver en TensorBoard` are no copies."""
_FORMULA = re.compile(r"\$\$?[^$]+\$\$?|`[^`]+`|https?://\S+|\[\d+\]")


@lru_cache(maxsize=1_000)
def _words_only(text: str) -> str:
    """The text without formulas, code, addresses and reference numbers."""
    return _FORMULA.sub(" ", text)


def _has_word(text: str) -> bool:
    return re.search(r"[^\W\d_]", _words_only(text)) is not None


def _is_copy(source: str, target: str, least: float) -> bool:
    from rapidfuzz.distance import Indel

    words = [_words_only(t).casefold().split() for t in (source, target)]
    a, b = (" ".join(w) for w in words)
    if a == b:
        return True
    is_long = min(len(a), len(b)) >= 12
    return is_long and Indel.normalized_similarity(a, b) >= least and Indel.normalized_similarity(*words) >= _SAME_WORDS


_HAN = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u9fff\uf900-\ufaff"
_KANA, _HANGUL = "\u3040-\u30ff", "\u1100-\u11ff\uac00-\ud7af"
_CYRILLIC, _DEVANAGARI = "\u0400-\u052f", "\u0900-\u097f"
_ARABIC = "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc"
_SCRIPTS = {
    "zh": _HAN,
    "ja": _HAN + _KANA,
    "ko": _HANGUL,
    **dict.fromkeys(("ru", "uk", "bg", "sr", "mk", "mn", "kk", "be"), _CYRILLIC),
    **dict.fromkeys(("ar", "fa", "ur", "ps"), _ARABIC),
    **dict.fromkeys(("hi", "mr", "ne"), _DEVANAGARI),
    "am": "\u1200-\u137f",
    "bn": "\u0980-\u09ff",
    "el": "\u0370-\u03ff\u1f00-\u1fff",
    "gu": "\u0a80-\u0aff",
    "he": "\u0590-\u05ff",
    "hy": "\u0530-\u058f",
    "ka": "\u10a0-\u10ff",
    "kn": "\u0c80-\u0cff",
    "ml": "\u0d00-\u0d7f",
    "pa": "\u0a00-\u0a7f",
    "si": "\u0d80-\u0dff",
    "ta": "\u0b80-\u0bff",
    "te": "\u0c00-\u0c7f",
    "th": "\u0e00-\u0e7f",
}
_LATIN = "A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff"
_WIDE = re.compile(f"[{_HAN}{_KANA}{_HANGUL}]")


def script_of(lang: str) -> str:
    """The characters of a language's script, as the inside of a regular expression's class; empty for Latin."""
    return _SCRIPTS.get(primary(lang), "")


def _script_share(text: str, lang: str) -> float:
    """The share of letters in the language's script; a wide character counts as three letters."""
    letters = re.sub(r"[\W\d_]+", "", _words_only(text))
    own = "".join(re.findall(f"[{script_of(lang) or _LATIN}]", letters))
    whole = len(letters) + 2 * len(_WIDE.findall(letters))
    share = (len(own) + 2 * len(_WIDE.findall(own))) / whole if whole else 0.0
    if primary(lang) == "zh" and len(re.findall(f"[{_KANA}]", letters)) * 5 > len(letters):
        return 0.0
    return share


_SPREAD, _SPREAD_SHORT = 0.30, 2.5
"""Standard deviation of the logarithm of the ratio of weighed lengths: variance `_SPREAD² + _SPREAD_SHORT / length`."""
_LETTERS_A_HAN, _LETTERS_A_KANA = 3.0, 2.0


def _weight(text: str) -> float:
    """Length in letters of an alphabet; formulas and code count little, for they are the same on both sides."""
    words = _words_only(text)
    han = len(re.findall(f"[{_HAN}]", words))
    other = len(_WIDE.findall(words)) - han
    spans = len(_FORMULA.findall(text))
    return len(words) + (_LETTERS_A_HAN - 1) * han + (_LETTERS_A_KANA - 1) * other + 4 * spans + 2


def _deviation(source: str, target: str) -> float:
    """How many standard deviations the lengths are off."""
    a, b = _weight(source), _weight(target)
    return math.log(b / a) / math.sqrt(_SPREAD**2 + _SPREAD_SHORT / min(a, b))


_NUMBER = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?!\d)|\d+(?:[.,]\d{3})*(?!\d)|\d+")
_SCALE = re.compile(
    r"\d[\d.,]{0,30}\s?(?:[万萬亿億千百兆만억천]|hundred|thousand|million|billion|trillion|[km]\b|bin\b|milyon|milyar|"
    r"mil\b|mill[oó]n|milh|nghìn|triệu|tỷ|tausend|million|milliard)",
    re.IGNORECASE,
)


def _language(text: str) -> str:
    """Only the language of a marked text, and formulas that are plain numbers, in plain digits."""
    plain = " ".join(t.raw for t in tokens(text) if t.type == "text" or (t.kind == "math" and _is_figure(t.raw)))
    return unicodedata.normalize("NFKC", plain)


def _is_figure(formula: str) -> bool:
    """Whether a formula only holds numbers: what is `$2$` or `$(3, 4)$` here may be 2 or (3, 4) there."""
    return re.fullmatch(r"[$\s\d.,()（），]+", formula) is not None


def _figures(text: str) -> set[str]:
    """Numbers written in digits, without thousands marks; the two sides of a decimal point are two numbers."""
    return {re.sub(r"[., ]", "", number).lstrip("0") or "0" for number in _NUMBER.findall(text)}


def _numbers_agree(source: str, target: str) -> bool:
    """Whether no number is on one side only.

    Numbers up to 12 may be words on the other side (three, December), and those with a word of scale are written
    anew (1.5 million, 150 万); these are looked at only where both sides have some and none is the same.
    """
    if _SCALE.search(source) or _SCALE.search(target):
        return True
    here, there = _figures(source), _figures(target)
    if any(len(n) > 2 or int(n) > 12 for n in here ^ there):
        return False
    return not here or not there or not here.isdisjoint(there)


_COMPARED = frozenset({"math", "code", "reference", "citation", "substitution"})


def _kept(text: str) -> set[tuple[str, str]]:
    """What a translation must hold too; how often does not count, for pronouns become formulas and back."""
    return {
        (kind, _ORDINAL.sub("", "".join(unicodedata.normalize("NFKC", raw).split())))
        for kind, raw in protected(text)
        if kind in _COMPARED and not (kind == "math" and _is_figure(raw))
    }


_ORDINAL = re.compile(r"\^\{?(?:\\(?:mathrm|text|textrm|rm))?\{?(?:th|st|nd|rd)\}{0,2}")
"""`$i^\\mathrm{th}$` is `第$i$` in Chinese."""
