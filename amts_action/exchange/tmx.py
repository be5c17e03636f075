"""TMX 1.4b: a `tu` for each block, with its page as a property, and `ph` around each span that must come back.

https://www.gala-global.org/tmx-14b
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from lxml import etree

from amts_action import __version__
from amts_action.exchange.units import ReviewedText, ReviewUnit, UnitKey, numbered_spans
from amts_action.exchange.xml_files import local_name, xml_bytes

__all__ = ["read_tmx", "write_review_tmx"]

_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_PAGE: Final = "x-amts-page"


def write_review_tmx(units: Iterable[ReviewUnit], *, source_lang: str, target_lang: str) -> bytes:
    """The units as a file."""
    root = etree.Element("tmx", version="1.4")
    header = {"creationtool": "amts", "creationtoolversion": __version__, "segtype": "block", "o-tmf": "amts"}
    etree.SubElement(root, "header", {**header, "adminlang": "en", "srclang": source_lang, "datatype": "plaintext"})
    body = etree.SubElement(root, "body")
    for unit in units:
        made = etree.SubElement(body, "tu", tuid=str(unit.key))
        for text in unit.notes:
            etree.SubElement(made, "note").text = text
        etree.SubElement(made, "prop", type=_PAGE).text = unit.path
        sides = numbered_spans(unit.english, unit.text)
        for lang, side in zip((source_lang, target_lang), sides, strict=True):
            variant = etree.SubElement(made, "tuv", {_LANG: lang})
            _fill(etree.SubElement(variant, "seg"), side)
    return xml_bytes(root)


def _fill(segment: Any, side: list[tuple[str, str]]) -> None:
    last = None
    for number, text in side:
        if number:
            last = etree.SubElement(segment, "ph", x=number)
            last.text = text
        elif last is None:
            segment.text = (segment.text or "") + text
        else:
            last.tail = (last.tail or "") + text


def read_tmx(root: Any) -> tuple[str, list[ReviewedText], list[str]]:
    """Language, texts, and a line for each unit of ours that cannot be taken; units of others are passed over."""
    header = root.find("header")
    source_lang = str(header.get("srclang", "")) if header is not None else ""
    texts, wrong = [], []
    languages: dict[str, None] = {}
    for unit in root.iter("tu"):
        key = UnitKey.read(str(unit.get("tuid", "")))
        path = next((prop.text or "" for prop in unit.iter("prop") if prop.get("type") == _PAGE), "")
        if key is None or not path:
            continue
        try:
            sides = {_lang(variant): "".join(_texts(variant.find("seg"))) for variant in unit.iter("tuv")}
        except ValueError as error:
            wrong.append(f"{path}: {unit.get('tuid')}: {error}")
            continue
        english = sides.pop(source_lang, "")
        if len(sides) == 1:
            lang, text = sides.popitem()
            languages[lang] = None
            texts.append(ReviewedText(key, path, english, text))
    return next(iter(languages), "") if len(languages) < 2 else "", texts, wrong


def _lang(variant: Any) -> str:
    return str(variant.get(_LANG) or variant.get("lang") or "")


def _texts(segment: Any) -> Iterator[str]:
    if segment is None:
        raise ValueError("it has no text")
    yield segment.text or ""
    for child in segment:
        name = local_name(child)
        if name and name not in ("ph", "hi"):
            raise ValueError(f"it has markup of the tool (<{name}>)")
        if name:
            yield from _texts(child)
        yield child.tail or ""
