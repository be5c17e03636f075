"""Reading names, trees and blobs, all through the one process that `reader` keeps."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from amts_action.errors import InputError
from amts_action.git.reader import Found
from amts_action.git.run import Git

__all__ = [
    "OID",
    "Folders",
    "TreeEntry",
    "commit_id",
    "decode",
    "entry_at",
    "full_id",
    "known",
    "listed",
    "read_blobs",
    "read_tree",
    "tree_id",
    "with_sizes",
]

_FOLDER, _MODULE = "040000", "160000"
_MODES: Final = {b"100644": "100644", b"100755": "100755", b"120000": "120000", b"40000": _FOLDER, b"160000": _MODULE}
DEEPEST: Final = 2048
"""Folders in one another that are followed: as many as git does (git-config(1), `core.maxTreeDepth`)."""

OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
"""A full object id: SHA-1, or SHA-256 in repositories made so."""


class TreeEntry(NamedTuple):
    """A file of a tree. `size` in bytes is None unless it was asked for; submodules never have one."""

    mode: str
    oid: str
    size: int | None = None


def decode(name: bytes) -> str:
    """A path as git stores it. Bytes that are not UTF-8 survive the way back through `surrogateescape`."""
    return name.decode("utf-8", "surrogateescape")


def full_id(oid: str) -> str:
    """The id itself, which then cannot be taken for an option or a range.

    Raises:
        InputError: it is not a full object id.
    """
    if not OID.fullmatch(oid):
        raise InputError("this is not a full object id", where=repr(oid), mend="resolve the name first")
    return oid


def commit_id(git: Git, *names: str) -> str:
    """The commit that the first of the names stands for that stands for one; empty when none does."""
    found = git.objects("info", (f"{name}^{{commit}}" for name in names))
    return next((one.oid for one in found if one is not None), "")


def tree_id(git: Git, commit: str) -> str:
    """The tree of a commit; empty when it is not here."""
    found = git.objects("info", [f"{full_id(commit)}^{{tree}}"])[0]
    return found.oid if found else ""


Folders = dict[str, list[tuple[str, str, str]]]
"""Trees by id, each with mode, name and id of what is in it: two commits of a book have most of them in common."""


def read_tree(git: Git, commit: str, folders: Folders) -> dict[str, TreeEntry]:
    """The files of a commit (or tree) by full path, in git's order.

    Args:
        folders: trees that were read before; those of this commit are added.

    Raises:
        InputError: it is not here, or is deeper than `DEEPEST`.
    """
    top = _folder(git, f"{full_id(commit)}^{{tree}}", folders)
    if top is None:
        raise InputError(f"the files of {commit[:12]} are not here", where=git.name, mend="run git fsck there")
    level = [top]
    for _ in range(DEEPEST + 1):
        below = dict.fromkeys(oid for one in level for mode, _, oid in folders[one] if mode == _FOLDER)
        level = list(below)
        if not level:
            return _files(top, folders)
        absent = [oid for oid in level if oid not in folders]
        for oid, found in zip(absent, git.objects("contents", absent), strict=True):
            if found is None or found.kind != "tree":
                raise InputError(f"object {oid} is missing", where=git.name, mend="run git fsck there")
            folders[oid] = _rows(found)
    raise InputError(f"{commit[:12]} has folders in more than {DEEPEST} folders", where=git.name)


def entry_at(git: Git, commit: str, path: str, folders: Folders) -> TreeEntry | None:
    """A file of a commit (or tree); None when it has no such file."""
    at = _folder(git, f"{full_id(commit)}^{{tree}}", folders)
    *above, name = path.split("/")
    for part in above:
        below = _named(folders[at], part) if at else None
        at = _folder(git, below.oid, folders) if below and below.mode == _FOLDER else None
    found = _named(folders[at], name) if at else None
    return None if found is None or found.mode in (_FOLDER, _MODULE) else found


def _named(rows: list[tuple[str, str, str]], name: str) -> TreeEntry | None:
    return next((TreeEntry(mode, oid) for mode, own, oid in rows if own == name), None)


def _folder(git: Git, name: str, folders: Folders) -> str | None:
    """The id of a tree, which is read if it has not been yet; None when it is not here."""
    if name in folders:
        return name
    found = git.objects("contents", [name])[0]
    if found is None or found.kind != "tree":
        return None
    folders.setdefault(found.oid, _rows(found))
    return found.oid


def _rows(tree: Found) -> list[tuple[str, str, str]]:
    """What is in a tree: `mode SP name NUL id`, again and again; modes as git shows them (`canon_mode` in cache.h)."""
    raw, width, at = tree.content, len(tree.oid) // 2, 0
    rows = []
    try:
        while at < len(raw):
            space = raw.index(b" ", at)
            end = raw.index(b"\0", space)
            rows.append((_mode(raw[at:space]), decode(raw[space + 1 : end]), raw[end + 1 : end + 1 + width].hex()))
            at = end + 1 + width
    except ValueError:
        raise InputError(f"object {tree.oid} is broken", mend="run git fsck") from None
    return rows


def _mode(raw: bytes) -> str:
    known = _MODES.get(raw)
    if known:
        return known
    bits = int(raw, 8)
    if stat.S_ISREG(bits):
        return "100755" if bits & stat.S_IXUSR else "100644"
    return "120000" if stat.S_ISLNK(bits) else _FOLDER if stat.S_ISDIR(bits) else _MODULE


def _files(top: str, folders: Folders) -> dict[str, TreeEntry]:
    """The files below a tree by full path."""
    out: dict[str, TreeEntry] = {}
    open_folders = [("", iter(folders[top]))]
    while open_folders:
        prefix, rows = open_folders[-1]
        for mode, name, oid in rows:
            if mode == _FOLDER:
                open_folders.append((f"{prefix}{name}/", iter(folders[oid])))
                break
            out[prefix + name] = TreeEntry(mode, oid)
        else:
            open_folders.pop()
    return out


def with_sizes(git: Git, commit: str, tree: Mapping[str, TreeEntry]) -> dict[str, TreeEntry]:
    """The same files with their sizes, by one more process."""
    rows = decode(git.run("ls-tree", "-r", "-z", "-l", "--full-tree", full_id(commit))).split("\0")[:-1]
    sizes = {name: head.split()[3] for head, _, name in (row.partition("\t") for row in rows)}
    return {
        path: entry._replace(size=int(sizes[path]) if sizes[path].isdigit() else None) for path, entry in tree.items()
    }


def read_blobs(git: Git, oids: list[str]) -> dict[str, bytes]:
    """The contents by id.

    Raises:
        InputError: one of them is not in the repository.
    """
    out = {}
    for oid, found in zip(oids, git.objects("contents", oids), strict=True):
        if found is None:
            raise InputError(f"object {oid} is missing", where=git.name, mend="run git fsck there")
        out[oid] = found.content
    return out


def known(git: Git, oids: Iterable[str]) -> frozenset[str]:
    """Those of the ids whose objects are here."""
    return frozenset(found.oid for found in git.objects("info", oids) if found is not None)


def listed(git: Git) -> frozenset[str]:
    """Every object that is here; never asks a server."""
    args = ("--batch-all-objects", "--unordered", "--batch-check=%(objectname)")
    return frozenset(git.run("cat-file", *args).decode("ascii").split())
