"""One of the two books: the files of its repository as they are in one commit."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

from amts_action.books.pairing import former_names
from amts_action.books.records import STATE_FOLDER
from amts_action.documents.files import SUFFIXES, decode
from amts_action.errors import InputError
from amts_action.git.commit import check_path
from amts_action.git.repository import Repository, TreeEntry, Version, is_symlink

__all__ = ["Book", "Reads", "checked_file", "is_file"]

T = TypeVar("T")

_TEXTS = (*SUFFIXES, ".yml", ".yaml", ".bib")
"""Endings of the names of what a run reads: pages, tables of contents, bibliographies."""


class Reads:
    """What was read of two books, kept under what it depends on: answers that do not change, by what was asked of which
    commit, and files by their object ids.

    Nobody who looks at the same books from another commit, or asks something else of them, reads anything twice.
    """

    def __init__(self) -> None:
        self._found: dict[Hashable, Any] = {}
        self.contents: dict[str, bytes] = {}

    def once(self, question: Hashable, read: Callable[[], T]) -> T:
        """The answer to a question that names everything the answer depends on; read when it is asked first."""
        if question not in self._found:
            self._found[question] = read()
        found: T = self._found[question]
        return found


@dataclass(frozen=True)
class Book:
    """The source at the commit to sync to, or the target at the one to start from."""

    repository: Repository
    commit: str
    folder: str
    """Where in the repository it lies; empty for its root."""
    reads: Reads = field(default_factory=Reads, repr=False, compare=False)
    """What was read so far; the same for both books, and for all that are made of these by `dataclasses.replace`."""

    @property
    def address(self) -> str:
        """Where its repository is, without credentials."""
        return self.repository.address

    def at(self, commit: str) -> Book:
        """The same book in another commit."""
        return self if commit == self.commit else replace(self, commit=commit)

    @cached_property
    def tree(self) -> Mapping[str, TreeEntry]:
        """Its files, by path."""
        return self.repository.tree(self.commit)

    @cached_property
    def folders(self) -> frozenset[str]:
        """The folders of the tree."""
        return frozenset(path[:at] for path in self.tree for at, char in enumerate(path) if char == "/")

    @property
    def history(self) -> dict[str, tuple[Version, ...]]:
        """Versions of every document, newest first, under its last name."""
        question = ("history", self.repository.path, self.folder, self.commit)
        return self.reads.once(question, lambda: self.repository.history(self.folder, self.commit))

    @property
    def former(self) -> dict[str, str]:
        """Old name of a document → its present name."""
        question = ("former", self.repository.path, self.folder, self.commit)
        return self.reads.once(question, lambda: former_names(self.history, self.tree))

    def names(self, path: str) -> list[str]:
        """The present name of a document and those that it had."""
        return [path, *(old for old, new in self.former.items() if new == path)]

    def read(self, path: str) -> bytes:
        """A file of the book.

        Raises:
            InputError: it is not there, a symbolic link or no file.
        """
        if path not in self.tree:
            raise InputError("the book has no such file", where=path)
        return self.content(checked_file(self.tree[path], path).oid)

    def text(self, path: str) -> str:
        """The same as text.

        Raises:
            InputError: as `read`, or it is not UTF-8.
        """
        return decode(self.read(path), where=path)

    def content(self, oid: str) -> bytes:
        """A file by its object id, also one of another commit.

        Raises:
            InputError: the repository does not have it.
        """
        self.read_ahead([oid])
        return self.reads.contents[oid]

    def read_ahead(self, oids: Iterable[str]) -> None:
        """Reads what was not read yet.

        Of a clone all texts are fetched before, in one request: a request takes longer than a page, and a run looks at
        nearly all of them.
        """
        if left := set(oids) - self.reads.contents.keys():
            question = ("texts", self.repository.path, self.folder, self.commit)
            texts = (path for path in self.tree if self._is_read(path))
            self.reads.once(question, lambda: self.repository.prefetch(self.ids(texts)))
            self.reads.contents.update(self.repository.blobs(left))

    def _is_read(self, path: str) -> bool:
        is_inside = not self.folder or path.startswith(f"{self.folder}/")
        return path.startswith(STATE_FOLDER) or (is_inside and path.endswith(_TEXTS))

    def ids(self, paths: Iterable[str | None]) -> set[str]:
        """The object ids of those of the paths that are regular files."""
        return {self.tree[path].oid for path in paths if path is not None and is_file(self.tree.get(path))}

    def check_place(self, path: str) -> None:
        """Says whether a document can be written at a path.

        Raises:
            InputError: the path is unsafe, is a folder, or passes through a link or a file.
        """
        check_path(path)
        above = [path[:at] for at, char in enumerate(path) if char == "/"]
        blocked = next((name for name in above if name in self.tree), "")
        if blocked or path in self.folders:
            what = f"{blocked} is a link or a file there" if blocked else "there is a folder of this name"
            raise InputError(what, where=path, mend="remove it from the translation, or exclude the page")


def checked_file(entry: TreeEntry, path: str) -> TreeEntry:
    """The entry, when it is a regular file.

    Raises:
        InputError: it is a symbolic link, a folder or a submodule.
    """
    if is_symlink(entry):
        raise InputError("a symbolic link is not followed", where=path, mend="keep a real file there")
    if not is_file(entry):
        raise InputError("not a file", where=path)
    return entry


def is_file(entry: TreeEntry | None) -> bool:
    """Whether there is a regular file: neither link nor submodule, the latter of which has no blob here."""
    return entry is not None and entry.mode.startswith("100")
