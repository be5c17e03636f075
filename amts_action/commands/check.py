"""`amts check`: the ledger and the structural differences of a document and its translation."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from amts_action.commands.talk import say

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("source", type=Path, metavar="SOURCE", help="the English document")
    parser.add_argument("target", type=Path, metavar="TARGET", help="its translation")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the machine-readable result there")


def run(options: argparse.Namespace) -> int:
    """Prints every difference; 0 when there is none, 1 otherwise."""
    from amts_action.documents.files import read_document, write_file
    from amts_action.reports.escape import terminal_text
    from amts_action.sync.compare import compare_documents
    from amts_action.sync.record import as_json

    texts = read_document(options.source), read_document(options.target)
    found = compare_documents(*texts, name=str(options.target))
    if options.json:
        write_file(options.json, as_json(found.as_json()))
    for line in found.lines():
        sys.stdout.write(f"{terminal_text(line)}\n")
    counts = json.dumps(found.ledger, sort_keys=True)
    say(f"{options.target}: {len(found.differences)} differences; {counts}")
    return 1 if found.differences else 0
