"""Asks a service over HTTP for JSON: patience, proxies, sizes, and errors in our words. One client for all engines."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from amts_action import __version__
from amts_action.engines.model import EngineSettings
from amts_action.engines.service.messages import error_text
from amts_action.errors import AmtsError, EngineError, ForbiddenError, InputError

__all__ = ["PASSING", "JsonClient", "Refused", "address_of", "key_of_service", "message_in"]

ATTEMPTS = 6
RESENT = 2
"""Times that a question is sent again whose answer broke off or never came: the service may have done its work, and
may bill it."""
LONGEST_WAIT = 60.0
"""Seconds that a server may ask us to wait before the next attempt."""
MAX_BYTES = 20_000_000
"""Of an answer."""
CONNECT_SECONDS = 10.0
PASSING = (408, 409, 425, 429, 500, 502, 503, 504, 529)
"""States of HTTP that may be over when asked again."""
TOO_MANY = 429
USED_UP = re.compile(r"limit exceeded|quota|too many|allowance|\b403001\b", re.I)
"""What services say with 403 when not the key is wrong but an allowance is used up:
https://cloud.google.com/translate/quotas,
https://learn.microsoft.com/azure/ai-services/translator/text-translation/reference/status-response-codes."""
QUOTA = re.compile(rb"insufficient_(?:quota|balance|credits?)|billing_hard_limit|credit balance is too low", re.I)
"""In a refusal: what was paid for is used up, and waiting is of no use."""
USED_UP_CODE = "insufficient_quota"
UNANSWERED = "unanswered"
"""Our word for a question to which no whole answer came, though the service is there."""
MAX_SAID = 2_000
"""Characters of a refusal that are read."""


class Refused(EngineError):
    """The service refused a question; `status` is that of HTTP, 0 without an answer, `code` the service's own word,
    `said` all that it said, to be read and not to be shown."""

    def __init__(
        self, what: str, *, status: int = 0, code: str = "", said: str = "", where: str = "", mend: str = ""
    ) -> None:
        super().__init__(what, where=where, mend=mend)
        self.status, self.code, self.said = status, code, said


def is_hopeless(error: AmtsError, *, also: int) -> bool:
    """Whether other questions would fail, too: keys, addresses, an allowance that is used up, a service that is not
    there, or a refusal with the status `also`."""
    if not isinstance(error, Refused) or error.status in (402, also) or error.code == USED_UP_CODE:
        return True
    return error.status == 0 and error.code != UNANSWERED


@dataclass(slots=True)
class JsonClient:
    """Posts JSON to one address."""

    address: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout_seconds: float = 600.0
    connections: int = 8
    secret: str = field(default="", repr=False)
    """Never to be shown."""
    _http: Any = None

    @property
    def where(self) -> str:
        """The host, for messages."""
        return urlsplit(self.address).hostname or self.address

    def post(self, path: str, body: Any) -> Any:
        """The answer's JSON.

        Raises:
            InputError: the key or the address is wrong.
            Refused: no answer, or one that is none.
        """
        headers = {"Content-Type": "application/json", "User-Agent": f"amts/{__version__}", **self.headers}
        # A lone surrogate becomes `\\udc80`, which is how JSON writes it too.
        data = json.dumps(body, ensure_ascii=False).encode("utf-8", "backslashreplace")
        status, raw = self._posted(f"{self.address}{path}", data, headers)
        if status != 200:
            raise self._refusal(status, raw)
        try:
            return json.loads(raw) if len(raw) <= MAX_BYTES else None
        except (ValueError, RecursionError):
            raise Refused("the answer is not JSON", status=200, where=self.where) from None

    def _posted(self, address: str, data: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and body. A body that breaks off is asked for once more.

        Raises:
            Refused: there is no answer.
        """
        from urllib3 import exceptions as known

        what, left = "", RESENT
        while left >= 0:
            response = None
            try:
                pool = self._pool()
                retries = pool.connection_pool_kw["retries"].new(read=left)
                response = pool.request(
                    "POST", address, body=data, headers=dict(headers), preload_content=False, retries=retries
                )
                try:
                    is_read = response.status == TOO_MANY  # to see why, before waiting
                    return response.status, response.data if is_read else response.read(
                        MAX_BYTES + 1, decode_content=True
                    )
                finally:
                    response.release_conn()
            except (known.ProtocolError, known.DecodeError, known.ReadTimeoutError) as error:
                what = type(error).__name__
                if isinstance(error, known.ReadTimeoutError):
                    break
                used = response.retries if response is not None else None
                left = (left if used is None else int(used.read or 0)) - 1
            except known.MaxRetryError as error:
                is_there = isinstance(error.reason, known.ProtocolError | known.ReadTimeoutError)
                what, code = type(error.reason or error).__name__, UNANSWERED if is_there else ""
                raise Refused(f"no answer from the service ({what})", code=code, where=self.where) from None
            except known.HTTPError as error:
                what = type(error).__name__
                raise Refused(f"no answer from the service ({what})", where=self.where) from None
        raise Refused(f"no whole answer from the service ({what})", code=UNANSWERED, where=self.where)

    def _refusal(self, status: int, raw: bytes) -> AmtsError:
        said, code = message_in(raw, self.secret)
        what = f"the service answered {status}{f': {error_text(said)}' if said else ''}"
        is_used_up = status in (400, 403, TOO_MANY) and QUOTA.search(raw[:100_000])
        if is_used_up or (status == 403 and USED_UP.search(f"{said} {code}")):
            return Refused(what, status=status, code=USED_UP_CODE, where=self.where, mend="raise the allowance")
        if status in (401, 403):
            return ForbiddenError(what, where=self.where, mend="check the key and its rights")
        if status == 404:
            return InputError(what, where=self.where, mend="check --base-url and --model")
        mend = "run again" if status in PASSING else ""
        return Refused(what, status=status, code=code, said=said, where=self.where, mend=mend)

    def _pool(self) -> Any:
        """Made once. Retries are set here, for all of them are attempts at the same question."""
        if self._http is None:
            import urllib3

            class Patient(urllib3.Retry):
                """Waits as long as the server asks, but not for ever."""

                def get_retry_after(self, response: urllib3.BaseHTTPResponse) -> float | None:
                    try:
                        seconds = super().get_retry_after(response)
                    except urllib3.exceptions.InvalidHeader:  # neither whole seconds nor a date
                        said = re.fullmatch(r"\s*(\d+\.\d*)\s*s?\s*", response.headers.get("Retry-After", ""))
                        seconds = float(said.group(1)) if said else None
                    return None if seconds is None else min(seconds, LONGEST_WAIT)

                def increment(self, *about: Any, **more: Any) -> Any:
                    if isinstance(more.get("error"), urllib3.exceptions.ReadTimeoutError):
                        raise more["error"]  # it would take as long again
                    response = more.get("response")
                    if response is not None and response.status == TOO_MANY and QUOTA.search(response.data[:100_000]):
                        why = urllib3.exceptions.ResponseError("the allowance is used up")
                        raise urllib3.exceptions.MaxRetryError(more["_pool"], str(about[1]), why)
                    return super().increment(*about, **more)

            retry = Patient(
                total=ATTEMPTS - 1,
                read=RESENT,
                redirect=0,
                status_forcelist=PASSING,
                allowed_methods=None,
                backoff_factor=0.5,
                backoff_max=LONGEST_WAIT,
                raise_on_status=False,
                raise_on_redirect=False,
            )
            timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=self.timeout_seconds)
            about: dict[str, Any] = {"retries": retry, "timeout": timeout, "maxsize": self.connections}
            parts = urlsplit(self.address)
            proxy = getproxies().get(parts.scheme)
            if proxy and not proxy_bypass(parts.hostname or ""):
                self._http = urllib3.ProxyManager(proxy, **about)
            else:
                self._http = urllib3.PoolManager(**about)
        return self._http


def message_in(raw: bytes, secret: str) -> tuple[str, str]:
    """What a service says about its refusal, on one line and without the key, and its own word for it."""
    try:
        data = json.loads(raw[:100_000])
    except (ValueError, RecursionError):
        return "", ""
    data = data[0] if isinstance(data, list) and data else data
    found = data if isinstance(data, dict) else ""
    if isinstance(data, dict) and isinstance(data.get("error"), dict | str):
        found = data["error"]
    code = ""
    text: object = found
    if isinstance(found, dict):
        text = next((value for name in _SAYING if (value := found.get(name))), "")
        code = str(found.get("code") or found.get("type") or "")
    if isinstance(text, list):  # one of each field that is wrong, as FastAPI has it
        rows = (row if isinstance(row, dict) else {"msg": row} for row in text)
        text = "; ".join(f"{row.get('msg', '')} {row.get('loc', '')}".strip() for row in rows)
    said = error_text(str(text or ""), most=MAX_SAID)
    return (said.replace(secret, "***") if secret else said), code


_SAYING = ("message", "detail", "error_message", "errors", "msg", "error")
"""What services call what they say."""


def address_of(settings: EngineSettings, otherwise: str) -> str:
    """The address that the user gives, or the service's own.

    Raises:
        InputError: it is none.
    """
    address = (settings.base_url or otherwise).rstrip("/")
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        mend = "give one such as http://localhost:8080/v1"
        raise InputError("this is no address of a service", where="--base-url", mend=mend)
    return address


def key_of_service(settings: EngineSettings, address: str, variable: str, *, is_needed: bool) -> str:
    """The key, from the variable that the user names, else from the service's usual one.

    Raises:
        InputError: it is needed and not there, or would travel unencrypted.
    """
    names = [settings.api_key_variable] if settings.api_key_variable not in ("", "OPENAI_API_KEY") else []
    names += [variable]
    key = next((value for name in names if (value := os.environ.get(name, "").strip())), "")
    if is_needed and not key:
        raise InputError("there is no key", where="--api-key-variable", mend=f"set {names[0]}")
    parts = urlsplit(address)
    if key and parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        mend = "use https, or --api-key-variable with an empty variable"
        raise InputError("the key would travel unencrypted", where="--base-url", mend=mend)
    return key
