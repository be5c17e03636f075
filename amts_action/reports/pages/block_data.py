"""One block as the data that the review page reads: short keys, and nothing that the page can find out itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from amts_action.documents.inline import protected
from amts_action.documents.model import PROSE
from amts_action.merging.document import Entry
from amts_action.reports.body.marker import digest
from amts_action.reports.cards import has_card, shortened
from amts_action.reports.escape import one_line, utf16_length, visible
from amts_action.reports.links import Side, blob, spot
from amts_action.reports.model import DocumentReport, RunReport, verdict
from amts_action.reports.pages.glossary import Glossary
from amts_action.reports.worddiff import DiffPiece, diff_lines, diff_words, likeness

__all__ = ["block_data", "file_urls", "shown_texts"]

KEPT_SHOWN = 160
"""Characters that are shown of a block that nothing happened to, when the page has not the whole text."""
LONGEST = 20_000
"""Characters of one block that are shown; more is cut."""
_REWRITTEN = 0.3
"""Texts less alike than this are shown as old and new, not as a difference."""
_OPS = {"equal": 0, "delete": 1, "insert": 2}
Pieces = list[list[Any]]
"""`[operation, text]`: 0 in both, 1 only before, 2 only after; of a proposal whose file is in the page, the length of
the text stands for it."""


def block_data(
    run: RunReport, document: DocumentReport, n: int, glossary: Glossary, *, files: dict[str, str], is_merged: bool
) -> dict[str, Any]:
    """Entry `n`: `a`ction, `k`ind, `v`erdict, `f`lags (text, and whether it warns), `d`oubtful words of either side,
    `o`rigin, wh`y`, places (`s`ource, `w`here in ours), `r`ange in the document's parts, `l`ines there, `h` (tells it
    from other blocks, in later runs too), `e`nglish, `t`ranslation, `u` (the old translation as it is written),
    `p`rotected spans, `g`lossary.

    Args:
        files: what `file_urls` says of the document.
        is_merged: it is one with its neighbour in the translation, and has no text of its own there.
    """
    entry = document.entries[n]
    out: dict[str, Any] = {"a": entry.action, "k": entry.kind, "v": verdict(entry)}
    if entry.flags:
        out["f"] = [[visible(flag.text), int(flag.level == "warning")] for flag in entry.flags]
    if doubted := list(dict.fromkeys(_doubted(entry))):
        out["d"] = doubted
    if entry.origin:
        out["o"] = visible(entry.origin)
    sides: tuple[tuple[str, Side], ...] = (
        ("s", "head" if entry.head else "base"),
        ("w", "output" if entry.output else "target"),
    )
    for key, side in sides:
        words, url = spot(run, document, n, side)
        if words:
            out[key] = [words] if url.partition("#")[0] == files[key] else [words, url]
    if not is_merged and _stands(document, entry):
        out["r"] = list(entry.output or ())
    if not has_card(entry) and not entry.flags:
        if "r" not in out:
            out["x"] = visible(shortened(entry.output_text or entry.target_text or entry.head_text, KEPT_SHOWN))
        return out
    is_prose = entry.kind in PROSE
    out["h"] = digest(document.path, entry.head_text or entry.base_text, entry.target_text, entry.output_text)
    out["e"] = _pieces(entry.base_text, entry.head_text, is_prose)
    if lines := document.line(n).output:
        out["l"] = list(lines)
    if reasons := list(_reasons(entry)):
        out["y"] = reasons
    if not is_merged:
        out["t"] = _pieces(entry.target_text, entry.output_text, is_prose)
        if "".join(text for op, text in out["t"] if op < 2) != entry.target_text:
            out["u"] = entry.target_text
        if "r" in out and len(entry.output_text) <= LONGEST:
            # What stands in the file need not be told twice.
            out["t"] = [[op, text if op == 1 else utf16_length(text)] for op, text in out["t"]]
    if is_prose and "r" in out and (spans := protected(entry.head_text)):
        out["p"] = sorted(raw for kind, raw in spans.elements() if kind != "escape")
    if found := glossary.hits(entry):
        out["g"] = [[visible(hit.term), visible(" / ".join(hit.agreed)), visible(hit.used)] for hit in found]
    return out


_QUOTED = re.compile(r"“([^“”]+?)…?”")
_SPANS = re.compile(r"\$[^$]*\$|`+[^`]*`+|[*_\[\]]+|\([^()]*\)")
"""What a text shows otherwise than it is written: such words are marked piece by piece."""


def _doubted(entry: Entry) -> Iterator[str]:
    """The words that the gate's remarks name, and the numbers, as they are shown."""
    for flag in entry.flags:
        if flag.code == "doubtful":
            quoted = _QUOTED.findall(flag.text) or _NUMBER.findall(flag.text)
            yield from (
                word
                for text in quoted
                for part in _SPANS.split(text)
                if len(word := part.strip()) > 1 or word.isdigit()
            )


def _stands(document: DocumentReport, entry: Entry) -> bool:
    """Whether the proposal is in the file that the page has."""
    if entry.output is None or not document.parts:
        return False
    part, start, end = entry.output if len(entry.output) == 3 else (0, *entry.output)
    return part < len(document.parts) and document.parts[part][start:end] == entry.output_text


def file_urls(run: RunReport, document: DocumentReport) -> dict[str, str]:
    """Where the two files of a document are; the lines of a block come after a `#`."""
    places = (
        ("s", run.source_web, document.head, document.source_path),
        ("w", run.target_web, run.target_after, document.path),
    )
    return {key: blob(web, commit, path, (1, 1)).partition("#")[0] for key, web, commit, path in places}


def _pieces(old: str, new: str, is_prose: bool) -> Pieces:
    show = one_line if is_prose else visible  # where a paragraph's lines break is nothing to a reader
    old, new = (show(_cut(text)) for text in (old, new))
    changes = diff_words(old, new) if is_prose else diff_lines(old, new)
    if is_prose and likeness(changes) < _REWRITTEN:
        changes = (DiffPiece("delete", old), DiffPiece("insert", new))
    return [[_OPS[change.op], change.text] for change in changes if change.text]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text) - LONGEST:,} more characters)"


def shown_texts(entry: Entry) -> Iterator[str]:
    """The texts of a block, as they are shown: formulas are looked for in them."""
    show = one_line if entry.kind in PROSE else visible
    for text in (entry.base_text, entry.head_text, entry.target_text, entry.output_text):
        yield show(_cut(text))


_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*(?!\w)")
_MOST_NUMBERS = 3
"""More changed numbers than this are a new text, and say nothing."""


def _reasons(entry: Entry) -> Iterator[str]:
    """What the English did, as far as it can be said in a few words."""
    if entry.base_text and entry.head_text and entry.kind in PROSE:
        old, new = (Counter(_NUMBER.findall(text)) for text in (entry.base_text, entry.head_text))
        gone, come = list((old - new).elements()), list((new - old).elements())
        if 0 < len(gone) == len(come) <= _MOST_NUMBERS:
            pairs = ", ".join(f"{a} → {b}" for a, b in zip(gone, come, strict=True))
            yield f"number differs: {pairs}"
    for change in entry.small:
        yield f"small change of the English: {visible(shortened(change, 80))}"
