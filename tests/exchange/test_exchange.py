"""What is to be reviewed goes out as XLIFF or TMX and comes back: other people's readers see it, nothing gets lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bookkit import BRANCH, Books, amts, make_books
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from translate.storage.tmx import tmxfile
from translate.storage.xliff2 import Xliff2File

from amts_action.errors import InputError
from amts_action.exchange.taking_in import take_in
from amts_action.exchange.tmx import read_tmx, write_review_tmx
from amts_action.exchange.units import ReviewedText, ReviewUnit, UnitKey, units_of
from amts_action.exchange.xliff import read_xliff, write_xliff
from amts_action.exchange.xml_files import parse_xml
from amts_action.merging.document import Entry
from amts_action.reports.body.marker import digest
from amts_action.reports.model import DocumentReport, RunReport

PAGE = """# 面包

- 面团静置$t$小时。

> 然后烘烤，见`oven`。
> 直到变黄。

| a | 黄 |
|---|---|
| b | 白 |

完。

完。
"""
FORMATS: dict[str, tuple[Callable[..., bytes], Callable[..., Any]]] = {
    "xliff": (write_xliff, lambda root: read_xliff(root, where="x")),
    "tmx": (write_review_tmx, read_tmx),
}


def unit(text: str, whole: str, english: str = "E", *, nth: int = 0, path: str = "a.md") -> ReviewUnit:
    return ReviewUnit(UnitKey(1, digest(path, whole), nth, "i"), path, english, text, True, ("a note",))


def back(name: str, units: list[ReviewUnit]) -> tuple[str, list[ReviewedText], list[str]]:
    """Out and in again, by way of a file."""
    write, read = FORMATS[name]
    made = read(parse_xml(write(units, source_lang="en", target_lang="zh"), where="x"))
    assert isinstance(made, tuple)
    return made


TEXTS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff", include_characters="\n\t"),
    max_size=60,
)


@pytest.mark.parametrize("name", FORMATS)
@given(english=TEXTS, text=TEXTS.map(lambda t: f"{t}$x$ `c` {t}<b>&amp;]]></b>"))
def test_a_text_comes_back_as_it_went(name: str, english: str, text: str) -> None:
    """Any text, with any markup, character for character."""
    lang, (found,), wrong = back(name, [unit(text, text, english or "E")])
    assert (lang, found.text, found.english, wrong) == ("zh", text, english or "E", [])


@pytest.mark.parametrize("name", FORMATS)
def test_what_xml_cannot_hold_is_no_unit(name: str) -> None:
    """A block with a form feed stays in the report; one whose note has one goes out, and all the others do."""
    blocks = [("甲。", "One."), ("乙\f。", "Two."), ("丙。", "Three\x1b."), ("丁。", "Four.")]
    entries = tuple(
        Entry("revise", "paragraph", base=None, head=None, target=None, output=(9 * n, 9 * n + len(text)),
              characters_sent=1, confidence=1.0, flags=(), origin="machine", base_text="", target_text="旧\b。",
              head_text=english, output_text=text)
        for n, (text, english) in enumerate(blocks)
    )  # fmt: skip
    document = DocumentReport("a.md", "a.md", "done", entries=entries)
    units, others = units_of(RunReport("zh", (document,)))
    assert ([unit.text for unit in units], others) == (["甲。", "丁。"], 2)
    assert [found.text for found in back(name, units)[1]] == ["甲。", "丁。"]


def test_others_can_read_it() -> None:
    """A library that translation tools are built on finds the texts, the placeholders and the languages."""
    units = [unit("见`oven`和$x$。", "w", "See `oven` and $x$."), unit("完。", "完。", "End.", path="b.md")]
    found = Xliff2File.parsestring(write_xliff(units, source_lang="en", target_lang="zh"))
    assert [one.source.count("`oven`") + ("End." in one.source) for one in found.units] == [0, 1]
    assert (found.sourcelanguage, found.targetlanguage) == ("en", "zh")
    assert [one.getid().rpartition("u1")[2][:1] for one in found.units] == [".", "."]
    memory = tmxfile.parsestring(write_review_tmx(units, source_lang="en", target_lang="zh"))
    assert [(one.source, one.target) for one in memory.units][1] == ("End.", "完。")


def test_the_placeholders_of_both_sides_are_the_same() -> None:
    """A tool can tell which one is missing: equal spans have equal ids, whatever their order."""
    root = etree.fromstring(
        write_xliff([unit("$b$与$a$", "w", "$a$ and $b$ and $a$")], source_lang="en", target_lang="zh")
    )
    space = "{urn:oasis:names:tc:xliff:document:2.0}"
    sides = [
        [one.get("id") for one in side.iter(f"{space}ph")] for side in root.iter(f"{space}source", f"{space}target")
    ]
    assert sides == [["1", "2", "3"], ["2", "1"]]


@pytest.mark.parametrize(
    ("whole", "old", "new", "line"),
    [
        ("- 面团静置$t$小时。", "面团静置$t$小时。", "面团要静置$t$小时。", "- 面团要静置$t$小时。"),
        ("> 然后烘烤，见`oven`。\n> 直到变黄。", "", "再烘烤，\n见`oven`。", "> 再烘烤，\n> 见`oven`。"),
        ("# 面包", "面包", "面 包", "# 面 包"),
    ],
)
def test_a_reviewed_text_goes_into_its_block(whole: str, old: str, new: str, line: str) -> None:
    """Marks around the text stay, all other bytes too."""
    edits, (fate,) = take_in({"a.md": PAGE}, [ReviewedText(unit(old, whole).key, "a.md", "E $t$ `oven`", new)])
    assert fate.what == "taken", fate
    assert edits == {"a.md": PAGE.replace(whole, line)}


def test_line_ends_stay() -> None:
    """A page with the line ends of Windows keeps them."""
    page = PAGE.replace("\n", "\r\n")
    whole = "> 然后烘烤，见`oven`。\r\n> 直到变黄。"
    edits, _ = take_in({"a.md": page}, [ReviewedText(unit("", whole).key, "a.md", "E", "再\n见`oven`。")])
    assert edits == {"a.md": page.replace(whole, "> 再\r\n> 见`oven`。")}


@pytest.mark.parametrize(
    ("whole", "new", "why"),
    [
        ("- 面团静置$t$小时。", "面团静置小时。", "lost: $t$"),
        ("- 面团静置$t$小时。", "面团静置$t$小时，$u$。", "not in the English: $u$"),
        ("# 面包", "面包\n\n新段落", "would read as"),
        ("完。", "1. 完", "would read as list_item"),
        ("完。", "  ", "empty"),
        ("没有。", "有。", "exported text"),
        ("| b | 白 |", "白", "number of cells"),
        ("> 然后烘烤，见`oven`。\n> 直到变黄。", "- 见`oven`。", "list_item"),
    ],
)
def test_what_would_lose_something_is_left(whole: str, new: str, why: str) -> None:
    """The page stays as it is, and the reason is said."""
    key = unit("", whole).key._replace(form="o" if whole[0] == "|" else "i")
    edits, (fate,) = take_in({"a.md": PAGE}, [ReviewedText(key, "a.md", whole, new)])
    assert edits == {} and fate.what == "left"
    assert why in fate.why
    assert fate.text == new


def test_the_same_text_twice_is_told_apart() -> None:
    """The second of two equal blocks is the second one, and neither is taken twice."""
    second = ReviewedText(unit("", "完。", nth=1).key, "a.md", "E", "结束。")
    edits, _ = take_in({"a.md": PAGE}, [second])
    assert edits["a.md"].endswith("完。\n\n结束。\n")
    _, fates = take_in({"a.md": PAGE}, [second, second._replace(text="终。")])
    assert [fate.what for fate in fates] == ["taken", "left"]


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not XML"),
        (b"<xliff", "not XML"),
        (f"{BOMB}<xliff>&b;</xliff>".encode(), "document type"),
        (f"{BOMB}<tmx>&b;</tmx>".encode(), "document type"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><xliff/>', "document type"),
        (b"<a>" * 500 + b"</a>" * 500, "not XML"),
        (b"<a/>" + b" " * 50_000_001, "more than are read"),
    ],
    ids=range(7),
)
def test_hostile_files_are_refused(data: bytes, why: str) -> None:
    """Entities, document types, depth and size end in one line, and nothing is read from elsewhere."""
    with pytest.raises(InputError, match=why):
        parse_xml(data, where="review.xlf")


def test_the_document_type_of_tmx_is_no_danger() -> None:
    """Tools write TMX with the DOCTYPE of its standard, which is not fetched."""
    assert parse_xml(b'<!DOCTYPE tmx SYSTEM "tmx14.dtd"><tmx version="1.4"/>', where="x").tag == "tmx"


JOINED = (
    "<segment><source>A</source><target>甲</target></segment><ignorable><source> </source></ignorable>"
    "<segment><source>B</source><target>乙</target></segment>"
)
SPACE = 'xmlns="urn:oasis:names:tc:xliff:document:2.0"'


@pytest.mark.parametrize(
    ("segments", "text"),
    [
        (JOINED, "甲 乙"),
        ("<segment><source>A</source><target><mrk id='m'>甲</mrk><sm id='s'/>乙</target></segment>", "甲乙"),
        ("<segment><source>A</source><target>甲<cp hex='000A'/>乙</target></segment>", "甲\n乙"),
        ("<segment><source>A</source></segment>", None),
        ("<segment><source>A</source><target>甲<pc id='1'>乙</pc></target></segment>", "markup of the tool"),
        ("<segment><source>A</source><target>甲<ph id='9' dataRef='d9'/></target></segment>", "placeholder"),
        ("<segment><source>A</source><target order='2'>甲</target></segment>", "another order"),
        ("<segment><source>A</source><target><cp hex='ffffffffff'/></target></segment>", "character"),
        ("<segment><source>A</source><target><cp hex='d800'/></target></segment>", "character"),
        ("<segment><source>A</source><target><cp hex='001b'/></target></segment>", "character"),
    ],
)
def test_what_tools_do_to_a_unit(segments: str, text: str | None) -> None:
    """Segments are joined, remarks passed over; markup that the page would not understand leaves the text out."""
    key = unit("", "w").key
    units = f'<unit id="{key}">{segments}</unit><unit id="other"><segment><source/></segment></unit>'
    file = f'<xliff {SPACE} version="2.0" srcLang="en" trgLang="zh"><file id="f" original="a.md">{units}</file></xliff>'
    root = parse_xml(file.encode(), where="x")
    _, texts, wrong = read_xliff(root, where="x")
    if text is None or texts:
        assert [one.text for one in texts] == ([] if text is None else [text])
    else:
        assert text in wrong[0]


@pytest.fixture
def reviewed(tmp_path: Path) -> Books:
    """Books with a run whose reports lie in `out`."""
    books = make_books(tmp_path)
    books.upstream(
        alpha={
            "The end of alpha is short.": "The end of alpha is near.",
            "talks about bread": "talks of bread and $w$",
        },
        page={"The result is good.": "The result is very good."},
    )
    books.sync("--report-dir", str(tmp_path / "out"))
    return books


@pytest.mark.parametrize("form", ["xliff", "tmx"])
def test_a_review_by_way_of_a_file(
    reviewed: Books, form: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Export, edit as a tool would, import: people's commit on the branch, which the next run leaves alone."""
    for name, value in {"NAME": "Li", "EMAIL": "li@example.org"}.items():
        monkeypatch.setenv(f"GIT_AUTHOR_{name}", value)
    file = reviewed.folder / f"review.{form}"
    assert amts("export", str(reviewed.folder / "out"), "--format", form, "-o", str(file)).code == 0
    untouched = amts("import", str(file), "--target", str(reviewed.target.path))
    assert untouched.code == 0 and "0 texts taken" in untouched.err and ", 0 left" in untouched.err
    text = file.read_text(encoding="utf-8")
    page = reviewed.show("chapter/alpha.md")
    machine = next(line for line in page.splitlines() if "short" not in line and "near" in line)
    words = machine.partition("near")[0][-8:] + "near"
    assert words in text
    file.write_text(text.replace(words, words.replace("near", "close by")), encoding="utf-8")
    done = amts("import", str(file), "--target", str(reviewed.target.path), json_path=reviewed.folder / "done.json")
    assert done.code == 0, done.err
    assert "close by" in reviewed.show("chapter/alpha.md")
    assert reviewed.show("chapter/alpha.md").replace("close by", "near") == page
    assert reviewed.target.git("log", "-1", "--format=%an <%ae>", BRANCH) == "Li <li@example.org>"
    assert {row["what"] for row in done.result["texts"]} == {"taken", "unchanged"}
    reviewed.sync()
    assert "close by" in reviewed.show("chapter/alpha.md")


def test_notebooks_too(reviewed: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text of a cell goes back into its cell, and the rest of the notebook keeps its bytes."""
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Li")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "li@example.org")
    file = reviewed.folder / "review.xlf"
    amts("export", str(reviewed.folder / "out"), "--all", "-o", str(file))
    before = reviewed.show("page.ipynb")
    file.write_text(file.read_text("utf-8").replace("very good", "excellent"), encoding="utf-8")
    folder = reviewed.folder / "pages"
    done = amts("import", str(file), "--target", str(reviewed.target.path), "--output-dir", str(folder))
    assert done.code == 0, done.err
    assert (folder / "page.ipynb").read_text("utf-8") == before.replace("very good", "excellent")
    assert json.loads(before) and "very good" in before


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<svg/>", "neither XLIFF nor TMX"),
        (f'<xliff {SPACE} version="2.1" srcLang="en" trgLang="zh"/>', "no text of"),
        ('<xliff xmlns="urn:oasis:names:tc:xliff:document:1.2" version="1.2"/>', "2.1"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, why: str) -> None:
    """One line says which file it takes."""
    (tmp_path / "a.xlf").write_text(text, encoding="utf-8")
    done = amts("import", str(tmp_path / "a.xlf"))
    assert done.code == 2 and why in done.err
