"""From segments to translations by way of anything that turns texts into texts: what all our engines share.

A segment goes out as an HTML fragment (`engines.markup.wire`), a long one in parts, cut between sentences. A reply that
is not accepted is asked for again in another form: with numbers for marks (`engines.markup.numbered`), then sentence by
sentence. What is still not accepted has no translation, and a flag says why; `counts` is the ledger of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from amts_action.documents.inline import protected
from amts_action.documents.sentences import sentences
from amts_action.engines.markup.numbered import from_numbers, to_numbers
from amts_action.engines.markup.script_spacing import NO_HABITS, Habits
from amts_action.engines.markup.wire import Decoded, Rejection, Wire, decode, encode
from amts_action.engines.model import Segment, Translation

__all__ = ["Reply", "Request", "Send", "first_requests", "translate_with"]

MAX_PARTS = 200
"""Sentences of one block that are sent one by one (our own limit)."""
_SOLID = ("zh", "ja")
"""Languages without blanks between sentences."""


@dataclass(frozen=True, slots=True)
class Request:
    """A text to be translated."""

    text: str
    is_html: bool
    """Whether it is an HTML fragment; else plain text with numbers in brackets."""
    characters: int
    """Unicode characters of language in it, marks and protected spans not counted."""
    segment: Segment
    """The segment that it is, or is a part of."""


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


Send = Callable[[Sequence[Request]], Sequence[Reply]]
"""Gives one reply for each request, in the same order."""


@dataclass(slots=True)
class _Task:
    """A text to be translated, for all segments that have it."""

    wire: Wire
    segment: Segment
    characters: int = 0
    result: Decoded | None = None
    flag: str = ""
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class _Sending:
    """One text in one form: what goes out, and how to read what comes back."""

    requests: tuple[Request, ...]
    read: Callable[[Sequence[str]], Decoded | Rejection]


@dataclass(frozen=True, slots=True)
class _Forms:
    """The forms in which a segment can be sent, best first."""

    source_lang: str
    target_lang: str
    limit: int | None
    """Most bytes of UTF-8 in one request; None for no limit."""

    def of(self, task: _Task) -> Iterable[_Sending | Rejection]:
        """One after the other; a `Rejection` in the first place when the text can be sent in no form."""
        first: _Sending | None = self._html(task.segment, task.wire)
        if first is not None and not self._fits(first):
            first = self._packed(task)
        if first is None:
            yield Rejection("too long for the service")
            return
        yield first
        numbered = self._numbered(task)
        if numbered is not None and self._fits(numbered):
            yield numbered
        parts = self._parts(task)
        if len(first.requests) < len(parts) <= MAX_PARTS:
            yield self._joined(task, parts)

    def _fits(self, sending: _Sending) -> bool:
        return self.limit is None or all(len(r.text.encode("utf-8", "replace")) <= self.limit for r in sending.requests)

    def _html(self, segment: Segment, wire: Wire) -> _Sending:
        request = Request(wire.html, True, wire.characters, segment)
        return _Sending((request,), lambda texts: decode(wire, texts[0], target_lang=self.target_lang))

    def _numbered(self, task: _Task) -> _Sending | None:
        text = to_numbers(task.wire)
        if text is None:
            return None

        def read(texts: Sequence[str]) -> Decoded | Rejection:
            found = from_numbers(task.wire, texts[0])
            return found if isinstance(found, Rejection) else decode(task.wire, found, target_lang=self.target_lang)

        return _Sending((Request(text, False, task.wire.characters, task.segment),), read)

    def _parts(self, task: _Task) -> list[str]:
        """The sentences of a text, on one line each; one part when they cannot be told apart safely."""
        text = task.wire.text
        spans = sentences(text, self.source_lang, kind=task.wire.kind)
        parts = [text[span.start : span.end] for span in spans]
        rest = "".join(text[a.end : b.start] for a, b in pairwise(spans))
        edges = text[: spans[0].start] + text[spans[-1].end :] if spans else text
        held: Counter[tuple[str, str]] = Counter()
        for part in parts:
            held.update(protected(part))
        return parts if not (rest + edges).strip() and held == protected(text) else [text]

    def _packed(self, task: _Task) -> _Sending | None:
        """As many sentences in a request as it holds; None when one alone is too long."""
        assert self.limit is not None  # else the whole fits
        packs: list[str] = []
        for part in self._parts(task):
            longer = f"{packs[-1]} {part}" if packs else part
            if packs and len(encode(longer, kind=task.wire.kind).html.encode("utf-8", "replace")) <= self.limit:
                packs[-1] = longer
            else:
                packs.append(part)
        sending = self._joined(task, packs)
        return sending if self._fits(sending) else None

    def _joined(self, task: _Task, parts: Sequence[str]) -> _Sending:
        """Parts sent one by one, and their translations joined."""
        wires = [encode(part, kind=task.wire.kind) for part in parts]
        spoken = [wire for wire in wires if wire.has_letters]
        requests = tuple(Request(w.html, True, w.characters, task.segment) for w in spoken)

        def read(texts: Sequence[str]) -> Decoded | Rejection:
            replies = iter(texts)
            done: list[str] = []
            repairs: list[str] = []
            for wire in wires:
                found = decode(wire, next(replies), target_lang=self.target_lang) if wire.has_letters else None
                if isinstance(found, Rejection):
                    return found
                done.append(found.text if found else wire.text)
                repairs += found.repairs if found else ()
            glue = "" if self.target_lang.lower().split("-")[0] in _SOLID else " "
            text = glue.join(done)
            left, kept = protected(task.wire.text), Counter[tuple[str, str]]()
            for part in done:
                kept.update(protected(part))
            if left - protected(text) or kept != protected(text):
                return Rejection("markup changed")
            return Decoded(text, tuple(dict.fromkeys(repairs)))

        return _Sending(requests, read)


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
    segments: Sequence[Segment], *, source_lang: str, target_lang: str, limit: int | None = None
) -> list[Request]:
    """What is sent at first, when nothing has to be asked for again: for estimates."""
    forms = _Forms(source_lang, target_lang, limit)
    first = (next(iter(forms.of(task))) for task in _tasks(segments)[1])
    return [request for sending in first if isinstance(sending, _Sending) for request in sending.requests]


@dataclass(slots=True)
class _Round:
    """All that is sent at one time."""

    todo: list[tuple[_Task, _Sending]] = field(default_factory=list)

    def run(self, send: Send, counts: Counter[str]) -> None:
        requests = [request for _, sending in self.todo for request in sending.requests]
        replies = iter(send(requests) if requests else ())
        for task, sending in self.todo:
            own = [next(replies) for _ in sending.requests]
            _note(task, sending, own, counts)


def translate_with(
    send: Send,
    segments: Sequence[Segment],
    *,
    source_lang: str,
    target_lang: str,
    limit: int | None = None,
    counts: Counter[str] | None = None,
    habits: Callable[[], Habits] = lambda: NO_HABITS,
    once: bool = False,
) -> list[Translation]:
    """One translation per segment, in the same order, by way of `send`.

    Segments without a letter come back as they are and are not sent; segments of the same text and kind are sent once.

    Args:
        limit: most bytes of UTF-8 that one text may have on its way.
        counts: is added to: `sent`, `cached`, `accepted`, `rejected`, `retried` texts, `repaired: …`, `rejected: …`.
        habits: gives the habits of the book, when there is something to apply them to.
        once: never ask again.

    Raises:
        AmtsError: whatever `send` raises.
    """
    counts = Counter() if counts is None else counts
    by_segment, tasks = _tasks(segments)
    forms = {id(task): iter(_Forms(source_lang, target_lang, limit).of(task)) for task in tasks}
    todo = tasks
    while todo:
        now = _Round()
        for task in todo:
            sending = None if once and task.flag else next(forms[id(task)], None)
            if isinstance(sending, Rejection):
                task.flag = f"rejected: {sending.reason}"
                counts["rejected"] += 1
                counts[task.flag] += 1
            elif sending is not None:
                counts["retried"] += bool(task.flag)
                now.todo.append((task, sending))
        now.run(send, counts)
        todo = [task for task, _ in now.todo if task.result is None and not task.is_final]
    return _delivered(segments, by_segment, counts, habits)


def _note(task: _Task, sending: _Sending, replies: Sequence[Reply], counts: Counter[str]) -> None:
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
            task.result, task.flag = found, ""
            counts["accepted"] += 1
            return
        task.flag = f"rejected: {found.reason}"
    counts["rejected"] += 1
    counts[task.flag] += 1


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
            flags = tuple(f"repaired: {repair}" for repair in repairs)
            out.append(Translation(segment.id, text, flags, "machine", task.characters))
        if task is not None:
            task.characters = 0  # counted with the first of its segments
    return out
