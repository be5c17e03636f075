"""Carries out a plan: the new target is the old one with some blocks replaced, inserted, moved or removed.

The result is a list of items, each an old block by its bytes or a new text, with the old gap between any two that were
neighbours before. So what the plan does not name is byte-identical by construction.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, zip_longest

from amts_action.documents.attributes import tag_names
from amts_action.documents.model import Block, Document, Span
from amts_action.documents.notebooks.unrolled import cell_of
from amts_action.merging.notebooks.cells import gaps_of_cells
from amts_action.merging.output_item import OutputItem
from amts_action.merging.pieces import newline_of
from amts_action.merging.planning.steps import Plan, Step
from amts_action.merging.rewriting.list_marks import ListLine, marked

__all__ = ["Assembled", "assemble", "balance"]


_NO_LEVEL = 7
"""Below every heading. Markdown has six: https://spec.commonmark.org/0.31.2/#atx-headings"""


@dataclass(frozen=True, slots=True)
class Assembled:
    """The output and where each step's block is in it."""

    text: str
    spans: tuple[Span, ...]
    """Span of each item, in order."""
    items: tuple[OutputItem, ...]
    unplaced: frozenset[int]
    """Steps whose new block has no place, because the target lacks the section or container that it belongs to."""


def assemble(
    plan: Plan, texts: Mapping[int, str], *, skip: frozenset[int] = frozenset(), marks: bool = True
) -> Assembled:
    """The target's new text. `texts` gives the whole text of the block that each step (by index) writes.

    Steps that write but have no entry in `texts`, and those in `skip`, are left undone. With `marks` new items of lists
    take the translation's markers, and its numbers go on.
    """
    state = _Sequence(plan, texts, skip)
    state.run()
    items = _with_marks(plan, state.items) if marks else state.items
    return _joined(plan, items, frozenset(state.unplaced))


def _with_marks(plan: Plan, items: Sequence[OutputItem]) -> list[OutputItem]:
    """The items with the marks that the lists of the translation ask for."""
    blocks = plan.target.blocks
    if not any(b.kind == "list_item" for b in blocks):
        return list(items)
    outer = [b.outer.of(plan.target.text) for b in blocks]
    cells = cell_of(plan.target), cell_of(plan.head)
    before = [ListLine(b, outer[j], j, (cells[0][j], None)) for j, b in enumerate(blocks)]
    now = []
    for item in items:
        block = blocks[item.old] if item.old is not None else plan.head.blocks[item.head or 0]
        where = (
            cells[0][item.old] if item.old is not None else None,
            cells[1][item.head] if item.head is not None else None,
        )
        now.append(ListLine(block, item.text if item.text is not None else outer[item.old or 0], item.old, where))
    texts = marked(now, before)
    return [replace(item, text=texts[k]) if k in texts else item for k, item in enumerate(items)]


class _Sequence:
    """The items of the output while the steps are carried out one by one."""

    def __init__(self, plan: Plan, texts: Mapping[int, str], skip: frozenset[int]) -> None:
        self.plan, self.texts, self.skip = plan, texts, skip
        self.openers = _openers(plan.head.blocks)
        self.has_containers = any(b.closer for b in (*plan.head.blocks, *plan.target.blocks))
        self.items: list[OutputItem] = [OutputItem(j) for j in range(len(plan.target.blocks))]
        named = {j for s in plan.steps for j in s.target}
        self.target_only = {j for j in range(len(plan.target.blocks)) if j not in named}
        self.unplaced: set[int] = set()
        self.cursor = -1
        self.placed: set[int] = set()
        """Head blocks that are in the output."""
        self.settled: set[int] = set()
        """Target blocks that a step has been at: one that stands for several is followed at its first step only."""

    def run(self) -> None:
        for n, step in enumerate(self.plan.steps):
            if n in self.skip:
                self._pass(step)
            elif step.action == "delete" and step.text is None:
                self._remove(step)
            elif step.is_new:
                self._insert(n, step)
            elif step.target:
                self._settle(n, step)

    def _pass(self, step: Step) -> None:
        """A step that is left undone: only the cursor takes notice of the counterpart."""
        at = self._find(step.target[0]) if step.target else -1
        if at >= 0 and step.head is not None:
            self.cursor = at + len(step.target) - 1
            self.placed.add(step.head)

    def _find(self, old: int) -> int:
        for k in range(max(0, self.cursor), len(self.items)):
            if self.items[k].old == old:
                return k
        for k in range(len(self.items)):
            if self.items[k].old == old:
                return k
        return -1

    def _remove(self, step: Step) -> None:
        gone = set(step.target)
        at = self._find(step.target[0])
        before = self.cursor
        self.items = [item for item in self.items if item.old not in gone]
        if at >= 0 and before >= at:
            self.cursor = before - len(gone)

    def _settle(self, n: int, step: Step) -> None:
        """A block that has a counterpart: stays, is replaced, or is moved to where the head has it."""
        places = self._places(step)
        if not places:
            return
        text = self.texts.get(n) if step.writes else None
        if text is not None:
            run = [OutputItem(step.target[0], text, step.head, n)]
        else:
            run = [_kept(self.items[k], n, step) for k in places]
        is_after = self.cursor in places
        strays = step.strays or (step.target[0] in self.settled and not is_after)
        if not strays:
            self.settled.update(step.target)
        for k in reversed(places):
            del self.items[k]
            self.cursor -= k <= self.cursor
        slot = self._slot(step) if step.moves else places[0]
        at = places[0] if slot is None else slot
        self.items[at:at] = run
        if slot is not None and not strays:
            self.cursor = at + len(run) - 1
        elif is_after or at <= self.cursor:
            self.cursor += len(run)
        if step.head is not None:
            self.placed.add(step.head)

    def _places(self, step: Step) -> list[int]:
        """Indexes of the items that are the step's counterpart, as far as they are still there."""
        first = self._find(step.target[0])
        if len(step.target) == 1:
            return [first] if first >= 0 else []
        return [k for k, item in enumerate(self.items) if item.old in step.target]

    def _insert(self, n: int, step: Step) -> None:
        text = self.texts.get(n)
        if text is None:
            return
        at = self._slot(step)
        if at is None:
            self.unplaced.add(n)
            return
        self.items.insert(at, OutputItem(None, text, step.head, n))
        self.cursor = at
        if step.head is not None:
            self.placed.add(step.head)

    def _slot(self, step: Step) -> int | None:
        """Index at which the head's block belongs: after its neighbour, past what only the target has there."""
        head = self.plan.head
        block = head.blocks[step.head or 0]
        index = step.head or 0
        if not self._section_is_there(index) or not set(self.openers[index]) <= self.placed:
            return None
        tight = _is_tight(head, index)
        at = self._level(self.cursor + 1, len(self.openers[index])) if self.has_containers else self.cursor + 1
        while not tight and at is not None and at < len(self.items) and self._is_passed(at, block):
            at += 1
        return at

    def _level(self, at: int, depth: int) -> int | None:
        """The first place from `at` on where `depth` directives and tabs are open; None when a heading comes first."""
        now = sum(_step_of(self._block(k)) for k in range(at))
        while now != depth and at < len(self.items):
            block = self._block(at)
            if block is not None and block.kind == "heading":
                return None
            now += _step_of(block)
            at += 1
        return at if now == depth else None

    def _is_passed(self, at: int, block: Block) -> bool:
        """Whether the item at `at` is the target's own addition, which stays with what it follows."""
        item = self.items[at]
        if item.old is None or item.old not in self.target_only:
            return False
        own = self.plan.target.blocks[item.old]
        if own.closer and not self._is_all_own(item.old):
            return False  # what it holds comes later in the English
        return own.kind not in ("heading", "label") and _depth(own) >= _depth(block)

    def _is_all_own(self, opener: int) -> bool:
        """Whether a directive or tab of the translators' own holds nothing but what is their own."""
        open_now = 0
        for j in range(opener, len(self.plan.target.blocks)):
            open_now += _step_of(self.plan.target.blocks[j])
            if j not in self.target_only:
                return False
            if not open_now:
                break
        return True

    def _block(self, at: int) -> Block | None:
        if at < 0:
            return None
        item = self.items[at]
        if item.text is not None and item.head is not None:
            return self.plan.head.blocks[item.head]
        return self.plan.target.blocks[item.old] if item.old is not None else None

    def _section_is_there(self, index: int) -> bool:
        """Whether the heading that the head's block stands under is in the output (or there is none).

        A section stands under that of the heading above its own, whether its neighbour is there or not.
        """
        blocks = self.plan.head.blocks
        level = blocks[index].level if blocks[index].kind == "heading" else _NO_LEVEL
        for k in range(index - 1, -1, -1):
            if blocks[k].kind == "heading" and blocks[k].level < level:
                return k in self.placed
        return True


def _kept(item: OutputItem, n: int, step: Step) -> OutputItem:
    """An item that step `n` leaves as it is; a text stays with the step that wrote it."""
    return replace(item, head=step.head, step=item.step if item.text is not None else n)


def _step_of(block: Block | None) -> int:
    """By how much a block changes the number of open containers."""
    if block is None:
        return 0
    return 1 if block.closer else -1 if block.kind == "end" else 0


def _openers(blocks: Sequence[Block]) -> list[tuple[int, ...]]:
    """For every block the indexes of the opening lines of the directives and tabs that it stands in.

    One that the author forgot to close opens nothing: what follows it belongs to the page.
    """
    closed: set[int] = set()
    open_now: list[int] = []
    for k, block in enumerate(blocks):
        if block.closer:
            open_now.append(k)
        elif block.kind == "end" and open_now:
            closed.add(open_now.pop())
    out: list[tuple[int, ...]] = []
    inside: list[int] = []
    for k, block in enumerate(blocks):
        out.append(tuple(inside))
        if k in closed:
            inside.append(k)
        elif block.kind == "end" and inside:
            inside.pop()
    return out


def balance(blocks: Sequence[Block]) -> tuple[int, int, int, int]:
    """Closing lines without an opening one, opening lines without a closing one, and the same of tags.

    A fence of colons or backticks that nothing closes is read as an opening line that is none, with all that follows
    inside; one that closes nothing as a directive without a name.
    """
    depth = lowest = unclosed = stray = 0
    for block, after in zip_longest(blocks, blocks[1:]):
        depth += _step_of(block)
        lowest = min(lowest, depth)
        if block.kind == "tab" and not block.closer:
            unclosed += 1
        elif block.kind == "directive" and not block.closer:
            unclosed += after is not None and len(after.container) > len(block.container)
            stray += not block.text.strip(":`~ \t")
    return stray - lowest, unclosed + depth - lowest, *_tag_balance(blocks)


def _tag_balance(blocks: Sequence[Block]) -> tuple[int, int]:
    """Closing tags without an opening one, and opening tags without a closing one, in blocks that are tags."""
    open_now: Counter[str] = Counter()
    strays = 0
    for name in (name for block in blocks if block.kind == "html" for name in tag_names(block.text)):
        if not name.startswith("/"):
            open_now[name] += 1
        elif open_now[name[1:]]:
            open_now[name[1:]] -= 1
        else:
            strays += 1
    return strays, open_now.total()


def _depth(block: Block) -> int:
    """How many directives and tabs the block stands in; a quote has no opening or closing line."""
    return sum(name != "quote" for name in block.container)


def _is_tight(document: Document, index: int) -> bool:
    """Whether no blank line stands before the block."""
    return index > 0 and blank_lines(_gap_before(document, index)) == 0


def _gap_before(document: Document, index: int) -> str:
    start = document.blocks[index - 1].outer.end if index else 0
    return document.text[start : document.blocks[index].outer.start]


def _gap_after(document: Document, index: int) -> str:
    last = index + 1 == len(document.blocks)
    end = len(document.text) if last else document.blocks[index + 1].outer.start
    return document.text[document.blocks[index].outer.end : end]


def blank_lines(gap: str) -> int:
    """Number of empty lines in the gap between two blocks; -1 when they stand on one line."""
    return len(re.findall(r"\r\n?|\n", gap)) - 1


def _joined(plan: Plan, items: Sequence[OutputItem], unplaced: frozenset[int]) -> Assembled:
    target = plan.target
    newline = newline_of(target.text) if re.search(r"[\r\n]", target.text) else newline_of(plan.head.text)
    gaps = _gaps(plan, items, newline)
    out: list[str] = []
    at, spans = 0, []
    for gap, item in zip(gaps, items, strict=False):
        text = item.text if item.text is not None else target.blocks[item.old or 0].outer.of(target.text)
        if item.text is not None:
            text = re.sub(r"\r\n?|\n", newline, text)
        out += [gap, text]
        spans.append(Span(at + len(gap), at + len(gap) + len(text)))
        at = spans[-1].end
    out.append(gaps[-1])
    return Assembled("".join(out), tuple(spans), tuple(items), unplaced)


def _gaps(plan: Plan, items: Sequence[OutputItem], newline: str) -> list[str]:
    """What stands before each item, and behind the last."""
    mark = next((d.text[1] for d in (plan.target, plan.head) if d.cells), "")
    if mark:
        return gaps_of_cells(plan, items, lambda left, right: _gap(plan, left, right, newline), mark)
    target = plan.target
    first = _gap_before(target, 0) if target.blocks else _leading(target.text)
    if not items:
        return [first + _tail(plan, items, newline)]
    between = (_gap(plan, left, right, newline) for left, right in pairwise(items))
    return [first, *between, _tail(plan, items, newline)]


def _leading(text: str) -> str:
    return text if not text.strip("\ufeff \t\r\n") else ""


def _tail(plan: Plan, items: Sequence[OutputItem], newline: str) -> str:
    target = plan.target
    if not target.blocks:
        end = _gap_after(plan.head, len(plan.head.blocks) - 1) if items and plan.head.blocks else ""
        return re.sub(r"\r\n?|\n", newline, end)
    return _gap_after(target, len(target.blocks) - 1)


def _gap(plan: Plan, left: OutputItem, right: OutputItem, newline: str) -> str:
    """What stands between two items: the old bytes where they were neighbours, else what the head or the target has."""
    target, head = plan.target, plan.head
    left_end = _last_old(plan, left)
    if left_end is not None and right.old is not None and right.old == left_end + 1:
        return _gap_after(target, left_end)
    if left.head is not None and right.head is not None and right.head == left.head + 1:
        gap = _gap_before(head, right.head)
        if left.old is None or right.old is None:
            return _modest(gap, newline) if target.blocks else re.sub(r"\r\n?|\n", newline, gap)
    counts = [blank_lines(_gap_after(target, k)) for k in _old_gaps(target, left_end, right.old)]
    if left.head is not None and left.old is None and left.head + 1 < len(head.blocks):
        counts.append(min(1, blank_lines(_gap_after(head, left.head))))
    if right.head and right.old is None:
        counts.append(min(1, blank_lines(_gap_before(head, right.head))))
    lines = max(counts, default=1)
    if right.head and right.old is None and blank_lines(_gap_before(head, right.head)) == 0 and _follows(left, right):
        lines = 0
    elif lines < 1 and _would_join(plan, left, right):
        lines = 1
    return newline * (max(lines, 0) + 1)


def _old_gaps(target: Document, left: int | None, right: int | None) -> list[int]:
    """The blocks of the translation behind which stands what may stand between two others, that are neighbours now:
    of items of a list what stands between items, for a list does not begin or end there any more."""
    places = [k for k in (left, right - 1 if right else None) if k is not None and k + 1 < len(target.blocks)]
    if left is None or right is None or target.blocks[left].kind != "list_item":
        return places
    inner = [k for k in places if target.blocks[k].kind == target.blocks[k + 1].kind == "list_item"]
    return inner if inner and target.blocks[right].kind == "list_item" else places


def _would_join(plan: Plan, left: OutputItem, right: OutputItem) -> bool:
    """Whether two kept paragraphs, with what stood between them gone, would be read as one without an empty line."""
    blocks = plan.target.blocks
    kinds = [blocks[item.old].kind for item in (left, right) if item.old is not None]
    return kinds == ["paragraph", "paragraph"]


def _modest(gap: str, newline: str) -> str:
    """The head's gap with one empty line where it has several: how many there are is the target's own affair."""
    lines = re.split(r"\r\n?|\n", gap)
    return newline.join(lines if len(lines) < 4 else [*lines[:2], lines[-1]])


def _follows(left: OutputItem, right: OutputItem) -> bool:
    """Whether the right item's head block stands directly under the left one's."""
    return left.head is not None and right.head is not None and right.head == left.head + 1


def _last_old(plan: Plan, item: OutputItem) -> int | None:
    """Index of the last target block that the item stands for."""
    if item.old is None:
        return None
    if item.text is not None and item.step is not None:
        return max(plan.steps[item.step].target, default=item.old)
    return item.old
