"""What the value of a setting may be, and the one form in which the program knows it.

Each function takes a value and the place that it comes from, for messages, and raises `InputError` for what it refuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from amts_action.errors import InputError
from amts_action.settings.languages import is_language, meant
from amts_action.settings.near import near

__all__ = [
    "KINDS",
    "at_least",
    "branch",
    "folder",
    "github_address",
    "language",
    "name",
    "one_of",
    "shown",
    "some_of",
    "title",
]

_LONGEST_TITLE: Final = 256
"""Characters of a title of a pull request that GitHub takes (the API's own validation)."""


def shown(value: object) -> str:
    """A value in a message."""
    return repr(value)[:60]


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or any(char in value for char in "\0\r\n"):
        raise InputError("this is not a text on one line", where=where, mend="give one")
    return value.strip()


def _flag(value: object, where: str) -> bool:
    if isinstance(value, str) and value.strip() in ("true", "false"):
        return value.strip() == "true"
    if not isinstance(value, bool):
        raise InputError(f"{shown(value)} is neither true nor false", where=where, mend="write true or false")
    return value


def _number(value: object, where: str) -> int:
    if isinstance(value, str) and re.fullmatch(r"\s*-?[0-9]{1,15}\s*", value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{shown(value)} is not a whole number", where=where, mend="write digits only")
    return value


def _decimal(value: object, where: str) -> Decimal:
    try:
        number = Decimal(str(value).strip()) if isinstance(value, str | int | float) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite():
        raise InputError(f"{shown(value)} is not a number", where=where, mend="write one such as 2.50")
    return number


def _texts(value: object, where: str) -> tuple[str, ...]:
    if isinstance(value, dict):  # a table of amts.toml
        value = [f"{key}={entry}" for key, entry in value.items()]
    items = value.splitlines() if isinstance(value, str) else value
    if not isinstance(items, list | tuple):
        raise InputError(f"{shown(value)} is not a list of texts", where=where, mend='write ["a", "b"]')
    return tuple(text for text in (_text(item, where) for item in items) if text)


KINDS: Final[dict[str, Callable[[object, str], Any]]] = {
    "str": _text,
    "bool": _flag,
    "int": _number,
    "decimal": _decimal,
    "list": _texts,
}
"""By kind of a setting, what makes a value of its type of what was given."""


def folder(value: str, where: str) -> str:
    """A folder inside a repository; empty for its top."""
    value = value.removeprefix("./").strip("/")
    if any(part in ("..", ".git", "") for part in value.split("/") if value) or "\\" in value:
        raise InputError(f"{shown(value)} is not a folder inside the repository", where=where, mend="give one")
    return "" if value == "." else value


def suffix(value: str, where: str) -> str:
    """What stands in a file's name before its ending."""
    if not value or (value[0] in "._-" and value[1:].replace("-", "").replace("_", "").isalnum()):
        return value
    mend = "write one such as .fr or _fr"
    raise InputError(f"{shown(value)} is no part of a file's name before its ending", where=where, mend=mend)


def language(value: str, where: str) -> str:
    """The code of a language."""
    if is_language(value):
        return value
    code = meant(value)
    mend = f"write {code}" if code else "write one such as zh or pt-BR"
    raise InputError(f"{shown(value)} is not a language code", where=where, mend=mend)


def name(value: str, where: str) -> str:
    """A name or an address that no program can take for an option."""
    if value.startswith("-"):
        raise InputError(f"{shown(value)} starts with a hyphen", where=where, mend="give a name or an address")
    return value


COMMIT_KEYS: Final = ("l10n.sourceCommit", "default_lang_commit", "drifted_from_default", "translation.source_commit")
"""Of front matter, for the English commit: MDN's; that of Hugo's docsy theme with its mark, as OpenTelemetry and Helm
have them; vLLM's."""
GATES: Final = ("off", "flag", "refuse")


def branch(value: str, where: str) -> str:
    """The name of a branch or commit; of a branch also the full name that workflows have (`refs/heads/main`)."""
    return name(value, where).removeprefix("refs/heads/")


def title(value: str, where: str) -> str:
    """The title of a pull request."""
    if len(value) > _LONGEST_TITLE:
        what = f"{len(value)} characters, GitHub takes {_LONGEST_TITLE}"
        raise InputError(what, where=where, mend="write a shorter one")
    return value


def gate(value: str, where: str) -> str:
    """What the gate does."""
    if value not in GATES:
        what = f"{value[:20]!r} is not among them{near(value, GATES, {})}"
        raise InputError(what, where=where, mend=f"choose one of: {', '.join(GATES)}")
    return value


def at_least(least: int) -> Callable[[Any, str], Any]:
    """Makes the rule that a number is not below another."""

    def check(value: Any, where: str) -> Any:
        if value < least:
            raise InputError(f"{value} is below {least}", where=where, mend="give a larger number")
        return value

    return check


def one_of(*known: str) -> Callable[[str, str], str]:
    """Makes the rule that a text is one of a few words."""

    def check(value: str, where: str) -> str:
        if value not in known:
            what = f"{shown(value)} is not known here{near(value, known, {})}"
            raise InputError(what, where=where, mend=f"write {' or '.join(known)}")
        return value

    return check


def some_of(*known: str) -> Callable[[tuple[str, ...], str], tuple[str, ...]]:
    """Makes the rule that every text of a list is one of a few words; none stays twice."""
    rule = one_of(*known)
    return lambda value, where: tuple(dict.fromkeys(rule(item, where) for item in value))


def github_address(value: str) -> str:
    """The address of what d2lbook's config.ini names `owner/name`; an address stays one."""
    return f"https://github.com/{value}" if re.fullmatch(r"[\w.-]+/[\w.-]+", value) else value
