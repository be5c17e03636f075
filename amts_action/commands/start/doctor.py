"""`amts doctor`: whether all is in place for a run, one line for each thing that was looked at."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from amts_action import __version__
from amts_action.books.book import Book
from amts_action.commands.messages import say
from amts_action.commands.options import add_settings, open_from, write_json
from amts_action.commands.terminal import state_styles
from amts_action.errors import AmtsError
from amts_action.settings import Group

if TYPE_CHECKING:
    from amts_action.books.books import Books
    from amts_action.runs.setup.checks import Looked

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_settings(parser, Group.BOOKS, Group.ENGINE)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the machine-readable result there")


def run(options: argparse.Namespace) -> int:
    """Prints what was found, as it is found; 0 when nothing is wrong, 1 otherwise."""
    from amts_action.reports.escape import terminal_text

    styles = state_styles(sys.stdout)
    found = []
    for one in _findings(options):
        word = styles.get(one.level, "{}").format(one.level) + " " * (len("wrong") - len(one.level))
        sys.stdout.write(f"{word}  {one.name:<12} {terminal_text(one.text)}\n")
        sys.stdout.flush()
        found.append(one)
    write_json(options, {"findings": [asdict(one) for one in found]})
    wrong = sum(one.level == "wrong" for one in found)
    say("ready for a run" if not wrong else f"{wrong} to mend before a run")
    return 1 if wrong else 0


def _findings(options: argparse.Namespace) -> Iterator[Looked]:
    from amts_action.runs.setup.checks import (
        Looked,
        about_books,
        about_engine,
        about_environment,
        about_git,
        about_records,
        guarded,
    )

    yield Looked("program", "ok", f"amts {__version__}, Python {platform.python_version()}")
    yield from about_git()
    yield from about_environment(os.environ)
    told: list[str] = []
    try:
        books = open_from(options, tell=told.append)
    except AmtsError as error:
        yield from (Looked("settings", "look", line) for line in told)
        yield Looked("settings", "wrong", str(error))
        return
    yield from (Looked("settings", "look", line) for line in told)
    if not told:
        yield Looked("settings", "ok", "read and valid")
    yield from guarded("pages", lambda: about_books(books))
    yield from guarded("records", lambda: about_records(books))
    yield from guarded("engine", lambda: about_engine(books.settings, books))
    yield from guarded("token", lambda: _about_token(books))
    yield from guarded("workflow", lambda: _about_workflow(books.target))


def _about_token(books: Books) -> Iterable[Looked]:
    """Whether the token may commit and open pull requests, asked of the server in ways that leave nothing there."""
    from amts_action.git.clone import is_url
    from amts_action.publishing.publish import Client, hub_of
    from amts_action.publishing.rights import check_rights
    from amts_action.publishing.start import seen
    from amts_action.runs.setup.checks import Looked

    token = os.environ.get("AMTS_TOKEN", "").strip()
    if not is_url(books.target.address):
        return [Looked("token", "ok", "not needed: the translation is on no server")]
    if not token:
        what = "AMTS_TOKEN is not set; a workflow needs none, but amts sync --pull-request on this machine does"
        return [Looked("token", "look", what)]
    client = Client(hub_of(books.target.address, token, os.environ))
    check_rights(client, seen(books, client))
    return [Looked("token", "ok", "may commit and open pull requests")]


def _about_workflow(target: Book) -> Iterable[Looked]:
    """Whether a workflow of the translation uses the action, and as it should."""
    from amts_action.actions.workflow_check import faults_of
    from amts_action.runs.setup.checks import Looked

    found = []
    for path in sorted(target.tree):
        if path.startswith(".github/workflows/") and path.endswith((".yml", ".yaml")):
            faults = faults_of(target.read(path).decode("utf-8", "replace"))
            if faults is not None:
                found += [Looked("workflow", "wrong", f"{path}: {fault}") for fault in faults]
                found += [] if faults else [Looked("workflow", "ok", path)]
    return found or [Looked("workflow", "look", "none uses the action; amts init writes one")]
