"""Marks for a model that says nothing of words: words stand in for spans, and what is emphasised is found again.

A span is a noun to its sentence, so a short word that models leave alone (`X0`) goes in its place; without any, what
is left is no sentence. Words between two marks of a pair are translated once more by themselves, and looked for in the
whole. Where that fails, each run of words between marks is translated alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from amts_action.engines.local.spans import MARK, OPENS, SOLID, are_kept
from amts_action.engines.service.forms import is_lost

__all__ = ["in_marks", "put_back", "stood_in"]

STEMS = ("X", "Q", "Z", "V", "K")
"""Of the words that stand in; the first that the text does not have."""
ENDS = " .,;:!?。，；：！？、"

Translate = Callable[[Sequence[str]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Question:
    """A sentence as it is asked for."""

    text: str
    names: dict[str, str]
    """The marks that words stand in for, by these."""
    pairs: tuple[tuple[str, str, str], ...] = ()
    """Both marks of each pair, outer ones first, and the words between them."""
    first: str = ""
    last: str = ""
    """Marks at the start and at the end, whose partners stand in other sentences."""


def in_marks(texts: Sequence[str], translate: Translate) -> list[str]:
    """Sentences with marks in the target language, each with its marks.

    Args:
        translate: does it for texts without marks.

    Returns:
        An empty text where words became nothing.
    """
    questions = [_question(text) for text in texts]
    asked = [part for q in questions if q for part in (q.text, *(inside for _, _, inside in q.pairs))]
    replies = iter(translate(asked))
    made = [_placed(q, [next(replies) for _ in range(1 + len(q.pairs))]) if q else None for q in questions]
    out = [m if m is not None and are_kept(text, m) else None for text, m in zip(texts, made, strict=True)]
    runs = {n: _runs(texts[n]) for n, text in enumerate(out) if text is None}
    alone = iter(translate([run for parts in runs.values() for run in parts if _has_words(run)]))
    for n, parts in runs.items():
        given = [next(alone) if _has_words(part) else part for part in parts]
        is_whole = not any(map(is_lost, parts, given))
        out[n] = "".join(map(_framed, parts, given)) if is_whole else ""
    return [text or "" for text in out]


def _has_words(text: str) -> bool:
    return not MARK.fullmatch(text) and any(c.isalpha() for c in text)


def _framed(source: str, reply: str) -> str:
    """A reply between the blanks that its source stood between."""
    start, end = len(source) - len(source.lstrip()), len(source.rstrip())
    return f"{source[:start]}{reply.strip()}{source[end:]}"


def _runs(text: str) -> list[str]:
    """The text cut at its marks."""
    out, at = [], 0
    for m in MARK.finditer(text):
        out += [text[at : m.start()], m.group()]
        at = m.end()
    return [part for part in (*out, text[at:]) if part]


def _question(text: str) -> _Question | None:
    """The text as it is asked for; None where no word can stand in, or a mark without its partner is in the middle."""
    stem = _stem(text)
    if stem is None:
        return None
    parts = _runs(text)
    marks = [MARK.fullmatch(part) for part in parts]
    opened = {m.group(2): n for n, m in enumerate(marks) if m and m.group(1) == OPENS}
    closed = {m.group(2): n for n, m in enumerate(marks) if m and m.group(1) == "/"}
    names: dict[str, str] = {}
    plain: list[str] = []
    first = last = ""
    for n, (part, m) in enumerate(zip(parts, marks, strict=True)):
        if m is None:
            plain.append(part)
        elif not m.group(1):
            name = f"{stem}{len(names)}"
            names[name] = part
            plain.append(name)
        else:
            plain.append("")
            if m.group(2) in opened and m.group(2) in closed:
                continue
            if not any(_has_words(p) or MARK.fullmatch(p) for p in parts[:n]):
                first += part
            elif not any(_has_words(p) or MARK.fullmatch(p) for p in parts[n + 1 :]):
                last += part
            else:
                return None
    pairs = tuple(
        (parts[a], parts[closed[number]], _text(plain[a + 1 : closed[number]]))
        for number, a in opened.items()
        if number in closed
    )
    return _Question(_text(plain), names, pairs, first, last)


def _text(parts: Sequence[str]) -> str:
    """Parts with a blank where letters would meet that did not stand beside each other."""
    out = ""
    for part in parts:
        out += " " * (out[-1:].isalnum() and part[:1].isalnum()) + part
    return out.strip()


def _placed(question: _Question, replies: Sequence[str]) -> str | None:
    """The reply with its marks; None where a stand-in or the words of a pair are not there, or there twice."""
    text = replies[0].strip()
    for (opening, closing, _), reply in zip(question.pairs, replies[1:], strict=True):
        inside = reply.strip(ENDS)
        found = [m.start() for m in re.finditer(f"(?={re.escape(inside)})", text, re.I)] if inside else []
        end = _word_end(text, found[0], found[0] + len(inside)) if len(found) == 1 else None
        if end is None:
            return None
        text = f"{text[: found[0]]}{opening}{text[found[0] : end]}{closing}{text[end:]}"
    made = put_back(text, question.names)
    return None if made is None else f"{question.first}{made}{question.last}"


def _word_end(text: str, start: int, end: int) -> int | None:
    """The end of the word that words end in, for a sentence inflects them; None where they start inside a word."""

    def is_inside(at: int) -> bool:
        return 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum() and not SOLID.match(text[at])

    if is_inside(start):
        return None
    while is_inside(end):
        end += 1
    return end


def stood_in(text: str) -> tuple[str, dict[str, str]] | None:
    """The text with words in place of its spans, and what each stands for; None where no word can."""
    stem = _stem(text)
    if stem is None:
        return None
    names: dict[str, str] = {}
    out: list[str] = []
    for part in _runs(text):
        m = MARK.fullmatch(part)
        if m is not None and not m.group(1):
            names[f"{stem}{len(names)}"] = part
            part = next(reversed(names))
        out.append(part)
    return _text(out), names


def put_back(text: str, names: dict[str, str]) -> str | None:
    """A reply with the spans that words stood in for; None where one is not there, or there twice."""
    for name, mark in names.items():
        found = list(re.finditer(rf"(?<![A-Za-z0-9]){name[0]}\s?{name[1:]}(?!\d)", text, re.I))
        if len(found) != 1:
            return None
        text = text[: found[0].start()] + mark + text[found[0].end() :]
    return text


def _stem(text: str) -> str | None:
    return next((s for s in STEMS if not re.search(rf"{s}\s?\d", text, re.I)), None)
