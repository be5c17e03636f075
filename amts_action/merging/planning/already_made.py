"""What the translation has of the head before any sync: translators follow the source by hand, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from amts_action.alignment.patience import increasing, unique_pairs
from amts_action.documents.anchors import strong_key
from amts_action.documents.inline import protected
from amts_action.documents.model import Block
from amts_action.merging.source_diff import Changes

__all__ = ["Ahead", "flat"]


class Ahead:
    """The target's blocks that are the head's already, so that nothing is added twice."""

    def __init__(
        self,
        head: Sequence[Block],
        target: Sequence[Block],
        changes: Changes,
        counterparts: Mapping[int, Sequence[int]],
        own: Sequence[int],
    ) -> None:
        """`counterparts` gives the target blocks of each base block, `own` those that translate nothing in the base."""
        self.head, self.target = head, target
        self.own = list(own)
        self.inside: dict[int, int] = {}
        """New head block to target block, for the contents of a tab that the translator has made already."""
        self.programs = self._programs(changes, counterparts)
        """Head block to target block, for programs that changed and that the target has as the head has them."""

    def _programs(self, changes: Changes, counterparts: Mapping[int, Sequence[int]]) -> dict[int, int]:
        quiet = ("same", "cosmetic")
        settled = {j for c in changes.heads if c.base is not None and c.relation in quiet for j in counterparts[c.base]}
        news = [c.head for c in changes.heads if c.relation not in quiet and self.head[c.head].kind == "code"]
        olds = [j for j, b in enumerate(self.target) if b.kind == "code" and j not in settled]
        keys = [strong_key(self.head[h]) for h in news], [strong_key(self.target[j]) for j in olds]
        found = {news[a]: olds[b] for a, b in increasing(unique_pairs(*keys))}
        # Its own counterpart is merged line by line: texts and comments may have changed, which no key tells.
        own = {c.head: counterparts[c.base] for c in changes.heads if c.base is not None}
        return {h: j for h, j in found.items() if j not in own.get(h, ())}

    def take(self, index: int) -> int | None:
        """The target block that the new head block `index` is; None when there is none. Each is taken once."""
        j = self.inside.get(index)
        if j not in self.own:
            j = next((k for k in self.own if _is_standing(self.head[index], self.target[k])), None)
        if j is not None:
            self.own.remove(j)
        return j

    def enter(self, head: int, target: int) -> bool:
        """Pairs the contents of a new tab with those of the tab that the translator has made for it, kind by kind;
        False when they are not of the same kinds."""
        here, there = _contents(self.head, head), _contents(self.target, target)
        if [self.head[i].kind for i in here] != [self.target[j].kind for j in there]:
            return False
        self.inside.update(zip(here, there, strict=True))
        return True


def _is_standing(block: Block, own: Block) -> bool:
    """Whether a block of the target that translates nothing in the base is the head's new one: in English still, or
    translated before we came, which formulas and references tell."""
    if block.kind != own.kind or block.kind in ("end", "rule") or not block.text.strip():
        return False
    if flat(block) == flat(own):
        return True
    if block.kind in ("code", "math"):
        key = strong_key(block)
        return bool(key) and key == strong_key(own)
    if not block.is_prose or block.level != own.level:
        return False
    wanted = protected(block.text)
    telling = sum(3 if kind in ("reference", "label", "citation", "link", "image") else 1 for kind, _ in wanted)
    return telling >= 3 and wanted == protected(own.text)


def _contents(blocks: Sequence[Block], opener: int) -> list[int]:
    """Indexes of the blocks from behind an opening line to its closing line."""
    depth = len(blocks[opener].container)
    out = []
    for k in range(opener + 1, len(blocks)):
        if len(blocks[k].container) <= depth:
            break
        out.append(k)
        if blocks[k].kind == "end" and len(blocks[k].container) == depth + 1:
            break
    return out


def flat(block: Block) -> str:
    """The block's text without white space."""
    return "".join(block.text.split())
