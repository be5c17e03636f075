"""Which languages each engine knows, and by what codes: from BCP 47 to the service's own, before anything is spent.

https://docs.aws.amazon.com/translate/latest/dg/what-is-languages.html: `zh` is Simplified Chinese, `pt` is Brazilian
Portuguese, and only a few codes have a region.
https://docs.aws.amazon.com/translate/latest/dg/customizing-translations-formality.html: the languages with formality.
"""

from __future__ import annotations

import re
from difflib import get_close_matches

from amts_action.documents.language_codes import primary
from amts_action.errors import InputError

__all__ = ["AMAZON_CODES", "amazon_code", "amazon_pair", "check_formality", "language_name"]

AMAZON_CODES: frozenset[str] = frozenset(
    "af sq am ar hy az bn bs bg ca zh zh-TW hr cs da fa-AF nl en et fa tl fi fr fr-CA ka de el gu ht ha he hi hu is "
    "id ga it ja kn kk ko lv lt mk ms ml mt mr mn no ps pl pt pt-PT pa ro ru sr si sk sl so es es-MX sw sv ta te th "
    "tr uk ur uz vi cy".split()
)
"""Every code that Amazon Translate takes (except `auto`)."""

FORMAL_CODES = frozenset("nl fr fr-CA de hi it ja ko pt-PT es es-MX".split())
"""Amazon's codes of target languages with a formality."""

_OTHER_NAMES = {"cmn": "zh", "nb": "no", "nn": "no", "fil": "tl", "prs": "fa-AF", "iw": "he", "in": "id", "pes": "fa"}
_BY_FOLDED = {code.lower(): code for code in AMAZON_CODES}
_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})
_NAMES = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech", "da": "Danish", "de": "German",
    "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French",
    "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "ms": "Malay", "nl": "Dutch",
    "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak",
    "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish", "ta": "Tamil", "th": "Thai", "tr": "Turkish",
    "uk": "Ukrainian", "ur": "Urdu", "uz": "Uzbek", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


def amazon_code(lang: str) -> str:
    """Amazon's code for a language tag: `pt-BR` → `pt`, `zh_Hans` → `zh`, `zh-HK` → `zh-TW`, `es-419` → `es-MX`.

    Raises:
        InputError: Amazon Translate does not know the language.
    """
    parts = re.split(r"[-_]", lang.strip().lower())
    language = _OTHER_NAMES.get(parts[0], parts[0])
    if language == "zh":
        return "zh-TW" if _TRADITIONAL.intersection(parts[1:]) and "hans" not in parts else "zh"
    if language == "es" and "419" in parts:  # Latin American Spanish, of which Amazon has the Mexican one
        return "es-MX"
    for code in ("-".join((language, *parts[1:])), language):
        if code.lower() in _BY_FOLDED:
            return _BY_FOLDED[code.lower()]
    near = _near(parts[0])
    mend = f"near codes are {', '.join(near)}" if near else "give a code such as zh"
    raise InputError(f"{lang!r} is no language of Amazon Translate", where="language", mend=mend)


def _near(lang: str) -> list[str]:
    """Codes that somebody may have meant who wrote `lang`: by name (`chinese`, `port`) or by look (`jp`)."""
    named = [code for code, name in _NAMES.items() if len(lang) > 2 and name.lower().startswith(lang[:5])]
    alike = [code for code in sorted(AMAZON_CODES) if code[0] == lang[:1]] if len(lang) <= 3 else []
    close = get_close_matches(lang, alike, n=4, cutoff=0.5)
    return list(dict.fromkeys([*named, *close, *alike]))[:6]


def amazon_pair(source_lang: str, target_lang: str) -> tuple[str, str]:
    """Amazon's codes of both languages.

    Raises:
        InputError: it does not know one of them, or to it both are the same.
    """
    pair = amazon_code(source_lang), amazon_code(target_lang)
    if pair[0] == pair[1]:
        what = f"{source_lang} and {target_lang} are the same language to Amazon Translate ({pair[0]})"
        raise InputError(what, where="--target-lang", mend="choose another engine")
    return pair


def check_formality(formality: str, target: str) -> None:
    """Says whether Amazon Translate has a formality in a language (its code).

    Raises:
        InputError: it has not, or there is no such formality.
    """
    if formality not in ("", "formal", "informal"):
        raise InputError(f"{formality!r} is no formality", where="--formality", mend="write formal or informal")
    if formality and target not in FORMAL_CODES:
        languages = ", ".join(sorted(FORMAL_CODES))
        what = f"Amazon Translate has no formality in {target}"
        raise InputError(what, where="--formality", mend=f"leave it out; the languages with one are {languages}")


def language_name(lang: str) -> str:
    """What a language is called in English, for a language model: `zh-Hant` → `Chinese (zh-Hant)`."""
    name = _NAMES.get(primary(lang))
    return f"{name} ({lang})" if name else lang
