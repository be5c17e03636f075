"""Attributes of tags and titles of links that readers read: where they stand in a text.

`<Note title="Take care">`, `<img alt="A hive">`, `[x](y "A title")`: tag and address are for programs, the value
is language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from amts_action.documents.inline import Token, tokens
from amts_action.documents.model import Span

__all__ = [
    "LANGUAGE",
    "Tag",
    "Value",
    "attributes_of",
    "readable_values",
    "tag_names",
    "tags_of",
    "titles_in",
    "with_titles",
]

LANGUAGE = frozenset(
    "alt title summary label caption header heading subtitle description placeholder aria-label tooltip message text "
    "tabtitle tab-title tagline fig-cap figcap sub-title name-label".split()
)
"""Attributes whose value is for readers, in elements of HTML, components and shortcodes; lower case."""
_IN_SHORTCODES = LANGUAGE | {"content", "body", "quote"}

_TAG = re.compile(r"<(?P<name>[A-Za-z][\w.:-]*)(?P<body>(?:\"[^\"]*\"|'[^']*'|\{[^{}]*\}|[^\"'<>{}])*)>")
_SHORTCODE = re.compile(
    r"\{\{[<%]\s*(?P<name>[\w/-]+)(?P<body>[^\n]*?)[>%]\}\}|\{%\s*(?P<liquid>[\w/-]+)(?P<rest>[^\n]*?)%\}"
)
_ATTRIBUTE = re.compile(
    r"(?P<key>[\w:@.-]+)\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"'=<>`{}]+))"
)


_LINK_TITLE = re.compile(r"\s(?:\"([^\"]*)\"|'([^']*)')\s*\)(?:\{[^{}\n]*\})?\Z")


class Value(NamedTuple):
    """The value of an attribute, with where it stands in the text, quotes left out."""

    key: str
    start: int
    end: int
    text: str
    outer: Span
    """The whole attribute: key, sign and quotes."""


class Tag(NamedTuple):
    """An opening tag or shortcode."""

    name: str
    start: int
    end: int
    values: tuple[Value, ...]


def attributes_of(text: str, offset: int = 0) -> tuple[Value, ...]:
    """The attributes in the inside of a tag that starts at `offset` of the whole."""
    out = []
    for m in _ATTRIBUTE.finditer(text):
        group = next(g for g in ("double", "single", "bare") if m.group(g) is not None)
        outer = Span(*m.span()).shifted(offset)
        out.append(Value(m.group("key"), m.start(group) + offset, m.end(group) + offset, m.group(group), outer))
    return tuple(out)


def tags_of(text: str) -> list[Tag]:
    """The opening tags and the shortcodes of a text, in order."""
    found = []
    for pattern in (_TAG, _SHORTCODE):
        for m in pattern.finditer(text):
            part = "body" if m.group("name") is not None else "rest"
            name = m.group("name") or m.groupdict().get("liquid") or ""
            found.append(Tag(name, m.start(), m.end(), attributes_of(m.group(part), m.start(part))))
    return sorted(found, key=lambda tag: tag.start)


_ANY_TAG = re.compile(
    r"<(?P<slash>/?)(?P<name>[A-Za-z][\w.:-]*)(?:\"[^\"]*\"|'[^']*'|\{[^{}]*\}|[^\"'<>{}])*?(?P<self>/?)>"
)
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
"""Elements of HTML that have no closing tag (HTML standard, 13.1.2)."""


def tag_names(text: str) -> list[str]:
    """The names of the tags that open or close something, in order; closing ones with a `/` before them."""
    found = (m for m in _ANY_TAG.finditer(text) if not m.group("self") and m.group("name").lower() not in _VOID)
    return [m.group("slash") + m.group("name") for m in found]


def titles_in(text: str) -> list[str]:
    """What readers read of the spans of a text that travel as they are: titles of links, values of tags' attributes."""
    out = []
    for token in tokens(text):
        if token.type == "close" and token.kind in ("link", "image"):
            m = _LINK_TITLE.search(token.raw)
            out += [m.group(1) or m.group(2)] if m and re.search(r"[^\W\d_]", m.group(1) or m.group(2) or "") else []
        elif token.kind in ("html", "substitution"):
            out += [value.text for value in readable_values(token.raw)]
    return out


def with_titles(text: str, titles: Mapping[str, str]) -> str:
    """A text with those titles and values in other words."""
    if not titles:
        return text
    return "".join(_retitled(token, titles) for token in tokens(text))


def _retitled(token: Token, titles: Mapping[str, str]) -> str:
    if token.type == "close" and token.kind in ("link", "image"):
        m = _LINK_TITLE.search(token.raw)
        old = (m.group(1) or m.group(2) or "") if m else ""
        if m and old in titles:
            at = m.start(1) if m.group(1) is not None else m.start(2)
            return token.raw[:at] + _quotable(titles[old]) + token.raw[at + len(old) :]
    elif token.kind in ("html", "substitution"):
        raw = token.raw
        for value in reversed(readable_values(raw)):
            if value.text in titles:
                raw = raw[: value.start] + _quotable(titles[value.text]) + raw[value.end :]
        return raw
    return token.raw


def _quotable(text: str) -> str:
    """A text that may stand between straight quotes and in a tag."""
    return re.sub(r'"', "”", text.replace("'", "’")).replace("<", "‹").replace(">", "›")


def readable_values(text: str) -> list[Value]:
    """The values that readers read and that hold words, in order."""
    return [
        value
        for tag in tags_of(text)
        for value in tag.values
        if value.key.lower() in (LANGUAGE if text[tag.start] == "<" else _IN_SHORTCODES)
        and re.search(r"[^\W\d_]", value.text)
    ]
