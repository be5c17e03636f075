"""The machine-readable result of a merge: plan.json (DESIGN §8)."""

from __future__ import annotations

import json
from typing import Any

from amts_action.merging.document import Result

__all__ = ["as_json", "plan_record"]


def plan_record(result: Result, *, source: str, target: str) -> dict[str, Any]:
    """plan.json of one document; `source` and `target` are the names of its files."""
    return {
        "version": 1,
        "source": source,
        "target": target,
        "characters_sent": sum(e.characters_sent for e in result.entries),
        "status": result.status,
        "blocks": [entry.as_json() for entry in result.entries],
        "ledger": result.ledger,
    }


def as_json(value: Any) -> bytes:
    """`value` as UTF-8 JSON with a final newline; lone surrogates are escaped, so that it can always be written.

    What stands at the top and each item of a list there have a line of their own, and no more is laid out: the library
    takes ten times as long to indent everything, which is seconds for a book of 10,000 pages.
    """
    text = _line(value)
    if isinstance(value, dict) and value:
        text = "{\n" + ",\n".join(f" {_line(str(key))}: {_listed(item)}" for key, item in value.items()) + "\n}"
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _listed(item: Any) -> str:
    if not isinstance(item, list | tuple) or not item:
        return _line(item)
    return "[\n  " + ",\n  ".join(map(_line, item)) + "\n ]"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
