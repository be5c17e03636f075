"""Conservation of people's words (invariant 8): a sentence that people wrote leaves only when its English does.

Two looks at the same rule. `conserved` asks it of a plan, before anything is sent or written: what would be translated
anew although people have translated it, and would lose their translation, is left for a person. `leaving` asks it of
texts, when all is done, for the report and for anyone who wants to hold us to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from typing import TypeVar

from amts_action.alignment.beads import Bead
from amts_action.alignment.blocks import align_blocks
from amts_action.alignment.lexicon import Lexicon, learn_lexicon
from amts_action.alignment.sentences import SentenceUnit, align_sentences, certain_groups
from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.files import is_notebook
from amts_action.documents.model import Block, Span
from amts_action.documents.notebooks.notebook import parse_notebook
from amts_action.documents.sentences import sentences
from amts_action.merging.english.small_changes import cosmetic_key
from amts_action.merging.flags import flag
from amts_action.merging.notebooks.notebook import NotebookPlan
from amts_action.merging.planning.steps import Plan, SharedText, Step, beads_of
from amts_action.merging.programs.block_merge import body_language
from amts_action.merging.programs.fences import taken_apart
from amts_action.merging.programs.lexing import lex

__all__ = ["Leaving", "conserved", "english_keys", "held_back", "leaving", "sentence_key"]

LEAST_LETTERS = 12
"""Letters of an English sentence from which its translation is its own: "For example:" has another one everywhere. By
hand, held by `tests/merging/test_conservation.py`."""
SURE = 0.6
"""Least confidence of a pair of sentences, as in `merging.rewriting.sentence_merge`."""
_NO_MARKS, _NO_MARKS_NOR_QUOTES = str.maketrans("", "", "*_[]()~"), str.maketrans("", "", "*_[]()~>")
_QUIET = frozenset({"keep", "cosmetic", "move", "code", "conflict", "owed"})
"""Actions that write no language."""


def sentence_key(text: str) -> str:
    """What two English sentences that ask for the same translation have in common; empty for a short one."""
    key = "".join(cosmetic_key(text).translate(_NO_MARKS).split())
    return key if sum(map(str.isalpha, key)) >= LEAST_LETTERS else ""


def _keys(text: str, lang: str, kind: str = "paragraph") -> list[str]:
    found = (sentence_key(span.of(text)) for span in sentences(text, lang, kind=kind))
    return [key for key in found if key]


AnyPlan = TypeVar("AnyPlan", bound=Plan | NotebookPlan)


def conserved(plan: AnyPlan, *, source_lang: str = "en", target_lang: str = "") -> AnyPlan:
    """The plan without the steps that would have a sentence translated anew while people's translation of it goes.

    Such a step, and the one that takes the old text away, become conflicts: nothing is written there, and a person
    sees both. To be asked last, when everything that people have was put to use.
    """
    if isinstance(plan, NotebookPlan):
        return replace(plan, page=conserved(plan.page, source_lang=source_lang, target_lang=target_lang))
    accounts = _Accounts(plan, source_lang)
    accounts.forget(_bound(plan, accounts.lost(set()), source_lang, target_lang))
    wrong: set[int] = set()
    while more := accounts.taking(wrong) - wrong:
        wrong |= more
    steps = (_left(step) if n in wrong else step for n, step in enumerate(plan.steps))
    return replace(plan, steps=tuple(steps)) if wrong else plan


def _bound(plan: Plan, keys: Set[str], source_lang: str, target_lang: str) -> set[str]:
    """Those of the sentences that the translation has only in one with another whose English does not stand, or not
    at all: no translation of theirs could stay."""
    if not keys:
        return set()
    beads = beads_of(plan)
    lexicon = _learnt(plan.base.blocks, plan.target.blocks, beads)
    stands = {key for b in plan.head.blocks if b.is_prose for key in _keys(b.text, source_lang, b.kind)}
    free, bound = set[str](), set[str]()
    for bead in beads:
        old, own = [plan.base.blocks[i] for i in bead.source], [plan.target.blocks[j] for j in bead.target]
        if not all(b.is_prose for b in (*old, *own)):
            continue
        here = [(n, s.of(b.text)) for n, b in enumerate(old) for s in sentences(b.text, source_lang, kind=b.kind)]
        if keys.isdisjoint(sentence_key(text) for _, text in here):
            continue
        there = [(n, s.of(b.text)) for n, b in enumerate(own) for s in sentences(b.text, target_lang, kind=b.kind)]
        for group in _grouped(here, there, lexicon):
            found = [sentence_key(here[i][1]) for i in group.source]
            is_bound = not group.target or (len(group.target) == 1 and not stands.issuperset(filter(None, found)))
            (bound if is_bound else free).update(found)
    return (bound - free) & keys


def held_back(plan: AnyPlan, english: Iterable[str], *, source_lang: str = "en") -> AnyPlan:
    """The plan without the steps that change a block whose old English has one of the sentences."""
    if isinstance(plan, NotebookPlan):
        return replace(plan, page=held_back(plan.page, english, source_lang=source_lang))
    keys = {key for text in english for key in _keys(text, source_lang)}
    steps = [_left(s) if s.base is not None and _has(plan, s, keys, source_lang) else s for s in plan.steps]
    return replace(plan, steps=tuple(steps))


def _has(plan: Plan, step: Step, keys: set[str], lang: str) -> bool:
    if step.action in _QUIET or step.base is None:
        return False
    block = plan.base.blocks[step.base]
    return block.is_prose and not keys.isdisjoint(_keys(block.text, lang, block.kind))


def english_keys(text: str, name: str, *, source_lang: str = "en") -> Counter[str]:
    """The sentences of an English page, as `sentence_key` has them.

    Raises:
        InputError: a notebook cannot be read.
    """
    return Counter(key for b in _blocks(text, name) if b.is_prose for key in _keys(b.text, source_lang, b.kind))


class _Accounts:
    """Which sentences a plan takes from people, and which of them it gives back at another place."""

    def __init__(self, plan: Plan, lang: str) -> None:
        self.steps, self.lang = plan.steps, lang
        self.old = [plan.base.blocks[s.base] if s.base is not None else None for s in plan.steps]
        self.new = [plan.head.blocks[s.head] if s.head is not None else None for s in plan.steps]
        self.known: dict[int, list[str]] = {}
        """What `sent` has found."""
        acting = [
            n for n, s in enumerate(plan.steps) if s.target and self.old[n] and s.action not in _QUIET - {"conflict"}
        ]
        there = "".join(_flat(cosmetic_key(b.text)) for b in plan.head.blocks if b.is_prose) if acting else ""
        found = {n: keys for n in acting if (keys := {k for k in self._keys(self.old[n]) if k in there})}
        self.taken = {n: keys for n, keys in found.items() if plan.steps[n].action != "conflict"}
        """By the steps that write or remove: the sentences of the old English that stand in the new one."""
        self.waiting = {n: keys for n, keys in found.items() if n not in self.taken}
        """The same of the steps that wait for a person, so that people's translation stays where it is."""
        keys = {key for known in found.values() for key in known}
        self.stands = [self._among(block, keys) for block in self.new] if keys else []
        """For each step, which of these its new English has."""
        self.held = Counter(
            key for n, block in enumerate(self.old) if plan.steps[n].target for key in self._among(block, keys)
        )
        """How many translations each has."""

    def _keys(self, block: Block | None) -> list[str]:
        return _keys(block.text, self.lang, block.kind) if block is not None and block.is_prose else []

    def _among(self, block: Block | None, keys: set[str]) -> list[str]:
        if not keys or block is None or not block.is_prose:
            return []
        flat = _flat(cosmetic_key(block.text))
        return [k for k in self._keys(block) if k in keys] if any(key in flat for key in keys) else []

    def sent(self, n: int) -> list[str]:
        """The sentences that step `n` sends, but for those that a translator has joined to one that changed."""
        if n not in self.known:
            step = self.steps[n]
            pieces = [p for p in step.pieces if p.is_language and not p.is_shared]
            self.known[n] = [key for piece in pieces for key in _keys(piece.text, self.lang, step.kind)]
        return self.known[n]

    def forget(self, keys: Set[str]) -> None:
        """Leaves sentences out of account of which people have no translation that could stay."""
        for key in keys:
            del self.held[key]

    def lost(self, left: set[int]) -> set[str]:
        """The sentences that stand in the new English, and whose translation would go.

        Args:
            left: steps that are not taken.
        """
        total, given = Counter[str](), Counter[str]()
        for n, keys in enumerate(self.stands):
            total.update(keys)
            given.update(key for key in keys if self._gives(n, key, n in left))
        return {key for key, held in self.held.items() if given[key] < min(held, total[key])}

    def taking(self, left: set[int]) -> set[int]:
        """The steps that would have a sentence translated anew, or drop it, while people's translation of it goes.

        Args:
            left: steps that are not taken.
        """
        lost = self.lost(left)
        takers = {n for n, keys in self.taken.items() if n not in left and lost & keys and self._takes(n, lost)}
        wanted = {key for n in takers for key in self.taken[n] & lost}
        if wanted:
            takers |= {n for n in range(len(self.steps)) if n not in left and wanted & set(self.sent(n))}
        return takers | self._doubling(left)

    def _doubling(self, left: set[int]) -> set[int]:
        """The steps that would write at a new place what people have only in blocks that wait for a person."""
        waiting = {**self.waiting, **{n: self.taken.get(n, set()) for n in left if self.steps[n].target}}
        stay = Counter(key for keys in waiting.values() for key in keys)
        twice = {key for key, n in stay.items() if n >= self.held[key]}
        return {
            n
            for n, keys in enumerate(self.stands)
            if n not in left and self.steps[n].action not in _QUIET and self.old[n] is None and twice & set(keys)
        }

    def _gives(self, n: int, key: str, is_left: bool) -> bool:
        """Whether people's translation of a sentence stands in the place that step `n` sees to."""
        if is_left or self.steps[n].action in ("conflict", "owed"):
            return bool(self.steps[n].target) and key in self._keys(self.old[n])
        return key not in self.sent(n)

    def _takes(self, n: int, lost: set[str]) -> bool:
        """Whether step `n` does not keep one of the lost sentences in its place."""
        kept = set(self.stands[n]) - set(self.sent(n))
        return bool((self.taken[n] & lost) - kept)


def _left(step: Step) -> Step:
    """The step, not taken: the old text stays, and a new block is not written."""
    return replace(
        step,
        action="conflict",
        text=step.text if isinstance(step.text, SharedText) else None,
        is_new=False,
        moves=False,
        strays=step.strays or step.moves,
        flags=(*step.flags, flag("not-apart")),
    )


@dataclass(frozen=True, slots=True)
class Leaving:
    """A sentence of people that is in the translation and will not be in the new one."""

    english: str
    text: str
    reason: str
    is_broken: bool = False
    """Its English stands as it was: this must not be."""


_GONE, _STANDS = "its English is not in the new version any more", "its English stands"


def leaving(
    base: str, head: str, target: str, output: str, *, name: str = "", source_lang: str = "en", target_lang: str = ""
) -> tuple[Leaving, ...]:
    """What people's sentences, and texts and comments of programs, `output` has no more, and why each went.

    Pairs are found by aligning `target` with `base`; a text whose English is not certain is not in the answer.

    Raises:
        InputError: a notebook cannot be read.
    """
    blocks = [_blocks(text, name) for text in (base, head, target, output)]
    there = _flat("\n".join(b.text for b in blocks[3]))
    if there == _flat("\n".join(b.text for b in blocks[2])):
        return ()
    old, new = (_counted(side, source_lang) for side in blocks[:2])
    out = []
    for english, text, key in _pairs(blocks[0], blocks[2], source_lang, target_lang, there):
        stands = bool(key) and all(new[k] >= old[k] > 0 for k in key)
        out.append(Leaving(english, text, _STANDS if stands else _GONE, stands))
    return tuple(out)


def _blocks(text: str, name: str) -> list[Block]:
    """The blocks of a document, of all cells when it is a notebook."""
    if not is_notebook(name):
        return list(parse_markdown(text).blocks)
    out: list[Block] = []
    for cell in parse_notebook(text, where=name).cells:
        if cell.kind == "markdown":
            out += parse_markdown(cell.source).blocks
        else:
            span = Span(0, len(cell.source))
            out.append(Block("code" if cell.kind == "code" else "raw", span, span, cell.source))
    return out


def _counted(blocks: Sequence[Block], lang: str) -> Counter[str]:
    """How often each sentence, and each text of a program, is there."""
    found: Counter[str] = Counter()
    for block in blocks:
        found.update(_keys(block.text, lang, block.kind) if block.is_prose else ())
        found.update(_flat(raw) for raw in _words(block.text)) if block.kind == "code" else None
    return found


def _words(program: str) -> list[str]:
    """The texts and comments of a program, in order."""
    fenced = taken_apart(program)
    found = lex(fenced.body, body_language(fenced) or "python")
    return [x.raw.strip() for x in found if x.kind in ("text", "comment")]


def _pairs(
    left: Sequence[Block], right: Sequence[Block], source_lang: str, target_lang: str, there: str
) -> Iterator[tuple[str, str, list[str]]]:
    """The certain pairs whose second text is not in the text `there`, with the keys of the first."""
    beads = [b for b in align_blocks(left, right) if b.source and b.target]
    lexicon = _learnt(left, right, beads)
    for bead in beads:
        if all(_flat(right[j].text) in there for j in bead.target):
            continue
        here, own = [left[i] for i in bead.source], [right[j] for j in bead.target]
        if all(b.kind == "code" for b in (*here, *own)):
            yield from _program_pairs(here, own, there)
        elif all(b.is_prose for b in (*here, *own)):
            yield from _sentence_pairs(here, own, source_lang, target_lang, there, lexicon)


def _program_pairs(here: Sequence[Block], own: Sequence[Block], there: str) -> Iterator[tuple[str, str, list[str]]]:
    english, words = ([w for b in side for w in _words(b.text)] for side in (here, own))
    if len(english) != len(words):
        return
    for old, text in zip(english, words, strict=True):
        if old != text and _flat(text) not in there and any(map(str.isalpha, text)):
            yield old, text, [_flat(old)]


def _sentence_pairs(
    here: Sequence[Block],
    own: Sequence[Block],
    source_lang: str,
    target_lang: str,
    there: str,
    lexicon: Lexicon,
) -> Iterator[tuple[str, str, list[str]]]:
    source = [(n, s.of(b.text)) for n, b in enumerate(here) for s in sentences(b.text, source_lang, kind=b.kind)]
    target = [(n, s.of(b.text)) for n, b in enumerate(own) for s in sentences(b.text, target_lang, kind=b.kind)]
    for some, others in _aligned(source, target, lexicon):
        if all(_flat(target[j][1]) in there for j in others):
            continue
        english = " ".join(source[i][1] for i in some)
        yield english, " ".join(target[j][1] for j in others), _keys(english, source_lang)


def _aligned(
    source: Sequence[tuple[int, str]],
    target: Sequence[tuple[int, str]],
    lexicon: Lexicon,
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    if len(source) == 1 or len(target) == 1:
        yield tuple(range(len(source))), tuple(range(len(target)))
        return
    units = [[SentenceUnit(text, block) for block, text in side] for side in (source, target)]
    for bead in align_sentences(*units, lexicon=lexicon):
        if bead.source and bead.target and bead.confidence >= SURE:
            yield bead.source, bead.target


def _grouped(source: Sequence[tuple[int, str]], target: Sequence[tuple[int, str]], lexicon: Lexicon) -> list[Bead]:
    """The groups of sentences between which it is certain that something ends."""
    if len(source) == 1 or len(target) == 1:
        return [Bead(tuple(range(len(source))), tuple(range(len(target))), 1.0)]
    units = [[SentenceUnit(text, block) for block, text in side] for side in (source, target)]
    return certain_groups(align_sentences(*units, lexicon=lexicon), SURE)


def _learnt(left: Sequence[Block], right: Sequence[Block], beads: Sequence[Bead]) -> Lexicon:
    return learn_lexicon(
        (" ".join(left[i].text for i in b.source), " ".join(right[j].text for j in b.target))
        for b in beads
        if b.confidence >= SURE and left[b.source[0]].is_prose
    )


def _flat(text: str) -> str:
    """The text without blanks and marks of emphasis."""
    return "".join(text.translate(_NO_MARKS_NOR_QUOTES).split())
