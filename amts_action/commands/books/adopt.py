"""`amts adopt`: finds the English that each translation was made from and records it, for a whole book."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from amts_action.commands.messages import say
from amts_action.commands.options import add_settings, open_from, write_json
from amts_action.commands.terminal import columns, state_styles
from amts_action.settings import Group

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_settings(parser, Group.BOOKS)
    parser.add_argument("--all", action="store_true", help="list the documents whose base is certain, too")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be recorded")
    parser.add_argument("--force", action="store_true", help="record again what has a record already")
    parser.add_argument("--output-dir", type=Path, metavar="DIR", help="write the records there instead of committing")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the machine-readable result there")


_SURE = frozenset({"record", "origin", "given", "declared", "foreign", "found", "no source"})
"""How the base of a page can be known that nobody need look at."""


def run(options: argparse.Namespace) -> int:
    """Prints one line per document; 0 when all that have a counterpart were placed, 1 otherwise."""
    from amts_action.reports.escape import terminal_text
    from amts_action.reports.table import table
    from amts_action.runs.setup.adopt import adopt, deliver_records

    books = open_from(options)
    found = adopt(books, force=options.force)
    where = "" if options.dry_run else deliver_records(books, found, options.output_dir)
    write_json(options, {"documents": [row.as_json() for row in found]})
    listed = [row for row in found if options.all or row.state not in _SURE]
    rows = [(row.path, row.state, row.commit[:12], row.note) for row in listed]
    width, styles = columns(sys.stdout), state_styles(sys.stdout)
    sys.stdout.write(table(("document", "base", "commit", "note"), rows, width=width, styles=styles))
    counts = Counter(row.state for row in found)
    total = ", ".join(f"{n} {state}" for state, n in counts.most_common()) or "no documents"
    sys.stdout.write(f"{total}{'; --all lists all of them' if len(listed) < len(found) else ''}\n")
    for row in listed:
        if row.evidence:
            compare = ": compare the page with these versions" if row.state != "found" and len(row.evidence) > 1 else ""
            sys.stdout.write(f"\n{terminal_text(row.path)} ({row.state}){compare}\n")
            sys.stdout.writelines(f"  {terminal_text(line)}\n" for line in row.evidence)
    if where:
        say(where)
    return 0 if all(row.is_placed for row in found) else 1
