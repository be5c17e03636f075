"""The report as a page: what is in it, and that nothing of the book is markup there."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from bookkit import amts
from flagkit import flagged
from hypothesis import given
from hypothesis import strategies as st

from amts_action.errors import InputError
from amts_action.merging.document import Entry
from amts_action.reports.model import Companion, DocumentReport, Lines, RunReport
from amts_action.reports.pages.mathml import mathml
from amts_action.reports.pages.page import page
from amts_action.reports.stored import dump, load

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)><!-- @user #1 ]]> ${a} {{DATA}} \u202e $<b>$ `"


def entry(action: str = "revise", kind: str = "paragraph", **values: Any) -> Entry:
    """A block with texts of its own."""
    filled: dict[str, Any] = {
        "base": (0, 4), "head": (0, 4), "target": (0, 4), "output": (0, 4), "characters_sent": 7, "confidence": 0.5,
        "flags": (), "origin": "machine", "target_text": "旧面包的价格是$p$。", "output_text": "新面包的价格是$p$。",
        "base_text": "The old bread costs $p$.", "head_text": "The new bread costs $p$.",
    }  # fmt: skip
    filled |= values
    return Entry(action, kind, **{**filled, "flags": flagged(map(str, filled["flags"]))})


def run(*entries: Entry, **values: Any) -> RunReport:
    """A run with one document."""
    document = DocumentReport("a.md", "a.md", "done", entries=entries, lines=(Lines((1, 1), (1, 1), (1, 1), (2, 3)),))
    web = {"source_web": "https://github.com/o/en", "target_web": "https://github.com/o/zh", "target_after": "b" * 40}
    return RunReport("zh", (document,), **{**web, **values})


def data_of(html: str) -> Any:
    """What the page's script reads."""
    packed = re.search(r'<script type="application/octet-stream" id="data">([A-Za-z0-9+/=]+)</script>', html)
    assert packed is not None
    return json.loads(gzip.decompress(base64.b64decode(packed[1])))


def block_of(*entries: Entry, **values: Any) -> Any:
    """The first block of a run's page."""
    return data_of(page(run(*entries), **values))["documents"][0]["blocks"][0]


class Tags(HTMLParser):
    """The elements of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes one."""
        self.found.append((tag, dict(attrs)))


def test_the_same_run_gives_the_same_page() -> None:
    """The page depends on the run only."""
    assert page(run(entry())) == page(run(entry()))


def test_a_changed_block_has_both_differences() -> None:
    """English and translation are shown with what goes and what comes, and where the block stands."""
    block = block_of(entry(flags=("memory 92 %",)))
    assert block["e"] == [[0, "The "], [1, "old"], [2, "new"], [0, " bread costs $p$."]]
    assert block["t"] == [[1, "旧"], [2, "新"], [0, "面包的价格是$p$。"]]
    assert (block["a"], block["o"]) == ("revise", "machine")
    assert [text for text, _ in block["f"]] == ["memory 92 %"]
    assert block["l"] == [2, 3]
    assert block["w"] == ["lines 2–3"]
    files = data_of(page(run(entry())))["documents"][0]["files"]
    assert files == {"s": "", "w": f"https://github.com/o/zh/blob/{'b' * 40}/a.md?plain=1"}


def test_line_breaks_of_a_paragraph_are_no_change() -> None:
    """Where lines of prose are broken is not shown; in programs it is."""
    texts = {"base_text": "a b\nc d", "head_text": "a\nb c d e"}
    assert block_of(entry(**texts))["e"] == [[0, "a b c d"], [2, " e"]]
    assert block_of(entry("code", "code", **texts))["e"] == [[1, "a b\nc d"], [2, "a\nb c d e"]]


def test_a_kept_block_is_one_short_line() -> None:
    """What nothing happened to takes little room."""
    long = "面包" * 500
    block = block_of(entry("keep", origin="", target_text=long, output_text=long, base_text="x", head_text="x"))
    assert len(block["x"]) == 160
    assert "t" not in block


def test_rewritten_text_is_old_and_new() -> None:
    """A text that shares next to nothing with the old one is shown whole, not as a difference."""
    block = block_of(entry(base_text="Cats sleep all day long.", head_text="Bread must rise for two hours."))
    assert block["e"] == [[1, "Cats sleep all day long."], [2, "Bread must rise for two hours."]]


def test_formulas_come_as_mathml() -> None:
    """Every formula of a shown text is there once, as a tree of known elements."""
    data = data_of(page(run(entry(head_text=r"$\frac{a}{b}$ and $$x^2$$ and $p$"))))
    assert set(data["math"]) == {"$p$", r"$\frac{a}{b}$", "$$x^2$$"}
    tree = data["math"][r"$\frac{a}{b}$"]
    assert tree[0] == "math"
    assert "mfrac" in json.dumps(tree)
    assert data["math"]["$$x^2$$"][1]["display"] == "block"


@pytest.mark.parametrize(
    "latex",
    [r"\begin{aligned} a &= b \\ c &= d \end{aligned}", r"\mathbf{x} \in \mathbb{R}^{n \times d}", r"\text{a & b}"],
)
def test_formulas_of_books_are_converted(latex: str) -> None:
    """What books write becomes MathML."""
    assert mathml(latex) is not None


@given(st.one_of(st.text(max_size=60), st.text(st.sampled_from("\\{}$&<>^_#%~ab1\"' \n"), max_size=60)))
def test_any_formula_is_harmless(latex: str) -> None:
    """Whatever stands in a formula, only known elements and attributes come out, or nothing."""

    def check(node: list[Any]) -> None:
        assert re.fullmatch(r"m[a-z]+", node[0])
        assert not {"href", "src", "style", "id", "class"} & node[1].keys()
        assert not any(key.startswith("on") for key in node[1])
        for child in node[2:]:
            assert isinstance(child, str) or check(child) is None

    made = mathml(latex)
    if made is not None:
        check(made)


def test_links_of_formulas_are_dropped() -> None:
    """LaTeX can carry a link and a style; MathML here cannot."""
    shown = json.dumps(mathml(r"\href{javascript:alert(1)}{x} \style{position:fixed}{y}"))
    assert "javascript" not in shown
    assert "position" not in shown


def test_glossary_terms_are_found_as_words() -> None:
    """A block names the agreed terms that occur in it, in any form, and which of their translations it has."""
    terms = [("bread", "面包"), ("new bread", "新品"), ("cost", "成本"), ("ox", "牛"), ("", "无")]
    block = block_of(entry(head_text="The new bread costs more Bread."), terms=terms)
    assert block["g"] == [["new bread", "新品", ""], ["costs", "成本", ""], ["Bread", "面包", "面包"]]
    texts = {"head_text": "The mean absolute error of two means.", "output_text": "两个均值的平均绝对误差。"}
    terms = [("mean", "均值"), ("mean absolute error", "平均绝对误差")]
    assert block_of(entry(**texts), terms=terms)["g"] == [
        ["mean absolute error", "平均绝对误差", "平均绝对误差"],
        ["means", "均值", "均值"],
    ]
    german = entry(head_text="Two kernels.", output_text="Mit zwei Kerneln.")
    assert block_of(german, terms=[("kernel", "Kernel")])["g"] == [["kernels", "Kernel", "Kernel"]]


def test_the_glossary_of_the_run_is_shown() -> None:
    """A run that has a glossary needs no other."""
    data = data_of(page(run(entry(), terms=(("bread", "面包"),))))
    assert data["documents"][0]["blocks"][0]["g"] == [["bread", "面包", "面包"]]


def test_words_that_the_gate_doubts_are_named() -> None:
    """Those in quotation marks, without what is shown otherwise than it is written, or else the numbers."""
    said = ("doubtful: “the *dot* product of $x$ and y…” may be missing", "doubtful: 5, 12 became 6")
    assert block_of(entry(flags=said))["d"] == ["the", "dot", "product of", "and y", "5", "12", "6"]
    assert "d" not in block_of(entry(flags=("memory 92 %",)))


def test_what_the_english_did_is_said() -> None:
    """Numbers that differ, and changes that mean nothing, are reasons; a text of other numbers is none."""
    assert block_of(entry(base_text="It has 20 rows.", head_text="It has 30 rows."))["y"] == ["number differs: 20 → 30"]
    assert block_of(entry("patch", small=("comma",)))["y"] == ["small change of the English: comma"]
    assert "y" not in block_of(entry(base_text="1 2 3 4 5", head_text="6 7 8 9 0"))
    assert "y" not in block_of(entry())


def test_what_can_be_edited_has_its_place() -> None:
    """With the file's text a block says where it stands, what must stay in it, and how the old text was written."""
    block = entry(target_text="旧\n文。", output=(0, 11))
    document = DocumentReport("a b.md", "a.md", "done", entries=(block,))
    at = {"target_web": "https://github.com/o/zh", "target_after": "b" * 40, "branch": "amts/zh"}
    data = data_of(page(RunReport("zh", (replace(document, parts=("新面包的价格是$p$。\n",)),), **at)))
    block = data["documents"][0]["blocks"][0]
    assert (block["r"], block["p"], block["u"]) == ([0, 11], ["$p$"], "旧\n文。")
    assert block["t"] == [[1, "旧文。"], [2, 11]]
    assert data["documents"][0]["parts"] == ["新面包的价格是$p$。\n"]
    assert data["documents"][0]["edit"] == "https://github.com/o/zh/edit/amts/zh/a%20b.md"
    other = data_of(page(RunReport("zh", (replace(document, parts=("又改了。",)),), **at)))["documents"][0]
    assert "r" not in other["blocks"][0]
    planned = data_of(page(RunReport("zh", (document,))))["documents"][0]
    assert "edit" not in planned
    assert not {"r", "p"} & planned["blocks"][0].keys()


def test_hostile_text_is_not_in_the_markup() -> None:
    """No text of the book, of a flag or of a name is in the page other than as data or escaped."""
    texts = dict.fromkeys(("base_text", "head_text", "target_text", "output_text"), HOSTILE)
    document = DocumentReport(
        HOSTILE, HOSTILE, "partial", HOSTILE, (entry(flags=(HOSTILE,), **texts),), base="x", head="y"
    )
    hostile = RunReport(HOSTILE, (document,), (Companion(HOSTILE, True),), HOSTILE, HOSTILE, HOSTILE, notes=(HOSTILE,))
    html = page(hostile)
    plain, attacked = Tags(page(RunReport("zh", source="a", target="b"))), Tags(html)
    assert [tag for tag, _ in attacked.found] == [tag for tag, _ in plain.found]
    assert "alert(1)</script>" not in html
    assert data_of(html)["documents"][0]["path"] == HOSTILE.replace("\u202e", "⟨U+202E⟩")


def test_only_its_own_script_may_run() -> None:
    """The page's policy names its script and style by hash, and allows no connection."""
    html = page(run(entry()))
    policy = next(a["content"] for t, a in Tags(html).found if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    for element in ("script", "style"):
        text = re.findall(rf"<{element}>(.*?)</{element}>", html, re.S)
        assert len(text) == 1
        digest = base64.b64encode(hashlib.sha256(text[0].encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in policy
    links = [a.get(name) or "" for _, a in Tags(html).found for name in ("src", "href") if name in a]
    assert all(link.startswith("#") for link in links)


def test_the_script_makes_no_markup_of_texts() -> None:
    """Nothing in the script parses HTML, and one place sends: to the pull request."""
    script = re.findall(r"<script>(.*?)</script>", page(run()), re.S)[0]
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|DOMParser|srcdoc", script)
    assert re.findall(r"fetch\([^,]*,|XMLHttpRequest|sendBeacon|WebSocket|import\(", script) == [
        "fetch(`${data.pull.api}/reviews`,"
    ]


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://github.com/o/zh/pull/7", "https://api.github.com"),
        ("https://git.example.org:8443/o/zh/pull/7", "https://git.example.org:8443"),
        ("", ""),
        ("https://x;script-src *'/o/zh/pull/7", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_only_the_pull_request_may_be_reached(url: str, origin: str) -> None:
    """The policy names the API's server when there is a pull request, and no connection at all without one."""
    html = page(run(entry(), pull_url=url))
    policy = next(a["content"] for t, a in Tags(html).found if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert re.findall(r"connect-src (\S+)", policy) == ([origin] if origin else [])
    assert data_of(html)["pull"].get("api", "").startswith(origin)


def test_a_large_run_stays_small() -> None:
    """Of 140 documents with 10,000 changed blocks each block takes at most 500 bytes, told by 1,440 of them."""
    entries = tuple(
        entry(
            base_text=f"Block {n} of the old text says {n * 7} things about bread, ovens and {n % 97} customers.",
            head_text=f"Block {n} of the new text says {n * 7} words about bread, ovens and {n % 89} customers.",
            target_text=f"旧文本的第{n}块谈到{n * 7}件关于面包、烤箱和{n % 97}位顾客的事。",
            output_text=f"新文本的第{n}块谈到{n * 7}件关于面包、烤箱和{n % 89}位顾客的事。",
        )
        for n in range(72)
    )
    many = RunReport("zh", tuple(DocumentReport(f"{k}.md", f"{k}.md", "done", entries=entries) for k in range(20)))
    assert len(page(many).encode()) - len(page(RunReport("zh", ())).encode()) < 500 * 20 * 72


def test_data_come_back_as_they_were() -> None:
    """A report that is stored and read again is the same."""
    before = run(
        entry(flags=("a", "b"), base=None, output=(3, 4, 5)),
        notes=(HOSTILE,),
        companions=(Companion("c", True),),
        terms=(("bread", "面包"),),
    )
    before = replace(before, documents=(replace(before.documents[0], parts=("a", "b")),))
    assert load(dump(before), where="x") == before


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"\xff", b'{"version": 1}', b'{"version": 2}', b"[" * 100_000])
def test_other_files_are_refused(data: bytes) -> None:
    """What is no report is refused in one line."""
    with pytest.raises(InputError, match="report"):
        load(data, where="report.json")


def test_unknown_and_missing_fields_are_refused() -> None:
    """A report with other fields than ours is refused, not half-read."""
    raw = json.loads(dump(run(entry())))
    for change in ({"more": 1}, {"engine": 5}, {"documents": [{"path": "a"}]}):
        with pytest.raises(InputError):
            load(json.dumps({**raw, **change}).encode(), where="report.json")


def test_the_command_makes_the_page_again(tmp_path: Path) -> None:
    """`amts report` writes the page of stored data, with a glossary when there is one."""
    (tmp_path / "report.json").write_bytes(dump(run(entry())))
    (tmp_path / "terms.md").write_text("# Terms\n\n面包，bread\n", encoding="utf-8")
    done = amts("report", str(tmp_path), "--terminology", str(tmp_path / "terms.md"), "-o", str(tmp_path / "out.html"))
    assert done.code == 0
    html = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert data_of(html)["documents"][0]["blocks"][0]["g"] == [["bread", "面包", "面包"]]
    assert amts("report", str(tmp_path / "nothing")).code == 2


def test_one_document_has_the_same_page(tmp_path: Path) -> None:
    """`amts merge --page` makes the page of its one document, with its text, also when it overwrites the old one."""
    texts = {"base.md": "# Bread\n\nOld bread.\n", "head.md": "# Bread\n\n", "old.md": "# 面包\n\n旧面包。\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    places = [str(tmp_path / name) for name in texts]
    out, made = tmp_path / "old.md", tmp_path / "page.html"
    done = amts("merge", *places, "-o", str(out), "--page", str(made), "--target-lang", "zh")
    assert done.code == 0
    document = data_of(made.read_text(encoding="utf-8"))["documents"][0]
    assert (document["path"], document["parts"]) == ("old.md", [out.read_text(encoding="utf-8")])
    assert "旧面包" not in document["parts"][0]
    assert [block["t"] for block in document["blocks"] if block["a"] == "delete"] == [[[1, "旧面包。"]]]
