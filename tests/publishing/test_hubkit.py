"""The stand-in for GitHub answers PyGithub and git as GitHub would."""

from __future__ import annotations

import os
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from github import Auth, Github, GithubException, InputGitTreeElement
from github.Repository import Repository as Client
from gitkit import Repo, git_environment
from hubkit import Hub, Server, serve

BODY_LIMIT = 65_536


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """A hub with one repository of two commits, `books/zh`."""
    source = Repo(tmp_path / "source")
    source.commit({"a.md": "one\n", "folder/b.md": "two\n"}, "first")
    source.commit({"a.md": "one\nmore\n"}, "second")
    with serve(tmp_path / "hub") as hub:
        hub.repository("books/zh", source.path, collaborators={"grace": "write", "rene": "read"})
        yield hub


def client(hub: Hub, token: str = "", **more: object) -> Client:
    """PyGithub's view of `books/zh`."""
    auth = Auth.Token(token or hub.token(**more))  # type: ignore[arg-type]
    github = Github(base_url=hub.api_url, auth=auth, retry=None, seconds_between_requests=0, seconds_between_writes=0)
    return github.get_repo("books/zh")


def pushed(repo: Client, branch: str, path: str = "a.md", text: str = "zh\n") -> str:
    """Makes a branch with one changed file by the git data API, as the action does."""
    head = repo.get_branch("main").commit
    blob = repo.create_git_blob(text, "utf-8")
    tree = repo.create_git_tree([InputGitTreeElement(path, "100644", "blob", sha=blob.sha)], head.commit.tree)
    commit = repo.create_git_commit("Translate", tree, [repo.get_git_commit(head.sha)])
    repo.create_git_ref(f"refs/heads/{branch}", commit.sha)
    return commit.sha


def refusal(error: pytest.ExceptionInfo[GithubException]) -> tuple[int, str]:
    """Status and words of a refusal."""
    data = error.value.data
    words = [one if isinstance(one, str) else one.get("message", one["code"]) for one in data.get("errors", [])]
    return error.value.status, " ".join([data["message"], *words])


def test_git_data_become_a_branch_and_a_pull_request(hub: Hub) -> None:
    """Blob, tree, commit, reference and pull request made by PyGithub are there in git."""
    repo = client(hub)
    sha = pushed(repo, "amts/zh")
    pull = repo.create_pull(base="main", head="amts/zh", title="Update", body="Text")
    zh = hub.repositories["books/zh"]
    assert zh.files("amts/zh") == {"a.md": b"zh\n", "folder/b.md": b"two\n"}
    assert [(one.number, one.title, one.head_sha) for one in zh.open_pulls] == [(pull.number, "Update", sha)]
    assert repo.get_git_commit(sha).verification.verified
    assert [(one.filename, one.additions, one.deletions) for one in pull.get_files()] == [("a.md", 1, 2)]
    assert [one.sha for one in pull.get_commits()] == [sha]
    assert pull.user.login == "github-actions[bot]"
    assert pull.mergeable is None
    assert repo.get_pull(pull.number).mergeable is True


def test_second_pull_request_and_second_reference_are_refused(hub: Hub) -> None:
    """One open pull request for a pair of branches, one reference of a name; words as GitHub's."""
    repo = client(hub)
    sha = pushed(repo, "amts/zh")
    repo.create_pull(base="main", head="amts/zh", title="Update")
    with pytest.raises(GithubException) as error:
        repo.create_pull(base="main", head="amts/zh", title="Again")
    assert refusal(error) == (422, "Validation Failed A pull request already exists for books:amts/zh.")
    with pytest.raises(GithubException) as error:
        repo.create_git_ref("refs/heads/amts/zh", sha)
    assert refusal(error) == (422, "Reference already exists")
    with pytest.raises(GithubException) as error:
        repo.create_pull(base="main", head="nowhere", title="x")
    assert refusal(error) == (422, "Validation Failed invalid")
    repo.create_git_ref("refs/heads/same", repo.get_branch("main").commit.sha)
    with pytest.raises(GithubException) as error:
        repo.create_pull(base="main", head="same", title="x")
    assert refusal(error) == (422, "Validation Failed No commits between main and same")


def test_references_move_forward_only(hub: Hub) -> None:
    """A move that would lose a commit is refused unless forced."""
    repo, zh = client(hub), hub.repositories["books/zh"]
    first = pushed(repo, "amts/zh")
    ref = repo.get_git_ref("heads/amts/zh")
    theirs = zh.commit("amts/zh", {"c.md": "three\n"})
    with pytest.raises(GithubException) as error:
        ref.edit(first, force=False)
    assert refusal(error) == (422, "Update is not a fast forward")
    assert zh.tip("amts/zh") == theirs
    ref.edit(first, force=True)
    assert zh.tip("amts/zh") == first
    ref.edit(theirs)
    assert zh.tip("amts/zh") == theirs
    ref.delete()
    assert zh.tip("amts/zh") is None
    with pytest.raises(GithubException) as error:
        ref.edit(first)
    assert refusal(error) == (422, "Reference does not exist")
    with pytest.raises(GithubException) as error:
        repo.get_git_ref("heads/amts/zh")
    assert refusal(error) == (404, "Not Found")


def test_trees_are_laid_over_others(hub: Hub) -> None:
    """A tree takes over the rest of its base, removes what has no id, and refuses bad paths."""
    repo = client(hub)
    base = repo.get_git_tree("main")
    made = repo.create_git_tree(
        [
            InputGitTreeElement("folder/b.md", "100644", "blob", sha=None),
            InputGitTreeElement("x/y", "100644", "blob", "z"),
        ],
        base,
    )
    assert [one.path for one in repo.get_git_tree(made.sha, recursive=True).tree] == ["a.md", "x", "x/y"]
    for path in ("/a", "a//b", "../a", "a/.git/b"):
        with pytest.raises(GithubException) as error:
            repo.create_git_tree([InputGitTreeElement(path, "100644", "blob", "z")], base)
        assert refusal(error) == (422, "tree.path contains a malformed path component")
    with pytest.raises(GithubException) as error:
        repo.create_git_tree([InputGitTreeElement("a", "100644", "blob", sha="1" * 40)], base)
    assert error.value.status == 422


def test_pull_request_follows_its_branches(hub: Hub) -> None:
    """It has the branch's newest commit, closes with the branch and is merged when its commits reach the base."""
    repo, zh = client(hub), hub.repositories["books/zh"]
    pushed(repo, "one")
    pull = repo.create_pull(base="main", head="one", title="Update")
    sha = zh.commit("one", {"c.md": "three\n"})
    assert repo.get_pull(pull.number).head.sha == sha
    zh.move("refs/heads/main", sha, by="grace")
    assert repo.get_pull(pull.number).merged
    pushed(repo, "two", text="two\n")
    pull = repo.create_pull(base="main", head="two", title="Update")
    zh.delete_branch("two")
    closed = repo.get_pull(pull.number)
    assert (closed.state, closed.merged) == ("closed", False)
    with pytest.raises(GithubException) as error:
        closed.edit(state="open")
    assert refusal(error) == (422, "Validation Failed state cannot be changed. The two branch has been deleted.")


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
@pytest.mark.whole
def test_merging(hub: Hub, method: str) -> None:
    """Each way of merging brings the change to the base, and only a merge commit brings the commits themselves."""
    repo, zh = client(hub), hub.repositories["books/zh"]
    sha = pushed(repo, "one", "folder/b.md")
    pull = repo.create_pull(base="main", head="one", title="Update")
    zh.commit("main", {"c.md": "three\n"})
    assert pull.merge(merge_method=method).merged
    assert zh.files("main") == {"a.md": b"one\nmore\n", "folder/b.md": b"zh\n", "c.md": b"three\n"}
    assert zh.holds("main", sha) == (method == "merge")
    assert (zh.pull(pull.number).merged, zh.tip("one")) == (True, sha)


def test_conflicts_are_seen(hub: Hub) -> None:
    """A pull request that conflicts is not mergeable."""
    repo, zh = client(hub), hub.repositories["books/zh"]
    pushed(repo, "one")
    pull = repo.create_pull(base="main", head="one", title="Update")
    zh.commit("main", {"a.md": "other\n"})
    pull.update()
    pull = repo.get_pull(pull.number)
    assert (pull.mergeable, pull.mergeable_state) == (False, "dirty")
    with pytest.raises(GithubException) as error:
        pull.merge()
    assert refusal(error) == (405, "Pull Request is not mergeable")


def test_lists_come_in_pages(hub: Hub) -> None:
    """Lists longer than a page are given whole to a client that follows the links, and not to others."""
    repo = client(hub)
    for n in range(35):
        repo.create_label(f"label {n:02d}", "ff0000", "text")
    before = len(hub.calls())
    assert len(list(repo.get_labels())) == 35
    assert [call.query for call in hub.calls()[before:]] == ["", "page=2"]
    assert len(repo.get_labels().get_page(0)) == 30


def test_limits_of_texts(hub: Hub) -> None:
    """Bodies, titles, labels and their descriptions that are too long are refused."""
    repo = client(hub)
    pushed(repo, "one")
    with pytest.raises(GithubException) as error:
        repo.create_pull(base="main", head="one", title="x", body="x" * (BODY_LIMIT + 1))
    assert refusal(error) == (422, "Validation Failed body is too long (maximum is 65536 characters)")
    with pytest.raises(GithubException) as error:
        repo.create_pull(base="main", head="one", title="x" * 257)
    assert refusal(error)[0] == 422
    for name, text in (("x" * 51, ""), ("x", "x" * 101)):
        with pytest.raises(GithubException) as error:
            repo.create_label(name, "ff0000", text)
        assert refusal(error)[0] == 422
    pull = repo.create_pull(base="main", head="one", title="x", body="x" * BODY_LIMIT)
    with pytest.raises(GithubException):
        pull.edit(body="x" * (BODY_LIMIT + 1))


@pytest.mark.whole
def test_labels_people_and_milestones_of_a_pull_request(hub: Hub) -> None:
    """Labels are made when missing, strangers are not assigned, and reviews only asked of collaborators."""
    repo = client(hub)
    hub.team("books", "translators")
    pushed(repo, "one")
    pull = repo.create_pull(base="main", head="one", title="x")
    pull.add_to_labels("translation")
    assert [label.name for label in pull.get_labels()] == ["translation"]
    pull.as_issue().add_to_assignees("grace", "stranger")
    assert [who.login for who in repo.get_pull(1).assignees] == ["grace"]
    with pytest.raises(GithubException) as error:
        pull.create_review_request(reviewers=["stranger"])
    assert error.value.status == 422
    pull.create_review_request(reviewers=["grace"])
    assert [who.login for who in repo.get_pull(1).requested_reviewers] == ["grace"]
    with pytest.raises(GithubException) as error:
        pull.create_review_request(team_reviewers=["translators"])
    assert refusal(error)[0] == 422
    app = client(hub, login="amts-app[bot]", kind="installation")
    app.get_pull(1).create_review_request(team_reviewers=["translators"])
    assert hub.repositories["books/zh"].pull(1).team_reviewers == ["translators"]
    milestone = repo.create_milestone("Second edition")
    pull.as_issue().edit(milestone=milestone)
    assert repo.get_pull(1).milestone.title == "Second edition"
    comment = pull.create_issue_comment("Hello")
    comment.edit("Hello again")
    assert [one.body for one in pull.get_issue_comments()] == ["Hello again"]


@pytest.mark.whole
def test_comments_on_lines(hub: Hub) -> None:
    """Only lines that the diff shows can be commented on; a line that changes leaves its comment outdated."""
    repo, zh = client(hub), hub.repositories["books/zh"]
    sha = pushed(repo, "one", text="zh\nmore\n")
    pull = repo.create_pull(base="main", head="one", title="x")
    commit = repo.get_commit(sha)
    pull.create_review_comment("```suggestion\nx\n```", commit, "a.md", line=1)
    with pytest.raises(GithubException) as error:
        pull.create_review_comment("text", commit, "a.md", line=9)
    assert error.value.status == 422
    with pytest.raises(GithubException):
        pull.create_review_comment("text", commit, "folder/b.md", line=1)
    review = pull.create_review(commit, "Some", "COMMENT", [{"path": "a.md", "line": 2, "side": "RIGHT", "body": "b"}])
    assert review.state == "COMMENTED"
    zh.commit("one", {"a.md": "new\nmore\n"})
    assert [one.line for one in zh.pull(1).review_comments] == [1, 2]
    shown = list(repo.get_pull(1).get_review_comments())
    assert [one.raw_data["line"] for one in shown] == [None, 2]


@pytest.mark.whole
def test_forks(hub: Hub) -> None:
    """A pull request from a fork has the fork's owner, and is kept when the fork's branch moves."""
    repo = client(hub)
    fork = hub.repository("mallory/zh", fork_of="books/zh", owner_kind="User")
    sha = fork.commit("amts/zh", {"a.md": "theirs\n"})
    theirs = client(hub, login="mallory", kind="classic", scopes=["public_repo"])
    theirs.create_pull(base="main", head="mallory:amts/zh", title="x")
    pull = repo.get_pulls(head="mallory:amts/zh")[0]
    assert (pull.head.sha, pull.head.repo.full_name) == (sha, "mallory/zh")
    assert repo.get_pulls(head="books:amts/zh").totalCount == 0
    sha = fork.commit("amts/zh", {"a.md": "theirs again\n"})
    assert repo.get_pull(1).head.sha == sha


RIGHTS = [
    ("pull_requests", lambda repo: repo.create_pull(base="main", head="one", title="x"), "pull_requests=write"),
    ("contents", lambda repo: repo.create_git_blob("x", "utf-8"), "contents=write"),
    ("pull_requests issues", lambda repo: repo.create_label("x", "ff0000"), "issues=write; pull_requests=write"),
]


@pytest.mark.parametrize(("missing", "act", "needed"), RIGHTS)
@pytest.mark.parametrize(("kind", "words"), [("actions", "integration"), ("fine-grained", "personal access token")])
@pytest.mark.whole
def test_missing_rights_are_named(hub: Hub, missing: str, act: object, needed: str, kind: str, words: str) -> None:
    """A token without the right is refused with GitHub's words and the header that lists what would do."""
    rights = {name: "write" for name in ("contents", "issues", "pull_requests") if name not in missing.split()}
    hub.repositories["books/zh"].commit("one", {"c.md": "x"})
    repo = client(
        hub, login="grace" if kind == "fine-grained" else "github-actions[bot]", kind=kind, permissions=rights
    )
    with pytest.raises(GithubException) as error:
        act(repo)  # type: ignore[operator]
    assert refusal(error) == (403, f"Resource not accessible by {words}")
    assert error.value.headers["x-accepted-github-permissions"] == needed
    act(client(hub))  # type: ignore[operator]


def test_private_repositories_do_not_exist_for_others(hub: Hub, tmp_path: Path) -> None:
    """404 without access, 401 with a token that is none."""
    hub.repositories["books/zh"].private = True
    assert client(hub, repositories=["books/zh"]).private
    for more in ({"repositories": ["books/en"]}, {"login": "stranger", "kind": "classic"}):
        with pytest.raises(GithubException) as error:
            client(hub, **more)
        assert refusal(error) == (404, "Not Found")
    with pytest.raises(GithubException) as error:
        client(hub, "ghs_invented")
    assert refusal(error) == (401, "Bad credentials")


def test_workflow_files_need_a_right_of_their_own(hub: Hub) -> None:
    """New workflow files are refused without `workflows`, by API and by push; those of another branch are not new."""
    zh, weak = hub.repositories["books/zh"], {"contents": "write", "pull_requests": "write"}
    repo = client(hub, permissions=weak)
    with pytest.raises(GithubException) as error:
        pushed(repo, "one", ".github/workflows/x.yml", "on: push\n")
    assert error.value.status == 403
    assert zh.tip("one") is None
    theirs = zh.commit("main", {".github/workflows/x.yml": "on: push\n"})
    repo.create_git_ref("refs/heads/one", theirs)
    assert pushed(client(hub), "two", ".github/workflows/y.yml", "on: push\n") == zh.tip("two")


def test_actions_may_be_kept_from_opening_pull_requests(hub: Hub) -> None:
    """The setting of a repository that its GITHUB_TOKEN opens none is obeyed, with GitHub's words."""
    zh = hub.repositories["books/zh"]
    zh.actions_may_open_pulls = False
    zh.commit("one", {"c.md": "x"})
    with pytest.raises(GithubException) as error:
        client(hub).create_pull(base="main", head="one", title="x")
    assert refusal(error) == (403, "GitHub Actions is not permitted to create or approve pull requests.")


def test_rate_limits(hub: Hub) -> None:
    """When nothing remains a request is refused with the headers that say until when."""
    token = hub.token()
    repo = client(hub, token)
    hub.limit_rate(token, 1, reset_in=100)
    repo.get_branch("main")
    with pytest.raises(GithubException) as error:
        repo.get_branch("main")
    assert refusal(error)[1].startswith("API rate limit exceeded")
    headers = error.value.headers
    assert (headers["x-ratelimit-remaining"], headers["x-ratelimit-reset"]) == ("0", str(hub.reset_at))


def test_faults(hub: Hub) -> None:
    """A fault before a request has no effect on the repository, one after it has, and hooks run in between."""
    repo, zh = client(hub), hub.repositories["books/zh"]
    hub.fault(1, "500")
    with pytest.raises(GithubException) as error:
        repo.create_label("before", "ff0000")
    assert error.value.status == 500
    hub.fault(1, "502", when="after")
    with pytest.raises(GithubException) as error:
        repo.create_label("after", "ff0000")
    hub.fault(1, "secondary", retry_after=7)
    with pytest.raises(GithubException) as error:
        repo.create_label("limited", "ff0000")
    assert (error.value.status, error.value.headers["retry-after"]) == (403, "7")
    hub.fault(2, "cut", when="after")
    repo.get_branch("main")
    with pytest.raises(OSError, match=r"."):
        repo.create_label("cut", "ff0000")
    assert sorted(zh.labels) == ["after", "cut"]
    tips = []
    hub.fault(1, lambda: tips.append(zh.commit("main", {"d.md": "x"})))
    assert repo.get_branch("main").commit.sha == tips[0] == zh.tip("main")


def git(folder: Path, *args: str, token: str = "") -> subprocess.CompletedProcess[str]:
    """Runs git with a token in its environment."""
    secret = b64encode(f"x-access-token:{token}".encode()).decode()
    config = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.extraHeader"} if token else {}
    more = config | ({"GIT_CONFIG_VALUE_0": f"Authorization: Basic {secret}"} if token else {})
    folder.mkdir(exist_ok=True)
    return subprocess.run(["git", *args], cwd=folder, env=git_environment() | more, capture_output=True, text=True)


@pytest.mark.whole
def test_clone_and_push(hub: Hub, tmp_path: Path) -> None:
    """Git clones (whole, shallow, without blobs) and pushes; a push moves the pull request."""
    zh, url, token = hub.repositories["books/zh"], f"{hub.url}/books/zh", hub.token()
    zh.commit("amts/zh", {"c.md": "x\n"})
    client(hub).create_pull(base="main", head="amts/zh", title="x")
    for n, more in enumerate(([], ["--depth=1"], ["--filter=blob:none"])):
        done = git(tmp_path, "clone", "-q", *more, url if n else f"{url}.git", f"clone{n}")
        assert done.returncode == 0, done.stderr
    clone = tmp_path / "clone0"
    git(clone, "checkout", "-q", "amts/zh")
    (clone / "big.bin").write_bytes(os.urandom(3_000_000))
    git(clone, "add", ".")
    git(clone, "commit", "-qm", "big")
    assert "403" in git(clone, "push", "-q", token=hub.token(permissions={"contents": "read"})).stderr
    assert git(clone, "push", "-q").returncode != 0
    done = git(clone, "push", "-q", token=token)
    assert done.returncode == 0, done.stderr
    assert zh.pull(1).head_sha == zh.tip("amts/zh") == git(clone, "rev-parse", "HEAD").stdout.strip()
    assert "hidden ref" in git(clone, "push", url, "HEAD:refs/pull/1/head", token=token).stderr


def test_private_clone(hub: Hub, tmp_path: Path) -> None:
    """A private repository is cloned with its token only."""
    hub.repositories["books/zh"].private = True
    url = f"{hub.url}/books/zh"
    assert git(tmp_path, "clone", "-q", url, "none").returncode != 0
    assert "not found" in git(tmp_path, "clone", "-q", url, "wrong", token=hub.token(repositories=["books/en"])).stderr
    assert "403" in git(tmp_path, "clone", "-q", url, "blind", token=hub.token(permissions={})).stderr
    done = git(tmp_path, "clone", "-q", url, "right", token=hub.token(repositories=["books/zh"]))
    assert done.returncode == 0, done.stderr


@pytest.mark.whole
def test_pushes_obey_the_rules(hub: Hub, tmp_path: Path) -> None:
    """A push of a new workflow file needs the right, one to a protected branch is refused, main cannot be deleted."""
    zh, url, token = hub.repositories["books/zh"], f"{hub.url}/books/zh", hub.token()
    weak = hub.token(permissions={"contents": "write"})
    base = zh.tip("main")
    zh.commit("base", {".github/workflows/old.yml": "on: push\n"})
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "-b", "base", url, "clone")
    assert git(clone, "push", "-q", url, "HEAD:same", token=weak).returncode == 0
    (clone / ".github/workflows/new.yml").write_text("on: push\n")
    git(clone, "add", ".")
    git(clone, "commit", "-qm", "new")
    assert "without the workflows permission" in git(clone, "push", url, "HEAD:new", token=weak).stderr
    assert zh.tip("new") is None
    assert git(clone, "push", "-q", url, "HEAD:new", token=token).returncode == 0
    zh.protected.add("new")
    assert "Protected branch" in git(clone, "push", "-f", url, "HEAD~:new", token=token).stderr
    assert "deletion of the current branch" in git(clone, "push", url, ":main", token=token).stderr
    assert (zh.tip("new"), zh.tip("main")) == (git(clone, "rev-parse", "HEAD").stdout.strip(), base)


@pytest.mark.whole
def test_everything_else_is_as_described(hub: Hub) -> None:
    """Operations that nothing else here uses answer as GitHub's description says, too."""
    zh, token = hub.repositories["books/zh"], hub.token("grace", kind="classic", scopes=["repo", "read:org"])
    repo = client(hub, token)
    github = repo.requester
    hub.team("books", "translators")
    sha = pushed(repo, "one")
    for path in (
        "/user", "/users/grace", "/users/books", "/rate_limit",
        "/repos/books/zh/assignees", "/repos/books/zh/branches",
        "/repos/books/zh/collaborators/rene/permission", "/repos/books/zh/commits?sha=one&path=a.md",
        f"/repos/books/zh/commits/{sha}", f"/repos/books/zh/commits/{sha}/pulls", "/repos/books/zh/commits/main",
        "/repos/books/zh/compare/main...one", "/repos/books/zh/contents/folder",
        "/repos/books/zh/contents/a.md?ref=one",
        "/repos/books/zh/git/matching-refs/heads/", f"/repos/books/zh/git/commits/{sha}",
        "/repos/books/zh/git/trees/main?recursive=1", "/repos/books/zh/labels", "/repos/books/zh/milestones",
        "/repos/books/zh/pulls?state=all&sort=updated&direction=desc&head=books:one",
    ):  # fmt: skip
        assert github.requestJsonAndCheck("GET", path)[1] is not None
    assert repo.has_in_assignees("grace")
    assert not repo.has_in_assignees("stranger")
    made = repo.create_file("new.md", "Add", "text", branch="main")
    assert zh.text("main", "new.md") == "text"
    repo.update_file("new.md", "Change", "other", made["content"].sha, branch="main")
    with pytest.raises(GithubException) as error:
        repo.update_file("new.md", "Change", "third", made["content"].sha, branch="main")
    assert error.value.status == 409
    pull = repo.create_pull(
        base="main", head=repo.create_git_ref("refs/heads/x", pushed(repo, "y", "x.md")).ref[11:], title="t"
    )
    assert pull.update_branch() is not None
    for state in ("closed", "open"):
        pull.edit(state=state)
    pull.add_to_labels("one", "two")
    pull.remove_from_labels("one")
    pull.set_labels("three")
    pull.delete_labels()
    pull.create_review_request(reviewers=["rene"])
    pull.delete_review_request(reviewers=["rene"])
    assert list(pull.get_reviews()) == []
    assert not pull.is_merged()
    assert repo.create_repository_dispatch("english", {"ref": "main"})
    assert zh.dispatches == [{"event_type": "english", "client_payload": {"ref": "main"}}]


def test_wrong_requests_are_problems(tmp_path: Path) -> None:
    """What GitHub would ignore or not understand does not pass unseen."""
    hub = Hub(tmp_path)
    server = Server(hub)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    hub.repository("books/zh").commit("main", {"a.md": "x"})
    github = client(hub).requester
    wrong = (
        ("POST", "/repos/books/zh/labels", {"title": "x"}),
        ("POST", "/repos/books/zh/git/refs", {"ref": "refs/heads/x", "sha": 5}),
        ("GET", "/repos/books/zh/pulls?status=open", None),
        ("GET", "/repos/books/zh/pulls?state=both", None),
        ("POST", "/repos/books/zh/pulls", {"head": "x", "base": "main", "tittle": "x"}),
        ("GET", "/repos/books/zh/nothing", None),
    )
    for verb, path, content in wrong:
        before = len(hub.problems)
        with pytest.raises(GithubException):
            github.requestJsonAndCheck(verb, path, input=content)
        assert len(hub.problems) > before, path
    server.shutdown()
    server.server_close()
    thread.join()
