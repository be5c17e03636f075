"""Glossaries: proposed from a book, read, written, and checked against a translation."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from datakit import amts, documented

from amts_action.engines.term_forms import key, occurs, pattern
from amts_action.errors import InputError, LimitError
from amts_action.memory.harvest import CandidatePair
from amts_action.training.extraction import Proposal, extract
from amts_action.training.terminology import Term, read_glossary, write_glossary
from amts_action.training.usage import misuses


def pairs(*texts: tuple[str, str]) -> list[CandidatePair]:
    """Aligned pairs, one a line."""
    return [CandidatePair(a, b, 1.0, "a.md", n) for n, (a, b) in enumerate(texts, 1)]


def proposals(*texts: tuple[str, str]) -> dict[str, Proposal]:
    """What is proposed, by term."""
    return {p.source: p for p in extract(pairs(*texts))}


# Proposing ---------------------------------------------------------------------------------------------------------


def test_a_gloss_in_emphasis_is_the_term() -> None:
    found = proposals(
        ("This is a *saddle point*.", "这就是*鞍点*（saddle point）。"),
        ("Saddle points are common.", "鞍点很常见。"),
        ("Nothing here.", "这里什么都没有。"),
    )["saddle point"]
    assert (found.target, found.count, found.total, found.evidence) == ("鞍点", 2, 2, "gloss")
    assert found.examples[1] == ("a.md:2", "Saddle points are common.", "鞍点很常见。")


def test_a_gloss_without_emphasis_is_cut_where_the_places_agree() -> None:
    found = proposals(
        ("Here the tensor is a matrix.", "这里我们把它称为张量（tensor）。"),
        ("Each tensor has a shape.", "每个张量都有形状。"),
        ("Two tensors are added.", "两个张量相加。"),
        ("We call it so.", "我们把它称为这样。"),
    )
    assert found["tensor"].target == "张量"


def test_a_gloss_that_comes_once_is_cut_after_function_words() -> None:
    assert proposals(("It is a *baseline*.", "这是基准（baseline）。"))["baseline"].target == "基准"


def test_a_gloss_of_two_names_and_an_abbreviation() -> None:
    found = proposals(
        ("A *gated recurrent unit* (GRU) is used.", "使用*门控循环单元*（gated recurrent unit，GRU）。"),
        ("The GRU is fast.", "门控循环单元很快。"),
    )
    assert found["gated recurrent unit"].target == found["GRU"].target == "门控循环单元"


def test_a_bracket_that_is_no_gloss_is_no_term() -> None:
    assert proposals(("We visit Rome.", "我们去罗马（see the map）。"), ("A dog.", "一只狗（$x$）。")) == {}


def test_emphasis_on_both_sides() -> None:
    found = proposals(("The *level* rises.", "*水平*上升。"), ("Two levels.", "两个水平。"))["level"]
    assert (found.target, found.evidence, found.count) == ("水平", "emphasis", 2)


def test_association_of_a_term_that_only_the_source_sets_apart() -> None:
    found = proposals(
        ("We study the *naive forecast* now.", "现在我们研究朴素预测。"),
        ("A naive forecast is cheap.", "朴素预测很便宜。"),
        ("Naive forecasts are hard to beat.", "朴素预测难以击败。"),
        ("A forecast of the weather.", "天气的预测。"),
        ("Nothing is cheap now.", "现在没有便宜的东西。"),
    )["naive forecast"]
    assert (found.target, found.evidence, found.count) == ("朴素预测", "association", 3)


def test_translations_in_latin_script() -> None:
    found = proposals(
        ("It is a *saddle point*.", "Bu bir *eyer noktası*dır (*saddle point*)."),
        ("We leave the *saddle point*.", "*Eyer noktası* (saddle point) geride kalır."),
    )
    assert found["saddle point"].target.lower() == "eyer noktası"


def test_the_commonest_translation_wins_and_the_others_are_told() -> None:
    found = proposals(
        ("A *token* is read.", "读取*词元*（token）。"),
        ("The *token* is kept.", "保留*词元*（token）。"),
        ("A *token* again.", "又是*标记*（token）。"),
        *((f"It is used {n} times.", f"词元用了{n}次。") for n in range(9)),
    )["token"]
    assert (found.target, found.others) == ("词元", ("标记",))


def test_a_part_of_a_translation_does_not_win_over_the_whole() -> None:
    found = proposals(
        ("A *long memory* is used.", "使用*短期记忆*（long memory）。"),
        ("The *long memory* is slow.", "*长短期记忆网络*（long memory）很慢。"),
        ("A long memory again.", "又是长短期记忆网络。"),
    )
    assert found["long memory"].target == "长短期记忆网络"


# Forms -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("saddle point", "Saddle points are common"),
        ("matrix", "two matrices"),
        ("class", "two classes"),
        ("entropy", "the entropies"),
        ("saddle points", "a saddle point"),
        ("long short-term memory (LSTM)", "a long short term memory"),
        ("end-to-end", "learning end to end"),
        ("GRU", "many GRUs"),
        ("bias", "biases"),
    ],
)
def test_forms_are_found(term: str, text: str) -> None:
    assert pattern([term]).search(text)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("point", "appointed"),
        ("bias", "unbiased"),
        ("GRU", "gru"),
        ("label", "pre-label-x"),
        ("axis", "ax"),
        ("loss", "los"),
    ],
)
def test_other_words_are_not_found(term: str, text: str) -> None:
    assert not pattern([term]).search(text)


def test_the_key_of_all_forms_is_one() -> None:
    assert {key(t) for t in ("Vanishing gradient", "vanishing-gradients", "vanishing gradients (VG)")} == {
        "vanishing gradient"
    }


@pytest.mark.parametrize(
    ("term", "text", "is_used"),
    [
        ("长短期记忆网络", "使用长短期 记忆网络", True),
        ("softmax 函数", "Softmax函数", True),
        ("鞍点", "鞍 马", False),
        ("eyer noktası", "Eyer noktalarında", True),
        ("eyer noktası", "seyer noktası", False),
    ],
)
def test_use_of_a_translation(term: str, text: str, is_used: bool) -> None:
    assert occurs(term, text) is is_used


# Files -------------------------------------------------------------------------------------------------------------


def read(data: str | bytes, target_lang: str = "zh") -> list[Term]:
    """The terms of a glossary's text."""
    raw = data if isinstance(data, bytes) else data.encode()
    return read_glossary(raw, where="t", source_lang="en", target_lang=target_lang)


def test_a_list_in_either_order_with_alternatives() -> None:
    text = (
        "## 术语对照\n\n鞍点，saddle point\n\nencoder, 编码器\n* 实例/示例，instance\n层序softmax，hierarchical softmax"
    )
    assert read(text) == [
        Term("saddle point", "鞍点"),
        Term("encoder", "编码器"),
        Term("instance", "实例"),
        Term("instance", "示例"),
        Term("hierarchical softmax", "层序softmax"),
    ]


@pytest.mark.parametrize("lang", ["es", "tr"])
def test_two_languages_in_latin_letters_are_told_by_spelling(lang: str) -> None:
    """Whichever side comes first; a dictionary of the English is enough."""
    words = {"es": ("red neuronal", "pérdida"), "tr": ("sinir ağı", "kayıp")}[lang]
    terms = [Term("neural network", words[0]), Term("loss", words[1])]
    assert read("".join(f"{t.source}, {t.target}\n" for t in terms), lang) == terms
    assert read("".join(f"- {t.target}，{t.source}\n" for t in terms), lang) == terms


def test_a_term_that_spreadsheets_would_run_is_left_out() -> None:
    """Amazon Translate refuses the whole file for it."""
    terms = [Term("good", "好"), Term("=SUM", "和"), Term("minus", "-"), Term("@save", "存")]
    data, problems = write_glossary(terms, source_lang="en", target_lang="zh")
    assert data.decode() == "en,zh\ngood,好\n" and len(problems) == 3


def test_csv_and_tsv_of_several_languages() -> None:
    assert read('en,zh,tr\n"a, b",甲,x\nc,,y\n') == [Term("a, b", "甲")]
    assert read(b"\xef\xbb\xbfzh-CN\ten\r\n\xe7\x94\xb2\ta\r\n") == [Term("a", "甲")]
    assert read("en,pt\na,b\n", "pt-BR") == [Term("a", "b")]


@pytest.mark.parametrize(
    ("data", "message"),
    [("", "no term"), ("# only a heading\n", "no term"), (b"\xff", "UTF-8"), ("en,tr\na,b\n", "zh")],
)
def test_a_bad_glossary_is_told(data: str | bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(data)


def test_writing_amazons_csv_and_reading_it_back() -> None:
    terms = [Term("a, b", "甲"), Term('a "c"', "乙"), Term("d", "丙")]
    data, problems = write_glossary(terms, source_lang="en-US", target_lang="zh-Hans")
    assert data.decode() == 'en,zh\n"a, b",甲\n"a ""c""",乙\nd,丙\n'
    assert (read(data), problems) == (terms, [])


def test_what_amazon_does_not_take_is_left_out_and_told() -> None:
    terms = [Term("a", "甲"), Term("a", "乙"), Term("b", "丙" * 67), Term("c", "丁" * 66)]
    data, problems = write_glossary(terms, source_lang="en", target_lang="zh")
    assert [t.source for t in read(data)] == ["a", "c"]
    assert [p.split(":")[0] for p in problems] == ["a", "b"]


def test_a_glossary_of_more_than_10_mb_is_refused() -> None:
    with pytest.raises(LimitError):
        write_glossary((Term(f"{n} {'x' * 190}", "y" * 190) for n in range(28_000)), source_lang="en", target_lang="zh")


# Checking ----------------------------------------------------------------------------------------------------------

AGREED = [
    Term("error", "误差"),
    Term("generalization error", "泛化误差"),
    Term("instance", "实例"),
    Term("instance", "示例"),
    Term("mean", "均值"),
    Term("language", "语言"),
    Term("language model", "语言模型"),
    Term("long short-term memory (LSTM)", "长短期记忆网络"),
]


@pytest.mark.parametrize(
    ("source", "target", "terms"),
    [
        ("The errors grow.", "误差变大。", []),
        ("The errors grow.", "错误变大。", ["error"]),
        ("The Generalization error grows.", "泛化误差变大。", []),
        ("The generalization error grows.", "误差变大。", ["generalization error"]),
        ("An instance of it.", "它的一个示例。", []),
        ("For instance, it means that much.", "比如，这很重要。", []),
        ("The means of both.", "两者的平均数。", ["mean"]),
        ("Call `error` and `mean`.", "调用`error`和`mean`。", []),
        ("A long short-term memory and an error.", "一个网络和一个错误。", ["long short-term memory (LSTM)", "error"]),
        ("Terrors.", "恐怖。", []),
        ("A language model.", "一个模型。", ["language model"]),
    ],
)
def test_check(source: str, target: str, terms: list[str]) -> None:
    assert [f.term for f in misuses(pairs((source, target)), AGREED)] == terms


def test_a_finding_says_where_and_what() -> None:
    (found,) = misuses(pairs(("One.", "一。"), ("An *instance*.", "一个例子。")), AGREED)
    assert (found.place, found.expected) == ("a.md:2", ("实例", "示例"))
    assert (found.source, found.target) == ("An instance.", "一个例子。")


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = {"en": "# The *mean*\n\nA mean is a number.\n", "zh": "# *均值*（mean）\n\n平均数是一个数。\n"}
    for lang, text in texts.items():
        (tmp_path / lang).mkdir()
        (tmp_path / lang / "a.md").write_text(text, encoding="utf-8")
    book = [tmp_path / "en", tmp_path / "zh", "--target-lang", "zh"]
    assert amts("terminology", "extract", *book, "--least-count", 1, "--examples", tmp_path / "e.tsv") == 0
    assert capsys.readouterr().out == "en,zh\nmean,均值\n"
    with (tmp_path / "e.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert (rows[0]["term"], rows[0]["count"], rows[0]["of"], rows[0]["place"]) == ("mean", "1", "2", "a.md:1")
    (tmp_path / "t.md").write_text("均值，mean\n", encoding="utf-8")
    found = tmp_path / "f.json"
    assert amts("terminology", "check", *book, "--terms", tmp_path / "t.md", "--json", found) == 1
    assert capsys.readouterr().out == "a.md:3: mean: expected 均值\n"
    assert json.loads(found.read_text(encoding="utf-8"))["findings"][0]["place"] == "a.md:3"
    (tmp_path / "zh" / "a.md").write_text(texts["zh"].replace("平均数", "均值"), encoding="utf-8")
    assert amts("terminology", "check", *book, "--terms", tmp_path / "t.md") == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["convert", "nowhere.md", "--target-lang", "zh"], "no such file"),
        (["check", "--terms", "t.md"], "SOURCE"),
        (["extract", "--book", "en", "zh", "zh", "--book", "en", "zh", "tr"], "one target language"),
        (["extract", "--book", "en", "zh", "zh", "--least-count", "99"], "no term"),
    ],
)
def test_bad_usage_is_one_line(
    words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for lang in ("en", "zh"):
        (tmp_path / lang).mkdir()
        (tmp_path / lang / "a.md").write_text("# A\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert amts("terminology", *words) == 2
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 and message in lines[0]


def test_documented_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = Path(__file__).resolve().parents[2] / "example" / "build.py"
    subprocess.run([sys.executable, str(build), str(tmp_path / "demo")], check=True, capture_output=True)
    monkeypatch.chdir(tmp_path)
    for words, code in documented("terminology.md"):
        assert amts(*words) == code, words
