"""Where a book is: a work tree that an earlier step has checked out, else an address to clone.

A work tree counts for an address when it lies in the workspace, at most two folders deep, and its remote `origin` has
this address. It is used for what it holds and for who may read it; which branches there are, the server says.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from amts_action.errors import ServiceError
from amts_action.git.repository import Repository

__all__ = ["Place", "address_of", "find_checkout", "open_place", "same_address"]

_DEPTH: Final = 2
_MOST: Final = 2000
"""So many folders are looked at (our own limit): a workspace may hold anything."""
_SCP: Final = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w.-]+):(?!//)(?P<path>\S+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """One of the two books."""

    address: str
    token: str = field(default="", repr=False)
    folder: Path | None = None
    """Its work tree in the workspace, if there is one."""


def address_of(name: str, server: str) -> str:
    """The address of `owner/name` on a server; an address stays one, without a final `/` or `.git`."""
    if re.match(r"\w+://|[\w.-]+@", name):
        return name.rstrip("/").removesuffix(".git")
    return f"{server.rstrip('/')}/{name}"


def same_address(one: str, other: str) -> bool:
    """Whether two addresses are of one repository, whatever they are fetched with.

    Owners and names are compared without case, as GitHub does.
    """
    return _normal(one) == _normal(other)


def _normal(address: str) -> tuple[str, str]:
    found = _SCP.fullmatch(address)
    if found and "://" not in address:
        host, path = found["host"], found["path"]
    else:
        parts = urlsplit(address)
        host, path = parts.netloc.rpartition("@")[2], parts.path
    return host.lower(), path.strip("/").removesuffix(".git").lower()


def is_on(server: str, address: str) -> bool:
    """Whether an address is on a server, so that the server's token may be sent to it."""
    ours, theirs = urlsplit(server), urlsplit(address)
    return bool(ours.netloc) and (ours.scheme, ours.netloc.lower()) == (theirs.scheme, theirs.netloc.lower())


def find_checkout(workspace: Path, address: str) -> Path | None:
    """The work tree of an address in the workspace, the one nearest to its top."""
    for count, folder in enumerate(_folders(workspace)):
        if count >= _MOST:
            return None
        git = folder / ".git"
        if git.is_dir() and not git.is_symlink() and same_address(_origin(git / "config"), address):
            return folder
    return None


def _folders(top: Path) -> Iterator[Path]:
    """The folder and those in it, level by level, in the order of their names; links and hidden ones are left out."""
    level = [top]
    for depth in range(_DEPTH + 1):
        yield from level
        if depth < _DEPTH:
            level = [Path(entry.path) for folder in level for entry in _entries(folder)]


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            found = [e for e in entries if not e.name.startswith(".") and e.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    return sorted(found, key=lambda entry: entry.name)


def _origin(config: Path) -> str:
    """The address of the remote `origin` in a git configuration; empty when it has none."""
    # Started at the root: the working folder may be a repository of another user, which git would complain about.
    line = ["git", "config", "--file", str(config.absolute()), "--no-includes", "--get", "remote.origin.url"]
    done = subprocess.run(line, cwd=os.sep, capture_output=True, check=False)
    return done.stdout.decode("utf-8", "replace").strip()


def open_place(place: Place, notes: list[str]) -> Repository:
    """The repository: what is checked out with the server's branches, else a clone.

    When the server of what is checked out does not let us read, what is checked out has to do, and a note says so.

    Raises:
        InputError: there are no commits.
        ServiceError: the server could not be reached or refused.
    """
    if place.folder is None:
        return Repository.open(place.address, token=place.token or None)
    folder = str(place.folder)
    try:
        return Repository.checked_out(folder, place.address, token=place.token or None)
    except ServiceError as error:
        notes.append(f"{place.address}: only what is checked out is used, for the server did not answer: {error.what}")
        return Repository.open(folder, token=place.token or None)
