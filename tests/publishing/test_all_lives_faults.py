"""Faults while open requests are updated and while there are several, and runs that are told to stop.

Every request of a calm run is hit in turn, in the ways that `test_publish_faults` has for a first run; a part of them
is tried here, all with AMTS_ALL_FAULTS=1. In the end there is what the calm run leaves: the same requests with the same
trees and words, each once, and the commits of people.
"""

from __future__ import annotations

import copy
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from bookkit import BRANCH
from gitkit import git_environment
from hubkit import KINDS, Hub, Repository, serve
from publishkit import ALPHA_EDIT, BETA_EDIT, Desk, desk, environ

from amts_action.books.opening import open_books
from amts_action.errors import ServiceError
from amts_action.publishing.deliver import publish_books
from amts_action.publishing.publish import Client, hub_of

ROOT = Path(__file__).resolve().parents[2]
ALL = os.environ.get("AMTS_ALL_FAULTS") == "1"
MOST_CALLS = {"update": 30, "split": 45, "split again": 60}
"""More requests than a calm run of the scene has; how many it has is asserted below."""
SPLIT = {"pull_requests": "page"}
DRESS = {"labels": ["sync"]}
MORE = {"The result is good.": "The result is very good."}


def first_update(at: Desk) -> None:
    """An open request with a person's commit, a default branch that went on, and news in English."""
    at.books.upstream(alpha=ALPHA_EDIT)
    run(at.hub, at.token, arguments(at, {}))
    at.zh.commit(BRANCH, {"own.md": "# 也\n"})
    at.zh.commit("main", {"theirs.md": "# 新的\n"})
    at.books.upstream(beta=BETA_EDIT)


def first_split(at: Desk) -> None:
    """Three pages to be proposed apart."""
    at.books.upstream(alpha=ALPHA_EDIT, beta=BETA_EDIT, page=MORE)


def split_again(at: Desk) -> None:
    """Two requests are open, one with a person's commit; one page has news, and one more has changed."""
    at.books.upstream(alpha=ALPHA_EDIT, beta=BETA_EDIT)
    run(at.hub, at.token, arguments(at, SPLIT))
    at.zh.commit(f"{BRANCH}+chapter.alpha.md", {"own.md": "# 也\n"})
    at.books.upstream(beta={"snow": "sleet"}, page=MORE)


SCENES: Mapping[str, tuple[Callable[[Desk], None], Mapping[str, object]]] = {
    "update": (first_update, {}),
    "split": (first_split, SPLIT),
    "split again": (split_again, SPLIT),
}


def arguments(at: Desk, more: Mapping[str, object]) -> dict[str, object]:
    """Settings of a run, but for where the translation is."""
    engine = {"engine": "command", "engine_command": at.books.engine()[1]}
    return {"source": str(at.books.source.path), "target": str(at.books.target.path), **engine, **DRESS, **more}


def run(hub: Hub, token: str, settings: Mapping[str, object]) -> None:
    """A whole run with a client that does not wait."""
    where = {"GITHUB_SERVER_URL": hub.url, "GITHUB_API_URL": hub.api_url}
    books = open_books(dict(settings), environ=environ(), target_token=token)
    client = Client(hub_of(f"{hub.url}/books/zh", token, where), sleep=lambda _: None)
    publish_books(books, client, report=lambda _: None)


@dataclass
class Start:
    """A scene as it is before the run that is disturbed, and what a calm one leaves."""

    store: Path
    issues: dict[int, Any]
    labels: dict[str, Any]
    settings: dict[str, object]
    calls: int = 0
    outcome: list[tuple[object, ...]] = field(default_factory=list)
    people: list[str] = field(default_factory=list)

    @contextmanager
    def stage(self, folder: Path) -> Iterator[tuple[Hub, Repository, str]]:
        """A new server in that state, which the translator's folder has as its origin."""
        with serve(folder / "hub") as hub:
            zh = hub.repository("books/zh", self.store, branch="main", collaborators={"grace": "write"})
            for _ in range(1000):
                hub.next_id()  # the numbers of what the scene holds already
            zh.issues, zh.labels = copy.deepcopy(self.issues), copy.deepcopy(self.labels)
            for number in zh.issues:
                zh.store.set_ref(f"refs/pull/{number}/head", zh.pull(number).head_sha)
            git = ["git", "-C", str(self.settings["target"]), "config", "remote.origin.url", f"{hub.url}/books/zh"]
            subprocess.run(git, check=True, env=git_environment())
            yield hub, zh, hub.token(repositories=["books/zh"])


def left(zh: Repository) -> list[tuple[object, ...]]:
    """What counts in the end; commits, numbers, addresses, and what was sent or kept from before are left out."""

    def words(body: str | None) -> str:
        # Where a text came from is told by the description, which a run that died had not written.
        body = re.sub(r"machine \\\(command\\\)|written by an earlier run|<!-- amts:memory .* -->", "", body or "")
        varies = r"http://127\.0\.0\.1:\d+|\b[0-9a-f]{7,40}\b|/pull/\d+| The last run sent .*? to the engine\."
        return re.sub(varies, "", body)

    rows = [(p.head_ref, p.state, p.labels, zh.files(p.head_ref), p.title, words(p.body)) for p in zh.pulls]
    return sorted(rows, key=lambda row: str(row[0]))


@pytest.fixture(scope="module")
def starts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Start]:
    """Every scene, played up to its calm end."""
    found = {}
    for name, (make, more) in SCENES.items():
        folder = tmp_path_factory.mktemp("start")
        with desk(folder) as at:
            make(at)
            shutil.copytree(at.zh.store.path, folder / "start.git")
            start = Start(folder / "start.git", at.zh.issues, at.zh.labels, arguments(at, more))
            people = [at.zh.tip(ref) for ref in (BRANCH, f"{BRANCH}+chapter.alpha.md")]
            start.people = [sha for sha in people if sha]
        with start.stage(folder / "calm") as (hub, zh, token):
            before = len(hub.calls())
            run(hub, token, start.settings)
            start.calls, start.outcome = len(hub.calls()) - before, left(zh)
        found[name] = start
    return found


def check(zh: Repository, start: Start) -> None:
    """What must hold in the end."""
    assert left(zh) == start.outcome
    for pull in zh.open_pulls:
        assert pull.head_sha == zh.tip(pull.head_ref)
    for sha in start.people:
        assert any(zh.holds(pull.head_ref, sha) for pull in zh.open_pulls)


def points() -> list[tuple[str, int]]:
    """Scenes with numbers of requests, thinned out unless all are wanted."""
    every = [(name, nth) for name, most in MOST_CALLS.items() for nth in range(1, most + 1)]
    return every if ALL else every[5::60]


def reached(start: Start, nth: int, scene: str) -> None:
    """Skips what a calm run has no request for."""
    assert 10 <= start.calls <= MOST_CALLS[scene]
    if nth > start.calls:
        pytest.skip(f"a calm run has {start.calls} requests")


@pytest.mark.parametrize("when", ["before", "after"] if ALL else ["after"])
@pytest.mark.parametrize("kind", KINDS[:-1] if ALL else KINDS[:1])
@pytest.mark.parametrize(("scene", "nth"), points())
@pytest.mark.whole
def test_one_fault_is_survived(
    tmp_path: Path, starts: dict[str, Start], scene: str, nth: int, kind: str, when: str
) -> None:
    """A request that fails once, whether it took effect or not, is made up for in the same run."""
    start = starts[scene]
    reached(start, nth, scene)
    with start.stage(tmp_path) as (hub, zh, token):
        fault = hub.fault(nth, kind, when=when)  # type: ignore[arg-type]
        run(hub, token, start.settings)
        assert fault.hit
        check(zh, start)


@pytest.mark.parametrize("when", ["before", "after"] if ALL else ["after"])
@pytest.mark.parametrize(("scene", "nth"), points())
@pytest.mark.whole
def test_a_run_that_dies_is_completed_by_the_next(
    tmp_path: Path, starts: dict[str, Start], scene: str, nth: int, when: str
) -> None:
    """When nothing gets through from some request on, the next run finishes the work, and one more does nothing."""
    start = starts[scene]
    reached(start, nth, scene)
    with start.stage(tmp_path) as (hub, zh, token):
        hub.fault(nth, "cut", when=when, times=None)  # type: ignore[arg-type]
        with pytest.raises(ServiceError):
            run(hub, token, start.settings)
        hub.faults.clear()
        run(hub, token, start.settings)
        check(zh, start)
        before = len(hub.requests)
        run(hub, token, start.settings)
        wrote = [r for r in hub.requests[before:] if r.kind == "api" and r.method in ("PATCH", "PUT", "DELETE")]
        assert not wrote


@pytest.mark.parametrize(("scene", "nth"), points())
@pytest.mark.whole
def test_a_run_that_is_told_to_stop_says_so(tmp_path: Path, starts: dict[str, Start], scene: str, nth: int) -> None:
    """SIGTERM, as a cancelled workflow sends it: one clear last line, no trace, and the next run completes the work."""
    start = starts[scene]
    reached(start, nth, scene)
    with start.stage(tmp_path) as (hub, zh, token):
        line = [sys.executable, "-m", "amts_action.cli", "sync", "--pull-request", "--labels", "sync"]
        line += ["--source", str(start.settings["source"]), "--target", str(start.settings["target"])]
        line += ["--engine", "command", "--engine-command", str(start.settings["engine_command"])]
        line += ["--pull-requests", "page"] if "pull_requests" in start.settings else []
        where = {"GITHUB_SERVER_URL": hub.url, "GITHUB_API_URL": hub.api_url, "AMTS_TOKEN": token}
        env = {**git_environment(), **environ(), **where, "PYTHONPATH": str(ROOT)}
        first = subprocess.Popen([*line, "--report-dir", str(tmp_path / "out")], env=env, stderr=subprocess.PIPE)
        hub.fault(nth, first.terminate)
        said = first.communicate()[1].decode()
        if first.returncode:
            assert first.returncode in (143, -signal.SIGTERM), said
            assert "Traceback" not in said
            assert "stopped from outside" in said.strip().split("\n")[-1]
        run(hub, token, start.settings)
        check(zh, start)
