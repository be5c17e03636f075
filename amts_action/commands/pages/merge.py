"""`amts merge`: one document, three files in, one out."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from amts_action.commands.messages import say
from amts_action.commands.options import add_settings, settings_from
from amts_action.settings import Group

if TYPE_CHECKING:
    from amts_action.merging.document import Result

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("base", type=Path, metavar="BASE", help="the English that the translation was made from")
    parser.add_argument("head", type=Path, metavar="HEAD", help="the new English")
    parser.add_argument("target", type=Path, metavar="TARGET", help="the present translation")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT", help="where the new translation goes"
    )
    parser.add_argument("--report", "--json", type=Path, metavar="FILE", help="write plan.json there")
    parser.add_argument("--page", type=Path, metavar="FILE", help="write the review page there")
    parser.add_argument("--source-lang", default="en", metavar="LANG", help="language of BASE and HEAD (en)")
    parser.add_argument("--target-lang", required=True, metavar="LANG", help="language of TARGET")
    parser.add_argument("--fill-missing", action="store_true", help="translate blocks that TARGET never had, too")
    add_settings(parser, Group.ENGINE, "small_changes")


def run(options: argparse.Namespace) -> int:
    """Merges; 0 when everything was delivered, 1 when something is owed, flagged as not delivered or in conflict."""
    from amts_action.api import merge
    from amts_action.documents.files import check_format, read_document, write_file
    from amts_action.merging.options import MergeOptions
    from amts_action.merging.plan_json import as_json, plan_record
    from amts_action.runs.engine_setup import engine_settings

    check_format(str(options.target))
    for path in (options.base, options.head):
        check_format(str(path), sure=False)
    settings = settings_from(options)
    ledger: Counter[str] = Counter()
    asked = MergeOptions(
        options.source_lang,
        options.target_lang,
        options.fill_missing,
        small_changes=settings.small_changes == "keep",
        language_keys=settings.language_keys,
    )
    texts = [read_document(path) for path in (options.base, options.head, options.target)] if options.page else []
    result = merge(
        options.base,
        options.head,
        options.target,
        asked,
        engine=settings.engine,
        settings=engine_settings(settings, pairs=tuple, report=say),
        ledger=ledger,
    )
    write_file(options.output, result.text.encode("utf-8"))
    if options.report:
        record = plan_record(result, source=str(options.head), target=str(options.target))
        record["engine"] = {"name": settings.engine, "ledger": {k: v for k, v in sorted(ledger.items()) if v}}
        write_file(options.report, as_json(record))
    if options.page:
        _write_page(options, result, texts, settings.engine)
    counts: dict[str, int] = {}
    for entry in result.entries:
        counts[entry.action] = counts.get(entry.action, 0) + 1
    talk = ", ".join(f"{n} {action}" for action, n in sorted(counts.items()))
    say(f"{options.output}: {result.status}: {talk or 'no blocks'}")
    return 0 if result.status == "done" else 1


def _write_page(options: argparse.Namespace, result: Result, texts: Sequence[str], engine: str) -> None:
    from amts_action.documents.files import write_file
    from amts_action.reports.pages.page import page
    from amts_action.reports.single import one_document

    base, head, target = texts
    shown = one_document(
        result,
        base=base,
        head=head,
        target=target,
        source=str(options.head),
        output=options.output,
        target_lang=options.target_lang,
        engine=engine,
    )
    write_file(options.page, page(shown).encode("utf-8", "backslashreplace"))
    say(f"page: {options.page}")
