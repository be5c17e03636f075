"""Puts texts that come back from a review into the pages, each only where nothing gets lost by it.

A text goes in when its block still stands in the page as it was exported, all its spans are there (those of the English
or those of the old text), and the page still has the same blocks with all others unchanged. What does not is left as it
is and named; so is a block that somebody has changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Literal, NamedTuple

from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.files import is_notebook
from amts_action.documents.model import Block, Document
from amts_action.documents.notebooks.notebook import parse_notebook
from amts_action.exchange.units import ReviewedText, numbered_spans
from amts_action.merging.checking.ledger import fault, missing_spans
from amts_action.merging.checking.reviewed import TextEdit, put_in
from amts_action.reports.body.marker import digest

__all__ = ["TextFate", "take_in"]


class TextFate(NamedTuple):
    """What became of a text."""

    path: str
    place: str
    """`line 12`, `cell 3`; empty when there is none."""
    what: Literal["taken", "unchanged", "left"]
    why: str = ""
    text: str = ""


def take_in(pages: Mapping[str, str], texts: Iterable[ReviewedText]) -> tuple[dict[str, str], list[TextFate]]:
    """The pages that change, and what became of every text.

    Raises:
        InputError: a notebook cannot be read.
    """
    edits: dict[str, str] = {}
    fates: list[TextFate] = []
    for path, group in groupby(sorted(texts, key=lambda text: text.path), lambda text: text.path):
        wanted = list(group)
        if path not in pages:
            fates += [TextFate(path, "", "left", "the translation has no such page", unit.text) for unit in wanted]
            continue
        made, told = _page(path, pages[path], wanted)
        fates += told
        if made != pages[path]:
            edits[path] = made
    return edits, fates


def _page(path: str, text: str, wanted: Sequence[ReviewedText]) -> tuple[str, list[TextFate]]:
    is_cells = is_notebook(path)
    cells = enumerate(parse_notebook(text, where=path).cells) if is_cells else ()
    parts = {k: cell.source for k, cell in cells if cell.kind == "markdown"} if is_cells else {0: text}
    documents = {k: parse_markdown(part) for k, part in parts.items()}
    found: dict[str, list[tuple[int, Block]]] = {}
    for k, document in documents.items():
        for block in document.blocks:
            found.setdefault(digest(path, block.outer.of(document.text)), []).append((k, block))
    fates: list[TextFate] = []
    edits: dict[int, TextEdit] = {}
    for n, unit in enumerate(wanted):
        places = found.get(unit.key.mark, [])
        if unit.key.nth >= len(places):
            why = "the page does not have the exported text there any more"
            fates.append(TextFate(path, "", "left", why, unit.text))
            continue
        k, block = places[unit.key.nth]
        old, whole = block.outer.of(documents[k].text), _whole(documents[k], block, unit)
        at = (k, *block.outer) if is_cells else tuple(block.outer)
        place = f"cell {k + 1}" if is_cells else f"line {text.count(chr(10), 0, block.outer.start) + 1}"
        why = _refusal(block, old, whole, unit)
        why = why or ("it comes twice" if any(edit.place == at for edit in edits.values()) else "")
        if whole.split() == old.split():
            fates.append(TextFate(path, place, "unchanged"))
        elif why:
            fates.append(TextFate(path, place, "left", why, unit.text))
        else:
            edits[n] = TextEdit(at, old, whole)
            fates.append(TextFate(path, place, "taken"))
    if not edits:
        return text, fates
    made = put_in(text, tuple(edits.values()), name=path)
    refused = dict(made.refused)
    for n, edit in edits.items():
        if why := refused.get(edit, ""):
            fates[n] = TextFate(path, fates[n].place, "left", why, wanted[n].text)
    return made.text, fates


def _whole(document: Document, block: Block, unit: ReviewedText) -> str:
    """The block with the text, line ends and marks of further lines as the page has them."""
    line_end = "\r\n" if "\r\n" in document.text else "\n"
    lines = unit.text.strip().replace("\r\n", "\n").split("\n")
    if unit.key.form == "o":
        return line_end.join(lines)
    before = document.text[block.outer.start : block.inner.start]
    after = document.text[block.inner.end : block.outer.end]
    return f"{before}{(line_end + block.prefix).join(lines)}{after}"


def _refusal(block: Block, old: str, whole: str, unit: ReviewedText) -> str:
    """Why a text cannot stand in the place of the block's, which is `old`; empty when it can."""
    if not unit.text.strip():
        return "it is empty; take the block out of the page by hand"
    if block.kind == "table_row" and _cells(whole) != _cells(old):
        return "it has another number of cells"
    lost = min((missing_spans(text, unit.text) for text in (unit.english, block.text)), key=len)
    wrong = fault(whole, block)
    flags = lost or ([wrong] if wrong else [])
    return ", ".join(flag.text for flag in flags[:3])


def _cells(row: str) -> int:
    """The bars of a row, those in code and formulas apart."""
    (pieces,) = numbered_spans(row)
    return sum(text.count("|") for number, text in pieces if not number)
