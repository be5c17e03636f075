"""`amts init`: finds out what the two books are, writes settings and workflow, and shows what a run would do."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from amts_action.commands.messages import say
from amts_action.commands.options import add_settings, given, write_json
from amts_action.commands.terminal import columns, is_terminal, state_styles
from amts_action.settings import AMTS_TOML, load

if TYPE_CHECKING:
    from amts_action.runs.setup.discover import Discovered
    from amts_action.runs.setup.layout import Layout

__all__ = ["add_options", "run"]

_TICK = "on GitHub tick Settings > Actions > General > Allow GitHub Actions to create and approve pull requests"
_SETTINGS = ("source", "target", "source_path", "target_path", "target_suffix", "source_lang", "target_lang")


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--yes", action="store_true", help="ask nothing")
    parser.add_argument("--force", action="store_true", help="write files anew that are there already")
    parser.add_argument("--commit", action="store_true", help="also commit the two files")
    pin = "what the workflow uses, as the release notes have it"
    parser.add_argument("--action", metavar="OWNER/NAME@COMMIT", default="", help=pin)
    add_settings(parser, *_SETTINGS)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was found there")


def run(options: argparse.Namespace) -> int:
    """Finds, writes, shows."""
    from amts_action.errors import InputError
    from amts_action.git.clone import is_url
    from amts_action.runs.setup.discover import discover, top_of

    arguments = given(options)
    told = load(environ=os.environ, arguments=arguments)
    if is_url(told.target):
        what = "this is an address, and the files have to be written into a folder"
        raise InputError(what, where="--target", mend="clone it, and give that folder or go there")
    target = Path(told.target) if told.target else top_of(Path.cwd())
    is_silent = options.yes or not is_terminal(sys.stdin)
    cache, token = os.environ.get("AMTS_CACHE_DIR"), _token()
    ask = (lambda question: "") if is_silent else _ask
    found = discover(told, target, ask, cache_dir=Path(cache) if cache else None, token=token)
    for line in _facts(found):
        say(line)
    files = _files(found, options.action)
    write_json(options, {**_record(found), "files": sorted(files)})
    written = _write(target, files, options.force)
    if options.commit and written:
        _commit(target, list(files))
    for layout in found.layouts:
        _show(found, layout)
    for line in _next(found, files, options.commit):
        say(line)
    return 0


def _token() -> str:
    return os.environ.get("AMTS_SOURCE_TOKEN") or os.environ.get("AMTS_TOKEN") or ""


def _ask(question: str) -> str:
    """A line from the person at the terminal; empty when there is none."""
    sys.stderr.write(f"amts: {question} ")
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def _facts(found: Discovered) -> list[str]:
    """What was found, one line each."""
    from amts_action.reports.checklist import count

    where = found.address or found.source
    lines = [f"English book: {where + ', ' if where else ''}{found.how}"]
    for layout in found.layouts:
        place = layout.target_path or (f"*{layout.target_suffix}.*" if layout.target_suffix else "")
        parts = [f"translation into {layout.target_lang}", *([f"in {place}"] if place else [])]
        parts += [f"from {layout.source_path}"] if layout.source_path else []
        parts += [f"{count(layout.pages, 'page')} in both" if layout.pages else "nothing is translated yet"]
        lines.append(", ".join(parts))
    return lines


def _record(found: Discovered) -> dict[str, object]:
    """For machines."""
    from amts_action.git.run import public_url

    names = ("target_lang", "source_path", "target_path", "target_suffix", "pages")
    layouts = [{name: getattr(layout, name) for name in names} for layout in found.layouts]
    where = {"source": public_url(found.source), "address": found.address}
    return {**where, "source_lang": found.source_lang, "layouts": layouts}


def _files(found: Discovered, action: str) -> dict[str, str]:
    """The files to write; no workflow when it could not find the English book."""
    from amts_action.git.repository import Repository
    from amts_action.runs.setup.files import PIN, WORKFLOW, amts_toml, https_of, read_pin, workflow

    pin = read_pin(action) if action else PIN
    here = os.path.relpath(found.source, found.target) if found.source else ""
    files = {AMTS_TOML: amts_toml(found, https_of(found.address) if found.address else here)}
    if found.source and not found.address:
        say("no workflow: only this machine has the English book; give its address with --source for one")
        return files
    files[WORKFLOW] = workflow(found, pin, Repository.open(str(found.target)).default_branch())
    if pin == PIN:
        say(f"the workflow names {PIN.split('@')[0]}, which only stands for the action: give --action for another")
    return files


def _write(target: Path, files: Mapping[str, str], force: bool) -> list[str]:
    """Writes what is not there yet; the names of what was written."""
    from amts_action.documents.files import write_file
    from amts_action.errors import InputError

    written = []
    for name, text in files.items():
        path = target / name
        if path.is_symlink() or any((target / folder).is_symlink() for folder in list(Path(name).parents)[:-1]):
            raise InputError("a symbolic link is not followed", where=name, mend="keep real files and folders there")
        if path.is_file() and path.read_text(encoding="utf-8", errors="replace") == text:
            say(f"{name}: is there already")
        elif path.exists() and not force:
            say(f"{name}: is there already and says something else; --force writes it anew")
        else:
            write_file(path, text.encode("utf-8"))
            say(f"{name}: written")
            written.append(name)
    return written


def _commit(target: Path, names: list[str]) -> None:
    """Commits the files, and nothing else that is staged, as whoever uses this folder."""
    from amts_action.errors import InputError
    from amts_action.tokens import without

    message = "Keep the translation in step with its English with AMTS"
    for line in (["add", "--", *names], ["commit", "--quiet", "--message", message, "--", *names]):
        done = subprocess.run(
            ["git", "-C", str(target), *line], env=without(os.environ), capture_output=True, text=True, errors="replace"
        )
        if done.returncode:
            why = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise InputError(
                f"git {line[0]} failed: {''.join(why)}", where=str(target), mend="commit the files by hand"
            )
    say("committed")


def _show(found: Discovered, layout: Layout) -> None:
    """Prints what a run would do for one language."""
    from amts_action.books.opening import open_books
    from amts_action.reports.table import plan_table
    from amts_action.runs.report import present
    from amts_action.runs.run import run_plan
    from amts_action.runs.setup.known import records_known

    arguments = {
        "source": found.source or str(found.target),
        "target": str(found.target),
        "source_lang": found.source_lang,
        "fill_missing": True if found.is_new else None,
        **{name: getattr(layout, name) for name in ("target_lang", "source_path", "target_path", "target_suffix")},
    }
    cache = os.environ.get("AMTS_CACHE_DIR")
    books = open_books(
        arguments, environ=os.environ, cache_dir=Path(cache) if cache else None, source_token=_token() or None
    )
    for line in records_known(books):
        say(line)
    planned = run_plan(books)
    sys.stdout.write(plan_table(present(planned), width=columns(sys.stdout), styles=state_styles(sys.stdout)))
    sys.stdout.flush()
    for note in planned.books.notes:
        say(note)


def _next(found: Discovered, files: Mapping[str, str], is_committed: bool) -> list[str]:
    """What comes now, the lines to copy."""
    top = os.path.relpath(found.target)
    place = "" if top == "." else f" -C {shlex.quote(top)}"
    languages = [layout.target_lang for layout in found.layouts]
    which = f" --target-lang {','.join(languages)}" if len(languages) > 1 else ""
    lines = []
    if not is_committed:
        names = " ".join(files)
        lines.append(f"next: git{place} add {names} && git{place} commit -m 'Keep in step with the English'")
    if len(files) > 1:
        lines.append(f"next: git{place} push")
        lines.append(f"next: {_TICK}; then Actions > Follow the English book > Run workflow")
        lines.append(f"or, with a token of yours that may write there: AMTS_TOKEN=... amts sync{which} --pull-request")
    else:
        lines.append(f"next: amts sync{which}")
    return lines
