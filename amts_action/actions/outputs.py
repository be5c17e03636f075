"""What a step tells the runner: workflow commands on its output, and files for outputs and the summary.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands

Promises: whatever the texts hold, no line is a command but ours; an output cannot end before its value does; no secret
is printed but in the one command that hides it.
"""

from __future__ import annotations

import os
import secrets
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Final, Literal, TextIO

from amts_action.reports.escape import command_data, command_property, terminal_text

__all__ = ["Log", "append_summary", "hand_over", "write_outputs"]

Level = Literal["notice", "warning", "error"]

MAX_ANNOTATIONS: Final = 10
"""So many of each level GitHub shows for one step ("Annotations", usage limits of GitHub Actions)."""
MAX_CHARACTERS: Final = 1000
"""So much of one text is shown in a log (our own limit)."""
MAX_SUMMARY_BYTES: Final = 1024 * 1024 - 2048
"""GitHub refuses a whole summary above 1 MiB ("Step isolation and limits"); other parts of the step may add to it."""


@dataclass
class Log:
    """The step's output. One line a call; at most ten annotations of a level are made."""

    stream: TextIO
    _made: dict[Level, int] = field(default_factory=dict)

    def aside(self) -> Log:
        """A log that is kept until it is taken; the annotations of both count together."""
        return Log(StringIO(), self._made)

    def take(self, other: Log) -> None:
        """All that was kept aside, in one piece."""
        assert isinstance(other.stream, StringIO)
        self.stream.write(other.stream.getvalue())
        self.stream.flush()

    def say(self, text: str) -> None:
        """A line for people."""
        self._write(_line(text))

    def hide(self, secret: str) -> None:
        """Has the runner replace the secret, and the form in which git sends it, wherever they would be printed."""
        for form in (secret, b64encode(f"x-access-token:{secret}".encode()).decode()):
            self._write(f"::add-mask::{command_data(form)}")

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """Lines that are folded under a title."""
        self._write(f"::group::{command_data(_line(title))}")
        try:
            yield
        finally:
            self._write("::endgroup::")

    def annotate(self, level: Level, text: str, *, title: str = "", file: str = "", line: int | None = None) -> bool:
        """An annotation; whether it was made. What is beyond GitHub's limit is left out, because it would be anyway."""
        self._made[level] = self._made.get(level, 0) + 1
        if self._made[level] > MAX_ANNOTATIONS:
            return False
        properties = {"title": title, "file": file, "line": str(line) if line and file else ""}
        shown = ",".join(f"{key}={command_property(_line(value))}" for key, value in properties.items() if value)
        self._write(f"::{level}{' ' if shown else ''}{shown}::{command_data(_line(text))}")
        return True

    def left_out(self, level: Level) -> int:
        """How many annotations of the level were left out."""
        return max(0, self._made.get(level, 0) - MAX_ANNOTATIONS)

    def _write(self, line: str) -> None:
        self.stream.write(f"{line}\n")
        self.stream.flush()


def _line(text: str) -> str:
    """The text on one line that is no command, bounded before anything is done with it."""
    return terminal_text(text if len(text) <= MAX_CHARACTERS else f"{text[: MAX_CHARACTERS - 1]}…")


def write_outputs(path: str, values: Mapping[str, str]) -> None:
    """Appends outputs to the file `GITHUB_OUTPUT`, each between delimiters that its value cannot hold.

    Nothing is written when there is no such file (outside of GitHub Actions).
    """
    if path:
        with Path(path).open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write("".join(_output(name, value) for name, value in values.items()))


def _output(name: str, value: str) -> str:
    while (delimiter := f"end_{secrets.token_hex(16)}") in value:
        pass
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def append_summary(path: str, text: str) -> None:
    """Appends markdown to the file `GITHUB_STEP_SUMMARY`, cut at a line when there is too much of it."""
    if not path:
        return
    data = text.encode("utf-8", "backslashreplace")
    if len(data) > MAX_SUMMARY_BYTES:
        data = data[: data.rfind(b"\n", 0, MAX_SUMMARY_BYTES) + 1] + b"\n... the rest is in the report.\n"
    with Path(path).open("ab") as file:
        file.write(data)


def hand_over(top: Path, owner: Path) -> None:
    """Gives everything at and below `top` that is ours to who owns `owner`; links are not followed.

    The container runs as root, the workspace belongs to the runner's user, who has to be able to clean it up.
    """
    goal = owner.stat()
    me = os.geteuid()
    if me == goal.st_uid or not top.exists():
        return
    places = [top]
    for folder, folders, files in os.walk(top, followlinks=False):
        places += [Path(folder, name) for name in (*folders, *files)]
    for place in places:
        if place.lstat().st_uid == me:
            os.chown(place, goal.st_uid, goal.st_gid, follow_symlinks=False)
