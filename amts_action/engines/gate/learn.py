"""Makes a gate of what a book's people have translated: which rules hold, what words stand for what, what is normal.

Each part of the pairs is judged by what the others teach, which says where good pairs lie, so that a pair is no
evidence for itself; then all teach. What people's own pairs break more often than `MAY_STOP` is no fault in this book.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice

from amts_action.documents.language_codes import primary
from amts_action.engines.gate.copied import learn_copies, least_of
from amts_action.engines.gate.judge import LEAST_WORDS, Gate
from amts_action.engines.gate.language import learn_profile
from amts_action.engines.gate.negation import KNOWN
from amts_action.engines.gate.order import exchanges, learn_orders, most_doubtful, weighed
from amts_action.engines.gate.score.measures import learn_knowledge, measure
from amts_action.engines.gate.score.spoilt import spoilt
from amts_action.engines.gate.score.weights import Scale, features, fitted, scale_of
from amts_action.engines.gate.score.words import words_of
from amts_action.engines.gate.signs import CERTAIN, RULES, Pairing
from amts_action.engines.gate.terms import Terms

__all__ = ["learn_gate"]

MAY_STOP = 0.024
"""Share of people's own pairs that may be stopped in vain: 3 % are demanded, and a measure on few pairs varies. By
hand, held to `benchmarks/gate.py`."""
RULE_MAY_STOP = 0.015
"""By one rule; one that stops more does not hold in the book. By hand, held to `benchmarks/gate.py`."""
ALL_MAY_STOP = 0.018
"""By all rules and terms together; the rest is for what words and lengths tell, which sees more for it. By hand, held
to `benchmarks/gate.py`."""
FEW_STOPPED = 2
"""Pairs that all rules together may stop in any case: fewer prove nothing. By hand, held to `benchmarks/gate.py`."""
FEW = 60
"""Pairs below which words are not learnt and rules are not doubted. By hand, held to `benchmarks/gate.py`."""
MOST = 1_500
"""Pairs that are read, evenly over the book: measured, learning takes about 2 ms each."""
PARTS, FEW_PARTS, LARGE = 5, 3, 600
"""Parts of the pairs, of which each in turn is judged by what the others teach; fewer from so many pairs on, where two
thirds of them teach enough and each part takes seconds. By hand, held to `benchmarks/gate.py`."""
COPIED_MAY_STOP = 0.003
"""Share of people's own pairs that words left in the language of the original may stop. By hand, held to
`benchmarks/gate.py`."""
ORDER_MAY_STOP = 0.004
"""Share of people's own pairs that the order of spans alone may stop. By hand, held to `benchmarks/gate.py`."""


def learn_gate(
    pairs: Iterable[tuple[str, str]],
    *,
    source_lang: str,
    target_lang: str,
    terms: Iterable[tuple[str, str]] = (),
) -> Gate:
    """The gate of a book.

    Args:
        pairs: blocks or sentences that people have translated, as inline markdown.
        terms: the glossary.
    """
    known = [
        Pairing(a, b, source_lang, target_lang)
        for a, b in _some([p for p in dict.fromkeys((a, b) for a, b in pairs) if p[0] != p[1] and words_of(p[0])])
    ]
    gate = Gate(source_lang, target_lang, terms=Terms.of(terms).kept(known))
    if primary(target_lang) not in KNOWN:
        gate = _without(gate, "negation", f"no words of denial are known for {target_lang}")
    if len(known) < FEW:
        note = f"only {len(known)} pairs of people's text: what may be missing or added is not looked at"
        return replace(
            gate, profile=learn_profile(known) if len(known) >= FEW // 2 else gate.profile, notes=(*gate.notes, note)
        )
    parts = FEW_PARTS if len(known) >= LARGE else PARTS
    folds = [([p for n, p in enumerate(known) if n % parts != k], known[k::parts]) for k in range(parts)]
    taught = [(_taught(gate, teach), test) for teach, test in folds]
    least = least_of([one.copies.run(pair).evidence for one, test in taught for pair in test], COPIED_MAY_STOP)
    taught = [(replace(one, copies=replace(one.copies, least=least)), test) for one, test in taught]
    gate = _fitting(gate, taught)
    order = _order_scale(taught, len(known))
    taught = [
        (replace(one, rules=gate.rules, orders=replace(one.orders, scale=order), terms=gate.terms), test)
        for one, test in taught
    ]
    gate = _taught(gate, known)
    gate = replace(gate, copies=replace(gate.copies, least=least))
    return replace(gate, orders=replace(gate.orders, scale=order), scale=_scale(taught))


def _some(pairs: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    step = max(1.0, len(pairs) / MOST)
    return (pairs[int(n * step)] for n in range(min(len(pairs), MOST)))


def _without(gate: Gate, rule: str, why: str) -> Gate:
    return replace(gate, rules=gate.rules - {rule}, notes=(*gate.notes, f"{rule}: {why}"))


def _taught(gate: Gate, pairs: Sequence[Pairing]) -> Gate:
    texts = [(p.source, p.target) for p in pairs]
    return replace(
        gate,
        known=learn_knowledge(texts),
        copies=learn_copies(pairs),
        orders=learn_orders(pairs),
        profile=learn_profile(pairs),
    )


def _fitting(gate: Gate, taught: Sequence[tuple[Gate, Sequence[Pairing]]]) -> Gate:
    """The gate with the rules and terms that people's own pairs keep: each of them, and all of them together."""
    pairs = [(one, pair) for one, test in taught for pair in test]
    breaks = {
        rule: {n for n, (one, pair) in enumerate(pairs) if _breaks(one, rule, pair)}
        for rule in sorted(gate.rules - CERTAIN - {"order"})
    }
    lacks: dict[str, set[int]] = {}
    for n, (_, pair) in enumerate(pairs):
        for name in (name for name, is_missing in gate.terms.missing(pair) if is_missing):
            lacks.setdefault(name, set()).add(n)

    def share(where: set[int]) -> str:
        return f"people's own translations break it in {100 * len(where) / len(pairs):.1f} %"

    for rule in [rule for rule, where in breaks.items() if len(where) > max(1, RULE_MAY_STOP * len(pairs))]:
        gate = _without(gate, rule, share(breaks.pop(rule)))
    while len(set().union(*breaks.values(), *lacks.values())) > max(FEW_STOPPED, ALL_MAY_STOP * len(pairs)):
        by_terms = set[int]().union(*lacks.values())
        rule = max(breaks, key=lambda rule: len(breaks[rule]), default="")
        if rule and len(breaks[rule]) > len(by_terms):
            gate = _without(gate, rule, share(breaks.pop(rule)))
        else:
            name = max(lacks, key=lambda name: (len(lacks[name]), name))
            note = f"the term “{name}”: {share(lacks.pop(name))}"
            gate = replace(gate, terms=gate.terms.without(name), notes=(*gate.notes, note))
    return gate


def _order_scale(taught: Sequence[tuple[Gate, Sequence[Pairing]]], total: int) -> Scale:
    """What tells in this book that two spans changed places, and the score above which few of people's own lie. Each
    part is scored by weights of the others.
    """
    found = [
        [list(exchanges(pair, one.orders, one.known)) for pair in test] for one, test in taught if one.known is not None
    ]
    scores: list[float] = []
    for k, part in enumerate(found):
        own = weighed(chain.from_iterable(row for n, rows in enumerate(found) if n != k for row in rows))
        scores += [worst[0] for row in part if (worst := most_doubtful(row, own)) is not None]
    scale = weighed(chain.from_iterable(chain.from_iterable(found)))
    may = int(ORDER_MAY_STOP * total)
    return replace(scale, threshold=sorted(scores, reverse=True)[may]) if len(scores) > may else scale


def _breaks(gate: Gate, rule: str, pair: Pairing) -> bool:
    if rule in RULES:
        return next(RULES[rule](pair), None) is not None
    return next(replace(gate, rules=frozenset({rule}), terms=Terms()).signs(pair), None) is not None


def _scale(taught: Sequence[tuple[Gate, Sequence[Pairing]]]) -> Scale | None:
    """What the figures weigh in this book, and the score above which as many of people's own pairs may be stopped as
    are left to stop. Each part is scored by weights of the others.
    """
    good: list[list[list[float]]] = []
    bad: list[list[list[float]]] = []
    stopped: list[list[bool]] = []
    for gate, test in taught:
        assert gate.known is not None
        found = [(measure(pair.source, pair.target, gate.known), pair) for pair in test]
        kept = [(measured, pair) for measured, pair in found if measured.size >= LEAST_WORDS]
        good.append([features(measured) for measured, _ in kept])
        stopped.append([next(islice(gate.signs(pair), 1), None) is not None for _, pair in kept])
        bad.append([features(measure(a, b, gate.known)) for a, b in spoilt([(p.source, p.target) for p in test])])
    if sum(map(len, good)) < FEW or all(map(all, stopped)):
        return None
    scale = scale_of([*chain(*good)])
    free: list[float] = []
    for k, rows in enumerate(good):
        others = [n for n in range(len(good)) if n != k]
        own = fitted(scale, [*chain(*(good[n] for n in others))], [*chain(*(bad[n] for n in others))])
        free += [own.score(row) for row, is_stopped in zip(rows, stopped[k], strict=True) if not is_stopped]
    may = max(0, int(MAY_STOP * sum(len(test) for _, test in taught)) - sum(map(sum, stopped)))
    threshold = sorted(free, reverse=True)[min(may, len(free) - 1)]
    return replace(fitted(scale, [*chain(*good)], [*chain(*bad)]), threshold=threshold)
