"""A translation memory serves every engine: what people have translated word for word is not sent."""

from __future__ import annotations

from pathlib import Path

from bookkit import Books, make_books

from amts_action.books.opening import open_books
from amts_action.runs.memory.fill import fill_memory

NEW = {"beta": {"* Another item about snow.": "* Another item about snow.\n* Hail breaks the windows of the bakery."}}
HAIL = "Hail breaks the windows of the bakery."


def _other_book(folder: Path) -> Path:
    """A memory of another book, in which people have translated a sentence."""
    folder.mkdir()
    text, zh = f"# Weather\n\n{HAIL}\n", "# 天气\n\n冰雹打碎面包店的窗户。\n"
    other = make_books(folder, english={"index.md": text}, chinese={"index.md": zh})
    path = folder / "memory.sqlite"
    places = {"source": str(other.source.path), "target": str(other.target.path), "target_lang": "zh"}
    fill_memory(open_books(places, environ={}), path)
    return path


def test_a_sentence_that_a_memory_has_is_reused(tmp_path: Path) -> None:
    """With an engine that knows no memory, too; the memory is named."""
    memory = _other_book(tmp_path / "other")
    books: Books = make_books(tmp_path)
    books.upstream(**NEW)
    done = books.sync("--memory", str(memory))
    assert (done.code, books.sent()) == (0, [])
    assert "冰雹打碎面包店的窗户。" in books.show("chapter/beta.md")
    (row,) = (b for b in done.documents["chapter/beta.md"]["blocks"] if b["action"] == "reuse")
    assert row["flags"] == ["people's text from memory.sqlite"]


def test_a_memory_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    """Whether something is wanted from it or not."""
    books = make_books(tmp_path)
    for changes in ({}, NEW):
        books.upstream(**changes)
        for command in ("sync", "plan"):
            done = books.run(command, "--memory", str(tmp_path / "none.sqlite"))
            assert (done.code, done.err.count("\n")) == (2, 1)
            assert "no such translation memory" in done.err
