"""From segments to translations by way of anything that turns texts into texts: what all engines share.

A segment goes out in the form that the engine knows best (`service.forms`), a long one in parts, cut between sentences.
A reply that is not accepted, or that the judge stops, is asked for again in another form, or once more as it was where
an engine may answer otherwise. What is still not accepted has no translation, and a flag says why; `counts` is the
ledger of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from amts_action.engines.model import Segment, Translation
from amts_action.engines.service.forms import FORMS, EngineRequest, Form, Forms, Sending
from amts_action.markup.script_spacing import NO_HABITS, Habits
from amts_action.markup.wire import Decoded, Rejection, Wire, encode

if TYPE_CHECKING:
    from amts_action.engines.gate.signs import Fault

__all__ = ["EngineRequest", "Judge", "Reply", "Send", "first_requests", "translate_with"]

JUDGED = 2
"""Replies to one text that a judge may stop: it is asked for once more, and no oftener."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for a request."""

    text: str | None
    reason: str = ""
    """Without a text: why, as a flag for the report (`refused: …`, `no reply: …`)."""
    was_sent: bool = True
    """Whether the text left the machine."""
    is_final: bool = False
    """Without a text: whether asking again is of no use."""
    flags: tuple[str, ...] = ()
    """Remarks of the engine about the text, for the report."""
    is_answer: bool = False
    """Without a text: whether the engine looked at it and said no, which says nothing about the others."""


Send = Callable[[Sequence[EngineRequest]], Sequence[Reply]]
"""Gives one reply for each request, in the same order."""
Judge = Callable[[str, str], "Sequence[Fault]"]
"""Says what is wrong with a translation (second) of a text (first), both as inline markdown."""


def _content(source: str, target: str) -> Sequence[Fault]:
    """Finds nothing wrong."""
    return ()


@dataclass(slots=True)
class _Task:
    """A text to be translated, for all segments that have it."""

    wire: Wire
    segment: Segment
    characters: int = 0
    result: Decoded | None = None
    flag: str = ""
    is_final: bool = False
    remarks: tuple[str, ...] = ()
    held: Decoded | None = None
    """The best reply that a judge stopped."""
    faults: tuple[Fault, ...] = ()
    """Why it did."""
    judged: int = 0


def _tasks(segments: Sequence[Segment]) -> tuple[list[_Task | None], list[_Task]]:
    """The task of each segment (None where there is nothing to translate), and all tasks: the same text is one."""
    by_key: dict[tuple[str, str], _Task] = {}
    out: list[_Task | None] = []
    for segment in segments:
        wire = encode(segment.text, kind=segment.context.get("kind", ""))
        # Not by what is sent: two links with the same words and other goals look alike on the wire.
        key = " ".join(segment.text.split()), wire.kind
        out.append(by_key.setdefault(key, _Task(wire, segment)) if wire.has_letters else None)
    return out, list(by_key.values())


def first_requests(
    segments: Sequence[Segment],
    *,
    source_lang: str,
    target_lang: str,
    limit: int | None = None,
    names: Sequence[Form] = FORMS,
) -> list[EngineRequest]:
    """What is sent at first, when nothing has to be asked for again: for estimates."""
    forms = Forms(source_lang, target_lang, limit, names)
    first = (next(forms.of(task.segment, task.wire)) for task in _tasks(segments)[1])
    return [request for sending in first if isinstance(sending, Sending) for request in sending.requests]


@dataclass(slots=True)
class _SendingRound:
    """All that is sent at one time."""

    todo: list[tuple[_Task, Sending]] = field(default_factory=list)

    def run(self, send: Send, counts: Counter[str], judge: Judge) -> None:
        requests = [request for _, sending in self.todo for request in sending.requests]
        replies = iter(send(requests) if requests else ())
        for task, sending in self.todo:
            own = [next(replies) for _ in sending.requests]
            _note(task, sending, own, counts, judge)


def translate_with(
    send: Send,
    segments: Sequence[Segment],
    *,
    source_lang: str,
    target_lang: str,
    limit: int | None = None,
    counts: Counter[str] | None = None,
    habits: Callable[[], Habits] = lambda: NO_HABITS,
    names: Sequence[Form] = FORMS,
    repeats: bool = False,
    judge: Judge = _content,
    refuses: bool = True,
) -> list[Translation]:
    """One translation per segment, in the same order, by way of `send`.

    Segments without a letter come back as they are and are not sent; segments of the same text and kind are sent once.

    Args:
        limit: most bytes of UTF-8 that one text may have on its way.
        counts: is added to: `sent`, `cached`, `accepted`, `rejected`, `retried` texts, `repaired: …`, `rejected: …`,
            `doubted: …`.
        habits: gives the habits of the book, when there is something to apply them to.
        names: the forms that the engine takes, the one that it knows best first.
        repeats: the engine may answer the same text otherwise, so one that has a single form is asked for once more.
        judge: says what is wrong with a translation.
        refuses: what cannot be right is no translation; else it is only flagged.

    Raises:
        AmtsError: whatever `send` raises.
    """
    counts = Counter() if counts is None else counts
    by_segment, tasks = _tasks(segments)
    maker = Forms(source_lang, target_lang, limit, names)
    forms = {id(task): _repeating(task, maker, repeats) for task in tasks}
    todo = tasks
    while todo:
        now = _SendingRound()
        for task in todo:
            sending = next(forms[id(task)], None)
            if isinstance(sending, Rejection):
                task.flag = f"rejected: {sending.reason}"
                counts["rejected"] += 1
                counts[task.flag] += 1
            elif sending is not None:
                counts["retried"] += bool(task.flag)
                now.todo.append((task, sending))
        now.run(send, counts, judge)
        todo = [task for task, _ in now.todo if task.result is None and not task.is_final]
    for task in tasks:
        _settle(task, counts, refuses)
    return _delivered(segments, by_segment, counts, habits)


def _repeating(task: _Task, maker: Forms, repeats: bool) -> Iterator[Sending | Rejection]:
    """The forms of a text; the only one comes twice for an engine that may answer otherwise."""
    first: Sending | None = None
    number = 0
    for number, sending in enumerate(maker.of(task.segment, task.wire), 1):
        yield sending
        first = sending if number == 1 and isinstance(sending, Sending) else first
    if repeats and number == 1 and first is not None:
        yield replace(first, requests=tuple(replace(r, fault=task.flag or "no reply") for r in first.requests))


def _note(task: _Task, sending: Sending, replies: Sequence[Reply], counts: Counter[str], judge: Judge) -> None:
    """Reads the replies to one text."""
    for request, reply in zip(sending.requests, replies, strict=True):
        task.characters += request.characters if reply.was_sent else 0
        counts["sent" if reply.was_sent else "cached"] += 1
    texts = [reply.text for reply in replies if reply.text is not None]
    failed = next((reply for reply in replies if reply.text is None), None)
    if failed is not None:
        task.flag, task.is_final = failed.reason or "no reply", failed.is_final
    else:
        found = sending.read(texts)
        if isinstance(found, Decoded):
            task.remarks = tuple(dict.fromkeys(flag for reply in replies for flag in reply.flags))
            faults = tuple(judge(task.segment.text, found.text))
            if not faults:
                task.result, task.flag = found, ""
                counts["accepted"] += 1
                return
            _doubt(task, found, faults)
            counts[f"doubted: {faults[0].code}"] += 1
            return
        task.flag = f"rejected: {found.reason}"
    counts["rejected"] += 1
    counts[task.flag] += 1


def _doubt(task: _Task, found: Decoded, faults: tuple[Fault, ...]) -> None:
    """Keeps the better of the replies that a judge stopped."""
    if task.held is None or _weight(faults) < _weight(task.faults):
        task.held, task.faults = found, faults
    task.judged += 1
    task.is_final = task.judged >= JUDGED
    task.flag = f"doubtful: {faults[0].text}"


def _weight(faults: Sequence[Fault]) -> tuple[bool, int]:
    return any(fault.is_certain for fault in faults), len(faults)


def _settle(task: _Task, counts: Counter[str], refuses: bool) -> None:
    """What becomes of a text of which no reply went through, when a judge has stopped one."""
    if task.result is not None or task.held is None:
        return
    certain = next((fault for fault in task.faults if fault.is_certain), None)
    if refuses and certain is not None:
        task.flag = f"rejected: {certain.text}"
        counts["rejected"] += 1
        counts[f"rejected: {certain.code}"] += 1
        return
    task.result, task.flag = task.held, ""
    task.remarks = (*task.remarks, *(f"doubtful: {fault.text}" for fault in task.faults))
    counts["accepted"] += 1


def _delivered(
    segments: Sequence[Segment],
    by_segment: Sequence[_Task | None],
    counts: Counter[str],
    habits: Callable[[], Habits],
) -> list[Translation]:
    book = habits() if any(task is not None and task.result for task in by_segment) else NO_HABITS
    out = []
    for segment, task in zip(segments, by_segment, strict=True):
        if task is None:
            out.append(Translation(segment.id, segment.text))
        elif task.result is None:
            out.append(Translation(segment.id, None, (task.flag,), "", task.characters))
        else:
            text, more = book.applied(task.result.text)
            repairs = tuple(dict.fromkeys((*task.result.repairs, *more)))
            counts.update(f"repaired: {repair}" for repair in repairs)
            flags = tuple(f"repaired: {repair}" for repair in repairs) + task.remarks
            out.append(Translation(segment.id, text, flags, "machine", task.characters))
        if task is not None:
            task.characters = 0  # counted with the first of its segments
    return out
