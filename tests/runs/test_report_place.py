"""Where reports may go is looked at before a run, whatever lies there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from gitkit import Repo

from amts_action.errors import InputError
from amts_action.runs.report_place import check_report_place


@pytest.fixture
def book(tmp_path: Path) -> Repo:
    """A repository with a file of a name that reports have."""
    repo = Repo(tmp_path / "book")
    repo.commit({"notes/report.md": "ours\n", "notes/other.md": "x\n", "kept/review-de.html": "x\n"})
    return repo


@pytest.mark.parametrize("name", ["amts-report", "a/b/c", ".amts-report", "chapter"])
def test_a_free_place_is_fine(book: Repo, name: str) -> None:
    (book.path / "chapter").mkdir()
    check_report_place(book.path / name, where="x", inside=book.path)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("notes/other.md", "other.md is a file"),
        ("notes/other.md/deeper", "other.md is a file"),
        (".git/hooks", "git's own folder"),
        (".git", "git's own folder"),
        ("notes", "report.md there is a file of the repository"),
        ("../elsewhere", "leads out of the workspace"),
        ("out", "leads out of the workspace"),
        ("linked", "report.html is a link"),
        ("page", "review-zh.html is a link"),
        ("kept", "review-de.html there is a file of the repository"),
    ],
)
def test_what_would_harm_is_refused(book: Repo, tmp_path: Path, name: str, says: str) -> None:
    (book.path / "out").symlink_to(tmp_path)
    (book.path / "linked").mkdir()
    (book.path / "linked" / "report.html").symlink_to(tmp_path / "anywhere")
    (book.path / "page").mkdir()
    (book.path / "page" / "review-zh.html").symlink_to(tmp_path / "anywhere")
    with pytest.raises(InputError, match=says):
        check_report_place(book.path / name, where="x", inside=book.path)


def test_a_report_of_an_earlier_run_is_gone_over(book: Repo) -> None:
    place = book.path / "amts-report"
    place.mkdir()
    (place / "report.md").write_text("old\n")
    check_report_place(place, where="x")


def test_the_usual_place_in_gits_folder_is_fine(book: Repo) -> None:
    check_report_place(book.path / ".git" / "amts", where="x")
    assert (
        subprocess.run(["git", "-C", str(book.path), "status", "--short"], check=True, capture_output=True).stdout
        == b""
    )
