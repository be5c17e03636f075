"""Strict matches first: pairs of items with the same rare key, in an order that both sides share.

The patience idea (Bram Cohen's diff): keys that occur once on both sides, then the longest run of them that is
increasing on both sides. O(n log n).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence

__all__ = ["increasing", "unique_pairs"]


def unique_pairs(left: Sequence[Hashable | None], right: Sequence[Hashable | None]) -> list[tuple[int, int]]:
    """Index pairs of keys that occur exactly once in both sequences, by left index; falsy keys are never paired."""
    here, there = Counter(left), Counter(right)
    place = {key: j for j, key in enumerate(right) if key and there[key] == 1}
    return [(i, place[key]) for i, key in enumerate(left) if key and here[key] == 1 and key in place]


def increasing(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """A longest subsequence of `pairs` (sorted by their first part) whose second parts increase."""
    tails: list[int] = []
    at: list[int] = []
    previous: list[int] = []
    for n, (_, j) in enumerate(pairs):
        k = bisect_left(tails, j)
        previous.append(at[k - 1] if k else -1)
        if k == len(tails):
            tails.append(j)
            at.append(n)
        else:
            tails[k] = j
            at[k] = n
    chain: list[tuple[int, int]] = []
    n = at[-1] if at else -1
    while n >= 0:
        chain.append(pairs[n])
        n = previous[n]
    return chain[::-1]
