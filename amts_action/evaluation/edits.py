"""The edits that TER counts, exactly as sacrebleu's `lib_ter` does (2.x, after Tercom), and some thirty times as fast.

Snover et al. 2006: shifts of runs of words, the one that helps most first, as long as one helps, and then insertions,
deletions and substitutions. Distances come from rows of bits (Myers 1999; Hyyrö 2003) in place of a cell at a time:
bit j of a row says how much the distance grows from the reference's word j to the next one. A word of the hypothesis is
the set of its places in the reference, again as bits.

sacrebleu looks at a band of 25 words on both sides of the diagonal only. A row of bits cannot leave cells out; but a
way that leaves the band costs no less than one along its border when no word matches out there. So matches that the
band does not see are taken out, and all distances inside are sacrebleu's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

__all__ = ["MOST_UNEVEN", "count_words"]

MOST_UNEVEN = 8
"""Up to so many times as long as the other may one text be; sacrebleu widens its band for more."""
_BAND = 25
_LONGEST_SHIFT, _FARTHEST_SHIFT, _MOST_SHIFTS = 10, 50, 1000
"""sacrebleu's limits: words of a shift, words it goes, and shifts that are looked at."""

_Row = tuple[int, int, int, int]
"""Where the distance grows and where it falls along the reference; where it grows from the row before; and where it is
that of the cell before both words."""


def count_words(hypothesis: Sequence[str], reference: Sequence[str]) -> int:
    """The edits that make the words of `hypothesis` those of `reference`.

    Args:
        hypothesis: not empty, and not `MOST_UNEVEN` times as long or as short as the reference.
        reference: not empty.
    """
    places: dict[str, int] = {}
    for j, word in enumerate(reference):
        places[word] = places.get(word, 0) | 1 << j
    words = [places.get(word, 0) for word in hypothesis]
    table = _Table(len(words), len(reference))
    shifts = checked = 0
    while True:
        rows = table.rows(words)
        gain, better, checked = _best_shift(table, rows, words, checked)
        if checked >= _MOST_SHIFTS or gain <= 0:
            return shifts + table.distance(rows[-1])
        shifts += 1
        words = better


class _Table:
    """Distances between texts of two lengths."""

    def __init__(self, height: int, width: int) -> None:
        self.height, self.width, self.all = height, width, (1 << width) - 1
        ratio = width / height
        centres = [math.floor(i * ratio) for i in range(height + 1)]
        self.low = [0, *(max(0, c - _BAND) for c in centres[1:])]
        self.high = [width, *(min(width, c + _BAND - 1) for c in centres[1:-1]), width]
        """First and last column of the band in each row."""
        self.seen = [self.all, *(self._seen(i) for i in range(1, height + 1))]
        """By row, the words of the reference whose match the band sees."""

    def _seen(self, i: int) -> int:
        """Words between two columns that are in the band, on both sides of row `i`."""
        low, high = max(self.low[i], self.low[i - 1] + 1, 1), min(self.high[i], self.high[i - 1] + 1)
        return (1 << high) - (1 << (low - 1)) if high >= low else 0

    def is_in(self, i: int, j: int) -> bool:
        """Whether the band has the cell."""
        return self.low[i] <= j <= self.high[i]

    def step(self, row: _Row, i: int, word: int) -> _Row:
        """Row `i`, after the one before it."""
        grows, falls = row[0], row[1]
        same = word & self.seen[i]
        level = (((same & grows) + grows) ^ grows) | same | falls
        down = falls | (self.all & ~(level | grows))
        edge = down << 1 | 1
        return ((level & grows) << 1 | ~(level | edge)) & self.all, edge & level & self.all, down, level

    def rows(self, words: Sequence[int]) -> list[_Row]:
        """All rows of a hypothesis, from the one before its first word."""
        out: list[_Row] = [(self.all, 0, 0, 0)]
        for i, word in enumerate(words, 1):
            out.append(self.step(out[-1], i, word))
        return out

    def distance(self, row: _Row) -> int:
        """The distance of the whole texts, given the last row."""
        return self.height + row[0].bit_count() - row[1].bit_count()

    def gain(self, rows: Sequence[_Row], words: Sequence[int], first: int, last: int) -> int:
        """How much nearer `words` are than the hypothesis of `rows`, which differs in `first … last` only."""
        row = rows[first]
        grows, falls, full, seen = row[0], row[1], self.all, self.seen
        for i in range(first, self.height):
            same = words[i] & seen[i + 1]
            level = (((same & grows) + grows) ^ grows) | same | falls
            edge = (falls | (full & ~(level | grows))) << 1 | 1
            grows, falls = ((level & grows) << 1 | ~(level | edge)) & full, edge & level & full
            if i + 1 >= last and grows == rows[i + 1][0] and falls == rows[i + 1][1]:
                return 0  # the rest is the same, too
        return self.distance(rows[-1]) - (self.height + grows.bit_count() - falls.bit_count())

    def way(self, rows: Sequence[_Row], words: Sequence[int]) -> Iterator[tuple[bool, bool, bool]]:
        """The edits from the last to the first: whether a word of the hypothesis and of the reference is used up, and
        whether they match. Of equally good ones: both, then the hypothesis', then the reference's."""
        i, j = self.height, self.width
        while i or j:
            bit = 1 << j >> 1
            if i and j and self.is_in(i - 1, j - 1) and (words[i - 1] & bit or not rows[i][3] & bit):
                yield True, True, bool(words[i - 1] & bit)
                i, j = i - 1, j - 1
            elif i and (not j or (self.is_in(i - 1, j) and rows[i][2] & bit)):
                yield True, False, False
                i -= 1
            else:
                yield False, True, False
                j -= 1


def _best_shift(table: _Table, rows: Sequence[_Row], words: Sequence[int], checked: int) -> tuple[int, list[int], int]:
    """What the best shift gains, the words after it, and how many shifts have been looked at."""
    wrong_here, wrong_there, places = _errors(table, rows, words)
    if not wrong_here or not wrong_there:
        return 0, list(words), checked
    best: tuple[int, int, int, int] | None = None
    known: dict[tuple[int, int, int], int] = {}
    for start, at, length in _runs(words, table.width):
        part = (1 << length) - 1
        if (
            not wrong_here >> start & part
            or not wrong_there >> at & part
            or start <= places[at + 1] - 1 < start + length
        ):
            continue
        before = -1
        for to in places[at : at + length + 1]:
            if to == before:
                continue
            before = to
            checked += 1
            key = (start, length, to)
            if key not in known:
                last = start + length if to < start else to if to > start + length else to + length
                known[key] = table.gain(rows, _shifted(words, start, length, to), min(start, to), last)
            found = (known[key], length, -start, -to)
            if best is None or found > best:
                best = found
        if checked >= _MOST_SHIFTS:
            break
    if best is None:
        return 0, list(words), checked
    gain, length, start, to = best
    return gain, _shifted(words, -start, length, -to), checked


def _errors(table: _Table, rows: Sequence[_Row], words: Sequence[int]) -> tuple[int, int, list[int]]:
    """The words of the hypothesis and of the reference that are wrong, as bits, and for each place in the reference,
    from the one before its first word, the place in the hypothesis that it is at."""
    i, j, here, there = table.height, table.width, 0, 0
    places = [0] * (table.width + 1)
    for uses_here, uses_there, is_same in table.way(rows, words):
        if uses_there:
            places[j] = i
            there |= (not is_same) << (j - 1)
        if uses_here:
            here |= (not is_same) << (i - 1)
        i, j = i - uses_here, j - uses_there
    return here, there, places


def _runs(words: Sequence[int], width: int) -> Iterator[tuple[int, int, int]]:
    """Runs of words that both texts have: start in the hypothesis, start in the reference, length."""
    count = len(words)
    for start, word in enumerate(words):
        low = max(0, start - _FARTHEST_SHIFT)
        left = word >> low & ((1 << (start + _FARTHEST_SHIFT + 1 - low)) - 1)
        while left:
            at = (left & -left).bit_length() - 1
            left &= left - 1
            at += low
            length = 0
            while length < _LONGEST_SHIFT and start + length < count and words[start + length] >> (at + length) & 1:
                length += 1
                yield start, at, length


def _shifted(words: Sequence[int], start: int, length: int, to: int) -> list[int]:
    """The words with `length` of them from `start` put before the one at `to`; counted on where that is one of them."""
    run, end = list(words[start : start + length]), start + length
    if to < start:
        return [*words[:to], *run, *words[to:start], *words[end:]]
    if to > end:
        return [*words[:start], *words[end:to], *run, *words[to:]]
    return [*words[:start], *words[end : length + to], *run, *words[length + to :]]
