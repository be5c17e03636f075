"""Whether a workflow of somebody's uses the action as it should: known inputs, a pinned commit, the two rights."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from amts_action.actions.inputs import INPUTS
from amts_action.settings.near import near

__all__ = ["faults_of"]

_USE: Final = re.compile(r"[\w.-]+/amts-action@(?P<at>\S+)")
_RIGHTS: Final = ("contents", "pull-requests")


def faults_of(text: str) -> list[str] | None:
    """What is wrong with a workflow, with how to mend it; None for one that does not use the action."""
    if "/amts-action@" not in text:
        return None
    import yaml

    try:
        content = yaml.safe_load(text)
        found = list(_faults(content))
    except (yaml.YAMLError, RecursionError, ValueError, AttributeError, TypeError):
        return ["this is no workflow that GitHub could read; correct the file"]
    return found


def _faults(content: Any) -> Iterator[str]:
    known = [entry.name for entry in INPUTS]
    for name, job in (content.get("jobs") or {}).items():
        for step in job.get("steps") or []:
            said = step.get("uses")
            use = _USE.fullmatch(said) if isinstance(said, str) else None  # aliases can make a list of any size
            if use is None:
                continue
            if not re.fullmatch(r"[0-9a-f]{40}", use["at"]):
                yield f"the action is not pinned; write the commit of the release in place of {use['at']}"
            given = step.get("with") or {}
            for key in given:
                if key not in known:
                    yield f"there is no input {key}{near(str(key), known)}; correct it"
            yield from _missing(name, job, content, "github-token" in given)


def _missing(name: str, job: Any, content: Any, has_token: bool) -> Iterator[str]:
    """The rights that the workflow's own token lacks; another token brings its own."""
    rights = job.get("permissions", content.get("permissions"))
    if has_token or rights == "write-all":
        return
    given = rights if isinstance(rights, dict) else {}
    for right in _RIGHTS:
        if given.get(right) != "write":
            yield f"the job {name} may not do what it should; add `{right}: write` to its permissions"
