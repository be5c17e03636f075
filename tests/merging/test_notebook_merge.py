"""The merge of one notebook, case by case: the exact cells that come out, and the actions that led to them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from casekit import Case, cases, changed
from hypothesis import given
from hypothesis import strategies as st
from notebookkit import merge_cells, seen, written
from thorough import examples

from amts_action.books.records import Owed, effective_cells
from amts_action.documents.notebooks.notebook import parse_notebook
from amts_action.documents.notebooks.notebook_edits import SetSource, apply
from amts_action.merging.checking.compare import compare_documents
from amts_action.merging.flags import has_code
from amts_action.merging.flags import texts as said
from amts_action.merging.notebooks.cells import HEAD, TARGET, _CellPlaces, _origins
from amts_action.merging.notebooks.notebook import NotebookPlan, is_valid, merge_notebook, plan_notebook
from amts_action.merging.options import MergeOptions
from amts_action.runs.planning.declined import block_key, without

CASES = cases("notebooks")
NAMES = [name for name, _ in CASES]


def texts(case: Case) -> list[str]:
    """The four notebooks of a case."""
    return [written(case[name]) for name in ("base", "head", "target", "expected")]


@pytest.mark.parametrize(("name", "case"), CASES, ids=NAMES)
def test_case(name: str, case: Case) -> None:
    """Each file of `fixtures/notebooks`: title, three notebooks, the expected one, status and actions but keep."""
    base, head, target, expected = texts(case)
    result = merge_cells(base, head, target)
    assert seen(result.text) == seen(expected)
    status, _, actions = case["actions"].strip().partition(":")
    assert (result.status, changed(result)) == (status, actions.split())
    assert is_valid(result.text)


@pytest.mark.parametrize(("name", "case"), CASES, ids=NAMES)
def test_case_without_change_and_twice(name: str, case: Case) -> None:
    """No change, no change to the byte; and merging the output again changes nothing and sends nothing."""
    base, head, target, _ = texts(case)
    for text in (base, head):
        assert merge_cells(text, text, target).text == target
    out = merge_cells(base, head, target).text
    again = merge_cells(head, head, out)
    assert again.text == out
    assert not sum(e.characters_sent for e in again.entries)


@pytest.mark.parametrize(("name", "case"), CASES, ids=NAMES)
def test_places_are_in_their_cells(name: str, case: Case) -> None:
    """`[cell, start, end]` of every row is inside the cell's source, and is what the row says it is."""
    base, head, target, _ = texts(case)
    result = merge_cells(base, head, target)
    sides = {"base": base, "head": head, "target": target, "output": result.text}
    for entry in result.entries:
        for side, text in sides.items():
            place = getattr(entry, side)
            if place is None:
                continue
            cell, start, end = place
            source = "".join(json.loads(text)["cells"][cell]["source"])
            assert 0 <= start <= end <= len(source)
            if entry.kind not in ("cell", "notebook"):
                text = getattr(entry, f"{side}_text")
                assert text.startswith(source[start:end]) if name == "programs_joined" else source[start:end] == text


def other_ids(text: str, how: str) -> str:
    """The notebook with other ids."""
    content = json.loads(text)
    for n, cell in enumerate(content["cells"]):
        if how == "none":
            cell.pop("id", None)
            content["nbformat_minor"] = 4
        else:
            cell["id"] = str(n)
    return json.dumps(content, ensure_ascii=False)


@pytest.mark.parametrize("how", ["none", "counted"])
@pytest.mark.parametrize(("name", "case"), CASES, ids=NAMES)
def test_ids_are_no_proof(name: str, case: Case, how: str) -> None:
    """Without ids, and with ids that only count cells, the cells come out with the same text."""
    base, head, target, expected = (other_ids(text, how) for text in texts(case))
    result = merge_cells(base, head, target)
    sources = [[c["source"] for c in json.loads(text)["cells"]] for text in (result.text, expected)]
    assert ["".join(s) for s in sources[0]] == ["".join(s) for s in sources[1]]
    ids = [c["id"] for c in json.loads(result.text)["cells"] if "id" in c]
    assert len(ids) == len(set(ids)) and is_valid(result.text)


def test_what_translators_changed_is_named_when_english_changes_it_too() -> None:
    case = dict(CASES)["localised_metadata"]
    flags = [said(e.flags) for e in merge_cells(*texts(case)[:3]).entries if e.kind in ("cell", "notebook")]
    assert flags == [
        "changed in English, and otherwise in the translation: nav_title",
        "changed in English, and otherwise in the translation: title",
    ]


def test_filling_in_what_is_missing_doubles_no_joined_cell() -> None:
    case = dict(CASES)["joined_by_translator"]
    base, head, target, expected = texts(case)
    assert seen(merge_cells(base, head, target, fill_missing=True).text) == seen(expected)


def test_a_table_of_contents_gets_only_pages_that_are_there() -> None:
    from amts_action.merging.notebooks.notebook import merge_notebook, plan_notebook

    base, head = (written("[[md a]]\n```{toctree}\n" + pages + "\n```\n") for pages in ("sun", "sun\nmoon\nmars"))
    plan = plan_notebook(base, head, base, MergeOptions(available=lambda page: "moon" not in page))
    assert "moon" not in merge_notebook(plan, {}, prefix="0").text
    assert "mars" in merge_notebook(plan, {}, prefix="0").text


def test_a_notebook_that_would_become_invalid_is_not_written() -> None:
    """A head whose cell follows no schema is refused; where the translation was as bad before, it is written."""
    base = written("[[md a]]\nText.\n")
    head = json.loads(written("[[md a]]\nText.\n[[md b]]\nMore.\n"))
    head["cells"][1]["metadata"] = {"tags": ["twice", "twice"]}
    target = written("[[md a]]\nWörter.\n")
    assert is_valid(target) and not is_valid(json.dumps(head))
    result = merge_cells(base, json.dumps(head), target)
    assert (result.text, result.status) == (target, "failed")
    assert any(has_code(e.flags, "invalid-notebook") for e in result.entries)
    bad: dict[str, Any] = json.loads(target)
    bad["cells"][0]["metadata"] = {"tags": ["x", "x"]}
    written_anyway = merge_cells(base, json.dumps(head), json.dumps(bad))
    assert written_anyway.status == "done" and len(json.loads(written_anyway.text)["cells"]) == 2


def test_a_removed_program_that_is_owed_is_kept_where_text_is() -> None:
    """What was not delivered comes again: the record holds it as a fence in a cell of text, since no cell is left."""
    base = written("[[md a]]\n# Kiln\n[[code b]]\nfire = kiln.fire(clay, hours=9)\n[[code c]]\nx = 1\n")
    head = written("[[md a]]\n# Kiln\n[[code c]]\nx = 1\n")
    target = base.replace("# Kiln", "# Ofen")
    key = block_key("a.ipynb", "fire = kiln.fire(clay, hours=9)", "")
    plan = without(plan_notebook(base, head, target), "a.ipynb", frozenset({key}))
    assert isinstance(plan, NotebookPlan)
    left = merge_notebook(plan, {}, prefix="0")
    assert left.text == target
    (owing,) = left.owing
    assert owing.span == (0, 6, 6) and owing.text == "\n\n~~~~python\nfire = kiln.fire(clay, hours=9)\n~~~~"
    sources = effective_cells(["# Kiln", "x = 1"], [Owed(tuple(owing.span), owing.text, "", owing.mark)], "a.ipynb")
    then = apply(parse_notebook(head), [SetSource(k, source) for k, source in enumerate(sources)])
    again = merge_cells(then, head, target)
    assert changed(again) == ["delete"] and seen(again.text) == "[[md a]]\n# Ofen\n[[code c]]\nx = 1\n"


def test_check_names_tags_and_pictures_of_cells() -> None:
    source = written('[[md a {"attachments": {"a.png": {"image/png": ""}}}]]\nText.\n[[code b]]\nx = 1\n')
    target = written('[[md a]]\nWörter.\n[[code b {"metadata": {"tags": ["own"]}}]]\nx = 1\n')
    assert compare_documents(source, target, name="a.ipynb").lines() == [
        "1:1: attachment of a cell missing in the translation: a.png",
        "3:3: tag of a cell only in the translation: own",
    ]


@given(st.data())
@examples(40)
def test_any_change_of_cells_leaves_a_valid_notebook_that_stays_as_it_is(data: st.DataObject) -> None:
    """Cells cut, joined, moved, removed and numbered anew in any of the three: valid, and a second run does nothing."""
    cells = [
        ("md", "# Clay\n\nIt shrinks by `3` parts.\n\nLet it dry."),
        ("code", "fire = kiln.fire(clay, hours=9)"),
        ("md", "Then `glaze` it.\n\n* with ash\n* with salt"),
        ("code", "x = 1"),
        ("raw", "notes"),
        ("md", "## The end\n\nSell the pots."),
    ]

    def a_notebook(german: bool) -> str:
        order = data.draw(st.permutations(range(len(cells)))) if data.draw(st.booleans()) else range(len(cells))
        made: list[tuple[str, str]] = []
        for k in order:
            kind, text = cells[k]
            what = data.draw(st.sampled_from(["keep", "keep", "keep", "cut", "join", "drop", "empty", "program"]))
            text = text.replace("the", "der").replace("it", "sie") if german and kind == "md" else text
            if what == "cut" and kind == "md":
                made += [("md", part) for part in text.split("\n\n")]
            elif what == "join" and made and made[-1][0] == kind:
                made[-1] = (kind, f"{made[-1][1]}\n\n{text}")
            elif what == "program":
                made.append(("code" if kind != "code" else "raw", text))
            elif what != "drop":
                made.append((kind, "" if what == "empty" else text))
        ids = data.draw(st.sampled_from(["-", "a{n}", "x{n}y", "{n}"]))
        minor = 4 if ids == "-" else 5
        return written("".join(f"[[{k} {ids.format(n=n)}]]\n{t}\n" for n, (k, t) in enumerate(made)), minor=minor)

    base, head, target = a_notebook(False), a_notebook(False), a_notebook(True)
    result = merge_cells(base, head, target)
    assert is_valid(result.text)
    if result.status != "failed":
        assert merge_cells(head, head, result.text).text == result.text
    assert merge_cells(base, base, target).text == target


def test_a_divided_cell_goes_on_as_the_part_that_has_most_of_it() -> None:
    """Its id, outputs and what people set about it stay with most of its text; the other part is the English's cell."""
    first, second = (_CellPlaces(0, head, 0, "markdown") for head in (0, 1))
    assert _origins([[first], [second, second]], set()) == [(HEAD, 0), (TARGET, 0)]
    assert _origins([[first, first], [second]], set()) == [(TARGET, 0), (HEAD, 1)]
