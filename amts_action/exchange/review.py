"""What was decided on a review page, carried out: people's texts, and the records of what they have settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from amts_action.books.opening import branch_commit
from amts_action.books.records import read_record, state_path, write_record
from amts_action.documents.files import SUFFIXES, decode, write_file
from amts_action.errors import AmtsError, InputError
from amts_action.exchange.review_file import BlockReview, PageReview, Review
from amts_action.git.authors import at_work
from amts_action.git.commit import check_path
from amts_action.git.repository import Author, Repository
from amts_action.merging.checking.reviewed import Reviewed, TextEdit, put_in
from amts_action.merging.planning.unsettled import text_mark
from amts_action.reports.escape import plain_line

__all__ = ["Applied", "into_branch", "into_files"]

Reader = Callable[[str], bytes | None]
"""Gives the content of a file, None when there is none."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What a review changes."""

    edits: dict[str, bytes] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    """Blocks by what was done with them: accept, edit, reject, comment, settled."""
    refused: tuple[str, ...] = ()
    """What could not be done, one line each."""
    remarks: tuple[str, ...] = ()
    """What the ledger says of people's texts."""
    commit: str = ""


def _applied(review: Review, read: Reader) -> Applied:
    """The files with what was decided. Nothing is written.

    Args:
        read: gives the files as they are.
    """
    out = Applied()
    for page in review.pages:
        try:
            out = _page(out, page, read)
        except AmtsError as error:
            out = replace(out, refused=(*out.refused, f"{page.path}: {error.what}"))
    return out


def _page(out: Applied, page: PageReview, read: Reader) -> Applied:
    check_path(page.path)
    if not page.path.lower().endswith(SUFFIXES):
        raise InputError("this is no page of a book", where=page.path)
    data = read(page.path)
    if data is None:
        raise InputError("there is no such file any more", where=page.path)
    text = decode(data, where=page.path)
    edits = {d: TextEdit(d.place, d.was, d.text, d.english) for d in page.decisions if d.text is not None}
    found = put_in(text, tuple(edits.values()), name=page.path) if edits else Reviewed(text)
    left_out = {edit for edit, _ in found.refused}
    done = [d for d in page.decisions if edits.get(d) not in left_out]
    files = {page.path: found.text.encode("utf-8")} if found.text != text else {}
    record = _settled(page.path, done, read)
    counts = Counter(out.counts)
    counts.update(d.verb for d in done)
    counts["settled"] += record[1]
    return replace(
        out,
        edits={**out.edits, **files, **record[0]},
        counts=counts,
        refused=(*out.refused, *(_said(page, edit, why) for edit, why in found.refused)),
        remarks=(*out.remarks, *(_said(page, edit, why) for edit, why in found.remarks)),
    )


_SHOWN = 40
"""Characters of a block's text in a message."""


def _said(page: PageReview, edit: TextEdit, why: str) -> str:
    words = " ".join(edit.was.split())
    return f"{page.path}: “{words[:_SHOWN]}{'…' if len(words) > _SHOWN else ''}”: {why}"


def _settled(path: str, decisions: Sequence[BlockReview], read: Reader) -> tuple[dict[str, bytes], int]:
    """The page's record without what a person has decided, and how much that was."""
    name = state_path(path)
    marks = {text_mark(d.was) for d in decisions if d.verb != "comment" and d.was}
    data = read(name) if marks else None
    if data is None:
        return {}, 0
    record = read_record(data, name)
    owed = tuple(item for item in record.owed if not item.mark or item.mark not in marks)
    gone = len(record.owed) - len(owed)
    return ({name: write_record(replace(record, owed=owed))}, gone) if gone else ({}, 0)


def into_branch(
    review: Review, repository: Repository, *, branch: str, author: str = "", output: Path | None = None
) -> Applied:
    """The review as a commit on a branch, or its files below `output`.

    Args:
        author: `Name <mail>`; whom git's settings name when empty.

    Raises:
        InputError: there is no such branch, it is checked out, or nobody says who the reviewer is.
    """
    start = branch_commit(repository, branch)
    if not start:
        raise InputError(f"there is no branch {branch}", where="--branch", mend="fetch it, or name another one")
    tree = repository.tree(start)
    pages = {path for path, entry in tree.items() if entry.mode.startswith("100")}
    out = _applied(review, lambda path: repository.read(start, path) if path in pages else None)
    if output is not None:
        _write(out, output)
        return out
    person = _person(repository, author)
    repository.check_branch(branch)
    message = f"Review of the {plain_line(review.target_lang)} translation\n\n" + "".join(
        f"- {plain_line(path)}\n" for path in out.edits if not path.startswith(".amts/")
    )
    return replace(out, commit=repository.commit(branch, start, out.edits, message, person)) if out.edits else out


def into_files(review: Review, folder: Path, *, output: Path | None = None) -> Applied:
    """The review put into the files of a folder, or their copies below `output`."""
    root = folder.resolve()

    def read(path: str) -> bytes | None:
        place = (root / path).resolve()
        return place.read_bytes() if place.is_relative_to(root) and place.is_file() else None

    out = _applied(review, read)
    _write(out, output or folder)
    return out


def _write(out: Applied, folder: Path) -> None:
    root = folder.resolve()
    for path, data in out.edits.items():
        place = (root / path).resolve()
        if not place.is_relative_to(root):
            raise InputError("leaves the folder", where=path)
        write_file(place, data)


def _person(repository: Repository, given: str) -> Author:
    """Who the commit is by: what was given as `Name <mail>`, else whom git names."""
    if not given:
        return at_work(repository)
    name, _, mail = given.partition("<")
    if not name.strip() or not mail.strip(" >"):
        raise InputError(f"{given!r} is not a name and an address", where="--author", mend="write 'Name <mail>'")
    return Author(name.strip(), mail.strip(" >"))
