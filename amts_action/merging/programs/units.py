"""A program as units, each with its tokens: what is aligned, merged and written.

A unit is a line, or several that one bracket, one text or one run of remarks holds together: a translator rewraps
those. Units joined by newlines are the program.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from amts_action.merging.programs.languages import PLAIN, PYTHON
from amts_action.merging.programs.lexing import Lexeme, lex
from amts_action.merging.programs.literals import Literal, literal, remark_words

__all__ = ["ProgramToken", "Unit", "read", "written"]


@dataclass(frozen=True, slots=True)
class ProgramToken:
    """An atom of code, or a slot that holds words, with the blanks before it."""

    kind: str
    """`code`, `text` or `comment`."""
    raw: str
    lead: str = ""
    holes: tuple[tuple[int, int], ...] = ()

    @property
    def is_slot(self) -> bool:
        """Whether the token may hold words for people."""
        return self.kind != "code"

    @property
    def literal(self) -> Literal:
        """A text taken apart."""
        return literal(self.raw, self.holes)

    @property
    def says(self) -> tuple[str, ...]:
        """What tells the token from others, however it is written."""
        if self.kind == "text":
            return ("text", *self.literal.says)
        return (self.kind, remark_words(self.raw) if self.kind == "comment" else self.raw)


_ASSIGNED = re.compile(r"([A-Za-z_]\w*(?: , [A-Za-z_]\w*)*) = ")
"""What a skeleton that assigns starts with."""


@dataclass(frozen=True)
class Unit:
    """Some tokens, and the blanks behind the last."""

    tokens: tuple[ProgramToken, ...]
    tail: str = ""

    @cached_property
    def raw(self) -> str:
        """The unit as it stands in the program, without the newline behind it."""
        return "".join(t.lead + t.raw for t in self.tokens) + self.tail

    @cached_property
    def skeleton(self) -> str:
        """The code of the unit, with a mark for every text and nothing for a remark."""
        return " ".join("§" if t.kind == "text" else t.raw for t in self.tokens if t.kind != "comment")

    @cached_property
    def says(self) -> tuple[tuple[str, ...], ...]:
        """What the unit says: equal for two that differ in blanks and quotes only."""
        return tuple(t.says for t in self.tokens)

    @cached_property
    def bound(self) -> frozenset[str]:
        """The names that the unit assigns to."""
        m = _ASSIGNED.match(self.skeleton)
        return frozenset(m.group(1).split(" , ")) if m else frozenset()

    @property
    def indent(self) -> str:
        """What stands before the first token."""
        return self.tokens[0].lead if self.tokens else ""

    @property
    def is_blank(self) -> bool:
        """Whether the unit is an empty line."""
        return not self.tokens

    @property
    def is_remark(self) -> bool:
        """Whether the unit is a remark and nothing else."""
        return len(self.tokens) == 1 and self.tokens[0].kind == "comment"

    @property
    def is_text(self) -> bool:
        """Whether the unit is a text and nothing else, such as a docstring."""
        return len(self.tokens) == 1 and self.tokens[0].kind == "text"


def written(units: Iterable[Unit]) -> str:
    """The program that the units are."""
    return "\n".join(u.raw for u in units)


_NO_BRACKETS = frozenset("bash sh shell zsh ksh fish yaml yml json jsonc html xml svg css mermaid toml ini".split())
_OPEN, _CLOSE = "([{", ")]}"


@lru_cache(maxsize=512)
def read(text: str, language: str) -> tuple[Unit, ...]:
    """The units of a program; joined by newlines they are `text`, whatever it is."""
    lexemes = _joined_texts(lex(text, language), language)
    brackets = ""
    if language not in _NO_BRACKETS and language not in PLAIN:
        brackets = _OPEN if language in PYTHON else "(["
    units = _units(lexemes, brackets)
    if units is None:
        units = _units(lexemes, "") or []
    found = tuple(_with_runs(units))
    if written(found) != text:
        found = tuple(Unit((ProgramToken("code", line),)) if line else Unit(()) for line in text.split("\n"))
    return found


def _joined_texts(lexemes: Sequence[Lexeme], language: str) -> list[Lexeme]:
    """In Python texts that follow each other are one text."""
    out: list[Lexeme] = []
    if language not in PYTHON:
        return list(lexemes)
    for lexeme in lexemes:
        if lexeme.kind == "text":
            k = len(out)
            while k and out[k - 1].kind == "blank":
                k -= 1
            blanks = "".join(x.raw for x in out[k:])
            if k and out[k - 1].kind == "text" and ("\n" not in blanks or _is_open(out, k)):
                before = out[k - 1]
                shift = len(before.raw) + len(blanks)
                holes = (*before.holes, *((a + shift, b + shift) for a, b in lexeme.holes))
                out[k - 1 :] = [Lexeme("text", before.raw + blanks + lexeme.raw, holes)]
                continue
        out.append(lexeme)
    return out


def _is_open(lexemes: Sequence[Lexeme], end: int) -> bool:
    """Whether a bracket is open before index `end`, as far as the last lines tell."""
    depth = 0
    for lexeme in reversed(lexemes[max(0, end - 400) : end]):
        if lexeme.kind == "code":
            for c in reversed(lexeme.raw):
                depth += (c in _CLOSE) - (c in _OPEN)
                if depth < 0:
                    return True
    return False


def _units(lexemes: Sequence[Lexeme], brackets: str) -> list[Unit] | None:
    """The units, lines joined while one of `brackets` is open; None when one never closes."""
    closing = "".join(_CLOSE[_OPEN.index(b)] for b in brackets)
    out: list[Unit] = []
    tokens: list[ProgramToken] = []
    lead = ""
    depth = 0
    for lexeme in lexemes:
        if lexeme.kind != "blank":
            tokens.append(ProgramToken(lexeme.kind, lexeme.raw, lead, lexeme.holes))
            lead = ""
            if brackets and lexeme.kind == "code" and not lexeme.raw.startswith(("#", "%", "!")):
                for c in lexeme.raw:
                    if c in brackets:
                        depth += 1
                    elif depth and c in closing:
                        depth -= 1
            continue
        if depth or "\n" not in lexeme.raw or re.fullmatch(r"[ \t]*\\\n[ \t]*", lead + lexeme.raw):
            lead += lexeme.raw
            continue
        *ends, rest = (lead + lexeme.raw).split("\n")
        if tokens and tokens[-1].raw == "\\" and len(ends) == 1:
            lead += lexeme.raw  # the line goes on
            continue
        for end in ends:
            out.append(Unit(tuple(tokens), end))
            tokens = []
        lead = rest
    out.append(Unit(tuple(tokens), lead))
    return None if depth else out


_ONE_LINE = re.compile(r"\s*(?:#|//|--|%|;|'|rem\b)", re.I)


def _with_runs(units: Sequence[Unit]) -> Iterable[Unit]:
    """The units with runs of remarks as one remark each."""
    held: list[Unit] = []
    for unit in units:
        joins = unit.is_remark and _ONE_LINE.match(unit.tokens[0].raw) is not None
        if held and not (joins and unit.indent == held[0].indent):
            yield _run(held)
            held = []
        if joins:
            held.append(unit)
        else:
            yield unit
    if held:
        yield _run(held)


def _run(units: Sequence[Unit]) -> Unit:
    if len(units) == 1:
        return units[0]
    first = units[0].tokens[0]
    raw = written(units)[len(first.lead) :]
    tail = units[-1].tail
    return Unit((ProgramToken("comment", raw.removesuffix(tail) if tail else raw, first.lead),), tail)
