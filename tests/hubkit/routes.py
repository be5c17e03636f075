"""The table of operations, and what an operation gets and gives back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from hubkit.errors import not_found
from hubkit.state import Issue, Pull, Token

if TYPE_CHECKING:
    from hubkit.hub import Hub
    from hubkit.repository import Repository

__all__ = ["REPO", "Call", "Operation", "Reply", "find", "route"]

REPO = "/repos/{owner}/{repo}"
PER_PAGE = 30
MOST_PER_PAGE = 100
"""https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api"""

T = TypeVar("T")


@dataclass
class Reply:
    """Status, body (None: empty) and further headers of an answer."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """A request that has been let in."""

    hub: Hub
    token: Token | None
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    path: str
    repo: Repository
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def login(self) -> str:
        """Who calls."""
        return self.token.login if self.token else ""

    @property
    def number(self) -> int:
        """The number in the path. ApiError 404: it is none."""
        text = next((self.params[key] for key in ("pull_number", "issue_number") if key in self.params), "")
        if not text.isdigit():
            raise not_found()
        return int(text)

    @property
    def issue(self) -> Issue:
        """The issue or pull request that the path names. ApiError 404: there is none."""
        if self.number not in self.repo.issues:
            raise not_found()
        return self.repo.issues[self.number]

    @property
    def pull(self) -> Pull:
        """The pull request that the path names. ApiError 404: there is none."""
        if not isinstance(self.issue, Pull):
            raise not_found()
        return self.issue

    def page(self, items: Sequence[T]) -> list[T]:
        """The page of the items that was asked for; sets `Link`."""
        size = min(max(int(self.query.get("per_page", PER_PAGE)), 1), MOST_PER_PAGE)
        page = max(int(self.query.get("page", 1)), 1)
        last = max(-(-len(items) // size), 1)
        links = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        if page >= last:
            del links["next"], links["last"]
        if page == 1:
            del links["prev"], links["first"]
        url = f"{self.hub.api_url}{self.path}"
        texts = [f'<{url}?{urlencode({**self.query, "page": n})}>; rel="{rel}"' for rel, n in links.items()]
        if texts:
            self.headers["Link"] = ", ".join(texts)
        return list(items[(page - 1) * size : page * size])


Handler = Callable[[Call], Reply]


@dataclass(frozen=True)
class Operation:
    """One operation: `needs` are the rights, as the header `X-Accepted-GitHub-Permissions` lists them."""

    method: str
    template: str
    needs: str
    handler: Handler


_TABLE: list[Operation] = []


def route(method: str, template: str, needs: str = "") -> Callable[[Handler], Handler]:
    """Enters a function into the table. `needs`: ways to be let in, by `; `, each a list of rights, by `,`."""

    def entered(handler: Handler) -> Handler:
        _TABLE.append(Operation(method, template, needs, handler))
        return handler

    return entered


@cache
def _patterns() -> list[tuple[re.Pattern[str], Operation]]:
    rest = ("{path}", "{ref}", "{basehead}", "{branch}")
    found = []
    for operation in _TABLE:
        pattern = re.escape(operation.template).replace(r"\{", "{").replace(r"\}", "}")
        for name in re.findall(r"{(\w+)}", pattern):
            some = ".+" if "{" + name + "}" in rest else "[^/]+"
            pattern = pattern.replace("{" + name + "}", f"(?P<{name}>{some})")
        found.append((re.compile(pattern + "/?"), operation))
    return sorted(found, key=lambda pair: pair[1].template.endswith(rest))


def find(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """The operation that answers a request, and what stands in its path."""
    for pattern, operation in _patterns():
        match = pattern.fullmatch(path)
        if match and operation.method == method:
            return operation, match.groupdict()
    return None


def parsed(data: bytes) -> Any:
    """The JSON of a request, None for an empty one. ValueError: it is none."""
    return json.loads(data) if data.strip() else None
