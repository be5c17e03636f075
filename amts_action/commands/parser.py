"""The commands, and the parser of their words: short help, and errors of one line that say what was meant."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Container, Iterator, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any, Final, NoReturn

from amts_action import __version__
from amts_action.commands.terminal import painted

__all__ = ["COMMANDS", "Parser", "build_parser", "command_module", "rare", "whole_parser"]

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("start", "begin with a translated book: find out what it is, write settings and workflow, show the plan"),
    "doctor": ("start", "look whether everything is in place for a run, and say how to mend what is not"),
    "completion": ("start", "print what bash, zsh or fish need to complete the words of a line"),
    "plan": ("books", "show what sync would do; costs nothing"),
    "sync": ("books", "bring a translated book up to date: the main job"),
    "status": ("books", "show how far every document is behind"),
    "adopt": ("books", "find out which English each translation was made from and record it"),
    "editions": ("books", "write the page of languages: how far each translation of a book is"),
    "report": ("books", "make the page of a run from its data"),
    "review": ("books", "carry out what was decided on the review page"),
    "export": ("books", "write what is to be reviewed for translation tools: XLIFF or TMX"),
    "import": ("books", "take reviewed XLIFF or TMX back into the pages"),
    "action": ("books", "run as a step of a GitHub workflow: the entrypoint of the container"),
    "merge": ("pages", "bring one translated document up to date: three files in, one out"),
    "check": ("pages", "compare the protected parts and the structure of a document and its translation"),
    "translate": ("pages", "translate one whole document"),
    "pairs": ("pages", "write the aligned pairs of a document and its translation as CSV"),
    "memory": ("data", "build and search the translation memory"),
    "terminology": ("data", "propose, convert, check and push a glossary"),
    "parallel-data": ("data", "build, check and push parallel data for Amazon Translate"),
    "corpus": ("data", "make sentence pairs of two folders of web pages or texts"),
    "evaluate": ("measures", "score engines and stored translations on articles that people have translated"),
    "workload": ("measures", "show what the changes of the English cost translators"),
}
"""Every command with its room in `amts_action.commands` and its one-line help; its code is imported when it is used."""

ROOMS: Final = {
    "start": "the first hour",
    "books": "a translated book",
    "pages": "one document",
    "data": "what the book's people have written, as data",
    "measures": "measuring",
}
"""What the commands of a room are about: the headings of the help."""

_MEANT: Final = {
    "setup": "init",
    "start": "init",
    "begin": "init",
    "update": "sync",
    "run": "sync",
    "diff": "plan",
    "preview": "plan",
    "behind": "status",
}
"""What people call a command who have not read its name."""

SHORT: Final = 12
"""Options that a help page can have before the rarer ones are left to `--help-all`: a screen has 24 lines."""


def rare(action: argparse.Action) -> None:
    """Marks an option that few people need: only `--help-all` shows it."""
    action.is_rare = True  # type: ignore[attr-defined]


def _is_rare(action: argparse.Action) -> bool:
    return getattr(action, "is_rare", False) and not action.required and bool(action.option_strings)


class _HelpAll(argparse._HelpAction):
    """`--help-all`."""

    def __call__(self, parser: argparse.ArgumentParser, *about: Any) -> None:
        """Prints the help with the rare options and ends."""
        assert isinstance(parser, Parser)
        parser.is_whole = True
        parser.print_help()
        parser.exit()


class Parser(argparse.ArgumentParser):
    """An argument parser whose help is short, and whose errors are one line that says what was meant."""

    is_whole = False
    """Whether the help shows the rare options, too."""

    def error(self, message: str) -> NoReturn:
        """Says what is wrong, and ends with exit code 2."""
        from amts_action.commands.messages import say

        say(f"{message}; see `{self.prog} --help`", is_error=True)
        raise SystemExit(2)

    def children(self) -> dict[str, argparse.ArgumentParser]:
        """The parsers of the commands below this one."""
        return {name: child for name, child in self._commands().items() if child is not None}

    def _commands(self) -> dict[str, argparse.ArgumentParser | None]:
        """Those and the commands that are not filled in."""
        found = [a.choices for a in self._actions if isinstance(a, argparse._SubParsersAction)]
        return dict(found[0]) if found else {}

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does, but what no option takes is an error here, where it is known which there are."""
        if not args and self._commands():
            first = next(iter(self._commands()))
            self.error(f"give a command, such as {self.prog} {first}")
        found, rest = super().parse_known_args(args, namespace)
        if rest:
            self.error(self._unknown(rest))
        return found, rest

    def _unknown(self, words: Sequence[str]) -> str:
        """What is wrong with words that nothing takes, and what was meant."""
        options = [word.split("=")[0] for word in words if word.startswith("-")]
        if not options:
            taken = self._option_string_actions
            mend = ": give --source BOOK --target BOOK" if {"--source", "--target"} <= taken.keys() else ""
            return f"{self.prog} takes no {' '.join(words)}{mend}"
        from amts_action.settings.near import near

        name = f"--{options[0].lstrip('-').replace('_', '-')}"
        if name in self._option_string_actions:
            return f"there is no option {options[0]}, {name} was meant"
        meant = near(name, [n for n in self._option_string_actions if n.startswith("--")])
        others = "" if meant else _whose(name)
        return f"{self.prog} has no option {options[0]}{meant}{others}"

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """As argparse does, with the likeliest choice instead of all of them."""
        if action.choices is None or value in action.choices:
            return
        from amts_action.settings.near import near

        known = list(map(str, action.choices))
        meant = near(str(value), known, _MEANT)
        if isinstance(action, argparse._SubParsersAction):
            self.error(f"there is no command {str(value)!r}{meant}")
        name = "/".join(action.option_strings) or str(action.metavar or action.dest)
        self.error(f"{name}: {str(value)!r} is not among {', '.join(known)}{meant}")

    def format_help(self) -> str:
        """The help: usage in one line, then the options that people use first."""
        formatter = self._get_formatter()
        formatter.add_usage(self._short_usage(), (), ())
        formatter.add_text(self.description)
        for group in self._action_groups:
            shown = [a for a in group._group_actions if self.is_whole or not self._is_left_out(a)]
            for title, members in _by_room(group.title or "", shown):
                formatter.start_section(title)
                formatter.add_text(group.description)
                formatter.add_arguments(members)
                formatter.end_section()
        left = 0 if self.is_whole else sum(map(self._is_left_out, self._actions))
        formatter.add_text(f"{left} more options: {self.prog} --help-all" if left else self.epilog)
        return formatter.format_help()

    def print_help(self, file: Any = None) -> None:
        """Prints it, with headings in bold where that is wanted."""
        stream = file or sys.stdout
        text = re.sub(r"^\S.*:$", lambda line: painted(line[0], "bold", stream), self.format_help(), flags=re.M)
        stream.write(text)

    def finish(self) -> None:
        """Adds `--help-all` to every command below that has options which its help leaves out."""
        for child in self.children().values():
            assert isinstance(child, Parser)
            child.finish()
        if any(map(self._is_left_out, self._actions)):
            self.add_argument("--help-all", action=_HelpAll, help="show this help message with all options")

    def _is_left_out(self, action: argparse.Action) -> bool:
        return _is_rare(action) and sum(bool(a.option_strings) for a in self._actions) > SHORT

    def _short_usage(self) -> str:
        words = [_usage(a) for a in self._actions if a.required or not a.option_strings]
        return " ".join([self.prog.replace("%", "%%"), *filter(None, words), "[OPTION ...]"])


def _usage(action: argparse.Action) -> str:
    """What stands for an argument in the usage."""
    if isinstance(action, argparse._SubParsersAction):
        return str(action.metavar)
    value = " ".join(action.metavar) if isinstance(action.metavar, tuple) else action.metavar or action.dest.upper()
    if action.option_strings:
        return f"{action.option_strings[0]} {value}"
    return f"[{value}]" if action.nargs in ("?", "*") else value


def _by_room(title: str, members: Sequence[argparse.Action]) -> Iterator[tuple[str, Sequence[argparse.Action]]]:
    """The members under their heading; the commands of the program by their rooms."""
    lists = [a._choices_actions for a in members if isinstance(a, argparse._SubParsersAction)]
    named = {entry.dest: entry for entries in lists for entry in entries}
    if not named or not named.keys() <= COMMANDS.keys():
        yield title, members
        return
    for room, heading in ROOMS.items():
        yield heading, [entry for name, entry in named.items() if COMMANDS[name][0] == room]


def _whose(option: str) -> str:
    """The command that has an option which another one has not, as the end of a message."""
    for name in COMMANDS:
        child = build_parser(name).children()[name]
        if option in child._option_string_actions:
            return f", but amts {name} has"
    return ""


def whole_parser() -> Parser:
    """The parser with the options of every command, which takes a second: for completion and reference."""
    return _built(COMMANDS)


def build_parser(command: str | None = None) -> Parser:
    """The parser; only the options of `command` are filled in, so that others need not be imported."""
    return _built(() if command is None else (command,))


def _built(filled: Container[str]) -> Parser:
    parser = Parser(prog="amts", description="Keeps the translations of a book in step with its English source.")
    parser.add_argument("--version", action="version", version=f"amts {__version__}")

    def made(**about: Any) -> Parser | None:
        """The parser of a command that is filled in; of the others only names and help are wanted, and each parser
        takes argparse 0.3 ms."""
        return Parser(**about) if about["prog"].rpartition(" ")[2] in filled else None

    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=made)  # type: ignore[call-overload]
    for name, (_, text) in COMMANDS.items():
        sub = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", allow_abbrev=False)
        if sub is not None:
            command_module(name).add_options(sub)
            sub.finish()
    return parser


def command_module(name: str) -> ModuleType:
    """The module that has the code of a command: `add_options(parser)` and `run(options) -> exit code`."""
    return import_module(f"amts_action.commands.{COMMANDS[name][0]}.{name.replace('-', '_')}")
