"""The cache of replies: what was paid for stays, whatever happens to the process or the file."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amts_action.engines.service import cache as module
from amts_action.engines.service.cache import Cache, key_of
from amts_action.errors import InputError

WRITER = """
import os, sys
from pathlib import Path
from amts_action.engines.service.cache import Cache, key_of
cache = Cache.open(Path(sys.argv[1]))
for n in range(int(sys.argv[2]), int(sys.argv[2]) + 50):
    cache.put(key_of(n), f"reply {n}")
if sys.argv[3:]:
    os.kill(os.getpid(), 9)
cache.close()
"""


def test_replies_are_found_again(tmp_path: Path) -> None:
    """What was put is found, by this process and the next; what was not is not."""
    path = tmp_path / "deep" / "replies.sqlite"
    with Cache.open(path) as cache:
        cache.put(key_of("a"), "一")
        cache.put(key_of("a"), "二")
        assert cache.find([key_of("a"), key_of("b")]) == {key_of("a"): "二"}
    with Cache.open(path) as cache:
        many = [key_of(n) for n in range(2000)]
        assert cache.find([*many, key_of("a"), key_of("a")]) == {key_of("a"): "二"}


def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    """Every reply that was put before SIGKILL is there afterwards."""
    path = tmp_path / "replies.sqlite"
    done = subprocess.run([sys.executable, "-c", WRITER, str(path), "0", "die"], check=False)
    assert done.returncode == -signal.SIGKILL
    with Cache.open(path) as cache:
        assert len(cache.find([key_of(n) for n in range(50)])) == 50


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    """Two writers and a reader share one file."""
    path = tmp_path / "replies.sqlite"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(50 * n)]) for n in range(2)]
    with Cache.open(path) as cache:
        cache.put(key_of("own"), "x")
        assert [w.wait() for w in writers] == [0, 0]
        assert len(cache.find([key_of(n) for n in range(100)])) == 100


def test_who_comes_second_to_a_new_file_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process is about to make the file ours: SQLite itself refuses then without waiting."""
    path = tmp_path / "replies.sqlite"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(module.time, "sleep", lambda seconds: other.execute("ROLLBACK"))
    with Cache.open(path) as cache:
        cache.put(key_of("a"), "x")
    assert not other.in_transaction
    other.close()


def test_a_damaged_or_older_file_is_begun_anew(tmp_path: Path) -> None:
    """The cache never stops a run: what cannot be read is only paid for again."""
    path = tmp_path / "replies.sqlite"
    Cache.open(path).close()
    data = path.read_bytes()
    path.write_bytes(data[:100] + b"\xff" * (len(data) - 100))
    with Cache.open(path) as cache:
        cache.put(key_of(1), "x")
        assert cache.find([key_of(1)]) == {key_of(1): "x"}
        cache.connection.execute("PRAGMA user_version = 99")
    with Cache.open(path) as cache:
        assert cache.find([key_of(1)]) == {}


def test_somebody_elses_file_is_left_alone(tmp_path: Path) -> None:
    """A path that holds something else is an error in one line, and the file stays as it was."""
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE mine (x)")
    text = tmp_path / "notes.txt"
    text.write_text("not a database " * 20)
    for path in (other, text, tmp_path, text / "below"):
        before = path.read_bytes() if path.is_file() else b""
        with pytest.raises(InputError, match="replies cannot be kept there"):
            Cache.open(path)
        assert not path.is_file() or path.read_bytes() == before


def test_old_replies_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody asked for in half a year is removed; what was asked for stays."""
    path, day = tmp_path / "replies.sqlite", module._today()
    with Cache.open(path) as cache:
        cache.put(key_of(1), "x")
        cache.put(key_of(2), "y")
        monkeypatch.setattr(module, "_today", lambda: day + 100)
        cache.find([key_of(1)])
    monkeypatch.setattr(module, "_today", lambda: day + 190)
    with Cache.open(path) as cache:
        assert cache.find([key_of(1), key_of(2)]) == {key_of(1): "x"}


@given(st.lists(st.text()), st.lists(st.text()))
def test_different_parts_have_different_keys(a: list[str], b: list[str]) -> None:
    """No two lists of parts share a key, not even when they would read the same joined together."""
    assert (key_of(*a) == key_of(*b)) == (a == b)


def test_both_caches_have_every_reply(tmp_path: Path) -> None:
    """What one of two files knows the other learns when it is asked for, and what is new stands in both."""
    here, there = tmp_path / "here.sqlite", tmp_path / "there.sqlite"
    for path, key in ((here, b"1"), (there, b"2")):
        with Cache.open(path) as cache:
            cache.put(key, path.stem)
    with Cache.open(here, there) as both:
        assert both.find([b"1", b"2", b"3"]) == {b"1": "here", b"2": "there"}
        both.put(b"3", "new")
    for path in (here, there):
        with Cache.open(path) as cache:
            assert cache.find([b"1", b"2", b"3"]) == {b"1": "here", b"2": "there", b"3": "new"}


def test_what_is_no_text_is_no_reply(tmp_path: Path) -> None:
    """A file that came from elsewhere may hold anything, and SQLite takes any value in any column."""
    path = tmp_path / "replies.sqlite"
    with Cache.open(path) as cache:
        cache.put(b"1", "text")
        cache.connection.execute("INSERT INTO replies VALUES (?, ?, 0)", (b"2", b"\xff"))
        assert cache.find([b"1", b"2"]) == {b"1": "text"}
