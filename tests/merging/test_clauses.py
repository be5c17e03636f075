"""Where the words of one English sentence end in a sentence that a translator made of several."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amts_action.documents.sentences import clauses
from amts_action.merging.rewriting.clauses import divide

_WEIGHTS = st.lists(st.floats(-6, 6), min_size=400, max_size=400)


@given(st.integers(2, 4), st.integers(2, 6), _WEIGHTS)
def test_the_share_of_an_end_is_that_of_all_divisions_with_it(count: int, parts: int, numbers: list[float]) -> None:
    """Against all divisions, one by one."""

    def weigh(k: int, a: int, b: int) -> float:
        return numbers[k * 49 + a * 7 + b]

    ends = divide(count, parts, weigh)
    if count > parts:
        assert ends == []
        return
    ways: dict[tuple[int, ...], float] = {}
    for cuts in combinations(range(1, parts), count - 1):
        edges = (0, *cuts, parts)
        ways[cuts] = math.exp(sum(weigh(k, edges[k], edges[k + 1]) for k in range(count)))
    total = sum(ways.values())
    for k, end in enumerate(ends):
        assert end.share == pytest.approx(sum(w for cuts, w in ways.items() if cuts[k] == end.clauses) / total)


def test_one_sentence_is_not_divided() -> None:
    """Nothing ends within it, and what has too many clauses is not looked at."""
    assert divide(1, 3, lambda k, a, b: 0.0) == []
    assert divide(2, 17, lambda k, a, b: 0.0) == []
    assert len(divide(2, 16, lambda k, a, b: 0.0)) == 1


@pytest.mark.parametrize(
    ("text", "lang", "wanted"),
    [
        ("下雨了，我们回家了。晚饭凉。", "zh", ["下雨了，", "我们回家了。", "晚饭凉。"]),
        ("`a，b`和$x，y$是一样的；你看。", "zh-Hant", ["`a，b`和$x，y$是一样的；", "你看。"]),
        ("它（大，重）和[**红，绿**]都有，好。", "zh", ["它（大，重）和[**红，绿**]都有，", "好。"]),
        ("雨が降り、家に帰った。", "ja", []),
        ("Llueve, y nos vamos.", "es", []),
    ],
)
def test_clauses(text: str, lang: str, wanted: list[str]) -> None:
    """Commas that may join sentences, outside brackets and markup, in the language that does so."""
    assert [span.of(text) for span in clauses(text, lang)] == wanted
