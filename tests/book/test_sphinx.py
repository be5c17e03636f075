"""The notes in a book that Sphinx builds with MyST-Parser; run by `.ci/book`, in an environment that has both."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONF = """
extensions = ["myst_parser", "amts_action.sphinx"]
language = "zh_CN"
html_theme = "basic"
exclude_patterns = ["**/*_origin.md", "README.md"]
root_doc = "index"
suppress_warnings = ["toc", "myst", "misc", "image", "ref"]
"""


def run(*words: str, cwd: Path, code: int = 0) -> None:
    """Runs a program."""
    done = subprocess.run(words, cwd=cwd, check=False, capture_output=True, text=True)
    assert done.returncode == code, f"{done.stdout}\n{done.stderr}"


def amts(*words: str, cwd: Path, code: int = 0) -> None:
    """Runs `amts`."""
    run(sys.executable, "-m", "amts_action.cli", *words, cwd=cwd, code=code)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example book, adopted, with what `amts status` says of it."""
    folder = tmp_path_factory.mktemp("books")
    run(sys.executable, str(ROOT / "example" / "build.py"), ".", cwd=folder)
    books = ("--source", "book-en", "--target", "book-zh")
    amts("adopt", *books, cwd=folder)
    amts("status", *books, "--json", "status.json", cwd=folder, code=1)
    return folder


@pytest.fixture
def book(example: Path, tmp_path: Path) -> Path:
    """The Chinese example book as a Sphinx project, in a repository."""
    made = tmp_path / "book"
    shutil.copytree(example / "book-zh", made)
    shutil.copy(example / "status.json", made)
    return made


def build(book: Path, conf: str = 'amts_status = "status.json"\n', builder: str = "html") -> Path:
    """Builds the book; the folder of its pages."""
    (book / "conf.py").write_text(CONF + conf, encoding="utf-8")
    run(sys.executable, "-m", "sphinx", "-q", "-b", builder, ".", "_build", cwd=book)
    return book / "_build"


def notes(page: Path) -> list[str]:
    """The notes of a built page, as HTML."""
    return re.findall(r'<div class="amts-note[\w-]* admonition note">.*?</div>', page.read_text(encoding="utf-8"), re.S)


def change(book: Path, **values: Any) -> None:
    """Changes what the status says of the first page that is behind."""
    status = json.loads((book / "status.json").read_bytes())
    row = next(row for row in status["documents"] if row["path"] == "practice/ordering.md")
    row.update(values)
    (book / "status.json").write_text(json.dumps(status), encoding="utf-8")


def test_only_pages_that_are_behind_have_a_note(book: Path) -> None:
    """The note is in the book's language, after the heading, on the pages that are behind and on no others."""
    status = json.loads((book / "status.json").read_bytes())
    built = build(book)
    behind = {
        row["target_path"] for row in status["documents"] if row["state"] == "behind" and row["path"].endswith(".md")
    }
    assert "chapter_models/weekdays.md" in behind  # renamed in English, not yet here
    with_note = {page.relative_to(built).with_suffix(".md").as_posix() for page in built.rglob("*.html") if notes(page)}
    assert "practice/ordering.md" in behind
    assert with_note == behind
    assert len(list(built.rglob("*.html"))) > len(behind) + 3
    html = (built / "practice" / "ordering.html").read_text(encoding="utf-8")
    (note,) = notes(built / "practice" / "ordering.html")
    assert re.search(r"本页的英文原文自 \d{4}-\d\d-\d\d 起有改动，译文尚未跟进。", note)
    assert html.index("<h1") < html.index("amts-note")
    assert "amts-note-section" not in html


def test_sections_have_notes_when_asked(book: Path) -> None:
    """With `amts_sections` the sections that changed are marked, unless their heading is another one now."""
    status = json.loads((book / "status.json").read_bytes())
    row = next(row for row in status["documents"] if row["path"] == "practice/ordering.md")
    titles = [section["title"] for section in row["sections"] if section["number"]]
    assert titles
    conf = 'amts_status = "status.json"\namts_sections = True\n'
    page = "practice/ordering.html"
    assert len(notes(build(book, conf) / page)) == 1 + len(titles)
    change(book, sections=[{"number": 1, "title": "不再是这个标题"}])
    assert len(notes(build(book, conf) / page)) == 1


def test_a_page_is_written_again_when_only_the_status_changed(book: Path) -> None:
    """A note that is not true any more disappears from an incremental build."""
    page = build(book) / "practice" / "ordering.html"
    assert notes(page)
    change(book, state="up to date")
    build(book)
    assert not notes(page)


def test_a_page_can_opt_out(book: Path) -> None:
    """Front matter `amts_note: false` keeps the note away."""
    page = book / "practice" / "ordering.md"
    text = page.read_text(encoding="utf-8")
    assert text.startswith("---\n")
    page.write_text(text.replace("---\n", "---\namts_note: false\n", 1), encoding="utf-8")
    assert not notes(build(book) / "practice" / "ordering.html")


def test_hostile_status_is_text(book: Path) -> None:
    """A day and a link from the status are text and an https address, or nothing."""
    change(book, since='<script>alert(1)</script>"', link="javascript:alert(1)")
    html = (build(book) / "practice" / "ordering.html").read_text(encoding="utf-8")
    assert "<script>alert" not in html
    assert "javascript:" not in html
    change(book, since="", link="https://example.org/en/compare/a...b")
    (note,) = notes(build(book) / "practice" / "ordering.html")
    assert 'href="https://example.org/en/compare/a...b"' in note
    assert "本页的英文原文在翻译之后有改动。" in note


@pytest.mark.parametrize(
    ("lang", "words"), [("ja", "英語の原文は"), ("zh_TW", "英文原文自"), ("xx", "English original of this page")]
)
def test_other_languages(book: Path, lang: str, words: str) -> None:
    """`amts_language` chooses the language; one that is not known gives English."""
    conf = f'amts_status = "status.json"\namts_language = "{lang}"\n'
    assert words in notes(build(book, conf) / "practice" / "ordering.html")[0]


def test_records_serve_without_a_status(book: Path) -> None:
    """Without `amts_status` the pages whose records owe something have a note."""
    run("git", "-C", str(book), "checkout", "--quiet", "amts/zh", cwd=book)
    assert not notes(build(book, "") / "practice" / "ordering.html")
    path = book / ".amts" / "state" / "practice" / "ordering.md.json"
    record = json.loads(path.read_bytes())
    record["owed"] = [{"span": [0, 4], "text": "x", "reason": "not translated"}]
    record["source_repository"] = "https://github.com/example/book-en"
    path.write_text(json.dumps(record), encoding="utf-8")
    (note,) = notes(build(book, "") / "practice" / "ordering.html")
    assert f'href="https://github.com/example/book-en/blob/{record["commit"]}/practice/ordering.md"' in note


def test_a_book_in_a_folder_of_its_repository(book: Path) -> None:
    """Paths of the status are those of the repository, wherever in it the book lies."""
    inner = book / "inner"
    inner.mkdir()
    shutil.copytree(book / "practice", inner / "practice")
    (inner / "index.md").write_text("# 书\n", encoding="utf-8")
    change(book, target_path="inner/practice/ordering.md")
    assert notes(build(inner, 'amts_status = "../status.json"\n') / "practice" / "ordering.html")


def test_a_wrong_status_stops_the_build_in_one_line(book: Path) -> None:
    """A file that is no status is an error with a way out, not a book without notes."""
    (book / "status.json").write_text("[]", encoding="utf-8")
    (book / "conf.py").write_text(CONF + 'amts_status = "status.json"\n', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", ".", "_build"], cwd=book, check=False, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "amts status --json" in done.stderr


def test_other_formats_have_the_note_too(book: Path) -> None:
    """The note is of the book, not of HTML."""
    assert "本页的英文原文自" in (build(book, builder="text") / "practice" / "ordering.txt").read_text(encoding="utf-8")


def test_links_to_other_languages(book: Path) -> None:
    """A line below the heading and a word to search engines, under the name that the page has there."""
    conf = 'amts_status = "status.json"\namts_languages = {"en": "https://x.example/{page}.html?a=1&b"}\n'
    built = build(book, conf)
    html = (built / "chapter_models" / "weekdays.html").read_text(encoding="utf-8")
    address = "https://x.example/chapter_models/seasonality.html?a=1&amp;b"
    assert f'<link rel="alternate" hreflang="en" href="{address}">' in html.split("</head>")[0]
    assert html.index("<h1") < html.index(f'href="{address}">English</a>') < html.index("amts-note")
    own = (built / "chapter_appendix" / "translators.html").read_text(encoding="utf-8")
    assert "x.example" not in own
    assert "amts-languages" not in (build(book) / "chapter_models" / "weekdays.html").read_text(encoding="utf-8")


def test_a_wrong_language_stops_the_build_in_one_line(book: Path) -> None:
    """No other address than a web address gets into a book."""
    (book / "conf.py").write_text(CONF + 'amts_languages = {"en": "javascript:alert(1)"}\n', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", ".", "_build"], cwd=book, check=False, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "needs an address" in done.stderr
