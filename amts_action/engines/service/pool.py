"""Several calls to a service at once, and when to stop calling it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar, cast

from amts_action.errors import AmtsError
from amts_action.pace import go_on

__all__ = ["Stopped", "pooled"]

Job = TypeVar("Job")
Result = TypeVar("Result")

LOOK_SECONDS = 0.5
"""How often a thread that waits for an answer looks whether the program is being ended."""
GRACE_SECONDS = 2.0
"""How long calls under way are waited for then: they are paid for, and what comes is kept."""
IN_A_ROW = 10
"""So many failed calls without a good one between them end the run."""


class Stopped(AmtsError):
    """The call was not made, because others had shown that it is of no use."""


def pooled(
    call: Callable[[Job], Result],
    jobs: Sequence[Job],
    *,
    workers: int,
    is_hopeless: Callable[[AmtsError], bool],
    report: Callable[[int], None] = lambda count: None,
) -> Iterator[tuple[int, Result | AmtsError]]:
    """Index and result of each job, or its error, as soon as it is there.

    When the waiting is interrupted no more calls are made, and what those under way give soon comes before the end.

    Args:
        call: does one job, in any thread.
        workers: how many calls are under way at once.
        is_hopeless: whether an error means that all other calls would fail, too.
        report: gets the number of good calls so far, after each.

    Raises:
        AmtsError: the error that stopped the calls, when not one was good.
    """
    calls = _Calls(call, is_hopeless, report)
    waiting, left, stop, end = iter(enumerate(jobs)), len(jobs), None, 0.0
    done: SimpleQueue[tuple[int, Result | BaseException]] = SimpleQueue()

    def work() -> None:
        """One thread: takes jobs as long as there are any. A task of the pool for each job takes ten times as long."""
        while True:
            with calls.lock:
                n, job = next(waiting, (-1, None))
            if n < 0:
                return
            try:
                done.put((n, calls.one(cast(Job, job))))
            except BaseException as error:  # noqa: BLE001 - it is raised where the work was asked for
                done.put((n, error))

    count = max(1, min(workers, len(jobs)))
    pool = ThreadPoolExecutor(count)
    try:
        for _ in range(count):
            pool.submit(work)
        while left:
            try:
                number, result = _next(done, max(0.0, end - time.monotonic()) if stop else None)
            except KeyboardInterrupt as interrupt:
                if stop is not None:
                    raise
                calls.is_over, stop, end = True, interrupt, time.monotonic() + GRACE_SECONDS
                continue
            except Empty:
                break
            if isinstance(result, BaseException) and not isinstance(result, AmtsError):
                raise result
            left -= 1
            yield number, result
    finally:
        calls.is_over = True
        pool.shutdown(wait=False, cancel_futures=True)
    if stop is not None:
        raise stop
    if calls.error is not None and not calls.good:
        raise calls.error


def _next(
    done: SimpleQueue[tuple[int, Result | BaseException]], seconds: float | None
) -> tuple[int, Result | BaseException]:
    """The next that is there.

    Args:
        seconds: to wait for it; None: as long as it takes, unless the program is being ended.

    Raises:
        Empty: nothing came.
        WorkEnded: the program is being ended.
    """
    while True:
        try:
            return done.get(timeout=LOOK_SECONDS if seconds is None else seconds)
        except Empty:
            if seconds is not None:
                raise
            go_on()


@dataclass(slots=True)
class _Calls(Generic[Job, Result]):
    """What the threads know of each other."""

    call: Callable[[Job], Result]
    is_hopeless: Callable[[AmtsError], bool]
    report: Callable[[int], None]
    good: int = 0
    bad_in_a_row: int = 0
    error: AmtsError | None = None
    """Why no more calls are made."""
    is_over: bool = False
    """Nobody waits for the results any more."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def one(self, job: Job) -> Result | AmtsError:
        if self.error is not None or self.is_over:
            return Stopped(self.error.what if self.error else "the run was ended")
        try:
            done = self.call(job)
        except AmtsError as error:
            with self.lock:
                self.bad_in_a_row += 1
                if self.is_hopeless(error) or self.bad_in_a_row >= IN_A_ROW:
                    self.error = self.error or error
            return error
        with self.lock:
            self.good += 1
            self.bad_in_a_row = 0
            self.report(self.good)
        return done
