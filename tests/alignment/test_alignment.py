"""Alignment of blocks: every block in exactly one bead, and the right ones together."""

from __future__ import annotations

from itertools import pairwise

from casekit import FIXTURES, books, documents, mutated, translated
from hypothesis import given
from hypothesis import strategies as st
from stepkit import lines_run
from thorough import examples

from amts_action.alignment.blocks import align_blocks
from amts_action.alignment.patience import increasing, unique_pairs
from amts_action.documents.blocks.markdown import parse_markdown

LONG = [p.read_text() for p in sorted((FIXTURES / "documents").iterdir())]
PAIRS = st.lists(st.integers(0, 30), max_size=30, unique=True).map(lambda js: list(enumerate(js)))


@given(PAIRS)
@examples(100)
def test_longest_increasing_run(pairs: list[tuple[int, int]]) -> None:
    """`increasing` gives an increasing subsequence, as long as the plain quadratic algorithm's."""
    found = increasing(pairs)
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(found))
    assert set(found) <= set(pairs)
    best = [1] * len(pairs)
    for i in range(len(pairs)):
        best[i] += max((best[k] for k in range(i) if pairs[k][1] < pairs[i][1]), default=0)
    assert len(found) == max(best, default=0)


@given(st.lists(st.sampled_from(["", "a", "b", "c", "d"])), st.lists(st.sampled_from(["", "a", "b", "c", "d"])))
def test_unique_pairs(left: list[str], right: list[str]) -> None:
    """Exactly the keys that occur once on both sides."""
    expected = [(i, right.index(k)) for i, k in enumerate(left) if k and left.count(k) == right.count(k) == 1]
    assert unique_pairs(left, right) == expected


@given(st.data())
@examples(80)
def test_every_block_is_in_one_bead(data: st.DataObject) -> None:
    """Whatever the two documents, the beads partition both, in runs of neighbours, with confidence from 0 to 1."""
    one = data.draw(st.one_of(documents(), st.sampled_from(LONG)))
    other = data.draw(st.one_of(books(), mutated(one)))
    base, target = parse_markdown(one).blocks, parse_markdown(other).blocks
    beads = align_blocks(base, target)
    assert sorted(i for b in beads for i in b.source) == list(range(len(base)))
    assert sorted(j for b in beads for j in b.target) == list(range(len(target)))
    assert [i for b in beads for i in b.source] == list(range(len(base)))
    for bead in beads:
        assert bead.source or bead.target
        assert 0 <= bead.confidence <= 1
        for run in (bead.source, bead.target):
            assert list(run) == list(range(run[0], run[0] + len(run))) if run else True


@given(books())
@examples(40)
def test_a_document_is_aligned_with_itself(text: str) -> None:
    """Equal documents are aligned block by block."""
    blocks = parse_markdown(text).blocks
    assert [(b.source, b.target) for b in align_blocks(blocks, blocks)] == [((k,), (k,)) for k in range(len(blocks))]


def _placed(base: str, target: str) -> list[tuple[list[str], list[str]]]:
    left, right = parse_markdown(base).blocks, parse_markdown(target).blocks
    return [([left[i].text for i in b.source], [right[j].text for j in b.target]) for b in align_blocks(left, right)]


def test_target_only_and_missing_blocks() -> None:
    """An extra tab, a missing section and a reworded heading do not shift what follows."""
    text = (FIXTURES / "documents" / "d2l.md").read_text()
    target = translated(text.replace("## The Loss Function\n\n", "")).replace(
        "$$l(", ":begin_tab:`paddle`\n飞桨\n:end_tab:\n\n$$l("
    )
    left, right = parse_markdown(text).blocks, parse_markdown(target).blocks
    beads = align_blocks(left, right)
    alone = [left[b.source[0]].text for b in beads if not b.target]
    assert alone == ["The Loss Function"]
    assert len([b for b in beads if not b.source]) == 3
    for bead in beads:
        if bead.source and bead.target and left[bead.source[0]].kind == "code":
            assert left[bead.source[0]].text == right[bead.target[0]].text


def test_two_headings_of_the_same_name() -> None:
    """Trap 2 of FACTS §5: each `Exercises` goes with its own list."""
    found = _placed(
        "## Exercises\n\n1. Use $a$.\n\n## More\n\nText.\n\n## Exercises\n\n1. Use $b$.\n",
        "## 练习\n\n1. 用$a$。\n\n## 更多\n\n文字。\n\n## 练习\n\n1. 用$b$。\n",
    )
    assert (["Use $a$."], ["用$a$。"]) in found
    assert (["Use $b$."], ["用$b$。"]) in found


def test_a_section_elsewhere_is_found() -> None:
    """A block with a rare formula that the translation has at another place is aligned there."""
    base = "".join(f"Words of part {n}.\n\n$$f_{n}(x) = {n}{n}{n} + y$$\n\n" for n in range(6))
    parts = [f"第{n}部分的话。\n\n$$f_{n}(x) = {n}{n}{n} + y$$\n\n" for n in range(6)]
    found = _placed(base, "".join([*parts[3:], *parts[:3]]))
    for n in range(6):
        assert ([f"$$f_{n}(x) = {n}{n}{n} + y$$"], [f"$$f_{n}(x) = {n}{n}{n} + y$$"]) in found


def test_unrelated_documents_take_bounded_work() -> None:
    """Two documents that share nothing: no more than 300 lines of the package (measured: 185) for a pair of blocks.

    `benchmarks/growth.py` has the growth of documents so long that not all pairs are looked at.
    """
    size = 60
    one = parse_markdown("".join(f"Words {'of ' * (n % 9)} one.\n\n" for n in range(size))).blocks
    other = parse_markdown("".join(f"字{'符' * (n % 7)}。\n\n" for n in range(size))).blocks
    assert lines_run(lambda: align_blocks(one, other)) < 300 * size * size
