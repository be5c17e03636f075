"""Work in several processes: the order of its results, what stays where, and that nobody is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from amts_action import processes
from amts_action.errors import AmtsError
from amts_action.pace import rest
from amts_action.processes import crew, side_by_side, spread


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


def _counted(n: int, item: int) -> tuple[int, tuple[int, int]]:
    return item + n, (item, os.getpid())


@pytest.mark.parametrize("count", [1, 3])
def test_a_crew_keeps_its_items_between_tasks(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is made of an item stays in its process; the answers come in the order of the items."""
    monkeypatch.setattr(processes, "processors", lambda: count)
    with crew(range(7), [1, 9, 1, 1, 1, 1, 1], least=0) as at_work:
        first = at_work.each(partial(_counted, 10))
        second = at_work.each(partial(_counted, 0))
    assert [item for item, _ in first] == list(range(7))
    assert [item for item, _ in second] == [n + 10 for n in range(7)]
    assert [who for _, who in first] == [who for _, who in second]
    assert len({who for _, who in first}) == count
    assert sum(who == first[1][1] for _, who in first) == (7 if count == 1 else 1), "the large one is alone"


def test_little_work_is_done_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Below `least`, starting processes would take longer than the work."""
    monkeypatch.setattr(processes, "processors", lambda: 2)
    for least, count in ((2, 2), (3, 1)):
        with crew([1, 2], [1, 1], least=least) as at_work:
            assert len({who for _, who in at_work.each(partial(_counted, 0))}) == count


def _refused(item: int) -> tuple[int, int]:
    if item == 2:
        raise AmtsError("no", mend="do not")
    return item, item


def _killed(item: int) -> tuple[int, int]:
    os.kill(os.getpid(), signal.SIGKILL)
    return item, item


def test_what_goes_wrong_at_work_is_said_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error is raised where the work was asked for; a worker that was killed is no success."""
    monkeypatch.setattr(processes, "processors", lambda: 2)
    for work, told in ((_refused, "no; do not"), (_killed, "ended from outside")):
        with crew([1, 2], [1, 1], least=0) as at_work, pytest.raises(AmtsError, match=told):
            at_work.each(work)


def _endless(item: int) -> tuple[int, int]:
    if item == 2:
        raise AmtsError("no", mend="do not")
    signal.pause()
    return item, item


def test_nobody_goes_on_with_what_is_not_wanted_any_more(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """After an error the others are ended at once, and say nothing of their own."""
    monkeypatch.setattr(processes, "processors", lambda: 2)
    with pytest.raises(AmtsError, match="no"), crew([1, 2], [1, 1], least=0) as at_work:
        at_work.each(_endless)
    assert capfd.readouterr().err == ""


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


def test_work_beside_ends_with_the_waiting() -> None:
    """Whoever waits goes away: what is under way is woken, and nothing else begins."""
    begun: list[int] = []

    def work(n: int) -> int:
        begun.append(n)
        if n:
            rest(600)
        return n

    found = side_by_side(work, [0, 1, 2], at_once=1)
    assert next(found) == (0, 0)
    found.close()  # type: ignore[attr-defined]
    assert begun in ([0], [0, 1]) and not any(thread.name == "beside" for thread in threading.enumerate())


def test_what_one_raises_stops_no_other() -> None:
    """It is raised when all are done."""
    found = []
    with pytest.raises(ZeroDivisionError):
        for n, result in side_by_side(lambda n: 6 // n, [0, 1, 2, 3], at_once=2):
            found.append((n, result))
    assert sorted(found) == [(1, 6), (2, 3), (3, 2)]
