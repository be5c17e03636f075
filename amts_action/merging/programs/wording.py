"""How people have worded the texts and remarks of the page's programs: English to theirs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from amts_action.merging.english.small_changes import Reader
from amts_action.merging.programs.literals import Literal, assembled
from amts_action.merging.programs.pairing import pairs_of, same_localised, token_pairs
from amts_action.merging.programs.readers import context_of, is_for_readers, new_words
from amts_action.merging.programs.units import Unit, read

__all__ = ["Program", "Wording", "worded"]


@dataclass(frozen=True, slots=True)
class Program:
    """A program of the English and its translation."""

    base: str
    target: str
    language: str


@dataclass(slots=True)
class Wording:
    """A table from English texts and remarks to people's, made when it is first asked.

    A text of several words is the same text wherever it stands; a single word only where it has the same part to play
    (`label=`, `title(`), for else it may be a key of the data.
    """

    programs: Callable[[], Iterable[Program]] = tuple
    reader: Reader = field(default_factory=Reader)
    """To whom small changes of the English mean nothing."""
    _found: dict[tuple[str, ...], Counter[str]] | None = field(default=None, init=False)
    _texts: dict[str, Literal] = field(default_factory=dict, init=False)
    _programs: Sequence[Program] | None = field(default=None, init=False)
    _english: frozenset[str] | None = field(default=None, init=False)
    _own: Counter[tuple[str, bool]] | None = field(default=None, init=False)

    def _every(self) -> Sequence[Program]:
        if self._programs is None:
            self._programs = list(self.programs())
        return self._programs

    def _all(self) -> Sequence[Program]:
        return [program for program in self._every() if program.base != program.target]

    @property
    def is_own(self) -> bool:
        """Whether any program of the page is not as the English has it."""
        return bool(self._all())

    @property
    def is_empty(self) -> bool:
        """Whether the page has no programs yet."""
        return not self._every()

    def localises(self, kind: str) -> bool:
        """Whether people have put most remarks (`comment`) or texts (`text`) of the page into words of their own."""
        if self._own is None:
            self._own = Counter()
            for program in self._every():
                self._own.update(
                    (here.tokens[a].kind, here.tokens[a].says != there.tokens[b].says)
                    for here, there, a, b in _slots_of(program)
                    if is_for_readers(here, a)
                )
        return self._own[kind, True] > self._own[kind, False]

    def may_know(self, text: str) -> bool:
        """Whether a short look finds words in a program that people have worded elsewhere on the page."""
        if self._english is None:
            found: set[str] = set()
            for program in self._all():
                own = set(program.target.split("\n"))
                lines = (line for line in program.base.split("\n") if line not in own)
                found.update(part for line in lines for parts in _QUOTED.findall(line) for part in parts)
            self._english = frozenset(part.strip() for part in found if len(part.strip()) > 2)
        return any(part in text for part in self._english)

    def text(self, says: tuple[str, ...], context: str) -> Literal | None:
        """People's text for an English one; None when there is none, or not one that is plainly meant."""
        inner = "\0".join(says[1:])
        words = len(re.findall(r"[^\W\d_]{2,}", inner))
        raw = self._best(("text", context, inner)) if context else None
        if raw is None and words > 1:
            raw = self._best(("text", "", inner))
        return self._texts.get(raw) if raw is not None else None

    def remark(self, says: str) -> str | None:
        """People's remark for an English one."""
        return self._best(("comment", says)) if says else None

    def part(self, part: str, context: str) -> str | None:
        """People's words for a part of a text between its holes."""
        if not re.search(r"[^\W\d_]", part):
            return part
        found = self._best(("part", context, part)) if context else None
        if found is None and len(re.findall(r"[^\W\d_]{2,}", part)) > 1:
            found = self._best(("part", "", part))
        return found

    def _best(self, key: tuple[str, ...]) -> str | None:
        if self._found is None:
            self._found = {}
            for program in self._all():
                self._learn(program)
        found = self._found.get(key)
        if not found:
            return None
        (first, n), *rest = found.most_common(2)
        return first if not rest or n > rest[0][1] else None

    def _add(self, key: tuple[str, ...], value: str) -> None:
        assert self._found is not None
        self._found.setdefault(key, Counter())[value] += 1

    def _learn(self, program: Program) -> None:
        if program.base == program.target:
            return
        for here, there, base, own in _slots_of(program):
            a, b = here.tokens[base], there.tokens[own]
            if a.kind == "comment":
                self._add(a.says, b.raw)
                continue
            context = context_of(here.tokens, base)
            raw = b.raw
            self._texts[raw] = b.literal
            inner = "\0".join(a.says[1:])
            for place in dict.fromkeys((context, "")):
                self._add(("text", place, inner), raw)
            mine, theirs = a.literal.fields, b.literal.fields
            if mine[1::2] == theirs[1::2]:
                for one, other in zip(mine[::2], theirs[::2], strict=True):
                    for place in dict.fromkeys((context, "")):
                        self._add(("part", place, one), other)


def worded(program: Program) -> Iterator[tuple[str, str]]:
    """English words of a program as an engine would get them, and what people have there instead."""
    if program.base == program.target:
        return
    for here, there, a, b in _slots_of(program):
        if here.tokens[a].says != there.tokens[b].says and is_for_readers(here, a):
            english, theirs = list(new_words(here, a, 0)), list(new_words(there, b, 0))
            if len(english) == len(theirs) == 1:
                yield english[0].text, theirs[0].text


@lru_cache(maxsize=512)
def _slots_of(program: Program) -> tuple[tuple[Unit, Unit, int, int], ...]:
    """Every slot of the English that has one in the translation: both units, and the indexes of the tokens.

    Kept as long as the programs themselves (`units.read`): what a page has of words is asked from several sides.
    """
    base, own = read(program.base, program.language), read(program.target, program.language)
    out = []
    found = pairs_of(base, own, same_localised, by_number=True, key=lambda u: u.raw.rstrip())
    for i, j in sorted(found.all.items()):
        here, there = base[i], own[j]
        if not any(token.is_slot for token in here.tokens):
            continue
        for a, b in token_pairs(here, there).items():
            if here.tokens[a].is_slot and here.tokens[a].kind == there.tokens[b].kind:
                out.append((here, there, a, b))
    return tuple(out)


_QUOTED = re.compile(r"(?:#|//|--|%)\s*(.+)|(?<=[\"'`])([^\"'`]+)(?=[\"'`])|^\s*([^\W\d_][^=(]+)$")
"""What may be words in a line of a program: a remark, what is between quotes, a line of words."""


def rebuilt(english: Literal, wording: Wording, context: str) -> Literal | None:
    """An English text of which people have worded every part elsewhere; None when one is missing, or none is theirs."""
    parts = list(english.fields)
    theirs = [wording.part(p, context) if n % 2 == 0 else p for n, p in enumerate(parts)]
    if None in theirs or theirs == parts:
        return None
    return assembled(english.prefix, english.quote, [p for p in theirs if p is not None])
