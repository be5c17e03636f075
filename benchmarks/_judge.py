"""What went wrong with a merged page, judged by splitting on blank lines and fences, without the measured program.

The rules are those of `replay.py`, but for two that a chain made strike wrongly: an equation that stands in the output
without blank lines around it is there, and a list that only lost items holds nothing new. Two are added: `code_broken`,
programs that Python can read no more though it could read those of the head and of the translation, and `unbalanced`,
tabs that do not open and close in turn though they did.
"""

from __future__ import annotations

import ast
import collections
import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

FENCE = re.compile(r"\s*(`{3,}|~{3,})")
ONLY_MARKS = re.compile(r"(\s*:\w+:`[^`]*`\s*|\s*:(begin|end)_tab:.*)+")


def blocks(text: str) -> list[str]:
    """Paragraphs between blank lines, and fenced blocks whole. A form feed (between cells) ends an open fence."""
    if "\f" in text:
        return [block for part in text.split("\f") for block in blocks(part)]
    out: list[str] = []
    held: list[str] = []
    fence = ""
    for line in text.split("\n"):
        m = FENCE.match(line)
        if fence:
            held.append(line)
            if m and line.strip().startswith(fence) and not line.strip().strip("`~"):
                out.append("\n".join(held))
                held, fence = [], ""
        elif m:
            if held:
                out.append("\n".join(held))
            held, fence = [line], m.group(1)
        elif line.strip():
            held.append(line)
        elif held:
            out.append("\n".join(held))
            held = []
    return [*out, "\n".join(held)] if held else out


def is_code(block: str) -> bool:
    """Whether it is a fenced block."""
    return FENCE.match(block) is not None


def is_prose(block: str) -> bool:
    """Whether it is neither code nor a display equation nor a line of labels and tabs."""
    return not is_code(block) and not block.startswith("$$") and ONLY_MARKS.fullmatch(block) is None


def labels(split: Sequence[str]) -> list[str]:
    """Labels outside code, with their repetitions."""
    return re.findall(r":(?:eq)?label:`([^`]+)`", "\n".join(b for b in split if not is_code(b)))


def equations(split: Iterable[str]) -> list[str]:
    """Display equations without white space and the label line."""
    return [re.sub(r"\s+", "", b.split("\n:")[0]) for b in split if b.startswith("$$")]


def lost(before: Iterable[str], after: Iterable[str]) -> collections.Counter[str]:
    """What of `before` is not in `after`, with multiplicity."""
    return collections.Counter(before) - collections.Counter(after)


@dataclass(frozen=True)
class Row:
    """What a judge needs to know of one action of the plan."""

    action: str
    kind: str
    flags: tuple[str, ...]

    @property
    def is_code(self) -> bool:
        """Whether it is about a program."""
        return self.kind in ("code", "code_block")


def reads(block: str) -> bool:
    """Whether a fenced Python program can be read by Python, magics and tab marks aside."""
    lines = block.split("\n")[1:-1]
    plain = [re.sub(r"^(\s*)[%!].*", r"\1pass", line) for line in lines if not line.startswith(("%%", "#@"))]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse("\n".join(plain))
    except (SyntaxError, ValueError):
        return False
    return True


def balanced(split: Sequence[str]) -> bool:
    """Whether tabs outside programs open and close in turn."""
    marks = re.findall(r"^[ \t]*:(begin|end)_tab:", "\n".join(b for b in split if not is_code(b)), re.M)
    return marks == ["begin", "end"] * (len(marks) // 2)


def judge(base: str, head: str, target: str, out: str, plan: Sequence[Row], marks: int) -> collections.Counter[str]:
    """Faults by kind, as `replay.py` counts them. `marks` is the number of new pieces of machine text in `out`."""
    split = {name: blocks(text) for name, text in (("b", base), ("h", head), ("t", target), ("o", out))}
    prose = {name: [b for b in found if not is_code(b)] for name, found in split.items()}
    code = {name: [b for b in found if is_code(b)] for name, found in split.items()}
    faults: collections.Counter[str] = collections.Counter()
    fine = [b for name in "ht" for b in code[name]]
    if all(map(reads, fine)):
        faults["code_broken"] = sum(not reads(b) for b in lost(code["o"], fine))
    if balanced(split["h"]) and balanced(split["t"]):
        faults["unbalanced"] = not balanced(split["o"])
    tags = {name: labels(found) for name, found in split.items()}
    for name, side in (("collateral", prose), ("code_touched", code)):
        faults[name] = max(0, lost(side["t"], side["o"]).total() - lost(side["b"], side["h"]).total())
    flagged = sum(r.is_code and bool(r.flags or r.action in ("conflict", "owed", "code")) for r in plan)
    fresh_code = collections.Counter(code["h"]) - collections.Counter(code["b"]) - collections.Counter(code["o"])
    faults["code_missing"] = max(0, fresh_code.total() - flagged)
    faults["labels"] = sum((x in tags["t"] or x not in tags["b"]) and tags["o"].count(x) != 1 for x in set(tags["h"]))
    there = {name: collections.Counter(equations(found)) for name, found in split.items()}
    whole = re.sub(r"\s+", "", out)
    faults["equations"] = sum(e not in whole for e in there["h"] - there["b"] - there["o"])
    old = {line for b in split["b"] for line in b.split("\n")}
    unseen = lost((b for b in split["h"] if is_prose(b)), split["b"])
    fresh = sum(n for b, n in unseen.items() if any(line not in old for line in b.split("\n")))
    acts = [r for r in plan if r.action not in ("keep", "code", "delete") and not r.is_code]
    done = sum(r.action in ("translate", "revise") and not r.flags for r in acts)
    faults["undelivered"] = max(0, fresh - len(acts)) + max(0, done - marks)
    return +faults


NAMES = (
    "collateral",
    "code_touched",
    "code_missing",
    "code_broken",
    "labels",
    "equations",
    "unbalanced",
    "undelivered",
    "unstable",
    "crashed",
)
