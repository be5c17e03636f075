"""BLEU, chrF++ and TER of segments, and whether one system is better than another; all of it by sacrebleu.

Papineni et al. 2002 (BLEU), Popović 2017 (chrF++), Snover et al. 2006 (TER), Post 2018 (sacrebleu and its signatures),
Koehn 2004 (paired bootstrap).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amts_action.errors import InputError
from amts_action.evaluation.edits import MOST_UNEVEN, count_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from amts_action.evaluation.segments import Segment

__all__ = ["METRICS", "Comparison", "Edits", "Score", "compare", "count_edits", "score"]

Edits = Mapping[tuple[str, str], tuple[float, float]]
"""TER's statistics of a segment by hypothesis and reference: edits, and the reference's length in words. Counting them
takes as long as all other scores together, so they are counted once for each pair of texts."""

METRICS = ("BLEU", "chrF2++", "TER")
"""sacrebleu's names. Of BLEU and chrF++ more is better, of TER less."""
_TOKENISERS = {"zh": "zh", "ja": "ja-mecab", "ko": "ko-mecab"}
"""sacrebleu's tokeniser of each language for BLEU; `13a` for all others."""
_ASIAN = frozenset({"zh", "ja"})
"""Languages without blanks, which TER cuts into characters."""


@dataclass(frozen=True, slots=True)
class Score:
    """One metric of one system."""

    value: float
    """0 to 100; TER may be larger."""
    p_value: float | None = None
    """Of the difference to the first system, by paired bootstrap; None for the first and where it was not asked for."""
    interval: tuple[float, float] | None = None
    """95 % of the resampled scores lie in it: mean of the samples, and half its width."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """All segments together."""

    scores: tuple[dict[str, Score], ...]
    """By metric; in the order of the systems."""
    signatures: dict[str, str]
    """How each metric was computed, in sacrebleu's words."""


def count_edits(pairs: Iterable[tuple[str, str]], lang: str) -> dict[tuple[str, str], tuple[float, float]]:
    """TER's statistics of pairs of a hypothesis and its reference.

    Raises:
        InputError: sacrebleu is not installed.
    """
    metric = _metrics(lang, {})["TER"]
    out = {}
    for hypothesis, reference in pairs:
        found = metric.sentence_score(hypothesis, [reference])
        out[hypothesis, reference] = (found.num_edits, found.ref_length)
    return out


def score(found: Sequence[Segment], system: int, lang: str, edits: Edits) -> dict[str, Score]:
    """The scores of one system on some segments.

    Args:
        system: index into `Segment.hypotheses`.
        lang: BCP 47 code of the language that is translated into.
        edits: what is known already of TER's statistics.

    Raises:
        InputError: sacrebleu is not installed.
    """
    hypotheses = [segment.hypotheses[system] for segment in found]
    references = [segment.reference for segment in found]
    return {
        name: Score(float(metric.corpus_score(hypotheses, [references]).score))
        for name, metric in _metrics(lang, edits).items()
    }


def compare(
    found: Sequence[Segment], names: Sequence[str], lang: str, edits: Edits, *, samples: int, seed: int
) -> Comparison:
    """The scores of all systems on all segments, each compared with the first.

    Args:
        names: of the systems, in the order of `Segment.hypotheses`.
        edits: what is known already of TER's statistics.
        samples: how often to resample; 0: no test of significance.
        seed: of the resampling; the same seed gives the same result.

    Raises:
        InputError: sacrebleu is not installed.
    """
    metrics = _metrics(lang, edits)
    references = [segment.reference for segment in found]
    outputs: list[tuple[str, Sequence[str]]] = [
        (name, [segment.hypotheses[k] for segment in found]) for k, name in enumerate(names)
    ]
    if samples and len(outputs) > 1 and found:
        from sacrebleu.significance import PairedTest

        with _seeded(seed):
            signatures, results = PairedTest(outputs, metrics, [references], "bs", samples)()
        columns = {name: results[name] for name in metrics}
        rows = tuple({name: _score(columns[name][k]) for name in metrics} for k in range(len(outputs)))
        return Comparison(rows, {name: str(signatures[name]) for name in metrics})
    rows = tuple(score(found, k, lang, edits) for k in range(len(outputs)))
    for metric in metrics.values():
        metric.corpus_score(references, [references])  # a signature is complete when references were seen
    return Comparison(rows, {name: str(metric.get_signature()) for name, metric in metrics.items()})


def _score(result: Any) -> Score:
    interval = None if result.mean is None else (float(result.mean), float(result.ci))
    return Score(float(result.score), None if result.p_value is None else float(result.p_value), interval)


def _metrics(lang: str, edits: Edits) -> dict[str, Any]:
    try:
        from sacrebleu.metrics.bleu import BLEU
        from sacrebleu.metrics.chrf import CHRF
        from sacrebleu.metrics.ter import TER
    except ImportError as error:
        raise InputError("sacrebleu is not installed", mend='run `pip install "amts-action[evaluate]"`') from error

    class KnownTER(TER):
        """TER that looks up statistics which were counted before, and counts faster."""

        def _compute_segment_statistics(self, hypothesis: str, ref_kwargs: dict[str, Any]) -> list[float]:
            words, references = hypothesis.split(), ref_kwargs["ref_words"]
            lengths = sorted((len(words), len(references[0])))
            if len(references) > 1 or not lengths[0] or lengths[1] >= MOST_UNEVEN * lengths[0]:
                counted: list[float] = super()._compute_segment_statistics(hypothesis, ref_kwargs)
                return counted
            return [count_words(words, references[0]), len(references[0])]

        def _extract_corpus_statistics(
            self, hypotheses: Sequence[str], references: Sequence[Sequence[str]] | None
        ) -> list[list[float]]:
            counted = super()._extract_corpus_statistics
            assert references is not None and len(references) == 1  # one translation by people
            self.num_refs = 1
            return [
                list(edits[pair]) if pair in edits else counted([pair[0]], [[pair[1]]])[0]
                for pair in zip(hypotheses, references[0], strict=True)
            ]

    primary = lang.replace("_", "-").partition("-")[0].lower()
    asian = primary in _ASIAN
    return {
        "BLEU": BLEU(tokenize=_TOKENISERS.get(primary, "13a")),
        "chrF2++": CHRF(word_order=2),
        "TER": KnownTER(normalized=asian, asian_support=asian),
    }


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """sacrebleu takes the seed of its resampling from the environment only."""
    before = os.environ.get("SACREBLEU_SEED")
    os.environ["SACREBLEU_SEED"] = str(seed)
    try:
        yield
    finally:
        if before is None:
            del os.environ["SACREBLEU_SEED"]
        else:
            os.environ["SACREBLEU_SEED"] = before
