"""A notebook is one document, the blocks of whose cells are planned and merged as those of a page are.

So text goes with its English whatever cells it stands in: translators join and split cells, and so does the English.
The cells are put together again afterwards (`merging.notebooks.cells`); only the operations of
`documents.notebooks.notebook_edits` write, so that a cell that the plan does not name keeps its bytes (DESIGN §4).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import unquote

from amts_action.alignment.cells import hints_of, seen_as
from amts_action.alignment.patience import increasing
from amts_action.documents.model import Document, Span
from amts_action.documents.notebooks.notebook import Notebook, parse_notebook
from amts_action.documents.notebooks.notebook_edits import (
    GONE,
    Delete,
    Insert,
    Move,
    NewCell,
    Operation,
    SetKind,
    SetMembers,
    SetNotebook,
    SetSource,
    apply,
    copy_cell,
)
from amts_action.documents.notebooks.unrolled import (
    cell_at,
    free_mark,
    origin_of,
    pieces_of,
    place_in_cell,
    read_unrolled,
    span_of_place,
    unroll,
)
from amts_action.engines.model import Segment, Translation
from amts_action.merging.document import DEFAULT, Entry, Place, Result, merge_document, plan_document, segments
from amts_action.merging.flags import flag
from amts_action.merging.notebooks.cell_members import Members, cell_members, notebook_members
from amts_action.merging.notebooks.cells import HEAD, TARGET
from amts_action.merging.notebooks.recut import recut
from amts_action.merging.options import MergeOptions
from amts_action.merging.pieces import Piece
from amts_action.merging.planning.steps import Plan, ReadyText, Step, TextInParts
from amts_action.merging.planning.unsettled import Owed, Waiting
from amts_action.merging.programs.block_merge import merge_block
from amts_action.merging.programs.fences import taken_apart

__all__ = ["NotebookPlan", "merge_notebook", "notebook_segments", "plan_notebook"]


@dataclass(frozen=True, slots=True)
class NotebookPlan:
    """What happens to the blocks of all cells, and to what is said about cells besides."""

    base: Notebook
    head: Notebook
    target: Notebook
    page: Plan
    """The plan over the blocks of the cells, as those of one document."""
    mark: str
    """What separates the cells in its texts."""
    members: tuple[Members, ...] = ()
    """What changes about cells, and about the notebook as a whole, besides their text."""


def plan_notebook(
    base: str,
    head: str,
    target: str,
    options: MergeOptions = DEFAULT,
    *,
    waiting: Sequence[Waiting] = (),
) -> NotebookPlan:
    """The plan for three texts of one notebook.

    Raises:
        InputError: one of them is not a notebook of nbformat 4.
    """
    old = parse_notebook(base, where="base")
    new = parse_notebook(head, where="head")
    own = parse_notebook(target, where="target")
    mark = free_mark([base, head, target, *(cell.source for n in (old, new, own) for cell in n.cells)])
    hints = hints_of(old, new, target=own)
    seen = seen_as(old, new)
    olds, owns = recut(old, seen, own)
    read = zip((olds, pieces_of(seen), owns), ("b", HEAD, TARGET), hints, strict=True)
    left, middle, right = (unroll(pieces, mark, side, ids) for pieces, side, ids in read)
    page = plan_document(
        left,
        middle,
        right,
        options,
        waiting=_unrolled_waiting(left, waiting),
    )
    page = replace(page, steps=tuple(_fenced(page, step) for step in page.steps))
    about = notebook_members(old, new, own)
    members = (*cell_members(page, old, seen, new, own), *([about] if about.writes or about.kept else []))
    return NotebookPlan(old, new, own, page, mark, members)


def _fenced(page: Plan, step: Step) -> Step:
    """The step that writes a program of the translation into a fence, when the English has put its cell into a text."""
    if step.kind != "code" or step.base is None or step.head is None or len(step.target) != 1:
        return step
    old, new, own = page.base.blocks[step.base], page.head.blocks[step.head], page.target.blocks[step.target[0]]
    if new.is_cell or not old.is_cell or not own.is_cell:
        return step
    fence = taken_apart(new.text)
    merged = merge_block(old.text, fence.body, own.text, is_titled=False, has_body=True, language=old.info)
    options = "".join(f"{line}\n" for line in fence.options)
    if merged.text is not None:
        text = ReadyText(fence.written(fence.info, options, merged.text), step.pieces)
        return replace(step, text=text, flags=merged.remarks)
    before, after = fence.written(fence.info, options, "\0").split("\0")
    pieces = (Piece(before, False), *merged.pieces, Piece(after, False))
    return replace(step, action="revise", text=TextInParts(pieces, "whole"), flags=merged.remarks)


def _unrolled_waiting(base: Document, waiting: Sequence[Waiting]) -> list[Waiting]:
    placed = ((item, span_of_place(base, item.span)) for item in waiting)
    return [replace(item, span=span) for item, span in placed if span is not None]


def notebook_segments(plan: NotebookPlan, *, prefix: str, context: Mapping[str, str] | None = None) -> list[Segment]:
    """What an engine has to translate for `plan`."""
    return segments(plan.page, prefix=prefix, context=context)


def merge_notebook(plan: NotebookPlan, translations: Mapping[str, Translation], *, prefix: str) -> Result:
    """Carries out `plan`; see `merging.document.merge_document`.

    A notebook that would not follow its format any more, though the translation did, is not written.
    """
    parse = partial(read_unrolled, mark=plan.mark)
    done = merge_document(plan.page, translations, prefix=prefix, parse=parse)
    if done.status == "failed":
        return _placed(plan, done, plan.page.target, plan.target.text, [])
    page = parse(done.text)
    text = apply(plan.target, _operations(plan, page, _pictures(plan, done, page)))
    written = parse_notebook(text)
    if [c.source for c in written.cells] != [cell.span.of(page.text) for cell in page.cells]:
        raise AssertionError("the notebook written does not read as planned")
    if text != plan.target.text and not is_valid(text) and is_valid(plan.target.text):
        return _refused(plan, done)
    return _placed(plan, done, page, text, _member_entries(plan, page))


def is_valid(text: str) -> bool:
    """Whether a notebook follows the schema of its nbformat, and no two cells have one id."""
    import nbformat

    notebook = json.loads(text.removeprefix("\ufeff"))
    ids = [cell["id"] for cell in notebook["cells"] if "id" in cell]
    if len(ids) != len(set(map(str, ids))):
        return False
    version = notebook["nbformat"], notebook.get("nbformat_minor", 0)
    found = nbformat.validator.iter_validate(notebook, version=version[0], version_minor=version[1])  # type: ignore[no-untyped-call]
    return next(iter(found), None) is None


def _operations(plan: NotebookPlan, page: Document, pictures: Sequence[Mapping[str, Any]]) -> list[Operation]:
    """The operations that turn the target's cells into those of the merged document.

    `pictures` are for each of these the attachments that its text may show.
    """
    cells = [origin_of(cell)[:2] for cell in page.cells]
    olds = [(k, number) for k, (name, number) in enumerate(cells) if name == TARGET]
    sources = {old: (page.cells[k].span.of(page.text), pictures[k]) for k, old in olds}
    steady = {old for _, old in increasing(olds)}
    count = len(plan.target.cells)
    out: list[Operation] = [Delete(j) for j in range(count) if j not in sources]
    out += _member_operations(plan, sources)
    before, placed = count, list[Operation]()
    for k in reversed(range(len(cells))):
        name, number = cells[k]
        source = page.cells[k].span.of(page.text)
        if name != TARGET:
            placed.append(Insert(before, _new_cell(plan, cells[k], source, pictures[k])))
            continue
        if source != plan.target.cells[number].source:
            out.append(SetSource(number, source))
        if number in steady:
            before = number
        else:
            placed.append(Move(number, before))
    return out + placed[::-1]


def _new_cell(plan: NotebookPlan, origin: tuple[str, int], source: str, pictures: Mapping[str, Any]) -> NewCell:
    """A cell made after the head's, or one more after the target's, which cannot have its id too."""
    name, number = origin
    new = copy_cell(plan.head if name == HEAD else plan.target, number, source=source)
    new = new if name == HEAD else replace(new, id=None)
    if new.kind == "code":
        return new
    known = json.loads(new.attachments or "{}") if name == HEAD else {}
    attached = {**known, **{picture: pictures[picture] for picture in _names(source) if picture in pictures}}
    return replace(new, attachments=json.dumps(attached) if attached else "")


_ATTACHED = re.compile(r"\(\s*<?attachment:([^)\s>]+)")


def _pictures(plan: NotebookPlan, done: Result, page: Document) -> list[dict[str, Any]]:
    """For each cell of the merged document the attachments of all cells that its text came from, people's first."""
    found: list[dict[str, Any]] = [{} for _ in page.cells]
    for notebook, document, side in ((plan.head, plan.page.head, "head"), (plan.target, plan.page.target, "target")):
        for entry in done.entries:
            place = getattr(entry, side)
            if place is not None and entry.output is not None:
                cell = notebook.cells[place_in_cell(document, place)[0]]
                found[cell_at(page, entry.output[0])].update(cell.attachments)
    return found


def _names(source: str) -> set[str]:
    """The attachments that a text shows."""
    return {unquote(name) for name in _ATTACHED.findall(source)}


def _member_operations(plan: NotebookPlan, sources: Mapping[int, tuple[str, Mapping[str, Any]]]) -> list[Operation]:
    """What changes about the target's cells, given the new text of those that stay and the pictures it may show."""
    changes = {members.target: members for members in plan.members}
    out: list[Operation] = []
    if None in changes:
        out.append(SetNotebook(changes[None].metadata))
    for number, (source, pictures) in sources.items():
        members, cell = changes.get(number, Members(number)), plan.target.cells[number]
        if members.kind is not None:
            out.append(SetKind(number, members.kind))
        attachments = dict(members.attachments)
        if cell.kind != "code" and source != cell.source:
            missing = _names(source) - {*cell.attachments, *attachments}
            attachments |= {name: pictures[name] for name in missing if name in pictures}
        needed = {name for name in attachments if attachments[name] is GONE and name in _names(source)}
        attachments = {name: value for name, value in attachments.items() if name not in needed}
        if members.metadata or attachments:
            out.append(SetMembers(number, members.metadata, attachments))
    return out


def _placed(plan: NotebookPlan, done: Result, page: Document, text: str, more: Sequence[Entry]) -> Result:
    """The result of the merged document as that of the notebook: places are those in cells."""

    sides = {"base": plan.base, "head": plan.head, "target": plan.target}

    def at(side: str, span: Place | None) -> Place | None:
        document: Document = getattr(plan.page, side)
        if span is None or not document.cells:
            return None
        number, start, end = place_in_cell(document, span)
        most = len(sides[side].cells[number].source)
        return number, min(start, most), min(end, most)

    def written(span: Place | None) -> Place | None:
        if span is None:
            return None
        k = cell_at(page, span[0])
        first = page.cells[k].span.start
        return k, span[0] - first, span[1] - first

    entries = [
        replace(
            e,
            base=at("base", e.base),
            head=at("head", e.head),
            target=at("target", e.target),
            output=written(e.output),
        )
        for e in done.entries
    ]
    owing = [found for o in done.owing if (found := _owing(plan.page.head, o)) is not None]
    return replace(done, text=text, entries=(*entries, *more), owing=tuple(owing))


def _owing(head: Document, owing: Owed) -> Owed | None:
    """What is owed, at a place in a cell of the head. What the head has no more goes into a cell of text."""
    if not head.cells:
        return None
    start, end = owing.span
    cell = cell_at(head, start)
    if start < end or head.cells[cell].kind == "markdown":
        return replace(owing, span=place_in_cell(head, owing.span))
    texts = [k for k, c in enumerate(head.cells) if c.kind == "markdown"]
    if not texts:
        return None
    near = min(texts, key=lambda k: abs(k - cell))
    if near > cell:
        return replace(owing, span=(near, 0, 0))
    length = len(head.cells[near].span.of(head.text))
    return replace(owing, span=(near, length, length), text=f"\n\n{(owing.text or '').strip()}")


def _refused(plan: NotebookPlan, done: Result) -> Result:
    """The notebook as it was, with all that was to be done not delivered."""
    entries = tuple(
        replace(e, flags=(*e.flags, flag("invalid-notebook")), output=None, output_text="")
        if e.output_text != e.target_text
        else e
        for e in done.entries
    )
    owing = (Owed(Span(0, len(plan.page.head.text)), plan.page.base.text),)
    failed = replace(done, entries=entries, owing=owing, status="failed")
    return _placed(plan, failed, plan.page.target, plan.target.text, [])


def _member_entries(plan: NotebookPlan, page: Document) -> list[Entry]:
    """A row for each cell about which something else than its text changed, and for the notebook as a whole."""
    outputs: dict[int | None, int] = {
        number: k for k, (name, number, _) in enumerate(map(origin_of, page.cells)) if name == TARGET
    }
    return [_member_entry(plan, members, outputs.get(members.target)) for members in plan.members]


def _member_entry(plan: NotebookPlan, members: Members, output: int | None) -> Entry:
    names = [*(["cell_type"] if members.kind else []), *members.metadata]

    def at(notebook: Notebook, cell: int | None) -> Place | None:
        return None if cell is None else (cell, 0, len(notebook.cells[cell].source))

    def said(notebook: Notebook, cell: int | None) -> str:
        about = notebook.cells[cell] if cell is not None else None
        metadata = about.metadata if about is not None else notebook.metadata
        rows = {key: metadata[key] for key in names if key in metadata}
        if about is not None and members.kind:
            rows = {"cell_type": about.kind, **rows}
        pictures = [name for name in members.attachments if about is not None and name in about.attachments]
        rows |= {"attachments": pictures} if pictures else {}
        return "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in rows.items())

    flags = tuple(flag("own-metadata", name) for name in members.kept)
    before, after = said(plan.target, members.target), said(plan.head, members.head)
    return Entry(
        action="patch",
        kind="cell" if members.target is not None else "notebook",
        base=at(plan.base, members.base),
        head=at(plan.head, members.head),
        target=at(plan.target, members.target),
        output=None if output is None else (output, 0, 0),
        characters_sent=0,
        confidence=1.0,
        flags=flags,
        origin="",
        base_text=said(plan.base, members.base),
        head_text=after,
        target_text=before,
        output_text=after if members.writes else before,
    )
