"""What an engine may use: looked at before anything is spent."""

from __future__ import annotations

from amts_action.engines.model import EngineSettings, Usage
from amts_action.errors import LimitError

__all__ = ["check_limits"]


def check_limits(name: str, settings: EngineSettings, usage: Usage) -> None:
    """Says whether so much may be used.

    Raises:
        LimitError: it may not, or it is not known what it costs.
    """
    mend = "raise the limit, or choose fewer documents with --paths"
    if settings.max_characters and usage.characters > settings.max_characters:
        what = f"{usage.characters} characters would be sent, and {settings.max_characters} are allowed"
        raise LimitError(what, where="--max-characters", mend=mend)
    if settings.max_cost is None:
        return
    if usage.cost is None:
        what = f"the price of the engine {name} is not known"
        raise LimitError(what, where="--max-cost", mend="give it with --prices, or leave the limit out")
    if usage.cost > settings.max_cost:
        what = f"it would cost about {usage.cost:.2f} USD, and {settings.max_cost} are allowed"
        raise LimitError(what, where="--max-cost", mend=mend)
