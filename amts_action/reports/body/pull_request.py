"""The pull request as its readers see it: title and body, and the same without a limit as the report.

Pure functions: the same run gives the same bytes. Everything that comes from a book, a commit or an engine goes through
`escape`; the markup around it is ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import inf
from urllib.parse import quote

from amts_action.reports.body.marker import OTHERS
from amts_action.reports.cards import NEEDS_PERSON, card, has_card, is_written, merged, shortened
from amts_action.reports.checklist import count, for_person, points
from amts_action.reports.effort import effort, new_words
from amts_action.reports.escape import (
    github_html,
    inline_code,
    markdown_text,
    one_line,
    plain_line,
    utf16_length,
    web_address,
)
from amts_action.reports.links import compare, name_link, numbered, place_link, report_link, short
from amts_action.reports.model import DocumentReport, RunReport, verdict

__all__ = ["LIMIT", "body", "others_line", "report", "title"]

LIMIT = 60_000
"""Most characters of a body. GitHub refuses more than 65,536 ("body is too long"); one outside the basic plane is
counted twice here, because it is not documented how GitHub counts it."""

_TABLE_ROOM, _POINTS_ROOM, _COMPANIONS_ROOM = 10_000, 16_000, 6_000
_PATIENCE = 50
"""So many blocks may be too long for what room is left, before no smaller one is looked for."""
_MORE_ROOM = 400
"""Kept free for a line that says how much is left out."""

_STATUSES = {
    "done": "done",
    "partial": "in part",
    "failed": "**not written**",
    "error": "**not written**",
    "new": "new page",
    "renamed": "renamed",
    "deleted": "removed",
    "taken-back": "taken back",
    "up-to-date": "up to date",
}


def title(run: RunReport) -> str:
    """One line of plain text that says what the pull request does, shorter than the 256 characters GitHub allows."""
    source = plain_line(shortened(run.source.rsplit("/", 1)[-1], 60)) or "the English book"
    heads = {short(d.head) for d in run.documents if d.head}
    head = f"@{heads.pop()}" if len(heads) == 1 else ""
    touched = [d for d in run.documents if _is_touched(d)]
    blocks = sum(_cards(d) for d in touched)
    language = plain_line(shortened(run.target_lang, 20))
    part = f"{plain_line(shortened(run.part, 80))}: " if run.part else ""
    return f"Sync {language} with {source}{head}: {part}{count(len(touched), 'document')}, {count(blocks, 'block')}"


def body(run: RunReport, *, limit: int = LIMIT) -> str:
    """The body of the pull request, at most `limit` characters; what has no room is counted and is in the report."""
    return _written(run, limit)


def report(run: RunReport) -> str:
    """The whole report as markdown: the same parts, every block and every text in full."""
    return _written(run, None)


def _written(run: RunReport, limit: int | None) -> str:
    full, share = limit is None, (limit or 0) / LIMIT
    run = _ordered(run)
    parts = [
        f"# {markdown_text(title(run))}" if full else "",
        _intro(run),
        others_line(run),
        _fitting(_table(run), None if full else int(_TABLE_ROOM * share), run, "document"),
        _headed("For you", _fitting(points(run, full=full), None if full else int(_POINTS_ROOM * share), run, "point")),
    ]
    notes = [f"- {markdown_text(line if full else shortened(line, 300))}" for line in run.notes]
    more = [
        f"- {markdown_text(line.text if full else shortened(line.text, 300))}"
        for line in run.companions
        if full or not line.needs_person
    ]
    room = None if full else int(_COMPANIONS_ROOM * share) // 2
    beside = _fitting(more, room, run, "line")
    if more and not full:  # it asks nothing of anybody
        beside = f"<details><summary>{count(len(more), 'file')} beside the text</summary>\n\n{beside}\n\n</details>"
    last = _headed("Beside the text", "\n\n".join(filter(None, (_fitting(notes, room, run, "line"), beside))))
    room = None if limit is None else limit - sum(utf16_length(part) + 2 for part in (*parts, last))
    parts += [_documents(run, room), last]
    return "\n\n".join(part for part in parts if part) + "\n"


def _headed(heading: str, text: str) -> str:
    return f"### {heading}\n\n{text}" if text else ""


def _fitting(lines: Sequence[str], room: int | None, run: RunReport, noun: str) -> str:
    """The lines that have room, and how many have not."""
    taken = 0
    for n, line in enumerate(lines):
        taken += utf16_length(line) + 1
        if room is not None and taken > room - _MORE_ROOM:
            rest = len(lines) - n
            return "\n".join([*lines[:n], f"\n… and {count(rest, f'more {noun}')}, all in {report_link(run)}."])
    return "\n".join(lines)


def _ordered(run: RunReport) -> RunReport:
    """The run with the documents that need a decision first, and of each sort the one with most new text first."""

    def key(document: DocumentReport) -> tuple[bool, int]:
        asks = bool(document.warnings) or document.status == "deleted" or not is_written(document)
        asks = asks or any(verdict(entry) in NEEDS_PERSON for entry in document.entries)
        return not asks, -new_words(document, ("read",))

    return replace(run, documents=tuple(sorted(run.documents, key=key)))


MOST_OTHERS = 20
"""So many other requests are named; who divides a book into more looks at the list of all."""


def others_line(run: RunReport) -> str:
    """One line with the other requests of the same translation; empty for what is no part of it."""
    if not run.part:
        return ""
    links = [(name, web_address(url)) for name, url in run.others]
    shown = [f"[{inline_code(shortened(name, 60))}]({link})" for name, link in links[:MOST_OTHERS] if link]
    if not shown:
        return OTHERS
    more = len(links) - len(shown)
    query = quote(f"is:pr is:open head:{run.branch.partition('+')[0]}")
    rest = f" and {more:,} more ([all]({web_address(run.target_web)}/pulls?q={query}))" if more else ""
    return f"Proposed beside this, to be merged in any order: {', '.join(shown)}{rest}. {OTHERS}"


def _cards(document: DocumentReport) -> int:
    return sum(map(has_card, document.entries))


def _is_touched(document: DocumentReport) -> bool:
    return document.status in ("failed", "error", "new", "renamed", "deleted") or _cards(document) > 0


def _is_listed(document: DocumentReport) -> bool:
    """Whether there is anything to see: not of a page in which nothing changed but what a translator need not know."""
    return _is_touched(document) or bool(document.warnings or for_person(document))


def _intro(run: RunReport) -> str:
    """One paragraph: from where to where, how much by whom, and what is left to a person."""
    touched = [d for d in run.documents if _is_touched(d)]
    book = inline_code(shortened(run.source, 80)) if run.source else "the English book"
    language = inline_code(shortened(run.target_lang, 20))
    what = f"{count(sum(map(_cards, touched)), 'block')} in {count(len(touched), 'document')}"
    states = Counter(verdict(e) for d in touched if is_written(d) for e in d.entries if has_card(e))
    waiting = sum(states[state] for state in NEEDS_PERSON)
    engine = inline_code(shortened(run.engine, 40)) if run.engine else "the engine"
    lost = sum(not is_written(d) for d in touched)
    shares = [f"{states['fine']:,} in people's own text"] if states["fine"] else []
    shares += [f"{states['read']:,} with new text from {engine}"] if states["read"] else []
    shares += [f"{waiting:,} left for a decision or a translation"] if waiting else []
    said = f": {', '.join(shares)}" if shares else ""
    sentences = [f"This brings the {language} translation up to {book}{_range(run)}. {what} changed{said}."]
    if lost:
        sentences.append(f"**{count(lost, 'document')} could not be written.**")
    if run.characters_sent:
        sentences.append(f"The last run sent {count(run.characters_sent, 'character')} to the engine.")
    sentences.append("Every other byte of the translation is as it was.")
    if url := web_address(run.run_url):
        sentences.append(f"Read it block by block, and answer, on the [review page]({url}#artifacts) of the run.")
    return "\n\n".join(filter(None, (_cost(run), " ".join(sentences))))


def _cost(run: RunReport) -> str:
    """One line that says what all this asks of its reader; empty when it is nothing."""
    work = effort(run)
    parts = [count(n, noun) for n, noun in ((work.decisions, "decision"), (work.sentences, "sentence")) if n]
    return f"**{count(work.minutes, 'minute')}:** {', '.join(parts)}." if parts else ""


def _range(run: RunReport) -> str:
    """The commits, linked to their difference, when all documents have the same."""
    ranges = {(d.base, d.head) for d in run.documents if d.head and d.status != "up-to-date"}
    heads = {head for _, head in ranges}
    if len(heads) != 1 or not short(min(heads)):
        return ""
    if len(ranges) > 1 or not short(min(ranges)[0]):
        return f" at `{short(min(heads))}`"
    return f" at {_commits(run, *min(ranges))}"


def _commits(run: RunReport, base: str, head: str) -> str:
    words = f"`{short(base)}…{short(head)}`" if short(base) else f"`{short(head)}`"
    url = compare(run.source_web, base, head)
    return f"[{words}]({url})" if url else words


def _table(run: RunReport) -> list[str]:
    """The documents with their counts; those that are up to date are only counted. Empty when there is nothing."""
    rows = [
        f"| {name_link(run, d, in_table=True)} | {_STATUSES[d.status]} | {_counts(d)} | {_share(d)} |"
        for d in run.documents
        if _is_listed(d)
    ]
    if not rows:
        return []
    idle = len(run.documents) - len(rows)
    after = [f"\n{count(idle, 'other document')} {'is' if idle == 1 else 'are'} up to date."] if idle else []
    # The head is one line for `_fitting`: it stays with the first row.
    head = "| document | state | blocks | for you |\n|---|---|---|---|"
    return [f"{head}\n{rows[0]}", *rows[1:], *after]


_COUNTED = ("revise", "translate", "reuse", "patch", "code", "move", "delete", "conflict", "owed", "cosmetic")


def _counts(document: DocumentReport) -> str:
    counts = Counter(e.action for e in document.entries)
    return ", ".join(f"{counts[action]:,} {action}" for action in _COUNTED if counts[action])


def _share(document: DocumentReport) -> str:
    if not is_written(document):
        return "**all of it**"
    waiting = for_person(document)
    return f"**{waiting:,}**" if waiting else ""


@dataclass(slots=True)
class _Section:
    """A document on its way into the body."""

    run: RunReport
    document: DocumentReport
    full: bool
    cards: dict[int, str] = field(default_factory=dict)
    _merged: frozenset[int] | None = None
    _opening: str = ""

    def opening(self) -> str:
        """The fold's first line and what is said of the document as a whole."""
        self._opening = self._opening or _opening(self.run, self.document, full=self.full)
        return self._opening

    def card(self, n: int) -> str:
        """The card of entry `n`."""
        if self._merged is None:
            self._merged = merged(self.document)
        return card(self.run, self.document, n, full=self.full, is_merged=n in self._merged)

    def text(self) -> str:
        """The whole section: flagged cards first, otherwise in the order of the document."""
        order = sorted(self.cards, key=lambda n: (_rank(self.document, n), n))
        left_out = _cards(self.document) - len(order)
        more = [f"… and {count(left_out, 'more block')} in {report_link(self.run)}."] if left_out else []
        return "\n\n".join([self.opening(), *(self.cards[n] for n in order), *more, "</details>"])


def _opening(run: RunReport, document: DocumentReport, *, full: bool) -> str:
    """The fold's first line and what is said of the document as a whole."""
    name = github_html(document.path if full else shortened(document.path, 120), in_code=True)
    waiting = for_person(document)
    facts = [_STATUSES[document.status].strip("*"), count(_cards(document), "block")]
    facts += [f"<b>{waiting:,} for you</b>"] if waiting else []
    lines = _about(run, document, full=full)
    head = f"<details><summary><code>{name}</code> – {', '.join(facts)}</summary>"
    return "\n\n".join([head, "\n".join(lines)] if lines else [head])


def _rank(document: DocumentReport, n: int) -> int:
    """0 for what a person must act on, 1 for the rest, 2 for what only belongs to a new page."""
    state = verdict(document.entries[n])
    if state in NEEDS_PERSON:
        return 0
    return 2 if document.status == "new" else 1


def _about(run: RunReport, document: DocumentReport, *, full: bool) -> list[str]:
    """Lines about the document as a whole: its commits, and what asks nothing of anybody."""
    lines = []
    if document.message:
        lines.append(f"- {markdown_text(document.message if full else shortened(document.message, 300))}")
    subjects = document.subjects if full else document.subjects[:5]
    if subjects:
        shown = [markdown_text(one_line(s) if full else shortened(s, 100)) for s in subjects]
        more = len(document.subjects) - len(subjects)
        rest = f"; and {count(more, 'more commit')} in {report_link(run)}" if more else ""
        at = f" {_commits(run, document.base, document.head)}" if short(document.head) else ""
        lines.append(f"- English{at}: {'; '.join(shown)}{rest}")
    cosmetic = [n for n, e in enumerate(document.entries) if e.action == "cosmetic" and not has_card(e)]
    if cosmetic:
        at = _positions(run, document, cosmetic, full=full)
        lines.append(f"- {count(len(cosmetic), 'block')} changed in English in small things only: nothing to do{at}.")
    small = list(dict.fromkeys(change for entry in document.entries for change in entry.small))
    if small:
        shown = [markdown_text(shortened(change, 80)) for change in (small if full else small[:8])]
        rest = f"; and {len(small) - len(shown):,} more in {report_link(run)}" if len(small) > len(shown) else ""
        lines.append(f"- Small changes of the English that the translation need not follow: {'; '.join(shown)}{rest}.")
    lines += _leaving(document) if full else []
    never = [n for n, e in enumerate(document.entries) if verdict(e) == "never"]
    if never:
        verb = "was" if len(never) == 1 else "were"
        at = _positions(run, document, never, full=full)
        lines.append(f"- {count(len(never), 'English block')} never {verb} in the translation{at}.")
    return lines


def _leaving(document: DocumentReport) -> list[str]:
    """What people wrote and the translation has no more, with its English and why."""
    rows = [
        f"  - “{markdown_text(one_line(item.text))}” (“{markdown_text(one_line(item.english))}”): {item.reason}"
        for item in document.leaving
    ]
    many = len(rows)
    return [f"- {count(many, 'sentence')} that people wrote {'goes' if many == 1 else 'go'}:", *rows] if rows else []


def _positions(run: RunReport, document: DocumentReport, members: Sequence[int], *, full: bool) -> str:
    shown = members if full else members[:12]
    found = [place for n in shown if (place := place_link(run, document, n, "head", bare=True))]
    if not found:
        return ""
    noun = "cell" if len(document.entries[members[0]].head or ()) == 3 else "line"
    more = f" and {len(members) - len(shown):,} more in {report_link(run)}" if len(members) > len(shown) else ""
    return f" ({numbered(noun, found)}{more})"


def _documents(run: RunReport, room: int | None) -> str:
    """The sections of the documents. With little room the blocks that need a person get it first."""
    sections = [_Section(run, d, room is None) for d in run.documents]
    shown: set[int] = set()
    left = inf if room is None else room - _MORE_ROOM
    refused = 0
    for _, i, n in sorted(_wishes(run)):
        section = sections[i]
        cost = 0 if i in shown else utf16_length(section.opening()) + _MORE_ROOM
        text = section.card(n) if n >= 0 and cost < left else ""
        cost += utf16_length(text) + 2
        if cost > left:
            refused += 1
            if refused > _PATIENCE:
                break
            continue
        left -= cost
        shown.add(i)
        if text:
            section.cards[n] = text
    return "\n\n".join([*(sections[i].text() for i in sorted(shown)), *_not_shown(run, sections, shown)])


def _wishes(run: RunReport) -> list[tuple[int, int, int]]:
    """Rank, document and entry of every card; entry -1 for a document that has something to say but no card."""
    out = []
    for i, document in enumerate(run.documents):
        members = [n for n, entry in enumerate(document.entries) if has_card(entry)]
        out += [(_rank(document, n), i, n) for n in members]
        if not members and document.status != "up-to-date" and _about(run, document, full=False):
            out.append((0 if not is_written(document) else 1, i, -1))
    return out


def _not_shown(run: RunReport, sections: Sequence[_Section], shown: set[int]) -> list[str]:
    missing = [i for i in sorted({i for _, i, _ in _wishes(run)}) if i not in shown]
    if not missing:
        return []
    blocks = sum(_cards(sections[i].document) for i in missing)
    what = f"{count(len(missing), 'document')} with {count(blocks, 'block')}"
    return [f"{what} had no room here: all of it is in {report_link(run)}."]
