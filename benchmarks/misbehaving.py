"""Misbehaving engines: `amts merge` with every mode of `fake_mt.py`, on five pages of d2l-zh to their newest English.

What was asked and what came back is written down between the two programs, so that it is known which replies were bad:
an error, none, an empty one, an unknown tag, or protected spans that are not those of the request. Counted are
  corrupted     written blocks whose protected spans are not those of the honest run's; undelivered ones that are
                neither the old text nor the English; and fences, tabs, labels and equations that the honest run has
                and this has not, or the other way round
  not flagged   bad replies (to the retry, too) that no flagged row of the plan holds
  not delivered rows that failed although none of their replies was bad
"""

from __future__ import annotations

import collections
import html
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _pairs import Pair, Pairs
from _repos import arguments, leave, open_data, table

from amts_action.documents.anchors import canonical_code

MODES = "mark drop double inside space reorder raw error shuffle silent empty garbage crash".split()
SPAN = re.compile(r"`+[^`]+`+|\$\$?[^$]+\$\$?|\]\([^)]*\)|:\w+:|https?://[^\s)>]+|<[^>\s]+>")
WIRE_SPAN = re.compile(r'<span translate="?no"? id="?([^">]+)"?>(.*?)</span>', re.S)
STRUCTURE = re.compile(r"^\s*(?:`{3,}.*|~{3,}.*|:(?:begin|end)_tab:.*|:(?:eq)?label:.*|:width:.*|\$\$.*)$", re.M)
FAULTS = ("crashed", "corrupted", "not flagged", "not delivered")
FAILED = ("rejected", "refused", "no reply", "no answer", "untranslated")


@dataclass(frozen=True)
class Reply:
    """A request and all that came back for it, attempt by attempt."""

    text: str
    replies: tuple[Mapping[str, Any] | None, ...]

    @property
    def is_bad(self) -> bool:
        """Whether no attempt gave anything usable."""
        return all(_is_bad(self.text, reply) for reply in self.replies)


def _is_bad(request: str, reply: Mapping[str, Any] | None) -> bool:
    if reply is None or "error" in reply or not str(reply.get("text", "")).strip():
        return True
    text = str(reply["text"])
    here, there = (collections.Counter(WIRE_SPAN.findall(t)) for t in (request, text))
    left = WIRE_SPAN.sub("", text)
    tags = collections.Counter(re.findall(r"</?[a-z]+[^<>]*>", left))
    return here != there or tags != collections.Counter(re.findall(r"</?[a-z]+[^<>]*>", WIRE_SPAN.sub("", request)))


def tee(log: Path, command: Sequence[str]) -> int:
    """Runs an engine between the program and itself, and appends what went both ways to a file."""
    asked = sys.stdin.buffer.read()
    done = subprocess.run(command, input=asked, capture_output=True, check=False)
    with log.open("a") as out:
        out.write(json.dumps([asked.decode(), done.stdout.decode()]) + "\n")
    sys.stdout.buffer.write(done.stdout)
    return done.returncode


def exchanges(log: Path) -> list[Reply]:
    """What a run asked and got, by text of the request."""
    found: dict[str, list[Mapping[str, Any] | None]] = {}
    for line in log.read_text().splitlines() if log.exists() else ():
        asked, given = json.loads(line)
        answers = {str(a["id"]): a for a in _objects(given)}
        for request in _objects(asked):
            found.setdefault(request["text"], []).append(answers.get(str(request["id"])))
    return [Reply(text, tuple(replies)) for text, replies in found.items()]


def _objects(lines: str) -> Iterator[Mapping[str, Any]]:
    for line in lines.splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict) and "id" in value:
            yield value


@dataclass(frozen=True)
class Run:
    """One page with one mode."""

    code: int
    out: str
    rows: Sequence[Mapping[str, Any]]
    replies: Sequence[Reply]
    talk: str


def run(pair: Pair, mode: str, engine: Path, folder: Path) -> Run:
    """`amts merge` as a process."""
    names = {"base.md": pair.base, "head.md": pair.head, "target.md": pair.target}
    for name, text in names.items():
        (folder / name).write_bytes(text.encode())
    log, plan, out = folder / "log", folder / "plan.json", folder / "out.md"
    for path in (log, plan, out):
        path.unlink(missing_ok=True)
    own = [sys.executable, str(Path(__file__).resolve()), "--tee", str(log), sys.executable, str(engine), mode]
    command = [sys.executable, "-m", "amts_action.cli", "merge", *(str(folder / n) for n in names), "-o", str(out)]
    command += [
        "--report",
        str(plan),
        "--target-lang",
        "zh",
        "--engine",
        "command",
        "--engine-command",
        shlex.join(own),
    ]
    where = Path(__file__).resolve().parent.parent
    # The engine answers in English on purpose, and what it said in another mode must not come out of a cache.
    cache = tempfile.mkdtemp(dir=folder)
    environ = {**os.environ, "AMTS_GATE": "off", "AMTS_CACHE_DIR": cache}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=where, env=environ)
    rows = json.loads(plan.read_text())["blocks"] if plan.exists() else []
    return Run(done.returncode, out.read_bytes().decode() if out.exists() else "", rows, exchanges(log), done.stderr)


def piece(text: str, span: Sequence[int] | None) -> str:
    """The characters of a span of the plan."""
    return text[span[0] : span[1]] if span else ""


def spans(text: str) -> collections.Counter[str]:
    """Protected spans of a block, for comparison of two runs."""
    return collections.Counter(re.sub(r"\s+", "", s) for s in SPAN.findall(text))


def letters(text: str) -> str:
    """Letters and digits of a block or a request, where links lead left out."""
    return re.sub(r"[\W_]+", "", re.sub(r"\]\([^)]*\)", "", text))


def asked_letters(wire: str) -> str:
    """The same for a request."""
    return letters(html.unescape(re.sub(r"<[^>]*>", "", wire)))


def failed(row: Mapping[str, Any]) -> bool:
    """Whether the plan says that the engine's text was not used."""
    return any(flag.startswith(FAILED) for flag in row["flags"])


def structure(text: str) -> collections.Counter[str]:
    """Fences, tabs, labels and equations."""
    return collections.Counter(line.strip() for line in STRUCTURE.findall(text))


def corrupted(pair: Pair, here: Run, honest: Run) -> list[str]:
    """Blocks that are not what they should be."""
    out = []
    shape, good = structure(here.out), structure(honest.out)
    for row, other in zip(here.rows, honest.rows, strict=True):
        if row["action"] not in ("translate", "revise") or not row["output"]:
            continue
        text = piece(here.out, row["output"])
        if not row["flags"] or (not failed(row) and "⟦" in text):
            if spans(text) != spans(piece(honest.out, other["output"])):
                out.append(f"spans differ from the honest run's: {text[:200]!r}")
        elif row["kind"] == "code" and text.strip() == piece(pair.target, row["target"]).strip():
            # One whose words got no reply at all stays as it was, with its fence, and is asked for again.
            good -= structure(piece(honest.out, other["output"]))
            shape -= structure(text)
        elif row["kind"] == "code":
            # Any other comes whatever becomes of its words: people's or the English ones stand in its new code.
            if canonical_code(text) != canonical_code(piece(honest.out, other["output"])):
                out.append(f"another program than in the honest run: {text[:200]!r}")
        elif text.strip() not in (piece(pair.target, row["target"]).strip(), piece(pair.head, row["head"]).strip()):
            out.append(f"neither the old text nor the English: {text[:200]!r}")
    out += [f"structure lost: {line[:100]!r}" for line in (good - shape).elements()]
    out += [f"structure too much: {line[:100]!r}" for line in (shape - good).elements()]
    return out


def not_flagged(pair: Pair, here: Run) -> list[str]:
    """Bad replies whose row is neither flagged nor written in the end: another form of the text may have been answered
    well, and then `corrupted` holds what was written to the honest run."""
    held = [letters(piece(pair.head, row["head"])) for row in here.rows if row["flags"] or row["output"]]
    every = [letters(piece(pair.head, row["head"])) for row in here.rows]
    bad = [reply.text for reply in here.replies if reply.is_bad]
    # A request that is a part of no row as it stands (a link with the translation's own address) cannot be placed.
    bad = [text for text in bad if any(asked_letters(text) in row for row in every)]
    return [text[:200] for text in bad if not any(asked_letters(text) in row for row in held)]


def not_delivered(pair: Pair, here: Run) -> list[str]:
    """Rows that failed without a bad reply."""
    bad = [asked_letters(reply.text) for reply in here.replies if reply.is_bad]
    out = []
    for row in here.rows:
        if row["action"] in ("translate", "revise") and failed(row):
            text = piece(pair.head, row["head"])
            if not any(b in letters(text) for b in bad):
                out.append(f"{row['flags']} {text[:120]!r}")
    return out


def main() -> int:
    options = arguments(__doc__ or "", ("engine", {"type": Path, "help": "fake_mt.py"}))
    known = options.engine.read_text()
    modes = [mode for mode in MODES if mode == "mark" or re.search(rf"\b{mode}\b", known)]
    pairs = [p for p in Pairs(open_data(options.folder)).d2l if p.later][:5]
    total: collections.Counter[str] = collections.Counter()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="amts-bench-") as folder:
        honest = {pair.path: run(pair, "mark", options.engine.resolve(), Path(folder)) for pair in pairs}
        for mode in modes:
            counts: collections.Counter[str] = collections.Counter()
            for pair in pairs:
                here = run(pair, mode, options.engine.resolve(), Path(folder))
                faults = {
                    "crashed": [here.talk] if here.code not in (0, 1) or not here.rows else [],
                    "corrupted": corrupted(pair, here, honest[pair.path]) if here.rows else [],
                    "not flagged": not_flagged(pair, here),
                    "not delivered": not_delivered(pair, here),
                }
                counts["replies"] += len(here.replies)
                counts["bad"] += sum(reply.is_bad for reply in here.replies)
                for name, found in faults.items():
                    counts[name] += len(found)
                    for fault in found if options.verbose else ():
                        print(f"  {mode} {pair.path}: {name}: {fault}")
            shown = "  ".join(f"{name} {counts[name]}" for name in ("replies", "bad", *FAULTS))
            print(f"  {mode:<8}", shown, flush=True)
            total += counts
    rows: list[tuple[str, object, str]] = [
        ("pages", len(pairs), ">= 5"),
        ("modes", len(modes), f">= {len(MODES)}"),
        ("requests", total["replies"], ""),
        ("of them with nothing but bad replies", total["bad"], ""),
        *((name, total[name], "= 0") for name in FAULTS),
        ("seconds", round(time.perf_counter() - start, 1), ""),
    ]
    leave(table("misbehaving engines", rows))
    return 0


if __name__ == "__main__":
    sys.exit(tee(Path(sys.argv[2]), sys.argv[3:]) if sys.argv[1:2] == ["--tee"] else main())
