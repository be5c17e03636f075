"""Several translations of one book in one go: texts that more than one of them wants are sent in one job.

Only batch jobs of Amazon Translate take several languages, and only with parallel data that have them all. What such a
job gives is kept among the replies that were paid for, so each run finds its part there and is a run as usual.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from amts_action.engines.model import Segment
from amts_action.engines.registry import create_engine
from amts_action.runs.engine_setup import engine_settings
from amts_action.runs.memory.book_data import book_name
from amts_action.runs.planning.page_plans import plan_run
from amts_action.runs.planning.plan import check_sane, survey

if TYPE_CHECKING:
    from amts_action.books.books import Books
    from amts_action.engines.aws.batch import BatchEngine

__all__ = ["languages_of", "may_share", "send_together"]

SHARING = "amazon-translate-batch"


def languages_of(value: str) -> list[str]:
    """The languages of `zh,ja,ko`, each once."""
    return list(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))


def may_share(books: Mapping[str, Books]) -> bool:
    """Whether the engine takes several languages, as it is set up."""
    return all(b.settings.engine == SHARING and b.settings.parallel_data != "auto" for b in books.values())


def send_together(books: Mapping[str, Books], *, report: Callable[[str], None]) -> BatchEngine | None:
    """Sends what several languages want of the same book, by language, in jobs that they share.

    Returns:
        The engine, which is to be told when all translations are safe; None when nothing could be shared.

    Raises:
        InputError: the engine cannot be used as it is configured.
        LimitError: it would be more than is allowed; nothing was sent.
        PendingError: a job goes on; a later run collects it.
        ServiceError: the service failed.
    """
    first = next(iter(books.values())).settings
    if not may_share(books):
        return None
    wanted: dict[str, dict[str, Segment]] = {}
    langs_of: dict[str, list[str]] = {}
    for lang, one in books.items():
        for segment in _asked(one):
            key = f"{segment.context.get('kind', '')} {' '.join(segment.text.split())}"
            if lang not in (langs := langs_of.setdefault(key, [])):
                langs.append(lang)
            wanted.setdefault(key, {})[lang] = segment
    groups: dict[tuple[str, ...], list[Segment]] = {}
    for key, langs in langs_of.items():
        if len(langs) > 1:
            group = groups.setdefault(tuple(langs), [])
            group.append(replace(wanted[key][langs[0]], id=str(len(group))))
    if not groups:
        return None
    told = engine_settings(first, pairs=tuple, report=report)
    name = f"{book_name(next(iter(books.values())))}-together"
    engine: BatchEngine = create_engine(SHARING, replace(told, gate="off", memory_first=False, book=name))  # type: ignore[assignment]
    for group_langs, segments in groups.items():
        report(f"{len(segments)} texts in one job for {', '.join(group_langs)}")
        engine.translate_all(segments, source_lang=first.source_lang, target_langs=group_langs)
    used = engine.usage
    cost = f", {used.cost:.2f} USD" if used.cost else ""
    report(f"shared jobs: {used.characters} characters sent{cost}")
    return engine


def _asked(books: Books) -> list[Segment]:
    """What a run over the books would ask an engine for."""
    return [segment for job in plan_run(books, check_sane(books, survey(books)), preview=True) for segment in job.asked]
