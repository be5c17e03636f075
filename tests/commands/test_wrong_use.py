"""What people write by mistake in their first hour, and the one line that tells them what they meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from bookkit import amts, make_books

from amts_action.commands.parser import COMMANDS

SLIPS = [
    (("synk",), "perhaps sync was meant"),
    (("update",), "perhaps sync was meant"),
    (("memory", "serch", "x"), "perhaps search was meant"),
    ((), "give a command, such as amts "),
    (("sync", "book-en", "book-zh"), "give --source BOOK --target BOOK"),
    (("sync", "--target-lng", "zh"), "perhaps --target-lang was meant"),
    (("sync", "--target_lang", "zh"), "--target-lang was meant"),
    (("sync", "-target-lang", "zh"), "--target-lang was meant"),
    (("sync", "--target-language", "zh"), "perhaps --target-lang was meant"),
    (("plan", "--pull-request"), "amts sync has"),
    (("--target-lang", "zh", "plan"), "amts plan --target-lang"),
    (("pairs", "a.md", "b.md", "--target-lang", "zh", "--granularity", "sentences"), "perhaps sentence was meant"),
    (("plan", "--source", ".", "--target", ".", "--target-lang", "chinese"), "write zh"),
    (("sync", "--source", ".", "--target", ".", "--engine", "deepL"), "perhaps deepl was meant"),
    (("sync", "--source", ".", "--target", ".", "--gate", "refused"), "perhaps refuse was meant"),
]


@pytest.mark.parametrize(("words", "told"), SLIPS, ids=lambda x: " ".join(x) if isinstance(x, tuple) else "")
def test_a_slip_on_the_line(words: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 2, and one line that has the right word."""
    monkeypatch.chdir(tmp_path)
    if "--engine" in words:
        make_books(tmp_path)
        words = tuple({".": "book-en"}.get(word, word) if n == 2 else word for n, word in enumerate(words))
        words = tuple("book-zh" if word == "." else word for word in words)
    done = amts(*words)
    assert (done.code, done.err.count("\n"), done.out) == (2, 1, "")
    assert told in done.err


FILES = [
    ("target-lang = 'zh'\n", "perhaps target_lang was meant; correct it"),
    ("targetLang = 'zh'\n", "perhaps target_lang was meant; correct it"),
    ("language = 'zh'\n", "perhaps target_lang was meant; correct it"),
    ("max-cost = 5\n", "perhaps max_cost was meant; correct it"),
    ("source_repo = 'https://example.org/a'\n", "perhaps source was meant; correct it"),
    ("[amts]\ntarget_lang = 'zh'\n", "without [amts]"),
    ("pull_requests = 'pages'\n", "perhaps page was meant"),
    ("fill_missing = 'yes'\n", "write true or false"),
]


@pytest.mark.parametrize(("text", "told"), FILES, ids=[text.split("=")[0].strip() for text, _ in FILES])
def test_a_slip_in_the_settings_file(text: str, told: str, tmp_path: Path) -> None:
    """The same for a file."""
    books = make_books(tmp_path)
    books.by_person({"amts.toml": text}, "main")
    done = amts("plan", "--source", str(books.source.path), "--target", str(books.target.path))
    assert (done.code, done.err.count("\n"), done.out) == (2, 1, "")
    assert told in done.err and done.err.startswith("amts: amts.toml: ")


def test_settings_that_are_not_committed_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They do not count, which would surprise whoever has just written them; and a target need not be given there."""
    books = make_books(tmp_path)
    books.by_person({"amts.toml": None}, "main")
    monkeypatch.chdir(books.target.path)
    Path("amts.toml").write_text('target_lang = "zh"\n', encoding="utf-8")
    done = amts("plan", "--source", str(books.source.path))
    assert done.code == 2
    assert "amts.toml: what is in the folder is not committed" in done.err.splitlines()[0]
    books.target.git("add", "amts.toml")
    books.target.git("commit", "--quiet", "--message", "Settings")
    done = amts("plan", "--source", str(books.source.path))
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_help_is_short_and_says_where_the_rest_is(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What few people need is left out, and only that."""
    assert amts(command, "--help").code == 0
    short = amts(command, "--help").out
    options = [line for line in short.splitlines() if line.startswith("  -")]
    assert short.startswith(f"usage: amts {command} ")
    if "more options: " in short:
        whole = amts(command, "--help-all").out
        assert len([line for line in whole.splitlines() if line.startswith("  -")]) > len(options)
        assert "more options: " not in whole


def test_the_help_of_sync_has_the_options_that_people_use_first() -> None:
    """Ten of them, besides help itself."""
    lines = amts("sync", "--help").out.splitlines()
    names = [line.split()[0] for line in lines if line.startswith("  --")]
    assert sorted(set(names) - {"--help-all"}) == sorted(
        "--source --target --target-lang --paths --engine --engine-command --max-cost --dry-run --pull-request "
        "--report-dir".split()
    )


def test_commands_stand_under_headings() -> None:
    """Each once, whatever its room."""
    text = amts("--help").out
    assert [text.count(f"\n  {name} ") for name in COMMANDS] == [1] * len(COMMANDS)
    assert amts("help").out == text
    assert amts("help", "plan").out == amts("plan", "--help").out


def test_colours_are_for_those_who_want_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """NO_COLOR wins over FORCE_COLOR, and neither is needed where nobody looks."""
    books = make_books(tmp_path)
    books.upstream(beta={"about rain": "about heavy rain"})
    line = ("status", "--source", str(books.source.path), "--target", str(books.target.path))
    plain = amts(*line).out
    assert "\x1b" not in plain
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = _coloured(line)
    assert "\x1b[33mbehind\x1b[0m" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    assert _coloured(line) == plain


def _coloured(line: tuple[str, ...]) -> str:
    import io
    from contextlib import redirect_stderr, redirect_stdout

    from amts_action.cli import main

    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(io.StringIO()):
        main(list(line))
    return out.getvalue()


def test_only_what_needs_doing_is_listed(tmp_path: Path) -> None:
    """The rest is counted, and there with --all."""
    books = make_books(tmp_path)
    books.upstream(beta={"about rain": "about heavy rain"})
    line = ("--source", str(books.source.path), "--target", str(books.target.path))
    for command in ("status", "plan", "adopt"):
        words = (command, *line, *(("--dry-run",) if command == "adopt" else ()))
        few, whole = amts(*words).out, amts(*words, "--all").out
        assert "chapter/alpha.md" not in few
        assert "chapter/alpha.md" in whole and "chapter/beta.md" in whole
