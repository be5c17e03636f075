"""Whole documents through an engine: what a page that is new in the translation gets, too."""

from __future__ import annotations

from collections.abc import Mapping

from amts_action.engines.model import Engine
from amts_action.merging.any_document import ask, blank, carry_out, make
from amts_action.merging.document import Result
from amts_action.merging.options import MergeOptions

__all__ = ["translate_documents"]


def translate_documents(
    texts: Mapping[str, str], engine: Engine, *, source_lang: str, target_lang: str
) -> dict[str, Result]:
    """The translations of documents, made in one call of the engine.

    Args:
        texts: text of each document by its path, whose suffix says which format it has.

    Raises:
        InputError: a notebook cannot be read, or the engine cannot be used.
        EngineError: the engine gave nothing at all.
    """
    plans, asked = {}, []
    for n, (name, text) in enumerate(texts.items()):
        empty = blank(text, name=name)
        plans[name] = make(empty, text, empty, MergeOptions(source_lang, target_lang), name=name)
        asked += ask(plans[name], prefix=str(n), context={"path": name})
    given = engine.translate(asked, source_lang=source_lang, target_lang=target_lang) if asked else []
    by_id = {translation.id: translation for translation in given}
    return {name: carry_out(plan, by_id, prefix=str(n)) for n, (name, plan) in enumerate(plans.items())}
