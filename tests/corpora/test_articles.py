"""Two plain folders as articles of an evaluation: which pages belong together, and which are wanted."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from amts_action.corpora.articles import are_plain, articles_of
from amts_action.errors import InputError
from amts_action.settings import Settings

EXAMPLE = Path(__file__).resolve().parents[2] / "example" / "corpus"


def settings(folder: Path = EXAMPLE) -> Settings:
    """Of two folders in English and Spanish."""
    return Settings(source=str(folder / "en"), target=str(folder / "es"), target_lang="es")


def test_pages_are_paired_as_in_a_corpus() -> None:
    """By links and content too, not only where both have one name; how is told."""
    found = articles_of(settings(), ())
    assert [(a.source_path, a.path) for a in found.articles] == [
        ("forecast.md", "forecast.md"),
        ("guides/oven_en.html", "guides/oven_es.html.md"),
        ("index.html", "index.html.md"),
        ("market.html", "paseo.html.md"),
        ("sourdough.html", "masa-madre.html.md"),
    ]
    assert found.remarks == (
        "pages of plain folders, paired: 2 by link, 2 by name, 1 by content; without a translation: 1 and 0",
    )
    oven = next(a for a in found.articles if a.source_path == "guides/oven_en.html")
    assert oven.source.startswith("## ") and "<" not in oven.source and "horno" in oven.target


def test_only_pages_on_a_subject_or_of_a_pattern() -> None:
    """The same subject as `amts corpus` takes, in either language; patterns of either side."""
    by_subject = articles_of(settings(), (), ["aprendizaje automático"], 2)
    assert [a.source_path for a in by_subject.articles] == ["forecast.md"]
    assert [a.path for a in articles_of(settings(), ("paseo.html", "guides/*")).articles] == [
        "guides/oven_es.html.md",
        "paseo.html.md",
    ]
    with pytest.raises(InputError, match="no wanted page"):
        articles_of(settings(), (), ["astronomy"])


def test_formats_that_a_corpus_has_not(tmp_path: Path) -> None:
    """Pages of a book in other dialects are paired by their path."""
    for lang, text in (("en", "# Bread\n\nFlour comes first.\n"), ("es", "# Pan\n\nLa harina va primero.\n")):
        for name in ("a.qmd", "b.md"):
            (tmp_path / lang).mkdir(exist_ok=True)
            (tmp_path / lang / name).write_text(text, encoding="utf-8")
    (tmp_path / "en" / "alone.qmd").write_text("# Alone\n", encoding="utf-8")
    assert [a.path for a in articles_of(settings(tmp_path), ()).articles] == ["a.qmd", "b.md"]
    assert [a.path for a in articles_of(settings(tmp_path), ("*.qmd",)).articles] == ["a.qmd"]


def test_what_is_a_plain_folder(tmp_path: Path) -> None:
    """One below a repository is plain, for a book is named by its top; one without a work tree is a book."""
    for name in ("top", "top/en", "top/es"):
        (tmp_path / name).mkdir()
    for command in (["init", "-q", "top"], ["init", "-q", "--bare", "bare.git"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    en, es, top, bare = (str(tmp_path / name) for name in ("top/en", "top/es", "top", "bare.git"))
    assert are_plain(en, es)
    assert not any(
        are_plain(*pair) for pair in ((top, es), (bare, bare), (en, bare), (en, ""), ("https://x.org/a", es))
    )
