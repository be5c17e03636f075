"""A cheap look at a whole page: whether it can have a text at all."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Literal, NamedTuple

from amts_action.merging.sources.shelf import LEAST_LETTERS, TranslatedPage, flat

__all__ = ["Look", "Sieve", "Wanted", "holds", "look", "pieces", "stands_in_english"]


class Wanted(NamedTuple):
    """An English text that people may have translated elsewhere."""

    text: str
    kind: Literal["language", "block", "words"] = "language"
    """Language is looked for sentence by sentence, too; a block that is none, and words of a program, only as a
    whole."""


class Look(NamedTuple):
    """What a cheap look sees of a page, or of a part of one."""

    pieces: frozenset[bytes]
    letters: bytes
    """All letters and digits in order, which a block that is on the page has in a row, whatever is around its lines."""


_SEPARATORS = bytes(n if chr(n).isalnum() or n > 127 else 10 for n in range(256))
_SIGNS = bytes(n for n in range(128) if not chr(n).isalnum())
_BLANKS = b" \t\r\n\x0b\x0c*_~[]()"
"""What does not count: white space, and the signs that marks of emphasis and of slides are made of."""


def pieces(text: str) -> frozenset[bytes]:
    """The runs of letters and digits between punctuation, blanks left out: the same however lines are broken."""
    return frozenset(text.encode("utf-8", "surrogatepass").translate(_SEPARATORS, _BLANKS).split(b"\n"))


_JSON_LINES = re.compile(r'\\n",\s*"')
"""Between two lines of a cell that a notebook has as a list."""


def _plain(text: str, name: str) -> str:
    """The text of a page; of a notebook the JSON is looked at as text, which is enough for this."""
    if name.endswith(".ipynb"):
        text = _JSON_LINES.sub("\n", text).replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\")
    return text.replace("\r\n", "\n") if "\r" in text else text


def look(text: str, name: str = "") -> Look:
    """A look at a page, each paragraph and each line by itself. A page can hold a text only when it holds its pieces.

    Args:
        name: its suffix says which format the page has.
    """
    data = _plain(text, name).encode("utf-8", "surrogatepass")
    blocks = data.replace(b"\n\n", b"#").translate(_SEPARATORS, _BLANKS).split(b"\n")
    lines = data.replace(b"\n", b"#").translate(_SEPARATORS, _BLANKS).split(b"\n")
    return Look(frozenset((*blocks, *lines)), _letters(data))


def _letters(data: bytes) -> bytes:
    return data.translate(None, _SIGNS)


def holds(page: Look, text: frozenset[bytes]) -> bool:
    """Whether a page may hold a text with these pieces."""
    return text <= page.pieces


def stands_in_english(page: TranslatedPage, texts: Iterable[Wanted]) -> frozenset[Wanted]:
    """Those of the blocks that the translation has word for word, and as often as its English: nobody has put them
    into another language, and there is nothing to be found."""
    blocks = [want for want in texts if want.kind == "block" and len(want.text) >= LEAST_LETTERS]
    if not blocks:
        return frozenset()
    english, own = (flat(_plain(text, page.name)) for text in (page.base, page.target))
    there = {want: english.count(flat(want.text)) for want in blocks}
    return frozenset(want for want, often in there.items() if 0 < often <= own.count(flat(want.text)))


_ROUGH = re.compile(r"(?<=[.!?:])[\s)\"'*_]+")


class Sieve:
    """Tells which pages may have one of many texts, or a sentence of one."""

    def __init__(self, texts: Iterable[Wanted]) -> None:
        self._by_piece: dict[bytes, list[tuple[frozenset[bytes], bytes, Wanted]]] = defaultdict(list)
        for want in dict.fromkeys(texts):
            text = want.text
            for part in {text, *_ROUGH.split(text)} if want.kind == "language" else (text,):
                own = pieces(part)
                longest = max(own, key=len, default=b"")
                if longest and (part == text or len(part) >= LEAST_LETTERS):
                    letters = _letters(text.encode("utf-8", "surrogatepass")) if want.kind == "block" else b""
                    self._by_piece[longest].append((own, letters, want))

    def left(self, page: Look) -> list[Wanted]:
        """The texts of which a page may have something."""
        found: dict[Wanted, None] = {}
        for piece in page.pieces & self._by_piece.keys():
            for own, letters, want in self._by_piece[piece]:
                if holds(page, own) and letters in page.letters:
                    found[want] = None
        return list(found)
