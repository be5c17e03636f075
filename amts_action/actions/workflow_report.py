"""A run, told to the people who look at the workflow: log, annotations, summary and figures."""

from __future__ import annotations

from typing import Final

from amts_action.actions.outputs import Log
from amts_action.merging.flags import texts
from amts_action.reports.body.pull_request import body
from amts_action.reports.checklist import for_person
from amts_action.reports.escape import markdown_text, web_address
from amts_action.reports.model import DocumentReport, RunReport, Verdict, alarms, verdict
from amts_action.runs.run import Run

__all__ = ["figures", "log_documents", "summary"]

_WARNINGS: Final[dict[Verdict, str]] = {
    "conflict": "a person has to decide",
    "missing": "has to be put in by hand",
    "english": "the English stands there",
    "old": "the old text stands there",
    "flagged": "to be checked",
}
"""What is worth an annotation, and how it is put."""


def figures(run: Run) -> dict[str, str]:
    """Outputs that count what a run changed and used."""
    files = [path for path in run.edits if not path.startswith(".amts/")]
    changed = sum(
        entry.action not in ("keep", "cosmetic", "owed") and entry.output_text != entry.target_text
        for outcome in run.outcomes
        if outcome.result is not None and outcome.edits
        for entry in outcome.result.entries
    )
    cost = run.spent.usage.cost
    return {
        "files-changed": str(len(files)),
        "blocks-changed": str(changed),
        "characters-sent": str(run.characters),
        "cost": "" if cost is None else f"{cost:.2f}",
    }


def log_documents(log: Log, run: RunReport, *, is_target_ours: bool, is_source_ours: bool) -> None:
    """A line for each document with what waits for people folded below it, and the annotations.

    Args:
        is_target_ours: the translation is the workflow's repository, whose files annotations can point to.
        is_source_ours: the English is.
    """
    for path in run.collisions:
        what = f"{path}: people have changed the same lines on the translation's branch; settle it in the pull request"
        log.annotate("warning", what, title="AMTS", file=path if is_target_ours else "")
    for document in run.documents:
        if document.status == "up-to-date":
            continue
        waiting = for_person(document)
        if document.status == "taken-back":
            log.annotate("notice", f"{document.path}: {document.message}", title="AMTS")
        with log.group(f"{document.path}: {document.status}" + (f", {waiting} for people" if waiting else "")):
            if document.message:
                log.say(document.message)
            _log_document(log, document, is_target_ours=is_target_ours, is_source_ours=is_source_ours)
    for level in ("error", "warning"):
        if left := log.left_out(level):
            log.say(f"{left} more {level}s, all in the report")


def _log_document(log: Log, document: DocumentReport, *, is_target_ours: bool, is_source_ours: bool) -> None:
    place = document.path if is_target_ours else document.source_path if is_source_ours else ""
    if document.status in ("failed", "error"):
        reason = document.message or "a check of the whole document failed"
        log.annotate("error", f"{document.path}: nothing was written: {reason}", title="AMTS", file=place)
        return
    for n, entry in enumerate(document.entries):
        state = verdict(entry)
        if state not in _WARNINGS:
            continue
        lines = document.line(n)
        span = (lines.output or lines.target) if is_target_ours else lines.head
        why = texts(alarms(entry)[:3])
        text = f"{document.path}: {entry.kind}: {_WARNINGS[state]}" + (f": {why}" if why else "")
        if not log.annotate("warning", text, title="AMTS", file=place, line=span[0] if span else None):
            log.say(text)


def summary(run: RunReport, outputs: dict[str, str], *, is_preview: bool, pending: str = "") -> str:
    """The summary of the step in markdown: what became of it, and the body of the pull request."""
    head = f"### AMTS: {markdown_text(run.target_lang)}: {outputs['status']}"
    if outputs["status"] == "none":
        return f"{head}\n\nEvery page of the translation is up to date.\n"
    url = web_address(outputs["pull-request-url"])
    if pending:
        said = markdown_text(pending)
    elif is_preview:
        said = "A dry run: nothing was sent and nothing was written."
    elif url and outputs["pull-request-number"].isdigit():
        said = f"[Pull request #{outputs['pull-request-number']}]({url}): {outputs['pull-request-operation']}."
    else:
        said = "There is no pull request."
    return f"{head}\n\n{said}\n\n{body(run)}"
