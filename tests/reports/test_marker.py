"""Our part of a pull request's body, and the suggestions on its lines."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flagkit import flagged
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from amts_action.merging.document import Entry
from amts_action.reports.body.marker import (
    BodyMemory,
    Past,
    composed,
    digest,
    is_ours,
    memory_of,
    outside,
    ticked,
    written,
)
from amts_action.reports.body.pull_request import LIMIT, body
from amts_action.reports.body.suggestions import flagged_pages, suggestions
from amts_action.reports.escape import utf16_length
from amts_action.reports.model import DocumentReport, RunReport, lines_of

KEYS = st.integers(0, 16**12 - 1).map(lambda n: f"{n:012x}")
PASTS = st.builds(Past, KEYS, st.text(max_size=40), st.lists(st.text(max_size=80), max_size=4).map(flagged))
MEMORIES = st.builds(
    BodyMemory, KEYS, KEYS, st.booleans(), st.dictionaries(KEYS, PASTS, max_size=8), st.frozensets(KEYS, max_size=8)
)


@given(MEMORIES)
def test_what_is_remembered_comes_back(memory: BodyMemory) -> None:
    """Whatever flags hold, the comment is one, and reads as what was written."""
    text = written(memory)
    assert memory_of(f"Words\n{text}\nmore") == memory
    assert text.count("-->") == 1
    assert not {"@", "#"} & set(text)
    (token,) = MarkdownIt().parse(text)
    assert token.type == "html_block"


@given(st.text())
def test_a_damaged_memory_is_none(text: str) -> None:
    """Whatever people make of the comment, nothing breaks."""
    assert memory_of(text) is None
    assert memory_of(f"<!-- amts:memory {text} -->") is None
    assert memory_of(f'<!-- amts:memory {{"v":1,"b":{{{text}}}}} -->') is None


def test_a_large_pull_request_is_remembered_within_bounds() -> None:
    """Of thousands of blocks only so many are remembered, and pages stay longest."""
    keys = [f"{n:012x}" for n in range(5000)]
    memory = BodyMemory(
        "c" * 40, "t", True, {key: Past(key, "machine", flagged(["flag" * 9])) for key in keys}, frozenset(keys)
    )
    text = written(memory)
    found = memory_of(text)
    assert len(text) < 19_000
    assert found is not None
    assert 300 < len(found.blocks) < 5000
    assert len(found.pages) > 250
    assert {past.output for past in found.blocks.values()} > {""}


@given(st.text(), st.text(), st.text())
def test_words_of_people_stay(before: str, after: str, ours: str) -> None:
    """What stands around our part is there after any number of runs, once."""
    first = composed(before, ours, BodyMemory())
    grown = f"{first}\n\n{after}" if after.strip() else first
    again = composed(composed(grown, "new", BodyMemory("a")), "newer", BodyMemory("b"))
    if "<!-- amts:" not in before + after + ours:
        assert is_ours(again)
        assert outside(again)[0].strip("\n") == (before.strip("\n") if before.strip() else "")
        assert after.strip() in outside(again)[1]
        assert again.count("newer") >= 1
        assert memory_of(again) == BodyMemory("b")


def test_ticks_stay_where_the_point_is_the_same() -> None:
    """A point is the same when its words are, whatever commit its links name."""
    old = "- [x] [`a.md`](https://h/1): read 1 block (line [4](https://h/1#L4))\n- [ ] other\n- [X] gone"
    new = "- [ ] [`a.md`](https://h/2): read 1 block (line [4](https://h/2#L4))\n- [ ] other\n- [ ] more"
    assert ticked(new, old) == new.replace("- [ ] [`a", "- [x] [`a")


def test_digests_tell_texts_apart() -> None:
    """White space does not count, the division into parts does."""
    assert digest("a  b\n") == digest("a b")
    assert digest("a", "b") != digest("ab") != digest("a b")
    assert digest("\ud800") != digest("")


PAGE = "# 页\n\n前 x = 1 后\n\n```python\nx = 2\n```\n\n尾\n"


def entry(start: int, end: int, old: str, **more: object) -> Entry:
    """A flagged block of the page that stood as `old` before."""
    made = Entry(
        "code", "code", (0, 1), (0, 1), (0, len(old)), (start, end), 0, 1.0,
        flagged(["localised line replaced: x @octocat"]), "", "b", "h", old, PAGE[start:end],
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def run_of(*entries: Entry) -> RunReport:
    """A run with one page."""
    lines = lines_of(entries, base="b", head="h", target="", output=PAGE)
    document = DocumentReport("a.md", "a.md", "done", entries=entries, lines=lines)
    return RunReport("zh", (document,))


CODE = (PAGE.index("```"), PAGE.index("\n\n尾"))
EVERYWHERE = {"a.md": [(1, 9)]}


def test_a_suggestion_takes_back_exactly_the_lines() -> None:
    """Applied, it gives the old block between the same neighbours."""
    old = "```python\nx = 10  # 开始\ny\n```"
    (found,) = suggestions(run_of(entry(*CODE, old)), {"a.md": PAGE}, EVERYWHERE)
    assert (found.first, found.last) == (5, 7)
    fence = next(token for token in MarkdownIt().parse(found.body) if token.type == "fence")
    assert fence.info == "suggestion"
    lines = PAGE.split("\n")
    lines[found.first - 1 : found.last] = fence.content.removesuffix("\n").split("\n")
    assert "\n".join(lines) == PAGE.replace(PAGE[slice(*CODE)], old)
    assert "@octocat" not in found.body


def test_a_block_inside_a_line_keeps_what_is_around_it() -> None:
    """The rest of the line is part of what is suggested."""
    at = PAGE.index("x = 1")
    (found,) = suggestions(run_of(entry(at, at + 5, "y = 3")), {"a.md": PAGE}, EVERYWHERE)
    assert "\n前 y = 3 后\n" in found.body


@pytest.mark.parametrize(
    ("old", "hunks", "more"),
    [
        ("```\nx\n```", [(1, 6)], {}),  # GitHub takes no comments on lines outside the difference
        ("```\nx\n```", [], {}),
        ("```\r\nx\n```", [(1, 9)], {}),  # could not be given back as it was
        ("```\nx\u202e\n```", [(1, 9)], {}),
        ("```\nx\n```", [(1, 9)], {"flags": ()}),
        ("", [(1, 9)], {}),
        ("```\nx\n```", [(1, 9)], {"action": "conflict"}),
    ],
)
def test_where_there_is_no_suggestion(old: str, hunks: list[tuple[int, int]], more: dict[str, object]) -> None:
    """Outside the difference, without a flag, without an earlier text, or when it is not exact: none."""
    assert suggestions(run_of(entry(*CODE, old, **more)), {"a.md": PAGE}, {"a.md": hunks}) == []


def test_pages_without_flags_are_not_looked_at() -> None:
    """Only pages with a flagged block need their lines."""
    assert flagged_pages(run_of(entry(*CODE, "x"))) == ["a.md"]
    assert flagged_pages(run_of(entry(*CODE, "x", flags=()))) == []


@pytest.mark.parametrize("limit", [5_000, 30_000, LIMIT])
def test_a_body_keeps_to_its_limit(limit: int) -> None:
    """However much there is to show, and however little room is left."""
    blocks = tuple(entry(*CODE, f"old {n} " * 40, flags=flagged(["rejected: " + "x" * 90])) for n in range(40))
    one = run_of(*blocks).documents[0]
    run = RunReport("zh", tuple(replace(one, path=f"p{n}.md") for n in range(60)), notes=("n" * 300,) * 50)
    text = body(run, limit=limit)
    assert utf16_length(text) <= limit
    assert text.count("<details>") == text.count("</details>")
