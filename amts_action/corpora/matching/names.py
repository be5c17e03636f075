"""Documents that are translations of each other by their names.

A name is compared without what says its language: `en/guide/a.html` and `es/guide/a.html`, `a.en.md` and `a.es.md`,
`a_en.txt` and `a-es-MX.txt`, `a.html` and `es/a.html` all have the key `a`, after their folders. Only the codes of a
side's own language are taken for codes, so that `about_us.html` in English or `es/que_es.html` in a third language is
not mistaken for another.
"""

from __future__ import annotations

import re
from functools import lru_cache

from amts_action.corpora.reading.pages import format_of
from amts_action.documents.language_codes import primary
from amts_action.engines.languages import AMAZON_CODES

__all__ = ["base_language", "has_code", "is_foreign", "name_key"]

_NAMES = {
    "ar": "ara arabic",
    "de": "deu ger german deutsch",
    "en": "eng english",
    "es": "spa spanish espanol español",
    "fr": "fra fre french francais français",
    "it": "ita italian italiano",
    "ja": "jpn jp japanese",
    "ko": "kor kr korean",
    "pl": "pol polish",
    "pt": "por portuguese portugues português br",
    "ru": "rus russian",
    "tr": "tur turkish",
    "vi": "vie vn vietnamese",
    "zh": "zho chi cn chinese cmn",
}
"""Other words that name a language in folders and files: ISO 639-2 and 639-3, English and own names, some countries."""
_LANGUAGES = frozenset(code.split("-")[0].lower() for code in AMAZON_CODES)


def base_language(lang: str) -> str:
    """The language of a code, without region and script: `pt` for `pt_BR`."""
    return primary(lang)


@lru_cache(maxsize=16)
def _code(lang: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """What a whole folder name, the end and the beginning of a name are when they are a code of the language."""
    base = base_language(lang)
    words = "|".join(map(re.escape, [base, *_NAMES.get(base, "").split()]))
    region = r"(?:[-_](?:[A-Z]{2}|[A-Z][a-z]{3}|\d{3}))?"
    own = f"(?:(?i:{words}){region}|(?i:{re.escape(lang)}))"
    folder = rf"(?i:{words})(?:[-_](?:[A-Za-z]{{2}}|[A-Za-z]{{4}}|\d{{3}})){{0,2}}"
    return re.compile(folder), re.compile(rf"(?<=.)[._-]{own}\Z"), re.compile(rf"{own}[._-](?=.)")


def _stripped(part: str, lang: str) -> str:
    """A part of a path without a code of the language at its end, or else at its beginning."""
    _, end, start = _code(lang)
    shorter = end.sub("", part, count=1)
    return shorter if shorter != part else start.sub("", part, count=1) if start.match(part) else part


def name_key(path: str, lang: str) -> str:
    """What a document and its translation have in common by their paths, which are relative and have `/`.

    Args:
        lang: the language of the document.
    """
    *folders, name = path.split("/")
    stem = name.rsplit(".", 1)[0]
    kept = [_stripped(folder, lang) for folder in folders if not _code(lang)[0].fullmatch(folder)]
    return "/".join([*kept, _stripped(stem, lang), f"({format_of(name)})"])


def has_code(path: str, lang: str) -> bool:
    """Whether a path says that the document is in the language."""
    *folders, name = path.split("/")
    stem = name.rsplit(".", 1)[0]
    return any(_code(lang)[0].fullmatch(f) or _stripped(f, lang) != f for f in folders) or _stripped(stem, lang) != stem


def is_foreign(path: str, *languages: str) -> bool:
    """Whether a path says that the document is in a language that is none of these: `fr/a.html`, `a.fr.html`."""
    *folders, name = path.split("/")
    codes = {base_language(f) for f in folders if re.fullmatch(r"[a-z]{2}(?:[-_]\w{2,4})?", f)}
    found = re.search(r"\.([a-z]{2})(?:[-_]\w{2,4})?\.\w+\Z", name)
    return bool(((codes | ({found[1]} if found else set())) & _LANGUAGES) - set(map(base_language, languages)))
