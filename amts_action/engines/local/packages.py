"""Opens packages of models, which anybody may have made: nothing leaves the folder, and nothing is too large."""

from __future__ import annotations

import json
import zipfile
import zlib
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import Any

from amts_action.documents.language_codes import folded, is_traditional, primary
from amts_action.engines.local.whole import digest_of, made_whole
from amts_action.errors import InputError

__all__ = ["codes_of", "languages_of", "unpacked"]

MOST_BYTES = 2_000_000_000
"""Of one unpacked package; the largest of Argos Translate have 300 MB."""
MOST_FILES = 200
MOST_DETAILS = 1_000_000
"""Bytes of a package's `metadata.json`."""


def codes_of(lang: str) -> tuple[str, ...]:
    """A language as packages name it, the fittest name first: `zh-Hant` is `zt` to Argos Translate, `pt-BR` is `pb`."""
    if is_traditional(lang):
        return ("zt",)
    base = primary(lang)
    return {"pt-br": ("pb", "pt"), "no": ("nb", "no"), "nb": ("nb", "no")}.get(folded(lang), (base,))


def unpacked(package: Path, folder: Path) -> Path:
    """The folder with the contents of an `.argosmodel`; unpacked once, under the digest of the package.

    Raises:
        InputError: it is no package, a path leaves the folder, or it is too large.
    """
    place = folder / digest_of(package)[:16]
    if not place.is_dir():
        try:
            with made_whole(place) as part:
                _extract(package, part)
        except (zipfile.BadZipFile, zlib.error, LZMAError, EOFError, RuntimeError) as error:
            raise _unfit(package, f"cannot be unpacked ({error})") from error
        except OSError as error:
            mend = "make room there, or choose another --cache-dir"
            raise InputError(f"a model cannot be unpacked ({error.strerror})", where=str(folder), mend=mend) from error
    inner = [path for path in place.iterdir() if path.is_dir()]
    return place if (place / "metadata.json").is_file() or len(inner) != 1 else inner[0]


def _unfit(package: Path, what: str) -> InputError:
    return InputError(what, where=str(package), mend="fetch it again from where it came")


def _extract(package: Path, folder: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        entries = archive.infolist()
        if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
            raise _unfit(package, "it is too large for a model")
        for entry in entries:
            path = PurePosixPath(entry.filename.replace("\\", "/"))
            is_link = (entry.external_attr >> 16) & 0o170000 == 0o120000
            if path.is_absolute() or ".." in path.parts or is_link or ":" in entry.filename:
                raise _unfit(package, f"it holds a path that leaves its folder ({entry.filename[:60]!r})")
            if entry.is_dir():
                continue
            target = folder.joinpath(*path.parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            left = entry.file_size
            with archive.open(entry) as source, target.open("wb") as out:
                while chunk := source.read(1 << 20):
                    left -= len(chunk)
                    if left < 0:
                        raise _unfit(package, "a file is larger than it says")
                    out.write(chunk)


def languages_of(folder: Path) -> tuple[str, str] | None:
    """The languages of a package by its `metadata.json`; None when it says nothing.

    Raises:
        InputError: the file is not what it should be.
    """
    path = folder / "metadata.json"
    if not path.is_file():
        return None
    try:
        data: Any = json.loads(path.read_bytes()[:MOST_DETAILS])
        return str(data["from_code"]), str(data["to_code"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError("this does not say its languages", where=str(path), mend="fetch the package again") from error
