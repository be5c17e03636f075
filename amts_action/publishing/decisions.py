"""What people decide by a comment on a pull request: a page is whole as it stands, or a block is to stay as it was.

Neither asks an engine for anything. Both are a commit on the pull request's branch, made the way that a run's is, and
what was decided holds until the English changes again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from amts_action.books.book import Book
from amts_action.books.books import BookDocument, Books
from amts_action.books.records import Owed, Record, effective_text, state_path, write_record
from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.notebooks.notebook import parse_notebook
from amts_action.documents.notebooks.notebook_edits import Delete, Operation, SetSource, apply
from amts_action.errors import InputError, ServiceError
from amts_action.git.drafts import WORK, differing, trailers
from amts_action.git.hub import HubState
from amts_action.merging.document import Entry, Result
from amts_action.merging.flags import flag
from amts_action.merging.planning.unsettled import text_mark
from amts_action.publishing.cumulative import cumulative_run
from amts_action.publishing.github.client import Client
from amts_action.publishing.github.objects import Moved
from amts_action.publishing.publish import ROUNDS, Publication, Round
from amts_action.publishing.split import part_name
from amts_action.publishing.start import onto, seen, seen_all
from amts_action.reports.body.marker import BodyMemory, memory_of
from amts_action.reports.cards import has_card
from amts_action.reports.model import lines_of
from amts_action.runs.companions import Companions
from amts_action.runs.planning.declined import block_key
from amts_action.runs.run import Run

__all__ = ["Decision", "decide", "is_of_run", "read_decision"]


@dataclass(frozen=True, slots=True)
class Decision:
    """`take`: the page is whole. `skip`: the block is not to follow its English."""

    verb: Literal["take", "skip"]
    page: str
    """Path of the page in the translation."""
    place: int = 0
    """A line of the block on our branch, or its cell in a notebook, counted from 1 as in the description."""

    def __str__(self) -> str:
        return f"{self.verb} {self.page}{f':{self.place}' if self.place else ''}"


def decide(
    books: Books, client: Client, number: int, decision: Decision, *, report_name: str = "report.md"
) -> Publication:
    """Writes down what was decided, and the description of the pull request anew.

    Raises:
        InputError: the pull request is not one of this run's, or has no such page or block.
        ServiceError: GitHub refused or could not be reached, or the branch kept moving.
    """
    for _ in range(ROUNDS):
        standing = _standing(books, client, number)
        newest = onto(books, standing)
        at = replace(newest, source=newest.source.at(_shown_english(newest, standing)))
        pull = standing.open
        assert pull is not None
        memory = memory_of(pull.body) or BodyMemory()
        at.notes.add(f"By a comment: {decision}.")
        changed = differing(at.target.repository, at.start.default, at.target.commit)
        part = part_name(standing.branch, [edit.path for edit in changed], at.settings)
        if decision.verb == "take":
            if part and all(edit.path != decision.page for edit in changed):
                raise _not_here(decision)
            record = newest.records.get(decision.page)
            if record is None or not record.owed:
                at = newest  # nothing of it waits in the pull request: it is about what a run could not write at all
            edits, skipped = _taken(at, decision), frozenset[str]()
        else:
            full = cumulative_run(Run(at, (), Companions(), 0), changed, memory.blocks)
            found = {o.job.path: o.result for o in full.outcomes}.get(decision.page)
            if found is None:
                raise _not_here(decision)
            _check_same(at.target, standing, memory, decision)
            entry = _entry_at(found, decision)
            edits = _skipped(at, decision, found, entry)
            skipped = frozenset({block_key(decision.page, entry.base_text, entry.head_text)})
            at = replace(at, start=replace(at.start, declined=at.start.declined | skipped))
        run = Run(at, (), Companions(), 0)
        message = (
            f"{'Take' if decision.verb == 'take' else 'Skip a block of'} {decision.page}\n\nAsked for in #{number}.\n"
        )
        here = Round(client, run, standing, report_name, part=part, edits=edits, message=message, skipped=skipped)
        try:
            return here.done()
        except Moved:
            continue
    what = f"the branch of #{number} was moved by somebody else {ROUNDS} times meanwhile"
    raise ServiceError(what, where=client.hub.repository, mend="comment again")


def _standing(books: Books, client: Client, number: int) -> HubState:
    """Where the branch of the pull request stands.

    Raises:
        InputError: it is not one that a run with these settings has opened, or not open any more.
    """
    if (one := seen(books, client)).open is not None and one.open.number == number:
        return one
    for one in seen_all(books, client).values():
        if one.open is not None and one.open.number == number:
            return one
    raise InputError(f"#{number} is no open pull request of this run", where="comment")


def is_of_run(books: Books, client: Client, number: int) -> bool:
    """Whether an open pull request is one that a run with these settings keeps: that of another language is not."""
    try:
        return bool(_standing(books, client, number))
    except InputError:
        return False


def _shown_english(books: Books, standing: HubState) -> str:
    """The commit of the English that the pull request brings: what people looked at, not what came since."""
    made = trailers(books.target.repository, WORK, standing.default, standing.tip) if standing.tip else []
    return made[0] if made and made[0] in books.source.repository.known(made[:1]) else books.source.commit


def _not_here(decision: Decision) -> InputError:
    return InputError(f"this pull request does not change {decision.page}", where="comment", mend="name it in its own")


def _document(books: Books, decision: Decision) -> BookDocument:
    """The page.

    Raises:
        InputError: the translation has none of this path, or the English has none for it.
    """
    for document in books.documents():
        if document.pair.target_path == decision.page:
            if document.pair.source_path is None:
                raise InputError(f"the English has no page for {decision.page}", where="comment")
            return document
    raise InputError(
        f"the translation has no page {decision.page}", where="comment", mend="write its path as the description does"
    )


def _taken(books: Books, decision: Decision) -> dict[str, bytes | None]:
    """The record that owes nothing."""
    document = _document(books, decision)
    source = document.pair.source_path or ""
    record = Record(books.source.address, source, books.source.commit, books.source.tree[source].oid)
    if books.records.get(decision.page) == record:
        raise InputError(f"nothing of {decision.page} waits any more", where="comment")
    edits: dict[str, bytes | None] = {state_path(decision.page): write_record(record)}
    if document.pair.origin_path is not None:
        edits[document.pair.origin_path] = books.source.read(source)
    return edits


def _check_same(target: Book, standing: HubState, memory: BodyMemory, decision: Decision) -> None:
    """Makes sure that a line still means the block that people saw there.

    Raises:
        InputError: the page has changed since the description was written.
    """
    if memory.commit and memory.commit in target.repository.known([memory.commit]):
        then, now = (target.repository.tree(commit).get(decision.page) for commit in (memory.commit, standing.tip))
        if then == now:
            return
    what = f"{decision.page} has changed since the description was written"
    raise InputError(what, where="comment", mend="comment `/amts rerun`, and then with the new line")


def _entry_at(result: Result, decision: Decision) -> Entry:
    """The block there.

    Raises:
        InputError: there is none that the pull request changes or asks about.
    """
    if any(e.output and len(e.output) == 3 for e in result.entries):
        found = [e for e in result.entries if e.output and e.output[0] + 1 == decision.place and has_card(e)]
    else:
        lines = [line.output for line in lines_of(result.entries, base="", head="", target="", output=result.text)]
        found = [
            entry
            for entry, span in zip(result.entries, lines, strict=True)
            if span and span[0] <= decision.place <= span[1] and has_card(entry)
        ]
    if not found:
        what = f"the pull request changes no block at {decision.page}:{decision.place}"
        raise InputError(what, where="comment", mend="give one of the lines or cells that the description names")
    if len(found) > 1:
        what = f"{decision.page}:{decision.place} has {len(found)} changed blocks"
        raise InputError(what, where="comment", mend="put back what you want on the branch by hand")
    entry = found[0]
    if entry.head is None or entry.action in ("move", "delete"):
        raise _by_hand(decision)
    return entry


def _by_hand(decision: Decision) -> InputError:
    what = f"the block at {decision.page}:{decision.place} cannot be put back by itself"
    return InputError(what, where="comment", mend="change it on the branch as you like: the next run keeps that")


def _skipped(books: Books, decision: Decision, result: Result, entry: Entry) -> dict[str, bytes | None]:
    """The page with the block as the translation's own branch has it, and its record, which owes the change."""
    document = _document(books, decision)
    source = document.pair.source_path or ""
    record = books.records.get(decision.page)
    if record is None or record.blob != books.source.tree[source].oid or entry.head is None:
        what = f"{decision.page} is not brought to the newest English"
        raise InputError(what, where="comment", mend="comment `/amts rerun` first")
    is_written = entry.output_text != entry.target_text
    kept = [owed for owed in record.owed if not _meet(owed.span, entry.head)]
    if is_written:
        mark = text_mark(entry.target_text) if entry.target else ""
        old = entry.base_text if entry.base is not None else None
        kept.append(Owed(tuple(entry.head), old, flag("declined").text, mark))
    owed = tuple(sorted(kept, key=lambda item: item.span))
    edits: dict[str, bytes | None] = {state_path(decision.page): write_record(replace(record, owed=owed))}
    if is_written:
        edits[decision.page] = _put_back(result.text, entry, decision).encode("utf-8")
    if document.pair.origin_path is not None:
        edits[document.pair.origin_path] = effective_text(books.source.text(source), owed, source).encode("utf-8")
    return edits


def _meet(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether two places have characters in common, or are one."""
    if len(one) != len(other) or one[:-2] != other[:-2]:
        return False
    return one == other or (one[-2] < other[-1] and other[-2] < one[-1])


def _put_back(text: str, entry: Entry, decision: Decision) -> str:
    """The page with people's text in the place of what was written there.

    Raises:
        InputError: another block would not be what it is any more.
    """
    assert entry.output is not None
    old = entry.target_text if entry.target is not None else None
    if len(entry.output) == 2:
        return _with_block(text, entry.output[0], entry.output[1], old, decision)
    number, start, end = entry.output
    notebook = parse_notebook(text, where=decision.page)
    source = notebook.cells[number].source
    edit: Operation
    if old is None and (start, end) == (0, len(source)):
        edit = Delete(number)
    elif notebook.cells[number].kind == "markdown":
        edit = SetSource(number, _with_block(source, start, end, old, decision))
    else:
        edit = SetSource(number, source[:start] + (old or "") + source[end:])
    return apply(notebook, [edit])


def _with_block(text: str, start: int, end: int, old: str | None, decision: Decision) -> str:
    before, after = text[:start], text[end:]
    if old is None:
        rest, kept = after.lstrip("\n"), before.rstrip("\n")
        gap = "\n" * max(len(after) - len(rest), len(before) - len(kept))
        new = f"{kept}{gap if kept and rest else after if not rest else ''}{rest}"
        at = (len(kept), len(kept))
    else:
        new, at = f"{before}{old}{after}", (start, start + len(old))
    outside = [
        [b.outer.of(t) for b in parse_markdown(t).blocks if b.outer.end <= place[0] or b.outer.start >= place[1]]
        for t, place in ((text, (start, end)), (new, at))
    ]
    if outside[0] != outside[1]:
        raise _by_hand(decision)
    return new


def read_decision(words: str) -> Decision | None:
    """What `take PAGE` or `skip PAGE:LINE` asks for; None when it is neither."""
    found = re.fullmatch(r"(take|skip) +`?([^`:\s][^`:\n]{0,300}?)`?(?::([0-9]{1,7})(?:[-–][0-9]{1,7})?)?`?", words)
    if found is None or (found[1] == "skip") != bool(found[3]):
        return None
    return Decision("take" if found[1] == "take" else "skip", found[2].strip(), int(found[3] or 0))
