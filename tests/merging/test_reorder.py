"""Where blocks stand after a merge: generated books, edits, and translators who merge, split, add and reorder."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

import pytest
from casekit import answer, merge, translated
from hypothesis import given
from hypothesis import strategies as st
from thorough import examples

from amts_action.alignment.beads import Bead
from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.merging.document import Result, merge_document, plan_document, segments
from amts_action.merging.flags import texts
from amts_action.merging.options import MergeOptions
from amts_action.merging.planning.steps import Plan
from amts_action.merging.planning.unsettled import Waiting, pinned, text_mark

_LETTERS = "bdfgklmnprstvz"


def _words(seed: int, count: int) -> str:
    """Words that no other seed gives; the same for the same seed."""
    draw = random.Random(seed)
    return " ".join("".join(draw.choice(_LETTERS) + draw.choice("aeiou") for _ in range(3)) for _ in range(count))


def _sentence(seed: int, role: bool = False) -> str:
    start = f":numref:`fig_{seed}` " if role else ""
    return f"{start}{_words(seed, 7).capitalize() if not start else _words(seed, 7)}."


def _block(kind: str, k: int, sentences: int) -> str:
    body = " ".join(_sentence(100 * k + n, role=kind == "role" and n == 0) for n in range(sentences))
    made = {
        "heading": f"## {_words(k, 3).capitalize()}",
        "items": "\n".join(f"* {_sentence(100 * k + n)}" for n in range(sentences)),
        "code": f"```python\n{_words(k, 1)} = {k}\n```",
        "math": f"$$x_{{{k}}} = {k}$$\n:eqlabel:`eq_{k}`",
        "figure": f"![{_words(k, 4)}.](../img/{k}.svg)\n:label:`fig_{k}`",
    }
    return made.get(kind, body)


_KINDS = (*["text"] * 6, "role", "role", "heading", "items", "code", "math", "figure")
_EDITS = ("move", "move", "rewrite", "replace", "lengthen", "shorten", "delete", "insert")


def _edited(blocks: list[str], edits: list[tuple[str, int, int]]) -> list[str]:
    """The blocks after some were moved, rewritten in part or whole, removed and added."""
    out = list(blocks)
    for n, (op, a, b) in enumerate(edits):
        i, fresh = a % len(out), _sentence(50_000 + n)
        plain = re.match(r"[A-Z:](?!.*\n)", out[i]) is not None
        parts = re.split(r"(?<=\.) ", out[i])
        if op == "move":
            moved = out.pop(i)
            out.insert(b % (len(out) + 1), moved)
        elif op == "insert":
            out.insert(i, fresh if b % 2 else f"```python\n{_words(b, 1)} = {n}\n```")
        elif op == "delete" and len(out) > 1:
            del out[i]
        elif op == "rewrite" and plain:
            out[i] = " ".join([fresh, _sentence(60_000 + n)])
        elif op in ("replace", "lengthen", "shorten") and plain:
            at = b % len(parts)
            parts[at : at + (op != "lengthen")] = [] if op == "shorten" and len(parts) > 1 else [fresh]
            out[i] = " ".join(parts)
    return out


@dataclass(frozen=True)
class _Book:
    base: str
    head: str
    target: str
    beads: tuple[Bead, ...]

    def merged(self) -> tuple[Plan, Result]:
        plan = plan_document(self.base, self.head, self.target, MergeOptions(target_lang="zh"), beads=self.beads)
        given = [answer(s) for s in segments(plan, prefix="0")]
        return plan, merge_document(plan, {t.id: t for t in given}, prefix="0")


def _shaped(base: str, shapes: list[str]) -> tuple[list[tuple[str, str]], list[Bead]]:
    """A translation in the order of the base as (gap, block), and its beads."""
    old, own = parse_markdown(base), parse_markdown(translated(base))
    pieces = own.pieces()
    out: list[tuple[str, str]] = []
    beads: list[Bead] = []
    k = 0
    while k < len(own.blocks):
        gap, text, kind, shape = pieces[2 * k], pieces[2 * k + 1], own.blocks[k].kind, shapes[k % len(shapes)]
        gap = re.sub(r"\n{2,}", "\n\n", gap) + (" " if text.startswith(":numref:") else "")
        next_kind = own.blocks[k + 1].kind if k + 1 < len(own.blocks) else ""
        if shape == "merge" and kind == next_kind == "paragraph":
            beads.append(Bead((k, k + 1), (len(out),), 1.0))
            text, k = f"{text}\n{pieces[2 * k + 3]}", k + 1
        elif shape == "split" and kind == "paragraph" and old.blocks[k].text.count(". ") and "⟦" in text:
            beads.append(Bead((k,), (len(out), len(out) + 1), 1.0))
            first, text = text.split(". ", 1)
            out.append((gap, f"{first}.⟧"))
            gap, text = "\n\n", f"⟦{text}"
        else:
            beads.append(Bead((k,), (len(out),), 1.0))
        out.append((gap, text))
        if shape == "note" and next_kind != "label" and kind != "list_item":
            beads.append(Bead((), (len(out),), 1.0))
            out.append(("\n\n", f"注{k}。"))
        k += 1
    return out, beads


def _book(chance: random.Random) -> _Book:
    """Base, head and a translation whose blocks follow the base's order."""
    blocks = [_block(chance.choice(_KINDS), k, chance.randint(1, 3)) for k in range(1, chance.randint(4, 10))]
    edits = [(chance.choice(_EDITS), chance.randrange(60), chance.randrange(60)) for _ in range(chance.randint(1, 4))]
    gaps = chance.choices(["\n\n", "\n\n\n"], k=2)
    base, head = (
        gap.join(["# Title", *part]) + "\n" for gap, part in zip(gaps, (blocks, _edited(blocks, edits)), strict=True)
    )
    parts, beads = _shaped(base, chance.choices(["plain", "merge", "split", "note"], k=30))
    target = "".join(gap + text for gap, text in parts) + "\n"
    assert len(parse_markdown(target).blocks) == len(parts)
    return _Book(base, head, target, tuple(beads))


# Hypothesis's own choices are mostly small, and hardly ever edit just what is merged; evenly drawn ones often do.
_BOOKS = st.randoms(use_true_random=True).map(_book)


def _taken_apart(plan: Plan) -> set[int]:
    """Head blocks that share a block of the target, and between which the English has put something."""
    sharing: dict[int, set[int]] = {}
    for step in plan.steps:
        if step.target and step.head is not None:
            sharing.setdefault(step.target[0], set()).add(step.head)
    return {h for heads in sharing.values() if max(heads) - min(heads) >= len(heads) for h in heads}


@given(_BOOKS)
@examples(150)
def test_the_output_follows_the_order_of_the_head(book: _Book) -> None:
    """Where the translation followed the base's order, it follows the head's afterwards, whatever changed at once;
    but for a paragraph that translators merged and the English took apart, which can only be in one place."""
    plan, result = book.merged()
    assert result.status != "failed"
    apart = {plan.head.blocks[h].outer for h in _taken_apart(plan)}
    rows = sorted((e.head, e.output) for e in result.entries if e.head and e.output and e.head not in apart)
    assert [out for _, out in rows] == sorted(out for _, out in rows)


@given(_BOOKS)
@examples(100)
def test_no_gap_grows_and_no_line_is_indented(book: _Book) -> None:
    """No run of empty lines is longer than the target's longest, and no line starts with a blank that it had not."""
    _, result = book.merged()
    runs = [max(map(len, re.findall(r"\n+", text))) for text in (book.target, result.text)]
    assert runs[1] <= max(2, runs[0])
    indented = [line for line in result.text.split("\n") if line[:1].isspace() and line not in book.target]
    assert not [line for line in indented if not re.match(r" :numref:", line)]


@given(_BOOKS, st.randoms(use_true_random=False))
@examples(100)
def test_an_order_of_the_translators_stays(book: _Book, chance: random.Random) -> None:
    """Blocks that a translator put elsewhere, and that the English neither moved nor rewrote, keep their order."""
    blocks = parse_markdown(book.base).blocks
    parts, beads = _shaped(book.base, ["plain"])
    swapped = [k for k in range(1, len(parts) - 1) if {b.kind for b in blocks[k : k + 2]} == {"paragraph"}]
    order = list(range(len(parts)))
    for k in swapped:
        if chance.random() < 0.5:
            order[k], order[k + 1] = order[k + 1], order[k]
    target = "".join((parts[n][0] + parts[k][1].lstrip()) for n, k in enumerate(order)) + "\n"
    beads = [Bead((k,), (n,), 1.0) for n, k in enumerate(order)]
    plan, result = _Book(book.base, book.head, target, tuple(beads)).merged()
    still = {s.target[0] for s in plan.steps if s.head is not None and s.target and not s.moves}
    texts = [plan.target.blocks[j].outer.of(target) for j in sorted(still)]
    found = [result.text.find(t) for t in texts if result.text.count(t) == 1]
    assert found == sorted(found)
    same = plan_document(book.base, book.base, target, MergeOptions(target_lang="zh"), beads=beads)
    assert merge_document(same, {}, prefix="0").text == target


FIRST = "Alpha goes first here. It is old."
BASE = f"# T\n\n{FIRST}\n\n![A figure of it.](a.svg)\n:label:`fig_a`\n\nBeta tells of the figure.\n"
OURS = "# 题\n\n![图。](a.svg)\n:label:`fig_a`\n\n乙说的是图。\n\n甲先来。它是旧的。\n"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            (FIRST, "Alpha was first here; it is not any more."),
            "# 题\n\n⟦Alpha was first here; it is not any more.⟧\n\n![图。](a.svg)\n:label:`fig_a`\n\n乙说的是图。\n",
        ),
        (
            ("It is old.", "It is quite new."),
            "# 题\n\n![图。](a.svg)\n:label:`fig_a`\n\n乙说的是图。\n\n甲先来。⟦It is quite new.⟧\n",
        ),
        (("A figure of it.", "A figure of it!"), OURS.replace("![图。](a.svg)", "⟦![A figure of it!](a.svg)⟧")),
    ],
    ids=["rewritten", "revised", "another"],
)
def test_a_paragraph_that_stood_elsewhere(change: tuple[str, str], expected: str) -> None:
    """It stays there while something of it is the translator's; rewritten, it goes to where the head has it."""
    beads = [Bead((i,), (j,), 1.0) for i, j in enumerate([0, 4, 1, 2, 3])]
    _, result = _Book(BASE, BASE.replace(*change), OURS, tuple(beads)).merged()
    assert result.text == expected


def test_merge_of_nothing_moves_nothing() -> None:
    """The same pages through the ordinary aligner: base == head leaves the translator's order alone."""
    assert merge(BASE, BASE, OURS).text == OURS


def test_a_waiting_conflict_keeps_its_blocks_together() -> None:
    """Blocks that an earlier run left in conflict are one bead again, with what shares their target, found by text."""
    base, target = "A one.\n\nB two.\n\nC three.\n", "甲一。\n\n乙\n二。\n\n丙三。\n\n丁四。\n"
    old, own = parse_markdown(base), parse_markdown(target)
    beads = [Bead((0,), (0,), 1.0), Bead((1, 2), (1, 2), 1.0), Bead((), (3,), 1.0)]
    waiting = [Waiting((8, 14), text_mark("乙 二。"), "why"), Waiting((0, 6), text_mark("gone"), "why")]
    assert pinned(old, own, beads, ()) == tuple(beads)
    assert pinned(old, own, beads, waiting) == (beads[0], beads[2], Bead((1, 2), (1, 2), 0.0))
    single = [Bead((0,), (0, 1), 1.0), Bead((1,), (2,), 1.0), Bead((2,), (3,), 1.0)]
    found = pinned(old, own, single, [Waiting((8, 14), text_mark("丙三。\n丁四。"), "why")])
    assert found == (single[0], Bead((1, 2), (2, 3), 0.0))
    plan = plan_document(
        base, base.replace("two", "too"), target, MergeOptions(target_lang="zh"), beads=beads, waiting=waiting
    )
    assert [(s.action, texts(s.flags)) for s in plan.steps] == [("keep", ""), ("conflict", "why"), ("keep", "")]
