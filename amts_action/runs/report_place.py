"""Where reports may be written: looked at before a run, because afterwards the money is spent."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from amts_action.errors import InputError

__all__ = ["REPORT_FILES", "check_report_place"]

REPORT_FILES: Final = ("pull-request.md", "report.md", "report.html", "report.json", "result.json")
"""The names of all files of a report."""
_PAGES: Final = "review-*.html"
"""The names that the action gives the review page besides, by language."""


def check_report_place(folder: Path, *, where: str, inside: Path | None = None) -> None:
    """Makes sure that reports can go to a folder, and go over nothing that is somebody's work.

    Args:
        where: what named the folder, for messages.
        inside: the folder that must hold it, links followed; None for anywhere.

    Raises:
        InputError: something on the way is no folder or cannot be written, it leads out of `inside`, it is git's own,
            it holds links under our names, or git tracks files of our names there.
    """
    if inside is not None and not folder.resolve().is_relative_to(inside.resolve()):
        raise InputError("leads out of the workspace", where=where, mend="give another folder")
    for place in (folder, *folder.parents):
        if place.exists() and not place.is_dir():
            raise InputError(f"{place.name} is a file", where=where, mend="give a folder, or a name that is free")
    resolved = folder.resolve()
    if ".git" in resolved.parts[:-1] or resolved.name == ".git":
        if resolved.parts[-2:] != (".git", "amts"):  # where reports go when nothing else is said
            raise InputError("is git's own folder", where=where, mend="give another one")
        return
    names = (*REPORT_FILES, *(place.name for place in folder.glob(_PAGES)))
    for name in names:
        place = folder / name
        if place.is_symlink() or (place.exists() and not place.is_file()):
            raise InputError(f"{name} is a link or a folder there", where=where, mend="give another folder")
    if tracked := _tracked(resolved, names):
        what = f"{tracked} there is a file of the repository"
        raise InputError(what, where=where, mend="give another folder, reports would go over it")


def _tracked(folder: Path, names: Iterable[str]) -> str:
    """The first of the files in a folder that git tracks; empty when it tracks none, or there is no repository."""
    top = next((place for place in (folder, *folder.parents) if place.exists()), folder)
    paths = [str(folder / name) for name in names]
    line = ["git", "-c", "safe.directory=*", "-C", str(top), "ls-files", "-z", "--", *paths]
    try:
        done = subprocess.run(line, capture_output=True, check=False)
    except OSError:
        return ""
    first = done.stdout.split(b"\0")[0].decode("utf-8", "replace") if not done.returncode else ""
    return first.rpartition("/")[2]
