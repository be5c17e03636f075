"""A generated book of many pages through `amts sync --pull-request`: time, memory and requests of whole processes.

    python benchmarks/large_book.py [--pages 10000] [--profile DIR] [--verbose]

Both books are made here, each page has its record, and the translation lies on the server of `tests/hubkit`, which
counts the requests of git, too. Runs, one after the other: the first with records, after a commit of the English that
changes one page in a hundred; one with nothing new; one after a push that changes one page, when the first pull request
has been merged; and `amts status`. The books are folders whose remote is the server, as a workflow's checkout is.
Processor time is user and system time, children included: on a shared machine it says more than the wall time. Memory
is the largest sum of the resident memory of the process and its children, looked at every 50 ms.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from _repos import git, leave, table

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from gitkit import git_environment  # noqa: E402
from hubkit import Hub, serve  # noqa: E402

from amts_action.books.records import Record, state_path, write_record  # noqa: E402

WORDS = "oven flour bread river stone garden letter winter engine paper signal copper lantern harbour window".split()
CHARS = "烤箱面粉河石园信冬机纸号铜灯港窗水火山"
CHAPTER = 100
"""Pages of a folder."""
SHARE = 100
"""One page in so many changes before the first run."""
ENGINE = """
import json, sys
for line in sys.stdin:
    row = json.loads(line)
    print(json.dumps({"id": row["id"], "text": "新" + row["text"]}), flush=True)
"""


def english(number: int, version: int = 0) -> str:
    """A page of some 1,500 characters; a later version has another sentence in its middle."""
    chance = random.Random(number)
    parts = [f"# Page {number}\n"]
    for at in range(6):
        names = [chance.choice(WORDS) for _ in range(24)]
        text = f"The {' '.join(names[:12])} of {number}.{at} is new. A {' '.join(names[12:])} is not."
        parts.append(text + (f" Version {version} is the newest." if version and at == 3 else "") + "\n")
    parts.append(f"```python\nx = {number}\nprint(x)\n```\n")
    return "\n".join(parts)


def chinese(number: int) -> str:
    """What people made of it."""
    chance = random.Random(-number - 1)
    parts = [f"# 第{number}页\n"]
    for at in range(6):
        names = "".join(chance.choice(CHARS) for _ in range(40))
        parts.append(f"{number}.{at}的{names[:20]}是新的。{names[20:]}不是。\n")
    parts.append(f"```python\nx = {number}\nprint(x)\n```\n")
    return "\n".join(parts)


def path_of(number: int) -> str:
    """Where a page is."""
    return f"part{number // CHAPTER:03d}/page{number:05d}.md"


def commit(folder: Path, files: Iterator[tuple[str, bytes]], when: int) -> str:
    """A commit on `main` of a repository, through `git fast-import`."""
    if not (folder / ".git").exists():
        subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True, env=git_environment())
    parent = subprocess.run(
        ["git", "-C", str(folder), "rev-parse", "-q", "--verify", "main"], capture_output=True, check=False
    )
    with subprocess.Popen(["git", "-C", str(folder), "fast-import", "--quiet"], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        write = process.stdin.write
        write(f"commit refs/heads/main\ncommitter A <a@b.example> {when} +0000\ndata 1\nx\n".encode())
        if parent.stdout:
            write(b"from refs/heads/main^0\n")
        for path, data in files:
            write(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")
    assert process.returncode == 0
    return git(folder, "rev-parse", "main").decode().strip()


@dataclass(frozen=True)
class Cost:
    """What a run took."""

    wall: float
    processor: float
    megabytes: float
    api: int
    git: int
    code: int
    said: str


def resident(pid: int) -> int:
    """Kilobytes of a process and of what it has started."""
    total, todo = 0, [pid]
    while todo:
        one = todo.pop()
        try:
            fields = Path(f"/proc/{one}/statm").read_text().split()
            total += (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGE_SIZE") // 1024  # shared pages count once
            for task in Path(f"/proc/{one}/task").iterdir():
                todo += [int(child) for child in (task / "children").read_text().split()]
        except (OSError, IndexError, ValueError):
            continue
    return total


def measure(hub: Hub, command: list[str], environ: dict[str, str]) -> Cost:
    """One run, and the requests that came of it."""
    before, began, most = len(hub.requests), time.perf_counter(), 0
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=environ, stdout=said, stderr=said)
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            most = max(most, resident(process.pid))
            time.sleep(0.05)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - began
        said.seek(0)
        words = said.read().decode("utf-8", "replace")
    new = hub.requests[before:]
    api = sum(request.kind == "api" for request in new)
    return Cost(wall, usage.ru_utime + usage.ru_stime, most / 1024, api, len(new) - api, process.returncode, words)


def main() -> None:
    """Makes the books, runs, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--profile", type=Path, metavar="DIR", help="write profiles of the runs there")
    parser.add_argument("--verbose", action="store_true", help="what each run says")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, serve(Path(scratch) / "hub") as hub:
        folder = Path(scratch)
        en, zh = folder / "en", folder / "zh"
        first = commit(en, ((path_of(n), english(n).encode()) for n in range(options.pages)), 1_600_000_000)
        ids = {}
        for row in git(en, "ls-tree", "-r", first).decode().splitlines():
            head, _, path = row.partition("\t")
            ids[path] = head.split()[2]

        def translated() -> Iterator[tuple[str, bytes]]:
            yield "config.ini", b"[project]\nlang = zh\n"
            for n in range(options.pages):
                yield path_of(n), chinese(n).encode()
                yield state_path(path_of(n)), write_record(Record(str(en), path_of(n), first, ids[path_of(n)]))

        commit(zh, translated(), 1_600_100_000)
        server = hub.repository("books/zh", zh)
        git(zh, "remote", "add", "origin", f"{hub.url}/books/zh")
        git(zh, "fetch", "-q", "origin")
        (folder / "engine.py").write_text(ENGINE, encoding="utf-8")
        environ = {
            **git_environment(),
            "PYTHONPATH": str(ROOT),
            "GITHUB_SERVER_URL": hub.url,
            "GITHUB_API_URL": hub.api_url,
            "AMTS_TOKEN": hub.token(repositories=["books/zh"]),
            "AMTS_GATE": "off",
            "AMTS_CACHE_DIR": str(folder / "cache"),
            "PYTHONPYCACHEPREFIX": str(folder / "compiled"),  # as in an installed program
        }
        environ.pop("PYTHONDONTWRITEBYTECODE", None)
        books = ["--source", str(en), "--target", str(zh)]
        engine = ["--engine", "command", "--engine-command", f"{sys.executable} {folder / 'engine.py'}"]
        report = ["--report-dir", str(folder / "report")]

        def run(name: str, *command: str) -> Cost:
            profile = ["-m", "cProfile", "-o", str(options.profile / f"{name}.prof")] if options.profile else []
            cost = measure(hub, [sys.executable, *profile, "-m", "amts_action.cli", *command], environ)
            if options.verbose or cost.code > 1:
                print(f"{name}: exit {cost.code}\n{cost.said[-1500:]}", file=sys.stderr)
            return cost

        run("compiled", "sync", "--help")
        changed = range(0, options.pages, SHARE)
        sync = ["sync", "--pull-request", *engine, *report, *books]
        commit(en, ((path_of(n), english(n, 1).encode()) for n in changed), 1_600_200_000)
        one = run("first", *sync)
        nothing = run("nothing", *sync)
        server.merge(server.open_pulls[0].number)
        git(zh, "fetch", "-q", "origin")
        commit(en, iter([(path_of(7), english(7, 2).encode())]), 1_600_300_000)
        push = run("push", *sync)
        status = run("status", "status", *books)
    rows: list[tuple[str, object, str]] = []
    limits = {"first run": (one, 60, 400, 0), "nothing new": (nothing, 0, 400, 15), "one page": (push, 3, 400, 20)}
    for name, (cost, seconds, memory, requests) in limits.items():
        rows += [
            (f"{name}: wall seconds", round(cost.wall, 2), ""),
            (f"{name}: processor seconds", round(cost.processor, 2), f"<= {2 * seconds}" if seconds else ""),
            (f"{name}: megabytes", round(cost.megabytes), f"<= {memory}"),
            (f"{name}: requests of the API", cost.api, f"<= {requests}" if requests else ""),
            (f"{name}: requests of git", cost.git, ""),
            (f"{name}: exit code", cost.code, "<= 1"),
        ]
    rows += [
        ("status: wall seconds", round(status.wall, 2), ""),
        ("status: processor seconds", round(status.processor, 2), ""),
    ]
    leave(table(f"a book of {options.pages:,} pages", rows))


if __name__ == "__main__":
    main()
