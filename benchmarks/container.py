"""The image of the action, run as GitHub runs it: `container.py IMAGE [--books FOLDER] --run COMMAND ...`.

A push of one changed file to the English book, with a server on this machine: how long it takes from the start of the
container to the pull request, how many requests that are, and whether everything that was promised about the container
holds. `COMMAND ...` runs a container and is followed by its options and the image, for example
`docker run --rm --network host`. With `--books` the folder holds `d2l-zh.bundle`, and the English book is made from the
`_origin` files in it, so that nothing is behind but the one change; without it the example book serves.
Exits 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from actionkit import OURS, commands_in, outputs_in  # noqa: E402
from hubkit import Hub, Repository, serve  # noqa: E402

SECONDS, REQUESTS, FIRST_LINE_SECONDS = 6.0, 30, 1.0
"""What is promised."""
ATTEMPTS = 3
"""So often a measurement that was too slow is repeated."""
RUNNER = 1001
"""User id of GitHub's runners, who owns the workspace."""
EN, ZH = "books/book-en", "books/book-zh"
ENGINE = (
    "import json, sys\n"
    "for line in sys.stdin:\n"
    "    request = json.loads(line)\n"
    "    print(json.dumps({'id': request['id'], 'text': '译' + request['text']}))\n"
)
TRAP = "open('/github/workspace/TRAPPED', 'w').close()\n"
"""Python that must never run: the workspace is no place to import from."""


@dataclass(frozen=True)
class Books:
    """The two books as repositories, with the change still to be pushed."""

    source: Path
    target: Path
    page: str
    """Page of the English book that is changed."""
    text: str
    """Its new text."""


@dataclass(frozen=True)
class Seen:
    """What one run of the container was seen to do."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str
    first_line: float
    """Seconds until the first line of the log."""
    seconds: float
    requests: int
    """Requests to the API."""
    all_requests: int
    """Those of git, too."""


def git(folder: Path, *args: str) -> str:
    """Runs git; its output."""
    who = {f"GIT_{role}_{key}": "bench@example.org" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
    done = subprocess.run(["git", *args], cwd=folder, env=os.environ | who, check=True, capture_output=True)
    return done.stdout.decode().strip()


def caught_up(source: Path, target: Path, *more: str) -> None:
    """Brings the whole target up to date by a command of `amts`, and its branch into the default one."""
    line = [sys.executable, "-m", "amts_action.cli", *more, "--target-lang", "zh"]
    line += ["--source", str(source), "--target", str(target)]
    subprocess.run(line, check=False, cwd=ROOT, capture_output=True)
    git(target, "merge", "--quiet", "--ff-only", "amts/zh")
    git(target, "branch", "--quiet", "-D", "amts/zh")


def d2l(folder: Path, bundles: Path) -> Books:
    """The Chinese book of the bundle, and the English that it was translated from."""
    source, target = folder / "en", folder / "zh"
    git(folder, "clone", "--quiet", str(bundles / "d2l-zh.bundle"), str(target))
    source.mkdir()
    git(source, "init", "--quiet", "--initial-branch=main")
    for origin in sorted(target.rglob("*_origin.md")):
        place = source / str(origin.relative_to(target)).replace("_origin.md", ".md")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(origin.read_bytes())
    git(source, "add", "--all")
    git(source, "commit", "--quiet", "-m", "start")
    caught_up(source, target, "adopt")
    return changed(source, target, "chapter_convolutional-neural-networks/lenet.md")


def example(folder: Path) -> Books:
    """The example book, up to date."""
    subprocess.run([sys.executable, str(ROOT / "example" / "build.py"), str(folder)], check=True, capture_output=True)
    source, target = folder / "book-en", folder / "book-zh"
    engine = f"{sys.executable} {ROOT / 'example' / 'pseudo_engine.py'}"
    caught_up(source, target, "sync", "--engine-command", engine)
    return changed(source, target, "chapter_baseline/data.md")


def changed(source: Path, target: Path, name: str) -> Books:
    """The books with a change to the longest paragraph of a page; of the first page when there is none of the name."""
    page = source / name
    if not page.exists():
        page = next(place for place in sorted(source.rglob("*.md")) if (target / place.relative_to(source)).exists())
    text = page.read_text(encoding="utf-8")
    longest = max((part for part in text.split("\n\n") if part[:1].isalpha()), key=len)
    return Books(source, target, str(page.relative_to(source)), text.replace(longest, f"{longest} This is new."))


def checked_out(workspace: Path, address: str) -> None:
    """A shallow work tree of the runner's in the workspace, as actions/checkout leaves it."""
    workspace.mkdir(parents=True)
    git(workspace, "clone", "--quiet", "--depth", "1", address, ".")
    for place in (workspace, *workspace.rglob("*")):
        os.chown(place, RUNNER, RUNNER, follow_symlinks=False)


def container(folder: Path, image: str, command: list[str], hub: Hub, token: str, inputs: dict[str, str]) -> Seen:
    """Runs the image with GitHub's variables, files and mounts (docs.github.com, "Dockerfile support")."""
    places = {name: folder / name for name in ("workspace", "home", "file_commands", "workflow")}
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
    for name in ("output", "summary"):
        (places["file_commands"] / name).write_bytes(b"")
    (places["workflow"] / "event.json").write_text(json.dumps({"deleted": False, "forced": False}))
    workspace = places["workspace"]
    (workspace / "engine.py").write_text(ENGINE, encoding="utf-8")
    for name in ("json", "amts_action", "sitecustomize", "usercustomize"):
        (workspace / f"{name}.py").write_text(TRAP)
    for place in (workspace, *workspace.iterdir()):
        os.chown(place, RUNNER, RUNNER)
    given = {
        "source-repo": "",
        "target-repo": ZH,
        "target-lang": "zh",
        "engine": "command",
        # -I: the trap is in the workspace, and a program there is started from there.
        "engine-command": "python -I /github/workspace/engine.py",
        "github-token": token,
        "dry-run": "false",
        **inputs,
    }
    environ = {
        "AMTS_GATE": "off",  # the engine answers in English
        "HOME": "/github/home",
        "PYTHONPATH": "/github/workspace",
        "GITHUB_ACTIONS": "true",
        "CI": "true",
        "GITHUB_WORKSPACE": "/github/workspace",
        "GITHUB_REPOSITORY": EN,
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_EVENT_PATH": "/github/workflow/event.json",
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_SERVER_URL": hub.url,
        "GITHUB_API_URL": hub.api_url,
        "GITHUB_OUTPUT": "/github/file_commands/output",
        "GITHUB_STEP_SUMMARY": "/github/file_commands/summary",
        **{f"INPUT_{name.upper()}": value for name, value in given.items()},
    }
    line = [*command, "--workdir", "/github/workspace"]
    line += [word for name, value in environ.items() for word in ("-e", f"{name}={value}")]
    line += [word for name, place in places.items() for word in ("-v", f"{place}:/github/{name}")]
    before, start = len(hub.requests), time.perf_counter()
    process = subprocess.Popen([*line, image], stdout=subprocess.PIPE, text=True, encoding="utf-8")
    assert process.stdout is not None
    log = process.stdout.readline()
    first = time.perf_counter() - start
    log += process.stdout.read()
    code = process.wait()
    seconds = time.perf_counter() - start
    return Seen(
        code,
        log,
        outputs_in((places["file_commands"] / "output").read_text(encoding="utf-8")),
        (places["file_commands"] / "summary").read_text(encoding="utf-8"),
        first,
        seconds,
        sum(request.kind == "api" for request in hub.requests[before:]),
        len(hub.requests) - before,
    )


def problems(seen: Seen, zh: Repository, token: str, workspace: Path) -> list[str]:
    """What was promised about a run and does not hold."""
    shown = "".join(line for line in seen.log.splitlines() if not line.startswith("::add-mask::"))
    files = list(workspace.rglob("*"))
    checks = {
        f"exit code {seen.code}": seen.code == 0,
        f"{len(zh.open_pulls)} open pull requests": len(zh.open_pulls) == 1,
        "the outputs do not name the pull request": seen.outputs.get("pull-request-number") == "1",
        "the summary is empty": bool(seen.summary.strip()),
        "there is no report": (workspace / seen.outputs.get("report-path", "x")).is_file(),
        "a file in the workspace is not the runner's": {place.lstat().st_uid for place in files} == {RUNNER},
        "a file in the workspace was imported": not (workspace / "TRAPPED").exists(),
        "the token is shown": token not in shown + seen.summary,
        "a foreign command is in the log": {command.name for command in commands_in(seen.log)} <= OURS,
    }
    return [text for text, holds in checks.items() if not holds]


def checkout_problems(seen: Seen, workspace: Path) -> list[str]:
    """What is wrong with how a work tree of another user was treated."""
    owners = {place.lstat().st_uid for place in workspace.rglob("*")}
    checks = {
        "the work tree was not used": "checked out in /github/workspace" in seen.log,
        f"files of the work tree belong to {owners}": owners == {RUNNER},
    }
    return [text for text, holds in checks.items() if not holds]


def main(argv: list[str]) -> int:
    """Prints the figures; 1 when a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("image")
    parser.add_argument("--books", type=Path, help="folder with d2l-zh.bundle")
    parser.add_argument("--run", nargs=argparse.REMAINDER, required=True, metavar="COMMAND", help="runs a container")
    options = parser.parse_args(argv)
    for _ in range(ATTEMPTS):
        found, is_slow = measured(options)
        if not is_slow:
            break
    return 1 if found else 0


def measured(options: argparse.Namespace) -> tuple[list[str], bool]:
    """Broken promises of one measurement, and whether one of them is about time: whatever else the machine does
    only adds to that, so that it may be tried again."""
    with tempfile.TemporaryDirectory() as name, serve(Path(name) / "hub") as hub:
        folder = Path(name)
        folder.chmod(0o755)
        books = d2l(folder, options.books.resolve()) if options.books else example(folder)
        en, zh = hub.repository(EN, books.source), hub.repository(ZH, books.target)
        en.commit(en.default_branch, {books.page: books.text})
        token = hub.token()
        ref = {"head": en.tip(en.default_branch) or ""}
        made = container(folder / "step", options.image, options.run, hub, token, ref)
        found = problems(made, zh, token, folder / "step" / "workspace")
        print(f"{len(zh.files(zh.default_branch))} files in the translation, one page changed: {books.page}")
        print(f"first line {made.first_line:.2f} s, pull request {made.seconds:.2f} s")
        print(f"requests: {made.requests} to the API, {made.all_requests - made.requests} of git")
        if made.requests > REQUESTS:
            found.append(f"{made.requests} requests")
        checked_out(folder / "again" / "workspace", f"{hub.url}/{EN}")
        again = container(folder / "again", options.image, options.run, hub, token, ref)
        print(f"again: {again.outputs.get('status')}, {again.seconds:.2f} s, {again.requests} requests")
        if (again.outputs.get("status"), len(zh.pulls)) != ("none", 1):
            found.append(f"the second run: {again.outputs.get('status')}, {len(zh.pulls)} pull requests")
        found += checkout_problems(again, folder / "again" / "workspace")
    slow = [f"{made.first_line:.2f} s to the first line"] if made.first_line > FIRST_LINE_SECONDS else []
    slow += [f"{made.seconds:.2f} s to the pull request"] if made.seconds > SECONDS else []
    for text in [*found, *slow]:
        print(f"PROBLEM: {text}")
    if found:
        print(made.log[-3000:])
    return [*found, *slow], bool(slow)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
