"""The closed list of changes that no translation needs to follow."""

from __future__ import annotations

import pytest
from casekit import documents
from hypothesis import given
from hypothesis import strategies as st

from amts_action.merging.english.small_changes import cosmetic_key

SAME = [
    ("one two\nthree", "one\ntwo three"),
    ("“quoted” text", '"quoted" text'),
    ("it’s", "it's"),
    ("We don't know", "We do not know"),
    ("It's here", "It is here"),
    ("a colour of behaviour", "a color of behavior"),
    ("optimise and optimising", "optimize and optimizing"),
    ("the centre", "the center"),
    ("a – b", "a — b"),
    ("_soft_ and __loud__", "*soft* and **loud**"),
    ("and so on…", "and so on..."),
]
OTHER = [
    ("it is so", "it is not so"),
    ("can do", "cannot do"),
    ("a function", "the function"),
    ("three steps", "four steps"),
    ("we minimize it", "we maximize it"),
    ("see $x$", "see $y$"),
    ("see `colour`", "see `color`"),
    ("see [a](http://colour)", "see [a](http://color)"),
    ("Yes.", "Yes?"),
    ("*soft*", "soft"),
    ("data", "date"),
    ("a b", "ab"),
    ("-1 apples", "1 apples"),
]


@pytest.mark.parametrize(("old", "new"), SAME)
def test_says_the_same(old: str, new: str) -> None:
    """Both texts have one key."""
    assert cosmetic_key(old) == cosmetic_key(new)


@pytest.mark.parametrize(("old", "new"), OTHER)
def test_says_something_else(old: str, new: str) -> None:
    """What is not in a table is a change of meaning."""
    assert cosmetic_key(old) != cosmetic_key(new)


@given(documents())
def test_line_wrapping_never_counts(text: str) -> None:
    """The key does not know where lines break, and a key is its own key."""
    assert cosmetic_key(text) == cosmetic_key(" ".join(text.split()))


@given(
    st.sampled_from([old for old, _ in SAME] + [new for _, new in SAME]),
    st.sampled_from(["not", "no", "2", "$x$", "never"]),
)
def test_a_word_more_is_never_cosmetic(text: str, word: str) -> None:
    """No rule swallows a word."""
    assert cosmetic_key(text) != cosmetic_key(f"{text} {word}")
