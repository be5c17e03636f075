"""Sentence splitting: `¦` marks where a sentence must end, and nowhere else."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stepkit import lines_run
from thorough import examples

from amts_action.documents.inline import tokens
from amts_action.documents.sentences import sentences

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
    "ko before Latin": (
        "ko",
        "좋습니다.¦Apis는 작다.¦2 kg이다.¦`Hive`가 센다.¦numpy는 배열이다.¦파일.txt와 그림.1을 본다!¦A다.",
    ),
    "ko small Latin": ("ko", "벌은 꿀을 만듭니다.¦numpy는 배열입니다.¦정말요?¦pandas도요."),
    "ja before Latin": ("ja", "これです.¦Pythonを使う.¦2つある.¦図.1とファイル.txtを見る。¦numpyも。"),
    "ja wide full stop": ("ja", "これは箱です．¦重さは３．５kgで，Ａ．Ｂ．氏の．¦`x`です．"),
    "zh before Latin": ("zh", "这是一个例子.¦Then B。¦打开数据.csv文件。¦numpy是数组。"),
    "zh items in running text": ("zh", "有三种：1. 甲，2. 乙。¦第一种在1990年。"),
    "ar": ("ar", "النحل يصنع العسل.¦numpy مصفوفة.¦لماذا؟¦انظر الشكل 3.¦`open` يفتح الغطاء."),
    "hi": ("hi", "शहद बनाती हैं।¦numpy एक सरणी है।¦क्यों?¦डॉ. राम आए।¦Apis छोटी है।"),
    "th": ("th", "ผึ้งทำน้ำผึ้งในรัง¦คลาสนี้นับจำนวนผึ้ง และผึ้งงานทั้งหมด¦`open` เปิดฝา"),
    "ru": (
        "ru",
        "См. рис. 3 и т. д. в тексте.¦Т. е. улей, мёд и т. д.¦Потом в 1990 г. он пришёл.¦А. С. Пушкин, 5 тыс. пчёл.",
    ),
    "es etc": ("es", "La pág. 5, etc.¦Luego se va.¦Las hojas, etc. del libro."),
    "de usw": ("de", "Rahmen, Deckel usw.¦Das ist d. h. alles.¦Sie wiegen ca. 5 kg etc. im Jahr."),
    "tr": ("tr", "Bu *çeviri*dir.¦Çeşitli örn. bu vb. şeyler.¦3. bölüm (bkz. Şekil 2).¦Özel $i$. metin.¦Son."),
    "vi": ("vi", "Ví dụ, v.v. là đủ.¦Đây là câu hai.¦Xem Hình 3.2.¦Đúng không?¦Ừ."),
    "es": ("es", "El Sr. Pérez ganó.¦¿Qué?¦¡Sí!¦Véase p. ej. la fig. 3.¦Fin."),
    "pt": ("pt-BR", "Ver p. ex. a fig. 3.¦O Sr. Silva foi.¦Não."),
    "fr": ("fr", "Voir p. ex. la fig. 3.¦C'est « bien. »¦M. Dupont arrive.¦Pourquoi ?¦Parce que."),
    "de": ("de", "Das ist z.B. gut.¦Am 3. Mai war es d.h. vorbei.¦Siehe Abb. 3 usw. im Text.¦Ende."),
    "en straight quotes are whole": ("en", '"A is one. B is two."¦-- Someone.¦Then "we. They" go.'),
    "en references": ("en", "See Eqs. 4--5, No. 5, pp. 3–5, Vol. 2 and Figs. 2 and 3.¦We use approx. 5 items.¦So."),
    "en names": ("en", "A. Smith and B. C. Jones of St. Petersburg came at 5 p.m. on Monday.¦J.-P. Sartre too."),
    "en country at the end": ("en", "We live in the U.S.¦It is big."),
    "en no and No.": ("en", "Is it?¦No.¦See No. 5."),
    "en ellipsis": ("en", "Wait... what?¦Yes...¦Then we… go.¦Really?!¦No!!"),
    "en versions": ("en", "Version 2.0.1 is out.¦The file is foo.py.¦Use v1.2.¦Run it."),
    "en a stop within": ("en", "Is it (why?); and so on.¦Who?, he said."),
    "zh reported speech": ("zh", "他说“好。”¦然后，图3.1所示……见下文。¦见e.g. Smith等人。¦好！"),
    "zh straight quotes are whole": ("zh", '"让我说。这是。好。"¦—— 某人'),
    "zh quotes between formulas": ("zh", '写作$P(y=$"猫"$)$等于$1$。¦若$y=$“狗”，即$P(y=$"猫"$)$。¦完。'),
    "zh half-width": ("zh", "使用NumPy.¦它是99.9%!¦好;还有。¦a.b.c不是句子。"),
    "ja reported speech": (
        "ja",
        "「はい。」と答えた。¦すごい！と言った。¦本当？って。¦とはいえ、『本。』という本。",
    ),
    "ja speech by itself": ("ja", "「これはテストです。」¦次の文です。¦（例。）¦どうですか?¦とても!"),
    "ja technical": (
        "ja",
        "TensorFlow 2.0 です。¦図3.1を参照．¦`model.fit()` を呼ぶ。¦[訳](a.b)。¦U.S. のデータ。",
    ),
    "ja brackets and bold": ("ja", "これは（括弧内。です）文です。¦**注意:** 重要です。¦**重要。**¦次…その後。"),
    "ja steps": ("ja", "1. 最初の手順。¦次の手順！"),
    "ko reported speech": ("ko", '그는 "간다."라고 말했다.¦그림 3.1.¦U.S. 데이터다.¦네!'),
    "tr ordinals and abbreviations": (
        "tr",
        "2. Dünya Savaşı, II. Dünya Savaşı.¦Bkz. Şekil 3.¦M.Ö. 300.¦A vb. ad.",
    ),
    "tr capitals": ("tr", "Bu bir.¦İkinci bu.¦Örneğin, şu.¦Ünlü bu.¦Şimdi.¦Prof. Dr. Ali geldi.¦Çok."),
    "vi capitals": ("vi", 'Đây là một.¦Đó là hai.¦Ở đây có ba.¦Ông nói: "Tôi đi."¦Ước tính.¦Ý là gì?'),
    "vi titles": ("vi", "PGS. TS. Phạm và ThS. Lê ở TP. Hồ Chí Minh.¦Xem vd. hình 3 và Mục 2.1.¦Giá là 3,5 triệu."),
    "vi ellipsis and list": ("vi", "1. Điều này... đúng.¦Gọi $x$ là biến.¦$y$ là nhãn.¦`a.b` là hàm."),
    "es titles": ("es", "El Dr. López y la Sra. García.¦Véase el cap. 3, pág. 5.¦Por ej. esto.¦Ud. sabe.¦Álvaro."),
    "es quotes and decimals": ("es", "Dijo: «Voy.»¦Luego se fue.¦Son 3.5 o 3,5.¦Última."),
    "pt titles and capitals": ("pt", "O Dr. Silva e a Sra. Costa.¦Veja a pág. 3.¦Ótimo!¦É isso.¦Por ex. isto.¦Às 5 h."),
    "fr initials and capitals": ("fr", "J.-P. Sartre écrit.¦Évidemment.¦Cf. chap. 2.¦À bientôt.¦Ça va ?¦Oui !"),
    "de quotes": ("de", "Er sagte: „Ich gehe.“¦Dann ging er.¦Das sind ca. 3,5 km, vgl. Abb. 3 und Nr. 5.¦Öfter."),
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
@examples(200)
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
def test_hostile_text_takes_linear_work(piece: str) -> None:
    """Eight times the text may not take twelve times the work."""
    assert sentences(piece * (20_000 // len(piece)), "en")
    work = [lines_run(partial(sentences, piece * (size // len(piece)), "en")) for size in (500, 4_000)]
    assert work[1] < 12 * work[0]
