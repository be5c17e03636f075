"""Which cells of a notebook correspond: by what they say, with their ids as evidence and not as proof.

Ids come from tools, and tools number cells anew: nbstripout gives 0, 1, 2 … in the order of the cells, so that one
inserted cell gives every later cell the id of its neighbour (https://github.com/kynan/nbstripout, `--keep-id`). So the
blocks of all cells are aligned, and an id that both sides have once weighs as much as a formula they share; ids that
only count, and ids that programs contradict, weigh nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from amts_action.alignment.beads import Bead
from amts_action.alignment.blocks import align_blocks
from amts_action.documents.anchors import strong_key
from amts_action.documents.model import Block, Document, Span
from amts_action.documents.notebooks.notebook import CellKind, Notebook
from amts_action.documents.notebooks.unrolled import cell_of, free_mark, unroll

__all__ = ["align_cells", "counted", "hints_of", "joined_cells", "seen_as"]

_COUNT = re.compile(r"(\D*)(\d+)(\D*)\Z")
_AGREEING = 0.5
"""Share of the cells with the same telling program on both sides that must have the same id for ids to weigh anything.
A renumbered notebook has 0 behind the first change and 1 before it; one whose ids last has 1. By hand, held to
`benchmarks/cells.py`."""


def counted(notebook: Notebook) -> bool:
    """Whether the ids of the cells are their numbers, from 0 or 1, in their order."""
    found = [_COUNT.match(cell.id or "") for cell in notebook.cells]
    if not found or None in found:
        return False
    numbers = [int(m[2]) for m in found if m is not None]
    return len({(m[1], m[3]) for m in found if m is not None}) == 1 and numbers in (
        list(range(len(numbers))),
        list(range(1, len(numbers) + 1)),
    )


def hints_of(*english: Notebook, target: Notebook) -> list[dict[int, str]]:
    """For each version of the English, and last for the translation, the ids that say something, by cell."""
    if all(map(counted, english)):
        return [{} for _ in (*english, target)]
    shared = [_trusted(notebook, target) for notebook in english]
    ours = [{i: id_ for id_, (i, _) in ids.items()} for ids in shared]
    return [*ours, {j: id_ for ids in shared for id_, (_, j) in ids.items()}]


def _trusted(left: Notebook, right: Notebook) -> dict[str, tuple[int, int]]:
    """Id to the cells of `left` and `right` that have it once, unless programs say that ids were given anew."""
    places = [_places(notebook) for notebook in (left, right)]
    shared = {id_: (places[0][id_], places[1][id_]) for id_ in places[0] if id_ in places[1]}
    asked = agreed = 0
    programs = _programs(left), _programs(right)
    for key in programs[0].keys() & programs[1].keys():
        ids = left.cells[programs[0][key]].id, right.cells[programs[1][key]].id
        if any(id_ in shared for id_ in ids):
            asked += 1
            agreed += ids[0] == ids[1]
    if agreed < _AGREEING * asked:
        return {}
    return {id_: (i, j) for id_, (i, j) in shared.items() if left.cells[i].kind == right.cells[j].kind}


def _places(notebook: Notebook) -> dict[str, int]:
    counts = Counter(cell.id for cell in notebook.cells if cell.id)
    return {cell.id: k for k, cell in enumerate(notebook.cells) if cell.id and counts[cell.id] == 1}


def _programs(notebook: Notebook) -> dict[str, int]:
    """The cells whose program says much and stands once, by what it says."""
    keys = [_key(cell.source) if cell.kind == "code" else "" for cell in notebook.cells]
    counts = Counter(keys)
    return {key: k for k, key in enumerate(keys) if key and counts[key] == 1}


def _key(source: str) -> str:
    span = Span(0, len(source))
    return strong_key(Block("code", span, span, source))


def seen_as(base: Notebook, head: Notebook) -> Notebook:
    """The head with every cell that only changed its kind as one of the kind it had, so that its text is still known.

    A text that becomes a program, or the other way round, is another thing, and has no translation.
    """
    there = Counter((cell.kind, cell.source) for cell in head.cells)
    free: dict[str, list[CellKind]] = {}
    for cell in base.cells:
        if there[cell.kind, cell.source]:
            there[cell.kind, cell.source] -= 1
        elif cell.source.strip():
            free.setdefault(cell.source, []).append(cell.kind)
    known = Counter((cell.kind, cell.source) for cell in base.cells)
    cells = []
    for cell in head.cells:
        kinds = free.get(cell.source, [])
        if not known[cell.kind, cell.source] and kinds and {cell.kind, kinds[0]} != {"markdown", "code"}:
            cell = replace(cell, kind=kinds.pop(0))
        cells.append(cell)
    return replace(head, cells=tuple(cells))


def align_cells(base: Notebook, target: Notebook) -> tuple[Bead, ...]:
    """Beads over the cells of a notebook and its translation: cells that have blocks in common, as the blocks go."""
    mark = free_mark([base.text, target.text, *(cell.source for n in (base, target) for cell in n.cells)])
    hints = hints_of(base, target=target)
    left, right = (unroll(n, mark, hints=known) for n, known in zip((base, target), hints, strict=True))
    return joined_cells(left, right, align_blocks(left.blocks, right.blocks))


def joined_cells(left: Document, right: Document, beads: Sequence[Bead]) -> tuple[Bead, ...]:
    """Beads over the cells that the beads over their blocks are in."""
    here, there = cell_of(left), cell_of(right)
    groups: dict[tuple[str, int], tuple[set[int], set[int], list[float]]] = {}
    for i in range(len(left.cells)):
        groups["base", i] = ({i}, set(), [])
    for j in range(len(right.cells)):
        groups["target", j] = (set(), {j}, [])
    for bead in beads:
        if not bead.source or not bead.target:
            continue
        ends = [("base", here[i]) for i in bead.source] + [("target", there[j]) for j in bead.target]
        parts = {id(groups[end]): groups[end] for end in ends}
        joined = (
            set[int]().union(*(p[0] for p in parts.values())),
            set[int]().union(*(p[1] for p in parts.values())),
            [c for p in parts.values() for c in p[2]] + [bead.confidence],
        )
        for i in joined[0]:
            groups["base", i] = joined
        for j in joined[1]:
            groups["target", j] = joined
    unique = {id(group): group for group in groups.values()}
    found = [Bead(tuple(sorted(b)), tuple(sorted(t)), sum(c) / len(c) if c else 1.0) for b, t, c in unique.values()]
    return tuple(found)
