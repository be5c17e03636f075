"""Notebooks (`.ipynb`, nbformat 4.0 to 4.5) read without loss: the JSON text is the truth, and a `Cell` points into it.

The format: https://nbformat.readthedocs.io/en/latest/format_description.html. `notebook_edits`
writes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, get_args

from amts_action.documents.model import Span
from amts_action.documents.notebooks.json_spans import (
    Member,
    Shape,
    decode,
    ends_document,
    read_array,
    read_object,
    shape_of,
    skip_space,
)
from amts_action.errors import InputError

__all__ = ["MINOR_WITH_ATTACHMENTS", "MINOR_WITH_IDS", "Cell", "CellKind", "Notebook", "parse_notebook"]

CellKind = Literal["markdown", "code", "raw"]

_KINDS = get_args(CellKind)
MINOR_WITH_IDS = 5
"""Version 4.x of the format from which cells have ids:
https://jupyter.org/enhancement-proposals/62-cell-id/cell-id.html"""
MINOR_WITH_ATTACHMENTS = 1
"""The same for attachments: https://nbformat.readthedocs.io/en/latest/changelog.html"""
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
    id_span: Span | None = None
    """The value that `id` was read from."""
    metadata_span: Span | None = None
    """The value of `metadata`; None when there is none."""
    metadata: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What is said about the cell: tags, settings of tools. Not to be changed."""
    attachments: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Pictures inside the cell, by name. Not to be changed."""

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
    metadata: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What is said about the notebook as a whole. Not to be changed."""


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
    metadata = _mapping(top.get("metadata"))
    span, cells = Span(start, end), top["cells"]
    shape = shape_of(text, span, members)
    return Notebook(text, cells.value, 4, minor, _language(metadata), span, cells.span, shape, metadata)


def _mapping(member: Member | None) -> Mapping[str, Any]:
    return member.value if member is not None and isinstance(member.value, dict) else {}


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
        id_member.span if id_member else None,
        top["metadata"].span if "metadata" in top else None,
        _mapping(top.get("metadata")),
        _mapping(top.get("attachments")),
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


def _language(metadata: Mapping[str, Any]) -> str:
    for part, key in (("kernelspec", "language"), ("language_info", "name")):
        found = metadata.get(part)
        name = found.get(key) if isinstance(found, dict) else None
        if name and isinstance(name, str):
            return name
    return ""
