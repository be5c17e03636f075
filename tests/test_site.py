"""The site of the documentation, as far as it needs no builder: its pages, its messages, its files to copy.

`.ci/docs` builds it strictly and looks at the links of what was built.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from amts_action.cli import build_parser

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
ELSEWHERE = {"CONTRIBUTING.md", "CHANGELOG.md", "CODE_OF_CONDUCT.md", "SECURITY.md", "index.md"}
"""Pages of the site that do not lie in `docs/`; the first page is the README."""
FLOOR = 40
"""So many messages the page on errors quotes at least."""


def goals(part: object) -> Iterator[str]:
    """Every page that a part of the navigation names."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for item in part:
            yield from goals(item)
    elif isinstance(part, dict):
        yield from goals(list(part.values()))


def test_every_page_is_in_the_navigation_once() -> None:
    """A page that nobody can come to is not read."""
    named = sorted(goals(yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]))
    assert named == sorted({path.name for path in DOCS.glob("*.md")} | ELSEWHERE)


@cache
def messages() -> tuple[str, ...]:
    """The texts in the code, with `…` where a value goes, of all modules that may have one of the messages."""
    begun = [max(message.split("…"), key=len).strip()[:12] for message in quoted()]
    sources = [path.read_text("utf-8") for path in (ROOT / "amts_action").rglob("*.py")]
    trees = [ast.parse(source) for source in sources if any(words in source for words in begun)]
    return tuple({text for tree in trees for node in ast.walk(tree) if (text := template(node))})


def template(node: ast.AST) -> str:
    """The text of a literal."""
    if isinstance(node, ast.JoinedStr):
        return "".join(template(part) or "…" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def quoted() -> list[str]:
    """The messages that the page on errors explains."""
    return re.findall(r"^\| `([^`]+)` \|", (DOCS / "troubleshooting.md").read_text("utf-8"), re.M)


def test_there_are_messages() -> None:
    """They are found at all, and none is explained twice."""
    assert len(quoted()) >= FLOOR
    assert len(set(quoted())) == len(quoted())


@pytest.mark.parametrize("message", quoted())
def test_the_program_says_what_the_page_quotes(message: str) -> None:
    """Each message stands in the code, word for word, with values only where the page has `…`."""
    pattern = re.compile("…?".join(map(re.escape, message.strip("…").split("…"))))
    wanted = message.strip("… ")
    assert any(wanted in text or (text.count("…") and pattern.search(text)) for text in messages()), message


FILES = {"gitlab.yml": "yaml", "forgejo.yml": "yml"}


@pytest.mark.parametrize("name", FILES)
def test_the_files_to_copy_are_the_documented_ones(name: str) -> None:
    """Each is what the page shows, and its command is one that the program takes."""
    text = (ROOT / "examples" / name).read_text("utf-8")
    assert f"```{FILES[name]}\n{text}```" in (DOCS / "gitlab-forgejo.md").read_text("utf-8")
    (command,) = re.findall(r"- (?:run: )?(amts sync [^|\n]*)", text)
    options = build_parser("sync").parse_args(shlex.split(command)[1:])
    assert options.target_lang == "zh"
    assert yaml.safe_load(text)


def test_the_image_has_the_command() -> None:
    """Elsewhere than on GitHub the image is started with `amts`: the program that the Dockerfile writes runs."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    (script,) = re.findall(r'printf "(.*?)" > /opt/amts/bin/amts ', text)
    first, *rest = script.replace("\\n", "\n").splitlines()
    assert first == "#!/usr/bin/env -S /opt/amts/bin/python -I -X utf8"
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([*rest, ""]), "--version"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.stdout.startswith("amts "), done.stderr


def test_the_extra_and_its_lock_name_the_same() -> None:
    """`pip install amts-action[docs]` and requirements/docs.txt have the same tools, without any address."""
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]["docs"]
    wanted = [line for line in (ROOT / "requirements" / "docs.in").read_text("utf-8").splitlines() if line[0] != "#"]
    assert extra == wanted
    locked = (ROOT / "requirements" / "docs.txt").read_text("utf-8")
    assert "mkdocs-material==" in locked and "--hash=sha256:" in locked and "://" not in locked


def test_a_broken_site_is_seen(tmp_path: Path) -> None:
    """A link to nowhere, to no place of a page, and a thing that is loaded from elsewhere are faults."""
    spec = importlib.util.spec_from_file_location("site_links", DOCS / "site_links.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "b.html").write_text('<h1 id="here">B</h1>', encoding="utf-8")
    good = '<a href="b.html#here">b</a><a href="https://example.org">x</a>'
    (tmp_path / "a.html").write_text(good, encoding="utf-8")
    assert module.faults(tmp_path) == (1, [])
    bad = '<a href="c.html">c</a><a href="b.html#there">b</a><img src="https://example.org/x.png">'
    (tmp_path / "a.html").write_text(good + bad, encoding="utf-8")
    assert len(module.faults(tmp_path)[1]) == 3
