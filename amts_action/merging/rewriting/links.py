"""Links in three versions: address, title and attributes are merged one by one, so that what people localised stays.

A translator may point to a page in the readers' language, to another folder of a site, to a picture with other words.
As long as the English address stands, theirs does; where it changes, theirs follows when it plainly differs from the
English one in a folder only (`site/en/…`, `site/ja/…`), and else stays and is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from amts_action.merging.flags import Flag, flag
from amts_action.merging.rewriting.braces import merge_attributes

__all__ = ["End", "definition_of", "merge_definition", "merge_end", "parse_end"]


@dataclass(frozen=True, slots=True)
class End:
    """What stands behind the text of a link or picture, or behind the label of a definition."""

    lead: str
    """`](`, `][`, or the label of a definition with its colon."""
    address: str
    """Without angle brackets; of a reference its label."""
    angles: bool
    gap: str
    """Blanks before the title."""
    title: str
    """With its quotes; empty when there is none."""
    tail: str
    """Blanks and the closing bracket."""
    attributes: str

    @property
    def raw(self) -> str:
        """As it stands in the file."""
        address = f"<{self.address}>" if self.angles else self.address
        return f"{self.lead}{address}{self.gap}{self.title}{self.tail}{self.attributes}"


_TITLE = r"\"[^\"]*\"|'[^']*'|\([^()]*\)"
_END = re.compile(
    rf"(?P<lead>\]\(\s*)(?:<(?P<angle>[^<>\n]*)>|(?P<plain>\S*?))(?:(?P<gap>\s+)(?P<title>{_TITLE}))?(?P<tail>\s*\))"
    r"(?P<attributes>(?:\{[^{}\n]*\})?)\Z"
)
_REFERENCE = re.compile(r"(?P<lead>\]\[)(?P<plain>[^\[\]]*)(?P<tail>\])\Z")
_BARE = re.compile(r"(?P<lead>)(?:<(?P<angle>[^<>\s]+)>|(?P<plain>[a-z][a-z0-9+.-]*:[^\s<>]+))(?P<tail>)\Z")
_DEFINITION = re.compile(
    rf"(?P<lead>[\s>]*\[[^\]]+\]:\s*)(?:<(?P<angle>[^<>\n]*)>|(?P<plain>\S+))(?:(?P<gap>\s+)(?P<title>{_TITLE}))?(?P<tail>\s*)"
    r"(?P<attributes>(?:\{[^{}\n]*\})?)\s*\Z"
)


def _end(m: re.Match[str]) -> End:
    found = m.groupdict()
    is_angled = found.get("angle") is not None
    address = found["angle"] if is_angled else found["plain"] or ""
    gap, title, attributes = found.get("gap") or "", found.get("title") or "", found.get("attributes") or ""
    return End(found["lead"], address, is_angled, gap, title, found["tail"], attributes)


def parse_end(raw: str) -> End | None:
    """The parts of the `close` token of a link or picture, or of a bare address; None when it has other ones."""
    m = _END.match(raw) or _REFERENCE.match(raw) or _BARE.match(raw)
    return _end(m) if m else None


def definition_of(text: str) -> End | None:
    """The parts of a link reference definition on one line."""
    m = _DEFINITION.match(text)
    return _end(m) if m else None


def merge_end(base: End, head: End, own: End) -> tuple[End, tuple[Flag, ...]]:
    """The translation's link with what the English changed in its own, and flags."""
    address, flags = _address(base.address, head.address, own.address)
    title, told = _title(base.title, head.title, own.title)
    attributes, said = merge_attributes(base.attributes, head.attributes, own.attributes)
    gap = own.gap or head.gap if title else ""
    is_angled = own.angles or (head.angles and address == head.address)
    lead = head.lead if address == head.address and base.lead.strip() != head.lead.strip() else own.lead
    merged = replace(own, lead=lead, address=address, angles=is_angled, gap=gap, title=title, attributes=attributes)
    return merged, flags + told + said


def merge_definition(base: str, head: str, own: str) -> tuple[str, tuple[Flag, ...]] | None:
    """The translation's definition, its label kept; None when one of the three is no definition on one line."""
    ends = [definition_of(text) for text in (base, head, own)]
    if ends[0] is None or ends[1] is None or ends[2] is None:
        return None
    merged, flags = merge_end(ends[0], ends[1], replace(ends[2], lead=ends[0].lead))
    # A label that the English renamed is renamed here when it was the English one.
    lead = ends[1].lead if ends[2].lead.strip() == ends[0].lead.strip() else ends[2].lead
    return replace(merged, lead=lead).raw, flags


def _address(base: str, head: str, own: str) -> tuple[str, tuple[Flag, ...]]:
    if base == head or own == head:
        return own, ()
    if own == base:
        return head, ()
    folder = _other_folder(base, own)
    moved = _in_folder(head, *folder) if folder else ""
    if moved and moved != head:
        return moved, () if moved == own else (flag("link-moved", moved),)
    return own, (flag("link-kept", head),)


def _other_folder(base: str, own: str) -> tuple[str, str] | None:
    """The one part of a path in which two addresses differ, in both."""
    here, there = base.split("/"), own.split("/")
    if len(here) != len(there):
        return None
    differing = [(a, b) for a, b in zip(here, there, strict=True) if a != b]
    return differing[0] if len(differing) == 1 and differing[0][0] and differing[0] != (here[-1], there[-1]) else None


def _in_folder(address: str, base: str, own: str) -> str:
    """The address with one of its folders exchanged; empty when it has no such folder, or several."""
    parts = address.split("/")
    if parts[:-1].count(base) != 1:
        return ""
    return "/".join([*(own if part == base else part for part in parts[:-1]), parts[-1]])


def _title(base: str, head: str, own: str) -> tuple[str, tuple[Flag, ...]]:
    """A title is language: only one that people left in English follows the English."""
    if base == head or own == head:
        return own, ()
    if own == base:
        return head, (flag("title-english", head),) if head else ()
    if not head:
        return "", (flag("title-removed", own),)
    return own, (flag("title-kept", head),)
