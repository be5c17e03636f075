"""Sentences of one block of inline markdown, as spans of the block's text.

sentencex (Wikimedia's splitter, some 300 languages) says where plain sentences end. Around it, this module sees to what
a general splitter cannot know: markup (code, formulas, links, citations and roles are opaque words, emphasis and slide
marks are invisible), brackets, list numbers, Chinese and Japanese stops before Latin letters, and a few abbreviations
of technical prose.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from amts_action.documents.abbreviations import ABBREVIATIONS, BEFORE_NUMBERS, CLOSING, COMMON
from amts_action.documents.inline import Token, tokens
from amts_action.documents.language_codes import joining_marks, primary
from amts_action.documents.model import Span

__all__ = ["clauses", "sentences"]

_OPAQUE = "Xword"
"""What a protected span looks like to the splitter: a capitalised word, so that a sentence may start with it."""

_WINDOW = 2_000
"""Characters given to the library at a time: it is quadratic on unclosed quotation marks (measured: 100,000 of them
take 7 s)."""

_CLOSERS = ")]}）］】〕〉》」』”’\"'»›"
_OPENERS = "([{（［【〔〈《「『“‘\"'«‹¿¡"
_BRACKETS = {")": "(", "）": "(", "]": "[", "］": "[", "】": "[", "」": "「", "』": "『", "》": "《", "”": "“"}
_OPENING = {"(": "(", "（": "(", "[": "[", "［": "[", "【": "[", "「": "「", "『": "『", "《": "《", "“": "“"}
_BRACKET = re.compile(f'[{re.escape("".join((*_OPENING, *_BRACKETS)))}"]')
_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
_CLOSED = f"[{re.escape(_CLOSERS)}]*"
_WIDE_STOP = re.compile(
    rf"[。！？｡।॥؟۔។။]+{_CLOSED}"
    rf"|(?<![0-9０-９A-Za-zＡ-Ｚａ-ｚ])．+(?![0-9０-９]){_CLOSED}"
    rf"|(?<=[{_WIDE}])[.!?]+{_CLOSED}(?=[{_WIDE}])|(?<={_OPAQUE})[.!?]+(?=[{_WIDE}])"
)
"""Stops that need no blank behind them. A wide full stop may also stand in a number or between initials."""
_FINAL = re.compile("[다요까죠오음함됨임라자네군세지며냐니걸데\u3041-\u309f]\\Z")
"""Ends of Korean and Japanese sentences: what follows a full stop behind them is new, whatever it begins with. A noun
may be the stem of a file name (`파일.txt`) or stand before a number (`図.1`)."""
_STUCK = re.compile(rf"(?<=[{_WIDE}])[.!?]+{_CLOSED}(?=[0-9A-Za-z])")
"""A full stop between a wide letter and a Latin one, without a blank."""
_UNSTOPPED = {
    "th": re.compile(
        rf"(?<=[\u0e01-\u0e2e\u0e30-\u0e45\u0e47-\u0e4e]{{10}})[ ]"
        r"(?!และ|หรือ|แต่|ซึ่ง|ที่|โดย|เพื่อ|เพราะ|ว่า|คือ|ได้แก่|เช่น|ใน|ของ|กับ|จาก|เป็น|ถ้า|จึง|ก็)"
        rf"(?=[\u0e01-\u0e2e\u0e40-\u0e44]|{_OPAQUE})"
    ),
    "lo": re.compile(rf"(?<=[\u0e81-\u0eae\u0eb0-\u0ecd]{{10}})[ ](?=[\u0e81-\u0eae\u0ec0-\u0ec4]|{_OPAQUE})"),
}
"""Languages without stops: a blank between two long runs of letters ends a clause, unless a conjunction follows.
Clauses are smaller than sentences; aligning puts several to one."""
_LISTED = re.compile(r"(?:\A|[：:；;，、,(（。！？])\s?\d{1,2}\Z")
"""Before a full stop: the number of an item in running text. `有三种：1. 甲`"""
_BRACKETED_STOP = re.compile(rf"[.!?][{re.escape(_CLOSERS)}]*[)\]](?=\s)")
_UNIT_STOP = re.compile(r"\d[ \u00a0]?(?:[kcmµn]?[gmslh]|[kMm]?[VW]|[kMG]?Hz|ml|dB|°C|K)\.(?=\s+[^\W\d_])")
"""A number with a unit before a stop and a letter: `It weighs 3 g. They …`, which looks like an initial otherwise."""
_LAST_WORD = re.compile(r"(?:[^\W\d_\u2e80-\uffef]|[\u0900-\u0dff.-])+")
"""Found from the end: the text that it is looked for in is turned round."""
_STOPS = ".!?。！？｡．।॥؟۔។။…"
_FIRM = "。！？｡．।॥؟۔។။"
"""Stops that are nothing else."""
_NEAR = 80
"""Characters looked at on each side of a stop. Our own limit: no abbreviation or number is longer."""
_ATTEMPTS = 6
"""After so many rounds all edges inside marked pieces go: hostile nesting must not cost more. Our own limit."""
_ENDED = re.compile(
    rf"(?<![^\s(])(?:{'|'.join(map(re.escape, CLOSING))})\.{_CLOSED}(?=\s+[{re.escape(_OPENERS)}]*[A-ZÀ-ÞА-ЯİŞÇĞ])"
)
"""Abbreviations that often close a sentence, before a capital."""
_GOES_ON = re.compile(r"\s?[,;:]|-\w")
"""After a stop: the sentence goes on, whatever the stop is. `(why?); and`, `J.-P. Sartre`."""
_ATTACHED = {"ja": re.compile("[\u3040-\u309f]"), "ko": re.compile("[\uac00-\ud7af]")}
"""After a closing quote: particles, which make what is quoted a part of a sentence. `「はい。」と言った`"""
_ASCII_WORD = re.compile("[0-9A-Za-z]")
_QUOTING = re.compile("(?:と|って)(?![もは])")
"""After a Japanese stop without quotes: `すごい！と言った`."""
_LAST_NARROW = "\u2e7f"
"""The last character before those of Chinese, Japanese and Korean."""
_BLANK = re.compile(r"\s{1,20}")
_NOTE = re.compile(r"\[\^[^\]\s]+\]")
"""The reference to a footnote: behind a stop, it belongs to the sentence that ends there."""
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
def _sentences(text: str, lang: str, kind: str, joining: str = "") -> tuple[Span, ...]:
    masked, pairs = _mask(tokens(text))
    cuts = {masked.end(p - 1) for p in _ends(masked.text, lang)}
    if joining:
        brackets = _Brackets(masked.text)
        cuts |= {masked.end(p) for p, c in enumerate(masked.text) if c in joining and brackets.may_end(0, p + 1)}
    if kind == "table_row":
        bars = [m.start() for m in _CELL.finditer(masked.text)]
        cuts |= {masked.start(p) for p in bars} | {masked.end(p) for p in bars}
    marks = _Marks(text, pairs)
    edges = marks.outside_pairs({marks.after_closers(cut) for cut in cuts} | {0, len(text)})
    found = (marks.trim(Span(a, b)) for a, b in pairwise(edges))
    return tuple(s for s in found if s.end > s.start and not (kind == "table_row" and s.of(text) == "|"))


def sentences(text: str, lang: str, *, kind: str = "paragraph") -> list[Span]:
    """Spans of the sentences of one block, in order and without overlap.

    Spans hold no white space at their ends; between two of them, and around them, there are only white space and
    marks of emphasis that wrap several whole sentences (in a table row also the bars between cells). So every span has
    balanced markup, and is safe to translate, keep or move by itself. No sentence ends inside code, math, a link, an
    image, a role, or a bracket.

    Args:
        text: the inline markdown of the block (`Block.text`).
        lang: language code (`en`, `zh`, `pt-br`); an unknown one is split by general rules.
        kind: the block's kind; cells of a `table_row` are apart.
    """
    return list(_sentences(text, primary(lang), kind))


def clauses(text: str, lang: str) -> list[Span]:
    """Spans as of `sentences`, also cut behind commas that may join whole sentences; none in a language without such.

    The comma is part of the clause that it ends.
    """
    marks = joining_marks(lang)
    return list(_sentences(text, primary(lang), "paragraph", marks)) if marks else []


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
    found |= {m.end() for m in _WIDE_STOP.finditer(text)} | set(_stuck(text, lang))
    found |= {m.end() for m in _ENDED.finditer(text)}
    if lang in _UNSTOPPED:
        found |= {m.start() for m in _UNSTOPPED[lang].finditer(text)}
    found |= {m.end() for m in _BRACKETED_STOP.finditer(text)}
    found |= {m.end() for m in _UNIT_STOP.finditer(text)}
    brackets = _Brackets(text)
    start = last = 0
    has_letters = False
    for p in sorted(found):
        has_letters = has_letters or any(c.isalpha() for c in text[last:p])
        last = p
        if has_letters and p < len(text) and brackets.may_end(start, p) and _is_end(text, p, lang):
            yield p
            start, has_letters = p, False


def _stuck(text: str, lang: str) -> Iterator[int]:
    """Ends of sentences between a wide and a Latin letter, with no blank."""
    for match in _STUCK.finditer(text):
        before = text[max(0, match.start() - _NEAR) : match.start()]
        is_new = _FINAL.search(before) or match.group()[0] != "." or text.startswith(_OPAQUE, match.end())
        if is_new or (lang not in ("ko", "ja") and text[match.end()].isupper()):
            yield match.end()


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


class _Brackets:
    """The brackets and quotes of a text that are both opened and closed."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.opener: dict[int, int] = {}
        self.outer: list[tuple[int, int]] = []
        stack: list[tuple[str, int]] = []
        even, quotes = text.count('"') % 2 == 0, 0  # straight quotes: the first opens, the second closes …
        for mark in _BRACKET.finditer(text):
            i, c = mark.start(), mark.group()
            if c == '"':
                quotes += 1
                if not even:
                    continue
                if quotes % 2:
                    stack.append((c, i))
                else:
                    self._close(stack, c, i)
            elif c in _OPENING:
                stack.append((_OPENING[c], i))
            else:
                self._close(stack, _BRACKETS[c], i)
        self.starts = [a for a, _ in self.outer]

    def _close(self, stack: list[tuple[str, int]], want: str, i: int) -> None:
        for depth in range(len(stack) - 1, max(-1, len(stack) - 9), -1):
            if stack[depth][0] == want:
                start = stack[depth][1]
                del stack[depth:]
                self.opener[i] = start
                while self.outer and self.outer[-1][0] > start:
                    self.outer.pop()
                self.outer.append((start, i))
                return

    def may_end(self, start: int, p: int) -> bool:
        """Whether a sentence from `start` may end at `p`: not inside brackets, nor after a remark in brackets.

        `(See below.) Then` has an end, `this (see below.) Then` has none.
        """
        k = bisect_right(self.starts, p - 1) - 1
        if k >= 0 and p <= self.outer[k][1]:
            return False
        opener = self.opener.get(p - 1, -1) if self.text[p - 1] in ")）]］】" else -1
        return opener < 0 or not self.text[start:opener].strip()


def _is_end(text: str, end: int, lang: str) -> bool:
    """Whether the stop before `end` really ends a sentence, given its neighbours."""
    if lang in _UNSTOPPED and _UNSTOPPED[lang].match(text, end):
        return True
    body = text[max(0, end - _NEAR) : end].rstrip(_CLOSERS)
    before = body.rstrip(_STOPS)
    mark = body[len(before) :]
    rest = text[end : end + _NEAR]
    after = rest.lstrip(" \t" + _OPENERS)
    if _GOES_ON.match(rest) or (text[end - 1] in '」』”"’' and lang in _ATTACHED and _ATTACHED[lang].match(rest)):
        return False
    if mark == "．" and (rest[:1].isdigit() or "Ａ" <= before[-1:] <= "Ｚ"):
        return False
    if any(c in mark for c in _FIRM):
        return not (lang == "ja" and _QUOTING.match(rest))
    if _LISTED.search(before) and lang in ("zh", "ja", "ko"):
        return False
    if after[:1].islower() and not _is_caseless(before[-1:]):
        return False
    if "…" in mark or "..." in mark:
        return after[:1].isupper()
    if mark != "." or _FINAL.search(before):
        return True
    stuck = _ASCII_WORD.match(rest) and not (before[-1:] > _LAST_NARROW and after[:1].isupper())
    return not (_is_abbreviation(before, after, lang) or stuck)


def _is_caseless(letter: str) -> bool:
    """Whether a letter is of a script without capitals, so that a small Latin one behind a stop says nothing."""
    return letter.isalpha() and not letter.isupper() and not letter.islower()


def _is_abbreviation(before: str, after: str, lang: str) -> bool:
    word = _LAST_WORD.match(before[::-1])
    if word is None:
        return False
    known = word.group()[::-1].lower()
    if known in BEFORE_NUMBERS:
        return after[:1].isdigit()
    return known in COMMON or known in ABBREVIATIONS.get(lang, ()) or known[-3:-1] == ".-"


class _Marks:
    """The invisible marks of a block, and where sentences may end among them."""

    def __init__(self, text: str, pairs: Sequence[_Pair]) -> None:
        self.text, self.pairs = text, pairs
        self.opening = {p.open.start: p for p in pairs}
        self.closing = {p.close.end: p for p in pairs}
        self.leftmost, self.rightmost = self._leftmost(), self._rightmost()
        self.after_close = {p.close.start: p.close.end for p in pairs}

    def after_closers(self, cut: int) -> int:
        """The cut moved behind the closing quotes and footnotes that touch it, and behind closing marks."""
        text = self.text
        while True:
            if cut in self.after_close:
                cut = self.after_close[cut]
            elif cut < len(text) and text[cut] in _CLOSERS:
                cut += 1
            elif (note := _NOTE.match(text, cut)) is not None:
                cut = note.end()
            else:
                mark = _BLANK.match(text, cut)
                if mark is None or mark.end() not in self.after_close:
                    return cut
                cut = mark.end()

    def outside_pairs(self, edges: set[int]) -> list[int]:
        """The edges without those that would cut a marked piece which does not consist of whole sentences."""
        kept = sorted(edges)
        for attempt in range(_ATTEMPTS):
            depth = [0] * (len(kept) + 1)
            for pair in self.pairs:
                first, last = bisect_left(kept, pair.open.end), bisect_right(kept, pair.close.start)
                if first < last and (attempt == _ATTEMPTS - 1 or not self._wraps_sentences(pair, kept)):
                    depth[first] += 1
                    depth[last] -= 1
            outside = [e for e, cutting in zip(kept, accumulate(depth), strict=False) if not cutting]
            if len(outside) == len(kept):
                break
            kept = outside
        return kept

    def _wraps_sentences(self, pair: _Pair, edges: Sequence[int]) -> bool:
        """Whether there are only white space and other marks between the pair and edges on both sides."""
        start, end = pair.open.start, pair.close.end
        left = bisect_left(edges, self.leftmost[start])
        right = bisect_left(edges, end)
        return (left < len(edges) and edges[left] <= start) and (
            right < len(edges) and edges[right] <= self.rightmost[end]
        )

    def _leftmost(self) -> dict[int, int]:
        """For each mark the first offset from which only white space and marks lead to it."""
        found: dict[int, int] = {}
        before = {m.end: m.start for p in self.pairs for m in p}
        for start in sorted(before.values()):
            at = start
            while at > 0 and at not in before and self.text[at - 1].isspace():
                at -= 1
            found[start] = found[before[at]] if at in before else at
        return found

    def _rightmost(self) -> dict[int, int]:
        """For each mark's end the last offset to which only white space and marks lead from it."""
        found: dict[int, int] = {}
        after = {m.start: m.end for p in self.pairs for m in p}
        for end in sorted(after.values(), reverse=True):
            at = end
            while at < len(self.text) and at not in after and self.text[at].isspace():
                at += 1
            found[end] = found[after[at]] if at in after else at
        return found

    def trim(self, span: Span) -> Span:
        """The span without white space and without marks whose partner is outside."""
        start, end = span
        while start < end:
            if self.text[start].isspace():
                start += 1
            elif start in self.opening and self.opening[start].close.end > end:
                start = self.opening[start].open.end
            elif self.text[end - 1].isspace():
                end -= 1
            elif end in self.closing and self.closing[end].open.start < start:
                end = self.closing[end].close.start
            else:
                break
        return Span(start, end)
