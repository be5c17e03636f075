"""Which pages get a note, and what it says: from the JSON of `amts status`, or from the state records beside the book.

Knows nothing of Sphinx.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from amts_action.books.records import STATE_FOLDER, read_records
from amts_action.errors import InputError
from amts_action.reports.links import blob

__all__ = ["Note", "folder_in_repository", "notes_of_records", "notes_of_status", "page_name"]


@dataclass(frozen=True, slots=True)
class Note:
    """A page whose English has changed."""

    since: str = ""
    """Day of the first change that the page lacks; empty when that is not known."""
    link: str = ""
    sections: tuple[tuple[int, str], ...] = ()
    """Number (from 0, in the order of the page) and heading of each section that has changed."""


def notes_of_status(data: bytes, *, where: str) -> tuple[str, dict[str, Note]]:
    """The language of the translation, and a note for each page that is behind, by path in the repository.

    Raises:
        InputError: this is not what `amts status --json` writes.
    """
    try:
        raw = json.loads(data)
        if raw["version"] != 1:
            raise InputError("of another version of amts", where=where, mend="write it again with `amts status --json`")
        rows = [row for row in raw["documents"] if row["state"] == "behind"]
        return _text(raw["target_lang"]), {_text(row["target_path"]): _note(row) for row in rows}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        mend = "give what `amts status --json` writes"
        raise InputError("not the result of `amts status`", where=where, mend=mend) from error


def _note(row: Mapping[str, Any]) -> Note:
    link = _text(row["link"])
    sections = tuple((int(one["number"]), _text(one["title"])) for one in row["sections"])
    return Note(_text(row["since"]), link if link.startswith("https://") else "", sections)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def notes_of_records(root: Path) -> dict[str, Note]:
    """A note for each page whose state record says that something is owed; broken records say nothing.

    That is what is known without the source: changes that came after the last run are not in it.
    """
    top = root / STATE_FOLDER
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(top.rglob("*.json"))}
    records, _ = read_records(files)
    owing = {path: record for path, record in records.items() if record.owed}
    return {path: Note(link=blob(r.source_repository, r.commit, r.path)) for path, r in owing.items()}


def page_name(path: str) -> str:
    """A page without its ending: builders that go by way of other formats keep no more of it."""
    return str(PurePosixPath(path).with_suffix(""))


def folder_in_repository(folder: Path) -> tuple[Path, PurePosixPath]:
    """The repository that a folder lies in (the nearest folder upwards with `.git` or `.amts`), and its path there.

    A folder outside of any repository is taken for the top of one. Below `_build` stands what a builder such as
    d2lbook has made of the book around it.
    """
    folder = folder.resolve()
    if "_build" in folder.parts:
        folder = Path(*folder.parts[: folder.parts.index("_build")])
    root = next((p for p in (folder, *folder.parents) if (p / ".git").exists() or (p / ".amts").is_dir()), folder)
    return root, PurePosixPath(folder.relative_to(root).as_posix())
