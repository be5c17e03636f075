"""Sentences of the translation that a comma joins of several English ones, of which some stay and some do not.

What stays keeps people's words then, too: the sentence is divided where it is certain what translates which
(`rewriting.clauses`).
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from itertools import pairwise

from amts_action.alignment.beads import Bead
from amts_action.alignment.lexicon import Lexicon
from amts_action.alignment.versions import fit
from amts_action.documents.model import Block, Span
from amts_action.documents.sentences import clauses
from amts_action.merging.rewriting.clauses import divide

__all__ = ["JoinedSentences", "PlacedSentence", "divided"]

_CERTAIN = 0.95
"""Least share of an end at which a sentence is divided. Measured by `benchmarks/clauses.py` on 637 neighbours in d2l-zh
that were joined by a comma: of the 35 % that are divided none is at a wrong place; at 0.9 it is one in 140."""
_FITS = 2.2
"""Least weight with which a part fits its English, and with which parts are likelier than that all of it says one
of them: odds of nine to one. Translators leave sentences out, and words of a neighbour seem to be theirs. Measured
likewise: with one of the two left out, 0.4 % are divided."""


@dataclass(frozen=True, slots=True)
class PlacedSentence:
    """A sentence of one of the blocks that are revised together."""

    block: int
    span: Span
    text: str
    is_joined: bool = False
    """It is a part of a sentence, and ends with the comma that joined it to the next."""


@dataclass(frozen=True, slots=True)
class JoinedSentences:
    """What tells where the words of one sentence end within another."""

    base: Sequence[Block]
    left: Sequence[PlacedSentence]
    """The sentences of the base."""
    target: Sequence[Block]
    right: Sequence[PlacedSentence]
    lang: str
    """The translation's language."""
    ratio: float
    """Characters of the translation for one of the English."""
    lexicon: Lexicon

    def parts(self, bead: Bead, used: Set[int]) -> list[tuple[tuple[int, ...], PlacedSentence]]:
        """Runs of base sentences that stay (`used`), or do not, each with its part of the translation; none where it
        is not certain that each has one, and where it ends."""
        own = [self.right[j] for j in bead.target]
        if not own or not used & set(bead.source) < set(bead.source) or len({s.block for s in own}) > 1:
            return []
        block = self.target[own[0].block]
        first, last = own[0].span.start, own[-1].span.end
        spans = [s for s in clauses(block.text, self.lang) if first <= s.start and s.end <= last]

        def weigh(k: int, a: int, b: int) -> float:
            return self._fit(bead.source[k : k + 1], block, Span(spans[a].start, spans[b - 1].end))

        ends = divide(len(bead.source), len(spans), weigh)
        stays = [i in used for i in bead.source]
        cuts = [n for n, (here, there) in enumerate(pairwise(stays), 1) if here != there]
        if not ends or any(ends[n - 1].share < _CERTAIN for n in cuts):
            return []
        stops = {s.span.end for s in own}
        out, begin, k = [], 0, 0
        for n in (*cuts, len(stays)):
            stop = ends[n - 1].clauses if n < len(stays) else len(spans)
            span = Span(spans[begin].start, spans[stop - 1].end)
            part = PlacedSentence(own[0].block, span, span.of(block.text), span.end not in stops)
            out.append((bead.source[k:n], part))
            begin, k = stop, n
        weights = [self._fit(run, block, part.span) for run, part in out]
        alone = max(self._fit(run, block, Span(spans[0].start, spans[-1].end)) for run, _ in out)
        return out if min(weights) >= _FITS and sum(weights) >= alone + _FITS else []

    def _fit(self, sentences: Sequence[int], own: Block, span: Span) -> float:
        """How well a part of a block fits some sentences of the base."""
        english = [self.left[i] for i in sentences]
        here = replace(self.base[english[0].block], text=" ".join(s.text for s in english))
        return fit(here, replace(own, text=span.of(own.text)), self.ratio, self.lexicon).weight


def divided(beads: Sequence[Bead], joined: JoinedSentences, used: Set[int]) -> tuple[list[Bead], list[PlacedSentence]]:
    """The beads and the sentences of the translation, with those divided that hold what stays and what does not.

    Args:
        used: the base sentences that stay.
    """
    parts = {bead.target: found for bead in beads if (found := joined.parts(bead, used))}
    if not parts:
        return list(beads), list(joined.right)
    at: dict[int, int] = {}
    right: list[PlacedSentence] = []
    pieces = {target[0]: [part for _, part in found] for target, found in parts.items()}
    gone = {j for target in parts for j in target}
    for j, sentence in enumerate(joined.right):
        at[j] = len(right)
        right += pieces.get(j, [] if j in gone else [sentence])
    out = []
    for bead in beads:
        if bead.target in parts:
            first = at[bead.target[0]]
            out += [replace(bead, source=run, target=(first + n,)) for n, (run, _) in enumerate(parts[bead.target])]
        else:
            out.append(replace(bead, target=tuple(at[j] for j in bead.target)))
    return out, right
