"""The one table of settings: every list of them anywhere is made from it.

Name, kind, default, help, group, who may set it, and the rules of its values are the fields of `Settings`. From here
come the options of the command line and their groups, the inputs of the action and action.yml, the variables of the
environment, the keys of `amts.toml` and `config.ini`, and the reference in the documentation. To add a setting, add a
field here, use it, and renew the reference (`AMTS_UPDATE_DOCS=1 python -m pytest tests/test_docs.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from decimal import Decimal
from enum import Enum
from typing import Any, Final, NamedTuple

from amts_action.settings import values
from amts_action.settings.values import at_least, folder, language, name, one_of, title

__all__ = ["FIELDS", "Field", "Group", "Ini", "Settings", "Trust"]


class Trust(Enum):
    """From whom a value is taken; the command line, the environment and the inputs of a workflow may give all."""

    ANYBODY = "anybody"
    """Also the settings file of a repository that is not ours: it says how that book is built, or asks for less."""
    OURS = "this repository"
    """The settings file of a repository of our own, but no other: it spends money, starts programs, sends texts or
    keys somewhere, or names things of our accounts."""
    CALLER = "command line and workflow"
    """No settings file at all."""


class Group(Enum):
    """What a setting is about: a heading of the command line's help, and what a command takes as a whole."""

    BOOKS = "the two books"
    WRITING = "what is written"
    ENGINE = "engine and limits"
    PULL_REQUEST = "pull request"


class Ini(NamedTuple):
    """Where d2lbook's config.ini says the same."""

    section: str
    key: str
    read: Callable[[str], object] = str
    """Makes our form of what stands there."""


class Field(NamedTuple):
    """One line of the table. `kind` is `str`, `bool`, `int`, `decimal` or `list` (of texts)."""

    name: str
    kind: str
    default: Any
    help: str
    """For the command line."""
    group: Group
    trust: Trust
    metavar: str
    """What stands for a value in the help of the command line."""
    action_help: str
    """The same for the action and its inputs."""
    is_input: bool
    """Whether the action has it under its own name."""
    ini: Ini | None
    flags: tuple[str, ...]
    """Other names of the option."""
    commas: bool
    """Of a list: whether its items may also be divided by commas, as other actions have it."""
    check: Callable[[Any, str], Any] | None
    """Gives the normal form of a value, or refuses it."""
    is_first: bool
    """Whether it is among those that people use first: the others are in `--help-all` only."""


def _setting(
    default: Any,
    text: str,
    group: Group,
    trust: Trust = Trust.OURS,
    *,
    metavar: str = "",
    action: str = "",
    is_input: bool = True,
    ini: Ini | None = None,
    flags: tuple[str, ...] = (),
    commas: bool = False,
    check: Callable[[Any, str], Any] | None = None,
    first: bool = False,
) -> Any:
    """A field of the table. `trust` is closed unless said."""
    rest = {"action_help": action, "is_input": is_input, "ini": ini, "flags": flags, "commas": commas, "check": check}
    rest |= {"is_first": first}
    return field(default=default, metadata={"help": text, "group": group, "trust": trust, "metavar": metavar, **rest})


_BOOKS, _WRITING, _ENGINE, _PULL = Group.BOOKS, Group.WRITING, Group.ENGINE, Group.PULL_REQUEST
_ANYBODY, _CALLER = Trust.ANYBODY, Trust.CALLER


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is asked to do. Folders have no slash at the ends; languages are codes such as `zh` or `pt-BR`."""

    source: str = _setting(
        "",
        "the English book: a folder or an address of a git repository",
        _BOOKS,
        _ANYBODY,
        metavar="DIR|URL",
        is_input=False,
        ini=Ini("translation", "origin_repo", values.github_address),
        check=name,
        first=True,
    )
    target: str = _setting(
        "",
        "the translated book: a folder or an address of a git repository",
        _BOOKS,
        _CALLER,
        metavar="DIR|URL",
        is_input=False,
        check=name,
        first=True,
    )
    source_path: str = _setting(
        "", "the folder of the English book in its repository", _BOOKS, _ANYBODY, metavar="PATH", check=folder
    )
    target_path: str = _setting(
        "", "the folder of the translated book in its repository", _BOOKS, _ANYBODY, metavar="PATH", check=folder
    )
    target_suffix: str = _setting(
        "",
        "what the names of translated pages have before their ending: .fr for guide.fr.md; found in one folder",
        _BOOKS,
        _ANYBODY,
        metavar="TEXT",
        check=values.suffix,
    )
    source_lang: str = _setting(
        "en",
        "language code of the source",
        _BOOKS,
        _ANYBODY,
        metavar="LANG",
        ini=Ini("translation", "origin_lang"),
        check=language,
    )
    target_lang: str = _setting(
        "",
        "language code of the translation",
        _BOOKS,
        _ANYBODY,
        metavar="LANG",
        ini=Ini("project", "lang"),
        check=language,
        first=True,
    )
    target_branch: str = _setting(
        "",
        "the branch that the translation lives on; the default one when empty",
        _BOOKS,
        _ANYBODY,
        metavar="BRANCH",
        check=values.branch,
    )
    base: str = _setting(
        "",
        "the source commit that the translation corresponds to, where no record says it",
        _BOOKS,
        _ANYBODY,
        metavar="REV",
        check=values.branch,
    )
    head: str = _setting(
        "",
        "the source commit to bring the translation to; its default branch when empty",
        _BOOKS,
        _ANYBODY,
        metavar="REV",
        check=values.branch,
    )
    paths: tuple[str, ...] = _setting(
        (),
        "only documents that match one of these patterns",
        _BOOKS,
        _ANYBODY,
        metavar="GLOB",
        first=True,
    )
    exclude: tuple[str, ...] = _setting(
        (),
        "no documents that match one of these patterns",
        _BOOKS,
        _ANYBODY,
        metavar="GLOB",
        ini=Ini("build", "exclusions", str.split),
    )
    branch: str = _setting(
        "amts/{target_lang}",
        "the branch of the target that gets the result",
        _BOOKS,
        _ANYBODY,
        metavar="BRANCH",
        check=values.branch,
    )
    origin_suffix: str = _setting(
        "_origin",
        "the English text of NAME.md is kept in NAME<suffix>.md where that exists",
        _BOOKS,
        _ANYBODY,
        metavar="SUFFIX",
    )
    engine: str = _setting(
        "memory",
        "what translates: memory, command or the name of a service",
        _ENGINE,
        metavar="ENGINE",
        first=True,
    )
    engine_command: str = _setting(
        "", "the program that the engine `command` starts", _ENGINE, metavar="CMD", first=True
    )
    engine_options: tuple[str, ...] = _setting(
        (), "NAME=VALUE, for engines of other packages", _ENGINE, metavar="NAME=VALUE"
    )
    max_characters: int = _setting(
        0,
        "stop before anything is sent when more characters than this would be; 0: no limit",
        _ENGINE,
        check=at_least(0),
    )
    max_cost: Decimal = _setting(  # noqa: RUF009 - a Decimal does not change
        Decimal(0),
        "stop before anything is sent when it would cost more US dollars than this; 0: no limit",
        _ENGINE,
        metavar="USD",
        check=at_least(0),
        first=True,
    )
    prices: tuple[str, ...] = _setting(
        (),
        "NAME=DOLLARS for a million characters or tokens, in place of the known ones",
        _ENGINE,
        metavar="NAME=USD",
    )
    timeout_seconds: int = _setting(
        600, "how long an engine may take to answer, in seconds", _ENGINE, check=at_least(1)
    )
    concurrency: int = _setting(8, "how many requests to a service are under way at once", _ENGINE, check=at_least(1))
    cache_dir: str = _setting(
        "", "the folder for replies that were paid for; that of the user when empty", _ENGINE, metavar="DIR"
    )
    memory: str = _setting(
        "", "a translation memory that engines look into, made by `amts memory build`", _ENGINE, metavar="FILE"
    )
    gate: str = _setting(
        "refuse",
        "what happens to machine text that the book's people would not have written: off, flag, or refuse what cannot "
        "be right",
        _ENGINE,
        _ANYBODY,
        metavar="WHAT",
        check=values.gate,
    )
    model_dir: str = _setting(
        "", "the folder with models of the engine `local`; they are fetched when empty", _ENGINE, metavar="DIR"
    )
    offline: bool = _setting(False, "fetch no model for the engine `local`", _ENGINE)
    glossary: str = _setting("", "the file with the book's terms, in the target", _ENGINE, _ANYBODY, metavar="FILE")
    instructions: str = _setting(
        "",
        "the file in the target that tells language models how this book is translated; {target_lang} stands for the "
        "language",
        _ENGINE,
        _ANYBODY,
        metavar="FILE",
    )
    terminology: str = _setting(
        "",
        "name of the terminology that the service shall use",
        _ENGINE,
        metavar="NAME",
        ini=Ini("translation", "terminology"),
    )
    formality: str = _setting(
        "",
        "formal or informal, for the languages in which Amazon Translate has it",
        _ENGINE,
        _ANYBODY,
        metavar="FORM",
    )
    region: str = _setting("", "AWS region; that of the environment when empty", _ENGINE, metavar="REGION")
    parallel_data: str = _setting(
        "auto", "name of a parallel-data resource for batch jobs; auto makes it from the book", _ENGINE, metavar="NAME"
    )
    s3_uri: str = _setting("", "the folder of a bucket for batch jobs: s3://BUCKET/FOLDER", _ENGINE, metavar="URI")
    role_arn: str = _setting(
        "", "the role with which Amazon Translate reads and writes that folder", _ENGINE, metavar="ARN"
    )
    kms_key: str = _setting(
        "", "the key that encrypts what is put there; that of the bucket when empty", _ENGINE, metavar="KEY"
    )
    wait_minutes: int = _setting(
        120,
        "how long a run waits for a batch job, in minutes; a later run collects it",
        _ENGINE,
        flags=("--wait",),
        check=at_least(0),
    )
    model: str = _setting("", "the language model of the engines `openai` and `bedrock`", _ENGINE, metavar="MODEL")
    base_url: str = _setting("", "the address of an OpenAI-compatible service, up to /v1", _ENGINE, metavar="URL")
    api_key_variable: str = _setting(
        "OPENAI_API_KEY", "the environment variable that holds the key of that service", _ENGINE, metavar="VARIABLE"
    )
    language_keys: tuple[str, ...] = _setting(
        (),
        "options of directives and keys of front matter whose values readers read, besides the usual ones",
        _WRITING,
        metavar="KEY",
        commas=True,
    )
    fill_missing: bool = _setting(False, "also insert blocks that the translation never had", _WRITING)
    small_changes: str = _setting(
        "keep",
        "keep: people's words stay where the English changed in what means nothing to a translator (commas, articles, "
        "spelling …); translate: such changes are translated, too",
        _WRITING,
        metavar="keep|translate",
        check=one_of("keep", "translate"),
    )
    companions: bool = _setting(
        True, "also bring images, tables of contents and bibliography entries of a page", _WRITING, _ANYBODY
    )
    companion_max_bytes: int = _setting(
        10_000_000, "largest companion file to copy, in bytes", _WRITING, _ANYBODY, check=at_least(0)
    )
    bibliography: str = _setting(
        "auto",
        "the target's BibTeX file; auto finds it, none leaves it alone",
        _WRITING,
        _ANYBODY,
        metavar="FILE",
    )
    toc: str = _setting(
        "auto",
        "the target's table of contents; auto finds it, none leaves it alone",
        _WRITING,
        _ANYBODY,
        metavar="FILE",
    )
    commit_keys: tuple[str, ...] = _setting(
        (),
        "keys of front matter in which written pages name their English commit for other tools: l10n.sourceCommit, "
        "default_lang_commit, drifted_from_default, translation.source_commit",
        _WRITING,
        _ANYBODY,
        metavar="KEY",
        commas=True,
        check=values.some_of(*values.COMMIT_KEYS),
    )
    title: str = _setting(
        "",
        "title of the pull request; one that says what changed when empty",
        _PULL,
        _ANYBODY,
        metavar="TITLE",
        check=title,
    )
    labels: tuple[str, ...] = _setting(
        (), "labels of a new pull request; made when missing", _PULL, _ANYBODY, metavar="LABEL", commas=True
    )
    assignees: tuple[str, ...] = _setting(
        (), "who a new pull request is assigned to", _PULL, _ANYBODY, metavar="USER", commas=True
    )
    reviewers: tuple[str, ...] = _setting(
        (), "who is asked to review a new pull request", _PULL, _ANYBODY, metavar="USER", commas=True
    )
    team_reviewers: tuple[str, ...] = _setting(
        (),
        "teams that are asked to review a new pull request, by their slugs",
        _PULL,
        _ANYBODY,
        metavar="TEAM",
        commas=True,
    )
    milestone: str = _setting(
        "", "milestone of a new pull request, by its title or number", _PULL, _ANYBODY, metavar="MILESTONE"
    )
    pull_requests: str = _setting(
        "one",
        "how many: one for all, or one for each page, folder or owner (by CODEOWNERS or `owners`)",
        _PULL,
        _ANYBODY,
        metavar="HOW",
        check=values.one_of("one", "page", "folder", "owner"),
    )
    owners: tuple[str, ...] = _setting(
        (), "GLOB=NAME, who looks after which pages, in place of CODEOWNERS", _PULL, _ANYBODY, metavar="GLOB=NAME"
    )
    max_lines: int = _setting(
        0, "about how many changed lines a pull request has at most; 0: no limit", _PULL, _ANYBODY, check=at_least(0)
    )
    max_pull_requests: int = _setting(
        0,
        "how many pull requests are open at most, other pages wait unpaid; 0: no limit",
        _PULL,
        _ANYBODY,
        check=at_least(0),
    )
    draft: bool = _setting(False, "open new pull requests as drafts", _PULL, _ANYBODY)
    force: bool = _setting(
        False,
        "also propose what a closed pull request had proposed, go back to an older head, and remove all pages when the "
        "source has none",
        _PULL,
    )


_KINDS: Final = {str: "str", bool: "bool", int: "int", Decimal: "decimal", tuple: "list"}
_VALUES: Final = {"str": "TEXT", "int": "N", "decimal": "X", "list": "TEXT", "bool": ""}


def _table() -> tuple[Field, ...]:
    return tuple(_row(entry.name, entry.default, **entry.metadata) for entry in fields(Settings))


def _row(key: str, default: Any, *, help: str, metavar: str, action_help: str, **rest: Any) -> Field:
    kind = _KINDS[type(default)]
    more = {"list": ", with commas or one a line" if rest["commas"] else ", one a line"}.get(kind, "")
    return Field(
        name=key,
        kind=kind,
        default=default,
        help=help,
        metavar=metavar or _VALUES[kind],
        action_help=action_help or help + more,
        **rest,
    )


FIELDS: Final = _table()
