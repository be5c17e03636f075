"""The units that sentence alignment works on, and where they are in their document."""

from __future__ import annotations

from dataclasses import dataclass

from amts_action.documents.model import Document, Span
from amts_action.documents.sentences import sentences

__all__ = ["SentenceUnit", "sentence_units"]

_NOWHERE = Span(0, 0)
_MILESTONES = frozenset({"code", "math", "label"})


@dataclass(frozen=True, slots=True)
class SentenceUnit:
    """One sentence, or one block that is not language (a milestone: code, a display equation, a label)."""

    text: str
    block_index: int
    """Place of its block in the document; rises along the units."""
    kind: str = "paragraph"
    """Kind of its block (`documents.model.Kind`)."""
    span: Span = _NOWHERE
    """Place of the sentence in `Block.text`."""


def sentence_units(document: Document, lang: str, *, milestones: bool = False) -> list[SentenceUnit]:
    """The sentences of all blocks of language, in order; with `milestones` also code, equations and labels whole.

    Milestones lead the way where no aligned blocks are given to `align_sentences`.
    """
    units: list[SentenceUnit] = []
    for n, block in enumerate(document.blocks):
        if block.is_prose:
            spans = sentences(block.text, lang, kind=block.kind)
            units += [SentenceUnit(span.of(block.text), n, block.kind, span) for span in spans]
        elif milestones and block.kind in _MILESTONES:
            units.append(SentenceUnit(block.text, n, block.kind, Span(0, len(block.text))))
    return units
