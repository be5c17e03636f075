"""What is read from a document of a corpus, and what is asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from amts_action.documents.model import Block, Kind, Span
from amts_action.memory.harvest import Granularity
from amts_action.training.filters import Limits

__all__ = ["CorpusPage", "CorpusRequest", "Link", "Sketch", "block"]


@dataclass(frozen=True, slots=True)
class Link:
    """A page says where a translation of it is."""

    lang: str
    """As it is written: `es`, `pt-BR`."""
    href: str


@dataclass(frozen=True, slots=True)
class CorpusPage:
    """A document, read."""

    title: str
    lang: str
    """The language that it declares; empty when it declares none."""
    blocks: tuple[Block, ...]
    """Their texts are inline markdown, whatever the format; their spans say nothing unless it is markdown."""
    lines: tuple[int, ...]
    """The line, from 1, at which each block starts."""
    links: tuple[Link, ...] = ()
    outside: tuple[str, ...] = ()
    """Names of pictures and addresses of other sites: what a translation keeps."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """What matching needs to know of a page."""

    lang: str
    letters: int
    """Of its prose; a Han character or syllable counts three times."""
    is_on_subject: bool
    links: tuple[Link, ...]
    anchors: tuple[int, ...]
    """Numbers that stand for what a translation keeps, at most `sketch.MOST`."""
    problem: str = ""
    """Why the page could not be read."""


@dataclass(frozen=True, slots=True)
class CorpusRequest:
    """What pairs are wanted."""

    source_lang: str
    target_lang: str
    granularity: Granularity = "sentence"
    limits: Limits = field(default_factory=Limits)
    keywords: Sequence[str] = ()
    """Subjects, any of which will do; empty for all documents."""
    keyword_count: int = 3
    """How often keywords must occur in the prose of a document whose title has none."""


def block(kind: Kind, text: str, level: int = 0) -> Block:
    """A block that comes from no place in a markdown file."""
    return Block(kind, Span(0, 0), Span(0, 0), text, level=level)
