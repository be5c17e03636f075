"""Any document of a corpus as a `CorpusPage`, by the suffix of its name."""

from __future__ import annotations

import re
from typing import Literal

from amts_action.corpora.model import CorpusPage, block
from amts_action.corpora.reading.html import read_html
from amts_action.corpora.reading.plain import decoded, marked, paragraphs
from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.errors import InputError

__all__ = ["MAX_PAGE", "Format", "format_of", "read_page"]

Format = Literal["html", "markdown", "text"]

MAX_PAGE = 5_000_000
"""Bytes of a document at most; larger ones are data or dumps, and one of them would hold up a process for minutes."""
_LONGEST = 20_000
"""Characters of a paragraph at most; what is longer is left out."""
_SUFFIXES: dict[str, Format] = {
    **dict.fromkeys((".html", ".htm", ".xhtml"), "html"),
    **dict.fromkeys((".md", ".markdown"), "markdown"),
    **dict.fromkeys((".txt", ".text"), "text"),
}


def format_of(name: str) -> Format | None:
    """The format that a file's name says; None when it is no document."""
    found = re.search(r"\.\w+\Z", name)
    return _SUFFIXES.get(found.group().lower()) if found else None


def read_page(data: bytes, name: str) -> CorpusPage:
    """A document, read.

    Raises:
        InputError: it is too large, no text, or cannot be read in its format.
    """
    if len(data) > MAX_PAGE:
        raise InputError(f"{len(data)} bytes are more than a document of a corpus may have ({MAX_PAGE})", where=name)
    form = format_of(name)
    text = decoded(data, where=name, is_html=form == "html")
    if form == "html":
        return read_html(text, where=name)
    text = text.replace("\r\n", "\n")
    if form == "text":
        found = [(line, marked(words)) for line, words in paragraphs(text) if len(words) <= _LONGEST]
        title = found[0][1] if found and "\n" not in found[0][1] else ""
        return CorpusPage(
            title, "", tuple(block("paragraph", words) for _, words in found), tuple(line for line, _ in found)
        )
    blocks = tuple(b for b in parse_markdown(text).blocks if len(b.text) <= _LONGEST)
    lines, line, at = [], 1, 0
    for b in blocks:
        line, at = line + text.count("\n", at, b.outer.start), b.outer.start
        lines.append(line)
    title = next((b.text for b in blocks if b.kind == "heading"), "")
    return CorpusPage(title, "", blocks, tuple(lines))
