"""From a document and its translation to the pairs that the memory keeps. Pure: no file, no repository."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from amts_action.alignment.sentences import align_sentences
from amts_action.alignment.units import SentenceUnit
from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.files import is_notebook
from amts_action.documents.language_codes import between_sentences
from amts_action.documents.model import PROSE, Block, Span
from amts_action.documents.sentences import sentences
from amts_action.markup.abstraction import normal
from amts_action.memory.harvest import Aligned, aligned_documents
from amts_action.memory.pairs import DocumentPair

__all__ = ["LEAST_CONFIDENCE", "Choice", "Pages", "entries", "sentence_texts"]

Choice = Literal["sentence", "block", "both"]

LEAST_CONFIDENCE = 0.5
"""Pairs whose alignment is less sure are not kept: a wrong pair would be offered as a translation. By hand, held to
`benchmarks/parallel_data.py`."""


@dataclass(frozen=True, slots=True)
class Pages:
    """A document and its translation."""

    name: str
    """Path of the translation; its suffix says which format both have."""
    source: str
    target: str
    source_lang: str
    target_lang: str
    granularity: Choice = "both"
    machine: frozenset[str] = frozenset()
    """Sentences of the translation that a machine wrote, white space normalised."""


def entries(pages: Pages) -> tuple[list[DocumentPair], int]:
    """The pairs of language of a document, and how many were left out.

    Blocks first, then sentences, each in the order of the source. Left out: what is not surely aligned, is the same
    in both languages, or holds no letter. The result depends on these two texts only.

    Raises:
        InputError: a notebook cannot be read.
    """
    aligned = aligned_documents(pages.source, pages.target, pages.name)
    found: list[DocumentPair] = []
    if pages.granularity != "sentence":
        found += _blocks(aligned, pages)
    if pages.granularity != "block":
        found += _sentences(aligned, pages)
    kept = [entry for entry in found if _is_good(entry)]
    return kept, len(found) - len(kept)


def _is_good(entry: DocumentPair) -> bool:
    same = normal(entry.source) == normal(entry.target)
    said = any(c.isalpha() for c in entry.source) and any(c.isalpha() for c in entry.target)
    broken = any("\ud800" <= c <= "\udfff" for c in entry.source + entry.target)  # has no UTF-8 form
    return entry.confidence >= LEAST_CONFIDENCE and said and not same and not broken


def _blocks(aligned: Aligned, pages: Pages) -> Iterator[DocumentPair]:
    language = [i for i, block in enumerate(aligned.source) if block.is_prose]
    place = {i: k for k, i in enumerate(language)}
    texts = [block.text for block in aligned.source]
    for bead in aligned.beads:
        here, there = [aligned.source[i] for i in bead.source], [aligned.target[j] for j in bead.target]
        if not here or not there or not all(block.is_prose for block in (*here, *there)):
            continue
        before, after = _around(language, place[bead.source[0]], place[bead.source[-1]])
        yield DocumentPair(
            "\n".join(block.text for block in here),
            "\n".join(block.text for block in there),
            bead.source[0],
            None,
            texts[before] if before is not None else "",
            texts[after] if after is not None else "",
            _origin([u.text for u in _units(there, pages.target_lang)], pages),
            confidence=bead.confidence,
        )


def _sentences(aligned: Aligned, pages: Pages) -> Iterator[DocumentPair]:
    left, right = _units(aligned.source, pages.source_lang), _units(aligned.target, pages.target_lang)
    beads = align_sentences(
        left,
        right,
        groups=[(b.source, b.target) for b in aligned.beads if b.source and b.target],
    )
    language = [i for i, unit in enumerate(left) if unit.kind in PROSE]
    place = {i: k for k, i in enumerate(language)}
    gap = between_sentences(pages.target_lang)
    for bead in beads:
        here, there = [left[i] for i in bead.source], [right[j] for j in bead.target]
        if not here or not there or not {u.kind for u in (*here, *there)} <= PROSE:
            continue
        before, after = _around(language, place[bead.source[0]], place[bead.source[-1]])
        texts = [unit.text for unit in there]
        yield DocumentPair(
            " ".join(unit.text for unit in here),
            gap.join(texts),
            here[0].block_index,
            _number(left, bead.source[0]),
            left[before].text if before is not None else "",
            left[after].text if after is not None else "",
            _origin(texts, pages),
            confidence=bead.confidence,
        )


def _around(language: Sequence[int], first: int, last: int) -> tuple[int | None, int | None]:
    """The units of language before and after the run from `first` to `last` (places in `language`)."""
    return language[first - 1] if first else None, language[last + 1] if last + 1 < len(language) else None


def _number(units: Sequence[SentenceUnit], at: int) -> int:
    """Place of a sentence in its block."""
    first = at
    while first and units[first - 1].block_index == units[at].block_index:
        first -= 1
    return at - first


def _units(blocks: Sequence[Block], lang: str) -> list[SentenceUnit]:
    """The sentences of the language, and what is no language whole."""
    out = []
    for n, block in enumerate(blocks):
        spans = sentences(block.text, lang, kind=block.kind) if block.is_prose else [Span(0, len(block.text))]
        out += [SentenceUnit(span.of(block.text), n, block.kind, span) for span in spans]
    return out


def _origin(texts: Sequence[str], pages: Pages) -> Literal["people", "machine"]:
    """`machine` when it wrote any of the sentences."""
    return "machine" if any(normal(text) in pages.machine for text in texts) else "people"


def sentence_texts(text: str, name: str, lang: str) -> frozenset[str]:
    """The sentences of one document, white space normalised.

    Raises:
        InputError: a notebook cannot be read.
    """
    if not is_notebook(name):
        blocks = parse_markdown(text).blocks
        return frozenset(normal(unit.text) for unit in _units([b for b in blocks if b.is_prose], lang))
    from amts_action.documents.notebooks.notebook import parse_notebook

    cells = [cell.source for cell in parse_notebook(text, where=name).cells if cell.kind == "markdown"]
    return frozenset(sentence for cell in cells for sentence in sentence_texts(cell, "cell.md", lang))
