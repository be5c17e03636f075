"""Blocks that a translator has drawn into a neighbour: a condition behind a formula put before it, a formula put into
the sentence that it belongs to, a paragraph told in the next one.

The alignment of blocks finds them only where they are neighbours, in order. What is left without a counterpart is
looked for by what it holds that a translation keeps: formulas, code, references.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from amts_action.alignment.beads import Bead
from amts_action.documents.anchors import Anchors, anchors
from amts_action.documents.model import Block

__all__ = ["drawn_in"]

_NEAR = 3
"""Blocks to look at before and behind; a section is not left. By hand, held by `tests/alignment/test_drawn_in.py`."""
_LONG = 6
"""Characters of a formula, reference or piece of code from which it tells one block from others. By hand, held by
`tests/alignment/test_drawn_in.py`."""
_SHARE = 0.8
"""Least share of what tells the block that has to be there, beyond what the neighbour's own English accounts for. By
hand, held by `tests/alignment/test_drawn_in.py`."""
_RARE = 0.5
"""Least sum of the parts of the page's formulas that are these: one that is there once, or two that are there twice. By
hand, held by `tests/alignment/test_drawn_in.py`."""
_HOSTS = frozenset({"paragraph", "list_item", "footnote"})


def drawn_in(beads: Sequence[Bead], base: Sequence[Block], target: Sequence[Block]) -> tuple[Bead, ...]:
    """The beads, with blocks that had no counterpart in those whose translation holds them."""
    lost = [
        b.source[0]
        for b in beads
        if len(b.source) == 1 and not b.target and base[b.source[0]].kind in (*_HOSTS, "math")
    ]
    if not lost:
        return tuple(beads)
    often = Counter(a for block in base for a in anchors(block))
    found = list(beads)
    for i in lost:
        wanted = {a: n for a, n in anchors(base[i]).items() if a[0] in "pm" and len(a) > _LONG}
        if sum(n / often[a] for a, n in wanted.items()) < _RARE:
            continue
        for host in _hosts(found, i, base, target):
            if _holds(host, wanted, base, target):
                found = [b for b in found if b is not host and b.source != (i,)]
                sure = host.confidence if host.source else 1.0
                found.append(replace(host, source=tuple(sorted((*host.source, i))), confidence=sure))
                break
    return tuple(found)


def _hosts(beads: Sequence[Bead], i: int, base: Sequence[Block], target: Sequence[Block]) -> Iterator[Bead]:
    """The beads that may hold block `i`, nearest first, and what the translation has beside them."""
    by_base = {k: bead for bead in beads if bead.target for k in bead.source}
    edges: list[int] = []
    for way in (-1, 1):
        for k in range(i + way, i + way * (_NEAR + 1), way):
            if not 0 <= k < len(base) or base[k].kind == "heading":
                break
            bead = by_base.get(k)
            if bead is not None:
                edges += [bead.target[0], bead.target[-1]]
                if all(target[j].kind in _HOSTS for j in bead.target) and base[k].kind in _HOSTS:
                    yield bead
    for bead in beads:
        lone = not bead.source and len(bead.target) == 1 and target[bead.target[0]].kind in _HOSTS
        if lone and edges and min(edges) - 1 <= bead.target[0] <= max(edges) + 1:
            yield bead


def _holds(host: Bead, wanted: dict[str, int], base: Sequence[Block], target: Sequence[Block]) -> bool:
    more = _all(target, host.target) - _all(base, host.source)
    return sum(min(n, more[a]) for a, n in wanted.items()) >= _SHARE * sum(wanted.values())


def _all(blocks: Sequence[Block], indexes: Sequence[int]) -> Anchors:
    return sum((Counter(anchors(blocks[k])) for k in indexes), Counter())
