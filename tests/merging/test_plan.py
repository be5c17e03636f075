"""The plan: every block has its action before anything is written, and what is sent is language."""

from __future__ import annotations

from casekit import documents, mutated
from hypothesis import given
from hypothesis import strategies as st
from thorough import examples

from amts_action.alignment.beads import Bead
from amts_action.alignment.lexicon import Lexicon
from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.merging.document import plan_document, segments
from amts_action.merging.options import MergeOptions
from amts_action.merging.pieces import has_language, newline_of, pieces_of
from amts_action.merging.rewriting.sentence_merge import _Revision


@given(documents())
@examples(60)
def test_pieces_are_lossless(text: str) -> None:
    """The pieces of a block concatenate to its text; only language is to be sent."""
    for block in parse_markdown(text).blocks:
        pieces = pieces_of(block)
        assert "".join(p.text for p in pieces) == block.text
        assert all(has_language(p.text) for p in pieces if p.is_language)
        if block.kind in ("code", "math", "label", "front_matter", "comment"):
            assert not any(p.is_language for p in pieces)


@given(st.data())
@examples(25)
def test_every_head_block_has_one_step(data: st.DataObject) -> None:
    """Each head block is in one step, each base block of the plan is named, and segment ids are unique."""
    base = data.draw(documents())
    plan = plan_document(base, data.draw(mutated(base)), data.draw(mutated(base)))
    heads = [s.head for s in plan.steps if s.head is not None]
    assert sorted(heads) == list(range(len(plan.head.blocks)))
    asked = segments(plan, prefix="p")
    assert len({s.id for s in asked}) == len(asked)
    assert all(has_language(s.text) for s in asked)
    for step in plan.steps:
        if step.action in ("keep", "conflict", "owed", "cosmetic"):
            assert not step.writes


def test_programs_are_never_sent() -> None:
    """Trap 16 of FACTS §5: shebangs, `#@save`, `#@tab`, `#| label:` are no prose."""
    head = "# T\n\n```python\n#!/bin/python\n#@tab mxnet\n#| label: a\nf()  #@save\n```\n\n$$x$$\n\n:label:`a`\n"
    plan = plan_document("# T\n", head, "# 题\n")
    assert segments(plan, prefix="0") == []


def test_positions_do_not_matter() -> None:
    """Trap 17 of FACTS §5: an inserted section changes nothing below it."""
    below = "".join(f"## Part {n}\n\nWords of part {n}.\n\n" for n in range(20))
    plan = plan_document("# T\n\n" + below, "# T\n\n## New\n\nNew words.\n\n" + below, "# 题\n\n" + below)
    assert [s.text for s in segments(plan, prefix="0")] == ["New", "New words."]


def test_newline_of() -> None:
    """The first line end of a text is its style."""
    assert [newline_of(t) for t in ("a", "a\r\nb\n", "a\rb", "a\nb\r\n")] == ["\n", "\r\n", "\r", "\n"]


def test_a_program_of_which_only_texts_changed_is_merged() -> None:
    """Programs are told by all but their texts and comments; a change of just those must arrive all the same."""

    def page(word: str, remark: str) -> str:
        return f"# T\n\n```python\nimport something_long\nmodel = predict('{word}', 20, vocab)  # {remark}\n```\n"

    plan = plan_document(page("old", "run"), page("new", "run"), page("old", "运行"), MergeOptions(target_lang="zh"))
    assert plan.steps[-1].made == page("new", "运行").split("\n\n")[1].rstrip("\n")


def test_what_may_translate_the_neighbour_is_not_removed() -> None:
    """A translator left out an item; when the English removes it too, the translation of the next one stays."""
    items = ("Replace random sampling.", "Replace one-hot encoding.", "Try other books.")
    base, head = ("# T\n\n" + "".join(f"* {item}\n" for item in kept) for kept in (items, items[1:]))
    target = "# 题\n\n* 替换独热编码。\n* 试试其他书。\n"

    def action(sure: float) -> str:
        beads = [Bead((0,), (0,), 1.0), Bead((1,), (1,), sure), Bead((2, 3), (2,), sure)]
        plan = plan_document(base, head, target, MergeOptions(target_lang="zh"), beads=beads)
        return next(step.action for step in plan.steps if step.base == 1)

    assert (action(0.65), action(0.9)) == ("conflict", "delete")


def test_a_sentence_that_holds_half_of_its_changed_neighbour_is_not_kept_beside_its_translation() -> None:
    """What a translator drew into the sentence before is not in the page twice when the English of it changes."""
    opening = "Let us take machine translation as an example."
    given = 'Given an input sequence in English: "They", "are", "watching", {} first encodes it into a state.'
    base, head = (f"# T\n\n{opening} {given.format(who)}\n" for who in ("the architecture", "this model of ours"))
    apart = "# 题\n\n我们以机器翻译为例。给定英文的输入序列“They”“are”“watching”，该架构首先将其编码成状态。\n"
    drawn = "# 题\n\n我们以机器翻译为例：给定英文的输入序列“They”“are”“watching”。该架构首先将其编码成状态。\n"

    heads = parse_markdown(head).blocks
    pairs = {0: Bead((0,), (0,), 1.0), 1: Bead((1,), (1,), 1.0)}

    def is_revised(target: str) -> bool:
        work = _Revision(parse_markdown(base).blocks[1:], heads[1:], parse_markdown(target).blocks[1:], "en", "zh")
        assert (len(work.left), len(work.right), set(work.stays.values())) == (2, 2, {0})
        work._align = lambda lexicon: list(pairs.values())  # type: ignore[method-assign]
        return work.texts(Lexicon()) is not None

    assert (is_revised(apart), is_revised(drawn)) == (True, False)
