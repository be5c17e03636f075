"""Captions and alt texts of qe-zh, their English edited: translated in place, never twice, never English.

One caption a merge, edited in one of five ways. Judged with regular expressions.
  doubled    the option stands twice in its block
  english    the new English stands in the translation outside of machine text
  left       the old localised caption stands beside the new one
  delivered  the machine's translation of the new English stands where the caption was
  other      a line elsewhere on the page changed
"""

from __future__ import annotations

import collections
import itertools
import re

from _pairs import Pairs
from _pseudo import merge
from _repos import arguments, leave, open_data, table

CAPTION = re.compile(
    r"^(?P<before>[ \t]*(?::(?:caption|alt|title):|(?:caption|alt|title):)[ \t]*)(?P<value>\S[^\n]*?)[ \t]*$", re.M
)
EDITS = ("tail", "head", "word", "number", "all")


def edited(value: str, how: str) -> str:
    """The caption, changed in one way; quotes stay around it."""
    quote = value[:1] if value[:1] in "\"'" and value[-1:] == value[:1] else ""
    inner = value[1:-1] if quote else value
    words = inner.split()
    if how == "tail":
        inner += " over time"
    elif how == "head":
        inner = "Estimated " + inner
    elif how == "word":
        words[len(words) // 2] = "quarterly"
        inner = " ".join(words)
    elif how == "number":
        inner += " in 1987 and 1991"
    else:
        inner = "Another picture of firms and households"
    return quote + inner + quote


def bare(value: str) -> str:
    """A value without quotes."""
    return value.strip().strip("\"'")


def main() -> None:
    options = arguments(__doc__ or "")
    counts: collections.Counter[str] = collections.Counter()
    for pair in Pairs(open_data(options.folder)).quantecon:
        for m, how in itertools.product(CAPTION.finditer(pair.base), EDITS):
            new = edited(m["value"], how)
            head = pair.base[: m.start("value")] + new + pair.base[m.end("value") :]
            result, _ = merge(pair.base, head, pair.target, name=pair.path, lang="zh-cn")
            counts["captions"] += 1
            before, after = pair.target.split("\n"), result.text.split("\n")
            gone = list((collections.Counter(before) - collections.Counter(after)).elements())
            come = list((collections.Counter(after) - collections.Counter(before)).elements())
            plain = re.sub("⟦[^⟧]*⟧", "", "\n".join(come))
            faults = {
                "doubled": len(come) > len(gone),
                "english": bare(new) in plain,
                "other": len(come) > 1 or len(gone) > 1,
                "delivered": len(come) == 1 and f"⟦{bare(new)}⟧" in come[0].replace("\\", ""),
            }
            counts.update(name for name, found in faults.items() if found)
            if options.verbose and (not faults["delivered"] or any(faults[k] for k in ("doubled", "english", "other"))):
                print(
                    f"{pair.path}: {how}: {new[:70]!r}\n  - {gone}\n  + {come}",
                    [f.text for e in result.entries for f in e.flags],
                )
    share = counts["delivered"] / max(1, counts["captions"])
    rows: list[tuple[str, object, str]] = [("captions", counts["captions"], ">= 35")]
    rows += [(name, counts[name], "= 0") for name in ("doubled", "english", "other")]
    leave(table("captions edited", [*rows, ("delivered", share, "= 1")]))


if __name__ == "__main__":
    main()
