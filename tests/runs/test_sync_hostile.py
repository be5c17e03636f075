"""Bad documents, hostile names and hostile text: the good pages are done, nothing is executed, nothing leaks.

That each message is one line without control characters is checked by `bookkit.amts` for every run.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from bookkit import ALPHA, BETA, BRANCH, CHINESE, Books, amts, copy_books, everything, make_books, record
from gitkit import served

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


# --- bad documents among good ones ----------------------------------------------------------------------------------

BAD: dict[str, bytes] = {
    "invalid UTF-8": b"# Alpha\n\nBad \xff\xfe bytes.\n",
    "UTF-16": "# Alpha\n\nWords.\n".encode("utf-16"),
    "conflict markers": b"# Alpha\n\n<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n",
}


@pytest.mark.parametrize(
    ("bad", "side"),
    [
        # Each of both once; all of them together are left to a thorough run.
        pytest.param(bad, side, marks=() if sorted(BAD).index(bad) == n else pytest.mark.whole)
        for bad in sorted(BAD)
        for n, side in enumerate(("source", "target", "origin"))
    ],
)
def test_a_page_that_cannot_be_read_stops_only_itself(books: Books, bad: str, side: str) -> None:
    """Exit 1, one line that names the page, and the others are done; the page and its record stay as they are."""
    books.upstream(beta=RAIN, alpha={"about bread and": "about white bread and"})
    if side == "source":
        books.source.commit({"chapter/alpha.md": BAD[bad]})
    else:
        path = "chapter/alpha.md" if side == "target" else "chapter/alpha_origin.md"
        edits: dict[str, bytes | None] = {path: BAD[bad]}
        books.by_person(edits if side == "target" else {**edits, state_path("chapter/alpha.md"): None}, "main")
    done = books.sync()
    assert (done.code, done.fates["chapter/alpha.md"]) == (1, "error")
    assert len([line for line in done.err.splitlines() if "chapter/alpha" in line]) == 1
    assert DONE in books.show("chapter/beta.md")
    assert books.changed() == {"chapter/beta.md", state_path("chapter/beta.md")}


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_page_that_is_a_link_is_not_followed(books: Books, side: str) -> None:
    """The link's goal is no text of the book: an error that says so, and the link stays."""
    books.upstream(beta=RAIN, alpha={"about bread and": "about white bread and"})
    repo = getattr(books, side)
    (repo.path / "chapter/alpha.md").unlink()
    (repo.path / "chapter/alpha.md").symlink_to("beta.md")
    repo.commit()
    done = books.sync()
    assert (done.code, done.fates["chapter/alpha.md"]) == (1, "error")
    assert "symbolic link" in done.documents["chapter/alpha.md"]["message"]
    assert DONE in books.show("chapter/beta.md")
    assert books.changed() == {"chapter/beta.md", state_path("chapter/beta.md")}


@pytest.mark.parametrize("bad", [b"{not json", b"[]", b'{"nbformat": 3}', b"[" * 100_000])
def test_a_notebook_that_is_none_stops_only_itself(books: Books, bad: bytes) -> None:
    """Not JSON, not a notebook, too deep: one line, the pages are done."""
    books.upstream(beta=RAIN)
    books.source.commit({"page.ipynb": bad})
    done = books.sync()
    assert (done.code, done.fates["page.ipynb"]) == (1, "error")
    assert len([line for line in done.err.splitlines() if "page.ipynb" in line]) == 1
    assert books.changed() == {"chapter/beta.md", state_path("chapter/beta.md")}


def test_odd_but_readable_pages_are_done(books: Books) -> None:
    """NUL bytes and a line of 1.5 MB are text: they arrive as they are, or the page is refused in one line."""
    books.upstream(beta=RAIN)
    long = "`" + "x" * 1_500_000 + "`"
    books.source.commit({"nul.md": "# Nul\n\nA \0 byte.\n", "long.md": f"# Long\n\nWords {long}\n"})
    done = books.sync()
    assert DONE in books.show("chapter/beta.md")
    for path, words in (("nul.md", "A \0 byte."), ("long.md", long)):
        if done.fates[path] == "error":
            assert done.code == 1
            assert not books.has(path)
        else:
            assert words in books.show(path)


def test_empty_pages_are_pages(books: Books) -> None:
    """A page that becomes empty, and one that is new and empty."""
    books.source.commit({"chapter/beta.md": "", "new.md": ""})
    done = books.sync()
    assert done.code == 0
    assert books.show("chapter/beta.md").strip() == ""
    assert books.show("new.md").strip() == ""
    assert books.sync().result["commit"] == ""


# --- hostile names --------------------------------------------------------------------------------------------------

NAMES = (
    *("with space.md", "quo'te\".md", "-rf.md", "--help.md", "ünïcödé 中文.md", "a..b.md", "$(touch HACKED).md"),
    *("`touch HACKED`.md", "::set-output name=x::y.md", "*.md", "[a].md", "~.md", "a\\b.md", ":(top)x.md", "%0A.md"),
)


def test_odd_names_are_only_names(books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Spaces, quotes, hyphens, wildcards, shell and git syntax: pages are translated under exactly these names."""
    place = tmp_path / "cwd"
    place.mkdir()
    monkeypatch.chdir(place)
    files = {name: f"# Page {n}\n\nWords of page {n}.\n" for n, name in enumerate(NAMES)}
    books.source.commit(dict(files))
    done = books.sync()
    assert (done.code, {done.fates[name] for name in NAMES}) == (0, {"new"})
    for n, name in enumerate(NAMES):
        assert books.show(name) == f"# 译Page {n}\n\n译Words of page {n}.\n"
        assert books.state(name)["path"] == name
    books.source.commit({name: text.replace("Words", "More words") for name, text in files.items()})
    done = books.sync()
    assert (done.code, {done.fates[name] for name in NAMES}) == (0, {"changed"})
    status = books.run("status")
    assert not [line for line in status.out.splitlines() if line.startswith("::")]
    assert not list(tmp_path.rglob("*HACKED"))
    assert not list(place.iterdir())


def test_names_with_controls_stop_only_themselves(books: Books) -> None:
    """A name that cannot be written or shown is an error or is done; never a reason to lose the other pages."""
    names = ["two\nlines.md", "esc\x1b[31m.md", "bell\a.md", "\x9b31m.md", "x\u202eltr.md"]
    books.upstream(beta=RAIN)
    books.source.commit(dict.fromkeys(names, "# Page\n\nWords.\n"))
    for command in ("plan", "status"):
        out = books.run(command).out
        assert not [c for c in out if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e\u2028")]
    done = books.sync()
    fates = {name: done.fates[name] for name in names}
    assert {*fates.values()} <= {"error", "new"}
    assert done.code == ("error" in fates.values())
    assert DONE in books.show("chapter/beta.md")
    assert {name: books.has(name) for name in names} == {name: fate == "new" for name, fate in fates.items()}


def test_a_name_that_is_not_utf8(books: Books) -> None:
    """Bytes that are no text: the page is done under the same bytes or refused, the others are done."""
    books.upstream(beta=RAIN)
    name = os.fsdecode(b"caf\xe9.md")
    books.source.commit({name: "# Page\n\nWords.\n"})
    done = books.sync()
    assert DONE in books.show("chapter/beta.md")
    assert done.code == (0 if books.has(name) else 1)
    assert "caf" in books.run("status", "--all").out


def test_a_page_where_the_target_has_a_file_or_a_link_on_the_way(books: Books, tmp_path: Path) -> None:
    """`own/x.md` where `own` is a file, `out/x.md` where `out` is a link: errors, and nothing is written through."""
    (books.target.path / "out").symlink_to(tmp_path)
    books.by_person({"own": "a file\n"}, "main")
    books.upstream(beta=RAIN)
    books.source.commit({"own/x.md": "# X\n\nWords.\n", "out/x.md": "# X\n\nWords.\n"})
    done = books.sync()
    assert (done.code, done.fates["own/x.md"], done.fates["out/x.md"]) == (1, "error", "error")
    assert DONE in books.show("chapter/beta.md")
    assert not (tmp_path / "x.md").exists()


# --- hostile text ---------------------------------------------------------------------------------------------------

TEXT = (
    "::set-output name=x::y and ##[command]rm and \x1b[31mred\x1b[0m and $(touch HACKED) and `touch HACKED` "
    "and @everyone and <script>alert(1)</script> and {{7*7}} and %0A::error::x"
)


def test_hostile_text_is_only_text(books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Workflow commands, escapes, substitutions in text, headings, code and file names of code: nothing runs."""
    place = tmp_path / "cwd"
    place.mkdir()
    monkeypatch.chdir(place)
    text = f"# {TEXT}\n\n{TEXT}\n\n::set-output name=x::y\n\n```$(touch HACKED)\n{TEXT}\n```\n"
    text += f"\n![{TEXT}]($(touch HACKED).png)\n"
    books.source.commit({"chapter/beta.md": BETA + text, "new.md": text})
    done = books.sync()
    assert done.code in (0, 1)
    for command in ("plan", "status"):
        for line in books.run(command).out.splitlines():
            assert not line.startswith(("::", "##["))
    reports = everything(books.target.path / ".git/amts")
    assert set(reports) == {"pull-request.md", "report.html", "report.json", "report.md", "result.json"}
    assert not any(line.startswith("::") for line in reports["pull-request.md"].decode().splitlines())
    assert not any(b"\x1b" in data for data in reports.values())
    assert not list(tmp_path.rglob("*HACKED"))
    assert not list(place.iterdir())


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param('"text": "\\ud800 half"', marks=pytest.mark.whole),
        '"text": "<<<<<<< a\\n=======\\n>>>>>>> b"',
        pytest.param('"text": "a\\u0000b\\u001b[31m"', marks=pytest.mark.whole),
        '"error": "::error::\\u001b[31m\\nsecond line"',
        pytest.param('"text": "# a\\n\\n```\\n# b"', marks=pytest.mark.whole),
    ],
)
def test_a_hostile_engine_breaks_nothing(books: Books, reply: str) -> None:
    """Half characters, conflict markers, controls, fences, commands in errors: flagged or harmless, never corrupt."""
    books.upstream(alpha={"about bread and": "about white bread and"}, beta={"about weather": "about bad weather"})
    program = (
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    print('{\"id\": ' + json.dumps(json.loads(line)['id']) + ', ' + sys.argv[1] + '}')\n"
    )
    (books.folder / "engine.py").write_text(program, encoding="utf-8")
    command = shlex.join([sys.executable, "-S", str(books.folder / "engine.py"), reply])
    places = ["--source", str(books.source.path), "--target", str(books.target.path)]
    done = amts("sync", *places, "--engine-command", command, json_path=books.folder / "result.json")
    if "error" in reply:  # nothing at all was translated, and nothing is written
        assert (done.code, books.tip(BRANCH)) == (3, "") and "\x1b" not in done.err
        return
    assert done.code in (0, 1)
    pages = {"chapter/alpha.md", "chapter/beta.md"}
    assert {done.fates[path] for path in pages} == {"changed"}
    if done.result["commit"]:
        for path in pages:
            text = books.show(path)
            assert "```python\nx = 1  # 开始\n```\n" in text or path.endswith("beta.md")
            assert "\x1b" not in text
    again = books.sync()
    assert "error" not in again.fates.values()


# --- secrets --------------------------------------------------------------------------------------------------------


def test_tokens_appear_nowhere(books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They sign in to the server, and are in no message, result, report, cache, commit or configuration."""
    secret = "ghs_TheSecretToken0123456789"
    monkeypatch.setenv("AMTS_TOKEN", secret)
    monkeypatch.setenv("AMTS_CACHE_DIR", str(tmp_path / "cache"))
    books.upstream(beta=RAIN)
    served_root = tmp_path / "served"
    served_root.mkdir()
    for repo in (books.source, books.target):
        books.target.git("clone", "--quiet", "--bare", repo.path, served_root / f"{repo.path.name}.git")
    books.target.git("-C", served_root / "book-zh.git", "config", "http.receivepack", "true")
    with served(served_root, token=secret) as (address, seen):
        urls = ["--source", f"{address}/book-en.git", "--target", f"{address}/book-zh.git"]
        reports = ["--report-dir", str(tmp_path / "reports")]
        done = amts("sync", *urls, *books.engine(), *reports, json_path=tmp_path / "result.json")
        monkeypatch.setenv("AMTS_TOKEN", f"wrong{secret}")
        refused = amts("sync", *urls, *books.engine(), *reports)
    assert done.code == 0, done.err
    assert any(seen)
    shown = subprocess.run(
        ["git", "-C", str(served_root / "book-zh.git"), "show", f"{BRANCH}:chapter/beta.md"], capture_output=True
    )
    assert DONE in shown.stdout.decode()
    assert (refused.code, refused.err.count("\n")) == (3, 1)
    assert secret not in done.err + done.out + refused.err + json.dumps(done.result)
    for path, data in everything(tmp_path).items():
        assert secret.encode() not in data, path


def test_the_engine_is_not_given_the_tokens_of_the_repositories(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """Page texts in the log are all that the engine's log holds."""
    monkeypatch.setenv("AMTS_TOKEN", "ghs_TheSecretToken0123456789")
    books.upstream(beta=RAIN)
    books.sync()
    assert books.sent() == ["One item about heavy rain."]


def test_a_record_cannot_lead_out_of_the_repository(books: Books) -> None:
    """A record whose path climbs out is an error of its page; a record without a page is nobody's."""
    head = books.source.commits[0]
    bad = record(books.source, "chapter/beta.md", head).replace(b"chapter/beta.md", b"../../etc/passwd")
    stray = record(books.source, "chapter/beta.md", head)
    books.by_person({state_path("chapter/beta.md"): bad, ".amts/state/no/such.md.json": stray}, "main")
    books.upstream(beta=RAIN, alpha={"$p$": "$q$"})
    done = books.sync()
    assert (done.code, done.fates["chapter/beta.md"]) == (1, "error")
    assert books.show("chapter/alpha.md") == str(CHINESE["chapter/alpha.md"]).replace("$p$", "$q$")
    assert books.show("chapter/alpha_origin.md") == ALPHA.replace("$p$", "$q$")


@pytest.mark.parametrize("command", ["sync", "plan", "status", "adopt"])
def test_a_source_folder_that_is_not_there_removes_no_page(books: Books, command: str) -> None:
    """A mistyped `--source-path` is an error that names it; it does not look like a book without pages."""
    before = everything(books.target.path)
    words = ("--source", str(books.source.path), "--target", str(books.target.path), "--target-lang", "zh")
    done = amts(command, *words, "--source-path", "nope")
    assert done.code == 2
    assert done.err.startswith("amts: --source-path: the source has no folder 'nope' in commit ")
    assert done.err.count("\n") == 1
    assert everything(books.target.path) == before
