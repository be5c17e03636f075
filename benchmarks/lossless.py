"""Parse → text is identical, over every version in history of every .md and .ipynb of the five books.

A document is its pieces: gaps and blocks. Besides the concatenation, the gaps are looked at: they may hold blank
lines, bullets, numbers and quote marks, and never a word. A notebook is checked as JSON text (no edit, and every cell
set to the source it has, give the same bytes), and each of its markdown cells as a document.
"""

from __future__ import annotations

import collections
import re
import time
from pathlib import Path

from _repos import BOOKS, all_blobs, arguments, blobs, leave, open_data, table

from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.notebooks.notebook import parse_notebook
from amts_action.documents.notebooks.notebook_edits import SetSource, apply

FORM = re.compile(r"(?:[-*+>\s|\ufeff]|\d{1,9}[.)])*")
"""What a gap may hold."""


def check_document(text: str, where: str, faults: collections.Counter[str], verbose: bool) -> None:
    """Counts what is wrong with the pieces of one document."""
    document = parse_markdown(text)
    pieces = document.pieces()
    if "".join(pieces) != text:
        faults["not identical"] += 1
        print("not identical:", where) if verbose else None
    for gap in pieces[::2]:
        if not FORM.fullmatch(gap):
            faults["text in a gap"] += 1
            print("text in a gap:", where, repr(gap[:80])) if verbose else None
    at = 0
    for block in document.blocks:
        if not at <= block.outer.start <= block.inner.start <= block.inner.end <= block.outer.end <= len(text):
            faults["spans out of order"] += 1
        at = block.outer.end


def check_notebook(text: str, where: str, faults: collections.Counter[str], verbose: bool) -> int:
    """The same for a notebook; returns its number of cells."""
    notebook = parse_notebook(text, where=where)
    same = [SetSource(i, cell.source) for i, cell in enumerate(notebook.cells)]
    for name, operations in (("notebook changed by no edit", []), ("notebook changed by equal sources", same)):
        if apply(notebook, operations) != text:
            faults[name] += 1
            print(name, where) if verbose else None
    for cell in notebook.cells:
        if cell.kind == "markdown":
            check_document(cell.source, where, faults, verbose)
    return len(notebook.cells)


def main() -> None:
    options = arguments(__doc__ or "")
    data = open_data(options.folder)
    faults: collections.Counter[str] = collections.Counter()
    documents = notebooks = cells = characters = refused = 0
    spent = 0.0
    for name in BOOKS:
        repo = data.repo(name)
        paths = all_blobs(repo, (".md", ".ipynb"))
        for oid, raw in blobs(repo, paths).items():
            where = f"{name}:{paths[oid]}@{oid[:8]}"
            try:
                text = raw.decode()
            except UnicodeDecodeError:
                refused += 1
                continue
            characters += len(text)
            start = time.perf_counter()
            if Path(paths[oid]).suffix == ".ipynb":
                cells += check_notebook(text, where, faults, options.verbose)
                notebooks += 1
            else:
                check_document(text, where, faults, options.verbose)
                documents += 1
            spent += time.perf_counter() - start
    rows: list[tuple[str, object, str]] = [
        ("markdown documents", documents, ">= 1000"),
        ("notebooks", notebooks, ">= 50"),
        ("cells", cells, ""),
        ("characters", characters, ""),
        ("seconds", round(spent, 1), ""),
        ("not UTF-8 (refused by name)", refused, ""),
        ("not identical", faults["not identical"], "= 0"),
        ("gaps that hold more than blanks and marks", faults["text in a gap"], "= 0"),
        ("spans out of order", faults["spans out of order"], "= 0"),
        ("notebooks changed by no edit", faults["notebook changed by no edit"], "= 0"),
        ("notebooks changed by equal sources", faults["notebook changed by equal sources"], "= 0"),
    ]
    leave(table("parse → text", rows))


if __name__ == "__main__":
    main()
