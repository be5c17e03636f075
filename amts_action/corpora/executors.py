"""Runs tasks in other processes or on other machines, a few at a time, and gives their results in order.

The engines are existing ones: the standard library's process pool, or a cluster of dask.distributed. What is added
here is that a worker may die: the tasks that it had are done again, each alone if need be, so that only a task that
kills every worker it meets is given up.
"""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar

from amts_action.corpora.work import Result, Task, do, failed
from amts_action.errors import InputError, ServiceError
from amts_action.processes import end_with_parent

if TYPE_CHECKING:
    pass

__all__ = ["Cluster", "Executor", "Lost", "Processes", "open_executor", "results"]

_AHEAD = 4
"""Tasks that are under way for each worker: enough that none waits, few enough for the memory."""
_SECONDS_TO_CONNECT = 20
_MINUTES_WITHOUT_WORKERS = 10
"""How long a cluster may be without workers before a run gives up."""
_ASK_EVERY = 100
"""Tasks after which a cluster is asked again how large it is."""


_Tag = TypeVar("_Tag")


class Memo(Protocol):
    """What earlier runs have found."""

    def known(self, key: bytes) -> Result | None:
        """The result of an earlier task."""

    def keep(self, key: bytes, data: Result) -> None:
        """Takes a result."""


class Lost(Exception):
    """A worker died over a task, or while it had it."""


class Executor(Protocol):
    """Runs `corpora.work.do` somewhere else. Use it as a context manager."""

    def share(self, words: bytes) -> None:
        """What all later tasks get as their second argument."""

    def window(self) -> int:
        """How many tasks should be under way."""

    def submit(self, task: Task) -> Any:
        """Starts a task; gives what `result` takes."""

    def result(self, started: Any) -> Result:
        """Waits for a task.

        Raises:
            Lost: its worker died.
            ServiceError: the cluster is gone.
        """


def results(
    executor: Executor, tasks: Iterable[tuple[_Tag, Task | Result]], words: bytes, memo: Memo
) -> Iterator[tuple[_Tag, Task | Result, Result]]:
    """Tag, task and result of each task, in order; no more tasks are taken than may be under way.

    Args:
        tasks: what is a result already is handed on.
        words: what every task gets besides.
        memo: knows results of earlier runs, and keeps new ones.
    """
    executor.share(words)
    under_way: deque[_Started[_Tag]] = deque()
    for tag, task in tasks:
        under_way.append(_start(executor, tag, task, words, memo))
        while len(under_way) >= executor.window():
            yield _next(executor, under_way, memo)
    while under_way:
        yield _next(executor, under_way, memo)


@dataclass(slots=True)
class _Started(Generic[_Tag]):
    tag: _Tag
    task: Task | Result
    key: bytes
    at: Any
    """What the executor gave; a `_Done` when there is nothing to wait for."""


def _start(executor: Executor, tag: _Tag, task: Task | Result, words: bytes, memo: Memo) -> _Started[_Tag]:
    if not isinstance(task, Task):
        return _Started(tag, task, b"", _Done(task))
    key = task.key(words)
    known = memo.known(key)
    return _Started(tag, task, key, executor.submit(task) if known is None else _Done(known))


def _next(executor: Executor, under_way: deque[_Started[_Tag]], memo: Memo) -> tuple[_Tag, Task | Result, Result]:
    first = under_way.popleft()
    found: Result | None
    try:
        found = _waited(executor, first)
    except Lost:
        found = _alone(executor, first, under_way)
        if found is None and isinstance(first.task, Task):
            return first.tag, first.task, failed(first.task, "no process survives it; it may need too much memory")
    if found is None:
        raise AssertionError("only a task can be lost")
    if not isinstance(first.at, _Done) or first.at.is_new:
        memo.keep(first.key, found)
    return first.tag, first.task, found


def _waited(executor: Executor, started: _Started[_Tag]) -> Result:
    return started.at.value if isinstance(started.at, _Done) else executor.result(started.at)


def _alone(executor: Executor, first: _Started[_Tag], others: Iterable[_Started[_Tag]]) -> Result | None:
    """The result of a task that is started again once those that were under way with it have come to their end.

    Any of them may have killed the worker; those that are lost, too, will each be started alone in their turn. None
    when this one kills a worker by itself.
    """
    for other in others:
        with suppress(Lost):
            other.at = _Done(_waited(executor, other), is_new=not isinstance(other.at, _Done) or other.at.is_new)
    try:
        assert isinstance(first.task, Task)
        return executor.result(executor.submit(first.task))
    except Lost:
        return None


@dataclass(frozen=True, slots=True)
class _Done:
    """The result of a task that has come to its end."""

    value: Result
    is_new: bool = False
    """It is not in the memo yet."""


class Processes:
    """Processes of this machine. They end when this process ends, however it ends."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._folder = tempfile.TemporaryDirectory(prefix="amts-")
        self._words = ""
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
        self._folder.cleanup()

    def share(self, words: bytes) -> None:
        """Puts the words where every process finds them."""
        path = Path(self._folder.name) / f"words-{len(words)}"
        path.write_bytes(words)
        self._words = str(path)

    def window(self) -> int:
        """So that no process waits."""
        return _AHEAD * self.workers

    def submit(self, task: Task) -> Future[Result]:
        """Starts a task, in new processes where the old ones are gone."""
        for _ in range(2):
            try:
                return self._open().submit(_do_here, task, self._words)
            except BrokenProcessPool:
                self._drop()
        raise ServiceError("processes die as soon as they start", mend="see whether memory is left")

    def result(self, started: Future[Result]) -> Result:
        """Waits for a task."""
        try:
            return started.result()
        except BrokenProcessPool as error:
            raise Lost from error

    def _drop(self) -> None:
        if self._pool:
            self._pool.shutdown()
        self._pool = None

    def _open(self) -> ProcessPoolExecutor:
        if self._pool is None:
            from multiprocessing import get_context

            context = get_context("fork")  # as `memory.harvest`: a program that is not guarded may call this
            self._pool = ProcessPoolExecutor(self.workers, mp_context=context, initializer=end_with_parent)
        return self._pool


@lru_cache(maxsize=1)
def _read(path: str) -> bytes:
    return Path(path).read_bytes() if path else b""


def _do_here(task: Task, path: str) -> Result:
    return do(task, _read(path))


class Cluster:
    """A cluster of dask.distributed, by the address of its scheduler."""

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError as error:
            raise InputError(
                "dask.distributed is not installed", where="--scheduler", mend="pip install 'amts-action[cluster]'"
            ) from error
        try:
            self.client: Any = Client(address, timeout=_SECONDS_TO_CONNECT, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            raise ServiceError("no scheduler answers", where=address, mend="see whether it is running") from error
        self.address = address
        self._words: Any = b""
        self._asked = 0
        self._window = 0
        try:
            self._check()
        except BaseException:
            self.client.close()  # type: ignore[no-untyped-call,unused-ignore]
            raise

    def _check(self) -> None:
        from amts_action import __version__

        try:
            self.client.wait_for_workers(1, timeout=_SECONDS_TO_CONNECT)
        except TimeoutError as error:
            raise ServiceError("the cluster has no workers", where=self.address, mend="start some") from error
        try:
            found = set(self.client.run(_version).values())
        except Exception as error:  # whatever a worker without the package raises
            raise ServiceError(
                f"its workers cannot run AMTS ({type(error).__name__})",
                where=self.address,
                mend=f"install amts-action {__version__} on them",
            ) from error
        if found != {__version__}:
            raise ServiceError(
                f"its workers have AMTS {', '.join(sorted(found))}",
                where=self.address,
                mend=f"install amts-action {__version__} on them",
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.client.close()

    def share(self, words: bytes) -> None:
        """Makes the words the result of a task, which the cluster makes anew should all holders of it die."""
        self._words = self.client.submit(bytes, words, pure=False)

    def window(self) -> int:
        """So that no worker waits; workers may come and go."""
        if self._asked % _ASK_EVERY == 0:
            self._window = _AHEAD * max(1, self._threads())
        self._asked += 1
        return self._window

    def _threads(self) -> int:
        return sum(self.client.nthreads().values())

    def submit(self, task: Task) -> Any:
        """Starts a task."""
        return self.client.submit(do, task, self._words, pure=False)

    def result(self, started: Any) -> Result:
        """Waits for a task."""
        from distributed import KilledWorker

        try:
            for _ in range(_MINUTES_WITHOUT_WORKERS):
                try:
                    return bytes(self._waited(started))
                except TimeoutError:
                    pass
            raise ServiceError("its workers are gone", where=self.address, mend="start some, and run this again")
        except KilledWorker as error:
            raise Lost from error
        except ServiceError:
            raise
        except Exception as error:  # `do` raises nothing, so this is the cluster
            raise ServiceError(
                f"the cluster is gone ({type(error).__name__})",
                where=self.address,
                mend="what is done is kept: run the same command again",
            ) from error

    def _waited(self, started: Any) -> Result:
        """The result of a task, however long it takes; `TimeoutError` after a minute without workers."""
        while True:
            try:
                return started.result(timeout=60)  # type: ignore[no-any-return]
            except TimeoutError:
                if not self._threads():
                    raise


def _version() -> str:
    from amts_action import __version__

    return __version__


def open_executor(scheduler: str, workers: int) -> AbstractContextManager[Executor]:
    """The engine that the options ask for.

    Raises:
        InputError: the extra `cluster` is not installed.
        ServiceError: there is no such cluster, or its workers cannot run AMTS.
    """
    return Cluster(scheduler) if scheduler else Processes(workers)
