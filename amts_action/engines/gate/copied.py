"""What was left in the language of the original, told by which of its words the book's people leave.

People leave names, abbreviations and terms; nobody leaves `the most accurate ones`. How often each word of the
originals stands in its translations, too, says what a run of the original's words speaks for: the sum of minus the
logarithms.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from amts_action.engines.gate.signs import Fault, Pairing, without_identifiers

__all__ = ["CopiedRun", "Copies", "learn_copies", "least_of"]

_WIDE = "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af"
_WORD = re.compile(rf"[^\W\d_{_WIDE}]+(?:['’][^\W\d_{_WIDE}]+)?")
_WIDES = re.compile(f"[{_WIDE}]+")
_LETTER = re.compile(r"[^\W\d_]")
_IN_WIDE = frozenset({"zh", "ja", "ko", "yue"})
_GLOSS = re.compile(rf"[（(“\"「『][^（()）“”\"「」『』{_WIDE}]{{1,60}}[）)”\"」』]")
"""What an author adds in brackets to a term, or quotes, as the original has it."""
LEFT = (0.02, 0.15, 0.95)
"""Share of words that people leave: in lower case, with a capital, with capitals or digits. Measured: of the words that
a book has once or twice; the Spanish, Chinese and Japanese of TensorFlow's tutorials agree to a half."""
DOUBT = 2.0
"""Times that a word counts as seen with the share of its case. By hand, held to `benchmarks/gate.py`."""
LEAST = 8.0
"""Evidence of a run of words that is not translated: two in lower case of which the book says nothing are just less.
By hand, held to `benchmarks/gate.py`."""
LEAST_WORD = 2.0
"""Evidence of one word that shows that a text without any other is not translated. By hand, held to
`benchmarks/gate.py`."""
MOST_OF, FEW_WORDS = 0.6, 6
"""Share of a text's words whose run leaves no doubt, in a text of so many. By hand, held to `benchmarks/gate.py`."""


MOST_WORDS = 2_000
"""Of either side that are compared. Our own limit."""


class CopiedRun(NamedTuple):
    """Words of the original that stand in a row in the translation, too."""

    evidence: float = 0.0
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Copies:
    """How often the people of a book leave which words as they are."""

    costs: Mapping[str, float] = field(default_factory=dict)
    """Word as it is written → minus the logarithm of how often it is left: `Machine` may be of a name."""
    least: float = LEAST
    """Evidence above which few of people's own pairs lie."""

    def faults(self, pair: Pairing) -> Iterator[Fault]:
        """A run of the original's own words, or the original itself."""
        run = self.run(pair)
        if not run.words:
            return
        asked = _WORD.findall(pair.plain_source)
        if len(asked) < 3:
            return
        here, there = (sum(map(len, _WIDES.findall(text))) for text in (pair.plain_source, pair.plain_target))
        share = len(run.words) / (len(asked) + here // 2)
        # Names stay, and an original in a wide script of which little is left is translated.
        is_told = there * 2 >= here and any(
            w.islower() and len(w) > 1 and self._cost(w) > LEAST_WORD for w in run.words
        )
        is_same = asked == _WORD.findall(pair.plain_target) and here == there
        is_most = run.evidence > self.least and share >= MOST_OF and len(asked) >= FEW_WORDS
        if is_told and (is_same or is_most):
            yield Fault("language", "it is still in the language of the original", (pair.plain_target[:60],), True)
        elif run.evidence > self.least:
            words = " ".join(run.words)
            yield Fault("language", f"“{words[:50]}” is not translated", (words,))

    def run(self, pair: Pairing) -> CopiedRun:
        """The run of words that both sides have which speaks most for words that were left."""
        given = _given(pair)[:MOST_WORDS]
        if not given:
            return CopiedRun()
        asked = _WORD.findall(without_identifiers(pair.plain_source))[:MOST_WORDS]
        places: dict[str, list[int]] = {}
        for n, word in enumerate(asked):
            places.setdefault(word.lower(), []).append(n)
        best, end, size = 0.0, 0, 0
        before: dict[int, tuple[float, int]] = {}
        for one in given:
            now: dict[int, tuple[float, int]] = {}
            for n in places.get(one, ()):
                evidence, length = before.get(n - 1, (0.0, 0))
                now[n] = found = evidence + self._cost(asked[n]), length + 1
                if found[0] > best:
                    best, end, size = found[0], n + 1, found[1]
            before = now
        return CopiedRun(best, tuple(asked[end - size : end]))

    def _cost(self, word: str) -> float:
        return self.costs.get(word, -math.log(LEFT[_case(word)]))


def _case(word: str) -> int:
    return 0 if word.islower() else 1 if word.istitle() and len(word) > 1 else 2


def _given(pair: Pairing) -> list[str]:
    """The words of the translation in lower case, with nothing for text of a wide script between them."""
    text, out, at = pair.own_target, [], 0
    is_wide = pair.target_code in _IN_WIDE
    if is_wide:
        text = _GLOSS.sub(lambda m: "一", text)
    for match in _WORD.finditer(text):
        if is_wide and _LETTER.search(text, at, match.start()):
            out.append("")
        out.append(match.group().lower())
        at = match.end()
    return out


def learn_copies(pairs: Iterable[Pairing]) -> Copies:
    """What pairs of a book's people tell."""
    seen: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for pair in pairs:
        given = {word for word in _given(pair) if word}
        for word in set(_WORD.findall(pair.plain_source)):
            seen[word] += 1
            left[word] += word.lower() in given
    return Copies(
        {word: -math.log((left[word] + DOUBT * LEFT[_case(word)]) / (count + DOUBT)) for word, count in seen.items()}
    )


def least_of(runs: Sequence[float], share: float) -> float:
    """The evidence above which no more than a share of people's own runs lie, at least `LEAST`."""
    return max(LEAST, sorted(runs, reverse=True)[int(share * len(runs))]) if runs else LEAST
