"""Containers of all dialects: opening lines, nesting, bodies; lines of HTML; nothing is lost, whatever is nested."""

from __future__ import annotations

import re

import pytest
from casekit import merge
from hypothesis import assume, given
from hypothesis import strategies as st
from thorough import examples

from amts_action.documents.blocks.containers import opening, reads_as_markup
from amts_action.documents.blocks.html_lines import runs
from amts_action.documents.blocks.markdown import parse_markdown


@pytest.mark.parametrize(
    ("line", "name", "title"),
    [
        (":::tip", "tip", ""),
        ("::: tip Mind the bees", "tip", "Mind the bees"),
        (":::note[Mind the bees]{#x}", "note", "Mind the bees"),
        ("::: details Mind the bees {open}", "details", "Mind the bees"),
        ("::: {.callout-tip}", "callout-tip", ""),
        ('::: {.callout-tip title="Mind the bees" collapse="true"}', "callout-tip", "Mind the bees"),
        ("::::: {#special .sidebar}", "special", ""),
        ("/// note | Mind the bees", "note", "Mind the bees"),
        ('!!! note "Mind the bees"', "note", "Mind the bees"),
        ("???+ tip", "tip", ""),
        ('=== "Mind the bees"', "tab", "Mind the bees"),
    ],
)
def test_opening_lines(line: str, name: str, title: str) -> None:
    """Name and title of the opening line of every dialect."""
    found = opening(line)
    assert found is not None
    assert found.name == name
    assert (line[slice(*found.title)] if found.title else "") == title


@pytest.mark.parametrize("line", [":::", "///", "::: ", "!!!", "=== not quoted", "//// / x", "::: {note} x", "text"])
def test_no_opening_lines(line: str) -> None:
    """A closing fence, a directive of MyST, and what only looks alike open nothing here."""
    assert opening(line) is None


@pytest.mark.parametrize(
    ("body", "is_markup"),
    [
        (["Four."], True),
        (["四个。"], True),
        (["The gain is $a = b$ a day."], True),
        (["- one", "- two"], True),
        (["graph TD;", "A --> B;"], False),
        (["x = 1", "print(x)"], False),
        (["a, b, c", "1, 2, 3"], True),
        (["1,2,3", "4,5,6"], False),
        ([], False),
        # One line of three with a sign of a program is at the threshold of 0.34, one of two above it.
        (["One line.", "Two lines.", "x = 1"], True),
        (["One line.", "x = 1"], False),
    ],
)
def test_what_reads_as_markup(body: list[str], is_markup: bool) -> None:
    """Bodies of directives that nobody knows."""
    assert reads_as_markup(body) == is_markup


def test_runs_of_html() -> None:
    """Lines of tags and lines of language; a tag may go over several lines, and a script is no language."""
    lines = [
        "<details>",
        "<summary>Hint</summary>",
        "Look <b>here</b>",
        "and there.",
        "<script>",
        "say it",
        "</script>",
    ]
    found = [(run.is_prose, "\n".join(lines[run.first : run.last])) for run in runs(lines)]
    assert found == [
        (False, "<details>"),
        (True, "<summary>Hint</summary>"),
        (True, "Look <b>here</b>\nand there."),
        (False, "<script>\nsay it\n</script>"),
    ]
    assert lines[1][runs(lines)[1].start : runs(lines)[1].end] == "Hint"


OPENERS = [
    (":::{}tip\n{}\n:::{}\n", ""),
    ("::: {{.column}}{}\n{}\n:::{}\n", ""),
    ("/// note | A title{}\n{}\n///{}\n", ""),
    ('!!! note "A title"{}\n\n{}\n{}', "    "),
    ("<details>{}\n<summary>A hint</summary>\n\n{}\n\n</details>{}\n", ""),
    ("```{{note}}{}\n{}\n```{}\n", ""),
    ("```{{frobnicate}}{}\n{}\n```{}\n", ""),
    ("> [!NOTE]{}\n{}\n{}", "> "),
    ("- an item{}\n\n{}\n{}", "  "),
]
"""Containers: the text around a body (first and last gap stay empty), and what every line of the body starts with."""


def _around(shape: tuple[str, str], body: str) -> str:
    form, indent = shape
    lines = "\n".join(indent + line if line else indent.rstrip() for line in body.rstrip("\n").split("\n"))
    text = form.format("", lines, "")
    if text[0] in ":/`":  # a longer fence outside
        mark = text[0]
        width = 3 + max((len(run) for run in body.replace(mark, "\0").split("\n") if run.startswith("\0")), default=0)
        text = text.replace(mark * 3, mark * width, 1)
        head, _, tail = text.rpartition(mark * 3)
        text = head + mark * width + tail
    return text


def _nested(shapes: list[tuple[str, str]], body: str) -> str:
    for shape in reversed(shapes):
        body = _around(shape, body)
    return body


PAGES = st.lists(st.sampled_from(OPENERS), min_size=1, max_size=3)


@given(PAGES)
@examples(80)
def test_nested_containers_are_merged_and_closed(shapes: list[tuple[str, str]]) -> None:
    """Containers nested three deep: the changed sentence is brought, people's stays, and all that opened closes."""

    def page(one: str, two: str) -> str:
        return f"# Page\n\n{_nested(shapes, f'{one} {two}')}\nThe end of it.\n"

    target = page("Der Deckel ist warm.", "Heben Sie ihn an.").replace("The end of it.", "Das Ende.")
    base, head = page("The lid is warm.", "Lift it now."), page("The lid is warm.", "Lift it for nine minutes.")
    assert "".join(parse_markdown(base).pieces()) == base
    result = merge(base, head, target)
    flagged = any(entry.flags for entry in result.entries)
    if "Lift it for nine minutes." in result.text:
        assert "⟦Lift it for nine minutes.⟧" in result.text or flagged
    assert result.text.count("Der Deckel ist warm.") == 1
    assert "The lid is warm." not in result.text
    assert "Das Ende." in result.text
    for mark in (":::", "///", "```", "<details>", "</details>"):
        assert result.text.count(mark) == target.count(mark)
    assert merge(head, head, result.text).text == result.text


@given(PAGES, st.permutations(range(5)))
@examples(60)
def test_lines_in_any_order_are_lossless(shapes: list[tuple[str, str]], order: list[int]) -> None:
    """Whatever the order of the lines: nothing is lost, and English never stands over people's words in silence."""
    lines = _nested(shapes, "One bee flies.\n\nTwo bees fly.").split("\n")
    swapped = [lines[k] for k in order if k < len(lines)] + lines[5:]
    head = "\n".join(swapped)
    base = "\n".join(lines)
    target = base.replace("One bee flies.", "Eine Biene fliegt.").replace("Two bees fly.", "Zwei Bienen fliegen.")
    document = parse_markdown(head)
    assert "".join(document.pieces()) == head
    assume(not any(block.kind == "code" for block in document.blocks))  # what is indented may be a program now
    result = merge(base, head, target)
    bare = re.sub(r"⟦[^⟧]*⟧", "", result.text)
    if "One bee flies." in bare or "Two bees fly." in bare:
        assert any(entry.flags for entry in result.entries)
    assert merge(head, head, result.text).text == result.text
