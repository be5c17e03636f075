"""How far long work is: the work tells, and whoever watches shows it. Nobody watches unless a shell asks for it.

Who watches belongs to the thread that was told so, and to no other: work that runs beside it stays silent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

__all__ = ["Watch", "counted", "tell", "watched"]

T = TypeVar("T")
Watch = Callable[[str, int, int], None]
"""Gets what is being done, how many are done, and of how many."""

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
