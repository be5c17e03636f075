"""Small changes: each rule with what it lets through and what it must not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amts_action.merging.english.english_words import GUARDED
from amts_action.merging.english.small_changes import Reader, small_changes

FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / "small_changes.txt"


def cases() -> list[tuple[int, str, str, str, str]]:
    """Line, rule, language, old and new text of every pair of the fixture."""
    out = []
    lines = FIXTURE.read_text(encoding="utf-8").split("\n")
    for at, line in enumerate(lines):
        if line.startswith("> "):
            out.append((at, lines[at - 1], line[2:], lines[at + 1], lines[at + 2]))
    return out


def reader(lang: str, text: str) -> Reader:
    """What a page that says `text` knows."""
    return Reader(lang, head=text)


@pytest.mark.parametrize(("line", "rule", "lang", "old", "new"), cases())
def test_small_or_not(line: int, rule: str, lang: str, old: str, new: str) -> None:
    """The pair is explained by the rule that is named, whichever of the texts came first; `none`: by no rule."""
    is_heading = old.startswith("#")
    old, new = old.lstrip("# "), new.lstrip("# ")
    found = small_changes(old, new, reader(lang, new), is_heading=is_heading)
    if rule == "none":
        assert found is None, line
        assert small_changes(new, old, reader(lang, old), is_heading=is_heading) is None, line
        return
    assert found is not None, line
    assert found.changes
    assert rule in {change.rule for change in found.changes}, line


def test_every_rule_has_an_example() -> None:
    """The rules that the module names are those of the fixture."""
    source = (Path(__file__).resolve().parents[2] / "amts_action/merging/english/small_changes.py").read_text(
        encoding="utf-8"
    )
    named = set(re.findall(r'^    \("([a-z ]+)", _', source, re.M)) | set(re.findall(r'return "([a-z ]{5,})"', source))
    assert named <= {rule for _, rule, *_ in cases()}
    assert len(cases()) > 60


@given(st.sampled_from(sorted(GUARDED)), st.integers(0, 6), st.sampled_from(["de", "zh"]))
def test_no_guarded_word_comes_or_goes(word: str, place: int, lang: str) -> None:
    """A negation, number, modal or comparison that is put in or taken out is never small."""
    words = "we keep red hives near old oaks".split()
    longer = " ".join([*words[:place], word, *words[place:]])
    for old, new in ((" ".join(words), longer), (longer, " ".join(words))):
        assert small_changes(old, new, reader(lang, new)) is None


def test_a_reader_who_wants_all() -> None:
    """With `small-changes = translate` only line breaks do not count."""
    everything = Reader("de", keeps=False)
    assert small_changes("a lid", "the lid", everything) is None
    assert small_changes("a\nlid", "a lid", everything) is not None


def test_other_spans_are_told() -> None:
    """Formulas and links are not this module's: it says that they differ, and what else does."""
    found = small_changes("Weigh $x$ in a box.", "Weigh $y$ in the box.", Reader("de"))
    assert found is not None
    assert found.has_other_spans
    assert [change.rule for change in found.changes] == ["article"]
