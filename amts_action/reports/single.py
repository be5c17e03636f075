"""A merge of one document as a run, for the pages that show runs."""

from __future__ import annotations

from pathlib import PurePath

from amts_action.documents.files import is_notebook
from amts_action.documents.notebooks.notebook import parse_notebook
from amts_action.merging.document import Result
from amts_action.reports.model import DocumentReport, RunReport, Status, lines_of

__all__ = ["one_document", "parts_of"]


def parts_of(path: str, text: str) -> tuple[str, ...]:
    """The texts that places in a document count in: its own, or those of a notebook's cells."""
    return tuple(cell.source for cell in parse_notebook(text, where=path).cells) if is_notebook(path) else (text,)


def one_document(
    result: Result, *, base: str, head: str, target: str, source: str, output: PurePath, target_lang: str, engine: str
) -> RunReport:
    """The report of a merge.

    Args:
        base: the text of the old English; `head` and `target` likewise.
        source: name of the new English.
        output: the file that gets the result; below the working folder it is named as it was given.
    """
    is_below = not output.is_absolute() and ".." not in output.parts
    path = output.as_posix() if is_below else output.name
    statuses: dict[str, Status] = {"done": "done", "partial": "partial"}
    document = DocumentReport(
        path=path,
        source_path=source,
        status=statuses.get(result.status, "failed"),
        entries=result.entries,
        lines=lines_of(result.entries, base=base, head=head, target=target, output=result.text),
        parts=parts_of(path, result.text) if result.status != "failed" else (),
    )
    sent = sum(entry.characters_sent for entry in result.entries)
    return RunReport(target_lang, (document,), source=source, target=path, engine=engine, characters_sent=sent)
