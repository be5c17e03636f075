"""What is told to GitHub and what it says, as plain data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from amts_action.errors import InputError, ServiceError

__all__ = ["Hub", "HubRefusal", "HubState", "Pull", "api_of", "hub_of", "run_url_of"]


@dataclass(frozen=True, slots=True)
class Hub:
    """A repository on a GitHub server, and who we are there."""

    repository: str
    """`owner/name` of the translated book."""
    token: str = field(default="", repr=False)
    api_url: str = "https://api.github.com"
    """Of an Enterprise Server `https://HOST/api/v3` (the workflow's `GITHUB_API_URL`)."""
    server_url: str = "https://github.com"
    run_url: str = ""
    """Web page of the workflow's run that we are; empty outside of one."""

    def __post_init__(self) -> None:
        """Refuses what could not be part of an address.

        Raises:
            InputError: the name is not `owner/name`, an address is not http(s), or there is no token.
        """
        if not _NAME.fullmatch(self.repository) or self.repository.rpartition("/")[2] in (".", ".."):
            raise InputError(
                f"{self.repository[:80]!r} is not owner/name", where="target repository", mend="write owner/name"
            )
        for url in (self.api_url, self.server_url):
            if not re.fullmatch(r"https?://[^\s@?#]+", url):
                raise InputError(f"{url[:80]!r} is not an address", where="GitHub server", mend="write https://…")
        if not self.token or not self.token.isascii() or not self.token.isprintable() or " " in self.token:
            raise InputError("no usable token for GitHub", where="AMTS_TOKEN", mend="set it to a token of the target")

    @property
    def web(self) -> str:
        """The repository's page."""
        return f"{self.server_url.rstrip('/')}/{self.repository}"


_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/[A-Za-z0-9._-]{1,100}")


def hub_of(address: str, token: str, environ: Mapping[str, str]) -> Hub:
    """The GitHub repository that a git address names.

    Its server is `GITHUB_SERVER_URL` of a workflow when the address lies there, with `GITHUB_API_URL`; else the
    address's own, with the API where GitHub.com (https://docs.github.com/en/rest) or an Enterprise Server
    (https://docs.github.com/en/enterprise-server/rest, "/api/v3") has it.

    Raises:
        InputError: the address is none of a repository on such a server.
    """
    found = _ADDRESS.fullmatch(address)
    if not found:
        raise InputError(
            f"{address[:100]!r} is not the address of a GitHub repository", where="--target", mend="give its address"
        )
    host, name = found["host"] or found["ssh"], f"{found['owner']}/{found['name']}"
    server, run_url = environ.get("GITHUB_SERVER_URL", "").rstrip("/"), run_url_of(environ)
    if server and server.partition("://")[2] == host:
        return Hub(name, token, environ.get("GITHUB_API_URL") or api_of(server), server, run_url)
    scheme = found["scheme"] or "https"
    return Hub(name, token, api_of(f"{scheme}://{host}"), f"{scheme}://{host}", run_url)


def run_url_of(environ: Mapping[str, str]) -> str:
    """Web page of the workflow's run that we are; empty outside of one."""
    server = environ.get("GITHUB_SERVER_URL", "").rstrip("/")
    number, home = environ.get("GITHUB_RUN_ID", ""), environ.get("GITHUB_REPOSITORY", "")
    is_run = number.isascii() and number.isdigit() and _NAME.fullmatch(home)
    return f"{server}/{home}/actions/runs/{number}" if server and is_run else ""


_ADDRESS: Final = re.compile(
    r"(?:(?P<scheme>https?)://(?P<host>[\w.-]+(?::\d+)?)/|(?:ssh://)?git@(?P<ssh>[\w.-]+)[:/])"
    r"(?P<owner>[\w-]+)/(?P<name>[\w.-]+?)(?:\.git)?/?",
    re.ASCII,
)


def api_of(server: str) -> str:
    """Where the API of a server is, when nobody says."""
    if server == "https://github.com" or server.endswith(".ghe.com"):
        # An enterprise with its data in a region of its own is at NAME.ghe.com.
        return server.replace("://", "://api.", 1)
    return f"{server}/api/v3"


class HubRefusal(ServiceError):
    """GitHub said no, and meant it.

    Args:
        status: of HTTP, such as 422.
        said: the server's words, everything in one line.
    """

    def __init__(self, what: str, *, status: int, said: str, where: str = "", mend: str = "") -> None:
        self.status, self.said = status, said
        super().__init__(what, where=where, mend=mend)


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request as GitHub lists it."""

    number: int
    url: str
    """Its web page."""
    state: str
    """`open` or `closed`."""
    is_merged: bool
    title: str
    body: str
    head: str
    """Commit of its branch; of one that is closed, as it was then."""
    base: str = ""
    """Name of the branch that it goes into."""
    branch: str = ""
    """Name of the branch that it comes from."""

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Pull:
        """From GitHub's JSON."""
        return cls(
            number=int(row["number"]),
            url=str(row["html_url"]),
            state=str(row["state"]),
            is_merged=bool(row.get("merged_at") or row.get("merged")),
            title=str(row.get("title") or ""),
            body=str(row.get("body") or "").replace("\r\n", "\n"),
            head=str(row["head"]["sha"]),
            base=str(row["base"]["ref"]),
            branch=str(row["head"]["ref"]),
        )


@dataclass(frozen=True, slots=True)
class HubState:
    """Where the target stood on the server when we looked."""

    branch: str
    """Name of ours."""
    base: str
    """Name of the branch that the pull request goes into: the translation lives there."""
    default: str
    """Its commit."""
    tip: str
    """Commit of our branch; empty when it is not there."""
    pulls: tuple[Pull, ...] = ()
    """Pull requests from our branch, newest first, at most a hundred; those that were merged elsewhere left out."""
    others: tuple[str, ...] = ()
    """Branches of ours beside this one, for parts of the translation."""
    wanted: str = ""
    """The branch that the pull request would go into if nobody had given it another goal."""

    @property
    def open(self) -> Pull | None:
        """The pull request that is to be updated."""
        return next((pull for pull in self.pulls if pull.state == "open" and pull.base == self.base), None)

    @property
    def settled(self) -> Pull | None:
        """The newest pull request when that one is closed or merged, and so none is open."""
        return next((pull for pull in self.pulls if pull.state != "open"), None) if self.open is None else None
