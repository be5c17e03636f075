"""Titles in the translation's own front matter: a change of the English that makes them stale is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from bookkit import make_books

from amts_action.merging.checking.titles import stale_titles

HEAD = """---
kernel: python
translation:
  title: {title}
  headings:
    Overview: 概述
    Overview::Packages: 软件包
---

"""


def page(*headings: str, front: str = "") -> str:
    """A page with these headings."""
    return front + "\n".join(f"{'#' * min(n + 1, 2)} {text}\n\nText.\n" for n, text in enumerate(headings))


@pytest.mark.parametrize(
    ("head", "own", "title", "said"),
    [
        (("Numpy", "Overview", "Packages"), ("数值", "概述", "软件包"), "数值", []),
        (
            ("NumPy Basics", "Overview", "Packages"),
            ("数值基础", "概述", "软件包"),
            "数值",
            ["“数值”, and its heading is “数值基础”"],
        ),
        (("NumPy Basics", "Overview", "Packages"), ("数值基础", "概述", "软件包"), "数值基础", []),
        (("Numpy", "Overview", "Libraries"), ("数值", "概述", "库"), "数值", ["has no more: Packages"]),
        (("New", "Aims", "Libraries"), ("新", "目标", "库"), "旧", ["heading is “新”", "Overview, Packages"]),
    ],
)
def test_what_is_stale_is_named(head: tuple[str, ...], own: tuple[str, ...], title: str, said: list[str]) -> None:
    """The title when the English title changed and it was not brought along; headings that the English has no more."""
    found = list(
        stale_titles(page("Numpy", "Overview", "Packages"), page(*head), page(*own, front=HEAD.format(title=title)))
    )
    assert len(found) == len(said)
    assert all(part in line for part, line in zip(said, found, strict=True))


@pytest.mark.parametrize(
    "front", ["", "---\ntitle: x\n---\n\n", "---\ntranslation: yes\n---\n\n", "---\na: [\ntranslation:\n---\n\n"]
)
def test_pages_without_such_keys_have_nothing(front: str) -> None:
    """Also with front matter that is none."""
    assert not list(stale_titles(page("A"), page("B"), page("甲", front=front)))


def test_a_run_says_it_first(tmp_path: Path) -> None:
    """It stands among what a person must look at, and the keys are as they were."""
    books = make_books(tmp_path)
    front = "---\ntranslation:\n  title: 贝塔\n---\n\n"
    books.target.commit({"chapter/beta.md": front + books.target.show("HEAD", "chapter/beta.md") + "\n"})
    books.upstream(beta={"# Beta": "# Beta and gamma"})
    books.sync()
    assert books.show("chapter/beta.md").startswith(front)
    report = (books.target.path / ".git" / "amts" / "report.md").read_text(encoding="utf-8")
    assert "translation: title:" in report.split("### For you")[1].split("###")[0]
