"""How many of the exported pairs are wrong, judged by the gold articles, and what the export of a book costs.

    python benchmarks/parallel_data.py ../shared/data [--show] [--book TARGET_REPOSITORY]

A pair is wrong when its two sides lie in different gold beads. The gold articles are cut more coarsely in places than
sentences are; a pair inside one bead counts as right, so read the list (`--show`) as well. With `--book`, the whole
book of a repository with `_origin` files is exported, and the time and the memory of all processes are given.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from amts_action.memory.harvest import CandidatePair, Granularity, PageTexts, harvest
from amts_action.memory.readable import readable_pair
from amts_action.training.filters import Limits, reject

ARTICLES = (("approx-training", "zh"), ("linear-algebra-zh", "zh"), ("mt-dataset-tr", "tr"), ("qe-numpy-zh", "zh"))


def scorer_of(data: Path) -> ModuleType:
    """The scorer that lies beside the data."""
    spec = importlib.util.spec_from_file_location("score_pairs", data / ".." / "tools" / "score_pairs.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def wrong(scorer: ModuleType, folder: Path, article: str, pairs: Sequence[CandidatePair]) -> set[int]:
    """Indexes of the pairs whose sides lie in different beads."""
    gold = json.loads((folder / f"{article}.json").read_text("utf-8"))
    beads = json.loads((folder / f"{article}.beads.json").read_text("utf-8"))
    here = scorer.locate(gold["en"], [p.source for p in pairs])
    there = scorer.locate(gold["tgt"], [p.target for p in pairs])
    of = [{u: n for n, b in enumerate(beads) for u in b[side]} for side in ("en", "tgt")]
    optional = [{u["id"] for u in gold[side] if scorer.optional(u["text"])} for side in ("en", "tgt")]
    text = [{u["id"]: scorer.norm(u["text"]) for u in gold[side]} for side in ("en", "tgt")]
    known = {tuple("".join(t[u] for u in b[side]) for t, side in zip(text, ("en", "tgt"), strict=True)) for b in beads}
    out = set()
    for k, (a, b) in enumerate(zip(here, there, strict=True)):
        found = [{own.get(u) for u in units - skip} for own, units, skip in zip(of, (a, b), optional, strict=True)]
        same = (scorer.norm(pairs[k].source), scorer.norm(pairs[k].target)) in known  # short ones occur twice
        if found[0] != found[1] and all(found) and not same:
            out.add(k)
    return out


def gold(data: Path, granularity: Granularity, limits: Limits, *, show: bool) -> None:
    """Prints a row for each article and the share of accepted pairs that are wrong."""
    scorer, accepted, bad = scorer_of(data), 0, 0
    for article, lang in ARTICLES:
        source, target = ((data / "gold" / f"{article}.{x}.md").read_text("utf-8") for x in ("en", lang))
        pairs = next(iter(harvest([PageTexts(f"{article}.md", source, target, "en", lang)], granularity)))
        assert not isinstance(pairs, str)
        reasons = [reject(p, *readable_pair(p.source, p.target), lang, limits) for p in pairs]
        errors = wrong(scorer, data / "gold", article, pairs)
        kept = [k for k, reason in enumerate(reasons) if not reason]
        accepted, bad = accepted + len(kept), bad + len(errors.intersection(kept))
        print(
            f"{granularity:9}{article:20}{len(pairs):5} pairs, accepted {len(kept):4}, "
            f"wrong {len(errors.intersection(kept))} (of all {len(errors)}); {dict(Counter(filter(None, reasons)))}"
        )
        for k, (pair, reason) in enumerate(zip(pairs, reasons, strict=True)) if show else ():
            mark = "WRONG " if k in errors else ""
            if reason or mark:
                print(
                    f"    {mark}{reason or 'accepted'} {pair.confidence:.2f}",
                    pair.source,
                    "|",
                    pair.target,
                    sep="\n      ",
                )
    print(f"{granularity}: {bad} of {accepted} accepted pairs are wrong, {100 * bad / max(1, accepted):.2f} %")


def book(repository: Path) -> None:
    """Exports a book by sentences, cold, in a process of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "pairs.csv"
        words = [sys.executable, "-m", "amts_action.cli", "parallel-data", "build", str(repository), str(repository)]
        start = time.monotonic()
        subprocess.run([*words, "--target-lang", "zh", "--granularity", "sentence", "-o", str(out)], check=True)
        seconds = time.monotonic() - start
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(
            f"book: {seconds:.1f} s, {usage.ru_utime + usage.ru_stime:.1f} s of processor time, "
            f"largest process {usage.ru_maxrss // 1024} MB, {len(out.read_text('utf-8').splitlines()) - 1} records"
        )


def main(arguments: Sequence[str]) -> int:
    """Prints the figures; returns 0."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("data", type=Path, help="the folder with gold/ and repos/")
    parser.add_argument("--show", action="store_true", help="list rejected and wrong pairs")
    parser.add_argument("--confidence", type=float, help="least confidence, instead of the default")
    parser.add_argument("--book", type=Path, help="a clone of a repository with _origin files")
    options = parser.parse_args(arguments)
    for granularity in ("sentence", "block"):
        given = {} if options.confidence is None else {"least_confidence": options.confidence}
        gold(options.data, granularity, Limits(delimited=True, **given), show=options.show)
    if options.book:
        book(options.book)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
