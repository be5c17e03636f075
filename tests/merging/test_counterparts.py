"""What translators have made before us is found, and what is their own is left alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.merging.planning.counterparts import Counterparts, find_counterparts
from amts_action.merging.planning.source_diff import compare

BASE = (
    "# Bees\n\nA hive is a box with frames.\n\n"
    "In winter they form a ball. It keeps them warm until the days grow long.\n"
)
TARGET = (
    "# Bienen\n\nEine Beute ist ein Kasten mit Rähmchen.\n\n{}"
    "Im Winter bilden sie eine Kugel. Die hält sie warm, bis die Tage lang werden.\n"
)
MADE = "## Schwärme\n\nStell einen Kasten unter den Ast und ruf einmal `shake` auf.\n\n"
NEW = "## Swarms\n\nPut a box below the branch and call `shake` once.\n\n"


def _head(new: str = NEW) -> str:
    first, last = BASE.rsplit("In winter", 1)
    return f"{first}{new}In winter{last}"


def _found(base: str, head: str, target: str) -> Counterparts:
    documents = [parse_markdown(text) for text in (base, head, target)]
    return find_counterparts(*documents, compare(*documents[:2]))


@pytest.mark.parametrize(
    ("own", "made"),
    [
        (MADE, {2: (2,), 3: (3,)}),
        ("## Heimisches\n\nAkazienhonig ist am beliebtesten, Tannenhonig am teuersten.\n\n", {}),
        ("", {}),
    ],
    ids=["made before", "their own", "nothing there"],
)
def test_a_section_is_told_from_one_of_their_own(own: str, made: dict[int, tuple[int, ...]]) -> None:
    """Where English gets a section and the translation has one, its blocks are the new ones or the translators' own."""
    found = _found(BASE, _head(), TARGET.format(own))
    assert found.made == made
    there = {j for bead in found.beads for j in bead.target} | {j for run in found.made.values() for j in run}
    assert there == set(range(len(parse_markdown(TARGET.format(own)).blocks)))
    assert [bead.target for bead in found.beads if bead.source] == ([(0,), (1,), (4,)] if own else [(0,), (1,), (2,)])


def test_what_may_be_there_is_neither_made_nor_new() -> None:
    """A lone paragraph of fitting length says too little either way: both are shown to a person."""
    head = _head("Bees like the warm sun of May and fly far.\n\n")
    found = _found(BASE, head, TARGET.format("Bienen lieben die warme Maisonne sehr.\n\n"))
    assert (found.made, list(found.perhaps)) == ({}, [2])


def test_a_paragraph_written_anew_is_there_when_the_translation_says_the_new_one() -> None:
    """An old block that went and a new one that came beside it are one change to a translator."""
    old, new = "Cover the box with straw.", "A lid of `tin` keeps rain out for 20 years."
    base, head = (BASE.replace("In winter", f"{text}\n\nIn winter") for text in (old, new))
    found = _found(base, head, TARGET.format("Ein Deckel aus `tin` hält den Regen 20 Jahre lang ab.\n\n"))
    assert found.made == {2: (2,)}
    assert next(bead for bead in found.beads if 2 in bead.source).target == ()
    found = _found(base, head, TARGET.format("Decke den Kasten mit Stroh zu.\n\n"))
    assert found.made == {}
    assert next(bead for bead in found.beads if 2 in bead.source).target == (2,)


def test_sections_that_translators_have_moved_first_are_found_where_they_are() -> None:
    """English swaps two sections that the translation has in the new order already."""
    one, two = "## One\n\nTake `a` first.\n\n", "## Two\n\nThen take `b`.\n\n"
    eins, zwei = "## Eins\n\nZuerst `a` nehmen.\n\n", "## Zwei\n\nDann `b` nehmen.\n\n"
    found = _found(f"# T\n\n{one}{two}", f"# T\n\n{two}{one}", f"# T\n\n{zwei}{eins}")
    assert {bead.source: bead.target for bead in found.beads} == {
        (0,): (0,),
        (1,): (3,),
        (2,): (4,),
        (3,): (1,),
        (4,): (2,),
    }


def test_an_id_of_a_cell_is_evidence_and_no_proof() -> None:
    """A new cell that says too little is taken for the translation's with its id, unless it cannot be that."""
    base, head, own = (
        parse_markdown(f"# Bees\n\n{new}They sleep in `winter`.\n") for new in ("", "Feed them.\n\n", "Füttern.\n\n")
    )
    hinted = [replace(d, blocks=(d.blocks[0], replace(d.blocks[1], hint="x"), d.blocks[2])) for d in (head, own)]
    for new, there in ((head, own), hinted):
        found = find_counterparts(base, new, there, compare(base, new))
        assert found.made == ({1: (1,)} if there is hinted[1] else {})
