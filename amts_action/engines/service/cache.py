"""Every reply that was paid for, kept: a run that dies and is started again pays for nothing twice.

One SQLite file, in which a reply stands as soon as it has come. The key is a digest of all that the reply depends on
(engine, settings, versions of resources, the text, examples), so nothing in it is ever wrong, only old; a file that is
damaged or of another version is begun anew. Several processes may use one file (write-ahead log,
https://www.sqlite.org/wal.html).
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path

from amts_action.errors import InputError

__all__ = ["Cache", "key_of"]

VERSION = 1
"""Layout of the file and of its keys (PRAGMA user_version)."""
APPLICATION = 0x414D5452
"""`AMTR`: says what the file is (PRAGMA application_id)."""
KEEP_DAYS = 180
"""A reply that nobody has asked for in so many days is removed."""
WAIT_SECONDS = 30.0
"""How long a writer waits for another one."""
AGAIN_SECONDS = 0.02
"""Pause between two tries where SQLite itself does not wait."""
_MANY = 500
"""Values in one `IN (…)`: SQLite allows 999 in all its versions."""


def key_of(*parts: object) -> bytes:
    """The key of a reply that depends on these parts (texts, numbers, lists and maps of them)."""
    text = json.dumps(parts, ensure_ascii=True, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("ascii")).digest()


class Cache:
    """An open cache. Not to be shared between threads."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection, self.path = connection, path
        self.beside: Cache | None = None
        """Another one that gets every reply which is found or put here, and is asked for what is not here."""

    @classmethod
    def open(cls, path: Path, beside: Path | None = None) -> Cache:
        """The cache in a file, which is made where there is none.

        Args:
            beside: the file of another one, which is to have all replies of a run, wherever the run goes on.

        Raises:
            InputError: the file cannot be made or read, or is something else than a cache.
        """
        if beside is not None:
            cache = cls.open(path)
            try:
                cache.beside = cls.open(beside)
            except BaseException:
                cache.close()
                raise
            return cache
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                return cls(_connected(path), path)
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError) or not _is_ours(path):
                    raise
            for name in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
                name.unlink(missing_ok=True)
            return cls(_connected(path), path)
        except (OSError, sqlite3.Error) as error:
            raise InputError(
                f"replies cannot be kept there ({error})", where=str(path), mend="choose another --cache-dir"
            ) from error

    def close(self) -> None:
        """Closes the file; the last one to do so leaves one file, without a log beside it."""
        self.connection.close()
        if self.beside is not None:
            self.beside.close()

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *about: object) -> None:
        self.close()

    def find(self, keys: Sequence[bytes]) -> dict[bytes, str]:
        """The replies that are known."""
        out: dict[bytes, str] = {}
        unique = list(dict.fromkeys(keys))
        for at in range(0, len(unique), _MANY):
            some = unique[at : at + _MANY]
            marks = ", ".join("?" * len(some))
            rows = self.connection.execute(f"SELECT key, reply FROM replies WHERE key IN ({marks})", some)
            out.update((key, reply) for key, reply in rows if isinstance(reply, str))  # a file from elsewhere
        self._touch(out)
        if self.beside is not None:
            there = self.beside.find(unique)
            for cache, known, others in ((self.beside, there, out), (self, out, there)):
                for key in [key for key in others if key not in known]:
                    cache._insert(key, others[key])
            out |= there
        return out

    def _touch(self, keys: Iterable[bytes]) -> None:
        """Notes that the replies were asked for, so that they stay; when others are writing, they stay anyway."""
        with suppress(sqlite3.OperationalError):
            self.connection.executemany("UPDATE replies SET used = ? WHERE key = ?", [(_today(), key) for key in keys])

    def put(self, key: bytes, reply: str) -> None:
        """Keeps a reply: when this returns, it stands in the file, whatever becomes of the process.

        Raises:
            InputError: it cannot be written; the disk is full.
        """
        self._insert(key, reply)
        if self.beside is not None:
            self.beside._insert(key, reply)

    def _insert(self, key: bytes, reply: str) -> None:
        try:
            self.connection.execute("INSERT OR REPLACE INTO replies VALUES (?, ?, ?)", (key, reply, _today()))
        except sqlite3.Error as error:
            raise InputError(f"a reply cannot be kept ({error})", where=str(self.path), mend="make room") from error


def _today() -> int:
    """Days since 1970."""
    return int(time.time() // 86_400)


def _is_ours(path: Path) -> bool:
    """Whether a file that SQLite cannot read was a cache of ours: what else somebody keeps there is not deleted."""
    with path.open("rb") as file:
        head = file.read(72)
    return not head or head[68:72] == APPLICATION.to_bytes(4, "big")


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _begin_log(connection: sqlite3.Connection) -> None:
    """Turns to a write-ahead log. While another process does so in a new file, SQLite refuses at once, whatever the
    timeout: https://www.sqlite.org/c3ref/busy_handler.html.
    """
    end = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(AGAIN_SECONDS)


def _prepare(connection: sqlite3.Connection) -> None:
    """Opens the file as ours; tables of another version give way.

    Raises:
        sqlite3.DatabaseError: it is no database, or somebody else's.
    """
    # In one statement: one after the other, they could tell of a file before and after another process made it ours.
    both = "SELECT application_id, (SELECT count(*) FROM sqlite_master) FROM pragma_application_id"
    with closing(connection.execute(both)) as rows:
        application, tables = rows.fetchone()
    if tables and application != APPLICATION:
        raise sqlite3.OperationalError("it is another program's")
    _begin_log(connection)
    # A process that dies loses nothing with this; a machine that loses its power may lose the last replies.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        if connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            connection.execute("DROP TABLE IF EXISTS replies")
            connection.execute(
                "CREATE TABLE replies (key BLOB PRIMARY KEY, reply TEXT NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID"
            )
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("DELETE FROM replies WHERE used < ?", (_today() - KEEP_DAYS,))
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
