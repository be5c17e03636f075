"""Merge of tables of contents: what base → head did to the English one is done to the translation's own.

Splices only: captions, titles, comments, unknown keys, order and quoting of the translation stay byte for byte. Groups
(parts) correspond by the pages they hold, because their captions are translated.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from amts_action.companions.entry_order import TocResult, is_in_place, moved_labels, place_after
from amts_action.companions.tocfence import merge_toc_fence, merge_toc_fences
from amts_action.companions.tocfile import Children, TocError, TocItem, read_toc, reindented

__all__ = ["TocResult", "merge_toc", "merge_toc_fence", "merge_toc_fences"]


def merge_toc(
    base: str,
    head: str,
    target: str,
    available: Callable[[str], bool],
    arriving: Callable[[str], bool] = lambda page: False,
) -> TocResult:
    """Make the changes of base → head in the translation's table of contents (`_toc.yml`, `myst.yml`).

    New entries go after the counterpart of their previous sibling, in the list that corresponds; removed ones go, moved
    ones move if the translation still has them where base had them. Entries that only the target has, and base's
    entries that it never had, stay as they are. New groups come with their English caption and a flag.

    Args:
        base, head: the English table at the two commits.
        target: the translation's table.
        available: whether the translation has (or gets in this run) the page of a `file:` entry, given as it stands in
            the table without suffix; entries of other pages are not added, and named in the flags.
        arriving: whether the page comes with this run, so that its entry is new to the translation whatever base had.

    Returns:
        The result; where a text cannot be edited safely, `text` is `target` and a flag says why. Never raises.
    """
    trees: list[TocItem] = []
    for name, text in (("base", base), ("head", head), ("target", target)):
        try:
            trees.append(read_toc(text if text.endswith("\n") else text + "\n"))
        except TocError as error:
            return TocResult(target, flags=(f"the table of contents of {name} {error}; merge it by hand",))
    old, new, tree = trees
    if old.children and new.children and old.children.key != new.children.key:
        return TocResult(target, flags=("the format of the table of contents changed; merge it by hand",))
    expected = Counter(item.name for item in tree.walk() if item.name)
    merge = _TocMerge(old, new, tree, available, arriving, "\r\n" if "\r\n" in target else "\n")
    merge.run()
    text = tree.text()
    text = text if target.endswith("\n") else text.removesuffix("\n").removesuffix("\r")
    expected.update(merge.added)
    expected.subtract(merge.removed)
    if not _holds(text, tree, +expected):
        return TocResult(target, flags=("the merged table of contents would not be well formed; merge it by hand",))
    return TocResult(text, *map(tuple, (merge.added, merge.removed, merge.moved, dict.fromkeys(merge.flags))))


def _holds(text: str, tree: TocItem, expected: Counter[str]) -> bool:
    """Whether the text reads back as the tree that was meant, with the entries that were meant."""
    try:
        again = read_toc(text if text.endswith("\n") else text + "\n")
    except TocError:
        return False
    shape = [(item.name, item.title, len(list(item.walk()))) for item in tree.walk()]
    return shape == [(i.name, i.title, len(list(i.walk()))) for i in again.walk()] and expected == Counter(
        item.name for item in again.walk() if item.name
    )


@dataclass(slots=True)
class _TocMerge:
    """One merge: the trees (the target's is edited in place) and what was done."""

    base: TocItem
    head: TocItem
    target: TocItem
    available: Callable[[str], bool]
    arriving: Callable[[str], bool]
    newline: str
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    emptied: list[Children] = field(default_factory=list)
    pending: set[str] = field(default_factory=set)
    """Labels that are still to be moved: no place is measured from them."""

    def run(self) -> None:
        _label_all(self.base, self.head, self.target)
        new = _owners(self.head)
        arriving = {i.label for i in self.base.walk() if i.name.startswith("file:") and self.arriving(i.name[5:])}
        old = {label: owner for label, owner in _owners(self.base).items() if label not in arriving}
        shifted = moved_labels(_lists(self.base), _lists(self.head))
        self.pending.update(shifted)
        self._caption_changes()
        for item in self.head.walk():
            self.pending.discard(item.label)
            present = _find(self.target, item.label) if item.label not in old or item.label in shifted else None
            if item.label in old and present:
                self._move(item, present, old, new)
            elif item.label not in old and not present and item.name:
                self._add(item, new)
            elif item.label not in old and not present and not item.children:
                self.flags.append(f"the heading “{item.title}” is new in the source: add it by hand")
        for item in list(self.base.walk())[::-1]:
            if item.label not in new:
                self._remove(_find(self.target, item.label), item)
        for children in self.emptied:
            self._clear(children)

    def _caption_changes(self) -> None:
        titles = {item.label: item.title for item in self.head.walk()}
        for item in self.base.walk():
            new = titles.get(item.label, item.title)
            if new != item.title and _find(self.target, item.label):
                self.flags.append(f"the English caption “{item.title}” is now “{new}”: translate it again")
        if _scalar(self.base.before, "root") != _scalar(self.head.before, "root"):
            self.flags.append("the root page of the book changed; change it by hand")

    def _add(self, item: TocItem, new: dict[str, TocItem]) -> None:
        if item.name.startswith("file:") and not self.available(item.name.removeprefix("file:")):
            self.flags.append(f"{item.name} is new in the source: add it when the translation has the page")
            return
        children = self._list_for(item, new)
        if children is None:
            self.flags.append(f"{item.name} is new in the source, and the entry above it is not here: add it by hand")
            return
        self._insert(item, self._copy(item, children), children)
        self.added.append(item.name)
        if item.title:
            self.flags.append(f"{item.name} arrives with its English title “{item.title}”: translate it")

    def _move(self, item: TocItem, present: TocItem, old: dict[str, TocItem], new: dict[str, TocItem]) -> None:
        here = present.owner
        was, now = old[item.label].label, new[item.label].label
        owner = next((i for i in [self.target, *self.target.walk()] if i.children is here), self.target)
        if owner.label not in {was, now} or here is None:
            self.flags.append(
                f"{_shown(item)} moved in the source, the translation has it elsewhere: say where it belongs"
            )
            return
        labels = [sibling.label for sibling in here.items]
        if owner.label == now and is_in_place(labels, self._order(item), item.label):
            return
        children = self._list_for(item, new)
        if children is None or children is present.children or present in _ancestors(self.target, children):
            self.flags.append(f"{_shown(item)} moved in the source to a place that is not here: move it by hand")
            return
        here.remove(present)
        self.emptied.append(here)
        _shift(present, children.column - here.column)
        self._insert(item, present, children)
        self.moved.append(_shown(item))

    def _remove(self, present: TocItem | None, item: TocItem) -> None:
        if present is None or present.owner is None:
            return
        if present.children and present.children.items:
            self.flags.append(
                f"{_shown(present)} is gone from the source, but has entries here: say whether it shall stay"
            )
            return
        present.owner.remove(present)
        self.emptied.append(present.owner)
        if item.name:
            self.removed.append(item.name)
        else:
            self.flags.append(
                f"the part “{present.title}” is gone from the source and was removed: see whether it is missed"
            )

    def _clear(self, children: Children) -> None:
        """Drop a list that lost its last member: an empty `sections:` does not build, nor does a part without pages."""
        owner = next((item for item in self.target.walk() if item.children is children), None)
        if children.items or owner is None or owner.owner is None:
            return
        if owner.name:
            owner.before = re.sub(r"[^\n]*\n\Z", "", owner.before)
            owner.after = children.text() + owner.after
            owner.children = None
            return
        self.flags.append(f"the part “{owner.title}” has no pages left here and was removed: see whether it is missed")
        owner.owner.remove(owner)
        self.emptied.append(owner.owner)

    def _list_for(self, item: TocItem, new: dict[str, TocItem]) -> Children | None:
        """The target's list in which an entry of head belongs; made, with its group, where it is missing."""
        wanted = new[item.label]
        owner = self.target if wanted is self.head else _find(self.target, wanted.label)
        if owner is None and not wanted.name:
            owner = self._new_group(wanted, new)
        if owner is None or wanted.children is None:
            return None
        if owner.children is None and owner.owner is not None and wanted.owner is not None:
            column = len((re.match(r" *- *", owner.before) or [""])[0])
            usual = [i.children.column - i.owner.column for i in self.target.walk() if i.children and i.owner]
            step = usual[0] if usual else wanted.children.column - wanted.owner.column
            owner.before += " " * column + wanted.children.key + ":" + self.newline
            owner.children = Children(wanted.children.key, max(column, owner.owner.column + step))
        return owner.children

    def _new_group(self, group: TocItem, new: dict[str, TocItem]) -> TocItem | None:
        children = self._list_for(group, new)
        if children is None:
            return None
        made = self._copy(group, children)
        self._insert(group, made, children)
        self.flags.append(f"the part “{group.title}” comes with its English caption: translate it")
        return made

    def _copy(self, item: TocItem, children: Children) -> TocItem:
        """An entry of head without its members, in the target's indentation and line ends."""
        own = item.before
        if item.children:
            own = re.sub(r"[^\n]*\n\Z", "", own) + item.after
        by = children.column - (item.owner.column if item.owner else 0)
        lines = re.sub(r"\r?\n", self.newline, reindented(own, by))
        return TocItem(item.name, item.title, lines, label=item.label)

    def _insert(self, item: TocItem, made: TocItem, children: Children) -> None:
        labels = [sibling.label for sibling in children.items]
        children.insert(place_after(labels, self._order(item), item.label), made)

    def _order(self, item: TocItem) -> list[str]:
        """Labels of head's list in which `item` stands, those aside that are still to be moved."""
        labels = [sibling.label for sibling in item.owner.items] if item.owner else []
        return [label for label in labels if label not in self.pending]


def _label_all(base: TocItem, head: TocItem, target: TocItem) -> None:
    """Give every entry the identity under which it is found in the other two tables."""
    for tree in (base, head, target):
        tree.label = "top"
        seen: Counter[str] = Counter()
        for item in tree.walk():
            seen[item.name] += 1
            item.label = f"{item.name}#{seen[item.name]}" if item.name else ""
    for number, group in enumerate(_groups(base)):
        group.label = f"group {number}"
    _match_groups(_groups(base), _groups(head), same_captions=True)
    _match_groups(_groups(base), _groups(target), same_captions=False)
    for number, group in enumerate(g for g in _groups(head) if not g.label):
        group.label = f"new group {number}"
    added = [group for group in _groups(head) if group.label.startswith("new")]
    _match_groups(added, _groups(target), same_captions=True)
    for number, group in enumerate(g for g in _groups(target) if not g.label):
        group.label = f"own group {number}"


def _groups(tree: TocItem) -> list[TocItem]:
    return [item for item in tree.walk() if not item.name]


def _match_groups(known: Iterable[TocItem], others: Iterable[TocItem], *, same_captions: bool) -> None:
    """Hand the labels of `known` to the groups of `others` that share most pages (captions decide first, or last)."""
    known, others = list(known), [group for group in others if not group.label]
    held = [group.members() for group in others]
    scores: list[tuple[int, int, int, int, int]] = []
    for i, one in enumerate(known):
        mine = one.members()
        for j, other in enumerate(others):
            shared = len(mine & held[j])
            caption = int(one.title == other.title and bool(one.title))
            enough = 2 * shared >= min(len(mine), len(held[j])) and shared
            if caption or enough:
                first, second = (caption, shared) if same_captions else (shared, caption)
                scores.append((-first, -second, abs(i - j), i, j))
    taken: set[int] = set()
    given: set[int] = set()
    for *_, i, j in sorted(scores):
        if i not in given and j not in taken:
            given.add(i)
            taken.add(j)
            others[j].label = known[i].label


def _owners(tree: TocItem) -> dict[str, TocItem]:
    """The item in whose list each label stands."""
    return {child.label: item for item in [tree, *tree.walk()] if item.children for child in item.children.items}


def _lists(tree: TocItem) -> dict[str, list[str]]:
    items = [tree, *tree.walk()]
    return {item.label: [child.label for child in item.children.items] for item in items if item.children}


def _find(tree: TocItem, label: str) -> TocItem | None:
    return next((item for item in tree.walk() if item.label == label), None)


def _ancestors(tree: TocItem, children: Children) -> list[TocItem]:
    """The items that hold the list `children`, directly or not."""
    return [
        item for item in tree.walk() if item.children is children or any(i.children is children for i in item.walk())
    ]


def _shift(item: TocItem, by: int) -> None:
    """Move an item and all below it by `by` columns."""
    for part in [item, *item.walk()]:
        part.before, part.after = reindented(part.before, by), reindented(part.after, by)
        if part.children:
            part.children.column += by
            part.children.gaps = [reindented(gap, by) for gap in part.children.gaps]


def _shown(item: TocItem) -> str:
    return item.name or f"part:{item.title}"


def _scalar(text: str, key: str) -> str:
    match = re.search(rf"(?m)^{key}:[ \t]*([^\r\n#]*)", text)
    return match[1].strip() if match else ""
