"""Work spread over the processors of this machine, in processes that end with the one that waits for them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from typing import TypeVar

from amts_action.pace import counted

__all__ = ["end_with_parent", "processors", "spread"]

T = TypeVar("T")
R = TypeVar("R")


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


def end_with_parent() -> None:
    """In a process: watches whether the one that waits for its results is still there."""
    import gc
    from multiprocessing import parent_process
    from threading import Thread

    gc.set_threshold(70_000, 20, 20)
    parent = parent_process()
    if parent is not None:
        Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
