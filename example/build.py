"""Make the two git repositories of the example book, `DIR/book-en` and `DIR/book-zh`.

The history is plain data beside this file: `en/history.toml` and `zh/history.toml` list the commits, the folders next
to them hold the files that a commit brings (README.md explains the keys). The same data give the same commit ids on
every machine: authors, dates and modes come from the data, and no git configuration of the user is read.

    python example/build.py DIR
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from amts_action.errors import InputError

__all__ = ["Commit", "Edit", "build", "main", "read_history", "trees"]

MARKER = ".amts-example"
"""File that says a directory was made by `build`, so that it may be made anew."""

REPOSITORIES = {"en": "book-en", "zh": "book-zh"}
KEYS = {"id", "date", "author", "message", "kinds", "files", "english", "copy", "rename", "remove", "edit"}

Tree = Mapping[str, bytes]
"""Path in the repository -> content."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `old`, which must occur exactly once in `file`, by `new`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit; the changes are made in the order of the fields."""

    id: str
    """Name of the commit in the data; other commits refer to it."""
    date: datetime
    author: str
    message: str
    kinds: tuple[str, ...]
    """What the commit is there to exercise."""
    files: Mapping[str, bytes]
    """Files that are added or replaced."""
    english: str
    """Id of the English commit that `copies` are taken from; for translators, the one that they had before them."""
    copies: Mapping[str, str]
    """Path here -> path in the English book."""
    rename: Mapping[str, str]
    """Old path -> new path."""
    remove: tuple[str, ...]
    edits: tuple[Edit, ...]


def read_history(folder: Path) -> tuple[Commit, ...]:
    """The commits that `folder/history.toml` lists, oldest first.

    Raises:
        InputError: the list is not TOML, or a commit has an unknown key or lacks one.
    """
    path = folder / "history.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return tuple(_commit(folder, entry) for entry in data["commit"])
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise InputError(str(error), where=str(path)) from error
    except KeyError as error:
        raise InputError(f"a commit lacks the key {error}", where=str(path)) from error


def trees(history: Sequence[Commit], english: Mapping[str, Tree] | None = None) -> dict[str, Tree]:
    """The files of the book after each commit, by the commit's id.

    Args:
        history: the commits, oldest first.
        english: the same of the English book, for commits that copy from it.

    Raises:
        InputError: an edit, a rename or a removal does not fit the files before it.
    """
    found: dict[str, Tree] = {}
    files: dict[str, bytes] = {}
    for commit in history:
        files = _apply(commit, files, (english or {}).get(commit.english, {}))
        found[commit.id] = files
    return found


def build(directory: Path) -> dict[str, Path]:
    """Make both repositories, checked out at their newest commit.

    An earlier example in `directory` is replaced; other files there are left alone.

    Returns:
        Path of the repository by language code.

    Raises:
        InputError: `directory` holds something that this function did not make, or the data do not fit together.
    """
    data = Path(__file__).resolve().parent
    english, chinese = read_history(data / "en"), read_history(data / "zh")
    english_trees = trees(english)
    plan = {"en": (english, english_trees), "zh": (chinese, trees(chinese, english_trees))}
    _claim(directory)
    made = {language: directory / name for language, name in REPOSITORIES.items()}
    for language, (history, files) in plan.items():
        if made[language].exists():
            shutil.rmtree(made[language])
        _write_repository(made[language], history, files)
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Command line of this file; returns the exit code."""
    parser = argparse.ArgumentParser(description="Make the two repositories of the example book.")
    parser.add_argument("directory", type=Path, metavar="DIR", help="new, empty, or made by this command before")
    try:
        made = build(parser.parse_args(argv).directory)
    except InputError as error:
        print(f"build: {error}", file=sys.stderr)
        return error.exit_code
    for path in made.values():
        print(path)
    return 0


def _commit(folder: Path, entry: dict[str, Any]) -> Commit:
    if unknown := set(entry) - KEYS:
        raise InputError(f"unknown key {min(unknown)!r} in a commit", where=str(folder / "history.toml"))
    return Commit(
        id=entry["id"],
        date=datetime.fromisoformat(entry["date"]),
        author=entry["author"],
        message=entry["message"].strip() + "\n",
        kinds=tuple(entry["kinds"]),
        files=_read_folder(folder / entry["files"]) if "files" in entry else {},
        english=entry.get("english", ""),
        copies=entry.get("copy", {}),
        rename=entry.get("rename", {}),
        remove=tuple(entry.get("remove", ())),
        edits=tuple(Edit(**edit) for edit in entry.get("edit", ())),
    )


def _read_folder(folder: Path) -> dict[str, bytes]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    if not found:
        raise InputError("no such folder, or no file in it", where=str(folder))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def _apply(commit: Commit, before: Mapping[str, bytes], english: Tree) -> dict[str, bytes]:
    """The files after `commit`; `before` is left as it is."""
    try:
        files = {**before, **commit.files, **{here: english[there] for here, there in commit.copies.items()}}
        for old, new in commit.rename.items():
            files[new] = files.pop(old)
        for path in commit.remove:
            del files[path]
        for edit in commit.edits:
            files[edit.file] = _edited(files[edit.file], edit, commit)
    except KeyError as error:
        raise InputError(f"commit {commit.id} names {error}, which is not there") from error
    return files


def _edited(content: bytes, edit: Edit, commit: Commit) -> bytes:
    count = content.count(edit.old.encode())
    if count != 1:
        start = edit.old.strip().splitlines()[0][:40] if edit.old.strip() else ""
        raise InputError(f"{start!r} occurs {count} times, not once", where=f"commit {commit.id}, {edit.file}")
    return content.replace(edit.old.encode(), edit.new.encode())


def _claim(directory: Path) -> None:
    """Make `directory` ours, or refuse."""
    marker = directory / MARKER
    if directory.exists() and not directory.is_dir():
        raise InputError("is not a directory", where=str(directory), mend="name a new one")
    if directory.is_dir() and not marker.is_file() and any(directory.iterdir()):
        raise InputError(
            "is not empty and was not made by this command", where=str(directory), mend="name a new directory"
        )
    directory.mkdir(parents=True, exist_ok=True)
    marker.write_text("Made by example/build.py, which may replace book-en and book-zh.\n", encoding="utf-8")


def _write_repository(path: Path, history: Sequence[Commit], files: Mapping[str, Tree]) -> None:
    path.mkdir()
    _git(path, "init", "--quiet", "--template=", "--object-format=sha1", "--initial-branch=main")
    stream = b"".join(_stream(commit, files[commit.id]) for commit in history)
    _git(path, "fast-import", "--quiet", stdin=stream)
    _git(path, "reset", "--quiet", "--hard", "main")


def _stream(commit: Commit, files: Tree) -> bytes:
    """One commit in the language of `git fast-import`: all files anew, so that nothing depends on what went before."""
    when = f"{int(commit.date.timestamp())} {commit.date:%z}"
    lines = [b"commit refs/heads/main\n"]
    lines += [f"{role} {commit.author} {when}\n".encode() for role in ("author", "committer")]
    lines += [_data(commit.message.encode()), b"deleteall\n"]
    for path, content in sorted(files.items()):
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise InputError(f"{path!r} leaves the repository", where=f"commit {commit.id}")
        lines += [f"M 100644 inline {path}\n".encode(), _data(content)]
    return b"".join(lines)


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _git(path: Path, *arguments: str, stdin: bytes = b"") -> None:
    """Run git in `path`, with nothing of the caller's environment or configuration that could change the result."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *arguments], cwd=path, input=stdin, env=environment, check=True)


if __name__ == "__main__":
    sys.exit(main())
