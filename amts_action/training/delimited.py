"""CSV and TSV as Amazon Translate takes them, written row by row.

UTF-8 without a byte order mark, `\\n` line ends, language codes first. A field with the delimiter, a quotation mark or
a space at an end is in quotation marks, and quotation marks in it are doubled.
https://docs.aws.amazon.com/translate/latest/dg/customizing-translations-parallel-data-input-files.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import BinaryIO

__all__ = ["DELIMITERS", "Record", "field", "write_delimited"]

DELIMITERS = {"csv": ",", "tsv": "\t"}

Record = tuple[str, Mapping[str, str]]
"""A source text and its translations by language code."""


def field(text: str, delimiter: str) -> str:
    """One field of a row; the text has no line breaks."""
    if '"' in text or delimiter in text or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text


def write_delimited(
    records: Iterable[Record], out: BinaryIO, *, source_lang: str, target_langs: Sequence[str], delimiter: str
) -> None:
    """Writes the header row and one row for each record; what a record lacks is an empty field."""
    out.write((delimiter.join((source_lang, *target_langs)) + "\n").encode())
    for source, targets in records:
        row = (source, *(targets.get(lang, "") for lang in target_langs))
        out.write((delimiter.join(field(text, delimiter) for text in row) + "\n").encode())
