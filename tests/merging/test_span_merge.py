"""Changes of protected spans made in people's translation without an engine."""

from __future__ import annotations

import pytest

from amts_action.merging.rewriting.span_merge import patch_math, patch_spans

DONE = [
    ("the $x$ is", "the $y$ is", "这是$x$。", "这是$y$。"),
    ("see :numref:`a` and `f`", "see :numref:`b` and `g`", "见 :numref:`a` 和`f`", "见 :numref:`b` 和`g`"),
    ("see :numref:`a` and `f`", "see :numref:`b` and `g`", "`f` 见 :numref:`a`", "`g` 见 :numref:`b`"),
    ("[a](b) c", "[a](d) c", "[甲](b)丙", "[甲](d)丙"),
    ("![a](b.png)", "![a](c.svg)", "![甲](b.png)", "![甲](c.svg)"),
    ("swap $a$ $b$", "swap $b$ $a$", "换$a$ $b$", "换$b$ $a$"),
    ("{doc}`a <b>`", "{doc}`a <c>`", "{doc}`甲 <b>`", "{doc}`甲 <c>`"),
]
REFUSED = [
    ("the $x$", "the $y$", "这是$z$。"),
    ("$x$ and $x$", "$x$ and $y$", "$x$ 和 $x$"),
    ("the $x$", "the", "$x$"),
]


@pytest.mark.parametrize(("base", "head", "target", "expected"), DONE)
def test_patched(base: str, head: str, target: str, expected: str) -> None:
    """The same change is made in the translation, wherever its spans stand."""
    result = patch_spans(base, head, target)
    assert result is not None
    assert result.text == expected


@pytest.mark.parametrize(("base", "head", "target"), REFUSED)
def test_refused(base: str, head: str, target: str) -> None:
    """Where it is not plain which span is meant, nothing is patched."""
    assert patch_spans(base, head, target) is None


def test_already_made() -> None:
    """A change that the translator has made already is left and said."""
    result = patch_spans("the $x$", "the $y$", "这是$y$。")
    assert result is not None
    assert (result.text, bool(result.flags)) == ("这是$y$。", True)


def test_equation_keeps_the_translators_words() -> None:
    """`\\text{…}` of the translation stays; an equation that had been changed otherwise gives way with a flag."""
    made = patch_math("$$x \\text{ if } y$$", "$$z \\text{ if } y$$", "$$x \\text{ 如果 } y$$")
    assert (made.text, made.flags) == ("$$z \\text{ 如果 } y$$", ())
    roman = patch_math("$$x \\textrm{if} y$$", "$$z \\textrm{if} y$$", "$$x \\mathrm{如果} y$$")
    assert (roman.text, roman.flags) == ("$$z \\textrm{如果} y$$", ())
    assert patch_math("$$x$$", "$$y$$", "$$w$$").flags
    assert patch_math("$$x T y$$", "$$z T y$$", "$$x \\text{如果} y$$").flags  # words where the English has a letter
