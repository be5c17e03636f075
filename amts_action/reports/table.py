"""Aligned tables for a terminal, whatever script the names are in."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final, Literal

from amts_action.engines.model import Usage
from amts_action.reports.checklist import for_person
from amts_action.reports.escape import terminal_text
from amts_action.reports.model import RunReport

__all__ = [
    "BlockCount",
    "Section",
    "State",
    "StatusRow",
    "cost_table",
    "cut",
    "display_width",
    "plan_table",
    "status_table",
    "table",
]

State = Literal["up to date", "behind", "missing", "not adopted", "gone", "unreadable"]

_GAP = "  "
_LEAST = 8
"""Columns narrower than this are not made narrower still."""


@dataclass(frozen=True, slots=True)
class BlockCount:
    """How many blocks of a document's English the translation has, and how."""

    people: int = 0
    """Up to date, in people's words."""
    machine: int = 0
    """Up to date, as AMTS wrote it; no person has changed it since."""
    behind: int = 0
    """The English has changed."""
    missing: int = 0
    """The translation never had it."""
    conflict: int = 0
    """A person has to decide."""
    unknown: int = 0
    """Blocks of a translation of which nobody knows what English it was made from."""

    @property
    def total(self) -> int:
        """All of them."""
        return sum(getattr(self, f.name) for f in fields(self))

    def __add__(self, other: BlockCount) -> BlockCount:
        return BlockCount(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a translation whose English has changed."""

    number: int
    """Its heading among those of the page, from 0; what stands in directives does not count."""
    title: str
    """Its heading, without markup."""


@dataclass(frozen=True, slots=True)
class StatusRow:
    """How one document stands to its English."""

    path: str
    state: State
    commits_behind: int | None = None
    blocks_behind: int | None = None
    note: str = ""
    source_path: str = ""
    target_path: str = ""
    """Where the translation is now: another place than `path` before a rename is followed; empty when it is nowhere."""
    base: str = ""
    """The commit that the translation is made from; empty when only its text is known, or not even that."""
    since: str = ""
    """The day (UTC, `2024-01-31`) of the first change of the English that the translation lacks; empty when it lacks
    none, or when that is not known."""
    link: str = ""
    """Where what has changed in English can be seen."""
    blocks: BlockCount = BlockCount()
    sections: tuple[Section, ...] = ()


def display_width(text: str) -> int:
    """Columns that a terminal gives to a text without controls: 2 for wide characters, 0 for marks on others
    (Unicode UAX #11; what is ambiguous there counts 1)."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, width: int) -> str:
    """The text in at most `width` columns, with `…` for what does not fit."""
    if display_width(text) <= width:
        return text
    taken, kept = 0, []
    for char in text:
        taken += _columns(char)
        if taken > width - 1:
            break
        kept.append(char)
    return "".join(kept) + "…" if width > 0 else ""


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    width: int | None = None,
    numbers: frozenset[int] = frozenset(),
    styles: Mapping[str, str] | None = None,
) -> str:
    """An aligned table with a final line end, without blanks at the ends of lines; empty when there are no rows.

    Args:
        header: names of the columns.
        rows: one text per column each, escaped here.
        width: columns of the terminal; None when the output is no terminal, then nothing is cut.
        numbers: indexes of columns that are aligned to the right.
        styles: what a terminal has to be sent around a cell that says just this, with `{}` for it; none when not given.
    """
    if not rows:
        return ""
    cells = [[terminal_text(cell) for cell in row] for row in (header, *rows)]
    widths = [max(display_width(row[k]) for row in cells) for k in range(len(header))]
    if width is not None:
        widths = _narrowed(widths, width - len(_GAP) * (len(widths) - 1))
    lines = (
        _GAP.join(_filled(cut(cell, widths[k]), widths[k], k in numbers) for k, cell in enumerate(row)) for row in cells
    )
    shown = [line.rstrip() if width is None else cut(line.rstrip(), width) for line in lines]
    return "".join(f"{_styled(line, row, styles or {})}\n" for line, row in zip(shown, cells, strict=True))


def _styled(line: str, row: Sequence[str], styles: Mapping[str, str]) -> str:
    """The line with the first of its cells that has a style in that style, unless it was cut away."""
    cell = next((cell for cell in row[1:] if cell in styles), "")
    before, found, after = line.partition(f"{_GAP}{cell}") if cell else (line, "", "")
    return f"{before}{_GAP}{styles[cell].format(cell)}{after}" if found else line


def _filled(cell: str, width: int, right: bool) -> str:
    blanks = " " * (width - display_width(cell))
    return blanks + cell if right else cell + blanks


def _narrowed(widths: list[int], room: int) -> list[int]:
    """The widths with the widest made narrower until all fit or none may be narrower."""
    widths = list(widths)
    while sum(widths) > room and max(widths) > _LEAST:
        widest = max(range(len(widths)), key=lambda k: widths[k])
        second = max([w for w in widths if w < widths[widest]], default=_LEAST)
        ties = widths.count(widths[widest])
        too_much = -(-(sum(widths) - room) // ties)
        widths = [max(w - too_much, second, _LEAST) if w == widths[widest] else w for w in widths]
    return widths


_ACTIONS = ("revise", "translate", "reuse", "patch", "code", "move", "delete", "conflict", "owed", "cosmetic")


def plan_table(
    run: RunReport,
    *,
    idle: Sequence[tuple[str, str]] = (),
    width: int | None = None,
    styles: Mapping[str, str] | None = None,
) -> str:
    """The documents of a run with what is done in each, and a line of totals; those up to date are left out.

    Args:
        idle: paths and states of documents to be listed all the same, below the others.
    """
    rows = []
    for document in run.documents:
        if document.status == "up-to-date":
            continue
        counts = Counter(entry.action for entry in document.entries)
        what = ", ".join(f"{counts[action]} {action}" for action in _ACTIONS if counts[action])
        sent = sum(entry.characters_sent for entry in document.entries)
        row = (document.path, document.status, what or document.message, f"{sent:,}" if sent else "")
        rows.append((*row, str(for_person(document) or "")))
    header = ("document", "status", "blocks", "characters", "for you")
    shown = [*rows, *((path, state, "", "", "") for path, state in idle)]
    text = table(header, shown, width=width, numbers=frozenset({3, 4}), styles=styles)
    total = f"{len(rows)} to change, {run.characters_sent:,} characters to translate"
    return f"{text}{total if width is None else cut(total, width)}\n"


def cost_table(usages: Mapping[str, Usage]) -> str:
    """What each engine would use; empty when none would be given anything."""
    if not any(usage.characters for usage in usages.values()):
        return ""
    rows = []
    for name, usage in usages.items():
        tokens = usage.input_tokens + usage.output_tokens
        cost = "not known" if usage.cost is None else f"{usage.cost:.2f}"
        rows.append((name, f"{usage.characters:,}", _counted(usage.calls), _counted(tokens), cost))
    return table(("engine", "characters", "calls", "tokens", "USD"), rows, numbers=frozenset({1, 2, 3, 4}))


def _counted(number: int) -> str:
    return f"{number:,}" if number else ""


def status_table(
    rows: Sequence[StatusRow],
    *,
    is_whole: bool = True,
    width: int | None = None,
    styles: Mapping[str, str] | None = None,
) -> str:
    """How documents stand, and a line of totals by state; a number that is not known is left empty.

    Args:
        is_whole: whether those that ask nothing of anybody are listed, too.
    """
    listed = [row for row in rows if is_whole or row.state in NEEDS_WORK]
    cells = [(row.path, row.state, _number(row.commits_behind), _number(row.blocks_behind), row.note) for row in listed]
    header = ("document", "state", "commits", "blocks", "note")
    columns = 5 if any(row.note for row in listed) else 4
    shown = [row[:columns] for row in cells]
    text = table(header[:columns], shown, width=width, numbers=frozenset({2, 3}), styles=styles)
    counts = Counter(row.state for row in rows)
    order: tuple[State, ...] = ("up to date", "behind", "missing", "not adopted", "gone", "unreadable")
    total = ", ".join(f"{counts[state]} {state}" for state in order if counts[state]) or "no documents"
    total += "; --all lists all of them" if len(listed) < len(rows) else ""
    return f"{text}{total if width is None else cut(total, width)}\n"


NEEDS_WORK: Final = frozenset({"behind", "not adopted", "unreadable"})
"""States of documents that somebody should do something about."""


def _number(n: int | None) -> str:
    return "" if n is None else f"{n:,}"
