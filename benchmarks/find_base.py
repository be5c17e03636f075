"""Finding the base with `_origin.md` and state hidden: the plan made from it against the plan made from the true one.

True bases: d2l-zh's `X_origin.md` (its text; not always one that d2l-en's history has), and for qe-zh every commit of
`qe-en` that a state file ever named, with the translation as it stood just before the next was named. What tf-docs was
translated from is not recorded: found versions and times only. The plan's head is the newest English text, or with
`--until` the newest up to a day. Changed blocks: those of the head whose action is not keep or cosmetic, and deletions.
"""

from __future__ import annotations

import re
import time
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean

from _repos import arguments, leave, open_data, table

from amts_action.alignment.page_base.search import SourceVersion, TargetVersion, find_base
from amts_action.git.repository import Repository, Version
from amts_action.merging.any_document import AnyPlan, make
from amts_action.merging.notebooks.notebook import NotebookPlan
from amts_action.merging.options import MergeOptions

History = dict[str, tuple[Version, ...]]


@dataclass(frozen=True)
class Case:
    """A translation whose base is to be found; `truth` is the true English text, None where it is not known."""

    book: str
    name: str
    versions: Sequence[SourceVersion]
    target: Sequence[TargetVersion]
    truth: str | None


def source_versions(repo: Repository, versions: Sequence[Version]) -> list[SourceVersion]:
    """A document's history with its texts."""
    texts = repo.blobs(v.oid for v in versions)
    return [SourceVersion(v.commit, v.oid, v.path, v.date, texts[v.oid].decode()) for v in versions]


def target_versions(repo: Repository, versions: Sequence[Version]) -> list[TargetVersion]:
    """A translation's history with its texts."""
    return [TargetVersion(v.date, v.text, v.commit) for v in source_versions(repo, versions)]


def d2l(folder: Path, other: Path) -> Iterator[Case]:
    """The pages that have an `_origin.md`; a page of another name is the one whose history has that text."""
    en, zh = Repository.open(str(folder)), Repository.open(str(other))
    sources, targets = en.history(), zh.history()
    for path, entry in sorted(zh.tree(zh.resolve("HEAD")).items()):
        if not path.endswith("_origin.md"):
            continue
        name = path.replace("_origin.md", ".md")
        truth = zh.blobs([entry.oid])[entry.oid].decode()
        source = name if name in sources else _closest(en, sources, name, truth)
        yield Case("d2l", name, source_versions(en, sources[source]), target_versions(zh, targets[name]), truth)


def _closest(en: Repository, sources: History, name: str, truth: str) -> str:
    """The page in the same folder that ever shared most lines with a text."""
    lines = set(truth.split("\n"))
    shared: dict[str, int] = {}
    for path, versions in sources.items():
        if Path(path).parent == Path(name).parent:
            texts = en.blobs(v.oid for v in versions).values()
            shared[path] = max(len(lines.intersection(text.decode().split("\n"))) for text in texts)
    return max(shared, key=lambda path: shared[path])


def qe(folder: Path, other: Path) -> Iterator[Case]:
    """Every state that names a commit which qe-en has."""
    en, zh = Repository.open(str(folder)), Repository.open(str(other))
    sources, targets = en.history(), zh.history()
    for state, records in sorted(targets.items()):
        name = "lectures/" + Path(state).stem
        if not state.startswith(".translate/state/") or name not in sources:
            continue
        versions, own = source_versions(en, sources[name]), target_versions(zh, targets[name])
        for k, record in enumerate(records):
            found = re.search(r"source-sha: (\w+)", zh.blobs([record.oid])[record.oid].decode())
            if found is None or not en.known([found[1]]):
                continue
            standing = [v for v in own if not k or v.date < records[k - 1].date]
            yield Case("qe", f"{name} ({k})", versions, standing, en.read(found[1], name).decode())


def tf(folder: Path) -> Iterator[Case]:
    """The notebooks of all languages."""
    repo = Repository.open(str(folder))
    history = repo.history()
    for path, versions in sorted(history.items()):
        source = re.sub(r"site/[^/]+/", "site/en-snapshot/", path)
        if source != path and source in history:
            yield Case("tf", path, source_versions(repo, history[source]), target_versions(repo, versions), None)


def changed(plan: AnyPlan) -> set[Hashable]:
    """The changed blocks of a plan, named so that plans from two bases for one head and target compare."""
    if not isinstance(plan, NotebookPlan):
        steps = [s for s in plan.steps if s.action not in ("keep", "cosmetic")]
        return {("head", s.head) if s.head is not None else ("gone", s.target) for s in steps}
    out: set[Hashable] = set()
    for n, step in enumerate(plan.cells.steps):
        if n in plan.inside:
            out |= {(step.head, block) for block in changed(plan.inside[n])}
        elif step.action not in ("keep", "cosmetic"):
            out.add(("head", step.head) if step.head is not None else ("gone", step.target))
    return out


def agreement(found: set[Hashable], true: set[Hashable]) -> float:
    """F1 of two sets; 1 when both are empty."""
    return 2 * len(found & true) / (len(found) + len(true)) if found or true else 1.0


def measure(case: Case, until: datetime, verbose: bool) -> tuple[float | None, bool, float]:
    """F1 of the plan (None without truth), whether the base was called certain, and seconds."""
    start = time.perf_counter()
    found = find_base(case.versions, case.target, name=case.name.split(" ")[0])
    seconds = time.perf_counter() - start
    assert found.best is not None
    f1, away = None, ""
    if case.truth is not None:
        head = next((v.text for v in case.versions if v.date <= until), case.versions[0].text)
        target, name = case.target[0].text, case.name.split(" ")[0]
        mine, true = (
            make(base, head, target, MergeOptions(), name=name)
            for base in (case.versions[found.best.index].text, case.truth)
        )
        f1 = agreement(changed(mine), changed(true))
        places = [i for i, v in enumerate(case.versions) if v.text == case.truth]
        away = f"{min((found.best.index - i for i in places), key=abs):+d}" if places else "not in history"
    shown = "" if f1 is None else f"{f1:.3f}"
    if verbose:
        sure = "certain" if found.is_certain else f"NOT CERTAIN: {found.reason}"
        rivals = "" if found.is_certain else " ".join(f"{c.date:%Y-%m-%d}:{c.score}" for c in found.candidates)
        print(f"{case.name:<60} {found.best.date:%Y-%m-%d} {away:>4} {shown:>6} {sure} {rivals}", flush=True)
    return f1, found.is_certain, seconds


def main() -> None:
    options = arguments(__doc__ or "", ("--until", {"default": "9999-12-31", "help": "newest day of the head"}))
    data = open_data(options.folder)
    until = datetime.fromisoformat(options.until).replace(tzinfo=UTC)
    books = (
        ("d2l", list(d2l(data.repo("d2l-en"), data.repo("d2l-zh"))), 20.0),
        ("qe", list(qe(data.repo("qe-en"), data.repo("qe-zh"))), 20.0),
        ("tf", list(tf(data.repo("tf-docs"))), 10.0),
    )
    rows: list[tuple[str, object, str]] = []
    for book, cases, limit in books:
        results = [measure(case, until, options.verbose) for case in cases]
        scores = [(f1, certain) for f1, certain, _ in results if f1 is not None]
        rows += [(f"{book}: documents", len(cases), ""), (f"{book}: certain", sum(c for _, c, _ in results), "")]
        if scores:
            rows.append((f"{book}: plan F1, mean", fmean(f1 for f1, _ in scores), ">= 0.95"))
            rows.append((f"{book}: plan F1, least", min(f1 for f1, _ in scores), ""))
            rows.append((f"{book}: plan F1 of the certain ones, least", min(f1 for f1, c in scores if c), ""))
        rows.append((f"{book}: seconds", round(sum(seconds for _, _, seconds in results), 1), f"<= {limit}"))
    leave(table("finding the base", rows))


if __name__ == "__main__":
    main()
