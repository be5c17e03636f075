"""Three-way merge of options and front matter: keys follow the head, bytes of untouched keys stay.

A value that readers read goes the way of sentences: what only changed in form stays, protected spans are patched, the
rest is translated. Any other value follows the head unless people have given it one of their own, which then stays and
is named. No key is ever written twice.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

from amts_action.documents.inline import protected
from amts_action.documents.language_codes import between_sentences
from amts_action.documents.sentences import sentences
from amts_action.merging.english.small_changes import cosmetic_key
from amts_action.merging.flags import Flag, flag
from amts_action.merging.key_values.csv_cells import merge_csv
from amts_action.merging.key_values.language_keys import is_language_key
from amts_action.merging.key_values.placing import Form, placed
from amts_action.merging.key_values.tree import KeyEntry, Listing, Mapping, Scalar, Value, written
from amts_action.merging.pieces import Piece, has_language
from amts_action.merging.rewriting.span_merge import patch_text

__all__ = ["MergedOptions", "language_in", "merge_options", "values_in"]


_ALIKE = 60
"""Least likeness (0 to 100) of two items of a list of which one was made from the other. By hand, held by
`tests/merging/test_key_values.py`."""


@dataclass(slots=True)
class MergedOptions:
    """The new options, as pieces that concatenate to them, and what a person must look at."""

    pieces: list[Piece] = field(default_factory=list)
    remarks: list[Flag] = field(default_factory=list)

    def copy(self, text: str) -> None:
        """Adds text that stands as it is."""
        if text:
            self.pieces.append(Piece(text, False))


def merge_options(
    base: Mapping,
    head: Mapping,
    target: Mapping,
    keys: Collection[str],
    extra: Collection[str] = (),
    langs: tuple[str, str] = ("", ""),
    delimiter: str = "",
) -> MergedOptions:
    """The change from `base` to `head` made in `target`.

    Args:
        keys: the dialect's table of keys that hold language; `extra` are those that a setting adds.
        langs: the languages of source and target, which say where sentences end.
        delimiter: what divides the cells of a table's `header`; empty when there is no table.
    """
    merge = _OptionsMerge(keys, extra, langs, delimiter)
    merge.mapping(base, head, target, ())
    return merge.out


def language_in(tree: Value, keys: Collection[str], extra: Collection[str] = ()) -> list[Piece]:
    """The pieces of options that are new as a whole: what readers read is language."""
    merge = _OptionsMerge(keys, extra)
    merge.fresh(tree, ())
    return merge.out.pieces


def values_in(tree: Value, keys: Collection[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """The values of options that readers read, by their keys; items of lists are counted."""
    merge = _OptionsMerge(keys, ())

    def inner(value: Value, path: tuple[str, ...], names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
        if isinstance(value, Scalar):
            if merge.is_language(names, value):
                yield path, " ".join(value.says.split())
            return
        for n, entry in enumerate(value.entries):
            key = f"-{n}" if entry.key == "-" else entry.key
            yield from inner(entry.value, (*path, key), (*names, entry.key))

    yield from inner(tree, (), ())


class _OptionsMerge:
    def __init__(
        self,
        keys: Collection[str],
        extra: Collection[str],
        langs: tuple[str, str] = ("", ""),
        delimiter: str = "",
    ) -> None:
        self.keys, self.extra, self.langs, self.delimiter = keys, extra, langs, delimiter
        self.out = MergedOptions()

    def is_language(self, path: Sequence[str], value: Value) -> bool:
        """Whether the value at `path` is language."""
        return (
            isinstance(value, Scalar)
            and value.style != "opaque"
            and is_language_key(path, self.keys, self.extra)
            and has_language(value.says)
        )

    def fresh(self, value: Value, path: tuple[str, ...]) -> None:
        """A value of the head that has no counterpart."""
        if isinstance(value, Scalar):
            if self.is_language(path, value):
                self.out.pieces.append(Piece(value.says.strip(), True, frame_of(value)))
            else:
                self.out.copy(value.raw)
            return
        for entry in value.entries:
            self._fresh_entry(entry, path)
        self.out.copy(value.rest)

    def _fresh_entry(self, entry: KeyEntry, path: tuple[str, ...]) -> None:
        self.out.copy(entry.before + entry.opening)
        self.fresh(entry.value, (*path, entry.key))
        self.out.copy(entry.after)

    def mapping(self, base: Mapping, head: Mapping, target: Mapping, path: tuple[str, ...]) -> None:
        """One mapping of all three versions."""
        order = self._order(base, head, target)
        indent = _indent(target) if target.entries else None
        for n, key in enumerate(order):
            was, now, own = base.get(key), head.get(key), target.get(key)
            if own is None and now is not None:
                self._line_end()
                moved = now if indent is None else _shifted(now, _indent(head), indent)
                self._fresh_entry(replace(moved, before=""), path)
                if n + 1 < len(order) or target.rest:
                    self._line_end()
            elif own is not None:
                if n and order[n - 1] not in set(target.keys()):
                    self._line_end()
                self._entry(was, now, own, (*path, key))
        self.out.copy(target.rest)

    def _line_end(self) -> None:
        if (self.out.pieces and not self.out.pieces[-1].text.endswith("\n")) or (
            self.out.pieces and self.out.pieces[-1].is_language
        ):
            self.out.copy("\n")

    def _order(self, base: Mapping, head: Mapping, target: Mapping) -> list[str]:
        """The keys of the result: the target's in its order, the head's new ones behind their neighbours."""
        old, new, own = list(base.keys()), list(head.keys()), list(target.keys())
        out = []
        for key in own:
            if key in old and key not in new:
                entry, mine = base.get(key), target.get(key)
                if entry and mine and written(entry.value).strip() != written(mine.value).strip():
                    self.out.remarks.append(flag("option-removed", _short(mine)))
                continue
            out.append(key)
        for n, key in enumerate(new):
            if key in out:
                continue
            if key in old:
                entry, now = base.get(key), head.get(key)
                if entry and now and written(entry.value) != written(now.value):
                    self.out.remarks.append(flag("option-changed", _short(now)))
                continue
            before = next((k for k in reversed(new[:n]) if k in out), None)
            out.insert(out.index(before) + 1 if before is not None else 0, key)
        return out

    def _entry(self, was: KeyEntry | None, now: KeyEntry | None, own: KeyEntry, path: tuple[str, ...]) -> None:
        """An entry that the target has."""
        if was is None or now is None:
            if now is not None and written(now.value).strip() != written(own.value).strip():
                self.out.remarks.append(flag("option-new-too", _short(now)))
            self.out.copy(own.written())
            return
        old, new, mine = written(was.value), written(now.value), written(own.value)
        if old == new or new == mine:
            self.out.copy(own.written())
            return
        if isinstance(was.value, Mapping) and isinstance(now.value, Mapping) and isinstance(own.value, Mapping):
            self.out.copy(own.before + own.opening)
            self.mapping(was.value, now.value, own.value, path)
            self.out.copy(own.after)
            return
        if isinstance(was.value, Listing) and isinstance(now.value, Listing) and isinstance(own.value, Listing):
            self.out.copy(own.before + own.opening)
            self._listing(was.value, now.value, own.value, path)
            self.out.copy(own.after)
            return
        self._value(was, now, own, path)

    def _value(self, was: KeyEntry, now: KeyEntry, own: KeyEntry, path: tuple[str, ...]) -> None:
        english, old, mine = now.value, was.value, own.value
        untouched = written(mine).strip() == written(old).strip()
        if isinstance(english, Scalar) and isinstance(old, Scalar) and isinstance(mine, Scalar):
            untouched = untouched or mine.says == old.says
            if english.says == mine.says:
                self.out.copy(own.written())
                return
            if old.says == english.says and not untouched:
                self.out.copy(own.written())
                return
            if self.is_language(path, english) and old.says != english.says:
                self._language(was, now, own, untouched)
                return
        if untouched:
            shifted = _shifted(now, _line_indent(now), _line_indent(own))
            self.out.copy(own.before + shifted.opening + written(shifted.value) + (shifted.after or own.after))
            return
        self.out.remarks.append(flag("option-changed", _short(now)))
        self.out.copy(own.written())

    def _language(self, was: KeyEntry, now: KeyEntry, own: KeyEntry, untouched: bool) -> None:
        old, english, mine = was.value, now.value, own.value
        assert isinstance(old, Scalar) and isinstance(english, Scalar) and isinstance(mine, Scalar)
        self.out.copy(own.before + own.opening)
        form = frame_of(mine)
        if (cells := self._cells(own.key, old, english, mine)) is not None:
            self.out.pieces += cells[0]
            self.out.remarks += cells[1]
        elif not untouched and cosmetic_key(old.says) == cosmetic_key(english.says):
            self.out.copy(mine.raw)
        elif not untouched and (patched := patch_text(old.says, english.says, mine.says)) is not None:
            self.out.copy(mine.raw if patched.text == mine.says else placed(patched.text, form))
        elif not untouched and (kept := changed_sentences(old.says, english.says, mine.says, self.langs)) is not None:
            before, text, after = kept
            if text:
                self.out.pieces.append(Piece(text, True, replace(form, before=before, after=after)))
            else:
                self.out.copy(placed(before + after, form))
        else:
            self.out.pieces.append(Piece(english.says.strip(), True, form))
        self.out.copy(own.after)

    def _cells(self, key: str, old: Scalar, english: Scalar, mine: Scalar) -> tuple[list[Piece], list[Flag]] | None:
        """The header of a table cell by cell; None when it is none, or is written in quotes."""
        if not self.delimiter or key != "header" or mine.raw != mine.says:
            return None
        return merge_csv(old.says, english.says, mine.says, self.delimiter)

    def _listing(self, base: Listing, head: Listing, target: Listing, path: tuple[str, ...]) -> None:
        """One list of all three versions, item by item; a list of another length that people made stays."""
        was, now, own = ([e.written() for e in x.entries] for x in (base, head, target))
        if len(was) != len(own):
            if was == own:
                self.out.copy(written(head))
            else:
                self.out.remarks.append(flag("option-changed", " ".join("".join(now).split())[:80]))
                self.out.copy(written(target))
            return
        from rapidfuzz.fuzz import ratio

        pairs: dict[int, int] = {}
        stripped = [x.strip() for x in was], [x.strip() for x in now]
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, *stripped, autojunk=False).get_opcodes():
            if tag == "equal" or (tag == "replace" and i2 - i1 == j2 - j1):
                pairs.update(zip(range(j1, j2), range(i1, i2), strict=True))
            elif tag == "replace":
                both = zip(range(j1, j2), range(i1, i2), strict=False)
                pairs.update((j, i) for j, i in both if ratio(stripped[0][i], stripped[1][j]) >= _ALIKE)
        for j, entry in enumerate(head.entries):
            i = pairs.get(j)
            if i is None:
                self._line_end()
                indent = _line_indent(target.entries[0]) if target.entries else _line_indent(entry)
                self._fresh_entry(_shifted(entry, _line_indent(entry), indent), (*path, "-"))
            else:
                self._entry(base.entries[i], entry, target.entries[i], (*path, "-"))
            if j + 1 < len(head.entries):
                self._line_end()
        for i in set(range(len(base.entries))) - set(pairs.values()):
            if was[i].strip() != own[i].strip():
                self.out.remarks.append(flag("option-removed", " ".join(own[i].split())[:80]))
        self.out.copy(target.rest)


def changed_sentences(old: str, new: str, own: str, langs: tuple[str, str]) -> tuple[str, str, str] | None:
    """People's sentences before what changed, the new English of that, and people's sentences behind it.

    None where nothing stays, or it is not clear which sentences translate which: not as many of them, or other
    protected spans in what would stay.
    """
    was, now = ([(s.of(t), s) for s in sentences(t, langs[0])] for t in (old, new))
    mine = [(s.of(own), s) for s in sentences(own, langs[1])]
    if len(was) != len(mine) or len(was) < 2 or not now:
        return None
    keys = [[cosmetic_key(text) for text, _ in side] for side in (was, now)]
    most = min(map(len, keys))
    first = next((n for n in range(most) if keys[0][n] != keys[1][n]), most)
    last = next((n for n in range(most - first) if keys[0][-1 - n] != keys[1][-1 - n]), most - first)
    kept = [*range(first), *range(len(was) - last, len(was))]
    if not kept or any(protected(was[n][0]) != protected(mine[n][0]) for n in kept):
        return None
    gap = between_sentences(langs[1])
    text = new[now[first][1].start : now[len(now) - last - 1][1].end] if first + last < len(now) else ""
    before = own[: mine[first - 1][1].end].lstrip() if first else ""
    after = own[mine[len(mine) - last][1].start :].rstrip() if last else ""
    return before + gap * bool(before and (text or after)), text, gap * bool(text and after) + after


def frame_of(value: Scalar) -> Form:
    """How a value is written."""
    header = value.raw.split("\n", 1)[0].rstrip() if value.style in ("literal", "folded") else ""
    return Form(value.style, value.indent, header)


def _short(entry: KeyEntry) -> str:
    flat = " ".join((entry.opening + written(entry.value)).split())
    return flat if len(flat) <= 80 else flat[:79] + "…"


def _line_indent(entry: KeyEntry) -> str:
    m = re.match(r"[ \t]*", entry.opening)
    return m.group() if m else ""


def _indent(mapping: Mapping) -> str:
    return _line_indent(mapping.entries[0]) if mapping.entries else ""


def _shifted(entry: KeyEntry, old: str, new: str) -> KeyEntry:
    """The entry at another indentation, as one text that is not looked into unless nothing moves."""
    if old == new:
        return entry
    opening = new + entry.opening[len(old) :] if entry.opening.startswith(old) else entry.opening

    def shift(text: str) -> str:
        return re.sub(rf"(?<=\n){re.escape(old)}(?=\S|[ \t]+\S)", new, text)

    def moved(value: Value) -> Value:
        if isinstance(value, Scalar):
            indent = new + value.indent[len(old) :] if value.indent.startswith(old) and value.indent else value.indent
            return replace(value, raw=shift(value.raw), indent=indent)
        return replace(value, entries=tuple(_shifted(e, old, new) for e in value.entries))

    value = entry.value
    if isinstance(value, Scalar):
        return replace(entry, opening=shift(opening), value=moved(value))
    inner = tuple(_shifted_inner(e, old, new) for e in value.entries)
    return replace(entry, opening=shift(opening), value=replace(value, entries=inner))


def _shifted_inner(entry: KeyEntry, old: str, new: str) -> KeyEntry:
    before = "".join(
        new + line[len(old) :] if line.startswith(old) and line.strip() else line
        for line in entry.before.splitlines(keepends=True)
    )
    return replace(_shifted(entry, old, new), before=before)
