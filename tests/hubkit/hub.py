"""A GitHub of our own: what it holds, who may do what, and how a request is answered."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from pathlib import Path
from typing import Any, Literal

from hubkit import git_api, issues_api, pulls_api, repo_api, reviews_api
from hubkit.errors import ApiError, not_found
from hubkit.faults import Fault, Kind, Request
from hubkit.repository import Repository
from hubkit.routes import Call, Operation, Reply
from hubkit.state import Account, Issue, Pull, Team, Token, TokenKind
from hubkit.store import Store
from hubkit.talk import Talk

__all__ = ["ROLES", "Hub"]

_APIS = (git_api, issues_api, pulls_api, repo_api, reviews_api)

ROLES = ("none", "read", "triage", "write", "maintain", "admin")
LIMITS = {"": 60, "actions": 1000}
"""Requests an hour for the anonymous and for GITHUB_TOKEN; others have 5000.
https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"""

ACTIONS_BOT = "github-actions[bot]"
ALL_WRITE = {"contents": "write", "pull_requests": "write", "issues": "write", "workflows": "write", "members": "read"}


class Hub:
    """The state behind the server. `root` is an empty folder; `url` is set once the server listens.

    `problems` holds what GitHub's description says against requests and answers: a test expects it to be empty.
    """

    def __init__(self, root: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.root = root
        self.url = "http://127.0.0.1"
        self.clock = clock
        self.started = self.now()
        self.lock = threading.RLock()
        self.accounts: dict[str, Account] = {}
        self.teams: dict[tuple[str, str], Team] = {}
        self.tokens: dict[str, Token] = {}
        self.repositories: dict[str, Repository] = {}
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.problems: list[str] = []
        self.verified: set[str] = set()
        self.remaining: dict[str, int] = {}
        self.reset_at = self.started + 3600
        self._ids = count(1001)
        self.ghost = Account(10137, "ghost")
        self.accounts[ACTIONS_BOT] = Account(41898282, ACTIONS_BOT, "Bot")
        self.show = Talk(self)

    # --- addresses

    @property
    def host(self) -> str:
        """Host and port."""
        return self.url.split("://", 1)[1]

    @property
    def api_url(self) -> str:
        """What `GITHUB_API_URL` would be."""
        return f"{self.url}/api/v3"

    def now(self) -> int:
        """Seconds since 1970."""
        return int(self.clock())

    def next_id(self) -> int:
        """A number that was not given yet."""
        return next(self._ids)

    def next_number(self, repo: Repository) -> int:
        """The number of the repository's next issue or pull request."""
        return max(repo.issues, default=0) + 1

    # --- setting the scene

    def account(self, login: str, kind: Literal["User", "Organization", "Bot"] = "User") -> Account:
        """The account of this name, made when there is none."""
        return self.accounts.setdefault(login, Account(self.next_id(), login, kind))

    def team(self, org: str, slug: str) -> Team:
        """A new team."""
        return self.teams.setdefault((org, slug), Team(self.next_id(), org, slug))

    def repository(
        self,
        name: str,
        source: str | Path | None = None,
        *,
        branch: str | None = None,
        private: bool = False,
        owner_kind: Literal["User", "Organization"] = "Organization",
        collaborators: Mapping[str, str] | None = None,
        fork_of: str | None = None,
    ) -> Repository:
        """A new repository `owner/name` with the branches and tags of the git repository `source`.

        The default branch is `branch`, else that of the source, else `main`.
        """
        parent = self.repositories[fork_of] if fork_of else None
        owner = name.split("/")[0]
        self.account(owner, owner_kind)
        for login in collaborators or {}:
            self.account(login)
        source = parent.store.path if parent else source
        branch = branch or (Store(Path(source)).head() if source else None) or "main"
        store = Store.create(self.root / f"{name}.git", branch=branch, source=source)
        repo = Repository(
            self.next_id(), name, store, self.now, self.next_id,
            default_branch=branch, private=private, parent=parent, collaborators=dict(collaborators or {}),
        )  # fmt: skip
        if parent:
            parent.forks.append(repo)
        self.repositories[name] = repo
        return repo

    def token(
        self,
        login: str = ACTIONS_BOT,
        *,
        kind: TokenKind = "actions",
        permissions: Mapping[str, str] = ALL_WRITE,
        repositories: Iterable[str] | None = None,
        scopes: Iterable[str] = ("repo", "workflow"),
    ) -> str:
        """A new token; `scopes` count for classic ones, `permissions` for all others."""
        self.account(login, "Bot" if kind in ("actions", "installation") else "User")
        prefix = {"classic": "ghp_", "fine-grained": "github_pat_"}.get(kind, "ghs_")
        value = f"{prefix}{self.next_id():036d}"
        names = None if repositories is None else frozenset(repositories)
        rights = {"metadata": "read", **permissions}
        self.tokens[value] = Token(value, login, kind, rights, names, tuple(scopes))
        return value

    def fault(self, nth: int, action: Kind | Callable[[], None], **more: Any) -> Fault:
        """Arranges that something happens at the `nth` request from now; see `Fault`."""
        fault = Fault(nth, action, **more)
        self.faults.append(fault)
        return fault

    def calls(self, kind: str = "api") -> list[Request]:
        """The requests that arrived."""
        return [request for request in self.requests if request.kind == kind]

    # --- rights

    def role(self, login: str, repo: Repository) -> str:
        """What a person may do in a repository."""
        if login == repo.owner:
            return "admin"
        return repo.collaborators.get(login, "none" if repo.private else "read")

    def assignable(self, repo: Repository) -> list[str]:
        """Who can be assigned or asked for a review."""
        people = {login for login, role in repo.collaborators.items() if role != "none"}
        if self.accounts[repo.owner].kind == "User":
            people.add(repo.owner)
        return sorted(people)

    def sees(self, token: Token | None, repo: Repository) -> bool:
        """Whether the repository exists for the caller."""
        if not repo.private:
            return True
        if token is None or (token.repositories is not None and repo.name not in token.repositories):
            return False
        return token.is_bot or self.role(token.login, repo) != "none"

    def authorise(self, token: Token | None, repo: Repository | None, operation: Operation) -> None:
        """Lets a caller in. ApiError: 401, 403 with the rights that are missing, or 404."""
        if repo is None:
            return
        if not self.sees(token, repo):
            raise not_found()
        writes = operation.method != "GET"
        if token is None:
            if writes:
                raise ApiError(401, "Requires authentication")
            return
        if repo.archived and writes:
            raise ApiError(403, "Repository was archived so is read-only.")
        ways = [dict(part.split("=") for part in way.split(",")) for way in operation.needs.split("; ") if way]
        if ways and not any(all(self.grants(token, repo, *right) for right in way.items()) for way in ways):
            self._refuse(token, operation.needs)

    def grants(self, token: Token, repo: Repository, name: str, level: str) -> bool:
        """Whether the token has a right in a repository."""
        if level == "read" and not repo.private and name != "members":
            return True
        if token.repositories is not None and repo.name not in token.repositories:
            return False
        if token.kind == "classic":
            scope = "workflow" if name == "workflows" else "read:org" if name == "members" else "repo"
            scopes = {scope, "public_repo"} if scope == "repo" and not repo.private else {scope}
            if not scopes & set(token.scopes):
                return False
        elif token.permissions.get(name, "none") not in ((level, "write") if level == "read" else (level,)):
            return False
        if token.is_bot:
            return True
        needed = "read" if level == "read" or name == "pull_requests" else "triage" if name == "issues" else "write"
        return ROLES.index(self.role(token.login, repo)) >= ROLES.index(needed)

    def _refuse(self, token: Token, needs: str) -> None:
        headers = {"X-Accepted-GitHub-Permissions": needs}
        if token.kind == "classic":
            raise not_found()
        words = "personal access token" if token.kind == "fine-grained" else "integration"
        raise ApiError(403, f"Resource not accessible by {words}", headers=headers)

    def check_workflows(self, token: Token | None, repo: Repository, rev: str) -> None:
        """Refuses new workflow files without the right. ApiError 403."""
        if token is None or self.grants(token, repo, "workflows", "write") or not repo.new_workflows(rev):
            return
        if token.kind == "classic":
            raise not_found()
        self._refuse(token, "contents=write,workflows=write")

    # --- limits

    def allowance(self, token: Token | None) -> tuple[int, int, int]:
        """Limit, what remains, and when it begins anew."""
        limit = LIMITS.get(token.kind if token else "", 5000)
        if self.now() >= self.reset_at:
            self.remaining.clear()
            self.reset_at = self.now() + 3600
        return limit, self.remaining.get(token.value if token else "", limit), self.reset_at

    def limit_rate(self, token: str, remaining: int, *, reset_in: int = 3600) -> None:
        """Leaves a token this many requests until the limit begins anew, in seconds."""
        self.remaining[token] = remaining
        self.reset_at = self.now() + reset_in

    def spend(self, token: Token | None) -> None:
        """Counts a request. ApiError 403: none remains."""
        remaining = self.allowance(token)[1]
        self.remaining[token.value if token else ""] = max(remaining - 1, 0)
        if remaining <= 0:
            who = f"user ID {self.accounts[token.login].id}" if token else "127.0.0.1"
            raise ApiError(403, f"API rate limit exceeded for {who}.")

    # --- acts that several operations share

    def set_state(self, repo: Repository, issue: Issue, state: str, *, by: str) -> None:
        """Closes or opens again. ApiError 422: the branch of the pull request is gone, or another one has it."""
        if state == issue.state:
            return
        if state == "closed":
            repo.close(issue.number, by=by)
            return
        if isinstance(issue, Pull):
            self._check_open_again(repo, issue)
        issue.state, issue.closed_at, issue.closed_by = "open", None, None
        repo.follow(by=by)

    def _check_open_again(self, repo: Repository, pull: Pull) -> None:
        source = repo.head_repository(pull)
        tip = source.tip(pull.head_ref) if source else None
        problem = ""
        if pull.merged:
            problem = "The pull request is already merged."
        elif tip is None:
            problem = f"The {pull.head_ref} branch has been deleted."
        elif not repo.store.kind(tip) or not repo.holds(tip, pull.head_sha):
            problem = f"The {pull.head_ref} branch was force-pushed or recreated."
        elif any((one.head_repo, one.head_ref) == (pull.head_repo, pull.head_ref) for one in repo.open_pulls):
            problem = f"There is already an open pull request from {pull.head_ref}."
        if problem:
            raise ApiError(
                422,
                "Validation Failed",
                errors=[
                    {
                        "resource": "PullRequest",
                        "code": "invalid",
                        "field": "state",
                        "message": f"state cannot be changed. {problem}",
                    }
                ],
            )

    def mergeable(self, repo: Repository, pull: Pull) -> bool | None:
        """Whether it merges; None when asked for the first time since a push, as GitHub finds out meanwhile."""
        key = (pull.head_sha, repo.tip(pull.base_ref))
        if pull.mergeable_of != key:
            pull.mergeable_of = key
            return None
        return repo.mergeable(pull)

    def answer(self, operation: Operation, call: Call) -> Reply:
        """Carries out a request that has been let in."""
        reply = operation.handler(call)
        reply.headers |= call.headers
        return reply
