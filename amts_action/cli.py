"""The command `amts`: parses, calls, prints. Everything it does is a library call (DESIGN §8).

Data goes to stdout, talk to stderr. Exit codes: 0 done, 1 done in part, 2 bad usage or input, 3 an outside service
failed, 4 a limit stopped it.
"""

from __future__ import annotations

import argparse
import gc
import signal
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from types import ModuleType
from typing import NoReturn

from amts_action import __version__
from amts_action.errors import AmtsError
from amts_action.tokens import guard

__all__ = ["entry", "main"]

COMMANDS: dict[str, tuple[str, str]] = {
    "merge": ("pages", "bring one translated document up to date: three files in, one out"),
    "sync": ("books", "bring a translated book up to date: the main job"),
    "plan": ("books", "show what sync would do; costs nothing"),
    "status": ("books", "show how far every document is behind"),
    "adopt": ("books", "find out which English each translation was made from and record it"),
    "check": ("pages", "compare the protected parts and the structure of a document and its translation"),
    "translate": ("pages", "translate one whole document"),
    "pairs": ("pages", "write the aligned pairs of a document and its translation as CSV"),
    "memory": ("data", "build and search the translation memory"),
    "parallel-data": ("data", "build, check and push parallel data for Amazon Translate"),
    "corpus": ("data", "make sentence pairs of two folders of web pages or texts"),
    "terminology": ("data", "propose, convert, check and push a glossary"),
    "workload": ("measures", "show what the changes of the English cost translators"),
    "report": ("books", "make the page of a run from its data"),
    "evaluate": ("measures", "score engines and stored translations on articles that people have translated"),
    "action": ("books", "run as a step of a GitHub workflow: the entrypoint of the container"),
}
"""Every command with its room in `amts_action.commands` and its one-line help; its code is imported when it is used."""


def _say(text: str) -> None:
    from amts_action.commands.messages import say

    say(text)


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        word = message.removeprefix("unrecognized arguments: ").split(" ")[0].split("=")[0]
        if word.startswith("--") and word not in message.partition(":")[0]:
            from amts_action.settings.reading import near

            message += near(word, set(_options(self)))
        _say(f"{message}; see `{self.prog} --help`")
        raise SystemExit(2)


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """The names of all options of a parser and of those below it."""
    yield from parser._option_string_actions
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in action.choices.values():
                yield from _options(child)


def build_parser(command: str | None = None) -> argparse.ArgumentParser:
    """The parser; only the options of `command` are filled in, so that others need not be imported."""
    parser = _Parser(prog="amts", description="Keeps the translations of a book in step with its English source.")
    parser.add_argument("--version", action="version", version=f"amts {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)
    for name, (_, text) in COMMANDS.items():
        sub = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", allow_abbrev=False)
        if name == command:
            command_module(name).add_options(sub)
    return parser


def command_module(name: str) -> ModuleType:
    """The module that has the code of a command: `add_options(parser)` and `run(options) -> exit code`."""
    return import_module(f"amts_action.commands.{COMMANDS[name][0]}.{name.replace('-', '_')}")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs `amts` with `argv` (default: the process's own arguments) and returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    chosen = next((w for w in words if w in COMMANDS), None)
    try:
        options = build_parser(chosen).parse_args(words)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    try:
        return int(command_module(options.command).run(options))
    except AmtsError as error:
        _say(str(error))
        return error.exit_code
    except BrokenPipeError:
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _say(f"{where}{error.strerror or error}; check the path, its rights and the space left")
        return 2
    except KeyboardInterrupt as stop:
        is_ended = isinstance(stop, _Stopped)
        _say(f"{'stopped from outside' if is_ended else 'interrupted'}; nothing half-done was written, run it again")
        # 128 and the number of the signal, as shells have it.
        return 143 if is_ended else 130


class _Stopped(KeyboardInterrupt):
    """Somebody ended the process, as a workflow does that is cancelled."""


def _stopped(number: int, frame: object) -> NoReturn:
    raise _Stopped


def entry() -> NoReturn:
    """The console script."""
    # A run makes millions of small objects and few circles; collecting a hundred times less often saves a tenth of it.
    gc.set_threshold(70_000, 20, 20)
    guard()
    signal.signal(signal.SIGTERM, _stopped)
    code = main()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stderr.close()
    raise SystemExit(code)


if __name__ == "__main__":
    entry()
