"""The workload meter: what a change costs translators, with this tool and with coarser ones."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from decimal import Decimal
from pathlib import Path

import pytest
from bookkit import ALPHA, BETA, Books, amts, make_books, notebook
from hypothesis import given
from hypothesis import strategies as st

from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.evaluation.workload import PageEffort, measure, total
from amts_action.evaluation.workload_tables import as_csv, as_record, as_svg, as_text

OLD = """# Bread

Flour comes first. Water comes second.

Salt is last.

## Ovens

The oven is hot, $t = 230$ degrees.

It's ready.
"""


def effort(new: str, old: str | None = OLD) -> PageEffort:
    """The effort of one change."""
    return measure(None if old is None else parse_markdown(old), parse_markdown(new), "en")


def test_no_change_costs_nothing_but_a_look() -> None:
    """The same text costs no word with a tool that looks at blocks."""
    found = effort(OLD)
    assert (found.ours, found.paragraph, found.section, found.changed, found.characters) == (0, 0, 0, 0, 0)
    assert found.whole_file == 18


def test_one_changed_sentence() -> None:
    """AMTS asks for the sentence, others for the paragraph, the section, the file."""
    found = effort(OLD.replace("Water comes second.", "Warm water comes second."))
    assert (found.revise, found.translate, found.changed) == (4, 0, 2)
    assert (found.paragraph, found.section, found.whole_file) == (7, 11, 19)
    assert found.characters == len("Warm water comes second.")


def test_a_new_paragraph() -> None:
    """A new block is to be read whole, and makes its section changed."""
    found = effort(OLD.replace("Salt is last.", "Salt is last.\n\nYeast is alive, treat it well."))
    assert (found.revise, found.translate, found.changed) == (0, 6, 6)
    assert (found.paragraph, found.section) == (6, 16)


def test_a_removed_paragraph_changes_its_section_only() -> None:
    """Nothing is to be read where a block goes; a section tool translates the section anew."""
    found = effort(OLD.replace("\nSalt is last.\n", ""))
    assert (found.ours, found.paragraph, found.section) == (0, 0, 7)


def test_formulas_and_form_ask_nothing() -> None:
    """A changed formula is patched, and a contraction or a line break is form."""
    found = effort(OLD.replace("230", "250").replace("It's", "It is").replace("first. Water", "first.\nWater"))
    assert found.ours == 0
    assert (found.patched, found.cosmetic) == (5, 3 + 6)
    assert found.paragraph == 5 + 3


def test_a_moved_paragraph_asks_nothing() -> None:
    """A block that only moved is not to be read."""
    long = "The baker who wakes up first lights the oven and reads what the weather will be on this day."
    found = effort(f"{OLD}\n{long}\n", f"# Bread\n\n{long}\n{OLD.removeprefix('# Bread')}")
    assert (found.ours, found.moved, found.paragraph) == (0, 19, 0)


def test_a_new_page_is_new_for_all() -> None:
    """Every tool translates a new page whole."""
    found = effort(OLD, None)
    assert found.new_pages == found.ours == found.paragraph == found.section == found.whole_file == 18


SENTENCES = st.lists(
    st.sampled_from(["Salt is good.", "It's late.", "Use $x$ now.", "Bread, wine.", "Go."]), max_size=3
)
BLOCKS = st.lists(
    st.one_of(SENTENCES.map(" ".join), st.sampled_from(["# One", "## Two", "* item", "```\nx = 1\n```"])), max_size=8
)


@given(BLOCKS, BLOCKS)
def test_a_finer_tool_never_asks_for_more(old: list[str], new: list[str]) -> None:
    """AMTS ≤ paragraph ≤ section ≤ whole file, whatever changes."""
    found = effort("\n\n".join(new), "\n\n".join(old))
    assert 0 <= found.ours <= found.paragraph <= found.section <= found.whole_file


def test_efforts_add_up() -> None:
    """A sum has every field of its parts."""
    one = effort(OLD.replace("Salt", "Sea salt"))
    both = total([one, one])
    assert (both.changes, both.ours, both.section) == (2, 2 * one.ours, 2 * one.section)
    assert total([]) == PageEffort()


MONTHS = (
    ("2024-01", PageEffort(1, 10, 5, 5, 0, 0, 0, 100, 50, 20, 60)),
    ("2024-02", PageEffort(changes=1, whole_file=30)),
)


def test_tables_have_every_month() -> None:
    """Text, CSV, JSON and chart show the same months."""
    text = as_text(MONTHS, {"amazon-translate": Decimal(15)})
    assert "10 words to look at instead of 130 of a whole file tool: 92.3 % less" in text
    assert "60 characters with amazon-translate: 0.00 USD" in text
    rows = list(csv.DictReader(io.StringIO(as_csv(MONTHS))))
    assert [(row["month"], row["ours"]) for row in rows] == [("2024-01", "10"), ("2024-02", "0")]
    record = as_record(MONTHS, {"amazon-translate": Decimal(15)})
    assert record["all"]["ours"] == 10
    assert record["cost"] == {"amazon-translate": pytest.approx(0.0009)}
    paths = [node for node in ET.fromstring(as_svg(MONTHS)).iter() if node.tag.endswith("path")]
    assert [len(node.attrib["d"].split("L")) for node in paths] == [2, 2, 2, 2]


@pytest.fixture
def books(tmp_path: Path) -> Books:
    """A book whose English changes twice."""
    made = make_books(tmp_path)
    made.source.commit({"chapter/beta.md": BETA.replace("about rain", "about heavy rain")})
    made.source.commit({"page.ipynb": notebook(("markdown", "# Backtest\n\nWe test it."), ("code", "n = 8"))})
    return made


def test_the_command_goes_through_history(books: Books, tmp_path: Path) -> None:
    """`amts workload` compares each version of each document with the one before, notebooks too."""
    words = ["workload", "--source", str(books.source.path), "--chart", str(tmp_path / "w.svg")]
    done = amts(*words, "--paths", "chapter/*", "page.ipynb", json_path=tmp_path / "w.json")
    assert done.code == 0, done.err
    everything = done.result["all"]
    assert everything["changes"] == 4 + 2  # alpha, beta, spare and the notebook arrive; beta and the notebook change
    assert everything["new_pages"] > 40
    fresh = len("One item about heavy rain.".split()) + len("We test it.".split())
    assert everything["ours"] - everything["new_pages"] == fresh
    assert (tmp_path / "w.svg").read_bytes().startswith(b"<svg")


def test_only_the_days_asked_for_count(books: Books, tmp_path: Path) -> None:
    """A change outside the range is not counted, and one inside is compared with what was before it."""
    day = books.source.git("log", "-1", "--format=%cd", "--date=format:%Y-%m-%d", "HEAD~1")
    words = ["workload", "--source", str(books.source.path)]
    done = amts(*words, "--since", day, "--until", day, json_path=tmp_path / "w.json")
    assert done.code == 0, done.err
    assert done.result["all"]["changes"] >= 1
    assert amts(*words, "--since", "2100-01-01").code == 2
    assert "is no day" in amts(*words, "--since", "yesterday").err


def test_a_broken_version_is_named_and_passed_over(books: Books, tmp_path: Path) -> None:
    """A version that cannot be read is said, and the next is compared with the last that could."""
    books.source.commit({"chapter/alpha.md": b"# Alpha\xff\n"})
    books.source.commit({"chapter/alpha.md": ALPHA.replace("second sentence", "last sentence")})
    words = ["workload", "--source", str(books.source.path), "--paths", "chapter/alpha.md"]
    done = amts(*words, json_path=tmp_path / "w.json")
    assert done.code == 1
    assert "not UTF-8" in done.err
    assert done.result["all"]["revise"] == len("It has a last sentence about flour.".split())
