"""Clients of Amazon's services, and their errors in our words. The one place that builds a client.

Region and credentials come from where every AWS tool looks (environment, profile, the role of a job), and
`AWS_ENDPOINT_URL_TRANSLATE`, `AWS_ENDPOINT_URL_S3` and so on lead to other servers. The retry mode is set here because
botocore's default differs between versions, and its mode `legacy` never repeats TooManyRequests with status 400.
https://boto3.amazonaws.com/v1/documentation/api/latest/guide/retries.html
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final, Literal

from amts_action import __version__
from amts_action.engines.service.messages import error_text
from amts_action.errors import AmtsError, ForbiddenError, InputError, ServiceError

__all__ = ["AwsError", "aws_errors", "client", "region_of"]

Mode = Literal["standard", "adaptive"]

ATTEMPTS: Final = 6
"""Of one call, the first one included."""
CONNECT_SECONDS: Final = 10
READ_SECONDS: Final = 60
GUIDE: Final = "docs/amazon-translate.md"


class AwsError(ServiceError):
    """A service of Amazon refused a request, or could not be reached.

    Attributes:
        code: the service's error code, such as `ConflictException`; empty when there was no answer.
        kind: what a caller can do about it.
        said: the service's own words.
    """

    def __init__(
        self, what: str, *, code: str = "", kind: Kind = "other", said: str = "", where: str = "", mend: str = ""
    ) -> None:
        super().__init__(what, where=where, mend=mend)
        self.code, self.kind, self.said = code, kind, said


Kind = Literal["expired", "denied", "passing", "missing", "other"]
"""`expired`: the credentials ran out; `denied`: a right is lacking; `passing`: it may work later; `missing`: no such
thing."""

_EXPIRED: Final = frozenset({"ExpiredTokenException", "ExpiredToken", "RequestExpired", "TokenRefreshRequired"})
_DENIED: Final = frozenset({"AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "403"})
_WRONG_KEY: Final = frozenset(
    {
        "InvalidSignatureException",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "MissingAuthenticationTokenException",
        "IncompleteSignature",
    }
)
_SKEWED: Final = frozenset({"RequestTimeTooSkewed", "RequestInTheFuture"})
_CLOCK: Final = re.compile(
    r"signature (?:not yet current|expired)|request'?s? time|clock skew|is (?:now )?later than", re.I
)
"""What is said to a signature of another time; botocore corrects what a service's answer lets it correct."""
_PASSING: Final = frozenset(
    {
        "TooManyRequestsException",
        "ThrottlingException",
        "Throttling",
        "RequestLimitExceeded",
        "ProvisionedThroughputExceededException",
        "SlowDown",
        "InternalServerException",
        "InternalFailure",
        "InternalError",
        "ServiceUnavailableException",
        "ServiceUnavailable",
        "RequestTimeout",
        "500",
        "502",
        "503",
        "504",
    }
)
_MISSING: Final = frozenset({"ResourceNotFoundException", "NoSuchKey", "404", "NotFound"})
_RIGHTS: Final = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:DeleteObjects": "s3:DeleteObject",
    "bedrock-runtime:Converse": "bedrock:InvokeModel",
}
"""Calls that need a right of another name."""


def client(
    service: str, *, region: str = "", mode: Mode = "standard", attempts: int = ATTEMPTS, connections: int = 10
) -> Any:
    """A client of a service, such as `translate` or `s3`.

    Args:
        region: AWS region; empty: `AWS_REGION`, which botocore does not read by itself, else as every AWS tool does.
        mode: `adaptive` also slows down the caller when the service throttles; for many calls in a row.
        attempts: of one call, the first one included.
        connections: to be kept open; as many as calls at the same time.

    Raises:
        InputError: no region is known, or the configuration of the AWS tools is unusable.
    """
    import boto3
    from botocore.config import Config
    from botocore.session import Session

    config = Config(
        retries={"mode": mode, "total_max_attempts": attempts},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        max_pool_connections=connections,
        user_agent_extra=f"amts/{__version__}",
    )
    with aws_errors(service):
        session = Session()
        session.register_component("data_loader", _loader())
        place = region or os.environ.get("AWS_REGION") or None
        made = boto3.session.Session(botocore_session=session, region_name=place)
        return made.client(service, config=config)


@cache
def _loader() -> Any:
    """Reads the models of the services, once for all clients: 0.15 s each."""
    from botocore.loaders import create_loader

    return create_loader(os.environ.get("AWS_DATA_PATH"))


def region_of(client: Any) -> str:
    """The region that a client talks to."""
    return str(client.meta.region_name)


@contextmanager
def aws_errors(where: str) -> Iterator[None]:
    """What botocore raises inside becomes one line: `InputError` for what the user has set up wrongly, else `AwsError`.

    Args:
        where: for messages: the resource or service concerned.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise _refusal(error, where) from None  # its text may hold what the request held
    except BotoCoreError as error:
        raise _local(error, where) from None


def _refusal(error: Any, where: str) -> AmtsError:
    details = error.response.get("Error", {})
    code, message = (
        str(details.get("Code", "")),
        error_text(str(details.get("Message") or details.get("message") or "")),
    )
    said = f"{code}: {message}" if message else code
    if code in _SKEWED or _CLOCK.search(message):
        what = f"the clock of this machine is not that of AWS ({code})"
        return InputError(what, where=where, mend="set it, for example with NTP")
    if code in _EXPIRED:
        mend = "run again with fresh ones; a job that was started goes on and is collected then"
        return AwsError("the AWS credentials have expired", code=code, kind="expired", where=where, mend=mend)
    if code in _DENIED:
        mend = f"give the caller that right ({GUIDE})"
        what = f"{_right(error, message)} is not allowed"
        return AwsError(what, code=code, kind="denied", said=message, where=where, mend=mend)
    if code in _WRONG_KEY:
        return ForbiddenError(f"AWS does not accept the credentials ({code})", where=where, mend="check them")
    if code == "NoSuchBucket":
        return InputError("there is no such bucket", where=where, mend=f"create it, or correct --s3-uri ({GUIDE})")
    if code in ("PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"):
        what = "the bucket is in another region than the one of this run"
        return InputError(what, where=where, mend="use a bucket in the region of Amazon Translate")
    if code in _PASSING:
        return AwsError(f"the service keeps failing ({said})", code=code, kind="passing", where=where, mend="run again")
    kind: Kind = "missing" if code in _MISSING else "other"
    return AwsError(said or "the service refused", code=code, kind=kind, said=message, where=where)


def _right(error: Any, message: str) -> str:
    """The right that was lacking: as the message names it, else that of the call."""
    named = re.search(r"perform:? ([a-z0-9-]+:[A-Za-z*]+)", message)
    if named:
        return named.group(1)
    call = f"{_service(error)}:{error.operation_name}"
    return _RIGHTS.get(call, call)


def _service(error: Any) -> str:
    s3 = {"PutObject", "GetObject", "HeadObject", "HeadBucket", "ListObjectsV2", "DeleteObject", "DeleteObjects"}
    if error.operation_name == "Converse":
        return "bedrock-runtime"
    return "s3" if error.operation_name in s3 else "translate"


def _local(error: Any, where: str) -> AmtsError:
    from botocore import exceptions as known

    name = type(error).__name__
    if isinstance(error, known.NoRegionError):
        return InputError("no AWS region is known", where=where, mend="set AWS_REGION or --region, such as us-east-1")
    if isinstance(error, known.NoCredentialsError | known.PartialCredentialsError | known.ProfileNotFound):
        return InputError("no AWS credentials are found", where=where, mend=f"see {GUIDE}")
    if isinstance(error, known.UnauthorizedSSOTokenError | known.SSOTokenLoadError | known.TokenRetrievalError):
        return AwsError("the AWS login has expired", kind="expired", where=where, mend="log in again")
    if isinstance(error, known.HTTPClientError | known.ConnectionError | known.IncompleteReadError):
        return AwsError(f"no answer from the service ({name})", kind="passing", where=where, mend="run again")
    if isinstance(error, known.ParamValidationError | known.ConfigParseError | known.InvalidRegionError):
        return InputError(error_text(str(error)), where=where)
    return AwsError(f"the call failed ({name})", where=where)
