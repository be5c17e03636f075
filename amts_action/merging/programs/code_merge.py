"""Three-way merge of programs: structure follows the head, slots hold people's words.

The idea of diff3 (Khanna, Kunal & Pierce 2007, "A Formal Investigation of Diff3") over units rather than lines, and
within a unit over its tokens. What two languages have in common is the code; so units are paired by their code, and
texts and remarks are only filled in afterwards: one whose English did not change is people's, however it is quoted
now; one whose English changed stays people's and is named. Unlike `git merge-file`, changes of neighbouring lines are
no conflict: a translated remark stands next to a changed call in every second program. The tests hold it against
`git merge-file`.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from amts_action.alignment.patience import unique_pairs
from amts_action.alignment.versions import stands_with
from amts_action.merging.english.small_changes import SmallChange, small_changes
from amts_action.merging.flags import Flag, flag
from amts_action.merging.programs.languages import PLAIN, inner_language
from amts_action.merging.programs.literals import fills_alike, restyled, with_holes
from amts_action.merging.programs.pairing import (
    Pairs,
    insertions,
    is_tab,
    pairs_of,
    same_already,
    same_localised,
    same_source,
    token_pairs,
)
from amts_action.merging.programs.program_words import ProgramWords
from amts_action.merging.programs.readers import (
    NewWords,
    Standby,
    context_of,
    is_for_readers,
    new_words,
)
from amts_action.merging.programs.units import ProgramToken, Unit, read, written
from amts_action.merging.programs.validity import is_valid, unlike
from amts_action.merging.programs.wording import Wording, rebuilt

__all__ = ["Merged", "merge_code"]


@dataclass(frozen=True, slots=True)
class Merged:
    """Result of a merge."""

    text: str
    remarks: tuple[Flag, ...]
    """What a person must look at: localised lines that gave way or stayed, words that changed in English or left."""
    words: tuple[NewWords, ...] = ()
    """What an engine may translate of it, in order: new English words in a program whose words are people's."""
    small: tuple[SmallChange, ...] = ()
    """What changed in the English of texts and remarks that stay, without giving a translator anything to do."""


def merge_code(
    base: str,
    head: str,
    target: str,
    language: str = "",
    *,
    wording: Wording | None = None,
    prefer_target: bool = False,
    is_sent: bool = False,
) -> Merged:
    """Makes the change from `base` to `head` in `target`, three versions of one program without its fence.

    Where both sides changed the same code the head's is taken (the target's with `prefer_target`), which is said in
    `remarks`. What was valid in head and target and would not be valid merged is not written: then the head's
    structure stands with people's words in it, or, where even that does not fit, the target as it is.

    Args:
        wording: how people have worded the texts of the page's programs, for those that the head has elsewhere.
        is_sent: whether `words` of the result are going to be translated; else they are named in `remarks`.
    """
    if target == base:
        if wording is None or not (wording.is_own or (is_sent and wording.is_empty)):
            return Merged(head, ())
        merge = _CodeMerge(base, head, target, language, wording, prefer_target, is_sent)
        return merge.checked(merge.filled_head() if wording.may_know(head) else merge.head, ())
    if head == target:
        return Merged(head, ())
    if head == base:
        return Merged(target, ())
    merge = _CodeMerge(base, head, target, language, wording, prefer_target, is_sent)
    return merge.result()


class _CodeMerge:
    """One three-way merge over units."""

    def __init__(
        self,
        base: str,
        head: str,
        target: str,
        language: str,
        wording: Wording | None,
        prefer_target: bool,
        is_sent: bool,
    ) -> None:
        self.texts = base, head, target
        self.language = language
        self.plain = prefer_target or inner_language(head, language)[1] in PLAIN
        self.wording = wording or Wording()
        self.base, self.head, self.target = (read(text, language) for text in self.texts)
        self.is_sent = is_sent and not self.plain
        self.revised: dict[tuple[str, ...], Standby] = {}
        """Words that are language and changed in English: what people have in their place."""
        self.remarks: list[Flag] = []
        self.small: list[SmallChange] = []
        self.to_target = Pairs({}, {}, {})
        self.words = self._words()
        self.moving: dict[tuple[str, ...], ProgramToken] = {}
        """Texts and remarks of which the head has no more than the base, with people's words: wherever they stand now,
        they are the same. So are texts that people have put into one other text throughout: a name, say, of data."""

    def _pair(self) -> None:
        base, head, target = self.base, self.head, self.target
        self.to_target = pairs_of(base, target, same_localised, by_number=True, key=_key)
        self.words = self._words()
        self.to_head = pairs_of(base, head, same_source, by_number=self.plain, key=_key).all
        self.moving = self._moving()
        own = set(self.to_target.all.values())
        news = [j for j in range(len(head)) if j not in self.to_head.values()]
        adds = [k for k in range(len(target)) if k not in own]
        found = pairs_of([head[j] for j in news], [target[k] for k in adds], same_already, by_number=False, key=_key)
        self.already = {news[a]: adds[b] for a, b in found.sure.items()}
        """New units of the head that the target has already."""
        gone = [i for i in range(len(base)) if i not in self.to_head]
        swapped = unique_pairs([head[j].says for j in news], [base[i].says for i in gone])
        self.moved = {news[a]: gone[b] for a, b in swapped}
        """New units of the head that the base has elsewhere."""
        self.from_head = {j: i for i, j in self.to_head.items()}
        self.inserted = insertions(self.to_target.all, len(target))
        self.out: list[Unit] = []
        self.gap = 0
        """Where the units of `out` start that stand for the one looked at, or for those that the head has no more."""
        self.taken: set[int] = set()
        self.withheld = self._withheld() if self.plain else set()

    def _words(self) -> ProgramWords:
        sides = self.base, self.head, self.target
        return ProgramWords(
            self.texts, sides, self.to_target.all, self.wording, self.language, self.is_sent, self.plain
        )

    def _moving(self) -> dict[tuple[str, ...], ProgramToken]:
        here, there = (
            Counter(t.says for u in units for t in u.tokens if t.is_slot) for units in (self.base, self.head)
        )
        found: dict[tuple[str, ...], list[ProgramToken]] = {}
        for i, k in self.to_target.all.items():
            for a, b in self.words.tokens(i, k).items():
                was, own = self.base[i].tokens[a], self.target[k].tokens[b]
                if was.is_slot and was.kind == own.kind:
                    found.setdefault(was.says, []).append(own)
        return {
            says: own[-1]
            for says, own in found.items()
            if len({token.says for token in own}) == 1
            and (there[says] <= here[says] or (own[-1].kind == "text" and len(own) == here[says] > 1))
        }

    def _withheld(self) -> set[int]:
        """New lines of the head that stand for lines which people have put into words of their own: never both."""
        held: set[int] = set()
        i0 = j0 = 0
        counterpart = self.to_target.all
        for i, j in [*sorted(self.to_head.items()), (len(self.base), len(self.head))]:
            mine = [k for k in range(i0, i) if k in counterpart and not self.base[k].is_blank]
            if any(self.target[counterpart[k]].says != self.base[k].says for k in mine):
                held |= {k for k in range(j0, j) if k not in self.already and not self.head[k].is_blank}
            i0, j0 = i + 1, j + 1
        return held

    def result(self) -> Merged:
        """The merge, or what comes next to it when it is not valid."""
        self._pair()
        units = self._run()
        return self.checked(units, tuple(self.remarks))

    def checked(self, units: Sequence[Unit], remarks: tuple[Flag, ...]) -> Merged:
        """`units` as a text when it is as valid as head and target are; else the head's structure, else the target."""
        _, head, target = self.texts
        text = written(units)
        if self._stands(units):
            return self._named(text, remarks)
        filled = self.filled_head()
        if self._stands(filled):
            return self._named(written(filled), (*self.remarks, flag("lines-replaced")))
        if target == self.texts[0]:
            return Merged(head, ())
        return Merged(target, (flag("program-kept"),))

    def _stands(self, units: Sequence[Unit]) -> bool:
        """Whether the units, written, read as what they are, and are valid if head and target are."""
        _, head, target = self.texts
        text = written(units)
        if text in (head, target):
            return True
        if unlike(units, read(text, self.language)):
            return False
        if is_valid(text, self.language):
            return True
        return not (is_valid(head, self.language) and is_valid(target, self.language))

    def _named(self, text: str, remarks: tuple[Flag, ...]) -> Merged:
        """The result, with people's words that are not in it any more."""
        gone = list(remarks)
        words, unsent = self.words.new_english(text, self.revised)
        news = [_one_line(raw) for raw in unsent]
        news = [raw for raw in dict.fromkeys(news) if not any(raw in remark.text for remark in remarks)]
        if news:
            more = f" … and {len(news) - _SHOWN} more" if len(news) > _SHOWN else ""
            gone.append(flag("text-new", ", ".join(news[:_SHOWN]) + more))
        for raw in self.words.left(text):
            if not any(_one_line(raw) in remark.text for remark in remarks):
                gone.append(flag("text-left", _one_line(raw)))
        return Merged(text, tuple(dict.fromkeys(gone)), tuple(words), tuple(dict.fromkeys(self.small)))

    # ---- units

    def _run(self) -> list[Unit]:
        """The units of the result."""
        self._own_after(-1)
        at = -1
        for j in range(len(self.head) + 1):
            i = self.from_head.get(j) if j < len(self.head) else len(self.base)
            if i is None:
                self._new(j)
                continue
            for gone in range(at + 1, i):
                self._dropped(gone)
                self._own_after(gone)
            if j < len(self.head):
                self.gap = len(self.out)
                self.out += self._kept(i, j)
                self._own_after(i)
                self.gap = len(self.out)
            at = i
        return self.out

    def _own_after(self, i: int) -> None:
        """The target's own units that follow base unit `i`; those that the head has too wait for their place."""
        waiting = set(self.already.values())
        for k in self.inserted.get(i, ()):
            if k in self.taken or k in waiting:
                continue
            self.taken.add(k)
            if self._is_overtaken(i, k):
                self._remark_on(self.target[k], "line-replaced")
            else:
                self.out.append(self.target[k])

    def _is_overtaken(self, i: int, k: int) -> bool:
        """Whether the target's unit `k` is a part of base unit `i`, which people had divided, and the head has given
        all of it anew: it would undo what the new line does.
        """
        mine, j = self.to_target.all.get(i), self.to_head.get(i)
        names = self.target[k].bound
        if mine is None or not names or not names <= self.base[i].bound - self.target[mine].bound:
            return False
        if j is not None and self.head[j].says == self.base[i].says:
            return False
        following = range(j + 1 if j is not None else 0, len(self.head) if j is not None else 0)
        news = itertools.takewhile(lambda n: n not in self.from_head, following)
        there = [*self.out[self.gap :], *(self.head[n] for n in news if n not in self.withheld)]
        return names <= {name for unit in there for name in unit.bound}

    def _new(self, j: int) -> None:
        """A unit that is new in the head."""
        if j in self.withheld:
            self.remarks.append(flag("line-changed", _one_line(self.head[j].raw)))
            return
        k = self.already.get(j)
        if k is None and j in self.moved:
            i = self.moved[j]
            k = self.to_target.all.get(i)
            if k is not None:
                self.taken.add(k)
                self.out += self._merged(self.base[i], self.head[j], self.target[k])
                return
        if k is None:
            self.out.append(self._filled(self.head[j]))
        else:
            self.taken.add(k)
            self.out.append(self.target[k])
            if self.head[j].skeleton != self.target[k].skeleton:
                self._remark_on(self.head[j], "line-changed")

    def _dropped(self, i: int) -> None:
        """A unit that the head has removed goes, unless the target had made it its own and is to be preferred."""
        k = self.to_target.all.get(i)
        if k is None or i in self.moved.values():
            return
        base, own = self.base[i], self.target[k]
        if self.plain and base.says != own.says and self._is_replaced(i):
            self.taken.add(k)
            self.out.append(own)
            return
        if i in self.to_target.weak or same_localised(base, own) < 0.8 or _has_more(own, base):
            self._remark_on(own, "line-replaced")

    def _is_replaced(self, i: int) -> bool:
        """Whether the head has other lines, which are withheld, in the place of base unit `i`."""
        before = max((self.to_head[k] for k in self.to_head if k < i), default=-1)
        after = min((self.to_head[k] for k in self.to_head if k > i), default=len(self.head))
        return any(before < j < after for j in self.withheld)

    def _kept(self, i: int, j: int) -> list[Unit]:
        """The units that stand for one that base and head both have."""
        k = self.to_target.all.get(i)
        base, head = self.base[i], self.head[j]
        if k is None:
            # The target has removed it, and the source did not touch it: it stays away.
            return [] if base.says == head.says else [self._filled(head)]
        return self._merged(base, head, self.target[k])

    def _merged(self, base: Unit, head: Unit, own: Unit) -> list[Unit]:
        if own.raw.rstrip() == base.raw.rstrip() and base.raw != head.raw:
            return [self._filled(head)]
        if own.raw == head.raw or base.raw.rstrip() == head.raw.rstrip():
            return [own]
        if is_tab(own) and is_tab(head):
            self.remarks.append(flag("line-changed", _one_line(head.raw)))
            raw = head.raw.lstrip()[:5] + own.raw.lstrip()[5:]  # the head's way, the translation's frameworks
            return [Unit((ProgramToken("code", raw, own.indent),), own.tail)]
        if self.plain and base.says == head.says:
            return [own]
        merged = self._by_tokens(base, head, own)
        if merged is not None:
            return [merged]
        if own.skeleton == head.skeleton != base.skeleton:
            return [own]
        if self.plain:
            self._remark_on(head, "line-changed")
            return [own]
        self._remark_on(own, "line-replaced")
        return [self._filled(head)]

    def _remark_on(self, unit: Unit, code: str) -> None:
        if not unit.is_blank:
            self.remarks.append(flag(code, _one_line(unit.raw)))

    # ---- tokens

    def _by_tokens(self, base: Unit, head: Unit, own: Unit) -> Unit | None:
        """The change made token by token; None when both sides changed the same or neighbouring code."""
        to_head, to_own = token_pairs(base, head), token_pairs(base, own)
        if self.plain and not any(t.is_slot for t in base.tokens):
            return None  # a line of words: never spliced of two languages
        out: list[ProgramToken] = []
        i = j = k = 0
        pinned = [a for a in range(len(base.tokens)) if a in to_head and a in to_own]
        for a in [*pinned, len(base.tokens)]:
            b = to_head[a] if a < len(base.tokens) else len(head.tokens)
            c = to_own[a] if a < len(base.tokens) else len(own.tokens)
            chunk = self._chunk(base, (i, a), head, (j, b), own, (k, c))
            if chunk is None:
                return None
            out += chunk
            if a < len(base.tokens):
                out.append(self._slot(base, a, head, b, own, c))
            i, j, k = a + 1, b + 1, c + 1
        tail = own.tail if head.tail == base.tail else head.tail
        return _proper(Unit(tuple(out), tail), head)

    def _chunk(
        self,
        base: Unit,
        old: tuple[int, int],
        head: Unit,
        new: tuple[int, int],
        own: Unit,
        ours: tuple[int, int],
    ) -> list[ProgramToken] | None:
        """What stands between two tokens that all three have."""
        was, now, is_ = base.tokens[slice(*old)], head.tokens[slice(*new)], own.tokens[slice(*ours)]
        shape, changed, localised = (_shape(part) for part in (was, now, is_))
        if shape == localised:
            return [self._english(head, n) for n in range(*new)]
        if shape == changed or changed == localised:
            return list(is_)
        return None

    def _slot(self, base: Unit, a: int, head: Unit, b: int, own: Unit, c: int) -> ProgramToken:
        """The token that all three versions have; a slot is people's as long as its English stands, and beyond."""
        was, now, theirs = base.tokens[a], head.tokens[b], own.tokens[c]
        lead = theirs.lead if was.lead == now.lead else now.lead
        if not now.is_slot or theirs.raw == now.raw:
            return replace(now, lead=lead)
        if theirs.says == was.says and theirs.raw == was.raw:
            return replace(self._english(head, b), lead=lead)
        if now.kind == "comment":
            if theirs.says != now.says and not self._says_as_much(was, now):
                remark = flag("comment-changed", _one_line(now.raw))
                if self._is_revised((base, a), (head, b), (own, c), remark):
                    return replace(now, lead=lead)
                self.remarks.append(remark)
            return replace(theirs, raw=_indented(theirs.raw, theirs.lead, lead), lead=lead)
        if was.raw == now.raw or (is_for_readers(head, b) and self._says_as_much(was, now)):
            return replace(theirs, raw=_indented(theirs.raw, theirs.lead, lead), lead=lead)
        mine, english, old = theirs.literal, now.literal, was.literal
        if old.says != english.says and mine.says != english.says:
            renamed = with_holes(mine, old, english)
            if renamed is None:
                context = context_of(head.tokens, b)
                known = self.wording.may_know(now.raw)
                elsewhere = self.wording.text(now.says, context) if known else None
                elsewhere = elsewhere or (rebuilt(english, self.wording, context) if known else None)
                if elsewhere is not None:
                    return ProgramToken("text", restyled(elsewhere, english), lead)
                remark = flag("text-changed", _one_line(now.raw))
                if fills_alike(old, english) and self._is_revised((base, a), (head, b), (own, c), remark):
                    return replace(now, lead=lead)
                self.remarks.append(remark)
                # What is filled in is code: words that do not fit it would break the program.
                return replace(theirs if fills_alike(old, english) else now, lead=lead)
            mine = renamed
        return ProgramToken("text", restyled(mine, english), lead)

    def _says_as_much(self, was: ProgramToken, now: ProgramToken) -> bool:
        """Whether the English of a slot changed in nothing that a translator need follow."""
        if was.says == now.says:
            return True
        if len(was.says) != 2 or len(now.says) != 2:
            return False  # something is filled in
        small = small_changes(was.says[1], now.says[1], self.wording.reader)
        if small is None or small.has_other_spans:
            return False
        self.small += small.changes
        return True

    def _is_revised(self, was: tuple[Unit, int], now: tuple[Unit, int], theirs: tuple[Unit, int], remark: Flag) -> bool:
        """Whether words that changed in English are surely language, so that they are translated anew, as sentences
        are; people's stand by."""
        (head, b), (own, c) = now, theirs
        if not self.words.is_own(head.tokens[b].kind) or not is_for_readers(head, b):
            return False
        before, news, olds = (list(new_words(*slot, 0)) for slot in (was, now, theirs))
        if not len(before) == len(news) == len(olds) == 1:
            return False
        (english,), (old,) = before, olds
        text = own.tokens[c].raw[old.start : old.end]
        if "\n" in text or head.tokens[b].says in self.revised:
            return False
        if stands_with(english.text, news[0].text, old.text).version == "new":
            return False  # people were ahead
        self.revised[head.tokens[b].says] = Standby(text, remark)
        return True

    def _english(self, unit: Unit, n: int) -> ProgramToken:
        """A token of the head that the base does not have there: people's words for it where they have some."""
        token = unit.tokens[n]
        if not token.is_slot:
            return token
        moving = self.moving.get(token.says)
        if moving is None and not self.wording.may_know(token.raw):
            return token
        if token.kind == "comment":
            theirs = moving.raw if moving is not None else self.wording.remark(token.says[1])
            return token if theirs is None else _remark_like(theirs, unit, token)
        context = context_of(unit.tokens, n)
        own = moving.literal if moving is not None else self.wording.text(token.says, context)
        own = own or rebuilt(token.literal, self.wording, context)
        return token if own is None else ProgramToken("text", restyled(own, token.literal), token.lead)

    def _filled(self, head: Unit) -> Unit:
        """A unit of the head with people's words in it."""
        return _proper(replace(head, tokens=tuple(self._english(head, n) for n in range(len(head.tokens)))), head)

    def filled_head(self) -> list[Unit]:
        """The head's program with people's words, and without what else they made of it."""
        return [self._filled(unit) for unit in self.head]


def _key(unit: Unit) -> str:
    return unit.raw.rstrip()


def _shape(tokens: Sequence[ProgramToken]) -> list[str]:
    return [t.raw if t.kind == "code" else f"\0{t.kind}" for t in tokens]


_SHOWN = 3
"""Most new English words of one program that its flag quotes. Our own limit."""


def _has_more(own: Unit, base: Unit) -> bool:
    """Whether people have made more of a line than other words: a value of their own, or a remark that it had not."""
    remarks = [sum(t.kind == "comment" for t in unit.tokens) for unit in (own, base)]
    return own.skeleton != base.skeleton or remarks[0] > remarks[1]


def _one_line(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 80 else flat[:79] + "…"


def _indented(raw: str, old: str, new: str) -> str:
    """A text of several lines at another indentation."""
    before, after = old.rpartition("\n")[2], new.rpartition("\n")[2]
    if before == after or "\n" not in raw or before.strip() or after.strip():
        return raw
    first, *rest = raw.split("\n")
    moved = [after + line[len(before) :] if line.startswith(before) and line.strip() else line for line in rest]
    return "\n".join([first, *moved])


_LINE_REMARK = re.compile(r"\s*(#|//|--|%|;)")


def _remark_like(theirs: str, unit: Unit, token: ProgramToken) -> ProgramToken:
    """People's remark in the place of an English one."""
    if _LINE_REMARK.match(token.raw) and "\n" in theirs:
        lines = [line.strip() for line in theirs.split("\n")]
        if not unit.is_remark:
            mark = re.match(r"\W+", lines[0])
            start = mark.group() if mark else "# "
            return replace(
                token, raw=" ".join([lines[0], *(re.sub(r"^\W+", "", x) for x in lines[1:])]) if start else ""
            )
        indent = token.lead.rpartition("\n")[2]
        return replace(token, raw=f"\n{indent}".join(lines))
    return replace(token, raw=theirs)


def _proper(unit: Unit, head: Unit) -> Unit:
    """The unit with a new line after every remark that runs to the end of its line."""
    out: list[ProgramToken] = []
    for token in unit.tokens:
        if out and out[-1].kind == "comment" and _LINE_REMARK.match(out[-1].raw) and "\n" not in token.lead:
            leads = [t.lead for t in head.tokens if t.raw == token.raw and "\n" in t.lead]
            token = replace(token, lead=leads[0] if leads else "\n" + unit.indent)
        out.append(token)
    return replace(unit, tokens=tuple(out))
