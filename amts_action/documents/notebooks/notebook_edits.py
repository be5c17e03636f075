"""Edits of a notebook that change only the characters of what they name.

The writer of the `nbformat` package dumps the whole file anew, with its own key order, indentation and escapes, so it
is of no use here. Outputs and execution counts are never touched, not even when the code above them changes: making
them true again needs a kernel. Only a cell that is no program any more has none.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from amts_action.documents.notebooks.json_spans import (
    NewItem,
    Shape,
    edit_object,
    escapes_non_ascii,
    read_object,
    rebuild_array,
    shape_of,
    split_lines,
    with_lines,
)
from amts_action.documents.notebooks.notebook import MINOR_WITH_ATTACHMENTS, MINOR_WITH_IDS, Cell, CellKind, Notebook
from amts_action.errors import InputError

__all__ = [
    "GONE",
    "Delete",
    "Insert",
    "Move",
    "NewCell",
    "Operation",
    "SetKind",
    "SetMembers",
    "SetNotebook",
    "SetSource",
    "apply",
    "copy_cell",
]

_ID_LENGTH = 64
"""Characters of an id at most: https://jupyter.org/enhancement-proposals/62-cell-id/cell-id.html"""
_NOT_IN_ID = re.compile(r"[^a-zA-Z0-9_-]")


@dataclass(frozen=True, slots=True)
class NewCell:
    """A cell that is to be put into a notebook."""

    kind: CellKind
    source: str
    id: str | None = None
    """The id it would like: given when free in the notebook, else varied."""
    metadata: str = "{}"
    """JSON text of an object."""
    attachments: str = ""
    """JSON text of an object (pictures inside a markdown cell); empty for none."""


@dataclass(frozen=True, slots=True)
class SetSource:
    """Give a cell another text."""

    cell: int
    source: str


@dataclass(frozen=True, slots=True)
class Insert:
    """Put a new cell before an old one (`before` = number of cells: at the end)."""

    before: int
    cell: NewCell


@dataclass(frozen=True, slots=True)
class Delete:
    """Take a cell out."""

    cell: int


@dataclass(frozen=True, slots=True)
class Move:
    """Put a cell, with its bytes, before another old one (`before` = number of cells: at the end)."""

    cell: int
    before: int


class Gone:
    """Stands for a value that is to be taken out."""


GONE = Gone()


@dataclass(frozen=True, slots=True)
class SetKind:
    """Make a cell one of another kind."""

    cell: int
    kind: CellKind


@dataclass(frozen=True, slots=True)
class SetMembers:
    """Give a cell other values of its metadata and other attachments, by key; `GONE` takes one out."""

    cell: int
    metadata: Mapping[str, Any] = field(default_factory=dict)
    attachments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetNotebook:
    """Give the notebook as a whole other values of its metadata, by key; `GONE` takes one out."""

    metadata: Mapping[str, Any]


Operation = SetSource | Insert | Delete | Move | SetKind | SetMembers | SetNotebook


def copy_cell(notebook: Notebook, cell: int, *, source: str | None = None) -> NewCell:
    """The cell as one to insert elsewhere, with its id, metadata and attachments, without outputs.

    `source` replaces its text (a translation).
    """
    old = notebook.cells[cell]
    values = {member.key: member.span for member in read_object(notebook.text, old.span.start)[0]}
    return NewCell(
        old.kind,
        old.source if source is None else source,
        old.id,
        values["metadata"].of(notebook.text) if "metadata" in values else "{}",
        values["attachments"].of(notebook.text) if "attachments" in values else "",
    )


def apply(notebook: Notebook, operations: Iterable[Operation]) -> str:
    """The notebook's text with the operations done, which all speak of the cells as numbered in `notebook`.

    What several operations put before the same old cell stands there in the order of the operations. A cell may be
    moved and given a source; a text equal to the present one leaves the cell's bytes as they are. Cells that no
    operation names keep their bytes, and pairs of neighbours what stands between them.

    A notebook of nbformat 4.0 that gets attachments becomes one of 4.1, which knows them and is the same otherwise.

    Raises `ValueError` for operations that contradict each other, name a cell that is not there or hold metadata that
    is no JSON object; `InputError` for metadata nested too deeply.
    """
    todo = tuple(operations)
    _check(notebook, todo)
    if not todo:
        return notebook.text
    writer = _Writer(notebook, {op.cell for op in todo if isinstance(op, Delete)})
    about: dict[int, list[Operation]] = {}
    for op in todo:
        if isinstance(op, SetSource | SetKind | SetMembers):
            about.setdefault(op.cell, []).append(op)
    pieces = [
        writer.inserted(item) if isinstance(item, Insert) else writer.kept(item, about.get(item, ()))
        for item in _order(len(notebook.cells), todo)
    ]
    items = [cell.span for cell in notebook.cells]
    changes: dict[str, str | None] = {}
    if any(isinstance(op, Insert | Delete | Move | SetSource | SetKind | SetMembers) for op in todo):
        changes["cells"] = rebuild_array(notebook.text, notebook.cells_span, items, pieces, notebook.shape)
    changes |= writer.around(todo)
    start, end = notebook.span
    text = notebook.text
    return text[:start] + edit_object(text, notebook.span, changes, notebook.shape.deeper(-1)) + text[end:]


def _check(notebook: Notebook, operations: tuple[Operation, ...]) -> None:
    count = len(notebook.cells)
    seen: dict[int, set[type]] = {}
    for op in operations:
        if isinstance(op, Insert | Move) and not 0 <= op.before <= count:
            raise ValueError(f"{op!r}: `before` must be 0 to {count}")
        if isinstance(op, Insert | SetNotebook):
            continue
        if not 0 <= op.cell < count:
            raise ValueError(f"{op!r}: the notebook has {count} cells")
        kinds = seen.setdefault(op.cell, set())
        if type(op) in kinds or (kinds and Delete in kinds | {type(op)}):
            raise ValueError(f"{op!r} contradicts another operation on the same cell")
        kinds.add(type(op))


def _order(count: int, operations: tuple[Operation, ...]) -> Iterator[int | Insert]:
    """Old indexes and insertions in the order in which they are to stand."""
    slots: list[list[int | Insert]] = [[] for _ in range(count + 1)]
    gone = {op.cell for op in operations if isinstance(op, Delete | Move)}
    for op in operations:
        if isinstance(op, Insert | Move):
            slots[op.before].append(op if isinstance(op, Insert) else op.cell)
    for index, slot in enumerate(slots):
        yield from slot
        if index < count and index not in gone:
            yield index


class _Writer:
    """Writes cells in the style of one notebook and keeps new ids unique."""

    def __init__(self, notebook: Notebook, deleted: set[int]) -> None:
        self._notebook = notebook
        self._ascii_only = escapes_non_ascii(notebook.text)
        self._taken = {cell.id for index, cell in enumerate(notebook.cells) if index not in deleted}

    def kept(self, index: int, about: Sequence[Operation]) -> NewItem:
        """An old cell, with what the operations make of it."""
        text, cell = self._notebook.text, self._notebook.cells[index]
        if not about:
            return NewItem(cell.span.of(text), index)
        changes: dict[str, str | None] = {}
        shape = _layout(text, cell)[0]
        for op in about:
            if isinstance(op, SetSource) and op.source != cell.source:
                changes["source"] = with_lines(text, cell.source_span, op.source, shape, ascii_only=self._ascii_only)
            elif isinstance(op, SetKind) and op.kind != cell.kind:
                changes |= self._other_kind(cell, op.kind)
            elif isinstance(op, SetMembers):
                changes |= self._members_of(cell, "metadata", op.metadata, shape)
                changes |= self._members_of(cell, "attachments", op.attachments, shape)
        return NewItem(
            edit_object(text, cell.span, changes, shape.deeper(-1)) if changes else cell.span.of(text), index
        )

    def _other_kind(self, cell: Cell, kind: CellKind) -> dict[str, str | None]:
        changes: dict[str, str | None] = {"cell_type": f'"{kind}"'}
        if kind == "code":
            return changes | {"execution_count": "null", "outputs": "[]", "attachments": None}
        return changes | ({"execution_count": None, "outputs": None} if cell.kind == "code" else {})

    def _members_of(self, cell: Cell, name: str, values: Mapping[str, Any], shape: Shape) -> dict[str, str | None]:
        """The member `name` of a cell, an object, with other values."""
        if not values:
            return {}
        text = self._notebook.text
        span = {member.key: member.span for member in read_object(text, cell.span.start)[0]}.get(name)
        if span is None or not text.startswith("{", span.start):
            new = {key: value for key, value in values.items() if value is not GONE}
            return {name: shape.deeper(1).dump(new, ascii_only=self._ascii_only)} if new else {}
        edited = edit_object(text, span, self._dumped(values, shape.deeper(2)), shape)
        return {name: None if edited == "{}" and name == "attachments" else edited}

    def _dumped(self, values: Mapping[str, Any], shape: Shape) -> dict[str, str | None]:
        return {
            key: None if value is GONE else shape.dump(value, ascii_only=self._ascii_only)
            for key, value in values.items()
        }

    def around(self, operations: Iterable[Operation]) -> dict[str, str | None]:
        """What changes about the notebook as a whole."""
        text, notebook = self._notebook.text, self._notebook
        changes: dict[str, str | None] = {}
        spans = {member.key: member.span for member in read_object(text, notebook.span.start)[0]}
        has_attachments = False
        for op in operations:
            if isinstance(op, SetNotebook) and op.metadata:
                values = self._dumped(op.metadata, notebook.shape.deeper(2))
                old = spans.get("metadata")
                if old is not None and text.startswith("{", old.start):
                    changes["metadata"] = edit_object(text, old, values, notebook.shape)
            holder = op if isinstance(op, SetMembers) else op.cell if isinstance(op, Insert) else None
            has_attachments = has_attachments or (holder is not None and bool(holder.attachments))
        if has_attachments and notebook.nbformat_minor < MINOR_WITH_ATTACHMENTS and "nbformat_minor" in spans:
            changes["nbformat_minor"] = str(MINOR_WITH_ATTACHMENTS)  # which knows all that 4.0 does
        return changes

    def inserted(self, op: Insert) -> NewItem:
        """A new cell, laid out as the nearest cell of its kind."""
        like = self._nearest(op)
        shape, keys = _layout(self._notebook.text, like) if like else (self._notebook.shape.deeper(2), [])
        try:
            members = self._members(op.cell)
            ordered = {key: members[key] for key in _key_order(members, keys)}
            return NewItem(shape.dump(ordered, ascii_only=self._ascii_only))
        except RecursionError:
            raise InputError("the metadata of a new cell is nested too deeply") from None

    def _nearest(self, op: Insert) -> Cell | None:
        cells = self._notebook.cells
        index = min(
            range(len(cells)),
            key=lambda i: (cells[i].kind != op.cell.kind, abs(i - op.before)),
            default=None,
        )
        return None if index is None else cells[index]

    def _members(self, new: NewCell) -> dict[str, Any]:
        text, cells = self._notebook.text, self._notebook.cells
        metadata = _loaded_object(new.metadata)
        out: dict[str, Any] = {"cell_type": new.kind, "metadata": metadata}
        wanted = new.id or str(metadata.get("id", ""))
        if self._notebook.nbformat_minor >= MINOR_WITH_IDS or any(cell.has_own_id for cell in cells):
            out["id"] = self._free_id(new, _NOT_IN_ID.sub("-", wanted)[:_ID_LENGTH])
        elif "id" in metadata or any(cell.has_metadata_id for cell in cells):
            keys = _key_order({*metadata, "id"}, list(metadata))
            out["metadata"] = {key: metadata.get(key) for key in keys} | {"id": self._free_id(new, wanted)}
        if new.attachments:
            out["attachments"] = _loaded_object(new.attachments)
        if new.kind == "code":
            out |= {"execution_count": None, "outputs": []}
        as_list = sum(text[cell.source_span.start] == "[" for cell in cells) * 2 >= len(cells)
        return out | {"source": split_lines(new.source) if as_list else new.source}

    def _free_id(self, new: NewCell, wanted: str) -> str:
        digest = hashlib.sha256(f"{new.kind}\n{new.source}".encode("utf-8", "surrogatepass")).hexdigest()
        stem = wanted or digest[:12]
        free, number = stem, 1
        while free in self._taken:
            number += 1
            free = f"{stem[: _ID_LENGTH - 1 - len(str(number))]}-{number}"
        self._taken.add(free)
        return free


def _layout(text: str, cell: Cell) -> tuple[Shape, list[str]]:
    """The shape of a cell and its keys in order."""
    members, _ = read_object(text, cell.span.start)
    return shape_of(text, cell.span, members), [member.key for member in members]


def _loaded_object(text: str) -> dict[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError(f"not a JSON object: {text[:40]!r}")
    return value


def _key_order(keys: Iterable[str], like: list[str]) -> list[str]:
    """`keys` in the order of `like`, keys that it lacks where Jupyter's alphabetical order puts them, or at the end."""
    wanted = set(keys)
    known = [key for key in dict.fromkeys(like) if key in wanted]
    return sorted(wanted) if known == sorted(known) else [*known, *sorted(wanted.difference(known))]
