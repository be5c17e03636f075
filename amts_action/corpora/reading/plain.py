"""Text without markup, and bytes whose encoding is to be found, as the text of blocks."""

from __future__ import annotations

import codecs
import re

from amts_action.errors import InputError

__all__ = ["decoded", "marked", "paragraphs"]

_URL = re.compile(
    r"https?://[^\s<>()\[\]{}\"'`$|\u3000-\u303f\uff00-\uffef\u4e00-\u9fff]*[^\s<>()\[\]{}\"'`$|\u3000-\u303f\uff00-\uffef\u4e00-\u9fff.,;:!?*_~&\\]"
)
_MARKUP = re.compile(r"[\\`*_\[\]{}$~<&]|:(?=\w[\w.+-]{0,40}:`)")
_DECLARED = re.compile(
    rb"""<meta[^>]{0,500}?charset\s{0,9}=\s{0,9}["']?\s{0,9}([\w.:-]{1,40})|<\?xml[^>]{0,200}?encoding=["']([\w.:-]{1,40})""",
    re.IGNORECASE,
)
_LOOKED_AT = 4_096
"""Bytes in which a declaration is looked for; browsers look at 1,024 (https://html.spec.whatwg.org, 13.2.3.2)."""
_KNOWN = re.compile(
    r"(?:utf[-_]?8|(?:x-)?(?:cp|windows)-?125\d|iso[-_]?8859[-_]\d{1,2}|latin-?\d|gb2312|gbk|gb18030|big5(?:-hkscs)?|"
    r"euc[-_](?:jp|kr)|ks_c_5601-1987|shift[-_]jis|sjis|iso-2022-jp|koi8-[ru]|tis-620|us-ascii)\Z",
    re.IGNORECASE,
)
_WEB = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "gb2312": "gb18030"}
"""What these names mean on the web (https://encoding.spec.whatwg.org/#names-and-labels)."""
_BROKEN_SHARE = 1_000
"""Of so many characters, one may be broken."""


def decoded(data: bytes, *, where: str, is_html: bool) -> str:
    """The characters of a file: by its byte order mark, as UTF-8, by what it declares; HTML last as Windows-1252.

    Single broken characters become U+FFFD.

    Raises:
        InputError: none of these fits, or the file is no text.
    """
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return _lenient(data[len(mark) :], name, where)
    if b"\0" in data:
        raise InputError("holds zero bytes: no text, or UTF-16 without its mark", where=where)
    found = _DECLARED.search(data[:_LOOKED_AT]) if is_html else None
    name = (found[1] or found[2]).decode("ascii").lower() if found else ""
    if not data.isascii() or not name.startswith("iso-2022"):
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            if not is_html:
                raise InputError(f"byte {error.start} is not UTF-8", where=where, mend="save it as UTF-8") from error
    if name and not _KNOWN.match(name):
        raise InputError(f"the encoding {name!r} is not known", where=where, mend="save it as UTF-8")
    return _lenient(data, _WEB.get(name, name.removeprefix("x-")) or "cp1252", where)


def _lenient(data: bytes, name: str, where: str) -> str:
    try:
        text = data.decode(name, "replace")
    except LookupError as error:
        raise InputError(f"the encoding {name!r} is not known", where=where, mend="save it as UTF-8") from error
    if text.count("\ufffd") * _BROKEN_SHARE > len(text):
        raise InputError(f"is not in the encoding {name}", where=where, mend="save it as UTF-8")
    return text


def marked(text: str) -> str:
    """Markdown that shows `text`: what would be markup gets a backslash; addresses stay as they are."""
    out, at = [], 0
    for url in _URL.finditer(text):
        out += [_MARKUP.sub(r"\\\g<0>", text[at : url.start()]), url.group()]
        at = url.end()
    return "".join([*out, _MARKUP.sub(r"\\\g<0>", text[at:])])


def paragraphs(text: str) -> list[tuple[int, str]]:
    """The paragraphs of a plain text, with the line, from 1, at which each starts; blank lines part them."""
    out: list[tuple[int, str]] = []
    lines: list[str] = []
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if line.strip():
            lines.append(line.strip())
        elif lines:
            out.append((number - len(lines), "\n".join(lines)))
            lines = []
    return out
