"""The gate on people's pairs: what it stops in vain, and what it catches of defects that this script puts in.

Takes pairs that `amts pairs --granularity sentence` (or `block`) wrote, one file a book:

    python benchmarks/gate.py zh:d2l.csv ja:tf-ja.csv es:tf-es.csv

Four fifths of each file teach and the rest is judged, five times: as it is, and with each defect in it. Printed are,
for each book, the share that is caught with its 95 % interval (Wilson 1927), and of good pairs the share that is
stopped.
"""

from __future__ import annotations

import argparse
import csv
import math
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from amts_action.documents.inline import tokens
from amts_action.engines.gate.learn import learn_gate
from amts_action.engines.gate.negation import _LATIN_IN, _WIDE_IN, KNOWN, denials
from amts_action.engines.gate.signs import Fault, plain

Pair = tuple[str, str]
Defect = Callable[[Pair, random.Random, "Book"], str | None]
CLAUSE = re.compile(r"[，。；：！？、]+|[,.;:!?]+(?=\s)")
WIDE = re.compile("[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def size(text: str) -> int:
    """Words of a text, for which two wide characters count as one; spans are none."""
    language = plain(text)
    return len(re.findall(r"[^\W\d_]+", WIDE.sub(" ", language))) + len(WIDE.findall(language)) // 2


class Book:
    """The pairs of one file."""

    def __init__(self, name: str, lang: str, pairs: Sequence[Pair], terms: Mapping[str, str]) -> None:
        self.name, self.lang, self.pairs, self.terms = name, lang, pairs, terms
        self.others: list[str] = []
        """Text of people in other languages."""


def clauses(text: str) -> list[str]:
    """The clauses of a text, each with its mark; a mark inside a span ends none."""
    ends, at = [0], 0
    for t in tokens(text):
        if t.type == "text":
            ends += [at + m.end() for m in CLAUSE.finditer(t.raw)]
        at += len(t.raw)
    return [text[a:b] for a, b in pairwise([*ends, len(text)]) if text[a:b].strip()]


def ended(new: str, old: str) -> str:
    end = re.search(r"[.。!！?？:：]$", old)
    new = new.rstrip(" ，,；;、：:")
    return new + end.group() if end and not new.endswith(end.group()) else new


def glued(a: str, b: str) -> str:
    return a + b if WIDE.search(a) else f"{a} {b}"


def in_text(text: str, change: Callable[[str], str | None]) -> str | None:
    """The text with the first piece of language changed that can be."""
    parts = [t.raw for t in tokens(text)]
    kinds = [t.type for t in tokens(text)]
    for n, kind in enumerate(kinds):
        if kind == "text" and (new := change(parts[n])) is not None:
            return "".join([*parts[:n], new, *parts[n + 1 :]])
    return None


NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w.,]?\d)")


BIG = re.compile(r"(?<![\w.,])[1-9]\d*(?:[.,]\d+)*(?![\w.,]?\d)")


def number(p: Pair, r: random.Random, b: Book) -> str | None:
    def change(raw: str) -> str | None:
        m = NUMBER.search(raw)
        if m is None:
            return None
        at = r.randrange(m.start(), m.end())
        while not raw[at].isdigit():
            at = r.randrange(m.start(), m.end())
        digit = str((int(raw[at]) + r.randrange(1, 9)) % 10 or 7)
        return raw[:at] + (digit if digit != raw[at] else "8" if raw[at] != "8" else "3") + raw[at + 1 :]

    return in_text(p[1], change)


def number_scaled(p: Pair, r: random.Random, b: Book) -> str | None:
    def tenfold(m: re.Match[str]) -> str:
        whole, _, rest = m.group().partition(".")
        if not rest or "." in rest:
            return m.group() + "0"
        return f"{whole}{rest[0]}.{rest[1:]}".rstrip(".")

    return in_text(p[1], lambda raw: BIG.sub(tenfold, raw, count=1) if BIG.search(raw) else None)


def number_dropped(p: Pair, r: random.Random, b: Book) -> str | None:
    big = re.compile(r"(?<![\w.,])\d{2,}(?:[.,]\d+)*(?![\w.,]?\d)")
    return in_text(p[1], lambda raw: big.sub("", raw, count=1) if big.search(raw) else None)


def year(p: Pair, r: random.Random, b: Book) -> str | None:
    found = re.compile(r"(?<!\d)(1[89]|20)\d\d(?!\d)")
    return in_text(
        p[1],
        lambda raw: (
            found.sub(lambda m: str(int(m.group()) + r.choice((-10, -1, 1, 3))), raw, count=1)
            if found.search(raw)
            else None
        ),
    )


def negation(p: Pair, r: random.Random, b: Book) -> str | None:
    code = b.lang.split("-")[0]
    if code not in KNOWN or not denials(plain(p[0]), "en") or not denials(plain(p[1]), b.lang):
        return None
    cues = _WIDE_IN[code][0] if code in _WIDE_IN else _LATIN_IN[code]
    others = _WIDE_IN[code][1] if code in _WIDE_IN else None

    def drop(raw: str) -> str:
        if others is None:
            return " ".join(cues.sub(" ", raw).split())
        parts = re.split(f"({others.pattern})", raw)
        return "".join(x if n % 2 else cues.sub("", x) for n, x in enumerate(parts))

    return "".join(drop(t.raw) if t.type == "text" else t.raw for t in tokens(p[1]))


def english(p: Pair, r: random.Random, b: Book) -> str | None:
    return p[0] if size(p[0]) >= 3 else None


def english_clause(p: Pair, r: random.Random, b: Book) -> str | None:
    here, there = clauses(p[0]), clauses(p[1])
    if len(here) < 2 or len(there) < 2 or size(here[-1]) < 5:
        return None
    return glued("".join(there[:-1]), here[-1].strip())


def english_half(p: Pair, r: random.Random, b: Book) -> str | None:
    here, there = (middle(p[0]), middle(p[1])) if size(p[0]) >= 10 else (None, None)
    if here is None or there is None or size(p[0][here:]) < 3:
        return None
    return glued(ended(p[1][:there], ""), p[0][here:].strip())


def other_language(p: Pair, r: random.Random, b: Book) -> str | None:
    return r.choice(b.others) if b.others and size(p[0]) >= 5 else None


def before(*texts: str) -> Defect:
    return lambda p, r, b: glued(r.choice(texts), p[1])


def after(*texts: str) -> Defect:
    return lambda p, r, b: glued(p[1], r.choice(texts))


TALK = {
    "zh": ("好的，以下是翻译：", "译文如下：", "当然可以！下面是中文翻译："),
    "ja": ("はい、以下が翻訳です：", "翻訳：", "承知しました。以下は日本語訳です："),
    "es": ("Claro, aquí está la traducción:", "Traducción:", "A continuación, la traducción al español:"),
}
NOTES = {
    "zh": ("（注：我保留了原文的格式。）", "如果您需要进一步修改，请告诉我。", "希望这对你有帮助！"),
    "ja": (
        "（訳注：元の書式を保持しました。）",
        "ご不明な点がございましたらお知らせください。",
        "申し訳ありませんが、一部翻訳できませんでした。",
    ),
    "es": (
        "(Nota del traductor: se conservó el formato.)",
        "No dude en pedir más cambios.",
        "Lo siento, no puedo ayudar con el resto.",
    ),
}


def own(table: Mapping[str, tuple[str, ...]], *, first: bool) -> Defect:
    def put(p: Pair, r: random.Random, b: Book) -> str | None:
        texts = table.get(b.lang.split("-")[0])
        return None if texts is None else glued(r.choice(texts), p[1]) if first else glued(p[1], r.choice(texts))

    return put


def inside(*characters: str) -> Defect:
    def put(p: Pair, r: random.Random, b: Book) -> str | None:
        c = r.choice(characters)
        return in_text(p[1], lambda raw: raw[: len(raw) // 2] + c + raw[len(raw) // 2 :] if raw.strip() else None)

    return put


def middle(text: str) -> int | None:
    """Offset at which a text is cut into halves of its language: the clause that ends nearest to the middle, when each
    half has a third at least, else the word; never inside a span.
    """
    whole = sum(len(t.raw) for t in tokens(text) if t.type == "text")
    words: list[tuple[float, int]] = []
    ends: list[tuple[float, int]] = []
    at = seen = 0
    for t in tokens(text):
        if t.type == "text":
            for k in range(1, len(t.raw)):
                off = abs((seen + k) / whole - 0.5)
                before = t.raw[k - 1]
                if before.isspace() or (WIDE.match(before) and WIDE.match(t.raw[k])):
                    words.append((off, at + k))
            ends += [(abs((seen + m.end()) / whole - 0.5), at + m.end()) for m in CLAUSE.finditer(t.raw)]
            seen += len(t.raw)
        at += len(t.raw)
    near = [one for one in ends if one[0] <= 1 / 6] or words
    return min(near)[1] if near else None


def half(p: Pair, r: random.Random, b: Book) -> str | None:
    at = middle(p[1]) if size(p[0]) >= 6 else None
    return None if at is None else ended(p[1][:at], p[1])


def first_half(p: Pair, r: random.Random, b: Book) -> str | None:
    at = middle(p[1]) if size(p[0]) >= 6 else None
    return None if at is None else p[1][at:].strip()


def last_clause(p: Pair, r: random.Random, b: Book) -> str | None:
    parts = clauses(p[1])
    return ended("".join(parts[:-1]), p[1]) if len(parts) >= 2 and size(parts[-1]) >= 3 else None


def middle_clause(p: Pair, r: random.Random, b: Book) -> str | None:
    parts = clauses(p[1])
    at = len(parts) // 2
    return "".join(parts[:at] + parts[at + 1 :]) if len(parts) >= 3 and size(parts[at]) >= 3 else None


def cut_off(p: Pair, r: random.Random, b: Book) -> str | None:
    return p[1][: len(p[1]) * 6 // 10] if size(p[0]) >= 8 else None


def twice(p: Pair, r: random.Random, b: Book) -> str | None:
    return glued(p[1], p[1]) if size(p[1]) >= 4 else None


def clause_twice(p: Pair, r: random.Random, b: Book) -> str | None:
    parts = clauses(p[1])
    at = r.randrange(len(parts))
    return (
        "".join([*parts[: at + 1], parts[at] if WIDE.search(parts[at]) else " " + parts[at].strip(), *parts[at + 1 :]])
        if size(parts[at]) >= 6
        else None
    )


def loop(p: Pair, r: random.Random, b: Book) -> str | None:
    if size(p[1]) < 4:
        return None
    bit = p[1][-12:] if WIDE.search(p[1]) else " ".join(p[1].split()[-3:])
    return glued(p[1], (bit if WIDE.search(bit) else bit + " ") * 5)


def other_sentence(p: Pair, r: random.Random, b: Book) -> str | None:
    other = r.choice(b.pairs)
    return other[1] if other[0] != p[0] and size(p[0]) >= 3 and size(other[0]) >= 3 else None


def neighbour(p: Pair, r: random.Random, b: Book) -> str | None:
    at = b.pairs.index(p)
    other = b.pairs[(at + 1) % len(b.pairs)]
    return other[1] if size(p[0]) >= 3 and size(other[0]) >= 3 and other[1] != p[1] else None


def added(p: Pair, r: random.Random, b: Book) -> str | None:
    other = r.choice(b.pairs)
    return glued(p[1], other[1]) if other[0] != p[0] and size(other[1]) >= 5 else None


def swapped(p: Pair, r: random.Random, b: Book) -> str | None:
    items = list(tokens(p[1]))
    places = [
        n for n, t in enumerate(items) if t.type == "span" and t.kind in ("code", "math", "reference", "citation")
    ]
    for n, i in enumerate(places):
        for j in places[n + 1 :]:
            if "".join(items[i].raw.split()) != "".join(items[j].raw.split()):
                raws = [t.raw for t in items]
                raws[i], raws[j] = raws[j], raws[i]
                return "".join(raws)
    return None


def term(p: Pair, r: random.Random, b: Book) -> str | None:
    for source, target in b.terms.items():
        # Not a part of another word (`multi-class`), and not another case of the same word.
        is_there = re.search(rf"(?<![\w-]){re.escape(source)}s?(?![\w-])", p[0], re.I)
        if is_there and p[1].lower().count(target.lower()) == 1:
            others = [t for t in b.terms.values() if t.lower() not in p[1].lower() and target.lower() not in t.lower()]
            chosen = r.choice(others) if others else ""
            return re.sub(re.escape(target), lambda m, new=chosen: new, p[1], flags=re.I) if chosen else None
    return None


DEFECTS: dict[str, tuple[Defect, float]] = {
    "a digit changed": (number, 0.98),
    "a number ten times as large": (number_scaled, 0.98),
    "a number dropped": (number_dropped, 0.98),
    "a year changed": (year, 0.98),
    "negation lost": (negation, 0.98),
    "left in English": (english, 0.98),
    "second half in English": (english_half, 0.98),
    "last clause in English": (english_clause, 0.98),
    "another language": (other_language, 0.98),
    "preamble in English": (
        before("Here is the translation: ", "Sure! Here's the translated text:\n", "Translation: "),
        0.98,
    ),
    "preamble": (own(TALK, first=True), 0.98),
    "apology": (before("I'm sorry, but as an AI language model I cannot translate this fully. "), 0.98),
    "note in English": (
        after(" (Note: I kept the formatting unchanged.)", " Let me know if you need anything else!"),
        0.98,
    ),
    "note": (own(NOTES, first=False), 0.98),
    "direction marks": (inside("\u202e", "\u202d", "\u2066", "\u200f"), 0.98),
    "zero-width characters": (inside("\u200b", "\u2060", "\ufeff"), 0.98),
    "soft hyphens": (inside("\u00ad"), 0.98),
    "replacement characters": (inside("\ufffd"), 0.98),
    "spans exchanged": (swapped, 0.98),
    "second half dropped": (half, 0.85),
    "first half dropped": (first_half, 0.85),
    "last clause dropped": (last_clause, 0.85),
    "middle clause dropped": (middle_clause, 0.0),
    "cut off": (cut_off, 0.85),
    "said twice": (twice, 0.85),
    "a clause said twice": (clause_twice, 0.85),
    "loops": (loop, 0.85),
    "another sentence": (other_sentence, 0.80),
    "the next sentence": (neighbour, 0.80),
    "a sentence added": (added, 0.0),
    "a term of the glossary exchanged": (term, 0.90),
}
"""Name → what puts it in, and the share that is demanded (0: none)."""


def wilson(caught: int, total: int) -> tuple[float, float]:
    z, p = 1.96, caught / total
    middle = p + z * z / (2 * total)
    width = z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total))
    return (middle - width) / (1 + z * z / total), (middle + width) / (1 + z * z / total)


def glossary(pairs: Sequence[Pair]) -> dict[str, str]:
    """Short pairs of people that recur in others: what a book's glossary would hold."""
    short = {
        a.lower(): b
        for a, b in pairs
        if 1 <= len(a.split()) <= 3
        and re.fullmatch(r"[A-Za-z -]{5,40}", a)
        and 2 <= len(b) <= 30
        and a != b
        and CLAUSE.search(b) is None
    }
    seen: Counter[str] = Counter()
    used: Counter[str] = Counter()
    for a, b in pairs:
        for name, target in short.items():
            if a.lower() != name and re.search(rf"\b{re.escape(name)}\b", a, re.I):
                seen[name] += 1
                used[name] += target.lower() in b.lower()
    return {n: t for n, t in short.items() if used[n] >= 2 and used[n] >= 0.8 * seen[n]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("books", nargs="+", metavar="LANG:FILE")
    parser.add_argument("--verbose", action="store_true", help="show what is stopped in vain")
    parser.add_argument("--show", default="", metavar="DEFECT", help="show what is not caught of one defect")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    books = [read_book(name) for name in options.books]
    missed = 0
    for book in books:
        book.others = [b for other in books if other.lang != book.lang for _, b in other.pairs if size(b) >= 5]
        missed += measure(book, options)
    sys.exit(missed > 0)


FOLDS = 5
"""Parts of a book, each of which is judged by what the others teach."""


def read_book(name: str) -> Book:
    """The book of an argument, `LANG:FILE`."""
    lang, _, path = name.partition(":")
    with Path(path).open(encoding="utf-8", newline="") as file:
        pairs = [(a, b) for a, b in list(csv.reader(file))[1:] if a != b and size(a) and size(b)]
    return Book(Path(path).stem, lang, pairs, glossary(pairs))


def folds_of(pairs: Sequence[Pair], count: int, r: random.Random) -> list[tuple[list[Pair], list[Pair]]]:
    """What teaches and what is judged, in turn."""
    order = list(pairs)
    r.shuffle(order)
    return [([p for n, p in enumerate(order) if n % count != k], order[k::count]) for k in range(count)]


def measure(book: Book, options: argparse.Namespace) -> int:
    """Prints the figures of a book; how many are missed."""
    r = random.Random(options.seed)
    total = Total()
    made: dict[str, list[tuple[Pair, str, bool]]] = {name: [] for name in DEFECTS}
    pairs = book.pairs
    for teach, test in folds_of(pairs, FOLDS, r):
        start = time.process_time()
        gate = learn_gate(teach, source_lang="en", target_lang=book.lang, terms=list(book.terms.items()))
        total.learning += time.process_time() - start
        start = time.process_time()
        verdicts = [gate.judge(a, b) for a, b in test]
        total.judging += time.process_time() - start
        total.verdicts += zip(test, verdicts, strict=True)
        total.notes.update(gate.notes)
        book.pairs = test
        for name, (defect, _) in DEFECTS.items():
            bad = [(p, text) for p in test if (text := defect(p, r, book)) is not None and text != p[1]]
            made[name] += [(p, text, bool(gate.judge(p[0], text))) for p, text in bad]
    book.pairs = pairs
    missed = total.print(book, is_verbose=options.verbose)
    for name, found in made.items():
        missed += print_defect(name, found, is_shown=name == options.show)
    return missed


@dataclass
class Total:
    """What all parts of a book gave."""

    learning: float = 0.0
    """Seconds."""
    judging: float = 0.0
    verdicts: list[tuple[Pair, tuple[Fault, ...]]] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)

    def print(self, book: Book, *, is_verbose: bool) -> int:
        """Prints the figures of people's own pairs; 1 when more are stopped than may be."""
        count = len(self.verdicts)
        stopped = sum(bool(v) for _, v in self.verdicts)
        certain = sum(any(f.is_certain for f in v) for _, v in self.verdicts)
        low, high = wilson(stopped, count)
        codes = Counter(v[0].code for _, v in self.verdicts if v)
        print(f"\n{book.name} ({book.lang}): {count} pairs, {FOLDS - 1} in {FOLDS} teach in "
              f"{self.learning / FOLDS:.1f} s, {1000 * self.judging / count:.2f} ms each to judge; "
              f"{len(book.terms)} terms")  # fmt: skip
        print(f"  stopped in vain {100 * stopped / count:5.1f} % [{100 * low:.1f}, {100 * high:.1f}]  demanded <= 3 %; "
              f"refused {100 * certain / count:.1f} %; {dict(codes)}")  # fmt: skip
        for note, times in self.notes.items():
            print(f"  not applied, in {times} of {FOLDS} parts: {note}")
        if is_verbose:
            for (a, b), verdict in self.verdicts:
                if verdict:
                    print("   ", [f.text for f in verdict], "|", a[:200], "|", b[:120])
        return int(stopped > 0.03 * count)


def print_defect(name: str, found: Sequence[tuple[Pair, str, bool]], *, is_shown: bool) -> int:
    """Prints how much of a defect is caught; 1 when that is less than demanded."""
    if not found:
        print(f"  {name:<34} none could be made")
        return 0
    demanded = DEFECTS[name][1]
    if is_shown:
        for p, bad, is_found in found:
            if not is_found:
                print("    missed:", p[0][:200], "|", p[1][:120], "->", bad[:120])
    caught = sum(is_found for _, _, is_found in found)
    low, high = wilson(caught, len(found))
    share = caught / len(found)
    mark = "" if share >= demanded else "  MISSED"
    want = f"demanded >= {100 * demanded:.0f} %" if demanded else ""
    print(f"  {name:<34} {100 * share:5.1f} % [{100 * low:5.1f}, {100 * high:5.1f}] of {len(found):4} {want}{mark}")
    return int(share < demanded)


if __name__ == "__main__":
    main()
