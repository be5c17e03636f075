"""State records, `_origin` files and what is owed: a later run knows exactly what an earlier one left undone."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from bookkit import (
    ALPHA,
    BRANCH,
    CHINESE,
    Books,
    blob_id,
    copy_books,
    everything,
    make_books,
    record,
)

from amts_action.books.records import effective_base, effective_cells, read_record, state_path

PRICE = {"about bread and": "about white bread and"}
SHORT = {"of alpha is short": "of alpha is very short"}
RAIN = {"about rain": "about heavy rain"}
SNOW = {"about snow": "about deep snow"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """The book as it was translated, for all tests of this module; `books` is a copy that may be changed."""
    return make_books(tmp_path_factory.mktemp("made"))


@pytest.fixture
def books(made: Books, tmp_path: Path) -> Books:
    """The book as it was translated."""
    return copy_books(made, tmp_path)


def test_what_waits_in_review_is_no_state_of_the_book(books: Books) -> None:
    """The status is that of the translation's own branch; what is proposed is counted beside it until it is merged."""
    books.upstream(beta=RAIN)
    assert books.sync().code == 0
    waiting = books.run("status", engine=False)
    assert "chapter/beta.md  behind" in waiting.out
    assert "100 %" not in waiting.err
    assert "+1 page in review on amts/zh" in waiting.err
    books.target.git("merge", "--quiet", BRANCH)
    merged = books.run("status", engine=False)
    assert "behind" not in merged.out
    assert "100 % of" in merged.err
    assert "in review" not in merged.err


def sources(text: str) -> list[str]:
    """The sources of a notebook's cells."""
    return ["".join(cell["source"]) for cell in json.loads(text)["cells"]]


def test_a_delivered_page_is_recorded(books: Books) -> None:
    """Path, commit and blob of the head, and nothing owed; pages without a change keep their record."""
    head = books.upstream(alpha=PRICE)
    books.sync()
    assert books.state("chapter/alpha.md") == {
        "version": 1,
        "source_repository": "book-en",
        "path": "chapter/alpha.md",
        "commit": head,
        "blob": blob_id(books.source, head, "chapter/alpha.md"),
        "owed": [],
    }
    assert books.show(state_path("index.md")) == books.show(state_path("index.md"), "main")
    assert books.show("chapter/alpha_origin.md") == ALPHA.replace("about bread and", "about white bread and")


def test_what_the_engine_refuses_is_owed_and_only_that_is_sent_again(books: Books) -> None:
    """The record holds the English that the translation still has; the next run delivers exactly the rest."""
    head = books.upstream(alpha={**PRICE, **SHORT}, beta=RAIN)
    text = books.source.show(head, "chapter/alpha.md") + "\n"
    done = books.sync(refused=("white bread",))
    assert (done.code, done.result["status"]) == (1, "partial")
    assert {path: row["status"] for path, row in done.documents.items() if "blocks" in row} == {
        "chapter/alpha.md": "partial",
        "chapter/beta.md": "done",
    }
    books.sent()
    shown = books.show("chapter/alpha.md")
    assert "第一段谈面包和它的价格$p$。第二句谈面粉。" in shown
    assert "译The end of alpha is very short." in shown
    kept = read_record(books.show(state_path("chapter/alpha.md")).encode(), "record")
    assert [text[slice(*owed.span)] for owed in kept.owed] != []
    effective = ALPHA.replace("of alpha is short", "of alpha is very short")
    assert effective_base(text, kept.owed) == effective
    assert books.show("chapter/alpha_origin.md") == effective
    again = books.sync()
    assert (again.code, again.result["status"]) == (0, "done")
    assert len(sent := books.sent()) == 1
    assert "white bread" in sent[0]
    assert books.state("chapter/alpha.md")["owed"] == []
    assert books.show("chapter/alpha_origin.md") == text
    assert books.show("chapter/alpha.md") == shown.replace(
        "第一段谈面包和它的价格$p$。", "译The first paragraph talks about white bread and its price $p$."
    )


def test_what_is_owed_is_not_forgotten_when_the_source_moves_on(books: Books) -> None:
    """A further change upstream, to another block and to the owed one: both arrive."""
    books.upstream(alpha={**PRICE, **SHORT})
    books.sync(refused=("white bread",))
    books.upstream(
        alpha={"about white bread": "about brown bread", "of alpha is very short": "of alpha is rather short"}
    )
    books.sent()
    assert books.sync().code == 0
    shown = books.show("chapter/alpha.md")
    assert "译The first paragraph talks about brown bread and its price $p$.第二句谈面粉。" in shown
    assert "译The end of alpha is rather short." in shown
    assert len(books.sent()) == 2
    assert books.sync().result["commit"] == ""


def test_the_same_refusal_twice_makes_one_commit(books: Books) -> None:
    """A run that delivers nothing new writes nothing, and still says that it is not done."""
    books.upstream(alpha={**PRICE, **SHORT})
    books.sync(refused=("white bread",))
    tip = books.tip()
    done = books.sync(refused=("white bread",))
    assert (done.code, books.tip()) == (1, tip)


def test_nothing_delivered_is_nothing_recorded(books: Books) -> None:
    """When every changed block of a page is refused, its record stays as it was."""
    books.upstream(alpha=PRICE, beta=RAIN)
    assert books.sync(refused=("white bread",)).code == 1
    assert books.changed() == {"chapter/beta.md", state_path("chapter/beta.md")}


def test_a_new_page_that_failed_is_still_new_in_the_next_run(books: Books) -> None:
    """Others have come further meanwhile; it is tried again until it is there, then its record is as any other."""
    books.upstream(beta=RAIN)
    books.source.commit({"bad.md": b"# Bad \xff\n"})
    assert books.sync().code == 1
    assert books.state("bad.md")["owed"] == [{"span": [0, 0], "text": None, "reason": "the whole page"}]
    tip = books.tip()
    again = books.sync()
    assert (again.code, again.fates["bad.md"], books.tip()) == (1, "error", tip)
    books.source.commit({"bad.md": "# Better\n\nWords.\n"})
    done = books.sync()
    assert (done.code, done.fates["bad.md"]) == (0, "new")
    assert books.show("bad.md") == "# 译Better\n\n译Words.\n"
    assert books.state("bad.md")["owed"] == []


def test_a_page_that_people_removed_does_not_come_back(books: Books) -> None:
    """The translators took a page out and left its record: it is missing, and stays so."""
    books.by_person({"chapter/beta.md": None}, "main")
    books.upstream(beta=RAIN)
    done = books.sync()
    assert (done.code, done.fates["chapter/beta.md"], books.tip()) == (0, "missing", "")


def test_cells_are_owed_by_cell(books: Books) -> None:
    """The record of a notebook says cell and span, and gives back the English that was translated."""
    edits = {"is good": "is very good", "with $n$ days": "with $n$ long days"}
    head = books.upstream(page=edits)
    assert books.sync(refused=("very good",)).code == 1
    kept = read_record(books.show(state_path("page.ipynb")).encode(), "record")
    assert {len(owed.span) for owed in kept.owed} == {3}
    cells = sources(books.source.show(head, "page.ipynb"))
    assert effective_cells(cells, kept.owed)[2] == "The result is good."
    assert effective_cells(cells, kept.owed)[0] == cells[0]
    books.sent()
    assert books.sync().code == 0
    assert books.sent() == ["The result is very good."]
    assert sources(books.show("page.ipynb"))[2] == "译The result is very good."


@pytest.mark.parametrize("removed", ["The second paragraph shows `knead()` and wraps\nover two lines.\n\n", ""])
def test_new_blocks_that_are_refused_stand_in_english_and_are_owed(books: Books, removed: str) -> None:
    """A new paragraph, with and without a removed one: the English stands until an engine knows better."""
    remark = "A new remark about yeast.\n\n"
    text = ALPHA.replace(removed, "").replace("## Summary", f"{remark}## Summary")
    books.source.commit({"chapter/alpha.md": text})
    assert books.sync(refused=("yeast",)).code == 1
    shown = books.show("chapter/alpha.md")
    assert f"\n{remark}## 小结" in shown
    assert ("knead" in shown) == (not removed)
    books.sent()
    assert books.sync().code == 0
    assert books.sent() == ["A new remark about yeast."]
    assert books.show("chapter/alpha.md") == shown.replace("A new remark", "译A new remark")
    assert books.sync().result["commit"] == ""


def test_a_run_that_is_killed_leaves_nothing_half_written(books: Books) -> None:
    """Killed while the engine works: no branch, no changed file; the next run does everything."""
    books.upstream(alpha=PRICE, beta=RAIN)
    before, refs = books.target.snapshot(), books.target.git("for-each-ref")
    kill = f"import os, signal, sys; sys.stdin.read(); os.kill(os.getppid(), {int(signal.SIGKILL)})"
    command = shlex.join([sys.executable, "-S", "-c", kill])
    line = [*(sys.executable, "-m", "amts_action.cli", "sync", "--engine-command", command)]
    line += ["--source", str(books.source.path), "--target", str(books.target.path)]
    run = subprocess.run(line, capture_output=True, env=os.environ)
    assert run.returncode == -signal.SIGKILL
    assert (books.target.snapshot(), books.target.git("for-each-ref")) == (before, refs)
    assert books.sync().code == 0
    assert {"chapter/alpha.md", "chapter/beta.md"} <= books.changed()


BAD = {
    "of another version": b'{"version": 2}',
    "no JSON": b'{"version": 1,',
    "not UTF-8": b"\xff\xfe",
    "a list": b"[]",
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("bad", sorted(BAD))
def test_a_record_that_is_not_understood_stops_only_its_page(books: Books, bad: str) -> None:
    """The page is an error in one line that names the record, the others are done, and the record stays as it is."""
    books.by_person({state_path("chapter/alpha.md"): BAD[bad]}, "main")
    books.upstream(alpha=PRICE, beta=RAIN)
    done = books.sync()
    assert (done.code, done.fates["chapter/alpha.md"]) == (1, "error")
    assert len([line for line in done.err.splitlines() if state_path("chapter/alpha.md") in line]) == 1
    assert books.changed() == {"chapter/beta.md", state_path("chapter/beta.md")}


def test_a_record_of_lost_history_falls_back_and_says_so(books: Books) -> None:
    """The recorded text is not in the source any more (its history was rewritten): the next witness is asked."""
    for path in ("chapter/alpha.md", "chapter/beta.md"):
        lost = json.loads(books.target.show("main", state_path(path)))
        books.target.write({state_path(path): json.dumps({**lost, "commit": "1" * 40, "blob": "2" * 40})})
    books.target.commit()
    books.upstream(alpha=PRICE, beta=RAIN)
    done = books.sync()
    assert done.code == 0
    assert [done.documents[p]["base"]["how"] for p in ("chapter/alpha.md", "chapter/beta.md")] == ["origin", "found"]
    for path in ("chapter/alpha.md", "chapter/beta.md"):
        assert f"amts: {path}: the recorded English 2222222222 is not in the source any more\n" in done.err
    assert "译The first paragraph" in books.show("chapter/alpha.md")
    assert "译One item" in books.show("chapter/beta.md")
    assert books.state("chapter/alpha.md")["commit"] == books.source.commits[-1]


def test_without_a_record_the_origin_file_is_the_base(books: Books) -> None:
    """The `_origin` file wins over `--base`, and is kept up to date; a record is written beside it."""
    books.by_person({state_path("chapter/alpha.md"): None, state_path("chapter/beta.md"): None}, "main")
    books.upstream(alpha=PRICE, beta=RAIN)
    done = books.sync("--base", books.source.commits[0])
    assert done.code == 0
    hows = {path: row["base"]["how"] for path, row in done.documents.items() if "base" in row}
    assert (hows["chapter/alpha.md"], hows["chapter/beta.md"], hows["index.md"]) == ("origin", "given", "record")
    assert books.show("chapter/alpha_origin.md") == ALPHA.replace("about bread and", "about white bread and")
    assert books.state("chapter/alpha.md")["owed"] == []


def test_an_older_record_brings_all_that_came_since(books: Books) -> None:
    """Three commits upstream, one of them taken back: what arrives is the sum."""
    books.upstream(beta=RAIN)
    books.upstream(beta=SNOW)
    books.upstream(beta={"about deep snow": "about snow"})
    assert books.sync().code == 0
    assert books.sent() == ["One item about heavy rain."]
    assert "关于雪的另一项。" in books.show("chapter/beta.md")


def test_state_on_the_branch_counts(books: Books) -> None:
    """A run goes on from what the branch records, not from what the default branch does."""
    first = books.upstream(beta=RAIN)
    books.sync()
    books.sent()
    books.upstream(beta=SNOW)
    done = books.sync()
    assert done.documents["chapter/beta.md"]["base"]["commit"] == first
    assert books.sent() == ["Another item about deep snow."]


def test_a_person_who_catches_up_alone_is_not_overruled(books: Books) -> None:
    """The translator follows a change of the English before us: nothing is sent, and nothing of it is rewritten."""
    head = books.upstream(alpha={"$p$": "$q$", "x = 1 ": "x = 2 "})
    mine = str(CHINESE["chapter/alpha.md"]).replace("$p$", "$q$").replace("x = 1 ", "x = 2 ")
    origin = books.source.show(head, "chapter/alpha.md") + "\n"
    files = {"chapter/alpha.md": mine, "chapter/alpha_origin.md": origin}
    books.by_person({**files, state_path("chapter/alpha.md"): record(books.source, "chapter/alpha.md", head)}, "main")
    done = books.sync()
    assert (done.code, done.fates["chapter/alpha.md"], books.tip(), books.sent()) == (0, "up to date", "", [])


def test_a_failed_run_leaves_the_repository_as_it_was(books: Books) -> None:
    """Every text refused: exit 3, no branch, and not a byte of the target differs but the reports."""
    books.upstream(alpha=PRICE, beta=RAIN)
    before = everything(books.target.path)
    done = books.sync(refused=("a", "e"))
    assert done.code == 3
    after = {path: data for path, data in everything(books.target.path).items() if not path.startswith(".git/amts/")}
    assert (after, books.tip(BRANCH)) == (before, "")
