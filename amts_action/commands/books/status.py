"""`amts status`: how far every document is behind."""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amts_action.commands.messages import say
from amts_action.commands.options import add_settings, open_from
from amts_action.commands.terminal import columns, state_styles
from amts_action.settings import Group

if TYPE_CHECKING:
    from amts_action.books.books import Books
    from amts_action.reports.table import BlockCount, StatusRow
    from amts_action.runs.planning.job import Job

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_settings(parser, Group.BOOKS)
    parser.add_argument("--all", action="store_true", help="list the documents that are up to date, too")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with a chart over time there")
    parser.add_argument("--review-page", default="", metavar="ADDRESS", help="link pages in review on it there")
    parser.add_argument("--badge", type=Path, metavar="FILE", help="write a badge for a README there, as SVG")
    parser.add_argument("--badge-label", default="translation", metavar="TEXT", help="what the badge says at its left")
    parser.add_argument("--myst", type=Path, metavar="FILE", help="write a plug-in there that notes it in a MyST book")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the machine-readable result there")


def run(options: argparse.Namespace) -> int:
    """Prints a table; 0 when no translated document is behind, not adopted or unreadable, and no new page is due."""
    from amts_action.documents.files import write_file
    from amts_action.merging.plan_json import as_json
    from amts_action.reports.pages.badge import badge, share
    from amts_action.reports.table import BlockCount, status_table
    from amts_action.runs.status import in_review, status_jobs, status_rows

    review_page = _address(options.review_page)
    books = open_from(options).at_default  # what readers see: a proposal counts when it is merged
    waiting = in_review(books)
    jobs = status_jobs(books)
    rows = status_rows(books, jobs)
    total = sum((row.blocks for row in rows), BlockCount())
    record = as_json(_record(books, rows, total, waiting))
    if options.json:
        write_file(options.json, record)
    if options.myst:
        from amts_action.sphinx.mystmd import myst_plugin
        from amts_action.sphinx.notes import folder_in_repository, notes_of_status

        lang, notes = notes_of_status(record, where="status")
        _, folder = folder_in_repository(options.myst.parent)
        write_file(options.myst, myst_plugin(notes, lang, depth=len(folder.parts)).encode())
    if options.badge:
        write_file(options.badge, badge(total, label=options.badge_label).encode("utf-8", "backslashreplace"))
    if options.html:
        made = _page(books, jobs, rows, review_page, waiting).encode("utf-8", "backslashreplace")
        write_file(options.html, made)
        say(f"{options.html}: {len(rows)} documents, {len(made):,} bytes")
    width, styles = columns(sys.stdout), state_styles(sys.stdout)
    sys.stdout.write(status_table(rows, is_whole=options.all, width=width, styles=styles))
    if (percent := share(total)) is not None:
        say(f"{percent} % of {total.total:,} blocks up to date")
    if waiting:
        say(f"+{len(waiting)} page{'' if len(waiting) == 1 else 's'} in review on {books.settings.branch}")
    is_behind = any(row.state in ("behind", "not adopted", "unreadable") for row in rows)
    return 1 if is_behind or any(job.fate == "new" for job in jobs) else 0


def _record(books: Books, rows: list[StatusRow], total: BlockCount, waiting: list[str]) -> dict[str, Any]:
    """For machines, and for the extension of Sphinx."""
    return {
        "version": 1,
        "source": books.source.address,
        "target": books.target.address,
        "target_lang": books.settings.target_lang,
        "head": books.source.commit,
        "blocks": asdict(total),
        "in_review": {"branch": books.settings.branch, "documents": waiting},
        "documents": [asdict(row) for row in rows],
    }


def _address(given: str) -> str:
    """The address of the review page: on the web, or beside the page that links to it.

    Raises:
        InputError: a browser would take it for something else.
    """
    from amts_action.errors import InputError

    if not re.fullmatch(r"(?:https?://[^\s\"'<>#]+|[^\s\"'<>#:]*)", given):
        raise InputError(f"{given[:60]!r} is no address", where="--review-page", mend="write https://… or a file name")
    return given


def _page(books: Books, jobs: list[Job], rows: list[StatusRow], review_page: str, waiting: list[str]) -> str:
    from datetime import UTC, datetime

    from amts_action.reports.pages.dashboard import Dashboard, dashboard
    from amts_action.runs.progress import progress

    today, months = datetime.now(UTC).date(), tuple(progress(books, jobs))
    names = books.source.address, books.target.address, books.settings.target_lang
    shown = Dashboard(*names, books.source.commit, today, tuple(rows), months, review_page, frozenset(waiting))
    return dashboard(shown)
