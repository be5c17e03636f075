"""Pull requests. https://docs.github.com/rest/pulls/pulls"""

from __future__ import annotations

from typing import Any

from hubkit.errors import ApiError, invalid, not_found
from hubkit.issues_api import check_text
from hubkit.repository import MERGE_METHODS, Repository
from hubkit.routes import REPO, Call, Reply, route
from hubkit.state import Pull
from hubkit.store import Person

READS, WRITES = "pull_requests=read", "pull_requests=write"
PULL = REPO + "/pulls/{pull_number}"
MOST_REVIEWERS = 15
MOST_COMMITS = 250
MOST_FILES = 3000
"""https://docs.github.com/rest/pulls/pulls#list-pull-requests-files"""


@route("GET", f"{REPO}/pulls", READS)
def pulls(call: Call) -> Reply:
    """Pull requests, the open ones unless asked, newest first. A `head` without an owner is no filter at all."""
    query = call.query
    state, head, base = query.get("state", "open"), query.get("head", ""), query.get("base", "")
    found = [pull for pull in call.repo.pulls if state in ("all", pull.state)]
    if ":" in head:
        found = [pull for pull in found if f"{pull.head_repo.split('/')[0]}:{pull.head_ref}" == head]
    if base:
        found = [pull for pull in found if pull.base_ref == base]
    key = {"updated": lambda pull: (pull.updated, pull.number)}.get(query.get("sort", ""), lambda pull: pull.number)
    # A list sorted by the default key begins with the newest.
    descending = query.get("direction", "asc" if query.get("sort", "created") != "created" else "desc") == "desc"
    found.sort(key=key, reverse=descending)
    return Reply(200, [call.hub.show.pull(call.repo, pull) for pull in call.page(found)])


@route("POST", f"{REPO}/pulls", WRITES)
def create_pull(call: Call) -> Reply:
    """Opens a pull request; one for each pair of branches."""
    repo, body, hub = call.repo, call.body, call.hub
    if call.token and call.token.kind == "actions" and not repo.actions_may_open_pulls:
        raise ApiError(403, "GitHub Actions is not permitted to create or approve pull requests.")
    if "title" not in body:
        raise ApiError(422, 'Invalid request.\n\n"title" wasn\'t supplied.')
    check_text("PullRequest", body["title"], body.get("body"))
    if body.get("draft") and not repo.has_drafts:
        raise ApiError(422, "Draft pull requests are not supported in this repository.")
    source, head_ref = _head(repo, body["head"])
    head = source.tip(head_ref) if source else None
    base = repo.tip(body["base"])
    problems = [field for field, sha in (("head", head), ("base", base)) if sha is None]
    if problems or source is None or head is None or base is None:
        errors = [{"resource": "PullRequest", "field": field, "code": "invalid"} for field in problems]
        raise ApiError(422, "Validation Failed", errors=errors)
    for pull in repo.open_pulls:
        if (pull.head_repo, pull.head_ref, pull.base_ref) == (source.name, head_ref, body["base"]):
            message = f"A pull request already exists for {source.owner}:{head_ref}."
            raise invalid("PullRequest", "custom", message=message)
    number = hub.next_number(repo)
    repo.fetch_head(number, source, head)
    if not repo.store.between(base, head):
        repo.store.drop_ref(f"refs/pull/{number}/head")
        label = head_ref if source is repo else f"{source.owner}:{head_ref}"
        raise invalid("PullRequest", "custom", message=f"No commits between {body['base']} and {label}")
    now = hub.now()
    pull = Pull(
        hub.next_id(), number, body["title"], body.get("body"), call.login, now, now,
        head_repo=source.name, head_ref=head_ref, head_sha=head, base_ref=body["base"], base_sha=base,
        draft=body.get("draft", False),
    )  # fmt: skip
    repo.issues[number] = pull
    return Reply(201, hub.show.pull(repo, pull, full=True))


def _head(repo: Repository, text: str) -> tuple[Repository | None, str]:
    owner, colon, ref = text.rpartition(":")
    if not colon or owner == repo.owner:
        return repo, ref
    return next((fork for fork in repo.forks if fork.owner == owner), None), ref


@route("GET", PULL, READS)
def get_pull(call: Call) -> Reply:
    """One pull request."""
    return Reply(200, call.hub.show.pull(call.repo, call.pull, full=True))


@route("PATCH", PULL, WRITES)
def update_pull(call: Call) -> Reply:
    """Changes title, body, state or base."""
    pull, body = call.pull, call.body or {}
    check_text("PullRequest", body.get("title"), body.get("body"))
    base = body.get("base", pull.base_ref)
    if call.repo.tip(base) is None:
        raise invalid("PullRequest", "invalid", field="base")
    call.hub.set_state(call.repo, pull, body.get("state", pull.state), by=call.login)
    pull.title, pull.body = body.get("title", pull.title), body.get("body", pull.body)
    pull.base_ref, pull.updated = base, call.hub.now()
    return Reply(200, call.hub.show.pull(call.repo, pull, full=True))


@route("GET", f"{PULL}/commits", READS)
def pull_commits(call: Call) -> Reply:
    """The commits, oldest first."""
    store, pull = call.repo.store, call.pull
    found = store.between(pull.base_sha, pull.head_sha)[:MOST_COMMITS]
    return Reply(200, [call.hub.show.commit(call.repo, one) for one in call.page(found)])


@route("GET", f"{PULL}/files", READS)
def pull_files(call: Call) -> Reply:
    """The changed files with their diffs."""
    pull = call.pull
    found = call.page(changes(call.repo, pull)[:MOST_FILES])
    return Reply(200, [call.hub.show.change(call.repo, change, pull.head_sha) for change in found])


def changes(repo: Repository, pull: Pull) -> list[Any]:
    """What the pull request changes, from where it left its base."""
    start = repo.store.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    return repo.store.changes(start, pull.head_sha)


@route("GET", f"{PULL}/merge", "contents=read")
def is_merged(call: Call) -> Reply:
    """204 when it is merged."""
    if not call.pull.merged:
        raise not_found()
    return Reply(204)


@route("PUT", f"{PULL}/merge", "contents=write")
def merge(call: Call) -> Reply:
    """Merges, squashes or rebases."""
    pull, body = call.pull, call.body or {}
    if pull.state != "open" or pull.draft:
        raise ApiError(405, "Pull Request is not mergeable" if not pull.draft else "Pull Request is still a draft")
    if body.get("sha", pull.head_sha) != pull.head_sha:
        raise ApiError(409, "Head branch was modified. Review and try the merge again.")
    method = body.get("merge_method", "merge")
    if method not in MERGE_METHODS:
        raise ApiError(422, "Invalid merge method")
    title, message = body.get("commit_title", ""), body.get("commit_message", "")
    sha = call.repo.merged_commit(pull, method, by=call.login, title=title, message=message)
    call.hub.check_workflows(call.token, call.repo, sha)
    call.repo.finish(pull, sha, by=call.login)
    return Reply(200, {"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


@route("PUT", f"{PULL}/update-branch", WRITES)
def update_branch(call: Call) -> Reply:
    """Merges the base into the head."""
    pull, repo = call.pull, call.repo
    if (call.body or {}).get("expected_head_sha", pull.head_sha) != pull.head_sha:
        raise ApiError(422, "expected head sha didn’t match current head ref.")
    base = repo.tip(pull.base_ref) or ""
    if repo.holds(pull.head_sha, base):
        raise ApiError(422, "There are no new commits on the base branch.")
    tree = repo.store.merged_tree(pull.head_sha, base)
    if tree is None:
        raise ApiError(422, "merge conflict between base and head")
    account = call.hub.accounts[call.login]
    who = Person(account.login, account.email, call.hub.now())
    message = f"Merge branch '{pull.base_ref}' into {pull.head_ref}"
    sha = repo.store.write_commit(tree, [pull.head_sha, base], message, who)
    repo.move(f"refs/heads/{pull.head_ref}", sha, old=pull.head_sha, by=call.login)
    return Reply(202, {"message": "Updating pull request branch.", "url": call.hub.show.repo_url(repo)})


# --- reviewers


@route("GET", f"{PULL}/requested_reviewers", READS)
def requested(call: Call) -> Reply:
    """Who is asked for a review."""
    shown = call.hub.show.pull(call.repo, call.pull)
    return Reply(200, {"users": shown["requested_reviewers"], "teams": shown["requested_teams"]})


@route("POST", f"{PULL}/requested_reviewers", WRITES)
def request_reviewers(call: Call) -> Reply:
    """Asks people and teams; all of them or none."""
    pull, body, hub = call.pull, call.body or {}, call.hub
    people, teams = body.get("reviewers", []), body.get("team_reviewers", [])
    if pull.author in people:
        raise ApiError(422, "Review cannot be requested from pull request author.")
    if teams and call.token and call.token.kind == "actions":
        # A workflow's token knows nothing of the organisation's teams.
        raise ApiError(422, "Could not resolve to a node with the global id of 'T_1'.")
    strangers = [login for login in people if login not in hub.assignable(call.repo)]
    strangers += [slug for slug in teams if (call.repo.owner, slug) not in hub.teams]
    if strangers:
        raise ApiError(
            422,
            "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not "
            f"a collaborator of the {call.repo.name} repository.",
        )
    pull.reviewers += [login for login in people if login not in pull.reviewers]
    pull.team_reviewers += [slug for slug in teams if slug not in pull.team_reviewers]
    del pull.reviewers[MOST_REVIEWERS:]
    return Reply(201, hub.show.pull(call.repo, pull))


@route("DELETE", f"{PULL}/requested_reviewers", WRITES)
def drop_reviewers(call: Call) -> Reply:
    """Takes the request back."""
    pull, body = call.pull, call.body or {}
    pull.reviewers = [login for login in pull.reviewers if login not in body.get("reviewers", [])]
    pull.team_reviewers = [slug for slug in pull.team_reviewers if slug not in body.get("team_reviewers", [])]
    return Reply(200, call.hub.show.pull(call.repo, pull))
