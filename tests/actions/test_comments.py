"""Commands in comments: only people with the right to write are heard, each is answered, and no other event pays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from actionkit import Result, Step
from bookkit import BRANCH, Books, make_books
from hubkit import Hub, Repository, serve
from hubkit.state import Comment

from amts_action.actions.events import read_event
from amts_action.books.records import read_record, state_path
from amts_action.publishing.decisions import Decision, read_decision

EN, ZH = "books/book-en", "books/book-zh"
BETA = "chapter/beta.md"
OURS, OLD = "译One item about hail.", "关于雨的一项。"
PEOPLE = {"grace": "write", "mona": "maintain", "tria": "triage", "rita": "read"}


@dataclass
class World:
    """Both books on a server, with one open pull request that changes two pages."""

    folder: Path
    books: Books
    hub: Hub
    en: Repository
    zh: Repository

    def english(self, path: str, old: str, new: str) -> None:
        """A change of the English book."""
        text = self.en.text("main", path)
        assert text.count(old) == 1
        self.en.commit("main", {path: text.replace(old, new)})

    def step(self, event: str, **more: object) -> Step:
        """A step in the translation's repository, with the rights that the documented workflow asks for."""
        folder = self.folder / f"step-{len(list(self.folder.glob('step-*')))}"
        token = self.hub.token(permissions={"contents": "write", "pull_requests": "write"}, repositories=[ZH])
        return Step(folder, ZH, self.hub.url, self.hub.api_url, token, event, **more)  # type: ignore[arg-type]

    def inputs(self, **more: str) -> dict[str, str]:
        """Inputs of a run with the tests' translator."""
        given = {"source_repo": EN, "target_lang": "zh", "engine": "command", "engine_command": self.books.engine()[1]}
        return {**given, **more}

    def says(self, text: str, by: str = "grace", *, number: int = 1, is_pull: bool = True, **inputs: str) -> Result:
        """Somebody comments, and the workflow for comments runs."""
        self.hub.account(by)
        comment = Comment(self.hub.next_id(), by, text, 0, 0)
        self.zh.issues[number].comments.append(comment)
        issue = {"number": number, **({"pull_request": {"url": "x"}} if is_pull else {})}
        payload = {
            "action": "created",
            "issue": issue,
            "comment": {"id": comment.id, "body": text, "user": {"login": by}},
        }
        return self.step("issue_comment", payload=payload).run(**self.inputs(**inputs))

    @property
    def answers(self) -> list[str]:
        """The reactions to the last comment."""
        return [kind for _, _, kind in self.zh.issues[1].comments[-1].reactions]


@contextmanager
def opened(folder: Path) -> Iterator[World]:
    """A book with two changes that a run has proposed."""
    books = make_books(folder)
    books.upstream(beta={"One item about rain.": "One item about hail."}, alpha={"about flour.": "about rye flour."})
    with serve(folder / "hub") as hub:
        en = hub.repository(EN, books.source.path)
        zh = hub.repository(ZH, books.target.path, collaborators=PEOPLE)
        made = World(folder, books, hub, en, zh)
        assert made.step("schedule").run(**made.inputs()).code == 0
        assert OURS in zh.text(BRANCH, BETA)
        books.sent()
        yield made


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """One that a test may change."""
    with opened(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for comments that change nothing, with news that a run would bring."""
    with opened(tmp_path_factory.mktemp("calm")) as made:
        made.english("chapter/alpha.md", "rye", "spelt")
        tip = made.zh.tip(BRANCH)
        yield made
        assert made.zh.tip(BRANCH) == tip
        assert made.books.sent() == []


# --- who may ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["grace", "mona", "books"])
def test_who_may_write_is_answered(calm: World, by: str) -> None:
    """Who has the right to write, to maintain or to administer gets another answer than a thumb down."""
    assert calm.says("/amts what", by).code == 0
    assert calm.answers == ["confused"]


def test_a_rerun_brings_what_is_new(world: World) -> None:
    """A run by comment of one who may write, and the comment gets a thumb."""
    world.english(BETA, "snow", "sleet")
    result = world.says("/amts rerun")
    assert result.code == 0, result.log
    assert world.answers == ["+1"]
    assert "/amts rerun: asked for by grace in #1" in result.log
    assert "sleet" in world.zh.text(BRANCH, BETA)
    assert result.outputs["pull-request-operation"] == "updated"


@pytest.mark.parametrize("by", ["tria", "rita", "stranger", "github-actions[bot]"])
@pytest.mark.parametrize("text", ["/amts rerun", f"/amts take {BETA}", f"/amts skip {BETA}:3"])
def test_who_may_not_costs_nothing(calm: World, by: str, text: str) -> None:
    """Nothing is cloned, sent or written; the answer is a thumb down and a line in the log."""
    before = len(calm.hub.calls("git"))
    result = calm.says(text, by)
    assert (result.code, result.outputs["status"]) == (0, "none")
    assert calm.answers == ["-1"]
    assert "may not write to this repository" in result.log
    assert len(calm.hub.calls("git")) == before


@pytest.mark.parametrize("text", ["Good.", "/amtsrerun", "> /amts rerun", " /amts rerun", "```\n/amts rerun\n```", ""])
def test_a_comment_is_no_command_by_chance(calm: World, text: str) -> None:
    """Only what begins with the word asks for something; all else asks the server for nothing."""
    before = len(calm.hub.requests)
    result = calm.says(text)
    assert (result.code, result.outputs["status"]) == (0, "none")
    assert len(calm.hub.requests) == before


@pytest.mark.parametrize("text", ["", "take", "skip chapter/beta.md", "run $(id)", "rerun now", "take ::error::x"])
def test_what_is_not_understood_is_answered(calm: World, text: str) -> None:
    """A question mark, and the commands that there are in the log."""
    result = calm.says(f"/amts {text}")
    assert result.code == 0
    assert calm.answers == ["confused"]
    assert "there are rerun, take PAGE and skip PAGE:LINE" in result.log
    assert not result.annotations("error")


def test_issues_and_edits_of_comments_start_nothing(calm: World) -> None:
    """A comment counts once, when it is written, and on a pull request."""
    before = len(calm.hub.requests)
    assert calm.says("/amts rerun", is_pull=False).outputs["status"] == "none"
    for action in ("edited", "deleted"):
        said = {"id": 1, "body": "/amts rerun", "user": {"login": "grace"}}
        payload = {"action": action, "issue": {"number": 1, "pull_request": {}}, "comment": said}
        result = calm.step("issue_comment", payload=payload).run(**calm.inputs())
        assert result.outputs["status"] == "none"
    assert len(calm.hub.requests) == before


def test_another_runs_pull_request_is_left_alone(calm: World) -> None:
    """With several languages in one repository each job hears the comment; only the one that it is about acts."""
    result = calm.says("/amts rerun", target_lang="ja", branch="amts/ja", force="true")
    assert (result.code, result.outputs["status"]) == (0, "none")
    assert calm.answers == []
    assert "is no open pull request of this run" in result.log


@pytest.mark.parametrize("event", ["issues", "pull_request_review_comment", "discussion_comment", "fork", "watch"])
def test_no_other_event_of_strangers_starts_a_run(event: str) -> None:
    """Only events of people with rights, and comments, which are looked at."""
    from amts_action.errors import InputError

    with pytest.raises(InputError, match="may not write to the repository"):
        read_event({"GITHUB_EVENT_NAME": event})


# --- what is decided ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "is_in_part", [True, pytest.param(False, marks=pytest.mark.whole)], ids=["in part", "not at all"]
)
def test_a_page_is_taken_as_whole(world: World, is_in_part: bool) -> None:
    """What the translator refused waits no more: nothing is sent for it, the list is shorter, and later runs agree."""
    world.english(BETA, "snow", "sleet")
    if is_in_part:
        world.english(BETA, "about weather", "about storms")
    engine = world.books.engine("sleet")[1]
    assert world.says("/amts rerun", engine_command=engine).outputs["status"] == "partial"
    assert bool(read_record(world.zh.files(BRANCH)[state_path(BETA)], BETA).owed) == is_in_part
    assert ("old text stands" in (world.zh.pull(1).body or "")) == is_in_part
    world.books.sent()
    result = world.says(f"/amts take {BETA}")
    assert result.code == 0, result.log
    assert world.answers == ["+1"]
    assert not read_record(world.zh.files(BRANCH)[state_path(BETA)], BETA).owed
    assert "old text stands" not in (world.zh.pull(1).body or "")
    assert OURS in world.zh.text(BRANCH, BETA)
    again = world.says("/amts rerun")
    assert (again.outputs["status"], again.outputs["pull-request-operation"]) == ("none", "none")
    assert world.books.sent() == []
    assert world.says(f"/amts take {BETA}").code == 2
    assert world.answers == ["confused"]


def line_of(world: World, words: str) -> int:
    """The line of the branch's page that has the words."""
    return next(n for n, line in enumerate(world.zh.text(BRANCH, BETA).split("\n"), 1) if words in line)


def test_a_block_is_skipped_until_its_english_changes(world: World) -> None:
    """People's text is back, nothing else moves, no later run proposes it, and a new change of it does."""
    main = world.zh.text("main", BETA)
    world.english(BETA, "snow", "sleet")
    assert world.says("/amts rerun").code == 0
    written = world.zh.text(BRANCH, BETA)
    world.books.sent()
    result = world.says(f"/amts skip {BETA}:{line_of(world, OURS)}")
    assert result.code == 0, result.log
    assert world.answers == ["+1"]
    assert OLD in main
    assert world.zh.text(BRANCH, BETA) == written.replace(OURS, OLD)
    body = world.zh.pull(1).body or ""
    assert "hail" not in body
    assert "sleet" in body
    again = world.says("/amts rerun")
    assert again.outputs["pull-request-operation"] == "none"
    assert world.zh.text(BRANCH, BETA) == written.replace(OURS, OLD)
    assert world.books.sent() == []
    world.zh.merge(1, "squash")
    assert world.step("schedule").run(**world.inputs()).outputs["pull-request-operation"] == "none"
    world.english(BETA, "hail", "fog")
    assert world.step("schedule").run(**world.inputs()).outputs["pull-request-operation"] == "created"
    assert "译One item about fog." in world.zh.text(BRANCH, BETA)


@pytest.mark.whole
def test_a_new_block_is_skipped(world: World) -> None:
    """What the translation never had goes again, with the blank line that came with it."""
    world.english(BETA, "# Beta\n", "# Beta\n\nA new paragraph about bread.\n")
    before = world.zh.text(BRANCH, BETA)
    assert world.says("/amts rerun").code == 0
    assert "译A new paragraph about bread." in world.zh.text(BRANCH, BETA)
    result = world.says(f"/amts skip {BETA}:{line_of(world, 'A new paragraph')}")
    assert result.code == 0, result.log
    assert world.zh.text(BRANCH, BETA) == before
    assert world.says("/amts rerun").outputs["pull-request-operation"] == "none"
    assert world.zh.text(BRANCH, BETA) == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/amts take chapter/gamma.md", "the translation has no page chapter/gamma.md"),
        (f"/amts skip {BETA}:1", f"the pull request changes no block at {BETA}:1"),
        ("/amts skip img/../../x.md:1", "does not change img/../../x.md"),
    ],
)
def test_what_cannot_be_done_is_said(calm: World, text: str, said: str) -> None:
    """The reaction asks to look, the log says what is wrong, and nothing moves."""
    result = calm.says(text)
    assert result.code == 2
    assert said in result.log
    assert calm.answers == ["confused"]


def test_a_line_counts_in_what_people_saw(world: World) -> None:
    """A page that somebody has changed since is not guessed at."""
    line = line_of(world, OURS)
    world.zh.commit(BRANCH, {BETA: "新的一行。\n\n" + world.zh.text(BRANCH, BETA)})
    result = world.says(f"/amts skip {BETA}:{line}")
    assert result.code == 2
    assert "has changed since the description was written" in result.log


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("take a/b.md", Decision("take", "a/b.md")),
        ("take `a b.md`", Decision("take", "a b.md")),
        ("skip a/b.md:12", Decision("skip", "a/b.md", 12)),
        ("skip `a/b.md:12-14`", Decision("skip", "a/b.md", 12)),
        ("skip a.ipynb:3", Decision("skip", "a.ipynb", 3)),
        ("skip a.md", None),
        ("take a.md:3", None),
        ("take ", None),
        ("drop a.md", None),
    ],
)
def test_decisions_are_read(words: str, wanted: Decision | None) -> None:
    """As they are written in the description, with its marks of code or without."""
    assert read_decision(words) == wanted
