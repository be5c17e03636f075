"""`amts evaluate`: scores engines and stored translations on articles that people have translated."""

from __future__ import annotations

import argparse
import collections
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from amts_action.commands.messages import say
from amts_action.commands.options import add_settings, given, open_from
from amts_action.errors import AmtsError, InputError, PendingError
from amts_action.evaluation.scores import METRICS
from amts_action.processes import side_by_side
from amts_action.settings import Group, load

if TYPE_CHECKING:
    from amts_action.evaluation.model import Direction, Evaluation
    from amts_action.evaluation.run import ArticleSet, ScoredSystem
    from amts_action.evaluation.segments import Scored
    from amts_action.training.held_out import HeldOut

__all__ = ["add_options", "run"]

STUDY = "amazon-translate-batch"
"""The engine of the published study; it works in jobs, which wait side by side."""
SERVICES = frozenset(
    {"amazon-translate", "openai", "bedrock", "deepl", "google", "azure", "libretranslate", "anthropic"}
)
"""Engines that do nothing but wait for somebody else's machine; each may do so in a thread of its own."""
BOTH: tuple[Literal["forward"], Literal["reverse"]] = ("forward", "reverse")


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_settings(parser, Group.BOOKS, Group.ENGINE, without=("engine",))
    parser.add_argument(
        "--engine",
        action="append",
        default=[],
        dest="engines",
        metavar="NAME",
        help="translate the articles with it, NAME+none, NAME+block or NAME+sentence with such parallel data; may be "
        "repeated",
    )
    for flag, what in (("--system", "into"), ("--reverse-system", "out of")):
        parser.add_argument(
            flag,
            action="append",
            default=[],
            metavar="NAME=DIR",
            help=f"score translations {what} the target's language that lie there; may be repeated",
        )
    parser.add_argument(
        "--experiment",
        choices=("article",),
        help="the published study: five articles (or those of --paths), each engine without parallel data, with pairs "
        "of paragraphs and with pairs of sentences, in both directions",
    )
    parser.add_argument(
        "--keyword",
        action="append",
        default=[],
        metavar="WORDS",
        help="of plain folders only pages on this subject, by their title or text; may be repeated, in both languages",
    )
    parser.add_argument(
        "--keyword-count", type=int, metavar="N", default=3, help="occurrences in the text that make a subject (3)"
    )
    parser.add_argument(
        "--direction",
        choices=("forward", "reverse", "both"),
        default=None,
        help="which way engines translate (forward)",
    )
    parser.add_argument(
        "--allow-leakage", action="store_true", help="let engines learn from people's translations of the articles too"
    )
    parser.add_argument(
        "--metrics",
        nargs="+",
        choices=METRICS,
        default=list(METRICS),
        metavar="NAME",
        help="scores beside BLEU: chrF2++ and TER, which takes long on long segments; both when not given",
    )
    parser.add_argument(
        "--tokenizer",
        default="",
        metavar="NAME",
        help="what cuts texts into words for BLEU, as sacrebleu names it: flores200, spm, char (that of the language)",
    )
    parser.add_argument("--samples", type=int, default=1000, metavar="N", help="bootstrap samples; 0: no test (1000)")
    parser.add_argument("--seed", type=int, default=12345, metavar="N", help="seed of the resampling (12345)")
    parser.add_argument(
        "--output-dir", type=Path, metavar="DIR", help="where table, chart, segments and translations go"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the machine-readable result there")


def run(options: argparse.Namespace) -> int:
    """Evaluates; 0, or 1 when an article could not be scored."""
    from amts_action.documents.files import write_file
    from amts_action.evaluation.kept import forget_replies
    from amts_action.evaluation.run import evaluate
    from amts_action.evaluation.tables import as_record, as_text
    from amts_action.merging.plan_json import as_json

    if options.keyword_count < 1 or not all(words.strip() for words in options.keyword):
        raise InputError("give words and a count of at least 1", where="--keyword")
    if options.samples < 0 or options.seed < 1:
        raise InputError("out of range", where="--samples, --seed", mend="give 0 or more samples, and a seed above 0")
    if options.experiment:
        options.engines = options.engines or [STUDY]
        options.direction = options.direction or "both"
    if not (options.engines or options.system or options.reverse_system):
        raise InputError("nothing to score", mend="give --engine NAME or --system NAME=DIR")
    globs = options.paths or []
    options.paths = None
    corpus = _corpus(options, globs)
    if options.experiment and corpus.books is not None:
        from amts_action.evaluation.experiment import five_of, systems_of

        asked, options.engines = options.engines, systems_of(options.engines)
        for name in (name for name in asked if name in options.engines and "+" not in name):
            say(f"{name} learns from no pairs of the book, so it is one system")
        if not (globs or corpus.settings.paths):
            corpus = five_of(corpus)
    candidates, pending = _candidates(options, corpus)
    if pending:
        for line in pending:
            say(line)
        return PendingError.exit_code
    is_whole = not any(candidate.lack for candidate in candidates)
    metrics = tuple(name for name in METRICS if name in (METRICS[0], *options.metrics))
    found, texts = evaluate(
        corpus,
        candidates,
        samples=options.samples,
        seed=options.seed,
        metrics=metrics,
        tokenizer=options.tokenizer,
    )
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    sys.stdout.write(as_text(found, width=width))
    if options.output_dir is not None:
        for path, data in _files(found, texts, candidates).items():
            write_file(_inside(options.output_dir, path), data)
        if is_whole:
            forget_replies(options.output_dir)
        say(f"table, chart and segments: {options.output_dir}")
    for line in dict.fromkeys(line for one in candidates if is_whole for line in one.delivered()):
        say(line)  # only now: until the evaluation is written a later run can collect what was paid for
    if options.json is not None:
        write_file(options.json, as_json(as_record(found)))
    for line in (*found.problems, *found.notes):
        say(line)
    say(_about_leakage(found))
    return 1 if found.problems else 0


def _corpus(options: argparse.Namespace, globs: Sequence[str]) -> ArticleSet:
    """The articles of two books, or of two plain folders."""
    from amts_action.corpora.articles import are_plain, articles_of
    from amts_action.evaluation.run import gather

    if are_plain(options.source or "", options.target or ""):
        settings = load(environ=os.environ, arguments=given(options))
        return articles_of(settings, globs, options.keyword, options.keyword_count)
    if options.keyword:
        mend = "name articles of a book with --paths"
        raise InputError("only plain folders are looked through for a subject", where="--keyword", mend=mend)
    books = open_from(options)
    return gather(books, globs or books.settings.paths)


def _candidates(options: argparse.Namespace, corpus: ArticleSet) -> tuple[list[ScoredSystem], list[str]]:
    """Every system in every direction, and what is not there yet because a job goes on.

    Raises:
        InputError: two have one name, or a stored one is not there.
        EngineError: an engine gave nothing at all.
    """
    from amts_action.corpora.articles import read_text
    from amts_action.documents.files import read_document
    from amts_action.evaluation.run import stored

    read = read_document if corpus.books is not None else read_text
    directions = BOTH if options.direction == "both" else (options.direction or BOTH[0],)
    tasks = [(name, direction) for name in options.engines for direction in directions]
    folders = [
        (name, direction, folder)
        for words, direction in ((options.system, BOTH[0]), (options.reverse_system, BOTH[1]))
        for name, folder in map(_named, words)
    ]
    seen = set()
    for key in (*tasks, *((name, direction) for name, direction, _ in folders)):
        if key in seen:  # before anything is paid for
            raise InputError(f"two systems are called {key[0]!r}", mend="give each its own name")
        seen.add(key)
    kept = [stored(corpus, name, folder, direction, read) for name, direction, folder in folders]
    out, pending = _made(options, corpus, tasks)
    return [*out, *kept], pending


def _made(
    options: argparse.Namespace, corpus: ArticleSet, tasks: Sequence[tuple[str, Direction]]
) -> tuple[list[ScoredSystem], list[str]]:
    """What the engines make, or have made in an earlier run: services side by side, as are the jobs of one that works
    in jobs; other systems of one service one after the other, since it takes only so much at once.
    """
    from amts_action.evaluation.learning import held_out

    held = None if options.allow_leakage or corpus.books is None else held_out(corpus)
    work = [_system(options, corpus, name, direction, held) for name, direction in tasks]
    lines: dict[object, list[int]] = {}
    for n, (name, direction) in enumerate(tasks):
        plain = name.partition("+")[0]
        lines.setdefault((name, direction) if plain == STUDY else plain if plain in SERVICES else "", []).append(n)
    results: dict[int, ScoredSystem | PendingError] = {}

    def go(numbers: Sequence[int]) -> None:
        for n in numbers:
            try:
                results[n] = work[n]()
            except PendingError as error:
                results[n] = error

    here = lines.pop("", [])
    elsewhere = side_by_side(go, list(lines.values()), at_once=len(lines))
    try:
        go(here)
    except AmtsError:
        collections.deque(elsewhere, maxlen=0)  # what others have begun is to be kept
        raise
    collections.deque(elsewhere, maxlen=0)
    if held is not None and held.count:
        say(f"{held.count} pairs of other pages say what an evaluated article says, and were kept out as well")
    made = [results[n] for n in range(len(tasks))]
    pending = [f"{name}: {e}" for (name, _), e in zip(tasks, made, strict=True) if isinstance(e, PendingError)]
    return [one for one in made if not isinstance(one, PendingError)], pending


def _system(
    options: argparse.Namespace, corpus: ArticleSet, name: str, direction: Direction, held: HeldOut | None
) -> Callable[[], ScoredSystem]:
    """What makes a system's translations; all that is shared is done before.

    Raises:
        InputError: there is no such engine, or no such parallel data, or what is kept of it is broken.
    """
    from amts_action.engines.registry import OPTIONS, create_engine
    from amts_action.evaluation.experiment import split_name
    from amts_action.evaluation.kept import keep, kept, mark_of, replies_path
    from amts_action.evaluation.learning import PEOPLES, given_by_name, learning, learnt, prepared, takes
    from amts_action.evaluation.model import System
    from amts_action.evaluation.run import ScoredSystem, run_engine
    from amts_action.runs.engine_setup import engine_settings

    plain, data = split_name(name)
    folder: Path | None = options.output_dir
    common = engine_settings(corpus.settings, pairs=tuple, report=say)
    others = {known for other in options.engines for known in OPTIONS.get(other.partition("+")[0], ())}
    own = {n: v for n, v in common.options.items() if n in OPTIONS.get(plain, ()) or n not in others}
    told = learning(replace(common, options=own), corpus, direction, data, held)
    named = given_by_name(plain, told, corpus.settings.glossary if corpus.books is not None else "")
    is_leak = held is None and corpus.books is not None and data != "none" and bool(takes(plain) & PEOPLES)
    system = System(
        name,
        "engine",
        None if named and not is_leak else is_leak,
        named,
        learnt(plain, told, data) if corpus.books is not None else "",
    )
    mark = mark_of(corpus, name, direction, told, leakage=is_leak)
    is_job = plain == STUDY
    if folder is not None:
        told = replace(told, replies_path=replies_path(folder))
        found = kept(folder, name, direction, mark, [a.path for a in corpus.articles])
        if found is not None:
            say(f"{name}, {direction}: made by an earlier run")
            # A job that an earlier run has taken stays in S3 until the evaluation is written.
            engine = create_engine(plain, told) if is_job else None
            return lambda: ScoredSystem(system, direction, found.texts, found.characters, engine, is_kept=True)
    engine = create_engine(plain, prepared(told, plain) if is_job or plain in SERVICES else told)

    def make() -> ScoredSystem:
        made = run_engine(corpus, system, engine, direction)
        if folder is not None and not made.lack:
            keep(folder, made, mark)
        return made

    return make


def _named(text: str) -> tuple[str, Path]:
    name, found, folder = text.partition("=")
    if not (found and name.strip() and folder) or any(c in name for c in "/\\\0\n") or name in (".", ".."):
        raise InputError(f"{text!r} is not NAME=DIR", where="--system", mend="write plain=outputs/plain")
    if not Path(folder).is_dir():
        raise InputError("no such folder", where=folder, mend=f"give the folder with the translations of {name}")
    return name.strip(), Path(folder)


def _files(
    found: Evaluation, texts: Mapping[tuple[Direction, str], Scored], candidates: list[ScoredSystem]
) -> dict[str, bytes]:
    """What goes into the output folder, by path."""
    from amts_action.evaluation.chart import as_svg
    from amts_action.evaluation.tables import as_csv, as_markdown

    out = {"evaluation.md": as_markdown(found), "scores.csv": as_csv(found), "chart.svg": as_svg(found)}
    names = {d: [c.system.name for c in candidates if c.direction == d] for d in BOTH}
    for (direction, path), scored in texts.items():
        place = f"segments/{direction}/{path}"
        out[f"{place}.source.txt"] = _lines(s.source for s in scored.segments)
        out[f"{place}.reference.txt"] = _lines(s.reference for s in scored.segments)
        for k, name in enumerate(names[direction]):
            out[f"{place}.system.{name}.txt"] = _lines(s.hypotheses[k] for s in scored.segments)
    return {path: text.encode("utf-8", "backslashreplace") for path, text in out.items()}


def _lines(texts: Iterable[str]) -> str:
    return "".join(f"{text}\n" for text in texts)


def _inside(root: Path, path: str) -> Path:
    place = (root / path).resolve()
    if not place.is_relative_to(root.resolve()):
        raise InputError("leaves the output folder", where=path)
    return place


def _about_leakage(found: Evaluation) -> str:
    systems = {s.name: s for one in found.tables for s in one.systems}.values()
    if names := sorted({what for s in systems for what in s.given}):
        what = ", ".join(names)
        return f"{what}: whether the evaluated articles are in there is not known here, so a good score may be leakage"
    if any(s.leakage for s in systems):
        return "with leakage: engines could learn from people's translations of the evaluated articles"
    if any(s.leakage is False for s in systems):
        return "people's translations of the evaluated articles were kept out of what the engines were given"
    return "stored outputs: whether their makers had seen the articles' translations is not known here"
