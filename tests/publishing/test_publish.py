"""A run becomes one pull request, and the pull request stays good: seen on the server's repository, not in calls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from bookkit import BRANCH, CHINESE, ENGLISH, TRANSLATED, amts, make_books
from gitkit import Repo
from hubkit import serve
from publishkit import ALPHA_EDIT, BETA_EDIT, Desk, desk, environ

from amts_action.books.opening import open_books
from amts_action.git.hub import hub_of
from amts_action.publishing.deliver import publish_books
from amts_action.publishing.github.client import Client

ALPHA, BETA = "chapter/alpha.md", "chapter/beta.md"
DAY = 86_400
"""Seconds."""


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Desk]:
    """A desk with one change of the English."""
    with desk(tmp_path) as made:
        made.books.upstream(alpha=ALPHA_EDIT)
        yield made


@pytest.mark.parametrize("is_address", [False, True])
def test_a_change_becomes_a_branch_and_a_pull_request(at: Desk, is_address: bool) -> None:
    """The branch has the new text and its record, one pull request says so, and twelve requests are plenty."""
    before = at.books.target.snapshot()
    made = at.sync(target=f"{at.hub.url}/books/zh" if is_address else "", check_rights=True)
    assert (made.operation, made.number) == ("created", at.pull.number)
    assert at.zh.tip(BRANCH) == made.head_sha == at.pull.head_sha
    assert at.books.target.snapshot() == before
    assert at.books.tip() == ""
    assert at.changed() == {ALPHA, "chapter/alpha_origin.md", f".amts/state/{ALPHA}.json"}
    assert "rye flour" in at.text(ALPHA)
    assert "1 document" in at.pull.title
    assert "rye" in (at.pull.body or "")
    assert len(at.hub.calls()) <= 12
    assert not at.slept
    before_update = len(at.hub.calls())
    at.books.upstream(alpha={"rye flour": "spelt flour"})
    assert at.sync(check_rights=True).operation == "updated"
    assert len(at.hub.calls()) - before_update <= 13


def test_many_pages_without_records_cost_no_more_requests(tmp_path: Path) -> None:
    """15 of the API are enough for a book of any size, and its histories come at once, not page by page."""
    assert _requests(tmp_path / "few", pages=2) == _requests(tmp_path / "many", pages=16)


def _requests(folder: Path, *, pages: int) -> int:
    """The git requests of a first run over two books on a server, in which every page has changed in English since."""
    english, chinese = Repo(folder / "en"), Repo(folder / "zh")
    page = (
        "# Page {n}\n\nThis page is about $x_{n}$ and bread, as we all know.\n\nIt ends with {word} and nothing else.\n"
    )
    translated = "# 第{n}页\n\n这一页是关于 $x_{n}$ 和面包的，大家都知道。\n\n它以盐结束，没有别的了。\n"
    english.commit({f"p{n}.md": page.format(n=n, word="salt") for n in range(pages)})
    chinese.clock += DAY
    chinese.commit({f"p{n}.md": translated.format(n=n) for n in range(pages)})
    english.clock += 100 * DAY
    english.commit({f"p{n}.md": page.format(n=n, word="pepper") for n in range(pages)})
    settings = {"target_lang": "zh", "engine": "command", "engine_command": make_books(folder / "any").engine()[1]}
    with serve(folder / "hub") as hub:
        for name, repo in (("books/en", english), ("books/zh", chinese)):
            hub.repository(name, repo.path)
        token, cache = hub.token(), folder / "cache"
        books = open_books(
            {**settings, "source": f"{hub.url}/books/en", "target": f"{hub.url}/books/zh"},
            environ=environ(), cache_dir=cache, source_token=token, target_token=token,
        )  # fmt: skip
        where = {"GITHUB_SERVER_URL": hub.url, "GITHUB_API_URL": hub.api_url}
        done = publish_books(books, Client(hub_of(books.target.address, token, where)), report=lambda _: None)
        assert {path for path in done.run.edits if path.endswith(".md")} == {f"p{n}.md" for n in range(pages)}
        assert done.made[0].operation == "created"
        assert len(hub.calls()) <= 15
        return len(hub.calls("git"))


def test_the_commit_is_left_to_github_to_sign(at: Desk) -> None:
    """Author and committer are not given, so that the server signs for the bot."""
    at.sync()
    (sent,) = [r.body for r in at.hub.calls() if r.method == "POST" and r.path.endswith("/git/commits")]
    assert set(sent) == {"message", "tree", "parents"}


def test_nothing_new_changes_nothing(at: Desk) -> None:
    """A second run without new changes touches neither the branch nor the pull request."""
    at.sync()
    before = at.zh.tip(BRANCH), at.pull.body, at.pull.updated
    made = at.sync()
    assert made.operation == "none"
    assert (at.zh.tip(BRANCH), at.pull.body, at.pull.updated) == before


def test_a_book_that_is_up_to_date_opens_nothing(tmp_path: Path) -> None:
    """An empty result makes no branch and no pull request."""
    with desk(tmp_path) as at:
        made = at.sync()
        assert (made.operation, made.number, made.head_sha) == ("none", None, "")
        assert at.zh.tip(BRANCH) is None
        assert not at.zh.pulls


def test_the_next_change_updates_the_pull_request(at: Desk) -> None:
    """The body tells of both changes, the first of which an earlier run made."""
    at.sync()
    at.books.upstream(beta=BETA_EDIT)
    made = at.sync()
    body = at.pull.body or ""
    assert made.operation == "updated"
    assert len(at.zh.pulls) == 1
    assert "rye" in body
    assert "hail" in body
    assert "machine" in body.split("alpha.md</code>")[1].split("</details>")[0]
    assert "2 documents" in at.pull.title
    # What is reviewed is the pull request, with the files as they are on its branch.
    assert made.shown.pull_url == made.url
    assert {d.path: d.parts for d in made.shown.documents} == {path: (at.text(path),) for path in (ALPHA, BETA)}


@pytest.mark.whole
def test_two_changes_of_one_page_are_both_told(at: Desk) -> None:
    """A second change of the same page does not hide the first one."""
    at.sync()
    at.books.upstream(alpha={"The end of alpha is short.": "The end of alpha is very short."})
    at.sync()
    body = at.pull.body or ""
    assert "rye" in body
    assert "very" in body
    assert "2 blocks in 1 document" in body


@pytest.mark.whole
def test_commits_of_people_stay(at: Desk) -> None:
    """What a reviewer wrote on the branch is there after the next run, and counts as a person's."""
    at.sync()
    edited = at.text(ALPHA).replace("译It has a second sentence about rye flour.", "第二句谈黑麦粉。")
    theirs = at.zh.commit(BRANCH, {ALPHA: edited})
    at.books.upstream(beta=BETA_EDIT)
    at.sync()
    assert at.zh.holds(BRANCH, theirs)
    assert "第二句谈黑麦粉。" in at.text(ALPHA)
    alpha = (at.pull.body or "").split("alpha.md</code>")[1].split("</details>")[0]
    assert "<ins>黑麦</ins>" in alpha
    assert "machine" not in alpha
    assert "please read" not in alpha


@pytest.mark.whole
def test_text_of_people_around_ours_stays(at: Desk) -> None:
    """What stands before and after our part of the body is kept, and so are a title and ticks by people."""
    at.sync()
    pull = at.pull
    pull.body = "Before @ada\n\n" + (pull.body or "").replace("- [ ] ", "- [x] ") + "\n\nAfter"
    pull.title = "Spring release"
    at.books.upstream(beta=BETA_EDIT)
    at.sync()
    body = at.pull.body or ""
    assert body.startswith("Before @ada\n\n<!-- amts:start -->")
    assert body.endswith("<!-- amts:end -->\n\nAfter")
    assert at.pull.title == "Spring release"
    assert body.count("- [x] ") == 1
    assert body.count("- [ ] ") == 1


def test_a_title_that_was_given_is_used(at: Desk) -> None:
    """`title` names the pull request, and another one renames it."""
    at.sync(title="Catch up")
    assert at.pull.title == "Catch up"
    at.books.upstream(beta=BETA_EDIT)
    at.sync(title="Catch up more")
    assert at.pull.title == "Catch up more"


@pytest.mark.whole
def test_a_default_branch_that_moved_is_merged_first(at: Desk) -> None:
    """The branch gets a merge commit with both parents, and the run's commit on top."""
    at.sync()
    old, theirs = at.zh.tip(BRANCH), at.zh.commit("main", {"README.md": "再读我。\n"})
    at.books.upstream(beta=BETA_EDIT)
    at.sync()
    assert at.zh.holds(BRANCH, theirs)
    assert at.zh.store.git("log", "-1", "--format=%P", f"{BRANCH}^").decode().split() == [old, theirs]
    assert at.changed() == {
        ALPHA, "chapter/alpha_origin.md", f".amts/state/{ALPHA}.json", BETA, f".amts/state/{BETA}.json",
    }  # fmt: skip


def test_a_default_branch_in_conflict_is_reported(at: Desk) -> None:
    """What cannot be merged is named, and the branch stays as people can mend it."""
    at.sync()
    old = at.zh.commit(BRANCH, {ALPHA: at.text(ALPHA).replace("译It has a second", "评审")})
    at.zh.commit("main", {ALPHA: at.text(ALPHA, "main").replace("第二句谈面粉。", "第二句谈谷物。")})
    at.books.upstream(beta=BETA_EDIT)
    made = at.sync()
    assert made.run.conflicts == (ALPHA,)
    assert made.run.status == "partial"
    assert at.zh.holds(BRANCH, old)
    assert "merge it by hand" in (at.pull.body or "")
    assert "hail" in (at.pull.body or "")


@pytest.mark.parametrize("method", ["squash", "merge", "rebase"])
@pytest.mark.whole
def test_after_a_merge_the_branch_left_behind_starts_again(at: Desk, method: str) -> None:
    """What was merged is not proposed again, and the branch moves forward only."""
    at.sync()
    old = at.zh.tip(BRANCH)
    at.zh.merge(at.pull.number, method)  # type: ignore[arg-type]
    # Somebody corrects on main what was merged: a plain merge of the two branches would be a conflict.
    at.zh.commit("main", {ALPHA: at.text(ALPHA, "main").replace("译It has a second", "第二句")})
    assert at.sync().operation == "none"
    at.books.upstream(beta=BETA_EDIT)
    before = len(at.hub.calls())
    made = at.sync(check_rights=True)
    assert made.operation == "created"
    assert len(at.hub.calls()) - before <= 13
    assert at.zh.holds(BRANCH, old or "")
    assert at.changed() == {BETA, f".amts/state/{BETA}.json"}
    assert "rye" not in (at.pull.body or "")
    again = at.sync()
    assert again.operation == "none"
    at.books.upstream(beta={"snow": "sleet"})
    assert at.sync().operation == "updated"
    assert at.changed() == {BETA, f".amts/state/{BETA}.json"}


def test_a_deleted_branch_is_made_anew(at: Desk) -> None:
    """After a merge with the branch deleted the next change starts from the default branch."""
    at.sync()
    at.zh.merge(at.pull.number, "squash")
    at.zh.delete_branch(BRANCH)
    at.books.upstream(beta=BETA_EDIT)
    assert at.sync().operation == "created"
    assert at.changed() == {BETA, f".amts/state/{BETA}.json"}


@pytest.mark.parametrize("is_deleted", [False, True])
@pytest.mark.whole
def test_what_people_closed_is_not_proposed_again(at: Desk, is_deleted: bool) -> None:
    """Blocks of a closed pull request come back only when their English changes again."""
    at.sync()
    old, sent = at.zh.tip(BRANCH), at.books.sent()
    at.zh.close(at.pull.number)
    if is_deleted:
        at.zh.delete_branch(BRANCH)
    assert len(sent) == 1
    assert at.sync().operation == "none"
    assert at.books.sent() == []
    at.books.upstream(beta=BETA_EDIT)
    made = at.sync()
    assert made.operation == "created"
    assert at.changed() == {BETA, f".amts/state/{BETA}.json"}
    assert is_deleted or at.zh.holds(BRANCH, old or "")
    assert "rye" not in (at.pull.body or "")
    assert at.sync().operation == "none"
    at.zh.merge(at.pull.number, "squash")
    assert at.sync().operation == "none"
    at.books.upstream(alpha={"about rye flour.": "about oat flour."})
    made = at.sync()
    assert made.operation == "created"
    assert "oat" in at.text(ALPHA)
    assert at.text(BETA) == at.text(BETA, "main")


@pytest.mark.whole
def test_force_proposes_again_what_was_closed(at: Desk) -> None:
    """With `force` a closed pull request is no reason to leave anything out."""
    at.sync()
    at.zh.close(at.pull.number)
    assert at.sync(force=True).operation == "created"
    assert "rye" in at.text(ALPHA)


@pytest.mark.whole
def test_only_the_closed_block_of_a_page_stays_out(at: Desk) -> None:
    """Another block of the same page is proposed without the one that people did not want."""
    at.sync()
    at.zh.close(at.pull.number)
    at.books.upstream(alpha={"The end of alpha is short.": "The end of alpha is long."})
    assert at.sync().operation == "created"
    assert "译The end of alpha is long." in at.text(ALPHA)
    assert "第二句谈面粉。" in at.text(ALPHA)
    assert "a closed pull request had proposed the same: 1 block" in (at.pull.body or "")


@pytest.mark.whole
def test_new_renamed_and_removed_pages_can_be_declined(tmp_path: Path) -> None:
    """A page that people did not want to come, to go or to move stays as it is."""
    with desk(tmp_path) as at:
        source = at.books.source
        text = source.show("HEAD", "chapter/beta.md") + "\n"
        source.commit({"chapter/new.md": "# New\n\nFresh bread.\n", "ordering.md": None, BETA: None, "beta.md": text})
        at.sync()
        changed = at.changed()
        assert {"chapter/new.md", "ordering.md", BETA, "beta.md"} <= changed
        at.zh.close(at.pull.number)
        assert at.sync().operation == "none"
        at.books.upstream(alpha=ALPHA_EDIT)
        at.sync()
        assert at.changed() == {ALPHA, "chapter/alpha_origin.md", f".amts/state/{ALPHA}.json"}


def test_a_pull_request_that_became_empty_is_closed(at: Desk) -> None:
    """When the translation has everything already, the pull request is closed with a comment, once."""
    at.sync()
    at.zh.commit("main", {ALPHA: at.text(ALPHA)})
    made = at.sync()
    assert made.operation == "closed"
    (pull,) = at.zh.pulls
    assert pull.state == "closed"
    (comment,) = pull.comments
    assert "Nothing is left to review" in comment.body
    assert at.sync().operation == "none"
    at.zh.commit("main", {ALPHA: at.text(ALPHA).replace("rye", "黑麦")})
    at.books.upstream(alpha={"about rye flour.": "about oat flour."})
    assert at.sync().operation == "created"
    assert "oat" in at.text(ALPHA)
    assert len(pull.comments) == 1


def test_a_pull_request_of_a_person_is_taken_over_and_not_closed(at: Desk) -> None:
    """Who opened a pull request from our branch by hand finds our part below their text; its title stays."""
    at.zh.commit(BRANCH, {"own.md": "# 新的\n"})
    from hubkit import Pull

    client = at.client()
    client.tell("POST", "/pulls", {"title": "Mine", "head": BRANCH, "base": "main", "body": "By hand"})
    made = at.sync()
    assert isinstance(at.pull, Pull)
    assert made.operation == "updated"
    assert at.pull.title == "Mine"
    assert (at.pull.body or "").startswith("By hand\n\n<!-- amts:start -->")


def test_the_loser_of_a_race_works_on_the_new_head(at: Desk) -> None:
    """A person's push between run and publishing is kept, and the run is done again on top of it."""
    at.sync()
    at.books.upstream(beta=BETA_EDIT)
    pushed: list[str] = []
    made = at.sync(meanwhile=lambda: pushed.append(at.zh.commit(BRANCH, {"own.md": "# 也\n"})))
    assert at.zh.holds(made.head_sha, pushed[0])
    assert "hail" in at.text(BETA)
    assert at.runs == 3


@pytest.mark.parametrize("nth", [4, 8, 9, 10, 11, 12])
@pytest.mark.whole
def test_two_runs_at_once_end_as_one(tmp_path: Path, nth: int) -> None:
    """Wherever another whole run comes in between, there is one pull request with the same tree, and no loss."""
    with desk(tmp_path) as at:
        at.books.upstream(alpha=ALPHA_EDIT)
        at.hub.fault(nth, lambda: at.sync())
        at.sync()
        assert len(at.zh.pulls) == 1
        assert at.changed() == {ALPHA, "chapter/alpha_origin.md", f".amts/state/{ALPHA}.json"}
        assert "rye" in (at.pull.body or "")


@pytest.mark.whole
def test_a_merge_during_the_run_starts_another_pull_request(at: Desk) -> None:
    """When the pull request is merged while we work, the work goes into a new one."""
    at.sync()
    at.books.upstream(beta=BETA_EDIT)
    number = at.pull.number
    at.hub.fault(9, lambda: at.zh.merge(number, "squash"))
    made = at.sync()
    assert made.operation == "created"
    assert made.number != number
    assert at.changed() == {BETA, f".amts/state/{BETA}.json"}


def test_whom_and_what_a_new_pull_request_is_given(at: Desk) -> None:
    """Labels (made when missing), people, team and milestone are set once; what people take away stays away."""
    at.hub.team("books", "translators")
    at.token = at.hub.token("amts[bot]", kind="installation")
    client = at.client()
    client.tell("POST", "/milestones", {"title": "Spring"})
    more = {
        "labels": ["sync", "zh"], "assignees": ["grace"], "reviewers": ["rene"],
        "team_reviewers": ["books/translators"], "milestone": "Spring", "draft": True,
    }  # fmt: skip
    made = at.sync(**more)
    pull = at.pull
    assert made.notes == ()
    assert (pull.labels, pull.assignees, pull.reviewers) == (["sync", "zh"], ["grace"], ["rene"])
    assert (pull.team_reviewers, pull.milestone, pull.draft) == (["translators"], 1, True)
    assert len(at.hub.calls()) <= 30
    pull.labels.remove("zh")
    at.books.upstream(beta=BETA_EDIT)
    at.sync(**more)
    assert at.pull.labels == ["sync"]


def test_what_cannot_be_given_is_said(at: Desk) -> None:
    """A person without access, a milestone that is not there: a note each, and the pull request stands."""
    made = at.sync(assignees=["nobody"], reviewers=["nobody"], milestone="Never", labels=["sync"])
    assert at.pull.labels == ["sync"]
    assert len(made.notes) == 3
    assert "nobody cannot be assigned" in made.notes[0]
    assert "'Never'" in made.notes[2]


@pytest.mark.whole
def test_all_kinds_of_files_arrive(tmp_path: Path) -> None:
    """Pictures, removed files, carriage returns and many pages come out as the same bytes."""
    with desk(tmp_path) as at:
        source = at.books.source
        new = {f"chapter/n{i}.md": f"# Page {i}\n\nText {i}.\r\nMore.\n" for i in range(40)}
        new["chapter/n0.md"] = "# Page\n\n![Bun.](../img/bun.png)\n"
        source.commit({**new, "img/bun.png": b"\x89PNG\0\xff\xfe", "ordering.md": None})
        made = at.sync()
        files = at.zh.files(BRANCH)
        assert files["img/bun.png"] == b"\x89PNG\0\xff\xfe"
        assert "ordering.md" not in files
        assert len([path for path in files if path.startswith("chapter/n")]) == 40
        assert made.operation == "created"
        assert at.sync().operation == "none"


def test_the_branch_must_not_be_the_translations_own(at: Desk) -> None:
    """A branch name that would write to the translation itself is refused before anything is sent."""
    from amts_action.errors import InputError

    with pytest.raises(InputError, match="lives on"):
        at.sync(branch="main")
    with pytest.raises(InputError, match="not a name"):
        at.sync(branch="a..b")
    assert at.books.sent() == []


@pytest.mark.whole
def test_another_branch_for_the_translation(at: Desk) -> None:
    """`target_branch` names the branch that is read, and that the pull request goes into."""
    at.zh.commit("release", {"README.md": "发行。\n"})
    made = at.sync(target_branch="release")
    assert at.pull.base_ref == "release"
    assert (made.operation, made.branch) == ("created", f"{BRANCH}--release")
    assert "README.md" not in at.changed("release", made.branch)


@pytest.mark.whole
def test_a_shallow_checkout_is_enough(at: Desk, tmp_path: Path) -> None:
    """A work tree as actions/checkout leaves it, with one commit and a detached head, is read and not touched."""
    import subprocess

    from bookkit import everything
    from gitkit import git_environment

    place = tmp_path / "work"
    url = at.hub.url.replace("://", f"://x-access-token:{at.token}@") + "/books/zh"
    line = ["git", "clone", "--quiet", "--depth=1", url, str(place)]
    subprocess.run(line, check=True, env=git_environment())
    subprocess.run(["git", "-C", str(place), "remote", "set-url", "origin", f"{at.hub.url}/books/zh"], check=True)
    before = {k: v for k, v in everything(place).items() if not k.startswith(".git/")}
    assert at.sync(target=str(place)).operation == "created"
    at.zh.commit(BRANCH, {"own.md": "# 也\n"})
    at.books.upstream(beta=BETA_EDIT)
    assert at.sync(target=str(place)).operation == "updated"
    assert {k: v for k, v in everything(place).items() if not k.startswith(".git/")} == before
    assert "own.md" in at.changed()


CODE = {"x = 1  # start": "x = 2  # go"}


@pytest.mark.whole
def test_flagged_lines_get_a_suggestion_once(at: Desk) -> None:
    """Where a check was not convinced, one click takes the earlier text back; a rerun says nothing twice."""
    at.zh.commit("main", {ALPHA: at.text(ALPHA, "main").replace("x = 1", "x = 10")})
    at.books.upstream(alpha=CODE)
    at.sync()
    (comment,) = at.pull.review_comments
    lines = at.text(ALPHA).split("\n")
    assert comment.path == ALPHA
    assert comment.line is not None
    assert "x = 2" in lines[comment.line - 2]
    offered = comment.body.split("suggestion\n")[1].split("\n````")[0].split("\n")
    assert offered == ["```python", "x = 10  # 开始", "```"]
    at.books.upstream(beta=BETA_EDIT)
    at.sync()
    assert len(at.pull.review_comments) == 1
    assert len(at.pull.reviews) == 1


@pytest.mark.whole
def test_suggestions_are_bounded(tmp_path: Path) -> None:
    """Twenty comments at most, and the pull request is there all the same."""
    pages = {f"chapter/p{i}.md": f"# P{i}\n\n```python\nx = 1  # start {i}\n```\n" for i in range(25)}
    chinese = {
        path: text.replace("x = 1  # start", "x = 10  # 开始").replace("# P", "# 页") for path, text in pages.items()
    }
    books = make_books(tmp_path / "books", english=pages, chinese=chinese, recorded=(*TRANSLATED, *pages))
    with desk(tmp_path, books=books) as at:
        at.books.source.commit({path: text.replace("x = 1  # start", "x = 2  # go") for path, text in pages.items()})
        at.sync()
        assert len(at.pull.review_comments) == 20
        at.books.upstream(beta=BETA_EDIT)
        at.sync()
        assert len(at.pull.review_comments) == 20


def test_a_push_at_the_last_moment_is_kept(at: Desk) -> None:
    """A person's push just before our branch would move is noticed by the server, and the run is done again."""
    at.sync()
    at.books.upstream(beta=BETA_EDIT)
    pushed: list[str] = []
    at.hub.fault(
        1,
        lambda: pushed.append(at.zh.commit(BRANCH, {"own.md": "# 也\n"})),
        match=lambda request: request.method == "PATCH" and "/git/refs/" in request.path,
    )
    made = at.sync()
    assert at.zh.holds(made.head_sha, pushed[0])
    assert "hail" in at.text(BETA)
    assert "own.md" in at.changed()


@pytest.mark.whole
def test_comments_are_not_doubled_by_a_lost_answer(at: Desk) -> None:
    """A review, and the comment of a closing, whose answers got lost are looked up and not sent again."""
    at.zh.commit("main", {ALPHA: at.text(ALPHA, "main").replace("x = 1", "x = 10")})
    at.books.upstream(alpha=CODE)
    at.hub.fault(1, "cut", when="after", match=lambda r: r.method == "POST" and r.path.endswith("/reviews"))
    at.sync()
    assert len(at.pull.review_comments) == 1
    at.zh.commit("main", {ALPHA: at.text(ALPHA)})
    at.hub.fault(1, "cut", when="after", match=lambda r: r.method == "POST" and r.path.endswith("/comments"))
    assert at.sync().operation == "closed"
    assert len(at.zh.pulls[0].comments) == 1


def test_the_documented_command(at: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command of docs/pull-requests.md opens a pull request, and run again says that there is nothing new."""
    page = Path(__file__).resolve().parents[2] / "docs" / "pull-requests.md"
    (line,) = re.findall(r"^amts sync .*--pull-request$", page.read_text(encoding="utf-8"), re.M)
    places = {
        "https://github.com/d2l-ai/d2l-en": str(at.books.source.path),
        "https://github.com/you/d2l-zh": f"{at.hub.url}/books/zh",
    }
    words = [places.get(word, word) for word in line.split()[1:]]
    for name, value in {**at.environ, "AMTS_TOKEN": at.token}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(at.books.folder)
    first = amts(*words, *at.books.engine())
    assert first.code == 0
    assert f"pull request created: {at.hub.url}/books/zh/pull/{at.pull.number}" in first.err
    assert at.token not in first.err
    assert "pull request none" in amts(*words, *at.books.engine()).err
    assert amts(*words, "--output-dir", "out").code == 2


def test_names_in_a_book_close_no_issue(at: Desk) -> None:
    """A page whose name is a command to GitHub is only a name in the commit, the title and the body."""
    name = "chapter/fixes #12 @octocat.md"
    at.books.source.commit({name: "# New\n\nFresh bread.\n"})
    at.sync()
    assert name in at.zh.files(BRANCH)
    message = at.zh.store.git("log", "-1", "--format=%B", BRANCH).decode()
    for text in (message, at.pull.title):
        assert "#12" not in text
        assert "@octocat" not in text


@pytest.mark.whole
def test_both_books_in_one_repository(tmp_path: Path) -> None:
    """Two folders of one repository: the pull request changes the translation's folder only."""
    books = make_books(tmp_path / "books")
    files: dict[str, str | bytes | None] = dict.fromkeys(books.files("main"))
    files |= {f"en/{path}": text for path, text in ENGLISH.items()}
    files |= {f"zh/{path}": text for path, text in CHINESE.items() if path != "amts.toml"}
    books.target.commit(files)
    alpha = (tmp_path / "books" / "book-zh" / "en" / ALPHA).read_text(encoding="utf-8")
    books.target.commit({f"en/{ALPHA}": alpha.replace(*next(iter(ALPHA_EDIT.items())))})
    with desk(tmp_path, books=books) as at:
        place = str(books.target.path)
        made = at.sync(source=place, source_path="en", target_path="zh", target_lang="zh")
        assert made.operation == "created"
        changed = at.changed()
        assert f"zh/{ALPHA}" in changed
        assert all(path.startswith(("zh/", ".amts/")) for path in changed)
        assert at.sync(source=place, source_path="en", target_path="zh", target_lang="zh").operation == "none"


@pytest.mark.whole
def test_a_very_large_pull_request_can_be_declined(at: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a page with more blocks than a body remembers none comes back until its English changes."""
    monkeypatch.setattr("amts_action.publishing.cumulative.MOST_BLOCKS", 1)
    at.books.upstream(alpha={"The end of alpha is short.": "The end of alpha is long."}, beta=BETA_EDIT)
    at.sync()
    at.zh.close(at.pull.number)
    assert at.sync().operation == "none"
    at.books.upstream(alpha={"# Alpha": "# Alpha and more"})
    at.sync()
    assert "rye" in at.text(ALPHA)
    assert at.text(BETA) == at.text(BETA, "main")


@pytest.mark.whole
def test_pages_that_came_moved_or_went_stay_in_the_description(tmp_path: Path) -> None:
    """After a further run the table still has the new, the renamed and the removed page of an earlier one."""
    with desk(tmp_path) as at:
        source = at.books.source
        text = source.show("HEAD", BETA) + "\n"
        source.commit({"chapter/new.md": "# New\n\nFresh bread.\n", "ordering.md": None, BETA: None, "beta.md": text})
        at.sync()
        first = at.pull.body or ""
        at.books.upstream(page={"The result is good.": "The result is very good."})
        assert at.sync().operation == "updated"
        rows = [line for line in (at.pull.body or "").splitlines() if line.startswith("| [`")]
        states = {row.split("`")[1]: row.split(" | ")[1] for row in rows}
        assert states == {
            "beta.md": "renamed", "chapter/new.md": "new page", "ordering.md": "removed", "page.ipynb": "done",
        } | ({"index.md": "done"} if "`index.md`" in first else {})  # fmt: skip
        assert "<ins>very</ins>" in (at.pull.body or "")
