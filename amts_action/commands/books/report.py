"""`amts report`: the page of a run, made again from its data."""

from __future__ import annotations

import argparse
from pathlib import Path

from amts_action.commands.messages import say

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("data", type=Path, metavar="RUN", help="the folder of a run's reports, or its report.json")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where it goes (report.html beside it)")
    parser.add_argument("--terminology", type=Path, metavar="FILE", help="a glossary whose terms are shown")
    parser.add_argument("--source-lang", default="en", metavar="LANG", help="language of the book's source (en)")


def run(options: argparse.Namespace) -> int:
    """Writes the page."""
    from amts_action.documents.files import write_file
    from amts_action.reports.pages.page import page
    from amts_action.reports.stored import load_from

    data, report = load_from(options.data)
    made = page(report, terms=_terms(options, report.target_lang)).encode("utf-8", "backslashreplace")
    output = options.output or data.with_name("report.html")
    write_file(output, made)
    say(f"{output}: {len(report.documents)} documents, {len(made):,} bytes")
    return 0


def _terms(options: argparse.Namespace, target_lang: str) -> list[tuple[str, str]]:
    from amts_action.documents.files import read_given
    from amts_action.training.terminology import read_glossary

    path: Path | None = options.terminology
    if path is None:
        return []
    data = read_given(path, "give the glossary")
    found = read_glossary(data, where=str(path), source_lang=options.source_lang, target_lang=target_lang)
    return [(term.source, term.target) for term in found]
