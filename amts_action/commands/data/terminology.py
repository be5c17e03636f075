"""`amts terminology`: proposes a glossary from a translated book, converts glossaries, and checks their use."""

from __future__ import annotations

import argparse
import csv
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from amts_action.commands.data.parallel_data import add_book_options, books_of
from amts_action.commands.options import add_settings, given, write_json

if TYPE_CHECKING:
    from amts_action.memory.harvest import CandidatePair, Granularity
    from amts_action.training.extraction import Proposal
    from amts_action.training.terminology import Term

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    extract = actions.add_parser("extract", help="propose a glossary from a translated book", allow_abbrev=False)
    add_book_options(extract)
    _add_output(extract)
    extract.add_argument("--examples", type=Path, metavar="FILE", help="write counts and examples there (TSV)")
    extract.add_argument("--least-count", type=int, default=2, metavar="N", help="places that a term must have (2)")
    check = actions.add_parser("check", help="list where the agreed terms are not used", allow_abbrev=False)
    add_book_options(check)
    check.add_argument("--terms", type=Path, metavar="FILE", required=True, help="the glossary: CSV, TSV or a list")
    convert = actions.add_parser("convert", help="write a glossary as Amazon Translate's CSV", allow_abbrev=False)
    convert.add_argument("terms", type=Path, metavar="FILE", help="the glossary: CSV, TSV or a list")
    convert.add_argument("--source-lang", default="en", metavar="LANG", help="language of the terms (en)")
    convert.add_argument("--target-lang", required=True, metavar="LANG", help="language of the translations")
    _add_output(convert)
    push = actions.add_parser("push", help="make Amazon Translate know a glossary", allow_abbrev=False)
    push.add_argument("terms", type=Path, metavar="FILE", help="the glossary: CSV, TSV or a list")
    push.add_argument("--name", required=True, metavar="NAME", help="name of the terminology")
    push.add_argument("--source-lang", default="en", metavar="LANG", help="language of the terms (en)")
    push.add_argument("--target-lang", required=True, metavar="LANG", help="language of the translations")
    add_settings(push, "region", "kms_key")
    for action in (extract, check):
        action.add_argument("--json", type=Path, metavar="FILE", help="write the machine-readable result there")


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where the CSV goes (standard output)")


def run(options: argparse.Namespace) -> int:
    """Does the action; 0, or 1 when terms are not used, were left out, or a document could not be read."""
    return {"extract": _extract, "check": _check, "convert": _convert, "push": _push}[options.action](options)


class _BookPairs:
    """The pairs of the books that the options name, all of one target language."""

    def __init__(self, options: argparse.Namespace, granularity: Granularity) -> None:
        from amts_action.settings import load

        self.options, self.granularity = options, granularity
        self.problems: list[str] = []
        self.target_lang = ""
        self.source_lang = load(environ=os.environ, arguments=given(options)).source_lang

    def pairs(self) -> Iterator[CandidatePair]:
        """All pairs, one document after the other."""
        from amts_action.errors import InputError
        from amts_action.training.sources import Source, book_candidates

        books = [Source(*book) for book in books_of(self.options)]
        for lang, found in book_candidates(books, self.granularity, given(self.options), os.environ):
            if lang and self.target_lang not in ("", lang):
                raise InputError(
                    f"{self.target_lang} and {lang} in one glossary", where="--book", mend="give one target language"
                )
            self.target_lang = lang or self.target_lang
            if isinstance(found, str):
                self.problems.append(found)
            else:
                yield from found

    def tell(self) -> None:
        """Says on stderr what could not be read."""
        for problem in self.problems:
            sys.stderr.write(f"amts: {problem}\n")


def _extract(options: argparse.Namespace) -> int:
    from amts_action.documents.files import write_file
    from amts_action.training.extraction import extract
    from amts_action.training.terminology import Term

    book = _BookPairs(options, "sentence")
    found = extract(book.pairs(), least_count=options.least_count)
    terms = [Term(p.source, p.target) for p in found]
    left_out = _write(terms, options.output, book.source_lang, book.target_lang)
    if options.examples:
        write_file(options.examples, _examples(found))
    write_json(options, {"terms": [_as_dict(p) for p in found]})
    book.tell()
    sys.stderr.write(f"{len(found)} terms proposed; read them before you use them\n")
    return 1 if book.problems or left_out else 0


def _as_dict(proposal: Proposal) -> dict[str, object]:
    return {name: getattr(proposal, name) for name in proposal.__dataclass_fields__}


def _examples(found: list[Proposal]) -> bytes:
    out = io.StringIO()
    rows = csv.writer(out, delimiter="\t", lineterminator="\n")
    rows.writerow(["term", "translation", "count", "of", "evidence", "others", "place", "source", "target"])
    for p in found:
        for place, source, target in p.examples or (("", "", ""),):
            rows.writerow([p.source, p.target, p.count, p.total, p.evidence, " ".join(p.others), place, source, target])
    return out.getvalue().encode("utf-8", "backslashreplace")


def _write(terms: list[Term], output: Path | None, source_lang: str, target_lang: str) -> bool:
    """Writes Amazon's CSV; whether something was left out."""
    from amts_action.documents.files import write_file
    from amts_action.errors import InputError
    from amts_action.training.terminology import write_glossary

    if not terms:
        raise InputError("no term found", where="terminology", mend="give a larger book, or a lower --least-count")
    data, problems = write_glossary(terms, source_lang=source_lang, target_lang=target_lang)
    if output:
        write_file(output, data)
    else:
        sys.stdout.write(data.decode())
    for problem in problems:
        sys.stderr.write(f"amts: {problem}\n")
    return bool(problems)


def _terms(path: Path, source_lang: str, target_lang: str) -> list[Term]:
    from amts_action.documents.files import read_given
    from amts_action.training.terminology import read_glossary

    data = read_given(path, "give the glossary")
    return read_glossary(data, where=str(path), source_lang=source_lang, target_lang=target_lang)


def _convert(options: argparse.Namespace) -> int:
    terms = _terms(options.terms, options.source_lang, options.target_lang)
    return 1 if _write(terms, options.output, options.source_lang, options.target_lang) else 0


def _push(options: argparse.Namespace) -> int:
    from amts_action.commands.data.amazon import patience
    from amts_action.engines.aws.clients import client
    from amts_action.engines.aws.terminology import push_terminology
    from amts_action.errors import InputError
    from amts_action.settings import load
    from amts_action.training.terminology import write_glossary

    settings = load(environ=os.environ, arguments={k: v for k, v in given(options).items() if k != "terms"})
    terms = _terms(options.terms, options.source_lang, options.target_lang)
    if not terms:
        raise InputError("no term in it", where=str(options.terms))
    data, problems = write_glossary(terms, source_lang=options.source_lang, target_lang=options.target_lang)
    action, count = push_terminology(
        client("translate", region=settings.region),
        data,
        name=options.name,
        patience=patience(10),
        kms_key=settings.kms_key,
    )
    for problem in problems:
        sys.stderr.write(f"amts: {problem}\n")
    later = "; it may take 10 minutes until it is used" if action == "imported" else ""
    sys.stderr.write(f"terminology {options.name}: {action}, {count} terms{later}\n")
    return 1 if problems else 0


def _check(options: argparse.Namespace) -> int:
    from amts_action.training.usage import misuses

    book = _BookPairs(options, "block")
    pairs = list(book.pairs())
    found = list(misuses(pairs, _terms(options.terms, book.source_lang, book.target_lang)))
    for finding in found:
        sys.stdout.write(f"{finding.place}: {finding.term}: expected {' or '.join(finding.expected)}\n")
    rows = [{name: getattr(f, name) for name in f.__dataclass_fields__} for f in found]
    write_json(options, {"findings": rows})
    book.tell()
    sys.stderr.write(f"{len(found)} places of {len(pairs)} blocks do not use the agreed term\n")
    return 1 if found or book.problems else 0
