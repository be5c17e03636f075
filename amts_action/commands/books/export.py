"""`amts export`: what is to be reviewed of a run, for translation tools."""

from __future__ import annotations

import argparse
from pathlib import Path

from amts_action.commands.messages import say

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("data", type=Path, metavar="RUN", help="the folder of a run's reports, or its report.json")
    parser.add_argument("--format", choices=("xliff", "tmx"), default="xliff", help="XLIFF 2.1 or TMX 1.4 (xliff)")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="where it goes (review.xlf or review.tmx there)"
    )
    parser.add_argument(
        "--all", action="store_true", help="all texts that the run changed, not only what is to be read"
    )
    parser.add_argument("--source-lang", default="en", metavar="LANG", help="language of the book's source (en)")


def run(options: argparse.Namespace) -> int:
    """Writes the file."""
    from amts_action.documents.files import write_file
    from amts_action.errors import InputError
    from amts_action.exchange.tmx import write_review_tmx
    from amts_action.exchange.units import units_of
    from amts_action.exchange.xliff import write_xliff
    from amts_action.reports.stored import load_from

    data, report = load_from(options.data)
    units, others = units_of(report, everything=options.all)
    if not units:
        raise InputError("there is no text to be reviewed", where=str(data), mend="see whether --all has some")
    write = write_xliff if options.format == "xliff" else write_review_tmx
    made = write(units, source_lang=options.source_lang, target_lang=report.target_lang.replace("_", "-"))
    output = options.output or data.with_name("review.xlf" if options.format == "xliff" else "review.tmx")
    write_file(output, made)
    say(f"{output}: {len(units)} texts of {len({unit.path for unit in units})} documents")
    if others:
        say(f"{others} blocks that are no texts, such as programs, are only in the report")
    return 0
