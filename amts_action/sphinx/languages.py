"""Where a page of a book is in its other languages. Knows nothing of Sphinx."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from amts_action.errors import InputError
from amts_action.reports.editions import edition_of, language_name
from amts_action.settings.languages import is_language
from amts_action.sphinx.notes import page_name

__all__ = ["PageLinks", "page_links"]

PageLinks = list[tuple[str, str, str]]
"""Code, name and address of each language that has the page."""


def page_links(page: str, languages: Mapping[str, object], *, status: str, folder: Path) -> PageLinks:
    """The page in other languages.

    Args:
        page: the page of this book, without its ending.
        languages: by code an address with `{page}` in it, or such an address and the status file of that translation,
            which says what it has; the original's has no file.
        status: the status file of this book; without it a page counts as having its English name.
        folder: what the files are relative to.

    Raises:
        InputError: a setting or a file is wrong.
    """
    own = _pages(folder / status) if status else {page: page}
    english = next((name for name, there in own.items() if there == page), None)
    if english is None:
        return []  # a page of the translators' own
    found = []
    for lang, said in languages.items():
        address, *files = [said] if isinstance(said, str) else list(said) if isinstance(said, list | tuple) else [""]
        if not is_language(lang) or not isinstance(address, str) or not address.startswith("https://"):
            raise InputError(f"{lang!r} needs an address", where="amts_languages", mend='write "https://…/{page}.html"')
        name: str | None = english
        if files:
            name = _pages(folder / str(files[0])).get(english)
        if name is not None:
            found.append((lang, language_name(lang), address.replace("{page}", name)))
    return found


def _pages(path: Path) -> Mapping[str, str]:
    """By the name of each English page that of its translation, as a status file has them."""
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _read(path: Path, changed: int) -> Mapping[str, str]:
    """The file as it was at a time: builders that watch a book ask again when it changes."""
    pages = edition_of(path.read_bytes(), where=path.name).pages
    return {page_name(english): page_name(there) for english, there in pages.items()}
