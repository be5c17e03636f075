"""The command engine: any program that reads requests as JSON lines and writes replies as JSON lines.

One object a line each way: `{"id", "text", "source_lang", "target_lang", "context"}` out, `{"id", "text"}` or
`{"id", "error"}` back, in any order; `text` is the HTML fragment of `engines.markup.wire`. The program is not
trusted: it may die, hang, talk nonsense or lose markup. What it does well is used, everything else is flagged.
"""

from __future__ import annotations

import json
import shlex
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from amts_action.engines.markup.wire import Decoded, Wire, decode, encode
from amts_action.engines.model import EngineSettings, Segment, Translation
from amts_action.engines.process import Ended, run_lines
from amts_action.errors import EngineError, InputError

__all__ = ["CommandEngine"]

OPTION = "--engine-command"
ATTEMPTS = 2
"""The first one and one retry (DESIGN: "retried once and then flagged")."""
MAX_MESSAGE = 200
"""Characters of a foreign message that are shown."""


@dataclass(slots=True)
class _Task:
    """A text to be translated, for all segments that have it."""

    wire: Wire
    context: Mapping[str, str]
    characters: int = 0
    result: Decoded | None = None
    flag: str = ""


@dataclass(slots=True)
class CommandEngine:
    """Runs one command per call of `translate`, and a second one for what the first did badly."""

    command: str
    """Command line, split as a POSIX shell would split it; no shell runs it."""
    timeout_seconds: float = 600.0
    """How long the command may neither read nor write anything before it is killed."""
    counts: Counter[str] = field(default_factory=Counter)
    """What happened so far: `sent`, `accepted`, `rejected`, `retried`, and `ignored` lines."""
    name: str = "command"
    _ids: Iterable[int] = field(default_factory=lambda: count(1), repr=False)

    @classmethod
    def from_settings(cls, settings: EngineSettings) -> CommandEngine:
        """The engine that `settings` describe.

        Raises:
            InputError: there is no command, it cannot be split, or the time-out is not positive.
        """
        _arguments(settings.command)
        if not settings.timeout_seconds > 0:
            raise InputError("the engine's time-out is not positive", mend="give a number of seconds above 0")
        return cls(settings.command, settings.timeout_seconds)

    def translate(self, segments: Sequence[Segment], *, source_lang: str, target_lang: str) -> list[Translation]:
        """One translation per segment, in the same order.

        Segments without a letter come back as they are and are not sent; segments of the same text and kind are
        sent once.

        Raises:
            InputError: the command does not exist or cannot be run.
            EngineError: it died or hung without one usable reply.
        """
        wires = [encode(segment.text, kind=segment.context.get("kind", "")) for segment in segments]
        # Not by what is sent: two links with the same words and other goals look alike on the wire.
        keys = [(" ".join(s.text.split()), w.kind) for s, w in zip(segments, wires, strict=True)]
        tasks: dict[tuple[str, str], _Task] = {}
        for segment, wire, key in zip(segments, wires, keys, strict=True):
            if wire.has_letters:
                tasks.setdefault(key, _Task(wire, segment.context))
        self._run(list(tasks.values()), source_lang, target_lang)
        out = []
        for segment, key in zip(segments, keys, strict=True):
            task = tasks.get(key)
            out.append(_translation(segment, task))
            if task is not None:
                task.characters = 0  # counted with the first of its segments
        return out

    def _run(self, tasks: Sequence[_Task], source_lang: str, target_lang: str) -> None:
        ended = None
        for attempt in range(ATTEMPTS):
            todo = [task for task in tasks if task.result is None]
            if not todo:
                return
            self.counts["retried"] += len(todo) if attempt else 0
            ended = self._attempt(todo, source_lang, target_lang)
            nothing = all(task.result is None for task in tasks)
            if nothing and (ended.timed_out or (ended.status and attempt == ATTEMPTS - 1)):
                raise EngineError(_obituary(ended, self.timeout_seconds), where=_shown(_arguments(self.command)[0]))

    def _attempt(self, tasks: Sequence[_Task], source_lang: str, target_lang: str) -> Ended:
        """Sends the tasks to one process and notes what came of each."""
        by_id = {str(n): task for n, task in zip(self._ids, tasks, strict=False)}
        languages = {"source_lang": source_lang, "target_lang": target_lang}
        ended = run_lines(
            _arguments(self.command),
            b"".join(_request(id_, task, languages) for id_, task in by_id.items()),
            option=OPTION,
            timeout_seconds=self.timeout_seconds,
        )
        self.counts["sent"] += len(tasks)
        self.counts["ignored"] += ended.oversized
        why_silent = _silence(ended)
        for task in tasks:
            task.characters += task.wire.characters
            task.flag = why_silent
        replies = self._replies(ended.lines, by_id)
        for id_, reply in replies.items():
            _note(by_id[id_], reply, target_lang)
        accepted = sum(task.result is not None for task in tasks)
        self.counts["accepted"] += accepted
        self.counts["rejected"] += len(tasks) - accepted
        return ended

    def _replies(self, lines: Iterable[bytes], known: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
        """The first reply to each request; other lines are ignored and counted."""
        out: dict[str, Mapping[str, object]] = {}
        for line in lines:
            reply = _parsed(line)
            id_ = "" if reply is None else str(reply.get("id", ""))
            if reply is None or id_ not in known or id_ in out:
                self.counts["ignored"] += bool(line.strip())
            else:
                out[id_] = reply
        return out


def _arguments(command: str) -> list[str]:
    try:
        arguments = shlex.split(command)
    except ValueError as error:
        raise InputError(f"the command cannot be split ({error})", where=OPTION, mend="check its quotes") from error
    if not arguments:
        raise InputError("no command is given", where=OPTION, mend="give the command that translates")
    return arguments


def _request(id_: str, task: _Task, languages: Mapping[str, str]) -> bytes:
    request = {"id": id_, "text": task.wire.html, **languages, "context": dict(task.context)}
    # A lone surrogate becomes `\\udc80`, which is how JSON writes it too.
    return (json.dumps(request, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def _parsed(line: bytes) -> Mapping[str, object] | None:
    """The JSON object in a line; None when there is none."""
    try:
        value = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):  # also bytes that are not UTF-8
        return None
    return value if isinstance(value, dict) else None


def _note(task: _Task, reply: Mapping[str, object], target_lang: str) -> None:
    error, text = reply.get("error"), reply.get("text")
    if error is not None:
        task.flag = f"refused: {_shown(str(error)) or 'no reason given'}"
    elif not isinstance(text, str):
        task.flag = "rejected: reply without text"
    else:
        decoded = decode(task.wire, text, target_lang=target_lang)
        if isinstance(decoded, Decoded):
            task.result, task.flag = decoded, ""
        else:
            task.flag = f"rejected: {decoded.reason}"


def _translation(segment: Segment, task: _Task | None) -> Translation:
    if task is None:
        return Translation(segment.id, segment.text)
    if task.result is None:
        return Translation(segment.id, None, (task.flag,), "", task.characters)
    flags = tuple(f"repaired: {repair}" for repair in task.result.repairs)
    return Translation(segment.id, task.result.text, flags, "machine", task.characters)


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
