"""Ids of headings, as the builders of books make them, and what a `#fragment` of a page leads to.

Sources: github-slugger (GitHub, Docusaurus, Starlight, MyST's `myst_heading_anchors`), @mdit-vue/shared (VitePress),
pandoc's manual, `auto_identifiers` (Quarto), Python-Markdown's toc extension (mkdocs), docutils.nodes.make_id, Jupyter
(the heading with hyphens for blanks).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

from amts_action.documents.inline import tokens
from amts_action.documents.model import Document

__all__ = ["RULES", "Anchors", "likely_rules", "links_elsewhere", "links_in"]


def _github(text: str) -> str:
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def _vitepress(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not "\u0300" <= c <= "\u036f")
    dashed = re.sub(r"-{2,}", "-", re.sub(r"[\s~`!@#$%^&*()\-_+=[\]{}|\\;:\"'“”‘’<>,.?/]+", "-", plain)).strip("-")
    return re.sub(r"^(\d)", r"_\1", dashed).lower()


def _pandoc(text: str) -> str:
    kept = re.sub(r"\s+", "-", re.sub(r"[^\w\s.-]", "", text.lower()).strip())
    start = re.search(r"[^\W\d_]", kept)
    return kept[start.start() :] if start else "section"


def _mkdocs(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())


def _docutils(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"^[-0-9]+|-+$", "", re.sub(r"[^a-z0-9]+", "-", " ".join(plain.split())))


def _jupyter(text: str) -> str:
    return text.strip().replace(" ", "-")


RULES: dict[str, tuple[Callable[[str], str], str]] = {
    "github": (_github, "-"),
    "vitepress": (_vitepress, "-"),
    "pandoc": (_pandoc, "-"),
    "mkdocs": (_mkdocs, "_"),
    "docutils": (_docutils, "-"),
    "jupyter": (_jupyter, ""),
}
"""How a builder makes an id of a heading's words, and what it puts before the number of one that comes again."""

_EXPLICIT = re.compile(
    r"\{:?[^{}\n]*?\#([\w:.-]+)[^{}\n]*\}|\{/\*\s*\#?([\w:.-]+)\s*\*/\}|^[\s>]*\(([^()\s]+)\)=[ \t]*$"
    r"|<[A-Za-z][^<>]*?\s(?:id|name)=[\"']([^\"']+)[\"']|^[\s>]*:(?:name|label):[ \t]+(\S+)"
    r"|:(?:label|eqlabel):`([^`]+)`|^[\s>]*\[\^([^\]\s]+)\]:",
    re.M,
)
_HREF = re.compile(r"(?:\]\(\s*<?|href\s*=\s*[\"'])#(?P<fragment>[^\s\"'<>()]+)")


_ELSEWHERE = re.compile(r"(?:\]\(\s*<?|href\s*=\s*[\"'])(?P<page>[^\s\"'<>()#:]+)#(?P<fragment>[^\s\"'<>()]+)")


def _words(heading: str) -> str:
    """What a reader sees of a heading."""
    return "".join(_shown(token.kind, token.raw) for token in tokens(heading) if token.type in ("text", "span"))


def _shown(kind: str, raw: str) -> str:
    if kind == "code":
        return raw.strip("`")
    if kind in ("html", "label", "attributes", "footnote"):
        return ""
    return raw.strip("$") if kind == "math" else raw[1:] if kind == "escape" else raw


def links_in(text: str) -> list[tuple[int, int, str]]:
    """Links to a place of the same page: start and end of the fragment, without `#`, and the fragment decoded."""
    return [(*m.span("fragment"), unquote(m.group("fragment"))) for m in _HREF.finditer(text)]


def links_elsewhere(text: str) -> list[tuple[int, int, str, str]]:
    """Links to a place of another page of the book: as `links_in`, the page as it is written before the fragment."""
    return [(*m.span("fragment"), m.group("page"), unquote(m.group("fragment"))) for m in _ELSEWHERE.finditer(text)]


@dataclass(frozen=True)
class Anchors:
    """The places of one document that a link may lead to."""

    document: Document

    @cached_property
    def explicit(self) -> frozenset[str]:
        """Ids that somebody has written: in attributes, labels, tags, options."""
        return frozenset(name for m in _EXPLICIT.finditer(self.document.text) for name in m.groups() if name)

    @cached_property
    def headings(self) -> tuple[int, ...]:
        """Indexes of the blocks that are headings."""
        return tuple(k for k, block in enumerate(self.document.blocks) if block.kind == "heading")

    @cached_property
    def slugs(self) -> dict[str, dict[int, str]]:
        """By the name of a rule, by heading, the id that it gets."""
        words = {k: _words(self.document.blocks[k].text) for k in self.headings}
        out: dict[str, dict[int, str]] = {}
        for name, (rule, sign) in RULES.items():
            seen: Counter[str] = Counter()
            out[name] = {}
            for k, text in words.items():
                slug = rule(text)
                out[name][k] = f"{slug}{sign}{seen[slug]}" if seen[slug] and sign else slug
                seen[slug] += 1
        return out

    def heading(self, fragment: str, rules: tuple[str, ...]) -> tuple[str, int] | None:
        """The heading that a fragment leads to, by the first of the rules that tells it; None when none does."""
        for name in rules:
            for exactly in (True, False):
                for k, slug in self.slugs[name].items():
                    if slug and (slug == fragment or (not exactly and slug.lower() == fragment.lower())):
                        return name, k
        return None

    def leads(self, fragment: str, rules: tuple[str, ...]) -> bool:
        """Whether there is such a place."""
        return fragment in self.explicit or self.heading(fragment, rules) is not None


def likely_rules(*sides: Anchors) -> tuple[str, ...]:
    """The rules, those first that make the most links of these documents lead somewhere: a book has one builder."""
    counts: Counter[str] = Counter()
    for side in sides:
        for _, _, fragment in links_in(side.document.text):
            if fragment not in side.explicit:
                counts.update(name for name in RULES if fragment in side.slugs[name].values())
    order = list(RULES)
    return tuple(sorted(order, key=lambda name: (-counts[name], order.index(name))))
