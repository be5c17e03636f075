"""The addresses that the translation uses for those of the English, so that new sentences point where its readers go.

A sentence that is sent again brings the English links along. Where people have put another page, folder or heading in
the place of an address, that stands in what is sent already; and a reference link (`[text]`, `[text][]`) gets its
label written out, as the translation's definitions call it, so that its text may be translated.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from amts_action.alignment.beads import Bead
from amts_action.documents.inline import Token, tokens
from amts_action.documents.model import Block, Document
from amts_action.merging.flags import flag
from amts_action.merging.planning.steps import Plan, Step, TextInParts
from amts_action.merging.rewriting.links import End, definition_of, parse_end

__all__ = ["Addresses", "with_addresses"]

_SHORTCUT = re.compile(r"(?<![\]\\!\[])\[(?P<label>[^\[\]\n]+(?:\n[^\[\]\n]+)*)\](?:\[\])?(?![\[(:])")


@dataclass(frozen=True, slots=True)
class Addresses:
    """What is localised in one page."""

    page: dict[str, str]
    """English address to the translation's, where it has the same one everywhere."""
    blocks: dict[int, dict[str, str]]
    """The same for single blocks of the base."""
    single: frozenset[int]
    """Blocks of the base that have localised addresses and whose translation is one block."""
    labels: dict[str, str]
    """Label of a definition of the head, as Markdown compares them, to the label in the translation."""

    def applied(self, text: str, base: int | None) -> str:
        """An English text with the translation's addresses and labels."""
        known = {**self.page, **(self.blocks.get(base, {}) if base is not None else {})}
        if "](" not in text and not self.labels:
            return text
        found = [self._token(token, known) for token in tokens(text)]
        return self._references("".join(found)) if self.labels else "".join(found)

    def _token(self, token: Token, known: dict[str, str]) -> str:
        if token.type != "close" or token.kind not in ("link", "image"):
            return token.raw
        end = parse_end(token.raw)
        if end is None:
            return token.raw
        if end.lead == "][":
            label = self.labels.get(_key(end.address)) if end.address else None
            return replace(end, address=label).raw if label else token.raw
        address = known.get(end.address)
        return replace(end, address=address).raw if address else token.raw

    def _references(self, text: str) -> str:
        out, at = [], 0
        for start, end, label in _shortcuts(text):
            name = self.labels.get(_key(label))
            if name is not None:
                out += [text[at:start], f"[{label}][{name}]"]
                at = end
        return "".join([*out, text[at:]])


def _shortcuts(text: str) -> list[tuple[int, int, str]]:
    """Bracketed texts that may be reference links, outside of what is protected."""
    closed: list[tuple[int, int]] = []
    at = 0
    for token in tokens(text):
        if token.type == "span":
            closed.append((at, at + len(token.raw)))
        at += len(token.raw)
    found = [(m.start(), m.end(), m.group("label")) for m in _SHORTCUT.finditer(text)]
    return [f for f in found if not any(a < f[1] and f[0] < b and not f[0] < a < f[1] for a, b in closed)]


def _key(label: str) -> str:
    return " ".join(label.split()).casefold()


def localised_addresses(base: Document, head: Document, target: Document, beads: Sequence[Bead]) -> Addresses:
    """What a translation of `base` has localised."""
    blocks: dict[int, dict[str, str]] = {}
    seen: dict[str, set[str]] = {}
    labels: dict[str, str] = {}
    single: set[int] = set()
    for bead in beads:
        here, there = [base.blocks[i] for i in bead.source], [target.blocks[j] for j in bead.target]
        if not here or not there:
            continue
        if here[0].kind == there[0].kind == "definition":
            names = definition_of(here[0].text), definition_of(there[0].text)
            if names[0] and names[1]:
                labels[_key(_label(names[0].lead))] = _label(names[1].lead)
            continue
        olds, news = _addresses(here), _addresses(there)
        same = Counter(olds) & Counter(news)
        for address in same:
            seen.setdefault(address, set()).add(address)
        left, right = list((Counter(olds) - same).elements()), list((Counter(news) - same).elements())
        if pairs := _paired(left, right):
            blocks |= dict.fromkeys(bead.source, pairs)
            single.update(bead.source if len(bead.source) == len(bead.target) == 1 else ())
            for a, b in pairs.items():
                seen.setdefault(a, set()).add(b)
    page = {a: next(iter(found)) for a, found in seen.items() if len(found) == 1 and found != {a}}
    own = {_key(_label(d.lead)): _label(d.lead) for b in target.blocks if (d := _defined(b))}
    for block in head.blocks:
        if (found := _defined(block)) is not None:
            label = _label(found.lead)
            labels.setdefault(_key(label), own.get(_key(label), label))
    return Addresses(page, blocks, frozenset(single), labels)


_ALIKE = 60
"""Per cent of likeness of two addresses among several; `site/en/a.md` and `site/ja/a.md` have 83. By hand, held by
`tests/fixtures/merge`."""


def _paired(left: Sequence[str], right: Sequence[str]) -> dict[str, str]:
    """Addresses of a block and those of its translation: one and one, or of several those that are alike both ways."""
    if len(left) != len(right):
        return {}
    if len(left) == 1:
        return {left[0]: right[0]}
    from rapidfuzz.fuzz import ratio

    def best(one: str, others: Sequence[str]) -> str:
        return max(others, key=lambda other: ratio(one, other))

    pairs = {a: best(a, right) for a in left}
    return {a: b for a, b in pairs.items() if best(b, left) == a and ratio(a, b) >= _ALIKE}


def _defined(block: Block) -> End | None:
    return definition_of(block.text) if block.kind == "definition" else None


def _label(lead: str) -> str:
    return lead.strip(" \t>").rstrip(": \t")[1:-1]


def _addresses(blocks: Sequence[Block]) -> list[str]:
    """The addresses of the links and pictures of some blocks, in order."""
    ends = (parse_end(t.raw) for b in blocks if b.is_prose for t in tokens(b.text) if _is_end(t))
    return [end.address for end in ends if end is not None and end.lead != "]["]


def _is_end(token: Token) -> bool:
    return token.type == "close" and token.kind in ("link", "image")


def with_addresses(plan: Plan, beads: Sequence[Bead]) -> Plan:
    """The plan with the translation's own addresses in what is sent."""
    if not any(p.is_language and "[" in p.text for s in plan.steps for p in s.pieces):
        return plan
    known = localised_addresses(plan.base, plan.head, plan.target, beads)
    if not (known.page or known.blocks or known.labels):
        return plan
    return replace(plan, steps=tuple(_applied(step, known) for step in plan.steps))


def _applied(step: Step, known: Addresses) -> Step:
    if not isinstance(step.text, TextInParts):
        return step
    pieces = tuple(replace(p, text=known.applied(p.text, step.base)) if p.is_language else p for p in step.pieces)
    if not any(p.is_language for p in pieces):
        return step
    text = "".join(p.text for p in pieces)
    is_alone = step.base is not None and step.base in known.single
    own = known.blocks[step.base or 0].values() if is_alone else ()
    lost = tuple(flag("link-replaced", address) for address in own if address not in text and address[:1] != "#")
    return replace(step, text=replace(step.text, pieces=pieces), flags=(*step.flags, *lost))
