"""Aligned pairs of language from documents and their translations, with confidence and place.

A book is aligned twice: the first pass learns which words translate each other from the confident pairs of all its
documents, the second one uses it. Documents are spread over processes where that pays; the result does not depend on it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Literal, TypeVar

from amts_action.alignment.blocks import Bead as BlockBead
from amts_action.alignment.blocks import align_blocks
from amts_action.alignment.lexicon import Lexicon, learn_lexicon
from amts_action.alignment.sentences import Bead, SentenceUnit, align_sentences, confident_pairs
from amts_action.documents.files import is_notebook
from amts_action.documents.markdown import parse_markdown
from amts_action.documents.model import PROSE, Block, Span
from amts_action.languages.split import sentences

__all__ = ["Aligned", "Candidate", "Granularity", "Texts", "aligned_documents", "candidates", "harvest"]

Granularity = Literal["block", "sentence"]
_T = TypeVar("_T")
_LANGUAGE = PROSE - {"caption"}
"""Kinds that parallel data are made of: pictures are left out with their captions."""
_PARALLEL_FROM = 150_000
"""Characters of source text from which documents are spread over processes: below, starting them takes longer."""
_LEARN_FROM = 20_000
"""Pairs that words are learnt from at most: more do not make the words surer, and cost time and memory."""
_CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Texts:
    """A document and its translation."""

    path: str
    """Where the translation is, for reports; its suffix says whether it is a notebook."""
    source: str
    target: str
    source_lang: str
    target_lang: str


@dataclass(frozen=True, slots=True)
class Candidate:
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
    beads: tuple[BlockBead, ...]
    places: tuple[tuple[int | None, int], ...]
    """Cell and line of every target block."""


def aligned_documents(source: str, target: str, name: str) -> Aligned:
    """The aligned blocks of two documents; those of notebooks come from their markdown cells.

    Raises:
        InputError: a notebook cannot be read.
    """
    if not is_notebook(name):
        left, right = parse_markdown(source).blocks, parse_markdown(target).blocks
        places = tuple((None, line) for line in _lines(target, right))
        return Aligned(left, right, align_blocks(left, right), places)
    from amts_action.documents.notebook import parse_notebook
    from amts_action.sync.notebook import align_cells

    books = parse_notebook(source, where=name), parse_notebook(target, where=name)
    sides: tuple[list[Block], list[Block]] = ([], [])
    beads: list[BlockBead] = []
    at: list[tuple[int | None, int]] = []
    for bead in align_cells(*books):
        inner: list[list[Block]] = [[], []]
        for book, cells, found in zip(books, (bead.base, bead.target), inner, strict=True):
            for k in cells:
                blocks = parse_markdown(book.cells[k].source).blocks if book.cells[k].kind == "markdown" else ()
                found += blocks
                if book is books[1]:
                    at += [(k, line) for line in _lines(book.cells[k].source, blocks)]
        for b in align_blocks(*inner):
            base = tuple(i + len(sides[0]) for i in b.base)
            beads.append(BlockBead(base, tuple(j + len(sides[1]) for j in b.target), b.confidence))
        sides[0].extend(inner[0])
        sides[1].extend(inner[1])
    return Aligned(tuple(sides[0]), tuple(sides[1]), tuple(beads), tuple(at))


def _lines(text: str, blocks: Sequence[Block]) -> list[int]:
    """The line, from 1, at which each block starts."""
    out, line, at = [], 1, 0
    for block in blocks:
        line += text.count("\n", at, block.outer.start)
        at = block.outer.start
        out.append(line)
    return out


def candidates(aligned: Aligned, texts: Texts, granularity: Granularity, lexicon: Lexicon | None) -> list[Candidate]:
    """The pairs of one document, in the order of the source.

    Args:
        lexicon: learnt from the book; without it, words are learnt from this document. Blocks need none.
    """
    if granularity == "block":
        return list(_block_pairs(aligned, texts))
    left, right, beads = _sentences(aligned, texts, lexicon)
    gap = _gap(texts.target_lang)
    out = []
    for bead in beads:
        here, there = [left[i] for i in bead.source], [right[j] for j in bead.target]
        if here and there and {u.kind for u in (*here, *there)} <= _LANGUAGE:
            cell, line = aligned.places[there[0].block_index]
            pair = " ".join(u.text for u in here), gap.join(u.text for u in there)
            out.append(Candidate(*pair, bead.confidence, texts.path, line, cell))
    return out


def _gap(lang: str) -> str:
    """What stands between two sentences of a language."""
    return "" if lang.lower()[:2] in ("zh", "ja") else " "


def _block_pairs(aligned: Aligned, texts: Texts) -> Iterator[Candidate]:
    gap = _gap(texts.target_lang)
    for bead in aligned.beads:
        here, there = [aligned.source[i] for i in bead.base], [aligned.target[j] for j in bead.target]
        if not here or not there or not {b.kind for b in (*here, *there)} <= _LANGUAGE:
            continue
        cell, line = aligned.places[bead.target[0]]
        pairs = [(" ".join(b.text for b in here), gap.join(b.text for b in there))]
        if here[0].kind == there[0].kind == "table_row":
            cells = [_CELL.split(" ".join(b.text for b in side)) for side in (here, there)]
            pairs = list(zip(*cells, strict=True)) if len(cells[0]) == len(cells[1]) else []
        for a, b in pairs:
            yield Candidate(a.strip(), b.strip(), bead.confidence, texts.path, line, cell)


def _sentences(
    aligned: Aligned, texts: Texts, lexicon: Lexicon | None
) -> tuple[list[SentenceUnit], list[SentenceUnit], list[Bead]]:
    left = _units(aligned.source, texts.source_lang)
    right = _units(aligned.target, texts.target_lang)
    beads = align_sentences(
        left,
        right,
        source_lang=texts.source_lang,
        target_lang=texts.target_lang,
        groups=[(b.base, b.target) for b in aligned.beads if b.base and b.target],
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
    documents: Sequence[Texts], granularity: Granularity, *, workers: int | None = None
) -> Iterator[list[Candidate] | str]:
    """The pairs of each document of one book, in order; for one that cannot be read, why.

    Args:
        documents: all of one pair of languages.
        workers: processes; as many as there are processors when None and the book is large enough.
    """
    size = sum(len(d.source) for d in documents)
    count = _processors() if workers is None and size >= _PARALLEL_FROM else workers or 1
    lexicon = None
    if granularity == "sentence" and len(documents) > 1:
        pairs: list[tuple[str, str]] = []
        for found in _mapped(_first_pass, documents, count):
            pairs += found[: max(0, _LEARN_FROM - len(pairs))]
        lexicon = learn_lexicon(pairs)
    yield from _mapped(partial(_one, granularity, lexicon), documents, count)


def _processors() -> int:
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1, 8)


def _first_pass(texts: Texts) -> list[tuple[str, str]]:
    """Confident pairs, aligned without knowing any word."""
    from amts_action.errors import AmtsError

    try:
        aligned = aligned_documents(texts.source, texts.target, texts.path)
    except AmtsError:
        return []
    return list(confident_pairs(*_sentences(aligned, texts, Lexicon())))


def _one(granularity: Granularity, lexicon: Lexicon | None, texts: Texts) -> list[Candidate] | str:
    from amts_action.errors import AmtsError

    try:
        aligned = aligned_documents(texts.source, texts.target, texts.path)
    except AmtsError as error:
        return str(error)
    return candidates(aligned, texts, granularity, lexicon)


_work: Callable[[Texts], object] | None = None
"""In a worker process: what it does with a document. Set at its start, so that a lexicon is not sent with each one."""


def _start(work: Callable[[Texts], object]) -> None:
    global _work
    _work = work


def _run(texts: Texts) -> object:
    assert _work is not None
    return _work(texts)


def _mapped(work: Callable[[Texts], _T], documents: Sequence[Texts], workers: int) -> Iterator[_T]:
    """`work` done for every document, in order, largest documents first to the processes."""
    if workers < 2 or len(documents) < 2:
        yield from map(work, documents)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    order = sorted(range(len(documents)), key=lambda k: -len(documents[k].source))
    with ProcessPoolExecutor(workers, mp_context=get_context("fork"), initializer=_start, initargs=(work,)) as pool:
        running = {k: pool.submit(_run, documents[k]) for k in order}
        for k in range(len(documents)):
            yield running.pop(k).result()  # type: ignore[misc]
