"""The whole path, once: a translated book → parallel data → resource → batch job with them → branch → merged → again.

    python benchmarks/whole_path.py [FOLDER]

FOLDER holds the bundles or clones `d2l-en` and `d2l-zh`; without it the example book is taken. Amazon Translate and S3
are the local servers of `tests/aws`, in a process of their own; everything else is what a user runs. The branch is
merged into the translation's default branch, and a second run over it sends only what the first one had to leave.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from _repos import leave, open_data, table

ROOT = Path(__file__).resolve().parents[1]
WHO = {f"GIT_{who}_{what}": "reader@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@contextmanager
def cloud() -> Iterator[dict[str, str]]:
    """The environment of a user whose AWS is the local servers."""
    command = [sys.executable, str(ROOT / "tests" / "aws" / "serve.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        plain = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "AMTS_", "INPUT_"))}
        plain["AMTS_GATE"] = "off"  # the server answers in English
        yield {**plain, **WHO, "GIT_CONFIG_GLOBAL": os.devnull, **json.loads(server.stdout.readline())}
        server.terminate()


def clones(folder: Path | None, scratch: Path) -> tuple[Path, Path]:
    """Fresh clones of both books."""
    if folder is None:
        subprocess.run([sys.executable, ROOT / "example" / "build.py", scratch], check=True, stdout=subprocess.DEVNULL)
        return scratch / "book-en", scratch / "book-zh"
    data = open_data(folder)
    for name in ("d2l-en", "d2l-zh"):
        subprocess.run(["git", "clone", "-q", str(data.repo(name)), str(scratch / name)], check=True)
    return scratch / "d2l-en", scratch / "d2l-zh"


def sync(english: Path, chinese: Path, out: Path, environ: dict[str, str]) -> tuple[dict[str, Any], float]:
    """The one command; its result and how long it took, in seconds."""
    start = time.perf_counter()
    books = ["--source", str(english), "--target", str(chinese), "--source-lang", "en", "--target-lang", "zh"]
    more = ["--engine", "amazon-translate-batch", "--report-dir", str(out)]
    command = [sys.executable, "-m", "amts_action.cli", "sync", *books, *more]
    done = subprocess.run(command, env=environ, stderr=subprocess.PIPE, text=True, check=False)
    print(*(line for line in done.stderr.splitlines() if "parallel data" in line or "batch job" in line), sep="\n")
    if done.returncode > 1:
        raise SystemExit(f"exit code {done.returncode}: {done.stderr.splitlines()[-1]}")
    return json.loads((out / "result.json").read_text(encoding="utf-8")), time.perf_counter() - start


def git(repo: Path, environ: dict[str, str], *args: str) -> str:
    """Output of a git command."""
    command = ["git", "-C", str(repo), *args]
    return subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout


def left_over(environ: dict[str, str]) -> int:
    """Objects in the bucket."""
    with urllib.request.urlopen(f"{environ['AWS_ENDPOINT_URL_S3']}/books?list-type=2", timeout=10) as answer:
        return int(answer.read().count(b"<Contents>"))


def told(environ: dict[str, str]) -> dict[str, Any]:
    """What Amazon Translate says happened."""
    with urllib.request.urlopen(f"{environ['AWS_ENDPOINT_URL_TRANSLATE']}/admin/state", timeout=10) as answer:
        found: dict[str, Any] = json.loads(answer.read())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "folder", type=Path, nargs="?", help="folder with the bundles or clones; the example book if none"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, cloud() as environ:
        environ["XDG_CACHE_HOME"] = scratch  # replies of earlier runs are not remembered
        english, chinese = clones(options.folder, Path(scratch) / "books")
        out = Path(scratch) / "out"
        first, seconds = sync(english, chinese, out, environ)
        diff = git(chinese, environ, "diff", "HEAD...amts/zh")
        added = [line for line in diff.splitlines() if line.startswith("+")]
        jobs = len(told(environ)["jobs"])
        git(chinese, environ, "merge", "-q", "--no-edit", "amts/zh")
        second, again = sync(english, chinese, out, environ)
        flags = [flag for page in first["documents"] for block in page.get("blocks", []) for flag in block["flags"]]
        share = 100 * second["characters_sent"] / first["characters_sent"]
        rows: list[tuple[str, object, str]] = [
            ("pages", len(first["documents"]), ""),
            ("characters sent", first["characters_sent"], ">= 1"),
            ("lines that came from a job with parallel data", sum("⟦zh·act⟧" in line for line in added), ">= 10"),
            ("lines that came from one without", sum("⟦zh⟧" in line for line in added), "= 0"),
            ("replies that were not accepted", sum(f.startswith(("rejected", "no reply")) for f in flags), "= 0"),
            ("jobs started by the first run", jobs, "= 1"),
            ("characters sent by the second run (what was owed), in %", round(share, 2), "<= 1"),
            ("objects left in S3", left_over(environ), "= 0"),
            ("faults of the servers themselves", len(told(environ)["problems"]), "= 0"),
            ("seconds, first run", round(seconds, 1), ""),
            ("seconds, second run", round(again, 1), ""),
        ]
    leave(table("the whole path", rows))


if __name__ == "__main__":
    main()
