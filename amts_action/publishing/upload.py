"""The way of a run's commits to the server: what is here as a draft is made there again, object by object."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from amts_action.books.books import Books
from amts_action.errors import ServiceError
from amts_action.git.drafts import Draft, differing, draft_of, marked, tree_with
from amts_action.publishing.github.client import Client
from amts_action.publishing.github.objects import TreeChange, make_commit, make_tree, set_tip

__all__ = ["Upload"]


class Upload:
    """A run's edits on top of where it started, first here and on demand on the server.

    Args:
        books: at a standing of the server.
        edits: files to write, None to remove.
    """

    def __init__(self, client: Client, books: Books, edits: Mapping[str, bytes | None]) -> None:
        assert books.start.hub is not None
        self._client, self._books, self._standing = client, books, books.start.hub
        self._start = draft_of(books.target.repository, books.target.commit)
        self.tree = tree_with(books.target.repository, books.target.commit, edits)
        """Id of the tree that the branch will have."""

    def send(self, message: str) -> str:
        """The commit that the branch is at afterwards; it does not move when there is nothing to commit.

        Raises:
            Moved: the branch is not where it was seen.
            Refused: GitHub said no.
            ServiceError: the server made something else of what it was sent.
        """
        new = self._there(self._books.target.commit, self._start)
        if self.tree != self._start.tree:
            new = make_commit(self._client, self._tree(self.tree), [new], marked(message, self.tree))
        if new != self._standing.tip:
            set_tip(self._client, self._books.settings.branch, new, self._standing.tip)
        return new

    def _there(self, commit: str, draft: Draft) -> str:
        """The commit's id on the server, made there when it is one that exists only here."""
        if commit in (self._standing.tip, self._books.start.default):
            return commit
        parents = [self._there(parent, draft_of(self._books.target.repository, parent)) for parent in draft.parents]
        return make_commit(self._client, self._tree(draft.tree), parents, marked(draft.message, draft.tree))

    @cached_property
    def _known(self) -> dict[str, frozenset[str]]:
        """The trees that the server has, each with the ids of its files."""
        target = self._books.target.repository
        commits = filter(None, dict.fromkeys((self._books.start.default, self._standing.tip)))
        return {
            draft_of(target, commit).tree: frozenset(e.oid for e in target.tree(commit).values()) for commit in commits
        }

    def _tree(self, tree: str) -> str:
        """Makes sure that the server has the tree.

        Raises:
            ServiceError: it made another one, so that something would be committed that nobody has checked.
        """
        if tree in self._known:
            return tree
        target = self._books.target.repository
        ways = {base: differing(target, base, tree) for base in self._known}
        base = min(ways, key=lambda known: len(ways[known]))
        there = frozenset[str]().union(*self._known.values())
        changes = [TreeChange(edit.path, edit.mode, edit.oid, edit.oid in there) for edit in ways[base]]
        texts = target.blobs(c.oid for c in changes if c.oid and not c.is_there and c.mode != "160000")
        made = make_tree(self._client, base, changes, texts.__getitem__)
        if made != tree:
            what = f"GitHub made the tree {made[:12]} of what should be {tree[:12]}; nothing was committed"
            raise ServiceError(what, where=self._client.hub.repository, mend="run again")
        self._known[tree] = frozenset()
        return tree
