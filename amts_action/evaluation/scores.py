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

if TYPE_CHECKING:
    from collections.abc import Iterator

    from amts_action.evaluation.segments import ScoredSegment

__all__ = ["METRICS", "Counts", "Score", "SystemComparison", "compare", "count", "score"]

Counts = Mapping[tuple[str, str], Mapping[str, Sequence[float]]]
"""sacrebleu's statistics of a segment by hypothesis and reference, and by metric. Counting them takes much longer than
making scores of them, so they are counted once for each pair of texts."""

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
class SystemComparison:
    """All segments together."""

    scores: tuple[dict[str, Score], ...]
    """By metric; in the order of the systems."""
    signatures: dict[str, str]
    """How each metric was computed, in sacrebleu's words."""


def count(texts: Iterable[tuple[str, Iterable[str]]], lang: str) -> dict[tuple[str, str], dict[str, Sequence[float]]]:
    """The statistics of pairs of texts, given as references with their hypotheses."""
    out: dict[tuple[str, str], dict[str, Sequence[float]]] = {}
    metrics = _metrics(lang, {})
    for reference, hypotheses in texts:
        for name, metric in metrics.items():
            metric._ref_cache = metric._cache_references([[reference]])
            for text in dict.fromkeys(hypotheses):
                out.setdefault((text, reference), {})[name] = metric._extract_corpus_statistics([text], None)[0]
    return out


def score(found: Sequence[ScoredSegment], system: int, lang: str, counts: Counts) -> dict[str, Score]:
    """The scores of one system on some segments.

    Args:
        system: index into `ScoredSegment.hypotheses`.
        lang: BCP 47 code of the language that is translated into.
        counts: the statistics that are known already.
    """
    hypotheses = [segment.hypotheses[system] for segment in found]
    references = [segment.reference for segment in found]
    return {
        name: Score(float(metric.corpus_score(hypotheses, [references]).score))
        for name, metric in _metrics(lang, counts).items()
    }


def compare(
    found: Sequence[ScoredSegment], names: Sequence[str], lang: str, counts: Counts, *, samples: int, seed: int
) -> SystemComparison:
    """The scores of all systems on all segments, each compared with the first.

    Args:
        names: of the systems, in the order of `ScoredSegment.hypotheses`.
        counts: the statistics that are known already.
        samples: how often to resample; 0: no test of significance.
        seed: of the resampling; the same seed gives the same result.
    """
    metrics = _metrics(lang, counts)
    references = [segment.reference for segment in found]
    outputs: list[tuple[str, Sequence[str]]] = [
        (name, [segment.hypotheses[k] for segment in found]) for k, name in enumerate(names)
    ]
    if samples and len(outputs) > 1 and found:
        from sacrebleu.significance import PairedTest

        with _seeded(seed):
            signatures, results = PairedTest(outputs, metrics, [references], "bs", samples)()
        columns = {name: results[name] for name in metrics}
        rows = tuple(
            {name: _score(columns[name][k], columns[name][0]) for name in metrics} for k in range(len(outputs))
        )
        return SystemComparison(rows, {name: str(signatures[name]) for name in metrics})
    rows = tuple(score(found, k, lang, counts) for k in range(len(outputs)))
    for metric in metrics.values():
        metric.corpus_score(references, [references])  # a signature is complete when references were seen
    return SystemComparison(rows, {name: str(metric.get_signature()) for name, metric in metrics.items()})


def _score(result: Any, first: Any) -> Score:
    """A score as sacrebleu has it, but for systems that do not differ: its test counts samples that differ by more
    than the systems do, so that of two equal systems none would count and they would differ significantly.
    """
    interval = None if result.mean is None else (float(result.mean), float(result.ci))
    p_value = None if result.p_value is None else float(result.p_value)
    return Score(float(result.score), 1.0 if p_value is not None and result.score == first.score else p_value, interval)


def _metrics(lang: str, counts: Counts) -> dict[str, Any]:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF
    from sacrebleu.metrics.ter import TER

    primary = lang.replace("_", "-").partition("-")[0].lower()
    asian = primary in _ASIAN
    try:
        bleu = _knowing(BLEU, "BLEU", counts)(tokenize=_TOKENISERS.get(primary, "13a"))
    except RuntimeError as error:  # sacrebleu's, when a dictionary is not there
        what = f"the dictionary that cuts {primary} into words is not installed"
        raise InputError(what, mend='run `pip install "amts-action[evaluate]"`') from error
    return {
        "BLEU": bleu,
        "chrF2++": _knowing(CHRF, "chrF2++", counts)(word_order=2),
        "TER": _knowing(TER, "TER", counts)(normalized=asian, asian_support=asian),
    }


def _knowing(kind: Any, name: str, counts: Counts) -> Any:
    """A metric that looks up statistics which were counted before."""

    class Knowing(kind):  # type: ignore[misc]
        def _extract_corpus_statistics(
            self, hypotheses: Sequence[str], references: Sequence[Sequence[str]] | None
        ) -> list[Sequence[float]]:
            counted = super()._extract_corpus_statistics
            if references is None:
                return list(counted(hypotheses, None))
            assert len(references) == 1  # one translation by people
            self.num_refs = 1
            return [
                counts[pair][name] if pair in counts else counted([pair[0]], [[pair[1]]])[0]
                for pair in zip(hypotheses, references[0], strict=True)
            ]

    return Knowing


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
