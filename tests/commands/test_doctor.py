"""`amts doctor`: one line for each thing that a run needs, with how to mend what is not right."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from bookkit import Books, amts, make_books, record
from hubkit import serve

from amts_action.actions.workflow_check import faults_of
from amts_action.books.records import state_path
from amts_action.runs.setup.checks import about_environment


@pytest.fixture
def books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Books:
    """A book with its records."""
    monkeypatch.delenv("AMTS_TOKEN", raising=False)
    return make_books(tmp_path / "books")


def doctor(
    books: Books, *more: str, target: str = "", json_path: Path | None = None
) -> tuple[int, dict[str, list[str]]]:
    """Exit code, and the lines by what they are about, each with its level first."""
    line = ("--source", str(books.source.path), "--target", target or str(books.target.path))
    done = amts("doctor", *line, *more, json_path=json_path)
    found: dict[str, list[str]] = {}
    for text in done.out.splitlines():
        level, name, rest = text.split(None, 2)
        found.setdefault(name, []).append(f"{level} {rest}")
    return done.code, found


def test_a_book_in_order(books: Books, tmp_path: Path) -> None:
    """Nothing is wrong, exit code 0, and machines are told the same."""
    code, found = doctor(books, json_path=tmp_path / "found.json")
    assert code == 0
    assert found["git"][0].startswith("ok version 2.")
    assert found["records"] == ["ok 5 pages, each with its record"]
    assert found["pages"] == ["ok 5 in both books, 1 never translated, 1 only in the translation"]
    assert found["engine"][0].startswith("ok memory: ")
    assert found["workflow"] == ["look none uses the action; amts init writes one"]
    assert (tmp_path / "found.json").read_text(encoding="utf-8").count('"level"') == sum(map(len, found.values()))


def test_settings_that_cannot_be_read(books: Books) -> None:
    """The slip is named, and what depends on the settings is not looked at."""
    books.by_person({"amts.toml": "target-lang = 'zh'\n"}, "main")
    code, found = doctor(books)
    assert code == 1
    assert "perhaps target_lang was meant" in found["settings"][0]
    assert "engine" not in found


def test_books_in_the_wrong_order(books: Books) -> None:
    """Told by their languages."""
    line = ("--source", str(books.target.path), "--target", str(books.source.path), "--target-lang", "zh")
    done = amts("doctor", *line)
    assert done.code == 1
    assert any(line.startswith("wrong  pages") and "language" in line for line in done.out.splitlines())


def test_records_that_are_not_in_order(books: Books) -> None:
    """One that cannot be read is wrong; without a page, with a lost commit, and pages without any, are looked at."""
    first = books.source.commits[0]
    lost = record(books.source, "ordering.md", first).replace(first.encode(), b"0" * 40)
    files: dict[str, str | bytes | None] = {
        state_path("chapter/beta.md"): "{",
        state_path("chapter/gone.md"): record(books.source, "ordering.md", first),
        state_path("ordering.md"): lost,
        state_path("index.md"): None,
    }
    books.by_person(files, "main")
    code, found = doctor(books)
    assert code == 1
    assert sorted(line.split(":")[0] for line in found["records"]) == [
        "look 2 of 5 pages have none; amts adopt finds and writes them",
        "look chapter/gone.md",
        "look ordering.md",
        "wrong chapter/beta.md",
    ]


def test_engines(books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program, a script, a key, a server and a model that are not there, each with the option that mends it."""
    for name in ("DEEPL_AUTH_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as server:
        here = f"http://127.0.0.1:{server.getsockname()[1]}/v1"
        code, found = doctor(books, "--engine", "openai", "--base-url", here, "--model", "m")
        assert (code, found["engine"][0].split()[0]) == (0, "ok")
    wrong = {
        ("--engine", "openai", "--base-url", here, "--model", "m"): "--base-url",
        ("--engine-command", "no-such-program-here"): "no program no-such-program-here; correct --engine-command",
        ("--engine-command", "sh no-such-script.sh"): "no file no-such-script.sh here",
        ("--engine", "deepl"): "set DEEPL_AUTH_KEY",
        ("--engine", "local", "--offline"): "local: ",
        ("--engine", "locla"): "perhaps local was meant",
    }
    for words, told in wrong.items():
        code, found = doctor(books, *words)
        assert code == 1
        assert found["engine"][0].startswith("wrong ") and told in found["engine"][0]
    assert doctor(books, *books.engine())[0] == 0
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    code, found = doctor(books, "--engine", "amazon-translate")
    assert code == 1
    assert found["engine"][0].startswith("wrong AWS: no AWS credentials are found")


def test_rights_of_a_token(books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked of the server, where nothing is left behind."""
    with serve(tmp_path / "hub") as hub:
        zh = hub.repository("books/zh", books.target.path)
        books.target.git("remote", "add", "origin", f"{hub.url}/books/zh")
        monkeypatch.setenv("GITHUB_SERVER_URL", hub.url)
        monkeypatch.setenv("GITHUB_API_URL", hub.api_url)
        assert doctor(books)[1]["token"][0].startswith("look AMTS_TOKEN is not set")
        monkeypatch.setenv("AMTS_TOKEN", hub.token(repositories=["books/zh"]))
        code, found = doctor(books)
        assert (code, found["token"]) == (0, ["ok may commit and open pull requests"])
        monkeypatch.setenv("AMTS_TOKEN", hub.token(repositories=["books/zh"], permissions={"contents": "read"}))
        code, found = doctor(books)
        assert code == 1 and found["token"][0].startswith("wrong ")
        assert (zh.open_pulls, set(zh.store.branches())) == ([], {"main"})


GOOD = """on: workflow_dispatch
permissions: {}
jobs:
  sync:
    permissions:
      contents: write
      pull-requests: write
    steps:
      - uses: example/amts-action@0123456789abcdef0123456789abcdef01234567 # v0.1.0
        with:
          target-lang: zh
"""
WORKFLOWS = {
    GOOD: [],
    GOOD.replace("amts-action", "other"): None,
    GOOD.replace("target-lang:", "target_lang:"): ["there is no input target_lang, perhaps target-lang was meant"],
    GOOD.replace("0123456789abcdef0123456789abcdef01234567", "v1"): ["the action is not pinned"],
    GOOD.replace("      pull-requests: write\n", ""): ["the job sync may not do what it should"],
    GOOD.replace("jobs:", "jobs: ["): ["this is no workflow that GitHub could read"],
    GOOD.replace("  sync:", "  sync:\n    strategy: 3\n  other: 5\n  more:"): ["this is no workflow"],
}


@pytest.mark.parametrize(("text", "faults"), WORKFLOWS.items(), ids=range(len(WORKFLOWS)))
def test_workflows(text: str, faults: list[str] | None) -> None:
    """Unknown inputs, a version that can move, and rights that are lacking."""
    found = faults_of(text)
    assert (found is None) == (faults is None)
    assert len(found or []) == len(faults or [])
    assert all(one.startswith(other) for one, other in zip(found or [], faults or [], strict=True))


def test_a_slip_in_a_variable_is_named() -> None:
    """No setting is read from it, and nobody would notice."""
    found = list(about_environment({"AMTS_TARGET_LNG": "zh", "AMTS_TARGET_LANG": "zh", "AMTS_TOKEN": "x", "HOME": "/"}))
    assert [one.text.split(";")[0] for one in found] == [
        "AMTS_TARGET_LNG is no setting, perhaps AMTS_TARGET_LANG was meant"
    ]
