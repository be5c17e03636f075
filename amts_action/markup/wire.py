"""The form in which text travels to an engine and back: inline markdown as an HTML fragment.

Plain text is escaped, every protected span is `<span translate="no" id="x0">…</span>`, emphasis, links and the like
are ordinary tags with ids; line breaks and runs of blanks are single blanks. Engines reorder, drop, double and alter
such markup: `decode` accepts a reply only if every id is there exactly once, spans with their content unchanged,
tags properly nested, and gives back markdown that scans as the source does.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from amts_action.documents.inline import Token, protected, tokens
from amts_action.markup.safe import MarkedPiece, merged, settle
from amts_action.markup.spacing import BLANKS, neighbours, single_blanks, stripped, tidied

__all__ = ["Decoded", "Rejection", "Wire", "decode", "encode", "one_line", "reread"]

TAGS = {
    "emphasis": "em",
    "strong": "strong",
    "strike": "s",
    "link": "a",
    "image": "small",  # its alternative text; `img` can hold none
    "slide": "mark",
    "role": "cite",
}
"""HTML tag of each kind of pair."""

MAX_GROWTH, MAX_EXTRA = 10, 1000
"""A reply of more than so many times the characters sent, plus so many, is no translation (our own limit)."""
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_TAG = re.compile(r"<(\s{0,3})(/?)\s{0,3}([A-Za-z][\w:-]{0,40})((?:[\s/][^<>]{0,2000})?)>|<[!?]")
_ID = re.compile(r"""\bid\s*=\s*["'“”«»„]?\s*([A-Za-z0-9]+)""", re.I)
_SPAN_END = re.compile(r"<\s{0,3}/\s{0,3}span\s{0,3}>", re.I)
_GARBAGE = re.compile(r"DNT_|[⟦⟪⦃]\s?/?\d", re.I)
"""What stands for marks in other forms; a model that has learnt them also writes some that nobody sent."""


@dataclass(frozen=True, slots=True)
class Wire:
    """A segment as it is sent, with what is needed to read the reply."""

    html: str
    pieces: tuple[MarkedPiece, ...]
    """Text and marks of the source, in order; the ids of the marks are those in `html`."""
    kind: str = ""
    """Kind of the block."""

    @property
    def text(self) -> str:
        """The source as markdown on one line (but for line ends inside protected spans)."""
        return "".join(piece.raw for piece in self.pieces)

    @property
    def characters(self) -> int:
        """Unicode characters of text handed to the engine; protected spans and tags are not counted."""
        return sum(len(piece.raw) for piece in self.pieces if not piece.id)

    @property
    def has_letters(self) -> bool:
        """Whether there is anything to translate."""
        return _has_letters(self.pieces)

    @staticmethod
    def mark(piece: MarkedPiece) -> str:
        """How one of the pieces stands in `html`."""
        return _to_html(piece)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A reply that was accepted."""

    text: str
    repairs: tuple[str, ...] = ()
    """What had to be mended, in words for the report."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A reply that was not accepted."""

    reason: str
    """A few words; the same words for the same fault."""


class _Unfit(Exception):
    """Ends the reading of a reply; the argument is the reason."""


def one_line(text: str) -> str:
    """`text` with line breaks and runs of blanks in its language made single blanks; protected spans are kept."""
    return encode(text).text


@lru_cache(maxsize=5_000)
def encode(text: str, *, kind: str = "") -> Wire:
    """The wire form of one segment.

    Args:
        text: inline markdown.
        kind: kind of its block; the bars of a `table_row` are protected, as they divide its cells.

    Kept for a while: what a run would cost is asked of every engine.
    """
    pieces = _numbered(_folded(tokens(text)), bars=kind == "table_row")
    pieces = stripped(pieces)
    return Wire("".join(map(_to_html, pieces)), tuple(pieces), kind)


def _folded(items: Sequence[Token]) -> list[tuple[Token, ...]]:
    """The tokens one by one, but a pair around nothing (`[](#label)`) as one unit: engines drop empty tags."""
    out: list[tuple[Token, ...]] = []
    for token in items:
        if token.type == "close" and out and len(out[-1]) == 1 and out[-1][0].type == "open":
            out[-1] = (*out[-1], token)
        else:
            out.append((token,))
    return out


def _numbered(units: Sequence[tuple[Token, ...]], *, bars: bool) -> list[MarkedPiece]:
    out: list[MarkedPiece] = []
    open_ids: list[str] = []
    n = 0
    for unit in units:
        first = unit[0]
        raw = first.raw if len(unit) == 1 else "".join(token.raw for token in unit)
        if first.type == "text":
            for part in re.split(r"(\|)", raw) if bars else [raw]:
                out.append(
                    MarkedPiece("span", part, f"x{n}")
                    if bars and part == "|"
                    else single_blanks(MarkedPiece("text", part))
                )
                n += bars and part == "|"
        elif first.type == "close":
            out.append(MarkedPiece("close", raw, open_ids.pop(), unit))
        else:
            is_pair = first.type == "open" and len(unit) == 1
            out.append(MarkedPiece("open" if is_pair else "span", raw, f"x{n}", unit))
            if is_pair:
                open_ids.append(f"x{n}")
            n += 1
    return out


def _to_html(piece: MarkedPiece) -> str:
    if not piece.id:
        return html.escape(piece.raw, quote=False)
    if piece.type == "span":
        return f'<span translate="no" id="{piece.id}">{html.escape(piece.raw, quote=False)}</span>'
    tag = TAGS[piece.kind]
    return f'<{tag} id="{piece.id}">' if piece.type == "open" else f"</{tag}>"


def decode(wire: Wire, reply: str, *, target_lang: str = "") -> Decoded | Rejection:
    """The markdown of an engine's reply, or why it is not accepted.

    An accepted text has the protected spans of the source, each as often as there, and no others (but for the
    backslashes that `Decoded.repairs` then names), and is one line unless a protected span holds a line end.

    Args:
        wire: what was sent.
        reply: what came back.
        target_lang: BCP 47 code; French keeps its blank before `:;?!`.
    """
    try:
        if not reply.strip():
            raise _Unfit("empty reply")
        if len(reply) > MAX_GROWTH * len(wire.html) + MAX_EXTRA:
            raise _Unfit("reply too long")
        pieces = _read(wire, reply)
        _check(wire, pieces)
        pieces, repairs = tidied(wire.pieces, pieces, spaced=":;?!" if target_lang.lower().startswith("fr") else "")
        settled = settle(pieces, wire.text, wire.kind)
        if isinstance(settled, str):
            raise _Unfit(settled)
        text, fixes = settled
        if not _accounted(wire.text, text):
            raise _Unfit("markup changed")
    except _Unfit as unfit:
        return Rejection(str(unfit))
    return Decoded(text, tuple(repairs) + fixes)


def reread(wire: Wire, reply: str) -> Decoded | Rejection:
    """A reply that is inline markdown itself: accepted when it holds what is protected in the source, and no more."""
    text = one_line(reply)
    if not text.strip():
        return Rejection("empty reply")
    if len(reply) > MAX_GROWTH * len(wire.html) + MAX_EXTRA:
        return Rejection("reply too long")
    if _has_controls(reply):
        return Rejection("control characters")
    want, got = protected(wire.text), protected(text)
    if want - got:
        return Rejection("span lost")
    return Decoded(text) if _accounted(wire.text, text) else Rejection("markup changed")


def _accounted(source: str, text: str) -> bool:
    """Whether `text` holds what is protected in `source` and nothing more, added backslashes aside."""
    want, got = protected(source), protected(text)
    return want == got or (not want - got and all(kind == "escape" and raw[0] == "\\" for kind, raw in got - want))


def _read(wire: Wire, reply: str) -> list[MarkedPiece]:
    """The pieces of a reply; every id of the wire is among them once, and pairs are nested."""
    marks = {(p.id, p.type): p for p in wire.pieces if p.id}
    seen: set[str] = set()
    stack: list[MarkedPiece] = []
    out: list[MarkedPiece] = []
    at = plain = 0
    while (m := _TAG.search(reply, at)) is not None:
        at = m.end()
        gap, end, name, attributes = m.groups()
        found = _ID.search(attributes or "")
        id_ = found.group(1).lower() if found else ""
        known = (id_, "span") in marks or (id_, "open") in marks
        closes = bool(end) and bool(stack) and TAGS[stack[-1].kind] == name.lower()
        if gap and not known and not closes:
            continue  # `a < b and c > d`
        out.append(_plain(reply[plain : m.start()]))
        if end:
            if not closes:
                raise _Unfit("tags not nested" if name and name.lower() in (*TAGS.values(), "span") else "unknown tag")
            out.append(marks[stack.pop().id, "close"])
        elif not known:
            raise _Unfit("unknown tag")
        elif id_ in seen:
            if (id_, "span") in marks or not _reopened(out, id_):
                raise _Unfit("span doubled" if (id_, "span") in marks else "tag doubled")
            stack.append(marks[id_, "open"])
        elif (id_, "span") in marks:
            out.append(marks[id_, "span"])
            at = _span_end(reply, m, marks[id_, "span"].raw)
        else:
            out.append(marks[id_, "open"])
            stack.append(marks[id_, "open"])
            if attributes.rstrip().endswith("/"):
                out.append(marks[stack.pop().id, "close"])
        seen.add(id_)
        plain = at
    out.append(_plain(reply[plain:]))
    if stack:
        raise _Unfit("tag not closed")
    for mark in wire.pieces:
        if mark.id and mark.id not in seen:
            raise _Unfit("span lost" if mark.type == "span" else "tag lost")
    return merged(out)


JOINS = 12
"""Characters that may stand between the two halves of a pair that an engine has doubled around a small word. Our own
limit, held to `benchmarks/wire.py`."""


def _reopened(out: list[MarkedPiece], id_: str) -> bool:
    """Takes back the end of a pair that opens again after a few letters: `<em>a</em> b <em>c</em>` is one emphasis."""
    at = next((n for n in range(len(out) - 1, -1, -1) if out[n].id == id_ and out[n].type == "close"), -1)
    if at < 0 or any(piece.id for piece in out[at + 1 :]) or sum(len(p.raw) for p in out[at + 1 :]) > JOINS:
        return False
    del out[at]
    return True


def _span_end(reply: str, opening: re.Match[str], raw: str) -> int:
    """Offset after the end tag of a protected span; its content must be `raw`, escaped or not, blanks aside."""
    end = _SPAN_END.search(reply, opening.end())
    if end is None or opening.group(4).rstrip().endswith("/"):
        raise _Unfit("span altered")
    content = reply[opening.end() : end.start()]
    if content != raw and "".join(raw.split()) not in ("".join(c.split()) for c in (content, _unescaped(content))):
        raise _Unfit("span altered")
    return end.end()


def _unescaped(text: str) -> str:
    """Entities with their semicolon decoded; `html.unescape` would also take `&notes` for `¬es`."""
    return _ENTITY.sub(lambda m: html.unescape(m.group()), text) if "&" in text else text


def _plain(raw: str) -> MarkedPiece:
    text = _unescaped(raw)
    if _has_controls(text):
        raise _Unfit("control characters")
    return MarkedPiece("text", text)


def _has_controls(text: str) -> bool:
    """Whether a text holds control characters or halves of characters, blanks aside."""
    return not text.isprintable() and any(unicodedata.category(c) in ("Cc", "Cs") and not BLANKS.match(c) for c in text)


def _check(wire: Wire, pieces: Sequence[MarkedPiece]) -> None:
    """Refuses what is well-formed and yet cannot be a translation."""
    text = "".join(p.raw for p in pieces if not p.id)
    if not _has_letters(pieces):
        raise _Unfit("no letters")
    if _GARBAGE.search(text) and not _GARBAGE.search(wire.text):
        raise _Unfit("garbage")
    emptied = _empty_pairs(pieces)
    if emptied and emptied - _empty_pairs(wire.pieces):
        raise _Unfit("tag emptied")
    kinds = {p.kind for p in pieces}  # those of the source: every mark is there
    if "table" in kinds and _bars(pieces) != _bars(wire.pieces):
        raise _Unfit("table cells moved")
    if "role" in kinds and "<" in _titles(pieces) and "<" not in _titles(wire.pieces):
        raise _Unfit("role title broken")
    if "html" in kinds and _html_pairs(wire.pieces) != _html_pairs(pieces):
        raise _Unfit("HTML tags moved")


def _bars(pieces: Sequence[MarkedPiece]) -> list[str]:
    return [p.id for p in pieces if p.kind == "table"]


def _titles(pieces: Sequence[MarkedPiece]) -> str:
    """The text inside roles. To Sphinx a role's target begins at the first `<`, so a title can hold none:
    https://www.sphinx-doc.org/en/master/usage/referencing.html#syntax
    """
    out, depth = [], 0
    for piece in pieces:
        if piece.kind == "role":
            depth += {"open": 1, "close": -1}.get(piece.type, 0)
        elif depth and not piece.id:
            out.append(piece.raw)
    return "".join(out)


def _empty_pairs(pieces: Sequence[MarkedPiece]) -> set[str]:
    return {a.id for a, b in neighbours(pieces) if a.type == "open" and b.type == "close"}


def _has_letters(pieces: Sequence[MarkedPiece]) -> bool:
    return any(c.isalpha() for piece in pieces if not piece.id for c in piece.raw)


def _html_pairs(pieces: Sequence[MarkedPiece]) -> Counter[tuple[str, str]]:
    """How the HTML tags among the protected spans pair up, so that `</b>` cannot come before its `<b>`."""
    out: Counter[tuple[str, str]] = Counter()
    stack: list[tuple[str, str]] = []
    for piece in pieces:
        m = re.match(r"<(/?)([A-Za-z][\w-]*)", piece.raw) if piece.kind == "html" else None
        if m is None:
            continue
        name = m.group(2).lower()
        if not m.group(1):
            stack.append((name, piece.raw))
        elif any(name == other for other, _ in stack):
            while (top := stack.pop())[0] != name:
                out[top[1], ""] += 1
            out[top[1], piece.raw] += 1
        else:
            out["", piece.raw] += 1
    out.update((raw, "") for _, raw in stack)
    return out
