"""A bare repository, read and written with git's plumbing.

A server answers a hundred questions of a run. Objects are read by one process that stays, what ids alone say is asked
once (objects never change), references are read from their files, and blobs are written as git writes them.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha1
from pathlib import Path
from threading import Lock
from typing import Any
from zlib import compress

from gitkit import git_environment

__all__ = ["Change", "CommitObject", "Entry", "GitError", "Person", "Store"]

ZERO = "0" * 40


class GitError(Exception):
    """Git refused; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a tree. `size` is that of a blob, in bytes, else None."""

    mode: str
    kind: str
    sha: str
    path: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Who made a commit, and when (seconds since 1970)."""

    name: str
    email: str
    when: int


@dataclass(frozen=True, slots=True)
class CommitObject:
    """What a commit says of itself."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str


@dataclass(frozen=True, slots=True)
class Change:
    """A file that differs between two trees; `patch` is its part of the diff from the first `@@` on."""

    path: str
    before: str | None
    status: str
    sha: str
    additions: int
    deletions: int
    patch: str | None


class Objects:
    """A process that reads the objects of one repository, one after the other."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.process: subprocess.Popen[bytes] | None = None

    def ask(self, path: Path, command: str, name: str) -> tuple[str, str, bytes] | None:
        """Id and kind of what a name stands for, with what is in it for the command `contents`."""
        with self.lock:
            if self.process is None:
                line = ["git", "--git-dir", str(path), "cat-file", "--batch-command"]
                pipe, env = subprocess.PIPE, git_environment()
                self.process = subprocess.Popen(line, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=env)
            asked, came = self.process.stdin, self.process.stdout
            assert asked is not None and came is not None
            asked.write(f"{command} {name}\n".encode("utf-8", "surrogateescape"))
            asked.flush()
            words = came.readline().decode("utf-8", "surrogateescape").split()
            if len(words) != 3 or not _ID.fullmatch(words[0]) or not words[2].isdigit():
                return None
            content = came.read(int(words[2]) + 1)[:-1] if command == "contents" else b""
            return words[0], words[1], content

    def __del__(self) -> None:
        if self.process is not None:
            for stream in (self.process.stdin, self.process.stdout):
                assert stream is not None
                stream.close()
            self.process.wait()


@dataclass(frozen=True, slots=True)
class Store:
    """The repository in the folder `path`."""

    path: Path
    objects: Objects = field(default_factory=Objects, compare=False, repr=False)
    kept: dict[tuple[str, ...], Any] = field(default_factory=dict, compare=False, repr=False)
    """What ids alone say, by the question and the ids."""

    @classmethod
    def create(cls, path: Path, *, branch: str, source: str | Path | None = None) -> Store:
        """A new repository, with all branches and tags of `source` when there is one."""
        store = cls(path)
        for name in ("refs/heads", "refs/tags", "hooks", "objects/info", "objects/pack"):
            (path / name).mkdir(parents=True, exist_ok=True)
        (path / "HEAD").write_text(f"ref: refs/heads/{branch}\n", encoding="utf-8")
        (path / "config").write_text(_CONFIG, encoding="utf-8")
        hook = path / "hooks" / "pre-receive"
        hook.write_text(_HOOK, encoding="utf-8")
        hook.chmod(0o755)
        if source is not None:
            store._take(Path(source))
        return store

    def _take(self, source: Path) -> None:
        """Takes over all branches and tags of a repository beside us, whose objects never change and are linked."""
        git_dir = source / ".git"
        if not git_dir.is_dir() or any((git_dir / name).exists() for name in _UNUSUAL):
            self.git("fetch", "--quiet", str(source), "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
            return
        for path in (git_dir / "objects").rglob("*"):
            place = self.path / "objects" / path.relative_to(git_dir / "objects")
            if path.is_dir():
                place.mkdir(exist_ok=True)
            elif not place.exists():
                os.link(path, place)
        refs = Store(git_dir).refs()
        names = [name for name in sorted(refs) if name.startswith(("refs/heads/", "refs/tags/"))]
        packed = "".join(f"{refs[name]} {name}\n" for name in names)
        (self.path / "packed-refs").write_text(f"# pack-refs with: sorted\n{packed}", encoding="utf-8")

    def git(self, *args: str, data: bytes = b"", env: dict[str, str] | None = None) -> bytes:
        """Runs git here. GitError: it failed."""
        command = ["git", "--git-dir", str(self.path), *args]
        done = subprocess.run(command, input=data, capture_output=True, env=git_environment() | (env or {}))
        if done.returncode:
            raise GitError(done.stderr.decode("utf-8", "replace").strip() or f"exit {done.returncode}")
        return done.stdout

    def line(self, *args: str, data: bytes = b"") -> str:
        """The output of git, one line."""
        return self.git(*args, data=data).decode("utf-8", "surrogateescape").strip()

    def once(self, what: str, ids: Iterable[str], read: Callable[[], Any]) -> Any:
        """The answer to a question about ids; of other names it may be another one next time."""
        key = (what, *ids)
        if not all(map(_ID.fullmatch, key[1:])):
            return read()
        if key not in self.kept:
            self.kept[key] = read()
        return self.kept[key]

    def head(self) -> str | None:
        """The branch that HEAD names, here or in the repository whose work tree this folder is."""
        for place in (self.path / "HEAD", self.path / ".git" / "HEAD"):
            if place.is_file():
                text = place.read_text(encoding="utf-8").strip()
                return text.removeprefix("ref: refs/heads/") if text.startswith("ref: refs/heads/") else None
        command = ["git", "-C", str(self.path), "symbolic-ref", "--quiet", "--short", "HEAD"]
        done = subprocess.run(command, capture_output=True, env=git_environment(), text=True)
        return done.stdout.strip() or None

    # --- references

    def refs(self, prefix: str = "refs/") -> dict[str, str]:
        """Names and ids of all references below `prefix`, which may also be the start of a last part."""
        found = {}
        packed = self.path / "packed-refs"
        lines = packed.read_text("utf-8", "surrogateescape").splitlines() if packed.exists() else []
        for sha, _, name in (line.partition(" ") for line in lines if line[0] not in "#^"):
            found[name] = sha
        for folder, _, names in os.walk(self.path / "refs"):
            for path in (Path(folder, name) for name in names if not name.endswith(".lock")):
                text = path.read_text("utf-8").strip()
                if not text.startswith("ref: "):
                    found[path.relative_to(self.path).as_posix()] = text
        return {name: found[name] for name in sorted(found) if name.startswith(prefix)}

    def branches(self) -> dict[str, str]:
        """Names of branches and the commits they are at."""
        return {name.removeprefix("refs/heads/"): sha for name, sha in self.refs("refs/heads/").items()}

    def tip(self, branch: str) -> str | None:
        """The commit that the branch is at."""
        return self.branches().get(branch)

    def set_ref(self, name: str, sha: str, *, old: str | None = None) -> None:
        """Moves a reference; `old` is where it must be, all zeros for a new one. GitError: it is elsewhere."""
        self.git("update-ref", name, sha, *([] if old is None else [old]))

    def drop_ref(self, name: str) -> None:
        """Deletes a reference."""
        self.git("update-ref", "-d", name)

    def resolve(self, name: str) -> str | None:
        """The commit that a branch, tag or id means."""
        for text in (f"refs/heads/{name}", f"refs/tags/{name}", name):
            if "\n" not in text and (found := self.objects.ask(self.path, "info", text + "^{commit}")):
                return found[0]
        return None

    # --- objects

    def kind(self, sha: str) -> str | None:
        """`blob`, `tree`, `commit` or `tag`; None when there is no such object."""
        found = self.objects.ask(self.path, "info", sha) if _ID.fullmatch(sha) else None
        return found[1] if found else None

    def blob(self, sha: str) -> bytes:
        """The bytes of a blob."""
        found = self.objects.ask(self.path, "contents", sha)
        if found is None or found[1] != "blob":
            raise GitError(f"no blob {sha}")
        return found[2]

    def write_blob(self, data: bytes) -> str:
        """Stores bytes; the id."""
        whole = b"blob %d\0%b" % (len(data), data)
        sha = sha1(whole, usedforsecurity=False).hexdigest()
        place = self.path / "objects" / sha[:2] / sha[2:]
        place.parent.mkdir(exist_ok=True)
        if not place.exists():
            with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as file:
                file.write(compress(whole, 1))
            Path(file.name).rename(place)
        return sha

    def tree_of(self, rev: str) -> str:
        """The id of the tree of a commit or tree."""
        found = self.objects.ask(self.path, "info", rev + "^{tree}")
        if found is None:
            raise GitError(f"no tree {rev}")
        return found[0]

    def entries(self, tree: str, *, recursive: bool = False, path: str = "") -> list[Entry]:
        """The lines of a tree; with `recursive` those of all trees in it, and these trees too."""
        more = ["-r", "-t"] if recursive else []
        out = self.git("ls-tree", "-z", "--long", *more, tree, *(["--", path] if path else []))
        found = []
        for line in out.decode("utf-8", "surrogateescape").split("\0"):
            head, tab, name = line.partition("\t")
            if tab:
                mode, kind, sha, size = head.split()
                found.append(Entry(mode, kind, sha, name, None if size == "-" else int(size)))
        return found

    def files(self, rev: str) -> dict[str, bytes]:
        """All files of a commit or tree."""
        blobs = [entry for entry in self.entries(rev, recursive=True) if entry.kind == "blob"]
        return {entry.path: self.blob(entry.sha) for entry in blobs}

    def write_tree(self, base: str | None, entries: Iterable[tuple[str, str, str | None]]) -> str:
        """A tree: `base` with the entries (mode, path, id or None to remove) laid over it; its id."""
        with tempfile.TemporaryDirectory() as folder:
            env = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            if base:
                self.git("read-tree", base, env=env)
            lines = b""
            for mode, path, sha in entries:
                if mode != "040000" and sha is not None:
                    lines += f"{mode} {sha}\t{path}\0".encode("utf-8", "surrogateescape")
                    continue
                self._add(lines, env)
                lines = b""
                self._remove(path, env)
                if sha is not None:
                    self.git("read-tree", f"--prefix={path}/", sha, env=env)
            self._add(lines, env)
            return self.git("write-tree", env=env).decode().strip()

    def _add(self, lines: bytes, env: dict[str, str]) -> None:
        if lines:
            self.git("update-index", "-z", "--replace", "--index-info", data=lines, env=env)

    def _remove(self, path: str, env: dict[str, str]) -> None:
        self.git("rm", "-r", "--quiet", "--cached", "--ignore-unmatch", "--", f":(literal){path}", env=env | _NO_TREE)

    def commit(self, sha: str) -> CommitObject:
        """A commit. GitError: there is none."""
        ask = ("log", "-1", "--no-show-signature", f"--format={_FIELDS}", "--end-of-options", sha)
        found: CommitObject = self.once("commit", (sha,), lambda: _commit(self.git(*ask).decode("utf-8", "replace")))
        return found

    def write_commit(
        self, tree: str, parents: Iterable[str], message: str, author: Person, committer: Person | None = None
    ) -> str:
        """Stores a commit; its id."""
        committer = committer or author
        env = {}
        for role, who in (("AUTHOR", author), ("COMMITTER", committer)):
            env |= {
                f"GIT_{role}_NAME": who.name,
                f"GIT_{role}_EMAIL": who.email,
                f"GIT_{role}_DATE": f"{who.when} +0000",
            }
        args = [part for parent in parents for part in ("-p", parent)]
        return self.git("commit-tree", tree, *args, data=message.encode(), env=env).decode().strip()

    # --- histories

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether `new` holds `old`."""
        return bool(
            self.once("is_ancestor", (old, new), lambda: self._succeeds("merge-base", "--is-ancestor", old, new))
        )

    def _succeeds(self, *args: str) -> bool:
        try:
            self.git(*args)
        except GitError:
            return False
        return True

    def merge_base(self, one: str, two: str) -> str | None:
        """The best common ancestor."""
        found: str | None = self.once("merge_base", (one, two), lambda: self._base(one, two))
        return found

    def _base(self, one: str, two: str) -> str | None:
        try:
            return self.line("merge-base", one, two)
        except GitError:
            return None

    def between(self, old: str, new: str) -> list[CommitObject]:
        """Commits of `new` that `old` has not, oldest first."""
        found: list[CommitObject] = self.once("between", (old, new), lambda: self.log(f"{old}..{new}")[::-1])
        return found

    def log(self, rev: str, path: str = "") -> list[CommitObject]:
        """Commits, newest first."""
        more = ["--", path] if path else []
        out = self.git("log", "-z", "--no-show-signature", f"--format={_FIELDS}", "--end-of-options", rev, *more)
        return [_commit(text) for text in out.decode("utf-8", "replace").split("\0") if text]

    def merged_tree(self, one: str, two: str) -> str | None:
        """The tree of both commits merged, None when they conflict."""
        found: str | None = self.once("merged_tree", (one, two), lambda: self._merged(one, two))
        return found

    def _merged(self, one: str, two: str) -> str | None:
        command = ["git", "--git-dir", str(self.path), "merge-tree", "--write-tree", one, two]
        done = subprocess.run(command, capture_output=True, env=git_environment())
        return done.stdout.decode().split("\n")[0] if done.returncode == 0 else None

    def changes(self, old: str, new: str) -> list[Change]:
        """The files that differ, with their diffs of three lines of context."""
        found: list[Change] = self.once("changes", (old, new), lambda: self._changes(old, new))
        return found

    def _changes(self, old: str, new: str) -> list[Change]:
        raw = self.git("diff-tree", "-r", "-z", "-M", "--raw", "--abbrev=40", old, new).decode(
            "utf-8", "surrogateescape"
        )
        parts = iter(raw.split("\0"))
        found = []
        for head in parts:
            if not head:
                continue
            letter, sha = head.split()[4][0], head.split()[3]
            before = next(parts) if letter in "RC" else None
            path = next(parts)
            both = [path] if before is None else [before, path]
            text = self.git("diff", "-M", "--no-color", "--no-ext-diff", old, new, "--", *both).decode(
                "utf-8", "replace"
            )
            at = text.find("\n@@")
            patch = text[at + 1 :].rstrip("\n") if at >= 0 else None
            rows = patch.split("\n") if patch else []
            plus, minus = (sum(row.startswith(sign) for row in rows) for sign in "+-")
            found.append(Change(path, before, _STATUS[letter], sha, plus, minus, patch))
        return found


_CONFIG = """\
[core]
    repositoryformatversion = 0
    filemode = true
    bare = true
[http]
    receivepack = true
[uploadpack]
    allowFilter = true
    allowReachableSHA1InWant = true
[receive]
    hideRefs = refs/pull
[gc]
    auto = 0
"""
_UNUSUAL = ("shallow", "objects/info/alternates", "reftable")
"""Files of a repository whose objects are not all its own."""
_HOOK = """\
#!/bin/sh
# Refuses pushes to the branches in $HUB_PROTECTED, and workflow files that no branch has yet unless $HUB_WORKFLOWS.
while read -r old new ref; do
  case " $HUB_PROTECTED " in *" $ref "*) echo "GH006: Protected branch update failed for $ref." >&2; exit 1 ;; esac
  case $new in *[!0]*) ;; *) continue ;; esac
  [ -n "$HUB_WORKFLOWS" ] && continue
  git ls-tree -r "$new" .github/workflows | while IFS= read -r entry; do
    for tip in $(git for-each-ref --format='%(objectname)' refs/heads); do
      git ls-tree -r "$tip" .github/workflows | grep -qxF "$entry" && continue 2
    done
    echo "refusing to allow a GitHub App to create or update a workflow without the workflows permission: $entry" >&2
    exit 1
  done || exit 1
done
"""
_ID = re.compile(r"[0-9a-f]{40}")
_STATUS = {"A": "added", "M": "modified", "D": "removed", "R": "renamed", "C": "copied", "T": "changed"}
_FIELDS = "%H%x1f%T%x1f%P%x1f%an%x1f%ae%x1f%at%x1f%cn%x1f%ce%x1f%ct%x1f%B"
_NO_TREE = {"GIT_WORK_TREE": os.devnull.rsplit("/", 1)[0]}


def _commit(text: str) -> CommitObject:
    sha, tree, parents, an, ae, at, cn, ce, ct, message = text.split("\x1f", 9)
    author, committer = Person(an, ae, int(at)), Person(cn, ce, int(ct))
    return CommitObject(sha, tree, tuple(parents.split()), author, committer, message.rstrip("\n"))
