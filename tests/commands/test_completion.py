"""What is made from the tables of commands and settings for shells, and other ways to start the program."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bookkit import amts

from amts_action.commands.parser import COMMANDS
from amts_action.commands.start.completion import SHELLS

ROOT = Path(__file__).resolve().parents[2]
pytest.importorskip("shtab", reason="a package of the base install that an older environment may lack")


def completed(script: Path, *words: str) -> list[str]:
    """What bash offers for the last word of a line."""
    line = f"source {script}; COMP_WORDS=({' '.join(repr(w) for w in words)}); COMP_CWORD={len(words) - 1}; "
    done = subprocess.run(
        ["bash", "--norc", "-c", f'{line} _shtab_amts; printf "%s\\n" "${{COMPREPLY[@]}}"'],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_bash_completes_commands_and_options(tmp_path: Path) -> None:
    """Commands, those below them, and the options of each, the rare ones too."""
    script = tmp_path / "amts.bash"
    script.write_text(amts("completion", "bash").out, encoding="utf-8")
    assert completed(script, "amts", "sy") == ["sync"]
    assert set(COMMANDS) <= set(completed(script, "amts", ""))
    assert completed(script, "amts", "sync", "--target-l") == ["--target-lang"]
    assert completed(script, "amts", "sync", "--companion-m") == ["--companion-max-bytes"]
    assert completed(script, "amts", "memory", "sea") == ["search"]
    assert "--target-lang" not in completed(script, "amts", "report", "--")


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_has_a_script(shell: str, tmp_path: Path) -> None:
    """It names every command, and the shell can read it where it is installed; the pages say how to get it."""
    done = amts("completion", shell)
    assert (done.code, done.err) == (0, "")
    assert all(re.search(rf"\b{name}\b", done.out) for name in COMMANDS)
    script = tmp_path / "script"
    script.write_text(done.out, encoding="utf-8")
    if shutil.which(shell):
        subprocess.run([shell, "-n", str(script)], check=True)
    assert f"amts completion {shell} > " in (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")


def test_no_other_shell() -> None:
    done = amts("completion", "bsh")
    assert (done.code, "perhaps bash was meant" in done.err) == (2, True)


def test_python_runs_the_package() -> None:
    """`python -m amts_action` is the command."""
    done = subprocess.run([sys.executable, "-m", "amts_action", "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stdout.split()[0]) == (0, "amts")
