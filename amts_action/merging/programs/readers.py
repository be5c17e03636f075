"""What of a program readers read: which slots surely hold words, and how an engine gets them and gives them back.

Code that is filled into a text and escapes travel as inline code, so that they are accounted for like any protected
span. What comes back is only written where the slot stays the slot that it was; else the English stands.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from amts_action.merging.flags import Flag
from amts_action.merging.key_values.placing import Form
from amts_action.merging.programs.literals import Literal
from amts_action.merging.programs.units import ProgramToken, Unit

__all__ = [
    "NewWords",
    "SlotForm",
    "Standby",
    "context_of",
    "is_for_readers",
    "new_words",
    "place_of",
    "shows_any",
    "speaks",
]


_WORD = re.compile(r"[^\W\d_]{2,}")
_LABELS = frozenset(
    "label title xlabel ylabel zlabel suptitle set_title set_xlabel set_ylabel legend annotate print println puts cat "
    "main xlab ylab text alert log caption name_label description help".split()
)
"""Calls and arguments that show a text of even one word to readers."""
_CHOICES = frozenset("loc mode sep format linestyle ls fmt cmap align run command cmd script".split())
"""Arguments whose texts are choices or commands, of however many words."""


def is_for_readers(unit: Unit, n: int, *, is_own: bool | None = None) -> bool:
    """Whether a token surely holds words for people: a remark, a text of several words or one that labels something.

    Args:
        is_own: whether people have the texts of its place (`place_of`) in their own language, where that is known.
    """
    token = unit.tokens[n]
    if is_own is not None:
        return is_own and _WORD.search(token.raw) is not None
    if token.kind == "text":
        words = [w for w in " ".join(token.literal.fields[::2]).split() if _WORD.search(w)]
        context = context_of(unit.tokens, n)
        return (len(words) > 1 and context not in _CHOICES) or (bool(words) and context in _LABELS)
    if token.kind == "code" and re.match(r"[$>#%] ", token.raw):
        return False  # a command at its prompt
    return len(_WORD.findall(token.raw)) > (token.kind == "code")


def speaks(unit: Unit) -> bool:
    """Whether any token of the unit is for readers."""
    return any(is_for_readers(unit, n) for n in range(len(unit.tokens)))


_FARTHEST = 200
"""Most tokens that are looked back at for what a text is an argument of. Our own limit."""
_NAME = re.compile(r"[^\W\d]\w*")
_OPENING, _CLOSING = ("(", "[", "{"), (")", "]", "}")


def context_of(tokens: Sequence[ProgramToken], at: int) -> str:
    """The part that the text at index `at` plays: the name of the argument or of what is called; empty when no such.

    `plt.xlabel('a')` and `ax.set(xlabel='a')` give the same.
    """
    in_argument = True
    for k in _before(tokens, at):
        raw, name = tokens[k].raw, tokens[k - 1].raw if k else ""
        if raw in _OPENING:
            # Any other bracket is an index, or data.
            return name if raw == "(" and _NAME.fullmatch(name) else ""
        if raw == ",":
            in_argument = False
        elif in_argument and raw in ("=", ":") and _NAME.fullmatch(name):
            return name
    return ""


def _before(tokens: Sequence[ProgramToken], at: int) -> Iterator[int]:
    """Indexes of the tokens before `at` in the same brackets, nearest first; the last is the opening bracket."""
    depth = 0
    for k in range(at - 1, max(-1, at - _FARTHEST), -1):
        if tokens[k].raw in _CLOSING:
            depth += 1
        elif depth:
            depth -= tokens[k].raw in _OPENING
        else:
            yield k
            if tokens[k].raw in _OPENING:
                return


def place_of(tokens: Sequence[ProgramToken], at: int) -> str:
    """What the text at index `at` is in its program: its context, or, in a list or a table, what the whole of it is
    for, and whether the text is a key or a value.

    In one place people have all texts in their own language, or none.
    """
    if context := context_of(tokens, at):
        return context
    opening = next((k for k in _before(tokens, at) if tokens[k].raw in _OPENING), None)
    if opening is None:
        return ""
    is_key = at + 1 < len(tokens) and tokens[at + 1].raw == ":"
    return f"{context_of(tokens, opening)}{tokens[opening].raw}{':' if is_key else ''}"


def shows_any(place: str) -> bool:
    """Whether texts of that place are shown to readers in any program, by themselves or in a list."""
    return re.split(r"[\[{(]", place, maxsplit=1)[0] in _LABELS


# ---- words for an engine


@dataclass(frozen=True, slots=True)
class SlotForm:
    """How language is written in a slot of a program."""

    english: str
    """The English as it stands in the program."""
    sent: str
    """The same as an engine gets it."""
    closing: str
    """What would end the slot: the closing mark of a remark, or the quote of a text; empty for the end of the line."""
    prefix: str = ""
    """The prefix of a text in front of its quote."""
    indent: str = ""
    """For a remark of several lines, what every further line starts with; else empty."""

    def holding(self, text: str) -> str | None:
        """A translation as it is written in the slot; None when it would end the slot or change what is filled in."""
        flat = " ".join(text.split())
        if "\\" not in self.english:
            flat = _MARKDOWN_ESCAPE.sub(r"\1", flat)
        if not self._is_text:
            if self.closing and self.closing in flat:
                return None
            return self._wrapped(flat)
        parts = _CODE.split(flat)
        holes = _CODE.split(self.sent)[1::2]
        names = parts[1::2], holes
        by_place = any(re.fullmatch(r"%[^(]*|\{\}|\{:.*", hole) for hole in holes)
        if names[0] != names[1] if by_place else sorted(names[0]) != sorted(names[1]):
            return None
        words = [_typographic(part, self.closing) for part in parts[::2]]
        if "".join(words).count("\\") > "".join(_CODE.split(self.sent)[::2]).count("\\"):
            return None
        if any(c in part for part in words for c in self._reserved(holes)):
            return None
        parts[::2] = words
        return "".join(parts)

    @property
    def _is_text(self) -> bool:
        return self.closing[:1] in ("'", '"')

    def _reserved(self, holes: Sequence[str]) -> str:
        """Signs that would be filled in with something."""
        brackets = "{}" if "f" in self.prefix.lower() or any(h.startswith("{") for h in holes) else ""
        return brackets + ("%" if any(h.startswith("%") for h in holes) else "")

    def _wrapped(self, text: str) -> str:
        if not self.indent:
            return text
        width = max(_NARROWEST, *(len(line.removeprefix(self.indent)) for line in self.english.split("\n")))
        lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
        return f"\n{self.indent}".join(lines)


@dataclass(frozen=True, slots=True)
class Standby:
    """What is written where no translation fits, and what is said then."""

    text: str
    flag: Flag


@dataclass(frozen=True, slots=True)
class NewWords:
    """Words of a program that are new or changed in English: their place in it, and what an engine gets."""

    start: int
    end: int
    text: str
    form: SlotForm | Form
    standby: Standby | None = None
    """What people have there, when that is worth more than the English."""
    is_sent: bool = True
    """False where nothing tells whether this translation has such words in its own language: then people's are put in
    if the book has some, and the English stands otherwise."""


_NARROWEST = 20
"""Least characters of a line to which a remark is wrapped. Our own limit."""
_CODE = re.compile(r"`([^`]*)`")
_MARKDOWN_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_ESCAPE = re.compile(r"(\$[^$]+\$)|(\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|N\{[^}]*\}|[0-7]{1,3}|.))", re.S)
_TYPOGRAPHIC = {"'": "\u2019", '"': "\u201d"}


def _typographic(text: str, quote: str) -> str:
    """Words without the sign that would end the text, which printers never used for this anyway."""
    return text.replace(quote[0], _TYPOGRAPHIC[quote[0]])


def _sent(inner: Literal) -> str | None:
    """A text with all that is code in it as inline code; None when it cannot be told apart."""
    if "`" in inner.inner or "b" in inner.prefix.lower():
        return None
    out = []
    for n, field in enumerate(inner.fields):
        if n % 2:
            out.append(f"`{field}`")
        elif "r" in inner.prefix.lower():
            out.append(field)
        else:
            out.append(_ESCAPE.sub(lambda m: m.group(1) or f"`{m.group(2)}`", field))
    return "".join(out)


def new_words(unit: Unit, n: int, start: int, *, is_shown: bool = False, is_yaml: bool = False) -> Iterator[NewWords]:
    """What an engine may translate of the token at index `n`, which starts at `start` of the program.

    Of texts only those that are sure to be shown, for any other may be data; of remarks nothing that is code.

    Args:
        is_shown: a text that people have in their own language in its place.
        is_yaml: whether a text without quotes is a scalar of YAML.
    """
    token = unit.tokens[n]
    if token.kind == "comment":
        yield from _remarks(token.raw, start)
    elif token.kind == "text" and (is_shown or context_of(unit.tokens, n) in _LABELS):
        found = token.literal
        inner = found.inner.strip()
        if is_yaml and not found.quote and inner and not _is_code(inner) and "\n" not in inner:
            at = start + found.inner.index(inner)
            yield NewWords(at, at + len(inner), inner, Form("plain"))
        if (
            not inner
            or (" " not in inner and _is_code(inner))
            or found.quote not in ("'", '"', "'''", '"""')
            or "\n" in inner
        ):
            return
        shift = found.inner.index(inner)
        holes = tuple((a - shift, b - shift) for a, b in found.holes)
        text = _sent(Literal(found.prefix, found.quote, inner, holes))
        if text is not None:
            at = start + len(found.prefix) + len(found.quote) + shift
            yield NewWords(at, at + len(inner), text, SlotForm(inner, text, found.quote, found.prefix))


_REMARK_LINE = re.compile(
    r"([ \t]*(?:<!--|/\*+|\*(?!/)|\(\*|#+|//+!?|--|%+|;+|')?[ \t]*)(.*?)([ \t]*(?:\*/|-->|\*\))?)"
)
_CLOSINGS = {"/*": "*/", "<!": "-->", "(*": "*)"}
_ITEM = re.compile(r"(?:[-*+•]|\d+[.)])\s")
_STOPS = (".", ":", "!", "?")
_CODE_LIKE = re.compile(r".*[;{}]$|[\w.]+\s*(?:[-+*/]?=|<-)\s*\S+.*|(?:\w+\.)*\w+[(\[].*[)\]]|[\w./-]+")
_PROMPT = re.compile(r"(?:>>>|\.\.\.|[$%>@!]|-\*-)")


def _remarks(raw: str, start: int) -> Iterator[NewWords]:
    """The paragraphs of a remark; lines that are code are no words, nor are lines without any."""
    closing = _CLOSINGS.get(raw.lstrip()[:2], "")
    held: list[tuple[int, int, str, str]] = []
    """Start and end of the words of each line in the program, the words, and what stands before them."""

    def paragraph() -> Iterator[NewWords]:
        if not held:
            return
        (first, *_), (_, last, *_) = held[0], held[-1]
        text = " ".join(words for *_, words, _ in held)
        mark = held[1][3] if len(held) > 1 else ""
        if _WORD.search(text):
            yield NewWords(first, last, text, SlotForm(raw[first - start : last - start], text, closing, indent=mark))
        held.clear()

    at = start
    for line in raw.split("\n"):
        m = _REMARK_LINE.fullmatch(line)
        words = m.group(2) if m else ""
        if not words or _is_code(words) or _ITEM.match(words) or (held and held[-1][2].endswith(_STOPS)):
            yield from paragraph()
        if words and m is not None and not _is_code(words):
            item = _ITEM.match(words)
            skipped = item.end() if item else 0
            held.append((at + m.start(2) + skipped, at + m.end(2), words[skipped:], m.group(1)))
        at += len(line) + 1
    yield from paragraph()


def _is_code(words: str) -> bool:
    """Whether a line of a remark is a program that was put out of work, or a sign to a tool."""
    if " " not in words:
        return words.isascii() and _CODE_LIKE.fullmatch(words) is not None and not words.isalpha()
    return _PROMPT.match(words) is not None or _CODE_LIKE.fullmatch(words) is not None
