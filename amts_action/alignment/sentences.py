"""Aligns the sentences of a document with those of its translation.

One dynamic programme over beads (1-1, 1-2, 2-1, 2-2, 1-3, 3-1, 1-0, 0-1) in a corridor around what is already known
(aligned blocks, or rare formulas and references). A bead's score is the logarithm of a likelihood ratio: how much
likelier the two sides are as translations of each other than as strangers. It adds up lengths (Gale & Church 1993),
anchors that no language changes, the words (`alignment.lexicon`), kinds, block boundaries, and the prior of its shape.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from amts_action.alignment.beads import Bead
from amts_action.alignment.corridor import around, between, rare_points
from amts_action.alignment.evidence import Evidence, Side
from amts_action.alignment.lexicon import Lexicon, learn_lexicon
from amts_action.alignment.patience import increasing
from amts_action.alignment.programme import BlockGroup, Groups, Programme, Scores, Way
from amts_action.alignment.units import SentenceUnit, sentence_units
from amts_action.documents.model import PROSE

__all__ = [
    "BlockGroup",
    "SentenceUnit",
    "align_sentences",
    "certain_groups",
    "confident_pairs",
    "even_pairs",
    "first_pairs",
    "sentence_units",
]

_MARGIN, _MARGIN_GROUPS = 6, 1
"""Units that the first corridor goes beyond rare points, and beyond groups of blocks. By hand, held to
`benchmarks/sentence_pairs.py`."""
_EVEN = 0.4
"""Least share of the source's sentences in blocks with equally many on both sides, to learn from these alone (measured
on pages of a Chinese d2l book: 0.27 to 1, median 0.66; of a QuantEcon book: 0.98)."""
_SURE = 0.7
"""Least confidence of pairs that the next pass learns from: measured: at 0.5, two wrong pairs of a gold article became
sure."""
_CLEAR = 0.95
"""Share of sure beads from which another pass is not worth its time. Our own limit, held to
`benchmarks/sentence_pairs.py`."""
_PASSES = 2
"""Passes over two documents by themselves, each with the words that the one before has taught. Our own limit, held to
`benchmarks/sentence_pairs.py`."""


def certain_groups(beads: Sequence[Bead], sure: float) -> list[Bead]:
    """The beads taken together where it is not certain that something ends between them.

    Which of two sentences translates which may be unclear, and yet be clear of the two together.
    """
    out: list[Bead] = []
    run: list[Bead] = []
    for n, bead in enumerate(beads):
        run.append(bead)
        if bead.closes >= sure or n + 1 == len(beads):
            source = tuple(i for b in run for i in b.source)
            target = tuple(j for b in run for j in b.target)
            sides = (out[-1].closes if out else 1.0, bead.closes)
            out.append(Bead(source, target, min(sides), bead.closes))
            run = []
    return out


def align_sentences(
    source_units: Sequence[SentenceUnit],
    target_units: Sequence[SentenceUnit],
    *,
    groups: Sequence[BlockGroup] | None = None,
    lexicon: Lexicon | None = None,
) -> list[Bead]:
    """Beads that cover every unit of both sides exactly once, in the order of the source.

    Args:
        source_units, target_units: the sentences of the two documents, in order.
        groups: block indexes that an earlier alignment put together; a block in no group has no counterpart. Groups
            that the translation has elsewhere are aligned by themselves. Without it, rare formulas and references
            lead the way.
        lexicon: learnt from the book (`learn_lexicon` of the `first_pairs` of its documents); without it one is
            learnt from these two documents, in two passes.
    """
    work = _Alignment(source_units, target_units, groups)
    if lexicon is not None:
        return work.beads(lexicon)
    pairs = even_pairs(source_units, target_units, groups or ())
    if not _is_enough(pairs, source_units):
        pairs = list(confident_pairs(source_units, target_units, work.beads(Lexicon())))
    beads: list[Bead] = []
    for _ in range(_PASSES):
        beads = work.beads(learn_lexicon(pairs))
        if sum(bead.confidence >= 0.9 for bead in beads) >= _CLEAR * len(beads):
            break
        pairs = list(confident_pairs(source_units, target_units, beads, least=_SURE))
    return beads


def first_pairs(
    source: Sequence[SentenceUnit], target: Sequence[SentenceUnit], groups: Sequence[BlockGroup]
) -> list[tuple[str, str]]:
    """Pairs of two documents to learn words from while none is known.

    Blocks that have as many sentences on both sides are taken to keep their order. Where too few of them do, the
    sentences are aligned without knowing any word, which costs as much as another pass.
    """
    pairs = even_pairs(source, target, groups)
    if _is_enough(pairs, source):
        return pairs
    return list(confident_pairs(source, target, _Alignment(source, target, groups).beads(Lexicon())))


def even_pairs(
    source: Sequence[SentenceUnit], target: Sequence[SentenceUnit], groups: Sequence[BlockGroup]
) -> list[tuple[str, str]]:
    """The sentences, in order, of aligned blocks with equally many on both sides."""
    sides: tuple[dict[int, list[str]], dict[int, list[str]]] = ({}, {})
    for units, own in zip((source, target), sides, strict=True):
        for unit in units:
            if unit.kind in PROSE:
                own.setdefault(unit.block_index, []).append(unit.text)
    pairs: list[tuple[str, str]] = []
    for group in groups:
        here, there = (
            [text for block in blocks for text in own.get(block, ())] for blocks, own in zip(group, sides, strict=True)
        )
        if len(here) == len(there):
            pairs += zip(here, there, strict=True)
    return pairs


def _is_enough(pairs: Sequence[tuple[str, str]], source: Sequence[SentenceUnit]) -> bool:
    return len(pairs) >= _EVEN * sum(unit.kind in PROSE for unit in source)


def confident_pairs(
    source: Sequence[SentenceUnit], target: Sequence[SentenceUnit], beads: Iterable[Bead], *, least: float = 0.5
) -> Iterator[tuple[str, str]]:
    """The texts of beads that have two sides of language and at least the confidence `least`."""
    for bead in beads:
        if bead.source and bead.target and bead.confidence >= least and source[bead.source[0]].kind in PROSE:
            yield " ".join(source[i].text for i in bead.source), " ".join(target[j].text for j in bead.target)


class _Alignment:
    """Two documents, in parts; each pass starts from what the one before has found."""

    def __init__(
        self,
        source: Sequence[SentenceUnit],
        target: Sequence[SentenceUnit],
        groups: Sequence[BlockGroup] | None,
    ) -> None:
        self.parts = [_Part(source, target, left, right, groups) for left, right in _order(source, target, groups)]

    def beads(self, lexicon: Lexicon) -> list[Bead]:
        """The beads of all parts, in the order of the source."""
        found: list[tuple[int, Bead]] = []
        for part in self.parts:
            last = -1
            for bead in part.align(lexicon):
                last = bead.source[-1] if bead.source else last
                found.append((last, bead))
        return [bead for _, bead in sorted(found, key=lambda f: f[0])]


class _Part:
    """Units that are aligned together, in an order that both sides share."""

    def __init__(
        self,
        source: Sequence[SentenceUnit],
        target: Sequence[SentenceUnit],
        left: Sequence[int],
        right: Sequence[int],
        groups: Sequence[BlockGroup] | None,
    ) -> None:
        self.left, self.right = left, right
        self.source, self.target = Side([source[i] for i in left]), Side([target[j] for j in right])
        self.groups = Groups(self.source, self.target, groups)
        self.way: Way | None = None
        """What the last pass has found."""

    def align(self, lexicon: Lexicon) -> list[Bead]:
        """All kinds of beads, close to what the last pass has found, or else to the best way of 1-1, 1-0 and 0-1."""
        scores = Scores(Evidence(self.source, self.target, lexicon), self.groups)
        fine = Programme(scores, around(scores, self.way or self._coarse(scores)))
        self.way = fine.best()
        shares = fine.shares()
        ends: dict[tuple[int, int], float] = defaultdict(float)
        for (i, m, j, n), share in shares.items():
            ends[i + m, j + n] += share
        return [
            Bead(
                tuple(self.left[i : i + m]),
                tuple(self.right[j : j + n]),
                round(shares[i, m, j, n], 4),
                round(min(1.0, ends[i + m, j + n]), 4),
            )
            for i, m, j, n in self.way
        ]

    def _coarse(self, scores: Scores) -> Way:
        known = self.groups.known
        points = self.groups.points() if known else rare_points(self.source, self.target)
        corridor = between(scores.rows, scores.columns, points, _MARGIN_GROUPS if known else _MARGIN)
        return Programme(scores, corridor, is_coarse=True).best()


def _order(
    source: Sequence[SentenceUnit], target: Sequence[SentenceUnit], groups: Sequence[BlockGroup] | None
) -> list[tuple[Sequence[int], Sequence[int]]]:
    """Unit indexes to align together: first all that keep their order, then each group that moved."""
    known = sorted((min(a), min(b), n) for n, (a, b) in enumerate(groups or ()) if a and b)
    chain = {a for a, _ in increasing([(a, b) for a, b, _ in known])}
    moved = [(groups or ())[n] for a, _, n in known if a not in chain]
    here = {block: k for k, (blocks, _) in enumerate(moved) for block in blocks}
    there = {block: k for k, (_, blocks) in enumerate(moved) for block in blocks}
    left = [here.get(u.block_index, -1) for u in source]
    right = [there.get(u.block_index, -1) for u in target]
    return [
        ([i for i, part in enumerate(left) if part == k], [j for j, part in enumerate(right) if part == k])
        for k in range(-1, len(moved))
    ]
