"""Language codes as Amazon Translate writes them.

https://docs.aws.amazon.com/translate/latest/dg/what-is-languages.html: `zh` is Simplified Chinese, `pt` is Brazilian
Portuguese, and only a few codes have a region.
"""

from __future__ import annotations

import re

from amts_action.errors import InputError

__all__ = ["AMAZON_CODES", "amazon_code"]

AMAZON_CODES: frozenset[str] = frozenset(
    "af sq am ar hy az bn bs bg ca zh zh-TW hr cs da fa-AF nl en et fa tl fi fr fr-CA ka de el gu ht ha he hi hu is "
    "id ga it ja kn kk ko lv lt mk ms ml mt mr mn no ps pl pt pt-PT pa ro ru sr si sk sl so es es-MX sw sv ta te th "
    "tr uk ur uz vi cy".split()
)
"""Every code that Amazon Translate takes (except `auto`)."""

_OTHER_NAMES = {"cmn": "zh", "nb": "no", "nn": "no", "fil": "tl", "prs": "fa-AF", "iw": "he", "in": "id", "pes": "fa"}
_BY_FOLDED = {code.lower(): code for code in AMAZON_CODES}
_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})


def amazon_code(lang: str) -> str:
    """Amazon's code for a language tag: `pt-BR` → `pt`, `zh_Hans` → `zh`, `zh-HK` → `zh-TW`, `en-GB` → `en`.

    Raises:
        InputError: Amazon Translate does not know the language.
    """
    parts = re.split(r"[-_]", lang.strip().lower())
    language = _OTHER_NAMES.get(parts[0], parts[0])
    if language == "zh":
        return "zh-TW" if _TRADITIONAL.intersection(parts[1:]) and "hans" not in parts else "zh"
    for code in ("-".join((language, *parts[1:])), language):
        if code.lower() in _BY_FOLDED:
            return _BY_FOLDED[code.lower()]
    raise InputError(f"{lang!r} is no language of Amazon Translate", where="language", mend="give a code such as zh")
