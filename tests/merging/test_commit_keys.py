"""The English commit in the front matter of pages, as other projects write it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from bookkit import make_books
from hypothesis import given
from hypothesis import strategies as st

from amts_action.books.records import declared_commit
from amts_action.merging.commit_keys import in_front_matter
from amts_action.settings.values import COMMIT_KEYS

COMMIT = "1234567890" * 4  # some readers of YAML take it for a number
QUOTED = f'"{COMMIT}"'


@pytest.mark.parametrize(
    ("keys", "before", "after"),
    [
        (["default_lang_commit"], "title: A # a\n", f"title: A # a\ndefault_lang_commit: {QUOTED}\n"),
        (["default_lang_commit"], "default_lang_commit: abc # b\nz: 1\n", f"default_lang_commit: {QUOTED} # b\nz: 1\n"),
        (["default_lang_commit"], "default_lang_commit: 'abc'\n", f"default_lang_commit: '{COMMIT}'\n"),
        (["l10n.sourceCommit"], "title: A\n", f"title: A\nl10n:\n  sourceCommit: {QUOTED}\n"),
        (["l10n.sourceCommit"], "l10n:\n    x: 1\nz: 1\n", f"l10n:\n    x: 1\n    sourceCommit: {QUOTED}\nz: 1\n"),
        (["l10n.sourceCommit"], "l10n:\n  sourceCommit:\n", f"l10n:\n  sourceCommit: {QUOTED}\n"),
        (["translation.source_commit"], "a: 1\r\n", f"a: 1\r\ntranslation:\r\n  source_commit: {QUOTED}\r\n"),
        (["drifted_from_default"], "a: 1\ndrifted_from_default: true\nb: 2\n", "a: 1\nb: 2\n"),
        (["l10n.sourceCommit"], "l10n: {x: 1}\n", "l10n: {x: 1}\n"),
        (["l10n.sourceCommit"], "a: 1\na: 2\n", "a: 1\na: 2\n"),
        (["l10n.sourceCommit"], "- a\n", "- a\n"),
    ],
)
def test_the_keys_of_a_whole_page(keys: list[str], before: str, after: str) -> None:
    """The commit is put in place, in the way the page writes; what is not understood stays as it is."""
    end = "\r\n" if "\r\n" in before else "\n"
    page = f"---{end}{{}}---{end}# A\n".replace("{}", before)
    assert in_front_matter(page, keys, COMMIT, is_whole=True) == page.replace(before, after)


def test_a_page_in_part() -> None:
    """It keeps the commit that it stands at, and says that the English went on."""
    page = "---\ndefault_lang_commit: abcdef1\n---\n# A\n"
    said = in_front_matter(page, COMMIT_KEYS, COMMIT, is_whole=False)
    assert said == page.replace("abcdef1\n", "abcdef1\ndrifted_from_default: true\n")
    assert in_front_matter("# A\n", COMMIT_KEYS, COMMIT, is_whole=False) == "# A\n"
    assert in_front_matter(said, COMMIT_KEYS[1:3], COMMIT, is_whole=True) == page.replace("abcdef1", QUOTED)


@pytest.mark.parametrize("page", ["+++\na = 1\n+++\n# A\n", "\ufeff# A\n", "--- a\n"])
def test_what_has_another_header_is_left_alone(page: str) -> None:
    """Front matter in TOML, and what only looks like front matter."""
    assert in_front_matter(page, COMMIT_KEYS, COMMIT, is_whole=True) == page


HEADERS = st.dictionaries(
    st.sampled_from(["title", "l10n", "translation", "default_lang_commit", "drifted_from_default", "z"]),
    st.one_of(
        st.none(), st.booleans(), st.text("ab: #'\"\n", max_size=9), st.dictionaries(st.just("x"), st.text("ab"))
    ),
)


@given(HEADERS, st.booleans())
def test_the_rest_says_what_it_said(header: dict[str, object], is_whole: bool) -> None:
    """Of any front matter all other keys say the same afterwards, the page behind it stays, and twice is once."""
    page = f"---\n{yaml.safe_dump(header)}---\n\n# A\n"
    made = in_front_matter(page, COMMIT_KEYS, COMMIT, is_whole=is_whole)
    assert made.endswith("---\n\n# A\n")
    told = yaml.safe_load(made.split("---\n")[1]) or {}
    for key, value in header.items():
        if key in ("title", "z"):
            assert told[key] == value
        elif key in ("l10n", "translation") and isinstance(value, dict):
            assert value.items() <= told[key].items()
    assert in_front_matter(made, COMMIT_KEYS, COMMIT, is_whole=is_whole) == made


def test_a_run_writes_them_and_reads_them(tmp_path: Path) -> None:
    """Pages that the run writes name the head, where the reports say they do; the next run does nothing."""
    books = make_books(tmp_path)
    head = books.upstream(
        ordering={"Order as {doc}`alpha": "Order just as {doc}`beta"}, alpha={"The end of alpha is short.": "Gone."}
    )
    done = books.sync("--commit-keys", "l10n.sourceCommit", "drifted_from_default", refused=("Gone.",))
    ordering, alpha = (books.show(path) for path in ("ordering.md", "chapter/alpha.md"))
    assert declared_commit(ordering) == head and ordering.startswith("---\ntitle: ")
    assert "l10n" not in alpha
    for row in done.documents["ordering.md"]["blocks"]:
        start, end = row["output"]
        assert ordering[:start].count("\n") == 0 or ordering[start - 1] == "\n"
        assert row["kind"] != "heading" or ordering[start:end].strip() == "# 订货"
    tip = books.tip()
    again = books.sync("--commit-keys", "l10n.sourceCommit", refused=("Gone.",))
    assert books.tip() == tip, again.err
