"""`amts editions`: the page of languages of a book, from what `amts status` says of each translation."""

from __future__ import annotations

import argparse
from pathlib import Path

from amts_action.commands.messages import say

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="what `amts status --json` wrote, one a language"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the page, in Markdown")
    parser.add_argument(
        "--address", nargs="+", action="extend", default=[], metavar="LANG=URL", help="where an edition can be read"
    )
    parser.add_argument("--title", default="Languages", metavar="TEXT", help="heading of the page (Languages)")
    parser.add_argument("--source-lang", default="en", metavar="LANG", help="language of the book's source (en)")


def run(options: argparse.Namespace) -> int:
    """Writes the page."""
    from amts_action.documents.files import read_given, write_file
    from amts_action.errors import InputError
    from amts_action.reports.editions import edition_of, editions_page
    from amts_action.reports.escape import web_address

    addresses: dict[str, str] = {}
    for item in options.address:
        lang, found, address = item.partition("=")
        if not found or not web_address(address):
            raise InputError(f"{item[:60]!r} is not LANG=URL", where="--address", mend="write zh=https://…")
        addresses[lang] = address
    editions = []
    for path in options.files:
        editions.append(edition_of(read_given(path, "write it with `amts status --json`"), where=str(path)))
    made = editions_page(editions, addresses, title=options.title, original=options.source_lang)
    write_file(options.output, made.encode("utf-8", "backslashreplace"))
    say(f"{options.output}: {len(editions)} translations")
    return 0
