"""What people read of a run. Book text is hostile here in every place that it can reach."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flagkit import flagged
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from thorough import examples

from amts_action.documents.model import Span
from amts_action.merging.document import Entry
from amts_action.reports import escape, worddiff
from amts_action.reports.body.pull_request import LIMIT, body, report, title
from amts_action.reports.cards import card
from amts_action.reports.checklist import points
from amts_action.reports.escape import utf16_length
from amts_action.reports.links import blob
from amts_action.reports.model import Companion, DocumentReport, Lines, RunReport, lines_of, verdict
from amts_action.reports.table import StatusRow, cut, display_width, plan_table, status_table, table

GOLDEN = Path(__file__).parents[1] / "golden"

HOSTILE = [
    "@octocat please look, (@github/team) a@b.example",
    "fixes #12, GH-12, octo/repo#1 and octo@0123456789abcdef0123456789abcdef01234567 deadbeef",
    "</details><script>alert(1)</script><img src=x onerror=alert(1)>",
    "<!-- hidden --> text <!-- never closed",
    "````````\nafter a fence\n~~~~~~\n```suggestion\n",
    "::set-output name=a::b\n  ::error file=x::boom\n##[error]boom",
    "a\0b\x1b[31mred\x07\r\nnext\rlast\x85\u2028\u2029",
    "\u202egnp.exe\u202c \u2066isolated\u2069 \u200f \ud800 \U000e0041",
    "$(touch /tmp/owned) `id` {{ config }} ${{ secrets.TOKEN }} %0A%3A",
    "$x$ and $$y$$ and $`z`$ :tada: :numref:`fig` :label: :+1:",
    "| a | b |\n|---|---|\n| 1 \\| 2 | 3 |",
    "# heading\n\n- item\n1. one\n    code\n> quote\n***\n===\n[a]: http://x.example",
    "[x](javascript:alert(1)) ![y](http://t.example/p.png) <http://z.example> www.w.example https://v.example/1",
    "**bold** _it_ ~~no~~ [^1] &lt;b&gt; &#64;user \\@user \\",
    "-[ ] x",
    "1) one",
    "+ plus",
    "",
    " \n\t",
    "中文\n文字 @用户 字",
]

texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(), max_size=60),
    st.lists(
        st.sampled_from([*HOSTILE, "<", ">", "`", "\n", "\n\n", "@", "#1", "|", "\\", "*", "~~", "$"]), max_size=6
    ).map("".join),
)

CODE = {"code", "pre", "a"}


class _Page(HTMLParser):
    """The elements of a page and its text nodes, those in code and links apart."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.nodes: list[str] = []
        self.code: list[str] = []
        self._open: list[str] = []
        self._joined = False
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(attrs)))
        self._joined = False
        if tag != "br":
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(attrs)))
        self._joined = False

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open[-1] == tag, f"</{tag}> closes {self._open[-3:]}"
        self._open.pop()
        self._joined = False

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl!r}")

    def handle_data(self, data: str) -> None:
        into = self.code if CODE & set(self._open) else self.nodes
        if self._joined and into:
            into[-1] += data
        else:
            into.append(data)
        self._joined = True

    @property
    def text(self) -> str:
        return "".join(self.nodes)


def render(markdown: str, *, html: bool = True) -> str:
    """HTML as GitHub would make it, its own sanitising left out: what we write must not need that."""
    parser = MarkdownIt("commonmark", {"html": html, "breaks": True}).enable(["table", "strikethrough"])
    return str(parser.render(markdown))


def assert_inert(page: _Page) -> None:
    """No text node holds what GitHub's filters look for after rendering."""
    for node in page.nodes:
        assert not re.search(r"@[A-Za-z0-9_-]", node), node
        assert not re.search(r"#\d|(?i:GH-\d)|(?i:https?://|ftp://|www\.)", node), node
        assert not re.search(r"(?<![0-9a-fA-F])[0-9a-fA-F]{7,}", node), node
        assert not re.search(r":[\w+-]{1,60}:", node), node
        assert node == "$" or "$" not in node, node
        assert not re.search(r"^\s*::|##\[", node, re.M), node
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", node)


def flat(text: str) -> str:
    return "".join(text.replace("\u200b", "").split())


# Escaping


@examples(300)
@given(text=texts)
def test_markdown_text_shows_the_text_and_does_nothing(text: str) -> None:
    """What a reader sees is the text itself, in no element but the spans that keep GitHub from linking."""
    escaped = escape.markdown_text(text)
    assert "\n" not in escaped
    for place in ("{}", "- [ ] {}", "before\n{}", "**{}**", "| a |\n|---|\n| {} |", "1. {}", "### {}"):
        page = _Page(render(place.format(f"x {escaped}" if place == "**{}**" else escaped)))
        assert {tag for tag, _ in page.tags} <= set("p ul ol li span table thead tbody tr th td h3 strong br".split())
        assert all(not attrs for tag, attrs in page.tags if tag == "span")
        assert_inert(page)
        assert flat(escape.visible(text)) in flat(page.text)
    assert "<p>" in render(f"before\n{escaped}") and render(f"before\n{escaped}").count("<p>") == 1


@examples(300)
@given(text=texts)
def test_github_html_shows_the_text_and_does_nothing(text: str) -> None:
    """The same for text in a line of HTML, also when markdown stands around it."""
    escaped = escape.github_html(text)
    page = _Page(render(f"before\n\n<table><tr><td>{escaped}</td></tr></table>\n\nafter"))
    assert [t for t, _ in page.tags if t != "span"] == ["p", "table", "tr", "td", "p"]
    assert_inert(page)
    assert flat(page.text) == "before" + flat(escape.visible(text)) + "after"


@examples(300)
@given(text=texts)
def test_code_cannot_be_left(text: str) -> None:
    """Fences, code spans and code spans in tables hold the text, and only that."""
    page = _Page(render(f"a\n\n{escape.fence(text, info='diff')}\nb"))
    assert [t for t, _ in page.tags] == ["p", "pre", "code", "p"]
    assert "".join(page.code).replace("\u200b", "").rstrip("\n") == escape.visible(text).replace("\u200b", "").rstrip(
        "\n"
    )
    page = _Page(render(f"x{escape.inline_code(text)}y"))
    assert [t for t, _ in page.tags] == ["p", "code"]
    assert flat("".join(page.code)) == flat(escape.visible(text))
    page = _Page(render(f"| a | b |\n|---|---|\n| {escape.inline_code(text, in_table=True)} | end |"))
    assert [t for t, _ in page.tags][-3:] == ["td", "code", "td"] and page.nodes.count("end") == 1


@given(text=texts)
def test_html_and_attributes(text: str) -> None:
    """The text comes back from a page as it was, but for what cannot be seen."""
    page = _Page(f'<b title="{escape.attribute(text)}">{escape.html_text(text)}</b>')
    assert [t for t, _ in page.tags] == ["b"] and page.text == escape.visible(text)
    assert page.tags[0][1] == (("title", escape.visible(text)),)


@pytest.mark.parametrize(
    ("text", "data", "prop"),
    [
        ("a%b", "a%25b", "a%25b"),
        ("a\r\nb", "a%0D%0Ab", "a%0D%0Ab"),
        ("x,y:z", "x,y:z", "x%2Cy%3Az"),
        ("%0A", "%250A", "%250A"),
    ],
)
def test_workflow_commands_are_encoded_as_the_toolkit_does(text: str, data: str, prop: str) -> None:
    """The values of `escapeData` and `escapeProperty`."""
    assert (escape.command_data(text), escape.command_property(text)) == (data, prop)


@given(text=texts)
def test_workflow_commands_and_terminals(text: str) -> None:
    """Neither can be left, and no line of a log is a command."""
    assert not re.search(r"[\r\n:,\x1b]", escape.command_property(text))
    shown = escape.terminal_text(text)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", shown)
    assert not re.search(r"^[ \t]*::.*::|##\[", shown, re.M)
    assert "\n" not in escape.terminal_text(text)
    shown.encode("utf-8")


def test_web_addresses_are_only_plain_ones() -> None:
    """What could leave a link is no address, and one with a password is none either."""
    assert escape.web_address("https://github.com/o/r.git") == "https://github.com/o/r"
    for bad in (
        "javascript:alert(1)",
        "https://u:p@host/r",
        "https://h/r)",
        'https://h/"x',
        "https://h/ x",
        "",
        "/tmp/x",
    ):
        assert escape.web_address(bad) == ""
    assert blob("https://h/o/r", "a" * 40, "b (c)[1]|`é.md", (3, 5)) == (
        f"https://h/o/r/blob/{'a' * 40}/b%20%28c%29%5B1%5D%7C%60%C3%A9.md?plain=1#L3-L5"
    )
    assert blob("https://h/o/r", "main", "x.md") == ""


# Differences


@examples(300)
@given(old=texts, new=texts)
def test_a_difference_holds_both_texts(old: str, new: str) -> None:
    """By words and by lines: equal and deleted pieces are the old text, equal and inserted ones the new."""
    for changes in (worddiff.diff_words(old, new), worddiff.diff_lines(old, new)):
        assert "".join(t for op, t in changes if op in ("equal", "delete")) == old
        assert "".join(t for op, t in changes if op in ("equal", "insert")) == new
        assert all(text for _, text in changes)
        assert (worddiff.likeness(changes) == 1.0) == (old == new)


@examples(200)
@given(old=texts, new=texts)
def test_a_rendered_difference_has_only_our_elements(old: str, new: str) -> None:
    """`del` and `ins` are the only elements with text of a book, and both texts can be read off."""
    changes = worddiff.diff_words(escape.one_line(old), escape.one_line(new))
    markup = worddiff.as_github(changes)
    page = _Page(render(f"<p>{markup}</p>"))
    assert {t for t, _ in page.tags} <= {"p", "del", "ins", "span"}
    assert_inert(page)
    assert flat(_Page(re.sub(r"<ins>.*?</ins>", "", markup)).text) == flat(escape.visible(old))
    assert flat(_Page(re.sub(r"<del>.*?</del>", "", markup)).text) == flat(escape.visible(new))


def test_differences_read_well() -> None:
    """Words whole, Chinese by characters, no islands of one word."""

    def shown(old: str, new: str) -> str:
        return worddiff.as_github(worddiff.diff_words(old, new))

    assert shown("the cat does sit", "the cats do sit") == "the <del>cat does</del> <ins>cats do</ins> sit"
    assert shown("我们训练模型。", "我们学习模型。") == "我们<del>训练</del> <ins>学习</ins>模型。"
    assert shown("one long beginning, end", "one long beginning, new end") == "one long beginning, <ins>new</ins> end"
    assert shown("a\nb", "a b") == "a b"


def test_a_long_difference_is_shortened_and_counted() -> None:
    """What is left out is counted to the character; what changed stays in sight."""
    old = "word " * 2000 + "old" + " tail" * 2000
    new = "word " * 2000 + "new" + " tail" * 2000
    changes = worddiff.elided(worddiff.diff_words(old, new), around=50, longest=100, total=1000)
    assert [c.op for c in changes] == ["gap", "equal", "delete", "insert", "equal", "gap"]
    assert sum(int(t) if op == "gap" else len(t) for op, t in changes) == len(old) + len("new")
    assert sum(len(t) for op, t in changes if op != "gap") <= 1000


def test_huge_texts_are_compared_without_much_ado() -> None:
    """A line of a megabyte costs neither memory nor a minute."""
    changes = worddiff.diff_words("甲" * 1_000_000, "乙" * 1_000_000)
    assert [c.op for c in changes] == ["delete", "insert"]


def test_line_differences_look_like_git() -> None:
    """Deleted lines before inserted ones, far lines left out."""
    old = "".join(f"line {i}\n" for i in range(20)) + "x = 1\ny = 2\n"
    text = worddiff.line_diff_text(worddiff.diff_lines(old, old.replace("x = 1\ny = 2", "x = 3\ny = 4")), context=2)
    assert text == "@@ 18 lines left out @@\n line 18\n line 19\n-x = 1\n-y = 2\n+x = 3\n+y = 4\n"


# The pull request


def entry(action: str = "revise", kind: str = "paragraph", **values: Any) -> Entry:
    """An entry whose places are there when its texts are."""
    names = ("base", "head", "target", "output")
    given = {name: values.get(f"{name}_text", "") for name in names}
    places = {name: Span(0, len(text)) if text else None for name, text in given.items()}
    rest: dict[str, Any] = {"characters_sent": 0, "confidence": 1.0, "flags": (), "origin": ""}
    rest |= {f"{name}_text": text for name, text in given.items()} | places | values
    return Entry(action=action, kind=kind, **{**rest, "flags": flagged(map(str, rest["flags"]))})


B, H = "Models learn from data and labels.", "Models learn from large data and their labels."
T, N = "模型从数据和标签中学习。", "模型从大量数据及其标签中学习。"
ENTRIES = (
    entry("keep", base_text="Same.", head_text="Same.", target_text="一样。", output_text="一样。"),
    entry(base_text=B, head_text=H, target_text=T, output_text=N, origin="machine", characters_sent=46),
    entry(
        "patch",
        base_text="The loss is $l(w)$ as in :eqref:`eq_l`.",
        head_text="The loss is $L(w)$ as in :eqref:`eq_loss`.",
        target_text="损失为$l(w)$，见 :eqref:`eq_l`。",
        output_text="损失为$L(w)$，见 :eqref:`eq_loss`。",
    ),
    entry(base_text=B, head_text=H, target_text=T, output_text=T, flags=("untranslated",)),
    entry("translate", head_text="A new exercise.", output_text="A new exercise.", flags=("untranslated",)),
    entry("translate", head_text="Another one.", output_text="另一个。", origin="memory", flags=("memory 92 %",)),
    entry("translate", head_text="Known text.", output_text="已知的文字。", origin="memory"),
    entry(
        "conflict",
        base_text=B,
        head_text=H,
        target_text=T,
        output_text=T,
        confidence=0.2,
        flags=("counterpart not certain",),
    ),
    entry("delete", base_text="Old news.", target_text="旧闻。"),
    entry("move", "heading", base_text="## A", head_text="## A", target_text="## 甲", output_text="## 甲"),
    entry("cosmetic", base_text="It's so.", head_text="It’s so.", target_text="如此。", output_text="如此。"),
    entry("owed", base_text="Missing.", head_text="Missing.", flags=("never in the translation",)),
    entry("owed", head_text="Homeless.", flags=("its section is not in the translation",)),
    entry(
        "code",
        "code",
        base_text="```python\nx = 1\nplot(x, 'loss')\n```",
        head_text="```python\nx = 2\nplot(x, 'loss', c='r')\n```",
        target_text="```python\nx = 1\nplot(x, '损失')\n```",
        output_text="```python\nx = 2\nplot(x, 'loss', c='r')\n```",
        flags=("localised line replaced: plot(x, '损失')",),
    ),
    entry("patch", "math", base_text="$$a$$", head_text="$$b$$", target_text="$$a$$", output_text="$$b$$"),
)
BASE, HEAD = "1234567" + "0" * 33, "abcdef1" + "0" * 33


def document(**values: Any) -> DocumentReport:
    """A document with one block of every sort, each on its own line of each text."""
    apart = tuple(
        replace(e, target=e.target and Span(100 * n, 100 * n + 9), output=e.output and Span(100 * n, 100 * n + 9))
        for n, e in enumerate(ENTRIES)
    )
    lines = tuple(Lines(*((2 * n + 1, 2 * n + 1 + n % 2),) * 4) for n in range(len(ENTRIES)))
    rest = {"path": "chapter_one/models.md", "status": "partial", "entries": apart, "lines": lines}
    rest |= {"source_path": "chapter_one/models.md", "base": BASE, "head": HEAD}
    return DocumentReport(**(rest | {"subjects": ("Fix #12 (@octocat)", "Models: say more")} | values))


def run_report(*documents: DocumentReport, **values: Any) -> RunReport:
    """A run over public repositories."""
    rest: dict[str, Any] = {
        "source": "d2l-ai/d2l-en",
        "target": "d2l-ai/d2l-zh",
        "source_web": "https://github.com/d2l-ai/d2l-en",
        "target_web": "https://github.com/d2l-ai/d2l-zh",
        "target_before": "5" * 40,
        "target_after": "a" * 40,
        "engine": "command",
        "branch": "amts/zh",
        "characters_sent": 46,
    }
    return RunReport("zh", documents, **(rest | values))


def ordinary() -> RunReport:
    """A run with every status."""
    empty: dict[str, Any] = {"entries": (), "lines": (), "subjects": ()}
    failed = replace(
        ENTRIES[1],
        output=None,
        output_text="",
        flags=flagged(["a check of the whole document failed: nothing was written"]),
    )
    return run_report(
        document(),
        document(path="chapter_one/new.md", status="new", entries=ENTRIES[4:6], lines=(), subjects=()),
        document(path="chapter_one/failed.md", status="failed", **(empty | {"entries": (failed,)})),
        document(path="chapter_one/broken.md", status="error", message="byte 12 is not UTF-8", **empty),
        document(path="chapter_one/old.md", status="deleted", message="the English page is gone", **empty),
        document(path="chapter_one/same.md", status="up-to-date", **empty),
        companions=(Companion("copied img/loss.svg"), Companion("img/text.svg was localised: draw it again", True)),
        notes=("the range starts at the recorded base",),
    )


def hostile() -> RunReport:
    """A run in which everything that a book, a commit or an engine can say is hostile."""
    bad = [text + "\n\n" + HOSTILE[i - 1] for i, text in enumerate(HOSTILE)]
    entries = []
    for i, (action, kind) in enumerate(
        (a, k)
        for a in ("revise", "translate", "patch", "code", "move", "delete", "conflict", "owed")
        for k in ("paragraph", "code", "<b>")
    ):
        t = [bad[(i + k) % len(bad)] for k in range(4)]
        entries.append(
            entry(
                action,
                kind,
                base_text=t[0],
                head_text=t[1],
                target_text=t[2],
                output_text=t[3],
                origin=t[0],
                flags=tuple(t),
            )
        )
    documents = [
        document(
            path=text,
            source_path=text,
            message=text,
            subjects=tuple(bad),
            entries=tuple(entries[i : i + 2]),
            lines=(),
            status=s,
        )
        for i, (text, s) in enumerate(
            zip(bad, ["done", "partial", "failed", "new", "renamed", "deleted", "error"] * 3, strict=False)
        )
    ]
    every = " ".join(bad)
    return replace(
        run_report(
            *documents, companions=tuple(Companion(t, True) for t in bad), notes=tuple(bad), source=every, engine=every
        ),
        target_lang=every,
        report_name=every,
        branch=every,
    )


def check_golden(name: str, text: str) -> None:
    """The text is the one kept; `AMTS_UPDATE_GOLDEN=1` keeps it, otherwise a missing one fails."""
    path = GOLDEN / name
    if os.environ.get("AMTS_UPDATE_GOLDEN") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
    if not path.is_file():
        pytest.fail(f"{path.name} is missing; AMTS_UPDATE_GOLDEN=1 would write:\n{text}")
    assert path.read_bytes().decode("utf-8") == text


def test_the_pull_request_of_an_ordinary_run() -> None:
    """Title and body as they were looked at when they were kept."""
    run = ordinary()
    check_golden("pull_request.md", f"{title(run)}\n\n{body(run)}")
    check_golden("report.md", report(run))


def test_the_pull_request_of_a_hostile_run() -> None:
    """The same for a run in which every text attacks."""
    check_golden("hostile.md", f"{title(hostile())}\n\n{body(hostile())}")


TAGS = set("p h1 h3 ul li a code pre table thead tbody tr th td strong details summary b i del ins span br em".split())


def assert_ours(markdown: str) -> None:
    """Every element is of the kinds that we write, links go to the two repositories, nothing is left open."""
    page = _Page(render(markdown))
    assert {tag for tag, _ in page.tags} <= TAGS
    for tag, attrs in page.tags:
        allowed = {"a": {"href"}, "td": {"nowrap"}, "code": {"class"}}.get(tag, set())
        assert {name for name, _ in attrs} <= allowed
        for name, value in attrs:
            assert name != "href" or (value or "").startswith(
                ("https://github.com/d2l-ai/d2l-en/", "https://github.com/d2l-ai/d2l-zh/")
            )
            assert name != "class" or value == "language-diff"
    assert_inert(page)
    without_html = _Page(render(markdown, html=False))
    assert {tag for tag, _ in without_html.tags} <= TAGS


def test_hostile_text_stays_text() -> None:
    """In the body and in the whole report."""
    assert_ours(body(hostile()))
    assert_ours(report(hostile()))
    assert "\n" not in title(hostile()) and len(title(hostile())) <= 200
    assert not re.search(r"(?<![\w…])@\w|#\d", title(hostile()))
    report(hostile()).encode("utf-8")


@examples(60)
@given(data=st.data())
def test_any_run_gives_a_sound_body(data: st.DataObject) -> None:
    """Of any run: only our elements, within the limit, the same bytes each time."""
    actions = st.sampled_from(
        ["keep", "cosmetic", "patch", "revise", "translate", "move", "delete", "code", "conflict", "owed"]
    )
    kinds = st.sampled_from(["paragraph", "code", "table_row", "heading", "math", "cell"])
    some = st.builds(
        lambda a, k, t, f, o: entry(
            a, k, base_text=t[0], head_text=t[1], target_text=t[2], output_text=t[3], flags=f, origin=o
        ),
        actions,
        kinds,
        st.tuples(texts, texts, texts, texts),
        st.lists(texts, max_size=2).map(tuple),
        st.sampled_from(["", "machine", "memory", "<x>"]),
    )
    documents = st.builds(
        lambda p, m, e, s: document(path=p, source_path=p, message=m, entries=tuple(e), lines=(), status=s),
        texts,
        texts,
        st.lists(some, max_size=4),
        st.sampled_from(["done", "partial", "failed", "new", "renamed", "deleted", "up-to-date", "error"]),
    )
    run = run_report(*data.draw(st.lists(documents, max_size=3)), notes=tuple(data.draw(st.lists(texts, max_size=2))))
    text = body(run)
    assert_ours(text)
    assert_ours(report(run))
    assert utf16_length(text) <= LIMIT and text == body(replace(run))


@pytest.mark.parametrize("char", ["@", "$", "字", "😀", "a ", "`", "#1\n"])
@pytest.mark.parametrize("documents", [1, 60])
def test_the_body_is_never_too_long(char: str, documents: int) -> None:
    """However long the texts and however many the documents; what is left out is counted and the report named."""
    long = char * 2_000
    entries = tuple(
        entry(base_text=long, head_text=long + "x", target_text=long, output_text=long, flags=(long,))
        for _ in range(40)
    )
    made = [
        document(path=f"{n}/{long[:300]}.md", message=long, subjects=(long,) * 9, entries=entries, lines=())
        for n in range(documents)
    ]
    text = body(
        run_report(*made, notes=(long,) * 50, companions=(Companion(long, True),) * 50, source=long, engine=long)
    )
    assert utf16_length(text) <= LIMIT
    assert "`report.md`" in text


def test_a_megabyte_on_one_line_is_shown_in_part() -> None:
    """And in full in the report."""
    huge = "word " * 200_000
    run = run_report(
        document(
            entries=(entry(base_text=huge, head_text=huge + "end", target_text="x", output_text="y", origin="machine"),)
        )
    )
    assert utf16_length(body(run)) < 5_000
    assert len(report(run)) > 1_000_000


def test_what_has_no_room_is_counted() -> None:
    """Cards shown and cards counted add up, and those that a person must act on come first."""
    filler = [
        entry(
            base_text=f"{n} {'old ' * 300}",
            head_text=f"{n} {'new ' * 300}",
            target_text=f"旧{n}",
            output_text=f"新{n}",
            origin="machine",
        )
        for n in range(60)
    ]
    flagged = entry(base_text=B, head_text=H, target_text=T, output_text=T, flags=("untranslated",))
    run = run_report(
        document(entries=(*filler, flagged), lines=()), document(path="b.md", entries=(*filler, flagged), lines=())
    )
    text = body(run)
    shown = len(re.findall(r"^(?:⚠️ )?\*\*.*paragraph", text, re.M))
    left_out = sum(int(n) for n in re.findall(r"… and (\d+) more blocks? in", text))
    assert shown + left_out == 122 and left_out > 0
    assert len(re.findall(r"^⚠️ \*\*", text, re.M)) == 2
    assert text.index("⚠️ **") < text.index("**paragraph, revised**")


def test_what_is_only_counted_is_linked() -> None:
    """Wherever a list is cut, the body says how much is left out and where all of it stands; the report cuts none."""
    several = [replace(ENTRIES[7], flags=flagged([f"reason {n}"])) for n in range(30)]
    several += [*[ENTRIES[10]] * 20, *[ENTRIES[11]] * 20, replace(ENTRIES[3], flags=flagged(map(str, range(20))))]
    several += [replace(ENTRIES[0], small=(f"change {n}",)) for n in range(20)]
    apart = [
        replace(
            e, **{side: getattr(e, side) and Span(9 * n, 9 * n + 1) for side in ("base", "head", "target", "output")}
        )
        for n, e in enumerate(several)
    ]
    lines = tuple(Lines(*((n + 1, n + 1),) * 4) for n in range(len(apart)))
    page = document(entries=tuple(apart), lines=lines, subjects=tuple(f"Subject {n}" for n in range(9)))
    run = run_report(page, run_url="https://github.com/d2l-ai/d2l-zh/actions/runs/7", report_name="report.md")
    link = r" in `report\.md` \(\[run\]\(https://github\.com/d2l-ai/d2l-zh/actions/runs/7#artifacts\)\)"
    found = re.findall(rf"and (\d+) more(?: reasons?| commits?| blocks?)?({link}| in the report)?", body(run))
    assert sorted(int(many) for many, where in found if where) == [4, 8, 8, 10, 12, 17, 22, 27]
    assert all(where for _, where in found)
    whole = report(run)
    assert not re.search(r"and \d+ more", whole)
    assert all(f"reason {n}" in whole and f"change {n % 20}" in whole for n in range(30))


def test_the_checklist_holds_only_what_needs_a_person() -> None:
    """Kept, patched, moved, removed, cosmetic and long-missing blocks are not in it; the like are one point."""
    lines = points(run_report(document()))
    tasks = [re.sub(r"\(http[^)]*\)", "", line).split("]: ")[1] for line in lines]
    assert tasks == [
        "decide about 1 block: counterpart not certain (lines [15–16])",
        "put in 1 block by hand: its section is not in the translation (English line [25])",
        "translate 1 block, the English stands there (line [9])",
        "translate 1 block, the old text stands there (lines [7–8])",
        "check 1 block: localised line replaced (lines [27–28])",
        "read 2 blocks that no person wrote, 9 new words (lines [3–4], [11–12])",
    ]
    calm = [e for e in ENTRIES if verdict(e) in ("fine", "never")]
    assert len(calm) == 8 and points(run_report(document(entries=tuple(calm), lines=()))) == []


def test_a_run_without_changes_says_so() -> None:
    """No table, no checklist, no cards."""
    text = body(run_report(document(status="up-to-date", entries=ENTRIES[:1])))
    assert "|" not in text and "For you" not in text and "<details>" not in text
    assert title(run_report()) == "Sync zh with d2l-en: 0 documents, 0 blocks"


def test_no_links_without_addresses() -> None:
    """Local repositories have none: paths and lines are plain, and nothing else changes."""
    run = replace(ordinary(), source_web="", target_web="/home/me/book")
    assert "](" not in body(run) and "<a " not in body(run) and "/home/me" not in body(run)
    assert "line 9" in body(run)


def test_a_merged_block_does_not_show_its_neighbours_text_as_its_own() -> None:
    """Two English paragraphs, one in the translation: the second's removal removes nothing of its own."""
    writer = entry(base_text=B, head_text=H, target_text=T, output_text=N, origin="machine")
    follower = entry("delete", base_text="Gone.", target_text=T, output_text="")
    text = body(run_report(document(entries=(writer, follower), lines=())))
    assert "one with its neighbour" in text and ">Removed<" not in text
    assert ">Removed<" in body(run_report(document(entries=(follower,), lines=())))


def test_lines_are_those_of_the_texts() -> None:
    """Counted from 1; none for the cells of a notebook."""
    text = "one\ntwo\r\nthree\n"
    row = replace(entry(), head=Span(4, 14), output=Span(0, 3), target=(2, 0, 3))
    assert lines_of([row], base="", head=text, target=text, output=text) == (Lines(None, (2, 3), None, (1, 1)),)


def test_cells_are_named_as_people_count_them() -> None:
    """A notebook's block is in a cell, the first of which is 1, and links go to the file."""
    row = replace(ENTRIES[1], base=(0, 0, 3), head=(0, 0, 3), target=(4, 0, 3), output=(4, 0, 3))
    text = card(run_report(), document(path="a.ipynb", entries=(row,), lines=()), 0, full=False)
    assert "[cell 5](https://github.com/d2l-ai/d2l-zh/blob/aaaa" in text and "a.ipynb)" in text


# Tables


def test_tables_are_aligned_whatever_the_script() -> None:
    """Wide characters count two columns, marks none."""
    text = table(("name", "n"), [("模型", "1"), ("e\u0301te\u0301", "1,000")], numbers=frozenset({1}))
    assert text == "name      n\n模型      1\ne\u0301te\u0301   1,000\n"
    assert cut("模型学习", 5) == "模型…" and display_width(cut("模型学习", 4)) == 3


@given(rows=st.lists(st.tuples(texts, texts, texts), max_size=4), width=st.integers(20, 60))
def test_tables_fit_the_terminal(rows: list[tuple[str, str, str]], width: int) -> None:
    """No line is wider than the terminal, none is added by a cell, nothing in it moves the cursor."""
    text = table(("a", "b", "c"), rows, width=width)
    assert text.count("\n") == (len(rows) + 1 if rows else 0)
    assert all(display_width(line) <= width for line in text.split("\n"))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)


def test_plan_and_status_tables() -> None:
    """The two tables that `amts` prints."""
    assert plan_table(run_report(document(), document(status="up-to-date"))) == (
        "document               status   blocks" + " " * 84 + "characters  for you\n"
        "chapter_one/models.md  partial  2 revise, 3 translate, 2 patch, 1 code, 1 move, 1 delete, 1 conflict, 2 owed,"
        " 1 cosmetic          46        7\n"
        "1 to change, 46 characters to translate\n"
    )
    rows = [
        StatusRow("章.md", "behind", 3, 12),
        StatusRow("b.md", "unreadable", note="not UTF-8"),
        StatusRow("c.md", "up to date", 0, 0),
    ]
    assert status_table(rows) == (
        "document  state       commits  blocks  note\n"
        "章.md     behind            3      12\n"
        "b.md      unreadable                   not UTF-8\n"
        "c.md      up to date        0       0\n"
        "1 up to date, 1 behind, 1 unreadable\n"
    )
    assert status_table([]) == "no documents\n"
