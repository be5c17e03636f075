"""Work in several processes: the order of its results, and that nobody is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from amts_action import processes
from amts_action.processes import spread


def _square(n: int) -> tuple[int, int]:
    return n * n, os.getpid()


@pytest.mark.parametrize("count", [1, 3])
def test_results_come_in_the_order_of_the_tasks(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One processor does all here; several share the work, and the results are the same."""
    monkeypatch.setattr(processes, "processors", lambda: count)
    done = spread(_square, list(range(40)))
    assert [n for n, _ in done] == [n * n for n in range(40)]
    assert (os.getpid() in {who for _, who in done}) == (count == 1)
    assert spread(_square, []) == []


LEFT = """
import os, sys, time
from pathlib import Path
from amts_action import processes
processes.processors = lambda: 2
def work(n):
    Path(sys.argv[1], str(os.getpid())).touch()
    while True:
        time.sleep(60)
processes.spread(work, [1, 2])
"""


def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    """When the process that waits is killed, its workers do not stay."""
    with subprocess.Popen([sys.executable, "-c", LEFT, str(tmp_path)], stdout=subprocess.PIPE) as parent:
        while len(list(tmp_path.iterdir())) < 2:
            assert parent.poll() is None
        parent.send_signal(signal.SIGKILL)
        assert parent.stdout is not None
        # The workers hold the other end of the pipe: it ends when the last of them has.
        assert parent.stdout.read() == b""
    assert len(list(tmp_path.iterdir())) == 2
