"""Looks for the base of a translation that nothing records."""

from __future__ import annotations

from amts_action.alignment.base import Candidate, Found, SourceVersion, TargetVersion, find_base
from amts_action.books.bases import Base
from amts_action.books.books import Books, Document
from amts_action.books.pairing import source_for
from amts_action.documents.files import decode
from amts_action.errors import AmtsError
from amts_action.git.repository import Repository, Version

__all__ = ["search_base"]


def search_base(books: Books, document: Document) -> Base | None:
    """The version of the source that the translation most likely corresponds to, told by both histories.

    None when there is nothing to choose from. An uncertain answer says so and names the candidates.
    """
    target = document.pair.target_path or ""
    source = books.history.get(document.pair.source_path or source_for(target, books.settings), ())
    own = books.target_history.get(target, ())
    versions = [
        SourceVersion(v.commit, v.oid, v.path, v.date, text) for v, text in _texts(books.source, source) if text
    ]
    translated = [TargetVersion(v.date, text, v.commit) for v, text in _texts(books.target, own) if text]
    found = find_base(versions, translated, name=target)
    if found.best is None:
        return None
    best = found.best
    text = next(v.text for v in versions if v.oid == best.oid)
    usable = found.is_plausible
    return Base(text, "found", best.commit, best.oid, best.date, found.is_certain, usable, _reason(found))


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


def _reason(found: Found) -> str:
    if found.is_certain:
        return found.reason
    return f"{found.reason}; candidates: {', '.join(map(_shown, found.candidates))}"


def _shown(candidate: Candidate) -> str:
    return f"{candidate.commit[:10]} of {candidate.date:%Y-%m-%d} ({candidate.score:.0%})"
