"""`amts import`: reviewed texts, back from a translation tool, into the pages of our branch."""

from __future__ import annotations

import argparse
import os
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amts_action.commands.messages import say
from amts_action.commands.options import write_json

if TYPE_CHECKING:
    from amts_action.exchange.units import ReviewedText
    from amts_action.git.repository import Repository

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the reviewed XLIFF or TMX file")
    parser.add_argument("--target", default=".", metavar="DIR|URL", help="the translated book (the current folder)")
    parser.add_argument("--branch", metavar="BRANCH", help="the branch that was reviewed (amts/LANG)")
    parser.add_argument("--output-dir", type=Path, metavar="DIR", help="write the pages there instead of committing")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the machine-readable result there")


def run(options: argparse.Namespace) -> int:
    """Commits the texts to the branch, as you; 0 when all of them went in, 1 when some were left."""
    from amts_action.books.opening import branch_commit
    from amts_action.documents.files import write_file
    from amts_action.errors import InputError
    from amts_action.exchange.taking_in import take_in
    from amts_action.git.repository import Repository

    lang, texts, wrong = _read(options.file)
    branch = options.branch or f"amts/{lang}"
    cache = os.environ.get("AMTS_CACHE_DIR")
    target = Repository.open(
        options.target, cache_dir=Path(cache) if cache else None, token=os.environ.get("AMTS_TOKEN")
    )
    if options.output_dir is None:
        target.check_branch(branch)
    start = branch_commit(target, branch)
    if not start:
        raise InputError(
            f"there is no branch {branch}", where=options.target, mend="name the reviewed one with --branch"
        )
    edits, fates = take_in(_pages(target, start, {text.path for text in texts}), texts)
    for line in wrong:
        say(f"{line}: left as it is")
    for fate in fates:
        if fate.what == "left":
            say(f"{fate.path}{f': {fate.place}' if fate.place else ''}: left as it is: {fate.why}")
    counts = Counter(fate.what for fate in fates)
    files: Mapping[str, bytes] = {path: text.encode("utf-8", "surrogateescape") for path, text in edits.items()}
    if options.output_dir is not None:
        for path, data in files.items():
            write_file(options.output_dir / path, data)
        where = f"{len(files)} files in {options.output_dir}"
    else:
        where = _committed(target, branch, start, files, counts["taken"])
    left = counts["left"] + len(wrong)
    rows = [fate._asdict() for fate in fates]
    write_json(options, {"texts": rows, "unreadable": wrong})
    say(f"{counts['taken']} texts taken, {counts['unchanged']} unchanged, {left} left: {where}")
    return int(left > 0)


def _read(file: Path) -> tuple[str, list[ReviewedText], list[str]]:
    """Language, texts, and what cannot be taken, of either format."""
    from amts_action.errors import InputError
    from amts_action.exchange.tmx import read_tmx
    from amts_action.exchange.xliff import read_xliff
    from amts_action.exchange.xml_files import MOST_BYTES, local_name, parse_xml

    where = str(file)
    if not file.is_file():
        raise InputError("no such file", where=where, mend="give the file that the tool saved")
    with file.open("rb") as stream:
        root: Any = parse_xml(stream.read(MOST_BYTES + 1), where=where)
    name = local_name(root)
    if name not in ("xliff", "tmx"):
        raise InputError("neither XLIFF nor TMX", where=where, mend="give the file that `amts export` wrote, reviewed")
    lang, texts, wrong = read_xliff(root, where=where) if name == "xliff" else read_tmx(root)
    if not texts and not wrong:
        raise InputError("holds no text of `amts export`", where=where, mend="have the tool keep the ids of units")
    if not re.fullmatch(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*", lang):
        raise InputError("does not say its language", where=where, mend="have the tool keep the languages")
    return lang, texts, wrong


def _pages(target: Repository, commit: str, paths: set[str]) -> dict[str, str]:
    """The pages of a commit that are there and can be read."""
    from amts_action.documents.files import SUFFIXES, decode

    tree = target.tree(commit)
    known = {path for path in paths if path.lower().endswith(SUFFIXES) and path in tree}
    oids = {path: tree[path].oid for path in sorted(known) if tree[path].mode.startswith("100")}
    blobs = target.blobs(oids.values())
    return {path: decode(blobs[oid], where=path) for path, oid in oids.items()}


def _committed(target: Repository, branch: str, start: str, files: Mapping[str, bytes], count: int) -> str:
    from amts_action.git.authors import at_work

    if not files:
        return "nothing to commit"
    commit = target.commit(branch, start, files, f"Take in {count} reviewed texts\n", at_work(target))
    if target.is_clone:
        target.push(branch)
    return f"commit {commit[:12]} on {branch}"
