"""Which of the English tables of contents a translation's table was made from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from amts_action.companions.tocfile import TocError, TocItem, read_toc

__all__ = ["best_base"]


class _Shape(NamedTuple):
    """What a table says without the words of any language."""

    form: str
    pages: tuple[str, ...]
    """Names of pages and links, in order."""
    owners: frozenset[tuple[str, str]]
    """Page and the page that it stands below."""


def best_base(versions: Sequence[str], target: str, likely: str = "") -> str | None:
    """The version that the translation's table fits best; None when none can be read.

    The same form counts most, then the pages that only one of the two has (those that no version ever had are the
    translators' own), then what stands below what, then the order. Of equals `likely` is taken, else the oldest.

    Args:
        versions: the English tables, newest first.
        likely: the version that goes with the pages' own bases.
    """
    own = _shape(target)
    shapes = [(text, shape) for text in dict.fromkeys(reversed(versions)) if (shape := _shape(text)) is not None]
    if own is None or not shapes:
        return likely or None
    known = {page for _, shape in shapes for page in shape.pages}
    ours = own._replace(pages=tuple(page for page in own.pages if page in known))
    costs = [(_distance(shape, ours), text != likely) for text, shape in shapes]
    return shapes[min(range(len(shapes)), key=costs.__getitem__)][0]


def _shape(text: str) -> _Shape | None:
    try:
        tree = read_toc(text if text.endswith("\n") else text + "\n")
    except TocError:
        return None
    pages = tuple(item.name for item in tree.walk() if item.name)
    owners = frozenset((child.name, item.name) for item in [tree, *tree.walk()] for child in _children(item))
    return _Shape(tree.children.key if tree.children else "", pages, owners)


def _children(item: TocItem) -> list[TocItem]:
    return [child for child in item.children.items if child.name] if item.children else []


def _distance(shape: _Shape, ours: _Shape) -> tuple[bool, int, int, int]:
    both = set(shape.pages) & set(ours.pages)
    here, there = ([page for page in side.pages if page in both] for side in (shape, ours))
    below = sum(page in both and (page, owner) not in shape.owners for page, owner in ours.owners)
    order = sum(a != b for a, b in zip(here, there, strict=False))
    return shape.form != ours.form, len(set(shape.pages) ^ set(ours.pages)), below, order
