"""Which of the blocks that are written anew leave the place of their old text.

A translator may have put a block elsewhere than the English has it, and while the block is theirs it stays there. When
the English rewrites it, nothing of theirs is left, and its text goes to where the head has it: between neighbours that
it was written for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from amts_action.alignment.patience import increasing
from amts_action.merging.planning.steps import Plan, Step

__all__ = ["in_order"]


def in_order(plan: Plan) -> Plan:
    """The plan in which rewritten paragraphs move where they would stand against the order of what stays.

    What stays are the blocks that are neither rewritten nor moved by the English, as far as head and target have them
    in the same order. O(n log n) in the number of steps.
    """
    places = {n: s.target[0] for n, s in enumerate(plan.steps) if s.target and s.head is not None and not s.strays}
    free = {n for n in places if _is_rewritten(plan, plan.steps[n])}
    stays = increasing([(n, j) for n, j in places.items() if n not in free and not plan.steps[n].moves])
    fitting = [(n, places[n]) for n in free if _fits(n, places[n], stays)]
    steady = {n for n, _ in increasing(sorted([*stays, *fitting]))}
    steps = (replace(s, moves=True) if n in free and n not in steady else s for n, s in enumerate(plan.steps))
    return replace(plan, steps=tuple(steps))


def _is_rewritten(plan: Plan, step: Step) -> bool:
    """Whether the step replaces all of a paragraph's text, and no label hangs on the paragraph."""
    if step.action != "revise" or step.in_place or not step.pieces or step.kind not in ("paragraph", "list_item"):
        return False
    after = step.target[-1] + 1
    return after == len(plan.target.blocks) or plan.target.blocks[after].kind != "label"


def _fits(n: int, place: int, stays: Sequence[tuple[int, int]]) -> bool:
    """Whether step `n`, whose counterpart stands at `place`, is in the order of `stays` (increasing in both parts)."""
    after = bisect_left(stays, (n, 0))
    return (after == 0 or stays[after - 1][1] < place) and (after == len(stays) or place < stays[after][1])
