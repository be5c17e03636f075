"""The action, run as GitHub runs it: events, topologies, what is checked out, what it leaves behind."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from actionkit import OURS, Result, Step, commands_in
from aws.cloud import Cloud
from bookkit import ALPHA, BRANCH, Books, copy_books, everything, make_books
from booksync import Shop
from gitkit import Repo, git_environment
from hubkit import Hub, Repository, serve

from amts_action.books.records import state_path

RAIN = {"about rain": "about heavy rain"}
DONE = "译One item about heavy rain."
EN, ZH = "books/book-en", "books/book-zh"


@dataclass
class World:
    """Both books on a server, and a place for the steps of workflows."""

    folder: Path
    books: Books
    hub: Hub
    en: Repository
    zh: Repository

    def step(self, name: str, event: str = "push", token: str = "", **more: object) -> Step:
        """A step of a workflow in one of the repositories, at its newest commit."""
        repo = self.hub.repositories[name]
        sha = repo.tip("main") or ""
        folder = self.folder / f"step-{len(list(self.folder.glob('step-*')))}"
        return Step(folder, name, self.hub.url, self.hub.api_url, token or self.hub.token(), event, sha=sha, **more)  # type: ignore[arg-type]

    def inputs(self, **more: str) -> dict[str, str]:
        """Inputs for a run from the English repository, with the tests' translator."""
        given = {"target_repo": ZH, "target_lang": "zh", "engine": "command", "engine_command": self.books.engine()[1]}
        return {**given, **more}

    def checkout(self, step: Step, repo: Repository, path: str = ".", depth: int = 1) -> Path:
        """What actions/checkout leaves: a shallow, detached work tree with `origin`."""
        folder = step.workspace / path
        url = f"{self.hub.url}/{repo.name}"
        more = ["--depth", str(depth)] if depth else []
        line = ["git", "clone", "--quiet", *more, "--template=", url, str(folder)]
        subprocess.run(line, check=True, env=git_environment(), capture_output=True)
        subprocess.run(["git", "-C", str(folder), "checkout", "-q", "--detach"], check=True, env=git_environment())
        return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """The book as it was translated, with one change upstream that is not."""
    books = make_books(tmp_path_factory.mktemp("made"))
    books.upstream(beta=RAIN)
    return books


@pytest.fixture
def world(made: Books, tmp_path: Path) -> Iterator[World]:
    """Both books on a server."""
    books = copy_books(made, tmp_path)
    with serve(tmp_path / "hub") as hub:
        en = hub.repository(EN, books.source.path)
        zh = hub.repository(ZH, books.target.path)
        yield World(tmp_path, books, hub, en, zh)


def one_pull(world: World, result: Result, repo: Repository | None = None) -> None:
    """The step passed, and there is one pull request that holds the translation."""
    repo = repo or world.zh
    assert result.code == 0, result.log
    (pull,) = repo.open_pulls
    assert DONE in repo.text(BRANCH, "chapter/beta.md")
    assert result.outputs["pull-request-number"] == str(pull.number)
    assert result.outputs["pull-request-head-sha"] == repo.tip(BRANCH)
    assert result.outputs["branch"] == BRANCH
    assert result.outputs["pull-request-url"].endswith(f"/{repo.name}/pull/{pull.number}")
    assert {command.name for command in result.commands} <= OURS


# --- topologies -----------------------------------------------------------------------------------------------------


def test_the_english_book_pushes(world: World) -> None:
    """A push to the English book opens a pull request in the translation, and the outputs say what it holds."""
    result = world.step(EN).run(**world.inputs())
    one_pull(world, result)
    varying = ("pull-request-url", "pull-request-urls", "pull-request-head-sha", "pull-request-number")
    assert result.outputs["pull-request-urls"] == result.outputs["pull-request-url"]
    assert result.outputs | dict.fromkeys(varying, "") == {
        "pull-request-number": "",
        "pull-request-url": "",
        "pull-request-urls": "",
        "pull-request-operation": "created",
        "pull-request-head-sha": "",
        "branch": BRANCH,
        "status": "done",
        "files-changed": "1",
        "blocks-changed": "1",
        "characters-sent": result.outputs["characters-sent"],
        "cost": "",
        "report-path": "amts-report/report.md",
        "review-page": "amts-report/review-zh.html",
    }
    assert int(result.outputs["characters-sent"]) > 10
    assert "chapter/beta.md" in result.summary


@pytest.mark.parametrize(
    "event",
    ["schedule", *(pytest.param(e, marks=pytest.mark.whole) for e in ("workflow_dispatch", "repository_dispatch"))],
)
def test_the_translation_pulls(world: World, event: str) -> None:
    """A workflow in the translated repository needs a token for nothing else."""
    token = world.hub.token(repositories=[ZH])
    step = world.step(ZH, event, token)
    inputs = world.inputs(source_repo=EN)
    del inputs["target_repo"]
    one_pull(world, step.run(**inputs))


@pytest.mark.whole
def test_the_books_own_settings_say_where_the_english_is(world: World) -> None:
    """With the source in amts.toml a workflow of the translation has nothing to say."""
    world.zh.commit("main", {"amts.toml": f'target_lang = "zh"\nsource = "{world.hub.url}/{EN}"\n'})
    one_pull(world, world.step(ZH, "schedule").run(engine="command", engine_command=world.books.engine()[1]))


@pytest.mark.whole
def test_both_books_in_one_repository(made: Books, tmp_path: Path) -> None:
    """With two folders of one repository the workflow's repository is both books."""
    repo = Repo(tmp_path / "both")
    for name, book in (("en", made.source), ("zh", made.target)):
        for path in filter(None, book.git("ls-tree", "-rz", "--name-only", "HEAD").split("\0")):
            target = repo.path / ("" if path.startswith(".amts") else name) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((book.path / path).read_bytes())
    (repo.path / "zh" / "amts.toml").rename(repo.path / "amts.toml")
    old = (repo.path / "en" / "chapter" / "beta.md").read_text(encoding="utf-8")
    repo.commit({"en/chapter/beta.md": old.replace("about heavy rain", "about rain")}, "start")
    repo.commit({"en/chapter/beta.md": old}, "change")
    books = Books(tmp_path, repo, repo)
    with serve(tmp_path / "hub") as hub:
        both = hub.repository("books/both", repo.path)
        world = World(tmp_path, books, hub, both, both)
        step = world.step("books/both")
        world.checkout(step, both)
        result = step.run(
            source_path="en",
            target_path="zh",
            base=repo.commits[0],
            engine="command",
            engine_command=books.engine()[1],
        )
        assert result.code == 0, result.log
        assert len(both.open_pulls) == 1
        assert DONE in both.text(BRANCH, "zh/chapter/beta.md")


# --- what is checked out --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [0, 1])
@pytest.mark.whole
def test_checked_out_books_are_used(world: World, depth: int) -> None:
    """Work trees in sub-folders are found by their remote, whole or shallow, and stay as they are."""
    step = world.step(EN)
    folders = [world.checkout(step, repo, f"in/{repo.name[6:]}", depth) for repo in (world.en, world.zh)]
    trees = [{k: v for k, v in everything(folder).items() if ".git/" not in k} for folder in folders]
    heads = [(folder / ".git" / "HEAD").read_bytes() for folder in folders]
    result = step.run(**world.inputs())
    one_pull(world, result)
    assert result.log.count("checked out in") == 2
    assert [{k: v for k, v in everything(folder).items() if ".git/" not in k} for folder in folders] == trees
    assert [(folder / ".git" / "HEAD").read_bytes() for folder in folders] == heads


@pytest.mark.whole
def test_a_rerun_in_shallow_work_trees(world: World) -> None:
    """What a shallow work tree lacks is fetched when it is needed: a branch with people's commits is merged with a
    translation that has moved on, and nothing of either is lost."""
    one_pull(world, world.step(EN).run(**world.inputs()))
    mine = world.zh.commit(BRANCH, {"chapter/beta.md": world.zh.text(BRANCH, "chapter/beta.md") + "\n译者。\n"})
    theirs = world.zh.commit("main", {"own.md": "# 译者的话\n\n改了。\n"})
    world.en.commit("main", {"chapter/alpha.md": ALPHA.replace("about flour", "about rye flour")})
    step = world.step(EN)
    for repo in (world.en, world.zh):
        world.checkout(step, repo, repo.name[6:])
    result = step.run(**world.inputs())
    assert (result.code, result.outputs["pull-request-operation"]) == (0, "updated"), result.log
    assert world.zh.holds(BRANCH, mine)
    assert world.zh.holds(BRANCH, theirs)
    assert "译者。" in world.zh.text(BRANCH, "chapter/beta.md")
    assert "译" in world.zh.text(BRANCH, "chapter/alpha.md")


@pytest.mark.whole
def test_a_source_that_may_not_be_fetched_is_read_where_it_lies(world: World) -> None:
    """A private English book that another step has checked out whole needs no token of its own."""
    step = world.step(ZH, "schedule", world.hub.token(repositories=[ZH]))
    world.checkout(step, world.en, "english", depth=0)
    world.en.private = True
    inputs = world.inputs(source_repo=EN)
    del inputs["target_repo"]
    result = step.run(**inputs)
    one_pull(world, result)
    assert "only what is checked out is used" in result.log


@pytest.mark.whole
def test_the_source_token_reads_the_source(world: World) -> None:
    """A private English book is cloned with `source-token`; without it the error says what to do."""
    world.en.private = True
    inputs = world.inputs(source_repo=EN)
    del inputs["target_repo"]
    token = world.hub.token(repositories=[ZH])
    result = world.step(ZH, "schedule", token).run(**inputs)
    assert (result.code, result.outputs["status"]) == (3, "failed")
    assert "token" in result.annotations("error")[0].data
    secret = world.hub.token(repositories=[EN], permissions={"contents": "read"})
    result = world.step(ZH, "schedule", token).run(**inputs, source_token=secret)
    one_pull(world, result)
    assert secret not in "".join(line for line in result.log.split("\n") if not line.startswith("::add-mask::"))


@pytest.mark.whole
def test_a_token_is_only_sent_to_its_server(world: World) -> None:
    """An English book elsewhere, named by the book's settings, does not get the workflow's token."""
    from gitkit import served

    (world.folder / "elsewhere").mkdir()
    subprocess.run(
        ["git", "clone", "-q", "--bare", str(world.books.source.path), str(world.folder / "elsewhere" / "en")],
        check=True,
        env=git_environment(),
    )
    with served(world.folder / "elsewhere") as (url, seen):
        world.zh.commit("main", {"amts.toml": f'target_lang = "zh"\nsource = "{url}/en"\n'})
        step = world.step(ZH, "schedule")
        one_pull(world, step.run(engine="command", engine_command=world.books.engine()[1]))
    assert seen
    assert set(seen) == {""}


@pytest.mark.parametrize(
    "line",
    [
        'engine_command = "touch /tmp/x"',
        pytest.param('base_url = "https://evil.example/v1"', marks=pytest.mark.whole),
        pytest.param('api_key_variable = "AWS_SECRET"', marks=pytest.mark.whole),
    ],
)
def test_settings_of_another_repository_get_no_secrets(world: World, line: str) -> None:
    """The translation's amts.toml may neither start a program in the workflow of the English book nor send its
    secrets away; in the translation's own workflow it may say what it likes."""
    world.zh.commit("main", {"amts.toml": f'target_lang = "zh"\n{line}\n'})
    result = world.step(EN).run(target_repo=ZH, dry_run="true")
    assert result.code == 2
    assert (
        f"sets {line.split()[0]}, which a settings file of another repository may not"
        in result.annotations("error")[0].data
    )
    assert world.step(ZH, "schedule").run(source_repo=EN, dry_run="true").code == 0


def test_a_take_back_is_announced(world: World) -> None:
    """What the English takes back is a line in the log and a notice."""
    assert world.step(EN).run(**world.inputs()).code == 0
    world.en.commit("main", {"chapter/beta.md": world.en.text("main", "chapter/beta.md").replace("heavy rain", "rain")})
    result = world.step(EN).run(**world.inputs())
    assert result.outputs["pull-request-operation"] == "closed"
    assert any("the proposal is taken back" in notice.data for notice in result.annotations("notice"))
    assert "Taken back, for the English is again what the translation was made from: chapter/beta.md" in result.log


# --- events ---------------------------------------------------------------------------------------------------------


def pull_event(head: str, base: str = EN) -> dict[str, object]:
    """The payload of a pull request."""
    return {"pull_request": {"head": {"repo": {"full_name": head}}, "base": {"repo": {"full_name": base}}}}


REFUSED: list[tuple[str, dict[str, object], str]] = [
    ("pull_request", pull_event("mallory/book-en"), "from a fork"),
    ("pull_request", {"pull_request": {"head": {"repo": None}, "base": {"repo": {"full_name": EN}}}}, "from a fork"),
    ("pull_request", {}, "from a fork"),
    ("pull_request_target", pull_event(EN), "token that may write"),
    ("issues", {}, "may not write to the repository"),
    ("", {}, "GitHub Actions did not start this"),
]


@pytest.mark.parametrize(("event", "payload", "reason"), REFUSED)
def test_events_that_may_not_start_it(world: World, event: str, payload: dict[str, object], reason: str) -> None:
    """They are refused with the reason before anything is read, and the outputs say that it failed."""
    result = world.step(EN, event, payload=payload).run(**world.inputs())
    assert (result.code, result.outputs["status"]) == (2, "failed")
    (error,) = result.annotations("error")
    assert reason in error.data
    assert reason in result.summary
    assert not world.hub.requests


@pytest.mark.whole
def test_a_pull_request_is_only_previewed(world: World) -> None:
    """One from the repository itself is a dry run: the summary shows what would be done, and nothing is written."""
    sha = world.en.commit("topic", {"chapter/alpha.md": ALPHA.replace("about flour", "about rye flour")})
    step = world.step(EN, "pull_request", payload=pull_event(EN), ref="refs/pull/1/merge")
    step.sha = sha
    result = step.run(**world.inputs())
    assert result.code == 0, result.log
    assert not world.zh.pulls
    assert result.outputs["pull-request-operation"] == "none"
    assert "chapter/alpha.md" in result.summary
    assert "dry run" in result.summary


def test_a_deleted_branch_is_nothing_to_do(world: World) -> None:
    """The push that deletes a branch ends well and does nothing."""
    result = world.step(EN, "push", payload={"deleted": True}).run(**world.inputs())
    assert (result.code, result.outputs["status"], world.zh.pulls) == (0, "none", [])


@pytest.mark.whole
def test_a_run_that_is_started_again_does_not_go_back(world: World) -> None:
    """A rerun of an old push brings the newest English, as every run: its own commit is long past."""
    step = world.step(EN)
    step.sha = world.books.source.commits[0]
    one_pull(world, step.run(**world.inputs()))


@pytest.mark.whole
def test_missed_pushes_are_made_up_for(world: World) -> None:
    """The range starts at the recorded base: a push whose run was cancelled arrives with the next."""
    world.en.commit("main", {"chapter/alpha.md": ALPHA.replace("about flour", "about rye flour")})
    old = world.en.text("main", "index.md")
    world.en.commit("main", {"index.md": old.replace("Welcome to", "Again welcome to")})
    result = world.step(EN, payload={"before": world.en.tip("main")}).run(**world.inputs())
    one_pull(world, result)
    assert "译" in world.zh.text(BRANCH, "chapter/alpha.md")
    assert "译" in world.zh.text(BRANCH, "index.md")


@pytest.mark.whole
def test_a_rerun_updates_and_an_idle_run_does_nothing(world: World) -> None:
    """The same push again: no commit, no second pull request, status none."""
    one_pull(world, world.step(EN).run(**world.inputs()))
    tip = world.zh.tip(BRANCH)
    again = world.step(EN).run(**world.inputs())
    assert (again.code, again.outputs["status"]) == (0, "none"), again.log
    assert (world.zh.tip(BRANCH), len(world.zh.pulls)) == (tip, 1)
    assert "up to date" in again.summary


# --- what a run leaves behind ---------------------------------------------------------------------------------------


def test_a_partial_run_passes_and_says_so(world: World) -> None:
    """What the engine refuses is left for people: the step passes, the status and an annotation say it."""
    world.en.commit("main", {"chapter/alpha.md": ALPHA.replace("about flour", "about rye flour")})
    inputs = world.inputs(engine_command=world.books.engine("rye")[1])
    result = world.step(EN).run(**inputs)
    one_pull(world, result)
    assert result.outputs["status"] == "partial"
    assert result.annotations("warning")[0].properties["file"] == "chapter/alpha.md"
    assert result.annotations("warning")[0].properties["line"] == "4"


@pytest.mark.whole
def test_a_batch_job_is_collected_by_a_later_run(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that does not wait for its job passes as pending and writes nothing; a later one opens the pull request."""
    shop = Shop.small(cloud, tmp_path / "shop")
    shop.quicken()
    cloud.state.create_seconds = 0
    cloud.state.job_script.append({"seconds": 3600})
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, value in cloud.environ().items():
        monkeypatch.setenv(name, value)
    inputs = {"source_repo": EN, "target_lang": "zh", "engine": "amazon-translate-batch"}
    inputs |= {"s3_uri": cloud.environ()["AMTS_S3_URI"], "role_arn": cloud.environ()["AMTS_ROLE_ARN"]}
    with serve(tmp_path / "hub") as hub:
        hub.repository(EN, shop.folder / "book-en")
        zh = hub.repository(ZH, shop.folder / "book-zh")
        for status, operation in (("pending", "none"), ("done", "created")):
            step = Step(tmp_path / status, ZH, hub.url, hub.api_url, hub.token(), "schedule")
            done = step.run(**inputs, wait_minutes="0")
            assert (done.code, done.outputs["status"]) == (0, status), done.log
            assert done.outputs["pull-request-operation"] == operation
            assert len(zh.pulls) == (status == "done")
            if status == "pending":
                assert "run again later" in done.summary
                assert done.annotations("notice")
                cloud.state.clock.advance(3600)
    assert len(cloud.state.jobs) == 1


def test_a_limit_fails_the_step_before_anything_is_sent(world: World) -> None:
    """Exit code 4, one line that says how to go on, and no pull request."""
    result = world.step(EN).run(**world.inputs(max_characters="3"))
    assert (result.code, result.outputs["status"]) == (4, "failed")
    assert "characters would be sent" in result.annotations("error")[0].data
    assert not world.zh.pulls
    assert not world.books.sent()


def test_a_dry_run_writes_nothing(world: World) -> None:
    """Nothing is sent and nothing is written, and the summary shows the plan."""
    result = world.step(EN).run(**world.inputs(dry_run="true"))
    assert (result.code, world.zh.pulls, world.books.sent()) == (0, [], [])
    assert "chapter/beta.md" in result.summary


@pytest.mark.whole
def test_the_report_is_where_the_output_says(world: World) -> None:
    """The output names the report by its path in the workspace, in the folder that was asked for."""
    step = world.step(EN)
    result = step.run(**world.inputs(report_dir="out/reports"))
    report = step.workspace / result.outputs["report-path"]
    assert "chapter/beta.md" in report.read_text(encoding="utf-8")
    assert json.loads((report.parent / "result.json").read_bytes())["status"] == "done"


@pytest.mark.parametrize("name", ["amts-report", "amts-report/report.md", "amts-report/review-zh.html"])
def test_reports_do_not_leave_the_workspace(world: World, name: str) -> None:
    """A link that a book has put where the reports go is not followed."""
    step = world.step(EN)
    outside = world.folder / "outside"
    outside.mkdir()
    place = step.workspace / name
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(outside if name == "amts-report" else outside / "x")
    result = step.run(**world.inputs())
    assert result.code == 2
    assert not list(outside.iterdir())


def test_a_fault_of_the_program_is_told_without_commands(tmp_path: Path) -> None:
    """The trace of an unforeseen error is printed as text, whatever is in it, and the outputs are written."""
    output = tmp_path / "output"
    code = (
        "import sys, os\n"
        "from amts_action.actions.run import crash_teller\n"
        "sys.excepthook = crash_teller(dict(os.environ), sys.stdout)\n"
        "raise RuntimeError('book text\\n::set-env name=A::b\\n##[add-path]/tmp')\n"
    )
    environ = git_environment() | {"GITHUB_OUTPUT": str(output), "PYTHONUTF8": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, check=False)
    assert done.returncode == 1
    assert [command.name for command in commands_in(done.stdout.decode())] == ["error"]
    assert done.stderr == b""
    assert "status<<" in output.read_text(encoding="utf-8")


@pytest.mark.whole
def test_the_record_names_the_books_the_same_way(world: World) -> None:
    """Cloned or checked out: the record has the address without `.git`, so that no run sees another book."""
    for path in ("", "en"):
        step = world.step(EN)
        if path:
            folder = world.checkout(step, world.en, path)
            url = f"{world.hub.url}/{EN}.git"
            subprocess.run(["git", "-C", str(folder), "remote", "set-url", "origin", url], check=True)
            world.en.commit("main", {"chapter/alpha.md": ALPHA.replace("about flour", "about rye flour")})
        one_pull(world, step.run(**world.inputs()))
    for page in ("alpha", "beta"):
        record = json.loads(world.zh.text(BRANCH, state_path(f"chapter/{page}.md")))
        assert f"{world.hub.url}/{EN}" in record.values()
