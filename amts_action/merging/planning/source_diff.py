"""What became of each block of the base in the head: both in the same language, so text can be compared with text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from amts_action.alignment.patience import increasing, unique_pairs
from amts_action.documents.attributes import tag_names
from amts_action.documents.model import Block, Document
from amts_action.merging.english.small_changes import Reader, SmallChange, small_changes
from amts_action.merging.rewriting.frames import frame_of, meaning, quotes
from amts_action.merging.rewriting.span_merge import words_of

__all__ = ["BlockChange", "Changes", "compare"]

Relation = Literal["same", "cosmetic", "form", "spans", "revised", "new"]
"""`same` to the byte; `cosmetic` small changes only; `form` what stands around the words (an id, a ticked box); `spans`
protected spans as well; `revised` language; `new` no counterpart."""

_ALIKE = 0.45
"""Least likeness (0 to 1) of two versions of one block between unchanged neighbours. By hand, held by
`tests/fixtures/plan`."""
_ALIKE_AFAR = 0.8
"""The same for a block that has also moved. By hand, held by `tests/merging/test_conservation.py`."""
_FLOW = frozenset({"paragraph", "list_item", "caption", "footnote"})
_SAYS_ENOUGH_PROSE = 3
"""Characters of a text that is found elsewhere: the same words have the same translation, however few they are. By
hand, held by `tests/fixtures/plan`."""
_CELLS = 40_000
"""Pairs of blocks of one gap that are compared; in a larger gap only those about the diagonal. Our own limit."""
_LONGEST = 4000
"""Characters of a block that are compared; more would only cost time. Our own limit."""


@dataclass(frozen=True, slots=True)
class BlockChange:
    """What the head block `head` is to the base."""

    head: int
    base: int | None
    relation: Relation
    moved: bool = False
    small: tuple[SmallChange, ...] = ()
    """What changed in the English without giving a translator anything to do."""


@dataclass(frozen=True, slots=True)
class Changes:
    """One `BlockChange` for every head block, in order, and the base blocks that are gone."""

    heads: tuple[BlockChange, ...]
    deleted: tuple[int, ...]


def compare(
    base: Document,
    head: Document,
    *,
    keys: tuple[Sequence[Hashable], Sequence[Hashable]] | None = None,
    reader: Reader | None = None,
) -> Changes:
    """Pairs the blocks of two versions of a document; every base block is in one pair at most.

    Args:
        keys: what identifies each block of base and head, when something better than its text does (cell ids).
        reader: to whom small changes mean nothing; anybody when not given.
    """
    if base.text == head.text and keys is None:
        return Changes(tuple(BlockChange(i, i, "same") for i in range(len(head.blocks))), ())
    left, right = keys or ([_key(b) for b in base.blocks], [_key(b) for b in head.blocks])
    telling = keys or tuple(
        [key if _tells(block) else None for key, block in zip(side, document.blocks, strict=True)]
        for side, document in ((left, base), (right, head))
    )
    equal = _slid(_equal(left, right, telling), right, head.blocks)
    equal_afar = _moved(base.blocks, left, right, equal)
    pairs = _in_place(base.blocks, head.blocks, equal, equal_afar)
    pairs += _nearly_equal(base.blocks, head.blocks, pairs)
    reader = reader or Reader(head=head.text)
    pairs += _little_changed(base.blocks, head.blocks, pairs, reader)
    pairs.sort(key=lambda p: p[1])
    steady = {i for _, i in increasing([(j, i) for i, j in pairs])}
    from_head = {j: i for i, j in pairs}
    heads = []
    for j in range(len(head.blocks)):
        i = from_head.get(j)
        if i is None:
            heads.append(BlockChange(j, None, "new"))
            continue
        relation, small = relate(base, base.blocks[i], head, head.blocks[j], reader)
        heads.append(BlockChange(j, i, relation, i not in steady, small))
    gone = set(range(len(base.blocks))) - {i for i, _ in pairs}
    return Changes(tuple(heads), tuple(sorted(gone)))


def _key(block: Block) -> Hashable:
    return (block.kind, " ".join(block.text.split()), block.level, block.info)


def _tells(block: Block) -> bool:
    """Whether a block has more to say than where something starts or ends: an equal one elsewhere is the same."""
    return block.kind not in ("end", "tab", "directive", "html") or block.inner != block.outer


def _in_place(
    base: Sequence[Block], head: Sequence[Block], equal: Sequence[tuple[int, int]], afar: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The equal pairs, in order and afar, and in each gap between those in order the most alike of the rest."""
    pairs: list[tuple[int, int]] = list(afar)
    taken = {i for i, _ in afar}, {j for _, j in afar}
    i0 = j0 = 0
    for i, j in [*equal, (len(base), len(head))]:
        here = [k for k in range(i0, i) if k not in taken[0]]
        there = [k for k in range(j0, j) if k not in taken[1]]
        pairs += [(here[a], there[b]) for a, b in _alike([base[k] for k in here], [head[k] for k in there])]
        if i < len(base):
            pairs.append((i, j))
        i0, j0 = i + 1, j + 1
    return pairs


def _equal(
    left: Sequence[Hashable], right: Sequence[Hashable], telling: Sequence[Sequence[Hashable | None]]
) -> list[tuple[int, int]]:
    """Increasing pairs of equal keys: common ends, unique keys, then each gap again; difflib where none is unique.

    Args:
        telling: the keys by which blocks are found first; None for one that only opens or closes something.
    """
    found: list[tuple[int, int]] = []
    todo = [(0, len(left), 0, len(right))]
    while todo:
        a0, a1, b0, b1 = todo.pop()
        while a0 < a1 and b0 < b1 and left[a0] == right[b0]:
            found.append((a0, b0))
            a0, b0 = a0 + 1, b0 + 1
        while a0 < a1 and b0 < b1 and left[a1 - 1] == right[b1 - 1]:
            a1, b1 = a1 - 1, b1 - 1
            found.append((a1, b1))
        if a0 == a1 or b0 == b1:
            continue
        chain = increasing(unique_pairs(telling[0][a0:a1], telling[1][b0:b1]))
        chain = chain or increasing(unique_pairs(left[a0:a1], right[b0:b1]))
        if not chain:
            if (a1 - a0) * (b1 - b0) <= 250_000:
                blocks = SequenceMatcher(None, left[a0:a1], right[b0:b1], autojunk=False).get_matching_blocks()
                found += [(a0 + i + d, b0 + j + d) for i, j, n in blocks for d in range(n)]
            continue
        at = (a0, b0)
        for i, j in chain:
            found.append((a0 + i, b0 + j))
            todo.append((at[0], a0 + i, at[1], b0 + j))
            at = (a0 + i + 1, b0 + j + 1)
        todo.append((at[0], a1, at[1], b1))
    return sorted(found)


def _slid(pairs: Sequence[tuple[int, int]], right: Sequence[Hashable], head: Sequence[Block]) -> list[tuple[int, int]]:
    """The same pairs, with runs of new blocks slid to where they start with a heading or an opening line.

    Where a whole tab is new before the closing line of another one, "closing line, tab, text" and "tab, text, closing
    line" are the same insertion; only the second is what the author did (git's indent heuristic does this for lines).
    """
    out = dict(pairs)
    taken = {j: i for i, j in pairs}
    for i, j in reversed(pairs):
        start = j - 1
        while start >= 0 and start not in taken:
            start -= 1
        run = range(start + 1, j)
        if not run or _opens(head[run[0]]):
            continue
        shift, most = 0, min(len(run), len(right) - j)
        while shift < most and right[run[0] + shift] == right[j + shift] and taken.get(j + shift) == i + shift:
            shift += 1
            if shift == len(run) or _opens(head[run[0] + shift]):
                break
        else:
            continue
        if _opens(head[run[0] + shift] if shift < len(run) else head[j]):
            for k in range(shift):
                out[i + k] = run[0] + k
    return sorted(out.items())


def _opens(block: Block) -> bool:
    return block.closer or block.kind == "heading"


def likeness(left: Block, right: Block) -> float:
    """0 to 1: how far one block may be a version of the other."""
    if left.kind != right.kind:
        if not (left.kind in _FLOW and right.kind in _FLOW):
            return 0.0
    elif left.kind in ("end", "tab", "directive") and left.info != right.info:
        return 0.0
    from rapidfuzz.fuzz import ratio

    found = float(ratio(left.text[:_LONGEST], right.text[:_LONGEST])) / 100
    if left.kind == "heading" and left.level == right.level:
        return 0.5 + found / 2
    if left.kind == right.kind == "html" and tag_names(left.text) == tag_names(right.text) != []:
        return 0.5 + found / 2
    return found


def _alike(base: Sequence[Block], head: Sequence[Block]) -> list[tuple[int, int]]:
    """The increasing pairs with the greatest sum of likeness."""
    rows, columns = len(base), len(head)
    if not rows or not columns:
        return []
    band = columns if rows * columns <= _CELLS else max(10, _CELLS // (2 * rows))
    slope = columns / rows
    best: list[dict[int, float]] = [{} for _ in range(rows + 1)]
    like: dict[tuple[int, int], float] = {}
    for r in range(rows, -1, -1):
        low, high = max(0, int(r * slope) - band), min(columns, int(r * slope) + band)
        for c in range(high, low - 1, -1):
            value = max(best[r].get(c + 1, 0.0), best[r + 1].get(c, 0.0) if r < rows else 0.0)
            if r < rows and c < columns:
                score = likeness(base[r], head[c])
                if score >= _ALIKE:
                    like[r, c] = score
                    value = max(value, best[r + 1].get(c + 1, 0.0) + score - 0.2)
            best[r][c] = value
    pairs, r, c = [], 0, 0
    while r < rows and c < columns:
        score = like.get((r, c), 0.0)
        if score and best[r].get(c, 0.0) == best[r + 1].get(c + 1, 0.0) + score - 0.2:
            pairs.append((r, c))
            r, c = r + 1, c + 1
        elif best[r + 1].get(c, 0.0) >= best[r].get(c + 1, 0.0):
            r += 1
        else:
            c += 1
    return pairs


def _moved(
    base: Sequence[Block], left: Sequence[Hashable], right: Sequence[Hashable], pairs: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Equal pairs out of order among what `pairs` leave: headings, blocks that say enough, and their neighbours."""
    used = {i for i, _ in pairs}, {j for _, j in pairs}
    here = [i for i in range(len(left)) if i not in used[0]]
    there = [j for j in range(len(right)) if j not in used[1]]
    equal = unique_pairs([left[i] for i in here], [right[j] for j in there])
    partners = {here[a]: there[b] for a, b in equal}
    return [
        (i, j)
        for i, j in partners.items()
        if base[i].kind == "heading"
        or (_tells(base[i]) and len(base[i].text) >= (_SAYS_ENOUGH_PROSE if base[i].is_prose else 25))
        or partners.get(i - 1) == j - 1
        or partners.get(i + 1) == j + 1
    ]


def _nearly_equal(
    base: Sequence[Block], head: Sequence[Block], pairs: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Long blocks among what `pairs` leave that are nearly equal, wherever they went."""
    used = {i for i, _ in pairs}, {j for _, j in pairs}
    here = [i for i in range(len(base)) if i not in used[0] and len(base[i].text) >= 40]
    there = [j for j in range(len(head)) if j not in used[1] and len(head[j].text) >= 40]
    if not here or not there or len(here) * len(there) > 1_000_000:
        return []
    from rapidfuzz.fuzz import ratio
    from rapidfuzz.process import extractOne

    found = []
    choices = {j: head[j].text[:_LONGEST] for j in there}
    for i in here:
        best = extractOne(base[i].text[:_LONGEST], choices, scorer=ratio, score_cutoff=_ALIKE_AFAR * 100)
        if best is not None and head[best[2]].kind == base[i].kind:
            found.append((i, best[2]))
            del choices[best[2]]
    return found


def _little_changed(
    base: Sequence[Block], head: Sequence[Block], pairs: Sequence[tuple[int, int]], reader: Reader
) -> list[tuple[int, int]]:
    """Prose among what `pairs` leave that went elsewhere with a small change.

    Of a short text likeness says nothing, but that only a comma or a mark differs says much.
    """
    used = {i for i, _ in pairs}, {j for _, j in pairs}
    here, there = (
        [k for k, b in enumerate(side) if k not in gone and b.is_prose and len(b.text) >= _SAYS_ENOUGH_PROSE]
        for side, gone in zip((base, head), used, strict=True)
    )
    if len(here) * len(there) > _CELLS:
        return []
    found = [(i, j) for i in here for j in there if _says_the_same(base[i], head[j], reader)]
    left, right = Counter(i for i, _ in found), Counter(j for _, j in found)
    return [(i, j) for i, j in found if left[i] == right[j] == 1]


def _says_the_same(left: Block, right: Block, reader: Reader) -> bool:
    if (left.kind, left.level) != (right.kind, right.level):
        return False
    small = small_changes(left.text, right.text, reader, is_heading=left.kind == "heading")
    return small is not None and not small.has_other_spans


def relate(
    base: Document, left: Block, head: Document, right: Block, reader: Reader
) -> tuple[Relation, tuple[SmallChange, ...]]:
    """How `right` of the head differs from `left` of the base, which it was made from; and what of it is small."""
    if left.outer.of(base.text) == right.outer.of(head.text) and left.kind == right.kind:
        return "same", ()
    if left.kind != right.kind or left.level != right.level:
        return "revised", ()
    if not (left.is_prose or (left.kind == "directive" and left.inner != left.outer)):
        return ("cosmetic" if left.kind != "code" and _lines(left.text) == _lines(right.text) else "spans"), ()
    is_reframed = frame_of(base, left) != frame_of(head, right)
    if (left.kind == "directive" and is_reframed) or _is_rewritten(left.text, right.text):
        return "revised", ()
    (old, before), (new, after) = words_of(left.text), words_of(right.text)
    small = small_changes(old, new, reader, is_heading=left.kind == "heading")
    if small is None:
        return "revised", ()
    if small.has_other_spans or before != after:
        return "spans", small.changes
    is_alike = meaning(base, left) == meaning(head, right) and quotes(left) == quotes(right)
    return ("cosmetic" if is_alike else "form"), small.changes


_PROTECTED = re.compile(r"\$[^$]*\$|`[^`]*`|\([^()\s]*\)")
_WORD = re.compile(r"[a-z]{4,}")


def _is_rewritten(old: str, new: str) -> bool:
    """Whether so few words are in both texts that no closer look is needed: most are in neither formula nor code."""
    here, there = (set(_WORD.findall(_PROTECTED.sub(" ", text).lower())) for text in (old, new))
    return len(here | there) > 12 and len(here & there) < 0.4 * len(here | there)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]
