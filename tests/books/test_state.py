"""State records, the base that they give, and which documents belong together."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amts_action.books.pairing import PagePair, documents, former_names, matches, pairs, source_for, target_for
from amts_action.books.records import (
    Owed,
    Record,
    declared_commit,
    effective_base,
    effective_cells,
    read_foreign,
    read_record,
    read_records,
    state_path,
    write_record,
)
from amts_action.errors import InputError
from amts_action.git.repository import Version
from amts_action.settings import Settings

RECORD = Record(
    "https://example.org/book.git",
    "doc/a.md",
    "a" * 40,
    "b" * 40,
    (Owed((0, 3), "old", "engine failed"), Owed((3, 9), None)),
)


# Records


def test_a_record_is_written_as_people_would_read_it() -> None:
    expected = """{
  "blob": "BLOB",
  "commit": "COMMIT",
  "owed": [
    {
      "reason": "",
      "span": [
        0,
        3
      ],
      "text": "字"
    }
  ],
  "path": "doc/a.md",
  "source_repository": "https://example.org/book.git",
  "version": 1
}
"""
    expected = expected.replace("BLOB", "b" * 40).replace("COMMIT", "a" * 40)
    assert write_record(replace(RECORD, owed=(Owed((0, 3), "字"),))).decode() == expected
    assert state_path("doc/a.md") == ".amts/state/doc/a.md.json"


owed_lists = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.none() | st.text(max_size=5), st.text(max_size=3)), max_size=5
)


@given(owed_lists, st.text(st.characters(), max_size=9))
def test_what_is_written_is_read_back_equal(gaps: list[tuple[int, int, str | None, str]], repository: str) -> None:
    owed, at = [], 0
    for gap, length, text, reason in gaps:
        owed.append(Owed((at + gap, at + gap + length), text, reason))
        at += gap + length
    record = replace(RECORD, source_repository=repository, owed=tuple(owed))
    data = write_record(record)
    assert read_record(data, "x") == record
    assert data == write_record(read_record(data, "x"))


def changed(**parts: Any) -> bytes:
    content = json.loads(write_record(RECORD)) | parts
    return json.dumps({key: value for key, value in content.items() if value is not ...}).encode()


def owed(*spans: object) -> list[dict[str, object]]:
    return [{"span": span, "text": "x", "reason": ""} for span in spans]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a valid JSON file"),
        (b"\xff", "not a valid JSON file"),
        (b"[" * 100_000, "not a valid JSON file"),
        (b"[]", "not a JSON object"),
        (changed(version=2), "version 2"),
        (changed(version=True), "version True"),
        (changed(version="1"), "version '1'"),
        (changed(version=...), "version None"),
        (changed(commit=...), "commit is missing"),
        (changed(more=1), "unknown part 'more'"),
        (changed(commit="main"), "commit is not an object id"),
        (changed(blob="B" * 40), "blob is not an object id"),
        (changed(path=1), "path is not a text"),
        (changed(path="../etc/passwd"), "path is not a path inside"),
        (changed(path="/etc/passwd"), "path is not a path inside"),
        (changed(owed={}), "owed is not a list"),
        (changed(owed=[1]), "not an object"),
        (changed(owed=[{"span": [0, 1], "text": "x"}]), "reason is missing"),
        (changed(owed=owed([0])), "not two numbers"),
        (changed(owed=owed([0, 1.0])), "not two numbers"),
        (changed(owed=owed([False, True])), "not two numbers"),
        (changed(owed=owed([0, 1, 2, 3])), "not two numbers"),
        (changed(owed=owed([2, 1])), "backwards"),
        (changed(owed=owed([-1, 1])), "backwards"),
        (changed(owed=owed([0, 3], [2, 4])), "overlaps"),
        (changed(owed=owed([4, 5], [0, 1])), "out of order"),
        (changed(owed=owed([1, 0, 1], [0, 0, 1])), "out of order"),
        (changed(owed=owed([0, 1], [0, 2, 3])), "mixed"),
    ],
)
def test_a_broken_record_is_refused_with_the_file_and_the_mend(data: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read_record(data, ".amts/state/doc/a.md.json")
    assert str(caught.value).startswith(".amts/state/doc/a.md.json: ")
    assert str(caught.value).endswith("delete the file and run `amts adopt`")


def test_one_broken_record_does_not_hide_the_others() -> None:
    files = {state_path("a.md"): write_record(RECORD), state_path("b/c.md"): b"{", ".amts/readme": b"x", "a.md": b"x"}
    records, errors = read_records(files)
    assert records == {"a.md": RECORD}
    assert list(errors) == ["b/c.md"]


def test_a_record_that_could_not_be_read_again_is_not_written() -> None:
    with pytest.raises(InputError):
        write_record(replace(RECORD, owed=(Owed((3, 5), "a"), Owed((0, 4), "b"))))


# The base that counts


def test_owed_places_get_their_old_text_back() -> None:
    base = "One new.\n\nTwo.\n\nThree added.\n"
    back = [Owed((0, 8), "One old."), Owed((10, 10), "Gone.\n\n"), Owed((16, 29), None)]
    assert effective_base(base, back) == "One old.\n\nGone.\n\nTwo.\n\n"
    assert effective_base(base, []) == base


@given(st.text(max_size=30), st.lists(st.tuples(st.integers(0, 30), st.text(max_size=4)), max_size=4))
def test_inserting_at_places_is_the_same_as_inserting_from_the_end(text: str, places: list[tuple[int, str]]) -> None:
    places = sorted(((min(at, len(text)), new) for at, new in places), key=lambda place: place[0])
    expected = text
    for at, new in reversed(places):
        expected = expected[:at] + new + expected[at:]
    assert effective_base(text, [Owed((at, at), new) for at, new in places]) == expected


@pytest.mark.parametrize("spans", [[(0, 4)], [(0, 2), (1, 3)], [(4, 4)], [(0, 0, 1)]])
def test_spans_that_do_not_fit_the_text_are_refused(spans: list[tuple[int, ...]]) -> None:
    with pytest.raises(InputError):
        effective_base("abc", [Owed(span, "x") for span in spans])


def test_in_a_notebook_spans_start_with_the_cell() -> None:
    cells = ["# Title", "text", "end"]
    back = [Owed((0, 2, 7), "Old"), Owed((2, 0, 3), None)]
    assert effective_cells(cells, back) == ["# Old", "text", ""]
    for span in ((3, 0, 0), (0, 0, 8), (0, 1)):
        with pytest.raises(InputError):
            effective_cells(cells, [Owed(span, "x")])


# Records of another tool


def test_source_commits_of_another_tool_are_read_and_its_oddities_survived() -> None:
    sha, digits = "b3b8e4d661d0b490d5cb2f310d19213b2852bd36", "1234567890" * 4
    files = {
        ".translate/config.yml": b"source-language: en\ndocs-folder: lectures/\n",
        ".translate/state/a.md.yml": f'source-sha: {sha}\nsynced-at: "2026-07-26"\n'.encode(),
        ".translate/state/sub/b.md.yml": f"source-sha: {digits}\n".encode(),
        ".translate/state/short.md.yml": b"source-sha: abc\n",
        ".translate/state/list.md.yml": b"- 1\n",
        ".translate/state/broken.md.yml": b"source-sha: [\n",
        ".translate/state/evil.md.yml": b"source-sha: !!python/object/apply:os.system ['false']\n",
        "lectures/a.md": b"",
    }
    assert read_foreign(files) == {"lectures/a.md": sha, "lectures/sub/b.md": digits}
    del files[".translate/config.yml"]
    assert read_foreign(files) == {"a.md": sha, "sub/b.md": digits}
    assert read_foreign({}) == {}


SHA = "b3b8e4d661d0b490d5cb2f310d19213b2852bd36"


@pytest.mark.parametrize(
    "header",
    [
        f"l10n:\n  sourceCommit: {SHA}",
        f"title: X\ndefault_lang_commit: {SHA} # patched",
        f"translation:\n  source_commit: '{SHA}'",
        f"source-sha: {SHA}",
        f"source_commit: {SHA.upper()}",
    ],
)
def test_the_commit_that_a_page_names_is_read(header: str) -> None:
    """The conventions of other projects, in the front matter only."""
    assert declared_commit(f"---\n{header}\n---\n\n# X\n") == SHA
    assert declared_commit(f"---\r\n{header}\r\n---\r\n") == SHA
    assert declared_commit(f"# X\n\n---\n{header}\n---\n") == ""
    assert declared_commit(f"---\n{header}\n") == ""


@pytest.mark.parametrize(
    "header", ["l10n: [", "l10n: x\nsource_commit: 12ab", "source_commit: [a]", "commit: " + SHA, ""]
)
def test_what_is_no_commit_is_none(header: str) -> None:
    """Broken or odd front matter says nothing."""
    assert declared_commit(f"---\n{header}\n---\n") == ""


# Documents and pairs


@pytest.mark.parametrize(
    ("glob", "yes", "no"),
    [
        ("README.md", ["README.md"], ["a/README.md", "READMEXmd"]),
        ("*/*_origin.md", ["a/b_origin.md"], ["b_origin.md", "a/b/c_origin.md", "a/b.md"]),
        ("contrib/*md", ["contrib/x.md", "contrib/xmd"], ["contrib/a/x.md"]),
        ("contrib", ["contrib/a/x.md"], ["contribution/x.md"]),
        ("contrib/", ["contrib/a/x.md"], ["a/contrib/x.md"]),
        ("**/x.md", ["x.md", "a/x.md", "a/b/x.md"], ["ax.md"]),
        ("a/**", ["a/b", "a/b/c"], ["b/a/c"]),
        ("a/**/c.md", ["a/c.md", "a/b/b/c.md"], ["a/b/xc.md"]),
        ("[ab].md", ["a.md", "b.md"], ["c.md", "[ab].md"]),
        ("[!ab].md", ["c.md"], ["a.md", "/.md"]),
        ("[a-c].md", ["b.md"], ["-.md", "d.md"]),
        ("a[.md", ["a[.md"], ["a.md"]),
        ("?.md", ["字.md"], ["/.md", "ab.md"]),
        ("./a+(b).md", ["a+(b).md"], ["aab.md"]),
    ],
)
def test_patterns_are_d2lbooks(glob: str, yes: list[str], no: list[str]) -> None:
    assert [path for path in yes + no if matches(path, [glob])] == yes


@given(st.text(alphabet="a[]!^-\\*?/.(){}|&~", max_size=8), st.text(alphabet="a/.-]", max_size=6))
def test_no_pattern_breaks_the_matcher(glob: str, path: str) -> None:
    assert matches(path, [glob]) in (True, False)


def test_a_pattern_may_start_at_the_books_folder_or_at_the_repositorys() -> None:
    for glob in ("site/en/*.md", "*.md"):
        assert matches("site/en/a.md", [glob], "site/en")
    assert not matches("a.md", ["site/en/*.md"], "site/en")


TREE = [
    "index.md", "README.md", "README.zh-CN.md", "LICENSE.md", "CONTRIBUTING.md", "info.md",
    ".github/PULL_REQUEST_TEMPLATE.md",
    ".hidden.md", "a/.x/y.md", "a/README.md", "a/b.md", "a/b_origin.md", "a/c.ipynb", "a/d.markdown", "a/e.rst",
    "a/_build/f.md", "node_modules/g.md", "a/index.MD", "history-of-maths.md", "security_origin.md", "img/p.png",
]  # fmt: skip


def test_documents_are_what_a_reader_of_the_book_sees() -> None:
    assert documents(TREE, "", Settings()) == [
        "a/README.md", "a/b.md", "a/c.ipynb", "a/d.markdown", "a/index.MD", "index.md",
    ]  # fmt: skip


def test_paths_and_exclude_choose_and_a_plain_name_brings_back_what_is_left_out() -> None:
    assert documents(TREE, "", Settings(paths=("a/*",), exclude=("a/*.ipynb", "a/README.md"))) == [
        "a/b.md",
        "a/d.markdown",
        "a/index.MD",
    ]
    assert documents(TREE, "", Settings(paths=("README.md", "*.github"))) == ["README.md"]
    assert documents(TREE, "", Settings(paths=("README.md",), exclude=("README.md",))) == []


def test_documents_are_paired_by_their_place_with_the_english_beside_the_translation() -> None:
    source = ["a.md", "b.md", "sub/c.ipynb"]
    target = ["a.md", "a_origin.md", "only.md", "lost_origin.md", "sub/c.ipynb"]
    assert pairs(source, target, Settings(exclude=("*_origin.md",))) == [
        PagePair("a.md", "a.md", "a_origin.md"),
        PagePair("b.md", None),
        PagePair("sub/c.ipynb", "sub/c.ipynb"),
        PagePair(None, "only.md"),
    ]
    assert pairs(source, target, Settings())[-1] == PagePair(None, "only.md")


def test_two_folders_of_one_repository_are_two_books() -> None:
    tree = ["site/en/t/a.md", "site/en/t/b.md", "site/ja/t/a.md", "site/ko/t/b.md", "index.md"]
    settings = Settings(source_path="site/en", target_path="site/ja")
    assert pairs(tree, tree, settings, same_repository=True) == [
        PagePair("site/en/t/a.md", "site/ja/t/a.md"),
        PagePair("site/en/t/b.md", None),
    ]
    assert target_for("site/en/t/b.md", settings) == "site/ja/t/b.md"
    assert source_for("site/ja/t/b.md", settings) == "site/en/t/b.md"


@pytest.mark.parametrize("inner", ["source", "target"])
def test_a_book_inside_the_other_books_folder_is_not_part_of_it(inner: str) -> None:
    tree = ["a.md", "in/a.md", "in/b.md"]
    settings = Settings(source_path="in") if inner == "source" else Settings(target_path="in")
    found = pairs(tree, tree, settings, same_repository=True)
    if inner == "source":
        assert found == [PagePair("in/a.md", "a.md"), PagePair("in/b.md", None)]
    else:
        assert found == [PagePair("a.md", "in/a.md"), PagePair(None, "in/b.md")]


def test_a_translation_with_the_old_name_is_found_after_a_rename() -> None:
    renames = {"old.md": "new.md", "older.md": "new.md", "x.md": "y.md"}
    assert pairs(["new.md"], ["older.md"], Settings(), renames) == [PagePair("new.md", "older.md")]
    assert pairs(["new.md"], ["old.md", "new.md"], Settings(), renames) == [
        PagePair("new.md", "new.md"),
        PagePair(None, "old.md"),
    ]
    # The old name is in use again: its translation belongs to the file that has the name now.
    assert pairs(["new.md", "old.md"], ["old.md"], Settings(), renames) == [
        PagePair("new.md", None),
        PagePair("old.md", "old.md"),
    ]


def test_former_names_come_from_the_history() -> None:
    def version(path: str) -> Version:
        return Version("a" * 40, datetime(2024, 1, 1, tzinfo=UTC), "b" * 40, path)

    history = {
        "new.md": (version("new.md"), version("old.md"), version("used.md")),
        "used.md": (version("used.md"),),
        "gone.md": (version("gone.md"), version("was.md")),
    }
    assert former_names(history, {"new.md", "used.md"}) == {"old.md": "new.md"}
