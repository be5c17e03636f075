"""Sentence alignment and the lexicon, on small texts written for the purpose."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stepkit import lines_run
from thorough import examples

from amts_action.alignment.beads import Bead
from amts_action.alignment.lexicon import Lexicon, learn_lexicon, word_features
from amts_action.alignment.sentences import (
    SentenceUnit,
    align_sentences,
    confident_pairs,
    even_pairs,
    first_pairs,
    sentence_units,
)
from amts_action.documents.blocks.markdown import parse_markdown

NOUNS = {
    "vector": "向量", "matrix": "矩阵", "gradient": "梯度", "network": "网络", "weather": "天气", "garden": "花园",
    "teacher": "老师", "river": "河流", "engine": "引擎", "window": "窗户", "market": "市场", "forest": "森林",
    "doctor": "医生", "planet": "行星", "bridge": "桥梁", "letter": "信件", "winter": "冬季", "mirror": "镜子",
}  # fmt: skip
VERBS = {"changes": "改变了", "carries": "携带着", "follows": "跟随着", "breaks": "打破了", "measures": "测量了"}
PLACES = {"today": "今天", "slowly": "缓慢地", "again": "再一次", "often": "经常地", "alone": "独自"}


def pair(n: int) -> tuple[str, str]:
    """The n-th sentence of a toy language pair with three different content words."""
    nouns, verbs, places = list(NOUNS.items()), list(VERBS.items()), list(PLACES.items())
    a, b = nouns[n % len(nouns)], nouns[(n * 7 + 3 + n // 18) % len(nouns)]
    v, p = verbs[(n * 3) % len(verbs)], places[(n * 2 + n // 5) % len(places)]
    return f"The {a[0]} {v[0]} the {b[0]} {p[0]}.", f"{a[1]}{p[1]}{v[1]}{b[1]}。"


def units(texts: list[str], *, every: int = 4, kind: str = "paragraph") -> list[SentenceUnit]:
    return [SentenceUnit(t, n // every, kind) for n, t in enumerate(texts)]


def shapes(beads: list[Bead]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    return [(b.source, b.target) for b in beads]


LEXICON = learn_lexicon([pair(n) for n in range(90)])


def align(source: list[str], target: list[str], *, every: int = 99) -> list[Bead]:
    return align_sentences(units(source, every=every), units(target, every=every), lexicon=LEXICON)


SOURCE = [pair(n)[0] for n in range(12)]
TARGET = [pair(n)[1] for n in range(12)]


def ones(source: range, target: range) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    return [((i,), (j,)) for i, j in zip(source, target, strict=True)]


def test_one_to_one() -> None:
    beads = align(SOURCE, TARGET)
    assert shapes(beads) == ones(range(12), range(12))
    assert min(b.confidence for b in beads) > 0.9


def test_without_a_lexicon_one_is_learnt() -> None:
    texts = [pair(n) for n in range(60)]
    source, target = units([a for a, _ in texts]), units([b for _, b in texts])
    beads = align_sentences(source, target)
    assert shapes(beads) == ones(range(60), range(60))


def test_omission_and_addition() -> None:
    beads = shapes(align(SOURCE, TARGET[:4] + TARGET[5:]))
    assert beads == [*ones(range(4), range(4)), ((4,), ()), *ones(range(5, 12), range(4, 11))]
    beads = shapes(align(SOURCE[:4] + SOURCE[5:], TARGET))
    assert ((), (4,)) in beads and beads[-1] == ((10,), (11,))


@pytest.mark.parametrize("n", [2, 3])
def test_merged_and_split(n: int) -> None:
    merged = "，".join(t.rstrip("。") for t in TARGET[5 : 5 + n]) + "。"
    beads = shapes(align(SOURCE, [*TARGET[:5], merged, *TARGET[5 + n :]]))
    assert (tuple(range(5, 5 + n)), (5,)) in beads and beads[-1] == ((11,), (12 - n,))
    joined = " and ".join(s.rstrip(".") for s in SOURCE[5 : 5 + n]) + "."
    beads = shapes(align([*SOURCE[:5], joined, *SOURCE[5 + n :]], TARGET))
    assert ((5,), tuple(range(5, 5 + n))) in beads and beads[-1] == ((12 - n,), (11,))


def test_crossed_clauses_become_two_to_two() -> None:
    source = [*SOURCE[:4], *(f"{SOURCE[k]} {SOURCE[k + 1]}" for k in (4, 6)), *SOURCE[8:]]
    target = [*TARGET[:4], *(f"{TARGET[k]}{TARGET[k + 2]}" for k in (4, 5)), *TARGET[8:]]
    assert ((4, 5), (4, 5)) in shapes(align(source, target))


def test_paragraphs_merged_in_the_translation() -> None:
    source = units(SOURCE, every=3)
    target = units(TARGET, every=6)
    beads = align_sentences(source, target, lexicon=LEXICON)
    assert shapes(beads) == ones(range(12), range(12))


def test_nearly_identical_sentences_keep_their_places() -> None:
    numbers = (3, 4, 5, 4, 3, 6, 3, 4, 7)
    source = [f"In this case, the array `b -> ({n},)` is expanded." for n in numbers]
    target = [f"在这种情况下，数组 `b -> ({n},)` 会被扩展。" for n in numbers]
    assert shapes(align(source, target)) == ones(range(9), range(9))
    beads = shapes(align(source, target[:3] + target[4:], every=1))
    assert beads == [*ones(range(3), range(3)), ((3,), ()), *ones(range(4, 9), range(3, 8))]


def test_anchors_alone_find_the_way() -> None:
    source = [f"We can say this of the value $x_{{{n}}}$ here." for n in range(12)]
    target = [f"关于值$x_{{{n}}}$，我们可以在这里说。" for n in range(12)]
    target.insert(5, "多余的一句话在这里没有任何对应。")
    beads = align_sentences(units(source), units(target), lexicon=Lexicon())
    assert shapes(beads) == [*ones(range(5), range(5)), ((), (5,)), *ones(range(5, 12), range(6, 13))]


def test_headings_do_not_go_with_paragraphs() -> None:
    source = [SentenceUnit("Exercises", 0, "heading"), *units(SOURCE[:2])]
    target = units(TARGET[:2])
    beads = align_sentences(source, target, lexicon=LEXICON)
    assert shapes(beads) == [((0,), ()), ((1,), (0,)), ((2,), (1,))]


def test_groups_lead_to_a_section_that_moved() -> None:
    source, target = units(SOURCE, every=3), units(TARGET[6:9] + TARGET[:6] + TARGET[9:], every=3)
    groups = [((0,), (1,)), ((1,), (2,)), ((2,), (0,)), ((3,), (3,))]
    beads = align_sentences(source, target, groups=groups, lexicon=LEXICON)
    assert shapes(beads) == [
        *ones(range(6), range(3, 9)),
        *ones(range(6, 9), range(3)),
        *ones(range(9, 12), range(9, 12)),
    ]


def test_first_words_are_learnt_from_blocks_with_as_many_sentences() -> None:
    """Blocks whose sentences can only go together one by one teach; with too few of them, an alignment does."""
    source, target = units(SOURCE, every=3), units([*TARGET[:3], "多余。", *TARGET[3:]], every=3)
    groups = [((0,), (0,)), ((1,), (1, 2))]
    assert even_pairs(source, target, groups) == list(zip(SOURCE[:3], TARGET[:3], strict=True))
    even = [((n,), (n,)) for n in range(4)]
    assert first_pairs(source[:9], target[:9], even) == list(
        zip(SOURCE[:9], [*TARGET[:3], "多余。", *TARGET[3:8]], strict=True)
    )
    assert (SOURCE[0], TARGET[0]) in first_pairs(source, units(TARGET[:9], every=2), [((0, 1, 2, 3), (0, 1, 2, 3, 4))])


@pytest.mark.whole
def test_the_order_of_sets_changes_nothing() -> None:
    """The same texts give the same scores to the last bit, whatever seed Python hashes strings with."""
    program = (
        "import test_sentences as t; from amts_action.alignment.evidence import Evidence, Side;"
        "x = [[' '.join(t.pair(n + k)[s] for k in range(9)) for n in range(40)] for s in (0, 1)];"
        "e = Evidence(Side(t.units(x[0])), Side(t.units(x[1])), t.LEXICON);"
        "print([e.content(i, m, i, 1) for i in range(38) for m in (1, 2)])"
    )
    seen = set()
    for seed in ("1", "2"):
        environ = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[1])}
        run = [sys.executable, "-c", program]
        done = subprocess.run(run, capture_output=True, text=True, cwd=Path(__file__).parent, env=environ, check=True)
        seen.add(done.stdout)
    assert len(seen) == 1 and "." in seen.pop()


def test_unsure_beads_say_so() -> None:
    beads = align(["Maybe so.", *SOURCE], ["完全不同的内容而且很长很长，没有任何关系。", *TARGET])
    assert all(b.confidence < 0.8 for b in beads if 0 in b.source or 0 in b.target)
    assert all(b.confidence > 0.8 for b in beads if b.source and b.source[0] > 1)


def test_lexicon_scores() -> None:
    right = [LEXICON.score(*pair(n)) for n in range(90, 110)]
    wrong = [LEXICON.score(pair(n)[0], pair(n + 5)[1]) for n in range(90, 110)]
    assert min(right) > 0.5 and max(wrong) < min(right)
    assert Lexicon().score("The vector.", "向量。") == 0.0
    assert LEXICON.score("", "") == 0.0


def test_word_features() -> None:
    assert word_features("The tensors, **the** tensor `code` $x$ 3.5?") == ("the", "tensor", "3.5", "?")
    assert word_features("标量（scalar）的和") == ("标量", "scalar", "的和")


def test_confident_pairs_leave_out_gaps_and_milestones() -> None:
    source, target = (
        parse_markdown("# A\n\nOne is.\n\n```\nx\n```\n"),
        parse_markdown("# 甲\n\n一是。\n\n```\nx\n```\n"),
    )
    left, right = sentence_units(source, "en", milestones=True), sentence_units(target, "zh", milestones=True)
    assert [u.kind for u in left] == ["heading", "paragraph", "code"]
    beads = [
        *(Bead((k,), (k,), 0.9) for k in range(3)),
        Bead((), (1,), 0.9),
        Bead((1,), (1,), 0.1),
    ]
    assert list(confident_pairs(left, right, beads)) == [("A", "甲"), ("One is.", "一是。")]


UNITS = st.lists(
    st.builds(
        SentenceUnit,
        st.sampled_from(["One is.", "一是。", "$x$", "`a`", "", "A long sentence with $y$ and 52 words in it?"]),
        st.just(0),
        st.sampled_from(["paragraph", "heading", "list_item", "code", "table_row"]),
    ),
    max_size=12,
).map(lambda found: [SentenceUnit(u.text, n // 2, u.kind) for n, u in enumerate(found)])
GROUPS = st.lists(
    st.tuples(st.sets(st.integers(0, 6), max_size=2).map(sorted), st.sets(st.integers(0, 6), max_size=2).map(sorted)),
    max_size=4,
)


@given(UNITS, UNITS, st.none() | GROUPS)
@examples(150)
def test_every_unit_is_in_exactly_one_bead(source, target, groups) -> None:  # type: ignore[no-untyped-def]
    beads = align_sentences(source, target, groups=groups)
    assert sorted(i for b in beads for i in b.source) == list(range(len(source)))
    assert sorted(j for b in beads for j in b.target) == list(range(len(target)))
    assert [b.source for b in beads if b.source] == sorted(b.source for b in beads if b.source)
    assert all(0.0 <= b.confidence <= 1.0 for b in beads)


def test_work_grows_less_than_quadratically() -> None:
    def work(size: int) -> int:
        source = units([f"{pair(n)[0]} {n}" for n in range(size)])
        target = units([f"{pair(n + 11)[1]}" for n in range(size)])
        return lines_run(lambda: align_sentences(source, target, lexicon=Lexicon()))

    assert work(120) < 3 * work(60)


HIVE = ["The hive is full.", "Bees sleep in the long winter and eat what they have.", "Wax is soft."]
HIVE.append("They fly far in the month of May, to the lindens.")


def _in_groups(target: list[str], places: list[int]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Three sentences of one block and one of the next, aligned with those of a translation in their blocks."""
    left = [SentenceUnit(text, n) for text, n in zip(HIVE, (0, 0, 0, 1), strict=True)]
    right = [SentenceUnit(text, n) for text, n in zip(target, places, strict=True)]
    groups = [((0,), (0,)), ((1,), (1,))]
    return shapes(align_sentences(left, right, groups=groups, lexicon=Lexicon()))


def test_sentences_stay_in_the_blocks_that_belong_together() -> None:
    """What the blocks say outweighs lengths that fit one by one."""
    target = ["蜂箱满了。", "蜜蜂在漫长的冬天里睡觉，吃它们所有的东西。", "短。", "蜡很软。"]
    assert _in_groups(target, [0, 0, 1, 1]) == [((0,), (0,)), ((1, 2), (1,)), ((3,), (2, 3))]


def test_what_is_left_out_comes_in_runs() -> None:
    """A second sentence that the translation lacks surprises less than the first."""
    target = ["蜂箱满了。", "蜜蜂在漫长的冬天里睡觉，吃它们所有的东西。", "蜡很软。"]
    assert _in_groups(target, [0, 1, 1]) == [((0,), (0,)), ((1,), ()), ((2,), ()), ((3,), (1, 2))]


def test_a_pair_is_no_evidence_for_itself() -> None:
    """Of two occurrences one is taken off: two thirds, and not certain."""
    others = [(f"word{n}", f"wort{n}") for n in range(12)]
    book = learn_lexicon([("honey one", "mel"), ("honey two", "mel"), *others])
    assert book.forward["honey"]["mel"] == 1 / 1.5
