"""What a system is tested on is in nothing that it learns from, wherever the book says it again."""

from __future__ import annotations

import pytest

from amts_action.memory.harvest import CandidatePair
from amts_action.training.held_out import HeldOut

ENGLISH = "# Summary\n\nThe gradient points in the direction of steepest ascent. It is a vector of `derivatives`.\n"
CHINESE = "# 小结\n\n梯度指向函数上升最快的方向。它是由`偏导数`组成的向量。\n"
LANGUAGES = ("en", "zh")


@pytest.fixture
def held() -> HeldOut:
    """The sentences of one article."""
    return HeldOut(zip((ENGLISH.split("\n\n"), CHINESE.split("\n\n")), LANGUAGES, strict=True))


@pytest.mark.parametrize(
    ("source", "target", "wanted"),
    [
        ("The gradient points in the direction of steepest ascent.", "梯度。", True),
        ("the GRADIENT points in the *direction* of steepest   ascent!", "梯度。", True),
        ("The gradient points in a direction of steepest ascent.", "梯度。", True),
        ("Recall this. The gradient points in the direction of steepest ascent. So we follow it.", "回忆。", True),
        ("Up is where it points.", "梯度指向函数上升最快的方向。", True),
        ("Up is where it points.", "我们说：梯度指向函数上升最快的方向。", False),
        ("The gradient is a matrix for functions with several outputs.", "梯度是矩阵。", False),
        ("Summary", "小结", False),
        ("", "", False),
    ],
)
def test_same_and_nearly_same_sentences(held: HeldOut, source: str, target: str, wanted: bool) -> None:
    """On either side, inside a paragraph, with other marks, capitals or one other word; a short text tells nothing."""
    assert held.holds(source, target, LANGUAGES) is wanted


def test_pairs_that_are_kept_out_are_counted_once(held: HeldOut) -> None:
    """In both directions and for all systems they are the same pairs."""
    pairs = [CandidatePair(a, b, 1.0, "b.md", 1) for a, b in (
        ("It is a vector of `derivatives`.", "它是向量。"), ("A flower grows in the garden.", "花。"),
    )]  # fmt: skip
    assert held.without(pairs, LANGUAGES) == held.without(pairs, LANGUAGES) == pairs[1:]
    assert held.count == 1
