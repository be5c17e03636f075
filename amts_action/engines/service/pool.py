"""Several calls to a service at once, and when to stop calling it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from amts_action.errors import AmtsError

__all__ = ["Stopped", "pooled"]

Job = TypeVar("Job")
Result = TypeVar("Result")

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

    Args:
        call: does one job, in any thread.
        workers: how many calls are under way at once.
        is_hopeless: whether an error means that all other calls would fail, too.
        report: gets the number of good calls so far, after each.

    Raises:
        AmtsError: the error that stopped the calls, when not one was good.
    """
    calls = _Calls(call, is_hopeless, report)
    with ThreadPoolExecutor(max(1, min(workers, len(jobs)))) as pool:
        try:
            waiting = {pool.submit(calls.one, job): n for n, job in enumerate(jobs)}
            for future in as_completed(waiting):
                yield waiting.pop(future), future.result()
        finally:
            calls.is_over = True
    if calls.error is not None and not calls.good:
        raise calls.error


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
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def one(self, job: Job) -> Result | AmtsError:
        if self.error is not None or self.is_over:
            return Stopped(self.error.what if self.error else "the run was ended")
        try:
            done = self.call(job)
        except AmtsError as error:
            with self._lock:
                self.bad_in_a_row += 1
                if self.is_hopeless(error) or self.bad_in_a_row >= IN_A_ROW:
                    self.error = self.error or error
            return error
        with self._lock:
            self.good += 1
            self.bad_in_a_row = 0
            self.report(self.good)
        return done
