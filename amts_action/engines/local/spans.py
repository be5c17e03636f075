"""Puts marks into what a model wrote: it is given plain sentences, or such with marks that it knows as one piece.

A mark stands for a span of code or for one end of an emphasis. What a model does not know as a piece is taken out
before, and put back at the words that were made of those around it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from amts_action.engines.local.model import Made

__all__ = ["MARK", "Parted", "are_kept", "joined", "numbered", "parted", "placed", "renumbered"]

MARK = re.compile(r"[⟦⟪⦃](/?)(\d{1,4})[⟧⟫⦄]")
"""A mark as `markup.numbered` writes it."""
BLANK = "▁"


class Parted(NamedTuple):
    """A sentence in pieces, and the marks that were taken out of it."""

    pieces: tuple[str, ...]
    marks: tuple[tuple[int, str, str], ...]
    """Before which piece each stood, the mark, and `open`, `close` or `span`."""


def numbered(text: str) -> tuple[str, dict[str, str]]:
    """The text with its single marks numbered from 0, as a model has learnt them, and what each stands for."""
    pairs = {m.group(2) for m in MARK.finditer(text) if m.group(1)}
    names: dict[str, str] = {}

    def name(m: re.Match[str]) -> str:
        if m.group(2) in pairs:
            return m.group()
        new = f"⟦{len(names)}⟧"
        names[new] = m.group()
        return new

    return MARK.sub(name, text), names


def renumbered(text: str, names: dict[str, str]) -> str:
    """A reply with the marks as they were."""
    return re.sub(r"⟦\s?(\d{1,4})\s?⟧", lambda m: names.get(f"⟦{m.group(1)}⟧", m.group()), text)


def are_kept(source: str, reply: str) -> bool:
    """Whether a reply has the marks of its source, each as often."""
    here, there = (Counter(m.group() for m in MARK.finditer(text)) for text in (source, reply))
    return here == there


def parted(text: str, pieces: Callable[[str], list[str]], is_known: Callable[[str], bool]) -> Parted:
    """A sentence without the marks that a model does not know.

    Args:
        pieces: gives the pieces of a text without marks.
        is_known: whether a mark stays.
    """
    pairs = {m.group(2) for m in MARK.finditer(text) if m.group(1)}
    out: list[str] = []
    marks: list[tuple[int, str, str]] = []
    run, at = "", 0
    for m in MARK.finditer(text):
        if is_known(m.group()):
            continue
        run += text[at : m.start()]
        at = m.end()
        if run.strip():
            out += pieces(run)
            run = ""
        kind = "close" if m.group(1) else "open" if m.group(2) in pairs else "span"
        marks.append((len(out), m.group(), kind))
    run += text[at:]
    if run.strip():
        out += pieces(run)
    return Parted(tuple(out), tuple(marks))


def placed(source: Parted, made: Made) -> list[str]:
    """The pieces of a translation with the marks at the words that theirs became.

    The ends of an emphasis enclose all that was made of the words between them; a span stands before what was made of
    the word that follows it, else after what was made of the one before.
    """
    before: dict[int, list[str]] = {}
    after: dict[int, list[str]] = {}
    places = _places(made, len(source.pieces))
    starts: dict[str, int] = {}
    for at, mark, kind in source.marks:
        name = MARK.sub(r"\2", mark)
        if kind == "open":
            starts[name] = at
            continue
        if kind == "close":
            inside = [n for k in range(starts.get(name, at), at) for n in places.get(k, ())]
            first, last = (min(inside), max(inside)) if inside else (_near(places, at, made), _near(places, at, made))
            before.setdefault(first, []).insert(0, mark.replace("/", ""))
            after.setdefault(last, []).append(mark)
        elif at in places:
            before.setdefault(min(places[at]), []).append(mark)
        elif at - 1 in places:
            after.setdefault(max(places[at - 1]), []).append(mark)
        else:
            before.setdefault(_near(places, at, made), []).append(mark)
    out: list[str] = []
    for n, piece in enumerate(made.pieces):
        opening = before.get(n, [])
        lead = BLANK if opening and piece.startswith(BLANK) else ""
        out += [lead + opening[0], *opening[1:]] if opening else []
        out.append(piece.removeprefix(BLANK) if opening else piece)
        out += after.get(n, [])
    return out + [m for n in before if n >= len(made.pieces) for m in before[n]]


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
    return min(places[near]) if near >= at else max(places[near]) + 1


def joined(pieces: Sequence[str]) -> str:
    """Pieces as a text."""
    return "".join(pieces).replace(BLANK, " ").strip()
