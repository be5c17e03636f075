"""Sentences of one block of inline markdown, as spans of the block's text.

sentencex (Wikimedia's splitter, some 300 languages) says where plain sentences end. Around it, this module sees to what
a general splitter cannot know: markup (code, formulas, links, citations and roles are opaque words, emphasis and slide
marks are invisible), brackets, list numbers, Chinese and Japanese stops before Latin letters, and a few abbreviations
of technical prose.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from amts_action.documents.inline import Token, tokens
from amts_action.documents.model import Span
from amts_action.languages.abbreviations import ABBREVIATIONS, COMMON

__all__ = ["sentences"]

_OPAQUE = "Xword"
"""What a protected span looks like to the splitter: a capitalised word, so that a sentence may start with it."""

_WINDOW = 2_000
"""Characters given to the library at a time: it is quadratic on unclosed quotation marks (100,000 of them: 7 s)."""

_CLOSERS = ")]}）］】〕〉》」』”’\"'»›"
_OPENERS = "([{（［【〔〈《「『“‘\"'«‹¿¡"
_BRACKETS = {")": "(", "）": "(", "]": "[", "］": "[", "】": "[", "」": "「", "』": "『", "》": "《", "”": "“"}
_OPENING = {"(": "(", "（": "(", "[": "[", "［": "[", "【": "[", "「": "「", "『": "『", "《": "《", "“": "“"}
_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
_WIDE_STOP = re.compile(
    rf"[。！？｡]+[{re.escape(_CLOSERS)}]*|(?<=[{_WIDE}])[.!?]+(?=[{_WIDE}])|(?<={_OPAQUE})[.!?]+(?=[{_WIDE}])"
)
_LAST_WORD = re.compile(r"[^\s(（\[“\"'，、]+\Z")
_HIRAGANA = re.compile("[\u3040-\u309f]")
_CELL = re.compile(r"(?<!\\)\|")


class _Masked(NamedTuple):
    """The block as the splitter sees it, and where its characters come from."""

    text: str
    at: list[int]
    """Offset in `text` of each piece."""
    origin: list[tuple[int, int]]
    """Half-open range of the block's text of each piece."""
    opaque: list[bool]

    def start(self, i: int) -> int:
        """Offset in the block of the masked character `i`."""
        k = bisect_right(self.at, i) - 1
        return self.origin[k][0] + (0 if self.opaque[k] else i - self.at[k])

    def end(self, i: int) -> int:
        """Offset in the block after the masked character `i`."""
        k = bisect_right(self.at, i) - 1
        return self.origin[k][1] if self.opaque[k] else self.origin[k][0] + i - self.at[k] + 1


class _Pair(NamedTuple):
    """A pair of invisible marks: the spans of its two tokens."""

    open: Span
    close: Span


@lru_cache(maxsize=50_000)
def _sentences(text: str, lang: str, kind: str) -> tuple[Span, ...]:
    items = tokens(text)
    masked, pairs = _mask(items)
    cuts = {masked.end(p - 1) for p in _ends(masked.text, lang)}
    if kind == "table_row":
        cuts |= {c for m in _CELL.finditer(masked.text) for c in (masked.start(m.start()), masked.end(m.start()))}
    marks = sorted(mark for pair in pairs for mark in pair)
    edges = sorted({_after_closers(text, cut, {p.close for p in pairs}) for cut in cuts} | {0, len(text)})
    edges = _outside_pairs(text, edges, pairs, marks)
    found = (_trim(text, Span(a, b), pairs) for a, b in zip(edges, edges[1:], strict=False))
    return tuple(s for s in found if s.end > s.start and s.of(text) != "|")


def sentences(text: str, lang: str, *, kind: str = "paragraph") -> list[Span]:
    """Spans of the sentences of one block, in order and without overlap.

    Spans hold no white space at their ends; between two of them, and around them, there are only white space and marks of
    emphasis that wrap several whole sentences (in a table row also the bars between cells). So every span has balanced
    markup, and is safe to translate, keep or move by itself. No sentence ends inside code, math, a link, an image, a
    role, or a bracket.

    Args:
        text: the inline markdown of the block (`Block.text`).
        lang: language code (`en`, `zh`, `pt-br`); an unknown one is split by general rules.
        kind: the block's kind; cells of a `table_row` are apart.
    """
    return list(_sentences(text, lang.lower().replace("_", "-").split("-")[0], kind))


def _mask(items: Iterable[Token]) -> tuple[_Masked, list[_Pair]]:
    """Plain text with opaque words for protected spans, links, images and roles; and the pairs of invisible marks."""
    parts: list[str] = []
    masked = _Masked("", [], [], [])
    pairs: list[_Pair] = []
    stack: list[tuple[Token, int]] = []
    hidden = offset = size = 0
    for token in items:
        start, offset = offset, offset + len(token.raw)
        word = ""
        if token.type == "open":
            stack.append((token, start))
            hidden += token.kind in ("link", "image", "role")
        elif token.type == "close":
            opening, at = stack.pop()
            if token.kind in ("link", "image", "role"):
                hidden -= 1
                start, word = at, _OPAQUE
            elif not hidden:
                pairs.append(_Pair(Span(at, at + len(opening.raw)), Span(start, offset)))
        elif token.type == "span":
            word = _stand_in(token)
        else:
            word = token.raw.replace("\n", " ")
        if word and not hidden:
            masked.at.append(size)
            masked.origin.append((start, offset))
            masked.opaque.append(token.type != "text")
            parts.append(word)
            size += len(word)
    return masked._replace(text="".join(parts)), pairs


def _stand_in(token: Token) -> str:
    if token.kind == "escape":
        return "x" if token.raw.startswith("&") and token.raw != "&nbsp;" else " "
    if token.kind == "footnote" or (token.kind == "html" and not token.raw.lower().startswith("<br")):
        return ""
    return " " if token.kind == "html" else _OPAQUE


def _ends(text: str, lang: str) -> Iterator[int]:
    """Offsets in the masked text where a sentence ends: after its last closing bracket or quote."""
    found = {_closed(text, p) for p in _library_ends(text, lang)}
    found |= {m.end() for m in _WIDE_STOP.finditer(text)}
    brackets = _bracket_depths(text)
    last = 0
    for p in sorted(found):
        if p < len(text) and not brackets(p) and _is_end(text, last, p, lang):
            yield p
            last = p


def _library_ends(text: str, lang: str) -> Iterator[int]:
    from sentencex import segment

    at = 0
    while at < len(text):
        stop = min(len(text), at + _WINDOW)
        if stop < len(text):
            stop = max(text.rfind(" ", at + 1, stop), text.rfind("。", at + 1, stop)) + 1 or stop
        for piece in segment(lang, text[at:stop]):
            at += len(piece)
            if piece.strip() and (at < stop or piece.rstrip()[-1] in ".!?。！？"):
                yield at - len(piece) + len(piece.rstrip())
        at = stop


def _closed(text: str, p: int) -> int:
    while p < len(text) and text[p] in _CLOSERS:
        p += 1
    return p


def _bracket_depths(text: str) -> Callable[[int], bool]:
    """A function that says whether an offset is inside a bracket that is both opened and closed."""
    stack: list[tuple[str, int]] = []
    inside: list[tuple[int, int]] = []
    for i, c in enumerate(text):
        if c in _OPENING:
            stack.append((_OPENING[c], i))
        elif c in _BRACKETS:
            want = _BRACKETS[c]
            for depth in range(len(stack) - 1, max(-1, len(stack) - 9), -1):
                if stack[depth][0] == want:
                    start = stack[depth][1]
                    del stack[depth:]
                    while inside and inside[-1][0] > start:
                        inside.pop()
                    inside.append((start, i))
                    break
    starts = [a for a, _ in inside]

    def is_inside(p: int) -> bool:
        k = bisect_right(starts, p - 1) - 1
        return k >= 0 and p <= inside[k][1]

    return is_inside


def _is_end(text: str, start: int, end: int, lang: str) -> bool:
    """Whether the stop that closes `text[start:end]` really ends a sentence, given what follows it."""
    body = text[start:end].rstrip(_CLOSERS)
    stop = body.rstrip(".!?。！？｡…")
    mark = body[len(stop) :]
    after = (
        text[end:].lstrip(" \t" + _OPENERS) if len(text) - end < 80 else text[end : end + 80].lstrip(" \t" + _OPENERS)
    )
    if not any(c.isalpha() for c in stop):
        return False
    if any(c in mark for c in "。！？｡"):
        return not (lang == "ja" and text[end - 1] in "」』" and _HIRAGANA.match(text[end : end + 1]))
    if "…" in mark or "..." in mark or after[:1].islower():
        return False
    return mark != "." or not _is_abbreviation(stop, lang)


def _is_abbreviation(before: str, lang: str) -> bool:
    word = _LAST_WORD.search(before)
    if word is None:
        return False
    known = word.group().lower()
    return known in COMMON or known in ABBREVIATIONS.get(lang, ())


def _after_closers(text: str, cut: int, closing: set[Span]) -> int:
    """The cut moved behind closing marks and closing quotes that follow it without white space."""
    ends = {span.start: span.end for span in closing}
    while cut in ends or (cut < len(text) and text[cut] in _CLOSERS):
        cut = ends.get(cut, cut + 1)
    return cut


def _outside_pairs(text: str, edges: list[int], pairs: list[_Pair], marks: list[Span]) -> list[int]:
    """The edges without those that would cut a marked piece which does not consist of whole sentences."""
    kept = set(edges)
    changed = True
    while changed:
        changed = False
        for pair in pairs:
            inner = {e for e in kept if pair.open.end <= e <= pair.close.start and pair.open.start < e}
            inner -= {e for e in inner if not text[e : pair.close.start].strip()}
            if inner and not (
                _at_edge(text, pair.open.start, kept, marks, -1) and _at_edge(text, pair.close.end, kept, marks, 1)
            ):
                kept -= inner
                changed = True
    return sorted(kept)


def _at_edge(text: str, at: int, edges: set[int], marks: list[Span], step: int) -> bool:
    """Whether there are only white space and marks between `at` and an edge, going left (-1) or right (1)."""
    skip = {m.end: m.start for m in marks} if step < 0 else {m.start: m.end for m in marks}
    while at not in edges:
        if at in skip:
            at = skip[at]
        elif 0 <= at + min(step, 0) < len(text) and text[at + min(step, 0)].isspace():
            at += step
        else:
            return False
    return True


def _trim(text: str, span: Span, pairs: list[_Pair]) -> Span:
    """The span without white space and without marks whose partner is outside."""
    start, end = span
    opening = {p.open.start: p for p in pairs}
    closing = {p.close.end: p for p in pairs}
    while start < end:
        if text[start].isspace():
            start += 1
        elif start in opening and opening[start].close.end > end:
            start = opening[start].open.end
        elif text[end - 1].isspace():
            end -= 1
        elif end in closing and closing[end].open.start < start:
            end = closing[end].close.start
        else:
            break
    return Span(start, end)
