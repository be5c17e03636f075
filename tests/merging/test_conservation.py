"""Invariant 8: a sentence that people wrote leaves only when the English it translates does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from casekit import merge

from amts_action.alignment.beads import Bead
from amts_action.merging.checking.conservation import conserved, leaving, sentence_key
from amts_action.merging.document import plan_document
from amts_action.merging.options import MergeOptions
from amts_action.merging.pieces import Piece
from amts_action.merging.planning.steps import TextInParts

ONE, TWO, THREE = "Wet ropes are heavy ropes.", "Never coil them when they are wet.", "They rot from the inside."
BASE = f"# Rope\n\n{ONE} Hang them up to dry. {TWO} {THREE}\n\nThe end.\n"
HEAD = BASE.replace("Hang them up to dry.", "Hang them in the sun for a day or two before the winter comes.")
APART = "# 绳\n\n湿绳子很重。要挂起来晾干。湿的时候千万别盘。会从里面烂掉。\n\n完。\n"
MIXED = "# 绳\n\n湿绳子很重，要挂起来晾干，千万别盘。湿的时候盘起来会从里面烂掉，所以不行。\n\n完。\n"
OPTIONS = MergeOptions(target_lang="zh")


@pytest.mark.parametrize(
    ("target", "actions"), [(APART, ["keep", "revise", "keep"]), (MIXED, ["keep", "conflict", "keep"])]
)
def test_what_cannot_be_told_apart_is_left_to_a_person(target: str, actions: list[str]) -> None:
    """A sentence that stays keeps its translation; where that is mixed with a changed one, nothing is written."""
    plan = conserved(plan_document(BASE, HEAD, target, OPTIONS))
    assert [step.action for step in plan.steps] == actions
    left = [step for step in plan.steps if step.action == "conflict"]
    assert [flag.code for step in left for flag in step.flags] == ["not-apart"] * len(left)
    assert not any(step.writes or step.is_new or step.moves for step in left)


def test_a_sentence_without_a_translation_of_its_own_takes_nothing_away() -> None:
    """A translator has it in one with a sentence that goes: sent at its new place, and nobody need look."""
    goes, stands = "Coil `dry` ropes in 3 turns.", "Hang `wet` ropes up on 4 hooks."
    last = "Oil `old` ropes on every 5th day."
    base = f"# Rope\n\n{goes} {stands} {last}\n\nThe end.\n"
    head = f"# Rope\n\nThe end.\n\nWe come to what all sailors say. {stands}\n"
    joined = "# 绳\n\n`dry`的绳子盘3圈，`wet`的绳子挂在4个钩子上。每5天给`old`的绳子上油。\n\n完。\n"
    apart = joined.replace("圈，", "圈。")
    for target, actions in ((joined, ["delete", "translate"]), (apart, ["conflict", "conflict"])):
        plan = conserved(plan_document(base, head, target, OPTIONS), target_lang="zh")
        assert [s.action for s in plan.steps if s.action != "keep"] == actions


def test_a_sentence_that_went_to_another_block_is_not_sent_while_its_translation_goes() -> None:
    """English moves a sentence to a new paragraph and drops the rest: both the old text and the new block wait."""
    head = f"# Rope\n\nThe end.\n\nA new one about ropes and knots. {TWO}\n"
    plan = conserved(plan_document(BASE, head, MIXED, OPTIONS))
    assert [(s.base, s.action) for s in plan.steps if s.action != "keep"] == [(1, "conflict"), (None, "conflict")]


def test_a_sentence_whose_new_place_waits_stays_at_the_old_one() -> None:
    """English moves a sentence into a paragraph that is in conflict: until a person has seen to it, nothing goes."""
    beads = [Bead((0,), (0,), 1.0), Bead((1,), (1,), 1.0), Bead((2,), (2,), 0.1)]
    last = "This is what sailors have always said of every rope that they coiled, and of some that they cut."
    plan = plan_document(f"# Rope\n\n{TWO}\n\n{last}\n", f"# Rope\n\n{last} {TWO}\n", APART, OPTIONS, beads=beads)
    plan = conserved(plan)
    assert [(s.base, s.action) for s in plan.steps if s.action != "keep"] == [(1, "conflict"), (2, "conflict")]


def test_what_a_waiting_block_would_have_kept_is_lost_as_well() -> None:
    """A paragraph takes over the sentences of its neighbours, which go. When it has to wait, so have both."""
    old, more = "Sailors have always said so of every rope.", "Hemp was sold by the yard in those days."
    base, head = f"# Rope\n\n{TWO}\n\n{old}\n\n{more}\n", f"# Rope\n\n{TWO} {old} {more}\n"
    target = "# 绳\n\n湿的时候千万别盘。\n\n水手总是这么说。\n\n那时麻按码卖。\n"
    plan = plan_document(base, head, target, OPTIONS, beads=[Bead((k,), (k,), 1.0) for k in range(4)])
    taken = TextInParts((Piece(TWO, True), Piece("水手总是这么说。", False), Piece("那时麻按码卖。", False)))
    steps = [s if s.head is None or s.head == 0 else replace(s, action="revise", text=taken) for s in plan.steps]
    plan = conserved(replace(plan, steps=tuple(steps)))
    assert [s.action for s in plan.steps] == ["keep", "conflict", "conflict", "conflict"]


def test_a_copy_of_a_sentence_may_be_sent() -> None:
    """Where the first one keeps its translation, the second takes nothing away."""
    plan = conserved(plan_document(BASE, f"{BASE}\nAnd so we say: be careful! {TWO}\n", MIXED, OPTIONS))
    assert [s.action for s in plan.steps] == ["keep", "keep", "keep", "translate"]


@pytest.mark.parametrize(
    ("text", "has_key"), [("For example:", False), ("See `f(x)` there.", False), ("Twelve letters", True)]
)
def test_short_sentences_have_no_translation_of_their_own(text: str, has_key: bool) -> None:
    """Below twelve letters a sentence says another thing everywhere."""
    assert bool(sentence_key(text)) == has_key
    assert sentence_key(f"*{text}*") == sentence_key(text)


def test_what_left_is_named_with_its_english_and_why() -> None:
    """A changed sentence may go; one whose English stands may not."""
    languages = {"target_lang": "zh"}
    done = merge(BASE, HEAD, APART).text
    assert [(x.text, x.is_broken) for x in leaving(BASE, HEAD, APART, done, **languages)] == [("要挂起来晾干。", False)]
    broken = done.replace("湿的时候千万别盘。", "⟦Never⟧")
    found = leaving(BASE, HEAD, APART, broken, **languages)
    assert [(x.english, x.text) for x in found if x.is_broken] == [(TWO, "湿的时候千万别盘。")]
    assert leaving(BASE, HEAD, APART, APART, **languages) == ()


def test_texts_and_comments_of_programs_are_words_of_people_too() -> None:
    """A localised comment whose English stands must not go."""
    base = "# T\n\n```python\nrope(3)  # three strands\nx = 'length'\n```\n"
    head = base.replace("rope(3)", "rope(4)")
    target = base.replace("three strands", "三股").replace("length", "长度")
    out = head.replace("three strands", "三股")
    found = leaving(base, head, target, out, target_lang="zh")
    assert [(x.english, x.text, x.is_broken) for x in found] == [("'length'", "'长度'", True)]
    assert leaving(base, head, target, target.replace("rope(3)", "rope(4)"), target_lang="zh") == ()


def test_no_sentence_comes_a_second_time_while_the_block_that_has_it_waits() -> None:
    """English cuts a paragraph within what a translator made one sentence: the others stay where they are, too."""
    base = f"# Rope\n\n{ONE} {TWO} {THREE} In the evening all of them are hung up to dry.\n"
    head = base.replace(f"{TWO} {THREE} ", f"{TWO}\n\n{THREE}\n\n")
    target = "# 绳\n\n湿绳子很重，湿的时候千万别盘，否则会从里面烂掉。到了晚上，要把它们全都挂起来晾干。\n"
    plan = plan_document(base, head, target, OPTIONS)
    found = replace(
        plan.steps[-1], action="reuse", text=TextInParts((Piece("到了晚上，要把它们全都挂起来晾干。", False),))
    )
    plan = conserved(replace(plan, steps=(*plan.steps[:-1], found)))
    assert [step.action for step in plan.steps] == ["keep", "conflict", "conflict", "conflict"]


def test_what_waits_for_a_person_is_not_written_at_its_new_place_by_the_next_run() -> None:
    """A sentence went into a new paragraph, its old block is left to a person and owes: nothing is added later on."""
    sign = "This is what sailors say."
    base, head = f"# Rope\n\n{ONE} {TWO}\n\nThe end.\n", f"# Rope\n\nThe end.\n\n{sign} {TWO}\n"
    plan = plan_document(base, head, "# 绳\n\n湿绳子很重，湿的时候千万别盘。\n\n完。\n", OPTIONS)
    steps = [replace(s, action="conflict") if s.action == "delete" else s for s in plan.steps]
    assert [s.action for s in steps] == ["keep", "conflict", "keep", "translate"]
    plan = conserved(replace(plan, steps=tuple(steps)))
    assert [s.action for s in plan.steps] == ["keep", "conflict", "keep", "conflict"]
