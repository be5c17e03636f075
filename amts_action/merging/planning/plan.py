"""Decides what happens to every block, before anything is translated or written (DESIGN §5).

The plan is data: a `Step` says which action, on which blocks, with which new text, which pieces still to be
translated, or whose text it shares. Nothing here writes, and nothing asks an engine.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from amts_action.alignment.beads import Bead
from amts_action.alignment.blocks import next_alike
from amts_action.alignment.lexicon import Lexicon
from amts_action.alignment.versions import Version, code_stands_with, stands_with
from amts_action.companions.tocfence import merge_toc_fence
from amts_action.documents.blocks.html_lines import holds_opaque
from amts_action.documents.inline import protected
from amts_action.documents.model import Block, Document
from amts_action.documents.sentences import sentences
from amts_action.merging.english.small_changes import Reader
from amts_action.merging.flags import Flag, flag, has_code
from amts_action.merging.options import MergeOptions
from amts_action.merging.pieces import Piece, has_language, pieces_of, rewrapped
from amts_action.merging.planning.source_diff import BlockChange, Changes, likeness
from amts_action.merging.planning.steps import Action, Plan, ReadyText, SharedText, Step, TextInParts
from amts_action.merging.programs.block_merge import (
    MergedBlock,
    fresh_block,
    fresh_front_matter,
    merge_block,
    merge_front_matter,
    program_of,
)
from amts_action.merging.programs.code_merge import merge_code
from amts_action.merging.programs.fences import opens_directive
from amts_action.merging.programs.wording import Program, Wording
from amts_action.merging.rewriting.frames import frame_flags, frame_of, merged_frame, quotes
from amts_action.merging.rewriting.links import merge_definition
from amts_action.merging.rewriting.sentence_merge import Reviser
from amts_action.merging.rewriting.span_merge import patch_math, patch_text, with_formula
from amts_action.merging.rewriting.table_cells import Columns, cells, columns, merged_row, table_of
from amts_action.merging.rewriting.tag_merge import merge_tags

__all__ = ["make_plan"]

STILL_THE_SAME = 0.6
"""Likeness (0 to 1) of two versions of a paragraph from which the several paragraphs that a translator made of it are
worth more than a new translation of the whole. By hand, held by `tests/fixtures/plan`."""
SURE = 0.7
"""Least confidence of a bead of which more than one target block is replaced. By hand, held by
`tests/fixtures/plan`."""
HARDLY = 0.6
"""Least confidence at which one block of the translation is taken for two of the English, and not for one of them while
the other is missing. By hand, held by `tests/fixtures/merge`; of eight such beads of d2l-zh one that is right is
below."""
UNSURE = 0.3
"""A changed block whose bead is less confident than this is a conflict: nothing is written there. By hand, held by
`tests/fixtures/plan`."""
_LEFT = flag("text-left").text


_SEVERAL = 3
"""Changed texts that tell, all of them, that the translation stands with the new English, before the others follow. By
hand, held by `tests/fixtures/merge`."""


def make_plan(
    base: Document,
    head: Document,
    target: Document,
    beads: Sequence[Bead],
    changes: Changes,
    *,
    made: Mapping[int, tuple[int, ...]] | None = None,
    perhaps: Mapping[int, tuple[int, ...]] | None = None,
    options: MergeOptions,
    reviser: Reviser | None = None,
    reader: Reader | None = None,
) -> Plan:
    """The plan that brings `target`, a translation of `base`, up to `head`.

    Args:
        beads: alignment of the blocks of base and target.
        changes: what became of the base's blocks in the head.
        made, perhaps: target blocks that translate, or may translate, blocks that only the head has.
        reviser: keeps the unchanged sentences of a changed block; without it such a block is translated whole.
        reader: to whom small changes mean nothing.
    """
    small = reader or Reader()
    planner = _Planner(base, head, target, beads, changes, made or {}, perhaps or {}, options, reviser, small)
    return Plan(base, head, target, tuple(planner.steps()), options.elsewhere)


class _Planner:
    def __init__(
        self,
        base: Document,
        head: Document,
        target: Document,
        beads: Sequence[Bead],
        changes: Changes,
        made: Mapping[int, tuple[int, ...]],
        perhaps: Mapping[int, tuple[int, ...]],
        options: MergeOptions,
        reviser: Reviser | None,
        reader: Reader,
    ) -> None:
        self.reader = reader
        self.base, self.head, self.target, self.changes = base, head, target, changes
        self.made, self.perhaps = made, perhaps
        self.options, self.reviser = options, reviser
        self.revised: dict[tuple[int, ...], dict[int, tuple[Piece, ...]] | None] = {}
        self.writer: dict[tuple[int, ...], int] = {}
        """By the base blocks of a bead, the step that writes its new text."""
        self.versions: dict[tuple[str, str, str], Version] = {}
        """(old English, new English, translation) → what `stands_with` says; several steps ask for the same."""
        self.tables: dict[tuple[int, int], Columns] = {}
        """Columns of base and head, by the first rows of their tables."""
        self.out: list[Step] = []
        self.bead = {i: bead for bead in beads for i in bead.source}
        self.heads_of = {c.base: c for c in changes.heads if c.base is not None}
        self.wording = Wording(self._programs, reader)

    def _programs(self) -> Iterator[Program]:
        """The programs of the page that have one translation each."""
        for i, bead in self.bead.items():
            if self.base.blocks[i].kind == "code" and len(bead.source) == len(bead.target) == 1:
                own = self.target.blocks[bead.target[0]]
                if own.kind == "code":
                    yield program_of(
                        _file_text(self.base, self.base.blocks[i]), _file_text(self.target, own), _language(own)
                    )

    def steps(self) -> list[Step]:
        """All steps; a deletion stands before the next head block that was behind it in the base."""
        gone = list(self.changes.deleted)
        for change in self.changes.heads:
            if change.base is not None and not change.moved:
                while gone and gone[0] < change.base:
                    self._add(self._deletion(gone.pop(0)))
            self._add(*self._step(change))
        for i in gone:
            self._add(self._deletion(i))
        return [self._found_again(n, step) for n, step in enumerate(self.out)]

    def _found_again(self, n: int, step: Step) -> Step:
        """The step without the remark that a localised text left, where another block of the page has it now."""
        if not has_code(step.flags, "text-left"):
            return step
        written = [" ".join(s.made.split()) for k, s in enumerate(self.out) if s.made is not None and k != n]
        kept = (f for f in step.flags if f.code != "text-left" or not any(f.text[len(_LEFT) :] in w for w in written))
        return replace(step, flags=tuple(kept))

    def _add(self, *steps: Step) -> None:
        self.out += [s for s in steps if s.action != "delete" or s.target or isinstance(s.text, SharedText)]

    def _deletion(self, i: int) -> Step:
        block, bead = self.base.blocks[i], self.bead[i]
        opening = self.heads_of.get(self._opener(i)) if block.kind == "end" else None
        if opening is not None and not self.head.blocks[opening.head].closer:
            return Step("delete", block.kind, i)  # what stays open in English is closed in the translation all the same
        step = Step("delete", block.kind, i, None, bead.target, bead.confidence)
        if bead.target and (bead.confidence < UNSURE or self._is_shifted(i, bead)):
            return replace(step, action="conflict", flags=(flag("uncertain"),))
        if len(bead.source) > len(bead.target) and not self._is_known((i,)) and self._says_less(bead):
            return replace(step, target=())  # the translators have left it out, and only seem to have joined it
        if bead.target and any(k in self.heads_of for k in bead.source):
            shared = self._revision(step, bead)
            flags = (flag("removed-merged"),)
            return shared[0] if shared else replace(step, action="conflict", flags=flags, strays=True)
        return replace(step, target=()) if i != bead.source[0] else step

    def _opener(self, i: int) -> int:
        """The base block that opens what block `i` closes; -1 when there is none."""
        depth = 0
        for k in range(i - 1, -1, -1):
            block = self.base.blocks[k]
            depth += (block.kind == "end") - block.closer
            if depth < 0:
                return k
        return -1

    def _is_shifted(self, i: int, bead: Bead) -> bool:
        """Whether what seems to be the counterpart of a block may be that of its neighbour.

        A translator who left out one of several like blocks looks like one who merged two others, or like one who
        left out another of them: then all between the two places is one off.
        """
        if bead.confidence >= SURE:
            return False
        if len(bead.source) > 1:
            return bead.confidence < HARDLY and self._lacks(bead) and self._says_less(bead)
        near = [self.bead[k] for k in next_alike(self.base.blocks, i) if self._is_alike(i, k)]
        return any(self._lacks(b) for b in near)

    def _lacks(self, bead: Bead) -> bool:
        """Whether it may be that the translation does not have one of like blocks."""
        is_fewer = len(bead.source) > len(bead.target) and all(self._is_alike(bead.source[0], k) for k in bead.source)
        if not is_fewer or (bead.target and bead.confidence >= SURE):
            return False
        return self._is_known(bead.source)

    def _is_known(self, run: Iterable[int]) -> bool:
        """Whether base blocks have no span that stands nowhere in the translation, which is without them then."""
        return all(raw in self.target.text for i in run for _, raw in protected(self.base.blocks[i].text))

    def _says_less(self, bead: Bead) -> bool:
        """Whether a translation has fewer sentences than the English blocks that it seems to stand for."""
        sides = ((self.base, bead.source, self._langs[0]), (self.target, bead.target, self._langs[1]))
        here, there = (
            sum(len(sentences(d.blocks[k].text, lang, kind=d.blocks[k].kind)) for k in run) for d, run, lang in sides
        )
        return there < here

    def _is_alike(self, i: int, k: int) -> bool:
        one, other = self.base.blocks[i], self.base.blocks[k]
        return one.is_prose and (one.kind, one.container) == (other.kind, other.container)

    def _step(self, change: BlockChange) -> list[Step]:
        block = self.head.blocks[change.head]
        if change.base is None:
            return [self._new(change, block)]
        bead = self.bead[change.base]
        step = Step("keep", block.kind, change.base, change.head, bead.target, bead.confidence)
        if change.moved:
            run = self._moving(bead)
            step = replace(step, moves=change.head in run[:1], strays=change.head not in run)
        if not bead.target:
            return [self._missing(step, block)]
        if change.relation == "same":
            return [replace(step, action="move") if step.moves else step]
        step = replace(step, small=change.small)
        if change.relation == "cosmetic":
            return [self._small(step, block, bead)]
        if bead.confidence < UNSURE or self._is_shifted(change.base, bead):
            return [replace(step, action="conflict", flags=(flag("uncertain"),), moves=False, strays=change.moved)]
        return self._changed(step, change, block, bead)

    def _small(self, step: Step, block: Block, bead: Bead) -> Step:
        """A step for a block that changed in small things only: its words stay, its marks may follow."""
        step = replace(step, action="cosmetic")
        if not block.is_prose or len(step.target) != 1 or len(bead.source) > 1 or bead.confidence < UNSURE:
            return step
        own = self.target.blocks[step.target[0]]
        result = patch_text(
            self.base.blocks[step.base or 0].text, block.text, own.text, self.reader, is_heading=block.kind == "heading"
        )
        if result is None or result.text == own.text:
            return step
        return replace(step, action="patch", text=ReadyText(rewrapped(self.target, own, result.text)))

    def _moving(self, bead: Bead) -> list[int]:
        """The head blocks of a bead when the English moved them all as one; empty when it took them apart."""
        changes = [self.heads_of[i] for i in bead.source if i in self.heads_of]
        heads = sorted(c.head for c in changes)
        together = all(c.moved for c in changes) and heads == list(range(heads[0], heads[0] + len(heads)))
        return heads if together else []

    def _missing(self, step: Step, block: Block) -> Step:
        if block.kind == "comment":
            return replace(step, moves=False)  # nothing that a reader could miss
        if self.options.fill_missing:
            return replace(self._fresh(step, block), target=(), is_new=True, moves=False)
        return replace(step, action="owed", flags=(flag("never-translated"),), moves=False)

    def _new(self, change: BlockChange, block: Block) -> Step:
        step = Step("translate", block.kind, None, change.head, is_new=True)
        if block.kind == "front_matter" and any(b.kind == "front_matter" for b in self.target.blocks):
            return replace(step, action="conflict", is_new=False, flags=(flag("own-front-matter"),))
        if change.head in self.perhaps:
            step = replace(step, is_new=False, target=self.perhaps[change.head])
            return replace(step, action="conflict", flags=(flag("perhaps-there"),))
        own = self.made.get(change.head)
        if own is None:
            return self._fresh(step, block)
        step = replace(step, target=own, is_new=False)
        if len(own) == 1 and flat(self.target.blocks[own[0]]) == flat(block) and has_language(block.text):
            return self._fresh(step, block) if block.is_prose else replace(step, action="keep")
        return replace(step, action="code" if block.kind == "code" else "revise", flags=(flag("already-made"),))

    def _changed(self, step: Step, change: BlockChange, block: Block, bead: Bead) -> list[Step]:
        old = self.base.blocks[step.base or 0]
        standing = self._standing(old, block, bead) if len(bead.source) == 1 else "unknown"
        if standing == "new":
            return [self._kept(step, old, block)]
        if len({self.base.blocks[i].kind == "math" for i in bead.source}) > 1:
            return [self._drawn_in(step, old, block, bead)]
        is_text = block.is_prose and old.kind == block.kind and len(bead.source) == 1
        if standing == "unknown" and change.relation == "revised" and is_text and self._is_ahead:
            return [replace(step, action="revise", flags=(flag("like-its-page"),))]
        is_named = block.kind == "directive" and block.inner != block.outer and not self._is_myst(block)
        if not block.is_prose and not is_named:
            return [self._opaque(step, old, block)]
        if old.kind == block.kind == "table_row":
            row = self._row(step, change.head)
            if row is not None:
                return [row]
        if change.relation == "spans" and self._changes_alone(change, bead):
            patched = self._patched(step, old, block)
            if patched is not None:
                return [patched]
        if (change.relation == "form" or old.text == block.text) and len(bead.source) == 1:
            made = self._reformed(step, old, block)
            if made is not None:
                return [made]
        if old.kind == block.kind or {old.kind, block.kind} <= {"paragraph", "caption"}:
            revised = self._revision(step, bead)
            if revised:
                small = self.reviser.small.get(bead.source, ()) if self.reviser else ()
                flags = self.reviser.flags.get(bead.source, ()) if self.reviser else ()
                return [replace(revised[0], small=small, flags=(*revised[0].flags, *flags)), *revised[1:]]
        if standing == "conflict":
            return [replace(step, action="conflict", flags=(flag("between-versions"),))]
        if len(bead.source) > 1:
            return [replace(step, action="conflict", flags=(flag("merged"),))]
        if len(bead.target) > 1 and (bead.confidence < SURE or likeness(old, block) >= STILL_THE_SAME):
            return [replace(step, action="conflict", flags=(flag("split"),))]
        return [self._fresh(replace(step, action="revise"), block)]

    def _changes_alone(self, change: BlockChange, bead: Bead) -> bool:
        """Whether the other English blocks that the translation has in one with this one stay as they were."""
        others = [self.heads_of.get(i) for i in bead.source if i != change.base]
        return all(c is not None and c.relation in ("same", "cosmetic") for c in others)

    def _drawn_in(self, step: Step, old: Block, block: Block, bead: Bead) -> Step:
        """A step on a block of a run that the translation has in one paragraph, formulas and all."""
        changes = [self.heads_of.get(i) for i in bead.source]
        others = [c for c in changes if c is None or (c.relation not in ("same", "cosmetic") and c.head != step.head)]
        if block.kind == "math" and len(step.target) == 1 and not others:
            own = self.target.blocks[step.target[0]]
            text = with_formula(own.text, old.text, block.text)
            if text is not None:
                return replace(step, action="patch", text=ReadyText(rewrapped(self.target, own, text), is_own=True))
        return replace(step, action="conflict", flags=(flag("merged"),), strays=True)

    def _standing(self, old: Block, block: Block, bead: Bead) -> Version:
        """Which version of a changed block the translation stands with."""
        own = " ".join(self.target.blocks[j].text for j in bead.target)
        if block.kind == "code":
            found = code_stands_with(old.text, block.text, own).version
            return "new" if found == "new" else "unknown"  # lines that are made already are left alone one by one
        return self._version(old.text, block.text, own) if block.is_prose else "unknown"

    def _version(self, old: str, new: str, own: str) -> Version:
        key = old, new, own
        if key not in self.versions:
            self.versions[key] = stands_with(old, new, own, self._words).version
        return self.versions[key]

    @cached_property
    def _is_ahead(self) -> bool:
        """Whether the translation as a whole stands with the new English: several of its changed texts tell so, and
        none tells that it stands with the old. Then what tells nothing by itself is no exception."""
        told: Counter[Version] = Counter()
        for change in self.changes.heads:
            if change.base is None or change.relation not in ("revised", "spans"):
                continue
            old, new, bead = self.base.blocks[change.base], self.head.blocks[change.head], self.bead[change.base]
            if new.is_prose and old.kind == new.kind and len(bead.source) == len(bead.target) == 1:
                version = self._version(old.text, new.text, self.target.blocks[bead.target[0]].text)
                if version == "old":
                    return False
                told[version] += 1
        return told["new"] >= _SEVERAL and _SEVERAL * told["conflict"] <= told["new"]

    def _words(self) -> Lexicon:
        return self.reviser.lexicon if self.reviser is not None else Lexicon()

    def _kept(self, step: Step, old: Block, block: Block) -> Step:
        """A step on a block whose change is made already; its form may have changed besides."""
        own = self._only(step)
        if own is not None and (own.kind != block.kind or old.kind == block.kind) and block.is_prose:
            made = self._formed(old, block, own, own.text)
            if made != own.outer.of(self.target.text):
                return replace(step, action="patch", text=ReadyText(made))
        return replace(step, action="code" if block.kind == "code" else "revise", flags=(flag("already-made"),))

    def _revision(self, step: Step, bead: Bead) -> list[Step]:
        """The steps that revise the bead's target blocks by sentences; none when that is not certain.

        Where several head blocks share a bead, the first of them to change writes for all.
        """
        key = bead.source
        if key not in self.revised:
            self.revised[key] = self._revised(bead)
        texts = self.revised[key]
        if texts is None:
            return []
        gone = step.head is None
        if key in self.writer:
            action: Action = "delete" if gone else "revise"
            flags = () if gone else (flag("with-neighbour"),)
            return [replace(step, action=action, flags=flags, text=SharedText(self.writer[key]))]
        if not texts:
            if gone:
                return [replace(step, target=())]
            if self.reviser is not None and self.reviser.small.get(key):
                return [replace(step, action="cosmetic")]
            return [replace(step, action="revise", flags=(flag("already-made"),))]
        self.writer[key] = len(self.out)
        out = []
        for j, pieces in sorted(texts.items(), key=lambda item: (not item[1], item[0])):
            if not pieces:
                out.append(Step("delete", step.kind, step.base, None, (j,), step.confidence))
            elif any(p.is_language for p in pieces):
                text = TextInParts(pieces, "own")
                out.append(replace(step, action="delete" if gone else "revise", target=(j,), text=text))
            else:
                own = self.target.blocks[j]
                made = rewrapped(self.target, own, "".join(p.text for p in pieces))
                out.append(replace(step, action="delete" if gone else "patch", target=(j,), text=ReadyText(made)))
        return out

    def _revised(self, bead: Bead) -> dict[int, tuple[Piece, ...]] | None:
        if self.reviser is None:
            return None
        changes = {i: self.heads_of.get(i) for i in bead.source}
        if any(c is not None and c.moved for c in changes.values()) and not self._is_revised_moving(bead):
            return None
        heads = {i: self.head.blocks[c.head] if c is not None else None for i, c in changes.items()}
        found = self.reviser.revise(bead, heads)
        if found is None:
            return None
        return {
            j: tuple(Piece(p.text, p.is_language, is_shared=p.is_shared) for p in parts) for j, parts in found.items()
        }

    def _is_revised_moving(self, bead: Bead) -> bool:
        """Whether a bead of which the English moved a block goes with it as one target block."""
        return len(bead.target) == 1 and bool(self._moving(bead))

    def _patched(self, step: Step, old: Block, block: Block) -> Step | None:
        own = self._only(step)
        if own is None:
            return None
        result = patch_text(old.text, block.text, own.text, self.reader, is_heading=block.kind == "heading")
        if result is None:
            return None
        if result.text == own.text:
            return replace(step, action="patch", flags=result.flags)
        return replace(
            step, action="patch", flags=result.flags, text=ReadyText(self._formed(old, block, own, result.text))
        )

    def _reformed(self, step: Step, old: Block, block: Block) -> Step | None:
        """The target's words in the head's form (another heading level, say); None when it has several blocks."""
        own = self._only(step)
        if own is None:
            return None
        frames = frame_of(self.base, old), frame_of(self.head, block), frame_of(self.target, own)
        flags = frame_flags(*frames, own.kind) if old.kind == block.kind == own.kind else ()
        return replace(step, action="patch", flags=flags, text=ReadyText(self._formed(old, block, own, own.text)))

    def _only(self, step: Step) -> Block | None:
        return self.target.blocks[step.target[0]] if len(step.target) == 1 else None

    def _formed(self, old: Block, block: Block, own: Block, text: str) -> str:
        """A text in the place of `own`, with what the English changed about the block's form."""
        base, head = frame_of(self.base, old), frame_of(self.head, block)
        is_requoted = quotes(old) == quotes(own) != quotes(block)
        if is_requoted or not old.kind == block.kind == own.kind:
            return head.before + text.replace("\n", "\n" + block.prefix) + head.after
        return rewrapped(self.target, own, text, merged_frame(base, head, frame_of(self.target, own), own.kind))

    def _row(self, step: Step, head: int) -> Step | None:
        """A row of a table of which only some cells change; None when its cells are not those of the English."""
        own = self._only(step)
        if own is None or own.kind != "table_row" or step.base is None:
            return None
        old, new = self.base.blocks[step.base], self.head.blocks[head]
        merged = merged_row(old.text, new.text, own.text, self._columns(step.base, head))
        if merged is None:
            return None
        pieces, flags = merged
        if any(p.is_language for p in pieces):
            return replace(step, action="revise", text=TextInParts(pieces, "own"), flags=flags)
        made = rewrapped(self.target, own, "".join(p.text for p in pieces))
        if made == own.outer.of(self.target.text):
            return replace(step, action="patch", flags=flags or (flag("already-made"),))
        return replace(step, action="patch", text=ReadyText(made), flags=flags)

    def _columns(self, base: int, head: int) -> Columns:
        """The columns of the tables that two rows stand in."""
        rows = table_of(self.base.blocks, base), table_of(self.head.blocks, head)
        key = rows[0].start, rows[1].start
        if key not in self.tables:
            pairs = [
                (c.base, k) for k in rows[1] if (c := self.changes.heads[k]).base is not None and c.base in rows[0]
            ]
            texts = [
                (self.base.blocks[i].text, self.head.blocks[k].text)
                for i, k in pairs
                if i is not None and self.head.blocks[k].kind == "table_row"
            ]
            self.tables[key] = columns([cells(a) for a, _ in texts], [cells(b) for _, b in texts])
        return self.tables[key]

    def _opaque(self, step: Step, old: Block, block: Block) -> Step:
        """Programs, equations, opaque directives, front matter, labels, markup: no language, so no engine."""
        if len(step.target) != 1:
            return replace(step, action="conflict", flags=(flag("uncertain"),))
        own = self.target.blocks[step.target[0]]
        if block.kind == "math" and own.kind != "math":
            text = with_formula(own.text, old.text, block.text)
            if text is None:
                return replace(step, action="conflict", flags=(flag("merged"),))
            return replace(step, action="patch", text=ReadyText(rewrapped(self.target, own, text), is_own=True))
        if block.kind == "math":
            result = patch_math(old.text, block.text, own.text)
            return self._made(step, "patch", own, result.text, result.flags)
        if block.kind == "definition" and (defined := merge_definition(old.text, block.text, own.text)) is not None:
            return self._made(step, "patch", own, *defined)
        if block.kind in ("label", "definition", "tab", "end", "rule"):
            changed = flat(own) not in (flat(old), flat(block))
            return self._made(step, "patch", own, block.text, (flag("own-mark"),) if changed else ())
        if block.info in ("toc", "toctree"):
            table = merge_toc_fence(old.text, block.text, own.text, self.options.available)
            return self._made(step, "patch", own, table.text, tuple(flag("contents", text) for text in table.flags))
        if block.kind == "html" and not holds_opaque(block.text):
            return self._made(step, "patch", own, *merge_tags(old.text, block.text, own.text))
        if block.kind == "directive" and not self._is_myst(block):
            if own.text in (old.text, block.text):
                return self._made(step, "patch", own, block.text, ())
            return self._made(step, "patch", own, own.text, (flag("markup-kept", " ".join(block.text.split())[:80]),))
        if block.kind in ("code", "directive", "front_matter"):
            return self._structured(step, old, block, own)
        merged = merge_code(old.text, block.text, own.text, "html" if block.kind == "html" else "", prefer_target=True)
        return self._made(step, "patch", own, merged.text, merged.remarks)

    def _is_myst(self, block: Block) -> bool:
        """Whether the head's block is a directive with argument and options, and no container of another dialect."""
        return block.kind == "directive" and opens_directive(block.outer.of(self.head.text))

    def _structured(self, step: Step, old: Block, block: Block, own: Block) -> Step:
        """A program, a directive's opening or front matter: structure from the head, words and values from people."""
        documents = (self.base, old), (self.head, block), (self.target, own)
        was, now, mine = (_file_text(document, b) for document, b in documents)
        if block.kind == "front_matter":
            merged = merge_front_matter(was, now, mine, self.options.language_keys, self._langs)
        else:
            has_body = block.kind == "code" or not (block.closer or block.inner != block.outer)
            titled = block.inner != block.outer
            merged = merge_block(
                was,
                now,
                mine,
                is_titled=titled,
                has_body=has_body,
                language=_language(block),
                wording=self.wording,
                keys=self.options.language_keys,
                langs=self._langs,
            )
        return _merged(step, "code" if block.kind == "code" else "patch", merged, mine)

    @property
    def _langs(self) -> tuple[str, str]:
        return self.options.source_lang, self.options.target_lang

    def _fresh(self, step: Step, block: Block) -> Step:
        """A step that writes the head's block: translated when it holds language, as it is when not."""
        if block.kind in ("code", "front_matter") or (block.kind == "directive" and self._is_myst(block)):
            now = _file_text(self.head, block)
            if block.kind == "front_matter":
                merged = fresh_front_matter(now, keys=self.options.language_keys)
            else:
                merged = fresh_block(
                    now,
                    is_titled=block.inner != block.outer,
                    wording=self.wording,
                    language=_language(block),
                    keys=self.options.language_keys,
                )
            made = _merged(step, "code" if block.kind == "code" else "patch", merged, None)
            return replace(made, flags=(*made.flags, flag("left-english"))) if _says_something(block) else made
        pieces = pieces_of(block)
        if any(p.is_language for p in pieces):
            action: Action = "revise" if step.action == "revise" else "translate"
            return replace(step, action=action, text=TextInParts(pieces))
        return replace(step, action="patch", text=ReadyText(block.outer.of(self.head.text)))

    def _made(self, step: Step, action: Action, own: Block, text: str, flags: tuple[Flag, ...]) -> Step:
        if text == own.text:
            return replace(step, action=action, flags=flags, text=None)
        return replace(step, action=action, flags=flags, text=ReadyText(rewrapped(self.target, own, text)))


def flat(block: Block) -> str:
    """The block's text without white space."""
    return "".join(block.text.split())


def _language(block: Block) -> str:
    """The language of a program that has no fence to name it."""
    return block.info if block.is_cell else ""


def _file_text(document: Document, block: Block) -> str:
    """The block as it stands in its file, with `\\n` line ends."""
    return re.sub(r"\r\n?", "\n", block.outer.of(document.text))


def _merged(step: Step, action: Action, merged: MergedBlock, old: str | None) -> Step:
    """The step that writes a merged block; nothing when that is what stands there."""
    step = replace(step, small=(*step.small, *merged.small))
    text = merged.text
    if text is None:
        name: Action = "revise" if step.target else "translate"
        return replace(step, action=name, text=TextInParts(merged.pieces, "whole"), flags=merged.remarks)
    sought = merged.pieces if any(p.sought for p in merged.pieces) else ()
    stays = TextInParts(sought) if sought else None
    return replace(step, action=action, text=stays if text == old else ReadyText(text, sought), flags=merged.remarks)


_WORDS = re.compile(r"[^\W\d_]{2,}\s+[^\W\d_]{2,}")
_LISTS = frozenset({"toc", "toctree", "bibliography", "include", "literalinclude", "image", "raw", "csv-table"})


def _says_something(block: Block) -> bool:
    """Whether a directive that is carried as it is has words in its body."""
    if block.kind != "directive" or block.info in _LISTS:
        return False
    body = block.text.split("\n")[1:]
    return any(_WORDS.search(line) for line in body if not line.lstrip().startswith((":", "-", "`")))
