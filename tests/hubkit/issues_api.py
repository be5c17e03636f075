"""Issues, labels, assignees, milestones, comments. https://docs.github.com/rest/issues"""

from __future__ import annotations

from typing import Any

from hubkit.errors import ApiError, invalid, not_found
from hubkit.repository import Repository
from hubkit.routes import REPO, Call, Reply, route
from hubkit.state import Comment, Issue, Label, Milestone

READS = "issues=read; pull_requests=read"
WRITES = "issues=write; pull_requests=write"
ISSUE = REPO + "/issues/{issue_number}"
BODY_LIMIT = 65_536
"""Characters of the body of an issue, pull request or comment."""
TITLE_LIMIT = 256
LABEL_LIMIT = 50
DESCRIPTION_LIMIT = 100
MOST_ASSIGNEES = 10


def check_text(resource: str, title: str | None, body: str | None) -> None:
    """Refuses what GitHub finds too long."""
    if title is not None and not title.strip():
        raise invalid(resource, "missing_field", field="title")
    for field, text, limit in (("title", title, TITLE_LIMIT), ("body", body, BODY_LIMIT)):
        if text is not None and len(text) > limit:
            message = f"{field} is too long (maximum is {limit} characters)"
            raise invalid(resource, "custom", field=field, message=message)


def assign(call: Call, issue: Issue, logins: list[str]) -> None:
    """Adds assignees; those who cannot be assigned are left out in silence."""
    for login in logins:
        if login in call.hub.assignable(call.repo) and login not in issue.assignees:
            issue.assignees.append(login)
    del issue.assignees[MOST_ASSIGNEES:]


@route("GET", ISSUE, READS)
def get_issue(call: Call) -> Reply:
    """An issue or the issue's half of a pull request."""
    return Reply(200, call.hub.show.issue(call.repo, call.issue))


@route("PATCH", ISSUE, WRITES)
def update_issue(call: Call) -> Reply:
    """Changes an issue. Labels and assignees replace what was there."""
    issue, body = call.issue, call.body or {}
    check_text("Issue", body.get("title"), body.get("body"))
    milestone = body.get("milestone", issue.milestone)
    if milestone is not None and milestone not in call.repo.milestones:
        raise invalid("Issue", "invalid", field="milestone", value=milestone)
    issue.milestone = milestone
    issue.title, issue.body = body.get("title", issue.title), body.get("body", issue.body)
    if "labels" in body:
        issue.labels = []
        _add_labels(call, issue, body["labels"])
    if "assignees" in body:
        unknown = [login for login in body["assignees"] if login not in call.hub.assignable(call.repo)]
        if unknown:
            raise invalid("Issue", "invalid", field="assignees", value=unknown[0])
        issue.assignees = []
        assign(call, issue, body["assignees"])
    call.hub.set_state(call.repo, issue, body.get("state", issue.state), by=call.login)
    issue.updated = call.hub.now()
    return Reply(200, call.hub.show.issue(call.repo, issue))


# --- labels


@route("GET", f"{REPO}/labels", READS)
def labels(call: Call) -> Reply:
    """All labels of the repository."""
    found = sorted(call.repo.labels.values(), key=lambda label: label.name)
    return Reply(200, [call.hub.show.label(call.repo, label) for label in call.page(found)])


@route("POST", f"{REPO}/labels", WRITES)
def create_label(call: Call) -> Reply:
    """Makes a label; refused when there is one of this name in any case of letters."""
    label = _new_label(call.repo, call.body)
    return Reply(201, call.hub.show.label(call.repo, label))


@route("GET", f"{REPO}/labels/{{name}}", READS)
def get_label(call: Call) -> Reply:
    """One label."""
    return Reply(200, call.hub.show.label(call.repo, _label(call)))


@route("PATCH", f"{REPO}/labels/{{name}}", WRITES)
def update_label(call: Call) -> Reply:
    """Changes a label."""
    label, body = _label(call), call.body or {}
    label.color = body.get("color", label.color)
    label.description = body.get("description", label.description)
    return Reply(200, call.hub.show.label(call.repo, label))


@route("DELETE", f"{REPO}/labels/{{name}}", WRITES)
def delete_label(call: Call) -> Reply:
    """Deletes a label, also from issues."""
    label = _label(call)
    del call.repo.labels[label.name.lower()]
    for issue in call.repo.issues.values():
        issue.labels = [name for name in issue.labels if name != label.name]
    return Reply(204)


def _label(call: Call) -> Label:
    found = call.repo.labels.get(call.params["name"].lower())
    if found is None:
        raise not_found()
    return found


def _new_label(repo: Repository, body: dict[str, Any]) -> Label:
    name, text = body["name"], body.get("description")
    if not name.strip():
        raise invalid("Label", "missing_field", field="name")
    for field, value, limit in (("name", name, LABEL_LIMIT), ("description", text or "", DESCRIPTION_LIMIT)):
        if len(value) > limit:
            message = f"{field} is too long (maximum is {limit} characters)"
            raise invalid("Label", "custom", field=field, message=message)
    if name.lower() in repo.labels:
        raise invalid("Label", "already_exists", field="name")
    color = body.get("color", "ededed")
    if len(color) != 6 or set(color.lower()) - set("0123456789abcdef"):
        raise invalid("Label", "invalid", field="color", value=color)
    return repo.labels.setdefault(name.lower(), Label(repo.next_id(), name, color, text))


def _add_labels(call: Call, issue: Issue, given: Any) -> None:
    """Adds labels to an issue; those that do not exist are made."""
    names = given.get("labels", []) if isinstance(given, dict) else given
    for one in names:
        name = one if isinstance(one, str) else one["name"]
        label = call.repo.labels.get(name.lower()) or _new_label(call.repo, {"name": name})
        if label.name not in issue.labels:
            issue.labels.append(label.name)


def _shown_labels(call: Call) -> Reply:
    found = [call.repo.labels[name.lower()] for name in call.issue.labels]
    return Reply(200, [call.hub.show.label(call.repo, label) for label in call.page(found)])


@route("GET", f"{ISSUE}/labels", READS)
def issue_labels(call: Call) -> Reply:
    """The labels of an issue."""
    return _shown_labels(call)


@route("POST", f"{ISSUE}/labels", WRITES)
def add_labels(call: Call) -> Reply:
    """Adds labels."""
    _add_labels(call, call.issue, call.body)
    return _shown_labels(call)


@route("PUT", f"{ISSUE}/labels", WRITES)
def set_labels(call: Call) -> Reply:
    """Replaces the labels."""
    call.issue.labels = []
    _add_labels(call, call.issue, call.body)
    return _shown_labels(call)


@route("DELETE", f"{ISSUE}/labels", WRITES)
def clear_labels(call: Call) -> Reply:
    """Takes all labels off."""
    call.issue.labels = []
    return Reply(204)


@route("DELETE", f"{ISSUE}/labels/{{name}}", WRITES)
def remove_label(call: Call) -> Reply:
    """Takes one label off."""
    label = _label(call)
    if label.name not in call.issue.labels:
        raise ApiError(404, "Label does not exist")
    call.issue.labels.remove(label.name)
    return _shown_labels(call)


# --- assignees and milestones


@route("POST", f"{ISSUE}/assignees", WRITES)
def add_assignees(call: Call) -> Reply:
    """Assigns people."""
    assign(call, call.issue, (call.body or {}).get("assignees", []))
    return Reply(201, call.hub.show.issue(call.repo, call.issue))


@route("DELETE", f"{ISSUE}/assignees", WRITES)
def remove_assignees(call: Call) -> Reply:
    """Takes people off."""
    gone = (call.body or {}).get("assignees", [])
    call.issue.assignees = [login for login in call.issue.assignees if login not in gone]
    return Reply(200, call.hub.show.issue(call.repo, call.issue))


@route("GET", f"{REPO}/milestones", READS)
def milestones(call: Call) -> Reply:
    """Milestones, the open ones unless asked."""
    state = call.query.get("state", "open")
    found = [one for one in call.repo.milestones.values() if state in ("all", one.state)]
    return Reply(200, [call.hub.show.milestone(call.repo, one) for one in call.page(found)])


@route("POST", f"{REPO}/milestones", WRITES)
def create_milestone(call: Call) -> Reply:
    """Makes a milestone."""
    title = call.body["title"]
    if any(one.title == title for one in call.repo.milestones.values()):
        raise invalid("Milestone", "already_exists", field="title")
    number = len(call.repo.milestones) + 1
    state = call.body.get("state", "open")
    one = Milestone(call.hub.next_id(), number, title, state, call.login, call.hub.now())
    call.repo.milestones[number] = one
    return Reply(201, call.hub.show.milestone(call.repo, one))


@route("GET", f"{REPO}/milestones/{{milestone_number}}", READS)
def get_milestone(call: Call) -> Reply:
    """One milestone."""
    text = call.params["milestone_number"]
    found = call.repo.milestones.get(int(text)) if text.isdigit() else None
    if found is None:
        raise not_found()
    return Reply(200, call.hub.show.milestone(call.repo, found))


# --- comments


@route("GET", f"{ISSUE}/comments", READS)
def comments(call: Call) -> Reply:
    """The conversation, oldest first."""
    shown = [call.hub.show.comment(call.repo, call.issue, one) for one in call.page(call.issue.comments)]
    return Reply(200, shown)


@route("POST", f"{ISSUE}/comments", WRITES)
def create_comment(call: Call) -> Reply:
    """Says something."""
    check_text("IssueComment", None, call.body["body"])
    now = call.hub.now()
    one = Comment(call.hub.next_id(), call.login, call.body["body"], now, now)
    call.issue.comments.append(one)
    return Reply(201, call.hub.show.comment(call.repo, call.issue, one))


def _comment(call: Call) -> tuple[Issue, Comment]:
    for issue in call.repo.issues.values():
        for one in issue.comments:
            if str(one.id) == call.params["comment_id"]:
                return issue, one
    raise not_found()


@route("GET", f"{REPO}/issues/comments/{{comment_id}}", READS)
def get_comment(call: Call) -> Reply:
    """One comment."""
    issue, one = _comment(call)
    return Reply(200, call.hub.show.comment(call.repo, issue, one))


@route("PATCH", f"{REPO}/issues/comments/{{comment_id}}", WRITES)
def update_comment(call: Call) -> Reply:
    """Changes a comment."""
    issue, one = _comment(call)
    check_text("IssueComment", None, call.body["body"])
    one.body, one.updated = call.body["body"], call.hub.now()
    return Reply(200, call.hub.show.comment(call.repo, issue, one))


@route("DELETE", f"{REPO}/issues/comments/{{comment_id}}", WRITES)
def delete_comment(call: Call) -> Reply:
    """Deletes a comment."""
    issue, one = _comment(call)
    issue.comments.remove(one)
    return Reply(204)


@route("GET", f"{REPO}/issues/comments/{{comment_id}}/reactions", READS)
def reactions(call: Call) -> Reply:
    """The reactions to a comment."""
    _, one = _comment(call)
    return Reply(200, [_reaction(call, *row) for row in call.page(one.reactions)])


@route("POST", f"{REPO}/issues/comments/{{comment_id}}/reactions", WRITES)
def react(call: Call) -> Reply:
    """Adds a reaction; each person has one of a kind."""
    _, one = _comment(call)
    kind = call.body["content"]
    for row in one.reactions:
        if row[1:] == (call.login, kind):
            return Reply(200, _reaction(call, *row))
    one.reactions.append((call.hub.next_id(), call.login, kind))
    return Reply(201, _reaction(call, *one.reactions[-1]))


def _reaction(call: Call, number: int, login: str, kind: str) -> dict[str, Any]:
    user = call.hub.show.user(login)
    return {
        "id": number,
        "node_id": f"REA_{number}",
        "user": user,
        "content": kind,
        "created_at": "2026-01-01T00:00:00Z",
    }
