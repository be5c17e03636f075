"""What a model on this machine does: sentences in, sentences out, and which word became which, where it knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

__all__ = ["Made", "Model"]


class Made(NamedTuple):
    """One translated sentence, in the model's own pieces of words."""

    pieces: tuple[str, ...]
    """`▁` before what follows a blank, as SentencePiece writes them."""
    aligned: tuple[int, ...] = ()
    """Of each piece the source piece that it was made of; empty where the model does not say."""


class Model(Protocol):
    """One direction of one model."""

    @property
    def identity(self) -> str:
        """What tells its answers from those of another model."""
        ...

    @property
    def aligns(self) -> bool:
        """Whether it says which word became which."""
        ...

    def knows(self, mark: str) -> bool:
        """Whether a mark such as `⟦0⟧` is one piece to it, which it has learnt to leave alone."""
        ...

    def pieces(self, text: str) -> list[str]:
        """A text in its pieces."""
        ...

    def translate(self, sentences: Sequence[Sequence[str]], *, aligned: bool) -> list[Made]:
        """Sentences in pieces, all in one batch.

        Args:
            aligned: also say which word became which, if it can.
        """
        ...
