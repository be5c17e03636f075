"""XLIFF 2.1: a file for each page, a unit for each block, a placeholder for each span that must come back.

https://docs.oasis-open.org/xliff/xliff-core/v2.1/xliff-core-v2.1.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Final

from lxml import etree

from amts_action.errors import InputError
from amts_action.exchange.units import ReviewedText, ReviewUnit, UnitKey, numbered_spans
from amts_action.exchange.xml_files import holdable, local_name, xml_bytes

__all__ = ["read_xliff", "write_xliff"]

_SPACE: Final = "urn:oasis:names:tc:xliff:document:2.0"
"""The namespace of all versions 2."""
_XML_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"
_CONTENT = frozenset({"ph", "cp", "mrk", "sm", "em"})
"""Inline elements that say something we can take: spans of ours, characters, and remarks of a tool."""


def write_xliff(units: Iterable[ReviewUnit], *, source_lang: str, target_lang: str) -> bytes:
    """The units as a file; those of one page are neighbours."""
    root = etree.Element(f"{{{_SPACE}}}xliff", nsmap={None: _SPACE}, version="2.1")
    root.attrib.update({"srcLang": source_lang, "trgLang": target_lang, _XML_SPACE: "preserve"})
    for n, (path, group) in enumerate(groupby(units, lambda unit: unit.path), 1):
        file = _below(root, "file", id=f"f{n}", original=path)
        for unit in group:
            _write_unit(file, unit)
    return xml_bytes(root)


def _write_unit(file: Any, unit: ReviewUnit) -> None:
    made = _below(file, "unit", id=str(unit.key))
    notes = _below(made, "notes")
    for text in unit.notes:
        _below(notes, "note", category="amts").text = text
    sides = numbered_spans(unit.english, unit.text)
    spans = {number: text for side in sides for number, text in side if number}
    if spans:
        data = _below(made, "originalData")
        for number, text in spans.items():
            _below(data, "data", id=f"d{number}").text = text
    segment = _below(made, "segment", state="translated" if unit.is_translated else "initial")
    for name, side in zip(("source", "target"), sides, strict=True):
        _fill(_below(segment, name), side)


def _fill(element: Any, side: list[tuple[str, str]]) -> None:
    last = None
    for number, text in side:
        if number:
            last = _below(element, "ph", id=number, dataRef=f"d{number}", canCopy="no", canDelete="no", equiv=text)
        elif last is None:
            element.text = (element.text or "") + text
        else:
            last.tail = (last.tail or "") + text


def _below(parent: Any, name: str, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{_SPACE}}}{name}", attributes)


def read_xliff(root: Any, *, where: str) -> tuple[str, list[ReviewedText], list[str]]:
    """Language, texts, and a line for each unit of ours that cannot be taken.

    Raises:
        InputError: this is no XLIFF 2.
    """
    if etree.QName(root).namespace != _SPACE:
        version = str(root.get("version", "unknown"))[:20]
        raise InputError(
            f"XLIFF of the version {version} is not read", where=where, mend="save it as XLIFF 2.1 (or 2.0)"
        )
    texts, wrong = [], []
    for file in root.iterchildren(f"{{{_SPACE}}}file"):
        path = str(file.get("original", ""))
        for unit in file.iter(f"{{{_SPACE}}}unit"):
            key = UnitKey.read(str(unit.get("id", "")))
            if key is None:
                continue
            try:
                english, text = _sides(unit)
            except ValueError as error:
                wrong.append(f"{path}: {unit.get('id')}: {error}")
                continue
            if text is not None:
                texts.append(ReviewedText(key, path, english, text))
    return str(root.get("trgLang", "")), texts, wrong


def _sides(unit: Any) -> tuple[str, str | None]:
    """English and translation of all segments of a unit, one behind the other; no translation when one has none.

    Raises:
        ValueError: there is markup in it that the page would not understand, or segments in another order.
    """
    data = {str(one.get("id")): one.text or "" for one in unit.iter(f"{{{_SPACE}}}data")}
    english, text = [], []
    is_whole = True
    for part in unit.iterchildren(f"{{{_SPACE}}}segment", f"{{{_SPACE}}}ignorable"):
        source, target = (part.find(f"{{{_SPACE}}}{name}") for name in ("source", "target"))
        if target is not None and target.get("order"):
            raise ValueError("its segments are in another order")
        english.append("".join(_texts(source, data)) if source is not None else "")
        if target is not None:
            text.append("".join(_texts(target, data)))
        elif local_name(part) == "ignorable":
            text.append(english[-1])
        else:
            is_whole = False
    return "".join(english), "".join(text) if is_whole and text else None


def _texts(element: Any, data: dict[str, str]) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        name = local_name(child)
        if name and name not in _CONTENT:
            raise ValueError(f"it has markup of the tool (<{name}>)")
        if name == "ph":
            reference = str(child.get("dataRef", ""))
            if reference not in data:
                raise ValueError("it has a placeholder that the file did not have")
            yield data[reference]
        elif name == "cp":
            yield _character(str(child.get("hex", "")))
        elif name:
            yield from _texts(child, data)
        yield child.tail or ""


def _character(code: str) -> str:
    try:
        char = chr(int(code, 16))
    except (ValueError, OverflowError):
        char = "\0"
    if holdable(char) != char:  # no file of ours had it
        raise ValueError("it has a character that is none")
    return char
