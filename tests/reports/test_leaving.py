"""What people wrote and a run takes away: all of it in the report, and in the description what need not go."""

from __future__ import annotations

import pytest

from amts_action.merging.checking.conservation import Leaving
from amts_action.merging.document import Entry
from amts_action.reports.body.pull_request import body, report
from amts_action.reports.checklist import points
from amts_action.reports.effort import effort
from amts_action.reports.model import Companion, DocumentReport, RunReport
from amts_action.reports.stored import dump, load

GONE = "its English is not in the new version any more"


def entry(action: str, target: str, output: str, origin: str = "machine") -> Entry:
    """A block of a page."""
    return Entry(
        action, "paragraph", None, (0, 1), (0, 1), (0, 1), 0, 1.0, (), base_text="a", head_text="b",
        target_text=target, output_text=output, origin=origin,
    )  # type: ignore[arg-type]  # fmt: skip


def run(*leaving: Leaving) -> RunReport:
    """Two pages, the second of which loses something."""
    first = DocumentReport("a.md", "a.md", "deleted")
    second = DocumentReport("b.md", "b.md", "done", entries=(entry("revise", "旧。", "新。"),), leaving=leaving)
    return RunReport("zh", (first, second), run_url="https://hub.example/a/b/actions/runs/1")


def test_what_goes_with_its_english_is_in_the_report() -> None:
    """Each with its English and why; the description has their blocks anyway."""
    items = tuple(Leaving(f"English {n}.", f"第{n}句。", GONE) for n in range(5))
    whole = report(run(*items))
    assert "5 sentences that people wrote go:" in whole
    for item in items:
        assert f"“{item.text}” (“{item.english}”): {GONE}" in whole
    assert "第3句" not in body(run(*items))


def test_what_goes_without_need_is_the_first_point() -> None:
    """Before the pages that go, and a decision of its own."""
    lost = Leaving("It stands.", "它还在。", "its English stands", is_broken=True)
    first, second, *_ = points(run(lost))
    assert "1 sentence of people would go without need" in first
    assert "它还在。" in first
    assert "`a.md`: **goes**" in second
    assert effort(run(lost)).decisions == effort(run()).decisions + 1


def test_it_is_kept_with_the_data() -> None:
    """`amts report` makes the same report again."""
    made = run(Leaving("A.", "甲。", GONE), Leaving("B.", "乙。", "its English stands", is_broken=True))
    assert load(dump(made), where="x") == made


@pytest.mark.parametrize("cosmetic", [True, False])
def test_only_what_is_something_is_listed(cosmetic: bool) -> None:
    """A page in which nothing changed for a reader is counted, not named in the table."""
    quiet = DocumentReport("quiet.md", "quiet.md", "done", entries=(entry("cosmetic", "同。", "同。", ""),))
    loud = DocumentReport("loud.md", "loud.md", "done", entries=(entry("revise", "旧。", "新。"),))
    table = body(RunReport("zh", (quiet, loud) if cosmetic else (loud,))).split("### For you")[0]
    assert "`loud.md`" in table
    assert "`quiet.md`" not in table
    assert ("1 other document is up to date" in table) == cosmetic


def test_decisions_come_first_and_the_largest_change_before_smaller_ones() -> None:
    """In the table as in the list of points; files beside the text are folded."""
    pages = (
        DocumentReport("small.md", "small.md", "done", entries=(entry("revise", "", "新。"),)),
        DocumentReport("large.md", "large.md", "done", entries=(entry("revise", "", "很长的新句子在这里出现了。"),)),
        DocumentReport("conflict.md", "conflict.md", "partial", entries=(entry("conflict", "旧。", "旧。", ""),)),
    )
    text = body(RunReport("zh", pages, (Companion("img/a.png: copied"),)))
    table, points_ = text.split("### For you")
    for part in (table, points_.split("<details>")[0]):
        places = [part.index(f"`{name}.md`") for name in ("conflict", "large", "small")]
        assert places == sorted(places)
    assert "<details><summary>1 file beside the text</summary>" in text
