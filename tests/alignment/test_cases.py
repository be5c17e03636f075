"""Which blocks belong together, case by case: each rule and weight of the alignment has a page that it decides."""

from __future__ import annotations

import pytest
from casekit import Case, cases

from amts_action.alignment.blocks import align_blocks
from amts_action.documents.blocks.markdown import parse_markdown


@pytest.mark.parametrize(("name", "case"), cases("alignment"))
def test_case(name: str, case: Case) -> None:
    """Each file of `fixtures/alignment`: two texts, and a line for each group of blocks, base before the colon.

    A number behind `<` or `>` is a bound of the confidence.
    """
    found = align_blocks(parse_markdown(case["base"]).blocks, parse_markdown(case["target"]).blocks)
    groups, bounds = [], []
    for line in case["beads"].splitlines():
        blocks, *bound = line.replace(" <", "|<").replace(" >", "|>").split("|")
        groups.append(blocks)
        bounds.append(bound[0] if bound else ">0")
    assert [f"{' '.join(map(str, b.source))}: {' '.join(map(str, b.target))}".rstrip() for b in found] == groups
    for bead, bound in zip(found, bounds, strict=True):
        number = float(bound[1:])
        assert bead.confidence < number if bound[0] == "<" else bead.confidence > number
