"""Which English text each translation corresponds to (DESIGN §6, "finding the base").

In this order: our state record; the `_origin` file beside the translation; the commit that the page's own front
matter names; an explicit base; another tool's record; a search of the history. A page whose front matter names a
commit that came after our record's was brought on by hand, and says so.

A record is proof, also when the source does not have its text any more (the history was rewritten): the page was made
from *another* English, so that no search may end at the present one.
"""

from __future__ import annotations

from dataclasses import replace

from amts_action.books.base import Base
from amts_action.books.book import Book
from amts_action.books.books import BookDocument, Books
from amts_action.books.records import Owed, Record, declared_commit, effective_text
from amts_action.documents.files import decode, is_notebook
from amts_action.errors import AmtsError, InputError
from amts_action.git.repository import Version
from amts_action.merging.planning.unsettled import Waiting, marks_of

__all__ = ["base_of"]


BY_HAND = 0.5
"""Least confidence with which a paragraph of the translation counts as the one that was owed."""


def base_of(books: Books, document: BookDocument, *, search: bool = True, anew: bool = False) -> Base | None:
    """The base of a document's translation; None when nobody knows (or it may not be searched for).

    With `anew` an explicit base comes before what is recorded.

    Raises:
        InputError: the state record is broken.
    """
    target = document.pair.target_path
    if target is None:
        return None
    if target in books.broken_records:
        raise books.broken_records[target]
    if anew and books.settings.base:
        return _at_commit(books, document, books.settings.base, "given")
    record = books.records.get(target)
    found = _recorded(books, document, record) if record else None
    declared = _declared(books, document, found)
    found = declared if declared and found else found or _from_origin(books, document) or declared
    found = found or _at_commit(books, document, books.settings.base, "given")
    found = found or _at_commit(books, document, books.foreign.get(target, ""), "foreign")
    if found is None and search:
        from amts_action.books.base_search import search_base

        found = search_base(books, document, not_oid=_disproved(books.source, document, record))
    return found


def _disproved(source: Book, document: BookDocument, record: Record | None) -> str:
    """The id of the present English when a record says that the page was made from another one; else empty."""
    entry = source.tree.get(document.pair.source_path or "")
    return entry.oid if entry is not None and record is not None and record.blob != entry.oid else ""


def _declared(books: Books, document: BookDocument, recorded: Base | None) -> Base | None:
    """The English of the commit that the page's front matter names; None when it names none that counts."""
    path = document.pair.target_path or ""
    if is_notebook(path):
        return None
    rev = declared_commit(books.target.text(path))
    if not rev or (recorded and not _is_later(books.source, rev, recorded.commit)):
        return None
    found = _at_commit(books, document, rev, "declared")
    if found is None and recorded is None:
        books.notes.add(f"{path}: its front matter names {rev[:10]}, which the source does not have")
    return found


def _is_later(source: Book, rev: str, recorded: str) -> bool:
    """Whether a commit that a page names came after the recorded one."""
    try:
        commit = source.repository.resolve(rev)
        return commit != recorded and source.repository.is_ancestor(recorded, commit)
    except AmtsError:
        return False


def _recorded(books: Books, document: BookDocument, record: Record) -> Base | None:
    """The recorded text with what is owed put back; None when the source does not have it any more."""
    try:
        data = books.source.content(record.blob)
    except AmtsError:
        books.notes.add(f"{record.path}: the recorded English {record.blob[:10]} is not in the source any more")
        return None
    text = decode(data, where=record.path)
    waiting: tuple[Waiting, ...] = ()
    if record.owed:
        path = document.pair.target_path or ""
        target = books.target.text(path)
        left = _unsettled(target, record)
        if len(left) < len(record.owed):
            count = len(record.owed) - len(left)
            books.notes.add(f"{path}: settled by people, whose text has changed there: {count} of what was owed")
        record = replace(record, owed=left)
        record = replace(record, owed=_still_owed(text, target, record))
        text, waiting = effective_text(text, record.owed, record.path), _waiting(record)
    return Base(text, "record", record.commit, record.blob, waiting=waiting)


def _unsettled(target: str, record: Record) -> tuple[Owed, ...]:
    """What is owed, without the places where people have changed what the last run left there."""
    from amts_action.documents.notebooks.unrolled import read_document

    there = {mark for mark, _ in marks_of(read_document(target, record.path))}
    return tuple(item for item in record.owed if not item.mark or item.mark in there)


def _waiting(record: Record) -> tuple[Waiting, ...]:
    """The conflicts among what is owed, at their places in the text that has it put back."""
    found = []
    cell, shift = -1, 0
    for item in record.owed:
        *cells, start, end = item.span
        if cells and cells[0] != cell:
            cell, shift = cells[0], 0
        length = len(item.text or "")
        if item.is_conflict:
            found.append(Waiting((*cells, start + shift, start + shift + length), item.mark, item.reason))
        shift += length - (end - start)
    return tuple(found)


def _still_owed(text: str, target: str, record: Record) -> tuple[Owed, ...]:
    """What is owed, without the blocks that people have translated by hand meanwhile.

    A block that the translation had nothing for is done when it has a counterpart now that is not the English.
    """
    if all(item.text is not None for item in record.owed):
        return record.owed
    from amts_action.alignment.blocks import align_blocks
    from amts_action.documents.notebooks.unrolled import place_in_cell, read_document

    english = read_document(text, record.path)
    left, right = english.blocks, read_document(target, record.path).blocks
    beads = {i: bead for bead in align_blocks(left, right) for i in bead.source}
    done = set()
    for i, block in enumerate(left):
        bead = beads[i]
        alone = len(bead.source) == len(bead.target) == 1 and bead.confidence >= BY_HAND
        if alone and block.is_prose and "".join(right[bead.target[0]].text.split()) != "".join(block.text.split()):
            done.add(place_in_cell(english, block.outer) if english.cells else tuple(block.outer))
    return tuple(item for item in record.owed if item.text is not None or tuple(item.span) not in done)


def _from_origin(books: Books, document: BookDocument) -> Base | None:
    path = document.pair.origin_path
    if path is None:
        return None
    text = books.target.text(path)
    oid = books.target.tree[path].oid
    version = _version_of(books.source, document, oid)
    return Base(text, "origin", version.commit, oid, version.date) if version else Base(text, "origin")


def _version_of(source: Book, document: BookDocument, oid: str) -> Version | None:
    """The version of the English page that is this very file."""
    return next((v for v in source.history.get(document.pair.source_path or "", ()) if v.oid == oid), None)


def _at_commit(books: Books, document: BookDocument, rev: str, how: str) -> Base | None:
    """The source document, by its present or a former name, in one commit."""
    if not rev:
        return None
    try:
        commit = books.source.repository.resolve(rev)
    except AmtsError:
        if how == "given":
            raise
        return None
    names = books.source.names(document.pair.source_path or "")
    if document.pair.source_path is None and document.pair.target_path:
        from amts_action.books.pairing import source_for

        names = [source_for(document.pair.target_path, books.settings)]
    for name in filter(None, names):
        try:
            data = books.source.repository.read(commit, name)
        except InputError:
            continue
        text = decode(data, where=name)
        blob = _blob_id(data, like=commit)
        version = _version_of(books.source, document, blob)
        return Base(text, how, commit, blob, version.date if version else None)
    return None


def _blob_id(data: bytes, *, like: str) -> str:
    """Git's object id of a file, in a repository that has ids such as `like`."""
    from hashlib import new

    kind = "sha1" if len(like) == 40 else "sha256"
    return new(kind, b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
