"""The documentation is true: its commands run, its references are current, its links lead somewhere.

In a page, a block of kind `console` is run. A line `$ COMMAND` is a command; the lines below it must be in what it
prints (`...` stands for anything, runs of blanks are alike), and `# exits N` after them says that its exit code is N
and not 0. The blocks of one page run in order, in a folder that holds the example book's `example`. Blocks of other
kinds are not run.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from amts_action import __version__
from amts_action.cli import COMMANDS, main
from amts_action.settings import FIELDS, load

if TYPE_CHECKING:
    from aws.cloud import Cloud

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
FLOOR = 24
"""So many commands are in the pages at least: fewer means that they are not found any more."""
SECONDS = 60


@dataclass(frozen=True)
class Command:
    """A documented command."""

    line: int
    text: str
    shown: tuple[str, ...]
    """Lines that it must print."""
    code: int


def commands_of(page: Path) -> list[Command]:
    """The commands of a page's console blocks, in order."""
    found: list[Command] = []
    inside = False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```"):
            inside = line == "```console"
        elif inside and line.startswith("$ "):
            found.append(Command(number, line[2:], (), 0))
        elif inside:
            assert found, f"{page.name}:{number}: output without a command"
            last = found.pop()
            code = re.fullmatch(r"# exits (\d+)", line)
            shown = last.shown if code or line in ("", "...") else (*last.shown, line)
            found.append(Command(last.line, last.text, shown, int(code[1]) if code else last.code))
    return found


RUN = [page for page in PAGES if commands_of(page)]


LONG = ("amazon-translate.md", "evaluation.md")
"""Pages whose commands make whole studies, which take as long as those of all other pages."""


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=pytest.mark.whole if page.name in LONG else (), id=page.name) for page in RUN],
)
def test_commands_do_what_is_said(
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    """Every documented command ends with the documented exit code and prints the documented lines."""
    isolate(tmp_path, monkeypatch)
    if page.name == "amazon-translate.md":
        use(request.getfixturevalue("cloud"), tmp_path, monkeypatch)
    for command in commands_of(page):
        if command.text.startswith("cd "):
            monkeypatch.chdir(Path.cwd() / command.text.removeprefix("cd "))
            continue
        code = run(command.text)
        printed = "".join(capfd.readouterr())
        where = f"{page.name}:{command.line}: $ {command.text}\n{printed}"
        assert code == command.code, where
        lines = [" ".join(line.split()) for line in printed.splitlines()]
        for shown in command.shown:
            pattern = re.compile(".*".join(map(re.escape, " ".join(shown.split()).split("..."))))
            assert any(map(pattern.fullmatch, lines)), f"not printed: {shown}\n{where}"


def run(command: str) -> int:
    """Exit code of a command in the working folder: `amts` in this process, everything else in a shell."""
    if command.startswith("amts ") and not set(command) & set("|&;<>$`"):
        code = main(shlex.split(command)[1:])
        sys.stdout.flush()
        return code
    return subprocess.run(["bash", "-c", command], timeout=SECONDS, check=False).returncode


def isolate(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with the example book's data, this Python first on the path, no settings of the user's."""
    (folder / "example").symlink_to(ROOT / "example")
    monkeypatch.chdir(folder)
    for name in [name for name in os.environ if name.startswith(("AMTS_", "INPUT_"))]:
        monkeypatch.delenv(name)
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(name, "reader@example.org")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    monkeypatch.setenv("PYTHONUTF8", "1")


def use(cloud: Cloud, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Local servers in the place of AWS, with settings in the environment; imports are over at once."""
    cloud.state.create_seconds = cloud.state.job_seconds = 0.0
    # The gate is off because the server answers in English.
    for name, value in {**cloud.environ(), "XDG_CACHE_HOME": str(folder / "cache"), "AMTS_GATE": "off"}.items():
        monkeypatch.setenv(name, value)


def test_there_are_commands() -> None:
    """The pages hold about as many commands as they did when this was written."""
    assert sum(len(commands_of(page)) for page in PAGES) >= FLOOR


def generator(name: str = "generate") -> ModuleType:
    """A program of docs/."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["../action.yml", "action.md", "command-line.md", "settings.md"])
def test_reference_is_current(name: str) -> None:
    """A reference page is what the program gives now; AMTS_UPDATE_DOCS=1 writes it."""
    module, page = generator(), ROOT / "docs" / name
    text = page.read_text(encoding="utf-8")
    now = module.renewed(text, module.PARTS[name]())
    if os.environ.get("AMTS_UPDATE_DOCS") == "1":
        page.write_text(now, encoding="utf-8")
        text = now
    assert text == now, f"docs/{name} is out of date: run AMTS_UPDATE_DOCS=1 python -m pytest tests/test_docs.py"


def test_the_manual_is_current_and_in_the_wheel() -> None:
    """Every command and setting is in it; AMTS_UPDATE_DOCS=1 writes it."""
    path, now = ROOT / "docs" / "amts.1", generator("manual").manual()
    if os.environ.get("AMTS_UPDATE_DOCS") == "1":
        path.write_text(now, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == now, "run AMTS_UPDATE_DOCS=1 python -m pytest tests/test_docs.py"
    plain = now.replace("\\-", "-")
    assert all(f"\n.B {name}\n" in plain for name in COMMANDS)
    assert all(f"AMTS_{entry.name.upper()}, {entry.name}\n" in plain for entry in FIELDS)
    macros = {line.split()[0] for line in now.splitlines() if line.startswith(".")}
    assert macros == set('.\\" .TH .SH .SS .TP .B .I'.split())
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert table["tool"]["setuptools"]["data-files"] == {"share/man/man1": ["docs/amts.1"]}


def test_every_command_is_documented() -> None:
    """Each command has its section in the reference, and no other has one."""
    text = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert re.findall(r"^## `amts ([\w-]+)`$", text, re.M) == list(COMMANDS)


def test_every_setting_is_documented() -> None:
    """Each setting has its row, with its environment variable and its help."""
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in text.splitlines() if re.match(r"\| `\w+` \|.*`AMTS_", line)]
    assert [row[0] for row in rows] == [f"| `{entry.name}`" for entry in FIELDS]
    assert all(len(row[-1]) > 10 for row in rows)


@pytest.mark.parametrize("name", ["settings.md", "records.md"])
def test_settings_examples_are_valid(name: str) -> None:
    """Every amts.toml of the documentation is one, and says what it seems to."""
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    examples = re.findall(r"^```toml\n(.*?)^```", text, re.M | re.S)
    assert examples
    for example in examples:
        said = tomllib.loads(example)
        settings = load(amts_toml=example.encode())
        for key in said.keys() & {"paths", "exclude", "commit_keys"}:
            assert getattr(settings, key) == tuple(said[key])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every link inside the repository names a file, and a heading of it where it has a fragment."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    text = re.sub(r"`[^`\n]*`", "", text)
    for goal in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?://", goal):
            continue
        path, _, fragment = goal.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{page.name}: {goal}"
        assert there.is_relative_to(ROOT)
        assert not fragment or fragment in set(anchors(there)), f"{page.name}: {goal}"


def anchors(page: Path) -> Iterator[str]:
    """The fragments that GitHub gives to a page's headings."""
    for title in re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.M):
        yield re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def test_make_targets_exist() -> None:
    """What the pages tell to make can be made."""
    named = {goal for page in PAGES for goal in re.findall(r"(?:^|`)make (\w+)", page.read_text("utf-8"), re.M)}
    assert {"demo", "test"} <= named
    assert named <= set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.M))


def test_newest_change_is_this_version() -> None:
    """The change log starts with the package's version."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\S+)", text, re.M)[0] == __version__


def test_readme_is_short() -> None:
    """One can read it."""
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120
