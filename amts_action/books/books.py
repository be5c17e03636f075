"""Two books, opened: what is read of them, where a run starts, what is noted, and which documents belong together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from amts_action.books.book import Book, is_file
from amts_action.books.moved_pages import by_content, by_record, left_places
from amts_action.books.notes import Notes
from amts_action.books.pairing import PagePair, origin_beside, pairs, target_for
from amts_action.books.records import STATE_FOLDER, Record, read_foreign, read_records
from amts_action.errors import InputError
from amts_action.settings import Settings

if TYPE_CHECKING:
    from amts_action.git.hub import HubState

__all__ = ["BookDocument", "Books", "Start"]


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


@dataclass(frozen=True, slots=True)
class Start:
    """Where a run starts: what was proposed, declined or left in conflict before."""

    default: str
    """Commit of the branch that the translation lives on, usually the target's default one."""
    hub: HubState | None = None
    """What was seen on the GitHub server that the run is published to."""
    conflicts: tuple[str, ...] = ()
    """Paths in which the default branch cannot be merged into ours, so that it was not."""
    declined: frozenset[str] = frozenset()
    """Keys of what people have declined to take (`runs.planning.declined`)."""
    lent: Mapping[str, Record] = field(default_factory=dict)
    """Records that another state of the translation has, for pages that are the same in this one."""


@dataclass(frozen=True)
class Books:
    """Both books with their settings. What needs one book only, the start or the notes gets just that."""

    settings: Settings
    source: Book
    """At the commit to sync to."""
    target: Book
    """At its branch for us where there is one, else at its default branch."""
    start: Start
    notes: Notes = field(default_factory=Notes, repr=False, compare=False)
    said_lang: str = ""
    """The language that the target's own config.ini names; empty when it names none."""

    @property
    def same_repository(self) -> bool:
        """Whether both lie in one repository."""
        return self.source.repository.path == self.target.repository.path

    @cached_property
    def at_default(self) -> Books:
        """The same books with the translation as it is on its own branch: what nobody proposes but people have."""
        if self.target.commit == self.start.default:
            return self
        target = self.target.at(self.start.default)
        # What a record on our branch says of a page that is the same there holds here, too.
        here, there = self.target.tree, target.tree
        lent = {path: record for path, record in self.records.items() if here.get(path) == there.get(path)}
        return replace(self, target=target, start=replace(self.start, conflicts=(), lent=lent))

    @cached_property
    def _state(self) -> tuple[dict[str, Record], dict[str, InputError]]:
        return self.target.reads.once(("state", self.target.repository.path, self.target.commit), self._read_state)

    def _read_state(self) -> tuple[dict[str, Record], dict[str, InputError]]:
        return read_records(self._below(STATE_FOLDER))

    def _below(self, folder: str) -> dict[str, bytes]:
        """The files in a folder of the target."""
        wanted = {p: e.oid for p, e in self.target.tree.items() if p.startswith(folder) and is_file(e)}
        self.target.read_ahead(wanted.values())
        return {path: self.target.content(oid) for path, oid in wanted.items()}

    @cached_property
    def records(self) -> Mapping[str, Record]:
        """State records, by target path; that of a page which people have moved stays at its old name until the page is
        written."""
        found = self._state[0]
        moved = {new: found[old] for new, old in self.moved_from.items() if old in found}
        return {**self.start.lent, **moved, **found}

    @cached_property
    def moved_pages(self) -> dict[str, str]:
        """English page → translation, for translations that lie elsewhere than where they belong."""
        settings = replace(self.settings, paths=())
        where = [part for book in (self.source, self.target) for part in (book.repository.path, book.commit)]
        return self.target.reads.once(("moved", *where, settings), lambda: self._found_elsewhere(settings))

    def _found_elsewhere(self, settings: Settings) -> dict[str, str]:
        found = self._pairs(settings) if self.settings.paths else self._own_pairs
        sources = [p.source_path for p in found if p.source_path is not None and p.target_path is None]
        targets = [p.target_path for p in found if p.source_path is None and p.target_path is not None]
        if not sources or not targets:
            return {}
        out = by_record(self._state[0], sources, targets)
        left = [path for path in sources if path not in out]
        places = {target_for(path, settings): path for path in left}
        if gone := left_places(self.target.repository, self.target.commit, list(places)):
            moves = self.target.former
            out |= {places[place]: moves[place] for place in gone if moves.get(place) in targets}
        left = [path for path in left if path not in out]
        rest = [path for path in targets if path not in out.values()]
        return out | by_content(left, rest, partial(_glance, self.source), partial(_glance, self.target))

    @cached_property
    def moved_from(self) -> dict[str, str]:
        """Present name → where it belongs, for the same translations."""
        return {new: target_for(path, self.settings) for path, new in self.moved_pages.items()}

    @property
    def broken_records(self) -> Mapping[str, InputError]:
        """Why a state record cannot be used, by target path."""
        return self._state[1]

    @cached_property
    def foreign(self) -> dict[str, str]:
        """Source commits that another tool's records name, by target path."""
        return read_foreign(self._below(".translate/"))

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
        return pairs(
            self.source.tree, self.target.tree, settings, self.source.former, same_repository=self.same_repository
        )

    def _with_moved(self, found: list[PagePair]) -> list[PagePair]:
        """The pairs with those put together of which the translation lies elsewhere."""
        elsewhere = self.moved_pages
        taken = {elsewhere[p.source_path] for p in found if p.source_path in elsewhere and p.target_path is None}
        out = []
        for pair in found:
            if pair.source_path in elsewhere and pair.target_path is None:
                path = elsewhere[pair.source_path]
                out.append(PagePair(pair.source_path, path, origin_beside(path, self.target.tree, self.settings)))
            elif pair.source_path is not None or pair.target_path not in taken:
                out.append(pair)
        return out

    def read_ahead(self, documents: Iterable[BookDocument]) -> None:
        """Reads what a look at `documents` needs, with one process for each repository."""
        pairs = [document.pair for document in documents]
        recorded = {r.blob for p in pairs if (r := self.records.get(p.target_path or ""))}
        self.target.read_ahead(self.target.ids(path for p in pairs for path in (p.target_path, p.origin_path)))
        sources = self.source.ids(p.source_path for p in pairs)
        # A recorded blob may be gone from the source; in a partial clone it may only not have been fetched yet.
        self.source.repository.prefetch(sources | recorded)
        self.source.read_ahead(sources | self.source.repository.known(recorded))


def _glance(book: Book, path: str) -> str:
    """A page for a look; empty when it cannot be read."""
    try:
        return book.read(path).decode("utf-8", "replace")
    except InputError:
        return ""
