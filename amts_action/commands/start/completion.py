"""`amts completion`: what a shell has to know to complete the words of a line, made from the parser itself."""

from __future__ import annotations

import argparse
import sys

__all__ = ["SHELLS", "add_options", "run"]

SHELLS = ("bash", "zsh", "fish")
_PLACES = {
    "FILE": "FILE",
    "DIR": "DIRECTORY",
    "PATH": "FILE",
    "SOURCE": "FILE",
    "TARGET": "FILE",
    "DIR|URL": "DIRECTORY",
}
"""What stands for a value in the help, and what a shell looks for there."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help="bash, zsh or fish")


def run(options: argparse.Namespace) -> int:
    """Prints the script."""
    import shtab

    from amts_action.commands.parser import Parser, whole_parser

    parser = whole_parser()

    def mark(one: Parser) -> None:
        for action in one._actions:
            kind = _PLACES.get(action.metavar) if isinstance(action.metavar, str) else None
            if kind is not None:
                action.complete = getattr(shtab, kind)  # type: ignore[attr-defined]
        for child in one.children().values():
            assert isinstance(child, Parser)
            mark(child)

    mark(parser)
    sys.stdout.write(shtab.complete(parser, options.shell).rstrip() + "\n")
    return 0
