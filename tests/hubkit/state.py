"""What a GitHub remembers besides git: accounts, tokens, issues, pull requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = [
    "Account",
    "Comment",
    "Issue",
    "Label",
    "Milestone",
    "Pull",
    "Review",
    "ReviewComment",
    "Team",
    "Token",
    "TokenKind",
]

TokenKind = Literal["classic", "fine-grained", "installation", "actions"]
"""`classic` and `fine-grained` are personal; `installation` is an App's; `actions` is a workflow's GITHUB_TOKEN."""


@dataclass
class Account:
    """A person, an organisation or a bot."""

    id: int
    login: str
    kind: Literal["User", "Organization", "Bot"] = "User"

    @property
    def email(self) -> str:
        """The address that GitHub gives to commits of those who hide theirs."""
        return f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass
class Team:
    """A team of an organisation."""

    id: int
    org: str
    slug: str


@dataclass
class Token:
    """A key to the API. `repositories` are full names, None means all that its owner sees."""

    value: str
    login: str
    kind: TokenKind
    permissions: Mapping[str, str]
    repositories: frozenset[str] | None
    scopes: tuple[str, ...] = ()
    expired: bool = False

    @property
    def is_bot(self) -> bool:
        """Whether an App or a workflow acts, and not a person."""
        return self.kind in ("installation", "actions")


@dataclass
class Label:
    """A label of a repository."""

    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass
class Milestone:
    """A milestone of a repository."""

    id: int
    number: int
    title: str
    state: str
    creator: str
    created: int


@dataclass
class Comment:
    """A comment in the conversation. Times are seconds since 1970."""

    id: int
    author: str
    body: str
    created: int
    updated: int
    reactions: list[tuple[int, str, str]] = field(default_factory=list)
    """Number, login and kind of each."""


@dataclass
class ReviewComment:
    """A comment on lines of a pull request's diff; `line` is None once the diff has lost the line."""

    id: int
    author: str
    body: str
    path: str
    commit: str
    original_commit: str
    line: int | None
    original_line: int
    start_line: int | None
    side: str
    hunk: str
    created: int
    review: int
    answers: int | None = None


@dataclass
class Review:
    """A review of a pull request."""

    id: int
    author: str
    body: str
    state: str
    commit: str
    submitted: int


@dataclass
class Issue:
    """An issue, or the issue's half of a pull request. Names of people are logins."""

    id: int
    number: int
    title: str
    body: str | None
    author: str
    created: int
    updated: int
    state: Literal["open", "closed"] = "open"
    closed_at: int | None = None
    closed_by: str | None = None
    locked: bool = False
    labels: list[str] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)
    milestone: int | None = None
    comments: list[Comment] = field(default_factory=list)


@dataclass
class Pull(Issue):
    """A pull request. `head_repo` is a full name; `head_sha` follows the branch while the pull request is open."""

    head_repo: str = ""
    head_ref: str = ""
    head_sha: str = ""
    base_ref: str = ""
    base_sha: str = ""
    draft: bool = False
    merged_at: int | None = None
    merged_by: str | None = None
    merge_commit: str | None = None
    reviewers: list[str] = field(default_factory=list)
    team_reviewers: list[str] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    review_comments: list[ReviewComment] = field(default_factory=list)
    mergeable_of: Any = None

    @property
    def merged(self) -> bool:
        """Whether its commits have reached the base."""
        return self.merged_at is not None
