"""`amts corpus`: sentence pairs from two folders of documents that are translations of each other."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from amts_action.commands.messages import say
from amts_action.commands.options import add_settings, given

if TYPE_CHECKING:
    from amts_action.corpora.run import CorpusJob, CorpusOutcome
    from amts_action.training.export import Report

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    load = actions.add_parser(
        "fetch", help="fetch pages into a folder: politely, one request at a time", allow_abbrev=False
    )
    load.add_argument(
        "addresses", nargs="+", metavar="ADDRESS", help="pages, sitemaps (.xml), or files with one of them a line"
    )
    load.add_argument("-o", "--output", type=Path, metavar="DIR", required=True, help="where the pages go, by host")
    load.add_argument("--delay", type=float, metavar="SECONDS", default=1.0, help="between two requests (1)")
    load.add_argument("--most", type=int, metavar="N", default=10_000, help="pages at most (10000)")
    load.add_argument("--size", type=int, metavar="BYTES", default=5_000_000, help="of a page at most (5000000)")
    load.add_argument("--json", type=Path, metavar="FILE", help="write the machine-readable result there")
    find = actions.add_parser(
        "match", help="list which documents belong together, and how that was found", allow_abbrev=False
    )
    _add_common(find)
    find.add_argument("-o", "--output", type=Path, metavar="FILE", help="where the list goes, as TSV (standard output)")
    build = actions.add_parser("build", help="match, align, filter, write and check the pairs", allow_abbrev=False)
    _add_common(build)
    build.add_argument("-o", "--output", type=Path, metavar="FILE", required=True, help="where the pairs go")
    build.add_argument(
        "--format", choices=("csv", "tsv", "tmx"), help="the format; by the name of --output when not given"
    )
    build.add_argument(
        "--granularity", choices=("block", "sentence"), default="sentence", help="what a pair is (sentence)"
    )
    build.add_argument(
        "--least-confidence", type=float, metavar="N", default=0.9, help="of an alignment, from 0 to 1 (0.9)"
    )
    build.add_argument(
        "--rejected", type=Path, metavar="FILE", help="write the rejected pairs with the reason there (TSV)"
    )


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source_dir", type=Path, metavar="SOURCE_DIR", help="a folder of HTML, markdown or text documents"
    )
    parser.add_argument(
        "target_dir", type=Path, metavar="TARGET_DIR", help="one of their translations; may be the same"
    )
    add_settings(parser, "source_lang", "target_lang", "paths", "exclude")
    parser.add_argument(
        "--keyword",
        action="append",
        default=[],
        metavar="WORDS",
        help="only documents on this subject, by their title or text; may be given several times, in both languages",
    )
    parser.add_argument(
        "--keyword-count", type=int, metavar="N", default=3, help="occurrences in the text that make a subject (3)"
    )
    parser.add_argument(
        "--workers", type=int, metavar="N", help="processes; as many as there are processors if not given"
    )
    parser.add_argument("--scheduler", default="", metavar="ADDRESS", help="use a dask cluster: tcp://HOST:PORT")
    parser.add_argument(
        "--work-dir",
        type=Path,
        metavar="DIR",
        help="keep what is worked out there; else beside --output until it is done",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the machine-readable result there")


def run(options: argparse.Namespace) -> int:
    """Matches or builds; 0, or 1 when a document could not be read."""
    from tempfile import TemporaryDirectory

    from amts_action.corpora.run import as_tsv, build, find
    from amts_action.documents.files import write_file
    from amts_action.merging.plan_json import as_json
    from amts_action.training.validate import format_of

    if options.action == "fetch":
        return _fetch(options)
    if options.action == "build":
        options.format = options.format or format_of(options.output)
        job = _job(options, options.work_dir or options.output.with_name(f"{options.output.name}.work"))
        report, found = build(job, options.output, options.format, rejected=options.rejected, tell=say)
        sys.stderr.write(_told(report))
        result = {**report.as_dict(), **found.as_dict(), "documents_aligned": report.documents}
    else:
        with TemporaryDirectory(prefix="amts-") as scratch:
            pairs, found = find(_job(options, options.work_dir or Path(scratch)))
        data = as_tsv(pairs)
        if options.output:
            write_file(options.output, data)
        else:
            sys.stdout.buffer.write(data)
        result = found.as_dict()
    if options.json:
        write_file(options.json, as_json(result))
    _tell(found)
    return 1 if found.problem_count else 0


def _fetch(options: argparse.Namespace) -> int:
    """Fetches pages; 0, or 1 when one could not be had."""
    from amts_action.corpora.fetching import fetch
    from amts_action.documents.files import write_file
    from amts_action.errors import InputError
    from amts_action.merging.plan_json import as_json

    if options.delay < 0 or options.most < 1 or options.size < 1:
        raise InputError("out of range", where="--delay, --most, --size", mend="give numbers above 0")
    done = fetch(options.addresses, options.output, delay=options.delay, most=options.most, size=options.size, tell=say)
    for problem in done.problems:
        say(problem)
    twice = f", {len(done.same)} addresses of pages that are there from another" if done.same else ""
    say(f"{len(done.pages)} pages in {options.output}, {len(done.problems)} not fetched{twice}")
    if options.json:
        status = "partial" if done.problems else "done"
        record = {
            "version": 1,
            "status": status,
            "pages": sorted(done.pages),
            "problems": done.problems,
            "same": done.same,
        }
        write_file(options.json, as_json(record))
    return 1 if done.problems else 0


def _job(options: argparse.Namespace, work_dir: Path) -> CorpusJob:
    from amts_action.corpora.matching.scan import Folders
    from amts_action.corpora.model import CorpusRequest
    from amts_action.corpora.run import CorpusJob
    from amts_action.errors import InputError
    from amts_action.settings import load
    from amts_action.training.filters import Limits

    settings = load(environ=os.environ, arguments=given(options))
    if not settings.target_lang:
        raise InputError("the language of the translation is not known", where="--target-lang", mend="give its code")
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if options.workers is not None and options.workers < 1:
        raise InputError("at least one is needed", where="--workers")
    if options.keyword_count < 1 or not all(k.strip() for k in options.keyword):
        raise InputError("give words and a count of at least 1", where="--keyword")
    is_build = options.action == "build"
    return CorpusJob(
        Folders(options.source_dir, options.target_dir),
        CorpusRequest(
            settings.source_lang,
            settings.target_lang,
            options.granularity if is_build else "sentence",
            Limits(least_confidence=options.least_confidence, delimited=options.format != "tmx")
            if is_build
            else Limits(),
            tuple(options.keyword),
            options.keyword_count,
        ),
        work_dir,
        paths=settings.paths,
        exclude=settings.exclude,
        scheduler=options.scheduler,
        workers=options.workers or workers,
        keep=options.work_dir is not None,
    )


def _told(report: Report) -> str:
    """What became of the pairs, for people."""
    counts = f"{report.documents} pairs of documents, {report.pairs} pairs, {report.accepted} accepted"
    lines = [
        f"{counts}, {report.records} records in {', '.join(report.languages)}, {report.bytes} bytes",
        *(f"  {count:6} rejected: {reason}" for reason, count in report.rejected.items() if count),
    ]
    return "\n".join(lines) + "\n"


def _tell(found: CorpusOutcome) -> None:
    """What became of the documents, for people."""
    how = ", ".join(f"{count} by {name}" for name, count in found.matched.items() if count) or "none"
    here, there = found.documents
    sys.stderr.write(
        f"{here} and {there} documents, paired: {how}; alone: {found.unmatched[0]} and {found.unmatched[1]}\n"
    )
    for count, what in (
        (found.not_wanted, "pairs not on the subject, or excluded"),
        (found.other_language, "documents in other languages"),
        (found.unlike, "pairs of documents that are no translations of each other; none of their text is taken"),
    ):
        if count:
            sys.stderr.write(f"  {count:6} {what}\n")
    for problem in found.problems:
        say(problem)
    if found.problem_count > len(found.problems):
        say(f"and {found.problem_count - len(found.problems)} more documents")
