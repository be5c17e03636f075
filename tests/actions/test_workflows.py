"""The workflows: ours are pinned and ask for little, and the documented ones do what the pages say they do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from actionkit import Step
from bookkit import ALPHA, BRANCH, make_books
from gitkit import Repo
from hubkit import Hub, serve
from workflowkit import documented

ROOT = Path(__file__).resolve().parents[2]
OURS = "example/amts-action@"
DOCUMENTED = documented()
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FILES = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / ".github/workflows").glob("*.yml"))}
ALL = {**DOCUMENTED, **FILES}
INPUTS = set(yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"])


def test_there_are_workflows() -> None:
    """As many as there were when this was written: fewer means that they are not found."""
    assert len(DOCUMENTED) >= 7
    assert set(FILES) == {"ci.yml", "codeql.yml", "release.yml", "scorecard.yml"}


def steps(content: Any) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every job with every step of it."""
    for job in content["jobs"].values():
        for step in job.get("steps", []):
            yield job, step


PINNED = [*PAGES, *sorted((ROOT / ".github" / "workflows").glob("*.yml"))]


@pytest.mark.parametrize("path", PINNED, ids=lambda path: path.name)
def test_steps_are_pinned(path: Path) -> None:
    """Every action of other people is named by its commit, with the version beside it, in single steps of a page, too;
    and all of one repository by the same."""
    found: dict[str, set[str]] = {}
    for use in re.findall(r"uses: (.*)", path.read_text(encoding="utf-8")):
        if not use.startswith((OURS, "./")):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use), use
            name, _, commit = use.partition("@")
            found.setdefault("/".join(name.split("/")[:2]), set()).add(commit)
    assert all(len(commits) == 1 for commits in found.values()), found


@pytest.mark.parametrize("name", sorted(ALL))
def test_rights_are_asked_for_by_jobs(name: str) -> None:
    """The workflow as a whole has none; a checkout leaves no credentials behind."""
    content = yaml.safe_load(ALL[name])
    assert content["permissions"] == {}
    for _, step in steps(content):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", sorted((ROOT / "examples" / "workflows").glob("*.yml")), ids=lambda path: path.name)
def test_the_workflows_to_copy_are_the_documented_ones(path: Path) -> None:
    """Each file is what its page shows, and every whole workflow of that page has one."""
    page = (ROOT / "docs" / "workflows.md").read_text(encoding="utf-8")
    link = f"To copy: [`{path.name}`](../examples/workflows/{path.name}).\n\n"
    shown = page.split(link)[1].removeprefix("```yaml\n").split("```")[0]
    assert shown == path.read_text(encoding="utf-8")
    assert page.count("To copy: ") == len([name for name in DOCUMENTED if name.startswith("workflows-")])


def test_the_push_workflow_writes_to_the_translation_only() -> None:
    """The app's token is for one repository, and the English book is read with another one."""
    content = yaml.safe_load((ROOT / "examples" / "workflows" / "push.yml").read_text(encoding="utf-8"))
    token, sync, _ = content["jobs"]["sync"]["steps"]
    assert token["with"]["repositories"] == "${{ matrix.repository }}"
    assert sync["with"]["source-token"] == "${{ github.token }}"


def test_the_workflow_for_comments_trusts_nobody() -> None:
    """It checks nothing out, hands a step no text of the event, and strangers take no turn of its group."""
    text = (ROOT / "examples" / "workflows" / "comments.yml").read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    ((job, step),) = steps(content)
    assert step["uses"].startswith(OURS)
    assert "github.event" not in str(step)
    assert "concurrency" not in content
    assert job["concurrency"]["group"] == "amts-zh"
    assert "author_association" in job["if"]
    assert job["permissions"] == {"contents": "write", "pull-requests": "write"}


@pytest.mark.parametrize("name", sorted(DOCUMENTED))
def test_documented_inputs_exist(name: str) -> None:
    """What stands under `with:` are inputs of the action, and runs for one language wait for each other."""
    content = yaml.safe_load(DOCUMENTED[name])
    for job, step in steps(content):
        if step.get("uses", "").startswith(OURS):
            assert set(step["with"]) <= INPUTS
            group = job.get("concurrency") or content["concurrency"]
            assert group["cancel-in-progress"] is False
            assert "zh" in group["group"] or "matrix.lang" in group["group"]


def test_the_readme_has_the_quick_start_in_few_lines() -> None:
    """The same events, rights and step."""
    short, whole = (yaml.safe_load(DOCUMENTED[name]) for name in ("README-1.yml", "quickstart-1.yml"))
    assert short[True].keys() == whole[True].keys()
    for key in ("permissions", "steps"):
        assert short["jobs"]["sync"][key] == whole["jobs"]["sync"][key]


def test_the_release_names_the_image_that_action_yml_has() -> None:
    """The line that a release replaces is in action.yml, once."""
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    assert re.findall(r"^  image: .*$", text, re.M) == ["  image: Dockerfile"]
    assert "s|^  image: Dockerfile$|" in FILES["release.yml"]


# --- documented workflows, followed to the letter -------------------------------------------------------------------

NEW = "The oven door hangs on two hinges, and both are new."


def upstream(text: str) -> str:
    """A page with a new paragraph, which stands in English until somebody translates it."""
    return text.replace("## Summary", f"{NEW}\n\n## Summary")


EVENTS = {"schedule": "schedule", "workflow_dispatch": "workflow_dispatch", "push": "push"}


def run(name: str, repository: str, hub: Hub, folder: Path, *, app_token: str = "") -> None:
    """Runs the step of a documented workflow for every event that it names, with the rights that it asks for."""
    content = yaml.safe_load(DOCUMENTED[name])
    ((job, step),) = [(job, step) for job, step in steps(content) if step.get("uses", "").startswith(OURS)]
    rights = {key.replace("-", "_"): value for key, value in job.get("permissions", {}).items() if key != "id-token"}
    token = hub.token(permissions=rights, repositories=[repository])
    values = {
        "matrix.lang": "zh",
        "matrix.repository": "book-zh",
        "steps.app.outputs.token": app_token,
        "github.token": token,
        "inputs.force || 'false'": "false",
        **dict.fromkeys(("inputs.paths", "inputs.base", "inputs.head"), ""),
    }
    given = {
        key: re.sub(r"\$\{\{ (.*?) \}\}", lambda match: values[match[1]], str(value))
        for key, value in step["with"].items()
    }
    events = [event for event in content[True] if event in EVENTS]
    assert events
    for number, event in enumerate(events):
        done = Step(folder / f"step-{number}", repository, hub.url, hub.api_url, token, event).run(**given)
        assert done.code == 0, done.log
        assert done.outputs["pull-request-number"] == "1", done.log
        assert done.outputs["pull-request-operation"] == ("none" if number else "created")


@pytest.mark.parametrize("name", ["quickstart-1.yml", "workflows-1.yml"])
@pytest.mark.whole
def test_a_translation_that_pulls(tmp_path: Path, name: str) -> None:
    """The quick start, followed to the letter for a book that the tool has never seen, ends in a pull request; so does
    the larger workflow. Without the setting of step 1 the error says so."""
    books = make_books(tmp_path, recorded=())
    books.source.commit({"chapter/alpha.md": upstream(ALPHA)})
    with serve(tmp_path / "hub") as hub:
        hub.repository("example/book-en", books.source.path)
        zh = hub.repository("example/book-zh", books.target.path)
        if name.startswith("quickstart"):
            zh.actions_may_open_pulls = False
            with pytest.raises(AssertionError, match="not permitted to create or approve pull requests"):
                run(name, "example/book-zh", hub, tmp_path / "before")
            zh.actions_may_open_pulls = True
        run(name, "example/book-zh", hub, tmp_path / "after")
        (pull,) = zh.open_pulls
        assert "chapter/alpha.md" in pull.body
        assert NEW in zh.text(BRANCH, "chapter/alpha.md")


@pytest.mark.whole
def test_an_english_book_that_pushes(tmp_path: Path) -> None:
    """The token of the app is the only one that can write to the translation, and it is used."""
    books = make_books(tmp_path)
    books.source.commit({"chapter/alpha.md": upstream(ALPHA)})
    with serve(tmp_path / "hub") as hub:
        hub.repository("example/book-en", books.source.path)
        zh = hub.repository("example/book-zh", books.target.path)
        rights = {"contents": "write", "pull_requests": "write"}
        token = hub.token("amts[bot]", kind="installation", permissions=rights, repositories=["example/book-zh"])
        run("workflows-3.yml", "example/book-en", hub, tmp_path, app_token=token)
        assert len(zh.open_pulls) == 1


@pytest.mark.whole
def test_both_books_in_one_place(tmp_path: Path) -> None:
    """Folders of one repository, and the workflow's own token."""
    books = make_books(tmp_path / "two", recorded=())
    both = Repo(tmp_path / "both")
    files: dict[str, bytes] = {}
    for folder, book in (("en", books.source), ("zh", books.target)):
        paths = filter(None, book.git("ls-tree", "-rz", "--name-only", "HEAD").split("\0"))
        files |= {f"{folder}/{path}": (book.path / path).read_bytes() for path in paths}
    both.commit(files, "start")
    both.commit({"en/chapter/alpha.md": upstream(ALPHA)})
    with serve(tmp_path / "hub") as hub:
        repo = hub.repository("example/book", both.path)
        run("workflows-4.yml", "example/book", hub, tmp_path)
        assert NEW in repo.text(BRANCH, "zh/chapter/alpha.md")
