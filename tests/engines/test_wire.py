"""The wire form: what is sent, what comes back, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from thorough import examples

from amts_action.documents.inline import protected, tokens
from amts_action.markup.wire import Decoded, Rejection, decode, encode, one_line

CODE = '<span translate="no" id="x0">`f`</span>'


def text_of(source: str, change: Callable[[str], str], *, kind: str = "", lang: str = "") -> str:
    """The accepted text for a changed reply; fails with the reason when it is refused."""
    wire = encode(source, kind=kind)
    result = decode(wire, change(wire.html), target_lang=lang)
    assert isinstance(result, Decoded), result
    return result.text


def reason_of(source: str, change: Callable[[str], str], *, kind: str = "") -> str:
    wire = encode(source, kind=kind)
    result = decode(wire, change(wire.html))
    assert isinstance(result, Rejection), result
    return result.reason


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("a < b & c", "a &lt; b &amp; c"),
        ("one\ntwo   three", "one two three"),
        ("call `f`", f"call {CODE}"),
        ("`a<b>`", '<span translate="no" id="x0">`a&lt;b&gt;`</span>'),
        ("*a* **b** ~~c~~", '<em id="x0">a</em> <strong id="x1">b</strong> <s id="x2">c</s>'),
        ("[a $x$](u.md)", '<a id="x0">a <span translate="no" id="x1">$x$</span></a>'),
        ("![alt](i.png)", '<small id="x0">alt</small>'),
        ("[**do**] it", '<mark id="x0">do</mark> it'),
        ("{doc}`the intro <intro>`", '<cite id="x0">the intro</cite>'),
        ("one  \ntwo", 'one<span translate="no" id="x0">  \n</span>two'),
        ("see [](#label)", 'see <span translate="no" id="x0">[](#label)</span>'),
    ],
)
def test_what_is_sent(source: str, html: str) -> None:
    """Text is escaped, protected spans and pairs have ids, line breaks are blanks."""
    assert encode(source).html == html


def test_characters_are_those_of_text_only() -> None:
    assert encode("**Use**\n`np.dot`  with $x$ & 中文").characters == len("Use  with  & 中文")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda h: h.replace('translate="no" id="x0"', "id=x0 translate=no"), "call `f` *now*"),
        (lambda h: h.replace("<span", "< SPAN").replace("</span>", "</ span >"), "call `f` *now*"),
        (lambda h: h.replace("`f`", "&#96;f&#x60;"), "call `f` *now*"),
        (lambda h: h.replace("call ", "caf&eacute; "), "café `f` *now*"),
        (lambda h: h.replace("<em", "<EM").replace("</em>", "</EM>"), "call `f` *now*"),
        (lambda h: '<em id="x1">jetzt</em> ' + CODE + " rufen", "*jetzt* `f` rufen"),
        (lambda h: h + " 1 < 2 &notes Q&A", "call `f` *now* 1 < 2 &notes Q&A"),
        (lambda h: h + "\n a < b and c > d", "call `f` *now* a < b and c > d"),
        (lambda h: h.replace(">now<", "> now <"), "call `f` *now*"),
        (lambda h: h.replace("call ", "2 * 3 * 4 "), "2 * 3 * 4 `f` *now*"),
    ],
)
def test_tolerated(change: Callable[[str], str], expected: str) -> None:
    """Markup that is only written in another way, or moved, is understood."""
    assert text_of("call `f` *now*", change) == expected


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda h: "", "empty reply"),
        (lambda h: "  \n", "empty reply"),
        (lambda h: h + " and so on" * 1000, "reply too long"),
        (lambda h: h.replace(CODE, ""), "span lost"),
        (lambda h: h.replace(CODE, CODE * 2), "span doubled"),
        (lambda h: h.replace("`f`", "`g`"), "span altered"),
        (lambda h: h.replace("`f`</span>", "`f`"), "span altered"),
        (lambda h: h.replace(">`f`</span>", "/>"), "span altered"),
        (lambda h: h.replace('<em id="x1">now</em>', "now"), "tag lost"),
        (lambda h: h.replace("</em>", ""), "tag not closed"),
        (lambda h: h.replace("</em>", "</strong>"), "tags not nested"),
        (lambda h: h.replace(">now<", "><") + " now", "tag emptied"),
        (lambda h: h + "<unk>", "unknown tag"),
        (lambda h: h + "</span>", "tags not nested"),
        (lambda h: h + "<!-- x -->", "unknown tag"),
        (lambda h: f"<p>{h}</p>", "unknown tag"),
        (lambda h: re.sub("call|now", "…", h), "no letters"),
        (lambda h: h + " DNT_12", "garbage"),
        (lambda h: h + "\x07", "control characters"),
        (lambda h: h + "\ud83d", "control characters"),
        (lambda h: h + " https://evil.example/x", "markup changed"),
    ],
)
def test_refused(change: Callable[[str], str], reason: str) -> None:
    """A reply that lost, doubled or altered anything is refused, with a short reason."""
    assert reason_of("call `f` *now*", change) == reason


def test_a_title_may_hold_no_opening_bracket() -> None:
    """To Sphinx a role's target begins at the first `<`: one in the title would change the target."""
    source = "see {doc}`this lecture <intro>`"
    assert reason_of(source, lambda h: h.replace("lecture", "le&lt;ture")) == "role title broken"
    assert text_of(source, lambda h: h.replace("lecture", "le&gt;ture")) == "see {doc}`this le>ture <intro>`"


def test_html_tags_may_not_change_places() -> None:
    html = '<span translate="no" id="x1">&lt;/b&gt;</span>a<span translate="no" id="x0">&lt;b&gt;</span>'
    assert reason_of("<b>a</b>", lambda h: html) == "HTML tags moved"
    assert text_of("<br>a `c`", lambda h: " ".join(reversed(h.split("a "))) + "a").startswith("`c`")


def test_table_cells_keep_their_order_and_number() -> None:
    """The bars of a row are protected, and a bar in the text of a cell is escaped."""
    assert text_of("a | b | `c`", lambda h: h, kind="table_row") == "a | b | `c`"
    assert text_of("q | b", lambda h: h.replace("q", "x|y"), kind="table_row") == "x\\|y | b"
    swapped = 'a <span translate="no" id="x1">|</span> b <span translate="no" id="x0">|</span> c'
    assert reason_of("a | b | c", lambda h: swapped, kind="table_row") == "table cells moved"


@pytest.mark.parametrize(
    ("source", "sent", "got"),
    [
        ("the `f`.", "the  `f` .", "the `f`."),
        ("the (`f`) x", "the ( `f` ) x", "the (`f`) x"),
        ("so `f`/`g` x", "so `f` / `g` x", "so `f`/`g` x"),
        ("the $i$'s x", "the $i$ 's x", "the $i$'s x"),
        ("the `f`, x", "函数 `f` ，x", "函数 `f`，x"),
        ("the `f` x", "函数 `f` ，x", "函数 `f`，x"),
        ("is `f` x", "是： `f` x", "是：`f` x"),
        ("a `f` b", "函数 `f` 是", "函数 `f` 是"),
        ("a `f` （b", "a `f` （b", "a `f` （b"),
    ],
)
def test_blanks_beside_spans(source: str, sent: str, got: str) -> None:
    """Blanks that the engine added go, those that the source has, or that stand beside a letter, stay."""
    ids = iter(range(9))
    html = re.sub(r"`\w`|\$\w\$", lambda m: f'<span translate="no" id="x{next(ids)}">{m.group()}</span>', sent)
    assert text_of(source, lambda h: html) == got


def test_repairs_are_named() -> None:
    wire = encode("the `f`.")
    result = decode(wire, wire.html.replace(".", " ."))
    assert result == Decoded("the `f`.", ("blanks beside marks removed",))


@pytest.mark.parametrize(
    ("source", "reply", "text"),
    [
        ("See :numref:`a` now.", "见{0}。", "见 :numref:`a`。"),
        ("See :numref:`a` :cite:`b`.", "见{0}{1}。", "见 :numref:`a` :cite:`b`。"),
        ("Now see :numref:`a`.", "{0}见。", ":numref:`a`见。"),
        ("See (:numref:`a`) now.", "见({0})。", "见(:numref:`a`)。"),
        ("See this: :numref:`a`.", "看，{0}。", "看，:numref:`a`。"),
        ("See `f` now.", "见{0}。", "见`f`。"),
    ],
)
def test_a_role_stands_apart_from_letters(source: str, reply: str, text: str) -> None:
    """reStructuredText reads none that follows a letter or other markup, and Chinese has no blanks of its own."""
    wire = encode(source)
    spans = [wire.mark(piece) for piece in wire.pieces if piece.id]
    result = decode(wire, reply.format(*spans), target_lang="zh")
    assert isinstance(result, Decoded) and result.text == text


def test_french_keeps_its_blanks() -> None:
    assert text_of("`f`: x", lambda h: h.replace(":", " :"), lang="fr-CA") == "`f` : x"
    assert text_of("`f`: x", lambda h: h.replace(":", " :"), lang="de") == "`f`: x"


@pytest.mark.parametrize(
    ("source", "words", "got"),
    [
        ("b `c`", "*b* x", "*b\\* x `c`"),
        ("b `c`", "[x](y)", "[x\\](y) `c`"),
        ("b `c`", "x ` y", "x \\` y `c`"),
        ("b `c`", "&lt;i&gt; x", "\\<i> x `c`"),
        ("b `c`", "# b", "\\# b `c`"),
        ("b `c`", "1. b", "1\\. b `c`"),
        ("b `c`", "- b", "\\- b `c`"),
        ("b `c`", "+ b", "\\+ b `c`"),
        ("b `c`", "&gt; b", "\\> b `c`"),
        ("b `c`", "::: b", "\\::: b `c`"),
        ("b `c`", "% b", "\\% b `c`"),
        ("b `c`", "snake_case b_c - 1. #", "snake_case b_c - 1. # `c`"),
        ("1. b `c`", "1. x", "1. x `c`"),
    ],
)
def test_text_stays_text(source: str, words: str, got: str) -> None:
    """Text that would become markup gets the fewest backslashes that prevent it, other text none."""
    wire = encode(source)
    reply = f'{words} <span translate="no" id="x0">`c`</span>'
    result = decode(wire, reply)
    assert isinstance(result, Decoded)
    assert result.text == got


def test_a_heading_does_not_start_a_line() -> None:
    assert text_of("Introduction", lambda h: "1. Einleitung", kind="heading") == "1. Einleitung"


def test_marks_that_would_run_together_are_kept_apart() -> None:
    """A blank where two marks would merge, `*` where `_` would be no emphasis."""
    assert text_of("`a` and `b` x", lambda h: h.replace(" and ", "")) == "`a` `b` x"
    assert text_of("$a$ and $b$ x", lambda h: h.replace(" and ", "")) == "$a$ $b$ x"
    assert text_of("in $a$ at 5", lambda h: h.replace(" at ", "")) == "in $a$ 5"
    assert text_of("the _very_ end", lambda h: '这是<em id="x0">非常</em>的') == "这是*非常*的"
    assert text_of("[**Code**] :label:`a`", lambda h: h.replace("> <", "><")) == "[**Code**] :label:`a`"


def test_one_line_keeps_protected_line_ends() -> None:
    assert one_line("a\nb\\\nc $x\n+y$") == "a b\\\nc $x\n+y$"
    assert text_of("a\\\nb", lambda h: h.replace("b", "- b")) == "a\\\n\\- b"


WORDS = st.lists(
    st.sampled_from(["word", "Über", "中文", "，", "a<b", "5", "3.5", "&", "x_y", "!", "(so)", "$", "*", "[", "]"]),
    min_size=1,
    max_size=5,
).map(" ".join)
SPANS = st.sampled_from(
    "`code` `a``b` $x^2$ $$y$$ :numref:`fig_a` :cite:`Doe.2020` {eq}`e` <b> </b> <br> &amp; \\* [^1] [](#l) {{v}}"
    " https://x.org/a_b ![](i.png)".split()
)


def paired(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    marks = [("*", "*"), ("**", "**"), ("_", "_"), ("~~", "~~"), ("[", "](u_v.md)"), ("![", "](i.png)")]
    marks += [("[**", "**]"), ("(**", "**)"), ("{doc}`", " <t>`")]
    return st.tuples(st.sampled_from(marks), inner).map(lambda both: both[0][0] + both[1] + both[0][1])


INLINE = st.recursive(
    WORDS | SPANS,
    lambda inner: (
        paired(inner)
        | st.tuples(st.lists(inner, min_size=1, max_size=4), st.sampled_from([" ", "", "\n", "  "])).map(
            lambda both: both[1].join(both[0])
        )
    ),
    max_leaves=8,
)


@examples(150)
@given(INLINE)
def test_round_trip(source: str) -> None:
    """An engine that changes nothing gives the source back, on one line."""
    wire = encode(source)
    if not wire.has_letters:
        return
    assert decode(wire, wire.html) == Decoded(wire.text)
    assert protected(wire.text) == protected(source)


TAGS = re.compile(r"<span[^>]*>.*?</span>|<[^>]*>", re.S)


@examples(150)
@given(INLINE, st.randoms(use_true_random=False), st.text(" *_`$[]<>#-1.|a中，", max_size=8))
def test_whatever_comes_back(source: str, random: object, noise: str) -> None:
    """However a reply is cut, shuffled and littered: what is accepted has the source's protected spans, added
    backslashes aside, and still is the paragraph that the source is.
    """
    wire = encode(source)
    shuffled = TAGS.split(wire.html)
    marks = TAGS.findall(wire.html)
    random.shuffle(marks)  # type: ignore[attr-defined]
    shuffled[0] = noise + shuffled[0]
    pieces = [text + mark for text, mark in zip(shuffled, [*marks, ""], strict=True)]
    for reply in ("".join(pieces), wire.html + noise, noise.replace("<", "&lt;") + wire.html, wire.html[:-3]):
        result = decode(wire, reply)
        if isinstance(result, Rejection):
            continue
        want, got = protected(source), protected(result.text)
        assert not want - got
        assert all(kind == "escape" and raw[0] == "\\" for kind, raw in got - want)
        assert "".join(token.raw for token in tokens(result.text)) == result.text
        if is_paragraph(wire.text):
            assert is_paragraph(result.text), (reply, result.text)


def is_paragraph(text: str) -> bool:
    kinds = [token.type for token in MarkdownIt().parse(text)]
    return kinds == ["paragraph_open", "inline", "paragraph_close"]


def test_stray_dollars_and_backticks_are_escaped() -> None:
    """A sign that the source's text does not have would start a formula or code for other programs; now it does not."""
    wire = encode("The price of $x$ is high.")
    done = decode(wire, 'Th$ price of <span translate="no" id="x0">$x$</span> i` high.')
    assert done == Decoded("Th\\$ price of $x$ i\\` high.", ("characters escaped",))
    wire = encode("It costs $ 5 or $x$.")
    done = decode(wire, 'Es kostet $ 5 oder <span translate="no" id="x0">$x$</span>.')
    assert done == Decoded("Es kostet $ 5 oder $x$.")
