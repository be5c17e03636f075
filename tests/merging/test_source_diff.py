"""What became of each block of the base in the head."""

from __future__ import annotations

import pytest
from casekit import books, documents, mutated
from hypothesis import given
from hypothesis import strategies as st
from stepkit import lines_run
from thorough import examples

from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.merging.planning.source_diff import compare


@given(st.data())
@examples(60)
def test_every_block_is_accounted_for(data: st.DataObject) -> None:
    """Every head block has one row, every base block is in one row or deleted, never in two."""
    text = data.draw(documents())
    base, head = parse_markdown(text), parse_markdown(data.draw(st.one_of(mutated(text), books())))
    found = compare(base, head)
    assert [c.head for c in found.heads] == list(range(len(head.blocks)))
    used = [c.base for c in found.heads if c.base is not None] + list(found.deleted)
    assert sorted(used) == list(range(len(base.blocks)))
    for change in found.heads:
        if change.relation == "same":
            assert change.base is not None
            assert base.blocks[change.base].outer.of(base.text) == head.blocks[change.head].outer.of(head.text)
        assert (change.relation == "new") == (change.base is None)


PARTS = [
    "# Title",
    "First words are here with $a$.",
    "Second words are there with $b$.",
    "Third words are long with $c$.",
]


@pytest.mark.parametrize(
    ("head", "relations", "moved"),
    [
        (PARTS, ["same"] * 4, []),
        ([*PARTS[:1], "New text, quite other.", *PARTS[1:]], ["same", "new", "same", "same", "same"], []),
        ([PARTS[0], PARTS[2], PARTS[3], PARTS[1]], ["same"] * 4, [3]),
        ([*PARTS[:3], PARTS[3].replace("$c$", "$d$")], ["same", "same", "same", "spans"], []),
        ([*PARTS[:3], PARTS[3].replace("are long", "are\nlong")], ["same", "same", "same", "cosmetic"], []),
        ([*PARTS[:3], PARTS[3].replace("long", "short")], ["same", "same", "same", "revised"], []),
        (PARTS[:3], ["same"] * 3, []),
    ],
)
def test_relations(head: list[str], relations: list[str], moved: list[int]) -> None:
    """Each kind of change by its name."""
    found = compare(parse_markdown("\n\n".join(PARTS)), parse_markdown("\n\n".join(head)))
    assert [c.relation for c in found.heads] == relations
    assert [c.head for c in found.heads if c.moved] == moved


def test_blocks_are_found_by_what_they_say_and_not_by_what_opens_them() -> None:
    """Of two boxes that have changed places one stays and one moves with all its lines, also where its text is another
    now: it is found by its title, while a bare opening or closing line is alike in many boxes and anchors nothing."""
    box, note = "<div>\n\nFifth words are in here.\n\n</div>", "::::{note} Rain\n\nFirst of all words here.\n\n::::"
    base = parse_markdown(f"{box}\n\n{note}\n")
    head = parse_markdown(f"{note.replace('First', 'Another')}\n\n{box}\n\n# New\n")
    found = compare(base, head)
    assert [(c.base, c.relation) for c in found.heads] == [
        (3, "same"), (4, "revised"), (5, "same"), (0, "same"), (1, "same"), (2, "same"), (None, "new"),
    ]  # fmt: skip
    assert [c.head for c in found.heads if c.moved] == [0, 1, 2]


def test_rewritten_and_repetitive_documents_take_bounded_work() -> None:
    """No quadratic blow-up on a rewritten book page or on thousands of equal blocks."""

    def work(size: int) -> int:
        one = parse_markdown("".join(f"words {n} of the old\n\n" for n in range(size)))
        other = parse_markdown("".join(f"{n * 7} quite another text\n\n" for n in range(size)))
        equal = parse_markdown("***\n\n" * size)
        more = parse_markdown("a\n\n" + "***\n\n" * (size + 5) + "b\n")
        return lines_run(lambda: (compare(one, other), compare(equal, more)))

    assert work(500) < 3 * work(250)
