"""Blocks that a translator drew into a neighbour are found there by what they hold."""

from __future__ import annotations

import pytest

from amts_action.alignment.blocks import align_blocks
from amts_action.alignment.drawn_in import drawn_in
from amts_action.documents.blocks.markdown import parse_markdown

FORMULA = "$$L = \\sum_{i=1}^{n} w_i \\cdot d_i$$"


def _english(condition: str) -> str:
    return f"# Load\n\nThe load of a rope is given by\n\n{FORMULA}\n\n{condition}\n\nRopes rest in winter.\n"


def _groups(english: str, own: str) -> dict[tuple[int, ...], tuple[int, ...]]:
    base, target = parse_markdown(english).blocks, parse_markdown(own).blocks
    beads = drawn_in(align_blocks(base, target), base, target)
    assert sorted(i for b in beads for i in b.source) == list(range(len(base)))
    assert sorted(j for b in beads for j in b.target) == list(range(len(target)))
    return {b.source: b.target for b in beads}


@pytest.mark.parametrize(
    ("condition", "own", "is_found"),
    [
        ("for any $i = 1, 2, \\ldots, n$.", "对任意$i = 1, 2, \\ldots, n$，绳子的载荷为：", True),
        ("for any $i = 1, 2, \\ldots, n$.", "绳子的载荷为：", False),
        ("for any $i$.", "对任意$i$，绳子的载荷为：", False),
        ("for ropes of hemp.", "对麻绳，绳子的载荷为：", False),
    ],
    ids=["there", "left out", "a short formula tells nothing", "no formula"],
)
def test_a_condition_put_before_its_formula(condition: str, own: str, is_found: bool) -> None:
    """What follows a formula in English may stand before it in another language."""
    found = _groups(_english(condition), f"# 载荷\n\n{own}\n\n{FORMULA}\n\n绳子冬天休息。\n")
    assert found[0,] == (0,)
    assert ((1, 3) in found) == is_found


def test_what_the_neighbour_holds_for_itself_is_not_the_lost_block() -> None:
    """The same formula in the neighbour's own English accounts for the one in its translation."""
    english = _english("for any $i = 1, 2, \\ldots, n$.").replace("is given", "is for all $i = 1, 2, \\ldots, n$ given")
    found = _groups(english, f"# 载荷\n\n对任意$i = 1, 2, \\ldots, n$，绳子的载荷为：\n\n{FORMULA}\n\n绳子冬天休息。\n")
    assert (1, 3) not in found


def test_a_formula_with_marks_around_it_is_that_formula() -> None:
    """Marks of slides make a paragraph of a display formula."""
    own = f"# 载荷\n\n绳子的载荷为\n\n(**{FORMULA}**)\n\n其中的绳子都是麻绳。\n\n绳子冬天休息。\n"
    found = _groups(_english("where all ropes are of hemp."), own)
    assert found[2,] == (2,)


def test_nothing_is_drawn_over_a_heading() -> None:
    """What stands in the next section is of that section, whatever it holds."""
    formula = "$i = 1, 2, \\ldots, n$"
    english = _english(f"for any {formula}.").replace("Ropes rest", "## Winter\n\nRopes rest")
    found = _groups(english, f"# 载荷\n\n绳子的载荷为：\n\n{FORMULA}\n\n## 冬天\n\n对任意{formula}，绳子冬天休息。\n")
    assert found[3,] == ()
