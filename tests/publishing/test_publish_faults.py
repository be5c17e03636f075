"""Whatever breaks on the way to GitHub: one pull request in the end, the calm run's tree, and nobody's commit lost.

The requests of a publishing are hit; a part of the ways to hit them is tried here, all of them with AMTS_ALL_FAULTS=1.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from bookkit import BRANCH
from gitkit import git_environment
from hubkit import KINDS, Hub, Repository, serve
from publishkit import ALPHA_EDIT, desk, environ

from amts_action.books.opening import open_books
from amts_action.errors import ServiceError
from amts_action.publishing.publish import Client, Publication, hub_of, publish
from amts_action.publishing.start import at_hub
from amts_action.runs.run import Run, run_sync

ROOT = Path(__file__).resolve().parents[2]
CALLS = 14
"""Requests of a calm publishing."""


@dataclass(frozen=True)
class Ready:
    """A run that nobody has published yet, and what it comes to."""

    run: Run
    start: Path
    """The server's repository before; our branch has a person's commit already."""
    theirs: str
    tree: str


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Ready:
    """The run, its start and its end."""
    folder = tmp_path_factory.mktemp("ready")
    with desk(folder) as at:
        at.books.upstream(alpha=ALPHA_EDIT)
        theirs = at.zh.commit(BRANCH, {"own.md": "# 也\n"})
        arguments = {
            "source": str(at.books.source.path), "target": str(at.books.target.path), "engine": "command",
            "engine_command": at.books.engine()[1], "labels": ["sync"], "reviewers": ["rene"],
        }  # fmt: skip
        books = open_books(arguments, environ=environ(), target_token=at.token)
        run = run_sync(at_hub(books, at.client().hub))
        shutil.copytree(at.zh.store.path, folder / "start.git")
        before = len(at.hub.calls())
        made = publish(run, at.client().hub)
        assert made.operation == "created"
        assert len(at.hub.calls()) - before == CALLS
        return Ready(run, folder / "start.git", theirs, at.zh.tree(made.head_sha))


@dataclass
class Scene:
    """A server that is as it was before the run."""

    hub: Hub
    zh: Repository
    token: str

    def publish(self, run: Run, slept: list[float]) -> Publication:
        """Publishes with a client that only notes how long it would wait."""
        environ = {"GITHUB_SERVER_URL": self.hub.url, "GITHUB_API_URL": self.hub.api_url}
        hub = hub_of(f"{self.hub.url}/books/zh", self.token, environ)
        run.books.target.repository.git.run("config", "remote.origin.url", f"{self.hub.url}/books/zh")
        return publish(run, hub, client=Client(hub, sleep=slept.append))


@contextmanager
def scene(folder: Path, ready: Ready) -> Iterator[Scene]:
    """A new server."""
    with serve(folder / "hub") as hub:
        zh = hub.repository("books/zh", ready.start, branch="main", collaborators={"grace": "write", "rene": "write"})
        yield Scene(hub, zh, hub.token(repositories=["books/zh"]))


def check(at: Scene, ready: Ready) -> None:
    """What must hold in the end."""
    (pull,) = at.zh.pulls
    assert (pull.state, pull.labels, pull.reviewers) == ("open", ["sync"], ["rene"])
    assert at.zh.tip(BRANCH) == pull.head_sha
    assert at.zh.tree(pull.head_sha) == ready.tree
    assert at.zh.holds(pull.head_sha, ready.theirs)
    assert "rye" in (pull.body or "")


WAYS = [(nth, kind, when) for nth in range(1, CALLS + 1) for kind in KINDS[:-1] for when in ("before", "after")]
if os.environ.get("AMTS_ALL_FAULTS") != "1":
    WAYS = [way for n, way in enumerate(WAYS) if n % 17 == 0]


@pytest.mark.parametrize(("nth", "kind", "when"), WAYS)
@pytest.mark.whole
def test_one_fault_is_survived(tmp_path: Path, ready: Ready, nth: int, kind: str, when: str) -> None:
    """A request that fails once, whether it took effect or not, is made up for in the same run."""
    with scene(tmp_path, ready) as at:
        fault = at.hub.fault(nth, kind, when=when)  # type: ignore[arg-type]
        at.publish(ready.run, slept := [])
        assert fault.hit
        assert slept
        check(at, ready)


ENDS = [(nth, when) for nth in range(1, CALLS + 1) for when in ("before", "after")]
if os.environ.get("AMTS_ALL_FAULTS") != "1":
    ENDS = ENDS[1::4]


@pytest.mark.parametrize(("nth", "when"), ENDS)
@pytest.mark.whole
def test_a_run_that_dies_is_completed_by_the_next(tmp_path: Path, ready: Ready, nth: int, when: str) -> None:
    """When nothing gets through any more from some request on, the next run finishes the work."""
    with scene(tmp_path, ready) as at:
        at.hub.fault(nth, "cut", when=when, times=None)  # type: ignore[arg-type]
        with pytest.raises(ServiceError, match="run again later"):
            at.publish(ready.run, [])
        at.hub.faults.clear()
        at.publish(ready.run, [])
        check(at, ready)
        assert at.publish(ready.run, []).operation == "none"


@pytest.mark.parametrize("path", ["/git/refs", "/issues/1/labels"])
@pytest.mark.whole
def test_a_killed_process_is_completed_by_the_next(tmp_path: Path, path: str) -> None:
    """`amts sync --pull-request`, killed in the middle of a write and started again, leaves what a calm run leaves."""
    with desk(tmp_path) as at:
        at.books.upstream(alpha=ALPHA_EDIT)
        line = [sys.executable, "-m", "amts_action.cli", "sync", "--pull-request", "--labels", "sync"]
        line += ["--source", str(at.books.source.path), "--target", str(at.books.target.path), *at.books.engine()]
        line += ["--report-dir", str(tmp_path / "out")]
        env = {**git_environment(), **at.environ, "AMTS_TOKEN": at.token, "PYTHONPATH": str(ROOT)}
        first = subprocess.Popen(line, env=env, cwd=tmp_path, stderr=subprocess.PIPE)
        killed = at.hub.fault(1, first.kill, match=lambda r: r.method == "POST" and r.path.endswith(path))
        first.communicate()
        assert killed.hit
        assert first.returncode == -signal.SIGKILL
        assert subprocess.run(line, env=env, cwd=tmp_path, capture_output=True).returncode == 0
        (pull,) = at.zh.pulls
        assert pull.labels == ["sync"]
        assert at.changed() == {"chapter/alpha.md", "chapter/alpha_origin.md", ".amts/state/chapter/alpha.md.json"}
