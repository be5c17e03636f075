"""What each block of the English is in the translation, whichever of its two versions the translation stands with.

The record says that a translation was made from the base. People follow the English by hand, too: they translate a
section before any run brings it, or take out what English takes out later. So the translation is aligned with base and
head at once. A block that only the head has may have its counterpart already, and then nothing is added a second time;
one that the head no longer has may have none any more, and then nothing else is removed in its place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from amts_action.alignment.beads import Bead
from amts_action.alignment.blocks import EnglishRow, align_rows
from amts_action.alignment.drawn_in import drawn_in
from amts_action.alignment.lexicon import Lexicon
from amts_action.alignment.versions import fit, is_of_another_version, stands_with
from amts_action.documents.model import Block, Document
from amts_action.merging.planning.source_diff import Changes

__all__ = ["Counterparts", "find_counterparts"]

_THERE = 1.5
"""Least weight of a run of blocks that the translators have made before us. By hand, held by
`tests/merging/test_counterparts.py`."""
_PERHAPS = 0.5
"""Least weight of one that may be: both are shown to a person, and nothing is written. By hand, held by
`tests/merging/test_counterparts.py`."""
_SAME_ID = 1.5
"""Weight of an id that cells of head and translation share: evidence, but no proof, for tools number cells. By hand,
held by `tests/merging/test_counterparts.py`."""
_STRANGE = -3.5
"""Weight from which a block of a run cannot be what it is taken for. By hand, held by
`tests/merging/test_counterparts.py`."""


@dataclass(frozen=True, slots=True)
class Counterparts:
    """The alignment of the translation with both versions of its English."""

    beads: tuple[Bead, ...]
    """Groups of base and target blocks; they cover both."""
    made: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """Head block that the base does not have → the target blocks that translate it already."""
    perhaps: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """The same where it is not certain."""


@dataclass(frozen=True, slots=True)
class _RowOrigin:
    """Where a row of the alignment comes from."""

    base: int | None
    head: int | None
    is_echo: bool = False


def find_counterparts(
    base: Document,
    head: Document,
    target: Document,
    changes: Changes,
    *,
    lexicon: Callable[[Sequence[Bead]], Lexicon] = lambda beads: Lexicon(),
) -> Counterparts:
    """Aligns `target` with `base` and `head` at once.

    Args:
        lexicon: learns the words of the document from beads; asked only where a new block may be there already.
    """
    places = list(_places(changes))
    rows = [_row(place, base, head) for place in places]
    beads = align_rows(rows, target.blocks)
    found = _Sorting(places, beads, base, head, target)
    return found.counterparts(lexicon)


def _places(changes: Changes) -> Iterator[_RowOrigin]:
    """The blocks of both versions in one order: that of the head, with what is gone where it stood.

    A block that the English moved stands at its old place, and as an echo at its new one.
    """
    moved = {c.base: c.head for c in changes.heads if c.base is not None and c.moved}
    gone = sorted([*changes.deleted, *moved])
    for change in changes.heads:
        if change.base is None or change.moved:
            yield _RowOrigin(change.base, change.head, change.base is not None)
            continue
        while gone and gone[0] < change.base:
            yield _RowOrigin(gone[0], moved.get(gone.pop(0)))
        yield _RowOrigin(change.base, change.head)
    for i in gone:
        yield _RowOrigin(i, moved.get(i))


def _row(place: _RowOrigin, base: Document, head: Document) -> EnglishRow:
    new = head.blocks[place.head] if place.head is not None else None
    if place.base is None:
        assert new is not None
        return EnglishRow(new, is_new=True)
    old = base.blocks[place.base]
    differs = new is not None and (old.text, old.kind, old.level, old.info) != (
        new.text,
        new.kind,
        new.level,
        new.info,
    )
    return EnglishRow(old, new if differs else None, is_echo=place.is_echo)


@dataclass(frozen=True, slots=True)
class _Judged:
    """What became of the pairs of new head blocks and target blocks."""

    made: Mapping[int, tuple[int, ...]]
    perhaps: Mapping[int, tuple[int, ...]]
    lone: tuple[Bead, ...]
    """Target blocks that are the translators' own."""


def _judged(
    new: Sequence[Bead],
    head: Document,
    target: Document,
    ratio: Callable[[], float],
    lexicon: Callable[[], Lexicon],
) -> _Judged:
    """Whether what stands at the place of new head blocks is their translation, run by run."""
    made: dict[int, tuple[int, ...]] = {}
    perhaps: dict[int, tuple[int, ...]] = {}
    lone: list[Bead] = []
    if not new:
        return _Judged(made, perhaps, ())
    per_character, words = ratio(), lexicon()

    def weigh(bead: Bead) -> float:
        english = _joined([head.blocks[h] for h in bead.source])
        own = _joined([target.blocks[j] for j in bead.target])
        return fit(english, own, per_character, words).weight

    def is_other(bead: Bead) -> bool:
        english, own = (blocks[n] for blocks, (n, *_) in ((head.blocks, bead.source), (target.blocks, bead.target)))
        is_one = len(bead.source) == len(bead.target) == 1 and english.is_prose and own.is_prose
        return is_one and is_of_another_version(english.text, own.text)

    for run in _runs(new):
        weights = [weigh(bead) for bead in run]
        is_known = any(_have_one_id(head.blocks[bead.source[0]], target.blocks[bead.target[0]]) for bead in run)
        total = sum(weights) + _SAME_ID * is_known
        if all(head.blocks[h].kind == "end" for bead in run for h in bead.source):
            total = -math.inf  # a closing line is like all others: by itself it is the one of something else
        for bead, weight in zip(run, weights, strict=True):
            where = dict.fromkeys(bead.source, bead.target)
            if weight > _STRANGE and total >= _THERE:
                (perhaps if is_other(bead) else made).update(where)
                continue
            if weight > _STRANGE and total >= _PERHAPS:
                perhaps |= where
            lone += [Bead((), (j,), 1.0) for j in bead.target]
    return _Judged(made, perhaps, tuple(lone))


def _have_one_id(block: Block, own: Block) -> bool:
    return bool(block.hint) and block.hint == own.hint


def _runs(beads: Sequence[Bead]) -> Iterator[list[Bead]]:
    """Beads of new blocks that follow each other in head and target."""
    run: list[Bead] = []
    for bead in sorted(beads, key=lambda b: b.source):
        if run and (run[-1].source[-1] + 1 != bead.source[0] or run[-1].target[-1] + 1 != bead.target[0]):
            yield run
            run = []
        run.append(bead)
    if run:
        yield run


class _Sorting:
    """The beads over rows, sorted into those of the base and what the translators have made of the head."""

    def __init__(
        self, places: Sequence[_RowOrigin], beads: Sequence[Bead], base: Document, head: Document, target: Document
    ) -> None:
        self.places, self.base, self.head, self.target = places, base, head, target
        self.old: list[Bead] = []
        self.new: list[Bead] = []
        """Beads of head blocks that the base does not have; `base` are the head's indexes."""
        self.lone: list[Bead] = []
        self.missing: set[int] = set()
        self._sort(beads)

    def _sort(self, beads: Sequence[Bead]) -> None:
        placed: set[int] = set()
        echoes: list[Bead] = []
        for bead in beads:
            rows = [self.places[r] for r in bead.source]
            if not rows:
                self.lone.append(bead)
            elif rows[0].base is None:
                if bead.target:
                    self.new.append(replace(bead, source=tuple(p.head for p in rows if p.head is not None)))
            elif rows[0].is_echo:
                echoes.append(replace(bead, source=tuple(p.base for p in rows if p.base is not None)))
            else:
                own = replace(bead, source=tuple(p.base for p in rows if p.base is not None))
                self.old.append(own)
                placed.update(own.source if own.target else ())
        self._take_echoes(echoes, placed)
        self.old.sort(key=lambda bead: bead.source)

    def _take_echoes(self, echoes: Sequence[Bead], placed: set[int]) -> None:
        """Blocks that the translation has where the new English has them, and not where the old one had them."""
        for bead in echoes:
            if bead.target and not placed & set(bead.source):
                self.old = [b for b in self.old if not set(b.source) & set(bead.source)]
                self.old.append(bead)
            elif bead.target:
                self.lone += [Bead((), (j,), 1.0) for j in bead.target]

    def counterparts(self, lexicon: Callable[[Sequence[Bead]], Lexicon]) -> Counterparts:
        judged = _judged(self.new, self.head, self.target, self._ratio, lambda: lexicon(self.old))
        made = dict(judged.made)
        self._claim(made)
        taken = {j for own in made.values() for j in own}
        beads = [b for b in (*self.lone, *judged.lone) if not set(b.target) & taken]
        beads.sort(key=lambda bead: bead.target)
        old = drawn_in((*self.old, *beads), self.base.blocks, self.target.blocks)
        return Counterparts(old, made, judged.perhaps)

    def _ratio(self) -> float:
        return _ratio(self.base, self.target, self.old)

    def _claim(self, made: dict[int, tuple[int, ...]]) -> None:
        """Gives a new block the counterpart of one that is gone beside it, where the translation stands with the new.

        A paragraph written anew looks like one that went and one that came.
        """
        by_base = {bead.source: bead for bead in self.old}
        for here in self._gaps():
            fresh = [p.head for p in here if p.base is None and p.head is not None and p.head not in made]
            for place in here:
                bead = by_base.get((place.base,)) if place.base is not None and place.head is None else None
                if bead is None or len(bead.target) != 1:
                    continue
                own = self.target.blocks[bead.target[0]]
                old = self.base.blocks[bead.source[0]]
                for h in fresh:
                    new = self.head.blocks[h]
                    if new.kind == own.kind and stands_with(old.text, new.text, own.text).version == "new":
                        made[h] = bead.target
                        self.old[self.old.index(bead)] = replace(bead, target=())
                        fresh.remove(h)
                        break

    def _gaps(self) -> Iterator[list[_RowOrigin]]:
        """Runs of rows that only one version has."""
        run: list[_RowOrigin] = []
        for place in self.places:
            if place.base is None or place.head is None:
                run.append(place)
            elif run:
                yield run
                run = []
        yield run


def _ratio(base: Document, target: Document, beads: Sequence[Bead]) -> float:
    """Characters of the translation for one of English."""
    pairs = [
        (sum(len(base.blocks[i].text) for i in b.source), sum(len(target.blocks[j].text) for j in b.target))
        for b in beads
        if b.source and b.target and base.blocks[b.source[0]].is_prose
    ]
    here, there = sum(a for a, _ in pairs), sum(b for _, b in pairs)
    return there / here if here and there else 1.0


def _joined(blocks: Sequence[Block]) -> Block:
    return blocks[0] if len(blocks) == 1 else replace(blocks[0], text=" ".join(b.text for b in blocks))
