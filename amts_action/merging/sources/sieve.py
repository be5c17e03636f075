"""A cheap look at a whole page: whether it can have a text at all."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from amts_action.merging.sources.shelf import LEAST_LETTERS

__all__ = ["Sieve", "holds", "page_pieces", "pieces"]

_SEPARATORS = bytes(n if chr(n).isalnum() or n > 127 else 10 for n in range(256))
_BLANKS = b" \t\r\n\x0b\x0c*_~[]()"
"""What does not count: white space, and the signs that marks of emphasis and of slides are made of."""


def pieces(text: str) -> frozenset[bytes]:
    """The runs of letters and digits between punctuation, blanks left out: the same however lines are broken."""
    return frozenset(text.encode("utf-8", "surrogatepass").translate(_SEPARATORS, _BLANKS).split(b"\n"))


_JSON_LINES = re.compile(r'\\n",\s*"')
"""Between two lines of a cell that a notebook has as a list."""


def page_pieces(text: str, name: str = "") -> frozenset[bytes]:
    """The pieces of a page, each paragraph and each line by itself. A page can hold a text only when it holds its
    pieces. Of a notebook the JSON is looked at as text, which is enough for this."""
    if name.endswith(".ipynb"):
        text = _JSON_LINES.sub("\n", text).replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\")
    text = text.replace("\r\n", "\n") if "\r" in text else text
    data = text.encode("utf-8", "surrogatepass")
    blocks = data.replace(b"\n\n", b"#").translate(_SEPARATORS, _BLANKS).split(b"\n")
    lines = data.replace(b"\n", b"#").translate(_SEPARATORS, _BLANKS).split(b"\n")
    return frozenset((*blocks, *lines))


def holds(page: frozenset[bytes], text: frozenset[bytes]) -> bool:
    """Whether a page with these pieces may hold a text with those."""
    return text <= page


_ROUGH = re.compile(r"(?<=[.!?:])[\s)\"'*_]+")


class Sieve:
    """Tells which pages may have one of many texts, or a sentence of one."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._by_piece: dict[bytes, list[tuple[frozenset[bytes], str]]] = defaultdict(list)
        for text in dict.fromkeys(texts):
            for part in {text, *_ROUGH.split(text)}:
                own = pieces(part)
                longest = max(own, key=len, default=b"")
                if longest and (part == text or len(part) >= LEAST_LETTERS):
                    self._by_piece[longest].append((own, text))

    def left(self, page: frozenset[bytes]) -> list[str]:
        """The texts of which a page with these pieces may have something."""
        found: dict[str, None] = {}
        for piece in page & self._by_piece.keys():
            found.update(dict.fromkeys(text for own, text in self._by_piece[piece] if holds(page, own)))
        return list(found)
