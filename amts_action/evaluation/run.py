"""Scores systems on articles that people have translated.

The articles are those of the target's default branch, each with the English that it was translated from and not with
the newest, so that a change which nobody has translated yet punishes no system.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from amts_action.books.books import Books
from amts_action.books.pairing import matches
from amts_action.documents.files import read_document
from amts_action.engines.model import Engine
from amts_action.engines.registry import delivered
from amts_action.errors import AmtsError, InputError
from amts_action.evaluation.model import Article, ArticleRow, Direction, Evaluation, System, Table
from amts_action.evaluation.scores import METRICS, Counts, Scoring, SystemComparison, compare, count, score
from amts_action.evaluation.segments import Scored, ScoredSegment, is_skipped, segments
from amts_action.memory.harvest import Aligned, aligned_documents
from amts_action.processes import spread
from amts_action.runs.planning.job import Job
from amts_action.runs.planning.plan import survey
from amts_action.runs.translate import translate_documents
from amts_action.settings import Settings

T = TypeVar("T")
R = TypeVar("R")
NO_REPLY = "no reply"
"""How the flag of a text begins that a service left unanswered, or was not allowed to answer."""
PORTIONS = 32
"""Into so many parts the slowest work is cut."""

__all__ = [
    "ArticleSet",
    "ScoredSystem",
    "evaluate",
    "gather",
    "run_engine",
    "stored",
]


@dataclass(frozen=True, slots=True)
class ArticleSet:
    """The chosen articles of a book, and the rest of it."""

    books: Books | None
    """None for articles that are of no book; then `folders` has the settings."""
    articles: tuple[Article, ...]
    others: tuple[Job, ...]
    """The documents that are not evaluated: what systems may learn from."""
    problems: tuple[str, ...]
    translated: tuple[Job, ...] = ()
    """The documents of the articles."""
    folders: Settings | None = None
    remarks: tuple[str, ...] = ()
    """What a reader of the scores should know of how the articles were found."""

    @property
    def settings(self) -> Settings:
        """What was asked for."""
        found = self.books.settings if self.books is not None else self.folders
        assert found is not None
        return found

    @property
    def languages(self) -> tuple[str, str]:
        """Codes of the source's and the target's language."""
        return self.settings.source_lang, self.settings.target_lang


@dataclass(frozen=True, slots=True)
class ScoredSystem:
    """A system with its translations in one direction."""

    system: System
    direction: Direction
    texts: Mapping[str, str]
    """By `Article.path`; an article that is not there counts as skipped whole."""
    characters: int = 0
    engine: Engine | None = field(default=None, repr=False, compare=False)
    """What translated; it is to be told when its translations are safe."""
    lack: str = ""
    """What is missing, so that it should be asked for again; empty when nothing is."""
    is_kept: bool = False
    """Whether an earlier run made it; what that run left with the service goes now."""

    def delivered(self) -> list[str]:
        """Says that the translations are safe; what could not be cleaned up, in words."""
        return delivered(self.engine, is_whole=self.is_kept)


def gather(books: Books, globs: Sequence[str]) -> ArticleSet:
    """The articles whose path in either book matches one of the patterns; all that people have translated if none.

    Raises:
        InputError: there is none.
    """
    books = replace(books, target=books.target.at(books.start.default), settings=replace(books.settings, paths=()))
    articles, others, problems, translated = [], [], [], []
    unused, alone = dict.fromkeys(globs), 0
    for job in survey(books):
        path, source_path = job.document.pair.target_path, job.document.pair.source_path
        by = [glob for glob in globs if _is_named(books, path, source_path, glob)]
        chosen = not globs or bool(by)
        if path is None or source_path is None:
            alone += bool(by)
            continue
        for glob in by:
            unused.pop(glob, None)
        if not chosen:
            others.append(job)
        elif job.base is None or job.fate in ("error", "not adopted"):
            problems.append(f"{path}: {job.message.removeprefix(f'{path}: ')}")
        else:
            target = books.target.text(path)
            articles.append(Article(path, source_path, job.base.text, target))
            translated.append(job)
    if not articles:
        reason = problems[0] if problems else "no translated document matches"
        raise InputError(reason, where="--paths", mend="name documents that people have translated")
    if unused:
        what = f"{next(iter(unused))}: no translated document matches"
        raise InputError(what, where="--paths", mend="correct or leave out the pattern")
    if alone:
        books.notes.add(f"{alone} pages that --paths names are there in one language only and are not scored")
    return ArticleSet(books, tuple(articles), tuple(others), tuple(problems), tuple(translated))


def _is_named(books: Books, path: str | None, source_path: str | None, glob: str) -> bool:
    settings = books.settings
    sides = (source_path, settings.source_path), (path, settings.target_path)
    return any(place is not None and matches(place, (glob,), prefix) for place, prefix in sides)


def run_engine(corpus: ArticleSet, system: System, engine: Engine, direction: Direction) -> ScoredSystem:
    """The articles through an engine.

    Raises:
        InputError: the engine cannot be used.
        EngineError: it gave nothing at all.
    """
    source_lang, target_lang = corpus.languages if direction == "forward" else reversed(corpus.languages)
    texts = {a.path: a.source if direction == "forward" else a.target for a in corpus.articles}
    results = translate_documents(texts, engine, source_lang=source_lang, target_lang=target_lang)
    sent = sum(entry.characters_sent for result in results.values() for entry in result.entries)
    outputs = {path: result.text for path, result in results.items()}
    flags = [flag.text for result in results.values() for entry in result.entries for flag in entry.flags]
    missing = [text for text in flags if text.startswith(NO_REPLY)]
    lack = f"{system.name}: {len(missing)} texts got {missing[0]}; run again to ask for them" if missing else ""
    return ScoredSystem(system, direction, outputs, sent, engine, lack)


def stored(
    corpus: ArticleSet, name: str, folder: Path, direction: Direction, read: Callable[[Path], str] = read_document
) -> ScoredSystem:
    """Translations that lie in a folder, under the paths of the target or of the source.

    Args:
        read: gives the text of a file.

    Raises:
        InputError: the folder has none of the articles, or one cannot be read.
    """
    found = {}
    for article in corpus.articles:
        for path in (article.path, article.path.removesuffix(".md"), article.source_path):
            if (folder / path).is_file():
                found[article.path] = read(folder / path)
                break
    if not found:
        raise InputError(
            "none of the articles is there", where=str(folder), mend=f"put them there as {corpus.articles[0].path} is"
        )
    return ScoredSystem(System(name, "stored", None), direction, found)


def evaluate(
    corpus: ArticleSet,
    candidates: Sequence[ScoredSystem],
    *,
    samples: int = 1000,
    seed: int = 12345,
    metrics: tuple[str, ...] = METRICS,
    tokenizer: str = "",
) -> tuple[Evaluation, dict[tuple[Direction, str], Scored]]:
    """The scores of all candidates, and the segments they were computed from.

    Args:
        samples: bootstrap samples for the tests of significance; 0: none.
        seed: of the resampling.
        metrics: what is computed, BLEU at least.
        tokenizer: sacrebleu's name of what cuts texts into words for BLEU; empty for that of the language.
    """
    directions: list[Direction] = [d for d in ("forward", "reverse") if any(c.direction == d for c in candidates)]
    aligned, problems = _aligned(corpus, candidates)
    texts: dict[tuple[Direction, str], Scored] = {}
    for direction in directions:
        for article in corpus.articles:
            if (direction, article.path) in aligned:
                found = segments(*aligned[direction, article.path])
                if found.segments:
                    texts[direction, article.path] = found
                else:
                    problems.append(f"{article.path}: nothing to score: no block is paired with one of the reference")
    langs = {"forward": corpus.languages, "reverse": corpus.languages[::-1]}
    measures = {direction: Scoring(langs[direction][1], metrics, tokenizer) for direction in directions}
    tables = _tables(corpus, candidates, measures, texts, samples, seed)
    notes = (*corpus.remarks, *(corpus.books.notes if corpus.books is not None else ()))
    sent = sum(c.characters for c in candidates)
    lacks = (c.lack for c in candidates if c.lack)
    return Evaluation(tables, (*corpus.problems, *problems, *lacks), notes, sent, samples, metrics), texts


_Sides = tuple[Aligned, tuple[Aligned, ...]]


def _aligned(
    corpus: ArticleSet, candidates: Sequence[ScoredSystem]
) -> tuple[dict[tuple[Direction, str], _Sides], list[str]]:
    """Every article aligned with people's translation and with those of the systems, by direction and path."""
    tasks: list[tuple[Direction, Article, tuple[str, ...]]] = []
    directions: tuple[Direction, Direction] = ("forward", "reverse")
    for article in corpus.articles:
        for direction in directions:
            ours = tuple(c.texts.get(article.path, "") for c in candidates if c.direction == direction)
            if ours:
                tasks.append((direction, article, ours))
    out: dict[tuple[Direction, str], _Sides] = {}
    problems = []
    for (direction, article, _), made in zip(tasks, spread(_align, tasks), strict=True):
        if isinstance(made, str):
            problems.append(made)
        else:
            out[direction, article.path] = made
    return out, problems


def _align(task: tuple[Direction, Article, tuple[str, ...]]) -> _Sides | str:
    direction, article, ours = task
    source, reference = (article.source, article.target) if direction == "forward" else (article.target, article.source)
    try:
        first = aligned_documents(source, reference, article.path)
        return first, tuple(aligned_documents(source, text or _blank(article), article.path) for text in ours)
    except AmtsError as error:
        return f"{article.path}: {error}"


def _blank(article: Article) -> str:
    from amts_action.merging.any_document import blank

    return blank(article.target, name=article.path)


def _tables(
    corpus: ArticleSet,
    candidates: Sequence[ScoredSystem],
    measures: Mapping[Direction, Scoring],
    texts: Mapping[tuple[Direction, str], Scored],
    samples: int,
    seed: int,
) -> tuple[Table, ...]:
    langs = {"forward": corpus.languages, "reverse": corpus.languages[::-1]}
    directions = list(measures)
    paths = {d: [a.path for a in corpus.articles if (d, a.path) in texts] for d in directions}
    everything = {d: [s for path in paths[d] for s in texts[d, path].segments] for d in directions}
    names = {d: [c.system.name for c in candidates if c.direction == d] for d in directions}
    counts = _counts({d: (measures[d], everything[d]) for d in directions})
    tasks = [
        partial(compare, everything[d], names[d], measures[d], counts[d], samples=samples, seed=seed)
        for d in directions
    ]
    comparisons = dict(zip(directions, spread(_call, tasks), strict=True))
    tables = []
    for direction in directions:
        systems = tuple(c.system for c in candidates if c.direction == direction)
        comparison = comparisons[direction]
        rows = []
        for path in paths[direction]:
            scored = texts[direction, path]
            scores = [score(scored.segments, k, measures[direction], counts[direction]) for k in range(len(systems))]
            skipped = tuple(sum(is_skipped(s, k) for s in scored.segments) for k in range(len(systems)))
            rows.append(ArticleRow(path, len(scored.segments), scored.unpaired, skipped, tuple(scores)))
        tables.append(
            Table(
                direction,
                *langs[direction],
                systems,
                tuple(rows),
                comparison.scores,
                comparison.signatures,
                comparison.p_values,
            )
        )
    return tuple(tables)


def _counts(found: Mapping[Direction, tuple[Scoring, Sequence[ScoredSegment]]]) -> dict[Direction, Counts]:
    """The statistics of all pairs of texts, counted in small portions so that no process is left with much.

    Args:
        found: what is computed, and the segments.
    """
    tasks: list[tuple[Direction, Scoring, Sequence[tuple[str, Mapping[str, None]]]]] = []
    for direction, (by, here) in found.items():
        count((), by)  # loads sacrebleu, once for all processes
        texts: dict[str, dict[str, None]] = {}
        for segment in here:
            texts.setdefault(segment.reference, {}).update(dict.fromkeys(segment.hypotheses))
        order = sorted(texts.items(), key=lambda item: -len(item[0]) * sum(map(len, item[1])))
        tasks += [(direction, by, order[k::PORTIONS]) for k in range(min(PORTIONS, len(order)))]
    out: dict[Direction, dict[tuple[str, str], Mapping[str, Sequence[float]]]] = {d: {} for d in found}
    for (direction, _, _), made in zip(tasks, spread(_count, tasks), strict=True):
        out[direction].update(made)
    return {**out}


def _count(task: tuple[Direction, Scoring, Sequence[tuple[str, Mapping[str, None]]]]) -> Counts:
    return count(task[2], task[1])


def _call(task: Callable[[], SystemComparison]) -> SystemComparison:
    return task()
