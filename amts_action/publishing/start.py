"""Where a run over a repository on GitHub starts: the server's branches, not the folder's, and what was settled there.

| our branch | its newest pull request | the run starts from |
|---|---|---|
| not there | any, none | the translation's branch |
| there | open, or none | ours, with the translation's branch merged in as far as nothing conflicts |
| there | merged or closed | the translation's branch, put on top of ours: only what people added after that stays |
| there, without common history | any | the translation's branch, under a new name |

A pull request is found by its branch, whatever it goes into: people may give it another goal, and the run follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from amts_action.books.book import Book
from amts_action.books.books import Books, Start
from amts_action.books.opening import branch_name
from amts_action.books.pairing import page_of
from amts_action.errors import InputError
from amts_action.git.drafts import TRAILER, WORK, bring, check_name, draft_of, is_settled, trailers
from amts_action.git.hub import Hub, HubState, Pull
from amts_action.git.partial import about_merge, bring_in, start_again
from amts_action.publishing.github.client import Client
from amts_action.publishing.github.objects import branch_tip, branches_at
from amts_action.publishing.github.pulls import about, listed, listed_below
from amts_action.reports.body.marker import memory_of
from amts_action.runs.planning.declined import declined_in

__all__ = ["at_hub", "is_afresh", "onto", "seen", "seen_again", "seen_all"]


def at_hub(books: Books, hub: Hub, *, client: Client | None = None) -> Books:
    """The books as the server has them, ready for a run: what `on_top_of_default` is without a server.

    Raises:
        InputError: the branch cannot be used, or the server's commits cannot be fetched.
        ServiceError: GitHub refused or could not be reached.
    """
    return onto(books, seen(books, client or Client(hub)))


def seen(books: Books, client: Client) -> HubState:
    """Where the target stands on the server now, in four requests when nothing is odd.

    What is read later is never older than what was read before: a pull request that is seen merged is in the branch
    that is read after it. Where that moves on meanwhile, ours still starts from a state that there was.

    Raises:
        InputError: our branch is the one that the translation lives on, another run's, or cannot be made beside the
            branches that are there; or the translation's branch does not exist.
        Refused: the token may not read the repository.
    """
    name, default_name = about(client)
    wanted, branch = _names(books, default_name)
    branches = branches_at(client, branch)
    for generation in _generations(branch, branches):
        _check_room(generation, branches)
        base, pulls = _goal(generation, wanted, listed(client, name, generation))
        default = branch_tip(client, base)
        if not default:
            what = f"there is no branch {base}"
            raise InputError(what, where=client.hub.repository, mend="give --target-branch another")
        tip = branches.get(generation, "")
        if not tip or _is_related(books.target, tip, default):
            others = tuple(sorted(other for other in branches if other.startswith(f"{generation}+")))
            return HubState(generation, base, default, tip, pulls, others, wanted)
    raise AssertionError("the last generation is a branch that is not there yet")


def seen_again(books: Books, client: Client) -> HubState:
    """The same after a first look, in two requests when nothing has happened since. The branch needs none: making it
    tells whether it is there by now, an open pull request names its commit, and one that was left behind by a request
    that is settled only moves forward, which git refuses to go over.

    Raises:
        InputError: as `seen`.
        Refused: as `seen`.
    """
    old = books.start.hub
    if old is None or (old.tip and not old.pulls):
        return seen(books, client)
    base, pulls = _goal(old.branch, old.wanted, listed(client, about(client)[0], old.branch))
    now = replace(old, base=base, pulls=pulls, default=branch_tip(client, base))
    is_there = now.open is None or now.open.head == old.tip
    return now if is_there and now.default else seen(books, client)


def seen_all(books: Books, client: Client) -> dict[str, HubState]:
    """The same of all our branches, by name: that for everything first, then those for parts."""
    name, default_name = about(client)
    wanted, branch = _names(books, default_name)
    branches = branches_at(client, branch)
    _check_room(branch, branches)
    pulls = listed_below(client, name, branch)
    others = sorted({n for n in branches if n.startswith(f"{branch}+")} | {p.branch for p in pulls} - {branch})
    default = branch_tip(client, wanted)
    if not default:
        raise InputError(
            f"there is no branch {wanted}", where=client.hub.repository, mend="give --target-branch another"
        )
    found = {}
    for each in (branch, *others):
        base, settled = _goal(each, wanted, [pull for pull in pulls if pull.branch == each])
        there = default if base == wanted else branch_tip(client, base)
        found[each] = HubState(each, base, there, branches.get(each, ""), settled, tuple(others), wanted)
    return found


def _names(books: Books, default_name: str) -> tuple[str, str]:
    """The branch that the translation lives on, and ours.

    Raises:
        InputError: they are one, or ours is no name of a branch.
    """
    wanted = books.settings.target_branch or default_name
    branch = branch_name(books.settings, default_name)
    check_name(branch)
    if wanted == branch:
        what = f"the branch {branch} is the one that the translation lives on"
        raise InputError(what, where="--branch", mend="give it another name")
    return wanted, branch


def _generations(branch: str, branches: Mapping[str, str]) -> Iterator[str]:
    """Names for our branch, in the order in which they are looked at: the newest first, one that is not there last."""
    numbers = [int(n[1]) for name in branches if (n := re.fullmatch(rf"{re.escape(branch)}-([1-9][0-9]{{0,3}})", name))]
    last = max(numbers, default=1)
    yield f"{branch}-{last}" if last > 1 else branch
    yield f"{branch}-{last + 1}"


def _check_room(branch: str, branches: Mapping[str, str]) -> None:
    """Makes sure that the branch can be made: git keeps branches as files, and none can be a folder, too.

    Raises:
        InputError: one with a name above or below it is in the way.
    """
    in_the_way = [name for name in branches if branch.startswith(f"{name}/") or name.startswith(f"{branch}/")]
    if in_the_way:
        what = f"the branch {in_the_way[0]} is in the way of {branch}"
        raise InputError(what, where="--branch", mend=f"rename {in_the_way[0]}, or give ours another name")


def _goal(branch: str, wanted: str, pulls: Sequence[Pull]) -> tuple[str, tuple[Pull, ...]]:
    """The branch that our pull request goes into, and those pull requests that tell what was settled.

    Raises:
        InputError: a run for another branch has a pull request from ours.
    """
    here = [pull for pull in pulls if not (pull.is_merged and pull.base != wanted)]  # merged elsewhere settles nothing
    moved = [pull for pull in here if pull.state == "open" and pull.base != wanted]
    if any(pull.state == "open" and pull.base == wanted for pull in here) or not moved:
        return wanted, tuple(here)
    memory = memory_of(moved[0].body)
    if memory is not None and memory.base not in ("", wanted):
        what = f"{branch} has pull request #{moved[0].number}, which a run for {memory.base} keeps"
        raise InputError(what, where="--branch", mend="give it another name: each branch needs its own")
    return moved[0].base, tuple(here)


def _is_related(target: Book, tip: str, default: str) -> bool:
    for commit in (default, tip):
        bring(target.repository, commit)
    return target.repository.is_related(tip, default)


def onto(books: Books, standing: HubState) -> Books:
    """The books at what was seen on the server. Nothing is written there, and no branch here.

    Raises:
        InputError: a commit cannot be fetched.
    """
    for commit in filter(None, (standing.default, standing.tip)):
        bring(books.target.repository, commit)
    settings = replace(books.settings, branch=standing.branch)
    commit, conflicts, notes = _start(replace(books, settings=settings), standing)
    declined = frozenset[str]() if settings.force else declined_in(standing.pulls)
    return replace(
        books,
        settings=settings,
        target=books.target.at(commit),
        start=Start(standing.default, standing, conflicts, declined),
        notes=books.notes.anew(notes),
    )


def _start(books: Books, standing: HubState) -> tuple[str, tuple[str, ...], list[str]]:
    """The commit to start from, the paths in conflict that were not merged, and what people must know of it."""
    target, branch, tip, default = books.target.repository, standing.branch, standing.tip, standing.default
    notes = []
    if standing.open is not None and standing.base != standing.wanted:
        what = f"pull request #{standing.open.number} goes into {standing.base} and not into {standing.wanted} any more"
        notes.append(f"{what}: the run follows it")
    if not tip:
        return default, (), notes
    done = standing.settled
    if done is None or not _holds(books.target, done.head, tip) or is_settled(target, done.head, tip):
        group = partial(page_of, settings=books.settings)
        merged = bring_in(target, tip, default, f"Merge {standing.base} into {branch}", group=group)
        notes += about_merge(merged, standing.base)
        return merged.commit, merged.conflicts, notes
    how = "merged" if done.is_merged else "closed"
    reason = f"Start again from {standing.base} after #{done.number} was {how}"
    again = start_again(target, commit=done.head, ours=tip, theirs=default, reason=reason)
    for path in again.conflicts:
        what = f"{branch} was changed after #{done.number} was {how}, in lines that {standing.base} has changed, too"
        notes.append(f"{path}: {what}: what stands on {branch} is proposed, look at both")
    return again.commit, (), notes


def _holds(target: Book, commit: str, tip: str) -> bool:
    """Whether the branch has a commit that may not be here at all, as that of a branch that was deleted since."""
    return commit in target.repository.known([commit]) and target.repository.is_ancestor(commit, tip)


def is_afresh(books: Books) -> bool:
    """Whether the run starts again from the translation's branch, so that nothing on ours is a proposal any more.

    A commit of an earlier run that came after the pull request was merged or closed is one still.
    """
    standing = books.start.hub
    done = standing.settled if standing else None
    if standing is None or done is None or books.target.commit in (standing.tip, standing.default):
        return False
    if f"\n{TRAILER}: " not in draft_of(books.target.repository, books.target.commit).message:
        return False
    return not trailers(books.target.repository, WORK, done.head, standing.tip)
