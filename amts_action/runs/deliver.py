"""Last step of a run: a commit or files, and the reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from amts_action.documents.files import write_file
from amts_action.errors import InputError
from amts_action.merging.plan_json import as_json, plan_record
from amts_action.reports.model import RunReport
from amts_action.runs.run import Run, commit, finish

__all__ = ["commit_message", "deliver", "run_record", "write_reports"]


def deliver(run: Run, *, output_dir: Path | None = None) -> Run:
    """Commits the run's edits to the branch, or writes them below `output_dir`; of a pending run there are none.

    Raises:
        InputError: the branch is checked out or has moved, or a file cannot be written there.
        ServiceError: the server refused.
    """
    if run.pending:
        return run
    run = _written(run, output_dir)
    run.books.notes.add(*finish(run))
    return run


def _written(run: Run, output_dir: Path | None) -> Run:
    if output_dir is None:
        return commit(run, commit_message(run))
    root = output_dir.resolve()
    for path, data in run.edits.items():
        place = (root / path).resolve()
        if not place.is_relative_to(root) or ".git" in Path(path).parts:
            raise InputError("leaves the output folder", where=path)
        if data is not None:
            write_file(place, data)
    return run


def commit_message(run: Run) -> str:
    """Commit message: what arrived from where, and the documents."""
    from amts_action.reports.escape import plain_line

    books = run.books
    changed = [o.job.path for o in run.outcomes if o.edits and not o.is_quiet]
    name = plain_line(books.source.address.rsplit("/", 1)[-1])
    subject = f"Sync {books.settings.target_lang} with {name}@{books.source.commit[:10]}"
    body = "\n".join(f"- {plain_line(path)}" for path in changed[:50])
    more = f"\n- and {len(changed) - 50} more" if len(changed) > 50 else ""
    return f"{subject}\n\n{body}{more}\n"


def run_record(run: Run) -> dict[str, Any]:
    """The whole run for machines: one plan.json (DESIGN §8) per document, and what became of each."""
    books = run.books
    documents = []
    for outcome in run.outcomes:
        job = outcome.job
        row: dict[str, Any] = {"path": job.path, "fate": job.fate, "message": job.message}
        if outcome.result is not None:
            source = job.document.pair.source_path or ""
            row.update(plan_record(outcome.result, source=source, target=job.path))
        row["status"] = outcome.status
        row["warnings"] = list(outcome.warnings)
        row["leaving"] = [{"english": item.english, "text": item.text, "why": item.reason} for item in outcome.leaving]
        if job.base is not None:
            row["base"] = {"how": job.base.how, "commit": job.base.commit, "blob": job.base.blob}
        documents.append(row)
    return {
        "version": 1,
        "status": run.status,
        "source": {"repository": books.source.address, "commit": books.source.commit},
        "target": {"repository": books.target.address, "commit": books.target.commit},
        "branch": books.settings.branch,
        "commit": run.commit,
        "characters_sent": run.characters,
        "cost": run.spent.as_json()["cost"],
        "engine": run.spent.as_json(),
        "documents": documents,
        "companions": {"done": run.companions.lines, "flags": run.companions.flags},
        "merge_conflicts": list(run.conflicts),
        "notes": list(books.notes),
    }


def report_folder(run: Run, report_dir: Path | None, output_dir: Path | None) -> Path:
    """Where the reports go: as told, else beside the output, else inside the target's git folder, never its files."""
    if report_dir is not None:
        return report_dir
    if output_dir is not None:
        return output_dir / ".amts" / "report"
    if run.books.target.repository.is_clone:
        return Path("amts-report")
    folder = run.books.target.repository.path
    git = folder / ".git"
    return (git if git.is_dir() else folder) / "amts"


def write_reports(
    run: Run,
    *,
    report_dir: Path | None = None,
    json_path: Path | None = None,
    output_dir: Path | None = None,
    shown: RunReport | None = None,
    keep: bool = False,
) -> dict[str, Path]:
    """Writes the pull request's body, the report as text and as a page, and the results for machines; names them.

    Args:
        shown: what the reports show; when not given, the run by itself.
        keep: a run that has nothing to write leaves the reports of the last one that had in place, for they say what
            waits in review; of such a run only the result is written.
    """
    from amts_action.reports.body.pull_request import body, report
    from amts_action.reports.pages.page import page
    from amts_action.reports.stored import dump
    from amts_action.runs.report import present

    record = as_json(run_record(run))
    if json_path is not None:
        write_file(json_path, record)
    folder = report_folder(run, report_dir, output_dir)
    shown = shown or present(run)
    files = {
        "pull request body": ("pull-request.md", body(shown).encode("utf-8", "backslashreplace")),
        "report": ("report.md", report(shown).encode("utf-8", "backslashreplace")),
        "page": ("report.html", page(shown).encode("utf-8", "backslashreplace")),
        "data": ("report.json", dump(shown)),
        "result": ("result.json", record),
    }
    if keep and _is_kept(run, shown, folder):
        files = {"result": files["result"]}
    for name, data in files.values():
        write_file(folder / name, data)
    return {what: folder / name for what, (name, _) in files.items()}


def _is_kept(run: Run, shown: RunReport, folder: Path) -> bool:
    """Whether the reports in a folder stay: the run was idle, and they are of an earlier run over the same books."""
    from amts_action.reports.stored import load

    data = folder / "report.json"
    if not run.is_idle or shown.target_after or not data.is_file():
        return False
    try:
        last = load(data.read_bytes(), where=str(data))
    except InputError:
        return False
    names = ("source", "target", "target_lang", "branch")
    return all(getattr(last, name) == getattr(shown, name) for name in names)
