"""Where a block is, for people: its lines or its cell, as a permalink when the repository has a web address."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from amts_action.merging.document import Place
from amts_action.reports.escape import attribute, inline_code, one_line, url_path, web_address
from amts_action.reports.model import DocumentReport, RunReport

__all__ = [
    "Side",
    "blob",
    "compare",
    "edit_page",
    "name_link",
    "numbered",
    "place_html",
    "place_link",
    "report_link",
    "short",
    "spot",
]

Side = Literal["base", "head", "target", "output"]

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_LONGEST = 600
"""Characters of an address that is still shown as a link: no book has such paths, and the body's room is bounded."""
_PATH_SHOWN = 120
_REPORT_SHOWN = 100
"""Characters of its name; our own limit, the workflow may give it any."""


def short(commit: str) -> str:
    """The first seven characters of a commit id; empty for what is no id."""
    return commit[:7] if _COMMIT.fullmatch(commit) else ""


def blob(web: str, commit: str, path: str, lines: tuple[int, int] | None = None) -> str:
    """The permanent address of a file, or of lines in it; empty when it has none.

    Rendered files show lines only with `?plain=1` (docs.github.com, "Getting permanent links to files").
    """
    web = web_address(web)
    if not (web and path and _COMMIT.fullmatch(commit)):
        return ""
    url = f"{web}/blob/{commit}/{url_path(path)}"
    if lines:
        plain = "?plain=1" if path.lower().endswith((".md", ".markdown", ".rst")) else ""
        url += f"{plain}#L{lines[0]}" + (f"-L{lines[1]}" if lines[1] > lines[0] else "")
    return url if len(url) <= _LONGEST else ""


def edit_page(web: str, branch: str, path: str) -> str:
    """Where a file of a branch can be changed in the browser; empty when it cannot."""
    web = web_address(web)
    url = f"{web}/edit/{url_path(branch)}/{url_path(path)}"
    return url if web and branch and path and len(url) <= _LONGEST else ""


def compare(web: str, base: str, head: str) -> str:
    """The address of the difference of two commits; empty when it has none."""
    web = web_address(web)
    return f"{web}/compare/{base}...{head}" if web and _COMMIT.fullmatch(base) and _COMMIT.fullmatch(head) else ""


def spot(run: RunReport, document: DocumentReport, n: int, side: Side) -> tuple[str, str]:
    """Words for the place of entry `n` in one of its texts, and its address; each may be empty."""
    place: Place | None = getattr(document.entries[n], side)
    if place is None:
        return "", ""
    lines: tuple[int, int] | None = getattr(document.line(n), side)
    if len(place) == 3:
        words = f"cell {place[0] + 1}"
    elif lines:
        words = f"line {lines[0]}" if lines[0] == lines[1] else f"lines {lines[0]}–{lines[1]}"
    else:
        words = ""
    return words, blob(*_file(run, document, side), lines)


def _file(run: RunReport, document: DocumentReport, side: Side) -> tuple[str, str, str]:
    if side == "base":
        return run.source_web, document.base, document.source_path
    if side == "head":
        return run.source_web, document.head, document.source_path
    return run.target_web, run.target_before if side == "target" else run.target_after, document.path


def place_link(run: RunReport, document: DocumentReport, n: int, side: Side, *, bare: bool = False) -> str:
    """The place as markdown, linked when it can be; `bare` leaves out the word before the number."""
    words, url = spot(run, document, n, side)
    words = words.split(" ")[-1] if bare else words
    return f"[{words}]({url})" if words and url else words


def numbered(noun: str, places: Sequence[str]) -> str:
    """`line 3`, `lines 3–5`, `lines 3, 8`: bare places, linked or not, behind their noun."""
    is_many = len(places) > 1 or any("–" in place.partition("](")[0] for place in places)
    return f"{noun}{'s' if is_many else ''} {', '.join(places)}"


def place_html(run: RunReport, document: DocumentReport, n: int, side: Side) -> str:
    """The place as HTML, linked when it can be."""
    words, url = spot(run, document, n, side)
    return f'<a href="{attribute(url)}">{words}</a>' if words and url else words


def name_link(run: RunReport, document: DocumentReport, *, in_table: bool = False) -> str:
    """The path of the translated document as code, linked to the file as it is on the branch."""
    path = document.path
    if len(path) > _PATH_SHOWN:
        path = "…" + path[1 - _PATH_SHOWN :]
    code = inline_code(path, in_table=in_table)
    gone = document.status == "deleted"
    url = blob(run.target_web, run.target_before if gone else run.target_after, document.path)
    return f"[{code}]({url})" if url else code


def report_link(run: RunReport) -> str:
    """The name of the whole report, linked to the run that keeps it: where all is that has no room."""
    name = inline_code(one_line(run.report_name)[:_REPORT_SHOWN]) if run.report_name else "the report"
    url = web_address(run.run_url)
    return f"{name} ([run]({url}#artifacts))" if url else name
