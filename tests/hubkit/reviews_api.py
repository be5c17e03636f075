"""Reviews and comments on lines. https://docs.github.com/rest/pulls/comments"""

from __future__ import annotations

import re
from typing import Any

from hubkit.errors import ApiError, invalid, not_found
from hubkit.issues_api import check_text
from hubkit.pulls_api import PULL, READS, WRITES, changes
from hubkit.repository import Repository
from hubkit.routes import REPO, Call, Reply, route
from hubkit.state import Pull, Review, ReviewComment

HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


def shown_lines(patch: str) -> dict[tuple[str, int], int]:
    """The lines that a diff shows: (side, number) and the index of the hunk that shows them."""
    found, left, right, hunk = {}, 0, 0, -1
    for row in patch.split("\n"):
        match = HUNK.match(row)
        if match:
            left, right, hunk = int(match[1]), int(match[2]), hunk + 1
        elif row[:1] in " -+":
            if row[:1] != "+":
                found["LEFT", left] = hunk
                left += 1
            if row[:1] != "-":
                found["RIGHT", right] = hunk
                right += 1
    return found


@route("GET", f"{PULL}/comments", READS)
def comments(call: Call) -> Reply:
    """All comments on lines, oldest first."""
    shown = call.page(_current(call.repo, call.pull))
    return Reply(200, [call.hub.show.review_comment(call.repo, call.pull, one) for one in shown])


def _current(repo: Repository, pull: Pull) -> list[ReviewComment]:
    """The comments; those whose line is no longer in the diff are outdated."""
    lines = {change.path: shown_lines(change.patch or "") for change in changes(repo, pull)}
    for one in pull.review_comments:
        if one.commit != pull.head_sha:
            kept = one.line is not None and (one.side, one.line) in lines.get(one.path, {})
            same = kept and _line(repo, one.original_commit, one) == _line(repo, pull.head_sha, one)
            one.commit, one.line = pull.head_sha, one.line if same else None
    return pull.review_comments


def _line(repo: Repository, rev: str, one: ReviewComment) -> str | None:
    if one.side == "LEFT" or one.line is None or not repo.store.entries(rev, path=one.path):
        return None
    rows = repo.text(rev, one.path).split("\n")
    return rows[one.line - 1] if one.line <= len(rows) else None


@route("POST", f"{PULL}/comments", WRITES)
def create_comment(call: Call) -> Reply:
    """Comments on lines that the diff shows."""
    body = call.body
    if body["commit_id"] != call.pull.head_sha and not call.repo.holds(call.pull.head_sha, body["commit_id"]):
        raise invalid(
            "PullRequestReviewComment", "custom", field="commit_id", message="commit_id is not part of the pull request"
        )
    review = Review(call.hub.next_id(), call.login, "", "COMMENTED", body["commit_id"], call.hub.now())
    one = _new(call, body, review)
    if isinstance(one, str):
        field = f"pull_request_review_thread.{one}"
        raise invalid("PullRequestReviewComment", "custom", field=field, message=f"{field} could not be resolved")
    call.pull.reviews.append(review)
    call.pull.review_comments.append(one)
    return Reply(201, call.hub.show.review_comment(call.repo, call.pull, one))


def _new(call: Call, body: dict[str, Any], review: Review) -> ReviewComment | str:
    """The comment, or the name of what cannot be resolved."""
    check_text("PullRequestReviewComment", None, body["body"])
    change = next((one for one in changes(call.repo, call.pull) if one.path == body["path"]), None)
    if change is None:
        return "path"
    line, side, start = body.get("line"), body.get("side", "RIGHT"), body.get("start_line")
    shown = shown_lines(change.patch or "")
    if (side, line) not in shown:
        return "line"
    if start is not None and (start >= line or shown.get((body.get("start_side", side), start)) != shown[side, line]):
        return "start_line"
    hunk = "@@" + f"\n{change.patch}".split("\n@@")[shown[side, line] + 1]
    answers, head = body.get("in_reply_to"), call.pull.head_sha
    return ReviewComment(
        call.hub.next_id(), call.login, body["body"], change.path, head, head, line, line, start, side, hunk,
        call.hub.now(), review.id, answers,
    )  # fmt: skip


def _comment(call: Call) -> tuple[Pull, ReviewComment]:
    for pull in call.repo.pulls:
        for one in pull.review_comments:
            if str(one.id) == call.params["comment_id"]:
                return pull, one
    raise not_found()


@route("GET", f"{REPO}/pulls/comments/{{comment_id}}", READS)
def get_comment(call: Call) -> Reply:
    """One comment."""
    return Reply(200, call.hub.show.review_comment(call.repo, *_comment(call)))


@route("PATCH", f"{REPO}/pulls/comments/{{comment_id}}", WRITES)
def update_comment(call: Call) -> Reply:
    """Changes the text of a comment."""
    pull, one = _comment(call)
    check_text("PullRequestReviewComment", None, call.body["body"])
    one.body = call.body["body"]
    return Reply(200, call.hub.show.review_comment(call.repo, pull, one))


@route("DELETE", f"{REPO}/pulls/comments/{{comment_id}}", WRITES)
def delete_comment(call: Call) -> Reply:
    """Deletes a comment."""
    pull, one = _comment(call)
    pull.review_comments.remove(one)
    return Reply(204)


@route("GET", f"{PULL}/reviews", READS)
def reviews(call: Call) -> Reply:
    """All reviews, oldest first."""
    shown = call.page(call.pull.reviews)
    return Reply(200, [call.hub.show.review(call.repo, call.pull, one) for one in shown])


@route("POST", f"{PULL}/reviews", WRITES)
def create_review(call: Call) -> Reply:
    """A review with any number of comments on lines: all of them or nothing."""
    body, pull, hub = call.body or {}, call.pull, call.hub
    event = body.get("event", "")
    if event in ("APPROVE", "REQUEST_CHANGES") and call.login == pull.author:
        words = "approve" if event == "APPROVE" else "request changes on"
        raise ApiError(422, "Unprocessable Entity", errors=[f"Can not {words} your own pull request"])
    if event == "COMMENT" and not body.get("body") and not body.get("comments"):
        raise ApiError(422, "Unprocessable Entity", errors=["Body is required"])
    check_text("PullRequestReview", None, body.get("body"))
    commit = body.get("commit_id", pull.head_sha)
    review = Review(hub.next_id(), call.login, body.get("body", ""), STATES.get(event, "PENDING"), commit, hub.now())
    made = [_new(call, one, review) for one in body.get("comments", [])]
    problems = [one for one in made if isinstance(one, str)]
    if problems:
        words = {"path": "Path could not be resolved", "line": "Line could not be resolved"}
        errors = [words.get(one, "Start line must precede the end line.") for one in problems]
        raise ApiError(422, "Unprocessable Entity", errors=errors)
    pull.reviews.append(review)
    pull.review_comments += [one for one in made if not isinstance(one, str)]
    return Reply(200, hub.show.review(call.repo, pull, review))
