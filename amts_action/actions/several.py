"""Several languages in one step: `target-lang: zh,ja,ko`, each with its own run, pull request and report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from amts_action.errors import InputError
from amts_action.runs.several import languages_of

__all__ = ["combined", "for_language", "languages_in"]

_OF_ONE: Final = ("target-repo", "target-path", "target-suffix", "branch")
"""Inputs in which `{target_lang}` is the language."""
_SUMS: Final = ("files-changed", "blocks-changed", "characters-sent")
"""Outputs that are added up."""
_LISTS: Final = ("branch", "pull-request-urls", "report-path", "review-page")
"""Outputs of which each language has its own line."""


def languages_in(environ: Mapping[str, str]) -> list[str]:
    """The languages that a workflow gave; an empty one when it gave none.

    Raises:
        InputError: one of several is no code of a language.
    """
    given = next((value for name, value in _inputs(environ) if name == "target-lang" and value.strip()), "")
    langs = languages_of(given)
    for lang in langs if len(langs) > 1 else ():
        if not lang.replace("-", "").replace("_", "").isalnum():
            raise InputError(
                f"{lang[:60]!r} is no code of a language", where="input target-lang", mend="write zh,ja,ko"
            )
    return langs or [""]


def for_language(environ: Mapping[str, str], lang: str) -> dict[str, str]:
    """What a workflow gave, as if it had been for one language."""
    out = dict(environ)
    for variable in environ:
        name = _name(variable)
        if name == "target-lang":
            out[variable] = lang
        elif name in _OF_ONE:
            out[variable] = environ[variable].replace("{target_lang}", lang)
    return out


def _inputs(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Those with hyphens first, which win."""
    for variable in sorted(environ, key=lambda variable: "-" not in variable):
        if variable.startswith("INPUT_"):
            yield _name(variable), environ[variable]


def _name(variable: str) -> str:
    return variable.removeprefix("INPUT_").lower().replace("_", "-") if variable.startswith("INPUT_") else ""


def combined(outputs: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The outputs of all languages as those of one step: numbers are added, what each has of its own is one a line, and
    the pull request is the first that there is.
    """
    first = next((one for one in outputs if one["pull-request-number"]), outputs[0])
    costs = [one["cost"] for one in outputs]
    return {
        **first,
        **{name: str(sum(int(one[name]) for one in outputs)) for name in _SUMS},
        **{name: "\n".join(line for one in outputs for line in one[name].splitlines()) for name in _LISTS},
        "cost": f"{sum(map(Decimal, costs)):.2f}" if all(costs) else "",
        "status": _status({one["status"] for one in outputs} - {"none"}),
    }


def _status(found: set[str]) -> str:
    if len(found) < 2:
        return next(iter(found), "none")
    return "pending" if found <= {"done", "pending"} else "partial"
