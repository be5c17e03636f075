"""Which English table of contents a translation's table was made from."""

from __future__ import annotations

from amts_action.companions.toc import merge_toc
from amts_action.companions.toc_base import best_base

OLD_FORM = "- file: start\n- part: Metals\n  chapters:\n  - file: iron\n"
FIRST = "format: jb-book\nroot: start\nchapters:\n- file: iron\n"
SECOND = "format: jb-book\nroot: start\nchapters:\n- file: iron\n- file: tin\n"
MOVED = "format: jb-book\nroot: start\nchapters:\n- file: tin\n- file: iron\n"
OURS = "format: jb-book\nroot: start\nchapters:\n- file: iron\n  title: 铁\n- file: thanks\n"


def test_the_version_with_the_same_pages_is_taken() -> None:
    """Pages that no English version ever had are the translators' own and do not count."""
    assert best_base([SECOND, FIRST, OLD_FORM], OURS) == FIRST
    assert best_base([SECOND, FIRST, OLD_FORM], OURS.replace("- file: thanks", "- file: tin")) == SECOND


def test_the_form_counts_most() -> None:
    """A version of another form is not compared, even when it has the same pages."""
    ours = "- file: start\n- part: 金属\n  chapters:\n  - file: iron\n"
    assert best_base([SECOND, FIRST, OLD_FORM], ours) == OLD_FORM


def test_order_and_then_the_pages_decide() -> None:
    """Of versions with the same pages the one in the same order; of equals the likely one, else the oldest."""
    ours = MOVED.replace("- file: iron", "- file: iron\n  title: 铁")
    assert best_base([SECOND, MOVED, FIRST], ours) == MOVED
    titled = FIRST.replace("- file: iron", "- file: iron\n  title: Iron")
    assert best_base([titled, FIRST], OURS) == FIRST
    assert best_base([titled, FIRST], OURS, titled) == titled


def test_what_cannot_be_read_is_left_out() -> None:
    """A broken version is no candidate; without any the likely one stands."""
    assert best_base(["- [", FIRST], OURS) == FIRST
    assert best_base(["- ["], OURS) is None
    assert best_base([FIRST], "- [", SECOND) == SECOND


def test_a_page_that_arrives_gets_its_entry_whatever_the_base_had() -> None:
    """The base has the page, the translation had it not, and now it comes."""
    for arriving, added in ((lambda page: page == "tin", ("file:tin",)), (lambda page: False, ())):
        result = merge_toc(SECOND, SECOND, OURS, lambda page: True, arriving)
        assert result.added == added
