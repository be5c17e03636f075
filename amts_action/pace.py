"""How far long work is, and when it has to end: the work tells the one, and asks for the other where it waits.

Nobody watches unless a shell asks for it. Who watches belongs to the thread that was told so, and to no other: work
that runs beside it stays silent. A signal ends the main thread only, so work in other threads looks whether it is over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

__all__ = ["OVER", "Watch", "WorkEnded", "counted", "go_on", "rest", "tell", "watched"]

T = TypeVar("T")
Watch = Callable[[str, int, int], None]
"""Gets what is being done, how many are done, and of how many."""

OVER = threading.Event()
"""Whether the program is being ended, and nobody waits for work that goes on beside it."""


class WorkEnded(KeyboardInterrupt):
    """The program is being ended."""


def go_on() -> None:
    """Says whether there is any use in it.

    Raises:
        WorkEnded: there is none.
    """
    if OVER.is_set():
        raise WorkEnded


def rest(seconds: float) -> None:
    """Does nothing for a while.

    Raises:
        WorkEnded: the program is being ended.
    """
    if OVER.wait(seconds):
        raise WorkEnded


_WATCH: ContextVar[Watch | None] = ContextVar("amts_watch", default=None)


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Lets `watch` know how far the work of this thread is."""
    token = _WATCH.set(watch)
    try:
        yield
    finally:
        _WATCH.reset(token)


def tell(what: str, done: int, total: int) -> None:
    """Says that so many of so many are done."""
    watch = _WATCH.get()
    if watch is not None:
        watch(what, done, total)


def counted(what: str, items: Iterable[T], total: int) -> Iterator[T]:
    """The items; each counts as done when the next one is asked for."""
    tell(what, 0, total)
    for done, item in enumerate(items, 1):
        yield item
        tell(what, done, total)
