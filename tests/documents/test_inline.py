"""Inline tokens: nothing is lost, pairs nest, and what is code, math, link or role is protected."""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import pairwise

import pytest
from casekit import documents
from hypothesis import given
from hypothesis import strategies as st
from stepkit import lines_run
from thorough import examples

from amts_action.documents.inline import plain_text, protected, tokens

MARKUP = st.lists(
    st.sampled_from(
        [
            *(
                "* ** *** _ __ ~~ [ ] ![ ]( ) (http://a) (**  **) [** **] ` `` ``` $ $$ \\ \\$ < > <b> </b> "
                "<!-- --> & &amp; {a}` {ref}` :cite:` [^1] {{ }} https://a.b a b1 中 , 。".split()
            ),
            " ",
            "\n",
            "x <y>`",
        ]
    ),
    max_size=30,
).map("".join)


def _check(text: str) -> None:
    found = tokens(text)
    assert "".join(t.raw for t in found) == text
    assert all(t.raw for t in found)
    stack: list[str] = []
    for token in found:
        assert token.type in ("text", "span", "open", "close")
        assert token.kind != "?"
        if token.type == "open":
            stack.append(token.kind)
        elif token.type == "close":
            assert stack
            assert stack.pop() == token.kind
    assert not stack
    assert not any(a.type == b.type == "text" for a, b in pairwise(found))


@given(MARKUP)
@examples(300)
def test_markup_soup_is_lossless_and_nests(text: str) -> None:
    """`raw` texts concatenate to the text; `open` and `close` pair and nest."""
    _check(text)


@given(documents())
@examples(60)
def test_documents_as_one_block_are_lossless(text: str) -> None:
    """The same for whole documents, which no block is as odd as."""
    _check(text)


@given(st.text(max_size=60))
@examples(100)
def test_any_text_is_lossless(text: str) -> None:
    """The same for any characters."""
    _check(text)
    assert isinstance(plain_text(text), str)


@pytest.mark.parametrize(
    ("text", "kind", "raw"),
    [
        ("a `x*y*` b", "code", "`x*y*`"),
        ("a ``x`y`` b", "code", "``x`y``"),
        ("a $x_1 * y$ b", "math", "$x_1*y$"),
        ("see :numref:`fig_a`.", "reference", ":numref:`fig_a`"),
        ("by :cite:`A.2020,B.2021`", "citation", ":cite:`A.2020,B.2021`"),
        ("by {cite:t}`A`", "citation", "{cite:t}`A`"),
        ("in {math}`x`", "math", "{math}`x`"),
        ('a [b](http://c_d.e/f "T") g', "link", "http://c_d.e/f"),
        ("an ![b](../img/c.svg) g", "image", "../img/c.svg"),
        ("{doc}`the text <intro>`", "reference", "<intro>"),
        ("go https://a.b/c?d=e_f_g now", "url", "https://a.b/c?d=e_f_g"),
        ("a <br/> b", "html", "<br/>"),
        ("a <!-- b --> c", "html", "<!-- b -->"),
        ("note[^1]", "footnote", "[^1]"),
        ("costs \\$5", "escape", "\\$"),
        ("{{ version }} x", "substitution", "{{ version }}"),
        ("{count} hives", "substitution", "{count}"),
        ("in %(place)s", "substitution", "%(place)s"),
        ("%s boxes", "substitution", "%s"),
        ('see {{< ref "wax.md" >}}', "substitution", '{{< ref "wax.md" >}}'),
        ("{% include 'wax' %} here", "substitution", "{% include 'wax' %}"),
        ("the |version| of it", "substitution", "|version|"),
        ("a span {.lead #x}", "attributes", "{.lead #x}"),
        ("a span {:#x}", "attributes", "{:#x}"),
        ("four [@frisch; @dacke2008]", "citation", "[@frisch; @dacke2008]"),
        ("as @fig-comb shows", "citation", "@fig-comb"),
        ("frisch says -@frisch2001, and more", "citation", "-@frisch2001"),
        ("参见@fig-comb和", "citation", "@fig-comb"),
        ("by \\citep[p. 3]{frisch}", "citation", "\\citep[p.3]{frisch}".replace("p.3", "p. 3")),
        ("in \\eqref{eq}", "reference", "\\eqref{eq}"),
        ("as \\(w_t + 1\\) grows", "math", "\\(w_t+1\\)"),
        ("as \\[ w = 1 \\] says", "math", "\\[w=1\\]"),
        ("\\begin{cases} a \\end{cases} then", "math", "\\begin{cases}a\\end{cases}"),
        ("a :bee: flies", "emoji", ":bee:"),
        ("press ++ctrl+c++ now", "keys", "++ctrl+c++"),
        ("see [[Wax]] too", "link", "[[Wax]]"),
    ],
)
def test_is_protected(text: str, kind: str, raw: str) -> None:
    """What must come back unchanged is one protected span."""
    assert protected(text) == Counter({(kind, raw): 1})


@pytest.mark.parametrize(
    "text",
    [
        *["costs $5 or $10 a day", "a * b * c", "snake_case_name", "f(x) [0, 1)", "2 < 3 > 1", "`open"],
        *["at 10:30:15", "a|b|c", "C++ and D++", "ask a@b", "50% of it", "{see below}", "one  two", "a [sic] b"],
    ],
)
def test_is_language(text: str) -> None:
    """Signs that are no markup stay text."""
    assert not protected(text)


def test_pairs_are_not_protected() -> None:
    """Emphasis and slide marks may be dropped by a translator."""
    assert not protected("[**a**] *b* __c__ (**d**)")
    assert plain_text("[**a**] *b* `c` [d](e)") == "a b d"


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "![",
        "*a ",
        "_a",
        "$a ",
        "`a``",
        "[a](",
        "[a](b(",
        "{a}`",
        "<a",
        "<!--",
        "[**(**",
        "[a][",
        "](",
        "\\$a$",
        "[^",
        "[@a;",
        "[[a",
        "{a",
        "{{<",
        "{%",
        ":a",
        "|a",
        "++a+",
        "%(",
        "\\(",
        "\\[",
        "\\begin{cases}",
        "\\cite[",
        "  \n",
        "@a.",
        "{.a ",
        "{#a b=",
    ],
)
def test_hostile_markup_takes_linear_work(piece: str) -> None:
    """Eight times the text may not take twelve times the work, and no token is lost."""
    assert "".join(t.raw for t in tokens.__wrapped__(piece * 2000)) == piece * 2000
    work = [lines_run(partial(tokens.__wrapped__, piece * count)) for count in (50, 400)]
    assert work[1] < 12 * work[0]
