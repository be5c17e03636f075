"""Time of a look-up in a translation memory of 200,000 pairs, and how much of an exhaustive search it finds.

The pairs are made of the sentences of d2l-en: halves of two sentences of the book joined, so that words are as frequent
as in a real book; without a folder, of words with the frequencies that Zipf's law gives. The texts that are looked up
are sentences of the memory with some words changed, added or left out, and strangers. One process, one core.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

from _repos import arguments, blobs, leave, open_data, table, tree

from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.sentences import sentences
from amts_action.markup.abstraction import abstract_key, parts_of
from amts_action.memory.lookup import look_up, similar
from amts_action.memory.pairs import DocumentPair, Provenance
from amts_action.memory.store import Memory

DOCUMENT = 200
"""Pairs of one document."""


def book_sentences(folder: Path) -> list[str]:
    """The distinct English sentences of d2l-en, of four words at least."""
    repo = open_data(folder).repo("d2l-en")
    pages = [oid for path, oid in tree(repo).items() if path.endswith(".md")]
    found: dict[str, None] = {}
    for data in blobs(repo, pages).values():
        for block in parse_markdown(data.decode("utf-8", "replace")).blocks:
            if block.is_prose:
                for span in sentences(block.text, "en", kind=block.kind):
                    found[" ".join(span.of(block.text).split())] = None
    return [text for text in found if text.count(" ") > 2]


def made_sentences(count: int, chance: random.Random) -> list[str]:
    """Sentences of made-up words."""
    letters = "etaoinshrdlucmfwygpbvk"
    words = ["".join(chance.choices(letters, k=chance.randint(2, 9))) for _ in range(20_000)]
    weights = list(accumulate(1 / (n + 3) for n in range(len(words))))
    return [
        " ".join(chance.choices(words, cum_weights=weights, k=chance.randint(4, 40))).capitalize() + "."
        for _ in range(count)
    ]


def recombined(texts: Sequence[str], count: int, chance: random.Random) -> list[str]:
    """The texts themselves, then first halves joined to second halves of others, up to `count`, all different."""
    out = dict.fromkeys(texts[:count])
    while len(out) < count:
        left, right = chance.choice(texts).split(), chance.choice(texts).split()
        out[" ".join((*left[: (len(left) + 1) // 2], *right[len(right) // 2 :]))] = None
    return list(out)


def changed(text: str, texts: Sequence[str], chance: random.Random) -> str:
    """A text with one to four words replaced, added or left out."""
    words = text.split()
    for _ in range(chance.randint(1, 4)):
        at, other = chance.randrange(len(words)), chance.choice(chance.choice(texts).split())
        match chance.randrange(3):
            case 0:
                words[at] = other
            case 1:
                words.insert(at, other)
            case _ if len(words) > 3:
                del words[at]
    return " ".join(words)


def fill(memory: Memory, texts: Sequence[str]) -> None:
    """Puts the texts into the memory, in documents; a translation is as long as a Chinese one would be."""
    with memory.writing():
        for at in range(0, len(texts), DOCUMENT):
            path = f"page{at // DOCUMENT}.md"
            place = Provenance("book", "en", "zh", "en", path, "", "", "zh", path, "")
            some = texts[at : at + DOCUMENT]
            memory.replace(place, "1", (DocumentPair(t, "译" * (len(t) // 3 + 1), n, 0) for n, t in enumerate(some)))


def own_megabytes() -> float:
    """Memory of this process that is not the cache of a file (Linux's RssAnon); 0 where that is not known."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon")), 0.0)


def recall(memory: Memory, texts: Sequence[str], keys: Sequence[str]) -> tuple[int, int]:
    """Of texts that have a match of 75 % by an exhaustive search: how many, and how many got a match as good."""
    from rapidfuzz import fuzz, process

    languages = memory.languages("en", "zh")
    there = found = 0
    for text in texts:
        key = abstract_key(parts_of(text))
        best = process.extractOne(key, keys, scorer=fuzz.ratio, score_cutoff=75)
        if best is not None:
            there += 1
            got = similar(memory, languages, key, least=75, limit=1)
            found += max(got.values(), default=0.0) >= best[1] - 1e-9
    return there, found


def main() -> None:
    options = arguments(
        __doc__ or "",
        ("--pairs", {"type": int, "default": 200_000, "help": "size of the memory"}),
        ("--queries", {"type": int, "default": 1000, "help": "texts to look up"}),
        ("--recall", {"type": int, "default": 100, "help": "texts to search exhaustively, too"}),
        ("--made", {"action": "store_true", "help": "made-up text; the folder is not read"}),
    )
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    chance = random.Random(7)
    texts = made_sentences(20_000, chance) if options.made else book_sentences(options.folder)
    stored = recombined(texts, options.pairs, chance)
    asked = [changed(chance.choice(stored), texts, chance) for _ in range(options.queries * 9 // 10)]
    asked += [
        f"{a.split('.')[0]} {b}" for a, b in zip(chance.sample(texts, 100), chance.sample(texts, 100), strict=True)
    ]
    chance.shuffle(asked)
    with tempfile.TemporaryDirectory(prefix="amts-bench-") as folder:
        path = Path(folder) / "memory.sqlite"
        start, processor = time.perf_counter(), time.process_time()
        with Memory.open(path, create=True) as memory:
            fill(memory, stored)
        built, built_processor = time.perf_counter() - start, time.process_time() - processor
        size = path.stat().st_size / 1e6
        with Memory.open(path) as memory:
            before = own_megabytes()
            wall, cpu = [], []
            for text in asked:
                start, processor = time.perf_counter(), time.process_time()
                look_up(memory, text, source_lang="en", target_lang="zh")
                wall.append(1000 * (time.perf_counter() - start))
                cpu.append(1000 * (time.process_time() - processor))
            grown = own_megabytes() - before
            keys = [abstract_key(parts_of(text)) for text in stored] if options.recall else []
            there, found = recall(memory, asked[: options.recall], keys)
    wall.sort()
    cpu.sort()
    at = {p: int(len(wall) * p / 100) for p in (50, 95, 99)}
    rows: list[tuple[str, object, str]] = [
        ("pairs", len(stored), ""),
        ("build, seconds wall", round(built, 1), ""),
        ("build, seconds processor", round(built_processor, 1), ""),
        ("file, MB", round(size, 1), ""),
        *((f"look-up, p{p}, ms wall", round(wall[n], 2), "") for p, n in at.items()),
        ("look-up, p50, ms processor", round(cpu[at[50]], 2), ""),
        ("look-up, p95, ms processor", round(cpu[at[95]], 2), "<= 10"),
        ("look-up, p99, ms processor", round(cpu[at[99]], 2), ""),
        ("memory grown by the look-ups (without the file's cache), MB", round(grown, 1), ""),
        ("texts with a match of 75 %, by exhaustive search", there, ""),
        ("of these with as good a match found", found, ""),
    ]
    leave(table(f"fuzzy look-up, {len(asked)} texts", rows))


if __name__ == "__main__":
    main()
