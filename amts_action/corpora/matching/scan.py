"""The documents of two folders, sketched: what `corpora.matching.match` pairs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from amts_action.corpora.executors import Executor, results
from amts_action.corpora.journal import Journal
from amts_action.corpora.matching.addresses import address
from amts_action.corpora.matching.names import base_language, has_code, is_foreign, name_key
from amts_action.corpora.model import CorpusRequest
from amts_action.corpora.reading.pages import MAX_PAGE, format_of
from amts_action.corpora.work import Result, Task, refusal, sketch_of
from amts_action.errors import InputError

__all__ = ["MOST_TOLD", "Folders", "Scanned", "read", "scan"]

MOST_TOLD = 1_000
"""Problems that are named; more are only counted, for they are held in memory."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the documents are."""

    source: Path
    target: Path
    """May be the same folder, or one inside the other."""

    def __post_init__(self) -> None:
        for folder in (self.source, self.target):
            if not folder.is_dir():
                what = "no such folder" if not folder.exists() else "not a folder"
                raise InputError(what, where=str(folder))

    def file(self, side: int, path: str) -> Path:
        """The file of a document of one side (0: source, 1: target)."""
        return (self.source, self.target)[side] / path


@dataclass(slots=True)
class Scanned:
    """What became of the documents on the way; grows with the run."""

    documents: list[int] = field(default_factory=lambda: [0, 0])
    """Of each side."""
    other_language: int = 0
    """Documents that say that they are in another language than their side's."""
    problem_count: int = 0
    problems: list[str] = field(default_factory=list)
    """The first of them."""

    def add_problem(self, problem: str) -> None:
        """Takes what is wrong with a document."""
        self.problem_count += 1
        if len(self.problems) < MOST_TOLD:
            self.problems.append(problem)


def read(folders: Folders, side: int, path: str) -> bytes | str:
    """A document's content, or why it cannot be read."""
    file = folders.file(side, path)
    try:
        size = file.stat().st_size
        if size > MAX_PAGE:
            return f"{file}: {size} bytes are more than a document of a corpus may have ({MAX_PAGE})"
        return file.read_bytes()
    except OSError as error:
        return f"{file}: {error.strerror or error}"


def scan(folders: Folders, request: CorpusRequest, journal: Journal, executor: Executor) -> Scanned:
    """Fills the journal's table of pages."""
    counted = Scanned()
    languages = (request.source_lang, request.target_lang)
    same = folders.source.resolve() == folders.target.resolve()
    for (side, path), task, result in results(executor, _tasks(folders, request), b"", journal):
        found = sketch_of(result)
        if found.problem:
            counted.add_problem(found.problem)
            continue
        spoken = base_language(found.lang)
        if same and spoken == base_language(languages[1]):
            side = 1
        if spoken and spoken != base_language(languages[side]):
            counted.other_language += 1
            continue
        counted.documents[side] += 1
        assert isinstance(task, Task)
        row = (side, path, name_key(path, languages[side]), address(path), found.letters, found.is_on_subject)
        journal.base.execute(
            "INSERT INTO page (side, path, name, address, letters, subject, links, sketch) VALUES (?,?,?,?,?,?,?,?)",
            (*row, len(found.links), task.key(b"")),
        )
    return counted


def _tasks(folders: Folders, request: CorpusRequest) -> Iterator[tuple[tuple[int, str], Task | Result]]:
    for side, path in _documents(folders, request):
        data = read(folders, side, path)
        task = refusal(data) if isinstance(data, str) else Task("sketch", ((path, data),), request)
        yield (side, path), task


def _documents(folders: Folders, request: CorpusRequest) -> Iterator[tuple[int, str]]:
    """Side and path of every document, in an order that the names alone decide."""
    source, target = folders.source.resolve(), folders.target.resolve()
    if source == target:
        for path in _walk(source, target):
            if not is_foreign(path, request.source_lang, request.target_lang):
                yield int(has_code(path, request.target_lang)), path
        return
    for side, folder, other in ((0, source, target), (1, target, source)):
        for path in _walk(folder, other):
            yield side, path


def _walk(folder: Path, other: Path) -> Iterator[str]:
    """The documents below a folder; hidden ones, links and what is below `other` are left out."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and Path(place, f) != other)
        below = Path(place).relative_to(folder)
        for name in sorted(files):
            path = (below / name).as_posix()
            if not name.startswith(".") and format_of(name) and _is_utf8(path) and not Path(place, name).is_symlink():
                yield path


def _is_utf8(path: str) -> bool:
    """Whether a name can be written down; others cannot be told apart in a report."""
    return path.isprintable() and path.encode("utf-8", "replace").decode() == path
