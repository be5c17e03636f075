"""How the time of the block alignment grows with the length of a document.

    python benchmarks/growth.py [--longest BLOCKS]

Two cases: (a) a document and its pseudo translation, with formulas, programs and labels as in a book; (b) two
documents that have nothing to do with each other. Prints a table and the exponent of the fitted power law; the exit
code is 1 when an exponent reaches 2.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections.abc import Callable, Sequence
from time import process_time

from amts_action.alignment.blocks import align_blocks
from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.model import Block

SIZES = (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)
_WORDS = "the model learns a small step from each example while many data arrive in batches and its loss falls".split()


def document(count: int, seed: int) -> list[str]:
    """About `count` paragraphs, headings, programs, equations and list items of a made-up book."""
    draw = random.Random(seed)
    out = []
    for n in range(count):
        words = " ".join(draw.choices(_WORDS, k=draw.randint(5, 40)))
        kind = draw.random()
        if kind < 0.08:
            out.append(f"## {' '.join(words.split()[:4])}")
        elif kind < 0.16:
            out.append(f"```python\nvalue_{seed}_{n} = run({n}, {draw.randint(0, 99)})\nshow(value_{seed}_{n})\n```")
        elif kind < 0.22:
            out.append(f"$$y_{{{n}}} = f_{{{seed}}}(x) + {draw.randint(0, 999)}$$")
        elif kind < 0.35:
            out.append(f"* {words}")
        else:
            out.append(f"{words} with $x_{{{draw.randint(0, 50)}}}$.")
    return out


def translated(blocks: Sequence[str]) -> list[str]:
    """A pseudo translation: other words of other lengths, the same formulas and programs, a block left out at times."""
    draw = random.Random(1)
    out = []
    for text in blocks:
        if draw.random() < 0.02:
            continue
        if text[0] in "`$":
            out.append(text)
        else:
            words = [w if w[:1] in "#*$" else "字" * max(1, len(w) // 3) for w in text.split(" ")]
            out.append(" ".join(words[:2]) + "".join(words[2:-1]) + (" " + words[-1] if len(words) > 2 else ""))
    return out


def blocks_of(texts: Sequence[str]) -> tuple[Block, ...]:
    """The parsed blocks of a document given block by block."""
    return parse_markdown("\n\n".join(texts) + "\n").blocks


def seconds(base: Sequence[Block], target: Sequence[Block]) -> float:
    """Processor time of one alignment."""
    start = process_time()
    align_blocks(base, target)
    return process_time() - start


def exponent(points: Sequence[tuple[int, float]]) -> float:
    """Slope of the least-squares line through the logarithms of the upper half of the points, where growth shows."""
    upper = [(math.log(n), math.log(max(t, 1e-4))) for n, t in points[len(points) // 2 - 1 :]]
    mx, my = (sum(p[k] for p in upper) / len(upper) for k in (0, 1))
    return sum((x - mx) * (y - my) for x, y in upper) / sum((x - mx) ** 2 for x, _ in upper)


def measure(
    make: Callable[[int], tuple[Sequence[str], Sequence[str]]], sizes: Sequence[int]
) -> list[tuple[int, float]]:
    """Seconds by number of blocks."""
    found = []
    for size in sizes:
        left, right = make(size)
        found.append((size, seconds(blocks_of(left), blocks_of(right))))
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the table; see the module."""
    parser = argparse.ArgumentParser(description="Measures how alignment time grows with the length of a document.")
    parser.add_argument("--longest", type=int, default=SIZES[-1], metavar="BLOCKS")
    sizes = [n for n in SIZES if n <= parser.parse_args(argv).longest]
    cases: dict[str, Callable[[int], tuple[Sequence[str], Sequence[str]]]] = {
        "translation": lambda n: (document(n, 1), translated(document(n, 1))),
        "unrelated": lambda n: (document(n, 1), document(n, 2)),
    }
    worst = 0.0
    for name, make in cases.items():
        points = measure(make, sizes)
        grown = exponent(points)
        worst = max(worst, grown)
        sys.stdout.write(f"{name}: time ~ blocks^{grown:.2f}\n")
        sys.stdout.writelines(f"  {n:>7,} blocks  {t:8.2f} s\n" for n, t in points)
    return 0 if worst < 2 else 1


if __name__ == "__main__":
    raise SystemExit(main())
