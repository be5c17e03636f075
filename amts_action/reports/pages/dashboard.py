"""How a whole translation stands, as one page of HTML that needs nothing else; it can be read without its script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from urllib.parse import quote

from amts_action.reports.escape import attribute, html_text, one_line
from amts_action.reports.pages.badge import share
from amts_action.reports.pages.shell import filled
from amts_action.reports.table import BlockCount, StatusRow

__all__ = ["Dashboard", "Month", "dashboard", "days_behind"]

_NAMES = {
    "people": "up to date, by people",
    "machine": "up to date, by machine",
    "behind": "English has changed",
    "missing": "never translated",
    "conflict": "to be decided",
    "unknown": "not known",
}
_MONTHS = {"current": "up to date", "behind": "behind", "unknown": "not known", "missing": "not translated"}
_CLASSES = {"current": "people"}
WIDTH, HEIGHT, LEFT, TOP = 900, 200, 40, 10
"""Of the chart's area, in its own units."""


@dataclass(frozen=True, slots=True)
class Month:
    """Pages of the English book at the end of a month (UTC)."""

    month: str
    """`2024-01`."""
    current: int = 0
    """Translated, and no later English."""
    behind: int = 0
    unknown: int = 0
    """Translated from an English that the histories do not tell."""
    missing: int = 0
    """Not translated."""
    commits: int = 0
    """Changes of pages that the translations lack, all together."""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What the page shows."""

    source: str
    target: str
    target_lang: str
    head: str
    """Commit of the source that the translation is held against."""
    today: date
    rows: tuple[StatusRow, ...]
    months: tuple[Month, ...]
    review_page: str = ""
    """Address of the page on which a run is reviewed; empty for none."""
    in_review: frozenset[str] = frozenset()
    """The documents that stand on it."""


def days_behind(row: StatusRow, today: date) -> int | None:
    """Days since the first change that the translation lacks; None when that is not known, or there is none."""
    return max((today - date.fromisoformat(row.since)).days, 0) if row.since else None


def dashboard(shown: Dashboard) -> str:
    """The page."""
    facts = f"against {shown.head[:10]} of {shown.source}, {shown.today.isoformat()}"
    main = [*_summary(shown), *_chart(shown.months), *_table(shown)]
    title = f"{shown.target or 'Translation'} ({shown.target_lang}) and {shown.source or 'its source'}"
    return filled("dashboard", TITLE=html_text(one_line(title)), FACTS=html_text(one_line(facts)), MAIN="\n".join(main))


def _counts(count: BlockCount) -> Iterator[tuple[str, int]]:
    return ((field.name, getattr(count, field.name)) for field in fields(BlockCount))


def _sum(rows: Sequence[StatusRow]) -> BlockCount:
    return sum((row.blocks for row in rows), BlockCount())


def _summary(shown: Dashboard) -> Iterator[str]:
    total, pages = _sum(shown.rows), len(shown.rows)
    done = sum(row.state == "up to date" for row in shown.rows)
    percent = share(total)
    yield '<section aria-labelledby="now"><h2 id="now">Now</h2>'
    words = "nothing" if percent is None else f"{percent} %"
    yield f'<p class="share">{words} <span>of {total.total:,} blocks up to date; {done} of {pages} pages</span></p>'
    yield _bar(total)
    yield '<ul class="legend">'
    for name, number in _counts(total):
        if number:
            yield f"<li>{_swatch(name)}{number:,} {_NAMES[name]}</li>"
    absent = sum(row.state == "missing" for row in shown.rows)
    more = f"<li>{absent} {'page' if absent == 1 else 'pages'} not translated</li>" if absent else ""
    yield f"{more}</ul></section>"


def _swatch(name: str) -> str:
    return f'<svg viewBox="0 0 10 10" aria-hidden="true"><rect class="{name}" width="10" height="10" rx="2"/></svg>'


def _bar(count: BlockCount) -> str:
    """The shares of the blocks as one bar; what it says is in numbers beside it, too."""
    parts, at = [], 0
    for name, number in _counts(count):
        if number:
            parts.append(f'<rect class="{name}" x="{at}" width="{number}" height="1"/>')
            at += number
    box = f'viewBox="0 0 {max(at, 1)} 1" preserveAspectRatio="none"'
    return f'<svg class="bar" {box} aria-hidden="true">{"".join(parts)}</svg>'


def _chart(months: Sequence[Month]) -> Iterator[str]:
    if not months:
        return
    top = max(max(sum(getattr(m, name) for name in _MONTHS) for m in months), 1)
    yield '<section aria-labelledby="past"><h2 id="past">Pages at the end of each month</h2>'
    label = f"Pages that were up to date, behind or not translated, {months[0].month} to {months[-1].month}"
    yield f'<svg class="chart" viewBox="0 0 {WIDTH + LEFT + 10} {HEIGHT + TOP + 30}" role="img" aria-label="{label}">'
    for n in sorted({0, top // 2, top}):
        y = TOP + HEIGHT * (1 - n / top)
        yield f'<line class="grid" x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{n}</text>'
    step = min(WIDTH / len(months), 60)
    gap = min(step / 5, 4)
    for k, month in enumerate(months):
        yield from _column(month, LEFT + k * step, step - gap, top)
        if k % max(-(-len(months) // 10), 1) == 0:
            x = LEFT + k * step
            yield f'<text x="{x:.1f}" y="{TOP + HEIGHT + 18}">{month.month}</text>'
    yield "</svg>"
    used = [name for name in _MONTHS if any(getattr(m, name) for m in months)]
    legend = "".join(f"<li>{_swatch(_CLASSES.get(name, name))}{_MONTHS[name]}</li>" for name in used)
    yield f'<ul class="legend">{legend}</ul>'
    yield '<details><summary>The chart in numbers</summary><div class="table" tabindex="0" role="region"'
    yield ' aria-label="The chart in numbers"><table><thead><tr><th class="plain" scope="col">month</th>'
    heads = (*_MONTHS.values(), "English changes lacking")
    yield "".join(f'<th class="plain n" scope="col">{name}</th>' for name in heads)
    yield "</tr></thead><tbody>"
    for month in months:
        numbers = (*(getattr(month, name) for name in _MONTHS), month.commits)
        cells = "".join(f'<td class="n">{number:,}</td>' for number in numbers)
        yield f'<tr><th scope="row">{month.month}</th>{cells}</tr>'
    yield "</tbody></table></div></details></section>"


def _column(month: Month, x: float, width: float, top: int) -> Iterator[str]:
    """One month as a column of parts; the pointer shows its numbers."""
    title = ", ".join(f"{getattr(month, name)} {words}" for name, words in _MONTHS.items() if getattr(month, name))
    yield f"<g><title>{month.month}: {title}; {month.commits:,} English changes lacking</title>"
    y = float(TOP + HEIGHT)
    for name in _MONTHS:
        height = HEIGHT * getattr(month, name) / top
        y -= height
        if height:
            part = _CLASSES.get(name, name)
            yield f'<rect class="{part}" x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}"/>'
    yield "</g>"


_COLUMNS = ("document", "state", "days", "commits", "up to date", "people", "machine", "behind", "missing", "to decide")


def _table(shown: Dashboard) -> Iterator[str]:
    if not shown.rows:
        return
    yield '<section aria-labelledby="pages"><h2 id="pages">Pages</h2>'
    yield '<div class="table" tabindex="0" role="region" aria-label="Table of pages"><table id="documents"><thead><tr>'
    for k, name in enumerate(_COLUMNS):
        yield f'<th scope="col"{_number_class(k)}><button type="button">{name}</button></th>'
    yield "</tr></thead><tbody>"
    for row in shown.rows:
        yield _row(row, shown)
    total = _sum(shown.rows)
    commits = sum(row.commits_behind or 0 for row in shown.rows)
    percent = share(total)
    cells = _number(None) + _number(commits) + f'<td class="n">{"" if percent is None else f"{percent} %"}</td>'
    cells += "".join(map(_number, _shown(total)))
    yield f'</tbody><tfoot><tr><th scope="row">{len(shown.rows)} pages</th><td></td>{cells}</tr></tfoot></table></div>'
    yield '<p class="quiet">days: since the first change of the English that the page lacks; numbers from the column '
    yield "“people” on are blocks</p></section>"


def _number_class(column: int) -> str:
    return ' class="n"' if column > 1 else ""


def _shown(count: BlockCount) -> tuple[int, ...]:
    return count.people, count.machine, count.behind, count.missing, count.conflict


def _review_link(row: StatusRow, shown: Dashboard) -> str:
    """Where what is proposed for a document is reviewed."""
    if not shown.review_page or not shown.in_review.intersection((row.path, row.target_path)):
        return ""
    url = f"{shown.review_page}#page={quote(row.path, safe='')}"
    name = html_text(one_line(row.path))
    return f' <a href="{attribute(url)}">review<span class="skip"> of {name}</span></a>'


def _row(row: StatusRow, shown: Dashboard) -> str:
    path = f'<bdi translate="no">{html_text(one_line(row.path))}</bdi>'
    link = f' <a href="{attribute(row.link)}">what changed<span class="skip"> in English of '
    name = f"{path}{link}{html_text(one_line(row.path))}</span></a>" if row.link else path
    is_told = row.note and row.state != "missing"  # of these the state says it all
    note = f' <span class="quiet">{html_text(one_line(row.note))}</span>' if is_told else ""
    known = row.blocks.total > row.blocks.unknown
    percent = share(row.blocks) if known else None
    bar = "" if percent is None else f"{percent} %{_bar(row.blocks)}"
    numbers = "".join(map(_number, _shown(row.blocks) if known else (None,) * 5))
    return (
        f'<tr><th scope="row" dir="auto">{name}</th><td>{row.state}{note}{_review_link(row, shown)}</td>'
        f"{_number(days_behind(row, shown.today))}{_number(row.commits_behind)}"
        f'<td class="n" data-n="{"" if percent is None else percent}">{bar}</td>{numbers}</tr>'
    )


def _number(value: int | None) -> str:
    return '<td class="n" data-n=""></td>' if value is None else f'<td class="n" data-n="{value}">{value:,}</td>'
