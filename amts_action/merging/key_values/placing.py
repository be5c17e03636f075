"""Writes a text into the place of a value, so that it reads as that text there."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Form", "placed"]


@dataclass(frozen=True, slots=True)
class Form:
    """How a value is written: the style of `tree.Scalar`, `csv` or `title`, and what its further lines start with."""

    style: str
    indent: str = ""
    header: str = ""
    """The first line of a block scalar; of a cell in quotes its quote, as of the title of a link."""
    delimiter: str = ""
    """What stands between the cells of a row."""
    before: str = ""
    """People's sentences that stay in front of the text."""
    after: str = ""
    """The same behind it."""


_ENDS = {"(": "()"}
"""What would end the title of a link that starts with it; any other ends with itself."""
_IN_TITLES = {'"': "\u201d", "'": "\u2019", "(": "[", ")": "]"}


def placed(text: str, form: Form) -> str:
    """`text` as a value of that form; one that does not fit the form is quoted."""
    text = form.before + text.strip() + form.after
    if form.style in ("literal", "folded"):
        lines = [line.strip() for line in text.strip().split("\n")]
        return form.header + "".join(f"\n{form.indent}{line}" if line else "\n" for line in lines)
    flat = " ".join(text.split())
    if form.style == "csv":
        if not form.header and form.delimiter not in flat and flat[:1] != '"':
            return flat
        lines = [line.strip() for line in text.split("\n")] if form.header else [flat]
        return '"' + f"\n{form.indent}".join(lines).replace('"', '""') + '"'
    if form.style == "title":
        return "".join(_IN_TITLES.get(c, c) if c in _ENDS.get(form.header, form.header) else c for c in flat)
    if form.style == "plain":
        return flat if _is_plain(flat) else _doubled(flat)
    if form.style == "single":
        return "'" + flat.replace("'", "''") + "'"
    if form.style == "quoted" and "'" not in flat:
        return f"'{flat}'"
    if form.style in ("double", "basic", "quoted"):
        return _doubled(flat)
    return flat


def _doubled(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _is_plain(text: str) -> bool:
    """Whether YAML reads the text, unquoted, as itself."""
    import yaml

    if not text or re.search(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ufeff]", text):
        return False
    try:
        return bool(yaml.safe_load(f"k: {text}") == {"k": text})
    except (yaml.YAMLError, ValueError):
        return False
