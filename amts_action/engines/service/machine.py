"""The one way from segments to translations, for every engine: ours, a program, another package's.

A `Backend` knows one service: how to send texts and what they cost. `MachineEngine` does the rest: what people have
translated already (`engines.memory`), forms, acceptance and retries (`service.acceptance`), the cache of replies,
limits, which hold for retries, the judge (`engines.gate`), and the ledger.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol

from amts_action.engines.memory import MemoryEngine
from amts_action.engines.model import EngineSettings, Pair, Segment, Translation, Usage
from amts_action.engines.service.acceptance import EngineRequest, Reply, first_requests, translate_with
from amts_action.engines.service.cache import Cache, key_of
from amts_action.engines.service.forms import FORMS, Form
from amts_action.engines.service.limits import check_limits
from amts_action.errors import AmtsError, EngineError, LimitError, PendingError
from amts_action.markup.script_spacing import Habits, learn
from amts_action.pace import tell

if TYPE_CHECKING:
    from amts_action.engines.gate.judge import Gate
    from amts_action.engines.gate.signs import Fault

__all__ = ["Arrived", "Backend", "MachineEngine"]

PEOPLES = ("", "memory, spans replaced")
"""What the memory says of a text that people wrote for this very English, or for it with other spans and numbers."""


class Arrived(NamedTuple):
    """A reply, as soon as it is there."""

    number: int
    """Index of its request."""
    reply: Reply
    usage: Usage = Usage()
    """What the call used; of a call for several texts all of it with one of them."""


class Backend(Protocol):
    """One service. It may also have `forms` (the `Form`s that it takes, the one it knows best first; `FORMS` without)
    `repeats` (whether the same text, asked for again, may be answered otherwise; no without) and `is_free` (whether
    nothing is paid, so that an estimate need not look for kept replies; no without).
    """

    @property
    def name(self) -> str:
        """Name of the engine."""
        ...

    @property
    def limit(self) -> int | None:
        """Most bytes of UTF-8 in one text; None for no limit."""
        ...

    def check(self, source_lang: str, target_lang: str) -> None:
        """Looks at what would be asked for, without a call.

        Raises:
            InputError: the service does not have it: a language, a direction, a formality.
        """
        ...

    def depends_on(self, request: EngineRequest, source_lang: str, target_lang: str) -> Sequence[object]:
        """All that a reply depends on besides the text, its form and the languages: settings, versions, examples."""
        ...

    def estimate(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Usage:
        """What sending the texts would use; `characters` may be left out."""
        ...

    def send(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Iterator[Arrived]:
        """The replies, each as soon as it is there, in any order; those to nothing at all may be missing.

        Raises:
            AmtsError: the service gave nothing at all.
        """
        ...


def _no_doubt(sent: str, reply: str, target_lang: str) -> str:
    """A service that translates and does nothing else: its markup is all that has to be looked at."""
    return ""


@dataclass(slots=True)
class MachineEngine:
    """An engine made of a backend."""

    backend: Backend
    settings: EngineSettings
    counts: Counter[str] = field(default_factory=Counter)
    """The ledger: see `acceptance.translate_with`."""
    usage: Usage = field(default_factory=Usage)
    """What was used so far."""
    judge: Callable[[str, str, str], str] = _no_doubt
    """Why a reply (second) cannot be a translation of what was sent (first) into a language (third), whatever its
    markup; empty when it may be one."""
    _habits: Habits | None = None
    _memory: MemoryEngine | None = None
    _people: tuple[Pair, ...] | None = None
    _gates: dict[tuple[str, str], Gate] = field(default_factory=dict)
    _answers: int = 0
    """Replies of the last call, kept ones included."""
    _why: str = ""
    """Why the last of them got none."""

    @property
    def name(self) -> str:
        """The name that selects it."""
        return self.backend.name

    def translate(self, segments: Sequence[Segment], *, source_lang: str, target_lang: str) -> list[Translation]:
        """One translation per segment, in the same order.

        Raises:
            InputError: the service cannot be asked for this.
            LimitError: it would be more than is allowed; nothing was sent.
            EngineError: the service gave nothing at all.
        """
        self.backend.check(source_lang, target_lang)
        known = self._known(segments, source_lang, target_lang)
        asked = [segment for segment in segments if segment.id not in known]
        self._answers, self._why = 0, ""
        with self._cache() as cache:
            made = translate_with(
                lambda requests: self._send(requests, cache, source_lang, target_lang),
                asked,
                source_lang=source_lang,
                target_lang=target_lang,
                limit=self.backend.limit,
                counts=self.counts,
                habits=self._learnt,
                names=self._forms,
                repeats=getattr(self.backend, "repeats", False),
                judge=lambda source, target: self._judged(source, target, source_lang, target_lang),
                refuses=self.settings.gate == "refuse",
            )
        missing = {s.text for s, t in zip(asked, made, strict=True) if t.text is None}
        # A single text that is refused says nothing about the service.
        if self._why and not self._answers and (len(missing) != 1 or not self._why.startswith("refused")):
            raise EngineError(f"nothing was translated: {self._why}", where=self.name)
        by_id = known | {translation.id: translation for translation in made}
        return [by_id[segment.id] for segment in segments]

    @property
    def _forms(self) -> Sequence[Form]:
        return getattr(self.backend, "forms", FORMS)

    def _pairs(self) -> Sequence[Pair]:
        """What people have translated in the book; gathering it takes long, and the memory and the gate both ask."""
        if self._people is None:
            self._people = tuple(self.settings.pairs())
        return self._people

    def _known(self, segments: Sequence[Segment], source_lang: str, target_lang: str) -> dict[str, Translation]:
        """What people have translated already, by id of the segment: nobody else is asked for it."""
        if not self.settings.memory_first or not segments:
            return {}
        few = self.settings.pairs_for
        if few is not None and self._people is None:  # only a few pages may have them, and the others take long to read
            pairs = partial(few, [segment.text for segment in segments])
            memory = MemoryEngine.from_settings(replace(self.settings, pairs=pairs, threshold=1.0))
        else:
            self._memory = memory = self._memory or MemoryEngine.from_settings(
                replace(self.settings, pairs=self._pairs, threshold=1.0)
            )
        found = memory.translate(segments, source_lang=source_lang, target_lang=target_lang)
        return {t.id: t for t in found if t.origin == "memory" and all(flag in PEOPLES for flag in t.flags)}

    def _judged(self, source: str, target: str, source_lang: str, target_lang: str) -> Sequence[Fault]:
        """What the gate finds wrong; it learns from the book when the first reply comes."""
        if self.settings.gate == "off":
            return ()
        languages = source_lang, target_lang
        if languages not in self._gates:
            from amts_action.engines.gate.learn import learn_gate

            pairs = [(pair.source, pair.target) for pair in self._pairs()]
            terms = self.settings.terms()
            gate = learn_gate(pairs, source_lang=source_lang, target_lang=target_lang, terms=terms)
            for note in gate.notes:
                self.settings.report(f"gate: {note}")
            self._gates[languages] = gate
        return self._gates[languages].judge(source, target)

    def estimate(self, segments: Sequence[Segment], *, source_lang: str, target_lang: str) -> Usage:
        """What `translate` would use if every reply were accepted; known replies cost nothing. Sends nothing.

        Raises:
            InputError: the service cannot be asked for this.
        """
        self.backend.check(source_lang, target_lang)
        return self._estimate(
            self.unpaid(segments, source_lang=source_lang, target_lang=target_lang), source_lang, target_lang
        )

    def unpaid(self, segments: Sequence[Segment], *, source_lang: str, target_lang: str) -> list[EngineRequest]:
        """What `translate` would send at first, each text once: what nobody has translated and no reply is kept of."""
        known = self._known(segments, source_lang, target_lang)
        requests = first_requests(
            [segment for segment in segments if segment.id not in known],
            source_lang=source_lang,
            target_lang=target_lang,
            limit=self.backend.limit,
            names=self._forms,
        )
        if self.settings.cache_path is None or getattr(self.backend, "is_free", False):
            return list({key_of(r.text, r.is_html): r for r in requests}.values())
        with self._cache() as cache:
            try:
                keys = self._keys(requests, source_lang, target_lang)
            except AmtsError:  # the service cannot be asked for the versions of its resources
                keys = [key_of(r.text, r.is_html) for r in requests]
            paid = cache.find(keys) if cache else {}
        return list({key: request for key, request in zip(keys, requests, strict=True) if key not in paid}.values())

    def _estimate(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Usage:
        is_paid = getattr(self.backend, "is_paid", None)
        if is_paid is not None:
            requests = [request for request in requests if not is_paid(request, source_lang, target_lang)]
        found = self.backend.estimate(requests, source_lang, target_lang)
        return replace(found, characters=sum(request.characters for request in requests))

    def _learnt(self) -> Habits:
        if self._habits is None:
            self._habits = learn(self.settings.pages())
        return self._habits

    @contextmanager
    def _cache(self) -> Iterator[Cache | None]:
        if self.settings.cache_path is None:
            yield None
            return
        with Cache.open(self.settings.cache_path, self.settings.replies_path) as cache:
            yield cache

    def _keys(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> list[bytes]:
        languages = source_lang, target_lang
        return [
            key_of(
                *(self.name, *languages, r.text, r.is_html),
                *((r.fault,) if r.fault else ()),
                *(("markdown",) if r.is_markdown else ()),
                *self.backend.depends_on(r, source_lang, target_lang),
            )
            for r in requests
        ]

    def _send(
        self, requests: Sequence[EngineRequest], cache: Cache | None, source_lang: str, target_lang: str
    ) -> Sequence[Reply]:
        """One reply for each request: a known one, or a new one, which is kept as soon as it is there."""
        keys = self._keys(requests, source_lang, target_lang)
        known = cache.find(keys) if cache else {}
        new: dict[bytes, EngineRequest] = {}
        for key, request in zip(keys, requests, strict=True):
            if key not in known:
                new.setdefault(key, request)
        allowed, over = self._within_limits(new, source_lang, target_lang)
        arrived: dict[bytes, Reply] = {}
        why = over
        if allowed:
            try:
                self._collect(allowed, arrived, cache, source_lang, target_lang)
            except AmtsError as error:
                if isinstance(error, PendingError) or not self.usage.calls:
                    raise
                why = f"no reply: {error.what}"  # what came before is delivered
        missing = Reply(None, why or "no reply", was_sent=False, is_final=bool(why))
        out, seen = [], set()
        for key, request in zip(keys, requests, strict=True):
            reply = Reply(known[key]) if key in known else arrived.get(key, missing)
            if key in known or key in seen:
                reply = replace(reply, was_sent=False)
            self._answers += reply.text is not None or reply.is_answer
            self._why = reply.reason or self._why
            wrong = self.judge(request.text, reply.text, target_lang) if reply.text is not None else ""
            out.append(replace(reply, text=None, reason=f"rejected: {wrong}") if wrong else reply)
            seen.add(key)
        return out

    def _collect(
        self,
        new: Mapping[bytes, EngineRequest],
        arrived: dict[bytes, Reply],
        cache: Cache | None,
        source_lang: str,
        target_lang: str,
    ) -> None:
        """Sends the new texts; each reply is kept as soon as it is there."""
        wanted = list(new)
        tell("translating", 0, len(wanted))
        for number, reply, usage in self.backend.send(list(new.values()), source_lang, target_lang):
            if cache is not None and reply.text is not None and _is_writable(reply.text):
                cache.put(wanted[number], reply.text)
            arrived[wanted[number]] = reply
            tell("translating", len(arrived), len(wanted))
            sent = new[wanted[number]].characters if reply.was_sent else 0
            self.usage += replace(usage, characters=sent)

    def _within_limits(
        self, new: dict[bytes, EngineRequest], source_lang: str, target_lang: str
    ) -> tuple[dict[bytes, EngineRequest], str]:
        """As many of the texts as may be sent, from the first on, and why the others may not be, as a flag.

        Raises:
            LimitError: so much at once was never allowed, and nothing was sent yet.
        """
        settings = self.settings
        if not new or not (settings.max_characters or settings.max_cost is not None):
            return new, ""
        items = list(new.items())

        def excess(count: int) -> LimitError | None:
            more = self._estimate([request for _, request in items[:count]], source_lang, target_lang)
            try:
                check_limits(self.name, settings, self.usage + more)
            except LimitError as error:
                return error
            return None

        over = excess(len(items))
        if over is None:
            return new, ""
        if not self.usage.calls:
            raise over
        fits, too_many = 0, len(items)
        while too_many - fits > 1:
            middle = (fits + too_many) // 2
            fits, too_many = (middle, too_many) if excess(middle) is None else (fits, middle)
        return dict(items[:fits]), f"no reply: {over.where} is reached"


_HALVES = re.compile("[\ud800-\udfff]")


def _is_writable(text: str) -> bool:
    """Whether a text can be kept: a lone surrogate cannot, and is not accepted anyway."""
    return _HALVES.search(text) is None
