"""What an engine may learn from in an evaluation: the rest of the book, and nothing of the evaluated articles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Literal

from amts_action.engines.model import EngineSettings, Pair
from amts_action.errors import AmtsError, InputError
from amts_action.evaluation.model import Direction
from amts_action.evaluation.run import ArticleSet
from amts_action.memory.harvest import LANGUAGE, Granularity, aligned_documents
from amts_action.runs.planning.job import Job
from amts_action.runs.planning.plan import book_pairs, survey
from amts_action.training.held_out import HeldOut

__all__ = ["PEOPLES", "given_by_name", "held_out", "learning", "learnt", "people_pairs", "prepared", "takes"]

Taken = Literal["examples", "parallel data", "terminology", "glossary"]
_MODEL: frozenset[Taken] = frozenset({"examples", "glossary"})
TAKES: Mapping[str, frozenset[Taken]] = {
    "memory": frozenset({"examples"}),
    "command": frozenset(),
    "local": frozenset(),
    "libretranslate": frozenset(),
    "azure": frozenset(),
    "deepl": frozenset({"terminology"}),
    "google": frozenset({"terminology"}),
    "amazon-translate": frozenset({"terminology"}),
    "amazon-translate-batch": frozenset({"parallel data", "terminology"}),
    "openai": _MODEL,
    "bedrock": _MODEL,
    "anthropic": _MODEL,
}
"""What each engine of ours takes of a book; of others nobody knows."""
PEOPLES: frozenset[Taken] = frozenset({"examples", "parallel data"})
"""What is pairs of people's."""
DATA = {"block": "pairs of paragraphs", "sentence": "pairs of sentences"}


def takes(engine: str) -> frozenset[Taken]:
    """What an engine takes of a book."""
    return TAKES.get(engine, frozenset({"examples", "parallel data", "terminology", "glossary"}))


def held_out(corpus: ArticleSet) -> HeldOut:
    """The sentences of the articles."""
    texts = []
    for article in corpus.articles:
        try:
            found = aligned_documents(article.source, article.target, article.path)
        except AmtsError:  # it cannot be read, so it is not evaluated either
            continue
        for blocks, lang in zip((found.source, found.target), corpus.languages, strict=True):
            texts.append(([block.text for block in blocks if block.kind in LANGUAGE], lang))
    return HeldOut(texts)


def people_pairs(
    corpus: ArticleSet, direction: Direction, granularity: Granularity, held: HeldOut | None
) -> Iterator[Pair]:
    """What an engine may be shown: the pairs of all other documents, or, with nothing held out, of all."""
    if corpus.books is None:
        return
    for pair in _sentence_pairs(corpus, held) if granularity == "sentence" else _block_pairs(corpus, held):
        if held is None or not held.holds(pair.source, pair.target, corpus.languages):
            yield pair if direction == "forward" else Pair(pair.target, pair.source, pair.where)


def _block_pairs(corpus: ArticleSet, held: HeldOut | None) -> Iterator[Pair]:
    assert corpus.books is not None
    jobs: Iterable[Job] = survey(corpus.books) if held is None else corpus.others
    # Plans against the base itself: what the newest English changed matters nothing here.
    steady = (replace(job, fate="up to date", plan=None) for job in jobs if job.base is not None)
    yield from book_pairs(corpus.books, steady)


def _sentence_pairs(corpus: ArticleSet, held: HeldOut | None) -> Iterator[Pair]:
    from amts_action.memory.harvest import harvest
    from amts_action.training.export import judged
    from amts_action.training.filters import Limits
    from amts_action.training.sources import texts_of_books

    assert corpus.books is not None
    hidden = {a.path for a in corpus.articles} if held is not None else set()
    documents = [texts for texts in texts_of_books(corpus.books)[0] if texts.path not in hidden]
    for found in harvest(documents, "sentence"):
        if isinstance(found, str):
            continue
        good = judged(found, corpus.languages[1], Limits(delimited=False))
        for pair, seen in zip(found, good, strict=True):
            if not seen.reason:
                yield Pair(pair.source, pair.target, pair.place)


def learning(
    settings: EngineSettings, corpus: ArticleSet, direction: Direction, data: str, held: HeldOut | None
) -> EngineSettings:
    """The settings of an engine with what it may learn from.

    Args:
        data: `none`, `block` or `sentence` pairs of the book; empty for what the settings say.
        held: what it may not learn from; None for nothing.
    """
    from amts_action.runs.engine_setup import of_book
    from amts_action.runs.memory.book_data import book_name, write_corpus

    # A system is scored for all that it writes, and for nothing that people wrote.
    plain = replace(settings, gate="off", memory_first=False)
    if corpus.books is None:
        if data in DATA:
            what = "plain folders hold nothing but the articles, so there are no pairs to learn from"
            raise InputError(what, where="--engine", mend="leave the plus out, or give two books")
        named = settings.parallel_data if not data and settings.parallel_data != "auto" else "none"
        return replace(plain, memory_path=None, parallel_data=named)
    hidden = () if held is None else tuple(a.path for a in corpus.articles)
    granularity: Granularity = "block" if data == "block" else "sentence"
    mark = sha256("\n".join((direction, granularity, *sorted(hidden))).encode()).hexdigest()[:8]
    shown: Granularity = "sentence" if data == "sentence" else "block"
    is_back = direction == "reverse"
    told = of_book(plain, corpus.books)
    return replace(
        told,
        pages=tuple,
        terms=(lambda: [(there, here) for here, there in told.terms()]) if is_back else told.terms,
        instructions=str if is_back else told.instructions,  # they are about writing in the target's language
        pairs=tuple if data == "none" else partial(people_pairs, corpus, direction, shown, held),
        # A stored memory holds the whole book, and nobody can take the articles out of it here.
        memory_path=settings.memory_path if held is None and data != "none" else None,
        parallel_data={"": settings.parallel_data, "none": "none"}.get(data, "auto"),
        book=f"{book_name(corpus.books)}-eval-{mark}",
        shelf="",
        corpus=partial(
            write_corpus,
            corpus.books,
            granularity=granularity,
            without=hidden,
            held=held,
            is_reversed=is_back,
        ),
    )


def prepared(settings: EngineSettings, engine: str) -> EngineSettings:
    """The settings with what it learns from made already, for an engine that works in a thread: making that starts
    processes, which is no matter for a thread.
    """
    taken = takes(engine)
    if "examples" in taken:
        pairs = tuple(settings.pairs())
        settings = replace(settings, pairs=lambda: pairs)
    if "parallel data" not in taken or settings.parallel_data != "auto":
        return settings
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="amts-") as folder:
        place = Path(folder) / "corpus.tmx"
        count = settings.corpus(place)
        data = place.read_bytes() if count else b""

    def write(path: Path) -> int:
        path.write_bytes(data)
        return count

    return replace(settings, corpus=write)


def given_by_name(engine: str, settings: EngineSettings, glossary: str) -> tuple[str, ...]:
    """What an engine is given by name: nobody here knows what that holds."""
    taken = takes(engine)
    named = settings.parallel_data if settings.parallel_data not in ("", "auto", "none") else ""
    found = (("parallel data", named), ("terminology", settings.terminology), ("glossary", glossary))
    return tuple(f"{what} {name}" for what, name in found if name and what in taken)


def learnt(engine: str, settings: EngineSettings, data: str) -> str:
    """What an engine learns from the rest of the book, in words; empty for nothing."""
    taken = takes(engine)
    if "parallel data" in taken and settings.parallel_data == "auto":
        return DATA["block" if data == "block" else "sentence"]
    return DATA["sentence" if data == "sentence" else "block"] if "examples" in taken and data != "none" else ""
