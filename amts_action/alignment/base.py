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


def find_base(
    versions: Sequence[SourceVersion], target: Sequence[TargetVersion], *, name: str, most: int = 5
) -> Found:
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
        self.versions, self.target, self.name = versions, target, name
        self.prints: dict[str, Fingerprint] = {}
        last = max(version.date for version in target) + SKEW
        self.usable = [i for i, v in enumerate(versions) if v.date <= last] or list(range(len(versions)))
        self.source = {i: self._print(versions[i].text) for i in self.usable}
        self.steps = self._steps()
        self.varying = frozenset(a for step in self.steps for a, _, _ in step)
        self.union = frozenset().union(*(p.anchors for p in self.source.values()))

    def _print(self, text: str) -> Fingerprint:
        found = self.prints.get(text)
        if found is None:
            found = self.prints[text] = fingerprint(text, name=self.name)
        return found

    def of_target(self, k: int) -> Fingerprint:
        """What the translation's version `k` has."""
        return self._print(self.target[k].text)

    def _steps(self) -> list[list[tuple[str, int, int]]]:
        """For each usable version and the next older one: the anchors that differ, with both counts."""
        out = []
        for newer, older in zip(self.usable, self.usable[1:], strict=False):
            a, b = self.source[newer].anchors, self.source[older].anchors
            out.append([] if a is b else [(x, a[x], b[x]) for x in a.keys() | b.keys() if a[x] != b[x]])
        return out

    def before(self, date: datetime) -> list[int]:
        """The usable versions that a translation of this date can be made from; all of them when there is none."""
        return [i for i in self.usable if self.versions[i].date <= date + SKEW] or self.usable

    def fits(self, k: int) -> dict[int, float]:
        """Log likelihood of each version that the translation's version `k` can be made from."""
        have = self.of_target(k).anchors
        allowed = frozenset(self.before(self.target[k].date))
        habits = _Habits(have, self.source[self.usable[0]].anchors, self.union)
        out = {self.usable[0]: habits.likelihood()}
        for i, step in zip(self.usable[1:], self.steps, strict=True):
            for anchor, newer, older in step:
                habits.change(anchor, newer, older)
            out[i] = habits.likelihood() if i in allowed else -math.inf
        return {i: value for i, value in out.items() if i in allowed}


_GROUPS = (("lost", "kept", "more"), ("absent", "strange"))


class _Habits:
    """How a translation would treat anchors, kind by kind, if it were made from some version: the likelihood of what
    it has, at the rates that fit best (add one half to each count: Jeffreys)."""

    def __init__(self, have: Anchors, expected: Anchors, union: frozenset[str]) -> None:
        self.have = have
        self.cases: dict[tuple[str, str], int] = {}
        for anchor in union:
            self._add(anchor, expected[anchor], 1)
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
        self.base = 0
        self.since = len(book.target) - 1
        """The version of the translation that was made from `base`."""

    def run(self) -> None:
        """Walks to the present text."""
        book = self.book
        last = len(book.target) - 1
        before: tuple[int, ...] = ()
        for k in range(last, -1, -1):
            have = book.of_target(k).anchors
            now = tuple(have[a] for a in book.varying)
            rewritten = k == last or self._is_rewritten(k)
            if now != before or rewritten:
                self._look(k, rewritten)
            before = now

    def _look(self, k: int, rewritten: bool) -> None:
        book = self.book
        fits = book.fits(k)
        top = max(fits.values())
        best = min(i for i, value in fits.items() if value > top - 1e-6)
        gain = top - fits.get(self.base, -math.inf)
        if rewritten or (gain > _CLEARLY and self._covers(k, best)):
            self.base, self.since = best, k

    def _is_rewritten(self, k: int) -> bool:
        """Whether most of the prose of a version is not that of the one before."""
        new, old = self.book.of_target(k).prose, self.book.of_target(k + 1).prose
        return (new - old).total() * 2 > new.total()

    def _covers(self, k: int, best: int) -> bool:
        """Whether a commit touched about as many paragraphs as the English did from the base to `best`."""
        book = self.book
        english = (book.source[best].prose - book.source[self.base].prose).total()
        touched = (book.of_target(k).prose - book.of_target(k + 1).prose).total()
        return touched * 2 >= english


def _answer(book: _Book, walk: _Walk, most: int) -> Found:
    raise NotImplementedError
