"""What a pull request costs its reader, in decisions, sentences and minutes."""

from __future__ import annotations

import pytest

from amts_action.merging.document import Entry
from amts_action.reports.effort import Effort, effort, new_words
from amts_action.reports.model import Companion, DocumentReport, RunReport


def entry(action: str, target: str, output: str, origin: str = "machine") -> Entry:
    """A block of a page."""
    return Entry(
        action, "paragraph", None, (0, 1), (0, 1), (0, 1), 0, 1.0, (), base_text="a", head_text="b",
        target_text=target, output_text=output, origin=origin,
    )  # type: ignore[arg-type]  # fmt: skip


def page(*entries: Entry, status: str = "done") -> DocumentReport:
    """A page with these blocks."""
    return DocumentReport("a.md", "a.md", status, entries=entries)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("decisions", "sentences", "minutes"), [(0, 0, 0), (0, 1, 1), (0, 5, 1), (0, 6, 2), (1, 0, 1), (3, 14, 6)]
)
def test_minutes(decisions: int, sentences: int, minutes: int) -> None:
    """Rounded up: a sentence is a minute of somebody's day, too."""
    assert Effort(decisions, sentences).minutes == minutes


def test_only_new_sentences_are_to_be_read() -> None:
    """What stood there before is read already."""
    run = RunReport("zh", (page(entry("revise", "旧的。还在。", "新的。还在。也新。"), entry("keep", "x", "x", "")),))
    assert effort(run) == Effort(0, 2)


def test_what_is_decided() -> None:
    """Conflicts, collisions, pages that go or were not written, and companions that need somebody."""
    pages = (page(entry("conflict", "旧。", "旧。", "")), page(status="deleted"), page(status="failed"))
    run = RunReport(
        "zh", pages, (Companion("img/a.svg: draw it again", True), Companion("copied")), collisions=("b.md",)
    )
    assert effort(run) == Effort(5, 0)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [("", "One two three.", 3), ("One.", "One. Two.", 1), ("", "新的句子。", 2), ("", "有 RNN 层。", 2)],
)
def test_new_words(old: str, new: str, words: int) -> None:
    """A changed word is not a new section."""
    assert new_words(page(entry("revise", old, new)), ("read",)) == words
