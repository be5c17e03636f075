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
from amts_action.documents.notebooks.notebook_edits import SetSource, apply
from amts_action.exchange.units import ReviewedText, numbered_spans
from amts_action.merging.checking.ledger import fault, missing_spans
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


class _Wanted(NamedTuple):
    block: Block
    whole: str
    """The block as it is to stand in the page."""
    unit: ReviewedText


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
    notebook = parse_notebook(text, where=path) if is_notebook(path) else None
    cells = enumerate(notebook.cells) if notebook is not None else ()
    parts = {k: cell.source for k, cell in cells if cell.kind == "markdown"} if notebook is not None else {0: text}
    documents = {k: parse_markdown(part) for k, part in parts.items()}
    found: dict[str, list[tuple[int, Block]]] = {}
    for k, document in documents.items():
        for block in document.blocks:
            found.setdefault(digest(path, block.outer.of(document.text)), []).append((k, block))
    fates: list[TextFate] = []
    by_part: dict[int, list[_Wanted]] = {}
    for unit in wanted:
        places = found.get(unit.key.mark, [])
        if unit.key.nth >= len(places):
            why = "the page does not have the exported text there any more"
            fates.append(TextFate(path, "", "left", why, unit.text))
            continue
        k, block = places[unit.key.nth]
        whole = _whole(documents[k], block, unit)
        why = _refusal(block, block.outer.of(documents[k].text), whole, unit)
        place = f"cell {k + 1}" if notebook is not None else f"line {text.count(chr(10), 0, block.outer.start) + 1}"
        if whole.split() == block.outer.of(documents[k].text).split():
            fates.append(TextFate(path, place, "unchanged"))
        elif why:
            fates.append(TextFate(path, place, "left", why, unit.text))
        elif any(item.block is block for item in by_part.get(k, ())):
            fates.append(TextFate(path, place, "left", "it comes twice", unit.text))
        else:
            by_part.setdefault(k, []).append(_Wanted(block, whole, unit))
            fates.append(TextFate(path, place, "taken"))
    made = {k: _written(documents[k], items) for k, items in by_part.items()}
    refused = {id(unit) for k in made for unit in made[k][1]}
    fates = [
        TextFate(path, fate.place, "left", "it would change the blocks of the page", unit.text)
        if id(unit) in refused
        else fate
        for fate, unit in zip(fates, wanted, strict=True)
    ]
    if notebook is None:
        return (made[0][0] if made else text), fates
    return (apply(notebook, [SetSource(k, source) for k, (source, _) in made.items()]) if made else text), fates


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


def _written(document: Document, items: Sequence[_Wanted]) -> tuple[str, list[ReviewedText]]:
    """The page with the texts, and those that would make other blocks of it."""
    whole = _spliced(document, items)
    if _is_kept(document, whole, items):
        return whole, []
    kept: list[_Wanted] = []
    refused = []
    for item in items:
        tried = [*kept, item]
        if _is_kept(document, _spliced(document, tried), tried):
            kept = tried
        else:
            refused.append(item.unit)
    return _spliced(document, kept), refused


def _spliced(document: Document, items: Sequence[_Wanted]) -> str:
    out, at = [], 0
    for item in sorted(items, key=lambda item: item.block.outer):
        out += [document.text[at : item.block.outer.start], item.whole]
        at = item.block.outer.end
    return "".join([*out, document.text[at:]])


def _is_kept(document: Document, text: str, items: Sequence[_Wanted]) -> bool:
    """Whether the new page has the same blocks, all others unchanged."""
    new = parse_markdown(text)
    changed = {item.block.outer for item in items}
    return len(new.blocks) == len(document.blocks) and all(
        one.kind == other.kind
        and one.container == other.container
        and (one.outer in changed or one.outer.of(document.text) == other.outer.of(text))
        for one, other in zip(document.blocks, new.blocks, strict=True)
    )
