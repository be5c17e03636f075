"""`amts status`: how far every document is behind."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from amts_action.commands.options import BOOKS, add_settings, open_from

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_settings(parser, (*BOOKS, "branch", "origin_suffix"))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the machine-readable result there")


def run(options: argparse.Namespace) -> int:
    """Prints a table; 0 when no translated document is behind, not adopted or unreadable, 1 otherwise."""
    from amts_action.documents.files import write_file
    from amts_action.jobs.status import status_rows
    from amts_action.reports.table import status_table
    from amts_action.sync.record import as_json

    rows = status_rows(open_from(options))
    if options.json:
        write_file(options.json, as_json({"version": 1, "documents": [asdict(row) for row in rows]}))
    sys.stdout.write(status_table(rows))
    return 1 if any(row.state in ("behind", "not adopted", "unreadable") for row in rows) else 0
