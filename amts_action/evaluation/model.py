"""The frozen data of an evaluation: articles, systems, and the table of their scores."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from amts_action.evaluation.scores import METRICS, Score

__all__ = ["Article", "ArticleRow", "Direction", "Evaluation", "System", "Table"]

Direction = Literal["forward", "reverse"]
"""`forward`: from the source's language into the target's, people's translation being the reference; `reverse`: from
the target's language, the English text being the reference."""


@dataclass(frozen=True, slots=True)
class Article:
    """A document that people have translated, with the English that it was translated from."""

    path: str
    """Where the translation is in the target."""
    source_path: str
    """Where the English is in the source."""
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class System:
    """Whoever translated the articles."""

    name: str
    kind: Literal["engine", "stored"]
    leakage: bool | None
    """Whether it may have seen people's translations of the articles; None when nobody here can know."""
    given: tuple[str, ...] = ()
    """What it was given by name, so that nobody here knows what it holds: `parallel data NAME`, `terminology NAME`."""
    learnt: str = ""
    """What it learnt from the rest of the book, in words; empty for nothing."""


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """One article."""

    path: str
    segments: int
    unpaired: int
    """Blocks that are not scored because the reference lacks them."""
    skipped: tuple[int, ...]
    """Segments that each system left out or as they were, by system."""
    scores: tuple[dict[str, Score], ...]
    """By metric, by system."""


@dataclass(frozen=True, slots=True)
class Table:
    """All articles in one direction."""

    direction: Direction
    source_lang: str
    target_lang: str
    systems: tuple[System, ...]
    rows: tuple[ArticleRow, ...]
    together: tuple[dict[str, Score], ...]
    """All segments of all articles as one text, by system, compared with the first system."""
    signatures: dict[str, str] = field(default_factory=dict)
    """By metric."""
    p_values: dict[str, tuple[tuple[float, ...], ...]] = field(default_factory=dict)
    """By metric: of the difference of every two systems on all segments; empty where no test was made."""

    def average(self, system: int, metric: str) -> float:
        """Mean over the articles, each with the same weight, as in the published study; 0 without articles."""
        values = [row.scores[system][metric].value for row in self.rows]
        return sum(values) / len(values) if values else 0.0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What `amts evaluate` found."""

    tables: tuple[Table, ...]
    problems: tuple[str, ...] = ()
    """Articles that could not be scored, and why."""
    notes: tuple[str, ...] = ()
    characters: int = 0
    """Characters that engines were sent."""
    samples: int = 0
    """Bootstrap samples behind the tests of significance; 0: none were made."""
    metrics: tuple[str, ...] = METRICS
