"""The editions of a book: how far each language is, as a page of Markdown that any builder takes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from amts_action.errors import InputError
from amts_action.reports.escape import markdown_text, web_address
from amts_action.reports.pages.badge import share
from amts_action.reports.table import BlockCount

__all__ = ["Edition", "edition_of", "editions_page", "language_name"]

_NAMES = {
    "ar": "العربية",
    "bn": "বাংলা",
    "cs": "Čeština",
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "fa": "فارسی",
    "fr": "Français",
    "he": "עברית",
    "hi": "हिन्दी",
    "id": "Bahasa Indonesia",
    "it": "Italiano",
    "ja": "日本語",
    "ko": "한국어",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt": "Português",
    "ru": "Русский",
    "tr": "Türkçe",
    "uk": "Українська",
    "vi": "Tiếng Việt",
    "zh": "中文",
    "zh-hans": "简体中文",
    "zh-hant": "繁體中文",
    "zh-tw": "繁體中文",
}
"""How languages call themselves, by code in lower case; all others are called by their codes."""


def language_name(lang: str) -> str:
    """How a language calls itself, such as `日本語`; of one that is not known the code."""
    code = lang.lower().replace("_", "-")
    return _NAMES.get(code) or (_NAMES.get(code.split("-")[0]) or lang)


@dataclass(frozen=True, slots=True)
class Edition:
    """One translation."""

    lang: str
    blocks: BlockCount
    pages: Mapping[str, str]
    """Where the translation of an English page is, by the path of the page; only those that are translated."""
    behind: int
    """Pages whose English has changed."""
    of: int
    """Pages of the English book."""


def edition_of(data: bytes, *, where: str) -> Edition:
    """What `amts status --json` says of a translation.

    Raises:
        InputError: this is something else.
    """
    try:
        raw = json.loads(data)
        rows: list[dict[str, Any]] = [row for row in raw["documents"] if row["source_path"] and row["state"] != "gone"]
        pages = {_text(row["source_path"]): _text(row["target_path"]) for row in rows if row["target_path"]}
        behind = sum(row["state"] == "behind" for row in rows)
        counts = BlockCount(**{name: int(count) for name, count in raw["blocks"].items()})
        return Edition(_text(raw["target_lang"]), counts, pages, behind, len(rows))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        mend = "give what `amts status --json` writes"
        raise InputError("not the result of `amts status`", where=where, mend=mend) from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def editions_page(editions: Iterable[Edition], addresses: Mapping[str, str], *, title: str, original: str) -> str:
    """The page: a row for the original and one for each translation, the one that is furthest first.

    Args:
        addresses: of the editions, by language.
        original: the code of the source's language.
    """
    ordered = sorted(editions, key=lambda edition: (-(share(edition.blocks) or 0), edition.lang))
    rows = [f"| {_named(original, addresses)} | | |"]
    for edition in ordered:
        percent = share(edition.blocks)
        state = f"{percent} %" if percent is not None else ""
        rows.append(f"| {_named(edition.lang, addresses)} | {state} | {len(edition.pages)} / {edition.of} |")
    head = f"# {markdown_text(title)}\n\n| | up to date | pages translated |\n|---|---:|---:|\n"
    return head + "\n".join(rows) + "\n"


def _named(lang: str, addresses: Mapping[str, str]) -> str:
    name = markdown_text(language_name(lang))
    return f"[{name}]({web_address(addresses[lang])})" if lang in addresses else name
