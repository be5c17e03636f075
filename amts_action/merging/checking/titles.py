"""Titles that a translation keeps in its front matter, and that a change of the English makes stale.

Some projects write the translated title and headings of a page into its front matter (`translation: title:`, and
`translation: headings:` from an English heading to its translation). The English page has no such keys, so no change of
it reaches them: they are left alone, and a person is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from amts_action.documents.blocks.markdown import parse_markdown

__all__ = ["stale_titles"]

_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*\r?$", re.S | re.M)
_PATH = "::"
"""What stands between a heading and the one that it is below, in the key of a heading."""
_SHOWN = 3
"""So many headings are named: our own choice, for a line of a report."""


def stale_titles(base: str, head: str, output: str) -> Iterator[str]:
    """What of a page's `translation:` is out of date, a line each."""
    kept = _translation(output)
    if not kept:
        return
    old, new, own = (_headings(text) for text in (base, head, output))
    title = kept.get("title")
    if isinstance(title, str) and old[:1] != new[:1] and own and _plain(title) != own[0]:
        yield f"`translation: title:` of its front matter still says “{title}”, and its heading is “{own[0]}” now"
    headings = kept.get("headings")
    keys = [key.rpartition(_PATH)[2] for key in headings] if isinstance(headings, Mapping) else []
    gone = [key for key in keys if _plain(key) in old and _plain(key) not in new]
    if gone:
        more = f" and {len(gone) - _SHOWN} more" if len(gone) > _SHOWN else ""
        yield f"`translation: headings:` names headings that the English has no more: {', '.join(gone[:_SHOWN])}{more}"


def _translation(text: str) -> Mapping[Any, Any]:
    found = _FRONT_MATTER.match(text)
    if found is None or "translation:" not in found[1]:
        return {}
    import yaml

    try:
        content = yaml.load(found[1], Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return {}
    kept = content.get("translation") if isinstance(content, dict) else None
    return kept if isinstance(kept, dict) else {}


def _headings(text: str) -> list[str]:
    return [_plain(block.text) for block in parse_markdown(text).blocks if block.kind == "heading"]


def _plain(text: str) -> str:
    """A heading without its marks and what follows its words (an id, a label)."""
    return " ".join(re.sub(r"^#+|[#]+$|\{[#:][^}]*\}", "", text.strip()).split())
