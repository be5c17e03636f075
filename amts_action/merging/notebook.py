"""A notebook is a sequence of cells, and each markdown cell is a document: the same merge on two levels.

Cells are paired by id where both sides have it, else by the block aligner; a cell that the plan does not name keeps
its bytes (DESIGN §4), because only the operations of `documents.notebook` write.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

from amts_action.alignment.blocks import Bead, PairScore, align_blocks
from amts_action.alignment.patience import increasing
from amts_action.documents.model import Block, Document, Kind, Span
from amts_action.documents.notebook import (
    Cell,
    Delete,
    Insert,
    Move,
    Notebook,
    Operation,
    SetSource,
    apply,
    copy_cell,
    parse_notebook,
)
from amts_action.engines.model import Segment, Translation
from amts_action.merging.counterparts import already_made
from amts_action.merging.document import Entry, Owing, Place, Result, merge_document, plan_document, segments
from amts_action.merging.flags import flag, has_code, texts
from amts_action.merging.planning.plan import Plan, Step, make_plan
from amts_action.merging.planning.unsettled import Waiting
from amts_action.merging.source_diff import compare
from amts_action.merging.splice import Assembled, assemble

__all__ = ["NotebookPlan", "align_cells", "as_document", "merge_notebook", "notebook_segments", "plan_notebook"]


_SAME_ID = 1.5
"""Weight of a cell's id for its being the head's new one; tools number ids, so it is evidence and no proof."""


@dataclass(frozen=True, slots=True)
class NotebookPlan:
    """What happens to the cells, and in each markdown cell to its blocks."""

    base: Notebook
    head: Notebook
    target: Notebook
    cells: Plan
    """The plan over cells: every block of its documents is one cell."""
    inside: Mapping[int, Plan]
    """Step of `cells` to the plan of the markdown cell that it concerns."""


def as_document(notebook: Notebook) -> Document:
    """The cells as blocks of one text, so that what works on blocks works on cells."""
    blocks, parts, at = [], [], 0
    for cell in notebook.cells:
        span = Span(at, at + len(cell.source))
        blocks.append(Block(_kind(cell), span, span, cell.source, level=_level(cell)))
        parts.append(cell.source)
        at = span.end + 2
    return Document("\n\n".join(parts), tuple(blocks))


def _kind(cell: Cell) -> Kind:
    if cell.kind == "code":
        return "code"
    if cell.kind == "raw":
        return "raw"
    return "heading" if cell.source.lstrip().startswith("#") else "paragraph"


def _level(cell: Cell) -> int:
    if _kind(cell) != "heading":
        return 0
    text = cell.source.lstrip()
    return min(6, len(text) - len(text.lstrip("#")))


def align_cells(base: Notebook, target: Notebook, *, words: PairScore | None = None) -> tuple[Bead, ...]:
    """Beads over the cells of a notebook and its translation."""
    left, right = as_document(base).blocks, as_document(target).blocks
    ids = _shared_ids(base, target)
    if not ids:
        return align_blocks(left, right, words=words)
    pairs = [(i, ids[cell.id or ""]) for i, cell in enumerate(base.cells) if cell.id in ids]
    beads: list[Bead] = []
    i0 = j0 = 0
    chain = increasing(pairs)
    for i, j in [*chain, (len(left), len(right))]:
        beads += _between(left, right, i0, i, j0, j, words)
        if i < len(left):
            beads.append(Bead((i,), (j,), 1.0))
        i0, j0 = i + 1, j + 1
    return _crossing(beads, dict(pairs))


def _between(
    left: Sequence[Block], right: Sequence[Block], i0: int, i1: int, j0: int, j1: int, words: PairScore | None
) -> list[Bead]:
    found = align_blocks(left[i0:i1], right[j0:j1], words=words)
    return [replace(b, base=tuple(i + i0 for i in b.base), target=tuple(j + j0 for j in b.target)) for b in found]


def _crossing(beads: Sequence[Bead], pairs: Mapping[int, int]) -> tuple[Bead, ...]:
    """The beads with every pair of equal ids in one, also those that are out of order."""
    crossed = {i: j for i, j in pairs.items() if not any(i in b.base and j in b.target for b in beads)}
    out: list[Bead] = []
    for bead in beads:
        base = tuple(i for i in bead.base if i not in crossed)
        target = tuple(j for j in bead.target if j not in crossed.values())
        if base or target:
            out.append(replace(bead, base=base, target=target))
        out += [Bead((i,), (crossed[i],), 1.0) for i in bead.base if i in crossed]
    return tuple(out)


def _shared_ids(left: Notebook, right: Notebook) -> dict[str, int]:
    """Id to index in `right`, for ids that occur once on both sides."""
    here, there = (Counter(c.id for c in n.cells if c.id) for n in (left, right))
    return {cell.id: j for j, cell in enumerate(right.cells) if cell.id and here[cell.id] == 1 and there[cell.id] == 1}


def _keys(base: Notebook, head: Notebook) -> tuple[list[Hashable], list[Hashable]]:
    shared = _shared_ids(base, head)

    def key(cell: Cell) -> Hashable:
        return ("id", cell.id) if cell.id in shared else (cell.kind, " ".join(cell.source.split()))

    return [key(c) for c in base.cells], [key(c) for c in head.cells]


def plan_notebook(
    base: str,
    head: str,
    target: str,
    *,
    source_lang: str = "en",
    target_lang: str = "",
    words: PairScore | None = None,
    fill_missing: bool = False,
    waiting: Sequence[Waiting] = (),
) -> NotebookPlan:
    """The plan for three texts of one notebook.

    Raises:
        InputError: one of them is not a notebook of nbformat 4.
    """
    old = parse_notebook(base, where="base")
    new = parse_notebook(head, where="head")
    own = parse_notebook(target, where="target")
    left, middle, right = as_document(old), as_document(new), as_document(own)
    changes = compare(left, middle, keys=_keys(old, new))
    beads = align_cells(old, own, words=words)
    ids = _shared_ids(new, own)

    def bonus(h: int, j: int) -> float:
        return _SAME_ID * (ids.get(new.cells[h].id or "") == j)

    found = already_made(left, middle, right, changes, beads, bonus=bonus)
    cells = make_plan(
        left,
        middle,
        right,
        found.beads,
        changes,
        made=found.made,
        perhaps=found.perhaps,
        fill_missing=fill_missing,
    )
    inside = {
        n: _inside(cells, step, source_lang, target_lang, words, fill_missing, waiting)
        for n, step in enumerate(cells.steps)
        if step.head is not None
        and new.cells[step.head].kind == "markdown"
        and len(step.target) < 2
        and not has_code(step.flags, "already-made")
    }
    return NotebookPlan(old, new, own, cells, {n: plan for n, plan in inside.items() if plan is not None})


def _inside(
    cells: Plan,
    step: Step,
    source_lang: str,
    target_lang: str,
    words: PairScore | None,
    fill_missing: bool,
    waiting: Sequence[Waiting],
) -> Plan | None:
    """The plan of one markdown cell; None when its cell has no counterpart and gets none."""
    if step.action in ("conflict", "owed") or step.head is None:
        return None
    base = cells.base.blocks[step.base].text if step.base is not None else ""
    target = cells.target.blocks[step.target[0]].text if step.target else ""
    if step.target and cells.target.blocks[step.target[0]].kind in ("code", "raw"):
        return None
    return plan_document(
        base,
        cells.head.blocks[step.head].text,
        target,
        source_lang=source_lang,
        target_lang=target_lang,
        words=words,
        fill_missing=fill_missing,
        waiting=[w for w in waiting if w.span[0] == step.base],
    )


def notebook_segments(plan: NotebookPlan, *, prefix: str, context: Mapping[str, str] | None = None) -> list[Segment]:
    """What an engine has to translate for `plan`."""
    return [
        segment
        for n, inner in plan.inside.items()
        for segment in segments(inner, prefix=f"{prefix}.{n}", context=context)
    ]


def merge_notebook(plan: NotebookPlan, translations: Mapping[str, Translation], *, prefix: str) -> Result:
    """Carries out `plan`; see `merging.document.merge_document`."""
    inner = {n: merge_document(p, translations, prefix=f"{prefix}.{n}") for n, p in plan.inside.items()}
    texts: dict[int, str] = {}
    for n, step in enumerate(plan.cells.steps):
        if n in inner:
            texts[n] = inner[n].text
        elif step.made is not None:
            texts[n] = step.made
    cells = replace(plan.cells, steps=tuple(_with_text(s, n, texts) for n, s in enumerate(plan.cells.steps)))
    done = assemble(cells, texts)
    text = apply(plan.target, _operations(plan, done))
    written = parse_notebook(text)
    if [c.source for c in written.cells] != [_source(plan, item.old, item.text) for item in done.items]:
        raise AssertionError("the notebook written does not read as planned")
    return _result(plan, done, inner, text)


def _with_text(step: Step, n: int, texts: Mapping[int, str]) -> Step:
    """The step with its cell's new source as what it writes."""
    return replace(step, made=texts.get(n), pieces=())


def _source(plan: NotebookPlan, old: int | None, text: str | None) -> str:
    return text if text is not None else plan.target.cells[old or 0].source


def _operations(plan: NotebookPlan, done: Assembled) -> list[Operation]:
    """The cell operations that turn the target's cells into the items."""
    count = len(plan.target.cells)
    olds = [(k, item.old) for k, item in enumerate(done.items) if item.old is not None]
    steady = {old for _, old in increasing(olds)}
    out: list[Operation] = [Delete(j) for j in range(count) if j not in {old for _, old in olds}]
    before = count
    placed: list[Operation] = []
    for item in reversed(done.items):
        if item.old is None:
            placed.append(Insert(before, copy_cell(plan.head, item.head or 0, source=item.text or "")))
            continue
        if item.text is not None and item.text != plan.target.cells[item.old].source:
            out.append(SetSource(item.old, item.text))
        if item.old in steady:
            before = item.old
        else:
            placed.append(Move(item.old, before))
    return out + placed[::-1]


def _result(plan: NotebookPlan, done: Assembled, inner: Mapping[int, Result], text: str) -> Result:
    place = {item.step: k for k, item in enumerate(done.items) if item.step is not None}
    entries: list[Entry] = []
    owing: list[Owing] = []
    expected: Counter[str] = Counter()
    found: Counter[str] = Counter()
    statuses = []
    for n, step in enumerate(plan.cells.steps):
        lost = n in done.unplaced
        if n in inner:
            result = inner[n]
            statuses.append("partial" if lost else result.status)
            entries += [_lifted(e, step, place.get(n), lost) for e in result.entries]
            for name, row in result.ledger.items():
                expected[name] += row["in"]
                found[name] += row["out"]
            owing += [
                Owing((step.head or 0, *o.span), None, o.reason) if lost else replace(o, span=(step.head or 0, *o.span))
                for o in result.owing
            ]
            if lost and not result.owing:
                owing.append(Owing((step.head or 0, 0, len(plan.head.cells[step.head or 0].source)), None))
            continue
        entries.append(_cell_entry(plan, step, place.get(n), lost, done))
        if lost or step.action in ("conflict", "owed"):
            statuses.append("partial")
            owing += _cell_owing(plan, step)
    code = sum(1 for item in done.items if _is_code(plan, item.old, item.head))
    table = {name: {"in": expected[name], "out": found[name]} for name in sorted({*expected, *found})}
    table["code_cell"] = {"in": code, "out": sum(c.kind == "code" for c in parse_notebook(text).cells)}
    status = "failed" if "failed" in statuses else "partial" if "partial" in statuses else "done"
    return Result(text, tuple(entries), table, tuple(owing), status)


def _is_code(plan: NotebookPlan, old: int | None, head: int | None) -> bool:
    cells = plan.target.cells if old is not None else plan.head.cells
    return cells[(old if old is not None else head) or 0].kind == "code"


def _lifted(entry: Entry, step: Step, output: int | None, lost: bool) -> Entry:
    """The entry of a block with the cell in front of its places."""

    def at(cell: int | None, span: Place | None) -> Place | None:
        return (cell, *span) if cell is not None and span is not None else None

    target = step.target[0] if step.target else None
    entry = replace(
        entry,
        base=at(step.base, entry.base),
        head=at(step.head, entry.head),
        target=at(target, entry.target),
        output=at(output, entry.output),
    )
    if lost:
        return replace(entry, action="owed", output=None, flags=(*entry.flags, flag("section-missing")))
    return replace(entry, action="move") if step.moves and entry.action == "keep" else entry


def _cell_entry(plan: NotebookPlan, step: Step, output: int | None, lost: bool, done: Assembled) -> Entry:
    def at(notebook: Notebook, cell: int | None) -> tuple[Place | None, str]:
        if cell is None:
            return None, ""
        return (cell, 0, len(notebook.cells[cell].source)), notebook.cells[cell].source

    base, head = at(plan.base, step.base), at(plan.head, step.head)
    target = at(plan.target, step.target[0] if step.target else None)
    written = None if output is None else _source(plan, done.items[output].old, done.items[output].text)
    kind = step.kind if step.kind in ("code", "raw") else "cell"
    flags = (*step.flags, flag("section-missing")) if lost else step.flags
    return Entry(
        action="owed" if lost else step.action,
        kind=kind,
        base=base[0],
        head=head[0],
        target=target[0],
        output=(output, 0, len(written)) if output is not None and written is not None else None,
        characters_sent=0,
        confidence=round(step.confidence, 3),
        flags=flags,
        origin="",
        base_text=base[1],
        head_text=head[1],
        target_text=target[1],
        output_text=written or "",
    )


def _cell_owing(plan: NotebookPlan, step: Step) -> list[Owing]:
    """A whole cell that was not delivered, when the head has it."""
    if step.head is None:
        return []
    base = plan.base.cells[step.base].source if step.base is not None else None
    source = plan.head.cells[step.head].source
    return [] if base == source else [Owing((step.head, 0, len(source)), base, texts(step.flags))]
