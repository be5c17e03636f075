"""Accounts, repositories and git objects as GitHub writes them."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from hubkit.hub import Hub
    from hubkit.repository import Repository
    from hubkit.state import Team
    from hubkit.store import Change, CommitObject, Entry, Person

__all__ = ["Show", "node", "stamp"]


def stamp(when: int | None) -> str | None:
    """A time as the API writes it."""
    return None if when is None else datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def node(kind: str, number: int | str) -> str:
    """A global id: opaque for clients."""
    return f"{kind}_" + b64encode(f"{kind}{number}".encode()).decode().rstrip("=")


class Show:
    """Writes what a hub holds; every address begins with the hub's own."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    # --- accounts

    def user(self, login: str) -> dict[str, Any]:
        """A person, organisation or bot, in short."""
        account = self.hub.accounts.get(login) or self.hub.ghost
        api = f"{self.hub.api_url}/users/{quote(account.login)}"
        more = {
            "followers_url": "followers",
            "following_url": "following{/other_user}",
            "gists_url": "gists{/gist_id}",
            "starred_url": "starred{/owner}{/repo}",
            "subscriptions_url": "subscriptions",
            "organizations_url": "orgs",
            "repos_url": "repos",
            "events_url": "events{/privacy}",
            "received_events_url": "received_events",
        }
        return {
            "login": account.login,
            "id": account.id,
            "node_id": node("U", account.id),
            "avatar_url": f"{self.hub.url}/avatars/u/{account.id}",
            "gravatar_id": "",
            "url": api,
            "html_url": f"{self.hub.url}/{quote(account.login)}",
            **{key: f"{api}/{part}" for key, part in more.items()},
            "type": account.kind,
            "user_view_type": "public",
            "site_admin": False,
        }

    def full_user(self, login: str) -> dict[str, Any]:
        """A person's own page."""
        empty = dict.fromkeys(("company", "location", "email", "hireable", "bio", "twitter_username"))
        counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
        times = {"created_at": stamp(self.hub.started), "updated_at": stamp(self.hub.started)}
        return self.user(login) | {"name": login, "blog": ""} | empty | counts | times

    def team(self, team: Team) -> dict[str, Any]:
        """A team, in short."""
        api = f"{self.hub.api_url}/orgs/{team.org}/teams/{team.slug}"
        return {
            "id": team.id,
            "node_id": node("T", team.id),
            "url": api,
            "html_url": f"{self.hub.url}/orgs/{team.org}/teams/{team.slug}",
            "name": team.slug,
            "slug": team.slug,
            "description": None,
            "privacy": "closed",
            "notification_setting": "notifications_enabled",
            "permission": "pull",
            "type": "organization",
            "organization_id": self.hub.accounts[team.org].id,
            "members_url": f"{api}/members{{/member}}",
            "repositories_url": f"{api}/repos",
            "parent": None,
        }

    # --- repositories

    def repo_url(self, repo: Repository) -> str:
        """The address of a repository in the API."""
        return f"{self.hub.api_url}/repos/{repo.name}"

    def repository(self, repo: Repository, login: str = "", *, full: bool = False) -> dict[str, Any]:
        """A repository; `full` with what only its own page tells."""
        url, page = self.repo_url(repo), f"{self.hub.url}/{repo.name}"
        role = self.hub.role(login, repo)
        ranks = ("pull", "triage", "push", "maintain", "admin")
        mine = ("none", "read", "triage", "write", "maintain", "admin").index(role)
        shown: dict[str, Any] = {
            "id": repo.id,
            "node_id": node("R", repo.id),
            "name": repo.name.split("/")[1],
            "full_name": repo.name,
            "private": repo.private,
            "owner": self.user(repo.owner),
            "html_url": page,
            "description": None,
            "fork": repo.parent is not None,
            "url": url,
            **{f"{name}_url": f"{url}/{part}" for name, part in _TEMPLATES.items()},
            "git_url": f"git:{page.split(':', 1)[1]}.git",
            "ssh_url": f"git@{self.hub.host}:{repo.name}.git",
            "clone_url": f"{page}.git",
            "svn_url": page,
            "mirror_url": None,
            "homepage": None,
            "language": None,
            "license": None,
            **dict.fromkeys(("forks_count", "stargazers_count", "watchers_count", "size", "open_issues_count"), 0),
            **dict.fromkeys(("forks", "watchers", "open_issues"), 0),
            "forks_count": len(repo.forks),
            "default_branch": repo.default_branch,
            "is_template": False,
            "topics": [],
            **dict.fromkeys(("has_issues", "has_projects", "has_wiki", "has_downloads"), True),
            "has_pages": False,
            "has_discussions": False,
            "archived": repo.archived,
            "disabled": False,
            "visibility": "private" if repo.private else "public",
            "pushed_at": stamp(self.hub.started),
            "created_at": stamp(self.hub.started),
            "updated_at": stamp(self.hub.started),
            "allow_forking": True,
            "web_commit_signoff_required": False,
        }
        if login:
            shown["permissions"] = {rank: mine > n for n, rank in enumerate(ranks)}
        if full:
            merging = ("allow_rebase_merge", "allow_squash_merge", "allow_merge_commit")
            shown |= dict.fromkeys(merging, True) | {"subscribers_count": 0, "network_count": 0}
            shown |= {"delete_branch_on_merge": False, "allow_auto_merge": False}
            if repo.parent:
                shown |= dict.fromkeys(("parent", "source"), self.repository(repo.parent))
            if self.hub.accounts[repo.owner].kind == "Organization":
                shown["organization"] = self.user(repo.owner)
        return shown

    # --- git

    def ref(self, repo: Repository, name: str, sha: str) -> dict[str, Any]:
        """A reference, by its full name."""
        url, kind = self.repo_url(repo), repo.store.kind(sha)
        return {
            "ref": name,
            "node_id": node("REF", f"{repo.id}:{name}"),
            "url": f"{url}/git/{quote(name)}",
            "object": {"sha": sha, "type": kind, "url": f"{url}/git/{kind}s/{sha}"},
        }

    def tree(self, repo: Repository, sha: str, entries: list[Entry]) -> dict[str, Any]:
        """A tree with its lines."""
        url = f"{self.repo_url(repo)}/git"
        rows = []
        for entry in entries:
            row: dict[str, Any] = {"path": entry.path, "mode": entry.mode, "type": entry.kind, "sha": entry.sha}
            if entry.size is not None:
                row["size"] = entry.size
            rows.append(row if entry.kind == "commit" else row | {"url": f"{url}/{entry.kind}s/{entry.sha}"})
        return {"sha": sha, "url": f"{url}/trees/{sha}", "tree": rows, "truncated": False}

    def git_commit(self, repo: Repository, commit: CommitObject) -> dict[str, Any]:
        """A commit as the git data API shows it."""
        url, page = f"{self.repo_url(repo)}/git", f"{self.hub.url}/{repo.name}"
        parents = [
            {"sha": sha, "url": f"{url}/commits/{sha}", "html_url": f"{page}/commit/{sha}"} for sha in commit.parents
        ]
        return {
            "sha": commit.sha,
            "node_id": node("C", commit.sha),
            "url": f"{url}/commits/{commit.sha}",
            "html_url": f"{page}/commit/{commit.sha}",
            "author": _person(commit.author),
            "committer": _person(commit.committer),
            "tree": {"sha": commit.tree, "url": f"{url}/trees/{commit.tree}"},
            "message": commit.message,
            "parents": parents,
            "verification": self._verification(commit.sha),
        }

    def commit(self, repo: Repository, commit: CommitObject) -> dict[str, Any]:
        """A commit as lists of commits show it."""
        url, page = self.repo_url(repo), f"{self.hub.url}/{repo.name}"
        parents = [
            {"sha": sha, "url": f"{url}/commits/{sha}", "html_url": f"{page}/commit/{sha}"} for sha in commit.parents
        ]
        inner = {
            "author": _person(commit.author),
            "committer": _person(commit.committer),
            "message": commit.message,
            "tree": {"sha": commit.tree, "url": f"{url}/git/trees/{commit.tree}"},
            "url": f"{url}/git/commits/{commit.sha}",
            "comment_count": 0,
            "verification": self._verification(commit.sha),
        }
        return {
            "sha": commit.sha,
            "node_id": node("C", commit.sha),
            "commit": inner,
            "url": f"{url}/commits/{commit.sha}",
            "html_url": f"{page}/commit/{commit.sha}",
            "comments_url": f"{url}/commits/{commit.sha}/comments",
            "author": self._by_address(commit.author),
            "committer": self._by_address(commit.committer),
            "parents": parents,
        }

    def change(self, repo: Repository, change: Change, head: str) -> dict[str, Any]:
        """A changed file."""
        page, path = f"{self.hub.url}/{repo.name}", quote(change.path)
        shown = {
            "sha": None if change.status == "removed" else change.sha,
            "filename": change.path,
            "status": change.status,
            "additions": change.additions,
            "deletions": change.deletions,
            "changes": change.additions + change.deletions,
            "blob_url": f"{page}/blob/{head}/{path}",
            "raw_url": f"{page}/raw/{head}/{path}",
            "contents_url": f"{self.repo_url(repo)}/contents/{path}?ref={head}",
        }
        more = {"patch": change.patch, "previous_filename": change.before}
        return shown | {key: value for key, value in more.items() if value is not None}

    def _by_address(self, person: Person) -> dict[str, Any] | None:
        found = next((who for who in self.hub.accounts.values() if who.email == person.email), None)
        return self.user(found.login) if found else None

    def _verification(self, sha: str) -> dict[str, Any]:
        signed = sha in self.hub.verified
        return {
            "verified": signed,
            "reason": "valid" if signed else "unsigned",
            "signature": "-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n" if signed else None,
            "payload": f"tree {sha}" if signed else None,
            "verified_at": stamp(self.hub.started) if signed else None,
        }


def _person(person: Person) -> dict[str, Any]:
    return {"name": person.name, "email": person.email, "date": stamp(person.when)}


_TEMPLATES = {
    "archive": "{archive_format}{/ref}",
    "assignees": "assignees{/user}",
    "blobs": "git/blobs{/sha}",
    "branches": "branches{/branch}",
    "collaborators": "collaborators{/collaborator}",
    "comments": "comments{/number}",
    "commits": "commits{/sha}",
    "compare": "compare/{base}...{head}",
    "contents": "contents/{+path}",
    "contributors": "contributors",
    "deployments": "deployments",
    "downloads": "downloads",
    "events": "events",
    "forks": "forks",
    "git_commits": "git/commits{/sha}",
    "git_refs": "git/refs{/sha}",
    "git_tags": "git/tags{/sha}",
    "hooks": "hooks",
    "issue_comment": "issues/comments{/number}",
    "issue_events": "issues/events{/number}",
    "issues": "issues{/number}",
    "keys": "keys{/key_id}",
    "labels": "labels{/name}",
    "languages": "languages",
    "merges": "merges",
    "milestones": "milestones{/number}",
    "notifications": "notifications{?since,all,participating}",
    "pulls": "pulls{/number}",
    "releases": "releases{/id}",
    "stargazers": "stargazers",
    "statuses": "statuses/{sha}",
    "subscribers": "subscribers",
    "subscription": "subscription",
    "tags": "tags",
    "teams": "teams",
    "trees": "git/trees{/sha}",
}
