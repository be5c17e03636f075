"""The merge of one document, case by case: the exact text that comes out, and the actions that led to it."""

from __future__ import annotations

import pytest
from casekit import cases, changed, merge

CASES = cases("merge")
ACTIONS = {"keep", "cosmetic", "patch", "revise", "translate", "move", "delete", "code", "conflict", "owed"}


def _lang(case: dict[str, str]) -> str:
    """The language of the translation where it matters, else none."""
    return case.get("language", "").strip()


def _parts(case: dict[str, str]) -> tuple[str, str, str, str]:
    """The four texts of a case; the newline before the next part's line is the case's own."""
    base, head, target, expected = (case[name][:-1] for name in ("base", "head", "target", "expected"))
    return base, head, target, expected


@pytest.mark.parametrize(("name", "case"), CASES)
def test_case(name: str, case: dict[str, str]) -> None:
    """Each file of `fixtures/merge`: title, three texts, the expected text, status, actions other than keep, and where
    it matters what is said of them: code and text of every flag."""
    base, head, target, expected = _parts(case)
    result = merge(base, head, target, lang=_lang(case))
    assert result.text == expected
    status, _, actions = case["actions"].strip().partition(":")
    assert (result.status, changed(result)) == (status, actions.split())
    if "flags" in case:
        assert [f"{f.code}: {f.text}" for e in result.entries for f in e.flags] == case["flags"].splitlines()


@pytest.mark.parametrize(("name", "case"), CASES)
def test_case_without_change(name: str, case: dict[str, str]) -> None:
    """No change, no change (DESIGN §4.3): base == head gives the target, and nothing is asked of an engine."""
    base, head, target, _ = _parts(case)
    for text in (base, head):
        result = merge(text, text, target, lang=_lang(case))
        assert result.text == target
        assert not sum(e.characters_sent for e in result.entries)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_case_twice(name: str, case: dict[str, str]) -> None:
    """Idempotent (DESIGN §4.4): merging the output again changes nothing."""
    _, head, _, expected = _parts(case)
    assert merge(head, head, expected, lang=_lang(case)).text == expected


@pytest.mark.parametrize(("name", "case"), CASES)
def test_case_with_other_line_ends(name: str, case: dict[str, str]) -> None:
    """A target with Windows line ends gives the same output with Windows line ends."""
    base, head, target, expected = (text.replace("\r\n", "\n") for text in _parts(case))
    result = merge(base, head, target.replace("\n", "\r\n"), lang=_lang(case))
    assert result.text == expected.replace("\n", "\r\n")


@pytest.mark.parametrize(("name", "case"), CASES)
def test_rows_of_the_plan(name: str, case: dict[str, str]) -> None:
    """Every place in plan.json is inside its file, and the ledger balances."""
    base, head, target, _ = _parts(case)
    result = merge(base, head, target, lang=_lang(case))
    for entry in result.entries:
        row = entry.as_json()
        assert row["action"] in ACTIONS
        assert 0 <= row["confidence"] <= 1
        for key, text in (("base", base), ("head", head), ("target", target), ("output", result.text)):
            if row[key] is not None:
                assert 0 <= row[key][0] <= row[key][1] <= len(text)
    assert all(row["in"] == row["out"] for row in result.ledger.values())


def test_every_action_has_a_case() -> None:
    """The cases cover the actions of DESIGN §5, `conflict` below."""
    seen = {a for _, case in CASES for a in case["actions"].partition(":")[2].split()}
    assert seen | {"keep", "conflict"} == ACTIONS


def test_front_matter_of_both_sides_is_a_conflict() -> None:
    """English gains front matter, the translation has its own already: nothing is written, both are in the report."""
    base, target = "# T\n\nWords of it.\n", "---\ntitle: 题\n---\n\n# 题\n\n话。\n"
    result = merge(base, "---\ntitle: T\n---\n\n" + base, target)
    assert result.text == target
    assert (changed(result), result.status) == (["conflict"], "partial")


def test_a_short_note_beside_a_changed_paragraph_is_not_lost_in_silence() -> None:
    """A translator's note that could be half of a split paragraph: kept, or its loss is said with low confidence."""
    base, head = "# T\n\nSome words about one thing.\n", "# T\n\nSome new words about one thing.\n"
    result = merge(base, head, "# 题\n\n关于一件事的话。\n\n译注：这是注。\n")
    entry = next(e for e in result.entries if e.head_text.startswith("Some new"))
    assert "译注" in result.text or entry.confidence < 0.7


def test_a_missing_block_is_filled_in_on_demand() -> None:
    """`owed` becomes a translation with `fill_missing`, at its place."""
    base = "# T\n\nSome $x$ words.\n\n## Part\n\nMissing `words`.\n\n## End\n\nLast $z$ words.\n"
    target = "# 题\n\n一些$x$话。\n\n## 部分\n\n## 完\n\n最后$z$话。\n"
    assert merge(base, base, target).text == target
    filled = merge(base, base, target, fill_missing=True)
    assert filled.text == target.replace("## 部分", "## 部分\n\n⟦Missing `words`.⟧")


def test_a_new_citation_is_in_the_report_of_the_block() -> None:
    """Trap 11 of FACTS §5, the part of one document: a citation that is new arrives with its key."""
    base, head = "# T\n\nWords of old.\n", "# T\n\nWords of old.\n\nNew ones by :cite:`New.2024` too.\n"
    assert ":cite:`New.2024`" in merge(base, head, "# 题\n\n旧话。\n").text


def test_a_failed_translation_is_said_to_have_failed() -> None:
    """Traps 8 and 14: no answer means the English stands, is flagged, and the file does not count as done."""
    from amts_action.merging.document import merge_document, plan_document
    from amts_action.merging.flags import has_code

    base, head = "# T\n\nWords of old.\n", "# T\n\nWords of old.\n\nNew ones with $x$.\n"
    result = merge_document(plan_document(base, head, "# 题\n\n旧话。\n"), {}, prefix="0")
    assert result.text == "# 题\n\n旧话。\n\nNew ones with $x$.\n"
    assert result.status == "partial"
    assert any(has_code(e.flags, "no-answer") for e in result.entries)
    assert result.owing


@pytest.mark.parametrize("reply", ["新的话。", "新的$x$ 和 $y$。", "", "# 新的$x$", "新\n\n的$x$", "```\n新的$x$"])
def test_a_bad_translation_is_not_written(reply: str) -> None:
    """Trap 8: a reply that loses a formula, brings its own or changes the structure never gets into the file."""
    from amts_action.engines.model import Translation
    from amts_action.merging.document import merge_document, plan_document, segments

    base, head = "# T\n\nWords of old.\n\nEnd.\n", "# T\n\nWords of now with $x$ are other.\n\nEnd.\n"
    target = "# 题\n\n旧话。\n\n完。\n"
    plan = plan_document(base, head, target)
    given = {s.id: Translation(s.id, reply) for s in segments(plan, prefix="0")}
    assert len(given) == 1
    result = merge_document(plan, given, prefix="0")
    assert result.text == target
    assert result.status == "partial"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_program_of_any_line_ends_is_not_parsed(end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long program, also one that is not closed: `fault` answers without the parser, whatever the line ends."""
    from amts_action.documents.blocks.markdown import parse_markdown
    from amts_action.merging.checking import ledger

    like = parse_markdown("```python\nx\n```\n").blocks[0]
    parsed: list[str] = []
    monkeypatch.setattr(ledger, "parse_markdown", lambda text: parsed.append(text) or parse_markdown(text))
    assert ledger.fault(end.join(["```python", *["x = 1"] * 3000, "```"]), like) is None
    assert not parsed
    assert ledger.fault(end.join(["```python", *["x = 1"] * 3000, "``"]), like) is None
    assert ledger.fault(end.join(["```python", "x", "```", *["y"] * 300, "```"]), like) is not None
    assert parsed
