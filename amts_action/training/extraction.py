"""Proposes a glossary from what people have translated, to be curated by people.

Three kinds of evidence, the surest first. A *gloss*: the translation gives the English in brackets at first use
(`鞍点（saddle point）`). *Emphasis*: both sides set a term in italics or bold where it is introduced. *Association*: a
term that only the source sets apart, and the words that stand in its translations and nowhere else (Dice's measure).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from amts_action.documents.inline import plain_text, tokens
from amts_action.engines.term_forms import key, occurs, pattern
from amts_action.memory.harvest import CandidatePair

__all__ = ["Proposal", "extract"]

_HAN = "\u3400-\u9fff\u30a0-\u30ff\u3041-\u3096\uac00-\ud7af"
_TERM = re.compile(r"[A-Za-z][A-Za-z0-9'’./+-]*(?: [A-Za-z0-9][A-Za-z0-9'’./+-]*){0,5}")
_GLOSS = re.compile(
    rf"(?:(?P<mark>\*{{1,3}}|_{{1,2}})(?P<set>[^*_（）()\n]{{1,60}}?)(?P=mark)|(?P<run>[A-Za-z-]{{0,20}}[{_HAN}]{{2,14}}))"
    r"[”’\"]?\s*[（(]\s*(?P<english>[*_]{0,2}[A-Za-z][^（）()]{1,80}?)\s*[）)]"
)
_LIST = re.compile(r"\s*(?:[,，、;；/]|或者?|简称|缩写为?|即|\bor\b|\babbreviated\b)\s*")
_FUNCTION = re.compile("[的是为称作叫与和或在了将被由使即种个类这那此该其之以及用有对把]")
"""Characters that seldom stand inside a term: a gloss that occurs once is cut after them."""
_LONGEST = 10
_SURE = 0.5
"""Least share of the places of a term (Dice) at which an association counts."""
_PLACES = 3
"""Places of a term that an association needs."""
_STOP_WORDS = frozenset(
    "a an the and or not no only all any both must never always very more most some same at in on of to for with by "
    "if is are be do does can how why what when where which who it its this that they them we you note hint warning "
    "yes true false one two three first second last next new".split()
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A term and the translation that people gave it."""

    source: str
    target: str
    count: int
    """Pairs that hold both."""
    total: int
    """Pairs that hold the term."""
    evidence: str
    """`gloss`, `emphasis` or `association`."""
    others: tuple[str, ...]
    """Other translations that were glossed or emphasised, the commonest first."""
    examples: tuple[tuple[str, str, str], ...]
    """(place, source, target) of the first two pairs that hold both."""


@dataclass(slots=True)
class _Evidence:
    names: Counter[str]
    glosses: Counter[str]
    emphases: Counter[str]


def extract(pairs: Iterable[CandidatePair], *, least_confidence: float = 0.5, least_count: int = 1) -> list[Proposal]:
    """The proposals, the most frequent first."""
    kept = [p for p in pairs if p.confidence >= least_confidence]
    plain = [(plain_text(p.source), plain_text(p.target)) for p in kept]
    index = _TermIndex(plain)
    found: dict[str, _Evidence] = {}
    for pair, (source, _) in zip(kept, plain, strict=True):
        for name, target, is_gloss in _introduced(pair, source, index):
            entry = found.setdefault(key(name), _Evidence(Counter(), Counter(), Counter()))
            entry.names[name] += 1
            if target:
                (entry.glosses if is_gloss else entry.emphases)[target] += 1
    index.learn(found)
    out = [p for p in (_proposal(entry, kept, index) for entry in found.values()) if p and p.count >= least_count]
    return sorted(out, key=lambda p: (-p.count, p.source))


class _TermIndex:
    """Where terms and their translations stand."""

    def __init__(self, plain: Sequence[tuple[str, str]]) -> None:
        self.plain = plain
        self.lower = [a.casefold() for a, _ in plain]
        self.targets = [b for _, b in plain]
        self.by_word: dict[str, set[int]] = defaultdict(set)
        for n, text in enumerate(self.lower):
            for word in re.findall(r"[^\W_]+", text):
                self.by_word[word].add(n)
        self._sources: dict[str, list[int]] = {}
        self._counts: dict[str, int] = {}

    def learn(self, terms: Iterable[str]) -> None:
        """Looks up all terms ahead."""
        for term in terms:
            self.source(term)

    def source(self, term: str) -> list[int]:
        """Pairs whose source holds the term in any form."""
        name = key(term)
        if name not in self._sources:
            first = name.split(" ")
            near = set.intersection(*(self.by_word.get(w, set()) for w in first[:-1])) if len(first) > 1 else None
            if near is None:
                starts = first[0][:3]
                near = set().union(*(ns for w, ns in self.by_word.items() if w.startswith(starts)), set())
            search = pattern([term])
            self._sources[name] = sorted(n for n in near if search.search(self.plain[n][0]))
        return self._sources[name]

    def target(self, term: str) -> int:
        """How many pairs' translation holds the term."""
        if term not in self._counts:
            self._counts[term] = sum(term in text for text in self.targets)
        return self._counts[term]

    def dice(self, where: Sequence[int], target: str) -> float:
        """How well the places of a term and of a translation agree, 0 to 1."""
        both = sum(target in self.targets[n] for n in where)
        return 2 * both / (len(where) + self.target(target)) if both else 0.0


def _introduced(pair: CandidatePair, source: str, index: _TermIndex) -> Iterator[tuple[str, str, bool]]:
    """(term, translation, whether it is a gloss) of one pair; the translation may be unknown (empty)."""
    glossed: set[str] = set()
    for name, target in _glosses(pair.target, index):
        if pattern([name]).search(source):
            glossed.add(key(name))
            yield name, target, True
    here, there = _emphasised(pair.source), [t for t in _emphasised(pair.target) if not _TERM.fullmatch(t)]
    names = [t for t in here if _is_term(t)]
    for name in names:
        if key(name) not in glossed:
            yield name, there[0] if len(here) == len(there) == 1 else "", False


def _is_term(text: str) -> bool:
    words = text.casefold().split()
    return bool(_TERM.fullmatch(text)) and len(text) > 2 and not _STOP_WORDS.issuperset(words) and len(words) <= 5


def _emphasised(text: str) -> list[str]:
    """The texts in italics or bold that are language only."""
    out, inside, depth = [], "", 0
    for token in tokens(text):
        if token.kind in ("emphasis", "strong"):
            depth += 1 if token.type == "open" else -1
            if depth == 0 and inside:
                out.append(" ".join(inside.split()))
                inside = ""
        elif depth:
            inside += token.raw if token.type == "text" else "\x00"
    return [t.strip(" .,;:。，；：") for t in out if "\x00" not in t]


def _glosses(target: str, index: _TermIndex) -> Iterator[tuple[str, str]]:
    """(English, translation) of every gloss in a translation."""
    for found in _GLOSS.finditer(target):
        for part in _LIST.split(found["english"]):
            name = part.strip(" *_.“”\"'")
            if not _is_term(name):
                continue
            text = found["set"] or _cut(found["run"], name, index)
            if text and not re.fullmatch(r"[\x00-\x7f]+", text) and not pattern([name]).fullmatch(text):
                yield name, " ".join(text.split())


def _cut(run: str, name: str, index: _TermIndex) -> str:
    """Which end of the words before a gloss is the term: the one that stands where the English stands."""
    wide = re.search(rf"[{_HAN}]+\Z", run)
    first = wide.start() if wide else 0
    where = index.source(name)
    best, best_score = "", 0.0
    for start in [*([0] if first else []), *range(max(first, len(run) - _LONGEST), len(run) - 1)]:
        score = index.dice(where, run[start:])
        if score > best_score + 1e-9:
            best, best_score = run[start:], score
    if len(where) > 1 and index.target(best) > 1:
        return best
    return _FUNCTION.split(best)[-1] if len(_FUNCTION.split(best)[-1]) > 1 else ""


def _proposal(entry: _Evidence, pairs: Sequence[CandidatePair], index: _TermIndex) -> Proposal | None:
    name = min(entry.names, key=lambda n: (-entry.names[n], n != n.lower(), n))
    where = index.source(name)
    votes = Counter({t: 3 * n for t, n in entry.glosses.items()})
    votes.update(entry.emphases)
    target, evidence = "", "gloss" if entry.glosses else "emphasis"
    if votes:
        scores = {t: index.dice(where, t) for t in votes}
        parts = {t for t in votes for o in votes if t != o and t in o and scores[o] >= _SURE}
        target = min(votes, key=lambda t: (-votes[t], t in parts, -scores[t], t))
    elif len(where) >= _PLACES and (" " in name or entry.names.total() > 1) and not _starts_small(name):
        target, evidence = _associated(where, index), "association"
    held = [n for n in where if target and occurs(target, index.targets[n])]
    if not held:
        return None
    others = tuple(t for t, _ in sorted(votes.items(), key=lambda v: (-v[1], v[0])) if t != target)
    examples = tuple((pairs[n].place, *index.plain[n]) for n in held[:2])
    display = name if re.search("[A-Z].*[A-Z]", name) else name.lower()
    return Proposal(display, target, len(held), len(where), evidence, others, examples)


def _starts_small(name: str) -> bool:
    return name.split(" ")[0].casefold() in _STOP_WORDS


def _associated(where: Sequence[int], index: _TermIndex) -> str:
    """The words of the translations that go with a term; empty when none do clearly."""
    counts: Counter[str] = Counter()
    for n in where:
        counts.update(set(_grams(index.targets[n])))
    common = [g for g, c in counts.items() if 2 * c >= len(where) and c >= 2]
    common.sort(key=lambda g: (-counts[g], -len(g), g))
    scored = [(index.dice(where, gram), len(gram), gram) for gram in common[:80]]
    best = max(scored, default=(0.0, 0, ""))
    return best[2] if best[0] >= _SURE else ""


def _grams(text: str) -> Iterator[str]:
    for run in re.findall(rf"[{_HAN}]+", text):
        for size in range(2, 7):
            for start in range(len(run) - size + 1):
                gram = run[start : start + size]
                if not _FUNCTION.search(gram[0] + gram[-1]):
                    yield gram
    words = re.findall(r"[^\W\d_]{3,}", re.sub(f"[{_HAN}]+", " ", text))
    for size in (1, 2, 3):
        for start in range(len(words) - size + 1):
            yield " ".join(words[start : start + size])
