"""Articles for `amts evaluate` from two plain folders: pages of any format that a corpus may have, web pages too.

A page becomes markdown, block by block, so that engines and scores go the way of every article. Nothing else of the
folders is known, so there is nothing to learn from, and no English but the present one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from amts_action.books.pairing import matches
from amts_action.corpora.matching.scan import Folders
from amts_action.corpora.model import CorpusRequest
from amts_action.corpora.reading.pages import format_of, read_page
from amts_action.corpora.run import CorpusJob, CorpusOutcome, find
from amts_action.documents.files import SUFFIXES, read_document
from amts_action.errors import AmtsError, InputError
from amts_action.evaluation.model import Article
from amts_action.evaluation.run import ArticleSet
from amts_action.processes import processors
from amts_action.settings import Settings

__all__ = ["are_plain", "articles_of", "read_text"]

MARKS = {"heading": "## ", "list_item": "- "}
"""What stands before a block in markdown; of what is no language nothing is taken."""


def are_plain(source: str, target: str) -> bool:
    """Whether both are folders of which none is the top of a git repository: a book is named by its top."""
    places = [Path(source), Path(target)]
    if not source or not target or not all(place.is_dir() for place in places):
        return False
    return not any((place / ".git").exists() or _is_bare(place) for place in places)


def _is_bare(place: Path) -> bool:
    """Whether a folder is a repository without a work tree: https://git-scm.com/docs/gitrepository-layout."""
    return (place / "HEAD").is_file() and all((place / name).is_dir() for name in ("objects", "refs"))


def articles_of(
    settings: Settings, globs: Sequence[str], keywords: Sequence[str] = (), keyword_count: int = 3
) -> ArticleSet:
    """The pages of the folders of the settings that are translations of each other, as `amts corpus match` finds them.

    Args:
        globs: patterns of paths, on either side; all pages when empty.
        keywords: only pages on one of these subjects, whose words come in the title or `keyword_count` times.

    Raises:
        InputError: there is none, or the languages are not known.
    """
    if not settings.target_lang:
        raise InputError("the language of the translation is not known", where="--target-lang", mend="give its code")
    job = Folders(Path(settings.source), Path(settings.target))
    request = CorpusRequest(
        settings.source_lang, settings.target_lang, keywords=tuple(keywords), keyword_count=keyword_count
    )
    with TemporaryDirectory(prefix="amts-") as scratch:
        found, outcome = find(CorpusJob(job, request, Path(scratch), globs, settings.exclude, workers=processors()))
    pairs = [(match.source, match.target) for match in found]
    if not keywords:  # formats that a corpus has not, and that say nothing of their subject
        pairs += [(path, path) for path in _documents(job.source) if _is_wanted(path, globs, settings.exclude)]
    articles, problems = [], list(outcome.problems)
    for source, target in sorted(pairs):
        if not job.file(1, target).is_file():
            continue
        try:
            texts = [read_text(job.file(side, path)) for side, path in enumerate((source, target))]
        except AmtsError as error:
            problems.append(f"{source}: {error}")
            continue
        articles.append(Article(named(target), source, *texts))
    if not articles:
        reason = problems[0] if problems else "no wanted page of one folder has its translation in the other"
        raise InputError(reason, where="--source, --target", mend="see `amts corpus match`")
    return ArticleSet(None, tuple(articles), (), tuple(problems), (), settings, (_found(outcome),))


def _found(outcome: CorpusOutcome) -> str:
    """How the pages were paired, for whoever doubts a score."""
    how = ", ".join(f"{count} by {name}" for name, count in outcome.matched.items() if count) or "none"
    here, there = outcome.unmatched
    rest = f"; {outcome.not_wanted} not wanted" if outcome.not_wanted else ""
    return f"pages of plain folders, paired: {how}; without a translation: {here} and {there}{rest}"


def _documents(folder: Path) -> list[str]:
    """Documents in formats of a book that a corpus has not, by path."""
    found = (p for p in folder.rglob("*") if p.is_file() and p.name.endswith(SUFFIXES) and format_of(p.name) is None)
    return [p.relative_to(folder).as_posix() for p in found]


def _is_wanted(path: str, globs: Sequence[str], exclude: Sequence[str]) -> bool:
    return (not globs or matches(path, globs, "")) and not matches(path, exclude, "")


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
