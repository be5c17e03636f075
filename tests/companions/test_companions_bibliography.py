"""Citations of pages and entries of bibliographies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from thorough import examples

from amts_action.companions.bibliography import append_missing, cited, entries

CITED = {
    "d2lbook": (":cite:`Foo.2010,Bar-2` and :citet:`Baz` :citep:`a:b`", ["Foo.2010", "Bar-2", "Baz", "a:b"]),
    "myst": ("{cite}`a` {cite:t}`b, c` {cite:p}`d` {footcite:t}`e` {cite:year}`f`", list("abcdef")),
    "around the key": ("{cite:p}`{see}a{chap. 2}, b`", ["a", "b"]),
    "twice": ("{cite}`a` {cite}`b,a`", ["a", "b"]),
    "over lines": ("{cite}`a,\nb`", ["a", "b"]),
    "caption": ("```{figure} x.png\nAfter {cite}`a`.\n```", ["a"]),
    "colon title": (":::{admonition} After {cite}`a`\ntext\n:::", ["a"]),
    "list of a tab": (":begin_tab:`mxnet`\n* :cite:`a`\n:end_tab:", ["a"]),
    "fence": ("```\n{cite}`a`\n```", []),
    "code cell": ("```{code-cell}\n# {cite}`a`\n```", []),
    "code span": ("`` {cite}`a` `` and `:cite:` `b`", []),
    "other roles": ("{ref}`a` :numref:`b` {excite}`c` {math}`d`", []),
    "blank keys": ("{cite}`` {cite}` , ` {cite}`a b`", []),
    "comment": ("<!-- {cite}`a` -->", []),
}
BIB = """junk with foo@bar.org and @ sign
@string{jfe = "J. Fin. " # econ}
@STRING(econ = {Econ})
@preamble{"\\newcommand{\\x}{y}"}
@comment{nothing}
@Article{One,
  title = {A {B} @article{no, }, and "{quoted}" like},
  journal = jfe # ", " # other,
  year = 1999
}
@book(two, title = "Paren ) {)} in quotes", note = {x = econ})
@inproceedings{Three, crossref = {Four}, title={T}}

@proceedings{Four, title = "P"}
@misc{bare}
"""


@pytest.mark.parametrize("name", CITED)
def test_cited(name: str) -> None:
    text, expected = CITED[name]
    assert list(cited(text)) == expected


def test_entries() -> None:
    found = entries(BIB)
    assert list(found) == ["One", "two", "Three", "Four", "bare"]
    assert found["two"].of(BIB).endswith("{x = econ})")
    assert found["One"].of(BIB).startswith("@Article{One,") and found["One"].of(BIB).endswith("1999\n}")
    assert found["bare"].of(BIB) == "@misc{bare}"


def test_first_of_two_entries_counts_whatever_the_case() -> None:
    bib = "@a{X, t=1}\n@a{x, t=2}\n"
    assert {key: span.of(bib) for key, span in entries(bib).items()} == {"X": "@a{X, t=1}"}


def test_entry_that_never_closes_does_not_swallow_the_rest() -> None:
    bib = "@a{x, t={1}\n\n@a{y, t={2}}\n @a{z,\n t={3}"
    assert list(entries(bib)) == ["y"]


def test_entry_in_a_comment_counts_as_in_bibtex() -> None:
    assert list(entries("@comment{ @a{x, t=1} }")) == ["x"]


def test_append_takes_macros_and_parents_along_in_the_order_of_the_source() -> None:
    target = "@book{own, title={我}}\n"
    result = append_missing(BIB, target, ["Three", "ONE", "own", "nowhere"])
    assert result.added == ("One", "Three", "Four")
    assert result.missing == ("nowhere",)
    assert result.text.startswith(target + "\n@string{jfe")
    assert list(entries(result.text)) == ["own", "One", "Three", "Four"]
    assert result.text.index("@STRING(econ") < result.text.index("@Article")
    assert result.text.endswith('@proceedings{Four, title = "P"}\n')
    assert "\n\n\n" not in result.text
    again = append_missing(BIB, result.text, ["Three", "ONE", "own", "nowhere"])
    assert (again.text, again.added) == (result.text, ())


def test_macro_of_the_target_wins() -> None:
    target = "@string{JFE = {金融}}\n"
    assert append_missing(BIB, target, ["One"]).text.count("@string") == 1


def test_macro_name_inside_braces_is_no_use() -> None:
    assert "@STRING" not in append_missing(BIB, "", ["two"]).text


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("", "@a{x, t=1}\n"),
        ("@a{o}", "@a{o}\n\n@a{x, t=1}"),
        ("@a{o}\n", "@a{o}\n\n@a{x, t=1}\n"),
        ("@a{o}\n\n", "@a{o}\n\n@a{x, t=1}\n"),
        ("@a{o}\r\n", "@a{o}\r\n\r\n@a{x, t=1}\r\n"),
        ("\n", "\n@a{x, t=1}\n"),
        ("\ufeff% 注\n", "\ufeff% 注\n\n@a{x, t=1}\n"),
    ],
)
def test_white_space(target: str, expected: str) -> None:
    assert append_missing("@a{x, t=1}", target, ["x"]).text == expected


def test_line_ends_follow_the_target() -> None:
    assert append_missing("@a{x,\r\n t=1}\r\n", "@a{o}\n", ["x"]).text == "@a{o}\n\n@a{x,\n t=1}\n"
    assert append_missing("@a{x,\n t=1}\n", "@a{o}\r\n", ["x"]).text == "@a{o}\r\n\r\n@a{x,\r\n t=1}\r\n"


def test_target_that_ends_inside_an_entry_is_left_alone() -> None:
    result = append_missing("@a{x}", "@a{o, t={1}\n", ["x"])
    assert (result.text, result.added) == ("@a{o, t={1}\n", ())
    assert "not closed" in result.flags[0]


def test_parents_in_a_circle() -> None:
    source = '@a{x, crossref={y}}\n@a{y, crossref = "x"}\n@a{z, crossref={gone}}\n'
    assert append_missing(source, "", ["x", "z"]).added == ("x", "y", "z")
    assert append_missing(source, "", ["x", "z"]).missing == ("gone",)


PARTS = [
    "@article{",
    "@string{",
    "@comment{",
    "@a(",
    "k",
    "K2",
    ",",
    "=",
    "{",
    "}",
    '"',
    "(",
    ")",
    "#",
    "\n",
    "\r\n",
    " ",
    "@",
]
WHOLE = ["@a{k, t={1}}", "@b{m, crossref={k}}", "@string{s={v}}", "@c{n, j=s}", "\n"]
JUNK = st.lists(st.one_of(st.sampled_from(PARTS + WHOLE), st.text(max_size=3)), max_size=30).map("".join)


@given(JUNK, JUNK)
@examples(300)
def test_any_text(source: str, target: str) -> None:
    """Existing text is a prefix, entries are verbatim, what was asked for is there, a second run changes nothing."""
    keys = ["k", "m", "n", "nowhere"]
    result = append_missing(source, target, keys)
    assert result.text.startswith(target)
    assert set(result.added) <= set(entries(source))
    assert "nowhere" in result.missing or "nowhere" in entries(source) or "nowhere" in entries(target)
    for key, span in entries(target).items():
        assert entries(result.text)[key] == span
    again = append_missing(source, result.text, keys)
    assert (again.text, again.added) == (result.text, ())


@pytest.mark.parametrize("unit", ["{", "}", "@a{", "\n@a{k,", "@", "@a", '"', "@ ", "@a{k, t={1}}\n", "@string{a=b#"])
def test_broken_entries_of_any_size_are_read(unit: str) -> None:
    """A quadratic scan would run into the test's limit."""
    text = unit * (600_000 // len(unit))
    assert all(0 <= span.start < span.end <= len(text) for span in entries(text).values())


def test_append_to_a_large_file() -> None:
    text = "".join(f"@article{{k{number},\n title = {{{'word ' * 8}}},\n}}\n" for number in range(10_000))
    result = append_missing(text, text.replace("{k9999,", "{own,"), ["k9999", "k1"])
    assert result.added == ("k9999",)
