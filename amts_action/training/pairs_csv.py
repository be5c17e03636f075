"""Aligned pairs of documents as CSV: what `amts pairs` writes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from amts_action.documents.files import SUFFIXES, check_format, read_document
from amts_action.documents.model import PROSE
from amts_action.errors import AmtsError, InputError
from amts_action.memory.harvest import Granularity, PageTexts, harvest
from amts_action.training.sources import option_pairs

__all__ = ["pairs_csv"]


def pairs_csv(
    source: Path, target: Path, *, granularity: Granularity, source_lang: str, target_lang: str
) -> tuple[bytes, list[str]]:
    """UTF-8 CSV of the pairs of two documents, or of the documents with the same path in two folders, and problems.

    The first row holds the language codes; fields have no line breaks. Folders are taken for one book: words are learnt
    from all of its documents.

    Raises:
        InputError: one is a folder and the other a file, or a single document cannot be read.
    """
    problems: list[str] = []
    documents: list[PageTexts] = []
    single = not source.is_dir()
    for left, right in _documents(source, target):
        try:
            documents.append(PageTexts(str(right), read_document(left), read_document(right), source_lang, target_lang))
        except AmtsError as error:
            if single:
                raise
            problems.append(str(error))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([source_lang, target_lang])
    for pairs in harvest(documents, granularity, kinds=PROSE, also=option_pairs):
        if isinstance(pairs, str):
            problems.append(pairs)
        else:
            writer.writerows([" ".join(p.source.split()), " ".join(p.target.split())] for p in pairs)
    if single and problems:
        raise InputError(problems[0])
    return out.getvalue().encode("utf-8", "backslashreplace"), problems


def _documents(source: Path, target: Path) -> Iterator[tuple[Path, Path]]:
    if source.is_dir() != target.is_dir():
        raise InputError(
            "one is a folder and the other is not", where=str(target), mend="give two files or two folders"
        )
    if not source.is_dir():
        check_format(str(target))
        yield source, target
        return
    found = False
    for path in sorted(source.rglob("*")):
        twin = target / path.relative_to(source)
        if path.suffix.lower() in SUFFIXES and path.is_file() and not path.is_symlink() and twin.is_file():
            found = True
            yield path, twin
    if not found:
        raise InputError(f"no document has a counterpart in {target}", where=str(source))
