"""The entrypoint of the container: from the event to the pull request, told in GitHub's own forms.

What fails the step: bad inputs, an event that may not start a run (both exit 2), a service that failed (3), a limit
(4), and a run that could do nothing of what there was to do (1). What is done in part is in the pull request and does
not fail the step: the output `status` says it.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, TextIO

from amts_action import __version__
from amts_action.actions.events import Comment, Event, read_event
from amts_action.actions.inputs import OUTPUTS, Inputs, read_inputs
from amts_action.actions.outputs import Log, append_summary, hand_over, write_outputs
from amts_action.errors import AmtsError, InputError, ServiceError
from amts_action.runs.report_place import check_report_place
from amts_action.tokens import without

if TYPE_CHECKING:
    from amts_action.actions.comments import Command
    from amts_action.actions.places import Place
    from amts_action.books.books import Books
    from amts_action.git.repository import Repository
    from amts_action.publishing.deliver import Delivered
    from amts_action.publishing.github.client import Client
    from amts_action.runs.run import Run

__all__ = ["crash_teller", "run_action"]

_NOTHING: Final = {
    **dict.fromkeys(OUTPUTS, ""),
    **dict.fromkeys(("files-changed", "blocks-changed", "characters-sent"), "0"),
    "cost": "0.00",
    "pull-request-operation": "none",
    "status": "failed",
}
"""The outputs of a run that did nothing."""


def run_action(environ: MutableMapping[str, str], stream: TextIO) -> int:
    """One step of a workflow; its exit code. The tokens are taken out of `environ`.

    Args:
        environ: the process's environment, as the runner made it.
        stream: where workflow commands are read from.
    """
    log = Log(stream)
    given = dict(environ)
    environ_left = without(given)
    for name in given.keys() - environ_left.keys():
        del environ[name]
    try:
        outputs, code = _run(given, environ_left, log)
    except AmtsError as error:
        _fail(given, log, str(error))
        return error.exit_code
    except KeyboardInterrupt:
        _fail(given, log, "stopped from outside, as by a cancelled workflow; the next run goes on from what is there")
        return 143
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _fail(given, log, f"{where}{error.strerror or error}; check the path, its rights and the space left")
        return 2
    write_outputs(given.get("GITHUB_OUTPUT", ""), outputs)
    return code


def crash_teller(
    environ: Mapping[str, str], stream: TextIO
) -> Callable[[type[BaseException], BaseException, TracebackType | None], None]:
    """What tells of an error that nobody foresaw: its trace holds texts of the book, and so may hold commands."""
    log = Log(stream)

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        for part in traceback.format_exception(kind, error, trace):
            for line in part.splitlines():
                log.say(line)
        _fail(environ, log, f"a fault of this program, please report it: {kind.__name__}")

    return tell


def _fail(environ: Mapping[str, str], log: Log, what: str) -> None:
    """Says in every place why there is no result."""
    from amts_action.reports.escape import markdown_text

    log.annotate("error", what, title="AMTS")
    write_outputs(environ.get("GITHUB_OUTPUT", ""), _NOTHING)
    append_summary(environ.get("GITHUB_STEP_SUMMARY", ""), f"### AMTS: failed\n\n{markdown_text(what)}\n")


@dataclass
class _Context:
    """What all parts of a run look at."""

    environ: Mapping[str, str]
    """Without the tokens."""
    log: Log
    inputs: Inputs
    event: Event
    notes: list[str] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    """The two books, by `source` and `target`."""
    opened: dict[str, Repository] = field(default_factory=dict)

    @property
    def server(self) -> str:
        return self.environ.get("GITHUB_SERVER_URL") or "https://github.com"

    @property
    def workspace(self) -> Path:
        return Path(self.environ.get("GITHUB_WORKSPACE") or ".")

    @property
    def own(self) -> str:
        """Address of the workflow's repository."""
        from amts_action.actions.places import address_of

        return address_of(self.event.repository, self.server) if self.event.repository else ""


def _run(given: Mapping[str, str], environ: Mapping[str, str], log: Log) -> tuple[dict[str, str], int]:
    """Outputs and exit code of a run that ended as runs should."""
    inputs = read_inputs(given)
    for secret in inputs.secrets:
        log.hide(secret)
    log.say(f"amts {__version__}")
    event = read_event(environ)
    if event.is_removal:
        log.say("a branch was deleted: there is nothing to do")
        return {**_NOTHING, "status": "none"}, 0
    if event.is_nothing:
        log.say("no command on a pull request: there is nothing to do")
        return {**_NOTHING, "status": "none"}, 0
    context = _Context(environ, log, inputs, event)
    _report_folder(context)
    try:
        if event.comment is not None:
            return _commanded(context, event.comment)
        return _worked(context, _open(context))
    finally:
        for place in context.places.values():
            if place.folder is not None:
                hand_over(place.folder / ".git", context.workspace)
        hand_over(Path(environ.get("HOME") or "/github/home", ".cache"), context.workspace)


def _commanded(context: _Context, comment: Comment) -> tuple[dict[str, str], int]:
    """What a comment asks for, when its author may ask, and the answer to it."""
    from amts_action.actions.comments import accepted, answer
    from amts_action.publishing.decisions import is_of_run

    nothing = {**_NOTHING, "status": "none"}
    if not _same(_target(context), context.own):
        mend = "put the workflow for comments into the translation's repository"
        raise InputError("the pull requests are in another repository", where="input target-repo", mend=mend)
    client = _client(context, _target(context))
    command = accepted(comment, client, context.log)
    if command is None:
        return nothing, 0
    try:
        books = _open(context)
        if not is_of_run(books, client, comment.number):
            context.log.say(f"#{comment.number} is no open pull request of this run: there is nothing to do")
            return nothing, 0
        if command.decision is None or context.inputs.dry_run:
            done = _worked(context, books)
        else:
            done = _decided(context, books, client, command)
    except AmtsError:
        answer(comment, client, "confused", context.log)
        raise
    answer(comment, client, "+1", context.log)
    return done


def _decided(context: _Context, books: Books, client: Client, command: Command) -> tuple[dict[str, str], int]:
    """A decision written down: no engine is asked."""
    from amts_action.publishing.decisions import decide
    from amts_action.publishing.deliver import Delivered

    assert command.decision is not None
    name = f"{context.inputs.report_dir}/report.md"
    made = decide(books, client, command.comment.number, command.decision, report_name=name)
    context.notes.extend(made.notes)
    return _told(context, made.run, Delivered(made.run, made.shown, (made,)))


def _worked(context: _Context, books: Books) -> tuple[dict[str, str], int]:
    """A run, or what it would do."""
    inputs, event = context.inputs, context.event
    if event.is_preview and not inputs.dry_run:
        what = "a pull request is only previewed: what it holds may never be merged"
        context.log.annotate("notice", what, title="AMTS")
    if inputs.dry_run or event.is_preview:
        return _previewed(context, books)
    return _published(context, books)


def _target(context: _Context) -> str:
    """The address of the translation.

    Raises:
        InputError: nobody says it.
    """
    from amts_action.actions.places import address_of

    name = context.inputs.target_repo
    target = address_of(name, context.server) if name else context.own
    if not target:
        raise InputError("not given", where="input target-repo", mend="write owner/name")
    return target


def _client(context: _Context, target: str) -> Client:
    """Who speaks to the translation's server.

    Raises:
        InputError: there is no token, or it is no repository on such a server.
    """
    from amts_action.publishing.publish import Client, hub_of

    if not context.inputs.github_token:
        raise InputError("not given", where="input github-token", mend="leave it out for the workflow's own token")
    return Client(hub_of(target, context.inputs.github_token, context.environ))


def _open(context: _Context) -> Books:
    """The two books, at the commits that the event and the inputs say."""
    from amts_action.actions.places import address_of
    from amts_action.books.opening import open_books

    inputs, event = context.inputs, context.event
    target = _target(context)
    arguments: dict[str, object] = {"target": target}
    if inputs.source_repo:
        arguments["source"] = address_of(inputs.source_repo, context.server)
    elif not _same(target, context.own):
        arguments["source"] = context.own
    wanted = context.environ.get("INPUT_HEAD", "").strip() or inputs.source_ref
    if wanted:
        arguments["head"] = wanted
    books = open_books(
        arguments,
        environ=context.environ,
        opener=lambda which, where: _opened(context, which, where or context.own),
        config_name=inputs.config,
        is_ours=_same(target, context.own),
    )
    if not wanted and _same(context.places["source"].address, context.own):
        books = replace(books, source=books.source.at(_newest(books, event)))
    log = context.log
    log.say(f"English: {books.source.address} at {books.source.commit[:12]}")
    log.say(f"{books.settings.target_lang}: {books.target.address} at {books.target.commit[:12]}")
    return books


def _same(one: str, other: str) -> bool:
    from amts_action.actions.places import same_address

    return bool(one and other) and same_address(one, other)


def _opened(context: _Context, which: str, address: str) -> Repository:
    """Opens a book, the same repository only once."""
    from amts_action.actions.places import Place, find_checkout, is_on, open_place

    if not address:
        raise InputError("not given", where=f"input {which}-repo", mend="write owner/name")
    for other, place in context.places.items():
        if _same(place.address, address):
            context.places[which] = place
            return context.opened[other]
    inputs = context.inputs
    token = inputs.source_token if which == "source" else ""
    if not token and is_on(context.server, address):
        token = inputs.github_token
    place = Place(address, token, find_checkout(context.workspace, address))
    context.places[which] = place
    where = f"checked out in {place.folder}" if place.folder else "cloned"
    context.log.say(f"{which}: {address}, {where}")
    context.opened[which] = open_place(place, context.notes)
    return context.opened[which]


def _newest(books: Books, event: Event) -> str:
    """The commit of the workflow's own book that the event is about; what is checked out when it cannot be had.

    Of a branch it is the newest and not the event's: a run that was started again, or that waited for another one,
    would take the translation back to an older English.
    """
    for name in (f"refs/remotes/origin/{event.branch}" if event.branch else "", event.commit):
        try:
            return books.source.repository.resolve(name)
        except AmtsError:
            continue
    return books.source.commit


def _previewed(context: _Context, books: Books) -> tuple[dict[str, str], int]:
    """A dry run: what there is to do, in log and summary."""
    from amts_action.runs.run import run_plan

    run = run_plan(books)
    return _told(context, run, None)


def _published(context: _Context, books: Books) -> tuple[dict[str, str], int]:
    """A run up to its pull requests."""
    from amts_action.publishing.deliver import publish_books

    client = _client(context, context.places["target"].address)
    name = f"{context.inputs.report_dir}/report.md"
    done = publish_books(books, client, report=context.log.say, report_name=name)
    context.notes.extend(note for one in done.made for note in one.notes)
    return _told(context, done.run, done)


def _told(context: _Context, run: Run, done: Delivered | None) -> tuple[dict[str, str], int]:
    """Log, annotations, summary, reports and outputs of a run."""
    from amts_action.actions.workflow_report import figures, log_documents, summary
    from amts_action.documents.files import write_file
    from amts_action.git.hub import run_url_of
    from amts_action.runs.deliver import write_reports
    from amts_action.runs.report import present

    shown = replace(present(run), run_url=run_url_of(context.environ))
    is_ours = {which: _same(place.address, context.own) for which, place in context.places.items()}
    log_documents(context.log, shown, is_target_ours=is_ours["target"], is_source_ours=is_ours["source"])
    for note in dict.fromkeys([*context.notes, *run.books.notes]):
        context.log.say(note)
    status = "none" if _is_idle(run) else str(run.status)
    folder = _report_folder(context)
    places = write_reports(run, report_dir=folder, shown=done.shown if done else shown)
    # An artifact that is one file has this file's name, and one run may be for several languages.
    page = folder / f"review-{run.books.settings.target_lang}.html"
    write_file(page, places["page"].read_bytes())
    hand_over(folder, context.workspace)
    made = done.made[0] if done and done.made else None
    outputs = {
        **_NOTHING,
        **figures(run),
        "status": status,
        "branch": made.branch if made and made.head_sha else "",
        "report-path": f"{context.inputs.report_dir}/report.md",
        "review-page": f"{context.inputs.report_dir}/{page.name}" if status != "none" else "",
    }
    if made is not None:
        outputs |= {
            "pull-request-number": str(made.number or ""),
            "pull-request-url": made.url,
            "pull-request-operation": made.operation,
            "pull-request-head-sha": made.head_sha,
            "pull-request-urls": "\n".join(one.url for one in done.made if one.number) if done else "",
        }
    if run.pending:
        context.log.annotate("notice", run.pending, title="AMTS")
    if run.failure:
        context.log.annotate("error", run.failure, title="AMTS")
    context.log.say(_last_line(outputs))
    text = summary(shown, outputs, is_preview=done is None, pending=run.pending)
    append_summary(context.environ.get("GITHUB_STEP_SUMMARY", ""), text)
    if run.failure:
        return outputs, ServiceError.exit_code
    return outputs, 1 if status == "failed" else 0


def _is_idle(run: Run) -> bool:
    """Whether there was nothing to do."""
    idle = ("up to date", "missing", "gone")
    return not run.edits and not run.conflicts and all(outcome.job.fate in idle for outcome in run.outcomes)


def _report_folder(context: _Context) -> Path:
    """The folder for the reports, inside the workspace.

    Raises:
        InputError: they cannot go there.
    """
    folder = context.workspace / context.inputs.report_dir
    check_report_place(folder, where="input report-dir", inside=context.workspace)
    return folder


def _last_line(outputs: Mapping[str, str]) -> str:
    operation, pull = outputs["pull-request-operation"], outputs["pull-request-url"]
    done = f"pull request {'as it was' if operation == 'none' else operation}: {pull}" if pull else "no pull request"
    return f"{outputs['status']}: {done}, {outputs['characters-sent']} characters"
