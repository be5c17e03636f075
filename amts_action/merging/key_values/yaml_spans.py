"""YAML as a tree with places. PyYAML parses; only its marks are used, so that what is not touched keeps its bytes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from amts_action.merging.key_values.tree import KeyEntry, Listing, Mapping, Scalar, Value, written

if TYPE_CHECKING:
    import yaml

__all__ = ["has_double_keys", "read_yaml"]

_STYLES = {None: "plain", "": "plain", "'": "single", '"': "double", "|": "literal", ">": "folded"}


def read_yaml(text: str) -> Mapping | None:
    """The tree of a YAML mapping; None when the text is none, or holds a key twice."""
    import yaml

    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    if node is None and not re.search(r"^[^#\s]", text, re.M):
        return Mapping((), text)
    if not isinstance(node, yaml.MappingNode) or node.flow_style or _doubled(node):
        return None
    tree, end = _mapping(text, node, 0)
    found = Mapping(tree.entries, tree.rest + text[end:])
    return found if written(found) == text else None


def has_double_keys(text: str) -> bool:
    """Whether any mapping of a YAML text has a key twice."""
    import yaml

    return any(_doubled(node) for node in yaml.compose_all(text, Loader=yaml.SafeLoader) if node is not None)


def _doubled(node: yaml.Node) -> bool:
    import yaml

    if isinstance(node, yaml.MappingNode):
        keys = [k.value for k, _ in node.value if isinstance(k, yaml.ScalarNode)]
        return len(set(keys)) < len(keys) or any(_doubled(v) for _, v in node.value)
    return isinstance(node, yaml.SequenceNode) and any(_doubled(v) for v in node.value)


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    """Offset behind the newline of the line that `at` is in."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _mapping(text: str, node: yaml.MappingNode, at: int) -> tuple[Mapping, int]:
    """The tree of a block mapping whose first line starts at or after `at`, and where it ends."""
    entries = []
    for key, value in node.value:
        start = _line_start(text, key.start_mark.index)
        if start < at:
            start = at  # the first key of a list item stands behind the dash
        entry, at = _entry(text, str(key.value), start, at, value)
        entries.append(entry)
    return Mapping(tuple(entries)), at


def _listing(text: str, node: yaml.SequenceNode, at: int) -> tuple[Listing, int]:
    entries = []
    for value in node.value:
        dash = text.rfind("-", at, value.start_mark.index)
        start = max(at, _line_start(text, dash))
        entry, at = _entry(text, "-", start, at, value)
        entries.append(entry)
    return Listing(tuple(entries)), at


def _entry(text: str, key: str, start: int, at: int, node: yaml.Node) -> tuple[KeyEntry, int]:
    """The entry of a key whose line starts at `start`; what stands between `at` and there is above it."""
    import yaml

    before = text[at:start]
    first = node.start_mark.index
    if isinstance(node, yaml.MappingNode | yaml.SequenceNode) and not node.flow_style and node.value:
        inner: Value
        if isinstance(node, yaml.MappingNode):
            own_line = text[_line_start(text, first) : first].strip() == ""
            begin = _line_start(text, first) if own_line else first
            begin = max(begin, start)
            above = _line_end(text, start)
            if own_line:
                begin = above
            inner, end = _mapping(text, node, begin)
        else:
            begin = _line_end(text, start)
            inner, end = _listing(text, node, begin)
        return KeyEntry(key, before, text[start:begin], inner, ""), end
    raw, stop = _scalar(text, node)
    end = stop if raw.endswith("\n") or stop == len(text) else _line_end(text, stop)
    style = _STYLES.get(getattr(node, "style", None), "opaque") if isinstance(node, yaml.ScalarNode) else "opaque"
    says = str(node.value) if isinstance(node, yaml.ScalarNode) else raw
    indent = ""
    if style in ("literal", "folded"):
        m = re.search(r"\n([ \t]+)\S", raw)
        indent = m.group(1) if m else "  "
    return KeyEntry(key, before, text[start:first], Scalar(raw, says, style, indent), text[stop:end]), end


def _scalar(text: str, node: yaml.Node) -> tuple[str, int]:
    """A scalar's text and where it ends, without the blank lines behind a block scalar."""
    start, stop = node.start_mark.index, node.end_mark.index
    raw = text[start:stop]
    if getattr(node, "style", None) in ("|", ">"):
        body = raw.rstrip(" \t\n")
        return body, start + len(body)
    return raw, stop
