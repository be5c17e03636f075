"""Running commands of parallel data and terminology, and the blocks of shell in their documentation."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from amts_action.cli import command_module
from amts_action.errors import AmtsError

__all__ = ["DOCS", "amts", "documented"]

DOCS = Path(__file__).resolve().parent.parent / "docs"


def amts(*words: object) -> int:
    """The exit code of `amts WORDS`; the message of an error goes where `capsys` finds it."""
    command, *rest = map(str, words)
    module = command_module(command)
    parser = argparse.ArgumentParser(prog=f"amts {command}", allow_abbrev=False)
    module.add_options(parser)
    try:
        return int(module.run(parser.parse_args(rest)))
    except AmtsError as error:
        print(f"amts: {error}")
        return error.exit_code


def documented(page: str) -> Sequence[tuple[list[str], int]]:
    """The `amts` commands in a page's shell blocks, and the exit code that a comment after each of them tells."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found = []
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            command, _, comment = line.partition("  # ")
            if command.startswith("amts "):
                code = re.search(r"exit code (\d)", comment)
                found.append((shlex.split(command)[1:], int(code[1]) if code else 0))
    assert found, f"no command in {page}"
    return found
