"""What was read of two books, kept under what it depends on.

Nobody who looks at the same books from another commit, or asks something else of them, reads anything twice.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

__all__ = ["Reads"]

T = TypeVar("T")


class Reads:
    """Answers that do not change, by what was asked of which commit, and files by their object ids."""

    def __init__(self) -> None:
        self._found: dict[Hashable, Any] = {}
        self.contents: dict[str, bytes] = {}

    def once(self, question: Hashable, read: Callable[[], T]) -> T:
        """The answer to a question that names everything the answer depends on; read when it is asked first."""
        if question not in self._found:
            self._found[question] = read()
        found: T = self._found[question]
        return found
