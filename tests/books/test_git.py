"""Reading and writing real repositories."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from gitkit import START, Repo, git_environment, isolate, served
from hypothesis import given
from hypothesis import strategies as st

from amts_action.errors import InputError, ServiceError
from amts_action.git.authors import Touch, touched_by_people, touches
from amts_action.git.commit import check_path
from amts_action.git.partial import bring_in
from amts_action.git.repository import Author, Repository, case_collisions, is_symlink
from amts_action.git.run import credentials, environment, public_url, redact

PROSE = "".join(f"Sentence number {number} of a page that is long enough.\n" for number in range(30))
OTHER = "".join(f"Line {number * 7919} says something else entirely, {number}.\n" for number in range(30))
TOKEN = "ghs_s3cretT0ken"


@pytest.fixture(autouse=True)
def _hermetic(monkeypatch: pytest.MonkeyPatch) -> None:
    isolate(monkeypatch)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Two commits: a page and a picture, then a change of the page."""
    made = Repo(tmp_path / "book")
    made.commit({"doc/a.md": "one\n", "img/p.png": b"\x89PNG\0\xff"})
    made.commit({"doc/a.md": "two\n"})
    return made


def opened(repo: Repo) -> Repository:
    return Repository.open(str(repo.path))


# Opening


def test_a_work_tree_its_bare_clone_and_a_linked_work_tree_all_open(repo: Repo, tmp_path: Path) -> None:
    repo.git("clone", "--quiet", "--bare", repo.path, tmp_path / "bare.git")
    repo.git("worktree", "add", "--quiet", "-b", "side", tmp_path / "linked")
    for where in (repo.path, tmp_path / "bare.git", tmp_path / "linked"):
        assert Repository.open(str(where)).resolve("HEAD") == repo.commits[-1]


@pytest.mark.parametrize(
    ("where", "says"), [("nowhere", "no such folder"), ("plain", "not a git repository"), ("empty", "no commits")]
)
def test_what_is_no_repository_is_refused_in_one_line(tmp_path: Path, where: str, says: str) -> None:
    (tmp_path / "plain").mkdir()
    Repo(tmp_path / "empty")
    with pytest.raises(InputError, match=says) as caught:
        Repository.open(str(tmp_path / where))
    assert "\n" not in str(caught.value)


def test_a_subfolder_does_not_open_the_repository_around_it(repo: Repo) -> None:
    with pytest.raises(InputError, match="not a git repository"):
        Repository.open(str(repo.path / "doc"))


@pytest.mark.parametrize("where", ["", "-x", "--upload-pack=touch x", "ext::sh -c touch% x", "a\0b"])
def test_what_git_could_take_for_an_option_or_a_command_is_refused(where: str) -> None:
    with pytest.raises(InputError):
        Repository.open(where)


def test_variables_of_a_surrounding_hook_do_not_lead_elsewhere(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Repo(tmp_path / "elsewhere")
    elsewhere.commit({"x.md": "x"})
    monkeypatch.setenv("GIT_DIR", str(elsewhere.path / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(elsewhere.path / ".git/index"))
    assert opened(repo).resolve("HEAD") == repo.commits[-1]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_repository_of_another_user_works_without_a_global_setting(repo: Repo) -> None:
    for path in [repo.path, *repo.path.rglob("*")]:
        os.chown(path, 12345, 12345)
    assert opened(repo).resolve("main") == repo.commits[-1]
    git = Repository.open(repo.path.as_uri())
    assert git.commit("b", git.resolve("main"), {"x.md": b"x"}, "m") != repo.commits[-1]
    git.push("b")


def test_an_address_with_a_shells_characters_is_only_a_name(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "a b'; touch x; '$(touch y)")
    commit = repo.commit({"a.md": "a"})
    assert Repository.open(repo.path.as_uri()).resolve("main") == commit
    assert Repository.open(str(repo.path)).resolve("main") == commit
    assert not list(tmp_path.rglob("x")) + list(tmp_path.rglob("y"))


# Names of commits


def test_names_ids_tags_and_remote_branches_resolve(repo: Repo) -> None:
    repo.git("tag", "-a", "-m", "v", "v1", repo.commits[0])
    repo.git("update-ref", "refs/remotes/origin/next", repo.commits[0])
    git = opened(repo)
    assert git.resolve("main") == git.resolve(repo.commits[1]) == git.resolve(repo.commits[1][:10]) == repo.commits[1]
    assert git.resolve("v1") == git.resolve("next") == git.resolve("HEAD~1") == repo.commits[0]


@pytest.mark.parametrize("rev", ["", "-h", "^main", "main..HEAD", "a\nb", "nope", "0" * 40, "main:doc/a.md"])
def test_what_names_no_commit_is_refused(repo: Repo, rev: str) -> None:
    with pytest.raises(InputError):
        opened(repo).resolve(rev)


def test_the_default_branch_is_the_one_checked_out_else_the_remotes_else_the_only_one(repo: Repo) -> None:
    repo.git("switch", "--quiet", "-c", "work")
    assert opened(repo).default_branch() == "work"
    repo.git("switch", "--quiet", "--detach")
    assert opened(repo).default_branch() == "main"
    repo.git("update-ref", "refs/remotes/origin/trunk", repo.commits[0])
    repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    assert opened(repo).default_branch() == "trunk"
    assert opened(repo).resolve("trunk") == repo.commits[0]


# Trees and blobs


def test_odd_file_names_links_and_modes_are_read_as_they_are(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "odd")
    names = [":100644 x.md", "a b.md", 'q".md', "new\nline.md", "tab\t.md", "-rf.md", "*.md", "字.md", "\udcff.md"]
    repo.write({name: name.encode("utf-8", "surrogateescape") for name in names})
    (repo.path / "run.sh").write_text("#!/bin/sh\n")
    (repo.path / "run.sh").chmod(0o755)
    (repo.path / "link.md").symlink_to("a b.md")
    commit = repo.commit()
    git = opened(repo)
    tree = git.tree(commit)
    assert set(tree) == {*names, "run.sh", "link.md"}
    for name in names:
        assert git.read(commit, name) == name.encode("utf-8", "surrogateescape")
    assert tree["run.sh"].mode == "100755"
    assert [name for name, entry in tree.items() if is_symlink(entry)] == ["link.md"]
    assert git.read(commit, "link.md") == b"a b.md"
    assert set(git.history()) == set(tree)


def test_a_folder_restricts_the_tree_and_is_no_pattern(repo: Repo) -> None:
    git = opened(repo)
    assert list(git.tree(repo.commits[1], "doc/")) == list(git.tree(repo.commits[1], "doc")) == ["doc/a.md"]
    assert git.tree(repo.commits[1], "do*") == git.tree(repo.commits[1], "do") == {}
    assert git.tree(repo.commits[1], "img", sizes=True)["img/p.png"].size == 6


def test_blobs_come_back_byte_for_byte(tmp_path: Path) -> None:
    contents = [b"", b"\n", b"a\r\nb", b"\0\xff\n\n", "é字".encode(), b"x" * 70_000, b"0" * 40 + b" blob 3\nabc"]
    repo = Repo(tmp_path / "bytes")
    commit = repo.commit({f"{at}.bin": content for at, content in enumerate(contents)})
    git = opened(repo)
    tree = git.tree(commit)
    blobs = git.blobs(entry.oid for entry in tree.values())
    assert [blobs[tree[f"{at}.bin"].oid] for at in range(len(contents))] == contents


def test_missing_objects_and_files_are_named(repo: Repo) -> None:
    git = opened(repo)
    with pytest.raises(InputError, match="missing"):
        git.blobs(["1" * 40])
    for path in ("doc/b.md", "doc", "DOC/A.md"):
        with pytest.raises(InputError, match="no such file"):
            git.read(repo.commits[0], path)
    with pytest.raises(InputError, match="full object id"):
        git.tree("--help")
    assert git.known([repo.commits[0], "1" * 40, "main"]) == {repo.commits[0]}


def test_names_that_differ_in_case_or_normal_form_collide() -> None:
    assert case_collisions(["a/B.md", "a/b.md", "A/b.md", "c.md", "e\u0301.md", "\u00e9.md"]) == [
        ("A/b.md", "a/B.md", "a/b.md"),
        ("e\u0301.md", "\u00e9.md"),
    ]


# Histories


def test_versions_are_newest_first_with_the_committers_time(repo: Repo) -> None:
    first, second = opened(repo).versions("doc/a.md")[::-1]
    assert (first.commit, second.commit) == tuple(repo.commits)
    assert (first.date.timestamp(), second.date.timestamp()) == (START, START + 3600)
    assert opened(repo).blobs([second.oid]) == {second.oid: b"two\n"}


def renamed(tmp_path: Path) -> Repo:
    """`old.md` becomes `new.md`, a name that another file had before, with a changed line; then another file takes
    the old name. `c.md` goes and comes back, and so did `old.md` before."""
    repo = Repo(tmp_path / "renamed")
    repo.commit({"old.md": PROSE, "c.md": "c\n", "new.md": "short\n"})
    repo.commit({"old.md": None, "c.md": None, "new.md": None})
    repo.commit({"old.md": PROSE + "More.\n"})
    repo.commit({"old.md": None, "new.md": PROSE + "Other.\n"})
    repo.commit({"old.md": OTHER, "c.md": "c again\n"})
    repo.commit({"new.md": PROSE, "old.md": OTHER + "More.\n"})
    return repo


def test_a_rename_is_followed_and_names_may_be_used_again(tmp_path: Path) -> None:
    repo = renamed(tmp_path)
    history = opened(repo).history()
    at = {commit: number for number, commit in enumerate(repo.commits)}
    found = {path: [(v.path, at[v.commit]) for v in versions] for path, versions in history.items()}
    assert found == {
        "new.md": [("new.md", 5), ("new.md", 3), ("old.md", 2), ("old.md", 0)],
        "old.md": [("old.md", 5), ("old.md", 4)],
        "c.md": [("c.md", 4), ("c.md", 0)],
    }


def test_one_path_alone_has_the_same_versions_as_in_the_whole_history(tmp_path: Path) -> None:
    repo = renamed(tmp_path)
    for head in repo.commits:
        history = opened(repo).history(head=head)
        for path in opened(repo).tree(head):
            assert tuple(opened(repo).versions(path, head=head)) == history[path], path
    assert [v.path for v in opened(repo).versions("new.md", follow=False)] == ["new.md"] * 3


def test_a_history_is_what_the_branch_went_through_and_side_branches_can_be_asked_for(repo: Repo) -> None:
    repo.git("switch", "--quiet", "-c", "side")
    side = repo.commit({"doc/a.md": "on the side\n"})
    repo.commit({"doc/a.md": "two\nthree\n"})
    repo.git("switch", "--quiet", "main")
    repo.commit({"doc/b.md": "b\n"})
    repo.git("merge", "--quiet", "--no-ff", "-m", "merge", "side")
    merge = repo.git("rev-parse", "HEAD")
    git = opened(repo)
    assert [v.commit for v in git.history()["doc/a.md"]] == [merge, repo.commits[1], repo.commits[0]]
    assert tuple(git.versions("doc/a.md")) == git.history()["doc/a.md"]
    assert side in {v.commit for v in git.history(first_parent=False)["doc/a.md"]}


def test_a_history_of_a_folder_has_its_files_only(repo: Repo) -> None:
    assert list(opened(repo).history("doc")) == ["doc/a.md"]


def test_settings_of_a_person_do_not_change_what_is_read(tmp_path: Path) -> None:
    repo = renamed(tmp_path)
    before = opened(repo).history(), opened(repo).changes(repo.commits[0], repo.commits[-1])
    settings = {"log.showRoot": "false", "diff.renames": "copies", "diff.renameLimit": "1", "log.follow": "true"}
    for key, value in (settings | {"diff.noprefix": "true", "log.showSignature": "true"}).items():
        repo.git("config", key, value)
    assert (opened(repo).history(), opened(repo).changes(repo.commits[0], repo.commits[-1])) == before


def test_changes_tell_added_changed_removed_and_renamed_files(repo: Repo) -> None:
    base = repo.commit({"r.md": PROSE, "d.md": "d\n"})
    head = repo.commit({"r.md": None, "s/r2.md": PROSE + "x\n", "d.md": None, "n.md": "n\n", "doc/a.md": "3\n"})
    found = {(c.status, c.old_path, c.new_path) for c in opened(repo).changes(base, head)}
    assert found == {
        ("R", "r.md", "s/r2.md"),
        ("D", "d.md", None),
        ("A", None, "n.md"),
        ("M", "doc/a.md", "doc/a.md"),
    }
    assert [c.new_path for c in opened(repo).changes(base, head, "doc")] == ["doc/a.md"]
    assert opened(repo).changes(head, head) == []


# Commits


def test_a_commit_changes_the_branch_and_nothing_that_is_checked_out(repo: Repo) -> None:
    (repo.path / "doc/a.md").write_text("a person is editing this\n")
    repo.git("add", "doc/a.md")
    (repo.path / "untracked.md").write_text("u")
    before, git = repo.snapshot(), opened(repo)
    edits = {"doc/a.md": "三\n".encode(), "new/b.md": b"b", "img/p.png": None, "not/there.md": None}
    new = git.commit("amts/zh", repo.commits[1], edits, "Übersetzung\n\nbody")
    assert repo.snapshot() == before
    assert repo.git("rev-parse", "amts/zh", "amts/zh~1").split() == [new, repo.commits[1]]
    assert list(git.tree(new)) == ["doc/a.md", "new/b.md"]
    assert git.read(new, "doc/a.md") == "三\n".encode()
    assert repo.git("log", "-1", "--format=%B", new).strip() == "Übersetzung\n\nbody"
    assert repo.git("fsck", "--strict") == ""


def test_the_same_commit_twice_has_the_same_id(repo: Repo) -> None:
    from datetime import UTC, datetime

    author = Author("Bob", "bob@example.org", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC))
    made = {opened(repo).commit(name, repo.commits[1], {"x.md": b"x"}, "m", author) for name in ("b1", "b2")}
    assert len(made) == 1
    assert (
        repo.git("log", "-1", "--format=%an|%ae|%at|%cn|%ct", made.pop())
        == "Bob|bob@example.org|1704164645|Bob|1704164645"
    )


def test_a_commit_without_a_difference_is_none(repo: Repo) -> None:
    git = opened(repo)
    assert git.commit("amts/zh", repo.commits[1], {"doc/a.md": b"two\n", "gone.md": None}, "m") == repo.commits[1]
    assert repo.git("branch", "--list", "amts/zh") == ""


def test_modes_stay(repo: Repo) -> None:
    (repo.path / "run.md").write_text("x")
    (repo.path / "run.md").chmod(0o755)
    (repo.path / "link").symlink_to("doc")
    base = repo.commit()
    git = opened(repo)
    tree = git.tree(git.commit("b", base, {"run.md": b"y", "doc/a.md": b"z"}, "m"))
    assert (tree["run.md"].mode, tree["link"].mode, tree["doc/a.md"].mode) == ("100755", "120000", "100644")


@pytest.mark.parametrize(
    "path", ["../x", "/x", "a/../../x", "", "a//b", ".", "a/.git/config", ".GIT/x", ".git./x", "git~1/x", "a/", "a\nb"]
)
def test_paths_that_leave_the_repository_are_refused(repo: Repo, path: str) -> None:
    with pytest.raises(InputError):
        opened(repo).commit("b", repo.commits[1], {path: b"x"}, "m")
    assert repo.git("branch", "--list", "b") == ""


@given(st.text(alphabet="ab./ \u200c~gitGIT1", max_size=12))
def test_no_path_that_passes_leaves_a_folder(path: str) -> None:
    try:
        check_path(path)
    except InputError:
        return
    place = os.path.normpath(f"/top/folder/{path}")
    assert place.startswith("/top/folder/")
    assert ".git" not in place.lower().split("/")


@pytest.mark.parametrize("path", ["link", "link/x.md", "doc/a.md/x", "doc"])
def test_nothing_is_written_through_or_over_a_link_a_file_or_a_folder(repo: Repo, path: str) -> None:
    (repo.path / "link").symlink_to("/etc")
    base = repo.commit()
    with pytest.raises(InputError):
        opened(repo).commit("b", base, {path: b"x"}, "m")


def test_a_file_may_become_a_folder_when_it_is_removed_too(repo: Repo) -> None:
    git = opened(repo)
    new = git.commit("b", repo.commits[1], {"doc/a.md/x.md": b"x", "doc/a.md": None}, "m")
    assert list(git.tree(new, "doc")) == ["doc/a.md/x.md"]


def test_a_branch_that_is_checked_out_anywhere_is_refused(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "--quiet", "-b", "other", tmp_path / "linked")
    for branch in ("main", "other"):
        with pytest.raises(InputError, match=r"checked out.*--branch"):
            opened(repo).commit(branch, repo.commits[1], {"x.md": b"x"}, "m")
        assert repo.git("rev-parse", branch) == repo.commits[1]


def test_a_branch_only_moves_forward(repo: Repo) -> None:
    git = opened(repo)
    first = git.commit("b", repo.commits[1], {"x.md": b"1"}, "m")
    with pytest.raises(InputError, match="other commits"):
        git.commit("b", repo.commits[1], {"x.md": b"2"}, "m")
    second = git.commit("b", first, {"x.md": b"2"}, "m")
    assert repo.git("rev-list", "b").split()[:2] == [second, first]


@pytest.mark.parametrize("branch", ["-d", "HEAD", "a..b", "a b", "b.lock", "", "a~1", "@{-1}", "refs/../x"])
def test_what_is_no_branch_name_is_refused(repo: Repo, branch: str) -> None:
    with pytest.raises(InputError):
        opened(repo).commit(branch, repo.commits[1], {"x.md": b"1"}, "m")


def test_no_hook_of_the_target_runs(repo: Repo, tmp_path: Path) -> None:
    hooks = repo.path / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("reference-transaction", "post-commit", "pre-commit", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        (hooks / name).chmod(0o755)
    opened(repo).commit("b", repo.commits[1], {"x.md": b"1"}, "m")
    assert not (tmp_path / "ran").exists()


# Merges


def test_a_branch_takes_in_the_default_branch_without_a_checkout(repo: Repo) -> None:
    git = opened(repo)
    ours = git.commit("amts/zh", repo.commits[1], {"doc/z.md": b"z"}, "m")
    theirs = repo.commit({"doc/a.md": "three\n"})
    before = repo.snapshot()
    merged = git.merge("amts/zh", ours, theirs, "merge")
    assert isinstance(merged, str)
    assert repo.git("rev-parse", "amts/zh", "amts/zh^1", "amts/zh^2").split() == [merged, ours, theirs]
    assert (git.read(merged, "doc/z.md"), git.read(merged, "doc/a.md")) == (b"z", b"three\n")
    assert repo.snapshot() == before
    assert git.merge("amts/zh", merged, theirs, "again") == merged


def test_what_cannot_be_merged_is_listed_and_nothing_moves(repo: Repo) -> None:
    git = opened(repo)
    ours = git.commit("b", repo.commits[1], {"doc/a.md": b"ours\n", "doc/\xe9.md": b"1\n"}, "m")
    theirs = repo.commit({"doc/a.md": "theirs\n", "doc/é.md": "2\n"})
    assert git.merge_tree(ours, theirs) == ["doc/a.md", "doc/é.md"]
    assert git.merge("b", ours, theirs, "m") == ["doc/a.md", "doc/é.md"]
    assert repo.git("rev-parse", "b") == ours


def test_a_branch_that_is_only_behind_is_moved_without_a_merge(repo: Repo) -> None:
    repo.git("branch", "b", repo.commits[0])
    assert opened(repo).merge("b", repo.commits[0], repo.commits[1], "m") == repo.commits[1]
    assert repo.git("rev-parse", "b") == repo.commits[1]


# Whose a commit is

BOT = "41898282+github-actions[bot]@users.noreply.github.com"
OURS, SOURCE, MADE = Author().email, "change\n\nAmts-Source: 0123\n", "change\n\nAmts-Source: 0123\nAmts-Tree: {tree}\n"


@pytest.mark.parametrize(
    ("author", "committer", "later", "message", "is_ours"),
    [
        (OURS, OURS, 0, "change", True),
        (OURS, "eve@example.org", 0, "change", False),
        (OURS, OURS, 60, "change", False),
        ("eve@example.org", "eve@example.org", 0, MADE, True),
        ("eve@example.org", "eve@example.org", 0, SOURCE, False),
        (
            "eve@example.org",
            "eve@example.org",
            0,
            SOURCE + "Amts-Tree: 0123456789012345678901234567890123456789",
            False,
        ),
        ("eve@example.org", "eve@example.org", 60, MADE, False),
        (BOT, "noreply@github.com", 0, MADE, True),
        (BOT, "noreply@github.com", 60, MADE, False),
        (BOT, "eve@example.org", 0, MADE, False),
        ("eve@example.org", "noreply@github.com", 0, MADE, False),
        ("e\x01v\x02e@example.org", "e\x01v\x02e@example.org", 0, "a\x01\x02b\n\nAmts-Tree: {tree}", True),
    ],
)
def test_a_commit_is_ours_when_nobody_else_had_a_hand_in_it(
    repo: Repo, author: str, committer: str, later: int, message: str, is_ours: bool
) -> None:
    """GitHub signs what a workflow's token commits; who amends leaves our message, and author and date perhaps, but
    not the tree that it names."""
    repo.write({"doc/a.md": "three\n"})
    message = message.replace("{tree}", repo.git("write-tree"))
    who = {"GIT_AUTHOR_EMAIL": author, "GIT_COMMITTER_EMAIL": committer}
    when = {"GIT_AUTHOR_DATE": f"{START} +0000", "GIT_COMMITTER_DATE": f"{START + later} +0000"}
    command = ["git", "-C", str(repo.path), "commit", "--quiet", "-m", message]
    subprocess.run(command, env=git_environment() | who | when, check=True)
    head = repo.git("rev-parse", "HEAD")
    assert touches(opened(repo), head, "doc/a.md", since=repo.commits[1]) == [
        Touch(START + later, is_ours, {"doc/a.md": "M"})
    ]
    assert touched_by_people(opened(repo), repo.commits[1], head, "doc/a.md") is not is_ours


def test_a_merge_in_which_a_person_has_decided_is_a_persons(repo: Repo) -> None:
    """What neither side had was written in the merge; one that only brings two sides together is nobody's work."""
    repo.git("checkout", "--quiet", "-b", "amts/zh")
    ours = repo.commit({"doc/a.md": "ours\n"})
    repo.git("checkout", "--quiet", "main")
    theirs = repo.commit({"doc/a.md": "theirs\n", "doc/other.md": "other\n"})
    repo.git("checkout", "--quiet", "amts/zh")
    repo.git("merge", "--quiet", "--no-commit", "-s", "ours", theirs)
    merge = repo.commit({"doc/a.md": "both\n", "doc/other.md": "other\n"})
    assert touched_by_people(opened(repo), theirs, merge, "doc/a.md")
    newest, *_ = touches(opened(repo), merge, "doc/a.md", since=ours)
    assert newest.changes == {"doc/a.md": "M"}
    assert not touched_by_people(opened(repo), theirs, merge, "doc/other.md")


@pytest.mark.parametrize("amend", ["no", "later", "as their own"])
def test_a_conflict_is_done_again_only_where_nobody_has_amended(repo: Repo, amend: str) -> None:
    """Who amends a commit of ours has written on our branch, though the message is still ours."""
    repo.git("checkout", "--quiet", "-b", "amts/zh")
    repo.write({"doc/a.md": "ours\n"})
    repo.commit({}, MADE.replace("{tree}", repo.git("write-tree")))
    repo.clock += 60 - 3600
    if amend != "no":
        repo.write({"doc/a.md": "ours, and a word of a person's\n"} if amend == "as their own" else {})
        more = ["--reset-author"] if amend == "as their own" else []
        repo.git("commit", "--quiet", "--amend", "--no-edit", *more)
    ours = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "--quiet", "main")
    theirs = repo.commit({"doc/a.md": "theirs\n"})
    merged = bring_in(opened(repo), ours, theirs, "merge")
    assert (merged.conflicts, merged.again) == (((), ("doc/a.md",)) if amend == "no" else (("doc/a.md",), ()))


# Clones


def test_an_address_is_cloned_without_blobs_and_they_come_in_one_request(repo: Repo, tmp_path: Path) -> None:
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    git = Repository.open(repo.path.as_uri(), cache_dir=tmp_path / "cache")
    tree = git.tree(git.resolve("HEAD"))
    oids = [entry.oid for entry in tree.values()]
    assert git.is_partial()
    assert git.known(oids) == frozenset()
    git.prefetch(oids)
    (repo.path / ".git").rename(tmp_path / "gone")
    assert sorted(git.blobs(oids).values()) == [b"two\n", b"\x89PNG\0\xff"]


def test_a_server_without_filters_is_cloned_whole(repo: Repo, tmp_path: Path) -> None:
    git = Repository.open(repo.path.as_uri(), cache_dir=tmp_path / "cache")
    (repo.path / ".git").rename(tmp_path / "gone")
    assert git.read(git.resolve("main"), "doc/a.md") == b"two\n"
    assert git.default_branch() == "main"
    assert len(git.versions("doc/a.md")) == 2


def test_renames_are_found_in_a_partial_clone(tmp_path: Path) -> None:
    repo = renamed(tmp_path)
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    git = Repository.open(repo.path.as_uri())
    assert git.history() == opened(repo).history()


def test_a_clone_without_its_large_files_is_read_without_renames(tmp_path: Path) -> None:
    """Where the likeness of two files cannot be told, since neither they nor the server are here, the history still
    has the files, each under its own name."""
    repo = Repo(tmp_path / "book")
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.commit({"old.md": "a line of many\n" * 200, "small.md": "x\n"})
    repo.commit({"old.md": None, "new.md": "a line of many\n" * 200 + "and one more\n"})
    assert "old.md" not in opened(repo).history()
    where = tmp_path / "clone"
    repo.git("clone", "--quiet", "--no-checkout", "--filter=blob:limit=1k", repo.path.as_uri(), where)
    repo.path.rename(tmp_path / "gone")
    history = Repository.open(str(where)).history()
    assert {path: len(versions) for path, versions in history.items()} == {"new.md": 1, "old.md": 1, "small.md": 1}


def test_the_files_of_all_renames_come_in_one_request(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "book")
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    repo.commit({"0.md": PROSE})
    for number in range(4):
        repo.commit({f"{number}.md": None, f"{number + 1}.md": PROSE + f"{number}\n"})
    with served(tmp_path) as (url, seen):
        git = Repository.open(f"{url}/book/.git")
        seen.clear()
        assert len(git.history()["4.md"]) == 5
    assert len(seen) <= 3  # one fetch: the greeting and the request


def test_a_clone_in_the_cache_follows_the_server_and_forgets_its_own_branches(repo: Repo, tmp_path: Path) -> None:
    url, cache = repo.path.as_uri(), tmp_path / "cache"
    first = Repository.open(url, cache_dir=cache)
    first.commit("amts/zh", first.resolve("HEAD"), {"x.md": b"never pushed"}, "m")
    repo.git("branch", "amts/zh", repo.commits[0])
    newest = repo.commit({"doc/a.md": "three\n"})
    second = Repository.open(url, cache_dir=cache)
    assert (second.resolve("HEAD"), second.resolve("main")) == (newest, newest)
    assert second.resolve("amts/zh") == repo.commits[0]
    assert len(list(cache.iterdir())) == 1


def test_a_result_is_pushed_and_a_race_is_refused_by_the_server(repo: Repo, tmp_path: Path) -> None:
    git = Repository.open(repo.path.as_uri(), cache_dir=tmp_path / "cache")
    new = git.commit("amts/zh", git.resolve("HEAD"), {"x.md": b"x"}, "m")
    git.push("amts/zh")
    assert repo.git("rev-parse", "amts/zh") == new
    git.commit("amts/zh", new, {"x.md": b"y"}, "m")
    repo.git("update-ref", "refs/heads/amts/zh", repo.git("commit-tree", "-p", new, "-m", "person", f"{new}^{{tree}}"))
    with pytest.raises(ServiceError):
        git.push("amts/zh")


def test_a_temporary_clone_leaves_nothing_behind(repo: Repo) -> None:
    git = Repository.open(repo.path.as_uri())
    path = git.path
    assert path.is_dir()
    del git
    assert not path.exists()


def test_an_address_without_commits_or_without_a_repository_is_told_apart(tmp_path: Path) -> None:
    Repo(tmp_path / "empty")
    with pytest.raises(InputError, match="no commits"):
        Repository.open((tmp_path / "empty").as_uri())
    with pytest.raises(ServiceError):
        Repository.open((tmp_path / "nowhere").as_uri())


def shallow(repo: Repo, tmp_path: Path) -> Path:
    repo.git("clone", "--quiet", "--depth=1", "--no-local", repo.path.as_uri(), tmp_path / "shallow")
    return tmp_path / "shallow"


def test_a_shallow_clone_gets_the_history_it_needs(repo: Repo, tmp_path: Path) -> None:
    where = shallow(repo, tmp_path)
    git = Repository.open(str(where))
    assert git.is_shallow()
    assert git.resolve(repo.commits[0]) == repo.commits[0]
    assert not git.is_shallow()


@pytest.mark.parametrize("ask", ["history", "versions", "is_ancestor"])
def test_a_shallow_clone_never_gives_a_cut_off_answer(repo: Repo, tmp_path: Path, ask: str) -> None:
    git = Repository.open(str(shallow(repo, tmp_path)))
    if ask == "history":
        assert len(git.history()["doc/a.md"]) == 2
    elif ask == "versions":
        assert len(git.versions("doc/a.md")) == 2
    else:
        subprocess.run(["git", "fetch", "-q", "--depth=1", "origin", repo.commits[0]], cwd=git.path, check=True)
        assert git.is_ancestor(repo.commits[0], repo.commits[1])
        assert not git.is_ancestor(repo.commits[1], repo.commits[0])


def test_a_shallow_clone_whose_remote_is_gone_says_what_to_do(repo: Repo, tmp_path: Path) -> None:
    where = shallow(repo, tmp_path)
    subprocess.run(["git", "remote", "remove", "origin"], cwd=where, check=True, env=git_environment())
    with pytest.raises(InputError, match="fetch-depth: 0"):
        Repository.open(str(where)).history()


# Secrets


@pytest.mark.parametrize("user", ["", f"x-access-token:{TOKEN}@"])
def test_a_token_signs_in_and_is_kept_nowhere(repo: Repo, tmp_path: Path, user: str) -> None:
    repo.git("config", "http.receivepack", "true")
    with served(repo.path.parent, TOKEN) as (url, seen):
        where = url.replace("//", f"//{user}") + "/book/.git"
        git = Repository.open(where, cache_dir=tmp_path / "cache", token=None if user else TOKEN)
        new = git.commit("amts/zh", git.resolve("HEAD"), {"x.md": b"x"}, "m")
        git.push("amts/zh")
    assert repo.git("rev-parse", "amts/zh") == new
    assert "" not in seen
    kept = b"".join(path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file())
    secret = credentials(f"{url}/", TOKEN)[-1][1].rpartition(" ")[2]
    for hidden in (TOKEN, secret):
        assert hidden.encode() not in kept
        assert hidden not in repr(git)
        assert hidden not in git.address


def test_a_header_left_by_a_checkout_is_replaced_not_doubled(repo: Repo, tmp_path: Path) -> None:
    with served(repo.path.parent, TOKEN) as (url, seen):
        where = tmp_path / "checkout"
        where.mkdir()
        repo.git("clone", "--quiet", repo.path, where)
        for key, value in (("remote.origin.url", f"{url}/book/.git"), (f"http.{url}/.extraHeader", "Authorization: x")):
            subprocess.run(["git", "config", key, value], cwd=where, check=True, env=git_environment())
        newest = repo.commit({"doc/a.md": "three\n"})
        assert Repository.open(str(where), token=TOKEN).resolve(newest) == newest
    assert "x" not in "".join(seen[:1])
    assert len(set(seen)) == 1


@pytest.mark.parametrize("key", ["http.proxy", "http.{url}.proxy", "remote.origin.proxy"])
def test_a_proxy_of_a_checkout_does_not_get_the_token(repo: Repo, tmp_path: Path, key: str) -> None:
    """What a folder's own configuration says of proxies was written by whoever made the folder."""
    with served(repo.path.parent, TOKEN) as (url, seen), served(tmp_path / "proxy") as (proxy, leaked):
        where = tmp_path / "checkout"
        repo.git("clone", "--quiet", repo.path, where)
        address = f"{url}/book/.git"
        for name, value in (("remote.origin.url", address), (key.format(url=url), proxy)):
            subprocess.run(["git", "config", name, value], cwd=where, check=True, env=git_environment())
        newest = repo.commit({"doc/a.md": "three\n"})
        assert Repository.checked_out(str(where), address, token=TOKEN).resolve("origin/main") == newest
    assert leaked == []
    assert seen


def test_a_refusal_shows_no_secret(repo: Repo) -> None:
    with served(repo.path.parent, "another") as (url, _):
        with_user = url.replace("http://", f"http://ada:{TOKEN}@")
        for where, token in ((f"{url}/book/.git", TOKEN), (f"{with_user}/book/.git", None)):
            with pytest.raises(ServiceError) as caught:
                Repository.open(where, token=token)
            assert TOKEN not in str(caught.value)
            assert TOKEN not in repr(caught.value.__context__)


def test_credentials_go_to_one_address_and_never_in_the_clear() -> None:
    assert credentials("http://example.org/a.git", TOKEN) == ()
    assert credentials("git@example.org:a.git", TOKEN) == credentials("file:///a.git", TOKEN) == ()
    keys = {key for key, _ in credentials("https://ada:pw@example.org/a.git", None)}
    assert keys == {"http.https://example.org/a.git.extraHeader"}


def test_user_information_is_taken_out_of_addresses_and_messages() -> None:
    assert public_url(f"https://x:{TOKEN}@example.org/a.git") == "https://example.org/a.git"
    assert public_url("ssh://git:pw@example.org/a.git") == "ssh://git@example.org/a.git"
    assert public_url("git@example.org:a.git") == "git@example.org:a.git"
    assert redact(f"fatal: https://x:{TOKEN}@h/a and {TOKEN}", (TOKEN,)) == "fatal: https://h/a and ***"


def test_settings_given_in_the_environment_are_kept_beside_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in (("COUNT", "1"), ("KEY_0", "http.proxy"), ("VALUE_0", "p")):
        monkeypatch.setenv(f"GIT_CONFIG_{key}", value)
    env = environment((("a.b", "c"),), {})
    count = int(env["GIT_CONFIG_COUNT"])
    assert env["GIT_CONFIG_KEY_0"] == "http.proxy"
    assert (env[f"GIT_CONFIG_KEY_{count - 1}"], env[f"GIT_CONFIG_VALUE_{count - 1}"]) == ("a.b", "c")
    assert f"GIT_CONFIG_KEY_{count}" not in env


def test_a_repository_of_sha256_ids_works(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    subprocess.run(
        ["git", "init", "-q", "--object-format=sha256"], cwd=tmp_path / "s", check=True, env=git_environment()
    )
    repo = Repo(tmp_path / "s")
    first = repo.commit({"a.md": "a"})
    git = opened(repo)
    new = git.commit("b", first, {"a.md": b"b"}, "m")
    assert len(new) == 64
    assert git.read(new, "a.md") == b"b"
    assert len(git.history(head=new)["a.md"]) == 2
