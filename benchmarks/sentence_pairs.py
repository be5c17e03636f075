"""Sentence pairs of the gold articles, scored by the scorer that lies beside the data.

    python benchmarks/sentence_pairs.py ../shared/data [--out DIR]

For each article four figures: `alone`, the scorer's F1 of our pairs with words learnt from these two documents only, as
`amts pairs` makes them; `strict`, the same with words learnt, without the gold beads, from the book that the article
belongs to; `best`, what a perfect alignment of our sentences would get (below 1 where the gold articles are cut more
coarsely than they should be: within a paragraph they do not end an English sentence at `.**]`, nor one before a capital
letter outside ASCII); and `cut`, our pairs after neighbours that lie in one gold unit are joined, which measures the
alignment alone. `sure` pairs have a confidence of 0.9 at least, `wrong` ones of them are not in the gold.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

from amts_action.alignment.beads import Bead
from amts_action.alignment.blocks import align_blocks
from amts_action.alignment.lexicon import Lexicon, learn_lexicon
from amts_action.alignment.sentences import SentenceUnit, align_sentences, first_pairs, sentence_units
from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.sentences import sentences

Row = tuple[str, str, float]
ARTICLES = (
    ("approx-training", "zh", "d2l"),
    ("linear-algebra-zh", "zh", "d2l"),
    ("mt-dataset-tr", "tr", ""),
    ("qe-numpy-zh", "zh", "qe"),
)


def aligned(
    source: str, target: str, lang: str, lexicon: Lexicon | None
) -> tuple[list[SentenceUnit], list[SentenceUnit], list[Bead]]:
    """Units of both texts and their beads, through the public functions."""
    left, right = parse_markdown(source), parse_markdown(target)
    groups = [(bead.source, bead.target) for bead in align_blocks(left.blocks, right.blocks)]
    units = sentence_units(left, "en"), sentence_units(right, lang)
    return *units, align_sentences(*units, groups=groups, lexicon=lexicon)


def rows_of(source: Sequence[SentenceUnit], target: Sequence[SentenceUnit], beads: Sequence[Bead]) -> list[Row]:
    """(source, target, confidence) of every bead with two sides."""

    def one_line(units: Sequence[SentenceUnit], indexes: Sequence[int]) -> str:
        return " ".join(" ".join(units[k].text.split()) for k in indexes)

    return [
        (one_line(source, b.source), one_line(target, b.target), b.confidence) for b in beads if b.source and b.target
    ]


def book(data: Path, name: str, scratch: Path) -> list[tuple[str, str]]:
    """Texts of the documents of a book and their translations."""

    def clone(bundle: str) -> Path:
        where = scratch / bundle
        if not where.exists():
            subprocess.run(
                ["git", "clone", "-q", str((data / "repos" / f"{bundle}.bundle").resolve()), str(where)], check=True
            )
        return where

    if name == "d2l":
        found = [(p, p.with_name(p.name.replace("_origin", ""))) for p in clone("d2l-zh").rglob("*_origin.md")]
    else:
        english, chinese = clone("qe-en"), clone("qe-zh")
        found = [(p, chinese / p.relative_to(english)) for p in english.rglob("*.md") if p.name != "README.md"]
    return [(a.read_text("utf-8"), b.read_text("utf-8")) for a, b in sorted(found) if b.exists()]


def learnt(texts: Sequence[tuple[str, str]], lang: str) -> tuple[Lexicon, float]:
    """The lexicon of a book from one pass, and the seconds of two passes over it."""
    start = time.process_time()
    pairs: list[tuple[str, str]] = []
    for source, target in texts:
        left, right = parse_markdown(source), parse_markdown(target)
        groups = [(bead.source, bead.target) for bead in align_blocks(left.blocks, right.blocks)]
        pairs += first_pairs(sentence_units(left, "en"), sentence_units(right, lang), groups)
    lexicon = learn_lexicon(pairs)
    for source, target in texts:
        aligned(source, target, lang, lexicon)
    return lexicon, time.process_time() - start


def perfect(gold: dict[str, list[dict[str, object]]], beads: Sequence[dict[str, object]], lang: str) -> Iterator[Row]:
    """The gold beads in our sentences: in parallel where both sides have the same number of them."""
    text = {side: {u["id"]: str(u["text"]) for u in gold[side]} for side in ("en", "tgt")}
    for bead in beads:
        if bead["type"] in ("match", "partial"):
            here, there = (
                [s.of(t) for k in bead[side] for t in [text[side][k]] for s in sentences(t, code)]  # type: ignore[attr-defined]
                for side, code in (("en", "en"), ("tgt", lang))
            )
            if len(here) == len(there):
                yield from ((a, b, 1.0) for a, b in zip(here, there, strict=True))
            else:
                yield " ".join(here), " ".join(there), 1.0


def joined(scorer: ModuleType, gold: dict[str, list[dict[str, object]]], rows: Sequence[Row]) -> list[Row]:
    """The rows after neighbours that share a gold unit are joined."""
    here = scorer.locate(gold["en"], [r[0] for r in rows])
    there = scorer.locate(gold["tgt"], [r[1] for r in rows])
    out: list[Row] = []
    last: tuple[set[int], set[int]] = (set(), set())
    for row, a, b in zip(rows, here, there, strict=True):
        if a & last[0] or b & last[1]:
            out[-1] = (f"{out[-1][0]} {row[0]}", f"{out[-1][1]} {row[1]}", min(out[-1][2], row[2]))
            last = (last[0] | a, last[1] | b)
        else:
            out.append(row)
            last = (a, b)
    return out


def main(arguments: Sequence[str]) -> int:
    """Prints the table; returns 0."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("data", type=Path, help="the folder with gold/ and repos/")
    parser.add_argument("--out", type=Path, help="folder for the pairs as CSV")
    parser.add_argument("--show", type=int, default=0, help="wrong pairs to show for each article")
    options = parser.parse_args(arguments)
    spec = importlib.util.spec_from_file_location("score_pairs", options.data / ".." / "tools" / "score_pairs.py")
    assert spec and spec.loader
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    lexicons: dict[str, Lexicon | None] = {"": None}
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("d2l", "qe"):
            texts = book(options.data, name, Path(scratch))
            lexicons[name], seconds = learnt(texts, "zh")
            print(f"{name}: {len(texts)} documents, two passes {seconds:.1f} s of processor time")
    print(f"{'article':20}{'alone':>8}{'strict':>8}{'best':>8}{'cut':>8}{'pairs':>7}{'sure':>6}{'wrong':>6}{'s':>7}")
    totals = [0.0, 0.0, 0.0, 0.0]
    for article, lang, name in ARTICLES:
        figures = run(scorer, options, article, lang, lexicons[name])
        totals = [a + b for a, b in zip(totals, figures, strict=True)]
    print(f"{'mean':20}" + "".join(f"{t / len(ARTICLES):8.4f}" for t in totals))
    return 0


def run(
    scorer: ModuleType, options: argparse.Namespace, article: str, lang: str, lexicon: Lexicon | None
) -> tuple[float, float, float, float]:
    """Aligns and scores one article and prints its row."""
    folder = options.data / "gold"
    gold = json.loads((folder / f"{article}.json").read_text("utf-8"))
    beads = json.loads((folder / f"{article}.beads.json").read_text("utf-8"))
    source, target = ((folder / f"{article}.{x}.md").read_text("utf-8") for x in ("en", lang))
    start = time.process_time()
    rows = rows_of(*aligned(source, target, lang, lexicon))
    seconds = time.process_time() - start
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        with (options.out / f"{article}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("en", lang), *(r[:2] for r in rows)])
    by_itself = rows_of(*aligned(source, target, lang, None))
    alone, strict = (scorer.score(article, [r[:2] for r in found])[0]["strict_f1"] for found in (by_itself, rows))
    best = scorer.score(article, [r[:2] for r in perfect(gold, beads, lang)])[0]["strict_f1"]
    coarse = joined(scorer, gold, rows)
    cut, wrong = scorer.score(article, [r[:2] for r in coarse])
    sure = [r for r in coarse if r[2] >= 0.9]
    bad = len(scorer.score(article, [r[:2] for r in sure])[1])
    figures = alone, strict, best, cut["strict_f1"]
    shown = "".join(f"{figure:8.4f}" for figure in figures)
    print(f"{article:20}{shown}{len(rows):7}{len(sure):6}{bad:6}{seconds:7.2f}")
    for pair in wrong[: options.show]:
        print("   ", *pair)
    return figures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
