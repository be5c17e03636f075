"""The refusals of GitHub's API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["ApiError", "invalid", "not_found"]


class ApiError(Exception):
    """A refusal: the HTTP status, GitHub's words and, for 422, its list of errors."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: Sequence[Any] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = list(errors)
        self.headers = dict(headers or {})

    def payload(self) -> dict[str, Any]:
        """The body as GitHub writes it."""
        body: dict[str, Any] = {"message": self.message}
        if self.errors:
            body["errors"] = self.errors
        return body | {"documentation_url": "https://docs.github.com/rest", "status": str(self.status)}


def not_found() -> ApiError:
    """What is not there, or must not be seen."""
    return ApiError(404, "Not Found")


def invalid(resource: str, code: str, *, field: str = "", message: str = "", value: Any = None) -> ApiError:
    """A refused field, as GitHub's `Validation Failed` says it."""
    error: dict[str, Any] = {"resource": resource, "code": code}
    error |= {key: given for key, given in (("field", field), ("message", message), ("value", value)) if given}
    return ApiError(422, "Validation Failed", errors=[error])
