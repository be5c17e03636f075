"""Makes what an engine wrote safe as markdown: its text may not become markup, nor may its marks become text.

A translation is a run of pieces: text and the source's own marks. `settle` joins them so that scanning the result
gives these pieces again. Where plain joining does not, it tries the smallest set of fixes: another mark for emphasis
(`_` does nothing inside a word, and Chinese has no blanks), a blank beside a mark, a backslash before a character.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from amts_action.documents.inline import Token, TokenType, tokens

__all__ = ["MarkedPiece", "line_hazard", "merged", "settle"]


class MarkedPiece(NamedTuple):
    """A run of text (no id), or a mark: a protected span, or one end of a pair around text."""

    type: TokenType
    raw: str
    id: str = ""
    made_of: tuple[Token, ...] = ()
    """The tokens that scanning `raw` must give; empty for text."""

    @property
    def kind(self) -> str:
        """The token kind of the mark, `table` for the edge of a table cell, empty for text."""
        return self.made_of[0].kind if self.made_of else "table" if self.id else ""


class _Fix(NamedTuple):
    kind: str
    """`mark`, `blank` or `escape`."""
    piece: int
    """Index of the piece that is changed, or that gets a blank before it."""
    offset: int = 0
    """Index of the character of the piece that gets a backslash."""


MAX_TRIALS = 200
"""With more candidates than this the fixes are not thinned out one by one (our own limit, against hostile replies)."""

_SPECIAL = re.compile(r"[\\`*_$\[\]<&~{!@%+|]|:(?=[\w+-]{1,41}:)")
_HAZARDS = re.compile(
    r"""
    (?P<heading>\#{1,6}(?=\s|$))
  | (?P<bullet>[-+*](?=\s|$))
  | (?P<number>\d{1,9}[.)](?=\s|$))
  | (?P<quote>>)
  | (?P<fence>:::|```|~~~|\$\$)
  | (?P<field>:[A-Za-z_-]+:(?!`))
  | (?P<described>:(?=\s))
  | (?P<comment>%|\+\+\+)
  | (?P<underline>=+[ \t]*$)
  | (?P<target>\([^()\n]*\)=[ \t]*$)
  | (?P<definition>\[[^\]\n]+\]:)
  | (?P<html><(?:[!?]|/?(?!(?:a|abbr|b|br|code|del|em|font|i|img|ins|kbd|mark|q|s|small|span|strong|sub|sup|u|var)\b)
        [A-Za-z][\w-]*(?=[\s/>]|$)))
    """,
    re.X | re.M,
)
"""What starts another block at the start of a line: CommonMark 4.2-4.8 and 5.1-5.3, MyST's comments, block breaks,
targets and colon fences, d2lbook's `:label:` lines."""


def line_hazard(line: str) -> str:
    """The name of the markup that would make `line` start something else than a paragraph; empty when none would."""
    m = _HAZARDS.match(line)
    return (m.lastgroup or "") if m else ""


def merged(pieces: Iterable[MarkedPiece]) -> list[MarkedPiece]:
    """The pieces with adjacent texts joined and empty texts dropped."""
    out: list[MarkedPiece] = []
    for piece in pieces:
        if piece.id or piece.made_of:
            out.append(piece)
        elif piece.raw:
            if out and not (out[-1].id or out[-1].made_of):
                out[-1] = MarkedPiece("text", out[-1].raw + piece.raw)
            else:
                out.append(piece)
    return out


def settle(pieces: Sequence[MarkedPiece], source: str, kind: str) -> tuple[str, tuple[str, ...]] | str:
    """The text of `pieces` and the names of the fixes it needed; a reason when no fix makes it safe.

    Args:
        pieces: what the reply holds, blanks in order, adjacent texts joined.
        source: the text that was translated, on one line: what stands there at the start may stand here too.
        kind: kind of the block; a heading or table row does not start a line, and a bar ends a cell.
    """
    start = _strays_escaped(_dollars_apart(pieces, source), source)
    if kind == "table_row":
        start = _escaped(start, [(i, j) for i, p in _texts(start) for j, c in enumerate(p.raw) if c == "|"])
    tame = _line_starts(start, source, kind)
    done = None if isinstance(tame, str) else _thinned(tame)
    if done is None:
        return tame if isinstance(tame, str) else "markup changed"
    out = done if done is tame else _line_starts(done, source, kind)  # a blank that was put in may have made a bullet
    if isinstance(out, str) or (out is not tame and not _holds(out)):
        return "markup changed"
    return "".join(piece.raw for piece in out), () if out is pieces else _changes(pieces, out)


def _changes(before: Sequence[MarkedPiece], after: Sequence[MarkedPiece]) -> tuple[str, ...]:
    """What `settle` did, in words for the report."""
    marks = [[p.raw for p in pieces if p.id] for pieces in (before, after)]
    blanks = [sum(p.raw.count(" ") for p in pieces if p.type == "text" and not p.id) for pieces in (before, after)]
    said = {
        "emphasis mark changed": marks[0] != marks[1],
        "blank put beside a mark": blanks[0] != blanks[1],
        "characters escaped": any(p.made_of and not p.id for p in after),
    }
    return tuple(words for words, happened in said.items() if happened)


def _dollars_apart(pieces: Sequence[MarkedPiece], source: str) -> Sequence[MarkedPiece]:
    """The pieces with a blank where two dollar signs would newly meet: `$x$$y$` is two formulas to us and one display
    formula to others.
    """
    if not any(left.raw.endswith("$") and right.raw.startswith("$") for left, right in pairwise(pieces)):
        return pieces
    out: list[MarkedPiece] = []
    for piece in pieces:
        meet = bool(out) and out[-1].raw.endswith("$") and piece.raw.startswith("$")
        if meet and out[-1].raw + piece.raw not in source:
            out.append(MarkedPiece("text", " "))
        out.append(piece)
    return merged(out)


def _strays_escaped(pieces: Sequence[MarkedPiece], source: str) -> Sequence[MarkedPiece]:
    """The pieces with a backslash before dollar signs and backticks in text, where the source's text has none.

    To our scanner `a$b and $x$` has one formula, to others it starts with `$b and $`.
    """
    if not any(c in p.raw for p in pieces if p.type == "text" for c in "$`"):
        return pieces
    texts = _texts(pieces)
    known = "".join(token.raw for token in tokens(source) if token.type == "text")
    strays = [c for c in "$`" if c not in known]
    return _escaped(pieces, [(i, j) for i, p in texts for j, c in enumerate(p.raw) if c in strays])


def _texts(pieces: Sequence[MarkedPiece]) -> list[tuple[int, MarkedPiece]]:
    """The text pieces that a backslash may go into: in a role's content it would be an ordinary character."""
    out, roles = [], 0
    for i, piece in enumerate(pieces):
        if piece.kind == "role":
            roles += {"open": 1, "close": -1}.get(piece.type, 0)
        elif piece.type == "text" and not piece.id and not roles:
            out.append((i, piece))
    return out


def _escaped(pieces: Sequence[MarkedPiece], places: Iterable[tuple[int, int]]) -> Sequence[MarkedPiece]:
    """The pieces with a backslash before each of the characters (index of the piece, offset in it)."""
    by_piece: dict[int, list[int]] = {}
    for i, offset in places:
        by_piece.setdefault(i, []).append(offset)
    if not by_piece:
        return pieces
    out: list[MarkedPiece] = []
    for i, piece in enumerate(pieces):
        at = 0
        for offset in sorted(by_piece.get(i, ())):
            raw = "\\" + piece.raw[offset]
            out += [
                MarkedPiece("text", piece.raw[at:offset]),
                MarkedPiece("span", raw, "", (Token("span", "escape", raw),)),
            ]
            at = offset + 1
        out.append(piece if not at else MarkedPiece("text", piece.raw[at:]))
    return merged(out)


def _line_starts(pieces: Sequence[MarkedPiece], source: str, kind: str) -> Sequence[MarkedPiece] | str:
    """The pieces with block markup at the start of a line escaped; a reason when it is no text of the engine's."""
    if kind in ("heading", "table_row"):  # they do not start at the start of a line
        return pieces
    hazards = _hazards(pieces)
    if not hazards:
        return pieces
    allowed = {line_hazard(line) for line in source.split("\n")}
    places: list[tuple[int, int]] = []
    writable = {i for i, _ in _texts(pieces)}
    for i, start, m in hazards:
        piece = pieces[i]
        if m.lastgroup in allowed:
            continue
        offset = m.end() - start - 1 if m.lastgroup == "number" else 0
        if i in writable and offset < len(piece.raw):
            places.append((i, offset))
        elif m.lastgroup == "definition" and (colon := _starting_at(pieces, i, m.end() - start - 1)):
            parted = merged([*pieces[:colon], MarkedPiece("text", " "), *pieces[colon:]])
            return _line_starts(parted, source, kind)
        else:
            return "span at the start of a line"
    return _escaped(pieces, places)


def _hazards(pieces: Sequence[MarkedPiece]) -> list[tuple[int, int, re.Match[str]]]:
    """The pieces that start a line with block markup: index, offset in the whole, and the markup."""
    out = []
    text, end = "".join(piece.raw for piece in pieces), 0
    for i, piece in enumerate(pieces):
        start, end = end, end + len(piece.raw)
        if (not start or text[start - 1] == "\n") and (m := _HAZARDS.match(text, start)):
            out.append((i, start, m))
    return out


def _starting_at(pieces: Sequence[MarkedPiece], first: int, offset: int) -> int:
    """Index of the piece that starts `offset` characters after the start of the piece `first`; 0 if none does."""
    for i in range(first, len(pieces)):
        if not offset:
            return i
        offset -= len(pieces[i].raw)
    return 0


def _thinned(pieces: Sequence[MarkedPiece]) -> Sequence[MarkedPiece] | None:
    """The pieces with the fewest fixes that hold (none of them can be left out); None when all together do not."""
    if _holds(pieces):
        return pieces
    # Least wanted first: a backslash is one more span for a reader to puzzle over, another mark shows nowhere.
    fixes = _escapes(pieces) + _blanks(pieces) + _marks(pieces)
    if not _holds(_fixed(pieces, fixes)):
        return None
    for kind in ("escape", "blank", "mark"):
        fewer = [fix for fix in fixes if fix.kind != kind]
        if _holds(_fixed(pieces, fewer)):
            fixes = fewer
    if len(fixes) <= MAX_TRIALS:
        for fix in list(fixes):
            fewer = [other for other in fixes if other is not fix]
            if _holds(_fixed(pieces, fewer)):
                fixes = fewer
    return _fixed(pieces, fixes)


def _holds(pieces: Sequence[MarkedPiece]) -> bool:
    """Whether scanning the joined pieces gives these pieces."""
    want: list[Token] = []
    for piece in pieces:
        if piece.made_of:
            want += piece.made_of
        elif want and want[-1].type == "text":  # the edge of a table cell is text to the scanner
            want[-1] = Token("text", "", want[-1].raw + piece.raw)
        elif piece.raw:
            want.append(Token("text", "", piece.raw))
    return tokens("".join(piece.raw for piece in pieces)) == tuple(want)


def _escapes(pieces: Sequence[MarkedPiece]) -> list[_Fix]:
    return [_Fix("escape", i, m.start()) for i, p in _texts(pieces) for m in _SPECIAL.finditer(p.raw)]


def _blanks(pieces: Sequence[MarkedPiece]) -> list[_Fix]:
    """Places between a mark and its neighbour, outside of pairs, where a blank may go."""
    out = []
    for i in range(1, len(pieces)):
        left, right = pieces[i - 1], pieces[i]
        inside = left.type == "open" or right.type == "close"
        if not inside and not left.raw[-1:].isspace() and not right.raw[:1].isspace():
            out.append(_Fix("blank", i))
    return out


def _marks(pieces: Sequence[MarkedPiece]) -> list[_Fix]:
    """Emphasis written with `_`, one fix for both ends: the index is that of the opening end."""
    return [_Fix("mark", i) for i, p in enumerate(pieces) if p.type == "open" and p.raw.strip("_") == ""]


def _fixed(pieces: Sequence[MarkedPiece], fixes: Sequence[_Fix]) -> list[MarkedPiece]:
    starred = {pieces[fix.piece].id for fix in fixes if fix.kind == "mark"}
    blanks = {fix.piece for fix in fixes if fix.kind == "blank"}
    places: list[tuple[int, int]] = []
    out: list[MarkedPiece] = []
    where: dict[int, int] = {}
    for i, piece in enumerate(pieces):
        if i in blanks:
            out.append(MarkedPiece("text", " "))
        where[i] = len(out)
        out.append(_starred(piece) if piece.id in starred and piece.id else piece)
    places = [(where[fix.piece], fix.offset) for fix in fixes if fix.kind == "escape"]
    return merged(_escaped(out, places))


def _starred(piece: MarkedPiece) -> MarkedPiece:
    raw = "*" * len(piece.raw)
    return MarkedPiece(piece.type, raw, piece.id, (Token(piece.type, piece.kind, raw),))
