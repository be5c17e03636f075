"""Markdown text to blocks, losslessly: CommonMark, tables, footnotes, front matter, formulas, and the dialects' own.

markdown-it-py finds the blocks; only its line maps are used, because it normalises line ends and expands tabs while
a `Block` points at the characters of the file as it is. What markdown-it-py knows nothing of (label lines, d2lbook
tabs, bodies of directives, tags among the lines of HTML, definition lists, alerts) is found by a second look at the
lines of its blocks. Any text parses; nothing raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from amts_action.documents.blocks import directives
from amts_action.documents.blocks.block_rules import container_rule, math_rule, tag_rule
from amts_action.documents.blocks.containers import alert_title, opening
from amts_action.documents.blocks.html_lines import runs
from amts_action.documents.blocks.line_runs import DESCRIBED, LABEL, LINE_OF_BLOCK, line_runs
from amts_action.documents.blocks.views import View, dedented, view_of
from amts_action.documents.inline import tokens
from amts_action.documents.model import Block, Document, Kind, Span

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

__all__ = ["parse_markdown"]

_DIRECTIVE = re.compile(r"\{([A-Za-z][\w:+.-]*)\}[ \t]*(.*)")
_OPTION = re.compile(r"\s*:[\w-]+:(?:\s.*)?")
_ATX_CLOSE = re.compile(r"(?:^|[ \t]+)#+[ \t]*$")
_HEADING_ATTRIBUTES = re.compile(r"(?:^|[ \t]+)(?:\{:?\s*[#.:-][^{}\n]*\}|\{/\*[^\n]*?\*/\})\Z")
_BOX = re.compile(r"\[[ xX]\][ \t]+")
_DEFINED = re.compile(r"[:~] {3}(?=\S)")
"""A definition whose further paragraphs are indented by four (pandoc's manual, "Definition lists")."""
_DEEPEST = 8
"""Containers in containers that are looked into; what lies deeper is carried as it is. Our own limit, against hostile
text."""


_UNDERLINE = re.compile(r"\n(?<!\n\n)[ \t>]*(?:=+|-+)[ \t]*(?:\n|\Z)")
"""A line that may underline a heading: all before it is a mark of a quote, and the line above it holds something."""


@cache
def _parser(has_underlines: bool) -> MarkdownIt:
    """`has_underlines`: whether a line may underline a heading; else no paragraph is searched for one."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.footnote import footnote_plugin
    from mdit_py_plugins.front_matter import front_matter_plugin

    md = MarkdownIt("commonmark").enable("table")
    md.use(front_matter_plugin).use(footnote_plugin)
    interrupted = ["paragraph", "reference", "blockquote", "list", "footnote_def"]
    md.block.ruler.before("html_block", "tag", tag_rule)
    md.block.ruler.before("code", "container", container_rule, {"alt": interrupted})
    md.block.ruler.before("fence", "math_block", math_rule(), {"alt": interrupted})
    unused = ["inline", "reference", "footnote_tail", "text_join"]
    return md.disable(unused if has_underlines else [*unused, "lheading"])


def parse_markdown(text: str) -> Document:
    """The blocks of a markdown text; `"".join(document.pieces()) == text` whatever the text.

    `\\ufeff` at the start, `\\r\\n`, `\\r`, tabs, NUL and unclosed fences are all fine; nesting deeper than 8
    directives is not looked into.
    """
    view = view_of(text)
    header = _toml_header(view.lines)
    found = [_whole(view, 0, header, "front_matter", ())] if header else []
    found += _in_order(_blocks(view.part(header, len(view.lines)) if header else view, (), 0))
    return Document(text, tuple(_with_tabs(_in_order(sorted([*found, *_unread(view, found)], key=_start)))))


def _toml_header(lines: Sequence[str]) -> int:
    """How many lines TOML front matter takes; 0 when there is none. Of YAML markdown-it-py knows."""
    if not lines or lines[0].rstrip() != "+++":
        return 0
    end = next((n for n, line in enumerate(lines) if n and line.rstrip() == "+++"), 0)
    import tomllib

    try:
        tomllib.loads("\n".join(lines[1:end]) if end else "=")
    except (tomllib.TOMLDecodeError, RecursionError):
        return 0  # the cell breaks of MyST look the same
    return end + 1


def _start(block: Block) -> int:
    return block.outer.start


_BARE = " \t\v\f\u00a0\ufeff>*+-\x00"
"""What a line may hold that says nothing: blanks and the marks of quotes and empty list items."""
_NUMBER = re.compile(r"\d{1,9}[.)]")


def _unread(view: View, blocks: Sequence[Block]) -> Iterator[Block]:
    """Lines that say something but are in no block, as opaque blocks: markdown-it-py stops at a nesting of its own.

    Without them a change in such lines would be lost in silence.
    """
    spans = iter([*(b.outer for b in blocks), Span(view.end, view.end)])
    span = next(spans)
    run = -1
    for n, (line, start) in enumerate(zip(view.lines, view.margins, strict=True)):
        while span.end <= start < view.end:
            span = next(spans)
        said = line.strip(_BARE) if start + len(line) <= span.start else ""
        lost = bool(said) and not _NUMBER.fullmatch(said)
        if lost and run < 0:
            run = n
        elif not lost and run >= 0:
            yield _whole(view, run, n, "html", ())
            run = -1
    if run >= 0:
        yield _whole(view, run, len(view.lines), "html", ())


def _in_order(blocks: Iterable[Block]) -> Iterator[Block]:
    """`blocks` without any that overlaps an earlier one, so that the document stays a partition."""
    at = 0
    for block in blocks:
        if block.outer.start >= at and block.outer.end > block.outer.start:
            yield block
            at = block.outer.end


def _blocks(view: View, container: tuple[str, ...], depth: int) -> Iterator[Block]:
    quotes = lists = 0
    text = "\n".join(view.lines)
    stream: Sequence[Token] = _parser(_UNDERLINE.search(text) is not None).parse(text)
    item: tuple[int, bool] = (-1, False)
    footnote = -1
    is_described = False
    for i, token in enumerate(stream):
        kind = token.type
        if kind == "blockquote_open":
            quotes += 1
        elif kind == "blockquote_close":
            quotes -= 1
        elif kind in ("bullet_list_open", "ordered_list_open"):
            lists += 1
        elif kind in ("bullet_list_close", "ordered_list_close"):
            lists -= 1
        elif kind == "list_item_open" and token.map:
            item = (token.map[0], True)
        elif kind == "footnote_reference_open" and stream[i + 1].map:
            footnote = stream[i + 1].map[0]  # type: ignore[index]
        elif token.map and kind != "inline" and not kind.endswith("_close"):
            first, last = token.map[0], min(token.map[1], len(view.lines))
            if last <= first:
                continue
            inside = (*container, *["quote"] * quotes)
            if kind == "code_block" and is_described and depth < _DEEPEST:
                # More of a definition: its paragraphs are as far in as a program would be.
                yield from _blocks(dedented(view.part(first, last)), inside, depth + 1)
                continue
            is_described = kind == "paragraph_open" and any(map(_DEFINED.match, stream[i + 1].content.split("\n")))
            if kind == "paragraph_open":
                role: Kind = "paragraph"
                if item == (first, True):
                    role, item = "list_item", (-1, False)
                elif footnote == first:
                    role = "footnote"
                yield from _paragraph(view, first, last, stream[i + 1].content, role, lists, inside)
            elif kind == "heading_open":
                yield _heading(view, first, last, stream[i + 1].content, token, inside)
            elif kind == "tr_open":
                yield from _table_row(view, first, stream, i, inside)
            elif kind == "fence" or (kind == "container" and token.info.lstrip().startswith("{")):
                yield from _fence(view, first, last, token, inside, depth)
            elif kind == "container":
                yield from _named_container(view, first, last, token, inside, depth)
            elif kind == "html_block":
                yield from _html(view, first, last, inside)
            elif kind in _WHOLE:
                yield _whole(view, first, last, _WHOLE[kind], inside)


_WHOLE: dict[str, Kind] = {
    "code_block": "code",
    "math_block": "math",
    "math_block_label": "math",
    "hr": "rule",
    "front_matter": "front_matter",
}


def _whole(view: View, first: int, last: int, kind: Kind, container: tuple[str, ...], info: str = "") -> Block:
    span = view.outer(first, last)
    lines = list(view.lines[first:last])
    while len(lines) > 1 and not lines[-1].strip():
        lines.pop()
    text = "\n".join(lines)
    if kind == "html" and text.lstrip().startswith("<!--"):
        kind = "comment"
    return Block(kind, span, span, text, _prefix(view, first), 0, info, container)


def _html(view: View, first: int, last: int, container: tuple[str, ...]) -> Iterator[Block]:
    """A block of HTML: its tags, and the language between them."""
    while last > first + 1 and not view.lines[last - 1].strip():
        last -= 1
    lines = view.lines[first:last]
    if "quote" in container:
        lines = tuple(re.sub(r"^[ \t>]+", lambda m: " " * len(m.group()), line) for line in lines)
    for run in runs(lines):
        if run.is_prose:
            yield _between_tags(view, first + run.first, first + run.last, run.start, run.end, container)
            continue
        lo, hi = first + run.first, first + run.last
        while lo < hi and not lines[lo - first].strip():
            lo += 1
        while hi > lo and not lines[hi - 1 - first].strip():
            hi -= 1
        if lo < hi:
            yield _whole(view, lo, hi, "html", container)


def _between_tags(view: View, lo: int, hi: int, start: int, end: int, container: tuple[str, ...]) -> Block:
    """The language of lines `lo` to `hi`, from column `start` of the first to column `end` of the last."""
    leads = [re.match(r"[ \t>]*", view.lines[n]) for n in range(lo + 1, hi)]
    lead = min((m.group() for m in leads if m), key=len, default="")
    lead = lead if all(view.lines[n].startswith(lead) for n in range(lo + 1, hi)) else ""
    inner = Span(view.starts[lo] + start, view.starts[hi - 1] + end)
    if hi == lo + 1:
        texts = [view.lines[lo][start:end]]
    else:
        texts = [view.lines[lo][start:], *(view.lines[n][len(lead) :] for n in range(lo + 1, hi - 1))]
        texts.append(view.lines[hi - 1][len(lead) : end])
    prefix = _prefix(view, min(lo + 1, hi - 1)) + lead
    return Block("paragraph", view.outer(lo, hi), inner, "\n".join(texts), prefix, 0, "html", container)


def _prefix(view: View, line: int) -> str:
    """White space in place of what stands before the line's text in the file."""
    return " " * (view.starts[line] - view.margins[line])


def _content(view: View, line: int, content: str) -> tuple[int, str]:
    """Offset in the file and text of the part of `line` that markdown-it gave as `content`."""
    raw = view.lines[line].rstrip()
    want = content.strip()
    if raw.endswith("#") and not raw.endswith(want):
        raw = _ATX_CLOSE.sub("", raw)
    column = len(raw) - len(want)
    if column < 0 or not raw.endswith(want):
        column = len(raw) - len(raw.lstrip(" \t>"))
        want = raw[column:]
    return view.starts[line] + column, want


def _heading(view: View, first: int, last: int, content: str, token: Token, container: tuple[str, ...]) -> Block:
    if token.markup in ("=", "-"):
        last -= 1
    block = _prose(view, first, last, content.split("\n"), "heading", int(token.tag[1:]), container)
    outer = view.outer(first, last + 1 if token.markup in ("=", "-") else last)
    m = _HEADING_ATTRIBUTES.search(block.text)
    if m is None or not m.start():
        return replace(block, outer=outer)
    # An id is an address: it belongs to the heading's form.
    inner = Span(block.inner.start, block.inner.end - len(m.group()))
    return replace(block, outer=outer, inner=inner, text=block.text[: m.start()])


def _prose(
    view: View, first: int, last: int, contents: Sequence[str], kind: Kind, level: int, container: tuple[str, ...]
) -> Block:
    start, head = _content(view, first, contents[0])
    texts, end, marks, prefix = [head], start + len(head), "", ""
    for line in range(first + 1, last):
        at, text = _content(view, line, contents[line - first] if line - first < len(contents) else "")
        lead = view.lines[line][: at - view.starts[line]]
        if line == first + 1 and (level or ">" in lead or kind == "footnote"):
            marks = lead
        # What a line has beyond the marks of its container is the author's own and stays with the text.
        texts[-1] += view.lines[line - 1][len(view.lines[line - 1].rstrip()) :]
        texts.append(lead.removeprefix(marks) + text if lead.startswith(marks) else text)
        end = at + len(text)
        prefix = " " * (view.starts[first + 1] - view.margins[first + 1]) + marks
    if last == first + 1:
        lead = view.lines[first][: start - view.starts[first]]
        prefix = " " * (view.starts[first] - view.margins[first]) + re.sub(r"[^\s>]", " ", lead)
        if kind == "heading":
            prefix = ""
    outer = Span(view.margins[first], max(end, view.outer(first, last).end))
    return Block(kind, outer, Span(start, end), "\n".join(texts), prefix, level, "", container)


def _paragraph(
    view: View, first: int, last: int, content: str, kind: Kind, level: int, container: tuple[str, ...]
) -> Iterator[Block]:
    """The blocks of one markdown paragraph: d2lbook and MyST put label lines, tabs and equations into it."""
    contents = content.split("\n")
    if container[-1:] == ("glossary",) and kind == "paragraph":
        for a, b in _entries(view.lines[first:last]):
            yield _prose(view, first + a, first + b, contents[a:b], kind, level, container)
        return
    for role, a, b, info in line_runs(contents):
        lo, hi = first + a, min(first + b, last)
        if hi <= lo:
            continue
        if role == "prose":
            block = _prose(view, lo, hi, contents[a:b], kind if a == 0 else "paragraph", level, container)
            yield _after_mark(block, _BOX) if block.kind == "list_item" else _named(block)
        elif role == "marked":
            block = _prose(view, lo, hi, contents[a:b], "list_item", level, container)
            yield _after_mark(block, LINE_OF_BLOCK if contents[a][0] == "|" else DESCRIBED)
        elif role == "alert":
            yield _alert(view, lo, container)
        else:
            yield _whole(view, lo, hi, role, container, info)


def _entries(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Half-open ranges of the lines of a glossary: each term, and what is indented below it."""
    start = 0
    for n in range(1, len(lines) + 1):
        if n == len(lines) or not lines[n - 1][:1].isspace() or not lines[n][:1].isspace():
            yield start, n
            start = n


def _after_mark(block: Block, mark: re.Pattern[str]) -> Block:
    """The same block with a mark that its text starts with made a part of its form."""
    m = mark.match(block.text)
    if m is None or m.end() == len(block.text):
        return block
    return replace(block, inner=Span(block.inner.start + m.end(), block.inner.end), text=block.text[m.end() :])


def _alert(view: View, line: int, container: tuple[str, ...]) -> Block:
    """The first line of an alert, with the title that it may have."""
    block = _whole(view, line, line + 1, "directive", container, "alert")
    raw = view.lines[line]
    marks = len(raw) - len(raw.lstrip(" \t>"))
    found = alert_title(raw[marks:])
    if found is None or found[0] >= found[1]:
        return block
    start, end = found[0] + marks, found[1] + marks
    return replace(block, inner=Span(view.starts[line] + start, view.starts[line] + end), text=raw[start:end])


def _with_tabs(blocks: Iterable[Block]) -> Iterator[Block]:
    """Names d2lbook's tabs as containers of what stands between `:begin_tab:` and `:end_tab:`."""
    held: list[Block] = []
    for block in blocks:
        if block.kind == "tab":
            yield from held
            held = [block]
        elif held and block.kind == "end" and block.text.strip() == ":end_tab:":
            name = f"tab:{held[0].info}"
            yield replace(held[0], closer=True)
            yield from (replace(b, container=(name, *b.container)) for b in [*held[1:], block])
            held = []
        elif held:
            held.append(block)
        else:
            yield block
    yield from held


def _named(block: Block) -> Block:
    """The same block, as a caption when it is one image and nothing else."""
    if block.kind == "paragraph" and block.text.startswith("!["):
        found = tokens(block.text)
        if found[0].kind == "image" and found[0].type == "open":
            depth = [t.type for t in found if t.kind == "image"]
            rest = found[-1]
            if depth.count("close") == 1 and rest.type == "close" and rest.kind == "image":
                return replace(block, kind="caption")
    return block


def _table_row(view: View, line: int, stream: Sequence[Token], i: int, container: tuple[str, ...]) -> Iterator[Block]:
    raw = view.lines[line]
    if LABEL.fullmatch(raw):
        yield _whole(view, line, line + 1, "label", container)
        return
    text = raw.strip().strip("|") if raw.strip() != "|" else ""
    inner = text.strip()
    column = raw.find(inner) if inner else 0
    outer = view.outer(line, line + 1)
    span = Span(view.starts[line] + column, view.starts[line] + column + len(inner)) if inner else outer
    yield Block("table_row", outer, span, inner, "", 0, "", container)
    if i and stream[i - 1].type == "thead_open" and line + 1 < len(view.lines):
        yield _whole(view, line + 1, line + 2, "rule", container, "table")


def _fence(view: View, first: int, last: int, token: Token, container: tuple[str, ...], depth: int) -> Iterator[Block]:
    info = token.info.strip()
    m = _DIRECTIVE.fullmatch(info)
    if m is None:
        kind: Kind = "directive" if info in ("toc", "eval_rst") else "code"
        yield _whole(view, first, last, kind, container, info)
        return
    name = m.group(1)
    body = view.lines[_after_options(view.lines, first + 1, last) : last - 1]
    if depth >= _DEEPEST or not directives.is_container(name, body):
        kind = "code" if name in directives.CODE else "math" if name in directives.MATH else "directive"
        yield _whole(view, first, last, kind, container, name)
        return
    yield from _container(view, first, last, token, name, container, depth)


def _container(
    view: View, first: int, last: int, token: Token, name: str, container: tuple[str, ...], depth: int
) -> Iterator[Block]:
    """Opening line with options, the body as a document of its own, the closing line."""
    mark = token.markup
    closing = view.lines[last - 1].strip(" \t>")
    closed = last > first + 1 and len(closing) >= len(mark) and not closing.strip(mark[0])
    end = last - 1 if closed else last
    body = _after_options(view.lines, first + 1, end)
    title_at, title = _content(view, first, token.info.strip().split("}", 1)[1].strip())
    outer = view.outer(first, body)
    titled = bool(title) and directives.is_titled(name, title)
    inner = Span(title_at, title_at + len(title)) if titled else outer
    text = title if titled else "\n".join(view.lines[first:body])
    yield Block("directive", outer, inner, text, _prefix(view, first), 0, name, container, closer=closed)
    if body < end:
        yield from _blocks(dedented(view.part(body, end)), (*container, name), depth + 1)
    if closed:
        yield _whole(view, last - 1, last, "end", (*container, name))


def _named_container(
    view: View, first: int, last: int, token: Token, container: tuple[str, ...], depth: int
) -> Iterator[Block]:
    """A container that is no directive: opening line, the body as a document of its own, closing line if any."""
    line = view.lines[first]
    found = opening(line[len(line) - len(line.lstrip(" \t>")) :])
    if found is None or depth >= _DEEPEST:
        yield _whole(view, first, last, "directive", container, found.name if found else "")
        return
    end = last - 1 if found.mark else last
    block = _whole(view, first, first + 1, "directive", container, found.name)
    if found.title is not None:
        at = len(line) - len(line.lstrip(" \t>"))
        inner = Span(view.starts[first] + at + found.title[0], view.starts[first] + at + found.title[1])
        block = replace(block, inner=inner, text=line[at + found.title[0] : at + found.title[1]])
    yield replace(block, closer=bool(found.mark))
    if first + 1 < end:
        yield from _blocks(dedented(view.part(first + 1, end)), (*container, found.name), depth + 1)
    if found.mark:
        yield _whole(view, last - 1, last, "end", (*container, found.name))


def _after_options(lines: Sequence[str], at: int, end: int) -> int:
    """Index of the first line after a directive's options (`:key: value` lines or a `---` block)."""
    if at < end and lines[at].strip() == "---":
        for j in range(at + 1, end):
            if lines[j].strip() == "---":
                return j + 1
        return at
    while at < end and _OPTION.fullmatch(lines[at]) and not LABEL.fullmatch(lines[at]):
        at += 1
    return at
