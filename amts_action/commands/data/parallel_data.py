"""`amts parallel-data`: aligned pairs as parallel data for Amazon Translate, filtered and checked."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from amts_action.commands.data.amazon import ONLINE, add_online_options, run_online
from amts_action.commands.options import add_settings, given
from amts_action.settings import Group

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from amts_action.memory.harvest import CandidatePair
    from amts_action.training.export import Judged, Report
    from amts_action.training.validate import CheckedFile

__all__ = ["add_book_options", "add_options", "books_of", "run"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    build = actions.add_parser("build", help="align, filter, write and check the pairs", allow_abbrev=False)
    add_book_options(build)
    build.add_argument(
        "--granularity", choices=("block", "sentence"), default="sentence", help="what a pair is (sentence)"
    )
    build.add_argument(
        "--format", choices=("csv", "tsv", "tmx"), help="the format; by the name of --output when not given"
    )
    build.add_argument("-o", "--output", type=Path, metavar="FILE", required=True, help="where the pairs go")
    build.add_argument(
        "--rejected", type=Path, metavar="FILE", help="write the rejected pairs with the reason there (TSV)"
    )
    build.add_argument("--json", type=Path, metavar="FILE", help="write the machine-readable result there")
    build.add_argument(
        "--least-confidence", type=float, metavar="N", default=0.9, help="of an alignment, from 0 to 1 (0.9)"
    )
    check = actions.add_parser("check", help="check a file against Amazon Translate's rules", allow_abbrev=False)
    check.add_argument("file", type=Path, metavar="FILE", help="parallel data as CSV, TSV or TMX")
    check.add_argument("--format", choices=("csv", "tsv", "tmx"), help="the format; by the name of FILE when not given")
    for name, text in ONLINE.items():
        add_online_options(name, actions.add_parser(name, help=text, allow_abbrev=False))
    check.add_argument("--json", type=Path, metavar="FILE", help="write the machine-readable result there")


def add_book_options(parser: argparse.ArgumentParser) -> None:
    """The options that say which books and documents."""
    places = "two documents, two folders, or two git repositories (DIR or URL)"
    parser.add_argument("book_source", nargs="?", metavar="SOURCE", help=f"the English; with TARGET {places}")
    parser.add_argument("book_target", nargs="?", metavar="TARGET", help="its translation")
    parser.add_argument(
        "--book",
        nargs=3,
        action="append",
        default=[],
        metavar=("SOURCE", "TARGET", "LANG"),
        help="one more book and the language of its translation; may be given several times",
    )
    add_settings(parser, Group.BOOKS, without=("source", "target", "target_branch", "branch"))


def books_of(options: argparse.Namespace) -> list[tuple[str, str, str]]:
    """Source, target and language of every book that the options name.

    Raises:
        InputError: none, or a source without its target.
    """
    from amts_action.errors import InputError

    books = [tuple(book) for book in options.book]
    if options.book_source:
        if not options.book_target:
            raise InputError("not given", where="TARGET", mend="give the translation of SOURCE")
        books.insert(0, (options.book_source, options.book_target, options.target_lang or ""))
    if not books:
        raise InputError("not given", where="SOURCE", mend="give SOURCE and TARGET, or --book SOURCE TARGET LANG")
    return books


def run(options: argparse.Namespace) -> int:
    """Does the action; 0, or 1 when a document could not be read or a file or record is not good."""
    if options.action in ONLINE:
        return run_online(options)
    return _build(options) if options.action == "build" else _check(options)


def _build(options: argparse.Namespace) -> int:
    from amts_action.documents.files import write_file
    from amts_action.merging.plan_json import as_json
    from amts_action.settings import load
    from amts_action.training.doubtful import without_doubtful
    from amts_action.training.export import export
    from amts_action.training.filters import Limits
    from amts_action.training.sources import Source, book_candidates
    from amts_action.training.validate import format_of

    form = options.format or format_of(options.output)
    arguments = given(options)
    books = [Source(*book) for book in books_of(options)]
    settings = load(environ=os.environ, arguments=arguments)
    limits = Limits(least_confidence=options.least_confidence, delimited=form != "tmx")
    found: Iterable[tuple[str, Sequence[CandidatePair | Judged] | str]]
    found = candidates = book_candidates(books, options.granularity, arguments, os.environ)
    if settings.gate != "off":
        found = without_doubtful(candidates, source_lang=settings.source_lang, limits=limits)
    report = export(
        found,
        options.output,
        form,
        source_lang=settings.source_lang,
        granularity=options.granularity,
        limits=limits,
        rejected=options.rejected,
    )
    if options.json:
        write_file(options.json, as_json(report.as_dict()))
    sys.stderr.write(_told(report))
    return 1 if report.problems else 0


def _told(report: Report) -> str:
    """The report for people."""
    counts = f"{report.documents} documents, {report.pairs} pairs, {report.accepted} accepted"
    lines = [
        f"{counts}, {report.records} records in {', '.join(report.languages)}, {report.bytes} bytes",
        *(f"  {count:6} rejected: {reason}" for reason, count in report.rejected.items() if count),
        *(f"amts: {problem}" for problem in report.problems),
    ]
    return "\n".join(lines) + "\n"


def _check(options: argparse.Namespace) -> int:
    from amts_action.documents.files import write_file
    from amts_action.merging.plan_json import as_json
    from amts_action.training.validate import check_file, format_of

    found = check_file(options.file, options.format or format_of(options.file))
    if options.json:
        write_file(options.json, as_json(_as_dict(found)))
    for fault in found.faults:
        sys.stdout.write(f"{options.file}: {fault}\n")
    if found.fault_count > len(found.faults):
        sys.stdout.write(f"{options.file}: and {found.fault_count - len(found.faults)} more faults\n")
    for note in found.notes:
        sys.stderr.write(f"{options.file}: {note}\n")
    state = "good" if found.is_good else "not good"
    sys.stderr.write(f"{state}: {found.records} records in {', '.join(found.languages)}\n")
    for reason, count in sorted(found.skipped.items()):
        sys.stderr.write(f"  {count:6} skipped: {reason}\n")
    return 0 if found.is_good else 1


def _as_dict(found: CheckedFile) -> dict[str, object]:
    return {
        "version": 1,
        "status": "done" if found.is_good else "failed",
        "languages": list(found.languages),
        "records": found.records,
        "faults": found.faults,
        "fault_count": found.fault_count,
        "skipped": found.skipped,
        "notes": found.notes,
    }
