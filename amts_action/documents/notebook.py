"""Notebooks (`.ipynb`, nbformat 4.0 to 4.5) without loss: the JSON text is the truth, and an edit changes only the
characters of the cells that it names.

The writer of the `nbformat` package dumps the whole file anew, with its own key order, indentation and escapes, so it
is of no use here. The format: https://nbformat.readthedocs.io/en/latest/format_description.html. Outputs and execution
counts are never touched, not even when the code above them changes: making them true again needs a kernel.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, get_args

from amts_action.documents.json_spans import (
    Member,
    Piece,
    Shape,
    decode,
    ends_document,
    escapes_non_ascii,
    read_array,
    read_object,
    rebuild_array,
    shape_of,
    skip_space,
    split_lines,
    with_lines,
)
from amts_action.documents.model import Span
from amts_action.errors import InputError

__all__ = [
    "Cell",
    "CellKind",
    "Delete",
    "Insert",
    "Move",
    "NewCell",
    "Notebook",
    "Operation",
    "SetSource",
    "apply",
    "copy_cell",
    "parse_notebook",
]

CellKind = Literal["markdown", "code", "raw"]

_KINDS = get_args(CellKind)
_MINOR_WITH_IDS = 5  # cell ids: https://jupyter.org/enhancement-proposals/62-cell-id/cell-id.html
_MINOR_WITH_ATTACHMENTS = 1
_ID_LENGTH = 64
_NOT_IN_ID = re.compile(r"[^a-zA-Z0-9_-]")
_CONFLICT = re.compile(r"^<{7}(?: |$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; all spans are character offsets into `Notebook.text`."""

    kind: CellKind
    source: str
    """The text of the cell as JSON decodes it, its own newlines as they are."""
    id: str | None
    """The cell's `id`, else its `metadata.id` (as Colab writes it), else None."""
    span: Span
    """The whole object, braces included."""
    source_span: Span
    """The value of `source`: a string or an array of strings."""
    kind_span: Span
    """The value of `cell_type`."""
    id_span: Span | None = None
    """The value that `id` was read from."""
    metadata_span: Span | None = None
    """The value of `metadata`; None when there is none."""

    @property
    def has_metadata_id(self) -> bool:
        """Whether the id stands in the metadata."""
        inside, outside = self.id_span, self.metadata_span
        return inside is not None and outside is not None and outside.start < inside.start < outside.end

    @property
    def has_own_id(self) -> bool:
        """Whether the id stands in the cell itself, as nbformat 4.5 wants it."""
        return self.id is not None and not self.has_metadata_id


@dataclass(frozen=True, slots=True)
class Notebook:
    """The text of a notebook and where its cells are."""

    text: str = field(repr=False)
    cells: tuple[Cell, ...]
    nbformat: int
    nbformat_minor: int
    language: str
    """The kernel's language as the file names it (`python`); empty when it does not."""
    span: Span
    """The outermost object."""
    cells_span: Span
    """The value of `cells`, brackets included."""
    shape: Shape = field(repr=False)
    """How the outermost object is laid out."""


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


Operation = SetSource | Insert | Delete | Move


def parse_notebook(text: str, *, where: str = "") -> Notebook:
    """Read a notebook. `where` names the file in errors.

    A byte order mark, any layout, duplicate keys (the last counts, as for `json`) and unknown keys are accepted.
    Raises `InputError` for what is not JSON, is nested too deeply for Python's decoder, or is no notebook of
    version 4.
    """
    start = skip_space(text, 1 if text.startswith("\ufeff") else 0)
    try:
        members, end = _read_notebook(text, start, where)
        ends_document(text, end)
    except RecursionError:
        raise InputError("the JSON is nested too deeply", where=where, mend="restore the file") from None
    except ValueError as err:
        raise InputError(_fault(err), where=where, mend=_mend(text)) from err
    top = {member.key: member for member in members}
    _check_version(top, where)
    if "cells" not in top or not isinstance(top["cells"].value, tuple):
        raise InputError(
            "not a notebook: it has no list `cells`", where=where, mend="save it with Jupyter or leave it out"
        )
    minor = top["nbformat_minor"].value if "nbformat_minor" in top else 0
    if not isinstance(minor, int):
        raise InputError("`nbformat_minor` is not a whole number", where=where, mend="save it with Jupyter")
    language = _language(top["metadata"].value) if "metadata" in top else ""
    span, cells = Span(start, end), top["cells"]
    return Notebook(text, cells.value, 4, minor, language, span, cells.span, shape_of(text, span, members))


def _fault(err: ValueError) -> str:
    if isinstance(err, json.JSONDecodeError):
        return f"not JSON: {err.msg} at line {err.lineno}, column {err.colno}"
    return f"not JSON that can be read: {err}"


def _mend(text: str) -> str:
    return "resolve its merge conflict" if _CONFLICT.search(text) else "restore the file or save it with Jupyter"


def _read_notebook(text: str, start: int, where: str) -> tuple[list[Member], int]:
    """The members of the outermost object; the value of `cells` is a tuple of `Cell` if it is an array."""

    def read(key: str, at: int) -> tuple[Any, int]:
        if key != "cells" or not text.startswith("[", at):
            return decode(text, at)
        items, end = read_array(text, at, partial(_read_cell, text, where))
        return tuple(item.value for item in items), end

    if not text.startswith("{", start):
        decode(text, start)
        raise InputError("not a notebook: the JSON is no object", where=where, mend="save it with Jupyter")
    return read_object(text, start, read)


def _check_version(top: dict[Any, Member], where: str) -> None:
    version = top["nbformat"].value if "nbformat" in top else None
    if version == 4 and isinstance(version, int):
        return
    if "worksheets" in top or (isinstance(version, int) and version < 4):
        raise InputError(
            "a notebook of an nbformat before 4",
            where=where,
            mend="convert it with `jupyter nbconvert --to notebook --inplace`",
        )
    what = "not a notebook: it has no `nbformat`" if version is None else f"`nbformat` is {str(version)[:20]!r}, not 4"
    raise InputError(what, where=where, mend="save it with Jupyter as version 4")


def _read_cell(text: str, where: str, index: int, at: int) -> tuple[Cell, int]:
    if not text.startswith("{", at):
        decode(text, at)
        raise _bad_cell(index, "is no object", where)
    members, end = read_object(text, at)
    top = {member.key: member for member in members}
    kind: Any = top["cell_type"].value if "cell_type" in top else None
    if kind not in _KINDS:
        raise _bad_cell(index, "has no `cell_type` of `markdown`, `code` or `raw`", where)
    source = _joined(top["source"].value) if "source" in top else None
    if source is None:
        raise _bad_cell(index, "has no `source` that is a string or a list of strings", where)
    id_member = _id_member(text, top)
    cell = Cell(
        kind,
        source,
        id_member.value if id_member else None,
        Span(at, end),
        top["source"].span,
        top["cell_type"].span,
        id_member.span if id_member else None,
        top["metadata"].span if "metadata" in top else None,
    )
    return cell, end


def _bad_cell(index: int, what: str, where: str) -> InputError:
    return InputError(f"cell {index} {what}", where=where, mend="mend the cell or save the file with Jupyter")


def _joined(source: Any) -> str | None:
    if isinstance(source, list):
        try:
            return "".join(source)
        except TypeError:
            return None
    return source if isinstance(source, str) else None


def _id_member(text: str, top: dict[Any, Member]) -> Member | None:
    """The member that holds the cell's id."""
    if "id" in top and isinstance(top["id"].value, str):
        return top["id"]
    metadata = top.get("metadata")
    if metadata is None or not isinstance(metadata.value, dict) or not isinstance(metadata.value.get("id"), str):
        return None
    return {member.key: member for member in read_object(text, metadata.span.start)[0]}["id"]


def _language(metadata: Any) -> str:
    for part, key in (("kernelspec", "language"), ("language_info", "name")):
        found = metadata.get(part) if isinstance(metadata, dict) else None
        name = found.get(key) if isinstance(found, dict) else None
        if name and isinstance(name, str):
            return name
    return ""


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

    Raises `ValueError` for operations that contradict each other, name a cell that is not there or hold metadata that
    is no JSON object; `InputError` for attachments where the notebook's nbformat_minor knows none and for metadata
    nested too deeply.
    """
    todo = tuple(operations)
    _check(notebook, todo)
    if not todo:
        return notebook.text
    writer = _Writer(notebook, {op.cell for op in todo if isinstance(op, Delete)})
    sources = {op.cell: op.source for op in todo if isinstance(op, SetSource)}
    pieces = [
        writer.inserted(item) if isinstance(item, Insert) else writer.kept(item, sources.get(item))
        for item in _order(len(notebook.cells), todo)
    ]
    text, (start, end) = notebook.text, notebook.cells_span
    items = [cell.span for cell in notebook.cells]
    return text[:start] + rebuild_array(text, notebook.cells_span, items, pieces, notebook.shape) + text[end:]


def _check(notebook: Notebook, operations: tuple[Operation, ...]) -> None:
    count = len(notebook.cells)
    seen: dict[int, set[type]] = {}
    for op in operations:
        if isinstance(op, Insert | Move) and not 0 <= op.before <= count:
            raise ValueError(f"{op!r}: `before` must be 0 to {count}")
        if isinstance(op, Insert):
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

    def kept(self, index: int, source: str | None) -> Piece:
        """An old cell, with another source unless that is None."""
        text, cell = self._notebook.text, self._notebook.cells[index]
        if source is None or source == cell.source:
            return Piece(cell.span.of(text), index)
        (start, end), value = cell.span, cell.source_span
        new = with_lines(text, value, source, _layout(text, cell)[0], ascii_only=self._ascii_only)
        return Piece(text[start : value.start] + new + text[value.end : end], index)

    def inserted(self, op: Insert) -> Piece:
        """A new cell, laid out as the nearest cell of its kind."""
        like = self._nearest(op)
        shape, keys = _layout(self._notebook.text, like) if like else (self._notebook.shape.deeper(2), [])
        try:
            members = self._members(op.cell)
            ordered = {key: members[key] for key in _key_order(members, keys)}
            return Piece(shape.dump(ordered, ascii_only=self._ascii_only))
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
        if self._notebook.nbformat_minor >= _MINOR_WITH_IDS or any(cell.has_own_id for cell in cells):
            out["id"] = self._free_id(new, _NOT_IN_ID.sub("-", wanted)[:_ID_LENGTH])
        elif "id" in metadata or any(cell.has_metadata_id for cell in cells):
            keys = _key_order({*metadata, "id"}, list(metadata))
            out["metadata"] = {key: metadata.get(key) for key in keys} | {"id": self._free_id(new, wanted)}
        if new.attachments:
            if self._notebook.nbformat_minor < _MINOR_WITH_ATTACHMENTS:
                raise InputError(
                    "a new cell has attachments, which nbformat 4.0 does not know",
                    mend="save the translated notebook with a newer Jupyter",
                )
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
