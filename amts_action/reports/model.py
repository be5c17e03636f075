"""What a report is made from: one run, its documents, their blocks. Frozen data, filled in by whoever ran it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from amts_action.merging.checking.conservation import Leaving
from amts_action.merging.document import Entry, Place
from amts_action.merging.flags import Flag, has_code

__all__ = ["Companion", "DocumentReport", "Lines", "RunReport", "Status", "Verdict", "alarms", "lines_of", "verdict"]

Status = Literal["done", "partial", "failed", "new", "renamed", "deleted", "taken-back", "up-to-date", "error"]


class Lines(NamedTuple):
    """First and last line, counted from 1, of one block in each text that has it."""

    base: tuple[int, int] | None = None
    head: tuple[int, int] | None = None
    target: tuple[int, int] | None = None
    output: tuple[int, int] | None = None


def lines_of(entries: Sequence[Entry], *, base: str, head: str, target: str, output: str) -> tuple[Lines, ...]:
    """The lines of every entry in the four texts of its document.

    Blocks of a notebook have none: their offsets count in a cell, not in the file.
    """
    starts = [_line_starts(text) for text in (base, head, target, output)]
    return tuple(
        Lines(*(_lines(s, p) for s, p in zip(starts, (e.base, e.head, e.target, e.output), strict=True)))
        for e in entries
    )


def _line_starts(text: str) -> list[int]:
    starts, at = [0], text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts


def _lines(starts: list[int], place: Place | None) -> tuple[int, int] | None:
    if place is None or len(place) != 2:
        return None
    first, last = place[0], max(place[0], place[1] - 1)
    return bisect_right(starts, first), bisect_right(starts, last)


@dataclass(frozen=True, slots=True)
class DocumentReport:
    """What became of one document."""

    path: str
    """In the target repository."""
    source_path: str
    """In the source repository; for a renamed document the new one."""
    status: Status
    """`new` and `renamed` say that it was delivered as such; `error` that it could not even be planned."""
    message: str = ""
    """One line for people: why it failed, what it was renamed from."""
    entries: tuple[Entry, ...] = ()
    lines: tuple[Lines, ...] = ()
    """One for each entry, or none at all."""
    base: str = ""
    """Commit ids of the source, whole or short; empty when not known."""
    head: str = ""
    warnings: tuple[str, ...] = ()
    """What a person must look at, of the document as a whole: it stands first in the list of what needs one."""
    leaving: tuple[Leaving, ...] = ()
    """Sentences of people that are not in the translation any more, with their English and why."""
    subjects: tuple[str, ...] = ()
    """Subject lines of the source's commits from base to head, newest first."""
    parts: tuple[str, ...] = ()
    """The texts that the blocks' places in the output count in: the file as the run leaves it, or the texts of a
    notebook's cells. Empty when nothing was written."""

    def line(self, n: int) -> Lines:
        """The lines of entry `n`."""
        return self.lines[n] if n < len(self.lines) else Lines()


class Companion(NamedTuple):
    """Something that a page needs besides its text: an image, a place in the contents, a citation."""

    text: str
    needs_person: bool = False


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run over two books."""

    target_lang: str
    documents: tuple[DocumentReport, ...] = ()
    companions: tuple[Companion, ...] = ()
    source: str = ""
    """Public name of the repository (`owner/name`); empty when it has none."""
    target: str = ""
    source_web: str = ""
    """Web address of the repository (`https://github.com/owner/name`), for links; empty for none."""
    target_web: str = ""
    target_before: str = ""
    """Commit of the target that the run started from."""
    target_after: str = ""
    """Commit that the run made."""
    engine: str = ""
    branch: str = ""
    characters_sent: int = 0
    collisions: tuple[str, ...] = ()
    """Files that the translation's own branch and ours have changed in the same place, so that it was not merged."""
    notes: tuple[str, ...] = ()
    """Whatever else the reader must know, one line each."""
    part: str = ""
    """The part of the translation that this is about: a page, a folder, an owner; empty for all of it."""
    others: tuple[tuple[str, str], ...] = ()
    """The other parts that are proposed, by name, and the web page of each."""
    run_url: str = ""
    """Web page of the workflow's run, which keeps the report; empty when there is none."""
    report_name: str = "report.md"
    """Where `report` is kept: a file name, not a path on somebody's machine."""
    pull_url: str = ""
    """Web page of the pull request; empty when there is none."""
    terms: tuple[tuple[str, str], ...] = ()
    """The book's glossary: terms of the source with their agreed translations."""


Verdict = Literal["fine", "never", "read", "flagged", "english", "old", "missing", "conflict"]
"""What a block asks of a person: nothing; nothing, for it never was in the translation; to read what no person wrote;
to look at its flags; to translate it, for it stands in English; to translate it, for the old text stands; to put it in;
to decide."""


def alarms(entry: Entry) -> tuple[Flag, ...]:
    """The flags that warn; those that only say where a text came from or what was mended are left out."""
    return tuple(f for f in entry.flags if f.level == "warning")


def verdict(entry: Entry) -> Verdict:
    """What the block asks of a person."""
    if entry.action == "conflict":
        return "conflict"
    if any(f.level == "done" for f in entry.flags) and not alarms(entry):
        return "fine"
    similar = has_code(entry.flags, "memory-similar")
    if entry.origin and entry.output_text and entry.output_text == entry.target_text and not similar:
        return "fine"  # the engine gave what people had written
    if entry.action == "owed":
        return _owed(entry)
    if entry.action in ("revise", "translate"):
        if not entry.origin:
            return _undelivered(entry)
        if not alarms(entry):
            return "fine" if entry.origin in ("people", "memory") and not entry.flags else "read"
    return "flagged" if alarms(entry) else "fine"


def _owed(entry: Entry) -> Verdict:
    if has_code(entry.flags, "declined"):
        return "fine"
    return "never" if has_code(entry.flags, "never-translated") else "missing"


def _undelivered(entry: Entry) -> Verdict:
    """The verdict on a block that no engine wrote."""
    if entry.action == "translate":
        return "english" if entry.output_text else "missing"
    if not entry.output_text:
        # The block is merged with others in the translation, and one of those is written for all of them.
        return "old" if alarms(entry) else "fine"
    return "old" if entry.output_text == entry.target_text else "fine"
