"""What matching needs to know of a page: its links, its subject, and what a translation of it keeps.

Anchors are those of `documents.anchors` that hardly any two unrelated pages share: addresses, pictures, formulas,
programs, numbers of three figures or more, and words in Latin script: all of them where the other language has another
script, else those with a capital or a digit, which are mostly names. Each is a number, and of too many the smallest
are kept, so that a page and its translation keep the same ones (the idea of Broder's min-hash, 1997).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b

from amts_action.alignment.lexicon import is_wide
from amts_action.corpora.matching.names import base_language
from amts_action.corpora.matching.subject import is_on_subject
from amts_action.corpora.model import CorpusPage, CorpusRequest, Sketch
from amts_action.documents.anchors import anchors
from amts_action.documents.inline import plain_text
from amts_action.training.filters import script_of

__all__ = ["MOST", "sketch"]

MOST = 400
"""Anchors kept of a page."""
_NAME = re.compile(r"(?<![\w'’-])(?=[\w-]*[A-Z0-9])[A-Za-z][A-Za-z0-9-]{2,}(?![\w'’])")
_BEFORE = re.compile(r"(?:\A|[.!?:]\s+)\W*\w+")
"""The first word of a sentence, whose capital says nothing."""


def sketch(page: CorpusPage, request: CorpusRequest) -> Sketch:
    """The sketch of a page of either side."""
    prose = [plain_text(b.text) for b in page.blocks if b.is_prose]
    wanted = {base_language(lang) for lang in (request.source_lang, request.target_lang)}
    found = sorted({_number(anchor) for anchor in _anchors(page, prose, request)})
    return Sketch(
        lang=page.lang,
        letters=sum(map(_letters, prose)),
        is_on_subject=is_on_subject(plain_text(page.title), prose, request.keywords, request.keyword_count),
        links=tuple(link for link in page.links if base_language(link.lang) in wanted),
        anchors=tuple(found[:MOST]),
    )


def _number(anchor: str) -> int:
    return int.from_bytes(blake2b(anchor.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)


def _letters(text: str) -> int:
    return len(text) + 2 * sum(map(is_wide, text))


def _anchors(page: CorpusPage, prose: list[str], request: CorpusRequest) -> Iterator[str]:
    yield from ("u" + name for name in page.outside)
    for block in page.blocks:
        for anchor in anchors(block):
            if anchor[0] == "n":
                figures = re.sub(r"\D", "", anchor)
                if len(figures) > 2:
                    yield "n" + figures
            elif anchor[0] in "pcm" and len(anchor) > 4:
                yield anchor
    same_script = script_of(request.source_lang) == script_of(request.target_lang)
    for text in prose:
        rest = _BEFORE.sub(" ", text) if same_script else text
        yield from ("w" + word.lower() for word in _NAME.findall(rest))
        if not same_script:
            yield from ("w" + word.lower() for word in re.findall(r"[A-Za-z][A-Za-z0-9-]{2,}", text))
