"""Whole runs that are disturbed at every single request, and the run after each: what a calm run leaves, nothing lost.

    python benchmarks/faults.py [--points N] [--scenes NAME ...] [--verbose]

`amts sync --pull-request` as processes of its own over a small book, the translation given by its address on the server
of `tests/hubkit`, so that the requests of git count, too. Before and after each request of a calm run, in turn: a 500
of the server, a broken connection, the secondary rate limit, SIGKILL, a person's push to the branch, and another whole
run. Then the run is started again. In the end there must be the pull requests, trees, labels, reviewers and comments of
the calm run and all commits of people, and no message may hold the token or a traceback.
"""

from __future__ import annotations

import argparse
import copy
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from _repos import leave, table

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from bookkit import BRANCH  # noqa: E402
from gitkit import git_environment  # noqa: E402
from hubkit import Hub, Repository, Request, serve  # noqa: E402
from publishkit import ALPHA_EDIT, BETA_EDIT, Desk, desk  # noqa: E402

ALPHA = "chapter/alpha.md"
THEIRS, MEANWHILE = "theirs.md", "meanwhile.md"
"""What people wrote before the run, and during it."""
ACTIONS = ("500", "cut", "secondary", "kill", "person", "rival")
DRESS = ("--labels", "sync", "--reviewers", "rene")


def created(at: Desk) -> None:
    """There is no pull request yet; a person has already put something on the branch."""
    at.books.upstream(alpha=ALPHA_EDIT)
    at.zh.commit(BRANCH, {THEIRS: "# 也\n"})


def updated(at: Desk) -> None:
    """There is one with a person's commit, the default branch has moved, and the English has changed again."""
    at.books.upstream(alpha=ALPHA_EDIT)
    at.sync(labels=["sync"], reviewers=["rene"])
    at.zh.commit(BRANCH, {THEIRS: "# 也\n"})
    at.zh.commit("main", {"own.md": "# 新的\n"})
    at.books.upstream(beta=BETA_EDIT)


def again(at: Desk) -> None:
    """One was merged by squash with its branch left behind, and the English has changed again."""
    at.books.upstream(alpha=ALPHA_EDIT)
    at.sync(labels=["sync"], reviewers=["rene"])
    at.zh.merge(at.pull.number, "squash")
    at.books.upstream(beta=BETA_EDIT)


def emptied(at: Desk) -> None:
    """There is one whose only change people have made on the default branch themselves."""
    at.books.upstream(alpha=ALPHA_EDIT)
    at.sync(labels=["sync"], reviewers=["rene"])
    at.zh.commit("main", {ALPHA: at.text(ALPHA)})


SCENES: tuple[Callable[[Desk], None], ...] = (created, updated, again, emptied)


@dataclass
class Stage:
    """A server in the state that a scene begins with."""

    hub: Hub
    zh: Repository
    command: list[str]
    environ: dict[str, str]
    folder: Path

    def start(self) -> subprocess.Popen[bytes]:
        """A run, not waited for."""
        return subprocess.Popen(
            self.command, env=self.environ, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )

    def run(self) -> tuple[int, str]:
        """A run: exit code and messages."""
        process = self.start()
        said = process.communicate()[1].decode("utf-8", "replace")
        return process.returncode, said

    def outcome(self) -> list[tuple[object, ...]]:
        """What counts in the end; commits are left out, for their times differ."""
        return [
            (p.number, p.state, p.merged, p.labels, p.reviewers, len(p.comments), len(p.review_comments), _text(p.body))
            for p in self.zh.pulls
        ]

    def files(self) -> dict[str, bytes]:
        """The files of our branch."""
        return self.zh.files(BRANCH) if self.zh.tip(BRANCH) else {}


@dataclass
class Scene:
    """The state from which runs of one scene begin, and what a calm one leaves."""

    name: str
    source: Path
    engine: tuple[str, ...]
    store: Path
    issues: dict[int, Any]
    labels: dict[str, Any]
    theirs: list[str]
    requests: list[Request] = field(default_factory=list)
    outcome: list[tuple[object, ...]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    code: int = 0

    @contextmanager
    def stage(self, folder: Path) -> Iterator[Stage]:
        """A new server; `folder` must be empty."""
        with serve(folder / "hub") as hub:
            people = {"grace": "write", "rene": "write"}
            zh = hub.repository("books/zh", self.store, branch="main", collaborators=people)
            for _ in range(1000):
                hub.next_id()  # the numbers of what the scene holds already
            zh.issues, zh.labels = copy.deepcopy(self.issues), copy.deepcopy(self.labels)
            for number in zh.issues:
                zh.store.set_ref(f"refs/pull/{number}/head", zh.pull(number).head_sha)
            token = hub.token(repositories=["books/zh"])
            command = [sys.executable, "-m", "amts_action.cli", "sync", "--pull-request", *DRESS, *self.engine]
            command += ["--source", str(self.source), "--target", f"{hub.url}/books/zh"]
            more = {"GITHUB_SERVER_URL": hub.url, "GITHUB_API_URL": hub.api_url, "AMTS_TOKEN": token}
            more |= {"AMTS_GATE": "off", "AMTS_CACHE_DIR": str(folder / "cache")}
            environ = {**git_environment(), **more, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder)}
            yield Stage(hub, zh, [*command, "--report-dir", str(folder / "out")], environ, folder)


def prepared(make: Callable[[Desk], None], folder: Path) -> Scene:
    """The scene, after one calm run from it."""
    with desk(folder / "desk") as at:
        make(at)
        shutil.copytree(at.zh.store.path, folder / "start.git")
        tips = [sha for sha in (at.zh.tip(BRANCH), at.zh.tip("main")) if sha]
        engine = at.books.engine()
        scene = Scene(
            make.__name__, at.books.source.path, engine, folder / "start.git", at.zh.issues, at.zh.labels, tips
        )
    with scene.stage(folder / "calm") as stage:
        scene.code, said = stage.run()
        assert scene.code in (0, 1), said
        scene.requests = list(stage.hub.requests)
        scene.outcome, scene.files = stage.outcome(), stage.files()
    return scene


Point = tuple[Scene, int, str, str]


def disturbed(point: Point, folder: Path) -> list[str]:
    """What is wrong after a run that was disturbed there and the one after it."""
    scene, nth, action, when = point
    folder.mkdir()
    with scene.stage(folder) as stage:
        hub, people = stage.hub, list(scene.theirs)
        first = stage.start()
        act: dict[str, Callable[[], object]] = {
            "kill": first.kill,
            "person": lambda: people.append(stage.zh.commit(BRANCH, {MEANWHILE: "# 同时\n"})),
            "rival": stage.run,
        }
        fault = hub.fault(nth, act.get(action, action), when=when, match=_any, retry_after=0)  # type: ignore[arg-type]
        if action == "kill":
            hub.fault(nth, "cut", when=when, match=_any)  # the dead get no answer, and their request no effect
        said = first.communicate()[1].decode("utf-8", "replace")
        out = [] if fault.hit else ["the point was never reached"]
        out += _manners(said, stage)
        if first.returncode not in ((-signal.SIGKILL,) if action == "kill" else (0, 1, 3)):
            out.append(f"the first run ended with {first.returncode}: {said[-200:]}")
        before = stage.outcome(), stage.zh.tip(BRANCH)
        code, said = stage.run()
        out += _manners(said, stage)
        if code != scene.code:
            out.append(f"the second run ended with {code}: {said[-200:]}")
        if first.returncode in (0, 1) and action != "person" and before != (stage.outcome(), stage.zh.tip(BRANCH)):
            out.append("the second run changed what the first had finished")
        out += _end(scene, stage, people, action)
    shutil.rmtree(folder)
    return out


def _end(scene: Scene, stage: Stage, people: list[str], action: str) -> list[str]:
    """What the end is not as it should be."""
    out = []
    tips = [sha for sha in (stage.zh.tip(BRANCH), stage.zh.tip("main")) if sha]
    if not all(any(stage.zh.holds(tip, sha) for tip in tips) for sha in people):
        out.append("a person's commit is lost")
    files = {path: data for path, data in stage.files().items() if path != MEANWHILE}
    if files != scene.files:
        names = sorted(p for p in {*files, *scene.files} if files.get(p) != scene.files.get(p))
        out.append(f"another tree: {', '.join(names)}")
    open_pulls = len(stage.zh.open_pulls)
    if open_pulls > 1:
        out.append(f"{open_pulls} open pull requests")
    if action == "person":
        return out  # their page is in the pull request, too, so that an empty one is not empty
    if open_pulls and stage.zh.open_pulls[0].head_sha != stage.zh.tip(BRANCH):
        out.append("the pull request is not at the branch")
    return out if stage.outcome() == scene.outcome else [*out, _difference(stage.outcome(), scene.outcome)]


def _difference(found: list[tuple[object, ...]], wanted: list[tuple[object, ...]]) -> str:
    if [row[:-1] for row in found] != [row[:-1] for row in wanted]:
        return f"{[row[:-1] for row in found]} instead of {[row[:-1] for row in wanted]}"
    rows = [
        (a, b)
        for one, two in zip(found, wanted, strict=True)
        for a, b in zip(str(one[-1]).split("\n"), str(two[-1]).split("\n"), strict=False)
    ]
    return f"another body: {next(((a[:150], b[:150]) for a, b in rows if a != b), 'longer or shorter')}"


def _text(body: str | None) -> str:
    """A body without ids of commits and addresses of the server."""
    return re.sub(r"http://127\.0\.0\.1:\d+|\b[0-9a-f]{7,40}\b", "…", body or "")


def _manners(said: str, stage: Stage) -> list[str]:
    bad = {"a token in a message": stage.environ["AMTS_TOKEN"] in said, "a traceback": "Traceback" in said}
    return [what for what, is_so in bad.items() if is_so]


def _any(request: Request) -> bool:
    return True


def points_of(scenes: list[Scene], wanted: int) -> list[Point]:
    """Where to disturb: all points, or so many of them, spread evenly."""
    everything = [
        (scene, nth, action, when)
        for scene in scenes
        for nth, action, when in product(range(1, len(scene.requests) + 1), ACTIONS, ("before", "after"))
    ]
    if not wanted or wanted >= len(everything):
        return everything
    return [everything[(2 * k + 1) * len(everything) // (2 * wanted)] for k in range(wanted)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=100, metavar="N", help="how many points; 0: all of them (100)")
    parser.add_argument("--scenes", nargs="+", choices=[make.__name__ for make in SCENES], help="only these")
    parser.add_argument("--verbose", action="store_true", help="name every point")
    options = parser.parse_args()
    for key, value in git_environment().items():
        os.environ[key] = value
    good = True
    with tempfile.TemporaryDirectory() as scratch:
        wanted = [make for make in SCENES if not options.scenes or make.__name__ in options.scenes]
        scenes = [prepared(make, Path(scratch) / make.__name__) for make in wanted]
        points = points_of(scenes, options.points)

        def tried(n: int) -> list[str]:
            return disturbed(points[n], Path(scratch) / f"point{n}")

        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            results = list(pool.map(tried, range(len(points))))
        for (scene, nth, action, when), found in zip(points, results, strict=True):
            if found or options.verbose:
                print(
                    f"{scene.name}, {action} {when} {scene.requests[nth - 1]}: {'; '.join(found) or 'ok'}", flush=True
                )
        for scene in scenes:
            hit = [found for point, found in zip(points, results, strict=True) if point[0] is scene]
            calls = [request for request in scene.requests if request.kind == "api"]
            rows: list[tuple[str, object, str]] = [
                ("requests to the API in a calm run", len(calls), "<= 30"),
                ("requests of git", len(scene.requests) - len(calls), ""),
                ("points", len(hit), ">= 1"),
                ("points with a fault", sum(map(bool, hit)), "= 0"),
            ]
            good = table(f"disturbed and run again: {scene.name}", rows) and good
    leave(good)


if __name__ == "__main__":
    main()
