"""Reading and writing documents as files, byte for byte."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from amts_action.errors import InputError

__all__ = [
    "MAX_BYTES",
    "OTHER_FORMATS",
    "SUFFIXES",
    "check_format",
    "decode",
    "is_notebook",
    "read_document",
    "read_given",
    "write_file",
]

SUFFIXES = (".md", ".markdown", ".qmd", ".mdx", ".ipynb")
"""Formats that are read: Markdown in its dialects, and notebooks."""

OTHER_FORMATS = tuple(
    ".rst .rest .tex .ltx .html .htm .xhtml .adoc .asciidoc .asc .rmd .rnw .org .textile .mediawiki .wiki .typ .docx "
    ".odt .pod .jmd".split()
)
"""Formats of pages that are not read; what else a repository holds is no page."""

MAX_BYTES = 50_000_000
"""Largest document that is read; a book page is some 50 kB, a notebook with pictures a few MB. Our own limit."""

_MARKER = re.compile(r"^(?:<{7}|={7}|>{7})(?=[ \r\n]|\Z)", re.M)


def is_notebook(path: str) -> bool:
    """Whether the path names a Jupyter notebook."""
    return path.lower().endswith(".ipynb")


def check_format(path: str, *, sure: bool = True) -> None:
    """Refuses a file whose name says that it is in a format that is not read.

    Args:
        sure: refuse every format that is not known to be read, not only those of pages.

    Raises:
        InputError: it is; a name without a suffix says nothing.
    """
    suffix = Path(path).suffix.lower()
    if suffix in OTHER_FORMATS or (sure and suffix and suffix not in SUFFIXES):
        raise InputError(
            f"files of the format {suffix} are not read",
            where=path,
            mend=f"give one of {', '.join(SUFFIXES)}",
        )


def decode(data: bytes, *, where: str) -> str:
    """The text of a document.

    Raises:
        InputError: not UTF-8, too large, binary, or it holds merge conflict markers.
    """
    if len(data) > MAX_BYTES:
        raise InputError(f"{len(data)} bytes are more than a document may have ({MAX_BYTES})", where=where)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"byte {error.start} is not UTF-8", where=where, mend="save the file as UTF-8") from error
    at = _conflict(text)
    if at >= 0:
        line = text.count("\n", 0, at) + 1
        raise InputError("merge conflict markers", where=f"{where}:{line}", mend="resolve the conflict and commit it")
    return text


def _conflict(text: str) -> int:
    """Offset of the first merge conflict as git writes it (`<<<<<<<`, `=======`, `>>>>>>>`); -1 when there is none."""
    if "<<<<<<<" not in text:
        return -1
    start, parted = -1, False
    for m in _MARKER.finditer(text):
        if m.group()[0] == "<":
            start, parted = m.start(), False
        elif m.group()[0] == "=":
            parted = start >= 0
        elif parted:
            return start
    return -1


def read_given(path: Path, mend: str) -> bytes:
    """The content of a file that a person named.

    Raises:
        InputError: there is no such file.
    """
    if not path.is_file():
        raise InputError("no such file", where=str(path), mend=mend)
    return path.read_bytes()


def read_document(path: Path) -> str:
    """The text of a file.

    Raises:
        InputError: it is missing, no regular file, or `decode` refuses it.
    """
    if not path.is_file():
        raise InputError("no such file" if not path.exists() else "not a file", where=str(path))
    return decode(path.read_bytes(), where=str(path))


def write_file(path: Path, data: bytes) -> None:
    """Writes all of `data` or nothing: a new file takes the place of the old one at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise InputError("not a regular file", where=str(path), mend="give another output path")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
