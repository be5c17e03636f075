"""`amts workload`: what the changes of the English book cost translators, with this tool and with others."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from datetime import date
from pathlib import Path

from amts_action.commands.messages import say
from amts_action.commands.options import add_settings, given
from amts_action.errors import InputError

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_settings(parser, "source", "source_path", "source_lang", "head", "paths", "exclude", "prices")
    parser.add_argument("--since", metavar="DAY", help="first day that counts, as 2021-01-31")
    parser.add_argument("--until", metavar="DAY", help="last day that counts")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the months there, a line each")
    parser.add_argument("--chart", type=Path, metavar="FILE", help="write a chart there, as SVG")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the machine-readable result there")


def run(options: argparse.Namespace) -> int:
    """Measures; 0, or 1 when a version of a document could not be read."""
    from amts_action.documents.files import write_file
    from amts_action.engines.service.prices import price_of, read_prices
    from amts_action.evaluation.workload_run import workload
    from amts_action.evaluation.workload_tables import as_csv, as_record, as_svg, as_text
    from amts_action.git.repository import Repository
    from amts_action.merging.plan_json import as_json
    from amts_action.settings import load

    cache, token = os.environ.get("AMTS_CACHE_DIR"), os.environ.get("AMTS_SOURCE_TOKEN") or os.environ.get("AMTS_TOKEN")
    settings = load(environ=os.environ, arguments=given(options))
    if not settings.source:
        raise InputError("not given", where="--source", mend="give a folder or an address of a git repository")
    source = Repository.open(settings.source, cache_dir=Path(cache) if cache else None, token=token)
    found = workload(
        source,
        prefix=settings.source_path,
        head=settings.head or "HEAD",
        globs=settings.paths,
        exclude=settings.exclude,
        since=_day(options.since, "--since"),
        until=_day(options.until, "--until"),
        lang=settings.source_lang,
    )
    own = read_prices(settings.prices)
    names = dict.fromkeys([*own, "amazon-translate", "amazon-translate-batch:parallel-data"])
    prices = {name: price for name in names if (price := price_of(name, own)) is not None}
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    sys.stdout.write(as_text(found.months, prices, width=width))
    if options.csv:
        write_file(options.csv, as_csv(found.months).encode())
    if options.chart:
        write_file(options.chart, as_svg(found.months).encode())
    if options.json:
        status = {"version": 1, "status": "partial" if found.problems else "done", "problems": found.problems}
        write_file(options.json, as_json({**status, **as_record(found.months, prices)}))
    for problem in found.problems:
        say(problem)
    say(f"{found.commits:,} commits, {found.documents:,} documents")
    return 1 if found.problems else 0


def _day(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{text[:40]!r} is no day", where=option, mend="write it as 2021-01-31") from error
