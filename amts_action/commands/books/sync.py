"""`amts sync`: the main job over two repositories, or two folders of one."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from amts_action.commands.messages import say
from amts_action.commands.options import add_settings, open_from
from amts_action.commands.parser import rare
from amts_action.errors import AmtsError, InputError
from amts_action.processes import side_by_side
from amts_action.runs.report_place import check_report_place
from amts_action.settings import Group

if TYPE_CHECKING:
    from amts_action.books.books import Books
    from amts_action.runs.run import Run

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_settings(parser, *Group)
    parser.add_argument("--dry-run", action="store_true", help="only plan: nothing is sent, nothing is written")
    parser.add_argument(
        "--pull-request",
        action="store_true",
        help="commit on GitHub, and open, update or close the pull request; the token is AMTS_TOKEN",
    )
    parser.add_argument("--report-dir", type=Path, metavar="DIR", help="where the reports go")
    rare(parser.add_argument("--output-dir", type=Path, metavar="DIR", help="write the files there, commit nothing"))
    rare(parser.add_argument("--json", type=Path, metavar="FILE", help="write the machine-readable result there"))


def run(options: argparse.Namespace) -> int:
    """Plans, translates, merges, checks and commits; 0 done, 1 in part."""
    from amts_action.runs.several import languages_of

    langs = languages_of(options.target_lang or os.environ.get("AMTS_TARGET_LANG", ""))
    if len(langs) > 1:
        return _several(options, langs)
    return _one(options, say)


def _several(options: argparse.Namespace, langs: Sequence[str]) -> int:
    """A run for each language, side by side, each with its own branch and pull request; what fails stops no other."""
    from amts_action.runs.several import exit_code_of, may_share, send_together

    each = {lang: _for_language(options, lang) for lang in langs}
    opened = {lang: open_from(one) for lang, one in each.items()}
    if not options.dry_run and may_share(opened):
        found = {lang: _ready(each[lang], one) for lang, one in opened.items()}
        send_together({lang: one for lang, one in found.items() if one is not None}, report=say)

    def run_one(lang: str) -> int:
        def tell(line: str) -> None:
            say(f"{lang}: {line}")

        try:
            return _one(each[lang], tell)
        except AmtsError as error:
            tell(str(error))
            return error.exit_code

    codes = dict(side_by_side(run_one, langs, at_once=1 if options.dry_run else len(langs)))
    return exit_code_of(list(codes.values()))


def _ready(options: argparse.Namespace, books: Books) -> Books | None:
    """The books as the run of one language will have them; None when it may not deliver, which it will say itself."""
    from amts_action.runs.run import on_top_of_default

    try:
        if options.report_dir is not None:
            check_report_place(options.report_dir, where="--report-dir")
        if options.pull_request:
            from amts_action.publishing.deliver import ready
            from amts_action.publishing.publish import Client, hub_of

            return ready(books, Client(hub_of(books.target.address, os.environ.get("AMTS_TOKEN", ""), os.environ)))
        return books if options.output_dir is not None else on_top_of_default(books)
    except AmtsError:
        return None


def _for_language(options: argparse.Namespace, lang: str) -> argparse.Namespace:
    """The options of one language: `{target_lang}` in texts is the language, and files get folders of their own."""
    out = argparse.Namespace(**vars(options))
    for name in ("target", "target_path", "target_suffix", "branch"):
        value = getattr(options, name)
        setattr(out, name, value.replace("{target_lang}", lang) if value else value)
    out.target_lang = lang
    for name in ("output_dir", "report_dir"):
        folder = getattr(options, name)
        setattr(out, name, folder / lang if folder else None)
    out.json = options.json.with_name(f"{options.json.stem}.{lang}{options.json.suffix}") if options.json else None
    return out


def _one(options: argparse.Namespace, say: Callable[[str], None]) -> int:
    """One language."""
    if options.report_dir is not None:
        check_report_place(options.report_dir, where="--report-dir")
    if options.dry_run:
        from amts_action.commands.books.plan import run as run_plan_command

        options.all = False
        return run_plan_command(options)
    from amts_action.runs.deliver import deliver, write_reports
    from amts_action.runs.run import on_top_of_default, run_sync

    if options.pull_request:
        return _publish(options, say)
    books = open_from(options)
    if options.output_dir is None:
        books = on_top_of_default(books)
    done = deliver(run_sync(books, report=say), output_dir=options.output_dir)
    places = write_reports(
        done, report_dir=options.report_dir, json_path=options.json, output_dir=options.output_dir, keep=True
    )
    for line in _talk(done, options.output_dir, places):
        say(line)
    return done.exit_code


def _publish(options: argparse.Namespace, say: Callable[[str], None]) -> int:
    """The same with the result on GitHub: nothing of the target's folder or clone changes but its objects."""
    from amts_action.publishing.deliver import publish_books
    from amts_action.publishing.publish import Client, hub_of
    from amts_action.runs.deliver import write_reports

    if options.output_dir is not None:
        raise InputError("given together with --output-dir", where="--pull-request", mend="choose one of them")
    books = open_from(options)
    hub = hub_of(books.target.address, os.environ.get("AMTS_TOKEN", ""), os.environ)
    run, shown, made = publish_books(books, Client(hub), report=say)
    places = write_reports(run, report_dir=options.report_dir, json_path=options.json, shown=shown, keep=True)
    notes = dict.fromkeys(note for one in made for note in one.notes)
    what = [f"pull request {one.operation}: {one.url}" for one in made if one.number]
    for line in [*_talk(run, None, places), *notes, *(what or ["no pull request: nothing to propose"])]:
        say(line)
    return run.exit_code


def _talk(run: Run, output_dir: Path | None, places: dict[str, Path]) -> list[str]:
    lines = []
    for outcome in run.outcomes:
        if outcome.status == "failed" or (outcome.edits and not outcome.is_quiet):
            message = f": {outcome.job.message}" if outcome.job.message else ""
            lines.append(f"{outcome.job.path}: {outcome.job.fate}, {outcome.status}{message}")
    lines += [f"{o.job.path}: {warning}" for o in run.outcomes for warning in o.warnings]
    lines += [f"cannot merge the default branch: {path}" for path in run.conflicts]
    lines += [line for line in (run.pending, run.failure) if line]
    lines += [*run.companions.lines, *run.companions.flags, *run.books.notes]
    if output_dir is not None:
        where = f"{len(run.edits)} files in {output_dir}"
    elif run.commit:
        where = f"commit {run.commit[:12]} on {run.books.settings.branch}"
    else:
        where = "nothing to commit"
    cost = run.spent.usage.cost
    money = f", {cost:.2f} USD" if cost else ""
    lines.append(f"{run.status}: {where}, {run.characters} characters sent{money}")
    lines += [f"{what}: {path}" for what, path in places.items()]
    if len(places) == 1:
        lines.append(f"nothing new to report: the reports of the last run stay in {places['result'].parent}")
    return lines
