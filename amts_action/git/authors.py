"""Who has changed a file: we or people."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from amts_action.errors import InputError
from amts_action.git.drafts import TREE
from amts_action.git.objects import decode, full_id
from amts_action.git.repository import Author, Repository

__all__ = ["Touch", "at_work", "removed_at", "touched_by_people", "touches"]


class Touch(NamedTuple):
    """A commit that changed one of the paths that were asked for."""

    time: int
    """Seconds since 1970."""
    is_ours: bool
    changes: dict[str, str]
    """Path → A, M or D."""


_COMMIT: Final = f"%x00%ct %at%x00%ae%x00%ce%x00%T%x00%(trailers:key={TREE},valueonly,separator=%x20)%x00"
"""What is asked of a commit. No message and no address can hold a NUL, which is all that can be said of them."""
_TOUCH: Final = re.compile(rb"\0(\d+) (\d+)\0([^\0]*)\0([^\0]*)\0([0-9a-f]+)\0([^\0]*)\0[\0\n]*((?:[A-Z]+\0[^\0]+\0)*)")


def touches(repository: Repository, until: str, *paths: str, since: str = "") -> list[Touch]:
    """The commits up to `until` (and not yet in `since`) that changed one of the paths, newest first; of merges those
    that made of it what neither side had."""
    args = ("log", "-z", "-c", "--no-renames", "--name-status", f"--format={_COMMIT}", full_id(until))
    out = repository.git.run(*args, *([f"^{full_id(since)}"] if since else []), "--", *paths)
    found = []
    for committed, written, author, committer, tree, made, rest in _TOUCH.findall(out):
        # One that was changed since has another date, or another tree.
        is_alone = committed == written and _is_alone(decode(author), decode(committer))
        is_ours = is_alone and (decode(author) == Author().email or tree in made.split())
        fields = [decode(word) for word in rest.split(b"\0")]
        # A merge has a letter for each of its sides.
        changes = {
            path: kind[0] if len(set(kind)) == 1 else "M" for path, kind in zip(fields[1::2], fields[::2], strict=False)
        }
        if changes:
            found.append(Touch(int(committed), is_ours, changes))
    return found


def _is_alone(author: str, committer: str) -> bool:
    """Whether nobody else had a hand in a commit. On a server one of ours is by whom the token belongs to; GitHub
    signs those of a workflow's token and is their committer, as `noreply@` and the name of the server."""
    return committer == author or ("[bot]@" in author and committer.startswith("noreply@"))


def touched_by_people(repository: Repository, since: str, until: str, path: str) -> bool:
    """Whether somebody else than us has changed a file in the commits that `until` has and `since` has not."""
    return any(not touch.is_ours for touch in touches(repository, until, path, since=since))


def removed_at(repository: Repository, head: str, path: str) -> int | None:
    """When a file went last from the history of `head`, in seconds since 1970; None when it never did."""
    args = ("log", "-1", "--first-parent", "--diff-merges=first-parent", "--no-renames", "--diff-filter=D")
    out = repository.git.run(*args, "--format=%ct", full_id(head), "--", path).decode("ascii").split()
    return int(out[0]) if out else None


def at_work(repository: Repository) -> Author:
    """Whoever git says is at work here: reviewed texts are people's.

    Raises:
        InputError: git does not know it.
    """
    code, out, _ = repository.git.status("var", "GIT_AUTHOR_IDENT")
    found = re.match(r"(.+) <([^<>]+)> \d+ [-+]\d{4}$", out.decode("utf-8", "replace").strip())
    if code or found is None:
        mend = "git config user.name and user.email"
        raise InputError("git does not know who you are", where="GIT_AUTHOR_NAME", mend=mend)
    return Author(found[1], found[2])
