"""Times of whole processes: `amts --help`, `amts plan` of a whole book, the same with one changed file, `amts merge`.

Median of five runs each, one at a time: wall time and processor time (user + system, children included). On a shared
machine the processor time says more than the wall time. Memory is that of one more run: the largest sum of the resident
memory of the process and its children, looked at every 20 ms (pages that they share count for each: an upper bound).
The book is d2l-zh against d2l-en's newest commit; for "one file changed" the target first gets records that everything
but one page is up to date with that commit. Modules are compiled once, as an installed package's are, also where the
environment forbids Python to keep what it compiles.
"""

from __future__ import annotations

import atexit
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from _repos import Data, arguments, git, leave, open_data, table, tree

from amts_action.books.records import Record, state_path, write_record

AMTS = (sys.executable, "-m", "amts_action.cli")
RUNS = 5
COMPILED = tempfile.mkdtemp(prefix="amts-bench-")
atexit.register(shutil.rmtree, COMPILED, ignore_errors=True)


@dataclass(frozen=True)
class Cost:
    """What a command took."""

    wall: float
    processor: float
    exit_code: int


def start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """A command in a session of its own, its output thrown away."""
    where = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent), "PYTHONPYCACHEPREFIX": COMPILED}
    where.pop("PYTHONDONTWRITEBYTECODE", None)
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdout=quiet, stderr=quiet, env=where, start_new_session=True)


def measure(command: Sequence[str]) -> Cost:
    """One timed run."""
    began = time.perf_counter()
    process = start(command)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, process.returncode)


def memory(command: Sequence[str]) -> float:
    """Largest resident memory of a command and its children in one run, in megabytes."""
    process, most = start(command), 0
    while process.poll() is None:
        most = max(most, sum(_resident(entry, process.pid) for entry in Path("/proc").glob("[0-9]*")))
        time.sleep(0.02)
    return most * os.sysconf("SC_PAGE_SIZE") / 2**20


def _resident(process: Path, session: int) -> int:
    """Resident pages of a process when it belongs to the session."""
    try:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[21]) if int(fields[3]) == session else 0


def median(command: Sequence[str], *, runs: int = RUNS) -> Cost:
    """The median over several runs, after one that fills the caches."""
    found = [measure(command) for _ in range(runs + 1)][1:]
    wall, processor = (statistics.median(getattr(c, name) for c in found) for name in ("wall", "processor"))
    return Cost(wall, processor, found[-1].exit_code)


def one_changed(data: Data) -> Path:
    """A clone of d2l-zh whose records say that it follows d2l-en's newest commit, but for one page a version behind."""
    english = data.repo("d2l-en")
    clone = data.scratch / "d2l-zh-recorded"
    subprocess.run(["git", "clone", "-q", str(data.repo("d2l-zh")), str(clone)], check=True)
    head = git(english, "rev-parse", "HEAD").decode().strip()
    sources, targets = tree(english), tree(clone)
    changed = "chapter_preliminaries/ndarray.md"
    for page in sorted(sources.keys() & targets.keys()):
        if not page.endswith(".md"):
            continue
        commit = head
        if page == changed:
            commit = git(english, "log", "--first-parent", "-m", "--format=%H", "--", page).decode().split()[1]
        blob = git(english, "rev-parse", f"{commit}:{page}").decode().strip()
        path = clone / state_path(page)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(write_record(Record("d2l-en", page, commit, blob)))
    who = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"]
    git(clone, "add", ".amts")
    git(clone, *who, "commit", "-qm", "records")
    return clone


def one_page(data: Data) -> list[str]:
    """The three files of `amts merge` for one page."""
    folder = data.scratch / "page"
    folder.mkdir()
    page = "chapter_preliminaries/ndarray"
    texts = {
        "base.md": git(data.repo("d2l-zh"), "show", f"HEAD:{page}_origin.md"),
        "head.md": git(data.repo("d2l-en"), "show", f"HEAD:{page}.md"),
        "target.md": git(data.repo("d2l-zh"), "show", f"HEAD:{page}.md"),
    }
    for name, content in texts.items():
        (folder / name).write_bytes(content)
    return [str(folder / name) for name in texts] + ["-o", str(folder / "out.md"), "--target-lang", "zh"]


def main() -> None:
    options = arguments(__doc__ or "")
    data = open_data(options.folder)
    english, chinese = data.repo("d2l-en"), data.repo("d2l-zh")
    plan = (*AMTS, "plan", "--source", str(english), "--target-lang", "zh", "--target")
    cases: list[tuple[str, Sequence[str], tuple[str, str]]] = [
        ("amts --help", (*AMTS, "--help"), ("<= 0.25", "")),
        ("amts plan, whole book", (*plan, str(chinese)), ("<= 2", "<= 250")),
        ("amts plan, one file changed", (*plan, str(one_changed(data))), ("<= 0.8", "<= 250")),
        ("amts merge, one page", (*AMTS, "merge", *one_page(data)), ("", "")),
    ]
    good = True
    for name, command, (seconds, megabytes) in cases:
        cost = median(command)
        good &= table(
            f"{name} (exit code {cost.exit_code}, median of {RUNS})",
            [
                ("seconds, wall", round(cost.wall, 2), seconds),
                ("seconds, processor", round(cost.processor, 2), ""),
                ("megabytes", round(memory(command)), megabytes),
            ],
        )
        good &= cost.exit_code in (0, 1)
    leave(good)


if __name__ == "__main__":
    main()
