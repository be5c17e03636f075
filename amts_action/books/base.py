"""The English that a translation corresponds to, and how that is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from amts_action.merging.planning.unsettled import Waiting

__all__ = ["Base"]


@dataclass(frozen=True, slots=True)
class Base:
    """The English that a translation corresponds to."""

    text: str
    how: str
    """`record`, `origin`, `declared`, `given`, `foreign` or `found`."""
    commit: str = ""
    """The commit that the text is of; empty when only the text is known."""
    blob: str = ""
    """Id of the whole file in that commit; empty when the text is no version of it."""
    date: datetime | None = None
    is_certain: bool = True
    is_usable: bool = True
    """Certain, or at least likelier than all others together: good enough for a run that says so."""
    is_lost: bool = False
    """The history that the translation was made from is not there any more: that it seems up to date proves nothing."""
    reason: str = ""
    evidence: tuple[str, ...] = ()
    """Of a base that was found: the versions to compare, likeliest first, with what speaks for and against each."""
    waiting: tuple[Waiting, ...] = ()
    """Conflicts of earlier runs that nobody has settled; places are those of `text`."""
