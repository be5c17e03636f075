"""A pull request as a whole: what all runs together changed, not only the last one.

A run starts from the branch as it is and so sees only what is new. The reviewer sees the difference between the branch
and the translation, and so does this module: it plans every changed page once more from the translation as it is on its
own branch, and puts in what now stands on ours, whoever wrote it. Nothing has to be kept for this, so that it holds
after an interrupted run, too; what the last run and the body remember only makes it richer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from amts_action.alignment.blocks import align_blocks
from amts_action.alignment.cells import align_cells
from amts_action.books.book import Book
from amts_action.books.books import Books
from amts_action.books.pairing import source_for
from amts_action.books.records import STATE_FOLDER, read_record, state_path
from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.files import decode, is_notebook
from amts_action.documents.model import PROSE, Span
from amts_action.documents.notebooks.notebook import parse_notebook
from amts_action.errors import AmtsError
from amts_action.git.drafts import Edit
from amts_action.merging.document import Entry, Place, Result
from amts_action.merging.flags import flag
from amts_action.reports.body.marker import BodyMemory, Past, digest
from amts_action.reports.cards import has_card
from amts_action.reports.model import Verdict, alarms, verdict
from amts_action.runs.conservation import losses
from amts_action.runs.planning.declined import block_key, page_key
from amts_action.runs.planning.job import Job
from amts_action.runs.planning.page_plans import plan_run
from amts_action.runs.planning.plan import survey
from amts_action.runs.run import Outcome, Run, book_page

__all__ = ["cumulative_run", "remembered"]

EARLIER = "written by an earlier run"
"""Where a text came from when nothing tells more."""
BY_PERSON = "people"


def cumulative_run(run: Run, changed: Iterable[Edit], past: Mapping[str, Past]) -> Run:
    """The run that would have made all of the pull request at once.

    Args:
        changed: the files in which our branch differs from the translation's.
        past: what the body remembers of blocks, by key.
    """
    edits = {edit.path: edit.oid for edit in changed}
    last = {outcome.job.path: outcome for outcome in run.outcomes}
    books = _from_default(run.books, edits)
    found: dict[str, Outcome] = {}
    for job in plan_run(books, survey(books), preview=True) if _pages(edits) else ():
        outcome = _outcome(run.books.target, job, edits, last.get(job.path), past)
        if outcome is not None:
            found[job.path] = outcome
    found = _with_leaving(books, found, last)
    lost = {path: o for path, o in last.items() if o.status == "failed" and path not in found}
    order = {path: n for n, path in enumerate(last)}
    outcomes = sorted({**found, **lost}.items(), key=lambda item: order.get(item[0], len(order)))
    return replace(run, books=books, outcomes=tuple(outcome for _, outcome in outcomes))


def _with_leaving(books: Books, found: Mapping[str, Outcome], last: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """The outcomes with what people's sentences the pull request takes out of each page, where the last run has not
    said so itself. One whose English stands has been changed on the branch by people, whose word it is."""
    anew = {path: outcome for path, outcome in found.items() if outcome is not last.get(path)}
    gone = losses(
        [book_page(books.target, outcome) for outcome in found.values()],
        source_lang=books.settings.source_lang,
        target_lang=books.settings.target_lang,
    )
    out = dict(found)
    for path, outcome in anew.items():
        kept = tuple(item for item in gone.get(path, ()) if not item.is_broken)
        out[path] = replace(outcome, leaving=kept)
    return out


def _pages(edits: Mapping[str, str | None]) -> list[str]:
    """The documents that a difference concerns; a record that changed concerns its document."""
    names = {path.removeprefix(STATE_FOLDER).removesuffix(".json") for path in edits if path.startswith(STATE_FOLDER)}
    return sorted(names | {path for path in edits if not path.startswith(".amts/")})


def _from_default(books: Books, edits: Mapping[str, str | None]) -> Books:
    """The books as they were before there was a pull request, only those pages that it changes."""
    pages = _pages(edits)
    paths = tuple(dict.fromkeys([*pages, *(source_for(path, books.settings) for path in pages)]))
    settings = replace(books.settings, paths=paths)
    return replace(books, settings=settings, target=books.target.at(books.start.default))


def _outcome(
    target: Book, job: Job, edits: Mapping[str, str | None], last: Outcome | None, past: Mapping[str, Past]
) -> Outcome | None:
    """What became of one page; None when the pull request does nothing to it."""
    if job.path not in edits and not job.document.is_renamed:
        return last if last is not None and last.status == "failed" else None
    oid = edits.get(job.path)
    if job.fate == "deleted":
        return Outcome(job) if oid is None else None
    if job.fate not in ("changed", "new", "renamed") or job.preview is None or oid is None:
        return last if last is not None and last.result is not None else None
    if last is not None and last.result is not None and last.job.target_text == job.target_text:
        return last
    try:
        text = decode(target.content(oid), where=job.path)
        outputs = _outputs(job.head_text, text, job.path)
    except AmtsError:
        return last
    told = {e.head: e for e in last.result.entries if e.head} if last is not None and last.result is not None else {}
    entries = tuple(_entry(job.path, e, outputs, told, past) for e in job.preview.entries)
    if _owes_nothing(target, job.path, edits):
        entries = tuple(_settled(e) if verdict(e) in UNDELIVERED else e for e in entries)
    status = last.status if last is not None else "partial" if any(map(alarms, entries)) else "done"
    return Outcome(job, Result(text, entries, {}, (), status), {job.path: None})


UNDELIVERED: Final[frozenset[Verdict]] = frozenset({"conflict", "missing", "english", "old"})
"""Verdicts of blocks that a record owes."""


def _owes_nothing(target: Book, path: str, edits: Mapping[str, str | None]) -> bool:
    """Whether our branch has a new record of a page that owes nothing: what was not delivered, people have settled."""
    oid = edits.get(state_path(path))
    try:
        return oid is not None and not read_record(target.content(oid), path).owed
    except AmtsError:
        return False


def _settled(entry: Entry) -> Entry:
    """The block as people left it."""
    return replace(entry, action="keep", flags=(), origin="")


def _entry(
    path: str,
    entry: Entry,
    outputs: Mapping[Place, tuple[Place, str]],
    told: Mapping[Place, Entry],
    past: Mapping[str, Past],
) -> Entry:
    """The entry with what now stands on the branch."""
    if entry.head is None or tuple(entry.head) not in outputs:
        return entry
    place, text = outputs[tuple(entry.head)]
    if entry.action in ("keep", "cosmetic"):
        return replace(entry, output=place, output_text=text)
    now = replace(entry, output=place, output_text=text)
    said = told.get(entry.head)
    if said is not None and said.action == entry.action and said.output_text == text:
        return replace(now, origin=said.origin, flags=said.flags)
    before = past.get(block_key(path, entry.base_text, entry.head_text))
    if before is not None and before.output == digest(text):
        return replace(now, origin=before.origin, flags=before.flags)
    if (before is not None and before.output) or (entry.action == "conflict" and text != entry.target_text):
        # What we wrote is not what stands there: somebody has been here since.
        return replace(now, action="revise" if entry.action == "conflict" else entry.action, origin=BY_PERSON, flags=())
    return _guessed(now)


def _guessed(entry: Entry) -> Entry:
    """The entry of a block that nothing is remembered of."""
    if entry.action not in ("revise", "translate"):
        return entry
    if entry.output_text == entry.target_text:
        return replace(entry, origin="", flags=(flag("untranslated"),))
    if entry.kind in PROSE and entry.output_text == entry.head_text:
        return replace(entry, origin="", flags=(flag("untranslated"),))
    return replace(entry, origin=EARLIER, flags=())


def _outputs(head: str, output: str, name: str) -> dict[Place, tuple[Place, str]]:
    """By the place of each English block, the place and text of its counterpart on the branch.

    Raises:
        InputError: a notebook cannot be read.
    """
    if not is_notebook(name):
        return _between(head, output)
    left, right = parse_notebook(head, where=name), parse_notebook(output, where=name)
    found: dict[Place, tuple[Place, str]] = {}
    for bead in align_cells(left, right):
        if len(bead.source) != 1 or len(bead.target) != 1:
            continue
        i, j = bead.source[0], bead.target[0]
        old, new = left.cells[i].source, right.cells[j].source
        found[(i, 0, len(old))] = ((j, 0, len(new)), new)
        for place, (there, text) in _between(old, new).items():
            found.setdefault((i, *place), ((j, *there), text))
    return found


def _between(head: str, output: str) -> dict[Place, tuple[Place, str]]:
    left, right = parse_markdown(head), parse_markdown(output)
    found: dict[Place, tuple[Place, str]] = {}
    for bead in align_blocks(left.blocks, right.blocks):
        if not bead.target:
            continue
        outer = [right.blocks[j].outer for j in (bead.target[0], bead.target[-1])]
        span = Span(outer[0].start, outer[1].end)
        for i in bead.source:
            found[tuple(left.blocks[i].outer)] = (span, span.of(output))
    return found


MOST_BLOCKS = 600
"""So many blocks a body has room to remember; of what is more, whole pages are remembered, the longest first."""


def remembered(run: Run, memory: BodyMemory) -> BodyMemory:
    """The memory with what the pull request proposes now: the blocks of changed pages, and pages as a whole."""
    proposed: dict[str, dict[str, Past]] = {}
    pages: set[str] = set()
    for outcome in run.outcomes:
        job = outcome.job
        if outcome.status == "failed":
            continue
        if job.fate in ("new", "renamed", "deleted"):
            pages.add(page_key(job.path, job.head_text))
        elif blocks := _proposed(outcome):
            proposed[page_key(job.path, job.head_text)] = blocks
    count = sum(map(len, proposed.values()))
    for page in sorted(proposed, key=lambda page: -len(proposed[page])):
        if count <= MOST_BLOCKS:
            break
        count -= len(proposed.pop(page))
        pages.add(page)
    found = {key: past for blocks in proposed.values() for key, past in blocks.items()}
    return replace(memory, blocks=found, pages=frozenset(pages))


def _proposed(outcome: Outcome) -> dict[str, Past]:
    """What is proposed for the blocks of a page, by key."""
    found = {}
    for entry in outcome.result.entries if outcome.result else ():
        if has_card(entry) and (entry.output_text != entry.target_text or entry.action in ("move", "delete")):
            flags = tuple(replace(f, text=f.text[:80]) for f in entry.flags[:4])
            key = block_key(outcome.job.path, entry.base_text, entry.head_text)
            found[key] = Past(digest(entry.output_text), entry.origin[:40], flags)
    return found
