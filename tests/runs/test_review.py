"""`amts review apply`: decisions of the review page put into pages, notebooks and records, by a person."""

from __future__ import annotations

import json
from base64 import encodebytes
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bookkit import BRANCH, PAGE_ZH, Books, amts, copy_books, make_books

from amts_action.documents.notebooks.notebook import parse_notebook
from amts_action.errors import InputError
from amts_action.exchange.review import into_files
from amts_action.exchange.review_file import read_review
from amts_action.merging.checking.reviewed import TextEdit, put_in
from amts_action.reports.stored import load

PAGE = "chapter/alpha.md"
NEW = "The first paragraph is about bread and its price $p$."


@pytest.fixture(autouse=True, scope="module")
def _gate() -> Iterator[None]:
    """The gate is off: the translator of the tests answers in English."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AMTS_GATE", "off")
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """A book whose translation has been brought up to date."""
    books = make_books(tmp_path_factory.mktemp("made"))
    books.upstream(
        alpha={"talks about bread": "is about bread", "The end of alpha is short.": "The end of alpha is near."}
    )
    books.sync(refused=("near",))
    return books


@pytest.fixture
def books(made: Books, tmp_path: Path) -> Books:
    """A copy of it that may be changed."""
    return copy_books(made, tmp_path)


def review(path: str, *rows: dict[str, Any], branch: str = BRANCH) -> str:
    """What the page saves for some blocks of one file."""
    content = {"v": 1, "target": "book-zh", "branch": branch, "commit": "", "lang": "zh"}
    text = json.dumps({**content, "pages": [{"path": path, "blocks": list(rows)}]})
    return f"### Review\n\n> thanks\n\n<!-- amts:review {text.replace('>', chr(92) + 'u003e')} -->\n"


def row(page: str, was: str, do: str = "edit", **more: Any) -> dict[str, Any]:
    """A decision on the block `was` of a page."""
    at = page.index(was)
    return {"do": do, "at": [at, at + len(was)], "was": was, **more}


def applied(books: Books, saved: str, *more: str) -> Any:
    """`amts review apply` on the translated book."""
    path = books.folder / "decisions.md"
    path.write_text(saved, encoding="utf-8")
    before = books.target.snapshot()
    target = ("--target", str(books.target.path), "--author", "Li Hua <li@example.org>")
    done = amts("review", "apply", str(path), *target, *more, json_path=books.folder / "applied.json")
    assert books.target.snapshot() == before
    return done


def test_an_edit_becomes_a_commit_of_the_person(books: Books) -> None:
    """The text stands on the branch, the commit is the reviewer's, and the next run leaves it alone."""
    page = books.show(PAGE)
    old = next(line for line in page.splitlines() if "$p$" in line)
    done = applied(books, review(PAGE, row(page, old, text="第一段讲面包和价格$p$。", english=NEW)))
    assert done.code == 0
    assert done.err.endswith(f"on {BRANCH}: 1 edited\n")
    assert books.show(PAGE) == page.replace(old, "第一段讲面包和价格$p$。")
    assert books.target.git("log", "-1", "--format=%an <%ae>", BRANCH) == "Li Hua <li@example.org>"
    tip = books.tip()
    books.sync(refused=("near",))
    assert books.tip() == tip


def test_what_is_accepted_as_it_stands_is_owed_no_more(books: Books) -> None:
    """A block that waits for a translation, and that a person leaves as it is, leaves the record."""
    page, state = books.show(PAGE), books.state(PAGE)
    assert len(state["owed"]) == 1
    done = applied(books, review(PAGE, row(page, "阿尔法的结尾很短。", "accept")))
    assert (done.code, books.show(PAGE)) == (0, page)
    assert books.state(PAGE) == {**state, "owed": []}
    tip = books.tip()
    books.sent()
    books.sync()
    assert (books.tip(), books.sent()) == (tip, [])


def test_only_what_stands_can_be_edited(books: Books, tmp_path: Path) -> None:
    """The report of a run has the files as they are on the branch; that of a plan, which wrote nothing, has none."""
    books.upstream(beta={"about weather": "about thirteen snowstorms"})
    for command, parts in (("plan", ()), ("sync", None)):
        books.run(command, "--report-dir", str(tmp_path / command))
        shown = load((tmp_path / command / "report.json").read_bytes(), where="x")
        (beta,) = (document for document in shown.documents if document.path == "chapter/beta.md")
        assert beta.parts == ((books.show("chapter/beta.md"),) if parts is None else parts)


def test_what_is_gone_is_left_out_and_said(books: Books) -> None:
    """A text that somebody has changed meanwhile is not written over; the other decisions are carried out."""
    page = books.show(PAGE)
    rows = [row(page, "## 小结", text="## 总结"), {"do": "edit", "at": [3, 9], "was": "不在这里", "text": "x"}]
    done = applied(books, review(PAGE, *rows))
    assert done.code == 1
    assert "left out: chapter/alpha.md: “不在这里”: its text does not stand there any more" in done.err
    assert "## 总结" in books.show(PAGE)
    assert done.result["counts"]["edit"] == 1


def test_a_text_is_found_again_where_it_has_moved(books: Books) -> None:
    """When people have written above it, the block is where its text is."""
    page = books.show(PAGE)
    saved = review(PAGE, row(page, "## 小结", text="## 总结"))
    books.by_person({PAGE: page.replace("第二段", "第二段前面多了许多字，")})
    assert applied(books, saved).code == 0
    assert "## 总结" in books.show(PAGE)


def test_it_says_what_the_ledger_misses(books: Books) -> None:
    """A formula that a person leaves out is left out, and said."""
    page = books.show(PAGE)
    old = next(line for line in page.splitlines() if "$p$" in line)
    done = applied(books, review(PAGE, row(page, old, text="没有公式。", english=NEW)))
    assert done.code == 0
    assert "put in, but look: chapter/alpha.md: “" in done.err
    assert "lost: $p$" in done.err


def test_files_instead_of_a_commit(books: Books, tmp_path: Path) -> None:
    """With a folder for the output, and for a document that is on no branch, files are written."""
    page = books.show(PAGE)
    tip = books.tip()
    done = applied(books, review(PAGE, row(page, "## 小结", text="## 总结")), "--output-dir", str(tmp_path / "out"))
    assert (done.code, books.tip()) == (0, tip)
    assert "## 总结" in (tmp_path / "out" / PAGE).read_text(encoding="utf-8")
    (tmp_path / "out.md").write_text("# 题\n\n文。\n", encoding="utf-8")
    saved = tmp_path / "saved.md"
    saved.write_text(review("out.md", row("# 题\n\n文。\n", "文。", text="新文。"), branch=""), encoding="utf-8")
    assert amts("review", "apply", str(saved), "--target", str(tmp_path)).code == 0
    assert (tmp_path / "out.md").read_text(encoding="utf-8") == "# 题\n\n新文。\n"


def test_a_page_comes_once() -> None:
    """Of two lists for one page the second would take back what the first did."""
    page = {"path": "a.md", "blocks": []}
    for pages in ([page], [page, page]):
        content = {"v": 1, "pages": pages, **dict.fromkeys(("target", "branch", "commit", "lang"), "")}
        data = json.dumps(content).encode()
        if len(pages) == 1:
            assert read_review(data, where="x").pages[0].path == "a.md"
        else:
            with pytest.raises(InputError):
                read_review(data, where="x")


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", ".git/config", "a/../../b"])
def test_it_stays_in_the_book(books: Books, path: str) -> None:
    """A path that leaves the book is refused, whoever made the file."""
    tip = books.tip()
    for branch in (BRANCH, ""):
        done = applied(books, review(path, {"do": "edit", "at": [0, 1], "was": "r", "text": "x"}, branch=branch))
        assert done.code == 1
        assert "left out" in done.err
    assert books.tip() == tip


@pytest.mark.parametrize("path", [".github/workflows/a.yml", "Makefile", ".amts/state/a.md.json"])
def test_only_pages_are_edited(tmp_path: Path, path: str) -> None:
    """A file that is no page is left alone, whatever stands in it and whoever made the decisions."""
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text("run: x\n", encoding="utf-8")
    saved = tmp_path / "saved.md"
    saved.write_text(review(path, row("run: x\n", "run: x", text="run: y"), branch=""), encoding="utf-8")
    done = amts("review", "apply", str(saved), "--target", str(tmp_path))
    assert (done.code, f"left out: {path}: this is no page of a book" in done.err) == (1, True)
    assert (tmp_path / path).read_text(encoding="utf-8") == "run: x\n"


def test_a_link_is_no_page(books: Books, tmp_path: Path) -> None:
    """One in the branch is left out by itself, and does not end the whole review; one that leaves the folder, too."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "link.md").symlink_to(tmp_path / "outside.md")
    (tmp_path / "outside.md").write_text("x\n", encoding="utf-8")
    data = review("link.md", row("x\n", "x", text="y"), branch="").encode()
    done_there = into_files(read_review(data, where="x"), tmp_path / "folder")
    assert done_there.refused == ("link.md: there is no such file any more",)
    assert (tmp_path / "outside.md").read_text(encoding="utf-8") == "x\n"
    (books.target.path / "link.md").symlink_to("index.md")
    books.by_person({})
    done = applied(books, review("link.md", row("index.md", "index.md", text="other.md")))
    assert (done.code, "left out: link.md: there is no such file" in done.err) == (1, True)


def test_wrong_use_is_one_line(books: Books, tmp_path: Path) -> None:
    """A file without a review, a branch that is not there, a file that is not there."""
    saved = tmp_path / "saved.md"
    for text, words in (("nothing", "no review is in it"), (review(PAGE, branch="amts/xx"), "no branch amts/xx")):
        saved.write_text(text, encoding="utf-8")
        done = amts("review", "apply", str(saved), "--target", str(books.target.path))
        assert done.code == 2
        assert words in done.err
    assert amts("review", "apply", str(tmp_path / "none")).code == 2


BAD = [
    {"do": "delete"}, {"do": "edit", "at": [1]}, {"do": "edit", "at": [0, -1]}, {"do": "edit", "at": [0, True]},
    {"do": "edit", "at": "ab"}, {"do": "edit", "text": 5}, {"at": [0, 1]}, [], None,
    {"do": "edit", "at": [0, 1], "was": "x", "text": "\ud800"},
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD)
def test_a_damaged_review_is_refused(bad: Any) -> None:
    """Nothing of a file is carried out that is not understood."""
    with pytest.raises(InputError):
        read_review(review("a.md", bad).encode(), where="x")


def test_every_form_that_leaves_the_page_is_read() -> None:
    """A comment that was pasted, the bare record, and a patch, packed or not, hold the same, whatever the book says."""
    text = review("a.md", {"do": "accept", "at": [0, 1], "was": "文"})
    line = text.strip().splitlines()[-1]
    head = (
        "From 0000 Mon Sep 17 00:00:00 2001\nFrom: x <y@z>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8"
    )
    of_the_book = review("b.md", {"do": "accept", "at": [0, 1], "was": "x"}).strip().splitlines()[-1]
    diff = f"diff --git a/a b/a\n {of_the_book}\n-{of_the_book}\n+{of_the_book}\n"
    plain = f"{head}\nContent-Transfer-Encoding: 8bit\n\n---\n{line}\n\n{diff}".encode()
    packed = f"{head}\nContent-Transfer-Encoding: base64\n\n".encode() + encodebytes(f"---\n{line}\n".encode())
    found = [read_review(data, where="x") for data in (text.encode(), line[17:-4].encode(), plain, packed)]
    assert found == [found[0]] * 4
    assert found[0].pages[0].decisions[0].was == "文"


MD = "# 题\n\n第一段。\n\n- 一\n- 二\n\n| 甲 | 乙 |\n|---|---|\n| 1 | 2 |\n\n```python\nx = 1\n```\n\n尾。\n"


def edited(was: str, text: str) -> tuple[str, str]:
    """The page with one edit, and why it was refused."""
    at = MD.index(was)
    found = put_in(MD, [TextEdit((at, at + len(was)), was, text)], name="a.md")
    return found.text, found.refused[0][1] if found.refused else ""


@pytest.mark.parametrize(
    ("was", "text"),
    [
        ("第一段。", "改了。"),
        ("第一段。", "改了，\n两行。"),
        ("第一段。", "一段。\n\n又一段。"),
        ("# 题", "# 新题"),
        ("- 一", "- 新的一"),
        ("| 1 | 2 |", "| 3 | 4 |"),
        ("```python\nx = 1\n```", "```python\nx = 2\n```"),
    ],
)
def test_a_block_is_replaced(was: str, text: str) -> None:
    """A text of the same kind takes the place of a block, and nothing else moves."""
    assert edited(was, text) == (MD.replace(was, text), "")


@pytest.mark.parametrize(
    ("was", "text", "why"),
    [
        ("第一段。", "# 一章", "it would read as heading"),
        ("第一段。", "1. 一项", "it would read as list item"),
        ("# 题", "## 题", "it would read as heading"),
        ("第一段。", "```\n没有完", "it would change how the page around it reads"),
        ("第一段。", "<!-- 没有完", "it would change how the page around it reads"),
        ("一段", "x", "it is not a whole block any more"),
    ],
)
def test_what_would_change_other_blocks_is_refused(was: str, text: str, why: str) -> None:
    """A text that makes the page around it read otherwise is not put in."""
    assert edited(was, text) == (MD, why)


@pytest.mark.parametrize(
    ("was", "left"),
    [
        ("第一段。", MD.replace("第一段。\n\n", "")),
        ("# 题", MD.replace("# 题\n\n", "")),
        ("- 二", MD.replace("- 二\n", "")),
        ("尾。", MD.replace("尾。\n", "")),
    ],
)
def test_a_block_is_taken_out(was: str, left: str) -> None:
    """It goes with its line end, and with one of two blank lines that would stand together."""
    assert edited(was, "") == (left, "")


def test_cells_of_a_notebook() -> None:
    """Blocks of cells and whole programs are edited in their cells; every other byte of the file stays."""
    edits = [
        TextEdit((0, 0, 4), "# 回测", "# 检验"),
        TextEdit((1, 0, 5), "n = 7", "n = 8"),
        TextEdit((2, 0, 9), "不是这个", "x"),
        TextEdit((9, 0, 1), "x", "y"),
    ]
    found = put_in(PAGE_ZH, edits, name="page.ipynb")
    assert [c.source for c in parse_notebook(found.text).cells] == [
        "# 检验\n\n我们用$n$天检验预测。",
        "n = 8",
        "结果很好。",
    ]
    assert found.text == PAGE_ZH.replace("# 回测", "# 检验").replace("n = 7", "n = 8")
    assert len(found.refused) == 2


@pytest.mark.parametrize("place", [(), (0, 4), (0,)])
def test_a_place_without_a_cell_is_refused(place: tuple[int, ...]) -> None:
    """In a notebook it says nothing; the text is named, and the other edits go in."""
    strange, sound = TextEdit(place, "# 回测", "# x"), TextEdit((0, 0, 4), "# 回测", "# 检验")
    found = put_in(PAGE_ZH, [strange, sound], name="page.ipynb")
    assert (found.done, [edit for edit, _ in found.refused]) == ((sound,), [strange])


def test_the_same_text_in_two_cells_is_told_apart() -> None:
    """One of two equal edits that does not fit says nothing of the other."""
    edits = [TextEdit((1, 0, 5), "n = 7", "n = 8"), TextEdit((2, 0, 5), "n = 7", "n = 8")]
    found = put_in(PAGE_ZH, edits, name="page.ipynb")
    assert (found.done, found.refused[0][0]) == ((edits[0],), edits[1])


def test_many_edits_of_one_page() -> None:
    """All edits of a page are put in, whatever their order, and lines may end in any way."""
    for text in (MD, MD.replace("\n", "\r\n")):
        wanted = {"# 题": "# 新题", "第一段。": "改。", "尾。": "完。"}
        edits = [TextEdit((text.index(a), text.index(a) + len(a)), a, b) for a, b in wanted.items()]
        found = put_in(text, edits, name="a.md")
        assert found.text == text.replace("# 题", "# 新题").replace("第一段。", "改。").replace("尾。", "完。")
        assert found.done == tuple(edits)
