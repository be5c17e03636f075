"""The one process that answers what is asked of a repository's objects."""

from __future__ import annotations

import gc
import os
import subprocess
from pathlib import Path

import pytest
from bookkit import amts, make_books
from gitkit import Repo, git_environment

from amts_action.errors import AmtsError, InputError, ServiceError
from amts_action.git import objects, reader, run
from amts_action.git.commit import is_ref_name
from amts_action.git.repository import Repository


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Two pages, one of them below folders."""
    made = Repo(tmp_path / "book")
    made.commit({"a.md": "one\n", "x/y/b.md": "two\n"})
    return made


def readers() -> set[int]:
    """The processes that read objects for this one and were not waited for."""
    found = set()
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = place.read_text().rpartition(")")[2].split()
            line = (place.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(words[1]) == os.getpid() and (b"cat-file" in line or words[0] == "Z"):
            found.add(int(place.parent.name))
    return found


def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The first words of all processes that are started from now on."""
    started: list[str] = []
    start = subprocess.Popen.__init__

    def counted(self: object, args: list[str], *rest: object, **more: object) -> None:
        started.append(args[1])
        start(self, args, *rest, **more)  # type: ignore[arg-type, call-overload]

    monkeypatch.setattr(subprocess.Popen, "__init__", counted)
    return started


def test_a_clone_gets_the_texts_of_a_book_in_one_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each book the history, the texts, and what records name; of the translation its settings before that."""
    books = make_books(tmp_path)
    books.upstream(alpha={"about flour.": "about rye flour."}, beta={"about rain.": "about hail."})
    for repo in (books.source, books.target):
        repo.git("config", "uploadpack.allowFilter", "true")
        repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    started = watched(monkeypatch)
    places = ["--source", books.source.path.as_uri(), "--target", books.target.path.as_uri()]
    assert amts("plan", *places).code == 0
    assert started.count("fetch") == 2, "the histories"
    assert started.count("-c") == 4, "the contents"


def test_a_run_starts_one_for_each_book_and_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked of a book, and however the run ends."""
    books = make_books(tmp_path)
    books.upstream(alpha={"about flour.": "about rye flour."})
    started = watched(monkeypatch)
    gc.collect()
    before = readers()
    assert books.sync().code == 0
    own = [word for word in started if word != "--no-optional-locks"]
    assert own.count("cat-file") == 2
    assert len(own) < 30, own
    assert books.run("sync", "--head", "nowhere").code == 2
    assert readers() <= before


def test_what_others_write_is_seen(repo: Repo) -> None:
    """Objects, branches and packs that came after the process was started."""
    git = Repository.open(str(repo.path))
    assert git.resolve("main") == repo.commits[0]
    new = repo.commit({"a.md": "three\n"})
    assert git.resolve("main") == new
    assert git.read(new, "a.md") == b"three\n"
    repo.git("repack", "-adq")
    repo.git("pack-refs", "--all")
    assert git.resolve("main") == new
    again = repo.commit({"a.md": "four\n"})
    repo.git("repack", "-adq")
    assert git.read(git.resolve("HEAD"), "a.md") == b"four\n"
    assert git.resolve("main") == again


def test_many_and_large_contents_come_whole(repo: Repo) -> None:
    """More questions than a pipe holds, answers larger than it, and one question that is longer."""
    pages = {f"p{n}.md": f"page {n}\n" * n for n in range(300)} | {"large.bin": b"\0x\n" * 1_000_000}
    commit = repo.commit(pages)
    git = Repository.open(str(repo.path))
    oids = {path: entry.oid for path, entry in git.tree(commit).items()}
    found = git.blobs(oids.values())
    assert all(found[oids[path]] == (text.encode() if isinstance(text, str) else text) for path, text in pages.items())
    with pytest.raises(InputError, match="is not known here"):
        git.resolve("x" * 200_000)
    assert git.resolve("HEAD") == commit


def test_a_broken_object_is_an_error_and_the_next_answer_is_right(repo: Repo) -> None:
    """Git gives up then; what came of it before belongs to no other question."""
    git = Repository.open(str(repo.path))
    oid = git.tree(repo.commits[0])["a.md"].oid
    place = repo.path / ".git" / "objects" / oid[:2] / oid[2:]
    place.chmod(0o644)
    place.write_bytes(b"broken")
    with pytest.raises(InputError, match=r"git cat-file failed|is missing") as caught:
        git.blobs([oid])
    assert "\n" not in str(caught.value)
    assert git.read(repo.commits[0], "x/y/b.md") == b"two\n"


def test_a_tree_that_is_none_is_an_error(repo: Repo) -> None:
    """Whoever made a repository may have written anything."""
    made = repo.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", data=b"100644 name without an end")
    with pytest.raises(InputError, match=r"is broken|failed"):
        Repository.open(str(repo.path)).tree(made)


def test_modes_are_those_that_git_shows(repo: Repo) -> None:
    """Trees of old programs hold others."""
    oid = repo.git("rev-parse", "HEAD:a.md")
    rows = b"".join(
        mode + b" " + name + b"\0" + bytes.fromhex(oid)
        for mode, name in ((b"100664", b"a"), (b"100744", b"b"), (b"120777", b"c"), (b"160000", b"d"))
    )
    made = repo.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", data=rows)
    shown = [line.split()[0] for line in repo.git("ls-tree", made).splitlines()]
    tree = Repository.open(str(repo.path)).tree(made)
    assert [entry.mode for entry in tree.values()] == shown


def test_folders_in_folders_have_an_end(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """As git's own: a hostile book must not fill the memory."""
    monkeypatch.setattr(objects, "DEEPEST", 2)
    git = Repository.open(str(repo.path))
    with pytest.raises(InputError, match="folders in more than 2 folders"):
        git.tree(repo.commit({"x/y/z/c.md": "deep"}))
    assert set(git.tree(repo.commits[0])) == {"a.md", "x/y/b.md"}


@pytest.mark.parametrize(
    ("program", "error", "says"),
    [
        ("exec sleep 600", ServiceError, "git cat-file did not end"),
        ("exec sleep 600 >&-", InputError, "git cat-file failed: no reason given"),
        ("echo fatal: no more >&2", InputError, "git cat-file failed: no more"),
    ],
)
def test_silence_ends_a_run(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, error: type[AmtsError], says: str
) -> None:
    """A server that is asked for a missing object may never answer."""
    git = Repository.open(str(repo.path))
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\n{program}\n")
    fake.chmod(0o755)
    silent = run.Git(git.git.cwd, "book", {"PATH": f"{fake.parent}:{os.environ['PATH']}"})
    monkeypatch.setattr(run, "NETWORK_SECONDS", 0.5 if error is ServiceError else 60)
    before = readers()
    with pytest.raises(error, match=says):
        silent.objects("info", ["HEAD"])
    assert readers() <= before


def test_a_forked_process_starts_its_own(repo: Repo) -> None:
    """Two processes that read from one pipe would take each other's answers."""
    git = Repository.open(str(repo.path))
    oid = git.tree(repo.commits[0])["a.md"].oid
    child = os.fork()
    if child == 0:
        is_right = git.blobs([oid])[oid] == b"one\n" and len(readers()) == 1
        del git
        gc.collect()
        os._exit(0 if is_right else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert git.blobs([oid])[oid] == b"one\n"


def test_questions_fit_into_a_pipe() -> None:
    """No group is larger than what a pipe takes, save a question that alone is larger; none is lost."""
    lines = [b"x" * size + b"\n" for size in (1, 4000, 95, 5000, 1, 4095, 1)]
    parts = list(reader._parts(lines))
    assert [line for part in parts for line in part] == lines
    assert all(len(part) == 1 or sum(map(len, part)) <= 4096 for part in parts)
    assert list(map(len, parts)) == [2, 1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    "name",
    [
        "amts/zh", "amts/zh--main", "字", "a.b", "a@b", "@", "-x", "", "a b", "a..b", "a.", ".a", "b/.a", "a.lock",
        "a.lock/b", "a//b", "/a", "a/", "a~b", "a^b", "a:b", "a?b", "a*b", "a[b", "a]b", "a\\b", "a@{b", "{a}", "a\x7f",
        "a\tb", "a\n", "a.lockb",
    ],
)  # fmt: skip
def test_names_of_branches_are_those_that_git_takes(name: str) -> None:
    """Told without a process."""
    line = ["git", "check-ref-format", f"refs/heads/{name}"]
    is_taken = subprocess.run(line, env=git_environment(), check=False).returncode == 0
    assert is_ref_name(f"refs/heads/{name}") is is_taken
