"""Checks parallel data against the rules that Amazon Translate has published, without sending them there.

https://docs.aws.amazon.com/translate/latest/dg/customizing-translations-parallel-data-input-files.html and
https://docs.aws.amazon.com/translate/latest/dg/what-is-limits.html. A *fault* makes the import fail or gives another
result than the file seems to say; *skipped* is what Amazon passes over: empty or too long segments, and records whose
source comes again later. Files are read as a stream; nothing here is shared with the writers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Literal, cast
from xml.etree import ElementTree

from amts_action.engines.languages import AMAZON_CODES
from amts_action.errors import InputError

__all__ = ["MAX_FILE", "CheckedFile", "check_file", "format_of"]

MAX_FILE = 5 * 1024**3
"""Bytes that a file of parallel data may have."""
_MAX_SEGMENT = 1_000
_SHOWN = 20
"""Faults and skipped places that are kept with their line; the rest is only counted."""
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

Format = Literal["csv", "tsv", "tmx"]


@dataclass(slots=True)
class CheckedFile:
    """What was found in a file."""

    languages: tuple[str, ...] = ()
    """Codes, source first."""
    records: int = 0
    """Records with a source and at least one translation that Amazon would take."""
    faults: list[str] = field(default_factory=list)
    """`line N: what`; at most the first 20."""
    fault_count: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    """How many records or segments Amazon would pass over, by reason."""

    notes: list[str] = field(default_factory=list)
    """What another program may object to."""

    @property
    def is_good(self) -> bool:
        """Whether Amazon would import the file."""
        return not self.fault_count

    def fault(self, line: int, what: str) -> None:
        """Notes a fault."""
        self.fault_count += 1
        if len(self.faults) < _SHOWN:
            self.faults.append(f"line {line}: {what}" if line else what)

    def skip(self, reason: str) -> None:
        """Counts something that is passed over."""
        self.skipped[reason] = self.skipped.get(reason, 0) + 1


def format_of(path: Path) -> Format:
    """The format that a file's name says.

    Raises:
        InputError: none of the three.
    """
    suffix = path.suffix.lower().lstrip(".")
    if suffix not in ("csv", "tsv", "tmx"):
        raise InputError("the name does not end in .csv, .tsv or .tmx", where=str(path), mend="give --format")
    return cast(Format, suffix)


def check_file(path: Path, form: Format) -> CheckedFile:
    """Everything that is wrong with a file, and what Amazon would pass over in it.

    Raises:
        InputError: there is no such file.
    """
    if not path.is_file():
        raise InputError("no such file" if not path.exists() else "not a file", where=str(path))
    found = CheckedFile()
    if path.stat().st_size > MAX_FILE:
        found.fault(0, f"more than {MAX_FILE} bytes")
    with path.open("rb") as file:
        if file.read(3) == b"\xef\xbb\xbf":
            found.fault(1, "a byte order mark; save the file as UTF-8 without one")
    if form == "tmx":
        _check_tmx(path, found)
    else:
        _check_delimited(path, "," if form == "csv" else "\t", found)
    if not found.records and found.is_good:
        found.fault(0, "no record that Amazon Translate would take")
    return found


class _Records:
    """Judges records one after the other."""

    def __init__(self, found: CheckedFile) -> None:
        self.found = found
        self.seen: set[bytes] = set()

    def add(self, source: str, targets: list[str]) -> None:
        """One record: its source and its translations."""
        if reason := _skipped(source):
            self.found.skip(f"source {reason}")
            return
        good = 0
        for text in targets:
            reason = _skipped(text)
            if reason:
                self.found.skip(f"translation {reason}")
            good += not reason
        if not good:
            return
        key = blake2b(source.encode("utf-8", "surrogatepass"), digest_size=12).digest()
        if key in self.seen:
            self.found.skip("source comes again later")
        else:
            self.found.records += 1
            self.seen.add(key)


def _skipped(text: str) -> str:
    if not text.strip():
        return "empty"
    return f"over {_MAX_SEGMENT} bytes" if len(text.encode("utf-8", "surrogatepass")) > _MAX_SEGMENT else ""


def _check_languages(codes: list[str], line: int, found: CheckedFile) -> None:
    found.languages = tuple(codes)
    for code in codes:
        if code not in AMAZON_CODES:
            found.fault(line, f"{code!r} is no language code of Amazon Translate")
    if len(codes) < 2:
        found.fault(line, "a source and at least one target language are needed")
    if len(set(codes)) < len(codes):
        found.fault(line, "a language comes twice")


# CSV and TSV -----------------------------------------------------------------------------------------------------


def _text_lines(path: Path, found: CheckedFile) -> Iterator[tuple[int, str]]:
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            try:
                yield number, raw.decode("utf-8-sig" if number == 1 else "utf-8").removesuffix("\n").removesuffix("\r")
            except UnicodeDecodeError as error:
                found.fault(number, f"byte {error.start} is not UTF-8")


def _check_delimited(path: Path, delimiter: str, found: CheckedFile) -> None:
    records = _Records(found)
    for number, line in _text_lines(path, found):
        fields = _fields(line, delimiter, lambda what, n=number: found.fault(n, what))  # type: ignore[misc]
        if number == 1:
            _check_languages(fields or [], number, found)
            continue
        if fields is None:
            continue
        if len(fields) != len(found.languages):
            found.fault(number, f"{len(fields)} fields, where the first row has {len(found.languages)}")
            continue
        for text in fields:
            if text[:1] in ("+", "-", "=", "@"):
                found.fault(number, f"a field starts with {text[0]}")
            if re.search("[\r\v\f\x1c-\x1e\x85\u2028\u2029]", text):
                found.fault(number, "a field holds a line break")
        records.add(fields[0], fields[1:])
    if not found.languages:
        found.fault(1, "the file is empty; the first row must hold the language codes")


def _fields(line: str, delimiter: str, fault: Callable[[str], None]) -> list[str] | None:
    """The fields of one line; None after a fault."""
    out: list[str] = []
    at = 0
    while True:
        if line.startswith('"', at):
            end = at + 1
            while (end := line.find('"', end)) >= 0 and line.startswith('""', end):
                end += 2
            if end < 0:
                fault("a quotation mark is not closed on its line; a field may not have line breaks")
                return None
            out.append(line[at + 1 : end].replace('""', '"'))
            at = end + 1
            if at < len(line) and line[at] != delimiter:
                fault("text after the closing quotation mark of a field")
                return None
        else:
            end = line.find(delimiter, at)
            end = len(line) if end < 0 else end
            text = line[at:end]
            if '"' in text.replace('""', ""):
                fault("a quotation mark in a field is not doubled")
                return None
            out.append(text.replace('""', '"'))
            at = end
        if at >= len(line):
            return out
        at += 1


# TMX -------------------------------------------------------------------------------------------------------------

_HEADER = ("creationtool", "creationtoolversion", "segtype", "o-tmf", "adminlang", "srclang", "datatype")
_CHILDREN = {
    "tmx": {"header", "body"},
    "header": {"note", "prop", "ude"},
    "body": {"tu"},
    "tu": {"note", "prop", "tuv"},
    "tuv": {"note", "prop", "seg"},
    "ude": {"map"},
    "seg": {"bpt", "ept", "sub", "it", "ph", "hi", "ut"},
}
"""What may stand in what (the DTD of TMX 1.4b)."""


def _check_tmx(path: Path, found: CheckedFile) -> None:
    if _declares(path):
        found.fault(1, "it declares entities, which no TMX file needs")
        return
    state = _Tmx(found)
    stack: list[ElementTree.Element] = []
    try:
        with path.open("rb") as file:
            for event, element in ElementTree.iterparse(file, events=("start", "end")):
                if event == "start":
                    state.start(element, stack[-1].tag if stack else "")
                    stack.append(element)
                    continue
                stack.pop()
                if element.tag == "tu":
                    state.unit(element)
                    if stack:
                        stack[-1].remove(element)
    except ElementTree.ParseError as error:
        found.fault(error.position[0], f"not well-formed XML ({error.msg.split(':')[0]})")
        return
    state.finish()


def _declares(path: Path) -> bool:
    with path.open("rb") as file:
        return b"<!ENTITY" in file.read(100_000)


class _Tmx:
    """The rules of TMX 1.4b and Amazon's, for elements as they come."""

    def __init__(self, found: CheckedFile) -> None:
        self.found, self.records = found, _Records(found)
        self.units = 0
        self.source = ""
        self.languages: dict[str, None] = {}

    def start(self, element: ElementTree.Element, parent: str) -> None:
        """An element opens."""
        tag = element.tag
        if not parent:
            if tag != "tmx":
                self.found.fault(1, f"the root element is {tag}, not tmx")
            elif element.get("version") != "1.4":
                self.found.fault(1, f"TMX version {element.get('version')!r}, not '1.4'")
        elif parent in _CHILDREN and tag not in _CHILDREN[parent]:
            self.found.fault(0, f"{self._where()}: <{tag}> may not stand in <{parent}>")
        if tag == "header":
            self._header(element)
        elif tag == "tu":
            self.units += 1

    def _where(self) -> str:
        return f"translation unit {self.units}" if self.units else "header"

    def _header(self, element: ElementTree.Element) -> None:
        missing = [name for name in _HEADER if not element.get(name)]
        if "srclang" in missing:
            self.found.fault(0, "header: no srclang")
        elif missing:
            self.found.notes.append(f"header: TMX 1.4b also wants {', '.join(missing)}; Amazon Translate does not")
        if element.get("segtype", "block") not in ("block", "paragraph", "sentence", "phrase"):
            self.found.fault(0, f"header: segtype {element.get('segtype')!r} is not of TMX 1.4")
        self.source = element.get("srclang", "")

    def unit(self, element: ElementTree.Element) -> None:
        """A translation unit is complete."""
        variants = element.findall("tuv")
        texts: list[tuple[str, str]] = []
        for variant in variants:
            lang = variant.get(_XML_LANG, "")
            segments = variant.findall("seg")
            if not lang:
                self.found.fault(0, f"{self._where()}: a tuv without xml:lang")
            if len(segments) != 1:
                self.found.fault(0, f"{self._where()}: a tuv with {len(segments)} seg elements")
            else:
                texts.append((lang, "".join(segments[0].itertext())))
                self.languages.setdefault(lang)
        own = [text for lang, text in texts if lang == self.source]
        if len(variants) < 2:
            self.found.fault(0, f"{self._where()}: fewer than two tuv elements")
        elif len(own) != 1:
            self.found.fault(0, f"{self._where()}: {len(own)} tuv elements in the source language {self.source!r}")
        else:
            self.records.add(own[0], [text for lang, text in texts if lang != self.source])

    def finish(self) -> None:
        """The file is read."""
        if not self.units:
            self.found.fault(0, "the body holds no translation unit")
        rest = [lang for lang in self.languages if lang != self.source]
        _check_languages([self.source, *rest], 0, self.found)
