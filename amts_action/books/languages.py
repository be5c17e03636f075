"""Whether the two books are in the languages that they are said to be in, before anything is sent or written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from amts_action.books.book import Book
from amts_action.books.books import BookDocument, Books
from amts_action.documents.files import is_notebook
from amts_action.documents.language_codes import primary
from amts_action.documents.tongues import contradiction
from amts_action.errors import AmtsError, InputError

__all__ = ["check_languages", "check_texts"]

_PAGES = 12
"""So many pages are looked at, spread over the book."""
_CHARACTERS = 6_000
"""So much of a page."""
_TELLING = 600
"""Characters of a page that tells by itself: some hundred words, of which a third are no names. Shorter ones are read
together."""
_NEARLY_ALL = 0.8
"""Share of the pages that tell which must speak against a language before a run is refused."""


def check_languages(books: Books, documents: Sequence[BookDocument]) -> None:
    """Refuses books that are given in the wrong order, and a translation that is in another language than asked for.

    With `force` nothing is refused.

    Raises:
        InputError: nearly all pages that tell are in another language, or the book's own settings name another one.
    """
    settings = books.settings
    if settings.force:
        return
    both = [d for d in documents if d.pair.source_path and d.pair.target_path]
    pages = both[:: max(1, len(both) // _PAGES)][:_PAGES]
    check_texts(
        _read(books.source, (d.pair.source_path for d in pages)),
        _read(books.target, (d.pair.target_path for d in pages)),
        source_lang=settings.source_lang,
        target_lang=settings.target_lang,
        said=books.said_lang,
    )


def check_texts(
    sources: Iterable[str], targets: Iterable[str], *, source_lang: str, target_lang: str, said: str = ""
) -> None:
    """The same for the texts of pages. A translation that stands in English still tells nothing: it is a young one.

    Args:
        said: the language that the translation's own config.ini names; empty when it names none.

    Raises:
        InputError: they are in other languages than they should be.
    """
    if said and primary(said) != primary(target_lang):
        what = f"{target_lang} is asked for, and config.ini says that the translation is {said}"
        raise InputError(what, where="--target-lang", mend="correct one of them; --force goes on")
    english, own = list(_telling(sources)), list(_telling(targets))
    if reason := _spoken_against((contradiction(text, source_lang) for text in english), len(english)):
        what = f"the source is not in the language {source_lang}: {reason}"
        raise InputError(what, where="--source, --source-lang", mend="are the two books swapped? --force goes on")
    translated = [text for text in own if contradiction(text, source_lang)]
    reasons = (contradiction(text, target_lang) for text in translated)
    if reason := _spoken_against(reasons, len(translated)):
        what = f"the translation is not in the language {target_lang}: {reason}"
        raise InputError(what, where="--target, --target-lang", mend="correct the language; --force goes on")


def _telling(texts: Iterable[str]) -> Iterator[str]:
    """The texts, short ones joined with those after them."""
    waiting = ""
    for text in texts:
        waiting = f"{waiting}\n\n{text}" if waiting else text
        if len(waiting) >= _TELLING:
            yield waiting
            waiting = ""
    if waiting:
        yield waiting


def _spoken_against(reasons: Iterable[str], pages: int) -> str:
    """A reason, when nearly all pages have one."""
    given = [reason for reason in reasons if reason]
    return given[0] if given and len(given) >= _NEARLY_ALL * pages else ""


def _read(book: Book, paths: Iterable[str | None]) -> Iterator[str]:
    """The language of the pages that can be read."""
    for path in filter(None, paths):
        try:
            text = book.text(path)
        except AmtsError:
            continue
        yield (of_cells(text) if is_notebook(path) else text)[:_CHARACTERS]


def of_cells(text: str) -> str:
    """The prose of a notebook; nothing when it is none."""
    try:
        cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"]
        return "\n\n".join("".join(cell["source"]) for cell in cells)
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
