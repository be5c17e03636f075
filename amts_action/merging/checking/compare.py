"""The ledger and the structural differences of any document and its translation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from amts_action.alignment.beads import Bead
from amts_action.alignment.blocks import align_blocks
from amts_action.documents.files import is_notebook
from amts_action.documents.inline import protected
from amts_action.documents.model import Block, Document
from amts_action.documents.notebooks.unrolled import read_document
from amts_action.documents.slugs import Anchors, likely_rules, links_in
from amts_action.merging.checking.ledger import inventory
from amts_action.merging.checking.reader_values import paired_values
from amts_action.merging.fragments import links_of

if TYPE_CHECKING:
    from amts_action.documents.notebooks.notebook import Cell

__all__ = ["Comparison", "Difference", "compare_documents"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference, with the lines (from 1; 0 when that side has nothing) where it is."""

    what: str
    source_line: int
    target_line: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `amts check` found."""

    ledger: dict[str, dict[str, int]]
    differences: tuple[Difference, ...]

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        rows = [{"what": d.what, "source_line": d.source_line, "target_line": d.target_line} for d in self.differences]
        return {"version": 1, "ledger": self.ledger, "differences": rows}

    def lines(self) -> list[str]:
        """For people, one difference a line."""
        return [f"{d.source_line or '-'}:{d.target_line or '-'}: {d.what}" for d in self.differences]


def compare_documents(source: str, target: str, *, name: str) -> Comparison:
    """Counts what both documents hold and lists blocks that only one has and protected spans that differ.

    Raises:
        InputError: a notebook cannot be read.
    """
    documents = read_document(source, name), read_document(target, name)
    left, right = map(_blocks, documents)
    here, there = inventory(b for b, _ in left), inventory(b for b, _ in right)
    ledger = {n: {"in": here[n], "out": there[n]} for n in sorted({*here, *there})}
    beads = align_blocks([b for b, _ in left], [b for b, _ in right])
    pages = _page(source, name), _page(target, name)
    counts = links_of(pages[0]), links_of(pages[1])
    if counts[0]["in"] or counts[1]["in"]:
        ledger["links"] = {"in": counts[0]["out"], "out": counts[1]["out"]}
    found = [d for bead in beads for d in _differences(bead, left, right)]
    texts = documents[0].text, documents[1].text
    found += [d for bead in beads for d in _value_differences(bead, texts, left, right)]
    if is_notebook(name):
        found += _cell_differences(source, target, name)
    return Comparison(ledger, (*found, *_dead_links(*pages, right)))


def _page(text: str, name: str) -> Document:
    """The document whose headings and links belong together: a file, or all the text of a notebook."""
    from amts_action.documents.blocks.markdown import parse_markdown

    if not is_notebook(name):
        return parse_markdown(text)
    from amts_action.documents.notebooks.notebook import parse_notebook

    cells = parse_notebook(text, where=name).cells
    return parse_markdown("\n\n".join(cell.source for cell in cells if cell.kind == "markdown"))


def _dead_links(source: Document, target: Document, blocks: _Placed) -> Iterator[Difference]:
    """Links of the translation that lead nowhere, when those of the English lead somewhere at all."""
    here, there = Anchors(source), Anchors(target)
    rules = likely_rules(here, there)
    lost = [f for _, _, f in links_in(target.text) if not there.leads(f, rules)]
    dead_there = Counter(f for _, _, f in links_in(source.text) if not here.leads(f, rules))
    for fragment in lost:
        if dead_there[fragment]:
            dead_there[fragment] -= 1
            continue
        line = next((n for b, n in blocks if any(f == fragment for _, _, f in links_in(b.text))), 0)
        yield Difference(f"link leads nowhere: #{_cut(fragment)}", 0, line)


def _value_differences(bead: Bead, texts: tuple[str, str], left: _Placed, right: _Placed) -> Iterator[Difference]:
    """Protected spans that a caption, a title or the like has and its translation has not."""
    if len(bead.source) != 1 or len(bead.target) != 1:
        return
    (here, line), (there, own_line) = left[bead.source[0]], right[bead.target[0]]
    sides = (here, here.outer.of(texts[0])), (there, there.outer.of(texts[1]))
    for english, own in paired_values(bead, *sides):
        old, new = protected(english), protected(own)
        for (kind, raw), n in (old - new).items():
            yield Difference(f"{kind} missing in the translation{_times(n)}: {_cut(raw)}", line, own_line)
        for (kind, raw), n in (new - old).items():
            yield Difference(f"{kind} only in the translation{_times(n)}: {_cut(raw)}", line, own_line)


_Placed = list[tuple[Block, int]]


def _blocks(document: Document) -> _Placed:
    """Blocks with their line numbers; in a notebook the line counts within the joined sources of its cells."""
    # A separator takes two line ends, as an empty line between two cells would.
    first = -1 if document.cells else 1
    return [(b, document.text.count("\n", 0, b.outer.start) + first) for b in document.blocks]


def _cell_differences(source: str, target: str, name: str) -> Iterator[Difference]:
    """Tags and attachments that a cell has and its counterpart has not."""
    from amts_action.alignment.cells import align_cells
    from amts_action.documents.notebooks.notebook import parse_notebook

    english, own = parse_notebook(source, where=name), parse_notebook(target, where=name)
    here, there = _lines_of(english.cells), _lines_of(own.cells)

    def held(cell: Cell) -> Counter[tuple[str, str]]:
        tags = cell.metadata.get("tags")
        return Counter(
            [("tag", str(tag)) for tag in (tags if isinstance(tags, list) else ())]
            + [("attachment", attached) for attached in cell.attachments]
        )

    for bead in align_cells(english, own):
        if len(bead.source) != 1 or len(bead.target) != 1:
            continue
        i, j = bead.source[0], bead.target[0]
        left, right = held(english.cells[i]), held(own.cells[j])
        for kind, text in left - right:
            yield Difference(f"{kind} of a cell missing in the translation: {_cut(text)}", here[i], there[j])
        for kind, text in right - left:
            yield Difference(f"{kind} of a cell only in the translation: {_cut(text)}", here[i], there[j])


def _lines_of(cells: Sequence[Cell]) -> list[int]:
    """The line that each cell begins with, in the joined sources."""
    return list(accumulate((cell.source.count("\n") + 2 for cell in cells), initial=1))


def _differences(bead: Bead, left: _Placed, right: _Placed) -> Iterator[Difference]:
    source = [left[i] for i in bead.source]
    target = [right[j] for j in bead.target]
    if not target:
        yield Difference(f"{source[0][0].kind} without a counterpart: {_short(source[0][0])}", source[0][1], 0)
        return
    if not source:
        yield Difference(f"{target[0][0].kind} only in the translation: {_short(target[0][0])}", 0, target[0][1])
        return
    lines = source[0][1], target[0][1]
    here, there = _spans(source), _spans(target)
    for (kind, raw), n in (here - there).items():
        yield Difference(f"{kind} missing in the translation{_times(n)}: {_cut(raw)}", *lines)
    for (kind, raw), n in (there - here).items():
        yield Difference(f"{kind} only in the translation{_times(n)}: {_cut(raw)}", *lines)
    if source[0][0].kind == target[0][0].kind == "heading" and source[0][0].level != target[0][0].level:
        yield Difference(f"heading of level {source[0][0].level} has level {target[0][0].level}", *lines)


def _spans(blocks: _Placed) -> Counter[tuple[str, str]]:
    total: Counter[tuple[str, str]] = Counter()
    for block, _ in blocks:
        if block.is_prose:
            total.update(protected(block.text))
        elif block.kind in ("math", "label", "definition"):
            total[block.kind, "".join(block.text.split())] += 1
    return total


def _times(n: int) -> str:
    return f" ({n} times)" if n > 1 else ""


def _short(block: Block) -> str:
    return _cut(" ".join(block.text.split()))


def _cut(text: str) -> str:
    flat = "".join(c if c.isprintable() else " " for c in text)
    return flat if len(flat) <= 70 else flat[:69] + "…"
