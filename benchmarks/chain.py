"""Chained replay: every later upstream version of a page in turn, each run starting from the last output.

After each step the output is judged as `replay.py` judges one (see `_judge`). What a step could not deliver is put back
into the next step's base, as the state record does it. At the end the chain is compared with one jump from the base
to the newest version: sentences with Chinese or Japanese letters (people's: the machine's are English), programs,
labels and equations that only one of them has are counted (and with `--verbose` shown).
"""

from __future__ import annotations

import collections
import re
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from _judge import NAMES, Row, blocks, is_code, is_prose, judge, labels
from _pairs import Pair, Pairs
from _pseudo import merge, sent
from _repos import arguments, leave, open_data, table

from amts_action.books.records import effective_text
from amts_action.documents.notebooks.notebook import parse_notebook
from amts_action.merging.document import Result
from amts_action.merging.plan_json import as_json, plan_record

HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


@dataclass
class Run:
    """What became of one page."""

    steps: int = 0
    sent: int = 0
    undelivered_steps: int = 0
    faults: collections.Counter[str] = field(default_factory=collections.Counter)
    differences: collections.Counter[str] = field(default_factory=collections.Counter)
    notes: list[str] = field(default_factory=list)
    reasons: collections.Counter[str] = field(default_factory=collections.Counter)
    """Why something was not delivered, block by block and step by step."""


def standing(head: str, result: Result, path: str) -> str:
    """The English that the output of a run corresponds to: the head with what was not delivered put back."""
    return effective_text(head, result.owing, path) if result.owing else head


def readable(text: str, path: str) -> str:
    """The text of a page; of a notebook, its cells, programs in fences."""
    if not path.endswith(".ipynb"):
        return text
    cells = parse_notebook(text, where=path).cells
    return "\f".join(c.source if c.kind == "markdown" else f"````\n{c.source}\n````" for c in cells)


def rows(result: Result) -> list[Row]:
    """The plan as the judge sees it."""
    return [Row(e.action, e.kind, e.flags) for e in result.entries]


def dump(folder: Path, pair: Pair, n: int, texts: Sequence[str], result: Result) -> None:
    """Writes base, head, target and output of a step, and its plan, to look at."""
    stem = f"{Path(pair.path).stem}-{pair.lang}-{n + 1}"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in zip(("base", "head", "target", "out"), texts, strict=True):
        (folder / f"{stem}.{name}{Path(pair.path).suffix}").write_bytes(text.encode())
    (folder / f"{stem}.plan.json").write_bytes(as_json(plan_record(result, source=pair.path, target=pair.path)))


def chain(pair: Pair, run: Run, folder: Path | None = None) -> str:
    """Runs through all versions; returns the last output. Steps with faults are written to `folder`."""
    base, target = pair.base, pair.target
    for n, (head, commit) in enumerate(zip(pair.later, pair.commits, strict=True)):
        mark = chr(0xE000 + n)  # a private character, so that this step's machine text is known from older ones'
        where = f"{pair.path} step {n + 1} of {len(pair.later)} ({commit[:8]})"
        try:
            result, _ = merge(base, head, target, name=pair.path, lang=pair.lang, mark=mark)
            again, _ = merge(head, head, result.text, name=pair.path, lang=pair.lang)
        except Exception:  # noqa: BLE001 - whatever it is, it is what is measured
            run.faults["crashed"] += 1
            run.notes.append(f"{where}: crashed\n{traceback.format_exc(limit=-3)}")
            continue
        run.steps += 1
        run.sent += sent(result)
        run.undelivered_steps += bool(result.owing)
        held = [e for e in result.entries if e.action in ("conflict", "owed")]
        run.reasons.update(f"{e.action}: {e.flags[0] if e.flags else ''}" for e in held)
        texts = [readable(t, pair.path) for t in (base, head, target, result.text)]
        faults = judge(texts[0], texts[1], texts[2], texts[3], rows(result), texts[3].count("⟦" + mark))
        faults["unstable"] += again.text != result.text or sent(again) > 0
        faults["crashed"] += result.status == "failed"
        if +faults:
            run.notes.append(f"{where}: {dict(+faults)}")
            if folder:
                dump(folder, pair, n, (base, head, target, result.text), result)
        run.faults += faults
        base, target = standing(head, result, pair.path), result.text
    return target


def people(text: str) -> tuple[collections.Counter[str], ...]:
    """Sentences that people wrote (the machine's are English), programs, labels and equations of a page."""
    split = blocks(text)
    pieces = (s for b in split if is_prose(b) for s in re.split(r"(?<=[。！？])|[\n⟦⟧]", b))
    sentences = collections.Counter(re.sub(r"\s+", "", s) for s in pieces if HAN.search(s))
    programs = collections.Counter(b for b in split if is_code(b))
    formulas = re.findall(r"\$\$.+?\$\$", "\n\n".join(b for b in split if not is_code(b)), re.S)
    shown = collections.Counter(re.sub(r"\s+", "", f) for f in formulas)
    return sentences, programs, collections.Counter(labels(split)), shown


def compare(pair: Pair, chained: str, run: Run) -> None:
    """Notes where the end of the chain and one jump differ in more than machine text."""
    jumped, _ = merge(pair.base, pair.head, pair.target, name=pair.path, lang=pair.lang)
    there = people(readable(jumped.text, pair.path))
    for name, here, other in zip(
        ("people's sentences", "programs", "labels", "equations"),
        people(readable(chained, pair.path)),
        there,
        strict=True,
    ):
        for side, extra in (("chain", here - other), ("jump", other - here)):
            run.differences[f"{name}, only {side}"] += extra.total()
            run.notes += [f"{pair.path}: {name}, only in the {side}: {text[:400]!r}" for text in extra.elements()]


def main() -> None:
    options = arguments(
        __doc__ or "",
        ("--books", {"nargs": "+", "default": ["d2l", "tf", "qe"], "choices": ["d2l", "tf", "qe"]}),
        ("--dump", {"type": Path, "default": None, "help": "folder to write the steps with faults to"}),
        ("--page", {"default": "", "help": "only pages whose path holds this"}),
    )
    pairs = Pairs(open_data(options.folder))
    good = True
    for book in options.books:
        found = {"d2l": lambda: pairs.d2l, "tf": lambda: pairs.tensorflow_old, "qe": lambda: pairs.quantecon}[book]()
        total, start, pages = Run(), time.perf_counter(), 0
        for pair in found:
            if not pair.later or options.page not in pair.path:
                continue
            run = Run()
            compare(pair, chain(pair, run, options.dump), run)
            pages += 1
            total.steps += run.steps
            total.sent += run.sent
            total.undelivered_steps += run.undelivered_steps
            total.faults += run.faults
            total.reasons += run.reasons
            total.differences += run.differences
            if options.verbose:
                print(*run.notes, sep="\n", flush=True)
        figures: list[tuple[str, object, str]] = [
            ("pages with later versions", pages, ""),
            ("steps", total.steps, ""),
            ("steps with something undelivered", total.undelivered_steps, ""),
            ("characters sent", total.sent, ""),
            *((name[:58], n, "") for name, n in total.reasons.most_common(6)),
            *((name, total.faults[name], "= 0") for name in NAMES),
            *((name, n, "") for name, n in sorted(total.differences.items())),
            ("seconds", round(time.perf_counter() - start, 1), ""),
        ]
        good &= table(f"chained replay: {book}", figures)
    leave(good)


if __name__ == "__main__":
    main()
