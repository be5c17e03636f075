"""What is scored: the aligned blocks of a source document, with people's translation and every system's.

Code, display equations and pictures are left out. Blocks that any of the translations merges, splits or joins are one
segment for all of them, so that all systems are scored on the same segments; a block that a system skipped is an empty
text there, which every score punishes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from amts_action.alignment.beads import Bead
from amts_action.documents.model import PROSE, Block
from amts_action.memory.harvest import Aligned
from amts_action.memory.readable import readable

__all__ = ["Scored", "ScoredSegment", "is_skipped", "segments"]

LANGUAGE = PROSE - {"caption"}
"""Kinds of blocks that are scored; figures are ignored with their captions, as in the published study."""


@dataclass(frozen=True, slots=True)
class ScoredSegment:
    """One or more blocks of the source that are translated together; texts as a reader sees them, on one line."""

    source: str
    reference: str
    """People's translation."""
    hypotheses: tuple[str, ...]
    """Each system's translation, in the order of the systems; empty where it skipped the segment."""


@dataclass(frozen=True, slots=True)
class Scored:
    """The segments of one document."""

    segments: tuple[ScoredSegment, ...]
    unpaired: int
    """Blocks of the source that people's translation lacks; they cannot be scored."""


def segments(reference: Aligned, systems: Sequence[Aligned]) -> Scored:
    """The segments of one document.

    Args:
        reference: the source and people's translation.
        systems: the same source with the translation of each system.

    Raises:
        ValueError: the sources are not the same document.
    """
    source = reference.source
    if any([b.text for b in other.source] != [b.text for b in source] for other in systems):
        raise ValueError("the translations to be compared have different sources")
    groups = _groups(len(source), (bead for aligned in (reference, *systems) for bead in aligned.beads))
    people, machines = _targets(reference), [_targets(aligned) for aligned in systems]
    found, unpaired = [], 0
    for group in groups:
        members = [i for i in group if source[i].kind in LANGUAGE]
        text = _text(people, members, reference.target)
        if not members or not any(c.isalpha() for c in text):
            unpaired += len(members) if not text else 0
            continue
        hypotheses = tuple(_text(m, members, a.target) for m, a in zip(machines, systems, strict=True))
        found.append(ScoredSegment(readable("\n".join(source[i].text for i in members)), text, hypotheses))
    return Scored(tuple(found), unpaired)


def is_skipped(segment: ScoredSegment, system: int) -> bool:
    """Whether a system left a segment out, or as it was where people did not."""
    text = segment.hypotheses[system]
    return not text or (text == segment.source and text != segment.reference)


def _groups(count: int, beads: Iterable[Bead]) -> list[list[int]]:
    """The indexes 0 … count-1 in groups, so that no bead crosses a border; in order of their first members."""
    leader = list(range(count))

    def find(i: int) -> int:
        while leader[i] != i:
            leader[i] = i = leader[leader[i]]
        return i

    for bead in beads:
        for i in bead.source[1:]:
            a, b = sorted((find(bead.source[0]), find(i)))
            leader[b] = a
    out: dict[int, list[int]] = {}
    for i in range(count):
        out.setdefault(find(i), []).append(i)
    return list(out.values())


def _targets(aligned: Aligned) -> Mapping[int, tuple[int, ...]]:
    """The target blocks of each source block."""
    return {i: bead.target for bead in aligned.beads for i in bead.source}


def _text(targets: Mapping[int, tuple[int, ...]], members: Sequence[int], blocks: Sequence[Block]) -> str:
    wanted = sorted({j for i in members for j in targets.get(i, ())})
    return readable("\n".join(blocks[j].text for j in wanted if blocks[j].kind in LANGUAGE))
