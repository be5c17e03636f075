"""What a run has to do with each document of the book."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from amts_action.books.base import Base
from amts_action.books.books import BookDocument
from amts_action.engines.model import Segment
from amts_action.merging.any_document import AnyPlan
from amts_action.merging.document import Result
from amts_action.merging.sources.shelf import TranslatedPage
from amts_action.merging.sources.sieve import Wanted

__all__ = ["Fate", "Job"]

Fate = Literal[
    "up to date", "changed", "new", "renamed", "deleted", "taken back", "missing", "gone", "not adopted", "error"
]
"""`missing`: never translated, left alone. `gone`: the source has no such page, and it stays. `taken back`: the English
is again what the translation was made from, so that what our branch proposes goes."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a run has to do with one document."""

    document: BookDocument
    fate: Fate
    message: str = ""
    base: Base | None = None
    head_text: str = ""
    target_text: str = ""
    plan: AnyPlan | None = None
    warnings: tuple[str, ...] = ()
    """What a person must look at, of the document as a whole."""
    is_returned: bool = False
    """`target_text` is what the translation has on its own branch, not what stands on ours."""
    is_arrival: bool = False
    """The page is to be translated for the first time, whether that succeeds or not."""
    preview: Result | None = None
    """What carrying out the plan would give if the engine answered with the English; then `plan` is left out."""
    asked: tuple[Segment, ...] = ()
    """With a preview: what the engine would be asked for."""
    is_declined: bool = False
    """People have closed a pull request that proposed the same for the whole page."""
    wanted: tuple[Wanted, ...] = ()
    """The English that the plan would have translated, or written as it is: people may have translated it elsewhere."""

    @property
    def path(self) -> str:
        """Where the translation belongs."""
        return self.document.target_path

    def translated_page(self, target: str = "") -> TranslatedPage:
        """The page as people translated it; `target` is its text where the job has none."""
        own = self.document.pair.target_path or ""
        base = self.base.text if self.base is not None else ""
        return TranslatedPage(own, base, self.target_text or target, own, self.head_text)
