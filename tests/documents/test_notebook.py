"""Notebooks: what is read, and that an edit changes only the characters of the cells it names."""

from __future__ import annotations

import copy
import json
import re
import warnings
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stepkit import lines_run

from amts_action.documents.notebooks.json_spans import escapes_non_ascii
from amts_action.documents.notebooks.notebook import CellKind, parse_notebook
from amts_action.documents.notebooks.notebook_edits import (
    Delete,
    Insert,
    Move,
    NewCell,
    Operation,
    SetSource,
    apply,
    copy_cell,
)
from amts_action.errors import InputError

SOURCES = st.lists(
    st.sampled_from(["", "a", "# Title", "数学 é", 'say "hi" \\ /', "😀", "\t\x0c\u2028x", "é/é", "x\r"]), max_size=5
).flatmap(lambda lines: st.sampled_from(["\n".join(lines), "\n".join([*lines, ""])]))
INDENTS = st.sampled_from([None, 0, 1, 2, 4, "\t"])
SEPARATORS = st.sampled_from([None, (",", ":"), (", ", ": "), (",", " : ")])


def as_lines(source: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", source)


def a_cell(kind: str, source: Any, minor: int, number: int, **metadata: Any) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "metadata": metadata, "source": source}
    if minor >= 5:
        cell["id"] = f"cell-{number}"
    if kind == "code":
        cell |= {
            "execution_count": 7,
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["}],é\n", "1"]}],
        }
    return cell


def a_notebook(cells: list[dict[str, Any]], minor: int = 5, **metadata: Any) -> dict[str, Any]:
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": minor}


@st.composite
def models(draw: st.DrawFn, min_size: int = 0) -> dict[str, Any]:
    """A valid notebook as plain data, its sources strings."""
    minor = draw(st.integers(0, 5))
    kinds = draw(st.lists(st.sampled_from(["markdown", "code", "raw"]), min_size=min_size, max_size=5))
    with_ids = draw(st.booleans())
    cells = [
        a_cell(kind, draw(SOURCES), minor, number, **({"id": f"m{number}"} if with_ids else {}))
        for number, kind in enumerate(kinds)
    ]
    return a_notebook(cells, minor, title="é", kernelspec={"name": "k", "display_name": "K", "language": "julia"})


def shuffled(value: Any, draw: st.DrawFn) -> Any:
    """The same data with the keys of every object in another order."""
    if isinstance(value, dict):
        return {key: shuffled(value[key], draw) for key in draw(st.permutations(sorted(value)))}
    return [shuffled(item, draw) for item in value] if isinstance(value, list) else value


@st.composite
def texts(draw: st.DrawFn, min_size: int = 0) -> tuple[dict[str, Any], str]:
    """A notebook and its text in any style, however odd."""
    model = draw(models(min_size))
    written = copy.deepcopy(model)
    for cell in written["cells"]:
        if draw(st.booleans()):
            cell["source"] = as_lines(cell["source"])
    text = json.dumps(
        shuffled(written, draw), indent=draw(INDENTS), ensure_ascii=draw(st.booleans()), separators=draw(SEPARATORS)
    )
    # these characters stand only inside strings, so that other escapes of them mean the same
    for char, escape in (("/", "\\/"), ("é", "\\u00E9"), ("#", "\\u0023"), ("é", "\\u00e9")):
        if draw(st.booleans()):
            text = text.replace(char, escape, draw(st.integers(1, 3)))
    text = draw(st.sampled_from(["", "\n", " \n\n"])) + text + draw(st.sampled_from(["", "\n", "\n\n "]))
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    return model, draw(st.sampled_from(["", "\ufeff"])) + text


@st.composite
def edits(draw: st.DrawFn, count: int) -> list[Operation]:
    """Operations on a notebook of `count` cells that do not contradict each other."""
    out: list[Operation] = []
    for index in range(count):
        what = draw(st.sampled_from(["keep", "set", "delete", "move", "move and set"]))
        if what == "delete":
            out.append(Delete(index))
        if "move" in what:
            out.append(Move(index, draw(st.integers(0, count))))
        if "set" in what:
            out.append(SetSource(index, draw(SOURCES)))
    kinds: list[CellKind] = ["markdown", "code", "raw"]
    for number in range(draw(st.integers(0, 2))):
        kind = draw(st.sampled_from(kinds))
        new = NewCell(kind, draw(SOURCES), f"new{number}", draw(st.sampled_from(["{}", '{ "tags":["é"]}'])))
        out.append(Insert(draw(st.integers(0, count)), new))
    return draw(st.permutations(out))


def expected_cells(model: dict[str, Any], operations: list[Operation]) -> list[tuple[int | None, dict[str, Any]]]:
    """What the cells should be, each with its old index: sorted by place, so not the way the program does it."""
    placed: dict[int, tuple[int, int, int]] = {index: (index, 1, 0) for index in range(len(model["cells"]))}
    cells = copy.deepcopy(model["cells"])
    rows: list[tuple[tuple[int, int, int], int | None, dict[str, Any]]] = []
    for order, op in enumerate(operations):
        if isinstance(op, Delete):
            del placed[op.cell]
        elif isinstance(op, Move):
            placed[op.cell] = (op.before, 0, order)
        elif isinstance(op, SetSource):
            cells[op.cell]["source"] = op.source
        else:
            rows.append(((op.before, 0, order), None, expected_new(model, op.cell)))
    rows += [(place, index, cells[index]) for index, place in placed.items()]
    return [(old, cell) for _, old, cell in sorted(rows, key=lambda row: row[0])]


def expected_new(model: dict[str, Any], new: NewCell) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": new.kind, "metadata": json.loads(new.metadata), "source": new.source}
    if model["nbformat_minor"] >= 5:
        cell["id"] = new.id
    elif any("id" in old["metadata"] for old in model["cells"]):
        cell["metadata"]["id"] = new.id
    return cell | ({"execution_count": None, "outputs": []} if new.kind == "code" else {})


def loaded(text: str) -> dict[str, Any]:
    """The data of a notebook's text, its sources joined."""
    data: dict[str, Any] = json.loads(text.removeprefix("\ufeff"))
    for cell in data["cells"]:
        cell["source"] = "".join(cell["source"])
    return data


def check_valid(text: str) -> None:
    """Judge by nbformat's own schema; a duplicate id is only a warning there."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nbformat.validate(json.loads(text.removeprefix("\ufeff")))


@given(st.data())
def test_operations_do_what_they_say_and_leave_every_other_cell_alone(data: st.DataObject) -> None:
    model, text = data.draw(texts())
    operations = data.draw(edits(len(model["cells"])))
    notebook = parse_notebook(text)
    out = apply(notebook, operations)
    rows = expected_cells(model, operations)
    assert loaded(out) == model | {"cells": [cell for _, cell in rows]}
    check_valid(text)
    check_valid(out)
    result = parse_notebook(out)
    changed = {op.cell for op in operations if isinstance(op, SetSource)}
    for (old, _), cell in zip(rows, result.cells, strict=True):
        if old is not None and old not in changed:
            assert cell.span.of(out) == notebook.cells[old].span.of(text)
    head, tail = notebook.cells_span
    assert out.startswith(text[:head])
    assert out.endswith(text[tail:])
    assert apply(result, [SetSource(i, cell.source) for i, cell in enumerate(result.cells)]) == out
    assert out.count("\r\n") == out.count("\n") or "\r\n" not in text


@given(st.data())
def test_a_new_source_changes_only_the_value_of_source(data: st.DataObject) -> None:
    _, text = data.draw(texts(min_size=1))
    notebook = parse_notebook(text)
    index = data.draw(st.integers(0, len(notebook.cells) - 1))
    source = data.draw(SOURCES)
    span = notebook.cells[index].source_span
    out = apply(notebook, [SetSource(index, source)])
    assert out.startswith(text[: span.start])
    assert out.endswith(text[span.end :])
    value = out[span.start : len(out) - (len(text) - span.end)]
    assert "".join(json.loads(value)) == source
    assert value[0] == text[span.start]


@given(models(), INDENTS, st.booleans(), SEPARATORS, st.booleans(), st.data())
def test_a_file_in_one_style_stays_in_that_style(
    model: dict[str, Any], indent: Any, ascii_only: bool, separators: Any, as_list: bool, data: st.DataObject
) -> None:
    """What is written cannot be told from what a writer of the whole file in that style would have written."""

    def dump(cells: list[dict[str, Any]]) -> str:
        written = copy.deepcopy(model | {"cells": cells})
        for cell in written["cells"]:
            cell["source"] = as_lines(cell["source"]) if as_list or not model["cells"] else cell["source"]
        return json.dumps(written, sort_keys=True, indent=indent, ensure_ascii=ascii_only, separators=separators)

    operations = data.draw(edits(len(model["cells"])))
    out = apply(parse_notebook(dump(model["cells"])), operations)
    assert out == dump([cell for _, cell in expected_cells(model, operations)])


@given(texts())
def test_reading_agrees_with_nbformat(case: tuple[dict[str, Any], str]) -> None:
    model, text = case
    notebook = parse_notebook(text)
    reference: Any = nbformat.reads(text.removeprefix("\ufeff"), as_version=nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]
    assert [(c.kind, c.source) for c in notebook.cells] == [(c.cell_type, c.source) for c in reference.cells]
    assert (notebook.nbformat, notebook.nbformat_minor) == (reference.nbformat, reference.nbformat_minor)
    assert notebook.language == reference.metadata.kernelspec.language
    for cell, wanted in zip(notebook.cells, model["cells"], strict=True):
        assert cell.id == wanted.get("id", wanted["metadata"].get("id"))
        assert json.loads(cell.span.of(text))["cell_type"] == cell.kind
        assert "".join(json.loads(cell.source_span.of(text))) == cell.source
        assert cell.id_span is None or json.loads(cell.id_span.of(text)) == cell.id
        assert cell.has_own_id == ("id" in wanted)
    assert apply(notebook, []) == text


def test_of_duplicate_keys_the_last_counts_as_for_json() -> None:
    text = (
        '{"nbformat": 3, "cells": 1, "nbformat": 4, "nbformat_minor": 4, "cells": [{"source": "no", "id": "no",'
        ' "source": ["y", "es"], "cell_type": "raw", "\\u0063ell_type": "code", "metadata": {"id": "no", "id": "m"},'
        ' "id": null}]}'
    )
    notebook = parse_notebook(text)
    (cell,) = notebook.cells
    assert (cell.kind, cell.source, cell.id) == ("code", "yes", "m")
    out = apply(notebook, [SetSource(0, "maybe")])
    assert out == text.replace('["y", "es"]', '["maybe"]')


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({"kernelspec": {"language": "r"}, "language_info": {"name": "R"}}, "r"),
        ({"kernelspec": {"language": ""}, "language_info": {"name": "R"}}, "R"),
        ({"kernelspec": "x", "language_info": {"name": 3}}, ""),
        ({}, ""),
    ],
)
def test_the_language_is_the_kernels_as_the_file_names_it(metadata: dict[str, Any], language: str) -> None:
    assert parse_notebook(json.dumps(a_notebook([], **metadata))).language == language


# ---------------------------------------------------------------------------------------------- style and bytes

ODD = r"""{
 "nbformat": 4, "nbformat_minor": 0, "metadata": {},
 "cells": [ {
   "metadata": { "id" : "A"}, "source": ["caf\u00E9 \/ \u003cb\u003e\n",
      "same\n",
      "\u0073ame\n",
      "\ud83d\uDE00 end" ],
   "cell_type": "markdown"}
   , {"cell_type": "markdown", "metadata": {}, "source": "\u003cp\u003e\u000Atwo\/\nthree"}
 ]
}"""


def test_unchanged_lines_keep_their_odd_escapes() -> None:
    notebook = parse_notebook(ODD)
    assert notebook.cells[0].source == "café / <b>\nsame\nsame\n😀 end"
    out = apply(notebook, [SetSource(0, "café / <b>\nnew é\nsame\n😀 end"), SetSource(1, "<p>\ntwo/\n4<")])
    expected = ODD.replace('"same\\n"', '"new \\u00e9\\n"').replace("three", "4<")
    assert out == expected
    assert apply(parse_notebook(out), [SetSource(0, notebook.cells[0].source)]).count("\\u003cb\\u003e") == 1


def test_lines_that_trade_places_keep_their_escapes() -> None:
    out = apply(parse_notebook(ODD), [SetSource(0, "first\nsame\nmiddle\ncafé / <b>\nsame\nlast")])
    assert json.loads(out)["cells"][0]["source"][3] == "café / <b>\n"
    assert r'"caf\u00E9 \/ \u003cb\u003e\n"' in out
    assert r'"\u0073ame\n"' in out


def test_equal_lines_with_different_escapes_keep_their_order() -> None:
    out = apply(parse_notebook(ODD), [SetSource(0, "x\nsame\ny\nsame\nz")])
    assert out.index('"same\\n"') < out.index('"y\\n"') < out.index(r'"\u0073ame\n"')


def test_the_same_source_changes_nothing_however_it_is_cut() -> None:
    text = json.dumps(a_notebook([a_cell("raw", ["", "a", "b\nc", "\n", ""], 4, 0)], 4))
    assert apply(parse_notebook(text), [SetSource(0, "ab\nc\n")]) == text
    assert '["ab\\n", "d"]' in apply(parse_notebook(text), [SetSource(0, "ab\nd")])


def test_cells_keep_what_stands_between_them_while_they_are_neighbours() -> None:
    text = '{"nbformat":4,"nbformat_minor":4,"metadata":{},"cells":[A ,\n\n B,C,D , E]}'
    for name in "ABCDE":
        text = text.replace(name, json.dumps({"cell_type": "raw", "metadata": {}, "source": name.lower()}), 1)
    cells = [cell.span.of(text) for cell in parse_notebook(text).cells]
    out = apply(parse_notebook(text), [Delete(2), Move(4, 0)])
    a, b, _, d, e = cells
    assert out == text[: text.index(a)] + f"{e},{a} ,\n\n {b},{d}" + "]}"


def test_the_separators_of_python_2_are_kept() -> None:
    model = a_notebook([a_cell("markdown", ["a\n", "b"], 4, n) for n in range(2)], 4)
    text = json.dumps(model, indent=1, sort_keys=True, separators=(", ", ": "))
    model["cells"][1:1] = [{"cell_type": "markdown", "metadata": {}, "source": ["x\n", "y"]}]
    out = apply(parse_notebook(text), [Insert(1, NewCell("markdown", "x\ny"))])
    assert out == json.dumps(model, indent=1, sort_keys=True, separators=(", ", ": "))


def test_a_new_cell_has_the_key_order_of_the_nearest_cell_of_its_kind() -> None:
    cells: list[dict[str, Any]] = [
        {"source": [], "cell_type": "markdown", "metadata": {}},
        {"metadata": {}, "source": [], "execution_count": None, "cell_type": "code", "outputs": []},
        {"outputs": [], "cell_type": "code", "source": [], "metadata": {}, "execution_count": None},
    ]
    text = json.dumps(a_notebook(cells, 4))
    new = [Insert(0, NewCell("code", "")), Insert(3, NewCell("code", "")), Insert(3, NewCell("raw", ""))]
    keys = [list(cell) for cell in json.loads(apply(parse_notebook(text), new))["cells"]]
    assert keys[0] == keys[2] == list(cells[1])
    assert keys[4] == list(cells[2])
    assert keys[5] == ["cell_type", "source", "metadata"]


@pytest.mark.parametrize(
    ("text", "ascii_only"),
    [
        ('["é", "\\u00e9"]', False),
        ('["\\u00e9"]', True),
        ('["\\ud83d\\ude00"]', True),
        ('["plain \\u001b \\u003c \\u2028"]', False),
        ('["\\\\u00e9"]', False),
        ('\ufeff["\\u00e9"]', True),
        ("[]", False),
    ],
)
def test_whether_a_file_escapes_is_seen_from_the_file(text: str, ascii_only: bool) -> None:
    assert escapes_non_ascii(text) is ascii_only


def test_a_lone_surrogate_never_makes_a_text_that_cannot_be_saved() -> None:
    text = json.dumps(a_notebook([a_cell("markdown", "é", 4, 0)], 4), ensure_ascii=False)
    new = Insert(0, NewCell("markdown", "b\udc00"))
    out = apply(parse_notebook(text), [SetSource(0, "a\ud83d"), new])
    out.encode("utf-8")
    assert [cell["source"] for cell in loaded(out)["cells"]] == ["b\udc00", "a\ud83d"]


# ---------------------------------------------------------------------------------------------- new cells


def test_a_copy_takes_id_metadata_and_attachments_but_no_outputs() -> None:
    cell = a_cell("code", "é = 1", 5, 3, tags=["é"]) | {"id": "abc"}
    picture = a_cell("markdown", "![x](attachment:p)", 5, 4) | {"attachments": {"p": {"image/png": "AA=="}}}
    source = parse_notebook(json.dumps(a_notebook([cell, picture])))
    target = parse_notebook(json.dumps(a_notebook([a_cell("markdown", "é", 5, 0)]), indent=1))
    out = apply(target, [Insert(1, copy_cell(source, 0)), Insert(1, copy_cell(source, 1, source="译"))])
    check_valid(out)
    assert json.loads(out)["cells"][1:] == [
        cell | {"source": "é = 1", "execution_count": None, "outputs": []},
        picture | {"source": "译"},
    ]


def new_ids(cells: list[dict[str, Any]], minor: int, *operations: Operation) -> list[str | None]:
    notebook = parse_notebook(apply(parse_notebook(json.dumps(a_notebook(cells, minor))), operations))
    return [cell.id for cell in notebook.cells]


def test_an_id_that_is_taken_is_varied_and_one_of_a_deleted_cell_is_free() -> None:
    cells = [a_cell("raw", "", 5, n) for n in range(2)]
    ids = new_ids(cells, 5, Insert(2, NewCell("raw", "", "cell-0")), Insert(2, NewCell("raw", "", "cell-0")))
    assert ids == ["cell-0", "cell-1", "cell-0-2", "cell-0-3"]
    assert new_ids(cells, 5, Delete(0), Insert(0, NewCell("raw", "", "cell-0"))) == ["cell-0", "cell-1"]


def test_ids_fit_the_format_where_the_wanted_one_does_not() -> None:
    long = "x" * 70
    news = [NewCell("raw", "", "数 学"), NewCell("raw", ""), NewCell("raw", ""), NewCell("raw", "", long)]
    ids = new_ids([], 5, *[Insert(0, new) for new in [*news, news[3]]])
    assert all(re.fullmatch(r"[a-zA-Z0-9-_]{1,64}", name or "") for name in ids)
    assert len(set(ids)) == len(ids) == 5
    assert ids == new_ids([], 5, *[Insert(0, new) for new in [*news, news[3]]])


def test_older_notebooks_get_their_ids_where_their_cells_have_them() -> None:
    plain, colab = a_cell("raw", "", 0, 0), a_cell("raw", "", 0, 0, id="A")
    named = Insert(1, NewCell("raw", "", "B"))
    assert new_ids([plain], 0, named) == [None, None]
    assert new_ids([colab], 0, named) == ["A", "B"]
    assert new_ids([colab], 0, Insert(1, NewCell("raw", "", "A", '{"id": "A", "k": 1}'))) == ["A", "A-2"]
    assert new_ids([], 0, Insert(0, NewCell("raw", "", "A", '{"id": "A"}'))) == ["A"]
    check_valid(apply(parse_notebook(json.dumps(a_notebook([colab], 0))), [named]))


def test_attachments_make_a_notebook_one_of_the_first_version_that_knows_them() -> None:
    new = NewCell("markdown", "x", attachments='{"a.png": {"image/png": ""}}')
    for minor, then in ((0, 1), (1, 1), (4, 4)):
        out = apply(parse_notebook(json.dumps(a_notebook([], minor))), [Insert(0, new)])
        check_valid(out)
        assert json.loads(out)["nbformat_minor"] == then and json.loads(out)["cells"][0]["attachments"]


def test_outputs_of_a_changed_code_cell_stay() -> None:
    cell = a_cell("code", "x = 1", 5, 0)
    out = apply(parse_notebook(json.dumps(a_notebook([cell]))), [SetSource(0, "x = 2")])
    assert json.loads(out)["cells"] == [cell | {"source": "x = 2"}]


@pytest.mark.parametrize("space", ["", " ", "\n  "])
def test_an_empty_list_of_cells_can_be_filled_and_emptied(space: str) -> None:
    text = f'{{\n "cells": [{space}],\n "metadata": {{}},\n "nbformat": 4,\n "nbformat_minor": 4\n}}\n'
    out = apply(parse_notebook(text), [Insert(0, NewCell("markdown", "a\nb"))])
    new = {"cell_type": "markdown", "metadata": {}, "source": ["a\n", "b"]}
    assert out == json.dumps(a_notebook([new], 4), indent=1) + "\n"
    assert apply(parse_notebook(out), [Delete(0)]) == text.replace(f"[{space}]", "[]")


# ---------------------------------------------------------------------------------------------- bad input

GOOD_CELL = '{"cell_type": "raw", "metadata": {}, "source": ""}'


def in_cells(cell: str) -> str:
    return f'{{"nbformat": 4, "nbformat_minor": 4, "metadata": {{}}, "cells": [{GOOD_CELL}, {cell}]}}'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON: Expecting value at line 1, column 1"),
        ("hello", "not JSON"),
        ("\0", "not JSON"),
        ("[]", "the JSON is no object"),
        ("{}", "no `nbformat`"),
        ('{"nbformat": 4}', "no list `cells`"),
        ('{"nbformat": 4, "cells": {}}', "no list `cells`"),
        ('{"nbformat": 4, "cells": []} x', "Extra data at line 1, column 30"),
        ('{"nbformat": 4, "cells": [}', "not JSON"),
        ('{"nbformat": 4, "cells": [],}', "not JSON"),
        ('{"nbformat": 4, "cells": []', "Expecting ',' or '}' at line 1, column 28"),
        ('{"nbformat" 4}', "Expecting ':'"),
        ('{\n<<<<<<< HEAD\n"nbformat": 4', "at line 2, column 1; resolve its merge conflict"),
        ('{"nbformat": 4, "nbformat_minor": "5", "cells": []}', "`nbformat_minor`"),
        ('{"nbformat": 5, "cells": []}', "`nbformat` is '5', not 4"),
        ('{"nbformat": "4", "cells": []}', "`nbformat` is '4', not 4"),
        ('{"nbformat": 3, "worksheets": []}', "before 4; convert it"),
        ('{"nbformat": 2, "cells": []}', "before 4"),
        ('{"worksheets": []}', "before 4"),
        (in_cells("[]"), "cell 1 is no object"),
        (in_cells("nul"), "not JSON"),
        (in_cells('{"source": ""}'), "cell 1 has no `cell_type`"),
        (in_cells('{"cell_type": "heading", "source": ""}'), "cell 1 has no `cell_type`"),
        (in_cells('{"cell_type": ["raw"], "source": ""}'), "cell 1 has no `cell_type`"),
        (in_cells('{"cell_type": "raw"}'), "cell 1 has no `source`"),
        (in_cells('{"cell_type": "raw", "source": null}'), "cell 1 has no `source`"),
        (in_cells('{"cell_type": "raw", "source": ["a", 1]}'), "cell 1 has no `source`"),
        (in_cells('{"cell_type": "raw", "source": "a\nb"}'), "Invalid control character"),
        (in_cells('{"cell_type": "raw", "metadata": ' + "9" * 5000 + ', "source": ""}'), "not JSON that can be read"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ('{"cells":' + "[" * 100_000, "nested too deeply"),
        (in_cells('{"metadata": ' + '{"a":' * 100_000 + "1" + "}" * 100_001), "nested too deeply"),
    ],
)
def test_bad_input_is_one_line_that_names_the_file(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_notebook(text, where="a/b.ipynb")
    line = str(caught.value)
    assert line.startswith("a/b.ipynb: ")
    assert message in line
    assert "\n" not in line
    assert len(line) < 300


@given(st.data())
def test_a_damaged_text_is_read_or_refused_as_json_would(data: st.DataObject) -> None:
    """Cut, doubled and changed anywhere: never another error, and what is read is what `json` reads."""
    _, text = data.draw(texts())
    text = text.removeprefix("\ufeff")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 12)))
    text = text[:start] + data.draw(st.sampled_from(["", '"', ",", "]", "{", "0", text[start:end] * 2])) + text[end:]
    try:
        notebook = parse_notebook(text)
    except InputError:
        return
    assert [cell.source for cell in notebook.cells] == [cell["source"] for cell in loaded(text)["cells"]]
    out = apply(notebook, [SetSource(i, cell.source + "x") for i, cell in enumerate(notebook.cells)])
    assert [cell["source"] for cell in loaded(out)["cells"]] == [cell.source + "x" for cell in notebook.cells]


@pytest.mark.parametrize(
    "operations",
    [
        [SetSource(1, "")],
        [Delete(-1)],
        [Insert(2, NewCell("raw", ""))],
        [Move(0, 2)],
        [Delete(0), SetSource(0, "")],
        [Move(0, 1), Delete(0)],
        [SetSource(0, "a"), SetSource(0, "b")],
        [Insert(0, NewCell("raw", "", metadata="[]"))],
    ],
)
def test_operations_that_make_no_sense_are_refused(operations: list[Operation]) -> None:
    with pytest.raises(ValueError, match=r"SetSource|Delete|Insert|Move|JSON object"):
        apply(parse_notebook(json.dumps(a_notebook([a_cell("raw", "", 5, 0)]))), operations)


def test_outputs_are_skipped_and_not_read_character_by_character() -> None:
    """A hundred times the output is the same work."""

    def work(size: int) -> int:
        picture = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "iVBORw0KGgo" * size}}
        cells = [a_cell("code", "x", 4, n) | {"outputs": [picture]} for n in range(50)]
        text = json.dumps(a_notebook(cells, 4), indent=1)
        out: list[str] = []
        lines = lines_run(lambda: out.append(apply(parse_notebook(text), [SetSource(0, "y"), Delete(1)])))
        assert len(json.loads(out[0])["cells"]) == 49
        return lines

    assert work(10_000) == work(100)
