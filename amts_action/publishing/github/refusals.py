"""What GitHub's refusals mean, in one line, and which permission of the token would mend it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from amts_action.git.hub import Hub, HubRefusal

if TYPE_CHECKING:
    from github import GithubException

__all__ = ["refused", "words"]

# Pattern of the path below the repository, what is done there, and the permission of a token
# (https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps).
_NEEDS: Final = (
    (r"/git/", "commit to its branch", "contents: write"),
    (r"/pulls/\d+/requested_reviewers", "ask for a review", "pull-requests: write"),
    (r"/pulls/\d+/(?:reviews|comments)", "comment on the pull request", "pull-requests: write"),
    (r"/pulls", "open or change the pull request", "pull-requests: write"),
    (r"/labels|/issues/\d+/labels", "set labels", "pull-requests: write"),
    (r"/milestones", "read milestones", "pull-requests: read"),
    (r"/issues/", "change the pull request", "pull-requests: write"),
    (r"", "read the repository", "metadata: read and contents: read"),
)
_LONGEST_WORDS: Final = 300


def words(error: GithubException) -> str:
    """The server's message and the messages of its `errors`, in one line."""
    data = error.data if isinstance(error.data, dict) else {}
    said = [str(data.get("message") or "")]
    for item in data.get("errors") or ():
        if isinstance(item, dict):
            about = " ".join(str(item[key]) for key in ("field", "code") if item.get(key))
            said.append(str(item.get("message") or about))
        else:
            said.append(str(item))
    return " ".join("; ".join(part for part in said if part).split())[:_LONGEST_WORDS]


def refused(verb: str, path: str, error: GithubException, hub: Hub) -> HubRefusal:
    """The error for people: what could not be done, GitHub's reason, and what mends it."""
    said = words(error).replace(hub.token, "***")
    action, needed = next((a, p) for pattern, a, p in _NEEDS if re.match(pattern, path))
    if verb == "GET" and action != "read milestones":
        action, needed = "read " + _READS.get(path.split("/")[1] if "/" in path else "", "the repository"), needed
        needed = needed.replace("write", "read")
    what = f"GitHub refused to {action} ({error.status}{f': {said}' if said else ''})"
    return HubRefusal(what, status=error.status, said=said, where=hub.repository, mend=_mend(error, said, needed))


_READS: Final = {"git": "its branches", "pulls": "its pull requests", "issues": "its issues", "labels": "its labels"}


def _mend(error: GithubException, said: str, needed: str) -> str:
    """What the user can do; empty when nothing sensible can be said."""
    if error.status == 401:
        return "the token is wrong, expired or revoked: give another one"
    if "node with the global id" in said:
        return "a GITHUB_TOKEN knows no teams: use the token of a GitHub App with the permission members: read"
    if error.status not in (403, 404):
        return ""
    if "not permitted to create or approve pull requests" in said:
        return "allow it in Settings, Actions, General, or give another token than GITHUB_TOKEN"
    if "SAML" in said:
        return "authorize the token for the organization's single sign-on"
    if "workflow" in said.lower():
        return "give the token the permission workflows: write"
    asked = _accepted(error)
    return f"give the token for this repository the permission {asked or needed}"


def _accepted(error: GithubException) -> str:
    """The permissions that would have been enough, as the server names them: `contents=write; issues=read`.

    https://docs.github.com/en/rest/overview/troubleshooting, "X-Accepted-GitHub-Permissions".
    """
    headers = {name.lower(): str(value) for name, value in (error.headers or {}).items()}
    found = headers.get("x-accepted-github-permissions", "")
    if not re.fullmatch(r"[a-z_]+=[a-z]+(?:[,;]\s*[a-z_]+=[a-z]+)*", found[:200]):
        return ""
    ways = [way.strip().replace(",", " and ").replace("=", ": ") for way in found.split(";")]
    return " or ".join(ways).replace("_", "-")
