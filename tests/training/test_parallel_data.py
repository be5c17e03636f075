"""Parallel data: cleaned, filtered, written as Amazon Translate takes it, and checked by its published rules."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from casekit import documents
from datakit import amts, documented
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from thorough import examples
from translate.storage.tmx import tmxfile

from amts_action.engines.languages import amazon_code
from amts_action.errors import InputError, LimitError
from amts_action.memory.harvest import CandidatePair, Granularity, PageTexts, harvest
from amts_action.memory.readable import readable, readable_pair
from amts_action.training.delimited import DELIMITERS, write_delimited
from amts_action.training.doubtful import without_doubtful
from amts_action.training.export import Judged, PairCorpus, export
from amts_action.training.filters import REASONS, Limits, reject
from amts_action.training.pairs_csv import pairs_csv
from amts_action.training.sources import option_pairs
from amts_action.training.tmx import write_tmx
from amts_action.training.validate import CheckedFile, check_file

ENGLISH = """# A Walk

The first day we walked along the river :cite:`Walker.2001`. We saw 14 boats, as :numref:`fig_boats` shows.
The loss is $x^2$ and the function `mean` computes it.

```python
print("code is no language")
```

![Boats on a river](boats.png)

* A *short* rest at the [old mill](mill.html).
* An untranslated line stays here.
"""
CHINESE = """# 一次散步

第一天我们沿着河边散步 :cite:`Walker.2001`。如 :numref:`fig_boats`所示，我们看到了14条船。
损失是$x^2$，函数`mean`计算它。

```python
print("code is no language")
```

![河上的船](boats.png)

* 在[老磨坊](mill.html)*短暂*休息。
* An untranslated line stays here.
"""
TURKISH = """# Bir Yürüyüş

İlk gün nehir boyunca yürüdük :cite:`Walker.2001`. :numref:`fig_boats` içinde görüldüğü gibi 14 tekne gördük.
Kayıp $x^2$ olur ve `mean` işlevi onu hesaplar.

```python
print("code is no language")
```

![Nehirde tekneler](boats.png)

* [Eski değirmende](mill.html) *kısa* bir mola.
* An untranslated line stays here.
"""


def put(folder: Path, **texts: str) -> Path:
    """A folder with one markdown page for each keyword."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def walk(tmp_path: Path) -> tuple[Path, Path, Path]:
    """The same page in English, Chinese and Turkish, each in a folder of its own."""
    pages = {"en": ENGLISH, "zh": CHINESE, "tr": TURKISH}
    return tuple(put(tmp_path / lang, walk=text) for lang, text in pages.items())  # type: ignore[return-value]


def rows(path: Path, delimiter: str = ",") -> list[list[str]]:
    """A file as the standard library reads it."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


# What a reader sees ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marked", "seen"),
    [
        ("a *soft* and **loud** word", "a soft and loud word"),
        ("[**a slide**] and (**more**)", "a slide and more"),
        ("see [the manual](http://a.b/c) now", "see the manual now"),
        ("Kept $x_1 < 2$ and `f(x)` as they are", "Kept $x_1 < 2$ and `f(x)` as they are"),
        ("known since long :cite:`A.2001`, and used", "known since long, and used"),
        ("known (see :cite:`A`, :cite:`B`) well", "known (see) well"),
        ("known ({cite}`A`) well", "known well"),
        ("方法 :cite:`A.2001`很好", "方法很好"),
        ("as in :numref:`fig_a` and :eqref:`eq_b` or :numref:`fig_a`", "as in [1] and [2] or [1]"),
        ("{cite:t}`Smith2020` shows it", "[1] shows it"),
        ("如 :numref:`fig_a`所示", "如[1]所示"),
        ("{doc}`the intro <intro>` and {term}`tensor`", "the intro and tensor"),
        ("press {kbd}`Ctrl` {index}`single: key` now", "press Ctrl now"),
        ("call {func}`os.path` now", "call `os.path` now"),
        ("a&nbsp;b &lt;eos&gt; \\$5", "a b <eos> $5"),
        ("line<br>break and <b>bold</b>", "line break and bold"),
        ("一行\n接着一行", "一行接着一行"),
        ("one line\nand another", "one line and another"),
        ("![alt *text*](a.png) after", "after"),
        ("a note[^1].", "a note."),
        ("odd\x07bell\u2028and\x0bmore", "oddbell and more"),
    ],
)
def test_readable(marked: str, seen: str) -> None:
    assert readable(marked) == seen


def test_equal_references_have_equal_numbers_on_both_sides() -> None:
    source, target = readable_pair("First :numref:`a`, then :numref:`b`.", "先看 :numref:`b`，再看 :numref:`a`。")
    assert (source, target) == ("First [1], then [2].", "先看[2]，再看[1]。")


@given(st.text(max_size=60))
def test_readable_is_one_line_without_control_characters(text: str) -> None:
    seen = readable(text)
    assert seen == " ".join(seen.split()) and len(seen.splitlines()) <= 1
    assert not re.search("[\x00-\x1f\ud800-\udfff]", seen)


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("pt-BR", "pt"),
        ("pt", "pt"),
        ("fa", "fa"),
        ("fa-AF", "fa-AF"),
        ("pt_PT", "pt-PT"),
        ("zh-Hans", "zh"),
        ("zh-cn", "zh"),
        ("zh-Hant-HK", "zh-TW"),
        ("zh_TW", "zh-TW"),
        ("zh-Hans-HK", "zh"),
        ("en-GB", "en"),
        ("fr-CA", "fr-CA"),
        ("fr-BE", "fr"),
        ("es-MX", "es-MX"),
        ("es-419", "es-MX"),
        ("es-AR", "es"),
        ("nb", "no"),
        ("prs", "fa-AF"),
        ("tr", "tr"),
    ],
)
def test_amazon_code(tag: str, code: str) -> None:
    assert amazon_code(tag) == code


def test_amazon_code_of_no_language() -> None:
    with pytest.raises(InputError, match="xx"):
        amazon_code("xx")


# Filters -----------------------------------------------------------------------------------------------------------

LONG = "This sentence goes on and on without an end in sight. " * 20


def judged(source: str, target: str, lang: str = "zh", confidence: float = 1.0, *, delimited: bool = True) -> str:
    """The reason why a pair is rejected; empty when it is not."""
    pair = CandidatePair(source, target, confidence, "a.md", 1)
    return reject(pair, *readable_pair(source, target), lang, Limits(delimited=delimited))


@pytest.mark.parametrize(
    ("reason", "source", "target", "lang"),
    [
        ("empty", "$x = 1$", "$x = 1$", "zh"),
        ("empty", "A word.", "！", "zh"),
        ("untranslated copy", "A line that nobody translated.", "A line that nobody translated.", "tr"),
        ("untranslated copy", "A line that nobody has translated.", "a line that nobody translated", "tr"),
        ("untranslated copy", "Adam", "adam", "tr"),
        ("wrong script", "The gradient is used in every step.", "Der Gradient wird in jedem Schritt benutzt 的", "zh"),
        ("wrong script", "The gradient is used.", "我们使用梯度。", "tr"),
        ("wrong script", "It is written in kana.", "これはひらがなでかかれています", "zh"),
        ("length ratio", "The gradient.", "梯度在每一个时间步中都会被计算出来，然后被用于更新参数的取值。", "zh"),
        ("length ratio", "We compute the gradient in each step and use it to move the weights a bit.", "梯度。", "zh"),
        ("numbers differ", "It has 256 hidden units.", "它有512个隐藏单元。", "zh"),
        ("numbers differ", "It has 256 units in 3 layers.", "它有512个单元，分3层。", "zh"),
        ("numbers differ", "In 2020 100 loaves.", "En 2020 200 panes.", "es"),
        ("numbers differ", "There were 3 of them.", "它们有5个。", "zh"),
        ("protected spans differ", "The loss is $x^2$ here.", "这里的损失是$x^3$。", "zh"),
        ("protected spans differ", "Call `mean` to compute it.", "调用函数来计算它。", "zh"),
        ("protected spans differ", "As :numref:`fig_a` shows.", "如 :numref:`fig_b`所示。", "zh"),
        ("too long", LONG, "这个句子没完没了，一直看不到尽头。" * 20, "zh"),
        ("leading character", "- a rest at the mill", "在磨坊休息", "zh"),
        ("leading character", "a rest at the mill", "=在磨坊休息", "zh"),
    ],
)
def test_rejected(reason: str, source: str, target: str, lang: str) -> None:
    assert judged(source, target, lang) == reason


@pytest.mark.parametrize(
    ("source", "target", "lang"),
    [
        ("There were three of them in 2019.", "2019年有3个。", "zh"),
        ("On December 25, 2019 it was 1,000 degrees.", "2019年12月25日，温度为1000度。", "zh"),
        ("About 1.5 million people live there.", "那里住着大约150万人。", "zh"),
        ("It is 0.75 here.", "Burada 0,75 olur.", "tr"),
        ("All 11,000,000 loaves in 28 ovens.", "Los 11 000 000 de panes en 28 hornos.", "es"),
        ("A split of 60,000 and 10,000 days.", "Un reparto de 60\u00a0000 y 10\u202f000 días.", "es"),
        ("View in BakeryBoard", "Ver en BakeryBoard", "es"),
        ("a matrix with shape (3, 4)", "形状为（3,4）的矩阵", "zh"),
        ("In step 2 we stop.", "在时间步$2$，我们停止。", "zh"),
        ("the $i^\\mathrm{th}$ row of the matrix", "矩阵的第$i$行", "zh"),
        ("call `dot(A, x)` with both", "用这两者调用`dot(A,x)`", "zh"),
        ("We use the Keras API of TensorFlow.", "我们使用TensorFlow的Keras API。", "zh"),
        ("Summary", "小结", "zh"),
        ("Exercises", "Alıştırmalar", "tr"),
    ],
)
def test_accepted(source: str, target: str, lang: str) -> None:
    assert judged(source, target, lang) == ""


def test_low_confidence_is_rejected_and_leading_characters_only_in_rows() -> None:
    assert judged("Summary", "小结", confidence=0.8) == "low confidence"
    assert judged("- a rest at the mill", "- 在磨坊休息", delimited=False) == ""


# The check ---------------------------------------------------------------------------------------------------------

TMX = '<?xml version="1.0" encoding="UTF-8"?>\n<tmx version="1.4"><header srclang="en"/><body>{}</body></tmx>'
UNIT = '<tu><tuv xml:lang="en"><seg>{}</seg></tuv><tuv xml:lang="es"><seg>{}</seg></tuv></tu>'


def checked(tmp_path: Path, form: str, data: str | bytes) -> CheckedFile:
    """What the check finds in some data."""
    path = tmp_path / f"data.{form}"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return check_file(path, form)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("form", "records", "data"),
    [
        ("csv", 2, "en,es,zh\nA service.,Un servicio.,一项服务。\nTwo.,Dos.,二。\n"),
        ("csv", 2, 'en,es\n"34"" monitor, flat","monitor de 34"""\r\n34"" monitor,monitor\r\n'),
        ("tsv", 2, 'en\tpt-PT\nA, b\tC, d\n"tab\there"\tx'),
        ("tmx", 2, TMX.format(UNIT.format("A &amp; <hi>b</hi>", "C") + UNIT.format("B", "D"))),
    ],
)
def test_what_the_documentation_allows_is_good(tmp_path: Path, form: str, records: int, data: str) -> None:
    found = checked(tmp_path, form, data)
    assert (found.faults, found.records, found.skipped) == ([], records, {})


@pytest.mark.parametrize(
    ("form", "data", "fault"),
    [
        ("csv", b"\xef\xbb\xbfen,es\na,b\n", "byte order mark"),
        ("csv", "", "empty"),
        ("csv", "en\na\n", "at least one target"),
        ("csv", "en,pt-BR\na,b\n", "'pt-BR'"),
        ("csv", "en,es,es\na,b,c\n", "twice"),
        ("csv", "en,es\na,b,c\n", "3 fields"),
        ("csv", 'en,es\n"a\nb",c\n', "not closed"),
        ("csv", "en,es\n=SUM(A1),b\n", "starts with ="),
        ("csv", 'en,es\na,"@b, c"\n', "starts with @"),
        ("csv", "en,es\na,-b\n", "starts with -"),
        ("tsv", "en\tes\n+a\tb\n", r"starts with \+"),
        ("csv", 'en,es\n34" monitor,b\n', "not doubled"),
        ("csv", 'en,es\n"a" b,c\n', "after the closing"),
        ("csv", "en,es\na\u2028b,c\n", "line break"),
        ("csv", b"en,es\n\xff,b\n", "not UTF-8"),
        ("csv", "en,es\n,b\n", "no record"),
        ("tmx", TMX.format(""), "no translation unit"),
        ("tmx", "<tmx version='1.4'><header srclang='en'/><body><tu>", "not well-formed"),
        ("tmx", TMX.format(UNIT.format("a", "b")).replace("1.4", "1.1"), "version '1.1'"),
        ("tmx", TMX.format(UNIT.format("a", "b")).replace(' srclang="en"', ""), "no srclang"),
        ("tmx", TMX.format(UNIT.format("a", "b").replace(' xml:lang="es"', "")), "without xml:lang"),
        ("tmx", TMX.format(UNIT.format("a", "b").replace("<seg>b</seg>", "")), "0 seg"),
        ("tmx", TMX.format('<tu><tuv xml:lang="en"><seg>a</seg></tuv></tu>'), "fewer than two"),
        ("tmx", TMX.format(UNIT.format("a", "b").replace('"en"', '"fr"')), "0 tuv elements in the source"),
        ("tmx", TMX.format(UNIT.format("a", "b") + "<p/>"), "may not stand"),
        ("tmx", '<!DOCTYPE tmx [<!ENTITY a "b">]>' + TMX.format(UNIT.format("a", "b"))[39:], "entities"),
    ],
)
def test_what_breaks_a_rule_is_found(tmp_path: Path, form: str, data: str | bytes, fault: str) -> None:
    found = checked(tmp_path, form, data)
    assert not found.is_good
    assert re.search(fault, " | ".join(found.faults)), found.faults


def test_what_amazon_passes_over_is_counted(tmp_path: Path) -> None:
    long = "é" * 501
    found = checked(tmp_path, "csv", f"en,es,fr\n,b,c\n{long},b,c\na,{long},c\na,b,c\nd, ,e\n")
    assert found.is_good
    assert found.records == 2
    assert found.skipped == {
        "source empty": 1,
        "source over 1000 bytes": 1,
        "translation over 1000 bytes": 1,
        "source comes again later": 1,
        "translation empty": 1,
    }


def test_exactly_1000_bytes_are_taken(tmp_path: Path) -> None:
    assert checked(tmp_path, "csv", f"en,es\n{'é' * 500},b\n").skipped == {}


# Writers -----------------------------------------------------------------------------------------------------------

DTD = """
<!ELEMENT tmx (header, body)> <!ATTLIST tmx version CDATA #REQUIRED>
<!ELEMENT header (note | prop | ude)*>
<!ATTLIST header creationtool CDATA #REQUIRED creationtoolversion CDATA #REQUIRED
  segtype (block | paragraph | sentence | phrase) #REQUIRED o-tmf CDATA #REQUIRED adminlang CDATA #REQUIRED
  srclang CDATA #REQUIRED datatype CDATA #REQUIRED o-encoding CDATA #IMPLIED creationdate CDATA #IMPLIED>
<!ELEMENT body (tu*)>
<!ELEMENT tu ((note | prop)*, tuv+)> <!ATTLIST tu tuid CDATA #IMPLIED changedate CDATA #IMPLIED>
<!ELEMENT tuv ((note | prop)*, seg)> <!ATTLIST tuv xml:lang CDATA #REQUIRED changedate CDATA #IMPLIED>
<!ELEMENT seg (#PCDATA)>
<!ELEMENT note (#PCDATA)> <!ELEMENT prop (#PCDATA)> <!ELEMENT ude EMPTY>
"""
"""What of TMX 1.4b a file of plain segments may use, from its specification."""


def is_valid_tmx(data: bytes) -> bool:
    """Whether a standard validator finds nothing."""
    dtd = etree.DTD(io.StringIO(DTD))
    return bool(dtd.validate(etree.fromstring(data)))


LINES = st.text(max_size=40).map(readable).filter(lambda t: t and t[0] not in "+-=@")
RECORDS = st.dictionaries(
    LINES, st.dictionaries(st.sampled_from(["zh", "tr"]), LINES, min_size=1), min_size=1, max_size=6
)


@given(RECORDS, st.sampled_from(["csv", "tsv"]))
@examples(60)
def test_any_rows_come_back_from_the_standard_library_and_pass_the_check(
    tmp_path_factory: pytest.TempPathFactory, records: Mapping[str, Mapping[str, str]], form: str
) -> None:
    out = io.BytesIO()
    write_delimited(records.items(), out, source_lang="en", target_langs=("zh", "tr"), delimiter=DELIMITERS[form])
    read = list(csv.reader(io.StringIO(out.getvalue().decode(), newline=""), delimiter=DELIMITERS[form]))
    assert read == [["en", "zh", "tr"], *([s, t.get("zh", ""), t.get("tr", "")] for s, t in records.items())]
    assert checked(tmp_path_factory.mktemp("rows"), form, out.getvalue()).faults == []


@given(RECORDS)
@examples(60)
def test_any_units_come_back_from_an_xml_parser_and_pass_the_check(
    tmp_path_factory: pytest.TempPathFactory, records: Mapping[str, Mapping[str, str]]
) -> None:
    out = io.BytesIO()
    write_tmx(records.items(), out, source_lang="en", target_langs=("zh", "tr"), segments="sentence")
    units = etree.fromstring(out.getvalue()).iter("tu")
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    read = [{v.get(lang): v.findtext("seg") for v in unit} for unit in units]
    assert read == [{"en": source, **targets} for source, targets in records.items()]
    assert is_valid_tmx(out.getvalue())
    assert checked(tmp_path_factory.mktemp("units"), "tmx", out.getvalue()).faults == []


# The whole way -----------------------------------------------------------------------------------------------------


def test_csv_of_two_folders(walk: Sequence[Path], tmp_path: Path) -> None:
    en, zh, _ = walk
    out, rejected, result = tmp_path / "out.csv", tmp_path / "rejected.tsv", tmp_path / "out.json"
    options = ["--target-lang", "zh", "--least-confidence", 0, "-o", out, "--rejected", rejected, "--json", result]
    assert amts("parallel-data", "build", en, zh, *options) == 0
    assert rows(out) == [
        ["en", "zh"],
        ["A Walk", "一次散步"],
        ["The first day we walked along the river.", "第一天我们沿着河边散步。"],
        ["We saw 14 boats, as [1] shows.", "如[1]所示，我们看到了14条船。"],
        ["The loss is $x^2$ and the function `mean` computes it.", "损失是$x^2$，函数`mean`计算它。"],
        ["A short rest at the old mill.", "在老磨坊短暂休息。"],
    ]
    assert rows(rejected, "\t")[1][:2] == ["untranslated copy", "walk.md:13"]
    report = json.loads(result.read_text(encoding="utf-8"))
    assert report["rejected"] == {**dict.fromkeys(REASONS, 0), "untranslated copy": 1}
    assert (report["pairs"], report["accepted"], report["records"], report["status"]) == (6, 5, 5, "done")
    assert report["languages"] == ["en", "zh"] and report["bytes"] == out.stat().st_size


def test_several_languages_in_one_tmx(walk: Sequence[Path], tmp_path: Path) -> None:
    en, zh, tr = walk
    out = tmp_path / "out.tmx"
    books = ["--book", en, zh, "zh-Hans", "--book", en, tr, "tr", "--least-confidence", 0]
    assert amts("parallel-data", "build", *books, "-o", out) == 0
    assert is_valid_tmx(out.read_bytes())
    assert checked(tmp_path, "tmx", out.read_bytes()).languages == ("en", "zh", "tr")
    for lang, title in (("zh", "一次散步"), ("tr", "Bir Yürüyüş")):
        with out.open("rb") as file:
            store = tmxfile(file, "en", lang)
        assert store.translate("A Walk") == title
        assert len(store.units) == 5
    first = out.read_bytes()
    assert amts("parallel-data", "build", *books, "-o", out) == 0
    assert out.read_bytes() == first


def test_several_languages_in_one_csv_and_the_last_duplicate_wins(tmp_path: Path) -> None:
    out, rejected = tmp_path / "out.tsv", tmp_path / "rejected.tsv"
    found = [
        (
            "zh-cn",
            [CandidatePair("A walk.", "走走。", 1.0, "a.md", 1), CandidatePair("A rest.", "休息。", 1.0, "a.md", 2)],
        ),
        ("tr", [CandidatePair("A rest.", "Bir mola.", 1.0, "b.md", 1)]),
        ("zh", [CandidatePair("*A walk.*", "散步。", 1.0, "c.md", 1)]),
    ]
    report = export(
        found, out, "tsv", source_lang="en", granularity="sentence", limits=Limits(delimited=True), rejected=rejected
    )
    assert rows(out, "\t") == [["en", "zh", "tr"], ["A walk.", "散步。", ""], ["A rest.", "休息。", "Bir mola."]]
    assert (report.accepted, report.rejected["duplicate"], report.records) == (3, 1, 2)
    assert rows(rejected, "\t")[1:] == [["duplicate", "a.md:1", "1.00", "A walk.", "走走。"]]


def test_blocks_and_table_cells(tmp_path: Path) -> None:
    en = put(tmp_path / "en", a="One. Two sentences.\n\n| Name | Size |\n|---|---|\n| A large house | small |\n")
    zh = put(tmp_path / "zh", a="一个。两个句子。\n\n| 名称 | 大小 |\n|---|---|\n| 一座大房子 | 小 |\n")
    out = tmp_path / "out.csv"
    options = ["--target-lang", "zh", "--granularity", "block", "--least-confidence", 0, "-o", out]
    assert amts("parallel-data", "build", en, zh, *options) == 0
    assert rows(out)[1:] == [
        ["One. Two sentences.", "一个。两个句子。"],
        ["Name", "名称"],
        ["Size", "大小"],
        ["A large house", "一座大房子"],
        ["small", "小"],
    ]


def test_excluded_documents_leave_no_trace(tmp_path: Path) -> None:
    en = put(tmp_path / "en" / "part", keep="# Kept\n", gold="# Held back\n")
    zh = put(tmp_path / "zh" / "part", keep="# 保留\n", gold="# 留作评测\n")
    out = tmp_path / "out.csv"
    options = ["--target-lang", "zh", "--least-confidence", 0, "-o", out, "--exclude", "part/gold.md"]
    assert amts("parallel-data", "build", en.parent, zh.parent, *options) == 0
    assert rows(out) == [["en", "zh"], ["Kept", "保留"]]


def test_the_origin_file_beside_a_translation_is_its_english(tmp_path: Path) -> None:
    book = put(tmp_path / "zh", a="# 散步\n", a_origin="# A Walk\n")
    out = tmp_path / "out.csv"
    assert amts("parallel-data", "build", book, book, "--target-lang", "zh", "--least-confidence", 0, "-o", out) == 0
    assert rows(out)[1:] == [["A Walk", "散步"]]


def test_nothing_good_writes_nothing(walk: Sequence[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.csv"
    out.write_text("as it was", encoding="utf-8")
    copy = put(tmp_path / "copy", walk=ENGLISH)
    assert amts("parallel-data", "build", walk[0], copy, "--target-lang", "zh", "-o", out) == 2
    assert out.read_text(encoding="utf-8") == "as it was"
    assert "none of 6 pairs passed the filters" in capsys.readouterr().out
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_a_broken_document_is_told_and_the_others_are_exported(walk: Sequence[Path], tmp_path: Path) -> None:
    for folder in walk[:2]:
        (folder / "broken.ipynb").write_text("{", encoding="utf-8")
    out, result = tmp_path / "out.csv", tmp_path / "out.json"
    options = ["--target-lang", "zh", "--least-confidence", 0, "-o", out, "--json", result]
    assert amts("parallel-data", "build", *walk[:2], *options) == 1
    report = json.loads(result.read_text(encoding="utf-8"))
    assert report["status"] == "partial" and "broken.ipynb" in report["problems"][0] and report["records"] == 5


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["build", "-o", "x.csv"], "SOURCE"),
        (["build", ".", "-o", "x.csv"], "TARGET"),
        (["build", "nowhere", "nowhere", "--target-lang", "zh", "-o", "x.csv"], "no such file"),
        (["build", ".", ".", "-o", "x.csv"], "--target-lang"),
        (["build", ".", ".", "--target-lang", "zh", "-o", "x.txt"], "--format"),
        (["check", "nowhere.csv"], "no such file"),
    ],
)
def test_bad_usage_is_one_line(
    words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert amts("parallel-data", *words) == 2
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 and message in lines[0]


def test_check_tells_faults_and_has_an_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("en,zh\n=a,b\n" + "c,d,e\n" * 30, encoding="utf-8")
    result = tmp_path / "check.json"
    assert amts("parallel-data", "check", bad, "--json", result) == 1
    assert "line 2: a field starts with =" in capsys.readouterr().out
    found = json.loads(result.read_text(encoding="utf-8"))
    assert found["fault_count"] == 31 and len(found["faults"]) == 20


def test_processes_change_nothing() -> None:
    texts = [PageTexts(f"{n}.md", ENGLISH, CHINESE, "en", "zh") for n in range(5)]
    texts.insert(2, PageTexts("broken.ipynb", "{", "{", "en", "zh"))
    one, two = (list(harvest(texts, "sentence", workers=n)) for n in (1, 2))
    assert one == two
    assert isinstance(one[2], str) and [p.path for p in one[3]] == ["2.md"] * 6


@given(documents(), documents(), st.sampled_from(["block", "sentence"]))
@examples(25)
def test_any_two_documents_give_a_good_file_or_none(
    tmp_path_factory: pytest.TempPathFactory, source: str, target: str, granularity: Granularity
) -> None:
    texts = [PageTexts("a.md", source, target, "en", "zh"), PageTexts("b.md", source, source, "en", "zh")]
    found = [("zh", pairs) for pairs in harvest(texts, granularity)]
    limits = Limits(least_confidence=0.0, copy=2.0, script=-1.0, deviations=99.0, delimited=True)
    out = tmp_path_factory.mktemp("any") / "out.csv"
    try:
        report = export(found, out, "csv", source_lang="en", granularity=granularity, limits=limits)
    except InputError as error:
        assert "passed the filters" in str(error)
        return
    assert len(rows(out)) == report.records + 1
    assert check_file(out, "csv").is_good


def test_words_are_learnt_where_no_block_has_as_many_sentences() -> None:
    source = "One dog. " * 2 + "Three cats."
    texts = [PageTexts(f"{n}.md", source, "一只狗一只狗。三只猫。", "en", "zh") for n in range(3)]
    assert all(pairs for pairs in harvest(texts, "sentence"))


def test_notebook_pairs_name_their_cell() -> None:
    def notebook(*texts: str) -> str:
        cells = [{"cell_type": "markdown", "metadata": {}, "source": t} for t in texts]
        return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})

    texts = PageTexts(
        "a.ipynb", notebook("# A", "# A Walk\n\nWe rest."), notebook("# A", "# 散步\n\n我们休息。"), "en", "zh"
    )
    (pairs,) = harvest([texts], "sentence")
    assert not isinstance(pairs, str)
    assert [p.place for p in pairs if p.source == "We rest."] == ["a.ipynb:cell 1:3"]


def test_only_the_default_branch_counts_as_people(tmp_path: Path) -> None:
    def git(folder: Path, *words: str) -> None:
        identity = {
            f"GIT_{who}_{what}": "x@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
        }
        environ = {**os.environ, **identity, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True, env=environ)

    en, zh = put(tmp_path / "en", a="# A Walk\n"), put(tmp_path / "zh", a="# 散步\n")
    for folder in (en, zh):
        git(folder, "init", "-q", "-b", "main")
        git(folder, "add", ".")
        git(folder, "commit", "-q", "-m", "start")
    git(zh, "checkout", "-q", "-b", "amts/zh")
    put(zh, a="# 机器译文\n")
    git(zh, "commit", "-q", "-a", "-m", "machine")
    git(zh, "checkout", "-q", "main")
    out = tmp_path / "out.csv"
    assert amts("parallel-data", "build", en, zh, "--target-lang", "zh", "--least-confidence", 0, "-o", out) == 0
    assert rows(out)[1:] == [["A Walk", "散步"]]


def test_too_large_a_file_is_refused() -> None:
    from amts_action.training.export import _Limited

    limited = _Limited(io.BytesIO(), most=10)
    limited.write(b"x" * 10)
    with pytest.raises(LimitError):
        limited.write(b"x")


def test_the_corpus_leaves_nothing_behind(tmp_path: Path) -> None:
    with PairCorpus(tmp_path) as corpus:
        corpus.add("a", "zh", "b", "a.md:1", 1.0)
        assert list(corpus.records()) == [("a", {"zh": "b"})]
    assert list(tmp_path.iterdir()) == []


def test_documented_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = Path(__file__).resolve().parents[2] / "example" / "build.py"
    subprocess.run([sys.executable, str(build), str(tmp_path / "demo")], check=True, capture_output=True)
    monkeypatch.chdir(tmp_path)
    for words, code in documented("parallel-data.md"):
        assert amts(*words) == code, words


def test_what_the_gate_would_stop_is_not_taught() -> None:
    """A denial that is lost passes all other filters; the gate learns from the pairs around it."""
    animals = {"cow": "奶牛", "horse": "马匹", "sheep": "绵羊", "goat": "山羊", "duck": "鸭子", "goose": "白鹅"}
    places = {
        "river": "河边",
        "village": "村里",
        "forest": "林中",
        "garden": "园中",
        "market": "市场",
        "bridge": "桥上",
    }
    pairs = [
        CandidatePair(f"The {a} does not go to the {p} today.", f"{x}今天不去{y}。", 1.0, "a.md", n)
        for n, (a, p, x, y) in enumerate((a, p, x, y) for a, x in animals.items() for p, y in places.items())
    ]
    more = [
        CandidatePair(f"We see the {a} near the {p} again.", f"我们又在{y}看见{x}。", 1.0, "a.md", n)
        for n, (a, p, x, y) in enumerate((a, p, x, y) for a, x in animals.items() for p, y in places.items())
    ]
    lost = CandidatePair("The cow does not go to the bridge now.", "奶牛现在去桥上。", 1.0, "b.md", 1)
    found = [("zh", [*pairs, *more]), ("zh", [lost]), ("zh", "b.md: unreadable")]
    made = list(without_doubtful(found, source_lang="en", limits=Limits()))
    assert [j.reason for j in made[1][1] if isinstance(j, Judged)] == ["doubtful"]
    assert sum(j.reason == "doubtful" for j in made[0][1] if isinstance(j, Judged)) <= 2
    assert made[2] == ("zh", "b.md: unreadable")


def test_captions_are_pairs_too() -> None:
    english = "---\ntitle: A walk\n---\n\n```{figure} a.png\n:alt: Two dogs\n:name: fig-dogs\n\nThey rest.\n```\n"
    chinese = "---\ntitle: 散步\n---\n\n```{figure} a.png\n:alt: 两只狗\n:name: fig-dogs\n\n它们休息。\n```\n"
    (pairs,) = harvest([PageTexts("a.md", english, chinese, "en", "zh")], "sentence", also=option_pairs)
    assert not isinstance(pairs, str)
    found = [(p.source, p.target) for p in pairs]
    assert found == [("They rest.", "它们休息。"), ("A walk", "散步"), ("Two dogs", "两只狗")]


def test_pairs_of_a_notebook_have_its_captions(tmp_path: Path) -> None:
    """`amts pairs` sees what the memory and `check` see, in the cells of notebooks as in pages."""
    figure = "```{figure} a.png\n:alt: %s\n\n%s\n```"
    for name, caption, body in (("en", "Two dogs", "They rest."), ("zh", "两只狗", "它们休息。")):
        cell = {"cell_type": "markdown", "metadata": {}, "source": figure % (caption, body), "id": "a"}
        book = {"cells": [cell, cell | {"id": "b"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (tmp_path / f"{name}.ipynb").write_text(json.dumps(book), encoding="utf-8")
    sides = tmp_path / "en.ipynb", tmp_path / "zh.ipynb"
    found, problems = pairs_csv(*sides, granularity="sentence", source_lang="en", target_lang="zh")
    assert problems == []
    assert found.decode().splitlines() == ["en,zh", *["They rest.,它们休息。"] * 2, *["Two dogs,两只狗"] * 2]
