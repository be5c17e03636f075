"""One document from three texts to one: plan, segments for the engine, merge, check.

Two halves, so that a run can plan all its documents before it sends anything: `plan_document` and `merge_document`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from amts_action.alignment.beads import Bead
from amts_action.documents.attributes import titles_in, with_titles
from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.model import Block, Document, Span
from amts_action.engines.model import Segment, Translation
from amts_action.merging.checking.ledger import alone, fault, inventory, missing_spans
from amts_action.merging.english.small_changes import Reader
from amts_action.merging.flags import Flag, flag, said_by_engine, texts
from amts_action.merging.fragments import Links, follow
from amts_action.merging.options import MergeOptions
from amts_action.merging.pieces import Piece, rewrapped
from amts_action.merging.planning.addresses import with_addresses
from amts_action.merging.planning.counterparts import Counterparts, find_counterparts
from amts_action.merging.planning.plan import make_plan
from amts_action.merging.planning.reorder import in_order
from amts_action.merging.planning.source_diff import compare
from amts_action.merging.planning.steps import Plan, SharedText, Step, TextInParts
from amts_action.merging.planning.unsettled import Owed, Waiting, marks_left, pinned, with_reasons
from amts_action.merging.programs.fences import opens_directive
from amts_action.merging.rewriting.frames import frame_of, merged_frame
from amts_action.merging.rewriting.sentence_merge import Reviser
from amts_action.merging.splice import Assembled, assemble, balance

__all__ = ["Entry", "Place", "Result", "merge_document", "plan_document", "segments"]


DEFAULT: Final = MergeOptions()

Place = tuple[int, ...]
"""Where a block is in its file: (start, end) in characters; in a notebook (cell, start, end) in the cell's source."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of plan.json (DESIGN §8), with what the report shows of the block."""

    action: str
    kind: str
    base: Place | None
    head: Place | None
    target: Place | None
    output: Place | None
    characters_sent: int
    confidence: float
    flags: tuple[Flag, ...]
    origin: str
    base_text: str
    head_text: str
    target_text: str
    output_text: str
    small: tuple[str, ...] = ()
    """What changed in the English without giving a translator anything to do, in words."""

    def as_json(self) -> dict[str, Any]:
        """The row of plan.json."""
        names = ("action", "kind", "base", "head", "target", "output", "characters_sent", "confidence", "flags")
        row = {name: getattr(self, name) for name in names}
        row |= {"flags": [f.text for f in self.flags], "codes": [f.code for f in self.flags]}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in row.items()}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one document."""

    text: str
    entries: tuple[Entry, ...]
    ledger: dict[str, dict[str, int]]
    owing: tuple[Owed, ...]
    status: str
    """`done`, `partial` (something is not delivered) or `failed` (a check failed: the text is the old one)."""


def plan_document(
    base: str | Document,
    head: str | Document,
    target: str | Document,
    options: MergeOptions = DEFAULT,
    *,
    beads: Sequence[Bead] | None = None,
    waiting: Sequence[Waiting] = (),
) -> Plan:
    """The plan for three texts of one markdown document, which may have been read already (a notebook, unrolled).

    `beads`, when given, align the blocks of base and target.
    What is `waiting` since an earlier run stays in conflict while its text stands in the target.
    """
    old, new, own = (parse_markdown(d) if isinstance(d, str) else d for d in (base, head, target))
    reader = Reader(options.target_lang, keeps=options.small_changes, head=new.text)
    changes = compare(old, new, reader=reader)

    def reviser(beads: Sequence[Bead]) -> Reviser:
        source_lang, target_lang = options.source_lang, options.target_lang
        return Reviser(old.blocks, own.blocks, beads, source_lang=source_lang, target_lang=target_lang, reader=reader)

    if beads is None:
        found = find_counterparts(old, new, own, changes, lexicon=lambda beads: reviser(beads).lexicon)
    else:
        found = Counterparts(tuple(beads))
    beads = pinned(old, own, found.beads, waiting)
    plan = make_plan(
        old,
        new,
        own,
        beads,
        changes,
        made=found.made,
        perhaps=found.perhaps,
        options=options,
        reviser=reviser(beads),
        reader=reader,
    )
    return in_order(with_reasons(with_addresses(plan, beads), waiting))


def segments(plan: Plan, *, prefix: str, context: Mapping[str, str] | None = None) -> list[Segment]:
    """What an engine has to translate for `plan`; ids are `prefix`, step and piece, joined by `:`."""
    out = []
    heading = ""
    for n, step in enumerate(plan.steps):
        if step.kind == "heading" and step.head is not None:
            heading = plan.head.blocks[step.head].text
        for k, piece in enumerate(step.pieces):
            if piece.is_language:
                about = {**(context or {}), "kind": step.kind, "heading": heading, **_around(plan, step)}
                about |= _old_pair(plan, step)
                out.append(Segment(f"{prefix}:{n}:{k}", piece.text, about))
                for m, title in enumerate(_titles(plan, step, piece.text)):
                    out.append(Segment(f"{prefix}:{n}:{k}:{m}", title, {**about, "kind": "title"}))
    return out


def _titles(plan: Plan, step: Step, text: str) -> list[str]:
    """Titles of links and the like in a text to be sent, as far as they are English: they are language of their own."""
    if '"' not in text and "'" not in text:
        return []
    english = plan.head.blocks[step.head].text if step.head is not None else text
    return [title for title in dict.fromkeys(titles_in(text)) if title in english]


def _around(plan: Plan, step: Step) -> dict[str, str]:
    """The language before and after a block in the new English; empty at the ends."""
    if step.head is None:
        return {}
    blocks = plan.head.blocks
    before = next((b.text for b in reversed(blocks[: step.head]) if b.is_prose), "")
    after = next((b.text for b in blocks[step.head + 1 :] if b.is_prose), "")
    return {"before": before, "after": after}


def _old_pair(plan: Plan, step: Step) -> dict[str, str]:
    if step.base is None or not step.target:
        return {}
    return {
        "old_source": plan.base.blocks[step.base].text,
        "old_target": "\n".join(plan.target.blocks[j].text for j in step.target),
    }


def merge_document(
    plan: Plan,
    translations: Mapping[str, Translation],
    *,
    prefix: str,
    parse: Callable[[str], Document] = parse_markdown,
) -> Result:
    """Carries out `plan` with what the engine gave, checks it by reading it again, and says what was delivered.

    What fails a check is not written: the old text stands, or for a new block the English, and the block is flagged.
    """
    drafts = [_draft(plan, n, step, translations, prefix) for n, step in enumerate(plan.steps)]
    skip: frozenset[int] = frozenset()
    marks = True
    for _ in range(6):
        drafts = [d.after(drafts[d.step.text.step]) if isinstance(d.step.text, SharedText) else d for d in drafts]
        written_for = {n: d.text for n, d in enumerate(drafts) if d.text is not None and n not in skip}
        done = assemble(plan, written_for, skip=skip, marks=marks)
        written = parse(done.text)
        expected = _expected(plan, drafts, done)
        wrong = _misread(done, written) or _miscounted(done, written, expected)
        if not wrong and not skip and _is_unbalanced(plan, written):
            skip = frozenset(n for n, step in enumerate(plan.steps) if _is_structural(step))
            drafts = [d.left_undone() if n in skip else d for n, d in enumerate(drafts)]
            continue
        if not wrong:
            links = follow(plan, done, written)
            drafts = [_with_links(d, n, done, links) for n, d in enumerate(drafts)]
            written = written if links.done is done else parse(links.done.text)
            return _result(plan, drafts, links.done, written, expected, links.alive)
        if marks and assemble(plan, written_for, skip=skip, marks=False) != done:
            marks = False  # the fault may be in a list's new numbers
            continue
        retreats = {n: drafts[n].retreat(plan) for n in wrong}
        if all(drafts[n] == retreat for n, retreat in retreats.items()):
            break
        drafts = [retreats.get(n, d) for n, d in enumerate(drafts)]
    return _failed(plan)


def _with_links(draft: _Draft, n: int, before: Assembled, links: Links) -> _Draft:
    """A step whose text was kept and now has a link to a heading's new id, or one whose link leads nowhere."""
    dead = tuple(flag("dead-link", fragment) for fragment in links.dead.get(n, ()))
    pairs = zip(before.items, links.done.items, strict=True) if links.done is not before else ()
    followed = any(old.text is None and new.text is not None and new.step == n for old, new in pairs)
    if followed and draft.step.action in ("keep", "cosmetic"):
        draft = replace(draft, step=replace(draft.step, action="patch"))
    return replace(draft, flags=(*draft.flags, *dead)) if dead else draft


@dataclass(frozen=True, slots=True)
class _Draft:
    """What one step is going to write."""

    step: Step
    text: str | None
    flags: tuple[Flag, ...]
    origin: str = ""
    characters: int = 0
    delivered: bool = True

    def left_undone(self) -> _Draft:
        """The same step, not carried out because a directive or tab would be left open."""
        flags = (*self.flags, flag("left-open"))
        return replace(self, text=None, flags=flags, origin="", delivered=False)

    def after(self, writer: _Draft) -> _Draft:
        """This step when `writer` writes for it: delivered when that one is."""
        if writer.delivered or not self.delivered:
            return self
        return replace(self, delivered=False, flags=(*self.flags, *writer.flags))

    def retreat(self, plan: Plan) -> _Draft:
        """The same step without its text: the old text stands, or the English for a new block."""
        english = None
        if self.step.is_new and self.step.head is not None and self.delivered:
            english = plan.head.blocks[self.step.head].outer.of(plan.head.text)
        flags = (*self.flags, flag("structure")) if self.delivered else self.flags
        return replace(self, text=english, flags=flags, origin="", delivered=False)


def _draft(plan: Plan, n: int, step: Step, translations: Mapping[str, Translation], prefix: str) -> _Draft:
    if step.made is not None:
        shapes = [_shape(plan, step), *(plan.target.blocks[j] for j in step.target[:1])]
        faults = [fault(step.made, shape) for shape in shapes]
        wrong = None if None in faults else faults[0]
        draft = _Draft(step, step.made, step.flags)
        return replace(draft.retreat(plan), flags=(*step.flags, wrong)) if wrong else draft
    if not step.pieces:
        return _Draft(step, None, step.flags, delivered=step.action not in ("conflict", "owed"))
    block = _shape(plan, step)
    parts, flags, characters, origin = [], list(step.flags), 0, ""
    whole = True
    for k, piece in enumerate(step.pieces):
        if not piece.is_language:
            parts.append(piece.text)
            continue
        found = translations.get(f"{prefix}:{n}:{k}")
        characters += found.characters if found else 0
        if piece.standby is not None and (found is None or not _fits(piece, found)):
            kept = piece.standby.text
            parts.append(kept)
            flags = [f for f in flags if f.code != "text-left" or kept not in f.text]
            flags.append(piece.standby.flag)
            # A service that said nothing is asked again by the next run; one that cannot say it is not.
            whole = whole and not (found and any(said_by_engine(f).code == "no-reply" for f in found.flags))
            continue
        flags += map(said_by_engine, found.flags) if found else [flag("no-answer")]
        origin = (found.origin if found else "") or origin
        if found is None or found.text is None:
            whole = False
            parts.append(piece.text)
        else:
            lost = missing_spans(piece.text, found.text)
            flags += lost
            whole = whole and not lost
            titles = _translated_titles(plan, step, piece.text, translations, f"{prefix}:{n}:{k}")
            flags += [flag("title-english", title) for title, words in titles.items() if words is None]
            characters += sum(t.characters for t in titles.values() if t is not None)
            known = {a: t.text for a, t in titles.items() if t is not None and t.text}
            parts.append(piece.holding(with_titles(found.text, known)) or "")
    text = (
        "".join(parts)
        if isinstance(step.text, TextInParts) and step.text.form == "whole"
        else _placed(plan, step, block, "".join(parts))
    )
    if whole and (wrong := fault(text, plan.target.blocks[step.target[0]] if step.in_place else block)):
        flags.append(wrong)
        whole = False
    if whole:
        return _Draft(step, text, tuple(dict.fromkeys(flags)), origin, characters)
    english = block.outer.of(plan.head.text) if step.is_new else None
    return _Draft(step, english, tuple(dict.fromkeys(flags or [flag("untranslated")])), "", characters, delivered=False)


def _fits(piece: Piece, found: Translation) -> bool:
    """Whether a translation can stand in a place that would rather keep the English than break."""
    return (
        bool(found.text) and not missing_spans(piece.text, found.text or "") and bool(piece.holding(found.text or ""))
    )


def _translated_titles(
    plan: Plan, step: Step, text: str, translations: Mapping[str, Translation], id_: str
) -> dict[str, Translation | None]:
    """What the engine gave for the titles in a text; None where it gave nothing."""
    found = {title: translations.get(f"{id_}:{m}") for m, title in enumerate(_titles(plan, step, text))}
    return {title: given if given is not None and given.text else None for title, given in found.items()}


def _shape(plan: Plan, step: Step) -> Block:
    """The block whose kind and level the written text must have."""
    return plan.head.blocks[step.head] if step.head is not None else plan.target.blocks[step.target[0]]


def _placed(plan: Plan, step: Step, block: Block, text: str) -> str:
    """The translated inner text as a whole block: in the target's own form, or the head's when that changed."""
    head = frame_of(plan.head, block)
    if step.target:
        own = plan.target.blocks[step.target[0]]
        old = plan.base.blocks[step.base] if step.base is not None else block
        base = frame_of(plan.base, old) if step.base is not None else head
        alike = old.kind == block.kind == own.kind
        if step.in_place and (step.head is None or not alike):
            return rewrapped(plan.target, own, text)
        if alike and (block.kind != "directive" or base == head):
            form = merged_frame(base, head, frame_of(plan.target, own), own.kind)
            return rewrapped(plan.target, own, text, form)
    return head.before + text.replace("\n", "\n" + block.prefix) + (head.after if head.after.strip() else "")


def _is_structural(step: Step) -> bool:
    """Whether the step adds, moves or removes an opening or closing line, or tags."""
    return step.kind in ("directive", "tab", "end", "html") and (step.is_new or step.moves or step.action == "delete")


def _is_unbalanced(plan: Plan, written: Document) -> bool:
    """Whether the output has more opening or closing lines or tags without a partner than what it was made from."""
    known = [balance(d.blocks) for d in (plan.head, plan.target)]
    return any(n > max(old[k] for old in known) for k, n in enumerate(balance(written.blocks)))


def _misread(done: Assembled, written: Document) -> list[int]:
    """Steps whose text does not read as the one block it should be in the output."""
    found = {(b.outer.start, b.outer.end) for b in written.blocks}
    wrong = {item.step for item, span in zip(done.items, done.spans, strict=True) if tuple(span) not in found}
    stray = [n for n in wrong if n is not None]
    if wrong and not stray:
        stray = [item.step for item in done.items if item.text is not None and item.step is not None]
    return sorted(set(stray))


def _miscounted(done: Assembled, written: Document, expected: Sequence[Counter[str]]) -> list[int]:
    """Steps whose text does not hold in the output what it must."""
    wrong = []
    at = 0
    for item, span, must in zip(done.items, done.spans, expected, strict=True):
        inside = []
        while at < len(written.blocks) and written.blocks[at].outer.end <= span.end:
            inside.append(written.blocks[at])
            at += 1
        if item.text is not None and item.step is not None and inventory(inside) != must:
            wrong.append(item.step)
    return sorted(set(wrong))


def _result(
    plan: Plan,
    drafts: Sequence[_Draft],
    done: Assembled,
    written: Document,
    expected: Sequence[Counter[str]],
    links: Counter[str],
) -> Result:
    spans: dict[int, Span] = {}
    for item, span in zip(done.items, done.spans, strict=True):
        if item.step is not None:
            first = spans.get(item.step, span)
            spans[item.step] = Span(min(first.start, span.start), max(first.end, span.end))
    spans |= _shared(plan, done, spans)
    drafts = [
        replace(d, flags=(*d.flags, flag("section-missing")), delivered=False, text=None) if n in done.unplaced else d
        for n, d in enumerate(drafts)
    ]
    entries = tuple(_entry(plan, d, spans.get(n), done.text, n in done.unplaced) for n, d in enumerate(drafts))
    left = {} if all(d.delivered for d in drafts) else marks_left(written, spans)
    owed = [o for n, d in enumerate(drafts) if (o := _owing(plan, n, d, left.get(n, ""))) is not None]
    # A block whose translation is in two has two steps, and is owed once.
    owing = tuple({(*o.span, o.text): o for o in reversed(owed)}.values())[::-1]
    clean = all(d.delivered for d in drafts)
    must, here = sum(expected, Counter()), inventory(written.blocks)
    table = {name: {"in": must[name], "out": here[name]} for name in sorted({*must, *here})}
    if any(row["in"] != row["out"] for row in table.values()):
        return _failed(plan, table)
    if links["in"]:
        table["links"] = {"in": links["in"], "out": links["out"]}
    return Result(done.text, entries, table, owing, "done" if clean else "partial")


def _shared(plan: Plan, done: Assembled, spans: Mapping[int, Span]) -> dict[int, Span]:
    """Where the blocks are that stand for a step's block together with others'."""
    place = {item.old: span for item, span in zip(done.items, done.spans, strict=True) if item.old is not None}
    return {
        n: place[step.target[0]]
        for n, step in enumerate(plan.steps)
        if n not in spans and step.head is not None and step.target and step.target[0] in place
    }


def _expected(plan: Plan, drafts: Sequence[_Draft], done: Assembled) -> list[Counter[str]]:
    """What each item of the output must hold: the target's own where it was kept, else what was to be written."""
    out = []
    for item in done.items:
        if item.text is None or item.step is None:
            out.append(inventory([plan.target.blocks[item.old or 0]]))
            continue
        step, shape = drafts[item.step].step, _shape(plan, drafts[item.step].step)
        if step.in_place and step.target:
            shape = plan.target.blocks[step.target[0]]
        translated = step.pieces and drafts[item.step].delivered
        if not translated and (shape.kind in ("heading", "list_item") or shape.info == "html"):
            out.append(inventory(alone(item.text)))  # an id or a box is no part of the words
            continue
        own = plan.target.blocks[item.old] if item.old is not None else None
        if own is not None and own.kind == "directive" and own.inner != own.outer and own.text in item.text:
            out.append(inventory([own]))  # the same title in another opening line
            continue
        text = "".join(p.text for p in step.pieces) if translated else item.text
        if shape.kind == "directive" and opens_directive(text):
            out.append(inventory(alone(text)[:1]))
        else:
            out.append(inventory([replace(shape, text=text)]))
    return out


def _failed(plan: Plan, table: dict[str, dict[str, int]] | None = None) -> Result:
    """The old text, untouched, with every change reported as not delivered."""
    failed = flag("page-failed")
    drafts = [
        _Draft(s, None, (*s.flags, failed) if s.writes or s.moves or s.action == "delete" else s.flags, delivered=False)
        for s in plan.steps
    ]
    entries = tuple(_entry(plan, d, None, plan.target.text, False) for d in drafts)
    own = inventory(plan.target.blocks)
    table = table or {name: {"in": n, "out": n} for name, n in own.items()}
    return Result(plan.target.text, entries, table, (Owed(Span(0, len(plan.head.text)), plan.base.text),), "failed")


def _entry(plan: Plan, draft: _Draft, output: Span | None, text: str, unplaced: bool) -> Entry:
    step = draft.step
    base = plan.base.blocks[step.base] if step.base is not None else None
    head = plan.head.blocks[step.head] if step.head is not None else None
    target = None
    if step.target:
        blocks = plan.target.blocks
        target = Span(blocks[step.target[0]].outer.start, blocks[step.target[-1]].outer.end)
    return Entry(
        action="owed" if unplaced else step.action,
        kind=step.kind,
        base=base.outer if base else None,
        head=head.outer if head else None,
        target=target,
        output=output,
        characters_sent=draft.characters,
        confidence=round(step.confidence, 3),
        flags=draft.flags,
        origin=draft.origin,
        base_text=base.outer.of(plan.base.text) if base else "",
        head_text=head.outer.of(plan.head.text) if head else "",
        target_text=target.of(plan.target.text) if target else "",
        output_text=output.of(text) if output else "",
        small=tuple(map(str, step.small)),
    )


def _owing(plan: Plan, n: int, draft: _Draft, mark: str) -> Owed | None:
    """The record of a change that was not delivered, in terms of the head; None when there was nothing to deliver."""
    step = draft.step
    if draft.delivered:
        return None
    is_conflict = step.action == "conflict" and bool(mark)
    old = plan.base.blocks[step.base] if step.base is not None else None
    base = old.outer.of(plan.base.text) if old is not None else None
    if step.head is not None:
        span = plan.head.blocks[step.head].outer
        same = base == span.of(plan.head.text)
        return None if same else Owed(span, base, texts(draft.flags), mark, is_conflict)
    following = (s.head for s in plan.steps[n + 1 :] if s.head is not None)
    after = next(following, None)
    at = plan.head.blocks[after].outer.start if after is not None else len(plan.head.text)
    if old is not None and old.is_cell:
        base = f"~~~~{old.info}\n{base}\n~~~~"  # it can only be kept in a cell of text
    return Owed(Span(at, at), f"{base}\n\n", texts(draft.flags), mark, is_conflict)
