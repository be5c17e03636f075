"""What a person has to do about a run, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from amts_action.merging.flags import Flag
from amts_action.reports.cards import is_written, shortened
from amts_action.reports.effort import new_words
from amts_action.reports.escape import inline_code, markdown_text
from amts_action.reports.links import Side, name_link, numbered, place_link, report_link
from amts_action.reports.model import DocumentReport, RunReport, Verdict, alarms, verdict

__all__ = ["count", "for_person", "points"]

_POSITIONS = 8
"""So many places are named in one point; who has more to do there opens the document anyway."""
_REASONS = 3
"""The same of reasons."""

# In the order in which they are listed.
_TASKS: dict[Verdict, str] = {
    "conflict": "decide about {blocks}",
    "missing": "put in {blocks} by hand",
    "english": "translate {blocks}, the English stands there",
    "old": "translate {blocks}, the old text stands there",
    "flagged": "check {blocks}",
    "read": "read {blocks} that no person wrote",
}


_DECIDE: tuple[Verdict, ...] = tuple(state for state in _TASKS if state != "read")


_READ: tuple[Verdict, ...] = ("read",)


def count(n: int, noun: str) -> str:
    """`1 block`, `1,200 blocks`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def for_person(document: DocumentReport) -> int:
    """How many blocks of the document wait for a person; of one that was not written, none by itself."""
    return sum(verdict(e) in _TASKS for e in document.entries) if is_written(document) else 0


def points(run: RunReport, *, full: bool = False) -> list[str]:
    """The points of the checklist in markdown: what needs a decision, in the order of the documents and then of the
    companions, and after it what is only to be read, the document with most new text first.

    Args:
        full: names every place and reason, as the report does.
    """
    most = None if full else _POSITIONS
    decide = [*_first(run), *(point for d in run.documents for point in _document_points(run, d, _DECIDE, most))]
    decide += [markdown_text(shortened(line.text, 300)) for line in run.companions if line.needs_person]
    sizes = {n: new_words(document, ("read",)) for n, document in enumerate(run.documents)}
    order = sorted(sizes, key=lambda n: (-sizes[n], n))
    read = [point for n in order for point in _document_points(run, run.documents[n], _READ, most)]
    return [f"- [ ] {point}" for point in (*decide, *read)]


def _first(run: RunReport) -> Iterator[str]:
    """What can cost people's work comes first: what goes without need, collisions, pages that go, and what may rest on
    a wrong base."""
    for document in run.documents:
        if lost := [item for item in document.leaving if item.is_broken]:
            first = markdown_text(shortened(lost[0].text, 120))
            what = f"**{count(len(lost), 'sentence')} of people would go without need**, the first of them “{first}”"
            yield f"{name_link(run, document)}: {what}: put it back, or say that it may go"
    for path in run.collisions:
        what = "the translation's own branch has changed the same place, so that it was not merged: merge it by hand"
        yield f"{inline_code(shortened(path, 120))}: {what}"
    for document in run.documents:
        if document.status == "deleted":
            yield f"{name_link(run, document)}: **goes**, for the English has removed it: say whether it shall"
    for document in run.documents:
        for warning in document.warnings:
            yield f"{name_link(run, document)}: check the page as a whole: {markdown_text(shortened(warning, 300))}"


def _document_points(
    run: RunReport, document: DocumentReport, states: Collection[Verdict], most: int | None
) -> list[str]:
    name = name_link(run, document)
    if not is_written(document):
        if "read" in states:
            return []
        reason = document.message or "a check of the whole document failed"
        what = "mend this, or bring the page by hand; nothing was written"
        return [f"{name}: {what}: {markdown_text(shortened(reason, 300))}"]
    groups: dict[Verdict, list[int]] = {}
    for n, entry in enumerate(document.entries):
        groups.setdefault(verdict(entry), []).append(n)
    return [f"{name}: {_task(run, document, state, groups[state], most)}" for state in states if state in groups]


def _task(run: RunReport, document: DocumentReport, state: Verdict, members: list[int], most: int | None) -> str:
    if state == "read" and document.status == "new":
        return f"read the new page, {count(len(members), 'block')} that no person wrote"
    text = _TASKS[state].format(blocks=count(len(members), "block"))
    if state == "read" and (words := new_words(document, ("read",))):
        text += f", {count(words, 'new word')}"
    found = (flag for n in members for flag in alarms(document.entries[n]) if flag.code != "untranslated")
    reasons = dict.fromkeys(map(_reason, found))
    shown = [markdown_text(reason) for reason in reasons][: most and _REASONS]
    left = len(reasons) - len(shown)
    shown += [f"and {count(left, 'more reason')} in {report_link(run)}"] if left else []
    text += f": {'; '.join(shown)}" if shown else ""
    places = _places(run, document, members, most)
    return f"{text} ({places})" if places else text


def _reason(flag: Flag) -> str:
    """A flag without what it quotes after a colon; an engine's failure is not worth a point without its reason."""
    return shortened(flag.text if flag.code in ("rejected", "refused") else flag.text.split(": ")[0], 100)


def _places(run: RunReport, document: DocumentReport, members: list[int], most: int | None) -> str:
    sides: dict[str, list[str]] = {}
    for n in members[:most]:
        entry = document.entries[n]
        side: Side = "output" if entry.output else "target" if entry.target else "head" if entry.head else "base"
        noun = "cell" if len(getattr(entry, side) or ()) == 3 else "line"
        if found := place_link(run, document, n, side, bare=True):
            places = sides.setdefault(f"English {noun}" if side in ("head", "base") else noun, [])
            places += [found] if found not in places else []
    more = len(members[most:]) if most else 0
    texts = [numbered(noun, found) for noun, found in sides.items()]
    return ", ".join([*texts, *([f"and {more:,} more in {report_link(run)}"] if more and texts else [])])
