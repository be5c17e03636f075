"""Glossaries: Amazon Translate's terminology CSV, and lists such as d2lbook's `TERMINOLOGY.md`.

https://docs.aws.amazon.com/translate/latest/dg/creating-custom-terminology.html: the first row holds the language
codes, the source first. https://docs.aws.amazon.com/translate/latest/dg/ct-best-practices.html and what-is-limits.html:
at most 10 MB, 200 bytes a term, 10 target languages.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from amts_action.engines.languages import amazon_code
from amts_action.errors import InputError, LimitError

__all__ = ["MAX_FILE", "MAX_TERM", "Term", "read_glossary", "write_glossary"]

MAX_FILE = 10 * 1024 * 1024
MAX_TERM = 200
"""Bytes of UTF-8."""
FORBIDDEN = ("=", "+", "-", "@")
"""First characters of a term for which Amazon Translate refuses the whole file, as spreadsheets would run it."""

_LIST_LINE = re.compile(r"\s*(?:[-*+]\s+|\d+[.)]\s+)?(?P<first>[^，,|\t]+?)\s*[，,\t]\s*(?P<second>\S.*?)\s*")
_LONGEST_LINE = 400
_NOT_LATIN = re.compile("[^\x00-\u024f\u1e00-\u206f]")


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the source language and its agreed translation."""

    source: str
    target: str


def read_glossary(data: bytes, *, where: str, source_lang: str, target_lang: str) -> list[Term]:
    """The terms of a file, in its order. A source may come several times: each translation is agreed.

    A file whose first row holds language codes is Amazon's CSV (or TSV); else every line `translation，term` counts, in
    either order where the script or the spelling tells (`a/b` are two agreed translations); headings and all other
    lines are passed over.

    Raises:
        InputError: not UTF-8, without a column of a language, or without a single term.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"byte {error.start} is not UTF-8", where=where, mend="save the file as UTF-8") from error
    rows = _rows(text)
    terms = (
        _from_list(text, source_lang, target_lang)
        if rows is None
        else _from_rows(rows, where, source_lang, target_lang)
    )
    if not terms:
        raise InputError("no term in it", where=where, mend="write one term a line: translation，term; or a CSV")
    return list(dict.fromkeys(terms))


def _rows(text: str) -> list[list[str]] | None:
    """The rows of a CSV or TSV whose first row holds language codes; None when it is no such file."""
    first = text.split("\n", 1)[0].strip()
    delimiter = "\t" if "\t" in first else ","
    codes = first.split(delimiter)
    if len(codes) < 2 or not all(re.fullmatch(r'"?[a-z]{2,3}([-_][A-Za-z]{2,4})?"?', c.strip()) for c in codes):
        return None
    return [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]


def _from_rows(rows: list[list[str]], where: str, source_lang: str, target_lang: str) -> list[Term]:
    columns = {amazon_code(code): k for k, code in enumerate(rows[0])}
    places = []
    for lang in (source_lang, target_lang):
        if amazon_code(lang) not in columns:
            raise InputError(f"no column {amazon_code(lang)}", where=where, mend="name the languages in the first row")
        places.append(columns[amazon_code(lang)])
    pairs = (tuple(row[k].strip() if k < len(row) else "" for k in places) for row in rows[1:])
    return [Term(a, b) for a, b in pairs if a and b]


def _from_list(text: str, source_lang: str, target_lang: str) -> list[Term]:
    """The terms of a list: the side in another script is the translation; where both are Latin, the spelling tells."""
    out = []
    lines = []
    for line in text.splitlines():
        found = _LIST_LINE.fullmatch(line) if len(line) <= _LONGEST_LINE else None
        if found is not None and not line.lstrip().startswith(("#", "|", ">", "<", "[")):
            lines.append((found["first"], found["second"]))
    latin = [pair for pair in lines if not any(_NOT_LATIN.search(side) for side in pair)]
    is_source_first = _is_source_first(latin, source_lang, target_lang)
    for first, second in lines:
        is_first = is_source_first
        if _NOT_LATIN.search(first) or _NOT_LATIN.search(second):
            is_first = bool(_NOT_LATIN.search(second)) and not _NOT_LATIN.search(first)
        source, target = (first, second) if is_first else (second, first)
        out += [Term(source, part.strip()) for part in target.split("/") if part.strip()]
    return out


def _is_source_first(pairs: Sequence[tuple[str, str]], source_lang: str, target_lang: str) -> bool:
    """Whether the first sides of a list are in the source language, by the words that spelling dictionaries have.

    Lists of translators begin with the translation, so that it is where nothing tells.
    """
    if not pairs:
        return False
    votes = 0
    for lang, sign in ((source_lang, 1), (target_lang, -1)):
        known = _spelling(lang.lower().replace("_", "-").split("-")[0])
        for sides in pairs:
            first, second = ({w.lower() for w in re.findall(r"[^\W\d_]{3,}", side)} for side in sides)
            votes += sign * (len(first & known) - len(second & known))
    return votes > 0


@lru_cache(maxsize=4)
def _spelling(lang: str) -> frozenset[str]:
    """The words that pyspellchecker has of a language; none where it has no dictionary."""
    import gzip
    import json
    from importlib.resources import files

    try:
        data = (files("spellchecker") / "resources" / f"{lang}.json.gz").read_bytes()
    except (OSError, ModuleNotFoundError):
        return frozenset()
    return frozenset(json.loads(gzip.decompress(data)))


def write_glossary(terms: Iterable[Term], *, source_lang: str, target_lang: str) -> tuple[bytes, list[str]]:
    """Amazon's CSV of the terms, and what was left out: a source comes once, its first translation counts.

    Raises:
        LimitError: the file would be larger than 10 MB.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([amazon_code(source_lang), amazon_code(target_lang)])
    problems, seen = [], set()
    for term in terms:
        row = [" ".join(side.split()) for side in (term.source, term.target)]
        if row[0] in seen:
            problems.append(f"{row[0]}: has a translation already; left out: {row[1]}")
        elif any(side.startswith(FORBIDDEN) for side in row):
            problems.append(f"{row[0][:60]}: begins with a character that Amazon Translate does not take; left out")
        elif any(len(side.encode()) > MAX_TERM for side in row):
            problems.append(f"{row[0][:60]}: more than {MAX_TERM} bytes; left out")
        else:
            seen.add(row[0])
            writer.writerow(row)
    data = out.getvalue().encode()
    if len(data) > MAX_FILE:
        raise LimitError(f"{len(data)} bytes are more than a terminology may have ({MAX_FILE})", mend="drop some terms")
    return data, problems
