"""Pairs the units of two versions of a program, and the tokens of two versions of a unit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from amts_action.alignment.patience import increasing, unique_pairs
from amts_action.merging.programs.units import ProgramToken, Unit

__all__ = [
    "Pairs",
    "equal_runs",
    "insertions",
    "pairs_of",
    "same_already",
    "same_localised",
    "same_source",
    "token_pairs",
]

LEAST = 0.6
"""Least likeness (0 to 1) of two units that are one. By hand, held by `tests/merging/test_code_merge.py`."""
_MOST_CELLS = 40_000
"""Pairs of units of one gap that are compared. Our own limit."""
_MOST_MATCHES = 2_000_000
"""With more pairs of equal units than this (thousands of empty lines, say) difflib would take minutes. Our own
limit."""

Likeness = Callable[[Unit, Unit], float]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Increasing index pairs of units."""

    sure: dict[int, int]
    """Pairs that are equal or alike."""
    weak: dict[int, int]
    """Unlike units that stand for each other: k of one side between two sure pairs, and k of the other."""
    all: dict[int, int]
    """Both."""


def pairs_of(
    left: Sequence[Unit], right: Sequence[Unit], likeness: Likeness, *, by_number: bool, key: Callable[[Unit], Hashable]
) -> Pairs:
    """Pairs of equal `key` first, then in each gap those alike, and with `by_number` k unlike for k unlike."""
    sure: dict[int, int] = {}
    i0 = j0 = 0
    for i, j, n in equal_runs([key(u) for u in left], [key(u) for u in right]):
        sure.update(_gap(left, i0, i, right, j0, j, likeness))
        sure.update({i + d: j + d for d in range(n)})
        i0, j0 = i + n, j + n
    weak: dict[int, int] = {}
    if by_number:
        i0 = j0 = 0
        for i, j in [*sorted(sure.items()), (len(left), len(right))]:
            here = [k for k in range(i0, i) if not left[k].is_blank]
            there = [k for k in range(j0, j) if not right[k].is_blank]
            if len(here) == len(there) and all(_may_stand(left[a], right[b]) for a, b in zip(here, there, strict=True)):
                weak.update(zip(here, there, strict=True))
            i0, j0 = i + 1, j + 1
    return Pairs(sure, weak, {**sure, **weak})


def _may_stand(one: Unit, other: Unit) -> bool:
    return one.is_remark == other.is_remark and one.is_text == other.is_text


def equal_runs(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[tuple[int, int, int]]:
    """Runs of equal keys as (left, right, length), increasing; the last one is empty and at the ends."""
    first, rows, columns = 0, len(left), len(right)
    while first < min(rows, columns) and left[first] == right[first]:
        first += 1
    while rows > first and columns > first and left[rows - 1] == right[columns - 1]:
        rows, columns = rows - 1, columns - 1
    here, there = left[first:rows], right[first:columns]
    counts = Counter(there)
    if not here or not there:
        runs = []
    elif sum(counts[unit] for unit in here) <= _MOST_MATCHES:
        runs = [tuple(run) for run in SequenceMatcher(None, here, there, autojunk=False).get_matching_blocks()]
    else:
        runs = [(i, j, 1) for i, j in increasing(unique_pairs(here, there))]
    inner = [(first + i, first + j, n) for i, j, n in runs if n]
    tail = len(left) - rows
    return [(0, 0, first), *inner, (rows, columns, tail), (len(left), len(right), 0)]


def _gap(
    left: Sequence[Unit], i0: int, i1: int, right: Sequence[Unit], j0: int, j1: int, likeness: Likeness
) -> dict[int, int]:
    rows, columns = i1 - i0, j1 - j0
    if not rows or not columns or rows * columns > _MOST_CELLS:
        return {}
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    alike = [[likeness(left[i0 + r], right[j0 + c]) for c in range(columns)] for r in range(rows)]
    for r in range(rows - 1, -1, -1):
        for c in range(columns - 1, -1, -1):
            here = best[r + 1][c + 1] + alike[r][c] if alike[r][c] >= LEAST else 0.0
            best[r][c] = max(here, best[r + 1][c], best[r][c + 1])
    found, r, c = {}, 0, 0
    while r < rows and c < columns:
        if alike[r][c] >= LEAST and best[r][c] == best[r + 1][c + 1] + alike[r][c]:
            found[i0 + r] = j0 + c
            r, c = r + 1, c + 1
        elif best[r][c] == best[r + 1][c]:
            r += 1
        else:
            c += 1
    return found


def insertions(found: dict[int, int], count: int) -> dict[int, list[int]]:
    """Right units that are in no pair, by the left unit they follow (-1 for the start)."""
    back = {j: i for i, j in found.items()}
    inserted: dict[int, list[int]] = {}
    after = -1
    for j in range(count):
        if j in back:
            after = back[j]
        else:
            inserted.setdefault(after, []).append(j)
    return inserted


def _ratio(left: str, right: str) -> float:
    from rapidfuzz.fuzz import ratio

    return float(ratio(left, right)) / 100


def is_tab(unit: Unit) -> bool:
    """Whether the unit is d2lbook's line that names the frameworks of a block."""
    return unit.raw.lstrip().startswith(("#@tab", "%%tab"))


def same_source(base: Unit, head: Unit) -> float:
    """How far two units of the same language may be one."""
    if base.is_blank or head.is_blank or base.is_remark != head.is_remark or base.is_text != head.is_text:
        return 0.0
    if is_tab(base) and is_tab(head):
        return 0.95
    found = _ratio(base.raw.strip(), head.raw.strip())
    if base.is_remark or base.is_text:
        # What was rewritten still stands where the old one stood.
        return max(found, LEAST) if base.indent.strip("\n") == head.indent.strip("\n") else found
    if base.skeleton == head.skeleton and re.search(r"\w", base.skeleton):
        return max(found, 0.75)
    return max(found, _ratio(base.skeleton, head.skeleton) if len(base.skeleton) > 8 else 0.0)


_LATIN = re.compile(r"[A-Za-z_]{3,}|\d+")


def same_localised(base: Unit, own: Unit) -> float:
    """How far a unit of the translation may be one of the English."""
    if base.is_blank or own.is_blank or base.is_remark != own.is_remark or base.is_text != own.is_text:
        return 0.0
    if base.is_remark or base.is_text:
        near = 0.2 if base.indent == own.indent else 0.0
        return 0.65 + near + 0.1 * _overlap(base.raw, own.raw)
    if is_tab(base) and is_tab(own):
        return 0.95
    if base.skeleton == own.skeleton and re.search(r"\w", base.skeleton):
        return 0.95 + 0.04 * _overlap(base.raw, own.raw)
    if base.skeleton == own.skeleton and "§" in base.skeleton:
        return 0.7 + 0.2 * (base.says == own.says)
    return _ratio(base.skeleton, own.skeleton)


def _overlap(one: str, other: str) -> float:
    here, there = set(_LATIN.findall(one)), set(_LATIN.findall(other))
    return len(here & there) / max(1, len(here | there))


def same_already(head: Unit, own: Unit) -> float:
    """Whether a unit that is new in the head is one that the translation has added."""
    if head.is_blank and own.is_blank:
        return 0.7
    if head.is_remark or head.is_text or head.skeleton == own.skeleton:
        return same_localised(head, own)
    found = _ratio(head.raw.strip(), own.raw.strip())
    return found if found >= 0.9 else 0.0


def token_pairs(left: Unit, right: Unit) -> dict[int, int]:
    """Increasing index pairs of tokens of two units: those that say the same, and between them slots of one kind."""
    found: dict[int, int] = {}
    i0 = j0 = 0
    for i, j, n in equal_runs(left.says, right.says):
        found.update(_slots(left.tokens, i0, i, right.tokens, j0, j))
        found.update({i + d: j + d for d in range(n)})
        i0, j0 = i + n, j + n
    return found


def _slots(
    left: Sequence[ProgramToken], i0: int, i1: int, right: Sequence[ProgramToken], j0: int, j1: int
) -> dict[int, int]:
    """Pairs of code tokens that are equal and of slots of one kind, in a gap."""
    if i0 == i1 or j0 == j1 or (i1 - i0) * (j1 - j0) > _MOST_CELLS:
        return {}
    here = [t.raw if t.kind == "code" else f"\0{t.kind}" for t in left[i0:i1]]
    there = [t.raw if t.kind == "code" else f"\0{t.kind}" for t in right[j0:j1]]
    runs = SequenceMatcher(None, here, there, autojunk=False).get_matching_blocks()
    return {i0 + a + d: j0 + b + d for a, b, n in runs for d in range(n)}
