"""One pull request for a run: made, kept good, and closed when nothing is left of it (DESIGN §9)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from amts_action.jobs.sync import Run
from amts_action.repositories.github.model import Hub, hub_of

__all__ = ["Hub", "Operation", "Publication", "hub_of"]

Operation = Literal["created", "updated", "closed", "none"]


@dataclass(frozen=True, slots=True)
class Publication:
    """What became of the pull request."""

    operation: Operation
    number: int | None
    """None when there is no pull request."""
    url: str
    head_sha: str
    """Commit of the branch; empty when there is no branch."""
    branch: str
    run: Run = field(repr=False)
    """The run that was published in the end: not the one that was given, when the branch moved meanwhile."""
