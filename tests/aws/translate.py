"""How the server "translates": every text gets a mark that says what was used, and everything else comes back.

A text or a block of HTML becomes `⟦zh⟧Its text`; with parallel data `⟦zh·act⟧`, and a stretch of text that the
parallel data know word for word becomes their translation; terms of the terminology are replaced. What is in an element
with `translate="no"` comes back as it is, though perhaps elsewhere: spans move with the word order.
https://docs.aws.amazon.com/translate/latest/dg/customizing-translations-tags.html
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Manners = Literal["honest", "move", "drop", "double", "alter", "space", "garble", "unquote"]
"""What happens to the no-translate spans: nothing; the first one goes to the end of its block; it is lost; it comes
twice; its content changes; blanks get in; Amazon's `‹DNT_0` garbage (seen in the field); attributes without quotes."""

TAG = re.compile(r"<!--.*?-->|<![^>]*>|<(/?)([A-Za-z][\w:-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>", re.S)
BLOCKS = frozenset("p div li td th h1 h2 h3 h4 h5 h6 body html head title dd dt caption".split())
VOID = frozenset("br img hr meta link input".split())
NO = re.compile(r"""\btranslate\s*=\s*["']?no\b""", re.I)


@dataclass(frozen=True)
class Way:
    """What a translation is made with."""

    target: str
    terms: Mapping[str, str] = field(default_factory=dict)
    examples: Mapping[str, str] = field(default_factory=dict)
    """Parallel data of this target language: source → translation."""
    is_act: bool = False
    """Parallel data are in use."""
    manners: Manners = "honest"

    @property
    def mark(self) -> str:
        """What stands before every text."""
        return f"⟦{self.target}·act⟧" if self.is_act else f"⟦{self.target}⟧"


@dataclass
class Outcome:
    """A translation and what was used for it."""

    text: str
    terms: dict[str, str] = field(default_factory=dict)
    characters: int = 0
    """Of the text that was translated."""


def fragment(text: str, way: Way) -> Outcome:
    """One text, perhaps with tags in it: TranslateText."""
    out = Outcome("")
    out.text = _block(text, way, out)
    return out


def document(text: str, way: Way) -> Outcome:
    """A document of type text/html: only what is inside `html` is translated, block by block."""
    out = Outcome("")
    start = re.search(r"<html\b[^>]*>", text, re.I)
    end = re.search(r"</html\s*>", text, re.I)
    if start is None or end is None:
        out.text = text
        return out
    parts = [text[: start.end()]]
    inner, at, begin = text[start.end() : end.start()], 0, 0
    for tag in TAG.finditer(inner):
        name = (tag.group(2) or "").lower()
        if name in BLOCKS or not name:
            parts += [_block(inner[begin : tag.start()], way, out), tag.group()]
            begin = tag.end()
        at = tag.end()
    parts += [_block(inner[begin:], way, out), text[end.start() :]]
    assert at <= len(inner)
    out.text = "".join(parts)
    return out


def plain(text: str, way: Way) -> Outcome:
    """A document of type text/plain: line by line."""
    out = Outcome("")
    out.text = "".join(_block(line, way, out, is_html=False) for line in text.splitlines(keepends=True))
    return out


def _block(text: str, way: Way, out: Outcome, *, is_html: bool = True) -> str:
    """One unit of translation."""
    pieces = _pieces(text) if is_html else [(text, True)]
    words = [piece for piece, is_text in pieces if is_text]
    if not any(c.isalpha() for piece in words for c in html.unescape(piece)):
        return text
    out.characters += sum(len(html.unescape(piece)) for piece in words)
    done, marked = [], False
    for piece, is_text in pieces:
        if not is_text or not piece.strip():
            done.append(piece)
            continue
        new = _words(piece, way, out, is_html=is_html)
        if not marked:
            lead = len(new) - len(new.lstrip())
            new, marked = new[:lead] + way.mark + new[lead:], True
        done.append(new)
    return _mannered("".join(done), way.manners)


def _pieces(text: str) -> list[tuple[str, bool]]:
    """The text in pieces, and which are to be translated; an element with translate="no" is one piece."""
    out: list[tuple[str, bool]] = []
    at = 0
    while (tag := TAG.search(text, at)) is not None:
        if tag.start() > at:
            out.append((text[at : tag.start()], True))
        end = tag.end()
        name = (tag.group(2) or "").lower()
        if name and not tag.group(1) and name not in VOID and NO.search(tag.group(3)):
            end = _close(text, name, end)
        out.append((text[tag.start() : end], False))
        at = end
    return [*out, (text[at:], True)] if at < len(text) else out


def _close(text: str, name: str, at: int) -> int:
    """Offset after the end tag that belongs to a tag of that name before `at`."""
    depth = 1
    for tag in TAG.finditer(text, at):
        if (tag.group(2) or "").lower() == name:
            depth += -1 if tag.group(1) else 1
            if not depth:
                return tag.end()
    return len(text)


def _words(piece: str, way: Way, out: Outcome, *, is_html: bool) -> str:
    raw = html.unescape(piece) if is_html else piece
    core = " ".join(raw.split())
    if core in way.examples:
        new = raw.replace(raw.strip(), way.examples[core])
    else:
        new = raw
        for source, target in way.terms.items():
            pattern = rf"(?<!\w){re.escape(source)}(?!\w)"
            if re.search(pattern, new):
                new = re.sub(pattern, lambda _, t=target: t, new)
                out.terms[source] = target
    return html.escape(new, quote=False) if is_html else new


def _mannered(text: str, manners: Manners) -> str:
    """What a service may do to the first no-translate span of a block."""
    if manners == "honest":
        return text
    if manners == "unquote":
        return re.sub(r'<(\w+)((?: [\w-]+="[\w-]+")+)>', lambda m: f"<{m[1]}{m[2].replace(chr(34), '')}>", text)
    found = next((p for p, is_text in _pieces(text) if not is_text and NO.search(p)), "")
    if not found:
        return text
    if manners == "move":
        rest = text.replace(found, "", 1)
        depth = [p for p, is_text in _pieces(rest) if not is_text and not NO.search(p)]
        return rest.rstrip() + found if not depth and text.count("|</span>") < 1 else text
    changed = {
        "drop": "",
        "double": found + found,
        "alter": re.sub(r">([^<]*)<", lambda m: f">{m[1]}x<", found, count=1),
        "space": re.sub(r">([^<]*)<", lambda m: f"> {m[1]} <", found, count=1),
        "garble": "‹DNT_0 ",
    }
    return text.replace(found, changed[manners], 1)
