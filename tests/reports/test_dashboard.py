"""The dashboard of a book and its badge: the numbers, the history, and that nothing of the book is markup there."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path

import pytest
from bookkit import ALPHA, BRANCH, Books, amts, make_books, record
from hypothesis import given
from hypothesis import strategies as st
from test_page import HOSTILE, Tags

from amts_action.books.opening import open_books
from amts_action.books.records import state_path
from amts_action.reports.pages.badge import badge, share
from amts_action.reports.pages.dashboard import Dashboard, Month, dashboard
from amts_action.reports.table import BlockCount, StatusRow
from amts_action.runs.progress import progress
from amts_action.runs.status import status_jobs

TODAY = date(2026, 11, 21)


@pytest.fixture
def books(tmp_path: Path) -> Books:
    """A book and its translation, which is up to date."""
    return make_books(tmp_path)


def months(books: Books) -> list[Month]:
    """The chart's data."""
    places = {"source": str(books.source.path), "target": str(books.target.path)}
    opened = open_books(places, environ={})
    return progress(opened, status_jobs(opened))


def shown(*rows: StatusRow, months: tuple[Month, ...] = ()) -> str:
    """The page of some documents."""
    return dashboard(Dashboard("en", "zh-book", "zh", "a" * 40, TODAY, rows, months))


def test_blocks_add_up(books: Books) -> None:
    """Every block of the English is counted once: people's, changed, or never translated."""
    rows = books.run("status").documents
    assert rows["chapter/alpha.md"]["blocks"]["people"] == 9
    assert rows["chapter/spare.md"]["blocks"] == dict.fromkeys(rows["chapter/spare.md"]["blocks"], 0)
    books.upstream(alpha={"talks about bread": "talks of bread"})
    done = books.run("status")
    row = done.documents["chapter/alpha.md"]
    assert row["blocks"] == {"people": 8, "machine": 0, "behind": 1, "missing": 0, "conflict": 0, "unknown": 0}
    assert (row["commits_behind"], row["since"], row["sections"]) == (
        1,
        "2020-09-15",
        [{"number": 0, "title": "阿尔法"}],
    )
    assert sum(done.result["blocks"].values()) == sum(sum(r["blocks"].values()) for r in done.result["documents"])


def test_what_amts_wrote_counts_as_machine_until_a_person_changes_it(books: Books) -> None:
    """A block that a run wrote is behind until it is merged, and then the machine's; one that a person has changed
    since is people's."""
    books.upstream(alpha={"talks about bread": "talks of bread", "wraps\nover": "folds\nover"})
    books.sync()
    status = books.run("status")
    assert status.result["in_review"] == {"branch": BRANCH, "documents": ["chapter/alpha.md"]}
    blocks = status.documents["chapter/alpha.md"]["blocks"]
    assert (blocks["people"], blocks["machine"], blocks["behind"]) == (7, 0, 2)
    books.target.git("merge", "-q", "--no-ff", "-m", "merge", BRANCH)
    blocks = books.run("status").documents["chapter/alpha.md"]["blocks"]
    assert (blocks["people"], blocks["machine"], blocks["behind"]) == (7, 2, 0)
    text = books.show("chapter/alpha.md")
    lines = text.split("\n")
    n = next(k for k, line in enumerate(lines) if "knead()" in line)
    lines[n] = "第二段展示了`knead()`。"
    books.by_person({"chapter/alpha.md": "\n".join(lines)}, "main")
    blocks = books.run("status").documents["chapter/alpha.md"]["blocks"]
    assert (blocks["people"], blocks["machine"], blocks["behind"]) == (8, 1, 0)


def test_unknown_bases_are_not_up_to_date(tmp_path: Path) -> None:
    """Blocks of a page whose base nobody knows count as not known."""
    books = make_books(tmp_path, recorded=("index.md",), chinese={"chapter/alpha_origin.md": None})
    row = books.run("status").documents["chapter/alpha.md"]
    assert (row["state"], row["blocks"]["unknown"], row["blocks"]["people"]) == ("not adopted", 9, 0)


def test_months_follow_records(books: Books) -> None:
    """A page is behind from the month in which its English changes to the month in which a record says it follows."""
    for repo in (books.source, books.target):
        repo.clock += 40 * 86400
    changed = books.upstream(alpha={"talks about bread": "talks of bread"})
    for repo in (books.source, books.target):
        repo.clock += 40 * 86400
    books.target.commit({state_path("chapter/alpha.md"): record(books.source, "chapter/alpha.md", changed)})
    found = months(books)
    assert [(m.current, m.behind, m.unknown, m.missing, m.commits) for m in found] == [
        (5, 0, 0, 1, 0),
        (4, 1, 0, 1, 1),
        (4, 1, 0, 1, 1),
        (5, 0, 0, 1, 0),
    ]
    assert [m.month for m in found] == ["2020-09", "2020-10", "2020-11", "2020-12"]


def test_months_before_the_first_record_are_known_while_the_text_stands(tmp_path: Path) -> None:
    """A base that is recorded later holds for the time since the text is as it is, and not before."""
    books = make_books(tmp_path, recorded=(), chinese={"chapter/alpha_origin.md": None})
    first = books.source.commits[0]
    books.target.clock += 40 * 86400
    books.target.commit({"chapter/alpha.md": "# 阿尔法\n\n新译文。\n"})
    books.target.clock += 40 * 86400
    books.target.commit({state_path("chapter/alpha.md"): record(books.source, "chapter/alpha.md", first)})
    assert [(m.current, m.behind, m.unknown) for m in months(books)] == [(0, 0, 5), (1, 0, 4), (1, 0, 4), (1, 0, 4)]


def test_months_follow_origin_files(tmp_path: Path) -> None:
    """Without records the files that hold the English of a translation tell what it follows."""
    books = make_books(tmp_path, recorded=())
    new = ALPHA.replace("talks about bread", "talks of bread")
    books.source.clock += 40 * 86400
    books.target.clock += 80 * 86400
    books.upstream(alpha={"talks about bread": "talks of bread"})
    books.target.commit({"chapter/alpha_origin.md": new, "chapter/alpha.md": "# 阿尔法\n"})
    assert [(m.current, m.behind) for m in months(books)] == [(1, 0), (0, 1), (0, 1), (1, 0)]


def test_the_command_writes_page_and_badge(books: Books, tmp_path: Path) -> None:
    """`--html` and `--badge` write their files beside the table."""
    done = books.run("status", "--html", str(tmp_path / "a.html"), "--badge", str(tmp_path / "a.svg"))
    assert done.code == 0
    assert "chapter/alpha.md" in (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "100 % up to date" in (tmp_path / "a.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (BlockCount(), "not started"),
        (BlockCount(people=999, behind=1), "99 % up to date"),
        (BlockCount(people=1, machine=1), "100 % up to date"),
        (BlockCount(unknown=4), "0 % up to date"),
    ],
)
def test_badges_never_say_more_than_is_true(count: BlockCount, words: str) -> None:
    """The share is rounded down, and what is not known counts as behind."""
    root = ET.fromstring(badge(count))
    assert root.attrib["aria-label"] == f"translation: {words}"
    assert share(count) is None or f"{share(count)} % up to date" == words


@given(st.text(max_size=80))
def test_any_label_makes_a_badge(label: str) -> None:
    """Whatever the label is, the badge is well-formed, bounded, and holds no other element."""
    root = ET.fromstring(badge(BlockCount(people=1), label=label))
    tags = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert tags == ["svg", "title", "clipPath", "rect", "g", "rect", "rect", "g", "text", "text"]
    assert int(root.attrib["width"]) < 1100


def test_hostile_text_is_text() -> None:
    """No path, note or name of a book becomes markup of the dashboard."""
    month = Month("2024-01", 1)
    row = StatusRow(HOSTILE, "gone", None, None, HOSTILE, link='https://x/"><script>', blocks=BlockCount(1))
    page = dashboard(Dashboard(HOSTILE, HOSTILE, HOSTILE, HOSTILE, TODAY, (row,), (month,)))
    tame = StatusRow("a", "gone", None, None, "b", link="https://x/", blocks=BlockCount(1))
    names = [tag for tag, _ in Tags(page).found]
    assert names == [tag for tag, _ in Tags(shown(tame, months=(month,))).found]
    assert not any(name.startswith("on") or name == "style" for _, attrs in Tags(page).found for name in attrs)


def test_the_page_is_the_same_for_the_same_state() -> None:
    """The clock is an argument: the same state gives the same bytes."""
    row = StatusRow("a.md", "behind", 2, 1, since="2026-11-01", blocks=BlockCount(people=3, behind=1))
    page = shown(row)
    assert page == shown(row)
    assert '<td class="n" data-n="20">20</td><td class="n" data-n="2">2</td>' in page
    assert re.search(r'data-n="75">75 %<svg class="bar" viewBox="0 0 4 1"', page)


def test_pages_in_review_are_linked() -> None:
    """A page that a run has changed leads to its blocks on the review page; others, and other addresses, do not."""
    rows = (StatusRow("a b.md", "behind"), StatusRow("c.md", "behind"))
    told = Dashboard("en", "zh", "zh", "a" * 40, TODAY, rows, (), "report.html", frozenset({"a b.md"}))
    links = [attrs["href"] for tag, attrs in Tags(dashboard(told)).found if tag == "a" and "href" in attrs]
    assert [link for link in links if link and "page=" in link] == ["report.html#page=a%20b.md"]
    done = amts("status", "--html", "x.html", "--review-page", "javascript:alert(1)")
    assert (done.code, "--review-page" in done.err) == (2, True)
