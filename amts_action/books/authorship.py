"""What AMTS itself has written into a book: told from people's text by the commits that it is the author of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from amts_action.books.book import Book
from amts_action.books.records import STATE_FOLDER
from amts_action.git.history import parse_changes
from amts_action.git.repository import Author

__all__ = ["MachineChange", "machine_changes"]


class MachineChange(NamedTuple):
    """One change of a document by a commit of AMTS; `old` is empty for a new document."""

    path: str
    old: bytes
    new: bytes


def machine_changes(target: Book, paths: set[str], commit: str) -> Iterator[MachineChange]:
    """All changes of the documents `paths` of the target by AMTS up to a commit, the newest first.

    Only documents with a record can have some, since AMTS writes one with everything that it writes.
    """
    wanted = {path for path in paths if f"{STATE_FOLDER}{path}.json" in target.tree}
    if not wanted:
        return
    author = f"--author=<{Author().email}>"
    form = ("--format=", "--raw", "-z", "--no-abbrev", "--no-merges", "-M50%", "--no-ext-diff")
    raw = target.repository.git.run("log", *form, "--fixed-strings", author, commit)
    steps = [c for c in parse_changes(raw) if c.new_oid and c.new_path in wanted]
    blobs = target.repository.blobs(oid for c in steps for oid in (c.old_oid, c.new_oid) if oid)
    for change in steps:
        old = blobs[change.old_oid] if change.old_oid else b""
        yield MachineChange(change.new_path or "", old, blobs[change.new_oid or ""])
