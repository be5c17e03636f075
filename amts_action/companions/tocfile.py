"""A YAML table of contents as a tree whose texts, put together, are the file: the form in which `toc` edits it.

Understood by shape, not by version: lists of mappings under `parts`, `chapters`, `sections` and the like, whose members
are pages (`file:`), links (`url:`), globs or captioned groups. That covers Jupyter Book's `_toc.yml` (also the list
form before version 0.11), sphinx-external-toc and `project.toc` of `myst.yml`. Positions come from PyYAML's node marks
(characters); nothing is constructed from the YAML and nothing is dumped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yaml import MappingNode, Node, ScalarNode, SequenceNode

__all__ = ["Children", "TocError", "TocItem", "read_toc", "reindented"]

LISTS = ("parts", "chapters", "sections", "subtrees", "entries", "items", "children", "toc")
_LEAVES = ("file", "url", "glob", "pattern")
_TITLES = ("caption", "part", "header", "title")
_SUFFIX = re.compile(r"\.(?:md|ipynb|rst|myst)\Z", re.IGNORECASE)
_MAX_CHARACTERS = 200_000
"""Our own limits: PyYAML reads about 300,000 characters a second, a book of 1000 pages has 30,000."""
_MAX_DEPTH = 40
_MAX_EVENTS = 12_000


class TocError(ValueError):
    """The text is no table of contents that can be edited; the message says why in one line."""


@dataclass(slots=True, eq=False)
class Children:
    """The list of one item: gap, item, gap, …, item, gap. Comments and blank lines are in gaps and stay in place."""

    key: str
    """`chapters`, `sections` …; empty for a list that is the whole file."""
    column: int
    """Column of the dashes."""
    items: list[TocItem] = field(default_factory=list)
    gaps: list[str] = field(default_factory=lambda: [""])

    def text(self) -> str:
        """The list as it stands in the file."""
        pairs = zip(self.gaps, self.items, strict=False)
        return "".join(gap + item.text() for gap, item in pairs) + self.gaps[-1]

    def insert(self, place: int, item: TocItem) -> None:
        """Put an item at index `place`; the gap stays behind it. In a list whose members are all set apart by blank
        lines the new one is so too."""
        between = self.gaps[1:-1]
        blank = between[0] if between and all(gap and not gap.strip() for gap in between) else ""
        item.owner = self
        self.items.insert(place, item)
        self.gaps[place : place + 1] = [self.gaps[0], blank] if place == 0 else [blank, self.gaps[place]]

    def remove(self, item: TocItem) -> None:
        """Take an item out, keeping what comments the gaps on both sides of it hold."""
        place = self.items.index(item)
        del self.items[place]
        one, other = self.gaps[place : place + 2]
        both = one + other if (one + other).strip() else (other if place else one)
        self.gaps[place : place + 2] = [both]


@dataclass(slots=True, eq=False)
class TocItem:
    """A page, link, glob or captioned group (or the whole file): whole lines before, in and after its list."""

    name: str
    """`file:intro` (without suffix), `url:https://…`, `glob:posts/*`; empty for a group."""
    title: str = ""
    before: str = ""
    children: Children | None = None
    after: str = ""
    owner: Children | None = None
    label: str = ""
    """Identity across versions of the table, given by `toc`."""

    def text(self) -> str:
        """The item as it stands in the file."""
        return self.before + (self.children.text() if self.children else "") + self.after

    def walk(self) -> Iterator[TocItem]:
        """All items below this one, in the order of the file."""
        for item in self.children.items if self.children else ():
            yield item
            yield from item.walk()

    def members(self) -> frozenset[str]:
        """Names of the pages and links below this one."""
        return frozenset(item.name for item in self.walk() if item.name)


def read_toc(text: str) -> TocItem:
    """The whole file as one item; `read_toc(text).text() == text`.

    Raises:
        TocError: not YAML, too large, too deep, aliases, or a shape in which entries cannot be told apart by lines.
    """
    import yaml

    if len(text) > _MAX_CHARACTERS:
        raise TocError(f"is longer than {_MAX_CHARACTERS} characters")
    try:
        _check_events(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, TocError):
            raise
        raise TocError("is not valid YAML: " + " ".join(str(error).split())[:200]) from error
    top = TocItem("")
    found = _top_list(node)
    if found is None:
        raise TocError("has no list of pages")
    _fill(top, found[0], found[1], text, 0, len(text))
    return top


def _check_events(text: str) -> None:
    """Refuse what could blow up before a tree is made of it."""
    import yaml

    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
        if isinstance(event, yaml.AliasEvent):
            raise TocError("uses YAML aliases")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH or count > _MAX_EVENTS:
            raise TocError("is nested too deeply or too large")


def _top_list(node: Node | None) -> tuple[str, SequenceNode] | None:
    import yaml

    if isinstance(node, yaml.SequenceNode):
        return "", node
    if not isinstance(node, yaml.MappingNode):
        return None
    project = next((value for key, value in node.value if key.value == "project"), None)
    return _child_list(project if isinstance(project, yaml.MappingNode) else node)


def _child_list(node: MappingNode) -> tuple[str, SequenceNode] | None:
    import yaml

    found = [(k.value, v) for k, v in node.value if isinstance(v, yaml.SequenceNode) and k.value in LISTS]
    if len(found) > 1:
        raise TocError(f"line {found[1][1].start_mark.line + 1}: two lists of pages in one entry")
    return found[0] if found else None


def _fill(item: TocItem, key: str, node: SequenceNode, text: str, start: int, end: int) -> None:
    """Cut `text[start:end]`, the lines of `item`, around the members of its list."""
    import yaml

    if node.flow_style or not node.value:
        raise TocError(f"line {node.start_mark.line + 1}: lists in brackets are not edited")
    cuts: list[tuple[int, int]] = []
    children = Children(key, 0)
    for child in node.value:
        if not isinstance(child, yaml.MappingNode):
            raise TocError(f"line {child.start_mark.line + 1}: an entry is not a mapping")
        cuts.append(_lines_of(child, text))
        if len(cuts) > 1 and cuts[-1][0] < cuts[-2][1]:
            raise TocError(f"line {child.start_mark.line + 1}: two entries share a line")
        children.column = _dash(child, text) - cuts[-1][0]
        children.items.append(_item(child, text, *cuts[-1], children))
    first = _after_key(text, cuts[0][0]) if key else cuts[0][0]
    edges = [first, *(cut[1] for cut in cuts)]
    children.gaps = [text[a : b[0]] for a, b in zip(edges, cuts, strict=False)] + [""]
    item.before, item.children, item.after = text[start:first], children, text[cuts[-1][1] : end]


def _item(node: MappingNode, text: str, start: int, end: int, owner: Children) -> TocItem:
    name, title = _names(node)
    item = TocItem(name, title, text[start:end], owner=owner)
    found = None if node.flow_style else _child_list(node)
    if found:
        _fill(item, *found, text, start, end)
    return item


def _names(node: MappingNode) -> tuple[str, str]:
    import yaml

    scalars: dict[str, ScalarNode] = {k.value: v for k, v in node.value if isinstance(v, yaml.ScalarNode)}
    leaf = next((key for key in _LEAVES if key in scalars), "")
    title = next((scalars[key].value for key in _TITLES if key in scalars), "")
    if not leaf:
        return "", title
    value = scalars[leaf].value.strip()
    return f"{leaf}:{_SUFFIX.sub('', value) if leaf == 'file' else value}", title


def _dash(node: Node, text: str) -> int:
    """Offset of the dash that introduces a list member."""
    at = len(text[: node.start_mark.index].rstrip(" \t\r\n")) - 1
    if at < 0 or text[at] != "-" or text[_line_start(text, at) : at].strip(" "):
        raise TocError(f"line {node.start_mark.line + 1}: an entry does not begin on its own line")
    return at


def _lines_of(node: Node, text: str) -> tuple[int, int]:
    """The whole lines that a list member stands on, from its dash to its last value."""
    start = _line_start(text, _dash(node, text))
    last = _last(node)
    at = last.end_mark.index
    if at and text[at - 1] == "\n" and at > last.start_mark.index:
        return start, at
    end = text.find("\n", at)
    return start, len(text) if end < 0 else end + 1


def _last(node: Node) -> Node:
    import yaml

    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        node = node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]
    return node


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _after_key(text: str, at: int) -> int:
    """Start of the first comment or blank line above the list's first member (all of them lie below its key)."""
    while at > 0:
        above = _line_start(text, at - 1)
        line = text[above:at].strip()
        if line and not line.startswith("#"):
            break
        at = above
    return at


def reindented(text: str, by: int) -> str:
    """Whole lines moved by `by` columns; blank lines and lines that lack the room stay."""
    if by >= 0:
        return re.sub(r"(?m)^(?=[^\r\n])", " " * by, text)
    return re.sub(rf"(?m)^ {{{-by}}}", "", text)
