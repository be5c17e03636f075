"""Pages whose names change hands: every translation goes with its English."""

from __future__ import annotations

from pathlib import Path

import pytest
from bookkit import BRANCH, Books, make_books

WOOD = "# Wood\n\nOak lasts `100` years.\n\nAsh bends well.\n"
WOOD_ZH = "# 木材\n\n橡木能用 `100` 年。\n\n> 译注：山毛榉也行。\n\n白蜡木容易弯曲。\n"
STONE = "# Stone\n\nGranite is hard, `7` on the scale.\n\nSlate splits.\n"
STONE_ZH = "# 石头\n\n花岗岩很硬，硬度为 `7`。\n\n板岩会裂开。\n"


@pytest.fixture
def books(tmp_path: Path) -> Books:
    """A book with a page on wood and one on stone."""
    english, chinese = {"a.md": WOOD, "b.md": STONE}, {"a.md": WOOD_ZH, "b.md": STONE_ZH}
    return make_books(tmp_path, english=english, chinese=chinese, recorded=("index.md", "a.md", "b.md"))


def test_two_pages_swap_their_names(books: Books) -> None:
    """Each keeps its bytes, the translator's own note too; nothing is sent, and a second run has nothing to do."""
    books.source.commit({"a.md": STONE, "b.md": WOOD})
    done = books.sync()
    assert (books.show("a.md"), books.show("b.md")) == (STONE_ZH, WOOD_ZH)
    assert (done.code, books.sent(), done.fates["a.md"]) == (0, [], "renamed")
    assert books.sync().result["commit"] == ""
    books.source.commit({"a.md": WOOD, "b.md": STONE})
    books.sync()
    assert books.changed("main", BRANCH) <= {path for path in books.files() if path.startswith(".amts/")}


def test_a_new_first_chapter_shifts_all_names(books: Books) -> None:
    """The old chapters follow, and only the new one is sent."""
    books.source.commit({"a.md": "# Tools\n\nA saw is enough.\n", "b.md": WOOD, "c.md": STONE})
    done = books.sync()
    assert (books.show("b.md"), books.show("c.md")) == (WOOD_ZH, STONE_ZH)
    assert (done.code, sorted(books.sent())) == (0, ["A saw is enough.", "Tools"])
    assert done.fates["a.md"] == "new"


def test_a_page_that_is_written_anew_stays_under_its_name(books: Books) -> None:
    """No other translation fits it: its own is revised."""
    books.source.commit({"a.md": "# Wood\n\nBirch burns even when it is wet.\n"})
    assert books.sync().fates["a.md"] == "changed"
