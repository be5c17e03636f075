"""The published study as one command: each engine without parallel data, with paragraph and with sentence pairs.

Articles are five, or what a pattern names. What a system made is kept below the output folder as soon as it is there,
with a digest of all that it depends on, so that an evaluation that died, waits for a job or goes on on another machine
pays for nothing twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from amts_action import __version__
from amts_action.engines.model import EngineSettings
from amts_action.evaluation.run import ArticleSet, ScoredSystem

__all__ = ["DATA", "five_of", "keep", "kept", "mark_of", "systems_of"]

DATA = ("none", "block", "sentence")
"""Parallel data that an engine can be evaluated with."""
FIVE = (
    "approx-training",
    "bert-dataset",
    "language-models-and-dataset",
    "machine-translation-and-dataset",
    "sentiment-analysis-and-dataset",
)
"""Names of the articles of the published study, in the book Dive into Deep Learning."""
MADE = "made.json"


def systems_of(engines: Sequence[str]) -> list[str]:
    """The systems of the study: an engine for which nothing is said about parallel data is three."""
    out = [[name] if "+" in name else [f"{name}+{data}" for data in DATA] for name in engines]
    return list(dict.fromkeys(name for names in out for name in names))


def five_of(corpus: ArticleSet) -> ArticleSet:
    """The study's own articles where the book has them all, else five spread evenly over the book."""
    named = [a for a in corpus.articles if Path(a.path).stem in FIVE]
    if len(named) != len(FIVE):
        step = max(1.0, len(corpus.articles) / len(FIVE))
        places = sorted({int(n * step) for n in range(min(len(FIVE), len(corpus.articles)))})
        named = [corpus.articles[n] for n in places]
    chosen = {a.path for a in named}
    others = (*corpus.others, *(job for job in corpus.translated if job.document.pair.target_path not in chosen))
    return replace(corpus, articles=tuple(named), others=others, translated=())


def mark_of(corpus: ArticleSet, name: str, direction: str, told: EngineSettings, *, leakage: bool) -> str:
    """A digest of all that a system's translations depend on, as far as it is known here."""
    articles = [(a.path, a.source if direction == "forward" else a.target) for a in corpus.articles]
    engine = [told.command, told.model, told.base_url, told.terminology, told.formality, told.parallel_data, told.book]
    rest = [sorted(told.options.items()), str(told.model_dir or ""), leakage, told.gate, told.instructions()]
    return sha256(json.dumps([name, direction, articles, engine, rest, __version__]).encode()).hexdigest()


def keep(folder: Path, made: ScoredSystem, mark: str) -> None:
    """Writes what a system made below the output folder."""
    from amts_action.documents.files import write_file

    place = folder / "systems" / made.system.name / made.direction
    for path, text in made.texts.items():
        write_file(place / path, text.encode("utf-8", "backslashreplace"))
    record = {"version": 1, "mark": mark, "paths": sorted(made.texts), "characters": made.characters}
    write_file(place / MADE, json.dumps(record, ensure_ascii=False, indent=2).encode())


def kept(folder: Path, name: str, direction: str, mark: str) -> Mapping[str, str] | None:
    """What a system made in an earlier run of the same evaluation, by path; None when there is nothing whole."""
    place = folder / "systems" / name / direction
    try:
        record = json.loads((place / MADE).read_bytes())
        if record["mark"] != mark:
            return None
        return {str(path): (place / str(path)).read_bytes().decode() for path in record["paths"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None
