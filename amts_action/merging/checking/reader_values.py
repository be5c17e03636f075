"""Values of options and front matter that readers read: language that is no block of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from amts_action.alignment.beads import Bead
from amts_action.documents.model import Block
from amts_action.merging.key_values.language_keys import DIRECTIVE, FRONT_MATTER
from amts_action.merging.key_values.options_merge import values_in
from amts_action.merging.programs.block_merge import front_matter_of, options_of

__all__ = ["paired_values", "reader_values"]

Path = tuple[str, ...]


def reader_values(block: Block, text: str) -> dict[Path, str]:
    """What readers read of a block's options, by key; `text` is the block as it stands in its file."""
    flat = re.sub(r"\r\n?", "\n", text)
    if block.kind == "front_matter":
        tree = front_matter_of(flat)
        return {} if tree is None else dict(values_in(tree, FRONT_MATTER))
    if block.kind not in ("code", "directive") or block.is_cell:
        return {}
    tree = options_of(flat)
    return {} if tree is None else dict(values_in(tree, DIRECTIVE))


def paired_values(
    bead: Bead, source: tuple[Block, str], target: tuple[Block, str]
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """English values and people's of the same keys, of two blocks that are each other's only counterpart."""
    if len(bead.source) != 1 or len(bead.target) != 1 or source[0].kind != target[0].kind:
        return
    here, there = reader_values(*source), reader_values(*target)
    yield from ((text, there[path]) for path, text in here.items() if path in there)
