"""The published study as one command: each engine without parallel data, with paragraph and with sentence pairs.

Articles are five, or what a pattern names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from amts_action.errors import InputError
from amts_action.evaluation.learning import PEOPLES, takes
from amts_action.evaluation.run import ArticleSet

__all__ = ["five_of", "split_name", "systems_of"]

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


def systems_of(engines: Sequence[str]) -> list[str]:
    """The systems of the study: an engine for which nothing is said about pairs is three, if it can learn from any."""
    out = []
    for name in engines:
        is_said = "+" in name or not takes(name) & PEOPLES
        out += [name] if is_said else [f"{name}+{data}" for data in DATA]
    return list(dict.fromkeys(out))


def split_name(name: str) -> tuple[str, str]:
    """An engine and the pairs that it learns from, as in `NAME+sentence`.

    Raises:
        InputError: there are no such pairs, or the engine learns from none.
    """
    plain, plus, data = name.partition("+")
    if plus and data not in DATA:
        mend = f"write one of {', '.join(DATA)} after the plus"
        raise InputError(f"{name!r}: no such parallel data", where="--engine", mend=mend)
    if data not in ("", DATA[0]) and not takes(plain) & PEOPLES:
        raise InputError(f"{name!r}: {plain} learns from no pairs", where="--engine", mend=f"write {plain}")
    return plain, data


def five_of(corpus: ArticleSet) -> ArticleSet:
    """The study's own articles where the book has them all, else five spread evenly over the book."""
    named = [a for a in corpus.articles if Path(a.path).stem in FIVE]
    if len(named) != len(FIVE):
        step = max(1.0, len(corpus.articles) / len(FIVE))
        places = sorted({int(n * step) for n in range(min(len(FIVE), len(corpus.articles)))})
        named = [corpus.articles[n] for n in places]
    chosen = {a.path for a in named}
    others = (*corpus.others, *(job for job in corpus.translated if job.document.pair.target_path not in chosen))
    return replace(corpus, articles=tuple(named), others=others, translated=(), problems=())
