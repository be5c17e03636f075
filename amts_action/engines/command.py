"""The command engine: any program that reads requests as JSON lines and writes replies as JSON lines.

One object a line each way: `{"id", "text", "source_lang", "target_lang", "context"}` out, `{"id", "text"}` or
`{"id", "error"}` back, in any order; `text` is the HTML fragment of `markup.wire`, or, when it is asked for
again, text with numbers in brackets, escaped. The program is not trusted: it may die, hang, talk nonsense or lose
markup. What it does well is used, everything else is flagged.
"""

from __future__ import annotations

import hashlib
import html
import json
import shlex
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from amts_action.engines.model import EngineSettings, Usage
from amts_action.engines.process import Ended, run_lines
from amts_action.engines.service.acceptance import EngineRequest, Reply
from amts_action.engines.service.machine import Arrived, MachineEngine
from amts_action.engines.service.prices import cost_of
from amts_action.errors import EngineError, InputError

__all__ = ["CommandEngine", "identity_of"]

OPTION = "--engine-command"
MAX_MESSAGE = 200
"""Characters of a foreign message that are shown."""
MAX_PROGRAM = 1 << 20
"""Bytes of a file among the arguments that are read to know a program again; of a larger one the size is."""


@dataclass(slots=True)
class CommandEngine:
    """The backend: runs one command for all texts of a round."""

    settings: EngineSettings
    counts: Counter[str] = field(default_factory=Counter)
    """`ignored` lines, in the engine's own ledger."""
    name: str = "command"
    limit: int | None = None
    repeats: bool = True
    _ids: Iterator[int] = field(default_factory=lambda: count(1), repr=False)
    _identity: tuple[str, ...] | None = None

    @classmethod
    def from_settings(cls, settings: EngineSettings) -> MachineEngine:
        """The engine that `settings` describe.

        Raises:
            InputError: there is no command, it cannot be split, or the time-out is not positive.
        """
        _arguments(settings.command)
        if not settings.timeout_seconds > 0:
            raise InputError("the engine's time-out is not positive", mend="give a number of seconds above 0")
        made = cls(settings)
        return MachineEngine(made, settings, made.counts)

    def check(self, source_lang: str, target_lang: str) -> None:
        """A program says itself what it cannot do."""

    def depends_on(self, request: EngineRequest, source_lang: str, target_lang: str) -> Sequence[object]:
        """The command, with the contents of the files that it names: a program that was changed is another one."""
        if self._identity is None:
            self._identity = identity_of(self.settings.command)
        return self._identity

    def estimate(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Usage:
        """Characters, at the price that the user gives."""
        characters = sum(request.characters for request in requests)
        cost = cost_of({self.name: characters}, self.settings.prices)
        return Usage(billed_characters=characters, calls=len(requests), cost=cost)

    def send(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Iterator[Arrived]:
        """Sends the texts to one process, and gives what it writes as soon as it is there.

        Raises:
            InputError: the command does not exist or cannot be run.
            EngineError: it died or hung without one reply.
        """
        ids = {str(n): k for k, n in zip(range(len(requests)), self._ids, strict=False)}
        languages = {"source_lang": source_lang, "target_lang": target_lang}
        lines = run_lines(
            _arguments(self.settings.command),
            b"".join(_request(id_, requests[k], languages) for id_, k in ids.items()),
            option=OPTION,
            timeout_seconds=self.settings.timeout_seconds,
        )
        left = dict(ids)
        while True:
            try:
                line = next(lines)
            except StopIteration as stop:
                ended: Ended = stop.value
                break
            given = _parsed(line)
            k = None if given is None else left.pop(str(given.get("id", "")), None)
            if given is None or k is None:  # also the second reply to a text
                self.counts["ignored"] += bool(line.strip())
                continue
            yield Arrived(k, _reply(given, requests[k]), self.estimate([requests[k]], source_lang, target_lang))
        self.counts["ignored"] += ended.oversized
        if len(left) == len(ids) and (ended.timed_out or ended.status):
            where = _shown(_arguments(self.settings.command)[0])
            raise EngineError(_obituary(ended, self.settings.timeout_seconds), where=where)
        for k in left.values():
            silent = Reply(None, _silence(ended))
            yield Arrived(k, silent, self.estimate([requests[k]], source_lang, target_lang))


def identity_of(command: str) -> tuple[str, ...]:
    """What a command's answers depend on: its words, and the contents of the files that they name.

    Raises:
        InputError: the command cannot be split.
    """
    return tuple(_identity(word) for word in _arguments(command))


def _identity(word: str) -> str:
    """What an argument says about the answers of a program.

    A file by its contents, anything else by its name; but a full path to nothing is where the program will write.
    """
    path = Path(word)
    try:
        if path.is_file():
            size = path.stat().st_size
            return hashlib.sha256(path.read_bytes()).hexdigest() if size <= MAX_PROGRAM else f"{path.name} {size}"
        return "" if path.is_absolute() and not path.exists() else word
    except (OSError, ValueError):
        return word


def _arguments(command: str) -> list[str]:
    try:
        arguments = shlex.split(command)
    except ValueError as error:
        raise InputError(f"the command cannot be split ({error})", where=OPTION, mend="check its quotes") from error
    if not arguments:
        raise InputError("no command is given", where=OPTION, mend="give the command that translates")
    return arguments


def _request(id_: str, request: EngineRequest, languages: Mapping[str, str]) -> bytes:
    text = request.text if request.is_html else html.escape(request.text, quote=False)
    asked = {"id": id_, "text": text, **languages, "context": dict(request.segment.context)}
    # A lone surrogate becomes `\\udc80`, which is how JSON writes it too.
    return (json.dumps(asked, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def _parsed(line: bytes) -> Mapping[str, object] | None:
    """The JSON object in a line; None when there is none."""
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):  # also bytes that are not UTF-8
        return None
    return value if isinstance(value, dict) else None


def _reply(given: Mapping[str, object], request: EngineRequest) -> Reply:
    error, text = given.get("error"), given.get("text")
    if error or (error is not None and not isinstance(text, str)):  # an empty one beside a text says that there is none
        return Reply(None, f"refused: {_shown(str(error)) or 'no reason given'}")
    if not isinstance(text, str):
        return Reply(None, "rejected: reply without text", is_answer=True)
    return Reply(text if request.is_html else html.unescape(text))


def _silence(ended: Ended) -> str:
    if ended.timed_out:
        return "no reply: the engine was stopped by the time-out"
    if ended.status:
        return f"no reply: the engine {_fate(ended.status)}"
    return "no reply"


def _fate(status: int) -> str:
    return f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"


def _obituary(ended: Ended, timeout_seconds: float) -> str:
    """What a user is told about a command that gave nothing."""
    what = f"was silent for {timeout_seconds:g} seconds" if ended.timed_out else _fate(ended.status)
    said = [line for line in map(_shown, ended.stderr.decode("utf-8", "replace").splitlines()) if line]
    return f"the engine {what} and gave nothing usable" + (f": {said[-1]}" if said else "")


def _shown(text: str) -> str:
    """Foreign text made fit for one line of a report: control characters removed, blanks collapsed, cut."""
    clean = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text[: 10 * MAX_MESSAGE])
    line = " ".join(clean.split())
    return line if len(line) <= MAX_MESSAGE else line[: MAX_MESSAGE - 1] + "…"
