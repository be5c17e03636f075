"""A run over a corpus: killed, its workers killed, on a cluster; its file is always the same."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from corpuskit import job, make_corpus

from amts_action.cli import main
from amts_action.corpora import executors, work
from amts_action.corpora.executors import Cluster, Processes
from amts_action.corpora.journal import Journal
from amts_action.corpora.run import build
from amts_action.corpora.work import Result, Task
from amts_action.errors import InputError, ServiceError

PAGES = 12
TASKS = 4 * PAGES
"""Two pages sketched, one pair learnt from, one pair aligned."""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, bytes]:
    """Two folders, and the file of an undisturbed run over them."""
    folder = tmp_path_factory.mktemp("corpus")
    source, target = make_corpus(folder, PAGES)
    output = folder / "undisturbed.tmx"
    report, found = build(job(source, target, folder / "work", workers=2), output, "tmx")
    assert found.matched == {"link": 0, "name": PAGES, "content": 0}
    assert not found.problem_count
    assert report.accepted > PAGES
    assert not (folder / "work").exists()
    return source, target, output.read_bytes()


KILLED = """
import os, signal, sys
from amts_action.cli import main
from amts_action.corpora import executors
from amts_action.corpora import run as corpus
left, *words = sys.argv[1:]
left = int(left)

def die():
    pool = executor and executor._pool
    print(*(pool._processes if pool else ()), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

def submit(self, task, submit=executors.Processes.submit):
    global left, executor
    executor, left = self, left - 1
    if left < 0:
        die()
    return submit(self, task)

executor = None
executors.Processes.submit = submit
corpus._placed = lambda *_: die()
main(words)
print(left)
"""


def killed(after: int, words: list[str]) -> list[int]:
    """Runs `amts` until it has started so many tasks, or is about to put its file in place; the pids of its workers."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(after), *words], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    return list(map(int, done.stdout.split()))


def is_gone(pid: int, seconds: float) -> bool:
    """Whether a process ends within that time."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)


@pytest.mark.whole
def test_killed_at_any_point(corpus: tuple[Path, Path, bytes], tmp_path: Path) -> None:
    """A run that is killed while it scans, learns, aligns and writes, and started again, gives the same bytes."""
    source, target, expected = corpus
    output = tmp_path / "pairs.tmx"
    words = ["corpus", "build", str(source), str(target), "--target-lang", "es", "-o", str(output), "--workers", "2"]
    for after in (5, PAGES + 6, PAGES, PAGES, 10_000):
        workers = killed(after, words)
        assert all(is_gone(pid, 20) for pid in workers)
        assert not output.exists()
    assert main(words) == 0
    assert output.read_bytes() == expected
    assert sorted(p.name for p in tmp_path.iterdir()) == ["pairs.tmx"]


def test_nothing_is_done_twice(
    corpus: tuple[Path, Path, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a work folder that stays, a run does what changed, and a document that went is forgotten."""
    source, target, expected = corpus
    done: list[str] = []
    submit = Processes.submit
    monkeypatch.setattr(Processes, "submit", lambda self, task: done.append(task.kind) or submit(self, task))
    folder, output = tmp_path / "work", tmp_path / "pairs.tmx"
    for tasks in (TASKS, 0):
        done.clear()
        build(job(source, target, folder, keep=True), output, "tmx")
        assert len(done) == tasks
        assert output.read_bytes() == expected
    few = make_corpus(tmp_path / "few", 1)
    build(job(*few, folder, keep=True), output, "tmx")
    with Journal(folder) as journal:
        assert journal.base.execute("SELECT count(*) FROM results").fetchone() == (4,)


@pytest.mark.whole
@pytest.mark.parametrize("when", [3, PAGES * 3 + 4])
def test_a_worker_is_killed(
    corpus: tuple[Path, Path, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: int
) -> None:
    """When a process dies in the middle, its tasks are done again. Two deaths in one run may by chance meet the same
    task, which is then taken for what kills."""
    source, target, expected = corpus
    seen: list[int] = []
    result = Processes.result

    def killing(self: Processes, started: Any) -> Result:
        seen.append(1)
        if len(seen) == when and self._pool:
            os.kill(next(iter(self._pool._processes)), signal.SIGKILL)
        return result(self, started)

    monkeypatch.setattr(Processes, "result", killing)
    output = tmp_path / "pairs.tmx"
    _, found = build(job(source, target, tmp_path / "work", workers=2), output, "tmx")
    assert len(seen) > TASKS  # some were waited for twice
    assert found.problem_count == 0
    assert output.read_bytes() == expected


@pytest.mark.whole
def test_a_document_kills_every_worker(
    corpus: tuple[Path, Path, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A document that no process survives is named, and all others are done."""
    source, target, _ = corpus

    def dying(task: Task, words: bytes) -> Result:
        if task.kind == "align" and task.name.endswith("part1/4.html"):
            os.kill(os.getpid(), signal.SIGKILL)
        return work.do(task, words)

    monkeypatch.setattr(executors, "do", dying)
    report, found = build(job(source, target, tmp_path / "work", workers=2), tmp_path / "pairs.tmx", "tmx")
    (problem,) = found.problems
    assert problem == "part1/4.html: no process survives it; it may need too much memory"
    assert report.documents == PAGES - 1


def test_bad_documents_end_no_run(
    corpus: tuple[Path, Path, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Documents that cannot be read are named, the exit code is 1, and the rest is there."""
    source, target = make_corpus(tmp_path, 3)
    (source / "part0" / "0.html").write_bytes(b"\x00\x01binary\x00")
    (target / "part1" / "1.html").write_bytes(b"<p>" + b"<div>" * 2000)
    (source / "big.html").write_bytes(b"x" * 5_000_001)
    (source / "letter.txt").write_bytes("café".encode("latin-1"))
    output = tmp_path / "pairs.csv"
    assert main(["corpus", "build", str(source), str(target), "--target-lang", "es", "-o", str(output)]) == 1
    said = capsys.readouterr().err
    for name in (
        "part0/0.html: holds zero bytes",
        "nested more than 1000 deep",
        "big.html: 5000001 bytes",
        "not UTF-8",
    ):
        assert name in said
    assert "part2/2.html" not in said
    assert output.read_text().startswith("en,es\n")


def test_one_run_at_a_time(corpus: tuple[Path, Path, bytes], tmp_path: Path) -> None:
    """A work folder that is in use, or holds something else, is refused and left alone."""
    source, target, _ = corpus
    with Journal(tmp_path / "work"), pytest.raises(InputError, match="another run is using it"):
        build(job(source, target, tmp_path / "work"), tmp_path / "pairs.tmx", "tmx")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("dear")
    with pytest.raises(InputError, match="is not empty"):
        build(job(source, target, tmp_path / "mine"), tmp_path / "pairs.tmx", "tmx")
    assert (tmp_path / "mine" / "letter").read_text() == "dear"


@pytest.mark.whole
def test_cluster_loses_a_worker(
    corpus: tuple[Path, Path, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a dask cluster of two workers, one of which is killed in the middle, the file is the same."""
    from distributed import LocalCluster

    source, target, expected = corpus
    output = tmp_path / "pairs.tmx"
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster:
        seen: list[int] = []
        result = Cluster.result

        def killing(self: Cluster, started: Any) -> Result:
            seen.append(1)
            if len(seen) == PAGES * 3 + 3:  # the words are learnt, the first pairs aligned
                victim = cluster.workers[0].pid
                os.kill(victim, signal.SIGKILL)
                assert is_gone(victim, 20)
            return result(self, started)

        monkeypatch.setattr(Cluster, "result", killing)
        words = ["corpus", "build", str(source), str(target), "--target-lang", "es", "-o", str(output)]
        assert main([*words, "--scheduler", cluster.scheduler_address]) == 0
    assert len(seen) == TASKS
    assert output.read_bytes() == expected


def test_no_cluster(corpus: tuple[Path, Path, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no scheduler answers, the run says so with exit code 3."""
    monkeypatch.setattr(executors, "_SECONDS_TO_CONNECT", 0.3)
    source, target, _ = corpus
    with pytest.raises(ServiceError, match="no scheduler answers"):
        build(job(source, target, tmp_path / "work", scheduler="tcp://127.0.0.1:9"), tmp_path / "pairs.tmx", "tmx")
