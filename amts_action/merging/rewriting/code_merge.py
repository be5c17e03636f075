"""Three-way merge of programs: people's localised lines and the source's changes meet without touching each other.

The idea of diff3 (Khanna, Kunal & Pierce 2007, "A Formal Investigation of Diff3") over *units* rather than lines: a
run of comment lines or a multi-line text is one unit, since a translator rewraps it. Unlike `git merge-file`, changes
of neighbouring lines are no conflict: a translated comment stands next to a changed call in every second code block,
and calling that a conflict would throw the translator's line away. The tests hold it against `git merge-file`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from amts_action.alignment.patience import increasing, unique_pairs
from amts_action.merging.flags import Flag, flag
from amts_action.merging.small_changes import cosmetic_key

__all__ = ["Merged", "merge_lines", "merge_program"]


@dataclass(frozen=True, slots=True)
class Merged:
    """Result of a merge."""

    text: str
    remarks: tuple[Flag, ...]
    """What a person must look at: localised lines that gave way or stayed, comments that changed in English."""


def merge_lines(base: str, head: str, target: str, *, prefer_target: bool = False) -> Merged:
    """Makes the change from `base` to `head` in `target`, line by line.

    A line that differs from the base only in its comment or its texts counts as the same line, localised. What the
    target has of the head already is not added again. Where both sides changed the same thing the head's lines are
    taken (the target's with `prefer_target`, and always for comments), which is said in `remarks`.
    """
    if target == base or head == target:
        return Merged(head, ())
    if head == base:
        return Merged(target, ())
    merge = _Merge(units(base), units(head), units(target), prefer_target)
    return Merged("\n".join(merge.run()), tuple(merge.remarks))


def merge_program(base: str, head: str, target: str) -> Merged:
    """`merge_lines` for a program with its fence lines.

    Where head and target are valid Python and the merge is not (a translator has wrapped a line that the source
    rewrote, say), the head's program stands whole.
    """
    merged = merge_lines(base, head, target)
    if merged.text in (head, target) or _is_python(merged.text) or not (_is_python(head) and _is_python(target)):
        return merged
    return Merged(head, (flag("lines-replaced"),))


def _is_python(text: str) -> bool:
    """Whether a code block, its fence, magics and shell lines aside, is valid Python."""
    import ast

    lines = [line for line in text.split("\n") if not line.lstrip().startswith(("```", "~~~", ":", "---"))]
    plain = (re.sub(r"^(\s*)[%!].*$", r"\1pass", line) for line in lines)
    try:
        ast.parse("\n".join(plain))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


class _Merge:
    """One three-way merge over units."""

    def __init__(self, base: Sequence[str], head: Sequence[str], target: Sequence[str], prefer_target: bool) -> None:
        self.base, self.head, self.target, self.prefer_target = base, head, target, prefer_target
        self.to_target = _pairs(base, target, _same_localised)
        to_head = _pairs(base, head, _same_source)
        own = set(self.to_target.values())
        news = [j for j in range(len(head)) if j not in to_head.values()]
        adds = [k for k in range(len(target)) if k not in own]
        found = _pairs([head[j] for j in news], [target[k] for k in adds], _same_already)
        self.already = {news[a]: adds[b] for a, b in found.items()}
        """New units of the head that the target has already."""
        gone = [i for i in range(len(base)) if i not in to_head]
        swapped = unique_pairs([head[j] for j in news], [base[i] for i in gone])
        self.moved = {news[a]: gone[b] for a, b in swapped}
        """New units of the head that the base has elsewhere."""
        self.from_head = {j: i for i, j in to_head.items()}
        self.inserted = _insertions(self.to_target, len(target))
        self.remarks: list[Flag] = []
        self.out: list[str] = []
        self.written: set[int] = set()

    def run(self) -> list[str]:
        """The units of the result."""
        self._own_after(-1)
        at = -1
        for j in range(len(self.head) + 1):
            i = self.from_head.get(j) if j < len(self.head) else len(self.base)
            if i is None:
                self._new(j)
                continue
            for gone in range(at + 1, i):
                self._dropped(gone)
                self._own_after(gone)
            if j < len(self.head):
                self.out += self._kept(self.base[i], self.head[j], self.to_target.get(i))
                self._own_after(i)
            at = i
        return self.out

    def _own_after(self, i: int) -> None:
        """The target's own units that follow base unit `i`; those that the head has too wait for their place."""
        waiting = set(self.already.values())
        for k in self.inserted.get(i, ()):
            if k not in self.written and k not in waiting:
                self.written.add(k)
                self.out.append(self.target[k])

    def _new(self, j: int) -> None:
        """A unit that is new in the head."""
        k = self.already.get(j)
        if k is None and j in self.moved:
            k = self.to_target.get(self.moved[j])
        if k is None:
            self.out.append(self.head[j])
        else:
            self.written.add(k)
            self.out.append(self.target[k])

    def _dropped(self, i: int) -> None:
        """A unit that the head has removed goes, unless the target had made it its own."""
        k = self.to_target.get(i)
        if k is None or i in self.moved.values() or _same_localised(self.base[i], self.target[k]) >= 0.9:
            return
        self._remark_on(self.target[k])
        if self.prefer_target:
            self.out.append(self.target[k])

    def _kept(self, base: str, head: str, k: int | None) -> list[str]:
        """The unit that stands for one that base and head both have."""
        if k is None:
            # The target has removed it, and the source did not touch it: it stays away.
            return [] if _form(base) == _form(head) else [head]
        own = self.target[k]
        if own.rstrip() == base.rstrip() and base != head:
            return [head]
        if own == head or _form(base) == _form(head) or _already(base, head, own):
            return [own]
        if _is_remark(own) or _is_text(own):
            self.remarks.append(flag("comment-changed", _one_line(head)))
            return [own]
        merged = _inside(base, head, own)
        if merged is not None:
            return [merged]
        if _is_tab(own) and _is_tab(head):
            self.remarks.append(flag("line-changed", _one_line(head)))
            return [head.lstrip()[:5] + own.lstrip()[5:]]  # the head's way of writing it, the translation's frameworks
        self._remark_on(own)
        return [own if self.prefer_target else head]

    def _remark_on(self, own: str) -> None:
        if not own.strip():
            return
        self.remarks.append(flag("line-kept" if self.prefer_target else "line-replaced", _one_line(own)))


def _one_line(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 80 else flat[:79] + "…"


def _already(base: str, head: str, own: str) -> bool:
    """Whether the target's unit is the head's, localised, and not the base's."""
    bare = skeleton(own)
    return bool(bare) and bare == skeleton(head) and bare != skeleton(base)


def _form(unit: str) -> str:
    """A unit without what is form only; two units with the same form say the same."""
    if _is_remark(unit):
        return cosmetic_key(" ".join(line.strip().lstrip("#/ ") for line in unit.split("\n")).replace("`", ""))
    return unit.rstrip()


_PIECE = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|\s+|\w+|[^\w\s]')
_TEXT = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'')
_REMARK = re.compile(r"(?<![\"'\w])#(?![@|!]).*$|(?<![:\w])//.*$")
_DOC = re.compile(r'\s*[rRbBuUfF]{0,2}("""|\'\'\')')


def _inside(base: str, head: str, target: str) -> str | None:
    """Merge of three versions of one line at the level of names, texts and the comment; None when they clash."""
    if "\n" in base + head + target:
        return None
    parts = [_split_remark(line) for line in (base, head, target)]
    remark = _choose(parts[0][1], parts[1][1], parts[2][1])
    b, h, t = (_PIECE.findall(code) for code, _ in parts)
    code = _pieces(b, h, t)
    return None if code is None else code + remark


def _choose(base: str, head: str, target: str) -> str:
    """The comment at the end of a line: the head's only where the target's is still the English one."""
    return head if target in (base, head) else target


def _pieces(base: Sequence[str], head: Sequence[str], target: Sequence[str]) -> str | None:
    if len(base) * max(len(head), len(target)) > _MOST_MATCHES:
        return None
    changes = []
    for side, other in ((0, head), (1, target)):
        codes = SequenceMatcher(None, base, other, autojunk=False).get_opcodes()
        changes += [(i1, i2, side, list(other[j1:j2])) for tag, i1, i2, j1, j2 in codes if tag != "equal"]
    changes.sort(key=lambda c: c[:3])
    changes = [c for n, c in enumerate(changes) if not n or c[:2] + c[3:] != changes[n - 1][:2] + changes[n - 1][3:]]
    out: list[str] = []
    at = 0
    for n, (i1, i2, side, new) in enumerate(changes):
        if n and changes[n - 1][2] != side and (i1 < changes[n - 1][1] or i1 == changes[n - 1][0]):
            return None
        out += base[at:i1]
        out += new
        at = i2
    return "".join([*out, *base[at:]])


def _split_remark(line: str) -> tuple[str, str]:
    m = _REMARK.search(_TEXT.sub(lambda t: "x" * len(t.group()), line))
    return (line[: m.start()], line[m.start() :]) if m else (line, "")


def _is_text(unit: str) -> bool:
    """Whether the unit is a multi-line text, such as a docstring."""
    return _DOC.match(unit) is not None


def _is_remark(unit: str) -> bool:
    return unit.lstrip().startswith(("#", "//")) and not unit.lstrip().startswith(("#@", "#|", "#!"))


def units(text: str) -> list[str]:
    """Lines of `text`, with runs of comment lines and multi-line texts as one; joined by `\\n` they are `text`."""
    out: list[str] = []
    lines = text.split("\n")
    i = 0
    while i < len(lines):
        j = i + 1
        if _is_remark(lines[i]):
            while j < len(lines) and _is_remark(lines[j]) and _indent(lines[j]) == _indent(lines[i]):
                j += 1
        elif m := _DOC.match(lines[i]):
            closed = lines[i].count(m.group(1)) > 1
            while not closed and j < len(lines):
                closed = m.group(1) in lines[j]
                j += 1
        out.append("\n".join(lines[i:j]))
        i = j
    return out


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def skeleton(unit: str) -> str:
    """A unit of code without its comment and its texts; empty when nothing else is in it."""
    if _is_remark(unit) or _is_text(unit):
        return ""
    code, _ = _split_remark(unit)
    return re.sub(r"\s+", "", _TEXT.sub('""', code))


Likeness = Callable[[str, str], float]


def _same_source(base: str, head: str) -> float:
    if not base.strip() or not head.strip():
        return 0.0
    if _is_remark(base) != _is_remark(head) or _is_text(base) != _is_text(head):
        return 0.0
    if _is_tab(base) and _is_tab(head):
        return 0.95
    found = _ratio(base.strip(), head.strip())
    # A comment that was rewritten still stands where the old one stood.
    return max(found, 0.6) if _is_remark(base) and _indent(base) == _indent(head) else found


def _same_localised(base: str, target: str) -> float:
    if not base.strip() or not target.strip():
        return 0.0
    if _is_remark(base) or _is_text(base):
        alike = _is_remark(base) == _is_remark(target) and _is_text(base) == _is_text(target)
        return 0.9 if alike and _indent(base) == _indent(target) else 0.0
    if _is_tab(base) and _is_tab(target):
        return 0.95
    if skeleton(base) == skeleton(target) and re.search(r"\w", skeleton(base)):
        return 0.95
    return _ratio(base.strip(), target.strip())


def _same_already(head: str, target: str) -> float:
    """Whether a unit that is new in the head is one that the target has added."""
    if not head.strip() and not target.strip():
        return 0.7
    if _is_remark(head) or _is_text(head) or skeleton(head) == skeleton(target):
        return _same_localised(head, target)
    found = _ratio(head.strip(), target.strip())
    return found if found >= 0.9 else 0.0


def _is_tab(unit: str) -> bool:
    """Whether the unit is d2lbook's line that names the frameworks of a block."""
    return unit.lstrip().startswith(("#@tab", "%%tab"))


def _ratio(left: str, right: str) -> float:
    from rapidfuzz.fuzz import ratio

    return float(ratio(left, right)) / 100


def _pairs(left: Sequence[str], right: Sequence[str], likeness: Likeness) -> dict[int, int]:
    """Increasing index pairs: equal units first, then in each gap those alike at 0.6 or more."""
    found: dict[int, int] = {}
    i0 = j0 = 0
    same = [u.rstrip() for u in left], [u.rstrip() for u in right]
    for i, j, n in _equal_runs(*same):
        found.update(_gap(left, i0, i, right, j0, j, likeness))
        found.update({i + d: j + d for d in range(n)})
        i0, j0 = i + n, j + n
    return found


_MOST_MATCHES = 2_000_000
"""With more pairs of equal units than this (thousands of empty lines, say) difflib would take minutes."""


def _equal_runs(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int, int]]:
    """Runs of equal units as (left, right, length), increasing; the last one is empty and at the ends."""
    first, rows, columns = 0, len(left), len(right)
    while first < min(rows, columns) and left[first] == right[first]:
        first += 1
    while rows > first and columns > first and left[rows - 1] == right[columns - 1]:
        rows, columns = rows - 1, columns - 1
    here, there = left[first:rows], right[first:columns]
    counts = Counter(there)
    if sum(counts[unit] for unit in here) <= _MOST_MATCHES:
        runs = [tuple(run) for run in SequenceMatcher(None, here, there, autojunk=False).get_matching_blocks()]
    else:
        runs = [(i, j, 1) for i, j in increasing(unique_pairs(here, there))]
    inner = [(first + i, first + j, n) for i, j, n in runs if n]
    tail = len(left) - rows
    return [(0, 0, first), *inner, (rows, columns, tail), (len(left), len(right), 0)]


def _gap(
    left: Sequence[str], i0: int, i1: int, right: Sequence[str], j0: int, j1: int, likeness: Likeness
) -> dict[int, int]:
    rows, columns = i1 - i0, j1 - j0
    if not rows or not columns or rows * columns > 40_000:
        return {}
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    alike = [[likeness(left[i0 + r], right[j0 + c]) for c in range(columns)] for r in range(rows)]
    for r in range(rows - 1, -1, -1):
        for c in range(columns - 1, -1, -1):
            here = best[r + 1][c + 1] + alike[r][c] if alike[r][c] >= 0.6 else 0.0
            best[r][c] = max(here, best[r + 1][c], best[r][c + 1])
    found, r, c = {}, 0, 0
    while r < rows and c < columns:
        if alike[r][c] >= 0.6 and best[r][c] == best[r + 1][c + 1] + alike[r][c]:
            found[i0 + r] = j0 + c
            r, c = r + 1, c + 1
        elif best[r][c] == best[r + 1][c]:
            r += 1
        else:
            c += 1
    return found


def _insertions(to_target: dict[int, int], count: int) -> dict[int, list[int]]:
    """Units that only the target has, by the base unit they follow (-1 for the start)."""
    from_target = {j: i for i, j in to_target.items()}
    inserted: dict[int, list[int]] = {}
    after = -1
    for j in range(count):
        if j in from_target:
            after = from_target[j]
        else:
            inserted.setdefault(after, []).append(j)
    return inserted
