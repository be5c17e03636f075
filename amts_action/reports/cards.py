"""One card for each block that a translator may want to see: what changed in English, and in the translation."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace

from amts_action.documents.model import PROSE
from amts_action.merging.document import Entry
from amts_action.merging.flags import has_code
from amts_action.reports.escape import fence, github_html, inline_code, markdown_text, one_line
from amts_action.reports.links import place_html, place_link
from amts_action.reports.model import DocumentReport, RunReport, Verdict, alarms, verdict
from amts_action.reports.worddiff import (
    DiffPiece,
    as_github,
    diff_lines,
    diff_words,
    elided,
    likeness,
    line_diff_text,
)

__all__ = ["NEEDS_PERSON", "card", "has_card", "is_written", "merged", "shortened"]

NEEDS_PERSON: tuple[Verdict, ...] = ("conflict", "missing", "english", "old", "flagged")
"""Verdicts of blocks that a person must act on, the most pressing first."""

_REWRITTEN = 0.45
"""Texts less alike than this are shown one under the other: a difference of almost everything cannot be read."""

_DONE = {
    "keep": "kept",
    "patch": "patched",
    "revise": "revised",
    "translate": "new",
    "reuse": "people's text from elsewhere",
    "move": "moved",
    "delete": "removed",
    "code": "changed",
    "owed": "owed",
    "cosmetic": "kept",
}

_UNDONE = ("conflict", "missing", "english", "old")

_STATES = {
    "conflict": "to decide: nothing was written here",
    "missing": "not written",
    "english": "not translated: the English stands",
    "old": "not translated: the old text stands",
    "flagged": "please check",
    "read": "please read",
}


def is_written(document: DocumentReport) -> bool:
    """Whether the document's plan was carried out at all."""
    return document.status not in ("failed", "error")


def has_card(entry: Entry) -> bool:
    """Whether the block is worth a card: not when it was kept, and not when the translation had the change already."""
    state = verdict(entry)
    if state in NEEDS_PERSON or state == "read":
        return True
    if entry.action in ("keep", "cosmetic", "owed"):
        return False
    if entry.action == "delete":
        return not entry.flags
    return entry.action == "move" or entry.output_text != entry.target_text


def shortened(text: str, longest: int) -> str:
    """The text on one line, with at most so many characters."""
    flat = one_line(text[: 4 * longest + 400])
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def merged(document: DocumentReport) -> frozenset[int]:
    """The entries whose part of the translation another entry writes: their paragraphs are one there."""
    written = sorted(e.target for e in document.entries if e.target and e.output)
    out = set()
    for n, entry in enumerate(document.entries):
        if entry.target and not entry.output and entry.action in ("revise", "delete"):
            at = bisect_left(written, entry.target[:-1])
            if at < len(written) and written[at] < (*entry.target[:-2], entry.target[-1]):
                out.add(n)
    return frozenset(out)


def card(run: RunReport, document: DocumentReport, n: int, *, full: bool, is_merged: bool = False) -> str:
    """The card of entry `n` in markdown, without blank lines around it; whole texts when `full`.

    Args:
        is_merged: `merged` names the entry: it has no translation of its own to show.
    """
    entry = document.entries[n]
    if is_merged:
        entry = replace(entry, target_text="", output_text="")
    parts = [_title(run, document, n, full=full, is_merged=is_merged)]
    if entry.action == "move" and entry.output_text == entry.target_text:
        return parts[0] + f": {inline_code(shortened(entry.target_text, 80))}"
    if entry.kind in PROSE:
        rows = [*_english_rows(entry, full), *_target_rows(entry, full, is_written(document))]
        parts.append(_table(rows, place_html(run, document, n, "head") or place_html(run, document, n, "base")))
    else:
        parts += _fences(entry, full=full, written=is_written(document))
    return "\n\n".join(part for part in parts if part)


def _title(run: RunReport, document: DocumentReport, n: int, *, full: bool, is_merged: bool) -> str:
    entry, state = document.entries[n], verdict(document.entries[n])
    at = place_link(run, document, n, "output") or place_link(run, document, n, "target")
    if not entry.output and not entry.target and (english := place_link(run, document, n, "head")):
        at = f"English {english}"
    warning = "⚠️ " if state in NEEDS_PERSON else ""
    kind = entry.kind.replace("_", " ") if entry.kind.replace("_", "").isalpha() else "block"
    done = "" if state in _UNDONE else f", {_DONE.get(entry.action, 'changed')}"
    if not is_written(document):
        done, state = ", not written", "fine"
    title = f"{warning}**{f'{at} · ' if at else ''}{kind}{done}**"
    remarks = [_STATES[state]] if state in _STATES else []
    remarks += ["in the translation it is one with its neighbour"] if is_merged else []
    remarks += [markdown_text(flag if full else shortened(flag, 120)) for flag in _remarks(entry, document, full=full)]
    if origin := _origin(run, entry, document):
        remarks.append(origin)
    return f"{title} – {'; '.join(remarks)}" if remarks else title


def _remarks(entry: Entry, document: DocumentReport, *, full: bool) -> list[str]:
    """The flags that say more than the state does. A failed document says its own reason once, at its head."""
    told = {"untranslated"} if is_written(document) else {"untranslated", "page-failed"}
    found = [flag.text for flag in alarms(entry) if flag.code not in told]
    more = len(found) - _MOST_REMARKS
    return found if full or more <= 0 else [*found[:_MOST_REMARKS], f"and {more} more in the report"]


_MOST_REMARKS = 10
"""So many flags of one block a card names."""


def _origin(run: RunReport, entry: Entry, document: DocumentReport) -> str:
    if not is_written(document):
        return ""
    notes = [flag.text for flag in entry.flags if flag.level != "warning"]
    if entry.action in ("revise", "translate") and entry.origin:
        machine = f"machine ({shortened(run.engine, 40)})" if run.engine else "machine"
        origin = machine if entry.origin == "machine" else entry.origin
        if origin == "memory" and has_code(entry.flags, "memory-spans", "memory-similar"):
            origin = ""
        return markdown_text(", ".join(part for part in (shortened(origin, 60), *notes[:3]) if part))
    if entry.action == "reuse":
        return markdown_text(", ".join(notes[:3]))
    if entry.action == "patch" and entry.kind in PROSE and entry.target_text:
        return "the rest is people's text"
    return ""


def _table(rows: list[tuple[str, str]], at: str) -> str:
    """The texts in a table of two columns, on one line of HTML: markdown inside it is not looked at."""
    cells = [
        f"<tr><td nowrap>{label}{f'<br>{at}' if at and i == 0 else ''}</td><td>{text}</td></tr>"
        for i, (label, text) in enumerate(rows)
    ]
    return f"<table>{''.join(cells)}</table>" if cells else ""


def _english_rows(entry: Entry, full: bool) -> list[tuple[str, str]]:
    if not entry.base_text or not entry.head_text:
        label = "English, new" if entry.head_text else "English, removed"
        return [(label, _plain(entry.head_text or entry.base_text, full))]
    return _difference(entry.base_text, entry.head_text, ("English", "English, old", "English, new"), full)


def _target_rows(entry: Entry, full: bool, written: bool) -> list[tuple[str, str]]:
    before, after = entry.target_text, entry.output_text
    if entry.action == "delete" and before and written:
        return [("Removed", _plain(before, full))]
    if not after or after == before or not written:
        return [("Translation", _plain(before, full))] if before else []
    if not before:
        return [] if one_line(after) == one_line(entry.head_text) else [("Proposed", _plain(after, full))]
    return _difference(before, after, ("Translation", "Before", "Proposed"), full)


def _difference(old: str, new: str, labels: tuple[str, str, str], full: bool) -> list[tuple[str, str]]:
    """One row when the two can be read as one text with changes, else one row for each; `labels` of the three."""
    old, new = one_line(old), one_line(new)
    if old == new:
        return [(labels[0], _plain(new, full))]
    changes = diff_words(old, new)
    if likeness(changes) >= _REWRITTEN:
        return [(labels[0], as_github(changes if full else elided(changes, around=90, longest=500, total=1500)))]
    return [(labels[1], _plain(old, full)), (labels[2], _plain(new, full))]


_PLAIN_SHOWN = 1_200


def _plain(text: str, full: bool) -> str:
    if full:
        return github_html(text)
    flat = one_line(text)
    kept = flat[:_PLAIN_SHOWN]
    return as_github(
        [DiffPiece("equal", kept), *([DiffPiece("gap", str(len(flat) - len(kept)))] if kept != flat else [])]
    )


def _fences(entry: Entry, *, full: bool, written: bool) -> list[str]:
    """Programs, equations and markup by lines, in fences; once where both books have the same."""
    before, after = entry.target_text, entry.output_text if written else entry.target_text
    if entry.action == "delete":
        label = "Removed:" if written and before else "Removed in English:"
        return [label, _fence("", before or entry.base_text, full)]
    if before and _changed_lines(entry.base_text, entry.head_text) == _changed_lines(before, after):
        return ["English and translation:", _fence(before, after, full)]
    english = ["English:", _fence(entry.base_text, entry.head_text, full)]
    if not before and not after:
        return english
    if not before and after == entry.head_text:
        return ["Put in as it is in English:", _fence("", after, full)]
    return [*english, "Translation:", _fence(before, after, full)]


def _changed_lines(old: str, new: str) -> list[DiffPiece]:
    return [change for change in diff_lines(old, new) if change.op != "equal"]


_LINES_SHOWN, _LINE_SHOWN = 40, 160


def _fence(old: str, new: str, full: bool) -> str:
    """The difference of two texts as a fence; one text as it is when the other is empty or the same."""
    if old == new or not old or not new:
        text, info = old or new, ""
    else:
        text, info = line_diff_text(diff_lines(old, new), context=3), "diff"
    return fence(text if full else _few_lines(text), info=info).rstrip("\n")


def _few_lines(text: str) -> str:
    lines = text.removesuffix("\n").split("\n")
    shown = [line if len(line) <= _LINE_SHOWN else line[: _LINE_SHOWN - 1] + "…" for line in lines[:_LINES_SHOWN]]
    return "\n".join(shown + ([f"… {len(lines) - len(shown)} more lines"] if len(lines) > len(shown) else [])) + "\n"
