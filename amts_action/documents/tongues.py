"""Whether a text can be in the language that somebody says it is in: told by its letters and its commonest words.

No model and no list of languages is needed for the mistakes that happen: books given in the wrong order, and the code
of another language. What does not tell for sure says nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Final

from amts_action.documents.language_codes import primary

__all__ = ["contradiction", "letters", "likely"]

_SCRIPTS: Final = {
    "Latin": "A-Za-z\u00c0-\u024f\u1e00-\u1eff",
    "Cyrillic": "\u0400-\u052f",
    "Greek": "\u0370-\u03ff",
    "Hebrew": "\u0590-\u05ff",
    "Arabic": "\u0600-\u06ff\u0750-\u077f",
    "Devanagari": "\u0900-\u097f",
    "Bengali": "\u0980-\u09ff",
    "Gujarati": "\u0a80-\u0aff",
    "Tamil": "\u0b80-\u0bff",
    "Telugu": "\u0c00-\u0c7f",
    "Thai": "\u0e00-\u0e7f",
    "Lao": "\u0e80-\u0eff",
    "Burmese": "\u1000-\u109f",
    "Georgian": "\u10a0-\u10ff",
    "Armenian": "\u0530-\u058f",
    "Khmer": "\u1780-\u17ff",
    "Hangul": "\u1100-\u11ff\uac00-\ud7af",
    "Kana": "\u3040-\u30ff",
    "Han": "\u3400-\u4dbf\u4e00-\u9fff",
}
_LETTERS: Final = {name: re.compile(f"[{chars}]") for name, chars in _SCRIPTS.items()}
_OF_LANGUAGE: Final = {
    **dict.fromkeys("ru uk be bg mk kk ky mn tg".split(), "Cyrillic"),
    **dict.fromkeys("ar fa ur ps".split(), "Arabic"),
    **dict.fromkeys("he yi".split(), "Hebrew"),
    **dict.fromkeys("hi mr ne sa".split(), "Devanagari"),
    **dict.fromkeys("zh yue wuu".split(), "Han"),
    "ja": "Kana",
    "ko": "Hangul",
    "el": "Greek",
    "bn": "Bengali",
    "ta": "Tamil",
    "te": "Telugu",
    "th": "Thai",
    "gu": "Gujarati",
    "ka": "Georgian",
    "hy": "Armenian",
    "km": "Khmer",
    "lo": "Lao",
    "my": "Burmese",
}
_LATIN: Final = frozenset(
    "en de fr es pt it nl sv da no nb nn fi is et lv lt pl cs sk sl hr hu ro tr vi id ms ca eu gl sq cy ga mt af sw tl "
    "eo la".split()
)
_COMMON: Final = {
    "en": "the of and to is in that for it with as are this be on we by not",
    "de": "der die das und ist nicht ein eine zu den mit von für auf sich wir im dem",
    "fr": "le la les des et est une un dans que pour du nous par sur avec pas ce",
    "es": "el la los las de y que es en un una para con por se del no como",
    "pt": "o a os as de e que é em um uma para com por se do da não",
    "it": "il la le di e che è un una per con non si del della sono nel i",
    "nl": "de het een en van is in dat op te voor met niet zijn we die er",
    "tr": "ve bir bu için ile de da olarak olan daha çok gibi en ne kadar her",
    "vi": "và của là một các cho không được trong có những với này để người",
    "pl": "i w na z nie się jest do że to jak dla po od przez są",
    "sv": "och att är en det som på av för med den inte ett vi till om",
    "id": "yang dan di untuk dengan ini adalah pada dari tidak dalam akan kita itu",
}
"""The commonest words of languages in Latin letters."""
_WORDS: Final = {lang: frozenset(words.split()) for lang, words in _COMMON.items()}

_LEAST_LETTERS = 20
"""Fewer letters tell nothing. Of Chinese and Japanese it is about one sentence. By hand, held by
`tests/documents/test_tongues.py`."""
_LEAST_WORDS = 15
"""Words below which the commonest ones tell nothing. By hand, held by `tests/documents/test_tongues.py`."""
_MOST = 0.6
"""Share of the letters of a text that make a script its own. By hand, held by `tests/documents/test_tongues.py`."""
_KANA = 0.1
"""Share of kana among kana and Han: measured, Japanese has 0.5 to 0.7, a Chinese text that quotes some hardly any."""
_COMMONEST = 0.15
"""Share of the commonest words, of which, measured, a text of the language has 0.2 to 0.45."""
_TIMES = 3
"""So many times rarer are the words of a language that the text is not in. By hand, held by
`tests/documents/test_tongues.py`."""
_NOT_LANGUAGE = re.compile(
    r"^[ \t]*(`{3,}|~{3,}).*?^[ \t]*\1`*[ \t]*$|\$\$.*?\$\$|\$[^$\n]*\$|`[^`\n]*`|\]\([^)\s]*\)|https?://\S+|<[^>\n]*>"
    r"|\A---\n.*?^---$",
    re.S | re.M,
)


def letters(text: str) -> Counter[str]:
    """How many letters of each script a text has, its programs, formulas and addresses left out."""
    found: Counter[str] = Counter()
    for char, n in Counter(_NOT_LANGUAGE.sub(" ", text)).items():
        if (script := _script(char)) is not None:
            found[script] += n
    return found


@lru_cache(maxsize=20_000)
def _script(char: str) -> str | None:
    return next((name for name, pattern in _LETTERS.items() if pattern.match(char)), None)


def contradiction(text: str, lang: str) -> str:
    """What says that a text is not in a language, in words; empty when nothing does for sure."""
    code = primary(lang)
    found = letters(text)
    total = sum(found.values())
    if total < _LEAST_LETTERS:
        return ""
    east = found["Han"] + found["Kana"]
    if code in ("zh", "ja") and east > _MOST * total:
        is_japanese = found["Kana"] > _KANA * east
        return "" if is_japanese == (code == "ja") else f"it is {'Japanese' if is_japanese else 'Chinese'}"
    script, n = found.most_common(1)[0]
    expected = "Latin" if code in _LATIN else _OF_LANGUAGE.get(code, "")
    if not expected or n < _MOST * total:
        return ""
    if script != expected:
        return f"its letters are {script}"
    return _other_words(text, code) if expected == "Latin" else ""


def _other_words(text: str, code: str) -> str:
    shares = _shares(text)
    if code not in shares:
        return ""
    best = max(shares, key=lambda lang: shares[lang])
    if best == code or shares[best] < _COMMONEST or shares[code] * _TIMES > shares[best]:
        return ""
    return f"its words are those of the language {best}"


@lru_cache(maxsize=64)
def _shares(text: str) -> dict[str, float]:
    words = re.findall(r"[^\W\d_]+", _NOT_LANGUAGE.sub(" ", text).lower())
    if len(words) < _LEAST_WORDS:
        return {}
    return {lang: sum(word in common for word in words) / len(words) for lang, common in _WORDS.items()}


_ONE_LANGUAGE: Final = {"Han": "zh", "Kana": "ja"} | {
    script: lang for lang, script in _OF_LANGUAGE.items() if list(_OF_LANGUAGE.values()).count(script) == 1
}
"""Scripts that tell a language; Cyrillic, Arabic and Devanagari have several."""


def likely(text: str) -> str:
    """The code of the language that a text is in, where its letters or its commonest words tell; else empty."""
    found = letters(text)
    total = sum(found.values())
    if total < _LEAST_LETTERS:
        return ""
    east = found["Han"] + found["Kana"]
    if east > _EAST * total:
        return "ja" if found["Kana"] > _KANA * east else "zh"
    script, n = found.most_common(1)[0]
    if n < _MOST * total:
        return ""
    if script != "Latin":
        return _ONE_LANGUAGE.get(script, "")
    shares = sorted(((share, lang) for lang, share in _shares(text).items()), reverse=True)
    if len(shares) < 2 or shares[0][0] < _COMMONEST or shares[0][0] < _AHEAD * shares[1][0]:
        return ""
    return shares[0][1]


_EAST = 0.2
"""Share of the letters that make a text Chinese or Japanese: one character of them stands for about three of Latin. By
hand, held by `tests/documents/test_tongues.py`."""
_AHEAD = 1.3
"""So many times commoner are the words of the language that a text is in than those of its neighbours (measured: 1.5 to
8 in people's pages of the languages above)."""
