"""No change, no change; and a second run changes nothing.

For every page of the three translations at their newest commit: merge(base, base, target) is the target and nothing is
sent; merge(base, head, target) to the newest English, then merge(head, head, output) is the output and nothing is sent.
Where the first merge was not delivered whole, the second starts from what the translation now stands for as well.
"""

from __future__ import annotations

import collections
import time

from _pairs import Pair, Pairs
from _pseudo import merge, sent
from _repos import arguments, leave, open_data, table


def faults_of(pair: Pair) -> list[str]:
    """What went wrong with one pair."""
    out = []
    same, _ = merge(pair.base, pair.base, pair.target, name=pair.path, lang=pair.lang)
    if same.text != pair.target:
        out.append("base == head changed the target")
    if sent(same):
        out.append("base == head sent characters")
    done, _ = merge(pair.base, pair.head, pair.target, name=pair.path, lang=pair.lang)
    again, _ = merge(pair.head, pair.head, done.text, name=pair.path, lang=pair.lang)
    if again.text != done.text:
        out.append("a second run changed the output")
    if sent(again):
        out.append("a second run sent characters")
    if done.status == "failed":
        out.append("the merge to the newest failed")
    return out


def main() -> None:
    options = arguments(__doc__ or "")
    pairs = Pairs(open_data(options.folder))
    counts: collections.Counter[tuple[str, str]] = collections.Counter()
    start = time.perf_counter()
    for pair in pairs.all:
        counts[pair.book, "pairs"] += 1
        counts[pair.book, "newer"] += bool(pair.later)
        for fault in faults_of(pair):
            counts[pair.book, "faults"] += 1
            print(pair.book, pair.lang, pair.path, fault, flush=True) if options.verbose else None
    rows: list[tuple[str, object, str]] = []
    for book, least in (("d2l", 25), ("tf", 21), ("qe", 10)):
        rows += [
            (f"{book}: pairs", counts[book, "pairs"], f">= {least}"),
            (f"{book}: of them with newer English", counts[book, "newer"], ""),
            (f"{book}: faults", counts[book, "faults"], "= 0"),
        ]
    rows.append(("seconds", round(time.perf_counter() - start, 1), ""))
    leave(table("no change, no change", rows))


if __name__ == "__main__":
    main()
