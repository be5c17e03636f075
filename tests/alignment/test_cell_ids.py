"""Ids of cells are evidence only where programs do not say that they were given anew."""

from __future__ import annotations

import pytest
from bookkit import notebook

from amts_action.alignment.cells import hints_of
from amts_action.documents.notebooks.notebook import Notebook, parse_notebook

PROGRAMS = [f"frame_{n} = read_all_the_frames({n}, of='hive')\n" for n in range(4)]


def _notebook(ids: str) -> Notebook:
    text = notebook(*(("code", program) for program in PROGRAMS), ("markdown", "Bees."))
    for n, id_ in enumerate([*ids, "text"]):
        text = text.replace(f'"cell-{n}"', f'"{id_}"')
    return parse_notebook(text, where="a.ipynb")


@pytest.mark.parametrize(("ids", "are_trusted"), [("abcd", True), ("abdc", True), ("adbc", False), ("dcba", False)])
def test_ids_that_half_of_the_programs_deny_weigh_nothing(ids: str, are_trusted: bool) -> None:
    """Half of them must have the same id on both sides."""
    hints = hints_of(_notebook("abcd"), target=_notebook(ids))
    assert bool(hints[0]) == are_trusted


def test_ids_that_only_count_weigh_nothing() -> None:
    """They are the numbers of the cells, and so say what their order says."""
    plain = parse_notebook(notebook(*(("code", program) for program in PROGRAMS)), where="a.ipynb")
    assert hints_of(plain, target=plain) == [{}, {}]
