"""Aligned pairs of language from documents and their translations, with confidence and place.

A book is read twice: the first pass learns which words translate each other from the likely pairs of all its
documents, the second one aligns with them. Documents are spread over processes where that pays; the result is the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from amts_action.alignment.beads import Bead
from amts_action.alignment.blocks import align_blocks
from amts_action.alignment.lexicon import Lexicon, learn_lexicon
from amts_action.alignment.sentences import SentenceUnit, align_sentences, first_pairs
from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.files import is_notebook
from amts_action.documents.language_codes import between_sentences
from amts_action.documents.model import PROSE, Block, Span
from amts_action.documents.sentences import sentences
from amts_action.errors import AmtsError
from amts_action.processes import end_with_parent, processors

__all__ = [
    "LANGUAGE",
    "Aligned",
    "CandidatePair",
    "Granularity",
    "PageTexts",
    "aligned_documents",
    "candidates",
    "harvest",
]

Granularity = Literal["block", "sentence"]
LANGUAGE = PROSE - {"caption"}
"""Kinds of block that parallel data are made of: pictures are left out with their captions."""
_PARALLEL_FROM = 150_000
"""Characters of source text from which documents are spread over processes: below, starting them takes longer. Our own
limit, measured by `benchmarks/remember.py`."""
_LEARN_FROM = 20_000
"""Pairs that words are learnt from at most: more do not make the words surer, and cost time and memory. Our own
limit."""
_LIKELY = 0.5
"""Least confidence of an aligned block that words are learnt from. By hand, held to `benchmarks/sentence_pairs.py`."""
_CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class PageTexts:
    """A document and its translation."""

    path: str
    """Where the translation is, for reports; its suffix says whether it is a notebook."""
    source: str
    target: str
    source_lang: str
    target_lang: str


@dataclass(frozen=True, slots=True)
class CandidatePair:
    """Two pieces of language that belong together, with their markup as in the files."""

    source: str
    target: str
    confidence: float
    """0 to 1."""
    path: str
    line: int
    """Line of the target, from 1, where the block of `target` starts; in a notebook, of its cell."""
    cell: int | None = None
    """Cell of the target's notebook, from 0."""

    @property
    def place(self) -> str:
        """`path:line`, or `path:cell:line` in a notebook."""
        return f"{self.path}:{self.line}" if self.cell is None else f"{self.path}:cell {self.cell}:{self.line}"


@dataclass(frozen=True, slots=True)
class Aligned:
    """The blocks of a document and its translation, aligned."""

    source: tuple[Block, ...]
    target: tuple[Block, ...]
    beads: tuple[Bead, ...]
    places: tuple[tuple[int | None, int], ...]
    """Cell and line of every target block."""
    written: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    """Every block of the two sides as it stands in its file or cell."""


Also = Callable[[Aligned, PageTexts], Iterable[CandidatePair]]
"""Takes more pairs of a document and its translation."""


def aligned_documents(source: str, target: str, name: str) -> Aligned:
    """The aligned blocks of two documents; those of notebooks come from their markdown cells.

    Raises:
        InputError: a notebook cannot be read.
    """
    if not is_notebook(name):
        left, right = _parsed(source).blocks, _parsed(target).blocks
        places = tuple((None, line) for line in _lines(target, right))
        return Aligned(
            left, right, align_blocks(left, right), places, (_written(source, left), _written(target, right))
        )
    from amts_action.alignment.cells import align_cells
    from amts_action.documents.notebooks.notebook import parse_notebook

    books = parse_notebook(source, where=name), parse_notebook(target, where=name)
    sides: tuple[list[Block], list[Block]] = ([], [])
    written: tuple[list[str], list[str]] = ([], [])
    beads: list[Bead] = []
    at: list[tuple[int | None, int]] = []
    for bead in align_cells(*books):
        inner: list[list[Block]] = [[], []]
        for n, cells in enumerate((bead.source, bead.target)):
            for k in cells:
                text = books[n].cells[k].source
                blocks = parse_markdown(text).blocks if books[n].cells[k].kind == "markdown" else ()
                inner[n] += blocks
                written[n].extend(_written(text, blocks))
                if n:
                    at += [(k, line) for line in _lines(text, blocks)]
        for b in align_blocks(*inner):
            base = tuple(i + len(sides[0]) for i in b.source)
            beads.append(Bead(base, tuple(j + len(sides[1]) for j in b.target), b.confidence))
        sides[0].extend(inner[0])
        sides[1].extend(inner[1])
    return Aligned(tuple(sides[0]), tuple(sides[1]), tuple(beads), tuple(at), (tuple(written[0]), tuple(written[1])))


def _written(text: str, blocks: Sequence[Block]) -> tuple[str, ...]:
    return tuple(block.outer.of(text) for block in blocks)


_parsed = lru_cache(maxsize=4)(parse_markdown)
"""An evaluation aligns one source with many translations."""


def _lines(text: str, blocks: Sequence[Block]) -> list[int]:
    """The line, from 1, at which each block starts."""
    out, line, at = [], 1, 0
    for block in blocks:
        line += text.count("\n", at, block.outer.start)
        at = block.outer.start
        out.append(line)
    return out


def candidates(
    aligned: Aligned, texts: PageTexts, granularity: Granularity, lexicon: Lexicon | None, *, kinds: Set[str] = LANGUAGE
) -> list[CandidatePair]:
    """The pairs of one document, in the order of the source.

    Args:
        lexicon: learnt from the book; without it, words are learnt from this document. Blocks need none.
        kinds: the kinds of block to take.
    """
    if granularity == "block":
        return list(_block_pairs(aligned, texts, kinds))
    left, right, beads = _sentences(aligned, texts, lexicon)
    gap = between_sentences(texts.target_lang)
    out = []
    for bead in beads:
        here, there = [left[i] for i in bead.source], [right[j] for j in bead.target]
        if here and there and {u.kind for u in (*here, *there)} <= kinds:
            cell, line = aligned.places[there[0].block_index]
            pair = " ".join(u.text for u in here), gap.join(u.text for u in there)
            out.append(CandidatePair(*pair, bead.confidence, texts.path, line, cell))
    return out


def _block_pairs(aligned: Aligned, texts: PageTexts, kinds: Set[str]) -> Iterator[CandidatePair]:
    gap = between_sentences(texts.target_lang)
    for bead in aligned.beads:
        here, there = [aligned.source[i] for i in bead.source], [aligned.target[j] for j in bead.target]
        if not here or not there or not {b.kind for b in (*here, *there)} <= kinds:
            continue
        cell, line = aligned.places[bead.target[0]]
        pairs = [(" ".join(b.text for b in here), gap.join(b.text for b in there))]
        if here[0].kind == there[0].kind == "table_row":
            cells = [_CELL.split(" ".join(b.text for b in side)) for side in (here, there)]
            pairs = list(zip(*cells, strict=True)) if len(cells[0]) == len(cells[1]) else []
        for a, b in pairs:
            yield CandidatePair(a.strip(), b.strip(), bead.confidence, texts.path, line, cell)


def _sentences(
    aligned: Aligned, texts: PageTexts, lexicon: Lexicon | None
) -> tuple[list[SentenceUnit], list[SentenceUnit], list[Bead]]:
    left = _units(aligned.source, texts.source_lang)
    right = _units(aligned.target, texts.target_lang)
    beads = align_sentences(
        left,
        right,
        groups=[(b.source, b.target) for b in aligned.beads if b.source and b.target],
        lexicon=lexicon,
    )
    return left, right, beads


def _units(blocks: Sequence[Block], lang: str) -> list[SentenceUnit]:
    """The sentences of the language, and what is no language whole: it leads the way."""
    out = []
    for n, block in enumerate(blocks):
        whole = [Span(0, len(block.text))]
        for span in sentences(block.text, lang, kind=block.kind) if block.is_prose else whole:
            out.append(SentenceUnit(span.of(block.text), n, block.kind, span))
    return out


def harvest(
    documents: Sequence[PageTexts],
    granularity: Granularity,
    *,
    kinds: Set[str] = LANGUAGE,
    workers: int | None = None,
    also: Also | None = None,
) -> Iterator[list[CandidatePair] | str]:
    """The pairs of each document of one book, in order; for one that cannot be read, why.

    Args:
        documents: all of one pair of languages.
        kinds: the kinds of block to take.
        workers: processes; as many as there are processors when None and the book is large enough.
        also: what else to take of a document; a function that other processes can find.
    """
    size = sum(len(d.source) for d in documents)
    count = min(len(documents), (processors() if size >= _PARALLEL_FROM else 1) if workers is None else workers)
    if count < 2:
        shelf = _Shelf(documents, granularity, kinds, also)
        pairs = [shelf.first(k) for k in range(len(documents))]
        shelf.learn(_lexicon(pairs, granularity))
        for k in range(len(documents)):
            yield shelf.second(k)
        return
    yield from _in_processes(documents, granularity, kinds, count, also)


def _lexicon(found: Sequence[Sequence[tuple[str, str]]], granularity: Granularity) -> Lexicon | None:
    """What the confident pairs of all documents teach; None where a document does that for itself."""
    if granularity == "block" or len(found) < 2:
        return None
    return learn_lexicon([pair for pairs in found for pair in pairs][:_LEARN_FROM])


class _Shelf:
    """Documents, and between the two passes what was read from them."""

    def __init__(
        self, documents: Sequence[PageTexts], granularity: Granularity, kinds: Set[str], also: Also | None
    ) -> None:
        self.documents, self.granularity, self.kinds, self.also = documents, granularity, kinds, also
        self.lexicon: Lexicon | None = None
        self.read: dict[int, Aligned | str] = {}

    def _aligned(self, k: int) -> Aligned | str:
        texts = self.documents[k]
        try:
            return aligned_documents(texts.source, texts.target, texts.path)
        except AmtsError as error:
            return str(error)

    def first(self, k: int) -> list[tuple[str, str]]:
        """Pairs of a document to learn words from; none where no words are learnt."""
        if self.granularity == "block" or len(self.documents) < 2:
            return []
        aligned = self.read[k] = self._aligned(k)
        if isinstance(aligned, str):
            return []
        texts = self.documents[k]
        sides = _units(aligned.source, texts.source_lang), _units(aligned.target, texts.target_lang)
        return first_pairs(*sides, [(b.source, b.target) for b in aligned.beads if b.confidence >= _LIKELY])

    def learn(self, lexicon: Lexicon | None) -> None:
        """Takes the words for the second pass."""
        self.lexicon = lexicon

    def second(self, k: int) -> list[CandidatePair] | str:
        """The pairs of a document."""
        aligned = self.read.pop(k) if k in self.read else self._aligned(k)
        if isinstance(aligned, str):
            return aligned
        found = candidates(aligned, self.documents[k], self.granularity, self.lexicon, kinds=self.kinds)
        return [*found, *(self.also(aligned, self.documents[k]) if self.also is not None else ())]


def _in_processes(
    documents: Sequence[PageTexts], granularity: Granularity, kinds: Set[str], workers: int, also: Also | None
) -> Iterator[list[CandidatePair] | str]:
    """Each process keeps its documents for both passes; the largest documents are dealt out first."""
    from concurrent.futures import ProcessPoolExecutor
    from contextlib import ExitStack
    from multiprocessing import get_context

    loads, owner = [0] * workers, [0] * len(documents)
    for k in sorted(range(len(documents)), key=lambda k: -len(documents[k].source)):
        owner[k] = loads.index(min(loads))
        loads[owner[k]] += len(documents[k].source)
    with ExitStack() as stack:
        context, arguments = get_context("fork"), (documents, granularity, kinds, also)
        pools = [
            stack.enter_context(ProcessPoolExecutor(1, mp_context=context, initializer=_open, initargs=arguments))
            for _ in range(workers)
        ]
        firsts = [pools[owner[k]].submit(_first, k) for k in range(len(documents))]
        lexicon = _lexicon([f.result() for f in firsts], granularity)
        for pool in pools:
            pool.submit(_learn, lexicon)
        running = [pools[owner[k]].submit(_second, k) for k in range(len(documents))][::-1]
        while running:
            yield running.pop().result()


_shelf: _Shelf | None = None
"""In a worker process: its documents."""


def _open(documents: Sequence[PageTexts], granularity: Granularity, kinds: Set[str], also: Also | None) -> None:
    global _shelf
    end_with_parent()
    _shelf = _Shelf(documents, granularity, kinds, also)


def _own() -> _Shelf:
    if _shelf is None:
        raise RuntimeError("only a worker process has a shelf")
    return _shelf


def _first(k: int) -> list[tuple[str, str]]:
    return _own().first(k)


def _learn(lexicon: Lexicon | None) -> None:
    _own().learn(lexicon)


def _second(k: int) -> list[CandidatePair] | str:
    return _own().second(k)
