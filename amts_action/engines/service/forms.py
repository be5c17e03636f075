"""The forms in which a text can be sent to an engine, best first, and how a reply in each form is read.

`html` is the fragment of `markup.wire`, `numbers` plain text with `⟦0⟧` for marks, `markdown` the text as the
book has it (for engines of other packages). After the form that an engine knows best come others: numbers, then each
sentence by itself, and for engines that know no marks at all (`pieces`) each run of words between two marks.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from amts_action.documents.inline import protected
from amts_action.documents.language_codes import between_sentences
from amts_action.documents.sentences import sentences
from amts_action.engines.model import Segment
from amts_action.markup.numbered import from_numbers, to_numbers
from amts_action.markup.wire import Decoded, Rejection, Wire, decode, encode, reread

__all__ = ["FORMS", "EngineRequest", "Form", "Forms", "Sending", "is_lost"]

Form = Literal["html", "numbers", "markdown", "sentences", "pieces"]
FORMS: tuple[Form, ...] = ("html", "numbers", "sentences")
"""For an engine that says nothing else."""

MOST_DROPPED = 10
"""Letters and digits of a run of words that may become nothing, such as an article before a span. By hand, held by
`tests/engines/test_local.py`."""
MAX_PARTS = 200
"""Sentences of one block that are sent one by one (our own limit)."""


@dataclass(frozen=True, slots=True)
class EngineRequest:
    """A text to be translated."""

    text: str
    is_html: bool
    """Whether it is an HTML fragment; else plain text with numbers in brackets, or `is_markdown`."""
    characters: int
    """Unicode characters of language in it, marks and protected spans not counted."""
    segment: Segment
    """The segment that it is, or is a part of."""
    is_markdown: bool = False
    """Whether it is inline markdown."""
    fault: str = ""
    """Why the reply to the same text was not taken, when it is asked for again as it was."""


Read = Callable[[Sequence[str]], Decoded | Rejection]


@dataclass(frozen=True, slots=True)
class Sending:
    """One text in one form: what goes out, and how to read what comes back."""

    requests: tuple[EngineRequest, ...]
    read: Read


@dataclass(frozen=True, slots=True)
class Forms:
    """Makes the forms of a segment."""

    source_lang: str
    target_lang: str
    limit: int | None = None
    """Most bytes of UTF-8 in one request; None for no limit."""
    names: Sequence[Form] = FORMS
    """The form that the engine knows best, then the others."""

    def of(self, segment: Segment, wire: Wire) -> Iterator[Sending | Rejection]:
        """One after the other; a `Rejection` in the first place when the text can be sent in no form."""
        first: Sending | None = self._whole(segment, wire)
        if first is not None and not self._fits(first):
            first = self._packed(segment, wire)
        if first is None:
            yield Rejection("too long for the service")
            return
        yield first
        for name in self.names[1:]:
            more = self._other(name, segment, wire, len(first.requests))
            if more is not None:
                yield more

    def _other(self, name: Form, segment: Segment, wire: Wire, sent: int) -> Sending | None:
        if name == "numbers":
            numbered = self._numbered(segment, wire)
            return numbered if numbered is not None and self._fits(numbered) else None
        if name == "pieces":
            return self._in_pieces(segment, wire)
        parts = self._parts(wire)
        return self._joined(segment, wire, parts) if sent < len(parts) <= MAX_PARTS else None

    def _fits(self, sending: Sending) -> bool:
        return self.limit is None or all(len(r.text.encode("utf-8", "replace")) <= self.limit for r in sending.requests)

    def _whole(self, segment: Segment, wire: Wire) -> Sending:
        """The text in the form that the engine knows best."""
        if self.names[0] == "numbers":
            numbered = self._numbered(segment, wire) or self._plain(segment, wire)
            if numbered is not None:
                return numbered
        if self.names[0] == "markdown":
            request = EngineRequest(wire.text, False, wire.characters, segment, is_markdown=True)
            return Sending((request,), lambda texts: reread(wire, texts[0]))
        request = EngineRequest(wire.html, True, wire.characters, segment)
        return Sending((request,), lambda texts: decode(wire, texts[0], target_lang=self.target_lang))

    def _plain(self, segment: Segment, wire: Wire) -> Sending | None:
        """A text without marks as it is."""
        if any(piece.id for piece in wire.pieces):
            return None
        request = EngineRequest(wire.text, False, wire.characters, segment)
        return Sending((request,), lambda texts: decode(wire, _escaped(texts[0]), target_lang=self.target_lang))

    def _numbered(self, segment: Segment, wire: Wire) -> Sending | None:
        text = to_numbers(wire)
        if text is None:
            return None

        def read(texts: Sequence[str]) -> Decoded | Rejection:
            found = from_numbers(wire, texts[0])
            return found if isinstance(found, Rejection) else decode(wire, found, target_lang=self.target_lang)

        return Sending((EngineRequest(text, False, wire.characters, segment),), read)

    def _in_pieces(self, segment: Segment, wire: Wire) -> Sending | None:
        """Each run of words between two marks by itself; the marks stay where they are."""
        runs = [n for n, piece in enumerate(wire.pieces) if not piece.id and any(c.isalpha() for c in piece.raw)]
        if len(runs) == len(wire.pieces) or len(runs) > MAX_PARTS:
            return None
        texts = [wire.pieces[n].raw.strip() for n in runs]

        def read(replies: Sequence[str]) -> Decoded | Rejection:
            given = dict(zip(runs, replies, strict=True))
            if any(map(is_lost, texts, replies)):
                return Rejection("words lost")
            parts = [
                Wire.mark(piece) if piece.id else _framed(piece.raw, given.get(n))
                for n, piece in enumerate(wire.pieces)
            ]
            return decode(wire, "".join(parts), target_lang=self.target_lang)

        return Sending(tuple(EngineRequest(text, False, len(text), segment) for text in texts), read)

    def _parts(self, wire: Wire) -> list[str]:
        """The sentences of a text, on one line each; one part when they cannot be told apart safely."""
        text = wire.text
        spans = sentences(text, self.source_lang, kind=wire.kind)
        parts = [text[span.start : span.end] for span in spans]
        rest = "".join(text[a.end : b.start] for a, b in pairwise(spans))
        edges = text[: spans[0].start] + text[spans[-1].end :] if spans else text
        held: Counter[tuple[str, str]] = Counter()
        for part in parts:
            held.update(protected(part))
        return parts if not (rest + edges).strip() and held == protected(text) else [text]

    def _packed(self, segment: Segment, wire: Wire) -> Sending | None:
        """As many sentences in a request as it holds; None when one alone is too long."""
        assert self.limit is not None  # else the whole fits
        packs: list[str] = []
        for part in self._parts(wire):
            longer = f"{packs[-1]} {part}" if packs else part
            if packs and self._fits(self._whole(segment, encode(longer, kind=wire.kind))):
                packs[-1] = longer
            else:
                packs.append(part)
        sending = self._joined(segment, wire, packs)
        return sending if self._fits(sending) else None

    def _joined(self, segment: Segment, wire: Wire, parts: Sequence[str]) -> Sending:
        """Parts sent one by one, and their translations joined."""
        wires = [encode(part, kind=wire.kind) for part in parts]
        sendings = [self._whole(segment, part) if part.has_letters else None for part in wires]

        def read(texts: Sequence[str]) -> Decoded | Rejection:
            replies = iter(texts)
            done: list[str] = []
            repairs: list[str] = []
            for part, sending in zip(wires, sendings, strict=True):
                found = sending.read([next(replies)]) if sending else None
                if isinstance(found, Rejection):
                    return found
                done.append(found.text if found else part.text)
                repairs += found.repairs if found else ()
            glue = between_sentences(self.target_lang)
            text = glue.join(done)
            left, kept = protected(wire.text), Counter[tuple[str, str]]()
            for one in done:
                kept.update(protected(one))
            if left - protected(text) or kept != protected(text):
                return Rejection("markup changed")
            return Decoded(text, tuple(dict.fromkeys(repairs)))

        return Sending(tuple(r for sending in sendings if sending for r in sending.requests), read)


def is_lost(text: str, reply: str) -> bool:
    """Whether words became nothing; both without marks."""
    return sum(map(str.isalnum, text)) > MOST_DROPPED and not any(map(str.isalnum, reply))


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def _framed(raw: str, reply: str | None) -> str:
    """A reply between the blanks that its source stood between."""
    if reply is None:
        return _escaped(raw)
    start = raw[: len(raw) - len(raw.lstrip())]
    end = raw[len(raw.rstrip()) :]
    return f"{start}{_escaped(reply.strip())}{end}"
