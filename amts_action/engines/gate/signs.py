"""What can be seen in a translation without having learnt anything: each rule with the words that it concerns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from amts_action.documents.inline import tokens
from amts_action.documents.language_codes import primary
from amts_action.engines.gate.negation import KNOWN, denials
from amts_action.engines.gate.numbers import Figures, figures_of, has_digits, numbers_differ
from amts_action.engines.gate.talk import APOLOGISES, APOLOGY, OPENS, PREAMBLE, SHOWN

__all__ = ["CERTAIN", "RULES", "Fault", "Pairing", "plain", "without_identifiers"]


class Fault(NamedTuple):
    """What is wrong with a translation."""

    code: str
    """The rule that found it; contract."""
    text: str
    """What is wrong, in a few words for a person."""
    words: tuple[str, ...] = ()
    """The words of either side that it concerns."""
    is_certain: bool = False
    """Whether a translation with it cannot be right."""


@dataclass(frozen=True)
class Pairing:
    """A source text and what is to be its translation, both as inline markdown, read once for all rules."""

    source: str
    target: str
    source_lang: str
    target_lang: str

    @cached_property
    def plain_source(self) -> str:
        """The language of the source: without markup and protected spans."""
        return plain(self.source)

    @cached_property
    def plain_target(self) -> str:
        """The language of the target."""
        return plain(self.target)

    @cached_property
    def own_target(self) -> str:
        """The language of the target without identifiers, and without what it quotes as the source does beside words
        of its own.
        """
        given = without_identifiers(self.plain_target)
        asked = {m.group(1).strip() for m in _QUOTED.finditer(self.plain_source)}
        rest = _QUOTED.sub(lambda m: " " if m.group(1).strip() in asked else m.group(), given)
        return rest if any(c.isalpha() for c in rest) else given

    @cached_property
    def source_figures(self) -> Figures:
        """Numbers of the source."""
        return figures_of(self.source, self.source_lang)

    @cached_property
    def target_figures(self) -> Figures:
        """Numbers of the target."""
        return figures_of(self.target, self.target_lang)

    @property
    def target_code(self) -> str:
        """The target's language without its region."""
        return primary(self.target_lang)


_QUOTED = re.compile('["“”„«»「『]([^"“”„«»「」『』]{1,200})["“”«»」』]')
_IDENTIFIER = re.compile(r"\w*_\w+|(?<![\w/.])[a-z0-9][\w-]*(?:[./]\w[\w-]*)+", re.A | re.I)
"""Names of programs, packages and pages, which nobody translates: `test_images`, `tf.data`, `google/nnlm-en-dim128`."""


def without_identifiers(text: str) -> str:
    """A plain text with a blank for each name of a program, a package or a page."""
    return _IDENTIFIER.sub(" ", text)


def plain(text: str) -> str:
    """A marked text as language only: spans are blanks."""
    raw = "".join(t.raw if t.type == "text" else " " if t.type == "span" else "" for t in tokens(text))
    return unicodedata.normalize("NFKC", raw)


def _numbers(pair: Pairing) -> Iterator[Fault]:
    if not has_digits(pair.source) and not has_digits(pair.target):
        return
    missing, foreign = numbers_differ(pair.source_figures, pair.target_figures)
    years = [n for n in (*missing, *foreign) if re.fullmatch(r"1[5-9]\d\d|20\d\d", n)]
    if missing and foreign:
        what = f"{', '.join(missing)} became {', '.join(foreign)}"
        yield Fault("year" if years else "number", what, (*missing, *foreign), True)
    elif set(foreign) - ({"1"} if pair.source_figures.implied else _COUNTED):
        yield Fault("number", f"{', '.join(foreign)} is not in the original", tuple(foreign))
    elif missing:
        yield Fault("number", f"{', '.join(missing)} is missing", tuple(missing))


_COUNTED = frozenset("123")
"""Numbers that languages add to count what the original names: `2 つの配列` for "the arrays", `1 つ` for "another"."""


def _negation(pair: Pairing) -> Iterator[Fault]:
    if pair.target_code not in KNOWN:
        return
    asked, given = (
        denials(t, lang) for t, lang in ((pair.plain_source, pair.source_lang), (pair.plain_target, pair.target_lang))
    )
    if asked and not given:
        yield Fault("negation", f"“{asked[0].strip()}” is not in the translation", (asked[0].strip(),))


INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\ufffd\ufff9-\ufffb\U000e0000-\U000e007f]")
"""Characters that nobody types: direction marks, zero-width blanks, soft hyphens, tags, the replacement character."""
_JOINERS = frozenset("fa ar ur ps hi mr ne bn ta te ml kn gu pa si th km my he".split())
"""Languages that write with some of them."""


def _characters(pair: Pairing) -> Iterator[Fault]:
    found = {c for c in INVISIBLE.findall(pair.target) if c not in pair.source}
    if pair.target_code in _JOINERS:
        found -= set("\u200b\u200c\u200d\u200e\u200f")
    if found:
        names = ", ".join(sorted(f"U+{ord(c):04X}" for c in found))
        yield Fault("characters", f"characters that cannot be seen: {names}", tuple(sorted(found)), True)


def _talk(pair: Pairing) -> Iterator[Fault]:
    asked = pair.plain_source
    found = PREAMBLE.search(pair.plain_target)
    if found is not None and OPENS.search(asked) and not re.search(SHOWN, found.group(), re.I):
        found = None
    if found is None and not APOLOGISES.search(asked):
        found = APOLOGY.search(pair.plain_target)
    if found is None or PREAMBLE.search(asked) or APOLOGY.search(asked):
        return
    if found.group().strip(" :：!！").lower() not in asked.lower():
        yield Fault("talk", "the engine speaks for itself", (found.group().strip(),), True)


_HAN = "\u3041-\u309f\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af"
_UNIT = re.compile(rf"[\u30a0-\u30ff]+|[{_HAN}]|[^\W\d_{_HAN}\u30a0-\u30ff]+|\d+")
"""A word, a Han, kana or Hangul character, or a word in katakana, of which some are long."""
LEAST_WIDE, LEAST_WORDS = 8, 4
"""Units from which a repeated run is looked at; of what the whole has, it must then be a third, or very long. By hand,
held to `benchmarks/gate.py`."""
LONG_WIDE, LONG_WORDS = 16, 10
"""Units that make a run very long. By hand, held to `benchmarks/gate.py`."""


_STUTTER = re.compile(
    rf"(?P<wide>(?P<some>[{_HAN}\u30a0-\u30ff]{{2,8}}?)(?P=some){{2,}})|\b(?P<word>[^\W\d_]{{2,}})(?:\W+(?P=word)\b){{2,}}"
)
"""The same word three times in a row, as small models stammer; it needs no blank between in wide scripts."""


def _doubled(pair: Pairing) -> Iterator[Fault]:
    stutter = _STUTTER.search(pair.plain_target.lower())
    if stutter is not None and len(set(stutter["some"] or "ab")) > 1 and not _STUTTER.search(pair.plain_source.lower()):
        yield Fault("twice", f"“{stutter.group()[:40]}” stammers", (stutter.group(),))
        return
    units = _UNIT.findall(pair.plain_target.lower())
    run = longest_repeat(units)
    wide = sum(len(w) == 1 and not w.isascii() for w in run) * 2 > len(run)
    if len(run) < (LEAST_WIDE if wide else LEAST_WORDS):
        return
    if len(run) * 10 < 3 * len(units) and len(run) < (LONG_WIDE if wide else LONG_WORDS):
        return
    if len(longest_repeat(_UNIT.findall(pair.plain_source.lower()))) * 2 >= len(run) / (2 if wide else 1):
        return  # the original says it twice, too
    text = ("" if wide else " ").join(run)
    yield Fault("twice", f"“{text[:40]}” is said twice", (text,))


def longest_repeat(units: list[str]) -> list[str]:
    """The longest run of three or more units that comes twice without overlap."""
    size, best, at = len(units), 0, 0
    if size > 400:
        units, size = units[:400], 400
    if len({tuple(units[k : k + 3]) for k in range(size - 2)}) == size - 2:
        return []  # no three in a row come twice
    before = [0] * (size + 1)
    for i in range(1, size + 1):
        now = [0] * (size + 1)
        mine = units[i - 1]
        for j in range(i + 1, size + 1):
            if units[j - 1] == mine:
                run = before[j - 1] + 1
                now[j] = min(run, j - i)
                if now[j] > best:
                    best, at = now[j], i
        before = now
    return units[at - best : at]


Rule = Callable[[Pairing], Iterator[Fault]]

RULES: Mapping[str, Rule] = {
    "number": _numbers,
    "negation": _negation,
    "characters": _characters,
    "talk": _talk,
    "twice": _doubled,
}
"""By name; one that people's own pairs of a book break often does not hold in it (`learn`)."""
CERTAIN = frozenset({"characters"})
"""Rules that no book can switch off."""
