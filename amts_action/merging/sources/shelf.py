"""What people have translated, by what it says in English."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from amts_action.documents.inline import tokens
from amts_action.documents.model import Block, Document
from amts_action.merging.english.small_changes import cosmetic_key
from amts_action.merging.programs.fences import Fenced, taken_apart

__all__ = [
    "LEAST_LETTERS",
    "LEAST_OWN",
    "LONGEST_RUN",
    "Held",
    "Shelf",
    "TranslatedPage",
    "block_key",
    "fence_of",
    "flat",
    "key_of",
    "neighbours",
    "said_by",
]

LONGEST_RUN = 4
"""Most English sentences that are looked up together: the aligner makes no larger groups. Our own limit."""
LEAST_LETTERS = 12
"""Letters of an English sentence from which on it is looked up by itself: "For example:" says another thing in every
paragraph. Whole blocks may be shorter. As in `merging.checking.conservation`."""
LEAST_OWN = 6
"""The same where the page itself has it, so that the words around it are the same: `Note that` says nothing, `Close the
lid.` does. By hand, held by `tests/merging/test_sources.py`."""


@dataclass(frozen=True, slots=True)
class TranslatedPage:
    """A page as people translated it: the English that the translation corresponds to, and the translation."""

    where: str
    """Its name, for people."""
    base: str
    target: str
    name: str
    """Its suffix says which format both have."""
    head: str = ""
    """The page's English now; what is no longer in it has moved."""
    rank: int = 1
    """0 for the very page on the translation's own branch, which is preferred, 1 for others, 2 for the past."""


@dataclass(frozen=True, slots=True)
class Held:
    """A text that people have translated."""

    text: str
    where: str
    rank: int
    has_left: bool
    """Its English is not on that page any more, so that this text would go."""
    near: tuple[str, str] = ("", "")
    """Keys of the English blocks before and after."""
    english: str = ""
    """Of a block that is no language: its English, fence and options as well."""
    is_cell: bool = False


_MARKS = frozenset({"emphasis", "strong", "slide"})


@lru_cache(maxsize=20_000)
def key_of(text: str) -> str:
    """What two English texts of language that ask for the same translation have in common: marks of emphasis and of
    slides do not count, for they are no words."""
    plain = "".join(token.raw for token in tokens(text) if token.kind not in _MARKS)
    return "".join(cosmetic_key(plain).split())


def block_key(document: Document, block: Block) -> str:
    """What two English blocks that ask for the same translation have in common."""
    return key_of(block.text) if block.is_prose else "\0" + flat(said_by(document, block))


def said_by(document: Document, block: Block) -> str:
    """What a block says: of a program its body, for a cell of a notebook has no fence; of a directive all of it."""
    if block.kind == "directive":
        return block.outer.of(document.text)
    fenced = fence_of(block) if block.kind == "code" else None
    return fenced.body if fenced is not None else block.text


def flat(text: str) -> str:
    return "".join(text.split())


def fence_of(block: Block) -> Fenced | None:
    """The parts of a program in a fence; None for a cell of a notebook and for indented code."""
    if block.is_cell:
        return None
    fenced = taken_apart(block.text)
    return fenced if fenced.mark else None


class Shelf:
    """What was found, by the key of its English."""

    def __init__(self, source_lang: str, target_lang: str) -> None:
        self.source_lang, self.target_lang = source_lang, target_lang
        self.whole: dict[str, list[Held]] = defaultdict(list)
        self.parts: dict[str, list[Held]] = defaultdict(list)
        self.words: dict[str, list[Held]] = defaultdict(list)
        """Texts and remarks of programs, by their English as an engine gets it."""

    def add(self, other: Shelf) -> None:
        """Takes over what another one has."""
        for mine, theirs in (
            (self.whole, other.whole),
            (self.parts, other.parts),
            (self.words, other.words),
        ):
            for key, found in theirs.items():
                mine[key] += found

    def __bool__(self) -> bool:
        return bool(self.whole or self.parts or self.words)

    def block(self, document: Document, index: int, *, page: str = "") -> Held | None:
        """The best translation of a whole English block."""
        found = self.whole.get(block_key(document, document.blocks[index]))
        return _best(found, neighbours(document, index), page) if found else None

    def before(self, key: str, *, page: str) -> Held | None:
        """What the page had for a block before we came, when its English is as it was then."""
        found = self.whole.get(key, ())
        return next((held for held in found if held.rank == 0 and held.where == page), None)

    def sentence(self, key: str, page: str = "") -> Held | None:
        """The best translation of one sentence or run of sentences, by its key."""
        return _best(self.parts.get(key, ()), ("", ""), page)

    def slot(self, english: str, page: str = "") -> Held | None:
        """The best words of people for a text or a remark of a program."""
        return _best(self.words.get(english, ()), ("", ""), page)


def _best(found: Sequence[Held], near: tuple[str, str], page: str) -> Held | None:
    """Of several translations the one from where the text stood between the same neighbours, then the one that would
    go, then the page's own, then what most pages have."""
    if not found:
        return None
    often = Counter(held.text for held in found)

    def order(held: Held) -> tuple[object, ...]:
        same = sum(bool(a) and a == b for a, b in zip(held.near, near, strict=True))
        return (held.rank > 0 or held.where != page, -same, not held.has_left, held.rank, -often[held.text])

    return min(found, key=order)


def neighbours(document: Document, index: int) -> tuple[str, str]:
    """The keys of the blocks before and after one."""
    blocks = document.blocks
    before, after = (block_key(document, blocks[k]) if 0 <= k < len(blocks) else "" for k in (index - 1, index + 1))
    return before, after
