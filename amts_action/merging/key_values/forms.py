"""Options in their other form: a YAML block as `:key: value` lines, and back.

Both forms mean the same to MyST, and an English author may change over; the values that people have translated are
then read in the new form, and merged like any others.
"""

from __future__ import annotations

from amts_action.merging.key_values.line_spans import read_lines
from amts_action.merging.key_values.placing import Form, placed
from amts_action.merging.key_values.tree import Mapping, Scalar
from amts_action.merging.key_values.yaml_spans import read_yaml

__all__ = ["as_lines", "as_yaml"]


def as_lines(tree: Mapping) -> Mapping | None:
    """The options as `:key: value` lines; None when a value is more than one text."""
    values = _values(tree)
    if values is None:
        return None
    return read_lines("".join(f":{key}: {value}".rstrip() + "\n" for key, value in values))


def as_yaml(tree: Mapping) -> Mapping | None:
    """The options as YAML, values quoted where they must be; None when a value is more than one text."""
    values = _values(tree)
    if values is None:
        return None
    return read_yaml("".join(f"{key}: {_as_value(value)}".rstrip() + "\n" for key, value in values))


def _values(tree: Mapping) -> list[tuple[str, str]] | None:
    out = []
    for entry in tree.entries:
        if not isinstance(entry.value, Scalar):
            return None
        out.append((entry.key, " ".join(entry.value.says.split())))
    return out


def _as_value(text: str) -> str:
    """A text as YAML has it: plain where that reads as the same text, or as a list in brackets."""
    tree = read_yaml(f"k: {text}\n")
    value = tree.entries[0].value if tree is not None and len(tree.entries) == 1 else None
    if isinstance(value, Scalar) and value.says == text and value.style in ("plain", "opaque"):
        return text
    return placed(text, Form("plain"))
