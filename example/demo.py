"""Build the example book and let AMTS bring its Chinese translation up to date.

    python example/demo.py DIR

DIR is new, empty, or from an earlier demo. Afterwards it holds `book-en`, `book-zh` with a new branch, and `out` with
the text of the pull request and the reports. The last lines name three files to open, in order; from a terminal of a
desktop the review page opens by itself.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
import webbrowser
from collections.abc import Mapping, Sequence
from pathlib import Path

from build import build

from amts_action.errors import AmtsError, InputError

__all__ = ["has_browser", "main", "sync_command", "to_open"]

BRANCH = "amts/zh"
ROOT = Path(__file__).resolve().parents[1]
ENGINE = Path(__file__).resolve().with_name("pseudo_engine.py")
DONE = (0, 1)
"""Exit codes of a run that delivered something: 1 says that some of it waits for a translator."""


def sync_command(amts: str, repositories: Mapping[str, Path], out: Path) -> list[str]:
    """The command that the demo is about; every option of it is named here and nowhere else."""
    engine = shlex.join([sys.executable, str(ENGINE)])
    return [
        *(amts, "sync"),
        *("--source", str(repositories["en"])),
        *("--target", str(repositories["zh"])),
        *("--source-lang", "en", "--target-lang", "zh"),
        *("--engine", "command", "--engine-command", engine),
        *("--branch", BRANCH),
        *("--report-dir", str(out)),
        *("--json", str(out / "result.json")),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Command line of this file; returns the exit code of AMTS, but 0 for a run that delivered in part."""
    parser = argparse.ArgumentParser(description="Build the example book and bring its translation up to date.")
    parser.add_argument("directory", type=Path, metavar="DIR", help="new, empty, or from an earlier demo")
    try:
        return _demo(parser.parse_args(argv).directory.resolve())
    except AmtsError as error:
        print(f"demo: {error}", file=sys.stderr)
        return error.exit_code


def _demo(directory: Path) -> int:
    amts = _find_amts()
    repositories = build(directory)
    out = _fresh(directory / "out")
    for language, path in repositories.items():
        print(f"{language}: {path} ({_git(path, 'rev-list', '--count', 'main')} commits)")
    command = sync_command(amts, repositories, out)
    print(f"\n$ {shlex.join(command)}\n", flush=True)
    begun = time.monotonic()
    code = subprocess.run(command, check=False).returncode
    print(f"\namts sync ended with exit code {code} after {time.monotonic() - begun:.1f} s")
    if code not in DONE:
        return code
    _show(repositories["zh"], out)
    return 0


def _show(target: Path, out: Path) -> None:
    """Say what changed in the translation and where to look."""
    print(f"\n{_git(target, 'diff', '--stat=100', f'main...{BRANCH}')}\n")
    print(f"The changes word by word:  git -C {shlex.quote(str(target))} diff --word-diff=color main...{BRANCH}")
    print("\nNow open these three, in this order:")
    for number, (path, what) in enumerate(to_open(out).items(), 1):
        print(f"  {number}. {path}\n     {what}")
    page = out / "report.html"
    if sys.stdout.isatty() and has_browser(os.environ, sys.platform):
        webbrowser.open(page.as_uri())


def to_open(out: Path) -> dict[Path, str]:
    """What to look at first, and why."""
    return {
        out / "pull-request.md": "what a reviewer gets on GitHub: what changed, and what is left for people",
        out / "report.html": "the same as a page to review every block in, for a browser",
        ROOT / "docs" / "quickstart.md": "how to have this for your own book",
    }


def has_browser(environ: Mapping[str, str], platform: str) -> bool:
    """Whether a page can be shown in a window: a browser in the terminal would take it over."""
    has_windows = platform in ("darwin", "win32") or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
    if not has_windows or environ.get("CI"):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def _find_amts() -> str:
    """The `amts` command that belongs to this Python, else the one on the path."""
    found = shutil.which("amts", path=str(Path(sys.executable).parent)) or shutil.which("amts")
    if found is None:
        raise InputError("the command amts is not installed", mend="run pip install -e . first")
    return found


def _fresh(folder: Path) -> Path:
    """An empty folder inside a directory that `build` has already made ours."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    return folder


def _git(path: Path, *arguments: str) -> str:
    run = subprocess.run(
        ["git", "-C", str(path), *arguments], capture_output=True, text=True, encoding="utf-8", check=False
    )
    if run.returncode:
        raise InputError(f"git {arguments[0]} failed: {run.stderr.strip()}", where=str(path))
    return run.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
