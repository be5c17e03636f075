"""One escaping function per language that a report is written in: whatever goes in, only text comes out.

Book text is untrusted (DESIGN §10). Every function here takes any `str`, never raises, and makes characters that a
reader could not see (controls, changes of direction, lone surrogates) visible instead of passing them on.

GitHub changes text again after the markdown is HTML: it looks in the text nodes outside `code` and `pre` for mentions,
references to issues and commits, addresses and emoji names, so that neither `\\` nor an entity helps against them
(https://docs.github.com/en/get-started/writing-on-github, "Autolinked references and URLs" and "Mentioning people").
What could notify somebody or make a reference is therefore cut by a zero-width space, which also holds in the plain
text of a mail; what would merely look wrong is cut by a `span`, which leaves nothing behind when the text is copied.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from urllib.parse import quote

__all__ = [
    "attribute",
    "command_data",
    "command_property",
    "fence",
    "github_html",
    "html_text",
    "inline_code",
    "markdown_text",
    "one_line",
    "plain_line",
    "terminal_text",
    "url_path",
    "utf16_length",
    "visible",
    "web_address",
]

_ZERO = "&#8203;"
_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
_WIDE_BREAK = re.compile(rf"(?<=[{_WIDE}])[ \t]*\n[ \t]*(?=[{_WIDE}])")

# C0 and C1 controls but tab and line end; marks that change the direction of what follows (Unicode UAX #9), which can
# make a text read as something that it is not; line and paragraph separators; surrogates; invisible tag characters.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]"
)


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"⟨U+{code:04X}⟩"


def visible(text: str) -> str:
    """The text with line ends as `\\n`, and with what nobody can see written out: `␀`, `⟨U+202E⟩`."""
    return _HIDDEN.sub(_shown, text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """The visible text with every run of white space as one blank; between Chinese or Japanese lines as nothing."""
    return " ".join(_WIDE_BREAK.sub("", visible(text)).split())


def plain_line(text: str) -> str:
    """Text in a title or a commit's message, which are no markdown: on one line, naming nobody and no issue.

    GitHub looks for both there, too, and a message that says `closes #12` closes it when the commit is merged
    (docs.github.com, "Linking a pull request to an issue").
    """
    return re.sub(r"(?i)@|#(?=\d)|GH-(?=\d)|:(?=//)", lambda m: m[0] + "\u200b", one_line(text))


_HEX_RUN = 6
"""GitHub links seven hexadecimal digits or more when they name a commit."""

_TOUCHY = re.compile(
    r"""(?P<zero> @ | \#(?=\d) | (?i:GH-(?=\d)|GHSA-(?=\w)|CVE-(?=\d)) )
    | (?P<hex> [0-9a-fA-F]{7,} )
    | (?P<alone> \$ | :(?=:|//|[\w+-]{1,80}:) | (?<=[wW]{3})\. | \#(?=\#\[) )""",
    re.VERBOSE,
)


def _cut(text: str, plain: Callable[[str], str]) -> str:
    """The visible text escaped by `plain`, with whatever GitHub would turn into something else cut in two."""
    out, at = [], 0
    for match in _TOUCHY.finditer(text):
        out.append(plain(text[at : match.start()]))
        found, at = match[0], match.end()
        if match["zero"]:
            out.append(plain(found) + _ZERO)
        elif match["hex"]:
            runs = [found[i : i + _HEX_RUN] for i in range(0, len(found), _HEX_RUN)]
            out += [f"<span>{run}</span>" if i % 2 else run for i, run in enumerate(runs)]
        else:
            out.append(f"<span>{plain(found)}</span>")
    return "".join([*out, plain(text[at:])])


def html_text(text: str) -> str:
    """Text between tags of an HTML page."""
    return html.escape(visible(text), quote=False)


def attribute(text: str) -> str:
    """The value of an HTML attribute in double quotes, on one line."""
    return html.escape(visible(text), quote=True).replace("\n", "&#10;")


_MARKUP = re.compile(r"[\\`*_\[\]~|<>&\"']")


def _entities(part: str) -> str:
    return _MARKUP.sub(lambda m: f"&#{ord(m[0])};", part)


def github_html(text: str, *, in_code: bool = False) -> str:
    """Text between HTML tags in the body of a pull request, on one line: a blank line would end the HTML.

    It is no markdown either, for readers that show a pull request without its HTML. In `code` GitHub links nothing.
    """
    return _entities(one_line(text)) if in_code else _cut(one_line(text), _entities)


_PUNCTUATION = re.compile(r"[\\`*_\[\](){}~!|<>&\"'#^]")
_BACKSLASHED = frozenset("\\`*_[](){}~!#^")
_LEADING = re.compile(r"(\d{0,9})([.)])|()([-+=])", re.ASCII)
"""What begins a list, or underlines a heading, when it stands at the start of a line."""


def _markdown(part: str) -> str:
    return _PUNCTUATION.sub(lambda m: "\\" + m[0] if m[0] in _BACKSLASHED else f"&#{ord(m[0])};", part)


def markdown_text(text: str) -> str:
    """Text inside a paragraph, list item, heading or table cell of a pull request, on one line.

    Nothing in it acts as markdown, HTML, mention, reference, link, emoji or formula, also at the start of a line.
    """
    flat = one_line(text)
    first = _LEADING.match(flat)
    if not first:
        return _cut(flat, _markdown)
    number, sign = first[1] or "", first[2] or first[4]
    return f"{_cut(number, _markdown)}&#{ord(sign)};{_cut(flat[first.end() :], _markdown)}"


def inline_code(text: str, *, in_table: bool = False) -> str:
    """A code span on one line; in a table, where a bar ends the cell also inside code, bars are escaped.

    Empty text gives a code span with one blank, which is the least that markdown can write.
    """
    flat = one_line(text) or " "
    if in_table:
        # `\|` is the table's way to write a bar, so a backslash before one would be taken for that.
        flat = flat.replace("\\|", "\\ |").replace("|", "\\|")
    ticks = "`" * (_longest(flat, "`") + 1)
    edge = " " if flat.strip() and (flat[0] == "`" or flat[-1] == "`") else ""
    return f"{ticks}{edge}{flat}{edge}{ticks}"


def _longest(text: str, char: str) -> int:
    return max((len(m[0]) for m in re.finditer(f"{re.escape(char)}+", text)), default=0)


_COMMAND_LINE = re.compile(r"^(?=[ \t]*::.*::)|(?<=#)(?=#\[)", re.M)
"""What the runner takes for a command when it is printed: `::name::` after blanks, `##[name]` anywhere (actions/runner,
`ActionCommand.cs`)."""


def fence(text: str, *, info: str = "") -> str:
    """A fenced block of code with its last line end, its fence longer than any run of back-ticks inside.

    Args:
        info: one word for the highlighter, from us, not from a book.
    """
    body = _COMMAND_LINE.sub("\u200b", visible(text))
    ticks = "`" * max(3, _longest(body, "`") + 1)
    return f"{ticks}{info}\n{body}{'' if body.endswith(chr(10)) or not body else chr(10)}{ticks}\n"


def command_data(text: str) -> str:
    """The message of a workflow command (`::notice::message`), percent-encoded as GitHub's toolkit does.

    https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts, `escapeData`.
    """
    text = _HIDDEN.sub(lambda m: m[0] if m[0] == "\r" else _shown(m), text)
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def command_property(text: str) -> str:
    """A property of a workflow command (`::error file=value::`): `:` and `,` are encoded too (`escapeProperty`)."""
    return command_data(text).replace(":", "%3A").replace(",", "%2C")


def terminal_text(text: str) -> str:
    """Text for a terminal or a log: no escape sequence, no workflow command, one line."""
    return _COMMAND_LINE.sub("\u200b", " ".join(visible(text).split()))


def url_path(path: str) -> str:
    """A path of a repository as part of an address, percent-encoded (RFC 3986)."""
    return quote(path.encode("utf-8", "surrogatepass"), safe="/")


_WEB = re.compile(r"https?://[A-Za-z0-9._~%:/\[\]-]{1,300}")


def web_address(text: str) -> str:
    """The address of a repository without a final `/` or `.git`; empty when it is not a plain web address."""
    text = text.removesuffix("/").removesuffix(".git")
    return text if _WEB.fullmatch(text) and "@" not in text else ""


def utf16_length(text: str) -> int:
    """Characters as GitHub's limits and JavaScript count them."""
    return len(text) + sum(char > "\uffff" for char in text)
