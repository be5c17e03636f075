"""The data of a report as JSON, so that its page can be made again, with a newer version or another glossary."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeVar

from amts_action.documents.files import read_given
from amts_action.errors import InputError
from amts_action.merging.checking.conservation import Leaving
from amts_action.merging.document import Entry
from amts_action.merging.flags import Flag, read
from amts_action.merging.plan_json import as_json
from amts_action.reports.model import Companion, DocumentReport, Lines, RunReport

__all__ = ["dump", "load", "load_from"]

VERSION = 2
T = TypeVar("T", Entry, Leaving, DocumentReport, RunReport)
"""What the data are made of."""


def dump(run: RunReport) -> bytes:
    """The report's data as UTF-8 JSON with a final line end."""
    return as_json({"version": VERSION, **asdict(run)})


def load(data: bytes, *, where: str) -> RunReport:
    """What `dump` has written.

    Raises:
        InputError: it is something else, or of another version.
    """
    mend = "give the report.json of a run"
    try:
        raw = json.loads(data)
        if raw.pop("version") != VERSION:
            raise InputError("of another version of amts", where=where, mend="run again to have a new one")
        documents = tuple(_document(row) for row in raw.pop("documents"))
        companions = tuple(Companion(*row) for row in raw.pop("companions"))
        terms = tuple((str(source), str(target)) for source, target in raw.pop("terms"))
        others = tuple((str(name), str(url)) for name, url in raw.pop("others"))
        read = {"documents": documents, "companions": companions, "terms": terms, "others": others}
        return _made(RunReport, {**raw, **read})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InputError("not the data of a report", where=where, mend=mend) from error


def load_from(place: Path) -> tuple[Path, RunReport]:
    """The report of a run, given as its data or as the folder of its reports, and where the data are.

    Raises:
        InputError: they are not there, or as `load`.
    """
    path = place / "report.json" if place.is_dir() else place
    return path, load(read_given(path, "give the folder that --report-dir named"), where=str(path))


def _document(row: dict[str, Any]) -> DocumentReport:
    entries = tuple(_made(Entry, {**entry, "flags": _flags(entry["flags"])}) for entry in row["entries"])
    lines = tuple(Lines(*(tuple(line) if line else None for line in four)) for four in row["lines"])
    leaving = tuple(_made(Leaving, item) for item in row["leaving"])
    return _made(DocumentReport, {**row, "entries": entries, "lines": lines, "leaving": leaving})


def _flags(rows: list[Any]) -> tuple[Flag, ...]:
    return tuple(read(row if isinstance(row, str) else (row["code"], row["text"])) for row in rows)


def _made(kind: type[T], row: dict[str, Any]) -> T:
    """A frozen value of the row's fields, lists as tuples, and every field of the kind that its default has."""
    names = {field.name: field.type for field in fields(kind)}
    if names.keys() - row.keys() or row.keys() - names.keys():
        raise KeyError(", ".join(names.keys() ^ row.keys()))
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    if any(names[name] == "str" and not isinstance(value, str) for name, value in values.items()):
        raise TypeError("a text is no text")
    return kind(**values)
