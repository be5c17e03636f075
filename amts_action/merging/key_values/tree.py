"""Options as a tree of keys and values that points into its text: what the trees say concatenates to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["KeyEntry", "Listing", "Mapping", "Scalar", "Value", "written"]


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value, or all of a value that is not looked into (a list in brackets, say)."""

    raw: str
    says: str
    """What it means, without quotes and escapes."""
    style: str = "plain"
    """How it is written: `plain`, `single`, `double`, `literal`, `folded`, `opaque`, `line`, or of TOML `basic`,
    `quoted`."""
    indent: str = ""
    """What its lines after the first start with."""


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A key and its value, with all that belongs to its lines."""

    key: str
    before: str
    """Empty lines and remarks above it."""
    opening: str
    """From the start of its line to the value."""
    value: Value
    after: str
    """From behind the value to the end of the line, with its newline."""

    def written(self) -> str:
        """The entry as it stands in the text."""
        return self.before + self.opening + written(self.value) + self.after


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values, in order."""

    entries: tuple[KeyEntry, ...]
    rest: str = ""
    """What stands behind the last entry."""

    def get(self, key: str) -> KeyEntry | None:
        """The entry of a key."""
        return next((e for e in self.entries if e.key == key), None)

    def keys(self) -> Iterator[str]:
        """The keys in order."""
        return (e.key for e in self.entries)


@dataclass(frozen=True, slots=True)
class Listing:
    """Items, one below the other; their keys say nothing."""

    entries: tuple[KeyEntry, ...]
    rest: str = field(default="")


Value = Scalar | Mapping | Listing


def written(value: Value) -> str:
    """A value as it stands in the text."""
    if isinstance(value, Scalar):
        return value.raw
    return "".join(e.written() for e in value.entries) + value.rest
