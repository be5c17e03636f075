"""Plan, questions and result of one document held in memory, for every format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from amts_action.documents.files import is_notebook
from amts_action.documents.notebooks.notebook import parse_notebook
from amts_action.documents.notebooks.notebook_edits import Delete, apply
from amts_action.engines.model import Pair, Segment, Translation
from amts_action.merging.document import Result, merge_document, plan_document, segments
from amts_action.merging.notebooks.notebook import NotebookPlan, merge_notebook, notebook_segments, plan_notebook
from amts_action.merging.options import MergeOptions
from amts_action.merging.planning.steps import Plan
from amts_action.merging.planning.unsettled import Waiting
from amts_action.merging.sources.filling import filled, wanted
from amts_action.merging.sources.search import gathered
from amts_action.merging.sources.shelf import TranslatedPage
from amts_action.merging.sources.sieve import Sieve, look

__all__ = ["AnyPlan", "ask", "blank", "carry_out", "make", "people_pairs", "with_own"]

AnyPlan = Plan | NotebookPlan


def make(
    base: str,
    head: str,
    target: str,
    options: MergeOptions,
    *,
    name: str,
    waiting: Sequence[Waiting] = (),
) -> AnyPlan:
    """The plan for one document; the suffix of `name` says which format the texts have.

    Args:
        waiting: conflicts of earlier runs that nobody has settled.

    Raises:
        InputError: a notebook cannot be read.
    """
    plan = plan_notebook if is_notebook(name) else plan_document
    return plan(base, head, target, options, waiting=waiting)


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


def with_own(plan: AnyPlan, page: TranslatedPage, options: MergeOptions) -> AnyPlan:
    """The plan with what people have translated elsewhere on the same page in the place of what would be sent.

    Raises:
        InputError: a notebook cannot be read.
    """
    texts = Sieve(wanted(plan)).left(look(page.base, page.name))
    if not texts:
        return plan
    shelf = gathered(page, texts, source_lang=options.source_lang, target_lang=options.target_lang)
    return filled(plan, shelf, page.where)


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
