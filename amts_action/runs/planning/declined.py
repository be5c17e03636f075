"""What people did not want: blocks of pull requests that were closed unmerged, or that they skipped by a comment, are
not proposed again.

A block counts as the same while its English before and after is the same. When the English changes again, or the run is
told to with `force`, it is proposed once more. The closed pull requests remember the keys (`reports.body.marker`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from amts_action.documents.model import Document
from amts_action.merging.flags import flag, has_code
from amts_action.merging.planning.steps import Plan, SharedText, Step
from amts_action.reports.body.marker import digest, memory_of

if TYPE_CHECKING:
    from amts_action.git.hub import Pull
    from amts_action.merging.any_document import AnyPlan

__all__ = ["block_key", "declined_in", "page_key", "takes_page", "without"]


def block_key(path: str, base_text: str, head_text: str) -> str:
    """The key of a change of one block: the page, and its English before and after."""
    return digest("block", path, base_text, head_text)


def page_key(path: str, head_text: str) -> str:
    """The key of everything that an English text asks of a page."""
    return digest("page", path, head_text)


def declined_in(pulls: Iterable[Pull]) -> frozenset[str]:
    """The keys that closed, unmerged pull requests remember, and those that people skipped in any."""
    found = [(pull, memory) for pull in pulls if (memory := memory_of(pull.body)) is not None]
    closed = (memory for pull, memory in found if pull.state != "open" and not pull.is_merged)
    skipped = (key for _, memory in found for key in memory.skipped)
    return frozenset({*(key for memory in closed for key in (*memory.blocks, *memory.pages)), *skipped})


def takes_page(path: str, head_text: str, declined: frozenset[str]) -> bool:
    """Whether a page as a whole is declined: it stays as it is until its English changes."""
    return bool(declined) and page_key(path, head_text) in declined


def without(plan: AnyPlan, path: str, declined: frozenset[str]) -> AnyPlan:
    """The plan with the declined changes left undone, and owed."""
    if not declined:
        return plan
    if isinstance(plan, Plan):
        return replace(plan, steps=_steps(plan, path, declined))
    return replace(plan, page=replace(plan.page, steps=_steps(plan.page, path, declined)))


def _steps(plan: Plan, path: str, declined: frozenset[str]) -> tuple[Step, ...]:
    out = []
    for step in plan.steps:
        acts = step.writes or step.is_new or step.moves or step.action == "delete"
        out.append(_left(step) if acts and _key(plan, path, step) in declined else step)
    # A block that another one is written for is left with that one.
    return tuple(_left(s) if isinstance(s.text, SharedText) and _is_declined(out[s.text.step]) else s for s in out)


def _key(plan: Plan, path: str, step: Step) -> str:
    return block_key(path, _text(plan.base, step.base), _text(plan.head, step.head))


def _text(document: Document, index: int | None) -> str:
    return document.blocks[index].outer.of(document.text) if index is not None else ""


def _left(step: Step) -> Step:
    flags = (*step.flags, flag("declined"))
    return replace(step, action="owed", flags=flags, text=None, is_new=False, moves=False)


def _is_declined(step: Step) -> bool:
    return step.action == "owed" and has_code(step.flags, "declined")
