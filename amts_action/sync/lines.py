"""Three-way merge of programs: people's localised lines and the source's changes meet without touching each other.

The idea of diff3 (Khanna, Kunal & Pierce 2007, "A Formal Investigation of Diff3") over *units* rather than lines: a
run of comment lines or a multi-line text is one unit, since a translator rewraps it. Unlike `git merge-file`, changes
of neighbouring lines are no conflict: a translated comment stands next to a changed call in every second code block,
and calling that a conflict would throw the translator's line away. The tests hold it against `git merge-file`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from amts_action.sync.cosmetic import cosmetic_key

__all__ = ["Merged", "merge_lines"]


@dataclass(frozen=True, slots=True)
class Merged:
    """Result of a merge."""

    text: str
    conflicts: tuple[str, ...]
    """The target's own lines that gave way to the head's, one string a hunk."""


def merge_lines(base: str, head: str, target: str, *, prefer_target: bool = False) -> Merged:
    """Makes the change from `base` to `head` in `target`, line by line.

    A line that differs from the base only in its comment or its texts counts as the same line, localised. Where both
    sides changed the same thing the head's lines are taken (the target's with `prefer_target`) and the target's lines
    that are lost that way are named in `conflicts`.
    """
    if target == base or head == target:
        return Merged(head, ())
    if head == base:
        return Merged(target, ())
    b, h, t = (units(text) for text in (base, head, target))
    to_head, to_target = _pairs(b, h, _same_source), _pairs(b, t, _same_localised)
    from_head = {j: i for i, j in to_head.items()}
    inserted = _insertions(to_target, len(t))
    out = [t[j] for j in inserted.get(-1, ())]
    conflicts: list[str] = []
    at = -1
    for j, unit in enumerate([*h, None]):
        i = from_head.get(j) if unit is not None else len(b)
        if i is None:
            out.append(unit or "")
            continue
        for gone in range(at + 1, i):
            out += _dropped(b[gone], t, to_target.get(gone), conflicts, prefer_target)
            out += [t[k] for k in inserted.get(gone, ())]
        if unit is not None:
            out += _kept(b[i], unit, t, to_target.get(i), conflicts, prefer_target)
            out += [t[k] for k in inserted.get(i, ())]
        at = i
    return Merged("\n".join(out), tuple(conflicts))


def _dropped(base: str, target: Sequence[str], j: int | None, conflicts: list[str], prefer_target: bool) -> list[str]:
    """What stays of a unit that the head has removed: nothing, unless the target had made it its own."""
    if j is None or target[j] == base or _same_localised(base, target[j]) >= 0.9:
        return []
    conflicts.append(target[j])
    return [target[j]] if prefer_target else []


def _kept(
    base: str, head: str, target: Sequence[str], j: int | None, conflicts: list[str], prefer_target: bool
) -> list[str]:
    """The unit that stands for one that base and head both have."""
    if j is None:
        if _form(base) == _form(head):
            return []  # the target has removed it and the source did not touch it
        return [head]
    own = target[j]
    if own in (base, head):
        return [head]
    if _form(base) == _form(head):
        return [own]
    merged = _inside(base, head, own)
    if merged is not None:
        return [merged]
    conflicts.append(own)
    return [own if prefer_target else head]


def _form(unit: str) -> str:
    """A unit without what is form only; two units with the same form say the same."""
    if _is_remark(unit):
        return cosmetic_key(" ".join(line.strip().lstrip("#/ ") for line in unit.split("\n")))
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
    if remark is None:
        return None
    b, h, t = (_PIECE.findall(code) for code, _ in parts)
    code = _pieces(b, h, t)
    return None if code is None else code + remark


def _choose(base: str, head: str, target: str) -> str | None:
    if head == base or _form(head) == _form(base):
        return target
    return head if target in (base, head, "") else None


def _pieces(base: Sequence[str], head: Sequence[str], target: Sequence[str]) -> str | None:
    changes = []
    for side, other in ((0, head), (1, target)):
        codes = SequenceMatcher(None, base, other, autojunk=False).get_opcodes()
        changes += [(i1, i2, side, list(other[j1:j2])) for tag, i1, i2, j1, j2 in codes if tag != "equal"]
    changes.sort(key=lambda c: c[:3])
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
    if _is_remark(unit) or _DOC.match(unit):
        return ""
    code, _ = _split_remark(unit)
    return re.sub(r"\s+", "", _TEXT.sub('""', code))


Likeness = Callable[[str, str], float]


def _same_source(base: str, head: str) -> float:
    if not base.strip() or not head.strip():
        return 0.0
    if _is_remark(base) != _is_remark(head) or bool(_DOC.match(base)) != bool(_DOC.match(head)):
        return 0.0
    return _ratio(base.strip(), head.strip())


def _same_localised(base: str, target: str) -> float:
    if not base.strip() or not target.strip():
        return 0.0
    if _is_remark(base) or _DOC.match(base):
        alike = _is_remark(base) == _is_remark(target) and bool(_DOC.match(base)) == bool(_DOC.match(target))
        return 0.9 if alike and _indent(base) == _indent(target) else 0.0
    if skeleton(base) == skeleton(target) and re.search(r"\w", skeleton(base)):
        return 0.95
    return _ratio(base.strip(), target.strip())


def _ratio(left: str, right: str) -> float:
    from rapidfuzz.fuzz import ratio

    return float(ratio(left, right)) / 100


def _pairs(left: Sequence[str], right: Sequence[str], likeness: Likeness) -> dict[int, int]:
    """Increasing index pairs: equal units first, then in each gap those alike at 0.6 or more."""
    found: dict[int, int] = {}
    i0 = j0 = 0
    for i, j, n in SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks():
        found.update(_gap(left, i0, i, right, j0, j, likeness))
        found.update({i + d: j + d for d in range(n)})
        i0, j0 = i + n, j + n
    return found


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
