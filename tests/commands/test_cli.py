"""The command line over real repositories: revisions, addresses, clones, one repository for both, small commands."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bookkit import (
    ALPHA,
    BETA,
    BRANCH,
    CHINESE,
    ENGLISH,
    TRANSLATED,
    Books,
    amts,
    blob_id,
    copy_books,
    everything,
    make_books,
)
from gitkit import Repo, git_environment, served

from amts_action.books.records import state_path

RAIN = {"about rain": "about heavy rain"}
DONE = "译One item about heavy rain."


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """The book as it was translated, for all tests of this module; `books` is a copy that may be changed."""
    return make_books(tmp_path_factory.mktemp("made"))


@pytest.fixture
def books(made: Books, tmp_path: Path) -> Books:
    """The book as it was translated."""
    return copy_books(made, tmp_path)


def git(folder: Path, *args: str | Path) -> str:
    """What git prints in a folder."""
    line = ["git", "-C", str(folder), *map(str, args)]
    return subprocess.run(line, env=git_environment(), capture_output=True, check=True, text=True).stdout.rstrip("\n")


# --- usage ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("unknown",),
        ("sync", "--no-such-option"),
        ("sync", "--max-characters", "many\x1b[31m"),
        ("sync",),
        ("sync", "--source", "a\nb\x1b[31m", "--target", "b"),
        ("sync", "--source", ".", "--target", "ext::sh -c 'touch HACKED'"),
        ("sync", "--source", ".", "--target", "--upload-pack=touch HACKED"),
        ("check", "no such\nfile\x1b.md", "b.md"),
        ("pairs", "a.md", "b.md", "--target-lang", "zh"),
        ("adopt", "--source", "."),
    ],
)
def test_bad_usage_is_one_line(words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 2, one line, nothing done."""
    monkeypatch.chdir(tmp_path)
    done = amts(*words)
    assert (done.code, done.err.count("\n"), done.out) == (2, 1, "")
    assert not list(tmp_path.iterdir())


def test_as_a_process(books: Books) -> None:
    """What the installed command does: data on stdout, talk on stderr, the exit code of the run."""
    books.upstream(beta=RAIN)
    line = [sys.executable, "-m", "amts_action.cli", "status"]
    line += ["--source", str(books.source.path), "--target", str(books.target.path)]
    run = subprocess.run(line, capture_output=True, env=os.environ, text=True)
    assert (run.returncode, run.stderr) == (1, "amts: 96 % of 28 blocks up to date\n")
    assert "chapter/beta.md" in run.stdout
    run = subprocess.run([sys.executable, "-m", "amts_action.cli", "--version"], capture_output=True, text=True)
    assert (run.returncode, run.stdout.split()[0]) == (0, "amts")


# --- revisions ------------------------------------------------------------------------------------------------------


def test_head_may_be_older_than_the_newest_commit(books: Books) -> None:
    """Only what came up to there arrives; the rest comes with a later run."""
    first = books.upstream(beta=RAIN)
    books.upstream(beta={"about snow": "about deep snow"})
    books.source.git("tag", "edition-1", first)
    done = books.sync("--head", "edition-1")
    assert (done.code, done.result["source"]["commit"]) == (0, first)
    assert books.sent() == ["One item about heavy rain."]
    assert books.state("chapter/beta.md")["commit"] == first
    assert books.sync().code == 0
    assert books.sent() == ["Another item about deep snow."]


def test_head_may_be_beside_the_base(books: Books) -> None:
    """A side branch that the base is not in: the difference of the two texts arrives."""
    books.upstream(beta=RAIN)
    books.sync()
    books.sent()
    books.source.git("checkout", "--quiet", "-b", "side", books.source.commits[0])
    side = books.upstream(alpha={"$p$": "$q$"})
    books.source.git("checkout", "--quiet", "main")
    done = books.sync("--head", "side")
    assert (done.code, done.result["source"]["commit"]) == (0, side)
    assert "$q$" in books.show("chapter/alpha.md")
    assert "heavy rain" not in books.show("chapter/beta.md")
    # The English of this page is again what the translation was made from: it is as if the page had not been synced.
    assert books.state("chapter/beta.md")["commit"] == books.source.commits[0]


def test_base_is_given_where_nothing_records_it(books: Books) -> None:
    """A commit, a tag or a short id; the record that is written names the head."""
    books.by_person(dict.fromkeys([*map(state_path, TRANSLATED), "chapter/alpha_origin.md"]), "main")
    books.upstream(beta=RAIN, alpha={"$p$": "$q$"})
    done = books.sync("--base", books.source.commits[0][:10])
    assert done.code == 0
    assert {row["base"]["how"] for row in done.result["documents"] if "base" in row} == {"given"}
    assert DONE in books.show("chapter/beta.md")
    assert "$q$" in books.show("chapter/alpha.md")


@pytest.mark.parametrize("option", ["--head", "--base"])
@pytest.mark.parametrize("rev", ["no-such-branch", "f" * 40, "HEAD..main", "HEAD:index.md"])
def test_an_unknown_revision_is_named(books: Books, option: str, rev: str) -> None:
    """Exit 2 with one line that names it, and nothing is written or sent."""
    books.upstream(beta=RAIN)
    before = everything(books.target.path)
    done = books.sync(option, rev)
    assert (done.code, done.err.count("\n"), everything(books.target.path)) == (2, 1, before)
    assert rev in done.err
    assert books.sent() == []


@pytest.mark.parametrize("which", ["source", "target"])
def test_a_repository_without_commits_is_named(books: Books, which: str, tmp_path: Path) -> None:
    """Exit 2 with one line that names the folder."""
    empty = Repo(tmp_path / "empty")
    places = {"source": str(books.source.path), "target": str(books.target.path), which: str(empty.path)}
    done = amts("sync", "--source", places["source"], "--target", places["target"], "--target-lang", "zh")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "empty" in done.err
    assert "no commits" in done.err


# --- where the books are --------------------------------------------------------------------------------------------


def test_one_repository_with_two_folders(tmp_path: Path, made: Books) -> None:
    """Source and target paths; the record is kept under the path of the translation."""
    repo = Repo(tmp_path / "book")
    english = {f"docs/en/{path}": text for path, text in ENGLISH.items()}
    own = {f"docs/zh/{path}": text for path, text in CHINESE.items() if path != "amts.toml"}
    first = repo.commit({**english, **own, "amts.toml": 'target_lang = "zh"\n'})
    text = BETA.replace("about rain", "about heavy rain")
    head = repo.commit({"docs/en/chapter/beta.md": text, "docs/en/chapter/alpha.md": ALPHA.replace("$p$", "$q$")})
    before = repo.snapshot()
    both = Books(tmp_path, repo, repo)
    places = ["--source", str(repo.path), "--target", str(repo.path), "--base", first]
    folders = ["--source-path", "docs/en", "--target-path", "docs/zh"]
    done = amts("sync", *places, *folders, *both.engine(), json_path=tmp_path / "result.json")
    assert (done.code, repo.snapshot()) == (0, before)
    pages = {"docs/zh/chapter/alpha.md", "docs/zh/chapter/beta.md"}
    assert both.changed() == pages | {*map(state_path, pages), "docs/zh/chapter/alpha_origin.md"}
    assert DONE in both.show("docs/zh/chapter/beta.md")
    assert both.state("docs/zh/chapter/beta.md")["path"] == "docs/en/chapter/beta.md"
    assert both.state("docs/zh/chapter/beta.md")["commit"] == head
    both.sent()
    again = amts("sync", *places, *folders, *both.engine(), json_path=tmp_path / "result.json")
    assert (again.code, again.result["commit"], both.sent()) == (0, "", [])


def test_the_same_folder_twice_is_refused(books: Books) -> None:
    """A book is not translated onto itself."""
    place = str(books.target.path)
    done = amts("sync", "--source", place, "--target", place)
    assert (done.code, done.err.count("\n")) == (2, 1)


@pytest.mark.parametrize("kind", ["bare", "shallow", "partial", "linked"])
@pytest.mark.whole
def test_every_kind_of_clone_will_do(books: Books, kind: str, tmp_path: Path) -> None:
    """Bare, cut off, without blobs, or a linked work tree: the same commit's tree as from the full repositories."""
    books.upstream(beta={"about snow": "about deep snow"})
    books.upstream(beta=RAIN, alpha={"about bread and": "about white bread and"})
    options = {
        "bare": ["--bare"],
        "shallow": ["--depth=1"],
        "partial": ["--filter=blob:none", "--no-checkout"],
        "linked": [],
    }
    places = {}
    for name, repo in (("source", books.source), ("target", books.target)):
        git(repo.path, "config", "uploadpack.allowFilter", "true")
        git(repo.path, "config", "uploadpack.allowAnySHA1InWant", "true")
        git(tmp_path, "clone", "--quiet", *options[kind], f"file://{repo.path}", tmp_path / f"{name}-{kind}")
        places[name] = tmp_path / f"{name}-{kind}"
        if kind == "linked":
            git(places[name], "worktree", "add", "--quiet", "--detach", tmp_path / f"{name}-tree")
            places[name] = tmp_path / f"{name}-tree"
    urls = ["--source", str(places["source"]), "--target", str(places["target"])]
    done = amts("sync", *urls, *books.engine(), json_path=tmp_path / "result.json")
    assert done.code == 0, done.err
    made = git(places["target"], "rev-parse", f"{BRANCH}^{{tree}}")
    assert git(places["target"], "rev-parse", f"{BRANCH}^") == books.tip("main")
    books.sync()
    assert made == without_address(books, done.result["source"]["repository"])


def without_address(books: Books, address: str) -> str:
    """The tree of the branch as it would be with another address of the source in the records."""
    files = {path: books.show(path) for path in map(state_path, TRANSLATED)}
    at = {path: text for path, text in files.items() if path in books.changed()}
    renamed = {path: text.replace('"book-en"', json.dumps(address)) for path, text in at.items()}
    books.by_person(dict(renamed))
    return books.target.git("rev-parse", f"{BRANCH}^{{tree}}")


def test_an_address_gets_the_branch_by_a_push(books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cloned, synced and pushed; a second run goes on from the server's branch, with people's commits on it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AMTS_CACHE_DIR", str(tmp_path / "cache"))
    books.upstream(beta=RAIN)
    urls = ["--source", f"file://{books.source.path}", "--target", f"file://{books.target.path}"]
    before = books.target.snapshot()
    done = amts("sync", *urls, *books.engine(), json_path=tmp_path / "result.json")
    assert (done.code, books.tip(), books.target.snapshot()) == (0, done.result["commit"], before)
    assert books.target.git("rev-parse", f"{BRANCH}^") == books.tip("main")
    assert DONE in books.show("chapter/beta.md")
    assert {path.name for path in (tmp_path / "amts-report").iterdir()} == {
        "pull-request.md",
        "report.html",
        "report.json",
        "report.md",
        "result.json",
    }
    person = books.by_person({"chapter/beta.md": books.show("chapter/beta.md").replace("# 贝塔", "# 贝塔（改）")})
    books.upstream(beta={"about snow": "about deep snow"})
    books.sent()
    done = amts("sync", *urls, *books.engine(), json_path=tmp_path / "result.json")
    assert (done.code, books.target.git("rev-parse", f"{BRANCH}^")) == (0, person)
    assert books.sent() == ["Another item about deep snow."]
    assert books.show("chapter/beta.md").startswith("# 贝塔（改）\n")


@pytest.mark.whole
def test_a_merge_of_the_default_branch_reaches_the_server_too(
    books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing came upstream, but the default branch moved on: the server's branch has it."""
    monkeypatch.chdir(tmp_path)
    books.upstream(beta=RAIN)
    urls = ["--source", f"file://{books.source.path}", "--target", f"file://{books.target.path}"]
    amts("sync", *urls, *books.engine())
    theirs = books.by_person({"own.md": "# 另一页\n"}, "main")
    done = amts("sync", *urls, *books.engine(), json_path=tmp_path / "result.json")
    assert done.code == 0
    assert books.target.git("merge-base", BRANCH, "main") == theirs
    assert books.show("own.md") == "# 另一页\n"


def test_a_push_that_the_server_refuses_is_a_failed_service(books: Books, tmp_path: Path) -> None:
    """Exit 3 in one line; the server's branch stays."""
    hook = books.target.path / ".git/hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\necho "no\033[31m entry" >&2\nexit 1\n', encoding="utf-8")
    hook.chmod(0o755)
    books.upstream(beta=RAIN)
    urls = ["--source", str(books.source.path), "--target", f"file://{books.target.path}"]
    done = amts("sync", *urls, *books.engine(), "--report-dir", str(tmp_path / "reports"))
    assert (done.code, done.err.count("\n"), books.tip()) == (3, 1, "")


@pytest.mark.whole
def test_the_number_of_requests_does_not_grow_with_the_book(tmp_path: Path) -> None:
    """Pages of a clone without blobs come together, whether records tell of them or not."""
    seen_by_size = []
    for n in (2, 20):
        english: dict[str, str | bytes | None] = {f"p{k}.md": f"# P{k}\n\nWords {k}.\n" for k in range(n)}
        chinese: dict[str, str | bytes | None] = {f"p{k}.md": f"# 页{k}\n\n词{k}。\n" for k in range(n)}
        folder = tmp_path / str(n)
        books = make_books(folder, english=english, chinese=chinese, recorded=tuple(english))
        books.source.commit({name: str(text).replace("Words", "More words") for name, text in english.items()})
        for repo in (books.source, books.target):
            repo.git("config", "uploadpack.allowFilter", "true")
            repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
        with served(folder) as (address, seen):
            urls = ["--source", f"{address}/book-en/.git", "--target", f"{address}/book-zh/.git"]
            done = amts("plan", *urls, json_path=folder / "result.json")
        assert {done.fates[name] for name in english} == {"changed"}
        seen_by_size.append(len(seen))
    assert seen_by_size[0] == seen_by_size[1]


def test_a_repository_of_sha256_ids(tmp_path: Path) -> None:
    """Records name its ids, and the next run knows them."""
    source, target = Repo(tmp_path / "book-en"), Repo(tmp_path / "book-zh")
    for repo in (source, target):
        (repo.path / ".git").rename(repo.path / "old")
        repo.git("init", "--quiet", "--initial-branch=main", "--template=", "--object-format=sha256")
        shutil.rmtree(repo.path / "old")
    books = Books(tmp_path, source, target)
    first = source.commit({"chapter/beta.md": BETA, "chapter/alpha.md": ALPHA})
    target.commit({path: CHINESE[path] for path in ("chapter/beta.md", "chapter/alpha.md", "amts.toml")})
    books.upstream(beta=RAIN)
    books.run("adopt", "--base", first)
    assert books.state("chapter/beta.md")["blob"] == blob_id(source, first, "chapter/beta.md")
    done = books.sync()
    assert (done.code, done.documents["chapter/beta.md"]["base"]["how"]) == (0, "record")
    assert DONE in books.show("chapter/beta.md")


# --- the small commands ---------------------------------------------------------------------------------------------


def test_status_tells_how_far_every_page_is_behind(books: Books) -> None:
    """Commits and blocks; missing pages and pages of the translators; 0 only when all is up to date."""
    books.upstream(beta=RAIN)
    books.upstream(beta={"about snow": "about deep snow"}, page={"is good": "is very good"})
    books.upstream(alpha={"and wraps\nover": "and\nwraps over"})
    before = everything(books.target.path)
    done = books.run("status")
    said = "amts: 89 % of 28 blocks up to date\n"
    assert (done.code, done.err, everything(books.target.path)) == (1, said, before)
    rows = {
        row["path"]: (row["state"], row["commits_behind"], row["blocks_behind"]) for row in done.result["documents"]
    }
    assert rows == {
        "chapter/alpha.md": ("up to date", 0, 0),
        "chapter/beta.md": ("behind", 2, 2),
        "chapter/spare.md": ("missing", None, None),
        "index.md": ("up to date", 0, 0),
        "ordering.md": ("up to date", 0, 0),
        "page.ipynb": ("behind", 1, 1),
        "own.md": ("gone", None, None),
    }
    assert done.result["version"] == 1
    assert done.out.splitlines()[0].split() == ["document", "state", "commits", "blocks"]
    beta = next(line for line in done.out.splitlines() if line.startswith("chapter/beta.md"))
    assert beta.split()[1:] == ["behind", "2", "2"]
    assert books.run("status", "--paths", "index.md", "ordering.md").code == 0


def test_adopt_records_what_it_placed(books: Books) -> None:
    """Records for all pages with a counterpart, on the branch, one commit; status then knows them all."""
    books.by_person(dict.fromkeys(map(state_path, TRANSLATED)), "main")
    assert {row["state"] for row in books.run("status").result["documents"]} == {
        *("up to date", "not adopted", "missing", "gone")
    }
    books.upstream(beta=RAIN)
    before = everything(books.target.path)
    assert books.run("adopt", "--dry-run").code == 0
    assert everything(books.target.path) == before
    done = books.run("adopt")
    assert done.code == 0
    rows = {row["path"]: row for row in done.result["documents"]}
    assert set(rows) == {*TRANSLATED, "own.md"}
    assert (rows["chapter/alpha.md"]["state"], rows["own.md"]["state"]) == ("origin", "no source")
    assert books.changed() == set(map(state_path, TRANSLATED))
    assert {books.state(path)["commit"] for path in TRANSLATED} == {books.source.commits[0]}
    states = {row["path"]: row["state"] for row in books.run("status").result["documents"]}
    assert states == {
        **dict.fromkeys(TRANSLATED, "up to date"),
        "chapter/beta.md": "behind",
        "chapter/spare.md": "missing",
        "own.md": "gone",
    }
    tip = books.tip()
    assert "nothing new to record" in books.run("adopt").err
    assert books.tip() == tip
    assert books.sync().code == 0
    assert books.sent() == ["One item about heavy rain."]


def test_adopt_lists_what_it_could_not_place(books: Books, tmp_path: Path) -> None:
    """A page that cannot be read: exit 1, named, no record; the others are recorded in the folder asked for."""
    files: dict[str, str | bytes | None] = dict.fromkeys(map(state_path, TRANSLATED))
    books.by_person({**files, "chapter/alpha_origin.md": b"\xff\xfe"}, "main")
    out = tmp_path / "out"
    before = everything(books.target.path)
    done = books.run("adopt", "--output-dir", str(out))
    assert (done.code, everything(books.target.path)) == (1, before)
    assert [row["path"] for row in done.result["documents"] if not row["is_placed"]] == ["chapter/alpha.md"]
    assert set(everything(out)) == {state_path(path) for path in TRANSLATED if path != "chapter/alpha.md"}


def test_adopt_is_not_stopped_by_an_odd_name(tmp_path: Path) -> None:
    """A page whose record cannot be written is listed; the others are recorded."""
    odd: dict[str, str | bytes | None] = {"two\nlines.md": "# Odd\n\nWords.\n"}
    books = make_books(tmp_path, english=odd, chinese=odd, recorded=())
    done = books.run("adopt")
    assert [row["path"] for row in done.result["documents"] if not row["is_placed"]] == ["two\nlines.md"]
    assert (done.code, books.changed()) == (1, set(map(state_path, TRANSLATED)))


def test_check_names_what_differs(tmp_path: Path) -> None:
    """0 for a faithful pair, 1 with a line for each difference."""
    source, target, result = tmp_path / "s.md", tmp_path / "t.md", tmp_path / "r.json"
    source.write_text(ALPHA, encoding="utf-8")
    target.write_text(str(CHINESE["chapter/alpha.md"]), encoding="utf-8")
    done = amts("check", str(source), str(target), json_path=result)
    assert (done.code, done.out) == (0, "")
    target.write_text(str(CHINESE["chapter/alpha.md"]).replace("`knead()`", "`\x1b[31mx`"), encoding="utf-8")
    done = amts("check", str(source), str(target), json_path=result)
    assert done.code == 1
    assert "knead()" in done.out
    assert "\x1b" not in done.out
    assert done.result


def test_check_names_what_people_lose(tmp_path: Path) -> None:
    """`--conservation`: a sentence whose English stands must be in the result; 1 when one is not."""
    english = "# Rope\n\nNever coil wet ropes. Hang them up to dry.\n"
    own = "# 绳\n\n绳子湿的时候千万别盘起来。要挂起来晾干。\n"
    texts = [english, english.replace("up to dry", "in the sun"), own, own.replace("绳子湿的时候千万别盘起来。", "")]
    paths = [tmp_path / f"{name}.md" for name in ("base", "head", "target", "out")]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    result = tmp_path / "check.json"
    done = amts("check", "--conservation", *map(str, paths), "--target-lang", "zh", json_path=result)
    assert (done.code, done.out) == (1, "绳子湿的时候千万别盘起来。\tNever coil wet ropes.\n")
    assert [x["is_broken"] for x in done.result["leaving"]] == [True]
    paths[3].write_text(own, encoding="utf-8")
    assert amts("check", "--conservation", *map(str, paths), "--target-lang", "zh").code == 0
    assert amts("check", str(paths[0])).code == 2


@pytest.mark.parametrize("granularity", ["block", "sentence"])
def test_pairs_are_a_table_of_both_languages(tmp_path: Path, granularity: str) -> None:
    """Header of codes, one pair a row, of two files and of two folders; a bad page is named and left out."""
    for side, files in (("en", ENGLISH), ("zh", CHINESE)):
        for path in ("chapter/alpha.md", "page.ipynb", "ordering.md"):
            place = tmp_path / side / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(str(files[path]), encoding="utf-8")
    options = ["--granularity", granularity, "--target-lang", "zh"]
    done = amts("pairs", str(tmp_path / "en/chapter/alpha.md"), str(tmp_path / "zh/chapter/alpha.md"), *options)
    rows = list(csv.reader(io.StringIO(done.out)))
    assert (done.code, rows[0]) == (0, ["en", "zh"])
    assert ["The end of alpha is short.", "阿尔法的结尾很短。"] in rows
    first = "The first paragraph talks about bread and its price $p$."
    assert any(row[0] == first for row in rows) == (granularity == "sentence")
    (tmp_path / "zh/ordering.md").write_bytes(b"\xff")
    done = amts("pairs", str(tmp_path / "en"), str(tmp_path / "zh"), *options, "-o", str(tmp_path / "p.csv"))
    assert (done.code, done.err.count("\n"), done.out) == (1, 1, "")
    assert "ordering.md" in done.err
    rows = list(csv.reader((tmp_path / "p.csv").open(encoding="utf-8", newline="")))
    assert ["The result is good.", "结果很好。"] in rows
