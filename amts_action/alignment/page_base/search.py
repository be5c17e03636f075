"""Finds the English version that a translation corresponds to, when nothing records it (DESIGN §6).

Three cues, none of which is enough alone:

* anchors. What a translation keeps (code, formulas, references, numbers) tells versions apart line by line. How much
  an anchor of some kind counts is not set here but measured on the pair itself: the share of the anchors of the kind
  that this translation keeps, and the share of those of other versions that it has all the same (`_Habits`).
* dates. A translation cannot be older than its English. Where the anchors like several versions equally, the newest
  that was there when the translation was made is the likeliest.
* the translation's own history. People touch a translation for its wording only, or carry a new line of code over
  without the sentences around it; such a commit does not move the base. So the history is walked from its beginning,
  and a commit moves the base, onwards or back to what was taken over too early, only if it brought most of what speaks
  clearly for another English, and did not leave all prose alone where the English did not (`_HistoryWalk`). A base
  that is too old costs work; one that is too new loses changes.

The evidence is a log likelihood, so that versions that cannot be told apart show as a tie and are said to be one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from amts_action.alignment.page_base.anchors import Fingerprint, fingerprint
from amts_action.documents.anchors import Anchors

__all__ = ["BaseCandidate", "FoundBase", "SourceVersion", "TargetVersion", "find_base"]

SKEW = timedelta(days=1)
"""How much newer than its translation a version may seem: clocks differ, and a merge gives a commit a later date."""

SURE = 0.95
"""The least probability at which a base is called certain. By hand, held to `benchmarks/find_base.py`."""

_CLEARLY = math.log(SURE / (1 - SURE))
"""The same as a difference of log likelihoods. As in `SURE`."""


@dataclass(frozen=True, slots=True)
class SourceVersion:
    """One state of the source document, under whatever name it had then."""

    commit: str
    oid: str
    path: str
    date: datetime
    """The committer's date, with a time zone."""
    text: str


@dataclass(frozen=True, slots=True)
class TargetVersion:
    """One state of the translation."""

    date: datetime
    """The committer's date, with a time zone."""
    text: str
    commit: str = ""


@dataclass(frozen=True, slots=True)
class BaseCandidate:
    """A version that the translation may correspond to."""

    index: int
    """Place in the versions that were given."""
    commit: str
    oid: str
    path: str
    date: datetime
    score: float
    """Probability, 0 to 1, that this is the base, given that one of the versions is."""
    why: str
    """What speaks against it, or that nothing does."""


@dataclass(frozen=True, slots=True)
class FoundBase:
    """The answer: the likeliest version, its rivals, and how far to trust it."""

    best: BaseCandidate | None
    """None when there are no versions, or no translation."""
    candidates: tuple[BaseCandidate, ...]
    """`best`, then the others, likeliest first. Of versions that differ in form at most, one."""
    is_certain: bool
    """Whether a person need not look: one text has nearly all the probability, and the translation fits it."""
    reason: str
    """One sentence for the report."""
    is_dated: bool = True
    """Whether some version is older than the translation; False: the history that it was made from is not there."""
    is_plausible: bool = True
    """Whether the translation has at least half of the anchors of the likeliest version; False: it may well be a
    translation of something else, and no plan should be made from it without a person."""


def find_base(versions: Sequence[SourceVersion], target: Sequence[TargetVersion], *, name: str) -> FoundBase:
    """The version of the source that a translation corresponds to.

    Args:
        versions: the source document's history, newest first, across renames.
        target: the translation's history, newest first; the first is the present text.
        name: path of the document; its suffix says which format the texts have.
    """
    if not versions or not target:
        return FoundBase(None, (), False, "the source has no history here" if target else "there is no translation")
    book = _Histories(versions, target, name)
    walk = _HistoryWalk(book)
    walk.run()
    return _answer(book, walk)


_NAMED = 5
"""So many candidates an answer names. Our own limit."""


class _Histories:
    """Both histories, each distinct text looked at once."""

    def __init__(self, versions: Sequence[SourceVersion], target: Sequence[TargetVersion], name: str) -> None:
        self.versions, self.target = versions, target
        last = max(version.date for version in target) + SKEW
        old_enough = [i for i, v in enumerate(versions) if v.date <= last]
        self.is_dated = bool(old_enough)
        """Whether the dates can be believed: some version is older than the translation."""
        self.usable = old_enough or list(range(len(versions)))
        """The versions that may be the base, as indexes."""
        self.source = dict(zip(self.usable, _fingerprints([versions[i].text for i in self.usable], name), strict=True))
        self.translation = _fingerprints([version.text for version in target], name)
        self.steps = self._steps()
        self.varying = frozenset(anchor for step in self.steps for anchor, _, _ in step)
        self.union = frozenset().union(*(p.anchors for p in self.source.values()))

    def _steps(self) -> list[list[tuple[str, int, int]]]:
        """For each usable version and the next older one: the anchors that differ, with both counts."""
        out = []
        for newer, older in zip(self.usable, self.usable[1:], strict=False):
            a, b = self.source[newer].anchors, self.source[older].anchors
            names = () if a is b else a.keys() | b.keys()
            out.append([(x, a[x], b[x]) for x in names if a[x] != b[x]])
        return out

    def fits(self, k: int) -> dict[int, float]:
        """Log likelihood of each version that the translation's version `k` can be made from."""
        allowed = [i for i in self.usable if self._is_there(i, k)]
        if not allowed:
            return {}
        first, last = self.usable.index(allowed[0]), self.usable.index(allowed[-1])
        habits = _Habits(self.translation[k].anchors, self.source[allowed[0]].anchors, self.union)
        value = habits.likelihood()
        out = {allowed[0]: value}
        for i, step in zip(self.usable[first + 1 : last + 1], self.steps[first:last], strict=True):
            for anchor, newer, older in step:
                habits.change(anchor, newer, older)
            out[i] = value = habits.likelihood() if step else value
        return {i: out[i] for i in allowed}

    def _is_there(self, i: int, k: int) -> bool:
        """Whether the translation's version `k` can have been made from version `i`."""
        return not self.is_dated or self.versions[i].date <= self.target[k].date + SKEW

    def posterior(self, k: int) -> dict[int, float]:
        """The same with what the dates say: of the versions that were there, the n-th newest counts 1/n. Log, and not
        normalised."""
        return {i: value - math.log(n) for n, (i, value) in enumerate(self.fits(k).items(), 1)}


def _fingerprints(texts: Sequence[str], name: str) -> list[Fingerprint]:
    known: dict[str, Fingerprint] = {}
    near: Fingerprint | None = None
    for text in texts:
        if text not in known:
            near = known[text] = fingerprint(text, name=name, near=near)
    return [known[text] for text in texts]


_WORDS = "wu"
"""The kinds of anchors that are words."""

_GROUPS = (("gone", "fewer", "kept", "more"), ("absent", "strange"))
"""What can become of an anchor that the English has, and of one that it has not."""


class _Habits:
    """How a translation would treat anchors, kind by kind, if it were made from some version: the likelihood of what
    it has, at the rates that fit best (add one half to each count: Jeffreys)."""

    def __init__(self, have: Anchors, expected: Anchors, union: frozenset[str]) -> None:
        self.have = have
        self.cases: dict[tuple[str, str], int] = {}
        for anchor in union:
            self._add(anchor, expected[anchor], 1)
            self._count(anchor, "absent", 1)  # as many again stand for all that people could have brought in
        self.kinds = sorted({anchor[0] for anchor in union})

    def _add(self, anchor: str, expected: int, by: int) -> None:
        have = self.have[anchor]
        if expected:
            case = "kept" if have == expected else "more" if have > expected else "fewer" if have else "gone"
        else:
            case = "strange" if have else "absent"
        self._count(anchor, case, by)

    def _count(self, anchor: str, case: str, by: int) -> None:
        if self.have[anchor] or anchor[0] not in _WORDS:  # that a word was translated away says nothing
            key = (anchor[0], case)
            self.cases[key] = self.cases.get(key, 0) + by

    def change(self, anchor: str, before: int, after: int) -> None:
        """Expect an anchor another number of times."""
        self._add(anchor, before, -1)
        self._add(anchor, after, 1)

    def likelihood(self) -> float:
        """Log probability of what the translation has."""
        total = 0.0
        for kind in self.kinds:
            for group in _GROUPS:
                counts = [self.cases.get((kind, case), 0) for case in group]
                whole = sum(counts) + len(group) / 2
                total += sum(n * math.log((n + 0.5) / whole) for n in counts)
        return total


class _HistoryWalk:
    """The base along the translation's history, oldest version first."""

    def __init__(self, book: _Histories) -> None:
        self.book = book
        self.base = -1
        """Index of the version; -1 before the first look."""
        self.since = len(book.target) - 1
        """The version of the translation that was made from `base`."""
        self.carried: int | None = None
        """A newer version of which the translation has the code without the sentences."""
        self.ahead: dict[int, float] = {}
        """How far other versions were ahead of the base at the last look."""

    def run(self) -> None:
        """Walks to the present text."""
        book = self.book
        before: list[int] = []
        for k in range(len(book.target) - 1, -1, -1):
            have = book.translation[k].anchors
            now = [have[anchor] for anchor in book.varying]
            if self.base < 0 or now != before or self._is_rewritten(k):
                self._look(k)
            before = now

    def _look(self, k: int) -> None:
        """Moves the base if this commit brought another one."""
        rewritten = self.base < 0 or self._is_rewritten(k)
        posterior = self.book.posterior(k)
        if not posterior:
            return
        best = max(posterior, key=lambda i: (posterior[i], -i))
        if self.base not in posterior:
            self._settle(k, best)
            return
        ahead = {i: value - posterior[self.base] for i, value in posterior.items()}
        brought = ahead[best] - self.ahead.get(best, 0.0)
        if min(brought, ahead[best]) > _CLEARLY and brought * 2 > ahead[best]:
            if rewritten or not self._is_code_alone(k, best):
                self._settle(k, best)
                return
            self.carried = best
        self.ahead = ahead

    def _settle(self, k: int, base: int) -> None:
        self.base, self.since, self.carried, self.ahead = base, k, None, {}

    def _is_rewritten(self, k: int) -> bool:
        """Whether most of the prose of a version is not that of the one before."""
        if k == len(self.book.target) - 1:
            return True
        new, old = self.book.translation[k], self.book.translation[k + 1]
        return new.new_prose(old) * 2 > new.prose()

    def _is_code_alone(self, k: int, best: int) -> bool:
        """Whether a commit left all prose as it was, although the English up to `best` changed some."""
        source, translation = self.book.source, self.book.translation
        english = source[best].new_prose(source[self.base])
        return english > 0 and not translation[k].new_prose(translation[k + 1])


def _answer(book: _Histories, walk: _HistoryWalk) -> FoundBase:
    chances = _chances(book, walk)
    alike = [i for i in chances if _is_same(book.source[i], book.source[walk.base])]
    share = sum(chances[i] for i in alike)
    order = [walk.base, *sorted((i for i in chances if i not in alike), key=lambda i: (-chances[i], i))]
    if walk.carried is not None and walk.carried in order[_NAMED:]:
        order = [*order[: _NAMED - 1], walk.carried]
    found = [_candidate(book, i, walk.base, share if i == walk.base else chances[i]) for i in order[:_NAMED]]
    kept = _kept(book, walk.base)
    plausible = kept is None or kept >= 0.5
    certain = share >= SURE and kept is not None and plausible and book.is_dated and walk.carried is None
    return FoundBase(found[0], tuple(found), certain, _reason(book, walk, found, kept), book.is_dated, plausible)


def _chances(book: _Histories, walk: _HistoryWalk) -> dict[int, float]:
    """Probability of each version that was there when the translation was made from its base."""
    posterior = book.posterior(walk.since)
    top = max(posterior.values())
    weights = {i: math.exp(value - top) for i, value in posterior.items()}
    whole = sum(weights.values())
    chances = {i: weight / whole for i, weight in weights.items()}
    return chances if walk.carried is None else {walk.carried: 0.0, **chances}


def _is_same(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether two versions differ in form at most, so that it does not matter which is the base."""
    if one is other:
        return True
    return not one.new_prose(other) and not other.new_prose(one) and one.programs() == other.programs()


def _kept(book: _Histories, base: int) -> float | None:
    """The share of the anchors of a version that the translation has, words not counted; None when it has none."""
    expected = {a: n for a, n in book.source[base].anchors.items() if a[0] not in _WORDS}
    have = book.translation[0].anchors
    return sum(min(n, have[a]) for a, n in expected.items()) / sum(expected.values()) if expected else None


def _candidate(book: _Histories, i: int, best: int, score: float) -> BaseCandidate:
    version = book.versions[i]
    return BaseCandidate(
        i, version.commit, version.oid, version.path, version.date, round(score, 3), _why(book, i, best)
    )


def _why(book: _Histories, i: int, best: int) -> str:
    """What the present text says of a version."""
    if i == best:
        kept = _kept(book, i)
        if kept is None:
            return "has no code, formulas, references or numbers"
        return f"{kept:.0%} of its code, formulas, references and numbers are in the translation"
    have, own, other = book.translation[0].anchors, book.source[i].anchors, book.source[best].anchors
    differing = [a for a in own.keys() | other.keys() if own[a] != other[a] and (have[a] or a[0] not in _WORDS)]
    pro = sum(have[a] == own[a] for a in differing)
    con = sum(have[a] == other[a] for a in differing)
    return f"{pro} anchors speak for it, {con} for the first" if pro or con else "cannot be told from the first"


def _reason(book: _Histories, walk: _HistoryWalk, found: Sequence[BaseCandidate], kept: float | None) -> str:
    best = found[0]
    if kept is None:
        return "the page has no code, formula, reference or number to tell by"
    if kept < 0.5:
        return f"no version fits: the translation has {kept:.0%} of the anchors of the likeliest"
    if not book.is_dated:
        return "every version is newer than the translation, so the dates say nothing"
    if walk.carried is not None:
        newer = book.versions[walk.carried]
        return f"later the code of {newer.commit[:10]} ({newer.date:%Y-%m-%d}) was carried over without its sentences"
    if best.score >= SURE:
        return "certain: no other version fits as well"
    rivals = max(1, sum(c.score > 1 - SURE for c in found[1:]))
    return f"{rivals} other version{'s'[: rivals - 1]} cannot be ruled out"
