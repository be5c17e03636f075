"""Inline markup of one block as a flat run of tokens whose `raw` texts concatenate to the block's text.

markdown-it-py gives no offsets for inline markup, so this scanner is ours. It is deliberately more forgiving than
CommonMark: what it is in doubt about stays plain text, and what it marks as protected must come back from every
engine unchanged. It knows CommonMark, dollar math and TeX's own (`\\(…\\)`, `\\begin{…}`, `\\citep{…}`), d2lbook roles
(`:numref:`), MyST roles (`{doc}`) and d2lbook's slide marks (`[**…**]`, `(**…**)`), and what the other dialects
have for programs, not for readers: citations (`@key`), attributes (`{#id .class}`), placeholders (`{count}`,
`%(name)s`), shortcodes (`{{< … >}}`, `{% … %}`), `:emoji:`, `|substitution|`, `[[page]]`, `++ctrl+c++`. It runs in
linear time on hostile text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

__all__ = ["Token", "plain_text", "protected", "tokens"]

TokenType = Literal["text", "span", "open", "close"]


class Token(NamedTuple):
    """A piece of inline markup.

    `type` is `text` (language), `span` (protected, must come back unchanged), or `open` / `close` of a pair around
    language. `kind` says what: for spans `code math tex reference citation label role link image html footnote url
    substitution attributes emoji keys escape` (a hard line break is an escape); for pairs `emphasis strong strike link
    image slide role`. The target of a link is part of its `close` token.
    """

    type: TokenType
    kind: str
    raw: str


CITATIONS = frozenset("cite citet citep cite:t cite:p cite:ts cite:ps footcite cite:author cite:year nocite".split())
REFERENCES = frozenset("numref eqref ref eq prf:ref doc term any class func meth mod attr".split())
LABELS = frozenset("label eqlabel width height bibliography".split())
TEXT_ROLES = frozenset("doc ref numref any term download index prf:ref class func meth mod attr".split())
"""Roles whose content may be `text <target>`: the text is language, the target is not."""

_NO_URL = r"\s<>()\[\]{}\"'`$|\u3000-\u303f\uff00-\uffef\u4e00-\u9fff"
ATTRIBUTES = re.compile(
    r"""\{:?\s*(?:\#[\w:.-]{1,200}|\.[\w:-]{1,100}|-(?=\s*\})|:[\w.-]{1,100}|[\w:-]{1,60}=(?:"[^"\n]{0,300}"|'[^'\n]{0,300}'|[^\s{}"']{1,200}))"""
    r"""(?:\s{1,9}(?:\#[\w:.-]{1,200}|\.[\w:-]{1,100}|:?[\w:-]{1,60}(?:=(?:"[^"\n]{0,300}"|'[^'\n]{0,300}'|[^\s{}"']{1,200}))?)){0,40}\s{0,9}\}"""
)
"""A list of attributes as pandoc, kramdown, MyST and Docusaurus write it: `{#id .class key=value}`, `{:.class}`."""
_TEX_ENVIRONMENTS = (
    "equation|multline|gather|align|alignat|flalign|eqnarray|subequations|dmath|math|displaymath|split|aligned|"
    "gathered|alignedat|array|cases|dcases|rcases|[pbvVB]?matrix|smallmatrix|tikzpicture|tikzcd|tabular|algorithmic"
)
ENVIRONMENT = re.compile(rf"\\begin\{{((?:{_TEX_ENVIRONMENTS})\*?)\}}")
"""The start of an environment of TeX whose content is no language for readers."""
_TEX_KEYS = (
    "[A-Za-z]*cite[A-Za-z]*|[A-Za-z]*ref|label|url|input|include|includegraphics|index|gls|Gls|glspl|bibliography"
)

_RULES = (
    ("break", " ", r"\ {2,99}\n"),
    ("environment", "\\", rf"\\begin\{{(?:{_TEX_ENVIRONMENTS})\*?\}}"),
    ("paren", "\\", r"\\\\?[(\[]"),
    (
        "tex",
        "\\",
        rf"\\(?:(?:{_TEX_KEYS})\*?(?:\[[^\[\]\n]{{0,200}}\]){{0,2}}\{{[^{{}}\n]{{0,500}}\}}|[A-Za-z]{{2,40}}\*?)",
    ),
    ("escape", "\\", r"\\(?:\n|[!-/:-@\[-`{-~])"),
    ("role", "{:", r"(?:\{[A-Za-z][\w:.+-]{0,40}\}|:[A-Za-z][\w.+-]{0,40}:)(?=`)"),
    ("tick", "`", r"`+"),
    ("math", "$", r"\$\$?"),
    ("slide", "[(~*", r"\[\*\*|\(\*\*|~~~|\*\*~\]|\*\*[\])]"),
    (
        "html",
        "<",
        r"""<!--|</?[A-Za-z][^<>`]{0,2000}>
        |<(?:[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]{0,2000}|[^\s<>@]{1,200}@[^\s<>@]{1,200})>""",
    ),
    ("entity", "&", r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|\#\d{1,7}|\#[xX][0-9A-Fa-f]{1,6});"),
    ("url", "h", rf"https?://[^{_NO_URL}]+[^{_NO_URL}.,;:!?*_]"),
    (
        "substitution",
        "{%|",
        r"""\{\{<[^\n]{0,500}?>\}\}|\{\{%[^\n]{0,500}?%\}\}|\{\{[^{}\n]{1,200}\}\}
        |\{%[^\n]{0,500}?%\}|\{/\*[^\n]{0,500}?\*/\}
        |%\([\w.-]{1,60}\)[-+\#0-9.]{0,9}[sdifgexXr]|(?<![0-9\w%])%(?:\d\$)?[sdif](?![A-Za-z])
        |(?<![\w|])\|[A-Za-z](?:[\w.-]{0,60}[A-Za-z0-9])?\|(?![\w|])""",
    ),
    ("attributes", "{", r"\{(?=[:\#.\w-])"),
    ("emoji", ":", r"(?<![\w:]):[a-zA-Z+-][a-zA-Z0-9_+-]{0,40}:(?![\w:`])"),
    ("keys", "+", r"""(?<![\w+])\+\+[A-Za-z0-9"](?:[\w"-]{0,30}\+(?!\+)){0,6}[\w"-]{0,30}\+\+(?![\w+])"""),
    ("footnote", "[", r"\[\^[^\]\s]{1,100}\]"),
    ("alert", "[", r"\[![A-Za-z]{1,30}\][-+]?"),
    ("wiki", "![", r"!?\[\[[^\[\]\n|]{1,300}(?=\||\]\])"),
    (
        "citations",
        "[",
        r"\[-?@[A-Za-z0-9_][^\s\[\];,]{0,100}(?:\s*;\s*-?@[A-Za-z0-9_][^\s\[\];,]{0,100}){0,30}\]",
    ),
    (
        "citation",
        "-@",
        r"""(?<![A-Za-z0-9_.@/\\-])-?@
        (?:[A-Za-z_][A-Za-z0-9_:.\#$%&+?~/-]{0,100}[A-Za-z0-9_/]|\{[^{}\s]{1,100}\})""",
    ),
    ("image", "!", r"!\["),
    ("bracket", "[", r"\["),
    ("unbracket", "]", r"\]"),
    ("emphasis", "*_~", r"\*{1,3}|_{1,3}|~~"),
)
"""Each kind of markup, the characters that it may start with, and its form; the first that fits is meant."""
_AT: Mapping[str, re.Pattern[str]] = {
    c: re.compile("|".join(f"(?P<{name}>{form})" for name, starts, form in _RULES if c in starts), re.X)
    for c in sorted({c for _, starts, _ in _RULES for c in starts})
}
"""What may start with a character; one expression for all kinds takes four times as long."""
_IN_PROSE = "h -"
"""Of these, those that are frequent in prose: what follows must fit, too."""


def _starts(characters: str) -> re.Pattern[str]:
    return re.compile(rf"[{re.escape(characters)}](?:(?<![{_IN_PROSE}])|(?=ttps?://|@|\ ))")


_STARTS_OR_BREAK = _starts("".join(_AT))
_STARTS = _starts("".join(_AT.keys() - {" "}))
"""Where to look; in a text that has hard line breaks also at its blanks."""

_DESTINATION = re.compile(
    r"""\(\s{0,9}(?:<[^<>\n]{0,2000}>|(?:[^\s()<>]|\((?:[^\s()]|\([^\s()]{0,500}\)){0,500}\)){0,2000})"""
    r"""(?:\s{1,9}(?:"[^"]{0,2000}"|'[^']{0,2000}'))?\s{0,9}\)(?:\{[^{}\n]{0,200}\})?"""
)
_REFERENCE = re.compile(r"\[[^\[\]\n]{0,300}\]")
_PLACEHOLDER = re.compile(
    r"""\{[\w.$:!-]{1,80}(?:\[[\w'"-]{1,40}\]){0,3}\}|\{[\w.$]{1,60}\([^{}\n]{0,100}\)\}"""
    r"""|\{[\w.$]{1,60}\ *[-+*/=?|<>&]{1,3}\ *[^{}\n]{0,100}\}"""
)
"""What a program puts a value in for: a name, or an expression of one."""
_ROLE_TARGET = re.compile(r"\s*<[^<>]{1,2000}>\s*\Z")


class _Scanner:
    """State of one pass over one block's text; `run` gives the tokens."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.out: list[Token] = []
        self.plain = 0
        self.at = 0
        self.ticks: dict[int, list[int]] | None = None
        self.brackets: list[tuple[int, str]] = []  # index in `out` of an open bracket
        self.no_math = False
        self.no_comment = False
        self.no_close: set[str] = set()

    def run(self) -> list[Token]:
        text = self.text
        starts = _STARTS_OR_BREAK if "  \n" in text else _STARTS
        while (start := starts.search(text, self.at)) is not None:
            at = start.start()
            m = _AT[text[at]].match(text, at)
            if m is None:
                self.at = at + 1
                continue
            kind = m.lastgroup or ""
            if not getattr(self, f"_{kind}")(m):
                self.at = m.end() if kind not in ("html", "url") else at + 1
        self._flush(len(text))
        return _match_emphasis(self.out)

    def _flush(self, end: int) -> None:
        if end > self.plain:
            self.out.append(Token("text", "", self.text[self.plain : end]))

    def _emit(self, start: int, end: int, type_: TokenType, kind: str) -> bool:
        self._flush(start)
        self.out.append(Token(type_, kind, self.text[start:end]))
        self.at = self.plain = end
        return True

    def _close_tick(self, start: int, width: int) -> int:
        """Offset after the backtick run of `width` that closes a code span opened at `start`; -1 when there is none."""
        if self.ticks is None:
            self.ticks = {}
            for m in re.finditer(r"`+", self.text):
                self.ticks.setdefault(len(m.group()), []).append(m.start())
            for starts in self.ticks.values():
                starts.reverse()
        starts = self.ticks.get(width, [])
        while starts and starts[-1] < start:
            starts.pop()
        return starts[-1] + width if starts else -1

    def _escape(self, m: re.Match[str]) -> bool:
        return self._emit(m.start(), m.end(), "span", "escape")

    _break = _escape  # a hard line break: a blank to a reader, and markup to a program

    def _environment(self, m: re.Match[str]) -> bool:
        end = self.text.find(m.group().replace("begin", "end", 1), m.end())
        return end >= 0 and self._emit(m.start(), end + len(m.group()) - 2, "span", "math")

    def _paren(self, m: re.Match[str]) -> bool:
        """TeX's own brackets around a formula; an escaped bracket where nothing like a formula follows."""
        mark = m.group()
        close = mark[:-1] + (")" if mark[-1] == "(" else "]")
        end = -1 if close in self.no_close else self.text.find(close, m.end())
        if end < 0:
            self.no_close.add(close)
        elif _is_tex(self.text[m.end() : end], mark):
            return self._emit(m.start(), end + len(close), "span", "math")
        return self._emit(m.start(), m.start() + 2, "span", "escape")

    def _tex(self, m: re.Match[str]) -> bool:
        name = re.match(r"\\([A-Za-z]+)", m.group())
        kind = "tex"
        if m.group().endswith("}") and name is not None:
            kind = "citation" if "cite" in name.group(1) else "reference" if name.group(1).endswith("ref") else "tex"
        return self._emit(m.start(), m.end(), "span", kind)

    def _tick(self, m: re.Match[str]) -> bool:
        end = self._close_tick(m.end(), len(m.group()))
        return end > 0 and self._emit(m.start(), end, "span", "code")

    def _role(self, m: re.Match[str]) -> bool:
        ticks = re.compile("`+").match(self.text, m.end())
        if ticks is None:
            return False
        end = self._close_tick(ticks.end(), len(ticks.group()))
        if end < 0:
            return False
        name = m.group().strip("{}:")
        content_end = end - len(ticks.group())
        content = self.text[ticks.end() : content_end]
        target = _ROLE_TARGET.search(content) if name in TEXT_ROLES else None
        if target is not None and content[: target.start()].strip():
            self._emit(m.start(), ticks.end(), "open", "role")
            self._emit(ticks.end(), ticks.end() + target.start(), "text", "")
            return self._emit(ticks.end() + target.start(), end, "close", "role")
        return self._emit(m.start(), end, "span", _role_kind(name))

    def _math(self, m: re.Match[str]) -> bool:
        if self.no_math and len(m.group()) == 1:
            return False
        close = _find_dollar(self.text, m.end(), m.group())
        if close < 0:
            self.no_math = self.no_math or len(m.group()) == 1
            return False
        content = self.text[m.end() : close]
        if not _is_math(content, self.text[close + len(m.group()) :][:1]):
            return False
        return self._emit(m.start(), close + len(m.group()), "span", "math")

    def _slide(self, m: re.Match[str]) -> bool:
        mark = m.group()
        if mark == "~~~":
            return False
        return self._emit(m.start(), m.end(), "open" if mark[0] in "[(" else "close", "slide")

    def _html(self, m: re.Match[str]) -> bool:
        if m.group() == "<!--":
            end = -1 if self.no_comment else self.text.find("-->", m.end())
            self.no_comment = end < 0
            return end >= 0 and self._emit(m.start(), end + 3, "span", "html")
        kind = "url" if re.match(r"<(?:[A-Za-z][A-Za-z0-9+.-]*:|[^\s<>/]*@)", m.group()) else "html"
        return self._emit(m.start(), m.end(), "span", kind)

    def _entity(self, m: re.Match[str]) -> bool:
        return self._emit(m.start(), m.end(), "span", "escape")

    def _url(self, m: re.Match[str]) -> bool:
        return self._emit(m.start(), m.end(), "span", "url")

    def _substitution(self, m: re.Match[str]) -> bool:
        return self._emit(m.start(), m.end(), "span", "substitution")

    def _attributes(self, m: re.Match[str]) -> bool:
        found = ATTRIBUTES.match(self.text, m.start()) or _PLACEHOLDER.match(self.text, m.start())
        kind = "attributes" if found is not None and found.re is ATTRIBUTES else "substitution"
        return found is not None and self._emit(m.start(), found.end(), "span", kind)

    def _emoji(self, m: re.Match[str]) -> bool:
        return self._emit(m.start(), m.end(), "span", "emoji")

    def _keys(self, m: re.Match[str]) -> bool:
        return self._emit(m.start(), m.end(), "span", "keys")

    def _alert(self, m: re.Match[str]) -> bool:
        return self._emit(m.start(), m.end(), "span", "label")

    def _wiki(self, m: re.Match[str]) -> bool:
        """`[[page]]` is a span; of `[[page|text]]` the text is language."""
        if self.text.startswith("]]", m.end()):
            return self._emit(m.start(), m.end() + 2, "span", "link")
        end = self.text.find("]]", m.end())
        if end < 0 or "[" in self.text[m.end() : end] or "\n" in self.text[m.end() : end]:
            return False
        self._emit(m.start(), m.end() + 1, "span", "link")
        self._emit(m.end() + 1, end, "text", "")
        return self._emit(end, end + 2, "span", "link")

    def _citations(self, m: re.Match[str]) -> bool:
        return self._emit(m.start(), m.end(), "span", "citation")

    _citation = _citations

    def _footnote(self, m: re.Match[str]) -> bool:
        return self._emit(m.start(), m.end(), "span", "footnote")

    def _image(self, m: re.Match[str]) -> bool:
        self._emit(m.start(), m.end(), "open", "image")
        self.brackets.append((len(self.out) - 1, "image"))
        return True

    def _bracket(self, m: re.Match[str]) -> bool:
        self._emit(m.start(), m.end(), "open", "link")
        self.brackets.append((len(self.out) - 1, "link"))
        return True

    def _unbracket(self, m: re.Match[str]) -> bool:
        if not self.brackets:
            return False
        index, kind = self.brackets.pop()
        target = _DESTINATION.match(self.text, m.end()) or _REFERENCE.match(self.text, m.end())
        if target is None:
            self.out[index] = Token("text", "", self.out[index].raw)
            return False
        return self._emit(m.start(), target.end(), "close", kind)

    def _emphasis(self, m: re.Match[str]) -> bool:
        return self._emit(m.start(), m.end(), "open", "?")


_TEX_SIGN = re.compile(r"[\\^_={}<>+]|\d|-(?!\w)|\|")
_WORDS = re.compile(r"[^\W\d_]{2,}[ \n]+[^\W\d_]{2,}")


def _is_tex(content: str, mark: str) -> bool:
    """Whether what stands between TeX's brackets is a formula.

    Round brackets need no backslash in prose, so that nearly all is; square ones do, and `\\\\(` may be an escaped
    backslash before a bracket.
    """
    if not content.strip() or len(content) > 2000 or "\n\n" in content:
        return False
    if mark == "\\(" and not _WORDS.search(content):
        return True
    return re.search(r"[\\^_=]", content) is not None or (mark == "\\(" and _TEX_SIGN.search(content) is not None)


def _role_kind(name: str) -> str:
    if name in CITATIONS or name.startswith("cite"):
        return "citation"
    if name in LABELS:
        return "label"
    if name == "math":
        return "math"
    return "reference" if name in REFERENCES else "role"


def _find_dollar(text: str, start: int, mark: str) -> int:
    """Offset of the closing `mark`, skipping escaped dollars; -1 when there is none."""
    at = text.find(mark, start)
    while at > 0 and text[at - 1] == "\\" and (at < 2 or text[at - 2] != "\\"):
        at = text.find(mark, at + 1)
    return at


def _is_math(content: str, after: str) -> bool:
    """Pandoc's rule for dollar math, relaxed for padded formulas that are plainly TeX."""
    if not content.strip():
        return False
    if after.isdigit() and not re.search(r"[\\^_=]", content):
        return False
    if content[0].isspace() or content[-1].isspace():
        return re.search(r"[\\^_={}]", content) is not None or len(content.strip()) == 1
    return True


def _match_emphasis(items: list[Token]) -> list[Token]:
    """Pairs the delimiter runs and slide marks; unpaired ones and unclosed brackets become text."""
    if not any(token.type in ("open", "close") for token in items):
        return _merge_text(items)
    out = list(items)
    stack: list[tuple[int, str]] = []
    for i, token in enumerate(items):
        if token.kind == "slide":
            _match_slide(out, stack, i, token)
        elif token.kind == "?":
            before = items[i - 1].raw[-1:] if i else " "
            after = items[i + 1].raw[:1] if i + 1 < len(items) else " "
            _match_run(out, stack, i, token.raw, before or " ", after or " ")
    for i, _ in stack:
        out[i] = Token("text", "", out[i].raw)
    return _merge_text(_unpaired_brackets(out))


_SLIDE_OPEN = {"**]": "[**", "**)": "(**"}


def _match_slide(out: list[Token], stack: list[tuple[int, str]], i: int, token: Token) -> None:
    if token.type == "open":
        stack.append((i, token.raw))
        return
    want = _SLIDE_OPEN.get(token.raw)
    for depth in range(len(stack) - 1, max(-1, len(stack) - 9), -1):
        if stack[depth][1] == want:
            for j, _ in stack[depth + 1 :]:
                out[j] = Token("text", "", out[j].raw)
            del stack[depth:]
            return
    out[i] = Token("text", "", token.raw)


def _match_run(out: list[Token], stack: list[tuple[int, str]], i: int, raw: str, before: str, after: str) -> None:
    word = raw[0] == "_"
    can_close = not before.isspace() and not (word and after.isalnum())
    can_open = not after.isspace() and not (word and before.isalnum())
    kind = "strike" if raw == "~~" else {1: "emphasis", 2: "strong", 3: "strong"}[len(raw)]
    if can_close:
        for depth in range(len(stack) - 1, max(-1, len(stack) - 9), -1):
            j, mark = stack[depth]
            if mark == raw:
                for k, _ in stack[depth + 1 :]:
                    out[k] = Token("text", "", out[k].raw)
                del stack[depth:]
                out[j] = Token("open", kind, raw)
                out[i] = Token("close", kind, raw)
                return
    if can_open:
        stack.append((i, raw))
    else:
        out[i] = Token("text", "", raw)


def _unpaired_brackets(items: list[Token]) -> list[Token]:
    """Brackets without a partner become text, so that `open` and `close` tokens always come in nested pairs."""
    out = list(items)
    stack: list[int] = []
    for i, token in enumerate(items):
        if token.type == "open":
            stack.append(i)
        elif token.type == "close":
            while stack and not _pairs(items[stack[-1]], token):
                j = stack.pop()
                if any(_pairs(items[k], token) for k in stack[-8:]):
                    out[j] = Token("text", "", items[j].raw)
                else:
                    stack.append(j)
                    break
            if stack and _pairs(items[stack[-1]], token):
                stack.pop()
            elif token.kind in ("link", "image"):
                out[i] = Token("span", token.kind, token.raw)
            else:
                out[i] = Token("text", "", token.raw)
    for j in stack:
        out[j] = Token("text", "", items[j].raw)
    return out


def _pairs(opening: Token, closing: Token) -> bool:
    if opening.kind != closing.kind:
        return False
    if closing.kind == "slide":
        return _SLIDE_OPEN.get(closing.raw) == opening.raw
    return closing.kind not in ("emphasis", "strong", "strike") or opening.raw == closing.raw


def _merge_text(items: list[Token]) -> list[Token]:
    if not any(left.type == "text" == right.type for left, right in pairwise(items)):
        return items
    out: list[Token] = []
    for token in items:
        if token.type == "text" and out and out[-1].type == "text":
            out[-1] = Token("text", "", out[-1].raw + token.raw)
        else:
            out.append(token)
    return out


@lru_cache(maxsize=50_000)
def tokens(text: str) -> tuple[Token, ...]:
    """The inline tokens of `text`; the concatenation of their `raw` is `text`.

    `open` and `close` tokens are always paired and properly nested.
    """
    return tuple(_Scanner(text).run())


def _destination(raw: str) -> str:
    """The target in a link's `close` token: `](target "title")` → `target`."""
    inside = re.sub(r"\{[^{}]*\}\Z", "", raw)[2:-1].strip()
    return re.split(r"\s", inside, maxsplit=1)[0].strip("<>") if inside else ""


def _single_blanks(text: str) -> str:
    """Every run of white space as one blank; what is printable holds no other than blanks."""
    return text if "  " not in text and text.isprintable() else re.sub(r"\s+", " ", text)


def _protected(items: Iterable[Token]) -> Iterator[tuple[str, str]]:
    for token in items:
        if token.type == "span" and token.kind == "escape" and token.raw.endswith("\n"):
            continue  # where lines break is a matter of form
        if token.type == "span":
            yield token.kind, "".join(token.raw.split()) if token.kind == "math" else _single_blanks(token.raw)
        elif token.type == "close" and token.kind in ("link", "image"):
            yield token.kind, _destination(token.raw)
        elif token.type == "close" and token.kind == "role":
            yield "reference", token.raw.strip("` \n")


@lru_cache(maxsize=50_000)
def _protected_items(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(_protected(tokens(text)))


def protected(text: str) -> Counter[tuple[str, str]]:
    """Multiset of (kind, canonical text) of what a translation of `text` must hold too.

    White space inside a formula does not count. Emphasis and slide marks are not in it: translators add and drop
    them rightly.
    """
    return Counter(_protected_items(text))


@lru_cache(maxsize=50_000)
def plain_text(text: str) -> str:
    """The language of `text`: protected spans and marks dropped, white space collapsed."""
    return " ".join("".join(t.raw if t.type == "text" else " " * (t.type == "span") for t in tokens(text)).split())
