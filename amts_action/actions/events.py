"""The event that started the workflow: whether it may, and which commit of the English book it is about.

The range of a run never comes from the event: it starts at the recorded base of each page, so that pushes that were
missed, cancelled or forced are made up for by the next run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from amts_action.errors import InputError

__all__ = ["COMMAND", "Comment", "Event", "read_event"]

_MAX_BYTES: Final = 25_000_000
"""GitHub's own limit for a payload
(https://docs.github.com/en/webhooks/webhook-events-and-payloads)."""
COMMAND: Final = "/amts"
"""What a comment begins with that asks for something."""
_LOGIN: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,99})(?:\[bot\])?")
_ALLOWED: Final = ("push", "workflow_dispatch", "schedule", "repository_dispatch", "release", "pull_request")
"""Events that only people with write access cause; of pull requests, those from the repository itself."""
_COMMENT: Final = "issue_comment"
"""Anybody may comment: it starts nothing but what its first line asks for, when its author may write (`commands`)."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a pull request, as the event has it. Everything in it is what anybody may have written."""

    id: int
    number: int
    """Of the pull request."""
    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Event:
    """What started the run."""

    name: str
    is_preview: bool = False
    """Nothing may be written: what a pull request shows may never be merged."""
    is_removal: bool = False
    """A branch or tag was deleted, so there is nothing to bring over."""
    repository: str = ""
    """`owner/name` of the workflow's repository."""
    branch: str = ""
    """Branch that the event is about; empty for a tag or a pull request."""
    commit: str = ""
    """Commit that the event is about."""
    comment: Comment | None = None
    """A new comment on a pull request that begins as a command does."""

    @property
    def is_nothing(self) -> bool:
        """Whether it is a comment that asks for nothing."""
        return self.name == _COMMENT and self.comment is None


def read_event(environ: Mapping[str, str]) -> Event:
    """The event, from the variables and the file that the runner hands in.

    https://docs.github.com/en/actions/reference/workflows-and-actions/variables

    Raises:
        InputError: the run was not started by GitHub Actions, or by an event that may not start it.
    """
    name = environ.get("GITHUB_EVENT_NAME", "")
    if not name:
        mend = "run `amts sync` instead, or set GitHub's variables"
        raise InputError("GitHub Actions did not start this", where="GITHUB_EVENT_NAME", mend=mend)
    if name == "pull_request_target":
        raise InputError(
            "it would run with a token that may write, on text that anybody may have sent",
            where="event pull_request_target",
            mend="run on push, schedule or workflow_dispatch",
        )
    if name not in (*_ALLOWED, _COMMENT):
        what = "this event may be caused by people who may not write to the repository"
        raise InputError(what, where=f"event {name[:60]}", mend=f"use one of {', '.join(_ALLOWED)}")
    payload = _payload(environ.get("GITHUB_EVENT_PATH", ""))
    if name == "pull_request" and _is_fork(payload):
        raise InputError(
            "the pull request comes from a fork, which gets no secrets and may hold any text",
            where="event pull_request",
            mend="run on push, after it is merged",
        )
    ref = environ.get("GITHUB_REF", "")
    return Event(
        name,
        is_preview=name == "pull_request",
        is_removal=name == "push" and payload.get("deleted") is True,
        repository=environ.get("GITHUB_REPOSITORY", ""),
        branch=ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else "",
        commit=environ.get("GITHUB_SHA", ""),
        comment=_comment(payload) if name == _COMMENT else None,
    )


def _comment(payload: Mapping[str, Any]) -> Comment | None:
    """The comment, when it is new, on a pull request, and begins as a command; what is odd is none."""
    issue, comment = payload.get("issue"), payload.get("comment")
    if payload.get("action") != "created" or not isinstance(issue, dict) or not isinstance(comment, dict):
        return None
    user, text = comment.get("user"), comment.get("body")
    author = user.get("login") if isinstance(user, dict) else None
    if not isinstance(issue.get("pull_request"), dict) or not isinstance(text, str) or not isinstance(author, str):
        return None
    key, number = comment.get("id"), issue.get("number")
    if not isinstance(key, int) or not isinstance(number, int) or not _LOGIN.fullmatch(author):
        return None
    return Comment(key, number, author, text) if text.startswith(f"{COMMAND} ") else None


def _payload(path: str) -> dict[str, Any]:
    """The event's own data; empty when there is none, which counts as the most suspicious one."""
    if not path or not Path(path).is_file():
        return {}
    if Path(path).stat().st_size > _MAX_BYTES:
        raise InputError("the event is too large", where="GITHUB_EVENT_PATH")
    try:
        content = json.loads(Path(path).read_bytes())
    except (ValueError, RecursionError) as error:
        raise InputError("the event is not valid JSON", where="GITHUB_EVENT_PATH") from error
    return content if isinstance(content, dict) else {}


def _is_fork(payload: Mapping[str, Any]) -> bool:
    """Whether head and base of a pull request are different repositories; also when that is not known."""
    pull = payload.get("pull_request")
    names = [_repository_of(pull, side) for side in ("head", "base")] if isinstance(pull, dict) else ["", ""]
    return not names[0] or names[0] != names[1]


def _repository_of(pull: Mapping[str, Any], side: str) -> str:
    place = pull.get(side)
    repository = place.get("repo") if isinstance(place, dict) else None
    return str(repository.get("full_name") or "") if isinstance(repository, dict) else ""
