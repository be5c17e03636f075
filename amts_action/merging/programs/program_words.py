"""Which words of a merged program are people's, which are English that is new in it, and which are gone.

What is new goes to an engine where it is surely language, and is only named otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from amts_action.merging.programs.languages import DIAGRAMS, YAML
from amts_action.merging.programs.pairing import token_pairs
from amts_action.merging.programs.readers import (
    NewWords,
    Standby,
    is_for_readers,
    new_words,
    place_of,
    shows_any,
    speaks,
)
from amts_action.merging.programs.units import ProgramToken, Unit, read
from amts_action.merging.programs.wording import Wording

__all__ = ["ProgramWords"]


class ProgramWords:
    """The words of the three versions of a program.

    Args:
        texts: base, head and target; `sides` are their units.
        pairs: base unit to target unit.
        is_sent: whether new words are going to be translated.
        is_plain: whether every line is words, and not a program.
    """

    def __init__(
        self,
        texts: tuple[str, str, str],
        sides: tuple[Sequence[Unit], Sequence[Unit], Sequence[Unit]],
        pairs: Mapping[int, int],
        wording: Wording,
        language: str,
        is_sent: bool,
        is_plain: bool,
    ) -> None:
        self.texts, self.pairs, self.wording, self.language = texts, pairs, wording, language
        self.base, self.head, self.target = sides
        self.is_sent, self.plain = is_sent, is_plain
        self._own: dict[str, bool] = {}
        """By kind of slot, whether the translation has them in words of its own."""
        self._tokens: dict[tuple[int, int], dict[int, int]] = {}
        """What `tokens` has found."""

    def tokens(self, i: int, k: int) -> dict[int, int]:
        """Pairs of the tokens of base unit `i` and target unit `k`."""
        if (i, k) not in self._tokens:
            self._tokens[i, k] = token_pairs(self.base[i], self.target[k])
        return self._tokens[i, k]

    def new_english(self, text: str, revised: Mapping[tuple[str, ...], Standby]) -> tuple[list[NewWords], list[str]]:
        """Words of the head that came as they are into a program whose words are people's: those for an engine, and
        those that are only named."""
        old, new, own = ({says for u in side for says in u.says} for side in (self.base, self.head, self.target))
        news = new - old - own
        if not news:
            return [], []
        pairs = self.pairs.items()
        places = self._places()
        is_own = any(self.base[i].says != self.target[k].says and speaks(self.base[i]) for i, k in pairs)
        is_own = is_own or any(places.values())
        unknown = self.is_sent and self.wording.is_empty and not any(self.texts[::2])
        if not is_own and not unknown and not (self.is_sent and self.wording.is_own):
            return [], []
        words: list[NewWords] = []
        named = []
        at = 0
        for unit in read(text, self.language):
            inside = at
            for n, token in enumerate(unit.tokens):
                inside += len(token.lead)
                place = self._place(unit, n) if token.kind == "text" else ""
                if (
                    token.says in news
                    and (token.is_slot or self.plain)
                    and is_for_readers(unit, n, is_own=places.get(place))
                ):
                    found = self._asked(unit, n, inside, place if places.get(place) else None, unknown)
                    words += [replace(x, standby=revised.get(token.says), is_sent=not unknown) for x in found]
                    if is_own and not found:
                        named.append(token.raw)
                inside += len(token.raw)
            at += len(unit.raw) + 1
        return words, named

    def _place(self, unit: Unit, n: int) -> str:
        return "label" if self.language in DIAGRAMS else place_of(unit.tokens, n)

    def _asked(self, unit: Unit, n: int, start: int, own_place: str | None, unknown: bool) -> list[NewWords]:
        """What an engine may translate of a new token.

        Args:
            own_place: the place of a text, when people have all texts there in their own language.
        """
        is_yaml = self.language in YAML
        is_shown = own_place is not None and (is_yaml or shows_any(own_place))  # any other may be data
        if not self.is_sent or not (is_shown or unknown or self.is_own(unit.tokens[n].kind)):
            return []
        return list(new_words(unit, n, start, is_shown=is_shown, is_yaml=is_yaml))

    def _places(self) -> dict[str, bool]:
        """By place, whether people have its texts in their own language; those where they have some are left out."""
        told: dict[str, set[bool]] = {}
        for i, k in self.pairs.items():
            base, own = self.base[i], self.target[k]
            for a, b in self.tokens(i, k).items():
                was, mine = base.tokens[a], own.tokens[b]
                if was.kind == mine.kind == "text" and any(map(str.isalpha, was.raw)):
                    told.setdefault(self._place(base, a), set()).add(was.says != mine.says)
        return {
            place: True in found
            for place, found in told.items()
            if place and len(found) == 1 and (True in found or not shows_any(place))
        }

    def is_own(self, kind: str) -> bool:
        """Whether people put remarks or texts of this program into their words; where it had none, of the page's."""
        if not self.is_sent:
            return False
        if kind not in self._own:
            told = Counter(
                self.base[i].tokens[a].says != self.target[k].tokens[b].says
                for i, k in (self.pairs or dict(enumerate(range(len(self.base))))).items()
                if k < len(self.target)
                for a, b in self.tokens(i, k).items()
                if self.base[i].tokens[a].kind == kind == self.target[k].tokens[b].kind
                and is_for_readers(self.base[i], a)
            )
            self._own[kind] = told[True] >= told[False] if told else self.wording.localises(kind)
        return self._own[kind]

    def left(self, text: str) -> list[str]:
        """People's words that are not in a merged program any more."""
        base, target = self.base, self.target
        theirs: Counter[tuple[str, ...]] = Counter()
        tokens = {}
        for i, k in self.pairs.items():
            if base[i].says == target[k].says:
                continue
            for a, b in self.tokens(i, k).items():
                mine, own = base[i].tokens[a], target[k].tokens[b]
                if mine.is_slot and own.kind == mine.kind and own.says != mine.says:
                    theirs[own.says] += 1
                    tokens[own.says] = own
        here = Counter(t.says for u in read(text, self.language) for t in u.tokens if t.is_slot)
        lost = [tokens[says] for says in (theirs - here)]
        whole = self.texts[2]
        return [t.raw for t in lost if any(text.count(part) < whole.count(part) for part in _wording(t))]


def _wording(token: ProgramToken) -> list[str]:
    """What a slot says between what is filled in."""
    parts = token.literal.fields[::2] if token.kind == "text" else (token.raw.strip(" #/*-\n\t"),)
    return [part for part in parts if part.strip()]
