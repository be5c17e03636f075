"""A run as one page of HTML on which it is reviewed, and which needs nothing else: no network, no server, no other
file.

The book's text travels as compressed data and is put into the page as text only, so nothing in it is markup or runs;
the page's own policy allows no script but its own. The one connection that it allows is the API of the pull request,
to which a review is sent when its reader gives a token and asks for it.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from amts_action.git.hub import api_of
from amts_action.reports.cards import merged
from amts_action.reports.escape import html_text, one_line, visible
from amts_action.reports.links import compare, edit_page
from amts_action.reports.model import DocumentReport, RunReport
from amts_action.reports.pages.block_data import block_data, file_urls, shown_texts
from amts_action.reports.pages.glossary import Glossary
from amts_action.reports.pages.mathml import MATH, mathml
from amts_action.reports.pages.shell import filled

__all__ = ["page"]

SCRIPTS: Final = (
    "dom", "inline", "blocks", "parts", "decisions", "patch", "export", "hub", "card", "editor", "list", "keys",
    "start",
)  # fmt: skip
STYLES: Final = ("frame", "blocks", "print")
"""The files of the assets that the page is made of, `review-NAME`, in their order."""
_PULL = re.compile(r"(?P<server>https?://[\w.-]+(?::\d+)?)/(?P<name>[\w.-]+/[\w.-]+)/pull/(?P<number>\d+)", re.ASCII)


def page(run: RunReport, *, terms: Sequence[tuple[str, str]] = ()) -> str:
    """The report as HTML.

    Args:
        terms: a glossary in the place of the run's own; a block says which of its terms occur, and whether the
            translation has them.
    """
    data = _data(run, Glossary(terms or run.terms))
    packed = base64.b64encode(gzip.compress(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"), mtime=0))
    parts = {"TITLE": html_text(_title(run)), "DATA": packed.decode("ascii")}
    scripts, styles = ([f"review-{name}" for name in names] for names in (SCRIPTS, STYLES))
    return filled("review", scripts=scripts, styles=styles, connect=_origin(data["pull"]), **parts)


def _title(run: RunReport) -> str:
    return f"{run.target or 'Translation'} ({run.target_lang}) and {run.source or 'its source'}"


def _data(run: RunReport, glossary: Glossary) -> dict[str, Any]:
    entries = (entry for document in run.documents for entry in document.entries)
    return {
        "title": _title(run),
        "lang": run.target_lang,
        "engine": one_line(run.engine),
        "target": one_line(run.target),
        "branch": one_line(run.branch) if run.target_after else "",
        "commit": run.target_after,
        "pull": _pull(run.pull_url),
        "facts": [
            ["source", one_line(run.source), ""],
            ["target", one_line(run.target), ""],
            ["branch", one_line(run.branch), ""],
            ["pull request", f"#{run.pull_url.rpartition('/')[2]}" if run.pull_url else "", run.pull_url],
            ["engine", one_line(run.engine), ""],
            ["characters sent", f"{run.characters_sent:,}", ""],
        ],
        "notes": [visible(note) for note in run.notes],
        "companions": [[visible(c.text), c.needs_person] for c in run.companions],
        "documents": [_document(run, document, glossary) for document in run.documents],
        "math": dict(_formulas(text for entry in entries for text in shown_texts(entry))),
    }


def _pull(url: str) -> dict[str, str]:
    """Where the pull request's API is; empty without one."""
    found = _PULL.fullmatch(url)
    if found is None:
        return {}
    return {"api": f"{api_of(found['server'])}/repos/{found['name']}/pulls/{found['number']}", "web": url}


def _origin(pull: dict[str, str]) -> str:
    """The one address that the page may connect to."""
    parts = urlsplit(pull.get("api", ""))
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _document(run: RunReport, document: DocumentReport, glossary: Glossary) -> dict[str, Any]:
    parts = merged(document)
    files = file_urls(run, document)
    numbers = range(len(document.entries))
    blocks = [block_data(run, document, n, glossary, files=files, is_merged=n in parts) for n in numbers]
    out = {
        "path": visible(document.path),
        "status": document.status,
        "message": visible(document.message),
        "warnings": [visible(warning) for warning in document.warnings],
        "link": compare(run.source_web, document.base, document.head),
        "subjects": [visible(subject) for subject in document.subjects[:20]],
        "blocks": blocks,
        "files": files,
    }
    if run.target_after and (edit := edit_page(run.target_web, run.branch, document.path)):
        out["edit"] = edit
    if any("e" in block for block in blocks):
        out["parts"] = list(document.parts)
    return out


def _formulas(texts: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """Every formula in the texts, as it is written, with its MathML."""
    seen = set()
    for text in texts:
        for found in MATH.finditer(text) if "$" in text else ():
            if found[0] in seen:
                continue
            seen.add(found[0])
            made = mathml(found["display"] or found["inline"], display=found["display"] is not None)
            if made is not None:
                yield found[0], made
