"""Several translations of one book in one go: texts that more than one of them wants are sent in one job.

Only batch jobs of Amazon Translate take several languages, and only with parallel data that have them all. The job is
only begun here: each translation's run finds it as it finds a job of an earlier run, whenever it comes by, and takes
its own language.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from amts_action.engines.languages import amazon_pair
from amts_action.engines.registry import create_engine
from amts_action.engines.service.limits import check_limits
from amts_action.errors import AmtsError
from amts_action.runs.engine_setup import engine_settings, of_book
from amts_action.runs.planning.page_plans import plan_run
from amts_action.runs.planning.plan import book_pairs, check_sane, run_segments, survey

if TYPE_CHECKING:
    from amts_action.books.books import Books
    from amts_action.engines.aws.batch import BatchEngine
    from amts_action.engines.service.acceptance import EngineRequest

__all__ = ["exit_code_of", "languages_of", "may_share", "send_together"]

SHARING = "amazon-translate-batch"


def languages_of(value: str) -> list[str]:
    """The languages of `zh,ja,ko`, each once."""
    return list(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))


def exit_code_of(codes: Sequence[int]) -> int:
    """The code of all languages; 1 when they ended in different ways."""
    return codes[0] if len(set(codes)) == 1 else 1


def may_share(books: Mapping[str, Books]) -> bool:
    """Whether the engine takes several languages, as it is set up in more than one of the books."""
    able = [b for b in books.values() if b.settings.engine == SHARING and b.settings.parallel_data != "auto"]
    return len(able) > 1


@dataclass(frozen=True, slots=True)
class _Wish:
    """What one translation wants of a job."""

    engine: BatchEngine
    texts: Mapping[str, EngineRequest]
    kind: Hashable
    """The same for translations that a job can be for."""
    code: str
    """Amazon's for the language."""
    book: str


def send_together(books: Mapping[str, Books], *, report: Callable[[str], None]) -> None:
    """Begins jobs for what several languages want of the same book; what goes wrong is told by the languages' own runs.

    Args:
        books: by language, as their runs will have them.
    """
    from amts_action.engines.aws.batch import MOST_LANGUAGES

    if not may_share(books):
        return
    wishes = {lang: wish for lang, one in books.items() if (wish := _wish(one, report)) is not None}
    for langs, keys in _groups(wishes):
        for some in (langs[at : at + MOST_LANGUAGES] for at in range(0, len(langs), MOST_LANGUAGES)):
            if len(some) < 2:
                continue
            first = wishes[some[0]]
            texts = {key: first.texts[key] for key in keys}
            source_lang = books[some[0]].settings.source_lang
            report(f"{len(texts)} texts in one job for {', '.join(some)}")
            try:
                first.engine.start(texts, source_lang=source_lang, books={lang: wishes[lang].book for lang in some})
            except AmtsError as error:
                report(f"no job for {', '.join(some)}: {error}")


def _wish(books: Books, report: Callable[[str], None]) -> _Wish | None:
    """What a run over the books would send; None when it would send nothing, or may not."""
    s = books.settings
    if s.engine != SHARING or s.parallel_data == "auto":
        return None
    languages = {"source_lang": s.source_lang, "target_lang": s.target_lang}
    try:
        jobs = plan_run(books, check_sane(books, survey(books)))
        asked = run_segments(jobs)
        told = of_book(engine_settings(s, pairs=lambda: book_pairs(books, jobs), report=report), books)
        told = replace(told, pairs_for=lambda texts: book_pairs(books, jobs, texts))
        engine: BatchEngine = create_engine(SHARING, told)  # type: ignore[assignment]
        check_limits(engine.name, told, engine.estimate(asked, **languages))
        texts = engine.unsent(asked, **languages) if asked else {}
    except AmtsError:
        return None
    source, target = amazon_pair(**languages)
    place = told.s3_uri, told.role_arn, told.kms_key, told.region, told.shelf
    return _Wish(
        engine, texts, (*place, told.parallel_data, told.terminology, told.formality, source), target, told.book
    )


def _groups(wishes: Mapping[str, _Wish]) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Languages that want the same, and the keys of the texts that just these want."""
    out: dict[tuple[str, ...], list[str]] = {}
    for kind in dict.fromkeys(wish.kind for wish in wishes.values()):
        first: dict[str, str] = {}
        for lang, wish in wishes.items():
            if wish.kind == kind:
                first.setdefault(wish.code, lang)  # two names of one language cannot share a job
        alike = list(first.values())
        for key in dict.fromkeys(key for lang in alike for key in wishes[lang].texts):
            out.setdefault(tuple(lang for lang in alike if key in wishes[lang].texts), []).append(key)
    yield from out.items()
