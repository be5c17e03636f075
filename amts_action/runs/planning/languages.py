"""Whether the two books are in the languages that the settings say, told by their scripts and commonest words.

Books swapped, or a translation into another language than was asked for, would be written into page by page before
anybody noticed. Only what is plain is refused: a young translation whose pages are English still is none of it, nor is
a book of which too little can be read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from amts_action.errors import InputError

__all__ = ["check_languages", "language_fault"]

LEAST_LETTERS: Final = 20
"""Letters of a script from which it tells something: fewer may be a name or a heading."""
LEAST_WORDS: Final = 40
"""Words from which their commonest ones tell a language that shares its script with others."""
SCRIPT_SHARE: Final = 0.6
"""Share of a book's letters from which it counts as written in that script. People's Chinese, Japanese, Korean and
Russian books have 0.65 to 0.98 of theirs, for names and abbreviations stay Latin."""
EAST_ASIAN: Final = 3
"""Letters that one character of an East Asian script stands for: so much longer is the English of people's Chinese and
Japanese pages, counted in letters."""
LEAST_SHARE: Final = 0.2
"""Share of East Asian letters from which a page is one of those languages, however much of it is Latin."""
KANA_SHARE: Final = 0.05
"""Share of kana among a text's East Asian letters that tells Japanese (0.4 to 0.7 in people's pages) from Chinese
(0 in most, under 0.01 where Japanese names are quoted)."""
COMMON_SHARE: Final = 0.12
"""Share of a language's commonest words in its own prose: 0.2 to 0.4 for those listed here, under 0.05 for others'."""
LEAST_PART: Final = 0.4
"""Part of the best language's share that the language which a book is said to be in has to reach: neighbours share
words (Spanish prose has 0.22 of its own and 0.05 of the Portuguese and French ones)."""

_BLOCKS: Final = (
    ("kana", "\u3041-\u30ff"),
    ("han", "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"),
    ("hangul", "\u1100-\u11ff\uac00-\ud7a3"),
    ("cyrillic", "\u0400-\u052f"),
    ("arabic", "\u0620-\u06ff\u0750-\u077f"),
    ("hebrew", "\u05d0-\u05ea"),
    ("greek", "\u0386-\u03ff"),
    ("devanagari", "\u0900-\u097f"),
    ("bengali", "\u0980-\u09ff"),
    ("tamil", "\u0b80-\u0bff"),
    ("telugu", "\u0c00-\u0c7f"),
    ("thai", "\u0e00-\u0e7f"),
    ("georgian", "\u10a0-\u10ff"),
    ("armenian", "\u0530-\u058f"),
    ("latin", "A-Za-z\u00c0-\u024f\u1e00-\u1eff"),
)
"""Scripts by their blocks in Unicode (https://www.unicode.org/Public/UNIDATA/Blocks.txt)."""
_LETTERS: Final = {name: re.compile(f"[{block}]") for name, block in _BLOCKS}
_SCRIPTS: Final = {
    "zh": "han",
    "yue": "han",
    "ja": "kana",
    "ko": "hangul",
    **dict.fromkeys("ru uk be bg mk sr ky kk mn tg".split(), "cyrillic"),
    **dict.fromkeys("ar fa ur ps ug".split(), "arabic"),
    **dict.fromkeys("he yi iw".split(), "hebrew"),
    "el": "greek",
    **dict.fromkeys("hi mr ne sa".split(), "devanagari"),
    **dict.fromkeys("bn as".split(), "bengali"),
    "ta": "tamil",
    "te": "telugu",
    "th": "thai",
    "ka": "georgian",
    "hy": "armenian",
    **dict.fromkeys("en de fr es pt it nl sv da no nb fi et pl cs sk hu ro tr vi id ms".split(), "latin"),
}
"""The script that a language is written in, where there is one that tells. Serbian, Kazakh and Mongolian have two; the
other one is not refused, because `_other_script` needs a language that fits better."""
_TWO_SCRIPTS: Final = frozenset("sr kk mn uz az ky tg".split())
_COMMON: Final = {
    "en": "the of and to is that for are with this it be as by we can which from an",
    "de": "der die und das ist nicht ein eine zu den mit von wir für auf werden wird auch im sich dem",
    "fr": "le la les des et est une dans que pour nous qui pas sur avec du sont cette ce au",
    "es": "el los las una es que del por con para se su al como más puede este esta y lo",
    "pt": "os uma que do da em para com não por é ao dos das na no mais você pode são",
    "it": "il di che è una per con del della gli non sono si i nel alla dei questo come più",
    "nl": "de het een van en is dat niet voor met op te zijn wordt we deze kan aan ook door",
    "pl": "nie się jest na że do to jak dla przez są po oraz może który które od czy być",
    "sv": "och att det är som en på för med av till inte den ett kan om vi har från",
    "tr": "bir ve bu için ile olarak daha de da olan gibi çok her ya ne değil ki",
    "vi": "và của là các một có cho được trong không với này những để khi đó từ",
    "id": "yang dan di ini dengan untuk dari dalam adalah pada tidak itu akan kita dapat",
    "cs": "a je se na že to v s jsou pro jako ale nebo by které který jsme při od",
}
"""Some 20 of the commonest words of languages that share a script, each chosen because its neighbours have it not or
seldom."""
_COMMONEST: Final = {code: frozenset(words.split()) for code, words in _COMMON.items()}
_NOT_PROSE: Final = re.compile(
    r"^(```|~~~)[\s\S]*?^\1[^\n]*$|`[^`\n]*`|\$\$[\s\S]*?\$\$|\$[^$\n]*\$|<[^>\n]*>|\]\([^)\n]*\)|https?://\S+"
    r"|^\s*[:%].*$|\{[^}\n]*\}",
    re.MULTILINE,
)
MOST_CHARACTERS: Final = 4_000
"""Characters of a page that are looked at; our own limit, a screen or two."""


def _prose(text: str) -> str:
    return _NOT_PROSE.sub(" ", text[:MOST_CHARACTERS])


def _base(lang: str) -> str:
    return re.split("[-_]", lang.lower())[0]


def _scripts(text: str) -> dict[str, int]:
    """How much of a text is in each script, in letters."""
    return {
        name: n * (EAST_ASIAN if name in ("han", "kana", "hangul") else 1)
        for name, letters in _LETTERS.items()
        if (n := len(letters.findall(text)))
    }


def _word_share(text: str, lang: str) -> tuple[float, int]:
    """The share of a language's commonest words among the words of a text, and how many words there are."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    return sum(word in _COMMONEST[lang] for word in words) / max(len(words), 1), len(words)


def language_fault(pages: Iterable[str], lang: str, *, may_be: str = "") -> str:
    """What language pages seem to be in that are said to be in `lang`, in words; empty when nothing is plain.

    Args:
        may_be: another language that they may be in without fault: a young translation is English still.
    """
    text = "\n".join(map(_prose, pages))
    code, other = _base(lang), _base(may_be) if may_be else ""
    found = _scripts(text)
    total = sum(found.values())
    return _other_script(found, total, code, other) or _other_words(text, code, other)


def _other_script(found: dict[str, int], total: int, code: str, other: str) -> str:
    wanted = _SCRIPTS.get(code, "")
    if not wanted or code in _TWO_SCRIPTS:
        return ""
    east = found.get("han", 0) + found.get("kana", 0)
    if east >= max(LEAST_LETTERS, total * LEAST_SHARE) and wanted in ("han", "kana"):
        is_japanese = found.get("kana", 0) >= KANA_SHARE * east
        if is_japanese != (wanted == "kana"):
            return "Japanese" if is_japanese else "Chinese"
        return ""
    together = {**found, "han": east, "kana": 0}
    script = max(together, key=lambda name: together[name], default="")
    if together.get(script, 0) < max(LEAST_LETTERS, SCRIPT_SHARE * total):
        return ""
    if script == ("han" if wanted == "kana" else wanted) or (other and _SCRIPTS.get(other) == script):
        return ""
    return f"another script ({script})"


def _other_words(text: str, code: str, other: str) -> str:
    if code not in _COMMONEST:
        return ""
    own, count = _word_share(text, code)
    if count < LEAST_WORDS:
        return ""
    shares = {lang: _word_share(text, lang)[0] for lang in _COMMONEST if lang not in (code, other)}
    best = max(shares, key=lambda lang: shares[lang])
    is_plain = shares[best] >= COMMON_SHARE and own < LEAST_PART * shares[best]
    return f"another language (the words are those of {best!r})" if is_plain else ""


def check_languages(
    sources: Iterable[str], targets: Iterable[str], *, source_lang: str, target_lang: str, said: str = ""
) -> None:
    """Makes sure that neither book is plainly in another language than the settings say.

    Args:
        said: the language that the translation's own config.ini names; empty when it names none.

    Raises:
        InputError: one is.
    """
    if said and _base(said) != _base(target_lang):
        what = f"{target_lang} is asked for, and config.ini says that the translation is {said}"
        raise InputError(what, where="--target-lang", mend="correct one of them")
    source_texts, target_texts = list(sources), list(targets)
    fault = language_fault(source_texts, source_lang)
    if fault:
        is_swapped = not language_fault(target_texts, source_lang) and _has_words(target_texts)
        mend = "source and target seem to be swapped" if is_swapped else "check --source and --source-lang"
        raise InputError(f"the pages are in {fault}, not in {source_lang}", where="--source", mend=mend)
    fault = language_fault(target_texts, target_lang, may_be=source_lang)
    if fault:
        what = f"the pages are in {fault}, not in {target_lang}"
        raise InputError(what, where="--target-lang", mend="check --target and --target-lang")


def _has_words(texts: Iterable[str]) -> bool:
    return sum(Counter(_scripts("\n".join(map(_prose, texts)))).values()) >= LEAST_LETTERS
