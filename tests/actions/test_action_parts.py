"""The parts of the action: inputs, outputs, where books are found, and hostile text in every place it can reach."""

from __future__ import annotations

import io
import os
import re
import shlex
import sys
from pathlib import Path

import pytest
import yaml
from actionkit import OURS, Step, commands_in, outputs_in
from bookkit import BETA, make_books, record
from gitkit import Repo
from hubkit import serve
from markdown_it import MarkdownIt

from amts_action.actions import outputs
from amts_action.actions.inputs import INPUTS, OUTPUTS, read_inputs
from amts_action.actions.outputs import Log, append_summary, hand_over, write_outputs
from amts_action.actions.places import address_of, find_checkout, is_on, same_address
from amts_action.actions.workflow_report import log_documents
from amts_action.books.records import state_path
from amts_action.errors import InputError
from amts_action.reports.model import RunReport
from amts_action.settings import FIELDS, load
from amts_action.tokens import without

ROOT = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
ISSUE = (
    "source-repo source-ref source-path target-repo target-branch target-path source-lang target-lang paths base head "
    "engine engine-command parallel-data terminology s3-uri role-arn max-characters max-cost wait-minutes "
    "github-token source-token branch title labels assignees reviewers "
    "team-reviewers milestone draft force dry-run config"
).split()

# --- action.yml -----------------------------------------------------------------------------------------------------


def test_the_metadata_has_what_the_program_reads() -> None:
    """action.yml names exactly the inputs and outputs of the program, those people were promised among them."""
    assert list(ACTION["inputs"]) == [entry.name for entry in INPUTS]
    assert list(ACTION["outputs"]) == list(OUTPUTS)
    assert set(ISSUE) <= set(ACTION["inputs"])


def test_a_setting_is_not_given_by_default() -> None:
    """No input that is a setting has a default in action.yml: it would always win over the book's amts.toml."""
    settings = {entry.name.replace("_", "-") for entry in FIELDS}
    assert not [name for name, entry in ACTION["inputs"].items() if name in settings and "default" in entry]


def test_the_defaults_of_the_metadata_are_valid_and_mean_nothing() -> None:
    """What GitHub fills in for a workflow that says nothing is accepted, and no settings come of it."""
    environ = {f"INPUT_{name.upper()}": str(entry.get("default", "")) for name, entry in ACTION["inputs"].items()}
    environ["INPUT_GITHUB-TOKEN"] = "ghs_x"
    inputs = read_inputs(environ)
    assert (inputs.dry_run, inputs.config, inputs.report_dir) == (False, "", "amts-report")
    assert load(environ=environ) == load()


def test_the_image_starts_the_program_without_a_shell() -> None:
    """The entrypoint is a list: a shell would drop inputs with a hyphen. No USER and no WORKDIR stand in the way."""
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    (entrypoint,) = [line for line in lines if line.startswith("ENTRYPOINT")]
    assert entrypoint.startswith('ENTRYPOINT ["/opt/amts/bin/python", "-I"')
    assert not [line for line in lines if line.startswith(("USER", "WORKDIR", "CMD", "VOLUME"))]
    assert [line for line in lines if line.startswith("FROM") and "@sha256:" in line]


# --- inputs ---------------------------------------------------------------------------------------------------------

WRONG = {
    "source-repo": ("book", "../x/y", "owner/..", "a b/c", "https://user:pw@example.org/a", "-x/y", "x/y\nz"),
    "target-repo": ("book", "https://github.com/a/b", "-x/y", "owner/.."),
    "source-ref": ("--upload-pack=x", "a\nb"),
    "github-token": ("two words", "line\nbreak", "ünicode"),
    "source-token": ("two words",),
    "config": ("/etc/passwd", "../x.toml", "a/../../b", ".git/config", "a\\b"),
    "dry-run": ("yes", "True", "1"),
    "report-dir": ("/tmp", "..", "a/../../b", ".git", "."),
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_input_is_one_line(name: str, value: str) -> None:
    """The error names the input and is one line; it does not show what might be a secret."""
    with pytest.raises(InputError) as caught:
        read_inputs({f"INPUT_{name.upper()}": value})
    assert str(caught.value).startswith(f"input {name}: ")
    assert "\n" not in str(caught.value)
    assert "token" not in name or value not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "meant"), [("max-charcters", "max-characters"), ("target_language", "target-lang"), ("zzz", "")]
)
def test_an_unknown_input_is_refused(name: str, meant: str) -> None:
    """A limit with a slip in its name would be no limit; the message says what may have been meant."""
    with pytest.raises(InputError, match=f"perhaps {meant} was meant" if meant else "no such input; see action.yml"):
        read_inputs({f"INPUT_{name.upper()}": "1"})


def test_inputs_may_have_underscores_and_be_empty() -> None:
    """`source_ref` is read like `source-ref`, which wins; an empty input was not given."""
    assert read_inputs({"INPUT_SOURCE_REF": "a"}).source_ref == "a"
    assert read_inputs({"INPUT_SOURCE_REF": "a", "INPUT_SOURCE-REF": " b "}).source_ref == "b"
    assert read_inputs({"INPUT_DRY-RUN": " ", "INPUT_ZZZ": ""}) == read_inputs({})


def test_tokens_are_in_no_representation() -> None:
    """Neither the inputs' text nor the environment that is handed on has them."""
    environ = {"INPUT_GITHUB-TOKEN": "ghs_secret", "INPUT_SOURCE-TOKEN": "ghs_other", "INPUT_TITLE": "t"}
    assert "ghs_" not in repr(read_inputs(environ))
    assert without(environ) == {"INPUT_TITLE": "t"}


# --- places ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://github.com/A/b", "https://github.com/a/B.git", True),
        ("https://github.com/a/b/", "git@github.com:a/b.git", True),
        ("https://x-access-token:t@github.com/a/b", "ssh://git@github.com/a/b", True),
        ("https://github.com/a/b", "https://github.com/a/bb", False),
        ("https://github.com/a/b", "https://github.example/a/b", False),
        ("https://github.com/a/b", "https://github.com.evil/a/b", False),
    ],
)
def test_addresses_of_one_repository(one: str, other: str, same: bool) -> None:
    """Protocol, user, case and `.git` do not matter; everything else does."""
    assert same_address(one, other) is same


def test_tokens_go_to_their_server_only() -> None:
    """The server of the workflow gets its token: not one whose name begins alike, nor another port or protocol."""
    assert is_on("https://github.com", address_of("a/b", "https://github.com/"))
    for other in ("https://github.com.evil/a/b", "http://github.com/a/b", "https://github.com:444/a/b", "git@x:a/b"):
        assert not is_on("https://github.com", other)


def test_a_checkout_is_found_by_its_remote(tmp_path: Path) -> None:
    """Two folders deep, not deeper; links, and a `.git` that is a link, are not followed."""
    url = "https://github.com/books/zh"
    for name in ("a/deep/er", "a/zh", "other"):
        repo = Repo(tmp_path / "ws" / name)
        repo.git("remote", "add", "origin", url if "other" not in name else "https://github.com/books/en")
    assert find_checkout(tmp_path / "ws", url) == tmp_path / "ws" / "a" / "zh"
    (tmp_path / "ws" / "a" / "zh" / ".git").rename(tmp_path / "git")
    (tmp_path / "ws" / "a" / "zh" / ".git").symlink_to(tmp_path / "git")
    (tmp_path / "ws" / "link").symlink_to(tmp_path / "ws" / "a" / "deep")
    assert find_checkout(tmp_path / "ws", url) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_files_are_handed_to_the_owner_of_the_workspace(tmp_path: Path) -> None:
    """What we made belongs to the workspace's owner after it, and what a link leads to does not change."""
    workspace, outside = tmp_path / "ws", tmp_path / "outside"
    (workspace / "out" / "in").mkdir(parents=True)
    (workspace / "out" / "in" / "report.md").write_text("x")
    outside.write_text("y")
    (workspace / "out" / "link").symlink_to(outside)
    os.chown(workspace, 1001, 1002)
    hand_over(workspace / "out", workspace)
    owners = {place.lstat().st_uid for place in (workspace / "out").rglob("*")} | {(workspace / "out").stat().st_uid}
    assert owners == {1001}
    assert outside.stat().st_uid == 0


# --- outputs --------------------------------------------------------------------------------------------------------

HOSTILE = (
    "::set-env name=A::b",
    "\n::add-path::/tmp",
    "\r::stop-commands::x",
    "\r\n  ::save-state name=x::y",
    "##[set-output name=x]y",
    "a\u2028::debug::b",
    "%0A::error::c",
    "end_\nnext<<EOF\nEOF\n",
    "\x1b[31m\0",
    "x" * 1_000_000,
    "\ud800",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_command(text: str) -> None:
    """Whatever is said, grouped or annotated: the runner finds our commands and no others, one line each."""
    stream = io.StringIO()
    log = Log(stream)
    with log.group(f"t {text}"):
        log.say(text)
        log.say(f"words {text}")
        log.annotate("warning", text, title=text, file=text, line=3)
    written = stream.getvalue()
    assert [command.name for command in commands_in(written)] == ["group", "warning", "endgroup"]
    assert len(written.splitlines()) == 5
    assert len(written) < 20_000
    written.encode()


def test_annotations_say_what_they_are_told() -> None:
    """File, line and text come out on the other side as they went in, with signs that have a meaning there."""
    stream = io.StringIO()
    Log(stream).annotate("error", "100 % of a,b: c", title="x, y", file="a,b:c%.md", line=7)
    (command,) = commands_in(stream.getvalue())
    assert command.data == "100 % of a,b: c"
    assert command.properties == {"title": "x, y", "file": "a,b:c%.md", "line": "7"}


def test_ten_annotations_of_a_kind() -> None:
    """More are left out and counted, since GitHub shows no more."""
    stream = io.StringIO()
    log = Log(stream)
    made = [log.annotate("warning", str(n)) for n in range(13)]
    assert made == [True] * 10 + [False] * 3
    assert len(commands_in(stream.getvalue())) == 10
    assert (log.left_out("warning"), log.left_out("error")) == (3, 0)


def test_a_page_in_conflict_is_annotated() -> None:
    """Where people changed the same lines on both branches nothing is written, and the page is named all the same."""
    stream = io.StringIO()
    log_documents(Log(stream), RunReport("zh", (), collisions=("a.md",)), is_target_ours=True, is_source_ours=False)
    (command,) = commands_in(stream.getvalue())
    assert (command.name, command.properties["file"]) == ("warning", "a.md")
    assert "people have changed the same lines" in command.data


@pytest.mark.parametrize("value", ["", "plain", *HOSTILE])
def test_outputs_come_out_as_they_went_in(tmp_path: Path, value: str) -> None:
    """No value ends its own output or starts another."""
    path = tmp_path / "output"
    path.write_text("before<<x\n1\nx\n")
    write_outputs(str(path), {"a": value, "b": "2"})
    found = outputs_in(path.read_bytes().decode().replace("\r", "\u240d").replace("\u2028", " "))
    assert list(found) == ["before", "a", "b"]
    assert found["b"] == "2"


def test_the_delimiter_is_not_in_the_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A delimiter that the value holds is thrown away and another one drawn."""
    drawn = iter(["aa", "bb"])
    monkeypatch.setattr(outputs.secrets, "token_hex", lambda _: next(drawn))
    write_outputs(str(tmp_path / "output"), {"x": "1\nend_aa\ny<<z"})
    assert (tmp_path / "output").read_text() == "x<<end_bb\n1\nend_aa\ny<<z\nend_bb\n"


def test_the_summary_has_room(tmp_path: Path) -> None:
    """A summary above 1 MiB, which GitHub would drop whole, is cut at the end of a line."""
    path = tmp_path / "summary"
    append_summary(str(path), "字" * 300 + "\n" + "a line\n" * 200_000)
    data = path.read_bytes()
    assert 1_000_000 < len(data) < 1024 * 1024
    assert data.decode().splitlines()[-3:] == ["a line", "", "... the rest is in the report."]


# --- hostile books --------------------------------------------------------------------------------------------------

EVIL = "::set-env name=A::b ##[add-path]/x @octocat #12 <img src=x onerror=alert(1)> ${{ github.token }} {{7*7}}"
NAMES = (
    "chapter/-rf.md",
    "chapter/::error file=x::y.md",
    "chapter/a\n::set-output name=b::c.md",
    "chapter/%0A::debug::x.md",
    "chapter/@octocat $(touch x) `touch y`.md",
)
ENGINE = """
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    if "refuse" in request["text"]:
        print(json.dumps({"id": request["id"], "error": "no\\n::set-env name=A::b\\r##[add-path]/x @octocat"}))
    else:
        print(json.dumps({"id": request["id"], "text": request["text"] + " ::set-env name=A::b"}))
print("::set-env name=A::b\\n##[add-path]/x", file=sys.stderr)
"""


@pytest.mark.whole
def test_a_hostile_book(tmp_path: Path) -> None:
    """Names, text, an engine's words and a line of a megabyte: the runner carries out nothing, nobody is called, and
    nothing is written outside."""
    (tmp_path / "engine.py").write_text(ENGINE)
    pages = {name: f"# Page {n}\n\nOld text.\n\nMore text.\n" for n, name in enumerate(NAMES)}
    books = make_books(tmp_path, english=pages, chinese={**pages, "amts.toml": 'target_lang = "zh"\n'})
    first = books.source.commits[0]
    books.target.commit({state_path(name): record(books.source, name, first) for name in NAMES})
    long = "word " * 200_000
    evil = {name: f"# Page {n}\n\n{EVIL} {n}\n\nrefuse {EVIL}\n\n{EVIL}\n" for n, name in enumerate(NAMES)}
    beta = BETA.replace("about weather", f"about {long} {EVIL}")
    books.source.commit({**evil, "chapter/beta.md": beta}, f"{EVIL}\n\n::set-env name=A::b")
    command = shlex.join([sys.executable, "-S", str(tmp_path / "engine.py")])
    with serve(tmp_path / "hub") as hub:
        hub.repository("books/book-en", books.source.path)
        zh = hub.repository("books/book-zh", books.target.path)
        step = Step(tmp_path / "step", "books/book-zh", hub.url, hub.api_url, hub.token(), "schedule")
        before = {place for place in tmp_path.rglob("*") if "hub" not in place.parts and "step" not in place.parts}
        result = step.run(source_repo="books/book-en", engine="command", engine_command=command)
        (pull,) = zh.open_pulls
        after = {place for place in tmp_path.rglob("*") if "hub" not in place.parts and "step" not in place.parts}
    assert result.code == 0, result.log[:3000]
    assert {entry.name for entry in result.commands} <= OURS
    assert result.annotations("warning")
    assert set(result.outputs) == set(OUTPUTS)
    assert after == before
    assert max(map(len, result.log.splitlines())) < 10_000
    for text in (result.summary, pull.body, pull.title):
        assert not commands_in(text)
        shown = re.sub(r"<code>.*?</code>", "", MarkdownIt("gfm-like", {"linkify": False}).render(text), flags=re.S)
        assert "octocat" in shown or text == pull.title
        assert "@octocat" not in shown
        assert "<img" not in shown
    written = [place for place in step.workspace.rglob("*") if place.is_file()]
    assert {place.parent for place in written} == {step.workspace / "amts-report"}
