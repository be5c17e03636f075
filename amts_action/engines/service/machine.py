"""Engines that call a service: the part that they share.

A `Backend` knows one service: how to send texts and what they cost. `MachineEngine` does the rest: forms, acceptance
and retries (`engines.service.acceptance`), the cache of replies, limits, and the ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from amts_action.engines.markup.script_spacing import Habits, learn
from amts_action.engines.model import EngineSettings, Segment, Translation, Usage
from amts_action.engines.service.acceptance import Reply, Request, first_requests, translate_with
from amts_action.engines.service.cache import Cache, key_of
from amts_action.engines.service.limits import check_limits
from amts_action.errors import AmtsError, LimitError, PendingError

__all__ = ["Arrived", "Backend", "MachineEngine"]


class Arrived(NamedTuple):
    """A reply, as soon as it is there."""

    number: int
    """Index of its request."""
    reply: Reply
    usage: Usage = Usage()
    """What the call used; of a call for several texts all of it with one of them."""


class Backend(Protocol):
    """One service."""

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

    def depends_on(self, request: Request, source_lang: str, target_lang: str) -> Sequence[object]:
        """All that a reply depends on besides the text, its form and the languages: settings, versions, examples."""
        ...

    def estimate(self, requests: Sequence[Request], source_lang: str, target_lang: str) -> Usage:
        """What sending the texts would use; `characters` may be left out."""
        ...

    def send(self, requests: Sequence[Request], source_lang: str, target_lang: str) -> Iterator[Arrived]:
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
        with self._cache() as cache:
            return translate_with(
                lambda requests: self._send(requests, cache, source_lang, target_lang),
                segments,
                source_lang=source_lang,
                target_lang=target_lang,
                limit=self.backend.limit,
                counts=self.counts,
                habits=self._learnt,
            )

    def estimate(self, segments: Sequence[Segment], *, source_lang: str, target_lang: str) -> Usage:
        """What `translate` would use if every reply were accepted; known replies cost nothing. Sends nothing.

        Raises:
            InputError: the service cannot be asked for this.
        """
        self.backend.check(source_lang, target_lang)
        limit = self.backend.limit
        requests = first_requests(segments, source_lang=source_lang, target_lang=target_lang, limit=limit)
        with self._cache() as cache:
            try:
                keys = self._keys(requests, source_lang, target_lang)
            except AmtsError:  # the service cannot be asked for the versions of its resources
                keys = [key_of(r.text, r.is_html) for r in requests]
            known = cache.find(keys) if cache else {}
        unique = {key: request for key, request in zip(keys, requests, strict=True) if key not in known}
        return self._estimate(list(unique.values()), source_lang, target_lang)

    def _estimate(self, requests: Sequence[Request], source_lang: str, target_lang: str) -> Usage:
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
        with Cache.open(self.settings.cache_path) as cache:
            yield cache

    def _keys(self, requests: Sequence[Request], source_lang: str, target_lang: str) -> list[bytes]:
        languages = source_lang, target_lang
        return [
            key_of(self.name, *languages, r.text, r.is_html, *self.backend.depends_on(r, source_lang, target_lang))
            for r in requests
        ]

    def _send(
        self, requests: Sequence[Request], cache: Cache | None, source_lang: str, target_lang: str
    ) -> Sequence[Reply]:
        """One reply for each request: a known one, or a new one, which is kept as soon as it is there."""
        keys = self._keys(requests, source_lang, target_lang)
        known = cache.find(keys) if cache else {}
        new: dict[bytes, Request] = {}
        for key, request in zip(keys, requests, strict=True):
            if key not in known:
                new.setdefault(key, request)
        over = self._over_limit(list(new.values()), source_lang, target_lang)
        arrived: dict[bytes, Reply] = {}
        why = over
        if new and not over:
            try:
                self._collect(new, arrived, cache, source_lang, target_lang)
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
            wrong = self.judge(request.text, reply.text, target_lang) if reply.text is not None else ""
            out.append(replace(reply, text=None, reason=f"rejected: {wrong}") if wrong else reply)
            seen.add(key)
        return out

    def _collect(
        self,
        new: Mapping[bytes, Request],
        arrived: dict[bytes, Reply],
        cache: Cache | None,
        source_lang: str,
        target_lang: str,
    ) -> None:
        """Sends the new texts; each reply is kept as soon as it is there."""
        wanted = list(new)
        for number, reply, usage in self.backend.send(list(new.values()), source_lang, target_lang):
            if cache is not None and reply.text is not None and _is_writable(reply.text):
                cache.put(wanted[number], reply.text)
            arrived[wanted[number]] = reply
            sent = new[wanted[number]].characters if reply.was_sent else 0
            self.usage += replace(usage, characters=sent)

    def _over_limit(self, requests: Sequence[Request], source_lang: str, target_lang: str) -> str:
        """Why these texts may not be sent, as a flag; empty when they may.

        Raises:
            LimitError: so much at once was never allowed, and nothing was sent yet.
        """
        settings = self.settings
        if not requests or not (settings.max_characters or settings.max_cost is not None):
            return ""
        total = self.usage + self._estimate(requests, source_lang, target_lang)
        try:
            check_limits(self.name, settings, total)
        except LimitError as error:
            if not self.usage.calls:
                raise
            return f"no reply: {error.where} is reached"
        return ""


def _is_writable(text: str) -> bool:
    """Whether a text can be kept: a lone surrogate cannot, and is not accepted anyway."""
    return not any("\ud800" <= c <= "\udfff" for c in text)
