"""Finding the English version of a translation: histories made here, whose truth is known."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from thorough import examples

from amts_action.alignment.page_base.anchors import fingerprint
from amts_action.alignment.page_base.search import FoundBase, SourceVersion, TargetVersion, find_base

START = datetime(2021, 1, 1, tzinfo=UTC)
PROSE = {
    "Numbers stand for things.": "数字代表事物。",
    "We train for a while.": "我们训练一会儿。",
    "Every model has limits.": "每个模型都有限度。",
    "Read this section twice.": "请把本节读两遍。",
    "The old way was slow.": "旧方法很慢。",
    "Nobody knows the reason.": "没有人知道原因。",
    "It often works well.": "它往往很有效。",
}
CODE = "```python\nmodel = build(layers={0}, width={1})\nfit(model, data, rate={2})\n```"
SETUP = "```python\n" + "\n".join(f"from package_{n} import thing_{n}" for n in range(20)) + "\n```"
FORMULA = "$$y = {0} x + b_{1}$$"


def page(*, layers: int = 3, width: int = 64, rate: str = "0.1", slope: int = 2, more: Sequence[str] = ()) -> str:
    """An English page with two programs' worth of lines, formulas, references and numbers."""
    parts = ["# Models", *list(PROSE)[:3], "See :numref:`sec_one` and [a page](https://example.org/a) of 1998."]
    parts += [
        SETUP,
        CODE.format(layers, width, rate),
        FORMULA.format(slope, 1),
        *(FORMULA.format(7, n) for n in range(2, 9)),
        *more,
    ]
    parts += ["The name `build` is used 12 times in :cite:`Smith.2001`.", "## Limits", list(PROSE)[3]]
    return "\n\n".join(parts) + "\n"


def translated(text: str) -> str:
    """What a translator makes of a page: other words, the same code and formulas."""
    for english, chinese in PROSE.items():
        text = text.replace(english, chinese)
    words = {"Models": "模型", "Limits": "限度", "See": "参见", "and [a page]": "和[一页]", " of 1998": "（1998 年）"}
    words |= {"The name": "名字", "is used 12 times in": "用了 12 次，见"}
    for english, chinese in words.items():
        text = text.replace(english, chinese)
    return text


def source(*texts: str, step: int = 10, path: str = "page.md") -> list[SourceVersion]:
    """A history, newest first, of texts given oldest first, `step` days apart."""
    made = []
    for n, text in enumerate(texts):
        oid = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        made.append(SourceVersion(f"{n:040x}", oid, path, START + timedelta(days=step * n), text))
    return made[::-1]


def target(*texts: tuple[int, str]) -> list[TargetVersion]:
    """A history, newest first, of (day, text) given oldest first."""
    return [TargetVersion(START + timedelta(days=day), text) for day, text in texts][::-1]


def place(found: FoundBase, versions: Sequence[SourceVersion]) -> int:
    """Which of the texts was found, 0 the oldest."""
    assert found.best is not None
    return len(versions) - 1 - found.best.index


VERSIONS = [page(), page(rate="0.2"), page(rate="0.2", slope=5), page(rate="0.2", slope=5, width=128)]


@pytest.mark.parametrize("true", range(len(VERSIONS)))
def test_versions_that_differ_in_one_number_are_told_apart(true: int) -> None:
    versions = source(*VERSIONS)
    found = find_base(versions, target((100, translated(VERSIONS[true]))), name="page.md")
    assert place(found, versions) == true
    assert found.is_certain
    assert found.best == found.candidates[0]
    assert (found.best.commit, found.best.oid) == (f"{true:040x}", versions[-1 - true].oid)


def test_a_version_is_not_newer_than_its_translation() -> None:
    versions = source(page(), page(more=["It often works well."]), page(more=["The old way was slow."]))
    found = find_base(versions, target((15, translated(page()))), name="page.md")
    assert place(found, versions) == 1
    assert not any(c.index == 0 for c in found.candidates)


def test_clocks_may_differ_by_some_hours() -> None:
    versions = source(page(), page(slope=5))
    late = [TargetVersion(versions[0].date - timedelta(hours=5), translated(page(slope=5)))]
    assert place(find_base(versions, late, name="page.md"), versions) == 1


def test_what_cannot_be_told_apart_is_said_with_the_newest_first() -> None:
    versions = source(page(), page(more=["It often works well."]), page(more=["Nobody knows the reason."]))
    found = find_base(versions, target((100, translated(page()))), name="page.md")
    assert place(found, versions) == 2
    assert not found.is_certain
    assert {c.index for c in found.candidates} == {0, 1, 2}
    assert "cannot be ruled out" in found.reason
    assert [c.score for c in found.candidates] == pytest.approx([6 / 11, 3 / 11, 2 / 11], abs=0.001)


def test_versions_that_differ_in_form_are_one() -> None:
    versions = source(page(), page().replace("We train for", "We train\nfor"))
    found = find_base(versions, target((100, translated(page()))), name="page.md")
    assert place(found, versions) == 1
    assert found.is_certain
    assert len(found.candidates) == 1


def test_later_commits_that_touch_only_the_wording_do_not_move_the_base() -> None:
    before = page(more=["It often works well."])
    versions = source(before, page(more=["Nobody knows the reason."]))
    first = translated(before)
    polished = first.replace("我们训练一会儿", "我们先训练片刻").replace("很有效", "相当有效")
    found = find_base(versions, target((5, first), (200, polished)), name="page.md")
    assert place(found, versions) == 0


def test_a_reference_dropped_in_passing_does_not_move_the_base() -> None:
    before = page(more=["It often works well."])
    versions = source(before.replace("of 1998", "of 1998 and 1998"), before, page(more=["Nobody knows the reason."]))
    first = translated(before)
    polished = first.replace("（1998 年）", "").replace("很有效", "相当有效")
    assert place(find_base(versions, target((15, first)), name="page.md"), versions) == 1
    assert place(find_base(versions, target((15, first), (200, polished)), name="page.md"), versions) == 1


def test_code_carried_over_alone_does_not_move_the_base_but_is_said() -> None:
    before, after = page(more=["It often works well."]), page(layers=4, rate="0.5", more=["The old way was slow."])
    versions = source(before, after)
    first = translated(before)
    ported = first.replace("layers=3", "layers=4").replace("rate=0.1", "rate=0.5")
    found = find_base(versions, target((5, first), (50, ported)), name="page.md")
    assert place(found, versions) == 0
    assert not found.is_certain
    assert "carried over" in found.reason
    assert {c.index for c in found.candidates} == {0, 1}


def test_a_synchronised_translation_has_the_newer_base() -> None:
    before, after = page(more=["It often works well."]), page(layers=4, rate="0.5", more=["The old way was slow."])
    versions = source(before, after)
    found = find_base(versions, target((5, translated(before)), (50, translated(after))), name="page.md")
    assert place(found, versions) == 1
    assert found.is_certain


def test_a_version_that_was_taken_over_and_taken_back_is_the_base_no_more() -> None:
    before, after = page(more=["It often works well."]), page(layers=4, rate="0.5", more=["The old way was slow."])
    versions = source(before, after)
    texts = [translated(text) for text in (before, after, before)]
    found = find_base(versions, target((5, texts[0]), (30, texts[1]), (40, texts[2])), name="page.md")
    assert place(found, versions) == 0
    assert found.is_certain


def test_half_of_a_newer_version_does_not_move_the_base() -> None:
    before, after = page(), page(rate="0.5", slope=3)
    versions = source(before, after)
    first = translated(before)
    without = first.replace("y = 2 x", "")
    half = first.replace("rate=0.1", "rate=0.5").replace("我们训练一会儿", "我们先训练片刻")
    found = find_base(versions, target((15, first), (30, without), (50, half)), name="page.md")
    assert place(found, versions) == 0


def test_a_translation_made_in_two_steps() -> None:
    versions = source(page(), page(rate="0.2", slope=5))
    english = page(rate="0.2", slope=5)
    half = translated(english[: len(english) // 2]) + english[len(english) // 2 :]
    steps = target((12, english), (13, half), (14, translated(english)))
    assert place(find_base(versions, steps, name="page.md"), versions) == 1


def test_renames_are_followed() -> None:
    old = source(page(), page(rate="0.2"), path="old/name.md")
    new = [SourceVersion("f" * 40, "e" * 40, "new/name.md", START + timedelta(days=90), page(rate="0.2", slope=5))]
    found = find_base([*new, *old], target((100, translated(page()))), name="new/name.md")
    assert found.best is not None
    assert (found.best.path, found.best.index) == ("old/name.md", 2)


def test_an_unrelated_text_is_not_certain_and_has_candidates() -> None:
    other = "# 花园\n\n春天来了，花都开了。\n\n```python\nplant(seeds=40)\n```\n\n$$z = k^2$$\n\n请浇水。\n"
    versions = source(*VERSIONS)
    found = find_base(versions, target((100, other)), name="page.md")
    assert not found.is_certain
    assert len(found.candidates) == len(VERSIONS)
    assert found.reason.startswith("no version fits")
    only = find_base(versions[:1], target((100, other)), name="page.md")
    assert (only.is_certain, only.is_plausible) == (False, False)


def test_pages_without_any_anchor_are_not_certain() -> None:
    versions = source("One.\n\nTwo.\n", "One.\n\nThree.\n")
    found = find_base(versions, target((100, "一。\n\n二。\n")), name="page.md")
    assert (place(found, versions), found.is_certain, found.is_plausible) == (1, False, True)
    assert not find_base(versions[:1], target((100, "一。")), name="page.md").is_certain


def test_a_source_newer_than_the_translation_is_not_believed() -> None:
    versions = source(*VERSIONS)
    found = find_base(versions, target((-50, translated(VERSIONS[1]))), name="page.md")
    assert (place(found, versions), found.is_certain) == (1, False)
    assert "newer" in found.reason


def test_a_target_that_first_was_older_than_the_source() -> None:
    versions = source(*VERSIONS)
    history = target((-50, translated(VERSIONS[2])), (100, translated(VERSIONS[2])))
    assert place(find_base(versions, history, name="page.md"), versions) == 2


@pytest.mark.parametrize(("versions", "translation"), [([], target((1, "文"))), (source("text"), [])])
def test_empty_histories(versions: list[SourceVersion], translation: list[TargetVersion]) -> None:
    found = find_base(versions, translation, name="page.md")
    assert (found.best, found.candidates, found.is_certain) == (None, (), False)
    assert found.reason


def notebook(*cells: tuple[str, str, str]) -> str:
    """A notebook of (id, kind, source)."""
    made = [{"cell_type": kind, "metadata": {"id": i}, "source": text.splitlines(True)} for i, kind, text in cells]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 0})


def test_notebooks_are_told_apart_by_their_cells() -> None:
    start = [("a", "markdown", "# Models"), ("b", "code", "model = build(layers=3)\nfit(model, data, rate=0.1)")]
    texts = [start, [*start, ("c", "markdown", "It often works well.")], [*start, ("d", "markdown", "Every model.")]]
    versions = source(*(notebook(*cells) for cells in texts))
    own = notebook(("a", "markdown", "# 模型"), start[1], ("c", "markdown", "它往往很有效。"))
    found = find_base(versions, target((100, own)), name="page.ipynb")
    assert place(found, versions) == 1


def test_a_broken_notebook_is_looked_at_as_text() -> None:
    versions = source('{"cells": [', notebook(("a", "code", "x = 1")))
    assert find_base(versions, target((100, "{")), name="page.ipynb").best is not None


def test_no_more_candidates_are_named_than_a_person_can_compare() -> None:
    found = find_base(source(*(page(slope=n) for n in range(2, 9))), target((100, "文")), name="page.md")
    assert len(found.candidates) == 5


TEXTS = st.lists(
    st.sampled_from(
        [*PROSE, "```python\nx = call(1)\n```", "````", "```{note}", "```", "$$a+b$$", "\r\n", "# H", "1 2"]
    )
).map("\n\n".join)


@examples(60)
@given(TEXTS, TEXTS)
def test_a_fingerprint_does_not_depend_on_its_neighbour(one: str, other: str) -> None:
    alone = fingerprint(one, name="page.md")
    assert fingerprint(one, name="page.md", near=fingerprint(other, name="page.md")) == alone


@examples(40)
@given(st.lists(TEXTS, min_size=1, max_size=5), st.lists(TEXTS, min_size=1, max_size=4))
def test_any_two_histories_give_an_answer(english: list[str], own: list[str]) -> None:
    versions = source(*english, step=1)
    found = find_base(versions, target(*enumerate(own)), name="page.md")
    assert found.best == found.candidates[0]
    assert all(0 <= c.score <= 1 and versions[c.index].commit == c.commit for c in found.candidates)
    assert len({c.index for c in found.candidates}) == len(found.candidates)
