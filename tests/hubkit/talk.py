"""Issues and pull requests as GitHub writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hubkit.show import Show, node, stamp

if TYPE_CHECKING:
    from hubkit.repository import Repository
    from hubkit.state import Comment, Issue, Label, Milestone, Pull, Review, ReviewComment

__all__ = ["Talk"]


class Talk(Show):
    """Adds what people say to each other to the things of `Show`."""

    def label(self, repo: Repository, label: Label) -> dict[str, Any]:
        """A label."""
        return {
            "id": label.id,
            "node_id": node("LA", label.id),
            "url": f"{self.repo_url(repo)}/labels/{quote(label.name, safe='')}",
            "name": label.name,
            "color": label.color,
            "default": False,
            "description": label.description,
        }

    def milestone(self, repo: Repository, milestone: Milestone) -> dict[str, Any]:
        """A milestone."""
        url, page = self.repo_url(repo), f"{self.hub.url}/{repo.name}"
        return {
            "url": f"{url}/milestones/{milestone.number}",
            "html_url": f"{page}/milestone/{milestone.number}",
            "labels_url": f"{url}/milestones/{milestone.number}/labels",
            "id": milestone.id,
            "node_id": node("MI", milestone.id),
            "number": milestone.number,
            "title": milestone.title,
            "description": None,
            "creator": self.user(milestone.creator),
            "open_issues": 0,
            "closed_issues": 0,
            "state": milestone.state,
            "created_at": stamp(milestone.created),
            "updated_at": stamp(milestone.created),
            "due_on": None,
            "closed_at": None,
        }

    def _shared(self, repo: Repository, issue: Issue) -> dict[str, Any]:
        milestone = None if issue.milestone is None else self.milestone(repo, repo.milestones[issue.milestone])
        assignees = [self.user(login) for login in issue.assignees]
        return {
            "id": issue.id,
            "number": issue.number,
            "title": issue.title,
            "body": issue.body,
            "user": self.user(issue.author),
            "state": issue.state,
            "locked": issue.locked,
            "labels": [self.label(repo, repo.labels[name.lower()]) for name in issue.labels],
            "assignee": assignees[0] if assignees else None,
            "assignees": assignees,
            "milestone": milestone,
            "created_at": stamp(issue.created),
            "updated_at": stamp(issue.updated),
            "closed_at": stamp(issue.closed_at),
            "author_association": self._association(repo, issue.author),
            "active_lock_reason": None,
        }

    def _association(self, repo: Repository, login: str) -> str:
        if login == repo.owner:
            return "OWNER"
        return "COLLABORATOR" if login in repo.collaborators else "NONE"

    def issue(self, repo: Repository, issue: Issue) -> dict[str, Any]:
        """An issue, or a pull request seen as one."""
        from hubkit.state import Pull

        url, page = self.repo_url(repo), f"{self.hub.url}/{repo.name}"
        is_pull = isinstance(issue, Pull)
        shown = self._shared(repo, issue) | {
            "node_id": node("I", issue.id),
            "url": f"{url}/issues/{issue.number}",
            "repository_url": url,
            "labels_url": f"{url}/issues/{issue.number}/labels{{/name}}",
            "comments_url": f"{url}/issues/{issue.number}/comments",
            "events_url": f"{url}/issues/{issue.number}/events",
            "html_url": f"{page}/{'pull' if is_pull else 'issues'}/{issue.number}",
            "comments": len(issue.comments),
            "closed_by": None if issue.closed_by is None else self.user(issue.closed_by),
            "state_reason": None,
            "performed_via_github_app": None,
        }
        if isinstance(issue, Pull):
            shown["draft"] = issue.draft
            shown["pull_request"] = {
                "url": f"{url}/pulls/{issue.number}",
                "html_url": f"{page}/pull/{issue.number}",
                "diff_url": f"{page}/pull/{issue.number}.diff",
                "patch_url": f"{page}/pull/{issue.number}.patch",
                "merged_at": stamp(issue.merged_at),
            }
        return shown

    def pull(self, repo: Repository, pull: Pull, *, full: bool = False) -> dict[str, Any]:
        """A pull request; `full` with what only its own page tells."""
        url, page = self.repo_url(repo), f"{self.hub.url}/{repo.name}"
        mine = f"{url}/pulls/{pull.number}"
        links = {
            "self": mine,
            "html": f"{page}/pull/{pull.number}",
            "issue": f"{url}/issues/{pull.number}",
            "comments": f"{url}/issues/{pull.number}/comments",
            "review_comments": f"{mine}/comments",
            "review_comment": f"{url}/pulls/comments{{/number}}",
            "commits": f"{mine}/commits",
            "statuses": f"{url}/statuses/{pull.head_sha}",
        }
        shown = self._shared(repo, pull) | {
            "url": mine,
            "node_id": node("PR", pull.id),
            "html_url": links["html"],
            "diff_url": f"{links['html']}.diff",
            "patch_url": f"{links['html']}.patch",
            "issue_url": links["issue"],
            "commits_url": links["commits"],
            "review_comments_url": links["review_comments"],
            "review_comment_url": links["review_comment"],
            "comments_url": links["comments"],
            "statuses_url": links["statuses"],
            "merged_at": stamp(pull.merged_at),
            "merge_commit_sha": pull.merge_commit,
            "requested_reviewers": [self.user(login) for login in pull.reviewers],
            "requested_teams": [self.team(self.hub.teams[repo.owner, slug]) for slug in pull.team_reviewers],
            "head": self._end(repo.head_repository(pull), pull.head_repo, pull.head_ref, pull.head_sha),
            "base": self._end(repo, repo.name, pull.base_ref, pull.base_sha),
            "_links": {key: {"href": value} for key, value in links.items()},
            "auto_merge": None,
            "draft": pull.draft,
        }
        return shown | self._counted(repo, pull) if full else shown

    def _counted(self, repo: Repository, pull: Pull) -> dict[str, Any]:
        store = repo.store
        start = store.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
        changes = store.changes(start, pull.head_sha)
        mergeable = self.hub.mergeable(repo, pull) if pull.state == "open" else None
        state = {None: "unknown", True: "draft" if pull.draft else "clean", False: "dirty"}[mergeable]
        return {
            "merged": pull.merged,
            "mergeable": mergeable,
            "rebaseable": mergeable,
            "mergeable_state": state,
            "merged_by": None if pull.merged_by is None else self.user(pull.merged_by),
            "comments": len(pull.comments),
            "review_comments": len(pull.review_comments),
            "maintainer_can_modify": False,
            "commits": len(store.between(start, pull.head_sha)),
            "additions": sum(change.additions for change in changes),
            "deletions": sum(change.deletions for change in changes),
            "changed_files": len(changes),
        }

    def _end(self, repo: Repository | None, name: str, ref: str, sha: str) -> dict[str, Any]:
        owner = name.split("/")[0]
        shown = None if repo is None else self.repository(repo)
        return {"label": f"{owner}:{ref}", "ref": ref, "sha": sha, "user": self.user(owner), "repo": shown}

    def comment(self, repo: Repository, issue: Issue, comment: Comment) -> dict[str, Any]:
        """A comment in a conversation."""
        url, page = self.repo_url(repo), f"{self.hub.url}/{repo.name}"
        return {
            "id": comment.id,
            "node_id": node("IC", comment.id),
            "url": f"{url}/issues/comments/{comment.id}",
            "html_url": f"{page}/issues/{issue.number}#issuecomment-{comment.id}",
            "issue_url": f"{url}/issues/{issue.number}",
            "body": comment.body,
            "user": self.user(comment.author),
            "created_at": stamp(comment.created),
            "updated_at": stamp(comment.updated),
            "author_association": self._association(repo, comment.author),
            "performed_via_github_app": None,
        }

    def review(self, repo: Repository, pull: Pull, review: Review) -> dict[str, Any]:
        """A review."""
        api, page = f"{self.repo_url(repo)}/pulls/{pull.number}", f"{self.hub.url}/{repo.name}/pull/{pull.number}"
        html = f"{page}#pullrequestreview-{review.id}"
        return {
            "id": review.id,
            "node_id": node("PRR", review.id),
            "user": self.user(review.author),
            "body": review.body,
            "state": review.state,
            "html_url": html,
            "pull_request_url": api,
            "_links": {"html": {"href": html}, "pull_request": {"href": api}},
            "submitted_at": stamp(review.submitted),
            "commit_id": review.commit,
            "author_association": self._association(repo, review.author),
        }

    def review_comment(self, repo: Repository, pull: Pull, comment: ReviewComment) -> dict[str, Any]:
        """A comment on lines."""
        url = self.repo_url(repo)
        mine, api = f"{url}/pulls/comments/{comment.id}", f"{url}/pulls/{pull.number}"
        html = f"{self.hub.url}/{repo.name}/pull/{pull.number}#discussion_r{comment.id}"
        shown = {
            "id": comment.id,
            "node_id": node("PRRC", comment.id),
            "url": mine,
            "html_url": html,
            "pull_request_url": api,
            "_links": {"self": {"href": mine}, "html": {"href": html}, "pull_request": {"href": api}},
            "pull_request_review_id": comment.review,
            "diff_hunk": comment.hunk,
            "path": comment.path,
            "position": None if comment.line is None else 1,
            "original_position": 1,
            "line": comment.line,
            "original_line": comment.original_line,
            "start_line": comment.start_line,
            "original_start_line": comment.start_line,
            "side": comment.side,
            "start_side": comment.side if comment.start_line else None,
            "subject_type": "line",
            "commit_id": comment.commit,
            "original_commit_id": comment.original_commit,
            "user": self.user(comment.author),
            "body": comment.body,
            "created_at": stamp(comment.created),
            "updated_at": stamp(comment.created),
            "author_association": self._association(repo, comment.author),
            "reactions": self._reactions(mine),
        }
        return shown if comment.answers is None else shown | {"in_reply_to_id": comment.answers}

    def _reactions(self, url: str) -> dict[str, Any]:
        kinds = ("+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket")
        return {"url": f"{url}/reactions", "total_count": 0} | dict.fromkeys(kinds, 0)
