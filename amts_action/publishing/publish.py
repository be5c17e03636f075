"""One pull request for a run: made, kept good, and closed when nothing is left of it (DESIGN §9).

The order of the writes is such that an interruption after any of them leaves something that the next run completes:
commits nobody has, then the branch, then the pull request, then what it is dressed with. Whoever comes second to the
branch notices, and does the whole run again from what is there now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from amts_action.books.books import Books, Start
from amts_action.errors import ServiceError
from amts_action.git.drafts import WORK, Edit, differing, fork, hunks
from amts_action.git.hub import Hub, HubState, Pull, hub_of
from amts_action.publishing.cumulative import cumulative_run, remembered
from amts_action.publishing.github import pulls
from amts_action.publishing.github.client import Client
from amts_action.publishing.github.objects import Moved
from amts_action.publishing.start import is_afresh, onto, seen, seen_again
from amts_action.publishing.upload import Upload
from amts_action.reports.body import pull_request
from amts_action.reports.body.marker import BodyMemory, composed, digest, is_ours, memory_of, outside, remembering
from amts_action.reports.body.suggestions import MARK, MOST, flagged_pages, suggestions
from amts_action.reports.escape import markdown_text, utf16_length
from amts_action.reports.model import RunReport
from amts_action.runs.deliver import commit_message
from amts_action.runs.planning.taken_back import taken_back_note
from amts_action.runs.report import present
from amts_action.runs.run import Run, finish, run_sync

__all__ = ["Client", "Hub", "Operation", "Publication", "hub_of", "publish"]

Operation = Literal["created", "updated", "closed", "none"]

ROUNDS: Final = 5
"""So often a run is done again because somebody else moved the branch meanwhile."""
LEAST_ROOM: Final = 5_000
"""Characters that our part of a body has at least, whatever people wrote around it: GitHub takes 65,536 in all."""
LAST_LINE: Final = """
---

Change this branch as you like: the next run keeps what you write. Merge it in any way you like. What you close unmerged
is not proposed again until its English changes.
"""


@dataclass(frozen=True, slots=True)
class Publication:
    """What became of the pull request."""

    operation: Operation
    number: int | None
    """None when there is no pull request."""
    url: str
    head_sha: str
    """Commit of the branch; empty when there is no branch."""
    branch: str
    run: Run = field(repr=False)
    """The run that was published in the end: not the one that was given, when the branch moved meanwhile."""
    shown: RunReport = field(repr=False)
    """What the pull request shows: all that it changes, of this run and of earlier ones."""
    notes: tuple[str, ...] = ()
    """What could not be done as it was asked for, one line each."""


def publish(
    run: Run,
    hub: Hub,
    *,
    redo: Callable[[Books], Run] = run_sync,
    client: Client | None = None,
    report_name: str = "report.md",
) -> Publication:
    """Commits a run to its branch on the server and opens, updates or closes the pull request; a pending run changes
    nothing.

    Args:
        run: over books that `at_hub` gave; over others it is done again.
        redo: does the run again, over other books.
        client: for tests; else one is made.
        report_name: where the reader finds what the body has no room for.

    Raises:
        InputError: the branch cannot be used.
        ServiceError: GitHub refused, could not be reached, or the branch kept moving.
    """
    client = client or Client(hub)
    look = seen_again
    for _ in range(ROUNDS):
        standing = look(run.books, client)
        if not _is_current(run.books.start, standing):
            run = redo(onto(run.books, standing))
        run = replace(run, books=replace(run.books, start=replace(run.books.start, hub=standing)))
        here = Round(client, run, standing, report_name)
        if run.pending:
            return here.untouched()
        try:
            made = here.done()
            return replace(made, notes=(*made.notes, *finish(made.run)))
        except Moved:
            look = seen
    what = f"the branch {run.books.settings.branch} was moved by somebody else {ROUNDS} times during the run"
    raise ServiceError(what, where=hub.repository, mend="run again, with a concurrency group for its workflow")


def _is_current(start: Start, standing: HubState) -> bool:
    """Whether the run still starts where it would now. That only the translation's branch moved on is no matter."""
    old = start.hub
    if old is None or (old.branch, old.tip, old.base) != (standing.branch, standing.tip, standing.base):
        return False
    if standing.settled is not None and old.default != standing.default:
        return False  # we start from that branch: what was merged into it meanwhile would be taken back
    return [(p.number, p.state) for p in old.pulls] == [(p.number, p.state) for p in standing.pulls]


@dataclass(frozen=True, slots=True)
class _Text:
    """What a pull request says."""

    ours: str
    """Our part of the body."""
    title: str
    memory: BodyMemory
    shown: RunReport
    comments: tuple[dict[str, Any], ...]


class Round:
    """One attempt to deliver.

    Args:
        part: what of the translation it is about; empty for all of it.
        edits: the files to write, when they are not those of the run.
        owners: who is asked for a review besides those whom the settings name.
        message: of the commit, when it is not the run's.
        skipped: keys of blocks that people want to stay as they were.
        others: name and web page of each request that is open beside this one, as far as it is known.
    """

    def __init__(
        self,
        client: Client,
        run: Run,
        standing: HubState,
        report_name: str,
        *,
        part: str = "",
        edits: Mapping[str, bytes | None] | None = None,
        owners: tuple[str, ...] = (),
        message: str = "",
        skipped: frozenset[str] = frozenset(),
        others: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.client, self.run, self.standing, self.report_name = client, run, standing, report_name
        self.part, self.owners, self.skipped, self.others = part, owners, skipped, others
        self.message = message or commit_message(run)
        self.edits = run.edits if edits is None else edits
        self.is_as_run = edits is None or edits == run.edits
        self.upload = Upload(client, run.books, self.edits)

    def done(self) -> Publication:
        """Delivers.

        Raises:
            Moved: the branch or the pull request is not as it was seen.
        """
        books, pull = self.run.books, self.standing.open
        changed = differing(books.target.repository, books.start.default, self.upload.tree)
        visible = [edit for edit in changed if not is_record(edit.path, books.settings.origin_suffix)]
        if not visible and (pull is None or not is_ours(pull.body)):
            return self._result("none", None, self.standing.tip, present(self.run))
        if pull is None and not self.edits and is_afresh(books):
            return self._result("none", None, self.standing.tip, present(self.run))
        tip = self.upload.send(f"{self.message}\n{WORK}: {books.source.commit}\n")
        if not visible and pull is not None:
            return self._close(pull, tip)
        return self._update(pull, tip, changed) if pull is not None else self._open(tip, changed)

    def untouched(self) -> Publication:
        """Leaves everything as it is: the engine is not done, and a later run has the result."""
        return self._result("none", self.standing.open, self.standing.tip, present(self.run))

    def _ground(self) -> str:
        """The commit that GitHub shows the pull request as a difference to: with a conflict our branch goes on from
        an older one than the newest."""
        target, start = self.run.books.target, self.run.books.start
        return fork(target.repository, target.commit, start.default) if start.conflicts else start.default

    def _close(self, pull: Pull, tip: str) -> Publication:
        """Nothing is left: not even what was proposed is remembered, for nobody has declined it."""
        branch, pull = self.run.books.settings.branch, self._still_open(pull)
        mark = f"<!-- amts:empty {tip} -->"
        comment = (
            f"Nothing is left to review: `{branch}` and `{self.standing.base}` have the same pages again. "
            f"The next change of the English opens a new pull request."
        )
        if back := taken_back_note(outcome.job for outcome in self.run.outcomes):
            comment += f"\n\n{markdown_text(back)}"
        comment += f"\n\n{mark}\n"
        before = memory_of(pull.body) or BodyMemory()
        memory = BodyMemory(commit=tip, skipped=before.skipped | self.skipped)
        body = composed(pull.body, "Nothing is left of this pull request.", memory)
        closed = pulls.close(self.client, pull, comment=comment, mark=mark, body=body)
        return self._result("closed", closed, tip, present(self.run))

    def _open(self, tip: str, changed: list[Edit]) -> Publication:
        settings = self.run.books.settings
        text = self._text(tip, changed, "", BodyMemory())
        asks = bool(self._metadata()) or bool(text.comments)
        # What is still to come is not remembered as done, so that the next run completes it.
        first = replace(text.memory, commit="", has_metadata=False) if asks else text.memory
        pull, notes = pulls.open_pull(
            self.client,
            self.standing,
            branch=settings.branch,
            title=text.title,
            body=composed("", text.ours, first),
            draft=settings.draft,
        )
        if not is_ours(pull.body):
            # Somebody opened one at the same moment.
            return self._update(pull, tip, changed, notes)
        if asks:
            notes += self._finish(pull, tip, text, pull.title, BodyMemory())
        return self._result("created", pull, tip, text.shown, notes)

    def _update(self, pull: Pull, tip: str, changed: list[Edit], notes: tuple[str, ...] = ()) -> Publication:
        memory = memory_of(pull.body)
        if memory is not None and memory.commit == tip:
            if memory.refused:
                notes += self._dressed_again(pull, memory)
            return self._result("none", pull, tip, present(self.run), notes)
        # One that a person opened, or whose memory somebody has damaged, is dressed already.
        before = memory or BodyMemory(has_metadata=True)
        text = self._text(tip, changed, pull.body, before)
        is_named_by_us = memory is not None and memory.title == digest(pull.title)
        title = text.title if is_named_by_us else pull.title
        text = text if is_named_by_us else replace(text, memory=replace(text.memory, title=before.title))
        notes += self._finish(pull, tip, text, title, before)
        return self._result("updated", pull, tip, text.shown, notes)

    def _finish(self, pull: Pull, tip: str, text: _Text, title: str, before: BodyMemory) -> tuple[str, ...]:
        """What comes after commit and pull request; the body last, for it says that all of it was done."""
        refused: dict[str, str] = {}
        if text.comments:
            self._still_open(pull)
        if not before.has_metadata or before.refused:
            refused = pulls.set_metadata(
                self.client, pull, self._metadata(), before.refused if before.has_metadata else ()
            )
        notes = (*refused.values(), *pulls.comment(self.client, pull, tip, text.comments, mark=MARK, most=MOST))
        now = self._still_open(pull)  # people may have written in it since the run began
        if now.title != pull.title:
            title = now.title
        memory = replace(text.memory, refused=tuple(refused))
        pulls.edit(self.client, now, title=title, body=composed(now.body, text.ours, memory))
        return notes

    def _still_open(self, pull: Pull) -> Pull:
        """The pull request as it is now.

        Raises:
            Moved: somebody has merged or closed it.
        """
        now = pulls.read(self.client, pull.number)
        if now.state != "open":
            raise Moved(self.run.books.settings.branch)
        return now

    def _dressed_again(self, pull: Pull, memory: BodyMemory) -> tuple[str, ...]:
        """Tries once more what could not be set, and remembers what still cannot."""
        refused = pulls.set_metadata(self.client, pull, self._metadata(), memory.refused)
        if set(refused) != set(memory.refused):
            now = pulls.read(self.client, pull.number)
            kept = replace(memory, refused=tuple(refused))
            pulls.edit(self.client, now, body=remembering(now.body, kept))
        return tuple(refused.values())

    def _text(self, tip: str, changed: list[Edit], body: str, before: BodyMemory) -> _Text:
        run, hub = self.run, self.client.hub
        is_first = run.books.target.commit == run.books.start.default and self.is_as_run
        full = run if is_first else cumulative_run(run, changed, before.blocks)
        shown = replace(
            present(full),
            target=hub.repository,
            target_web=hub.web,
            target_before=self.standing.default,
            target_after=tip,
            report_name=self.report_name,
            part=self.part,
            others=self.others,
            run_url=hub.run_url,
        )
        title = run.books.settings.title or pull_request.title(shown)
        skipped = before.skipped | self.skipped
        memory = BodyMemory(
            commit=tip, title=digest(title), has_metadata=True, base=self.standing.wanted, skipped=skipped
        )
        memory = remembered(full, memory)
        around = sum(map(utf16_length, outside(body)))
        extra = utf16_length(composed("", LAST_LINE, memory)) + around
        ours = pull_request.body(shown, limit=max(pull_request.LIMIT - extra, LEAST_ROOM)) + LAST_LINE
        return _Text(ours, title, memory, shown, self._comments(full, shown))

    def _comments(self, full: Run, shown: RunReport) -> tuple[dict[str, Any], ...]:
        """The comments on flagged lines, as GitHub takes them."""
        pages = flagged_pages(shown)
        texts = {o.job.path: o.result.text for o in full.outcomes if o.result and o.job.path in pages}
        target, ground = self.run.books.target.repository, self._ground()
        spans = {path: hunks(target, ground, self.upload.tree, path) for path in texts}
        out: list[dict[str, Any]] = []
        for found in suggestions(shown, texts, spans)[:MOST]:
            row = {"path": found.path, "line": found.last, "side": "RIGHT", "body": found.body}
            more = {"start_line": found.first, "start_side": "RIGHT"} if found.first < found.last else {}
            out.append({**row, **more})
        return tuple(out)

    def _metadata(self) -> pulls.PullMetadata:
        s = self.run.books.settings
        names = [owner.lstrip("@") for owner in self.owners if "@" not in owner[1:]]  # an owner may be a mail address
        people = tuple(dict.fromkeys([*s.reviewers, *(name for name in names if "/" not in name)]))
        teams = tuple(dict.fromkeys([*s.team_reviewers, *(name for name in names if "/" in name)]))
        return pulls.PullMetadata(s.labels, s.assignees, people, teams, s.milestone)

    def _result(
        self, operation: Operation, pull: Pull | None, tip: str, shown: RunReport, notes: tuple[str, ...] = ()
    ) -> Publication:
        run = replace(self.run, commit=tip if tip and tip != self.standing.tip else "")
        number, url = (pull.number, pull.url) if pull else (None, "")
        shown = replace(shown, pull_url=url)
        return Publication(operation, number, url, tip, run.books.settings.branch, run, shown, notes)


def is_record(path: str, origin_suffix: str) -> bool:
    """Whether a file only says what a page was made from: alone it is not worth anybody's review."""
    is_origin = bool(origin_suffix) and path.rpartition(".")[0].endswith(origin_suffix)
    return path.startswith(".amts/") or is_origin
