"""Runs a program over its standard streams without a deadlock, however it behaves."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import IO

from amts_action.errors import InputError
from amts_action.pace import go_on
from amts_action.tokens import without

__all__ = ["Ended", "run_lines"]

CHUNK = 1 << 16
MAX_LINE_BYTES = 1 << 24
"""Longer lines of output are dropped (our own limit)."""
MAX_STDERR_BYTES = 1 << 14
"""Only the end of the error output is kept (our own limit)."""
POLL_SECONDS = 0.2
"""How often to look whether a process that says nothing has ended while a child of it holds its streams open."""
LINGER_SECONDS = 5.0
"""How long the output of such a child is still read after the process has ended."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What a program left behind, beside its lines."""

    stderr: bytes
    """The end of its error output."""
    status: int
    """Exit status; minus the signal's number if a signal ended it."""
    timed_out: bool
    """Whether it was killed because nothing moved."""
    oversized: int
    """How many lines were dropped for their length."""


@dataclass(slots=True)
class _LineCutter:
    """Cuts a stream into lines, in time linear in its length."""

    lines: list[bytes] = field(default_factory=list)
    oversized: int = 0
    _part: bytearray = field(default_factory=bytearray)
    _skipping: bool = False

    def feed(self, data: bytes) -> None:
        *whole, rest = data.split(b"\n")
        for piece in whole:
            self._part += piece
            self.end_line()
        self._part += rest
        if len(self._part) > MAX_LINE_BYTES:
            self._skipping = True
            self._part.clear()

    def taken(self) -> list[bytes]:
        """The lines since the last time."""
        out, self.lines = self.lines, []
        return out

    def end_line(self) -> None:
        if self._skipping or len(self._part) > MAX_LINE_BYTES:
            self.oversized += 1
        elif self._part:
            self.lines.append(bytes(self._part))
        self._part.clear()
        self._skipping = False


def run_lines(
    arguments: Sequence[str],
    data: bytes,
    *,
    option: str,
    timeout_seconds: float,
) -> Generator[bytes, None, Ended]:
    """Runs a program with `data` as its input, and gives the lines of its output as they come, without line ends; the
    last one may be cut short. In the end: how it ended.

    All three streams are served at once, so a program may read everything first, answer line by line or never read
    at all. When nothing moved on any stream for `timeout_seconds`, it is killed with all its children.

    Args:
        arguments: the program and its arguments; no shell is involved.
        option: the option that named the program, for the error.

    Raises:
        InputError: the program does not exist or cannot be run.
    """
    try:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=without(os.environ),
            start_new_session=True,  # its children can be killed with it
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"cannot run {arguments[0]!r} ({reason})", where=option, mend="check its path and that it is executable"
        ) from error
    try:
        return (yield from _serve(process, data, timeout_seconds))
    finally:
        _kill(process)
        for stream in (process.stdin, process.stdout, process.stderr):
            _close(stream)


def _serve(process: subprocess.Popen[bytes], data: bytes, timeout_seconds: float) -> Generator[bytes, None, Ended]:
    """Serves the streams until both outputs end, the process is gone, or nothing moves any more."""
    assert process.stdin and process.stdout and process.stderr  # all three are pipes
    out, errors = _LineCutter(), bytearray()
    view = memoryview(data)
    last_move, gone_since = time.monotonic(), 0.0
    with selectors.DefaultSelector() as selector:
        _register(selector, process.stdin, selectors.EVENT_WRITE)
        _register(selector, process.stdout, selectors.EVENT_READ)
        _register(selector, process.stderr, selectors.EVENT_READ)
        while any(key.fileobj is not process.stdin for key in selector.get_map().values()):
            go_on()
            now = time.monotonic()
            if now - last_move >= timeout_seconds or (gone_since and now - gone_since > LINGER_SECONDS):
                break
            ready = selector.select(min(timeout_seconds, POLL_SECONDS))
            if not ready and gone_since:  # looked once more after it was gone: nothing is left in the pipes
                break
            if not gone_since and process.poll() is not None:
                gone_since = time.monotonic()
            for key, _ in ready:
                last_move = time.monotonic()
                if key.fileobj is process.stdin:
                    view = _write(selector, process.stdin, view)
                elif not (chunk := os.read(key.fd, CHUNK)):
                    selector.unregister(key.fileobj)
                elif key.fileobj is process.stdout:
                    out.feed(chunk)
                else:
                    errors = (errors + chunk)[-MAX_STDERR_BYTES:]
            if out.lines:
                yield from out.taken()
                last_move = time.monotonic()  # whoever takes them may take its time
                gone_since = gone_since and last_move
    out.end_line()
    yield from out.taken()
    timed_out = not _ends(process, timeout_seconds - (time.monotonic() - last_move))
    _kill(process)
    return Ended(bytes(errors), process.wait(), timed_out, out.oversized)


def _register(selector: selectors.BaseSelector, stream: IO[bytes], event: int) -> None:
    os.set_blocking(stream.fileno(), False)
    selector.register(stream, event)


def _write(selector: selectors.BaseSelector, stream: IO[bytes], view: memoryview) -> memoryview:
    """Writes what the pipe takes; closes it when all is written or nobody reads it any more."""
    try:
        view = view[os.write(stream.fileno(), view[:CHUNK]) :]
    except BlockingIOError:
        return view
    except OSError:
        view = view[:0]
    if not view:
        selector.unregister(stream)
        _close(stream)
    return view


def _ends(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether a process that has closed its streams ends by itself."""
    try:
        process.wait(max(seconds, 0))
    except subprocess.TimeoutExpired:
        return False
    return True


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kills a process that still runs, and its children."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _close(stream: IO[bytes] | None) -> None:
    if stream is not None:
        with contextlib.suppress(OSError):
            stream.close()
