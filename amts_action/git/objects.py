"""Reading trees and blobs, each in a fixed number of processes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from amts_action.errors import InputError
from amts_action.git.run import Git

__all__ = ["OID", "TreeEntry", "decode", "full_id", "known", "read_blobs", "read_tree"]

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


def read_tree(git: Git, commit: str, where: list[str], sizes: bool) -> dict[str, TreeEntry]:
    """The files of a commit by full path; `where` is empty or one folder with a final slash."""
    out: dict[str, TreeEntry] = {}
    more = ("-l",) if sizes else ()
    # In one piece: name by name it would take as long again, and a book of 10,000 pages has 20,000 files.
    rows = decode(git.run("ls-tree", "-r", "-z", "--full-tree", *more, commit, "--", *where))
    for row in rows.split("\0")[:-1]:
        head, _, name = row.partition("\t")
        mode, _, oid, *size = head.split()
        out[name] = TreeEntry(mode, oid, int(size[0]) if size and size[0].isdigit() else None)
    return out


def read_blobs(git: Git, oids: list[str]) -> dict[str, bytes]:
    """The contents, read by one process.

    Raises:
        InputError: one of them is not in the repository.
    """
    if not oids:
        return {}
    raw = git.run("cat-file", "--batch", "--buffer", data="".join(f"{oid}\n" for oid in oids).encode())
    out, at = {}, 0
    for oid in oids:
        end = raw.index(b"\n", at)
        size = raw[at:end].rpartition(b" ")[2]
        if not size.isdigit():
            raise InputError(f"object {oid} is missing", where=git.name, mend="run git fsck there")
        out[oid] = raw[end + 1 : end + 1 + int(size)]
        at = end + 2 + int(size)
    return out


def known(git: Git, oids: Iterable[str], partial: bool) -> frozenset[str]:
    """Those of the ids whose objects are here.

    In a `partial` clone a question for one object would fetch it, so there all that is here is listed.
    """
    wanted = [oid for oid in dict.fromkeys(oids) if OID.fullmatch(oid)]
    if not wanted:
        return frozenset()
    if partial:
        args = ("--batch-all-objects", "--unordered", "--batch-check=%(objectname)")
        return frozenset(git.run("cat-file", *args).decode("ascii").split()).intersection(wanted)
    raw = git.run("cat-file", "--batch-check", "--buffer", data="\n".join(wanted).encode() + b"\n")
    lines = raw.decode("ascii").splitlines()
    return frozenset(line.split(" ")[0] for line in lines if not line.endswith(" missing"))
