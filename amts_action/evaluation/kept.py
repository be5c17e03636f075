"""What the systems of an evaluation have made, kept below the output folder until it is written and after.

A system's translations stand there as soon as it has made them, with a digest of all that they depend on, and every
reply of a service as soon as it has come. So an evaluation that died, waits for a job or goes on on another machine
pays for nothing twice, whatever it has besides that folder. The folder may come from anywhere: nothing in it is
believed unchecked.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from amts_action import __version__
from amts_action.documents.files import read_given, write_file
from amts_action.engines.command import identity_of
from amts_action.engines.local.whole import digest_of
from amts_action.engines.model import EngineSettings
from amts_action.errors import InputError
from amts_action.evaluation.learning import PEOPLES, takes
from amts_action.evaluation.run import ArticleSet, ScoredSystem

__all__ = ["KeptTexts", "forget_replies", "keep", "kept", "mark_of", "replies_path"]

MADE = "made.json"
VERSION = 2
"""Of the record."""
MOST_BYTES = 5_000_000
"""Of a record: a line for each article, of which the largest book has some thousand. Our own limit."""
REPLIES = "replies.sqlite"


class KeptTexts(NamedTuple):
    """What a system has made in an earlier run."""

    texts: Mapping[str, str]
    """By path of the article."""
    characters: int
    """That were sent for it."""


def mark_of(corpus: ArticleSet, name: str, direction: str, told: EngineSettings, *, leakage: bool) -> str:
    """A digest of all that a system's translations depend on, as far as it is known here."""
    articles = [(a.path, a.source if direction == "forward" else a.target) for a in corpus.articles]
    taken = takes(name.partition("+")[0])
    # What people write on other pages is another thing to learn from, and nothing to who learns nothing.
    is_learning = corpus.books is not None and bool(taken & PEOPLES)
    state = corpus.books.target.commit if corpus.books is not None and is_learning else ""
    words = [told.instructions(), sorted(told.terms())] if "glossary" in taken else []
    program = identity_of(told.command) if told.command else ()
    engine = [program, told.model, told.base_url, told.terminology, told.formality, told.parallel_data, told.book]
    own = _contents(told.model_dir) if name.partition("+")[0] == "local" else []
    memory = [told.threshold, _contents(told.memory_path)] if "examples" in taken else []
    langs = list(corpus.languages)
    rest = [langs, sorted(told.options.items()), own, memory, leakage, told.gate, words, state, __version__]
    return _digest(json.dumps([name, direction, articles, engine, rest]))


def _contents(place: Path | None) -> list[tuple[str, str]]:
    """Files with their digests, wherever they lie."""
    if place is None or not place.exists():
        return []
    files = [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
    return [(path.name if path == place else path.relative_to(place).as_posix(), digest_of(path)) for path in files]


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def keep(folder: Path, made: ScoredSystem, mark: str) -> None:
    """Writes what a system made below the output folder; the record last, since it says that all is there."""
    place = folder / "systems" / made.system.name / made.direction
    for path, text in made.texts.items():
        write_file(_inside(folder, place / path), text.encode("utf-8", "backslashreplace"))
    texts = {path: _digest(text) for path, text in sorted(made.texts.items())}
    record = {"version": VERSION, "mark": mark, "texts": texts, "characters": made.characters}
    write_file(place / MADE, json.dumps(record, ensure_ascii=False, indent=2).encode())


def kept(folder: Path, name: str, direction: str, mark: str, paths: Collection[str]) -> KeptTexts | None:
    """What a system made in an earlier run of the same evaluation; None when there is nothing, or of another one.

    Args:
        paths: of the articles.

    Raises:
        InputError: it is broken, was changed, or would lead out of the folder.
    """
    place = folder / "systems" / name / direction
    if not (place / MADE).exists():
        return None
    mend = f"remove {place}; its translations are made, and paid for, again"
    record = _record(_inside(folder, place / MADE), mend)
    if record["version"] != VERSION or record["mark"] != mark:
        return None
    if set(record["texts"]) != set(paths):
        raise InputError("its pages are not the articles", where=str(place / MADE), mend=mend)
    found = {}
    for path in paths:
        try:
            text = read_given(_inside(folder, place / path), mend).decode()
        except ValueError as error:
            raise InputError("this is no UTF-8", where=str(place / path), mend=mend) from error
        if _digest(text) != record["texts"][path]:
            raise InputError("this is not what the system made", where=str(place / path), mend=mend)
        found[path] = text
    return KeptTexts(found, record["characters"])


def _record(path: Path, mend: str) -> dict[str, Any]:
    """The record of a system, every value of the kind that it must be."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError
        record = json.loads(path.read_bytes())
        if not isinstance(record, dict) or not isinstance(record["version"], int):
            raise ValueError
        if record["version"] != VERSION:
            return {**record, "mark": ""}
        texts, sent = record["texts"], record["characters"]
        values = [record["mark"], *texts, *texts.values()]
        if not all(isinstance(value, str) for value in values) or type(sent) is not int or sent < 0:
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError("this is no record of an evaluation", where=str(path), mend=mend) from error
    return record


def _inside(folder: Path, path: Path) -> Path:
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InputError("this leads out of the output folder", where=str(path), mend="remove it")
    return path


def replies_path(folder: Path) -> Path:
    """Where the replies of services are kept until the evaluation is written."""
    folder.mkdir(parents=True, exist_ok=True)
    return _inside(folder, folder / REPLIES)


def forget_replies(folder: Path) -> None:
    """The evaluation is written: what the systems made is there as a whole."""
    for end in ("", "-wal", "-shm"):
        (folder / f"{REPLIES}{end}").unlink(missing_ok=True)
