"""One `git cat-file --batch-command` for each repository that is open: it answers what is asked of objects and names.

A run asks a hundred such questions. A process for each took 4 ms, an answer takes 0.05 ms.

Promises: the process only reads, and sees what others have written since it was started (git looks again for what it
does not find). It is started with the first question, and ended with the command, when nobody has the repository any
more, or with this process. A process that was forked from this one starts its own.
"""

from __future__ import annotations

import os
import re
import select
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Final, Literal, NamedTuple, NoReturn
from weakref import finalize

from amts_action.processes import Helper

__all__ = ["Found", "ObjectReader", "ReaderEnded"]

_MOST_ASKED: Final = select.PIPE_BUF
"""Bytes of questions that are sent at once: a pipe takes as many, so git never waits for us while we wait for it."""
_READ: Final = 1 << 18
"""Bytes that are read at once. Our own: four times what a pipe holds."""
_MOST_SAID: Final = 1 << 14
"""Bytes of git's complaints that are kept."""
_HEAD = re.compile(rb"([0-9a-f]{40}(?:[0-9a-f]{24})?) (blob|tree|commit|tag) (\d+)")


class Found(NamedTuple):
    """An object; `content` is empty where only its name was asked for."""

    oid: str
    kind: str
    content: bytes


class ReaderEnded(Exception):
    """The process ended; `said` is its standard error."""

    def __init__(self, said: bytes) -> None:
        super().__init__(said)
        self.said = said


class ObjectReader(Helper):
    """The process, and what came of it that nobody has taken yet."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._came, self._at, self._said = bytearray(), 0, b""

    def answers(
        self,
        command: Literal["info", "contents"],
        names: Iterable[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        seconds: float,
    ) -> list[Found | None]:
        """What the names (without line ends) stand for, in their order; None for what is not there.

        Args:
            seconds: how long git may be silent: in a partial clone it asks a server for what is missing.

        Raises:
            ReaderEnded: git gave up, as it does with an object that is broken.
            TimeoutError: git was silent.
            FileNotFoundError: there is no git, or no such folder.
        """
        lines = [f"{command} {name}\n".encode("utf-8", "surrogateescape") for name in names]
        with self._lock:
            try:
                process = self._started(cwd, env)
                return [self._answer(command, seconds) for part in _parts(lines) for _ in self._send(process, part)]
            except BaseException:
                self._end()  # what still comes would be taken for the answer to the next question
                raise

    def end(self) -> None:
        """Ends the process, unless an answer is waited for; the next question starts another."""
        if self._lock.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._lock.release()

    def _started(self, cwd: Path, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
        if self._process is not None and self._owner == os.getpid():
            return self._process
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            ["git", "cat-file", "--batch-command"], cwd=cwd, env=env, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0
        )
        self._process, self._owner = process, os.getpid()
        self._came, self._at, self._said = bytearray(), 0, b""
        assert process.stdout is not None and process.stderr is not None
        self._out, self._err = process.stdout.fileno(), process.stderr.fileno()
        self._poll = select.poll()
        for number in (self._out, self._err):
            self._poll.register(number, select.POLLIN)
        self._ending = finalize(self, _ended, process, self._owner)
        return process

    def _end(self) -> None:
        if self._process is not None:
            self._process = None
            self._ending()

    def _send(self, process: subprocess.Popen[bytes], part: Sequence[bytes]) -> Sequence[bytes]:
        """Asks some questions; gives them back, for each has an answer."""
        assert process.stdin is not None
        left = memoryview(b"".join(part))
        try:
            while left:
                left = left[os.write(process.stdin.fileno(), left) :]
        except BrokenPipeError:
            self._gave_up()
        return part

    def _answer(self, command: str, seconds: float) -> Found | None:
        while (end := self._came.find(b"\n", self._at)) < 0:
            self._more(seconds)
        head = _HEAD.fullmatch(self._came[self._at : end])
        self._at = end + 1
        if head is None:  # "missing" or "ambiguous" behind the name
            return None
        oid, kind, size = head[1].decode("ascii"), head[2].decode("ascii"), int(head[3])
        if command == "info":
            return Found(oid, kind, b"")
        while len(self._came) <= self._at + size:
            self._more(seconds)
        with memoryview(self._came) as came:
            content = bytes(came[self._at : self._at + size])
        self._at += size + 1
        return Found(oid, kind, content)

    def _more(self, seconds: float) -> None:
        """Waits for what comes next."""
        if self._at > _READ:
            del self._came[: self._at]
            self._at = 0
        ready = {number for number, _ in self._poll.poll(seconds * 1000)}
        if not ready:
            raise TimeoutError
        if self._err in ready and (said := os.read(self._err, _READ)):
            self._said = (self._said + said)[-_MOST_SAID:]
        elif self._out in ready:
            came = os.read(self._out, _READ)
            if not came:
                self._gave_up()
            self._came += came
        else:
            self._gave_up()

    def _gave_up(self) -> NoReturn:
        """Ends what says nothing any more, and raises what it has said."""
        process = self._process
        assert process is not None
        process.kill()
        process.wait()
        while self._err in dict(self._poll.poll(0)) and (said := os.read(self._err, _READ)):
            self._said = (self._said + said)[-_MOST_SAID:]
        raise ReaderEnded(self._said)


def _parts(lines: Sequence[bytes]) -> Iterator[list[bytes]]:
    """The lines in groups that a pipe takes whole; a line that it does not take is alone."""
    part: list[bytes] = []
    size = 0
    for line in lines:
        if part and size + len(line) > _MOST_ASKED:
            yield part
            part, size = [], 0
        part.append(line)
        size += len(line)
    if part:
        yield part


def _ended(process: subprocess.Popen[bytes], owner: int) -> None:
    """Ends the process, which is at nothing that could remain half done. A forked process only lets go of it."""
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    if os.getpid() == owner:
        process.kill()
        process.wait()
    else:
        process.returncode = 0
