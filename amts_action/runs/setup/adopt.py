"""Records the base of every document of a book, so that later runs need not look for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amts_action.books.base import Base
from amts_action.books.bases import base_of
from amts_action.books.books import BookDocument, Books
from amts_action.books.languages import check_languages
from amts_action.books.records import Record, state_path, write_record
from amts_action.documents.files import write_file
from amts_action.errors import AmtsError
from amts_action.pace import counted

__all__ = ["Adopted", "adopt", "deliver_records"]


@dataclass(frozen=True, slots=True)
class Adopted:
    """What was found out about one document."""

    path: str
    state: str
    """How the base is known (`record`, `origin`, `given`, `foreign`, `found`), `unsure`, or why there is none."""
    commit: str
    note: str
    is_placed: bool
    evidence: tuple[str, ...] = ()
    """How sure the answer is and what speaks for and against it; of a base that is not certain, the versions to
    compare, likeliest first."""
    record: bytes | None = None
    """The record to write; None when there is one already, or the text is no version of the source."""

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        names = ("path", "state", "commit", "note", "is_placed")
        return {**{name: getattr(self, name) for name in names}, "evidence": list(self.evidence)}


def adopt(books: Books, *, force: bool = False) -> list[Adopted]:
    """One answer for every translated document, in the order of the source."""
    documents = [d for d in books.documents() if d.pair.target_path is not None]
    books.read_ahead(documents)
    check_languages(books, documents)
    return [_adopted(books, document, force) for document in counted("adopting", documents, len(documents))]


def _adopted(books: Books, document: BookDocument, force: bool) -> Adopted:
    path = document.pair.target_path or ""
    if document.pair.source_path is None:
        return Adopted(path, "no source", "", "the source has no such page", True)
    try:
        books.target.check_place(path)
        base = base_of(books, document, anew=force)
    except AmtsError as error:
        return Adopted(path, "error", "", str(error), False)
    if base is None:
        return Adopted(path, "unknown", "", "no version of the source resembles it", False)
    if not base.is_usable:
        return Adopted(path, "unknown", "", base.reason, False, base.evidence)
    record = _record(books, document, base) if force or path not in books.records else None
    state = base.how if base.is_certain else "unsure"
    return Adopted(path, state, base.commit, base.reason, True, base.evidence, record)


def _record(books: Books, document: BookDocument, base: Base) -> bytes | None:
    """The record; none when the text is no version of the source (the `_origin` file stays the only witness)."""
    if not base.commit or not base.blob:
        return None
    return write_record(Record(books.source.address, document.pair.source_path or "", base.commit, base.blob))


def deliver_records(books: Books, found: Sequence[Adopted], output_dir: Path | None) -> str:
    """Commits the records to the branch, or writes them below `output_dir`; says where they are.

    Raises:
        InputError: the branch is checked out or has moved.
        ServiceError: the server refused.
    """
    edits = {state_path(row.path): row.record for row in found if row.record is not None}
    if not edits:
        return "nothing new to record"
    if output_dir is not None:
        for path, data in edits.items():
            write_file(output_dir / path, data)
        return f"{len(edits)} records in {output_dir}"
    message = f"Record the English that {len(edits)} documents were translated from\n"
    commit = books.target.repository.commit(books.settings.branch, books.target.commit, edits, message)
    if books.target.repository.is_clone and commit != books.target.commit:
        books.target.repository.push(books.settings.branch)
    return f"{len(edits)} records in commit {commit[:12]} on {books.settings.branch}"
