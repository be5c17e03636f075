"""What goes wrong on the way, and hooks for what happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["KINDS", "Fault", "Kind", "Request"]

Kind = Literal["500", "502", "503", "cut", "secondary", "secondary-429", "401"]
KINDS: tuple[Kind, ...] = ("500", "502", "503", "cut", "secondary", "secondary-429", "401")
"""`502` is a page of HTML; `cut` closes the connection without an answer, which a client cannot tell from a time-out;
`secondary` is the secondary rate limit as 403, and as 429."""


@dataclass
class Request:
    """A request that arrived; `status` is what was answered, 0 for nothing. `kind` is `api` or `git`."""

    number: int
    kind: Literal["api", "git"]
    method: str
    path: str
    query: str = ""
    operation: str = ""
    login: str = ""
    status: int = 0
    body: Any = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.number} {self.method} {self.path}{'?' if self.query else ''}{self.query} -> {self.status}"


@dataclass
class Fault:
    """Something that happens at the `nth` request (from 1, counted from now, of those that `match`).

    `when` is before or after the request takes effect. An `action` of a kind replaces the answer, before it also the
    effect; a function is called, and the request goes on. `times` requests in a row are hit, None all from then on.
    """

    nth: int
    action: Kind | Callable[[], None]
    when: Literal["before", "after"] = "before"
    match: Callable[[Request], bool] = lambda request: request.kind == "api"
    times: int | None = 1
    retry_after: int | None = 1
    seen: int = 0
    hit: list[Request] = field(default_factory=list)

    def meets(self, request: Request) -> bool:
        """Whether this request is hit; counts it."""
        if not self.match(request):
            return False
        self.seen += 1
        met = self.seen >= self.nth and (self.times is None or self.seen < self.nth + self.times)
        if met:
            self.hit.append(request)
        return met


def answer(fault: Fault) -> tuple[int, str, bytes, dict[str, str]] | None:
    """Status, content type, body and headers of the fault's answer; None: the connection is cut."""
    if fault.action == "cut":
        return None
    page = b"<html>\n<head><title>502 Bad Gateway</title></head>\n<body>nginx</body>\n</html>\n"
    if fault.action == "502":
        return 502, "text/html", page, {}
    limit = b'{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",'
    limit += b'"documentation_url":"https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"}'
    wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    answers = {
        "500": (500, b'{"message":"Server Error"}', {}),
        "503": (503, b'{"message":"Service Unavailable"}', {}),
        "secondary": (403, limit, wait),
        "secondary-429": (429, limit, wait),
        "401": (401, b'{"message":"Bad credentials","status":"401"}', {}),
    }
    status, body, headers = answers[str(fault.action)]
    return status, "application/json; charset=utf-8", body, headers
