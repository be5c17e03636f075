"""What the tests of the middle would let pass: mutations written by hand, put in one by one, and which of them survive.

    python benchmarks/mutants.py                 all of them, some minutes
    python benchmarks/mutants.py --only plan     those with `plan` in their name or file
    python benchmarks/mutants.py --from 20 --most 10
    python benchmarks/mutants.py --only plan --tests tests/merging/test_plan.py
    python benchmarks/mutants.py --check         only whether each can still be put in: for `.ci/run`

A mutation is a decision turned round, a threshold moved or a rule taken out. Each is made in a copy of the tree, never
in place, then the tests of its room run until one fails. One that survives is a decision that no test holds; it gets a
test that says why it is so. What the code is changed to must be wrong, not only different: a faster way to the same
answer is no mutation. The exit status is the number of survivors, 1 also when a mutation cannot be put in any more.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 300
"""After so long the tests of one mutation are ended: a mutation that never comes to an end is found, too."""
TESTS = {
    "alignment": ("tests/alignment", "tests/merging"),
    "documents": ("tests/documents", "tests/alignment", "tests/merging"),
    "merging": ("tests/merging",),
    "memory": ("tests/memory",),
}
"""By the room of the middle, the tests that hold it, those of the room first."""
LOADED = (
    "hypothesis hypothesis.strategies markdown_it mdit_py_plugins.dollarmath pygments.lexers rapidfuzz.fuzz "
    "rapidfuzz.process sentencex yaml xdist pytest_timeout"
).split()
"""What tests and package load besides themselves."""
NO_DECISIONS = ("bounded_work", "quadratically", "linear_work", "large_and_hostile", "order_of_sets")
"""Parts of the names of tests that count work: slow, and what is decided is not theirs."""


@dataclass(frozen=True)
class Mutation:
    """One change of one place."""

    name: str
    file: str
    """Below `amts_action/`."""
    old: str
    """Stands there once."""
    new: str

    @property
    def room(self) -> str:
        """The room that the place is in."""
        return self.file.split("/", 1)[0]

    def applied(self, root: Path) -> str:
        """The text of the file with the mutation in it.

        Raises:
            ValueError: the place is not there, or not once.
        """
        text = (root / "amts_action" / self.file).read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.name}: {text.count(self.old)} places in {self.file}")
        return text.replace(self.old, self.new)


def mutations() -> list[Mutation]:
    """What `mutants.txt` lists: `== FILE`, then for each its name, `- ` lines that go and `+ ` lines that come."""
    found: list[Mutation] = []
    file = ""
    for line in (ROOT / "benchmarks" / "mutants.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            file = line[3:]
        elif line.startswith("- "):
            found[-1] = replace(found[-1], old=f"{found[-1].old}\n{line[2:]}".lstrip("\n"))
        elif line.startswith("+ "):
            found[-1] = replace(found[-1], new=f"{found[-1].new}\n{line[2:]}".lstrip("\n"))
        elif line:
            found.append(Mutation(line, file, "", ""))
    return found


def copied(folder: Path) -> Path:
    """A copy of the files of the work tree that git knows or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        source = ROOT / name
        if source.is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name)
    return folder


def killer(mutation: Mutation, tree: Path, tests: Sequence[str]) -> str:
    """What failed with the mutation in the tree; empty when nothing did."""
    path = tree / "amts_action" / mutation.file
    was = path.read_bytes()
    path.write_text(mutation.applied(tree), encoding="utf-8")
    try:
        return failure(tests, tree)
    finally:
        path.write_bytes(was)


def failure(tests: Sequence[str], tree: Path) -> str:
    """The first of some tests that fails in the tree; empty when none does.

    The tests run in a child of this process, which has loaded what does not belong to the tree already.
    """
    only = ["-k", " and ".join(f"not {part}" for part in NO_DECISIONS)]
    arguments = ["-xq", "-p", "no:cacheprovider", "-p", "no:randomly", *only, *tests]
    said = tree.parent / "said"
    child = os.fork()
    if not child:
        signal.alarm(SECONDS)
        os.chdir(tree)
        out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        os.dup2(out, 2)
        sys.path.insert(0, str(tree))
        os.environ["AMTS_THOROUGH"] = "0"
        os._exit(pytest.main(arguments))
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == 0:
        return ""
    if status == -signal.SIGALRM:
        return f"no end within {SECONDS} s"
    lines = said.read_text(encoding="utf-8", errors="replace").splitlines()
    failed = (line for line in lines if line.startswith(("FAILED ", "ERROR ")))
    return next(failed, f"exit status {status}").split(" - ")[0]


def chosen(arguments: argparse.Namespace) -> Iterator[tuple[int, Mutation]]:
    """The mutations that were asked for, with their numbers."""
    for number, mutation in enumerate(mutations()):
        is_wanted = any(word in mutation.name or word in mutation.file for word in arguments.only or [""])
        if is_wanted and arguments.start <= number < arguments.start + arguments.most:
            yield number, mutation


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument(
        "--only", action="append", metavar="WORD", help="those with WORD in name or file; may be repeated"
    )
    parser.add_argument("--from", dest="start", type=int, default=0, metavar="N", help="number of the first")
    parser.add_argument("--most", type=int, default=1_000, metavar="N", help="how many from there on")
    parser.add_argument("--tests", action="append", metavar="FILE", help="other tests than those of the room")
    parser.add_argument("--check", action="store_true", help="put in none, only see that each could be")
    arguments = parser.parse_args(argv)
    arguments.tests = tuple(arguments.tests or ())
    wanted = list(chosen(arguments))
    try:
        for _, mutation in wanted:
            mutation.applied(ROOT)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    if arguments.check:
        print(f"{len(wanted)} mutations can be put in")
        return 0
    survivors = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = copied(Path(folder) / "tree")
        for name in LOADED:
            with suppress(ImportError):
                import_module(name)
        for tests in dict.fromkeys(arguments.tests or TESTS[mutation.room] for _, mutation in wanted):
            if found := failure(tests, tree):
                print(f"nothing can be said: without any mutation {found}", file=sys.stderr)
                return 1
        for number, mutation in wanted:
            began = time.monotonic()
            found = killer(mutation, tree, arguments.tests or TESTS[mutation.room])
            survivors += [] if found else [mutation.name]
            print(f"{number:3} {mutation.name}: {found or 'SURVIVES'} ({time.monotonic() - began:.0f} s)", flush=True)
    print(f"{len(survivors)} of {len(wanted)} survive" + (": " if survivors else "") + ", ".join(survivors))
    return min(len(survivors), 100)


if __name__ == "__main__":
    sys.exit(main())
