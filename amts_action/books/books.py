"""Two books, opened: their repositories, commits, trees, records, and which documents belong together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from amts_action.books.moved_pages import by_content, by_record, left_places
from amts_action.books.pairing import PagePair, former_names, origin_beside, pairs, target_for
from amts_action.books.reads import Reads
from amts_action.books.records import STATE_FOLDER, Record, read_foreign, read_records
from amts_action.errors import InputError
from amts_action.git.commit import check_path
from amts_action.git.repository import Repository, TreeEntry, Version, is_symlink
from amts_action.settings import Settings

if TYPE_CHECKING:
    from amts_action.git.hub import HubState

__all__ = ["BookDocument", "Books", "checked_file"]


@dataclass(frozen=True, slots=True)
class BookDocument:
    """One document of the book, with where it is and where it belongs."""

    pair: PagePair
    target_path: str
    """Where the translation belongs: its present path, or the new one after a rename."""

    @property
    def is_renamed(self) -> bool:
        """Whether the source was renamed and the translation has the old name still."""
        return self.pair.target_path is not None and self.pair.target_path != self.target_path


@dataclass(frozen=True)
class Books:
    """The source at `head` and the target at `start`."""

    settings: Settings
    source: Repository
    target: Repository
    head: str
    """Commit of the source to sync to."""
    start: str
    """Commit of the target to start from: its branch for us where there is one, else its default branch."""
    default: str
    """Commit of the branch that the translation lives on, usually the target's default one."""
    same_repository: bool
    notes: list[str] = field(default_factory=list)
    conflicts: tuple[str, ...] = ()
    """Paths in which the default branch cannot be merged into ours, so that it was not."""
    declined: frozenset[str] = frozenset()
    """Keys of what people have declined to take (`runs.planning.declined`)."""
    lent: Mapping[str, Record] = field(default_factory=dict)
    """Records that another state of the translation has, for pages that are the same in this one."""
    standing: HubState | None = None
    """What was seen on the GitHub server that the run is published to."""
    said_lang: str = ""
    """The language that the target's own config.ini names; empty when it names none."""
    remarks: tuple[str, ...] = ()
    """What was worth saying when the books were opened; the notes of every run over them begin with it."""
    reads: Reads = field(default_factory=Reads, repr=False, compare=False)
    """What was read of them so far; the same for all that are made of these by `dataclasses.replace`."""

    @cached_property
    def source_tree(self) -> Mapping[str, TreeEntry]:
        """Files of the source at head, by path."""
        return self.source.tree(self.head)

    @cached_property
    def target_tree(self) -> Mapping[str, TreeEntry]:
        """Files of the target at start, by path."""
        return self.target.tree(self.start)

    @cached_property
    def at_default(self) -> Books:
        """The same books with the translation as it is on its own branch: what nobody proposes but people have."""
        if self.start == self.default:
            return self
        books = replace(self, start=self.default, conflicts=())
        # What a record on our branch says of a page that is the same there holds here, too.
        here, there = self.target_tree, books.target_tree
        lent = {path: record for path, record in self.records.items() if here.get(path) == there.get(path)}
        return replace(books, lent=lent)

    @cached_property
    def target_folders(self) -> frozenset[str]:
        """Folders of the target at start."""
        return frozenset(path[:at] for path in self.target_tree for at, char in enumerate(path) if char == "/")

    def check_place(self, path: str) -> None:
        """Says whether a document can be written at a path of the target.

        Raises:
            InputError: the path is unsafe, is a folder, or passes through a link or a file.
        """
        check_path(path)
        above = [path[:at] for at, char in enumerate(path) if char == "/"]
        blocked = next((name for name in above if name in self.target_tree), "")
        if blocked or path in self.target_folders:
            what = f"{blocked} is a link or a file there" if blocked else "there is a folder of this name"
            raise InputError(what, where=path, mend="remove it from the translation, or exclude the page")

    @cached_property
    def history(self) -> dict[str, tuple[Version, ...]]:
        """Versions of every source document, newest first, under its last name."""
        return self._history(self.source, self.settings.source_path, self.head)

    @cached_property
    def target_history(self) -> dict[str, tuple[Version, ...]]:
        """Versions of every target document, newest first."""
        return self._history(self.target, self.settings.target_path, self.start)

    def _history(self, repository: Repository, folder: str, commit: str) -> dict[str, tuple[Version, ...]]:
        question = ("history", repository.path, folder, commit)
        return self.reads.once(question, lambda: repository.history(folder, commit))

    @cached_property
    def former(self) -> dict[str, str]:
        """Old name of a source document → its present name."""
        question = ("former", self.source.path, self.settings.source_path, self.head)
        return self.reads.once(question, lambda: former_names(self.history, self.source_tree))

    @cached_property
    def _state(self) -> tuple[dict[str, Record], dict[str, InputError]]:
        return self.reads.once(("state", self.target.path, self.start), self._read_state)

    def _read_state(self) -> tuple[dict[str, Record], dict[str, InputError]]:
        wanted = {p: e.oid for p, e in self.target_tree.items() if p.startswith(STATE_FOLDER) and _is_file(e)}
        blobs = self.target.blobs(wanted.values())
        return read_records({path: blobs[oid] for path, oid in wanted.items()})

    @cached_property
    def records(self) -> Mapping[str, Record]:
        """State records, by target path; that of a page which people have moved stays at its old name until the page is
        written."""
        found = self._state[0]
        moved = {new: found[old] for new, old in self.moved_from.items() if old in found}
        return {**self.lent, **moved, **found}

    @cached_property
    def moved_pages(self) -> dict[str, str]:
        """English page → translation, for translations that lie elsewhere than where they belong."""
        settings = replace(self.settings, paths=())
        where = self.source.path, self.head, self.target.path, self.start
        return self.reads.once(("moved", *where, settings), lambda: self._found_elsewhere(settings))

    def _found_elsewhere(self, settings: Settings) -> dict[str, str]:
        found = self._pairs(settings) if self.settings.paths else self._own_pairs
        sources = [p.source_path for p in found if p.source_path is not None and p.target_path is None]
        targets = [p.target_path for p in found if p.source_path is None and p.target_path is not None]
        if not sources or not targets:
            return {}
        out = by_record(self._state[0], sources, targets)
        left = [path for path in sources if path not in out]
        places = {target_for(path, settings): path for path in left}
        if gone := left_places(self.target, self.start, list(places)):
            moves = former_names(self.target_history, self.target_tree)
            out |= {places[place]: moves[place] for place in gone if moves.get(place) in targets}
        left = [path for path in left if path not in out]
        rest = [path for path in targets if path not in out.values()]
        return out | by_content(left, rest, self._source_text, self._target_text)

    @cached_property
    def moved_from(self) -> dict[str, str]:
        """Present name → where it belongs, for the same translations."""
        return {new: target_for(path, self.settings) for path, new in self.moved_pages.items()}

    def _source_text(self, path: str) -> str:
        """A page of the source for a look; empty when it cannot be read."""
        try:
            return self.source_bytes(path).decode("utf-8", "replace")
        except InputError:
            return ""

    def _target_text(self, path: str) -> str:
        """The same of the target."""
        try:
            return self.target_bytes(path).decode("utf-8", "replace")
        except InputError:
            return ""

    @property
    def broken_records(self) -> Mapping[str, InputError]:
        """Why a state record cannot be used, by target path."""
        return self._state[1]

    @cached_property
    def foreign(self) -> dict[str, str]:
        """Source commits that another tool's records name, by target path."""
        wanted = {p: e.oid for p, e in self.target_tree.items() if p.startswith(".translate/") and _is_file(e)}
        blobs = self.target.blobs(wanted.values())
        return read_foreign({path: blobs[oid] for path, oid in wanted.items()})

    def documents(self) -> list[BookDocument]:
        """All documents of both books, those of the source first."""
        return list(self._documents)

    @cached_property
    def _documents(self) -> list[BookDocument]:
        found = self._own_pairs
        if any(pair.target_path is None for pair in found) and self.moved_pages:
            found = self._with_moved(found)
        out = []
        for pair in found:
            belongs = target_for(pair.source_path, self.settings) if pair.source_path else (pair.target_path or "")
            moved = pair.source_path in self.moved_pages and pair.target_path == self.moved_pages[pair.source_path]
            out.append(BookDocument(pair, pair.target_path if moved and pair.target_path else belongs))
        return out

    @cached_property
    def _own_pairs(self) -> list[PagePair]:
        return self._pairs(self.settings)

    def _pairs(self, settings: Settings) -> list[PagePair]:
        return pairs(self.source_tree, self.target_tree, settings, self.former, same_repository=self.same_repository)

    def _with_moved(self, found: list[PagePair]) -> list[PagePair]:
        """The pairs with those put together of which the translation lies elsewhere."""
        elsewhere = self.moved_pages
        taken = {elsewhere[p.source_path] for p in found if p.source_path in elsewhere and p.target_path is None}
        out = []
        for pair in found:
            if pair.source_path in elsewhere and pair.target_path is None:
                path = elsewhere[pair.source_path]
                out.append(PagePair(pair.source_path, path, origin_beside(path, self.target_tree, self.settings)))
            elif pair.source_path is not None or pair.target_path not in taken:
                out.append(pair)
        return out

    def read_ahead(self, documents: Iterable[BookDocument]) -> None:
        """Reads what a look at `documents` needs, with one process for each repository."""
        pairs = [document.pair for document in documents]
        targets = _files(self.target_tree, [path for p in pairs for path in (p.target_path, p.origin_path)])
        sources = _files(self.source_tree, [p.source_path for p in pairs])
        recorded = {r.blob for p in pairs if (r := self.records.get(p.target_path or ""))}
        self.reads.contents.update(self.target.blobs(targets - self.reads.contents.keys()))
        # A recorded blob may be gone from the source; in a partial clone it may only not have been fetched yet.
        self.source.prefetch(sources | recorded)
        wanted = (sources | self.source.known(recorded)) - self.reads.contents.keys()
        self.reads.contents.update(self.source.blobs(wanted))

    def source_blob(self, oid: str) -> bytes:
        """A file of the source by its object id.

        Raises:
            InputError: the source does not have it.
        """
        return self._content(self.source, oid)

    def target_bytes(self, path: str) -> bytes:
        """A file of the target at start.

        Raises:
            InputError: it is not there, a symbolic link or no file.
        """
        if path not in self.target_tree:
            raise InputError("the translation has no such file", where=path)
        return self._content(self.target, checked_file(self.target_tree[path], path).oid)

    def source_bytes(self, path: str) -> bytes:
        """A file of the source at head.

        Raises:
            InputError: it is a symbolic link or no file.
        """
        return self._content(self.source, checked_file(self.source_tree[path], path).oid)

    def _content(self, repository: Repository, oid: str) -> bytes:
        if oid not in self.reads.contents:
            self.reads.contents.update(repository.blobs([oid]))
        return self.reads.contents[oid]


def checked_file(entry: TreeEntry, path: str) -> TreeEntry:
    """The entry, when it is a regular file.

    Raises:
        InputError: it is a symbolic link, a folder or a submodule.
    """
    if is_symlink(entry):
        raise InputError("a symbolic link is not followed", where=path, mend="keep a real file there")
    if not _is_file(entry):
        raise InputError("not a file", where=path)
    return entry


def _is_file(entry: TreeEntry) -> bool:
    """Whether the entry is a regular file: neither link nor submodule, the latter of which has no blob here."""
    return entry.mode.startswith("100")


def _files(tree: Mapping[str, TreeEntry], paths: Iterable[str | None]) -> set[str]:
    """Ids of those of the paths that are regular files."""
    return {tree[path].oid for path in paths if path is not None and path in tree and _is_file(tree[path])}
