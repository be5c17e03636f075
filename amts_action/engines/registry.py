"""From the name of an engine to the engine: our own by table, other people's by entry point."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import Any

from amts_action.engines.foreign import named, wrapped
from amts_action.engines.model import Engine, EngineSettings
from amts_action.errors import AmtsError, InputError
from amts_action.settings.near import near

__all__ = ["ENGINES", "GROUP", "create_engine", "delivered"]

ENGINES: Mapping[str, str] = {
    "memory": "amts_action.engines.memory:MemoryEngine",
    "command": "amts_action.engines.command:CommandEngine",
    "local": "amts_action.engines.local.backend:LocalEngine",
    "amazon-translate": "amts_action.engines.aws.translate:AmazonTranslate",
    "openai": "amts_action.engines.llm.openai:OpenAI",
    "bedrock": "amts_action.engines.llm.bedrock:Bedrock",
    "amazon-translate-batch": "amts_action.engines.aws.batch:AmazonBatch",
    "deepl": "amts_action.engines.cloud.deepl:DeepL",
    "google": "amts_action.engines.cloud.google:Google",
    "azure": "amts_action.engines.cloud.azure:Azure",
    "libretranslate": "amts_action.engines.cloud.libre:Libre",
    "anthropic": "amts_action.engines.llm.anthropic:Anthropic",
}
"""Name of each engine and where its class is; a class is imported when it is asked for, and has `from_settings`."""

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "openai": ("response_format", "temperature", "api"),
    "google": ("project", "location"),
    "azure": ("category",),
    "local": ("models-address",),
}
"""What `--engine-options` may name; our other engines have none."""

GROUP = "amts_action.engines"
"""Entry points of this group are engines, too: https://packaging.python.org/en/latest/specifications/entry-points/"""


def create_engine(name: str, settings: EngineSettings | None = None) -> Engine:
    """The engine of that name; each takes from the settings what concerns it.

    Raises:
        InputError: there is no such engine, two packages call theirs so, or its settings are unusable.
    """
    settings = settings or EngineSettings()
    found = _foreign(name)
    if name in ENGINES:
        if found:
            raise _conflict(name, ["amts", *found])
        _check_options(name, settings)
        module, _, attribute = ENGINES[name].partition(":")
        made: Engine = getattr(import_module(module), attribute).from_settings(settings)
        return made
    if len(found) > 1:
        raise _conflict(name, found)
    if not found:
        known = sorted({*ENGINES, *(point.name for point in _points(tuple(sys.path)))})
        what = f"there is no engine {name!r}{near(name, known, {})}"
        raise InputError(what, where="--engine", mend=f"choose one of: {', '.join(known)}")
    ((package, point),) = found.items()
    return wrapped(name, package, _made(point, package, settings), settings)


def _check_options(name: str, settings: EngineSettings) -> None:
    """Says whether all options are known: one that is not would do nothing."""
    known = OPTIONS.get(name, ())
    for option in settings.options:
        if option not in known:
            mend = f"it has {', '.join(known)}" if known else "it has none"
            raise InputError(f"the engine {name} has no option {option[:40]!r}", where="--engine-options", mend=mend)


def delivered(engine: Engine | None, *, is_whole: bool = False) -> list[str]:
    """Tells an engine that all it translated is safe, so that it can remove what it kept elsewhere.

    Args:
        is_whole: what was asked for is all that the book needs.

    Returns:
        What could not be removed, in words; a later run makes up for it.
    """
    tell = getattr(engine, "delivered", None)
    if tell is None:
        return []
    try:
        tell(is_whole=is_whole)
    except AmtsError as error:
        return [f"not cleaned up: {error}"]
    return []


def _foreign(name: str) -> dict[str, EntryPoint]:
    """Entry points of that name, by package; a package that is found twice on the path counts once."""
    points = [point for point in _points(tuple(sys.path)) if point.name == name]
    return {point.dist.name if point.dist else point.value: point for point in points}


@lru_cache(maxsize=1)
def _points(path: tuple[str, ...]) -> EntryPoints:
    """All entry points of engines; finding them means reading a file of every installed package.

    Args:
        path: where packages are looked for, as it is now.
    """
    return entry_points(group=GROUP)


def _conflict(name: str, packages: Sequence[str] | Mapping[str, object]) -> InputError:
    return InputError(
        f"the engine {name!r} is offered by several packages: {', '.join(sorted(packages))}",
        where="--engine",
        mend="uninstall all but one of them",
    )


def _made(point: EntryPoint, package: str, settings: EngineSettings) -> Any:
    """The engine of an entry point, which names a class with `from_settings` or a function of the settings."""
    try:
        maker = point.load()
        made = getattr(maker, "from_settings", maker)(settings)
    except AmtsError:
        raise
    except (Exception, SystemExit) as error:
        raise InputError(
            f"the engine {point.name!r} of the package {package} cannot be made ({named(error)})",
            where="--engine",
            mend="mend or uninstall the package",
        ) from error
    return made
