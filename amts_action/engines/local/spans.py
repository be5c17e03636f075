"""Puts marks into what a model wrote: it is given plain sentences, or such with marks that it knows as one piece.

A mark stands for a span of code or for one end of an emphasis. What a model does not know as a piece, and no word
stands in for (`stand_ins`), is taken out before, and put back at the words that were made of those around it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from amts_action.engines.local.model import Made

__all__ = [
    "BLANK",
    "MARK",
    "SOLID",
    "Parted",
    "are_kept",
    "is_stuck",
    "joined",
    "numbered",
    "parted",
    "placed",
    "renumbered",
    "signed",
    "unsigned",
]

OPENS = "\ue000"
"""Tells the mark that opens a pair from that of a span; a character for private use, which no book has."""
MARK = re.compile(rf"[⟦⟪⦃]([/{OPENS}]?)(\d{{1,4}})[⟧⟫⦄]")
"""A mark as `markup.numbered` writes it, or as `signed` does."""
_LOOSE = re.compile(r"⟦\s?(\d{1,4})\s?⟧")
"""The mark of a span as a model may write it."""
BLANK = "▁"
_LOOP = re.compile(r"([^\W\d_].{0,15}?)\1{3,}")
"""Letters four times in a row or oftener. By hand, held by `tests/engines/test_local.py`."""
SOLID = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Letters of scripts without blanks between words: of these each piece is a word."""


class Parted(NamedTuple):
    """A sentence in pieces, and the marks that were taken out of it."""

    pieces: tuple[str, ...]
    marks: tuple[tuple[int, str, str], ...]
    """Before which piece each stood, the mark, and `open`, `close` or `span`."""


def signed(text: str) -> str:
    """The text with the opening marks of pairs told from those of spans, as each of its sentences must know them."""
    pairs = {m.group(2) for m in MARK.finditer(text) if m.group(1)}

    def sign(m: re.Match[str]) -> str:
        mark = m.group()
        return mark if m.group(1) or m.group(2) not in pairs else mark[0] + OPENS + mark[1:]

    return MARK.sub(sign, text)


def unsigned(text: str) -> str:
    """The text with its marks as they came."""
    return text.replace(OPENS, "")


def numbered(text: str) -> tuple[str, dict[str, str]]:
    """The text with the marks of its spans numbered from 0, as a model has learnt them, and what each stands for."""
    spans = dict.fromkeys(m.group() for m in MARK.finditer(text) if not m.group(1))
    short = {mark: f"⟦{n}⟧" for n, mark in enumerate(spans)}
    return MARK.sub(lambda m: short.get(m.group(), m.group()), text), {new: mark for mark, new in short.items()}


def renumbered(text: str, names: dict[str, str]) -> str:
    """A reply with the marks of spans as they were."""
    return _LOOSE.sub(lambda m: names.get(f"⟦{m.group(1)}⟧", m.group()), text)


def are_kept(source: str, reply: str) -> bool:
    """Whether a reply has the marks of its source, each as often."""
    here, there = (Counter(m.group() for m in MARK.finditer(text)) for text in (source, reply))
    return here == there


def parted(text: str, pieces: Callable[[str], list[str]], is_known: Callable[[str], bool]) -> Parted:
    """A sentence without the marks that a model does not know; pairs it knows none.

    Args:
        pieces: gives the pieces of a text without marks.
        is_known: whether the mark of a span stays.
    """
    out: list[str] = []
    marks: list[tuple[int, str, str]] = []
    run, at = "", 0
    for m in MARK.finditer(text):
        if not m.group(1) and is_known(m.group()):
            continue
        run += text[at : m.start()]
        at = m.end()
        if run.strip():
            out += pieces(run)
            run = ""
        kind = {"/": "close", OPENS: "open"}.get(m.group(1), "span")
        marks.append((len(out), m.group(), kind))
    run += text[at:]
    if run.strip():
        out += pieces(run)
    return Parted(tuple(out), tuple(marks))


def placed(source: Parted, made: Made) -> list[str]:
    """The pieces of a translation with the marks at the words that theirs became.

    The ends of an emphasis enclose all that was made of the words between them; a span stands before what was made of
    the word that follows it, else after what was made of the one before. Of an emphasis over several sentences each end
    stands alone.
    """
    before: dict[int, list[tuple[int, str]]] = {}
    after: dict[int, list[tuple[int, str]]] = {}
    places = _places(made, len(source.pieces))
    starts: dict[str, tuple[int, int, str]] = {}
    closed = {MARK.sub(r"\2", mark) for _, mark, kind in source.marks if kind == "close"}
    for order, (at, mark, kind) in enumerate(source.marks):
        name = MARK.sub(r"\2", mark)
        if kind == "open" and name in closed:
            starts[name] = order, at, mark
        elif kind == "close" and name in starts:
            opened, start, opening = starts[name]
            inside = [n for k in range(start, at) for n in places.get(k, ())]
            inside = inside or [min(_near(places, at, made), max(0, len(made.pieces) - 1))]
            before.setdefault(_edge(made.pieces, min(inside), -1), []).append((opened, opening))
            after.setdefault(_edge(made.pieces, max(inside), 1), []).append((order, mark))
        elif at in places and kind != "close":
            before.setdefault(_edge(made.pieces, min(places[at]), -1), []).append((order, mark))
        elif at - 1 in places:
            after.setdefault(_edge(made.pieces, max(places[at - 1]), 1), []).append((order, mark))
        else:
            before.setdefault(_near(places, at, made), []).append((order, mark))
    out: list[str] = []
    for n, piece in enumerate(made.pieces):
        ahead = _in_order(before.pop(n, []))
        lead = BLANK if ahead and piece.startswith(BLANK) else ""
        out += [lead + ahead[0], *ahead[1:]] if ahead else []
        out.append(piece.removeprefix(BLANK) if ahead else piece)
        out += _in_order(after.pop(n, []))
    return out + _in_order(item for side in (before, after) for items in side.values() for item in items)


def _in_order(marks: Iterable[tuple[int, str]]) -> list[str]:
    """Marks at one place, in the order of the source."""
    return [mark for _, mark in sorted(marks)]


def _edge(pieces: Sequence[str], n: int, step: int) -> int:
    """The first (step -1) or last (step 1) piece of the word that a piece belongs to."""
    while 0 <= n + step < len(pieces):
        left, right = (pieces[n + step], pieces[n]) if step < 0 else (pieces[n], pieces[n + step])
        if not (left[-1:].isalnum() and right[:1].isalnum()) or SOLID.match(left[-1]) or SOLID.match(right):
            break
        n += step
    return n


def _places(made: Made, size: int) -> dict[int, list[int]]:
    """Source piece → the target pieces that were made of it."""
    out: dict[int, list[int]] = {}
    for n, source in enumerate(made.aligned):
        if source < size and made.pieces[n].strip(BLANK):
            out.setdefault(source, []).append(n)
    return out


def _near(places: dict[int, list[int]], at: int, made: Made) -> int:
    """The place of the nearest source piece that became something."""
    near = min(places, key=lambda k: (abs(k - at), k), default=None)
    if near is None:
        return len(made.pieces)
    if near >= at:
        return _edge(made.pieces, min(places[near]), -1)
    return _edge(made.pieces, max(places[near]), 1) + 1


def is_stuck(text: str, source: str) -> bool:
    """Whether a translation says the same over and over, as models do that have lost their way, and its source does
    not."""
    return _LOOP.search(text) is not None and _LOOP.search(f"{source} ") is None


def joined(pieces: Sequence[str]) -> str:
    """Pieces as a text."""
    return "".join(pieces).replace(BLANK, " ").strip()
