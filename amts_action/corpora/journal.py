"""What a run has worked out already, on disk, so that a run that was killed goes on where it was.

One SQLite file in a folder of its own. `results` holds what tasks gave, by what they depend on; it outlives a run. The
other tables are made anew by every run, on disk only so that memory does not grow with the number of documents.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Self

from amts_action.errors import InputError

__all__ = ["Journal"]

_TABLES = """
CREATE TABLE IF NOT EXISTS results (id INTEGER PRIMARY KEY, key BLOB UNIQUE, data BLOB);
CREATE TABLE used (key BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE page (
    id INTEGER PRIMARY KEY, side INTEGER, path TEXT, name TEXT, address TEXT, letters INTEGER, subject INTEGER,
    links INTEGER, sketch BLOB, free INTEGER DEFAULT 1, UNIQUE (side, path)
);
CREATE INDEX page_name ON page (name, side);
CREATE INDEX page_address ON page (address, side);
CREATE TABLE link (page INTEGER, start TEXT, other INTEGER, PRIMARY KEY (page, start, other)) WITHOUT ROWID;
CREATE TABLE anchor (number INTEGER, side INTEGER, page INTEGER, PRIMARY KEY (number, side, page)) WITHOUT ROWID;
CREATE INDEX anchor_page ON anchor (page);
CREATE TABLE rare (number INTEGER PRIMARY KEY, weight REAL);
CREATE TABLE likely (source INTEGER, target INTEGER, score REAL, PRIMARY KEY (source, target)) WITHOUT ROWID;
CREATE INDEX likely_target ON likely (target);
CREATE TABLE pair (
    source INTEGER PRIMARY KEY, target INTEGER UNIQUE, path TEXT UNIQUE, other TEXT, how TEXT, confidence REAL,
    lot BLOB, letters INTEGER, wanted INTEGER
);
CREATE INDEX pair_lot ON pair (lot);
"""


class Journal:
    """The file. Use it as a context manager.

    Args:
        folder: made when there is none.

    Raises:
        InputError: another run is using it, or it is no journal.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "journal.sqlite"
        if not path.exists() and any(folder.iterdir()):
            raise InputError("is not empty, and no journal of a run", where=str(folder), mend="name another --work-dir")
        self.base = sqlite3.connect(path, isolation_level=None, timeout=0)
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            self.base.close()
            busy = "locked" in str(error)
            raise InputError(
                "another run is using it" if busy else f"cannot be used ({error})",
                where=str(folder),
                mend="wait for that run, or name another --work-dir" if busy else "remove it",
            ) from error
        for stray in folder.iterdir():  # what a killed run left of its export
            if stray.name.startswith(".amts-"):
                shutil.rmtree(stray)

    def _prepare(self) -> None:
        # A process that is killed loses nothing in this mode; a machine that fails may lose the last results.
        self.base.executescript(
            "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
            "PRAGMA cache_size=-8000; PRAGMA wal_autocheckpoint=500; BEGIN IMMEDIATE; COMMIT;"
        )
        for (name,) in self.base.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall():
            if name != "results":
                self.base.execute(f"DROP TABLE {name}")
        self.base.executescript(_TABLES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.base.close()

    def known(self, key: bytes) -> bytes | None:
        """The result of an earlier task."""
        found = self.base.execute("SELECT data FROM results WHERE key=?", (key,)).fetchone()
        if found:
            self.base.execute("INSERT OR IGNORE INTO used VALUES (?)", (key,))
        return bytes(found[0]) if found else None

    def keep(self, key: bytes, data: bytes) -> None:
        """Takes a result."""
        self.base.execute("BEGIN")
        self.base.execute("INSERT OR REPLACE INTO results (key, data) VALUES (?, ?)", (key, data))
        self.base.execute("INSERT OR IGNORE INTO used VALUES (?)", (key,))
        self.base.execute("COMMIT")

    def forget(self) -> None:
        """Drops the results that this run did not need."""
        self.base.execute("DELETE FROM results WHERE key NOT IN (SELECT key FROM used)")
