"""The body of a `csv-table` as rows and cells: people's cells stay where their English stands, others are language.

What is not touched keeps its bytes, quotes and blanks too. A body whose rows are not those of the English is no table
to this module, and left to others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from amts_action.merging.flags import Flag, flag
from amts_action.merging.key_values.placing import Form, placed
from amts_action.merging.pieces import Piece, has_language
from amts_action.merging.rewriting.table_cells import Columns, columns, merged_cell

__all__ = ["csv_language", "merge_csv"]


@dataclass(frozen=True, slots=True)
class CsvCell:
    """One cell: blanks, the value as it is written, blanks."""

    lead: str
    raw: str
    tail: str

    @property
    def is_quoted(self) -> bool:
        """Whether the value stands in quotes."""
        return self.raw[:1] == '"'

    @property
    def says(self) -> str:
        """The value without its quotes."""
        return self.raw[1:-1].replace('""', '"') if self.is_quoted else self.raw


CsvRow = tuple[CsvCell, ...]
"""The cells of a line; none for an empty line."""


def _read(text: str, delimiter: str) -> tuple[CsvRow, ...] | None:
    """The rows of a body; None when a line is none. A cell in quotes may be of several lines."""
    mark = re.escape(delimiter)
    cell = re.compile(
        rf'([ \t]*)("(?:[^"]|"")*"(?=[ \t]*(?:{mark}|\n|\Z))|[^"\n{mark}](?:[^\n{mark}]*[^\s{mark}])?|)([ \t]*)'
    )
    rows: list[CsvRow] = []
    cells: list[CsvCell] = []
    at = 0
    while (m := cell.match(text, at)) is not None:
        cells.append(CsvCell(*m.groups()))
        at = m.end() + len(delimiter)
        if text[m.end() : at] == delimiter:
            continue
        rows.append(() if len(cells) == 1 and not cells[0].raw else tuple(cells))
        cells = []
        if m.end() == len(text):
            return tuple(rows)
        at = m.end() + 1
        if text[m.end()] != "\n":
            return None
    return None


def _written(row: CsvRow, delimiter: str) -> str:
    return delimiter.join(c.lead + c.raw + c.tail for c in row)


def csv_language(text: str, delimiter: str = ",") -> list[Piece] | None:
    """The pieces of a table that is new: cells with words are language; None when it is no table."""
    rows = _read(text, delimiter)
    return None if rows is None else list(_joined([list(_fresh(row, delimiter)) for row in rows]))


def merge_csv(
    base: str, head: str, target: str, delimiter: str = ","
) -> tuple[list[Piece], list[Flag]] | None:  # fmt: skip
    """The change from `base` to `head` made in `target`; None when they are not versions of one table."""
    tables = [_read(text, delimiter) for text in (base, head, target)]
    old, new, own = ([row for row in rows or () if row] for rows in tables)
    if None in tables or [len(row) for row in old] != [len(row) for row in own]:
        return None
    pairs = _versions(old, new)
    both = [(old[i], new[j]) for j, i in pairs.items()]
    found = columns([[c.says for c in a] for a, _ in both], [[c.says for c in b] for _, b in both])
    flags: list[Flag] = []
    lines: list[list[Piece]] = []
    for j, row in enumerate(new):
        i = pairs.get(j)
        if i is None:
            lines.append(list(_fresh(row, delimiter)))
        elif [c.says for c in old[i]] == [c.says for c in row]:
            lines.append([Piece(_written(own[i], delimiter), False)])
        else:
            lines.append(_row(old[i], row, own[i], found, delimiter, flags))
    for i in set(range(len(old))) - set(pairs.values()):
        if any(a.says != b.says for a, b in zip(old[i], own[i], strict=True)):
            flags.append(flag("text-left", " ".join(_written(own[i], delimiter).split())))
    above = next((n for n, row in enumerate(tables[2] or ()) if row), 0)
    below = len(tables[2] or ()) - len(own) - above
    return list(_joined([*[[]] * above, *lines, *[[]] * max(0, below)])), flags


_ALIKE = 50
"""Least likeness (0 to 100) of two rows of which one was made from the other. By hand."""


def _versions(old: Sequence[CsvRow], new: Sequence[CsvRow]) -> dict[int, int]:
    """Which row of the base each of the head was."""
    from rapidfuzz.fuzz import ratio

    keys = [["\0".join(c.says for c in row) for row in side] for side in (old, new)]
    pairs: dict[int, int] = {}
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, keys[0], keys[1], autojunk=False).get_opcodes():
        if tag == "equal" or (tag == "replace" and i2 - i1 == j2 - j1):
            pairs.update(zip(range(j1, j2), range(i1, i2), strict=True))
        elif tag == "replace":
            at = i1
            for j in range(j1, j2):
                near = max(range(at, i2), key=lambda i: ratio(keys[0][i], keys[1][j]), default=None)
                if near is not None and ratio(keys[0][near], keys[1][j]) >= _ALIKE:
                    pairs[j] = near
                    at = near + 1
    return pairs


def _row(
    old: CsvRow, new: CsvRow, own: CsvRow, found: Columns, delimiter: str, flags: list[Flag]
) -> list[Piece]:  # fmt: skip
    """A row of which some cells changed."""
    out: list[Piece] = []
    is_wider = len(new) != len(old)
    for j, cell in enumerate(new):
        i = found.of[j] if is_wider and j < len(found.of) else None if is_wider else j
        out += [Piece(delimiter, False)] if j else []
        if i is None or i >= len(old):
            out += _cell(cell, delimiter)
            continue
        mine = own[i]
        merged = merged_cell(old[i].says, cell.says, mine.says, flags)
        form = Form("csv", delimiter=delimiter, header='"' if mine.is_quoted else "")
        if merged.is_language:
            made = Piece(merged.text, True, form)
        else:
            made = Piece(mine.raw if merged.text == mine.says.strip() else placed(merged.text, form), False)
        out += [Piece(mine.lead, False), made, Piece(mine.tail, False)]
    return out


def _fresh(row: CsvRow, delimiter: str) -> Iterator[Piece]:
    for n, cell in enumerate(row):
        if n:
            yield Piece(delimiter, False)
        yield from _cell(cell, delimiter)


def _cell(cell: CsvCell, delimiter: str) -> list[Piece]:
    form = Form("csv", delimiter=delimiter, header='"' if cell.is_quoted else "")
    is_language = has_language(cell.says)
    core = Piece(cell.says.strip(), True, form) if is_language else Piece(cell.raw, False)
    return [Piece(cell.lead, False), core, Piece(cell.tail, False)]


def _joined(lines: Sequence[Sequence[Piece]]) -> Iterator[Piece]:
    """Lines of pieces as one run, with newlines between; neighbours that are copied become one."""
    held = ""
    for n, line in enumerate(lines):
        held += "\n" if n else ""
        for piece in line:
            if not piece.is_language:
                held += piece.text
                continue
            if held:
                yield Piece(held, False)
            held = ""
            yield piece
    if held:
        yield Piece(held, False)
