"""Commits that exist only here, on their way to a server: what they change, and how they come about.

Plumbing only, as in `_commit`: no branch, index or work tree is touched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from amts_action.errors import InputError
from amts_action.git import clone as _clone
from amts_action.git import commit as _commit
from amts_action.git.objects import commit_id, decode, full_id
from amts_action.git.repository import Repository

__all__ = [
    "TRAILER",
    "TREE",
    "WORK",
    "Draft",
    "Edit",
    "bring",
    "check_name",
    "differing",
    "draft_of",
    "fork",
    "hunks",
    "is_settled",
    "marked",
    "trailers",
    "tree_with",
]

TRAILER: Final = "Amts-Settled"
"""Trailer of the commit with which a branch starts again after its pull request was merged or closed; its value is the
branch's commit at that time."""


WORK: Final = "Amts-Source"
"""Trailer of the commits that a run makes; its value is the commit of the English book."""
TREE: Final = "Amts-Tree"
"""Trailer of all our commits on a server; its value is the tree that they were made with. Who changes one of them, or
writes its message under work of their own, has another tree."""


class Edit(NamedTuple):
    """A file in which two trees differ: its new mode and content id, None when it is gone."""

    path: str
    mode: str
    oid: str | None


class Draft(NamedTuple):
    """A commit in parts."""

    tree: str
    parents: tuple[str, ...]
    message: str


def check_name(branch: str) -> None:
    """Makes sure that a name can be a branch on the server; unlike here, it may be checked out.

    Raises:
        InputError: it cannot.
    """
    _commit.branch_ref(branch)


def bring(repository: Repository, commit: str) -> None:
    """Makes sure that a commit of the server is here.

    Raises:
        InputError: the remote does not have it or there is none.
    """
    git = repository.git
    if not commit_id(git, full_id(commit)) and not _clone.fetch_commit(git, commit):
        mend = "give the folder the GitHub repository as its remote `origin`, or give --target its address"
        raise InputError(f"commit {commit[:12]} of the server could not be fetched", where=git.name, mend=mend)


def tree_with(repository: Repository, parent: str, edits: Mapping[str, bytes | None]) -> str:
    """The tree of a commit with some files written (None: removed).

    Raises:
        InputError: a path is unsafe or cannot be written.
    """
    if not edits:
        return draft_of(repository, parent).tree
    return _commit.write_tree(repository.git, parent, repository.tree(parent), edits)


def draft_of(repository: Repository, commit: str) -> Draft:
    """The parts of a commit."""
    found = repository.git.objects("contents", [full_id(commit)])[0]
    if found is None or found.kind != "commit":
        raise InputError(f"commit {commit[:12]} is not here", where=repository.git.name)
    head, _, message = found.content.decode("utf-8", "replace").partition("\n\n")
    rows = [line.split(" ", 1) for line in head.split("\n") if line[:1] != " "]
    parents = tuple(value for key, value in rows if key == "parent")
    return Draft(next(value for key, value in rows if key == "tree"), parents, message)


def differing(repository: Repository, old: str, new: str) -> list[Edit]:
    """The files in which two commits or trees differ, by path."""
    args = ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", full_id(old), full_id(new))
    parts = repository.git.run(*args).split(b"\0")
    out = []
    for head, name in zip(parts[0::2], parts[1::2], strict=False):
        old_mode, mode, _, oid, kind = head.decode("ascii").lstrip(":").split(" ")
        gone = kind == "D"
        out.append(Edit(decode(name), old_mode if gone else mode, None if gone else oid))
    return out


def hunks(repository: Repository, old: str, new: str, path: str) -> list[tuple[int, int]]:
    """First and last line, in the new version, of each part that a difference with three lines around shows."""
    args = ("diff-tree", "-p", "-U3", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color")
    out = repository.git.run(*args, full_id(old), full_id(new), "--", path).decode("utf-8", "replace")
    found = re.findall(r"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@", out, re.MULTILINE)
    return [(int(start), int(start) + int(count or 1) - 1) for start, count in found]


def fork(repository: Repository, ours: str, theirs: str) -> str:
    """The commit from which two branches went apart.

    Raises:
        InputError: they have nothing in common.
    """
    code, out, _ = repository.git.status("merge-base", full_id(ours), full_id(theirs))
    if code:
        raise InputError(f"no common history: {ours[:12]} and {theirs[:12]}", where=repository.git.name)
    return out.decode("ascii").split()[0]


def is_settled(repository: Repository, commit: str, tip: str) -> bool:
    """Whether the branch at `tip` has been started again since it was at `commit`."""
    return commit in trailers(repository, TRAILER, commit, tip)


def marked(message: str, tree: str) -> str:
    """The message of a commit of ours with the tree that it is made with."""
    text = message.rstrip("\n")
    has_trailers = text.rpartition("\n")[2].startswith((f"{WORK}: ", f"{TRAILER}: "))
    return f"{text}{'' if has_trailers else chr(10)}\n{TREE}: {tree}\n"


def trailers(repository: Repository, key: str, since: str, until: str) -> list[str]:
    """The values of a trailer in the commits that `until` has and `since` has not."""
    args = ("log", f"--format=%(trailers:key={key},valueonly)", f"{full_id(since)}..{full_id(until)}")
    return repository.git.run(*args).decode("utf-8", "replace").split()
