"""Requests to GitHub with patience: what is worth waiting for is waited for, and what is in doubt is looked up.

PyGithub signs in, sends and reads errors; its own retries are off, because they would send a `POST` again whose first
one may have worked. Here a request ends in one of four ways:

- it worked;
- GitHub refused it before it did anything, because of a rate limit: it is sent again when the limit allows
  (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api);
- nobody knows (5xx, a broken connection, a time-out): what may be done twice is done again, for all else the caller
  says how to look whether it happened;
- GitHub said no: `Refused`, in one line, with the permission that the token lacks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from amts_action.errors import ServiceError
from amts_action.git.hub import Hub
from amts_action.pace import go_on, rest
from amts_action.publishing.github.refusals import refused, words

if TYPE_CHECKING:
    from github import GithubException

__all__ = ["Client", "quoted"]

ATTEMPTS: Final = 5
"""So often one request is sent before the run gives up on the server."""
LONGEST_WAIT: Final = 300.0
"""Seconds that are waited for a rate limit. A longer wait is left to the next run: a container costs money."""
NO_HINT_WAIT: Final = 60.0
"""Seconds to wait after a secondary limit that does not say how long ("at least one minute")."""
FREE_WRITES: Final = 40
WRITE_PAUSE: Final = 1.0
"""After so many writes there is a second between two of them: GitHub asks for a second in general and stops who makes
more than 80 changes a minute ("Best practices for using the REST API"). A usual run has some 12."""
TIMEOUT: Final = 30
"""Seconds for one answer: GitHub itself gives up on a request after ten."""
PAGE: Final = 100


def quoted(name: str) -> str:
    """A name as one part of an address."""
    return quote(name.encode("utf-8", "surrogateescape"), safe="")


class Client:
    """Requests for one repository.

    Args:
        clock: seconds since 1970.
        sleep: waits for so many seconds.
    """

    def __init__(
        self, hub: Hub, *, clock: Callable[[], float] = time.time, sleep: Callable[[float], None] = rest
    ) -> None:
        from github import Auth, Github

        self.hub = hub
        self._root = f"/repos/{hub.repository}"
        self._clock, self._sleep = clock, sleep
        self._writes = 0
        self.requests = 0
        """Requests sent so far, repeated ones too."""
        self._requester = Github(
            auth=Auth.Token(hub.token),
            base_url=hub.api_url.rstrip("/"),
            timeout=TIMEOUT,
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
            user_agent="amts",
        ).requester
        self.about: tuple[str, str] | None = None
        """The repository's present name and its default branch, once they are known."""

    def follow(self, name: str, default_branch: str) -> None:
        """Goes on with the repository's present name (`owner/name`): GitHub answers a read by an old name after a
        rename, and redirects a write, which no client may follow by itself."""
        self._root, self.about = f"/repos/{name}", (name, default_branch)

    def ask(self, path: str, **parameters: object) -> Any:
        """Reads; `path` is below the repository.

        Raises:
            Refused: GitHub said no; also for what is not there.
            ServiceError: it could not be reached, or the rate limit lasts too long.
        """
        return self._sent("GET", path, parameters, None, None)[1]

    def pages(self, path: str, **parameters: object) -> Iterator[dict[str, Any]]:
        """Reads a list to its end, page by page, as far as the caller goes."""
        for page in range(1, 1000):
            headers, rows = self._sent("GET", path, {**parameters, "per_page": PAGE, "page": page}, None, None)
            yield from rows
            if 'rel="next"' not in str(headers.get("link", "")):
                return

    def tell(
        self,
        verb: str,
        path: str,
        content: Mapping[str, Any] | list[Any],
        *,
        happened: Callable[[], Any] | None = None,
    ) -> Any:
        """Writes; what GitHub answers, or what `happened` gives when that is something.

        Args:
            happened: looks whether a write in doubt was done, and gives what its answer would have been, else None.
                Without it the write is one that may be done twice.

        Raises:
            Refused: GitHub said no.
            ServiceError: it could not be reached, or the rate limit lasts too long.
        """
        self._writes += 1
        if self._writes > FREE_WRITES:
            self._sleep(WRITE_PAUSE)
        return self._sent(verb, path, {}, content, happened)[1]

    def _sent(
        self,
        verb: str,
        path: str,
        parameters: Mapping[str, object],
        content: Any,
        happened: Callable[[], Any] | None,
    ) -> tuple[Mapping[str, Any], Any]:
        from github import GithubException
        from requests import RequestException

        reason = ""
        for attempt in range(ATTEMPTS):
            go_on()
            try:
                self.requests += 1
                headers, found = self._requester.requestJsonAndCheck(
                    verb, self._root + path, parameters=dict(parameters), input=content
                )
                if _is_json(found):
                    return headers, found
                reason = "an answer that is no JSON"
            except GithubException as error:
                limit = self._limit_wait(error)
                if limit is not None:
                    self._wait_for_limit(limit)
                    reason = "a rate limit"
                    continue
                if error.status < 500:
                    raise refused(verb, path, error, self.hub) from None
                reason = f"status {error.status}"
            except (RequestException, OSError) as error:
                # Its text may hold the address with everything in it; the kind of the error says enough.
                reason = type(error).__name__
            self._sleep(min(2.0**attempt, 8.0) / 2)
            if happened is not None and (answer := happened()) is not None:
                return {}, answer
        what = f"no answer to {verb} {path[:100]} in {ATTEMPTS} attempts, the last one gave {reason}"
        raise ServiceError(what, where=self.hub.api_url, mend="run again later")

    def _limit_wait(self, error: GithubException) -> float | None:
        """Seconds until a refusal by a rate limit is over; None for all other errors."""
        if error.status not in (403, 429):
            return None
        headers = {name.lower(): str(value) for name, value in (error.headers or {}).items()}
        after = headers.get("retry-after", "")
        if after.isdigit():
            return float(after)
        if headers.get("x-ratelimit-remaining") == "0" and headers.get("x-ratelimit-reset", "").isdigit():
            # One second more: it is not said when in its second the limit ends.
            return max(0.0, float(headers["x-ratelimit-reset"]) - self._clock()) + 1.0
        return NO_HINT_WAIT if error.status == 429 or "rate limit" in words(error).lower() else None

    def _wait_for_limit(self, seconds: float) -> None:
        if seconds > LONGEST_WAIT:
            minutes = int(seconds // 60) + 1
            raise ServiceError(
                f"the rate limit of this token is used up for {minutes} minutes",
                where=self.hub.api_url,
                mend="run again then, or use the token of a GitHub App, which has a limit of its own",
            )
        self._sleep(seconds)


def _is_json(found: object) -> bool:
    """Whether PyGithub could read the answer: of one that is no JSON it makes `{"data": text}`."""
    return not (isinstance(found, dict) and set(found) == {"data"}) and not isinstance(found, str | bytes)
