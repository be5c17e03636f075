"""What a block says whatever its language."""

from __future__ import annotations

import pytest

from amts_action.documents.anchors import anchors, canonical_code, canonical_math, strong_key
from amts_action.documents.blocks.markdown import parse_markdown


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("# a comment\nx = 1", "# 注释\nx = 1"),
        ("plot(x, 'loss')  # draw", "plot(x, '损失')"),
        ('f("""Text\nof two""")', 'f("""文字""")'),
        ("x = 1", "x  =  1\n\n"),
    ],
)
def test_a_localised_program_is_the_same_program(english: str, chinese: str) -> None:
    """Comments, texts and white space do not count."""
    assert canonical_code(english) == canonical_code(chinese)


@pytest.mark.parametrize(("one", "other"), [("x = 1", "x = 2"), ("#@tab mxnet\nx", "#@tab jax\nx"), ("a.b()", "a.c()")])
def test_another_program_is_another(one: str, other: str) -> None:
    """Names, numbers and magic comments count."""
    assert canonical_code(one) != canonical_code(other)


def test_a_localised_formula_is_the_same_formula() -> None:
    """Words in a formula, its white space and the full stop after it do not count."""
    assert canonical_math("$$x = \\text{if } y.$$") == canonical_math("$$x=\\text{如果}y。$$")
    assert canonical_math("```{math}\n:label: a\nx\n```") == canonical_math("$$x$$ (b)")
    assert canonical_math("$$x$$") != canonical_math("$$y$$")


def test_a_block_and_its_translation_share_anchors() -> None:
    """Formulas, references, numbers and Latin names are what a translation keeps."""
    english, chinese = (
        parse_markdown(text).blocks[0]
        for text in ("In 2012 AlexNet :cite:`A` had $n$ layers.", "2012年AlexNet :cite:`A` 有$n$层。")
    )
    shared = anchors(english) & anchors(chinese)
    assert {"n2012", "walexnet", "p:cite:`A`", "p$n$"} <= set(shared)


def test_strong_keys_are_for_blocks_that_say_much() -> None:
    """A short program or a paragraph is no sure sign of anything."""
    blocks = parse_markdown("# A\n:label:`sec_a`\n\nWords.\n\n```python\nx\n```\n\n$$y = f(x) + 12$$\n").blocks
    assert [strong_key(b)[:1] for b in blocks] == ["", "l", "", "", "m"]


@pytest.mark.parametrize(
    "text", ['\\"' * 20_000, '"' * 20_001, "\n" * 40_000, "\\text{" * 8_000, "$$" * 20_000, "'\\'" * 9_000]
)
def test_hostile_text_has_canonical_forms(text: str) -> None:
    """Unclosed texts and rows of blank lines get no longer; quadratic work would run into the test's limit."""
    assert len(canonical_code.__wrapped__(text)) <= len(text)
    assert len(canonical_math.__wrapped__(text)) <= len(text)
