"""Citations of a page, and the bibliography entries that the translation lacks for them.

The `.bib` file is scanned, not parsed and written again: entries travel as they stand, existing bytes are not touched.
The scan follows BibTeX 0.99 and pybtex (which Jupyter Book and d2lbook build with): text outside of `@type{…}` is a
comment; of `@comment{` only the word is, so an entry inside it counts; braces balance regardless of backslashes and
quotes; keys and macro names are compared without regard to case (a second `foo2010` beside `Foo2010` is an error to
both programs), while a key is reported as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from amts_action.companions.scan import visible
from amts_action.documents.model import Span

__all__ = ["BibResult", "append_missing", "cited", "entries"]

_CITE = re.compile(r"(?:foot|full|no)?cite[a-z]*(?::[a-z]+)?\Z")
_TOKEN = re.compile(r'[{}()"@]')
_OPEN = re.compile(r"@\s*+([^\s@{}()\",=#%]++)\s*+([{(])")
_KEY = {"{": re.compile(r"\s*+([^\s,}]++)"), "(": re.compile(r"\s*+([^\s,]++)")}
_LIKELY_ENTRY = re.compile(r"@\s*+[A-Za-z]++\s*+[{(]\s*+[^\s,{}()\"=]++\s*+,")
_STRING = re.compile(r"\s*+([^\s,={}\"]++)\s*+=")
_MACRO_USE = re.compile(r"[=#]\s*+([A-Za-z_][^\s\"#%'(),={}]*+)")
_CROSSREF = re.compile(r"\bcrossref\s*=\s*(?:\{\s*([^{}]*?)\s*\}|\"\s*([^\"]*?)\s*\")", re.IGNORECASE)
_AROUND = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class BibResult:
    """The target's bibliography with what it lacked at its end."""

    text: str
    added: tuple[str, ...] = ()
    """Keys of the entries that were appended, as the source writes them, in its order."""
    missing: tuple[str, ...] = ()
    """Keys that neither file has: cited or cross-referenced."""
    flags: tuple[str, ...] = ()


class _FoundEntry(NamedTuple):
    type: str
    """In lower case; `string` for a macro."""
    key: str
    span: Span


def cited(text: str) -> tuple[str, ...]:
    """Keys that a page or markdown cell cites, in order of first appearance. Never raises.

    Known: d2lbook's `:cite:`, `:citet:`, `:citep:`; sphinxcontrib-bibtex's `{cite}`, `{cite:t}`, `{cite:p}`,
    `{footcite}` and their kin, with text in braces before and after keys (`{see}key{p. 2}`). Code does not count.
    """
    keys: dict[str, None] = {}
    for role in visible(text).roles:
        if _CITE.match(role.name):
            for part in _AROUND.sub(" ", role.content).split(","):
                key = part.strip()
                if key and not re.search(r"[\s{}]", key):
                    keys[key] = None
    return tuple(keys)


def entries(bib: str) -> dict[str, Span]:
    """The complete entries of a `.bib` text by key, in order; where a key stands twice the first counts, as in BibTeX.

    Time is linear in the length. An entry that never closes is left out: it ends where the next line begins with
    something like `@article{key,`.
    """
    found: dict[str, Span] = {}
    seen: set[str] = set()
    for one in _scan(bib)[0]:
        if one.type not in {"string", "preamble"} and one.key and one.key.casefold() not in seen:
            seen.add(one.key.casefold())
            found[one.key] = one.span
    return found


def append_missing(source_bib: str, target_bib: str, keys: Iterable[str]) -> BibResult:
    """Append the entries of `keys` that the target lacks, verbatim but for line ends, in the order of the source.

    Entries that they cross-reference come too, and before all of them the `@string` macros they use and the target
    does not define (its own definition wins). One blank line stands before each addition; the file ends with or
    without a line end as it did. Running it again changes nothing. Keys that are nowhere are in `missing`.
    """
    target_found, is_open = _scan(target_bib)
    present = {one.key.casefold() for one in target_found if one.type not in {"string", "preamble"}}
    source = {key.casefold(): (key, span) for key, span in entries(source_bib).items()}
    wanted, missing = _closure(source_bib, source, dict.fromkeys(keys), present)
    chosen = sorted((source[key] for key in wanted), key=lambda pair: pair[1])
    if is_open and chosen:
        why = "the bibliography ends inside an entry that is not closed; close it, then run again"
        return BibResult(target_bib, missing=missing, flags=(why,))
    known = {one.key.casefold() for one in target_found if one.type == "string"}
    spans = _macros(source_bib, [span for _, span in chosen], known) + [span for _, span in chosen]
    text = _appended(target_bib, [span.of(source_bib) for span in spans])
    return BibResult(text, tuple(key for key, _ in chosen), missing)


def _closure(
    bib: str, source: dict[str, tuple[str, Span]], keys: Iterable[str], present: set[str]
) -> tuple[set[str], tuple[str, ...]]:
    """Keys (folded) to append: those asked for and what they cross-reference; and the keys found nowhere."""
    wanted: set[str] = set()
    missing: dict[str, None] = {}
    waiting = list(keys)[::-1]
    while waiting:
        key = waiting.pop()
        folded = key.casefold()
        if folded in present or folded in wanted:
            continue
        if folded not in source:
            missing[key] = None
            continue
        wanted.add(folded)
        parent = _CROSSREF.search(source[folded][1].of(bib))
        if parent and (parent[1] or parent[2]):
            waiting.append(parent[1] or parent[2])
    return wanted, tuple(missing)


def _macros(bib: str, spans: list[Span], known: set[str]) -> list[Span]:
    """Spans of the `@string` definitions that the entries use, directly or through another macro, in file order."""
    defined: dict[str, Span] = {}
    for one in _scan(bib)[0]:
        if one.type == "string":
            defined.setdefault(one.key.casefold(), one.span)
    needed: set[Span] = set()
    waiting = list(spans)
    while waiting:
        for name in _uses(waiting.pop().of(bib)):
            span = defined.get(name)
            if span is not None and name not in known and span not in needed:
                needed.add(span)
                waiting.append(span)
    return sorted(needed)


def _uses(entry: str) -> Iterator[str]:
    """Bare words in the values of an entry, folded: text in braces and quotes blanked first."""
    opened = _OPEN.match(entry)
    body = entry[opened.end() if opened else 0 :]
    outside: list[str] = []
    depth, quoted, done = 0, False, 0
    for match in re.finditer(r'[{}"]', body):
        if depth <= 0 and not quoted:
            outside += [body[done : match.start()], " "]
        if match[0] == '"':
            quoted = quoted != (depth <= 0)
        else:
            depth += 1 if match[0] == "{" else -1
        done = match.end()
    for use in _MACRO_USE.finditer("".join([*outside, body[done:]])):
        yield use[1].casefold()


def _appended(text: str, pieces: list[str]) -> str:
    if not pieces:
        return text
    end = "\r\n" if "\r\n" in text else "\n"
    blank = re.search(r"(?:\A|\n)[ \t]*\r?\n\Z", text[-200:]) is not None
    gap = "" if not text or blank else end if text.endswith("\n") else end * 2
    body = (end * 2).join(re.sub(r"\r\n|\r|\n", end, piece) for piece in pieces)
    return text + gap + body + (end if not text or text.endswith("\n") else "")


def _scan(bib: str) -> tuple[list[_FoundEntry], bool]:
    """All complete entries and macros, and whether the text ends inside of one. One pass over the delimiters."""
    found: list[_FoundEntry] = []
    start, kind, opener, body = -1, "", "{", 0
    depth, quoted, skip = 0, False, 0
    for token in _TOKEN.finditer(bib):
        at, char = token.start(), token[0]
        if at < skip:
            continue
        if char == "@":
            opened = _OPEN.match(bib, at) if start < 0 or _breaks_off(bib, at) else None
            if opened and opened[1].casefold() != "comment":
                start, kind, opener = at, opened[1].casefold(), opened[2]
                depth, quoted, body = 0, False, opened.end()
            skip = opened.end() if opened else skip
            continue
        if start < 0:
            continue
        closes = char == "}" if opener == "{" else char == ")" and not quoted
        if closes and depth == 0:
            found.append(_FoundEntry(kind, _key(bib, kind, opener, body), Span(start, at + 1)))
            start = -1
        elif char in "{}":
            depth = max(0, depth + (1 if char == "{" else -1))
        elif char == '"' and depth == 0:
            quoted = not quoted
    return found, start >= 0


def _breaks_off(bib: str, at: int) -> bool:
    """Whether the `@` inside an entry is the next entry, so that the first was never closed."""
    line = max(bib.rfind("\n", max(0, at - 80), at), bib.rfind("\r", max(0, at - 80), at))
    return line >= 0 and not bib[line + 1 : at].strip(" \t") and bool(_LIKELY_ENTRY.match(bib, at))


def _key(bib: str, kind: str, opener: str, body: int) -> str:
    match = _STRING.match(bib, body) if kind == "string" else _KEY[opener].match(bib, body)
    return match[1] if match else ""
