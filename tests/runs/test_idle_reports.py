"""Reports say what waits in review: a run that has nothing to write leaves those of the last one that had."""

from __future__ import annotations

from pathlib import Path

import pytest
from bookkit import Books, make_books

PEOPLE = ("pull-request.md", "report.md", "report.html", "report.json")
RAIN = {"about rain": "about heavy rain"}


@pytest.fixture
def books(tmp_path: Path) -> Books:
    """A book that is behind in one page."""
    made = make_books(tmp_path / "books")
    made.upstream(beta=RAIN)
    return made


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in PEOPLE}


def test_an_idle_run_leaves_the_last_reports(books: Books, tmp_path: Path) -> None:
    """The result is that of the run, and the reports are those of the last commit; it is said."""
    out = tmp_path / "out"
    books.sync("--report-dir", str(out))
    before = contents(out)
    assert b"chapter/beta.md" in before["pull-request.md"]
    done = books.sync("--report-dir", str(out))
    assert (done.code, done.result["commit"], contents(out)) == (0, "", before)
    assert '"commit": ""' in (out / "result.json").read_text(encoding="utf-8")
    assert "the reports of the last run stay in " in done.err


def test_what_is_owed_still_is_no_news(books: Books, tmp_path: Path) -> None:
    """An engine that refuses the same text again has nothing to write either."""
    out = tmp_path / "out"
    books.upstream(alpha={"about flour.": "about rye flour."})
    assert books.sync("--report-dir", str(out), refused=("rye",)).code == 1
    before = contents(out)
    done = books.sync("--report-dir", str(out), refused=("rye",))
    assert (done.code, done.result["commit"], contents(out)) == (1, "", before)


def test_news_are_written(books: Books, tmp_path: Path) -> None:
    """A commit, a plan, a page that cannot be read, and a folder with another book's reports or none."""
    out = tmp_path / "out"
    first = books.sync("--report-dir", str(out))
    assert first.result["commit"]
    before = contents(out)
    books.run("plan", "--report-dir", str(out))
    assert contents(out) != before
    books.upstream(beta={"about snow": "about deep snow"})
    books.sync("--report-dir", str(out))
    assert b"deep snow" in contents(out)["report.md"]
    (out / "report.json").write_bytes(b"{}")
    books.sync("--report-dir", str(out))
    assert b"deep snow" not in contents(out)["report.md"]
    other = tmp_path / "other"
    assert books.sync("--report-dir", str(other)).code == 0
    assert set(PEOPLE) <= {path.name for path in other.iterdir()}
