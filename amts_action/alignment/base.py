"""Finds the English version that a translation corresponds to, when nothing records it (DESIGN §6).

Three cues, none of which is enough alone:

* anchors. What a translation keeps (code, formulas, references, numbers) tells versions apart line by line. How much
  an anchor of some kind counts is not set here but measured on the pair itself: the share of the anchors of the kind
  that this translation keeps, and the share of those of other versions that it has all the same (`_Habits`).
* dates. A translation cannot be older than its English. Where the anchors like several versions equally, the newest
  that was there when the translation was made is the likeliest.
* the translation's own history. People touch a translation for its wording only, or carry a new line of code over
  without the sentences around it; such a commit does not move the base. So the history is walked from its beginning,
  and a commit moves the base only if it fits a newer English clearly better and touched as much prose as the English
  did (`_Walk`).

The evidence is a log likelihood, so that versions that cannot be told apart show as a tie and are said to be one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from amts_action.alignment.base_anchors import Fingerprint, fingerprint
from amts_action.documents.features import Anchors

__all__ = ["Candidate", "Found", "SourceVersion", "TargetVersion", "find_base"]

SKEW = timedelta(days=1)
"""How much newer than its translation a version may seem: clocks differ, and a merge gives a commit a later date."""

SURE = 0.95
"""The least probability at which a base is called certain."""

_CLEARLY = math.log(SURE / (1 - SURE))
"""The same as a difference of log likelihoods."""


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
class Candidate:
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
class Found:
    """The answer: the likeliest version, its rivals, and how far to trust it."""

    best: Candidate | None
    """None when there are no versions, or no translation."""
    candidates: tuple[Candidate, ...]
    """Likeliest first, `best` among them."""
    is_certain: bool
    """Whether a person need not look: one text has nearly all the probability, and the translation fits it."""
    reason: str
    """One sentence for the report."""


def find_base(versions: Sequence[SourceVersion], target: Sequence[TargetVersion], *, name: str, most: int = 5) -> Found:
    """The version of the source that a translation corresponds to.

    Args:
        versions: the source document's history, newest first, across renames.
        target: the translation's history, newest first; the first is the present text.
        name: path of the document; its suffix says which format the texts have.
        most: how many candidates to name.
    """
    if not versions or not target:
        return Found(None, (), False, "the source has no history here" if target else "there is no translation")
    book = _Book(versions, target, name)
    walk = _Walk(book)
    walk.run()
    return _answer(book, walk, most)


class _Book:
    """Both histories, each distinct text looked at once."""

    def __init__(self, versions: Sequence[SourceVersion], target: Sequence[TargetVersion], name: str) -> None:
        self.versions, self.target = versions, target
        last = max(version.date for version in target) + SKEW
        self.usable = [i for i, v in enumerate(versions) if v.date <= last] or list(range(len(versions)))
        """The versions that may be the base, as indexes; all of them when none is old enough."""
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

    def fits(self, k: int, oldest: int | None = None) -> dict[int, float]:
        """Log likelihood of each version that the translation's version `k` can be made from, down to `oldest`."""
        limit = self.target[k].date + SKEW
        allowed = [i for i in self.usable if self.versions[i].date <= limit and (oldest is None or i <= oldest)]
        if not allowed:
            return {}
        have = self.translation[k].anchors
        first = self.usable.index(allowed[0])
        habits = _Habits(have, self.source[allowed[0]].anchors, self.union)
        out = {allowed[0]: habits.likelihood()}
        for i, step in zip(self.usable[first + 1 :], self.steps[first:], strict=True):
            if i > allowed[-1]:
                break
            for anchor, newer, older in step:
                habits.change(anchor, newer, older)
            out[i] = habits.likelihood() if step else out[i - 1]
        return {i: out[i] for i in allowed}

    def posterior(self, k: int, oldest: int | None = None) -> dict[int, float]:
        """The same with what the dates say: of the versions that were there, the n-th newest counts 1/n. Log, and not
        normalised."""
        return {i: value - math.log(n) for n, (i, value) in enumerate(self.fits(k, oldest).items(), 1)}


def _fingerprints(texts: Sequence[str], name: str) -> list[Fingerprint]:
    known: dict[str, Fingerprint] = {}
    near: Fingerprint | None = None
    for text in texts:
        if text not in known:
            near = known[text] = fingerprint(text, name=name, near=near)
    return [known[text] for text in texts]


_GROUPS = (("lost", "kept", "more"), ("absent", "strange"))


class _Habits:
    """How a translation would treat anchors, kind by kind, if it were made from some version: the likelihood of what
    it has, at the rates that fit best (add one half to each count: Jeffreys)."""

    def __init__(self, have: Anchors, expected: Anchors, union: frozenset[str]) -> None:
        self.have = have
        self.cases: dict[tuple[str, str], int] = {}
        for anchor in union:
            self._add(anchor, expected[anchor], 1)
            key = (anchor[0], "absent")  # as many again stand for all that people could have brought in and did not
            self.cases[key] = self.cases.get(key, 0) + 1
        self.kinds = {anchor[0] for anchor in union}

    def _add(self, anchor: str, expected: int, by: int) -> None:
        have = self.have[anchor]
        if expected:
            case = "kept" if have == expected else "more" if have > expected else "lost"
        else:
            case = "strange" if have else "absent"
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


class _Walk:
    """The base along the translation's history, oldest version first."""

    def __init__(self, book: _Book) -> None:
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
            if now != before or self._is_rewritten(k):
                self._look(k)
            before = now

    def _look(self, k: int) -> None:
        """Moves the base if this commit brought another one."""
        rewritten = self.base < 0 or self._is_rewritten(k)
        posterior = self.book.posterior(k, None if rewritten else self.base)
        if not posterior:
            return
        best = max(posterior, key=lambda i: (posterior[i], -i))
        if self.base not in posterior:
            self._settle(k, best)
            return
        ahead = {i: value - posterior[self.base] for i, value in posterior.items()}
        if ahead[best] > _CLEARLY and ahead[best] - self.ahead.get(best, 0.0) > _CLEARLY:
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


def _answer(book: _Book, walk: _Walk, most: int) -> Found:
    raise NotImplementedError
