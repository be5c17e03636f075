"""An evaluation as a table for a terminal, as Markdown, as CSV and for machines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from amts_action.evaluation.model import Evaluation, System, Table
from amts_action.evaluation.scores import Score
from amts_action.reports.escape import inline_code
from amts_action.reports.table import table

__all__ = ["as_csv", "as_markdown", "as_record", "as_text"]

SURE = 0.05
"""Greatest p-value of a difference that is marked as significant."""


def as_text(found: Evaluation, *, width: int | None = None) -> str:
    """For a terminal, for each direction: BLEU of every article and system, and all metrics of every system."""
    parts = []
    for one in found.tables:
        count = range(len(one.systems))
        names = [system.name for system in one.systems]
        rows = [
            (row.path, str(row.segments), *(f"{row.scores[k]['BLEU'].value:.1f}" for k in count)) for row in one.rows
        ]
        rows.append(("average", "", *(f"{one.average(k, 'BLEU'):.1f}" for k in count)))
        total = str(sum(row.segments for row in one.rows))
        rows.append(("together", total, *(f"{one.together[k]['BLEU'].value:.1f}" for k in count)))
        header = ("BLEU", "segments", *names)
        shown = table(header, rows, width=width, numbers=frozenset(range(1, len(header))))
        rest = [(names[k], *(_with_interval(one.together[k][m]) for m in found.metrics)) for k in count]
        header = ("together", *found.metrics)
        both = table(header, rest, width=width, numbers=frozenset(range(1, len(header))))
        parts.append(f"{_heading(one)}\n{shown}\n{both}{_about_test(found, names)}")
    return "\n".join(parts)


def _about_test(found: Evaluation, names: Sequence[str], mark: str = "*") -> str:
    if not found.samples:
        return ""
    test = f"; {mark}: differs from {names[0]}, p < {SURE}" if len(names) > 1 else ""
    return f"±: 95 % of the samples{test} (paired bootstrap, {found.samples} samples)\n"


def as_markdown(found: Evaluation) -> str:
    """For a page or a pull request: BLEU as in the published study (0 to 1), then all metrics from 0 to 100."""
    out = ["# Evaluation"]
    if found.problems:
        out += ["", *(f"- {inline_code(p)}" for p in found.problems)]
    for one in found.tables:
        names = [inline_code(system.name, in_table=True) for system in one.systems]
        out += ["", f"## {_heading(one)}", "", "BLEU, 0 to 1:", ""]
        out += _lines(("article", *names), _study_rows(one))
        out += ["", "All segments together, 0 to 100; of TER less is better:", ""]
        out += _lines(("", *names), [(m, *(_with_interval(s[m]) for s in one.together)) for m in found.metrics])
        if about := _about_test(found, names, "`*`").strip():
            out += ["", f"{about}."]
        if len(names) > 2 and one.p_values:
            out += ["", "p of the difference of every two systems in BLEU:", "", *_differences(one, names)]
        out += ["", *(f"- {_origin(system)}" for system in one.systems)]
        skipped = [sum(row.skipped[k] for row in one.rows) for k in range(len(one.systems))]
        out += [f"- {name} left {n} segments out or untranslated" for name, n in zip(names, skipped, strict=True) if n]
        if unpaired := sum(row.unpaired for row in one.rows):
            out.append(f"- {unpaired} blocks are not scored, because the reference lacks them")
        out += [f"- {m}: `{signature}`" for m, signature in one.signatures.items()]
    return "\n".join(out) + "\n"


def _study_rows(one: Table) -> Iterator[tuple[str, ...]]:
    count = range(len(one.systems))
    for row in one.rows:
        yield inline_code(row.path, in_table=True), *(f"{row.scores[k]['BLEU'].value / 100:.3f}" for k in count)
    yield "**average**", *(f"**{one.average(k, 'BLEU') / 100:.3f}**" for k in count)


def _differences(one: Table, names: Sequence[str]) -> list[str]:
    """Every two systems once."""
    found = one.p_values["BLEU"]
    rows = [
        (name, *(f"{found[k][j]:.3f}" if j > k else "" for j in range(1, len(names)))) for k, name in enumerate(names)
    ]
    return _lines(("", *names[1:]), rows[:-1])


def _lines(header: tuple[str, ...], rows: Any) -> list[str]:
    cells = [header, ("---", *["---:"] * (len(header) - 1)), *rows]
    return [f"| {' | '.join(row)} |" for row in cells]


def _heading(one: Table) -> str:
    return f"{one.source_lang} → {one.target_lang}"


def _with_interval(score: Score) -> str:
    mark = "*" if score.p_value is not None and score.p_value < SURE else ""
    spread = f" ± {score.interval[1]:.1f}" if score.interval else ""
    return f"{score.value:.1f}{mark}{spread}"


def _origin(system: System) -> str:
    name = inline_code(system.name)
    if system.given:
        what = " and ".join(inline_code(one) for one in system.given)
        return f"{name}: was given {what}; whether the articles are in there is not known here"
    if system.leakage is None:
        return f"{name}: stored output; how it was made is not known here, nor whether the articles were kept out"
    if system.leakage:
        return f"{name}: **with leakage**: it could learn from people's translations of these very articles"
    if system.learnt:
        what = f"learnt from {system.learnt} of the rest of the book"
        return f"{name}: {what}, without any that say what these articles say"
    return f"{name}: was given nothing of people's translations"


def as_csv(found: Evaluation) -> str:
    """One line for each article, system and metric; values from 0 to 100."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("source", "target", "article", "system", "metric", "value", "p", "segments", "skipped"))
    for one in found.tables:
        langs = (one.source_lang, one.target_lang)
        for k, system in enumerate(one.systems):
            for metric in found.metrics:
                for row in one.rows:
                    value = row.scores[k][metric].value
                    writer.writerow((*langs, row.path, system.name, metric, value, "", row.segments, row.skipped[k]))
                writer.writerow((*langs, "average", system.name, metric, one.average(k, metric), "", "", ""))
                score = one.together[k][metric]
                p = "" if score.p_value is None else score.p_value
                writer.writerow((*langs, "together", system.name, metric, score.value, p, "", ""))
    return out.getvalue()


def as_record(found: Evaluation) -> dict[str, Any]:
    """For machines: all of it, values from 0 to 100."""
    record = asdict(found)
    for one, raw in zip(found.tables, record["tables"], strict=True):
        raw["average"] = [{m: one.average(k, m) for m in found.metrics} for k in range(len(one.systems))]
    return {"version": 1, "status": "partial" if found.problems else "done", **record}
