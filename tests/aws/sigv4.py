"""Who signed a request: the signature is made again from the request and the known secret, with botocore's signer.

https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/,]+)/(\d{8})/([^/,]+)/([^/,]+)/aws4_request, *"
    r"SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})"
)
SKEW = timedelta(minutes=15)


@dataclass(frozen=True)
class Key:
    """An access key that the server knows."""

    access_key: str
    secret_key: str
    token: str = ""
    """Session token; a request has to carry it."""
    is_expired: bool = False
    denied: frozenset[str] = frozenset()
    """Operations that this caller has no right to."""


class Refused(Exception):
    """A request that is not let in; `code` is AWS's name for the reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def signer(method: str, path: str, headers: Mapping[str, str], body: bytes, keys: Mapping[str, Key]) -> tuple[Key, str]:
    """The key that signed the request, and the region that it was signed for.

    Raises:
        Refused: not signed, by nobody we know, or not this request.
    """
    low = {name.lower(): value for name, value in headers.items()}
    found = _AUTHORIZATION.fullmatch(low.get("authorization", ""))
    if not found:
        raise Refused("MissingAuthenticationTokenException", "Missing Authentication Token")
    access_key, day, region, service, names, signature = found.groups()
    key = keys.get(access_key)
    if key is None or low.get("x-amz-security-token", "") != key.token:
        raise Refused("UnrecognizedClientException", "The security token included in the request is invalid.")
    stamp = low.get("x-amz-date", "")
    if service != "translate" or not stamp.startswith(day):
        raise Refused("InvalidSignatureException", "Credential should be scoped to correct service.")
    if abs(datetime.now(UTC) - datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)) > SKEW:
        raise Refused("InvalidSignatureException", f"Signature expired: {stamp}")
    signed = {name: low[name] for name in names.split(";") if name in low}
    if not {"host", "x-amz-date", "x-amz-target"} <= set(signed) or len(signed) != len(names.split(";")):
        raise Refused("InvalidSignatureException", "A header that must be signed is not.")
    request = AWSRequest(method, f"http://{low['host']}{path}", headers=signed, data=body)
    request.context["timestamp"] = stamp
    auth = SigV4Auth(Credentials(key.access_key, key.secret_key), service, region)
    right = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    if not hmac.compare_digest(right, signature):
        what = "The request signature we calculated does not match the signature you provided."
        raise Refused("InvalidSignatureException", what)
    if key.is_expired:
        raise Refused("ExpiredTokenException", "The security token included in the request is expired")
    return key, region
