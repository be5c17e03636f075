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
from amts_action.errors import AmtsError, EngineError, InputError

__all__ = ["PASSING", "JsonClient", "Refused", "address_of", "key_of_service", "message_in"]

ATTEMPTS = 6
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
QUOTA = b"insufficient_quota"
"""In an answer of that state: what was paid for is used up, and waiting is of no use."""


class Refused(EngineError):
    """The service refused a question; `status` is that of HTTP, 0 without an answer, `code` the service's own word."""

    def __init__(self, what: str, *, status: int = 0, code: str = "", where: str = "", mend: str = "") -> None:
        super().__init__(what, where=where, mend=mend)
        self.status, self.code = status, code


def is_hopeless(error: AmtsError, *, also: int) -> bool:
    """Whether other questions would fail, too: keys, addresses, an allowance that is used up, a service that is not
    there, or a refusal with the status `also`."""
    return not isinstance(error, Refused) or error.status in (0, 402, also) or error.code == "insufficient_quota"


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
        import urllib3

        headers = {"Content-Type": "application/json", "User-Agent": f"amts/{__version__}", **self.headers}
        # A lone surrogate becomes `\\udc80`, which is how JSON writes it too.
        data = json.dumps(body, ensure_ascii=False).encode("utf-8", "backslashreplace")
        try:
            response = self._pool().request(
                "POST", f"{self.address}{path}", body=data, headers=headers, preload_content=False
            )
            try:
                is_read = response.status == TOO_MANY  # to see why, before waiting
                raw = response.data if is_read else response.read(MAX_BYTES + 1, decode_content=True)
            finally:
                response.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise Refused(f"no answer from the service ({type(error).__name__})", where=self.where) from None
        if response.status != 200:
            raise self._refusal(response.status, raw)
        try:
            return json.loads(raw) if len(raw) <= MAX_BYTES else None
        except (ValueError, RecursionError):
            raise Refused("the answer is not JSON", status=200, where=self.where) from None

    def _refusal(self, status: int, raw: bytes) -> AmtsError:
        said, code = message_in(raw, self.secret)
        what = f"the service answered {status}{f': {said}' if said else ''}"
        if status == 403 and USED_UP.search(f"{said} {code}"):
            return Refused(what, status=status, code="insufficient_quota", where=self.where, mend="raise the allowance")
        if status in (401, 403):
            return InputError(what, where=self.where, mend="check the key and its rights")
        if status == 404:
            return InputError(what, where=self.where, mend="check --base-url and --model")
        mend = "run again" if status in PASSING and code != "insufficient_quota" else ""
        return Refused(what, status=status, code=code, where=self.where, mend=mend)

    def _pool(self) -> Any:
        """Made once. Retries are set here, for all of them are attempts at the same question."""
        if self._http is None:
            import urllib3

            class Patient(urllib3.Retry):
                """Waits as long as the server asks, but not for ever."""

                def get_retry_after(self, response: urllib3.BaseHTTPResponse) -> float | None:
                    seconds = super().get_retry_after(response)
                    return None if seconds is None else min(seconds, LONGEST_WAIT)

                def increment(self, *about: Any, **more: Any) -> Any:
                    response = more.get("response")
                    if response is not None and response.status == TOO_MANY and QUOTA in response.data[:100_000]:
                        why = urllib3.exceptions.ResponseError("the allowance is used up")
                        raise urllib3.exceptions.MaxRetryError(more["_pool"], str(about[1]), why)
                    return super().increment(*about, **more)

            retry = Patient(
                total=ATTEMPTS - 1,
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
    code = ""
    try:
        data = json.loads(raw[:100_000])
        found = data.get("error", data) if isinstance(data, dict) else ""
        text = found.get("message", "") if isinstance(found, dict) else found
        code = str((found.get("code") or found.get("type") or "") if isinstance(found, dict) else "")
    except (ValueError, RecursionError):
        text = ""
    said = error_text(str(text or ""))
    return (said.replace(secret, "***") if secret else said), code


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
