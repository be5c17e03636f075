"""What is said about the cells of a notebook and about the notebook as a whole: kind, tags, attachments, kernel.

These follow the English where the translation still has what the English had; what translators have changed stays, and
is named. What tools note for themselves (when a cell ran, how far it was scrolled) is nobody's text and stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from amts_action.documents.notebooks.notebook import Cell, CellKind, Notebook
from amts_action.documents.notebooks.notebook_edits import GONE
from amts_action.documents.notebooks.unrolled import cell_of
from amts_action.merging.planning.steps import Plan

__all__ = ["Members", "cell_members", "notebook_members"]

_OF_TOOLS = frozenset(
    "id colab colab_type outputId executionInfo ExecuteTime execution papermill pycharm vscode scrolled collapsed "
    "heading_collapsed hidden trusted autoscroll run_control deletable editable".split()
)
"""Keys in which Jupyter, Colab, papermill and editors keep how somebody worked with a cell, and not what it is."""
_OF_TOOLS_ABOUT_ALL = frozenset(
    {"widgets", "papermill", "varInspector", "vscode", "interpreter", "pycharm", "toc", "toc-autonumbering"}
)
_OF_MACHINES = frozenset({"version", "display_name", "provenance", "codemirror_mode", "pygments_lexer"})
"""Keys whose value depends on the machine on which a notebook was saved last: a difference is nobody's choice."""


@dataclass(frozen=True, slots=True)
class Members:
    """What changes about one cell of the target, or about the notebook as a whole, besides its text."""

    target: int | None
    """The cell; None for the notebook as a whole."""
    base: int | None = None
    head: int | None = None
    kind: CellKind | None = None
    """The kind that the cell becomes."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """New values by key; `GONE` where one is taken out."""
    attachments: Mapping[str, Any] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    """What changed in English and stays in the translation, which has something else."""

    @property
    def writes(self) -> bool:
        """Whether anything is written."""
        return bool(self.kind or self.metadata or self.attachments)


def cell_members(plan: Plan, base: Notebook, seen: Notebook, head: Notebook, target: Notebook) -> tuple[Members, ...]:
    """What the English changed about cells that the translation has, besides their text.

    Args:
        plan: what becomes of the text.
        seen: the head with the cells whose kind alone changed as cells of the old kind (`alignment.cells.seen_as`).
    """
    found = []
    for h, (b, t) in _counterparts(plan).items():
        old, new, own = base.cells[b], head.cells[h], target.cells[t]
        members = _about_cell(old, new, own, (b, h, t), is_other_kind=seen.cells[h].kind != new.kind)
        if members.writes or members.kept:
            found.append(members)
    return tuple(found)


def notebook_members(base: Notebook, head: Notebook, target: Notebook) -> Members:
    """What the English changed about the notebook as a whole."""
    changes, kept = merged(base.metadata, head.metadata, target.metadata, _OF_TOOLS_ABOUT_ALL)
    return Members(None, metadata=changes, kept=tuple(kept))


def _counterparts(plan: Plan) -> dict[int, tuple[int, int]]:
    """Cell of the head to its cell in base and target: those with which it shares most blocks, each target's once."""
    base, head, target = (cell_of(d) for d in (plan.base, plan.head, plan.target))
    olds: dict[int, Counter[int]] = {}
    owns: Counter[tuple[int, int]] = Counter()
    for step in plan.steps:
        if step.head is None:
            continue
        if step.base is not None:
            olds.setdefault(head[step.head], Counter())[base[step.base]] += 1
        owns.update((head[step.head], target[j]) for j in step.target)
    found: dict[int, tuple[int, int]] = {}
    taken = set()
    for (h, t), _ in sorted(owns.items(), key=lambda claim: (-claim[1], claim[0])):
        if h not in found and t not in taken and h in olds:
            found[h] = (olds[h].most_common(1)[0][0], t)
            taken.add(t)
    return dict(sorted(found.items()))


def _about_cell(old: Cell, new: Cell, own: Cell, at: tuple[int, int, int], *, is_other_kind: bool) -> Members:
    kind = new.kind if is_other_kind and own.kind == old.kind else None
    metadata, kept = merged(old.metadata, new.metadata, own.metadata, _OF_TOOLS)
    attachments, others = merged(old.attachments, new.attachments, own.attachments, frozenset())
    if own.kind == "code" or kind == "code":
        attachments = {}
    kept += [f"attachment {name}" for name in others]
    if is_other_kind and own.kind not in (old.kind, new.kind):
        kept.append("cell_type")
    return Members(at[2], at[0], at[1], kind, metadata, attachments, tuple(kept))


_NOTHING = object()


def merged(
    base: Mapping[str, Any], head: Mapping[str, Any], target: Mapping[str, Any], ignored: frozenset[str]
) -> tuple[dict[str, Any], list[str]]:
    """The changes that bring the target's members up to the head, and what stays though the English changed it."""
    changes: dict[str, Any] = {}
    kept: list[str] = []
    for key in dict.fromkeys((*base, *head)):
        old, new, own = (side.get(key, _NOTHING) for side in (base, head, target))
        if key in ignored or old == new or own == new:
            continue
        if own == old:
            changes[key] = GONE if new is _NOTHING else new
        elif isinstance(own, dict) and isinstance(new, dict):
            inner, others = merged(old if isinstance(old, dict) else {}, new, own, _OF_MACHINES)
            kept += [f"{key}.{name}" for name in others]
            if inner:
                changes[key] = {k: v for k, v in {**own, **inner}.items() if v is not GONE}
        elif isinstance(own, list) and isinstance(new, list | type(_NOTHING)):
            value = _merged_list(old, new, own)
            if value != own:
                changes[key] = value or (GONE if new is _NOTHING else value)
        elif own is _NOTHING and isinstance(new, list):
            value = _merged_list(old, new, [])
            if value:
                changes[key] = value
        else:
            kept.append(key)
    return changes, kept


def _merged_list(old: object, new: object, own: list[Any]) -> list[Any]:
    """A list (of tags) without what the English took out, and with what it put in."""
    before, after = (side if isinstance(side, list) else [] for side in (old, new))
    kept = [item for item in own if item in after or item not in before]
    return kept + [item for item in after if item not in before and item not in kept]
