"""AMTS: keeps the translations of a book in step with its English source, block by block.

What is named here is the library face; everything else may change from one version to the next.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "AmtsError",
    "EngineError",
    "InputError",
    "LimitError",
    "MergeOptions",
    "PendingError",
    "Result",
    "ServiceError",
    "__version__",
    "check",
    "merge",
    "pairs",
    "plan",
]

__version__ = "0.1.0"

_FACE = {
    **dict.fromkeys(("check", "merge", "pairs", "plan"), "amts_action.api"),
    "MergeOptions": "amts_action.merging.options",
    "Result": "amts_action.merging.document",
}


def __getattr__(name: str) -> Any:
    """Imported when it is asked for, so that `amts --help` starts at once."""
    from importlib import import_module

    if name in __all__:
        return getattr(import_module(_FACE.get(name, "amts_action.errors")), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
