"""Translations that do not lie where their English says: beside it, in other folders, under other names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from bookkit import CHINESE, Books, make_books

from amts_action.books.moved_pages import LEAST_SHARED, by_content
from amts_action.books.opening import open_books
from amts_action.books.pairing import name_suffix, pairs, source_for, target_for
from amts_action.errors import InputError
from amts_action.settings import Settings
from amts_action.settings.values import suffix

BOTH = ("guide.md", "guide.fr.md", "guide.de.md", "more/setup.md", "more/setup.fr.md", "notes.md", "v1.2.md")


def test_translations_beside_their_english_are_told_by_their_names() -> None:
    """The language in the name makes the pair; pages of other languages belong to neither book."""
    settings = Settings(target_lang="fr")
    found = name_suffix(BOTH, BOTH, settings)
    settings = replace(settings, target_suffix=found)
    both = pairs(BOTH, BOTH, settings, same_repository=True)
    assert found == ".fr"
    assert [(p.source_path, p.target_path) for p in both] == [
        ("guide.md", "guide.fr.md"),
        ("more/setup.md", "more/setup.fr.md"),
        ("notes.md", None),
        ("v1.2.md", None),
    ]
    assert name_suffix(("guide.md",), ("guide.md",), Settings(target_lang="fr")) == ""


@pytest.mark.parametrize("name", ["guide.zh-CN.md", "guide_zh.md", "guide-zh_CN.ipynb", "a/b.c.zh-CN.markdown"])
def test_names_go_both_ways(name: str) -> None:
    """A translation's name gives the English one, and that the translation's."""
    for lang in ("zh", "zh-CN"):
        english = name.replace(".zh-CN", "").replace("_zh", "").replace("-zh_CN", "")
        ending = english[english.rfind(".") :]
        part = name.removesuffix(ending)[len(english) - len(ending) :]
        settings = Settings(target_lang=lang, target_suffix=part)
        assert target_for(english, settings) == name
        assert source_for(name, settings) == english
        assert target_for("_toc.yml", settings) == "_toc.yml"


def test_a_suffix_is_a_part_of_a_name() -> None:
    """It starts with a sign, and holds no folder."""
    assert suffix(".zh-CN", "here") == ".zh-CN"
    for wrong in ("fr", "/fr", ".fr/x", "..", ".", ". fr"):
        with pytest.raises(InputError):
            suffix(wrong, "here")


def _told(*names: str) -> str:
    return "\n".join(f"Words `{name}` and more." for name in names)


def test_a_page_is_known_by_what_no_language_changes() -> None:
    """From the least number of shared formulas, programs and addresses on, and only when most of them are shared."""
    shared = [f"code_{n}" for n in range(LEAST_SHARED)]
    texts = {
        "en": _told(*shared),
        "zh": _told(*shared),
        "few": _told(*shared[1:]),
        "long": _told(*shared, *(f"x{n}" for n in range(40))),
    }
    assert by_content(["en"], ["zh"], texts.__getitem__, texts.__getitem__) == {"en": "zh"}
    assert by_content(["en"], ["few", "long"], texts.__getitem__, texts.__getitem__) == {}
    assert by_content(["en"], ["long", "zh"], texts.__getitem__, texts.__getitem__) == {"en": "zh"}


def test_a_page_in_a_folder_of_the_translators_is_followed(tmp_path: Path) -> None:
    """Its change is delivered where it lies, its record moves there, and the run after has nothing to do."""
    books: Books = make_books(tmp_path)
    books.by_person({"chapter/beta.md": None, "章/贝塔.md": str(CHINESE["chapter/beta.md"])}, "main")
    books.upstream(beta={"* Another item about snow.": "* Another item about ice."})
    done = books.sync()
    assert (done.code, done.fates["章/贝塔.md"]) == (0, "changed")
    assert "译Another item about ice." in books.show("章/贝塔.md")
    assert not books.has("chapter/beta.md")
    assert books.changed() == {
        "章/贝塔.md",
        ".amts/state/章/贝塔.md.json",
        ".amts/state/chapter/beta.md.json",
    }
    assert books.sync().result["commit"] == ""


def test_what_was_read_is_read_once(tmp_path: Path) -> None:
    """Asked otherwise, or of another commit and back, the same books give what they have read already."""
    made = make_books(tmp_path)
    made.upstream(beta={"One item about rain.": "One item about hail."})
    made.sync()
    opened = open_books(
        {"source": str(made.source.path), "target": str(made.target.path), "target_lang": "zh"}, environ={}
    )
    asked = replace(opened, settings=replace(opened.settings, paths=("index.md",)))
    assert asked.source.tree is opened.source.tree
    assert asked.records.keys() == opened.records.keys()
    assert asked.source.history is opened.source.history
    assert asked.target.at(opened.start.default).tree is opened.at_default.target.tree
    assert opened.at_default.target.tree is not opened.target.tree
    assert asked.source.reads.contents is opened.at_default.target.reads.contents
