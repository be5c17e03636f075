"""The engine `local` on real blocks of the books: what is accepted, how fast, in how much memory, and what marks cost.

    amts pairs EN ZH --granularity block --target-lang zh -o pairs.csv
    python benchmarks/local.py pairs.csv --model ../shared/data/models/translate-en_zh-0_1.argosmodel

Quality is BLEU (`zh`) of blocks of people's pairs, as they are and with their marks taken out on both sides.
"""

from __future__ import annotations

import argparse
import csv
import re
import resource
import sys
import time
from pathlib import Path

from amts_action.documents.inline import protected, tokens
from amts_action.engines.model import EngineSettings, Segment
from amts_action.engines.registry import create_engine
from amts_action.markup.wire import encode


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", "".join(t.raw for t in tokens(text) if t.type == "text")).strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path, help="pairs of blocks, as `amts pairs` writes them")
    parser.add_argument("--model", type=Path, default=None)
    parser.add_argument("--command", default="", help="measure this engine command instead")
    parser.add_argument("--lang", default="zh")
    parser.add_argument("--most", type=int, default=1000)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    with options.pairs.open(encoding="utf-8", newline="") as file:
        pairs = [(a, b) for a, b in list(csv.reader(file))[1:] if a != b and encode(a).has_letters][: options.most]
    settings = EngineSettings(model_dir=options.model, command=options.command)
    name = "command" if options.command else "local"
    start = time.perf_counter()
    engine = create_engine(name, settings)
    engine.translate([Segment("0", "A first sentence.")], source_lang="en", target_lang=options.lang)
    loaded = time.perf_counter() - start
    start = time.perf_counter()
    segments = [Segment(str(n), a) for n, (a, _) in enumerate(pairs)]
    done = engine.translate(segments, source_lang="en", target_lang=options.lang)
    seconds = time.perf_counter() - start
    lost = 0
    for (a, _), t in zip(pairs, done, strict=True):
        if t.text is not None:
            lost += bool(protected(a) - protected(t.text))
        elif options.verbose:
            print(t.flags, a[:200])
    share = sum(t.text is not None for t in done) / len(done)
    marked = [n for n, (a, _) in enumerate(pairs) if any(piece.id for piece in encode(a).pieces)]
    of_marked = sum(done[n].text is not None for n in marked) / max(1, len(marked))
    print(f"start {loaded:.2f} s; {len(pairs)} blocks in {seconds:.1f} s")
    print(f"accepted {share:.4f} (>= 0.98), of {len(marked)} with marks {of_marked:.4f}; damaged {lost} (demanded 0)")
    print(f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB (demanded 400)")
    print({k: v for k, v in sorted(getattr(engine, "counts", {}).items()) if not k.startswith("repaired")})
    import sacrebleu

    chosen = [n for n in marked if done[n].text]
    bare = engine.translate(
        [Segment(str(n), plain(pairs[n][0])) for n in chosen], source_lang="en", target_lang=options.lang
    )
    refs = [plain(pairs[n][1]) for n in chosen]
    kind = {"zh": "zh"}.get(options.lang, "13a")
    for label, texts in (
        ("with marks", [plain(done[n].text or "") for n in chosen]),
        ("without", [t.text or "" for t in bare]),
    ):
        print(f"BLEU {label}: {sacrebleu.corpus_bleu(texts, [refs], tokenize=kind).score:.1f}")
    sentences = [a for a, _ in pairs if not any(piece.id for piece in encode(a).pieces)]
    if name == "local" and len(sentences) > 50:
        start = time.perf_counter()
        engine.translate(
            [Segment(str(n), a) for n, a in enumerate(sentences)], source_lang="en", target_lang=options.lang
        )
        print(f"{len(sentences) / (time.perf_counter() - start):.0f} texts a second (demanded 100)")
    sys.exit(share < 0.98 or lost > 0)


if __name__ == "__main__":
    main()
