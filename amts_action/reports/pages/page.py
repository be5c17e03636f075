"""A run as one page of HTML that needs nothing else: no network, no server, no other file.

The book's text travels as compressed data and is put into the page as text only, so nothing in it is markup or runs;
the page's own policy allows no script but its own, and no connection.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from amts_action.documents.model import PROSE
from amts_action.merging.document import Entry
from amts_action.reports.cards import has_card, merged, shortened
from amts_action.reports.escape import html_text, one_line, visible
from amts_action.reports.links import compare, spot
from amts_action.reports.model import DocumentReport, RunReport, verdict
from amts_action.reports.pages.mathml import MATH, mathml
from amts_action.reports.pages.shell import filled
from amts_action.reports.worddiff import DiffPiece, diff_lines, diff_words, likeness

__all__ = ["page"]

KEPT_SHOWN = 160
"""Characters that are shown of a block that nothing happened to."""
LONGEST = 20_000
"""Characters of one block that are shown; more is cut."""
_REWRITTEN = 0.3
"""Texts less alike than this are shown as old and new, not as a difference."""
_OPS = {"equal": 0, "delete": 1, "insert": 2}
Pieces = list[list[Any]]
"""`[operation, text]`: 0 in both, 1 only before, 2 only after."""


def page(run: RunReport, *, terms: Sequence[tuple[str, str]] = ()) -> str:
    """The report as HTML.

    Args:
        terms: the book's glossary; a block says which of its terms occur, and whether the translation has them.
    """
    data = _data(run, _Glossary(terms))
    packed = base64.b64encode(gzip.compress(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"), mtime=0))
    return filled("page", TITLE=html_text(_title(run)), DATA=packed.decode("ascii"))


def _title(run: RunReport) -> str:
    return f"{run.target or 'Translation'} ({run.target_lang}) and {run.source or 'its source'}"


def _data(run: RunReport, glossary: _Glossary) -> dict[str, Any]:
    documents = [_document(run, document, glossary) for document in run.documents]
    blocks = [block for document in documents for block in document["blocks"]]
    texts: Iterator[str] = (piece[1] for block in blocks for side in ("e", "t") for piece in block.get(side, ()))
    return {
        "title": _title(run),
        "lang": run.target_lang,
        "facts": [
            ["source", one_line(run.source)],
            ["target", one_line(run.target)],
            ["branch", one_line(run.branch)],
            ["engine", one_line(run.engine)],
            ["characters sent", f"{run.characters_sent:,}"],
        ],
        "notes": [visible(note) for note in run.notes],
        "companions": [[visible(c.text), c.needs_person] for c in run.companions],
        "documents": documents,
        "math": dict(_formulas(texts)),
    }


def _document(run: RunReport, document: DocumentReport, glossary: _Glossary) -> dict[str, Any]:
    parts = merged(document)
    return {
        "path": visible(document.path),
        "status": document.status,
        "message": visible(document.message),
        "link": compare(run.source_web, document.base, document.head),
        "subjects": [visible(subject) for subject in document.subjects[:20]],
        "blocks": [_block(run, document, n, n in parts, glossary) for n in range(len(document.entries))],
    }


def _block(run: RunReport, document: DocumentReport, n: int, is_merged: bool, glossary: _Glossary) -> dict[str, Any]:
    entry = document.entries[n]
    out: dict[str, Any] = {"a": entry.action, "k": entry.kind, "v": verdict(entry)}
    if entry.flags:
        out["f"] = [visible(flag.text) for flag in entry.flags]
    if entry.origin:
        out["o"] = entry.origin
    for key, side in (("s", "head" if entry.head else "base"), ("w", "output" if entry.output else "target")):
        words, url = spot(run, document, n, side)  # type: ignore[arg-type]
        if words:
            out[key] = [words, url]
    if not has_card(entry) and not entry.flags:
        out["x"] = visible(shortened(entry.output_text or entry.target_text or entry.head_text, KEPT_SHOWN))
        return out
    out["q"] = round(entry.confidence, 2)
    if entry.characters_sent:
        out["n"] = entry.characters_sent
    is_prose = entry.kind in PROSE
    out["e"] = _pieces(entry.base_text, entry.head_text, is_prose)
    if not is_merged:
        out["t"] = _pieces(entry.target_text, entry.output_text, is_prose)
    if found := glossary.hits(entry):
        out["g"] = found
    return out


def _pieces(old: str, new: str, is_prose: bool) -> Pieces:
    show = one_line if is_prose else visible  # where a paragraph's lines break is nothing to a reader
    old, new = (show(_cut(text)) for text in (old, new))
    changes = diff_words(old, new) if is_prose else diff_lines(old, new)
    if is_prose and likeness(changes) < _REWRITTEN:
        changes = (DiffPiece("delete", old), DiffPiece("insert", new))
    return [[_OPS[change.op], change.text] for change in changes if change.text]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text) - LONGEST:,} more characters)"


def _formulas(texts: Iterator[str]) -> Iterator[tuple[str, Any]]:
    """Every formula in the texts, as it is written, with its MathML."""
    seen = set()
    for text in texts:
        for found in MATH.finditer(text) if "$" in text else ():
            if found[0] in seen:
                continue
            seen.add(found[0])
            made = mathml(found["display"] or found["inline"], display=found["display"] is not None)
            if made is not None:
                yield found[0], made


class _Glossary:
    """Finds the book's terms in a block."""

    def __init__(self, terms: Sequence[tuple[str, str]]) -> None:
        self._agreed: dict[str, list[str]] = {}
        for source, target in terms:
            if source.strip() and target.strip():
                self._agreed.setdefault(source.casefold(), []).append(target)
        words = sorted(self._agreed, key=len, reverse=True)
        self._any = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)") if words else None

    def hits(self, entry: Entry) -> list[list[Any]]:
        """Term, agreed translations, and whether the proposal has one of them."""
        if self._any is None or entry.kind not in PROSE:
            return []
        proposal = entry.output_text.casefold()
        return [
            [visible(term), visible(" / ".join(agreed)), any(one.casefold() in proposal for one in agreed)]
            for term in dict.fromkeys(self._any.findall(entry.head_text.casefold()))
            if (agreed := self._agreed[term])
        ]
