"""What is no sentence, piece by piece: links, tags, rows, marks of lists, frames, fragments."""

from __future__ import annotations

import pytest
from casekit import merge
from hypothesis import given
from hypothesis import strategies as st

from amts_action.alignment.beads import Bead
from amts_action.documents.attributes import readable_values, titles_in, with_titles
from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.merging.checking.compare import compare_documents
from amts_action.merging.flags import Flag
from amts_action.merging.key_values.csv_cells import csv_language, merge_csv
from amts_action.merging.planning.addresses import _paired, localised_addresses
from amts_action.merging.rewriting.frames import Frame, merged_frame
from amts_action.merging.rewriting.links import definition_of, merge_definition, merge_end, parse_end
from amts_action.merging.rewriting.list_marks import mark_of, renumbered, with_mark
from amts_action.merging.rewriting.table_cells import columns, merged_cell, merged_row
from amts_action.merging.rewriting.tag_merge import merge_tags
from amts_action.merging.splice import balance


@pytest.mark.parametrize(
    ("base", "head", "own", "merged", "code"),
    [
        ("](a.md)", "](b.md)", "](a.md)", "](b.md)", ""),
        ("](a.md)", "](b.md)", "](b.md)", "](b.md)", ""),
        ("](a.md)", "](b.md)", "](z.md)", "](z.md)", "link-kept"),
        ("](en/a.md)", "](en/x/a.md)", "](ja/a.md)", "](ja/x/a.md)", "link-moved"),
        # Two folders differ, or the new address has no such folder or two: nothing tells how to follow.
        ("](en/v1/a.md)", "](en/v1/b.md)", "](ja/v2/a.md)", "](ja/v2/a.md)", "link-kept"),
        ("](en/a.md)", "](x/a.md)", "](ja/a.md)", "](ja/a.md)", "link-kept"),
        ("](en/a.md)", "](en/x/en/a.md)", "](ja/a.md)", "](ja/a.md)", "link-kept"),
        ('](a.md "One")', '](b.md "One")', '](a.md "Eins")', '](b.md "Eins")', ""),
        ('](a.md "One")', '](a.md "Two")', '](a.md "Eins")', '](a.md "Eins")', "title-kept"),
        ('](a.md "One")', "](a.md)", '](a.md "Eins")', "](a.md)", "title-removed"),
        ("](a.png){width=1}", "](a.png){width=2}", "](z.png){width=1}", "](z.png){width=2}", ""),
        ("](a.png){width=1}", "](a.png){width=2}", "](a.png){width=9}", "](a.png){width=9}", "attributes-kept"),
        ("][one]", "][two]", "][one]", "][two]", ""),
    ],
)
def test_links(base: str, head: str, own: str, merged: str, code: str) -> None:
    """Address, title and attributes, each by itself."""
    ends = [parse_end(raw) for raw in (base, head, own)]
    assert all(ends)
    found, flags = merge_end(*ends)  # type: ignore[arg-type]
    assert (found.raw, [f.code for f in flags]) == (merged, [code] if code else [])


@pytest.mark.parametrize(
    ("base", "head", "own", "merged"),
    [
        ("One, 1", "One, 2", "Eins, 1", "Eins, 2"),
        ("One, 1", "Two, 1", "Eins,  1", "<Two>,  1"),
        ('"One, a", 1', '"Two, b", 1', '"Eins, a", 1', '"<Two, b>", 1'),
        ("One, 1\nTwo, 2", "Two, 2", "Eins, 1\nZwei, 2", "Zwei, 2"),
        ("One, 1\nTwo, 2", "Two, 2\n\nSix, 6", "Eins, 1\nZwei, 2", "Zwei, 2\n<Six>, 6"),
        ("One, 1\nTwo, 2", "One, x y, 1\nTwo, z, 2", "Eins, 1\nZwei, 2", "Eins, <x y>, 1\nZwei, <z>, 2"),
        ("\nOne, 1\n", "\nOne, 2\n", "\nEins, 1\n", "\nEins, 2\n"),
        ("One, 1", "One, 2", "Eins, 1\nZwei, 2", None),  # the translation has other rows
        ('"One\nb", 1', '"One\nb", 2', '"Eins\nb", 1', '"Eins\nb", 2'),
    ],
)
def test_cells_of_csv(base: str, head: str, own: str, merged: str | None) -> None:
    """People's cells stay where their English stands, whatever row and column they come to."""
    found = merge_csv(base, head, own)
    text = found and "".join(p.holding(f"<{p.text}>") or "" if p.is_language else p.text for p in found[0])
    assert text == merged


@given(st.text(alphabet='a",\n |1', max_size=20))
def test_a_csv_table_is_its_cells(text: str) -> None:
    """What can be read is the same when it is put together. A tab within language comes back as a blank."""
    pieces = csv_language(text)
    assert pieces is None or "".join(p.holding(p.text) or "" if p.is_language else p.text for p in pieces) in (
        text,
        "\n".join(line if line.strip() else "" for line in text.split("\n")),
    )


@given(st.text(alphabet="](){}[<>\"' ab/#=.", max_size=20))
def test_an_end_is_its_parts(text: str) -> None:
    """What can be taken apart is the same when it is put together."""
    for raw in (f"]({text})", f"][{text}]", f"[a]: {text}"):
        end = parse_end(raw) or definition_of(raw)
        assert end is None or end.raw == raw.rstrip() or end.raw == raw


def test_a_definition_keeps_its_label() -> None:
    """The translation's label and title stay; a label that was the English one follows the English."""
    assert merge_definition('[a b]: x "T"', '[a b]: y "T"', '[ä]: x "Ü"') == ('[ä]: y "Ü"', ())
    assert merge_definition("[a]: x", "[b]: x", "[a]: x") == ("[b]: x", ())


@pytest.mark.parametrize(
    ("base", "head", "own", "merged", "codes"),
    [
        ('<A x="1">', '<A x="2">', '<A x="1">', '<A x="2">', []),
        ('<A alt="one" x="1"/>', '<A alt="one" x="2"/>', '<A alt="eins" x="1"/>', '<A alt="eins" x="2"/>', []),
        ('<A alt="one">', '<A alt="two">', '<A alt="eins">', '<A alt="eins">', ["attributes-kept"]),
        ('<A alt="one">', '<A alt="one" y="1">', '<A alt="eins">', '<A alt="eins" y="1">', []),
        ('<A alt="one" y="1">', '<A alt="one">', '<A alt="eins" y="1">', '<A alt="eins">', []),
        ('<A alt="one">', '<B alt="one">', '<A alt="eins">', '<A alt="eins">', ["markup-kept"]),
        ("<A>\n<B>", "<A>\n<C>", "<A>\n<B>", "<A>\n<C>", []),
    ],
)
def test_tags(base: str, head: str, own: str, merged: str, codes: list[str]) -> None:
    """Attribute by attribute; never a line of each language."""
    text, remarks = merge_tags(base, head, own)
    assert (text, [f.code for f in remarks]) == (merged, codes)


def test_titles_are_language() -> None:
    """Titles of links and values that readers read are found and replaced, quotes made fit."""
    text = 'A [b](c.md "To see") and <img alt="A hive" src="d.png"> {{< e title="Wax" >}} [f](g.md "1")'
    assert titles_in(text) == ["To see", "A hive", "Wax"]
    assert with_titles(text, {"To see": 'So "x"', "Wax": "W"}).startswith('A [b](c.md "So ”x”") and')
    assert [v.key for v in readable_values('<Card title="A b" icon="c" href="d" label="1">')] == ["title"]


@pytest.mark.parametrize(
    ("now", "before", "wanted"),
    [
        ([1, 2, 2, 3], [1, 2, 3], [1, 2, 3, 4]),
        ([1, 2, 1], [1, 1], [1, 1, 1]),
        ([5, 6, 6], [5, 6], [5, 6, 7]),
        ([1, 1], [1], [1, 2]),
        ([2, 3], [1, 2, 3], [1, 2]),
        ([3, 9, 4], [3, 9], [3, 9, 4]),  # numbers without order are nobody's to mend
        ([1, 2], [], [1, 2]),
    ],
)
def test_numbers(now: list[int], before: list[int], wanted: list[int]) -> None:
    """A list goes on counting as it did."""
    assert renumbered(now, before) == wanted


def test_an_item_with_another_mark_keeps_its_lines() -> None:
    """Further lines stay as far in as the mark asks."""
    mark = mark_of("10. x")
    assert mark is not None
    assert with_mark("* a\n  b", mark) == "10. a\n    b"
    assert mark_of(": a") is None
    assert mark_of("| a") is None


def test_columns_are_found_by_their_cells() -> None:
    """A new column in the middle, one that goes, one that is renamed."""
    old = ["ab", "12"]
    assert columns(old, ["axb", "192"]).of == (0, None, 1)
    assert columns(old, ["b", "2"]).of == (1,)
    assert columns(old, ["az", "13"]).of == (0, 1)
    assert columns(["ab", "cd"], ["ba", "dc"]).of == (1, 0)


def test_a_row_of_other_cells_is_left_alone() -> None:
    """When the translation's row has other cells than the English one nothing is merged."""
    assert merged_row("a | b", "a | c", "x", columns(["a | b"], ["a | c"])) is None


@pytest.mark.parametrize(
    ("kind", "base", "head", "own", "merged"),
    [
        ("list_item", ("- [ ] ", ""), ("- [x] ", ""), ("* [ ] ", ""), ("* [x] ", "")),
        ("list_item", ("- ", ""), ("- [ ] ", ""), ("  + ", ""), ("  + [ ] ", "")),
        ("list_item", ("1. ", ""), ("2. ", ""), ("1. ", ""), ("1. ", "")),
        ("heading", ("## ", ""), ("## ", " {#a}"), ("", "\n---"), ("", " {#a}\n---")),
        ("heading", ("## ", " {#a}"), ("### ", " {#a}"), ("## ", " {#z}"), ("### ", " {#z}")),
        ("paragraph", ("<b>", "</b>"), ("<i>", "</i>"), ("<b>", "</b>"), ("<i>", "</i>")),
    ],
)
def test_frames(
    kind: str, base: tuple[str, str], head: tuple[str, str], own: tuple[str, str], merged: tuple[str, str]
) -> None:
    """What the English changed around the words, in the translation's own form."""
    assert merged_frame(Frame(*base), Frame(*head), Frame(*own), kind) == merged


def test_a_link_that_dies_is_said() -> None:
    """A heading that goes takes its links' target along: the link stays, is flagged, and the ledger shows it."""
    base = "# A\n\n## Wax\n\nIt melts.\n\nSee [wax](#wax).\n"
    head = "# A\n\nSee [wax](#wax).\n"
    result = merge(base, head, "# Ä\n\n## Wachs\n\nEs schmilzt.\n\nSiehe [Wachs](#wachs).\n")
    assert "[Wachs](#wachs)" in result.text
    assert result.ledger["links"] == {"in": 1, "out": 0}
    assert [f.code for e in result.entries for f in e.flags] == ["dead-link"]


def test_check_names_dead_links() -> None:
    """Only those that the English does not have as well."""
    source = "# A\n\n## Wax\n\n[a](#wax) [b](#nowhere)\n"
    found = compare_documents(source, "# Ä\n\n## Wachs\n\n[a](#wax) [b](#nowhere)\n", name="a.md")
    assert found.ledger["links"] == {"in": 1, "out": 0}
    assert [d.what for d in found.differences] == ["link leads nowhere: #wax"]
    found = compare_documents(source, "# Ä\n\n## Wachs\n\n[a](#wachs) [b](#nowhere)\n", name="a.md")
    assert found.ledger["links"] == {"in": 1, "out": 1}


@pytest.mark.parametrize(
    ("left", "right", "pairs"),
    [
        (["a.md"], ["https://z.example.org/"], {"a.md": "https://z.example.org/"}),
        (["s/en/a.md", "s/en/b.md"], ["s/ja/b.md", "s/ja/a.md"], {"s/en/a.md": "s/ja/a.md", "s/en/b.md": "s/ja/b.md"}),
        (["s/en/a.md", "x"], ["s/ja/a.md", "https://q.example.org"], {"s/en/a.md": "s/ja/a.md"}),
        (["a.md", "b.md"], ["c.md"], {}),
    ],
)
def test_which_address_stands_for_which(left: list[str], right: list[str], pairs: dict[str, str]) -> None:
    """One and one, or those that are alike; the order of words tells nothing, as it differs between languages."""
    assert _paired(left, right) == pairs


def test_an_option_keeps_its_form_beside_localised_links() -> None:
    """A caption that is sent stays a value of its option."""
    base = "See [a](x.md).\n\n```{figure} f.png\n:alt: One\n```\n\n[r]: u\n"
    target = "看[甲](y.md)。\n\n```{figure} f.png\n:alt: 一\n```\n\n[r]: u\n"
    result = merge(base, base.replace(":alt: One", ":alt: Two: three"), target)
    assert result.text.count(":alt:") == 1
    assert "[甲](y.md)" in result.text


def test_check_looks_into_captions() -> None:
    """A formula that the translation of a caption lost is a difference."""
    english = "```{figure} a.png\n:alt: The path of $x$\n:name: fig-a\n\nIt is short.\n```\n"
    found = compare_documents(english, english.replace("The path of $x$", "Der Weg"), name="a.md")
    assert found.lines() == ["1:1: math missing in the translation: $x$"]


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("<A>\n\nx\n\n</A>\n", (0, 0)),
        ("<A>\n\nx\n\n<A>\n\ny\n\n</A>\n", (0, 1)),
        ("<A>\n\nx\n\n</A>\n\n</B>\n", (1, 0)),
        ('<img src="a.png">\n\n<br>\n\n<C d="1"/>\n', (0, 0)),
    ],
)
def test_tags_are_counted_as_fences_are(page: str, found: tuple[int, int]) -> None:
    """Closing ones without an opening one, and opening ones without a closing one; some need none."""
    assert balance(parse_markdown(page).blocks)[2:] == found


def test_people_hear_of_their_row_that_goes_with_its_english() -> None:
    """A row goes when the English has none any more; that nobody had translated it is nothing to tell."""
    base, head = "kind, use\nglass, for rain\nclay, for sun", "kind, use\nclay, for sun"
    for own, told in (("玻璃, 下雨时用", ["text-left"]), ("glass, for rain", [])):
        merged = merge_csv(base, head, f"种类, 用途\n{own}\n陶土, 晴天用")
        assert merged is not None
        assert "".join(piece.text for piece in merged[0]) == "种类, 用途\n陶土, 晴天用"
        assert [flag.code for flag in merged[1]] == told


@pytest.mark.parametrize(("own", "codes"), [("旧词", ["cell-replaced"]), ("old words", []), ("7", [])])
def test_people_hear_of_their_cell_that_has_no_words_in_english_now(own: str, codes: list[str]) -> None:
    """A cell without language follows the English; what people had written there is named, unless it was no more."""
    flags: list[Flag] = []
    assert merged_cell("old words", "7", own, flags).text == "7"
    assert [flag.code for flag in flags] == codes


@pytest.mark.parametrize(("other", "page"), [("zh/a.md", {"en/a.md": "zh/a.md"}), ("ja/a.md", {})])
def test_an_address_is_localised_where_people_have_one_for_it_everywhere(other: str, page: dict[str, str]) -> None:
    """Of two that people use nothing tells which one new text should lead to."""
    base = parse_markdown("See [one](en/a.md) here.\n\nAnd [two](en/a.md) there.\n")
    target = parse_markdown(f"见[一](zh/a.md)。\n\n又见[二]({other})。\n")
    beads = [Bead((n,), (n,), 1.0) for n in range(2)]
    assert localised_addresses(base, base, target, beads).page == page
