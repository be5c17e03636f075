"""How a book writes where Chinese or Japanese meets other script: learnt from people's text, applied to engines'.

Some books put a blank between a Han character and a formula, some do not; engines do as they like. What the book does
in nearly all cases is done to a translation as well; where it is not of one mind, or Chinese and Japanese do not meet
other script, nothing is touched.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.inline import Token, protected, tokens

__all__ = ["NO_HABITS", "Habits", "learn"]

LEAST_CASES = 20
"""With fewer cases a book has no habit. By hand, held by `tests/engines/test_wire.py`."""
LEAST_SHARE = 0.9
"""Of the cases that must agree. By hand, held by `tests/engines/test_wire.py`."""
ENOUGH = 100_000
"""Characters after which no more is read. Our own limit."""

_WIDE = "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_BEFORE = re.compile(rf"[{_WIDE}]( ?)\Z")
_AFTER = re.compile(rf"( ?)[{_WIDE}]")
_LATIN = re.compile(rf"(?<=[{_WIDE}])( ?)(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])( ?)(?=[{_WIDE}])")
_STOP = re.compile(rf"(?<=[{_WIDE}])([,;:!?.，；：！？。])")
_NARROW = re.compile(rf"(?<=[{_WIDE}])([,;:!?.])(?: *(?=[{_WIDE}])|(?= ?\Z))")
_FULL = dict(zip(",;:!?.", "，；：！？。", strict=True))

Case = tuple[str, bool]
"""What meets a Han character (the kind of a span, `latin`, or `stop`), and whether there is a blank; for `stop`,
whether it is full-width."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What a book does in nearly all cases: `blanks` by kind of neighbour, and full-width stops after a character."""

    blanks: tuple[tuple[str, bool], ...] = ()
    full_stops: bool = False

    def applied(self, text: str) -> tuple[str, tuple[str, ...]]:
        """The text as the book would write it, and what was changed, in words for the report.

        Protected spans stay as they are: a change that would touch one is not made.
        """
        if self == NO_HABITS:
            return text, ()
        blanks = dict(self.blanks)
        before = tokens(text)
        after = [_edged(before, i, blanks) if t.type == "text" else t for i, t in enumerate(before)]
        spaced = _joined(before, [_spaced(t, blanks) if t.type == "text" else t for t in after])
        full = _joined(spaced, [_stopped(spaced, i) for i in range(len(spaced))]) if self.full_stops else spaced
        said = [
            *(["blanks as in the book"] if spaced != before else []),
            *(["full-width punctuation"] if full != spaced else []),
        ]
        return ("".join(t.raw for t in full), tuple(said)) if said else (text, ())


NO_HABITS = Habits()


def learn(pages: Iterable[str]) -> Habits:
    """The habits of the people who wrote these pages (markdown of whole documents)."""
    cases: Counter[Case] = Counter()
    read = 0
    for page in pages:
        for block in parse_markdown(page).blocks:
            if block.is_prose:
                cases.update(_cases(tokens(block.text)))
        read += len(page)
        if read > ENOUGH:
            break
    kinds = sorted({kind for kind, _ in cases})
    settled = {kind: answer for kind in kinds if (answer := _settled(cases, kind)) is not None}
    full = settled.pop("stop", None) is True
    return Habits(tuple(settled.items()), full)


def _settled(cases: Counter[Case], kind: str) -> bool | None:
    yes, no = cases[kind, True], cases[kind, False]
    if yes + no < LEAST_CASES or max(yes, no) < LEAST_SHARE * (yes + no):
        return None
    return yes > no


def _cases(items: Sequence[Token]) -> Iterable[Case]:
    for i, token in enumerate(items):
        if token.type != "text":
            continue
        for met in _LATIN.finditer(token.raw):
            yield "latin", bool(met.group(1) or met.group(2))
        for stop in _STOP.finditer(token.raw):
            yield "stop", stop.group(1) not in _FULL
        if i + 1 < len(items) and items[i + 1].type == "span" and (edge := _BEFORE.search(token.raw)):
            yield items[i + 1].kind, bool(edge.group(1))
        if i and items[i - 1].type == "span" and (edge := _AFTER.match(token.raw)):
            yield items[i - 1].kind, bool(edge.group(1))


def _edged(items: Sequence[Token], i: int, blanks: dict[str, bool]) -> Token:
    """A text with or without a blank where it meets a span."""
    raw = items[i].raw
    if i and items[i - 1].type == "span" and items[i - 1].kind in blanks and _AFTER.match(raw):
        raw = " " * blanks[items[i - 1].kind] + raw.lstrip(" ")
    if i + 1 < len(items) and items[i + 1].type == "span" and items[i + 1].kind in blanks and _BEFORE.search(raw):
        raw = raw.rstrip(" ") + " " * blanks[items[i + 1].kind]
    return Token("text", "", raw)


def _spaced(token: Token, blanks: dict[str, bool]) -> Token:
    if "latin" not in blanks:
        return token
    return Token("text", "", _LATIN.sub(" " * blanks["latin"], token.raw))


def _stopped(items: Sequence[Token], i: int) -> Token:
    """A text with full-width stops after Han characters; at its end only where the whole ends or a span follows."""
    token = items[i]
    if token.type != "text":
        return token
    last = i + 1 == len(items) or items[i + 1].type == "span"
    out, at = [], 0
    for m in _NARROW.finditer(token.raw):
        inside = m.end() < len(token.raw.rstrip(" "))
        if not inside and (not last or (m.group(1) == "." and i + 1 < len(items))):
            continue
        out += [token.raw[at : m.start()], _FULL[m.group(1)]]
        at = m.end()
    return Token("text", "", "".join([*out, token.raw[at:]]))


def _joined(before: Sequence[Token], after: Sequence[Token]) -> tuple[Token, ...]:
    """The new tokens, or the old ones when the new text would be read in another way."""
    text = "".join(t.raw for t in after)
    if text == "".join(t.raw for t in before):
        return tuple(before)
    found = tokens(text)
    shape = [[t for t in items if t.type != "text"] for items in (before, found)]
    same = shape[0] == shape[1] and protected(text) == protected("".join(t.raw for t in before))
    return found if same else tuple(before)
