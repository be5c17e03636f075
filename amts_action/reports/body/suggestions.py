"""Comments on the lines of a pull request that let a reviewer take the earlier text back with one click.

Only for blocks that were written and then failed to convince a check (a conflict inside a program, a number that went
missing): there the reviewer chooses between two texts, and the one that is not in the branch would have to be copied
from somewhere. A block that was left alone has nothing to take back, and its lines are no part of the difference, so
that GitHub would refuse the comment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from amts_action.reports.body.marker import digest
from amts_action.reports.cards import is_written, shortened
from amts_action.reports.escape import fence, markdown_text
from amts_action.reports.model import DocumentReport, RunReport, alarms, verdict

__all__ = ["MARK", "MOST", "Suggestion", "flagged_pages", "suggestions"]

MOST: Final = 20
"""So many comments a pull request gets at most: beyond that nobody reads them."""
MARK: Final = "amts:suggestion"
_LONGEST: Final = 20_000
"""Characters of a text that is still offered; a comment may have 65,536."""


class Suggestion(NamedTuple):
    """A comment on lines (counted from 1) of the new version of a file."""

    path: str
    first: int
    last: int
    body: str
    key: str
    """Known again by later runs: the page, the English and both texts."""


def flagged_pages(run: RunReport) -> list[str]:
    """The pages that may get a comment."""
    return [d.path for d in run.documents if any(_is_wanted(d, n) for n in range(len(d.entries)))]


def suggestions(
    run: RunReport, texts: Mapping[str, str], hunks: Mapping[str, Sequence[tuple[int, int]]]
) -> list[Suggestion]:
    """The comments for the flagged blocks of a run, in the order of the documents.

    Args:
        texts: by path, the pages as they are on the branch.
        hunks: by path, first and last line of each part of the new version that GitHub shows as changed or around it;
            it takes comments on no others.
    """
    out = []
    for document in run.documents:
        text = texts.get(document.path)
        for n in range(len(document.entries)) if text is not None else ():
            found = _suggestion(document, n, text or "") if _is_wanted(document, n) else None
            if found and any(a <= found.first and found.last <= b for a, b in hunks.get(document.path, ())):
                out.append(found)
    return out


def _is_wanted(document: DocumentReport, n: int) -> bool:
    entry = document.entries[n]
    if not is_written(document) or verdict(entry) != "flagged" or document.line(n).output is None:
        return False
    return bool(entry.target_text.strip()) and entry.output_text.strip() not in ("", entry.target_text.strip())


def _suggestion(document: DocumentReport, n: int, text: str) -> Suggestion | None:
    """The comment; None when the lines cannot be given back exactly as they were."""
    entry, lines = document.entries[n], document.line(n).output
    if entry.output is None or lines is None:
        return None
    start, end = entry.output[0], entry.output[0] + len(text[entry.output[0] : entry.output[1]].rstrip("\n"))
    if text[start:end] != entry.output_text.rstrip("\n"):
        return None
    left, right = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    right = len(text) if right < 0 else right
    old = text[left:start] + entry.target_text.rstrip("\n") + text[end:right]
    offered = fence(old + "\n", info="suggestion")
    if old + "\n" not in offered or "\r" in old or len(offered) > _LONGEST:
        return None  # something in it would have to be made visible, and so would not be the text any more
    key = digest(document.path, entry.head_text, entry.target_text, entry.output_text)
    why = "; ".join(markdown_text(shortened(flag.text, 200)) for flag in alarms(entry)[:5])
    body = f"Please check: {why}.\n\nThis takes back the text from before the pull request:\n\n{offered}\n"
    return Suggestion(document.path, lines[0], lines[1], f"{body}<!-- {MARK} {key} -->\n", key)
