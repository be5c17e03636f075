"""Revises a translated paragraph sentence by sentence: what did not change keeps a person's translation.

The sentences of base and target are aligned (`alignment.sentences`); those of base and head are compared as text. A
target sentence stays when all base sentences that it translates stand in the head as they were. Where an alignment
that matters is not certain, there is no revision and the caller translates the block whole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property
from itertools import groupby, pairwise

from amts_action.alignment.beads import Bead
from amts_action.alignment.lexicon import Lexicon, learn_lexicon
from amts_action.alignment.sentences import SentenceUnit, align_sentences, certain_groups
from amts_action.alignment.versions import fit, stands_with
from amts_action.documents.inline import protected
from amts_action.documents.language_codes import between_sentences, closed
from amts_action.documents.model import Block, Span
from amts_action.documents.sentences import sentences
from amts_action.merging.english.small_changes import Reader, SmallChange, cosmetic_key, small_changes
from amts_action.merging.flags import Flag
from amts_action.merging.pieces import has_language
from amts_action.merging.rewriting.joined import JoinedSentences, PlacedSentence, divided
from amts_action.merging.rewriting.span_merge import patch_text

__all__ = ["Reviser", "TextPart"]

SURE = 0.6
"""Least confidence of a sentence bead that a revision leans on. By hand, held by `tests/fixtures/merge`."""


@dataclass(frozen=True, slots=True)
class TextPart:
    """A part of a target block's new text: kept or patched target text, or English to be translated."""

    text: str
    is_language: bool
    is_shared: bool = False
    """The translation has a sentence that did not change in one with another that did: both are translated anew."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """One sentence, or run of sentences, of the new text and the target block that it goes to."""

    block: int
    text: str
    is_language: bool
    old: int | None = None
    """The target sentence that it is, byte for byte."""
    source: int = -1
    """The head block that it comes from; sentences of one are sent together."""
    is_shared: bool = False
    """As of a `TextPart`."""


class Reviser:
    """Revisions of the blocks of one document."""

    def __init__(
        self,
        base: Sequence[Block],
        target: Sequence[Block],
        beads: Sequence[Bead],
        *,
        source_lang: str,
        target_lang: str,
        reader: Reader | None = None,
    ) -> None:
        self.base, self.target, self.beads = base, target, beads
        self.source_lang, self.target_lang = source_lang, target_lang
        self.reader = reader or Reader(target_lang)
        self.small: dict[tuple[int, ...], tuple[SmallChange, ...]] = {}
        """By the base blocks of a bead that was revised: small changes in sentences that stay."""
        self.flags: dict[tuple[int, ...], tuple[Flag, ...]] = {}
        """The same for what a person must look at in sentences that were patched."""

    @cached_property
    def lexicon(self) -> Lexicon:
        """One learnt from the aligned blocks of the document."""
        pairs = [
            (" ".join(self.base[i].text for i in bead.source), " ".join(self.target[j].text for j in bead.target))
            for bead in self.beads
            if bead.source and bead.target and bead.confidence >= SURE and self.base[bead.source[0]].is_prose
        ]
        return learn_lexicon(pairs)

    def revise(self, bead: Bead, heads: Mapping[int, Block | None]) -> dict[int, tuple[TextPart, ...]] | None:
        """New texts of the target blocks of `bead`, by index, where they change, empty for one of which nothing stays;
        None when that is not certain.

        Args:
            heads: for every base block of the bead, what it is in the head (None: removed).
        """
        base, target = [self.base[i] for i in bead.source], [self.target[j] for j in bead.target]
        if any(b.kind in _UNDIVIDED or not b.is_prose for b in (*base, *target)):
            return None
        new = [heads[i] for i in bead.source]
        work = _Revision(base, new, target, self.source_lang, self.target_lang, self.reader)
        self.small[bead.source] = work.small
        if not work.keeps_any():
            return {bead.target[0]: work.anew()} if len(base) > 1 and len(target) == 1 else None
        found = work.texts(self.lexicon)
        self.flags[bead.source] = tuple(dict.fromkeys(work.flags))
        return None if found is None else {bead.target[k]: parts for k, parts in found.items()}


_QUOTED = re.compile(r"[\"“'‘]([A-Za-z][\w-]*)[\"”'’]")
"""A quoted word: an example that a translation keeps as it is."""
_UNDIVIDED = frozenset({"table_row", "directive", "heading"})


class _Revision:
    """The revision of one bead of blocks; blocks and sentences are counted within it."""

    def __init__(
        self,
        base: Sequence[Block],
        head: Sequence[Block | None],
        target: Sequence[Block],
        source_lang: str,
        target_lang: str,
        reader: Reader | None = None,
    ) -> None:
        self.base, self.head, self.target = base, head, target
        self.source_lang, self.target_lang = source_lang, target_lang
        self.reader = reader = reader or Reader(target_lang)
        self.left = list(_split(base, source_lang))
        self.new = list(_split(head, source_lang))
        kept = _kept([s.text for s in self.left], [s.text for s in self.new], reader)
        self.stays = {h: i for i, (h, small) in kept.items() if small is not None}
        """Head sentence to the base sentence that says the same."""
        self.has_patches = any(small is None for _, small in kept.values())
        """Whether a sentence differs in its formulas and links."""
        self.small = tuple(change for _, small in kept.values() for change in small or ())
        """The small changes of the sentences that stay."""
        self.flags: list[Flag] = []
        """What a person must look at in the sentences that are patched."""

    @cached_property
    def right(self) -> list[PlacedSentence]:
        """The sentences of the target, and the parts of those that were divided."""
        return list(_split(self.target, self.target_lang))

    def keeps_any(self) -> bool:
        """Whether a sentence of the base, or one with other formulas and links, is in the head."""
        return bool(self.stays) or self.has_patches

    def anew(self) -> tuple[TextPart, ...]:
        """The head blocks, each to be translated whole, in the place of the one target block."""
        parts: list[TextPart] = []
        for block in self.head:
            if block is not None:
                parts += [TextPart(self._gap(0), False), TextPart(block.text, True)]
        return tuple(parts[1:])

    def texts(self, lexicon: Lexicon) -> dict[int, tuple[TextPart, ...]] | None:
        """New texts of the target blocks that change; None when the alignment leaves a doubt that matters."""
        pieces = self._compose(lexicon)
        if pieces is None:
            return None
        out: dict[int, tuple[TextPart, ...]] = {}
        for k in range(len(self.target)):
            own = [p for p in pieces if p.block == k]
            olds = [j for j, s in enumerate(self.right) if s.block == k]
            if [p.old for p in own] == olds:
                continue
            if not olds or not pieces:
                return None
            out[k] = self._joined(k, own, olds) if own else ()
        return out

    def _align(self, lexicon: Lexicon) -> list[Bead]:
        if len(self.left) == 1 or len(self.right) == 1:
            return [Bead(tuple(range(len(self.left))), tuple(range(len(self.right))), 1.0)]
        beads = align_sentences(
            [SentenceUnit(s.text, s.block) for s in self.left],
            [SentenceUnit(s.text, s.block) for s in self.right],
            lexicon=lexicon,
        )
        return certain_groups(beads, SURE)

    def _compose(self, lexicon: Lexicon) -> list[_Piece] | None:
        """The new text as a run of pieces, in the order of the head."""
        used = set(self.stays.values())
        beads, self.right = divided(self._align(lexicon), self._joined_sentences(lexicon), used)
        whole = {i: bead for bead in beads for i in bead.source}
        changed = [b for b in whole.values() if not set(b.source) <= used]
        if not any(b.target for b in whole.values()):
            return None
        if self._is_shared(whole, used):
            return None
        # What seems to be the translator's own beside a changed sentence may be a part of its translation.
        lone = {j for b in beads if not b.source for j in b.target}
        if any(_beside(b, lone) for b in changed):
            if len(self.target) > 1:
                return None
            beads = _absorbed(beads, changed, lone)
            whole = {i: bead for bead in beads for i in bead.source}
        made = self._made(whole, used, lexicon)
        if made is None:
            return None
        intact = {i for i in used if set(whole[i].source) <= used}
        extra = self._extra(beads)
        foreseen = self._foreseen(extra, lexicon)
        there = self._in_groups({bead.source: bead for i, bead in whole.items() if i in intact}.values(), foreseen)
        together = self._patched_together({bead.source: bead for i, bead in whole.items() if i not in used}.values())
        pieces = [self._old(j) for j in extra.pop(-1, ())]
        done: set[int] = set()
        where = 0
        for h, sentence in enumerate(self.new):
            if h in there:
                continue
            i = self.stays.get(h, made.get(h))
            if i is not None and (i in intact or h in made):
                bead = whole[i]
                fresh = [] if bead.source[0] in done else [self._old(j) for j in bead.target]
                done.add(bead.source[0])
            elif h in together:
                bead, fresh = whole[self._replaced(h)], together[h]
            else:
                bead = whole[self._replaced(h)] if self._replaced(h) in whole else beads[0]
                patched = foreseen.get(h) or self._patched(h, whole, done)
                where = self.right[bead.target[0]].block if bead.target else where
                if patched is None and not self._is_placed(h, whole):
                    return None
                speaks, shared = has_language(sentence.text), h in self.stays
                fresh = [patched or _Piece(where, sentence.text, speaks, None, sentence.block, shared)]
            pieces += fresh
            where = fresh[-1].block if fresh else where
            for j in bead.target:
                pieces += [self._old(k) for k in extra.pop(j, ())] if i in intact else []
        for left in extra.values():
            pieces += [self._old(k) for k in left]
        return pieces

    def _joined_sentences(self, lexicon: Lexicon) -> JoinedSentences:
        return JoinedSentences(self.base, self.left, self.target, self.right, self.target_lang, self._ratio(), lexicon)

    def _made(self, whole: Mapping[int, Bead], used: set[int], lexicon: Lexicon) -> dict[int, int] | None:
        """Head sentences that the translation says already, each with a base sentence of their group; None where a
        group has some of the old version and some of the new one."""
        out: dict[int, int] = {}
        for group in {bead.source: bead for i, bead in whole.items() if i not in used and bead.target}.values():
            heads = self._heads_of(group)
            if all(h in self.stays for h in heads):
                continue
            old, new = (
                " ".join(side[k].text for k in run) for side, run in ((self.left, group.source), (self.new, heads))
            )
            own = " ".join(self.right[j].text for j in group.target)
            found = stands_with(old, new, own, lambda: lexicon).version
            if found == "conflict":
                return None
            if found == "new":
                out |= dict.fromkeys(heads, group.source[0])
        return out

    def _is_shared(self, whole: Mapping[int, Bead], used: set[int]) -> bool:
        """Whether a target sentence that would stay also holds a part of a changed neighbour, told by words in Latin
        letters between marks that only the neighbour has: it cannot be both kept and translated anew."""
        names = [set(_QUOTED.findall(s.text)) for s in self.left]
        for i, bead in whole.items():
            if i not in used:
                continue
            own = {name for k in bead.source for name in names[k]}
            near = [k for k in (bead.source[0] - 1, bead.source[-1] + 1) if 0 <= k < len(self.left) and k not in used]
            kept = {name for j in bead.target for name in _QUOTED.findall(self.right[j].text)}
            for k in near:
                theirs = {name for j in whole[k].target for name in _QUOTED.findall(self.right[j].text)}
                if len((kept & names[k]) - own - theirs) > 1:
                    return True
        return False

    def _is_placed(self, h: int, whole: Mapping[int, Bead]) -> bool:
        """Whether it is certain where a new sentence goes: one of the beads that it stands between is.

        One whose English did not change goes where the one sentence goes that the translation has it in; what is made
        of two paragraphs is no place for either.
        """
        if h in self.stays:
            bead = whole[self.stays[h]]
            is_one = len(bead.target) == 1 == len({self.left[i].block for i in bead.source})
            return is_one and bead.confidence >= SURE
        near = [self.stays[k] for k in (h - 1, h + 1) if k in self.stays]
        replaced = self._replaced(h)
        return replaced not in self.stays.values() or any(whole[i].confidence >= SURE for i in near)

    def _extra(self, beads: Sequence[Bead]) -> dict[int, list[int]]:
        """Target sentences that translate nothing, by the target sentence that they follow (-1: none)."""
        taken = {j for b in beads if b.source for j in b.target}
        out: dict[int, list[int]] = {}
        last = -1
        for j in range(len(self.right)):
            if j in taken:
                last = j
            else:
                out.setdefault(last, []).append(j)
        return out

    def _old(self, j: int) -> _Piece:
        return _Piece(self.right[j].block, self.right[j].text, False, j)

    def _replaced(self, h: int) -> int:
        """The base sentence in whose place head sentence `h` stands, judged by its unchanged neighbours; -1: none."""
        return self._places[h]

    @cached_property
    def _places(self) -> list[int]:
        """What `_replaced` says of each head sentence: of a run between two that stay, the first is for the first that
        went there, and so on; what is more than that for the last."""
        used = set(self.stays.values())
        out: list[int] = []
        low = -1
        for stays, run in groupby(range(len(self.new)), self.stays.__contains__):
            heads = list(run)
            if stays:
                out += [self.stays[h] for h in heads]
                low = out[-1]
                continue
            high = self.stays.get(heads[-1] + 1, len(self.left))
            gone = [i for i in range(low + 1, high) if i not in used]
            out += [gone[min(n, len(gone) - 1)] if gone else low for n in range(len(heads))]
        return out

    @cached_property
    def _takers(self) -> dict[int, list[int]]:
        """By base sentence, the head sentences that stand in its place."""
        out: dict[int, list[int]] = {}
        for h, i in enumerate(self._places):
            out.setdefault(i, []).append(h)
        return out

    def _heads_of(self, group: Bead) -> list[int]:
        """The head sentences that stand in the place of those of a group."""
        return sorted(h for i in group.source for h in self._takers.get(i, ()))

    def _patched(self, h: int, whole: Mapping[int, Bead], done: set[int]) -> _Piece | None:
        """The target's sentence with the head's formulas and links, when nothing else in it changed."""
        old = self._replaced(h)
        bead = whole.get(old)
        if h in self.stays or bead is None or len(bead.source) != 1 or len(bead.target) != 1 or old in done:
            return None
        own = self.right[bead.target[0]]
        result = patch_text(self.left[old].text, self.new[h].text, own.text, self.reader)
        if result is None:
            return None
        done.add(old)
        self.flags += [f for f in result.flags if f.level == "warning"]
        return _Piece(own.block, result.text, False)

    def _patched_together(self, groups: Iterable[Bead]) -> dict[int, list[_Piece]]:
        """The same for sentences that the translation has in one: what the first of them writes stands for all."""
        out: dict[int, list[_Piece]] = {}
        for group in groups:
            heads = self._heads_of(group)
            is_one = len(group.target) == 1 < len(group.source)
            if not is_one or [self._replaced(h) for h in heads] != [*group.source]:
                continue
            own = self.right[group.target[0]]
            old = " ".join(self.left[i].text for i in group.source)
            result = patch_text(old, " ".join(self.new[h].text for h in heads), own.text, self.reader)
            if result is not None:
                self.flags += [f for f in result.flags if f.level == "warning"]
                out |= {h: [] for h in heads} | {heads[0]: [_Piece(own.block, result.text, False)]}
        return out

    def _foreseen(self, extra: dict[int, list[int]], lexicon: Lexicon) -> dict[int, _Piece]:
        """New sentences that the translator has written already, told by their formulas and references; they leave
        `extra`."""
        out: dict[int, _Piece] = {}
        for h, wanted in self._telling().items():
            for run in extra.values():
                same = [j for j in run if protected(self.right[j].text) == wanted and self._fits(h, j, lexicon)]
                if same and h not in out:
                    run.remove(same[0])
                    out[h] = self._old(same[0])
        return out

    def _telling(self) -> dict[int, Counter[tuple[str, str]]]:
        """The spans of the new sentences that have one which no sentence of the base has: a sentence of the
        translators' own speaks of what the others speak of, too."""
        known = {span for s in self.left for span in protected(s.text)}
        news = {h: protected(s.text) for h, s in enumerate(self.new) if h not in self.stays}
        return {h: spans for h, spans in news.items() if not spans.keys() <= known}

    def _fits(self, h: int, j: int, lexicon: Lexicon) -> bool:
        """Whether a target sentence may translate one of the head, by its length and all that it holds."""
        english, own = self.head[self.new[h].block], self.target[self.right[j].block]
        assert english is not None  # it has a sentence
        here, there = replace(english, text=self.new[h].text), replace(own, text=self.right[j].text)
        return fit(here, there, self._ratio(), lexicon).weight > 0

    def _ratio(self) -> float:
        """Characters of the translation for one of the English."""
        return sum(len(s.text) for s in self.right) / max(1, sum(len(s.text) for s in self.left))

    def _in_groups(self, groups: Iterable[Bead], foreseen: Mapping[int, _Piece]) -> set[int]:
        """New sentences that the translator has written already in a group of sentences that stays, told likewise.

        Where something ends inside such a group is not certain, so what nobody has translated yet may be in it. It
        has more formulas and references then than its English: two sentences made one only have them together.
        """
        out: set[int] = set()
        fresh = [(h, own) for h, own in self._telling().items() if h not in foreseen]
        for group in groups if fresh else ():
            held = [protected(self.left[i].text) for i in group.source]
            there = [protected(self.right[j].text) for j in group.target]
            spare = sum(there, Counter[tuple[str, str]]()) - sum(held, Counter[tuple[str, str]]())
            for h, own in fresh if spare else ():
                if h not in out and own <= spare and own in there and own not in held:
                    spare -= own
                    out.add(h)
        return out

    def _joined(self, k: int, own: Sequence[_Piece], olds: Sequence[int]) -> tuple[TextPart, ...]:
        """The pieces of one target block with what stands between them."""
        text = self.target[k].text
        before, after = text[: self.right[olds[0]].span.start], text[self.right[olds[-1]].span.end :]
        parts = [TextPart(before, False)] if own[0].old == olds[0] or not before.strip() else []
        gap = self._gap(k)
        for n, piece in enumerate(own):
            last = own[n - 1] if n else None
            if last is not None and last.old is not None and piece.old == last.old + 1:
                parts.append(TextPart(text[self.right[last.old].span.end : self.right[piece.old].span.start], False))
            elif last is not None and last.is_language and piece.is_language and last.source == piece.source:
                parts[-1] = TextPart(f"{parts[-1].text} {piece.text}", True, parts[-1].is_shared or piece.is_shared)
                continue
            elif last is not None:
                parts.append(TextPart(self._between(k, gap, piece), False))
            goes_on = n + 1 < len(own) and piece.old is not None and own[n + 1].old == piece.old + 1
            kept = piece.text if goes_on else self._closed(piece)
            parts.append(TextPart(kept, piece.is_language, piece.is_shared))
        if own[-1].old == olds[-1] or not after.strip():
            parts.append(TextPart(after, False))
        return tuple(p for p in parts if p.text)

    def _closed(self, piece: _Piece) -> str:
        """A kept text that is not followed any more by what stood behind it: a comma that joined the two is a stop."""
        is_part = piece.old is not None and self.right[piece.old].is_joined
        return closed(piece.text, self.target_lang) if is_part else piece.text

    def _between(self, k: int, gap: str, right: _Piece) -> str:
        """What stands between two pieces that were not neighbours: what stood there before a kept one, else the `gap`
        of the block. A role stands behind a blank, as it must; no other line starts with one."""
        if right.old is not None and right.old > 0 and self.right[right.old - 1].block == k:
            own = self.target[k].text[self.right[right.old - 1].span.end : self.right[right.old].span.start]
            gap = gap if own.strip() else own
        if right.text.startswith(":"):
            return gap if gap[-1:].isspace() else f"{gap} "
        return gap.rstrip(" \t") if "\n" in gap else gap

    def _gap(self, k: int) -> str:
        """What the translator puts between two sentences: as in this block, else as the language does."""
        text = self.target[k].text
        found = [s for s in self.right if s.block == k]
        spans = [(a.span.end, b.span.start) for a, b in pairwise(found) if not b.text.startswith(":")]
        plain = [g for a, b in spans if not (g := text[a:b]).strip()]
        if plain:
            return Counter(plain).most_common(1)[0][0]
        return between_sentences(self.target_lang)


def _beside(bead: Bead, lone: set[int]) -> list[int]:
    """The sentences of `lone` next to the target of a bead, and those next to them."""
    out: list[int] = []
    for step, at in ((-1, min(bead.target, default=-1)), (1, max(bead.target, default=-1))):
        while bead.target and at + step in lone:
            at += step
            out.append(at)
    return out


def _absorbed(beads: Sequence[Bead], changed: Sequence[Bead], lone: set[int]) -> list[Bead]:
    """The beads with the lone sentences beside the changed ones made part of these."""
    out, left = [], set(lone)
    for bead in beads:
        if not bead.source:
            continue
        near = [j for j in _beside(bead, left) if bead in changed]
        left -= set(near)
        out.append(replace(bead, target=tuple(sorted((*bead.target, *near)))))
    return out + [b for b in beads if not b.source and set(b.target) <= left]


def _split(blocks: Sequence[Block | None], lang: str) -> Iterator[PlacedSentence]:
    for k, block in enumerate(blocks):
        if block is None:
            continue
        spans = sentences(block.text, lang, kind=block.kind) if block.is_prose else [Span(0, len(block.text))]
        for span in spans:
            yield PlacedSentence(k, span, span.of(block.text))


def _kept(
    base: Sequence[str], head: Sequence[str], reader: Reader
) -> dict[int, tuple[int, tuple[SmallChange, ...] | None]]:
    """Base sentence to head sentence, for sentences that say the same: in order, then wherever they went.

    With the small changes between the two; None where formulas or links differ as well.
    """
    left, right = [cosmetic_key(t) for t in base], [cosmetic_key(t) for t in head]
    if not reader.keeps:
        left, right = [" ".join(t.split()) for t in base], [" ".join(t.split()) for t in head]
    found: dict[int, tuple[int, tuple[SmallChange, ...] | None]] = {}
    blocks = SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks()
    for i, j, n in blocks:
        found.update({i + d: (j + d, ()) for d in range(n)})
    for before, after in pairwise([(-1, -1, 1), *blocks]):
        start = before[1] + before[2]
        for i in range(before[0] + before[2], after[0]):
            for j in range(start, after[1]):
                small = small_changes(base[i], head[j], reader)
                if small is not None:
                    found[i], start = (j, None if small.has_other_spans else small.changes), j + 1
                    break
    taken = {j for j, _ in found.values()}
    for i, key in enumerate(left):
        if i not in found:
            free = [k for k, other in enumerate(right) if other == key and k not in taken]
            if free:
                found[i] = free[0], ()
                taken.add(free[0])
    return found
