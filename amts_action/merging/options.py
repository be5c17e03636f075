"""What a merge can be told, in one value that goes through all stages: documents, notebooks, cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

__all__ = ["MergeOptions"]


def _everywhere(page: str) -> bool:
    """Every page is there."""
    return True


@dataclass(frozen=True, slots=True)
class MergeOptions:
    """How one document is brought up to date. Languages are codes such as `zh` or `pt-BR`."""

    source_lang: str = "en"
    target_lang: str = ""
    """Empty when not known: sentences are then split by general rules."""
    fill_missing: bool = False
    """Translate and insert blocks that the translation never had, too."""
    small_changes: bool = True
    """Keep sentences whose English changed only in what means nothing to a translator (`english.small_changes`)."""
    language_keys: tuple[str, ...] = ()
    """Options and keys of front matter that hold language, besides those of `key_values.language_keys`."""
    available: Callable[[str], bool] = _everywhere
    """Whether the translation has the page that an entry of a table of contents names, seen from the document."""
    elsewhere: Mapping[tuple[str, str], str] = field(default_factory=dict, hash=False)
    """Of links to headings of other pages, by page and fragment as the English has them, the translation's fragment."""
