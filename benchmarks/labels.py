"""The label test: hide every label in both documents of a pair, align the blocks, and see who carried the same label.

A label belongs to the block that holds it, or, on a line of its own, to the block above it. Label lines are taken out
of both documents and labels inside blocks are blanked, so nothing of them helps the aligner. Only labels that both
documents have once are asked for.
"""

from __future__ import annotations

import collections
import re
import time
from collections.abc import Sequence
from dataclasses import replace

from _pairs import Pair, Pairs
from _repos import arguments, leave, open_data, table

from amts_action.alignment.blocks import align_blocks
from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.model import Block

LABEL = re.compile(r":(?:eq)?label:`([^`]+)`|^\(([\w:-]+)\)=\s*$|^:(?:label|name): *(\S+)\s*$", re.M)


def masked(text: str) -> tuple[list[Block], dict[str, int]]:
    """The blocks without labels, and which of them carried each label that occurs once."""
    blocks: list[Block] = []
    owner: dict[str, int] = {}
    seen: collections.Counter[str] = collections.Counter()
    for block in parse_markdown(text).blocks:
        if block.kind == "code":
            blocks.append(block)
            continue
        names = [next(filter(None, m)) for m in LABEL.findall(block.text)]
        seen.update(names)
        alone = block.kind == "label"
        above = block.text.lstrip().startswith("(")  # MyST names what follows
        for name in names:
            owner[name] = len(blocks) if above or not alone else len(blocks) - 1
        if not alone:
            blocks.append(replace(block, text=LABEL.sub("", block.text)))
    return blocks, {name: at for name, at in owner.items() if seen[name] == 1 and 0 <= at < len(blocks)}


def short(blocks: Sequence[Block], at: int) -> str:
    """A block on one line."""
    return f"{blocks[at].kind} {' '.join(blocks[at].text.split())[:70]!r}"


def test(pair: Pair, misses: list[str]) -> tuple[int, int]:
    """Labels asked for, and labels found."""
    (here, ours), (there, theirs) = masked(pair.base), masked(pair.target)
    bead = {i: bead.target for bead in align_blocks(here, there) for i in bead.source}
    asked = found = 0
    for name, at in ours.items():
        if name not in theirs:
            continue
        asked += 1
        if theirs[name] in bead.get(at, ()):
            found += 1
        else:
            got = "; ".join(short(there, j) for j in bead.get(at, ())) or "nothing"
            misses.append(
                f"{pair.path}: {name}: {short(here, at)}\n    should be {short(there, theirs[name])}\n    got {got}"
            )
    return asked, found


def main() -> None:
    options = arguments(__doc__ or "")
    pairs = Pairs(open_data(options.folder))
    good = True
    for book, found, least in (("d2l", pairs.d2l, ">= 0.997"), ("qe", pairs.quantecon, ">= 0.997")):
        misses: list[str] = []
        start = time.perf_counter()
        counts = [test(pair, misses) for pair in found]
        asked, right = sum(a for a, _ in counts), sum(f for _, f in counts)
        good &= table(
            f"label test: {book}",
            [
                ("pairs", len(found), ""),
                ("labels that both have", asked, ""),
                ("aligned to each other", right / max(1, asked), least),
                ("seconds", round(time.perf_counter() - start, 2), ""),
            ],
        )
        print(*(f"  miss: {miss}" for miss in misses), sep="\n") if misses else None
    leave(good)


if __name__ == "__main__":
    main()
