"""Merges of which one file in conflict does not stop the others; plumbing only, as in `commit`.

Two situations, three answers. Where both branches live on (`bring_in`), a page in conflict that holds nothing but our
own work on our side is theirs again, with its record, so that the run does it anew on top of what people wrote. One in
which people have worked on both sides is left to people: a merge commit would say that the other side's text is taken
in although it is not, and the pull request would then take it back in silence; so what can be merged is brought by an
ordinary commit, and git goes on to show the conflict. Where one side is done with (`start_again`), a line that people
have changed on both is kept as it is on ours, for all to see in the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from amts_action.git.authors import touched_by_people
from amts_action.git.commit import Author, tree_of, write_blobs, write_commit
from amts_action.git.drafts import TRAILER, differing, draft_of
from amts_action.git.repository import Repository, TreeEntry

__all__ = ["MergedTree", "about_merge", "bring_in", "start_again"]


class MergedTree(NamedTuple):
    """A branch with another one merged in, as far as that goes."""

    commit: str
    """What it is at then; as before when nothing came."""
    conflicts: tuple[str, ...] = ()
    """Files that people have changed in the same places on both."""
    again: tuple[str, ...] = ()
    """Files in conflict that are as on the other branch now, because ours held no work of people in them."""


def bring_in(
    repository: Repository, ours: str, theirs: str, message: str, *, group: Callable[[str], str] = str
) -> MergedTree:
    """Merges `theirs` into `ours`; with conflicts in people's work only the files that have none, by a commit that is
    no merge.

    Args:
        group: the name of what a file belongs to, as a page's record to its page: files of one group go together.

    Raises:
        InputError: the commits have no common history, or git is older than 2.38.
    """
    whole = repository.merged(ours, theirs, message)
    if isinstance(whole, str):
        return MergedTree(whole)
    mixed, conflicts = repository.mixed_tree(ours, theirs)
    people = {group(path) for path in conflicts if touched_by_people(repository, theirs, ours, path)}
    if not people:
        tree = _tree_of_theirs(repository, ours, theirs, mixed, {group(path) for path in conflicts}, group)
        commit = write_commit(repository.git, tree, (ours, theirs), message, Author())
        return MergedTree(commit, (), tuple(conflicts))
    tree = _tree_without(repository, ours, theirs, mixed, conflicts)
    if tree == draft_of(repository, ours).tree:
        return MergedTree(ours, tuple(conflicts))
    text = f"{message}, as far as there is no conflict\n\nNot merged: {', '.join(conflicts)[:_NAMED]}\n"
    return MergedTree(write_commit(repository.git, tree, (ours,), text, Author()), tuple(conflicts))


def about_merge(merged: MergedTree, base: str) -> list[str]:
    """What people must know of a merge, a line for each file that was in conflict and is none any more."""
    what = f"{base} has changed the same lines as this branch did, which held no work of people there"
    return [f"{path}: {what}: it is done again from {base}" for path in merged.again if not path.startswith(".amts/")]


def _tree_of_theirs(
    repository: Repository, ours: str, theirs: str, mixed: str, groups: Container[str], group: Callable[[str], str]
) -> str:
    """A tree in which all files of some groups are as on their side."""
    there, here = repository.tree(theirs), repository.tree(mixed)
    known = there.keys() | repository.tree(ours).keys()  # see `_tree_without`
    entries: dict[str, tuple[str, str | None]] = {}
    for path in {*there, *here}:
        if group(path) in groups or path not in known:
            entry = there.get(path)
            entries[path] = (entry.mode, entry.oid) if entry else ("0", None)
    return tree_of(repository.git, mixed, entries)


_NAMED = 1000
"""Characters of names in a commit's message."""


def _tree_without(repository: Repository, ours: str, theirs: str, mixed: str, conflicts: Iterable[str]) -> str:
    """The tree of `ours` with all files of `mixed` that are in no conflict."""
    stay, known = set(conflicts), repository.tree(ours).keys() | repository.tree(theirs).keys()
    # Git gives a file that cannot keep its name another one, such as `a~main`; nobody has such a file.
    taken = [edit for edit in differing(repository, ours, mixed) if edit.path not in stay and edit.path in known]
    return tree_of(repository.git, ours, {e.path: (e.mode, e.oid) for e in taken})


def start_again(repository: Repository, *, commit: str, ours: str, theirs: str, reason: str) -> MergedTree:
    """`ours` started again from `theirs`: what it had up to `commit` is settled, one way or the other.

    A merge in which `commit` counts as the common ancestor: of ours only what came after it is kept, of theirs all.
    So after a squash merge nothing is proposed twice, and after a pull request was closed nothing at all, and still
    the branch moves forward and no commit is lost. Where people went on in the same lines on both sides, ours stands,
    and the file is named.
    """
    if repository.is_ancestor(ours, theirs):
        return MergedTree(theirs)
    git, author = repository.git, Author()
    sides = []
    for side in (ours, theirs):
        # Two commits that really have `commit` as ancestor: `git merge-tree --merge-base` needs git 2.40.
        sides.append(write_commit(git, draft_of(repository, side).tree, (commit,), "side", author))
    tree, conflicts = repository.mixed_tree(*sides)
    if conflicts:
        tree = _tree_by_lines(repository, commit, ours, theirs, tree, conflicts)
    message = f"{reason}\n\n{TRAILER}: {commit}\n"
    return MergedTree(write_commit(git, tree, (ours, theirs), message, author), tuple(conflicts))


def _tree_by_lines(
    repository: Repository, base: str, ours: str, theirs: str, mixed: str, conflicts: Iterable[str]
) -> str:
    """The tree of a merge with every conflict decided for ours, line by line where that can be."""
    trees = [repository.tree(commit) for commit in (ours, base, theirs)]
    strangers = repository.tree(mixed).keys() - trees[0].keys() - trees[2].keys()
    entries: dict[str, tuple[str, str | None]] = dict.fromkeys(strangers, ("0", None))
    for path in conflicts:
        entry = trees[0].get(path) or (None if path in trees[1] else trees[2].get(path))
        text = _decided(repository, path, trees)
        if entry is None:
            entries[path] = ("0", None)
        else:
            entries[path] = (entry.mode, write_blobs(repository.git, [text])[0] if text else entry.oid)
    return tree_of(repository.git, mixed, entries)


def _content(repository: Repository, entry: TreeEntry) -> bytes:
    return repository.blobs([entry.oid])[entry.oid]


def _decided(repository: Repository, path: str, trees: Iterable[Mapping[str, TreeEntry]]) -> bytes | None:
    """A file of which all three sides have a text, merged by lines; None when it is none."""
    from tempfile import TemporaryDirectory

    entries = [tree.get(path) for tree in trees]
    if any(entry is None or not entry.mode.startswith("100") for entry in entries):
        return None
    with TemporaryDirectory(prefix="amts-merge-") as folder:
        names = []
        for name, entry in zip(("ours", "base", "theirs"), entries, strict=True):
            assert entry is not None
            names.append(str(Path(folder, name)))
            Path(folder, name).write_bytes(_content(repository, entry))
        code, out, _ = repository.git.status("merge-file", "-p", "--ours", *names)
    return out if code == 0 else None
