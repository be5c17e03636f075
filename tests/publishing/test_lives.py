"""Turns of a pull request's life that nobody plans: another goal, two goals, conflicts, pushes after the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bookkit import BRANCH
from gitkit import Repo
from hubkit import Request
from publishkit import ALPHA_EDIT, BETA_EDIT, Desk, desk

from amts_action.errors import InputError, ServiceError

ALPHA, BETA = "chapter/alpha.md", "chapter/beta.md"
OURS = "译It has a second sentence about rye flour."
OLD = "第二句谈面粉。"


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Desk]:
    """A desk with one change of the English."""
    with desk(tmp_path) as made:
        made.books.upstream(alpha=ALPHA_EDIT)
        yield made


# --- another goal ---------------------------------------------------------------------------------------------------


@pytest.mark.whole
def test_a_pull_request_with_another_goal_is_followed(at: Desk) -> None:
    """No second one is opened from the same branch, what a translator wrote stays, and the run says what it does."""
    at.sync()
    at.zh.commit("next", {"README.md": "下一版。\n"})
    at.zh.retarget(at.pull.number, "next")
    theirs = at.zh.commit(BRANCH, {ALPHA: at.text(ALPHA).replace(OURS, "第二句谈黑麦粉。")})
    at.books.upstream(beta=BETA_EDIT)
    made = at.sync()
    assert made.operation == "updated"
    assert (len(at.zh.pulls), at.pull.base_ref) == (1, "next")
    assert at.zh.holds(BRANCH, theirs)
    assert "第二句谈黑麦粉。" in at.text(ALPHA)
    assert "hail" in at.text(BETA)
    assert any("goes into next" in note for note in made.run.books.notes)
    assert at.sync().operation == "none"


@pytest.mark.whole
def test_a_duplicate_that_a_person_opened_and_closed_settles_nothing(at: Desk) -> None:
    """While one pull request from our branch is open, a closed other one is no reason to start again."""
    at.sync()
    at.zh.commit("next", {"README.md": "下一版。\n"})
    theirs = at.zh.commit(BRANCH, {ALPHA: at.text(ALPHA).replace(OURS, "第二句谈黑麦粉。")})
    client = at.client()
    client.tell("POST", "/pulls", {"title": "Mine", "head": BRANCH, "base": "next", "body": ""})
    at.zh.close(at.zh.pulls[1].number)
    at.books.upstream(beta=BETA_EDIT)
    at.sync()
    assert at.zh.holds(BRANCH, theirs)
    assert "第二句谈黑麦粉。" in at.text(ALPHA)


@pytest.mark.whole
def test_what_was_merged_elsewhere_is_still_proposed_here(at: Desk) -> None:
    """A pull request that people gave another goal and merged there has settled nothing here."""
    at.sync()
    at.zh.commit("next", {"README.md": "下一版。\n"})
    at.zh.retarget(at.pull.number, "next")
    at.zh.merge(at.pull.number, "squash")
    made = at.sync()
    assert made.operation == "created"
    assert at.pull.base_ref == "main"
    assert OURS in at.text(ALPHA)


@pytest.mark.whole
def test_two_goals_have_two_branches(at: Desk) -> None:
    """A run for a release does not touch the branch of the run for main, and text of neither gets into the other."""
    at.zh.commit("release/1.0", {BETA: at.text(BETA, "main") + "\n发行版。\n"})
    at.sync()
    made = at.sync(target_branch="release/1.0")
    assert made.branch == f"{BRANCH}--release/1.0"
    assert sorted(p.base_ref for p in at.zh.open_pulls) == ["main", "release/1.0"]
    assert "发行版" not in at.text(BETA)
    assert "发行版" in at.text(BETA, made.branch)
    at.books.upstream(beta=BETA_EDIT)
    at.sync(target_branch="refs/heads/release/1.0")
    assert "hail" not in at.text(BETA)
    assert at.sync(target_branch="main").branch == BRANCH


@pytest.mark.whole
def test_one_branch_is_not_shared_by_two_goals(at: Desk) -> None:
    """With a name of their own choice, the second workflow is refused before anything is paid for."""
    at.zh.commit("release", {"README.md": "发行。\n"})
    at.sync(branch="sync")
    at.books.sent()
    with pytest.raises(InputError, match="a run for main keeps"):
        at.sync(branch="sync", target_branch="release")
    assert at.books.sent() == []


# --- taken back ---


def test_a_take_back_is_said_where_people_look(at: Desk) -> None:
    """In the description while something else is proposed, else in the comment with which it is closed."""
    at.books.upstream(beta=BETA_EDIT)
    at.sync()
    at.books.upstream(alpha={new: old for old, new in ALPHA_EDIT.items()})
    at.sync()
    assert f"Taken back, for the English is again what the translation was made from: {ALPHA}" in (at.pull.body or "")
    at.books.upstream(beta={new: old for old, new in BETA_EDIT.items()})
    made = at.sync()
    assert made.operation == "closed"
    assert f"made from: {BETA}" in at.zh.pull(made.number or 0).comments[-1].body


def test_what_people_lose_is_in_the_report_of_every_run(at: Desk) -> None:
    """A sentence that goes with its English is named by the run that takes it away and by those that come later."""
    edits = {"beta": {"* Another item about snow.\n": ""}}, {"page": {"The result is good.": "The result is bad."}}
    for edit in edits:
        at.books.upstream(**edit)
        pages = {page.path: page.leaving for page in at.sync().shown.documents}
        assert [item.english for item in pages[BETA]] == ["Another item about snow."]


# --- conflicts ------------------------------------------------------------------------------------------------------


def test_a_page_in_conflict_does_not_keep_the_others_from_being_merged(at: Desk) -> None:
    """What people translated on main meanwhile is not translated again; the page in which people have worked on both
    sides stays as it is on each, and is named where people look first."""
    at.sync()
    at.zh.commit(BRANCH, {ALPHA: at.text(ALPHA).replace(OURS, "第二句，评审。")})
    at.zh.commit("main", {ALPHA: at.text(ALPHA, "main").replace(OLD, "第二句谈谷物。")})
    at.zh.commit("main", {BETA: at.text(BETA, "main").replace("关于雨的一项。", "关于冰雹的一项。")})
    at.books.upstream(beta={"snow": "sleet"})
    made = at.sync()
    assert made.run.conflicts == (ALPHA,)
    assert "关于冰雹的一项。" in at.text(BETA)
    assert "sleet" in at.text(BETA)
    assert "第二句，评审。" in at.text(ALPHA)
    assert f"`{ALPHA}`" in (at.pull.body or "").split("### For you")[1].split("###")[0]
    assert at.sync().operation == "none"


@pytest.mark.whole
def test_who_commits_under_our_message_is_a_person(at: Desk) -> None:
    """As `git commit --amend --reset-author` and `git commit -C` do: what they wrote is not done again by us."""
    at.sync()
    message = at.zh.store.commit(at.zh.tip(BRANCH) or "").message
    assert "Amts-Tree: " in message
    at.zh.commit(BRANCH, {ALPHA: at.text(ALPHA).replace(OURS, "第二句，评审。")}, message=message)
    at.zh.commit("main", {ALPHA: at.text(ALPHA, "main").replace(OLD, "第二句谈谷物。")})
    at.books.upstream(beta=BETA_EDIT)
    made = at.sync()
    assert made.run.conflicts == (ALPHA,)
    assert "第二句，评审。" in at.text(ALPHA)


@pytest.mark.whole
def test_a_page_in_conflict_that_only_we_have_written_is_done_again(at: Desk) -> None:
    """No person has to settle what no person wrote: main's text stands, and the change of the English is brought."""
    at.sync()
    at.zh.commit("main", {ALPHA: at.text(ALPHA, "main").replace(OLD, "第二句谈谷物。")})
    at.books.upstream(beta=BETA_EDIT)
    made = at.sync()
    assert made.run.conflicts == ()
    assert at.zh.mergeable(at.pull)
    assert OURS in at.text(ALPHA)
    assert any(ALPHA in note and "done again" in note for note in made.run.books.notes)
    assert "- 第二句谈谷物。" not in (at.pull.body or "")
    assert at.sync().operation == "none"


@pytest.mark.parametrize("end", ["close", "squash", "merge"])
@pytest.mark.whole
def test_a_push_after_the_end_stops_nothing(at: Desk, end: str) -> None:
    """Somebody pushes to the branch after its pull request was settled, where main went on, too: what they wrote is
    proposed, all other pages go on, and the file is named."""
    at.sync()
    number = at.pull.number
    if end == "close":
        at.zh.close(number)
    else:
        at.zh.merge(number, end)  # type: ignore[arg-type]
    theirs = at.zh.commit(BRANCH, {ALPHA: at.text(ALPHA).replace(OURS, "第二句，推送。")})
    old = OLD if end == "close" else OURS
    at.zh.commit("main", {ALPHA: at.text(ALPHA, "main").replace(old, "第二句，主干。")})
    at.books.upstream(beta=BETA_EDIT)
    made = at.sync()
    assert made.operation == "created"
    assert at.zh.holds(BRANCH, theirs)
    assert "第二句，推送。" in at.text(ALPHA)
    assert "hail" in at.text(BETA)
    assert any(ALPHA in note and "look at both" in note for note in made.run.books.notes)
    assert at.zh.mergeable(at.pull)
    assert at.sync().operation == "none"


@pytest.mark.whole
def test_a_history_that_was_replaced_gets_a_new_branch(at: Desk) -> None:
    """Without a common history the old branch cannot be brought along: it stays for people, and ours has a new name."""
    at.sync()
    old = at.zh.tip(BRANCH)
    at.zh.restart("main", {"README.md": "新的开始。\n"})
    at.books.upstream(beta=BETA_EDIT)
    made = at.sync()
    assert made.branch == f"{BRANCH}-2"
    assert at.zh.tip(BRANCH) == old
    assert "hail" in at.text(BETA, made.branch)
    assert "rye" in at.text(ALPHA, made.branch)
    assert at.sync().operation == "none"
    at.books.upstream(beta={"snow": "sleet"})
    again = at.sync()
    assert (again.operation, again.branch) == ("updated", f"{BRANCH}-2")


def test_a_branch_in_the_way_is_told_before_anything_is_paid(at: Desk) -> None:
    """Git cannot have a branch `amts` beside `amts/zh`."""
    at.zh.commit("amts", {"x.md": "x\n"})
    with pytest.raises(InputError, match="the branch amts is in the way of amts/zh"):
        at.sync()
    assert at.books.sent() == []


@pytest.mark.whole
def test_a_restarted_english_history_makes_nothing_up_to_date(at: Desk, tmp_path: Path) -> None:
    """Squashed into one commit, the English has no version but its newest; a record that names another one still
    proves that the page is behind."""
    at.books.upstream(beta=BETA_EDIT)
    at.sync()
    at.zh.merge(at.pull.number)
    english = Repo(tmp_path / "again" / at.books.source.path.name)
    files = {p: (at.books.source.path / p).read_bytes() for p in at.books.source.git("ls-files").splitlines()}
    english.commit({**files, BETA: files[BETA].replace(b"snow", b"sleet")})
    made = at.sync(source=str(english.path))
    fates = {outcome.job.path: outcome.job.fate for outcome in made.run.outcomes}
    assert (fates[ALPHA], fates[BETA]) == ("up to date", "not adopted")
    assert made.run.exit_code == 1


# --- rights ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("permission", ["contents", "pull_requests"])
def test_rights_are_asked_for_before_anything_is_paid(at: Desk, permission: str) -> None:
    """A token that may read only costs nothing, and the refusal names the permission."""
    rights = {"contents": "write", "pull_requests": "write", "metadata": "read", permission: "read"}
    at.token = at.hub.token("grace", kind="fine-grained", repositories=["books/zh"], permissions=rights)
    with pytest.raises(ServiceError, match=f"{permission.replace('_', '-')}: write"):
        at.sync(check_rights=True)
    assert at.books.sent() == []


# --- two things at once ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nth", range(1, 9))
@pytest.mark.whole
def test_a_squash_between_two_reads_takes_nothing_back(at: Desk, nth: int) -> None:
    """Wherever the pull request is merged while the run looks around, the merged sentence stays merged."""
    at.sync()
    number = at.pull.number
    at.books.upstream(beta=BETA_EDIT)
    at.hub.fault(nth, lambda: at.zh.merge(number, "squash"))
    at.sync()
    at.sync()
    assert OURS in at.text(ALPHA, "main")
    for pull in at.zh.open_pulls:
        at.zh.merge(pull.number, "squash")
    assert OURS in at.text(ALPHA, "main")
    assert "hail" in at.text(BETA, "main")


@pytest.mark.whole
def test_what_people_write_into_the_description_meanwhile_stays(at: Desk) -> None:
    """Between the look at the pull request and the last request, which writes its body, a run takes its time."""
    at.sync()
    at.books.upstream(beta=BETA_EDIT)

    def edited() -> None:
        at.pull.body = f"Meanwhile\n\n{at.pull.body}"

    def is_commit(request: Request) -> bool:
        return request.method == "PATCH" and "/git/refs/" in request.path

    at.hub.fault(1, edited, match=is_commit)
    at.sync()
    assert (at.pull.body or "").startswith("Meanwhile\n\n<!-- amts:start -->")
    assert "hail" in (at.pull.body or "")


@pytest.mark.whole
def test_what_was_refused_is_tried_again_and_said_again(at: Desk) -> None:
    """A reviewer who gets access later is asked then; what people took away meanwhile stays away."""
    more = {"labels": ["sync"], "reviewers": ["newcomer"]}
    first = at.sync(**more)
    assert any("newcomer" in note or "review" in note for note in first.notes)
    at.pull.labels.remove("sync")
    again = at.sync(**more)
    assert (again.operation, len(again.notes)) == ("none", 1)
    at.hub.account("newcomer")
    at.zh.collaborators["newcomer"] = "write"
    assert at.sync(**more).notes == ()
    assert (at.pull.reviewers, at.pull.labels) == (["newcomer"], [])
    before = len(at.hub.requests)
    assert at.sync(**more).notes == ()
    assert not [r for r in at.hub.requests[before:] if r.method != "GET" and r.kind == "api"]
