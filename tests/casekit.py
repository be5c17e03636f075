"""Cases as data, an honest engine, and generated markdown: what the tests of the core share.

A case is one file: its title on the first line, then named parts, each opened by a line `=== name ===`. A part keeps
its text exactly; the newline before the next `===` line belongs to the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from hypothesis import strategies as st

from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.inline import tokens
from amts_action.engines.model import Segment, Translation
from amts_action.merging.document import Result, merge_document, plan_document, segments
from amts_action.merging.options import MergeOptions

__all__ = [
    "FIXTURES",
    "Case",
    "answer",
    "books",
    "cases",
    "changed",
    "documents",
    "merge",
    "mutated",
    "pseudo",
    "sample_texts",
    "translated",
]

FIXTURES = Path(__file__).parent / "fixtures"


class Case(dict[str, str]):
    """The parts of a case by name, and its title."""

    title = ""


def cases(folder: str) -> list[tuple[str, Case]]:
    """(file name, case) of every case in `fixtures/FOLDER`, at least one."""
    found = []
    for path in sorted((FIXTURES / folder).glob("*.txt")):
        head, *rest = re.split(r"^=== (\w+) ===\n", path.read_bytes().decode(), flags=re.M)
        case = Case(zip(rest[::2], rest[1::2], strict=True))
        case.title = head.strip()
        assert case.title, f"{path.name} has no title"
        found.append((path.stem, case))
    assert found, f"no cases in {folder}"
    return found


def sample_texts() -> dict[str, str]:
    """Every document that any case or fixture holds, by name."""
    found = {p.name: p.read_bytes().decode() for p in sorted((FIXTURES / "documents").iterdir())}
    for folder in ("blocks", "merge"):
        for name, case in cases(folder):
            found |= {f"{name}:{part}": case[part] for part in ("input", "base", "head", "target") if part in case}
    assert len(found) >= 40
    return found


def pseudo(text: str) -> str:
    """An honest pseudo translation: words in `⟦…⟧`, everything protected as it was."""
    return "".join(f"⟦{t.raw}⟧" if t.type == "text" and re.search(r"[^\W\d_]", t.raw) else t.raw for t in tokens(text))


def translated(text: str) -> str:
    """A pseudo translation of a document: the words of every prose block in `⟦…⟧`, all else the same."""
    out, at = [], 0
    for block in parse_markdown(text).blocks:
        if block.is_prose and block.kind != "table_row":
            out += [text[at : block.inner.start], pseudo(block.inner.of(text))]
            at = block.inner.end
    return "".join([*out, text[at:]])


def answer(segment: Segment) -> Translation:
    core = segment.text.strip()
    return Translation(segment.id, f"⟦{' '.join(core.split())}⟧", (), "machine", len(core))


def merge(base: str, head: str, target: str, *, lang: str = "", fill_missing: bool = False) -> Result:
    """The whole merge of one document with an engine that answers `⟦English⟧`, on one line."""
    plan = plan_document(base, head, target, MergeOptions(target_lang=lang, fill_missing=fill_missing))
    given = [answer(s) for s in segments(plan, prefix="0")]
    return merge_document(plan, {t.id: t for t in given}, prefix="0")


def changed(result: Result) -> list[str]:
    """The actions of a result other than `keep`, in order."""
    return [e.action for e in result.entries if e.action != "keep"]


# Markdown from a grammar of what real books hold. ---------------------------------------------------------------

_WORDS = st.sampled_from(
    "the model learns a small step from every example while data arrive in batches and loss 损失 函数 Größe".split()
)
_SPANS = st.sampled_from(
    [
        "$x_1$",
        "$$y = 2$$",
        "`code`",
        "``a`b``",
        ":numref:`fig_a`",
        ":cite:`Smith.2020`",
        "{doc}`intro`",
        "{ref}`a text <there>`",
        "[link](http://a.b/c_d)",
        "![alt](../img/a.svg)",
        "*soft*",
        "**loud**",
        "[**slide**]",
        "(**more**)",
        "<b>bold</b>",
        "&nbsp;",
        "[^note]",
        "https://d2l.ai",
        "\\$5",
        "{{ name }}",
        "[[nested](a)](b)",
        "$5",
        "*",
        "[",
        "](",
        "`",
        "\\",
        "~~old~~",
    ]
)
_SENTENCE = st.lists(st.one_of(_WORDS, _WORDS, _WORDS, _SPANS), min_size=1, max_size=9).map(" ".join)
_PARAGRAPH = st.lists(_SENTENCE, min_size=1, max_size=3).map("\n".join)
_CODE = st.lists(
    st.sampled_from(
        ["x = 1", "# a comment", "def f(x):  #@save", "    return x", "", "#@tab mxnet", "plot('a', \"b\")"]
    ),
    max_size=5,
).map("\n".join)


def _indented(text: str, mark: str) -> str:
    first, *rest = text.split("\n")
    return "\n".join([mark + first, *(" " * len(mark) + line if line else line for line in rest)])


def _listed(items: Sequence[str], mark: str, between: str) -> str:
    return between.join(_indented(item, mark) for item in items)


_LEAF = st.one_of(
    _PARAGRAPH,
    _PARAGRAPH,
    st.builds(lambda n, s: "#" * n + " " + s, st.integers(1, 6), _SENTENCE),
    st.builds(lambda s, c: f"{s}\n{c * 5}", _SENTENCE, st.sampled_from("=-")),
    st.builds(lambda s: f"## {s} ##\n:label:`sec_a`", _SENTENCE),
    st.builds(lambda i, c: f"```{i}\n{c}\n```", st.sampled_from(["", "python", "{.python .input}", "toc"]), _CODE),
    st.builds(lambda c: f"```{{code-cell}} python\n:tags: [a]\n\n{c}\n```", _CODE),
    st.builds(lambda c: "\n".join("    " + line for line in ("x", *c.split("\n"))), _CODE),
    st.builds(lambda n, s: f"$$\n{s}\n$$ ({n})", st.integers(1, 9), st.sampled_from(["x = 1", "\\frac{a}{b}"])),
    st.builds(lambda s: f"$$ {s} $$\n:eqlabel:`eq_a`", st.sampled_from(["x = 1", "\\text{if } b"])),
    st.just("\\begin{align}\na &= b\n\\end{align}"),
    st.just("```{math}\n:label: eq\nx = 1\n```"),
    st.builds(lambda s: f"![{s}](../img/b.png)\n:width:`400px`\n:label:`fig_a`", _SENTENCE),
    st.builds(lambda a, b: f"| {a} | b |\n|:--|---|\n| {b} | \\| |\n:label:`tab`", _WORDS, _WORDS),
    st.just("(target)="),
    st.just("---"),
    st.just("<!-- hidden\n\ntext -->"),
    st.just("<div class='a'>\n<p>x</p>\n</div>"),
    st.just("% a comment"),
    st.just('+++ {"a": 1}'),
    st.just("[ref]: http://a.b 'Title'"),
    st.builds(lambda s: f"[^n]: {s}", _SENTENCE),
    st.just("```{.python .input\nunclosed"),
    st.just(":::{note}\nunclosed"),
    st.just(":begin_tab:`mxnet`\nunclosed"),
    st.just(":end_tab:"),
    st.just("<<<<<<< almost"),
)


def _nest(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, min_size=1, max_size=3).map("\n\n".join)
    return st.one_of(
        st.builds(lambda b: f":begin_tab:`mxnet`\n{b}\n:end_tab:", body),
        st.builds(
            lambda b, n: f"```{{{n}}} Title\n:class: a\n\n{b}\n```", body, st.sampled_from(["note", "prf:proof"])
        ),
        st.builds(lambda b, k: f"{':' * k}{{admonition}} A title\n{b}\n{':' * k}", body, st.integers(3, 6)),
        st.builds(lambda b: f"`````{{tab-set}}\n````{{tab-item}} One\n{b}\n````\n`````", body),
        st.builds(lambda b: "\n".join("> " + line for line in b.split("\n")), body),
        st.builds(lambda b: "\n".join(">" + line for line in b.split("\n")), body),
        st.builds(
            lambda xs, m: _listed(xs, m, "\n"),
            st.lists(inner, min_size=1, max_size=3),
            st.sampled_from(["* ", "1. ", "-\t"]),
        ),
        st.builds(lambda xs: _listed(xs, "- ", "\n\n"), st.lists(inner, min_size=1, max_size=2)),
    )


_BLOCK = st.recursive(_LEAF, _nest, max_leaves=5)
_FRONT = st.sampled_from(["", "", "---\ntitle: A\n---\n\n", "\n\n", "\ufeff", "---\nunclosed\n"])
_END = st.sampled_from(["", "\n", "\n\n", "  ", "\n\t\n", "\x00"])


@st.composite
def books(draw: st.DrawFn) -> str:
    """A document of real constructs, with one newline style or several, any end and sometimes a byte order mark."""
    blocks = draw(st.lists(_BLOCK, max_size=8))
    text = draw(_FRONT) + draw(st.sampled_from(["\n\n", "\n", "\n\n\n"])).join(blocks) + draw(_END)
    style = draw(st.sampled_from(["\n", "\n", "\n", "\r\n", "\r", "mixed"]))
    if style == "mixed":
        lines = text.split("\n")
        ends = draw(st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=len(lines), max_size=len(lines)))
        return "".join(a + b for a, b in zip(lines, ends, strict=True))
    return text.replace("\n", style)


_ODD = st.sampled_from(
    [
        "\x00",
        "\ufeff",
        "\r",
        "\n",
        "\t",
        "`",
        "```",
        ":::",
        "$",
        "$$",
        "[",
        "](",
        "*",
        ">",
        "#",
        "\\",
        "|",
        "\u2028",
        "\x0b",
        "\x85",
        "\U0001f600",
        "e\u0301",
        "    ",
        ":label:`a`",
        ":end_tab:",
    ]
)


@st.composite
def mutated(draw: st.DrawFn, text: str) -> str:
    """`text` after a few lines were deleted, doubled or swapped and odd characters put in."""
    lines = text.splitlines(keepends=True) or [""]
    for _ in range(draw(st.integers(1, 4))):
        i, j = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
        kind = draw(st.sampled_from(["delete", "double", "swap", "insert"]))
        if kind == "delete" and len(lines) > 1:
            del lines[i]
        elif kind == "double":
            lines.insert(j, lines[i])
        elif kind == "swap":
            lines[i], lines[j] = lines[j], lines[i]
        else:
            at = draw(st.integers(0, len(lines[i])))
            lines[i] = lines[i][:at] + draw(_ODD) + lines[i][at:]
    return "".join(lines)


def documents() -> st.SearchStrategy[str]:
    """Generated documents and mutations of the real ones."""
    return st.one_of(books(), st.sampled_from(sorted(sample_texts().values())).flatmap(mutated))
