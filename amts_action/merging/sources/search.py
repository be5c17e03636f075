"""Finds what people have translated on pages: the wanted texts, and no others, through the alignment of each page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from amts_action.alignment.beads import Bead
from amts_action.alignment.blocks import align_blocks
from amts_action.alignment.lexicon import Lexicon, learn_lexicon
from amts_action.alignment.sentences import SentenceUnit, align_sentences, certain_groups
from amts_action.documents.language_codes import between_sentences
from amts_action.documents.model import Block, Document
from amts_action.documents.notebooks.unrolled import read_document
from amts_action.documents.sentences import sentences
from amts_action.merging.notebooks.notebook import NotebookPlan
from amts_action.merging.planning.steps import Plan, beads_of
from amts_action.merging.programs.block_merge import program_of
from amts_action.merging.programs.wording import worded
from amts_action.merging.sources.shelf import (
    LONGEST_RUN,
    Held,
    Shelf,
    TranslatedPage,
    block_key,
    flat,
    key_of,
    neighbours,
    said_by,
)
from amts_action.merging.sources.sieve import Look, Sieve, Wanted, holds, look, pieces

__all__ = ["gathered"]

SURE = 0.5
"""Least confidence of a pair of blocks whose texts are taken: as in `memory.build`."""
SURE_SENTENCE = 0.6
"""Least confidence of a pair of sentences: as in `merging.rewriting.sentence_merge`."""


def gathered(
    page: TranslatedPage,
    texts: Iterable[Wanted],
    *,
    source_lang: str,
    target_lang: str,
    plan: Plan | NotebookPlan | None = None,
) -> Shelf:
    """What a page has of some English texts.

    Args:
        plan: the plan of the page, which knows what of its translation belongs to what.

    Raises:
        InputError: a notebook cannot be read.
    """
    shelf = Shelf(source_lang, target_lang)
    seek = _Sought(texts, source_lang)
    if plan is not None:
        own = plan.page if isinstance(plan, NotebookPlan) else plan
        _Search(page, shelf, seek, own.base, own.target, beads_of(own)).run()
        return shelf
    left = read_document(page.base, page.name)
    if not seek.may_be_in(left):
        return shelf
    right = read_document(page.target, page.name)
    _Search(page, shelf, seek, left, right, align_blocks(left.blocks, right.blocks)).run()
    return shelf


class _Sought:
    """Keys of the texts that are looked for: of blocks, and of sentences and runs of them."""

    def __init__(self, texts: Iterable[Wanted], lang: str) -> None:
        self.blocks: set[str] = set()
        self.sentences: set[str] = set()
        self.sieve = Sieve(texts := list(dict.fromkeys(texts)))
        self.texts = frozenset(want.text for want in texts)
        self.only_blocks = all(want.kind == "block" for want in texts)
        for text, kind in texts:
            self.blocks |= {key_of(text), "\0" + flat(text)}
            if kind != "language":
                continue
            keys = [key_of(s) for s in _split(text, lang)]
            for a in range(len(keys)):
                self.sentences |= {"".join(keys[a : a + n]) for n in range(1, LONGEST_RUN + 1)}

    def may_be_in(self, english: Document) -> bool:
        """Whether a page can have any of it: where only whole blocks are looked for, one has to be there."""
        return not self.only_blocks or any(block_key(english, block) in self.blocks for block in english.blocks)


def _split(text: str, lang: str, kind: str = "paragraph") -> list[str]:
    return [span.of(text) for span in sentences(text, lang, kind=kind)]


class _Search:
    """The search of one document."""

    def __init__(
        self,
        page: TranslatedPage,
        shelf: Shelf,
        seek: _Sought,
        left: Document,
        right: Document,
        beads: Sequence[Bead],
    ) -> None:
        self.page, self.shelf, self.seek = page, shelf, seek
        self.documents = left, right
        self.left, self.right = left.blocks, right.blocks
        self.beads = beads
        self.here = look(page.head, page.name) if page.head else Look(frozenset(), b"")
        self._lexicon: Lexicon | None = None

    def run(self) -> None:
        """Puts on the shelf what is sought."""
        for bead in self.beads:
            if not bead.source or not bead.target or bead.confidence < SURE:
                continue
            left, right = [self.left[i] for i in bead.source], [self.right[j] for j in bead.target]
            # Most of a page is not wanted, and to see that is much cheaper than to make keys of its sentences.
            looks = [look(said_by(self.documents[0], block)) for block in left]
            there = Look(frozenset[bytes]().union(*(one.pieces for one in looks)), b"".join(x.letters for x in looks))
            if not self.seek.sieve.left(there):
                continue
            if len(left) == len(right) == 1:
                self._block(bead.source[0], left[0], right[0])
                self._words(left[0], right[0])
            if all(block.is_prose and block.kind != "table_row" for block in (*left, *right)):
                self._sentences(left, right)

    def _held(self, english: str, text: str, near: tuple[str, str] = ("", "")) -> Held:
        has_left = bool(self.page.head) and not holds(self.here, pieces(english))
        return Held(text, self.page.where, self.page.rank, has_left, near)

    def _block(self, i: int, left: Block, right: Block) -> None:
        key = block_key(self.documents[0], left)
        if key not in self.seek.blocks or left.is_prose != right.is_prose or not right.text.strip():
            return
        if not left.is_prose and left.kind != right.kind:
            return
        english, text = (
            block.outer.of(side.text) if block.kind == "directive" else block.text
            for side, block in zip(self.documents, (left, right), strict=True)
        )
        if flat(english) == flat(text):
            return  # English still
        near = neighbours(self.documents[0], i)
        held = self._held(english, text, near)
        self.shelf.whole[key].append(replace(held, english=english, is_cell=right.is_cell))

    def _words(self, left: Block, right: Block) -> None:
        if left.kind == right.kind == "code":
            for english, text in worded(program_of(left.text, right.text, left.info if left.is_cell else "")):
                if english in self.seek.texts:
                    self.shelf.words[english].append(self._held(english, text))

    def _sentences(self, left: Sequence[Block], right: Sequence[Block]) -> None:
        lang = self.shelf.source_lang
        source = [(k, s) for k, block in enumerate(left) for s in _split(block.text, lang, block.kind)]
        keys = [key_of(s) for _, s in source]
        if self.seek.sentences.isdisjoint(keys) and not self._has_run(keys):
            return
        target = [
            (k, span.of(block.text))
            for k, block in enumerate(right)
            for span in sentences(block.text, self.shelf.target_lang, kind=block.kind)
        ]
        for here, there, confidence in self._aligned(source, target):
            key = "".join(keys[i] for i in here)
            if confidence < SURE_SENTENCE or key not in self.seek.sentences:
                continue
            english, texts = [source[i][1] for i in here], [target[j][1] for j in there]
            if _is_same(english, texts):
                continue
            self.shelf.parts[key].append(self._held(" ".join(english), self._joined(right, target, there)))

    def _has_run(self, keys: Sequence[str]) -> bool:
        runs = ("".join(keys[a : a + n]) for a in range(len(keys)) for n in range(2, LONGEST_RUN + 1))
        return any(run in self.seek.sentences for run in runs)

    def _aligned(
        self, source: Sequence[tuple[int, str]], target: Sequence[tuple[int, str]]
    ) -> Iterator[tuple[tuple[int, ...], tuple[int, ...], float]]:
        if not source or not target:
            return
        if len(source) == 1 or len(target) == 1:
            yield tuple(range(len(source))), tuple(range(len(target))), 1.0
            return
        beads = align_sentences(
            [SentenceUnit(s, k) for k, s in source],
            [SentenceUnit(s, k) for k, s in target],
            lexicon=self.lexicon,
        )
        sure = certain_groups(beads, SURE_SENTENCE)
        yield from ((b.source, b.target, b.confidence) for b in sure if b.source and b.target)

    @property
    def lexicon(self) -> Lexicon:
        """Learnt from the pairs of the document."""
        if self._lexicon is None:
            pairs = [
                ("\n".join(self.left[i].text for i in b.source), "\n".join(self.right[j].text for j in b.target))
                for b in self.beads
                if b.source and b.target and self.left[b.source[0]].is_prose
            ]
            self._lexicon = learn_lexicon(pairs)
        return self._lexicon

    def _joined(self, blocks: Sequence[Block], target: Sequence[tuple[int, str]], run: Sequence[int]) -> str:
        """The sentences of a run as they stand in their block; those of two blocks as the language joins them."""
        first, last = target[run[0]], target[run[-1]]
        if first[0] == last[0]:
            text = blocks[first[0]].text
            spans = sentences(text, self.shelf.target_lang, kind=blocks[first[0]].kind)
            before = sum(1 for k, _ in target[: run[0]] if k == first[0])
            return text[spans[before].start : spans[before + len(run) - 1].end]
        return between_sentences(self.shelf.target_lang).join(target[j][1] for j in run)


def _is_same(english: Sequence[str], texts: Sequence[str]) -> bool:
    return "".join("".join(english).split()) == "".join("".join(texts).split())
