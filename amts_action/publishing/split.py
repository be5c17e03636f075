"""A run as several pull requests of a reader's size.

The run is made once, over the translation with all that is open already put in, so that nothing is proposed twice. What
it comes to is a tree; each file in which that differs from the translation belongs to one group (`groups`), and each
group has a branch that differs from the translation in its own files and no others. So the requests can be merged in
any order without a conflict, and all of them together are the tree. The way of each is that of a single one
(`publish.Round`): forward only, begun again after its end, closed when nothing is left of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from amts_action.books.books import Books
from amts_action.books.pairing import page_of
from amts_action.documents.files import SUFFIXES
from amts_action.errors import AmtsError, ServiceError
from amts_action.git.commit import Author, tree_of, write_commit
from amts_action.git.drafts import Edit, differing, tree_with
from amts_action.git.hub import HubState
from amts_action.publishing.github import pulls
from amts_action.publishing.github.client import Client
from amts_action.publishing.github.objects import Moved
from amts_action.publishing.groups import SHARED, Page, Rule, assigned, branch_of, owners_of, read_owners
from amts_action.publishing.publish import ROUNDS, Publication, Round, is_record
from amts_action.publishing.start import onto, seen_all
from amts_action.reports.body.marker import beside
from amts_action.reports.body.pull_request import others_line
from amts_action.runs.companions import Companions
from amts_action.runs.planning.job import Job
from amts_action.runs.run import Run, finish, run_sync
from amts_action.settings import Settings

__all__ = ["file_groups", "is_split", "part_name", "publish_parts"]

_OWNERS_FILES: Final = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks for them, in this order; the first that is there counts."""
_NAMED: Final = 10
"""So many waiting pages are named; the others are counted."""


def is_split(books: Books) -> bool:
    """Whether a run over these books is for several requests, or has to bring several back into one."""
    settings = books.settings
    asked = settings.pull_requests != "one" or settings.max_lines or settings.max_pull_requests
    return bool(asked or (books.start.hub and books.start.hub.others))


def publish_parts(
    books: Books,
    client: Client,
    *,
    redo: Callable[..., Run] = run_sync,
    report: Callable[[str], None] | None = None,
    before_paying: Callable[[], None] | None = None,
    report_name: str = "report.md",
) -> tuple[Run, tuple[Publication, ...]]:
    """Runs and publishes; the run as a whole, and what became of each request, the one with most to do first.

    Raises:
        InputError: a branch cannot be used.
        LimitError: more than allowed would be spent.
        ServiceError: GitHub refused, could not be reached, or the branches kept moving.
    """
    for _ in range(ROUNDS):
        standings = seen_all(books, client)
        parts = _Parts(books, client, standings, report_name)
        run = redo(parts.books, report=report, before_paying=before_paying, choose=parts.choose)
        if run.pending:
            return run, ()
        if _moved(standings, seen_all(books, client)):
            continue
        try:
            made = parts.deliver(run)
        except Moved:
            continue
        return run, (*made[:-1], *(replace(last, notes=(*last.notes, *finish(run))) for last in made[-1:]))
    what = f"our branches were moved by somebody else {ROUNDS} times during the run"
    raise ServiceError(what, where=client.hub.repository, mend="run again, with a concurrency group for its workflow")


def part_name(branch: str, paths: Iterable[str], settings: Settings) -> str:
    """What a branch's part of the translation is called: its one page, else its group; empty for all of it."""
    group = branch.partition("+")[2]
    pages = [path for path in paths if not is_record(path, settings.origin_suffix)]
    return pages[0] if group and len(pages) == 1 else group


def _moved(before: Mapping[str, HubState], now: Mapping[str, HubState]) -> bool:
    """Whether somebody has changed one of our branches or requests, or what a branch that starts again starts from."""

    def signs(standings: Mapping[str, HubState]) -> dict[str, object]:
        return {
            name: (s.tip, s.base, [(p.number, p.state) for p in s.pulls], s.default if s.settled else "")
            for name, s in standings.items()
        }

    return signs(before) != signs(now)


@dataclass
class _Parts:
    """The open parts, and how the pages of a run go into them."""

    given: Books
    client: Client
    standings: Mapping[str, HubState]
    report_name: str
    books: Books = field(init=False)
    """The translation with all open parts put in."""
    union: dict[str, Edit] = field(init=False, default_factory=dict)
    held: dict[str, str] = field(init=False, default_factory=dict)
    """The group of each page that a branch of ours has."""
    beside: dict[str, str] = field(init=False, default_factory=dict)
    """The same of other files: pictures, contents, bibliographies."""
    groups: dict[str, str] = field(init=False, default_factory=dict)
    """The group of each page of the run."""
    starts: dict[str, Books] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        settings = self.given.settings
        self.branch = next(iter(self.standings))
        main = self.standings[self.branch]
        declined: set[str] = set()
        conflicts: list[str] = []
        for name, standing in self.standings.items():
            at = onto(self.given, standing)
            self.starts[name] = at
            declined |= at.start.declined
            conflicts += at.start.conflicts
            for edit in _proposed(at):
                self.union.setdefault(edit.path, edit)
                # Also of a branch without a request, as a run leaves one that dies before it has opened it.
                held = self.held if edit.path.lower().endswith(SUFFIXES) else self.beside
                held.setdefault(page_of(edit.path, settings), self._group(name))
        target, default = self.given.target.repository, main.default
        tree = tree_of(target.git, default, {path: (edit.mode, edit.oid) for path, edit in self.union.items()})
        start = write_commit(target.git, tree, (default,), "all parts", Author()) if self.union else default
        first = self.starts[self.branch]
        self.books = replace(
            first,
            target=first.target.at(start),
            start=replace(first.start, declined=frozenset(declined), conflicts=tuple(conflicts)),
            notes=first.notes.anew(note for at in self.starts.values() for note in at.notes),
        )
        self.rules = _rules(self.books)

    def _group(self, branch: str) -> str:
        return branch.removeprefix(self.branch).removeprefix("+")

    def choose(self, jobs: list[Job]) -> list[Job]:
        """The jobs without the pages that wait for room, and the groups of all."""
        settings = self.books.settings
        todo = [job for job in jobs if job.fate in ("changed", "new", "renamed", "deleted")]
        pages = [Page(job.path, _changed_lines(job)) for job in todo]
        here = {page.path for page in pages}
        pages += [Page(path, 0) for path in sorted(self.held) if path not in here]
        self.groups = assigned(
            pages, mode=settings.pull_requests, rules=self.rules, max_lines=settings.max_lines, held=self.held
        )
        open_groups = set(self.held.values()) & set(self.groups.values())
        sizes: Counter[str] = Counter()
        for page in pages:
            sizes[self.groups[page.path]] += page.lines
        self.order = sorted(sizes, key=lambda group: (-sizes[group], group))
        if not settings.max_pull_requests:
            return jobs
        room = max(0, settings.max_pull_requests - len(open_groups))
        allowed = open_groups | set([group for group in self.order if group not in open_groups][:room])
        waiting = [job.path for job in todo if self.groups[job.path] not in allowed]
        if waiting:
            more = f" and {len(waiting) - _NAMED} more" if len(waiting) > _NAMED else ""
            what = f"{len(waiting)} pages wait until one of the open pull requests is merged or closed"
            self.books.notes.add(f"{what}: {', '.join(waiting[:_NAMED])}{more}")
        gone = set(waiting)
        return [job for job in jobs if job.path not in gone]

    def deliver(self, run: Run) -> tuple[Publication, ...]:
        """Every part to its branch and request.

        Raises:
            Moved: a branch or request is not as it was seen.
        """
        target, default = self.given.target.repository, self.standings[self.branch].default
        tree = tree_with(target, self.books.target.commit, run.edits)
        wanted: dict[str, list[Edit]] = {}
        settings = self.books.settings
        is_one = settings.pull_requests == "one" and not settings.max_lines
        changed = differing(target, default, tree)
        groups = file_groups(run, changed, self.groups, self.beside, settings, is_one=is_one)
        for edit in changed:
            wanted.setdefault(groups[edit.path], []).append(edit)
        open_groups = [self._group(name) for name, standing in self.standings.items() if standing.open is not None]
        names = dict.fromkeys([*(g for g in (SHARED, *self.order) if g in wanted), *wanted, *open_groups])
        known = self._open_parts()
        made: list[Publication] = []
        for group in names:
            one, part = self._delivered(run, group, wanted.get(group, []), groups, known)
            made.append(one)
            known.pop(one.branch, None)
            if one.number and one.operation != "closed":
                known[one.branch] = (part, one.url)
        self._link(made, known)
        if not made:
            made = [Round(self.client, run, self.standings[self.branch], self.report_name).untouched()]
        return tuple(sorted(made, key=lambda publication: publication.number is None))

    def _open_parts(self) -> dict[str, tuple[str, str]]:
        """Name and web page of the parts that are open now, by branch."""
        found = {}
        for name, standing in self.standings.items():
            if standing.open is not None:
                at = self.starts[name]
                paths = [edit.path for edit in _proposed(at)]
                found[name] = (part_name(name, paths, at.settings), standing.open.url)
        return found

    def _link(self, made: list[Publication], known: Mapping[str, tuple[str, str]]) -> None:
        """Has each open part name all others: those that came first did not know those that came later."""
        for one in made:
            if one.branch not in known or one.number is None:
                continue
            others = _without(known, one.branch)
            if one.operation != "none" and others == one.shown.others:
                continue
            about = replace(
                one.shown, part=known[one.branch][0], others=others, branch=one.branch, target_web=self.client.hub.web
            )
            line = others_line(about)
            standing = self.standings.get(one.branch)
            there = standing.open if standing is not None and one.operation == "none" else None
            if there is not None and beside(there.body, line) == there.body:
                continue
            now = pulls.read(self.client, one.number)
            pulls.edit(self.client, now, body=beside(now.body, line))

    def _delivered(
        self,
        run: Run,
        group: str,
        wanted: list[Edit],
        groups: Mapping[str, str],
        known: Mapping[str, tuple[str, str]],
    ) -> tuple[Publication, str]:
        """What became of a part, and its name."""
        name = branch_of(self.branch, group)
        main, settings = self.standings[self.branch], self.books.settings
        standing = self.standings.get(name) or replace(main, branch=name, tip="", pulls=())
        books = self.starts.get(name) or onto(self.given, standing)
        edits = self._edits(books, wanted)
        paths = {edit.path for edit in wanted}
        outcomes = tuple(o for o in run.outcomes if groups.get(o.job.path, self.groups.get(o.job.path)) == group)
        companions = Companions(
            {path: data for path, data in run.companions.edits.items() if path in paths},
            [line for line in run.companions.lines if line.partition(":")[0] in paths],
            [flag for flag in run.companions.flags if flag.partition(":")[0] in paths or group == SHARED],
        )
        books = replace(books, notes=books.notes.copy())
        part = replace(run, books=books, outcomes=outcomes, companions=companions)
        # What comes along with a page (pictures, entries) asks nobody else to read.
        pages = [o.job.path for o in outcomes] or [
            e.path for e in wanted if not is_record(e.path, settings.origin_suffix)
        ]
        pages = pages if settings.pull_requests == "owner" else []
        owners = tuple(dict.fromkeys(owner for path in pages for owner in owners_of(path, self.rules)))
        shown = part_name(name, [edit.path for edit in wanted], settings)
        others = _without(known, name)
        here = Round(
            self.client, part, standing, self.report_name, part=shown, edits=edits, owners=owners, others=others
        )
        return here.done(), shown

    def _edits(self, books: Books, wanted: list[Edit]) -> dict[str, bytes | None]:
        """What has to be written on top of where a part's branch starts, for it to differ in the wanted files only."""
        target = books.target.repository
        here, there = target.tree(books.target.commit), target.tree(books.start.default)
        goal = {path: entry.oid for path, entry in there.items()}
        for edit in wanted:
            if edit.oid is None:
                goal.pop(edit.path, None)
            else:
                goal[edit.path] = edit.oid
        stay = set(books.start.conflicts)  # left to people
        changed = [p for p in {*here, *goal} if p not in stay and (here[p].oid if p in here else None) != goal.get(p)]
        texts = target.blobs({goal[path] for path in changed if path in goal})
        return {path: texts[goal[path]] if path in goal else None for path in sorted(changed)}


def file_groups(
    run: Run,
    changed: Iterable[Edit],
    groups: Mapping[str, str],
    beside_pages: Mapping[str, str],
    settings: Settings,
    *,
    is_one: bool,
) -> dict[str, str]:
    """The group of every file that a run changes: a page's own, that of the one page that needs it, else the shared.

    Args:
        groups: the group of each page.
        beside_pages: the group of other files that are in an open part.
        is_one: there is but one group.
    """
    pages = dict(groups)
    for outcome in run.outcomes:
        old = outcome.job.document.pair.target_path
        if old and outcome.job.path in pages:
            pages.setdefault(old, pages[outcome.job.path])  # a page that was renamed leaves with it
    texts = {o.job.path: o.result.text for o in run.outcomes if o.result is not None}
    found = {}
    for edit in changed:
        page = page_of(edit.path, settings)
        if page in pages:
            found[edit.path] = pages[page]
        elif beside_pages.get(page, "?") in {*pages.values(), SHARED}:
            found[edit.path] = beside_pages[page]
        else:
            name = page.rpartition("/")[2]
            users = {pages[path] for path, text in texts.items() if path in pages and name in text}
            found[edit.path] = "" if is_one else users.pop() if len(users) == 1 else SHARED
    return found


def _proposed(books: Books) -> list[Edit]:
    """The files in which a branch of ours differs from the translation's."""
    return differing(books.target.repository, books.start.default, books.target.commit)


def _without(known: Mapping[str, tuple[str, str]], branch: str) -> tuple[tuple[str, str], ...]:
    """The other parts, by name."""
    return tuple(sorted(part for name, part in known.items() if name != branch))


def _changed_lines(job: Job) -> int:
    """About how many lines of a page change: those of its English that are only in one of the two versions."""
    before = Counter((job.base.text if job.base else "").splitlines())
    after = Counter(job.head_text.splitlines())
    return (before - after).total() + (after - before).total()


def _rules(books: Books) -> tuple[Rule, ...]:
    """Who looks after which pages: as the settings say, else the translation's CODEOWNERS."""
    if books.settings.owners:
        pairs = (line.partition("=") for line in books.settings.owners)
        return tuple(Rule(pattern.strip(), tuple(names.split())) for pattern, _, names in pairs)
    if books.settings.pull_requests != "owner":
        return ()
    target = books.target.at(books.start.default)
    for name in _OWNERS_FILES:
        if name in target.tree:
            try:
                return read_owners(target.read(name).decode("utf-8", "replace"))
            except AmtsError:
                return ()
    return ()
