"""Pages that the English book has removed, and whether the translators keep theirs.

A removal is proposed once. What people wrote, restored or went on with after the English page had gone, they keep on
purpose: it stays, and is named.
"""

from __future__ import annotations

from datetime import UTC, datetime

from amts_action.books.books import Books
from amts_action.books.records import state_path
from amts_action.git.authors import removed_at, touches

__all__ = ["why_kept"]


def why_kept(books: Books, source_path: str, target_path: str) -> str:
    """Why a page stays although the English has none of this name any more; empty when it is to be removed."""
    gone = removed_at(books.source.repository, books.source.commit, source_path)
    if gone is None:
        return ""
    record = state_path(target_path)
    for touch in touches(books.target.repository, books.target.commit, target_path, record):
        kind = touch.changes.get(target_path, "D")
        # A commit that renews the record as well delivers an earlier change, whoever merged it.
        is_delivery = kind == "M" and record in touch.changes
        if touch.time > gone and not touch.is_ours and kind != "D" and not is_delivery:
            day = datetime.fromtimestamp(gone, UTC).date().isoformat()
            what = "restored or first written" if kind == "A" else "worked on"
            return f"removed in English on {day}, {what} by the translators after that: it stays"
    return ""
