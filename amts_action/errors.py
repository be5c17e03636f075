"""Every error that AMTS raises on purpose.

The library raises; only the command line turns an error into an exit code (DESIGN §8): `exit_code` says which.
`str(error)` is always one line that says what is wrong and how to mend it.
"""

from __future__ import annotations

__all__ = ["AmtsError", "EngineError", "ForbiddenError", "InputError", "LimitError", "PendingError", "ServiceError"]


class AmtsError(Exception):
    """Base of all errors that a caller may want to catch.

    Args:
        what: what is wrong, one line, without a full stop.
        where: the file, repository or option concerned; empty when the message says it.
        mend: what the user can do about it; empty when nothing sensible can be said.
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        self.what, self.where, self.mend = what, where, mend
        super().__init__(what)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        if self.mend:
            text += f"; {self.mend}"
        return " ".join(text.split())


class InputError(AmtsError):
    """Bad usage or bad input: exit code 2."""


class ForbiddenError(InputError):
    """A service does not let this caller in: its key or credentials are wrong, or have no right to what was asked."""


class ServiceError(AmtsError):
    """An outside service (a git server, an engine, GitHub) failed: exit code 3."""

    exit_code = 3


class EngineError(ServiceError):
    """The engine could not be started or died before it gave anything."""


class LimitError(AmtsError):
    """A limit (characters, cost, size) stopped the run before anything was spent: exit code 4."""

    exit_code = 4


class PendingError(AmtsError):
    """A service is still at work when the time to wait is over; a later run finds what it did: exit code 1."""

    exit_code = 1
