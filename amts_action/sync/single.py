"""The whole job for one document held in memory: what `amts merge` does, for any format."""

from __future__ import annotations

from collections.abc import Iterator

from amts_action.engines.model import Pair
from amts_action.engines.run import create_engine
from amts_action.sync.document import Result, merge_document, plan_document, segments
from amts_action.sync.plan import Plan

__all__ = ["merge_texts", "people_pairs"]


def merge_texts(
    base: str,
    head: str,
    target: str,
    *,
    name: str,
    source_lang: str,
    target_lang: str,
    engine: str = "memory",
    engine_command: str = "",
    timeout_seconds: float = 600.0,
    fill_missing: bool = False,
) -> Result:
    """Brings `target`, a translation of `base`, up to `head`.

    Args:
        name: path of the document; its suffix says which format the texts have.

    Raises:
        InputError: a notebook cannot be read, or the engine's settings are unusable.
        EngineError: the engine gave nothing at all.
    """
    plan = plan_document(base, head, target, fill_missing=fill_missing)
    machine = create_engine(
        engine, command=engine_command, timeout_seconds=timeout_seconds, pairs=lambda: people_pairs(plan, name)
    )
    asked = segments(plan, prefix="0", context={"path": name})
    given = machine.translate(asked, source_lang=source_lang, target_lang=target_lang) if asked else []
    return merge_document(plan, {t.id: t for t in given}, prefix="0")


def people_pairs(plan: Plan, where: str) -> Iterator[Pair]:
    """The blocks of a document that people have translated one to one, with their translations."""
    seen: set[tuple[int, ...]] = set()
    for step in plan.steps:
        if step.base is None or len(step.target) != 1 or step.confidence < 0.5 or step.target in seen:
            continue
        seen.add(step.target)
        source, target = plan.base.blocks[step.base], plan.target.blocks[step.target[0]]
        if source.is_prose and target.is_prose and source.text != target.text:
            yield Pair(source.text, target.text, where)
