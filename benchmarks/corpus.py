"""What a general corpus costs: wall time with one and two processes, and memory for N and 4 N documents.

    python benchmarks/corpus.py SOURCE_DIR TARGET_DIR --target-lang LANG [--documents N] [--sentences M]

The two folders (for example example/corpus/en and example/corpus/es, or any two that `amts corpus` takes) give real
sentence pairs. From these, pages of M sentences are made by lot, each sentence with a number of its own, so that hardly
any is like another. Each run is a process of its own; its memory is the largest one of it and its workers. Run it on a
machine that does nothing else.
"""

from __future__ import annotations

import argparse
import csv
import html
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

FASTER, FLAT = 1.7, 1.15
"""Demanded: times as fast with two workers; times the memory with four times the documents."""


def amts(words: Sequence[str]) -> tuple[float, float]:
    """Wall seconds and MB of the largest process of one run."""
    start = time.monotonic()
    child = subprocess.Popen([sys.executable, "-m", "amts_action.cli", *words], stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"amts {' '.join(words)}: exit code {child.returncode}")
    return time.monotonic() - start, usage.ru_maxrss / 1024


def pairs(source: Path, target: Path, lang: str, scratch: Path) -> list[tuple[str, str]]:
    """The sentence pairs of two folders."""
    output = scratch / "pairs.csv"
    amts(["corpus", "build", str(source), str(target), "--target-lang", lang, "-o", str(output)])
    with output.open(encoding="utf-8", newline="") as file:
        return [(a, b) for a, b in csv.reader(file)][1:]


def make(folder: Path, found: Sequence[tuple[str, str]], lang: str, documents: int, sentences: int) -> list[str]:
    """`documents` pages in two folders; gives the folders."""
    chance = random.Random(1)
    sides = [folder / "en", folder / lang]
    for k in range(documents):
        chosen = [(chance.choice(found), chance.randrange(10**6)) for _ in range(sentences)]
        for n, side in enumerate(sides):
            place = side / f"{k // 1000:03}"
            place.mkdir(parents=True, exist_ok=True)
            texts = [f"{pair[n]} ({number})" for pair, number in chosen]
            body = "\n".join(f"<p>{html.escape(' '.join(texts[i : i + 4]))}</p>" for i in range(0, sentences, 4))
            page = f'<html lang="{side.name}"><title>{k}</title><main><h1>{k}</h1>\n{body}\n</main></html>\n'
            (place / f"{k}.html").write_text(page, encoding="utf-8")
    return [str(side) for side in sides]


def main(arguments: Sequence[str]) -> int:
    """Prints the table; 1 when a figure is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--target-lang", required=True)
    parser.add_argument("--documents", type=int, default=400)
    parser.add_argument("--sentences", type=int, default=40)
    options = parser.parse_args(arguments)
    lang, count = options.target_lang, options.documents
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        found = pairs(options.source, options.target, lang, scratch)
        results = {}
        print(f"{len(found)} sentence pairs, pages of {options.sentences}; load {os.getloadavg()[0]:.1f}")
        print("documents  workers  seconds  documents/s  largest process, MB")
        for documents, workers in ((count, 1), (count, 2), (4 * count, 2)):
            folders = make(scratch / str(documents), found, lang, documents, options.sentences)
            output = scratch / f"{documents}-{workers}.tsv"
            words = ["corpus", "build", *folders, "--target-lang", lang, "-o", str(output), "--workers", str(workers)]
            seconds, megabytes = results[documents, workers] = amts(words)
            print(f"{documents:9}{workers:9}{seconds:9.1f}{documents / seconds:13.1f}{megabytes:9.0f}", flush=True)
        same = (scratch / f"{count}-1.tsv").read_bytes() == (scratch / f"{count}-2.tsv").read_bytes()
    faster = results[count, 1][0] / results[count, 2][0]
    growth = results[4 * count, 2][1] / results[count, 2][1]
    print(f"two workers: {faster:.2f} times as fast (demanded: {FASTER}), the same file: {same}")
    print(f"four times the documents: {growth:.2f} times the memory (demanded: at most {FLAT})")
    return 0 if faster >= FASTER and growth <= FLAT and same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
