"""Sentence splitting: `¦` marks where a sentence must end, and nowhere else."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amts_action.documents.inline import tokens
from amts_action.languages.split import sentences

CASES = {
    "en abbreviations": ("en", "Take Fig. 3 and Sec. 2.1, e.g. the U.S. data vs. the rest, i.e. all.¦See it."),
    "en et al": ("en", "See Smith et al. (2020).¦It costs 3.5 dollars... really.¦Is it?¦Yes!"),
    "en title and initials": ("en", "Dr. Who met J. Smith of the U.S. Government.¦Then he left."),
    "en list number": ("en", "1. Text in some languages.¦Is it?"),
    "en quotes": ("en", 'He said "Go."¦Then he left.'),
    "en etc": ("en", "Lists, tuples, etc. using `np.array`.¦The end."),
    "en slide marks end a sentence": ("en", "(**A scalar is one.**)¦In the next.¦[**Two here.**]¦Then."),
    "en emphasis around the end": ("en", "It is *big.*¦**So is this.**¦End."),
    "en math starts a sentence": ("en", "Let $x_1$.¦$y. Z$ is `a. B`.¦End :cite:`Foo.2020`.¦Next."),
    "en links are whole": ("en", "See [here. Now](a.b).¦See ![An image. Yes.](b.c).¦End."),
    "en brackets are whole": ("en", "We go (as said. It is so.) to the end.¦(Later. It is big.)¦We went."),
    "en soft line breaks": ("en", "One is here\nand there.¦Two is\nhere."),
    "en emphasis is not cut": ("en", "We see **that. But this** is it.¦Then."),
    "zh": ("zh", "他说：“你好。”¦然后走了。¦真的吗？！¦是的……好。¦[**向量**]。¦softmax是。¦$x$是1。¦完"),
    "zh bracket": ("zh", "代码（见图1。）在此。¦（对的。）¦好。¦第2.1节，3.5米。¦对吗?¦为什么?"),
    "zh mark after the stop": ("zh", "这是(**一个。**)¦下一个。"),
    "zh names in Latin script": ("zh", "这是Smith et al. (2020)的Fig. 3。¦好。"),
    "ja": ("ja", "これは。¦「そうです。」と言った。¦本当？¦3.5です。¦（例。）¦次。¦`x`です。"),
    "ko": ("ko", "이것은 좋다.¦정말?¦3.5입니다.¦예를 들어 (그림 3. 참조) 그렇다.¦`x`이다."),
    "tr": ("tr", "Bu *çeviri*dir.¦Çeşitli örn. bu vb. şeyler.¦3. bölüm (bkz. Şekil 2).¦Özel $i$. metin.¦Son."),
    "vi": ("vi", "Ví dụ, v.v. là đủ.¦Đây là câu hai.¦Xem Hình 3.2.¦Đúng không?¦Ừ."),
    "es": ("es", "El Sr. Pérez ganó.¦¿Qué?¦¡Sí!¦Véase p. ej. la fig. 3.¦Fin."),
    "pt": ("pt-BR", "Ver p. ex. a fig. 3.¦O Sr. Silva foi.¦Não."),
    "fr": ("fr", "Voir p. ex. la fig. 3.¦C'est « bien. »¦M. Dupont arrive.¦Pourquoi ?¦Parce que."),
    "de": ("de", "Das ist z.B. gut.¦Am 3. Mai war es d.h. vorbei.¦Siehe Abb. 3 usw. im Text.¦Ende."),
    "an unknown language": ("xx", "Hello.¦World 3.5 is `a. B`."),
}


@pytest.mark.parametrize(("lang", "marked"), CASES.values(), ids=CASES.keys())
def test_ends_of_sentences(lang: str, marked: str) -> None:
    want = marked.split("¦")
    joiner = "" if lang in ("zh", "ja") else " "
    text = joiner.join(want)
    assert [s.of(text) for s in sentences(text, lang)] == want


def test_marks_around_several_sentences_belong_to_none() -> None:
    text = "**A is one. B is *two*.** C is three."
    assert [s.of(text) for s in sentences(text, "en")] == ["A is one.", "B is *two*.", "C is three."]


def test_cells_of_a_table_row_are_apart() -> None:
    text = "one | `x|y` | **c** | d is. E is"
    assert [s.of(text) for s in sentences(text, "en", kind="table_row")] == ["one", "`x|y`", "**c**", "d is.", "E is"]
    assert len(sentences("a | b", "en")) == 1


MARKS = [
    "*",
    "**",
    "[**",
    "**]",
    "(**",
    "**)",
    "(",
    ")",
    "（",
    "）",
    "“",
    "”",
    "![",
    "](",
    "|",
    "\\*",
    " ",
    "\n",
    "\u3000",
]
WORDS = [
    "A is",
    "b",
    ". ",
    "。",
    "? ",
    "!",
    "...",
    "`a. B`",
    "$x. Y$",
    "[t. U](v)",
    ":cite:`C.`",
    "1. ",
    "e.g. ",
    "&lt;",
]
PIECES = st.sampled_from([*MARKS, *WORDS])


@given(st.lists(PIECES, max_size=25).map("".join), st.sampled_from(["en", "zh", "ja", "tr", "xx"]))
@settings(max_examples=200, deadline=None)
def test_spans_are_trimmed_ordered_and_balanced(text: str, lang: str) -> None:
    spans = sentences(text, lang)
    at, gaps = 0, ""
    for span in spans:
        assert at <= span.start < span.end
        assert span.of(text) == span.of(text).strip()
        gaps += text[at : span.start]
        at = span.end
    gaps += text[at:]
    assert not set(gaps) - set(" \n\u3000*[]()~_"), gaps
    bounds = {b for s in spans for b in s}
    offset = 0
    depth = []
    for token in tokens(text):
        inside = set(range(offset + 1, offset + len(token.raw)))
        if token.type == "span":
            assert not bounds & inside
        if token.type == "open":
            depth.append(next((n for n, s in enumerate(spans) if s.start <= offset < s.end), None))
        if token.type == "close":
            assert depth.pop() == next((n for n, s in enumerate(spans) if s.start <= offset < s.end), None)
        offset += len(token.raw)


@pytest.mark.parametrize("piece", ["(", "“", "1. ", "**A. ", "(A. ", "$x$. ", "“好。", "*A. B* ", "e.g. "])
def test_hostile_text_takes_linear_time(piece: str) -> None:
    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        start = time.process_time()
        sentences(text, "en")
        return time.process_time() - start

    seconds(1_000)
    assert seconds(80_000) < 25 * max(0.01, seconds(8_000))
