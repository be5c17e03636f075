"""What is said of a block: scripts go by codes, people by texts, and reports by how much a flag asks of anybody."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from amts_action.merging.flags import CODES, flag, read, said_earlier

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-it-decides.md"
NOTHING_TO_DO = {"already-made", "with-neighbour"}
"""The block is as it should be, so that nothing has to be written for it."""
ONLY_TOLD = {"like-its-page", "text-left", "reused", "repaired", "memory-spans", "memory-similar"}
"""Where a text came from, or what was mended: nobody has to look. All other flags ask for a person."""


def test_flags_are_documented() -> None:
    """The page explains every flag that can be raised, by its code and with its text, and no other."""
    text = PAGE.read_text(encoding="utf-8").split("## Flags")[1].split("\n## ")[0]
    explained = {code: shown for shown, code in re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|", text, re.M)}
    assert explained == {code: text.replace("{}", "…") for code, (_, text) in CODES.items()}


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_flag_reads_as_its_code_says(code: str) -> None:
    """What is stored as code and text comes back, and so does a text alone where it names one flag."""
    made = flag(code, "about")
    assert read([made.code, made.text]) == made
    assert said_earlier(made.text).text == made.text
    assert made.text.strip()


@pytest.mark.parametrize("code", sorted(CODES))
def test_what_is_in_doubt_asks_for_a_person(code: str) -> None:
    """A doubt that were only noted would be merged unread; one that warns of nothing would not be read for long."""
    level = "done" if code in NOTHING_TO_DO else "note" if code in ONLY_TOLD else "warning"
    assert flag(code).level == level
