"""The entrypoint of the container: from the event to the pull request, told in GitHub's own forms.

What fails the step: bad inputs, an event that may not start a run (both exit 2), a service that failed (3), a limit
(4), and a run that could do nothing of what there was to do (1). What is done in part is in the pull request and does
not fail the step: the output `status` says it.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, TextIO

from amts_action import __version__
from amts_action.actions.context import Context, client_of, open_books_of, same, target_of
from amts_action.actions.events import Comment, read_event
from amts_action.actions.inputs import OUTPUTS, read_inputs
from amts_action.actions.outputs import Log, append_summary, hand_over, write_outputs
from amts_action.actions.several import combined, for_language, languages_in
from amts_action.errors import AmtsError, InputError, ServiceError
from amts_action.processes import side_by_side
from amts_action.runs.report_place import check_report_place
from amts_action.runs.several import exit_code_of
from amts_action.tokens import without

if TYPE_CHECKING:
    from amts_action.actions.comments import Command
    from amts_action.books.books import Books
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


def _run(given: Mapping[str, str], environ: Mapping[str, str], log: Log) -> tuple[dict[str, str], int]:
    """Outputs and exit code of a run that ended as runs should."""
    langs = languages_in(environ)
    inputs = [read_inputs(for_language(given, lang) if len(langs) > 1 else given) for lang in langs]
    for secret in inputs[0].secrets:
        log.hide(secret)
    log.say(f"amts {__version__}")
    event = read_event(environ)
    if event.is_removal:
        log.say("a branch was deleted: there is nothing to do")
        return {**_NOTHING, "status": "none"}, 0
    if event.is_nothing:
        log.say("no command on a pull request: there is nothing to do")
        return {**_NOTHING, "status": "none"}, 0
    contexts = {lang: Context(environ, log, one, event) for lang, one in zip(langs, inputs, strict=True)}
    if len(langs) > 1:
        contexts = {
            lang: replace(
                one,
                environ=for_language(environ, lang),
                inputs=replace(one.inputs, report_dir=f"{one.inputs.report_dir}/{lang}"),
            )
            for lang, one in contexts.items()
        }
    for one in contexts.values():
        _report_folder(one)
    try:
        if event.comment is not None:
            return _commanded(list(contexts.values()), event.comment)
        if len(contexts) > 1:
            return _side_by_side(contexts, log)
        (context,) = contexts.values()
        return _worked(context, open_books_of(context))
    finally:
        for context in contexts.values():
            for place in context.places.values():
                if place.folder is not None:
                    hand_over(place.folder / ".git", context.workspace)
        hand_over(Path(environ.get("HOME") or "/github/home", ".cache"), context.workspace)


def _side_by_side(contexts: Mapping[str, Context], log: Log) -> tuple[dict[str, str], int]:
    """A run for each language, each with its own pull request; what fails stops no other.

    All books are opened before anything is done, so that a slip in the list costs nothing. What a run says is told when
    it is over, for folded groups of two runs cannot be told apart.
    """
    books = {lang: open_books_of(context) for lang, context in contexts.items()}
    _send_together(contexts, books, log)

    def one(lang: str) -> tuple[dict[str, str], int]:
        context = contexts[lang]
        try:
            return _worked(context, books[lang])
        except AmtsError as error:
            _fail({**context.environ, "GITHUB_OUTPUT": ""}, context.log, f"{lang}: {error}")
            return dict(_NOTHING), error.exit_code

    log.say(f"{', '.join(contexts)}: side by side")
    for context in contexts.values():
        context.log = log.aside()
    done = {}
    try:
        for lang, ended in side_by_side(one, list(contexts), at_once=_at_once(contexts)):
            log.take(contexts[lang].log)
            done[lang] = ended
    except BaseException:
        for lang in contexts.keys() - done.keys():
            log.take(contexts[lang].log)  # as far as it came
        raise
    codes = [done[lang][1] for lang in contexts]
    return combined([done[lang][0] for lang in contexts]), exit_code_of(codes)


def _at_once(contexts: Mapping[str, Context]) -> int:
    """How many runs may go on at once: one where they share a shallow work tree, which git deepens once at a time."""
    folders = Counter(place.folder for context in contexts.values() for place in context.places.values())
    is_shared = any(
        folder and count > 1 and (folder / ".git" / "shallow").exists() for folder, count in folders.items()
    )
    return 1 if is_shared else len(contexts)


def _send_together(contexts: Mapping[str, Context], books: Mapping[str, Books], log: Log) -> None:
    """What several languages want of one engine that takes several, once it is known that it may be delivered; where it
    may not, the language's own run says why.
    """
    from amts_action.publishing.deliver import ready
    from amts_action.runs.several import may_share, send_together

    if any(_is_dry(context) for context in contexts.values()) or not may_share(books):
        return
    able: dict[str, Books] = {}
    for lang, context in contexts.items():
        with suppress(AmtsError):
            one = ready(books[lang], client_of(context, context.places["target"].address))
            able |= {lang: one} if one is not None else {}
    send_together(able, report=log.say)


def _commanded(contexts: Sequence[Context], comment: Comment) -> tuple[dict[str, str], int]:
    """What a comment asks for, when its author may ask, and the answer to it.

    Args:
        contexts: one for each language, of which the pull request is of one at most.
    """
    from amts_action.actions.comments import accepted, answer
    from amts_action.publishing.decisions import is_of_run

    nothing = {**_NOTHING, "status": "none"}
    ours = [context for context in contexts if same(target_of(context), context.own)]
    if not ours:
        mend = "put the workflow for comments into the translation's repository"
        raise InputError("the pull requests are in another repository", where="input target-repo", mend=mend)
    client = client_of(ours[0], target_of(ours[0]))
    log = ours[0].log
    command = accepted(comment, client, log)
    if command is None:
        return nothing, 0
    try:
        for context in ours:
            books = open_books_of(context)
            if not is_of_run(books, client, comment.number):
                continue
            if command.decision is None or context.inputs.dry_run:
                done = _worked(context, books)
            else:
                done = _decided(context, books, client, command)
            break
        else:
            log.say(f"#{comment.number} is no open pull request of this run: there is nothing to do")
            return nothing, 0
    except AmtsError:
        answer(comment, client, "confused", log)
        raise
    answer(comment, client, "+1", log)
    return done


def _decided(context: Context, books: Books, client: Client, command: Command) -> tuple[dict[str, str], int]:
    """A decision written down: no engine is asked."""
    from amts_action.publishing.decisions import decide
    from amts_action.publishing.deliver import Delivered

    assert command.decision is not None
    name = f"{context.inputs.report_dir}/report.md"
    made = decide(books, client, command.comment.number, command.decision, report_name=name)
    context.notes.extend(made.notes)
    return _told(context, made.run, Delivered(made.run, made.shown, (made,)))


def _worked(context: Context, books: Books) -> tuple[dict[str, str], int]:
    """A run, or what it would do."""
    inputs, event = context.inputs, context.event
    if event.is_preview and not inputs.dry_run:
        what = "a pull request is only previewed: what it holds may never be merged"
        context.log.annotate("notice", what, title="AMTS")
    if _is_dry(context):
        return _previewed(context, books)
    return _published(context, books)


def _is_dry(context: Context) -> bool:
    return context.inputs.dry_run or context.event.is_preview


def _previewed(context: Context, books: Books) -> tuple[dict[str, str], int]:
    """A dry run: what there is to do, in log and summary."""
    from amts_action.runs.run import run_plan

    run = run_plan(books)
    return _told(context, run, None)


def _published(context: Context, books: Books) -> tuple[dict[str, str], int]:
    """A run up to its pull requests."""
    from amts_action.publishing.deliver import publish_books

    client = client_of(context, context.places["target"].address)
    name = f"{context.inputs.report_dir}/report.md"
    done = publish_books(books, client, report=context.log.say, report_name=name)
    context.notes.extend(note for one in done.made for note in one.notes)
    return _told(context, done.run, done)


def _told(context: Context, run: Run, done: Delivered | None) -> tuple[dict[str, str], int]:
    """Log, annotations, summary, reports and outputs of a run."""
    from amts_action.actions.workflow_report import figures, log_documents, summary
    from amts_action.documents.files import write_file
    from amts_action.git.hub import run_url_of
    from amts_action.runs.deliver import write_reports
    from amts_action.runs.report import present

    shown = replace(present(run), run_url=run_url_of(context.environ))
    is_ours = {which: same(place.address, context.own) for which, place in context.places.items()}
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


def _report_folder(context: Context) -> Path:
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
