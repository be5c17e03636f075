"""Cuts a program into atoms of code, blanks, and slots: the texts and remarks that hold words for people.

Python is read by its own `tokenize`, everything else by Pygments, which knows the remarks and texts of some 500
languages. Diagrams have a small scanner of ours. The lexemes of any text concatenate to it.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from amts_action.merging.programs.languages import PLAIN, PYTHON, inner_language

if TYPE_CHECKING:
    from pygments.lexer import Lexer

__all__ = ["Lexeme", "lex"]

Kind = Literal["code", "text", "comment", "blank"]


class Lexeme(NamedTuple):
    """`holes` are the spans within a text that are code (`{n}` of an f-string)."""

    kind: Kind
    raw: str
    holes: tuple[tuple[int, int], ...] = ()


def lex(text: str, language: str) -> list[Lexeme]:
    """The lexemes of `text`; a text of no known language is lines of code."""
    magic, inner = inner_language(text, language)
    if magic:
        return [Lexeme("code", magic), *lex(text[len(magic) :], inner if inner not in PYTHON else "python-rest")]
    if language == "python-rest":
        language = "python"
    if len(text) > _LONGEST or _LONG_LINE.search(text):
        return list(_lines(text))
    found: list[Lexeme] | None = None
    if language in PYTHON:
        found = _python(text)
        language = "python"
    if found is None and language in _DIAGRAMS:
        found = _mermaid(text)
    if found is None and language not in PLAIN:
        found = _by_pygments(text, language)
    if found is None or "".join(x.raw for x in found) != text:
        return list(_lines(text))
    return found


_LONGEST = 300_000
"""Characters of a program that is looked into; a longer one is data. Our own limit."""
_LONG_LINE = re.compile(r"[^\n]{5000}")
"""A line that nobody wrote: a picture, or minified; lexers take quadratic time on some."""


def _lines(text: str) -> Iterator[Lexeme]:
    for part in re.split(r"(\n)", text):
        if part:
            core = part.strip()
            if not core:
                yield Lexeme("blank", part)
                continue
            at = part.index(core)
            yield from _given("blank", part[:at])
            yield Lexeme("code", core)
            yield from _given("blank", part[at + len(core) :])


def _given(kind: Kind, raw: str) -> Iterator[Lexeme]:
    if raw:
        yield Lexeme(kind, raw)


_ATOM = re.compile(r"\s+|\w+|[^\w\s]")
_RUN = re.compile(r"\s+|\S+")


@lru_cache(maxsize=4096)
def _code(raw: str) -> tuple[Lexeme, ...]:
    """Code as lexemes. The programs of a book have the same few tokens over and over."""
    return tuple(Lexeme("blank" if atom.isspace() else "code", atom) for atom in _RUN.findall(raw))


# ---- Python

_SHELL_LINE = re.compile(r"^([ \t]*)[%!?]", re.M)
_SILENT = frozenset({tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER})
_FSTRING_START = getattr(tokenize, "FSTRING_START", -1)
_FSTRING_END = getattr(tokenize, "FSTRING_END", -1)


def _python(text: str) -> list[Lexeme] | None:
    """Lexemes by `tokenize`; None when the text is no Python. Magics and shell lines are code, line by line."""
    masked = _SHELL_LINE.sub(r"\1#", text)
    starts = [0]
    for line in masked.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    if masked.count("\n") + 1 < len(starts) - 1:
        return None  # other line ends than `\n`
    out: list[Lexeme] = []
    at = nested = opened = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(masked).readline):
            if token.type in _SILENT:
                continue
            start, end = starts[token.start[0] - 1] + token.start[1], starts[token.end[0] - 1] + token.end[1]
            if token.type == _FSTRING_START:
                opened = opened if nested else start
                nested += 1
                continue
            if token.type == _FSTRING_END:
                nested -= 1
                start = opened
            if nested or start < at:
                continue
            out += _code(text[at:start])
            raw = text[start:end]
            if token.type == tokenize.COMMENT:
                out += _remark(raw)
            elif token.type in (tokenize.STRING, _FSTRING_END):
                out.append(Lexeme("text", raw, tuple(_fstring_holes(raw))))
            else:
                out += _code(raw)
            at = end
    except (tokenize.TokenError, SyntaxError, IndexError):
        return None
    out += _code(text[at:])
    return out


def _fstring_holes(raw: str) -> Iterator[tuple[int, int]]:
    """Spans of `{…}` in an f-string, of its own level only; none in other texts."""
    m = re.match(r"[A-Za-z]*", raw)
    if m is None or "f" not in m.group().lower():
        return
    depth = start = 0
    i = m.end()
    while i < len(raw):
        if not depth and raw[i : i + 2] in ("{{", "}}"):
            i += 2
            continue
        if raw[i] == "{":
            start = start if depth else i
            depth += 1
        elif raw[i] == "}" and depth:
            depth -= 1
            if not depth:
                yield start, i + 1
        i += 1


_DIRECTIONS = re.compile(
    r"#(?:@(?:tab|save|param)\b|!|\s*-\*-|\s*(?:type:|noqa|pylint:|fmt:|mypy:|pragma|flake8|isort:|%%))|[^#]"
)
"""Remarks that are directions to a tool, and masked lines of magics."""
_FORM = re.compile(r"(#\s*@(?:title|markdown))([ \t]+)(.*?)([ \t]*(?:\{[^{}]*\}[ \t]*)?)\Z", re.S)


def _remark(raw: str) -> Iterator[Lexeme]:
    """A remark: words for people, a direction to a tool, or a direction with words in it."""
    if m := _FORM.match(raw):
        yield Lexeme("code", m.group(1))
        yield from _given("blank", m.group(2))
        yield from _given("comment", m.group(3))
        yield from _code(m.group(4))
    elif _DIRECTIONS.match(raw) or raw.startswith("#|"):
        yield Lexeme("code", raw)
    else:
        yield Lexeme("comment", raw)


# ---- everything else, by Pygments

_MARKUP = frozenset("html xml svg htm xhtml vue svelte html+jinja jsx tsx".split())
_SHELLS = frozenset("bash sh shell zsh ksh powershell ps1 fish bat batch".split())
_LONGEST_TEXT = 400
"""Most tokens that are taken for the inside of one text with holes; an unclosed text ends sooner than the file. Our own
limit."""


def _lexer(language: str) -> Lexer | None:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name({"jsonc": "js", "mjs": "js", "r": "r"}.get(language, language))
    except ClassNotFound:
        return None


def _by_pygments(text: str, language: str) -> list[Lexeme] | None:
    lexer = _lexer(language)
    if lexer is None:
        return None
    whole = text if text.endswith("\n") else text + "\n"  # some lexers know no remark without the end of its line
    tokens = [(str(kind).removeprefix("Token."), raw) for _, kind, raw in lexer.get_tokens_unprocessed(whole) if raw]
    if whole != text and tokens and tokens[-1][1].endswith("\n"):
        tokens[-1] = (tokens[-1][0], tokens[-1][1][:-1])
        tokens = tokens if tokens[-1][1] else tokens[:-1]
    if not any(k.startswith(("Comment", "Literal.String", "Literal.Scalar", "Keyword", "Name")) for k, _ in tokens):
        return None
    out: list[Lexeme] = []
    unclosed: set[str] = set()
    i = 0
    while i < len(tokens):
        kind, raw = tokens[i]
        i += 1
        if _is_comment(kind):
            if kind.endswith("Multiline"):
                while i < len(tokens) and tokens[i][0] == kind and not raw.rstrip().endswith(("*/", "-->")):
                    raw += tokens[i][1]
                    i += 1
            body = raw.rstrip("\n")
            out += _remark(body) if body.startswith("#") else [Lexeme("comment", body)]
            out += _given("blank", raw[len(body) :])
        elif _is_text(kind, raw):
            i, found = _whole_text(tokens, i - 1, unclosed)
            out.append(found)
        elif kind == "Literal.Scalar.Plain":
            while i < len(tokens) and tokens[i][0] == kind:
                raw += tokens[i][1]
                i += 1
            out.append(Lexeme("text", raw))
        elif kind == "Name.Constant" and language in ("yaml", "yml"):
            i, raw = _block_scalar(tokens, i, raw)
            out.append(Lexeme("text", raw))
        elif kind == "Text" and language in _MARKUP and not raw.isspace() and raw:
            core = raw.strip()
            at = raw.index(core)
            out += [*_given("blank", raw[:at]), Lexeme("text", core), *_given("blank", raw[at + len(core) :])]
        elif raw == "\\\n":
            out.append(Lexeme("blank", raw))
        else:
            out += _code(raw)
    return list(_said(out)) if language in _SHELLS else out


def _is_comment(kind: str) -> bool:
    return kind.startswith("Comment") and not kind.endswith(("Preproc", "PreprocFile", "Hashbang", "Special"))


def _is_text(kind: str, raw: str) -> bool:
    if kind.startswith("Literal.String"):
        return (
            not kind.endswith(("Interpol", "Regex"))
            and raw != "\\\n"
            and (not kind.endswith("Symbol") or raw[:1] in "\"'`")
        )
    return False


def _whole_text(tokens: Sequence[tuple[str, str]], first: int, unclosed: set[str]) -> tuple[int, Lexeme]:
    """Index after the text that starts at token `first`, and the text, with what is interpolated as holes.

    `unclosed` gathers the marks of texts that do not close, so that they are looked for once.
    """
    raw = tokens[first][1]
    holes: list[tuple[int, int]] = []
    i = first + 1
    m = _MARK.match(raw)
    while m is None and i < len(tokens) and _is_text(*tokens[i]) and i - first < 3:
        raw += tokens[i][1]  # the prefix stands alone
        i += 1
        m = _MARK.match(raw)
    if m is None or m.group(1) in unclosed:
        return first + 1, Lexeme("text", tokens[first][1])
    mark, start = m.group(1), m.start(1)
    while not _is_closed(raw, mark, start):
        if i == len(tokens) or i - first > _LONGEST_TEXT:
            unclosed.add(mark)
            return first + 1, Lexeme("text", tokens[first][1])
        kind, part = tokens[i]
        if not (_is_text(kind, part) or kind == "Literal.String.Escape") and part.strip():
            if holes and holes[-1][1] == len(raw):
                holes[-1] = (holes[-1][0], len(raw) + len(part))
            else:
                holes.append((len(raw), len(raw) + len(part)))
        raw += part
        i += 1
    return i, Lexeme("text", raw, tuple(holes))


_MARK = re.compile(r"[A-Za-z@$]*(\"\"\"|'''|\"|'|`)")


def _is_closed(raw: str, mark: str, start: int) -> bool:
    """Whether `raw`, whose mark is at `start`, ends with it once more, unescaped."""
    end = len(raw) - len(mark)
    if end < start + len(mark) or not raw.endswith(mark):
        return False
    slashes = 0
    while end - slashes > start and raw[end - slashes - 1] == "\\":
        slashes += 1
    return slashes % 2 == 0


def _block_scalar(tokens: Sequence[tuple[str, str]], i: int, raw: str) -> tuple[int, str]:
    while i + 1 < len(tokens) and tokens[i][1].isspace():
        j, gap = i, ""
        while j < len(tokens) and tokens[j][1].isspace():
            gap += tokens[j][1]
            j += 1
        if j == len(tokens) or tokens[j][0] != "Name.Constant":
            break
        raw += gap + tokens[j][1]
        i = j + 1
    return i, raw


_ENDS_SAYING = re.compile(r"[|;&<>()$`{}-]")


def _said(lexemes: Iterable[Lexeme]) -> Iterator[Lexeme]:
    """The words after `echo` that stand without quotes are one text."""
    held: list[Lexeme] = []
    saying = False

    def flush() -> Iterator[Lexeme]:
        tail = []
        while held and held[-1].kind == "blank":
            tail.append(held.pop())
        if held:
            yield Lexeme("text", "".join(x.raw for x in held))
        yield from reversed(tail)
        held.clear()

    for lexeme in lexemes:
        if saying:
            if lexeme.kind == "code" and not _ENDS_SAYING.match(lexeme.raw):
                held.append(lexeme)
                continue
            if lexeme.kind == "blank" and "\n" not in lexeme.raw:
                if held:
                    held.append(lexeme)
                    continue
                yield lexeme
                continue
            yield from flush()
            saying = False
        if lexeme.kind == "code" and lexeme.raw in ("echo", "printf", "Write-Host", "Write-Output"):
            saying = True
        yield lexeme
    yield from flush()


# ---- diagrams

_DIAGRAMS = frozenset({"mermaid"})
_LABEL = re.compile(
    r"""
    (?P<comment>%%[^\n]*)
  | (?P<quoted>"[^"\n]*")
  | (?P<pipe>(?<=\|)[^|\n"]+(?=\|))
  | (?P<shape>(?<=[\w)\]}][\[({])[^\[\](){}\n"|<>]+(?=[\])}])
      |(?<=[\w)\]}][\[({][\[({])[^\[\](){}\n"|<>]+(?=[\])}]))
  | (?P<named>(?<=title\ )[^\n]+|(?<=section\ )[^\n]+|(?<=\bas\ )[^\n"]+)
  | (?P<message>(?<=:\ )(?=\S)[^\n":;]+(?=[ \t]*$))
    """,
    re.X | re.M,
)


def _mermaid(text: str) -> list[Lexeme]:
    out: list[Lexeme] = []
    at = 0
    for m in _LABEL.finditer(text):
        core = m.group().strip()
        if not core:
            continue
        start = m.start() + m.group().index(core)
        out += _atoms(text[at:start])
        out.append(Lexeme("comment" if m.lastgroup == "comment" else "text", core))
        at = start + len(core)
    return [*out, *_atoms(text[at:])]


def _atoms(raw: str) -> Iterator[Lexeme]:
    for atom in _ATOM.findall(raw):
        yield Lexeme("blank" if atom.isspace() else "code", atom)
