"""The cell test: hide the ids of both notebooks of a pair, align the cells, and compare with the ids.

At the newest commit all 21 pairs; with `--history` also every older version of a translation, with that English text of
its day or before that has most programs in common with it (nobody recorded which it was; translations lag behind).
A cell counts when its id stands once on both sides.
"""

from __future__ import annotations

import collections
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from _repos import TF_LANGUAGES, Data, arguments, blobs, leave, lineages, open_data, table, tree

from amts_action.alignment.cells import align_cells
from amts_action.documents.notebooks.notebook import Notebook, parse_notebook
from amts_action.errors import InputError


def pairs(data: Data, *, history: bool) -> Iterator[tuple[str, str, str]]:
    """Name, English text and translation."""
    repo = data.repo("tf-docs")
    files = tree(repo)
    lines = {line[-1].path: line for line in lineages(repo)}
    for path in sorted(files):
        lang = path.split("/")[1]
        source = lines.get(path.replace(f"site/{lang}/", "site/en-snapshot/"))
        if lang not in TF_LANGUAGES or not path.endswith(".ipynb") or not source:
            continue
        seen: set[tuple[str, str]] = set()
        for own in lines[path] if history else lines[path][-1:]:
            then = {v.oid: None for v in source if v.seconds <= own.seconds}
            if not then:
                continue
            texts = blobs(repo, [own.oid, *then])
            english = (
                max(reversed(then), key=lambda oid: likeness(texts[oid], texts[own.oid])) if history else [*then][-1]
            )
            if (english, own.oid) not in seen:
                seen.add((english, own.oid))
                yield f"{path}@{own.commit[:8]}", texts[english].decode(), texts[own.oid].decode()


@lru_cache(maxsize=2000)
def _programs(raw: bytes) -> frozenset[str]:
    """The code cells, without white space."""
    cells = json.loads(raw).get("cells", [])
    return frozenset("".join("".join(c["source"]).split()) for c in cells if c["cell_type"] == "code")


def likeness(here: bytes, there: bytes) -> float:
    """Share of the programs that two notebooks have in common."""
    left, right = _programs(here), _programs(there)
    return len(left & right) / max(1, len(left | right))


def hidden(notebook: Notebook) -> Notebook:
    """The notebook without the ids of its cells."""
    return replace(notebook, cells=tuple(replace(cell, id=None) for cell in notebook.cells))


def once(notebook: Notebook) -> dict[str, int]:
    """Id → cell, of ids that stand once."""
    counts = collections.Counter(cell.id for cell in notebook.cells)
    return {cell.id: i for i, cell in enumerate(notebook.cells) if cell.id and counts[cell.id] == 1}


def test(name: str, here: Notebook, there: Notebook, misses: list[str]) -> tuple[int, int]:
    """Cells asked for, and cells found."""
    bead = {i: bead.target for bead in align_cells(hidden(here), hidden(there)) for i in bead.source}
    ours, theirs = once(here), once(there)
    asked = found = 0
    for id_ in ours.keys() & theirs.keys():
        asked += 1
        if theirs[id_] in bead.get(ours[id_], ()):
            found += 1
            continue
        got = [there.cells[j].source[:60] for j in bead.get(ours[id_], ())]
        cell = here.cells[ours[id_]]
        true = there.cells[theirs[id_]].source[:60]
        misses.append(f"{name}: {cell.kind} {cell.source[:60]!r}\n    should be {true!r}\n    got {got}")
    return asked, found


def main() -> None:
    options = arguments(__doc__ or "", ("--history", {"action": "store_true", "help": "older versions, too"}))
    misses: list[str] = []
    counts: list[tuple[int, int]] = []
    start = time.perf_counter()
    refused = 0
    for name, english, own in pairs(open_data(options.folder), history=options.history):
        try:
            counts.append(test(name, parse_notebook(english, where=name), parse_notebook(own, where=name), misses))
        except InputError as error:
            refused += 1
            print(f"  refused: {error}")
    asked, found = sum(a for a, _ in counts), sum(f for _, f in counts)
    good = table(
        "cell test: tf-docs" + (", all history" if options.history else ""),
        [
            ("pairs", len(counts), ">= 21"),
            ("notebooks refused", refused, "= 0"),
            ("cells whose id both have", asked, ""),
            ("aligned to each other", found / max(1, asked), ">= 0.995"),
            ("seconds", round(time.perf_counter() - start, 2), ""),
        ],
    )
    print(*(f"  miss: {miss}" for miss in misses), sep="\n") if options.verbose and misses else None
    leave(good)


if __name__ == "__main__":
    main()
