"""`amts check`: the ledger and the structural differences of a document and its translation, or of a whole book."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from amts_action.commands.messages import say
from amts_action.commands.options import add_settings, open_from, settings_from, write_json
from amts_action.errors import InputError
from amts_action.settings import Group

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument(
        "source", metavar="SOURCE", nargs="?", help="the English document; with --book the English book"
    )
    parser.add_argument("target", metavar="TARGET", nargs="?", help="its translation")
    held = "name what people's sentences OUT, made of the other three, has no more although their English stands"
    parser.add_argument("--conservation", nargs=4, metavar=("BASE", "HEAD", "TARGET", "OUT"), help=held)
    beside = "compare each FILE with the English beside it (NAME_origin.md); files without one are left out"
    parser.add_argument("--origin", nargs="+", metavar="FILE", help=beside)
    about = "convert every changed page of a d2lbook to its notebooks, which must have the same code as the English"
    parser.add_argument("--book", action="store_true", help=about)
    add_settings(parser, Group.BOOKS, without=("source", "target"))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the machine-readable result there")


def run(options: argparse.Namespace) -> int:
    """Prints every difference; 0 when there is none, 1 otherwise."""
    if options.conservation:
        return _check_conservation(options)
    if options.origin:
        return _check_origins(options)
    if not options.source or not options.target:
        raise InputError("give SOURCE and TARGET, --origin FILE or --conservation BASE HEAD TARGET OUT", where="check")
    return _check_book(options) if options.book else _check_document(options)


def _check_conservation(options: argparse.Namespace) -> int:
    from amts_action.documents.files import check_format, read_document
    from amts_action.merging.checking.conservation import leaving
    from amts_action.reports.escape import terminal_text

    name = options.conservation[2]
    for path in options.conservation:
        check_format(path)
    texts = [read_document(Path(path)) for path in options.conservation]
    settings = settings_from(options)
    languages = {"source_lang": settings.source_lang, "target_lang": settings.target_lang}
    found = leaving(*texts, name=name, **languages)
    write_json(options, {"leaving": [asdict(one) for one in found]})
    broken = [one for one in found if one.is_broken]
    for one in broken:
        sys.stdout.write(f"{terminal_text(one.text)}\t{terminal_text(' '.join(one.english.split()))}\n")
    say(f"{name}: {len(found)} texts of people go, {len(broken)} of them although their English stands")
    return 1 if broken else 0


def _check_origins(options: argparse.Namespace) -> int:
    """Compares pages of one book, as a hook before a commit does; prints `FILE:LINE:LINE: DIFFERENCE`."""
    from amts_action.api import check
    from amts_action.reports.escape import terminal_text

    suffix = settings_from(options).origin_suffix
    pages = [(page, page.with_name(f"{page.stem}{suffix}{page.suffix}")) for page in map(Path, options.origin)]
    pages = [(page, origin) for page, origin in pages if origin.is_file()]
    count = 0
    for page, origin in pages:
        for line in check(origin, page).lines():
            count += 1
            sys.stdout.write(f"{terminal_text(f'{page}:{line}')}\n")
    say(f"{len(pages)} pages compared with the English beside them, {count} differences")
    return 1 if count else 0


def _check_document(options: argparse.Namespace) -> int:
    from amts_action.api import check
    from amts_action.documents.files import check_format, read_document, write_file
    from amts_action.merging.plan_json import as_json
    from amts_action.reports.escape import terminal_text

    check_format(options.target)
    texts = read_document(Path(options.source)), read_document(Path(options.target))
    found = check(*texts, name=options.target)
    doubts = _doubts(options, *texts)
    if options.json:
        write_file(options.json, as_json({**found.as_json(), **({"doubtful": doubts} if doubts else {})}))
    for line in [*found.lines(), *(f"doubtful: {doubt['why']}: {doubt['target']}" for doubt in doubts)]:
        sys.stdout.write(f"{terminal_text(line)}\n")
    counts = json.dumps(found.ledger, sort_keys=True)
    say(f"{options.target}: {len(found.differences)} differences; {counts}")
    return 1 if found.differences else 0


def _doubts(options: argparse.Namespace, source: str, target: str) -> list[dict[str, str]]:
    """What the gate would not expect of people, block by block; nothing when the language is not given.

    The document itself teaches what is usual, so of a short one only what needs no learning is seen.
    """
    settings = settings_from(options)
    if not settings.target_lang or settings.gate == "off":
        return []
    from amts_action.api import pairs
    from amts_action.engines.gate.learn import learn_gate
    from amts_action.merging.options import MergeOptions

    here, there = settings.source_lang, settings.target_lang
    told = MergeOptions(source_lang=here, target_lang=there)
    known = pairs(source, target, told, granularity="block", name=options.target)
    gate = learn_gate([(pair.source, pair.target) for pair in known], source_lang=here, target_lang=there)
    out = []
    for pair in known:
        if pair.source != pair.target and (faults := gate.judge(pair.source, pair.target)):
            why = "; ".join(fault.text for fault in faults)
            out.append({"source": pair.source, "target": pair.target, "why": why})
    return out


def _check_book(options: argparse.Namespace) -> int:
    from amts_action.reports.escape import terminal_text
    from amts_action.runs.check import check_book

    found = list(check_book(open_from(options)))
    write_json(options, {"documents": [page._asdict() for page in found]})
    for page in found:
        if page.differences:
            line = f"{page.path}: {'; '.join(page.differences)}"
            sys.stdout.write(f"{terminal_text(line)}\n")
        if page.skipped:
            say(f"{page.path}: not checked: {page.skipped}")
    wrong, skipped = sum(bool(page.differences) for page in found), sum(bool(page.skipped) for page in found)
    say(f"{len(found) - skipped} pages converted, {wrong} with differences")
    return 1 if wrong else 0
