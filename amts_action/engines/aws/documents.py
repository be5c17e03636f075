"""Segments as HTML documents for batch jobs, and the replies found again in the translated documents.

Each segment is a paragraph `<p id="s7">…</p>` of the wire form (`markup.wire`), the ids of its marks made
unique in the document (`s7x0`): a mark that strays into another paragraph is then seen to be a stranger there.
Documents keep the order of the text, because a service may look at the neighbours. Limits of a document are Amazon
Translate's: https://docs.aws.amazon.com/translate/latest/dg/async-prereqs.html.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from amts_action.engines.service.acceptance import EngineRequest

__all__ = ["MAX_BYTES", "MAX_CHARACTERS", "BatchDocument", "key_of", "pages", "replies", "written"]

MAX_BYTES = 19_000_000
"""Of a document; Amazon's limit is 20 MB, of whatever size it takes a megabyte to be."""
MAX_CHARACTERS = 950_000
"""Of a document, tags included; Amazon's limit is 1 million, and it does not say what it counts."""

_HEAD = '<!DOCTYPE html>\n<html lang="{lang}">\n<head><meta charset="utf-8"></head>\n<body>\n'
_TAIL = "</body>\n</html>\n"
_OWN_ID = re.compile(r'(<[a-z]+(?: translate="no")?) id="(x\d+)"')
_PARAGRAPH = re.compile(r"<\s{0,3}p\b[^<>]{0,200}?\bid\s*=\s*[\"'“”]?\s*s(\d{1,9})\b[^<>]{0,200}>", re.I)
_END = re.compile(r"<\s{0,3}/\s{0,3}p\s{0,3}>", re.I)
_BODY_END = re.compile(r"<\s{0,3}/\s{0,3}body\s{0,3}>", re.I)


@dataclass(frozen=True, slots=True)
class BatchDocument:
    """One document: its file name and the keys of its segments, in order."""

    name: str
    keys: tuple[str, ...]


def key_of(request: EngineRequest) -> str:
    """A name for a text by what is sent: the reply depends on nothing else of it."""
    return sha256(f"{request.is_html} {request.text}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def pages(groups: Iterable[Mapping[str, EngineRequest]]) -> tuple[list[BatchDocument], list[str]]:
    """Documents for groups of texts (by key), one or more a group, and the keys of texts that fit none."""
    out: list[BatchDocument] = []
    too_long: list[str] = []
    for group in groups:
        for keys in _cut(group, too_long):
            out.append(BatchDocument(f"d{len(out) + 1:05}.html", tuple(keys)))
    return out, too_long


def _cut(group: Mapping[str, EngineRequest], too_long: list[str]) -> Iterator[list[str]]:
    """The keys of a group, cut where a document would become too large."""
    keys: list[str] = []
    size = length = 0
    for key, request in group.items():
        text = _paragraph(10**6, request)
        mine = len(text.encode("utf-8", "replace"))
        if mine > MAX_BYTES - 1000 or len(text) > MAX_CHARACTERS - 1000:
            too_long.append(key)
            continue
        if keys and (size + mine > MAX_BYTES - 1000 or length + len(text) > MAX_CHARACTERS - 1000):
            yield keys
            keys, size, length = [], 0, 0
        keys.append(key)
        size, length = size + mine, length + len(text)
    if keys:
        yield keys


def _paragraph(number: int, request: EngineRequest) -> str:
    text = request.text if request.is_html else html.escape(request.text, quote=False)
    marked = _OWN_ID.sub(lambda m: f'{m.group(1)} id="s{number}{m.group(2)}"', text)
    return f'<p id="s{number}">{marked}</p>\n'


def written(page: BatchDocument, requests: Mapping[str, EngineRequest], lang: str) -> bytes:
    """The document. The same page gives the same bytes.

    Raises:
        KeyError: one of its texts is not known.
    """
    body = "".join(_paragraph(n, requests[key]) for n, key in enumerate(page.keys))
    return (_HEAD.format(lang=lang) + body + _TAIL).encode("utf-8", "replace")  # what has no UTF-8 form becomes `?`


def replies(page: BatchDocument, data: bytes) -> dict[str, str]:
    """The reply to each text of a translated document, by its key, as HTML.

    A text that is not there, or there twice, has none; of a document that is not UTF-8 none has one.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return {}
    starts = list(_PARAGRAPH.finditer(text))
    end = next((m.start() for m in _BODY_END.finditer(text, starts[-1].end())), len(text)) if starts else 0
    out: dict[str, str] = {}
    twice: set[str] = set()
    for start, stop in zip(starts, [*(m.start() for m in starts[1:]), end], strict=True):
        number = int(start.group(1))
        if number >= len(page.keys):
            continue
        key = page.keys[number]
        if key in out:
            twice.add(key)
        out[key] = _without_prefix(_inner(text[start.end() : stop]), number)
    return {key: reply for key, reply in out.items() if key not in twice}


def _inner(text: str) -> str:
    """What is before the paragraph's end tag; all of it when the end tag was lost."""
    ends = list(_END.finditer(text))
    return text[: ends[-1].start()] if ends else text.rstrip()


def _without_prefix(text: str, number: int) -> str:
    own = re.compile(rf"(<[^<>]*?\bid\s*=\s*[\"'“”]?\s*)s{number}(?=x\d)", re.I)
    return own.sub(r"\1", text)
