"""The HTTP server: the API below `/api/v3`, git everywhere else, on one loopback port."""

from __future__ import annotations

import json
import traceback
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from hubkit import schema, smart_http
from hubkit.errors import ApiError, not_found
from hubkit.faults import Fault, Request, answer
from hubkit.hub import Hub
from hubkit.routes import Call, Operation, Reply, find, parsed
from hubkit.state import Token

__all__ = ["Server", "serve"]

API = "/api/v3"


class Server(ThreadingHTTPServer):
    """Listens on loopback; port 0 takes a free one."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, hub: Hub, port: int = 0, host: str = "127.0.0.1") -> None:
        super().__init__((host, port), _Handler)
        self.hub = hub
        hub.url = f"http://{host}:{self.server_address[1]}"


@contextmanager
def serve(root: Path, **more: Any) -> Iterator[Hub]:
    """A hub that listens as long as the block runs. Fails at its end when a request or an answer was not valid."""
    hub = Hub(root, **more)
    server = Server(hub)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert not hub.problems, "\n".join(hub.problems)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 120
    server: Server

    def log_message(self, *args: object) -> None:
        """Says nothing; `hub.requests` is the log."""

    def do_GET(self) -> None:
        """Answers any request."""
        hub, url = self.server.hub, urlsplit(self.path)
        with hub.lock:
            kind = "api" if url.path.startswith(API) else "git"
            request = Request(len(hub.requests) + 1, kind, self.command, url.path, url.query)
            hub.requests.append(request)
            faults = [fault for fault in hub.faults if fault.meets(request)]
        with smart_http.spooled(self.rfile, self.headers) as body:
            if self._fail(request, faults, "before"):
                return
            if kind == "git":
                self._git(request, faults, body)
                return
            reply = _Api(hub, request, self.headers, body.read()).reply()
            request.status = reply.status
            if not self._fail(request, faults, "after"):
                self._send(reply)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def _fail(self, request: Request, faults: list[Fault], when: str) -> bool:
        """Lets the faults happen; whether one of them took the place of the answer."""
        for fault in faults:
            if fault.when != when:
                continue
            if callable(fault.action):
                fault.action()
                continue
            given = answer(fault)
            if given is None:
                self.close_connection = True
                request.status = 0
                return True
            status, kind, body, headers = given
            request.status = status
            self._write(status, {"Content-Type": kind, **headers}, body)
            return True
        return False

    def _git(self, request: Request, faults: list[Fault], body: Any) -> None:
        later = [fault for fault in faults if fault.when == "after"]
        answered = smart_http.answer(self.server.hub, request, self.headers, body)
        if later:
            answered.read()
            if self._fail(request, faults, "after"):
                return
        self.send_response(answered.status)
        for key, value in answered.headers.items():
            self.send_header(key, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in answered.parts():
            self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def _send(self, reply: Reply) -> None:
        body = b"" if reply.body is None else json.dumps(reply.body).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"} if body else {}
        self._write(reply.status, headers | reply.headers, body)

    def _write(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Api:
    """One request to the API, from its bytes to the reply."""

    def __init__(self, hub: Hub, request: Request, headers: Any, data: bytes) -> None:
        self.hub, self.request, self.headers, self.data = hub, request, headers, data
        self.token: Token | None = None
        self.operation: Operation | None = None

    def reply(self) -> Reply:
        """The answer, with the headers that every answer has."""
        with self.hub.lock:
            try:
                reply = self._answered()
            except ApiError as error:
                reply = Reply(error.status, error.payload(), dict(error.headers))
            except Exception:  # noqa: BLE001  a fault of this server, which a test must see
                self.hub.problems.append(f"{self.request}: {traceback.format_exc()}")
                reply = Reply(500, {"message": "the stand-in for GitHub failed; see hub.problems"})
            if self.operation:
                found = schema.response_problems(
                    self.operation.template, self.operation.method, reply.status, reply.body
                )
                self.hub.problems += [f"answer to {self.request}: {reply.status}: {text}" for text in found]
            reply.headers = self._headers() | reply.headers
            return reply

    def _answered(self) -> Reply:
        hub, path = self.hub, self.request.path.removeprefix(API)
        if not self.headers.get("User-Agent"):
            raise ApiError(
                403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header."
            )
        self.token = self._caller()
        self.request.login = self.token.login if self.token else ""
        if path != "/rate_limit":
            hub.spend(self.token)
        found = find(self.request.method, path)
        if found is None:
            hub.problems.append(f"{self.request}: no such operation is served")
            raise not_found()
        operation, params = found
        self.operation = operation
        self.request.operation = f"{operation.method} {operation.template}"
        params = {key: unquote(value) for key, value in params.items()}
        repo = hub.repositories.get(f"{params.get('owner')}/{params.get('repo')}")
        if "repo" in params and repo is None:
            raise not_found()
        hub.authorise(self.token, repo, operation)
        query = dict(parse_qsl(self.request.query, keep_blank_values=True))
        self.request.body = body = self._body()
        problems = schema.request_problems(operation.template, operation.method, query, body)
        if problems:
            hub.problems += [f"{self.request}: {text}" for text in problems]
            raise ApiError(422, "Invalid request.\n\n" + "\n".join(problems))
        return hub.answer(operation, Call(hub, self.token, params, query, body, path, repo))  # type: ignore[arg-type]

    def _caller(self) -> Token | None:
        """Whose token it is. ApiError 401: nobody's."""
        kind, _, value = (self.headers.get("Authorization") or "").partition(" ")
        if not kind:
            return None
        if kind.lower() == "basic":
            value = b64decode(value).decode().partition(":")[2]
        token = self.hub.tokens.get(value.strip())
        if token is None or token.expired:
            raise ApiError(401, "Bad credentials")
        return token

    def _body(self) -> Any:
        try:
            return parsed(self.data)
        except ValueError as error:
            raise ApiError(400, "Problems parsing JSON") from error

    def _headers(self) -> dict[str, str]:
        limit, remaining, reset = self.hub.allowance(self.token)
        found = {
            "X-GitHub-Enterprise-Version": "3.19.0",
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-GitHub-Request-Id": f"0000:{self.request.number:X}",
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Used": str(limit - remaining),
            "X-RateLimit-Reset": str(reset),
            "X-RateLimit-Resource": "core",
        }
        if self.token and self.token.kind == "classic":
            found["X-OAuth-Scopes"] = ", ".join(self.token.scopes)
        if self.operation and self.operation.needs:
            found["X-Accepted-GitHub-Permissions"] = self.operation.needs
        return found
