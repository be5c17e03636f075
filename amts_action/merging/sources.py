"""People's translations of the same English elsewhere: on another page, at another place, in an earlier state of the
book (DESIGN §2).

What a plan would send to an engine, or write in English, is looked up first. English moves sections to other pages,
renumbers chapters, copies pages and makes notebooks of pages; none of that is a reason to translate a text that people
have translated already. Only what is wanted is looked for: `wanted` names it, `pieces` tells cheaply which pages may
have it, `gathered` aligns those, and `filled` puts the found texts into a plan.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

from amts_action.alignment.beads import Bead
from amts_action.alignment.blocks import align_blocks
from amts_action.alignment.lexicon import Lexicon, learn_lexicon
from amts_action.alignment.sentences import SentenceUnit, align_sentences
from amts_action.documents.inline import tokens
from amts_action.documents.model import Block, Document
from amts_action.documents.notebooks.unrolled import read_document
from amts_action.documents.sentences import sentences
from amts_action.merging.english.small_changes import cosmetic_key
from amts_action.merging.flags import Flag, flag
from amts_action.merging.notebooks.notebook import NotebookPlan
from amts_action.merging.pieces import Piece, rewrapped
from amts_action.merging.planning.steps import Plan, ReadyText, Step, TextInParts
from amts_action.merging.programs.block_merge import program_of
from amts_action.merging.programs.fences import Fenced, taken_apart
from amts_action.merging.programs.readers import SlotForm
from amts_action.merging.programs.wording import worded
from amts_action.merging.rewriting.frames import frame_of

__all__ = ["Held", "Shelf", "Sieve", "TranslatedPage", "filled", "gathered", "key_of", "page_pieces", "wanted"]

SURE = 0.5
"""Least confidence of a pair of blocks whose texts are taken: as in `memory.build`."""
SURE_SENTENCE = 0.6
"""Least confidence of a pair of sentences: as in `merging.rewriting.sentence_merge`."""
LONGEST_RUN = 4
"""Most English sentences that are looked up together: the aligner makes no larger groups. Our own limit."""
LEAST_LETTERS = 12
"""Letters of an English sentence from which on it is looked up by itself: "For example:" says another thing in every
paragraph. Whole blocks may be shorter. As in `merging.checking.conservation`."""


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


def _key(document: Document, block: Block) -> str:
    """What two English blocks that ask for the same translation have in common."""
    return key_of(block.text) if block.is_prose else "\0" + _flat(_said(document, block))


def _said(document: Document, block: Block) -> str:
    """What a block says: of a program its body, for a cell of a notebook has no fence; of a directive all of it."""
    if block.kind == "directive":
        return block.outer.of(document.text)
    fenced = _fenced(block) if block.kind == "code" else None
    return fenced.body if fenced is not None else block.text


def _flat(text: str) -> str:
    return "".join(text.split())


def _fenced(block: Block) -> Fenced | None:
    """The parts of a program in a fence; None for a cell of a notebook and for indented code."""
    if block.is_cell:
        return None
    fenced = taken_apart(block.text)
    return fenced if fenced.mark else None


def wanted(plan: Plan | NotebookPlan) -> tuple[str, ...]:
    """The English that a plan sends to an engine, or writes as it is where a translation may have its own words."""
    page = plan.page if isinstance(plan, NotebookPlan) else plan
    return tuple(text for step in page.steps for text in _wants(page, step))


def _wants(plan: Plan, step: Step) -> Iterator[str]:
    if step.head is None:
        return
    block = plan.head.blocks[step.head]
    if step.writes and not block.is_prose:
        yield _said(plan.head, block)
    elif step.made is not None:
        yield block.text
    yield from (piece.sought or piece.text for piece in step.pieces if piece.is_language or piece.sought)


# -- a cheap look at a whole page

_SEPARATORS = bytes(n if chr(n).isalnum() or n > 127 else 10 for n in range(256))
_BLANKS = b" \t\r\n\x0b\x0c*_~[]()"
"""What does not count: white space, and the signs that marks of emphasis and of slides are made of."""


def pieces(text: str) -> frozenset[bytes]:
    """The runs of letters and digits between punctuation, blanks left out: the same however lines are broken."""
    return frozenset(text.encode("utf-8", "surrogatepass").translate(_SEPARATORS, _BLANKS).split(b"\n"))


_JSON_LINES = re.compile(r'\\n",\s*"')
"""Between two lines of a cell that a notebook has as a list."""


def page_pieces(text: str, name: str = "") -> frozenset[bytes]:
    """The pieces of a page, each paragraph and each line by itself. A page can hold a text only when it holds its
    pieces. Of a notebook the JSON is looked at as text, which is enough for this."""
    if name.endswith(".ipynb"):
        text = _JSON_LINES.sub("\n", text).replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\")
    text = text.replace("\r\n", "\n") if "\r" in text else text
    data = text.encode("utf-8", "surrogatepass")
    blocks = data.replace(b"\n\n", b"#").translate(_SEPARATORS, _BLANKS).split(b"\n")
    lines = data.replace(b"\n", b"#").translate(_SEPARATORS, _BLANKS).split(b"\n")
    return frozenset((*blocks, *lines))


def holds(page: frozenset[bytes], text: frozenset[bytes]) -> bool:
    """Whether a page with these pieces may hold a text with those."""
    return text <= page


_ROUGH = re.compile(r"(?<=[.!?:])[\s)\"'*_]+")


class Sieve:
    """Tells which pages may have one of many texts, or a sentence of one."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._by_piece: dict[bytes, list[tuple[frozenset[bytes], str]]] = defaultdict(list)
        for text in dict.fromkeys(texts):
            for part in {text, *_ROUGH.split(text)}:
                own = pieces(part)
                longest = max(own, key=len, default=b"")
                if longest and (part == text or len(part) >= LEAST_LETTERS):
                    self._by_piece[longest].append((own, text))

    def left(self, page: frozenset[bytes]) -> list[str]:
        """The texts of which a page with these pieces may have something."""
        found: dict[str, None] = {}
        for piece in page & self._by_piece.keys():
            found.update(dict.fromkeys(text for own, text in self._by_piece[piece] if holds(page, own)))
        return list(found)


# -- what people have


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
        found = self.whole.get(_key(document, document.blocks[index]))
        return _best(found, _near(document, index), page) if found else None

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


def gathered(
    page: TranslatedPage,
    texts: Iterable[str],
    *,
    source_lang: str,
    target_lang: str,
    plan: Plan | NotebookPlan | None = None,
) -> Shelf:
    """What a page has of some English texts.

    Args:
        plan: the plan of the page, which knows what of its translation belongs to what.

    Raises:
        InputError: a notebook cannot be read.
    """
    shelf = Shelf(source_lang, target_lang)
    seek = _Sought(texts, source_lang)
    if plan is not None:
        own = plan.page if isinstance(plan, NotebookPlan) else plan
        _Search(page, shelf, seek, own.base, own.target, _beads_of(own)).run()
        return shelf
    left, right = (read_document(text, page.name) for text in (page.base, page.target))
    _Search(page, shelf, seek, left, right, align_blocks(left.blocks, right.blocks)).run()
    return shelf


def _beads_of(plan: Plan) -> list[Bead]:
    """The groups of blocks of base and target that the steps of a plan put together."""
    groups: dict[tuple[str, int], list[Step]] = {}
    for step in plan.steps:
        if step.base is None or not step.target:
            continue
        ends = [("base", step.base), *(("target", j) for j in step.target)]
        joined = [step]
        for known in {id(groups[end]): groups[end] for end in ends if end in groups}.values():
            joined += known
        for one in joined:
            groups.update(dict.fromkeys([("base", one.base or 0), *(("target", j) for j in one.target)], joined))
    out = []
    for steps in {id(group): group for group in groups.values()}.values():
        base = sorted({s.base for s in steps if s.base is not None})
        target = sorted({j for s in steps for j in s.target})
        out.append(Bead(tuple(base), tuple(target), min(s.confidence for s in steps)))
    return sorted(out, key=lambda bead: bead.source)


class _Sought:
    """Keys of the texts that are looked for: of blocks, and of sentences and runs of them."""

    def __init__(self, texts: Iterable[str], lang: str) -> None:
        self.blocks: set[str] = set()
        self.sentences: set[str] = set()
        self.sieve = Sieve(texts := list(dict.fromkeys(texts)))
        self.texts = frozenset(texts)
        for text in texts:
            self.blocks |= {key_of(text), "\0" + _flat(text)}
            keys = [key_of(s) for s in _split(text, lang)]
            for a in range(len(keys)):
                self.sentences |= {"".join(keys[a : a + n]) for n in range(1, LONGEST_RUN + 1)}


def _split(text: str, lang: str, kind: str = "paragraph") -> list[str]:
    return [span.of(text) for span in sentences(text, lang, kind=kind)]


class _Search:
    """The search of one document."""

    def __init__(
        self,
        page: TranslatedPage,
        shelf: Shelf,
        seek: _Sought,
        left: Document,
        right: Document,
        beads: Sequence[Bead],
    ) -> None:
        self.page, self.shelf, self.seek = page, shelf, seek
        self.documents = left, right
        self.left, self.right = left.blocks, right.blocks
        self.beads = beads
        self.here = page_pieces(page.head, page.name) if page.head else frozenset()
        self._lexicon: Lexicon | None = None

    def run(self) -> None:
        """Puts on the shelf what is sought."""
        for bead in self.beads:
            if not bead.source or not bead.target or bead.confidence < SURE:
                continue
            left, right = [self.left[i] for i in bead.source], [self.right[j] for j in bead.target]
            # Most of a page is not wanted, and to see that is much cheaper than to make keys of its sentences.
            there = (page_pieces(_said(self.documents[0], block)) for block in left)
            if not self.seek.sieve.left(frozenset[bytes]().union(*there)):
                continue
            if len(left) == len(right) == 1:
                self._block(bead.source[0], left[0], right[0])
                self._words(left[0], right[0])
            if all(block.is_prose and block.kind != "table_row" for block in (*left, *right)):
                self._sentences(left, right)

    def _held(self, english: str, text: str, near: tuple[str, str] = ("", "")) -> Held:
        has_left = bool(self.page.head) and not holds(self.here, pieces(english))
        return Held(text, self.page.where, self.page.rank, has_left, near)

    def _block(self, i: int, left: Block, right: Block) -> None:
        key = _key(self.documents[0], left)
        if key not in self.seek.blocks or left.is_prose != right.is_prose or not right.text.strip():
            return
        if not left.is_prose and left.kind != right.kind:
            return
        english, text = (
            block.outer.of(side.text) if block.kind == "directive" else block.text
            for side, block in zip(self.documents, (left, right), strict=True)
        )
        if _flat(english) == _flat(text):
            return  # English still
        near = _near(self.documents[0], i)
        held = self._held(english, text, near)
        self.shelf.whole[key].append(replace(held, english=english, is_cell=right.is_cell))

    def _words(self, left: Block, right: Block) -> None:
        if left.kind == right.kind == "code":
            for english, text in worded(program_of(left.text, right.text, left.info if left.is_cell else "")):
                if english in self.seek.texts:
                    self.shelf.words[english].append(self._held(english, text))

    def _sentences(self, left: Sequence[Block], right: Sequence[Block]) -> None:
        lang = self.shelf.source_lang
        source = [(k, s) for k, block in enumerate(left) for s in _split(block.text, lang, block.kind)]
        keys = [key_of(s) for _, s in source]
        if self.seek.sentences.isdisjoint(keys) and not self._has_run(keys):
            return
        target = [
            (k, span.of(block.text))
            for k, block in enumerate(right)
            for span in sentences(block.text, self.shelf.target_lang, kind=block.kind)
        ]
        for here, there, confidence in self._aligned(source, target):
            key = "".join(keys[i] for i in here)
            if confidence < SURE_SENTENCE or key not in self.seek.sentences:
                continue
            english, texts = [source[i][1] for i in here], [target[j][1] for j in there]
            if _is_same(english, texts):
                continue
            self.shelf.parts[key].append(self._held(" ".join(english), self._joined(right, target, there)))

    def _has_run(self, keys: Sequence[str]) -> bool:
        runs = ("".join(keys[a : a + n]) for a in range(len(keys)) for n in range(2, LONGEST_RUN + 1))
        return any(run in self.seek.sentences for run in runs)

    def _aligned(
        self, source: Sequence[tuple[int, str]], target: Sequence[tuple[int, str]]
    ) -> Iterator[tuple[tuple[int, ...], tuple[int, ...], float]]:
        if not source or not target:
            return
        if len(source) == 1 or len(target) == 1:
            yield tuple(range(len(source))), tuple(range(len(target))), 1.0
            return
        beads = align_sentences(
            [SentenceUnit(s, k) for k, s in source],
            [SentenceUnit(s, k) for k, s in target],
            source_lang=self.shelf.source_lang,
            target_lang=self.shelf.target_lang,
            lexicon=self.lexicon,
        )
        yield from ((b.source, b.target, b.confidence) for b in beads if b.source and b.target)

    @property
    def lexicon(self) -> Lexicon:
        """Learnt from the pairs of the document."""
        if self._lexicon is None:
            pairs = [
                ("\n".join(self.left[i].text for i in b.source), "\n".join(self.right[j].text for j in b.target))
                for b in self.beads
                if b.source and b.target and self.left[b.source[0]].is_prose
            ]
            self._lexicon = learn_lexicon(pairs)
        return self._lexicon

    def _joined(self, blocks: Sequence[Block], target: Sequence[tuple[int, str]], run: Sequence[int]) -> str:
        """The sentences of a run as they stand in their block; those of two blocks as the language joins them."""
        first, last = target[run[0]], target[run[-1]]
        if first[0] == last[0]:
            text = blocks[first[0]].text
            spans = sentences(text, self.shelf.target_lang, kind=blocks[first[0]].kind)
            before = sum(1 for k, _ in target[: run[0]] if k == first[0])
            return text[spans[before].start : spans[before + len(run) - 1].end]
        return _gap(self.shelf.target_lang).join(target[j][1] for j in run)


def _is_same(english: Sequence[str], texts: Sequence[str]) -> bool:
    return "".join("".join(english).split()) == "".join("".join(texts).split())


def _gap(lang: str) -> str:
    """What a language puts between two sentences."""
    return "" if lang.lower()[:2] in ("zh", "ja") else " "


# -- into a plan

AnyPlan = TypeVar("AnyPlan", bound=Plan | NotebookPlan)


def filled(plan: AnyPlan, shelf: Shelf, page: str) -> AnyPlan:
    """The plan with what the shelf has in the place of what would be sent, or written in English.

    Args:
        page: the name that the page itself has on the shelf.
    """
    if not shelf:
        return plan
    if isinstance(plan, NotebookPlan):
        return replace(plan, page=filled(plan.page, shelf, page))
    return replace(plan, steps=tuple(_filled(plan, step, shelf, page) for step in plan.steps))


def _filled(plan: Plan, step: Step, shelf: Shelf, page: str) -> Step:
    if step.head is None or not step.writes:
        return step
    block = plan.head.blocks[step.head]
    if not block.is_prose or step.made is not None:
        held = _whole(plan, step, block, shelf, page)
        if held is not None:
            return _taking(plan, step, block, held, page)
        return _by_sentences(step, shelf, page)
    if len(step.pieces) == 1 or (block.kind == "table_row" and not step.in_place):
        held = shelf.block(plan.head, step.head, page=page)
        if held is not None:
            flags = (*step.flags, _remark([held], page))
            return replace(step, action="reuse", text=_parts(step, [Piece(held.text, False)]), flags=flags)
    return _by_sentences(step, shelf, page)


def _whole(plan: Plan, step: Step, block: Block, shelf: Shelf, page: str) -> Held | None:
    """People's text of a block that is not sent as it is. Where the translation has a counterpart, that is merged with
    the change of the English, and only what the very page had before we came is worth more."""
    if step.is_new and step.head is not None:
        return shelf.block(plan.head, step.head, page=page)
    return shelf.before(_key(plan.head, block), page=page) if len(step.target) == 1 else None


def _taking(plan: Plan, step: Step, block: Block, held: Held, page: str) -> Step:
    """The step that writes a whole block of people's, in the place and form of the head's."""
    flags = (_remark([held], page),)
    step = replace(step, action="reuse", flags=flags)
    if block.kind == "directive":
        return replace(step, text=ReadyText(held.text, is_own=step.in_place))
    if not step.is_new:
        own = plan.target.blocks[step.target[0]]
        return replace(step, text=ReadyText(rewrapped(plan.target, own, held.text)))
    text = held.text
    fenced = _fenced(block) if block.kind == "code" else None
    if block.kind == "code" and (held.is_cell != block.is_cell or _flat(held.english) != _flat(block.text)):
        body = text if held.is_cell else taken_apart(text).body
        options = "".join(line + "\n" for line in fenced.options) if fenced is not None else ""
        text = fenced.written(fenced.info, options, body) if fenced is not None else body
    before, after = frame_of(plan.head, block) if block.inner != block.outer else ("", "")
    return replace(step, text=ReadyText(before + text.replace("\n", "\n" + block.prefix) + after))


def _parts(step: Step, pieces: Sequence[Piece]) -> TextInParts:
    """Other pieces in the place of a step's: within the same form, or the whole where the text was made already."""
    return TextInParts(tuple(pieces), step.text.form if isinstance(step.text, TextInParts) else "whole")


def _near(document: Document, index: int) -> tuple[str, str]:
    """The keys of the blocks before and after one."""
    blocks = document.blocks
    before, after = (_key(document, blocks[k]) if 0 <= k < len(blocks) else "" for k in (index - 1, index + 1))
    return before, after


def _by_sentences(step: Step, shelf: Shelf, page: str) -> Step:
    """The step with those sentences that the shelf has."""
    if step.kind == "table_row":
        return step
    used: list[Held] = []
    out: list[Piece] = []
    for piece in step.pieces:
        if isinstance(piece.form, SlotForm):
            out.append(_worded(piece, shelf, page, used))
        else:
            out += _taken(piece, shelf, page, used) if piece.is_language else [piece]
    if not used:
        return step
    action = step.action if any(p.is_language for p in out) else "reuse"
    flags = (*step.flags, _remark(used, page))
    return replace(step, action=action, text=_parts(step, out), flags=flags)


def _worded(piece: Piece, shelf: Shelf, page: str, used: list[Held]) -> Piece:
    """Words of a program as people have them in another one, where those fit."""
    held = shelf.slot(piece.sought or piece.text, page)
    text = piece.form.holding(held.text) if held is not None and isinstance(piece.form, SlotForm) else None
    if held is None or text is None:
        return piece
    used.append(held)
    return Piece(text, False)


def _taken(piece: Piece, shelf: Shelf, page: str, used: list[Held]) -> list[Piece]:
    """A piece of language cut into the sentences that the shelf has and those that it has not."""
    if piece.form is not None:
        return [piece]
    spans = sentences(piece.text, shelf.source_lang)
    keys = [key_of(span.of(piece.text)) for span in spans]
    runs: list[tuple[int, int, Held | None]] = []
    at = 0
    while at < len(spans):
        length, held = _longest(keys, at, shelf, page)
        if held is None and runs and runs[-1][2] is None:
            runs[-1] = (runs[-1][0], at + 1, None)
        else:
            runs.append((at, at + length, held))
        at += length
    if not any(held for _, _, held in runs):
        return [piece]
    head, tail = piece.text[: spans[0].start], piece.text[spans[-1].end :]
    if head.strip() or tail.strip():
        return [piece]  # marks around several sentences belong to all of them
    used += [held for _, _, held in runs if held]
    out: list[Piece] = [Piece(head, False)] if head else []
    for n, (a, b, held) in enumerate(runs):
        if n:
            out.append(Piece(_gap(shelf.target_lang), False))
        text = held.text if held else piece.text[spans[a].start : spans[b - 1].end]
        out.append(Piece(text, held is None))
    return [p for p in (*out, Piece(tail, False)) if p.text]


def _longest(keys: Sequence[str], at: int, shelf: Shelf, page: str) -> tuple[int, Held | None]:
    for length in range(min(LONGEST_RUN, len(keys) - at), 0, -1):
        key = "".join(keys[at : at + length])
        if sum(map(str.isalpha, key)) >= LEAST_LETTERS and (held := shelf.sentence(key, page)) is not None:
            return length, held
    return 1, None


def _remark(used: Iterable[Held], page: str) -> Flag:
    places = dict.fromkeys("this page" if held.where == page else held.where for held in used)
    return flag("reused", ", ".join(places))
