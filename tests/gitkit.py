"""Real repositories for tests: made in a temporary folder, the same on every machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

__all__ = ["Repo", "copied", "git_environment", "isolate", "served"]

START = 1_600_000_000
"""Time of the first commit (seconds since 1970); every further one is an hour later."""


def git_environment() -> dict[str, str]:
    """Variables that cut git off from the settings of the machine and of its user."""
    who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in _WHO.items()}
    keep = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return keep | who | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}


_WHO = {"NAME": "Ada", "EMAIL": "ada@example.org"}


def isolate(monkeypatch: object) -> None:
    """Sets the same variables in this process (`monkeypatch` is pytest's), for the code under test."""
    for key in [key for key in os.environ if key.startswith("GIT_") or key in ("NO_COLOR", "FORCE_COLOR")]:
        monkeypatch.delenv(key)  # type: ignore[attr-defined]
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)  # type: ignore[attr-defined]
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")  # type: ignore[attr-defined]


@dataclass
class Repo:
    """A repository with a work tree. `commits` are the ids in the order they were made."""

    path: Path
    branch: str = "main"
    commits: list[str] = field(default_factory=list)
    clock: int = START

    def __post_init__(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", f"--initial-branch={self.branch}", "--template=")

    def git(self, *args: str | Path, data: bytes | None = None) -> str:
        """Runs git in the work tree; its output without the last line end. Fails the test when git fails."""
        dates = {"GIT_AUTHOR_DATE": f"{self.clock} +0000", "GIT_COMMITTER_DATE": f"{self.clock} +0000"}
        done = subprocess.run(
            ["git", *map(str, args)],
            cwd=self.path,
            env=git_environment() | dates,
            capture_output=True,
            input=data or b"",
        )
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
        return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        """Writes files of the work tree (None removes one) and stages everything."""
        for name, content in files.items():
            path = self.path / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "--all")

    def commit(self, files: Mapping[str, str | bytes | None] | None = None, message: str = "change") -> str:
        """Commits the files; the new commit's id."""
        self.write(files or {})
        self.git("commit", "--quiet", "--allow-empty", "--no-verify", "-m", message)
        self.clock += 3600
        self.commits.append(self._tip())
        return self.commits[-1]

    def _tip(self) -> str:
        """The commit that was just made: a reference that has moved is a file of its own."""
        git_dir = self.path / ".git"
        if not git_dir.is_dir():  # a linked work tree
            return self.git("rev-parse", "HEAD")
        head = (git_dir / "HEAD").read_text(encoding="utf-8").strip()
        name = head.removeprefix("ref: ")
        return head if name == head else (git_dir / name).read_text(encoding="utf-8").strip()

    def show(self, rev: str, path: str) -> str:
        """A file of a commit."""
        return self.git("cat-file", "blob", f"{rev}:{path}")

    def snapshot(self) -> tuple[object, ...]:
        """Everything that a commit made from outside must not change: HEAD, its branch, the index, settings, and the
        work tree with its times. What `git status` says is told from these."""
        git_dir = self.path / ".git"
        stats = []
        for folder, folders, names in os.walk(self.path):
            if Path(folder) == self.path and ".git" in folders:
                folders.remove(".git")
            for path in (Path(folder, name) for name in [*folders, *names]):
                found = path.lstat()
                size = () if path.is_dir() and not path.is_symlink() else (found.st_size, found.st_mtime_ns)
                stats.append((str(path), found.st_mode, found.st_ino, *size))
        kept = [git_dir / name for name in ("HEAD", "index", "config", "info/exclude")]
        head = (git_dir / "HEAD").read_text(encoding="utf-8").strip().removeprefix("ref: ")
        states = [path.read_bytes() if path.exists() else b"" for path in (*kept, git_dir / head)]
        return sorted(stats), states


def copied(repository: Path, folder: Path) -> None:
    """A copy of a repository at a place where nothing is yet. Objects never change, so they are linked."""

    def copy(source: str, target: str) -> None:
        if "/objects/" in source:
            os.link(source, target)
        else:
            shutil.copy2(source, target)

    shutil.copytree(repository, folder, symlinks=True, copy_function=copy)


@contextmanager
def served(root: Path, token: str = "") -> Iterator[tuple[str, list[str]]]:
    """Serves the repositories below `root` over HTTP on loopback with git's own `http-backend`.

    Gives the address and the list of `Authorization` headers that arrived. With a `token` others are refused.
    """
    seen: list[str] = []
    accepted = "Basic " + b64encode(f"x-access-token:{token}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Says nothing."""

        def do_GET(self) -> None:
            seen.extend(self.headers.get_all("Authorization", [""]))
            if token and seen[-1] != accepted:
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="git"')
                self.end_headers()
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._reply(_backend(root, self.command, self.path, self.headers, body))

        do_POST = do_GET

        def _reply(self, out: bytes) -> None:
            head, _, content = out.partition(b"\r\n\r\n")
            fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
            self.send_response(int(fields.pop("Status", "200 OK").split()[0]))
            for key, value in fields.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _backend(root: Path, method: str, url: str, headers: Message, body: bytes) -> bytes:
    """What git's CGI program answers."""
    path, _, query = url.partition("?")
    more = {
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REMOTE_USER": "ada",
        "CONTENT_TYPE": headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": headers.get("Content-Encoding", ""),
        "HTTP_GIT_PROTOCOL": headers.get("Git-Protocol", ""),
        "GIT_PROTOCOL": headers.get("Git-Protocol", ""),
    }
    line = ["git", "http-backend"]
    return subprocess.run(line, env=git_environment() | more, input=body, capture_output=True, check=True).stdout
