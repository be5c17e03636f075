"""Aligns the sentences of a document with those of its translation.

One dynamic programme over beads (1-1, 1-2, 2-1, 2-2, 1-3, 3-1, 1-0, 0-1) in a corridor around what is already known
(aligned blocks, or rare formulas and references). A bead's score is the logarithm of a likelihood ratio: how much likelier
the two sides are as translations of each other than as strangers. It adds up lengths (Gale & Church 1993), anchors
that no language changes, the words (`alignment.lexicon`), kinds and block boundaries, and the prior of its shape.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from amts_action.alignment.anchoring import increasing, unique_pairs
from amts_action.alignment.lexicon import (
    Lexicon,
    anchor_features,
    best_of,
    explain,
    learn_lexicon,
    word_features,
)
from amts_action.documents.inline import tokens
from amts_action.documents.model import PROSE

__all__ = ["Bead", "BlockGroup", "SentenceUnit", "align_sentences", "confident_pairs"]


@dataclass(frozen=True, slots=True)
class SentenceUnit:
    """One sentence, or one block that is not language (a milestone: code, a display equation, a label)."""

    text: str
    block_index: int
    """Place of its block in the document; rises along the units."""
    kind: str = "paragraph"
    """Kind of its block (`documents.model.Kind`)."""


@dataclass(frozen=True, slots=True)
class Bead:
    """An aligned group: `source` and `target` are runs of unit indexes; one of them may be empty."""

    source: tuple[int, ...]
    target: tuple[int, ...]
    confidence: float
    """0 to 1: the share of this bead among all alignments that the model finds possible."""


BlockGroup = tuple[Sequence[int], Sequence[int]]
"""Block indexes of the source and of the target that belong together."""

_SHAPES = {
    (1, 1): 0.89,
    (1, 0): 0.0099,
    (0, 1): 0.0099,
    (2, 1): 0.0445,
    (1, 2): 0.0445,
    (2, 2): 0.011,
    (3, 1): 0.004,
    (1, 3): 0.004,
}
"""Gale & Church's priors; for 3-1 and 1-3, which they do not have, about a tenth of 2-1."""
_PRIOR = {shape: math.log(p) for shape, p in _SHAPES.items()}
