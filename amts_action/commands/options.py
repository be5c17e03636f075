"""Options that several commands share, made from the table of settings."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from amts_action.books.books import Books, open_books
from amts_action.settings import FIELDS, Settings, load

__all__ = ["add_settings", "given", "open_from", "settings_from"]

_BY_NAME = {entry.name: entry for entry in FIELDS}
BOOKS = (
    "source",
    "target",
    "source_path",
    "target_path",
    "source_lang",
    "target_lang",
    "base",
    "head",
    "paths",
    "exclude",
)
ENGINES = (
    "engine",
    "engine_command",
    "engine_options",
    "timeout_seconds",
    "max_characters",
    "max_cost",
    "prices",
    "concurrency",
    "cache_dir",
    "memory",
    "glossary",
    "terminology",
    "formality",
    "region",
    "parallel_data",
    "s3_uri",
    "role_arn",
    "kms_key",
    "wait_minutes",
    "model",
    "base_url",
    "api_key_variable",
)


_LISTS = {
    "prices": "NAME=USD",
    "engine_options": "NAME=VALUE",
    "labels": "LABEL",
    "assignees": "USER",
    "reviewers": "USER",
    "team_reviewers": "TEAM",
}


def add_settings(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    """An option for each setting; what is not given stays None, so that files and the environment count."""
    for name in names:
        entry = _BY_NAME[name]
        flag = f"--{name.replace('_', '-')}"
        about: dict[str, Any] = {"dest": name, "default": None, "help": entry.help}
        if entry.kind == "bool":
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, **about)
        elif entry.kind == "list":
            parser.add_argument(flag, nargs="+", metavar=_LISTS.get(name, "GLOB"), **about)
        else:
            flags = (flag, "--wait") if name == "wait_minutes" else (flag,)
            parser.add_argument(*flags, type=int if entry.kind == "int" else str, metavar=_metavar(name), **about)


def _metavar(name: str) -> str:
    places = {"source": "DIR|URL", "target": "DIR|URL", "base": "REV", "head": "REV", "engine_command": "CMD"}
    return places.get(name, "N" if _BY_NAME[name].kind == "int" else name.split("_")[-1].upper())


def given(options: argparse.Namespace) -> dict[str, object]:
    """The settings that the command line gave."""
    return {name: value for name, value in vars(options).items() if name in _BY_NAME and value is not None}


def open_from(options: argparse.Namespace) -> Books:
    """The two books that the options, the environment and the target's own files name."""
    cache = os.environ.get("AMTS_CACHE_DIR")
    arguments = _arguments(options)
    return open_books(
        arguments,
        environ=os.environ,
        cache_dir=Path(cache) if cache else None,
        source_token=os.environ.get("AMTS_SOURCE_TOKEN") or os.environ.get("AMTS_TOKEN"),
        target_token=os.environ.get("AMTS_TOKEN"),
    )


def settings_from(options: argparse.Namespace) -> Settings:
    """The settings of a command that has no books: what its options of engines and the environment say."""
    known = {"source_lang", "target_lang", *ENGINES}  # a BASE that is a file is no setting
    return load(environ=os.environ, arguments={k: v for k, v in _arguments(options).items() if k in known})


def _arguments(options: argparse.Namespace) -> dict[str, object]:
    """The settings that the command line gave; a command for an engine is meant to be used."""
    arguments = given(options)
    if arguments.get("engine_command") and "engine" not in arguments:
        arguments["engine"] = "command"
    return arguments
