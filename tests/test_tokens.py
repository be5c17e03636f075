"""Tokens do not come to the programs that a run starts, and an end from outside is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bookkit import make_books
from gitkit import git_environment

SECRET = "ghs_not_for_engines_0123456789"
SPY = """
import json, os, sys
seen = "\\n".join(f"{k}={v}" for k, v in os.environ.items())
for place in ("environ", "cmdline", "mem"):
    try:
        seen += open(f"/proc/{os.getppid()}/{place}", "rb").read(1 << 20).decode("latin-1") if place != "mem" else (
            str(open(f"/proc/{os.getppid()}/mem", "rb")))
    except OSError as error:
        seen += f"{place}: {error.strerror}"
open(sys.argv[1], "w").write(seen)
for line in sys.stdin:
    row = json.loads(line)
    print(json.dumps({"id": row["id"], "text": row["text"]}), flush=True)
"""
WAIT = "import sys, time; open(sys.argv[1], 'w').write('x'); time.sleep(60)"


def _command(folder: Path, program: str, seen: Path) -> list[str]:
    books = make_books(folder / "books")
    books.upstream(alpha={"about flour.": "about rye flour."})
    script = folder / "engine.py"
    script.write_text(program, encoding="utf-8")
    places = ["--source", str(books.source.path), "--target", str(books.target.path)]
    engine = ["--engine-command", f"{sys.executable} {script} {seen}"]
    return [sys.executable, "-c", "from amts_action.cli import entry; entry()", "sync", *places, *engine]


def _environ() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[1])
    return {**git_environment(), "AMTS_TOKEN": SECRET, "INPUT_GITHUB-TOKEN": SECRET, "PYTHONPATH": root}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no /proc")
def test_an_engine_cannot_read_the_token(tmp_path: Path) -> None:
    """Neither in its own environment nor in what the system shows of the process that started it."""
    seen = tmp_path / "seen"
    done = subprocess.run(_command(tmp_path, SPY, seen), env=_environ(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    text = seen.read_text()
    assert "PATH=" in text
    assert SECRET not in text
    if os.geteuid() != 0:  # root may read everything here; a container's root lacks the capability
        assert "mem: Permission denied" in text


def test_an_end_from_outside_is_told_in_one_line(tmp_path: Path) -> None:
    """A workflow that is cancelled sends SIGTERM: the last line says that nothing is half done."""
    started = tmp_path / "started"
    command = _command(tmp_path, WAIT, started)
    process = subprocess.Popen(command, env=_environ(), stderr=subprocess.PIPE)
    for _ in range(6000):
        if started.exists() or process.poll() is not None:
            break
        time.sleep(0.01)  # another process has to get somewhere first
    process.send_signal(signal.SIGTERM)
    said = process.communicate()[1].decode()
    assert process.returncode == 143
    assert said.splitlines()[-1].startswith("amts: stopped from outside; nothing half-done was written")
    assert "Traceback" not in said
