"""What it costs to score stored translations, and whether the scores are those of sacrebleu's own command.

Five articles of d2l-zh, three systems, both directions. The systems are people's translations with words taken out,
put elsewhere or turned round by lot, the first the worst. Whole processes of `amts evaluate`, best of three, wall and
processor time; then the scores of all segments together against `python -m sacrebleu`, to the last digit: of the best
system, with `--all` of all, which takes sacrebleu minutes.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from _repos import Data, arguments, git, leave, open_data, table
from speed import AMTS, measure

ARTICLES = (
    "chapter_preliminaries/linear-algebra.md",
    "chapter_preliminaries/calculus.md",
    "chapter_preliminaries/probability.md",
    "chapter_recurrent-modern/beam-search.md",
    "chapter_recurrent-modern/seq2seq.md",
)
SYSTEMS = {"worst": 0.6, "middle": 0.35, "best": 0.15}
"""How many of the lines of language are spoilt."""
RUNS = 3
DIRECTIONS = {"forward": "en-zh", "reverse": "zh-en"}
FLAGS = {"forward": "system", "reverse": "reverse-system"}
METRICS = ("BLEU", "chrF2++", "TER")


def spoilt(text: str, share: float, lot: random.Random) -> str:
    """A page with words of some of its lines taken out, put elsewhere or turned round; all else stays."""
    out, is_code = [], False
    for line in text.split("\n"):
        is_code ^= line.startswith(("```", "$$"))
        words = re.findall(r"`[^`]*`|\$[^$]*\$|[\u3000-\u9fff\uff00-\uffef]|\S+|\s+", line)
        if (
            is_code
            or line[:1] in ("", "`", "$", ":", "#", "|", "!", "%", " ")
            or lot.random() > share
            or len(words) < 8
        ):
            out.append(line)
            continue
        first = lot.randrange(1, len(words) - 4)
        last = first + lot.randrange(2, 3 + len(words) // 3)
        run, rest = words[first:last], words[:first] + words[last:]
        where = lot.randrange(1, len(rest) + 1)
        out.append(
            "".join(lot.choice((rest, words[:first] + run[::-1] + words[last:], rest[:where] + run + rest[where:])))
        )
    return "\n".join(out)


def write_outputs(data: Data) -> Path:
    """The systems' translations, in a folder for each direction and system."""
    top = data.scratch / "outputs"
    for direction in DIRECTIONS:
        book = data.repo("d2l-zh" if direction == "forward" else "d2l-en")
        for name, share in SYSTEMS.items():
            for page in ARTICLES:
                path = top / direction / name / page
                path.parent.mkdir(parents=True, exist_ok=True)
                text = git(book, "show", f"HEAD:{page}").decode("utf-8")
                path.write_text(spoilt(text, share, random.Random(f"{direction} {name} {page}")), "utf-8")
    return top


def lines(out: Path, direction: str, part: str) -> list[str]:
    """The segments of all articles."""
    return [
        line
        for page in sorted(out.glob(f"segments/{direction}/**/*.{part}.txt"))
        for line in page.read_text("utf-8").split("\n")[:-1]
    ]


def theirs(data: Data, out: Path, direction: str, name: str) -> dict[str, float]:
    """The scores by sacrebleu's own command."""
    files = []
    for part in ("reference", f"system.{name}"):
        files.append(data.scratch / f"{direction}-{part}.txt")
        files[-1].write_text("".join(f"{line}\n" for line in lines(out, direction, part)), "utf-8")
    command = [sys.executable, "-m", "sacrebleu", str(files[0]), "-i", str(files[1]), "-l", DIRECTIONS[direction]]
    command += ["-m", "bleu", "chrf", "ter", "--chrf-word-order", "2", "-w", "10"]
    command += ["--ter-normalized", "--ter-asian-support"] if direction == "forward" else []
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return {one["name"]: one["score"] for one in found}


def differences(data: Data, out: Path, record: Path, names: Collection[str]) -> Iterator[str]:
    """Scores of these systems that are not sacrebleu's."""
    for one in json.loads(record.read_text("utf-8"))["tables"]:
        for system, scores in zip(one["systems"], one["together"], strict=True):
            if system["name"] not in names:
                continue
            wanted = theirs(data, out, one["direction"], system["name"])
            for metric in METRICS:
                ours = round(scores[metric]["value"], 10)
                if ours != wanted[metric]:
                    yield f"{one['direction']} {system['name']} {metric}: {ours}, sacrebleu {wanted[metric]}"


def main() -> None:
    options = arguments(__doc__ or "", ("--all", {"action": "store_true", "help": "check the scores of all systems"}))
    data = open_data(options.folder)
    outputs, out, record = write_outputs(data), data.scratch / "out", data.scratch / "scores.json"
    given = [f"--{flag}={name}={outputs / d / name}" for d, flag in FLAGS.items() for name in SYSTEMS]
    books = ("--source", str(data.repo("d2l-en")), "--target", str(data.repo("d2l-zh")), "--target-lang", "zh")
    command = (*AMTS, "evaluate", *books, *given, "--output-dir", str(out), "--json", str(record), "--paths", *ARTICLES)
    measure(command)  # fills the caches
    found = [measure(command) for _ in range(RUNS)]
    wrong = list(differences(data, out, record, SYSTEMS if options.all else ["best"]))
    for line in wrong if options.verbose else ():
        print(line)
    rows: list[tuple[str, object, str]] = [
        ("seconds, wall, best of 3", round(min(cost.wall for cost in found), 2), "<= 5"),
        ("seconds, processor", round(min(cost.processor for cost in found), 2), ""),
        ("segments", len(lines(out, "forward", "reference")) + len(lines(out, "reverse", "reference")), ">= 500"),
        ("scores that are not those of sacrebleu's command", len(wrong), "= 0"),
    ]
    good = table(f"amts evaluate, {len(ARTICLES)} articles, {len(SYSTEMS)} systems, both directions", rows)
    leave(good and all(cost.exit_code == 0 for cost in found))


if __name__ == "__main__":
    main()
