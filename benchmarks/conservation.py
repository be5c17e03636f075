"""People's sentences whose English stays: gone from the page, or there once more than before.

Every page of d2l-zh, tf-docs (three languages, today's translations and those of the middle of their history) and qe-zh
is merged with the next version of its English and with the newest. Which sentence translates which is told by the
project's own pairs; all else is counted in texts without blanks and marks, without the measured program's parser.
  lost      the English stands as often as before, and the translation is gone
  doubled   the English stands as often as before, and the translation more often
"""

from __future__ import annotations

import collections
import json
import re
import traceback
from dataclasses import dataclass

from _pairs import Pair, Pairs
from _pseudo import merge
from _repos import arguments, leave, open_data, table

from amts_action import MergeOptions, pairs

LEAST_ENGLISH, LEAST_OWN = 20, 8
"""Characters from which a sentence is its own: as in the tool that others judge with."""


def flat(text: str) -> str:
    """A text without blanks, marks of emphasis and brackets."""
    return re.sub(r"[\s*_\[\]()~]+", "", text)


def prose(text: str, name: str) -> str:
    """The text of a page; of a notebook that of its markdown cells."""
    if not name.endswith(".ipynb"):
        return text
    cells = [c for c in json.loads(text)["cells"] if c["cell_type"] == "markdown"]
    return "\n\n".join("".join(c["source"]) for c in cells)


def times(sentence: str, text: str) -> int:
    """How often a sentence stands in a text, and not as the beginning of a longer one."""
    return len(re.findall(re.escape(sentence) + r"(?![a-z])", text))


def is_of_its_english(pair: Pair) -> bool:
    """Whether a translation has about as many headings as the English that it is taken for: nobody recorded that of
    notebooks, and some are of a much older one."""
    here, there = (len(re.findall(r"^#+ ", prose(text, pair.path), re.M)) for text in (pair.base, pair.target))
    return 4 * abs(here - there) <= here


@dataclass(frozen=True)
class Judgement:
    """What became of the sentences of one page that must stay."""

    sentences: int
    lost: tuple[tuple[str, str], ...]
    doubled: tuple[tuple[str, str], ...]


def judge(pair: Pair, head: str) -> Judgement:
    """One merge."""
    out = merge(pair.base, head, pair.target, name=pair.path, lang=pair.lang)[0].text
    before, now, was, after = (flat(prose(text, pair.path)) for text in (pair.base, head, pair.target, out))
    count, lost, doubled = 0, [], []
    for english, own in pairs(pair.base, pair.target, MergeOptions(target_lang=pair.lang), name=pair.path):
        key, text = flat(english), flat(own)
        is_short = len(key) < LEAST_ENGLISH or len(text) < LEAST_OWN
        stood, stands = times(key, before), times(key, now)
        if is_short or key == text or text not in was or not stood or stands < stood:
            continue
        count += 1
        if text not in after:
            lost.append((english, own))
        elif stands == stood and after.count(text) > was.count(text):
            doubled.append((english, own))
    return Judgement(count, tuple(lost), tuple(doubled))


def main() -> None:
    which = ("--books", {"nargs": "*", "default": ["d2l", "tf", "qe"], "help": "which books"})
    options = arguments(__doc__ or "", which)
    found = Pairs(open_data(options.folder))
    books = {"d2l": lambda: found.d2l, "qe": lambda: found.quantecon}
    books["tf"] = lambda: [*found.tensorflow, *found.tensorflow_old]
    good = True
    for book in options.books:
        counts: collections.Counter[str] = collections.Counter()
        for pair in books[book]():
            if not is_of_its_english(pair):
                counts["left out"] += 1
                continue
            for step, head in dict.fromkeys((("one step", pair.later[0]), ("newest", pair.head)) if pair.later else ()):
                try:
                    said = judge(pair, head)
                except Exception:  # noqa: BLE001 - whatever it is, it is what is measured
                    counts["crashed"] += 1
                    print(f"{pair.path} {step}: crashed\n{traceback.format_exc(limit=-4)}")
                    continue
                counts[f"{step}: sentences"] += said.sentences
                for kind, items in (("lost", said.lost), ("doubled", said.doubled)):
                    counts[f"{step}: {kind}"] += len(items)
                    for english, own in items if options.verbose else ():
                        print(f"{pair.path} {step}: {kind}: {english[:90]!r} {own[:60]!r}")
        rows: list[tuple[str, object, str]] = [
            ("crashed", counts["crashed"], "= 0"),
            ("pages of another English than they are taken for", counts["left out"], ""),
        ]
        for step in ("one step", "newest"):
            rows.append((f"{step}: sentences that must stay", counts[f"{step}: sentences"], ""))
            rows += [(f"{step}: {kind}", counts[f"{step}: {kind}"], "= 0") for kind in ("lost", "doubled")]
        good = table(f"conservation of people's sentences, {book}", rows) and good
    leave(good)


if __name__ == "__main__":
    main()
