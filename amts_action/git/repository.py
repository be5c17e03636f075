"""A git repository as the rest of the program sees it: commits, trees, blobs, versions, and commits to a branch.

Promises: one process reads all objects, as long as the repository is open; `commit` and `merge` never touch a work
tree, an index or HEAD, and a branch only moves forward. Nothing a document or a user says becomes an option.

Merges: a history is the list of states that a branch went through, so it follows first parents, and a merge is the
one change that it made to its first parent (`--first-parent`, git-log(1)). With `first_parent=False` every commit
is visited (by date; a merge still counts against its first parent), which adds versions that only side branches had.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from amts_action.errors import InputError
from amts_action.git import clone as _clone
from amts_action.git import commit as _commit
from amts_action.git import history as _history
from amts_action.git import objects as _objects
from amts_action.git.commit import Author
from amts_action.git.history import FileChange, Version
from amts_action.git.objects import OID, TreeEntry, decode, full_id
from amts_action.git.run import Git, public_url

__all__ = ["Author", "FileChange", "Repository", "TreeEntry", "Version", "case_collisions", "is_symlink"]

_TIME = re.compile(rb"^committer .* (\d+) [-+]\d+$", re.MULTILINE)
_MODULE = "160000"


def is_symlink(entry: TreeEntry) -> bool:
    """Whether the file is a symbolic link (its blob is the goal's path)."""
    return entry.mode == "120000"


def case_collisions(paths: Iterable[str]) -> list[tuple[str, ...]]:
    """Groups of paths that file systems without case or with normalised names (macOS, Windows) take for one."""
    from unicodedata import normalize

    groups: dict[str, list[str]] = {}
    for path in sorted(set(paths)):
        groups.setdefault(normalize("NFC", path).casefold(), []).append(path)
    return [tuple(group) for group in groups.values() if len(group) > 1]


@dataclass(frozen=True)
class Repository:
    """One repository. `address` may be stored and shown: the remote's address, else the folder's name."""

    git: Git = field(repr=False)
    address: str
    is_clone: bool
    """We made it from an address: its branches are the server's, under `origin/`."""
    temporary: object = field(default=None, repr=False, compare=False)
    """Keeps a temporary folder alive as long as the repository."""
    _known: dict[str, bool] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What git was asked already and does not change while the repository is open."""
    _trees: dict[str, Mapping[str, TreeEntry]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """The files of commits that were asked for, by commit: a run asks for the same few again and again."""
    _here: set[str] = field(default_factory=set, init=False, repr=False, compare=False)
    """Objects that were here when they were asked for: none goes away while a run is at work."""
    _folders: _objects.Folders = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def open(cls, where: str, *, cache_dir: Path | None = None, token: str | None = None) -> Repository:
        """The repository in a folder, or a partial clone of an address.

        Args:
            where: the top folder of a work tree, a bare repository, or an address (https, ssh, file, git@host:path).
            cache_dir: where clones are kept and refreshed; None for a temporary folder.
            token: signs in to this address only; never stored.

        Raises:
            InputError: nothing there, not a repository, no commits.
            ServiceError: the server could not be reached or refused.
        """
        if not where or where.startswith("-") or "\0" in where or re.match(r"[a-z0-9+]+::", where):
            raise InputError("this is not a folder or an address", where=repr(where), mend="give one of them")
        if _clone.is_url(where):
            return cls._cloned(where, cache_dir, token)
        git, url, is_whole = _clone.open_directory(where, token)
        if not _objects.commit_id(git, "HEAD") and not git.status("for-each-ref", "--count=1")[1]:
            raise InputError("the repository has no commits", where=where, mend="make a first commit")
        found = cls(git, public_url(url) if _clone.is_url(url) else Path(where).resolve().name, False)
        found._known["whole"] = is_whole
        return found

    @classmethod
    def checked_out(cls, folder: str, url: str, *, token: str | None = None) -> Repository:
        """A work tree as a clone of `url`: the branches that count are its server's, as they are now.

        `HEAD` stays what is checked out, and work tree, index and own branches stay as they are.

        Raises:
            InputError: the folder is no repository's top folder, or the server's has no commits.
            ServiceError: the server could not be reached or refused.
        """
        git = _clone.open_directory(folder, token).git
        _clone.refresh_checkout(git)
        return cls(git, public_url(url), True)

    @classmethod
    def _cloned(cls, url: str, cache_dir: Path | None, token: str | None) -> Repository:
        from tempfile import TemporaryDirectory

        folder = None if cache_dir else TemporaryDirectory(prefix="amts-clone-", ignore_cleanup_errors=True)
        cache = cache_dir or Path(folder.name if folder else "")
        git = _clone.open_url(url, cache, token)
        return cls(git, public_url(url), True, folder)

    @property
    def path(self) -> Path:
        """The git folder."""
        return self.git.cwd

    def _lines(self, *args: str) -> list[str]:
        """Lines of a command that may fail (then none)."""
        code, out, _ = self.git.status(*args)
        return [] if code else [line for line in decode(out).split("\n") if line]

    def is_shallow(self) -> bool:
        """Whether the history is cut off; that of a repository which has all of it stays whole."""
        if not self._known.get("whole"):
            self._known["whole"] = self._lines("rev-parse", "--is-shallow-repository") != ["true"]
        return not self._known["whole"]

    def is_partial(self) -> bool:
        """Whether blobs may be missing until they are needed; clones become so only before they are opened."""
        if "partial" not in self._known:
            promised = re.compile(r"remote\..*\.promisor", re.DOTALL)
            self._known["partial"] = any(promised.fullmatch(key) for _, key, _ in self.git.configured())
        return self._known["partial"]

    def resolve(self, rev: str) -> str:
        """The commit that a name or an id stands for; in a clone also the server's branches and its HEAD.

        What is not here is asked of the remote: the history of a shallow clone, or one commit by its full id.

        Raises:
            InputError: no such commit.
        """
        if not rev or rev.startswith(("-", "^")) or any(char in rev for char in "\0\n") or ".." in rev:
            raise InputError("this does not name one commit", where=repr(rev), mend="give a branch, tag or commit id")
        found = self._commit_of(rev)
        if not found and self.is_shallow():
            _clone.unshallow(self.git)
            found = self._commit_of(rev)
        if not found and OID.fullmatch(rev) and _clone.fetch_commit(self.git, rev):
            found = self._commit_of(rev)
        if not found:
            mend = "give a branch, tag or commit id that it has"
            raise InputError(f"{rev!r} is not known here", where=self.git.name, mend=mend)
        return found

    def _commit_of(self, rev: str) -> str:
        """The commit id, empty when the name is not known here."""
        return _objects.commit_id(self.git, rev, f"refs/remotes/origin/{rev}")

    def fetch_branch(self, name: str) -> None:
        """Gets a branch of the remote under `origin/`, when neither is here and the remote has it."""
        if not any(self._commit_of(f"refs/{kind}/{name}") for kind in ("heads", "remotes/origin")):
            _clone.fetch_branch(self.git, name)

    def default_branch(self) -> str:
        """The branch that work starts from: the server's default one for an address; for a folder the one that is
        checked out, else (detached, as in a workflow) its remote's default, else its only branch.

        Raises:
            InputError: none of these is there.
        """
        for ref in ("refs/remotes/origin/HEAD",) if self.is_clone else ("HEAD", "refs/remotes/origin/HEAD"):
            lines = self._lines("symbolic-ref", "--quiet", ref)
            if lines and self._commit_of(lines[0]):
                return lines[0].removeprefix("refs/heads/").removeprefix("refs/remotes/origin/")
        kind = "refs/remotes/origin" if self.is_clone else "refs/heads"
        names = [name.removeprefix(f"{kind}/") for name in self._lines("for-each-ref", "--format=%(refname)", kind)]
        for name in [name for name in ("main", "master") if name in names] or names[: len(names) == 1]:
            return name
        raise InputError("the default branch is not known", where=self.git.name, mend="say which commit with --head")

    def tree(self, commit: str, prefix: str = "", *, sizes: bool = False) -> Mapping[str, TreeEntry]:
        """The files below a folder, by full path (bytes that are not UTF-8 as surrogates).

        `sizes` costs a look at every blob, which a partial clone has to fetch.
        """
        if commit not in self._trees:
            self._trees[commit] = _objects.read_tree(self.git, commit, self._folders)
        tree, folder = self._trees[commit], "".join(_folder(prefix))
        found = {path: entry for path, entry in tree.items() if path.startswith(folder)} if folder else tree
        return _objects.with_sizes(self.git, commit, found) if sizes else found

    def blobs(self, oids: Iterable[str]) -> dict[str, bytes]:
        """The contents; what a partial clone lacks is fetched in one request before.

        Raises:
            InputError: one of them is not in the repository.
        """
        wanted = [full_id(oid) for oid in dict.fromkeys(oids)]
        self.prefetch(wanted)
        return _objects.read_blobs(self.git, wanted)

    def known(self, oids: Iterable[str]) -> frozenset[str]:
        """Those of the ids whose objects are here; never asks a server."""
        wanted = {oid for oid in oids if OID.fullmatch(oid)}
        if not wanted <= self._here:
            # A question for one object would have git fetch it, so of a partial clone everything is listed.
            is_partial = self.is_partial()
            absent = wanted - self._here
            self._here.update(_objects.listed(self.git) if is_partial else _objects.known(self.git, absent))
        return frozenset(wanted & self._here)

    def prefetch(self, oids: Iterable[str]) -> None:
        """Gets what a partial clone lacks of `oids` in one request; nothing to do in a whole repository."""
        wanted = list(dict.fromkeys(oids))
        if wanted and self.is_partial():
            here = self.known(wanted)
            absent = [oid for oid in wanted if oid not in here]
            if _clone.fetch_objects(self.git, absent):
                self._here.update(absent)

    def read(self, commit: str, path: str) -> bytes:
        """One file of a commit (a symbolic link's goal is not followed).

        Raises:
            InputError: there is no such file.
        """
        tree = self._trees.get(commit)
        found = _objects.entry_at(self.git, commit, path, self._folders) if tree is None else tree.get(path)
        if found is None or found.mode == _MODULE:
            raise InputError(f"no such file in {commit[:12]}", where=path, mend="check the name and its case")
        return self.blobs([found.oid])[found.oid]

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `newer` has `older` in its history (or is it)."""
        args = ("merge-base", "--is-ancestor", full_id(older), full_id(newer))
        if older == newer:
            return True
        code, _, _ = self.git.status(*args)
        if code and self.is_shallow():
            _clone.unshallow(self.git)
            code, _, _ = self.git.status(*args)
        if code not in (0, 1):
            raise InputError("a commit is missing", where=self.git.name, mend="check the two commits")
        return code == 0

    def dates(self, commits: Iterable[str]) -> dict[str, datetime]:
        """Commit date (UTC) by commit; commits that are not here are left out."""
        wanted = [full_id(commit) for commit in dict.fromkeys(commits)]
        if wanted and self.is_partial():
            wanted = list(self.known(wanted))
        found = (one for one in self.git.objects("contents", wanted) if one is not None)
        times = {one.oid: _TIME.search(one.content) for one in found if one.kind == "commit"}
        return {oid: datetime.fromtimestamp(int(time[1]), UTC) for oid, time in times.items() if time}

    def history(
        self, prefix: str = "", head: str = "HEAD", *, first_parent: bool = True
    ) -> dict[str, tuple[Version, ...]]:
        """The versions of every path below a folder, newest first, under its last name, by one `git log`.

        Renames are followed inside the folder; names that `head` no longer has are there too. A partial clone
        first fetches the files that renames have to be told from, in one request.
        """
        commit, where = self.resolve(head), _folder(prefix)
        self._whole()
        if self.is_partial():
            plain = _history.read_log(self.git, commit, where, False, first_parent)
            self.prefetch(_history.rename_candidates(plain))
        return _history.by_path(_history.read_log(self.git, commit, where, True, first_parent))

    def versions(self, path: str, *, head: str = "HEAD", follow: bool = True) -> list[Version]:
        """The versions of one path, newest first; the same as `history()[path]`, for less.

        With `follow` the file is followed through renames, from any folder.
        """
        self._whole()
        return _history.versions(self.git, path, self.resolve(head), follow)

    def _whole(self) -> None:
        """Completes a cut-off history: else its first commit would look as if it had made every file."""
        if self.is_shallow():
            _clone.unshallow(self.git)

    def changes(self, base: str, head: str, prefix: str = "") -> list[FileChange]:
        """What differs between two commits, with git's own rename detection."""
        return _history.read_changes(self.git, full_id(base), full_id(head), _folder(prefix))

    def commit(
        self, branch: str, parent: str, edits: Mapping[str, bytes | None], message: str, author: Author | None = None
    ) -> str:
        """Commits `edits` (None removes a file) on top of `parent` and moves `branch` there.

        Modes stay; when nothing would differ there is no commit, and the answer is `parent`.

        Raises:
            InputError: a path is unsafe, the branch is checked out, or has commits that `parent` lacks.
        """
        full_id(parent)
        tree = _commit.write_tree(self.git, parent, self.tree(parent), edits)
        if tree == _objects.tree_id(self.git, parent):
            return parent
        new = _commit.write_commit(self.git, tree, (parent,), message, author or Author())
        _commit.set_branch(self.git, branch, new)
        return new

    def merge_tree(self, ours: str, theirs: str) -> str | list[str]:
        """The tree of a merge, or the paths in conflict. Nothing but objects is written.

        Raises:
            InputError: the commits have no common history, or git is older than 2.38.
        """
        tree, conflicts = self.mixed_tree(ours, theirs)
        return conflicts or tree

    def mixed_tree(self, ours: str, theirs: str) -> tuple[str, list[str]]:
        """The tree of a merge and the paths in conflict, which hold git's marks of conflict in it.

        Raises:
            InputError: the commits have no common history, or git is older than 2.38.
        """
        args = ("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", full_id(ours), full_id(theirs))
        code, out, err = self.git.status(*args)
        if code not in (0, 1) or not out:
            what = "no common history" if "unrelated" in err else "git could not merge (2.38 or newer is needed)"
            raise InputError(f"{what}: {ours[:12]} and {theirs[:12]}", where=self.git.name)
        tree, *names = out.rstrip(b"\0").split(b"\0")
        return tree.decode("ascii"), sorted({decode(name) for name in names if name}) if code else []

    def is_related(self, one: str, other: str) -> bool:
        """Whether two commits have any history in common."""
        args = ("merge-base", full_id(one), full_id(other))
        code = self.git.status(*args)[0]
        if code and self.is_shallow():
            _clone.unshallow(self.git)
            code = self.git.status(*args)[0]
        return code == 0

    def check_branch(self, branch: str) -> None:
        """Whether `commit` may move the branch, asked before anything is paid for.

        Raises:
            InputError: the name is no branch name, or the branch is checked out.
        """
        _commit.check_branch(self.git, branch)

    def move(self, branch: str, commit: str) -> None:
        """Moves or makes a branch, forward only.

        Raises:
            InputError: the branch is checked out, or has commits that `commit` lacks.
        """
        _commit.set_branch(self.git, branch, full_id(commit))

    def merge(self, branch: str, ours: str, theirs: str, message: str, author: Author | None = None) -> str | list[str]:
        """Merges `theirs` into `branch`, which is at `ours`: the commit it is at then, or the paths in conflict.

        No commit is made when one side has the other already.

        Raises:
            InputError: see `merge_tree` and `commit`.
        """
        new = self.merged(ours, theirs, message, author)
        if isinstance(new, str) and new != ours:
            _commit.set_branch(self.git, branch, new)
        return new

    def merged(self, ours: str, theirs: str, message: str, author: Author | None = None) -> str | list[str]:
        """The same without moving any branch: `commit` on top of it does that."""
        if self.is_ancestor(theirs, ours):
            return ours
        new = theirs
        if not self.is_ancestor(ours, theirs):
            tree = self.merge_tree(ours, theirs)
            if isinstance(tree, list):
                return tree
            new = _commit.write_commit(self.git, tree, (ours, theirs), message, author or Author())
        return new

    def push(self, branch: str) -> None:
        """Sends a branch to the remote, never by force.

        Raises:
            InputError: there is no remote.
            ServiceError: the server refused, for example because somebody pushed meanwhile.
        """
        remote = _clone.remote_of(self.git)[0]
        if not remote:
            raise InputError("there is no remote to push to", where=self.git.name, mend="add one")
        ref = f"refs/heads/{branch}"
        self.git.call("push", "--quiet", "--no-verify", remote, f"{ref}:{ref}")


def _folder(prefix: str) -> list[str]:
    """The arguments that restrict a command to a folder."""
    return [prefix.strip("/") + "/"] if prefix.strip("/") else []
