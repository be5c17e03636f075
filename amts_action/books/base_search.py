"""Looks for the base of a translation that nothing records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from amts_action.alignment.page_base.search import BaseCandidate, FoundBase, SourceVersion, TargetVersion, find_base
from amts_action.books.base import Base
from amts_action.books.books import BookDocument, Books
from amts_action.books.pairing import source_for
from amts_action.documents.files import decode
from amts_action.errors import AmtsError
from amts_action.git.repository import Repository, Version

__all__ = ["fetch_versions", "search_base"]


def search_base(books: Books, document: BookDocument, *, not_oid: str = "") -> Base | None:
    """The version of the source that the translation most likely corresponds to, told by both histories.

    None when there is nothing to choose from. An uncertain answer says so and names the candidates. `not_oid` is the
    id of a version that a record has disproved; where it is the only one, it is named, and no plan is made from it.
    """
    target = document.pair.target_path or ""
    source = books.source.history.get(document.pair.source_path or source_for(target, books.settings), ())
    own = books.target.history.get(target, ())
    there = _texts(books.source.repository, source)
    versions = [SourceVersion(v.commit, v.oid, v.path, v.date, text) for v, text in there if text]
    translated = [TargetVersion(v.date, text, v.commit) for v, text in _texts(books.target.repository, own) if text]
    others = [v for v in versions if v.oid != not_oid]
    found = find_base(others or versions, translated, name=target)
    best = found.best
    if best is None:
        return None
    if not_oid:
        what = "the record names an English that the source does not have any more"
        found = replace(found, is_certain=found.is_certain and bool(others), reason=f"{what}; {found.reason}")
    text = next(v.text for v in versions if v.oid == best.oid)
    usable = found.is_plausible and bool(others)  # what a record proves is never overruled by a search
    return Base(
        text,
        "found",
        best.commit,
        best.oid,
        best.date,
        found.is_certain,
        usable,
        bool(not_oid) or not found.is_dated,
        _reason(found),
        tuple(map(_evidence, found.candidates[:_COMPARED])),
    )


def fetch_versions(books: Books, documents: Iterable[BookDocument]) -> None:
    """Gets, in one request for each book, all versions that the searches for these documents will read."""
    if not (books.source.repository.is_partial() or books.target.repository.is_partial()):
        return
    pairs = [d.pair for d in documents if d.pair.target_path and d.pair.origin_path is None]
    todo = [pair for pair in pairs if pair.target_path not in books.records and pair.target_path not in books.foreign]
    if not todo:
        return
    names = [pair.source_path or source_for(pair.target_path or "", books.settings) for pair in todo]
    books.source.repository.prefetch(v.oid for name in names for v in books.source.history.get(name, ()))
    own = books.target.history
    books.target.repository.prefetch(v.oid for pair in todo for v in own.get(pair.target_path or "", ()))


def _texts(repository: Repository, versions: tuple[Version, ...]) -> list[tuple[Version, str]]:
    """The versions that can be read, with their texts."""
    blobs = repository.blobs(v.oid for v in versions)
    out = []
    for version in versions:
        try:
            out.append((version, decode(blobs[version.oid], where=version.path)))
        except AmtsError:
            continue
    return out


def _reason(found: FoundBase) -> str:
    if found.is_certain:
        return found.reason
    return f"{found.reason}; candidates: {', '.join(map(_shown, found.candidates))}"


_COMPARED = 3
"""So many versions a person is asked to compare."""


def _evidence(candidate: BaseCandidate) -> str:
    return f"{_shown(candidate)}: {candidate.why}"


def _shown(candidate: BaseCandidate) -> str:
    return f"{candidate.commit[:10]} of {candidate.date:%Y-%m-%d} ({candidate.score:.0%})"
