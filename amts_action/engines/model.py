"""What every engine gets and gives: segments in, translations out, and the one protocol between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

__all__ = ["Engine", "EngineSettings", "Origin", "Pair", "Segment", "Translation"]

Origin = Literal["machine", "memory", ""]


@dataclass(frozen=True, slots=True)
class Segment:
    """One block, or a part of one, to be translated."""

    id: str
    """Unique within a call; the translation carries it back."""
    text: str
    """Inline markdown with `\\n` line ends and without continuation prefixes."""
    context: Mapping[str, str] = field(default_factory=dict)
    """What an engine may know about the segment: `kind` (of the block), `path`, `heading`, `old_source`,
    `old_target`. No key is required."""


@dataclass(frozen=True, slots=True)
class Translation:
    """What an engine made of the segment with the same id."""

    id: str
    text: str | None
    """Inline markdown in the target language, one line unless a protected span holds a line end; None when nothing
    usable came, and then at least one flag says why."""
    flags: tuple[str, ...] = ()
    """Remarks for the report: `rejected: span lost`, `memory 92 %`, `untranslated` …"""
    origin: Origin = ""
    """Who wrote the text; empty when nothing was translated."""
    characters: int = 0
    """Unicode characters of text that left the machine for it, protected spans not counted; a retry counts again,
    and of several identical segments only the first counts."""


class Pair(NamedTuple):
    """A block that people have translated."""

    source: str
    target: str
    where: str = ""
    """Where the pair stands, for the report."""


class Engine(Protocol):
    """Whatever translates segments."""

    @property
    def name(self) -> str:
        """The name that selects it."""
        ...

    def translate(self, segments: Sequence[Segment], *, source_lang: str, target_lang: str) -> list[Translation]:
        """One translation per segment, in the same order.

        Bad replies are no errors: they give translations without text.

        Raises:
            InputError: the engine cannot be used as it is configured.
            EngineError: the engine failed before it gave anything usable.
        """
        ...


def _no_pairs() -> Iterable[Pair]:
    return ()


def _silent(line: str) -> None:
    """Says nothing."""


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """What the engines can be told; each takes what concerns it. What is empty is not set."""

    command: str = ""
    """Command line of the command engine, split as a POSIX shell would; no shell runs it."""
    timeout_seconds: float = 600.0
    """How long the command engine may neither read nor write anything, or a service may take for one answer."""
    pairs: Callable[[], Iterable[Pair]] = _no_pairs
    """Gives what people have translated in the book; called once, when the first segment needs it."""
    threshold: float = 0.75
    """Least similarity (0 to 1) of a fuzzy match of the memory engine."""
    memory_path: Path | None = None
    """A translation memory, beside `pairs`."""
    glossary_path: Path | None = None
    """A glossary as `amts terminology` reads it."""
    cache_path: Path | None = None
    """Where replies that were paid for are kept; none are without it."""
    concurrency: int = 10
    """How many requests are under way at once."""
    region: str = ""
    """AWS region; empty for that of the environment."""
    terminology: str = ""
    """Name of a terminology that the service has."""
    formality: str = ""
    """`formal` or `informal`, where the language has it."""
    parallel_data: str = ""
    """Name of a parallel-data resource, or `auto`."""
    s3_uri: str = ""
    """Folder of a bucket for what a batch job reads and writes."""
    role_arn: str = ""
    """Role that the service takes on to read and write there."""
    kms_key: str = ""
    """Key that encrypts there; empty for the bucket's own."""
    wait_minutes: int = 120
    """How long a run waits for a batch job."""
    model: str = ""
    """Name of a language model."""
    base_url: str = ""
    """Address of an OpenAI-compatible service, up to `/v1`."""
    api_key_variable: str = ""
    """Environment variable that holds its key."""
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    """US dollars for a million units, in place of those of `engines.prices`."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Whatever else an engine of somebody else's takes."""
    report: Callable[[str], None] = _silent
    """Gets one line about what a long run is doing."""
