"""Git over HTTP, by git's own `http-backend`, with GitHub's rules about who may."""

from __future__ import annotations

import re
import subprocess
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any

from gitkit import git_environment

if TYPE_CHECKING:
    from hubkit.faults import Request
    from hubkit.hub import Hub
    from hubkit.repository import Repository
    from hubkit.state import Token

__all__ = ["Answer", "answer", "spooled"]

PATH = re.compile(r"/([^/]+/[^/]+?)(?:\.git)?/(info/refs|git-upload-pack|git-receive-pack)")
PIECE = 1 << 16


@contextmanager
def spooled(source: IO[bytes], headers: Message) -> Iterator[IO[bytes]]:
    """The body of a request, chunked or not, at its start."""
    with SpooledTemporaryFile(max_size=1 << 22) as body:
        if "chunked" in (headers.get("Transfer-Encoding") or ""):
            while size := int(source.readline().split(b";")[0], 16):
                body.write(source.read(size))
                source.readline()
            source.readline()
        else:
            body.write(source.read(int(headers.get("Content-Length") or 0)))
        body.seek(0)
        yield body  # type: ignore[misc]


@dataclass
class Answer:
    """Status, headers and body of an answer; the body is read as it comes."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    program: subprocess.Popen[bytes] | None = None

    def parts(self) -> Iterator[bytes]:
        """The body, piece by piece; none of them empty."""
        if self.body:
            yield self.body
        if self.program and self.program.stdout:
            while part := self.program.stdout.read(PIECE):
                yield part
            self.program.stdout.close()
            self.program.wait()

    def read(self) -> None:
        """Takes in the whole body, so that what was asked for is done."""
        self.body, self.program = b"".join(self.parts()), None


def answer(hub: Hub, request: Request, headers: Message, body: Any) -> Answer:
    """What git, or a refusal, answers."""
    match = PATH.fullmatch(request.path)
    repo = hub.repositories.get(match[1]) if match else None
    pushes = bool(match) and "receive-pack" in request.path + request.query
    token, given = _caller(hub, headers)
    request.login = token.login if token else ""
    request.operation = "git push" if pushes else "git fetch"
    status = _refusal(hub, repo, token, given=given, pushes=pushes)
    if status or repo is None or match is None:
        request.status = status
        asks = {"WWW-Authenticate": 'Basic realm="GitHub"'} if status == 401 else {}
        return Answer(status, {"Content-Type": "text/plain", **asks}, b"Repository not found.\n")
    if not pushes or request.method == "GET":
        return _backend(hub, repo, match[2], request, headers, body, {})
    with hub.lock:
        may = token is not None and hub.grants(token, repo, "workflows", "write")
        rules = {
            "HUB_WORKFLOWS": "1" if may else "",
            "HUB_PROTECTED": " ".join(f"refs/heads/{name}" for name in repo.protected),
        }
        answered = _backend(hub, repo, match[2], request, headers, body, rules)
        answered.read()
        repo.follow(by=request.login)
        return answered


def _caller(hub: Hub, headers: Message) -> tuple[Token | None, bool]:
    """Whose token it is, and whether one was given at all."""
    kind, _, value = (headers.get("Authorization") or "").partition(" ")
    if kind.lower() == "basic":
        name, _, secret = b64decode(value).decode().partition(":")
        value = secret if secret and secret != "x-oauth-basic" else name
    token = hub.tokens.get(value.strip())
    return (None if token is None or token.expired else token), bool(kind)


def _refusal(hub: Hub, repo: Repository | None, token: Token | None, *, given: bool, pushes: bool) -> int:
    """The status of the refusal, 0 for none."""
    if token is None and (given or repo is None or repo.private or pushes):
        return 401
    if repo is None or not hub.sees(token, repo):
        return 404
    level = "write" if pushes else "read"
    if token is not None and not hub.grants(token, repo, "contents", level):
        return 403
    return 403 if pushes and repo.archived else 0


def _backend(
    hub: Hub, repo: Repository, service: str, request: Request, headers: Message, body: Any, more: dict[str, str]
) -> Answer:
    """Runs git's CGI program."""
    body.seek(0, 2)
    length = body.tell()
    body.seek(0)
    variables = {
        "GIT_PROJECT_ROOT": str(hub.root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "REQUEST_METHOD": request.method,
        "PATH_INFO": f"/{repo.name}.git/{service}",
        "QUERY_STRING": request.query,
        "REMOTE_USER": request.login,
        "CONTENT_TYPE": headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(length),
        "HTTP_CONTENT_ENCODING": headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": headers.get("Git-Protocol", ""),
    }
    body.rollover()
    program = subprocess.Popen(
        ["git", "http-backend"],
        env=git_environment() | variables | more,
        stdin=body,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert program.stdout is not None
    fields: dict[str, str] = {}
    while line := program.stdout.readline().strip().decode():
        key, _, value = line.partition(": ")
        fields[key] = value
    request.status = int(fields.pop("Status", "200 OK").split()[0])
    return Answer(request.status, fields, program=program)
