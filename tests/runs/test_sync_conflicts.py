"""Conflicts over several runs: they wait for a person, whose word is the last."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bookkit import ALPHA, CHINESE, Books, copy_books, make_books

from amts_action.books.records import Owed, Record, read_record, state_path, write_record

PAGE = "chapter/alpha.md"
STEPS = """We can still work with two arrays of other shapes, in the following way:
first, both of them are stretched by copying their elements, so that they have one shape $s$.
Second, the work is done element by element on what came out of that.
"""
NEW_STEPS = STEPS.replace("in the following way", "as the following two lines tell").replace(
    "what came", "all that came"
)
STEPS_ZH = """形状不同的两个数组也可以一起运算，方法如下：

1. 首先复制元素，把两者都拉伸，使它们有同一个形状$s$；
2. 然后对得到的结果按元素运算。
"""
END, NEW_END = "The end of alpha is short.", "The end of alpha is very short."
CONFLICT = "split in the translation"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """A book in which one paragraph became a paragraph and a list, with a change to it that nobody can place."""
    english = {PAGE: ALPHA.replace("## Summary", f"## Shapes\n\n{STEPS}\n```python\na = 2\n```\n\n## Summary")}
    ours = str(CHINESE[PAGE]).replace("## 小结", f"## 形状\n\n{STEPS_ZH}\n```python\na = 2\n```\n\n## 小结")
    chinese = {PAGE: ours, "chapter/alpha_origin.md": english[PAGE]}
    books = make_books(tmp_path_factory.mktemp("made"), english=english, chinese=chinese)
    books.upstream(alpha={STEPS: NEW_STEPS, END: NEW_END, "## Shapes\n": "## Shapes\n:label:`sec_shapes`\n"})
    return books


@pytest.fixture
def books(made: Books, tmp_path: Path) -> Books:
    """A copy of it that may be changed."""
    return copy_books(made, tmp_path)


def flags(books: Books, *more: str) -> tuple[list[tuple[str, str]], int]:
    """Action and flags of every flagged block of the page after one more run, and what the run sent."""
    done = books.sync(*more)
    rows = done.documents[PAGE].get("blocks", [])
    return [(row["action"], "; ".join(row["flags"])) for row in rows if row["flags"]], done.result["characters_sent"]


def test_a_conflict_waits_while_its_text_stands(books: Books) -> None:
    """Nothing around it makes the next run see it with other eyes: nothing is sent, written or committed, and it is
    reported again for the same reason; also when the English has moved on elsewhere and at the place itself."""
    assert flags(books)[0] == [("conflict", CONFLICT)]
    tip, shown = books.tip(), books.show(PAGE)
    assert STEPS_ZH in shown
    assert flags(books) == ([("conflict", CONFLICT)], 0)
    assert books.tip() == tip
    books.upstream(alpha={NEW_END: "The end is near.", "two lines tell": "two lines will tell"})
    books.sent()
    assert flags(books)[0] == [("conflict", CONFLICT)]
    assert books.sent() == ["The end is near."]
    assert STEPS_ZH in books.show(PAGE)


def test_a_conflict_waits_whatever_a_new_look_would_find(books: Books) -> None:
    """What was a conflict once is none that a later run decides, even if it could pair the blocks quite well."""
    books.upstream(alpha={"about bread and": "about white bread and"})
    books.sync(refused=("white bread",))
    state = books.state(PAGE)
    assert [item["conflict"] for item in state["owed"]] == [False, True]
    state["owed"][0] |= {"conflict": True, "reason": CONFLICT}
    tip = books.by_person({state_path(PAGE): json.dumps(state)})
    assert flags(books) == ([("conflict", CONFLICT), ("conflict", CONFLICT)], 0)
    assert books.tip() == tip


def test_a_conflict_that_a_person_has_settled_is_settled(books: Books) -> None:
    """People win: the text that they changed stays as it is, the page is whole, and the report says why."""
    books.sync()
    mine = books.show(PAGE).replace("方法如下", "方法如下面两行所说").replace("得到的结果", "得到的所有结果")
    books.by_person({PAGE: mine})
    books.sent()
    done = books.sync()
    assert (done.code, done.result["status"], books.sent()) == (0, "done", [])
    assert f"{PAGE}: settled by people, whose text has changed there: 1 of what was owed" in done.result["notes"]
    assert books.show(PAGE) == mine
    books.upstream(alpha={NEW_END: "The end is near."})
    assert books.sync().code == 0
    assert books.show(PAGE) == mine.replace("译The end of alpha is very short.", "译The end is near.")
    assert books.state(PAGE)["owed"] == []
    assert not books.sync().result["notes"]


def test_new_line_breaks_settle_nothing(books: Books) -> None:
    """White space is no answer to a conflict."""
    books.sync()
    books.by_person({PAGE: books.show(PAGE).replace("一起运算，", "一起运算，\n")})
    assert flags(books) == ([("conflict", CONFLICT)], 0)


def test_a_conflict_that_the_english_takes_back_is_gone(books: Books) -> None:
    """When the English is what it was, there is nothing left to decide."""
    books.sync()
    books.upstream(alpha={NEW_STEPS: STEPS})
    done = books.sync()
    assert (done.code, done.result["status"]) == (0, "done")
    assert STEPS_ZH in books.show(PAGE)


def test_what_a_person_has_translated_is_not_translated_again(books: Books) -> None:
    """The engine refused a sentence, a person rewrote the paragraph: the next run leaves it alone."""
    change = {"about bread and": "about white bread and", "of alpha is very short": "of alpha is so short"}
    books.upstream(alpha=change)
    books.sync(refused=("white bread",))
    books.sent()
    mine = books.show(PAGE).replace("第一段谈面包和它的价格$p$。", "第一段谈白面包和它的价格$p$。")
    books.by_person({PAGE: mine})
    assert flags(books) == ([("conflict", CONFLICT)], 0)
    assert (books.sent(), books.show(PAGE)) == ([], mine)


def test_records_without_marks_are_read_and_kept(books: Books) -> None:
    """A record of an earlier version owes what it owed, and is written as it was."""
    books.sync()
    content = books.state(PAGE)
    assert [(o["reason"], len(o["mark"]), o["conflict"]) for o in content["owed"]] == [(CONFLICT, 16, True)]
    old = [{key: item[key] for key in ("span", "text", "reason")} for item in content["owed"]]
    data = json.dumps({**content, "owed": old}, indent=2, ensure_ascii=False, sort_keys=True).encode() + b"\n"
    record = read_record(data, "record")
    assert write_record(record) == data
    del content["version"]
    assert record == Record(**{**content, "owed": (Owed(tuple(old[0]["span"]), old[0]["text"], CONFLICT),)})
    books.by_person({state_path(PAGE): data})
    assert books.sync().code == 1
