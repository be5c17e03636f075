"""Work spread over the processors of this machine, in processes and threads that end with the one that waits."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import WeakSet

from amts_action.errors import AmtsError
from amts_action.pace import counted, ended_by

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from queue import SimpleQueue
    from threading import Event, Thread

__all__ = [
    "Crew",
    "Helper",
    "collect_seldom",
    "crew",
    "end_helpers",
    "end_with_parent",
    "processors",
    "side_by_side",
    "spread",
]

T = TypeVar("T")
R = TypeVar("R")


MOST_OBJECTS = 700_000
"""New objects from which Python looks for circles among them. Measured: a plan of d2l-zh keeps 440,000, of which a
tenth are in circles, and to look at them took 3 % of its time."""


def collect_seldom() -> None:
    """Has this process look for circles among its objects a thousand times less often: a run makes few."""
    gc.set_threshold(MOST_OBJECTS, 20, 20)


class Helper:
    """What keeps a process that works for this one, and starts it again when it is needed again."""

    def __init__(self) -> None:
        _HELPERS.add(self)

    def end(self) -> None:
        """Ends the process, if there is one."""
        raise NotImplementedError


_HELPERS: WeakSet[Helper] = WeakSet()


def end_helpers() -> None:
    """Ends the processes of all helpers, as at the end of a command: who holds them may be in a circle, and nobody
    knows when Python comes upon that."""
    for helper in list(_HELPERS):
        helper.end()


GRACE_SECONDS = 3.0
"""How long threads are waited for when the program is being ended: GitHub ends a step that is cancelled by force after
10 seconds (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation)."""


def side_by_side(work: Callable[[T], R], items: Sequence[T], *, at_once: int) -> Iterator[tuple[T, R]]:
    """Each item's work in a thread, begun at once; the item and what came of it, as soon as it is there. What one
    raises stops no other, and is raised in the end.

    When the waiting for them is interrupted, the threads are told (`pace.ended_by`) and soon left alone: they end with
    the process.
    """
    from queue import SimpleQueue
    from threading import Event, Thread

    over = Event()
    left = iter(list(items))
    done: SimpleQueue[tuple[T, R | None, BaseException | None]] = SimpleQueue()

    def run() -> None:
        with ended_by(over):
            for item in left:  # one iterator for all threads: each item is taken once
                if over.is_set():
                    return
                try:
                    done.put((item, work(item), None))
                except BaseException as error:  # noqa: BLE001 - it is raised where the work was asked for
                    done.put((item, None, error))

    threads = [Thread(target=run, name="beside", daemon=True) for _ in range(min(at_once, len(items)))]
    for thread in threads:
        thread.start()
    return _as_they_come(threads, over, done, len(items))


def _as_they_come(
    threads: Sequence[Thread], over: Event, done: SimpleQueue[tuple[T, R | None, BaseException | None]], count: int
) -> Iterator[tuple[T, R]]:
    first: BaseException | None = None
    try:
        for _ in range(count):
            item, result, error = done.get()
            if error is None:
                yield item, result  # type: ignore[misc]  # there is a result where there is no error
            first = first or error
    except BaseException:
        over.set()
        end = time.monotonic() + GRACE_SECONDS
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
        raise
    if first is not None:
        raise first


def processors() -> int:
    """How many processors this process may use, 8 at most: more processes than that take longer to start than to
    work."""
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 8)


def spread(work: Callable[[T], R], tasks: Sequence[T], *, what: str = "working") -> list[R]:
    """`work` done for every task, in order of the tasks; in this process when there is one processor or task.

    Args:
        what: what is done, for whoever watches.
    """
    workers = min(processors(), len(tasks))
    if workers < 2:
        return [work(task) for task in counted(what, tasks, len(tasks))]
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # Forked: a program that calls this need not guard its main module.
    with ProcessPoolExecutor(workers, mp_context=get_context("fork"), initializer=end_with_parent) as pool:
        return list(counted(what, pool.map(work, tasks, chunksize=1), len(tasks)))


class Crew(Generic[T]):
    """Items in this process; what is made of each stays with it from one task to the next."""

    def __init__(self, items: Sequence[T]) -> None:
        self._items = list(items)

    def each(self, work: Callable[[T], tuple[T, R]], *, what: str = "working") -> list[R]:
        """`work` done for every item. It gives the item as it is to be from now on, and an answer; the answers come
        back, in order.

        Args:
            what: what is done, for whoever watches.
        """
        return list(counted(what, self.steps(work), len(self._items)))

    def steps(self, work: Callable[[T], tuple[T, R]]) -> Iterator[R]:
        """The same, one answer at a time."""
        for n, item in enumerate(self._items):
            self._items[n], answer = work(item)
            yield answer


class _Spread(Crew[T]):
    """Items in several processes, each of which keeps its own."""

    def __init__(self, shares: Sequence[Sequence[int]], ends: Sequence[Connection]) -> None:
        self._shares, self._ends = shares, ends

    def each(self, work: Callable[[T], tuple[T, R]], *, what: str = "working") -> list[R]:
        for end in self._ends:
            end.send(work)
        total = sum(map(len, self._shares))
        answers = dict(counted(what, self._answers(), total))
        return [answers[n] for n in range(total)]

    def _answers(self) -> Iterator[tuple[int, Any]]:
        """The number of each item and what came of it, as they come."""
        from multiprocessing.connection import Connection, wait

        left = {end: iter(share) for end, share in zip(self._ends, self._shares, strict=True)}
        count = sum(map(len, self._shares))
        while count:
            for end in wait(list(left)):
                assert isinstance(end, Connection)
                try:
                    told = end.recv()
                except EOFError:
                    what = "a process that was at work was ended from outside, perhaps for want of memory"
                    raise AmtsError(what, mend="run it again with fewer --paths, or on a larger machine") from None
                if isinstance(told, BaseException):
                    raise told
                yield next(left[end]), told
                count -= 1


@contextmanager
def crew(items: Sequence[T], sizes: Sequence[int], *, least: int) -> Iterator[Crew[T]]:
    """The items spread over the processors, as evenly as their sizes allow.

    Args:
        sizes: how much work each item is, in any unit.
        least: the sum of the sizes from which processes of their own pay.
    """
    workers = min(processors(), len(items))
    if workers < 2 or sum(sizes) < least:
        yield Crew(items)
        return
    from multiprocessing import get_context

    shares: list[list[int]] = [[] for _ in range(workers)]
    loads = [0] * workers
    for n in sorted(range(len(items)), key=lambda n: -sizes[n]):
        lightest = loads.index(min(loads))
        shares[lightest].append(n)
        loads[lightest] += sizes[n]
    context = get_context("fork")  # a program that calls this need not guard its main module
    ends: list[Connection] = []
    team = []
    for share in shares:
        here, there = context.Pipe()
        # A worker must not hold the ends of the others: theirs would not end with this process.
        own = [items[n] for n in share]
        team.append(context.Process(target=_keep, args=(own, there, (*ends, here)), daemon=True))
        team[-1].start()
        there.close()
        ends.append(here)
    try:
        yield _Spread(shares, ends)
    except BaseException:
        for worker in team:
            worker.kill()  # what it is at is wanted by nobody any more
        raise
    finally:
        for end in ends:
            end.close()
        for worker in team:
            worker.join()


def _keep(items: Sequence[Any], end: Connection, others: Sequence[Connection]) -> None:
    """A worker: does what it is sent with its items, until nothing comes any more."""
    from traceback import format_exc

    for other in others:
        other.close()
    end_with_parent()
    own: Crew[Any] = Crew(items)
    while True:
        try:
            work = end.recv()
        except EOFError:
            return
        try:
            for answer in own.steps(work):
                end.send(answer)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where the work was asked for
            error.add_note(format_exc())
            end.send(error)


def end_with_parent() -> None:
    """In a process: watches whether the one that waits for its results is still there."""
    from multiprocessing import parent_process
    from threading import Thread

    collect_seldom()
    parent = parent_process()
    if parent is not None:
        Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
