"""The translation memory: one SQLite file of pairs that people have approved, with where each of them comes from.

Everything in it can be made again from the books, so a file that is damaged or of another version is deleted, never
mended. A change is one transaction: a process that dies leaves the old state. Readers never wait for a writer
(write-ahead log, https://www.sqlite.org/wal.html).

The search index is an inverted one, in the same file: word → ids of the pairs that have it, cut into segments of
neighbouring ids, so that a look-up reads a few rows and a change rewrites a few.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from amts_action.errors import InputError
from amts_action.markup.abstraction import abstract_key, normal, parts_of
from amts_action.memory.pairs import (
    Count,
    DocumentPair,
    Hit,
    Provenance,
    StoredPair,
    columns_of,
    mark_of,
    row_of,
    search_words,
)

__all__ = ["Memory"]

APPLICATION = 0x414D5453
"""`AMTS`: says what the file is (PRAGMA application_id)."""
VERSION = 1
"""Layout of the file and of its keys (PRAGMA user_version). Our own."""
SEGMENT = 8192
"""Ids of pairs in one row of the index. Our own limit, measured by `benchmarks/memory_lookup.py`."""
WAIT_SECONDS = 30.0
"""How long a writer waits for another one. Our own limit."""
_FLUSH = 1_000_000
"""Entries of the index that are held before they are written: 4 bytes each. Our own limit."""
_MANY = 500
"""Values in one `IN (…)`: SQLite allows 999 in all its versions."""

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE languages (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, target TEXT NOT NULL, pairs INTEGER NOT NULL,
    UNIQUE (source, target));
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, book TEXT NOT NULL, languages INTEGER NOT NULL,
    source_repository TEXT NOT NULL, source_path TEXT NOT NULL, source_commit TEXT NOT NULL, source_blob TEXT NOT NULL,
    target_repository TEXT NOT NULL, target_path TEXT NOT NULL, target_blob TEXT NOT NULL,
    fingerprint TEXT NOT NULL, skipped INTEGER NOT NULL, UNIQUE (book, target_path));
CREATE TABLE pairs (
    id INTEGER PRIMARY KEY, document INTEGER NOT NULL, sentence INTEGER, block INTEGER NOT NULL,
    source TEXT NOT NULL, target TEXT NOT NULL, key TEXT, length INTEGER NOT NULL,
    exact INTEGER NOT NULL, abstract INTEGER NOT NULL, before INTEGER NOT NULL, after INTEGER NOT NULL,
    origin TEXT NOT NULL, reviewed INTEGER NOT NULL, confidence REAL NOT NULL);
CREATE INDEX pairs_by_document ON pairs (document);
CREATE INDEX pairs_by_text ON pairs (exact);
CREATE INDEX pairs_by_key ON pairs (abstract);
CREATE TABLE words (
    id INTEGER PRIMARY KEY, languages INTEGER NOT NULL, word TEXT NOT NULL, pairs INTEGER NOT NULL,
    UNIQUE (languages, word));
CREATE TABLE postings (word INTEGER, segment INTEGER, pairs BLOB NOT NULL, PRIMARY KEY (word, segment)) WITHOUT ROWID;
INSERT INTO meta VALUES ('generation', 0);
"""


class Memory:
    """An open memory file. Not to be shared between threads or processes; each opens its own."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection, self.path = connection, path
        self._added: dict[tuple[int, int], array[int]] = {}
        self._added_count = 0
        self._words: dict[tuple[int, str], int] = {}
        self._uses: Counter[int] = Counter()

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> Memory:
        """The memory in a file; with `create` an empty one where there is none.

        Raises:
            InputError: no such file, or it is no memory, damaged, or of another version.
        """
        if not create and not path.is_file():
            raise InputError("no such translation memory", where=str(path), mend="make it with `amts memory build`")
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        with _said(path):
            connection = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
            try:
                _prepare(connection, path, create)
            except BaseException:
                connection.close()
                raise
            return cls(connection, path)

    def close(self) -> None:
        """Closes the file; the last one to do so leaves one file, without a log beside it."""
        self.connection.close()

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, *about: object) -> None:
        self.close()

    @property
    def generation(self) -> int:
        """Rises with every change."""
        with _said(self.path):
            return int(self.connection.execute("SELECT value FROM meta WHERE name = 'generation'").fetchone()[0])

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One change: all of what is done inside, or nothing of it. Other writers wait, readers see the old state.

        Raises:
            InputError: another process has been writing for too long, or the disk is full.
        """
        with _said(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._flush()
                self.connection.execute("UPDATE meta SET value = value + 1 WHERE name = 'generation'")
                self.connection.execute("COMMIT")
            except BaseException:
                self._forget_added()
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise
            self._forget_added()

    def fingerprints(self, book: str) -> dict[str, str]:
        """Fingerprint of every document of a book, by target path."""
        with _said(self.path):
            rows = self.connection.execute("SELECT target_path, fingerprint FROM documents WHERE book = ?", (book,))
            return dict(rows.fetchall())

    def replace(
        self, provenance: Provenance, fingerprint: str, entries: Iterable[DocumentPair], *, skipped: int = 0
    ) -> None:
        """Puts the pairs of a document in the place of those that it had; inside `writing`.

        Args:
            fingerprint: what the pairs were made from, so that the next build can tell whether it has to.
            skipped: how many pairs were not good enough, for `status`.
        """
        p = provenance
        self.remove(p.book, [p.target_path])
        languages = self._languages(p.source_lang, p.target_lang)
        here = (p.source_repository, p.source_path, p.source_commit, p.source_blob)
        there = (p.target_repository, p.target_path, p.target_blob)
        values = (p.book, languages, *here, *there, fingerprint, skipped)
        marks = ", ".join("?" * len(values))
        document = self.connection.execute(f"INSERT INTO documents VALUES (NULL, {marks})", values).lastrowid or 0
        first = self.connection.execute("SELECT coalesce(max(id), 0) + 1 FROM pairs").fetchone()[0]
        rows, keys = [], []
        for number, entry in enumerate(entries, first):
            key = abstract_key(parts_of(entry.source))
            rows.append((number, document, *columns_of(entry, key, languages)))
            keys.append((number, key))
        marks = ", ".join("?" * 15)
        self.connection.executemany(f"INSERT INTO pairs VALUES ({marks})", rows)
        self._count(languages, len(rows))
        for number, key in keys:
            self._index(number, key, languages)

    def remove(self, book: str, paths: Iterable[str]) -> int:
        """Removes documents with their pairs; inside `writing`. Says how many there were."""
        found = 0
        for path in paths:
            row = self.connection.execute(
                "SELECT id, languages FROM documents WHERE book = ? AND target_path = ?", (book, path)
            ).fetchone()
            if row is None:
                continue
            self._flush()
            found += 1
            old = self.connection.execute("SELECT id, coalesce(key, source) FROM pairs WHERE document = ?", (row[0],))
            rows = old.fetchall()
            self._unindex(rows, row[1])
            self._count(row[1], -len(rows))
            self.connection.execute("DELETE FROM pairs WHERE document = ?", (row[0],))
            self.connection.execute("DELETE FROM documents WHERE id = ?", (row[0],))
        return found

    def _languages(self, source: str, target: str) -> int:
        self.connection.execute("INSERT OR IGNORE INTO languages VALUES (NULL, ?, ?, 0)", (source, target))
        return self.languages(source, target)

    def _count(self, languages: int, more: int) -> None:
        self.connection.execute("UPDATE languages SET pairs = pairs + ? WHERE id = ?", (more, languages))

    def _index(self, number: int, key: str, languages: int) -> None:
        for word in search_words(key):
            place = languages, word
            known = self._words.get(place)
            if known is None:
                sql = "INSERT INTO words VALUES (NULL, ?, ?, 0) ON CONFLICT DO UPDATE SET pairs = pairs RETURNING id"
                known = self._words[place] = int(self.connection.execute(sql, place).fetchone()[0])
            self._uses[known] += 1
            row = self._added.get((known, number // SEGMENT))
            if row is None:
                row = self._added[known, number // SEGMENT] = array("I")
            row.append(number)
            self._added_count += 1
        if self._added_count > _FLUSH:
            self._flush()

    def _flush(self) -> None:
        """Writes what was added to the index."""
        sql = "SELECT pairs FROM postings WHERE word = ? AND segment = ?"
        rows = []
        for place, added in sorted(self._added.items(), key=lambda item: item[0]):
            old = self.connection.execute(sql, place).fetchone()
            rows.append((*place, (old[0] if old else b"") + _packed(added)))
        self.connection.executemany("INSERT OR REPLACE INTO postings VALUES (?, ?, ?)", rows)
        uses = [(count, word) for word, count in self._uses.items()]
        self.connection.executemany("UPDATE words SET pairs = pairs + ? WHERE id = ?", uses)
        self._added.clear()
        self._uses.clear()
        self._added_count = 0

    def _forget_added(self) -> None:
        """Word ids may be those of a change that was rolled back, so they go, too."""
        self._added.clear()
        self._uses.clear()
        self._words.clear()
        self._added_count = 0

    def _unindex(self, rows: Sequence[tuple[int, str]], languages: int) -> None:
        gone: dict[tuple[str, int], set[int]] = {}
        for number, key in rows:
            for word in search_words(key):
                gone.setdefault((word, number // SEGMENT), set()).add(number)
        ids = self.word_counts({word for word, _ in gone}, languages)
        sql = "SELECT pairs FROM postings WHERE word = ? AND segment = ?"
        for (word, segment), numbers in gone.items():
            place = ids[word][0], segment
            left = [n for n in _unpacked(self.connection.execute(sql, place).fetchone()[0]) if n not in numbers]
            if left:
                change = "UPDATE postings SET pairs = ? WHERE word = ? AND segment = ?"
                self.connection.execute(change, (_packed(array("I", left)), *place))
            else:
                self.connection.execute("DELETE FROM postings WHERE word = ? AND segment = ?", place)
            self.connection.execute("UPDATE words SET pairs = pairs - ? WHERE id = ?", (len(numbers), place[0]))
        self.connection.execute("DELETE FROM words WHERE pairs = 0 AND languages = ?", (languages,))
        self._words.clear()

    def languages(self, source: str, target: str) -> int:
        """Number of a pair of languages; 0 when the memory has none of it."""
        with _said(self.path):
            sql = "SELECT id FROM languages WHERE source = ? AND target = ?"
            row = self.connection.execute(sql, (source, target)).fetchone()
            return int(row[0]) if row else 0

    def size(self, languages: int) -> int:
        """How many pairs there are of one pair of languages."""
        with _said(self.path):
            row = self.connection.execute("SELECT pairs FROM languages WHERE id = ?", (languages,)).fetchone()
            return int(row[0]) if row else 0

    def with_text(self, text: str, languages: int, limit: int) -> list[StoredPair]:
        """Pairs whose source is `text` but for white space, those of people first."""
        rows = self._rows("p.exact = ?", [mark_of(text, languages)], limit)
        return [row for row in rows if normal(row.entry.source) == normal(text)]

    def with_key(self, key: str, languages: int, limit: int) -> list[StoredPair]:
        """Pairs whose abstracted source is `key`, those of people first."""
        return self._rows("p.abstract = ? AND coalesce(p.key, p.source) = ?", [mark_of(key, languages), key], limit)

    def with_ids(self, ids: Sequence[int]) -> dict[int, StoredPair]:
        """Pairs by their ids."""
        marks = ", ".join("?" * len(ids))
        return {row.id: row for row in self._rows(f"p.id IN ({marks})", list(ids), len(ids))}

    def _rows(self, condition: str, values: Sequence[object], limit: int) -> list[StoredPair]:
        sql = f"""
            SELECT p.id, p.source, p.target, p.block, p.sentence, p.origin, p.reviewed, p.confidence, p.before, p.after,
                d.book, l.source, l.target, d.source_repository, d.source_path, d.source_commit, d.source_blob,
                d.target_repository, d.target_path, d.target_blob
            FROM pairs p JOIN documents d ON d.id = p.document JOIN languages l ON l.id = d.languages
            WHERE {condition}
            ORDER BY p.origin DESC, p.reviewed DESC, d.book, d.target_path, p.block, p.sentence LIMIT ?"""
        with _said(self.path):
            return [row_of(found) for found in self.connection.execute(sql, (*values, limit))]

    def word_counts(self, words: Iterable[str], languages: int) -> dict[str, tuple[int, int]]:
        """Word → its id and how many pairs have it; words that none has are left out."""
        out: dict[str, tuple[int, int]] = {}
        wanted = sorted(words)
        with _said(self.path):
            for at in range(0, len(wanted), _MANY):
                some = wanted[at : at + _MANY]
                marks = ", ".join("?" * len(some))
                sql = f"SELECT word, id, pairs FROM words WHERE languages = ? AND word IN ({marks})"
                out.update({w: (i, n) for w, i, n in self.connection.execute(sql, (languages, *some))})
        return out

    def pairs_with(self, word: int) -> array[int]:
        """Ids of the pairs that have a word."""
        out = array("I")
        with _said(self.path):
            for (data,) in self.connection.execute("SELECT pairs FROM postings WHERE word = ?", (word,)):
                out.extend(_unpacked(data))
        return out

    def hits(self, ids: Sequence[int], shortest: int, longest: int) -> list[Hit]:
        """The keys of pairs, of those whose length is within the bounds."""
        out: list[Hit] = []
        with _said(self.path):
            for at in range(0, len(ids), _MANY):
                some = ids[at : at + _MANY]
                marks = ", ".join("?" * len(some))
                sql = f"SELECT id, coalesce(key, source) FROM pairs WHERE id IN ({marks}) AND length BETWEEN ? AND ?"
                out += [Hit(*row) for row in self.connection.execute(sql, (*some, shortest, longest))]
        return out

    def all_hits(self, languages: int, shortest: int, longest: int) -> list[Hit]:
        """The same of all pairs of one pair of languages."""
        sql = """SELECT p.id, coalesce(p.key, p.source) FROM pairs p JOIN documents d ON d.id = p.document
            WHERE d.languages = ? AND p.length BETWEEN ? AND ?"""
        with _said(self.path):
            return [Hit(*row) for row in self.connection.execute(sql, (languages, shortest, longest))]

    def rows(self, source_lang: str = "", target_lang: str = "") -> Iterator[StoredPair]:
        """All pairs, or those of some languages, in the order of books, documents and blocks; read as they are used."""
        sql = """SELECT d.id FROM documents d JOIN languages l ON l.id = d.languages
            WHERE ? IN ('', l.source) AND ? IN ('', l.target) ORDER BY d.book, d.target_path"""
        with _said(self.path):
            documents = self.connection.execute(sql, (source_lang, target_lang)).fetchall()
        for (document,) in documents:
            yield from sorted(self._rows("p.document = ?", [document], -1), key=lambda row: row.id)

    def status(self) -> list[Count]:
        """What there is of each pair of languages."""
        sql = """SELECT l.source, l.target, count(DISTINCT d.id), count(p.id) - count(p.sentence), count(p.sentence),
                coalesce(sum(p.origin = 'machine'), 0)
            FROM languages l JOIN documents d ON d.languages = l.id LEFT JOIN pairs p ON p.document = d.id
            GROUP BY l.id ORDER BY l.source, l.target"""
        with _said(self.path):
            return [Count(*row) for row in self.connection.execute(sql)]


def _prepare(connection: sqlite3.Connection, path: Path, create: bool) -> None:
    """Checks what the file is; makes the tables in an empty one."""
    connection.execute(f"PRAGMA busy_timeout = {int(1000 * WAIT_SECONDS)}")
    connection.execute("PRAGMA cache_size = -16000")  # kilobytes
    connection.execute("PRAGMA mmap_size = 268435456")  # the system's file cache is read in place, and shared
    if create:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")  # a power cut may lose the last change, never a part of one
        connection.execute("BEGIN IMMEDIATE")
        if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            for statement in filter(str.strip, _SCHEMA.split(";\n")):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
    if found[0] != APPLICATION:
        raise InputError("this is not a translation memory", where=str(path), mend="give another file with --memory")
    if found[1] != VERSION:
        mend = "delete it and run `amts memory build`"
        raise InputError(f"a translation memory of version {found[1]} (known: {VERSION})", where=str(path), mend=mend)


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """Errors of SQLite as one line."""
    try:
        yield
    except sqlite3.OperationalError as error:
        what = "another process is writing to it" if "locked" in str(error) else str(error)
        mend = "check the path, its rights and the space left, or run again later"
        raise InputError(what, where=str(path), mend=mend) from error
    except sqlite3.DatabaseError as error:
        mend = "delete it and run `amts memory build`"
        raise InputError(f"not a usable translation memory ({error})", where=str(path), mend=mend) from error


def _packed(numbers: array[int]) -> bytes:
    return numbers.tobytes()


def _unpacked(data: bytes) -> array[int]:
    out = array("I")
    out.frombytes(data)
    return out
