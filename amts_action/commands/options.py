"""Options that several commands share, made from the table of settings."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from amts_action.books.books import Books
from amts_action.books.opening import open_books
from amts_action.commands.messages import say
from amts_action.commands.parser import rare
from amts_action.settings import AMTS_TOML, FIELDS, Field, Group, Settings, load

__all__ = ["add_settings", "given", "open_from", "settings_from"]

_BY_NAME = {entry.name: entry for entry in FIELDS}


def add_settings(parser: argparse.ArgumentParser, *wanted: Group | str, without: Collection[str] = ()) -> None:
    """An option for each setting; what is not given stays None, so that files and the environment count.

    Args:
        wanted: whole groups of the table, and names of single settings.
        without: settings of those groups that the command has not.
    """
    groups = {}
    for entry in FIELDS:
        if (entry.group in wanted or entry.name in wanted) and entry.name not in without:
            if entry.group not in groups:
                is_whole = entry.group in wanted
                groups[entry.group] = parser.add_argument_group(entry.group.value) if is_whole else parser
            _add(groups[entry.group], entry)


def _add(parser: argparse._ActionsContainer, entry: Field) -> None:
    flags = (f"--{entry.name.replace('_', '-')}", *entry.flags)
    about: dict[str, Any] = {"dest": entry.name, "default": None, "help": entry.help}
    if entry.kind == "bool":
        about["action"] = argparse.BooleanOptionalAction
    elif entry.kind == "list":
        # Given twice it adds up: the last one alone would win in silence.
        about |= {"nargs": "+", "action": "extend", "metavar": entry.metavar}
    else:
        about |= {"type": int if entry.kind == "int" else str, "metavar": entry.metavar}
    option = parser.add_argument(*flags, **about)
    if not entry.is_first:
        rare(option)


def given(options: argparse.Namespace) -> dict[str, object]:
    """The settings that the command line gave."""
    return {name: value for name, value in vars(options).items() if name in _BY_NAME and value is not None}


def open_from(options: argparse.Namespace, tell: Callable[[str], None] = say) -> Books:
    """The two books that the options, the environment and the target's own files name.

    Args:
        tell: gets a line about a settings file that is not committed.
    """
    cache = os.environ.get("AMTS_CACHE_DIR")
    arguments = _arguments(options)
    if "target" not in arguments and not os.environ.get("AMTS_TARGET") and Path(AMTS_TOML).is_file():
        arguments["target"] = "."  # who stands in a translation means it
    return open_books(
        arguments,
        environ=os.environ,
        cache_dir=Path(cache) if cache else None,
        source_token=os.environ.get("AMTS_SOURCE_TOKEN") or os.environ.get("AMTS_TOKEN"),
        target_token=os.environ.get("AMTS_TOKEN"),
        tell=tell,
    )


def settings_from(options: argparse.Namespace) -> Settings:
    """The settings of a command that has no books: what its options of engines and the environment say."""
    # A BASE that is a file is no setting.
    known = {
        "source_lang",
        "target_lang",
        "small_changes",
        *(entry.name for entry in FIELDS if entry.group is Group.ENGINE),
    }
    return load(environ=os.environ, arguments={k: v for k, v in _arguments(options).items() if k in known})


def _arguments(options: argparse.Namespace) -> dict[str, object]:
    """The settings that the command line gave; a command for an engine is meant to be used."""
    arguments = given(options)
    if arguments.get("engine_command") and "engine" not in arguments:
        arguments["engine"] = "command"
    return arguments


def write_json(options: argparse.Namespace, result: Mapping[str, object]) -> None:
    """What a command has found, in the file that `--json` names, if it names one."""
    if options.json:
        from amts_action.documents.files import write_file
        from amts_action.merging.plan_json import as_json

        write_file(options.json, as_json({"version": 1, **result}))
