"""Aligns the blocks of a source document with the blocks of its translation.

Three levels, strict before loose (DESIGN §6): blocks with the same rare formula, program or label in the order that
both sides share; one dynamic programme in each gap between those (1-1, 1-0, 0-1, 1-2, 2-1, 1-3, 3-1, 2-2) over kinds,
anchors and lengths (Gale & Church 1993, "A Program for Aligning Sentences in Bilingual Corpora"); then the same again
for what is left on both sides, which finds sections that the translation has elsewhere.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from amts_action.alignment.beads import Bead
from amts_action.alignment.patience import increasing, unique_pairs
from amts_action.documents.anchors import Anchors, anchors, canonical_math, strong_key
from amts_action.documents.inline import plain_text
from amts_action.documents.model import Block

__all__ = ["EnglishRow", "align_blocks", "align_rows", "next_alike"]


@dataclass(frozen=True, slots=True)
class EnglishRow:
    """One block of the English, of which there may be two versions; the translation stands with either."""

    block: Block
    other: Block | None = None
    """The same block in the other version, where it differs."""
    is_new: bool = False
    """Only the new version has it, so that mostly nothing translates it."""
    is_echo: bool = False
    """The place in the new version of a block that another row has at its old one."""

    @property
    def is_free(self) -> bool:
        """Whether it is no surprise that the translation has nothing for the row."""
        return self.is_new or self.is_echo


_FLOW = frozenset({"paragraph", "list_item", "caption", "footnote"})
_ASIDE = re.compile(r"(?:\([^()]*\)|（[^（）]*）|\*[^*]+\*|_[^_]+_)[.。]?\s*\Z")
"""A paragraph that is in brackets or emphasised as a whole, as translators' notes are."""
_KINDS_QUOTE = -0.5
"""For a block in a quotation and one that is in none: translators put their notes there. By hand, held by
`tests/alignment/test_alignment.py`."""
_WEIGHT = {"i": 2.0, "p": 1.0, "n": 0.5, "w": 0.35, "c": 0.6, "m": 2.5, "d": 1.0, "o": 3.0, "l": 4.0, "h": 0.5}
"""What one anchor that both sides have says, by its kind (the first letter of an anchor): ids of cells, protected
spans, numbers, words, lines of code, formulas, directives, options, labels, lines of HTML. By hand, held to
`benchmarks/labels.py` and `cells.py`."""
_GAP = {"code": -0.8, "comment": -0.2, "label": -0.8, "html": -0.8, "rule": -0.8, "end": -0.9, "tab": -0.9}
"""Score of leaving a block without a counterpart, by its kind: people leave out and add little else than comments. By
hand, held to `benchmarks/labels.py` and `cells.py`."""
_GAP_DEFAULT = -1.2
"""The same for all other kinds. By hand, held to `benchmarks/labels.py` and `cells.py`."""
_NEW = -1.0
"""For a block of the translation that is taken for a new one of the English: the old ones come first. By hand, held by
`tests/merging/test_counterparts.py`."""
_LONGEST_RUN = 5
"""Most blocks that one block of the other side stands for. By hand, held to `benchmarks/labels.py` and `cells.py`."""
_SHAPES = ((1, 1), (2, 2), *((1, n) for n in range(2, _LONGEST_RUN + 1)), *((m, 1) for m in range(2, _LONGEST_RUN + 1)))
"""Numbers of blocks on the two sides that are aligned as one. As in Gale & Church, who stop at two, and up to the
longest run."""
_SHAPE_COST = {(m, n): -1.0 * (m + n - 2) if m + n < 5 else -1.4 - 0.3 * (m + n) for m, n in _SHAPES}
_MOST = {shape: 1.1 + cost + 1e-9 for shape, cost in _SHAPE_COST.items()}
"""Most that kinds and lengths say for a shape; the last term is more than sums are off by rounding."""
_MIXED = -0.4
"""For every block of another kind in a run that is taken together: a translator may make a paragraph a list, or the
other way round, but mostly a paragraph and the list after it are two things. By hand, held by
`tests/alignment/test_alignment.py`."""
_BAND_CELLS = 200_000
"""Cells of one dynamic programme; beyond it a band is searched, so that two unrelated documents take seconds. Our own
limit, measured by `benchmarks/growth.py`."""


_SMALL = 10_000
"""Cells of a programme that are all searched; real gaps between anchors are smaller. Our own limit, measured by
`benchmarks/growth.py`."""
_NARROW = 8
"""Target blocks to each side of the diagonal that are searched first in larger ones. Our own limit, measured by
`benchmarks/growth.py`."""
_NEARLY_ALL = 0.95
"""Least share of blocks and of signs that must fit near the diagonal, for nothing to be looked for elsewhere. By hand,
held to `benchmarks/labels.py` and `cells.py`."""


class _Side:
    """One document, prepared for many comparisons."""

    def __init__(self, blocks: Sequence[Block], apart: Sequence[bool] = (), like: _Side | None = None) -> None:
        """`apart` says which blocks are taken together only with their like; `like` has most of the blocks."""
        self.blocks = tuple(blocks)
        known = {id(b): found for b, found in zip(like.blocks, like.anchors, strict=True)} if like else {}
        self.anchors: list[Anchors] = [known.get(id(b)) or anchors(b) for b in blocks]
        self.found = Counter(a for found in self.anchors for a in found)
        self.is_prose = [b.is_prose for b in blocks]
        self.is_flow = [b.kind in _FLOW for b in blocks]
        self.is_aside = [flows and bool(_ASIDE.match(b.text)) for b, flows in zip(blocks, self.is_flow, strict=True)]
        self.sizes = [0, *accumulate(len(b.text) for b in blocks)]
        """Running sum of characters."""
        self.alike = _alike_from(self.blocks)
        self.run = [_run_of(self.blocks, k, apart) for k in range(len(blocks))]
        """How many blocks from each one on may be taken together."""

    def weigh(self, rarity: dict[str, float]) -> None:
        """Forgets the anchors that only this side has and sums the weight of the others, block by block."""
        self.known = [{a: n for a, n in found.items() if a in rarity} for found in self.anchors]
        self.weight = [sum(rarity[a] * n for a, n in known.items() if a[0] != "w") for known in self.known]
        self.worth = [sum(rarity[a] * n for a, n in known.items()) for known in self.known]
        self.merged: dict[tuple[int, int], dict[str, int]] = {}

    def group(self, i: int, m: int) -> dict[str, int]:
        """The shared anchors of blocks `i … i+m` (end exclusive)."""
        if m == 1:
            return self.known[i]
        found = self.merged.get((i, m))
        if found is None:
            found = self.merged[i, m] = dict(self.known[i])
            for known in self.known[i + 1 : i + m]:
                for a, n in known.items():
                    found[a] = found.get(a, 0) + n
        return found


def _alike_from(blocks: Sequence[Block]) -> list[int]:
    """For each block how many of its kind follow each other from it on."""
    out: list[int] = []
    for k in range(len(blocks) - 1, -1, -1):
        out.append(out[-1] + 1 if out and blocks[k].kind == blocks[k + 1].kind else 1)
    return out[::-1]


def _run_of(blocks: tuple[Block, ...], k: int, apart: Sequence[bool]) -> int:
    first = blocks[k]
    if first.kind not in _FLOW or first.kind == "caption":
        return 1
    n = 1
    while (
        n < _LONGEST_RUN
        and k + n < len(blocks)
        and (blocks[k + n].kind in _FLOW or blocks[k + n].kind == "math")
        and (blocks[k + n].container, blocks[k + n].part) == (first.container, first.part)
        and (not apart or apart[k + n] == apart[k])
    ):
        n += 1
    return n


class _Scorer:
    """Scores of candidate beads between two sides; higher is better, 0 is indifferent.

    The source may be there in two versions: a candidate then has the score of the version that fits better.
    """

    def __init__(self, rows: Sequence[EnglishRow], target: _Side) -> None:
        free = [row.is_free for row in rows]
        self.rows, self.target = rows, target
        self.base = _Side([row.block for row in rows], free)
        self.changed = [row.other is not None for row in rows]
        self.sides = [self.base]
        self.is_twofold = any(self.changed)
        if self.is_twofold:
            self.sides.append(_Side([row.other or row.block for row in rows], free, self.base))
        there = target.found
        here = {a: max(side.found[a] for side in self.sides) for side in self.sides for a in side.found}
        self.rarity = {a: _WEIGHT.get(a[0], 0.3) / max(n, there[a]) ** 0.5 for a, n in here.items() if a in there}
        for side in (*self.sides, target):
            side.weigh(self.rarity)
        worth: list[float] = [max(worth) for worth in zip(*(side.worth for side in self.sides), strict=True)]
        self.worth, self.target_worth = ([0.0, *accumulate(found)] for found in (worth, target.worth))
        """Running sums."""
        self.ratio = _length_ratio([row.block for row in rows if not row.is_free], target.blocks)
        self.gaps = [0.0 if row.is_free else self.gap(row.block) for row in rows]
        """Score of leaving each source block without a counterpart."""
        self.known: dict[tuple[int, int, int, int], float] = {}

    def gap(self, block: Block) -> float:
        """Score of leaving a block without a counterpart."""
        return _GAP.get(block.kind, _GAP_DEFAULT)

    def pair(self, i: int, m: int, j: int, n: int) -> float:
        """Score of base blocks `i … i+m` against target blocks `j … j+n` (ends exclusive); -inf when impossible."""
        key = (i, m, j, n)
        found = self.known.get(key)
        if found is None:
            found = self._pair(self.base, i, m, j, n)
            if self.is_twofold and any(self.changed[i : i + m]):
                found = max(found, self._pair(self.sides[1], i, m, j, n))
            if self.rows[i].is_new:
                found += _NEW
            self.known[key] = found
        return found

    def most(self, i: int, m: int, j: int, n: int) -> float:
        """An upper bound of `pair` for more than two blocks, quick to tell."""
        here, there = self.worth[i + m] - self.worth[i], self.target_worth[j + n] - self.target_worth[j]
        return _MOST[m, n] + min(4.0, 1.6 * (here if here < there else there))

    def fits(self, i: int, m: int, j: int, n: int) -> float:
        """What lengths take from that bound at least."""
        there = self.target.sizes[j + n] - self.target.sizes[j]
        return max(self.length(side.sizes[i + m] - side.sizes[i], there) for side in self.sides) - 0.6

    def _pair(self, base: _Side, i: int, m: int, j: int, n: int) -> float:
        target = self.target
        if m == n == 1:
            score = _kinds(base, i, target, j)
            if score == -math.inf:
                return score
        else:
            if not (base.is_flow[i] and target.is_flow[j]) or self._stands_apart(base, i, m, j, n):
                return -math.inf
            score = 0.5 + _SHAPE_COST[m, n]
            score += _MIXED * (self._mixed(base, i, m) + self._mixed(target, j, n))
        score += self.shared(base, i, m, j, n)
        if base.is_prose[i] and target.is_prose[j]:
            score += self.length(base.sizes[i + m] - base.sizes[i], target.sizes[j + n] - target.sizes[j])
        return score

    @staticmethod
    def _mixed(side: _Side, k: int, count: int) -> int:
        """How many of a run of blocks are of another kind than the first."""
        if side.alike[k] >= count:
            return 0
        return sum(b.kind != side.blocks[k].kind for b in side.blocks[k + 1 : k + count])

    def _stands_apart(self, base: _Side, i: int, m: int, j: int, n: int) -> bool:
        """Whether one of several blocks that are taken together is a formula that the other side does not hold: a
        translator may draw a display formula into the sentence that it belongs to."""
        for side, k, count, other in ((base, i, m, (self.target, j, n)), (self.target, j, n, (base, i, m))):
            if side.alike[k] >= count:
                continue  # a run begins with flowing text
            anchors_there = other[0].group(*other[1:])
            if any(
                "m" + canonical_math(b.text) not in anchors_there
                for b in side.blocks[k : k + count]
                if b.kind == "math"
            ):
                return True
        return False

    def shared(self, base: _Side, i: int, m: int, j: int, n: int) -> float:
        """What the anchors of both say, those that are in one only as well; 0 when there are none."""
        here, there = base.group(i, m), self.target.group(j, n)
        weight = sum(base.weight[i : i + m]) + sum(self.target.weight[j : j + n])
        if here.keys().isdisjoint(there):
            return 0.0 - min(2.5, 0.7 * weight)
        shared = words = 0.0
        if len(there) < len(here):
            here, there = there, here
        for a, count in here.items():
            other = there.get(a)
            if other:
                both = self.rarity[a] * (count if count < other else other)
                if a[0] == "w":
                    words += both
                else:
                    shared += both
        return min(4.0, 1.6 * (shared + words)) - min(2.5, 0.7 * (weight - 2 * shared))

    def length(self, here: int, there: int) -> float:
        """Gale & Church's z-score of the two lengths, floored: people leave out and add."""
        expected = here * self.ratio
        z = (there - expected) / math.sqrt(6.8 * (expected + there) / 2 + 30)
        return max(-2.5, 0.6 - 0.18 * z * z)


def _kinds(base: _Side, i: int, target: _Side, j: int) -> float:
    """What the kinds of two blocks say of their being translations of each other."""
    left, right = base.blocks[i], target.blocks[j]
    a, b = left.kind, right.kind
    if a == b:
        if base.is_aside[i] != target.is_aside[j]:
            return 0.0
        if ("quote" in left.container) != ("quote" in right.container):
            return _KINDS_QUOTE
        if a == "heading":
            return 1.2 if left.level == right.level else 0.0
        if a in ("directive", "tab", "end"):
            return 0.8 if left.info == right.info and left.container == right.container else -1.0
        if a in ("comment", "html"):
            return 0.4 if left.text == right.text else -0.6
        return 0.5
    if base.is_flow[i] and target.is_flow[j]:
        return -0.5
    is_formula = (a, b) in (("math", "paragraph"), ("paragraph", "math")) and _is_formula(left, right)
    return 0.5 if is_formula else -math.inf


def _is_formula(left: Block, right: Block) -> bool:
    """Whether one of them is a paragraph that is only the other's formula, in marks of slides say."""
    formula, own = (left, right) if left.kind == "math" else (right, left)
    if "m" + canonical_math(formula.text) not in anchors(own):
        return False
    return not any(map(str.isalnum, plain_text(own.text)))


_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_WIDE_RATIO = 0.45
"""Target characters for one of English, measured: Chinese, Japanese and Korean (d2l-zh 0.41, qe-zh and tf-docs zh 0.43,
ja 0.58)."""
_KNOWN_LENGTH = 100
"""So many characters of English the usual ratio counts for: in a page of three sentences one note of the translator's
own would make all of them look too short. By hand, held by `tests/alignment/test_alignment.py`."""


def _length_ratio(base: Sequence[Block], target: Sequence[Block]) -> float:
    """Target characters a source character, over all prose; 1 when either side has none."""
    here = sum(len(b.text) for b in base if b.is_prose)
    texts = [b.text for b in target if b.is_prose]
    there = sum(map(len, texts))
    if not here or not there:
        return 1.0
    usual = _WIDE_RATIO if 3 * sum(len(_WIDE.findall(t)) for t in texts) > there else 1.0
    return min(4.0, max(0.15, (there + usual * _KNOWN_LENGTH) / (here + _KNOWN_LENGTH)))


def align_blocks(base: Sequence[Block], target: Sequence[Block]) -> tuple[Bead, ...]:
    """Beads that cover every base block and every target block exactly once, in the order of the base.

    Groups of more than one block are runs of neighbours. Target-only blocks come where the target has them.
    """
    return align_rows([EnglishRow(block) for block in base], target)


def align_rows(rows: Sequence[EnglishRow], target: Sequence[Block]) -> tuple[Bead, ...]:
    """The same for an English of which there are two versions; the beads' `base` are the indexes of rows."""
    scorer = _Scorer(rows, _Side(target))
    there = [strong_key(b) for b in target]
    chain = increasing(unique_pairs(_keys(rows, frozenset(there)), there))
    found: list[tuple[int, int, int, int]] = []
    i = j = 0
    for a, b in [*chain, (len(rows), len(target))]:
        found += _slid(scorer, _programme(scorer, i, a, j, b), b)
        if a < len(rows):
            found.append((a, 1, b, 1))
        i, j = a + 1, b + 1
    firm = [group for group in found if not rows[group[0]].is_new]
    astray = [group for group in _elsewhere(scorer, firm) if not rows[group[0]].is_new]
    taken = {j for _, _, j, _ in astray}
    found = [*astray, *(group for group in found if not taken & set(range(group[2], group[2] + group[3])))]
    found += _elsewhere(scorer, found)
    return _beads(scorer, found)


_SLIDES = 0.3
"""How much worse a heading may fit the one that its section begins with. By hand, held to `benchmarks/labels.py` and
`cells.py`."""


def _slid(scorer: _Scorer, found: list[tuple[int, int, int, int]], end: int) -> list[tuple[int, int, int, int]]:
    """The pairs in order, with headings slid to the sections that follow them.

    Where a section is missing on one side, its heading and the next one are as good a counterpart of the one that is
    there; only the second stands above what it heads. `found` ends before target block `end`.
    """
    out = list(found)
    for n, (i, m, j, k) in enumerate(found):
        if m != 1 or k != 1 or scorer.base.blocks[i].kind != "heading":
            continue
        after = found[n + 1] if n + 1 < len(found) else None
        if after is None or after[2] != j + 1 or after[2] >= end:
            continue
        last = after[0] - 1
        if last <= i or scorer.base.blocks[last].kind != "heading":
            continue
        if scorer.pair(last, 1, j, 1) >= scorer.pair(i, 1, j, 1) - _SLIDES:
            out[n] = (last, 1, j, 1)
    return out


def _keys(rows: Sequence[EnglishRow], there: Container[str]) -> list[str]:
    """What tells each row from all others: of two versions the one that the target has."""
    keys = [strong_key(row.block) for row in rows]
    for n, row in enumerate(rows):
        if row.other is not None and keys[n] not in there:
            keys[n] = strong_key(row.other)
    return keys


def _elsewhere(scorer: _Scorer, found: Sequence[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Pairs out of order among what is left: only where anchors that say much agree."""
    used_base = {k for i, m, _, _ in found for k in range(i, i + m)}
    used_target = {k for _, _, j, n in found for k in range(j, j + n)}
    left = [k for k in range(len(scorer.base.blocks)) if k not in used_base]
    right = [k for k in range(len(scorer.target.blocks)) if k not in used_target]
    if not left or not right:
        return []
    by_anchor: dict[str, list[int]] = {}
    for k in right:
        for a in scorer.target.anchors[k]:
            if a[0] in "pcmlo":
                by_anchor.setdefault(a, []).append(k)
    pairs = []
    for i in left:
        near = {k for a in scorer.base.anchors[i] for k in by_anchor.get(a, ())[:8]}
        best = max(((scorer.pair(i, 1, k, 1), -k) for k in near), default=(0.0, 0))
        if best[0] > 2.5:
            pairs.append((best[0], i, -best[1]))
    out: list[tuple[int, int, int, int]] = []
    taken: set[int] = set()
    for _, i, k in sorted(pairs, key=lambda p: (-p[0], p[1])):
        if k not in taken:
            taken.add(k)
            out.append((i, 1, k, 1))
    return out


def _programme(scorer: _Scorer, i0: int, i1: int, j0: int, j1: int) -> list[tuple[int, int, int, int]]:
    """Best monotone alignment of base blocks `i0 … i1` with target blocks `j0 … j1` (ends exclusive).

    In a large gap first only the neighbourhood of the diagonal is searched; that is enough where all fits there.
    """
    rows, columns = i1 - i0, j1 - j0
    if not rows or not columns:
        return []
    if rows * columns > _SMALL and max(rows, columns) <= 2 * min(rows, columns):
        found = _banded(scorer, i0, i1, j0, j1, _NARROW)
        if _fits_diagonal(scorer, found, i0, i1, j0, j1):
            return found
    half = columns if rows * columns <= _BAND_CELLS else max(12, _BAND_CELLS // (2 * rows))
    return _banded(scorer, i0, i1, j0, j1, half)


def _fits_diagonal(
    scorer: _Scorer, found: Sequence[tuple[int, int, int, int]], i0: int, i1: int, j0: int, j1: int
) -> bool:
    """Whether an alignment near the diagonal leaves nothing to look for elsewhere: it stays away from the edge of what
    was searched, pairs nearly all, and nearly all pairs whose anchors or lengths say something agree in them."""
    rows, columns = i1 - i0, j1 - j0
    slope = columns / rows
    if any(abs((j - j0) - (i - i0) * slope) > _NARROW / 2 for i, _, j, _ in found):
        return False
    if sum(m for _, m, _, _ in found) < _NEARLY_ALL * rows or sum(n for _, _, _, n in found) < _NEARLY_ALL * columns:
        return False
    told = agreed = 0
    for i, m, j, n in found:
        if any(scorer.base.weight[i : i + m]) or any(scorer.target.weight[j : j + n]):
            told += 1
            agreed += scorer.shared(scorer.base, i, m, j, n) > 0
        elif scorer.base.blocks[i].is_prose:
            told += 1
            here, there = scorer.base.sizes, scorer.target.sizes
            agreed += scorer.length(here[i + m] - here[i], there[j + n] - there[j]) > 0
    return agreed >= _NEARLY_ALL * told


def _banded(scorer: _Scorer, i0: int, i1: int, j0: int, j1: int, half: int) -> list[tuple[int, int, int, int]]:
    """The best alignment of which no step is further than `half` target blocks from the diagonal."""
    rows, columns = i1 - i0, j1 - j0
    slope = columns / rows
    best: list[dict[int, float]] = []
    back: list[dict[int, tuple[int, int]]] = []
    pair = scorer.pair
    runs_base, runs_target = _runs(scorer.base, i0, i1), _runs(scorer.target, j0, j1)
    kinds_target = ["", *(block.kind for block in scorer.target.blocks[j0:j1])]
    gap_base = scorer.gaps[i0:i1]
    gap_target = [scorer.gap(scorer.target.blocks[j]) for j in range(j0, j1)]
    for r in range(rows + 1):
        low, high = max(0, int(r * slope) - half), min(columns, int(r * slope) + half)
        if r == rows:
            high = columns
        like = _like(scorer, i0 + r - 1) if r else ()
        line: dict[int, float] = {}
        came: dict[int, tuple[int, int]] = {}
        for c in range(low, high + 1):
            value, step = (0.0, (0, 0)) if r == c == 0 else (-math.inf, (0, 0))
            if r and (up := best[r - 1].get(c)) is not None and up + gap_base[r - 1] > value:
                value, step = up + gap_base[r - 1], (1, 0)
            if c and (side := line.get(c - 1)) is not None and side + gap_target[c - 1] > value:
                value, step = side + gap_target[c - 1], (0, 1)
            if kinds_target[c] in like and (before := best[r - 1].get(c - 1)) is not None:
                score = before + pair(i0 + r - 1, 1, j0 + c - 1, 1)
                if score > value:
                    value, step = score, (1, 1)
            for m, n in _SEVERAL[runs_base[r], runs_target[c]]:
                before = best[r - m].get(c - n)
                if before is None:
                    continue
                most = before + scorer.most(i0 + r - m, m, j0 + c - n, n)
                if most <= value or most + scorer.fits(i0 + r - m, m, j0 + c - n, n) <= value:
                    continue
                score = before + pair(i0 + r - m, m, j0 + c - n, n)
                if score > value:
                    value, step = score, (m, n)
            line[c], came[c] = value, step
        best.append(line)
        back.append(came)
    return _trace(back, i0, j0, rows, columns)


def _like(scorer: _Scorer, i: int) -> Container[str]:
    """The kinds of block that block `i` of the base, in either version, may be translated as."""
    kinds: set[str] = {side.blocks[i].kind for side in scorer.sides}
    if not kinds.isdisjoint(_FLOW):
        kinds |= {*_FLOW, "math"}
    elif "math" in kinds:
        kinds.add("paragraph")
    return kinds


def _runs(side: _Side, start: int, end: int) -> list[int]:
    """For each end of `start … end` a set of bits: bit n says that the n blocks before it may be taken together, bit 1
    that the one before it may stand for several."""
    return [
        sum(1 << n for n in range(1, min(k, _LONGEST_RUN) + 1) if side.run[at - n] >= n and side.is_flow[at - n])
        for k, at in enumerate(range(start, end + 1))
    ]


_BITS = range(0, 2 << _LONGEST_RUN, 2)
_SEVERAL = {
    (a, b): [(m, n) for m, n in _SHAPES if m + n > 2 and a >> m & 1 and b >> n & 1] for a in _BITS for b in _BITS
}
"""The shapes of more than two blocks that are possible for two such sets of bits."""


def _trace(
    back: Sequence[dict[int, tuple[int, int]]], i0: int, j0: int, rows: int, columns: int
) -> list[tuple[int, int, int, int]]:
    out = []
    r, c = rows, columns
    while r or c:
        m, n = back[r][c]
        if m and n:
            out.append((i0 + r - m, m, j0 + c - n, n))
        if not m and not n:
            break
        r, c = r - m, c - n
    return out[::-1]


def _beads(scorer: _Scorer, found: Sequence[tuple[int, int, int, int]]) -> tuple[Bead, ...]:
    by_target = {j + k: (i, m, j, n) for i, m, j, n in found for k in range(n)}
    by_base = {i + k: (i, m, j, n) for i, m, j, n in found for k in range(m)}
    beads: list[Bead] = []
    placed: set[int] = set()

    def target_only(j: int) -> None:
        while j < len(scorer.target.blocks) and j not in by_target and j not in placed:
            placed.add(j)
            beads.append(Bead((), (j,), 1.0))
            j += 1

    target_only(0)
    for i in range(len(scorer.base.blocks)):
        group = by_base.get(i)
        if group is None:
            beads.append(Bead((i,), (), 1.0))
        elif group[0] == i:
            beads.append(_bead(scorer, group))
            target_only(group[2] + group[3])
    for j in range(len(scorer.target.blocks)):
        if j not in by_target:
            target_only(j)
    return tuple(beads)


def _bead(scorer: _Scorer, group: tuple[int, int, int, int]) -> Bead:
    i, m, j, n = group
    score = scorer.pair(i, m, j, n)
    rivals = [scorer.gaps[i] + scorer.gap(scorer.target.blocks[j])]
    if m == n == 1:
        pairs = [(a, j) for a in next_alike(scorer.base.blocks, i)]
        pairs += [(i, b) for b in next_alike(scorer.target.blocks, j)]
        for a, b in pairs:
            rival = scorer.pair(a, 1, b, 1) - 0.6
            rivals.append(rival if abs(a - i) + abs(b - j) == 1 else min(rival, score))  # far off it is doubt, no proof
    else:
        rivals += _shorter(scorer, group)
    margin = score - max(rivals)
    return Bead(tuple(range(i, i + m)), tuple(range(j, j + n)), round(1 / (1 + math.exp(-1.2 * margin)), 3))


_FAR = 8
"""Blocks from one to the like one of the next section at most. Our own limit."""
_PASSED = frozenset({"heading", "paragraph", "list_item"})
"""Kinds that nothing holds in their place: a section that is missing moves them all."""


def next_alike(blocks: Sequence[Block], k: int) -> Iterator[int]:
    """The neighbours of a block, and for one of a section the like ones of the sections beside it."""
    for step in (-1, 1):
        n = k + step
        if 0 <= n < len(blocks):
            yield n
        while 0 <= n < len(blocks) and abs(n - k) <= _FAR and blocks[n].kind in _PASSED:
            if (blocks[n].kind, blocks[n].level) == (blocks[k].kind, blocks[k].level):
                if abs(n - k) > 1:
                    yield n
                break
            n += step


def _shorter(scorer: _Scorer, group: tuple[int, int, int, int]) -> list[float]:
    """Scores of the group without its first or last block on either side: that one may be an addition of its own."""
    i, m, j, n = group
    target, out = scorer.target.blocks, []
    if m > 1:
        out += [scorer.pair(i, m - 1, j, n) + scorer.gaps[i + m - 1]]
        out += [scorer.pair(i + 1, m - 1, j, n) + scorer.gaps[i]]
    if n > 1:
        out += [scorer.pair(i, m, j, n - 1) + scorer.gap(target[j + n - 1])]
        out += [scorer.pair(i, m, j + 1, n - 1) + scorer.gap(target[j])]
    return out
