"""What every engine gets and gives: segments in, translations out, and the one protocol between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

__all__ = ["Engine", "EngineSettings", "Origin", "Pair", "Segment", "Translation", "Usage"]

Origin = Literal["machine", "memory", ""]


@dataclass(frozen=True, slots=True)
class Segment:
    """One block, or a part of one, to be translated."""

    id: str
    """Unique within a call; the translation carries it back."""
    text: str
    """Inline markdown with `\\n` line ends and without continuation prefixes."""
    context: Mapping[str, str] = field(default_factory=dict)
    """What an engine may know about the segment: `kind` (of the block), `path`, `heading`, `before` and
    `after` (the blocks around it), `old_source`, `old_target`. No key is required."""


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


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used, or would be."""

    characters: int = 0
    """Unicode characters of text, as `Translation.characters`."""
    billed_characters: int = 0
    """Characters that a service counts: those of marks and protected spans as well."""
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    """Of `input_tokens`, those that the service had seen before."""
    cost: Decimal | None = Decimal(0)
    """US dollars; None when a price is not known."""

    def __add__(self, other: Usage) -> Usage:
        """Both together."""
        known = self.cost is not None and other.cost is not None
        return Usage(
            self.characters + other.characters,
            self.billed_characters + other.billed_characters,
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cached_tokens + other.cached_tokens,
            (self.cost or Decimal(0)) + (other.cost or Decimal(0)) if known else None,
        )


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


def _nothing() -> Iterable[Any]:
    return ()


def _no_text() -> str:
    return ""


def _silent(line: str) -> None:
    """Says nothing."""


def _no_corpus(path: Path) -> int:
    """No parallel data."""
    return 0


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """What the engines can be told; each takes what concerns it. What is empty is not set."""

    command: str = ""
    """Command line of the command engine, split as a POSIX shell would; no shell runs it."""
    timeout_seconds: float = 600.0
    """How long the command engine may neither read nor write anything, or a service may take for one answer."""
    pairs: Callable[[], Iterable[Pair]] = _nothing
    """Gives what people have translated in the book; called once, when the first segment needs it."""
    pairs_for: Callable[[Sequence[str]], Iterable[Pair]] | None = None
    """Gives those of the pairs that may have one of some texts, other spans in them aside; None: ask `pairs`."""
    threshold: float = 0.75
    """Least similarity (0 to 1) of a fuzzy match of the memory engine."""
    memory_path: Path | None = None
    """A translation memory, beside `pairs`."""
    pages: Callable[[], Iterable[str]] = _nothing
    """Gives the pages of the book's present translation, from which its habits of writing are learnt."""
    terms: Callable[[], Iterable[tuple[str, str]]] = _nothing
    """Gives the book's glossary: a term of the source language and its agreed translation."""
    instructions: Callable[[], str] = _no_text
    """Gives what the book's people ask of whoever translates it, for language models."""
    cache_path: Path | None = None
    """Where replies that were paid for are kept; none are without it."""
    replies_path: Path | None = None
    """A second file for the replies of this run, which goes along to whatever machine the run goes on on."""
    max_characters: int = 0
    """Most characters to be sent; 0 for no limit."""
    max_cost: Decimal | None = None
    """Most US dollars to be spent; None for no limit."""
    concurrency: int = 8
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
    book: str = "book"
    """A name for the book and its translation that no other has: letters, digits and hyphens."""
    shelf: str = ""
    """The same for all translations of one English book, which may share batch jobs; empty: this one shares none."""
    corpus: Callable[[Path], int] = _no_corpus
    """Writes the parallel data of what people have translated in the book to a TMX file; how many records."""
    wait_minutes: int = 120
    """How long a run waits for a batch job."""
    model: str = ""
    """Name of a language model."""
    base_url: str = ""
    """Address of an OpenAI-compatible service, up to `/v1`."""
    api_key_variable: str = ""
    """Environment variable that holds its key."""
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    """US dollars for a million units, in place of those of `engines.service.prices`."""
    gate: Literal["off", "flag", "refuse"] = "off"
    """What happens to a translation that the book's people would not have written: nothing, a flag, or, where it cannot
    be right, no translation."""
    memory_first: bool = False
    """Whether people's translation of the same English is taken before an engine is asked."""
    model_dir: Path | None = None
    """Where models for this machine lie."""
    offline: bool = False
    """Whether no model may be fetched."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Whatever else an engine of somebody else's takes."""
    report: Callable[[str], None] = _silent
    """Gets one line about what a long run is doing."""
