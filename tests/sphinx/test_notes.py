"""The notes of the Sphinx extension, as far as they need no Sphinx: which pages, which words, where the book lies."""

from __future__ import annotations

import json
import string
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest
from bookkit import Books, amts, make_books

from amts_action.errors import InputError
from amts_action.sphinx.languages import page_links
from amts_action.sphinx.mystmd import myst_plugin
from amts_action.sphinx.notes import Note, folder_in_repository, notes_of_records, notes_of_status
from amts_action.sphinx.texts import TEXTS, texts_for


@pytest.fixture
def books(tmp_path: Path) -> Books:
    """A book and its translation, which is up to date."""
    return make_books(tmp_path)


def test_pages_that_are_behind_have_notes(books: Books) -> None:
    """The status of a real book gives a note for the page and the sections whose English has changed."""
    books.upstream(alpha={"The end of alpha is short.": "The end of alpha is near."})
    books.run("status")
    lang, notes = notes_of_status((books.folder / "result.json").read_bytes(), where="x")
    assert lang == "zh"
    assert notes == {"chapter/alpha.md": Note("2020-09-15", "", ((1, "小结"),))}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"version": 2}',
        b'{"version": 1, "documents": [{"state": "behind"}]}',
    ],
)
def test_other_files_are_refused(data: bytes) -> None:
    """What is no status is refused in one line."""
    with pytest.raises(InputError, match="amts status"):
        notes_of_status(data, where="status.json")


def test_links_are_https_or_nothing() -> None:
    """No other scheme gets into a book."""
    row = {"state": "behind", "target_path": "a.md", "since": "", "sections": []}
    for link, kept in (("javascript:alert(1)", ""), ("https://x/", "https://x/"), ("//x", "")):
        status = {"version": 1, "target_lang": "zh", "documents": [{**row, "link": link}]}
        assert notes_of_status(json.dumps(status).encode(), where="x")[1]["a.md"].link == kept


def test_records_that_owe_give_notes(books: Books) -> None:
    """Without a status, what a run could not translate gives its page a note; broken records give none."""
    books.upstream(
        alpha={"The end of alpha is short.": "The end of alpha is near.", "talks about bread": "talks of bread"}
    )
    books.sync(refused=("near",))
    books.target.git("checkout", "--quiet", "amts/zh")
    assert set(notes_of_records(books.target.path)) == {"chapter/alpha.md"}
    (books.target.path / ".amts/state/chapter/alpha.md.json").write_text("{", encoding="utf-8")
    assert notes_of_records(books.target.path) == {}


def test_where_a_book_lies(tmp_path: Path) -> None:
    """The folder of a book is told from the repository around it."""
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "repo" / "docs" / "zh").mkdir(parents=True)
    root, folder = folder_in_repository(tmp_path / "repo" / "docs" / "zh")
    assert (root, folder) == ((tmp_path / "repo").resolve(), PurePosixPath("docs/zh"))
    assert folder_in_repository(tmp_path / "repo")[1] == PurePosixPath(".")


@pytest.mark.parametrize("lang", sorted(TEXTS))
def test_every_language_has_all_sentences(lang: str) -> None:
    """No language lacks a sentence, and the day goes where it belongs and nowhere else."""
    fields = [[name for _, name, _, _ in string.Formatter().parse(text) if name] for text in TEXTS[lang]]
    assert fields == [[], ["day"], [], []]
    assert all(TEXTS[lang])


@pytest.mark.parametrize(
    ("lang", "same"), [("zh_CN", "zh"), ("zh-Hant", "zh-tw"), ("pt-BR", "pt"), ("xx", "en"), ("", "en"), ("DE", "de")]
)
def test_languages_by_any_of_their_names(lang: str, same: str) -> None:
    """Codes of Sphinx and of BCP 47 lead to the same sentences."""
    assert texts_for(lang) == TEXTS[same]


def test_sphinx_is_not_needed() -> None:
    """The package can be imported where Sphinx and docutils are not."""
    code = "import sys; sys.modules['sphinx'] = sys.modules['docutils'] = None; import amts_action.sphinx"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_plug_in_for_myst_has_the_notes_in_it() -> None:
    """Book text is data in it, whatever it is; it knows how far below the top of the book it lies."""
    hostile = 'x"];</script>`${1}\u2028{{ROOT}}'
    notes = {"a.md": Note("2024-01-31", "https://x/"), "deep/a.md": Note(), f"{hostile}.ipynb": Note()}
    code = myst_plugin(notes, "zh", depth=2)
    data = json.loads(code.split("const NOTES = ")[1].split(";\nconst LINK")[0])
    assert data["a"] == ["本页的英文原文自 2024-01-31 起有改动，译文尚未跟进。", "https://x/"]
    assert set(data) == {hostile, "deep/a", "a"}
    assert 'new URL("../../", import.meta.url)' in code


def status(folder: Path, lang: str, pages: dict[str, str], **blocks: int) -> Path:
    """A file as `amts status --json` writes it."""
    rows = [
        {"source_path": source, "target_path": target, "state": "up to date" if target else "missing"}
        for source, target in pages.items()
    ]
    content = {"version": 1, "target_lang": lang, "blocks": blocks, "documents": rows}
    path = folder / f"{lang}.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_links_lead_to_pages_that_are_there(tmp_path: Path) -> None:
    """By the names that the other editions have; translators' own pages have none."""
    status(tmp_path, "zh", {"a.md": "甲.md", "b.md": "b.md", "c.md": ""})
    status(tmp_path, "fr", {"a.md": "fr/a.md", "b.md": ""})
    languages = {"en": "https://x/{page}.html", "fr": ("https://y/{page}", "fr.json")}

    def links(page: str) -> list[tuple[str, str, str]]:
        return page_links(page, languages, status="zh.json", folder=tmp_path)

    assert links("甲") == [("en", "English", "https://x/a.html"), ("fr", "Français", "https://y/fr/a")]
    assert links("b") == [("en", "English", "https://x/b.html")]
    assert links("own") == []
    with pytest.raises(InputError, match="needs an address"):
        page_links("a", {"en": "javascript:alert(1)"}, status="", folder=tmp_path)
    with pytest.raises(InputError, match="amts status"):
        (tmp_path / "fr.json").write_text("{}", encoding="utf-8")
        links("甲")


def test_the_page_of_languages(tmp_path: Path) -> None:
    """A row for the original and each translation, the furthest first, with links where they are known."""
    files = [
        status(tmp_path, "fr", {"a.md": "a.md", "b.md": ""}, people=1, behind=3),
        status(tmp_path, "pt-BR", {"a.md": "a.md", "b.md": "b.md"}, people=9, behind=1),
    ]
    page = tmp_path / "languages.md"
    words = [
        "editions",
        *map(str, files),
        "-o",
        str(page),
        "--title",
        "A <b> book",
        "--address",
        "fr=https://fr.example.org",
    ]
    assert amts(*words).code == 0
    head, _, *rows = page.read_text("utf-8").splitlines()
    assert head == "# A &#60;b&#62; book"
    assert rows[2:] == [
        "| English | | |",
        "| Português | 90 % | 2 / 2 |",
        "| [Français](https://fr.example.org) | 25 % | 1 / 2 |",
    ]
    assert amts(*words, "--address", "fr=javascript:x").code == 2
    files[0].write_text("[]", encoding="utf-8")
    assert "amts status --json" in amts(*words).err
