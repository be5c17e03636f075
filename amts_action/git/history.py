"""Changes between commits and the versions of every path, from `git log --raw -z` and `git diff-tree -z`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from amts_action.git.objects import commit_id, decode
from amts_action.git.run import Git

__all__ = [
    "FileChange",
    "LogEntry",
    "Version",
    "by_path",
    "parse_changes",
    "parse_log",
    "read_changes",
    "read_log",
    "rename_candidates",
    "versions",
]

_RENAMES = ("-M50%", "-l2000")  # git's own similarity; its limit is fixed here, so that settings change nothing
_RAW = ("--raw", "-z", "--no-abbrev", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none")
Status = Literal["A", "M", "D", "R"]


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file that differs between two commits. Paths and object ids of the side where it is not are None."""

    status: Status
    old_path: str | None
    new_path: str | None
    old_oid: str | None
    new_oid: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """The text that a path got in a commit: blob id, the path's name then, and the committer's date (UTC)."""

    commit: str
    date: datetime
    oid: str
    path: str


class LogEntry(NamedTuple):
    """A commit of a log with the changes against its first parent. `time` is in seconds since 1970."""

    commit: str
    time: int
    changes: list[FileChange]


def _change(head: bytes, names: Iterator[bytes]) -> FileChange:
    """The change whose `:modes oids status` field is `head`; takes its one or two paths from `names`."""
    _, _, old, new, code = head.decode("ascii").split(" ")
    first = decode(next(names))
    if code[0] in "RC":
        second = decode(next(names))
        # A copy (only when somebody's configuration asks for copies) is a new file.
        return FileChange("R", first, second, old, new) if code[0] == "R" else FileChange("A", None, second, None, new)
    if code[0] == "A":
        return FileChange("A", None, first, None, new)
    if code[0] == "D":
        return FileChange("D", first, None, old, None)
    return FileChange("M", first, first, old, new)


def parse_changes(raw: bytes) -> list[FileChange]:
    """Output of `git diff-tree -r -z --raw --no-abbrev`."""
    names = iter(raw.split(b"\0"))
    return [_change(token, names) for token in names if token.startswith(b":")]


def parse_log(raw: bytes) -> Iterator[LogEntry]:
    """Output of `git log --raw -z --no-abbrev --format='%H %ct'`, newest first.

    Paths are taken by position, so a file name that looks like a header is still a file name.
    """
    tokens = iter(raw.split(b"\0"))
    entry: LogEntry | None = None
    for token in tokens:
        token = token.lstrip(b"\n")
        if token.startswith(b":"):
            change = _change(token, tokens)
            if entry is not None:
                entry.changes.append(change)
        elif token:
            if entry is not None:
                yield entry
            commit, time = token.decode("ascii").split(" ")
            entry = LogEntry(commit, int(time), [])
    if entry is not None:
        yield entry


def by_path(log: Iterable[LogEntry]) -> dict[str, tuple[Version, ...]]:
    """The versions of every path, newest first, under the last name that the path had.

    Walking back, a rename hands the older name's versions to the newer name; the older versions of a name that was
    the goal of a rename belong to some file that is gone, and are left out. A file that was deleted and came back
    keeps the versions from before.
    """
    found: dict[str, list[Version]] = {}
    now: dict[str, str | None] = {}  # the name a path has at this point of the walk -> its last name
    for commit, time, changes in log:
        date = datetime.fromtimestamp(time, UTC)
        for change in changes:
            if change.new_path is None or change.new_oid is None:
                continue
            key = now.get(change.new_path, change.new_path)
            if key is not None:
                found.setdefault(key, []).append(Version(commit, date, change.new_oid, change.new_path))
            if change.status == "R" and change.old_path is not None:
                now[change.new_path] = None
                now[change.old_path] = key
    return {path: tuple(versions) for path, versions in found.items()}


def read_log(git: Git, commit: str, where: list[str], renames: bool, first_parent: bool) -> list[LogEntry]:
    """The commits that touch `where` (everything when empty), newest first; a merge against its first parent.

    Where files are missing whose likeness tells renames, as large ones in a clone that left them out, the history comes
    without renames: a page that was renamed then counts as another one, which is better than none counting at all.
    """
    walk = ("--first-parent", "--diff-merges=first-parent") if first_parent else ("--diff-merges=first-parent",)
    rest = (*_RAW, "--format=%H %ct", commit, "--", *where)
    if renames:
        code, out, _ = git.status("log", *walk, *_RENAMES, *rest)
        if not code:
            return list(parse_log(out))
    return list(parse_log(git.run("log", *walk, "--no-renames", *rest)))


def read_changes(git: Git, base: str, head: str, where: list[str]) -> list[FileChange]:
    """What differs between two commits, with git's own rename detection."""
    return parse_changes(git.run("diff-tree", "-r", *_RAW, *_RENAMES, base, head, "--", *where))


def rename_candidates(log: Iterable[LogEntry]) -> list[str]:
    """The blobs that rename detection will read: those of commits that both add and remove files."""
    wanted: list[str] = []
    for entry in log:
        if {"A", "D"} <= {change.status for change in entry.changes}:
            moved = [change for change in entry.changes if change.status in "AD"]
            wanted += [oid for change in moved for oid in (change.old_oid, change.new_oid) if oid]
    return wanted


def versions(git: Git, path: str, commit: str, follow: bool) -> list[Version]:
    """The versions of one path, newest first, as `by_path` has them.

    A look at single commits tells whether the path came or went by a rename there.
    """
    out: list[Version] = []
    for entry in read_log(git, commit, [path], False, True):
        status = entry.changes[0].status
        if status == "D" and follow and _renamed(git, entry.commit, path, old=True) is not None:
            return out  # before, the name stood for a file that lives on under another name
        out += by_path([entry]).get(path, ())
        origin = _renamed(git, entry.commit, path, old=False) if status == "A" and follow else None
        if origin is not None:
            return out + versions(git, origin, f"{entry.commit}^1", follow)
    return out


def _renamed(git: Git, commit: str, path: str, *, old: bool) -> str | None:
    """The other name, if the commit renamed `path` (its `old` name, else its new one)."""
    parent = commit_id(git, f"{commit}^1")
    if not parent:
        return None
    for change in read_changes(git, parent, commit, []):
        if change.status == "R" and (change.old_path if old else change.new_path) == path:
            return change.new_path if old else change.old_path
    return None
