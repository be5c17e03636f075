"""TMX 1.4b as Amazon Translate takes it, written unit by unit.

One `tu` for each source text, with a `tuv` for it and one for each language that has a translation. No dates: the same
pairs give the same bytes, and no source text comes twice. https://www.gala-global.org/tmx-14b
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

from amts_action import __version__
from amts_action.training.delimited import Record

__all__ = ["write_tmx", "xml_text"]

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """The text escaped, without the characters that XML 1.0 cannot hold (https://www.w3.org/TR/xml/#charsets)."""
    return escape(_FORBIDDEN.sub("", text))


def write_tmx(
    records: Iterable[Record], out: BinaryIO, *, source_lang: str, target_langs: Sequence[str], segments: str
) -> None:
    """Writes the whole file.

    Args:
        segments: what a segment is: `block`, `paragraph`, `sentence` or `phrase` (TMX's `segtype`).
    """
    header = {
        "creationtool": "amts",
        "creationtoolversion": __version__,
        "segtype": segments,
        "o-tmf": "amts",
        "adminlang": "en",
        "srclang": source_lang,
        "datatype": "plaintext",
    }
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in header.items())
    out.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<tmx version="1.4">\n<header{attributes}/>\n<body>\n'.encode())
    for source, targets in records:
        sides = [(source_lang, source), *((lang, targets[lang]) for lang in target_langs if lang in targets)]
        lines = [f"<tuv xml:lang={quoteattr(lang)}><seg>{xml_text(text)}</seg></tuv>\n" for lang, text in sides]
        out.write(f"<tu>\n{''.join(lines)}</tu>\n".encode())
    out.write(b"</body>\n</tmx>\n")
