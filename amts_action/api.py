"""The library face: one document at a time, text or path in, frozen data out. `amts_action` re-exports it.

A `str` is the text itself, a `Path` is read as UTF-8; nothing is written. What a command of the same name prints comes
from here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from amts_action.documents.files import read_document
from amts_action.engines.model import EngineSettings
from amts_action.merging.options import MergeOptions

if TYPE_CHECKING:
    from amts_action.memory.harvest import Granularity
    from amts_action.merging.any_document import AnyPlan
    from amts_action.merging.checking.compare import Comparison
    from amts_action.merging.document import Result

__all__ = ["TextPair", "check", "merge", "pairs", "plan"]

DEFAULT_NAME = "page.md"
"""What a text without a path is taken for."""


class TextPair(NamedTuple):
    """Two texts that translate each other, each on one line."""

    source: str
    target: str


def plan(base: str | Path, head: str | Path, target: str | Path, options: MergeOptions, *, name: str = "") -> AnyPlan:
    """What `merge` would do to `target`, a translation of `base`, to bring it up to `head`; asks no engine.

    Args:
        name: its suffix says which format the texts have; that of `target` when it is a path, else markdown.

    Raises:
        InputError: a document cannot be read.
    """
    return _planned(base, head, target, options, name=_name(target, name), memory=None)


def _planned(
    base: str | Path, head: str | Path, target: str | Path, options: MergeOptions, *, name: str, memory: Path | None
) -> AnyPlan:
    """The plan, with what people have translated elsewhere on the page, and in a memory, in its place."""
    from amts_action.merging.any_document import make, with_own
    from amts_action.merging.checking.conservation import conserved
    from amts_action.merging.sources.filling import filled, wanted
    from amts_action.merging.sources.shelf import TranslatedPage

    old, new, own = _text(base), _text(head), _text(target)
    made = with_own(make(old, new, own, options, name=name), TranslatedPage(name, old, own, name, new), options)
    if memory is not None:
        from amts_action.runs.memory.shelf import shelf_of_memory

        languages = {"source_lang": options.source_lang, "target_lang": options.target_lang}
        made = filled(made, shelf_of_memory(memory, [want.text for want in wanted(made)], **languages), name)
    return conserved(made, source_lang=options.source_lang, target_lang=options.target_lang)


def merge(
    base: str | Path,
    head: str | Path,
    target: str | Path,
    options: MergeOptions,
    *,
    name: str = "",
    engine: str = "memory",
    settings: EngineSettings | None = None,
    ledger: Counter[str] | None = None,
) -> Result:
    """`target`, a translation of `base`, brought up to `head`.

    Args:
        name: as for `plan`.
        engine: the name of an engine (docs/engines.md).
        settings: what the engine is told; its `pairs` and `pages` are those of this document.
        ledger: what became of the texts that the engine was given is added to it.

    Raises:
        InputError: a document cannot be read, or the engine's settings are unusable.
        EngineError: the engine gave nothing at all.
        LimitError: a limit of `settings` would have been passed; nothing was sent.
    """
    from amts_action.engines.registry import create_engine, delivered
    from amts_action.merging.any_document import ask, carry_out, people_pairs

    name = _name(target, name)
    settings, own = settings or EngineSettings(), _text(target)
    decided = _planned(base, head, target, options, name=name, memory=settings.memory_path)
    told = replace(settings, pairs=lambda: people_pairs(decided, name), pages=lambda: [own])
    machine = create_engine(engine, told)
    asked = ask(decided, prefix="0", context={"path": name})
    languages = {"source_lang": options.source_lang, "target_lang": options.target_lang}
    given = machine.translate(asked, **languages) if asked else []
    if ledger is not None:
        ledger.update(getattr(machine, "counts", {}))
    result = carry_out(decided, {t.id: t for t in given}, prefix="0")
    delivered(machine)  # into the caller's hands
    return result


def check(source: str | Path, target: str | Path, *, name: str = "") -> Comparison:
    """What both documents hold of code, formulas, labels and links, and where they differ.

    Raises:
        InputError: a document cannot be read.
    """
    from amts_action.merging.checking.compare import compare_documents

    return compare_documents(_text(source), _text(target), name=_name(target, name))


def pairs(
    source: str | Path,
    target: str | Path,
    options: MergeOptions,
    *,
    granularity: Granularity = "sentence",
    name: str = "",
) -> tuple[TextPair, ...]:
    """The aligned pairs of language of a document and its translation, in the order of the document.

    Raises:
        InputError: a document cannot be read.
    """
    from amts_action.documents.model import PROSE
    from amts_action.errors import InputError
    from amts_action.memory.harvest import PageTexts, harvest

    name = _name(target, name)
    texts = PageTexts(name, _text(source), _text(target), options.source_lang, options.target_lang)
    out = []
    for found in harvest([texts], granularity, kinds=PROSE):
        if isinstance(found, str):
            raise InputError(found)
        out += [TextPair(" ".join(p.source.split()), " ".join(p.target.split())) for p in found]
    return tuple(out)


def _text(given: str | Path) -> str:
    return read_document(given) if isinstance(given, Path) else given


def _name(target: str | Path, name: str) -> str:
    return name or (str(target) if isinstance(target, Path) else DEFAULT_NAME)
