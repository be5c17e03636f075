"""Web pages as blocks of prose.

Read with lxml (libxml2) as a stream of tags: no tree is built, and hostile pages take linear time, which the standard
library's parser does not (60 kB of `<a ` took it a minute). What is no prose goes: navigation, forms, scripts, hidden
parts, the marks of footnotes. Where a page has a `main` part, only that counts. Programs stay as blocks of code and
formulas as `$…$`: they lead the alignment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal, TypeVar

from amts_action.corpora.model import CorpusPage, Link, block
from amts_action.corpora.reading.plain import marked
from amts_action.documents.model import Block, Kind
from amts_action.errors import InputError

__all__ = ["read_html"]

DEEPEST = 1_000
"""Tags inside each other: libxml2 looks through all of them for what a closing tag closes."""
MOST_BLOCKS = 10_000
"""Two pages of so many take the alignment a minute."""
LONGEST_BLOCK = 20_000
"""Characters; what is longer is no paragraph (data, a page without tags), and is left out."""
_MOST_LINKS = 400
"""Links to translations, pictures and other sites that are looked at."""

_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol p pre section summary table tbody td "
    "tfoot th thead tr ul".split()
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_DROPPED = frozenset(
    "audio button canvas dialog embed footer form iframe map nav noscript object rp rt script select style svg "
    "template textarea video".split()
)
_NO_PROSE = frozenset(
    "headerlink mw-editsection navbox toc noprint sr-only visually-hidden breadcrumb breadcrumbs reference".split()
)
"""Classes that Sphinx, MediaWiki and Bootstrap give to what is not part of the text."""
_HIDDEN = re.compile(r"display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden", re.IGNORECASE)
_CODE = frozenset({"code", "kbd", "samp", "tt", "var"})
_TEX_MARK = re.compile(r"\\[()\[\]]")
_TEX_CLOSE = {"\\(": "\\)", "\\[": "\\]"}
_LONGEST_TEX = 5_000
_STYLED = re.compile(r"\{\\(?:displaystyle|textstyle)\s+(.*)\}\Z", re.DOTALL)
_SPACE = re.compile(r"[ \t\r\f\n\u00a0]+")
_PART = Literal["text", "code", "math", "break"]
_T = TypeVar("_T")


def read_html(text: str, *, where: str) -> CorpusPage:
    """The prose of a web page.

    Raises:
        InputError: tags are nested more than `DEEPEST` deep, or it has more than `MOST_BLOCKS` blocks.
    """
    from lxml import etree

    reader = _HtmlEvents(where)
    parser = etree.HTMLParser(target=reader, encoding="utf-8", huge_tree=True, recover=True, no_network=True)
    try:
        for line in text.replace("\0", "").splitlines(keepends=True) or [" "]:
            parser.feed(line.encode("utf-8", "replace"))
            reader.line += 1
        parser.close()
    except etree.LxmlError as error:  # an empty page has no root element
        if reader.blocks:
            raise InputError("cannot be read as HTML", where=where) from error
    return reader.page()


class _HtmlEvents:
    """Takes lxml's events; `page` gives what was read."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.line, self.first = 1, 1
        self.title, self.lang = "", ""
        self.blocks: list[tuple[Block, int, bool]] = []
        self.links: list[Link] = []
        self.outside: list[str] = []
        self.parts: list[tuple[_PART, str]] = []
        self.has_text = False
        self.kinds: list[Kind] = ["paragraph"]
        self.depth = self.dropped = self.main = self.lists = self.code = 0
        self.taken: str | None = None
        """What the text belongs to that is gathered in `held`: `title`, `pre`, `math`, a program in a script."""
        self.taken_at = 0
        self.held: list[str] = []
        self.tex = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An opening tag."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise InputError(f"tags are nested more than {DEEPEST} deep", where=self.where)
        self._notice(tag, attributes)
        if tag in _BLOCKS and not self.taken:
            self._flush()
        if tag == "title" and not self.title and not self.taken:
            self._take("title")
        elif self.dropped or self.taken:
            if (
                tag == "annotation"
                and self.taken == "math"
                and "tex" in attributes.get("encoding", "")
                and not self.tex
            ):
                self.held, self.tex = [], "annotation"
        elif tag == "math" and not _is_hidden(attributes):
            self._take("math")
            self.tex = attributes.get("alttext", "")
        elif tag == "script" and attributes.get("type", "").startswith("math/tex"):
            self._take("math")
        elif tag in _DROPPED or (tag not in ("html", "body") and _is_hidden(attributes)):
            self.dropped = self.depth
        elif tag == "pre":
            self._take("pre")
        elif tag == "br":
            self.parts.append(("break", ""))
        elif tag == "img" and {
            "mwe-math-fallback-image-inline",
            "mwe-math-fallback-image-display",
            "tex",
            "latex",
        } & set(attributes.get("class", "").split()):
            self._formula(attributes.get("alt", ""))
        elif tag in _CODE:
            self.code += 1
        elif tag in ("ul", "ol", "dl"):
            self.lists += 1
        elif tag in ("li", "dd", "dt"):
            self.kinds.append("list_item")
        elif tag in _HEADINGS:
            self.kinds.append("heading")
        if tag == "main" or attributes.get("role") == "main":
            self.main = self.main or self.depth

    def end(self, tag: str) -> None:
        """A closing tag, or where libxml2 supplies one."""
        depth, self.depth = self.depth, self.depth - 1
        if self.taken:
            if self.tex == "annotation" and tag == "annotation":
                self.tex = "".join(self.held)
            if depth == self.taken_at:
                self._taken()
            return
        if self.dropped:
            if depth == self.dropped:
                self.dropped = 0
        else:
            if tag in _BLOCKS:
                self._flush(tag)
            if tag in _CODE:
                self.code = max(0, self.code - 1)
            elif tag in ("ul", "ol", "dl"):
                self.lists = max(0, self.lists - 1)
            elif tag in ("li", "dd", "dt") or tag in _HEADINGS:
                self.kinds = self.kinds[:-1] or ["paragraph"]
        if depth == self.main:
            self.main = 0

    def data(self, text: str) -> None:
        """Text."""
        if self.taken:
            self.held.append(text)
        elif not self.dropped:
            if not self.has_text:
                self.first = self.line
                self.has_text = not text.isspace()
            self.parts.append(("code" if self.code else "text", text))

    def comment(self, text: str) -> None:
        """Nothing."""

    def close(self) -> None:
        """The end."""
        self._flush()

    def _notice(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Language, links and pictures, which count wherever they are."""
        if tag == "html":
            self.lang = attributes.get("lang", "") or attributes.get("xml:lang", "")
        elif tag in ("link", "a") and "hreflang" in attributes:
            if tag == "a" or "alternate" in attributes.get("rel", "").lower().split():
                _add(self.links, Link(attributes["hreflang"].strip(), attributes.get("href", "").strip()))
        elif self.dropped:
            return
        elif tag == "a" and re.match(r"https?://", attributes.get("href", "")):
            _add(self.outside, attributes["href"].strip())
        elif tag == "img" and attributes.get("src") and not attributes["src"].startswith("data:"):
            _add(self.outside, re.split(r"[?#]", attributes["src"])[0].rsplit("/", 1)[-1])

    def _take(self, what: str) -> None:
        self.taken, self.taken_at, self.held, self.tex = what, self.depth, [], ""
        self.first = self.line if what == "pre" else self.first

    def _taken(self) -> None:
        text, what, self.taken = "".join(self.held), self.taken, None
        if what == "title":
            self.title = " ".join(text.split())
        elif what == "math":
            self._formula(self.tex or "".join(text.split()))
        elif text.strip():
            self._add(block("code", text.strip("\r\n").replace("\r\n", "\n")[:LONGEST_BLOCK]))

    def _formula(self, tex: str) -> None:
        tex = _STYLED.sub(r"\1", " ".join(tex.split())).strip("$ ")
        if tex and self.parts[-1:] != [("math", tex)]:  # MediaWiki has a picture beside the formula
            self.parts.append(("math", tex))

    def _flush(self, closed: str = "") -> None:
        """The end of a block: what was gathered becomes one, or several where two line breaks follow each other."""
        parts, self.parts, self.has_text = self.parts, [], False
        if not any(text.strip() for _, text in parts):
            return
        kind, runs, blank = self.kinds[-1], [[]], False  # type: tuple[Kind, list[list[tuple[_PART, str]]], bool]
        for part in parts:
            if part[0] != "break":
                runs[-1].append(part)
                blank = blank and not part[1].strip()
            elif blank:
                runs.append([])
            else:
                blank = True
                runs[-1].append(("text", "\n"))
        for run in runs:
            if sum(len(text) for _, text in run) > 2 * LONGEST_BLOCK:
                continue
            text = _text(run)
            if text and len(text) <= LONGEST_BLOCK and "\ufffd" not in text:
                display = re.fullmatch(r"\$(?!\$)[^$]+\$[.,;]?", text) and kind == "paragraph"
                level = int(closed[1]) if kind == "heading" and closed[1:].isdigit() else self.lists
                self._add(block("math" if display else kind, text, level if kind != "paragraph" else 0))
        if kind == "list_item":  # its further paragraphs are ordinary ones
            self.kinds[-1] = "paragraph"

    def _add(self, new: Block) -> None:
        if len(self.blocks) >= MOST_BLOCKS:
            raise InputError(f"more than {MOST_BLOCKS} blocks", where=self.where)
        self.blocks.append((new, self.first, bool(self.main)))

    def page(self) -> CorpusPage:
        """What was read."""
        only = any(main and b.is_prose for b, _, main in self.blocks)
        kept = [(b, line) for b, line, main in self.blocks if main or not only]
        title = self.title or next((b.text for b, _ in kept if b.kind == "heading"), "")
        blocks, lines = tuple(b for b, _ in kept), tuple(line for _, line in kept)
        return CorpusPage(title, self.lang.strip(), blocks, lines, tuple(self.links), tuple(self.outside))


def _add(found: list[_T], item: _T) -> None:
    if len(found) < _MOST_LINKS:
        found.append(item)


def _is_hidden(attributes: Mapping[str, str]) -> bool:
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or attributes.get("role") in ("navigation", "search", "contentinfo")
        or _HIDDEN.search(attributes.get("style", "")) is not None
        or not _NO_PROSE.isdisjoint(attributes.get("class", "").split())
    )


def _text(parts: list[tuple[_PART, str]]) -> str:
    """The inline markdown of the parts of a block."""
    out: list[str] = []
    held: list[str] = []
    last: _PART = "text"
    for kind, text in [*parts, ("break", "")]:
        if held and kind != last:
            out.append(_piece(last, "".join(held)))
            held = []
        held.append(text)
        last = kind
    return "".join(out).strip()


def _piece(kind: _PART, text: str) -> str:
    text = _SPACE.sub(lambda m: "\n" if "\n" in m.group() else " ", text)
    if kind == "text":
        pieces, at = [], 0
        for start, end in _formulas(text):
            pieces += [marked(text[at:start]), _math(text[start + 2 : end - 2])]
            at = end
        return "".join([*pieces, marked(text[at:])])
    if kind == "math":
        return _math(text)
    bare = " ".join(text.split())
    if not bare or "`" in bare:
        return marked(text)
    return f"{text[: len(text) - len(text.lstrip())]}`{bare}`{text[len(text.rstrip()) :]}"


def _formulas(text: str) -> Iterator[tuple[int, int]]:
    """Where there is `\\(…\\)` or `\\[…\\]`, as MathJax takes it."""
    opened: re.Match[str] | None = None
    for mark in _TEX_MARK.finditer(text):
        if mark.group() in _TEX_CLOSE:
            opened = mark
        elif opened and mark.group() == _TEX_CLOSE[opened.group()] and mark.start() - opened.end() <= _LONGEST_TEX:
            yield opened.start(), mark.end()
            opened = None


def _math(tex: str) -> str:
    tex = " ".join(tex.split())
    return f"${tex}$" if tex and "$" not in tex else marked(tex)
