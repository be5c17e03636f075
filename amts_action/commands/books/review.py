"""`amts review apply`: what was decided on the review page, carried out without a server."""

from __future__ import annotations

import argparse
from pathlib import Path

from amts_action.commands.messages import say
from amts_action.commands.options import write_json

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    apply = actions.add_parser("apply", help="put what was decided into the translation", allow_abbrev=False)
    apply.add_argument("file", type=Path, metavar="FILE", help="what the review page has saved: patch or decisions")
    apply.add_argument("--target", type=Path, default=Path(), metavar="DIR", help="the translated book (here)")
    apply.add_argument("--branch", default="", metavar="NAME", help="branch that gets the commit (the reviewed one)")
    apply.add_argument("--author", default="", metavar="WHO", help="'Name <mail>' of the commit (git's user)")
    apply.add_argument("--output-dir", type=Path, metavar="DIR", help="write the changed files there, commit nothing")
    apply.add_argument("--json", type=Path, metavar="FILE", help="write the machine-readable result there")


def run(options: argparse.Namespace) -> int:
    """Carries out a review; 0 when all of it could be, 1 when something was left out."""
    from amts_action.documents.files import read_given
    from amts_action.exchange.review import into_branch, into_files
    from amts_action.exchange.review_file import read_review
    from amts_action.git.repository import Repository

    review = read_review(read_given(options.file, "save one on the review page"), where=str(options.file))
    branch = options.branch or review.branch
    if branch:
        told = {"branch": branch, "author": options.author, "output": options.output_dir}
        done = into_branch(review, Repository.open(str(options.target)), **told)
    else:
        done = into_files(review, options.target, output=options.output_dir)
    record = {"commit": done.commit, "files": sorted(done.edits), "counts": dict(done.counts)}
    record |= {"refused": list(done.refused), "remarks": list(done.remarks)}
    write_json(options, record)
    for line in done.refused:
        say(f"left out: {line}")
    for line in done.remarks:
        say(f"put in, but look: {line}")
    words = {"accept": "accepted", "edit": "edited", "reject": "taken back", "comment": "only commented"}
    talk = ", ".join(f"{done.counts[verb]} {word}" for verb, word in words.items() if done.counts[verb])
    where = f"commit {done.commit[:12]} on {branch}" if done.commit else f"{len(done.edits)} files written"
    say(f"{where if done.edits else 'nothing to write'}: {talk or 'nothing was decided'}")
    return 1 if done.refused else 0
