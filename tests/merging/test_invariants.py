"""Invariants 2 to 5 of DESIGN §4 over generated documents and edits."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from casekit import books, documents, merge, mutated, sample_texts, translated
from hypothesis import assume, given
from hypothesis import strategies as st
from thorough import examples

from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.model import Document

SAMPLES = {n: t.replace("\r\n", "\n") for n, t in sample_texts().items() if len(parse_markdown(t).blocks) > 3}


@given(documents())
@examples(60)
def test_no_change_gives_no_change(text: str) -> None:
    """base == head: the output is the target, byte for byte, and nothing is sent."""
    target = translated(text)
    result = merge(text, text, target)
    assert result.text == target
    assert not sum(e.characters_sent for e in result.entries)


@given(books(), books())
@examples(40)
def test_no_change_gives_no_change_to_an_unrelated_target(text: str, target: str) -> None:
    """The same when the target is not a translation of the base at all."""
    result = merge(text, text, target)
    assert result.text == target
    assert not sum(e.characters_sent for e in result.entries)


@given(st.data())
@examples(60)
def test_any_edit_is_merged_without_loss(data: st.DataObject) -> None:
    """Whatever the edit: no error, a lossless output, a balanced ledger, and a second merge changes nothing."""
    base = data.draw(st.sampled_from(sorted(SAMPLES.values())))
    head = data.draw(mutated(base))
    target = translated(base)
    result = merge(base, head, target)
    assert "".join(parse_markdown(result.text).pieces()) == result.text
    assert merge(head, head, result.text).text == result.text
    if result.status == "failed":
        assert result.text == target
    else:
        assert all(row["in"] == row["out"] for row in result.ledger.values()), result.ledger
    if result.status == "done":
        assert not result.owing


@given(books(), books(), books())
@examples(40)
def test_unrelated_documents_do_no_harm(base: str, head: str, target: str) -> None:
    """Three texts that have nothing to do with each other merge without an error."""
    result = merge(base, head, target)
    assert merge(head, head, result.text).text == result.text


def _replaced(document: Document, index: int, inner: str) -> str:
    span = document.blocks[index].inner
    return document.text[: span.start] + inner + document.text[span.end :]


def _bytes_of_others(document: Document, gone: Sequence[int]) -> list[str]:
    return [b.outer.of(document.text) for k, b in enumerate(document.blocks) if k not in gone]


EDITABLE = sorted(
    (name, k)
    for name, text in SAMPLES.items()
    if ":base" in name or name.endswith(".md")
    for k, block in enumerate(parse_markdown(text).blocks)
    if block.is_prose and len(block.text) > 12 and k % 3 == 0
)


@pytest.mark.parametrize(("name", "k"), EDITABLE)
def test_one_changed_block_leaves_all_others(name: str, k: int) -> None:
    """Splice, never reassemble (DESIGN §4.2): the words of one block change, every other block keeps its bytes."""
    base = SAMPLES[name]
    document = parse_markdown(base)
    target = parse_markdown(translated(base))
    assert len(target.blocks) == len(document.blocks)
    block = document.blocks[k]
    head = _replaced(document, k, block.inner.of(base).replace("e", "ee", 2) + " quite newly")
    if len(parse_markdown(head).blocks) != len(document.blocks):
        pytest.skip("the edit would change the structure")
    result = merge(base, head, target.text)
    output = parse_markdown(result.text)
    assert len(output.blocks) == len(target.blocks)
    assert _bytes_of_others(output, [k]) == _bytes_of_others(target, [k])
    assert output.pieces()[::2] == target.pieces()[::2]
    assert "quite newly" in output.blocks[k].text or result.status != "done"


@pytest.mark.parametrize("name", sorted(n for n in SAMPLES if n.endswith((":base", ".md"))))
def test_one_removed_block_leaves_all_others(name: str) -> None:
    """The same for the removal of each paragraph."""
    base = SAMPLES[name]
    document, target = parse_markdown(base), parse_markdown(translated(base))
    alone = [k for k, b in enumerate(document.blocks) if b.kind == "paragraph" and not b.container]
    for k in alone:
        pieces = document.pieces()
        head = "".join([*pieces[: 2 * k + 1], *pieces[2 * k + 3 :]])
        result = merge(base, head, target.text)
        written = _bytes_of_others(parse_markdown(result.text), [])
        if parse_markdown(head).blocks and len(parse_markdown(head).blocks) == len(document.blocks) - 1:
            assert written in (_bytes_of_others(target, [k]), _bytes_of_others(target, []))


@given(st.data())
@examples(40)
def test_windows_line_ends_stay_windows_line_ends(data: st.DataObject) -> None:
    """A target that has only `\\r\\n` has only `\\r\\n` afterwards."""
    base = data.draw(st.sampled_from(sorted(SAMPLES.values())))
    head = data.draw(mutated(base))
    assume("\r" not in base + head)
    target = translated(base).replace("\n", "\r\n")
    result = merge(base, head, target)
    assert "\n" not in result.text.replace("\r\n", "")
