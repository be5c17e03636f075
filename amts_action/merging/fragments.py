"""Links to headings: none that worked may die through us.

A heading's id is made of its words, so the translation's headings have other ids than the English ones. A new text
brings the English `#fragment`, which is led to the translated heading; and where a heading of the translation gets new
words, the links to it follow. Links that lead somewhere stay as they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import quote

from amts_action.documents.model import Document, Span
from amts_action.documents.slugs import Anchors, likely_rules, links_elsewhere, links_in
from amts_action.merging.planning.steps import Plan
from amts_action.merging.splice import Assembled

__all__ = ["Links", "follow", "links_of"]


@dataclass(frozen=True, slots=True)
class Links:
    """What became of the links of a page to its own places."""

    done: Assembled
    alive: Counter[str]
    """How many should lead somewhere (`in`), and how many do (`out`)."""
    dead: dict[int, tuple[str, ...]]
    """By step, the fragments that lead nowhere now."""


@dataclass(frozen=True)
class _OutputPage:
    """The output, with the English and the old translation beside it."""

    plan: Plan
    done: Assembled
    written: Document

    @cached_property
    def head(self) -> Anchors:
        return Anchors(self.plan.head)

    @cached_property
    def target(self) -> Anchors:
        return Anchors(self.plan.target)

    @cached_property
    def output(self) -> Anchors:
        return Anchors(self.written)

    @cached_property
    def rules(self) -> tuple[str, ...]:
        return likely_rules(self.target, self.head)

    @cached_property
    def block_at(self) -> Mapping[int, int]:
        """Start of a block of the output to its index."""
        return {block.outer.start: k for k, block in enumerate(self.written.blocks)}

    @cached_property
    def of_head(self) -> dict[int, int]:
        """Head block to block of the output."""
        return self._places([item.head for item in self.done.items])

    @cached_property
    def of_target(self) -> dict[int, int]:
        """Target block to block of the output."""
        return self._places([item.old for item in self.done.items])

    def _places(self, names: list[int | None]) -> dict[int, int]:
        found = zip(names, self.done.spans, strict=True)
        return {n: self.block_at[s.start] for n, s in found if n is not None and s.start in self.block_at}

    def now(self, fragment: str, *, is_new: bool) -> str | None:
        """What a fragment should be in the output: itself when it leads somewhere; None when nothing is known of it."""
        if self.output.leads(fragment, self.rules):
            return fragment
        ways = [(self.target, self.of_target), (self.head, self.of_head)]
        for anchors, places in ways if is_new else ways[:1]:
            found = anchors.heading(fragment, self.rules) if fragment not in anchors.explicit else None
            if found is not None and found[1] in places:
                return self.output.slugs[found[0]].get(places[found[1]]) or None
        return None

    def was_alive(self, fragment: str, *, is_new: bool) -> bool:
        """Whether a fragment of the English (in a new text) or of the translation led somewhere."""
        return self.target.leads(fragment, self.rules) or (is_new and self.head.leads(fragment, self.rules))


def follow(plan: Plan, done: Assembled, written: Document) -> Links:
    """The output with its links led to where their headings are now.

    Args:
        written: the output, parsed.
    """
    if not links_in(done.text) and not plan.elsewhere:
        return Links(done, Counter(), {})
    page = _OutputPage(plan, done, written)
    counts: Counter[str] = Counter()
    dead: dict[int, tuple[str, ...]] = {}
    edits: list[tuple[int, int, str]] = []
    for item, span in zip(done.items, done.spans, strict=True):
        block = page.block_at.get(span.start)
        if block is None or written.blocks[block].kind in ("code", "math", "front_matter"):
            continue
        for start, end, there, fragment in links_elsewhere(span.of(done.text)) if plan.elsewhere and item.text else ():
            if (own := plan.elsewhere.get((there, fragment))) is not None:
                edits.append((span.start + start, span.start + end, _as_written(own)))
        for start, end, fragment in links_in(span.of(done.text)):
            is_new = item.text is not None
            now = page.now(fragment, is_new=is_new)
            if now is not None and now != fragment:
                edits.append((span.start + start, span.start + end, _as_written(now)))
            if page.was_alive(fragment, is_new=is_new):
                counts["in"] += 1
                counts["out"] += now is not None
                if now is None and item.step is not None:
                    dead[item.step] = (*dead.get(item.step, ()), fragment)
    return Links(_edited(done, sorted(edits)), counts, dead)


def _as_written(fragment: str) -> str:
    """A fragment that may stand in a link: brackets and blanks would end it."""
    return re.sub(r"[\s()<>\"'%]", lambda m: quote(m.group()), fragment)


def _edited(done: Assembled, edits: list[tuple[int, int, str]]) -> Assembled:
    """The output with some ranges replaced; each lies within one item."""
    if not edits:
        return done
    out, at = [], 0
    for start, end, new in edits:
        out += [done.text[at:start], new]
        at = end
    text = "".join([*out, done.text[at:]])

    def moved(offset: int) -> int:
        return offset + sum(len(new) - (end - start) for start, end, new in edits if end <= offset)

    spans = [Span(moved(s.start), moved(s.end)) for s in done.spans]
    items = [
        replace(item, text=span.of(text)) if item.text is not None or span.of(text) != old.of(done.text) else item
        for item, span, old in zip(done.items, spans, done.spans, strict=True)
    ]
    return replace(done, text=text, spans=tuple(spans), items=tuple(items))


def links_of(document: Document) -> Counter[str]:
    """How many links of a page to its own places there are (`in`), and how many of them lead somewhere (`out`)."""
    anchors = Anchors(document)
    found = [f for _, _, f in links_in(document.text)]
    rules = likely_rules(anchors)
    return Counter({"in": len(found), "out": sum(anchors.leads(f, rules) for f in found)})
