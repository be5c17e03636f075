"""The report as a page: what is in it, and that nothing of the book is markup there."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
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
    assert (block["a"], block["o"], block["f"], block["q"], block["n"]) == (
        "revise",
        "machine",
        ["memory 92 %"],
        0.5,
        7,
    )
    assert block["w"] == ["lines 2–3", f"https://github.com/o/zh/blob/{'b' * 40}/a.md?plain=1#L2-L3"]


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
    """A block names the agreed terms that occur in it, and says which are not used."""
    terms = [("bread", "面包"), ("new bread", "新品"), ("cost", "成本"), ("", "无")]
    block = block_of(entry(head_text="The new bread costs more Bread."), terms=terms)
    assert block["g"] == [["new bread", "新品", False], ["bread", "面包", True]]


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
    """Nothing in the script parses HTML."""
    script = re.findall(r"<script>(.*?)</script>", page(run()), re.S)[0]
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|DOMParser|srcdoc|fetch\(", script
    )


def test_a_large_run_stays_small() -> None:
    """140 documents with 10,000 changed blocks take at most 5 MB."""
    entries = tuple(
        entry(
            base_text=f"Block {n} of the old text says {n * 7} things about bread, ovens and {n % 97} customers.",
            head_text=f"Block {n} of the new text says {n * 7} words about bread, ovens and {n % 89} customers.",
            target_text=f"旧文本的第{n}块谈到{n * 7}件关于面包、烤箱和{n % 97}位顾客的事。",
            output_text=f"新文本的第{n}块谈到{n * 7}件关于面包、烤箱和{n % 89}位顾客的事。",
        )
        for n in range(72)
    )
    many = RunReport("zh", tuple(DocumentReport(f"{k}.md", f"{k}.md", "done", entries=entries) for k in range(140)))
    assert len(page(many).encode()) < 5_000_000


def test_data_come_back_as_they_were() -> None:
    """A report that is stored and read again is the same."""
    before = run(
        entry(flags=("a", "b"), base=None, output=(3, 4, 5)), notes=(HOSTILE,), companions=(Companion("c", True),)
    )
    assert load(dump(before), where="x") == before


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"version": 1}', b"\xff", b'{"version": 2}', b"[" * 100_000])
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
    assert data_of(html)["documents"][0]["blocks"][0]["g"] == [["bread", "面包", True]]
    assert amts("report", str(tmp_path / "nothing")).code == 2
