"""How far long work is, and when it has to end: the work tells the one, and asks for the other where it waits.

Nobody watches unless a shell asks for it. Who watches belongs to the thread that was told so, and to no other: work
that runs beside it stays silent. A signal ends the main thread only, so work in other threads looks whether it is over.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

__all__ = ["Watch", "WorkEnded", "counted", "ended_by", "go_on", "rest", "tell", "watched"]

T = TypeVar("T")
Watch = Callable[[str, int, int], None]
"""Gets what is being done, how many are done, and of how many."""

_END: ContextVar[threading.Event | None] = ContextVar("amts_end", default=None)
"""In a thread beside others: set when nobody waits any more for what it does."""


class WorkEnded(KeyboardInterrupt):
    """Whoever waited for the work of this thread was interrupted."""


@contextmanager
def ended_by(event: threading.Event) -> Iterator[None]:
    """Lets the work of this thread end when the event is set."""
    token = _END.set(event)
    try:
        yield
    finally:
        _END.reset(token)


def go_on() -> None:
    """Says whether there is any use in it.

    Raises:
        WorkEnded: there is none.
    """
    event = _END.get()
    if event is not None and event.is_set():
        raise WorkEnded


def rest(seconds: float) -> None:
    """Does nothing for a while.

    Raises:
        WorkEnded: nobody waits any more.
    """
    event = _END.get()
    if event is None:
        time.sleep(seconds)
    elif event.wait(seconds):
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
