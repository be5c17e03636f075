"""The library face: the documented examples run, and what is named can be imported."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import amts_action

PAGE = Path(__file__).resolve().parents[1] / "docs" / "python.md"
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```$", re.M | re.S)


def test_the_documented_examples_print_what_the_page_says(tmp_path: Path) -> None:
    """The blocks of Python, run in order, print the blocks of text."""
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    program = "\n".join(text for kind, text in blocks if kind == "python")
    wanted = "".join(text for kind, text in blocks if kind == "text")
    assert len(blocks) >= 6
    run = [sys.executable, "-X", "utf8", "-c", program]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (done.stderr, done.stdout) == ("", wanted)


@pytest.mark.parametrize("name", amts_action.__all__)
def test_everything_named_is_there(name: str) -> None:
    """`from amts_action import NAME` works."""
    assert getattr(amts_action, name) is not None


def test_a_wrong_name_is_an_error() -> None:
    """As with any module."""
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = amts_action.no_such_thing


def test_the_face_costs_nothing_until_it_is_used() -> None:
    """Importing the package imports none of its rooms."""
    line = "import sys, amts_action; print([m for m in sys.modules if m.startswith('amts_action.')])"
    done = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
