"""Writing commits with plumbing only: the work tree, the index and HEAD of the repository are never touched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from amts_action.errors import InputError
from amts_action.git.run import Git

if TYPE_CHECKING:
    from amts_action.git.objects import TreeEntry

__all__ = ["Author", "branch_ref", "check_path", "is_ref_name", "set_branch", "write_commit", "write_tree"]

_REGULAR, _LINK, _MODULE = "100644", "120000", "160000"
_RESERVED = frozenset({"", ".", "..", ".git", "git~1"})
_ZERO = "0"


@dataclass(frozen=True, slots=True)
class Author:
    """Who made a commit, and when (None: now). Used for author and committer."""

    name: str = "AMTS"
    email: str = "amts@users.noreply.github.com"
    date: datetime | None = None

    def environment(self) -> dict[str, str]:
        """The variables git reads.

        Raises:
            InputError: name or address is empty or breaks the commit's header.
        """
        for value in (self.name, self.email):
            if not value.strip() or any(char in value for char in "<>\n\r\0"):
                raise InputError(f"{value!r} cannot be an author's name or address", mend="set another one")
        env = {"NAME": self.name, "EMAIL": self.email}
        if self.date is not None:
            env["DATE"] = f"{int(self.date.timestamp())} {self.date.strftime('%z') or '+0000'}"
        return {f"GIT_{who}_{key}": value for who in ("AUTHOR", "COMMITTER") for key, value in env.items()}


def check_path(path: str) -> None:
    """Refuses a path that is not a plain path inside a repository.

    Raises:
        InputError: absolute, empty, with `.`, `..` or git's own folder as a part, or with a control character.
    """
    parts = path.split("/")
    if any(part.rstrip(" .").lower() in _RESERVED for part in parts):
        raise InputError("the path leaves the repository or its content", where=repr(path), mend="rename the file")
    if any(ord(char) < 32 or ord(char) == 127 for char in path):
        raise InputError("the path holds a control character", where=repr(path), mend="rename the file")


def _modes(tree: Mapping[str, TreeEntry], edits: Mapping[str, bytes | None]) -> dict[str, str]:
    """The mode each written path gets.

    Raises:
        InputError: a path is unsafe, is a link or a folder, or passes through a link or a file.
    """
    folders = {path[:at] for path in tree for at, char in enumerate(path) if char == "/"}
    modes = {}
    for path, content in edits.items():
        check_path(path)
        above = [path[:at] for at, char in enumerate(path) if char == "/"]
        blocked = next((name for name in above if name in tree and edits.get(name, b"") is not None), None)
        if blocked is not None:
            raise InputError(f"{blocked} is a link or a file, not a folder", where=path, mend="remove it first")
        old = tree.get(path)
        if content is not None and (path in folders or (old and old.mode in (_LINK, _MODULE))):
            raise InputError("this is a link or a folder, not a file", where=path, mend="remove it first")
        modes[path] = old.mode if old else _REGULAR
    return modes


def write_blobs(git: Git, contents: Iterable[bytes]) -> list[str]:
    """Stores the contents, unfiltered, in one process; their ids in order."""
    stream = [
        b"blob\nmark :%d\ndata %d\n%b\nget-mark :%d\n" % (at, len(content), content, at)
        for at, content in enumerate(contents, start=1)
    ]
    if not stream:
        return []
    out = git.run("fast-import", "--quiet", "--done", data=b"".join([*stream, b"done\n"]))
    return out.decode("ascii").split()


def write_tree(git: Git, parent: str, tree: Mapping[str, TreeEntry], edits: Mapping[str, bytes | None]) -> str:
    """The tree of `parent` with the edits; None removes a file, a removed file that is not there is no matter.

    Modes of files that are there stay as they are.

    Raises:
        InputError: a path cannot be written (see `check_path`), or goes through a symbolic link.
    """
    from tempfile import TemporaryDirectory

    modes = _modes(tree, edits)
    written = {path: content for path, content in edits.items() if content is not None}
    oids = dict(zip(written, write_blobs(git, written.values()), strict=True))
    zero = _ZERO * len(parent)
    gone = [f"0 {zero}\t{path}\0" for path in edits if path not in oids and path in tree]
    lines = gone + [f"{modes[path]} {oid}\t{path}\0" for path, oid in oids.items()]
    with TemporaryDirectory(prefix="amts-index-") as folder:
        more = {"GIT_INDEX_FILE": f"{folder}/index"}
        git.run("read-tree", parent, more=more)
        data = "".join(lines).encode("utf-8", "surrogateescape")
        git.run("update-index", "-z", "--index-info", data=data, more=more)
        # In a partial clone git would otherwise fetch every blob of the tree to see whether it exists.
        return git.run("write-tree", "--missing-ok", more=more).decode("ascii").strip()


def tree_of(git: Git, parent: str, entries: Mapping[str, tuple[str, str | None]]) -> str:
    """The tree of `parent` with files that are stored already: mode and id by path, no id to remove one."""
    from tempfile import TemporaryDirectory

    zero = _ZERO * len(parent)
    lines = [f"0 {zero}\t{path}\0" for path, (_, oid) in entries.items() if oid is None]
    lines += [f"{mode} {oid}\t{path}\0" for path, (mode, oid) in entries.items() if oid is not None]
    with TemporaryDirectory(prefix="amts-index-") as folder:
        more = {"GIT_INDEX_FILE": f"{folder}/index"}
        git.run("read-tree", parent, more=more)
        data = "".join(lines).encode("utf-8", "surrogateescape")
        git.run("update-index", "-z", "--index-info", data=data, more=more)
        return git.run("write-tree", "--missing-ok", more=more).decode("ascii").strip()


def write_commit(git: Git, tree: str, parents: Iterable[str], message: str, author: Author) -> str:
    """A commit object; no branch is changed."""
    args = [word for parent in parents for word in ("-p", parent)]
    text = message.replace("\0", "").strip() + "\n"
    data = text.encode("utf-8", "replace")
    return git.run("commit-tree", tree, *args, data=data, more=author.environment()).decode("ascii").strip()


_NO_REF_NAME = re.compile(
    r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\Z|\.\Z|(?:\A|/)\.|\.lock(?:/|\Z)",
)
"""What no name of a reference holds: git-check-ref-format(1)."""


def is_ref_name(ref: str) -> bool:
    """Whether git takes a full name (`refs/…`) for a reference."""
    return ref.startswith("refs/") and not _NO_REF_NAME.search(ref)


def branch_ref(branch: str) -> str:
    """The full name of a branch.

    Raises:
        InputError: the name is no branch name.
    """
    ref = f"refs/heads/{branch}"
    if branch.startswith("-") or branch == "HEAD" or not is_ref_name(ref):
        raise InputError("this is not a name for a branch", where=repr(branch), mend="give --branch another name")
    return ref


def check_branch(git: Git, branch: str) -> None:
    """Makes sure that a branch may be moved.

    Raises:
        InputError: the name is no branch name, or the branch is checked out.
    """
    if branch_ref(branch) in _checked_out(git):
        mend = "give --branch another name"
        raise InputError(f"the branch {branch} is checked out", where=git.name, mend=mend)


def set_branch(git: Git, branch: str, new: str) -> None:
    """Moves or makes a branch, forward only, and only from where it was when we looked.

    Raises:
        InputError: the name is no branch name, the branch is checked out, or has commits that `new` lacks.
    """
    ref = branch_ref(branch)
    (found,) = git.objects("info", [ref])
    old = found.oid if found else ""
    if old == new:
        return
    check_branch(git, branch)
    if old and git.status("merge-base", "--is-ancestor", old, new)[0]:
        mend = "start from the branch as it is now, or give --branch another name"
        raise InputError(f"the branch {branch} has other commits", where=git.name, mend=mend)
    code, _, _ = git.status("update-ref", "-m", "amts", ref, new, old or _ZERO * len(new))
    if code:
        taken = "somebody moved it, or a branch with a name above or below it is in the way"
        raise InputError(f"the branch {branch} could not be set: {taken}", where=git.name, mend="run again")


def _checked_out(git: Git) -> set[str]:
    """Full names of the branches that some work tree shows."""
    lines = git.run("worktree", "list", "--porcelain", "-z").decode("utf-8", "surrogateescape").split("\0")
    return {line.removeprefix("branch ") for line in lines if line.startswith("branch ")}
