"""Where a run over a repository on GitHub starts: the server's branches, not the folder's, and what was settled there.

| our branch | its newest pull request | the run starts from |
|---|---|---|
| not there | any, none | the translation's branch |
| there | open, or none | ours, with the translation's branch merged in |
| there | merged or closed | the translation's branch, put on top of ours: only what people added after that stays |
"""

from __future__ import annotations

from dataclasses import replace

from amts_action.books.books import Books
from amts_action.errors import InputError
from amts_action.git.drafts import (
    TRAILER,
    WORK,
    bring,
    check_name,
    draft_of,
    is_settled,
    settled,
    trailers,
)
from amts_action.publishing.declined import declined_in
from amts_action.publishing.github.client import Client
from amts_action.publishing.github.model import Hub, Standing
from amts_action.publishing.github.pulls import look

__all__ = ["at_hub", "is_afresh", "onto", "seen"]


def at_hub(books: Books, hub: Hub, *, client: Client | None = None) -> Books:
    """The books as the server has them, ready for a run: what `on_top_of_default` is without a server.

    Raises:
        InputError: the branch cannot be used, or the server's commits cannot be fetched.
        ServiceError: GitHub refused or could not be reached.
    """
    return onto(books, seen(books, client or Client(hub)))


def seen(books: Books, client: Client) -> Standing:
    """Where the target stands on the server now."""
    check_name(books.target, books.settings.branch)
    return look(client, branch=books.settings.branch, base=books.settings.target_branch)


def onto(books: Books, standing: Standing) -> Books:
    """The books at what was seen on the server. Nothing is written there, and no branch here.

    Raises:
        InputError: a commit cannot be fetched, or the branch has commits that stand in the way.
    """
    for commit in filter(None, (standing.default, standing.tip)):
        bring(books.target, commit)
    start, conflicts = _start(books, standing)
    declined = frozenset[str]() if books.settings.force else declined_in(standing.pulls)
    return replace(
        books,
        start=start,
        default=standing.default,
        standing=standing,
        conflicts=conflicts,
        declined=declined,
        notes=[],
    )


def _start(books: Books, standing: Standing) -> tuple[str, tuple[str, ...]]:
    """The commit to start from, and the paths in conflict where the two branches could not be merged."""
    target, branch, tip, default = books.target, books.settings.branch, standing.tip, standing.default
    if not tip:
        return default, ()
    done = standing.settled
    if done is None or not _holds(books, done.head, tip) or is_settled(target, done.head, tip):
        merged = target.merged(tip, default, f"Merge {standing.base} into {branch}")
        return (tip, tuple(merged)) if isinstance(merged, list) else (merged, ())
    how = "merged" if done.is_merged else "closed"
    reason = f"Start again from {standing.base} after #{done.number} was {how}"
    again = settled(target, commit=done.head, ours=tip, theirs=default, reason=reason)
    if isinstance(again, list):
        what = (
            f"{branch} has commits made after pull request {done.number} was {how} that conflict with {standing.base}"
        )
        mend = f"merge {standing.base} into it by hand, or delete the branch when they are not needed"
        raise InputError(f"{what}: {', '.join(again)[:200]}", where=branch, mend=mend)
    return again, ()


def _holds(books: Books, commit: str, tip: str) -> bool:
    """Whether the branch has a commit that may not be here at all, as that of a branch that was deleted since."""
    return commit in books.target.known([commit]) and books.target.is_ancestor(commit, tip)


def is_afresh(books: Books) -> bool:
    """Whether the run starts again from the translation's branch, so that nothing on ours is a proposal any more.

    A commit of an earlier run that came after the pull request was merged or closed is one still.
    """
    standing = books.standing
    done = standing.settled if standing else None
    if standing is None or done is None or books.start in (standing.tip, standing.default):
        return False
    if f"\n{TRAILER}: " not in draft_of(books.target, books.start).message:
        return False
    return not trailers(books.target, WORK, done.head, standing.tip)
