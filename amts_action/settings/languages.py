"""Which codes are those of languages.

The two-letter codes are those of the IANA registry of language subtags, withdrawn ones included
(https://www.iana.org/assignments/language-subtag-registry); of the 8,000 with three letters only the form is checked.
Longer first parts are registered for no language (RFC 5646, section 2.2.1).
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["is_language", "meant"]

_CODES: Final = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik in io is it iu iw "
    "ja ji jv jw ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt "
    "my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm "
    "sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
_TWO_LETTERS: Final = frozenset(_CODES.split())
_TAG: Final = re.compile(r"([A-Za-z]{2,3})([-_][A-Za-z0-9]{1,8})*")
_NAMES: Final = {
    "zh": "cn chinese mandarin",
    "ja": "jp japanese",
    "ko": "korean",
    "pt": "portuguese",
    "es": "spanish",
    "fr": "french",
    "de": "german",
    "ru": "russian",
    "tr": "turkish",
    "vi": "vietnamese",
    "cs": "cz czech",
    "da": "dk danish",
    "el": "gr greek",
    "uk": "ua ukrainian",
    "en": "english gb",
    "it": "italian",
    "pl": "polish",
    "nl": "dutch",
    "ar": "arabic",
    "hi": "hindi",
}
"""What people write who mean the code: names of languages, and codes of countries that are no code of a language."""
_MEANT: Final = {name: code for code, names in _NAMES.items() for name in names.split()}


def is_language(code: str) -> bool:
    """Whether a text such as `zh`, `pt-BR` or `zh_Hant` begins with the code of a language."""
    found = _TAG.fullmatch(code)
    return found is not None and (len(found[1]) == 3 or found[1].lower() in _TWO_LETTERS)


def meant(code: str) -> str:
    """The code that somebody probably meant who wrote this; empty when nothing tells."""
    return _MEANT.get(code.strip().lower(), "")
