"""`amts memory`: builds, searches and shows the translation memory."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amts_action.commands.options import add_settings, open_from, write_json
from amts_action.settings import Group

if TYPE_CHECKING:
    from amts_action.memory.lookup import MemoryMatch

__all__ = ["add_options", "default_path", "run"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    build = actions.add_parser("build", help="bring the memory up to date with a book", allow_abbrev=False)
    add_settings(build, Group.BOOKS)
    build.add_argument(
        "--granularity", choices=("sentence", "block", "both"), default="both", help="what a pair is (both)"
    )
    search = actions.add_parser("search", help="look up a text", allow_abbrev=False)
    search.add_argument("text", metavar="TEXT", help="the text, as it is written in the source")
    search.add_argument(
        "--before", metavar="TEXT", help="the sentence or block before it; empty at the document's start"
    )
    search.add_argument("--after", metavar="TEXT", help="the sentence or block after it; empty at the document's end")
    search.add_argument("--source-lang", default="", metavar="LANG", help="language of TEXT, when there are several")
    search.add_argument("--target-lang", default="", metavar="LANG", help="wanted language, when there are several")
    search.add_argument("--least", type=int, default=75, metavar="N", help="least score, 1 to 101 (75)")
    search.add_argument("--limit", type=int, default=5, metavar="N", help="greatest number of matches (5)")
    status = actions.add_parser("status", help="say what is in the memory", allow_abbrev=False)
    for sub in (build, search, status):
        sub.add_argument(
            "--memory", dest="memory_file", type=Path, metavar="FILE", help="the memory (.amts/memory.sqlite)"
        )
        sub.add_argument("--json", type=Path, metavar="FILE", help="write the machine-readable result there")


def default_path() -> Path:
    """Where the memory is when nobody says: in the folder for what can be made again, else below this folder."""
    cache = os.environ.get("AMTS_CACHE_DIR")
    return Path(cache) / "memory.sqlite" if cache else Path(".amts") / "memory.sqlite"


def run(options: argparse.Namespace) -> int:
    """Does the action; `build`: 1 when a document could not be used; `search`: 1 when nothing was found."""
    path = options.memory_file or default_path()
    return {"build": _build, "search": _search, "status": _status}[options.action](options, path)


def _build(options: argparse.Namespace, path: Path) -> int:
    from amts_action.runs.memory.fill import fill_memory

    books = open_from(options)
    _keep_out_of_git(path)
    done = fill_memory(books, path, granularity=options.granularity)
    write_json(options, {"status": "partial" if done.problems else "done", "memory": str(path), **asdict(done)})
    sys.stderr.write(
        f"{done.documents} documents; {done.changed} changed, {done.removed} removed; "
        f"{done.pairs} pairs made, {done.skipped} left out\n"
    )
    for problem in (*done.problems, *books.notes):
        sys.stderr.write(f"amts: {problem}\n")
    return 1 if done.problems else 0


def _keep_out_of_git(path: Path) -> None:
    """The folder `.amts` of a work tree holds records to be committed; the memory beside them is not."""
    ignore = path.parent / ".gitignore"
    if path.parent.name == ".amts" and not ignore.exists():
        from amts_action.documents.files import write_file

        write_file(ignore, f"/{path.name}*\n/.gitignore\n".encode())


def _search(options: argparse.Namespace, path: Path) -> int:
    from amts_action.errors import InputError
    from amts_action.memory.lookup import look_up
    from amts_action.memory.store import Memory

    if not 1 <= options.least <= 101 or options.limit < 1:
        raise InputError("out of range", where="--least, --limit", mend="give 1 to 101, and at least 1")
    with Memory.open(path) as memory:
        matches = look_up(
            memory,
            options.text,
            **_languages(options, memory.status()),
            before=options.before,
            after=options.after,
            least=options.least,
            limit=options.limit,
        )
    write_json(options, {"text": options.text, "matches": [_as_dict(match) for match in matches]})
    for match in matches:
        entry, origin = match.row.entry, match.row.provenance
        shown = match.text or " ".join(entry.target.split())
        place = f"{origin.target_path}, block {entry.block}, {entry.origin}"
        sys.stdout.write(f"{match.score:3}  {shown}\n     {' '.join(entry.source.split())}\n     {place}\n")
    return 0 if matches else 1


def _languages(options: argparse.Namespace, counts: Any) -> dict[str, str]:
    """The pair of languages to search: the only one that fits what was asked for."""
    from amts_action.errors import InputError

    wanted = options.source_lang, options.target_lang
    found = [(c.source_lang, c.target_lang) for c in counts]
    found = [pair for pair in found if all(w in ("", lang) for w, lang in zip(wanted, pair, strict=True))]
    if len(found) != 1:
        what = "the memory has several pairs of languages" if found else "the memory has no such pair of languages"
        raise InputError(what, where="--source-lang, --target-lang", mend="`amts memory status` lists them")
    return {"source_lang": found[0][0], "target_lang": found[0][1]}


def _as_dict(match: MemoryMatch) -> dict[str, object]:
    entry = asdict(match.row.entry)
    for name in ("before", "after"):
        del entry[name]
    return {"score": match.score, "text": match.text, **entry, "provenance": asdict(match.row.provenance)}


def _status(options: argparse.Namespace, path: Path) -> int:
    from amts_action.memory.store import Memory

    with Memory.open(path) as memory:
        counts = memory.status()
    size = path.stat().st_size
    write_json(options, {"memory": str(path), "bytes": size, "languages": [asdict(count) for count in counts]})
    sys.stdout.write(f"{path}: {size} bytes\n")
    for c in counts:
        sys.stdout.write(
            f"{c.source_lang} to {c.target_lang}: {c.documents} documents, {c.blocks} pairs of blocks, "
            f"{c.sentences} pairs of sentences, {c.machine} of them written by a machine and merged\n"
        )
    return 0
