"""Blocks of a markdown text: lossless for every text, and what each construct reads as."""

from __future__ import annotations

import re

import pytest
from casekit import books, cases, mutated, sample_texts
from hypothesis import given
from hypothesis import strategies as st
from thorough import examples

from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.model import Block

SAMPLES = sample_texts()


def _is_lossless(text: str) -> None:
    document = parse_markdown(text)
    assert "".join(document.pieces()) == text
    at = 0
    for block in document.blocks:
        assert at <= block.outer.start < block.outer.end <= len(text)
        assert block.outer.start <= block.inner.start <= block.inner.end <= block.outer.end
        at = block.outer.end


def _flat(text: str) -> str:
    return re.sub(r"[\s>\x00\ufffd]+", "", text)


def _says_what_it_points_at(text: str) -> None:
    """`text` of a block is its inner span, line ends and continuation prefixes apart."""
    for block in parse_markdown(text).blocks:
        assert _flat(block.text) == _flat(block.inner.of(text)), block


@given(books())
@examples(120)
def test_generated_documents_are_lossless(text: str) -> None:
    """Blocks and gaps concatenate to the text (DESIGN §4.1), and spans are in order."""
    _is_lossless(text)


@given(books())
@examples(60)
def test_texts_of_blocks_are_those_of_their_spans(text: str) -> None:
    """A block never says something else than the characters it points at."""
    _says_what_it_points_at(text)


@given(st.data())
@examples(120)
def test_mutated_documents_are_lossless(data: st.DataObject) -> None:
    """Broken documents are lossless too."""
    text = data.draw(st.sampled_from(sorted(SAMPLES.values())).flatmap(mutated))
    _is_lossless(text)
    _says_what_it_points_at(text)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_fixture_documents_are_lossless(name: str) -> None:
    """Every document of the fixtures, in every newline style."""
    text = SAMPLES[name].replace("\r\n", "\n")
    for variant in (text, text.replace("\n", "\r\n"), text.replace("\n", "\r"), "\ufeff" + text, text.rstrip()):
        _is_lossless(variant)


_SAYS_NOTHING = re.compile(r"[\s>*+\-\x00\ufeff]*|\s*\d{1,9}[.)]\s*")


@given(st.one_of(books(), st.sampled_from(["- ", "> ", "1. ", "> - "]).map(lambda mark: mark * 60 + "deep\n\nEnd.\n")))
@examples(60)
def test_nothing_that_says_something_is_between_the_blocks(text: str) -> None:
    """What is in no block cannot be compared, so a change in it would be lost in silence (DESIGN §4.5)."""
    for gap in parse_markdown(text).pieces()[::2]:
        for line in re.split(r"[\r\n]", gap):
            assert _SAYS_NOTHING.fullmatch(line), gap


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_newline_style_does_not_change_the_blocks(name: str) -> None:
    """The same blocks are found with `\\n`, `\\r\\n` and a byte order mark."""
    text = SAMPLES[name].replace("\r\n", "\n").lstrip("\ufeff")
    plain = [(b.kind, b.text, b.container) for b in parse_markdown(text).blocks]
    for variant in (text.replace("\n", "\r\n"), "\ufeff" + text, "\ufeff" + text.replace("\n", "\r\n")):
        assert [(b.kind, b.text, b.container) for b in parse_markdown(variant).blocks] == plain


def shown(block: Block) -> str:
    """A block on one line, as the cases give it."""
    where = "/".join(block.container)
    head = (
        f"{block.kind}{block.level or ''}"
        + (f"({block.info})" if block.info else "")
        + (f" in {where}" if where else "")
    )
    return f"{head}: {block.text!r}"


@pytest.mark.parametrize(("name", "case"), cases("blocks"))
def test_blocks_of_case(name: str, case: dict[str, str]) -> None:
    """Each file of `fixtures/blocks`: title, input, expected blocks."""
    got = [shown(b) for b in parse_markdown(case["input"]).blocks]
    assert got == case["expected"].splitlines()
