"""From the name of an engine to the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path

from amts_action.engines.model import Engine, EngineSettings, Pair
from amts_action.errors import InputError

__all__ = ["ENGINES", "create_engine"]

ENGINES: Mapping[str, str] = {
    "memory": "amts_action.engines.memory:MemoryEngine",
    "command": "amts_action.engines.command:CommandEngine",
}
"""Name of each engine and where its class is; a class is imported when it is asked for, and has `from_settings`."""

_DEFAULTS = EngineSettings()


def create_engine(
    name: str,
    *,
    command: str = _DEFAULTS.command,
    timeout_seconds: float = _DEFAULTS.timeout_seconds,
    pairs: Callable[[], Iterable[Pair]] = _DEFAULTS.pairs,
    threshold: float = _DEFAULTS.threshold,
    memory_path: Path | None = _DEFAULTS.memory_path,
) -> Engine:
    """The engine of that name; the keywords are those of `EngineSettings`, each engine takes what concerns it.

    Raises:
        InputError: there is no such engine, or its settings are unusable.
    """
    if name not in ENGINES:
        raise InputError(
            f"there is no engine {name!r}", where="--engine", mend=f"choose one of: {', '.join(sorted(ENGINES))}"
        )
    module, _, attribute = ENGINES[name].partition(":")
    made: Engine = getattr(import_module(module), attribute).from_settings(
        EngineSettings(
            command=command,
            timeout_seconds=timeout_seconds,
            pairs=pairs,
            threshold=threshold,
            memory_path=memory_path,
        )
    )
    return made
