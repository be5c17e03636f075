"""Revises a translated paragraph sentence by sentence: what did not change keeps a person's translation.

The sentences of base and target are aligned (`alignment.sentences`); those of base and head are compared as text. A
target sentence stays when all base sentences that it translates stand in the head as they were. Where an alignment
that matters is not certain, there is no revision and the caller translates the block whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import pairwise

from amts_action.alignment.blocks import Bead as BlockBead
from amts_action.alignment.lexicon import Lexicon
from amts_action.alignment.sentences import Bead, SentenceUnit, align_sentences
from amts_action.documents.inline import tokens
from amts_action.documents.model import Block, Span
from amts_action.languages.split import sentences
from amts_action.sync.cosmetic import cosmetic_key
from amts_action.sync.patch import patch_spans

__all__ = ["Part", "Reviser"]

SURE = 0.6
"""Least confidence of a sentence bead that a revision leans on."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a target block's new text: kept or patched target text, or English to be translated."""

    text: str
    is_language: bool


@dataclass(frozen=True, slots=True)
class _Sentence:
    block: int
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """One sentence, or run of sentences, of the new text and the target block that it goes to."""

    block: int
    text: str
    is_language: bool
    old: int | None = None
    """The target sentence that it is, byte for byte."""


class Reviser:
    """Revisions of the blocks of one document; the sentences are aligned when the first one is asked for."""

    def __init__(
        self,
        base: Sequence[Block],
        target: Sequence[Block],
        beads: Sequence[BlockBead],
        *,
        source_lang: str,
        target_lang: str,
        lexicon: Lexicon | None = None,
    ) -> None:
        self.base, self.target, self.beads = base, target, beads
        self.source_lang, self.target_lang, self.lexicon = source_lang, target_lang, lexicon

    @cached_property
    def _left(self) -> list[_Sentence]:
        return list(_split(self.base, self.source_lang))

    @cached_property
    def _right(self) -> list[_Sentence]:
        return list(_split(self.target, self.target_lang))

    @cached_property
    def _aligned(self) -> tuple[Bead, ...]:
        groups = [(bead.base, bead.target) for bead in self.beads if bead.base and bead.target]
        return tuple(
            align_sentences(
                [SentenceUnit(s.text, s.block, self.base[s.block].kind) for s in self._left],
                [SentenceUnit(s.text, s.block, self.target[s.block].kind) for s in self._right],
                source_lang=self.source_lang,
                target_lang=self.target_lang,
                groups=groups,
                lexicon=self.lexicon,
            )
        )

    def pairs(self) -> Iterator[tuple[str, str]]:
        """The aligned sentences of the two documents, joined where several belong together."""
        for bead in self._aligned:
            if bead.source and bead.target and self.base[self._left[bead.source[0]].block].is_prose:
                source = " ".join(self._left[i].text for i in bead.source)
                yield source, " ".join(self._right[j].text for j in bead.target)

    @cached_property
    def _by_base(self) -> dict[int, Bead]:
        return {i: bead for bead in self._aligned for i in bead.source}

    def revise(self, bead: BlockBead, heads: Mapping[int, Block | None]) -> dict[int, tuple[Part, ...]] | None:
        """New texts of the target blocks of `bead`, by index, where they change; None when that is not certain.

        Args:
            heads: for every base block of the bead, what it is in the head (None: removed).
        """
        blocks = [self.base[i] for i in bead.base] + [self.target[j] for j in bead.target]
        if any(b.kind in ("table_row", "directive", "heading") or not b.is_prose for b in blocks):
            return None
        inside = [i for i, s in enumerate(self._left) if s.block in bead.base]
        new = list(_split_new([heads[i] for i in bead.base], self.source_lang))
        if not inside or not self._right:
            return None
        kept = _kept([self._left[i].text for i in inside], [s.text for s in new])
        stays = {h: inside[b] for b, h in kept.items()}
        pieces = self._compose(bead, inside, new, stays)
        return None if pieces is None else self._texts(bead, pieces)

    def _compose(
        self, bead: BlockBead, inside: Sequence[int], new: Sequence[_Sentence], stays: Mapping[int, int]
    ) -> list[_Piece] | None:
        """The new text as a run of pieces."""
        used = set(stays.values())
        whole = {i: self._by_base[i] for i in inside}
        if any(not set(b.source) <= set(inside) for b in whole.values()):
            return None  # a sentence runs across beads of blocks
        if any(self._right[j].block not in bead.target for b in whole.values() for j in b.target):
            return None
        changed = [b for b in whole.values() if not set(b.source) <= used]
        if any(b.confidence < SURE for b in changed) or not any(b.target for b in whole.values()):
            return None
        intact = {i for i in used if set(whole[i].source) <= used}
        extra = self._extra(bead)
        pieces = [self._old(j) for j in extra.pop(-1, ())]
        done: set[int] = set()
        where = pieces[-1].block if pieces else bead.target[0]
        for h, sentence in enumerate(new):
            i = stays.get(h)
            if i is not None and i in intact:
                if whole[i].source[0] in done:
                    continue
                done.add(whole[i].source[0])
                if whole[i].confidence < SURE and not self._is_between_kept(h, new, stays, intact):
                    return None
                for j in whole[i].target:
                    pieces.append(self._old(j))
                    where = pieces[-1].block
            else:
                patched = self._patched(sentence, i, h, new, stays, inside, whole)
                if patched is not None:
                    done.add(whole[patched[0]].source[0])
                    j = whole[patched[0]].target[0]
                    where = self._right[j].block
                    pieces.append(_Piece(where, patched[1], False))
                    pieces += [self._old(k) for k in extra.pop(j, ())]
                    continue
                home = self._home(h, new, stays, inside, whole)
                where = home if home is not None else where
                pieces.append(_Piece(where, sentence.text, True))
            for j in whole[i].target if i is not None else ():
                pieces += [self._old(k) for k in extra.pop(j, ())]
        for left in extra.values():
            pieces += [self._old(k) for k in left]
        return pieces

    def _is_between_kept(self, h: int, new: Sequence[_Sentence], stays: Mapping[int, int], intact: set[int]) -> bool:
        """Whether the neighbours of head sentence `h` are kept too, so that its own bead does not matter."""
        near = [k for k in (h - 1, h + 1) if 0 <= k < len(new)]
        return all(stays.get(k) in intact for k in near)

    def _extra(self, bead: BlockBead) -> dict[int, list[int]]:
        """Target sentences that translate nothing, by the target sentence that they follow (-1: none)."""
        taken = {j for b in self._aligned if b.source for j in b.target}
        out: dict[int, list[int]] = {}
        last = -1
        for j, sentence in enumerate(self._right):
            if sentence.block not in bead.target:
                continue
            if j in taken:
                last = j
            else:
                out.setdefault(last, []).append(j)
        return out

    def _old(self, j: int) -> _Piece:
        return _Piece(self._right[j].block, self._right[j].text, False, j)

    def _home(
        self,
        h: int,
        new: Sequence[_Sentence],
        stays: Mapping[int, int],
        inside: Sequence[int],
        whole: Mapping[int, Bead],
    ) -> int | None:
        """The target block of the sentence that head sentence `h` replaces or follows; None when unknown."""
        i = _replaced(h, new, stays, inside)
        targets = whole[i].target if i is not None else ()
        return self._right[targets[0]].block if targets else None

    def _patched(
        self,
        sentence: _Sentence,
        i: int | None,
        h: int,
        new: Sequence[_Sentence],
        stays: Mapping[int, int],
        inside: Sequence[int],
        whole: Mapping[int, Bead],
    ) -> tuple[int, str] | None:
        """The base sentence and the target's words for it, when only protected spans of the sentence changed."""
        if i is not None:
            return None
        old = _replaced(h, new, stays, inside)
        if old is None or len(whole[old].source) != 1 or len(whole[old].target) != 1:
            return None
        if _skeleton(self._left[old].text) != _skeleton(sentence.text):
            return None
        result = patch_spans(self._left[old].text, sentence.text, self._right[whole[old].target[0]].text)
        return (old, result.text) if result is not None else None

    def _texts(self, bead: BlockBead, pieces: Sequence[_Piece]) -> dict[int, tuple[Part, ...]] | None:
        """The pieces of each target block with what stands between them; blocks that stay as they are left out."""
        out: dict[int, tuple[Part, ...]] = {}
        for j in bead.target:
            own = [p for p in pieces if p.block == j]
            sentences_of = [k for k, s in enumerate(self._right) if s.block == j]
            if [p.old for p in own] == sentences_of:
                continue
            if not own:
                return None
            out[j] = self._joined(j, own, sentences_of)
        return out

    def _joined(self, j: int, own: Sequence[_Piece], olds: Sequence[int]) -> tuple[Part, ...]:
        text = self.target[j].text
        first, last = self._right[olds[0]].span, self._right[olds[-1]].span
        parts = [Part(text[: first.start], False)] if own[0].old == olds[0] or not text[: first.start].strip() else []
        gap = self._gap(j, olds)
        for k, piece in enumerate(own):
            if k:
                before = own[k - 1]
                if before.old is not None and piece.old == before.old + 1:
                    between = text[self._right[before.old].span.end : self._right[piece.old].span.start]
                    parts.append(Part(between, False))
                elif before.is_language and piece.is_language:
                    parts[-1] = Part(f"{before_text(parts)} {piece.text}", True)
                    continue
                else:
                    parts.append(Part(gap, False))
            parts.append(Part(piece.text, piece.is_language))
        if own[-1].old == olds[-1] or not text[last.end :].strip():
            parts.append(Part(text[last.end :], False))
        return tuple(p for p in parts if p.text)

    def _gap(self, j: int, olds: Sequence[int]) -> str:
        """What the translator puts between two sentences: as in this block, else as the language does."""
        text = self.target[j].text
        spans = [self._right[k].span for k in olds]
        gaps = [text[a.end : b.start] for a, b in pairwise(spans)]
        plain = [g for g in gaps if not g.strip()]
        if plain:
            return max(plain, key=plain.count)
        return "" if self.target_lang.lower()[:2] in ("zh", "ja") else " "


def before_text(parts: Sequence[Part]) -> str:
    """Text of the last part."""
    return parts[-1].text


def _split(blocks: Sequence[Block], lang: str) -> Iterator[_Sentence]:
    for k, block in enumerate(blocks):
        if block.is_prose:
            for span in sentences(block.text, lang, kind=block.kind):
                yield _Sentence(k, span, span.of(block.text))
        else:
            yield _Sentence(k, Span(0, len(block.text)), block.text)


def _split_new(blocks: Sequence[Block | None], lang: str) -> Iterator[_Sentence]:
    for k, block in enumerate(blocks):
        if block is not None:
            for span in sentences(block.text, lang, kind=block.kind):
                yield _Sentence(k, span, span.of(block.text))


def _kept(base: Sequence[str], head: Sequence[str]) -> dict[int, int]:
    """Base sentence to head sentence, for sentences that say the same: in order, then wherever they went."""
    left, right = [cosmetic_key(t) for t in base], [cosmetic_key(t) for t in head]
    found: dict[int, int] = {}
    for i, j, n in SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks():
        found.update({i + d: j + d for d in range(n)})
    taken = set(found.values())
    for i, key in enumerate(left):
        if i not in found:
            free = [k for k, other in enumerate(right) if other == key and k not in taken]
            if free:
                found[i] = free[0]
                taken.add(free[0])
    return found


def _replaced(h: int, new: Sequence[_Sentence], stays: Mapping[int, int], inside: Sequence[int]) -> int | None:
    """The base sentence in whose place head sentence `h` stands, judged by its unchanged neighbours."""
    low: int = next((stays[k] for k in range(h - 1, -1, -1) if k in stays), inside[0] - 1)
    high = next((stays[k] for k in range(h + 1, len(new)) if k in stays), inside[-1] + 1)
    gone = [i for i in inside if low < i < high and i not in set(stays.values())]
    run = [k for k in range(len(new)) if k not in stays and _neighbours(k, h, stays)]
    if len(gone) == len(run):
        return gone[run.index(h)]
    if len(gone) == 1:
        return gone[0]
    return low if low in inside else None


def _neighbours(k: int, h: int, stays: Mapping[int, int]) -> bool:
    """Whether no unchanged sentence stands between head sentences `k` and `h`."""
    return not any(m in stays for m in range(min(k, h), max(k, h)))


def _skeleton(text: str) -> tuple[tuple[str, str, str], ...]:
    flat = re.sub(r"\s+", " ", cosmetic_key(text))
    return tuple(
        (t.type, t.kind, "" if t.type == "span" or t.kind in ("link", "image", "role") else t.raw) for t in tokens(flat)
    )
