"""Links to headings of other pages: the ids that these have in the translation.

A heading's id is made of its words. A new text brings the English `page.md#fragment`; where the translation has that
page, the fragment of its own heading takes the place (links within a page: `merging.rewriting.fragments`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from posixpath import dirname, join, normpath

from amts_action.alignment.blocks import align_blocks
from amts_action.books.books import Books
from amts_action.documents.files import SUFFIXES
from amts_action.documents.notebooks.unrolled import read_document
from amts_action.documents.slugs import Anchors, likely_rules, links_elsewhere
from amts_action.errors import AmtsError
from amts_action.runs.planning.job import Job

__all__ = ["fragments_elsewhere"]


def fragments_elsewhere(books: Books, jobs: Sequence[Job]) -> dict[str, dict[tuple[str, str], str]]:
    """By the path of a job, for links that are new in its English, page and fragment as the link has them, and the
    fragment in the translation."""
    pages = {j.document.pair.source_path: j.document.pair.target_path for j in jobs}

    @cache
    def headings(path: str) -> _Headings | None:
        return _headings(books, path, pages.get(path))

    out: dict[str, dict[tuple[str, str], str]] = {}
    for job in jobs:
        source = job.document.pair.source_path
        if source is None or job.fate not in ("changed", "new", "renamed"):
            continue
        old = {link[2:] for link in links_elsewhere(job.base.text if job.base else "")}
        for page, fragment in {link[2:] for link in links_elsewhere(job.head_text)} - old:
            there = _named(page, dirname(source), pages)
            known = headings(there) if there else None
            if known is not None and (own := known.own(fragment)) is not None:
                out.setdefault(job.path, {})[page, fragment] = own
    return out


def _named(page: str, folder: str, pages: Mapping[str | None, str | None]) -> str | None:
    """The English page that a link of a page in `folder` names, with its suffix or without."""
    path = normpath(page.lstrip("/") if page.startswith("/") else join(folder, page))
    return next((p for p in (path, *(path + suffix for suffix in sorted(SUFFIXES))) if pages.get(p)), None)


class _Headings:
    """The headings of a page and of its translation."""

    def __init__(self, head: str, target: str, name: str) -> None:
        english, own = read_document(head, name), read_document(target, name)
        self.here, self.there = Anchors(english), Anchors(own)
        self.rules = likely_rules(self.there, self.here)
        self.counterpart = {
            bead.source[0]: bead.target[0]
            for bead in align_blocks(english.blocks, own.blocks)
            if len(bead.source) == len(bead.target) == 1 and own.blocks[bead.target[0]].kind == "heading"
        }

    def own(self, fragment: str) -> str | None:
        """What the fragment is in the translation; None when it leads somewhere there too, or nothing is known."""
        if fragment in self.here.explicit or self.there.leads(fragment, self.rules):
            return None
        found = self.here.heading(fragment, self.rules)
        if found is None or found[1] not in self.counterpart:
            return None
        return self.there.slugs[found[0]].get(self.counterpart[found[1]]) or None


def _headings(books: Books, source: str, target: str | None) -> _Headings | None:
    if target is None:
        return None
    try:
        head = books.source.text(source)
        return _Headings(head, books.target.text(target), target)
    except AmtsError:
        return None
