"""What is about to be written is looked at once more: what would lose or break something is not written."""

from __future__ import annotations

import pytest
from casekit import merge

from amts_action.alignment.beads import Bead
from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.engines.model import Translation
from amts_action.merging.checking.ledger import fault, missing_spans
from amts_action.merging.document import merge_document, plan_document, segments


def test_spans_that_only_one_text_has_are_named() -> None:
    """What an engine has dropped, and what it has made up."""
    assert [f.code for f in missing_spans("Use `f` and $x$.", "用$x$和`g`。")] == ["lost", "not-in-english"]
    assert missing_spans("Use `f` and $x$.", "用$x$和`f`。") == []


@pytest.mark.parametrize(
    ("text", "code"),
    [("## 麻", None), ("### 麻", "reads-as"), ("麻", "reads-as"), ("## 麻\n\n麻", "reads-as")],
)
def test_a_heading_stays_one_heading_of_its_level(text: str, code: str | None) -> None:
    """Another level would move sections, and a second block would shift the page."""
    found = fault(text, parse_markdown("## Hemp\n").blocks[0])
    assert (found.code if found else None) == code


def test_a_reply_that_reads_as_another_table_is_not_written() -> None:
    """By itself the row is one; in the page its two cells do not fit the line below it, and there is no table."""
    head = "# T\n\n| Name |\n|---|\n| hemp |\n\nEnd.\n"
    plan = plan_document("# T\n\nEnd.\n", head, "# 题\n\n完。\n")
    replies = {s.id: "甲 | 乙" if s.text == "Name" else s.text for s in segments(plan, prefix="0")}
    given = {id_: Translation(id_, text, (), "machine", 4) for id_, text in replies.items()}
    result = merge_document(plan, given, prefix="0")
    assert "甲" not in result.text
    assert result.status == "partial"
    assert {f.code for e in result.entries for f in e.flags} == {"structure"}


@pytest.mark.parametrize("end", [6, None], ids=["taken for another's", "not found"])
def test_no_tab_is_left_open(end: int | None) -> None:
    """The English removes a tab whose closing line was not found in the translation: both its lines stay."""
    one, two = ":begin_tab:`x`\nHemp burns.\n:end_tab:\n\n", ":begin_tab:`y`\nSilk tears.\n:end_tab:\n"
    target = "# 题\n\n:begin_tab:`x`\n麻会烧。\n:end_tab:\n\n:begin_tab:`y`\n丝会破。\n:end_tab:\n"
    pairs = {0: 0, 1: 1, 2: 2, 3: end, 4: 4, 5: 5, 6: 6 if end is None else 3}
    beads = [Bead((i,), () if j is None else (j,), 1.0) for i, j in pairs.items()]
    plan = plan_document(f"# T\n\n{one}{two}", f"# T\n\n{two}", target, beads=beads)
    result = merge_document(plan, {}, prefix="0")
    assert result.text == target.replace("麻会烧。\n", "")
    assert result.status == "partial"
    assert {f.code for e in result.entries for f in e.flags} == {"left-open"}


def test_what_never_was_translated_is_not_owed() -> None:
    """Its English did not change, so there is nothing to deliver."""
    base = "# T\n\nIntro.\n\n## Hemp\n\nHemp is `strong(4)`.\n\n## Silk\n\nIt has `shine(5)`.\n"
    result = merge(base, base.replace("Intro.", "Intro, once more."), "# 题\n\n引言。\n\n## 丝\n\n它有`shine(5)`。\n")
    assert [e.action for e in result.entries if e.action != "keep"].count("owed") == 2
    assert result.owing == ()
