"""What is noted on the way through two books: what people should hear of at the end, and nothing decides by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

__all__ = ["Notes"]


class Notes:
    """Lines for people, each once, in the order in which they came up.

    Args:
        opening: what there was to say when the books were opened; every run over them says it again.
    """

    def __init__(self, opening: Iterable[str] = (), lines: Iterable[str] = ()) -> None:
        self._opening = tuple(opening)
        self._lines = dict.fromkeys((*self._opening, *lines))

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def add(self, *lines: str) -> None:
        """Notes what came up."""
        self._lines.update(dict.fromkeys(lines))

    def anew(self, lines: Iterable[str]) -> Notes:
        """The notes of another run over the same books, which begin with some lines."""
        return Notes(self._opening, lines)

    def copy(self) -> Notes:
        """The same notes, to go on with by themselves."""
        return Notes(self._opening, self._lines)
