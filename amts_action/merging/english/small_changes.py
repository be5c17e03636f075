"""Small changes: what an author may change in an English sentence without giving a translator anything to do.

A closed list of rules, each with a name, an example and a counter-example in `tests/fixtures/small_changes.txt`:
typography, articles, commas, agreement, spelling, contractions, typing mistakes, small words that come, go or stand
for each other, a number in words or digits, emphasis and slide marks, the numeral of a heading. The two texts are
walked through side by side; where they differ, one of the rules must explain it, else the change is one of meaning. No
rule touches a number, a negation, a modal, a comparison, a name or a formula.

`cosmetic_key` is the part of it that needs one text only, for looking texts up: with equal keys nothing but form
differs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import takewhile
from typing import NamedTuple

from amts_action.documents.inline import tokens
from amts_action.documents.language_codes import primary
from amts_action.merging.english.atoms import Atom, atoms
from amts_action.merging.english.english_words import (
    ARTICLES,
    COUNTED,
    NUMBERLESS,
    agrees,
    american,
    expansions,
    is_guarded,
    is_optional,
    is_same_preposition,
    is_typo,
)

__all__ = ["NUMERAL", "Reader", "Small", "SmallChange", "cosmetic_key", "small_changes"]


NUMERAL = "numeral of the heading"
"""The one rule whose change a translator would make, too: it is made where the place is plain."""


class SmallChange(NamedTuple):
    """One place at which the English changed in a way that means nothing to a translator."""

    rule: str
    """In words, for the report: `article`, `comma`, `spelling` …"""
    old: str
    """The words of the base; empty where the head has more."""
    new: str

    def __str__(self) -> str:
        if not self.old and not self.new:
            return self.rule
        if not self.old or not self.new:
            return f"{self.rule} “{self.old or self.new}” {'removed' if self.old else 'added'}"
        return f"{self.rule}: “{self.old}” → “{self.new}”"


@dataclass(frozen=True, slots=True)
class Small:
    """All differences between two texts, none of which a translator needs to follow."""

    changes: tuple[SmallChange, ...]
    has_other_spans: bool = False
    """Formulas, code or links differ as well: those are patched, the words stay."""


_FORM_ONLY = Small((SmallChange("typography", "", ""),))
"""What differs is not even an atom: the signs for quotes and dashes, blanks."""


class Reader:
    """Who a change may mean something to, and what the book knows."""

    def __init__(self, target_lang: str = "", *, keeps: bool = True, head: str = "") -> None:
        """`keeps`: small changes are kept (`small-changes = keep`), else only line breaks do not count. `head` is the
        page's new English."""
        self.keeps, self._head = keeps, head
        self.is_numberless = primary(target_lang) in NUMBERLESS
        """Whether the language of the translation has no plural."""

    @cached_property
    def _counts(self) -> Counter[str]:
        return Counter(word.lower() for word in re.findall("[A-Za-z]+", self._head))

    def has(self, word: str) -> bool:
        """Whether the new English has a word."""
        return word in self._counts

    def tells(self, word: str) -> bool:
        """Whether the new English has a word at several places."""
        return self._counts[word] > 1


_ANYBODY = Reader()


@lru_cache(maxsize=10_000)
def small_changes(old: str, new: str, reader: Reader = _ANYBODY, *, is_heading: bool = False) -> Small | None:
    """What differs between two texts when every difference is small; None when one is not.

    Args:
        old: inline markdown of the base.
        new: the head's.
        reader: who is to read the translation, and what the book knows.
        is_heading: upper and lower case, and a numeral at its beginning, do not count.
    """
    if old == new:
        return Small(())
    if not reader.keeps:
        return Small(()) if old.split() == new.split() else None
    if not _is_near(old, new):
        return None
    return _PairWalk(atoms(old), atoms(new), reader, is_heading).run()


def _is_near(old: str, new: str) -> bool:
    """Whether a closer look can pay: no rule adds or removes more than a few letters here and there."""
    from rapidfuzz.fuzz import ratio

    return max(len(old), len(new)) < _SHORT or ratio(old, new, score_cutoff=_NEAR) > 0


_SHORT = 60
"""Characters below which an article is much of a text, so that its likeness says nothing. By hand, held by
`tests/merging/test_small_pairs.py`."""
_NEAR = 75.0
"""Least likeness (0 to 100) of longer texts. Measured: of 530 small changes in two books the least alike have 78."""


# The walk ---------------------------------------------------------------------------------------------------------

_Step = tuple[int, int, str]
"""How many atoms of the base and of the head a rule explains, and its name."""


class _PairWalk:
    """Two texts side by side."""

    def __init__(self, old: Sequence[Atom], new: Sequence[Atom], reader: Reader, is_heading: bool) -> None:
        self.old, self.new, self.reader, self.is_heading = old, new, reader, is_heading

    def run(self) -> Small | None:
        """The changes along the first way through both texts; None when there is none.

        A rule is only asked where the texts differ, so that the way hardly ever forks.
        """
        seen: set[tuple[int, int]] = set()
        ways: list[tuple[int, int, tuple[_Step, ...]]] = [(0, 0, ())]
        while ways:
            i, j, steps = ways.pop()
            start = i
            while i < len(self.old) and j < len(self.new) and self.old[i][:2] == self.new[j][:2]:
                i, j = i + 1, j + 1
            steps += ((i - start, i - start, ""),)
            if i == len(self.old) and j == len(self.new):
                return self._found(steps)
            if (i, j) in seen:
                continue
            seen.add((i, j))
            ways += [(i + m, j + n, (*steps, (m, n, rule))) for m, n, rule in reversed(list(self._steps(i, j)))]
        return None

    def _found(self, steps: Sequence[_Step]) -> Small:
        i = j = 0
        changes, spans = [], False
        for m, n, rule in steps:
            if rule == "span":
                spans = True
            elif rule:
                changes.append(SmallChange(rule, _shown(self.old[i : i + m]), _shown(self.new[j : j + n])))
            i, j = i + m, j + n
        return Small(tuple(changes), spans) if changes or spans else _FORM_ONLY

    def _steps(self, i: int, j: int) -> Iterator[_Step]:
        """What the rules make of the place where base atom `i` and head atom `j` differ."""
        a = self.old[i] if i < len(self.old) else None
        b = self.new[j] if j < len(self.new) else None
        if a and b:
            if a.kind == b.kind == "span" and a.text.split(" ")[0] == b.text.split(" ")[0]:
                yield 1, 1, "span"
                return
            for name, applies in _PAIRS:
                if applies(self, i, j):
                    yield 1, 1, name
            yield from self._runs(i, j)
        for m, n, atom, run, k in ((1, 0, a, self.old, i), (0, 1, b, self.new, j)):
            if atom is not None and (rule := self._alone(run, k)):
                yield m, n, rule

    def _alone(self, run: Sequence[Atom], k: int) -> str:
        """The rule by which an atom may be there or not; empty when none lets it."""
        atom = run[k]
        if atom.kind == "mark":
            return "emphasis"
        if atom.kind == "quote":
            return "quotes"
        if atom.kind == "comma":
            return "comma"
        if atom.kind == "hyphen" and not _is_counted(run, k):
            return "hyphen"
        if atom.kind == "stop" and atom.text in ".:" and all(_is_closing(x) for x in run[k + 1 :]):
            return "full stop"
        if atom.text == "(" and _is_enumerator(run[k + 1 : k + 3]):
            return "bracket of a number"
        if atom.kind != "word":
            return ""
        low = atom.text.lower()
        follows = run[k + 1].text.lower() if k + 1 < len(run) else ""
        if low in ARTICLES and (atom.is_first or atom.text == low) and follows not in _CHANGED_BY_ARTICLE:
            return "article" if follows else ""
        if k and run[k - 1].kind == "word" and run[k - 1].text.lower() == low and not is_guarded(low):
            return "word written twice"
        if atom.text == low and is_optional(low, *_around(run, k)):
            return "small word"
        return ""

    def _runs(self, i: int, j: int) -> Iterator[_Step]:
        """Contractions, and words written together, apart or with a hyphen."""
        for m, n in ((1, 2), (2, 1), (1, 3), (3, 1), (2, 2), (2, 3), (3, 2)):
            left, right = self.old[i : i + m], self.new[j : j + n]
            if len(left) < m or len(right) < n or any(x.kind not in ("word", "hyphen") for x in (*left, *right)):
                continue
            words = [x.text for x in (*left, *right) if x.kind == "word"]
            if "hyphen" in (left[0].kind, left[-1].kind, right[0].kind, right[-1].kind):
                continue
            if m != n and set(_expanded(left)) & set(_expanded(right)):
                yield m, n, "contraction"
            elif _joined(left) == _joined(right) and not any(map(is_guarded, words)):
                short = any(len(x.text) == 1 for part in (left, right) for x in part if x.kind == "word")
                if not short or "-" in (x.text for x in (*left, *right)):
                    yield m, n, "hyphen"


_ENUMERATOR = re.compile(r"[a-z]|[ivx]{2,4}|\d{1,2}")


def _is_enumerator(run: Sequence[Atom]) -> bool:
    """Whether this is the number of an item, with the bracket behind it: `i)`, `2)`."""
    return len(run) == 2 and run[1].text == ")" and _ENUMERATOR.fullmatch(run[0].text) is not None


def _shown(run: Sequence[Atom]) -> str:
    text = " ".join(atom.text for atom in run)
    return text.replace(" - ", "-").strip("*") or text


def _joined(run: Sequence[Atom]) -> str:
    return american("".join(x.text for x in run if x.kind == "word"))


def _expanded(run: Sequence[Atom]) -> list[str]:
    """What a run of words may stand for."""
    out = [""]
    for atom in run:
        forms = expansions(atom.text) if atom.kind == "word" else (atom.text,)
        out = [f"{before} {form}".strip() for before in out for form in forms]
    return out


def _is_counted(run: Sequence[Atom], k: int) -> bool:
    """Whether the hyphen stands between two numbers: a difference, or a range."""
    return 0 < k < len(run) - 1 and run[k - 1].kind == run[k + 1].kind == "number"


_CHANGED_BY_ARTICLE = frozenset("few little most lot more fewer less least number".split())
"""Words that say something else with an article than without: `a few`, `the most`, `a number`."""


# Pairs of single atoms ----------------------------------------------------------------------------------------------


def _case(walk: _PairWalk, i: int, j: int) -> bool:
    a, b = walk.old[i], walk.new[j]
    if a.kind != "word" or b.kind != "word" or a.text.lower() != b.text.lower():
        return False
    shouted = any(len(x.text) > 1 and x.text.isupper() for x in (a, b))
    return walk.is_heading or (not shouted and (a.is_first or b.is_first))


def _article(walk: _PairWalk, i: int, j: int) -> bool:
    a, b = walk.old[i], walk.new[j]
    follows = {x[k + 1].text.lower() for x, k in ((walk.old, i), (walk.new, j)) if k + 1 < len(x)}
    return (
        a.kind == b.kind == "word"
        and {a.text.lower(), b.text.lower()} <= ARTICLES
        and all(x.is_first or x.text.islower() for x in (a, b))
        and not follows & _CHANGED_BY_ARTICLE
    )


def _typography(walk: _PairWalk, i: int, j: int) -> bool:
    a, b = walk.old[i], walk.new[j]
    kinds = {a.kind, b.kind}
    if kinds <= {"hyphen", "dash"}:
        return not _is_counted(walk.old, i)
    if kinds == {"dash", "stop"}:  # `Hint -- look` and `Hint: look`
        return ":" in (a.text, b.text) and all(x[k - 1].kind == "word" for x, k in ((walk.old, i), (walk.new, j)) if k)
    return kinds in ({"quote"}, {"comma"}) or {a.text.lower(), b.text.lower()} == {"&", "and"}


def _marks(walk: _PairWalk, i: int, j: int) -> bool:
    return walk.old[i].kind == walk.new[j].kind == "mark"


def _stop(walk: _PairWalk, i: int, j: int) -> bool:
    a, b = walk.old[i], walk.new[j]
    ends = all(all(map(_is_closing, run[k + 1 :])) for run, k in ((walk.old, i), (walk.new, j)))
    return ends and {a.kind, b.kind} <= {"stop", "comma"} and {a.text, b.text} <= set(".:;,")


def _is_closing(atom: Atom) -> bool:
    """Whether an atom may stand behind the last stop of a text."""
    return atom.kind in ("mark", "quote") or atom.text in (")", "]")


def _preposition(walk: _PairWalk, i: int, j: int) -> bool:
    a, b = walk.old[i], walk.new[j]
    if not a.kind == b.kind == "word" or a.is_first != b.is_first:
        return False
    words = a.text.lower(), b.text.lower()
    return all(is_same_preposition(*words, *_around(run, k)) for run, k in ((walk.old, i), (walk.new, j)))


def _number_in_words(walk: _PairWalk, i: int, j: int) -> bool:
    words, digits = sorted((walk.old[i], walk.new[j]), key=lambda atom: atom.kind == "number")
    return words.kind == "word" and digits.kind == "number" and COUNTED.get(words.text.lower()) == digits.text


def _apostrophe(walk: _PairWalk, i: int, j: int) -> bool:
    a, b = walk.old[i], walk.new[j]
    return a.kind == b.kind == "word" and a.text != b.text and a.text.replace("'", "") == b.text.replace("'", "")


def _spelling(walk: _PairWalk, i: int, j: int) -> bool:
    words = _words(walk, i, j)
    return words is not None and american(words[0]) == american(words[1])


def _contraction(walk: _PairWalk, i: int, j: int) -> bool:
    words = _words(walk, i, j)
    return words is not None and bool(set(expansions(words[0])) & set(expansions(words[1])))


def _agreement(walk: _PairWalk, i: int, j: int) -> bool:
    words = _words(walk, i, j)
    if words is None or any(map(is_guarded, words)):
        return False
    earlier, before = _before(walk.old, i), _before(walk.new, j)
    lost_one = earlier[-1:] != before[-1:] and {*earlier[-1:], *before[-1:]} & {"a", "an", "one"}  # a frame, frames
    numberless = walk.reader.is_numberless and not lost_one
    return agrees(*words, (earlier, before), _after(walk.new, j), numberless=numberless)


def _typo(walk: _PairWalk, i: int, j: int) -> bool:
    words = _words(walk, i, j)
    if words is None or any(map(is_guarded, words)) or walk.reader.has(words[0]):
        return False
    return is_typo(*words, told=walk.reader.tells(words[1]))


def _numeral(walk: _PairWalk, i: int, j: int) -> bool:
    a, b = walk.old[i], walk.new[j]
    if not walk.is_heading:
        return False
    if a.kind == b.kind == "word":
        return _is_roman(a.text) and _is_roman(b.text)
    leads = not any(x.kind == "word" for x in (*walk.old[:i], *walk.new[:j]))
    behind = all(k + 1 < len(x) for x, k in ((walk.old, i), (walk.new, j)))
    return a.kind == b.kind == "number" and leads and behind


_Rule = Callable[[_PairWalk, int, int], bool]
_PAIRS: tuple[tuple[str, _Rule], ...] = (
    ("upper or lower case", _case),
    ("emphasis", _marks),
    ("typography", _typography),
    ("full stop", _stop),
    ("article", _article),
    ("apostrophe", _apostrophe),
    ("spelling", _spelling),
    ("contraction", _contraction),
    ("agreement", _agreement),
    ("small word", _preposition),
    ("number in words", _number_in_words),
    (NUMERAL, _numeral),
    ("typing mistake", _typo),
)


def _words(walk: _PairWalk, i: int, j: int) -> tuple[str, str] | None:
    """The two words in lower case; None when they are none, or one is a name or an abbreviation."""
    a, b = walk.old[i], walk.new[j]
    if a.kind != "word" or b.kind != "word":
        return None
    for atom in (a, b):
        if not atom.text.islower() and not (atom.is_first and atom.text[1:].islower()) and not walk.is_heading:
            return None
    return a.text.lower(), b.text.lower()


def _before(run: Sequence[Atom], k: int) -> list[str]:
    """Up to four words before an atom, not across a stop."""
    out: list[str] = []
    for atom in reversed(run[max(0, k - 5) : k]):
        if atom.kind in ("stop", "comma", "dash"):
            break
        if atom.kind == "number":
            out.insert(0, "one" if atom.text == "1" else "several")
        elif atom.kind in ("word", "span"):
            out.insert(0, atom.text.lower() if atom.kind == "word" else "#")
    return out[-4:]


_CLAUSE = 12
"""Most words of its surroundings that decide about a small word: our own limit."""


def _around(run: Sequence[Atom], k: int) -> tuple[list[str], list[str]]:
    """The words before and behind an atom, in their order, as far as the sentence goes; marks and quotes are left out,
    and what is neither word nor number is `#`."""
    sides: list[list[str]] = []
    for side in (reversed(run[max(0, k - _CLAUSE) : k]), iter(run[k + 1 : k + 1 + _CLAUSE])):
        near = takewhile(lambda x: x.kind != "stop", (x for x in side if x.kind not in ("mark", "quote")))
        sides.append([x.text.lower() if x.kind in ("word", "number") else "#" for x in near])
    return sides[0][::-1], sides[1]


def _after(run: Sequence[Atom], k: int) -> list[str]:
    return [atom.text.lower() for atom in run[k + 1 : k + 3] if atom.kind == "word"]


_ROMAN = re.compile(r"(?=[IVXLC])C{0,3}(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})\Z")


def _is_roman(text: str) -> bool:
    return bool(_ROMAN.match(text))


# One text by itself -------------------------------------------------------------------------------------------------

_QUOTES = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "‐": "-", "‑": "-", "…": "..."}
)
_WORD = re.compile(r"([A-Za-z]+(?:'[A-Za-z]+)*)")
_CAN_NOT = re.compile(r"\b([Cc])an not\b")
_AROUND_HYPHEN = re.compile("(?<=-) | (?=-)")


class _Forms(dict[str, str]):
    """Word → the one form of its spellings and contractions; made when it is asked for, and kept: a book has few words
    and uses them often."""

    def __missing__(self, word: str) -> str:
        forms = expansions(word)
        changed = forms[1] if len(forms) > 1 and not word.lower().endswith("'s") else _said(word)
        form = changed if word[0].islower() else changed[:1].upper() + changed[1:]
        if len(self) > _MOST_FORMS:
            self.clear()
        self[word] = form
        return form


_FORMS = _Forms()
_MOST_FORMS = 100_000
"""Words that are kept: a book has ten thousand, and a long run over hostile ones must not fill the memory. Our own
limit."""


def _plain(text: str) -> str:
    text = text if text.isascii() else text.translate(_QUOTES)
    parts = _WORD.split(_CAN_NOT.sub(r"\1annot", text) if "an not" in text else text)
    parts[1::2] = map(_FORMS.__getitem__, parts[1::2])
    return "".join(parts)


_SAID = {"it's": "it is", "that's": "that is", "there's": "there is", "here's": "here is", "what's": "what is"} | {
    "where's": "where is",
    "who's": "who is",
    "how's": "how is",
    "let's": "let us",
}


def _said(word: str) -> str:
    low = word.lower()
    if low in _SAID:
        return _SAID[low]
    form = american(low)
    return word if form == low else form


@lru_cache(maxsize=20_000)
def cosmetic_key(text: str) -> str:
    """`text` in one form: white space, quotes, dashes, contractions, spelling and emphasis signs made alike."""
    parts = []
    for token in tokens(" ".join(text.split())):
        if token.type == "text":
            parts.append(_plain(token.raw))
        elif token.kind in ("emphasis", "strong"):
            parts.append("*" * len(token.raw))
        else:
            parts.append(token.raw)
    key = "".join(parts)
    return _AROUND_HYPHEN.sub("", key) if "-" in key else key
