"""What it costs to build a translation memory of a book, and to bring it up to date after one changed document.

Whole processes of `amts memory build`, d2l-zh against d2l-en: cold, after a change of one sentence in a document (the
largest, and one of usual size), and with nothing changed. Wall and processor time (user + system, children included;
on a shared machine the latter says more), and the memory of all processes together, looked at every 20 ms.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from _repos import Data, arguments, git, leave, open_data, table
from speed import AMTS, measure, memory

PAGES = ("chapter_preliminaries/linear-algebra.md", "chapter_recurrent-neural-networks/rnn.md")
RUNS = 3


def clone(data: Data) -> Path:
    """A clone of the translation to commit to."""
    where = data.scratch / "d2l-zh-changed"
    subprocess.run(["git", "clone", "-q", str(data.repo("d2l-zh")), str(where)], check=True)
    return where


def change(book: Path, page: str, number: int) -> None:
    """Commits another first sentence of a page."""
    path = book / page
    path.write_text(path.read_text("utf-8").replace("。", f"，第{number}次。", 1), "utf-8")
    who = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")
    git(book, *who, "commit", "-qam", "change")


def main() -> None:
    options = arguments(__doc__ or "")
    data = open_data(options.folder)
    book, file = clone(data), data.scratch / "memory.sqlite"
    build = (*AMTS, "memory", "build", "--source", str(data.repo("d2l-en")), "--target", str(book))
    command = (*build, "--target-lang", "zh", "--memory", str(file))
    measure(command)  # fills the caches
    good = True
    for name, page, most in (("cold", "", "<= 5"), *((p, p, "<= 0.5") for p in PAGES), ("nothing changed", " ", "")):
        found = []
        for run in range(RUNS):
            if page.strip():
                change(book, page, run)
            elif not page:
                file.unlink(missing_ok=True)
            found.append(measure(command))
        best = min(found, key=lambda cost: cost.wall)
        rows: list[tuple[str, object, str]] = [
            ("seconds, wall, best of 3", round(best.wall, 2), most),
            ("seconds, processor", round(min(cost.processor for cost in found), 2), ""),
        ]
        if not page:
            file.unlink(missing_ok=True)
            rows.append(("megabytes", round(memory(command)), "<= 300"))
        good &= table(name, rows) and best.exit_code == 0
    leave(good)


if __name__ == "__main__":
    main()
