"""One repository: git and everything that hangs on it. Tests act as people here, without HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hubkit.errors import ApiError
from hubkit.state import Issue, Label, Milestone, Pull
from hubkit.store import ZERO, Person, Store

__all__ = ["WORKFLOWS", "Repository"]

WORKFLOWS = ".github/workflows/"
"""Files below it may only be changed with a right of its own."""

MERGE_METHODS = ("merge", "squash", "rebase")


@dataclass
class Repository:
    """A repository; `name` is `owner/name`. `collaborators` are logins with read, triage, write, maintain or admin."""

    id: int
    name: str
    store: Store
    clock: Callable[[], int]
    next_id: Callable[[], int]
    default_branch: str = "main"
    private: bool = False
    archived: bool = False
    parent: Repository | None = None
    actions_may_open_pulls: bool = True
    has_drafts: bool = True
    protected: set[str] = field(default_factory=set)
    collaborators: dict[str, str] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    milestones: dict[int, Milestone] = field(default_factory=dict)
    forks: list[Repository] = field(default_factory=list)
    dispatches: list[Mapping[str, Any]] = field(default_factory=list)

    # --- what a test looks at

    @property
    def owner(self) -> str:
        """The login before the slash."""
        return self.name.split("/")[0]

    @property
    def pulls(self) -> list[Pull]:
        """All pull requests, oldest first."""
        return [issue for issue in self.issues.values() if isinstance(issue, Pull)]

    @property
    def open_pulls(self) -> list[Pull]:
        """The open ones, oldest first."""
        return [pull for pull in self.pulls if pull.state == "open"]

    def pull(self, number: int) -> Pull:
        """The pull request of this number. KeyError: there is none."""
        found = self.issues[number]
        if not isinstance(found, Pull):
            raise KeyError(number)
        return found

    def tip(self, branch: str) -> str | None:
        """The commit that a branch is at, None without such a branch."""
        return self.store.tip(branch)

    def tree(self, rev: str) -> str:
        """The id of the tree of a branch or commit."""
        return self.store.tree_of(rev)

    def files(self, rev: str) -> dict[str, bytes]:
        """All files of a branch or commit."""
        return self.store.files(rev)

    def text(self, rev: str, path: str) -> str:
        """A file of a branch or commit, as text."""
        return self.store.git("cat-file", "blob", f"{rev}:{path}").decode()

    def holds(self, rev: str, sha: str) -> bool:
        """Whether the history of `rev` holds the commit: it was not lost."""
        return self.store.is_ancestor(sha, rev)

    # --- what people do

    def commit(
        self,
        branch: str,
        files: Mapping[str, str | bytes | None],
        *,
        message: str = "change",
        author: str = "grace",
        base: str | None = None,
    ) -> str:
        """A person pushes a commit to a branch (new ones start at `base`, else at the default branch); its id."""
        old = self.tip(branch)
        parent = old or self.tip(base or self.default_branch)
        contents = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
        entries = [
            ("100644", path, None if data is None else self.store.write_blob(data)) for path, data in contents.items()
        ]
        tree = self.store.write_tree(parent, entries)
        who = Person(author, f"{author}@example.org", self.clock())
        sha = self.store.write_commit(tree, [parent] if parent else [], message, who)
        self.move(f"refs/heads/{branch}", sha, old=old or ZERO, by=author)
        return sha

    def merge(self, number: int, method: Literal["merge", "squash", "rebase"] = "merge", *, by: str = "grace") -> str:
        """A person merges a pull request; the new tip of the base."""
        pull = self.pull(number)
        sha = self.merged_commit(pull, method, by=by)
        self.finish(pull, sha, by=by)
        return sha

    def retarget(self, number: int, base: str) -> None:
        """A person has a pull request go into another branch."""
        pull = self.pull(number)
        pull.base_ref, pull.base_sha, pull.updated = base, self.tip(base) or "", self.clock()

    def restart(self, branch: str, files: Mapping[str, str | bytes | None], *, author: str = "grace") -> str:
        """A person replaces the history of a branch by one commit with the same files and `files`; its id."""
        contents = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
        entries = [
            ("100644", path, None if data is None else self.store.write_blob(data)) for path, data in contents.items()
        ]
        tree = self.store.write_tree(self.tip(branch), entries)
        who = Person(author, f"{author}@example.org", self.clock())
        sha = self.store.write_commit(tree, [], "anew", who)
        self.move(f"refs/heads/{branch}", sha, by=author)
        return sha

    def close(self, number: int, *, by: str = "grace") -> None:
        """A person closes a pull request or issue."""
        issue = self.issues[number]
        issue.state, issue.closed_at, issue.closed_by = "closed", self.clock(), by
        issue.updated = self.clock()

    def delete_branch(self, branch: str, *, by: str = "grace") -> None:
        """A person deletes a branch; pull requests that hang on it are closed."""
        self.move(f"refs/heads/{branch}", None, by=by)

    # --- references

    def move(self, ref: str, sha: str | None, *, old: str | None = None, by: str) -> None:
        """Sets or (None) deletes a reference and lets the pull requests follow. GitError: it is not at `old`."""
        if sha is None:
            self.store.drop_ref(ref)
        else:
            self.store.set_ref(ref, sha, old=old)
        self.follow(by=by)

    def follow(self, *, by: str) -> None:
        """Brings the pull requests in line with the branches, here and where this is the fork."""
        for repo in [self, *([self.parent] if self.parent else [])]:
            for pull in repo.open_pulls:
                if self.name in (repo.name, pull.head_repo):
                    repo._follow(pull, by)

    def _follow(self, pull: Pull, by: str) -> None:
        source = self.head_repository(pull)
        head = source.tip(pull.head_ref) if source else None
        base = self.tip(pull.base_ref)
        if head is not None and head != pull.head_sha:
            self.fetch_head(pull.number, source, head)
            pull.head_sha, pull.updated = head, self.clock()
        moved = base != pull.base_sha
        if base is not None and moved and self.store.is_ancestor(pull.head_sha, base):
            self.finish(pull, base, by=by)
        elif head is None or base is None or head == base or self.store.is_ancestor(head, base):
            self.close(pull.number, by=by)
        else:
            pull.base_sha = base

    def head_repository(self, pull: Pull) -> Repository | None:
        """Where the branch of the pull request is, None when that fork is gone."""
        return next((repo for repo in [self, *self.forks] if repo.name == pull.head_repo), None)

    def fetch_head(self, number: int, source: Repository | None, sha: str) -> None:
        """Keeps the head of a pull request here, also when its branch goes."""
        if source is not None and source is not self:
            self.store.git("fetch", "--quiet", str(source.store.path), sha)
        self.store.set_ref(f"refs/pull/{number}/head", sha)

    # --- merging

    def mergeable(self, pull: Pull) -> bool:
        """Whether the pull request merges without a conflict."""
        base = self.tip(pull.base_ref)
        return base is not None and self.store.merged_tree(base, pull.head_sha) is not None

    def merged_commit(self, pull: Pull, method: str, *, by: str, title: str = "", message: str = "") -> str:
        """Makes the commit that merges the pull request. ApiError 405: conflicts."""
        base = self.tip(pull.base_ref) or ""
        tree = self.store.merged_tree(base, pull.head_sha)
        if tree is None:
            raise ApiError(405, "Pull Request is not mergeable")
        who = Person(by, f"{by}@example.org", self.clock())
        if method == "merge":
            text = title or f"Merge pull request #{pull.number} from {pull.head_repo.split('/')[0]}/{pull.head_ref}"
            return self.store.write_commit(tree, [base, pull.head_sha], f"{text}\n\n{message or pull.title}", who)
        if method == "squash":
            text = title or f"{pull.title} (#{pull.number})"
            return self.store.write_commit(tree, [base], f"{text}\n\n{message}".strip(), who)
        tip = base
        for commit in self.store.between(base, pull.head_sha):
            if len(commit.parents) != 1:
                raise ApiError(405, "This branch can't be rebased")
            tip = self._picked(commit.sha, commit.parents[0], tip, who)
        return tip

    def _picked(self, sha: str, parent: str, onto: str, who: Person) -> str:
        # Git before 2.40 takes no merge base, so `onto` is made a sibling of the commit for the moment.
        sibling = self.store.write_commit(self.tree(onto), [parent], "sibling", who)
        tree = self.store.merged_tree(sibling, sha)
        if tree is None:
            raise ApiError(405, "This branch can't be rebased")
        commit = self.store.commit(sha)
        return self.store.write_commit(tree, [onto], commit.message, commit.author, who)

    def finish(self, pull: Pull, sha: str, *, by: str) -> None:
        """Notes that the pull request was merged as `sha`, and moves the base there."""
        now = self.clock()
        pull.state, pull.closed_at, pull.closed_by, pull.updated = "closed", now, by, now
        pull.merged_at, pull.merged_by, pull.merge_commit = now, by, sha
        if self.tip(pull.base_ref) != sha:
            self.move(f"refs/heads/{pull.base_ref}", sha, by=by)

    # --- rights

    def new_workflows(self, rev: str) -> list[str]:
        """Workflow files of a commit or tree that no branch has with the same bytes.

        These are the ones that need the right; see the scope `workflow` in
        https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
        """
        mine = self._workflows(rev)
        known = {pair for sha in self.store.branches().values() for pair in self._workflows(sha)} if mine else set()
        return sorted(path for path, sha in mine - known)

    def _workflows(self, rev: str) -> set[tuple[str, str]]:
        found = self.store.entries(rev, recursive=True, path=WORKFLOWS)
        return {(entry.path, entry.sha) for entry in found if entry.kind == "blob" and entry.path.startswith(WORKFLOWS)}
