"""`amts pairs`: the aligned pairs of two documents, or two folders, as CSV."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from amts_action.commands.messages import say

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("source", type=Path, metavar="SOURCE", help="the English document, or a folder of them")
    parser.add_argument("target", type=Path, metavar="TARGET", help="its translation, or a folder of them")
    parser.add_argument("--granularity", choices=("block", "sentence"), required=True, help="what a pair is")
    parser.add_argument("--source-lang", default="en", metavar="LANG", help="language of SOURCE (en)")
    parser.add_argument("--target-lang", required=True, metavar="LANG", help="language of TARGET")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where the CSV goes (standard output)")


def run(options: argparse.Namespace) -> int:
    """Writes the pairs; 0, or 1 when a document of a folder could not be read."""
    from amts_action.documents.files import write_file
    from amts_action.training.pairs_csv import pairs_csv

    data, problems = pairs_csv(
        options.source,
        options.target,
        granularity=options.granularity,
        source_lang=options.source_lang,
        target_lang=options.target_lang,
    )
    if options.output:
        write_file(options.output, data)
    else:
        sys.stdout.buffer.write(data)
    for problem in problems:
        say(problem)
    return 1 if problems else 0
