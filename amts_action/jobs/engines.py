"""What a run tells its engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from amts_action.engines.model import EngineSettings, Pair
from amts_action.settings import Settings

__all__ = ["engine_settings"]


def engine_settings(settings: Settings, *, pairs: Callable[[], Iterable[Pair]]) -> EngineSettings:
    """The settings of the engine of a run; `pairs` gives what people have translated in the book."""
    return EngineSettings(
        command=settings.engine_command,
        timeout_seconds=settings.timeout_seconds,
        pairs=pairs,
        terminology=settings.terminology,
    )
