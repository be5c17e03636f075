"""Bases that others have recorded, or that a record disproves; pages in places of their own; wrong languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bookkit import BRANCH, Books, copy_books, make_books

from amts_action.books.records import state_path

PRICE = {"about bread and": "about white bread and"}
RAIN = {"about rain": "about heavy rain"}
BETA = "chapter/beta.md"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """The book as it was translated, for all tests of this module."""
    return make_books(tmp_path_factory.mktemp("made"))


@pytest.fixture
def books(made: Books, tmp_path: Path) -> Books:
    """The book as it was translated."""
    return copy_books(made, tmp_path)


def without_record(books: Books, path: str) -> None:
    """Takes a page's record away."""
    if (books.target.path / state_path(path)).exists():
        books.target.commit({state_path(path): None})


def test_the_commit_in_the_front_matter_is_obeyed(books: Books) -> None:
    """What a page says about itself counts, whatever a search would find."""
    first = books.source.git("rev-parse", "HEAD")
    books.upstream(beta=RAIN)
    without_record(books, BETA)
    text = f"---\nl10n:\n  sourceCommit: {first}\n---\n\n" + (books.target.path / BETA).read_text(encoding="utf-8")
    books.target.commit({BETA: text})
    done = books.run("adopt", "--dry-run")
    rows = json.loads((books.folder / "result.json").read_text(encoding="utf-8"))["documents"]
    row = next(row for row in rows if row["path"] == BETA)
    assert done.code in (0, 1)
    assert (row["state"], row["commit"]) == ("declared", first)


def test_a_page_that_translators_moved_stays_there_and_is_brought_up_to_date(books: Books) -> None:
    """Its own history says where it comes from."""
    books.target.git("mv", BETA, "chapter/tianqi.md")
    books.target.commit(message="Move")
    books.upstream(beta=RAIN)
    books.sync()
    assert "译One item about heavy rain." in books.show("chapter/tianqi.md")
    assert not books.has(BETA)


def test_a_record_whose_english_is_gone_is_no_reason_to_do_nothing(books: Books) -> None:
    """The page was made from another English than the present one; a person is told."""
    place = books.target.path / state_path(BETA)
    if not place.exists():
        assert books.run("adopt").code in (0, 1)
        books.target.git("merge", "--quiet", BRANCH)
    record = json.loads(place.read_text(encoding="utf-8"))
    books.target.commit({state_path(BETA): json.dumps({**record, "blob": "1" * 40, "commit": "2" * 40})})
    books.sync("--report-dir", str(books.folder / "out"))
    report = (books.folder / "out" / "report.md").read_text(encoding="utf-8")
    assert "### For you" in report
    assert BETA.replace("_", "\\_") in report.split("### For you")[1].split("###")[0]


@pytest.mark.parametrize("lang", ["ja", "ru", "de"])
def test_another_language_than_that_of_the_book_is_refused(books: Books, lang: str) -> None:
    """Nothing is sent, nothing written."""
    books.upstream(beta=RAIN, alpha=PRICE)
    done = books.sync("--target-lang", lang, "--branch", "amts/x")
    assert done.code == 2
    assert "is not in the language" in done.err
    assert not books.sent()


def test_an_english_page_is_no_other_language(books: Books) -> None:
    """A young translation has pages that nobody has translated yet."""
    english = (books.source.path / BETA).read_text(encoding="utf-8")
    books.target.commit({BETA: english})
    books.upstream(alpha=PRICE)
    assert books.sync().code in (0, 1)
