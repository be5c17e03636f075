"""What the English takes back, removes and restores while a proposal is open, and what people keep."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bookkit import ALPHA, BRANCH, CHINESE, Books, make_books

BREAD = {"talks about bread": "talks of bread"}
BACK = {new: old for old, new in BREAD.items()}


@pytest.fixture
def books(tmp_path: Path) -> Books:
    """The book with a record for every page."""
    return make_books(tmp_path)


def _for_you(books: Books) -> list[str]:
    """The points of the last run's list for a person."""
    report = (books.target.path / ".git" / "amts" / "report.md").read_text(encoding="utf-8")
    found = re.search(r"^### For you\n(.*?)(?=^#|^<details|\Z)", report, re.M | re.S)
    return [line for line in (found.group(1) if found else "").split("\n") if line.startswith("- [ ]")]


def test_a_change_that_is_taken_back_is_not_proposed(books: Books) -> None:
    """The page has the bytes of the translation's own branch again, and nothing is sent."""
    books.upstream(alpha=BREAD)
    books.sync()
    books.upstream(alpha=BACK)
    done = books.sync()
    assert (done.code, done.fates["chapter/alpha.md"], done.result["characters_sent"]) == (0, "taken back", 0)
    assert books.changed() <= {path for path in books.files() if path.startswith(".amts/")}
    assert books.sync().result["commit"] == ""


def test_a_page_that_a_person_was_at_goes_back_block_by_block(books: Books) -> None:
    """What a reviewer wrote elsewhere on the page stays; the block gets people's text of before, without an engine."""
    books.upstream(alpha=BREAD)
    books.sync()
    books.by_person({"chapter/alpha.md": books.show("chapter/alpha.md").replace("结尾很短", "结尾非常短")})
    books.upstream(alpha=BACK)
    done = books.sync()
    assert (done.fates["chapter/alpha.md"], done.result["characters_sent"]) == ("changed", 0)
    expected = str(CHINESE["chapter/alpha.md"]).replace("结尾很短", "结尾非常短")
    assert books.show("chapter/alpha.md") == expected


def test_what_people_lose_is_in_the_report(books: Books) -> None:
    """With its English and why it goes."""
    books.upstream(beta={"* Another item about snow.\n": ""})
    books.sync()
    report = (books.target.path / ".git" / "amts" / "report.md").read_text(encoding="utf-8")
    assert "1 sentence that people wrote goes:" in report
    assert "“关于雪的另一项。” (“Another item about snow.”): its English is not in the new version any more" in report


def test_one_of_two_changes_is_taken_back(books: Books) -> None:
    """The other stays proposed, with the reviewer's own words for it, and is not paid for again."""
    books.upstream(alpha={"The end of alpha is short.": "The end of alpha is near."})
    books.sync()
    books.upstream(alpha=BREAD)
    books.sync()
    own = books.show("chapter/alpha.md").replace("译The end of alpha is near.", "阿尔法快结束了。")
    books.by_person({"chapter/alpha.md": own})
    books.sent()
    books.upstream(alpha=BACK)
    books.sync()
    text = books.show("chapter/alpha.md")
    assert books.sent() == []
    assert "阿尔法快结束了。" in text
    assert "第一段谈面包和它的价格$p$。" in text


def test_a_page_that_comes_back_with_other_words_is_planned_from_what_people_had(books: Books) -> None:
    """English removes a page and restores it changed while the removal is proposed: people's translation is back."""
    books.source.commit({"chapter/alpha.md": None})
    books.sync()
    assert not books.has("chapter/alpha.md")
    books.source.commit({"chapter/alpha.md": ALPHA.replace("The end of alpha is short.", "The end is near.")})
    books.sync()
    expected = str(CHINESE["chapter/alpha.md"]).replace("阿尔法的结尾很短。", "译The end is near.")
    assert books.show("chapter/alpha.md") == expected


def test_a_removed_page_that_people_restore_stays(books: Books) -> None:
    """It is not removed a second time, and is named."""
    books.source.commit({"chapter/beta.md": None})
    assert books.sync().fates["chapter/beta.md"] == "deleted"
    assert "chapter/beta.md" in _for_you(books)[0]
    books.target.clock = books.source.clock + 3600
    books.by_person({"chapter/beta.md": str(CHINESE["chapter/beta.md"])})
    done = books.sync()
    assert (done.fates["chapter/beta.md"], books.has("chapter/beta.md")) == ("gone", True)
    assert "chapter/beta.md: removed in English on" in done.err


def test_an_older_head_is_refused(books: Books) -> None:
    """The translation is not taken backwards, unless that is asked for."""
    books.upstream(alpha=BREAD)
    old = books.source.commits[-1]
    books.upstream(alpha={"The end of alpha is short.": "The end of alpha is near."})
    books.sync()
    done = books.sync("--head", old)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "is older than" in done.err
    assert books.run("plan", "--head", old).code == 2
    assert books.sync("--head", old, "--force").code == 0
    assert "The end of alpha is near" not in books.show("chapter/alpha.md")


def test_collisions_stand_first(books: Books) -> None:
    """A place that people changed on both branches is the first thing that a person is told."""
    books.upstream(alpha=BREAD)
    books.sync()
    books.by_person({"chapter/alpha.md": books.show("chapter/alpha.md").replace("译The first", "译first: The first")})
    mine = str(CHINESE["chapter/alpha.md"]).replace("第一段谈面包", "首段谈面包")
    books.by_person({"chapter/alpha.md": mine}, "main")
    books.source.commit({"chapter/beta.md": None})
    books.sync()
    first, second = _for_you(books)[:2]
    assert "`chapter/alpha.md`: the translation's own branch has changed the same place" in first
    assert "`chapter/beta.md`: **goes**" in second
    assert books.changed(BRANCH, "main")
