"""Engines of other packages: whatever they raise becomes one line, and what they give goes the way of every reply.

The best form is a backend (`engines.service.machine.Backend`): how to send texts and what they cost, and nothing else.
A whole engine (`translate`) is asked like a service that takes inline markdown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amts_action.engines.model import Engine, EngineSettings, Segment, Translation, Usage
from amts_action.engines.service.acceptance import EngineRequest, Reply
from amts_action.engines.service.forms import Form
from amts_action.engines.service.machine import Arrived, MachineEngine
from amts_action.engines.service.prices import cost_of
from amts_action.errors import AmtsError, EngineError, InputError

__all__ = ["wrapped"]


def wrapped(name: str, package: str, made: Any, settings: EngineSettings) -> Engine:
    """The engine that a package's entry point made, on the common way.

    Raises:
        InputError: it is neither a backend nor an engine.
    """
    if isinstance(made, MachineEngine):
        made.backend = _Guarded(name, package, made.backend, made.settings)
        return made
    if callable(getattr(made, "send", None)):
        return MachineEngine(_Guarded(name, package, made, settings), settings)
    if not callable(getattr(made, "translate", None)):
        raise InputError(f"the engine {name!r} of the package {package} has no `translate`", where="--engine")
    return MachineEngine(_Segmentwise(name, package, made, settings), settings)


@dataclass(slots=True)
class _Guarded:
    """Somebody else's backend: what it lacks has a default, and what it raises becomes one line."""

    name: str
    package: str
    inner: Any
    settings: EngineSettings

    @property
    def limit(self) -> int | None:
        """Most bytes of a text."""
        found = getattr(self.inner, "limit", None)
        return found if isinstance(found, int) else None

    @property
    def forms(self) -> Sequence[Form]:
        """The forms that it takes."""
        return tuple(getattr(self.inner, "forms", ("html", "numbers", "sentences")))

    @property
    def is_free(self) -> bool:
        """Whether its replies cost nothing, and are not kept."""
        return bool(getattr(self.inner, "is_free", False))

    @property
    def repeats(self) -> bool:
        """Whether it may answer the same text otherwise."""
        return bool(getattr(self.inner, "repeats", False))

    def check(self, source_lang: str, target_lang: str) -> None:
        """Whether it has the languages."""
        self._call("check", lambda *languages: None)(source_lang, target_lang)

    def depends_on(self, request: EngineRequest, source_lang: str, target_lang: str) -> Sequence[object]:
        """What a reply depends on."""
        otherwise = _told(self.package, self.settings)
        return tuple(self._call("depends_on", lambda *about: otherwise)(request, source_lang, target_lang))

    def estimate(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Usage:
        """What sending would use."""
        found = self._call("estimate", _by_characters(self.name, {}))(requests, source_lang, target_lang)
        return found if isinstance(found, Usage) else Usage(cost=None)

    def send(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Iterator[Arrived]:
        """The replies."""
        for arrived in _given(self.name, lambda: self.inner.send(requests, source_lang, target_lang)):
            try:
                number, reply, usage = arrived if isinstance(arrived, Arrived) else Arrived(*arrived)
                is_good = 0 <= number < len(requests) and isinstance(reply, Reply) and isinstance(usage, Usage)
                is_good = is_good and isinstance(reply.text, str | None) and isinstance(reply.reason, str)
            except TypeError:
                is_good = False
            if not is_good:
                raise EngineError("it did not give replies to what was asked", where=f"engine {self.name}")
            yield Arrived(number, reply, usage if usage.calls else Usage(calls=1, cost=usage.cost))

    def _call(self, what: str, otherwise: Callable[..., Any]) -> Callable[..., Any]:
        found = getattr(self.inner, what, None) or otherwise

        def guarded(*about: object) -> Any:
            return next(_given(self.name, lambda: [found(*about)]))

        return guarded


@dataclass(slots=True)
class _Segmentwise:
    """A whole engine of somebody else's, asked for texts as a service is."""

    name: str
    package: str
    inner: Any
    settings: EngineSettings
    limit: int | None = None
    forms: tuple[Form, ...] = ("markdown", "numbers", "sentences")

    def check(self, source_lang: str, target_lang: str) -> None:
        """It says itself what it cannot do."""

    def depends_on(self, request: EngineRequest, source_lang: str, target_lang: str) -> Sequence[object]:
        """What may change a reply."""
        return _told(self.package, self.settings)

    def estimate(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Usage:
        """Characters, at the price that the user gives."""
        return _by_characters(self.name, self.settings.prices)(requests, source_lang, target_lang)

    def send(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Iterator[Arrived]:
        """One call of the engine for all texts; of what it gives the translations of these are taken, each as soon as
        it is there.

        Raises:
            EngineError: the engine raised something, or gave nothing of the kind.
        """
        segments = [Segment(str(n), r.text, r.segment.context) for n, r in enumerate(requests)]
        left = {segment.id: n for n, segment in enumerate(segments)}
        languages = {"source_lang": source_lang, "target_lang": target_lang}
        for given in _given(self.name, lambda: self.inner.translate(segments, **languages)):
            if not isinstance(given, Translation) or not isinstance(given.text, str | None):
                continue
            n = left.pop(given.id, None)
            if n is None:
                continue
            flags = tuple(map(str, given.flags))
            why = next(iter(flags), "no reply") if given.text is None else ""
            kept = () if given.text is None else flags
            reply = Reply(given.text, why, flags=kept, is_answer=why.startswith("untranslated"))
            yield Arrived(n, reply, self.estimate([requests[n]], source_lang, target_lang))
        if len(left) == len(segments):
            raise EngineError("it did not give one translation for each segment", where=f"engine {self.name}")


def _told(package: str, settings: EngineSettings) -> Sequence[object]:
    """The package and its version, and what the engine was told."""
    from importlib.metadata import PackageNotFoundError, version

    s = settings
    try:
        found = version(package)
    except PackageNotFoundError:
        found = ""
    return package, found, sorted(s.options.items()), s.model, s.base_url, s.terminology, s.formality


def _by_characters(name: str, prices: Mapping[str, Any]) -> Callable[[Sequence[EngineRequest], str, str], Usage]:
    def estimate(requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Usage:
        characters = sum(request.characters for request in requests)
        return Usage(billed_characters=characters, calls=len(requests), cost=cost_of({name: characters}, prices))

    return estimate


def _given(name: str, call: Callable[[], Iterable[Any]]) -> Iterator[Any]:
    """What somebody else's code gives.

    Raises:
        EngineError: it raised something; a program that a package ends is ended by nobody but its user.
    """
    try:
        yield from call()
    except (AmtsError, GeneratorExit):
        raise
    except (Exception, SystemExit) as error:
        raise EngineError(f"it failed ({named(error)})", where=f"engine {name}") from error


def named(error: BaseException) -> str:
    """Class and message of an error, short."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
