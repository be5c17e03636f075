"""Which English a piece of translated text stands with: an old one, the new one, both or none.

A record says what a page was made from; the page may know better, because people follow the English by hand, too.
What tells two English versions apart is looked for in the translation: formulas, code spans, references, links,
numbers, names, and through the words that the book itself teaches every other word. Each sign is the logarithm of a
likelihood ratio, and says why in words.

Nothing here decides what is written. A standing that is not clear leaves the word to the record; signs that
contradict each other leave it to a person.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from amts_action.alignment.lexicon import Lexicon, is_wide, word_features
from amts_action.documents.anchors import canonical_code, canonical_math
from amts_action.documents.inline import plain_text, protected
from amts_action.documents.model import Block

__all__ = ["Fit", "Sign", "Version", "VersionAnswer", "code_stands_with", "fit", "is_of_another_version", "stands_with"]

Version = Literal["old", "new", "both", "none", "conflict", "unknown"]
"""`both`: what tells the versions apart is only that one has more, and nothing of it is missing. `none`: what either
has and the other has not is not there. `conflict`: signs of both. `unknown`: nothing tells."""

_KEPT = {"math": 0.9, "code": 0.85, "reference": 0.9, "citation": 0.9, "label": 0.9, "number": 0.75, "name": 0.5}
"""How often a translation holds what its English holds; see `alignment.lexicon`, where they are measured. Numbers are
written in words now and then, and names transcribed."""
_KEPT_ELSE = 0.7
"""The same for all other spans. As in `alignment.lexicon`."""
_BY_CHANCE = 0.04
"""How often a translation holds what only the other version of its English has (measured on d2l-zh: 3 % of the
spans)."""
_NOTE = re.compile(
    r"[(（〔][^()（）〔〕]*[)）〕]"
    r"|(?:译者?注|譯者?註|訳者?注|역주|옮긴이|Anm(?:\.|erkung) d|N\. ?d\. ?[TÜ]|[Nn]ota del? t|Not[ae] d[uoe]l? trad|"
    r"Çev(?:irenin|\.|irmenin) not|Прим\. пер|ملاحظة المترجم|अनुवादक|ND(?:LR|T)\b|Translator's note)[^.。!?\n]*"
)
"""What translators add in brackets or call a note of theirs: there they repeat a name of which they speak."""
_CLEAR = 2.2
"""Least weight of a clear standing: odds of nine to one. By hand, held by `tests/alignment/test_versions.py`."""
_ONE_SIDED = 0.8
"""Least share of the weight that is on the side of a clear standing. By hand, held by
`tests/alignment/test_versions.py`."""
_LEANING = 0.3
"""Share of the weight below which the few signs of the new version are no contradiction to the old one. By hand, held
by `tests/alignment/test_versions.py`."""
_WORD_GAIN = 3.0
"""Weight of one word at most. By hand, held by `tests/alignment/test_versions.py`."""
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_LETTER = re.compile(r"[^\W\d_]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{2,}")
_NAME = re.compile(r"[A-Z0-9_]")
"""Within a word: it is a name, which no language changes."""
_PLURAL = re.compile(r"(?<=[A-Z0-9])s\Z")
"""Of a name: `APIs` are many of the `API`, and most languages have no such ending."""
_LONG = 5
"""Letters from which a word of a text in Latin letters is taken for the same word in the other language. By hand, held
by `tests/alignment/test_versions.py`."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that only one of two versions has, and what the translation has of it."""

    what: str
    weight: float
    """Above 0 for the new version, below for the old one."""
    is_there: bool
    """Whether the sign is something that stands in the translation, and not something that is missing there."""

    def __str__(self) -> str:
        where = "is there" if self.is_there else "is missing"
        has = "new" if (self.weight > 0) == self.is_there else "old"
        return f"{self.what} of the {has} English {where}"


@dataclass(frozen=True, slots=True)
class VersionAnswer:
    """The answer."""

    version: Version
    confidence: float = 0.0
    """0 to 1: how likely the answer is, given the signs."""
    reasons: tuple[str, ...] = ()


UNKNOWN = VersionAnswer("unknown")


def stands_with(old: str, new: str, own: str, lexicon: Callable[[], Lexicon] | None = None) -> VersionAnswer:
    """Which of two English versions the translation `own` is one of.

    Args:
        old, new: the two versions of a sentence, a block or a run of blocks.
        lexicon: gives the words of the book; asked only when nothing else tells, or when that contradicts itself.
    """
    signs = list(_anchor_signs(old, new, own))
    found = _weighed(signs)
    if lexicon is not None and found.version in ("unknown", "none", "conflict"):
        found = _weighed([*signs, *_word_signs(old, new, own, lexicon())])
    return found


def code_stands_with(old: str, new: str, own: str) -> VersionAnswer:
    """The same for programs, told by their lines; comments, texts and blanks are the translator's affair."""
    before, after, mine = (canonical_code(text) for text in (old, new, own))
    if before == after:
        return UNKNOWN
    if mine == after:
        return VersionAnswer("new", 1.0, ("the program is the new English one, texts and comments apart",))
    if mine == before:
        return VersionAnswer("old", 1.0, ("the program is the old English one, texts and comments apart",))
    counts = [Counter(text.split("\n")) for text in (before, after, mine)]
    return _weighed(list(_counted(*({("line", line): n for line, n in count.items()} for count in counts))))


def _weighed(signs: Sequence[Sign]) -> VersionAnswer:
    """What the signs come to."""
    if not signs:
        return UNKNOWN
    new = sum(s.weight for s in signs if s.weight > 0)
    old = -sum(s.weight for s in signs if s.weight < 0)
    new_there = sum(s.weight for s in signs if s.weight > 0 and s.is_there)
    old_there = -sum(s.weight for s in signs if s.weight < 0 and s.is_there)
    total, share = new - old, new / (new + old)
    reasons = tuple(str(s) for s in sorted(signs, key=lambda s: -abs(s.weight))[:6])
    sure = round(1 / (1 + math.exp(-abs(total))), 3)
    if not new_there and not old_there and new and old:
        return VersionAnswer("none", sure, reasons)
    if total >= _CLEAR and share >= _ONE_SIDED and (new_there or new >= 2 * _CLEAR):
        return VersionAnswer("new", sure, reasons)
    if total <= -_CLEAR and share <= _LEANING:
        return VersionAnswer("old", sure, reasons)
    if new_there >= _CLEAR and old >= _CLEAR / 2:
        return VersionAnswer("conflict", sure, reasons)
    return VersionAnswer("unknown", sure, reasons)


_Feature = tuple[str, str]


def _anchor_signs(old: str, new: str, own: str) -> Iterator[Sign]:
    before, after, mine = _features(old), _features(new), dict(_features(own))
    for feature, n in _noted(own).items():
        if before.get(feature) and after.get(feature):
            mine[feature] -= max(0, n - max(_noted(text).get(feature, 0) for text in (old, new)))
    yield from _counted(before, after, mine, is_foreign=_is_foreign(own))


def _noted(text: str) -> dict[_Feature, int]:
    """What a text has in brackets, or in a note."""
    plain, found = _NOTE.sub(" ", text), _features(text)
    if plain == text:
        return {}
    left = _features(plain)
    return {feature: n - left.get(feature, 0) for feature, n in found.items() if n > left.get(feature, 0)}


def _counted(
    before: dict[_Feature, int], after: dict[_Feature, int], mine: dict[_Feature, int], *, is_foreign: bool = True
) -> Iterator[Sign]:
    """A sign for everything that the two versions have in different numbers."""
    for feature in dict.fromkeys((*after, *before)):
        low, high = sorted((before.get(feature, 0), after.get(feature, 0)))
        if low == high:
            continue
        there = mine.get(feature, 0)
        is_new = after.get(feature, 0) == high
        gain, loss = _weights(feature, is_foreign)
        if there >= high and gain:
            yield Sign(_named(feature), gain if is_new else -gain, True)
        elif there <= low and loss:
            yield Sign(_named(feature), -loss if is_new else loss, False)


def _weights(feature: _Feature, is_foreign: bool) -> tuple[float, float]:
    """What it says that something is there, and that it is missing.

    A word in Latin letters that stands among others, Chinese say, has come from the English. Among Latin letters it
    may be a word of that language, and only a long one says something.
    """
    kind, raw = feature
    if kind == "word":
        if is_foreign:
            return 2.3, 0.0
        return (1.0, 0.0) if len(raw) >= _LONG else (0.0, 0.0)
    kept = 0.9 if kind == "line" else _KEPT.get(kind, _KEPT_ELSE)
    gain, loss = math.log(kept / _BY_CHANCE), math.log((1 - _BY_CHANCE) / (1 - kept))
    return gain, loss


@lru_cache(maxsize=20_000)
def _features(text: str) -> dict[_Feature, int]:
    """What can be found again in a translation: protected spans, numbers, names and words in Latin letters."""
    found: Counter[_Feature] = Counter()
    for (kind, raw), n in protected(text).items():
        if kind == "math":
            found[kind, canonical_math(raw)] += n
        elif kind not in ("escape", "html"):
            found[kind, raw.rsplit("/", 1)[-1] if kind == "image" else raw] += n
    plain = plain_text(text)
    for number in _NUMBER.findall(plain):
        found["number", number.rstrip(".,")] += 1
    for word in _WORD.findall(plain):
        found[("name", _PLURAL.sub("", word)) if _NAME.search(word, 1) else ("word", word.lower())] += 1
    return dict(found)


@lru_cache(maxsize=2_000)
def _is_foreign(text: str) -> bool:
    """Whether the text is written in other letters than the Latin ones, a fifth of them at least."""
    letters = _LETTER.findall(plain_text(text))
    return sum(_LATIN.match(letter) is None for letter in letters) * 5 > len(letters)


def _named(feature: _Feature) -> str:
    kind, raw = feature
    flat = " ".join(raw.split())
    flat = flat if len(flat) <= 40 else flat[:39] + "…"
    return f"“{flat}”" if kind in ("word", "number", "line") else flat


def _word_signs(old: str, new: str, own: str, lexicon: Lexicon) -> Iterator[Sign]:
    """Signs from words: those of the translation that one version explains better than the other, and the words of
    only one version whose translation is not there."""
    before, after = word_features(old), word_features(new)
    here, there = frozenset(before), frozenset(after)
    only = (
        [w for w in after if len(w) >= _CONTENT and w not in here],
        [w for w in before if len(w) >= _CONTENT and w not in there],
    )
    if not any(only):
        return
    mine = frozenset(word_features(own))
    for words, others, sign in ((only[0], here, 1.0), (only[1], there, -1.0)):
        for word in words:
            yield from _one_word(word, mine, others, lexicon, sign)


_CONTENT = 4
"""Letters of an English word from which it may carry meaning; "that" and "will" slip through, and say little. By hand,
held by `tests/alignment/test_versions.py`."""
_LIKELY = 0.3
"""Least probability of a translation whose absence says something. By hand, held by
`tests/alignment/test_versions.py`."""


def _one_word(word: str, mine: frozenset[str], others: frozenset[str], lexicon: Lexicon, sign: float) -> Iterator[Sign]:
    """The sign of a word that only one version has; `others` are the words of the other one."""
    best, missing = 0.0, 0.0
    for other, p in lexicon.forward.get(word, {}).items():
        is_there = other in mine
        if not is_there and p < _LIKELY:
            continue
        rivals = lexicon.backward.get(other, {})
        if any(w in others for w in rivals):
            continue
        chance = max(lexicon.target_chance.get(other, 0.0), 0.02)
        weight = 0.5 if is_wide(other) else 1.0
        if is_there and p > chance:
            best = max(best, weight * min(_WORD_GAIN, math.log(p / chance)))
        elif not is_there and p > chance:
            missing = max(missing, weight * math.log((1 - chance) / (1 - p)))
    if best:
        yield Sign(f"“{word}”", sign * best, True)
    elif missing:
        yield Sign(f"“{word}”", -sign * missing, False)


def is_of_another_version(english: str, own: str) -> bool:
    """Whether a text that fits `english` translates another version of it, older or newer: each has a code span or
    reference that the other has nowhere. What only one of them has, people may have added or left out; numbers, links
    and formulas they write in their own way.
    """
    wanted, there = _as_written(english), _as_written(own)
    return bool(wanted - there) and bool(there - wanted)


def _as_written(text: str) -> set[_Feature]:
    """The spans that no translation writes otherwise: no path, which may lead to the translation's own folder, and no
    code into which people have put words of another script; blanks and texts in it may differ."""
    out = set()
    for kind, raw in _features(text):
        if kind in ("reference", "citation"):
            out.add((kind, raw))
        elif kind == "code" and "/" not in raw and raw.isascii():
            out.add((kind, canonical_code(raw)))
    return out


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a block of the translation fits an English block that it may be a translation of."""

    weight: float
    """Logarithm of a likelihood ratio: a translation against a block of the translators' own."""
    reasons: tuple[str, ...] = ()


_SAME = 4.0
"""Weight of a program, formula or label that is the same. By hand, held by `tests/alignment/test_versions.py`."""
_OTHER = -4.0
"""Weight of one that is another. By hand, held by `tests/merging/test_counterparts.py`."""
_CLOSING = 2.0
"""Weight of a closing line where there is one more: it closes the same thing. By hand, held by
`tests/alignment/test_versions.py`."""
_SPREAD, _SPREAD_SHORT, _SPREAD_STRANGERS = 0.22, 1.6, 1.0
"""As in `alignment.evidence`: how the lengths of translations and of strangers vary."""


def fit(english: Block, own: Block, ratio: float, lexicon: Lexicon) -> Fit:
    """How well `own` fits as the translation of `english`, whatever stands around them.

    Args:
        ratio: characters of the translation for one of English, in this document.
        lexicon: what is known of the words of the book; nothing is known of those of a short page.
    """
    if english.kind != own.kind:
        return Fit(-1.0 if english.is_prose and own.is_prose else -9.0)
    if english.text.strip() and _flat(english.text) == _flat(own.text):
        return Fit(_SAME, ("the text is the same",))
    if english.kind == "code":
        return _code_fit(english, own)
    if english.kind == "math":
        same = canonical_math(english.text) == canonical_math(own.text)
        return Fit(_SAME if same else _OTHER, ("the formula is the same",) if same else ())
    if english.kind in ("directive", "tab"):
        return Fit(1.0 if english.info == own.info and english.container == own.container else _OTHER)
    if english.kind == "end":
        return Fit(_CLOSING)
    if not english.is_prose:
        return Fit(0.0 if english.kind in ("rule", "html", "comment") else _OTHER)
    return _prose_fit(english, own, ratio, lexicon)


def _code_fit(english: Block, own: Block) -> Fit:
    here, there = (canonical_code(block.text).split("\n") for block in (english, own))
    if here == there:
        return Fit(_SAME, ("the program is the same",))
    if _magic(here) != _magic(there):
        return Fit(_OTHER)
    left, right = Counter(here), Counter(there)
    shared = sum((left & right).values()) / sum((left | right).values())
    return Fit(2.0, ("most lines of the program are the same",)) if shared >= _MOST_LINES else Fit(_OTHER)


_MOST_LINES = 0.7
"""Share of the lines of two programs from which one is a version of the other. By hand, held by
`tests/alignment/test_versions.py`."""


def _magic(lines: Sequence[str]) -> list[str]:
    """The lines that say what a program is for: tabs of a framework, cell magics."""
    return [line for line in lines if line.startswith(("#@", "#|", "%%"))]


def _prose_fit(english: Block, own: Block, ratio: float, lexicon: Lexicon) -> Fit:
    weight, reasons = _length_fit(english.text, own.text, ratio), []
    weight += _WORDS * lexicon.score(english.text, own.text)
    wanted, there = _features(english.text), _features(own.text)
    is_foreign = _is_foreign(own.text)
    for feature in dict.fromkeys((*wanted, *there)):
        kind = feature[0]
        low, high = sorted((wanted.get(feature, 0), there.get(feature, 0)))
        gain, loss = _weights(feature, is_foreign)
        if low and gain:
            weight += gain
            reasons.append(f"{_named(feature)} is in both")
        elif high and kind != "word":
            weight -= loss
    if english.kind == "heading":
        weight += 0.5 if english.level == own.level else -1.5
    if english.kind == "table_row":
        weight += 0.5 if english.text.count("|") == own.text.count("|") else -2.0
    weight += _closing(english.text, own.text)
    return Fit(weight, tuple(reasons[:3]))


_WORDS = 3.0
"""Weight of words that fit entirely, in the same scale. By hand, held by `tests/merging/test_counterparts.py`."""


def _length_fit(english: str, own: str, ratio: float) -> float:
    here, there = len(english) * ratio, float(len(own))
    spread = _SPREAD**2 + _SPREAD_SHORT / (here + there + 4)
    wide = spread + _SPREAD_STRANGERS**2
    x = math.log((there + 2) / (here + 2)) ** 2
    return max(-3.0, 0.5 * (math.log(wide / spread) - x / spread + x / wide))


_ENDS = {":": ":", "：": ":", "?": "?", "？": "?", "!": "!", "！": "!", "؟": "?"}


def _closing(english: str, own: str) -> float:
    """What the last sign says: a colon, a question and an exclamation mark mostly stay."""
    here, there = (_ENDS.get(text.rstrip(" *_)”\"'")[-1:], "") for text in (english, own))
    return 0.0 if here == there == "" else 1.0 if here == there else -1.0


def _flat(text: str) -> str:
    return "".join(text.split())
