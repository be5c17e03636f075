"""How long odd input takes, and how that grows: near-identical paragraphs, one endless paragraph, a notebook of cells.

    python benchmarks/extremes.py [--most SECONDS]

Each case is merged at three sizes, each twice the one before; the exponent is that of the last doubling. A growth of
n log² n has an exponent of about 1.2 there. Times are of one processor, so run it on a calm machine.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable
from time import process_time

from _pseudo import merge
from _repos import leave, table

Texts = tuple[str, str, str]
"""Base, head and translation."""
SIZES = 3


def near_identical(count: int) -> Texts:
    """Paragraphs that differ in a number."""
    base = "\n\n".join(f"The bees of hive {n} fly home at dusk." for n in range(count))
    own = "\n\n".join(f"Die Bienen der Beute {n} fliegen abends heim." for n in range(count))
    return base, base.replace("dusk", "night", 3), own


def identical(count: int) -> Texts:
    """Paragraphs that say the same, and one more at the start."""
    base = "\n\n".join(["The bees fly home at dusk."] * count)
    return base, "New.\n\n" + base.replace("dusk", "night", 3), "\n\n".join(["Die Bienen fliegen heim."] * count)


def one_paragraph(length: int) -> Texts:
    """One paragraph of so many characters."""
    english, own = "Bee {} flies home, and it brings `{}` drops. ", "Biene {} fliegt heim und bringt `{}` Tropfen. "
    count = length // len(english)
    base = "# A\n\n" + "".join(english.format(n, n) for n in range(count))
    return base, base.replace("flies", "comes", 2), "# A\n\n" + "".join(own.format(n, n) for n in range(count))


def every_other(count: int) -> Texts:
    """One paragraph of so many sentences, of which every other one changes."""
    english, own = "Bee {0} flies home, and it brings `{0}` drops.", "Biene {0} fliegt heim und bringt `{0}` Tropfen."
    other = "No wasp of number {0} ever carried anything like `{0}`."
    base, new, target = ([side.format(n) for n in range(count)] for side in (english, other, own))
    new[1::2] = base[1::2]
    return "# A\n\n" + " ".join(base), "# A\n\n" + " ".join(new), "# A\n\n" + " ".join(target)


def tildes(length: int) -> Texts:
    """A line of `~` that opens no fence but in the translation."""
    line = "~" * length
    return f"# A\n\nx {line} y\n\nEnd.", f"# A\n\nxx {line} y\n\nThe end.", f"# A\n\n{line}\n\nEnde."


def notebook(count: int) -> Texts:
    """Cells of text and programs in turn, with ids that count them; one is inserted."""
    sides = {"english": ("The bees of hive", "open it"), "own": ("Die Bienen der Beute", "öffnen")}

    def written(text: str, comment: str, *, is_head: bool = False) -> str:
        made: list[tuple[str, str]] = []
        for n in range(count // 2):
            made += [("markdown", f"## {n}\n\n{text} `{n}`."), ("code", f"hive.open({n}, lid=True)  # {comment}")]
        if is_head:
            made.insert(count // 3, ("markdown", "New text comes in."))
        cells = [
            {"cell_type": kind, "id": str(n), "metadata": {}, "source": source}
            | ({"execution_count": None, "outputs": []} if kind == "code" else {})
            for n, (kind, source) in enumerate(made)
        ]
        return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)

    return written(*sides["english"]), written(*sides["english"], is_head=True), written(*sides["own"])


CASES: dict[str, tuple[Callable[[int], Texts], int, str]] = {
    "near-identical paragraphs": (near_identical, 2000, "page.md"),
    "identical paragraphs": (identical, 2000, "page.md"),
    "characters in one paragraph": (one_paragraph, 200_000, "page.md"),
    "sentences in a paragraph, every other changed": (every_other, 1000, "page.md"),
    "characters in a line of ~": (tildes, 200_000, "page.md"),
    "cells in a notebook": (notebook, 1000, "page.ipynb"),
}


def seconds(texts: Texts, name: str) -> float:
    """Processor time of one merge."""
    start = process_time()
    merge(*texts, name=name, lang="de")
    return process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--most", type=float, default=3.0, help="seconds at the largest size")
    options = parser.parse_args()
    seconds(near_identical(10), "page.md")  # what is imported and compiled once
    rows: list[tuple[str, object, str]] = []
    for name, (make, largest, file) in CASES.items():
        times = [seconds(make(largest >> n), file) for n in reversed(range(SIZES))]
        rows.append((f"{largest:,} {name}: seconds", round(times[-1], 2), f"<= {options.most}"))
        rows.append(("    exponent of the last doubling", round(math.log2(times[-1] / times[-2]), 2), "<= 1.3"))
    leave(table("extremes", rows))


if __name__ == "__main__":
    main()
