"""`amts plan`: what sync would do. Costs nothing, writes nothing to either repository."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from amts_action.commands.messages import say
from amts_action.commands.options import add_settings, open_from
from amts_action.commands.terminal import columns, state_styles
from amts_action.settings import Group

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_settings(parser, Group.BOOKS, Group.WRITING, Group.ENGINE)
    parser.add_argument("--all", action="store_true", help="list the documents without a change, too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the machine-readable result there")
    parser.add_argument("--report-dir", type=Path, metavar="DIR", help="write the reports there, too")


def run(options: argparse.Namespace) -> int:
    """Prints a table of documents and actions; 0, or 1 when something is owed, in conflict or unreadable."""
    from amts_action.documents.files import write_file
    from amts_action.merging.plan_json import as_json
    from amts_action.runs.deliver import run_record, write_reports
    from amts_action.runs.run import run_plan

    planned = run_plan(open_from(options))
    if options.json:
        write_file(options.json, as_json(run_record(planned)))
    if options.report_dir:
        write_reports(planned, report_dir=options.report_dir)
    from amts_action.reports.table import cost_table, plan_table
    from amts_action.runs.report import present

    costs = cost_table(planned.estimates)
    shown = present(planned)
    listed = {document.path for document in shown.documents}
    idle = [(o.job.path, o.job.fate) for o in planned.outcomes if o.job.path not in listed] if options.all else []
    lines = plan_table(shown, idle=idle, width=columns(sys.stdout), styles=state_styles(sys.stdout))
    sys.stdout.write(lines + (f"\n{costs}" if costs else ""))
    for note in planned.books.notes:
        say(note)
    return planned.exit_code
