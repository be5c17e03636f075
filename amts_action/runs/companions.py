"""What the pages of a run need in order to build: pictures, tables of contents, bibliography entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from amts_action.books.book import Book
from amts_action.books.books import Books
from amts_action.books.pairing import target_for
from amts_action.books.records import Record, state_path, write_record
from amts_action.documents.files import SUFFIXES, decode, is_notebook
from amts_action.errors import AmtsError
from amts_action.git.authors import touched_by_people
from amts_action.git.repository import TreeEntry
from amts_action.runs.planning.job import Job

if TYPE_CHECKING:
    from amts_action.companions.images import Lookup

__all__ = ["Companions", "bring_companions"]

_TOC_NAMES = ("_toc.yml", "_toc.yaml", "myst.yml")


@dataclass
class Companions:
    """Files to write beside the documents, and what to say of them."""

    edits: dict[str, bytes | None] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    """What was done, one line each."""
    flags: list[str] = field(default_factory=list)
    """What a person must look at."""


def bring_companions(books: Books, jobs: Iterable[Job], *, failed: Iterable[str] = ()) -> Companions:
    """Companions of all documents that the run writes or finds up to date. Never raises for odd book text.

    `failed` are the target paths of the documents that a later run has to try again.
    """
    out = Companions()
    if not books.settings.companions:
        return out
    jobs = [job for job in jobs if job.fate in ("changed", "new", "renamed", "up to date")]
    _images(books, jobs, out)
    _toc(books, jobs, out, {path.rpartition(".")[0] for path in failed})
    _bibliography(books, jobs, out)
    out.flags = list(dict.fromkeys(out.flags))
    return out


def _lookup(tree: Mapping[str, TreeEntry]) -> Lookup:
    from amts_action.companions.images import TreeFile

    def find(path: str) -> TreeFile | None:
        entry = tree.get(path)
        return TreeFile(entry.mode, entry.oid) if entry else None

    return find


def _images(books: Books, jobs: Iterable[Job], out: Companions) -> None:
    from amts_action.companions.images import CompanionNotice, is_lfs_pointer, plan_images, referenced

    settings = books.settings
    trees: dict[str, Mapping[str, TreeEntry]] = {}
    pages = {job.document.pair.source_path for job in jobs}
    done: set[str] = set()
    changed = partial(_changed_names, books.source, {})
    jobs = list(jobs)
    # Of a history that was restarted only the texts may be left, and not the commits that the records name.
    here = books.source.repository.known({job.base.commit for job in jobs if job.base and job.base.commit})
    for job in jobs:
        source = job.document.pair.source_path or ""
        commit = job.base.commit if job.base and job.base.commit in here else ""
        if job.fate == "up to date" and (not commit or not any(name in job.head_text for name in changed(commit))):
            continue
        head = _markdown(job.head_text, source)
        used = referenced(head, source, source_path=settings.source_path)
        if not used:
            continue
        if commit and commit not in trees:
            trees[commit] = books.source.repository.tree(commit)
        before = (
            referenced(_markdown(job.base.text, source), source, source_path=settings.source_path) if job.base else ()
        )
        for action in plan_images(
            before,
            used,
            base=_lookup(trees.get(commit, {})) if commit else _unknown_base(books.source, before),
            head=_lookup(books.source.tree),
            target=_lookup(books.target.tree),
            size_of=lambda oid: len(books.source.content(oid)),
            max_bytes=settings.companion_max_bytes,
            source_path=settings.source_path,
            target_path=settings.target_path,
            same_repository=books.same_repository,
            is_document=lambda path: path in pages,
            is_pointer=lambda oid: is_lfs_pointer(books.source.content(oid)),
        ):
            if action.target in done:
                continue
            done.add(action.target)
            if isinstance(action, CompanionNotice):
                out.flags.append(action.message)
            else:
                out.edits[action.target] = books.source.content(action.oid)
                out.lines.append(f"{action.target}: copied")


def _changed_names(source: Book, known: dict[str, frozenset[str]], commit: str) -> frozenset[str]:
    """Names of the files other than pages that have changed since a commit of the source: a page that is up to date and
    names none of them needs nothing, and reading all pages of a large book takes long."""
    if commit not in known:
        before, now = ({} if commit == source.commit else source.repository.tree(commit)), source.tree
        paths = [path for path, entry in now.items() if before.get(path) != entry] if commit != source.commit else []
        names = {path.rpartition("/")[2] for path in paths if not path.lower().endswith(SUFFIXES)}
        known[commit] = frozenset(names | {quote(name) for name in names})
    return known[commit]


def _unknown_base(source: Book, before: Iterable[str]) -> Lookup:
    """For a base of which only the text is known: pictures that it had count as unchanged."""
    known = set(before)
    head = _lookup(source.tree)
    return lambda path: head(path) if path in known else None


def _markdown(text: str, name: str) -> str:
    """The prose of a document: of a notebook, its markdown cells."""
    if not is_notebook(name):
        return text
    from amts_action.documents.notebooks.notebook import parse_notebook

    try:
        cells = parse_notebook(text, where=name).cells
    except AmtsError:
        return ""
    return "\n\n".join(c.source for c in cells if c.kind == "markdown")


def _toc(books: Books, jobs: Iterable[Job], out: Companions, failed: set[str]) -> None:
    from amts_action.companions.toc import merge_toc

    """Merges the tables of contents; one that waits for a page that failed keeps its record, to be merged again."""
    if books.settings.toc == "none":
        return
    have = {job.path.rpartition(".")[0] for job in jobs}
    coming = {job.path.rpartition(".")[0] for job in jobs if job.fate == "new"}
    for path in _toc_files(books):
        target_path = target_for(path, books.settings)
        folder = target_path.rpartition("/")[0]
        try:
            head = books.source.text(path)
            if (back := _toc_taken_back(books, path, target_path, head, jobs)) is not None:
                out.edits.update(back)
                out.lines.append(f"{target_path}: its English is as it was, and so is the translation's own")
                continue
            target = books.target.text(target_path)
            base = _toc_base(books, path, target_path, target, jobs)
        except AmtsError as error:
            out.flags.append(str(error))
            continue
        if base is None or (base == head and not coming):
            continue
        record = Record(books.source.address, path, books.source.commit, books.source.tree[path].oid)
        available = _in_folder(folder, have | {p.rpartition(".")[0] for p in books.target.tree})
        result = merge_toc(base, head, target, available, _in_folder(folder, coming))
        out.flags += [f"{target_path}: {flag}" for flag in result.flags]
        if result.text != target:
            out.edits[target_path] = result.text.encode("utf-8")
            names = [("added", result.added), ("removed", result.removed), ("moved", result.moved)]
            what = "; ".join(f"{name} {', '.join(entries)}" for name, entries in names if entries)
            out.lines.append(f"{target_path}: {what}")
            if not any(map(_in_folder(folder, failed), _pages(head))):
                out.edits[state_path(target_path)] = write_record(record)


def _pages(toc: str) -> set[str]:
    """The pages that a table of contents names; of one that cannot be read, none."""
    from amts_action.companions.tocfile import TocError, read_toc

    try:
        names = [item.name for item in read_toc(toc if toc.endswith("\n") else toc + "\n").walk()]
    except TocError:
        return set()
    return {name.removeprefix("file:") for name in names if name.startswith("file:")}


def _in_folder(folder: str, stems: set[str]) -> Callable[[str], bool]:
    from posixpath import normpath

    return lambda page: normpath(f"{folder}/{page}" if folder else page) in stems


def _toc_files(books: Books) -> list[str]:
    """Tables of contents of the source that the target has too."""
    if books.settings.toc != "auto":
        return [
            p
            for p in [books.settings.toc]
            if p in books.source.tree and target_for(p, books.settings) in books.target.tree
        ]
    prefix = f"{books.settings.source_path}/" if books.settings.source_path else ""
    found = [p for p in books.source.tree if p.startswith(prefix) and p.rpartition("/")[2] in _TOC_NAMES]
    found = [p for p in found if not (books.same_repository and target_for(p, books.settings) == p)]
    return [p for p in found if target_for(p, books.settings) in books.target.tree]


def _toc_base(books: Books, path: str, target_path: str, target: str, jobs: Iterable[Job]) -> str | None:
    """The table as it was when the translation last followed it.

    Without a record it is the version that the translation's table fits best; of equals that of the oldest commit that
    any document was made from.
    """
    from amts_action.companions.toc_base import best_base

    record = books.records.get(target_path)
    if record is not None:
        return decode(books.source.content(record.blob), where=path)
    blobs = books.source.repository.blobs(
        version.oid for version in books.source.repository.versions(path, head=books.source.commit)
    )
    texts = []
    for data in blobs.values():
        try:
            texts.append(decode(data, where=path))
        except AmtsError:
            continue
    return best_base(texts, target, _toc_of_pages(books.source, path, jobs))


def _toc_of_pages(source: Book, path: str, jobs: Iterable[Job]) -> str:
    """The table of the oldest commit that any document was made from; empty when that is not known."""
    dates = source.repository.dates({job.base.commit for job in jobs if job.base and job.base.commit})
    oldest = min(dates.items(), key=lambda item: item[1], default=("", datetime.min))[0]
    try:
        return decode(source.repository.read(oldest, path), where=path) if oldest else ""
    except AmtsError:
        return ""


def _toc_taken_back(
    books: Books, path: str, target_path: str, head: str, jobs: Iterable[Job]
) -> dict[str, bytes | None] | None:
    """The table as the translation's own branch has it, when the English one is again what that was made from."""
    there = books.at_default
    if there is books or target_path not in there.target.tree:
        return None
    if there.target.tree[target_path] == books.target.tree[target_path]:
        return None
    target = there.target.read(target_path)
    if _toc_base(there, path, target_path, decode(target, where=target_path), jobs) != head:
        return None
    if touched_by_people(books.target.repository, books.start.default, books.target.commit, target_path):
        return None
    record = state_path(target_path)
    kept = there.target.read(record) if record in there.target.tree else None
    return {target_path: target, record: kept}


def _bibliography(books: Books, jobs: Iterable[Job], out: Companions) -> None:
    from amts_action.companions.bibliography import append_missing, cited

    if books.settings.bibliography == "none":
        return
    keys: dict[str, None] = {}
    for job in jobs:
        if job.fate == "up to date":
            continue
        name = job.document.pair.source_path or ""
        before = set(cited(_markdown(job.base.text, name))) if job.base else set()
        keys.update(dict.fromkeys(key for key in cited(_markdown(job.head_text, name)) if key not in before))
    if not keys:
        return
    for path, target_path in _bib_files(books):
        try:
            source = books.source.text(path)
            target = books.target.text(target_path)
        except AmtsError as error:
            out.flags.append(str(error))
            continue
        result = append_missing(source, target, keys)
        out.flags += [f"{target_path}: {flag}" for flag in result.flags]
        out.flags += [
            f"{target_path}: no entry for {key} in the source either: tell its authors" for key in result.missing
        ]
        if result.text != target:
            out.edits[target_path] = result.text.encode("utf-8")
            out.lines.append(f"{target_path}: added {', '.join(result.added)}")


def _bib_files(books: Books) -> list[tuple[str, str]]:
    """Bibliographies of the source with their counterparts in the target."""
    prefix = f"{books.settings.source_path}/" if books.settings.source_path else ""
    sources = [p for p in books.source.tree if p.endswith(".bib") and p.startswith(prefix)]
    if books.settings.bibliography != "auto":
        wanted = books.settings.bibliography
        return [(p, wanted) for p in sources if target_for(p, books.settings) == wanted or len(sources) == 1][:1]
    found = [(p, target_for(p, books.settings)) for p in sources]
    return [(p, t) for p, t in found if t in books.target.tree and not (books.same_repository and p == t)]
