"""The one pull request from our branch: found, opened, changed, and dressed with labels and reviewers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from amts_action.git.hub import HubRefusal, HubState, Pull
from amts_action.publishing.github.client import Client, quoted

__all__ = [
    "PullMetadata",
    "about",
    "close",
    "comment",
    "edit",
    "listed",
    "listed_below",
    "open_pull",
    "read",
    "set_metadata",
]


def about(client: Client) -> tuple[str, str]:
    """The repository's present name and its default branch, asked once.

    Raises:
        Refused: the token may not read it.
    """
    if client.about is None:
        found = client.ask("")
        client.follow(str(found["full_name"]), str(found["default_branch"]))
    assert client.about is not None
    return client.about


def listed(client: Client, name: str, branch: str) -> list[Pull]:
    """Pull requests from a branch of the repository `name`, newest first, whatever branch they go into.

    GitHub leaves a filter that it does not understand out of account, so each row is looked at here, too.
    """
    owner = name.split("/")[0]
    wanted = {"state": "all", "head": f"{owner}:{branch}", "sort": "created", "direction": "desc"}
    rows = client.ask("/pulls", **wanted, per_page=100)
    found = [Pull.read(row) for row in rows if _is_from(row, name, branch)]
    return sorted(found, key=lambda pull: -pull.number)


MOST_PULLS = 500
"""Pull requests of a repository that are looked through for ours when it has several branches for us: our own limit,
some years of a large translation."""


def listed_below(client: Client, name: str, branch: str) -> list[Pull]:
    """Pull requests from a branch of the repository and from those whose names go on with `+`, newest first."""
    rows = islice(client.pages("/pulls", state="all", sort="created", direction="desc"), MOST_PULLS)
    found = [Pull.read(row) for row in rows if _is_from(row, name, row["head"]["ref"])]
    ours = [pull for pull in found if pull.branch == branch or pull.branch.startswith(f"{branch}+")]
    return sorted(ours, key=lambda pull: -pull.number)


def _is_from(row: dict[str, Any], name: str, branch: str) -> bool:
    home = str((row["head"].get("repo") or {}).get("full_name") or "")
    return home.lower() == name.lower() and row["head"]["ref"] == branch


def read(client: Client, number: int) -> Pull:
    """The pull request as it is now."""
    return Pull.read(client.ask(f"/pulls/{number}"))


def open_pull(
    client: Client, standing: HubState, *, branch: str, title: str, body: str, draft: bool
) -> tuple[Pull, tuple[str, ...]]:
    """A new pull request, or the one that is there already; and what could not be as it was asked for.

    Raises:
        Refused: GitHub said no.
    """

    def there() -> Pull | None:
        # Its head repository and base are looked at again: never two pull requests.
        found = listed(client, about(client)[0], branch)
        return next((pull for pull in found if pull.state == "open" and pull.base == standing.base), None)

    content = {"title": title, "body": body, "head": branch, "base": standing.base, "draft": draft}
    try:
        made = client.tell("POST", "/pulls", content, happened=there)
        return (made if isinstance(made, Pull) else Pull.read(made)), ()
    except HubRefusal as error:
        if error.status != 422:
            raise
        if found := there():
            return found, ()
        if draft and "draft" in error.said.lower():
            # Private repositories of free plans have no drafts (docs.github.com, "About pull requests").
            pull, _ = open_pull(client, standing, branch=branch, title=title, body=body, draft=False)
            return pull, ("this repository has no draft pull requests: it was opened as an ordinary one",)
        raise


def edit(client: Client, pull: Pull, **changes: str) -> Pull:
    """The pull request with another title, body or state; the same when nothing differs."""
    wanted = {key: value for key, value in changes.items() if getattr(pull, key) != value}
    return Pull.read(client.tell("PATCH", f"/pulls/{pull.number}", wanted)) if wanted else pull


def close(client: Client, pull: Pull, *, comment: str, mark: str, body: str) -> Pull:
    """Closes the pull request with a comment.

    Args:
        mark: a part of `comment` by which it is known again, so that it is there once.
        body: what the pull request says from now on.
    """

    def there() -> bool | None:
        rows = client.pages(f"/issues/{pull.number}/comments")
        return True if any(mark in str(row.get("body") or "") for row in rows) else None

    if not there():
        client.tell("POST", f"/issues/{pull.number}/comments", {"body": comment}, happened=there)
    return edit(client, pull, state="closed", body=body)


def comment(
    client: Client, pull: Pull, commit: str, comments: Sequence[Mapping[str, Any]], *, mark: str, most: int
) -> tuple[str, ...]:
    """Comments on lines in one review, each once; what could not be done, one line each.

    Args:
        commit: that the lines are counted in.
        comments: as GitHub takes them; each body ends with a comment `<!-- MARK KEY -->` by which it is known again.
        most: so many comments of ours a pull request has at most.
    """
    if not comments:
        return ()
    known = re.compile(rf"<!-- {re.escape(mark)} (\w+) -->")

    def there() -> set[str]:
        rows = client.pages(f"/pulls/{pull.number}/comments")
        return {key for row in rows for key in known.findall(str(row.get("body") or ""))}

    old = there()
    todo = [c for c in comments if not old.intersection(known.findall(c["body"]))][: max(0, most - len(old))]
    if not todo:
        return ()
    wanted = {key for c in todo for key in known.findall(c["body"])}
    content = {"commit_id": commit, "event": "COMMENT", "body": "Lines to look at:", "comments": todo}
    try:
        client.tell(
            "POST", f"/pulls/{pull.number}/reviews", content, happened=lambda: True if wanted <= there() else None
        )
    except HubRefusal as error:
        return (str(error),)
    return ()


@dataclass(frozen=True, slots=True)
class PullMetadata:
    """What a new pull request is given besides its text."""

    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    team_reviewers: tuple[str, ...] = ()
    milestone: str = ""

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.labels or self.assignees or self.reviewers or self.team_reviewers or self.milestone)


def set_metadata(client: Client, pull: Pull, wanted: PullMetadata, only: Sequence[str] = ()) -> dict[str, str]:
    """Gives the pull request its labels first, then people; each only adds. What could not be done, a line by name.

    A refusal is no error: the pull request is there, and a missing label must not lose it.

    Args:
        only: names of what is to be tried; all when empty.
    """
    tasks = (
        ("labels", _label, wanted.labels),
        ("assignees", _assign, wanted.assignees),
        ("reviewers", _ask_people, wanted.reviewers),
        ("team_reviewers", _ask_teams, wanted.team_reviewers),
        ("milestone", _schedule, (wanted.milestone,) if wanted.milestone else ()),
    )
    refused: dict[str, str] = {}
    for name, task, values in tasks:
        if values and (not only or name in only):
            try:
                said = list(task(client, pull.number, values))
            except HubRefusal as error:
                said = [str(error)]
            if said:
                refused[name] = "; ".join(said)
    return refused


def _label(client: Client, number: int, names: Sequence[str]) -> Iterator[str]:
    here = {str(row["name"]).lower() for row in client.pages("/labels")}
    for name in names:
        if name.lower() in here:
            continue
        try:
            client.tell("POST", "/labels", {"name": name})
        except HubRefusal as error:
            if error.status != 422 or not _exists(client, name):
                yield str(error)
    client.tell("POST", f"/issues/{number}/labels", {"labels": list(names)})


def _exists(client: Client, label: str) -> bool:
    try:
        client.ask(f"/labels/{quoted(label)}")
    except HubRefusal:
        return False
    return True


def _assign(client: Client, number: int, names: Sequence[str]) -> Iterator[str]:
    found = client.tell("POST", f"/issues/{number}/assignees", {"assignees": list(names)})
    here = {str(user["login"]).lower() for user in found.get("assignees") or ()}
    for name in names:
        if name.lower() not in here:
            yield f"{name} cannot be assigned: GitHub only takes people with access to the repository"


def _ask_people(client: Client, number: int, names: Sequence[str]) -> Iterator[str]:
    client.tell("POST", f"/pulls/{number}/requested_reviewers", {"reviewers": list(names)})
    yield from ()


def _ask_teams(client: Client, number: int, names: Sequence[str]) -> Iterator[str]:
    slugs = [name.rpartition("/")[2] for name in names]
    client.tell("POST", f"/pulls/{number}/requested_reviewers", {"team_reviewers": slugs})
    yield from ()


def _schedule(client: Client, number: int, names: Sequence[str]) -> Iterator[str]:
    (name,) = names
    for row in client.pages("/milestones", state="all"):
        if name in (str(row["title"]), str(row["number"])):
            client.tell("PATCH", f"/issues/{number}", {"milestone": row["number"]})
            return
    yield f"there is no milestone {name!r}"
