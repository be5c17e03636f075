"""Translations that do not lie where their English says they belong: translators have folders and names of their own.

In this order: a record says which English a page follows; the page was moved away from the place where it belongs; or
its formulas, programs and addresses are those of an English page that has no translation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from amts_action.books.records import Record
from amts_action.git.objects import decode, full_id
from amts_action.git.repository import Repository

__all__ = ["by_content", "by_record", "left_places"]

LEAST_SHARED = 5
"""Different formulas, code spans, programs and addresses that a page and its translation have in common at least."""
LEAST_SHARE = 0.35
"""Share of these, of either page, that the other has. Pages of d2l and QuantEcon (zh) and TensorFlow tutorials (zh,
ja) with so many in common: 51 pages and their own 0.40 to 0.92, pages and others 0.23 at most."""


def by_record(records: Mapping[str, Record], sources: Iterable[str], targets: Iterable[str]) -> dict[str, str]:
    """English page → translation, for those of `targets` whose record names one of `sources`."""
    wanted = set(sources)
    return {
        record.path: path for path in targets if (record := records.get(path)) is not None and record.path in wanted
    }


def left_places(repository: Repository, commit: str, places: Sequence[str]) -> list[str]:
    """Those of the places that a file has gone from in the history of `commit`."""
    if not places:
        return []
    args = ("log", "--first-parent", "--diff-merges=first-parent", "--no-renames", "--diff-filter=D", "--name-only")
    out = repository.git.run(*args, "-z", "--format=", full_id(commit), "--", *places)
    gone = {decode(name).strip("\n") for name in out.split(b"\0")}
    return [place for place in places if place in gone]


_FEATURE = re.compile(
    r"\$[^$\n]{2,}\$|`[^`\n]{2,}`|\]\(([^()\s]{4,})\)|https?://[^\s)>\"]+|^ {0,8}\w[\w.]* = .{8,}$", re.M
)


def features(text: str) -> frozenset[str]:
    """What a page has in common with its translation, whatever the languages."""
    return frozenset("".join(m[0].split()) for m in _FEATURE.finditer(text))


def by_content(
    sources: Sequence[str], targets: Sequence[str], source: Callable[[str], str], target: Callable[[str], str]
) -> dict[str, str]:
    """English page → translation, where both have most of their formulas, programs and addresses in common, and no
    other page has.

    Args:
        source, target: give the text of a page; an empty one is of no use.
    """
    there = {path: own for path in targets if len(own := features(target(path))) >= LEAST_SHARED}
    if not there:
        return {}
    here = {path: own for path in sources if len(own := features(source(path))) >= LEAST_SHARED}
    scores: list[tuple[float, str, str]] = []
    for path, own in here.items():
        for other, theirs in there.items():
            shared = len(own & theirs)
            if shared >= LEAST_SHARED and shared >= LEAST_SHARE * max(len(own), len(theirs)):
                scores.append((shared / max(len(own), len(theirs)), path, other))
    found: dict[str, str] = {}
    for _, path, other in sorted(scores, reverse=True):
        if path not in found and other not in found.values():
            found[path] = other
    return found
