"""From candidate pairs to a checked file of parallel data, as a stream.

What passes the filters is spooled to a temporary database, so that memory does not grow with the number of pairs, and
so that of several records with one source the last one wins, as Amazon Translate has it. The finished file is checked
by `training.validate` before it takes its place: a file that is there is good.
"""

from __future__ import annotations

import csv
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TextIO, cast

from amts_action.engines.languages import amazon_code
from amts_action.errors import InputError, LimitError
from amts_action.memory.harvest import CandidatePair, Granularity
from amts_action.memory.readable import readable_pair
from amts_action.training.delimited import DELIMITERS, Record, write_delimited
from amts_action.training.filters import REASONS, Limits, reject
from amts_action.training.tmx import write_tmx
from amts_action.training.validate import MAX_FILE, CheckedFile, Format, check_file

__all__ = ["Judged", "NoPairs", "PairCorpus", "Report", "export", "judged"]


class Judged(NamedTuple):
    """A pair after the filters."""

    reason: str
    """Why it is no good (a key of `REASONS`); empty when it is."""
    place: str
    confidence: float
    source: str
    """As a reader sees it, when the pair is good; else with its markup."""
    target: str


def judged(pairs: Iterable[CandidatePair], lang: str, limits: Limits) -> Iterator[Judged]:
    """What the filters say of each pair of a document whose translation is in the language `lang`."""
    for pair in pairs:
        source, target = readable_pair(pair.source, pair.target)
        reason = reject(pair, source, target, lang, limits)
        yield Judged(reason, pair.place, pair.confidence, *((pair.source, pair.target) if reason else (source, target)))


class NoPairs(InputError):
    """No pair is good enough to be exported."""


@dataclass(slots=True)
class Report:
    """What became of the pairs."""

    documents: int = 0
    pairs: int = 0
    """Aligned pairs that were looked at."""
    accepted: int = 0
    rejected: dict[str, int] = field(default_factory=lambda: dict.fromkeys(REASONS, 0))
    """By reason, in the order of the rules."""
    records: int = 0
    """Rows or translation units written: a source with several languages is one."""
    languages: tuple[str, ...] = ()
    bytes: int = 0
    problems: list[str] = field(default_factory=list)
    """Documents that could not be read, and why."""

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "version": 1,
            "status": "partial" if self.problems else "done",
            **{name: getattr(self, name) for name in self.__dataclass_fields__},
            "languages": list(self.languages),
        }


class PairCorpus:
    """Accepted pairs, on disk. Use it as a context manager."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(dir=folder, prefix=".amts-")
        self._base = sqlite3.connect(Path(self._folder.name) / "pairs.sqlite", isolation_level=None)
        self._base.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-16000;"
            "CREATE TABLE source (id INTEGER PRIMARY KEY, key BLOB UNIQUE, text TEXT);"
            "CREATE TABLE target (id INTEGER, lang TEXT, text TEXT, place TEXT, confidence REAL,"
            " PRIMARY KEY (id, lang)) WITHOUT ROWID; BEGIN;"
        )

    def __enter__(self) -> PairCorpus:
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()
        self._folder.cleanup()

    def add(self, source: str, lang: str, target: str, place: str, confidence: float) -> tuple[str, str, float] | None:
        """Takes a pair; gives translation, place and confidence of the earlier one of its source that it replaces."""
        key = blake2b(source.encode(), digest_size=16).digest()
        found = self._base.execute("SELECT id FROM source WHERE key=?", (key,)).fetchone()
        number = found[0] if found else None
        old = None
        if number is None:
            number = self._base.execute("INSERT INTO source (key, text) VALUES (?, ?)", (key, source)).lastrowid
        else:
            old = self._base.execute(
                "SELECT text, place, confidence FROM target WHERE id=? AND lang=?", (number, lang)
            ).fetchone()
        self._base.execute("REPLACE INTO target VALUES (?, ?, ?, ?, ?)", (number, lang, target, place, confidence))
        return cast("tuple[str, str, float] | None", old)

    def records(self) -> Iterator[Record]:
        """Every source with its translations, in the order in which sources first came."""
        rows = self._base.execute(
            "SELECT source.id, source.text, lang, target.text FROM source JOIN target USING (id) ORDER BY 1, 3"
        )
        last, text, targets = -1, "", dict[str, str]()
        with closing(rows):
            for number, source, lang, target in rows:
                if number != last and targets:
                    yield text, targets
                    targets = {}
                last, text = number, source
                targets[lang] = target
        if targets:
            yield text, targets


class _Rejected:
    """The list of rejected pairs, to be read by eye."""

    def __init__(self, file: TextIO | None) -> None:
        self.rows = csv.writer(file, delimiter="\t", lineterminator="\n") if file else None
        if self.rows:
            self.rows.writerow(["reason", "place", "confidence", "source", "target"])

    def add(self, reason: str, place: str, confidence: float, source: str, target: str) -> None:
        if self.rows:
            texts = [" ".join(t.split()).encode("utf-8", "replace").decode() for t in (source, target)]
            self.rows.writerow([reason, place, f"{confidence:.2f}", *texts])


def _collect(
    found: Iterable[tuple[str, Sequence[CandidatePair | Judged] | str]],
    corpus: PairCorpus,
    report: Report,
    rejected: _Rejected,
    limits: Limits,
) -> list[str]:
    """Filters and spools; gives the language codes in the order in which they came."""
    langs: dict[str, None] = {}
    for lang, pairs in found:
        report.documents += 1
        if isinstance(pairs, str):
            report.problems.append(pairs)
            continue
        code = amazon_code(lang)
        langs.setdefault(code)
        report.pairs += len(pairs)
        for pair in pairs:
            (seen,) = (pair,) if isinstance(pair, Judged) else judged((pair,), lang, limits)
            if seen.reason:
                report.rejected[seen.reason] += 1
                rejected.add(*seen)
                continue
            old = corpus.add(seen.source, code, seen.target, seen.place, seen.confidence)
            if old is not None:
                report.rejected["duplicate"] += 1
                rejected.add("duplicate", old[1], old[2], seen.source, old[0])
    report.accepted = report.pairs - sum(report.rejected.values())
    return list(langs)


def export(
    found: Iterable[tuple[str, Sequence[CandidatePair | Judged] | str]],
    output: Path,
    form: Format,
    *,
    source_lang: str,
    granularity: Granularity,
    limits: Limits,
    rejected: Path | None = None,
) -> Report:
    """Writes the pairs that pass the filters to `output`, checked, or leaves what is there untouched.

    Args:
        found: for each document, the language of its translation, and its pairs or why it could not be read; pairs that
            are judged already are not looked at again.
        rejected: where the pairs that do not pass go, with the reason, as TSV.

    Raises:
        NoPairs: no pair passed.
        InputError: a language is not one of Amazon Translate's.
        LimitError: the file would be larger than 5 GB.
    """
    report = Report()
    output.parent.mkdir(parents=True, exist_ok=True)
    with (
        PairCorpus(output.parent) as corpus,
        tempfile.TemporaryDirectory(dir=output.parent, prefix=".amts-") as scratch,
    ):
        reasons = Path(scratch) / "rejected.tsv"
        with reasons.open("w", encoding="utf-8", newline="") as file:
            langs = _collect(found, corpus, report, _Rejected(file if rejected else None), limits)
        if rejected:
            _place(reasons, rejected)
        if not report.accepted:
            raise NoPairs(
                f"none of {report.pairs} pairs passed the filters", where=str(output), mend="see --rejected FILE"
            )
        new = Path(scratch) / f"new.{form}"
        report.languages = (amazon_code(source_lang), *langs)
        with new.open("wb") as out:
            _write(corpus, cast(BinaryIO, _Limited(out)), form, report.languages, granularity)
        checked = check_file(new, form)
        _must_be_good(checked, report, output)
        report.bytes = new.stat().st_size
        _place(new, output)
    return report


def _write(
    corpus: PairCorpus, out: BinaryIO, form: Format, languages: tuple[str, ...], granularity: Granularity
) -> None:
    source, *targets = languages
    if form == "tmx":
        segments = "sentence" if granularity == "sentence" else "paragraph"
        write_tmx(corpus.records(), out, source_lang=source, target_langs=targets, segments=segments)
    else:
        write_delimited(corpus.records(), out, source_lang=source, target_langs=targets, delimiter=DELIMITERS[form])


def _must_be_good(checked: CheckedFile, report: Report, output: Path) -> None:
    report.records = checked.records
    lost = [reason for reason in checked.skipped if reason != "translation empty"]  # a language that a source lacks
    if checked.faults or lost:
        raise InputError(
            f"the export does not pass the check ({(checked.faults or lost)[0]})",
            where=str(output),
            mend="this is a fault of AMTS",
        )


def _place(new: Path, output: Path) -> None:
    """Moves a finished file to its place at once."""
    if output.is_symlink() or (output.exists() and not output.is_file()):
        raise InputError("not a regular file", where=str(output), mend="give another output path")
    output.parent.mkdir(parents=True, exist_ok=True)
    if new.stat().st_dev == output.parent.stat().st_dev:
        new.replace(output)
    else:
        from shutil import move

        move(new, output)


class _Limited:
    """A file that refuses to grow beyond what Amazon Translate takes."""

    def __init__(self, out: BinaryIO, most: int = MAX_FILE) -> None:
        self.out, self.most, self.size = out, most, 0

    def write(self, data: bytes) -> int:
        """Writes, or raises `LimitError`."""
        self.size += len(data)
        if self.size > self.most:
            raise LimitError(
                f"the parallel data are larger than {self.most} bytes", mend="export fewer documents (--paths)"
            )
        return self.out.write(data)
