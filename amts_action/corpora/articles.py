"""Articles for `amts evaluate` from two plain folders: pages of any format that a corpus may have, web pages too.

A page becomes markdown, block by block, so that engines and scores go the way of every article. Nothing else of the
folders is known, so there is nothing to learn from, and no English but the present one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from amts_action.books.pairing import matches
from amts_action.corpora.reading.pages import format_of, read_page
from amts_action.documents.files import SUFFIXES, read_document
from amts_action.errors import AmtsError, InputError
from amts_action.evaluation.model import Article
from amts_action.evaluation.run import ArticleSet
from amts_action.settings import Settings

__all__ = ["are_plain", "articles_of", "read_text"]

MARKS = {"heading": "## ", "list_item": "- "}
"""What stands before a block in markdown; of what is no language nothing is taken."""


def are_plain(source: str, target: str) -> bool:
    """Whether both are folders of which none is in a git repository."""
    places = [Path(source), Path(target)]
    if not source or not target or not all(place.is_dir() for place in places):
        return False
    return not any((up / ".git").exists() for place in places for up in (place.resolve(), *place.resolve().parents))


def articles_of(settings: Settings, globs: Sequence[str]) -> ArticleSet:
    """The pages that lie under the same path in both folders of the settings, those that match a pattern.

    Raises:
        InputError: there is none, or the languages are not known.
    """
    if not settings.target_lang:
        raise InputError("the language of the translation is not known", where="--target-lang", mend="give its code")
    here, there = Path(settings.source), Path(settings.target)
    articles, problems = [], []
    for place in sorted(p for p in here.rglob("*") if p.is_file() and _is_page(p.name)):
        path = place.relative_to(here).as_posix()
        if not (there / path).is_file() or (globs and not matches(path, globs, "")):
            continue
        try:
            article = Article(named(path), path, read_text(place), read_text(there / path))
        except AmtsError as error:
            problems.append(f"{path}: {error}")
            continue
        articles.append(article)
    if not articles:
        reason = problems[0] if problems else "no page lies under the same path in both folders"
        raise InputError(reason, where="--source, --target", mend="give two folders of pages with the same names")
    return ArticleSet(None, tuple(articles), (), tuple(problems), (), settings)


def _is_page(name: str) -> bool:
    return name.endswith(SUFFIXES) or format_of(name) is not None


def named(path: str) -> str:
    """The name of an article, whose suffix says that it is markdown now."""
    return path if path.endswith(SUFFIXES) else f"{path}.md"


def read_text(place: Path) -> str:
    """A page as a document that engines take: as it is, or as markdown.

    Raises:
        InputError: it cannot be read.
    """
    if place.name.endswith(SUFFIXES):
        return read_document(place)
    page = read_page(place.read_bytes(), place.name)
    blocks = [b for b in page.blocks if b.is_prose and b.text.strip()]
    return "\n\n".join(MARKS.get(b.kind, "") + " ".join(b.text.split()) for b in blocks) + "\n"
