"""Accounts, repositories, branches, commits, files. https://docs.github.com/rest/repos"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

from hubkit.errors import ApiError, not_found
from hubkit.repository import WORKFLOWS
from hubkit.routes import REPO, Call, Reply, route
from hubkit.store import Entry, Person

INLINE = 1_000_000
"""Bytes up to which a file's content comes with it.
https://docs.github.com/rest/repos/contents#get-repository-content"""

COMPARED_FILES = 300


@route("GET", "/user")
def me(call: Call) -> Reply:
    """Who the token belongs to: a person, for a bot has no page of its own."""
    if call.token is None:
        raise ApiError(401, "Requires authentication")
    if call.token.is_bot:
        raise ApiError(403, "Resource not accessible by integration")
    return Reply(200, call.hub.show.full_user(call.login))


@route("GET", "/users/{username}")
def user(call: Call) -> Reply:
    """A person, organisation or bot."""
    if call.params["username"] not in call.hub.accounts:
        raise not_found()
    return Reply(200, call.hub.show.full_user(call.params["username"]))


@route("GET", "/rate_limit")
def rate_limit(call: Call) -> Reply:
    """What is left to the caller; costs nothing."""
    limit, remaining, reset = call.hub.allowance(call.token)
    shown = {"limit": limit, "remaining": remaining, "reset": reset, "used": limit - remaining}
    return Reply(200, {"resources": {"core": shown, "search": shown}, "rate": shown})


@route("GET", REPO, "metadata=read")
def repository(call: Call) -> Reply:
    """A repository."""
    return Reply(200, call.hub.show.repository(call.repo, call.login, full=True))


@route("POST", f"{REPO}/dispatches", "contents=write")
def dispatch(call: Call) -> Reply:
    """Starts the workflows that wait for this event."""
    call.repo.dispatches.append(call.body)
    return Reply(204)


@route("GET", f"{REPO}/branches", "contents=read")
def branches(call: Call) -> Reply:
    """All branches."""
    url = call.hub.show.repo_url(call.repo)
    found = call.page(sorted(call.repo.store.branches().items()))
    shown = [
        {"name": name, "commit": {"sha": sha, "url": f"{url}/commits/{sha}"}, "protected": name in call.repo.protected}
        for name, sha in found
    ]
    return Reply(200, shown)


@route("GET", f"{REPO}/branches/{{branch}}", "contents=read")
def branch(call: Call) -> Reply:
    """One branch."""
    name = call.params["branch"]
    sha = call.repo.tip(name)
    if sha is None:
        raise ApiError(404, "Branch not found")
    url, page = call.hub.show.repo_url(call.repo), f"{call.hub.url}/{call.repo.name}/tree/{name}"
    protected = name in call.repo.protected
    shown = {
        "name": name,
        "commit": call.hub.show.commit(call.repo, call.repo.store.commit(sha)),
        "_links": {"self": f"{url}/branches/{name}", "html": page},
        "protected": protected,
        "protection": {"enabled": protected},
        "protection_url": f"{url}/branches/{name}/protection",
    }
    return Reply(200, shown)


@route("GET", f"{REPO}/commits", "contents=read")
def commits(call: Call) -> Reply:
    """The history of a branch or commit, newest first."""
    if not call.repo.store.branches():
        raise ApiError(409, "Git Repository is empty.")
    sha = call.repo.store.resolve(call.query.get("sha", call.repo.default_branch))
    if sha is None:
        raise not_found()
    found = call.repo.store.log(sha, call.query.get("path", ""))
    return Reply(200, [call.hub.show.commit(call.repo, commit) for commit in call.page(found)])


@route("GET", f"{REPO}/commits/{{ref}}", "contents=read")
def commit(call: Call) -> Reply:
    """A commit with what it changed."""
    store = call.repo.store
    sha = store.resolve(call.params["ref"])
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {call.params['ref']}")
    found = store.commit(sha)
    empty = store.line("hash-object", "-t", "tree", "-w", "--stdin")
    changes = store.changes(found.parents[0] if found.parents else empty, sha)
    plus, minus = sum(change.additions for change in changes), sum(change.deletions for change in changes)
    stats = {"additions": plus, "deletions": minus, "total": plus + minus}
    files = [call.hub.show.change(call.repo, change, sha) for change in call.page(changes)]
    return Reply(200, call.hub.show.commit(call.repo, found) | {"stats": stats, "files": files})


@route("GET", f"{REPO}/commits/{{commit_sha}}/pulls", "pull_requests=read; contents=read")
def pulls_of_commit(call: Call) -> Reply:
    """Pull requests that hold a commit."""
    sha = call.repo.store.resolve(call.params["commit_sha"])
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {call.params['commit_sha']}")
    found = [
        pull
        for pull in call.repo.pulls
        if pull.merge_commit == sha
        or (call.repo.holds(pull.head_sha, sha) and (pull.merged or not call.repo.holds(pull.base_sha, sha)))
    ]
    return Reply(200, [call.hub.show.pull(call.repo, pull) for pull in call.page(found)])


@route("GET", f"{REPO}/compare/{{basehead}}", "contents=read")
def compare(call: Call) -> Reply:
    """What `head` has that `base` has not, and the files that differ from where they parted."""
    store, repo = call.repo.store, call.repo
    base_name, dots, head_name = call.params["basehead"].partition("...")
    base, head = store.resolve(base_name), store.resolve(head_name)
    if not dots or base is None or head is None:
        raise not_found()
    start = store.merge_base(base, head)
    if start is None:
        raise ApiError(404, f"No common ancestor between {base_name} and {head_name}.")
    ahead, behind = store.between(base, head), store.between(head, base)
    status = {(False, False): "identical", (True, False): "ahead", (False, True): "behind", (True, True): "diverged"}
    url, page = f"{call.hub.show.repo_url(repo)}/compare/{base_name}...{head_name}", f"{call.hub.url}/{repo.name}"
    changes = store.changes(start, head)[:COMPARED_FILES]
    shown = {
        "url": url,
        "html_url": f"{page}/compare/{base_name}...{head_name}",
        "permalink_url": f"{page}/compare/{base}...{head}",
        "diff_url": f"{page}/compare/{base_name}...{head_name}.diff",
        "patch_url": f"{page}/compare/{base_name}...{head_name}.patch",
        "base_commit": call.hub.show.commit(repo, store.commit(base)),
        "merge_base_commit": call.hub.show.commit(repo, store.commit(start)),
        "status": status[bool(ahead), bool(behind)],
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [call.hub.show.commit(repo, one) for one in call.page(ahead)],
        "files": [call.hub.show.change(repo, change, head) for change in changes],
    }
    return Reply(200, shown)


@route("GET", f"{REPO}/contents/{{path}}", "contents=read")
def contents(call: Call) -> Reply:
    """A file, without its content when it is large, or the list of a folder."""
    path = call.params["path"].strip("/")
    sha = call.repo.store.resolve(call.query.get("ref", call.repo.default_branch))
    if sha is None:
        raise ApiError(404, f"No commit found for the ref {call.query.get('ref')}")
    found = call.repo.store.entries(sha, path=path)
    if not found:
        raise not_found()
    if found[0].kind == "tree":
        return Reply(200, [_content(call, sha, entry) for entry in call.repo.store.entries(sha, path=path + "/")])
    shown = _content(call, sha, found[0])
    data = call.repo.store.blob(found[0].sha)
    if len(data) > INLINE:
        return Reply(200, shown | {"content": "", "encoding": "none"})
    return Reply(200, shown | {"content": b64encode(data).decode(), "encoding": "base64"})


def _content(call: Call, sha: str, entry: Entry) -> dict[str, Any]:
    url, page = call.hub.show.repo_url(call.repo), f"{call.hub.url}/{call.repo.name}"
    mine = f"{url}/contents/{entry.path}?ref={sha}"
    git, html = f"{url}/git/{entry.kind}s/{entry.sha}", f"{page}/{entry.kind}/{sha}/{entry.path}"
    return {
        "name": entry.path.rsplit("/", 1)[-1],
        "path": entry.path,
        "sha": entry.sha,
        "size": entry.size or 0,
        "url": mine,
        "html_url": html,
        "git_url": git,
        "download_url": None if entry.kind == "tree" else f"{page}/raw/{sha}/{entry.path}",
        "type": {"blob": "file", "tree": "dir", "commit": "submodule"}[entry.kind],
        "_links": {"self": mine, "git": git, "html": html},
    }


@route("PUT", f"{REPO}/contents/{{path}}", "contents=write; contents=write,workflows=write")
def put_contents(call: Call) -> Reply:
    """Makes or changes one file with a commit of its own."""
    repo, body, path = call.repo, call.body, call.params["path"]
    name = body.get("branch", repo.default_branch)
    tip = repo.tip(name)
    if tip is None and repo.store.branches():
        raise ApiError(404, f"Branch {name} not found")
    old = next(iter(repo.store.entries(tip, path=path)), None) if tip else None
    if old and body.get("sha") is None:
        raise ApiError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if old and body["sha"] != old.sha:
        raise ApiError(409, f"{path} does not match {body['sha']}")
    blob = repo.store.write_blob(b64decode(body["content"]))
    tree = repo.store.write_tree(tip, [("100644", path, blob)])
    if path.startswith(WORKFLOWS):
        call.hub.check_workflows(call.token, repo, tree)
    account = call.hub.accounts[call.login]
    who = Person(account.login, account.email, call.hub.now())
    sha = repo.store.write_commit(tree, [tip] if tip else [], body["message"], who)
    repo.move(f"refs/heads/{name}", sha, old=tip, by=call.login)
    entry = repo.store.entries(sha, path=path)[0]
    shown = call.hub.show.git_commit(repo, repo.store.commit(sha))
    return Reply(200 if old else 201, {"content": _content(call, sha, entry), "commit": shown})


@route("POST", f"{REPO}/merges", "contents=write")
def merge_branch(call: Call) -> Reply:
    """Merges a branch or commit into a branch, by a merge commit."""
    repo, base = call.repo, call.body["base"]
    tip, head = repo.tip(base), repo.store.resolve(call.body["head"])
    if tip is None:
        raise ApiError(404, "Base does not exist")
    if head is None:
        raise ApiError(404, "Head does not exist")
    if repo.store.is_ancestor(head, tip):
        return Reply(204)
    tree = repo.store.merged_tree(tip, head)
    if tree is None:
        raise ApiError(409, "Merge conflict")
    account = call.hub.accounts[call.login]
    who = Person(account.login, account.email, call.hub.now())
    message = call.body.get("commit_message", f"Merge {call.body['head']} into {base}")
    sha = repo.store.write_commit(tree, [tip, head], message, who)
    call.hub.check_workflows(call.token, repo, sha)
    if call.token and call.token.is_bot:
        call.hub.verified.add(sha)
    repo.move(f"refs/heads/{base}", sha, old=tip, by=call.login)
    return Reply(201, call.hub.show.commit(repo, repo.store.commit(sha)))


@route("GET", f"{REPO}/assignees", "metadata=read; issues=read; pull_requests=read")
def assignees(call: Call) -> Reply:
    """Who can be assigned."""
    return Reply(200, [call.hub.show.user(login) for login in call.page(call.hub.assignable(call.repo))])


@route("GET", f"{REPO}/assignees/{{assignee}}", "metadata=read; issues=read; pull_requests=read")
def is_assignee(call: Call) -> Reply:
    """204 when this person can be assigned."""
    if call.params["assignee"] not in call.hub.assignable(call.repo):
        raise not_found()
    return Reply(204)


@route("GET", f"{REPO}/collaborators/{{username}}", "metadata=read")
def is_collaborator(call: Call) -> Reply:
    """204 when this person may work here."""
    if call.params["username"] not in call.hub.assignable(call.repo):
        raise not_found()
    return Reply(204)


@route("GET", f"{REPO}/collaborators/{{username}}/permission", "metadata=read")
def permission(call: Call) -> Reply:
    """What this person may do here."""
    login = call.params["username"]
    if login not in call.hub.accounts:
        raise not_found()
    role = call.hub.role(login, call.repo)
    short = {"triage": "read", "maintain": "write"}.get(role, role)
    return Reply(200, {"permission": short, "role_name": role, "user": call.hub.show.user(login) | {"role_name": role}})
