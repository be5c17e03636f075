"""Folders that are there whole or not at all, whoever else makes them at the same time, and digests of large files."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

__all__ = ["digest_of", "made_whole"]

ABANDONED_SECONDS = 86_400
"""A half-made folder of this age belongs to a run that was killed."""


def digest_of(path: Path) -> str:
    """SHA-256 of a file, which need not fit into memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def made_whole(place: Path) -> Iterator[Path]:
    """An empty folder, which becomes `place` when all has been put into it.

    Raises:
        OSError: the folder cannot be made, or something else stands at its place.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    for left in place.parent.glob(f"{place.name}.*.part"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > ABANDONED_SECONDS:
                shutil.rmtree(left)
    part = Path(mkdtemp(prefix=f"{place.name}.", suffix=".part", dir=place.parent))
    part.chmod(0o755)  # the step of a workflow that keeps it may be another user's
    try:
        yield part
        try:
            part.rename(place)
        except OSError:
            if not place.is_dir():  # another run was quicker
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
