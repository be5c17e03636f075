"""Formulas as MathML, which browsers show without any script: https://www.w3.org/TR/mathml-core/.

The book's LaTeX is not trusted, and neither is what the converter makes of it: only elements and attributes of the
lists below come through, as data that a page builds its elements from.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

__all__ = ["MATH", "mathml"]

MATH = re.compile(r"\$\$(?P<display>[^$]{1,2000})\$\$|(?<![\\$])\$(?P<inline>[^$\n]{1,500})\$(?!\$)")
"""A formula in the text of a block."""

Node = list[Any]
"""`[name, {attribute: value}, child, …]`, where a child is a node or a text."""

_ELEMENTS = frozenset(
    "math mrow mi mn mo mtext ms mspace mfrac msqrt mroot msub msup msubsup munder mover munderover "
    "mmultiscripts mtable mtr mtd mpadded mphantom menclose mstyle".split()
)
_ATTRIBUTES = frozenset(
    "display displaystyle stretchy fence form accent accentunder linethickness columnalign rowspan columnspan "
    "mathvariant minsize maxsize width height depth lspace rspace movablelimits scriptlevel separator".split()
)
_VALUE = re.compile(r"[\w.+% -]{1,40}")
_LONGEST = 2000
_BARE = re.compile(r"&(?!#\w+;|\w+;)")
_SAME = {"aligned": "align", "gathered": "align", "split": "align", "equation": "align"}
_ENVIRONMENT = re.compile(r"\\(begin|end)\{(aligned|gathered|split|equation)\*?\}")


@lru_cache(maxsize=20_000)
def mathml(latex: str, *, display: bool = False) -> Node | None:
    """The formula as a tree of MathML; None when it cannot be converted."""
    if len(latex) > _LONGEST:
        return None
    try:
        from latex2mathml.converter import convert

        plain = _ENVIRONMENT.sub(lambda m: rf"\{m[1]}{{{_SAME[m[2]]}}}", latex)
        made = convert(plain, display="block" if display else "inline")
        root = ElementTree.fromstring(_BARE.sub("&amp;", made))
    except Exception:  # noqa: BLE001 - the converter raises anything on what it does not know
        return None
    return _node(root)


def _node(element: ElementTree.Element) -> Node:
    name = element.tag.rpartition("}")[2]
    attributes = {key: value for key, value in element.attrib.items() if key in _ATTRIBUTES and _VALUE.fullmatch(value)}
    out: Node = [name if name in _ELEMENTS else "mrow", attributes]
    if element.text:
        out.append(element.text)
    for child in element:
        out.append(_node(child))
        if child.tail:
            out.append(child.tail)
    return out
