"""`amts sync` over two real repositories: what is committed where, what is left alone, whose text wins."""

from __future__ import annotations

import json
import shlex
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from bookkit import (
    ALPHA,
    BRANCH,
    CHINESE,
    ENGLISH,
    Books,
    Done,
    amts,
    blob_id,
    copy_books,
    counted,
    everything,
    make_books,
    notebook,
)

PRICE = {"about bread and": "about white bread and"}
RAIN = {"about rain": "about heavy rain"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """The book as it was translated, for all tests of this module; `books` is a copy that may be changed."""
    return make_books(tmp_path_factory.mktemp("made"))


@pytest.fixture
def books(made: Books, tmp_path: Path) -> Books:
    """The book as it was translated."""
    return copy_books(made, tmp_path)


def test_one_commit_on_top_of_the_default_branch(books: Books) -> None:
    """Changed sentences arrive, all else stays byte for byte, and a dirty work tree is neither read nor touched."""
    books.upstream(alpha=PRICE, beta=RAIN, ordering={"Mind the": "Please mind the"}, page={"is good": "is very good"})
    (books.target.path / "chapter/beta.md").write_text("not committed\n", encoding="utf-8")
    (books.target.path / "new.md").write_text("not even added\n", encoding="utf-8")
    done = books.sync()
    assert done.code == 0
    assert books.target.git("rev-list", "--parents", "-1", BRANCH).split() == [books.tip(), books.tip("main")]
    assert books.show("chapter/alpha.md") == str(CHINESE["chapter/alpha.md"]).replace(
        "第一段谈面包和它的价格$p$。", "译The first paragraph talks about white bread and its price $p$."
    )
    assert books.show("chapter/beta.md") == str(CHINESE["chapter/beta.md"]).replace(
        "关于雨的一项。", "译One item about heavy rain."
    )
    assert books.show("ordering.md") == str(CHINESE["ordering.md"]).replace(
        "当心{math}`m`号烤箱。", "译Please mind the {math}`m` oven."
    )
    assert books.show("page.ipynb") == str(CHINESE["page.ipynb"]).replace("结果很好。", "译The result is very good.")
    documents = {"chapter/alpha.md", "chapter/beta.md", "ordering.md", "page.ipynb"}
    records = {f".amts/state/{path}.json" for path in documents}
    assert books.changed() == documents | records | {"chapter/alpha_origin.md"}


def test_nothing_to_do_makes_no_branch(books: Books) -> None:
    """No change, no commit, no branch, nothing sent."""
    done = books.sync()
    assert (done.code, done.result["status"], done.result["commit"]) == (0, "done", "")
    assert (books.tip(), books.sent(), done.result["characters_sent"]) == ("", [], 0)


def test_only_cosmetic_changes_make_no_commit(books: Books) -> None:
    """Re-wrapped lines of the English are no reason to write to the translation, its records or its branch."""
    books.upstream(alpha={"and wraps\nover": "and\nwraps over"})
    done = books.sync()
    assert done.code == 0
    assert (books.tip(), books.sent()) == ("", [])
    assert "cosmetic" in {row["action"] for row in done.documents["chapter/alpha.md"]["blocks"]}


def test_a_second_run_has_nothing_to_do(books: Books) -> None:
    """When everything was delivered, the next run makes no commit and sends no character."""
    books.upstream(alpha=PRICE, beta=RAIN, page={"is good": "is very good"})
    assert books.sync().code == 0
    tip = books.tip()
    assert len(books.sent()) == 3
    again = books.sync()
    assert (again.code, again.result["characters_sent"], books.sent(), books.tip()) == (0, 0, [], tip)


def test_what_people_commit_to_the_branch_stays(books: Books) -> None:
    """The next run goes on from the branch as people left it, and only ever adds commits."""
    books.upstream(alpha=PRICE)
    books.sync()
    books.sent()
    mine = (
        books.show("chapter/alpha.md").replace("译The first", "人工：The first").replace("# 阿尔法", "# 阿尔法（改）")
    )
    person = books.by_person({"chapter/alpha.md": mine})
    books.upstream(alpha={"of alpha is short": "of alpha is very short"}, beta=RAIN)
    assert books.sync().code == 0
    assert books.show("chapter/alpha.md") == mine.replace("阿尔法的结尾很短。", "译The end of alpha is very short.")
    assert books.target.git("rev-list", "--parents", "-1", BRANCH).split() == [books.tip(), person]
    assert books.sent() == ["The end of alpha is very short.", "One item about heavy rain."]


def test_a_default_branch_that_moved_on_is_merged_first(books: Books) -> None:
    """People's commits to the default branch reach ours by a merge, and count for what is done next."""
    books.upstream(alpha=PRICE)
    books.sync()
    first = books.tip()
    new = str(CHINESE["chapter/beta.md"]).replace("贝塔讲天气和顾客。", "贝塔（改）讲天气和顾客。")
    theirs = books.by_person({"chapter/beta.md": new}, "main")
    books.upstream(beta=RAIN)
    assert books.sync().code == 0
    merge = books.target.git("rev-parse", f"{BRANCH}~1")
    assert books.target.git("rev-list", "--parents", "-1", merge).split() == [merge, first, theirs]
    assert books.show("chapter/beta.md") == new.replace("关于雨的一项。", "译One item about heavy rain.")


def test_what_cannot_be_merged_is_reported_and_nothing_is_forced(books: Books) -> None:
    """People changed one line on both sides: the run goes on, from the branch as it is, and says so."""
    books.upstream(alpha=PRICE)
    books.sync()
    first = books.by_person({"chapter/alpha.md": books.show("chapter/alpha.md").replace("译The first", "The first")})
    changed = str(CHINESE["chapter/alpha.md"]).replace("第一段谈面包", "首段谈面包")
    books.by_person({"chapter/alpha.md": changed}, "main")
    books.upstream(beta=RAIN)
    done = books.sync()
    assert (done.code, done.result["merge_conflicts"]) == (1, ["chapter/alpha.md"])
    assert "amts: cannot merge the default branch: chapter/alpha.md\n" in done.err
    assert books.target.git("rev-list", "--parents", "-1", BRANCH).split() == [books.tip(), first]
    assert "译One item" in books.show("chapter/beta.md")
    report = (books.target.path / ".git/amts/pull-request.md").read_text(encoding="utf-8")
    assert "`chapter/alpha.md`: the translation's own branch has changed the same place" in report


def test_a_branch_that_is_checked_out_is_refused(books: Books) -> None:
    """Nobody's work tree is left behind its branch: exit 2 in one line, and nothing was sent for nothing."""
    books.upstream(alpha=PRICE)
    books.target.git("worktree", "add", "--quiet", "-b", BRANCH, books.folder / "tree")
    tip = books.tip()
    done = books.sync()
    assert (done.code, books.tip(), done.err.count("\n")) == (2, tip, 1)
    assert f"the branch {BRANCH} is checked out" in done.err
    assert books.sent() == []


# --- pages that come, go and move -----------------------------------------------------------------------------------


def test_a_renamed_page_takes_its_translation_along(books: Books) -> None:
    """Translation, `_origin` file and record move to the new name."""
    text = ALPHA.replace("about bread and", "about white bread and")
    books.source.commit({"chapter/alpha.md": None, "chapter/bread.md": text})
    done = books.sync()
    assert (done.code, done.fates["chapter/bread.md"]) == (0, "renamed")
    assert "译The first paragraph talks about white bread" in books.show("chapter/bread.md")
    assert "阿尔法的结尾很短。" in books.show("chapter/bread.md")
    assert books.show("chapter/bread_origin.md") == text
    assert books.state("chapter/bread.md")["path"] == "chapter/bread.md"
    gone = {"chapter/alpha.md", "chapter/alpha_origin.md", ".amts/state/chapter/alpha.md.json"}
    assert not gone & books.files()
    assert books.sync().code == 0
    assert books.target.git("rev-list", "--count", f"main..{BRANCH}") == "1"


def test_a_renamed_page_that_lost_most_of_its_text_is_named(books: Books) -> None:
    """Git calls a page renamed by its size; when much of people's text has no place there, the run says so."""
    program = "```python\n" + "".join(f"value_{n} = compute({n})\n" for n in range(60)) + "```\n"
    old = f"# Alpha\n\nOne remark about bread.\n\nAnother one about ovens.\n\nA third, about flour.\n\n{program}"
    new = f"# Alpha\n\nOne remark about bread.\n\n{program}"
    path = "chapter/alpha.md"
    books.source.commit({path: old})
    texts = ("# 阿尔法", "说说面包。", "再说说烤箱。", "还有面粉。", program)
    books.target.commit({path: "\n\n".join(texts), "chapter/alpha_origin.md": old, f".amts/state/{path}.json": None})
    books.source.commit({path: None, "chapter/bread.md": new})
    done = books.sync()
    assert done.fates["chapter/bread.md"] == "renamed"
    (warning,) = done.documents["chapter/bread.md"]["warnings"]
    assert "chapter/alpha.md renamed, but 2 of its 4 translated texts have no place there and go" in warning


def test_a_page_renamed_without_another_change_moves(books: Books) -> None:
    """A rename alone is worth a commit, and the translation keeps every byte."""
    books.source.commit({"page.ipynb": None, "backtest.ipynb": str(ENGLISH["page.ipynb"])})
    assert books.sync().code == 0
    assert books.show("backtest.ipynb") == CHINESE["page.ipynb"]
    assert not books.has("page.ipynb")


def test_a_removed_page_goes_with_what_is_kept_about_it(books: Books) -> None:
    """Page, `_origin` file and record are removed; the report shows the page."""
    books.source.commit({"chapter/alpha.md": None})
    done = books.sync()
    assert (done.code, done.fates["chapter/alpha.md"]) == (0, "deleted")
    gone = {"chapter/alpha.md", "chapter/alpha_origin.md", ".amts/state/chapter/alpha.md.json"}
    assert books.files("main") - books.files() == gone
    assert books.sync().result["commit"] == ""


def test_a_new_page_is_translated_and_listed(books: Books) -> None:
    """A page that came after the translation is translated as a whole and enters both tables of contents."""
    english = "# Gamma\n\nGamma is a new page with `code`.\n\n```python\ng = 1\n```\n"
    book = notebook(("markdown", "# New notebook\n\nWith words."), ("code", "k = 1"))
    index = str(ENGLISH["index.md"]).replace("chapter/alpha\n", "chapter/alpha\nchapter/gamma\n")
    toc = str(ENGLISH["_toc.yml"]).replace("- file: chapter/beta\n", "- file: chapter/beta\n- file: chapter/gamma\n")
    books.source.commit({"chapter/gamma.md": english, "n.ipynb": book, "index.md": index, "_toc.yml": toc})
    done = books.sync()
    assert (done.code, done.fates["chapter/gamma.md"], done.fates["n.ipynb"]) == (0, "new", "new")
    assert books.show("chapter/gamma.md") == english.replace("# Gamma", "# 译Gamma").replace("Gamma is", "译Gamma is")
    cells = json.loads(books.show("n.ipynb"))["cells"]
    assert [cell["id"] for cell in cells] == ["cell-0", "cell-1"]
    assert "".join(cells[0]["source"]).split() == ["#", "译New", "notebook", "译With", "words."]
    assert cells[1] == json.loads(book)["cells"][1]
    assert "chapter/alpha\nchapter/gamma\nchapter/beta" in books.show("index.md")
    assert books.show("_toc.yml") == toc
    assert books.state("chapter/gamma.md")["blob"] == blob_id(books.source, "HEAD", "chapter/gamma.md")
    books.sent()
    assert (books.sync().result["commit"], books.sent()) == ("", [])


def test_a_new_notebook_ends_as_the_english_does(books: Books) -> None:
    """A cell of a new page has a final line end exactly where the English has one."""
    book = notebook(("markdown", "# New\n\nWith words."), ("code", "k = 1"), ("markdown", "With a line end.\n"))
    books.source.commit({"n.ipynb": book})
    assert books.sync().code == 0
    expected = book.replace("# New", "# 译New").replace("With", "译With")
    assert json.loads(books.show("n.ipynb")) == json.loads(expected)


def test_a_page_that_was_never_translated_waits_until_it_is_named(books: Books) -> None:
    """It stays missing, whatever happens to it upstream, and is translated on request."""
    books.source.commit({"chapter/spare.md": "# Spare\n\nStill nobody has translated this page.\n"})
    done = books.sync()
    assert (done.code, done.fates["chapter/spare.md"], books.tip()) == (0, "missing", "")
    done = books.sync("--paths", "chapter/*.md")
    assert (done.fates["chapter/spare.md"], books.tip()) == ("missing", "")
    done = books.sync("--paths", "chapter/spare.md")
    assert (done.code, done.fates) == (0, {"chapter/spare.md": "new"})
    assert books.show("chapter/spare.md") == "# 译Spare\n\n译Still nobody has translated this page.\n"
    assert books.changed() == {"chapter/spare.md", ".amts/state/chapter/spare.md.json"}


def test_everything_that_is_missing_can_be_filled(books: Books) -> None:
    """`--fill-missing` brings pages and blocks that the translation never had."""
    mine = str(CHINESE["chapter/alpha.md"]).replace("```python\nx = 1  # 开始\n```\n\n", "")
    books.by_person({"chapter/alpha.md": mine}, "main")
    books.upstream(alpha=PRICE)
    assert books.sync().code == 1
    books.sync()
    assert "x = 1" not in books.show("chapter/alpha.md")
    books.upstream(alpha={"of alpha is short": "of alpha is very short"})
    assert books.sync("--fill-missing").code == 0
    assert "\n\n```python\nx = 1  # start\n```\n\n## 小结" in books.show("chapter/alpha.md")
    assert books.show("chapter/spare.md") == "# 译Spare\n\n译Nobody has translated this page.\n"


def test_a_page_of_the_translators_is_theirs(books: Books) -> None:
    """A page that only the translation has, and what people keep at the top, are left alone."""
    books.upstream(alpha=PRICE)
    done = books.sync()
    assert done.fates["own.md"] == "gone"
    assert "README.md" not in done.fates
    assert not {"own.md", "README.md"} & books.changed()


def test_names_that_differ_in_case_stop_only_themselves(books: Books) -> None:
    """Two pages that some file systems cannot tell apart: an error for both, the others are done."""
    books.source.commit({"chapter/Beta.md": "# Other\n\nOther words.\n"})
    books.upstream(alpha=PRICE, beta=RAIN)
    done = books.sync()
    assert done.code == 1
    assert {path for path, fate in done.fates.items() if fate == "error"} == {"chapter/beta.md", "chapter/Beta.md"}
    assert "译The first" in books.show("chapter/alpha.md")
    assert not {"chapter/beta.md", "chapter/Beta.md"} & books.changed()


# --- where the result goes ------------------------------------------------------------------------------------------


def test_an_output_folder_gets_the_files_and_nothing_is_committed(books: Books, tmp_path: Path) -> None:
    """The written files are the commit's, and neither repository changes."""
    books.upstream(alpha=PRICE)
    before = everything(books.target.path)
    out = tmp_path / "out"
    assert books.sync("--output-dir", str(out)).code == 0
    assert everything(books.target.path) == before
    written = {path: data for path, data in everything(out).items() if not path.startswith(".amts/report/")}
    assert books.sync().code == 0
    assert set(written) == books.changed()
    assert all(books.show(path).encode() == data for path, data in written.items())


@pytest.mark.parametrize("words", [("plan",), ("sync", "--dry-run")])
def test_a_plan_writes_nothing_anywhere(books: Books, words: tuple[str, ...], tmp_path: Path) -> None:
    """Not even a file below `.git`; the same blocks and characters are promised that a run then sends."""
    books.upstream(alpha=PRICE, beta=RAIN, page={"is good": "is very good"})
    books.source.commit({"new.md": "# New\n\nA new page.\n"})
    before = everything(tmp_path)
    done = books.run(*words)
    after = everything(tmp_path)
    after.pop("result.json")
    assert (done.code, after) == (0, before)
    assert "chapter/alpha.md" in done.out
    assert books.sent() == []
    real = books.sync()
    assert real.result["characters_sent"] == done.result["characters_sent"] > 0
    rows = {path: [b["action"] for b in row.get("blocks", [])] for path, row in done.documents.items()}
    assert rows == {path: [b["action"] for b in row.get("blocks", [])] for path, row in real.documents.items()}


def test_the_result_says_what_was_done(books: Books) -> None:
    """plan.json of DESIGN §8: spans cover the texts they name, characters add up, every block of head is in one row."""
    new = "# New\n\nA new page.\n"
    books.upstream(alpha={**PRICE, "x = 1 ": "x = 2 ", "$p$": "$q$"}, beta={**RAIN, "* Another item about snow.\n": ""})
    head = books.source.commit({"new.md": new})
    done = books.sync()
    result = done.result
    assert (result["version"], result["status"], result["branch"]) == (1, "done", BRANCH)
    assert (result["source"]["commit"], result["commit"]) == (head, books.tip())
    sent = books.sent()
    assert result["characters_sent"] == counted(sent) == sum(r.get("characters_sent", 0) for r in result["documents"])
    for path in ("chapter/alpha.md", "chapter/beta.md", "new.md"):
        row = done.documents[path]
        assert (row["version"], row["status"], row["target"]) == (1, "done", path)
        assert row["characters_sent"] == sum(block["characters_sent"] for block in row["blocks"])
        assert all(counts["in"] == counts["out"] for counts in row["ledger"].values())
        files = {"head": books.source.show(head, path)}
        if path != "new.md":
            files["base"] = books.source.show(books.source.commits[0], path)
            files |= {"target": books.show(path, "main"), "output": books.show(path)}
        check_blocks(row["blocks"], files)
    alpha = {row["action"]: row for row in done.documents["chapter/alpha.md"]["blocks"]}
    assert {"keep", "revise", "code"} <= set(alpha)
    assert "delete" in {row["action"] for row in done.documents["chapter/beta.md"]["blocks"]}


def check_blocks(rows: list[dict[str, object]], files: dict[str, str]) -> None:
    """Spans are in their files, in head without overlap, and leave nothing of head but white space."""
    keys = {*("action", "kind", "base", "head", "target", "output", "characters_sent", "confidence", "flags", "codes")}
    for row in rows:
        assert set(row) == keys
        for name, text in files.items():
            span = row[name]
            assert span is None or (isinstance(span, list) and 0 <= span[0] <= span[1] <= len(text) + 1)
        if row["action"] == "keep" and row["base"]:
            found = {name: files[name][slice(*row[name])] for name in files}  # type: ignore[misc]
            assert found["base"] == found["head"]
            assert found["target"] == found["output"] != ""
    covered = sorted(tuple(row["head"]) for row in rows if row["head"])  # type: ignore[arg-type]
    assert all(a[1] <= b[0] for a, b in pairwise(covered))
    rest, at = "", 0
    for start, end in [*covered, (len(files["head"]), 0)]:
        rest, at = rest + files["head"][at:start], end
    assert not rest.strip()


def test_spans_of_a_notebook_name_the_cell(books: Books) -> None:
    """`[cell, start, end]` points into the cell's source, in each of the four notebooks."""
    books.upstream(page={"is good": "is very good"})
    done = books.sync()
    row = next(r for r in done.documents["page.ipynb"]["blocks"] if r["action"] in ("revise", "translate"))
    texts = {"base": ENGLISH["page.ipynb"], "head": books.source.show("HEAD", "page.ipynb")}
    texts |= {"target": CHINESE["page.ipynb"], "output": books.show("page.ipynb")}
    found = {}
    for name, text in texts.items():
        cell, start, end = row[name]
        found[name] = "".join(json.loads(text)["cells"][cell]["source"])[start:end]
    wanted = ("The result is good.", "The result is very good.", "结果很好。", "译The result is very good.")
    assert tuple(found.values()) == wanted


def test_reports_are_written_beside_the_repository(books: Books, tmp_path: Path) -> None:
    """The body of the pull request, the report and the result are in git's own folder, or where they are asked for."""
    books.upstream(alpha=PRICE)
    books.sync("--report-dir", str(tmp_path / "reports"))
    body = (tmp_path / "reports/pull-request.md").read_text(encoding="utf-8")
    assert "chapter/alpha.md" in body
    assert "white bread" in (tmp_path / "reports/report.md").read_text(encoding="utf-8")
    result = json.loads((tmp_path / "reports/result.json").read_bytes())
    assert result["commit"] == books.tip()
    assert not (books.target.path / ".git/amts").exists()


# --- what stops a run -----------------------------------------------------------------------------------------------


def test_a_limit_stops_before_anything_is_sent(books: Books) -> None:
    """Exit 4 in one line with both numbers; one character more and it runs."""
    books.upstream(alpha=PRICE, beta=RAIN)
    need = books.run("plan").result["characters_sent"]
    done = books.sync("--max-characters", str(need - 1))
    assert (done.code, done.err.count("\n"), books.sent(), books.tip()) == (4, 1, [], "")
    assert str(need) in done.err
    assert str(need - 1) in done.err
    assert books.sync("--max-characters", str(need)).code == 0


@pytest.mark.parametrize(
    ("command", "code"),
    [("/no/such/program", 2), ("", 2), (f"{sys.executable} -c 'raise SystemExit(3)'", 3), ("'unclosed", 2)],
)
def test_an_engine_that_gives_nothing_stops_the_run(books: Books, command: str, code: int) -> None:
    """A missing program is bad usage, a dying one a failed service; one line, nothing written."""
    books.upstream(alpha=PRICE)
    before = everything(books.target.path)
    places = ["--source", str(books.source.path), "--target", str(books.target.path)]
    done = amts("sync", *places, "--engine", "command", "--engine-command", command)
    assert (done.code, done.err.count("\n")) == (code, 1)
    assert everything(books.target.path) == before


def test_the_embedded_engine_leaves_english_for_the_translator(books: Books) -> None:
    """What the memory does not know is delivered in English where it is new, flagged, and the run says so."""
    books.source.commit({"chapter/alpha.md": ALPHA + "\nAn entirely unheard-of remark about yeast.\n"})
    done = books.run("sync", engine=False)
    assert (done.code, done.result["status"]) == (1, "partial")
    assert books.show("chapter/alpha.md").endswith("阿尔法的结尾很短。\n\nAn entirely unheard-of remark about yeast.\n")
    again = books.run("sync", engine=False)
    assert (again.code, again.result["commit"]) == (1, "")


def actions_of(done: Done) -> dict[str, list[str]]:
    """What is done to the blocks of every page."""
    return {path: [block["action"] for block in row.get("blocks", ())] for path, row in done.documents.items()}


def test_the_example_book(tmp_path: Path) -> None:
    """The book that `make demo` syncs: ends as planned, twice; the second run commits nothing and asks for no more."""
    import importlib.util

    example = Path(__file__).resolve().parents[2] / "example"
    spec = importlib.util.spec_from_file_location("example_builder", example / "build.py")
    assert spec and spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.build(tmp_path / "books")
    words = ["sync", "--source", str(made["en"]), "--target", str(made["zh"]), "--target-lang", "zh"]
    words += ["--engine-command", shlex.join([sys.executable, str(example / "pseudo_engine.py")])]
    before = everything(made["zh"] / ".git" / "refs")
    planned = amts("plan", *words[1:], json_path=tmp_path / "result.json")
    done = amts(*words, json_path=tmp_path / "result.json")
    assert actions_of(planned) == actions_of(done)
    assert done.code in (0, 1)
    assert done.result["commit"]
    assert "failed" not in {row["status"] for row in done.result["documents"]}
    assert set(everything(made["zh"] / ".git" / "refs")) - set(before) == {f"heads/{BRANCH}"}
    again = amts(*words, json_path=tmp_path / "result.json")
    assert (again.code, again.result["commit"]) == (done.code, "")
    assert again.result["characters_sent"] < done.result["characters_sent"] / 4


def test_a_changed_block_is_not_done_with_its_own_old_translation(books: Books) -> None:
    """The memory engine knows the former version of a changed block; that is no translation of the new one."""
    books.upstream(beta=RAIN)
    done = books.run("sync", "--engine", "memory", engine=False)
    assert done.code == 1, done.err
    row = done.documents["chapter/beta.md"]
    assert row["status"] == "partial"
    (changed,) = (block for block in row["blocks"] if block["action"] == "revise")
    assert changed["flags"] == ["untranslated"]
    assert not books.tip() or books.show("chapter/beta.md") == books.show("chapter/beta.md", "main")
    again = books.run("sync", "--engine", "memory", engine=False)
    assert again.code == 1
    assert again.documents["chapter/beta.md"]["status"] == "partial"


def test_a_book_of_which_no_page_is_left_is_not_emptied(books: Books) -> None:
    """A source without any of the translated pages is taken for the wrong one, unless that is said."""
    paths = ["index.md", "chapter/alpha.md", "chapter/beta.md", "chapter/spare.md", "ordering.md", "page.ipynb"]
    books.source.commit(dict.fromkeys(paths))
    done = books.sync()
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "none of the 5 translated pages" in done.err
    assert not books.tip()
    assert books.sync("--force").code == 0
    assert not books.has("chapter/alpha.md")


def test_a_wrong_folder_removes_nothing(books: Books) -> None:
    """With another folder of the source, pages whose English is elsewhere in it are errors, not deletions."""
    done = books.sync("--source-path", "chapter", "--target-path", "chapter")
    assert done.code in (0, 1), "these are the same pages by another name"
    wrong = books.sync("--source-path", "chapter")
    assert wrong.code in (1, 2), wrong.err
    assert not books.tip() or books.has("chapter/alpha.md")
    assert "its English is at" in wrong.err


def test_a_page_that_neither_book_has_is_named(books: Books) -> None:
    """A typo in a page's name is no run without anything to do, and neither is a pattern that matches nothing."""
    for command in ("sync", "plan", "status"):
        done = books.run(command, "--paths", "chapter/alpah.md")
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert "chapter/alpah.md: neither book has such a page" in done.err
    assert books.sync("--paths", "nothing/*").code == 2
    assert books.sync("--paths", "chapter/spare.md", "own.md").code in (0, 1)


def test_links_to_headings_of_other_pages_lead_to_the_translated_ones(tmp_path: Path) -> None:
    """A new text brings the English id of a heading; one that somebody wrote stays, and so does what leads nowhere."""
    guide = "# Guide\n\n## Bake the bread\n\nIt takes an hour.\n\n## Eat it {#eat}\n\nAt once.\n"
    own = "# 指南\n\n## 烤面包\n\n要一个小时。\n\n## 吃 {#eat}\n\n马上。\n"
    more = "See [baking](../guide.md#bake-the-bread), [eating](../guide#eat) and [x](../guide.md#nowhere)."
    books = make_books(tmp_path, english={"guide.md": guide}, chinese={"guide.md": own})
    alpha = str(ENGLISH["chapter/alpha.md"])
    books.source.commit({"chapter/alpha.md": f"{alpha}\n{more}\n"})
    assert books.sync().code == 0
    assert "[baking](../guide.md#烤面包), [eating](../guide#eat) and [x](../guide.md#nowhere)" in books.show(
        "chapter/alpha.md"
    )
