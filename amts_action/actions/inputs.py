"""The inputs of the action: which there are, and what a workflow gave.

Most inputs are settings (`amts_action.settings`) under the same name with hyphens; the table here has those that only
the action has. GitHub checks nothing, `required` included, so everything is checked here, and what is not known is
refused: a limit with a slip in its name would be no limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from amts_action.errors import InputError
from amts_action.settings import FIELDS
from amts_action.settings.near import near

__all__ = ["INPUTS", "OUTPUTS", "Input", "Inputs", "read_inputs"]


class Input(NamedTuple):
    """One input. `default` is GitHub's, written into action.yml; the defaults of settings are not, because an input
    that is always given would win over the book's own amts.toml."""

    name: str
    help: str
    default: str = ""


_BOOKS: Final = (
    Input(
        "source-repo",
        "the English book: owner/name, or an address of a git repository; when empty the repository of the workflow, "
        "or in a workflow of the translation what its amts.toml or config.ini says",
    ),
    Input(
        "source-ref",
        "the branch, tag or commit of the English book; when empty what is checked out, else its default branch",
    ),
    Input("target-repo", "the translated book: owner/name; when empty the repository of the workflow"),
    Input(
        "github-token",
        "reads both books and opens the pull request; to write to another repository, the token of a GitHub App or a "
        "person",
        "${{ github.token }}",
    ),
    Input("source-token", "reads the English book, when that needs another token than github-token"),
)
"""Inputs that are no settings, and say where the books are and who reads them."""
_REST: Final = (
    Input("config", "path of the settings file in the translated book", "amts.toml"),
    Input("dry-run", "true: say what would be done, send nothing, write nothing", "false"),
    Input("report-dir", "folder of the workspace that the reports are written to", "amts-report"),
)
"""The other inputs that are no settings."""


def _inputs() -> tuple[Input, ...]:
    settings = [Input(f.name.replace("_", "-"), f.action_help) for f in FIELDS if f.is_input]
    return (*_BOOKS, *settings, *_REST)


INPUTS: Final = _inputs()
"""All inputs, in the order in which people read them."""

OUTPUTS: Final = {
    "pull-request-number": "number of the pull request; empty when there is none",
    "pull-request-url": "its web page",
    "pull-request-urls": "the pages of all that were made, kept or closed, one a line",
    "pull-request-operation": "created, updated, closed or none",
    "pull-request-head-sha": "commit that its branch is at",
    "branch": "the branch that holds the result",
    "status": "done, partial (something is left for people), pending (a batch job still runs), failed, or none: there "
    "was nothing to do",
    "files-changed": "files of the translation that the run changed, its own records not counted",
    "blocks-changed": "blocks of text that the run changed",
    "characters-sent": "characters that were sent to the engine; of a dry run, that would be",
    "cost": "what they cost in US dollars, such as 1.20; empty when the engine's price is not known",
    "report-path": "the whole report, as a path in the workspace",
    "review-page": "the page on which the run is reviewed, as a path in the workspace",
}
"""All outputs with what they hold."""

_RUNNERS = frozenset({"args", "entrypoint"})
"""Keys of `with:` that mean something to the runner itself."""
_REPOSITORY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}")
_ADDRESS = re.compile(r"(?:https?|ssh|git)://[^\s]+|git@[\w.-]+:[^\s]+", re.ASCII)
_TOKEN = re.compile(r"[\x21-\x7e]{1,8000}")


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a workflow gave to the inputs that are no settings. Empty texts were not given."""

    source_repo: str = ""
    source_ref: str = ""
    target_repo: str = ""
    github_token: str = field(default="", repr=False)
    source_token: str = field(default="", repr=False)
    config: str = ""
    """Empty: amts.toml, which need not be there."""
    dry_run: bool = False
    report_dir: str = "amts-report"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may not appear in any log."""
        return tuple(dict.fromkeys(filter(None, (self.github_token, self.source_token))))


def read_inputs(environ: Mapping[str, str]) -> Inputs:
    """The inputs of the action, from the variables that the runner makes of them.

    Raises:
        InputError: an input is not known, or its value is not what it may be. Values are shown, but no token.
    """
    given = dict(_given(environ))
    known = {entry.name for entry in INPUTS} | _RUNNERS
    for name in sorted(given.keys() - known):
        raise InputError(f"there is no such input{near(name, known)}", where=_where(name), mend="see action.yml")
    own = {entry.name for entry in (*_BOOKS, *_REST)}
    texts = {name: value.strip() for name, value in given.items() if name in own}
    for name, value in texts.items():
        if any(char in value for char in "\0\r\n"):
            raise InputError("this is not a text on one line", where=_where(name), mend="give one")
    for name in ("github-token", "source-token"):
        if name in texts and not _TOKEN.fullmatch(texts[name]):
            raise InputError("this is no token", where=_where(name), mend="check the secret that it comes from")
    for name in ("source-repo", "target-repo"):
        _check_repository(name, texts.get(name, ""))
    if texts.get("source-ref", "").startswith("-"):
        raise InputError("starts with a hyphen", where=_where("source-ref"), mend="give a branch, tag or commit")
    return Inputs(
        source_repo=texts.get("source-repo", ""),
        source_ref=texts.get("source-ref", "").removeprefix("refs/heads/"),
        target_repo=texts.get("target-repo", ""),
        github_token=texts.get("github-token", ""),
        source_token=texts.get("source-token", ""),
        config=_config(texts.get("config", "")),
        dry_run=_flag("dry-run", texts.get("dry-run", "false")),
        report_dir=_folder("report-dir", texts.get("report-dir", "amts-report")),
    )


def _given(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Name and value of the inputs that are not empty, those with underscores first so that the others win."""
    found = [(name[6:].lower(), value) for name, value in environ.items() if name.startswith("INPUT_")]
    for name, value in sorted(found, key=lambda item: "-" in item[0]):
        if value.strip():
            yield name.replace("_", "-"), value


def _where(name: str) -> str:
    return f"input {name[:60]}"


def _check_repository(name: str, value: str) -> None:
    if not value or (_REPOSITORY.fullmatch(value) and value.rpartition("/")[2] not in (".", "..")):
        return
    if name == "source-repo" and _ADDRESS.fullmatch(value):
        if re.match(r"\w+://[^/]*@", value) and not value.startswith("ssh://"):
            raise InputError("the address holds a user name", where=_where(name), mend="use source-token for secrets")
        return
    mend = "write owner/name" + (" or an address of a git repository" if name == "source-repo" else "")
    raise InputError(f"{value[:60]!r} is not a repository", where=_where(name), mend=mend)


def _config(value: str) -> str:
    """The path of a settings file, empty for the usual one, which may be missing."""
    value = value.removeprefix("./")
    if value in ("", "amts.toml"):
        return ""
    return _folder("config", value)


def _folder(name: str, value: str) -> str:
    """A relative path that stays below where it starts."""
    parts = value.removeprefix("./").strip("/").split("/")
    if value.startswith("/") or "\\" in value or any(part in ("", ".", "..", ".git") for part in parts):
        raise InputError(f"{value[:60]!r} is not a path below the top folder", where=_where(name), mend="give one")
    return "/".join(parts)


def _flag(name: str, value: str) -> bool:
    if value not in ("true", "false"):
        raise InputError(f"{value[:60]!r} is neither true nor false", where=_where(name), mend="write true or false")
    return value == "true"
