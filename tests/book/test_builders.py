"""What readers see, in books that d2lbook, Jupyter Book 1 and MyST (Jupyter Book 2) build whole; run by `.ci/book`.

AMTS_D2LBOOK, AMTS_JUPYTER_BOOK and AMTS_MYST are the three programs, each in an environment of its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTE = "英文原文自"
LANGUAGES = '{"en": "https://book.example.org/{page}.html"}'
ENGLISH = re.compile(r'class="amts-languages.*?href="https://book\.example\.org/([\w/]+)\.html"[^>]*>English<', re.S)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example book, adopted, with what `amts status` says of it in the Chinese one."""
    folder = tmp_path_factory.mktemp("books")
    subprocess.run([sys.executable, str(ROOT / "example" / "build.py"), "."], cwd=folder, check=True)
    words = ("--source", "book-en", "--target", "book-zh")
    amts = (sys.executable, "-m", "amts_action.cli")
    subprocess.run([*amts, "adopt", *words], cwd=folder, check=True)
    more = ("--json", "book-zh/status.json", "--myst", "book-zh/notes.mjs")
    assert subprocess.run([*amts, "status", *words, *more], cwd=folder, check=False).returncode == 1
    return folder


@pytest.fixture
def book(books: Path, tmp_path: Path) -> Path:
    """The Chinese book."""
    return Path(shutil.copytree(books / "book-zh", tmp_path / "book"))


def behind(book: Path, *endings: str) -> set[str]:
    """The pages that are behind, without their endings."""
    rows = json.loads((book / "status.json").read_bytes())["documents"]
    paths = {row["target_path"] for row in rows if row["state"] == "behind" and row["target_path"].endswith(endings)}
    return {path.rpartition(".")[0] for path in paths}


def change(path: Path, old: str, new: str) -> None:
    """Replaces what must be there once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def build(program: str, *words: str, cwd: Path, code: int = 0) -> str:
    """Runs a builder, with its own environment first on the path."""
    path = Path(os.environ[program])
    places = os.pathsep.join([str(path.parent), os.environ["PATH"]])
    done = subprocess.run(
        [str(path), *words], cwd=cwd, check=False, capture_output=True, text=True, env=os.environ | {"PATH": places}
    )
    assert done.returncode == code, f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout + done.stderr


def with_notes(html: Path) -> set[str]:
    """The built pages that have a note."""
    pages = {
        p.relative_to(html).with_suffix("").as_posix(): p.read_text(encoding="utf-8") for p in html.rglob("*.html")
    }
    return {name for name, text in pages.items() if 'class="amts-note' in text and NOTE in text}


def test_d2lbook(book: Path) -> None:
    """`d2lbook build html` of the translation: notes where the English went on, links to the English page."""
    lines = "sphinx_extensions = amts_action.sphinx\nsphinx_configs = amts_status = '../../status.json'\n"
    lines += f"  amts_languages = {LANGUAGES}\neval_notebook = False\n"
    change(book / "config.ini", "[build]\n", f"[build]\n{lines}")
    build("AMTS_D2LBOOK", "build", "html", cwd=book)
    html = book / "_build" / "html"
    assert with_notes(html) == behind(book, ".md")
    seasons = (html / "chapter_models" / "weekdays.html").read_text(encoding="utf-8")
    assert ENGLISH.findall(seasons) == ["chapter_models/seasonality"]  # it has another name there


def test_jupyter_book(book: Path) -> None:
    """Jupyter Book 1 is told in `_config.yml`."""
    config = 'title: Book\nexecute: {execute_notebooks: "off"}\nsphinx:\n  extra_extensions: [amts_action.sphinx]\n'
    config += f"  config:\n    amts_status: status.json\n    amts_languages: {LANGUAGES}\n"
    (book / "_config.yml").write_text(config, encoding="utf-8")
    page = book / "practice" / "ordering.md"
    page.write_text(re.sub(r"^(date: )(.*)$", r'\1"\2"', page.read_text("utf-8"), flags=re.M), encoding="utf-8")
    build("AMTS_JUPYTER_BOOK", "build", ".", cwd=book)
    html = book / "_build" / "html"
    assert {"practice/ordering", "practice/backtest"} <= with_notes(html) <= behind(book, ".md", ".ipynb")
    assert ENGLISH.findall((html / "practice" / "ordering.html").read_text("utf-8")) == ["practice/ordering"]


def test_myst(book: Path) -> None:
    """Jupyter Book 2: the plug-in that `amts status --myst` wrote puts the notes into the pages.

    The theme is fetched from elsewhere, without which the builder ends with an error after the pages are made.
    """
    config = "version: 1\nproject:\n  plugins: [notes.mjs]\n  toc:\n    - file: chapter_appendix/translators.md\n"
    config += "    - file: practice/ordering.md\n    - file: practice/backtest.ipynb\nsite: {template: book-theme}\n"
    (book / "myst.yml").write_text(config, encoding="utf-8")
    subprocess.run(
        [os.environ["AMTS_MYST"], "build", "--site"], cwd=book, check=False, capture_output=True, timeout=120
    )
    pages = {p.stem: json.loads(p.read_bytes()) for p in (book / "_build" / "site" / "content").glob("*.json")}
    assert len(pages) == 3
    noted = {page["location"] for page in pages.values() if NOTE in json.dumps(page, ensure_ascii=False)}
    assert noted == {"/practice/ordering.md", "/practice/backtest.ipynb"}
