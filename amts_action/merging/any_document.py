"""The whole job for one document held in memory: what `amts merge` does, for every format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from amts_action.alignment.blocks import PairScore
from amts_action.documents.files import is_notebook
from amts_action.documents.notebook import parse_notebook
from amts_action.documents.notebook_edits import Delete, apply
from amts_action.engines.model import EngineSettings, Pair, Segment, Translation
from amts_action.engines.registry import create_engine, delivered
from amts_action.merging.document import Result, merge_document, plan_document, segments
from amts_action.merging.notebook import NotebookPlan, merge_notebook, notebook_segments, plan_notebook
from amts_action.merging.planning.plan import Plan
from amts_action.merging.planning.unsettled import Waiting

__all__ = ["AnyPlan", "ask", "blank", "carry_out", "make", "merge_texts", "people_pairs"]

AnyPlan = Plan | NotebookPlan


def make(
    base: str,
    head: str,
    target: str,
    *,
    name: str,
    source_lang: str = "en",
    target_lang: str = "",
    words: PairScore | None = None,
    fill_missing: bool = False,
    available: Callable[[str], bool] = lambda page: True,
    waiting: Sequence[Waiting] = (),
) -> AnyPlan:
    """The plan for one document; the suffix of `name` says which format the texts have.

    Args:
        available: whether the translation has the page that a table of contents in the document names.
        waiting: conflicts of earlier runs that nobody has settled.

    Raises:
        InputError: a notebook cannot be read.
    """
    if is_notebook(name):
        return plan_notebook(
            base,
            head,
            target,
            source_lang=source_lang,
            target_lang=target_lang,
            words=words,
            fill_missing=fill_missing,
            available=available,
            waiting=waiting,
        )
    return plan_document(
        base,
        head,
        target,
        source_lang=source_lang,
        target_lang=target_lang,
        words=words,
        fill_missing=fill_missing,
        available=available,
        waiting=waiting,
    )


def blank(text: str, *, name: str) -> str:
    """A document of the same format without content: what a page that is new is merged into."""
    if not is_notebook(name):
        return ""
    notebook = parse_notebook(text, where=name)
    return apply(notebook, [Delete(i) for i in range(len(notebook.cells))])


def ask(plan: AnyPlan, *, prefix: str, context: Mapping[str, str] | None = None) -> list[Segment]:
    """The segments that an engine has to translate for `plan`."""
    if isinstance(plan, NotebookPlan):
        return notebook_segments(plan, prefix=prefix, context=context)
    return segments(plan, prefix=prefix, context=context)


def carry_out(plan: AnyPlan, translations: Mapping[str, Translation], *, prefix: str) -> Result:
    """The result of `plan` with what the engine gave."""
    if isinstance(plan, NotebookPlan):
        return merge_notebook(plan, translations, prefix=prefix)
    return merge_document(plan, translations, prefix=prefix)


def merge_texts(
    base: str,
    head: str,
    target: str,
    *,
    name: str,
    source_lang: str,
    target_lang: str,
    engine: str = "memory",
    settings: EngineSettings | None = None,
    fill_missing: bool = False,
    ledger: Counter[str] | None = None,
) -> Result:
    """Brings `target`, a translation of `base`, up to `head`.

    Args:
        name: path of the document; its suffix says which format the texts have.
        settings: what the engine is told; its `pairs` and `pages` are those of this document.
        ledger: what became of the texts that the engine was given is added to it.

    Raises:
        InputError: a notebook cannot be read, or the engine's settings are unusable.
        EngineError: the engine gave nothing at all.
    """
    plan = make(
        base, head, target, name=name, source_lang=source_lang, target_lang=target_lang, fill_missing=fill_missing
    )
    told = replace(settings or EngineSettings(), pairs=lambda: people_pairs(plan, name), pages=lambda: [target])
    machine = create_engine(engine, told)
    asked = ask(plan, prefix="0", context={"path": name})
    given = machine.translate(asked, source_lang=source_lang, target_lang=target_lang) if asked else []
    if ledger is not None:
        ledger.update(getattr(machine, "counts", {}))
    result = carry_out(plan, {t.id: t for t in given}, prefix="0")
    delivered(machine)  # into the caller's hands
    return result


def people_pairs(plan: AnyPlan, where: str) -> Iterator[Pair]:
    """The blocks of a document that people have translated one to one, with their translations."""
    if isinstance(plan, NotebookPlan):
        plan = plan.page
    seen: set[tuple[int, ...]] = set()
    for step in plan.steps:
        if step.base is None or len(step.target) != 1 or step.confidence < 0.5 or step.target in seen:
            continue
        seen.add(step.target)
        source, target = plan.base.blocks[step.base], plan.target.blocks[step.target[0]]
        if source.is_prose and target.is_prose and source.text != target.text:
            yield Pair(source.text, target.text, where)
