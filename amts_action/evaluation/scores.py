"""BLEU, chrF++ and TER of segments, and whether one system is better than another; all of it by sacrebleu.

Papineni et al. 2002 (BLEU), Popović 2017 (chrF++), Snover et al. 2006 (TER), Post 2018 (sacrebleu and its signatures),
Koehn 2004 (paired bootstrap).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from amts_action.errors import InputError

if TYPE_CHECKING:
    from amts_action.evaluation.segments import ScoredSegment

__all__ = ["METRICS", "Counts", "Score", "Scoring", "SystemComparison", "compare", "count", "score"]

Counts = Mapping[tuple[str, str], Mapping[str, Sequence[float]]]
"""sacrebleu's statistics of a segment by hypothesis and reference, and by metric. Counting them takes much longer than
making scores of them, so they are counted once for each pair of texts."""

METRICS = ("BLEU", "chrF2++", "TER")
"""sacrebleu's names. Of BLEU and chrF++ more is better, of TER less."""
_TOKENISERS = {
    **dict.fromkeys(("zh", "yue", "wuu", "lzh"), "zh"),
    "ja": "ja-mecab",
    "ko": "ko-mecab",
    **dict.fromkeys(("th", "lo", "km", "my", "bo", "dz"), "char"),
}
"""sacrebleu's tokeniser of each language for BLEU; `13a` for all others. Languages that write no blanks between words,
and that no tokeniser of sacrebleu's cuts without fetching a model, are cut into characters."""
_ASIAN = frozenset({"zh", "yue", "wuu", "lzh", "ja"})
"""Languages without blanks, which TER cuts into characters."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """What is computed."""

    lang: str
    """BCP 47 code of the language that is translated into."""
    names: tuple[str, ...] = METRICS
    """Of `METRICS`."""
    tokenizer: str = ""
    """sacrebleu's name of what cuts texts into words for BLEU; empty for that of the language."""


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
    p_values: dict[str, tuple[tuple[float, ...], ...]] = field(default_factory=dict)
    """By metric: of the difference of every two systems. Empty where no test was asked for."""


def count(texts: Iterable[tuple[str, Iterable[str]]], by: Scoring) -> dict[tuple[str, str], dict[str, Sequence[float]]]:
    """The statistics of pairs of texts, given as references with their hypotheses."""
    out: dict[tuple[str, str], dict[str, Sequence[float]]] = {}
    metrics = _metrics(by, {})
    for reference, hypotheses in texts:
        for name, metric in metrics.items():
            metric._ref_cache = metric._cache_references([[reference]])
            for text in dict.fromkeys(hypotheses):
                out.setdefault((text, reference), {})[name] = metric._extract_corpus_statistics([text], None)[0]
    return out


def score(found: Sequence[ScoredSegment], system: int, by: Scoring, counts: Counts) -> dict[str, Score]:
    """The scores of one system on some segments.

    Args:
        system: index into `ScoredSegment.hypotheses`.
        counts: the statistics that are known already.
    """
    if not found:
        return {name: Score(0.0) for name in by.names}
    hypotheses = [segment.hypotheses[system] for segment in found]
    references = [segment.reference for segment in found]
    return {
        name: Score(float(metric.corpus_score(hypotheses, [references]).score))
        for name, metric in _metrics(by, counts).items()
    }


def compare(
    found: Sequence[ScoredSegment], names: Sequence[str], by: Scoring, counts: Counts, *, samples: int, seed: int
) -> SystemComparison:
    """The scores of all systems on all segments, each compared with the first.

    Args:
        names: of the systems, in the order of `ScoredSegment.hypotheses`.
        counts: the statistics that are known already.
        samples: how often to resample; 0: no intervals and no test of significance.
        seed: of the resampling; the same seed gives the same result.
    """
    if not found:
        return SystemComparison(tuple(score(found, k, by, counts) for k in range(len(names))), {})
    metrics = _metrics(by, counts)
    references = [segment.reference for segment in found]
    outputs = [[segment.hypotheses[k] for segment in found] for k in range(len(names))]
    if not samples:
        rows = tuple(score(found, k, by, counts) for k in range(len(names)))
        for metric in metrics.values():
            metric.corpus_score(references, [references])  # a signature is complete when references were seen
        return SystemComparison(rows, {name: str(metric.get_signature()) for name, metric in metrics.items()})
    scores: list[dict[str, Score]] = [{} for _ in names]
    signatures, p_values = {}, {}
    for name, metric in metrics.items():
        drawn = [_drawn(metric, texts, references, samples, seed) for texts in outputs]
        p_values[name] = tuple(tuple(_p_value(one, other) for other in drawn) for one in drawn)
        for k, one in enumerate(drawn):
            p_value = p_values[name][0][k] if k else None
            scores[k][name] = Score(one.value, p_value, one.interval)
        signature = metric.get_signature()
        signature.update("seed", str(seed))
        signature.update("bs", samples)
        signatures[name] = str(signature)
    return SystemComparison(tuple(scores), signatures, p_values)


class _Drawn(NamedTuple):
    """The score of a system, and those of the samples, which are the same segments for every system."""

    value: float
    samples: Any
    interval: tuple[float, float]


def _drawn(metric: Any, texts: Sequence[str], references: Sequence[str], samples: int, seed: int) -> _Drawn:
    """As `sacrebleu.significance` draws them for one system and the first; for every two systems it would take long."""
    import numpy as np
    from sacrebleu.significance import estimate_ci

    counted = metric._extract_corpus_statistics(texts, [references])
    value = metric._aggregate_and_compute(counted).score
    numbers = np.random.default_rng(seed).choice(len(texts), size=(samples, len(texts)), replace=True)
    # Counts of all segments, added up for each sample as it has them; single precision, as in sacrebleu.
    stats = np.array(counted, dtype="float32")
    found = np.array([metric._compute_score_from_stats(stats[some].sum(0)).score for some in numbers])
    mean, half = estimate_ci(found)
    return _Drawn(float(value), found, (float(mean), float(half)))


def _p_value(one: _Drawn, other: _Drawn) -> float:
    """Of the difference of two systems (Koehn 2004, as Moses and sacrebleu have it: how often samples differ by more
    than the systems do, their mean difference aside). Two systems with one score do not differ: none of their samples
    would count, and they would differ significantly. Nor does a single segment prove anything: all samples are alike.
    """
    import numpy as np
    from sacrebleu.significance import _compute_p_value

    if one.value == other.value or not (one.samples.std() or other.samples.std()):
        return 1.0
    differences = np.abs(one.samples - other.samples)
    return float(_compute_p_value(differences - differences.mean(), abs(one.value - other.value)))


def _metrics(by: Scoring, counts: Counts) -> dict[str, Any]:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF
    from sacrebleu.metrics.ter import TER

    primary = by.lang.replace("_", "-").partition("-")[0].lower()
    asian = primary in _ASIAN
    tokenizer = by.tokenizer or _TOKENISERS.get(primary, "13a")
    if tokenizer not in BLEU.TOKENIZERS:
        known = ", ".join(name for name in BLEU.TOKENIZERS if name != "none")
        raise InputError(f"there is no tokeniser {tokenizer!r}", where="--tokenizer", mend=f"give one of {known}")
    makers: dict[str, Callable[[], Any]] = {
        "BLEU": lambda: _bleu(_knowing(BLEU, "BLEU", counts), tokenizer),
        "chrF2++": lambda: _knowing(CHRF, "chrF2++", counts)(word_order=2),
        "TER": lambda: _knowing(TER, "TER", counts)(normalized=asian, asian_support=asian),
    }
    return {name: make() for name, make in makers.items() if name in by.names}


def _bleu(kind: Any, tokenizer: str) -> Any:
    """BLEU, whose tokeniser may need a dictionary or a model."""
    try:
        return kind(tokenize=tokenizer)
    except (RuntimeError, ImportError) as error:  # sacrebleu's, when a dictionary is not there
        what = f"what {tokenizer} cuts texts into words with is not installed"
        raise InputError(what, mend='run `pip install "amts-action[evaluate]"`') from error
    except OSError as error:  # it fetches the model of some
        what = f"the model of {tokenizer} cannot be fetched ({error})"
        raise InputError(what, where="--tokenizer", mend="choose another, or run where there is a network") from error


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
