"""XML that comes from elsewhere, read: no entity, no DTD, nothing from the network, no file beyond a size; and ours."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from amts_action.errors import InputError

__all__ = ["MOST_BYTES", "holdable", "local_name", "parse_xml", "xml_bytes"]

MOST_BYTES = 50_000_000
"""Bytes of a file that are read: a book of 500,000 words is 20 MB as XLIFF."""


def parse_xml(data: bytes, *, where: str) -> Any:
    """The root element.

    Raises:
        InputError: the file is too large, no XML, or has a document type, which could define entities.
    """
    if len(data) > MOST_BYTES:
        raise InputError(
            f"{len(data)} bytes are more than are read ({MOST_BYTES})", where=where, mend="divide the file"
        )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        said = str(error).splitlines()[0][:120]
        raise InputError(f"not XML that can be read ({said})", where=where, mend="export it again") from error
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and (root.tag != "tmx" or list(dtd.iterentities()) or list(dtd.iterelements())):
        raise InputError("it defines its own document type", where=where, mend="save it without a DOCTYPE")
    return root


_NO_CHARACTER = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML has no way to write: https://www.w3.org/TR/xml/#charsets"""


def holdable(text: str) -> str:
    """The text with a replacement character for each that XML cannot hold, such as a form feed."""
    return _NO_CHARACTER.sub("\ufffd", text)


def local_name(element: Any) -> str:
    """The name of an element without its namespace; empty for comments and the like."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def xml_bytes(root: Any) -> bytes:
    """The document as a file; white space in texts counts, so that none is added."""
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8")) + b"\n"
