"""What the tests of the middle would let pass: mutations written by hand, put in one by one, and which of them survive.

    python benchmarks/mutants.py                 all of them, some minutes
    python benchmarks/mutants.py --only plan     those with `plan` in their name or file
    python benchmarks/mutants.py --from 20 --most 10
    python benchmarks/mutants.py --check         only whether each can still be put in, as a test asks

A mutation is a decision turned round, a threshold moved or a rule taken out (`mutants.txt`). Nothing is written: the
tests are collected once, and for each mutation a child of this process runs the module's changed text in the place of
the module, then the tests of its room until one fails. One that survives is a decision that no test holds; it gets a
test that says why it is so. What the code is changed to must be wrong, not only different: a faster way to the same
answer is no mutation. The exit status is the number of survivors.
"""

from __future__ import annotations

import argparse
import ast
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

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
"""By the room of the middle, the tests that hold it."""
CASES = ("test_case[", "test_outcome[")
"""Parts of the names of tests whose cases are data: quick, and a decision each, so that they are tried first."""
NO_DECISIONS = (
    "bounded_work",
    "quadratically",
    "linear_work",
    "order_of_sets",
    "other_line_ends",
    "rows_of_the_plan",
    "test_case_twice",
    "without_change",
)
"""Parts of the names of tests that are left out: they count work, or look once more at what other tests decide."""


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
    def tests(self) -> tuple[str, ...]:
        """The tests of the room that the place is in."""
        return TESTS[self.file.split("/", 1)[0]]

    def applied(self) -> str:
        """The text of the file with the mutation in it.

        Raises:
            ValueError: the place is not there, or not once.
        """
        text = (ROOT / "amts_action" / self.file).read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.name}: {text.count(self.old)} places in {self.file}")
        return text.replace(self.old, self.new)

    def put_in(self) -> None:
        """Runs the changed text in the place of the module, here and wherever something of it was imported."""
        name = f"amts_action.{self.file.removesuffix('.py').replace('/', '.')}"
        module = sys.modules[name]
        exec(compile(self.applied(), module.__file__ or name, "exec"), vars(module))
        for other in [m for m in sys.modules.values() if m is not module and _is_ours(m)]:
            for alias, imported in _imports(other, name):
                setattr(other, alias, getattr(module, imported))


def _is_ours(module: ModuleType) -> bool:
    file = getattr(module, "__file__", None) or ""
    return file.endswith(".py") and Path(file).is_relative_to(ROOT) and ".venv" not in file


def _imports(module: ModuleType, name: str) -> Iterator[tuple[str, str]]:
    """What a module imports of another at its top, with the names that it has there."""
    text = Path(module.__file__ or "").read_text(encoding="utf-8")
    for node in ast.parse(text).body if name in text else ():
        if isinstance(node, ast.ImportFrom) and node.module == name:
            yield from ((alias.asname or alias.name, alias.name) for alias in node.names)


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


_NO_TRIAL = "no trial: "
"""Before what went wrong besides the tests."""


class Trial:
    """In the place of pytest's own loop: the collected tests for every mutation, in a child each."""

    def __init__(self, wanted: Sequence[tuple[int, Mutation]]) -> None:
        self.wanted = wanted
        self.survivors: list[str] = []
        self.failed = ""
        self.kills: Counter[str] = Counter()
        """Tests that have failed for some mutation are tried first for the next."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notes the first failure."""
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """All trials."""
        for tests in dict.fromkeys(mutation.tests for _, mutation in self.wanted):
            if failed := self._killer(session, tests, None):
                raise pytest.UsageError(f"nothing can be said: {failed} fails without any mutation")
        for number, mutation in self.wanted:
            began = time.monotonic()
            killer = self._killer(session, mutation.tests, mutation)
            is_killed = bool(killer) and not killer.startswith(_NO_TRIAL)
            self.kills[killer] += is_killed
            self.survivors += [] if is_killed else [mutation.name]
            seconds = time.monotonic() - began
            print(
                f"{number:3} {mutation.name}: {killer or 'SURVIVES'} ({seconds:.0f} s)", file=sys.__stdout__, flush=True
            )
        return True

    def _killer(self, session: pytest.Session, tests: Sequence[str], mutation: Mutation | None) -> str:
        """The test that fails with a mutation; empty when none does."""
        items = [
            i for i in session.items if i.nodeid.startswith(tests) and not any(p in i.nodeid for p in NO_DECISIONS)
        ]
        items.sort(key=lambda item: (-self.kills[item.nodeid], not any(part in item.nodeid for part in CASES)))
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            signal.alarm(SECONDS)
            self.failed = ""
            try:
                if mutation is not None:
                    mutation.put_in()
                for item, after in zip(items, [*items[1:], None], strict=True):
                    item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
                    if self.failed:
                        break
            except BaseException as error:  # noqa: BLE001 (it must not end this process's other work)
                self.failed = f"{_NO_TRIAL}{type(error).__name__}: {error}"
            os.write(writing, self.failed.encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            said = pipe.read().decode()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return said or (f"no end within {SECONDS} s" if status else "")


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
    parser.add_argument("--most", type=int, default=1_000, metavar="N", help="how many numbers from there on")
    parser.add_argument("--tests", action="append", metavar="FILE", help="of the tests only those of some files")
    parser.add_argument("--check", action="store_true", help="put in none, only see that each could be")
    arguments = parser.parse_args(argv)
    wanted = list(chosen(arguments))
    try:
        for _, mutation in wanted:
            mutation.applied()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    if arguments.check:
        print(f"{len(wanted)} mutations can be put in")
        return 0
    os.chdir(ROOT)
    os.environ["AMTS_THOROUGH"] = "0"
    trial = Trial(wanted)
    tests = arguments.tests or dict.fromkeys(test for _, mutation in wanted for test in mutation.tests)
    ended = pytest.main(["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:terminal", *tests], [trial])
    if ended not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return 1
    print(
        f"{len(trial.survivors)} of {len(wanted)} survive" + ": " * bool(trial.survivors) + ", ".join(trial.survivors)
    )
    return min(len(trial.survivors), 100)


if __name__ == "__main__":
    sys.exit(main())
