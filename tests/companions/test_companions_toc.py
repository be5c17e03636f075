"""Merge of tables of contents: changes of the English one arrive, everything else stays."""

from __future__ import annotations

import contextlib
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from thorough import examples

from amts_action.companions.toc import TocResult, merge_toc, merge_toc_fence, merge_toc_fences
from amts_action.companions.tocfile import TocError, read_toc

BASE = """format: jb-book
root: intro
parts:
- caption: Tools
  numbered: true
  chapters:
  - file: a
  - file: b
    sections:
    - file: b1
    - file: b2
- caption: Search
  chapters:
  - file: c
  - file: d
"""
TARGET = """# 目录
format: jb-book
root: intro   # 首页
parts:
  - caption: "工具"
    numbered: true
    chapters:
      - file: a.md  # 第一章
        title: 甲

      # 只有中文版
      - file: own
      - file:  b
        sections:
          - file: b1
          - file: b2
  - chapters:
      - file: c
      # - file: draft
      - url: https://example.org/中文
        title: 链接
      - file: d
    caption: '搜索'
    x-note: {a: [1, 2]}
"""


def every(page: str) -> bool:
    return True


def merged(head: str, target: str = TARGET, base: str = BASE) -> TocResult:
    result = merge_toc(base, head, target, every)
    again = merge_toc(base, head, result.text, every)
    assert (again.text, again.added, again.removed, again.moved) == (result.text, (), (), ())
    assert merge_toc(head, head, result.text, every).text == result.text
    return result


def test_no_change() -> None:
    assert merge_toc(BASE, BASE, TARGET, every) == TocResult(TARGET)


@pytest.mark.parametrize(
    "text", [BASE, TARGET, TARGET.replace("\n", "\r\n"), "\ufeff" + TARGET, "---\n" + BASE + "...\n"]
)
def test_reading_is_lossless(text: str) -> None:
    assert read_toc(text).text() == text


CASES = {
    "added after its sibling": (
        "  - file: a\n",
        "  - file: a\n  - file: n\n",
        "        title: 甲\n",
        "      - file: n\n",
    ),
    "added in front": ("  - file: a\n", "  - file: n\n  - file: a\n", "    chapters:\n", "      - file: n\n"),
    "added at the end": ("  - file: d\n", "  - file: d\n  - file: n # new\n", "file: d\n", "      - file: n # new\n"),
    "added section": ("    - file: b1\n", "    - file: b1\n    - file: n\n", "file: b1\n", "          - file: n\n"),
    "first section of a page": (
        "  - file: c\n",
        "  - file: c\n    sections:\n    - file: n\n",
        "- file: c\n",
        "        sections:\n          - file: n\n",
    ),
    "added link": (
        "  - file: c\n",
        "  - file: c\n  - url: https://e.org\n",
        "- file: c\n",
        "      - url: https://e.org\n",
    ),
    "new part": (
        "- caption: Search\n",
        "- caption: New\n  numbered: true\n  chapters:\n  - file: n\n  - file: m\n- caption: Search\n",
        "          - file: b2\n",
        "  - caption: New\n    numbered: true\n    chapters:\n      - file: n\n      - file: m\n",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_addition(name: str) -> None:
    """The expected text is the target with the new lines put after the first occurrence of an anchor."""
    old, new, anchor, lines = CASES[name]
    result = merged(BASE.replace(old, new, 1))
    assert result.text == TARGET.replace(anchor, anchor + lines, 1)
    assert result.added and not result.removed and not result.moved


def test_crlf_and_missing_final_newline_are_kept() -> None:
    target = TARGET.replace("\n", "\r\n").removesuffix("\r\n")
    head = BASE.replace("  - file: a\n", "  - file: a\n  - file: n\n") + "  - file: z\n"
    result = merged(head, target)
    assert result.added == ("file:n", "file:z")
    assert result.text.replace("\r\n", "").count("\n") == 0 and result.text.endswith("[1, 2]}")
    tail = BASE.removesuffix("\n")
    assert merged(BASE + "  - file: z\n", tail).text == tail + "\n  - file: z"


def test_removal_keeps_comments() -> None:
    result = merged(BASE.replace("  - file: d\n", "").replace("  - file: a\n", ""))
    assert result.removed == ("file:d", "file:a")
    assert result.text == TARGET.replace("      - file: d\n", "").replace(
        "      - file: a.md  # 第一章\n        title: 甲\n", ""
    )


def test_removal_of_the_last_section_drops_the_key() -> None:
    result = merged(BASE.replace("    sections:\n    - file: b1\n    - file: b2\n", ""))
    assert result.text == TARGET.replace("        sections:\n          - file: b1\n          - file: b2\n", "")


def test_removed_page_with_own_sections_stays() -> None:
    target = TARGET.replace("          - file: b2\n", "          - file: b2\n          - file: ours\n")
    head = BASE.replace("  - file: b\n    sections:\n    - file: b1\n    - file: b2\n", "")
    result = merge_toc(BASE, head, target, every)
    assert result.text == target.replace("          - file: b1\n          - file: b2\n", "")
    assert "file:b is gone" in result.flags[0]


def test_removed_part() -> None:
    head = BASE[: BASE.index("- caption: Search")]
    result = merge_toc(BASE, head, TARGET, every)
    assert "  - chapters:\n" in result.text and "https://example.org" in result.text
    assert result.removed == ("file:d", "file:c") and "搜索" in result.flags[-1]
    bare = TARGET.replace("      - url: https://example.org/中文\n        title: 链接\n", "")
    assert "搜索" not in merge_toc(BASE, head, bare, every).text


def test_move_to_another_part_takes_title_and_sections_along() -> None:
    head = BASE.replace("  - file: a\n", "").replace("  - file: d\n", "  - file: d\n  - file: a\n")
    result = merged(head)
    entry = "      - file: a.md  # 第一章\n        title: 甲\n"
    assert result.text == TARGET.replace(entry, "").replace("file: d\n", "file: d\n" + entry)
    assert result.moved == ("file:a",)


def test_move_to_another_depth() -> None:
    head = BASE.replace("  - file: d\n", "").replace("    - file: b1\n", "    - file: d\n    - file: b1\n")
    result = merged(head)
    assert "        sections:\n          - file: d\n          - file: b1\n" in result.text


def test_moved_part_keeps_its_caption() -> None:
    cut = BASE.index("- caption: Tools"), BASE.index("- caption: Search")
    head = BASE[: cut[0]] + BASE[cut[1] :] + BASE[cut[0] : cut[1]]
    result = merged(head)
    order = [item.title or item.name for item in read_toc(result.text).walk()]
    assert order.index("搜索") < order.index("工具")
    assert sorted(result.text) == sorted(TARGET)


def test_place_chosen_by_the_translators_stays() -> None:
    target = TARGET.replace("      - file: c\n", "").replace(
        "      - file: own\n", "      - file: own\n      - file: c\n"
    )
    head = BASE.replace("  - file: c\n", "").replace("    - file: b2\n", "    - file: b2\n    - file: c\n")
    result = merge_toc(BASE, head, target, every)
    assert result.text == target and "say where it belongs" in result.flags[0]


def test_only_pages_that_the_translation_has() -> None:
    head = BASE.replace("  - file: a\n", "  - file: a\n  - file: n\n  - file: m\n")
    result = merge_toc(BASE, head, TARGET, lambda page: page == "m")
    assert result.added == ("file:m",) and "file:n" not in result.text and "file:n" in result.flags[0]


def test_entries_never_translated_stay_out() -> None:
    target = TARGET.replace("          - file: b2\n", "")
    assert "b2" not in merged(BASE.replace("  - file: d\n", "  - file: d\n  - file: n\n"), target).text


def test_new_caption_is_flagged_and_the_translated_one_kept() -> None:
    result = merged(BASE.replace("caption: Search", "caption: Search and Matching"))
    assert result.text == TARGET and "Search and Matching" in result.flags[0]


def test_myst_project() -> None:
    base = (
        "version: 1\nproject:\n  title: T\n  toc:\n    - file: a.md\n    - title: P\n"
        "      children:\n        - file: b.md\nsite:\n  x: 1\n"
    )
    target = base.replace("title: T", "title: 书").replace("title: P", "title: 部")
    result = merged(
        base.replace("        - file: b.md\n", "        - file: b.md\n        - file: c.md\n"), target, base
    )
    assert result.text == target.replace("- file: b.md\n", "- file: b.md\n        - file: c.md\n")


def test_list_form_with_blank_lines_between_parts() -> None:
    base = "- file: intro\n\n- part: A\n  chapters:\n    - file: a\n\n- part: B\n  chapters:\n    - file: b\n"
    new = "- part: N\n  chapters:\n    - file: n\n\n"
    target = base.replace("part: A", "part: 甲").replace("part: B", "part: 乙")
    result = merged(base.replace("- part: B", new + "- part: B"), target, base)
    assert result.text == target.replace("- part: 乙", new + "- part: 乙")


def test_form_that_cannot_be_copied_is_left_alone() -> None:
    """The head's new part begins with the key of its list, so that its other keys have no dash of their own."""
    head = BASE + "- chapters:\n  - file: n\n  caption: New\n"
    result = merge_toc(BASE, head, TARGET, every)
    assert result.text == TARGET and "well formed" in result.flags[0]


BAD = {
    "invalid": "parts: [",
    "aliases": "a: &a [x]\nparts:\n- file: *a\n",
    "nesting": "chapters: " + "[" * 5000 + "]" * 5000,
    "entries": "chapters:\n" + "- file: a\n" * 9000,
    "size": "# " + "x" * 200_001,
    "flow": "format: jb-book\nroot: i\nchapters: [{file: a}]\n",
    "empty": "",
    "scalar": "hello",
    "two documents": BASE + "---\n" + BASE,
    "tag": "!!python/object/apply:os.system ['true']",
    "nul": BASE + "\0",
    "conflict": BASE.replace("- caption: Search", "<<<<<<< ours\n- caption: Search"),
    "list of names": "chapters:\n- a\n- b\n",
    "empty list": "format: jb-book\nroot: a\nchapters:\n",
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("place", range(3))
def test_bad_file_is_flagged_and_nothing_changes(name: str, place: int) -> None:
    texts = [BASE, BASE + "  - file: z\n", TARGET]
    texts[place] = BAD[name]
    result = merge_toc(*texts, every)
    assert result.text == texts[2] and len(result.flags) == 1 and "\n" not in result.flags[0]


@given(st.lists(st.one_of(st.sampled_from(BASE.split("\n")), st.text(max_size=6)), max_size=20).map("\n".join))
@examples(100)
def test_any_text(text: str) -> None:
    for texts in ((text, BASE, TARGET), (BASE, text, TARGET), (BASE, BASE.replace("file: d", "file: e"), text)):
        merge_toc(*texts, every)
    with contextlib.suppress(TocError):
        assert read_toc(text).text() == text


PAGES = [f"p{number}" for number in range(9)]
BOOKS = st.tuples(st.permutations(PAGES), st.lists(st.integers(1, 3), min_size=2, max_size=4))


def book(pages: list[str], sizes: list[int], captions: str) -> str:
    lines, at = ["format: jb-book", "root: i", "parts:"], 0
    for number, size in enumerate(sizes):
        if at < len(pages):
            lines += [f"- caption: {captions}{number}", "  chapters:"]
            lines += [f"  - file: {page}" for page in pages[at : at + size]]
            at += size
    return "\n".join(lines) + "\n"


def shape(text: str) -> list[list[str]]:
    top = read_toc(text).children
    assert top is not None
    return [[item.name for item in part.walk()] for part in top.items]


@given(BOOKS, BOOKS)
@examples(60)
def test_faithful_translation_follows_every_change(
    old: tuple[list[str], list[int]], new: tuple[list[str], list[int]]
) -> None:
    """Where the target differs from base only in captions, the result has head's pages in head's parts and order."""
    base, head, target = book(*old, "Part "), book(*new, "Part "), book(*old, "第")
    result = merge_toc(base, head, target, every)
    assert shape(result.text) == shape(head)
    assert merge_toc(head, head, result.text, every).text == result.text


FENCE = "```toc\n:maxdepth: 2\n\na\nb\nc\n```\n"


def test_fence() -> None:
    target = FENCE.replace(":maxdepth: 2", ":maxdepth: 1").replace("b\n", "own\nb\n")
    result = merge_toc_fence(FENCE, FENCE.replace("a\n", "n\na\n").replace("\nc\n", "\n"), target, every)
    assert result == TocResult("```toc\n:maxdepth: 1\n\nn\na\nown\nb\n```\n", ("n",), ("c",))


@pytest.mark.parametrize("head", [list(order) for order in permutations("abc")] + [list("cxa"), list("xyz"), []])
def test_fence_follows_every_change(head: list[str]) -> None:
    text = FENCE.replace("a\nb\nc\n", "".join(f"{name}\n" for name in head))
    assert merge_toc_fence(FENCE, text, FENCE, every).text == text
    assert merge_toc_fence(FENCE, text, text, every).text == text
    for one in (FENCE, text):
        body = one.replace("```toc\n", "").replace("```\n", "")
        assert merge_toc_fence(FENCE, text, one, every).text == text
        assert merge_toc_fence(body, body, body, every).text == body


def test_toctree_keeps_titles_indentation_and_line_ends() -> None:
    base = "```{toctree}\n---\nmaxdepth: 1\n---\nOne <a>\nb.md\n```\n"
    target = base.replace("One", "一").replace("b.md", "  b").replace("\n", "\r\n")
    result = merge_toc_fence(
        base, base.replace("b.md", "Two <n>\nb.md\nhttps://e.org"), target, lambda page: page == "n"
    )
    assert result.text == target.replace("  b\r\n", "Two <n>\r\n  b\r\nhttps://e.org\r\n")
    assert result.added == ("n", "https://e.org") and "English title" in result.flags[0]


def test_fence_without_the_page_and_with_new_options() -> None:
    head = FENCE.replace("\nc\n", "\nc\nn\n").replace("2", "3")
    result = merge_toc_fence(FENCE, head, FENCE, lambda page: False)
    assert result.text == FENCE and len(result.flags) == 2


def test_other_fences_of_a_page_are_not_touched() -> None:
    base = "```python\na\nb\n```\n\n" + FENCE
    head, target = base.replace("a\nb\n", "a\nn\nb\n", 1), base.replace("a\nb\n", "甲\nb\n", 1)
    assert merge_toc_fences(base, head, target, every) == TocResult(target)


def test_fences_of_a_page() -> None:
    base = "# Book\n\n" + FENCE + "\ntext\n\n````\n" + FENCE + "````\n\n:::{toctree}\nx\n:::\n"
    head = base.replace("a\nb", "a\nn\nb", 1).replace("\nx\n", "\nx\ny\n")
    target = base.replace("Book", "书").replace("text", "正文")
    result = merge_toc_fences(base, head, target, every)
    assert result.added == ("n", "y")
    assert result.text == target.replace("a\nb", "a\nn\nb", 1).replace("\nx\n", "\nx\ny\n")
    assert merge_toc_fences(base, head, "no fence", every).flags and merge_toc_fences(
        base, base, "", every
    ) == TocResult("")


@given(
    *[st.lists(st.sampled_from(["```toc", "```", ":maxdepth: 1", "---", "", "a", "b <c>", "d", " e"])).map("\n".join)]
    * 3
)
@examples(200)
def test_any_fence(base: str, head: str, target: str) -> None:
    assert merge_toc_fence(base, base, target, every).text == target
    assert merge_toc_fences(base, base, target, every).text == target
    once = merge_toc_fence(base, head, target, every).text
    assert merge_toc_fence(head, head, once, every).text == once
