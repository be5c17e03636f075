"""The workload of a range of the English book's history, month by month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from amts_action.books.pairing import matches
from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.files import SUFFIXES, decode, is_notebook
from amts_action.documents.model import Document
from amts_action.errors import AmtsError, InputError
from amts_action.evaluation.workload import PageEffort, measure
from amts_action.git.repository import Repository, Version
from amts_action.processes import spread

__all__ = ["Workload", "workload"]


@dataclass(frozen=True, slots=True)
class Workload:
    """Efforts by month (`2023-05`), in order, and what could not be read."""

    months: tuple[tuple[str, PageEffort], ...]
    commits: int
    documents: int
    problems: tuple[str, ...]


_Step = tuple[str, PageEffort | str]


def workload(
    source: Repository,
    *,
    prefix: str = "",
    head: str = "HEAD",
    globs: Sequence[str] = (),
    exclude: Sequence[str] = (),
    since: date | None = None,
    until: date | None = None,
    lang: str = "en",
) -> Workload:
    """What every change of the documents between two days would have cost, one run after each commit.

    Args:
        prefix: the book's folder.
        globs: only documents that match one of them; all when empty.
        since, until: first and last day that counts (committer's date, UTC); all when None.

    Raises:
        InputError: no document changed then.
    """
    chosen = []
    for path, versions in source.history(prefix, head).items():
        if not path.lower().endswith(SUFFIXES) or matches(path, exclude, prefix):
            continue
        if globs and not matches(path, globs, prefix):
            continue
        ordered = versions[::-1]  # the oldest first
        wanted = [k for k, v in enumerate(ordered) if _is_within(v.date.date(), since, until)]
        if wanted:
            chosen.append((ordered, frozenset(wanted)))
    if not chosen:
        raise InputError("no document of the book changed then", where=source.address, mend="check paths and days")
    texts = source.blobs({v.oid for versions, _ in chosen for v in versions})
    tasks = [(versions, wanted, [texts[v.oid] for v in versions]) for versions, wanted in chosen]
    tasks.sort(key=lambda task: -sum(map(len, task[2])))
    months: dict[str, PageEffort] = {}
    problems = []
    for steps in spread(partial(_steps, lang), tasks):
        for month, effort in steps:
            if isinstance(effort, str):
                problems.append(effort)
            else:
                months[month] = months.get(month, PageEffort()) + effort
    commits = {versions[k].commit for versions, wanted in chosen for k in wanted}
    return Workload(tuple(sorted(months.items())), len(commits), len(chosen), tuple(sorted(problems)))


def _is_within(day: date, since: date | None, until: date | None) -> bool:
    return (since is None or day >= since) and (until is None or day <= until)


_Task = tuple[Sequence[Version], frozenset[int], list[bytes]]


def _steps(lang: str, task: _Task) -> list[_Step]:
    return list(_measured(lang, *task))


def _measured(lang: str, versions: Sequence[Version], wanted: frozenset[int], texts: list[bytes]) -> Iterator[_Step]:
    """The effort of each wanted version of one document."""
    before: Document | None = None
    for k, (version, data) in enumerate(zip(versions, texts, strict=True)):
        is_needed = k in wanted or k + 1 in wanted
        try:
            document = _document(data, version.path) if is_needed else None
        except AmtsError as error:
            yield version.date.strftime("%Y-%m"), f"{version.commit[:10]}: {error}"
            continue  # the next version is compared with the last that could be read
        if document is not None and k in wanted and (before is None or before.text != document.text):
            yield version.date.strftime("%Y-%m"), measure(before, document, lang)
        before = document


def _document(data: bytes, path: str) -> Document:
    """A page; of a notebook its markdown cells, one after the other."""
    text = decode(data, where=path)
    if is_notebook(path):
        from amts_action.documents.notebooks.notebook import parse_notebook

        cells = parse_notebook(text, where=path).cells
        text = "\n\n".join(cell.source for cell in cells if cell.kind == "markdown")
    return parse_markdown(text)
